import * as z from 'zod';
import { minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf } from './monitor.ts';

/** A rate limiter: how much passes, how much it turns away, what it keeps in memory. */
export const rateLimiter = defineMonitor({
  id: 'rate-limiter',
  summary: 'A rate limiter: requests checked, requests blocked, memory.',
  input: z.strictObject({
    ...common,
    metrics: z.strictObject({
      /** Every request that was checked. */
      checks: series('counter', 'count'),
      /** Those that were turned away. */
      blocked: series('counter', 'count'),
      memory: series('gauge', 'data').optional(),
    }),
    levels: z
      .strictObject({
        blockedRate: levels('frequency').optional(),
        blockedRatio: levels('ratio').optional(),
        memory: levels('data').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set }, { title, window }) => {
    const blocked = query.orZero(query.sum(query.rate(metrics.blocked, window)));
    const signals: Signal[] = [
      signalOf({
        key: 'blockedRate',
        title: `${title}: blocked requests`,
        description: 'Requests a second that are turned away.',
        query: blocked,
        direction: 'above',
        alert: 'RateLimitExceeded',
        summary: `${title} turns away requests at {value} (level {threshold})`,
        firstSteps: [
          'See which clients are turned away: one client is an error or an attack, all of them a limit that is too low.',
          'Tell the owner of the client, or block it further out.',
        ],
        for: minutes(2),
        levels: set.blockedRate,
        shownIn: 'checks',
      }),
      signalOf({
        key: 'blockedRatio',
        title: `${title}: share of requests blocked`,
        description: 'The share of requests that are turned away.',
        query: query.divide(blocked, query.sum(query.rate(metrics.checks, window))),
        direction: 'above',
        alert: 'RateLimitRatioHigh',
        summary: `${title} turns away {value} of all requests (level {threshold})`,
        firstSteps: ['See whether the limits were changed, or the traffic.'],
        for: FIVE_MINUTES,
        levels: set.blockedRatio,
      }),
    ];
    if (metrics.memory) {
      signals.push(
        signalOf({
          key: 'memory',
          title: `${title}: memory`,
          description: 'Memory that the counters of the limiter take.',
          query: query.sum(metrics.memory),
          direction: 'above',
          alert: 'RateLimiterMemoryHigh',
          summary: `${title} holds {value} (level {threshold})`,
          firstSteps: ['See whether old windows expire: every client key should.'],
          for: FIVE_MINUTES,
          levels: set.memory,
        }),
      );
    }
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        checks: {
          title: `${title}: requests checked`,
          description: 'Requests a second that the limiter sees, and those it turns away.',
          queries: {
            checked: query.sum(query.rate(metrics.checks, query.rateInterval)),
            blocked: query.orZero(query.sum(query.rate(metrics.blocked, query.rateInterval))),
          },
          min: 0,
        },
      },
    };
  },
});
