import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { compile } from '../../generators/compile.ts';
import { PATHS } from '../../generators/conventions.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { OutputFile } from '../../generators/output/artefact.ts';
import type { LocalProject } from '../../scripts/stack/config.ts';
import { deriveAlertmanager, derivePrometheus, readProject } from '../../scripts/stack/config.ts';
import { describeHolder } from '../../scripts/stack/ports.ts';
import { endProcesses, findMarked, isRunning, MARK, startProcess } from '../../scripts/stack/processes.ts';
import type { RunningProcess, State } from '../../scripts/stack/state.ts';
import type { Ended, TemporaryProject } from '../support/project.ts';
import { runProcess, temporaryProject } from '../support/project.ts';
import { requireTool } from '../support/tools.ts';
import { getRules, getTargets, poll } from './api.ts';
import { loadDefinitions } from './local-project.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SYSTEM = 'networx';

let project: TemporaryProject;
let files: readonly OutputFile[] = [];
let local: LocalProject;
beforeAll(async () => {
  project = temporaryProject();
  const report = createReport();
  files = (await compile(await loadDefinitions(report), report)).files ?? [];
  expect(report.hasErrors).toBe(false);
  for (const { path, text } of files) project.write(`out/${path}`, text);
  local = readProject(join(project.root, 'out'));
});
afterAll(() => project.remove());

const command = (...args: readonly string[]): Promise<Ended> =>
  runProcess(process.execPath, [join(ROOT, 'scripts/tocsin.mjs'), ...args], { cwd: ROOT });

/** A stack in a folder of its own, on free ports. */
const stackIn = (name: string) => {
  const state = join(project.root, name);
  const ports = [...Object.keys(local.ports.jobs), 'prometheus', 'alertmanager', 'inbox', 'smtp'];
  const flags = ['--state', state];
  const options = [...flags, '--out', join(project.root, 'out'), '--system', SYSTEM, '--embedded'];
  const free = ports.flatMap((port) => ['--port', `${port}=0`]);
  return {
    state,
    up: (...more: readonly string[]) => command('stack', 'up', ...options, ...free, ...more),
    arguments: ['stack', 'up', ...options, ...free],
    status: (...more: readonly string[]) => command('stack', 'status', ...flags, ...more),
    down: (...more: readonly string[]) => command('stack', 'down', ...flags, ...more),
    processes: (): readonly RunningProcess[] => {
      const path = join(state, 'state.json');
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as State).processes : [];
    },
    /** Processes of the stack that run, whoever knows of them. */
    left: () => (existsSync(state) ? findMarked(realpathSync(state)) : []),
  };
};

const urlOf = (processes: readonly RunningProcess[], name: string): string =>
  processes.find((one) => one.name === name)?.url ?? '';

const isLinux = existsSync('/proc/self/environ');

