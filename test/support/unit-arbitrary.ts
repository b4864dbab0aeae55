import {
  aggregate,
  binary,
  call,
  matcher,
  number,
  range,
  selector,
  string,
  subquery,
  unary,
} from '../../generators/promql/build.ts';
import type { Expr, VectorSelector } from '../../generators/promql/ast.ts';
import type { MetricFacts, MetricTable } from '../../generators/promql/metrics.ts';
import type { QuantityUnit } from '../../generators/promql/semantics/index.ts';
import { UNITS } from '../../generators/promql/units.ts';
import type { Random, TestSeries } from './semantic-arbitrary.ts';

/*
 * A judge for units: the laws of nature do not depend on the units we write them in. When every time (values, scrape
 * interval, windows), every amount of data and every score is made larger by a factor, the result of a query has to grow
 * by the powers of those factors that its unit says.
 */

/** How much larger each kind of quantity is made. Powers of two keep floating point exact. */
export interface UnitScales {
  readonly time: number;
  readonly data: number;
  readonly score: number;
}

/** Nothing changed. */
export const NO_SCALE: UnitScales = { time: 1, data: 1, score: 1 };

const TARGET = { job: { kind: 'oneOf', values: ['api', 'web'] }, instance: { kind: 'any' } } as const;
const declare = (
  name: string,
  kind: MetricFacts['kind'],
  unit: MetricFacts['unit'],
  extra: Partial<MetricFacts> = {},
): MetricFacts => ({
  name,
  kind,
  unit,
  labels: {},
  targetLabels: TARGET,
  ...extra,
});

const DECLARED: readonly MetricFacts[] = [
  declare('jobs_total', 'counter', 'count'),
  declare('failures_total', 'counter', 'count'),
  declare('cpu_seconds_total', 'counter', 'seconds'),
  declare('sent_bytes_total', 'counter', 'bytes'),
  declare('latency_seconds', 'histogram', 'seconds', { buckets: [0.125, 0.5, 1] }),
  declare('size_bytes', 'summary', 'bytes', { quantiles: [0.5] }),
  declare('wait_milliseconds', 'gauge', 'milliseconds'),
  declare('age_seconds', 'gauge', 'seconds'),
  declare('heap_kibibytes', 'gauge', 'kibibytes'),
  declare('free_bytes', 'gauge', 'bytes'),
  declare('throughput', 'gauge', 'bytes_per_second'),
  declare('arrivals', 'gauge', 'per_second'),
  declare('last_run', 'gauge', 'unix_seconds'),
  declare('hit_ratio', 'gauge', 'ratio'),
  declare('used_percent', 'gauge', 'percent'),
  declare('health', 'gauge', 'score'),
  declare('probe_up', 'gauge', 'state'),
  declare('queue_depth', 'gauge', 'count'),
];

/** The metrics of the generated expressions. */
export const UNIT_METRICS: MetricTable = new Map(DECLARED.map((metric) => [metric.name, metric]));

/** What a value in a unit is multiplied by when its quantities are made larger. */
export const scaleFactor = (
  { seconds, bytes, tag }: Pick<QuantityUnit, 'seconds' | 'bytes' | 'tag'>,
  scales: UnitScales,
): number =>
  scales.time ** (tag === 'timestamp' ? 1 : seconds) * scales.data ** bytes * (tag === 'score' ? scales.score : 1);

const metricScale = ({ unit }: MetricFacts, scales: UnitScales): number => {
  switch (UNITS[unit].dimension) {
    case 'time':
    case 'timestamp':
      return scales.time;
    case 'data':
      return scales.data;
    case 'throughput':
      return scales.data / scales.time;
    case 'frequency':
      return 1 / scales.time;
    case 'score':
      return scales.score;
    default:
      return 1;
  }
};

const SERIES = ['api', 'web'].flatMap((job) => ['h1', 'h2'].map((instance) => ({ job, instance })));

/** The same series for each scale, as long as the choices are the same. */
export function unitSeries(random: Random, steps: number, scales: UnitScales): TestSeries[] {
  const series: TestSeries[] = [];
  for (const metric of DECLARED) {
    const factor = metricScale(metric, scales);
    for (const labels of SERIES) {
      const put = (suffix: string, extra: Record<string, string>, values: readonly number[]): void =>
        void series.push({ name: metric.name + suffix, labels: { ...labels, ...extra }, values });
      const values = Array.from({ length: steps + 1 }, () => random.below(64) + 1);
      const growing = values.map(
        (
          (total) => (value: number) =>
            (total = value === 7 ? 0 : total + value)
        )(0),
      );
      switch (metric.kind) {
        case 'counter':
          put(
            '',
            {},
            growing.map((value) => value * factor),
          );
          break;
        case 'gauge':
          put(
            '',
            {},
            metric.unit === 'state' ? values.map((value) => value % 2) : values.map((value) => (value / 64) * factor),
          );
          break;
        case 'histogram':
        case 'summary':
          for (const bound of metric.buckets ?? [])
            put(
              '_bucket',
              { le: String(bound * factor) },
              growing.map((value) => Math.floor(value * Math.min(bound, 1))),
            );
          if (metric.buckets)
            put(
              '_bucket',
              { le: '+Inf' },
              growing.map((value) => value * 2),
            );
          for (const quantile of metric.quantiles ?? [])
            put(
              '',
              { quantile: String(quantile) },
              values.map((value) => value * factor),
            );
          put(
            '_count',
            {},
            growing.map((value) => value * 2),
          );
          put(
            '_sum',
            {},
            growing.map((value) => value * 1.5 * factor),
          );
      }
    }
  }
  return series;
}

