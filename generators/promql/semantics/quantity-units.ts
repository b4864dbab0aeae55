/** Units as products of powers of seconds and bytes, and their names. */
import type { Dimension, UnitId } from '../units.ts';
import { UNITS } from '../units.ts';

/** What a quantity counts or measures besides powers of seconds and bytes. `none`: nothing besides them. */
export type QuantityTag = 'none' | 'count' | 'ratio' | 'score' | 'state' | 'timestamp';

/** The unit of a value: a product of powers, and the factor that converts the value to base units. */
export interface QuantityUnit {
  readonly seconds: number;
  readonly bytes: number;
  readonly tag: QuantityTag;
  /** `undefined` when the value was multiplied by a number that is no known conversion. */
  readonly factor: number | undefined;
  /** True for a part of a whole, which lies between 0 and 1 (0 and 100 when the factor says percent). */
  readonly share?: boolean;
}

const POWERS: Readonly<Record<Dimension, Omit<QuantityUnit, 'factor'>>> = {
  time: { seconds: 1, bytes: 0, tag: 'none' },
  data: { seconds: 0, bytes: 1, tag: 'none' },
  throughput: { seconds: -1, bytes: 1, tag: 'none' },
  frequency: { seconds: -1, bytes: 0, tag: 'count' },
  count: { seconds: 0, bytes: 0, tag: 'count' },
  ratio: { seconds: 0, bytes: 0, tag: 'ratio' },
  score: { seconds: 0, bytes: 0, tag: 'score' },
  state: { seconds: 0, bytes: 0, tag: 'state' },
  timestamp: { seconds: 0, bytes: 0, tag: 'timestamp' },
};

/** Powers that cancel out leave a ratio; a ratio with powers is those powers. */
export function normal(unit: QuantityUnit): QuantityUnit {
  const plain = unit.seconds === 0 && unit.bytes === 0;
  if (plain && unit.tag === 'none') return { ...unit, tag: 'ratio' };
  return !plain && unit.tag === 'ratio' ? { ...unit, tag: 'none' } : unit;
}

/** The quantity a declared unit stands for. */
export const ofUnit = (id: UnitId, share: boolean): QuantityUnit => {
  const { dimension, factor } = UNITS[id];
  return { ...POWERS[dimension], factor, ...(dimension === 'ratio' && share && { share }) };
};

/** Equal up to the rounding of a few conversions. */
export const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

const DECLARED_UNITS = (Object.keys(UNITS) as UnitId[]).map((id) => ({
  id,
  own: ofUnit(id, false),
  factor: UNITS[id].factor,
}));

/** The declared unit that a quantity is in, if there is one. */
export function unitIdOf(unit: QuantityUnit): UnitId | undefined {
  const { factor: wanted } = unit;
  if (wanted === undefined) return undefined;
  return DECLARED_UNITS.find(({ own, factor }) => samePowers(own, unit) && own.tag === unit.tag && near(factor, wanted))
    ?.id;
}

/** Whether two units are the same but for scale and tag. */
export const samePowers = (a: QuantityUnit, b: QuantityUnit): boolean => a.seconds === b.seconds && a.bytes === b.bytes;

/** Scales that people use and compare, beyond the declared units. */
const SCALES: readonly { readonly name: string; readonly dimension: Dimension; readonly factor: number }[] = [
  { name: 'minutes', dimension: 'time', factor: 60 },
  { name: 'hours', dimension: 'time', factor: 3600 },
  { name: 'days', dimension: 'time', factor: 86_400 },
  { name: 'bits', dimension: 'data', factor: 1 / 8 },
  { name: 'kilobytes', dimension: 'data', factor: 1000 },
  { name: 'megabytes', dimension: 'data', factor: 1e6 },
  { name: 'gigabytes', dimension: 'data', factor: 1e9 },
  { name: 'gibibytes', dimension: 'data', factor: 1024 ** 3 },
  { name: 'bits per second', dimension: 'throughput', factor: 1 / 8 },
];

/** The name of a unit on a scale that people know; `undefined` for `100 * rate(x)` and the like. */
export function scaleOf(unit: QuantityUnit): string | undefined {
  const id = unitIdOf(unit);
  if (id !== undefined) return UNIT_NAMES[id] ?? id.replaceAll('_', ' ');
  const { factor } = unit;
  if (factor === undefined) return undefined;
  return SCALES.find(({ dimension, factor: own }) => {
    const powers = POWERS[dimension];
    return samePowers({ ...powers, factor }, unit) && powers.tag === unit.tag && near(own, factor);
  })?.name;
}

const UNIT_NAMES: Partial<Record<UnitId, string>> = {
  ratio: 'a ratio',
  percent: 'a percentage',
  count: 'a count',
  per_second: 'a rate per second',
  per_minute: 'a rate per minute',
  score: 'a score',
  state: 'a state',
  unix_seconds: 'a timestamp',
};

/** A quantity in words. */
export function nameOf(unit: QuantityUnit): string {
  const scale = scaleOf(unit);
  if (scale !== undefined) return scale;
  const dimension = (Object.keys(POWERS) as Dimension[]).find(
    (id) => samePowers({ ...POWERS[id], factor: 1 }, unit) && POWERS[id].tag === unit.tag,
  );
  if (dimension !== undefined) return `${DIMENSION_NAMES[dimension]} of another scale`;
  const parts = [
    ...(unit.tag === 'none' ? [] : [unit.tag]),
    ...powerName('bytes', unit.bytes),
    ...powerName('seconds', unit.seconds),
  ];
  return parts.join(' ');
}

const powerName = (name: string, exponent: number): readonly string[] =>
  exponent === 0 ? [] : [exponent === 1 ? name : `${name}^${exponent}`];

const DIMENSION_NAMES: Readonly<Record<Dimension, string>> = {
  time: 'a time',
  data: 'an amount of data',
  throughput: 'a throughput',
  frequency: 'a rate',
  count: 'a count',
  ratio: 'a ratio',
  score: 'a score',
  state: 'a state',
  timestamp: 'a timestamp',
};
