import pg from 'pg';
import type { Logger } from '../../logger.ts';
import type { DatabaseBackend, PoolOptions } from './backend.ts';
import { AcquireError } from './backend.ts';

/** A PostgreSQL server through pg's pool. Tables are looked up in `schema`, so that systems can share a database. */
export const openPostgres = (
  url: string,
  { max, acquireTimeoutMs, schema, log }: PoolOptions & { readonly schema: string; readonly log: Logger },
): DatabaseBackend => {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: acquireTimeoutMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    application_name: schema,
    options: `-c search_path=${schema}`,
  });
  // An idle connection that breaks (a restart of the server) is replaced by the pool; unheard, the event would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle connection broke'));
  let isClosed = false;

  return {
    acquire: async () => {
      if (isClosed) throw new AcquireError('closed', 'the pool is closed');
      try {
        const client = await pool.connect();
        return {
          query: async (sql, values) => {
            const result = await client.query<Record<string, unknown>>(
              sql,
              values.length > 0 ? [...values] : undefined,
            );
            // Several statements in one text give a list of results.
            return Array.isArray(result) ? [] : result.rows;
          },
          // A broken one is closed by the pool instead of being used again.
          release: () => client.release(),
        };
      } catch (error) {
        const message = error instanceof Error ? error.message : 'no connection';
        throw new AcquireError(/timeout/i.test(message) ? 'timeout' : 'refused', message, { cause: error });
      }
    },
    counts: () => ({
      active: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      max,
    }),
    stop: async () => {
      if (isClosed) return;
      isClosed = true;
      await pool.end();
    },
  };
};
