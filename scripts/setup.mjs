// Provides what the project needs to run: its npm packages, and the programs that judge its output.
//
// Runs before `npm run generate`, `npm test` and their like. Silent and quick when nothing is missing; needs no package, no
// root and no answer; starts no service; changes nothing outside node_modules/ and .tools/. TOCSIN_SETUP=skip leaves
// everything to whoever manages it themselves; `npm run setup` tries again at once what failed within the last hour, and
// `--with-databases` provides PostgreSQL and Redis too, as `npm test` asks: the sample apps are tested with both, and `tocsin stack`
// runs without them otherwise.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TOOLS = join(ROOT, '.tools');
const BIN = join(TOOLS, 'bin');
const FAILURE = join(TOOLS, 'unavailable.json');
const RETRY_AFTER = 60 * 60 * 1000;
const isForced = process.argv.includes('--force') || Boolean(process.env.CI);

/**
 * Programs from the system's packages. `programs` says where Debian's packages keep each; elsewhere the user is told the
 * command of their package manager. `data` is where Debian's builds look for what upstream's carry inside, and what they do not
 * find while the package is only unpacked. A further kind of tool is a further entry.
 */
const TOOLSETS = [
  {
    packages: ['prometheus', 'prometheus-alertmanager'],
    programs: {
      promtool: 'usr/bin/promtool',
      prometheus: 'usr/bin/prometheus',
      amtool: 'usr/bin/amtool',
      alertmanager: 'usr/bin/prometheus-alertmanager',
    },
    data: { prometheus: '/usr/share/prometheus/web', alertmanager: '/usr/share/prometheus/alertmanager' },
    install: {
      brew: 'brew install prometheus alertmanager',
      dnf: 'sudo dnf install golang-github-prometheus golang-github-prometheus-alertmanager',
      pacman: 'sudo pacman -S prometheus alertmanager',
      zypper: 'sudo zypper install golang-github-prometheus-prometheus golang-github-prometheus-alertmanager',
      apk: 'sudo apk add prometheus alertmanager',
      'apt-get': 'sudo apt-get update && npm run setup',
    },
    otherwise: 'get them from https://prometheus.io/download/ and put them on your PATH',
  },
];

/**
 * Servers of which a program alone is not enough: the packages are unpacked as they are, with the libraries that this machine
 * lacks. Only on demand. `at` is where Debian's packages keep a program; `*` stands for a version.
 */
const DATABASES = {
  programs: {
    'redis-server': { package: 'redis-server', at: 'usr/bin/redis-server' },
    postgres: { package: 'postgresql', at: 'usr/lib/postgresql/*/bin/postgres' },
    initdb: { package: 'postgresql', at: 'usr/lib/postgresql/*/bin/initdb' },
  },
  // Dependencies that neither server needs to run: clients, cluster management, the just-in-time compiler.
  needless:
    /^(postgresql-(client|common|contrib)|ssl-cert|locales|libllvm|perl|libperl|lib.*-perl|debconf|ucf|sysstat|adduser|lsb-base|logrotate|init-system)/,
  install: {
    brew: 'brew install postgresql@17 redis',
    dnf: 'sudo dnf install postgresql-server redis',
    pacman: 'sudo pacman -S postgresql redis',
    zypper: 'sudo zypper install postgresql-server redis',
    apk: 'sudo apk add postgresql redis',
    'apt-get': 'sudo apt-get install postgresql redis-server',
  },
};

const say = (text) => process.stderr.write(`tocsin set-up: ${text}\n`);

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = (name) => {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, file)));
};

/** Runs a program to its end; gives its code and all it said. Never throws. */
const run = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: ROOT, timeout: 600_000, ...options });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });

// --- npm packages ---------------------------------------------------------------------------------------------------

const LOCK = join(ROOT, 'package-lock.json');
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
/** What `npm ci` could not provide here (a package without a build for this machine): not asked of it again. */
const LEFT_OVER = join(ROOT, 'node_modules', '.cache', 'tocsin-setup.json');

