/** What each function of PromQL does to the facts of its arguments (promql/functions.go). */
import type { Call, ValueType } from '../ast.ts';
import { ALL_FUNCTIONS } from '../functions.ts';
import type { Facts, ValueRange } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import { absentLabels, joinLabels, replaceLabel } from './label-functions.ts';
import { anyLabels, dropLabels, dropName, labelFact, makeFact, reason, withFacts } from './labels.ts';
import {
  absolute,
  ANY_VALUE,
  averageOfMany,
  between,
  canBeInfinite,
  clampRange,
  constantOf,
  constantRange,
  FINITE,
  hasNoNumber,
  mapIncreasing,
  NO_VALUE,
  NON_NEGATIVE,
  quantileOfMany,
  quantileRange,
  spreadOfMany,
  subtract,
  sumOfMany,
  unionRanges,
} from './ranges.ts';
import type { Draft, Scope } from './state.ts';
import {
  atMostSometimes,
  emptied,
  inherit,
  returning,
  scalarDraft,
  unlabelledDraft,
  withoutValueHistory,
} from './state.ts';

type CallRule = (call: Call, args: readonly Facts[], scope: Scope) => Draft;

/** The values of a function's result, from the values of its vector and of its scalars, in the order of the arguments. */
type ValueRule = (value: ValueRange, scalars: readonly ValueRange[]) => ValueRange;

const COUNT: ValueRange = { ...NON_NEGATIVE, integer: true };

const nothingKnown = (call: Call, type: ValueType): Draft => ({
  type,
  labels: anyLabels(reason('undeclared-metric', call.func, call.span)),
  value: ANY_VALUE,
  samples: 'either',
  returns: 'sometimes',
  conditional: false,
});

const vectorOf = (args: readonly Facts[]): Facts | undefined =>
  args.find(({ type }) => type === 'vector' || type === 'matrix');

const scalarsOf = (args: readonly Facts[]): readonly ValueRange[] =>
  args.filter(({ type }) => type === 'scalar').map(({ value }) => value);

const dropNameFor = (call: Call, facts: Facts): Draft['labels'] =>
  dropName(facts.labels, reason('function-drops-name', call.func, call.funcSpan));

interface SampleRule {
  /** Which samples it works on; others are left out. */
  readonly takes: 'float' | 'histogram' | 'any';
  /** What comes out: numbers, or what went in. */
  readonly gives: 'float' | 'same';
}

/** Whether anything is left after samples of the wrong type were left out. */
function throughSamples(
  call: Call,
  facts: Facts,
  rule: SampleRule,
  scope: Scope,
): Pick<Draft, 'returns' | 'returnsReason' | 'samples'> {
  const samples = rule.gives === 'float' ? 'float' : rule.takes === 'any' ? facts.samples : rule.takes;
  if (facts.returns === 'never') {
    return { samples, returns: 'never', returnsReason: reason('empty-operand', call.func, facts.expr.span) };
  }
  if (rule.takes !== 'any' && facts.samples !== rule.takes) {
    if (facts.samples === 'either') return { samples, ...atMostSometimes(facts) };
    const why = reason('wrong-sample-type', call.func, call.funcSpan);
    scope.dead({ code: 'no-samples', expr: call, span: call.span, because: [why] });
    return { samples, returns: 'never', returnsReason: why };
  }
  return { samples, ...returning(facts.returns, facts.returnsReason) };
}

/** A function from instant vector to instant vector, one value to one value, that drops the name. */
const each =
  (value: ValueRule, rule: SampleRule = { takes: 'float', gives: 'float' }, keepsCounter = false): CallRule =>
  (call, args, scope) => {
    const facts = vectorOf(args);
    if (facts === undefined) return nothingKnown(call, 'vector');
    const draft = inherit(facts);
    const { cumulative } = facts;
    return {
      ...withoutValueHistory(draft),
      ...(keepsCounter && cumulative && { cumulative }),
      type: 'vector',
      labels: dropNameFor(call, facts),
      value: value(facts.value, scalarsOf(args)),
      ...throughSamples(call, facts, rule, scope),
    };
  };

const FLOATS: SampleRule = { takes: 'float', gives: 'float' };
const ANYTHING: SampleRule = { takes: 'any', gives: 'same' };
const COUNTED: SampleRule = { takes: 'any', gives: 'float' };

