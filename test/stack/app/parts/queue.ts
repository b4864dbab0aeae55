/** What is to be done. Everything in it survives JSON. */
export interface Job {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** From 1. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  /** Jobs that wait for their next attempt. */
  readonly delayed: number;
  /** Jobs that failed for good and are kept to be looked at. */
  readonly failed: number;
}

/** A queue with its workers, wherever the jobs are kept. */
export interface Queue {
  /** `addedAt` puts it back in time, in milliseconds since 1970; by default it is now. */
  readonly add: (data: Job['data'], addedAt?: number) => Promise<string>;
  readonly counts: () => Promise<QueueCounts>;
  /** When the job that waits longest was added, in milliseconds since 1970; undefined while none waits. */
  readonly oldestWaiting: () => Promise<number | undefined>;
  /** Workers that take jobs now. */
  readonly workers: () => number;
  /** Ends the workers as a crash does: what they were at is taken up again by the next ones. */
  readonly killWorkers: () => Promise<void>;
  readonly startWorkers: () => Promise<void>;
  /** Drops all jobs that match and wait. */
  readonly dropWaiting: (isUnwanted: (data: Job['data']) => boolean) => Promise<void>;
  /** @throws Error when the store of the queue does not answer. */
  readonly ping: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What the two kinds of queues are opened with. */
export interface QueueInput {
  readonly name: string;
  /** Workers, each with one job at a time. */
  readonly concurrency: number;
  /** Attempts in all, and the milliseconds before the second; each further one waits twice as long. */
  readonly attempts: number;
  readonly backoff: number;
  /** @throws Error when the job failed; its `code`, or its name, is the reason. */
  readonly work: (job: Job) => Promise<void>;
  /** An attempt ended; `isFinal` when there is no other. */
  readonly onEnd: (end: { job: Job; error?: Error; isFinal: boolean }) => void;
  /** The store of the queue does not answer as it should. */
  readonly onTrouble: (error: Error) => void;
}
