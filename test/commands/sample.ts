import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import type { Run } from '../../scripts/command.ts';
import { run as generate } from '../../scripts/commands/generate.ts';
import { METRICS, PROJECT, SYSTEM } from '../broken/base.ts';
import { memoryIo } from '../support/memory-io.ts';
import type { Tree } from '../support/output-tree.ts';
import type { TemporaryProject } from '../support/project.ts';
import { temporaryProject } from '../support/project.ts';

/** What a command said and how it ended. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a folder of its own, which is removed with the test. */
export interface SampleProject extends TemporaryProject {
  readonly call: (run: Run, ...args: readonly string[]) => Promise<Called>;
  /** Calls a command with `--format json`; gives its findings. */
  readonly find: (run: Run, ...args: readonly string[]) => Promise<readonly Finding[]>;
  readonly read: (path: string) => string;
  readonly edit: (path: string, from: string, to: string) => void;
  /** Every file of a folder, by its path there; nothing when there is no such folder. */
  readonly tree: (folder: string) => Tree;
}

const readTree = (folder: string): Tree => {
  try {
    return Object.fromEntries(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path): [string, string] => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
    );
  } catch {
    return {};
  }
};

/** An empty project; to be called in a test. */
export const emptyProject = (): SampleProject => {
  const project = temporaryProject();
  onTestFinished(() => project.remove());
  const call: SampleProject['call'] = async (run, ...args) => {
    const io = memoryIo({ cwd: project.root });
    const code = await run(args, io);
    return { code, stdout: io.stdout(), stderr: io.stderr() };
  };
  const read = (path: string): string => readFileSync(join(project.root, path), 'utf8');
  return {
    ...project,
    call,
    read,
    find: async (run, ...args) =>
      JSON.parse((await call(run, ...args, '--format', 'json')).stdout) as readonly Finding[],
    edit: (path, from, to) => {
      const text = read(path);
      if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
      project.write(
        path,
        text.replace(from, () => to),
      );
    },
    tree: (folder) => readTree(join(project.root, folder)),
  };
};

/** The sound project that the broken definitions start from. */
export const sampleProject = (): SampleProject => {
  const project = emptyProject();
  project.write('definitions/project.ts', PROJECT);
  project.write('definitions/metrics.ts', METRICS);
  project.write('definitions/systems/shop.ts', SYSTEM);
  return project;
};

let generatedTree: Promise<Tree> | undefined;

/** The sample project with what `generate` makes of it; that is made once. */
export const generatedProject = async (): Promise<SampleProject> => {
  const project = sampleProject();
  generatedTree ??= project.call(generate).then(({ code, stderr }) => {
    if (code !== 0) throw new Error(stderr);
    return project.tree('out');
  });
  for (const [path, text] of Object.entries(await generatedTree)) project.write(`out/${path}`, text);
  return project;
};
