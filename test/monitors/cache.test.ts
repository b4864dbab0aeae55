import { expect, it } from 'vitest';
import {
  counter,
  defineMetrics,
  gauge,
  matches,
  mebibytes,
  monitors,
  ms,
  percent,
  select,
  state,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  cache_hits_total: plain.events,
  cache_misses_total: plain.events,
  cache_operations_total: plain.events,
  cache_duration_seconds: plain.time,
  cache_memory_bytes: plain.memory,
  cache_memory_limit_bytes: plain.memory,
});
const metrics = { hits: m.cache_hits_total, misses: m.cache_misses_total };

it('shows the hit rate when that is all there is', () => {
  const watched = watch(monitors.cache({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/hit-rate": [
          "(sum(rate(cache_hits_total{job="app"}[5m])) or vector(0)) / ((sum(rate(cache_hits_total{job="app"}[5m])) or vector(0)) + (sum(rate(cache_misses_total{job="app"}[5m])) or vector(0)))",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.cache({
      job: 'app',
      metrics: {
        ...metrics,
        operations: m.cache_operations_total,
        duration: m.cache_duration_seconds,
        memory: m.cache_memory_bytes,
        memoryLimit: m.cache_memory_limit_bytes,
      },
      levels: {
        hitRate: { warning: percent(70), critical: percent(50) },
        latencyP95: { warning: ms(5) },
        memoryUsage: { warning: percent(80) },
        memory: { warning: mebibytes(512) },
        availability: { critical: state(true) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-availability": [
        "CacheUnavailable",
        "below",
        "30 seconds",
        "up{job="app"}",
      ],
      "part-hit-rate": [
        "CacheHitRateLow",
        "below",
        "5 minutes",
        "(sum(rate(cache_hits_total{job="app"}[5m])) or vector(0)) / ((sum(rate(cache_hits_total{job="app"}[5m])) or vector(0)) + (sum(rate(cache_misses_total{job="app"}[5m])) or vector(0)))",
      ],
      "part-latency-p95": [
        "CacheSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(cache_duration_seconds_bucket{job="app"}[5m])))",
      ],
      "part-memory": [
        "CacheMemoryLarge",
        "above",
        "5 minutes",
        "sum(cache_memory_bytes{job="app"})",
      ],
      "part-memory-usage": [
        "CacheMemoryHigh",
        "above",
        "5 minutes",
        "sum by (instance, job) (cache_memory_bytes{job="app"}) / (sum by (instance, job) (cache_memory_limit_bytes{job="app"}) > 0)",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-availability",
      "threshold/part-hit-rate",
      "threshold/part-latency-p95",
      "threshold/part-memory-usage",
      "threshold/part-memory",
      "panel/part/memory",
      "panel/part/operations",
    ]
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    lookups: counter({ unit: 'count', help: 'Look-ups.', labels: { result: ['hit', 'miss', 'stale'] } }),
    used_mebibytes: gauge({ unit: 'mebibytes', help: 'Memory.', labels: { pool: 'any' }, range: { min: 0 } }),
  });
  const watched = watch(
    monitors.cache({
      metrics: {
        hits: select(other.lookups, { result: 'hit' }),
        misses: select(other.lookups, { result: matches('miss|stale') }),
        memory: other.used_mebibytes,
      },
      levels: { hitRate: { warning: percent(70) }, memory: { warning: mebibytes(100) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-hit-rate": [
        "CacheHitRateLow",
        "below",
        "5 minutes",
        "(sum(rate(lookups{job="legacy", result="hit"}[5m])) or vector(0)) / ((sum(rate(lookups{job="legacy", result="hit"}[5m])) or vector(0)) + (sum(rate(lookups{job="legacy", result=~"miss|stale"}[5m])) or vector(0)))",
      ],
      "part-memory": [
        "CacheMemoryLarge",
        "above",
        "5 minutes",
        "sum(used_mebibytes{job="legacy"})",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: { hits: metrics.hits } },
    ['definition/shape: metrics.misses: is missing; expected a counter of count'],
  ],
  [
    'a gauge instead of a counter',
    { metrics: { ...metrics, misses: m.cache_memory_bytes } },
    ['definition/shape: metrics.misses: expected a counter of count'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { hitRate: { warning: ms(1) } } },
    ['definition/shape: levels.hitRate.warning: expected a quantity of ratio, not of time'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { hitrate: { warning: percent(1) } } },
    ['definition/unknown-property: levels.hitrate: there is no such property'],
  ],
  [
    'levels in the wrong order',
    { metrics, levels: { hitRate: { warning: percent(50), critical: percent(70) } } },
    ['threshold/levels-order: the warning level is not before the critical one, so the warning can never come first'],
  ],
  [
    'a job that does not exist',
    { metrics, job: 'redis' },
    [
      'definition/unknown-reference: there is no job "redis"',
      'query/unknown-label-value: the label "job" of up never has the value "redis"',
    ],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.cache(input as never))).toEqual(findings);
});
