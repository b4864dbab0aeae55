/** Declared metrics: what a service exposes, said once, so that queries on it can be checked. */
import type { Sited } from '../diagnostics/call-site.ts';
import { copyCallSite, withCallSite } from '../diagnostics/call-site.ts';
import type { LabelValues, MetricKind } from '../promql/metrics.ts';
import type { Dimension, DimensionOf, UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import type { Quantity } from './quantities.ts';
import { fromBase } from './quantities.ts';

/** Which values a label can take. `'any'` is free text of bounded cardinality. */
export type LabelInput = 'any' | readonly string[] | LabelPattern;

/** An RE2 pattern that the whole value of a label matches. */
export interface LabelPattern {
  readonly kind: 'pattern';
  readonly pattern: string;
}

/** Label values that an RE2 pattern accepts (anchored): `pattern('[1-5][0-9][0-9]')`. */
export const pattern = (text: string): LabelPattern => ({ kind: 'pattern', pattern: text });

/** The labels a metric is declared with. */
export type LabelInputs = Readonly<Record<string, LabelInput>>;

interface MetricInputBase<U extends UnitId, L extends LabelInputs> {
  /** The unit of a sample; of an observation for histograms and summaries. */
  readonly unit: U;
  /** What it measures, one sentence; the HELP text the exporter gives. */
  readonly help: string;
  /** The labels the exporter sets (not `job` and `instance`, which the scrape adds). */
  readonly labels?: L;
  /** The job that exposes it, when it is not the job of the whole block. */
  readonly job?: string;
}

/** Bounds of a sample's value. */
export interface ValueRange {
  readonly min?: number;
  readonly max?: number;
}

/** A metric before it has its name: what `counter()`, `gauge()`, `histogram()` and `summary()` give. */
export interface MetricSpec<
  K extends MetricKind = MetricKind,
  U extends UnitId = UnitId,
  L extends LabelInputs = LabelInputs,
> {
  readonly kind: 'metric-spec';
  readonly type: K;
  readonly unit: U;
  readonly help: string;
  readonly labels: L;
  readonly job?: string;
  readonly range?: ValueRange;
  /** Upper bounds of a classic histogram. */
  readonly buckets?: readonly Quantity<DimensionOf<U>>[];
  readonly native?: boolean;
  readonly quantiles?: readonly number[];
}

/** A declared metric. Selectors, queries and monitors are built from it. */
export interface Metric<
  N extends string = string,
  K extends MetricKind = MetricKind,
  D extends Dimension = Dimension,
  L extends LabelInputs = LabelInputs,
> {
  readonly kind: 'metric';
  readonly name: N;
  readonly type: K;
  readonly dimension: D;
  readonly unit: UnitId;
  readonly help: string;
  readonly labels: L;
  readonly job: string;
  readonly range?: ValueRange;
  /** In the metric's unit, ascending as written. */
  readonly buckets?: readonly number[];
  readonly native?: boolean;
  readonly quantiles?: readonly number[];
}

/** Without `NoInfer` below, a metric that declares no labels would get those that `defineMetrics` accepts: any. */
type NoLabels = Record<never, never>;

const spec = <K extends MetricKind, U extends UnitId, L extends LabelInputs>(
  type: K,
  input: MetricInputBase<U, L> & Partial<Pick<MetricSpec<K, U, L>, 'range' | 'buckets' | 'native' | 'quantiles'>>,
  caller: (...args: never[]) => unknown,
): MetricSpec<K, U, L> =>
  withCallSite({ kind: 'metric-spec' as const, type, ...input, labels: input.labels ?? ({} as L) }, caller);

/** A value that only grows, except at a restart. Its name should end in `_total`. */
export const counter = <const U extends UnitId, const L extends LabelInputs = NoLabels>(
  input: MetricInputBase<U, L>,
): MetricSpec<'counter', U, NoInfer<L>> => spec('counter', input, counter);

/** A value that goes up and down. */
export const gauge = <const U extends UnitId, const L extends LabelInputs = NoLabels>(
  input: MetricInputBase<U, L> & { /** Inclusive bounds in the metric's unit. */ readonly range?: ValueRange },
): MetricSpec<'gauge', U, NoInfer<L>> => spec('gauge', input, gauge);

/** Observations counted in buckets: `_bucket`, `_sum` and `_count` series. */
export const histogram = <const U extends UnitId, const L extends LabelInputs = NoLabels>(
  input: MetricInputBase<U, L> & {
    /** Upper bounds, ascending, without +Inf. */
    readonly buckets: readonly Quantity<DimensionOf<U>>[];
    /** True when it is exposed as a native histogram too. */
    readonly native?: boolean;
  },
): MetricSpec<'histogram', U, NoInfer<L>> => spec('histogram', input, histogram);

/** Observations with quantiles that the service itself computes; they cannot be aggregated over instances. */
export const summary = <const U extends UnitId, const L extends LabelInputs = NoLabels>(
  input: MetricInputBase<U, L> & { /** The quantiles it exposes, 0-1. */ readonly quantiles: readonly number[] },
): MetricSpec<'summary', U, NoInfer<L>> => spec('summary', input, summary);

/** The metrics of a block, each with its name. */
export type Metrics<S extends Readonly<Record<string, MetricSpec>>> = {
  readonly [N in keyof S & string]: S[N] extends MetricSpec<infer K, infer U, infer L>
    ? Metric<N, K, DimensionOf<U>, L>
    : never;
};

/** Declares the metrics that a job exposes, by name: `defineMetrics('api', { http_requests_total: counter({ ... }) })`. */
export const defineMetrics = <const S extends Readonly<Record<string, MetricSpec>>>(
  job: string,
  specs: S,
): Metrics<S> => {
  const named = Object.entries<MetricSpec>(specs).map(([name, declared]) => {
    const { kind: _, buckets, job: own, ...rest } = declared;
    const metric: Metric & Sited = {
      ...rest,
      kind: 'metric',
      name,
      dimension: UNITS[rest.unit]?.dimension,
      job: own ?? job,
      // A unit that does not exist is reported later; nothing is thrown here.
      ...(buckets
        ? { buckets: buckets.map(({ base }) => (rest.unit in UNITS ? fromBase(base, rest.unit) : base)) }
        : {}),
    };
    return [name, copyCallSite(metric, declared)] as const;
  });
  return Object.fromEntries(named) as Metrics<S>;
};

/** The form of a label's values in the model. */
export const toLabelValues = (input: LabelInput): LabelValues => {
  if (input === 'any') return { kind: 'any' };
  return 'pattern' in input ? { kind: 'pattern', pattern: input.pattern } : { kind: 'oneOf', values: input };
};
