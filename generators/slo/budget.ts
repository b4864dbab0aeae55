/**
 * Error-budget and burn-rate arithmetic. Times are milliseconds, objectives, budgets and error ratios are shares 0-1,
 * traffic is events per second. Everything is pure; docs/slo-mathematics.md derives the formulas.
 */
import type { BurnTierId, BurnWindow } from './windows.ts';

/** Twelve digits: what a person wrote, without what binary fractions add (1 - 0.999 = 0.0010000000000000009). */
export const tidy = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(12)) : value);

/** The error budget: the share of events that may fail. */
export const errorBudget = (objective: number): number => tidy(1 - objective);

/** How many times faster than evenly the budget burns when `window.budget` of it goes within the long window. */
export const burnFactor = (window: BurnWindow, periodMs: number): number =>
  tidy((window.budget * periodMs) / window.long);

/** The error ratio at which a tier fires. At 1 or above no ratio is beyond it, and the tier can never fire. */
export const errorRatioThreshold = (factor: number, objective: number): number => tidy(factor * errorBudget(objective));

/** The highest objective of which a factor is still out of reach. */
export const unreachableUpTo = (factor: number): number => tidy(1 - 1 / factor);

/** One tier of an SLO with everything that follows from its windows. */
export interface BurnTier extends BurnWindow {
  readonly id: BurnTierId;
  readonly kind: 'page' | 'ticket';
  /** See {@link burnFactor}. */
  readonly factor: number;
}

/** A tier from its windows. */
export const toBurnTier = (id: BurnTierId, window: BurnWindow, periodMs: number): BurnTier => ({
  id,
  kind: id.startsWith('page') ? 'page' : 'ticket',
  ...window,
  factor: burnFactor(window, periodMs),
});

/**
 * How long after errors begin at a constant ratio a tier's condition holds, when there were none before: the long
 * window has then taken in enough of them. Nothing when the ratio never reaches the tier.
 */
export const detectionTime = (tier: BurnTier, objective: number, errorRatio: number): number | undefined => {
  const threshold = errorRatioThreshold(tier.factor, objective);
  return errorRatio > threshold ? (tier.long * threshold) / errorRatio : undefined;
};

/** How long after errors end a tier that fires for a long time is over: its short window has then lost enough of them. */
export const resetTime = (tier: BurnTier, objective: number, errorRatio: number): number | undefined => {
  const threshold = errorRatioThreshold(tier.factor, objective);
  return errorRatio > threshold ? tier.short * (1 - threshold / errorRatio) : undefined;
};

/** How many failures within the long window make a tier fire at this traffic, and never fewer than the guard asks for. */
export const failuresToFire = (
  tier: BurnTier,
  objective: number,
  eventsPerSecond: number,
  minimumFailures: number,
): number => {
  const needed = errorRatioThreshold(tier.factor, objective) * eventsPerSecond * (tier.long / 1000);
  return Math.max(Math.floor(tidy(needed)) + 1, minimumFailures);
};

/** The budget as time: how long a total outage in an even period may last, in milliseconds. */
export const budgetTime = (objective: number, periodMs: number): number => tidy(errorBudget(objective) * periodMs);

/** Events that are expected in a period at a constant traffic. */
export const expectedEvents = (eventsPerSecond: number, periodMs: number): number =>
  tidy((eventsPerSecond * periodMs) / 1000);

/** The budget as events: how many may fail in a period. */
export const budgetEvents = (objective: number, eventsPerSecond: number, periodMs: number): number =>
  tidy(errorBudget(objective) * expectedEvents(eventsPerSecond, periodMs));

/** How much of the budget is left at an attainment: `(a - t) / (1 - t)`. 1 is all, 0 is none, below 0 it is overdrawn. */
export const budgetLeft = (attainment: number, objective: number): number =>
  tidy((attainment - objective) / errorBudget(objective));

/** When an untouched budget is spent at a constant burn rate, in milliseconds. */
export const timeToExhaustion = (burnRate: number, periodMs: number): number => periodMs / burnRate;
