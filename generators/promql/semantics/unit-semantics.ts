/**
 * The unit of an expression, from the declared units of its metrics: a rate takes one power of seconds away, a quotient
 * subtracts powers, a histogram's quantile has the unit of its observations. What is not declared is unknown, and
 * nothing that is unknown is ever a problem.
 */
import type { Aggregate, Binary, BinaryOp, Call, ComparisonOp, Expr, Span, VectorSelector } from '../ast.ts';
import type { MetricTable } from '../metrics.ts';
import type { UnitId } from '../units.ts';
import { UNITS } from '../units.ts';
import { foldExpr } from './fold.ts';
import { resolveMetric } from './metric-series.ts';
import type { QuantityTag, QuantityUnit } from './quantity-units.ts';
import { nameOf, near, normal, ofUnit, samePowers, scaleOf, unitIdOf } from './quantity-units.ts';
import { metricNames } from './selectors.ts';
import { power } from './ranges.ts';

/** Why two units do not go together. */
export interface UnitProblem {
  readonly code:
    /** Seconds and bytes: never comparable. */
    | 'dimension'
    /** Seconds and milliseconds: comparable after a conversion that is missing. */
    | 'scale'
    /** A ratio of 0-1 compared with a number beyond 1. Suspicious, not certain. */
    | 'ratio-as-percent'
    /** A percentage of 0-100 compared with a number below 1. Suspicious, not certain. */
    | 'percent-as-ratio';
  /** One sentence without a full stop: `seconds compared with bytes`. */
  readonly message: string;
  readonly node: Binary;
  readonly left: Span;
  readonly right: Span;
}

/** The unit of an expression, and what is wrong on the way to it. */
export interface UnitResult {
  /** The declared unit it is equal to; absent when it is unknown or none of the table. */
  readonly unit?: UnitId;
  /** Absent when nothing is known, or for a plain number. */
  readonly quantity?: QuantityUnit;
  readonly problems: readonly UnitProblem[];
}

/** What is known of a node's unit while the tree is folded. */
type Measure =
  | { readonly kind: 'unknown' }
  /** A number that a person wrote, or that was computed from such: it has the unit of what it meets. */
  | { readonly kind: 'number'; readonly value?: number }
  | {
      readonly kind: 'quantity';
      readonly unit: QuantityUnit;
      /** Of the observations that a histogram counts. */
      readonly observed?: QuantityUnit;
      /** True for the increase of a counter: things that happened. */
      readonly events?: boolean;
      /** True when a number may have stood for a length of time: `rate(x) * 300`. */
      readonly loose?: boolean;
    };

type Quantity = Extract<Measure, { kind: 'quantity' }>;

const UNKNOWN: Measure = { kind: 'unknown' };
const NUMBER: Measure = { kind: 'number' };

const quantity = (unit: QuantityUnit, rest: Omit<Quantity, 'kind' | 'unit'> = {}): Quantity => ({
  kind: 'quantity',
  unit: normal(unit),
  ...rest,
});

const COUNT = ofUnit('count', false);
const STATE = ofUnit('state', false);
const TIMESTAMP = ofUnit('unix_seconds', false);
const SECONDS = ofUnit('seconds', false);
const SHARE: QuantityUnit = { ...ofUnit('ratio', true) };

/** The unit of an expression over declared metrics. Linear in the number of nodes. */
export function unitOf(root: Expr, metrics: MetricTable): UnitResult {
  const problems: UnitProblem[] = [];
  const report = (problem: UnitProblem): void => void problems.push(problem);
  const results = foldExpr<Measure>(root, (expr, operands) => measure(expr, operands, metrics, report));
  const result = results.get(root);
  if (result?.kind !== 'quantity') return { problems };
  const unit = result.loose === true ? undefined : unitIdOf(result.unit);
  return { ...(unit && { unit }), quantity: result.unit, problems };
}

type Reporter = (problem: UnitProblem) => void;

