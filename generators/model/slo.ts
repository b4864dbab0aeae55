/** Service level objectives: what counts as good, which share of it is promised over which period, who is told. */
import { withCallSite } from '../diagnostics/call-site.ts';
import type { Dimension } from '../promql/units.ts';
import type { LabelInputs } from './metric.ts';
import type { BurnTierId } from './model.ts';
import type { Duration, Quantity } from './quantities.ts';
import { days } from './quantities.ts';
import type { LabelsIn, Query, Series, SloWindow, TargetLabel } from './query.ts';

/** Ninety days: a quarter as a rolling period. */
export const quarter: Duration = days(90);

/** What an SLO measures, as its call gives it; `L` are the labels by which it can be told apart. */
export interface SliDefinition<L extends string = string> {
  readonly kind: 'sli';
  readonly indicator: SliInput['indicator'];
  readonly input: SliInput;
  /** On the level of types only. */
  readonly labels?: L;
}

/** The inputs of all indicators. */
export type SliInput =
  | {
      readonly indicator: 'availability';
      readonly total: Series<'counter'>;
      readonly good?: Series<'counter'>;
      readonly bad?: Series<'counter'>;
    }
  | { readonly indicator: 'latency'; readonly histogram: Series<'histogram'>; readonly below: Quantity }
  | { readonly indicator: 'native-latency'; readonly histogram: Series<'histogram'>; readonly below: Quantity }
  | { readonly indicator: 'upness'; readonly job?: string; readonly gauge?: Series<'gauge', 'state'> }
  | { readonly indicator: 'freshness'; readonly lastSuccess: Series<'gauge', 'timestamp'>; readonly within: Duration }
  | {
      readonly indicator: 'ratio';
      readonly good?: Query;
      readonly bad?: Query;
      readonly total?: Query;
      readonly errorRatio?: Query<'ratio'>;
    };

type LabelsOf<L extends LabelInputs> = (keyof L & string) | TargetLabel;

const indicator = <L extends string>(input: SliInput, caller: (...args: never[]) => unknown): SliDefinition<L> =>
  withCallSite({ kind: 'sli' as const, indicator: input.indicator, input }, caller);

/** Events that are counted: all of them, and either the good or the bad ones among them. */
const availability = <A extends LabelInputs, B extends LabelInputs>(
  input:
    | { readonly bad: Series<'counter', Dimension, A>; readonly total: Series<'counter', Dimension, B> }
    | { readonly good: Series<'counter', Dimension, A>; readonly total: Series<'counter', Dimension, B> },
): SliDefinition<LabelsOf<A> & LabelsOf<B>> => indicator({ indicator: 'availability', ...input }, availability);

/** Observations at or below a limit, which has to be the bound of a bucket of the histogram. */
const latency = <D extends Dimension, L extends LabelInputs>(input: {
  readonly histogram: Series<'histogram', D, L>;
  readonly below: Quantity<NoInfer<D>>;
}): SliDefinition<LabelsOf<L>> => indicator({ indicator: 'latency', ...input }, latency);

/** Observations at or below any limit, for a histogram that is exposed as a native one (Prometheus 2.40 with its flag, or 3). */
const nativeLatency = <D extends Dimension, L extends LabelInputs>(input: {
  readonly histogram: Series<'histogram', D, L>;
  readonly below: Quantity<NoInfer<D>>;
}): SliDefinition<LabelsOf<L>> => indicator({ indicator: 'native-latency', ...input }, nativeLatency);

/** Samples at which something was up: the targets of a job (their scrape was answered), or a gauge that is 1 or 0. */
const upness = <L extends LabelInputs = Record<never, never>>(
  input: { readonly job: string } | { readonly gauge: Series<'gauge', 'state', L> },
): SliDefinition<LabelsOf<L>> => indicator({ indicator: 'upness', ...input }, upness);

/** Minutes in which the last success, a gauge of Unix seconds, was no longer ago than a limit. */
const freshness = <L extends LabelInputs>(input: {
  readonly lastSuccess: Series<'gauge', 'timestamp', L>;
  readonly within: Duration;
}): SliDefinition<LabelsOf<L>> => indicator({ indicator: 'freshness', ...input }, freshness);

/**
 * Any two queries that count events over `sli.window`, or one that gives their error ratio. An error ratio has no
 * events: every moment weighs the same, however many events it had.
 */
const ratio = <T extends Query>(
  input:
    | { readonly bad: Query; readonly total: T }
    | { readonly good: Query; readonly total: T }
    | { readonly errorRatio: T & Query<'ratio'> },
): SliDefinition<LabelsIn<T>> => indicator({ indicator: 'ratio', ...input }, ratio);

/** The open window of free queries: `query.rate(m.errors_total, sli.window)`. */
const window: SloWindow = { kind: 'slo-window' };

/** What an SLO can measure. */
export const sli = { availability, latency, nativeLatency, upness, freshness, ratio, window } as const;

