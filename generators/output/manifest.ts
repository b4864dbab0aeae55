import { createHash } from 'node:crypto';
import type { OutputFile } from './artefact.ts';
import { canonicalJson } from './json.ts';
import { findPathFault } from './paths.ts';

/** The list of what was generated, in the output folder. */
export const MANIFEST = '.manifest.json';

/** The same of a run that has not ended: it is renamed to `MANIFEST` as the last step. */
export const NEXT_MANIFEST = '.manifest.next.json';

const VERSION = 1;

/** Files that the generator owns, with the hash of what it wrote; several when a merge left both sides' lines. */
export type OwnedFiles = ReadonlyMap<string, readonly string[]>;

/** A manifest as it was read, and why it is not usable, or not wholly. */
export interface Manifest {
  readonly owned: OwnedFiles;
  readonly problem?: string;
}

/** The SHA-256 of some bytes, in hexadecimal. */
export const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The bytes of a file as it is written. */
export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const HASH = /^[\da-f]{64}$/;
const ENTRY_LINE = /^\s*("(?:[^"\\]|\\.)*"): "([\da-f]{64})",?\s*$/;

/** The manifest's text for paths with their hashes: one line a file, sorted, so that two branches seldom touch one line. */
export const stringifyManifest = (hashes: ReadonlyMap<string, string>): string =>
  canonicalJson({ version: VERSION, files: Object.fromEntries(hashes) });

/** The manifest's text for files that are to be written. */
export const manifestOf = (files: readonly OutputFile[]): string =>
  stringifyManifest(new Map(files.map(({ path, text }) => [path, hashOf(encode(text))])));

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const CONFLICT = /^(?:<{7}|>{7}) /m;

/** Whether a text holds the marks that git leaves where two branches disagree. */
export const hasConflictMarks = (text: string): boolean => CONFLICT.test(text);

/** Both sides of a merge that git could not do: each of them was generated. */
const parseConflict = (text: string): OwnedFiles => {
  const owned = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, hash] = ENTRY_LINE.exec(line) ?? [];
    const path = name === undefined ? undefined : parseJson(name);
    if (typeof path !== 'string' || hash === undefined || findPathFault(path) !== undefined) continue;
    owned.set(path, [...(owned.get(path) ?? []), hash]);
  }
  return owned;
};

/** Reads a manifest. Never throws: what makes no sense is left out and is a `problem`. */
export const parseManifest = (text: string): Manifest => {
  if (hasConflictMarks(text)) return { owned: parseConflict(text) };
  const value = parseJson(text);
  if (!isRecord(value)) return { owned: new Map(), problem: 'it is no JSON object' };
  if (value['version'] !== VERSION) {
    return {
      owned: new Map(),
      problem: `it has the format ${JSON.stringify(value['version'])}, and this version of Tocsin knows ${VERSION}`,
    };
  }
  const { files } = value;
  if (!isRecord(files)) return { owned: new Map(), problem: 'it lists no files' };
  const owned = new Map<string, readonly string[]>();
  let problem: string | undefined;
  for (const [path, hash] of Object.entries(files)) {
    if (findPathFault(path) !== undefined) problem ??= `it names ${JSON.stringify(path)}, which is never generated`;
    else if (typeof hash !== 'string' || !HASH.test(hash)) problem ??= `the hash of ${path} is not one`;
    else owned.set(path, [hash]);
  }
  return problem === undefined ? { owned } : { owned, problem };
};