function measure(expr: Expr, operands: readonly Measure[], metrics: MetricTable, report: Reporter): Measure {
  const [first = UNKNOWN, second = UNKNOWN] = operands;
  switch (expr.kind) {
    case 'number':
      return { kind: 'number', value: expr.value };
    case 'string':
      return UNKNOWN;
    case 'vector':
      return ofSelector(expr, metrics);
    case 'matrix':
    case 'subquery':
    case 'paren':
      return first;
    case 'unary':
      return expr.op === '-' && first.kind === 'number' && first.value !== undefined
        ? { kind: 'number', value: -first.value }
        : first;
    case 'binary':
      return ofBinary(expr, first, second, report);
    case 'aggregate':
      return ofAggregate(expr, first);
    case 'call':
      return ofCall(expr, operands);
  }
}

/** Series that Prometheus itself writes. */
const BUILT_IN: ReadonlyMap<string, QuantityUnit> = new Map([
  ['up', STATE],
  ['scrape_duration_seconds', SECONDS],
  ['scrape_timeout_seconds', SECONDS],
  ['scrape_samples_scraped', COUNT],
  ['scrape_samples_post_metric_relabeling', COUNT],
  ['scrape_series_added', COUNT],
  ['ALERTS', STATE],
  ['ALERTS_FOR_STATE', TIMESTAMP],
]);

function ofSelector(selector: VectorSelector, metrics: MetricTable): Measure {
  const measures = metricNames(selector)?.map((name) => ofMetric(name, metrics)) ?? [];
  const [first = UNKNOWN, ...others] = measures;
  return others.every((other) => sameMeasure(first, other)) ? first : UNKNOWN;
}

function ofMetric(name: string, metrics: MetricTable): Measure {
  const { metric, part } = resolveMetric(name, metrics);
  if (metric === undefined) {
    const builtIn = BUILT_IN.get(name);
    return builtIn === undefined ? UNKNOWN : quantity(builtIn);
  }
  const whole = 1 / UNITS[metric.unit].factor;
  const unit = ofUnit(metric.unit, metric.kind !== 'counter' && (metric.range?.max ?? whole) <= whole);
  switch (part) {
    case 'bucket':
    case 'native':
      return quantity(COUNT, { observed: unit });
    case 'count':
      return quantity(COUNT);
    case 'sum':
      return quantity(withoutShare(unit));
    default:
      return quantity(unit);
  }
}

const sameMeasure = (a: Measure, b: Measure): boolean => {
  if (a.kind !== 'quantity' || b.kind !== 'quantity') return a.kind === b.kind;
  const equal = (x: QuantityUnit | undefined, y: QuantityUnit | undefined): boolean =>
    x === y || (x !== undefined && y !== undefined && samePowers(x, y) && x.tag === y.tag && x.factor === y.factor);
  return equal(a.unit, b.unit) && equal(a.observed, b.observed);
};

function withoutShare({ share: _, ...unit }: QuantityUnit): QuantityUnit {
  return unit;
}

// Functions

const SAME = new Set(
  'abs ceil floor round clamp clamp_min clamp_max sort sort_desc sort_by_label sort_by_label_desc label_replace label_join info scalar vector min_over_time max_over_time last_over_time first_over_time quantile_over_time mad_over_time predict_linear double_exponential_smoothing holt_winters min_of max_of'.split(
    ' ',
  ),
);
const PER_SECOND = new Set(['rate', 'irate', 'deriv']);
const GROWTH = new Set(['increase', 'delta', 'idelta']);
const COUNTS = new Set(['changes', 'resets', 'count_over_time']);
const STATES = new Set(['absent', 'absent_over_time', 'present_over_time']);
const TIMESTAMPS = new Set(
  'time timestamp start_timestamp start end ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time'.split(
    ' ',
  ),
);
const COUNTER_FUNCTIONS = new Set(['rate', 'irate', 'increase']);

/** The argument whose unit the result has: the first one that is no parameter. */
const subjectOf = (call: Call, operands: readonly Measure[]): Measure => {
  switch (call.func) {
    case 'quantile_over_time':
    case 'histogram_quantile':
      return operands[1] ?? UNKNOWN;
    case 'histogram_fraction':
      return operands[2] ?? UNKNOWN;
    case 'min_of':
    case 'max_of':
      return operands.find(({ kind }) => kind === 'quantity') ?? operands[0] ?? UNKNOWN;
    default:
      return operands[0] ?? UNKNOWN;
  }
};

