import type { Job, Queue, QueueInput } from './queue.ts';

/** How many jobs that failed for good are kept. */
const KEPT = 1000;

/** A queue in memory that behaves as BullMQ does: first in, first out; retries with growing waits; failures are kept. */
export const openEmbeddedQueue = ({ concurrency, attempts, backoff, work, onEnd }: QueueInput): Queue => {
  const waiting: Job[] = [];
  const active = new Map<string, Job>();
  const delayed = new Map<string, { readonly job: Job; readonly timer: NodeJS.Timeout }>();
  let failed = 0;
  let added = 0;
  /** Counts the generations of workers: what an earlier one brings to an end is nobody's result. */
  let crew = 1;
  let working = true;

  const run = async (job: Job): Promise<void> => {
    const hired = crew;
    active.set(job.id, job);
    let error: Error | undefined;
    try {
      await work(job);
    } catch (thrown) {
      error = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
    if (hired !== crew) return;
    active.delete(job.id);
    const isFinal = !error || job.attempt >= attempts;
    if (error && !isFinal) {
      const next = { ...job, attempt: job.attempt + 1 };
      const timer = setTimeout(
        () => {
          delayed.delete(job.id);
          waiting.push(next);
          fill();
        },
        backoff * 2 ** (job.attempt - 1),
      );
      timer.unref();
      delayed.set(job.id, { job: next, timer });
    } else if (error) failed = Math.min(failed + 1, KEPT);
    onEnd({ job, ...(error ? { error } : {}), isFinal });
    fill();
  };
  const fill = (): void => {
    while (working && active.size < concurrency) {
      const job = waiting.shift();
      if (!job) return;
      void run(job);
    }
  };

  return {
    add(data, addedAt = Date.now()) {
      added += 1;
      const id = String(added);
      waiting.push({ id, data, attempt: 1, addedAt });
      fill();
      return Promise.resolve(id);
    },
    counts: () => Promise.resolve({ waiting: waiting.length, active: active.size, delayed: delayed.size, failed }),
    oldestWaiting: () => Promise.resolve(waiting[0]?.addedAt),
    workers: () => (working ? concurrency : 0),
    killWorkers() {
      working = false;
      crew += 1;
      waiting.unshift(...active.values());
      active.clear();
      return Promise.resolve();
    },
    startWorkers() {
      working = true;
      fill();
      return Promise.resolve();
    },
    dropWaiting(isUnwanted) {
      waiting.splice(0, waiting.length, ...waiting.filter(({ data }) => !isUnwanted(data)));
      return Promise.resolve();
    },
    ping: () => Promise.resolve(),
    stop() {
      working = false;
      crew += 1;
      waiting.length = 0;
      active.clear();
      delayed.forEach(({ timer }) => clearTimeout(timer));
      return Promise.resolve();
    },
  };
};
