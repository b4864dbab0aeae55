import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Fragment, Origin } from '../diagnostics/diagnostic.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Artefact, Json, OutputFile } from '../output/artefact.ts';
import type { ArtefactSet } from '../output/artefact-set.ts';
import { originAt } from '../output/artefact-set.ts';
import { childPointer } from '../output/text.ts';
import { stringifyYaml } from '../output/yaml.ts';

/** Where the programs are; absent when they are not installed. */
export interface ToolPaths {
  readonly promtool?: string;
  readonly amtool?: string;
}

/** How a program ended. */
export interface ToolRun {
  /** The exit code; absent when it did not start or was stopped. */
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Why there is no exit code. */
  readonly problem?: string;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Runs a program to its end and collects what it prints. Never rejects: what goes wrong is the `problem`. */
export const runTool = async (
  path: string,
  args: readonly string[],
  options: { readonly stdin?: string; readonly cwd?: string; readonly timeoutMs?: number } = {},
): Promise<ToolRun> => {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return new Promise((resolve) => {
    // A relative path is meant from here, not from the folder that the program runs in.
    const program = path.includes('/') ? resolvePath(path) : path;
    const child = spawn(program, args, { stdio: 'pipe', ...(options.cwd === undefined ? {} : { cwd: options.cwd }) });
    const printed = { stdout: '', stderr: '' };
    let problem: string | undefined;
    const timer = setTimeout(() => {
      problem = `no answer within ${timeoutMs / 1000} s`;
      child.kill('SIGKILL');
    }, timeoutMs);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        printed[name] += text;
      });
    }
    const finish = (ending: { readonly code: number } | { readonly problem: string }): void => {
      clearTimeout(timer);
      resolve({ ...printed, ...ending });
    };
    child.on('error', (error) => finish({ problem: error.message }));
    child.on('close', (code, signal) => {
      finish(code === null ? { problem: problem ?? `stopped by ${signal ?? 'a signal'}` } : { code });
    });
    // A program that ends without reading all of it is no error here.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
};

/** An artefact that a program reads, with its text. */
interface Input {
  readonly artefact: Artefact;
  readonly value: Json;
  readonly text: string;
}

type JsonObject = { readonly [key: string]: Json | undefined };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Which program reads a file is told by what is in it. */
const roleOf = (value: Json): 'rules' | 'prometheus' | 'alertmanager' | undefined => {
  if (!isObject(value)) return undefined;
  if (isList(value['groups'])) return 'rules';
  if (isList(value['scrape_configs'])) return 'prometheus';
  return isObject(value['route']) && isList(value['receivers']) ? 'alertmanager' : undefined;
};

const collectInputs = (set: ArtefactSet, files: readonly OutputFile[]): ReadonlyMap<string, readonly Input[]> => {
  const inputs = new Map<string, Input[]>();
  for (const { path, text } of files) {
    const artefact = set.get(path);
    if (artefact?.format !== 'yaml') continue;
    const role = roleOf(artefact.value);
    if (role === undefined) continue;
    inputs.set(role, [...(inputs.get(role) ?? []), { artefact, value: artefact.value, text }]);
  }
  return inputs;
};

/** `value` with each text below a key that ends in `_file` given to `replace`. */
const mapFileNames = (value: Json, replace: (name: string) => string): Json => {
  if (isList(value)) return value.map((item) => mapFileNames(item, replace));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter((entry): entry is [string, Json] => entry[1] !== undefined)
      .map(([key, item]) => [
        key,
        key.endsWith('_file') && typeof item === 'string' ? replace(item) : mapFileNames(item, replace),
      ]),
  );
};

const put = async (root: string, path: string, text: string): Promise<void> => {
  const place = join(root, ...path.split('/'));
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, text);
};

/**
 * Lays the files out below `root` as they are in the output folder, so that relative paths hold. promtool wants every
 * secret's file to exist, and secrets are only where Prometheus runs: an empty file stands in for each.
 */
