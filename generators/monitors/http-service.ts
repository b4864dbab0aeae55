import * as z from 'zod';
import { bytes, minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import {
  common,
  defineMonitor,
  FIVE_MINUTES,
  labelNames,
  levels,
  metricsOf,
  PER_INSTANCE,
  series,
  signalOf,
  telling,
} from './monitor.ts';

/** A service that answers HTTP requests: rate, errors, duration, and the memory of its process. */
export const httpService = defineMonitor({
  id: 'http-service',
  summary: 'A service that answers HTTP requests: rate, errors, duration, memory, availability.',
  input: z.strictObject({
    ...common,
    /** The job whose targets are the service; gives the availability signal. */
    job: z.string().optional(),
    /** The labels that tell endpoints apart: `['route']`. They get panels, and a level, of their own. */
    by: labelNames.optional(),
    metrics: z.strictObject({
      /** Every request. */
      requests: series('counter', 'count'),
      /** The requests that failed through the service's own fault: usually `select(requests, { status: matches('5..') })`. */
      failures: series('counter', 'count'),
      /** How long requests take. */
      duration: series('histogram', 'time'),
      /** Memory of the process. */
      memory: series('gauge', 'data').optional(),
      /** What the process may use; the limit of its container or heap. */
      memoryLimit: series('gauge', 'data').optional(),
    }),
    levels: z
      .strictObject({
        errorRatio: levels('ratio').optional(),
        latencyP50: levels('time').optional(),
        latencyP95: levels('time').optional(),
        latencyP99: levels('time').optional(),
        /** 95 of 100 requests to one endpoint. */
        endpointLatencyP95: levels('time').optional(),
        requestRate: levels('frequency').optional(),
        memoryUsage: levels('ratio').optional(),
        availability: levels('state').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, job, by = [] }, { title, window }) => {
    const requests = query.sum(query.rate(metrics.requests, window));
    const latency = (share: number): query.Query<'time'> => query.quantile(share, metrics.duration, { over: window });
    const signals: Signal[] = [
      signalOf({
        key: 'errorRatio',
        title: `${title}: error ratio`,
        description:
          'The share of requests that fail through the fault of the service. Every one of them is somebody who did not get an answer.',
        query: query.divide(query.orZero(query.sum(query.rate(metrics.failures, window))), requests),
        direction: 'above',
        alert: 'HighErrorRate',
        summary: `{value} of the requests to ${title} fail (level {threshold})`,
        firstSteps: [
          'Look at the error panel by route and status: one route points at its code, all routes at what they share.',
          'See what was deployed or configured last, and roll it back if the times match.',
          'Check the components that this one depends on.',
        ],
        for: minutes(2),
        levels: set.errorRatio,
      }),
      signalOf({
        key: 'latencyP50',
        title: `${title}: response time, median`,
        description: 'Half of the requests are answered at least this fast.',
        query: latency(0.5),
        direction: 'above',
        alert: 'HighMedianLatency',
        summary: `${title} answers in {value} at the median (level {threshold})`,
        firstSteps: ['Every request is slower, not a few: look at what all of them share.'],
        for: FIVE_MINUTES,
        levels: set.latencyP50,
        shownIn: 'latency',
      }),
      signalOf({
        key: 'latencyP95',
        title: `${title}: response time, p95`,
        description: '95 of 100 requests are answered at least this fast.',
        query: latency(0.95),
        direction: 'above',
        alert: 'HighLatency',
        summary: `${title} answers in {value} at p95 (level {threshold})`,
        firstSteps: [
          'Compare with the rate of requests: is this load, or is every request slower?',
          'Look at the database and cache panels of the same minutes.',
          'Look for long pauses of the process: garbage collection, a busy event loop, a throttled processor.',
        ],
        for: FIVE_MINUTES,
        levels: set.latencyP95,
        shownIn: 'latency',
      }),
      signalOf({
        key: 'latencyP99',
        title: `${title}: response time, p99`,
        description: '99 of 100 requests are answered at least this fast.',
        query: latency(0.99),
        direction: 'above',
        alert: 'HighTailLatency',
        summary: `${title} answers in {value} at p99 (level {threshold})`,
        firstSteps: ['Look at the slowest routes first: a tail usually belongs to a few of them.'],
        for: FIVE_MINUTES,
        levels: set.latencyP99,
        shownIn: 'latency',
      }),
      signalOf({
        key: 'requestRate',
        title: `${title}: requests`,
        description: 'Requests a second, over all instances.',
        query: requests,
        direction: 'above',
        alert: 'RequestRateHigh',
        summary: `${title} gets requests at {value} (level {threshold})`,
        firstSteps: [
          'See which clients and routes the load comes from.',
          'Add instances, or limit the rate of the clients that cause it.',
        ],
        for: FIVE_MINUTES,
        levels: set.requestRate,
        shownIn: 'traffic',
      }),
    ];
    if (by.length > 0) {
      signals.push(
        signalOf({
          key: 'endpointLatencyP95',
          title: `${title}: response time by endpoint, p95`,
          description: '95 of 100 requests to an endpoint are answered at least this fast.',
          query: query.quantile(0.95, metrics.duration, { over: window, by }),
          direction: 'above',
          alert: 'EndpointLatencyHigh',
          summary: `${telling(title, by)} answers in {value} at p95 (level {threshold})`,
          firstSteps: ['Look at what only this endpoint does: its queries, and the services that it calls.'],
          for: FIVE_MINUTES,
          levels: set.endpointLatencyP95,
        }),
      );
    }
    if (metrics.memory && metrics.memoryLimit) {
      signals.push(
        signalOf({
          key: 'memoryUsage',
          title: `${title}: memory in use`,
          description: 'Memory of the process as a share of what it may use. At the limit the process is killed.',
          query: query.divide(
            query.sum(metrics.memory, { by: PER_INSTANCE }),
            // A limit of 0 says that there is none.
            query.only(query.sum(metrics.memoryLimit, { by: PER_INSTANCE }), '>', bytes(0)),
          ),
          direction: 'above',
          alert: 'MemoryUsageHigh',
          summary: `${title} ({labels.instance}) uses {value} of its memory (level {threshold})`,
          firstSteps: [
            'See whether it rises steadily (a leak) or came with load.',
            'Take a heap snapshot of one instance before it is restarted.',
            'Restart instances one by one if the limit is near.',
          ],
          for: minutes(1),
          levels: set.memoryUsage,
        }),
      );
    }
    if (job !== undefined) {
      signals.push(
        signalOf({
          key: 'availability',
          title: `${title}: availability`,
          description: 'Whether each instance answers its scrape: 1 is up, 0 is down.',
          query: query.up(job),
          direction: 'below',
          alert: 'ServiceDown',
          summary: `${title} ({labels.instance}) has not answered its scrape for {for}`,
          firstSteps: [
            'See whether the process runs and what its log said last.',
            'See whether the other instances carry the load.',
          ],
          for: minutes(1),
          levels: set.availability,
        }),
      );
    }
    const panelWindow = query.rateInterval;
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        traffic: {
          title: `${title}: requests and failures`,
          description: 'Requests a second, and those of them that failed.',
          queries: {
            requests: query.sum(query.rate(metrics.requests, panelWindow)),
            failures: query.orZero(query.sum(query.rate(metrics.failures, panelWindow))),
          },
          min: 0,
        },
        latency: {
          title: `${title}: response times`,
          description: 'How long 50, 95 and 99 of 100 requests take at most, and the mean, which hides the slow ones.',
          queries: {
            p50: query.quantile(0.5, metrics.duration, { over: panelWindow }),
            p95: query.quantile(0.95, metrics.duration, { over: panelWindow }),
            p99: query.quantile(0.99, metrics.duration, { over: panelWindow }),
            mean: query.mean(metrics.duration, { over: panelWindow }),
          },
          min: 0,
        },
        ...(by.length > 0
          ? {
              endpoints: {
                title: `${title}: requests by endpoint`,
                description: 'Requests a second to each endpoint.',
                queries: { requests: query.sum(query.rate(metrics.requests, panelWindow), { by }) },
                min: 0,
              },
            }
          : {}),
      },
    };
  },
});
