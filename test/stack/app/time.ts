import { setTimeout as wait } from 'node:timers/promises';

/** Starts to measure; the function gives the seconds since. */
export const stopwatch = (): (() => number) => {
  const started = performance.now();
  return () => (performance.now() - started) / 1000;
};

/** Waits for some milliseconds, without keeping the process alive; not at all for 0 or less. */
export const pause = (milliseconds: number): Promise<void> | undefined =>
  milliseconds > 0 ? wait(milliseconds, undefined, { ref: false }) : undefined;

/** The result of some work, or a rejection with what `late` gives when it takes longer; the work itself goes on. */
export const within = async <T>(milliseconds: number, work: Promise<T>, late: () => Error): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
    timer.unref();
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
};

/** True for the first so many calls of every second: a flood says the same thing over and over. */
export const createThrottle = (most: number): (() => boolean) => {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) [second, count] = [now, 0];
    count += 1;
    return count <= most;
  };
};
