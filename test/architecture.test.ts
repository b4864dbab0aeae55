import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CODES } from '../generators/diagnostics/codes.ts';
import * as tocsin from '../generators/index.ts';
import { MONITOR_KINDS, monitors } from '../generators/monitors/index.ts';
import { PASSES } from '../generators/passes/index.ts';
import { targets } from '../generators/targets/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const API: Readonly<Record<string, object>> = tocsin;

const sourcesBelow = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The files of a folder of units, without the registry and the contract. */
const unitFiles = (folder: string, ...others: readonly string[]): readonly string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !['index.ts', ...others].includes(entry.name))
    .map(({ name }) => basename(name, '.ts'))
    .toSorted();

const isMadeUnit = (path: string): boolean => /^ {2}id: '/m.test(read(path));

interface Registry {
  readonly kind: string;
  readonly registered: readonly string[];
  readonly found: readonly string[];
  /** The test file or folder of a unit. */
  readonly testOf: (id: string) => string;
}

const REGISTRIES: readonly Registry[] = [
  {
    kind: 'monitors',
    registered: [...MONITOR_KINDS.keys()],
    found: unitFiles('generators/monitors', 'monitor.ts'),
    testOf: (id) => `test/monitors/${id}.test.ts`,
  },
  {
    kind: 'passes',
    registered: PASSES.map(({ id }) => id),
    // What several passes share has no id of its own.
    found: unitFiles('generators/passes', 'pass.ts').filter((id) => isMadeUnit(`generators/passes/${id}.ts`)),
    testOf: (id) => `test/passes/${id}.test.ts`,
  },
  {
    kind: 'targets',
    registered: targets.map(({ id }) => id),
    found: readdirSync(join(ROOT, 'generators/targets'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name),
    testOf: (id) => `test/targets/${id}`,
  },
];

const hasTests = (path: string): boolean =>
  existsSync(join(ROOT, path)) &&
  (!statSync(join(ROOT, path)).isDirectory() ||
    readdirSync(join(ROOT, path)).some((name) => name.endsWith('.test.ts')));

describe.each(REGISTRIES)('the registry of $kind', ({ kind, registered, found, testOf }) => {
  test('lists every unit of the folder once, under the name of its file', () => {
    expect(registered.toSorted()).toEqual(found.toSorted());
    expect(new Set(registered).size).toBe(registered.length);
  });

  test('has a test for each of them, under its name', () => {
    expect(registered.map(testOf).filter((path) => !hasTests(path))).toEqual([]);
  });

  test('no test is named after a unit that is not there', () => {
    const folder = join(ROOT, `test/${kind}`);
    const named = existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory() === (kind === 'targets') && !entry.name.startsWith('.'))
          .filter((entry) => entry.isDirectory() || entry.name.endsWith('.test.ts'))
          .map(({ name }) => name.replace(/\.test\.ts$/, ''))
      : [];
    // Besides those of a unit there may be tests of what the units share.
    const shared = kind === 'targets' ? [] : [...unitFiles(`generators/${kind}`), 'index', 'registry'];
    expect([...registered, ...shared]).toEqual(expect.arrayContaining(named));
  });
});

test('every monitor is called as its kind is, in camel case', () => {
  const camel = (id: string): string => id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  expect(Object.keys(monitors).toSorted()).toEqual([...MONITOR_KINDS.keys()].map(camel).toSorted());
});

describe('every finding', () => {
  const sources = [...sourcesBelow('generators'), ...sourcesBelow('scripts')]
    .filter((path) => !path.endsWith('diagnostics/codes.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');

  test('is reported somewhere', () => {
    expect(Object.keys(CODES).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });

  test('has an id of a stage and a name', () => {
    for (const code of Object.keys(CODES)) expect(code).toMatch(/^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/);
  });
});

describe('the public API', () => {
  /** What `export { a, b } from './x.ts'` and `export * as q from './x.ts'` of an index lead to; types are left out. */
  const exported = [...read('generators/index.ts').matchAll(/^export \{([^}]*)\} from '\.\/(.*)';/gm)].flatMap(
    ([, names = '', path = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => ({ name, path: `generators/${path}` })),
  );
  const namespaces = [...read('generators/index.ts').matchAll(/^export \* as (\w+) from '\.\/(.*)';/gm)].flatMap(
    ([, name = '', path = '']) =>
      Object.keys(API[name] ?? {}).map((member) => ({ name: member, path: `generators/${path}` })),
  );

  /** Whether a documentation comment ends right above the declaration; a re-export is followed to the file it names. */
  const isDocumented = (path: string, name: string): boolean => {
    const source = read(path);
    const declared = new RegExp(`\\n(.*)\\nexport (?:const|function) ${name}\\b`).exec(`\n${source}`);
    if (declared) return declared[1]?.trimEnd().endsWith('*/') ?? false;
    const again = [...source.matchAll(/^export \{([^}]*)\} from '(.*)';/gm)].find(([, names = '']) =>
      names
        .split(',')
        .map((one) => one.trim())
        .includes(name),
    );
    return again !== undefined && isDocumented(join(path, '..', again[2] ?? ''), name);
  };

  test('is what the test below looks at', () => {
    const members = new Set([...exported.map(({ name }) => name), 'query']);
    expect([...members].toSorted()).toEqual(Object.keys(tocsin).toSorted());
    expect(namespaces.length).toBeGreaterThan(20);
  });

  test('has a comment on everything', () => {
    expect([...exported, ...namespaces].filter(({ name, path }) => !isDocumented(path, name))).toEqual([]);
    const source = read('generators/monitors/index.ts');
    expect(Object.keys(monitors).filter((name) => !source.includes(`*/\n  ${name}: `))).toEqual([]);
  });
});
