/**
 * Burn windows as data: which share of the error budget may go in which time before somebody is told. A tier fires when
 * the budget burns too fast over its long window and still does over its short one (Google's SRE Workbook, chapter 5,
 * "Alerting on SLOs": multiwindow, multi-burn-rate alerts).
 */

import type { BURN_TIERS } from '../conventions.ts';

/** The id of a tier; its label on every alert. */
export type BurnTierId = (typeof BURN_TIERS)[number];

/** The windows of one tier, times in milliseconds. */
export interface BurnWindow {
  /** The share of the whole period's budget that may be spent within the long window, 0-1. */
  readonly budget: number;
  readonly short: number;
  readonly long: number;
}

/** The windows of all tiers. */
export type BurnCatalogue = Readonly<Record<BurnTierId, BurnWindow>>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const catalogue = (...budgets: readonly [number, number, number, number]): BurnCatalogue => ({
  'page-fast': { budget: budgets[0], short: 5 * MINUTE, long: HOUR },
  'page-slow': { budget: budgets[1], short: 30 * MINUTE, long: 6 * HOUR },
  'ticket-fast': { budget: budgets[2], short: 2 * HOUR, long: DAY },
  'ticket-slow': { budget: budgets[3], short: 6 * HOUR, long: 3 * DAY },
});

/**
 * The windows for a period. The times stay, so that detection does not get slower with the period; the shares are
 * chosen so that a budget that burns exactly as fast as it is granted never tells anybody but the slowest tier.
 */
export const catalogueFor = (periodMs: number): BurnCatalogue => {
  if (periodMs <= 14 * DAY) return catalogue(0.08, 0.125, 0.2, 0.42);
  if (periodMs <= 45 * DAY) return catalogue(0.02, 0.05, 0.1, 0.1);
  return catalogue(0.01, 0.025, 0.05, 0.05);
};

/**
 * The longest window that is computed from the raw counters. What is put together from such windows loses an event at
 * most where two of them meet, so a longer one makes the longer windows more exact, and costs more samples to read.
 */
const LONGEST_RAW_WINDOW = 6 * HOUR;

/** More parts than this are put together in two steps. */
const MOST_PARTS = 12;

/**
 * The windows beyond the raw ones, shortest first, each with the shorter windows that it is put together from end to
 * end, longest first. Some that nobody asked for are among them. What is left over is shorter than the base window.
 */
export const endToEnd = (windows: readonly number[], base: number): ReadonlyMap<number, readonly number[]> => {
  const chain = new Map<number, readonly number[]>();
  const longest = windows.filter((window) => window <= LONGEST_RAW_WINDOW);
  const known = new Set([base, LONGEST_RAW_WINDOW, ...longest.filter((window) => window > base)]);
  const add = (window: number): void => {
    const parts: number[] = [];
    let rest = window;
    for (const part of [...known].toSorted((a, b) => b - a)) {
      for (; part <= rest; rest -= part) parts.push(part);
    }
    const [first = window] = parts;
    const count = parts.filter((part) => part === first).length;
    if (parts.length > MOST_PARTS && count > 3) {
      add(first * stepOf(count));
      add(window);
      return;
    }
    chain.set(window, parts);
    known.add(window);
  };
  for (const window of windows.toSorted((a, b) => a - b)) {
    if (window > LONGEST_RAW_WINDOW && !chain.has(window)) add(window);
  }
  return chain;
};

/** How many of `count` parts become one: near the square root, and without a remainder when there is such a number. */
const stepOf = (count: number): number => {
  const root = Math.ceil(Math.sqrt(count));
  for (let step = root; step > 2; step -= 1) if (count % step === 0) return step;
  return root;
};

/** The window of the two base series: five minutes, or four scrapes of the slowest job in whole minutes when that is more. */
export const baseWindow = (scrapeIntervalMs: number): number =>
  Math.max(5 * MINUTE, Math.ceil((4 * scrapeIntervalMs) / MINUTE) * MINUTE);

/** The shortest window a tier may have: four scrapes, and never under two minutes, or single lost scrapes decide. */
export const shortestWindow = (scrapeIntervalMs: number): number => Math.max(2 * MINUTE, 4 * scrapeIntervalMs);

/** How often the base series are read when a window is put together from them. */
export const CHAIN_STEP = MINUTE;
