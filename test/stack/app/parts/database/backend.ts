/** What the pool of connections looks like at one moment. */
export interface PoolCounts {
  /** In use. */
  readonly active: number;
  /** Open and free. */
  readonly idle: number;
  /** Callers that wait for one. */
  readonly waiting: number;
  readonly max: number;
}

export type Row = Readonly<Record<string, unknown>>;
export type Values = readonly unknown[];

/** One connection for the time that somebody holds it. */
export interface Lease {
  readonly query: (sql: string, values: Values) => Promise<readonly Row[]>;
  /** Gives it back. */
  readonly release: () => void;
}

/** A PostgreSQL behind a pool, real or embedded. */
export interface DatabaseBackend {
  /** Rejects with an `AcquireError` when none is free in time or none can be opened. */
  readonly acquire: () => Promise<Lease>;
  readonly counts: () => PoolCounts;
  readonly stop: () => Promise<void>;
}

export type AcquireFailure = 'timeout' | 'refused' | 'closed';

/** No connection could be had. */
export class AcquireError extends Error {
  readonly reason: AcquireFailure;
  constructor(reason: AcquireFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AcquireError';
    this.reason = reason;
  }
}

export interface PoolOptions {
  /** The most connections. */
  readonly max: number;
  /** How long a caller waits for one, in milliseconds. */
  readonly acquireTimeoutMs: number;
}
