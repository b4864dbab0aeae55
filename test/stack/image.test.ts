/** The commands of the Dockerfile, run without a container engine in folders that hold nothing else. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closureOf } from '../../scripts/image.mjs';
import type { TemporaryProject } from '../support/project.ts';
import { runProcess, temporaryProject } from '../support/project.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the container image', () => {
  let build: TemporaryProject;
  let image: string;
  const running = new Set<ChildProcess>();
  process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
  afterAll(() => {
    running.forEach((child) => child.kill('SIGKILL'));
    build.remove();
  });

  beforeAll(async () => {
    build = temporaryProject();
    image = join(build.root, 'image');
    const [stage = ''] = readFileSync(join(ROOT, 'test/stack/app/Dockerfile'), 'utf8').split(/^FROM \S+$/m);
    for (const [, paths = ''] of stage.matchAll(/^COPY (.+) \S+$/gm))
      for (const path of paths.split(' ')) {
        mkdirSync(dirname(join(build.root, 'src', path)), { recursive: true });
        cpSync(join(ROOT, path), join(build.root, 'src', path), {
          recursive: true,
          filter: (from) => !from.endsWith('.test.ts'),
        });
      }
    // Set-up did here what `npm ci` does there.
    symlinkSync(join(ROOT, 'node_modules'), join(build.root, 'src/node_modules'));
    const ended = await runProcess(process.execPath, ['scripts/image.mjs', image], { cwd: join(build.root, 'src') });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
  });

  const start = async (program: string, env: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, ['--enable-source-maps', program], {
      cwd: image,
      env: { NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const ended = once(child, 'exit').then(([code]: unknown[]) => {
      running.delete(child);
      return code;
    });
    let [out, log] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    await Promise.race([
      vi.waitFor(() => expect(out).toContain('\n'), { timeout: 55_000, interval: 50 }),
      ended.then(() => Promise.reject(new Error(log))),
    ]);
    return {
      ready: JSON.parse(out) as Readonly<Record<string, unknown>>,
      log: () => log,
      stop: () => {
        child.kill('SIGTERM');
        return ended;
      },
    };
  };

  it('holds programs and packages, and nothing of what they were made from', () => {
    const names = readdirSync(image);
    expect(names).toEqual(expect.arrayContaining(['main.js', 'database-worker.js', 'inbox.js', 'load.js']));
    expect(names.filter((name) => !/(\.js|\.js\.map|^package\.json|^node_modules)$/.test(name))).toEqual([]);
    const packages = readdirSync(join(image, 'node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['fastify', 'pg', 'prom-client']));
    expect(packages.filter((name) => ['typescript', 'vitest', 'esbuild', 'oxlint', 'tsx'].includes(name))).toEqual([]);
  });

  it('starts the app, and the load that is sent to it', async () => {
    const app = await start('main.js', { SYSTEM: 'networx', HOST: '0.0.0.0', PORTS: 'networx=0', LOG_LEVEL: 'warn' });
    const { networx } = app.ready['ports'] as Readonly<Record<string, number>>;
    expect((await fetch(`http://127.0.0.1:${networx}/health/ready`)).status).toBe(200);
    const load = await start('load.js', { SYSTEMS: 'networx', HOST: '127.0.0.1', PORTS: `networx=${networx}` });
    const answered = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${networx}/metrics`)).text();
      return [...text.matchAll(/^http_requests_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
    };
    await vi.waitFor(async () => expect(await answered()).toBeGreaterThan(10), { timeout: 20_000, interval: 200 });
    expect(await load.stop()).toBe(0);
    expect(load.log()).toMatch(/^networx: [\d.]+ requests a second, 0 errors$/m);
    expect(await app.stop()).toBe(0);
  });

  it('starts the inbox', async () => {
    const inbox = await start('inbox.js', { HOST: '0.0.0.0', HTTP_PORT: '0', SMTP_PORT: '0' });
    expect((await fetch(`http://127.0.0.1:${String(inbox.ready['httpPort'])}/health`)).status).toBe(200);
    expect(await inbox.stop()).toBe(0);
  });
});

describe('the packages of the image', () => {
  const packages = {
    '': {},
    'node_modules/a': { dependencies: { b: '1', c: '1' }, optionalDependencies: { native: '1' } },
    'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
    'node_modules/b': { dependencies: { a: '1' } },
    'node_modules/c': {},
    'node_modules/unused': {},
    'node_modules/broken': { dependencies: { nowhere: '1' } },
  };

  it('are those that are imported, with what they need, from where Node finds it', () => {
    expect(closureOf(packages, ['a'])).toEqual(['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/c']);
    expect(closureOf(packages, ['b'])).toContain('node_modules/b');
  });

  it('must be in the lock file', () => {
    expect(() => closureOf(packages, ['missing'])).toThrow('missing is imported and not in the lock file');
    expect(() => closureOf(packages, ['broken'])).toThrow('needs nowhere, which is not in the lock file');
  });
});
