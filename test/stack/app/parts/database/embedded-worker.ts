/** The thread of the embedded database: PGlite blocks while it works, and must not block the server. */
import { parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { WorkerAnswer, WorkerQuery } from './worker-protocol.ts';

/**
 * Milliseconds between two clean-ups. A server has processes for that; here nobody frees the space of old rows, or that of the
 * write-ahead log, which lies in memory and grows by a megabyte a second under 1,200 inserts.
 */
const CLEAN_UP_EVERY = 30_000;

const port = parentPort;
if (port) {
  const answer = (message: WorkerAnswer) => port.postMessage(message);
  const database = await PGlite.create();
  port.on('message', ({ id, sql, values }: WorkerQuery) => {
    // Without values there may be several statements, as over a real connection.
    const result =
      values.length > 0
        ? database.query<Record<string, unknown>>(sql, [...values])
        : database.exec(sql).then((results) => results.at(-1) as { rows: Record<string, unknown>[] } | undefined);
    result.then(
      (found) => answer({ id, rows: found?.rows ?? [] }),
      (error: unknown) => {
        const { message, code } = error as { message?: string; code?: string };
        answer({ id, error: message ?? 'the query failed', ...(code === undefined ? {} : { code }) });
      },
    );
  });
  const cleanUp = async (): Promise<void> => {
    for (const statement of ['VACUUM', 'CHECKPOINT'])
      // In somebody's transaction it cannot be done, and the next round does it.
      await database.exec(statement).catch(() => undefined);
  };
  setInterval(() => void cleanUp(), CLEAN_UP_EVERY);
  answer({ id: 0, rows: [] });
}
