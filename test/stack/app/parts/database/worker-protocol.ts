import type { Row, Values } from './backend.ts';

/** What the pool asks of the worker thread. */
export interface WorkerQuery {
  readonly id: number;
  readonly sql: string;
  readonly values: Values;
}

/** The answers, in the order of the questions; the first one, with id 0, says that the database is open. */
export type WorkerAnswer =
  | { readonly id: number; readonly rows: readonly Row[] }
  | { readonly id: number; readonly error: string; readonly code?: string };
