import { InvariantError } from '../diagnostics/errors.ts';
import type { Json } from './artefact.ts';
import { byCodeUnit, requireFinite, requireText } from './text.ts';

const INDENT = '  ';

type Entry = readonly [string, Json];
type Order = (entries: readonly Entry[]) => readonly Entry[];

const entriesOf = (value: { readonly [key: string]: Json | undefined }): readonly Entry[] =>
  Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);

const block = (open: string, items: readonly string[], close: string, margin: string): string =>
  items.length === 0
    ? open + close
    : `${open}\n${items.map((item) => margin + INDENT + item).join(',\n')}\n${margin}${close}`;

// Not JSON.stringify on a sorted copy: an object cannot hold keys such as "10" and "9" in code-unit order.
const print = (value: Json, order: Order, margin: string): string => {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(requireFinite(value));
  if (typeof value === 'string') return JSON.stringify(requireText(value));
  if (typeof value !== 'object') throw new InvariantError(`a ${typeof value} reached the JSON writer`);
  const inner = margin + INDENT;
  if (Array.isArray(value)) {
    return block(
      '[',
      value.map((item: Json) => print(item, order, inner)),
      ']',
      margin,
    );
  }
  const entries = order(entriesOf(value as { readonly [key: string]: Json | undefined }));
  const items = entries.map(([key, item]) => `${JSON.stringify(requireText(key))}: ${print(item, order, inner)}`);
  return block('{', items, '}', margin);
};

/**
 * JSON text of `value`: two spaces, one newline at the end, keys in the order given, undefined ones left out.
 * @throws InvariantError for a number or a text that JSON in UTF-8 cannot hold.
 */
export const stringifyJson = (value: Json): string => `${print(value, (entries) => entries, '')}\n`;

/**
 * The one JSON text of `value`: as `stringifyJson`, with keys sorted by code unit; lists keep their order.
 * @throws InvariantError for a number or a text that JSON in UTF-8 cannot hold.
 */
export const canonicalJson = (value: Json): string =>
  `${print(value, (entries) => entries.toSorted(([a], [b]) => byCodeUnit(a, b)), '')}\n`;
