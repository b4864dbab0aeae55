/** The app as a process, as the stack starts it. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { appBundle } from '../../scripts/bundle.mjs';
import type { Ready } from '../stack/app/app.ts';
import type { SystemId } from '../stack/app/config.ts';
import { contentmax } from '../stack/app/systems/contentmax/system.ts';
import { migratedComponents } from '../stack/app/systems/migrated-components/system.ts';
import { requireTool } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOKEN = 'let me in';

const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

const launch = async (environment: Readonly<Record<string, string>>) => {
  const bundle = await appBundle(ROOT);
  const child = spawn(process.execPath, [`${bundle}/main.js`], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    running.delete(child);
    return { code, signal };
  });
  let out = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  return { child, ended, out: () => out, log: () => log };
};

const startSystem = async (system: SystemId, jobs: readonly string[]) => {
  const app = await launch({
    SYSTEM: system,
    ADMIN_TOKEN: TOKEN,
    PORTS: jobs.map((job) => `${job}=0`).join(','),
    CLIENTS: '2',
  });
  await Promise.race([
    vi.waitFor(() => expect(app.out()).toContain('\n'), { timeout: 55_000, interval: 50 }),
    app.ended.then(() => Promise.reject(new Error(app.log()))),
  ]);
  const ready = JSON.parse(app.out()) as Ready;
  const urlOf = (job: string) => `http://127.0.0.1:${ready.ports[job]}`;
  const admin = (path: string, init: { method?: string; body?: unknown } = {}) =>
    fetch(`http://127.0.0.1:${ready.adminPort}${path}`, {
      method: init.method ?? 'GET',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
  return { ...app, ready, urlOf, admin };
};

describe.each([migratedComponents, contentmax])('the process that plays $id', (system) => {
  const jobs = system.listeners.map(({ job }) => job);
  let started: ReturnType<typeof startSystem> | undefined;
  const get = () => (started ??= startSystem(system.id, jobs));

  it('says once that it is ready, where', async () => {
    const { ready, out } = await get();
    expect(Object.keys(ready.ports)).toEqual(jobs);
    expect(out().trim().split('\n')).toHaveLength(1);
    expect(ready.adminPort).toBeGreaterThan(0);
  });

  it('answers a request for every route', async () => {
    const { urlOf } = await get();
    for (const { job, method, path, body } of system.requests) {
      const answer = await fetch(urlOf(job) + path, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      expect([path, answer.status < 300]).toEqual([path, true]);
      await answer.arrayBuffer();
    }
  });

  it.each(['/health/live', '/health/ready'])('answers %s with 200', async (path) => {
    const { urlOf } = await get();
    const answer = await fetch(urlOf(jobs[0] ?? '') + path);
    expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'healthy' }]);
  });

  it('has metrics that promtool finds nothing wrong with', async () => {
    const promtool = requireTool('promtool');
    const { urlOf } = await get();
    for (const { job, metricsPath = '/metrics' } of system.listeners) {
      const text = await (await fetch(urlOf(job) + metricsPath)).text();
      expect(text.length).toBeGreaterThan(100);
      const check = spawn(promtool, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
      let said = '';
      check.stdout.on('data', (part: Buffer) => (said += part.toString()));
      check.stderr.on('data', (part: Buffer) => (said += part.toString()));
      check.stdin.end(text);
      const [code] = (await once(check, 'close')) as [number];
      expect([job, code, said]).toEqual([job, 0, '']);
    }
  });

  it('takes faults and shows their effect: a dead database is not ready', async () => {
    const { urlOf, admin } = await get();
    const made = await admin('/faults', { method: 'POST', body: { fault: 'database-down', seconds: 30 } });
    expect(made.status).toBe(201);
    const ready = () => fetch(`${urlOf(jobs[0] ?? '')}/health/ready`);
    const answer = await ready();
    expect([answer.status, await answer.json()]).toMatchObject([503, { status: 'unhealthy' }]);
    expect((await fetch(`${urlOf(jobs[0] ?? '')}/health/live`)).status).toBe(200);
    expect((await admin('/faults', { method: 'DELETE' })).status).toBe(204);
    expect((await ready()).status).toBe(200);
  });

  it('has an admin endpoint on 127.0.0.1 alone', async ({ skip }) => {
    const { ready } = await get();
    const address = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
    if (address === undefined) return skip('this machine has no other address');
    const socket = connect({ host: address, port: ready.adminPort ?? 0 });
    await expect(once(socket, 'connect')).rejects.toThrow(/ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH/);
    socket.destroy();
  });

  it('starts and ends every fault', async () => {
    const { admin, child, urlOf } = await get();
    const { faults } = (await (await admin('/catalogue')).json()) as {
      faults: { fault: string; sentence: string; parameters: { required?: string[] } }[];
    };
    expect(faults.map(({ fault }) => fault)).toContain('exit');
    // These take more of the machine than a test may; they are tried in the drill. The last one would be the end.
    const heavy = new Set([
      'memory-full',
      'heap-full',
      'memory-growth',
      'cpu-burn',
      'garbage-held',
      'websocket-queue',
      'exit',
    ]);
    for (const { fault, sentence, parameters } of faults) {
      expect(sentence).toMatch(/^[A-Z].*\.$/);
      if (heavy.has(fault) || parameters.required !== undefined) continue;
      const made = await admin('/faults', { method: 'POST', body: { fault, seconds: 30 } });
      expect([fault, made.status]).toEqual([fault, 201]);
      const { id } = (await made.json()) as { id: string };
      expect([fault, (await admin(`/faults/${id}`, { method: 'DELETE' })).status]).toEqual([fault, 204]);
    }
    expect(child.exitCode).toBeNull();
    await vi.waitFor(async () => expect((await fetch(`${urlOf(jobs[0] ?? '')}/health/ready`)).status).toBe(200), {
      timeout: 5000,
    });
  });

  it('keeps secrets out of its log', async () => {
    const { log } = await get();
    expect(log()).not.toContain('correct horse');
    expect(log()).not.toContain(TOKEN);
    expect(log()).not.toMatch(/unhandled|uncaught/);
  });

  it('ends in order within 5 seconds when it is told to', async () => {
    const { child, ended, log } = await get();
    const before = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeLessThan(5000);
    expect(log()).toContain('"msg":"ended"');
    expect(log()).not.toContain('did not stop cleanly');
  });
});

describe('a process that cannot start', () => {
  it.each([
    [{}, 'SYSTEM'],
    [{ SYSTEM: 'contentmax', PORTS: 'contentmax=x' }, "'contentmax=x' is not job=port"],
    [{ SYSTEM: 'contentmax', DATABASE_URL: 'postgres://app@127.0.0.1:1/app' }, 'ECONNREFUSED'],
    [{ SYSTEM: 'migrated-components', DATABASE_URL: 'postgres://app@127.0.0.1:1/app' }, 'ECONNREFUSED'],
  ])('%j: says why and ends with 1', async (environment, reason) => {
    const { ended, out, log } = await launch(environment);
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(log()).toContain(reason);
    expect(out()).toBe('');
  });
});