const layOut = async (root: string, files: readonly OutputFile[], configs: readonly Input[]): Promise<void> => {
  const standIn = join(root, '.secret');
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  for (const { artefact, value, text } of configs) {
    const [header = ''] = /^(?:#.*\n)*/.exec(text) ?? [];
    texts.set(artefact.path, header + stringifyYaml(mapFileNames(value, () => standIn)));
  }
  await put(root, '.secret', '');
  for (const [path, text] of texts) await put(root, path, text);
};

/** The JSON pointer of the innermost key or value that starts on a line of a YAML text. */
const pointerAtLine = (text: string, line: number): string | undefined => {
  const lines = new LineCounter();
  let found: string | undefined;
  const search = (node: unknown, pointer: string): void => {
    if (isNode(node) && node.range && lines.linePos(node.range[0]).line === line) found = pointer;
    if (isSeq(node)) for (const [index, item] of node.items.entries()) search(item, childPointer(pointer, index));
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const at = childPointer(pointer, String(key.value));
      search(key, at);
      search(value, at);
    }
  };
  search(parseDocument(text, { lineCounter: lines }).contents, '');
  return found;
};

/** The JSON pointer of the first text in `value` that is `text`. */
const pointerOfText = (value: Json | undefined, text: string, pointer = ''): string | undefined => {
  if (value === text) return pointer;
  if (!isList(value) && !isObject(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = pointerOfText(item, text, childPointer(pointer, key));
    if (found !== undefined) return found;
  }
  return undefined;
};

/** What a message is about: a part of the file, and in a query the character. */
interface Place {
  readonly pointer: string;
  readonly fragment?: Fragment;
}

const valueAt = (value: Json, pointer: string): Json | undefined => {
  let at: Json | undefined = value;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isList(at) ? at[Number(key)] : isObject(at) ? at[key] : undefined;
  }
  return at;
};

/** The caret of `1:10: parse error`: line and column in the query, from 1. */
const expressionFragment = ({ artefact, value }: Input, pointer: string, message: string): Fragment | undefined => {
  const text = valueAt(value, pointer);
  const [, line, column] = /could not parse expression: (\d+):(\d+): /.exec(message) ?? [];
  if (typeof text !== 'string' || line === undefined || column === undefined) return undefined;
  const before = text.split('\n').slice(0, Number(line) - 1);
  const from = Math.min(text.length, before.join('\n').length + (before.length > 0 ? 1 : 0) + Number(column) - 1);
  return { artefact: artefact.path, text, from, to: Math.min(text.length, from + 1) };
};

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const RULE = new RegExp(`group ${QUOTED}, rule (\\d+), "`);
const RULE_FIELD = new RegExp(`: (label|annotation) ${QUOTED}: `);
const ANY_QUOTED = new RegExp(QUOTED, 'g');

/** Takes back the escapes of Go's %q that JSON has as well; a text with others stays as it is. */
const unquote = (text: string): string => {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
};

const groupsOf = (value: Json): readonly Json[] => {
  const groups = isObject(value) ? value['groups'] : undefined;
  return isList(groups) ? groups : [];
};

/** Finds the part of a rule file that promtool names by group, number of the rule and field. */
const placeRule = (input: Input, message: string): Place | undefined => {
  const [, name, number] = RULE.exec(message) ?? [];
  if (name === undefined || number === undefined) return undefined;
  const group = groupsOf(input.value).findIndex((each) => isObject(each) && each['name'] === unquote(name));
  if (group < 0) return undefined;
  const rule = `/groups/${group}/rules/${Number(number) - 1}`;
  const [, kind, field] = RULE_FIELD.exec(message) ?? [];
  if (field !== undefined) return { pointer: childPointer(`${rule}/${kind}s`, unquote(field)) };
  if (!message.includes('could not parse expression')) return { pointer: rule };
  const pointer = `${rule}/expr`;
  const fragment = expressionFragment(input, pointer, message);
  return fragment ? { pointer, fragment } : { pointer };
};

