import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { defineFault, parameter } from '../../faults/fault.ts';
import type { Logger } from '../../logger.ts';
import type { Part } from '../../part.ts';
import { pause, stopwatch } from '../../time.ts';
import type { EvictionReason } from './lru.ts';
import { createLru } from './lru.ts';
import type { StoreSize } from './remote.ts';
import { openEmbeddedStore, openRedisStore } from './remote.ts';

/** The first layer is the memory of the process, the second one is shared by the instances. */
export const LAYERS = ['memory', 'remote'] as const;
export type CacheLayer = (typeof LAYERS)[number];
export type CacheOperation = 'get' | 'set' | 'delete';

export interface CacheObserver {
  /** A look-up in one layer; the second one is asked only when the first one did not know. */
  readonly onLookup?: (layer: CacheLayer, isHit: boolean) => void;
  readonly onOperation?: (layer: CacheLayer, operation: CacheOperation, seconds: number) => void;
  /** An entry left the memory of this process, or the embedded second layer. */
  readonly onEviction?: (layer: CacheLayer, reason: EvictionReason) => void;
  /** The second layer did not answer; the call counts as a miss. */
  readonly onFailure?: (layer: CacheLayer) => void;
  /** A value was set: its size, and the size that it is stored in. */
  readonly onWritten?: (layer: CacheLayer, bytes: number, storedBytes: number) => void;
}

export interface CacheOptions extends CacheObserver {
  /** Of a Redis; absent: the second layer is in this process too. */
  readonly url?: string | undefined;
  /** The beginning of the keys in a Redis that others use too. */
  readonly namespace: string;
  readonly log: Logger;
  /** Of the first layer, 16 MiB by default. */
  readonly memoryLimitBytes?: number;
  /** Of the embedded second layer, 64 MiB by default. */
  readonly remoteLimitBytes?: number;
  /** Values with more characters than this are compressed in the second layer; none by default. */
  readonly compressOver?: number;
  /** How long the first layer keeps what the second one has, 5 s by default: other instances may have changed it. */
  readonly memoryTtlMs?: number;
}

export interface LayerState extends StoreSize {
  readonly isUp: boolean;
}

/** Strings by key in two layers. It never rejects: a layer that fails is a layer that does not know. */
export interface Cache extends Part {
  readonly kind: 'redis' | 'embedded';
  readonly get: (key: string) => Promise<string | undefined>;
  readonly set: (key: string, value: string, ttlSeconds: number) => Promise<void>;
  readonly delete: (key: string) => Promise<void>;
  /** What is cached, or what `load` gives, which is then cached; callers that come meanwhile wait for the same `load`. */
  readonly remember: (key: string, ttlSeconds: number, load: () => Promise<string>) => Promise<string>;
  readonly layer: (layer: CacheLayer) => LayerState;
  /** Rejects when the second layer does not answer. */
  readonly ping: () => Promise<void>;
}

const MEBIBYTE = 1024 ** 2;
const LOOK_EVERY = 500;
/** Entries of the fault `cache-full`, in characters of two bytes. */
const BALLAST = 'x'.repeat(131_072);
const BALLAST_BYTES = 2 * BALLAST.length;
const BALLAST_MS = 3_600_000;

/** What was cached together does not expire together, which would send everybody to the database at once. */
const spread = (milliseconds: number): number => milliseconds * (0.8 + 0.4 * Math.random());
/** Begins what is compressed; JSON cannot begin with it. */
const COMPRESSED = 'z:';

const unpack = (stored: string): string =>
  stored.startsWith(COMPRESSED)
    ? inflateRawSync(Buffer.from(stored.slice(COMPRESSED.length), 'base64')).toString()
    : stored;

