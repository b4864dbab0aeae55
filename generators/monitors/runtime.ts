import * as z from 'zod';
import { bytes, hours, minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, PER_INSTANCE, series, signalOf } from './monitor.ts';

/** The runtime of a process: its memory and heap, its event loop, its processor time, its garbage collections. */
export const runtime = defineMonitor({
  id: 'runtime',
  summary: 'The runtime of a process: memory, heap, growth, event loop, processor, garbage collection.',
  input: z.strictObject({
    ...common,
    metrics: z.strictObject({
      /** Memory of the process. */
      memory: series('gauge', 'data'),
      /** What the process may use: the limit of its container. */
      memoryLimit: series('gauge', 'data').optional(),
      /** Heap in use. */
      heapUsed: series('gauge', 'data').optional(),
      /** The most heap that it may use; not its size so far, which follows its use. */
      heapLimit: series('gauge', 'data').optional(),
      /** How late the event loop is. */
      eventLoopLag: series('gauge', 'time').optional(),
      /** Processor time since the start of the process. */
      cpuTime: series('counter', 'time').optional(),
      /** How long garbage collections take. */
      garbageCollection: series('histogram', 'time').optional(),
    }),
    levels: z
      .strictObject({
        memory: levels('data').optional(),
        memoryUsage: levels('ratio').optional(),
        heapUsage: levels('ratio').optional(),
        memoryGrowth: levels('throughput').optional(),
        eventLoopLag: levels('time').optional(),
        cpu: levels('ratio').optional(),
        garbageCollection: levels('ratio').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set }, { title, window }) => {
    const { memory, memoryLimit, heapUsed, heapLimit, eventLoopLag, cpuTime, garbageCollection } = metrics;
    const by = PER_INSTANCE;
    const signals: Signal[] = [
      signalOf({
        key: 'memory',
        title: `${title}: memory of the process`,
        description: 'Memory that each process holds. Beyond what its host or container has, the process is killed.',
        query: query.sum(memory, { by }),
        direction: 'above',
        alert: 'ProcessMemoryLarge',
        summary: `${title} ({labels.instance}) holds {value} (level {threshold})`,
        firstSteps: [
          'See whether it rises steadily (a leak) or came with load.',
          'Take a heap snapshot of one instance before it is restarted.',
          'Restart instances one by one if the limit is near.',
        ],
        for: FIVE_MINUTES,
        levels: set.memory,
        shownIn: 'memory',
      }),
      signalOf({
        key: 'memoryGrowth',
        title: `${title}: growth of memory`,
        description:
          'The trend of the memory of each process over an hour, by regression, so that a collection does not look like a recovery.',
        query: query.derivative(memory, hours(1)),
        direction: 'above',
        alert: 'ProcessMemoryGrows',
        summary: `Memory of ${title} ({labels.instance}) grows by {value} (level {threshold})`,
        firstSteps: [
          'Compare with the load: growth with load is no leak.',
          'Take two heap snapshots half an hour apart and compare them.',
          'Restart the instance before it reaches its limit.',
        ],
        for: minutes(30),
        levels: set.memoryGrowth,
      }),
    ];
    if (memoryLimit) {
      signals.push(
        signalOf({
          key: 'memoryUsage',
          title: `${title}: memory in use`,
          description: 'Memory of each process as a share of what it may use. At the limit it is killed.',
          query: query.divide(
            query.sum(memory, { by }),
            // A limit of 0 says that there is none.
            query.only(query.sum(memoryLimit, { by }), '>', bytes(0)),
          ),
          direction: 'above',
          alert: 'ProcessMemoryHigh',
          summary: `${title} ({labels.instance}) uses {value} of its memory (level {threshold})`,
          firstSteps: [
            'See whether it rises steadily (a leak) or came with load.',
            'Restart instances one by one if the limit is near.',
          ],
          for: FIVE_MINUTES,
          levels: set.memoryUsage,
        }),
      );
    }
    if (heapUsed && heapLimit) {
      signals.push(
        signalOf({
          key: 'heapUsage',
          title: `${title}: heap in use`,
          description:
            'Heap in use as a share of the most that each process may use. Near the limit it does little but collect garbage, then it ends.',
          query: query.divide(query.sum(heapUsed, { by }), query.only(query.sum(heapLimit, { by }), '>', bytes(0))),
          direction: 'above',
          alert: 'HeapUsageHigh',
          summary: `${title} ({labels.instance}) uses {value} of its heap (level {threshold})`,
          firstSteps: [
            'Take a heap snapshot of one instance, and look for what there is more of than of anything else.',
            'Restart instances one by one if the limit is near.',
          ],
          for: FIVE_MINUTES,
          levels: set.heapUsage,
        }),
      );
    }
    if (eventLoopLag) {
      signals.push(
        signalOf({
          key: 'eventLoopLag',
          title: `${title}: event loop lag`,
          description:
            'How late the event loop of each process is. Every request of the process waits that much longer.',
          query: query.maximum(eventLoopLag, { by }),
          direction: 'above',
          alert: 'EventLoopLagHigh',
          summary: `The event loop of ${title} ({labels.instance}) is {value} late (level {threshold})`,
          firstSteps: [
            'Record a processor profile of the instance: one function that does not give way stands out.',
            'Look for large inputs (JSON, regular expressions, sorting) in the requests of these minutes.',
          ],
          for: minutes(2),
          levels: set.eventLoopLag,
        }),
      );
    }
    if (cpuTime) {
      signals.push(
        signalOf({
          key: 'cpu',
          title: `${title}: processor`,
          // The growth of the time: the time itself says only how long the process runs.
          description: 'Processor time that each process takes, as a share of one core.',
          query: query.sum(query.rate(cpuTime, window), { by }),
          direction: 'above',
          alert: 'ProcessorUsageHigh',
          summary: `${title} ({labels.instance}) uses {value} of a core (level {threshold})`,
          firstSteps: ['Compare with the load.', 'Record a processor profile of the instance.'],
          for: FIVE_MINUTES,
          levels: set.cpu,
        }),
      );
    }
    if (garbageCollection) {
      signals.push(
        signalOf({
          key: 'garbageCollection',
          title: `${title}: time in garbage collection`,
          description: 'The share of the time that each process spends collecting garbage.',
          query: query.sum(query.rate(query.total(garbageCollection), window), { by }),
          direction: 'above',
          alert: 'GarbageCollectionHigh',
          summary: `${title} ({labels.instance}) spends {value} of its time collecting garbage (level {threshold})`,
          firstSteps: ['Compare with the heap in use: a heap that is nearly full is collected all the time.'],
          for: FIVE_MINUTES,
          levels: set.garbageCollection,
        }),
      );
    }
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        memory: {
          title: `${title}: memory`,
          description: 'Memory of all processes, and their heap.',
          queries: {
            process: query.sum(memory),
            ...(memoryLimit ? { limit: query.sum(memoryLimit) } : {}),
            ...(heapUsed ? { heap: query.sum(heapUsed) } : {}),
            ...(heapLimit ? { 'heap limit': query.sum(heapLimit) } : {}),
          },
          min: 0,
        },
        ...(garbageCollection
          ? {
              collections: {
                title: `${title}: garbage collections`,
                description: 'How long 95 and 99 of 100 garbage collections take at most.',
                queries: {
                  p95: query.quantile(0.95, garbageCollection, { over: query.rateInterval }),
                  p99: query.quantile(0.99, garbageCollection, { over: query.rateInterval }),
                },
                min: 0,
              },
            }
          : {}),
      },
    };
  },
});
