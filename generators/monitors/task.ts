import * as z from 'zod';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf } from './monitor.ts';

/** Work that a service does piece by piece while somebody waits: how much gets done, what fails, how long it takes. */
export const task = defineMonitor({
  id: 'task',
  summary: 'Work that is done piece by piece: pieces done, share that fails, time for a piece.',
  input: z.strictObject({
    ...common,
    metrics: z.strictObject({
      /** Pieces that were done. */
      done: series('counter', 'count'),
      /** Pieces that failed. */
      failures: series('counter', 'count').optional(),
      /** How long a piece takes. */
      duration: series('histogram', 'time'),
    }),
    levels: z
      .strictObject({
        rate: levels('frequency').optional(),
        failureRatio: levels('ratio').optional(),
        durationP95: levels('time').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set }, { title, window }) => {
    const done = query.orZero(query.sum(query.rate(metrics.done, window)));
    const signals: Signal[] = [
      signalOf({
        key: 'rate',
        title: `${title}: pieces done`,
        description: 'Pieces a second that were done.',
        query: done,
        direction: 'below',
        alert: 'TaskRateLow',
        summary: `${title} is down to {value} (level {threshold})`,
        firstSteps: ['See whether less is asked for, or whether the work fails or hangs.'],
        for: FIVE_MINUTES,
        levels: set.rate,
        shownIn: 'pieces',
      }),
      signalOf({
        key: 'durationP95',
        title: `${title}: time, p95`,
        description: '95 of 100 pieces take at most this long. Somebody waits for each of them.',
        query: query.quantile(0.95, metrics.duration, { over: window }),
        direction: 'above',
        alert: 'TaskSlow',
        summary: `${title} takes {value} at p95 (level {threshold})`,
        firstSteps: ['Compare with the response times of what it calls.', 'See whether the pieces have grown.'],
        for: FIVE_MINUTES,
        levels: set.durationP95,
        shownIn: 'durations',
      }),
    ];
    if (metrics.failures) {
      const failed = query.orZero(query.sum(query.rate(metrics.failures, window)));
      signals.push(
        signalOf({
          key: 'failureRatio',
          title: `${title}: share that fails`,
          description: 'The share of pieces that fail.',
          query: query.divide(failed, query.add(done, failed)),
          direction: 'above',
          alert: 'TaskFailures',
          summary: `{value} of what ${title} does fails (level {threshold})`,
          firstSteps: ['See which error stands out in the log.', 'Check the components that this one depends on.'],
          for: FIVE_MINUTES,
          levels: set.failureRatio,
        }),
      );
    }
    const panelWindow = query.rateInterval;
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        pieces: {
          title: `${title}: pieces`,
          description: 'Pieces a second that were done, and those that failed.',
          queries: {
            done: query.orZero(query.sum(query.rate(metrics.done, panelWindow))),
            ...(metrics.failures ? { failed: query.orZero(query.sum(query.rate(metrics.failures, panelWindow))) } : {}),
          },
          min: 0,
        },
        durations: {
          title: `${title}: times`,
          description: 'How long 50, 95 and 99 of 100 pieces take at most.',
          queries: {
            p50: query.quantile(0.5, metrics.duration, { over: panelWindow }),
            p95: query.quantile(0.95, metrics.duration, { over: panelWindow }),
            p99: query.quantile(0.99, metrics.duration, { over: panelWindow }),
          },
          min: 0,
        },
      },
    };
  },
});
