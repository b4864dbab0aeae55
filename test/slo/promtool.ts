import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseSamples } from '../support/promtool-query.ts';
import type { ResultSample } from '../support/semantic-check.ts';
import { patientPromtool } from '../support/tools.ts';
import type { Series } from './streams.ts';

/** A file of rules, as Prometheus reads it. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly object[] }[];
}

/** A question to the rules at one minute. */
export interface Question {
  readonly expr: string;
  readonly minute: number;
}

/**
 * Lets promtool evaluate rules over series, and answers questions: `promtool test rules` is told
 * to expect nothing, so it complains of every sample there is.
 */
export const evaluateRules = async (
  promtool: string,
  files: readonly RuleFile[],
  series: readonly Series[],
  questions: readonly Question[],
  every: { readonly samples: string; readonly evaluation: string } = { samples: '1m', evaluation: '1m' },
): Promise<readonly (readonly ResultSample[])[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-rules-'));
  try {
    const names = files.map((_, index) => `rules-${index}.yml`);
    // JSON is YAML.
    await Promise.all(files.map((file, index) => writeFile(join(folder, names[index] ?? ''), JSON.stringify(file))));
    const tests = [
      {
        interval: every.samples,
        input_series: series,
        promql_expr_test: questions.map(({ expr, minute }, index) => ({
          // The comment comes back with the complaint and says which question it is about.
          expr: `${expr} # ${index}`,
          eval_time: `${minute}m`,
          exp_samples: [],
        })),
      },
    ];
    const order = files.flatMap(({ groups }) => groups.map(({ name }) => name));
    await writeFile(
      join(folder, 'test.yml'),
      JSON.stringify({ rule_files: names, evaluation_interval: every.evaluation, group_eval_order: order, tests }),
    );
    const output = await run(promtool, ['test', 'rules', join(folder, 'test.yml')]);
    return answers(output, questions.length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const start = promisify(execFile);

/** What a program prints, whether it fails or not: promtool was told to expect nothing, so it fails by design. */
const run = async (program: string, args: readonly string[]): Promise<string> => {
  try {
    const { stdout, stderr } = await start(program, args, { maxBuffer: 2 ** 30, env: patientPromtool() });
    return `${stdout}\n${stderr}`;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error)
      return `${String(error.stdout)}\n${String(error.stderr)}`;
    throw error;
  }
};

const answers = (output: string, count: number): readonly (readonly ResultSample[])[] => {
  const found = new Map<number, readonly ResultSample[]>();
  const lines = output.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, number, problem] = /^\s+expr: ".* # (\d+)", time: [^,]+,(?: err: (.*))?$/u.exec(line) ?? [];
    if (number === undefined) continue;
    if (problem !== undefined) throw new Error(line);
    const got = lines.slice(index + 1, index + 3).find((text) => /^\s+got: /u.test(text)) ?? '';
    found.set(
      Number(number),
      parseSamples(
        got
          .replace(/^\s+got: /u, '')
          // A recorded series comes back with its name.
          .replaceAll(/(^|, )[\w:]+\{/gu, '$1{'),
      ),
    );
  }
  const failure = lines.find((line) => /error|FAILED/u.test(line) && !/FAILED:?$/u.test(line.trim()));
  if (found.size === 0 && failure !== undefined) throw new Error(output.slice(0, 2000));
  return Array.from({ length: count }, (_, index) => found.get(index) ?? []);
};
