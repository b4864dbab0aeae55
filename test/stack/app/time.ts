import { setTimeout as wait } from 'node:timers/promises';

/** Starts to measure; the function gives the seconds since. */
export const stopwatch = (): (() => number) => {
  const started = performance.now();
  return () => (performance.now() - started) / 1000;
};

/** Waits for some milliseconds, without keeping the process alive; not at all for 0 or less. */
export const pause = (milliseconds: number): Promise<void> | undefined =>
  milliseconds > 0 ? wait(milliseconds, undefined, { ref: false }) : undefined;
