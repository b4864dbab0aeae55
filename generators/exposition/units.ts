import type { UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';

/** The last words of metric names that say a unit, and the unit they say. */
const WORDS: Readonly<Record<string, UnitId>> = {
  seconds: 'seconds',
  milliseconds: 'milliseconds',
  millis: 'milliseconds',
  ms: 'milliseconds',
  microseconds: 'microseconds',
  us: 'microseconds',
  nanoseconds: 'nanoseconds',
  ns: 'nanoseconds',
  bytes: 'bytes',
  kilobytes: 'kibibytes',
  kibibytes: 'kibibytes',
  kb: 'kibibytes',
  megabytes: 'mebibytes',
  mebibytes: 'mebibytes',
  mb: 'mebibytes',
  ratio: 'ratio',
  ratios: 'ratio',
  percent: 'percent',
};

/** The unit that a word at the end of a name, or in a UNIT line, means; undefined when it says none. */
export const unitOfWord = (word: string): UnitId | undefined => (Object.hasOwn(WORDS, word) ? WORDS[word] : undefined);

const lastWord = (name: string): string => /([a-z]+)$/.exec(name.replace(/_total$/, ''))?.[1] ?? '';

/** The unit that the name of a metric says. */
export const unitOfName = (name: string): UnitId | undefined => unitOfWord(lastWord(name));

/** The name without its unit and `_total`: two names with one stem measure the same in different units. */
export const stemOf = (name: string): string => {
  const plain = name.replace(/_total$/, '');
  return unitOfName(name) === undefined ? plain : plain.replace(/_?[a-z]+$/, '');
};

/** Whether a metric in `unit` may say `said`. A point in time is counted in seconds. */
export const agreesWith = (said: UnitId, unit: UnitId): boolean =>
  said === unit || (said === 'seconds' && unit === 'unix_seconds') || (said === 'bytes' && unit === 'bytes_per_second');

/** Whether it is a time, and not in the base unit. */
export const isSmallTime = (unit: UnitId | undefined): boolean =>
  unit !== undefined && UNITS[unit].dimension === 'time' && unit !== 'seconds';
