import { defineFault, parameter } from '../../faults/fault.ts';
import type { Logger } from '../../logger.ts';
import type { Part } from '../../part.ts';
import { pause, stopwatch } from '../../time.ts';
import type { AcquireFailure, DatabaseBackend, Lease, PoolCounts, Row, Values } from './backend.ts';
import { AcquireError } from './backend.ts';
import { openEmbedded } from './embedded.ts';
import { openPostgres } from './postgres.ts';

export interface DatabaseObserver {
  /** After every query, the failed ones too; without the time it waited for a connection. */
  readonly onQuery?: (query: {
    readonly operation: string;
    readonly seconds: number;
    readonly isSlow: boolean;
    readonly hasFailed: boolean;
  }) => void;
  /** After a connection was had. */
  readonly onAcquire?: (seconds: number) => void;
  /** After none was. */
  readonly onAcquireError?: (reason: AcquireFailure) => void;
}

export interface DatabaseOptions extends DatabaseObserver {
  /** Of a PostgreSQL server; absent: the embedded one. */
  readonly url?: string | undefined;
  /** The schema that holds the tables, made when it is not there: a plain lower-case name. */
  readonly schema: string;
  /** Statements that make the tables unless they are there (`CREATE TABLE IF NOT EXISTS`). */
  readonly tables: string;
  /** Fills empty tables; runs at every start, so it looks first. */
  readonly seed?: (query: (sql: string, values?: Values) => Promise<readonly Row[]>) => Promise<void>;
  readonly log: Logger;
  /** The most connections, 20 by default. */
  readonly max?: number;
  readonly acquireTimeoutMs?: number;
  /** From how many milliseconds on a query counts as slow, 100 by default. */
  readonly slowMs?: number;
  /** The thread's code of the embedded database; tests say where they bundled it. */
  readonly worker?: URL;
}

export interface Connection {
  /** `operation` is what the metrics call it: select, insert, or the name of the statement. */
  readonly query: (operation: string, sql: string, values?: Values) => Promise<readonly Row[]>;
}

/** PostgreSQL through a pool of connections. */
export interface Database extends Part, Connection {
  readonly kind: 'postgres' | 'embedded';
  /** Several queries on one connection. */
  readonly lease: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;
  readonly pool: () => PoolCounts;
  /** Asks for nothing; rejects when there is no answer. Counted as no query. */
  readonly ping: () => Promise<void>;
}

/** Opens the pool, makes the tables and fills them. Rejects when the server cannot be reached. */
export const openDatabase = async (options: DatabaseOptions): Promise<Database> => {
  const { url, schema, log, max = 20, acquireTimeoutMs = 2000, slowMs = 100, worker } = options;
  const backend =
    url === undefined
      ? await openEmbedded({ max, acquireTimeoutMs, ...(worker ? { worker } : {}) })
      : openPostgres(url, { max, acquireTimeoutMs, schema, log });
  try {
    await prepare(backend, options);
  } catch (error) {
    await backend.stop();
    throw error;
  }

  let slowBy = 0;
  let isDown = false;
  const acquire = async (): Promise<Lease> => {
    const seconds = stopwatch();
    try {
      if (isDown) throw new AcquireError('refused', 'connect ECONNREFUSED: the fault `database-down` struck');
      const lease = await backend.acquire();
      options.onAcquire?.(seconds());
      return lease;
    } catch (error) {
      options.onAcquireError?.(error instanceof AcquireError ? error.reason : 'refused');
      throw error;
    }
  };
  const run = async (lease: Lease, operation: string, sql: string, values: Values): Promise<readonly Row[]> => {
    const seconds = stopwatch();
    let hasFailed = true;
    try {
      if (slowBy > 0) await pause(slowBy);
      if (isDown) throw new AcquireError('refused', 'the connection was lost: the fault `database-down` struck');
      const rows = await lease.query(sql, values);
      hasFailed = false;
      return rows;
    } finally {
      const taken = seconds();
      options.onQuery?.({ operation, seconds: taken, isSlow: taken * 1000 >= slowMs, hasFailed });
    }
  };
  const lease: Database['lease'] = async (work) => {
    const held = await acquire();
    try {
      return await work({ query: (operation, sql, values = []) => run(held, operation, sql, values) });
    } finally {
      held.release();
    }
  };

  /** What the fault `pool-exhausted` does not give back. */
  const withheld = new Set<Lease>();
  return {
    kind: url === undefined ? 'embedded' : 'postgres',
    lease,
    query: (operation, sql, values) => lease((connection) => connection.query(operation, sql, values)),
    pool: backend.counts,
    ping: async () => {
      const connection = await acquire();
      try {
        if (slowBy > 0) await pause(slowBy);
        await connection.query('SELECT 1', []);
      } finally {
        connection.release();
      }
    },
    stop: async () => {
      for (const one of withheld) one.release();
      await backend.stop();
    },
    faults: [
      defineFault({
        id: 'database-slow',
        sentence: 'Every query takes longer, and holds its connection all the while.',
        parameters: { ms: parameter.ms(700) },
        start: ({ ms }) => {
          slowBy = ms;
          return () => {
            slowBy = 0;
          };
        },
      }),
      defineFault({
        id: 'database-down',
        sentence: 'Every connection and every query is refused.',
        parameters: {},
        start: () => {
          isDown = true;
          return () => {
            isDown = false;
          };
        },
      }),
      defineFault({
        id: 'pool-exhausted',
        sentence: 'A share of the connections of the pool is taken and not given back.',
        parameters: { share: parameter.share(1) },
        start: ({ share }) => {
          let isOver = false;
          const take = async () => {
            // Others hold connections too: it goes on until it has its own.
            while (!isOver)
              try {
                const taken = await backend.acquire();
                if (isOver) return taken.release();
                withheld.add(taken);
                return;
              } catch (error) {
                log.debug({ err: error }, 'pool-exhausted waits for a connection');
                await pause(50);
              }
          };
          for (let index = 0; index < Math.ceil(share * max); index += 1) void take();
          return () => {
            isOver = true;
            for (const one of withheld) one.release();
            withheld.clear();
          };
        },
      }),
    ],
  };
};

/** Several instances may start at once: one of them makes and fills the tables, the others wait. */
const prepare = async (backend: DatabaseBackend, { schema, tables, seed }: DatabaseOptions): Promise<void> => {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(schema)) throw new Error(`'${schema}' is no plain name of a schema`);
  const lease = await backend.acquire();
  try {
    await lease.query('SELECT pg_advisory_lock(7041965)', []);
    await lease.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; SET search_path TO ${schema}; ${tables}`, []);
    await seed?.((sql, values = []) => lease.query(sql, values));
    await lease.query('SELECT pg_advisory_unlock(7041965)', []);
  } finally {
    lease.release();
  }
};
