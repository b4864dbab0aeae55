/** What is broken to see which alerts: plain data, one plan a system. */
import type { AlertingRule } from '../../../generators/model/model.ts';
import { SLO_LABELS } from '../../../generators/conventions.ts';

/** One fault of the app's catalogue. */
export interface FaultOrder {
  readonly fault: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** It ends by itself after so long; with the campaign when absent. */
  readonly seconds?: number;
}

/** One way to break a system, and the alerts that have to come of it. Alerts are named as {@link keyOf} does. */
export interface Campaign {
  readonly id: string;
  /** Empty when the load alone does it. */
  readonly faults: readonly FaultOrder[];
  /** Jobs that Prometheus is told to scrape no longer. */
  readonly forgets?: readonly string[];
  /** Requests a second while it lasts; 0 for none; the steady load when absent. */
  readonly rate?: number;
  /** What is drilled: each of them has to fire, to reach its receivers and to end, each in time. */
  readonly alerts: readonly string[];
  /** What may fire besides, since one fault has many effects; it is recorded, not judged. */
  readonly companions?: readonly string[];
  /**
   * For objectives of which the faults make only a share of the events bad, that share, by the alerts' name without `BudgetBurn`:
   * a budget that burns slower is seen later. Events that are missing because of another fault count as good.
   */
  readonly badRatios?: Readonly<Record<string, number>>;
  /** How long the service itself takes until the fault has its full effect, in seconds; the promise counts from then. */
  readonly onset?: number;
  /** How long the service itself takes to be well again, in seconds. */
  readonly recovery?: number;
  /** Objectives are drilled in a stage of their own, in which time goes faster. */
  readonly stage?: Stage;
  /** Whether the fault stays until every tier of the escalation was told. */
  readonly escalation?: boolean;
  /** Part of `--short`. */
  readonly short?: boolean;
}

/** The stages of a system's drill: each has its own Prometheus, Alertmanager and scale of time. */
export const STAGES = ['thresholds', 'objectives'] as const;
export type Stage = (typeof STAGES)[number];

/** How a system is drilled. */
export interface SystemPlan {
  readonly system: string;
  /** What the app is started with: limits that are reached within seconds. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds under load before anything is looked at: a process that has just started still grows. */
  readonly warmUp?: number;
  readonly campaigns: readonly Campaign[];
  /** Alerts that nothing here can provoke, each with the reason. */
  readonly impossible: Readonly<Record<string, string>>;
}

/** `CacheHitRateLow critical`, `AvailabilityBudgetBurn critical page-fast`: unique in a system. */
export const keyOf = (rule: Pick<AlertingRule, 'alert' | 'severity' | 'labels'>): string =>
  [rule.alert, rule.severity, rule.labels[SLO_LABELS.tier], rule.labels[SLO_LABELS.state]]
    .filter((part) => part !== undefined)
    .join(' ');

/** The stage of a campaign. */
export const stageOf = ({ stage = 'thresholds' }: Pick<Campaign, 'stage'>): Stage => stage;
