import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComparisonOp } from '../../../generators/promql/ast.ts';
import type { ValueRange } from '../../../generators/promql/semantics/index.ts';
import {
  absolute,
  add,
  arcTangent,
  between,
  clampRange,
  compareRanges,
  constantRange,
  contains,
  divide,
  modulo,
  multiply,
  narrow,
  negate,
  power,
  raise,
  subtract,
  unionRanges,
} from '../../../generators/promql/semantics/ranges.ts';

const NUMBERS = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, 10, 1e-300, 1e300, -1e300, 0.1, 0.3, Infinity, -Infinity, 7, 100];
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.double({ noNaN: true }), fc.integer({ min: -20, max: 20 }));

/** A range and a few values in it. */
const ranged = fc
  .record({
    values: fc.array(number, { minLength: 1, maxLength: 4 }),
    nan: fc.boolean(),
    open: fc.boolean(),
    whole: fc.boolean(),
  })
  .map(({ values, nan, open, whole }) => {
    const inside = whole ? values.map((value) => (Number.isFinite(value) ? Math.round(value) : value)) : values;
    const integer = inside.every((value) => Number.isInteger(value) || !Number.isFinite(value));
    let [min, max] = [Math.min(...inside), Math.max(...inside)];
    // An open bound lies beyond every value.
    const wider = open && Number.isFinite(min) && Number.isFinite(max) && min - 1 < min && max + 1 > max;
    if (wider) [min, max] = [min - 1, max + 1];
    const range = between(min, max, { nan, integer: integer && whole, minOpen: wider, maxOpen: wider });
    return { range, values: nan ? [...inside, NaN] : inside };
  });

const holds = (range: ValueRange, value: number): boolean =>
  contains(range, value) &&
  !(Object.is(value, -0) && Object.is(range.min, 0)) &&
  !(Object.is(value, 0) && Object.is(range.max, -0));

const isNear = (range: ValueRange, value: number): boolean =>
  !range.exact && value >= range.min - Math.abs(range.min) * 1e-9 && value <= range.max + Math.abs(range.max) * 1e-9;

const expectInside = (range: ValueRange, value: number, what: string): void => {
  if (holds(range, value) || isNear(range, value)) return;
  expect.fail(`${what} = ${value} is not in [${range.min}, ${range.max}] of ${JSON.stringify(range)}`);
};

describe('interval arithmetic', () => {
  it.each<[string, (a: ValueRange, b: ValueRange) => ValueRange, (x: number, y: number) => number]>([
    ['+', add, (x, y) => x + y],
    ['-', subtract, (x, y) => x - y],
    ['*', multiply, (x, y) => x * y],
    ['/', divide, (x, y) => x / y],
    ['%', modulo, (x, y) => x % y],
    ['^', raise, power],
    ['atan2', arcTangent, (x, y) => Math.atan2(x, y)],
    ['or', unionRanges, (x) => x],
  ])('%s: every result is in the range', (op, onRanges, onNumbers) => {
    fc.assert(
      fc.property(ranged, ranged, (a, b) => {
        const range = onRanges(a.range, b.range);
        for (const x of a.values) for (const y of b.values) expectInside(range, onNumbers(x, y), `${x} ${op} ${y}`);
      }),
      { numRuns: 3000 },
    );
  });

  it.each<[string, (a: ValueRange) => ValueRange, (x: number) => number]>([
    ['abs', absolute, Math.abs],
    ['negate', negate, (x) => -x],
    ['clamp', (a) => clampRange(a, constantRange(-1), constantRange(5)), (x) => Math.max(-1, Math.min(5, x))],
  ])('%s: every result is in the range', (name, onRange, onNumber) => {
    fc.assert(
      fc.property(ranged, (a) => {
        for (const x of a.values) expectInside(onRange(a.range), onNumber(x), `${name} ${x}`);
      }),
      { numRuns: 1000 },
    );
  });
});

const COMPARISONS: Readonly<Record<ComparisonOp, (x: number, y: number) => boolean>> = {
  '<': (x, y) => x < y,
  '>': (x, y) => x > y,
  '<=': (x, y) => x <= y,
  '>=': (x, y) => x >= y,
  '==': (x, y) => x === y,
  '!=': (x, y) => x !== y,
};

describe('comparison of ranges', () => {
  it.each(Object.entries(COMPARISONS) as [ComparisonOp, (x: number, y: number) => boolean][])(
    '%s: the outcome and what is left',
    (op, compare) => {
      fc.assert(
        fc.property(ranged, ranged, (a, b) => {
          const outcome = compareRanges(op, a.range, b.range);
          const left = narrow(a.range, op, b.range);
          for (const x of a.values) {
            for (const y of b.values) {
              const passes = compare(x, y);
              if (outcome !== 'sometimes' && passes !== (outcome === 'always'))
                expect.fail(`${x} ${op} ${y} is ${outcome} so`);
              if (passes) expectInside(left, x, `${x} ${op} ${y}: ${x}`);
            }
          }
        }),
        { numRuns: 3000 },
      );
    },
  );
});
