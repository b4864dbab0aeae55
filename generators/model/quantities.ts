/** Quantities: a number with its unit, as a person writes it in a definition. */
import type { Dimension, DimensionOf, UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';

/** A number with a unit. Two quantities can be compared when their dimension is the same. */
export interface Quantity<D extends Dimension = Dimension> {
  readonly kind: 'quantity';
  readonly dimension: D;
  /** The unit it was written in; reports use it. */
  readonly unit: UnitId;
  /** The number in that unit. */
  readonly amount: number;
  /** The number in the base unit of the dimension (seconds, bytes, 0-1, per second). */
  readonly base: number;
}

/** A length of time. */
export type Duration = Quantity<'time'>;

/** Fifteen digits hold every decimal that a person writes, and drop what binary fractions add: 1.1 * 3600. */
const tidy = (value: number): number => Number(value.toPrecision(15));

const quantity = <U extends UnitId>(unit: U, amount: number): Quantity<DimensionOf<U>> => ({
  kind: 'quantity',
  dimension: UNITS[unit].dimension,
  unit,
  amount,
  base: toBase(amount, unit),
});

/** Exact for what has at most 15 digits: 99.99 percent is 0.9999, where 99.99 / 100 is 0.9998999999999999. */
export const toBase = (amount: number, unit: UnitId): number => {
  const { factor } = UNITS[unit];
  if (factor >= 1) return amount * factor;
  const parts = Math.round(1 / factor);
  // A sixtieth has no end in decimals: what is cut off there would be missing on the way back.
  return Number.isInteger(Math.log10(parts)) ? tidy(amount / parts) : amount / parts;
};

/** The inverse of {@link toBase}, exact for what has at most 15 digits. */
export const fromBase = (base: number, unit: UnitId): number => {
  const { factor } = UNITS[unit];
  return factor < 1 ? tidy(base * Math.round(1 / factor)) : base / factor;
};

/** Milliseconds. */
export const ms = (amount: number): Duration => quantity('milliseconds', amount);
/** Seconds. */
export const seconds = (amount: number): Duration => quantity('seconds', amount);
/** Minutes of 60 seconds. */
export const minutes = (amount: number): Duration => quantity('seconds', tidy(amount * 60));
/** Hours of 3,600 seconds. */
export const hours = (amount: number): Duration => quantity('seconds', tidy(amount * 3600));
/** Days of 24 hours. */
export const days = (amount: number): Duration => quantity('seconds', tidy(amount * 86_400));
/** Weeks of 7 days. */
export const weeks = (amount: number): Duration => quantity('seconds', tidy(amount * 604_800));

/** Bytes. */
export const bytes = (amount: number): Quantity<'data'> => quantity('bytes', amount);
/** 1,024 bytes. */
export const kibibytes = (amount: number): Quantity<'data'> => quantity('kibibytes', amount);
/** 1,024 kibibytes; what most dashboards and most people call "MB". */
export const mebibytes = (amount: number): Quantity<'data'> => quantity('mebibytes', amount);
/** 1,024 mebibytes. */
export const gibibytes = (amount: number): Quantity<'data'> => quantity('mebibytes', amount * 1024);

/** A share between 0 and 1. */
export const ratio = (amount: number): Quantity<'ratio'> => quantity('ratio', amount);
/** A share between 0 and 100; `percent(95)` is `ratio(0.95)`. */
export const percent = (amount: number): Quantity<'ratio'> => quantity('percent', amount);

/** A plain number of things. */
export const count = (amount: number): Quantity<'count'> => quantity('count', amount);
/** Things per second. */
export const perSecond = (amount: number): Quantity<'frequency'> => quantity('per_second', amount);
/** Things per minute. */
export const perMinute = (amount: number): Quantity<'frequency'> => quantity('per_minute', amount);
/** Bytes per second. */
export const bytesPerSecond = (amount: number): Quantity<'throughput'> => quantity('bytes_per_second', amount);
/** A score on a scale of its own (a health score of 0-100, a relevance of 0-1). */
export const score = (amount: number): Quantity<'score'> => quantity('score', amount);
/** One of the two values of a state: 1 is up or on, 0 is down or off. */
export const state = (on: boolean): Quantity<'state'> => quantity('state', on ? 1 : 0);

/** An amount of data or of things in a length of time: `per(mebibytes(100), hours(1))`. */
export const per: {
  (amount: Quantity<'data'>, time: Duration): Quantity<'throughput'>;
  (amount: Quantity<'count'>, time: Duration): Quantity<'frequency'>;
} = ((amount: Quantity<'data' | 'count'>, time: Duration): Quantity =>
  amount.dimension === 'data'
    ? quantity('bytes_per_second', amount.base / time.base)
    : quantity('per_second', amount.base / time.base)) as never;

/** Whole cores of a processor, for Kubernetes resources: `cores(0.25)` is 250m. */
export interface Cpu {
  readonly kind: 'cpu';
  readonly millicores: number;
}

/** Cores of a processor. */
export const cores = (amount: number): Cpu => ({ kind: 'cpu', millicores: Math.round(amount * 1000) });

/** True for what one of the functions above gives. */
export const isQuantity = (value: unknown): value is Quantity => {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, unit, dimension, base } = value as { readonly [K in keyof Quantity]?: unknown };
  if (kind !== 'quantity' || typeof unit !== 'string' || typeof base !== 'number' || !(unit in UNITS)) return false;
  return UNITS[unit as UnitId].dimension === dimension;
};

/** True for a quantity of time. */
export const isTime = (value: unknown): value is Duration => isQuantity(value) && value.dimension === 'time';

/** The longest time that Prometheus can hold: 2^63 - 1 nanoseconds, in whole milliseconds. */
const MAX_MILLISECONDS = 9_223_372_036_854;

/** True for a length of time that Prometheus can be told: whole milliseconds, above zero, at most 292 years. */
export const isWholeDuration = ({ base }: Duration): boolean =>
  base > 0 &&
  base * 1000 <= MAX_MILLISECONDS &&
  Math.abs(base * 1000 - Math.round(base * 1000)) < 1e-6 * Math.max(1, base);

/** A length of time in whole milliseconds. */
export const toMilliseconds = (duration: Duration): number => Math.round(duration.base * 1000);
