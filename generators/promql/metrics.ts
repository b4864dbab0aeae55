import type { UnitId } from './units.ts';

/** The four metric types of Prometheus's exposition format. */
export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary';

/** Which values a label can take: anything, one of a closed list, or what an RE2 pattern accepts (anchored). */
export type LabelValues =
  | { readonly kind: 'any' }
  | { readonly kind: 'oneOf'; readonly values: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** What is known of one metric: the facts that type checks, label semantics and unit semantics stand on. */
export interface MetricFacts {
  readonly name: string;
  readonly kind: MetricKind;
  /** The unit of a sample (of an observation for histograms and summaries). */
  readonly unit: UnitId;
  /** The labels the exporter sets, without those the scrape adds. */
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** Labels the scrape adds (`job`, `instance`, ...), present on every series. */
  readonly targetLabels?: Readonly<Record<string, LabelValues>>;
  /** Inclusive bounds of a sample's value, where they are known. */
  readonly range?: { readonly min?: number; readonly max?: number };
  /** Upper bounds of the buckets of a classic histogram, ascending, without +Inf, in the metric's unit. */
  readonly buckets?: readonly number[];
  /** True when the histogram is exposed as a native histogram too. */
  readonly native?: boolean;
  /** The quantiles of a summary. */
  readonly quantiles?: readonly number[];
}

/** A lookup of metrics by the name of the family (`http_request_duration_seconds`, not its `_bucket`). */
export type MetricTable = ReadonlyMap<string, MetricFacts>;
