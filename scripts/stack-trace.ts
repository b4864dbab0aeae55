import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const FRAME = /(file:\/\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)/g;

const readMap = (file: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
};

/**
 * Maps the bundle's places in a stack back to TypeScript. Done by hand, once a bug is being shown: letting Node keep source
 * maps would make every start pay for it.
 */
export const mapStack = (stack: string): string => {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(FRAME, (frame, place: string, line: string, column: string) => {
    const file = place.startsWith('file:') ? fileURLToPath(place) : place;
    if (!maps.has(file)) maps.set(file, readMap(file));
    const origin = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (origin === undefined || !('originalSource' in origin)) return frame;
    const source = fileURLToPath(new URL(origin.originalSource, pathToFileURL(file)));
    return `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  });
};
