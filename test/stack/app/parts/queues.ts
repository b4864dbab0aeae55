import { z } from 'zod';
import type { Fault } from '../faults/fault.ts';
import { createEvenShare } from '../faults/even-share.ts';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Part } from '../part.ts';
import { pause, stopwatch, within } from '../time.ts';
import type { Job, Queue, QueueCounts, QueueInput } from './queue.ts';
import { openBullQueue } from './queue-bullmq.ts';
import { openEmbeddedQueue } from './queue-embedded.ts';

export interface QueuesOptions<Name extends string> {
  /** Absent: the queues are in memory. */
  readonly redisUrl?: string;
  readonly queues: Readonly<
    Record<
      Name,
      {
        /** Workers; 2 by default. */
        readonly concurrency?: number;
        /** 2 by default. */
        readonly attempts?: number;
        /** Milliseconds, 250 by default. */
        readonly backoff?: number;
        /** Milliseconds after which an attempt is given up with the reason `timeout`, 90,000 by default. */
        readonly timeout?: number;
        /** @throws Error when the job failed. */
        readonly work: (job: Job) => Promise<void>;
        /** A job as a flood adds it. */
        readonly sample: () => Job['data'];
      }
    >
  >;
  /** A job came to an end for good. `reason` is the error's `code` or name; absent when it went well. */
  readonly onDone?: (done: { queue: Name; job: Job; seconds: number; reason?: string }) => void;
  readonly onTrouble?: (trouble: { queue: Name; error: Error }) => void;
}

export interface Queues<Name extends string> extends Part {
  readonly names: readonly Name[];
  /** @throws Error when the store of the queue does not answer. */
  readonly add: (queue: Name, data: Job['data']) => Promise<string>;
  readonly counts: (queue: Name) => Promise<QueueCounts>;
  readonly oldestWaiting: (queue: Name) => Promise<number | undefined>;
  readonly workers: (queue: Name) => number;
  /** @throws Error when the store of the queues does not answer. */
  readonly ping: () => Promise<void>;
}

/** What a job fails with, for whoever counts reasons. */
export class JobError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'JobError';
    this.code = code;
  }
}

const FLOOD = '__flood';
/** Jobs that a flood adds at once. */
const FLOOD_SLICE = 50;

const reasonOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.name;

