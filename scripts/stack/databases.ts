/** Real PostgreSQL and Redis servers of the stack's own: on free ports of 127.0.0.1, with a password, in a folder of theirs. */
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, findUser } from './programs.ts';

/** A server that can be started. */
export interface DatabasePlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly user?: { readonly uid: number; readonly gid: number };
}

interface Place {
  readonly root: string;
  readonly path: string | undefined;
  /** The stack's folder. */
  readonly folder: string;
}

/** The user and the only one who may log in. */
const ROLE = 'tocsin';

/** Where the programs of PostgreSQL are, or nothing. Both are needed: an installation may lack one. */
export const findPostgres = ({
  root,
  path,
}: Place): { readonly postgres: string; readonly initdb: string } | undefined => {
  const [postgres, initdb] = [findProgram(root, 'postgres', path), findProgram(root, 'initdb', path)];
  return postgres === undefined || initdb === undefined ? undefined : { postgres, initdb };
};

/** Where Redis is, or nothing. */
export const findRedis = ({ root, path }: Place): string | undefined => findProgram(root, 'redis-server', path);

const run = (
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly uid?: number; readonly gid?: number },
) =>
  new Promise<void>((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
      stdio: 'pipe',
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}:\n${said}`)),
    );
  });

/**
 * Prepares PostgreSQL's data, once. The server refuses to run as root, so as root it runs as a user without rights.
 * @throws Error with the words of initdb.
 */
export const preparePostgres = async (place: Place, port: number, password: string): Promise<DatabasePlan> => {
  const programs = findPostgres(place);
  if (programs === undefined) throw new Error('PostgreSQL is not installed');
  const data = join(place.folder, 'data', 'postgres');
  const user = process.getuid?.() === 0 ? findUser('postgres', 'nobody') : undefined;
  if (!existsSync(join(data, 'PG_VERSION'))) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const secret = join(place.folder, 'data', `postgres.${process.pid}`);
    writeFileSync(secret, password, { mode: 0o600 });
    if (user) for (const path of [data, secret]) chownSync(path, user.uid, user.gid);
    try {
      const args = [
        '-D',
        data,
        '-U',
        ROLE,
        `--pwfile=${secret}`,
        '--auth=scram-sha-256',
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
      ];
      await run(programs.initdb, args, { cwd: '/', ...user });
    } catch (error) {
      rmSync(data, { recursive: true, force: true });
      throw error;
    } finally {
      rmSync(secret, { force: true });
    }
  }
  // Sample data: no crash of the machine has to be survived.
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'jit=off',
    'max_connections=120',
    'shared_buffers=64MB',
  ];
  return {
    command: programs.postgres,
    args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    cwd: '/',
    ...(user ? { user } : {}),
  };
};

/** Writes the configuration of Redis: the password stands in a file, not among the arguments, which everybody can read. */
export const prepareRedis = (place: Place, port: number, password: string): DatabasePlan => {
  const command = findRedis(place);
  if (command === undefined) throw new Error('Redis is not installed');
  const data = join(place.folder, 'data', 'redis');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const config = join(data, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(data)}`,
    'save ""',
    'appendonly no',
    'maxmemory 256mb',
    // Queues must not lose jobs to make room (https://docs.bullmq.io/guide/going-to-production).
    'maxmemory-policy noeviction',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { command, args: [config], cwd: data };
};

/** Waits until PostgreSQL answers and has a database of each name. @throws Error when it does not within `within` ms. */
export const createDatabases = async (
  { port, password, names }: { readonly port: number; readonly password: string; readonly names: readonly string[] },
  isOver: () => boolean,
  within = 30_000,
): Promise<void> => {
  const { default: pg } = await import('pg');
  const deadline = Date.now() + within;
  for (;;) {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: ROLE,
      password,
      database: 'postgres',
      connectionTimeoutMillis: 2000,
    });
    // A connection that breaks later is told by the next query.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ readonly datname: string }>('SELECT datname FROM pg_database');
      for (const name of names.filter((wanted) => !rows.some(({ datname }) => datname === wanted))) {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      }
      return;
    } catch (error) {
      if (isOver() || Date.now() > deadline) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
};

/** The address of a system's own database. */
export const databaseUrl = (port: number, password: string, system: string): string =>
  `postgres://${ROLE}:${password}@127.0.0.1:${port}/${system}`;

/** The address of a system's own part of Redis. */
export const redisUrl = (port: number, password: string, index: number): string =>
  `redis://:${password}@127.0.0.1:${port}/${index}`;

/** Whether another user can reach a folder: PostgreSQL, run as root, is one. */
export const isReachable = (folder: string, modeOf: (path: string) => number): boolean => {
  for (let path = folder; ; path = dirname(path)) {
    if ((modeOf(path) & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
};
