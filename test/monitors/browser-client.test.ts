import { expect, it } from 'vitest';
import { count, counter, defineMetrics, gauge, kibibytes, mebibytes, monitors, ms, percent, perSecond, select } from '../../generators/index.ts';
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
  expect(watched.signals).toMatchInlineSnapshot();
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot();
});

it('names the client by the label of another team', () => {
  const other = defineMetrics('legacy', {
    page_heap_mebibytes: gauge({ unit: 'mebibytes', help: 'Heap.', labels: { session: 'any', page: 'any' }, range: { min: 0 } }),
    page_items: gauge({ unit: 'count', help: 'Items.', labels: { session: 'any', list: ['all', 'urgent'] }, range: { min: 0 } }),
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
      levels: { memory: { warning: mebibytes(80) }, displayed: { warning: count(500) }, droppedFrames: { warning: percent(5) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot();
});

it.each([
  ['a metric that is missing', { metrics: {} }],
  ['a count instead of memory', { metrics: { memory: m.client_displayed } }],
  ['a label that the metric has not', { metrics, clientLabel: 'client', levels: { memory: { warning: mebibytes(1) } } }],
  ['a level of another dimension', { metrics, levels: { memory: { warning: count(1) } } }],
  ['a level that does not exist', { metrics, levels: { memoryPerEvent: { warning: mebibytes(1) } } }],
])('reports %s', (_, input) => {
  console.log('ROW ' + JSON.stringify(complaints(monitors.browserClient(input as never))));
});
