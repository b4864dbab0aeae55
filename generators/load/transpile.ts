import type { Loader, Message, TransformFailure } from 'esbuild';
import { transform } from 'esbuild';
import { UsageError } from '../diagnostics/errors.ts';
import type { Location } from '../diagnostics/diagnostic.ts';
import type { Report } from '../diagnostics/report.ts';

/** The kinds of files that definitions can be made of. */
export const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.js': 'js',
  '.mjs': 'js',
  '.json': 'json',
};

/** A file as code that a function can run, given `exports`, `require` and `module`. */
export interface Transpiled {
  readonly code: string;
  /** A source map as JSON. */
  readonly map: string;
  /** What the code asks `require` for; it may name something that only looks like it. */
  readonly requires: readonly string[];
}

const utf16Length = (text: string, bytes: number): number => Buffer.from(text).subarray(0, bytes).toString().length;

/** esbuild counts lines from 1 and columns from 0, in bytes. */
const locationOf = ({ location }: Pick<Message, 'location'>, file: string): Location => {
  if (!location) return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const { line, lineText } = location;
  const column = utf16Length(lineText, location.column) + 1;
  const endColumn = utf16Length(lineText, location.column + location.length) + 1;
  return { file, line, column, endLine: line, endColumn };
};

const relatedOf = ({ notes }: Message, file: string): readonly { readonly note: string; readonly at: Location }[] =>
  notes.flatMap(({ text, location }) =>
    location ? [{ note: text.replace(/ here:$/, ' here'), at: locationOf({ location }, file) }] : [],
  );

const IGNORED_WARNINGS = new Set(['empty-import-meta']);

const reportError = (message: Message, file: string, report: Report): void => {
  const at = locationOf(message, file);
  if (message.text.startsWith('Top-level await')) report.add('load/asynchronous', {}, at);
  else report.add('load/syntax', { message: message.text }, at, { related: relatedOf(message, file) });
};

const reportWarning = (message: Message, file: string, report: Report): void => {
  const at = locationOf(message, file);
  const more = { related: relatedOf(message, file) };
  const key = /^Duplicate key "(.*)" in object literal$/s.exec(message.text)?.[1];
  if (key !== undefined) report.add('load/duplicate-key', { key }, at, more);
  else if (!IGNORED_WARNINGS.has(message.id)) report.add('load/suspicious', { message: message.text }, at, more);
};

const isFailure = (error: unknown): error is TransformFailure => error instanceof Error && 'errors' in error;

/** The literals in esbuild's own output that stand in `require(...)`: it prints every import as one. */
const requiresOf = (code: string): readonly string[] => [
  ...new Set(
    [...code.matchAll(/\brequire\(("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)/g)].map(([, literal = '']) =>
      unquote(literal),
    ),
  ),
];

const unquote = (literal: string): string => {
  const body = literal.slice(1, -1);
  return JSON.parse(
    `"${literal.startsWith("'") ? body.replaceAll("\\'", "'").replaceAll('"', '\\"') : body}"`,
  ) as string;
};

/**
 * A definition file as code; undefined when it does not compile, which is reported. Types are not checked.
 * @throws UsageError when esbuild itself cannot run here.
 */
export const transpile = async (
  file: string,
  text: string,
  loader: Loader,
  report: Report,
): Promise<Transpiled | undefined> => {
  try {
    const { code, map, warnings } = await transform(text, {
      loader,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      charset: 'utf8',
      // Modules are strict; the code of a function is not unless it says so.
      ...(loader === 'json' ? {} : { banner: '"use strict";' }),
      sourcefile: file,
      sourcemap: 'external',
      sourcesContent: false,
      logLevel: 'silent',
    });
    for (const warning of warnings) reportWarning(warning, file, report);
    return { code, map, requires: requiresOf(code) };
  } catch (error) {
    if (!isFailure(error))
      throw new UsageError(`esbuild, which compiles the definitions, does not run here: ${String(error)}`);
    for (const message of error.errors) reportError(message, file, report);
    return undefined;
  }
};
