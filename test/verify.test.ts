import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { runProcess, temporaryProject } from './support/project.ts';
import type { Ended } from './support/project.ts';

/** The runner of `npm test` with programs of our own in place of the checks. */
const project = temporaryProject();

const program = (name: string, lines: readonly string[]): void =>
  project.write(`node_modules/.bin/${name}`, ['#!/bin/sh', ...lines, ''].join('\n'), 0o755);

const verify = (): Promise<Ended> =>
  runProcess(process.execPath, [join(project.root, 'scripts/verify.mjs')], { cwd: '/' });

const withoutTimes = (text: string): string => text.replace(/\d+\.\d/g, 'N');

beforeAll(() => {
  project.copy('scripts/verify.mjs');
  for (const name of ['tsc', 'oxlint', 'knip', 'prettier']) program(name, [`echo "noise of ${name}"`]);
  program('vitest', [
    'echo noise',
    'echo "missing tools: amtool (1 test not run)"',
    'echo "tests: 5 passed, 0 failed, 1 skipped"',
  ]);
});
afterAll(() => project.remove());

describe.skipIf(process.platform === 'win32')('npm test', () => {
  it('shows a line for each check, what was not run, and the counts last', async () => {
    const { code, stdout, stderr } = await verify();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = withoutTimes(stdout).trimEnd().split('\n');
    expect(lines.slice(0, 4).toSorted()).toEqual([
      'ok   format    N s',
      'ok   knip      N s',
      'ok   lint      N s',
      'ok   types     N s',
    ]);
    expect(lines.slice(4)).toEqual([
      'ok   tests     N s  missing tools: amtool (1 test not run)',
      'All checks passed in N s',
      'tests: 5 passed, 0 failed, 1 skipped',
    ]);
  });

  it('shows all that a failing check said, runs the others all the same, and fails', async () => {
    program('oxlint', ['echo "x.ts:1:1 that is wrong"', 'exit 1']);
    const { code, stdout } = await verify();
    expect(code).toBe(1);
    expect(stdout).toContain('x.ts:1:1 that is wrong');
    expect(withoutTimes(stdout)).toContain('FAIL lint      N s\n');
    expect(withoutTimes(stdout)).toContain('ok   tests     N s');
    expect(stdout).toContain('Some checks failed');
    expect(stdout).not.toContain('noise of tsc');
  });

  it('fails when a check is not installed', async () => {
    const bare = temporaryProject();
    try {
      bare.copy('scripts/verify.mjs');
      const ended = await runProcess(process.execPath, [join(bare.root, 'scripts/verify.mjs')], { cwd: '/' });
      expect(ended).toEqual({ code: 2, stdout: '', stderr: 'node_modules is missing: npm run setup\n' });
    } finally {
      bare.remove();
    }
  });
});
