import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Cache, CacheOptions } from '../stack/app/parts/cache/cache.ts';
import { openCache } from '../stack/app/parts/cache/cache.ts';
import { createLru } from '../stack/app/parts/cache/lru.ts';
import { createServers } from './servers.ts';

const log = pino({ level: 'silent' });

describe('the store in memory', () => {
  it('never holds more than its limit, and counts what it holds', () => {
    const action = fc.oneof(
      fc.record({
        kind: fc.constant('set'),
        key: fc.integer({ max: 9, min: 0 }),
        size: fc.integer({ min: 0, max: 900 }),
      }),
      fc.record({ kind: fc.constant('get'), key: fc.integer({ max: 9, min: 0 }), size: fc.constant(0) }),
      fc.record({ kind: fc.constant('delete'), key: fc.integer({ max: 9, min: 0 }), size: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const store = createLru(2000, () => undefined);
        for (const { kind, key, size } of actions) {
          if (kind === 'set') store.set(String(key), 'x'.repeat(size), 1000);
          else if (kind === 'get') store.get(String(key));
          else store.delete(String(key));
          expect(store.usedBytes()).toBeLessThanOrEqual(2000);
        }
        for (let key = 0; key < 10; key += 1) store.delete(String(key));
        expect([store.usedBytes(), store.size()]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });

  it('forgets first what was used longest ago, and what is over its time', () => {
    const evictions: string[] = [];
    let now = 0;
    const store = createLru(
      3 * (2 * 101 + 120),
      (reason) => evictions.push(reason),
      () => now,
    );
    const value = 'x'.repeat(100);
    for (const key of ['a', 'b', 'c']) store.set(key, value, 1000);
    store.get('a');
    store.set('d', value, 5000);
    expect(['a', 'b', 'c', 'd'].filter((key) => store.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
    now = 2000;
    expect(['a', 'd'].filter((key) => store.get(key) !== undefined)).toEqual(['d']);
    store.sweep();
    expect(store.size()).toBe(1);
    expect(evictions).toEqual(['space', 'expired', 'expired']);
  });
});

const servers = createServers();
afterAll(() => servers.stop());

describe.each(['embedded', 'redis'] as const)('the cache with the second layer %s', (kind) => {
  let cache: Cache | undefined;
  const seen: string[] = [];
  let last = 0;
  const open = async (options: Partial<CacheOptions> = {}): Promise<Cache> => {
    const url = kind === 'redis' ? await servers.redis() : undefined;
    last += 1;
    cache = await openCache({
      url,
      namespace: `test${last}`,
      log,
      onLookup: (layer, isHit) => seen.push(`${layer} ${isHit ? 'hit' : 'miss'}`),
      ...options,
    });
    return cache;
  };
  afterEach(async () => {
    await cache?.stop();
    cache = undefined;
    seen.length = 0;
  });
  const fault = (id: string, parameters: unknown = {}) => {
    const found = cache?.faults.find((one) => one.id === id);
    if (!found) throw new Error(id);
    return found.start(parameters);
  };

  it('asks the second layer only for what the first one does not know', async () => {
    const { get, set, delete: remove } = await open();
    expect(await get('a')).toBeUndefined();
    await set('a', 'one', 60);
    expect(await get('a')).toBe('one');
    await remove('a');
    expect(await get('a')).toBeUndefined();
    expect(seen).toEqual(['memory miss', 'remote miss', 'memory hit', 'memory miss', 'remote miss']);
  });

  it('takes from the second layer what the first one has forgotten', async () => {
    const { get, set } = await open({ memoryTtlMs: 20 });
    await set('a', 'ä € 😀', 60);
    await sleep(40);
    expect(await get('a')).toBe('ä € 😀');
    expect(seen).toEqual(['memory miss', 'remote hit']);
  });

  it('forgets after its time', async () => {
    const { get, set } = await open({ memoryTtlMs: 20 });
    await set('a', 'one', 0.05);
    await sleep(90);
    expect(await get('a')).toBeUndefined();
  });

  it('loads once for all who wait, and does not remember a failure', async () => {
    const { remember } = await open();
    const load = vi.fn<() => Promise<string>>(async () => {
      await sleep(20);
      return 'loaded';
    });
    expect(await Promise.all([1, 2, 3].map(() => remember('a', 60, load)))).toEqual(['loaded', 'loaded', 'loaded']);
    expect(load).toHaveBeenCalledOnce();
    await expect(remember('b', 60, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await remember('b', 60, () => Promise.resolve('again'))).toBe('again');
  });

  it('goes on without the second layer, says so, and comes back', async () => {
    const failures: string[] = [];
    const { get, set, layer, ping } = await open({ onFailure: (where) => failures.push(where) });
    expect([layer('memory').isUp, layer('remote').isUp]).toEqual([true, true]);
    const stop = await fault('cache-down');
    expect(layer('remote').isUp).toBe(false);
    await set('a', 'one', 60);
    expect(await get('a')).toBe('one');
    expect(await get('b')).toBeUndefined();
    await expect(ping()).rejects.toThrow();
    expect(failures.length).toBeGreaterThan(0);
    await sleep(600);
    expect(layer('remote').isUp).toBe(false);
    await stop();
    expect(layer('remote').isUp).toBe(true);
    await set('c', 'three', 60);
    await ping();
  });

  it('misses a share of the look-ups, and all of them after a flush, on demand', async () => {
    const { get, set } = await open();
    await set('a', 'one', 60);
    const stopMisses = await fault('cache-miss', { ratio: 1 });
    expect(await get('a')).toBeUndefined();
    await stopMisses();
    await set('a', 'one', 60);
    const stopFlushes = await fault('cache-flush', { everyMs: 50 });
    expect(await get('a')).toBeUndefined();
    await stopFlushes();
    await set('a', 'one', 60);
    expect(await get('a')).toBe('one');
  });

  it('is slow on demand, in both layers or in one', async () => {
    const slowest: Record<string, number> = {};
    const { get } = await open({
      onOperation: (layer, _, seconds) => (slowest[layer] = Math.max(slowest[layer] ?? 0, seconds)),
    });
    const stopBoth = await fault('cache-slow', { ms: 30 });
    await get('a');
    await stopBoth();
    expect(slowest['memory']).toBeGreaterThan(0.025);
    expect(slowest['remote']).toBeGreaterThan(0.025);
    slowest['memory'] = 0;
    const stopOne = await fault('cache-slow', { ms: 30, layer: 'remote' });
    await get('a');
    await stopOne();
    expect(slowest['memory']).toBeLessThan(0.025);
  });

  it('fills up on demand, and is as empty as before afterwards', async () => {
    const { layer } = await open({ memoryLimitBytes: 2 ** 21, remoteLimitBytes: 2 ** 22 });
    const before = layer('remote').usedBytes;
    const stop = await fault('cache-full', { share: 0.9 });
    await vi.waitFor(
      () => {
        for (const name of ['memory', 'remote'] as const) {
          const { usedBytes, limitBytes } = layer(name);
          expect(usedBytes / limitBytes).toBeGreaterThan(0.75);
        }
      },
      { timeout: 20_000 },
    );
    await stop();
    await vi.waitFor(() => expect(layer('remote').usedBytes).toBeLessThan(before + 2 ** 22), { timeout: 2000 });
    expect(layer('memory').usedBytes).toBe(0);
  });
});
