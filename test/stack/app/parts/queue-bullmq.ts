import type { Job as BullJob } from 'bullmq';
import { Queue as BullQueue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Job, Queue, QueueInput } from './queue.ts';

/** Milliseconds for which a worker owns a job without saying so again; after that it counts as dead. */
const LOCK = 5000;
const KEPT = 1000;
/** A command that has waited this long for Redis has failed. */
const COMMAND_WITHIN = 2000;

const retryStrategy = (times: number): number => Math.min(times * 100, 1000);

const jobOf = ({ id = '', data, timestamp, attemptsMade }: BullJob<Job['data']>, attempt = attemptsMade + 1): Job => ({
  id,
  data,
  attempt,
  addedAt: timestamp,
});

/** A queue of BullMQ on Redis. @throws Error when Redis does not answer. */
export const openBullQueue = async (
  { name, concurrency, attempts, backoff, work, onEnd, onTrouble }: QueueInput,
  redisUrl: string,
): Promise<Queue> => {
  // Commands fail while Redis is away instead of waiting for it: whoever adds a job must hear that it was not added.
  const connection = new Redis(redisUrl, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_WITHIN,
    lazyConnect: true,
    retryStrategy,
  });
  connection.on('error', onTrouble);
  await connection.connect();
  const queue = new BullQueue<Job['data']>(name, {
    connection,
    defaultJobOptions: {
      attempts,
      backoff: { type: 'exponential', delay: backoff },
      removeOnComplete: true,
      removeOnFail: { count: KEPT },
    },
  });
  queue.on('error', onTrouble);
  await queue.waitUntilReady();

  let worker: Worker<Job['data']> | undefined;
  const startWorkers = async (): Promise<void> => {
    if (worker) return;
    const started = new Worker<Job['data']>(name, (job) => work(jobOf(job)), {
      // Connections of its own, which end with it: on a shared one a dead worker could still take a job. They wait as long as
      // Redis is away.
      connection: { url: redisUrl, maxRetriesPerRequest: null, retryStrategy },
      concurrency,
      lockDuration: LOCK,
      stalledInterval: LOCK,
      // A worker that died is no fault of the job.
      maxStalledCount: 100,
    });
    started.on('completed', (job) => onEnd({ job: jobOf(job, job.attemptsMade), isFinal: true }));
    started.on('failed', (job, error) => {
      if (job) onEnd({ job: jobOf(job, job.attemptsMade), error, isFinal: job.attemptsMade >= attempts });
    });
    started.on('error', onTrouble);
    worker = started;
    await started.waitUntilReady();
  };
  const killWorkers = async (): Promise<void> => {
    const dying = worker;
    worker = undefined;
    await dying?.close(true);
  };
  await startWorkers();

  return {
    async add(data, addedAt = Date.now()) {
      return (await queue.add(name, data, { timestamp: addedAt })).id ?? '';
    },
    async counts() {
      const { wait = 0, waiting = 0, active = 0, delayed = 0, failed = 0 } = await queue.getJobCounts();
      return { waiting: wait + waiting, active, delayed, failed };
    },
    async oldestWaiting() {
      const [oldest] = await queue.getJobs(['waiting'], 0, 0, true);
      return oldest?.timestamp;
    },
    workers: () => (worker?.isRunning() ? concurrency : 0),
    killWorkers,
    startWorkers,
    async dropWaiting(isUnwanted) {
      const jobs = await queue.getJobs(['waiting']);
      // A worker may have taken it in the meantime.
      await Promise.all(jobs.filter(({ data }) => isUnwanted(data)).map((job) => job.remove().catch(() => undefined)));
    },
    async ping() {
      await connection.ping();
    },
    async stop() {
      await killWorkers().catch(onTrouble);
      await queue.close().catch(onTrouble);
      connection.disconnect();
    },
  };
};
