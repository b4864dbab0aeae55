import * as z from 'zod';
import { formatDuration } from '../model/format.ts';
import { minutes, perSecond } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import {
  common,
  defineMonitor,
  FIVE_MINUTES,
  labelNames,
  levels,
  metricsOf,
  NEVER,
  series,
  signalOf,
  telling,
} from './monitor.ts';

/** Queues of jobs and their workers: how many wait and how long, how many fail, how long they take. */
export const jobQueue = defineMonitor({
  id: 'job-queue',
  summary: 'Queues of jobs and their workers: depth, waiting time, workers, failures, durations.',
  input: z.strictObject({
    ...common,
    /** The labels that tell queues apart, when there are several: `['queue']`. Alerts then name the queue. */
    by: labelNames.optional(),
    /** The labels that tell failures apart on their panel: `['job_type', 'error']`. */
    failuresBy: labelNames.optional(),
    /** The labels that tell durations apart: `['scenario']`. */
    durationBy: labelNames.optional(),
    metrics: z.strictObject({
      /** Jobs that wait, of the whole queue: every instance that reports it sees the same jobs. */
      waiting: series('gauge', 'count'),
      /** Jobs that a worker is at, of the whole queue. */
      active: series('gauge', 'count').optional(),
      /** Workers of each instance. */
      workers: series('gauge', 'count').optional(),
      /** When the job that waits longest came in; 0 while none waits. */
      oldestWaiting: series('gauge', 'timestamp').optional(),
      /** Jobs that came to an end, well or not. */
      processed: series('counter', 'count').optional(),
      /** Jobs that failed. */
      failures: series('counter', 'count').optional(),
      /** How long a job takes. */
      duration: series('histogram', 'time').optional(),
    }),
    levels: z
      .strictObject({
        depth: levels('count').optional(),
        waitingTime: levels('time').optional(),
        workers: levels('count').optional(),
        failures: levels('count').optional(),
        failureRatio: levels('ratio').optional(),
        durationP95: levels('time').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, by = [], failuresBy = [], durationBy = [] }, { title, window }) => {
    const who = telling(title, by);
    const within = formatDuration(window.base * 1000);
    const { waiting, active, workers, oldestWaiting, processed, failures, duration } = metrics;
    const signals: Signal[] = [
      signalOf({
        key: 'depth',
        title: `${title}: jobs waiting`,
        description: 'Jobs that no worker has taken yet. A queue that only grows is work that nobody will get in time.',
        // Not a sum: instances that share a queue would count its jobs several times.
        query: query.maximum(waiting, { by }),
        direction: 'above',
        alert: 'JobQueueDeep',
        summary: `{value} jobs wait in ${who} (level {threshold})`,
        firstSteps: [
          'See whether workers run and take jobs: compare with the jobs at work and with those that come to an end.',
          'See whether more jobs come in than usual, and from whom.',
          'Compare with the duration of jobs: slow jobs fill a queue as fast as many jobs.',
        ],
        for: FIVE_MINUTES,
        levels: set.depth,
        ...(active ? { shownIn: 'jobs' } : {}),
      }),
    ];
    if (oldestWaiting) {
      const age = query.timeSince(query.only(oldestWaiting, '>', NEVER));
      // An empty queue has no oldest job; its wait is 0, so that the panel is not blank on a good day.
      const none = query.multiply(query.timeSince(oldestWaiting), 0);
      signals.push(
        signalOf({
          key: 'waitingTime',
          title: `${title}: longest wait`,
          description:
            'How long the job that waits longest has waited. It grows when workers hang, however short the queue is.',
          query: query.maximum(query.or(age, none), { by }),
          direction: 'above',
          alert: 'JobWaitsLong',
          summary: `A job has waited for {value} in ${who} (level {threshold})`,
          firstSteps: [
            'See what the workers are at: one job that hangs holds back all that follow.',
            'Look for a job that is taken and given back again and again.',
          ],
          for: minutes(1),
          levels: set.waitingTime,
        }),
      );
    }
    if (workers) {
      signals.push(
        signalOf({
          key: 'workers',
          title: `${title}: workers`,
          description: 'Workers that take jobs. Without any, jobs are accepted and never done.',
          query: query.sum(workers, { by }),
          direction: 'below',
          alert: 'JobWorkersMissing',
          summary: `${who} has {value} workers (level {threshold})`,
          firstSteps: [
            'Read the last lines of the log of the workers: an error while starting ends all of them.',
            'Start workers again, and watch whether the queue gets shorter.',
          ],
          for: minutes(2),
          levels: set.workers,
        }),
      );
    }
    if (failures) {
      signals.push(
        signalOf({
          key: 'failures',
          title: `${title}: failed jobs`,
          description: `How many jobs failed within ${within}, over all types and errors.`,
          // A sum: a mean of events that each count 1 is never above 1.
          query: query.orZero(query.sum(query.increase(failures, window))),
          direction: 'above',
          alert: 'JobFailures',
          summary: `{value} jobs of ${title} failed within ${within} (level {threshold})`,
          firstSteps: [
            'See on the panel of failures which type of job and which error they are.',
            'One error in all types points at what the jobs share: the database, the queue, a dependency.',
            'Read one failed job from its arrival to its error before it is repeated.',
          ],
          for: FIVE_MINUTES,
          levels: set.failures,
        }),
      );
    }
    if (failures && processed) {
      signals.push(
        signalOf({
          key: 'failureRatio',
          title: `${title}: share of jobs that fail`,
          description: 'Failed jobs as a share of those that came to an end.',
          query: query.divide(
            query.orZero(query.sum(query.rate(failures, window))),
            // Without a job there is no share; with failures only, there would be one of infinity.
            query.only(query.sum(query.rate(processed, window)), '>', perSecond(0)),
          ),
          direction: 'above',
          alert: 'JobFailureRatioHigh',
          summary: `{value} of the jobs of ${title} fail (level {threshold})`,
          firstSteps: ['See on the panel of failures which type of job and which error they are.'],
          for: FIVE_MINUTES,
          levels: set.failureRatio,
        }),
      );
    }
    if (duration) {
      signals.push(
        signalOf({
          key: 'durationP95',
          title: `${title}: duration of jobs, p95`,
          description: '95 of 100 jobs take at most this long.',
          query: query.quantile(0.95, duration, { over: window, by: durationBy }),
          direction: 'above',
          alert: 'JobsSlow',
          summary: `Jobs of ${telling(title, durationBy)} take {value} at p95 (level {threshold})`,
          firstSteps: [
            'Compare the size of the jobs with those of a good day.',
            'Look at the processor and the memory of the workers, and at the database.',
          ],
          for: FIVE_MINUTES,
          levels: set.durationP95,
          shownIn: 'durations',
        }),
      );
    }
    const panelWindow = query.rateInterval;
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        ...(active
          ? {
              jobs: {
                title: `${title}: jobs`,
                description: 'Jobs that wait, and jobs that a worker is at.',
                queries: { waiting: query.maximum(waiting, { by }), active: query.maximum(active, { by }) },
                min: 0,
              },
            }
          : {}),
        ...(processed
          ? {
              processed: {
                title: `${title}: jobs that came to an end`,
                description: 'Jobs a second that came to an end, well or not.',
                queries: { processed: query.sum(query.rate(processed, panelWindow)) },
                min: 0,
              },
            }
          : {}),
        ...(failures
          ? {
              'failures-by-kind': {
                title: `${title}: failures by kind`,
                description: 'Jobs a second that fail, told apart.',
                queries: { failures: query.sum(query.rate(failures, panelWindow), { by: failuresBy }) },
                min: 0,
              },
            }
          : {}),
        ...(duration
          ? {
              durations: {
                title: `${title}: durations`,
                description: 'How long jobs take: the mean, and the time that 50 and 95 of 100 take at most.',
                queries: {
                  mean: query.mean(duration, { over: panelWindow, by: durationBy }),
                  p50: query.quantile(0.5, duration, { over: panelWindow, by: durationBy }),
                  p95: query.quantile(0.95, duration, { over: panelWindow, by: durationBy }),
                },
                min: 0,
              },
            }
          : {}),
      },
    };
  },
});