/** A function from range vector to instant vector. The window may hold too few samples, so it may return nothing. */
const over =
  (
    value: ValueRule,
    rule: SampleRule,
    options: { readonly keepsName?: boolean; readonly keepsCounter?: boolean } = {},
  ): CallRule =>
  (call, args, scope) => {
    const facts = vectorOf(args);
    if (facts === undefined) return nothingKnown(call, 'vector');
    const draft = each(value, rule, options.keepsCounter)(call, args, scope);
    const { returns, returnsReason, ...rest } = draft;
    return {
      ...rest,
      ...(options.keepsName === true && { labels: facts.labels }),
      ...atMostSometimes({ returns, ...(returnsReason && { returnsReason }) }),
    };
  };

/** A function that changes neither values nor labels. */
const unchanged =
  (rule: SampleRule): CallRule =>
  (call, args, scope) => {
    const facts = vectorOf(args);
    if (facts === undefined) return nothingKnown(call, 'vector');
    return { ...inherit(facts), type: 'vector', ...throughSamples(call, facts, rule, scope) };
  };

/** Part of a date: of the argument's timestamps, or of the evaluation time. */
const datePart =
  (min: number, max: number): CallRule =>
  (call, args, scope) => {
    const value = between(min, max, { integer: true });
    if (args.length === 0) return unlabelledDraft(value, reason('no-labels', call.func, call.span));
    return each(() => value)(call, args, scope);
  };

const scalar =
  (value: (scalars: readonly ValueRange[]) => ValueRange): CallRule =>
  (call, args) =>
    scalarDraft(value(scalarsOf(args)), reason('no-labels', call.func, call.span));

/** Where a function has a result for part of the numbers only, the others give NaN. */
const partial = (range: ValueRange, min: number, max: number, result: ValueRange): ValueRange => ({
  ...result,
  nan: range.nan || range.min < min || range.max > max,
});

const rounded = (value: number): number => Math.floor(value + 0.5);

const round: ValueRule = (range, [nearest]) => {
  const step = nearest === undefined ? 1 : constantOf(nearest);
  if (step === undefined || !(step > 0) || !Number.isFinite(step) || 1 / step === Infinity) return ANY_VALUE;
  const inverse = 1 / step;
  const result = mapIncreasing(range, (value) => Math.floor(value * inverse + 0.5) / inverse, true);
  return step === 1 ? { ...mapIncreasing(range, rounded, true), integer: true } : result;
};

/** Rates and increases of values that are not negative are not negative, resets included. */
const increase: ValueRule = (range) => ({
  ...ANY_VALUE,
  ...(range.min >= 0 && { min: 0 }),
  nan: range.nan || canBeInfinite(range),
});

const difference: ValueRule = (range) => ({ ...ANY_VALUE, nan: range.nan || canBeInfinite(range) });

const sign: ValueRule = (range) => ({
  ...between(range.min < 0 ? -1 : range.min > 0 ? 1 : range.min, range.max > 0 ? 1 : range.max < 0 ? -1 : range.max, {
    integer: true,
  }),
  nan: range.nan,
});

const identity: ValueRule = (value) => value;
const unknown: ValueRule = () => ANY_VALUE;
const withNaN = (range: ValueRange): ValueRange => ({ ...range, nan: true });

const clamp = (call: Call, args: readonly Facts[], scope: Scope, low: ValueRange, high: ValueRange): Draft => {
  const draft = each((value) => clampRange(value, low, high), FLOATS, true)(call, args, scope);
  if (low.min > high.max && !low.nan && !high.nan) {
    const why = reason('parameter', call.func, call.span);
    scope.dead({ code: 'no-samples', expr: call, span: call.span, because: [why] });
    return emptied(draft, why);
  }
  return low.max > high.min ? { ...draft, ...atMostSometimes(draft) } : draft;
};

const UNBOUNDED_BELOW = constantRange(-Infinity);
const UNBOUNDED_ABOVE = constantRange(Infinity);

/** The bounds of the buckets that reach a histogram function, when all of them are known. */
function bucketBounds(facts: Facts): readonly number[] | undefined {
  const { values } = labelFact(facts.labels, 'le');
  const bounds = values?.map((text) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text)));
  return bounds?.every((bound) => !Number.isNaN(bound)) === true ? bounds : undefined;
}

/** `histogram_quantile` interpolates within the buckets: between 0 (or the lowest bound) and the highest finite bound. */
function bucketQuantile(facts: Facts, quantiles: readonly ValueRange[]): ValueRange {
  const finite = facts.samples === 'float' ? bucketBounds(facts)?.filter(Number.isFinite) : undefined;
  if (finite === undefined) return ANY_VALUE;
  const within = finite.length === 0 ? constantRange(NaN) : interpolated(finite);
  return quantiles.map((quantile) => quantileRange(within, quantile)).reduce(unionRanges, NO_VALUE);
}

