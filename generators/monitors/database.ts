import * as z from 'zod';
import { formatDuration } from '../model/format.ts';
import { count, minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, PER_INSTANCE, series, signalOf } from './monitor.ts';

/** A database as its clients see it: query times, the connection pool, slow queries, inserts. */
export const database = defineMonitor({
  id: 'database',
  summary: 'A database as its clients see it: query time, connection pool, slow queries, inserts, availability.',
  input: z.strictObject({
    ...common,
    /** The job whose targets are the database or its exporter; gives the availability signal. */
    job: z.string().optional(),
    metrics: z.strictObject({
      /** How long queries take. */
      queryDuration: series('histogram', 'time'),
      /** Connections of the pool that are in use. */
      poolActive: series('gauge', 'count').optional(),
      /** The most connections the pool opens. */
      poolMaximum: series('gauge', 'count').optional(),
      /** Connections of the pool that are open and not in use. */
      poolIdle: series('gauge', 'count').optional(),
      /** Clients that wait for a connection. */
      poolWaiting: series('gauge', 'count').optional(),
      /** How long clients wait for a connection. */
      poolWait: series('histogram', 'time').optional(),
      /** Connections that could not be opened or broke. */
      connectionErrors: series('counter', 'count').optional(),
      /** Queries that took longer than the database's own limit. */
      slowQueries: series('counter', 'count').optional(),
      /** Rows or records written. */
      inserts: series('counter', 'count').optional(),
    }),
    levels: z
      .strictObject({
        latencyP95: levels('time').optional(),
        poolUsage: levels('ratio').optional(),
        poolWaiting: levels('count').optional(),
        poolWaitP95: levels('time').optional(),
        connectionErrors: levels('count').optional(),
        slowQueries: levels('frequency').optional(),
        insertRate: levels('frequency').optional(),
        availability: levels('state').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, job }, { title, window }) => {
    const within = formatDuration(window.base * 1000);
    const signals: Signal[] = [
      signalOf({
        key: 'latencyP95',
        title: `${title}: query time, p95`,
        description:
          '95 of 100 queries are answered at least this fast. Everything that waits for the database gets slower with it.',
        query: query.quantile(0.95, metrics.queryDuration, { over: window }),
        direction: 'above',
        alert: 'DatabaseSlow',
        summary: `${title} answers queries in {value} at p95 (level {threshold})`,
        firstSteps: [
          'Find the slowest statements and their plans; look for a missing index or a plan that changed.',
          'Look for locks, a running migration or a backup.',
          'Compare with the pool panel: a full pool makes every query wait.',
        ],
        for: minutes(2),
        levels: set.latencyP95,
        shownIn: 'query-times',
      }),
    ];
    if (metrics.poolActive && metrics.poolMaximum) {
      signals.push(
        signalOf({
          key: 'poolUsage',
          title: `${title}: connection pool in use`,
          description:
            'Connections in use as a share of the pool of each instance. When the pool is full, requests wait and then fail.',
          query: query.divide(
            query.sum(metrics.poolActive, { by: PER_INSTANCE }),
            // A maximum of 0 says that there is none.
            query.only(query.sum(metrics.poolMaximum, { by: PER_INSTANCE }), '>', count(0)),
          ),
          direction: 'above',
          alert: 'DatabaseConnectionPoolExhausted',
          summary: `{labels.instance} has {value} of its connections to ${title} in use (level {threshold})`,
          firstSteps: [
            'Look for connections that are held open: idle in transaction, or leaked by an error path.',
            'Compare with query times: slow queries hold their connections longer.',
            'Raise the pool only when the database has room for more connections.',
          ],
          for: minutes(2),
          levels: set.poolUsage,
        }),
      );
    }
    if (metrics.poolWaiting) {
      signals.push(
        signalOf({
          key: 'poolWaiting',
          title: `${title}: clients waiting for a connection`,
          description: 'Clients that have asked for a connection and have none yet.',
          query: query.sum(metrics.poolWaiting),
          direction: 'above',
          alert: 'DatabaseClientsWaiting',
          summary: `{value} clients wait for a connection to ${title} (level {threshold})`,
          firstSteps: ['Look at the pool and at query times: one of them holds the connections back.'],
          for: minutes(2),
          levels: set.poolWaiting,
        }),
      );
    }
    if (metrics.poolWait) {
      signals.push(
        signalOf({
          key: 'poolWaitP95',
          title: `${title}: wait for a connection, p95`,
          description: '95 of 100 clients have their connection at least this fast.',
          query: query.quantile(0.95, metrics.poolWait, { over: window }),
          direction: 'above',
          alert: 'DatabaseConnectionWaitLong',
          summary: `A client waits {value} for a connection to ${title} at p95 (level {threshold})`,
          firstSteps: ['Look at the pool and at query times: one of them holds the connections back.'],
          for: FIVE_MINUTES,
          levels: set.poolWaitP95,
        }),
      );
    }
    if (metrics.connectionErrors) {
      signals.push(
        signalOf({
          key: 'connectionErrors',
          title: `${title}: connection errors`,
          description: `How many connections could not be opened or broke within ${within}.`,
          query: query.orZero(query.sum(query.increase(metrics.connectionErrors, window))),
          direction: 'above',
          alert: 'DatabaseConnectionErrors',
          summary: `{value} connections to ${title} failed within ${within} (level {threshold})`,
          firstSteps: [
            'See whether the server runs and accepts connections.',
            'Compare the pools of all instances together with the limit of the server.',
          ],
          for: minutes(1),
          levels: set.connectionErrors,
        }),
      );
    }
    if (metrics.slowQueries) {
      signals.push(
        signalOf({
          key: 'slowQueries',
          title: `${title}: slow queries`,
          description: "Queries a second that took longer than the database's own limit.",
          query: query.orZero(query.sum(query.rate(metrics.slowQueries, window))),
          direction: 'above',
          alert: 'DatabaseSlowQueries',
          summary: `Slow queries of ${title} come at {value} (level {threshold})`,
          firstSteps: ['Read the slow query log of these minutes.'],
          for: FIVE_MINUTES,
          levels: set.slowQueries,
        }),
      );
    }
    if (metrics.inserts) {
      signals.push(
        signalOf({
          key: 'insertRate',
          title: `${title}: inserts`,
          description: 'Records written a second.',
          query: query.orZero(query.sum(query.rate(metrics.inserts, window))),
          direction: 'below',
          alert: 'DatabaseInsertRateLow',
          summary: `Inserts into ${title} are down to {value} (level {threshold})`,
          firstSteps: [
            'See whether less arrives or whether writing is slow: compare with what the service receives.',
            'Look for lock contention and a full disk.',
          ],
          for: FIVE_MINUTES,
          levels: set.insertRate,
        }),
      );
    }
    if (job !== undefined) {
      signals.push(
        signalOf({
          key: 'availability',
          title: `${title}: availability`,
          description: 'Whether the database answers its scrape: 1 is up, 0 is down.',
          query: query.up(job),
          direction: 'below',
          alert: 'DatabaseDown',
          summary: `${title} ({labels.instance}) has not answered for {for}`,
          firstSteps: [
            'See whether the server runs and accepts connections.',
            'Look at the disk: a full one stops most databases.',
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
        'query-times': {
          title: `${title}: query times`,
          description: 'How long 50 and 95 of 100 queries take at most.',
          queries: {
            p50: query.quantile(0.5, metrics.queryDuration, { over: panelWindow }),
            p95: query.quantile(0.95, metrics.queryDuration, { over: panelWindow }),
          },
          min: 0,
        },
        ...(metrics.poolActive && metrics.poolMaximum
          ? {
              pool: {
                title: `${title}: connections`,
                description: 'Connections of the pool, clients that wait for one, and the most the pool opens.',
                queries: {
                  active: query.sum(metrics.poolActive),
                  ...(metrics.poolIdle ? { idle: query.sum(metrics.poolIdle) } : {}),
                  ...(metrics.poolWaiting ? { waiting: query.sum(metrics.poolWaiting) } : {}),
                  maximum: query.sum(metrics.poolMaximum),
                },
                min: 0,
              },
            }
          : {}),
      },
    };
  },
});
