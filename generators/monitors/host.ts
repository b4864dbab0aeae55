import * as z from 'zod';
import { bytes, hours, minutes, percent } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import { duration, quantityOf } from '../model/schema.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, PER_INSTANCE, series, signalOf } from './monitor.ts';

/** What a service runs on, a machine or a container: how busy its processors are, how full its memory is. */
export const host = defineMonitor({
  id: 'host',
  summary:
    'A host or container: share of the processor in use, share of memory in use, memory that rises towards full.',
  input: z.strictObject({
    ...common,
    /** From which rise on memory counts as rising: this share of all memory within this time; 12 % an hour. */
    rise: z.strictObject({ by: quantityOf('ratio'), within: duration }).optional(),
    metrics: z.strictObject({
      /** Time of the processors in all modes, since boot. */
      cpuTime: series('counter', 'time').optional(),
      /** The part of it in which they did nothing: `select(cpuTime, { mode: 'idle' })`. */
      cpuIdle: series('counter', 'time').optional(),
      /** Memory that could still be taken without swapping. */
      memoryAvailable: series('gauge', 'data').optional(),
      memoryTotal: series('gauge', 'data').optional(),
    }),
    levels: z
      .strictObject({
        cpuUsage: levels('ratio').optional(),
        memoryUsage: levels('ratio').optional(),
        memoryRising: levels('ratio').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, rise = { by: percent(12), within: hours(1) } }, { title, window }) => {
    const signals: Signal[] = [];
    const { cpuTime, cpuIdle, memoryAvailable, memoryTotal } = metrics;
    if (cpuTime && cpuIdle) {
      // The counters hold everything since boot; only their growth says how busy the processors are now.
      const all = query.sum(query.rate(cpuTime, window), { by: PER_INSTANCE });
      signals.push(
        signalOf({
          key: 'cpuUsage',
          title: `${title}: processor in use`,
          description:
            'The share of processor time that is not idle, on the busiest host. Work waits when there is none left.',
          query: query.divide(query.subtract(all, query.sum(query.rate(cpuIdle, window), { by: PER_INSTANCE })), all),
          direction: 'above',
          alert: 'CpuUsageHigh',
          summary: `${title} ({labels.instance}) has {value} of its processor time in use (level {threshold})`,
          firstSteps: [
            'See which process takes the time, and whether it came with load: compare with the rate of requests.',
            'Take a CPU profile of the service for half a minute.',
            'Add an instance, or hold back background work.',
          ],
          for: FIVE_MINUTES,
          levels: set.cpuUsage,
        }),
      );
    }
    if (memoryAvailable && memoryTotal) {
      const available = query.sum(memoryAvailable, { by: PER_INSTANCE });
      // A total of 0 says that it is not known.
      const total = query.only(query.sum(memoryTotal, { by: PER_INSTANCE }), '>', bytes(0));
      const used = query.divide(query.subtract(total, available), total);
      const slope = query.sum(query.derivative(memoryAvailable, minutes(30)), { by: PER_INSTANCE });
      signals.push(
        signalOf({
          key: 'memoryUsage',
          title: `${title}: memory in use`,
          description: 'The share of memory that cannot be taken any more. At the end of it processes are killed.',
          query: used,
          direction: 'above',
          alert: 'HostMemoryHigh',
          summary: `${title} ({labels.instance}) has {value} of its memory in use (level {threshold})`,
          firstSteps: [
            'See which process holds the memory.',
            'Restart what leaks before the kernel chooses what it kills.',
          ],
          for: FIVE_MINUTES,
          levels: set.memoryUsage,
        }),
        signalOf({
          key: 'memoryRising',
          title: `${title}: memory in use while it rises`,
          description:
            'The share of memory in use while the trend of the last 30 minutes points up, and 0 while it does not: full is no leak, rising and nearly full is one.',
          query: query.promql(
            'ratio',
          )`${used} * (${query.multiply(slope, -rise.within.base)} / ${total} > bool ${rise.by.base})`,
          direction: 'above',
          alert: 'HostMemoryRising',
          summary: `Memory of ${title} ({labels.instance}) rises, and {value} of it is in use (level {threshold})`,
          firstSteps: [
            'Compare with the load of the same time: growth with load is no leak.',
            'Take two heap snapshots some minutes apart and compare them.',
            'Restart the instance before its memory is full.',
          ],
          for: FIVE_MINUTES,
          levels: set.memoryRising,
          shownIn: 'memoryUsage',
        }),
      );
    }
    return { metrics: metricsOf(...Object.values(metrics)), signals, panels: {} };
  },
});
