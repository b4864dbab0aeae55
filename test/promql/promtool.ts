import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/*
 * Asks promtool about many expressions with one process: each becomes a recording rule of one file, and the errors carry
 * the number of the rule.
 */

/** What promtool has against an expression: its first error, and where (1-based, columns in bytes). */
export interface PromtoolError {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

const run = promisify(execFile);

/** The verdict on each expression, in order; undefined for a valid one. Expressions must not be empty. */
export async function askPromtool(
  promtool: string,
  expressions: readonly string[],
): Promise<readonly (PromtoolError | undefined)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-promtool-'));
  try {
    const file = join(folder, 'rules.yml');
    const rules = expressions.map((expression, index) => `  - record: r${index}\n    expr: ${quoteYaml(expression)}\n`);
    await writeFile(file, `groups:\n- name: g\n  rules:\n${rules.join('')}`);
    const output = await checkRules(promtool, file);
    return readVerdicts(output, expressions.length);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The version of promtool as `major.minor`. */
export async function promtoolVersion(promtool: string): Promise<string> {
  const { stdout } = await run(promtool, ['--version']);
  const version = /version (\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`promtool gives no version: ${stdout}`);
  return version;
}

async function checkRules(promtool: string, file: string): Promise<string> {
  try {
    const { stdout, stderr } = await run(promtool, ['check', 'rules', '--lint=none', file], { maxBuffer: 2 ** 28 });
    return stdout + stderr;
  } catch (error) {
    // Invalid rules make it fail; what it said is what we are after.
    if (error instanceof Error && 'stdout' in error && 'stderr' in error)
      return `${String(error.stdout)}${String(error.stderr)}`;
    throw error;
  }
}

/** A YAML double-quoted scalar that reads back as exactly this text: everything but printable ASCII is escaped. */
function quoteYaml(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\u0020-\u007e]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

const RULE_ERROR = /group "g", rule (\d+), "r\d+": could not parse expression: (\d+):(\d+): parse error: /;

function readVerdicts(output: string, count: number): (PromtoolError | undefined)[] {
  const verdicts: (PromtoolError | undefined)[] = Array.from({ length: count }, () => undefined);
  let sawCheck = false;
  for (const line of output.split('\n')) {
    if (/SUCCESS|FAILED/.test(line)) sawCheck = true;
    const match = RULE_ERROR.exec(line);
    if (match === null) {
      if (/rules\.yml: .*(?:yaml|group "g")/.test(line)) throw new Error(`promtool: ${line}`);
      continue;
    }
    verdicts[Number(match[1]) - 1] = {
      message: line.slice(match.index + match[0].length),
      line: Number(match[2]),
      column: Number(match[3]),
    };
  }
  if (!sawCheck) throw new Error(`promtool gave no verdict: ${output.slice(0, 500)}`);
  return verdicts;
}