function ofCall(call: Call, operands: readonly Measure[]): Measure {
  const { func } = call;
  if (TIMESTAMPS.has(func)) return quantity(TIMESTAMP);
  if (func === 'pi') return { kind: 'number', value: Math.PI };
  if (func === 'step' || func === 'range') return quantity(SECONDS);
  if (COUNTS.has(func)) return quantity(COUNT);
  if (STATES.has(func)) return quantity(STATE);
  const subject = subjectOf(call, operands);
  if (func === 'vector' || func === 'scalar') return subject;
  if (subject.kind !== 'quantity') return UNKNOWN;
  if (SAME.has(func)) return subject;
  if (PER_SECOND.has(func)) return perSecond(subject, COUNTER_FUNCTIONS.has(func));
  if (GROWTH.has(func)) return growth(subject, COUNTER_FUNCTIONS.has(func));
  switch (func) {
    case 'avg_over_time':
      return average(subject);
    case 'sum_over_time':
      return sum(subject);
    case 'stddev_over_time':
      return spread(subject);
    case 'stdvar_over_time':
      return raise(spread(subject), 2);
    case 'histogram_quantile':
    case 'histogram_quantiles':
      return subject.observed === undefined ? UNKNOWN : quantity(subject.observed);
    case 'histogram_avg':
    case 'histogram_stddev':
      return subject.observed === undefined ? UNKNOWN : spread(quantity(subject.observed));
    case 'histogram_stdvar':
      return subject.observed === undefined ? UNKNOWN : raise(spread(quantity(subject.observed)), 2);
    case 'histogram_count':
      return subject.observed === undefined ? UNKNOWN : quantity(subject.unit, eventsOf(subject));
    case 'histogram_sum':
      return subject.observed === undefined
        ? UNKNOWN
        : product(quantity(subject.unit), quantity(withoutShare(subject.observed)));
    case 'histogram_fraction':
      return quantity(SHARE);
    default:
      return UNKNOWN;
  }
}

const eventsOf = ({ events }: Quantity): Pick<Quantity, 'events'> => (events === undefined ? {} : { events });

/** The change of a timestamp is a length of time; the change of a state is a number of nothing. */
const growth = (subject: Quantity, ofCounter: boolean): Measure => {
  const { unit } = subject;
  if (unit.tag === 'timestamp') return quantity(SECONDS);
  if (unit.tag === 'state') return UNKNOWN;
  return { ...subject, unit: withoutShare(unit), ...(ofCounter && unit.tag === 'count' && { events: true }) };
};

const perSecond = (subject: Quantity, ofCounter: boolean): Measure => {
  const grown = growth(subject, ofCounter);
  if (grown.kind !== 'quantity') return UNKNOWN;
  return { ...grown, unit: normal({ ...grown.unit, seconds: grown.unit.seconds - 1 }) };
};

/** The average of states is the share of those that are on. */
const average = (subject: Quantity): Quantity => (subject.unit.tag === 'state' ? quantity(SHARE) : subject);

/** The sum of states is a number of things; a sum of timestamps means nothing; a sum of shares is no share. */
const sum = (subject: Quantity): Measure => {
  const { unit } = subject;
  if (unit.tag === 'state') return quantity(COUNT);
  if (unit.tag === 'timestamp') return UNKNOWN;
  return { ...subject, unit: withoutShare(unit) };
};

const spread = (subject: Quantity): Measure => {
  const { unit } = subject;
  if (unit.tag === 'timestamp') return quantity(SECONDS);
  if (unit.tag === 'state') return UNKNOWN;
  return quantity(withoutShare(unit));
};

function ofAggregate({ op }: Aggregate, subject: Measure): Measure {
  if (op === 'count' || op === 'count_values') return quantity(COUNT);
  if (op === 'group') return quantity(STATE);
  if (subject.kind !== 'quantity') return subject;
  switch (op) {
    case 'sum':
      return sum(subject);
    case 'avg':
      return average(subject);
    case 'stddev':
      return spread(subject);
    case 'stdvar':
      return raise(spread(subject), 2);
    case 'quantile':
      return subject.unit.tag === 'state' ? UNKNOWN : subject;
    default:
      return subject;
  }
}

