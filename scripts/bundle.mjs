// Bundles the command line, for the launcher (cached by the state of the sources) and for the package (dist/), and the sample
// app of the stack, which is started as a process of its own.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SOURCES = ['generators', 'scripts'];
const APP_SOURCES = ['test/stack/app'];
const DRILL_SOURCES = ['generators', 'test/stack', 'test/support'];
const SERVICE_SOURCES = ['test/stack/inbox', 'test/stack/load', 'test/stack/services'];
const DAY = 24 * 60 * 60 * 1000;
/** Another process may still be loading chunks of an older bundle: only old ones beyond this many are removed. */
const KEPT = 4;

/** A short text that changes when any source file does: paths, times and sizes, no contents (3 ms for 300 files). */
export const stampOf = (root, sources = SOURCES) => {
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
  for (const folder of sources) walk(folder);
  add('package.json');
  return hash.digest('hex').slice(0, 16);
};

/** Gives the names of what stays outside and is imported: packages, with what is deep in them. */
const build = async (root, entryPoints, outdir) => {
  const esbuild = await import('esbuild');
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
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
    metafile: true,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return imports.filter(({ external }) => external).map(({ path }) => path);
};

/** Bundles scripts/cli.ts and all it imports into `outdir`, a chunk per command; packages stay outside. */
export const bundle = (root, outdir) => build(root, { cli: 'scripts/cli.ts' }, outdir);

/** Bundles what the stack runs beside the sample app into `outdir`: inbox.js and load.js; packages stay outside. */
export const bundleServices = (root, outdir) =>
  build(root, { inbox: 'test/stack/inbox/main.ts', load: 'test/stack/services/load.ts' }, outdir);

/** Bundles the drill into `outdir`: drill.js; packages stay outside. */
const bundleDrill = (root, outdir) => build(root, { drill: 'test/stack/drill/main.ts' }, outdir);

/** Bundles the sample app into `outdir`: main.js and the thread of its embedded database; packages stay outside. */
export const bundleApp = (root, outdir) =>
  build(
    root,
    { main: 'test/stack/app/main.ts', 'database-worker': 'test/stack/app/parts/database/embedded-worker.ts' },
    outdir,
  );

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
const cached = async (root, { name, stamp, file, make }) => {
  const cache = join(root, 'node_modules', '.cache', name);
  const final = join(cache, stamp);
  const entry = join(final, file);
  if (existsSync(entry)) return entry;
  mkdirSync(cache, { recursive: true });
  const aside = join(cache, `.${process.pid}-${Date.now()}`);
  try {
    await make(root, aside);
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

/** The path of the bundled command line. */
export const cachedBundle = (root) =>
  cached(root, { name: 'tocsin', stamp: stampOf(root), file: 'cli.js', make: bundle });

/** The folder of the bundled sample app; `node <folder>/main.js` starts it. */
export const appBundle = async (root) =>
  dirname(
    await cached(root, { name: 'tocsin-app', stamp: stampOf(root, APP_SOURCES), file: 'main.js', make: bundleApp }),
  );

/** The folder of the bundled inbox and load; `node <folder>/inbox.js` and `node <folder>/load.js` start them. */
export const serviceBundle = async (root) => {
  const stamp = stampOf(root, SERVICE_SOURCES);
  return dirname(await cached(root, { name: 'tocsin-services', stamp, file: 'inbox.js', make: bundleServices }));
};

/** The bundled drill: a module with what test/stack/drill/main.ts exports. */
export const loadDrill = async (root) => {
  const stamp = stampOf(root, DRILL_SOURCES);
  const file = await cached(root, { name: 'tocsin-drill', stamp, file: 'drill.js', make: bundleDrill });
  return import(pathToFileURL(file).href);
};
