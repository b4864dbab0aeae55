import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { InvariantError } from '../diagnostics/errors.ts';
import type { Report } from '../diagnostics/report.ts';
import { isInside, relativePath } from './paths.ts';
import { wordAt } from './sources.ts';
import { createSyntax, importsOf } from './syntax.ts';

/** What is checked. */
export interface TypecheckOptions {
  /** The project's folder. */
  readonly root: string;
  /** The folder of definitions, relative to the root or absolute. */
  readonly definitions: string;
  /** Seconds after which the compiler is stopped; 120 when absent. */
  readonly timeoutSeconds?: number;
}

interface PackageJson {
  readonly name?: string;
  readonly exports?: Readonly<Record<string, string | { readonly types?: string; readonly default?: string }>>;
}

/** The folder of this package: the nearest above this module, which may be in a bundle. */
const packageRoot = (): { readonly folder: string; readonly json: PackageJson } => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const json = JSON.parse(readFileSync(path, 'utf8')) as PackageJson;
    if (json.name === 'tocsin') return { folder, json };
  }
  throw new InvariantError('the package.json of tocsin is not above its code', 'typecheck');
};

/** Where the compiler finds the types of `tocsin` and its other entries: in this package, which also runs the definitions. */
const ownPaths = (): Readonly<Record<string, readonly string[]>> => {
  const { folder, json } = packageRoot();
  const entries = Object.entries(json.exports ?? {}).flatMap(([entry, target]) => {
    const file = typeof target === 'string' ? target : (target.types ?? target.default);
    return file !== undefined && /\.[cm]?ts$/.test(file)
      ? [[entry.replace(/^\./, 'tocsin'), [join(folder, file)]] as const]
      : [];
  });
  return Object.fromEntries(entries);
};

/** What holds whatever the user's tsconfig.json says: the definitions alone, read as loading reads them, and nothing written. */
const FIXED = {
  noEmit: true,
  // Every definition is a module, each is compiled alone, and an import names the file.
  module: 'esnext',
  moduleResolution: 'bundler',
  moduleDetection: 'force',
  isolatedModules: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  emitDeclarationOnly: false,
  // Types of Node would make `process` and its like look available.
  types: [],
  rootDir: null,
  outDir: null,
  tsBuildInfoFile: null,
};

const DEFAULTS = {
  target: 'ES2023',
  lib: ['ES2023'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
};

const configFor = (root: string, definitions: string, exclude: readonly string[]): object => {
  const own = join(root, 'tsconfig.json');
  const hasOwn = existsSync(own);
  return {
    // An empty list of files keeps the user's own from being checked along.
    ...(hasOwn ? { extends: own, files: [] } : {}),
    compilerOptions: { ...(hasOwn ? {} : DEFAULTS), ...FIXED, paths: ownPaths() },
    include: [`${definitions}/**/*.ts`, `${definitions}/**/*.mts`],
    exclude,
    references: [],
  };
};

const compilerPath = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

/** Runs the compiler to its end; gives its code, null when it was stopped, and all it said. */
const runCompiler = (
  config: string,
  cwd: string,
  timeoutSeconds: number,
): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [compilerPath(), '--noEmit', '--pretty', 'false', '-p', config], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutSeconds * 1000,
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', fail);
    child.on('close', (code) => done({ code, output: Buffer.concat(chunks).toString() }));
  });

/** One message of the compiler. */
interface CompilerMessage {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly tsCode: string;
  readonly message: string;
}

/** What `tsc --pretty false` printed: messages with a place, and everything else. */
export const readCompilerOutput = (
  output: string,
): { readonly messages: readonly CompilerMessage[]; readonly rest: readonly string[] } => {
  const messages: CompilerMessage[] = [];
  const rest: string[] = [];
  let isInMessage = false;
  for (const line of output.split(/\r?\n/)) {
    const match = /^(.+?)\((\d+),(\d+)\): (?:error|warning) (TS\d+): (.*)$/.exec(line);
    const last = messages.at(-1);
    if (match) {
      const [, file = '', row, column, tsCode = '', message = ''] = match;
      messages.push({ file, line: Number(row), column: Number(column), tsCode, message });
      isInMessage = true;
    } else if (isInMessage && last && line.startsWith(' ')) {
      messages[messages.length - 1] = { ...last, message: `${last.message}\n${line}` };
    } else if (line.trim() !== '') {
      rest.push(line);
      isInMessage = false;
    }
  }
  return { messages, rest };
};

/** The compiler advises to install types for globals that definitions must not use. */
const withoutAdvice = (message: string): string =>
  message.replace(/ Do you need to (?:install type definitions|change your target library)[^\n]*/, '');

/** Nothing to check is reported by whoever loads the definitions. */
const NO_INPUTS = 'TS18003';
/** The codes of what is wrong with the syntax of a file. */
const SYNTACTIC = /^TS1\d{3}$/;

