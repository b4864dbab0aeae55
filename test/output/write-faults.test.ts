import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { FileSystem } from '../../generators/output/file-system.ts';
import { nodeFileSystem } from '../../generators/output/file-system.ts';
import { verify } from '../../generators/output/verify.ts';
import { write } from '../../generators/output/write.ts';
import { Crash, crashingFiles, faultyFiles } from '../support/faulty-files.ts';
import type { OutputTree, Tree } from '../support/output-tree.ts';
import { filesOf, outputTree } from '../support/output-tree.ts';

const run = async (tree: OutputTree, files: Tree, io: FileSystem = nodeFileSystem) => {
  const report = createReport();
  const result = await write(filesOf(files), { out: tree.out, label: 'out', io }, report);
  return { ...result, findings: report.list() };
};

/** Runs and dies at the change number `at`; tells whether it died. */
const crash = async (tree: OutputTree, files: Tree, at: number): Promise<boolean> => {
  const io = crashingFiles(at);
  try {
    await run(tree, files, io);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return io.wasReached();
};

const withTree = async <T>(use: (tree: OutputTree) => Promise<T>): Promise<T> => {
  const tree = outputTree();
  try {
    return await use(tree);
  } finally {
    tree.dispose();
  }
};

const isOwnName = (path: string): boolean => path.split('/').some((name) => name.startsWith('.'));

/** Every file is as it is in one of `states`; one that is in all of them is there unless a file and a folder change places. */
const expectOldOrNew = (tree: OutputTree, states: readonly Tree[]): void => {
  const found = tree.read();
  for (const [path, text] of Object.entries(found)) {
    if (isOwnName(path) || path.endsWith('/')) continue;
    expect(states.map((state) => state[path])).toContain(text);
  }
  for (const path of Object.keys(states[0] ?? {})) {
    if (states.every((state) => path in state)) expect(Object.keys(found)).toContain(path);
  }
};

const expectClean = async (tree: OutputTree, files: Tree): Promise<void> => {
  expect(await run(tree, files)).toMatchObject({ complete: true, findings: [] });
  expect(tree.read()).toEqual(files);
  const report = createReport();
  verify(filesOf(files), { out: tree.out }, report);
  expect(report.list()).toEqual([]);
};

const CASES: readonly (readonly [string, Tree, Tree])[] = [
  ['the first run', {}, { a: 'new a\n', 'b/c': 'new c\n', 'b/d/e': 'new e\n' }],
  [
    'create, change, delete, and leave alone',
    { same: 'same\n', a: 'old a\n', 'b/c': 'old c\n', 'b/gone': 'old\n', 'gone/gone': 'old\n' },
    { same: 'same\n', a: 'new a, longer\n', 'b/c': 'new c\n', 'made/made': 'new\n' },
  ],
  ['files and folders change places', { a: 'old a\n', 'b/c': 'old c\n' }, { 'a/d': 'new d\n', b: 'new b\n' }],
  ['nothing is left', { a: 'old a\n', 'b/c': 'old c\n' }, {}],
];

describe.each(CASES)('a crash at any change: %s', (_, before, after) => {
  it('leaves each file old or new, and the next run puts it in order', async () => {
    for (let at = 0, died = true; died; at += 1) {
      died = await withTree(async (tree) => {
        await run(tree, before);
        const reached = await crash(tree, after, at);
        expectOldOrNew(tree, [before, after]);
        await expectClean(tree, after);
        return reached;
      });
    }
  });

  it('does no harm when the definitions have changed by the next run, or are as before', async () => {
    const third: Tree = { 'b/c': 'third c\n', 'b/x/y': 'third\n', z: 'third\n' };
    for (const next of [third, before]) {
      for (let at = 0, died = true; died; at += 1) {
        died = await withTree(async (tree) => {
          await run(tree, before);
          const reached = await crash(tree, after, at);
          await expectClean(tree, next);
          return reached;
        });
      }
    }
  });

  it('does no harm when the run that follows crashes, too', async () => {
    const third: Tree = { a: 'third a\n', 'b/d/e': 'third\n', 'made/x': 'third\n' };
    for (let first = 0, died = true; died; first += 1) {
      for (let second = 0, diedAgain = true; diedAgain; second += 1) {
        diedAgain = await withTree(async (tree) => {
          await run(tree, before);
          died = await crash(tree, after, first);
          const reached = await crash(tree, third, second);
          expectOldOrNew(tree, [before, after, third]);
          await expectClean(tree, after);
          return reached;
        });
      }
    }
  });
});

it('any history of runs and crashes ends well, and never touches what a person wrote', async () => {
  const name = fc.constantFrom('a', 'b', 'a/b', 'a/c', 'b/c/d', 'd/e');
  const isPossible = (tree: Tree): boolean =>
    Object.keys(tree).every((path) => !Object.keys(tree).some((other) => other.startsWith(`${path}/`)));
  const state = fc.dictionary(name, fc.constantFrom('1\n', '2\n', 'three\n'), { noNullPrototype: true }).filter(isPossible);
  const act = fc.record({
    files: state,
    crashAt: fc.oneof(fc.constant(undefined), fc.nat(30)),
    edit: fc.option(fc.tuple(name, fc.boolean()), { nil: undefined, freq: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 6 }), state, async (history, last) => {
      await withTree(async (tree) => {
        const mine = new Map<string, string>();
        for (const [index, { files, crashAt, edit }] of history.entries()) {
          if (edit && tree.read()[edit[0]] !== undefined) {
            const [path, isMine] = edit;
            tree.remove(path);
            mine.delete(path);
            if (isMine) {
              tree.put(path, `by hand ${index}\n`);
              mine.set(path, `by hand ${index}\n`);
            }
          }
          if (crashAt === undefined) await run(tree, files);
          else await crash(tree, files, crashAt);
          for (const [path, text] of mine) expect(tree.read()[path]).toBe(text);
        }
        for (const path of mine.keys()) tree.remove(path);
        // Some files may have been refused for what a person wrote; nothing else may be in the way now.
        await expectClean(tree, last);
      });
    }),
    { numRuns: 300 },
  );
});

describe.each(['ENOSPC', 'EACCES', 'EIO'])('%s at any change', (errno) => {
  it.each(CASES)('is one finding and loses nothing: %s', async (_, before, after) => {
    for (let at = 0, wasReached = true; wasReached; at += 1) {
      wasReached = await withTree(async (tree) => {
        await run(tree, before);
        let reached = false;
        let failed = '';
        const io = faultyFiles(
          at,
          (cut) => {
            cut();
            reached = true;
            throw Object.assign(new Error(errno), { code: errno, syscall: 'test' });
          },
          (call) => {
            if (!reached) failed = call;
          },
        );
        const result = await run(tree, after, io);
        if (!reached) expect(result).toMatchObject({ complete: true, findings: [] });
        else if (result.complete) {
          // An empty folder, or the lock, that stays is no reason to fail.
          expect(['removeFolder', 'remove']).toContain(failed);
          expect(result.findings).toEqual([]);
        } else {
          expect(result.findings).toMatchObject([{ code: 'output/io', data: { errno } }]);
          const [{ data } = { data: {} }] = result.findings;
          expectOldOrNew(tree, [before, after]);
          if ('partly' in data && !data.partly) expect(tree.read()).toEqual(before);
        }
        await expectClean(tree, after);
        return reached;
      });
    }
  });
});

describe('what cannot be read', () => {
  it('is a finding that names it, and nothing is written', async () => {
    await withTree(async (tree) => {
      const before = { a: '1\n', 'b/c': '1\n' };
      await run(tree, before);
      const io: FileSystem = {
        ...nodeFileSystem,
        read: (path) => {
          if (path.endsWith('/c')) throw Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open' });
          return nodeFileSystem.read(path);
        },
      };
      expect(await run(tree, { a: '2\n', 'b/c': '2\n' }, io)).toMatchObject({
        complete: false,
        findings: [
          { code: 'output/io', data: { path: 'out/b/c', action: 'read', errno: 'EACCES', partly: false }, at: { file: 'out/b/c' } },
        ],
      });
      expect(tree.read()).toEqual(before);
    });
  });
});

describe('a process that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  const script = join(folder, 'child.mjs');
  const ROOT = fileURLToPath(new URL('../..', import.meta.url));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // One bundle: Node starts it in a tenth of the time that loading TypeScript takes.
  beforeAll(async () => {
    await build({
      stdin: {
        contents: `
          import { createReport } from './generators/diagnostics/report.ts';
          import { write } from './generators/output/write.ts';
          import { faultyFiles } from './test/support/faulty-files.ts';
          const [out, at, files] = process.argv.slice(2);
          const io = faultyFiles(Number(at), (cut) => { cut(); process.kill(process.pid, 'SIGKILL'); for (;;); });
          await write(JSON.parse(files), { out, io }, createReport());
        `,
        resolveDir: ROOT,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
      logLevel: 'silent',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    mkdirSync(folder, { recursive: true });
  });

  const kill = async (tree: OutputTree, files: Tree, at: number): Promise<boolean> => {
    const child = spawn(process.execPath, [script, tree.out, String(at), JSON.stringify(filesOf(files))], { stdio: 'inherit' });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
    return signal !== null;
  };

  it('at any change leaves each file old or new, and the next run puts it in order', async () => {
    const [, before = {}, after = {}] = CASES[1] ?? [];
    let kills = 0;
    for (let at = 0, died = true; died; at += 1) {
      died = await withTree(async (tree) => {
        await run(tree, before);
        const wasKilled = await kill(tree, after, at);
        expectOldOrNew(tree, [before, after]);
        await expectClean(tree, after);
        return wasKilled;
      });
      kills += died ? 1 : 0;
    }
    expect(kills).toBeGreaterThan(15);
  });
});
