/**
 * Interval arithmetic over IEEE doubles, as Prometheus computes with them. A bound that comes out of one operation on
 * bounds is safe without widening, because rounding is monotonic. Negative zero matters (it decides the sign of a
 * division by zero): a minimum of `-0` or below says that it can occur, a minimum of `0` that it cannot.
 */
import type { ComparisonOp } from '../ast.ts';
import type { ValueRange } from './facts.ts';

/** Any value at all. */
export const ANY_VALUE: ValueRange = {
  min: -Infinity,
  max: Infinity,
  minOpen: false,
  maxOpen: false,
  nan: true,
  integer: false,
  exact: true,
};

/** No value at all. */
export const NO_VALUE: ValueRange = { ...ANY_VALUE, min: Infinity, max: -Infinity, nan: false };

/** A finite number of any size: never NaN, never infinite. */
export const FINITE: ValueRange = { ...ANY_VALUE, minOpen: true, maxOpen: true, nan: false };

/** A finite number that is not negative. */
export const NON_NEGATIVE: ValueRange = { ...FINITE, min: 0, minOpen: false };

/** 0 or 1. */
export const BOOLEAN: ValueRange = { ...NON_NEGATIVE, max: 1, maxOpen: false, integer: true };

/** A range with some parts named; the rest is closed, whole numbers not promised, no NaN. */
export const between = (min: number, max: number, rest: Partial<ValueRange> = {}): ValueRange =>
  tighten({ ...ANY_VALUE, nan: false, min, max, integer: min === max && Number.isInteger(min), ...rest });

/** The range that holds one number. */
export const constantRange = (value: number): ValueRange =>
  Number.isNaN(value)
    ? { ...NO_VALUE, nan: true }
    : { ...ANY_VALUE, nan: false, min: value, max: value, integer: Number.isInteger(value) };

/** The one number a range holds; `undefined` when it holds several. A zero of either sign is 0. */
export const constantOf = (range: ValueRange): number | undefined => {
  if (hasNoNumber(range)) return range.nan ? NaN : undefined;
  return range.min === range.max && !range.nan && range.exact ? range.max : undefined;
};

/** False where a constant zero can have either sign, which decides the sign of what is infinite. */
const hasOneZero = (range: ValueRange): boolean => range.min !== 0 || Object.is(range.min, range.max);

/** True when no number, NaN aside, is in the range. */
export const hasNoNumber = (range: ValueRange): boolean =>
  range.min > range.max || (range.min === range.max && (range.minOpen || range.maxOpen));

/** True when the range can hold zero. */
export const canBeZero = (range: ValueRange): boolean => contains(range, 0);

/** True when the range can hold positive or negative infinity. */
export const canBeInfinite = (range: ValueRange): boolean => contains(range, Infinity) || contains(range, -Infinity);

/** True when a number is in the range. */
export const contains = (range: ValueRange, value: number): boolean => {
  if (Number.isNaN(value)) return range.nan;
  if (range.integer && Number.isFinite(value) && !Number.isInteger(value)) return false;
  return (
    (value > range.min || (value === range.min && !range.minOpen)) &&
    (value < range.max || (value === range.max && !range.maxOpen))
  );
};

/** Whole numbers never lie on an open bound, so the bound moves to the next one. */
function tighten(range: ValueRange): ValueRange {
  if (!range.integer) return range;
  let { min, max, minOpen, maxOpen } = range;
  if (Number.isFinite(min)) {
    const next = minOpen && Number.isInteger(min) && Math.abs(min) < 2 ** 53 ? min + 1 : Math.ceil(min);
    min = next === 0 && isNegative(min) ? -0 : next;
    minOpen = false;
  }
  if (Number.isFinite(max)) {
    max = maxOpen && Number.isInteger(max) && Math.abs(max) < 2 ** 53 ? max - 1 : Math.floor(max);
    maxOpen = false;
  }
  return { ...range, min, max, minOpen, maxOpen };
}

const bothExact = (a: ValueRange, b: ValueRange): boolean => a.exact && b.exact;

/** The smallest range around both. */
export function unionRanges(a: ValueRange, b: ValueRange): ValueRange {
  if (a === b) return a;
  const nan = a.nan || b.nan;
  if (hasNoNumber(a)) return { ...b, nan };
  if (hasNoNumber(b)) return { ...a, nan };
  return {
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    minOpen: (a.minOpen || a.min > b.min) && (b.minOpen || b.min > a.min),
    maxOpen: (a.maxOpen || a.max < b.max) && (b.maxOpen || b.max < a.max),
    nan,
    integer: a.integer && b.integer,
    exact: bothExact(a, b),
  };
}

/** The range of `-x`. */
export const negate = (range: ValueRange): ValueRange => ({
  ...range,
  min: -range.max,
  max: -range.min,
  minOpen: range.maxOpen,
  maxOpen: range.minOpen,
});

