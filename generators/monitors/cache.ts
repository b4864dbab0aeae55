import * as z from 'zod';
import { bytes, seconds } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import {
  common,
  defineMonitor,
  FIVE_MINUTES,
  labelNames,
  labelsOf,
  levels,
  metricsOf,
  PER_INSTANCE,
  series,
  signalOf,
  telling,
} from './monitor.ts';

/** A cache: how often it answers, how fast, how full it is, and whether it is there at all. */
export const cache = defineMonitor({
  id: 'cache',
  summary: 'A cache (in memory, Redis, memcached): hit rate, operations, latency, memory, availability.',
  input: z.strictObject({
    ...common,
    /** The job whose targets are the cache, when it is scraped itself; gives the availability signal. */
    job: z.string().optional(),
    /** The labels that tell layers apart, when there are several: `['layer']`. Alerts then name the layer. */
    by: labelNames.optional(),
    metrics: z.strictObject({
      hits: series('counter', 'count'),
      misses: series('counter', 'count'),
      /** All commands or calls. */
      operations: series('counter', 'count').optional(),
      /** How long an operation takes. */
      duration: series('histogram', 'time').optional(),
      memory: series('gauge', 'data').optional(),
      /** The limit of `memory`. */
      memoryLimit: series('gauge', 'data').optional(),
      /** Entries that were dropped to make room. */
      evictions: series('counter', 'count').optional(),
      /** Size of the values that were written, and of the same values as they are stored; gives the compression. */
      writtenBytes: series('counter', 'data').optional(),
      storedBytes: series('counter', 'data').optional(),
      /** Whether it answers (1) or not (0), as its user sees it; gives the availability signal without a job. */
      up: series('gauge', 'state').optional(),
    }),
    levels: z
      .strictObject({
        hitRate: levels('ratio').optional(),
        latencyP95: levels('time').optional(),
        memoryUsage: levels('ratio').optional(),
        memory: levels('data').optional(),
        evictions: levels('frequency').optional(),
        availability: levels('state').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, job, by = [] }, { title, window }) => {
    // A cache that never hit (or never missed) has no such series yet; that is 0 %, not nothing.
    const lookUps = (one: typeof metrics.hits, other: typeof metrics.hits): query.Query<'frequency'> =>
      by.length === 0
        ? query.orZero(query.sum(query.rate(one, window)))
        : query.or(
            query.sum(query.rate(one, window), { by }),
            query.multiply(query.sum(query.rate(other, window), { by }), 0),
          );
    const hits = lookUps(metrics.hits, metrics.misses);
    const misses = lookUps(metrics.misses, metrics.hits);
    const who = telling(title, by);
    const signals: Signal[] = [
      signalOf({
        key: 'hitRate',
        title: `${title}: hit rate`,
        description:
          'The share of look-ups that the cache answers itself. When it falls, the load behind the cache rises.',
        query: query.divide(hits, query.add(hits, misses)),
        direction: 'below',
        alert: 'CacheHitRateLow',
        summary: `${who} answers only {value} of its look-ups (level {threshold})`,
        firstSteps: [
          'See whether the cache was restarted or flushed, or whether a deployment changed its keys.',
          'Compare memory with its limit: evictions lower the hit rate.',
          'Watch the load on what stands behind the cache; it rises as this falls.',
        ],
        for: FIVE_MINUTES,
        levels: set.hitRate,
      }),
    ];
    if (metrics.duration) {
      signals.push(
        signalOf({
          key: 'latencyP95',
          title: `${title}: operation time, p95`,
          description: 'How long 95 of 100 operations take at most.',
          query: query.quantile(0.95, metrics.duration, { over: window, by }),
          direction: 'above',
          alert: 'CacheSlow',
          summary: `${who} takes {value} for an operation at p95 (level {threshold})`,
          firstSteps: [
            'Look for slow commands and large values.',
            'Check the network between the service and the cache.',
          ],
          for: FIVE_MINUTES,
          levels: set.latencyP95,
          shownIn: 'operation-times',
        }),
      );
    }
    if (metrics.memory && metrics.memoryLimit) {
      signals.push(
        signalOf({
          key: 'memoryUsage',
          title: `${title}: memory in use`,
          description: 'Memory in use as a share of the limit. A full cache evicts or refuses writes.',
          query: query.divide(
            query.sum(metrics.memory, { by: [...PER_INSTANCE, ...by] }),
            // A limit of 0 says that there is none.
            query.only(query.sum(metrics.memoryLimit, { by: [...PER_INSTANCE, ...by] }), '>', bytes(0)),
          ),
          direction: 'above',
          alert: 'CacheMemoryHigh',
          summary: `${who} ({labels.instance}) uses {value} of its memory limit (level {threshold})`,
          firstSteps: [
            'Look at the eviction policy and at keys without an expiry.',
            'Raise the limit if the growth is wanted.',
          ],
          for: FIVE_MINUTES,
          levels: set.memoryUsage,
        }),
      );
    }
    if (metrics.memory) {
      signals.push(
        signalOf({
          key: 'memory',
          title: `${title}: memory`,
          description: 'Memory that the cache holds.',
          query: query.sum(metrics.memory, { by }),
          direction: 'above',
          alert: 'CacheMemoryLarge',
          summary: `${who} holds {value} (level {threshold})`,
          firstSteps: ['Look at keys without an expiry and at the largest values.'],
          for: FIVE_MINUTES,
          levels: set.memory,
          ...(metrics.memoryLimit ? { shownIn: 'memory' } : {}),
        }),
      );
    }
    if (metrics.evictions) {
      signals.push(
        signalOf({
          key: 'evictions',
          title: `${title}: evictions`,
          description: 'Entries a second that are dropped to make room for others.',
          query:
            by.length === 0
              ? query.orZero(query.sum(query.rate(metrics.evictions, window)))
              : query.sum(query.rate(metrics.evictions, window), { by }),
          direction: 'above',
          alert: 'CacheEvictionsHigh',
          summary: `${who} drops entries at {value} (level {threshold})`,
          firstSteps: ['Compare memory with its limit, and the hit rate with that of a good day.'],
          for: FIVE_MINUTES,
          levels: set.evictions,
        }),
      );
    }
    // What the user of the cache sees counts more than what a scrape of it says.
    const availability = metrics.up ? query.value(metrics.up) : job === undefined ? undefined : query.up(job);
    if (availability) {
      const stores = metrics.up ? labelsOf(metrics.up).map((label) => `{labels.${label}} of `) : [];
      signals.push(
        signalOf({
          key: 'availability',
          title: `${title}: availability`,
          description: metrics.up
            ? 'Whether the cache answers those who use it: 1 is up, 0 is down.'
            : 'Whether the cache answers its scrape: 1 is up, 0 is down.',
          query: availability,
          direction: 'below',
          alert: 'CacheUnavailable',
          summary: metrics.up
            ? `${title}: ${stores.join('')}{labels.instance} has not answered for {for}`
            : `${title} ({labels.instance}) is down for {for}`,
          firstSteps: [
            'See whether the process runs and whether its port answers.',
            'Look for an out-of-memory kill in the host log.',
          ],
          for: seconds(30),
          levels: set.availability,
        }),
      );
    }
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        ...(metrics.memory && metrics.memoryLimit
          ? {
              memory: {
                title: `${title}: memory`,
                description: 'Memory that the cache holds, and the limit.',
                queries: { used: query.sum(metrics.memory, { by }), limit: query.sum(metrics.memoryLimit, { by }) },
              },
            }
          : {}),
        ...(metrics.operations
          ? {
              operations: {
                title: `${title}: operations`,
                description: 'Operations a second.',
                queries: { operations: query.sum(query.rate(metrics.operations, query.rateInterval), { by }) },
              },
            }
          : {}),
        ...(metrics.duration
          ? {
              'operation-times': {
                title: `${title}: operation times`,
                description: 'How long 50, 95 and 99 of 100 operations take at most.',
                queries: {
                  p50: query.quantile(0.5, metrics.duration, { over: query.rateInterval, by }),
                  p95: query.quantile(0.95, metrics.duration, { over: query.rateInterval, by }),
                  p99: query.quantile(0.99, metrics.duration, { over: query.rateInterval, by }),
                },
                min: 0,
              },
            }
          : {}),
        ...(metrics.writtenBytes && metrics.storedBytes
          ? {
              compression: {
                title: `${title}: size as stored`,
                description: 'Bytes that are stored as a share of the bytes written: 100 % is not compressed.',
                queries: {
                  stored: query.divide(
                    query.sum(query.rate(metrics.storedBytes, query.rateInterval), { by }),
                    query.sum(query.rate(metrics.writtenBytes, query.rateInterval), { by }),
                  ),
                },
                min: 0,
              },
            }
          : {}),
      },
    };
  },
});