/**
 * What interpolation between bounds can give, to the last digit. Any two bounds can be neighbours, because buckets can
 * be filtered out; the first bucket starts at 0 if its bound is positive.
 */
function interpolated(bounds: readonly number[]): ValueRange {
  const sorted = [...new Set(bounds)].sort((a, b) => a - b);
  const [lowest = 0] = sorted;
  const starts = lowest > 0 ? [0, ...sorted] : sorted;
  let max = lowest;
  for (const [index, start] of starts.entries()) {
    for (const end of starts.slice(index + 1)) max = Math.max(max, start + (end - start));
  }
  return between(lowest > 0 ? 0 : lowest, Math.max(max, ...sorted), { nan: true });
}

/** A function over classic buckets (told apart by `le`) and native histograms alike. */
const histogram =
  (value: (facts: Facts, scalars: readonly ValueRange[]) => ValueRange): CallRule =>
  (call, args, scope) => {
    const facts = vectorOf(args);
    if (facts === undefined) return nothingKnown(call, 'vector');
    const bucket = labelFact(facts.labels, 'le');
    const labels = dropLabels(dropNameFor(call, facts), ['le'], reason('bucket-label', call.func, call.funcSpan));
    const draft: Draft = {
      ...withoutValueHistory(inherit(facts)),
      type: 'vector',
      labels,
      value: value(facts, scalarsOf(args)),
      samples: 'float',
      ...atMostSometimes(facts),
    };
    if (facts.returns === 'never') return emptied(draft, reason('empty-operand', call.func, facts.expr.span));
    if (facts.samples === 'float' && bucket.presence === 'cannot') {
      scope.dead({ code: 'no-samples', expr: call, span: call.span, because: [bucket.reason] });
      return emptied(draft, bucket.reason);
    }
    return draft;
  };

const histogramFraction = (facts: Facts): ValueRange =>
  facts.samples === 'float' && facts.value.min >= 0 ? { ...between(-1, 1), nan: true, exact: false } : ANY_VALUE;