/** The closed range around the results at the corners; a corner without a result (0 x infinity) does not count. */
function corners(values: readonly number[], nan: boolean, integer: boolean, exact: boolean): ValueRange {
  const numbers = values.filter((value) => !Number.isNaN(value));
  if (numbers.length === 0) return { ...NO_VALUE, nan };
  return { ...ANY_VALUE, min: Math.min(...numbers), max: Math.max(...numbers), nan, integer, exact };
}

const EMPTY_RESULT = (a: ValueRange, b: ValueRange): ValueRange => ({ ...NO_VALUE, nan: a.nan || b.nan });

/** The range of `a + b`. */
export function add(a: ValueRange, b: ValueRange): ValueRange {
  if (hasNoNumber(a) || hasNoNumber(b)) return EMPTY_RESULT(a, b);
  const nan =
    a.nan ||
    b.nan ||
    (contains(a, Infinity) && contains(b, -Infinity)) ||
    (contains(a, -Infinity) && contains(b, Infinity));
  const min = a.min + b.min;
  const max = a.max + b.max;
  return {
    ...ANY_VALUE,
    min: Number.isNaN(min) ? -Infinity : min,
    max: Number.isNaN(max) ? Infinity : max,
    nan,
    integer: a.integer && b.integer,
    exact: bothExact(a, b),
  };
}

/** The range of `a - b`. */
export const subtract = (a: ValueRange, b: ValueRange): ValueRange => add(a, negate(b));

const finite = (value: number): number => (Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE);

/** The range of `a * b`. */
export function multiply(a: ValueRange, b: ValueRange): ValueRange {
  if (hasNoNumber(a) || hasNoNumber(b)) return EMPTY_RESULT(a, b);
  const nan = a.nan || b.nan || (canBeZero(a) && canBeInfinite(b)) || (canBeInfinite(a) && canBeZero(b));
  const products = [a.min, a.max].flatMap((x) =>
    [b.min, b.max].map((y) => (x === 0 || y === 0 ? finite(x) * finite(y) : x * y)),
  );
  return corners(products, nan, a.integer && b.integer, bothExact(a, b));
}

/** True below zero, and for negative zero. */
export const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0);

/** The range of `a / b`. */
export function divide(a: ValueRange, b: ValueRange): ValueRange {
  if (hasNoNumber(a) || hasNoNumber(b)) return EMPTY_RESULT(a, b);
  if (isNegative(b.min) && (b.max > 0 || Object.is(b.max, 0))) {
    const below = divide(a, { ...b, max: -0, maxOpen: false });
    return unionRanges(below, divide(a, { ...b, min: 0, minOpen: false }));
  }
  const nan = a.nan || b.nan || (canBeZero(a) && canBeZero(b)) || (canBeInfinite(a) && canBeInfinite(b));
  const quotients = [a.min, a.max].flatMap((x) =>
    [b.min, b.max].map((y) => (x === 0 && y === 0 ? x * (Object.is(y, -0) ? -1 : 1) : x / y)),
  );
  // An infinity that is itself never reached still bounds what is divided by ever larger numbers.
  if (b.max === Infinity || b.min === -Infinity)
    quotients.push(...[a.min, a.max].map((x) => finite(x) / (b.max === Infinity ? Infinity : -Infinity)));
  return corners(quotients, nan, false, bothExact(a, b));
}

/** The range of `a % b`, the remainder with the sign of `a`. */
export function modulo(a: ValueRange, b: ValueRange): ValueRange {
  if (hasNoNumber(a) || hasNoNumber(b)) return EMPTY_RESULT(a, b);
  const size = (range: ValueRange): number => Math.max(Math.abs(range.min), Math.abs(range.max));
  const most = Math.min(size(a), size(b));
  return {
    ...ANY_VALUE,
    min: isNegative(a.min) ? -most : 0,
    max: a.max > 0 ? most : 0,
    nan: a.nan || b.nan || canBeInfinite(a) || canBeZero(b),
    integer: a.integer && b.integer,
    exact: bothExact(a, b),
  };
}

/** `x ^ y` as Go's math.Pow has it, which differs from JavaScript where one is 1 or -1 and the other NaN or infinite. */
export const power = (x: number, y: number): number => {
  if (x === 1) return 1;
  if (x === -1 && !Number.isFinite(y) && !Number.isNaN(y)) return 1;
  return x ** y;
};

