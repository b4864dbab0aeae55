import { describe, expect, test } from 'vitest';
import {
  bytes,
  count,
  hours,
  minutes,
  ms,
  percent,
  perSecond,
  ratio,
  seconds,
} from '../../generators/model/quantities.ts';
import * as query from '../../generators/model/query.ts';
import type { LabelsIn, Operand, Query, Series } from '../../generators/model/query.ts';
import { print } from '../../generators/promql/print.ts';
import { parse } from '../../generators/promql/parse.ts';
import { resultLabels, semantics, unitOf } from '../../generators/promql/semantics/index.ts';
import type { UnitId } from '../../generators/promql/units.ts';
import { m, METRICS, other } from './declared.ts';

const { matches, not, notMatches, promql, rateInterval, select } = query;
const FIVE = minutes(5);

/** The labels of a query on the level of types; the list has to name each of them, which the compiler checks. */
type Exactly<T, L extends readonly string[]> = [LabelsIn<T>] extends [L[number]] ? L : never;

interface Row {
  readonly query: Query;
  readonly promql: string;
  readonly unit: UnitId;
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

const row = <const T extends Query, const L extends readonly LabelsIn<T>[]>(
  built: T,
  text: string,
  unit: UnitId,
  metrics: readonly string[],
  labels: L & Exactly<T, L>,
): Row => ({ query: built, promql: text, unit, metrics, labels });

const TARGET = ['instance', 'job'] as const;
const requests = query.rate(m.requests_total, FIVE);

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  rate: [
    row(
      requests,
      'rate(requests_total{job="api"}[5m])',
      'per_second',
      ['requests_total'],
      [...TARGET, 'method', 'route', 'status'],
    ),
    row(
      query.rate(m.sent_bytes_total, hours(1)),
      'rate(sent_bytes_total{job="api"}[1h])',
      'bytes_per_second',
      ['sent_bytes_total'],
      [...TARGET, 'route'],
    ),
    row(
      query.rate(m.sent_kibibytes_total, FIVE),
      'rate(sent_kibibytes_total{job="api"}[5m]) * 1024',
      'bytes_per_second',
      ['sent_kibibytes_total'],
      TARGET,
    ),
    row(
      query.rate(m.busy_seconds_total, FIVE),
      'rate(busy_seconds_total{job="api"}[5m])',
      'ratio',
      ['busy_seconds_total'],
      [...TARGET, 'mode'],
    ),
    row(
      query.rate(m.busy_milliseconds_total, FIVE),
      'rate(busy_milliseconds_total{job="api"}[5m]) / 1000',
      'ratio',
      ['busy_milliseconds_total'],
      TARGET,
    ),
    row(
      query.rate(m.errors_total, rateInterval),
      'rate(errors_total{job="api"}[$__rate_interval])',
      'per_second',
      ['errors_total'],
      [...TARGET, 'route'],
    ),
  ],
  increase: [
    row(
      query.increase(m.errors_total, hours(24)),
      'increase(errors_total{job="api"}[1d])',
      'count',
      ['errors_total'],
      [...TARGET, 'route'],
    ),
    row(
      query.increase(m.busy_milliseconds_total, FIVE),
      'increase(busy_milliseconds_total{job="api"}[5m])',
      'milliseconds',
      ['busy_milliseconds_total'],
      TARGET,
    ),
  ],
  delta: [
    row(
      query.delta(m.memory_bytes, FIVE),
      'delta(memory_bytes{job="api"}[5m])',
      'bytes',
      ['memory_bytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.delta(m.last_success_timestamp_seconds, FIVE),
      'delta(last_success_timestamp_seconds{job="api"}[5m])',
      'seconds',
      ['last_success_timestamp_seconds'],
      TARGET,
    ),
  ],
  derivative: [
    row(
      query.derivative(m.memory_bytes, hours(1)),
      'deriv(memory_bytes{job="api"}[1h])',
      'bytes_per_second',
      ['memory_bytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.derivative(m.memory_kibibytes, hours(1)),
      'deriv(memory_kibibytes{job="api"}[1h]) * 1024',
      'bytes_per_second',
      ['memory_kibibytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.derivative(m.queue_depth, hours(1)),
      'deriv(queue_depth{job="api"}[1h])',
      'per_second',
      ['queue_depth'],
      [...TARGET, 'queue'],
    ),
  ],
  averageOver: [
    row(
      query.averageOver(m.load_percent, FIVE),
      'avg_over_time(load_percent{job="api"}[5m])',
      'percent',
      ['load_percent'],
      TARGET,
    ),
    row(
      query.averageOver(m.circuit_open, FIVE),
      'avg_over_time(circuit_open{job="api"}[5m])',
      'ratio',
      ['circuit_open'],
      [...TARGET, 'circuit'],
    ),
  ],
  maximumOver: [
    row(
      query.maximumOver(m.lag_milliseconds, FIVE),
      'max_over_time(lag_milliseconds{job="api"}[5m])',
      'milliseconds',
      ['lag_milliseconds'],
      TARGET,
    ),
  ],
  minimumOver: [
    row(
      query.minimumOver(m.circuit_open, FIVE),
      'min_over_time(circuit_open{job="api"}[5m])',
      'state',
      ['circuit_open'],
      [...TARGET, 'circuit'],
    ),
  ],
  value: [row(query.value(m.health_score), 'health_score{job="api"}', 'score', ['health_score'], TARGET)],
  sum: [
    row(query.sum(requests), 'sum(rate(requests_total{job="api"}[5m]))', 'per_second', ['requests_total'], []),
    row(
      query.sum(requests, { by: ['route', 'job'] }),
      'sum by (route, job) (rate(requests_total{job="api"}[5m]))',
      'per_second',
      ['requests_total'],
      ['route', 'job'],
    ),
    row(query.sum(m.queue_depth, { by: [] }), 'sum(queue_depth{job="api"})', 'count', ['queue_depth'], []),
    row(query.sum(query.up('api')), 'sum(up{job="api"})', 'count', [], []),
  ],
  average: [
    row(query.average(m.load_percent), 'avg(load_percent{job="api"})', 'percent', ['load_percent'], []),
    row(query.average(query.up('api'), { by: ['job'] }), 'avg by (job) (up{job="api"})', 'ratio', [], ['job']),
  ],
  minimum: [
    row(
      query.minimum(m.circuit_open, { by: ['circuit'] }),
      'min by (circuit) (circuit_open{job="api"})',
      'state',
      ['circuit_open'],
      ['circuit'],
    ),
  ],
  maximum: [
    row(
      query.maximum(m.last_success_timestamp_seconds),
      'max(last_success_timestamp_seconds{job="api"})',
      'unix_seconds',
      ['last_success_timestamp_seconds'],
      [],
    ),
  ],
  countSeries: [
    row(
      query.countSeries(m.memory_bytes, { by: ['area'] }),
      'count by (area) (memory_bytes{job="api"})',
      'count',
      ['memory_bytes'],
      ['area'],
    ),
  ],
  sumWithout: [
    row(
      query.sumWithout(m.memory_bytes, ['instance', 'job']),
      'sum without (instance, job) (memory_bytes{job="api"})',
      'bytes',
      ['memory_bytes'],
      ['area'],
    ),
  ],
  quantile: [
    row(
      query.quantile(0.95, m.duration_seconds, { over: FIVE }),
      'histogram_quantile(0.95, sum by (le) (rate(duration_seconds_bucket{job="api"}[5m])))',
      'seconds',
      ['duration_seconds'],
      [],
    ),
    row(
      query.quantile(0.5, m.duration_milliseconds, { over: FIVE, by: ['instance'] }),
      'histogram_quantile(0.5, sum by (le, instance) (rate(duration_milliseconds_bucket{job="api"}[5m])))',
      'milliseconds',
      ['duration_milliseconds'],
      ['instance'],
    ),
    row(
      query.quantile(1, select(m.duration_seconds, { route: '/a' }), { over: FIVE }),
      'histogram_quantile(1, sum by (le) (rate(duration_seconds_bucket{job="api", route="/a"}[5m])))',
      'seconds',
      ['duration_seconds'],
      [],
    ),
  ],
  mean: [
    row(
      query.mean(m.duration_seconds, { over: FIVE, by: ['route'] }),
      'sum by (route) (rate(duration_seconds_sum{job="api"}[5m])) / sum by (route) (rate(duration_seconds_count{job="api"}[5m]))',
      'seconds',
      ['duration_seconds'],
      ['route'],
    ),
    row(
      query.mean(m.wait_seconds, { over: FIVE }),
      'sum(rate(wait_seconds_sum{job="api"}[5m])) / sum(rate(wait_seconds_count{job="api"}[5m]))',
      'seconds',
      ['wait_seconds'],
      [],
    ),
    row(
      query.mean(m.duration_milliseconds, { over: FIVE }),
      'sum(rate(duration_milliseconds_sum{job="api"}[5m])) / sum(rate(duration_milliseconds_count{job="api"}[5m]))',
      'milliseconds',
      ['duration_milliseconds'],
      [],
    ),
  ],
  divide: [
    row(
      query.divide(query.sum(query.rate(m.errors_total, FIVE)), query.sum(requests)),
      'sum(rate(errors_total{job="api"}[5m])) / sum(rate(requests_total{job="api"}[5m]))',
      'ratio',
      ['errors_total', 'requests_total'],
      [],
    ),
    row(
      query.divide(query.sum(m.memory_kibibytes), query.sum(m.memory_bytes)),
      'sum(memory_kibibytes{job="api"}) * 1024 / sum(memory_bytes{job="api"})',
      'ratio',
      ['memory_kibibytes', 'memory_bytes'],
      [],
    ),
    row(
      query.divide(m.lag_milliseconds, m.lag_seconds),
      'lag_milliseconds{job="api"} / 1000 / lag_seconds{job="api"}',
      'ratio',
      ['lag_milliseconds', 'lag_seconds'],
      TARGET,
    ),
    row(
      query.divide(m.load_percent, m.load_ratio),
      'load_percent{job="api"} / 100 / load_ratio{job="api"}',
      'ratio',
      ['load_percent', 'load_ratio'],
      TARGET,
    ),
    row(
      query.divide(m.memory_limit_bytes, m.load_percent),
      'memory_limit_bytes{job="api"} / (load_percent{job="api"} / 100)',
      'bytes',
      ['memory_limit_bytes', 'load_percent'],
      TARGET,
    ),
    row(
      query.divide(m.lag_milliseconds, m.load_ratio),
      'lag_milliseconds{job="api"} / load_ratio{job="api"}',
      'milliseconds',
      ['lag_milliseconds', 'load_ratio'],
      TARGET,
    ),
    row(
      query.divide(query.sum(query.rate(m.sent_bytes_total, FIVE)), query.sum(requests)),
      'sum(rate(sent_bytes_total{job="api"}[5m])) / sum(rate(requests_total{job="api"}[5m]))',
      'bytes',
      ['sent_bytes_total', 'requests_total'],
      [],
    ),
    row(
      query.divide(m.traffic_bytes_per_second, m.turns_per_minute),
      'traffic_bytes_per_second{job="api"} / (turns_per_minute{job="api"} / 60)',
      'bytes',
      ['traffic_bytes_per_second', 'turns_per_minute'],
      TARGET,
    ),
    row(
      query.divide(query.sum(query.rate(m.busy_milliseconds_total, FIVE)), query.sum(requests)),
      'sum(rate(busy_milliseconds_total{job="api"}[5m]) / 1000) / sum(rate(requests_total{job="api"}[5m]))',
      'seconds',
      ['busy_milliseconds_total', 'requests_total'],
      [],
    ),
    row(
      query.divide(query.sum(m.queue_depth), query.sum(requests)),
      'sum(queue_depth{job="api"}) / sum(rate(requests_total{job="api"}[5m]))',
      'seconds',
      ['queue_depth', 'requests_total'],
      [],
    ),
    row(
      query.divide(query.sum(m.memory_kibibytes), query.sum(m.queue_depth)),
      'sum(memory_kibibytes{job="api"}) / sum(queue_depth{job="api"})',
      'kibibytes',
      ['memory_kibibytes', 'queue_depth'],
      [],
    ),
    row(
      query.divide(query.sum(m.memory_kibibytes), query.average(m.traffic_bytes_per_second)),
      'sum(memory_kibibytes{job="api"}) * 1024 / avg(traffic_bytes_per_second{job="api"})',
      'seconds',
      ['memory_kibibytes', 'traffic_bytes_per_second'],
      [],
    ),
    row(
      query.divide(m.memory_bytes, m.memory_limit_bytes, { on: ['instance'], groupLeft: [] }),
      'memory_bytes{job="api"} / on (instance) group_left () memory_limit_bytes{job="api"}',
      'ratio',
      ['memory_bytes', 'memory_limit_bytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.divide(m.memory_bytes, m.memory_limit_bytes, { ignoring: ['area'], groupLeft: ['job'] }),
      'memory_bytes{job="api"} / ignoring (area) group_left (job) memory_limit_bytes{job="api"}',
      'ratio',
      ['memory_bytes', 'memory_limit_bytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.divide(m.memory_limit_bytes, other.node_memory_bytes, { on: ['instance'] }),
      'memory_limit_bytes{job="api"} / on (instance) node_memory_bytes{job="node"}',
      'ratio',
      ['memory_limit_bytes', 'node_memory_bytes'],
      ['instance'],
    ),
    row(
      query.divide(m.memory_limit_bytes, other.node_memory_bytes, { ignoring: ['job'] }),
      'memory_limit_bytes{job="api"} / ignoring (job) node_memory_bytes{job="node"}',
      'ratio',
      ['memory_limit_bytes', 'node_memory_bytes'],
      ['instance'],
    ),
  ],
  add: [
    row(
      query.add(m.memory_bytes, m.memory_bytes),
      'memory_bytes{job="api"} + memory_bytes{job="api"}',
      'bytes',
      ['memory_bytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.add(m.memory_kibibytes, m.memory_bytes),
      'memory_kibibytes{job="api"} * 1024 + memory_bytes{job="api"}',
      'bytes',
      ['memory_kibibytes', 'memory_bytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.add(m.lag_milliseconds, m.lag_milliseconds),
      'lag_milliseconds{job="api"} + lag_milliseconds{job="api"}',
      'milliseconds',
      ['lag_milliseconds'],
      TARGET,
    ),
  ],
  subtract: [
    row(
      query.subtract(m.load_percent, m.load_ratio),
      'load_percent{job="api"} / 100 - load_ratio{job="api"}',
      'ratio',
      ['load_percent', 'load_ratio'],
      TARGET,
    ),
    row(
      query.subtract(m.last_success_timestamp_seconds, m.last_success_timestamp_seconds),
      'last_success_timestamp_seconds{job="api"} - last_success_timestamp_seconds{job="api"}',
      'seconds',
      ['last_success_timestamp_seconds'],
      TARGET,
    ),
  ],
  multiply: [
    row(
      query.multiply(m.frames_per_second, 0.5),
      'frames_per_second{job="api"} * 0.5',
      'per_second',
      ['frames_per_second'],
      TARGET,
    ),
  ],
  only: [
    row(
      query.only(m.lag_milliseconds, '>', seconds(2)),
      'lag_milliseconds{job="api"} > 2000',
      'milliseconds',
      ['lag_milliseconds'],
      TARGET,
    ),
    row(
      query.only(m.load_percent, '<=', ratio(0.07)),
      'load_percent{job="api"} <= 7',
      'percent',
      ['load_percent'],
      TARGET,
    ),
    row(
      query.only(m.memory_kibibytes, '!=', bytes(1536)),
      'memory_kibibytes{job="api"} != 1.5',
      'kibibytes',
      ['memory_kibibytes'],
      [...TARGET, 'area'],
    ),
  ],
  and: [
    row(
      query.and(m.queue_depth, m.load_ratio, { on: ['instance'] }),
      'queue_depth{job="api"} and on (instance) load_ratio{job="api"}',
      'count',
      ['queue_depth', 'load_ratio'],
      [...TARGET, 'queue'],
    ),
  ],
  unless: [
    row(
      query.unless(m.lag_seconds, query.only(m.load_ratio, '>', percent(50))),
      'lag_seconds{job="api"} unless load_ratio{job="api"} > 0.5',
      'seconds',
      ['lag_seconds', 'load_ratio'],
      TARGET,
    ),
  ],
  or: [
    row(
      query.or(m.lag_seconds, m.lag_milliseconds),
      'lag_seconds{job="api"} or lag_milliseconds{job="api"} / 1000',
      'seconds',
      ['lag_seconds', 'lag_milliseconds'],
      TARGET,
    ),
    row(
      query.or(query.sum(m.queue_depth, { by: ['queue'] }), query.sum(m.queue_depth)),
      'sum by (queue) (queue_depth{job="api"}) or sum(queue_depth{job="api"})',
      'count',
      ['queue_depth'],
      ['queue'],
    ),
  ],
  orZero: [
    row(
      query.orZero(query.sum(query.rate(m.errors_total, FIVE))),
      'sum(rate(errors_total{job="api"}[5m])) or vector(0)',
      'per_second',
      ['errors_total'],
      [],
    ),
  ],
  deviations: [
    row(
      query.deviations(m.lag_milliseconds, { over: hours(3), every: minutes(1), floor: seconds(0.5) }),
      'abs(lag_milliseconds{job="api"} - avg_over_time((lag_milliseconds{job="api"} > -Inf)[3h:1m])) / clamp_min(stddev_over_time((lag_milliseconds{job="api"} > -Inf)[3h:1m]), 500)',
      'score',
      ['lag_milliseconds'],
      ['instance', 'job'],
    ),
    row(
      query.deviations(query.sum(query.rate(m.errors_total, FIVE), { by: ['route'] }), {
        over: hours(1),
        every: seconds(30),
        floor: perSecond(2),
      }),
      'abs(sum by (route) (rate(errors_total{job="api"}[5m])) - avg_over_time((sum by (route) (rate(errors_total{job="api"}[5m])) > -Inf)[1h:30s])) / clamp_min(stddev_over_time((sum by (route) (rate(errors_total{job="api"}[5m])) > -Inf)[1h:30s]), 2)',
      'score',
      ['errors_total'],
      ['route'],
    ),
  ],
  timeSince: [
    row(
      query.timeSince(m.last_success_timestamp_seconds),
      'time() - last_success_timestamp_seconds{job="api"}',
      'seconds',
      ['last_success_timestamp_seconds'],
      TARGET,
    ),
    row(
      query.timeSince(query.maximum(m.last_success_timestamp_seconds, { by: ['job'] })),
      'time() - max by (job) (last_success_timestamp_seconds{job="api"})',
      'seconds',
      ['last_success_timestamp_seconds'],
      ['job'],
    ),
  ],
  ago: [
    row(
      query.ago(m.lag_milliseconds, hours(24)),
      'lag_milliseconds{job="api"} offset 1d',
      'milliseconds',
      ['lag_milliseconds'],
      TARGET,
    ),
    row(
      query.ago(query.sum(requests), hours(1)),
      'sum(rate(requests_total{job="api"}[5m] offset 1h))',
      'per_second',
      ['requests_total'],
      [],
    ),
    row(
      query.ago(query.ago(m.lag_seconds, hours(1)), minutes(30)),
      'lag_seconds{job="api"} offset 1h30m',
      'seconds',
      ['lag_seconds'],
      TARGET,
    ),
    row(
      query.ago(query.timeSince(m.last_success_timestamp_seconds), hours(1)),
      'time() - 3600 - last_success_timestamp_seconds{job="api"} offset 1h',
      'seconds',
      ['last_success_timestamp_seconds'],
      TARGET,
    ),
  ],
  changeSince: [
    row(
      query.changeSince(m.memory_bytes, hours(24)),
      '(memory_bytes{job="api"} - memory_bytes{job="api"} offset 1d) / memory_bytes{job="api"} offset 1d',
      'ratio',
      ['memory_bytes'],
      [...TARGET, 'area'],
    ),
    row(
      query.changeSince(query.sum(m.lag_milliseconds), hours(1)),
      '(sum(lag_milliseconds{job="api"}) - sum(lag_milliseconds{job="api"} offset 1h)) / sum(lag_milliseconds{job="api"} offset 1h)',
      'ratio',
      ['lag_milliseconds'],
      [],
    ),
  ],
  up: [row(query.up('my job'), 'up{job="my job"}', 'state', [], TARGET)],
  absent: [
    row(
      query.absent(select(m.queue_depth, { queue: 'mail' })),
      'absent(queue_depth{job="api", queue="mail"})',
      'state',
      ['queue_depth'],
      ['job', 'queue'],
    ),
    row(query.absent(m.size_bytes), 'absent(size_bytes_count{job="api"})', 'state', ['size_bytes'], ['job']),
    row(query.absent(m.wait_seconds), 'absent(wait_seconds{job="api"})', 'state', ['wait_seconds'], ['job']),
    row(query.absent(query.total(m.size_bytes)), 'absent(size_bytes_sum{job="api"})', 'state', ['size_bytes'], ['job']),
  ],
};

const ALL = Object.values(ROWS).flat();

const treeOf = ({ expr }: Query): NonNullable<Query['expr']> => {
  if (!expr) throw new Error('the query has no tree');
  return expr;
};

/** What `$__rate_interval` stands for while a query is parsed. */
const filled = (text: string): string => text.replaceAll('$__rate_interval', '5m');

describe('a function of the query builder', () => {
  const builders = Object.entries(query)
    .filter(([name, value]) => typeof value === 'function' && /^(?!is[A-Z]|to[A-Z])/.test(name))
    .map(([name]) => name)
    .filter(
      (name) =>
        !['buckets', 'matches', 'not', 'notMatches', 'observations', 'promql', 'select', 'total'].includes(name),
    );

  test('has a row here, whichever it is', () => {
    expect(Object.keys(ROWS).toSorted()).toEqual(builders.toSorted());
  });

  test.each(ALL.map((one) => [one.promql, one] as const))('%s', (text, { query: built, unit, metrics }) => {
    expect(built.problems).toEqual([]);
    expect(print(treeOf(built))).toBe(text);
    expect(built.unit).toBe(unit);
    expect(built.metrics.map(({ name }) => name)).toEqual(metrics);
  });

  test.each(ALL.map((one) => [one.promql, one] as const))('%s is what Prometheus reads', (text, { query: built }) => {
    const { expr, errors } = parse(filled(text));
    expect(errors).toEqual([]);
    expect(expr && print(expr)).toBe(filled(print(treeOf(built))));
  });

  test.each(ALL.map((one) => [one.promql, one] as const))(
    '%s has the unit and the labels that its metrics give it',
    (_, { query: built, unit, labels }) => {
      const { unit: found, problems } = unitOf(treeOf(built), METRICS);
      expect(problems).toEqual([]);
      // A number of standard deviations is a quotient of equals to PromQL; to people it is no share of anything.
      expect([undefined, unit, ...(unit === 'score' ? ['ratio'] : [])]).toContain(found);
      expect(resultLabels(semantics(treeOf(built), { metrics: METRICS })).can).toEqual([...new Set(labels)].toSorted());
    },
  );
});

describe('a selection', () => {
  const rated = (series: Series<'counter', 'count'>): string => print(treeOf(query.rate(series, FIVE)));

  test.each<readonly [string, Series<'counter', 'count'>, string]>([
    ['equality', select(m.requests_total, { route: '/a' }), 'requests_total{job="api", route="/a"}'],
    ['a pattern', select(m.requests_total, { status: matches('5..') }), 'requests_total{job="api", status=~"5.."}'],
    [
      'a pattern that must not match',
      select(m.requests_total, { status: notMatches('5..') }),
      'requests_total{job="api", status!~"5.."}',
    ],
    ['another value', select(m.requests_total, { method: not('GET') }), 'requests_total{job="api", method!="GET"}'],
    ['a list', select(m.requests_total, { method: ['GET', 'POST'] }), 'requests_total{job="api", method=~"GET|POST"}'],
    ['a list of one', select(m.requests_total, { method: ['GET'] }), 'requests_total{job="api", method="GET"}'],
    [
      'a list with syntax of patterns in it',
      select(m.requests_total, { route: ['/a.b', '/c|d', '/(e)[f]{1}^$*+?\\'] }),
      String.raw`requests_total{job="api", route=~"/a\\.b|/c\\|d|/\\(e\\)\\[f\\]\\{1\\}\\^\\$\\*\\+\\?\\\\"}`,
    ],
    [
      'quotes, line feeds and other alphabets',
      select(m.requests_total, { route: 'say "hi"\n\\ü' }),
      String.raw`requests_total{job="api", route="say \"hi\"\n\\ü"}`,
    ],
    ['nothing', select(m.requests_total, { route: undefined as never }), 'requests_total{job="api"}'],
    [
      'a target label',
      select(m.requests_total, { instance: matches('10\\..*') }),
      String.raw`requests_total{job="api", instance=~"10\\..*"}`,
    ],
    [
      'a job of its own, which replaces the declared one',
      select(m.requests_total, { job: 'canary' }),
      'requests_total{job="canary"}',
    ],
    [
      'a selection once more',
      select(select(m.requests_total, { route: '/a' }), { method: 'GET' }),
      'requests_total{job="api", route="/a", method="GET"}',
    ],
    [
      'the number of observations',
      query.observations(select(m.duration_seconds, { route: '/a' })),
      'duration_seconds_count{job="api", route="/a"}',
    ],
    [
      'the buckets',
      select(query.buckets(m.duration_seconds), { le: '0.1' }),
      'duration_seconds_bucket{job="api", le="0.1"}',
    ],
  ])('with %s', (_, series, selector) => {
    expect(rated(series)).toBe(`rate(${selector}[5m])`);
    expect(parse(rated(series)).errors).toEqual([]);
  });

  test('leaves what it is made of as it is', () => {
    const all = select(m.requests_total, { route: '/a' });
    select(all, { method: 'GET' });
    expect(all.matchers).toHaveLength(1);
  });
});

describe('a free expression', () => {
  const text = (built: Query): string =>
    built.expr ? print(built.expr) : built.problems.map(({ message }) => message).join('; ');

  test.each<readonly [string, Query, string]>([
    ['a metric', promql('per_second')`sum(rate(${m.errors_total}[5m]))`, 'sum(rate(errors_total{job="api"}[5m]))'],
    [
      'a selection',
      promql('count')`sum(${select(m.queue_depth, { queue: 'mail' })})`,
      'sum(queue_depth{job="api", queue="mail"})',
    ],
    [
      'a duration',
      promql('per_second')`rate(${m.errors_total}[${minutes(90)}])`,
      'rate(errors_total{job="api"}[1h30m])',
    ],
    [
      'milliseconds',
      promql('per_second')`rate(${m.errors_total}[${ms(1500)}])`,
      'rate(errors_total{job="api"}[1s500ms])',
    ],
    [
      'a query, which keeps its order of evaluation',
      promql('count')`2 * ${query.add(m.queue_depth, m.queue_depth)}`,
      '2 * (queue_depth{job="api"} + queue_depth{job="api"})',
    ],
    [
      'a query as an argument, without parentheses',
      promql('count')`max(${query.sum(m.queue_depth)})`,
      'max(sum(queue_depth{job="api"}))',
    ],
    ['a number', promql('count')`${m.queue_depth} > ${1.5}`, 'queue_depth{job="api"} > 1.5'],
    [
      'a negative number, as one operand',
      promql('count')`${-2} ^ 2 * ${m.queue_depth}`,
      '(-2) ^ 2 * queue_depth{job="api"}',
    ],
    ['no number', promql('count')`${m.queue_depth} < ${Number.POSITIVE_INFINITY}`, 'queue_depth{job="api"} < Inf'],
    [
      'the rate interval',
      promql('per_second')`rate(${m.errors_total}[${rateInterval}])`,
      'rate(errors_total{job="api"}[$__rate_interval])',
    ],
    [
      'the rate interval in a subquery',
      promql('count')`max_over_time(${m.queue_depth}[${rateInterval}:1m])`,
      'max_over_time(queue_depth{job="api"}[$__rate_interval:1m])',
    ],
    [
      'a query with the rate interval',
      promql('per_second')`sum(${query.rate(m.errors_total, rateInterval)})`,
      'sum(rate(errors_total{job="api"}[$__rate_interval]))',
    ],
    [
      'a backslash of PromQL',
      promql('count')`sum(queue_depth{queue=~"\\d+"})`,
      String.raw`sum(queue_depth{queue=~"\\d+"})`,
    ],
    ['a backquote', promql('count')`sum(queue_depth{queue=~\`\d+\`})`, String.raw`sum(queue_depth{queue=~"\\d+"})`],
    [
      'a dollar',
      promql('count')`label_replace(${m.queue_depth}, "a", "\${1}", "queue", "(.*)")`,
      'label_replace(queue_depth{job="api"}, "a", "${1}", "queue", "(.*)")',
    ],
    [
      'buckets',
      promql(
        'ratio',
      )`sum(rate(${select(query.buckets(m.duration_seconds), { le: '0.1' })}[5m])) / sum(rate(${query.observations(m.duration_seconds)}[5m]))`,
      'sum(rate(duration_seconds_bucket{job="api", le="0.1"}[5m])) / sum(rate(duration_seconds_count{job="api"}[5m]))',
    ],
  ])('takes %s', (_, built, expected) => {
    expect(text(built)).toBe(expected);
  });

  test('declares the metrics that it interpolates, each once, through queries too', () => {
    const built = promql(
      'ratio',
    )`${query.sum(query.rate(m.errors_total, FIVE))} / sum(rate(${m.requests_total}[5m])) + 0 * sum(rate(${m.errors_total}[5m]))`;
    expect(built.metrics.map(({ name }) => name)).toEqual(['errors_total', 'requests_total']);
    expect(built).toMatchObject({ unit: 'ratio', dimension: 'ratio' });
  });

  test.each<readonly [string, Query, readonly string[]]>([
    ['says what does not parse, and where', promql('count')`sum(${m.queue_depth}`, ['unclosed left parenthesis']],
    [
      'shows the variable in its place',
      promql('count')`rate(${m.errors_total}[${rateInterval}]`,
      ['unclosed left parenthesis'],
    ],
    ['refuses an escape that PromQL does not know', promql('count')`x{a="\d"}`, ["unknown escape sequence U+0064 'd'"]],
    ['refuses nothing at all', promql('count')``, ['no expression found in input']],
  ])('%s', (_, { expr, problems }, messages) => {
    expect(expr).toBeUndefined();
    expect(problems.map(({ message }) => message)).toEqual(expect.arrayContaining([...messages]));
    for (const { at } of problems) {
      expect(at?.text).not.toContain('299793');
      expect(at?.from).toBeLessThanOrEqual(at?.text.length ?? -1);
      expect(at?.to).toBeLessThanOrEqual(at?.text.length ?? -1);
    }
  });

  test('points at the place behind an interpolated variable', () => {
    const [problem] = promql('count')`rate(${m.errors_total}[${rateInterval}]) + %`.problems;
    const { text: shown = '', from = 0 } = problem?.at ?? {};
    expect(shown).toBe('rate(errors_total{job="api"}[$__rate_interval]) + %');
    expect(shown.slice(from)).toBe('%');
  });
});

describe('a mistake', () => {
  const bad = promql('count')`sum(`;
  const lost = select(m.requests_total, { status: matches('(') });

  test.each<readonly [string, () => Query, string]>([
    [
      'a window that is too short',
      () => query.rate(m.errors_total, ms(0.2)),
      'a window is a whole number of milliseconds above zero: minutes(5), not 0.2 milliseconds',
    ],
    [
      'a window that is negative',
      () => query.increase(m.errors_total, seconds(-1)),
      'a window is a whole number of milliseconds above zero: minutes(5), not -1 seconds',
    ],
    [
      'a window that is no number',
      () => query.delta(m.lag_seconds, seconds(Number.NaN)),
      'a window is a whole number of milliseconds above zero: minutes(5), not NaN seconds',
    ],
    [
      'a window that is no time',
      () => query.rate(m.errors_total, bytes(5) as never),
      'a window is a whole number of milliseconds above zero: minutes(5), not 5 bytes',
    ],
    [
      'a window that is missing',
      () => query.rate(m.errors_total, undefined as never),
      'a window is a whole number of milliseconds above zero: minutes(5), not undefined',
    ],
    [
      'a floor of another dimension',
      () => query.deviations(m.lag_seconds, { over: hours(1), every: minutes(1), floor: bytes(1) as never }),
      'the floor is a quantity of time above zero, not a quantity of data',
    ],
    [
      'a floor that is none',
      () => query.deviations(m.lag_seconds, { over: hours(1), every: minutes(1), floor: seconds(0) }),
      'the floor is a quantity of time above zero, not a quantity of time',
    ],
    [
      'a history without steps',
      () => query.deviations(m.lag_seconds, { over: hours(1), every: seconds(0), floor: seconds(1) }),
      'a window is a whole number of milliseconds above zero: minutes(5), not 0 seconds',
    ],
    [
      'deviations of a counter',
      () => query.deviations(m.errors_total as never, { over: hours(1), every: minutes(1), floor: count(1) as never }),
      'query.deviations works on queries and gauges, not on the counter errors_total; wrap it in query.rate(...), query.quantile(...) or another function',
    ],
    [
      'a time back that is negative',
      () => query.ago(m.lag_seconds, hours(-1)),
      'a window is a whole number of milliseconds above zero: minutes(5), not -3600 seconds',
    ],
    [
      'a quantile in percent',
      () => query.quantile(95, m.duration_seconds, { over: FIVE }),
      'a quantile lies between 0 and 1, not at 95',
    ],
    [
      'a pattern that does not compile',
      () => query.rate(lost, FIVE),
      'the pattern "(" for the label "status" does not compile: error parsing regexp: missing closing ): `(`',
    ],
    [
      'a pattern of JavaScript only',
      () => query.rate(select(m.errors_total, { route: matches('(?=a)') }), FIVE),
      'the pattern "(?=a)" for the label "route" does not compile: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    [
      'an empty list',
      () => query.rate(select(m.requests_total, { method: [] }), FIVE),
      'the list of values for the label "method" is empty: nothing could match',
    ],
    [
      'a label without a name',
      () => query.rate(select(m.requests_total, { '': 'x' } as never), FIVE),
      'a label has no name',
    ],
    [
      'the metric name as a label',
      () => query.rate(select(m.requests_total, { __name__: 'x' } as never), FIVE),
      '"__name__" is the name of the metric, and that is set already',
    ],
    [
      'a label value that is no text',
      () => query.rate(select(m.requests_total, { status: 500 } as never), FIVE),
      'the label "status" is matched with text, a list, matches(), not() or notMatches(), not with 500',
    ],
    ['grouping by nothing', () => query.sum(m.queue_depth, { by: ['' as never] }), 'a label has no name'],
    [
      'two ways of pairing',
      () => query.divide(m.lag_seconds, m.lag_seconds, { on: ['job'], ignoring: ['instance'] } as never),
      'series are paired with `on` or with `ignoring`, not with both',
    ],
    [
      'labels from the right without pairing',
      () => query.add(m.lag_seconds, m.lag_seconds, { groupLeft: ['job'] } as never),
      '`groupLeft` needs `on` or `ignoring`',
    ],
    [
      'a label that is paired on and comes over',
      () => query.add(m.lag_seconds, m.lag_seconds, { on: ['job'], groupLeft: ['job'] }),
      'the label "job" is in `on` and in `groupLeft`',
    ],
    [
      'a factor that is no number',
      () => query.multiply(m.lag_seconds, Number.NaN),
      'a factor is a finite number, not NaN',
    ],
    [
      'a limit in another unit',
      () => query.only(m.lag_seconds, '>', bytes(1) as never),
      'the query is in time, and it is compared with a quantity of data',
    ],
    [
      'units whose quotient there is not',
      () => query.divide(m.memory_bytes, m.frames_per_second as never),
      'bytes divided by per_second is in no unit that there is',
    ],
    [
      'a growth that has no unit',
      () => query.derivative(m.load_ratio as never, FIVE),
      'the gauge load_ratio is in ratio, whose growth per second has no unit',
    ],
    [
      'a gauge where a counter is needed',
      () => query.rate(m.queue_depth as never, FIVE),
      'query.rate works on a counter, not on the gauge queue_depth',
    ],
    [
      'a counter where a value is needed',
      () => query.sum(m.errors_total as never),
      'query.sum works on queries and gauges, not on the counter errors_total; wrap it in query.rate(...), query.quantile(...) or another function',
    ],
    [
      'a metric that is not there',
      () => query.sum(undefined as never),
      'query.sum works on queries and gauges, not on undefined',
    ],
    [
      'a counter that is not there',
      () => query.rate(undefined as never, FIVE),
      'query.rate works on a counter, not on undefined',
    ],
    [
      'a selection of nothing',
      () => query.rate(select(undefined as never, {}) as never, FIVE),
      'select works on a metric, not on undefined',
    ],
    [
      'text in a template',
      () => promql('count')`sum(${'x' as never})`,
      'a promql template takes metrics, selections, queries, durations and numbers, not "x"',
    ],
    [
      'a quantity that is no time in a template',
      () => promql('count')`${m.queue_depth} > ${count(5) as never}`,
      'a promql template takes metrics, selections, queries, durations and numbers, not a quantity of count',
    ],
    [
      'the rate interval as a number',
      () => promql('count')`${m.queue_depth} * ${rateInterval}`,
      'a window that is a variable stands only for a range: [${rateInterval}]',
    ],
    ['a unit that does not exist', () => promql('second' as never)`${m.queue_depth}`, 'there is no unit "second"'],
    ['no job', () => query.up(''), 'query.up takes the name of a job, not ""'],
    [
      'a clock that cannot be turned back',
      () => query.ago(promql('count')`${m.queue_depth} * hour()`, hours(1)),
      'query.ago cannot move hour() back: give it vector(time())',
    ],
  ])('such as %s is kept for the report, and nothing is thrown', (_, make, message) => {
    const built = make();
    expect(built.expr).toBeUndefined();
    expect(built.problems.map((problem) => problem.message)).toContain(message);
  });

  test.each<readonly [string, Query]>([
    ['aggregations', query.maximum(query.sum(bad))],
    ['operators', query.divide(m.queue_depth, bad)],
    ['sets', query.or(bad, m.queue_depth)],
    ['shifts', query.ago(bad, hours(1))],
    ['comparisons', query.only(bad, '>', count(1))],
    ['templates', promql('count')`1 + ${bad}`],
    ['averages of it', query.average(bad)],
  ])('goes through %s', (_, built) => {
    expect(built.expr).toBeUndefined();
    expect(built.problems.map(({ message }) => message)).toContain('unclosed left parenthesis');
  });

  test('keeps the metrics, so that they are checked all the same', () => {
    expect(query.sum(query.rate(lost, FIVE)).metrics.map(({ name }) => name)).toEqual(['requests_total']);
  });
});

describe('an operand', () => {
  test.each<readonly [string, Operand, string]>([
    ['a gauge', m.queue_depth, 'queue_depth{job="api"}'],
    ['a selection', select(m.queue_depth, { queue: 'mail' }), 'queue_depth{job="api", queue="mail"}'],
    ['a query', query.sum(m.queue_depth), 'sum(queue_depth{job="api"})'],
  ])('that is %s is a query', (_, operand, expected) => {
    const built = query.toQuery(operand);
    expect(query.isQuery(built)).toBe(true);
    expect(print(treeOf(built))).toBe(expected);
  });

  test('is told from everything else', () => {
    expect([m.queue_depth, perSecond(1), undefined, 'x', null].map(query.isQuery)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
