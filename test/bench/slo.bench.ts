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

/** Other programs only ever add time, so the fastest run is nearest to what a machine of one's own takes. */
const fastestFirst = (all: readonly CompileTimes[]): readonly CompileTimes[] =>
  all.toSorted((a, b) => compiled(a) - compiled(b));

const compiled = ({ model, rules, text }: CompileTimes): number => model + rules + text;

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
    const times = async (count: number, runs: number): Promise<readonly [CompileTimes, CompileTimes]> => {
      const { stdout } = await run(process.execPath, [
        '--max-old-space-size=6144',
        // As `npm run generate` has it.
        '--max-semi-space-size=64',
        outfile,
        String(count),
        String(runs),
      ]);
      const all = fastestFirst(JSON.parse(stdout) as readonly CompileTimes[]);
      const [fastest, median] = [all[0], all[Math.floor(all.length / 2)]];
      if (!fastest || !median) throw new Error('nothing was measured');
      return [fastest, median];
    };
    const [thousand, usual] = await times(1000, 9);
    // Each once in a process of its own, as users run it, so that both have code to warm up and neither waits for old garbage.
    const cold: CompileTimes[] = [];
    for (let index = 0; index < 3; index += 1) cold.push((await times(1000, 0))[0]);
    const [coldThousand = thousand] = fastestFirst(cold);
    const [tenThousand] = await times(10_000, 0);
    return [
      { name: '1,000 SLOs to the model', value: thousand.model, unit: 'ms' },
      { name: '1,000 SLOs, model to rules', value: thousand.rules, unit: 'ms' },
      { name: '1,000 SLOs, rules to YAML text', value: thousand.text, unit: 'ms' },
      { name: '1,000 SLOs, definitions to YAML text', value: compiled(thousand), unit: 'ms', limit: 1000 },
      { name: '1,000 SLOs, the median run', value: compiled(usual), unit: 'ms' },
      { name: '1,000 SLOs, the only run of a process', value: compiled(coldThousand), unit: 'ms' },
      { name: '10,000 SLOs, the only run of a process', value: compiled(tenThousand), unit: 'ms' },
      { name: '10,000 against 1,000', value: compiled(tenThousand) / compiled(coldThousand), unit: '×', limit: 12 },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The time to compile many SLOs. */
export const bench: Bench = compileTimes;
