import type { SourceMapPayload } from 'node:module';
import { SourceMap } from 'node:module';
import type { Location } from '../diagnostics/diagnostic.ts';
import { splitLines } from '../diagnostics/printable.ts';

/** The text of a definition file as it was loaded, and how the code that ran came from it. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
  /** Absent for a file that did not compile. */
  readonly map?: () => SourceMap;
}

/** A source map from its JSON, read when it is first asked for: only findings need one. */
export const lazySourceMap = (json: string): (() => SourceMap) => {
  let map: SourceMap | undefined;
  return () => (map ??= new SourceMap(JSON.parse(json) as SourceMapPayload));
};

/** A place without its end; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The files of one load, by path relative to the root. */
export type Sources = Map<string, SourceFile>;

const SCHEME = 'tocsin:';

/** The name under which a definition file runs, as stacks show it. */
export const scriptNameOf = (file: string): string => `${SCHEME}${file}`;

/** The place in the TypeScript that one line of a stack means; undefined unless it is in one of the sources. */
const readFrame = (frame: string, sources: Sources): Position | undefined => {
  const start = frame.indexOf(SCHEME);
  const match = start === -1 ? null : /^(.*):(\d+):(\d+)\)?\s*$/.exec(frame.slice(start + SCHEME.length));
  const [, file = '', line, column] = match ?? [];
  const source = sources.get(file);
  if (source?.map === undefined) return undefined;
  const entry = source.map().findEntry(Number(line) - 1, Number(column) - 1);
  return 'originalLine' in entry ? { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 } : undefined;
};

/** The places in definition files that a stack goes through, innermost first. */
export const readStack = (stack: string, sources: Sources): readonly Position[] =>
  stack.split('\n').flatMap((frame) => (/^\s+at /.test(frame) ? (readFrame(frame, sources) ?? []) : []));

/** The word that stands at a position, as a range. */
export const wordAt = (text: string, { file, line, column }: Position): Location => {
  const rest = (splitLines(text)[line - 1] ?? '').slice(column - 1);
  const word = /^(?:[\p{ID_Continue}$]+|"[^"]*"|'[^']*')/u.exec(rest)?.[0] ?? rest.slice(0, 1);
  return { file, line, column, endLine: line, endColumn: column + word.length };
};
