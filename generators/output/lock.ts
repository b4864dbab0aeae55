import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import type { FileSystem } from './file-system.ts';
import { errnoOf } from './file-system.ts';

/** A process that can hold the lock. */
export interface Owner {
  readonly pid: number;
  /** When it started, in clock ticks since the machine did; '' where that is not known. Tells apart two processes of one number. */
  readonly started: string;
  readonly host: string;
}

/** What the lock has to know about processes. */
export interface Processes {
  readonly self: Owner;
  /** Whether a process of this host runs. */
  isRunning(owner: Owner): boolean;
}

/** Field 22 of /proc/PID/stat (proc(5)); counted after the name, which may hold spaces and parentheses. */
export const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

const answers = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
};

/** The processes of this machine. */
export const nodeProcesses: Processes = {
  self: { pid: process.pid, started: startOf(process.pid), host: hostname() },
  isRunning: ({ pid, started }) => answers(pid) && (started === '' || startOf(pid) === started),
};

const toText = ({ pid, started, host }: Owner): string => `${pid}@${started}@${host}`;

const fromText = (text: string): Owner | undefined => {
  const match = /^([1-9]\d{0,9})@(\d*)@(.*)$/s.exec(text);
  return match ? { pid: Number(match[1]), started: match[2] ?? '', host: match[3] ?? '' } : undefined;
};

const tryLink = (files: FileSystem, text: string, path: string): boolean => {
  try {
    files.link(text, path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return false;
    // A file system without symbolic links (FAT, some shares): there is no lock, as there is none for any other tool.
    if (errno === 'EPERM' || errno === 'ENOTSUP' || errno === 'ENOSYS') return true;
    throw error;
  }
};

const readOwner = (
  files: FileSystem,
  path: string,
): { readonly text: string; readonly owner: Owner | undefined } | undefined => {
  try {
    const text = files.readLink(path);
    return { text, owner: fromText(text) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const removeIfThere = (files: FileSystem, path: string): void => {
  try {
    files.remove(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
};

/** The lock, or who has it. */
export type LockResult = { readonly release: () => void } | { readonly heldBy: Owner };

/**
 * Takes the lock at `path`: a symbolic link whose text names its owner, so that it appears in one step with its content.
 * A lock whose process on this host has ended is taken over; of a process on another host nothing can be known, so its
 * lock counts.
 */
export const acquireLock = (path: string, files: FileSystem, processes: Processes): LockResult => {
  const mine = toText(processes.self);
  const release = (): void => {
    if (readOwner(files, path)?.text === mine) removeIfThere(files, path);
  };
  for (;;) {
    if (tryLink(files, mine, path)) return { release };
    const found = readOwner(files, path);
    if (found === undefined) continue;
    const { text, owner } = found;
    // Writing does not yield, so a lock with this process's own name was left behind by one that had its number before.
    const isLeftBehind = text === mine || owner === undefined;
    if (!isLeftBehind && (owner.host !== processes.self.host || processes.isRunning(owner))) return { heldBy: owner };
    // Moved aside before it is deleted: if another run was faster, what is moved is its lock, and goes back.
    const aside = `${path}.${processes.self.pid}`;
    try {
      files.rename(path, aside);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') continue;
      throw error;
    }
    const moved = readOwner(files, aside);
    if (moved !== undefined && moved.text !== text) files.rename(aside, path);
    else removeIfThere(files, aside);
  }
};
