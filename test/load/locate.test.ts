import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallSite } from '../../generators/diagnostics/call-site.ts';
import type { Origin, PropertyPath } from '../../generators/diagnostics/diagnostic.ts';
import { spanAt } from '../../generators/diagnostics/frame.ts';
import { createLocator } from '../../generators/load/locate.ts';
import { writeProject } from './fixture.ts';

const A = 'definitions/systems/a.ts';

/** Takes the marks « and » out of a text; gives the range between them. */
const unmark = (marked: string) => {
  const from = marked.indexOf('«');
  const to = marked.indexOf('»') - 1;
  const text = marked.replace('«', '').replace('»', '');
  return { text, at: from === -1 ? undefined : spanAt(text, from, to) };
};

/** Locates a property in files of which one has its place marked. */
const check = (files: Readonly<Record<string, string>>, path: PropertyPath, more: Partial<Origin> = {}): void => {
  const plain = Object.entries(files).map(([file, marked]) => ({ file, ...unmark(marked) }));
  const root = writeProject(Object.fromEntries(plain.map(({ file, text }) => [file, text])));
  const expected = plain.flatMap(({ file, at }) => (at ? [{ file, ...at }] : []));
  expect(expected).toHaveLength(1);
  expect(createLocator({ root }).locate({ file: A, path, ...more })).toEqual(expected[0]);
};

