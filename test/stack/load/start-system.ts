/** A system of the sample app as a process, for what measures it. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LoadedSystem } from './profiles.ts';

export interface StartedSystem {
  readonly ports: Readonly<Record<string, number>>;
  /** Breaks something for so many seconds. @throws Error with what the app says to a fault that it does not have. */
  readonly breakIt: (fault: string, parameters: Readonly<Record<string, number>>, seconds: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts `program` (the bundled app) on free ports. @throws Error with what it said when it ends before it is ready. */
export const startSystem = async (
  program: string,
  system: LoadedSystem,
  jobs: readonly string[],
): Promise<StartedSystem> => {
  const token = randomUUID();
  const env = {
    ...process.env,
    SYSTEM: system,
    PORTS: jobs.map((job) => `${job}=0`).join(','),
    LOG_LEVEL: 'error',
    ADMIN_TOKEN: token,
    ADMIN_PORT: '0',
  };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // However this process ends, the app does not outlive it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{"ready"')) continue;
    const { ports, adminPort } = JSON.parse(line) as Pick<StartedSystem, 'ports'> & { readonly adminPort: number };
    const breakIt: StartedSystem['breakIt'] = async (fault, parameters, seconds) => {
      const answer = await fetch(`http://127.0.0.1:${adminPort}/faults`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ fault, seconds, parameters }),
      });
      if (!answer.ok) throw new Error(`${fault}: ${await answer.text()}`);
    };
    return { ports, breakIt, stop };
  }
  await stop();
  throw new Error(`${system} did not start:\n${said}`);
};