/** The range of `a ^ b`. */
export function raise(a: ValueRange, b: ValueRange): ValueRange {
  const base = constantOf(a);
  const exponent = constantOf(b);
  if (base !== undefined && exponent !== undefined && hasOneZero(a)) {
    const result = power(base, exponent);
    return { ...constantRange(result), exact: Number.isInteger(result) && Math.abs(result) < 2 ** 53 };
  }
  if (hasNoNumber(a) || hasNoNumber(b)) return ANY_VALUE;
  if (isNegative(a.min)) return ANY_VALUE;
  const result: ValueRange = { ...ANY_VALUE, min: 0, nan: a.nan || b.nan, exact: false };
  if (exponent === undefined || !(exponent > 0)) return result;
  return { ...result, min: power(a.min, exponent), max: power(a.max, exponent) };
}

/** The range of `a atan2 b`. */
export const arcTangent = (a: ValueRange, b: ValueRange): ValueRange => ({
  ...ANY_VALUE,
  min: -Math.PI,
  max: Math.PI,
  nan: a.nan || b.nan,
});

/** The range of an increasing function; `exact` when Prometheus computes it to the last digit as JavaScript does. */
export const mapIncreasing = (range: ValueRange, fn: (value: number) => number, exact: boolean): ValueRange =>
  hasNoNumber(range)
    ? range
    : {
        ...range,
        min: fn(range.min),
        max: fn(range.max),
        minOpen: false,
        maxOpen: false,
        integer: false,
        exact: range.exact && exact,
      };

/** The range of `abs(x)`. */
export function absolute(range: ValueRange): ValueRange {
  if (hasNoNumber(range) || (!isNegative(range.min) && range.min >= 0)) return range;
  if (range.max <= 0) return { ...negate(range), min: Math.abs(range.max) };
  const [max, maxOpen] =
    -range.min > range.max
      ? [-range.min, range.minOpen]
      : [range.max, range.maxOpen && (range.minOpen || -range.min < range.max)];
  return { ...range, min: 0, minOpen: false, max, maxOpen };
}

/** The range of `clamp(x, low, high)`; `undefined` bounds do not bound. Prometheus returns nothing where low > high. */
export function clampRange(range: ValueRange, low: ValueRange, high: ValueRange): ValueRange {
  const nan = range.nan || low.nan || high.nan;
  if (hasNoNumber(range) || hasNoNumber(low) || hasNoNumber(high)) return { ...ANY_VALUE, nan };
  return {
    ...ANY_VALUE,
    min: Math.max(low.min, Math.min(high.min, range.min)),
    max: Math.max(low.max, Math.min(high.max, range.max)),
    nan,
    integer: range.integer && low.integer && high.integer,
    exact: range.exact && low.exact && high.exact,
  };
}

const TOLERANCE = 1e-9;

/** Bounds as far out as rounding can carry a value. */
const widen = (range: ValueRange): ValueRange =>
  range.exact || hasNoNumber(range)
    ? range
    : {
        ...range,
        min: range.min - Math.abs(Number.isFinite(range.min) ? range.min : 0) * TOLERANCE,
        max: range.max + Math.abs(Number.isFinite(range.max) ? range.max : 0) * TOLERANCE,
        minOpen: range.minOpen && range.min === 0,
        maxOpen: range.maxOpen && range.max === 0,
        integer: false,
      };

const canBeBelow = (a: ValueRange, b: ValueRange): boolean => a.min < b.max;
const canBeEqualOrBelow = (a: ValueRange, b: ValueRange): boolean =>
  a.min < b.max || (a.min === b.max && !a.minOpen && !b.maxOpen);

function canBeEqual(a: ValueRange, b: ValueRange): boolean {
  if (!canBeEqualOrBelow(a, b) || !canBeEqualOrBelow(b, a)) return false;
  const [left, right] = [constantOf(a), constantOf(b)];
  if (left !== undefined) return contains(b, left);
  return right === undefined || contains(a, right);
}

const canDiffer = (a: ValueRange, b: ValueRange): boolean => {
  const value = constantOf(a);
  return value === undefined || value !== constantOf(b);
};

const HOLDS: Readonly<Record<ComparisonOp, (a: ValueRange, b: ValueRange) => boolean>> = {
  '<': canBeBelow,
  '>': (a, b) => canBeBelow(b, a),
  '<=': canBeEqualOrBelow,
  '>=': (a, b) => canBeEqualOrBelow(b, a),
  '==': canBeEqual,
  '!=': canDiffer,
};

const OPPOSITE: Readonly<Record<ComparisonOp, ComparisonOp>> = {
  '<': '>=',
  '>': '<=',
  '<=': '>',
  '>=': '<',
  '==': '!=',
  '!=': '==',
};

/** The operator with its sides exchanged: `5 < x` is `x > 5`. */
export const MIRRORED: Readonly<Record<ComparisonOp, ComparisonOp>> = {
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
};