// Operators

const VERBS: Partial<Record<BinaryOp, string>> = { '+': 'added to', '-': 'less' };

function ofBinary(node: Binary, left: Measure, right: Measure, report: Reporter): Measure {
  switch (node.op) {
    case 'and':
    case 'unless':
      return left;
    case 'or':
      return union(left, right);
    case '+':
    case '-':
      return additive(node, node.op, left, right, report);
    case '*':
      return product(left, right);
    case '/':
      return quotient(left, right);
    case '%':
      return remainder(left, right);
    case '^':
      return right.kind === 'number' && right.value !== undefined ? raise(left, right.value) : UNKNOWN;
    case 'atan2':
    case '</':
    case '>/':
      return node.op === 'atan2' ? UNKNOWN : left;
    default:
      return comparison(node, node.op, left, right, report);
  }
}

/** Numbers take the unit of the other side, as in `x or vector(0)`. */
const union = (left: Measure, right: Measure): Measure => {
  if (left.kind === 'number') return right.kind === 'number' ? NUMBER : right;
  if (right.kind === 'number') return left;
  return sameMeasure(left, right) ? left : UNKNOWN;
};

const isTag = (measure: Measure, tag: QuantityTag): measure is Quantity =>
  measure.kind === 'quantity' && measure.unit.tag === tag;
const isTime = (measure: Measure): measure is Quantity =>
  measure.kind === 'quantity' && measure.unit.tag === 'none' && measure.unit.seconds === 1 && measure.unit.bytes === 0;

function additive(node: Binary, op: '+' | '-', left: Measure, right: Measure, report: Reporter): Measure {
  if (left.kind === 'number' && right.kind === 'number') return arithmetic(op, left.value, right.value);
  if (left.kind === 'unknown' || right.kind === 'unknown') return UNKNOWN;
  if (left.kind === 'number') return op === '-' && isTag(right, 'timestamp') ? UNKNOWN : right;
  if (right.kind === 'number') return left;
  if (isTag(left, 'timestamp')) {
    if (isTag(right, 'timestamp')) return op === '-' ? quantity(SECONDS) : UNKNOWN;
    if (isTime(right)) return checkPair(node, quantity(SECONDS), right, report) ? left : UNKNOWN;
  } else if (op === '+' && isTag(right, 'timestamp') && isTime(left)) {
    return checkPair(node, left, quantity(SECONDS), report) ? right : UNKNOWN;
  }
  if (!checkPair(node, left, right, report) || !samePowers(left.unit, right.unit)) return UNKNOWN;
  const { unit } = left.unit.factor === undefined ? right : left;
  const events = left.events === true && right.events === true;
  const loose = left.loose === true || right.loose === true;
  // The sum of two states is a number of things, the difference too; two shares add up to more than a whole.
  return quantity(unit.tag === 'state' ? COUNT : withoutShare(unit), {
    ...(events && { events }),
    ...(loose && { loose }),
  });
}

/** What is left over has the unit of both; what is left over of seconds divided by bytes means nothing. */
const remainder = (left: Measure, right: Measure): Measure => {
  if (left.kind !== 'quantity') return UNKNOWN;
  if (right.kind === 'number') return left.loose === true ? UNKNOWN : left;
  return right.kind === 'quantity' && left.unit.factor === right.unit.factor && areCompatible(left, right)
    ? left
    : UNKNOWN;
};

function comparison(node: Binary, op: ComparisonOp, left: Measure, right: Measure, report: Reporter): Measure {
  if (left.kind === 'quantity' && right.kind === 'quantity') checkPair(node, left, right, report);
  if (left.kind === 'quantity' && right.kind === 'number') checkShare(node, op, left.unit, right.value, report);
  if (left.kind === 'number' && right.kind === 'quantity') checkShare(node, op, right.unit, left.value, report);
  if (node.bool === true) return left.kind === 'number' && right.kind === 'number' ? NUMBER : quantity(STATE);
  return left.kind === 'number' ? right : left;
}

