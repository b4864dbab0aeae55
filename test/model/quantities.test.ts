import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Duration, Quantity } from '../../generators/model/quantities.ts';
import {
  bytes,
  bytesPerSecond,
  cores,
  count,
  days,
  fromBase,
  gibibytes,
  hours,
  isQuantity,
  isTime,
  isWholeDuration,
  kibibytes,
  mebibytes,
  minutes,
  ms,
  per,
  percent,
  perMinute,
  perSecond,
  ratio,
  score,
  seconds,
  state,
  toBase,
  toMilliseconds,
  weeks,
} from '../../generators/model/quantities.ts';
import type { UnitId } from '../../generators/promql/units.ts';
import { UNITS } from '../../generators/promql/units.ts';

const UNIT_IDS = Object.keys(UNITS) as readonly UnitId[];

describe('a quantity', () => {
  test.each<readonly [string, Quantity, string, string, number]>([
    ['ms(100)', ms(100), 'time', 'milliseconds', 0.1],
    ['ms(0.1)', ms(0.1), 'time', 'milliseconds', 0.0001],
    ['seconds(1.5)', seconds(1.5), 'time', 'seconds', 1.5],
    ['minutes(5)', minutes(5), 'time', 'seconds', 300],
    ['minutes(1.1)', minutes(1.1), 'time', 'seconds', 66],
    ['hours(1.1)', hours(1.1), 'time', 'seconds', 3960],
    ['days(0.1)', days(0.1), 'time', 'seconds', 8640],
    ['weeks(2)', weeks(2), 'time', 'seconds', 1_209_600],
    ['bytes(1)', bytes(1), 'data', 'bytes', 1],
    ['kibibytes(200)', kibibytes(200), 'data', 'kibibytes', 204_800],
    ['mebibytes(50)', mebibytes(50), 'data', 'mebibytes', 52_428_800],
    ['gibibytes(1)', gibibytes(1), 'data', 'mebibytes', 1_073_741_824],
    ['ratio(0.5)', ratio(0.5), 'ratio', 'ratio', 0.5],
    ['percent(95)', percent(95), 'ratio', 'percent', 0.95],
    ['percent(0.1)', percent(0.1), 'ratio', 'percent', 0.001],
    ['percent(99.99)', percent(99.99), 'ratio', 'percent', 0.9999],
    ['count(1000)', count(1000), 'count', 'count', 1000],
    ['perSecond(10)', perSecond(10), 'frequency', 'per_second', 10],
    ['perMinute(90)', perMinute(90), 'frequency', 'per_minute', 1.5],
    ['bytesPerSecond(7)', bytesPerSecond(7), 'throughput', 'bytes_per_second', 7],
    ['score(70)', score(70), 'score', 'score', 70],
    ['state(true)', state(true), 'state', 'state', 1],
    ['state(false)', state(false), 'state', 'state', 0],
    ['per(mebibytes(36), hours(1))', per(mebibytes(36), hours(1)), 'throughput', 'bytes_per_second', 10_485.76],
    ['per(count(90), minutes(1))', per(count(90), minutes(1)), 'frequency', 'per_second', 1.5],
  ])('%s', (_, quantity, dimension, unit, base) => {
    expect(quantity).toEqual({ kind: 'quantity', dimension, unit, amount: quantity.amount, base });
    expect(fromBase(quantity.base, quantity.unit)).toBe(quantity.amount);
  });

  test.each(UNIT_IDS)('in %s comes back from the base unit as it was written', (unit) => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 5 }), (digits, decimals) => {
        const amount = Number(`${digits}e-${decimals}`);
        expect(fromBase(toBase(amount, unit), unit)).toBe(amount);
      }),
    );
  });

  test.each(UNIT_IDS)('in %s grows with its amount', (unit) => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
        fc.double({ noNaN: true, min: 1, max: 1e12 }),
        (amount, more) => {
          expect(toBase(amount + more, unit)).toBeGreaterThanOrEqual(toBase(amount, unit));
        },
      ),
    );
  });

  test('in percent is the nearest number there is to its hundredth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (thousandths) => {
        expect(percent(thousandths / 1000).base).toBe(Number(`${thousandths}e-5`));
      }),
    );
  });
});

describe('a unit', () => {
  test('with factor 1 is there for every dimension, and stands first', () => {
    const first = new Map<string, UnitId>();
    for (const id of UNIT_IDS) if (!first.has(UNITS[id].dimension)) first.set(UNITS[id].dimension, id);
    expect([...first.values()].filter((id) => UNITS[id].factor !== 1)).toEqual([]);
  });
});

describe('a length of time', () => {
  test.each([
    [ms(1), 1],
    [ms(0.6), 1],
    [seconds(1.5), 1500],
    [minutes(1.1), 66_000],
    [hours(1.1), 3_960_000],
    [weeks(1), 604_800_000],
  ])('%o is %d ms', (duration, expected) => {
    expect(toMilliseconds(duration)).toBe(expected);
  });

  test.each<readonly [Duration, boolean]>([
    [ms(1), true],
    [seconds(0.1), true],
    [minutes(1.1), true],
    [weeks(15_000), true],
    [ms(0.4), false],
    [ms(1.5), false],
    [seconds(0), false],
    [seconds(-1), false],
    [seconds(Number.NaN), false],
    [seconds(Number.POSITIVE_INFINITY), false],
    [weeks(16_000), false],
  ])('%o is one that Prometheus can be told: %s', (duration, expected) => {
    expect(isWholeDuration(duration)).toBe(expected);
  });
});

describe('what a function of quantities gives', () => {
  test.each<readonly [string, unknown, boolean]>([
    ['a quantity', bytes(5), true],
    ['a quantity of no number', seconds(Number.NaN), true],
    ['cores', cores(1), false],
    ['a unit that there is not', { ...bytes(5), unit: 'byte' }, false],
    ['a unit of another dimension', { ...bytes(5), unit: 'seconds' }, false],
    ['no number', { ...bytes(5), base: '5' }, false],
    ['text', 'bytes', false],
    ['nothing', null, false],
  ])('is told from look-alikes: %s', (_, value, expected) => {
    expect(isQuantity(value)).toBe(expected);
    expect(isTime(value)).toBe(expected && (value as Quantity).dimension === 'time');
  });
});

describe('cores', () => {
  test.each([
    [0.25, 250],
    [1, 1000],
    [0.1, 100],
    [2.5, 2500],
  ])('%d are %d thousandths', (amount, millicores) => {
    expect(cores(amount)).toEqual({ kind: 'cpu', millicores });
  });
});
