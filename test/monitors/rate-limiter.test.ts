import { expect, it } from 'vitest';
import { counter, defineMetrics, mebibytes, monitors, ms, percent, perSecond, select } from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  limiter_checks_total: plain.events,
  limiter_blocked_total: plain.events,
  limiter_memory_bytes: plain.memory,
});
const metrics = { checks: m.limiter_checks_total, blocked: m.limiter_blocked_total };

it('shows what passes when that is all there is', () => {
  const watched = watch(monitors.rateLimiter({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/blocked-ratio": [
          "(sum(rate(limiter_blocked_total{job="app"}[5m])) or vector(0)) / sum(rate(limiter_checks_total{job="app"}[5m]))",
        ],
        "panel/part/checks": [
          "sum(rate(limiter_checks_total{job="app"}[$__rate_interval]))",
          "sum(rate(limiter_blocked_total{job="app"}[$__rate_interval])) or vector(0)",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.rateLimiter({
      metrics: { ...metrics, memory: m.limiter_memory_bytes },
      levels: {
        blockedRate: { warning: perSecond(10), critical: perSecond(100) },
        blockedRatio: { warning: percent(5) },
        memory: { warning: mebibytes(50) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-blocked-rate": [
        "RateLimitExceeded",
        "above",
        "2 minutes",
        "sum(rate(limiter_blocked_total{job="app"}[5m])) or vector(0)",
      ],
      "part-blocked-ratio": [
        "RateLimitRatioHigh",
        "above",
        "5 minutes",
        "(sum(rate(limiter_blocked_total{job="app"}[5m])) or vector(0)) / sum(rate(limiter_checks_total{job="app"}[5m]))",
      ],
      "part-memory": [
        "RateLimiterMemoryHigh",
        "above",
        "5 minutes",
        "sum(limiter_memory_bytes{job="app"})",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-blocked-rate",
      "threshold/part-blocked-ratio",
      "threshold/part-memory",
      "panel/part/checks",
    ]
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    answers: counter({ unit: 'count', help: 'Answers.', labels: { code: ['200', '429'], client: 'any' } }),
  });
  const watched = watch(
    monitors.rateLimiter({
      metrics: { checks: other.answers, blocked: select(other.answers, { code: '429' }) },
      levels: {
        blockedRatio: { warning: percent(5) },
        blockedRate: { critical: { level: perSecond(10), alert: 'Flood' } },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-blocked-rate": [
        "Flood",
        "above",
        "2 minutes",
        "sum(rate(answers{job="legacy", code="429"}[5m])) or vector(0)",
      ],
      "part-blocked-ratio": [
        "RateLimitRatioHigh",
        "above",
        "5 minutes",
        "(sum(rate(answers{job="legacy", code="429"}[5m])) or vector(0)) / sum(rate(answers{job="legacy"}[5m]))",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: { checks: metrics.checks } },
    ['definition/shape: metrics.blocked: is missing; expected a counter of count'],
  ],
  [
    'a gauge instead of a counter',
    { metrics: { ...metrics, blocked: m.limiter_memory_bytes } },
    ['definition/shape: metrics.blocked: expected a counter of count'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { blockedRatio: { warning: ms(1) } } },
    ['definition/shape: levels.blockedRatio.warning: expected a quantity of ratio, not of time'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { blockedrate: { warning: perSecond(1) } } },
    ['definition/unknown-property: levels.blockedrate: there is no such property'],
  ],
  [
    'a level of a metric that is not there',
    { metrics, levels: { memory: { warning: mebibytes(50) } } },
    ['definition/shape: levels.memory: nothing measures it; give the monitor the metrics or the job that it is about'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.rateLimiter(input as never))).toEqual(findings);
});
