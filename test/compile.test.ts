import fs, { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../generators/compile.ts';
import { createReport } from '../generators/diagnostics/report.ts';
import * as tocsin from '../generators/index.ts';
import type { LoadIo } from '../generators/load/io.ts';
import { nodeLoadIo } from '../generators/load/io.ts';
import type { LoadedDefinition } from '../generators/load/load.ts';
import { load } from '../generators/load/load.ts';
import * as promql from '../generators/promql/index.ts';
import type { Tree } from './support/output-tree.ts';
import type { TemporaryProject } from './support/project.ts';
import { runProcess, temporaryProject } from './support/project.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const loadFrom = async (root: string, io: LoadIo = nodeLoadIo): Promise<readonly LoadedDefinition[]> => {
  const report = createReport();
  const modules = { tocsin, 'tocsin/promql': promql };
  const { definitions } = await load({ root, definitions: 'definitions', modules, io }, report);
  expect(report.list()).toEqual([]);
  return definitions;
};

const compileAll = async (definitions: readonly LoadedDefinition[]): Promise<Tree> => {
  const report = createReport();
  const { files } = await compile(definitions, report);
  expect(report.list()).toEqual([]);
  return Object.fromEntries((files ?? []).map(({ path, text }) => [path, text]));
};

const compileFrom = async (root: string, io?: LoadIo): Promise<Tree> => compileAll(await loadFrom(root, io));

let reference: Tree = {};
beforeAll(async () => {
  reference = await compileFrom(ROOT);
});

let folder: TemporaryProject | undefined;
afterEach(() => {
  folder?.remove();
  folder = undefined;
});

const copyOfDefinitions = (edit: (text: string, path: string) => string = (text) => text): string => {
  folder = temporaryProject();
  folder.copy('definitions');
  for (const entry of readdirSync(join(folder.root, 'definitions'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) writeFileSync(path, edit(readFileSync(path, 'utf8'), path));
  }
  return folder.root;
};

describe('the output of the definitions', () => {
  test('has a part of every target, in order, and is the same in a second run', async () => {
    const tops = new Set(Object.keys(reference).map((path) => path.split('/')[0]));
    for (const top of [
      'model.json',
      'prometheus',
      'alertmanager',
      'grafana',
      'kubernetes',
      'runbooks',
      'docs',
      'tests',
    ])
      expect(tops).toContain(top);
    expect(Object.keys(reference)).toEqual(Object.keys(reference).toSorted());
    expect(await compileFrom(ROOT)).toEqual(reference);
  });

  test('does not depend on the order of the files', async () => {
    const definitions = await loadFrom(ROOT);
    expect(definitions.length).toBeGreaterThanOrEqual(3);
    for (const order of [definitions.toReversed(), [...definitions.slice(1), ...definitions.slice(0, 1)]])
      expect(await compileAll(order)).toEqual(reference);
  });

  test('does not depend on the order in which the disk lists them, nor on the folder they are in', async () => {
    const backwards: LoadIo = {
      ...nodeLoadIo,
      list: async (directory) => (await nodeLoadIo.list(directory)).toReversed(),
    };
    expect(await compileFrom(copyOfDefinitions(), backwards)).toEqual(reference);
  });

  test('does not depend on comments and on where the lines are', async () => {
    const spread = copyOfDefinitions((text) =>
      `\n\n/* A comment\n * of some lines. */\n${text}// The end.`
        .replaceAll(/^(const|export|import) /gm, '// Before.\n\n\n$1 ')
        .replaceAll(/: \{\n/g, ': { // Inside.\n\n'),
    );
    expect(await compileFrom(spread)).toEqual(reference);
  });

  test('does not depend on which of two blocks of metrics comes first', async () => {
    const isSwapped: string[] = [];
    const swapped = copyOfDefinitions((text, path) =>
      text.replace(
        /^(const server = .*?^\}\);\n)\n(const store = .*?^\}\);\n)/ms,
        (_, server: string, store: string) => {
          isSwapped.push(path);
          return `${store}\n${server}`;
        },
      ),
    );
    expect(isSwapped).toHaveLength(1);
    expect(await compileFrom(swapped)).toEqual(reference);
  });

  test('does not depend on the locale, the time zone and the process', async () => {
    folder = temporaryProject();
    const out = join(folder.root, 'out');
    const env = { ...process.env, LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu' };
    const command = [join(ROOT, 'scripts/tocsin.mjs'), 'generate', '--out', out];
    const ended = await runProcess(process.execPath, command, { cwd: ROOT, env });
    expect(ended.code, ended.stderr).toBe(0);
    const written = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== '.manifest.json')
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path): [string, string] => [path.slice(out.length + 1), readFileSync(path, 'utf8')]);
    expect(Object.fromEntries(written)).toEqual(reference);
  });
});

describe('compile', () => {
  // The test runner goes on using the clock and the disk while compile() waits: only calls below these names are caught.
  const provoke = (call: () => unknown): unknown => call();
  const isCaught = (stack: string): boolean => /\/generators\/|\bprovoke\b/.test(stack);

  const poisonAll = (): (() => void) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Infinity;
    const undo: (() => void)[] = [];
    const poison = (owner: object, name: string): void => {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      const real: unknown = before?.value;
      if (before === undefined || typeof real !== 'function' || /^[A-Z_]/.test(name)) return;
      const poisoned = function poisoned(this: unknown, ...args: readonly unknown[]): unknown {
        const error = new Error(`compile() uses ${name}`);
        if (isCaught(error.stack ?? '')) throw error;
        return Reflect.apply(real, this, args) as unknown;
      };
      Object.defineProperty(owner, name, { ...before, value: poisoned });
      undo.push(() => Object.defineProperty(owner, name, before));
    };
    const { Date: RealDate } = globalThis;
    for (const name of Object.keys(fs)) poison(fs, name);
    for (const name of Object.keys(fs.promises)) poison(fs.promises, name);
    poison(RealDate, 'now');
    poison(Math, 'random');
    poison(performance.constructor.prototype as object, 'now');
    globalThis.Date = new Proxy(RealDate, {
      construct: (target, args: readonly unknown[], newTarget): Date => {
        if (args.length === 0 && isCaught(new Error('stack').stack ?? '')) throw new Error('compile() uses new Date()');
        return Reflect.construct(target, args, newTarget) as Date;
      },
    });
    undo.push(() => (globalThis.Date = RealDate));
    syncBuiltinESMExports();
    return () => {
      undo.forEach((step) => step());
      syncBuiltinESMExports();
      Error.stackTraceLimit = stackTraceLimit;
    };
  };

  test('looks neither at a clock nor at the disk, and leaves nothing to chance', async () => {
    const definitions = await loadFrom(ROOT);
    // What compile() imports late was loaded by the run before.
    expect(reference).not.toEqual({});
    const restore = poisonAll();
    try {
      const bait = [
        () => Date.now(),
        () => new Date(),
        () => Math.random(),
        () => performance.now(),
        () => fs.existsSync('.'),
        () => readdirSync('.'),
        () => fs.promises.readFile('.'),
      ];
      for (const call of bait) expect(() => provoke(call), String(call)).toThrow('compile() uses');
      expect(await compileAll(definitions)).toEqual(reference);
    } finally {
      restore();
    }
    expect(provoke(() => Date.now())).toBeTypeOf('number');
  });
});