/** A number as Prometheus writes it into a label of `histogram_quantiles`. */
function openMetricsNumber(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return undefined;
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

const quantiles: CallRule = (call, args, scope) => {
  const draft = histogram(bucketQuantile)(call, args, scope);
  const label = call.args[1]?.kind === 'string' ? call.args[1].value : undefined;
  if (label === undefined) return draft;
  const texts = scalarsOf(args).map((range) => {
    const value = constantOf(range);
    return value === undefined ? undefined : openMetricsNumber(value);
  });
  const values = texts.filter((text) => text !== undefined);
  const why = reason('value-label', call.func, call.span);
  const { single: _, ...rest } = draft;
  return {
    ...rest,
    labels: withFacts(draft.labels, [
      makeFact(label, 'must', why, values.length === texts.length ? values : undefined),
    ]),
  };
};

const absent: CallRule = (call, args, scope) => {
  const facts = args[0];
  const why = reason('absent', call.func, call.funcSpan);
  const draft: Draft = {
    type: 'vector',
    labels: absentLabels(call),
    value: constantRange(1),
    samples: 'float',
    returns: 'sometimes',
    single: true,
    conditional: true,
  };
  if (facts?.returns === 'never') {
    return { ...draft, ...returning('always', reason('empty-operand', call.func, facts.expr.span)) };
  }
  if (facts?.returns === 'always') {
    const because = facts.returnsReason ?? why;
    scope.dead({ code: 'never-absent', expr: call, span: call.span, because: [because] });
    return emptied(draft, reason('always-returns', call.func, because.span));
  }
  return draft;
};

const writesLabels =
  (write: (call: Call, labels: Draft['labels']) => Draft['labels']): CallRule =>
  (call, args) => {
    const facts = vectorOf(args);
    return facts === undefined
      ? nothingKnown(call, 'vector')
      : { ...inherit(facts), labels: write(call, facts.labels) };
  };

/** `info` adds labels of info metrics to a series; labels the series has are not touched. */
const info: CallRule = (call, args) => {
  const facts = args[0];
  if (facts === undefined) return nothingKnown(call, 'vector');
  const why = reason('info', call.func, call.span);
  const selector = call.args[1]?.kind === 'vector' ? call.args[1] : undefined;
  const names = selector?.matchers.map(({ name }) => name).filter((name) => name !== NAME_LABEL) ?? [];
  const addable = names.length > 0 ? names : [...facts.labels.known.keys()].filter((name) => name !== NAME_LABEL);
  const added = addable
    .map((name) => labelFact(facts.labels, name))
    .filter(({ presence }) => presence !== 'must')
    .map(({ name }) => makeFact(name, 'can', why));
  const labels = withFacts(facts.labels, added);
  const opened = names.length === 0 && !facts.labels.open;
  const name = labelFact(facts.labels, NAME_LABEL);
  return {
    ...inherit(facts),
    labels: opened ? { ...withFacts(labels, [name]), open: true, rest: why } : labels,
    ...(selector === undefined ? {} : atMostSometimes(facts)),
  };
};

const toScalar: CallRule = (call, args) => {
  const facts = vectorOf(args);
  const why = reason('no-labels', call.func, call.span);
  if (facts === undefined) return scalarDraft(ANY_VALUE, why);
  if (facts.returns === 'never') return scalarDraft(constantRange(NaN), why);
  const sure = facts.single && facts.returns === 'always' && facts.samples === 'float';
  return scalarDraft(sure ? facts.value : withNaN(facts.value), why);
};

const MATH: Readonly<Record<string, ValueRule>> = {
  abs: absolute,
  ceil: (range) => ({ ...mapIncreasing(range, Math.ceil, true), integer: true }),
  floor: (range) => ({ ...mapIncreasing(range, Math.floor, true), integer: true }),
  round,
  sgn: sign,
  exp: (range) => mapIncreasing(range, Math.exp, false),
  sqrt: (range) =>
    partial(range, 0, Infinity, mapIncreasing(clampRange(range, constantRange(-0), UNBOUNDED_ABOVE), Math.sqrt, true)),
  ln: (range) =>
    partial(range, 0, Infinity, mapIncreasing(clampRange(range, constantRange(0), UNBOUNDED_ABOVE), Math.log, false)),
  log2: (range) =>
    partial(range, 0, Infinity, mapIncreasing(clampRange(range, constantRange(0), UNBOUNDED_ABOVE), Math.log2, false)),
  log10: (range) =>
    partial(range, 0, Infinity, mapIncreasing(clampRange(range, constantRange(0), UNBOUNDED_ABOVE), Math.log10, false)),
  sin: (range) => ({ ...between(-1, 1), nan: range.nan || canBeInfinite(range) }),
  cos: (range) => ({ ...between(-1, 1), nan: range.nan || canBeInfinite(range) }),
  tan: unknown,
  asin: (range) => partial(range, -1, 1, between(-Math.PI / 2, Math.PI / 2, { exact: false })),
  acos: (range) => partial(range, -1, 1, between(0, Math.PI, { exact: false })),
  atan: (range) => ({ ...between(-Math.PI / 2, Math.PI / 2, { exact: false }), nan: range.nan }),
  sinh: (range) => mapIncreasing(range, Math.sinh, false),
  cosh: (range) => ({ ...between(1, Infinity, { exact: false }), nan: range.nan }),
  tanh: (range) => ({ ...between(-1, 1), nan: range.nan }),
  asinh: (range) => mapIncreasing(range, Math.asinh, false),
  acosh: (range) => partial(range, 1, Infinity, between(0, Infinity, { exact: false })),
  atanh: (range) => partial(range, -1, 1, ANY_VALUE),
  rad: (range) => mapIncreasing(range, (value) => (value * Math.PI) / 180, false),
  deg: (range) => mapIncreasing(range, (value) => (value * 180) / Math.PI, false),
};

const KEEPS_COUNTER = new Set(['abs', 'ceil', 'floor', 'round']);

const RULES: ReadonlyMap<string, CallRule> = new Map<string, CallRule>([
  ...Object.entries(MATH).map(([name, rule]): [string, CallRule] => [
    name,
    each(rule, FLOATS, KEEPS_COUNTER.has(name)),
  ]),

  ['rate', over(increase, ANYTHING)],
  ['irate', over(increase, ANYTHING)],
  ['increase', over(increase, ANYTHING)],
  ['delta', over(difference, ANYTHING)],
  ['idelta', over((range) => subtract(range, range), ANYTHING)],
  ['deriv', over(difference, FLOATS)],
  ['predict_linear', over(unknown, FLOATS)],
  ['double_exponential_smoothing', over(unknown, FLOATS)],
  ['holt_winters', over(unknown, FLOATS)],
  ['changes', over(() => COUNT, COUNTED)],
  ['resets', over(() => COUNT, COUNTED)],
  ['count_over_time', over(() => ({ ...COUNT, min: 1 }), COUNTED)],
  ['present_over_time', over(() => constantRange(1), COUNTED)],
  ['avg_over_time', over(averageOfMany, ANYTHING, { keepsCounter: true })],
  ['sum_over_time', over(sumOfMany, ANYTHING, { keepsCounter: true })],
  ['min_over_time', over(identity, FLOATS, { keepsCounter: true })],
  ['max_over_time', over(identity, FLOATS, { keepsCounter: true })],
  ['last_over_time', over(identity, ANYTHING, { keepsCounter: true, keepsName: true })],
  ['first_over_time', over(identity, ANYTHING, { keepsCounter: true, keepsName: true })],
  ['stddev_over_time', over(spreadOfMany, FLOATS)],
  ['stdvar_over_time', over(spreadOfMany, FLOATS)],
  ['mad_over_time', over(spreadOfMany, FLOATS)],
  [
    'quantile_over_time',
    over((range, [phi = ANY_VALUE]) => quantileOfMany(range, phi), FLOATS, { keepsCounter: true }),
  ],
  ['ts_of_first_over_time', over(() => FINITE, COUNTED)],
  ['ts_of_last_over_time', over(() => FINITE, COUNTED)],
  ['ts_of_max_over_time', over(() => FINITE, FLOATS)],
  ['ts_of_min_over_time', over(() => FINITE, FLOATS)],

  ['clamp', (call, args, scope) => clamp(call, args, scope, args[1]?.value ?? ANY_VALUE, args[2]?.value ?? ANY_VALUE)],
  ['clamp_min', (call, args, scope) => clamp(call, args, scope, args[1]?.value ?? ANY_VALUE, UNBOUNDED_ABOVE)],
  ['clamp_max', (call, args, scope) => clamp(call, args, scope, UNBOUNDED_BELOW, args[1]?.value ?? ANY_VALUE)],

  ['histogram_quantile', histogram(bucketQuantile)],
  ['histogram_quantiles', quantiles],
  ['histogram_fraction', histogram(histogramFraction)],
  ...['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar'].map(
    (name): [string, CallRule] => [name, each(unknown, { takes: 'histogram', gives: 'float' })],
  ),

  ['absent', absent],
  ['absent_over_time', absent],
  ['label_replace', writesLabels(replaceLabel)],
  ['label_join', writesLabels(joinLabels)],
  ['info', info],
  ['sort', unchanged(FLOATS)],
  ['sort_desc', unchanged(FLOATS)],
  ['sort_by_label', unchanged(ANYTHING)],
  ['sort_by_label_desc', unchanged(ANYTHING)],

  ['scalar', toScalar],
  ['vector', (call, args) => unlabelledDraft(args[0]?.value ?? ANY_VALUE, reason('no-labels', 'vector', call.span))],
  ['pi', scalar(() => constantRange(Math.PI))],
  ['time', scalar(() => FINITE)],
  ['start', scalar(() => FINITE)],
  ['end', scalar(() => FINITE)],
  ['step', scalar(() => NON_NEGATIVE)],
  ['range', scalar(() => NON_NEGATIVE)],
  ['max_of', scalar(([a = ANY_VALUE, b = ANY_VALUE]) => extremeOf(a, b, Math.max))],
  ['min_of', scalar(([a = ANY_VALUE, b = ANY_VALUE]) => extremeOf(a, b, Math.min))],
  ['timestamp', each(() => FINITE, COUNTED)],
  ['start_timestamp', (call, args, scope) => over(() => FINITE, COUNTED)(call, args, scope)],

  ['day_of_month', datePart(1, 31)],
  ['day_of_week', datePart(0, 6)],
  ['day_of_year', datePart(1, 366)],
  ['days_in_month', datePart(28, 31)],
  ['hour', datePart(0, 23)],
  ['minute', datePart(0, 59)],
  ['month', datePart(1, 12)],
  ['year', datePart(-Infinity, Infinity)],
]);

function extremeOf(a: ValueRange, b: ValueRange, pick: (x: number, y: number) => number): ValueRange {
  const nan = a.nan || b.nan;
  if (hasNoNumber(a) || hasNoNumber(b)) return { ...unionRanges(a, b), nan: true };
  return {
    ...ANY_VALUE,
    min: pick(a.min, b.min),
    max: pick(a.max, b.max),
    nan,
    integer: a.integer && b.integer,
    exact: a.exact && b.exact,
  };
}

/** The facts of a function call. A function nobody knows may do anything. */
export function callDraft(call: Call, args: readonly Facts[], scope: Scope): Draft {
  const rule = RULES.get(call.func);
  if (rule === undefined) return nothingKnown(call, ALL_FUNCTIONS.get(call.func)?.returns ?? 'vector');
  return rule(call, args, scope);
}
