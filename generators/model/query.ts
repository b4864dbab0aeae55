/**
 * The typed query builder: PromQL over declared metrics whose metric names, label names and units the TypeScript
 * compiler checks. What comes out is a syntax tree with a unit, never a string.
 */
import type {
  AggregateOp,
  ComparisonOp,
  Duration as DurationNode,
  Expr,
  LabelMatcher,
  VectorSelector,
} from '../promql/ast.ts';
import { NO_SPAN } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { parse } from '../promql/index.ts';
import type { MetricKind } from '../promql/metrics.ts';
import { print } from '../promql/print.ts';
import { transform } from '../promql/walk.ts';
import type { Dimension, DimensionOf, UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import type { LabelInput, LabelInputs, LabelPattern, Metric } from './metric.ts';
import type { Duration, Quantity } from './quantities.ts';
import { fromBase, toMilliseconds } from './quantities.ts';

/** The length of a range: a duration, or Grafana's `$__rate_interval` for panels (never for alerts). */
export type Window = Duration | RateInterval;

/** Grafana's `$__rate_interval`: a window that follows the panel's resolution and the scrape interval. */
export interface RateInterval {
  readonly kind: 'rate-interval';
}

/** See {@link RateInterval}. */
export const rateInterval: RateInterval = { kind: 'rate-interval' };

/** A matcher other than equality: what `matches`, `not` and `notMatches` give. */
export interface LabelMatch<V extends string = string> {
  readonly kind: 'label-match';
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: V;
}

/** The label matches an RE2 pattern as a whole: `=~`. */
export const matches = (pattern: string): LabelMatch => ({ kind: 'label-match', op: '=~', value: pattern });
/** The label does not match an RE2 pattern: `!~`. */
export const notMatches = (pattern: string): LabelMatch => ({ kind: 'label-match', op: '!~', value: pattern });
/** The label has another value: `!=`. */
export const not = <const V extends string>(value: V): LabelMatch<V> => ({ kind: 'label-match', op: '!=', value });

type ValueOf<I extends LabelInput> = I extends readonly (infer V extends string)[]
  ? V
  : I extends LabelPattern | 'any'
    ? string
    : never;

/** What a selection may say of the labels of a metric; the values of a closed list are checked. */
export type MatchersOf<L extends LabelInputs> = {
  readonly [K in keyof L]?: ValueOf<L[K]> | readonly ValueOf<L[K]>[] | LabelMatch;
} & { readonly [K in TargetLabel]?: string | readonly string[] | LabelMatch };

/** The labels a scrape adds. */
export type TargetLabel = 'instance' | 'job';

/** Some series of a metric: the metric with label matchers, or one of the series of a histogram or summary. */
export interface Selection<
  K extends MetricKind = MetricKind,
  D extends Dimension = Dimension,
  L extends LabelInputs = LabelInputs,
> {
  readonly kind: 'selection';
  readonly metric: Metric;
  readonly type: K;
  readonly dimension: D;
  readonly unit: UnitId;
  readonly labels: L;
  readonly suffix: '' | '_bucket' | '_count' | '_sum';
  readonly matchers: readonly LabelMatcher[];
}

/** A metric or some of its series. */
export type Series<
  K extends MetricKind = MetricKind,
  D extends Dimension = Dimension,
  L extends LabelInputs = LabelInputs,
> = Metric<string, K, D, L> | Selection<K, D, L>;

/** A PromQL expression that returns an instant vector, with its unit and the labels of its result. */
export interface Query<D extends Dimension = Dimension, L extends string = string> {
  readonly kind: 'query';
  readonly dimension: D;
  readonly unit: UnitId;
  /** Absent when the text of a `promql` template does not parse; `problems` then says why. */
  readonly expr?: Expr;
  readonly problems: readonly QueryProblem[];
  /** The declared metrics that flow in; using one declares it for the system. */
  readonly metrics: readonly Metric[];
  /** Carries the label names on the level of types only. */
  readonly labels?: L;
}

/** A mistake in a free expression, kept for the report. */
export interface QueryProblem {
  readonly text: string;
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

/** What functions on instant vectors take: a query, or the current value of a gauge. */
export type Operand<D extends Dimension = Dimension> = Query<D> | Series<'gauge', D>;

/** The label names of an operand's result. */
export type LabelsIn<T> =
  T extends Query<Dimension, infer L>
    ? L
    : T extends Series<MetricKind, Dimension, infer I>
      ? (keyof I & string) | TargetLabel
      : never;

/** The dimension of an operand's result. */
export type DimensionIn<T> = T extends { readonly dimension: infer D extends Dimension } ? D : never;

/** The dimension of a counter's rate. */
export type RateOf<D extends Dimension> = D extends 'count'
  ? 'frequency'
  : D extends 'data'
    ? 'throughput'
    : D extends 'time'
      ? 'ratio'
      : never;

/** The dimension of a quotient. */
export type QuotientOf<A extends Dimension, B extends Dimension> = [A] extends [B]
  ? 'ratio'
  : B extends 'ratio' | 'count'
    ? A extends 'count'
      ? 'count'
      : A
    : B extends 'frequency'
      ? A extends 'throughput'
        ? 'data'
        : A extends 'ratio'
          ? 'time'
          : never
      : B extends 'time'
        ? RateOf<A>
        : never;

/** How series are put together. */
export type By<L extends string> = { readonly by: readonly L[] };

const durationNode = (window: Window): DurationNode =>
  window.kind === 'rate-interval'
    ? { kind: 'duration', ms: 300_000, variable: '__rate_interval', span: NO_SPAN }
    : { kind: 'duration', ms: toMilliseconds(window), span: NO_SPAN };

const toMatchers = (
  input: Readonly<Record<string, string | readonly string[] | LabelMatch | undefined>>,
): readonly LabelMatcher[] =>
  Object.entries(input)
    .filter((entry): entry is [string, string | readonly string[] | LabelMatch] => entry[1] !== undefined)
    .map(([name, value]) => {
      if (typeof value === 'string') return build.matcher(name, '=', value);
      if ('op' in value) return build.matcher(name, value.op, value.value);
      return build.matcher(name, '=~', value.map(escapeRe2).join('|'));
    });

/** Escapes what RE2 treats as syntax. */
const escapeRe2 = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);

const asSelection = <K extends MetricKind, D extends Dimension, L extends LabelInputs>(
  series: Series<K, D, L>,
): Selection<K, D, L> =>
  series.kind === 'selection'
    ? series
    : {
        kind: 'selection',
        metric: series,
        type: series.type,
        dimension: series.dimension,
        unit: series.unit,
        labels: series.labels,
        suffix: '',
        matchers: [],
      };

/** Two systems may expose metrics of one name, so a selector names the job that this one is declared for. */
const selectorNode = (series: Series, suffix?: '_bucket'): VectorSelector => {
  const { metric, matchers, suffix: own } = asSelection(series);
  const isScoped = matchers.some(({ name }) => name === 'job');
  return build.selector(
    `${metric.name}${suffix ?? own}`,
    isScoped ? matchers : [build.matcher('job', '=', metric.job), ...matchers],
  );
};

const matrixNode = (selector: VectorSelector, window: Window): Expr => ({
  kind: 'matrix',
  selector,
  range: durationNode(window),
  span: NO_SPAN,
});

const toExpr = (operand: Operand): Expr | undefined =>
  operand.kind === 'query' ? operand.expr : selectorNode(operand);

const problemsOf = (...operands: readonly Operand[]): readonly QueryProblem[] =>
  operands.flatMap((operand) => (operand.kind === 'query' ? operand.problems : []));

/** The declared metrics of an operand. */
const metricsIn = (operand: Operand | Series): readonly Metric[] => {
  if (operand.kind === 'query') return operand.metrics;
  return [operand.kind === 'selection' ? operand.metric : operand];
};

const query = <D extends Dimension, L extends string>(
  unit: UnitId,
  expr: Expr | undefined,
  operands: readonly (Operand | Series)[],
  problems: readonly QueryProblem[] = [],
): Query<D, L> => ({
  kind: 'query',
  dimension: UNITS[unit].dimension as D,
  unit,
  ...(expr ? { expr } : {}),
  problems,
  metrics: [...new Set(operands.flatMap(metricsIn))],
});

/** A query over operands; nothing is built when one of them did not parse. */
const combine = <D extends Dimension, L extends string>(
  unit: UnitId,
  operands: readonly Operand[],
  make: (...exprs: Expr[]) => Expr,
): Query<D, L> => {
  const exprs = operands.map(toExpr).filter((expr) => expr !== undefined);
  return query(unit, exprs.length === operands.length ? make(...exprs) : undefined, operands, problemsOf(...operands));
};

/** Some series of a metric: `select(m.http_requests_total, { status: matches('5..') })`. */
export const select = <K extends MetricKind, D extends Dimension, L extends LabelInputs>(
  series: Series<K, D, L>,
  where: MatchersOf<L>,
): Selection<K, D, L> => {
  const base = asSelection(series);
  return { ...base, matchers: [...base.matchers, ...toMatchers(where)] };
};

/** The number of observations of a histogram or summary: its `_count` series, a counter. */
export const observations = <D extends Dimension, L extends LabelInputs>(
  series: Series<'histogram' | 'summary', D, L>,
): Selection<'counter', 'count', L> => ({
  ...asSelection(series),
  type: 'counter',
  dimension: 'count',
  unit: 'count',
  suffix: '_count',
});

/** The sum of the observations of a histogram or summary: its `_sum` series, a counter. */
export const total = <D extends Dimension, L extends LabelInputs>(
  series: Series<'histogram' | 'summary', D, L>,
): Selection<'counter', D, L> => ({
  ...asSelection(series),
  type: 'counter',
  suffix: '_sum',
});

const RATE_UNITS: Partial<Record<Dimension, UnitId>> = { count: 'per_second', data: 'bytes_per_second', time: 'ratio' };

/** `x * factor` when the unit is not the base unit of its dimension, so that what follows is in base units. */
const inBaseUnit = (expr: Expr, unit: UnitId): Expr => {
  const { factor } = UNITS[unit];
  if (factor === 1) return expr;
  return factor < 1
    ? build.binary('/', expr, build.number(Math.round(1 / factor)))
    : build.binary('*', expr, build.number(factor));
};

/** The growth of a counter per second, averaged over the window; resets are handled. */
export const rate = <D extends Dimension, L extends LabelInputs>(
  series: Series<'counter', D, L>,
  window: Window,
): Query<RateOf<D>, (keyof L & string) | TargetLabel> => {
  const unit = RATE_UNITS[series.dimension] ?? 'per_second';
  return query(unit, inBaseUnit(build.call('rate', matrixNode(selectorNode(series), window)), series.unit), [series]);
};

/** The growth of a counter over the window, extrapolated to its ends. */
export const increase = <D extends Dimension, L extends LabelInputs>(
  series: Series<'counter', D, L>,
  window: Window,
): Query<D, (keyof L & string) | TargetLabel> =>
  query(series.unit, build.call('increase', matrixNode(selectorNode(series), window)), [series]);

/** The change of a gauge over the window. */
export const delta = <D extends Dimension, L extends LabelInputs>(
  series: Series<'gauge', D, L>,
  window: Window,
): Query<D, (keyof L & string) | TargetLabel> =>
  query(series.unit, build.call('delta', matrixNode(selectorNode(series), window)), [series]);

/** The slope of a gauge per second by linear regression over the window. */
export const derivative = <D extends Dimension, L extends LabelInputs>(
  series: Series<'gauge', D, L>,
  window: Window,
): Query<RateOf<D>, (keyof L & string) | TargetLabel> =>
  query(
    RATE_UNITS[series.dimension] ?? 'per_second',
    inBaseUnit(build.call('deriv', matrixNode(selectorNode(series), window)), series.unit),
    [series],
  );

const overTime =
  (func: 'avg_over_time' | 'max_over_time' | 'min_over_time') =>
  <D extends Dimension, L extends LabelInputs>(
    series: Series<'gauge', D, L>,
    window: Window,
  ): Query<D, (keyof L & string) | TargetLabel> =>
    query(series.unit, build.call(func, matrixNode(selectorNode(series), window)), [series]);

/** The mean of a gauge over the window. */
export const averageOver = overTime('avg_over_time');
/** The largest value of a gauge in the window. */
export const maximumOver = overTime('max_over_time');
/** The smallest value of a gauge in the window. */
export const minimumOver = overTime('min_over_time');

/** The current value of a gauge, as a query. */
export const value = <D extends Dimension, L extends LabelInputs>(
  series: Series<'gauge', D, L>,
): Query<D, (keyof L & string) | TargetLabel> => query(series.unit, selectorNode(series), [series]);

const aggregateExpr = (op: AggregateOp, expr: Expr, by: readonly string[] | undefined): Expr =>
  by && by.length > 0 ? build.aggregate(op, expr, { by }) : build.aggregate(op, expr);

const aggregation =
  (op: 'sum' | 'avg' | 'min' | 'max') =>
  <T extends Operand, const B extends LabelsIn<T> = never>(operand: T, how?: By<B>): Query<DimensionIn<T>, B> =>
    combine(operand.unit, [operand], (expr) => aggregateExpr(op, expr, how?.by));

/** The sum over all series, or one sum for each combination of the labels in `by`. */
export const sum = aggregation('sum');
/** The mean over all series, or by labels. */
export const average = aggregation('avg');
/** The smallest value of all series, or by labels. */
export const minimum = aggregation('min');
/** The largest value of all series, or by labels. */
export const maximum = aggregation('max');

/** The number of series, or of series by labels. */
export const countSeries = <T extends Operand, const B extends LabelsIn<T> = never>(
  operand: T,
  how?: By<B>,
): Query<'count', B> => combine('count', [operand], (expr) => aggregateExpr('count', expr, how?.by));

/** Drops the given labels by adding up: `sum without (...)`. */
export const sumWithout = <T extends Operand, const W extends LabelsIn<T>>(
  operand: T,
  without: readonly W[],
): Query<DimensionIn<T>, Exclude<LabelsIn<T>, W>> =>
  combine(operand.unit, [operand], (expr) => build.aggregate('sum', expr, { without }));

/**
 * A quantile of a histogram's observations in the window: `histogram_quantile(q, sum by (le, ...) (rate(x_bucket[w])))`.
 * `quantile` is between 0 and 1.
 */
export const quantile = <
  D extends Dimension,
  L extends LabelInputs,
  const B extends (keyof L & string) | TargetLabel = never,
>(
  quantileOf: number,
  series: Series<'histogram', D, L>,
  how: { readonly over: Window } & Partial<By<B>>,
): Query<D, B> =>
  query(
    series.unit,
    build.call(
      'histogram_quantile',
      build.number(quantileOf),
      build.aggregate('sum', build.call('rate', matrixNode(selectorNode(series, '_bucket'), how.over)), {
        by: ['le', ...(how.by ?? [])],
      }),
    ),
    [series],
  );

/** The mean observation of a histogram or summary in the window. */
export const mean = <
  D extends Dimension,
  L extends LabelInputs,
  const B extends (keyof L & string) | TargetLabel = never,
>(
  series: Series<'histogram' | 'summary', D, L>,
  how: { readonly over: Window } & Partial<By<B>>,
): Query<D, B> => {
  const part = (of: Series): Expr =>
    aggregateExpr('sum', build.call('rate', matrixNode(selectorNode(of), how.over)), how.by);
  return query(series.unit, build.binary('/', part(total(series)), part(observations(series))), [series]);
};

/** How the series of two sides are paired. */
export interface Matching<L extends string> {
  /** Pair on these labels only. */
  readonly on?: readonly L[];
  /** Pair on all labels but these. */
  readonly ignoring?: readonly L[];
  /** Several series on the left for one on the right; these labels come over from the right. */
  readonly groupLeft?: readonly string[];
}

const QUOTIENT_UNITS: Partial<Record<`${Dimension}/${Dimension}`, UnitId>> = {
  'throughput/frequency': 'bytes',
  'ratio/frequency': 'seconds',
  'count/time': 'per_second',
  'data/time': 'bytes_per_second',
  'time/time': 'ratio',
};

/**
 * One query divided by another. The unit follows: equal units give a ratio, bytes per second by events per second give
 * bytes, and so on. A quotient without traffic is NaN, which no comparison is true of.
 */
export const divide = <A extends Operand, B extends Operand>(
  dividend: A,
  divisor: B,
  matching?: Matching<LabelsIn<A> & LabelsIn<B>>,
): Query<QuotientOf<DimensionIn<A>, DimensionIn<B>>, LabelsIn<A>> => {
  const same = dividend.dimension === divisor.dimension;
  const unit = same ? 'ratio' : (QUOTIENT_UNITS[`${dividend.dimension}/${divisor.dimension}`] ?? dividend.unit);
  // A dividend that keeps its unit keeps its scale too; otherwise both sides go to base units unless they agree.
  const scaled = dividend.unit !== divisor.unit && unit !== dividend.unit;
  return combine(unit, [dividend, divisor], (left, right) =>
    build.binary(
      '/',
      scaled ? inBaseUnit(left, dividend.unit) : left,
      scaled ? inBaseUnit(right, divisor.unit) : right,
      matching,
    ),
  );
};

const arithmetic =
  (op: '+' | '-') =>
  <A extends Operand, B extends Operand<DimensionIn<A>>>(
    left: A,
    right: B,
    matching?: Matching<LabelsIn<A> & LabelsIn<B>>,
  ): Query<DimensionIn<A>, LabelsIn<A>> =>
    combine(left.unit === right.unit ? left.unit : baseUnit(left.dimension), [left, right], (a, b) =>
      left.unit === right.unit
        ? build.binary(op, a, b, matching)
        : build.binary(op, inBaseUnit(a, left.unit), inBaseUnit(b, right.unit), matching),
    );

const baseUnit = (dimension: Dimension): UnitId =>
  (Object.keys(UNITS) as UnitId[]).find((id) => UNITS[id].dimension === dimension && UNITS[id].factor === 1) ?? 'count';

/** Two queries of one unit added, series by series. */
export const add = arithmetic('+');
/** One query less another of the same unit, series by series. */
export const subtract = arithmetic('-');

/** A query times a plain number. */
export const multiply = <T extends Operand>(operand: T, factor: number): Query<DimensionIn<T>, LabelsIn<T>> =>
  combine(operand.unit, [operand], (expr) => build.binary('*', expr, build.number(factor)));

/** Only the series whose value is above (below, ...) a quantity. */
export const only = <T extends Operand>(
  operand: T,
  op: ComparisonOp,
  limit: Quantity<DimensionIn<T>>,
): Query<DimensionIn<T>, LabelsIn<T>> =>
  combine(operand.unit, [operand], (expr) => build.binary(op, expr, build.number(fromBase(limit.base, operand.unit))));

const setOperation =
  (op: 'and' | 'or' | 'unless') =>
  <A extends Operand, B extends Operand>(
    left: A,
    right: B,
    matching?: Pick<Matching<LabelsIn<A> & LabelsIn<B>>, 'on' | 'ignoring'>,
  ): Query<DimensionIn<A>, LabelsIn<A>> =>
    combine(left.unit, [left, right], (a, b) => build.binary(op, a, b, matching));

/** Series of the left side that have a partner on the right. */
export const and = setOperation('and');
/** Series of the left side, and those of the right that the left lacks. */
export const or = setOperation('or');
/** Series of the left side that have no partner on the right. */
export const unless = setOperation('unless');

/** How long ago the moment is that a gauge of Unix seconds holds. */
export const timeSince = <L extends LabelInputs>(
  series: Series<'gauge', 'timestamp', L>,
): Query<'time', (keyof L & string) | TargetLabel> =>
  query('seconds', build.binary('-', build.call('time'), selectorNode(series)), [series]);

/** The same query as it was some time ago. */
export const ago = <T extends Operand>(operand: T, time: Duration): Query<DimensionIn<T>, LabelsIn<T>> =>
  combine(operand.unit, [operand], (expr) =>
    transform(expr, (node) =>
      node.kind === 'vector'
        ? { ...node, offset: { kind: 'duration', ms: toMilliseconds(time), span: NO_SPAN } }
        : node,
    ),
  );

/** Whether the targets of a job answer their scrape: 1 for up, 0 for down. */
export const up = (job: string): Query<'state', TargetLabel> =>
  query('state', build.selector('up', [build.matcher('job', '=', job)]), []);

/** 1 when no such series exists at all, else nothing. */
export const absent = (series: Series): Query<'state', string> =>
  query('state', build.call('absent', selectorNode(series)), [series]);

/** What a `promql` template may interpolate. */
export type Interpolation = Series | Query | Duration | RateInterval | number;

/**
 * A free PromQL expression: promql('ratio')`sum(rate(${m.errors_total}[${minutes(5)}])) / ...`. Metrics, selections,
 * queries, durations and numbers are put in as syntax, never as text; the whole is parsed at once.
 */
export const promql =
  <const U extends UnitId>(unit: U) =>
  (strings: TemplateStringsArray, ...values: readonly Interpolation[]): Query<DimensionOf<U>, string> => {
    const text = strings.reduce(
      (before, part, index) => before + interpolate(values[index - 1] as Interpolation) + part,
    );
    const { expr, errors } = parse(text);
    const problems = errors.map(({ message, from, to }) => ({ text, message, from, to }));
    const complete = expr && errors.length === 0 ? withRateInterval(expr) : undefined;
    const operands = values.filter(
      (value): value is Series | Query =>
        typeof value === 'object' && value.kind !== 'quantity' && value.kind !== 'rate-interval',
    );
    return query(unit, complete, operands, [...problems, ...values.flatMap(interpolatedProblems)]);
  };

/** Stands for `$__rate_interval` while the text of a template is parsed; no person writes this many milliseconds. */
const RATE_INTERVAL_MARK = 299_793_458;

const withRateInterval = (expr: Expr): Expr =>
  transform(expr, (node) =>
    node.kind === 'matrix' && node.range.kind === 'duration' && node.range.ms === RATE_INTERVAL_MARK
      ? { ...node, range: durationNode(rateInterval) }
      : node,
  );

const interpolatedProblems = (value: Interpolation): readonly QueryProblem[] =>
  typeof value === 'object' && value.kind === 'query' ? value.problems : [];

const interpolate = (value: Interpolation): string => {
  if (typeof value === 'number') return print(build.number(value));
  switch (value.kind) {
    case 'quantity':
      return `${toMilliseconds(value)}ms`;
    case 'rate-interval':
      return `${RATE_INTERVAL_MARK}ms`;
    case 'query':
      return value.expr ? `(${print(value.expr)})` : '(0)';
    default:
      return print(selectorNode(value));
  }
};

/** An operand as a query. */
export const toQuery = (operand: Operand): Query => (operand.kind === 'query' ? operand : value(operand));

/** True for a query, wherever it was made. */
export const isQuery = (value: unknown): value is Query =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'query';
