import { expect, it } from 'vitest';
import {
  bytesPerSecond,
  counter,
  days,
  defineMetrics,
  gauge,
  hours,
  kibibytes,
  minutes,
  monitors,
  ms,
  percent,
  perSecond,
  select,
} from '../../generators/index.ts';
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
        endToEndP95: { warning: ms(900) },
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
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-classification-accuracy": [
        "EventClassificationInaccurate",
        "below",
        "30 minutes",
        "(sum(rate(classifications_correct_total{job="app"}[1h])) or vector(0)) / sum(rate(classifications_checked_total{job="app"}[1h]))",
      ],
      "part-classification-p95": [
        "EventClassificationSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(classification_seconds_bucket{job="app"}[5m])))",
      ],
      "part-end-to-end-p95": [
        "EventDeliverySlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(end_to_end_seconds_bucket{job="app"}[5m])))",
      ],
      "part-garbage-recovery": [
        "GarbageRecoveryLow",
        "below",
        "30 minutes",
        "(sum(rate(garbage_recovered_bytes_total{job="app"}[1h])) or vector(0)) / sum(rate(garbage_examined_bytes_total{job="app"}[1h]))",
      ],
      "part-memory-drift": [
        "MemoryDriftHigh",
        "above",
        "1 hour",
        "(process_memory_bytes{job="app"} - process_memory_bytes{job="app"} offset 1d) / process_memory_bytes{job="app"} offset 1d or process_memory_bytes{job="app"} / process_memory_bytes{job="app"} * 0",
      ],
      "part-memory-growth": [
        "MemoryLeakDetected",
        "above",
        "1 hour",
        "deriv(process_memory_bytes{job="app"}[1h])",
      ],
      "part-memory-per-event": [
        "MemoryPerEventHigh",
        "above",
        "30 minutes",
        "sum(delta(process_memory_bytes{job="app"}[1h])) / (sum(increase(events_processed_total{job="app"}[1h])) > 0)",
      ],
      "part-priority-ratio": [
        "HighPriorityEventRatio",
        "above",
        "5 minutes",
        "(sum(rate(events_priority_total{job="app"}[5m])) or vector(0)) / sum(rate(events_received_total{job="app"}[5m]))",
      ],
      "part-priority-retention": [
        "PriorityRetentionExceeded",
        "above",
        "15 minutes",
        "max(time() - (oldest_priority_timestamp_seconds{job="app"} > 0))",
      ],
      "part-regular-retention": [
        "RegularRetentionExceeded",
        "above",
        "15 minutes",
        "max(time() - (oldest_regular_timestamp_seconds{job="app"} > 0))",
      ],
      "part-stalled": [
        "EventProcessingStalled",
        "atMost",
        "5 minutes",
        "sum(rate(events_processed_total{job="app"}[5m])) or vector(0)",
      ],
      "part-throughput": [
        "LowEventThroughput",
        "below",
        "10 minutes",
        "sum(rate(events_processed_total{job="app"}[5m])) or vector(0)",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-throughput",
      "threshold/part-stalled",
      "threshold/part-priority-ratio",
      "threshold/part-classification-p95",
      "threshold/part-classification-accuracy",
      "threshold/part-end-to-end-p95",
      "threshold/part-priority-retention",
      "threshold/part-regular-retention",
      "threshold/part-memory-growth",
      "threshold/part-memory-drift",
      "threshold/part-memory-per-event",
      "threshold/part-garbage-recovery",
      "panel/part/rates",
    ]
  `);
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
  [
    'a metric that is missing',
    { metrics: { received: m.events_received_total } },
    ['definition/shape: metrics.processed: is missing; expected a counter of count'],
  ],
  [
    'a length of time instead of a moment',
    { metrics: { ...metrics, oldestPriority: m.process_memory_bytes } },
    ['definition/shape: metrics.oldestPriority: expected a gauge of timestamp'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { throughput: { warning: ms(1) } } },
    ['definition/shape: levels.throughput.warning: expected a quantity of frequency, not of time'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { stalls: { critical: perSecond(0) } } },
    ['definition/unknown-property: levels.stalls: there is no such property'],
  ],
  [
    'a level of a metric that is not there',
    { metrics, levels: { memoryDrift: { warning: percent(20) } } },
    [
      'definition/shape: levels.memoryDrift: nothing measures it; give the monitor the metrics or the job that it is about',
    ],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.eventPipeline(input as never))).toEqual(findings);
});
