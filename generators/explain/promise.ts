import type { AlertingRule, Milliseconds, Model, System, Threshold } from '../model/model.ts';
import type { Notification } from '../model/routing.ts';
import { labelsOf, listNotifications } from '../model/routing.ts';
import type { Duration, VectorSelector } from '../promql/ast.ts';
import { selectors } from '../promql/walk.ts';
import { budgetTime, detectionTime } from '../slo/budget.ts';

/** What Alertmanager sends of an alert, with the time by which it does. */
export interface PromisedNotice extends Notification {
  /** From the moment the measured value goes bad, at the latest. */
  readonly within: Milliseconds;
}

/**
 * By when an alert of a rule is where, at the latest, when its cause is total and stays. Times count from the moment the
 * measured value goes bad, but for `seenWithin`, which comes before it.
 */
export interface AlertPromise {
  /** From the cause to the measured value being bad: a rate or a quantile changes over its whole window. */
  readonly seenWithin: Milliseconds;
  /** One scrape and one evaluation (a recorded value is evaluated before the alert of its group). */
  readonly pendingWithin: Milliseconds;
  /** The `for` time, up to the next evaluation. */
  readonly firingWithin: Milliseconds;
  /** In the order of the delays; only those that reach somebody. */
  readonly notices: readonly PromisedNotice[];
  /** From the cause's end to the alert's: the window has to be left, and `keep_firing_for` to pass. */
  readonly endsWithin: Milliseconds;
}

/** What the definitions promise of a rule, when its cause is total or, for an objective, when this share of the events is bad. */
export const promiseOf = (model: Model, rule: AlertingRule, badRatio = 1): AlertPromise => {
  const { evaluationInterval, scrapeInterval } = model.project;
  const system = model.systems.find(({ id }) => id === rule.system);
  const threshold = thresholdOf(rule, system);
  const upToEvaluation = (ms: Milliseconds): Milliseconds => Math.ceil(ms / evaluationInterval) * evaluationInterval;
  const pendingWithin = slowestScrape(system, threshold, scrapeInterval) + evaluationInterval;
  const firingWithin = pendingWithin + upToEvaluation(rule.for);
  const window = memoryOf(rule, system, threshold, badRatio);
  return {
    seenWithin: window.fills,
    pendingWithin,
    firingWithin,
    notices: listNotifications(model.routing, labelsOf(rule))
      .filter(({ receivers }) => receivers.length > 0)
      .map((notice) => ({ ...notice, within: firingWithin + notice.after })),
    endsWithin: window.empties + pendingWithin + upToEvaluation(rule.keepFiringFor),
  };
};

const thresholdOf = (rule: AlertingRule, system: System | undefined): Threshold | undefined =>
  rule.source.kind === 'threshold' ? system?.thresholds.find(({ id }) => id === rule.source.id) : undefined;

/** How long what a rule reads remembers: until a total cause is seen for certain, and until one that is over is forgotten. */
const memoryOf = (
  rule: AlertingRule,
  system: System | undefined,
  threshold: Threshold | undefined,
  badRatio: number,
): { readonly fills: Milliseconds; readonly empties: Milliseconds } => {
  const { source } = rule;
  const slo = source.kind === 'slo' ? system?.slos.find(({ id }) => id === source.id) : undefined;
  if (source.kind !== 'slo' || !slo) {
    const window = longestRange(threshold?.query ?? rule.expr);
    return { fills: window, empties: window };
  }
  const tier = slo.tiers.find(({ id }) => id === source.part);
  if (tier) {
    // The short window forgets last; before there is a full long window, less than this is enough.
    const detection = detectionTime(tier, slo.objective, badRatio) ?? tier.long;
    return { fills: detection + slo.baseWindow, empties: tier.short + slo.baseWindow };
  }
  // A base series is there for as long as its window holds two samples.
  if (source.part === 'missing') return { fills: slo.baseWindow, empties: slo.baseWindow };
  // A total outage spends a whole budget in its own time, a partial one in more; what was spent comes back within the period.
  return { fills: budgetTime(slo.objective, slo.period) / badRatio + slo.baseWindow, empties: slo.period };
};

/**
 * How long it takes until all that an expression looks at is what is the case now: its longest range. What stands in a subquery
 * or is moved back is what the present is compared with, so long as the present stands beside it.
 */
const longestRange = (expr: Threshold['query']): Milliseconds => {
  const uses = selectors(expr);
  const present = uses.filter(({ selector, subquery }) => subquery === undefined && selector.offset === undefined);
  const lengthOf = (range: Duration | undefined): Milliseconds => (range?.kind === 'duration' ? range.ms : 0);
  return Math.max(
    0,
    ...(present.length > 0 ? present : uses).map(
      ({ matrix, subquery }) => lengthOf(matrix?.range) + lengthOf(subquery?.range),
    ),
  );
};

/** The longest interval of the jobs that a threshold reads. */
const slowestScrape = (
  system: System | undefined,
  threshold: Threshold | undefined,
  otherwise: Milliseconds,
): Milliseconds => {
  const read = threshold ? selectors(threshold.query).map(({ selector }) => jobOf(selector)) : [];
  const intervals = (system?.jobs ?? [])
    .filter(({ id }) => read.includes(id) || read.includes(undefined))
    .map(({ interval }) => interval);
  return Math.max(...intervals, 0) || otherwise;
};

const jobOf = ({ matchers }: VectorSelector): string | undefined =>
  matchers.find(({ name, op }) => name === 'job' && op === '=')?.value;
