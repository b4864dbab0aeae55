/**
 * The typed query builder: PromQL over declared metrics whose metric names, label names and units the TypeScript
 * compiler checks. What comes out is a syntax tree with a unit, never a string.
 */
import type { AggregateOp, BinaryOp, ComparisonOp, Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import type { MetricKind } from '../promql/metrics.ts';
import { transform } from '../promql/walk.ts';
import type { Dimension, UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import type {
  AverageOf,
  DifferenceOf,
  Divisible,
  DivisorOf,
  Growing,
  QuotientOf,
  RateOf,
  Summable,
  SumOf,
} from './dimensions.ts';
import { averageUnit, baseUnit, differenceUnit, inBaseUnit, QUOTIENTS, rateUnit, same, sumUnit } from './dimensions.ts';
import type { LabelInputs } from './metric.ts';
import type { By, DimensionIn, LabelsIn, Operand, Query } from './operand.ts';
import { combine, combineOperands, problemsIn, refuse, toExpr, unitIn, wrongOperand } from './operand.ts';
import type { Duration, Quantity } from './quantities.ts';
import { fromBase, isQuantity, toMilliseconds } from './quantities.ts';
import type { LabelsOf, QueryProblem, Series, TargetLabel, Window } from './series.ts';
import {
  asSelection,
  buckets,
  describe,
  isObject,
  isSeries,
  matrixNode,
  observations,
  problem,
  problemIf,
  selectorNode,
  total,
  windowProblems,
} from './series.ts';

export type { By, DimensionIn, LabelsIn, Operand, Query } from './operand.ts';
export { isQuery, toQuery } from './operand.ts';
export type {
  LabelMatch,
  MatchersOf,
  QueryProblem,
  RateInterval,
  Selection,
  Series,
  SloWindow,
  TargetLabel,
  Window,
} from './series.ts';
export { buckets, matches, not, notMatches, observations, rateInterval, select, total } from './series.ts';
export type { Interpolation } from './template.ts';
export { promql } from './template.ts';

/** A function of some series over a window. */
const overWindow = <D extends Dimension, L extends string>(
  name: string,
  series: Series,
  kinds: readonly MetricKind[],
  window: Window,
  problems: readonly QueryProblem[],
  unitFor: (unit: UnitId) => UnitId,
  make: (range: (series: Series) => Expr) => Expr,
): Query<D, L> => {
  if (!isSeries(series) || !kinds.includes(series.type)) {
    const [lost] = isSeries(series) ? problemsIn(series) : [];
    return refuse(
      'count',
      lost?.message ?? `query.${name} works on a ${kinds.join(' or a ')}, not on ${describe(series)}`,
    );
  }
  const unit = unitFor(unitIn(series));
  return combine(unit, [series], [...windowProblems(window), ...problems], () =>
    make((of) => matrixNode(selectorNode(of), window)),
  );
};

const perSecond =
  <K extends 'counter' | 'gauge'>(name: string, func: 'rate' | 'deriv', kind: K) =>
  <D extends Growing, L extends LabelInputs>(
    series: Series<K, D, L>,
    window: Window,
  ): Query<RateOf<D>, LabelsOf<L>> => {
    const unit = isSeries(series) ? unitIn(series) : 'count';
    const problems = problemIf(
      rateUnit(unit) === undefined,
      () => `${describe(series)} is in ${unit}, whose growth per second has no unit`,
    );
    return overWindow(
      name,
      series,
      [kind],
      window,
      problems,
      () => rateUnit(unit) ?? 'per_second',
      (range) => inBaseUnit(build.call(func, range(series)), unit),
    );
  };

/** The growth of a counter per second, averaged over the window; resets are handled. */
export const rate = perSecond('rate', 'rate', 'counter');

/** The slope of a gauge per second by linear regression over the window. */
export const derivative = perSecond('derivative', 'deriv', 'gauge');

/** The growth of a counter over the window, extrapolated to its ends. */
export const increase = <D extends Dimension, L extends LabelInputs>(
  series: Series<'counter', D, L>,
  window: Window,
): Query<D, LabelsOf<L>> =>
  overWindow('increase', series, ['counter'], window, [], same, (range) => build.call('increase', range(series)));

/** The change of a gauge over the window. */
export const delta = <D extends Exclude<Dimension, 'state'>, L extends LabelInputs>(
  series: Series<'gauge', D, L>,
  window: Window,
): Query<DifferenceOf<D>, LabelsOf<L>> =>
  overWindow('delta', series, ['gauge'], window, [], differenceUnit, (range) => build.call('delta', range(series)));

/** The mean of a gauge over the window; of a state, the share of the time that it was on. */
export const averageOver = <D extends Dimension, L extends LabelInputs>(
  series: Series<'gauge', D, L>,
  window: Window,
): Query<AverageOf<D>, LabelsOf<L>> =>
  overWindow('averageOver', series, ['gauge'], window, [], averageUnit, (range) =>
    build.call('avg_over_time', range(series)),
  );

const extreme =
  (name: string, func: 'max_over_time' | 'min_over_time') =>
  <D extends Dimension, L extends LabelInputs>(series: Series<'gauge', D, L>, window: Window): Query<D, LabelsOf<L>> =>
    overWindow(name, series, ['gauge'], window, [], same, (range) => build.call(func, range(series)));

/** The largest value of a gauge in the window. */
export const maximumOver = extreme('maximumOver', 'max_over_time');
/** The smallest value of a gauge in the window. */
export const minimumOver = extreme('minimumOver', 'min_over_time');

/** The current value of a gauge, as a query. */
export const value = <D extends Dimension, L extends LabelInputs>(
  series: Series<'gauge', D, L>,
): Query<D, LabelsOf<L>> => {
  const wrong = wrongOperand('value', [series]);
  return wrong === undefined
    ? combine(unitIn(series), [series], [], () => selectorNode(series))
    : refuse('count', wrong);
};

const labelProblems = (labels: readonly string[] | undefined): readonly QueryProblem[] =>
  problemIf(labels?.includes('') ?? false, () => 'a label has no name');

const aggregateExpr = (op: AggregateOp, expr: Expr, by: readonly string[] | undefined): Expr =>
  by && by.length > 0 ? build.aggregate(op, expr, { by }) : build.aggregate(op, expr);

const aggregate = <D extends Dimension, B extends string>(
  name: string,
  op: AggregateOp,
  operand: Operand,
  how: Partial<By<B>> | undefined,
  unitFor: (unit: UnitId) => UnitId,
): Query<D, B> =>
  combineOperands(
    name,
    isObject(operand) ? unitFor(unitIn(operand)) : 'count',
    [operand],
    labelProblems(how?.by),
    (expr) => aggregateExpr(op, expr, how?.by),
  );

/** The sum over all series, or one sum for each combination of the labels in `by`. Of states: how many are on. */
export const sum = <T extends Operand<Summable>, const B extends LabelsIn<T> = never>(
  operand: T,
  how?: By<B>,
): Query<SumOf<DimensionIn<T>>, B> => aggregate('sum', 'sum', operand, how, sumUnit);

/** The mean over all series, or by labels. Of states: which share is on. */
export const average = <T extends Operand, const B extends LabelsIn<T> = never>(
  operand: T,
  how?: By<B>,
): Query<AverageOf<DimensionIn<T>>, B> => aggregate('average', 'avg', operand, how, averageUnit);

/** The smallest value of all series, or by labels. */
export const minimum = <T extends Operand, const B extends LabelsIn<T> = never>(
  operand: T,
  how?: By<B>,
): Query<DimensionIn<T>, B> => aggregate('minimum', 'min', operand, how, same);

/** The largest value of all series, or by labels. */
export const maximum = <T extends Operand, const B extends LabelsIn<T> = never>(
  operand: T,
  how?: By<B>,
): Query<DimensionIn<T>, B> => aggregate('maximum', 'max', operand, how, same);

/** The number of series, or of series by labels. */
export const countSeries = <T extends Operand, const B extends LabelsIn<T> = never>(
  operand: T,
  how?: By<B>,
): Query<'count', B> => aggregate('countSeries', 'count', operand, how, () => 'count');

/** Drops the given labels by adding up: `sum without (...)`. */
export const sumWithout = <T extends Operand<Summable>, const W extends LabelsIn<T>>(
  operand: T,
  without: readonly W[],
): Query<SumOf<DimensionIn<T>>, Exclude<LabelsIn<T>, W>> =>
  combineOperands(
    'sumWithout',
    isObject(operand) ? sumUnit(unitIn(operand)) : 'count',
    [operand],
    labelProblems(without),
    (expr) => build.aggregate('sum', expr, { without }),
  );

/**
 * A quantile of a histogram's observations in the window: `histogram_quantile(q, sum by (le, ...) (rate(x_bucket[w])))`.
 * `quantileOf` is between 0 and 1.
 */
export const quantile = <D extends Dimension, L extends LabelInputs, const B extends LabelsOf<L> = never>(
  quantileOf: number,
  series: Series<'histogram', D, L>,
  how: { readonly over: Window } & Partial<By<B>>,
): Query<D, B> =>
  overWindow(
    'quantile',
    series,
    ['histogram'],
    how.over,
    [
      ...problemIf(
        !(quantileOf >= 0 && quantileOf <= 1),
        () => `a quantile lies between 0 and 1, not at ${quantileOf}`,
      ),
      ...labelProblems(how.by),
    ],
    same,
    (range) =>
      build.call(
        'histogram_quantile',
        build.number(quantileOf),
        build.aggregate('sum', build.call('rate', range(buckets(series))), { by: ['le', ...(how.by ?? [])] }),
      ),
  );

/** The mean observation of a histogram or summary in the window. */
export const mean = <D extends Dimension, L extends LabelInputs, const B extends LabelsOf<L> = never>(
  series: Series<'histogram' | 'summary', D, L>,
  how: { readonly over: Window } & Partial<By<B>>,
): Query<D, B> =>
  overWindow('mean', series, ['histogram', 'summary'], how.over, labelProblems(how.by), same, (range) => {
    const part = (of: Series): Expr => aggregateExpr('sum', build.call('rate', range(of)), how.by);
    return build.binary('/', part(total(series)), part(observations(series)));
  });

/** How the series of two sides with the labels `A` and `B` are paired. Without it, on all labels that there are. */
export type Matching<A extends string = string, B extends string = string> = (
  | {
      /** Pair on these labels only. */
      readonly on: readonly (A & B)[];
      readonly ignoring?: never;
    }
  | {
      /** Pair on all labels but these. */
      readonly ignoring: readonly (A | B)[];
      readonly on?: never;
    }
) & {
  /** Several series on the left for one on the right; these labels come over from the right. */
  readonly groupLeft?: readonly B[];
};

/** How the series of two sides are paired where none can come over: `and`, `or`, `unless`. */
export type SetMatching<A extends string = string, B extends string = string> = Matching<A, B> & {
  readonly groupLeft?: never;
};

/** The labels of a result of two sides, the left of which has the labels `A`. */
export type MatchedLabels<A extends string, M> = M extends { readonly groupLeft: readonly (infer G extends string)[] }
  ? A | G
  : M extends { readonly on: readonly (infer O extends string)[] }
    ? O
    : M extends { readonly ignoring: readonly (infer I extends string)[] }
      ? Exclude<A, I>
      : A;

const matchingProblems = (matching: Matching | undefined): readonly QueryProblem[] => {
  if (matching === undefined) return [];
  const { on, ignoring, groupLeft } = matching as {
    readonly [K in 'on' | 'ignoring' | 'groupLeft']?: readonly string[];
  };
  const twice = groupLeft?.find((label) => on?.includes(label));
  return [
    ...labelProblems([...(on ?? []), ...(ignoring ?? []), ...(groupLeft ?? [])]),
    ...problemIf(
      on !== undefined && ignoring !== undefined,
      () => 'series are paired with `on` or with `ignoring`, not with both',
    ),
    ...problemIf(
      groupLeft !== undefined && on === undefined && ignoring === undefined,
      () => '`groupLeft` needs `on` or `ignoring`',
    ),
    ...problemIf(twice !== undefined, () => `the label "${twice}" is in \`on\` and in \`groupLeft\``),
  ];
};

const pair = <D extends Dimension, L extends string>(
  name: string,
  op: BinaryOp,
  unit: UnitId,
  [left, right]: readonly [Operand, Operand],
  matching: Matching | undefined,
  problems: readonly QueryProblem[],
  // Which sides are brought to the base unit first.
  isScaled: readonly [boolean, boolean],
): Query<D, L> =>
  combineOperands(name, unit, [left, right], [...matchingProblems(matching), ...problems], (a, b) =>
    build.binary(op, isScaled[0] ? inBaseUnit(a, left.unit) : a, isScaled[1] ? inBaseUnit(b, right.unit) : b, matching),
  );

/**
 * One query divided by another. The unit follows: equal units give a ratio, bytes per second by events per second give
 * bytes, and so on. A quotient without traffic is NaN, which no comparison is true of; a number above zero divided by
 * zero is infinite, so a divisor that can be zero alone needs `only(divisor, '>', ...)`.
 */
export const divide = <
  A extends Operand<Divisible>,
  B extends Operand<DivisorOf<DimensionIn<A>>>,
  const M extends Matching<LabelsIn<A>, LabelsIn<B>> | undefined = undefined,
>(
  dividend: A,
  divisor: B,
  matching?: M,
): Query<QuotientOf<DimensionIn<A>, DimensionIn<B>>, MatchedLabels<LabelsIn<A>, M>> => {
  const wrong = wrongOperand('divide', [dividend, divisor]);
  if (wrong !== undefined) return refuse('ratio', wrong);
  const [left, right]: readonly [Operand, Operand] = [dividend, divisor];
  const units = [unitIn(left), unitIn(right)] as const;
  const dimensions = [UNITS[units[0]].dimension, UNITS[units[1]].dimension] as const;
  const quotients: Partial<Record<Dimension, Partial<Record<Dimension, Dimension>>>> = QUOTIENTS;
  const dimension = quotients[dimensions[0]]?.[dimensions[1]];
  // A dividend that keeps its dimension keeps its unit; equal units cancel out; everything else is in base units.
  const isKept = dimension === dimensions[0] && dimensions[0] !== dimensions[1];
  const isEqual = units[0] === units[1];
  return pair(
    'divide',
    '/',
    isKept ? units[0] : baseUnit(dimension ?? 'ratio'),
    [left, right],
    matching,
    problemIf(dimension === undefined, () => `${units[0]} divided by ${units[1]} is in no unit that there is`),
    [!isKept && !isEqual, !isEqual],
  );
};

/** Two sides of one dimension: in their unit when it is the same, otherwise both in the base unit. */
const alike = <D extends Dimension, L extends string>(
  name: string,
  op: BinaryOp,
  left: Operand,
  right: Operand,
  matching: Matching | undefined,
  unitFor: (unit: UnitId) => UnitId,
): Query<D, L> => {
  const wrong = wrongOperand(name, [left, right]);
  if (wrong !== undefined) return refuse('count', wrong);
  const isEqual = left.unit === right.unit;
  const unit = unitIn(left);
  return pair(
    name,
    op,
    unitFor(isEqual ? unit : baseUnit(UNITS[unit].dimension)),
    [left, right],
    matching,
    [],
    [!isEqual, !isEqual],
  );
};

/** Two queries of one unit added, series by series. */
export const add = <
  A extends Operand<Summable>,
  B extends Operand<DimensionIn<A>>,
  const M extends Matching<LabelsIn<A>, LabelsIn<B>> | undefined = undefined,
>(
  left: A,
  right: B,
  matching?: M,
): Query<SumOf<DimensionIn<A>>, MatchedLabels<LabelsIn<A>, M>> => alike('add', '+', left, right, matching, sumUnit);

/** One query less another of the same unit, series by series. */
export const subtract = <
  A extends Operand,
  B extends Operand<DimensionIn<A>>,
  const M extends Matching<LabelsIn<A>, LabelsIn<B>> | undefined = undefined,
>(
  left: A,
  right: B,
  matching?: M,
): Query<DifferenceOf<DimensionIn<A>>, MatchedLabels<LabelsIn<A>, M>> =>
  alike('subtract', '-', left, right, matching, differenceUnit);

/** A query times a plain number. */
export const multiply = <T extends Operand<Summable>>(
  operand: T,
  factor: number,
): Query<SumOf<DimensionIn<T>>, LabelsIn<T>> =>
  combineOperands(
    'multiply',
    isObject(operand) ? sumUnit(unitIn(operand)) : 'count',
    [operand],
    problemIf(!Number.isFinite(factor), () => `a factor is a finite number, not ${describe(factor)}`),
    (expr) => build.binary('*', expr, build.number(factor)),
  );

/** Only the series whose value is above (below, ...) a quantity. */
export const only = <T extends Operand>(
  operand: T,
  op: ComparisonOp,
  limit: Quantity<DimensionIn<T>>,
): Query<DimensionIn<T>, LabelsIn<T>> => {
  const wrong = wrongOperand('only', [operand]);
  if (wrong !== undefined) return refuse('count', wrong);
  const unit = unitIn(operand);
  const { dimension } = UNITS[unit];
  const isRight = isQuantity(limit) && limit.dimension === dimension && Number.isFinite(limit.base);
  return combine(
    unit,
    [operand],
    problemIf(!isRight, () => `the query is in ${dimension}, and it is compared with ${describe(limit)}`),
    (expr) => build.binary(op, expr, build.number(fromBase(limit.base, unit))),
  );
};

/** Series of the left side that have a partner on the right. */
export const and = <A extends Operand, B extends Operand>(
  left: A,
  right: B,
  matching?: SetMatching<LabelsIn<A>, LabelsIn<B>>,
): Query<DimensionIn<A>, LabelsIn<A>> =>
  pair('and', 'and', isObject(left) ? unitIn(left) : 'count', [left, right], matching, [], [false, false]);

/** Series of the left side that have no partner on the right. */
export const unless = <A extends Operand, B extends Operand>(
  left: A,
  right: B,
  matching?: SetMatching<LabelsIn<A>, LabelsIn<B>>,
): Query<DimensionIn<A>, LabelsIn<A>> =>
  pair('unless', 'unless', isObject(left) ? unitIn(left) : 'count', [left, right], matching, [], [false, false]);

/** Series of the left side, and those of the right that the left lacks, in one unit. */
export const or = <A extends Operand, B extends Operand<DimensionIn<A>>>(
  left: A,
  right: B,
  matching?: SetMatching<LabelsIn<A>, LabelsIn<B>>,
): Query<DimensionIn<A>, LabelsIn<A> | LabelsIn<B>> => alike('or', 'or', left, right, matching, same);

/**
 * The query, or 0 while it gives nothing: a counter with labels does not exist before the first event. Only for what
 * has no labels, since nobody knows which series a 0 would stand for.
 */
export const orZero = <D extends Dimension>(operand: Query<D, never>): Query<D, never> =>
  combineOperands('orZero', isObject(operand) ? unitIn(operand) : 'count', [operand], [], (expr) =>
    build.binary('or', expr, build.call('vector', build.number(0))),
  );

/** How long ago the moments are that a gauge of Unix seconds holds. */
export const timeSince = <T extends Operand<'timestamp'>>(operand: T): Query<'time', LabelsIn<T>> =>
  combineOperands('timeSince', 'seconds', [operand], [], (expr) => build.binary('-', build.call('time'), expr));

/**
 * How many standard deviations the value is away from its mean over the window, on either side: above 3 it is unlike
 * anything that the window has seen. It takes 11 steps until any value can be: a mean of few says nothing yet.
 */
export const deviations = <T extends Operand<Summable>>(
  operand: T,
  how: {
    readonly over: Duration;
    /** The steps in which the window is looked at. */
    readonly every: Duration;
    /** The least standard deviation: of what is nearly constant, every change would be unlike anything before. */
    readonly floor: Quantity<DimensionIn<T>>;
  },
): Query<'score', LabelsIn<T>> => {
  const wrong = wrongOperand('deviations', [operand]);
  if (wrong !== undefined) return refuse('score', wrong);
  const { over, every, floor } = how;
  const unit = unitIn(operand);
  const { dimension } = UNITS[unit];
  const isRight = isQuantity(floor) && floor.dimension === dimension && Number.isFinite(floor.base) && floor.base > 0;
  return combine(
    'score',
    [operand],
    [
      ...windowProblems(over),
      ...windowProblems(every),
      ...problemIf(!isRight, () => `the floor is a quantity of ${dimension} above zero, not ${describe(floor)}`),
    ],
    (expr) => {
      // Without the steps that have no number (a ratio without traffic): one of them would make the mean none either.
      const numbers = build.binary('>', expr, build.number(-Infinity));
      const history = build.subquery(numbers, toMilliseconds(over), toMilliseconds(every));
      const spread = build.call(
        'clamp_min',
        build.call('stddev_over_time', history),
        build.number(fromBase(floor.base, unit)),
      );
      return build.binary(
        '/',
        build.call('abs', build.binary('-', expr, build.call('avg_over_time', history))),
        spread,
      );
    },
  );
};

/** Functions of the current time that take no argument, besides `time()`. */
const CLOCKS: ReadonlySet<string> = new Set(
  'minute hour day_of_week day_of_month day_of_year days_in_month month year'.split(' '),
);

/** The same query as it was some time ago. */
export const ago = <T extends Operand>(operand: T, time: Duration): Query<DimensionIn<T>, LabelsIn<T>> => {
  const wrong = wrongOperand('ago', [operand]) ?? windowProblems(time)[0]?.message;
  if (wrong !== undefined) return refuse('count', wrong);
  const problems: QueryProblem[] = [];
  const shift = toMilliseconds(time);
  const shiftNode = (node: Expr): Expr => {
    if (node.kind === 'call' && node.func === 'time') return build.binary('-', node, build.number(shift / 1000));
    if (node.kind === 'call' && node.args.length === 0 && CLOCKS.has(node.func)) {
      problems.push(problem(`query.ago cannot move ${node.func}() back: give it vector(time())`));
    }
    // `@` names a moment, which stays what it is.
    if (node.kind !== 'vector' || node.at !== undefined) return node;
    const { offset, ...rest } = node;
    if (offset !== undefined && offset.kind !== 'duration') {
      problems.push(problem('query.ago cannot add to an offset that is computed'));
      return node;
    }
    return build.offset(rest, shift + (offset?.ms ?? 0));
  };
  const expr = toExpr(operand);
  const shifted = expr && transform(expr, shiftNode);
  return combine(unitIn(operand), [operand], problems, (before) => shifted ?? before);
};

/** How much more (below zero: less) there is than some time ago, as a share of what there was then: 0.25 is a quarter more. */
export const changeSince = <T extends Operand<Divisible & Summable>>(
  operand: T,
  time: Duration,
): Query<'ratio', LabelsIn<T>> => {
  const wrong = wrongOperand('changeSince', [operand]);
  if (wrong !== undefined) return refuse('ratio', wrong);
  const before = ago(operand, time);
  const grown = alike('changeSince', '-', operand, before, undefined, differenceUnit);
  return pair('changeSince', '/', 'ratio', [grown, before], undefined, [], [false, false]);
};

/** Whether the targets of a job answer their scrape: 1 for up, 0 for down. */
export const up = (job: string): Query<'state', TargetLabel> =>
  combine(
    'state',
    [],
    problemIf(typeof job !== 'string' || job === '', () => `query.up takes the name of a job, not ${describe(job)}`),
    () => build.selector('up', [build.matcher('job', '=', job)]),
  );

/** 1 when no such series exists at all, else nothing. */
export const absent = <L extends LabelInputs>(
  series: Series<MetricKind, Dimension, L>,
): Query<'state', 'job' | (keyof L & string)> => {
  if (!isSeries(series)) return refuse('state', `query.absent works on a metric, not on ${describe(series)}`);
  const { type, suffix } = asSelection(series);
  // A histogram has no series of its plain name.
  const hasParts = suffix === '' && type === 'histogram';
  const node = selectorNode(hasParts ? { ...asSelection(series), suffix: '_count' } : series);
  return combine('state', [series], [], () => build.call('absent', node));
};
