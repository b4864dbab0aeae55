import { expect, it } from 'vitest';
import { defineMetrics, monitors, ms, percent, perSecond } from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  done_total: plain.events,
  failed_total: plain.events,
  duration_seconds: plain.time,
});
const metrics = { done: m.done_total, duration: m.duration_seconds };

it('shows what gets done when that is all there is', () => {
  expect(watch(monitors.task({ metrics }))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/durations": [
          "histogram_quantile(0.5, sum by (le) (rate(duration_seconds_bucket{job="app"}[$__rate_interval])))",
          "histogram_quantile(0.95, sum by (le) (rate(duration_seconds_bucket{job="app"}[$__rate_interval])))",
          "histogram_quantile(0.99, sum by (le) (rate(duration_seconds_bucket{job="app"}[$__rate_interval])))",
        ],
        "panel/part/pieces": [
          "sum(rate(done_total{job="app"}[$__rate_interval])) or vector(0)",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.task({
      metrics: { ...metrics, failures: m.failed_total },
      levels: {
        rate: { warning: perSecond(1) },
        failureRatio: { warning: percent(5), critical: percent(20) },
        durationP95: { warning: ms(300) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-duration-p95": [
        "TaskSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(duration_seconds_bucket{job="app"}[5m])))",
      ],
      "part-failure-ratio": [
        "TaskFailures",
        "above",
        "5 minutes",
        "(sum(rate(failed_total{job="app"}[5m])) or vector(0)) / ((sum(rate(done_total{job="app"}[5m])) or vector(0)) + (sum(rate(failed_total{job="app"}[5m])) or vector(0)))",
      ],
      "part-rate": [
        "TaskRateLow",
        "below",
        "5 minutes",
        "sum(rate(done_total{job="app"}[5m])) or vector(0)",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: { done: m.done_total } },
    ['definition/shape: metrics.duration: is missing; expected a histogram of time'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { durationP95: { warning: percent(1) } } },
    ['definition/shape: levels.durationP95.warning: expected a quantity of time, not of ratio'],
  ],
  [
    'a level of a metric that is not there',
    { metrics, levels: { failureRatio: { warning: ms(1) } } },
    ['definition/shape: levels.failureRatio.warning: expected a quantity of ratio, not of time'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.task(input as never))).toEqual(findings);
});
