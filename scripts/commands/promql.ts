import { setFlagsFromString } from 'node:v8';
import { suggest } from '../../generators/diagnostics/suggest.ts';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import type { Expr, ValueType } from '../../generators/promql/ast.ts';
import type { PromqlError } from '../../generators/promql/error.ts';
import { check, parse } from '../../generators/promql/parse.ts';
import type { ParseOptions } from '../../generators/promql/parse.ts';
import { isTarget } from '../../generators/promql/versions.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import { promqlSpec } from './index.ts';

const ACTIONS = ['check', 'format', 'parse'] as const;

type Action = (typeof ACTIONS)[number];

/** What an action makes of a valid expression: the members of the JSON answer after `valid`. */
type Answer = (expr: Expr, type: ValueType) => string;

/** Checks, formats or parses expressions from the command line, or in batches from standard input. */
export const run: Run = async (args, io) => {
  const { values, positionals } = parseArguments(promqlSpec, args);
  const [word = '', ...expressions] = positionals;
  const action = ACTIONS.find((name) => name === word);
  if (action === undefined) throw new UsageError(`${wrongAction(word)}\nSee tocsin promql --help.`);
  const target = values['target-prometheus'];
  if (!isTarget(target))
    throw new UsageError(`--target-prometheus is a version such as 2.42, or latest, not '${target}'`);
  const options: ParseOptions = target === 'latest' ? {} : { target: { prometheus: target } };
  if (!values.stdin) {
    if (expressions.length === 0) throw new UsageError(`tocsin promql ${action} needs an EXPR, or --stdin`);
    return answerArguments(action, expressions, options, io);
  }
  if (expressions.length > 0)
    throw new UsageError('with --stdin the expressions come from standard input, not from the arguments');
  return answerLines(await answerOf(action), options, io);
};

const wrongAction = (word: string): string => {
  const near = suggest(word, ACTIONS);
  return `'${word}' is none of ${ACTIONS.join(', ')}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`;
};

/** The answer of an action; what only one of them needs is loaded only for it. */
const answerOf = async (action: Action): Promise<Answer> => {
  if (action === 'check') return (_, type) => `"type":"${type}"`;
  if (action === 'format') {
    const { printPretty } = await import('../../generators/promql/print.ts');
    return (expr) => `"formatted":${JSON.stringify(printPretty(expr))}`;
  }
  const { toJson } = await import('../../generators/promql/to-json.ts');
  return (expr) => `"ast":${toJson(expr)}`;
};

/**
 * Lines after which it pays to let V8 optimise the code. Before, its compiler threads take more time than they save:
 * 10,000 expressions take 162 ms of processor time instead of 219, and less than promtool takes.
 */
const SHORT_BATCH = 20_000;

/** How much bytecode runs before V8 thinks of optimising it, in bytes. V8 11 is what Node 20 has; others are left alone. */
const setOptimisingBudget = (bytes: number): void => {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${bytes}`);
};

const PATIENT = 1_000_000;
/** V8's own choice. */
const USUAL = 132 * 1024;

/** One JSON string a line in, one JSON object a line out; whatever has arrived is answered at once. */
const answerLines = async (answer: Answer, options: ParseOptions, io: Io): Promise<number> => {
  let isAllValid = true;
  let rest = '';
  let count = 0;
  const answerLine = (line: string): string => {
    count += 1;
    if (count === SHORT_BATCH) setOptimisingBudget(USUAL);
    const text = readLine(line);
    if (text === undefined) {
      isAllValid = false;
      return refuse([{ message: 'the line is not a JSON string', from: 0, to: 0 }]);
    }
    const { expr, type, errors } = parse(text, options);
    if (expr !== undefined && type !== undefined && errors.length === 0)
      return `{"valid":true,${answer(expr, type)}}\n`;
    isAllValid = false;
    return refuse(errors);
  };
  setOptimisingBudget(PATIENT);
  for await (const chunk of io.stdin) {
    let out = '';
    let from = 0;
    for (let to = chunk.indexOf('\n'); to !== -1; to = chunk.indexOf('\n', from)) {
      out += answerLine(rest + chunk.slice(from, to));
      rest = '';
      from = to + 1;
    }
    rest += chunk.slice(from);
    if (out !== '') io.write(out);
  }
  if (rest !== '') io.write(answerLine(rest));
  setOptimisingBudget(USUAL);
  return isAllValid ? 0 : 1;
};

const readLine = (line: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
};

const refuse = (errors: readonly PromqlError[]): string => `${JSON.stringify({ valid: false, errors })}\n`;

/** For people: the result of each expression, or its errors with carets. */
const answerArguments = async (
  action: Action,
  expressions: readonly string[],
  options: ParseOptions,
  io: Io,
): Promise<number> => {
  const show = await resultOf(action);
  let isAllValid = true;
  for (const text of expressions) {
    const { expr, type, errors } = parse(text, options);
    if (expr !== undefined && type !== undefined && errors.length === 0) io.write(show(expr, type, text, options));
    else {
      isAllValid = false;
      io.write(await showErrors(text, errors, io));
    }
  }
  return isAllValid ? 0 : 1;
};

type Show = (expr: Expr, type: ValueType, text: string, options: ParseOptions) => string;

const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'a scalar',
  string: 'a string',
  vector: 'an instant vector',
  matrix: 'a range vector',
};

const resultOf = async (action: Action): Promise<Show> => {
  if (action === 'check') {
    return (_, type, text, options) => {
      const flags = new Map(check(text, options).experimental.map(({ name, flag }) => [name, flag]));
      const notes = [...flags].map(([name, flag]) => `  ${name} needs --enable-feature=${flag}\n`);
      return `valid: ${TYPE_NAMES[type]}\n${notes.join('')}`;
    };
  }
  if (action === 'format') {
    const { printPretty } = await import('../../generators/promql/print.ts');
    return (expr) => `${printPretty(expr)}\n`;
  }
  const { toJson } = await import('../../generators/promql/to-json.ts');
  return (expr) => `${toJson(expr, 2)}\n`;
};

const showErrors = async (text: string, errors: readonly PromqlError[], io: Io): Promise<string> => {
  const { renderFrame, spanAt } = await import('../../generators/diagnostics/frame.ts');
  const red = (part: string): string => (io.colour ? `\u001b[31m${part}\u001b[39m` : part);
  let out = '';
  for (const { message, from, to } of errors) {
    const frame = renderFrame(text, spanAt(text, from, to), { mark: red });
    out += `${red('error')}: ${message}\n${frame.map((line) => `  ${line}\n`).join('')}`;
  }
  return out;
};
