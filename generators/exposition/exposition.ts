/** What a service answers to a scrape: metric families with their samples, and where each stands in the text. */

/** The two text formats: Prometheus's own (0.0.4), and OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** Offsets in the text, in UTF-16 code units; the end is exclusive. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** The types of both formats; `untyped` is called `unknown` by OpenMetrics. */
export const FAMILY_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'summary',
  'untyped',
  'gaugehistogram',
  'stateset',
  'info',
] as const;

export type FamilyType = (typeof FAMILY_TYPES)[number];

/** A line of metadata. */
export interface Said<T> extends TextRange {
  readonly value: T;
}

export interface LabelPair extends TextRange {
  readonly name: string;
  readonly value: string;
}

export interface Exemplar extends TextRange {
  readonly labels: readonly LabelPair[];
  readonly value: number;
  /** Seconds. */
  readonly timestamp?: number;
}

export interface Sample extends TextRange {
  readonly name: string;
  readonly labels: readonly LabelPair[];
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly timestamp?: number;
  readonly exemplar?: Exemplar;
}

/** The samples of one metric. A counter of OpenMetrics has the name without `_total`. */
export interface Family {
  readonly name: string;
  readonly type?: Said<FamilyType>;
  readonly help?: Said<string>;
  readonly unit?: Said<string>;
  readonly samples: readonly Sample[];
  /** Where it is first spoken of. */
  readonly first: TextRange;
}

/** Something that a reader of the format would refuse. */
export interface Problem extends TextRange {
  readonly message: string;
}

export interface Exposition {
  readonly format: ExpositionFormat;
  /** In the order in which they appear. */
  readonly families: readonly Family[];
  readonly problems: readonly Problem[];
}

/** The value of a label; the empty text when it is not there, which is the same for Prometheus. */
export const labelOf = (sample: Sample, name: string): string =>
  sample.labels.find((label) => label.name === name)?.value ?? '';
