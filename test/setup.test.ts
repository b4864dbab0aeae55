import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProcess, temporaryProject } from './support/project.ts';
import type { Ended, TemporaryProject } from './support/project.ts';

/**
 * The real set-up script in a project of its own, on a PATH that holds nothing but programs made here: they note how they
 * were called in `calls` and do in the project what the real ones would.
 */
let project: TemporaryProject;
let bin: string;
let calls: string;

const PARTS = ['bin', 'libexec', 'share'];
const TOOLS = ['alertmanager', 'amtool', 'prometheus', 'promtool'];
const PACKAGES = {
  '': { name: 'sample' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', dev: true },
  'node_modules/native-here': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
  'node_modules/native-there': { version: '1.0.0', optional: true, os: ['plan9'], cpu: [process.arch] },
  'node_modules/native-musl': { version: '1.0.0', optional: true, os: [process.platform], libc: ['musl'] },
};

/** Installs all that can run here but FAKE_NPM_LEAVES, in FAKE_NPM_TAKES milliseconds. */
const NPM = `
const { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
appendFileSync(process.env.CALLS, 'npm ' + process.argv.slice(2).join(' ') + '\\n');
if (process.env.FAKE_NPM === 'fail') {
  console.error('npm error E503 the registry is asleep');
  process.exit(1);
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const leave = ['node_modules/native-there', 'node_modules/native-musl', process.env.FAKE_NPM_LEAVES];
rmSync('node_modules', { recursive: true, force: true });
const installed = {};
for (const [path, entry] of Object.entries(packages)) {
  if (path === '' || leave.includes(path)) continue;
  mkdirSync(path, { recursive: true });
  installed[path] = entry;
}
const end = () => writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
setTimeout(end, Number(process.env.FAKE_NPM_TAKES ?? 0));
`;
/** Debian's downloader: FAKE_APT is 'stale' when the machine's own lists are of no use, 'offline' when nothing is. */
const APT = `#!/bin/sh
echo "apt-get $*" >> "$CALLS"
case "$FAKE_APT:$*" in
  offline:*) echo "E: Temporary failure resolving 'mirror'" >&2; exit 100;;
  stale:*Dir::State=*) ;;
  stale:*) echo "E: Unable to locate package prometheus" >&2; exit 100;;
esac
case "$*" in
  *" -s "*) case "$FAKE_SERVERS" in none) ;; *) for name in libneeded1 redis-tools redis-server postgresql-client-15 postgresql-15 libllvm14; do echo "Inst $name (1 Debian)"; done;; esac; exit 0;;
  *download*postgresql-15*) : > redis-server_1_all.deb; : > postgresql-15_1_all.deb; : > libneeded1_1_all.deb; exit 0;;
esac
case "$*" in *download*) : > prometheus_1_all.deb; : > prometheus-alertmanager_1_all.deb;; esac
`;
/** Unpacks: programs that tell their version, and an alertmanager that needs its templates from the system's folder. */
const DPKG = `#!/bin/sh
[ "$1" = -x ] || exit 2
case "$2" in
  */libneeded1_*) mkdir -p "$3/usr/lib/x86_64-linux-gnu" "$3/usr/share/doc"; exit 0;;
  */redis-server_*) folder="$3/usr/bin"; names=redis-server;;
  */postgresql-15_*) folder="$3/usr/lib/postgresql/15/bin"; names="postgres initdb";;
  *) folder=;;
esac
if [ -n "$folder" ]; then
  mkdir -p "$folder"
  for name in $names; do
    printf '#!/bin/sh\n[ "$1" = --version ] && exit %s\necho %s "$@" "$LD_LIBRARY_PATH"\n' "\${FAKE_PROGRAM_EXIT:-0}" "$name" > "$folder/$name"
    chmod +x "$folder/$name"
  done
  exit 0
fi
data=/usr/share/prometheus/alertmanager
mkdir -p "$3/usr/bin" "$3$data"
case "$2" in
  */prometheus_*) names="prometheus promtool";;
  *) names="prometheus-alertmanager amtool"; echo templates > "$3$data/default.tmpl";;
esac
for name in $names; do
  printf '#!/bin/sh\\n[ "$1" = --version ] && exit %s\\ncat %s/default.tmpl\\n' "\${FAKE_PROGRAM_EXIT:-0}" "$data" > "$3/usr/bin/$name"
  chmod +x "$3/usr/bin/$name"
done
`;
const LDD = `#!/bin/sh
echo "	libfuture.so.9 => not found"
`;

const program = (name: string, text = '#!/bin/sh\n'): void => {
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
};
const debian = (): void => {
  program('apt-get', APT);
  program('dpkg', DPKG);
  program('ldd', LDD);
};

const setUp = (env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Ended> =>
  runProcess(process.execPath, [join(project.root, 'scripts/setup.mjs'), ...args], {
    cwd: '/',
    env: { PATH: bin, CALLS: calls, npm_execpath: join(project.root, 'fake/npm-cli.cjs'), ...env },
  });

/** What was called since this was last asked. */
const called = (): readonly string[] => {
  if (!existsSync(calls)) return [];
  const lines = readFileSync(calls, 'utf8').trimEnd().split('\n');
  rmSync(calls);
  return lines;
};
const tools = (): readonly string[] => {
  const folder = join(project.root, '.tools/bin');
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
};
const setPackages = (packages: object): void => project.write('package-lock.json', JSON.stringify({ packages }));

/** node_modules/ as npm leaves it. */
const installPackages = (): void => {
  const { '': _, 'node_modules/native-there': _there, 'node_modules/native-musl': _musl, ...here } = PACKAGES;
  for (const path of Object.keys(here)) mkdirSync(join(project.root, path), { recursive: true });
  project.write('node_modules/.package-lock.json', JSON.stringify({ packages: here }));
};

const SILENT = { code: 0, stdout: '', stderr: '' };

beforeEach(() => {
  project = temporaryProject();
  bin = join(project.root, 'fake/bin');
  calls = join(project.root, 'fake/calls');
  mkdirSync(bin, { recursive: true });
  const real = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of ['sh', 'mkdir', 'chmod', 'env', 'cat']) {
    const found = real.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) symlinkSync(found, join(bin, name));
  }
  project.write('fake/npm-cli.cjs', NPM);
  project.copy('scripts/setup.mjs');
  setPackages(PACKAGES);
});
afterEach(() => project.remove());

