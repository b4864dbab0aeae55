import {
  cores,
  counter,
  defineMetrics,
  defineSystem,
  gauge,
  histogram,
  matches,
  mebibytes,
  minutes,
  monitors,
  ms,
  pattern,
  percent,
  perSecond,
  promql,
  query,
  seconds,
  select,
  sli,
  slo,
  threshold,
  workload,
} from 'tocsin';

const m = defineMetrics('checkout', {
  http_requests_total: counter({
    unit: 'count',
    help: 'Requests answered.',
    labels: { route: 'any', status: pattern('[1-5][0-9][0-9]') },
  }),
  http_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time to answer.',
    labels: { route: 'any' },
    buckets: [ms(50), ms(100), ms(300), seconds(1), seconds(3)],
  }),
  cache_hits_total: counter({ unit: 'count', help: 'Hits.' }),
  cache_misses_total: counter({ unit: 'count', help: 'Misses.' }),
  // Units that are not those of Prometheus: levels are in them, texts and panels too.
  payment_latency_ms: gauge({
    unit: 'milliseconds',
    help: 'How long the last payment took.',
    labels: { provider: ['card', 'transfer'] },
    range: { min: 0 },
  }),
  disk_used_percent: gauge({ unit: 'percent', help: 'How full the disk is.', range: { min: 0, max: 100 } }),
});

export default defineSystem({
  id: 'checkout',
  title: 'Checkout',
  description: 'Takes orders and payments.',
  owner: 'requests',
  jobs: {
    checkout: { targets: { production: ['checkout-0:8080', 'checkout-1:8080'] }, path: '/internal/metrics' },
  },
  components: {
    api: monitors.httpService({
      title: 'Checkout API',
      description: 'Answers the shop.',
      metrics: {
        requests: m.http_requests_total,
        failures: select(m.http_requests_total, { status: matches('5..') }),
        duration: m.http_request_duration_seconds,
      },
      levels: {
        errorRatio: { warning: percent(1), critical: percent(5), for: minutes(2) },
        latencyP95: { warning: ms(300), critical: { level: seconds(1), for: minutes(5), alert: 'CheckoutUnusable' } },
      },
      dependsOn: ['sessions'],
      workload: workload({
        image: 'checkout:1.4',
        replicas: 2,
        ports: { http: 8080 },
        endpoints: { '/started': { checks: [] }, '/live': { checks: [] }, '/ready': { checks: ['sessions'] } },
        startup: { path: '/started', every: seconds(5), timeout: seconds(1), failures: 12 },
        readiness: { path: '/ready', every: seconds(5), timeout: seconds(2), failures: 3 },
        liveness: { path: '/live', every: seconds(10), timeout: seconds(2), failures: 3, initialDelay: seconds(30) },
        resources: {
          requests: { cpu: cores(0.1), memory: mebibytes(64) },
          limits: { cpu: cores(0.5), memory: mebibytes(256) },
        },
      }),
    }),
    sessions: monitors.cache({
      title: 'Session cache',
      metrics: { hits: m.cache_hits_total, misses: m.cache_misses_total },
      levels: { hitRate: { warning: percent(70), for: minutes(10) } },
    }),
  },
  thresholds: {
    'payment-latency': threshold({
      alert: 'PaymentSlow',
      title: 'Payment latency',
      query: query.maximum(m.payment_latency_ms, { by: ['provider'] }),
      direction: 'above',
      warning: ms(800),
      critical: seconds(2),
      for: minutes(5),
      component: 'api',
      summary: 'Payments by {labels.provider} take {value} (level {threshold}, for {for})',
      firstSteps: ["Look at the provider's status page."],
    }),
    'disk-full': threshold({
      alert: 'DiskNearlyFull',
      title: 'Disk usage',
      query: query.maximum(m.disk_used_percent, { by: ['instance'] }),
      direction: 'above',
      warning: percent(80),
      goal: percent(60),
    }),
    'orders-by-hand': threshold({
      alert: 'OrdersPileUp',
      title: 'Orders a second, as free PromQL',
      query: promql('per_second')`sum(rate(${select(m.http_requests_total, { route: '/orders' })}[${minutes(5)}]))`,
      direction: 'above',
      warning: perSecond(50),
    }),
  },
  slos: {
    availability: slo({
      title: 'Requests are answered without an error',
      component: 'api',
      objective: percent(99.9),
      indicator: sli.availability({
        bad: select(m.http_requests_total, { status: matches('5..') }),
        total: m.http_requests_total,
      }),
      traffic: perSecond(50),
    }),
  },
});
