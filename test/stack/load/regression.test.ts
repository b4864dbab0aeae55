/** The command that CI runs fails when something became slow, and says what. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

test('a slow validation makes it fail, with a report', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-regression-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const report = join(folder, 'regression.md');
  const args = ['--system', 'migrated-components', '--fault', 'validation-slow:ms=400'];
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      'test/stack/load/regression.ts',
      ...args,
      '--seconds',
      '4',
      '--attempts',
      '1',
      // Nothing recorded: the level counts as it stands, however busy this machine is.
      '--baseline',
      join(folder, 'none.json'),
      '--report',
      report,
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => void child.kill());
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await once(child, 'close'), said).toEqual([1, null]);
  expect(said).toContain('ValidationSlow fires above 5 ms [regress/limit]');
  expect(readFileSync(report, 'utf8')).toMatch(
    /^\| `migrated-components\/validation-latency-p95` \(ValidationSlow\) \|.*\| BEYOND ITS LEVEL \|$/m,
  );
});
