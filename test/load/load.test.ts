import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CALL_SITE } from '../../generators/diagnostics/call-site.ts';
import type { CallSite } from '../../generators/diagnostics/call-site.ts';
import { nodeLoadIo } from '../../generators/load/io.ts';
import type { Files } from './fixture.ts';
import { api, brief, loadFiles, loadFolder, writeProject } from './fixture.ts';

const A = 'definitions/systems/a.ts';
const FINE = `import { defineSystem } from 'tocsin';\nexport default defineSystem({ id: 'fine' });\n`;
const fine = { 'definitions/systems/fine.ts': FINE };

describe('load', () => {
  it('gives the default exports, by file', async () => {
    const { definitions, findings } = await loadFiles({
      'definitions/project.ts': `import { defineProject } from 'tocsin';\nexport default defineProject({ teams: {} });`,
      'definitions/systems/b.ts': FINE,
      [A]: `import { defineSystem, ms } from 'tocsin';\nimport type { Missing } from './types-only.ts';\nconst limit: Missing = ms(5);\nexport default defineSystem({ limit } satisfies object);`,
    });
    expect(findings).toEqual([]);
    expect(definitions).toEqual([
      { file: 'definitions/project.ts', value: { kind: 'project', teams: {} } },
      { file: A, value: { kind: 'system', limit: { value: 5 } } },
      { file: 'definitions/systems/b.ts', value: { kind: 'system', id: 'fine' } },
    ]);
  });

  it('runs every file once and gives all importers the same values', async () => {
    const { definitions, findings } = await loadFiles({
      'definitions/metrics.ts': `export const requests = { name: 'requests' };\nexport default 'metrics';\nexport * from './more/other.ts';`,
      'definitions/more/other.ts': `import names, { length } from './names.json' with { type: 'json' };\nexport const other = [...names, length];`,
      'definitions/more/names.json': '["x", "y"]',
      [A]: `import { defineSystem } from 'tocsin';\nimport * as metrics from '../metrics.ts';\nexport default defineSystem({ m: metrics.requests, o: metrics.other });`,
      'definitions/systems/b.ts': `import * as tocsin from 'tocsin';\nimport name, { requests as r } from '../metrics.js';\nimport a from './a.ts';\nexport default tocsin.defineSystem({ m: r, name, a });`,
    });
    expect(findings).toEqual([]);
    const [a, b] = definitions.map(({ value }) => value as Readonly<Record<string, unknown>>);
    expect(a?.m).toEqual({ name: 'requests' });
    expect(b?.m).toBe(a?.m);
    expect(b?.a).toBe(a);
    expect(b?.name).toBe('metrics');
    expect(a?.o).toEqual(['x', 'y', 2]);
  });

  it('lets whole modules be printed, spread and asked', async () => {
    const { definitions, findings } = await loadFiles({
      'definitions/x.ts': 'export const one = 1;',
      [A]: `import * as x from '../x.ts';\nimport * as tocsin from 'tocsin';\nexport default { ...x, json: JSON.stringify(x), has: 'two' in x, text: String(typeof x), n: Object.keys(tocsin).length };`,
    });
    expect(findings).toEqual([]);
    expect(definitions[0]?.value).toEqual({
      one: 1,
      json: '{"one":1}',
      has: false,
      text: 'object',
      n: Object.keys(api).length + 1,
    });
  });

  it('gives definitions the very objects it is given, in this realm', async () => {
    const token = { unique: true };
    const { definitions } = await loadFiles(
      {
        [A]: `import { token } from 'tocsin/extra';\nexport default { token, list: [], error: new Error('x'), map: new Map() };`,
      },
      { modules: { 'tocsin/extra': { token } } },
    );
    const value = definitions[0]?.value as { token: unknown; list: unknown; error: unknown; map: unknown };
    expect(value.token).toBe(token);
    expect(value.list).toBeInstanceOf(Array);
    expect(value.error).toBeInstanceOf(Error);
    expect(value.map).toBeInstanceOf(Map);
  });

  it('sees the files as they are each time, helpers included', async () => {
    const root = writeProject({
      'definitions/n.ts': 'export const n = 1;',
      [A]: `import { n } from '../n.ts';\nexport default { n };`,
    });
    expect((await loadFolder(root)).definitions[0]?.value).toEqual({ n: 1 });
    writeFileSync(join(root, 'definitions/n.ts'), 'export const n = 2;');
    expect((await loadFolder(root)).definitions[0]?.value).toEqual({ n: 2 });
    writeFileSync(join(root, A), 'export default { n: 3 };');
    expect((await loadFolder(root)).definitions[0]?.value).toEqual({ n: 3 });
  });

  it('loads several folders at a time', async () => {
    const results = await Promise.all([1, 2, 3, 4].map((n) => loadFiles({ [A]: `export default { n: ${n} };` })));
    expect(results.map(({ definitions }) => definitions[0]?.value)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
  });

  it('gives the same whatever the order of the disk', async () => {
    const root = writeProject({
      ...fine,
      [A]: 'export default {',
      'definitions/systems/b.ts': 'throw new Error("b");',
    });
    const list = async (path: string) => [...(await nodeLoadIo.list(path))].reverse();
    const [one, other] = [await loadFolder(root), await loadFolder(root, { io: { ...nodeLoadIo, list } })];
    expect(other.findings).toEqual(one.findings);
    expect(other.definitions).toEqual(one.definitions);
  });

  it('takes a deeper file that a system imports for a part of it', async () => {
    const { definitions, findings } = await loadFiles({
      'definitions/systems/shop/metrics.ts': 'export const m = 1;',
      'definitions/systems/shop/unused.ts': 'export const u = 1;',
      'definitions/systems/shop/shop.ts': `import { m } from './metrics.ts';\nexport default { m };`,
    });
    expect(definitions.map(({ file }) => file)).toEqual(['definitions/systems/shop/shop.ts']);
    expect(findings.map(({ file, code }) => [file, code])).toEqual([
      ['definitions/systems/shop/unused.ts', 'load/no-default-export'],
    ]);
  });

  it('runs the strict code of modules, enums and namespaces', async () => {
    const { definitions, findings } = await loadFiles({
      [A]: `enum Level { Low = 1, High }\nnamespace N { export const x = 2; }\nclass P { constructor(readonly a: number) {} }\nexport default { strict: (function () { return this; })() === undefined, level: Level.High, x: N.x, a: new P(3).a, r: /require("x")/.source, s: 'require("./nowhere.ts")' };`,
    });
    expect(findings).toEqual([]);
    expect(definitions[0]?.value).toEqual({
      strict: true,
      level: 2,
      x: 2,
      a: 3,
      r: 'require("x")',
      s: 'require("./nowhere.ts")',
    });
  });

  it('notes call sites that lead to the TypeScript', async () => {
    const { definitions, locator } = await loadFiles({
      'definitions/shared.ts': `import { threshold } from 'tocsin';\n\n/** many */\n/** lines */\nexport const limit = (n: number) =>\n  threshold({ n });\n`,
      [A]: `import { defineSystem, monitors } from 'tocsin';\nimport { limit } from '../shared.ts';\ninterface Gone {\n  a: 1;\n}\nexport default defineSystem({ a: limit(1), '漢😀': 1, b: monitors.cache({ size: 1 }) });\n`,
    });
    const value = definitions[0]?.value as Record<'a' | 'b', { readonly [CALL_SITE]?: CallSite }>;
    const siteOf = (it: { readonly [CALL_SITE]?: CallSite }) => ({ site: it[CALL_SITE] ?? {} });
    expect(locator.locate({ file: A, ...siteOf(value.a), path: ['n'] })).toEqual({
      file: 'definitions/shared.ts',
      line: 6,
      column: 15,
      endLine: 6,
      endColumn: 16,
    });
    expect(locator.locate({ file: A, ...siteOf(value.b), path: [] })).toEqual({
      file: A,
      line: 6,
      column: 57,
      endLine: 6,
      endColumn: 71,
    });
    expect(locator.locate({ file: A, ...siteOf(value.b), path: ['size'] })).toMatchObject({ line: 6, column: 80 });
  });
});

describe('a file that is wrong', () => {
  it.each<[name: string, files: Files, expected: readonly string[]]>([
    [
      'does not compile',
      { [A]: `const é = '😀'; const x = ;\nexport default x;` },
      [`${A}:1:27-28 load/syntax the file does not compile: Unexpected ";"`],
    ],
    [
      'does not end',
      { [A]: 'export default {\n  a: 1,\n' },
      [`${A}:3:1-1 load/syntax the file does not compile: Expected identifier but found end of file`],
    ],
    [
      'has several mistakes',
      { [A]: 'let a = 1;\nlet a = 2;\nexport default 1;\nexport default 2;' },
      [
        `${A}:2:5-6 load/syntax the file does not compile: The symbol "a" has already been declared`,
        `${A}:4:8-15 load/syntax the file does not compile: Multiple exports with the same name "default"`,
      ],
    ],
    ['is not text', { [A]: '\u0000\u0001' }, [`${A}:1:1-2 load/syntax the file does not compile: Unexpected "\\x00"`]],
    [
      'throws',
      { [A]: `type T = 1;\nconst list: T[] = [];\nexport default { a: list[0].name };` },
      [
        `${A}:3:29-33 load/threw the file threw while it was loaded: TypeError: Cannot read properties of undefined (reading 'name')`,
      ],
    ],
    [
      'throws in the language',
      { [A]: `import { fails } from 'tocsin';\n\nexport default { a:\n  fails('too long') };` },
      [`${A}:4:3-8 load/threw the file threw while it was loaded: RangeError: too long`],
    ],
    [
      'calls what is no function',
      { [A]: `import { defineSystem } from 'tocsin';\nexport default defineSystem.system({});` },
      [`${A}:2:29-35 load/threw the file threw while it was loaded: TypeError: defineSystem.system is not a function`],
    ],
    [
      'throws no error',
      { [A]: `throw 'a word';` },
      [`${A}:1:1-1 load/threw the file threw while it was loaded: "a word" was thrown`],
    ],
    [
      'throws nothing',
      { [A]: `throw undefined;` },
      [`${A}:1:1-1 load/threw the file threw while it was loaded: undefined was thrown`],
    ],
    [
      'throws something evil',
      { [A]: `throw { get stack() { throw 1; }, toString() { throw 2; } };` },
      [`${A}:1:1-1 load/threw the file threw while it was loaded: a value that cannot be shown was thrown`],
    ],
    [
      'changes what is frozen',
      { [A]: `const a = Object.freeze({ b: 1 });\n(a as { b: number }).b = 2;\nexport default a;` },
      [
        `${A}:2:22-23 load/threw the file threw while it was loaded: TypeError: Cannot assign to read only property 'b' of object '#<Object>'`,
      ],
    ],
    [
      'ends the process',
      { [A]: `process.exit(3);\nexport default {};` },
      [
        `${A}:1:9-13 load/threw the file threw while it was loaded: TypeError: definitions have no process.exit: they give the same output everywhere`,
      ],
    ],
    [
      'reads the environment',
      { [A]: `export default { team: process.env.USER };` },
      [
        `${A}:1:32-35 load/threw the file threw while it was loaded: TypeError: definitions have no process.env: they give the same output everywhere`,
      ],
    ],
    [
      'exports nothing',
      { [A]: `import { defineSystem } from 'tocsin';\nexport const system = defineSystem({});` },
      [`${A}:1:1-1 load/no-default-export the file has no default export that is a definition`],
    ],
    [
      'exports a number',
      { [A]: `const limit = 5;\nexport default limit;` },
      [`${A}:2:16-21 load/no-default-export the file has no default export that is a definition`],
    ],
    [
      'is empty',
      { [A]: '' },
      [`${A}:1:1-1 load/no-default-export the file has no default export that is a definition`],
    ],
    [
      'waits',
      { [A]: `const x = await Promise.resolve(1);\nexport default { x };` },
      [
        `${A}:1:11-16 load/asynchronous a definition cannot wait for anything: no top-level await, no promise as the default export`,
      ],
    ],
    [
      'exports a promise',
      { [A]: `export default (async () => ({}))();` },
      [
        `${A}:1:16-34 load/asynchronous a definition cannot wait for anything: no top-level await, no promise as the default export`,
      ],
    ],
    [
      'says a property twice',
      { [A]: `export default {\n  a: 1,\n  a: 2,\n};` },
      [`${A}:3:3-4 load/duplicate-key the object has two properties "a"; only the last would count`],
    ],
    [
      'compares with NaN',
      { [A]: `const a: number = 1;\nexport default { b: a === NaN };` },
      [`${A}:2:23-26 load/suspicious Comparison with NaN using the "===" operator here is always false`],
    ],
    [
      'prints',
      { [A]: `console.log('%s and', 'one', { two: 2 });\nexport default {};` },
      [`${A}:1:9-12 load/printed the definition prints: one and { two: 2 }`],
    ],
  ])('%s', async (_, files, expected) => {
    const { findings, definitions } = await loadFiles({ ...files, ...fine });
    expect(findings.map(brief)).toEqual(expected);
    expect(definitions.map(({ file }) => file)).toContain('definitions/systems/fine.ts');
  });

  it('is stopped when it does not come to its end, and hides no other', async () => {
    const { findings, definitions } = await loadFiles(
      {
        ...fine,
        'definitions/loop.ts': 'export const x = 1;\ntry { for (;;) {} } catch {} finally {}',
        [A]: `import { x } from '../loop.ts';\nexport default { x };`,
        'definitions/systems/b.ts': `import { x } from '../loop.ts';\nexport default { x };`,
      },
      { timeoutSeconds: 0.1 },
    );
    expect(findings.map(brief)).toEqual([
      'definitions/loop.ts:1:1-1 load/never-ends loading the file was not done after 0.1 s and was stopped',
    ]);
    expect(definitions.map(({ file }) => file)).toEqual(['definitions/systems/fine.ts']);
  });

  it('is reported once however many files import it, and once for the place that called it', async () => {
    const { findings } = await loadFiles({
      'definitions/shared.ts': `import { fails } from 'tocsin';\nexport const make = (n: number) => (n > 1 ? fails('n') : n);\n`,
      'definitions/broken.ts': `import { fails } from 'tocsin';\nfails('always');\nexport const x = 1;`,
      [A]: `import { x } from '../broken.ts';\nexport default { x };`,
      'definitions/systems/b.ts': `import { x } from '../broken.ts';\nexport default { x };`,
      'definitions/systems/c.ts': `import { make } from '../shared.ts';\nexport default {\n  a: make(1),\n  b: make(2),\n};`,
    });
    expect(findings.map(brief)).toEqual([
      'definitions/broken.ts:2:1-6 load/threw the file threw while it was loaded: RangeError: always',
      'definitions/shared.ts:2:45-50 load/threw the file threw while it was loaded: RangeError: n',
    ]);
    expect(findings[1]?.related).toEqual([
      { note: 'called from here', file: 'definitions/systems/c.ts', line: 4, column: 6 },
    ]);
  });

  it('recurses without end', async () => {
    const { findings } = await loadFiles({
      [A]: `const f = (): number => f() + 1;\nexport default { a: f() };`,
      ...fine,
    });
    expect(findings).toMatchObject([{ code: 'load/threw', file: A, line: 1 }]);
    expect(findings[0]?.message).toContain('Maximum call stack size exceeded');
  });

  it('says where the first of two equal properties is', async () => {
    const { findings } = await loadFiles({ [A]: `export default {\n  'é': 1,\n  'é': 2,\n};` });
    expect(findings[0]?.related).toEqual([{ note: 'The original key "é" is here', file: A, line: 2, column: 3 }]);
  });

  it('cannot be read', async () => {
    const read = (path: string) =>
      path.endsWith('a.ts')
        ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
        : nodeLoadIo.read(path);
    const { findings } = await loadFiles({ ...fine, [A]: '' }, { io: { ...nodeLoadIo, read } });
    expect(findings.map(brief)).toEqual([`${A}:1:1-1 load/unreadable ${A} cannot be read: permission denied`]);
  });
});

describe('an import that is wrong', () => {
  const shared = { 'definitions/shared.ts': 'export const team = 1;\nexport const latency = 2;' };
  it.each<[name: string, files: Files, expected: readonly string[], hint?: string]>([
    [
      'names a file that is not there',
      { [A]: `import { team } from '../shraed.ts';\nexport default { team };` },
      [`${A}:1:22-36 load/missing-file there is no file "../shraed.ts"`],
      'Did you mean "../shared.ts"?',
    ],
    [
      'leaves the extension out',
      { [A]: `import { team } from '../shared';\nexport default { team };` },
      [`${A}:1:22-33 load/missing-file there is no file "../shared"`],
      'Did you mean "../shared.ts"?',
    ],
    [
      'is one of several',
      {
        [A]: `import { a } from './a1.ts';\nimport { b } from 'b1';\nimport { team } from '../shared.ts';\nexport * from './c1.ts';\nexport default { a, b, team };`,
      },
      [
        `${A}:1:19-28 load/missing-file there is no file "./a1.ts"`,
        `${A}:2:19-23 load/import a definition cannot import "b1"; only Tocsin and .ts, .js and .json files in definitions/`,
        `${A}:4:15-24 load/missing-file there is no file "./c1.ts"`,
      ],
    ],
    [
      'leaves the definitions',
      {
        'out/model.json': '{}',
        [A]: `import model from '../../out/model.json' with { type: 'json' };\nexport default { model };`,
      },
      [`${A}:1:19-41 load/outside-root "../../out/model.json" leads outside definitions/`],
    ],
    [
      'leaves the project',
      { [A]: `import x from '../../../../../../etc/passwd';\nexport default { x };` },
      [`${A}:1:15-45 load/outside-root "../../../../../../etc/passwd" leads outside definitions/`],
    ],
    [
      'leaves through a link',
      { 'definitions/out.ts': { link: '/etc/hosts' }, [A]: `import x from '../out.ts';\nexport default { x };` },
      [`${A}:1:15-26 load/outside-root "../out.ts" leads outside definitions/`],
    ],
    [
      'is a package',
      { [A]: `import fs from 'node:fs';\nexport default { fs };` },
      [
        `${A}:1:16-25 load/import a definition cannot import "node:fs"; only Tocsin and .ts, .js and .json files in definitions/`,
      ],
      'Tocsin\'s own modules are "tocsin".',
    ],
    [
      'is an absolute path',
      { [A]: `import '/etc/passwd';\nexport default {};` },
      [
        `${A}:1:8-21 load/import a definition cannot import "/etc/passwd"; only Tocsin and .ts, .js and .json files in definitions/`,
      ],
    ],
    [
      'is a URL',
      { [A]: `export * from 'data:text/javascript,1';\nexport default {};` },
      [
        `${A}:1:15-39 load/import a definition cannot import "data:text/javascript,1"; only Tocsin and .ts, .js and .json files in definitions/`,
      ],
    ],
    [
      'is another kind of file',
      { 'definitions/x.css': '', [A]: `import '../x.css';\nexport default {};` },
      [
        `${A}:1:8-18 load/import a definition cannot import "../x.css"; only Tocsin and .ts, .js and .json files in definitions/`,
      ],
    ],
    [
      'misspells the language',
      { [A]: `import { defineSystem } from 'toscin';\nexport default defineSystem({});` },
      [`${A}:1:30-38 load/missing-file there is no file "toscin"`],
      'Did you mean "tocsin"?',
    ],
    [
      'names what the language does not export',
      { [A]: `import { treshold } from 'tocsin';\nexport default {\n  a: treshold({}) };` },
      [`${A}:1:10-18 load/missing-export "tocsin" exports no treshold`],
      'Did you mean "threshold"?',
    ],
    [
      'takes a default that is not there',
      { [A]: `import teams from '../shared.ts';\nexport default { teams };` },
      [`${A}:1:8-13 load/missing-export "../shared.ts" exports no default`],
    ],
    [
      'takes a name that is not there under another',
      {
        [A]: `import { team, latency as late, team as latenci, latenci as x } from '../shared.ts';\nexport default { team, late, latenci, x };`,
      },
      [`${A}:1:50-57 load/missing-export "../shared.ts" exports no latenci`],
      'Did you mean "latency"?',
    ],
    [
      'hands on a name that is not there',
      {
        'definitions/hub.ts': `export { lost } from './shared.ts';`,
        [A]: `import { lost } from '../hub.ts';\nexport default { lost };`,
      },
      ['definitions/hub.ts:1:10-14 load/missing-export "./shared.ts" exports no lost'],
    ],
    [
      'reads a name of a whole module that is not there',
      { [A]: `import * as shared from '../shared.ts';\nexport default { a: shared.nothing };` },
      [`${A}:2:28-35 load/missing-export "../shared.ts" exports no nothing`],
    ],
    [
      'names what a file does not export',
      { [A]: `import { teams } from '../shared.ts';\nexport default { teams };` },
      [`${A}:1:10-15 load/missing-export "../shared.ts" exports no teams`],
      'Did you mean "team"?',
    ],
    [
      'does not compile',
      { 'definitions/bad.ts': 'export const = 1;', [A]: `import { x } from '../bad.ts';\nexport default { x };` },
      ['definitions/bad.ts:1:14-15 load/syntax the file does not compile: Expected identifier but found "="'],
    ],
    [
      'is not JSON',
      {
        'definitions/bad.json': '{ a: 1 }',
        [A]: `import x from '../bad.json' with { type: 'json' };\nexport default { x };`,
      },
      ['definitions/bad.json:1:3-4 load/syntax the file does not compile: Expected string in JSON but found "a"'],
    ],
    [
      'uses require',
      { [A]: `export default { fs: require('fs') };` },
      [
        `${A}:1:16-37 load/import a definition cannot import "fs"; only Tocsin and .ts, .js and .json files in definitions/`,
      ],
    ],
  ])('%s', async (_, files, expected, hint) => {
    const { findings, definitions } = await loadFiles({ ...shared, ...files, ...fine });
    expect(findings.map(brief)).toEqual(expected);
    expect(findings[0]?.hint ?? '').toContain(hint ?? '');
    expect(definitions.map(({ file }) => file)).toEqual(['definitions/systems/fine.ts']);
  });
});

describe('circular imports', () => {
  it('are one finding a circle, on the import that closes it', async () => {
    const { findings, definitions } = await loadFiles({
      ...fine,
      [A]: `import { b } from '../b.ts';\nexport const a = 1;\nexport default { b };`,
      'definitions/b.ts': `import type { A } from './systems/a.ts';\nimport { c } from './c.ts';\nexport const b = c;\n`,
      'definitions/c.ts': `\nimport { a } from './systems/a.ts';\nexport const c = () => a;\n`,
      'definitions/systems/d.ts': `import d from './d.ts';\nexport default { d };`,
    });
    expect(findings.map(brief)).toEqual([
      `definitions/c.ts:2:19-35 load/circular-import definition files import each other in a circle: ${A} -> definitions/b.ts -> definitions/c.ts -> ${A}`,
      'definitions/systems/d.ts:1:15-23 load/circular-import definition files import each other in a circle: definitions/systems/d.ts -> definitions/systems/d.ts',
    ]);
    expect(definitions.map(({ file }) => file)).toEqual(['definitions/systems/fine.ts']);
  });

  it('of types alone are fine, and so is a diamond', async () => {
    const { findings } = await loadFiles({
      'definitions/x.ts': `import type { Y } from './y.ts';\nexport const x = 1;\nexport type X = Y;`,
      'definitions/y.ts': `import { x } from './x.ts';\nexport const y = x;\nexport type Y = number;`,
      [A]: `import { x } from '../x.ts';\nimport { y } from '../y.ts';\nexport default { x, y };`,
    });
    expect(findings).toEqual([]);
  });
});

describe('nothing is left behind', () => {
  it('on globals', async () => {
    const before = [...Reflect.ownKeys(globalThis), Error.stackTraceLimit];
    await loadFiles({ [A]: 'throw new Error();', 'definitions/systems/b.ts': 'for (;;) {}' }, { timeoutSeconds: 0.05 });
    expect([...Reflect.ownKeys(globalThis), Error.stackTraceLimit]).toEqual(before);
  });

  it('keeps the language as it was given', async () => {
    const keys = Object.keys(api);
    await loadFiles({ [A]: `import * as t from 'tocsin';\n(t as any).extra = 1;\nexport default {};` });
    expect(Object.keys(api)).toEqual(keys);
  });
});
