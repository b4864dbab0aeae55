import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { run as drill } from '../../scripts/commands/drill.ts';
import type { Io } from '../../scripts/io.ts';
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
});