const NAMES = [
  ...DECLARED.filter(({ kind }) => kind === 'counter' || kind === 'gauge').map(({ name }) => name),
  'latency_seconds_count',
  'latency_seconds_sum',
  'size_bytes',
  'size_bytes_sum',
  'size_bytes_count',
];

/** A random expression whose every window is `scales.time` times as long; numbers occur only as factors. */
export function randomUnitExpr(random: Random, depth: number, scales: UnitScales): Expr {
  return vector(depth);

  function minutes(count: number): number {
    return count * 60_000 * scales.time;
  }

  function someSelector(): VectorSelector {
    return selector(random.pick(NAMES), random.chance(0.2) ? [matcher('job', '=', 'api')] : []);
  }

  function vector(left: number): Expr {
    if (left <= 0) return someSelector();
    switch (random.below(14)) {
      case 0:
        return someSelector();
      case 1:
      case 2:
      case 3:
        return overTime(left);
      case 4:
      case 5:
        return grouped(left);
      case 6:
        return call(random.pick(['abs', 'sort', 'timestamp']), vector(left - 1));
      case 7:
        return quantile();
      case 8:
        return binary(
          random.pick(['*', '/'] as const),
          vector(left - 1),
          number(random.pick([2, 60, 1000, 100, 0.25])),
        );
      case 9:
        return random.chance(0.5)
          ? unary('-', vector(left - 1))
          : binary('*', number(random.pick([100, 8])), vector(left - 1));
      case 10:
        return binary('-', random.chance(0.5) ? call('vector', call('time')) : vector(left - 1), vector(left - 1), {});
      default:
        return pair(left);
    }
  }

  function overTime(left: number): Expr {
    const name = random.pick([
      'rate',
      'rate',
      'increase',
      'irate',
      'delta',
      'idelta',
      'deriv',
      'avg_over_time',
      'sum_over_time',
      'min_over_time',
      'max_over_time',
      'last_over_time',
      'stddev_over_time',
      'stdvar_over_time',
      'changes',
      'resets',
      'count_over_time',
      'present_over_time',
      'absent_over_time',
    ] as const);
    const argument = random.chance(0.8)
      ? range(someSelector(), minutes(5))
      : subquery(vector(left - 1), minutes(5), minutes(1));
    return random.chance(0.1) ? call('quantile_over_time', number(0.5), argument) : call(name, argument);
  }

  function grouped(left: number): Expr {
    const op = random.pick([
      'sum',
      'sum',
      'avg',
      'min',
      'max',
      'count',
      'group',
      'stddev',
      'stdvar',
      'topk',
      'quantile',
      'count_values',
    ] as const);
    const by = random.pick([{}, { by: ['job'] }, { by: ['job', 'instance'] }]);
    const operand = vector(left - 1);
    switch (op) {
      case 'topk':
        return aggregate(op, operand, by, number(2));
      case 'quantile':
        return aggregate(op, operand, by, number(random.pick([0, 0.5, 1])));
      case 'count_values':
        return aggregate('count', aggregate(op, operand, by, string('value')), {});
      default:
        return aggregate(op, operand, by);
    }
  }

  function quantile(): Expr {
    const buckets = call(random.pick(['rate', 'increase']), range(selector('latency_seconds_bucket'), minutes(5)));
    return call(
      'histogram_quantile',
      number(random.pick([0.5, 0.9])),
      aggregate('sum', buckets, { by: ['le', 'job'] }),
    );
  }

  function pair(left: number): Expr {
    const op = random.pick(['+', '-', '*', '*', '/', '/', '/', '>', '<=', '==', 'and', 'or', 'unless'] as const);
    const set = op === 'and' || op === 'or' || op === 'unless';
    const a = vector(left - 1);
    const b = random.chance(0.25) ? a : vector(left - 1);
    const sides: readonly [Expr, Expr] = random.chance(0.4)
      ? [aggregate('sum', a, { by: ['job'] }), aggregate('max', b, { by: ['job'] })]
      : [a, b];
    const how = random.pick([
      {},
      {},
      { on: ['job', 'instance'] },
      set ? { on: ['job'] } : { on: ['job'], groupLeft: [] },
    ]);
    return binary(op, ...sides, how);
  }
}
