import { expect, it } from 'vitest';
import { count, counter, defineMetrics, hours, minutes, monitors, ms, perSecond } from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  errors_total: counter({ unit: 'count', help: 'Errors.', labels: { type: 'any' } }),
  faults_total: counter({ unit: 'count', help: 'Errors.', labels: { class: 'any' } }),
  depth: plain.number,
});
const metrics = { errors: m.errors_total };

it('shows errors by type when that is all there is', () => {
  const watched = watch(monitors.errorTracker({ metrics }));
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toEqual({});
  expect(Object.keys(watched.panels)).toEqual(['panel/part/error-rate', 'panel/part/spike', 'panel/part/new-type']);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.errorTracker({
      metrics,
      levels: { errorRate: { warning: perSecond(1) }, spike: { warning: count(10) }, newType: { warning: count(0) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-error-rate": [
        "ErrorsHigh",
        "above",
        "5 minutes",
        "sum(rate(errors_total{job="app"}[5m])) or vector(0)",
      ],
      "part-new-type": [
        "NewErrorType",
        "above",
        "0 seconds",
        "sum by (type) (max_over_time(errors_total{job="app"}[5m]) unless present_over_time(errors_total{job="app"}[1d] offset 5m) or increase(errors_total{job="app"}[5m])) unless (sum by (type) (max_over_time(errors_total{job="app"}[1d] offset 5m) unless present_over_time(errors_total{job="app"}[1d] offset 1d5m) or increase(errors_total{job="app"}[1d] offset 5m))) > 0 or sum by (type) (max_over_time(errors_total{job="app"}[5m]) unless present_over_time(errors_total{job="app"}[1d] offset 5m) or increase(errors_total{job="app"}[5m])) * 0",
      ],
      "part-spike": [
        "ErrorSpike",
        "above",
        "0 seconds",
        "sum by (type) (max_over_time(errors_total{job="app"}[5m]) unless present_over_time(errors_total{job="app"}[1d] offset 5m) or increase(errors_total{job="app"}[5m]))",
      ],
    }
  `);
});

it('counts another label, in another window, against another memory', () => {
  const { findings, signals } = watch(
    monitors.errorTracker({
      typeLabel: 'class',
      spikeWindow: minutes(10),
      memory: hours(6),
      metrics: { errors: m.faults_total },
      levels: { spike: { warning: count(10) } },
    }),
  );
  expect(findings).toEqual([]);
  expect(signals['part-spike']?.[3]).toBe(
    'sum by (class) (max_over_time(faults_total{job="app"}[10m]) unless present_over_time(faults_total{job="app"}[6h] offset 10m) or increase(faults_total{job="app"}[10m]))',
  );
});

it.each([
  [
    'a metric that is missing',
    { metrics: {} },
    ['definition/shape: metrics.errors: is missing; expected a counter of count'],
  ],
  [
    'a gauge instead of a counter',
    { metrics: { errors: m.depth } },
    ['definition/shape: metrics.errors: expected a counter of count'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { spike: { warning: ms(1) } } },
    ['definition/shape: levels.spike.warning: expected a quantity of count, not of time'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.errorTracker(input as never))).toEqual(findings);
});
