import { expect, it } from 'vitest';
import { counter, defineMetrics, histogram, monitors, ms, percent, select } from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', { validation_seconds: plain.time, validation_errors_total: plain.events });
const metrics = { duration: m.validation_seconds, errors: m.validation_errors_total };

it('shows everything without levels', () => {
  const watched = watch(monitors.validator({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/error-ratio": [
          "(sum(rate(validation_errors_total{job="app"}[5m])) or vector(0)) / sum(rate(validation_seconds_count{job="app"}[5m]))",
        ],
        "panel/part/errors": [
          "sum(rate(validation_errors_total{job="app"}[$__rate_interval])) or vector(0)",
        ],
        "panel/part/latency-p95": [
          "histogram_quantile(0.95, sum by (le) (rate(validation_seconds_bucket{job="app"}[5m])))",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.validator({
      metrics,
      levels: { latencyP95: { warning: ms(5), critical: ms(50) }, errorRatio: { warning: percent(5) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-error-ratio": [
        "ValidationErrorsHigh",
        "above",
        "5 minutes",
        "(sum(rate(validation_errors_total{job="app"}[5m])) or vector(0)) / sum(rate(validation_seconds_count{job="app"}[5m]))",
      ],
      "part-latency-p95": [
        "ValidationSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(validation_seconds_bucket{job="app"}[5m])))",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-latency-p95",
      "threshold/part-error-ratio",
      "panel/part/errors",
    ]
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    checks_milliseconds: histogram({
      unit: 'milliseconds',
      help: 'Time.',
      buckets: [ms(1), ms(10)],
      labels: { schema: 'any' },
    }),
    checks: counter({ unit: 'count', help: 'Checks.', labels: { code: ['ok', 'invalid'], schema: 'any' } }),
  });
  const watched = watch(
    monitors.validator({
      metrics: { duration: other.checks_milliseconds, errors: select(other.checks, { code: 'invalid' }) },
      levels: { latencyP95: { warning: ms(5) }, errorRatio: { critical: percent(50) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-error-ratio": [
        "ValidationErrorsHigh",
        "above",
        "5 minutes",
        "(sum(rate(checks{job="legacy", code="invalid"}[5m])) or vector(0)) / sum(rate(checks_milliseconds_count{job="legacy"}[5m]))",
      ],
      "part-latency-p95": [
        "ValidationSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(checks_milliseconds_bucket{job="legacy"}[5m])))",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: { duration: metrics.duration } },
    ['definition/shape: metrics.errors: is missing; expected a counter of count'],
  ],
  [
    'a counter instead of a histogram',
    { metrics: { ...metrics, duration: m.validation_errors_total } },
    ['definition/shape: metrics.duration: expected a histogram of time'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { errorRatio: { warning: ms(1) } } },
    ['definition/shape: levels.errorRatio.warning: expected a quantity of ratio, not of time'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { errorRate: { warning: percent(1) } } },
    ['definition/unknown-property: levels.errorRate: there is no such property'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.validator(input as never))).toEqual(findings);
});
