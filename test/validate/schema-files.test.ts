import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateSchemas, SCHEMA_DIRECTORY, STAMP_FILE, stampOf } from '../../scripts/schema-generator.ts';

const FILES = readdirSync(SCHEMA_DIRECTORY).filter((name) => name.endsWith('.json'));
const committed = new Map(FILES.map((name) => [name, readFileSync(join(SCHEMA_DIRECTORY, name), 'utf8')]));

const keywordsOf = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, item]) => [key, ...keywordsOf(item)])
    : [];

test('the schemas are those that `npm run schemas` makes of the installed packages', async () => {
  const schemas = new Map([...committed].filter(([name]) => name !== STAMP_FILE));
  const stamp: unknown = JSON.parse(committed.get(STAMP_FILE) ?? 'null');
  // Making them takes seconds, so only when something changed that decides what comes out.
  if (JSON.stringify(stamp) === JSON.stringify(stampOf(schemas))) return;
  const expected = await generateSchemas();
  expect([...committed.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, text] of expected) expect(committed.get(name), `${name}: run npm run schemas`).toBe(text);
});

test.each(FILES.filter((name) => name !== STAMP_FILE))(
  '%s has no unions, which would make many findings of one mistake',
  (name) => {
    const keywords = new Set(keywordsOf(JSON.parse(committed.get(name) ?? '')));
    expect([...keywords].filter((keyword) => ['anyOf', 'oneOf', 'not'].includes(keyword))).toEqual([]);
  },
);
