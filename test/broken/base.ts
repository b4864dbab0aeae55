/** A small, sound project. Every broken definition is this one with one edit. */
export const PROJECT = `import { defineProject, minutes, pagerDuty, seconds, slack } from 'tocsin';

export default defineProject({
  id: 'shop',
  title: 'Shop',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(15),
  evaluationInterval: seconds(15),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'http://localhost:3000' },
  environments: {
    local: {
      externalLabels: { environment: 'local' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      secretsDirectory: 'secrets',
    },
  },
  severities: {
    critical: { title: 'Down', respondWithin: minutes(5) },
    warning: { title: 'On its way', respondWithin: minutes(30) },
    info: { title: 'For the review', respondWithin: 'review' },
  },
  receivers: {
    pager: pagerDuty({ routingKeyFile: 'pagerduty.key' }),
    chat: slack({ channel: '#alerts', apiUrlFile: 'slack.url' }),
  },
  teams: {
    checkout: {
      title: 'Checkout',
      notify: {
        critical: { to: ['pager', 'chat'] },
        warning: { to: ['chat'] },
      },
    },
  },
  fallback: ['chat'],
});
`;

export const METRICS = `import { counter, defineMetrics, gauge, histogram, ms, pattern, seconds } from 'tocsin';

export const m = defineMetrics('shop', {
  http_requests_total: counter({
    unit: 'count',
    help: 'Requests answered.',
    labels: { method: ['GET', 'POST'], route: 'any', status: pattern('[1-5][0-9][0-9]') },
  }),
  http_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time to answer.',
    labels: { route: 'any' },
    buckets: [ms(10), ms(100), seconds(1)],
  }),
  cache_hits_total: counter({ unit: 'count', help: 'Hits.' }),
  cache_misses_total: counter({ unit: 'count', help: 'Misses.' }),
  queue_depth: gauge({ unit: 'count', help: 'Jobs that wait.', labels: { queue: ['mail', 'export'] }, range: { min: 0 } }),
  memory_bytes: gauge({ unit: 'bytes', help: 'Memory.', range: { min: 0 } }),
});
`;

export const SYSTEM = `import {
  cores, count, defineSystem, matches, mebibytes, minutes, monitors, ms, percent, perSecond, promql, query, seconds, select, threshold, workload,
} from 'tocsin';
import { m } from '../metrics.ts';

export default defineSystem({
  id: 'shop',
  title: 'Shop',
  description: 'Sells things.',
  owner: 'checkout',
  jobs: {
    shop: { targets: { local: ['127.0.0.1:8080'] } },
  },
  components: {
    api: monitors.httpService({
      title: 'API',
      metrics: {
        requests: m.http_requests_total,
        failures: select(m.http_requests_total, { status: matches('5..') }),
        duration: m.http_request_duration_seconds,
      },
      levels: {
        errorRatio: { warning: percent(1), critical: percent(5), for: minutes(2) },
        latencyP95: { warning: ms(300) },
      },
      dependsOn: ['cache'],
      workload: workload({
        image: 'shop:1',
        replicas: 2,
        ports: { http: 8080 },
        endpoints: { '/started': { checks: [] }, '/live': { checks: [] }, '/ready': { checks: ['cache'] } },
        startup: { path: '/started', every: seconds(5), timeout: seconds(1), failures: 10 },
        readiness: { path: '/ready', every: seconds(5), timeout: seconds(2), failures: 3 },
        liveness: { path: '/live', every: seconds(10), timeout: seconds(2), failures: 3 },
        resources: {
          requests: { cpu: cores(0.1), memory: mebibytes(64) },
          limits: { cpu: cores(0.5), memory: mebibytes(128) },
        },
      }),
    }),
    cache: monitors.cache({
      metrics: { hits: m.cache_hits_total, misses: m.cache_misses_total },
      levels: { hitRate: { warning: percent(70) } },
    }),
  },
  thresholds: {
    'queue-depth': threshold({
      alert: 'QueueDeep',
      title: 'Queue depth',
      query: query.sum(m.queue_depth, { by: ['queue'] }),
      direction: 'above',
      warning: count(100),
      critical: count(500),
      for: minutes(5),
      summary: '{value} jobs wait in {labels.queue} (level {threshold})',
    }),
    'error-logs': threshold({
      alert: 'ErrorRateFree',
      title: 'Errors, as a free expression',
      query: promql('per_second')\`sum(rate(\${m.http_requests_total}[\${minutes(5)}]))\`,
      direction: 'above',
      warning: perSecond(100),
    }),
  },
});
`;
