/** The campaigns that every system has: for its service level objectives, and for jobs that nobody scrapes. */
import type { Campaign, FaultOrder } from '../plan.ts';

/** The severities of an objective's alerts. */
export interface ObjectiveSeverities {
  readonly pages: string;
  readonly tickets: string;
}

/**
 * Everything fails, after a period in which nearly the whole budget was spent long ago and nothing failed since: each tier of each
 * objective fires when its long window has taken in enough of it, the budget is spent, and a slower tier is kept quiet by the
 * faster ones and told of when those are over.
 */
export const burning = (
  names: readonly string[],
  { pages, tickets }: ObjectiveSeverities,
  faults: readonly FaultOrder[],
  {
    onset = 4,
    recovery = onset,
    badRatios = {},
  }: {
    /** Seconds until the first bad event. */
    readonly onset?: number;
    /** Seconds until the last bad event. */
    readonly recovery?: number;
    readonly badRatios?: NonNullable<Campaign['badRatios']>;
  } = {},
): Campaign => ({
  id: 'budgets-burn',
  stage: 'objectives',
  faults,
  onset,
  recovery,
  badRatios,
  alerts: names.flatMap((name) => [
    `${name}BudgetBurn ${pages} page-fast`,
    `${name}BudgetBurn ${pages} page-slow`,
    `${name}BudgetBurn ${tickets} ticket-fast`,
    `${name}BudgetBurn ${tickets} ticket-slow`,
    `${name}BudgetExhausted ${tickets}`,
  ]),
});

/** The metrics of the indicators are gone, though the targets answer. */
export const missing = (names: readonly string[], tickets: string, metrics: string): Campaign => ({
  id: 'indicators-missing',
  stage: 'objectives',
  faults: [{ fault: 'metrics-missing', parameters: { names: metrics } }],
  alerts: names.map((name) => `${name}SliMissing ${tickets} series-missing`),
});

/** No target answers. */
export const silent = (names: readonly string[], tickets: string, job: string): Campaign => ({
  id: 'indicators-silent',
  stage: 'objectives',
  faults: [{ fault: 'exporter-silent', parameters: { job } }],
  alerts: names.map((name) => `${name}SliMissing ${tickets} scrape-down`),
});

/** Prometheus does not know the jobs. */
export const forgotten = (jobs: readonly string[]): Campaign => ({
  id: 'forgotten',
  faults: [],
  forgets: jobs,
  alerts: ['TargetMissing critical'],
  // Prometheus looks for new targets every five seconds, at any scale.
  recovery: 8,
});
