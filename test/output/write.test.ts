import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../generators/diagnostics/errors.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { manifestOf } from '../../generators/output/manifest.ts';
import type { WriteOptions } from '../../generators/output/write.ts';
import { write } from '../../generators/output/write.ts';
import type { OutputTree, Tree } from '../support/output-tree.ts';
import { filesOf, outputTree } from '../support/output-tree.ts';

let tree: OutputTree;
beforeEach(() => {
  tree = outputTree();
});
afterEach(() => tree.dispose());

const run = async (files: Tree, options: Partial<WriteOptions> = {}) => {
  const report = createReport();
  const result = await write(filesOf(files), { out: tree.out, label: 'out', ...options }, report);
  return { ...result, findings: report.list() };
};
const at = (path: string): string => join(tree.out, path);

const OLD: Tree = { 'a.yml': 'a: 1\n', 'b/c.yml': 'c: 1\n', 'b/d.yml': 'd: 1\n', 'e/f/g.md': 'g\n' };
const NEW: Tree = { 'a.yml': 'a: 1\n', 'b/c.yml': 'c: 2\n', 'h/i.json': '{}\n' };

describe('writing', () => {
  it('makes the folder and everything in it', async () => {
    tree.remove('');
    expect(await run(OLD)).toEqual({
      complete: true,
      created: ['a.yml', 'b/c.yml', 'b/d.yml', 'e/f/g.md'],
      updated: [],
      deleted: [],
      unchanged: [],
      findings: [],
    });
    expect(tree.read()).toEqual(OLD);
    expect(readFileSync(at('.manifest.json'), 'utf8')).toBe(manifestOf(filesOf(OLD)));
  });

  it('makes the folders above it', async () => {
    expect(await run(OLD, { out: at('x/y/z') })).toMatchObject({ complete: true });
    expect(readFileSync(at('x/y/z/a.yml'), 'utf8')).toBe('a: 1\n');
  });

  it('changes what differs, and deletes what is stale with the folders it leaves empty', async () => {
    await run(OLD);
    const before = statSync(at('a.yml'), { bigint: true });
    expect(await run(NEW)).toEqual({
      complete: true,
      created: ['h/i.json'],
      updated: ['b/c.yml'],
      deleted: ['b/d.yml', 'e/f/g.md'],
      unchanged: ['a.yml'],
      findings: [],
    });
    expect(tree.read()).toEqual(NEW);
    expect(statSync(at('a.yml'), { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
    expect(readFileSync(at('.manifest.json'), 'utf8')).toBe(manifestOf(filesOf(NEW)));
  });

  it('touches nothing when there is nothing to do, not even a folder', async () => {
    await run(OLD);
    const before = statSync(tree.out, { bigint: true });
    expect(await run(OLD)).toMatchObject({ complete: true, unchanged: Object.keys(OLD), findings: [] });
    const { mtimeNs, ctimeNs } = before;
    expect(statSync(tree.out, { bigint: true })).toMatchObject({ mtimeNs, ctimeNs });
  });

  it('deletes everything when nothing is wanted', async () => {
    await run(OLD);
    expect(await run({})).toMatchObject({ complete: true, deleted: Object.keys(OLD) });
    expect(tree.read()).toEqual({});
  });

  it('leaves alone what is not its own, and folders that hold some of it', async () => {
    await run(OLD);
    tree.put('e/f/mine.txt', 'mine');
    tree.put('.gitkeep', '');
    expect(await run(NEW)).toMatchObject({ complete: true, findings: [] });
    expect(tree.read()).toEqual({ ...NEW, 'e/f/mine.txt': 'mine', '.gitkeep': '' });
  });

  it.each<[string, Tree, Tree]>([
    ['a file becomes a folder', { a: '1', b: '1' }, { 'a/b/c': '2', b: '1' }],
    ['a folder becomes a file', { 'a/b/c': '1', 'a/d': '1' }, { a: '2' }],
    ['a file moves into a folder of its name and back out', { 'a/b': '1', c: '1' }, { 'a/b/c': '2', 'c/d': '1' }],
  ])('%s', async (_, before, after) => {
    await run(before);
    expect(await run(after)).toMatchObject({ complete: true, findings: [] });
    expect(tree.read()).toEqual(after);
    expect(await run(before)).toMatchObject({ complete: true, findings: [] });
    expect(tree.read()).toEqual(before);
  });

  it('makes a file anew that was deleted, and forgets a stale one that was', async () => {
    await run(OLD);
    tree.remove('a.yml');
    tree.remove('b/d.yml');
    expect(await run(NEW)).toMatchObject({
      complete: true,
      created: ['a.yml', 'h/i.json'],
      deleted: ['e/f/g.md'],
      findings: [],
    });
    expect(tree.read()).toEqual(NEW);
  });

  it('takes over a file that it did not write but would write just so', async () => {
    tree.put('a.yml', 'a: 1\n');
    expect(await run(OLD)).toMatchObject({ complete: true, unchanged: ['a.yml'], findings: [] });
    expect(await run({ ...OLD, 'a.yml': 'a: 2\n' })).toMatchObject({ complete: true, updated: ['a.yml'] });
  });

  it('keeps the mode of a file', async () => {
    await run(OLD);
    chmodSync(at('b/c.yml'), 0o600);
    await run(NEW);
    expect(lstatSync(at('b/c.yml')).mode & 0o777).toBe(0o600);
  });

  it('works where the folder is a symbolic link', async () => {
    symlinkSync(tree.out, join(tree.out, '..', 'link'));
    expect(await run(OLD, { out: join(tree.out, '..', 'link') })).toMatchObject({ complete: true, findings: [] });
    expect(tree.read()).toEqual(OLD);
  });

  it.each([
    [
      'twice',
      [
        { path: 'a', text: '' },
        { path: 'a', text: '' },
      ],
    ],
    ['outside', [{ path: '../a', text: '' }]],
  ] as const)('does not accept a path that no artefact set lets through: %s', async (_, files) => {
    await expect(write(files, { out: tree.out }, createReport())).rejects.toThrow(InvariantError);
  });
});

describe('what forbids writing', () => {
  const location = (path: string) => ({ file: path, line: 1, column: 1, endLine: 1, endColumn: 1 });

  /** Makes a mess in a written folder, and expects one finding for each part of it and no change at all. */
  const expectRefusal = async (
    mess: () => void,
    expected: readonly (readonly [string, object])[],
    wanted = NEW,
  ): Promise<void> => {
    await run(OLD);
    mess();
    const before = tree.read();
    const result = await run(wanted);
    expect(result.findings.map(({ code, data }) => [code, data])).toEqual(expected);
    for (const { at: place, data } of result.findings) expect(place).toEqual(location((data as { path: string }).path));
    expect(result).toMatchObject({ complete: false, created: [], updated: [], deleted: [] });
    expect(tree.read()).toEqual(before);
    expect(readFileSync(at('.manifest.json'), 'utf8')).toBe(manifestOf(filesOf(OLD)));
  };

  it('a file that is not owned', () =>
    expectRefusal(() => tree.put('h/i.json', '[]'), [['output/not-owned', { path: 'out/h/i.json' }]]));

  it('a file that was changed by hand', () =>
    expectRefusal(() => tree.put('b/c.yml', 'c: 3\n'), [['output/edited', { path: 'out/b/c.yml', conflict: false }]]));

  it('a stale file that was changed by hand', () =>
    expectRefusal(() => tree.put('e/f/g.md', 'mine'), [['output/edited', { path: 'out/e/f/g.md', conflict: false }]]));

  it('a file with the marks of a merge conflict', () =>
    expectRefusal(
      () => tree.put('b/c.yml', '<<<<<<< HEAD\nc: 1\n=======\nc: 3\n>>>>>>> b\n'),
      [['output/edited', { path: 'out/b/c.yml', conflict: true }]],
    ));

  it('all of them at once', () =>
    expectRefusal(() => {
      tree.put('h/i.json', '[]');
      tree.put('b/c.yml', 'c: 3\n');
      tree.put('b/d.yml', 'd: 3\n');
    }, [
      ['output/edited', { path: 'out/b/c.yml', conflict: false }],
      ['output/not-owned', { path: 'out/h/i.json' }],
      ['output/edited', { path: 'out/b/d.yml', conflict: false }],
    ]));

  it('is not a change by hand to a file that stays as it is generated', async () => {
    await run(OLD);
    tree.put('b/c.yml', 'c: 2\n');
    expect(await run(NEW)).toMatchObject({ complete: true, unchanged: ['a.yml', 'b/c.yml'], findings: [] });
  });

  it('a file that is read-only, whether it changes or goes', () =>
    expectRefusal(() => {
      chmodSync(at('b/c.yml'), 0o444);
      chmodSync(at('b/d.yml'), 0o444);
      chmodSync(at('a.yml'), 0o444);
    }, [
      ['output/read-only', { path: 'out/b/c.yml' }],
      ['output/read-only', { path: 'out/b/d.yml' }],
    ]));

  it('a folder where a file belongs', () =>
    expectRefusal(() => {
      tree.remove('b/c.yml');
      tree.put('b/c.yml/mine', '');
      mkdirSync(at('h/i.json'), { recursive: true });
    }, [
      ['output/blocked', { path: 'out/b/c.yml', found: 'a folder' }],
      ['output/blocked', { path: 'out/h/i.json', found: 'a folder' }],
    ]));

  it('a file where a folder belongs', () =>
    expectRefusal(() => tree.put('h', ''), [['output/blocked', { path: 'out/h', found: 'a file' }]]));

  it('a folder that becomes a file but holds something else', () =>
    expectRefusal(() => tree.put('e/f/mine', ''), [['output/blocked', { path: 'out/e', found: 'a folder' }]], {
      e: '',
    }));

  it('a symbolic link to a file, to a folder, and to nowhere', () =>
    expectRefusal(() => {
      tree.remove('b/c.yml');
      symlinkSync('../a.yml', at('b/c.yml'));
      tree.remove('e');
      symlinkSync('b', at('e'));
      symlinkSync('nowhere', at('h'));
    }, [
      ['output/blocked', { path: 'out/b/c.yml', found: 'a symbolic link' }],
      ['output/blocked', { path: 'out/h', found: 'a symbolic link' }],
      ['output/blocked', { path: 'out/e', found: 'a symbolic link' }],
    ]));

  it.skipIf(process.platform === 'win32')('a pipe, which is not even opened', async () => {
    await run(OLD);
    mkdirSync(at('h'));
    spawnSync('mkfifo', [at('h/i.json')]);
    expect(await run(NEW)).toMatchObject({
      complete: false,
      findings: [{ code: 'output/blocked', data: { path: 'out/h/i.json', found: 'a special file' } }],
    });
  });

  it('a file in place of the whole folder', async () => {
    tree.remove('');
    writeFileSync(tree.out, '');
    expect(await run(OLD)).toMatchObject({
      complete: false,
      findings: [{ code: 'output/blocked', data: { path: 'out', found: 'a file' } }],
    });
  });

  it('a link that leads nowhere in place of the whole folder', async () => {
    tree.remove('');
    symlinkSync('nowhere', tree.out);
    expect(await run(OLD)).toMatchObject({
      complete: false,
      findings: [{ code: 'output/blocked', data: { path: 'out', found: 'a symbolic link' } }],
    });
  });

  it('a manifest that is no file', async () => {
    symlinkSync('nowhere', at('.manifest.json'));
    expect(await run(OLD)).toMatchObject({
      complete: false,
      findings: [{ code: 'output/blocked', data: { path: 'out/.manifest.json', found: 'a symbolic link' } }],
    });
  });

  it('another run', async () => {
    await run(OLD);
    symlinkSync('7@1@here', at('.tocsin.lock'));
    const self = { pid: 8, started: '1', host: 'here' };
    expect(await run(NEW, { processes: { self, isRunning: () => true } })).toMatchObject({
      complete: false,
      findings: [{ code: 'output/locked', data: { out: 'out', pid: 7, host: 'here', lock: 'out/.tocsin.lock' } }],
    });
    expect(readlinkSync(at('.tocsin.lock'))).toBe('7@1@here');
    expect(await run(NEW, { processes: { self, isRunning: () => false } })).toMatchObject({
      complete: true,
      findings: [],
    });
    expect(tree.read()).toEqual(NEW);
  });
});

describe('the manifest', () => {
  it('that makes no sense is a warning, and what is as generated is taken over', async () => {
    await run(OLD);
    tree.put('.manifest.json', '{');
    expect(await run(OLD)).toMatchObject({
      complete: true,
      unchanged: Object.keys(OLD),
      findings: [
        {
          code: 'output/manifest',
          severity: 'warning',
          data: { path: 'out/.manifest.json', problem: 'it is no JSON object' },
        },
      ],
    });
    expect(await run(NEW)).toMatchObject({ complete: true, findings: [] });
  });

  it('that makes no sense owns nothing', async () => {
    await run(OLD);
    tree.put('.manifest.json', '{');
    expect((await run(NEW)).findings.map(({ code }) => code)).toEqual(['output/manifest', 'output/not-owned']);
    expect(tree.read()).toEqual(OLD);
  });

  it('cannot make it delete a file outside', async () => {
    tree.put('../outside', 'mine');
    const hash = /"x": "(.*)"/.exec(manifestOf([{ path: 'x', text: 'mine' }]))?.[1];
    tree.put('.manifest.json', JSON.stringify({ version: 1, files: { '../outside': hash } }));
    expect(await run({})).toMatchObject({ complete: true, deleted: [], findings: [{ code: 'output/manifest' }] });
    expect(readFileSync(at('../outside'), 'utf8')).toBe('mine');
  });

  it('of both sides of a merge owns the files of either', async () => {
    await run({ 'a.yml': 'ours\n', 'b.yml': 'ours\n' });
    const ours = readFileSync(at('.manifest.json'), 'utf8');
    await run({ 'a.yml': 'theirs\n', 'b.yml': 'theirs\n', 'c.yml': 'c\n' });
    const theirs = readFileSync(at('.manifest.json'), 'utf8');
    tree.put('a.yml', 'ours\n');
    tree.put('.manifest.json', `<<<<<<< HEAD\n${ours}=======\n${theirs}>>>>>>> theirs\n`);
    expect(await run({ 'a.yml': 'merged\n', 'b.yml': 'merged\n' })).toMatchObject({ complete: true, findings: [] });
    expect(tree.read()).toEqual({ 'a.yml': 'merged\n', 'b.yml': 'merged\n' });
  });
});
