import { dirname, extname, resolve } from 'node:path';
import type { Place } from './discover.ts';
import type { LoadIo } from './io.ts';
import { isInside, relativePath } from './paths.ts';
import { LOADERS } from './transpile.ts';

/** What an import specifier of a definition file leads to. */
export type Target =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'outside' }
  | { readonly kind: 'missing'; readonly siblings: readonly string[] }
  | { readonly kind: 'refused' };

/** TypeScript lets an import name the .js file that a .ts file would become. */
const spellingsOf = (path: string): readonly string[] => {
  const extension = extname(path);
  const source = { '.js': '.ts', '.mjs': '.mts' }[extension];
  return source === undefined ? [path] : [path, `${path.slice(0, -extension.length)}${source}`];
};

const siblingsOf = async (path: string, specifier: string, io: LoadIo): Promise<readonly string[]> => {
  const folder = specifier.slice(0, specifier.lastIndexOf('/') + 1);
  try {
    const entries = await io.list(dirname(path));
    return entries.filter(({ name }) => extname(name) in LOADERS).map(({ name }) => `${folder}${name}`);
  } catch {
    return [];
  }
};

/**
 * Where an import of `from` (relative to the root) leads: one of Tocsin's own modules or a file under the definitions,
 * named with its extension. Nothing else may be imported, links that lead out included.
 */
export const resolveImport = async (
  specifier: string,
  from: string,
  { root, definitions }: Place,
  modules: ReadonlySet<string>,
  io: LoadIo,
): Promise<Target> => {
  if (modules.has(specifier)) return { kind: 'module', name: specifier };
  if (!/^\.\.?\//.test(specifier)) return { kind: 'refused' };
  const path = resolve(root, dirname(from), specifier);
  if (!isInside(definitions, path)) return { kind: 'outside' };
  for (const candidate of spellingsOf(path)) {
    try {
      const real = await io.realPath(candidate);
      if (!isInside(await io.realPath(definitions), real)) return { kind: 'outside' };
      if (extname(candidate) in LOADERS) return { kind: 'file', file: relativePath(root, candidate) };
      return { kind: 'refused' };
    } catch {
      // Not there under this spelling.
    }
  }
  // `./shared` for `./shared.ts` exists neither for TypeScript nor here, so it is missing, whatever its extension.
  const siblings = await siblingsOf(path, specifier, io);
  return { kind: 'missing', siblings };
};
