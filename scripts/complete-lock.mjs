// Completes package-lock.json after `npm install` on a registry that lacks the builds of some platforms.
//
// npm leaves out the optional packages it cannot find, and `npm ci` then refuses the file on every machine. The versions are
// known all the same (the packages that want them pin them); what else npm has to know is in their names.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const PLATFORM =
  /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ppc64|riscv64|s390x|ia32)(?:-(gnu|musl))?/;
const LIBC = { gnu: 'glibc', musl: 'musl' };

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const added = [];
const unknown = [];
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (Object.keys(lock.packages).some((known) => known === path || known.endsWith(`/${path}`))) continue;
    const platform = PLATFORM.exec(name);
    if (platform === null) {
      unknown.push(name);
      continue;
    }
    const [, os, cpu, libc] = platform;
    lock.packages[path] = {
      version,
      cpu: [cpu],
      ...(parent.dev && { dev: true }),
      ...(os === 'linux' && libc !== undefined && { libc: [LIBC[libc]] }),
      optional: true,
      os: [os],
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
if (added.length > 0) writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added.length} added${added.length > 0 ? `: ${added.join(', ')}` : ''}\n`);
if (unknown.length > 0) {
  process.stderr.write(`not known for which platform: ${unknown.join(', ')}\n`);
  process.exitCode = 1;
}
