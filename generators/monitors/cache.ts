import * as z from 'zod';
import { bytes, seconds } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, PER_INSTANCE, series, signalOf } from './monitor.ts';

/** A cache: how often it answers, how fast, how full it is, and whether it is there at all. */
export const cache = defineMonitor({
  id: 'cache',
  summary: 'A cache (in memory, Redis, memcached): hit rate, operations, latency, memory, availability.',
  input: z.strictObject({
    ...common,
    /** The job whose targets are the cache, when it is scraped itself; gives the availability signal. */
    job: z.string().optional(),
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
    }),
    levels: z
      .strictObject({
        hitRate: levels('ratio').optional(),
        latencyP95: levels('time').optional(),
        memoryUsage: levels('ratio').optional(),
        memory: levels('data').optional(),
        availability: levels('state').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, job }, { title, window }) => {
    // A cache that never hit (or never missed) has no such series yet; that is 0 %, not nothing.
    const hits = query.orZero(query.sum(query.rate(metrics.hits, window)));
    const misses = query.orZero(query.sum(query.rate(metrics.misses, window)));
    const signals: Signal[] = [
      signalOf({
        key: 'hitRate',
        title: `${title}: hit rate`,
        description:
          'The share of look-ups that the cache answers itself. When it falls, the load behind the cache rises.',
        query: query.divide(hits, query.add(hits, misses)),
        direction: 'below',
        alert: 'CacheHitRateLow',
        summary: `${title} answers only {value} of its look-ups (level {threshold})`,
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
          query: query.quantile(0.95, metrics.duration, { over: window }),
          direction: 'above',
          alert: 'CacheSlow',
          summary: `${title} takes {value} for an operation at p95 (level {threshold})`,
          firstSteps: [
            'Look for slow commands and large values.',
            'Check the network between the service and the cache.',
          ],
          for: FIVE_MINUTES,
          levels: set.latencyP95,
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
            query.sum(metrics.memory, { by: PER_INSTANCE }),
            // A limit of 0 says that there is none.
            query.only(query.sum(metrics.memoryLimit, { by: PER_INSTANCE }), '>', bytes(0)),
          ),
          direction: 'above',
          alert: 'CacheMemoryHigh',
          summary: `${title} ({labels.instance}) uses {value} of its memory limit (level {threshold})`,
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
          query: query.sum(metrics.memory),
          direction: 'above',
          alert: 'CacheMemoryLarge',
          summary: `${title} holds {value} (level {threshold})`,
          firstSteps: ['Look at keys without an expiry and at the largest values.'],
          for: FIVE_MINUTES,
          levels: set.memory,
          ...(metrics.memoryLimit ? { shownIn: 'memory' } : {}),
        }),
      );
    }
    if (job !== undefined) {
      signals.push(
        signalOf({
          key: 'availability',
          title: `${title}: availability`,
          description: 'Whether the cache answers its scrape: 1 is up, 0 is down.',
          query: query.up(job),
          direction: 'below',
          alert: 'CacheUnavailable',
          summary: `${title} ({labels.instance}) is down for {for}`,
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
                queries: { used: query.sum(metrics.memory), limit: query.sum(metrics.memoryLimit) },
              },
            }
          : {}),
        ...(metrics.operations
          ? {
              operations: {
                title: `${title}: operations`,
                description: 'Operations a second.',
                queries: { operations: query.sum(query.rate(metrics.operations, query.rateInterval)) },
              },
            }
          : {}),
      },
    };
  },
});