describe('a property', () => {
  it.each<[shape: string, marked: string, path: PropertyPath]>([
    ['is a plain value', 'export default f({ a: «1», b: 2 });', ['a']],
    ['is nested', 'export default f({ a: { b: { c: «"x"» } } });', ['a', 'b', 'c']],
    ['has a quoted key', `export default f({ 'a-b': { "c.d": «1» } });`, ['a-b', 'c.d']],
    ['has an escaped key', `export default f({ 'it\\'s \\u00e9': «1» });`, ["it's é"]],
    ['has a key that is a number', 'export default f({ 1_0: «1» });', ['10']],
    ['has a computed key', `export default f({ ['a']: { [\`b\`]: «1» } });`, ['a', 'b']],
    ['is named like a keyword', 'export default f({ for: «1», default: 2, as: 3 });', ['for']],
    ['is a shorthand', 'const a = 1;\nexport default f({ «a» });', ['a']],
    ['is a method', 'export default f({ «a() { return 1; }» });', ['a']],
    ['is an object', 'export default f({\n  a: «{\n    b: 1,\n  }»,\n});', ['a']],
    ['is in an array', 'export default f({ a: [{ b: 1 }, { b: «2» }] });', ['a', 1, 'b']],
    ['is an element', `export default f({ a: ['x', «'y'»] });`, ['a', 1]],
    ['is behind a hole', 'export default f({ a: [, , «1»] });', ['a', 2]],
    ['is in nested arrays', 'export default f({ a: [[1], [2, «3»]] });', ['a', 1, 1]],
    ['is in a call', 'export default f({ a: threshold({ b: «ms(100)» }) });', ['a', 'b']],
    ['is in a call of a member', 'export default f({ a: monitors.cache({ b: { c: «1» } }) });', ['a', 'b', 'c']],
    ['is in a second argument', `export default f('name', { a: «1» });`, ['a']],
    ['is in a call with type arguments', 'export default f<Shop, 1>({ a: «1» });', ['a']],
    ['is in new', 'export default f({ a: new Map({ b: «1» }) });', ['a', 'b']],
    ['is in a call with an optional chain', 'export default f({ a: m?.cache?.({ b: «1» }) });', ['a', 'b']],
    ['satisfies', 'export default f({ a: { b: «1» } satisfies A } satisfies B);', ['a', 'b']],
    ['is as const', 'export default f({ a: { b: «1» } as const });', ['a', 'b']],
    ['is cast twice', 'export default f({ a: ({ b: «1» } as unknown as B) });', ['a', 'b']],
    ['is not null', 'export default f({ a: ({ b: «1» })! });', ['a', 'b']],
    ['is in a constant', 'const limits = { a: «1» };\nexport default f({ limits });', ['limits', 'a']],
    [
      'is in a typed, exported constant',
      'export const limits: Limits<A, B> = { a: «1» }, other = 2;\nexport default f({ x: limits });',
      ['x', 'a'],
    ],
    ['is in a constant of a constant', 'const a = { b: «1» };\nconst c = a;\nexport default f({ c });', ['c', 'b']],
    ['is in a member of a constant', 'const a = { b: { c: «1» } };\nexport default f({ x: a.b });', ['x', 'c']],
    [
      'is in a quoted member of a constant',
      `const a = { 'b-b': { c: «1» } };\nexport default f({ x: a['b-b'] });`,
      ['x', 'c'],
    ],
    ['is spread', 'const base = { a: «1» };\nexport default f({ ...base, b: 2 });', ['a']],
    ['is spread from a literal', 'export default f({ ...{ a: «1» } });', ['a']],
    ['overrides what is spread', 'const base = { a: 1 };\nexport default f({ a: 0, ...base, a: «2» });', ['a']],
    ['is overridden by what is spread', 'const base = { a: «1» };\nexport default f({ a: 0, ...base });', ['a']],
    ['is said twice', 'export default f({ a: 1, a: «2» });', ['a']],
    ['is in one branch', 'export default f({ a: x ? { b: 1 } : { c: «2» } });', ['a', 'c']],
    ['is in a default', 'export default f({ a: x ?? { b: «1» } });', ['a', 'b']],
    ['is in what an arrow gives', 'export default f({ a: (m) => ({ b: «1» }) });', ['a', 'b']],
    [
      'is in what a function returns',
      'export default f({ a: function (m) { const x = () => { return { b: 0 }; }; return { b: «1» }; } });',
      ['a', 'b'],
    ],
    ['is in what a method returns', 'export default f({ a() { return { b: «1» }; } });', ['a', 'b']],
    [
      'is in what a local function returns',
      'const make = (n: number) => ({ b: «n» });\nexport default f({ a: make(1) });',
      ['a', 'b'],
    ],
    [
      'is in what a declared function returns',
      'export default f({ a: make(1) });\nfunction make(n: number) { return { b: «n» }; }',
      ['a', 'b'],
    ],
    [
      'is given to a local function',
      'const make = (input: { b: 1 }) => input;\nexport default f({ a: make({ b: «1» }) });',
      ['a', 'b'],
    ],
    ['is in a mapped element', `export default f({ a: ['x', 'y'].map((name) => ({ name, b: «1» })) });`, ['a', 1, 'b']],
    ['is frozen', 'export default Object.freeze(f({ a: Object.freeze({ b: «1» }) }));', ['a', 'b']],
    [
      'is among comments',
      'export default f(/* a: 0 */ { // a: 0\n  /* a: 0 */ a /* x */: /* y */ «1» /* z */, // a: 2\n});',
      ['a'],
    ],
    ['is among wide characters', `export default f({ '漢😀': '👩‍👩‍👧', a: «1» });`, ['a']],
    ['is after Windows line breaks', 'const x = 1;\r\nexport default f({\r\n  a: «1»,\r\n});\r\n', ['a']],
    [
      'is in a file with templates and regular expressions',
      'const q = `}{${"`"}`; const r = /["{]/g;\nexport default f({ q: `a ${1}`, a: «1» });',
      ['a'],
    ],
    ['is in a file exported by name', 'const system = f({ a: «1» });\nexport default system;', ['a']],
    ['is in a file exported as default', 'const system = f({ a: «1» });\nexport { system as default };', ['a']],
    ['is in a file without a call', 'export default { a: «1» } satisfies S;', ['a']],
    [
      'is in a file with generics, enums and overloads',
      'enum E { A = 1 }\ndeclare function f<const T extends { a: number }>(t: T): T;\ntype X<T> = T extends (infer U)[] ? U : never;\nabstract class C<T> { private x?: T; constructor(protected readonly y = <T,>(z: T) => z) {} }\nexport default f({ a: «1» });',
      ['a'],
    ],
  ])('%s', (_, marked, path) => {
    check({ [A]: marked }, path);
  });
});

describe('a place that cannot be followed to its end', () => {
  it.each<[shape: string, marked: string, path: PropertyPath]>([
    ['the whole is the function called', 'export default «defineSystem»({\n a: 1 });', []],
    ['a missing property is the function called', 'export default «defineSystem»({ a: 1 });', ['b']],
    ['a missing property is the name of what lacks it', 'export default f({ «a»: { b: 1 } });', ['a', 'c', 'd']],
    ['a missing property of an element', 'export default f({ a: [«threshold»({ b: 1 })] });', ['a', 0, 'c']],
    ['behind a spread in an array', 'export default f({ «a»: [...x, { b: 1 }] });', ['a', 1, 'b']],
    ['behind the end of an array', 'export default f({ «a»: [1] });', ['a', 4]],
    ['in what is computed', 'export default f({ «a»: Object.fromEntries(list) });', ['a', 'b']],
    [
      'in a parameter',
      'const b = { c: 1 };\nconst make = (b: B) => ({ «b» });\nexport default f({ a: make(x) });',
      ['a', 'b', 'c'],
    ],
    ['in a name nobody declares', 'export default f({ a: { «b»: unknown } });', ['a', 'b', 'c']],
    ['in a constant that is itself', 'const a = { b: a };\nexport default f({ «a» });', ['a', 'c']],
    ['in text', `export default f({ «a»: 'text' });`, ['a', 'length']],
    ['a key that is computed', 'export default f({ «a»: { [`b${1}`]: 1 } });', ['a', 'b1']],
    ['a file that exports nothing', '«»const a = 1;', ['a']],
    ['a file that is broken', 'const x = = 1;\nexport default f({ a: «1» }', ['a']],
    ['a default that is re-exported', '«»export { default } from "./b.ts";', ['a']],
  ])('%s', (_, marked, path) => {
    check({ [A]: marked }, path);
  });

  it('is undefined for a file that is not there', () => {
    const root = writeProject({ 'package.json': '{}' });
    expect(createLocator({ root }).locate({ file: A, path: [] })).toBeUndefined();
    expect(createLocator({ root }).read(A)).toBeUndefined();
  });
});