/** Texts that a message quotes, then what stands after its last colon: one of them is usually found in the file. */
const namedTexts = (message: string, path: string): readonly string[] => {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const quoted = [...message.matchAll(ANY_QUOTED)].map(([, text = '']) => unquote(text));
  return (
    [...quoted, message.slice(message.lastIndexOf(': ') + 2)]
      // promtool names a file with the folder that it was named relative to.
      .flatMap((text) => (folder !== '' && text.startsWith(folder) ? [text, text.slice(folder.length)] : [text]))
      .filter((text) => text !== '')
  );
};

/** The part of the file that a message is about, as well as it can be told; the whole file if not at all. */
const placeMessage = (input: Input, message: string): Place => {
  const rule = placeRule(input, message);
  if (rule) return rule;
  const [, line] = /\bline (\d+): /.exec(message) ?? [];
  const pointer =
    (line === undefined ? undefined : pointerAtLine(input.text, Number(line))) ??
    namedTexts(message, input.artefact.path)
      .map((text) => pointerOfText(input.value, text))
      .find((found) => found !== undefined);
  return { pointer: pointer ?? '' };
};

const addMessage = (
  code: 'validate/promtool' | 'validate/amtool',
  input: Input,
  message: string,
  report: Report,
): void => {
  const { pointer, fragment } = placeMessage(input, message);
  const data = { file: input.artefact.path, message };
  report.add(code, data, originAt(input.artefact, pointer), fragment && { fragments: [fragment] });
};

/** Messages are on one line in a finding: the first line, then what is indented below it. */
const joinLines = (lines: readonly string[]): string =>
  lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
    .replaceAll(/: (?:\d+:\d+: )+(?=group )/g, ': ');

/** Splits what promtool prints about rule files: a message starts with the file's path and ends where the next one starts. */
const splitRuleMessages = (stderr: string, inputs: readonly Input[]): readonly (readonly [Input, string])[] => {
  const messages: { readonly input: Input; readonly lines: string[] }[] = [];
  let current: { readonly input: Input; readonly lines: string[] } | undefined;
  for (const line of stderr.split('\n')) {
    const input = inputs.find(({ artefact }) => line.trimStart().startsWith(`${artefact.path}: `));
    if (input) {
      const rest = line.trimStart().slice(input.artefact.path.length + 2);
      current = { input, lines: [rest.replace(/^(?:\d+:\d+: )+/, '')] };
      messages.push(current);
    } else if (/^\s*(?:FAILED|SUCCESS)|^lint error|^\s*$/.test(line)) current = undefined;
    else current?.lines.push(line);
  }
  return messages.map(({ input, lines }) => [input, joinLines(lines)] as const);
};

const originOfRule = (inputs: readonly Input[], name: string): Origin | undefined => {
  for (const { artefact, value } of inputs) {
    const pointer = pointerOfText(value, name);
    if (pointer !== undefined) return originAt(artefact, pointer);
  }
  return undefined;
};

const addLint = (stderr: string, inputs: readonly Input[], report: Report): void => {
  for (const [, name = '', labels = ''] of stderr.matchAll(/^Metric: (.*)\nLabel\(s\):\n((?:\s*\S+: .*\n)*)/gm)) {
    const pairs = joinLines(labels.replaceAll('\n', ',\n').split('\n')).replace(/,$/, '');
    const message = `several rules are called ${name} and have the same labels${pairs === '' ? '' : ` (${pairs})`}`;
    report.add('validate/promtool-lint', { message }, originOfRule(inputs, name));
  }
};

const addFailure = (tool: string, run: ToolRun, report: Report): void => {
  const printed = joinLines(`${run.stdout}\n${run.stderr}`.split('\n'));
  report.add('validate/tool-failed', { tool, problem: run.problem ?? `exit code ${String(run.code)}: ${printed}` });
};

