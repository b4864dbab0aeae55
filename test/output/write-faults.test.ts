import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
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
import { memoryFiles } from '../support/memory-files.ts';
import type { Tree } from '../support/output-tree.ts';
import { filesOf, outputTree } from '../support/output-tree.ts';

/** An output folder, on the disk or in memory. */
interface Folder {
  readonly out: string;
  readonly io: FileSystem;
  readonly read: () => Tree;
}

const run = async ({ out, io }: Folder, files: Tree) => {
  const report = createReport();
  const result = await write(filesOf(files), { out, label: 'out', io }, report);
  return { ...result, findings: report.list() };
};

/** Runs and dies at the change number `at`; tells whether it died. */
const crash = async (folder: Folder, files: Tree, at: number): Promise<boolean> => {
  const { io, isDead } = crashingFiles(folder.io, at);
  try {
    await run({ ...folder, io }, files);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return isDead();
};

const OUT = '/work/out';
const inMemory = () => {
  const memory = memoryFiles('/work');
  return {
    out: OUT,
    io: memory.io,
    read: () => memory.read(OUT),
    put: (path: string, text: string) => memory.put(`${OUT}/${path}`, text),
    prune: (path: string) => memory.prune(`${OUT}/${path}`),
  };
};

const onDisk = async <T>(use: (folder: Folder) => Promise<T>): Promise<T> => {
  const tree = outputTree();
  try {
    return await use({ out: tree.out, io: nodeFileSystem, read: tree.read });
  } finally {
    tree.dispose();
  }
};

/** Calls `use` with 0, 1, 2, ... for as long as it tells that there was a change of that number; gives how many there were. */
const forEachChange = async (use: (at: number) => Promise<boolean>): Promise<number> => {
  let at = 0;
  while (await use(at)) at += 1;
  return at;
};

const isOwnName = (path: string): boolean => path.split('/').some((name) => name.startsWith('.'));

/** Every file is as it is in one of `states`; one that is in all of them is there. */
const expectOldOrNew = (folder: Folder, states: readonly Tree[]): void => {
  const found = folder.read();
  for (const [path, text] of Object.entries(found)) {
    if (!isOwnName(path) && !path.endsWith('/')) expect(states.map((state) => state[path])).toContain(text);
  }
  for (const path of Object.keys(states[0] ?? {})) {
    if (states.every((state) => path in state)) expect(Object.keys(found)).toContain(path);
  }
};

const expectClean = async (folder: Folder, files: Tree): Promise<void> => {
  expect(await run(folder, files)).toMatchObject({ complete: true, findings: [] });
  expect(folder.read()).toEqual(files);
  const report = createReport();
  verify(filesOf(files), { out: folder.out, io: folder.io }, report);
  expect(report.list()).toEqual([]);
};

const CASES: readonly (readonly [string, Tree, Tree])[] = [
  [
    'create, change, delete, and leave alone',
    { same: 'same\n', a: 'old a\n', 'b/c': 'old c\n', 'b/gone': 'old\n', 'gone/gone': 'old\n' },
    { same: 'same\n', a: 'new a, longer\n', 'b/c': 'new c\n', 'made/made': 'new\n' },
  ],
  ['the first run', {}, { a: 'new a\n', 'b/c': 'new c\n', 'b/d/e': 'new e\n' }],
  ['files and folders change places', { a: 'old a\n', 'b/c': 'old c\n' }, { 'a/d': 'new d\n', b: 'new b\n' }],
  ['nothing is left', { a: 'old a\n', 'b/c': 'old c\n' }, {}],
];

describe.each(CASES)('a crash at any change: %s', (_, before, after) => {
  const third: Tree = { a: 'third a\n', 'b/d/e': 'third\n', 'made/x': 'third\n' };

  it('leaves each file old or new, and the next run puts it in order', async () => {
    await forEachChange((at) =>
      onDisk(async (folder) => {
        if (Object.keys(before).length > 0) await run(folder, before);
        const died = await crash(folder, after, at);
        expectOldOrNew(folder, [before, after]);
        await expectClean(folder, after);
        return died;
      }),
    );
  });

  it.each([
    ['have changed', third],
    ['are as before', before],
  ])('does no harm when the definitions %s by the next run', async (__, next) => {
    await forEachChange(async (at) => {
      const folder = inMemory();
      await run(folder, before);
      const died = await crash(folder, after, at);
      await expectClean(folder, next);
      return died;
    });
  });

  it('does no harm when the run that follows crashes, too', async () => {
    const firsts = await forEachChange(async (first) => {
      let died = false;
      await forEachChange(async (second) => {
        const folder = inMemory();
        await run(folder, before);
        died = await crash(folder, after, first);
        const diedAgain = await crash(folder, third, second);
        expectOldOrNew(folder, [before, after, third]);
        await expectClean(folder, after);
        return diedAgain;
      });
      return died;
    });
    expect(firsts).toBeGreaterThan(8);
  });
});

it('any history of runs and crashes ends well, and never touches what a person wrote', async () => {
  const name = fc.constantFrom('a', 'b', 'a/b', 'a/c', 'b/c/d', 'd/e');
  const isPossible = (tree: Tree): boolean =>
    Object.keys(tree).every((path) => !Object.keys(tree).some((other) => other.startsWith(`${path}/`)));
  const state = fc
    .dictionary(name, fc.constantFrom('1\n', '2\n', 'three\n'), { noNullPrototype: true })
    .filter(isPossible);
  const act = fc.record({
    files: state,
    crashAt: fc.option(fc.nat(30), { nil: undefined, freq: 3 }),
    edit: fc.option(fc.tuple(name, fc.boolean()), { nil: undefined, freq: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 6 }), state, async (history, last) => {
      const folder = inMemory();
      const mine = new Map<string, string>();
      for (const [index, { files, crashAt, edit }] of history.entries()) {
        const [path, isWritten] = edit ?? [];
        if (path !== undefined && folder.read()[path] !== undefined) {
          folder.prune(path);
          mine.delete(path);
          if (isWritten) mine.set(path, `by hand ${index}\n`);
          if (isWritten) folder.put(path, `by hand ${index}\n`);
        }
        if (crashAt === undefined) await run(folder, files);
        else await crash(folder, files, crashAt);
        expect(folder.read()).toMatchObject(Object.fromEntries(mine));
      }
      // Runs may have refused because of what a person wrote; nothing else may be in the way now.
      for (const path of mine.keys()) folder.prune(path);
      await expectClean(folder, last);
    }),
    { numRuns: 1000 },
  );
});

describe.each(['ENOSPC', 'EACCES', 'EIO'])('%s at any change', (errno) => {
  const third: Tree = { a: 'third a\n', 'b/d/e': 'third\n', 'made/x': 'third\n' };
  const cases = CASES.flatMap(([name, before, after]) => [
    [name, before, after, after] as const,
    [`${name}, and then something else`, before, after, third] as const,
  ]);

  it.each(cases)('is one finding and loses nothing: %s', async (_, before, after, next) => {
    await forEachChange(async (at) => {
      const folder = inMemory();
      await run(folder, before);
      let failed: string | undefined;
      const io = faultyFiles(folder.io, at, (cut, call) => {
        cut();
        failed = call;
        throw Object.assign(new Error(errno), { code: errno, syscall: call });
      });
      const result = await run({ ...folder, io }, after);
      if (result.complete) {
        expect(result.findings).toEqual([]);
        // The lock that stays is taken over, and an empty folder that stays is no reason to fail.
        expect([undefined, 'remove', 'removeFolder']).toContain(failed);
        if (failed === 'removeFolder') return true;
      } else {
        expect(result.findings).toMatchObject([{ code: 'output/io', data: { errno } }]);
        expectOldOrNew(folder, [before, after]);
        const [{ data } = { data: {} }] = result.findings;
        if ('partly' in data && !data.partly) expect(folder.read()).toEqual(before);
      }
      await expectClean(folder, next);
      return failed !== undefined;
    });
  });
});

it('what cannot be read is a finding that names it, and nothing is written', async () => {
  const folder = inMemory();
  const before = { a: '1\n', 'b/c': '1\n' };
  await run(folder, before);
  const io: FileSystem = {
    ...folder.io,
    read: (path) => {
      if (path.endsWith('/c')) throw Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open' });
      return folder.io.read(path);
    },
  };
  expect(await run({ ...folder, io }, { a: '2\n', 'b/c': '2\n' })).toMatchObject({
    complete: false,
    findings: [
      {
        code: 'output/io',
        data: { path: 'out/b/c', action: 'read', errno: 'EACCES', partly: false },
        at: { file: 'out/b/c' },
      },
    ],
  });
  expect(folder.read()).toEqual(before);
});

describe('a process that is killed', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  const script = join(scratch, 'child.mjs');
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  // One bundle: Node starts it in a fraction of the time that loading TypeScript takes.
  beforeAll(async () => {
    await build({
      stdin: {
        contents: `
          import { createReport } from './generators/diagnostics/report.ts';
          import { nodeFileSystem } from './generators/output/file-system.ts';
          import { write } from './generators/output/write.ts';
          import { faultyFiles } from './test/support/faulty-files.ts';
          const [out, at, files] = process.argv.slice(2);
          const die = (cut) => { cut(); process.kill(process.pid, 'SIGKILL'); for (;;); };
          await write(JSON.parse(files), { out, io: faultyFiles(nodeFileSystem, Number(at), die) }, createReport());
        `,
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
      logLevel: 'silent',
    });
  });

  const kill = async (folder: Folder, files: Tree, at: number): Promise<boolean> => {
    const args = [script, folder.out, String(at), JSON.stringify(filesOf(files))];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
    return signal !== null;
  };

  it('at any change leaves each file old or new, and the next run puts it in order', async () => {
    const [, before = {}, after = {}] = CASES[0] ?? [];
    const kills = await forEachChange((at) =>
      onDisk(async (folder) => {
        await run(folder, before);
        const died = await kill(folder, after, at);
        expectOldOrNew(folder, [before, after]);
        await expectClean(folder, after);
        return died;
      }),
    );
    expect(kills).toBeGreaterThan(15);
  });
});