describe('the name of a property', () => {
  it.each<[shape: string, marked: string, path: PropertyPath]>([
    ['plain', 'export default f({ «a»: 1 });', ['a']],
    ['quoted', `export default f({ «'a-b'»: 1 });`, ['a-b']],
    ['computed', `export default f({ [«'a'»]: 1 });`, ['a']],
    ['shorthand', 'const a = 1;\nexport default f({ «a» });', ['a']],
    ['of a method', 'export default f({ async *«a»() {} });', ['a']],
    ['nested', 'export default f({ a: threshold({ «b»: ms(1) }) });', ['a', 'b']],
    ['of an element', 'export default f({ a: [«1»] });', ['a', 0]],
  ])('%s', (_, marked, path) => {
    check({ [A]: marked }, path, { on: 'key' });
  });
});

describe('across files', () => {
  it.each<[shape: string, files: Readonly<Record<string, string>>, path: PropertyPath]>([
    [
      'a named import',
      {
        [A]: `import { limits as l } from '../x.ts';\nexport default f({ a: l });`,
        'definitions/x.ts': 'export const limits = { b: «1» };',
      },
      ['a', 'b'],
    ],
    [
      'a default import',
      {
        [A]: `import limits from '../x.ts';\nexport default f({ a: limits });`,
        'definitions/x.ts': 'export default { b: «1» };',
      },
      ['a', 'b'],
    ],
    [
      'a namespace',
      {
        [A]: `import * as x from '../x.ts';\nexport default f({ a: x.limits });`,
        'definitions/x.ts': 'const limits = { b: «1» };\nexport { limits };',
      },
      ['a', 'b'],
    ],
    [
      'a re-export',
      {
        [A]: `import { m } from '../x.js';\nexport default f({ a: m });`,
        'definitions/x.ts': `export { n as m } from './y.ts';`,
        'definitions/y.ts': 'export const n = { b: «1» };',
      },
      ['a', 'b'],
    ],
    [
      'a re-export of everything',
      {
        [A]: `import { n } from '../x.ts';\nexport default f({ ...n });`,
        'definitions/x.ts': `export * from './y.ts';`,
        'definitions/y.ts': 'export const n = { b: «1» };',
      },
      ['b'],
    ],
    [
      'a function',
      {
        [A]: `import { make } from '../x.ts';\nexport default f({ a: make(1) });`,
        'definitions/x.ts': 'export function make(n: number) { return threshold({ b: «n» }); }',
      },
      ['a', 'b'],
    ],
    ['a module that is not a file', { [A]: `import { x } from 'tocsin';\nexport default f({ «a»: x });` }, ['a', 'b']],
    ['a file that is not there', { [A]: `import { x } from '../x.ts';\nexport default f({ «a»: x });` }, ['a', 'b']],
    [
      'files that export each other',
      {
        [A]: `import { x } from '../x.ts';\nexport default f({ «a»: x });`,
        'definitions/x.ts': `export * from './y.ts';`,
        'definitions/y.ts': `export * from './x.ts';`,
      },
      ['a', 'b'],
    ],
  ])('%s', (_, files, path) => {
    check(files, path);
  });
});

