import { extname, join } from 'node:path';
import type { Report } from '../diagnostics/report.ts';
import type { DirectoryEntry, LoadIo } from './io.ts';
import { isAbsent, reasonOf } from './io.ts';
import { isInside, relativePath } from './paths.ts';

/** Where definitions are, as absolute paths. */
export interface Place {
  readonly root: string;
  readonly definitions: string;
}

const PROJECT = 'project.ts';
const SYSTEMS = 'systems';
/** Extensions of files that look as if they were meant to be definitions. */
const MISTAKABLE = new Set(['.js', '.mjs', '.cjs', '.mts', '.cts', '.tsx', '.jsx', '.yaml', '.yml']);

const isHidden = (name: string): boolean => name.startsWith('.');
const isDefinition = (name: string): boolean => name.endsWith('.ts') && !/\.(?:d|test|spec)\.ts$/.test(name);

const byName = (a: DirectoryEntry, b: DirectoryEntry): number => (a.name < b.name ? -1 : 1);

/**
 * The definition files of a project: `project.ts` and every `.ts` file under `systems/`, relative to the root, in
 * code-unit order whatever order the disk gives. Other files of the folder are there to be imported. What cannot be
 * read or leads out of the root is reported and left out.
 */
export const discover = async (
  { root, definitions }: Place,
  io: LoadIo,
  report: Report,
): Promise<readonly string[]> => {
  const at = (path: string) => ({ file: relativePath(root, path), path: [] });
  const found: string[] = [];

  /** Reports a path that is a bad link; gives what it leads to otherwise. */
  const follow = async (path: string, realRoot: string): Promise<DirectoryEntry['kind'] | undefined> => {
    let target: string;
    try {
      target = await io.realPath(path);
    } catch (error) {
      report.add('load/unreadable', { path: relativePath(root, path), message: reasonOf(error) }, at(path));
      return undefined;
    }
    if (!isInside(realRoot, target)) {
      report.add('load/outside-root', { path: relativePath(root, path), allowed: 'the project' }, at(path));
      return undefined;
    }
    try {
      await io.list(target);
      return 'directory';
    } catch {
      return 'file';
    }
  };

  const walk = async (directory: string, realRoot: string, above: readonly string[]): Promise<void> => {
    const real = await io.realPath(directory);
    // A link to a folder that contains it.
    if (above.includes(real)) return;
    for (const entry of [...(await io.list(directory))].sort(byName)) {
      if (isHidden(entry.name)) continue;
      const path = join(directory, entry.name);
      const kind = entry.kind === 'link' ? await follow(path, realRoot) : entry.kind;
      if (kind === 'directory') await walkSafely(path, realRoot, [...above, real]);
      else if (kind === 'file') take(path);
    }
  };

  const walkSafely = async (directory: string, realRoot: string, above: readonly string[]): Promise<void> => {
    try {
      await walk(directory, realRoot, above);
    } catch (error) {
      report.add('load/unreadable', { path: relativePath(root, directory), message: reasonOf(error) }, at(directory));
    }
  };

  const take = (path: string): void => {
    const extension = extname(path);
    if (isDefinition(path)) found.push(relativePath(root, path));
    else if (MISTAKABLE.has(extension)) report.add('load/not-loaded', { extension }, at(path));
  };

  const name = relativePath(root, definitions);
  if (!isInside(root, definitions)) {
    report.add('load/outside-root', { path: name, allowed: 'the project' });
    return [];
  }
  let entries: readonly DirectoryEntry[];
  let realRoot: string;
  try {
    realRoot = await io.realPath(root);
    if (!isInside(realRoot, await io.realPath(definitions))) {
      report.add('load/outside-root', { path: name, allowed: 'the project' });
      return [];
    }
    entries = await io.list(definitions);
  } catch (error) {
    if (isAbsent(error)) report.add('load/no-definitions', { directory: name });
    else report.add('load/unreadable', { path: name, message: reasonOf(error) });
    return [];
  }
  for (const entry of entries) {
    const path = join(definitions, entry.name);
    const kind =
      entry.kind === 'link' && [PROJECT, SYSTEMS].includes(entry.name) ? await follow(path, realRoot) : entry.kind;
    if (entry.name === PROJECT && kind === 'file') take(path);
    if (entry.name === SYSTEMS && kind === 'directory') await walkSafely(path, realRoot, []);
  }
  if (found.length === 0 && !report.hasErrors) report.add('load/no-definitions', { directory: name });
  return found.sort((a, b) => (a < b ? -1 : 1));
};
