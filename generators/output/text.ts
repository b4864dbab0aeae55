import { InvariantError } from '../diagnostics/errors.ts';
import type { Json } from './artefact.ts';

/** Sorts by UTF-16 code unit: the one order of everything that is written, in every locale. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The place of a property below `pointer`, as a JSON pointer (RFC 6901). */
export const childPointer = (pointer: string, key: string | number): string =>
  `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

const isBroken = (text: string): boolean => !text.isWellFormed();

/** The JSON pointer of the first text (key or value) that is no valid Unicode: half of a surrogate pair cannot be written as UTF-8. */
export const findBrokenText = (value: Json | undefined): string | undefined => {
  if (typeof value === 'string') return isBroken(value) ? '' : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const isList = Array.isArray(value);
  for (const key of Object.keys(value)) {
    // Nearly every text is sound, so the way is put together on the way back.
    if (!isList && isBroken(key)) return childPointer('', key);
    const found = findBrokenText((value as Readonly<Record<string, Json | undefined>>)[key]);
    if (found !== undefined) return childPointer('', key) + found;
  }
  return undefined;
};

/** @throws InvariantError for a text that cannot be written as UTF-8; the artefact set reports those as findings. */
export const requireText = (text: string): string => {
  if (isBroken(text))
    throw new InvariantError('a text with half a surrogate pair reached the writer', JSON.stringify(text));
  return text;
};

/** @throws InvariantError for a number that JSON does not have. Minus zero is written as zero. */
export const requireFinite = (value: number): number => {
  if (!Number.isFinite(value)) throw new InvariantError(`the number ${value} reached the writer`);
  return value === 0 ? 0 : value;
};
