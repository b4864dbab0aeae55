import * as z from 'zod';
import { hours, minutes, perSecond } from '../model/quantities.ts';
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

/** Circuit breakers before what a service depends on: whether they are open and how long, and how many calls fail. */
export const circuitBreaker = defineMonitor({
  id: 'circuit-breaker',
  summary: 'Circuit breakers: state, time open, failure rate, consecutive failures, duration of calls.',
  input: z.strictObject({
    ...common,
    /** The labels that tell circuits apart: `['service']`. Alerts then name the circuit. */
    by: labelNames.optional(),
    metrics: z.strictObject({
      /** 1 while a circuit is open: usually `select(state, { state: 'open' })`. */
      open: series('gauge', 'state'),
      /** 1 while it lets single calls through to see whether they succeed. */
      halfOpen: series('gauge', 'state').optional(),
      /** When it opened; 0 since it closed. */
      opened: series('gauge', 'timestamp').optional(),
      /** How often it changed. */
      changes: series('counter', 'count').optional(),
      /** Calls that were let through. */
      calls: series('counter', 'count').optional(),
      /** Those of them that failed or took too long. */
      failures: series('counter', 'count').optional(),
      /** Calls that were turned away because it was open. */
      rejected: series('counter', 'count').optional(),
      /** Calls that failed since the last one that did not. */
      consecutiveFailures: series('gauge', 'count').optional(),
      /** How long a call takes. */
      duration: series('histogram', 'time').optional(),
    }),
    levels: z
      .strictObject({
        open: levels('state').optional(),
        openFor: levels('time').optional(),
        failureRatio: levels('ratio').optional(),
        consecutiveFailures: levels('count').optional(),
        latencyP95: levels('time').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, by = [] }, { title, window }) => {
    const who = telling(title, by);
    const { open, halfOpen, opened, changes, calls, failures, rejected, consecutiveFailures, duration } = metrics;
    const signals: Signal[] = [
      signalOf({
        key: 'open',
        title: `${title}: open circuits`,
        description:
          'Whether a circuit is open on any instance: 1 is open, 0 is not. Calls through an open circuit fail at once.',
        // Over some scrapes: an open circuit tries single calls, and is not open for that moment.
        query: query.maximum(query.maximumOver(open, minutes(2)), { by }),
        direction: 'atLeast',
        alert: 'CircuitBreakerOpen',
        summary: `${who} is open`,
        firstSteps: [
          'See whether the service behind the circuit is up, and what its own alerts say.',
          'See what users get meanwhile: the fallback, or an error.',
          'Leave the circuit alone: it closes by itself once calls succeed again.',
        ],
        for: minutes(1),
        levels: set.open,
      }),
    ];
    if (opened) {
      const since = query.timeSince(query.only(opened, '>', NEVER));
      // A closed circuit has been open for no time at all, so that the panel is not blank on a good day.
      const none = query.multiply(query.timeSince(opened), 0);
      signals.push(
        signalOf({
          key: 'openFor',
          title: `${title}: time open`,
          description: 'How long it is that a circuit opened; 0 while it is closed.',
          query: query.maximum(query.or(since, none), { by }),
          direction: 'above',
          alert: 'CircuitBreakerStaysOpen',
          summary: `${who} has been open for {value} (level {threshold})`,
          firstSteps: [
            'See whether single calls are let through and fail again: then the service behind it is still broken.',
            'Tell its owner, and say on the status page what does not work.',
          ],
          for: minutes(1),
          levels: set.openFor,
        }),
      );
    }
    if (calls && failures) {
      const called = query.sum(query.rate(calls, window), { by });
      const failed = query.sum(query.rate(failures, window), { by });
      signals.push(
        signalOf({
          key: 'failureRatio',
          title: `${title}: failure rate`,
          description: 'The share of the calls that were let through which fail or take too long.',
          query: query.divide(
            // A circuit that never failed has no such series yet.
            query.or(failed, query.multiply(called, 0)),
            query.only(called, '>', perSecond(0)),
          ),
          direction: 'above',
          alert: 'CircuitBreakerFailureRateHigh',
          summary: `{value} of the calls through ${who} fail (level {threshold})`,
          firstSteps: [
            'See whether they are errors or time-outs: the first point at the service, the second at the network or load.',
            'Look at what the service behind it deployed last.',
          ],
          for: minutes(2),
          levels: set.failureRatio,
        }),
      );
    }
    if (consecutiveFailures) {
      signals.push(
        signalOf({
          key: 'consecutiveFailures',
          title: `${title}: failures in a row`,
          description: 'Calls that failed since the last one that did not, on the instance with the most of them.',
          query: query.maximum(consecutiveFailures, { by }),
          direction: 'atLeast',
          alert: 'CircuitBreakerFailuresInRow',
          summary: `{value} calls through ${who} failed in a row (level {threshold})`,
          firstSteps: ['See what the service behind the circuit answers: the log has each failed call.'],
          for: minutes(1),
          levels: set.consecutiveFailures,
        }),
      );
    }
    if (duration) {
      signals.push(
        signalOf({
          key: 'latencyP95',
          title: `${title}: duration of calls, p95`,
          description: '95 of 100 calls that were let through take at most this long.',
          query: query.quantile(0.95, duration, { over: window, by }),
          direction: 'above',
          alert: 'CircuitBreakerCallsSlow',
          summary: `Calls through ${who} take {value} at p95 (level {threshold})`,
          firstSteps: ['Compare with the time-out of the circuit: calls that reach it count as failures.'],
          for: FIVE_MINUTES,
          levels: set.latencyP95,
        }),
      );
    }
    const panelWindow = query.rateInterval;
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        ...(halfOpen
          ? {
              'half-open': {
                title: `${title}: half-open circuits`,
                description:
                  'Whether a circuit lets single calls through to see whether they succeed: 1 is yes, 0 is no.',
                queries: { 'half-open': query.maximum(halfOpen, { by }) },
              },
            }
          : {}),
        ...(calls
          ? {
              calls: {
                title: `${title}: calls`,
                description: 'Calls a second: let through, failed, and turned away.',
                queries: {
                  calls: query.sum(query.rate(calls, panelWindow), { by }),
                  ...(failures ? { failed: query.sum(query.rate(failures, panelWindow), { by }) } : {}),
                  ...(rejected ? { rejected: query.sum(query.rate(rejected, panelWindow), { by }) } : {}),
                },
                min: 0,
              },
            }
          : {}),
        ...(changes
          ? {
              changes: {
                title: `${title}: changes of state`,
                description: 'How often circuits changed their state within an hour.',
                queries: { changes: query.sum(query.increase(changes, hours(1)), { by }) },
                min: 0,
              },
            }
          : {}),
      },
    };
  },
});
