import * as z from 'zod';
import { count, hours, minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, NEVER, series, signalOf } from './monitor.ts';

/** A service that takes in events, sorts them by priority, keeps them for a time and hands them on. */
export const eventPipeline = defineMonitor({
  id: 'event-pipeline',
  summary:
    'An event pipeline: throughput, stalls, priority share, classification, latency, retention, memory of its process.',
  input: z.strictObject({
    ...common,
    metrics: z.strictObject({
      /** Events that went through. */
      processed: series('counter', 'count'),
      /** Events that came in. */
      received: series('counter', 'count').optional(),
      /** Events that were classified as urgent. */
      priority: series('counter', 'count').optional(),
      /** How long classifying one event takes. */
      classificationDuration: series('histogram', 'time').optional(),
      /** Events whose class was checked, and those of them that were classified right. */
      classificationsChecked: series('counter', 'count').optional(),
      classificationsCorrect: series('counter', 'count').optional(),
      /** From the arrival of an event to its display. */
      endToEndDuration: series('histogram', 'time').optional(),
      /** When the oldest urgent event that is kept arrived. */
      oldestPriority: series('gauge', 'timestamp').optional(),
      /** When the oldest other event that is kept arrived. */
      oldestRegular: series('gauge', 'timestamp').optional(),
      /** Memory of the process. */
      memory: series('gauge', 'data').optional(),
      /** Bytes that garbage collections looked at, and those that they gave back. */
      garbageExamined: series('counter', 'data').optional(),
      garbageRecovered: series('counter', 'data').optional(),
    }),
    levels: z
      .strictObject({
        throughput: levels('frequency').optional(),
        stalled: levels('frequency').optional(),
        priorityRatio: levels('ratio').optional(),
        classificationP95: levels('time').optional(),
        classificationAccuracy: levels('ratio').optional(),
        endToEndP95: levels('time').optional(),
        priorityRetention: levels('time').optional(),
        regularRetention: levels('time').optional(),
        memoryGrowth: levels('throughput').optional(),
        memoryPerEvent: levels('data').optional(),
        memoryDrift: levels('ratio').optional(),
        garbageRecovery: levels('ratio').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set }, { title, window }) => {
    // Nothing is processed either while there is no such series: before the first event, or while every instance is down.
    const processed = query.orZero(query.sum(query.rate(metrics.processed, window)));
    const signals: Signal[] = [
      signalOf({
        key: 'throughput',
        title: `${title}: events processed`,
        description: 'Events a second that go through, over all instances.',
        query: processed,
        direction: 'below',
        alert: 'LowEventThroughput',
        summary: `${title} is down to {value} (level {threshold})`,
        firstSteps: [
          'See whether fewer events arrive: compare with what comes in.',
          'Look at the database: inserts hold the pipeline back first.',
        ],
        for: minutes(10),
        levels: set.throughput,
      }),
    ];
    if (set.stalled) {
      signals.push(
        signalOf({
          key: 'stalled',
          title: `${title}: standstill`,
          description: 'Whether any event goes through at all.',
          query: processed,
          direction: 'atMost',
          alert: 'EventProcessingStalled',
          summary: `${title} has processed nothing for {for}`,
          firstSteps: [
            'See whether the process still answers its health check.',
            'Look for a lock or a full queue; restart one instance and watch whether events move again.',
            'See whether events still arrive at all.',
          ],
          for: FIVE_MINUTES,
          levels: set.stalled,
        }),
      );
    }
    const { priority, received } = metrics;
    if (priority && received) {
      signals.push(
        signalOf({
          key: 'priorityRatio',
          title: `${title}: share of urgent events`,
          description: 'The share of events that are classified as urgent. When most are urgent, none is.',
          query: query.divide(
            query.orZero(query.sum(query.rate(priority, window))),
            query.sum(query.rate(received, window)),
          ),
          direction: 'above',
          alert: 'HighPriorityEventRatio',
          summary: `{value} of the events of ${title} are urgent (level {threshold})`,
          firstSteps: [
            'See which source and which type of event has grown.',
            'See whether the rules of the classification changed.',
          ],
          for: FIVE_MINUTES,
          levels: set.priorityRatio,
        }),
      );
    }
    if (metrics.classificationDuration) {
      signals.push(
        signalOf({
          key: 'classificationP95',
          title: `${title}: classification time, p95`,
          description: '95 of 100 events are classified at least this fast.',
          query: query.quantile(0.95, metrics.classificationDuration, { over: window }),
          direction: 'above',
          alert: 'EventClassificationSlow',
          summary: `${title} takes {value} to classify an event at p95 (level {threshold})`,
          firstSteps: [
            'See whether a rule was added that is costly.',
            'Look at the event loop and the processor of the service.',
          ],
          for: FIVE_MINUTES,
          levels: set.classificationP95,
        }),
      );
    }
    const { classificationsChecked, classificationsCorrect } = metrics;
    if (classificationsChecked && classificationsCorrect) {
      signals.push(
        signalOf({
          key: 'classificationAccuracy',
          title: `${title}: classification accuracy`,
          description: 'The share of checked events that were classified right.',
          query: query.divide(
            query.orZero(query.sum(query.rate(classificationsCorrect, hours(1)))),
            query.sum(query.rate(classificationsChecked, hours(1))),
          ),
          direction: 'below',
          alert: 'EventClassificationInaccurate',
          summary: `${title} classifies {value} of its events right (level {threshold})`,
          firstSteps: ['Look at the events that were classified wrong: one type or source usually stands out.'],
          for: minutes(30),
          levels: set.classificationAccuracy,
        }),
      );
    }
    if (metrics.endToEndDuration) {
      signals.push(
        signalOf({
          key: 'endToEndP95',
          title: `${title}: arrival to display, p95`,
          description: '95 of 100 events are on the screen at least this fast after they arrived.',
          query: query.quantile(0.95, metrics.endToEndDuration, { over: window }),
          direction: 'above',
          alert: 'EventDeliverySlow',
          summary: `Events of ${title} are shown after {value} at p95 (level {threshold})`,
          firstSteps: [
            'Take the way apart: insert, classification, broadcast, client. The panels of each show which part grew.',
          ],
          for: FIVE_MINUTES,
          levels: set.endToEndP95,
        }),
      );
    }
    const retention = (name: 'priority' | 'regular'): void => {
      const oldest = name === 'priority' ? metrics.oldestPriority : metrics.oldestRegular;
      if (!oldest) return;
      signals.push(
        signalOf({
          key: `${name}Retention`,
          title: `${title}: age of the oldest ${name} event`,
          description: `How old the oldest ${name} event is that is still kept. Older than the promise means that the clean-up does not run.`,
          query: query.maximum(query.timeSince(query.only(oldest, '>', NEVER))),
          direction: 'above',
          alert: name === 'priority' ? 'PriorityRetentionExceeded' : 'RegularRetentionExceeded',
          summary: `The oldest ${name} event of ${title} is {value} old (level {threshold})`,
          firstSteps: [
            'See when the clean-up ran last and what it said.',
            'Run it by hand, and watch the size of the table.',
          ],
          for: minutes(15),
          levels: name === 'priority' ? set.priorityRetention : set.regularRetention,
        }),
      );
    };
    retention('priority');
    retention('regular');
    const { memory } = metrics;
    if (memory) {
      signals.push(
        signalOf({
          key: 'memoryGrowth',
          title: `${title}: growth of memory`,
          description:
            'The trend of the memory of the process over an hour, by regression, so that a collection does not look like a recovery.',
          query: query.derivative(memory, hours(1)),
          direction: 'above',
          alert: 'MemoryLeakDetected',
          summary: `Memory of ${title} ({labels.instance}) grows by {value} (level {threshold})`,
          firstSteps: [
            'Compare with the number of events: growth with load is no leak.',
            'Take two heap snapshots half an hour apart and compare them.',
            'Restart the instance before it reaches its limit.',
          ],
          for: hours(1),
          levels: set.memoryGrowth,
        }),
        signalOf({
          key: 'memoryDrift',
          title: `${title}: memory against the day before`,
          description:
            'How much more memory the process holds than 24 hours ago, as a share of what it held then; 0 on its first day.',
          // A process that was not there a day ago has not changed; its panel is not blank on its first day.
          query: query.or(query.changeSince(memory, hours(24)), query.multiply(query.divide(memory, memory), 0)),
          direction: 'above',
          alert: 'MemoryDriftHigh',
          summary: `Memory of ${title} ({labels.instance}) is {value} above the day before (level {threshold})`,
          firstSteps: ['Compare with the number of events and of clients of both days.', 'Take a heap snapshot.'],
          for: hours(1),
          levels: set.memoryDrift,
        }),
        signalOf({
          key: 'memoryPerEvent',
          title: `${title}: memory per event`,
          description: 'How much the memory of the process grows for each event that goes through, over an hour.',
          query: query.divide(
            query.sum(query.delta(memory, hours(1))),
            query.only(query.sum(query.increase(metrics.processed, hours(1))), '>', count(0)),
          ),
          direction: 'above',
          alert: 'MemoryPerEventHigh',
          summary: `Memory of ${title} grows by {value} for each event (level {threshold})`,
          firstSteps: ['See what is kept for each event, and for how long.'],
          for: minutes(30),
          levels: set.memoryPerEvent,
        }),
      );
    }
    const { garbageExamined, garbageRecovered } = metrics;
    if (garbageExamined && garbageRecovered) {
      signals.push(
        signalOf({
          key: 'garbageRecovery',
          title: `${title}: memory recovered by garbage collection`,
          description:
            'The share of the memory that collections look at which they give back. When it falls, memory is held.',
          query: query.divide(
            query.orZero(query.sum(query.rate(garbageRecovered, hours(1)))),
            query.sum(query.rate(garbageExamined, hours(1))),
          ),
          direction: 'below',
          alert: 'GarbageRecoveryLow',
          summary: `Garbage collections of ${title} recover only {value} (level {threshold})`,
          firstSteps: ['Take a heap snapshot and look for what grows.'],
          for: minutes(30),
          levels: set.garbageRecovery,
        }),
      );
    }
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        rates: {
          title: `${title}: events`,
          description: 'Events a second: processed, received, and those of them that are urgent.',
          queries: {
            processed: query.sum(query.rate(metrics.processed, query.rateInterval)),
            ...(received ? { received: query.sum(query.rate(received, query.rateInterval)) } : {}),
            ...(priority ? { urgent: query.sum(query.rate(priority, query.rateInterval)) } : {}),
          },
          min: 0,
        },
      },
    };
  },
});
