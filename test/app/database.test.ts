import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { appBundle } from '../../scripts/bundle.mjs';
import type { Database } from '../stack/app/parts/database/database.ts';
import { openDatabase } from '../stack/app/parts/database/database.ts';
import { createServers } from './servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const log = pino({ level: 'silent' });
const servers = createServers();
const opened: Database[] = [];
afterAll(async () => {
  try {
    for (const database of opened) await database.stop();
  } finally {
    await servers.stop();
  }
});

const TABLES = 'CREATE TABLE IF NOT EXISTS things (id integer PRIMARY KEY, name text NOT NULL, tags text[] NOT NULL)';
const MAX = 3;

describe.each(['embedded', 'postgres'] as const)('the database, %s', (kind) => {
  const queries: { operation: string; isSlow: boolean; hasFailed: boolean }[] = [];
  const refused: string[] = [];
  const waits: number[] = [];
  let shared: Promise<Database> | undefined;

  const open = async (): Promise<Database> => {
    const url = kind === 'postgres' ? await servers.postgres() : undefined;
    const bundle = await appBundle(ROOT);
    const database = await openDatabase({
      url,
      worker: pathToFileURL(`${bundle}/database-worker.js`),
      schema: 'things',
      tables: TABLES,
      seed: async (query) => {
        await query(
          `INSERT INTO things SELECT n, 'thing ' || n, ARRAY['a', 'b'] FROM generate_series(1, $1::integer) AS n
           WHERE NOT EXISTS (SELECT 1 FROM things)`,
          [10],
        );
      },
      log,
      max: MAX,
      acquireTimeoutMs: 300,
      slowMs: 80,
      onQuery: ({ operation, isSlow, hasFailed }) => queries.push({ operation, isSlow, hasFailed }),
      onAcquire: (seconds) => waits.push(seconds),
      onAcquireError: (reason) => refused.push(reason),
    });
    opened.push(database);
    return database;
  };
  // Opening one takes seconds: the tests share it. Called in the test, because only a test can be skipped.
  const get = (): Promise<Database> => (shared ??= open());
  const start = (database: Database, id: string, parameters: unknown = {}) => {
    const fault = database.faults.find((one) => one.id === id);
    if (!fault) throw new Error(id);
    return fault.start(parameters);
  };
  beforeEach(() => {
    queries.length = 0;
    refused.length = 0;
    waits.length = 0;
  });

  it('answers queries, with values of many kinds', async () => {
    const { query } = await get();
    expect(await query('select', 'SELECT count(*)::integer AS number FROM things')).toEqual([{ number: 10 }]);
    const name = `it's "quoted" $1 ; DROP TABLE things; 😀`;
    await query('insert', 'INSERT INTO things VALUES ($1, $2, $3)', [11, name, ['x', 'y,z']]);
    expect(await query('select', 'SELECT * FROM things WHERE id = $1', [11])).toEqual([
      { id: 11, name, tags: ['x', 'y,z'] },
    ]);
    await query('delete', 'DELETE FROM things WHERE id = $1', [11]);
    expect(queries.map(({ operation }) => operation)).toEqual(['select', 'insert', 'select', 'delete']);
    expect(waits).toHaveLength(4);
  });

  it('reports a failed query with the state that PostgreSQL gave it, and goes on', async () => {
    const { query, ping } = await get();
    await expect(query('select', 'SELECT * FROM nowhere')).rejects.toMatchObject({ code: '42P01' });
    await expect(query('insert', 'INSERT INTO things VALUES (1, $1, $2)', ['again', []])).rejects.toMatchObject({
      code: '23505',
    });
    expect(queries.map(({ hasFailed }) => hasFailed)).toEqual([true, true]);
    await ping();
    expect(queries).toHaveLength(2);
  });

  it('lets callers wait for a connection, and turns them away after a while', async () => {
    const database = await get();
    let open = () => undefined as void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const held = Array.from({ length: MAX }, () => database.lease(() => gate));
    await vi.waitFor(() => expect(database.pool().active).toBe(MAX));
    const late = database.query('select', 'SELECT 1');
    await vi.waitFor(() => expect(database.pool()).toMatchObject({ active: MAX, waiting: 1, max: MAX }));
    await expect(late).rejects.toMatchObject({ name: 'AcquireError', reason: 'timeout' });
    expect(refused).toEqual(['timeout']);
    const patient = database.query('select', 'SELECT 1 AS one');
    open();
    expect(await patient).toEqual([{ one: 1 }]);
    await Promise.all(held);
    await vi.waitFor(() => expect(database.pool()).toMatchObject({ active: 0, waiting: 0 }));
    expect(database.pool().idle).toBeGreaterThan(0);
  });

  it('gives the connection back when the work fails', async () => {
    const { lease, pool } = await get();
    await expect(lease(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await vi.waitFor(() => expect(pool().active).toBe(0));
  });

  it('is slow on demand, and holds connections meanwhile', async () => {
    const database = await get();
    const stop = await start(database, 'database-slow', { ms: 120 });
    const slow = database.query('select', 'SELECT 1');
    await sleep(40);
    expect(database.pool().active).toBe(1);
    await slow;
    await stop();
    await database.query('select', 'SELECT 1');
    expect(queries[0]).toMatchObject({ isSlow: true });
  });

  it('refuses everything on demand, what is under way too', async () => {
    const database = await get();
    const stopSlow = await start(database, 'database-slow', { ms: 100 });
    const underWay = database.query('select', 'SELECT 1');
    const failed = expect(underWay).rejects.toMatchObject({ reason: 'refused' });
    await sleep(20);
    const stop = await start(database, 'database-down');
    await expect(database.query('select', 'SELECT 1')).rejects.toMatchObject({ reason: 'refused' });
    await expect(database.ping()).rejects.toThrow('ECONNREFUSED');
    await failed;
    await stop();
    await stopSlow();
    await database.ping();
    expect(refused).toEqual(['refused', 'refused']);
  });

  it('runs out of connections on demand', async () => {
    const database = await get();
    const stop = await start(database, 'pool-exhausted', { share: 1 });
    await vi.waitFor(() => expect(database.pool().active).toBe(MAX));
    await expect(database.query('select', 'SELECT 1')).rejects.toMatchObject({ reason: 'timeout' });
    await stop();
    await vi.waitFor(() => expect(database.pool().active).toBe(0));
    await database.ping();
    const stopHalf = await start(database, 'pool-exhausted', { share: 0.5 });
    await vi.waitFor(() => expect(database.pool().active).toBe(2));
    await database.ping();
    await stopHalf();
  });

  it('ends, and is filled only once where data lasts', async () => {
    const database = await get();
    await database.query('insert', "INSERT INTO things VALUES (99, 'kept', '{}')");
    await database.stop();
    await expect(database.query('select', 'SELECT 1')).rejects.toMatchObject({ reason: 'closed' });
    if (kind === 'embedded') return;
    const again = await open();
    expect(await again.query('select', 'SELECT count(*)::integer AS number FROM things')).toEqual([{ number: 11 }]);
  });
});
