/** Real PostgreSQL and Redis servers for a file of tests, started when the first test needs one. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { DatabasePlan } from '../../scripts/stack/databases.ts';
import {
  createDatabases,
  databaseUrl,
  findPostgres,
  findRedis,
  preparePostgres,
  prepareRedis,
  redisUrl,
} from '../../scripts/stack/databases.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { requireTool } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PASSWORD = 'only-for-a-test';

interface Servers {
  /** The address of a database of its own. Skips the test where there is no PostgreSQL. */
  readonly postgres: () => Promise<string>;
  /** Skips the test where there is no Redis. */
  readonly redis: () => Promise<string>;
  /** For `afterAll`. */
  readonly stop: () => Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const start = ({ command, args, cwd, user }: DatabasePlan): ChildProcess => {
  const child = spawn(command, args, { cwd, stdio: 'ignore', ...user });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
};

export const createServers = (): Servers => {
  let folder: string | undefined;
  const children: ChildProcess[] = [];
  const place = () => {
    if (folder === undefined) {
      folder = mkdtempSync(join(tmpdir(), 'tocsin-servers-'));
      // As root, PostgreSQL runs as somebody else, who has to get there.
      chmodSync(folder, 0o711);
      mkdirSync(join(folder, 'data'), { mode: 0o711 });
    }
    return { root: ROOT, path: process.env['PATH'], folder };
  };
  const remembered = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
  };
  const openPostgres = remembered(async () => {
    const port = await freePort();
    const child = start(await preparePostgres(place(), port, PASSWORD));
    children.push(child);
    await createDatabases({ port, password: PASSWORD, names: ['tests'] }, () => child.exitCode !== null);
    return databaseUrl(port, PASSWORD, 'tests');
  });
  const openRedis = remembered(async () => {
    const port = await freePort();
    const child = start(prepareRedis(place(), port, PASSWORD));
    children.push(child);
    const url = redisUrl(port, PASSWORD, 0);
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      for (const deadline = Date.now() + 10_000; ; await sleep(50))
        try {
          await client.connect();
          return url;
        } catch (error) {
          if (Date.now() > deadline) throw error;
        }
    } finally {
      client.disconnect();
    }
  });
  const where = () => ({ root: ROOT, path: process.env['PATH'], folder: '' });
  return {
    postgres: async () => {
      if (findPostgres(where()) === undefined) requireTool('postgres');
      return openPostgres();
    },
    redis: async () => {
      if (findRedis(where()) === undefined) requireTool('redis-server');
      return openRedis();
    },
    stop: async () => {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'exit');
        // SIGINT is PostgreSQL's word for an end that waits for nobody; Redis takes it as well.
        child.kill('SIGINT');
        await ended;
      }
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
};
