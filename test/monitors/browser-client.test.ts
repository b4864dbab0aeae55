import { expect, it } from 'vitest';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  kibibytes,
  mebibytes,
  monitors,
  ms,
  percent,
  perSecond,
  select,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  client_memory_bytes: plain.memory,
  client_displayed: plain.number,
  client_priority: plain.number,
  client_regular: plain.number,
  client_frame_rate: plain.frequency,
  client_frames_total: plain.events,
  client_dropped_frames_total: plain.events,
  client_switch_seconds: plain.time,
});
const metrics = { memory: m.client_memory_bytes };

it('shows memory when that is all there is', () => {
  const watched = watch(monitors.browserClient({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/memory": [
          "max(client_memory_bytes{job="app"})",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.browserClient({
      metrics: {
        ...metrics,
        displayed: m.client_displayed,
        priorityItems: m.client_priority,
        regularItems: m.client_regular,
        frameRate: m.client_frame_rate,
        frames: m.client_frames_total,
        droppedFrames: m.client_dropped_frames_total,
        switchDuration: m.client_switch_seconds,
      },
      levels: {
        memory: { warning: mebibytes(80), critical: mebibytes(100) },
        memoryPerItem: { warning: kibibytes(50) },
        displayed: { warning: count(500) },
        priorityItems: { warning: count(100) },
        regularItems: { warning: count(400) },
        frameRate: { warning: perSecond(50), critical: perSecond(30) },
        droppedFrames: { warning: percent(5) },
        switchP95: { warning: ms(100) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-displayed": [
        "ClientDisplayOverfull",
        "above",
        "5 minutes",
        "max(client_displayed{job="app"})",
      ],
      "part-dropped-frames": [
        "ClientFramesDropped",
        "above",
        "5 minutes",
        "(sum(rate(client_dropped_frames_total{job="app"}[5m])) or vector(0)) / sum(rate(client_frames_total{job="app"}[5m]))",
      ],
      "part-frame-rate": [
        "ClientFrameRateLow",
        "below",
        "5 minutes",
        "avg(client_frame_rate{job="app"})",
      ],
      "part-memory": [
        "ClientMemoryLimitExceeded",
        "above",
        "1 minute",
        "max(client_memory_bytes{job="app"})",
      ],
      "part-memory-per-item": [
        "ClientMemoryPerEventHigh",
        "above",
        "5 minutes",
        "sum(client_memory_bytes{job="app"}) / (sum(client_displayed{job="app"}) > 0)",
      ],
      "part-priority-items": [
        "ClientPriorityBucketOverfull",
        "above",
        "5 minutes",
        "max(client_priority{job="app"})",
      ],
      "part-regular-items": [
        "ClientRegularBucketOverfull",
        "above",
        "5 minutes",
        "max(client_regular{job="app"})",
      ],
      "part-switch-p95": [
        "ClientSwitchSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(client_switch_seconds_bucket{job="app"}[5m])))",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-memory",
      "threshold/part-displayed",
      "threshold/part-priority-items",
      "threshold/part-regular-items",
      "threshold/part-memory-per-item",
      "threshold/part-frame-rate",
      "threshold/part-dropped-frames",
      "threshold/part-switch-p95",
    ]
  `);
});

it('names the client by the label of another team', () => {
  const other = defineMetrics('legacy', {
    page_heap_mebibytes: gauge({
      unit: 'mebibytes',
      help: 'Heap.',
      labels: { session: 'any', page: 'any' },
      range: { min: 0 },
    }),
    page_items: gauge({
      unit: 'count',
      help: 'Items.',
      labels: { session: 'any', list: ['all', 'urgent'] },
      range: { min: 0 },
    }),
    page_frames: counter({ unit: 'count', help: 'Frames.', labels: { session: 'any', fate: ['drawn', 'dropped'] } }),
  });
  const watched = watch(
    monitors.browserClient({
      clientLabel: 'session',
      metrics: {
        memory: other.page_heap_mebibytes,
        displayed: select(other.page_items, { list: 'all' }),
        frames: other.page_frames,
        droppedFrames: select(other.page_frames, { fate: 'dropped' }),
      },
      levels: {
        memory: { warning: mebibytes(80) },
        displayed: { warning: count(500) },
        droppedFrames: { warning: percent(5) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-displayed": [
        "ClientDisplayOverfull",
        "above",
        "5 minutes",
        "max by (session) (page_items{job="legacy", list="all"})",
      ],
      "part-dropped-frames": [
        "ClientFramesDropped",
        "above",
        "5 minutes",
        "(sum(rate(page_frames{job="legacy", fate="dropped"}[5m])) or vector(0)) / sum(rate(page_frames{job="legacy"}[5m]))",
      ],
      "part-memory": [
        "ClientMemoryLimitExceeded",
        "above",
        "1 minute",
        "max by (session) (page_heap_mebibytes{job="legacy"})",
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
    'a count instead of memory',
    { metrics: { memory: m.client_displayed } },
    ['definition/shape: metrics.memory: expected a gauge of data'],
  ],
  [
    'a label that the metric has not',
    { metrics, clientLabel: 'client', levels: { memory: { warning: mebibytes(1) } } },
    ['query/unknown-label: the query groups by the label "client", which client_memory_bytes{job="app"} does not have'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { memory: { warning: count(1) } } },
    ['definition/shape: levels.memory.warning: expected a quantity of data, not of count'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { memoryPerEvent: { warning: mebibytes(1) } } },
    ['definition/unknown-property: levels.memoryPerEvent: there is no such property'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.browserClient(input as never))).toEqual(findings);
});
