import { expect, it } from 'vitest';
import { counter, defineMetrics, monitors, ms, perSecond, select } from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  lines_total: counter({ unit: 'count', help: 'Lines.', labels: { level: ['info', 'warn', 'error'] } }),
  events_total: plain.events,
});
const metrics = { lines: m.lines_total };

it('shows lines by level when that is all there is', () => {
  expect(watch(monitors.log({ metrics }))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/levels": [
          "sum by (level) (rate(lines_total{job="app"}[$__rate_interval]))",
        ],
      },
      "signals": {},
    }
  `);
});

it('shows lines without levels', () => {
  expect(watch(monitors.log({ metrics: { lines: m.events_total } })).panels).toEqual({
    'panel/part/levels': ['sum(rate(events_total{job="app"}[$__rate_interval]))'],
  });
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.log({
      metrics: {
        ...metrics,
        errors: select(m.lines_total, { level: 'error' }),
        warnings: select(m.lines_total, { level: 'warn' }),
      },
      levels: {
        volume: { warning: perSecond(1000) },
        silence: { warning: perSecond(0) },
        errorRate: { warning: perSecond(1) },
        warningRate: { warning: perSecond(5) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-error-rate": [
        "LogErrorsHigh",
        "above",
        "5 minutes",
        "sum(rate(lines_total{job="app", level="error"}[5m])) or vector(0)",
      ],
      "part-silence": [
        "LogSilent",
        "atMost",
        "15 minutes",
        "sum(rate(lines_total{job="app"}[5m])) or vector(0)",
      ],
      "part-volume": [
        "LogVolumeHigh",
        "above",
        "15 minutes",
        "sum(rate(lines_total{job="app"}[5m])) or vector(0)",
      ],
      "part-warning-rate": [
        "LogWarningsHigh",
        "above",
        "5 minutes",
        "sum(rate(lines_total{job="app", level="warn"}[5m])) or vector(0)",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: {} },
    ['definition/shape: metrics.lines: is missing; expected a counter of count'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { volume: { warning: ms(1) } } },
    ['definition/shape: levels.volume.warning: expected a quantity of frequency, not of time'],
  ],
  [
    'a level of lines that are not told apart',
    { metrics, levels: { errorRate: { warning: perSecond(1) } } },
    [
      'definition/shape: levels.errorRate: nothing measures it; give the monitor the metrics or the job that it is about',
    ],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.log(input as never))).toEqual(findings);
});