/** Whether a list such as a package's `os` (["linux"], ["!win32"]) allows `value`; no list allows everything. */
const allows = (list, value) => {
  if (list === undefined) return true;
  if (list.includes(`!${value}`)) return false;
  const wanted = list.filter((entry) => !entry.startsWith('!'));
  return wanted.length === 0 || wanted.includes(value);
};

/** Optional packages are wanted only where they can run; which C library this is takes too long to find out. */
const isWanted = (entry) =>
  !entry.optional ||
  (entry.os !== undefined &&
    entry.libc === undefined &&
    allows(entry.os, process.platform) &&
    allows(entry.cpu, process.arch));

/** The packages that are missing or of another version than package-lock.json says. */
const stalePackages = () => {
  const wanted = JSON.parse(readFileSync(LOCK, 'utf8')).packages;
  let have;
  try {
    have = JSON.parse(readFileSync(INSTALLED, 'utf8')).packages;
  } catch {
    return ['node_modules'];
  }
  const stale = [];
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = have[path];
    if (found === undefined ? isWanted(entry) : !isSame(found, entry) || !existsSync(join(ROOT, path)))
      stale.push(path);
  }
  return stale;
};

const isSame = (a, b) => a.version === b.version && (a.integrity ?? b.integrity) === (b.integrity ?? a.integrity);

const lockState = (stale) =>
  JSON.stringify({
    lock: createHash('sha1').update(readFileSync(LOCK)).digest('hex'),
    machine: `${process.platform}-${process.arch}`,
    stale,
  });