/** A day of the week. */
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

/** A time in which events count or do not: what `weekly` and `once` give. */
export type CountedTimeInput =
  | {
      readonly kind: 'weekly';
      readonly days: readonly Weekday[];
      readonly from: string;
      readonly to: string;
      readonly timeZone?: string;
      readonly utcOffset?: Duration;
    }
  | { readonly kind: 'once'; readonly from: string; readonly to: string; readonly timeZone?: string };

/**
 * The same hours every week, from `'09:00'` to `'17:00'` (`'24:00'` is the end of the day). They are hours of UTC, of a
 * `timeZone` (`'Europe/Berlin'`, summer and winter), or of clocks that always differ from UTC by `utcOffset` (`hours(1)`).
 */
export const weekly = (input: {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  readonly timeZone?: string;
  readonly utcOffset?: Duration;
}): CountedTimeInput => ({ kind: 'weekly', ...input });

/**
 * One time, such as an announced maintenance: two instants as `'2026-03-01T02:00:00Z'` or `'2026-03-01T03:00+01:00'`, or
 * as the clocks of a `timeZone` show them: `'2026-03-01T03:00'`.
 */
export const once = (input: {
  readonly from: string;
  readonly to: string;
  readonly timeZone?: string;
}): CountedTimeInput => ({
  kind: 'once',
  ...input,
});

/** The windows of a tier: it fires when `budget` of the period's budget goes within `long`, and still goes over `short`. */
export interface BurnWindowInput {
  readonly budget: Quantity<'ratio'>;
  readonly short: Duration;
  readonly long: Duration;
}

/** Who is told how. */
export interface SloAlertingInput {
  /** What the alerts' names begin with, UpperCamelCase; otherwise made from the id of the SLO. */
  readonly name?: string;
  /** A severity of the project for the tiers that page; otherwise the most severe one that the team is told of. */
  readonly page?: string;
  /** A severity for the tiers that open a ticket, and for the alerts besides; otherwise the next one. */
  readonly ticket?: string;
  /** Other windows than the catalogue of the period has, or `false` for no such tier. */
  readonly tiers?: Readonly<Partial<Record<BurnTierId, BurnWindowInput | false>>>;
  /** Failures in the long window below which nobody is told; otherwise 5, and 1 where an event is a sample or a slice. */
  readonly minimumFailures?: number;
  /** How long a tier must burn before anybody is told. Without it, at once: the windows are guard enough. */
  readonly for?: Duration;
  readonly keepFiringFor?: Duration;
  /** How long the indicator must be missing before somebody is told; otherwise 10 minutes. `false` for no such alert. */
  readonly missing?: Duration | false;
  /** Whether somebody is told when the budget of the period is spent; otherwise yes. */
  readonly exhausted?: boolean;
}

/** The input of {@link slo}. */
export interface SloInput<L extends string = string> {
  /** What is promised, a few words: `Checkout answers`. */
  readonly title: string;
  /** What a bad event means for people. */
  readonly description?: string;
  /** The component it is about. */
  readonly component?: string;
  /** The share of good events: `percent(99.9)`. */
  readonly objective: Quantity<'ratio'>;
  /** A rolling period; otherwise 30 days. */
  readonly period?: Duration;
  readonly indicator: SliDefinition<L>;
  /** One SLO for each combination of values of these labels. */
  readonly by?: readonly NoInfer<L>[];
  /**
   * Counts slices of time instead of events: a slice is good when this share of its events is. Suits services of which
   * an hour of failure at night is as bad as one at noon.
   */
  readonly timeslices?: { readonly length: Duration; readonly objective: Quantity<'ratio'> };
  /** Reports the calendar month besides the rolling period: the month of UTC (`true`), or of a time zone. */
  readonly calendarMonth?: boolean | { readonly timeZone: string };
  /** Expected events; gives the numbers in `explain` and on the runbook, and finds budgets under one event. */
  readonly traffic?: Quantity<'frequency'>;
  /** When events count (office hours); otherwise always. */
  readonly only?: readonly CountedTimeInput[];
  /** When they do not (maintenance). */
  readonly except?: readonly CountedTimeInput[];
  /** `false` for an objective that is reported and tells nobody. */
  readonly alerting?: SloAlertingInput | false;
  /** What to look at and do first, in order; they become the runbook's list. */
  readonly firstSteps?: readonly string[];
}

/** An SLO of a system: what {@link slo} gives. */
export interface SloDefinition {
  readonly kind: 'slo';
  readonly input: SloInput;
}

/**
 * A service level objective. It becomes recording rules for its error budget, an alert for each burn tier, their
 * inhibitions, a page in Grafana, a runbook and rule tests.
 */
export const slo = <const L extends string>(input: SloInput<L>): SloDefinition =>
  withCallSite({ kind: 'slo' as const, input }, slo);
