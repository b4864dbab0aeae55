import type { Fault } from './faults/fault.ts';

/**
 * A piece of a system: a pool, a cache, a queue, a socket server. Parts know no system and no metric name. They are opened with
 * what they need and with small observers (`onQuery({ operation, seconds })`), which a system's file wires to its prom-client
 * instruments; what has a level at every moment (open connections, bytes held) is read by a gauge's `collect`.
 */
export interface Part {
  /** What can be done to it; `app.use` makes them known to the admin endpoint. */
  readonly faults: readonly Fault[];
  /** Ends it and everything it started; never rejects, within a second if it can. */
  readonly stop: () => Promise<void> | void;
}