describe.skipIf(!isLinux)('tocsin stack', () => {
  const NAMES = ['inbox', 'alertmanager', `app-${SYSTEM}`, `load-${SYSTEM}`, 'prometheus'].toSorted();

  it('brings a system up, with data for every panel and no metric that differs, and leaves no process behind', async () => {
    requireTool('prometheus');
    requireTool('alertmanager');
    const stack = stackIn('whole');
    try {
      const up = await stack.up();
      expect(up, up.stderr).toMatchObject({ code: 0 });
      expect(up.stdout).toContain(
        'The stack is up: 5 processes, with PGlite (embedded) and a store in memory (embedded).',
      );
      const processes = stack.processes();
      expect(processes.map(({ name }) => name).toSorted()).toEqual(NAMES);
      expect(processes.filter((one) => !isRunning(one))).toEqual([]);
      for (const { url } of processes) if (url !== undefined) expect(up.stdout).toContain(url);
      expect(await stack.status()).toMatchObject({ code: 0, stderr: '' });

      const prometheus = urlOf(processes, 'prometheus');
      const targets = await poll(
        () => getTargets(prometheus),
        (list) => list.length > 0 && list.every(({ health }) => health === 'up'),
      );
      expect(targets.map(({ scrapePool, health }) => `${scrapePool} ${health}`).toSorted()).toEqual(
        ['alertmanager up', `${SYSTEM} up`, 'prometheus up'].toSorted(),
      );
      const rules = await getRules(prometheus);
      expect(rules.filter(({ health, lastError = '' }) => health === 'err' || lastError !== '')).toEqual([]);

      const app = urlOf(processes, `app-${SYSTEM}`);
      const verify = await command('verify', '--metrics', `${app}/metrics`, '--job', SYSTEM);
      expect(verify, verify.stdout + verify.stderr).toMatchObject({ code: 0 });
      expect(verify.stdout).toContain('No differences.');

      const panels = await stack.status('--panels', '--out', join(project.root, 'out'));
      expect(panels, panels.stderr).toMatchObject({ code: 0 });
      expect(panels.stderr).toMatch(/^All \d{2,} queries of the dashboards have data/m);

      const again = await stack.up();
      expect(again.code, again.stderr).toBe(0);
      expect(
        again.stderr
          .trim()
          .split('\n')
          .filter((line) => !line.endsWith(': runs already')),
      ).toEqual([]);
      const pids = (list: readonly RunningProcess[]) => new Set(list.map(({ pid }) => pid));
      expect(pids(stack.processes())).toEqual(pids(processes));

      const victim = processes.find(({ name }) => name === 'inbox');
      process.kill(victim?.pid ?? 0, 'SIGKILL');
      await poll(
        () => victim !== undefined && isRunning(victim),
        (answer) => !answer,
      );
      const broken = await stack.status();
      expect(broken).toMatchObject({ code: 1 });
      expect(broken.stdout).toMatch(/^inbox +- +ended/m);
      expect(broken.stderr).toContain('the inbox has ended; its log is ');
      expect(await stack.up()).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^the inbox: ready/m) as string,
      });

      // What stands still is replaced, and what is no longer asked for ends.
      const still = stack.processes().find(({ name }) => name === 'inbox');
      process.kill(still?.pid ?? 0, 'SIGSTOP');
      const mended = await stack.up('--no-load');
      expect(mended).toMatchObject({ code: 0 });
      expect(mended.stderr).toContain('the inbox: ends, since it does not answer, to start anew');
      expect(mended.stderr).toContain(`the load of ${SYSTEM}: ends, which was not asked for`);
      expect(stack.processes().map(({ name }) => name)).not.toContain(`load-${SYSTEM}`);

      const down = await stack.down();
      expect(down).toMatchObject({ code: 0, stdout: 'Ended 4 processes. None is left.\n', stderr: '' });
      expect(stack.left()).toEqual([]);
      expect(await stack.status()).toMatchObject({ code: 1, stdout: 'Nothing of the stack runs.\n' });
      expect(await stack.down('--clean')).toMatchObject({ code: 0 });
      expect(existsSync(stack.state)).toBe(false);
    } finally {
      await stack.down();
      expect(stack.left()).toEqual([]);
    }
  }, 240_000);

  it('ends what a killed start left behind, also without a record of it', async () => {
    requireTool('prometheus');
    const stack = stackIn('killed');
    const child = spawn(process.execPath, [join(ROOT, 'scripts/tocsin.mjs'), ...stack.arguments], {
      cwd: ROOT,
      stdio: 'ignore',
    });
    try {
      await poll(
        () => stack.processes().length,
        (count) => count > 0,
        30_000,
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
      const left = stack.left();
      expect(left.length).toBeGreaterThan(0);
      const others = left.filter(({ pid }) => !stack.processes().some((one) => one.pid === pid));
      const rowsOf = (text: string) => text.split('\n').filter((line) => line.includes('not recorded'));
      expect(rowsOf((await stack.status()).stdout)).toHaveLength(others.length);
      rmSync(join(stack.state, 'state.json'));
      const status = await stack.status();
      expect(status).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('nothing was written about; tocsin stack down ends everything') as string,
      });
      expect(rowsOf(status.stdout)).toHaveLength(left.length);
      expect(status.stdout).toMatch(/^\? +\d+ +not recorded +\S*(?:node|alertmanager) /m);
      const listed = JSON.parse((await stack.status('--format', 'json')).stdout) as readonly { readonly pid: number }[];
      expect(listed.map(({ pid }) => pid)).toEqual(left.map(({ pid }) => pid));
      expect(listed[0]).toMatchObject({ name: null, condition: 'not recorded' });
    } finally {
      const down = await stack.down();
      expect(down).toMatchObject({ code: 0, stdout: expect.stringContaining('None is left.') as string });
      expect(stack.left()).toEqual([]);
    }
  }, 120_000);

  it('says which port is taken, by what it is wanted and by whom it is held, and starts nothing', async () => {
    requireTool('prometheus');
    const stack = stackIn('taken');
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    try {
      expect(describeHolder(port)).toContain(`process ${process.pid} (`);
      const up = await stack.up('--port', `alertmanager=${port}`);
      expect(up.code).toBe(1);
      expect(up.stderr).toContain(`port ${port}, which Alertmanager wants, is taken by process ${process.pid} (`);
      expect(up.stderr).toContain('--port NAME=PORT');
      expect(stack.left()).toEqual([]);
    } finally {
      holder.close();
      await stack.down();
    }
  }, 60_000);

  it('touches nothing that runs for ports that cannot be had, and forgets them', async () => {
    requireTool('prometheus');
    requireTool('alertmanager');
    const stack = stackIn('ports');
    const holder = createServer().listen(0, '127.0.0.1');
    const later = createServer();
    try {
      await once(holder, 'listening');
      const { port } = holder.address() as AddressInfo;
      const first = await stack.up('--no-load');
      expect(first, first.stderr).toMatchObject({ code: 0 });
      const processes = stack.processes();
      const inbox = Number(new URL(urlOf(processes, 'inbox')).port);
      const prometheus = new URL(urlOf(processes, 'prometheus')).port;
      for (const [wrong, message] of [
        [`inbox=${port}`, `port ${port}, which the inbox wants, is taken by process ${process.pid} (`],
        [`inbox=${prometheus}`, `port ${prometheus}, which Prometheus wants, is wanted by the inbox too`],
      ] as const) {
        const refused = await stack.up('--no-load', '--port', wrong);
        expect(refused).toMatchObject({ code: 1, stdout: '' });
        expect(refused.stderr).toContain(message);
        expect(refused.stderr).not.toMatch(/ends,|ending/);
        expect(stack.processes()).toEqual(processes);
      }
      const again = await stack.up('--no-load');
      expect(again.stderr.trim().split('\n').toSorted()).toEqual(
        [
          'Alertmanager: runs already',
          'Prometheus: runs already',
          'the inbox: runs already',
          `the sample app of ${SYSTEM}: runs already`,
        ].toSorted(),
      );

      // Somebody else got the port that 0 had found.
      process.kill(processes.find(({ name }) => name === 'inbox')?.pid ?? 0, 'SIGKILL');
      await poll(
        async () => {
          later.listen(inbox, '127.0.0.1');
          return once(later, 'listening').then(
            () => true,
            () => false,
          );
        },
        (listens) => listens,
      );
      const moved = await stack.up('--no-load');
      expect(moved, moved.stderr).toMatchObject({ code: 0 });
      expect(urlOf(stack.processes(), 'inbox')).not.toContain(`:${inbox}`);
    } finally {
      holder.close();
      later.close();
      await stack.down();
      expect(stack.left()).toEqual([]);
    }
  }, 120_000);

  it('names what no longer runs when a part does not start again with other settings', async () => {
    requireTool('prometheus');
    requireTool('alertmanager');
    const stack = stackIn('worse');
    const path = join('out', PATHS.alertmanager('local'));
    const text = readFileSync(join(project.root, path), 'utf8');
    try {
      const first = await stack.up('--no-load');
      expect(first, first.stderr).toMatchObject({ code: 0 });
      const processes = stack.processes();
      project.write(path, `${text}\nnonsense: true\n`);
      const up = await stack.up('--no-load');
      expect(up.code).toBe(1);
      expect(up.stderr).toContain('Alertmanager: ends, to start with other settings');
      expect(up.stderr).toContain(
        'no longer running: Alertmanager; tocsin stack up with the earlier options starts what is missing; the others still run; tocsin stack down ends them',
      );
      expect(stack.processes()).toEqual(processes.filter(({ name }) => name !== 'alertmanager'));
      project.write(path, text);
      const mended = await stack.up('--no-load');
      expect(mended, mended.stderr).toMatchObject({ code: 0 });
      expect(urlOf(stack.processes(), 'alertmanager')).toBe(urlOf(processes, 'alertmanager'));
    } finally {
      project.write(path, text);
      await stack.down();
      expect(stack.left()).toEqual([]);
    }
  }, 120_000);

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'ends what it started on %s, with %i',
    async (signal, code) => {
      requireTool('prometheus');
      const stack = stackIn(signal);
      const child = spawn(process.execPath, [join(ROOT, 'scripts/tocsin.mjs'), ...stack.arguments], {
        cwd: ROOT,
        stdio: 'ignore',
      });
      try {
        await poll(
          () => stack.processes().length,
          (count) => count > 0,
          30_000,
        );
        const exited = once(child, 'exit');
        child.kill(signal);
        expect(await exited).toEqual([code, null]);
        expect(stack.left()).toEqual([]);
        expect(stack.processes()).toEqual([]);
      } finally {
        child.kill('SIGKILL');
        await stack.down();
      }
    },
    60_000,
  );

  it('ends what it started when a part does not start, and shows the end of its log', async () => {
    requireTool('prometheus');
    const stack = stackIn('broken');
    const rules = join('out', PATHS.rules(SYSTEM));
    const text = readFileSync(join(project.root, rules), 'utf8');
    project.write(rules, 'groups: [{ name: 3, rules: [{ alert: 1, expr: "sum(" }] }]\n');
    try {
      const up = await stack.up('--no-load');
      expect(up.code).toBe(1);
      expect(up.stderr).toContain('Prometheus ended; the end of');
      expect(up.stderr).toMatch(/could not parse expression|unclosed left paren/);
      expect(up.stderr).toMatch(/ending the \d that were started/);
      expect(stack.left()).toEqual([]);
    } finally {
      project.write(rules, text);
      await stack.down();
    }
  }, 120_000);

  it('stays in the foreground when asked, and ends everything with it', async () => {
    requireTool('prometheus');
    const stack = stackIn('foreground');
    const child = spawn(
      process.execPath,
      [join(ROOT, 'scripts/tocsin.mjs'), ...stack.arguments, '--no-load', '--foreground'],
      {
        cwd: ROOT,
        stdio: 'pipe',
      },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    try {
      await poll(
        () => said,
        (text) => text.includes('Ctrl-C') || child.exitCode !== null,
        60_000,
      );
      expect(said).toContain('Ctrl-C');
      expect(await stack.down()).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`process ${child.pid}`) as string,
      });
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      expect(await exited).toEqual([0, null]);
      expect(said).toContain('None is left.');
      expect(stack.left()).toEqual([]);
    } finally {
      child.kill('SIGKILL');
      await stack.down();
    }
  }, 120_000);

  it.each([
    [['stack', 'sideways'], "takes up, down or status, not 'sideways'"],
    [['stack', 'up', '--system', 'nowhere'], "there is no system 'nowhere'; there are "],
    [['stack', 'down', '--system', SYSTEM], '--system is an option of tocsin stack up, not of down'],
    [['stack', 'up', '--clean'], '--clean is an option of tocsin stack down, not of up'],
    [['stack', 'up', '--port', 'x'], "--port takes NAME=PORT, not 'x'"],
    [['stack', 'up', '--port', 'inbox=65536'], '--port inbox=65536: a port is a number from 1 to 65535, or 0 for'],
    [['stack', 'up', '--port', 'inbox=-1'], '--port inbox=-1: a port is a number from 1 to 65535'],
    [['stack', 'up', '--port', 'nothing=1'], "no port is called 'nothing'; there are "],
    [['stack', 'up', '--out', 'nowhere'], 'run tocsin generate first'],
  ])('refuses %j', async (args, message) => {
    const own = args[1] === 'up' && !args.includes('--out') ? ['--out', join(project.root, 'out')] : [];
    const ended = await command(...args, ...own, '--state', join(project.root, 'usage'));
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain(message);
  });
});

