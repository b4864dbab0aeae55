import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parser as lezer } from '@prometheus-io/lezer-promql';
import { parse } from '../../generators/promql/parse.ts';
import { readCorpus } from '../promql/corpus.ts';
import { findTool } from '../support/tools.ts';
import type { Bench, Measurement } from './bench.ts';
import { medianTime } from './bench.ts';

/** Real expressions that differ from each other, as in a large rule file, and that old versions of promtool know too. */
const expressionsOf = (count: number): readonly string[] => {
  const old = readCorpus().filter((text) => parse(text, { target: { prometheus: '2.42' } }).errors.length === 0);
  return Array.from({ length: count }, (_, i) => (old[i % old.length] ?? 'up').replaceAll(/job="\w+"/g, `job="j${i}"`));
};

const inProcess = async (): Promise<readonly Measurement[]> => {
  const expressions = expressionsOf(5000);
  const warm = { runs: 15, warmUp: 5 };
  let found = 0;
  const ours = await medianTime(() => {
    for (const text of expressions) found += parse(text).errors.length;
  }, warm);
  const theirs = await medianTime(() => {
    for (const text of expressions) {
      const cursor = lezer.parse(text).cursor();
      do if (cursor.type.isError) found += 1;
      while (cursor.next());
    }
  }, warm);
  if (found > 0) throw new Error(`${found} errors in valid expressions`);
  const rateOf = (ms: number): number => expressions.length / (ms / 1000);
  return [
    { name: 'lezer-promql, parse and walk', value: rateOf(theirs), unit: '1/s' },
    { name: 'parse and type check, 5 times that', value: rateOf(ours), unit: '1/s', limit: 5 * rateOf(theirs) },
  ];
};

/** Runs a program to its end. */
const runProgram = (command: string, args: readonly string[], input = ''): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with code ${code}`))));
    // A program that ends early is reported by its code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command line as the package has it: plain JavaScript, nothing to look up first. */
const bundleInto = async (folder: string): Promise<string> => {
  const { bundle } = (await import(pathToFileURL(join(root, 'scripts/bundle.mjs')).href)) as {
    readonly bundle: (root: string, outdir: string) => Promise<void>;
  };
  await bundle(root, folder);
  const entry = join(folder, 'main.mjs');
  await writeFile(entry, "import { main } from './cli.js';\nawait main();\n");
  return entry;
};

const asProcess = async (): Promise<readonly Measurement[]> => {
  const expressions = expressionsOf(10_000);
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
  try {
    const entry = await bundleInto(folder);
    const input = expressions.map((text) => `${JSON.stringify(text)}\n`).join('');
    const ours = await medianTime(() => runProgram(process.execPath, [entry, 'promql', 'check', '--stdin'], input));
    const measurement: Measurement = { name: '10,000 expressions, promql check --stdin', value: ours, unit: 'ms' };
    const promtool = findTool('promtool');
    if (promtool === undefined) return [measurement];
    const file = join(folder, 'rules.yml');
    const rules = expressions.map((text, i) => `  - record: r${i}\n    expr: ${JSON.stringify(text)}\n`);
    await writeFile(file, `groups:\n- name: g\n  rules:\n${rules.join('')}`);
    const theirs = await medianTime(() => runProgram(promtool, ['check', 'rules', '--lint=none', file]));
    return [
      { name: '10,000 expressions, promtool check rules', value: theirs, unit: 'ms' },
      { ...measurement, limit: theirs },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** The PromQL front end against lezer-promql on the same expressions in this process, and against promtool as a process. */
export const bench: Bench = async () => [...(await inProcess()), ...(await asProcess())];
