import { expect, it } from 'vitest';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  histogram,
  monitors,
  ms,
  percent,
  perSecond,
  select,
  state,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  db_query_seconds: plain.time,
  db_pool_active: plain.number,
  db_pool_maximum: plain.number,
  db_pool_waiting: plain.number,
  db_slow_queries_total: plain.events,
  db_inserts_total: plain.events,
});
const metrics = { queryDuration: m.db_query_seconds };

it('shows query times when that is all there is', () => {
  const watched = watch(monitors.database({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/query-times": [
          "histogram_quantile(0.5, sum by (le) (rate(db_query_seconds_bucket{job="app"}[$__rate_interval])))",
          "histogram_quantile(0.95, sum by (le) (rate(db_query_seconds_bucket{job="app"}[$__rate_interval])))",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.database({
      job: 'app',
      metrics: {
        ...metrics,
        poolActive: m.db_pool_active,
        poolMaximum: m.db_pool_maximum,
        poolWaiting: m.db_pool_waiting,
        slowQueries: m.db_slow_queries_total,
        inserts: m.db_inserts_total,
      },
      levels: {
        latencyP95: { warning: ms(50), critical: ms(200) },
        poolUsage: { warning: percent(80), critical: percent(95) },
        poolWaiting: { warning: count(5) },
        slowQueries: { warning: perSecond(1) },
        insertRate: { critical: perSecond(10) },
        availability: { critical: state(true) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-availability": [
        "DatabaseDown",
        "below",
        "1 minute",
        "up{job="app"}",
      ],
      "part-insert-rate": [
        "DatabaseInsertRateLow",
        "below",
        "5 minutes",
        "sum(rate(db_inserts_total{job="app"}[5m])) or vector(0)",
      ],
      "part-latency-p95": [
        "DatabaseSlow",
        "above",
        "2 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(db_query_seconds_bucket{job="app"}[5m])))",
      ],
      "part-pool-usage": [
        "DatabaseConnectionPoolExhausted",
        "above",
        "2 minutes",
        "sum by (instance, job) (db_pool_active{job="app"}) / (sum by (instance, job) (db_pool_maximum{job="app"}) > 0)",
      ],
      "part-pool-waiting": [
        "DatabaseClientsWaiting",
        "above",
        "2 minutes",
        "sum(db_pool_waiting{job="app"})",
      ],
      "part-slow-queries": [
        "DatabaseSlowQueries",
        "above",
        "5 minutes",
        "sum(rate(db_slow_queries_total{job="app"}[5m])) or vector(0)",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-availability",
      "threshold/part-latency-p95",
      "threshold/part-pool-usage",
      "threshold/part-pool-waiting",
      "threshold/part-slow-queries",
      "threshold/part-insert-rate",
      "panel/part/query-times",
      "panel/part/pool",
    ]
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    sql_milliseconds: histogram({
      unit: 'milliseconds',
      help: 'Time.',
      buckets: [ms(1), ms(10)],
      labels: { db: 'any' },
    }),
    connections: gauge({ unit: 'count', help: 'Connections.', labels: { state: ['idle', 'busy'] }, range: { min: 0 } }),
    connections_allowed: gauge({ unit: 'count', help: 'Limit.', labels: { pool: 'any' }, range: { min: 0 } }),
    rows: counter({ unit: 'count', help: 'Rows.', labels: { op: ['insert', 'update'] } }),
  });
  const watched = watch(
    monitors.database({
      metrics: {
        queryDuration: select(other.sql_milliseconds, { db: 'orders' }),
        poolActive: select(other.connections, { state: 'busy' }),
        poolMaximum: other.connections_allowed,
        inserts: select(other.rows, { op: 'insert' }),
      },
      levels: {
        latencyP95: { warning: ms(5) },
        poolUsage: { warning: percent(80) },
        insertRate: { warning: perSecond(1) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-insert-rate": [
        "DatabaseInsertRateLow",
        "below",
        "5 minutes",
        "sum(rate(rows{job="legacy", op="insert"}[5m])) or vector(0)",
      ],
      "part-latency-p95": [
        "DatabaseSlow",
        "above",
        "2 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(sql_milliseconds_bucket{job="legacy", db="orders"}[5m])))",
      ],
      "part-pool-usage": [
        "DatabaseConnectionPoolExhausted",
        "above",
        "2 minutes",
        "sum by (instance, job) (connections{job="legacy", state="busy"}) / (sum by (instance, job) (connections_allowed{job="legacy"}) > 0)",
      ],
    }
  `);
});

it('watches the pool closely', () => {
  const pool = defineMetrics('app', {
    pool_idle: plain.number,
    pool_wait_seconds: plain.time,
    pool_errors_total: plain.events,
  });
  const watched = watch(
    monitors.database({
      metrics: {
        ...metrics,
        poolActive: m.db_pool_active,
        poolMaximum: m.db_pool_maximum,
        poolWaiting: m.db_pool_waiting,
        poolIdle: pool.pool_idle,
        poolWait: pool.pool_wait_seconds,
        connectionErrors: pool.pool_errors_total,
      },
      levels: { poolWaitP95: { warning: ms(50) }, connectionErrors: { critical: count(5) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-connection-errors": [
        "DatabaseConnectionErrors",
        "above",
        "1 minute",
        "sum(increase(pool_errors_total{job="app"}[5m])) or vector(0)",
      ],
      "part-pool-wait-p95": [
        "DatabaseConnectionWaitLong",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(pool_wait_seconds_bucket{job="app"}[5m])))",
      ],
    }
  `);
  expect(watched.panels['panel/part/pool']).toMatchInlineSnapshot(`
    [
      "sum(db_pool_active{job="app"})",
      "sum(pool_idle{job="app"})",
      "sum(db_pool_waiting{job="app"})",
      "sum(db_pool_maximum{job="app"})",
    ]
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: {} },
    ['definition/shape: metrics.queryDuration: is missing; expected a histogram of time'],
  ],
  [
    'a metric of another dimension',
    { metrics: { ...metrics, poolWaiting: gaugeOfBytes() } },
    ['definition/shape: metrics.poolWaiting: expected a gauge of count'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { latencyP95: { warning: percent(1) } } },
    ['definition/shape: levels.latencyP95.warning: expected a quantity of time, not of ratio'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { poolusage: { warning: percent(1) } } },
    ['definition/unknown-property: levels.poolusage: there is no such property'],
  ],
  [
    'a job that does not exist',
    { metrics, job: 'postgres' },
    [
      'definition/unknown-reference: there is no job "postgres"',
      'query/unknown-label-value: the label "job" of up never has the value "postgres"',
    ],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.database(input as never))).toEqual(findings);
});

function gaugeOfBytes() {
  return defineMetrics('app', { db_cache_bytes: plain.memory }).db_cache_bytes;
}
