import { quoteText } from './strings.ts';

/** A duration in milliseconds, or why it is none. */
export type ParsedDuration =
  { readonly ms: number; readonly error?: undefined } | { readonly ms: 0; readonly error: string };

interface DurationUnit {
  /** Units must appear in this order. */
  readonly order: number;
  readonly ms: number;
}

const UNITS: ReadonlyMap<string, DurationUnit> = new Map([
  ['y', { order: 1, ms: 31_536_000_000 }],
  ['w', { order: 2, ms: 604_800_000 }],
  ['d', { order: 3, ms: 86_400_000 }],
  ['h', { order: 4, ms: 3_600_000 }],
  ['m', { order: 5, ms: 60_000 }],
  ['s', { order: 6, ms: 1000 }],
  ['ms', { order: 7, ms: 1 }],
]);

const NANOSECONDS_LIMIT = 9223372036854775808n;

/**
 * The length of a duration such as `1h30m`: a year has 365 days, a week 7, a day 24 hours; units go from the biggest
 * to the smallest, each at most once; about 292 years at most. The error is the one Prometheus reports.
 */
export function parseDuration(text: string): ParsedDuration {
  const fast = parseSingleUnit(text);
  if (fast >= 0) return { ms: fast };
  const malformed: ParsedDuration = { ms: 0, error: `not a valid duration string: ${quoteText(text)}` };
  let rest = text;
  let lastOrder = 0;
  let nanoseconds = 0n;
  while (rest !== '') {
    const digits = /^[0-9]+/.exec(rest)?.[0];
    const amount = digits === undefined ? undefined : parseUint64(digits);
    if (digits === undefined || amount === undefined) return malformed;
    rest = rest.slice(digits.length);
    const name = /^[^0-9]+/.exec(rest)?.[0];
    if (name === undefined) return malformed;
    rest = rest.slice(name.length);
    const unit = UNITS.get(name);
    if (unit === undefined) return { ms: 0, error: `unknown unit ${quoteText(name)} in duration ${quoteText(text)}` };
    if (unit.order <= lastOrder) return malformed;
    lastOrder = unit.order;
    const unitNanoseconds = BigInt(unit.ms) * 1_000_000n;
    // Prometheus bounds each part and the sum.
    if (amount > NANOSECONDS_LIMIT / unitNanoseconds) return { ms: 0, error: 'duration out of range' };
    nanoseconds += amount * unitNanoseconds;
    if (nanoseconds >= NANOSECONDS_LIMIT) return { ms: 0, error: 'duration out of range' };
  }
  return { ms: Number(nanoseconds / 1_000_000n) };
}

/** The value of a run of digits, unless it is too large for 64 bits. */
function parseUint64(digits: string): bigint | undefined {
  const significant = digits.replace(/^0+/, '');
  if (significant.length > 20) return undefined;
  const value = BigInt(significant);
  return value < 18446744073709551616n ? value : undefined;
}

/** The common case, `5m`: at most nine digits and a unit of one letter; -1 for everything else. */
function parseSingleUnit(text: string): number {
  const last = text.length - 1;
  if (last < 1 || last > 9) return -1;
  let value = 0;
  for (let i = 0; i < last; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  // Past these bounds the slow path reports the overflow.
  switch (text.charCodeAt(last)) {
    case 0x73:
      return value * 1000;
    case 0x6d:
      return value <= 153_722_867 ? value * 60_000 : -1;
    case 0x68:
      return value <= 2_562_047 ? value * 3_600_000 : -1;
    case 0x64:
      return value <= 106_751 ? value * 86_400_000 : -1;
    default:
      return -1;
  }
}