/** Opens both layers. Rejects when a Redis is named but cannot be reached. */
export const openCache = async (options: CacheOptions): Promise<Cache> => {
  const { url, namespace, log, onLookup, onOperation, onEviction, onFailure } = options;
  const { memoryLimitBytes = 16 * MEBIBYTE, remoteLimitBytes = 64 * MEBIBYTE, memoryTtlMs = 5000 } = options;
  const { onWritten, compressOver = Infinity } = options;
  const pack = (value: string): string =>
    value.length > compressOver ? COMPRESSED + deflateRawSync(value).toString('base64') : value;
  const memory = createLru(memoryLimitBytes, (reason) => onEviction?.('memory', reason));
  const remote =
    url === undefined
      ? openEmbeddedStore(remoteLimitBytes, (reason) => onEviction?.('remote', reason))
      : await openRedisStore(url, namespace, log);

  let isUp = true;
  let size: StoreSize = await remote.size();
  let slow: { readonly ms: number; readonly layer: CacheLayer | 'all' } | undefined;
  let missRatio = 0;
  const isSlow = (layer: CacheLayer) => slow !== undefined && (slow.layer === 'all' || slow.layer === layer);

  const look = async () => {
    try {
      size = await remote.size();
      isUp = true;
    } catch {
      isUp = false;
    }
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    memory.sweep();
    looking ??= look().finally(() => (looking = undefined));
  }, LOOK_EVERY);

  const inMemory = async <T>(operation: CacheOperation, work: () => T): Promise<T> => {
    const seconds = stopwatch();
    if (slow && isSlow('memory')) await pause(slow.ms);
    const result = work();
    onOperation?.('memory', operation, seconds());
    return result;
  };
  const inRemote = async <T>(operation: CacheOperation, work: () => Promise<T>): Promise<T | undefined> => {
    const seconds = stopwatch();
    try {
      if (slow && isSlow('remote')) await pause(slow.ms);
      return await work();
    } catch {
      isUp = false;
      onFailure?.('remote');
      return undefined;
    } finally {
      onOperation?.('remote', operation, seconds());
    }
  };

  const get: Cache['get'] = async (key) => {
    if (missRatio > 0 && Math.random() < missRatio) {
      memory.delete(key);
      await remote.delete(key).catch(() => onFailure?.('remote'));
    }
    const near = await inMemory('get', () => memory.get(key));
    onLookup?.('memory', near !== undefined);
    if (near !== undefined) return near;
    const stored = await inRemote('get', () => remote.get(key));
    const far = stored === undefined ? undefined : unpack(stored);
    onLookup?.('remote', far !== undefined);
    if (far !== undefined) memory.set(key, far, spread(memoryTtlMs));
    return far;
  };
  const set: Cache['set'] = async (key, value, ttlSeconds) => {
    await inMemory('set', () => memory.set(key, value, Math.min(memoryTtlMs, ttlSeconds * 1000)));
    const stored = pack(value);
    await inRemote('set', () => remote.set(key, stored, ttlSeconds * 1000));
    onWritten?.('memory', value.length, value.length);
    onWritten?.('remote', value.length, stored.length);
  };
  const loading = new Map<string, Promise<string>>();
  const clear = async () => {
    memory.clear();
    await remote.clear().catch(() => onFailure?.('remote'));
  };

  return {
    kind: url === undefined ? 'embedded' : 'redis',
    get,
    set,
    delete: async (key) => {
      await inMemory('delete', () => memory.delete(key));
      await inRemote('delete', () => remote.delete(key));
    },
    remember: async (key, ttlSeconds, load) => {
      const known = await get(key);
      if (known !== undefined) return known;
      const underWay = loading.get(key);
      if (underWay) return underWay;
      const loaded = load().finally(() => loading.delete(key));
      loading.set(key, loaded);
      const value = await loaded;
      await set(key, value, ttlSeconds);
      return value;
    },
    layer: (layer) =>
      layer === 'memory'
        ? { isUp: true, usedBytes: memory.usedBytes(), limitBytes: memoryLimitBytes }
        : { isUp, ...size },
    ping: async () => {
      await remote.size();
    },
    stop: async () => {
      clearInterval(timer);
      await looking;
      await remote.stop();
    },
    faults: [
      defineFault({
        id: 'cache-flush',
        sentence: 'Everything that is cached is thrown away, in both layers, again and again.',
        parameters: { everyMs: z.number().min(50).max(60_000).default(250).describe('Milliseconds between two.') },
        start: async ({ everyMs }) => {
          await clear();
          const again = setInterval(() => void clear(), everyMs);
          return () => clearInterval(again);
        },
      }),
      defineFault({
        id: 'cache-down',
        sentence: 'The connection to the second layer is cut; what is not in memory is not cached.',
        parameters: {},
        start: () => {
          remote.disconnect();
          isUp = false;
          return async () => {
            await remote.reconnect();
            await look();
          };
        },
      }),
      defineFault({
        id: 'cache-slow',
        sentence: 'Every operation of a layer takes longer.',
        parameters: {
          ms: parameter.ms(40),
          layer: z
            .enum(['all', ...LAYERS])
            .default('all')
            .describe('Which layer.'),
        },
        start: (parameters) => {
          slow = parameters;
          return () => {
            slow = undefined;
          };
        },
      }),
      defineFault({
        id: 'cache-full',
        sentence: 'Both layers are filled with entries that nobody asks for; a Redis without a limit is left alone.',
        parameters: { share: parameter.share(0.9) },
        start: ({ share }) => {
          let [near, far] = [0, 0];
          let isOver = false;
          let filling: Promise<void> | undefined;
          const fill = async () => {
            for (; memory.usedBytes() < share * memoryLimitBytes - BALLAST_BYTES; near += 1)
              memory.set(`ballast:${near}`, BALLAST, BALLAST_MS);
            for (; !isOver && size.usedBytes < share * size.limitBytes - BALLAST_BYTES; far += 1) {
              await remote.set(`ballast:${far}`, BALLAST, BALLAST_MS);
              size = await remote.size();
            }
          };
          const again = () => {
            filling ??= fill()
              .catch(() => onFailure?.('remote'))
              .finally(() => (filling = undefined));
          };
          again();
          const timer = setInterval(again, LOOK_EVERY);
          return async () => {
            isOver = true;
            clearInterval(timer);
            await filling;
            for (; near > 0; near -= 1) memory.delete(`ballast:${near - 1}`);
            for (; far > 0; far -= 1) await remote.delete(`ballast:${far - 1}`).catch(() => onFailure?.('remote'));
          };
        },
      }),
      defineFault({
        id: 'cache-miss',
        sentence: 'A share of the entries is thrown away just before they are asked for.',
        parameters: { ratio: parameter.ratio(0.8) },
        start: ({ ratio }) => {
          missRatio = ratio;
          return () => {
            missRatio = 0;
          };
        },
      }),
    ],
  };
};