describe('npm packages', () => {
  beforeEach(() => TOOLS.forEach((name) => program(name)));

  it('are installed when there are none, and then left alone', async () => {
    const first = await setUp();
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain('installing the npm packages');
    expect(called()).toEqual(['npm ci --include=dev --no-audit --no-fund --loglevel=error']);
    expect(await setUp()).toEqual(SILENT);
    expect(called()).toEqual([]);
  });

  it.each<[string, () => void, boolean]>([
    [
      'a newer version in the lock file',
      () => setPackages({ ...PACKAGES, 'node_modules/a': { version: '1.0.1' } }),
      true,
    ],
    [
      'other contents of the same version',
      () => setPackages({ ...PACKAGES, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-z' } }),
      true,
    ],
    ['a further package', () => setPackages({ ...PACKAGES, 'node_modules/c': { version: '1.0.0' } }), true],
    ['a removed folder', () => rmSync(join(project.root, 'node_modules/b'), { recursive: true }), true],
    [
      'a further build for this machine',
      () =>
        setPackages({ ...PACKAGES, 'node_modules/n': { version: '1.0.0', optional: true, os: [process.platform] } }),
      true,
    ],
    ['a lock file that was only written again', () => setPackages({ ...PACKAGES }), false],
    [
      'a further build for another machine',
      () => setPackages({ ...PACKAGES, 'node_modules/n': { version: '1.0.0', optional: true, os: ['plan9'] } }),
      false,
    ],
    [
      'a build for every system but this one',
      () =>
        setPackages({
          ...PACKAGES,
          'node_modules/n': { version: '1.0.0', optional: true, os: [`!${process.platform}`] },
        }),
      false,
    ],
    [
      'a package less',
      () => {
        const { 'node_modules/b': _, ...fewer } = PACKAGES;
        setPackages(fewer);
      },
      false,
    ],
  ])('are installed again or not: %s', async (_, change, isStale) => {
    installPackages();
    change();
    await setUp();
    expect(called()).toHaveLength(isStale ? 1 : 0);
    expect(await setUp()).toEqual(SILENT);
  });

  it('that cannot be had here are asked for once, until the lock file changes', async () => {
    const env = { FAKE_NPM_LEAVES: 'node_modules/native-here' };
    expect((await setUp(env)).stderr).toContain('npm left out node_modules/native-here');
    expect(await setUp(env)).toEqual(SILENT);
    expect(called()).toHaveLength(1);
    setPackages({ ...PACKAGES, 'node_modules/a': { version: '3.0.0' } });
    await setUp(env);
    expect(called()).toHaveLength(1);
    expect(await setUp(env)).toEqual(SILENT);
  });

  it('that fail to install end the set-up with what npm said', async () => {
    const { code, stderr } = await setUp({ FAKE_NPM: 'fail' });
    expect(code).toBe(1);
    expect(stderr).toContain('npm error E503 the registry is asleep');
  });

  it('come from the npm on PATH when another package manager runs the script', async () => {
    program('npm', `#!/bin/sh\nexec ${process.execPath} ${join(project.root, 'fake/npm-cli.cjs')} "$@"\n`);
    expect(await setUp({ npm_execpath: '/somewhere/pnpm.cjs' })).toMatchObject({ code: 0 });
    expect(called()).toHaveLength(1);
  });
});

describe('programs', () => {
  beforeEach(installPackages);

  it('come from the packages of a Debian machine, without root, and are fetched once', async () => {
    debian();
    const { code, stderr } = await setUp();
    expect({ code, tools: tools() }).toEqual({ code: 0, tools: TOOLS });
    expect(stderr).toContain('programs ready');
    const [download, ...more] = called();
    expect(more).toEqual([]);
    expect(download).toMatch(/^apt-get .* download prometheus prometheus-alertmanager$/);
    expect(readdirSync(join(project.root, '.tools')).toSorted()).toEqual(PARTS);
    expect(await setUp()).toEqual(SILENT);
    expect(called()).toEqual([]);
  });

  it('come through package lists of our own when those of the machine are of no use', async () => {
    debian();
    expect(await setUp({ FAKE_APT: 'stale' })).toMatchObject({ code: 0 });
    expect(tools()).toEqual(TOOLS);
    const [, update = '', download = ''] = called();
    expect(update).toMatch(/ update$/);
    for (const line of [update, download]) {
      expect(line).toContain(`Dir::State=${join(project.root, '.tools', 'debian-')}`);
      expect(line).toContain(`Dir::Cache=${join(project.root, '.tools', 'debian-')}`);
    }
    expect(readdirSync(join(project.root, '.tools')).toSorted()).toEqual(PARTS);
  });

  it.skipIf(!existsSync('/proc/self/fd'))(
    'find the data that Debian keeps in /usr/share, wherever they are run',
    async () => {
      debian();
      await setUp();
      const alertmanager = join(project.root, '.tools/bin/alertmanager');
      const env = { PATH: bin };
      expect(await runProcess(alertmanager, [], { cwd: '/', env })).toEqual({
        code: 0,
        stdout: 'templates\n',
        stderr: '',
      });
      expect(await runProcess('./alertmanager', [], { cwd: join(project.root, '.tools/bin'), env })).toMatchObject({
        code: 0,
      });
    },
  );

  it('that are on PATH are used as they are; only the others are fetched', async () => {
    debian();
    program('promtool');
    program('prometheus');
    await setUp();
    expect(tools()).toEqual(['alertmanager', 'amtool']);
  });

  it('that cannot be fetched are named with the reason, are not fatal, and are tried again later or on demand', async () => {
    debian();
    const env = { FAKE_APT: 'offline' };
    const { code, stderr } = await setUp(env);
    expect(code).toBe(0);
    expect(stderr).toContain(
      "going on without promtool, prometheus, amtool, alertmanager (E: Temporary failure resolving 'mirror')",
    );
    expect(stderr).toContain('run: sudo apt-get update && npm run setup');
    called();

    expect(await setUp(env)).toEqual(SILENT);
    expect(called()).toEqual([]);
    expect(await setUp({ ...env, CI: 'true' })).not.toEqual(SILENT);
    expect(await setUp(env, '--force')).not.toEqual(SILENT);

    const memory = join(project.root, '.tools/unavailable.json');
    const { missing } = JSON.parse(readFileSync(memory, 'utf8')) as { missing: string };
    writeFileSync(memory, JSON.stringify({ missing, at: Date.now() - 2 * 60 * 60 * 1000 }));
    await setUp();
    expect(tools()).toEqual(TOOLS);
    expect(existsSync(memory)).toBe(false);
  });

  it('that do not run on this machine are not installed, and the missing library is named', async () => {
    debian();
    const { code, stderr } = await setUp({ FAKE_PROGRAM_EXIT: '127' });
    expect({ code, tools: tools() }).toEqual({ code: 0, tools: [] });
    expect(stderr).toContain('promtool does not run here: libfuture.so.9 => not found');
  });

  it.each([
    ['brew', 'run: brew install prometheus alertmanager'],
    ['pacman', 'run: sudo pacman -S prometheus alertmanager'],
    ['nothing known', 'get them from https://prometheus.io/download/'],
  ])('elsewhere are left to the user, who is told how: %s', async (manager, advice) => {
    if (!manager.includes(' ')) program(manager);
    const { code, stderr } = await setUp();
    expect(code).toBe(0);
    expect(stderr).toContain(advice);
    expect(await setUp()).toEqual(SILENT);
  });
});

const hasPostgres = existsSync('/usr/lib/postgresql');

describe('databases', () => {
  beforeEach(() => {
    installPackages();
    TOOLS.forEach((name) => program(name));
  });
  const SERVERS = ['initdb', 'postgres', 'redis-server'];
  /** Where this machine has PostgreSQL, only Redis is missing. */
  const missing = hasPostgres ? ['redis-server'] : SERVERS;

  it('are not asked for unless somebody wants them', async () => {
    debian();
    expect(await setUp()).toEqual(SILENT);
    expect(called()).toEqual([]);
  });

  it('are unpacked with the libraries that are missing, without root and without a service, and once', async () => {
    debian();
    const { code, stderr } = await setUp({}, '--with-databases');
    expect({ code, tools: tools() }, stderr).toEqual({ code: 0, tools: missing });
    expect(stderr).toContain('no service was started');
    const [, download = ''] = called();
    expect(download).toMatch(/ download libneeded1 redis-tools redis-server postgresql-15$/);
    expect(readdirSync(join(project.root, '.tools')).toSorted()).toEqual(['bin', 'servers']);
    const { stdout } = await runProcess(join(project.root, '.tools/bin/redis-server'), ['a b'], {
      cwd: '/',
      env: { PATH: bin },
    });
    expect(stdout).toMatch(/^redis-server a b \/.*\/\.tools\/servers\/[^/]*\/usr\/lib\/x86_64-linux-gnu\n$/);
    expect(await setUp({}, '--with-databases')).toEqual(SILENT);
    expect(called()).toEqual([]);
  });

  it('that are on PATH are used as they are', async () => {
    debian();
    SERVERS.forEach((name) => program(name));
    expect(await setUp({}, '--with-databases')).toEqual(SILENT);
    expect(called()).toEqual([]);
  });

  it.each([
    ['that cannot be fetched', { FAKE_APT: 'offline' }, 'apt-get knows no redis-server'],
    ['that no package list knows', { FAKE_SERVERS: 'none' }, 'apt-get knows no redis-server'],
    ['that do not run here', { FAKE_PROGRAM_EXIT: '127' }, 'does not run here'],
  ])('%s are named with the reason, and are not fatal', async (_, env, reason) => {
    debian();
    const { code, stderr } = await setUp(env, '--with-databases');
    expect({ code, tools: tools() }).toEqual({ code: 0, tools: [] });
    expect(stderr).toContain(reason);
    expect(stderr).toContain('run: sudo apt-get install postgresql redis-server');
  });
});

describe('several set-ups', () => {
  it('at once do the work once between them', async () => {
    debian();
    const all = await Promise.all([1, 2, 3].map(() => setUp({ FAKE_NPM_TAKES: '150' })));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    const callees = called().map((line) => line.replace(/ .*/, ''));
    expect(callees.toSorted()).toEqual(['apt-get', 'npm']);
    expect(tools()).toEqual(TOOLS);
    expect(readdirSync(join(project.root, '.tools')).toSorted()).toEqual(PARTS);
  });

  it('do not wait for one that died', async () => {
    debian();
    const dead = await runProcess(process.execPath, ['-e', 'console.log(process.pid)'], { cwd: '/' });
    project.write('.tools/setup.lock', dead.stdout.trim());
    expect(await setUp()).toMatchObject({ code: 0 });
    expect(tools()).toEqual(TOOLS);
    expect(readdirSync(join(project.root, '.tools')).toSorted()).toEqual(PARTS);
  });
});

it('TOCSIN_SETUP=skip leaves everything as it is', async () => {
  debian();
  expect(await setUp({ TOCSIN_SETUP: 'skip' })).toEqual(SILENT);
  expect(called()).toEqual([]);
  expect(existsSync(join(project.root, 'node_modules'))).toBe(false);
});

it("this project's package-lock.json is complete: `npm ci` refuses one that lacks a package (npm run lock:complete)", () => {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const { packages } = JSON.parse(readFileSync(path, 'utf8')) as {
    packages: Readonly<Record<string, { optionalDependencies?: Readonly<Record<string, string>> }>>;
  };
  const names = new Set(Object.keys(packages).map((key) => key.split('node_modules/').at(-1)));
  const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
});
