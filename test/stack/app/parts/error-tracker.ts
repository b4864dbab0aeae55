import { z } from 'zod';
import { defineFault } from '../faults/fault.ts';
import type { Logger } from '../logger.ts';
import type { Part } from '../part.ts';
import { createThrottle } from '../time.ts';
import { AcquireError } from './database/backend.ts';

export interface CapturedError {
  readonly type: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly context: Readonly<Record<string, unknown>>;
}

export interface ErrorTrackerOptions {
  readonly log: Logger;
  /** Types that errors had before. */
  readonly knownTypes: readonly string[];
  readonly onError?: (type: string) => void;
}

/** Captures unexpected errors, groups them by type and keeps the latest. */
export interface ErrorTracker extends Part {
  readonly capture: (error: unknown, context?: Readonly<Record<string, unknown>>) => void;
  /** The latest ones, newest first. */
  readonly recent: (most: number) => readonly CapturedError[];
  /** How many of each type in the last milliseconds. */
  readonly countByType: (withinMs: number) => Readonly<Record<string, number>>;
}

const KEPT = 500;
const MOST_TYPES = 40;
/** Lines of the log for captured errors, a second. */
const MOST_LINES = 50;

/** What the error is grouped under: its name, or `DatabaseError` for whatever the database said. */
const typeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UnknownError';
  const { code } = error as { code?: unknown };
  const isSqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  if (error instanceof AcquireError || isSqlState) return 'DatabaseError';
  return error.name === 'Error' || error.name === 'HttpError' ? 'InternalError' : error.name;
};

export const createErrorTracker = ({ log, knownTypes, onError }: ErrorTrackerOptions): ErrorTracker => {
  const latest: CapturedError[] = [];
  const types = new Set(knownTypes);
  const mayLog = createThrottle(MOST_LINES);

  const capture: ErrorTracker['capture'] = (error, context = {}) => {
    const named = typeOf(error);
    const isNew = !types.has(named);
    // Names of errors have no end when somebody builds them from data: the rest goes under one.
    const type = isNew && types.size >= MOST_TYPES ? 'OtherError' : named;
    types.add(type);
    const message = error instanceof Error ? error.message : 'something that is no error was thrown';
    latest.push({ type, message, at: Date.now(), context });
    if (latest.length > KEPT) latest.shift();
    onError?.(type);
    const isFew = mayLog();
    if (isNew) log.error({ ...context, type, err: error }, 'an error of a new type');
    else if (isFew) log.error({ ...context, type, message }, 'error captured');
  };

  return {
    capture,
    recent: (most) => latest.slice(-most).toReversed(),
    countByType: (withinMs) => {
      const since = Date.now() - withinMs;
      const counts: Record<string, number> = {};
      for (const { type, at } of latest) if (at >= since) counts[type] = (counts[type] ?? 0) + 1;
      return counts;
    },
    stop: () => undefined,
    faults: [
      defineFault({
        id: 'error-spike',
        sentence: 'Background work throws errors of one type, so many at once, again and again.',
        parameters: {
          type: z
            .string()
            .regex(/^[A-Z][A-Za-z]{0,40}$/)
            .default('DatabaseError')
            .describe('The type; one that was never seen is a new one.'),
          count: z.number().int().min(1).max(1000).default(20).describe('How many at once.'),
          everyMs: z.number().int().min(100).max(600_000).default(1000).describe('Milliseconds between two spikes.'),
        },
        start: ({ type, count, everyMs }) => {
          const spike = () => {
            for (let index = 0; index < count; index += 1) {
              const error = new Error('the fault `error-spike` struck');
              error.name = type;
              capture(error, { number: index });
            }
          };
          spike();
          const timer = setInterval(spike, everyMs);
          return () => clearInterval(timer);
        },
      }),
    ],
  };
};
