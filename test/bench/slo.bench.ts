import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Bench, Measurement } from './bench.ts';
import type { CompileTimes } from './slo-compile.ts';

const run = promisify(execFile);

/** The packages are found from inside the project only. */
const CACHE = fileURLToPath(new URL('../../node_modules/', import.meta.url));

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const compileTimes = async (): Promise<readonly Measurement[]> => {
  const folder = await mkdtemp(join(CACHE, '.bench-'));
  try {
    const outfile = join(folder, 'compile.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('slo-compile.ts', import.meta.url))],
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile,
      logLevel: 'error',
    });
    const times = async (count: number, runs: number): Promise<CompileTimes> => {
      const { stdout } = await run(process.execPath, [
        '--max-old-space-size=6144',
        outfile,
        String(count),
        String(runs),
      ]);
      const all = JSON.parse(stdout) as readonly CompileTimes[];
      const of = (part: keyof CompileTimes): number => median(all.map((one) => one[part]));
      return { model: of('model'), rules: of('rules'), text: of('text') };
    };
    const thousand = await times(1000, 5);
    const tenThousand = await times(10_000, 0);
    const compiled = ({ model, rules }: CompileTimes): number => model + rules;
    return [
      { name: '1,000 SLOs to the model', value: thousand.model, unit: 'ms' },
      { name: '1,000 SLOs compiled to rules', value: compiled(thousand), unit: 'ms', limit: 1000 },
      { name: '1,000 SLOs, rules to YAML text', value: thousand.text, unit: 'ms' },
      { name: '10,000 SLOs compiled to rules', value: compiled(tenThousand), unit: 'ms' },
      { name: '10,000 against 1,000', value: compiled(tenThousand) / compiled(thousand), unit: '×', limit: 20 },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The time to compile many SLOs. */
export const bench: Bench = compileTimes;
