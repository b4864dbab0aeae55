import { expect, it } from 'vitest';
import {
  defineMetrics,
  gauge,
  histogram,
  monitors,
  ms,
  percent,
  score,
  seconds,
  select,
  state,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  health_score: gauge({ unit: 'score', help: 'Score.', range: { min: 0, max: 100 } }),
  part_score: gauge({ unit: 'score', help: 'Score.', labels: { part: 'any' }, range: { min: 0, max: 100 } }),
  part_status: gauge({
    unit: 'state',
    help: 'Status.',
    labels: { part: 'any', status: ['healthy', 'degraded', 'unhealthy'] },
    range: { min: 0, max: 1 },
  }),
  check_seconds: histogram({ unit: 'seconds', help: 'Time.', labels: { part: 'any' }, buckets: [ms(500), seconds(1)] }),
});
const all = {
  score: m.health_score,
  partScore: m.part_score,
  degraded: select(m.part_status, { status: 'degraded' }),
  unhealthy: select(m.part_status, { status: 'unhealthy' }),
  duration: m.check_seconds,
};

it('shows what it can without levels', () => {
  expect(watch(monitors.healthCheck({ by: ['part'], metrics: all }))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/degraded": [
          "max by (part) (part_status{job="app", status="degraded"})",
        ],
        "panel/part/duration": [
          "histogram_quantile(0.5, sum by (le, part) (rate(check_seconds_bucket{job="app"}[5m])))",
        ],
        "panel/part/part-score": [
          "min by (part) (part_score{job="app"})",
        ],
        "panel/part/score": [
          "min(health_score{job="app"})",
        ],
        "panel/part/unhealthy": [
          "max by (part) (part_status{job="app", status="unhealthy"})",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.healthCheck({
      by: ['part'],
      metrics: all,
      levels: {
        score: { warning: score(85), critical: score(70) },
        partScore: { warning: score(70) },
        degraded: { warning: state(true) },
        unhealthy: { critical: state(true), alert: 'PartDown' },
        duration: { warning: ms(500) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-degraded": [
        "HealthCheckDegraded",
        "atLeast",
        "5 minutes",
        "max by (part) (part_status{job="app", status="degraded"})",
      ],
      "part-duration": [
        "HealthCheckSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.5, sum by (le, part) (rate(check_seconds_bucket{job="app"}[5m])))",
      ],
      "part-part-score": [
        "ComponentHealthScoreLow",
        "below",
        "5 minutes",
        "min by (part) (part_score{job="app"})",
      ],
      "part-score": [
        "HealthScoreLow",
        "below",
        "5 minutes",
        "min(health_score{job="app"})",
      ],
      "part-unhealthy": [
        "PartDown",
        "atLeast",
        "1 minute",
        "max by (part) (part_status{job="app", status="unhealthy"})",
      ],
    }
  `);
});

it('works with the metrics of another team, as a whole', () => {
  const other = defineMetrics('legacy', {
    is_broken: gauge({ unit: 'state', help: 'Broken.', labels: { what: 'any' } }),
    check_milliseconds: histogram({ unit: 'milliseconds', help: 'Time.', buckets: [ms(10), ms(100)] }),
  });
  const watched = watch(
    monitors.healthCheck({
      metrics: { unhealthy: select(other.is_broken, { what: 'disk' }), duration: other.check_milliseconds },
      levels: { unhealthy: { critical: state(true) }, duration: { warning: ms(50) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-duration": [
        "HealthCheckSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.5, sum by (le) (rate(check_milliseconds_bucket{job="legacy"}[5m])))",
      ],
      "part-unhealthy": [
        "HealthCheckFails",
        "atLeast",
        "1 minute",
        "max(is_broken{job="legacy", what="disk"})",
      ],
    }
  `);
});

it.each([
  [
    'a metric of another dimension',
    { metrics: { score: defineMetrics('app', { number: plain.number }).number } },
    ['definition/shape: metrics.score: expected a gauge of score'],
  ],
  [
    'a level that nothing measures',
    { metrics: { score: m.health_score }, levels: { unhealthy: { critical: state(true) } } },
    [
      'definition/shape: levels.unhealthy: nothing measures it; give the monitor the metrics or the job that it is about',
    ],
  ],
  [
    'a level of another dimension',
    { metrics: all, levels: { score: { warning: percent(70) } } },
    ['definition/shape: levels.score.warning: expected a quantity of score, not of ratio'],
  ],
  [
    'levels in the wrong order',
    { metrics: all, levels: { score: { warning: score(70), critical: score(85) } } },
    ['threshold/levels-order: the warning level is not before the critical one, so the warning can never come first'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.healthCheck(input as never))).toEqual(findings);
});
