import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A folder of a test's own. */
export interface TemporaryProject {
  readonly root: string;
  /** Copies files or folders of this repository to the same places. */
  readonly copy: (...paths: readonly string[]) => void;
  /** Makes packages of this repository's node_modules importable. */
  readonly link: (...packages: readonly string[]) => void;
  readonly write: (path: string, text: string, mode?: number) => void;
  readonly remove: () => void;
}

/** Makes an empty folder below the system's temporary folder. */
export const temporaryProject = (): TemporaryProject => {
  const root = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  const place = (path: string): string => {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    return target;
  };
  return {
    root,
    copy: (...paths) => paths.forEach((path) => cpSync(join(ROOT, path), place(path), { recursive: true })),
    link: (...packages) =>
      packages.forEach((name) => {
        const path = join('node_modules', name);
        if (!existsSync(join(root, path))) symlinkSync(join(ROOT, path), place(path));
      }),
    write: (path, text, mode = 0o644) => writeFileSync(place(path), text, { mode }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
};

/** What a process said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a process is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
}

/** Runs a process to its end, without a terminal. */
export const runProcess = (command: string, args: readonly string[], options: RunOptions): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: { ...(options.env ?? process.env) }, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined).end(options.stdin ?? '');
  });
