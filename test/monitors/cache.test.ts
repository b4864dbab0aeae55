import { expect, it } from 'vitest';
import {
  counter,
  defineMetrics,
  gauge,
  histogram,
  matches,
  mebibytes,
  monitors,
  ms,
  percent,
  perSecond,
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
      "panel/part/operation-times",
    ]
  `);
});

it('asks those who use it whether it is there, before it asks its scrape', () => {
  const own = defineMetrics('app', {
    cache_up: gauge({ unit: 'state', help: 'Whether it answers.', labels: { store: ['memory', 'redis'] } }),
  });
  const { signals, findings } = watch(
    monitors.cache({
      job: 'app',
      metrics: { ...metrics, up: own.cache_up },
      levels: { availability: { critical: state(true) } },
    }),
  );
  expect(findings).toEqual([]);
  expect(signals).toEqual({
    'part-availability': ['CacheUnavailable', 'below', '30 seconds', 'cache_up{job="app"}'],
  });
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

it('tells layers apart', () => {
  const LAYER = { layer: ['L1', 'L2'] } as const;
  const layered = defineMetrics('app', {
    hits_total: counter({ unit: 'count', help: 'Hits.', labels: LAYER }),
    misses_total: counter({ unit: 'count', help: 'Misses.', labels: LAYER }),
    evictions_total: counter({ unit: 'count', help: 'Evictions.', labels: LAYER }),
    written_bytes_total: counter({ unit: 'bytes', help: 'Written.', labels: LAYER }),
    stored_bytes_total: counter({ unit: 'bytes', help: 'Stored.', labels: LAYER }),
    used_bytes: gauge({ unit: 'bytes', help: 'Used.', labels: LAYER, range: { min: 0 } }),
    limit_bytes: gauge({ unit: 'bytes', help: 'Limit.', labels: LAYER, range: { min: 0 } }),
    operation_seconds: histogram({ unit: 'seconds', help: 'Time.', labels: LAYER, buckets: [ms(1), ms(10)] }),
  });
  const watched = watch(
    monitors.cache({
      by: ['layer'],
      metrics: {
        hits: layered.hits_total,
        misses: layered.misses_total,
        evictions: layered.evictions_total,
        writtenBytes: layered.written_bytes_total,
        storedBytes: layered.stored_bytes_total,
        memory: layered.used_bytes,
        memoryLimit: layered.limit_bytes,
        duration: layered.operation_seconds,
      },
      levels: {
        hitRate: { warning: percent(70) },
        evictions: { warning: perSecond(10) },
        memoryUsage: { warning: percent(90) },
        latencyP95: { warning: ms(5) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-evictions": [
        "CacheEvictionsHigh",
        "above",
        "5 minutes",
        "sum by (layer) (rate(evictions_total{job="app"}[5m]))",
      ],
      "part-hit-rate": [
        "CacheHitRateLow",
        "below",
        "5 minutes",
        "(sum by (layer) (rate(hits_total{job="app"}[5m])) or sum by (layer) (rate(misses_total{job="app"}[5m])) * 0) / ((sum by (layer) (rate(hits_total{job="app"}[5m])) or sum by (layer) (rate(misses_total{job="app"}[5m])) * 0) + (sum by (layer) (rate(misses_total{job="app"}[5m])) or sum by (layer) (rate(hits_total{job="app"}[5m])) * 0))",
      ],
      "part-latency-p95": [
        "CacheSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le, layer) (rate(operation_seconds_bucket{job="app"}[5m])))",
      ],
      "part-memory-usage": [
        "CacheMemoryHigh",
        "above",
        "5 minutes",
        "sum by (instance, job, layer) (used_bytes{job="app"}) / (sum by (instance, job, layer) (limit_bytes{job="app"}) > 0)",
      ],
    }
  `);
  expect(watched.panels['panel/part/compression']).toMatchInlineSnapshot(`
    [
      "sum by (layer) (rate(stored_bytes_total{job="app"}[$__rate_interval])) / sum by (layer) (rate(written_bytes_total{job="app"}[$__rate_interval]))",
    ]
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
