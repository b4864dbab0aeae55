import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bench } from './bench.ts';
import { medianTime } from './bench.ts';

const run = promisify(execFile);
const script = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
const time = (...args: readonly string[]): Promise<number> => medianTime(() => run(process.execPath, args));

/** What starting costs before any work is done. */
export const bench: Bench = async () => {
  const node = await time('-e', '0');
  const setUp = await time(script('setup.mjs'));
  const help = await time(script('tocsin.mjs'), 'promql', '--help');
  const promql = await time(script('tocsin.mjs'), 'promql', 'check', 'up');
  return [
    { name: 'node -e 0', value: node, unit: 'ms' },
    { name: 'set-up with nothing to do', value: setUp, unit: 'ms' },
    { name: 'tocsin promql --help', value: help, unit: 'ms' },
    { name: 'tocsin promql check up', value: promql, unit: 'ms' },
    // Against bare node, because how long that takes differs from machine to machine.
    { name: 'set-up against bare node', value: setUp / node, unit: '×', limit: 2 },
    { name: 'tocsin promql check up against bare node', value: promql / node, unit: '×', limit: 3 },
  ];
};
