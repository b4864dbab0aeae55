import { expect, it } from 'vitest';
import { bytesPerSecond, counter, days, defineMetrics, gauge, hours, kibibytes, minutes, monitors, ms, percent, perSecond, seconds, select } from '../../generators/index.ts';
import { complaints, compileSystems, plain, systemInput, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  events_processed_total: plain.events,
  events_received_total: plain.events,
  events_priority_total: plain.events,
  classification_seconds: plain.time,
  classifications_checked_total: plain.events,
  classifications_correct_total: plain.events,
  end_to_end_seconds: plain.time,
  oldest_priority_timestamp_seconds: plain.moment,
  oldest_regular_timestamp_seconds: plain.moment,
  process_memory_bytes: plain.memory,
  garbage_examined_bytes_total: plain.sent,
  garbage_recovered_bytes_total: plain.sent,
});
const metrics = { processed: m.events_processed_total };

it('shows what goes through when that is all there is', () => {
  const watched = watch(monitors.eventPipeline({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/rates": [
          "sum(rate(events_processed_total{job="app"}[$__rate_interval]))",
        ],
        "panel/part/throughput": [
          "sum(rate(events_processed_total{job="app"}[5m])) or vector(0)",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.eventPipeline({
      metrics: {
        ...metrics,
        received: m.events_received_total,
        priority: m.events_priority_total,
        classificationDuration: m.classification_seconds,
        classificationsChecked: m.classifications_checked_total,
        classificationsCorrect: m.classifications_correct_total,
        endToEndDuration: m.end_to_end_seconds,
        oldestPriority: m.oldest_priority_timestamp_seconds,
        oldestRegular: m.oldest_regular_timestamp_seconds,
        memory: m.process_memory_bytes,
        garbageExamined: m.garbage_examined_bytes_total,
        garbageRecovered: m.garbage_recovered_bytes_total,
      },
      levels: {
        throughput: { warning: perSecond(100), critical: perSecond(10) },
        stalled: { critical: perSecond(0) },
        priorityRatio: { warning: percent(20) },
        classificationP95: { warning: ms(5) },
        classificationAccuracy: { warning: percent(95) },
        endToEndP95: { warning: seconds(1) },
        priorityRetention: { warning: days(30) },
        regularRetention: { warning: days(7) },
        memoryGrowth: { warning: bytesPerSecond(1000) },
        memoryPerEvent: { warning: kibibytes(5) },
        memoryDrift: { warning: percent(20) },
        garbageRecovery: { warning: percent(30) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot();
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot();
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    messages: counter({ unit: 'count', help: 'Messages.', labels: { code: ['in', 'done'], urgency: ['high', 'low'] } }),
    oldest: gauge({ unit: 'unix_seconds', help: 'Oldest.', labels: { urgency: ['high', 'low'] } }),
    rss_kibibytes: gauge({ unit: 'kibibytes', help: 'Memory.', range: { min: 0 } }),
  });
  const watched = watch(
    monitors.eventPipeline({
      metrics: {
        processed: select(other.messages, { code: 'done' }),
        received: select(other.messages, { code: 'in' }),
        priority: select(other.messages, { code: 'in', urgency: 'high' }),
        oldestPriority: select(other.oldest, { urgency: 'high' }),
        memory: other.rss_kibibytes,
      },
      levels: {
        stalled: { critical: perSecond(0) },
        priorityRatio: { warning: percent(20) },
        priorityRetention: { warning: hours(1) },
        memoryGrowth: { warning: bytesPerSecond(2048) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-memory-growth": [
        "MemoryLeakDetected",
        "above",
        "1 hour",
        "deriv(rss_kibibytes{job="legacy"}[1h]) * 1024",
      ],
      "part-priority-ratio": [
        "HighPriorityEventRatio",
        "above",
        "5 minutes",
        "(sum(rate(messages{job="legacy", code="in", urgency="high"}[5m])) or vector(0)) / sum(rate(messages{job="legacy", code="in"}[5m]))",
      ],
      "part-priority-retention": [
        "PriorityRetentionExceeded",
        "above",
        "15 minutes",
        "max(time() - (oldest{job="legacy", urgency="high"} > 0))",
      ],
      "part-stalled": [
        "EventProcessingStalled",
        "atMost",
        "5 minutes",
        "sum(rate(messages{job="legacy", code="done"}[5m])) or vector(0)",
      ],
    }
  `);
});

it('reads at least four scrapes of a slow job', () => {
  const { model } = compileSystems([
    systemInput({
      jobs: { app: { targets: { local: ['127.0.0.1:8080'] }, interval: minutes(2) } },
      components: { part: monitors.eventPipeline({ metrics, levels: { throughput: { warning: perSecond(1) } } }) },
    }),
  ]);
  expect(model.ruleGroups[0]?.rules[0]).toMatchObject({ record: 'shop:part_throughput:sum_rate8m' });
});

it.each([
  ['a metric that is missing', { metrics: { received: m.events_received_total } }],
  ['a length of time instead of a moment', { metrics: { ...metrics, oldestPriority: m.process_memory_bytes } }],
  ['a level of another dimension', { metrics, levels: { throughput: { warning: ms(1) } } }],
  ['a level that does not exist', { metrics, levels: { stalls: { critical: perSecond(0) } } }],
  ['a level of a metric that is not there', { metrics, levels: { memoryDrift: { warning: percent(20) } } }],
])('reports %s', (_, input) => {
  console.log('ROW ' + JSON.stringify(complaints(monitors.eventPipeline(input as never))));
});
