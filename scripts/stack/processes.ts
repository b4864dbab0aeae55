/** Processes that outlive the command that starts them: started, recognised again, and ended with all of their children. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from '../../generators/output/lock.ts';

/** A process that is recognised even when its number has been given to another one. */
export interface ProcessId {
  readonly pid: number;
  /** When it started, in clock ticks since the machine did; '' where that is not known. */
  readonly started: string;
}

/** What is started. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of it: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Files that its output is added to. */
  readonly stdout: string;
  readonly stderr: string;
  /** The user it runs as, where that is not this one. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Every process of a stack carries this variable, and its children inherit it. */
export const MARK = 'TOCSIN_STACK';

const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Whether a process runs: there, not another one with its number, and not only waiting to be reaped. */
export const isRunning = ({ pid, started }: ProcessId): boolean => {
  if (!signal(pid, 0)) return false;
  if (started !== '' && startOf(pid) !== started) return false;
  return !isZombie(pid);
};

/** A process's state and its parent (proc_pid_stat(5)). */
const statOf = (pid: number): { readonly state: string; readonly parent: number } => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return { state: '', parent: 0 };
  }
};

const isZombie = (pid: number): boolean => statOf(pid).state === 'Z';

/** Starts a process of its own session, which goes on when this one ends. @throws Error when it cannot be started. */
export const startProcess = async (spec: ProcessSpec): Promise<ProcessId> => {
  const [out, error] = [openSync(spec.stdout, 'a', 0o600), openSync(spec.stderr, 'a', 0o600)];
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...spec.env },
      detached: true,
      stdio: ['ignore', out, error],
      ...spec.user,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', resolve);
    });
    child.unref();
    const pid = child.pid ?? 0;
    return { pid, started: startOf(pid) };
  } finally {
    closeSync(out);
    closeSync(error);
  }
};

const numbersIn = (folder: string): readonly number[] => {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
};

const environmentOf = (pid: number): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
};

/** The processes that carry a mark, whoever started them: also those whose record was lost. None where there is no /proc. */
export const findMarked = (mark: string): readonly ProcessId[] => {
  const wanted = Buffer.from(`${MARK}=${mark}`).toString('latin1');
  return numbersIn('/proc')
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(wanted) && !isZombie(pid))
    .map((pid) => ({ pid, started: startOf(pid) }));
};

/** The marked processes that are neither known nor descend from one that is. */
export const findStrays = (mark: string, known: readonly ProcessId[]): readonly ProcessId[] => {
  const pids = new Set(known.filter(isRunning).map(({ pid }) => pid));
  const isKnown = (pid: number): boolean => pids.has(pid) || (pid > 1 && isKnown(statOf(pid).parent));
  return findMarked(mark).filter(({ pid }) => !isKnown(pid));
};

/** What a process was called with, in a line. */
export const commandOf = ({ pid }: ProcessId): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return '';
  }
};

/** Ends processes with their groups: asks them to, waits, and kills those that are still there. Gives those that remain. */
export const endProcesses = async (
  ids: readonly ProcessId[],
  within = 8000,
): Promise<{ readonly killed: readonly ProcessId[]; readonly left: readonly ProcessId[] }> => {
  const ask = (id: ProcessId, name: NodeJS.Signals): void => {
    if (!isRunning(id)) return;
    // A leader's group holds its children; a child that made no group is asked alone.
    if (!signal(-id.pid, name)) signal(id.pid, name);
  };
  const wait = async (ms: number): Promise<readonly ProcessId[]> => {
    const deadline = Date.now() + ms;
    for (;;) {
      const left = ids.filter(isRunning);
      if (left.length === 0 || Date.now() > deadline) return left;
      await sleep(25);
    }
  };
  ids.forEach((id) => ask(id, 'SIGTERM'));
  const killed = await wait(within);
  killed.forEach((id) => ask(id, 'SIGKILL'));
  return { killed, left: await wait(3000) };
};
