/** The queues: in memory and on a real Redis, one contract. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '../stack/app/parts/queue.ts';
import type { Queues, QueuesOptions } from '../stack/app/parts/queues.ts';
import { JobError, openQueues } from '../stack/app/parts/queues.ts';
import { createServers } from './servers.ts';

type Done = Parameters<NonNullable<QueuesOptions<string>['onDone']>>[0];

const servers = createServers();
afterAll(() => servers.stop());

describe.each([
  ['in memory', () => Promise.resolve(undefined)],
  ['on Redis', () => servers.redis()],
])('queues %s', (_, url) => {
  let queues: Queues<string>;
  let name: string;
  let done: Done[];
  let worked: string[];
  let atOnce = 0;
  let mostAtOnce = 0;
  let count = 0;

  beforeEach(async () => {
    count += 1;
    name = `letters-${count}`;
    [done, atOnce, mostAtOnce] = [[], 0, 0];
    // Jobs of an earlier test may still be under way.
    const mine: string[] = [];
    worked = mine;
    const redisUrl = await url();
    queues = await openQueues({
      ...(redisUrl === undefined ? {} : { redisUrl }),
      queues: {
        [name]: {
          concurrency: 2,
          attempts: 2,
          backoff: 20,
          timeout: 400,
          async work({ data, attempt }: Job) {
            atOnce += 1;
            mostAtOnce = Math.max(mostAtOnce, atOnce);
            const {
              text,
              ms = 5,
              fails,
            } = data as { text?: string; ms?: number; fails?: 'once' | 'always' | 'plainly' };
            await sleep(ms);
            atOnce -= 1;
            mine.push(`${text}#${attempt}`);
            if (fails === 'always' || (fails === 'once' && attempt === 1)) throw new JobError('infeasible', 'no way');
            if (fails === 'plainly') throw new TypeError('not a letter');
          },
          sample: () => ({ text: 'flood' }),
        },
      },
      onDone: (end) => done.push(end),
    });
  });
  afterEach(() => queues.stop());

  const start = async (id: string, parameters: unknown = {}) => {
    const fault = queues.faults.find((one) => one.id === id);
    if (!fault) throw new Error(`no fault '${id}'`);
    return fault.start(parameters);
  };
  const waitUntil = (what: () => Promise<void> | void) => vi.waitFor(what, { timeout: 8000, interval: 20 });

  it('does jobs in order, as many at once as there are workers', async () => {
    expect(queues.workers(name)).toBe(2);
    for (const text of ['a', 'b', 'c', 'd']) await queues.add(name, { text, ms: 30 });
    await waitUntil(() => expect(done).toHaveLength(4));
    expect(worked.toSorted()).toEqual(['a#1', 'b#1', 'c#1', 'd#1']);
    expect(worked.slice(0, 2).toSorted()).toEqual(['a#1', 'b#1']);
    expect(mostAtOnce).toBe(2);
    for (const { seconds, reason } of done) expect([seconds > 0.025, reason]).toEqual([true, undefined]);
    await waitUntil(async () => expect(await queues.counts(name)).toMatchObject({ waiting: 0, active: 0, failed: 0 }));
  });

  it.each([
    ['once', ['x#1', 'x#2'], undefined, 0],
    ['always', ['x#1', 'x#2'], 'infeasible', 1],
    ['plainly', ['x#1', 'x#2'], 'TypeError', 1],
  ])('tries again what fails %s', async (fails, attempts, reason, failed) => {
    await queues.add(name, { text: 'x', fails });
    await waitUntil(() => expect(done).toHaveLength(1));
    expect(worked).toEqual(attempts);
    expect(done[0]?.reason).toBe(reason);
    expect(await queues.counts(name)).toMatchObject({ waiting: 0, delayed: 0, failed });
  });

  it('gives up what takes too long', async () => {
    await queues.add(name, { text: 'slow', ms: 600 });
    await waitUntil(() => expect(done).toMatchObject([{ reason: 'timeout' }]));
  });

  it('loses nothing when its workers die, and says how long jobs wait', async () => {
    const before = Date.now();
    const revive = await start('worker-death', { queue: name });
    expect(queues.workers(name)).toBe(0);
    for (const text of ['a', 'b', 'c']) await queues.add(name, { text });
    await sleep(30);
    expect(await queues.counts(name)).toMatchObject({ waiting: 3, active: 0 });
    const oldest = (await queues.oldestWaiting(name)) ?? 0;
    expect(oldest).toBeGreaterThanOrEqual(before);
    expect(oldest).toBeLessThanOrEqual(Date.now());
    await revive();
    await waitUntil(() => expect(done).toHaveLength(3));
    expect(await queues.oldestWaiting(name)).toBeUndefined();
    expect(queues.workers(name)).toBe(2);
  });

  it('is flooded to a number of waiting jobs and drops the rest at the end', async () => {
    const revive = await start('worker-death', { queue: name });
    await queues.add(name, { text: 'real' });
    const stop = await start('queue-flood', { queue: name, jobs: 70 });
    await waitUntil(async () => expect((await queues.counts(name)).waiting).toBeGreaterThanOrEqual(70));
    await stop();
    expect((await queues.counts(name)).waiting).toBe(1);
    await revive();
    await waitUntil(() => expect(worked).toEqual(['real#1']));
  });

  it('lets a share of the jobs fail for a reason, or all take longer', async () => {
    const stop = await start('job-failures', { ratio: 1, reason: 'dependency' });
    await queues.add(name, { text: 'a' });
    await waitUntil(() => expect(done).toMatchObject([{ reason: 'dependency' }]));
    await stop();
    const faster = await start('job-slow', { ms: 150 });
    await queues.add(name, { text: 'b' });
    await waitUntil(() => expect(done).toHaveLength(2));
    expect(done[1]?.seconds).toBeGreaterThan(0.14);
    await faster();
  });

  it('has a store that may be slow or gone', async () => {
    await queues.ping();
    const back = await start('redis-down');
    await expect(queues.add(name, { text: 'a' })).rejects.toThrow('the connection is closed');
    await expect(queues.ping()).rejects.toThrow();
    await expect(queues.counts(name)).rejects.toThrow();
    await back();
    const faster = await start('redis-slow', { ms: 60 });
    const before = performance.now();
    await queues.ping();
    expect(performance.now() - before).toBeGreaterThan(55);
    await faster();
  });

  it('can have a job that has waited for long', async () => {
    const stop = await start('job-waiting-long', { queue: name, seconds: 900 });
    expect(Date.now() - ((await queues.oldestWaiting(name)) ?? 0)).toBeGreaterThanOrEqual(900_000);
    await stop();
    expect(await queues.oldestWaiting(name)).toBeUndefined();
    expect(queues.workers(name)).toBe(2);
  });
});

describe('a job that is under way when its workers die', () => {
  it('is done again by the next ones, in memory', async () => {
    let attempts = 0;
    const queues = await openQueues({
      queues: {
        only: {
          async work() {
            attempts += 1;
            await sleep(60);
          },
          sample: () => ({}),
        },
      },
    });
    await queues.add('only', {});
    const revive = await queues.faults.find(({ id }) => id === 'worker-death')?.start({});
    expect(await queues.counts('only')).toMatchObject({ waiting: 1, active: 0 });
    await revive?.();
    await vi.waitFor(async () => expect(await queues.counts('only')).toMatchObject({ waiting: 0, active: 0 }));
    expect(attempts).toBe(2);
    await queues.stop();
  });
});
