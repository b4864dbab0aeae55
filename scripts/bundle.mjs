// Bundles the command line: for the launcher (cached by the state of the sources) and for the package (dist/).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['generators', 'scripts'];
const DAY = 24 * 60 * 60 * 1000;
/** Another process may still be loading chunks of an older bundle: only old ones beyond this many are removed. */
const KEPT = 4;

/** A short text that changes when any source file does: paths, times and sizes, no contents (3 ms for 300 files). */
export const stampOf = (root) => {
  const hash = createHash('sha1');
  const add = (path) => {
    const { mtimeMs, size } = statSync(join(root, path));
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  };
  const walk = (folder) => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|json|mjs)$/.test(entry.name)) add(path);
    }
  };
  for (const folder of SOURCES) walk(folder);
  add('package.json');
  return hash.digest('hex').slice(0, 16);
};

/** Bundles scripts/cli.ts and all it imports into `outdir`, a chunk per command; packages stay outside. */
export const bundle = async (root, outdir) => {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: { cli: 'scripts/cli.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    sourcesContent: false,
    chunkNames: '[name]-[hash]',
    logLevel: 'error',
  });
};

const prune = (cache) => {
  const old = readdirSync(cache)
    .map((name) => ({ path: join(cache, name), time: statSync(join(cache, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time)
    .slice(KEPT)
    .filter(({ time }) => Date.now() - time > DAY);
  for (const { path } of old) rmSync(path, { recursive: true, force: true });
};

/**
 * The bundle of the sources as they are now, built if there is none yet. Processes that need the same one at the same time
 * each build it aside; the first rename wins and the others use it.
 */
export const cachedBundle = async (root) => {
  const cache = join(root, 'node_modules', '.cache', 'tocsin');
  const final = join(cache, stampOf(root));
  const entry = join(final, 'cli.js');
  if (existsSync(entry)) return entry;
  mkdirSync(cache, { recursive: true });
  const aside = join(cache, `.${process.pid}-${Date.now()}`);
  try {
    await bundle(root, aside);
    const now = new Date();
    utimesSync(aside, now, now);
    renameSync(aside, final);
  } catch (error) {
    if (!existsSync(entry)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  prune(cache);
  return entry;
};
