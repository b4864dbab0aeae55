/** Starts real servers on ports of 127.0.0.1, waits until they are ready, and ends them. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporaryProject } from '../support/project.ts';
import { runProcess } from '../support/project.ts';

/** A server that runs. */
export interface RunningServer {
  readonly pid: number;
  /** Without a trailing slash. */
  readonly url: string;
  /** All it has printed. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly url: string;
  /** The path that answers 200 once it is ready. */
  readonly ready: string;
}

const running = new Set<ChildProcess>();
// A run of tests that is cut short must not leave servers behind.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const READY_WITHIN = 20_000;
const END_WITHIN = 5000;

/** @throws Error with the server's own words when it ends early or is not ready in time. */
export const startServer = async ({ command, args, cwd, url, ready }: ServerOptions): Promise<RunningServer> => {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  let failure: string | undefined;
  child.on('error', (error) => (failure = error.message));
  child.on('exit', (code, signal) => {
    running.delete(child);
    failure ??= `ended with ${code ?? signal}`;
  });
  running.add(child);

  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), END_WITHIN);
    await ended;
    clearTimeout(late);
  };

  const deadline = Date.now() + READY_WITHIN;
  while (!(await answers(`${url}${ready}`))) {
    if (failure === undefined && Date.now() > deadline) failure = `was not ready within ${READY_WITHIN / 1000} s`;
    if (failure !== undefined) {
      await stop();
      throw new Error(`${command} ${failure}:\n${log}`);
    }
    await sleep(50);
  }
  return { pid: child.pid ?? 0, url, log: () => log, stop };
};

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
};

/** Where a server runs, what it reads and where it keeps what it has seen. */
export interface ServerPlace {
  readonly folder: string;
  readonly config: string;
  readonly data: string;
  readonly port: number;
}

/** A Prometheus with a configuration file, a folder for its data, and further flags by name. */
export const startPrometheus = (
  command: string,
  { folder, config, data, port }: ServerPlace,
  flags: Readonly<Record<string, string>> = {},
): Promise<RunningServer> =>
  startServer({
    command,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ],
    cwd: folder,
    url: `http://127.0.0.1:${port}`,
    ready: '/-/ready',
  });

/** An Alertmanager that talks to no other. It is started in the folder of its configuration, where its secrets are. */
export const startAlertmanager = (
  command: string,
  { folder, config, data, port }: ServerPlace,
): Promise<RunningServer> =>
  startServer({
    command,
    args: [
      `--config.file=${config}`,
      `--storage.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    cwd: folder,
    url: `http://127.0.0.1:${port}`,
    ready: '/-/ready',
  });

/** Writes the blocks that a Prometheus would have in `data` if it had scraped an OpenMetrics text. @throws Error with promtool's own words. */
export const fillDatabase = async (
  promtool: string,
  folder: TemporaryProject,
  data: string,
  text: string,
): Promise<void> => {
  folder.write('history.txt', text);
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', 'history.txt', data];
  const { code, stdout, stderr } = await runProcess(promtool, args, { cwd: folder.root });
  if (code !== 0) throw new Error(`promtool could not write the history:\n${stdout}${stderr}`);
};

/** What a Prometheus says that evaluates several times a second on a machine that is busy with something else. */
const OF_THE_MACHINE = 'rule evaluation with different value but same timestamp';

/** What a server said that somebody should look at. */
export const complaintsOf = ({ log }: RunningServer): readonly string[] =>
  log()
    .split('\n')
    .filter((line) => /level="?(warn|error)/i.test(line) && !line.includes(OF_THE_MACHINE));

/** Whether there is a process with this id. */
export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