/** What loading finds too, by the code of the finding: the compiler's codes for it. */
const SAME: Readonly<Record<string, RegExp>> = {
  'load/duplicate-key': /^TS1117$/,
  'load/missing-file': /^TS(?:2307|2732|283[45])$/,
  'load/import': /^TS(?:2307|2591|2882)$/,
  'load/outside-root': /^TS2307$/,
  'load/missing-export': /^TS(?:1192|2305|2613|2614|2724)$/,
};

/** Whether loading has reported a message of the compiler in its own words. */
const isReported = ({ line, column, tsCode }: CompilerMessage, file: string, report: Report): boolean =>
  report.list().some(({ code, at }) => {
    if (!at || !('line' in at) || at.file !== file) return false;
    if (code === 'load/syntax') return SYNTACTIC.test(tsCode);
    return at.line === line && at.column === column && SAME[code]?.test(tsCode) === true;
  });

/** The definition files that import one of `broken` or one that does, and those themselves; absolute paths. */
const filesReaching = async (broken: ReadonlySet<string>, definitions: string): Promise<ReadonlySet<string>> => {
  const syntax = createSyntax();
  const imports = new Map<string, readonly string[]>();
  for (const name of await readdir(definitions, { recursive: true })) {
    if (!/\.m?ts$/.test(name)) continue;
    const file = join(definitions, name);
    const text = await readFile(file, 'utf8');
    const targets = importsOf(syntax.parse({ file, text }), text).map(({ specifier }) =>
      resolve(dirname(file), specifier).replace(/\.(m?)js$/, '.$1ts'),
    );
    imports.set(file, targets);
  }
  const reaching = new Set(broken);
  for (let size = -1; size !== reaching.size;) {
    size = reaching.size;
    for (const [file, targets] of imports) if (targets.some((target) => reaching.has(target))) reaching.add(file);
  }
  return reaching;
};

/**
 * Checks the types of all definitions with the TypeScript of this package and the strictness of the project's
 * tsconfig.json. Only what is wrong in the definitions is held against them, and what loading has put into the report
 * is not said again; a compiler that fails for another reason is a finding of its own.
 */
export const typecheck = async (options: TypecheckOptions, report: Report): Promise<void> => {
  const { timeoutSeconds = 120 } = options;
  const named = resolve(options.root);
  // The compiler names files by where they really are.
  const root = await realpath(named);
  const definitions = resolve(root, relative(named, resolve(named, options.definitions)));
  if (!existsSync(definitions)) return;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tocsin-types-')));

  const check = async (excluded: Iterable<string>) => {
    const config = join(folder, 'tsconfig.json');
    await writeFile(config, JSON.stringify(configFor(root, definitions, [...excluded])));
    const { code, output } = await runCompiler(config, root, timeoutSeconds);
    const { messages, rest } = readCompilerOutput(output);
    const placed = messages.map((message) => ({ ...message, path: resolve(root, message.file) }));
    return { code, rest, placed, own: placed.filter(({ path }) => isInside(definitions, path)) };
  };

  try {
    const { code, rest, placed, own } = await check([]);
    // The compiler looks at no types at all while one file is no TypeScript: the rest is checked without it.
    const broken = new Set(own.filter(({ tsCode }) => SYNTACTIC.test(tsCode)).map(({ path }) => path));
    const others = broken.size > 0 ? (await check(await filesReaching(broken, definitions))).own : [];
    const texts = new Map<string, string>();
    for (const message of [...own, ...others]) {
      const { path, line, column, tsCode } = message;
      const file = relativePath(root, path);
      if (isReported(message, file, report)) continue;
      if (!texts.has(path)) texts.set(path, await readFile(path, 'utf8'));
      const at = wordAt(texts.get(path) ?? '', { file, line, column });
      report.add('load/type', { message: withoutAdvice(message.message).replaceAll(`${root}${sep}`, ''), tsCode }, at);
    }
    // A fault in somebody else's types, this package's included, is not the user's to mend; one in a tsconfig.json is.
    for (const { path, line, column, message } of placed) {
      if (!path.endsWith('.json') || isInside(definitions, path)) continue;
      const place = { file: relativePath(root, path), line, column, endLine: line, endColumn: column };
      report.add('load/typecheck', { message }, place);
    }
    const isEmpty = rest.some((line) => line.includes(NO_INPUTS));
    const [first, ...more] = isEmpty ? [] : rest;
    if (code === null) report.add('load/typecheck', { message: `the compiler was stopped after ${timeoutSeconds} s` });
    else if (first !== undefined)
      report.add('load/typecheck', { message: more.length > 0 ? `${first} (and ${more.length} more)` : first });
    else if (code !== 0 && !isEmpty && placed.length === 0)
      report.add('load/typecheck', { message: `the compiler ended with code ${code}` });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
