import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProcess, temporaryProject } from './support/project.ts';
import type { Ended } from './support/project.ts';

/** A small project with the real launcher and command line, and commands of our own. */
const project = temporaryProject();
const cache = join(project.root, 'node_modules/.cache/tocsin');

const COMMANDS = `
import type { CommandEntry } from '../command.ts';
const names = ['say', 'boom', 'hang', 'later', 'echo'] as const;
const spec = (name: string) => ({ name, summary: 'Test', usage: [''], options: [], examples: [] });
export const COMMANDS: readonly CommandEntry[] = names.map((name) => ({
  spec: spec(name),
  load: () => import('./all.ts').then((all) => ({ run: all[name] })),
}));
`;
const ALL = `
import type { Run } from '../command.ts';
export const say: Run = async (args, io) => {
  io.write('said ' + args.join(' ') + '\\n');
  return 1;
};
const fall = (): never => {
  throw new Error('the floor is gone');
};
export const boom: Run = async () => fall();
export const hang: Run = () => new Promise(() => {});
export const later: Run = async () => {
  setTimeout(fall, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return 0;
};
export const echo: Run = async (_, io) => {
  for await (const chunk of io.stdin) io.write(chunk);
  return 0;
};
`;

const tocsin = (...args: readonly string[]): Promise<Ended> =>
  runProcess(process.execPath, [join(project.root, 'scripts/tocsin.mjs'), ...args], { cwd: '/' });
const bundles = (): readonly string[] => (existsSync(cache) ? readdirSync(cache).toSorted() : []);

beforeAll(() => {
  project.copy('package.json', 'generators/diagnostics/errors.ts', 'generators/diagnostics/suggest.ts');
  for (const file of [
    'tocsin.mjs',
    'bundle.mjs',
    'build.mjs',
    'cli.ts',
    'command.ts',
    'help.ts',
    'io.ts',
    'stack-trace.ts',
  ])
    project.copy(`scripts/${file}`);
  project.write('scripts/commands/index.ts', COMMANDS);
  project.write('scripts/commands/all.ts', ALL);
  project.link('esbuild', 'tsx');
  project.write('node_modules/.package-lock.json', '{}');
});
afterAll(() => project.remove());

describe('in the repository', () => {
  it('builds once and then only when a source changes', async () => {
    const said = { code: 1, stdout: 'said a b\n', stderr: '' };
    expect(await tocsin('say', 'a', 'b')).toEqual(said);
    const first = bundles();
    expect(first).toHaveLength(1);
    expect(await tocsin('say', 'a', 'b')).toEqual(said);
    expect(bundles()).toEqual(first);

    project.write('scripts/commands/all.ts', ALL.replace("'said '", "'spoke '"));
    expect(await tocsin('say', 'a', 'b')).toEqual({ ...said, stdout: 'spoke a b\n' });
    expect(bundles()).toHaveLength(2);
    project.write('scripts/commands/all.ts', ALL);
  });

  it('works for several processes that all have to build, and leaves nothing half-made', async () => {
    rmSync(cache, { recursive: true, force: true });
    const all = await Promise.all(Array.from({ length: 4 }, (_, i) => tocsin('say', String(i))));
    expect(all.map(({ stdout }) => stdout)).toEqual(['said 0\n', 'said 1\n', 'said 2\n', 'said 3\n']);
    expect(bundles()).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });

  it('removes bundles that nobody can still be using, and no others', async () => {
    const dayBeforeYesterday = new Date(Date.now() - 48 * 60 * 60 * 1000);
    for (const name of ['old-1', 'old-2', 'old-3', 'old-4', 'old-5']) {
      mkdirSync(join(cache, name), { recursive: true });
      utimesSync(join(cache, name), dayBeforeYesterday, dayBeforeYesterday);
    }
    mkdirSync(join(cache, 'in-use'));
    project.write('scripts/commands/all.ts', `${ALL}\n`);
    await tocsin('say');
    expect(bundles()).toContain('in-use');
    expect(bundles().filter((name) => name.startsWith('old-')).length).toBeLessThan(3);
  });

  it('reports what does not compile and leaves the cache as it was', async () => {
    const before = bundles();
    project.write('scripts/commands/all.ts', `${ALL} const = ;`);
    const { code, stderr } = await tocsin('say');
    expect(code).not.toBe(0);
    expect(stderr).toContain('all.ts');
    expect(bundles()).toEqual(before);
    project.write('scripts/commands/all.ts', ALL);
  });
});

describe('the process', () => {
  const lineOfFall = ALL.split('\n').findIndex((line) => line.includes('the floor is gone')) + 1;

  it.each(['boom', 'later'])('%s: a bug is shown with the lines of the sources, exit 3', async (name) => {
    const { code, stdout, stderr } = await tocsin(name);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('Error: the floor is gone');
    expect(stderr).toContain(`${join(project.root, 'scripts/commands/all.ts')}:${lineOfFall}:9`);
  });

  it('a command that never ends its work is a bug, not a success', async () => {
    expect(await tocsin('hang')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('ended without a result') as string,
    });
  });

  it('writes everything before it ends', async () => {
    const stdin = 'x'.repeat(3_000_000);
    const { code, stdout } = await runProcess(process.execPath, [join(project.root, 'scripts/tocsin.mjs'), 'echo'], {
      cwd: '/',
      stdin,
    });
    expect(code).toBe(0);
    expect(stdout.length).toBe(stdin.length);
  });

  it('ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, [join(project.root, 'scripts/tocsin.mjs'), 'echo'], { stdio: 'pipe' });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdout.once('data', () => child.stdout.destroy());
    const feed = setInterval(() => child.stdin.write('more\n'), 5);
    const code = await ended;
    clearInterval(feed);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

it('in the package, runs from dist/ with neither sources nor esbuild', async () => {
  const build = await runProcess(process.execPath, [join(project.root, 'scripts/build.mjs')], { cwd: '/' });
  expect(build).toEqual({ code: 0, stdout: '', stderr: '' });
  const installed = temporaryProject();
  try {
    for (const file of ['scripts/tocsin.mjs', 'package.json'])
      installed.write(file, readFileSync(join(project.root, file), 'utf8'));
    for (const file of readdirSync(join(project.root, 'dist')))
      installed.write(join('dist', file), readFileSync(join(project.root, 'dist', file), 'utf8'));
    const ended = await runProcess(process.execPath, [join(installed.root, 'scripts/tocsin.mjs'), 'say', 'hello'], {
      cwd: '/',
    });
    expect(ended).toEqual({ code: 1, stdout: 'said hello\n', stderr: '' });
  } finally {
    installed.remove();
  }
});
