import type { Logger } from '../../logger.ts';
import { closeRedis, openRedis } from '../redis.ts';
import type { EvictionReason } from './lru.ts';
import { createLru } from './lru.ts';

/** What a store says about its memory, in bytes; a limit of 0 says that there is none. */
export interface StoreSize {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** The second layer: shared by the instances, a network away. Every call may reject. */
export interface RemoteStore {
  readonly get: (key: string) => Promise<string | undefined>;
  readonly set: (key: string, value: string, ttlMs: number) => Promise<void>;
  readonly delete: (key: string) => Promise<void>;
  /** Removes what this cache wrote, and nothing else. */
  readonly clear: () => Promise<void>;
  /** Rejects when the store does not answer. */
  readonly size: () => Promise<StoreSize>;
  /** Breaks the connection until `reconnect`. */
  readonly disconnect: () => void;
  readonly reconnect: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Redis, with keys that begin with `namespace:`. Rejects when it cannot be reached at the start. */
export const openRedisStore = async (url: string, namespace: string, log: Logger): Promise<RemoteStore> => {
  const client = await openRedis(url, log);
  const keyOf = (key: string): string => `${namespace}:${key}`;
  const numberIn = (text: string, field: string): number =>
    Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    get: async (key) => (await client.get(keyOf(key))) ?? undefined,
    set: async (key, value, ttlMs) => {
      await client.set(keyOf(key), value, 'PX', Math.max(1, Math.round(ttlMs)));
    },
    delete: async (key) => {
      await client.unlink(keyOf(key));
    },
    clear: async () => {
      for await (const keys of client.scanStream({ match: `${namespace}:*`, count: 500 }) as AsyncIterable<string[]>)
        if (keys.length > 0) await client.unlink(...keys);
    },
    size: async () => {
      const text = await client.info('memory');
      return { usedBytes: numberIn(text, 'used_memory'), limitBytes: numberIn(text, 'maxmemory') };
    },
    disconnect: () => client.disconnect(false),
    reconnect: () => client.connect(),
    stop: () => closeRedis(client),
  };
};

/** A store in this process that stands in for Redis where there is none. */
export const openEmbeddedStore = (limitBytes: number, onEviction: (reason: EvictionReason) => void): RemoteStore => {
  const store = createLru(limitBytes, onEviction);
  let isConnected = true;
  // Every call is answered later, as over a network.
  const answer = async <T>(work: () => T): Promise<T> => {
    await Promise.resolve();
    if (!isConnected) throw new Error('the connection is closed');
    return work();
  };
  return {
    get: (key) => answer(() => store.get(key)),
    set: (key, value, ttlMs) => answer(() => store.set(key, value, ttlMs)),
    delete: async (key) => {
      await answer(() => store.delete(key));
    },
    clear: () => answer(() => store.clear()),
    size: () =>
      answer(() => {
        store.sweep();
        return { usedBytes: store.usedBytes(), limitBytes };
      }),
    disconnect: () => {
      isConnected = false;
    },
    reconnect: () => {
      isConnected = true;
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  };
};
