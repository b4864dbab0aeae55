import { readFileSync } from 'node:fs';
import { isAbsolute, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Location, Origin } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../diagnostics/frame.ts';
import { splitLines } from '../diagnostics/printable.ts';
import type { Locator } from '../diagnostics/resolve.ts';
import { isInside, relativePath } from './paths.ts';
import type { Position, SourceFile, Sources } from './sources.ts';
import { readStack, wordAt } from './sources.ts';
import type { Syntax } from './syntax.ts';
import { createSyntax } from './syntax.ts';
import type { Expression, Piece } from './trace.ts';
import { callAt, createTracer, defaultExportOf } from './trace.ts';

/** What a locator reads from. */
export interface LocatorOptions {
  /** The project's folder, absolute. */
  readonly root: string;
  /** The files as they were loaded; others are read from the disk. */
  readonly sources?: Sources;
  readonly syntax?: Syntax;
}

/** A stack's line that is not one of a loaded definition: a path or a file URL, perhaps with a query. */
const readForeignFrame = (frame: string, root: string): Position | undefined => {
  const match = /^\s*at (?:async )?(?:.*?\()?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?)(?:\?[^?]*?)?:(\d+):(\d+)\)?\s*$/.exec(
    frame,
  );
  const [, written, line, column] = match ?? [];
  if (written === undefined) return undefined;
  let path: string;
  try {
    path = written.startsWith('file:') ? fileURLToPath(written) : written;
  } catch {
    return undefined;
  }
  if (!isAbsolute(path) || !isInside(root, path)) return undefined;
  return { file: relativePath(root, path), line: Number(line), column: Number(column) };
};

const offsetOf = (text: string, { line, column }: Position): number => {
  const before = splitLines(text).slice(0, line - 1);
  // Line breaks differ in length, so the start of the line is looked for behind what precedes it.
  let offset = 0;
  for (const one of before) {
    offset += one.length;
    offset += text.startsWith('\r\n', offset) ? 2 : 1;
  }
  return offset + column - 1;
};

/** Finds the lines of properties in definition files. Files are read and parsed when a finding first needs them, each once. */
export const createLocator = ({ root, sources = new Map(), syntax = createSyntax() }: LocatorOptions): Locator => {
  const files = new Map<string, SourceFile | undefined>(sources);

  const sourceOf = (file: string): SourceFile | undefined => {
    if (!files.has(file)) {
      let source: SourceFile | undefined;
      try {
        source = { file, text: readFileSync(resolve(root, file), 'utf8').replace(/^\ufeff/, '') };
      } catch {
        source = undefined;
      }
      files.set(file, source);
    }
    return files.get(file);
  };

  const trace = createTracer({
    parse: syntax.parse,
    follow: (specifier, from) => {
      if (!specifier.startsWith('.')) return undefined;
      const path = posix.join(posix.dirname(from.file), specifier);
      return isInside(root, join(root, path))
        ? (sourceOf(path) ?? sourceOf(path.replace(/\.(m?)js$/, '.$1ts')))
        : undefined;
    },
  });

  const siteOf = ({ site }: Origin): Position | undefined => {
    const stack = typeof site?.stack === 'string' ? site.stack : '';
    // After a load every definition is a source, and a stack outside of them is Tocsin's own.
    if (sources.size > 0) return readStack(stack, sources)[0];
    const frame = stack.split('\n').find((line) => /^\s*at /.test(line));
    return frame === undefined ? undefined : readForeignFrame(frame, root);
  };

  const callOf = (position: Position): Expression | undefined => {
    const source = sourceOf(position.file);
    const node = source && callAt(syntax.parse(source), offsetOf(source.text, position));
    return source && node ? { source, node } : undefined;
  };

  const exportedBy = (file: string): Expression | undefined => {
    const source = sourceOf(file);
    const node = source && defaultExportOf(syntax.parse(source), source.text);
    return source && node ? { source, node } : undefined;
  };

  const locationOf = ({ source, from, to }: Piece): Location => ({
    file: source.file,
    ...spanAt(source.text, from, to),
  });

  return {
    read: (file) => sourceOf(file)?.text,
    locate: (origin) => {
      const position = siteOf(origin);
      const call = position && callOf(position);
      const placed = position && sourceOf(position.file);
      if (placed && !call) return wordAt(placed.text, position);
      const start = call ?? exportedBy(origin.file);
      if (start) {
        const { depth, key, value } = trace(start, origin.path);
        // Of what was found on the way to a property that is not there, the name is enough.
        return locationOf(depth === origin.path.length && origin.on !== 'key' ? value : key);
      }
      const source = sourceOf(origin.file);
      return source && { file: origin.file, line: 1, column: 1, endLine: 1, endColumn: 1 };
    },
  };
};
