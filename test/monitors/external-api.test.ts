import { expect, it } from 'vitest';
import {
  counter,
  defineMetrics,
  gauge,
  histogram,
  monitors,
  ms,
  percent,
  perSecond,
  select,
} from '../../generators/index.ts';
import { complaints, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  calls_total: counter({ unit: 'count', help: 'Calls.', labels: { api: 'any', outcome: ['ok', 'failed'] } }),
  call_seconds: histogram({ unit: 'seconds', help: 'Time.', labels: { api: 'any' }, buckets: [ms(100), ms(1000)] }),
  quota_used: gauge({ unit: 'count', help: 'Used.', labels: { api: 'any' } }),
  quota_limit: gauge({ unit: 'count', help: 'Limit.', labels: { api: 'any' } }),
});
const metrics = { calls: m.calls_total, failures: select(m.calls_total, { outcome: 'failed' }) };

it('shows the calls when that is all there is', () => {
  const watched = watch(monitors.externalApi({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/calls": [
          "sum(rate(calls_total{job="app"}[$__rate_interval]))",
          "sum(rate(calls_total{job="app", outcome="failed"}[$__rate_interval])) or vector(0)",
        ],
        "panel/part/error-ratio": [
          "(sum(rate(calls_total{job="app", outcome="failed"}[5m])) or sum(rate(calls_total{job="app"}[5m])) * 0) / sum(rate(calls_total{job="app"}[5m]))",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold, for each API', () => {
  const watched = watch(
    monitors.externalApi({
      apiLabel: 'api',
      metrics: { ...metrics, duration: m.call_seconds, quotaUsed: m.quota_used, quotaLimit: m.quota_limit },
      levels: {
        quotaUsage: { warning: percent(80), inclusive: true },
        errorRatio: { warning: percent(10) },
        latencyP95: { warning: ms(500) },
        callRate: { warning: perSecond(100) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-call-rate": [
        "ExternalApiCallsHigh",
        "above",
        "5 minutes",
        "sum by (api) (rate(calls_total{job="app"}[5m]))",
      ],
      "part-error-ratio": [
        "ExternalApiErrors",
        "above",
        "5 minutes",
        "(sum by (api) (rate(calls_total{job="app", outcome="failed"}[5m])) or sum by (api) (rate(calls_total{job="app"}[5m])) * 0) / sum by (api) (rate(calls_total{job="app"}[5m]))",
      ],
      "part-latency-p95": [
        "ExternalApiSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le, api) (rate(call_seconds_bucket{job="app"}[5m])))",
      ],
      "part-quota-usage": [
        "ExternalApiQuotaNearlyUsed",
        "atLeast",
        "2 minutes",
        "max by (api) (quota_used{job="app"}) / (max by (api) (quota_limit{job="app"}) > 0)",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-quota-usage",
      "threshold/part-error-ratio",
      "threshold/part-call-rate",
      "threshold/part-latency-p95",
      "panel/part/calls",
    ]
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: { calls: metrics.calls } },
    ['definition/shape: metrics.failures: is missing; expected a counter of count'],
  ],
  [
    'levels of a quota that is not measured',
    { metrics, levels: { quotaUsage: { warning: percent(80) } } },
    [
      'definition/shape: levels.quotaUsage: nothing measures it; give the monitor the metrics or the job that it is about',
    ],
  ],
  [
    'a label that the metrics do not have',
    { metrics, apiLabel: 'vendor', levels: { errorRatio: { warning: percent(1) } } },
    [],
  ],
])('reports %s', (_, input, findings) => {
  const said = complaints(monitors.externalApi(input as never));
  if (findings.length > 0) expect(said).toEqual(findings);
  else expect(said.join('\n')).toContain('query/unknown-label');
});