describe('from a call site', () => {
  const text =
    'const n = 1;\nexport const limit = (m: number) =>\n  threshold({ a: m, b: [q({ c: 1 })] });\nexport default f({ a: limit(1) });\n';
  const located = (frame: (root: string) => string, path: PropertyPath, other = text) => {
    const root = writeProject({ 'definitions/my shared.ts': other, [A]: 'export default f({ a: 0 });' });
    const site: CallSite = { stack: `Error\n    at ${frame(root)}\n    at other (file:///x.js:1:1)` };
    return createLocator({ root }).locate({ file: A, site, path });
  };
  const inShared = (line: number, column: number, endColumn: number) => ({
    file: 'definitions/my shared.ts',
    line,
    column,
    endLine: line,
    endColumn,
  });

  it.each<[form: string, frame: (root: string) => string]>([
    ['a path', (root) => `${root}/definitions/my shared.ts:3:3`],
    ['a path with a function', (root) => `limit (${root}/definitions/my shared.ts:3:3)`],
    ['a path with a method', (root) => `Object.limit [as made] (${root}/definitions/my shared.ts:3:3)`],
    ['a URL', (root) => `file://${root}/definitions/my%20shared.ts:3:3`],
    ['a URL with a query', (root) => `async limit (file://${root}/definitions/my%20shared.ts?tsx-namespace=1&v=2:3:3)`],
    ['a path with a query', (root) => `${root}/definitions/my shared.ts?v=123:3:3`],
  ])('given as %s', (_, frame) => {
    expect(located(frame, ['a'])).toEqual(inShared(3, 18, 19));
    expect(located(frame, ['b', 0, 'c'])).toEqual(inShared(3, 32, 33));
    expect(located(frame, [])).toEqual(inShared(3, 3, 12));
  });

  it.each<[form: string, frame: (root: string) => string]>([
    ['outside the project', () => '/elsewhere/x.ts:3:3'],
    ['inside Node', () => 'node:internal/main:3:3'],
    ['without a place', () => '<anonymous>'],
    ['of a bad URL', () => 'file://%zz/x.ts:1:1'],
  ])('is ignored %s', (_, frame) => {
    expect(located(frame, ['a'])).toEqual({ file: A, line: 1, column: 23, endLine: 1, endColumn: 24 });
  });

  it.each([
    ['a word that is no call', '1:7', [], inShared(1, 7, 8)],
    ['the end of the file', '99:1', [], inShared(99, 1, 1)],
  ] as const)('takes %s as it is', (_, place, path, expected) => {
    expect(located((root) => `${root}/definitions/my shared.ts:${place}`, path)).toEqual(expected);
  });

  it.each<[shape: string, marked: string, place: string, path: PropertyPath]>([
    ['a chain', 'export default a.b({ c: 1 }).d({ c: «2» });', '1:30', ['c']],
    ['the first of a chain', 'export default a.b({ c: «1» }).d({ c: 2 });', '1:18', ['c']],
    ['a call in an argument', 'export default a({ c: 1, d: b({ c: «2» }) });', '1:29', ['c']],
    ['a tagged template', 'export default a({ c: «promql»`up` });', '1:23', []],
  ])('finds %s', (_, marked, place, path) => {
    const { text: plain, at } = unmark(marked);
    expect(located((root) => `${root}/definitions/my shared.ts:${place}`, path, plain)).toEqual({
      file: 'definitions/my shared.ts',
      ...at,
    });
  });
});

describe('the locator', () => {
  it('reads a file once', () => {
    const root = writeProject({ [A]: 'export default f({ a: 1 });' });
    const locator = createLocator({ root });
    const first = locator.locate({ file: A, path: ['a'] });
    writeFileSync(join(root, A), 'export default f({     a: 1 });');
    expect(locator.locate({ file: A, path: ['a'] })).toEqual(first);
    expect(locator.read(A)).toBe('export default f({ a: 1 });');
  });

  it('counts columns without a byte order mark', () => {
    const root = writeProject({ [A]: '\ufeffexport default f({ a: 1 });' });
    expect(createLocator({ root }).locate({ file: A, path: ['a'] })).toMatchObject({ line: 1, column: 23 });
  });

  it('takes any text and any path', () => {
    const word = fc.constantFrom(
      'export default ',
      'f(',
      '({',
      '})',
      '[',
      ']',
      'a: ',
      'b',
      ',',
      '...',
      'const b = ',
      '=> ',
      "'",
      '`',
      '${',
      '\n',
      'import b from "./b.ts";',
      'return ',
      '.map(',
      '.a',
      '?',
      ' as const',
      '漢',
    );
    const step = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.nat(3));
    const root = writeProject({ 'package.json': '{}' });
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 25 }).map((words) => words.join('')),
        fc.array(step, { maxLength: 4 }),
        (text, path) => {
          const sources = new Map([[A, { file: A, text }]]);
          const found = createLocator({ root, sources }).locate({ file: A, path });
          const lines = text.split('\n');
          expect(found?.line).toBeGreaterThanOrEqual(1);
          expect(found?.endLine).toBeLessThanOrEqual(lines.length);
          expect(found?.endColumn).toBeLessThanOrEqual((lines[(found?.endLine ?? 1) - 1]?.length ?? 0) + 1);
        },
      ),
      { numRuns: 500 },
    );
  });
});
