import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DatabaseBackend, Lease, PoolOptions, Row } from './backend.ts';
import { AcquireError } from './backend.ts';
import type { WorkerAnswer, WorkerQuery } from './worker-protocol.ts';

/** An error as PostgreSQL reports it, with its SQLSTATE. */
class QueryError extends Error {
  readonly code: string | undefined;
  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'QueryError';
    this.code = code;
  }
}

interface Waiter {
  readonly give: () => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Where the bundle puts the thread's code, next to its own. */
const WORKER = new URL('./database-worker.js', import.meta.url);

/**
 * PGlite in a worker thread, behind a pool of leases that behaves like a pool of connections: at most `max` at a time,
 * the others wait in line. The thread answers one query after the other. Rejects when the thread cannot start.
 */
export const openEmbedded = async ({
  max,
  acquireTimeoutMs,
  worker: file = WORKER,
}: PoolOptions & { readonly worker?: URL }): Promise<DatabaseBackend> => {
  const thread = new Worker(file);
  const pending = new Map<number, { resolve: (rows: readonly Row[]) => void; reject: (error: Error) => void }>();
  let last = 0;
  let closed: Error | undefined;
  const fail = (error: Error) => {
    closed ??= error;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  const opened = once(thread, 'message');
  thread.on('error', fail);
  thread.on('exit', () => fail(new Error('the database thread ended')));
  await opened;
  thread.on('message', (answer: WorkerAnswer) => {
    const asked = pending.get(answer.id);
    pending.delete(answer.id);
    if ('rows' in answer) asked?.resolve(answer.rows);
    else asked?.reject(new QueryError(answer.error, answer.code));
  });

  const query: Lease['query'] = (sql, values) =>
    new Promise((resolve, reject) => {
      if (closed) return reject(closed);
      last += 1;
      pending.set(last, { resolve, reject });
      thread.postMessage({ id: last, sql, values } satisfies WorkerQuery);
    });

  let active = 0;
  let open = 0;
  const waiting: Waiter[] = [];
  const lease = (): Lease => {
    active += 1;
    open = Math.max(open, active);
    let isReleased = false;
    return {
      query,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        active -= 1;
        waiting.shift()?.give();
      },
    };
  };

  return {
    acquire: () => {
      if (closed) return Promise.reject(new AcquireError('closed', closed.message, { cause: closed }));
      if (active < max) return Promise.resolve(lease());
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          give: () => {
            clearTimeout(waiter.timer);
            resolve(lease());
          },
          fail: (error) => {
            clearTimeout(waiter.timer);
            reject(error);
          },
          timer: setTimeout(() => {
            waiting.splice(waiting.indexOf(waiter), 1);
            reject(new AcquireError('timeout', `no connection was free within ${acquireTimeoutMs} ms`));
          }, acquireTimeoutMs),
        };
        waiting.push(waiter);
      });
    },
    counts: () => ({ active, idle: open - active, waiting: waiting.length, max }),
    stop: async () => {
      const error = new AcquireError('closed', 'the pool is closed');
      for (const waiter of waiting.splice(0)) waiter.fail(error);
      fail(error);
      await thread.terminate();
    },
  };
};