const readRuleCheck = (run: ToolRun, inputs: readonly Input[], report: Report): void => {
  const messages = splitRuleMessages(run.stderr, inputs);
  for (const [input, message] of messages) addMessage('validate/promtool', input, message, report);
  addLint(run.stderr, inputs, report);
  if (run.code !== 0 && messages.length === 0) addFailure('promtool', run, report);
};

const readConfigCheck = (run: ToolRun, input: Input, rules: readonly Input[], report: Report): void => {
  if (run.code === 0) return;
  const failures = [...run.stderr.matchAll(/^\s*FAILED: ((?:.+\n?)+)/gm)].map(([, text = '']) =>
    joinLines(text.split('\n')).replace(`parsing YAML file ${input.artefact.path}: `, ''),
  );
  for (const message of failures) addMessage('validate/promtool', input, message, report);
  // What it says about rule files is known from checking those.
  if (failures.length === 0 && splitRuleMessages(run.stderr, rules).length === 0) addFailure('promtool', run, report);
};

const readAmtool = (run: ToolRun, input: Input, report: Report): void => {
  if (run.code === 0) return;
  const failures = [...run.stdout.matchAll(/\s*FAILED: ((?:.+\n?)+)/g)].map(([, text = '']) =>
    joinLines(text.split('\n')),
  );
  for (const message of failures) addMessage('validate/amtool', input, message, report);
  if (failures.length === 0) addFailure('amtool', run, report);
};

/**
 * Has promtool check every rule file and Prometheus configuration of the set, and amtool every Alertmanager
 * configuration; both read copies in a temporary folder. Their complaints become findings with the definition that the
 * part in question came from. A program that is missing is worth a finding only if `announceMissing` is set.
 */
export const checkWithTools = async (
  set: ArtefactSet,
  tools: ToolPaths,
  report: Report,
  options: { readonly announceMissing?: boolean } = {},
): Promise<void> => {
  const files = set.render();
  const inputs = collectInputs(set, files);
  const [rules = [], configs = [], routings = []] = ['rules', 'prometheus', 'alertmanager'].map((role) =>
    inputs.get(role),
  );
  const hasPromtoolWork = rules.length + configs.length > 0;
  if (options.announceMissing) {
    if (tools.promtool === undefined && hasPromtoolWork)
      report.add('validate/tool-missing', { tool: 'promtool', what: 'rules and scrape configuration' });
    if (tools.amtool === undefined && routings.length > 0)
      report.add('validate/tool-missing', { tool: 'amtool', what: 'routes and receivers' });
  }
  const { promtool = '', amtool = '' } = tools;
  const hasWork = (promtool !== '' && hasPromtoolWork) || (amtool !== '' && routings.length > 0);
  if (!hasWork) return;

  const root = await mkdtemp(join(tmpdir(), 'tocsin-'));
  try {
    await layOut(root, files, configs);
    const checkPromtool = async (args: readonly string[]): Promise<ToolRun> =>
      runTool(promtool, ['check', ...args], { cwd: root });
    const checkAmtool = async ({ artefact }: Input): Promise<ToolRun> =>
      runTool(amtool, ['check-config', artefact.path], { cwd: root });
    const [ruleRun, configRuns, routingRuns] = await Promise.all([
      promtool !== '' && rules.length > 0
        ? checkPromtool(['rules', ...rules.map(({ artefact }) => artefact.path)])
        : undefined,
      Promise.all(promtool === '' ? [] : configs.map(async ({ artefact }) => checkPromtool(['config', artefact.path]))),
      Promise.all(amtool === '' ? [] : routings.map(checkAmtool)),
    ]);
    if (ruleRun) readRuleCheck(ruleRun, rules, report);
    for (const [index, run] of configRuns.entries()) {
      const input = configs[index];
      if (input) readConfigCheck(run, input, rules, report);
    }
    for (const [index, run] of routingRuns.entries()) {
      const input = routings[index];
      if (input) readAmtool(run, input, report);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};
