import { expect, it } from 'vitest';
import {
  counter,
  defineMetrics,
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
  seconds,
  select,
  state,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  http_requests_total: counter({
    unit: 'count',
    help: 'Requests.',
    labels: { route: 'any', status: pattern('[1-5][0-9][0-9]') },
  }),
  http_request_duration_seconds: plain.time,
  process_memory_bytes: plain.memory,
  process_memory_limit_bytes: plain.memory,
});
const metrics = {
  requests: m.http_requests_total,
  failures: select(m.http_requests_total, { status: matches('5..') }),
  duration: m.http_request_duration_seconds,
};

it('watches nothing without levels, and shows what it can', () => {
  const watched = watch(monitors.httpService({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/error-ratio": [
          "(sum(rate(http_requests_total{job="app", status=~"5.."}[5m])) or vector(0)) / sum(rate(http_requests_total{job="app"}[5m]))",
        ],
        "panel/part/latency": [
          "histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{job="app"}[$__rate_interval])))",
          "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job="app"}[$__rate_interval])))",
          "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job="app"}[$__rate_interval])))",
          "sum(rate(http_request_duration_seconds_sum{job="app"}[$__rate_interval])) / sum(rate(http_request_duration_seconds_count{job="app"}[$__rate_interval]))",
        ],
        "panel/part/traffic": [
          "sum(rate(http_requests_total{job="app"}[$__rate_interval]))",
          "sum(rate(http_requests_total{job="app", status=~"5.."}[$__rate_interval])) or vector(0)",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.httpService({
      job: 'app',
      window: minutes(10),
      metrics: { ...metrics, memory: m.process_memory_bytes, memoryLimit: m.process_memory_limit_bytes },
      levels: {
        errorRatio: { warning: percent(1), critical: { level: percent(5), alert: 'Outage', for: seconds(30) } },
        latencyP95: { warning: ms(300) },
        latencyP99: { critical: ms(900) },
        requestRate: { warning: perSecond(500) },
        memoryUsage: { warning: percent(80), critical: percent(95) },
        availability: { critical: state(true) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-availability": [
        "ServiceDown",
        "below",
        "1 minute",
        "up{job="app"}",
      ],
      "part-error-ratio": [
        "Outage HighErrorRate",
        "above",
        "30 seconds 2 minutes",
        "(sum(rate(http_requests_total{job="app", status=~"5.."}[10m])) or vector(0)) / sum(rate(http_requests_total{job="app"}[10m]))",
      ],
      "part-latency-p95": [
        "HighLatency",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job="app"}[10m])))",
      ],
      "part-latency-p99": [
        "HighTailLatency",
        "above",
        "5 minutes",
        "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job="app"}[10m])))",
      ],
      "part-memory-usage": [
        "MemoryUsageHigh",
        "above",
        "1 minute",
        "sum by (instance, job) (process_memory_bytes{job="app"}) / (sum by (instance, job) (process_memory_limit_bytes{job="app"}) > 0)",
      ],
      "part-request-rate": [
        "RequestRateHigh",
        "above",
        "5 minutes",
        "sum(rate(http_requests_total{job="app"}[10m]))",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-availability",
      "threshold/part-error-ratio",
      "threshold/part-latency-p95",
      "threshold/part-latency-p99",
      "threshold/part-request-rate",
      "threshold/part-memory-usage",
      "panel/part/traffic",
      "panel/part/latency",
    ]
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    requests: counter({
      unit: 'count',
      help: 'Requests.',
      labels: { code: ['200', '404', '500', '503'], verb: 'any' },
    }),
    latency_milliseconds: histogram({
      unit: 'milliseconds',
      help: 'Time.',
      buckets: [ms(5), ms(50)],
      labels: { verb: 'any' },
    }),
    heap_kibibytes: gauge({ unit: 'kibibytes', help: 'Heap.' }),
    heap_maximum_kibibytes: gauge({ unit: 'kibibytes', help: 'Heap.' }),
  });
  const watched = watch(
    monitors.httpService({
      job: 'legacy',
      metrics: {
        requests: other.requests,
        failures: select(other.requests, { code: ['500', '503'] }),
        duration: select(other.latency_milliseconds, { verb: 'GET' }),
        memory: other.heap_kibibytes,
        memoryLimit: other.heap_maximum_kibibytes,
      },
      levels: {
        errorRatio: { critical: percent(5) },
        latencyP95: { warning: ms(40) },
        memoryUsage: { warning: percent(80) },
        availability: { critical: state(true) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-availability": [
        "ServiceDown",
        "below",
        "1 minute",
        "up{job="legacy"}",
      ],
      "part-error-ratio": [
        "HighErrorRate",
        "above",
        "2 minutes",
        "(sum(rate(requests{job="legacy", code=~"500|503"}[5m])) or vector(0)) / sum(rate(requests{job="legacy"}[5m]))",
      ],
      "part-latency-p95": [
        "HighLatency",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(latency_milliseconds_bucket{job="legacy", verb="GET"}[5m])))",
      ],
      "part-memory-usage": [
        "MemoryUsageHigh",
        "above",
        "1 minute",
        "sum by (instance, job) (heap_kibibytes{job="legacy"}) / (sum by (instance, job) (heap_maximum_kibibytes{job="legacy"}) > 0)",
      ],
    }
  `);
});

it('tells endpoints apart, and watches the median', () => {
  const routed = defineMetrics('app', {
    http_seconds: histogram({
      unit: 'seconds',
      help: 'Time.',
      labels: { route: 'any' },
      buckets: [ms(10), seconds(1)],
    }),
  });
  const watched = watch(
    monitors.httpService({
      by: ['route'],
      metrics: { ...metrics, duration: routed.http_seconds },
      levels: { endpointLatencyP95: { critical: ms(500) }, latencyP50: { warning: ms(50) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-endpoint-latency-p95": [
        "EndpointLatencyHigh",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le, route) (rate(http_seconds_bucket{job="app"}[5m])))",
      ],
      "part-latency-p50": [
        "HighMedianLatency",
        "above",
        "5 minutes",
        "histogram_quantile(0.5, sum by (le) (rate(http_seconds_bucket{job="app"}[5m])))",
      ],
    }
  `);
  expect(watched.panels['panel/part/endpoints']).toMatchInlineSnapshot(`
    [
      "sum by (route) (rate(http_requests_total{job="app"}[$__rate_interval]))",
    ]
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: { requests: metrics.requests, duration: metrics.duration } },
    ['definition/shape: metrics.failures: is missing; expected a counter of count'],
  ],
  [
    'a metric of another kind',
    { metrics: { ...metrics, duration: m.http_requests_total } },
    ['definition/shape: metrics.duration: expected a histogram of time'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { errorRatio: { warning: mebibytes(1) } } },
    ['definition/shape: levels.errorRatio.warning: expected a quantity of ratio, not of data'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { latencyP59: { warning: ms(1) } } },
    ['definition/unknown-property: levels.latencyP59: there is no such property'],
  ],
  [
    'no level at all',
    { metrics, levels: { latencyP95: {} } },
    ['threshold/no-level: the threshold has neither a warning nor a critical level'],
  ],
  [
    'levels in the wrong order',
    { metrics, levels: { latencyP95: { warning: ms(300), critical: ms(200) } } },
    ['threshold/levels-order: the warning level is not before the critical one, so the warning can never come first'],
  ],
  [
    'a job that does not exist',
    { metrics, job: 'apq' },
    [
      'definition/unknown-reference: there is no job "apq"',
      'query/unknown-label-value: the label "job" of up never has the value "apq"',
    ],
  ],
  [
    'a dependency that does not exist',
    { metrics, dependsOn: ['cache'] },
    ['definition/unknown-reference: there is no component "cache"'],
  ],
  [
    'a label that its result has not',
    { metrics, levels: { latencyP95: { warning: ms(300), summary: '{labels.route} is slow' } } },
    ['text/label: the text prints the label "route", which the query drops: it would be blank'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.httpService(input as never))).toEqual(findings);
});
