import { readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import { load } from '../../generators/load/load.ts';
import { createLocator } from '../../generators/load/locate.ts';
import { readCompilerOutput, typecheck } from '../../generators/load/typecheck.ts';
import type { Files } from './fixture.ts';
import { brief, writeProject } from './fixture.ts';

const A = 'definitions/systems/a.ts';

const check = async (root: string, timeoutSeconds?: number) => {
  const report = createReport();
  await typecheck(
    { root, definitions: 'definitions', ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) },
    report,
  );
  return resolveFindings(report.list(), createLocator({ root })).map(brief);
};

describe('readCompilerOutput', () => {
  it.each<[name: string, output: string, messages: readonly (readonly unknown[])[], rest: readonly string[]]>([
    ['nothing', '', [], []],
    ['a message', 'a/b.ts(3,14): error TS2322: No.\n', [['a/b.ts', 3, 14, 'TS2322', 'No.']], []],
    [
      'continued lines',
      'a.ts(1,2): error TS1: One.\r\n  Because:\r\n    two.\r\nb (1).ts(3,4): error TS5: Five (5,6): error TS7: x.\r\n',
      [
        ['a.ts', 1, 2, 'TS1', 'One.\n  Because:\n    two.'],
        ['b (1).ts', 3, 4, 'TS5', 'Five (5,6): error TS7: x.'],
      ],
      [],
    ],
    [
      'what has no place',
      'error TS18003: No inputs.\n\nC:\\x.ts(1,1): error TS2: x\npanic: oh\n  at main.go:1\n',
      [['C:\\x.ts', 1, 1, 'TS2', 'x']],
      ['error TS18003: No inputs.', 'panic: oh', '  at main.go:1'],
    ],
  ])('reads %s', (_, output, messages, rest) => {
    const read = readCompilerOutput(output);
    expect(read.messages.map((one) => [one.file, one.line, one.column, one.tsCode, one.message])).toEqual(messages);
    expect(read.rest).toEqual(rest);
  });
});

