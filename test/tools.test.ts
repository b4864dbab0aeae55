import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProcess, temporaryProject } from './support/project.ts';
import type { Ended } from './support/project.ts';

/** A project of its own, with our configuration of vitest and tests that need programs. */
const project = temporaryProject();
const bin = join(project.root, 'fake/bin');

const TESTS = `
import { expect, it } from 'vitest';
import { requireTool } from './support/tools.ts';
it('needs amtool', () => expect(requireTool('amtool')).toBe(${JSON.stringify(join(bin, 'amtool'))}));
it('prefers .tools', () => expect(requireTool('prometheus')).toContain('.tools'));
it('needs promtool', () => expect(requireTool('promtool')).toBe('never reached'));
it('needs promtool too', () => expect(requireTool('promtool')).toBe('never reached'));
it('needs nothing', () => undefined);
it.skip('is not wanted', () => undefined);
`;

const vitest = (env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runProcess(
    process.execPath,
    [
      fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url)),
      'run',
      '--config',
      'test/vitest.config.ts',
    ],
    { cwd: project.root, env: { PATH: [join(project.root, 'fake/none'), bin].join(delimiter), NO_COLOR: '1', ...env } },
  );

beforeAll(() => {
  project.copy(
    'test/vitest.config.ts',
    'test/support/tools.ts',
    'test/support/summary-reporter.ts',
    'scripts/stack/programs.ts',
  );
  project.write('package.json', '{ "type": "module" }');
  project.link('vitest');
  project.write('fake/bin/amtool', '#!/bin/sh\n', 0o755);
  project.write('fake/bin/prometheus', '#!/bin/sh\n', 0o755);
  project.write('.tools/bin/prometheus', '#!/bin/sh\n', 0o755);
  project.write('fake/bin/promtool', 'not a program', 0o644);
  project.write('test/sample.test.ts', TESTS);
});
afterAll(() => project.remove());

describe('a test whose program is missing', () => {
  it('is skipped, and the summary names the program', async () => {
    const { code, stdout } = await vitest();
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
      'missing tools: promtool (2 tests not run); npm run setup says how to get them',
      'tests: 3 passed, 0 failed, 3 skipped',
    ]);
  });

  it('fails where CI=true', async () => {
    const { code, stdout, stderr } = await vitest({ CI: 'true' });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('missing tool: promtool');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('tests: 3 passed, 2 failed, 1 skipped');
  });
});