describe.skipIf(!isLinux)('processes of a stack', () => {
  const sleeper = (mark: string, script = 'setInterval(() => 0, 1e6)') =>
    startProcess({
      command: process.execPath,
      args: ['-e', script],
      cwd: '/',
      env: { [MARK]: mark },
      stdout: join(project.root, 'sleeper.out'),
      stderr: join(project.root, 'sleeper.log'),
    });

  it('are found by their mark, and end with their children', async () => {
    const mark = join(project.root, 'marked');
    const script = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], { stdio: 'ignore' }); setInterval(() => 0, 1e6)`;
    const id = await sleeper(mark, script);
    await poll(
      () => findMarked(mark).length,
      (count) => count === 2,
    );
    expect(findMarked(mark)).toHaveLength(2);
    expect(findMarked(`${mark}-other`)).toEqual([]);
    expect(await endProcesses([id])).toEqual({ killed: [], left: [] });
    expect(
      await poll(
        () => findMarked(mark),
        (list) => list.length === 0,
      ),
    ).toEqual([]);
  });

  it('that do not listen to SIGTERM are killed', async () => {
    const id = await sleeper(
      'stubborn',
      `process.on('SIGTERM', () => 0); console.log('up'); setInterval(() => 0, 1e6)`,
    );
    await poll(
      () => readFileSync(join(project.root, 'sleeper.out'), 'utf8'),
      (text) => text.includes('up'),
    );
    expect(await endProcesses([id], 200)).toEqual({ killed: [id], left: [] });
  });

  it('are not taken for others that have got their number', async () => {
    const id = await sleeper('reused');
    const earlier = { ...id, started: `${Number(id.started) - 1}` };
    expect([isRunning(id), isRunning(earlier)]).toEqual([true, false]);
    await endProcesses([earlier]);
    expect(isRunning(id)).toBe(true);
    await endProcesses([id]);
    expect(isRunning(id)).toBe(false);
  });

  it('that cannot be started are an error', async () => {
    const files = { stdout: join(project.root, 'none.out'), stderr: join(project.root, 'none.log') };
    await expect(startProcess({ command: '/no/such', args: [], cwd: '/', env: {}, ...files })).rejects.toThrow(
      'ENOENT',
    );
  });
});

describe('the configuration of a stack', () => {
  const textOf = (path: string): string => files.find((file) => file.path === path)?.text ?? '';
  const rules = '/some where/out/prometheus';

  it('is that of the systems that were chosen, at the ports that were chosen', () => {
    const chosen = local.systems.filter(({ id }) => id === SYSTEM);
    // Ports that change places show that all are replaced at once.
    const ports = {
      ...local.ports,
      prometheus: local.ports.alertmanager,
      alertmanager: local.ports.prometheus,
      jobs: { ...local.ports.jobs, [SYSTEM]: 12_345 },
    };
    const text = derivePrometheus(textOf(PATHS.prometheus('local')), { project: local, chosen, ports, rules });
    expect(parseYaml(text)).toMatchObject({
      rule_files: [`${rules}/rules/${SYSTEM}.yml`, `${rules}/rules/project.yml`],
      alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9090'] }] }] },
      scrape_configs: [
        { job_name: SYSTEM, static_configs: [{ targets: ['127.0.0.1:12345'] }] },
        { job_name: 'prometheus', static_configs: [{ targets: ['127.0.0.1:9093'] }] },
        { job_name: 'alertmanager', static_configs: [{ targets: ['127.0.0.1:9090'] }] },
      ],
    });
  });

  it('is that of all systems when all are chosen', () => {
    const text = textOf(PATHS.prometheus('local'));
    const derived = derivePrometheus(text, { project: local, chosen: local.systems, ports: local.ports, rules });
    expect(parseYaml(derived.replaceAll(`"${rules}/`, '"'))).toEqual(parseYaml(text));
  });

  it('tells the inbox at its ports', () => {
    const ports = { ...local.ports, inbox: 18_025, smtp: 18_026 };
    const text = textOf(PATHS.alertmanager('local'));
    const derived = deriveAlertmanager(text, { project: local, ports, templates: '/t' });
    expect(derived).toContain('"/t/templates/*.tmpl"');
    expect(derived).not.toMatch(/127\.0\.0\.1:802[56]/);
    expect(derived.match(/http:\/\/127\.0\.0\.1:18025\//g)?.length).toBe(
      text.match(/http:\/\/127\.0\.0\.1:8025\//g)?.length,
    );
    expect(derived).toContain('smarthost: "127.0.0.1:18026"');
  });
});
