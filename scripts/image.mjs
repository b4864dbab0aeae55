// Lays out what the container image of the stack holds: the bundles of the app, its load and the inbox, and of node_modules
// only the packages that they import. Run by test/stack/app/Dockerfile: `node scripts/image.mjs FOLDER`.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleApp, bundleServices } from './bundle.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `@scope/name/deep` and `name/deep` without what is deep. */
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** The folders in node_modules/ of packages and of all that they depend on, resolved as Node does it, by package-lock.json. */
export const closureOf = (packages, names) => {
  const folders = new Set();
  const visit = (name, from) => {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/', at.length - 1)))) {
      const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
      const entry = packages[path];
      if (entry === undefined) {
        if (at === '') return false;
        continue;
      }
      if (folders.has(path)) return true;
      folders.add(path);
      const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = entry;
      for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
        const isNeeded = dependency in dependencies && !(dependency in optionalDependencies);
        if (!visit(dependency, path) && isNeeded)
          throw new Error(`${path} needs ${dependency}, which is not in the lock file`);
      }
      return true;
    }
  };
  for (const name of names) if (!visit(name, '')) throw new Error(`${name} is imported and not in the lock file`);
  return [...folders].sort((a, b) => (a < b ? -1 : 1));
};

const layOut = async (folder) => {
  mkdirSync(folder, { recursive: true });
  const imports = [...(await bundleServices(ROOT, folder)), ...(await bundleApp(ROOT, folder))];
  const names = [...new Set(imports.filter((specifier) => !isBuiltin(specifier)).map(packageOf))];
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  // The part that this machine has no build of was not installed either.
  const folders = closureOf(packages, names).filter((path) => existsSync(join(ROOT, path)));
  for (const path of folders) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path), {
      recursive: true,
      // What is nested in a package is a package of its own here.
      filter: (from) => !relative(join(ROOT, path), from).split(sep).includes('node_modules'),
    });
  }
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}\n');
  process.stdout.write(`${folders.length} packages for ${names.join(', ')}\n`);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('usage: node scripts/image.mjs FOLDER\n');
    process.exitCode = 2;
  } else await layOut(folder);
}
