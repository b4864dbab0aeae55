// `npm test`: everything that has to hold before a change is handed in, a line each; the full output only of what fails.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');

/** What runs, as in package.json; `npm run` itself would cost 0.2 s a step. */
const step = (name, command, { summary = () => '' } = {}) => ({ name, command: command.split(' '), summary });

const lastLines = (output, pattern) => output.split('\n').filter((line) => pattern.test(line));

const CHECKS = [
  step('types', 'tsc --noEmit'),
  step('lint', 'oxlint --type-aware --deny-warnings'),
  step('knip', 'knip --cache'),
  step('format', 'prettier --check --log-level warn --cache .'),
];
const TESTS = step('tests', 'vitest run --config test/vitest.config.ts', {
  summary: (output) => lastLines(output, /^missing tools: /).join(''),
});

const run = ({ name, command: [program, ...args], summary }) =>
  new Promise((resolve) => {
    const started = performance.now();
    const path = join(BIN, process.platform === 'win32' ? `${program}.cmd` : program);
    const child = spawn(path, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const done = (isFine) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (!isFine) process.stdout.write(`\n${output.trimEnd()}\n\n`);
      process.stdout.write(
        `${isFine ? 'ok  ' : 'FAIL'} ${name.padEnd(7)} ${seconds.padStart(5)} s  ${summary(output)}`.trimEnd(),
      );
      process.stdout.write('\n');
      resolve({ isFine, output });
    };
    child.on('error', (error) => {
      output += error.message;
      done(false);
    });
    child.on('close', (code) => done(code === 0));
  });

if (!existsSync(BIN)) {
  process.stderr.write('node_modules is missing: npm run setup\n');
  process.exitCode = 2;
} else {
  const started = performance.now();
  // The checks use one core each for a short while and go side by side; the tests want every core.
  const checks = await Promise.all(CHECKS.map(run));
  const tests = await run(TESTS);
  const isFine = [...checks, tests].every((result) => result.isFine);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${isFine ? 'All checks passed' : 'Some checks failed'} in ${seconds} s\n`);
  process.stdout.write(lastLines(tests.output, /^tests: \d+ passed/).join(''));
  process.stdout.write('\n');
  process.exitCode = isFine ? 0 : 1;
}