/** Reports two quantities that cannot be compared or added; false when it did. */
function checkPair(node: Binary, left: Quantity, right: Quantity, report: Reporter): boolean {
  const verb = VERBS[node.op] ?? 'compared with';
  const problem = (code: UnitProblem['code']): false => {
    const message = `${nameOf(left.unit)} ${verb} ${nameOf(right.unit)}`;
    report({ code, message, node, left: node.left.span, right: node.right.span });
    return false;
  };
  if (!areCompatible(left, right)) return problem('dimension');
  if (left.unit.factor === right.unit.factor) return true;
  const scales = [scaleOf(left.unit), scaleOf(right.unit)];
  if (scales.every((scale) => scale !== undefined) && scales[0] !== scales[1]) return problem('scale');
  return true;
}

function areCompatible(left: Quantity, right: Quantity): boolean {
  const [a, b] = [left.unit, right.unit];
  if (a.bytes !== b.bytes) return false;
  if (a.seconds !== b.seconds) return left.loose === true || right.loose === true;
  if (a.tag === b.tag) return true;
  const tags = new Set([a.tag, b.tag]);
  // A state is 0 or 1, which is a count and a share as well; per second is per second, whatever was counted.
  return (tags.has('state') && (tags.has('count') || tags.has('ratio'))) || (tags.has('none') && tags.has('count'));
}

function checkShare(
  node: Binary,
  op: ComparisonOp,
  unit: QuantityUnit,
  value: number | undefined,
  report: Reporter,
): void {
  if (unit.tag !== 'ratio' || unit.share !== true || value === undefined || op === '!=') return;
  const base = { node, left: node.left.span, right: node.right.span };
  if (unit.factor === 1 && value > 1) {
    report({ ...base, code: 'ratio-as-percent', message: `a ratio between 0 and 1 compared with ${value}` });
  } else if (unit.factor !== undefined && near(unit.factor, 0.01) && value > 0 && value < 1) {
    report({ ...base, code: 'percent-as-ratio', message: `a percentage between 0 and 100 compared with ${value}` });
  }
}

function arithmetic(op: '+' | '-' | '*' | '/', left: number | undefined, right: number | undefined): Measure {
  if (left === undefined || right === undefined) return NUMBER;
  switch (op) {
    case '+':
      return { kind: 'number', value: left + right };
    case '-':
      return { kind: 'number', value: left - right };
    case '*':
      return { kind: 'number', value: left * right };
    case '/':
      return { kind: 'number', value: left / right };
  }
}

/** Numbers that convert between units of one dimension; others change the meaning of a value, nobody knows how. */
const CONVERSIONS: ReadonlySet<number> = new Set([
  60,
  3600,
  86_400,
  604_800,
  8,
  100,
  1000,
  1e6,
  1e9,
  1e12,
  1024,
  1024 ** 2,
  1024 ** 3,
  1024 ** 4,
  1e-3,
  1e-6,
  1e-9,
]);

/** A quantity times a number (`exponent` 1) or divided by one (-1). */
function scaled(subject: Quantity, value: number | undefined, exponent: 1 | -1): Measure {
  if (value === 1) return subject;
  if (subject.unit.tag === 'timestamp' || subject.unit.tag === 'state') return UNKNOWN;
  const known = value !== undefined && CONVERSIONS.has(value);
  const { factor } = subject.unit;
  const converted = known && factor !== undefined ? (exponent === 1 ? factor / value : factor * value) : undefined;
  const percent = value === 100;
  const unit: QuantityUnit = { ...subject.unit, factor: converted };
  const { observed: _, ...rest } = subject;
  return {
    ...rest,
    unit: known && percent ? unit : { ...withoutShare(unit), factor: converted },
    // A rate times a number of seconds is an amount again.
    ...(unit.seconds < 0 && { loose: true }),
  };
}

