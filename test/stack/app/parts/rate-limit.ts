import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { z } from 'zod';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Fault } from '../faults/fault.ts';
import type { Logger } from '../logger.ts';
import type { Part } from '../part.ts';
import { closeRedis, openRedis } from './redis.ts';

/** So many requests of one client in so many seconds. */
export interface Limit {
  readonly points: number;
  readonly seconds: number;
}

export interface RateLimiterOptions<Name extends string> {
  readonly limits: Readonly<Record<Name, Limit>>;
  /** Of a Redis that keeps the counters for all instances; absent: every process counts for itself. */
  readonly url?: string | undefined;
  readonly namespace: string;
  readonly log: Logger;
  readonly onCheck?: (limit: Name, isAllowed: boolean) => void;
}

export interface Verdict {
  readonly isAllowed: boolean;
  readonly remaining: number;
  /** Seconds until the client may ask again, rounded up. */
  readonly retryAfter: number;
}

export interface RateLimiter<Name extends string> extends Part {
  /** Counts a request. When the counters are out of reach it is let through: a limit must not take the service down. */
  readonly check: (limit: Name, client: string) => Promise<Verdict>;
  /** What the counters of this process' clients take, estimated from their number. */
  readonly memoryBytes: () => number;
}

/** A counter with its key, its expiry and its timer, measured once with 100,000 of them in memory. */
const COUNTER_BYTES = 420;
const FORGET_EVERY = 5000;

export const openRateLimiter = async <Name extends string>({
  limits,
  url,
  namespace,
  log,
  onCheck,
}: RateLimiterOptions<Name>): Promise<RateLimiter<Name>> => {
  const client = url === undefined ? undefined : await openRedis(url, log);
  const names = Object.keys(limits) as Name[];
  const limiters = new Map<Name, RateLimiterAbstract>();
  for (const name of names) {
    const { points, seconds: duration } = limits[name];
    const options = { keyPrefix: `${namespace}:limit:${name}`, points, duration };
    limiters.set(
      name,
      client ? new RateLimiterRedis({ ...options, storeClient: client }) : new RateLimiterMemory(options),
    );
  }

  // The library does not tell how many counters it holds: remembered here until they expire.
  const counters = new Map<string, number>();
  const timer = setInterval(() => {
    const now = Date.now();
    for (const [key, expires] of counters) if (expires <= now) counters.delete(key);
  }, FORGET_EVERY);
  let complained = 0;

  return {
    check: async (name, who) => {
      const limiter = limiters.get(name);
      if (!limiter) throw new Error(`there is no limit '${name}'`);
      counters.set(`${name} ${who}`, Date.now() + limits[name].seconds * 1000);
      try {
        const result = await limiter.consume(who);
        onCheck?.(name, true);
        return { isAllowed: true, remaining: result.remainingPoints, retryAfter: 0 };
      } catch (error) {
        if (error instanceof RateLimiterRes) {
          onCheck?.(name, false);
          return { isAllowed: false, remaining: 0, retryAfter: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) };
        }
        if (Date.now() - complained > 10_000) {
          complained = Date.now();
          log.warn({ err: error, limit: name }, 'the counters are out of reach; requests are let through');
        }
        onCheck?.(name, true);
        return { isAllowed: true, remaining: 0, retryAfter: 0 };
      }
    },
    memoryBytes: () => counters.size * COUNTER_BYTES,
    stop: async () => {
      clearInterval(timer);
      if (client) await closeRedis(client);
    },
    faults: [
      defineFault({
        id: 'rate-limit-clients',
        sentence: 'So many clients that were never seen before are counted that the counters take much memory.',
        parameters: {
          clients: z.number().int().min(1).max(1_000_000).default(200_000).describe('How many.'),
        },
        start: ({ clients }) => {
          // Counted here only: as many real counters would keep the limiter's timers busy, not fill its memory.
          for (let index = 0; index < clients; index += 1) counters.set(`fault ${index}`, Number.POSITIVE_INFINITY);
          return () => {
            for (let index = 0; index < clients; index += 1) counters.delete(`fault ${index}`);
          };
        },
        isPlayed: true,
      }),
    ],
  };
};

/** A client that asks too often. `ask` sends one request to the service itself, under a name of its own. */
export const rateLimitBreach = (ask: (client: string) => Promise<unknown>): Fault =>
  defineFault({
    id: 'rate-limit-breach',
    sentence: 'One client sends so many requests to the service that most of them are turned away.',
    parameters: { perSecond: parameter.perSecond(60) },
    start: ({ perSecond }) => {
      const TICK = 50;
      let due = 0;
      let underWay = 0;
      const timer = setInterval(() => {
        for (due += (perSecond * TICK) / 1000; due >= 1; due -= 1) {
          if (underWay > 200) continue;
          underWay += 1;
          ask('the-one-that-asks-too-often')
            .catch(() => undefined)
            .finally(() => (underWay -= 1));
        }
      }, TICK);
      return () => clearInterval(timer);
    },
  });
