import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NativeSample, TestSeries } from './semantic-arbitrary.ts';
import type { QueryResult, ResultSample } from './semantic-check.ts';

/** Queries against the same series at one instant. */
export interface QueryGroup {
  readonly series: readonly TestSeries[];
  /** In minutes after the first sample. */
  readonly at: number;
  /** Minutes between two samples; 1 by default. */
  readonly interval?: number;
  readonly queries: readonly string[];
}

const quoted = (text: string): string => JSON.stringify(text);

const seriesText = ({ name, labels }: TestSeries): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${quoted(value)}`)
    .join(',')}}`;

const numberText = (value: number | NativeSample | undefined): string => {
  if (typeof value !== 'number') return '_';
  return Number.isFinite(value)
    ? Object.is(value, -0)
      ? '-0'
      : String(value)
    : Number.isNaN(value)
      ? 'NaN'
      : value > 0
        ? 'Inf'
        : '-Inf';
};

/** `promtool test rules` as a calculator: nothing is expected, so it complains about every sample there is. */
export async function queryWithPromtool(promtool: string, groups: readonly QueryGroup[]): Promise<QueryResult[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'promtool-query-'));
  try {
    const tests = groups.map(({ series, at, queries, interval = 1 }, index) => ({
      interval: `${interval}m`,
      input_series: series.map((one) => ({
        series: seriesText(one),
        values: one.values.map(numberText).join(' '),
      })),
      // The comment comes back with the complaint and says which query it is about.
      promql_expr_test: queries.map((expr, query) => ({
        expr: `${expr} # ${index}:${query}`,
        eval_time: `${at}m`,
        exp_samples: [],
      })),
    }));
    const file = join(folder, 'test.yml');
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ evaluation_interval: '1m', tests }));
    const output = await run(promtool, ['test', 'rules', file]);
    return splitGroups(output, groups);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const start = promisify(execFile);

/** What a program prints, whether it fails or not: promtool was told to expect nothing, so it fails by design. */
async function run(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await start(program, args, { maxBuffer: 2 ** 30 });
    return `${stdout}\n${stderr}`;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error)
      return `${String(error.stdout)}\n${String(error.stderr)}`;
    throw error;
  }
}

/** What promtool said of each query, in order; silence means that nothing was returned. */
function splitGroups(output: string, groups: readonly QueryGroup[]): QueryResult[][] {
  const complaints = new Map<string, QueryResult>();
  const lines = output.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, key, error] = /^\s+expr: ".* # (\d+:\d+)", time: [^,]+,(?: err: (.*))?$/u.exec(line) ?? [];
    if (key === undefined) continue;
    const got = lines.slice(index + 1, index + 3).find((text) => /^\s+got: /u.test(text)) ?? '';
    complaints.set(key, error === undefined ? { samples: parseSamples(got.replace(/^\s+got: /u, '')) } : { error });
  }
  return groups.map(({ queries }, index) =>
    queries.map((_, query) => complaints.get(`${index}:${query}`) ?? { samples: [] }),
  );
}

/** Go writes control characters as \x00 and \a, which JSON does not know. */
const goString = (text: string): string =>
  text
    .replaceAll(/\\x([0-9a-f]{2})/gu, '\\u00$1')
    .replaceAll('\\a', '\\u0007')
    .replaceAll('\\v', '\\u000b');

/** `{a="b", c="d"} 1E+00, {} 2E+00`. */
export function parseSamples(text: string): ResultSample[] {
  const samples: ResultSample[] = [];
  const pattern = /\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\} ([^,\s]+)(?:, |$)/gu;
  for (const [, labels = '', value = ''] of text.matchAll(pattern)) {
    const pairs = [...labels.matchAll(/"?([\w:]+)"?=("(?:[^"\\]|\\.)*")/gu)];
    samples.push({
      labels: Object.fromEntries(
        pairs.map(([, name = '', quotedValue = '""']) => [name, JSON.parse(goString(quotedValue)) as string]),
      ),
      value: value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value),
    });
  }
  return samples;
}