/** Opens queues with their workers: BullMQ on Redis, or in memory with the same behaviour. */
export const openQueues = async <Name extends string>({
  redisUrl,
  queues,
  onDone,
  onTrouble,
}: QueuesOptions<Name>): Promise<Queues<Name>> => {
  const names = Object.keys(queues) as Name[];
  const [first] = names;
  if (first === undefined) throw new Error('there is no queue to open');
  const knobs = { extraLatency: 0, failureRatio: 0, failureReason: '', isStoreDown: false, storeLatency: 0 };
  const fails = createEvenShare();

  const opened = new Map<Name, Queue>();
  for (const name of names) {
    const { work, concurrency = 2, attempts = 2, backoff = 250, timeout = 90_000 } = queues[name];
    const attempt = async (job: Job): Promise<void> => {
      await pause(knobs.extraLatency);
      if (fails(knobs.failureRatio)) throw new JobError(knobs.failureReason, 'the fault `job-failures` struck');
      await work(job);
    };
    const timers = new Map<string, () => number>();
    const input: QueueInput = {
      name,
      concurrency,
      attempts,
      backoff,
      async work(job) {
        if (job.attempt === 1) timers.set(job.id, stopwatch());
        const late = () => new JobError('timeout', `no result within ${timeout} ms`);
        await within(timeout, attempt(job), late);
      },
      onEnd({ job, error, isFinal }) {
        if (error && !isFinal) return;
        const seconds = timers.get(job.id)?.() ?? (Date.now() - job.addedAt) / 1000;
        timers.delete(job.id);
        onDone?.({ queue: name, job, seconds, ...(error ? { reason: reasonOf(error) } : {}) });
      },
      onTrouble: (error) => onTrouble?.({ queue: name, error }),
    };
    opened.set(name, redisUrl === undefined ? openEmbeddedQueue(input) : await openBullQueue(input, redisUrl));
  }
  const of = (name: Name): Queue => {
    const queue = opened.get(name);
    if (!queue) throw new Error(`there is no queue ${name}`);
    return queue;
  };

  const queue = z
    .enum(names as [Name, ...Name[]])
    .default(first)
    .describe('The queue.');
  const faults: readonly Fault[] = [
    defineFault({
      id: 'queue-flood',
      sentence:
        'Jobs are added to a queue as fast as needed to keep that many waiting; those left are dropped at the end.',
      parameters: { queue, jobs: z.number().int().positive().max(10_000).default(100).describe('Jobs that wait.') },
      start({ queue, jobs }) {
        let stopped = false;
        const flood = async (): Promise<void> => {
          while (!stopped) {
            const missing = jobs - (await of(queue).counts()).waiting;
            const slice = Array.from({ length: Math.min(missing, FLOOD_SLICE) });
            await Promise.all(slice.map(() => of(queue).add({ ...queues[queue].sample(), [FLOOD]: true })));
            await pause(slice.length === FLOOD_SLICE ? 5 : 200);
          }
        };
        const flooding = flood().catch((error: unknown) => onTrouble?.({ queue, error: error as Error }));
        return async () => {
          stopped = true;
          await flooding;
          await of(queue).dropWaiting((data) => data[FLOOD] === true);
        };
      },
    }),
    defineFault({
      id: 'worker-death',
      sentence: 'The workers of a queue die with what they were at; new ones start at the end and take it up again.',
      parameters: { queue },
      async start({ queue }) {
        await of(queue).killWorkers();
        return () => of(queue).startWorkers();
      },
    }),
    defineFault({
      id: 'job-waiting-long',
      sentence: 'The workers of a queue die, and a job waits for them whose time of arrival is put back.',
      isPlayed: true,
      parameters: {
        queue,
        seconds: z.number().positive().max(86_400).default(900).describe('How long it has waited.'),
      },
      async start({ queue, seconds }) {
        await of(queue).killWorkers();
        await of(queue).add({ ...queues[queue].sample(), [FLOOD]: true }, Date.now() - seconds * 1000);
        return async () => {
          await of(queue).dropWaiting((data) => data[FLOOD] === true);
          await of(queue).startWorkers();
        };
      },
    }),
    defineFault({
      id: 'job-failures',
      sentence: 'A share of the attempts at jobs, of all queues, ends with an error.',
      parameters: {
        ratio: parameter.ratio(1),
        reason: z.string().min(1).max(64).default('unknown').describe('The code of the error.'),
      },
      start({ ratio, reason }) {
        [knobs.failureRatio, knobs.failureReason] = [ratio, reason];
        return () => void (knobs.failureRatio = 0);
      },
    }),
    defineFault({
      id: 'job-slow',
      sentence: 'Every job, of all queues, takes longer.',
      parameters: { ms: parameter.ms(5000) },
      start({ ms }) {
        knobs.extraLatency = ms;
        return () => void (knobs.extraLatency = 0);
      },
    }),
    defineFault({
      id: 'redis-slow',
      sentence: 'The store of the queues takes longer to answer what the service asks of it; workers go on.',
      parameters: { ms: parameter.ms(800) },
      start({ ms }) {
        knobs.storeLatency = ms;
        return () => void (knobs.storeLatency = 0);
      },
    }),
    defineFault({
      id: 'redis-down',
      sentence: 'The store of the queues refuses the service: nothing is added, nothing can be counted; workers go on.',
      parameters: {},
      start() {
        knobs.isStoreDown = true;
        return () => void (knobs.isStoreDown = false);
      },
    }),
  ];
  /** What the service asks of the store, as the faults allow. */
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    await pause(knobs.storeLatency);
    if (knobs.isStoreDown) throw new JobError('dependency', 'the connection is closed: the fault `redis-down` struck');
    return work();
  };

  return {
    faults,
    names,
    add: (queue, data) => asked(() => of(queue).add(data)),
    counts: (queue) => asked(() => of(queue).counts()),
    oldestWaiting: (queue) => asked(() => of(queue).oldestWaiting()),
    workers: (queue) => of(queue).workers(),
    ping: () => asked(() => of(first).ping()),
    async stop() {
      await Promise.all([...opened.values()].map((each) => each.stop()));
    },
  };
};
