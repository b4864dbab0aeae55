import { expect, it } from 'vitest';
import {
  counter,
  defineMetrics,
  gauge,
  hours,
  mebibytes,
  monitors,
  ms,
  per,
  percent,
  seconds,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  process_memory_bytes: plain.memory,
  process_memory_limit_bytes: plain.memory,
  heap_used_bytes: plain.memory,
  heap_limit_bytes: plain.memory,
  lag_seconds: gauge({ unit: 'seconds', help: 'Lag.', range: { min: 0 } }),
  cpu_seconds_total: counter({ unit: 'seconds', help: 'Processor time.' }),
  collection_seconds: plain.time,
});
const metrics = { memory: m.process_memory_bytes };
const all = {
  memory: m.process_memory_bytes,
  memoryLimit: m.process_memory_limit_bytes,
  heapUsed: m.heap_used_bytes,
  heapLimit: m.heap_limit_bytes,
  eventLoopLag: m.lag_seconds,
  cpuTime: m.cpu_seconds_total,
  garbageCollection: m.collection_seconds,
};

it('shows the memory and its growth when that is all there is', () => {
  expect(watch(monitors.runtime({ metrics }))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/memory": [
          "sum(process_memory_bytes{job="app"})",
        ],
        "panel/part/memory-growth": [
          "deriv(process_memory_bytes{job="app"}[1h])",
        ],
      },
      "signals": {},
    }
  `);
});

it('shows what it can without levels', () => {
  const { panels, findings } = watch(monitors.runtime({ metrics: all }));
  expect(findings).toEqual([]);
  expect(panels).toMatchInlineSnapshot(`
    {
      "panel/part/collections": [
        "histogram_quantile(0.95, sum by (le) (rate(collection_seconds_bucket{job="app"}[$__rate_interval])))",
        "histogram_quantile(0.99, sum by (le) (rate(collection_seconds_bucket{job="app"}[$__rate_interval])))",
      ],
      "panel/part/cpu": [
        "sum by (instance, job) (rate(cpu_seconds_total{job="app"}[5m]))",
      ],
      "panel/part/event-loop-lag": [
        "max by (instance, job) (lag_seconds{job="app"})",
      ],
      "panel/part/garbage-collection": [
        "sum by (instance, job) (rate(collection_seconds_sum{job="app"}[5m]))",
      ],
      "panel/part/heap-usage": [
        "sum by (instance, job) (heap_used_bytes{job="app"}) / (sum by (instance, job) (heap_limit_bytes{job="app"}) > 0)",
      ],
      "panel/part/memory": [
        "sum(process_memory_bytes{job="app"})",
        "sum(process_memory_limit_bytes{job="app"})",
        "sum(heap_used_bytes{job="app"})",
        "sum(heap_limit_bytes{job="app"})",
      ],
      "panel/part/memory-growth": [
        "deriv(process_memory_bytes{job="app"}[1h])",
      ],
      "panel/part/memory-usage": [
        "sum by (instance, job) (process_memory_bytes{job="app"}) / (sum by (instance, job) (process_memory_limit_bytes{job="app"}) > 0)",
      ],
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.runtime({
      metrics: all,
      levels: {
        memory: { critical: mebibytes(3584), alert: 'MemoryExhaustion' },
        memoryUsage: { warning: percent(80) },
        heapUsage: { warning: percent(75), critical: percent(90) },
        memoryGrowth: { warning: per(mebibytes(100), hours(1)) },
        eventLoopLag: { warning: ms(100), critical: seconds(1) },
        cpu: { warning: percent(90) },
        garbageCollection: { warning: percent(10) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-cpu": [
        "ProcessorUsageHigh",
        "above",
        "5 minutes",
        "sum by (instance, job) (rate(cpu_seconds_total{job="app"}[5m]))",
      ],
      "part-event-loop-lag": [
        "EventLoopLagHigh",
        "above",
        "2 minutes",
        "max by (instance, job) (lag_seconds{job="app"})",
      ],
      "part-garbage-collection": [
        "GarbageCollectionHigh",
        "above",
        "5 minutes",
        "sum by (instance, job) (rate(collection_seconds_sum{job="app"}[5m]))",
      ],
      "part-heap-usage": [
        "HeapUsageHigh",
        "above",
        "5 minutes",
        "sum by (instance, job) (heap_used_bytes{job="app"}) / (sum by (instance, job) (heap_limit_bytes{job="app"}) > 0)",
      ],
      "part-memory": [
        "MemoryExhaustion",
        "above",
        "5 minutes",
        "sum by (instance, job) (process_memory_bytes{job="app"})",
      ],
      "part-memory-growth": [
        "ProcessMemoryGrows",
        "above",
        "30 minutes",
        "deriv(process_memory_bytes{job="app"}[1h])",
      ],
      "part-memory-usage": [
        "ProcessMemoryHigh",
        "above",
        "5 minutes",
        "sum by (instance, job) (process_memory_bytes{job="app"}) / (sum by (instance, job) (process_memory_limit_bytes{job="app"}) > 0)",
      ],
    }
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    heap_kibibytes: gauge({ unit: 'kibibytes', help: 'Heap.', labels: { space: 'any' } }),
    busy_milliseconds: counter({ unit: 'milliseconds', help: 'Processor time.', labels: { mode: ['user', 'system'] } }),
    lag_milliseconds: gauge({ unit: 'milliseconds', help: 'Lag.' }),
  });
  const watched = watch(
    monitors.runtime({
      metrics: {
        memory: other.heap_kibibytes,
        cpuTime: other.busy_milliseconds,
        eventLoopLag: other.lag_milliseconds,
      },
      levels: { memory: { warning: mebibytes(1) }, cpu: { warning: percent(50) }, eventLoopLag: { warning: ms(70) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-cpu": [
        "ProcessorUsageHigh",
        "above",
        "5 minutes",
        "sum by (instance, job) (rate(busy_milliseconds{job="legacy"}[5m]) / 1000)",
      ],
      "part-event-loop-lag": [
        "EventLoopLagHigh",
        "above",
        "2 minutes",
        "max by (instance, job) (lag_milliseconds{job="legacy"})",
      ],
      "part-memory": [
        "ProcessMemoryLarge",
        "above",
        "5 minutes",
        "sum by (instance, job) (heap_kibibytes{job="legacy"})",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: {} },
    ['definition/shape: metrics.memory: is missing; expected a gauge of data'],
  ],
  [
    'a gauge instead of a counter',
    { metrics: { ...metrics, cpuTime: m.lag_seconds } },
    ['definition/shape: metrics.cpuTime: expected a counter of time'],
  ],
  [
    'a level that nothing measures',
    { metrics, levels: { heapUsage: { critical: percent(90) } } },
    [
      'definition/shape: levels.heapUsage: nothing measures it; give the monitor the metrics or the job that it is about',
    ],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { memory: { warning: percent(1) } } },
    ['definition/shape: levels.memory.warning: expected a quantity of data, not of ratio'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.runtime(input as never))).toEqual(findings);
});
