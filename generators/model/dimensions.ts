/** Which dimension comes of which: the arithmetic of units, for the compiler and at run time from one table. */
import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import type { Dimension, DimensionOf, UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';

/** What a growth per second is measured in, for every dimension that has one. */
const RATES = { count: 'per_second', data: 'bytes_per_second', time: 'ratio' } as const satisfies Partial<
  Record<Dimension, UnitId>
>;

/** The dimensions whose growth per second has a unit. */
export type Growing = keyof typeof RATES;

/** The dimension of a growth per second. */
export type RateOf<D extends Growing> = DimensionOf<(typeof RATES)[D]>;

/** What comes of one dimension divided by another. What is not listed has no unit. */
export const QUOTIENTS = {
  time: { time: 'ratio', ratio: 'time', count: 'time' },
  data: { data: 'ratio', ratio: 'data', count: 'data', time: 'throughput', throughput: 'time' },
  ratio: { ratio: 'ratio', count: 'ratio', frequency: 'time' },
  count: { count: 'ratio', ratio: 'count', time: 'frequency', frequency: 'time' },
  frequency: { frequency: 'ratio', ratio: 'frequency', count: 'frequency' },
  throughput: { throughput: 'ratio', ratio: 'throughput', count: 'throughput', frequency: 'data' },
  score: { score: 'ratio', ratio: 'score', count: 'score' },
} as const satisfies Partial<Record<Dimension, Partial<Record<Dimension, Dimension>>>>;

/** The dimensions that can be divided by something. */
export type Divisible = keyof typeof QUOTIENTS;

/** What a dimension can be divided by. */
export type DivisorOf<A extends Dimension> = A extends Divisible ? keyof (typeof QUOTIENTS)[A] & Dimension : never;

/** The dimension of a quotient. */
export type QuotientOf<A extends Dimension, B extends Dimension> = A extends Divisible
  ? B extends keyof (typeof QUOTIENTS)[A]
    ? (typeof QUOTIENTS)[A][B] & Dimension
    : never
  : never;

/** A sum of states counts those that are on. */
export type SumOf<D extends Dimension> = D extends 'state' ? 'count' : D;
/** A mean of states is the share of those that are on. */
export type AverageOf<D extends Dimension> = D extends 'state' ? 'ratio' : D;
/** Between two moments lies a length of time. */
export type DifferenceOf<D extends Dimension> = D extends 'timestamp' ? 'time' : SumOf<D>;

/** Everything that can be added up: moments cannot. */
export type Summable = Exclude<Dimension, 'timestamp'>;

/** `x * factor` when the unit is not the base unit of its dimension, so that what follows is in base units. */
export const inBaseUnit = (expr: Expr, unit: UnitId): Expr => {
  const { factor } = UNITS[unit];
  if (factor === 1) return expr;
  return factor < 1
    ? build.binary('/', expr, build.number(Math.round(1 / factor)))
    : build.binary('*', expr, build.number(factor));
};

/** The unit of a dimension that Prometheus prefers. */
export const baseUnit = (dimension: Dimension): UnitId =>
  (Object.keys(UNITS) as UnitId[]).find((id) => UNITS[id].dimension === dimension && UNITS[id].factor === 1) ?? 'count';

/** The unit of a growth per second, when there is one. */
export const rateUnit = (unit: UnitId): UnitId | undefined =>
  (RATES as Partial<Record<Dimension, UnitId>>)[UNITS[unit].dimension];

/** The unit of what only picks values. */
export const same = (unit: UnitId): UnitId => unit;
/** The unit of a sum; see {@link SumOf}. */
export const sumUnit = (unit: UnitId): UnitId => (unit === 'state' ? 'count' : unit);
/** The unit of a mean; see {@link AverageOf}. */
export const averageUnit = (unit: UnitId): UnitId => (unit === 'state' ? 'ratio' : unit);
/** The unit of a difference; see {@link DifferenceOf}. */
export const differenceUnit = (unit: UnitId): UnitId => (unit === 'unix_seconds' ? 'seconds' : sumUnit(unit));
