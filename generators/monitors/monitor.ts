/**
 * The contract of a component monitor: one kind of component (a cache, a database, ...), what it measures, and which
 * levels can be set on it. A kind is one file that exports `defineMonitor({...})`, listed once in index.ts.
 */
import * as z from 'zod';
import { withCallSite } from '../diagnostics/call-site.ts';
import type { MonitorInstance, PanelInput, WorkloadInput } from '../model/definition.ts';
import type { LabelInputs, Metric } from '../model/metric.ts';
import type { Direction } from '../model/model.ts';
import type { Duration, Quantity } from '../model/quantities.ts';
import { minutes } from '../model/quantities.ts';
import type { Query, Series } from '../model/query.ts';
import { duration, levelShapeOf, quantityOf, text } from '../model/schema.ts';
import { isSeries } from '../model/series.ts';
import type { LevelsInput, ThresholdText } from '../model/threshold.ts';
import type { MetricKind } from '../promql/metrics.ts';
import type { Dimension } from '../promql/units.ts';

/** The levels of one signal of a monitor, with what may differ from the monitor's own name and text. */
export type SignalLevels<D extends Dimension> = LevelsInput<D> &
  ThresholdText & {
    /** The alert's name, when it is not the monitor's own. */
    readonly alert?: string;
    readonly for?: Duration;
    readonly keepFiringFor?: Duration;
    readonly goal?: Quantity<D>;
    /** Whether a value that is exactly at a level is bad too. */
    readonly inclusive?: boolean;
  };

/** One value that a monitor watches. With levels it becomes a threshold, without them a panel. */
export interface Signal<D extends Dimension = Dimension> {
  /** The key in the monitor's `levels`. */
  readonly key: string;
  readonly title: string;
  /** What it means and whom it hurts when it is bad; the runbook's and the panel's text. */
  readonly description: string;
  readonly query: Query<D>;
  readonly direction: Direction;
  /** The alert's name unless the levels give another. */
  readonly alert: string;
  /** One line for the pager, with the placeholders of a threshold's summary. */
  readonly summary: string;
  readonly firstSteps: readonly string[];
  /** How long it must be bad unless the levels say otherwise. */
  readonly for: Duration;
  readonly levels: SignalLevels<D> | undefined;
  /** The key of the monitor's panel that shows it anyway; then it needs no panel of its own while it has no levels. */
  readonly shownIn?: string;
}

/** Checks that the levels of a signal are in the unit of its query. */
export const signalOf = <D extends Dimension>(signal: Signal<D>): Signal => signal;

/** What a monitor expands to. */
export interface MonitorParts {
  /** Every metric that it reads. */
  readonly metrics: readonly Metric[];
  readonly signals: readonly Signal[];
  /** Panels besides those of the signals, by key. */
  readonly panels: Readonly<Record<string, PanelInput>>;
}

/** What a monitor is told of the component that it stands for. */
export interface MonitorContext {
  /** Its id in the system. */
  readonly component: string;
  readonly title: string;
  /** The window of rates in alerts: at least four scrapes of the component's job. */
  readonly window: Duration;
}

/** One kind of component monitor. */
export interface MonitorKind<S extends z.ZodType = z.ZodType> {
  /** The file's name and what `kind` is in the output. */
  readonly id: string;
  /** One sentence: what it watches. */
  readonly summary: string;
  readonly input: S;
  expand(input: z.output<S>, context: MonitorContext): MonitorParts;
}

/** Checks and types a monitor kind. */
export const defineMonitor = <S extends z.ZodType>(kind: MonitorKind<S>): MonitorKind<S> => kind;

/** The function that users call: it keeps the input for later and notes where it was called. */
export const toMonitorFunction = <S extends z.ZodType>(
  kind: MonitorKind<S>,
): ((input: z.input<S>) => MonitorInstance) => {
  const create = (input: z.input<S>): MonitorInstance =>
    withCallSite({ kind: 'monitor', monitor: kind.id, input }, create);
  return create;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Accepts a declared metric, or some series of one, of the given type and dimension. */
export const series = <const K extends MetricKind, const D extends Dimension>(
  type: K,
  dimension: D,
): z.ZodType<Series<K, D, LabelInputs>, Series<K, D, LabelInputs>> =>
  z.custom<Series<K, D, LabelInputs>>(
    (value) => isSeries(value) && value.type === type && value.dimension === dimension,
    { error: `expected a ${type} of ${dimension}` },
  );

/** Accepts the levels of a signal of one dimension. */
export const levels = <const D extends Dimension>(dimension: D): z.ZodType<SignalLevels<D>, SignalLevels<D>> =>
  z.strictObject({
    ...levelShapeOf(quantityOf(dimension)),
    alert: z.string().optional(),
    inclusive: z.boolean().optional(),
  }) as never;

/** Accepts the labels that tell several things of one kind apart. */
export const labelNames = z.array(z.string()).readonly();

/** What every monitor's input has. */
export const common = {
  /** Who it is, for people; otherwise made from the component's id. */
  title: text.optional(),
  /** What it does, one or two sentences. */
  description: text.optional(),
  /** Ids of the components of the same system that it needs to work. */
  dependsOn: z.array(z.string()).readonly().optional(),
  /** The window of rates in alerts; otherwise 5 minutes, or four scrapes when that is more. */
  window: duration.optional(),
  /** The Deployment that runs it, with its probes. */
  workload: z.custom<WorkloadInput>(isObject, { error: 'expected what workload({ ... }) gives' }).optional(),
} as const;

/** The parts of a monitor's input that every kind has. */
export type Common = { readonly [K in keyof typeof common]?: z.output<(typeof common)[K]> };

/** The metrics behind some series, each once. */
export const metricsOf = (...used: readonly (Series | undefined)[]): readonly Metric[] => [
  ...new Set(used.filter((one) => one !== undefined).map((one) => (one.kind === 'selection' ? one.metric : one))),
];

/** The labels that the exporter sets on a series. */
export const labelsOf = (used: Series): readonly string[] =>
  Object.keys(used.kind === 'selection' ? used.metric.labels : used.labels);

/** Who an alert is about, when labels tell several of a kind apart: the title, and the labels of the series that fires. */
export const telling = (title: string, by: readonly string[]): string =>
  [title, ...by.map((label) => `{labels.${label}}`)].join(' ');

/** What a gauge of moments holds while there is none. */
export const NEVER: Quantity<'timestamp'> = {
  kind: 'quantity',
  dimension: 'timestamp',
  unit: 'unix_seconds',
  amount: 0,
  base: 0,
};

/** A window of five minutes: the default `for` and range of most signals. */
export const FIVE_MINUTES = minutes(5);

/**
 * What is limited for each process is compared process by process: the sum over all of them hides a full one behind the
 * others. Labels besides these may differ between what is used and its limit.
 */
export const PER_INSTANCE = ['instance', 'job'] as const;