function product(left: Measure, right: Measure): Measure {
  if (left.kind === 'number' && right.kind === 'number') return arithmetic('*', left.value, right.value);
  if (left.kind === 'unknown' || right.kind === 'unknown') return UNKNOWN;
  if (left.kind === 'number') return right.kind === 'quantity' ? scaled(right, left.value, 1) : UNKNOWN;
  if (right.kind === 'number') return scaled(left, right.value, 1);
  const [a, b] = [left.unit, right.unit];
  // A state of 0 or 1 masks the other side, and so does what says 1 for everything it knows.
  if (a.tag === 'state') return right;
  if (b.tag === 'state') return left;
  const tag = productTag(a.tag, b.tag);
  if (tag === undefined) return UNKNOWN;
  return quantity({ seconds: a.seconds + b.seconds, bytes: a.bytes + b.bytes, tag, factor: times(a.factor, b.factor) });
}

const times = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a * b;

function productTag(a: QuantityTag, b: QuantityTag): QuantityTag | undefined {
  if (a === 'timestamp' || b === 'timestamp') return undefined;
  if (a === 'ratio') return b;
  if (b === 'ratio') return a;
  if (a === 'count') return b;
  if (b === 'count') return a;
  return a === 'none' && b === 'none' ? 'none' : undefined;
}

function quotient(left: Measure, right: Measure): Measure {
  if (left.kind === 'number' && right.kind === 'number') return arithmetic('/', left.value, right.value);
  if (left.kind === 'unknown' || right.kind === 'unknown') return UNKNOWN;
  if (right.kind === 'number') return left.kind === 'quantity' ? scaled(left, right.value, -1) : UNKNOWN;
  if (left.kind === 'number') return inverse(left.value, right);
  const [a, b] = [left.unit, right.unit];
  const seconds = a.seconds - b.seconds;
  const bytes = a.bytes - b.bytes;
  const tag = quotientTag(a.tag, b.tag, seconds);
  if (tag === undefined) return UNKNOWN;
  const factor = a.factor === undefined || b.factor === undefined ? undefined : a.factor / b.factor;
  const share = left.events === true && right.events === true && seconds === 0 && tag === 'ratio';
  const loose = left.loose === true || right.loose === true;
  const counted = tag === 'count' && left.events === true;
  return quantity(
    { seconds, bytes, tag, factor, ...(share && { share }) },
    { ...(loose && !(seconds === 0 && bytes === 0) && { loose }), ...(counted && { events: true }) },
  );
}

function quotientTag(a: QuantityTag, b: QuantityTag, seconds: number): QuantityTag | undefined {
  if (a === 'timestamp' || b === 'timestamp') return undefined;
  if (a === b) {
    // Things per second per thing are things per second; a number of things by their rate is a time.
    if (a === 'count') return seconds === 0 ? 'ratio' : seconds < 0 ? 'count' : 'none';
    return a === 'none' ? 'none' : 'ratio';
  }
  if (b === 'count' || b === 'ratio' || b === 'state') return a === 'ratio' && seconds !== 0 ? 'none' : a;
  if (b === 'none') return a === 'state' || a === 'score' ? undefined : a;
  return undefined;
}

/** A number divided by a quantity: `1 / rate(x)` is the time between two events. */
function inverse(value: number | undefined, right: Quantity): Measure {
  const { seconds, bytes, tag, factor } = right.unit;
  if (tag !== 'none' && tag !== 'ratio' && !(tag === 'count' && seconds !== 0)) return UNKNOWN;
  const sameScale = value === 1 && factor !== undefined;
  return quantity({ seconds: -seconds, bytes: -bytes, tag: 'none', factor: sameScale ? 1 / factor : undefined });
}

function raise(base: Measure, exponent: number): Measure {
  if (base.kind === 'number')
    return base.value === undefined ? NUMBER : { kind: 'number', value: power(base.value, exponent) };
  if (base.kind === 'unknown' || !Number.isInteger(exponent)) return UNKNOWN;
  const { seconds, bytes, tag, factor } = base.unit;
  if (exponent === 1) return base;
  if (tag !== 'none' && tag !== 'ratio') return UNKNOWN;
  return quantity({
    seconds: seconds * exponent,
    bytes: bytes * exponent,
    tag,
    factor: factor === undefined ? undefined : factor ** exponent,
  });
}