describe('typecheck', () => {
  it('finds what is wrong in every definition, helpers included, and where', async () => {
    const root = writeProject({
      'definitions/project.ts': 'export default { a: 1 };',
      'definitions/shared.ts': `export const limit = (n: number): string => n;\n`,
      [A]: `import { limit } from '../shared.ts';\nconst e = '😀漢'; const x: { a: { b: number } } = { a: { b: limit(1) } };\nexport default x;\n`,
      'definitions/systems/b.ts': `process.exit();\nexport default {\n\tconsole: console.log(1),\n} satisfies { console: 1 };\n`,
    });
    expect(await check(root)).toEqual([
      "definitions/shared.ts:1:45-46 load/type Type 'number' is not assignable to type 'string'. (TS2322)",
      `${A}:2:57-58 load/type Type 'string' is not assignable to type 'number'. (TS2322)`,
      `definitions/systems/b.ts:1:1-8 load/type Cannot find name 'process'. (TS2591)`,
      `definitions/systems/b.ts:3:11-18 load/type Cannot find name 'console'. (TS2584)`,
    ]);
  });

  it('checks the others when one is no TypeScript', async () => {
    const root = writeProject({
      'definitions/broken.ts': 'export const = 1;',
      'definitions/between.ts': `export * from './broken.js';`,
      'definitions/wrong.ts': `export const x: string = 1;`,
      [A]: `import { x } from '../between.ts';\nexport default { x };`,
      'definitions/systems/b.ts': `import { x } from '../wrong.ts';\nexport default x satisfies number;`,
    });
    expect((await check(root)).map((line) => line.replace(/-\d+ .*\((TS\d+)\)$/s, ' $1'))).toEqual([
      'definitions/broken.ts:1:14 TS1134',
      'definitions/broken.ts:1:16 TS1134',
      'definitions/systems/b.ts:2:18 TS1360',
      'definitions/wrong.ts:1:14 TS2322',
    ]);
  });

  it('does not repeat what loading has found', async () => {
    const root = writeProject({
      'definitions/project.ts': `import { a } from './gone.ts';\nimport { b } from '../../out.ts';\nimport fs from 'node:fs';\nexport default { a, b, fs };`,
      'definitions/shared.ts': 'export const limit = 1;',
      'definitions/systems/a.ts': 'export default {\n  a: 1,\n  a: 2,\n};',
      'definitions/systems/b.ts': `import d, { limits } from '../shared.ts';\nimport { nothing } from '../shared.ts';\nexport default { d, limits, nothing };`,
      'definitions/systems/c.ts': 'export default {{',
    });
    const report = createReport();
    await load({ root, definitions: 'definitions', modules: {} }, report);
    const before = report.list().map(({ code }) => code);
    expect(before.toSorted()).toEqual([
      'load/duplicate-key',
      'load/import',
      'load/missing-export',
      'load/missing-file',
      'load/outside-root',
      'load/syntax',
    ]);
    await typecheck({ root, definitions: join(root, 'definitions') }, report);
    // A file stops at the first name that is missing; the compiler knows the others.
    const others = resolveFindings(report.list().slice(before.length), createLocator({ root }));
    expect(others.map(({ file, line, message }) => [file, line, message])).toEqual([
      [
        'definitions/systems/b.ts',
        1,
        `'"../shared.ts"' has no exported member named 'limits'. Did you mean 'limit'? (TS2724)`,
      ],
      ['definitions/systems/b.ts', 2, `Module '"../shared.ts"' has no exported member 'nothing'. (TS2305)`],
    ]);
  });

  it('keeps the lines of a long message together', async () => {
    const root = writeProject({
      [A]: `const x: { a: { b: number } } = {} as { a: { b: string } };\nexport default x;\n`,
    });
    const [finding, ...more] = await check(root);
    expect(finding).toContain(`${A}:1:7-8 load/type Type '{ a: { b: string; }; }' is not assignable`);
    expect(finding).toContain("\n    Type 'string' is not assignable to type 'number'.");
    expect(more).toEqual([]);
  });

  it('knows the types of the language, wherever the project is', async () => {
    const root = writeProject({
      [A]: `import { ms, unknownThing } from 'tocsin';\nexport const wrong: string = ms(100);\nexport default ms('100');\n`,
    });
    const codes = (await check(root)).map((line) => line.replace(/ load\/type.*\((TS\d+)\)$/s, ' $1'));
    expect(codes).toEqual([`${A}:1:14-26 TS2305`, `${A}:2:14-19 TS2322`, `${A}:3:19-24 TS2345`]);
  });

  it.each<[name: string, tsconfig: string | undefined, expected: readonly string[]]>([
    ['absent', undefined, [`${A}:1:48 load/type`]],
    ['lax', '{ "compilerOptions": { "module": "commonjs", "strict": false } }', []],
    [
      'strict',
      '{ /* comment */ "compilerOptions": { "strict": true, "noUnusedLocals": true, }, }',
      [`${A}:1:7 load/type`, `${A}:1:48 load/type`],
    ],
    [
      'for something else',
      '{ "compilerOptions": { "module": "nodenext", "strict": true, "composite": true, "declaration": true, "rootDir": "src", "outDir": "dist", "types": ["nowhere"], "paths": { "tocsin": ["./nowhere.ts"] } }, "files": ["src/bad.ts"], "references": [{ "path": "./src" }] }',
      [`${A}:1:48 load/type`],
    ],
    [
      'misspelt',
      '{ "compilerOptions": { "strict": true, "strickt": true } }',
      [`${A}:1:48 load/type`, 'tsconfig.json:1:40 load/typecheck'],
    ],
    [
      'no JSON',
      '{ "compilerOptions": { "strict": true } ',
      [`${A}:1:48 load/type`, 'tsconfig.json:1:41 load/typecheck'],
    ],
  ])('respects a tsconfig.json that is %s', async (_, tsconfig, expected) => {
    const root = writeProject({
      [A]: `const u = 1; export default ((a: number) => a)(undefined as undefined | number);`,
      'src/bad.ts': 'const x: string = 1;',
      ...(tsconfig === undefined ? {} : { 'tsconfig.json': tsconfig }),
    });
    expect((await check(root)).map((line) => line.replace(/-\d+ (load\/type\w*) [\s\S]*$/, ' $1'))).toEqual(expected);
  });

  it.each<[name: string, files: Files]>([
    ['no folder', { 'package.json': '{}' }],
    ['an empty folder', { 'definitions/README.md': '' }],
    ['fine definitions', { [A]: `import { ms } from 'tocsin';\nexport default { a: ms(1) };` }],
  ])('has nothing to say about %s', async (_, files) => {
    expect(await check(writeProject(files))).toEqual([]);
  });

  it('reads through a link to the project and leaves nothing behind', async () => {
    const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tocsin-types-'));
    const before = temporary();
    const root = writeProject({ 'real/definitions/systems/a.ts': 'export default 1 as string;' });
    symlinkSync('real', join(root, 'link'));
    expect(await check(join(root, 'link'))).toMatchObject([
      expect.stringContaining(`${A}:1:16-17 load/type Conversion of type`),
    ]);
    expect(readdirSync(join(root, 'real'))).toEqual(['definitions']);
    expect(temporary().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('does not wait for a compiler that hangs', async () => {
    const root = writeProject({ [A]: 'export default {};' });
    expect(await check(root, 0.001)).toEqual([
      'load/typecheck the type check did not work: the compiler was stopped after 0.001 s',
    ]);
  });
});
