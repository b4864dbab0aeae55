import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CODES } from '../../generators/diagnostics/codes.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { findDifference, verify } from '../../generators/output/verify.ts';
import { write } from '../../generators/output/write.ts';
import type { OutputTree, Tree } from '../support/output-tree.ts';
import { filesOf, outputTree } from '../support/output-tree.ts';

let tree: OutputTree;
beforeEach(() => {
  tree = outputTree();
});
afterEach(() => tree.dispose());

const OLD: Tree = { 'a.yml': 'a: 1\nb: 2\nc: 3\nd: 4\n', 'b/c.yml': 'c: 1\n', 'b/d.yml': 'd: 1\n' };
const NEW: Tree = { 'a.yml': 'a: 1\nb: 2\nc: 4\nd: 4\n', 'b/c.yml': 'c: 1\n', 'e/f.yml': 'f: 1\n' };

const writeOld = async (): Promise<void> => {
  await write(filesOf(OLD), { out: tree.out }, createReport());
};
const check = (files: Tree) => {
  const before = tree.read();
  const report = createReport();
  verify(filesOf(files), { out: tree.out, label: 'out' }, report);
  expect(tree.read()).toEqual(before);
  return report.list();
};
const brief = (files: Tree) => check(files).map(({ code, data }) => [code, 'path' in data ? data.path : undefined]);

describe('verify', () => {
  it('finds nothing right after writing', async () => {
    await writeOld();
    expect(check(OLD)).toEqual([]);
  });

  it('finds what is missing, stale and orphaned', async () => {
    await writeOld();
    expect(brief(NEW)).toEqual([
      ['output/stale', 'out/a.yml'],
      ['output/missing', 'out/e/f.yml'],
      ['output/orphaned', 'out/b/d.yml'],
    ]);
  });

  it('shows the first difference and its line', async () => {
    await writeOld();
    const [finding] = check(NEW);
    const at = { file: 'out/a.yml', line: 3, column: 1, endLine: 3, endColumn: 1 };
    expect(finding).toMatchObject({ code: 'output/stale', severity: 'error', at, related: [{ at }] });
    expect(finding?.related?.[0]?.note).toBe(
      'the first difference (- as it is, + as it is generated):\n@@ line 3 @@\n a: 1\n b: 2\n-c: 3\n+c: 4',
    );
  });

  it('finds what was changed by hand, and what nobody generated', async () => {
    await writeOld();
    tree.put('a.yml', 'a: mine\n');
    tree.put('b/d.yml', '<<<<<<< HEAD\nd: 1\n=======\nd: 2\n>>>>>>> other\n');
    tree.put('e/f.yml', 'f: mine\n');
    tree.put('b/other.yml', '');
    tree.put('other/deep/file', '');
    tree.put('.gitkeep', '');
    expect(brief({ ...OLD, 'e/f.yml': 'f: 1\n' })).toEqual([
      ['output/edited', 'out/a.yml'],
      ['output/edited', 'out/b/d.yml'],
      ['output/not-owned', 'out/e/f.yml'],
      ['output/foreign', 'out/b/other.yml'],
      ['output/foreign', 'out/other'],
    ]);
    expect(check(OLD).find(({ at }) => at?.file === 'out/b/d.yml')?.data).toEqual({
      path: 'out/b/d.yml',
      conflict: true,
    });
  });

  it('finds a missing folder once', () => {
    tree.remove('');
    const report = createReport();
    verify(filesOf(OLD), { out: tree.out, label: 'out' }, report);
    writeFileSync(tree.out, '');
    verify(filesOf(OLD), { out: tree.out, label: 'out' }, report);
    expect(report.list()).toMatchObject([
      { code: 'output/missing', data: { path: 'out' } },
      { code: 'output/blocked', data: { path: 'out', found: 'a file' } },
    ]);
  });

  it('finds what is no file', async () => {
    await writeOld();
    tree.remove('a.yml');
    mkdirSync(join(tree.out, 'a.yml'));
    tree.remove('b');
    symlinkSync('.', join(tree.out, 'b'));
    expect(brief(OLD)).toEqual([
      ['output/blocked', 'out/a.yml'],
      ['output/blocked', 'out/b'],
    ]);
  });

  it('finds a manifest that is missing, stale or nonsense when that is all', async () => {
    await writeOld();
    tree.put('.manifest.json', '{"version":1,"files":{}}');
    expect(brief(OLD)).toEqual([['output/stale', 'out/.manifest.json']]);
    tree.remove('.manifest.json');
    expect(brief(OLD)).toEqual([['output/missing', 'out/.manifest.json']]);
    tree.put('.manifest.json', 'x');
    expect(brief(OLD)).toEqual([
      ['output/manifest', 'out/.manifest.json'],
      ['output/stale', 'out/.manifest.json'],
    ]);
  });

  it('finds a run that was cut off', async () => {
    await writeOld();
    tree.put('.manifest.next.json', '');
    expect(check(OLD)).toMatchObject([{ code: 'output/unfinished', severity: 'warning', data: { out: 'out' } }]);
  });
});

describe('the first difference', () => {
  it.each<[string, string, string, number, string[]]>([
    ['a line that changed', 'a\nb\nc\nd\n', 'a\nb\nx\nd\n', 3, [' a', ' b', '-c', '+x']],
    ['a line more', 'a\nb\n', 'a\nx\nb\n', 2, [' a', '+x']],
    ['a line less', 'a\nx\nb\n', 'a\nb\n', 2, [' a', '-x']],
    ['the first of two', 'a\nb\nc\nd\ne\n', 'x\nb\nc\nd\ny\n', 1, ['-a', '+x']],
    ['no newline at the end', 'a', 'a\n', 2, [' a', '+']],
    ['another kind of line break', 'a\r\n', 'a\n', 1, ['-a\u240d', '+a']],
    ['everything', '', 'a\n', 1, ['+a']],
    ['many lines', '1\n2\n3\n4\n5\n6\n', 'x\n', 1, ['-1', '-2', '-3', '-4', '-... (2 more)', '+x']],
    ['a long line', 'a', `b${'c'.repeat(200)}`, 1, ['-a', `+b${'c'.repeat(159)}...`]],
  ])('%s', (_, before, after, line, lines) => {
    expect(findDifference(before, after)).toEqual({ line, excerpt: [`@@ line ${line} @@`, ...lines].join('\n') });
  });
});

it('every finding about the output says what it is about and what to do', () => {
  const data = {
    path: 'out/x',
    reason: 'it is empty',
    target: 'a',
    otherPath: 'out/y',
    otherTarget: 'b',
    pointer: '/a',
    conflict: false,
    found: 'a folder',
    out: 'out',
    pid: 1,
    host: 'h',
    lock: 'out/.lock',
    action: 'write',
    errno: 'ENOSPC',
    partly: false,
    problem: 'it is empty',
  };
  for (const [code, { message, hint }] of Object.entries(CODES).filter(([id]) => id.startsWith('output/'))) {
    expect([code, message(data as never)]).toEqual([code, expect.stringMatching(/\bout\b/)]);
    expect([code, hint?.(data as never)]).toEqual([code, expect.stringMatching(/\.$/)]);
  }
  expect(CODES['output/io'].message(data)).toBe('cannot write out/x: the disk is full');
  expect(CODES['output/io'].hint?.(data)).toBe('Free some space, and run generate again. No file was changed.');
  expect(CODES['output/io'].message({ ...data, errno: 'EWHATEVER', partly: true })).toBe(
    'cannot write out/x: EWHATEVER',
  );
});
