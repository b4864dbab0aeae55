import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { run as drill } from '../../scripts/commands/drill.ts';
import type { Io } from '../../scripts/io.ts';
import { requireTool } from '../support/tools.ts';
import { sampleProject } from './sample.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const inRepository = (): Io => ({
  stdin: Readable.from([]),
  colour: false,
  cwd: ROOT,
  env: { PATH: process.env['PATH'] ?? '' },
  write: () => undefined,
  error: () => undefined,
});

// What it does when it is used rightly is tested in test/stack/drill.
describe('tocsin drill', () => {
  it.each([
    [['--merge'], '--merge and --junit say how the report is written: give --report DIR'],
    [['--junit'], '--merge and --junit say how the report is written: give --report DIR'],
    [['--short', '--merge', '--report', 'x'], '--short is not merged'],
    [['--repeat'], 'did you mean --report?'],
    [
      ['--system', 'netwrox'],
      /the system 'netwrox'; there are migrated-components, .*networx.*; did you mean networx\?$/,
    ],
    [['--system', 'nope'], /the system 'nope'; there are migrated-components, [^;]*$/],
    [['--alert', 'ServiceUnhealty'], /the alert 'ServiceUnhealty'; .*; did you mean ServiceUnhealthy/],
    [['--alert', 'nope'], 'docs/reports/drill.md lists those of each system'],
    // An alert of another system.
    [['--system', 'networx', '--alert', 'CacheHitRateLow'], 'docs/reports/drill.md lists those of networx'],
  ])('refuses %j', async (args, message) => {
    const refused = drill(args, inRepository());
    await expect(refused).rejects.toThrow(UsageError);
    await expect(drill(args, inRepository())).rejects.toThrow(message);
  });

  it('needs the sample app', async () => {
    await expect(drill([], { ...inRepository(), cwd: sampleProject().root })).rejects.toThrow(
      "runs in Tocsin's own repository",
    );
  });

  it('ends everything on Ctrl-C, with 130', async () => {
    for (const tool of ['prometheus', 'alertmanager', 'promtool'] as const) requireTool(tool);
    const child = spawn(process.execPath, [join(ROOT, 'scripts/tocsin.mjs'), 'drill', '--system', 'networx'], {
      cwd: ROOT,
      stdio: 'pipe',
    });
    try {
      let said = '';
      const exited = once(child, 'exit');
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
        if (!child.killed && said.includes('the app and its load start')) child.kill('SIGINT');
      });
      expect(await exited).toEqual([130, null]);
      expect(said).toContain('tocsin drill: interrupted; everything has ended');
    } finally {
      child.kill('SIGKILL');
    }
  }, 120_000);
});