const packages = {
  isDone() {
    if (!existsSync(LOCK)) return true;
    const stale = stalePackages();
    if (stale.length === 0) return true;
    return existsSync(LEFT_OVER) && readFileSync(LEFT_OVER, 'utf8') === lockState(stale);
  },
  async provide() {
    const started = Date.now();
    say('installing the npm packages of package-lock.json ...');
    const npm = process.env.npm_execpath;
    const ci = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const isNpm = npm !== undefined && basename(npm).startsWith('npm') && existsSync(npm);
    const { code, output } = isNpm
      ? await run(process.execPath, [npm, ...ci])
      : await run('npm', ci, { shell: process.platform === 'win32' });
    if (code !== 0) {
      say(`npm ci failed:\n${output.trim()}`);
      return false;
    }
    const left = stalePackages();
    if (left.length > 0) {
      mkdirSync(join(LEFT_OVER, '..'), { recursive: true });
      writeFileSync(LEFT_OVER, lockState(left));
      say(`npm left out ${left.join(', ')}`);
    }
    say(`packages installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return true;
  },
};

// --- programs from the system's packages -----------------------------------------------------------------------------

const missingOf = (set) => Object.keys(set.programs).filter((name) => !isExecutable(join(BIN, name)) && !onPath(name));

/** The folders of .tools/ in the order in which a program's parts are put there. */
const PARTS = ['share', 'libexec', 'bin'];

const lastLine = (output) => output.trim().split('\n').at(-1) ?? '';

/** Why a program does not run here, or nothing when it does. */
const whyBroken = async (path) => {
  const { code, output } = await run(path, ['--version'], { timeout: 20_000 });
  if (code === 0) return undefined;
  const libraries = await run('ldd', [path]);
  const absent = libraries.output.split('\n').filter((line) => line.includes('not found'));
  return absent.length > 0 ? absent.map((line) => line.trim()).join(', ') : lastLine(output);
};

/** Options that keep apt's package lists in a folder of our own. */
const ownLists = (folder) => {
  const state = join(folder, 'apt-state');
  const cache = join(folder, 'apt-cache');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
  return ['-o', `Dir::State=${state}`, '-o', 'Dir::State::status=/var/lib/dpkg/status', '-o', `Dir::Cache=${cache}`];
};

/** Fetches Debian packages into `folder`; gives what went wrong, or nothing. Root is not needed for any of it. */
const downloadDebs = async (names, folder) => {
  const common = ['-q', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30', '-o', 'APT::Sandbox::User=root'];
  const env = { ...process.env, LC_ALL: 'C' };
  const download = (options) => run('apt-get', [...common, ...options, 'download', ...names], { cwd: folder, env });
  const first = await download([]);
  if (first.code === 0) return undefined;
  // The machine's package lists are absent or too old: use a fresh copy of our own.
  const own = ownLists(folder);
  await run('apt-get', [...common, ...own, '-o', 'Acquire::Languages=none', 'update'], { cwd: folder, env });
  const second = await download(own);
  return second.code === 0 ? undefined : lastLine(second.output);
};

/** Where a program that was moved finds its data: the folder that its wrapper opened as descriptor 9. */
const MOVED = '/proc/self/fd/9';
const WRAPPER = (name) => `#!/bin/sh
# ${name} as Debian builds it reads its data from /usr/share. This copy reads it from the folder opened here.
here="\${0%/*}/.."
exec 9< "$here/share/${name}"
exec "$here/libexec/${name}" "$@"
`;

/**
 * Lays out one program below `stage`: bin/NAME alone, or, when it has `data` that it would look for in the system, a wrapper in
 * bin/, the program in libexec/ and the data in share/. The path is replaced in the program by one of the same length.
 */
const arrange = (name, program, data, stage) => {
  const bytes = readFileSync(program);
  if (data === undefined || !existsSync(data.folder) || !bytes.includes(data.path) || !existsSync('/proc/self/fd')) {
    renameSync(program, join(stage, 'bin', name));
    return;
  }
  const there = MOVED.padEnd(data.path.length, '/');
  for (let at = bytes.indexOf(data.path); at !== -1; at = bytes.indexOf(data.path, at))
    bytes.write(there, at, 'latin1');
  writeFileSync(join(stage, 'libexec', name), bytes, { mode: 0o755 });
  renameSync(data.folder, join(stage, 'share', name));
  writeFileSync(join(stage, 'bin', name), WRAPPER(name), { mode: 0o755 });
};

/** Unpacks the programs of `set` that are `missing` into .tools/, what makes them usable last; gives what went wrong, or nothing. */
const installFromDebian = async (set, missing) => {
  const folder = mkdtempSync(join(TOOLS, 'debian-'));
  try {
    const failure = await downloadDebs(set.packages, folder);
    if (failure !== undefined) return failure;
    const root = join(folder, 'root');
    for (const deb of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      const { code, output } = await run('dpkg', ['-x', join(folder, deb), root]);
      if (code !== 0) return lastLine(output);
    }
    const stage = join(folder, 'stage');
    for (const part of PARTS) for (const base of [stage, TOOLS]) mkdirSync(join(base, part), { recursive: true });
    for (const name of missing) {
      const program = join(root, set.programs[name]);
      if (!existsSync(program)) return `${set.packages.join(' and ')} hold no ${set.programs[name]}`;
      const reason = await whyBroken(program);
      if (reason !== undefined) return `${name} does not run here: ${reason}`;
      const path = set.data?.[name];
      arrange(name, program, path && { path, folder: join(root, path) }, stage);
      const moved = await whyBroken(join(stage, 'bin', name));
      if (moved !== undefined) return `${name} does not run from .tools/: ${moved}`;
      for (const part of PARTS) {
        const from = join(stage, part, name);
        if (!existsSync(from)) continue;
        rmSync(join(TOOLS, part, name), { recursive: true, force: true });
        renameSync(from, join(TOOLS, part, name));
      }
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The file of a pattern with at most one `*` for the name of a folder; the newest version where there are several. */
const fileAt = (root, pattern) => {
  const [before, after] = pattern.split('*');
  if (after === undefined) return isExecutable(join(root, pattern)) ? join(root, pattern) : undefined;
  const base = join(root, before);
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(base, version, after)).find(isExecutable);
};

/** The packages that `names` need and this machine lacks, as apt resolves them, without those that are needless here. */
const resolvePackages = async (names, options) => {
  const args = ['-q', '-s', '--no-install-recommends', ...options, 'install', ...names];
  const { output } = await run('apt-get', args, { env: { ...process.env, LC_ALL: 'C' } });
  const found = [...output.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
  return found.filter((name) => !DATABASES.needless.test(name));
};

const SERVER = (program, libraries) => `#!/bin/sh
# A program of a Debian package that is only unpacked, with the libraries that were unpacked with it.
here="$(cd "\${0%/*}/.." && pwd)"
LD_LIBRARY_PATH="${libraries.map((path) => `$here/${path}`).join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "$here/${program}" "$@"
`;

/** The folders of shared libraries in an unpacked tree. */
const libraryFolders = (root) =>
  ['usr/lib', 'lib'].flatMap((base) => {
    const folder = join(root, base);
    const inner = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('-linux-gnu')) : [];
    return inner.map((name) => join(base, name));
  });

/** Unpacks the servers that are `missing` into .tools/; gives what went wrong, or nothing. */
const installServers = async (missing) => {
  const folder = mkdtempSync(join(TOOLS, 'debian-'));
  try {
    const wanted = [...new Set(missing.map((name) => DATABASES.programs[name].package))];
    let packages = await resolvePackages(wanted, []);
    if (packages.length === 0) {
      await run('apt-get', ['-q', ...ownLists(folder), 'update'], { cwd: folder });
      packages = await resolvePackages(wanted, ownLists(folder));
    }
    if (packages.length === 0) return `apt-get knows no ${wanted.join(' and ')}`;
    const failure = await downloadDebs(packages, folder);
    if (failure !== undefined) return failure;
    const root = join(folder, 'root');
    for (const deb of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      const { code, output } = await run('dpkg', ['-x', join(folder, deb), root]);
      if (code !== 0) return lastLine(output);
    }
    for (const unused of ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'etc', 'var'])
      rmSync(join(root, unused), { recursive: true, force: true });
    const libraries = libraryFolders(root);
    const found = missing.map((name) => [name, fileAt(root, DATABASES.programs[name].at)]);
    for (const [name, path] of found) {
      if (path === undefined) return `${packages.join(' and ')} hold no ${name}`;
      const env = { ...process.env, LD_LIBRARY_PATH: libraries.map((library) => join(root, library)).join(':') };
      const { code, output } = await run(path, ['--version'], { timeout: 20_000, env });
      if (code !== 0) return `${name} does not run here: ${lastLine(output)}`;
    }
    // Apart from what another set-up unpacked for other servers.
    const servers = `servers/${missing.join('+')}`;
    const place = join(TOOLS, servers);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(join(TOOLS, 'servers'), { recursive: true });
    renameSync(root, place);
    mkdirSync(BIN, { recursive: true });
    for (const [name, path] of found) {
      const text = SERVER(
        `${servers}/${relative(root, path)}`,
        libraries.map((library) => `${servers}/${library}`),
      );
      writeFileSync(join(BIN, name), text, { mode: 0o755 });
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const missingServers = () =>
  Object.entries(DATABASES.programs)
    .filter(([name, { at }]) => !isExecutable(join(BIN, name)) && !onPath(name) && fileAt('/', at) === undefined)
    .map(([name]) => name);

const servers = {
  isDone: () => missingServers().length === 0,
  async provide() {
    const missing = missingServers();
    let reason = '';
    if (onPath('apt-get') && onPath('dpkg')) {
      const started = Date.now();
      say(`fetching ${missing.join(', ')} from the system's packages into .tools/ ...`);
      const failure = await installServers(missing);
      if (failure === undefined) {
        say(`databases ready in ${((Date.now() - started) / 1000).toFixed(1)} s; no service was started`);
        return true;
      }
      reason = ` (${failure})`;
    }
    const manager = Object.keys(DATABASES.install).find(onPath);
    const advice = manager === undefined ? 'install PostgreSQL and Redis' : `run: ${DATABASES.install[manager]}`;
    say(
      `going on without ${missing.join(', ')}${reason}; tocsin stack uses what the apps carry inside. To have them, ${advice}`,
    );
    return true;
  },
};

const readFailure = () => {
  try {
    return JSON.parse(readFileSync(FAILURE, 'utf8'));
  } catch {
    return undefined;
  }
};

/** A toolset as a step. What it lacks is never fatal: the tests that need a program say which one is missing. */
const toolset = (set) => ({
  isDone() {
    const missing = missingOf(set);
    if (missing.length === 0) return true;
    const failure = isForced ? undefined : readFailure();
    return failure?.missing === missing.join(' ') && Date.now() - failure.at < RETRY_AFTER;
  },
  async provide() {
    const missing = missingOf(set);
    let reason = '';
    if (onPath('apt-get') && onPath('dpkg')) {
      const started = Date.now();
      say(`fetching ${missing.join(', ')} from the system's packages into .tools/ ...`);
      const failure = await installFromDebian(set, missing);
      if (failure === undefined) {
        rmSync(FAILURE, { force: true });
        say(`programs ready in ${((Date.now() - started) / 1000).toFixed(1)} s`);
        return true;
      }
      reason = ` (${failure})`;
    }
    const manager = Object.keys(set.install).find(onPath);
    const command = manager === undefined ? set.otherwise : `run: ${set.install[manager]}`;
    say(`going on without ${missing.join(', ')}${reason}. To have all checks, ${command}`);
    writeFileSync(FAILURE, JSON.stringify({ missing: missing.join(' '), at: Date.now() }));
    return true;
  },
});

// --- one set-up at a time ----------------------------------------------------------------------------------------------

const HOLD = join(TOOLS, 'setup.lock');

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const readHolder = () => {
  try {
    return readFileSync(HOLD, 'utf8');
  } catch {
    return undefined;
  }
};

/** Waits until this process is the only one that sets up; gives the function that lets the next one in. */
const takeTurn = async () => {
  mkdirSync(TOOLS, { recursive: true });
  const mine = `${HOLD}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    for (let waited = 0; ; waited += 1) {
      try {
        // A link appears with its content or not at all, unlike a file that is created and then written.
        linkSync(mine, HOLD);
        return () => rmSync(HOLD, { force: true });
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = readHolder();
      if (holder !== undefined && !isAlive(Number(holder))) {
        const aside = `${mine}.dead`;
        try {
          renameSync(HOLD, aside);
          // Somebody may have been quicker and hold it by right: then it is given back.
          if (readFileSync(aside, 'utf8') !== holder) linkSync(aside, HOLD);
          unlinkSync(aside);
        } catch (error) {
          if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
        }
        continue;
      }
      if (waited === 5) say(`waiting for another set-up (process ${holder}) ...`);
      await sleep(200);
    }
  } finally {
    rmSync(mine, { force: true });
  }
};

const STEPS = [packages, ...TOOLSETS.map(toolset), ...(process.argv.includes('--with-databases') ? [servers] : [])];

const setUp = async () => {
  if (STEPS.every((step) => step.isDone())) return;
  let leave;
  try {
    leave = await takeTurn();
  } catch (error) {
    say(`cannot write to ${TOOLS} (${error.code ?? error.message}); going on with what is there`);
    return;
  }
  try {
    const open = STEPS.filter((step) => !step.isDone());
    const done = await Promise.all(open.map((step) => step.provide()));
    if (done.includes(false)) process.exitCode = 1;
  } finally {
    leave();
  }
};

if (process.env.TOCSIN_SETUP !== 'skip') await setUp();
