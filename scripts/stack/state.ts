/** What a stack remembers in its folder: its processes, and the secrets that they share. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFileSystem } from '../../generators/output/file-system.ts';
import { acquireLock, nodeProcesses } from '../../generators/output/lock.ts';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import type { ProcessId } from './processes.ts';

/** How one sees that a process does its work. */
export type Health =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'tcp'; readonly port: number }
  /** That it runs is all there is to see. */
  | { readonly kind: 'running' };

/** A process of the stack, as it was started. */
export interface RunningProcess extends ProcessId {
  readonly name: string;
  /** For people: `sample app of networx`. */
  readonly role: string;
  readonly health: Health;
  /** What a person opens, if anything. */
  readonly url?: string;
  /** Relative to the stack's folder. */
  readonly log: string;
  /** What it was started with, to see whether another `up` wants something else. */
  readonly settings: string;
  /** The ports that it listens on. */
  readonly bound: readonly number[];
  /** What it said when it was ready. */
  readonly ready?: Readonly<Record<string, unknown>>;
}

/** Random, made once, kept as long as the folder. */
export interface Secrets {
  readonly postgres: string;
  readonly redis: string;
  readonly admin: string;
}

export interface State {
  readonly processes: readonly RunningProcess[];
  /** The ports that were used, by name. */
  readonly ports?: Readonly<Record<string, number>>;
}

/** The folder of a stack. */
export interface StackFolder {
  readonly path: string;
  /** Tells its processes from those of other stacks. */
  readonly mark: string;
  readonly read: () => State;
  readonly write: (state: State) => void;
  readonly secrets: () => Secrets;
  /** @throws UsageError while another command works on it. */
  readonly lock: () => () => void;
}

const EMPTY: State = { processes: [] };

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // Nothing, or a file that a crash left half-written: the marks of the processes still tell what runs.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const writeAside = (path: string, text: string): void => {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, text, { mode: 0o600 });
  renameSync(aside, path);
};

/** Opens the folder of a stack, and makes it if need be. */
export const openFolder = (path: string): StackFolder => {
  mkdirSync(join(path, 'logs'), { recursive: true });
  // A database that runs as another user passes through here; the files themselves are for this user only.
  mkdirSync(join(path, 'data'), { recursive: true });
  for (const open of [path, join(path, 'data')]) chmodSync(open, 0o711);
  const file = join(path, 'state.json');
  const secretsFile = join(path, 'secrets.json');
  return {
    path,
    mark: realpathSync(path),
    read: () => (readJson(file) as State | undefined) ?? EMPTY,
    write: (state) => writeAside(file, `${JSON.stringify(state, undefined, 2)}\n`),
    secrets: () => {
      const known = readJson(secretsFile) as Secrets | undefined;
      if (known) return known;
      const random = (): string => randomBytes(24).toString('hex');
      const made: Secrets = { postgres: random(), redis: random(), admin: random() };
      // Alone in a file, the token is easy to hand to curl.
      writeAside(join(path, 'admin.token'), made.admin);
      writeAside(secretsFile, `${JSON.stringify(made, undefined, 2)}\n`);
      return made;
    },
    lock: () => {
      const result = acquireLock(join(path, 'lock'), nodeFileSystem, nodeProcesses);
      if ('heldBy' in result) {
        throw new UsageError(`another tocsin stack works here (process ${result.heldBy.pid}); wait for it, or end it`);
      }
      return result.release;
    },
  };
};

/** Forgets everything: data, logs, secrets. */
export const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true });
