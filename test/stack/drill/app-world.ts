/** The sample app as a process, with its load. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../load/load.ts';
import { startLoad } from '../load/load.ts';
import type { LoadedSystem } from '../load/profiles.ts';
import type { World } from './world.ts';

export interface AppWorldOptions {
  readonly system: LoadedSystem;
  /** The jobs that it serves. */
  readonly jobs: readonly string[];
  /** The bundle of the app. */
  readonly program: string;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Ready {
  readonly ports: Readonly<Record<string, number>>;
  readonly adminPort: number;
}

const TOKEN = 'drill';
const READY_WITHIN = 60_000;
const END_WITHIN = 6000;
const A_DAY = 24 * 3600;
/** Longer than the slowest answer that an alert is about: who gives up earlier never lets it be measured. */
const PATIENCE = 60_000;
/** As many as a service that answers slowly keeps busy, so that it gets the same load as one that does not. */
const CONNECTIONS = 2000;
/** So much of what the app says last is kept for the message of a failure. */
const KEPT_LOG = 20_000;

const running = new Set<ChildProcess>();
// However this process ends, the app does not outlive it.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts the app and its steady load. @throws Error with the app's own words when it does not become ready. */
export const openAppWorld = async ({ system, jobs, program, environment = {} }: AppWorldOptions): Promise<World> => {
  let child: ChildProcess | undefined;
  let ports: Readonly<Record<string, number>> = {};
  let adminPort = 0;
  let load: Load | undefined;
  let isClosed = false;

  const start = async (): Promise<void> => {
    const asked = Object.entries(ports).map(([job, port]) => `${job}=${port}`);
    const env = {
      ...process.env,
      SYSTEM: system,
      HOST: '127.0.0.1',
      PORTS: asked.join(','),
      ADMIN_PORT: '0',
      ADMIN_TOKEN: TOKEN,
      LOG_LEVEL: 'warn',
      ...environment,
    };
    const started = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    let log = '';
    started.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-KEPT_LOG)));
    const ready = await readyLine(started, () => log);
    ({ ports, adminPort } = ready);
  };

  const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

  const hasEnded = (): boolean => child?.exitCode !== null || child.signalCode !== null;

  const setRate = async (rate: number | undefined): Promise<void> => {
    await load?.stop();
    load = rate === 0 || isClosed ? undefined : await startSteady(rate);
  };
  const startSteady = (rate: number | undefined): Promise<Load> =>
    startLoad({
      system,
      scenario: 'steady',
      ports,
      seconds: A_DAY,
      timeout: PATIENCE,
      connections: CONNECTIONS,
      ...(rate === undefined ? {} : { rate }),
    });

  const end = async (): Promise<void> => {
    isClosed = true;
    await load?.stop();
    if (!child || hasEnded()) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child?.kill('SIGKILL'), END_WITHIN);
    await ended;
    clearTimeout(late);
  };

  try {
    // Free ports, and those of every later start.
    ports = Object.fromEntries(jobs.map((job) => [job, 0]));
    await start();
    const { faults } = (await admin('GET', '/catalogue')) as { readonly faults: readonly { readonly fault: string }[] };
    load = await startSteady(undefined);
    return {
      target(job) {
        const port = ports[job];
        if (port === undefined) throw new Error(`the app of ${system} has no job ${job}`);
        return `127.0.0.1:${port}`;
      },
      faults: faults.map(({ fault }) => fault),
      inject: async ({ fault, parameters = {} }, seconds) => {
        await admin('POST', '/faults', { fault, seconds: Math.min(Math.max(Math.ceil(seconds), 1), 3600), parameters });
      },
      mend: async () => {
        // An app that is about to end may still answer.
        if (!hasEnded()) await admin('DELETE', '/faults').catch(() => sleep(500));
        if (hasEnded()) {
          await start();
          await setRate(undefined);
        }
      },
      setRate,
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
};

const readyLine = (child: ChildProcess, log: () => string): Promise<Ready> =>
  new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`the app ${why}:\n${log()}`));
    };
    const late = setTimeout(() => fail(`was not ready within ${READY_WITHIN / 1000} s`), READY_WITHIN);
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      fail(`ended with ${code ?? signal}`);
    });
    child.once('error', (error) => fail(error.message));
    if (!child.stdout) return fail('has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{"ready":')) return;
      clearTimeout(late);
      resolve(JSON.parse(line) as Ready);
    });
  });
