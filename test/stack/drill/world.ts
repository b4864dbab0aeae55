/** What a drill breaks: a system that runs, with a way to break it and a load on it. */
import type { FaultOrder } from './plan.ts';

/** A system that runs. */
export interface World {
  /** `host:port` of a job. */
  readonly target: (job: string) => string;
  /** Ids of the faults that it knows. */
  readonly faults: readonly string[];
  /** Breaks something, until {@link World.mend} or for so many seconds. @throws Error when it refuses. */
  readonly inject: (order: FaultOrder, seconds: number) => Promise<void>;
  /** Ends all faults, starts again what has ended, and brings the steady load back. */
  readonly mend: () => Promise<void>;
  /** Requests a second from now on; 0 for none. */
  readonly setRate: (rate: number | undefined) => Promise<void>;
  /** Ends everything; does not fail. */
  readonly close: () => Promise<void>;
}
