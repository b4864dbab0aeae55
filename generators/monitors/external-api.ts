import * as z from 'zod';
import type { LabelInputs } from '../model/metric.ts';
import { count, minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf, telling } from './monitor.ts';

/** An API of somebody else that the system calls: how much of the quota is used, which calls fail, how long they take. */
export const externalApi = defineMonitor({
  id: 'external-api',
  summary: 'An external API that the system calls: quota used, calls, failures, response time.',
  input: z.strictObject({
    ...common,
    /** The label that tells several APIs apart; alerts then name the API. */
    apiLabel: z.string().optional(),
    metrics: z.strictObject({
      /** Every call. */
      calls: series('counter', 'count'),
      /** The calls that failed, whoever was at fault: usually `select(calls, { outcome: 'failure' })`. */
      failures: series('counter', 'count'),
      /** How long calls take. */
      duration: series('histogram', 'time').optional(),
      /** What counts against the quota of the current period, as the API says it. */
      quotaUsed: series('gauge', 'count').optional(),
      /** What the quota allows in a period. */
      quotaLimit: series('gauge', 'count').optional(),
    }),
    levels: z
      .strictObject({
        quotaUsage: levels('ratio').optional(),
        errorRatio: levels('ratio').optional(),
        latencyP95: levels('time').optional(),
        callRate: levels('frequency').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, apiLabel }, { title, window }) => {
    const by: readonly string[] = apiLabel === undefined ? [] : [apiLabel];
    const who = telling(title, by);
    const growth = (counter: query.Series<'counter', 'count'>, over: query.Window): query.Query<'frequency'> =>
      query.sum<query.Query<'frequency'>, string>(query.rate<'count', LabelInputs>(counter, over), { by });
    // An API whose calls never failed has no series of failures: none of its calls failed.
    const failures = query.or(growth(metrics.failures, window), query.multiply(growth(metrics.calls, window), 0));
    const signals: Signal[] = [
      signalOf({
        key: 'errorRatio',
        title: `${title}: share of calls that fail`,
        description: 'The share of calls that bring no result: refused, failed, or not answered in time.',
        query: query.divide(failures, growth(metrics.calls, window)),
        direction: 'above',
        alert: 'ExternalApiErrors',
        summary: `{value} of the calls to ${who} fail (level {threshold})`,
        firstSteps: [
          'Read the status page of the API and what its answers say.',
          'See whether the calls are refused for the quota or for the credentials.',
          'Slow the callers down before retries make it worse.',
        ],
        for: FIVE_MINUTES,
        levels: set.errorRatio,
      }),
      signalOf({
        key: 'callRate',
        title: `${title}: calls`,
        description: 'Calls a second, over all instances.',
        query: growth(metrics.calls, window),
        direction: 'above',
        alert: 'ExternalApiCallsHigh',
        summary: `${who} is called at {value} (level {threshold})`,
        firstSteps: ['See which part of the system calls, and whether it calls in a loop of retries.'],
        for: FIVE_MINUTES,
        levels: set.callRate,
        shownIn: 'calls',
      }),
    ];
    if (metrics.quotaUsed && metrics.quotaLimit) {
      // Every instance reports the same account: the highest is the latest, a sum would count it several times.
      const account = (gauge: query.Series<'gauge', 'count'>): query.Query<'count'> =>
        query.maximum<query.Query<'count'>, string>(query.value<'count', LabelInputs>(gauge), { by });
      signals.unshift(
        signalOf({
          key: 'quotaUsage',
          title: `${title}: quota used`,
          description:
            'The share of the quota of the current period that is used. When it is used up, every call is refused until the next period.',
          query: query.divide(
            account(metrics.quotaUsed),
            // A limit of 0 says that there is none.
            query.only(account(metrics.quotaLimit), '>', count(0)),
          ),
          direction: 'above',
          alert: 'ExternalApiQuotaNearlyUsed',
          summary: `{value} of the quota of ${who} is used (level {threshold})`,
          firstSteps: [
            'See when the period of the quota ends, and whether it lasts until then at this rate.',
            'Hold back what can wait, or ask for a higher quota.',
          ],
          for: minutes(2),
          levels: set.quotaUsage,
        }),
      );
    }
    if (metrics.duration) {
      signals.push(
        signalOf({
          key: 'latencyP95',
          title: `${title}: response time, p95`,
          description: '95 of 100 calls are answered at least this fast.',
          query: query.quantile<'time', LabelInputs, string>(0.95, metrics.duration, { over: window, by }),
          direction: 'above',
          alert: 'ExternalApiSlow',
          summary: `${who} answers in {value} at p95 (level {threshold})`,
          firstSteps: ['Read the status page of the API.', 'See whether the time limit of the calls still fits.'],
          for: FIVE_MINUTES,
          levels: set.latencyP95,
        }),
      );
    }
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        calls: {
          title: `${title}: calls and failures`,
          description: 'Calls a second, and those of them that failed.',
          queries: {
            calls: query.sum(query.rate(metrics.calls, query.rateInterval)),
            failures: query.orZero(query.sum(query.rate(metrics.failures, query.rateInterval))),
          },
          min: 0,
        },
      },
    };
  },
});
