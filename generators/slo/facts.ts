import type { BurnTier } from './budget.ts';
import {
  budgetEvents,
  budgetTime,
  detectionTime,
  errorRatioThreshold,
  expectedEvents,
  failuresToFire,
  resetTime,
  timeToExhaustion,
} from './budget.ts';

/** What is known of an SLO. Times are milliseconds, shares 0-1, traffic events per second. */
export interface SloFactsInput {
  readonly objective: number;
  readonly period: number;
  readonly tiers: readonly BurnTier[];
  readonly traffic: number | undefined;
  readonly minimumFailures: number;
  /** The share of time that counts. */
  readonly share: number;
}

/** One tier in numbers. */
export interface TierFacts {
  readonly tier: BurnTier;
  /** The error ratio above which it fires. */
  readonly threshold: number;
  /** When the budget is gone at that ratio. */
  readonly exhaustedAfter: number;
  /** Failures in the long window that make it fire at the declared traffic. */
  readonly failures: number | undefined;
}

/** How fast an error ratio is noticed and forgotten. */
export interface RatioFacts {
  readonly errorRatio: number;
  readonly burnRate: number;
  readonly exhaustedAfter: number;
  /** The tiers that fire: after how long, and for how long after the last error. */
  readonly tiers: readonly { readonly tier: BurnTier; readonly detection: number; readonly reset: number }[];
}

/** The numbers that follow from an SLO: what `explain` prints and the runbook shows. */
export interface SloFacts {
  readonly budgetTime: number;
  readonly expectedEvents: number | undefined;
  readonly budgetEvents: number | undefined;
  readonly tiers: readonly TierFacts[];
  readonly ratios: readonly RatioFacts[];
}

/** The ratios that are shown: a total outage, and burn rates people think in. */
const BURN_RATES = [100, 20, 10, 5, 2] as const;

/** Works out the numbers of an SLO. */
export const sloFacts = (input: SloFactsInput): SloFacts => {
  const { objective, period, tiers, traffic, minimumFailures, share } = input;
  const counted = period * share;
  const budget = 1 - objective;
  const ratios = [1, ...BURN_RATES.map((rate) => Number((rate * budget).toPrecision(6))).filter((ratio) => ratio < 1)];
  return {
    budgetTime: budgetTime(objective, counted),
    expectedEvents: traffic === undefined ? undefined : expectedEvents(traffic, counted),
    budgetEvents: traffic === undefined ? undefined : budgetEvents(objective, traffic, counted),
    tiers: tiers.map((tier) => ({
      tier,
      threshold: errorRatioThreshold(tier.factor, objective),
      exhaustedAfter: timeToExhaustion(tier.factor, period),
      failures: traffic === undefined ? undefined : failuresToFire(tier, objective, traffic, minimumFailures),
    })),
    ratios: ratios.map((errorRatio) => ({
      errorRatio,
      burnRate: errorRatio / budget,
      exhaustedAfter: timeToExhaustion(errorRatio / budget, period),
      tiers: tiers.flatMap((tier) => {
        const detection = detectionTime(tier, objective, errorRatio);
        const reset = resetTime(tier, objective, errorRatio);
        return detection === undefined || reset === undefined ? [] : [{ tier, detection, reset }];
      }),
    })),
  };
};