/** How a comparison goes: for every pair of values, for none, or it depends. NaN differs from everything, itself included. */
export function compareRanges(op: ComparisonOp, left: ValueRange, right: ValueRange): 'always' | 'never' | 'sometimes' {
  const [a, b] = [widen(left), widen(right)];
  const numbers = !hasNoNumber(a) && !hasNoNumber(b);
  const nan = a.nan || b.nan;
  const canHold = (numbers && HOLDS[op](a, b)) || (nan && op === '!=');
  const canFail = (numbers && HOLDS[OPPOSITE[op]](a, b)) || (nan && op !== '!=');
  if (!canHold) return 'never';
  return canFail ? 'sometimes' : 'always';
}

/** The values of `range` for which the comparison with some value of `other` holds. */
export function narrow(range: ValueRange, op: ComparisonOp, other: ValueRange): ValueRange {
  if (op === '!=') return narrowUnequal(range, other);
  if (hasNoNumber(range) || hasNoNumber(other)) return NO_VALUE;
  let result: ValueRange = { ...range, nan: false, exact: bothExact(range, other) };
  if (op !== '>' && op !== '>=') result = below(result, other.max, op === '<' || other.maxOpen);
  if (op !== '<' && op !== '<=') result = above(result, other.min, op === '>' || other.minOpen);
  if (op === '==') result = { ...result, integer: range.integer || other.integer };
  // The comparison does not tell the two zeros apart; the sign that the value can have stays possible.
  if (result.min === 0) result = { ...result, min: isNegative(range.min) ? -0 : 0 };
  if (result.max === 0) result = { ...result, max: 0 };
  return tighten(result);
}

const below = (range: ValueRange, max: number, open: boolean): ValueRange => {
  if (max > range.max) return range;
  return { ...range, max, maxOpen: open || (max === range.max && range.maxOpen) };
};

const above = (range: ValueRange, min: number, open: boolean): ValueRange => {
  if (min < range.min) return range;
  return { ...range, min, minOpen: open || (min === range.min && range.minOpen) };
};

function narrowUnequal(range: ValueRange, other: ValueRange): ValueRange {
  const value = constantOf(other);
  if (value === undefined || Number.isNaN(value) || !range.exact) return range;
  return tighten({
    ...range,
    minOpen: range.minOpen || range.min === value,
    maxOpen: range.maxOpen || range.max === value,
  });
}

/** Adding zero to a sum, as Prometheus does at its end, turns a negative zero into a positive one. */
export const orPositiveZero = (range: ValueRange): ValueRange =>
  Object.is(range.max, -0) ? { ...range, max: 0 } : range;

/** The sum of one or more values of a range. */
export function sumOfMany(range: ValueRange): ValueRange {
  if (hasNoNumber(range)) return range;
  // Finite values of one sign can overflow, and then meet the infinity of the other.
  const overflows = (contains(range, Infinity) && range.min < 0) || (contains(range, -Infinity) && range.max > 0);
  const nan = range.nan || overflows;
  return {
    ...ANY_VALUE,
    min: range.min >= 0 ? range.min : -Infinity,
    max: range.max <= 0 ? range.max + 0 : Infinity,
    nan,
    integer: range.integer,
    exact: range.exact,
  };
}

/** Whole numbers this small are summed without rounding, however many there are. */
const EXACT_SUM_LIMIT = 2 ** 31;

/** The average of one or more values of a range. */
export const averageOfMany = (range: ValueRange): ValueRange => ({
  ...orPositiveZero(range),
  minOpen: false,
  maxOpen: false,
  nan: range.nan || (contains(range, Infinity) && contains(range, -Infinity)),
  integer: false,
  exact: range.exact && range.integer && range.min >= -EXACT_SUM_LIMIT && range.max <= EXACT_SUM_LIMIT,
});

/** The standard deviation (or variance) of one or more values of a range. */
export const spreadOfMany = (range: ValueRange): ValueRange => ({
  ...ANY_VALUE,
  min: 0,
  nan: range.nan || canBeInfinite(range),
});

/** A quantile of one or more values: interpolated between them. */
export const quantileOfMany = (range: ValueRange, quantile: ValueRange): ValueRange =>
  quantileRange(
    {
      ...orPositiveZero(range),
      minOpen: false,
      maxOpen: false,
      nan: range.nan || canBeInfinite(range),
      integer: false,
      exact: false,
    },
    quantile,
  );

/** The result of a quantile: `within` for 0-1, infinite outside, NaN for NaN. */
export function quantileRange(within: ValueRange, quantile: ValueRange): ValueRange {
  const parts: ValueRange[] = [];
  if (!hasNoNumber(quantile)) {
    if (quantile.max >= 0 && quantile.min <= 1) parts.push(within);
    if (quantile.min < 0) parts.push(constantRange(-Infinity));
    if (quantile.max > 1) parts.push(constantRange(Infinity));
  }
  if (quantile.nan || parts.length === 0) parts.push(constantRange(NaN));
  return parts.reduce(unionRanges);
}
