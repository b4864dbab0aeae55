/** Which series a metric's name stands for, and what the metric table promises about them. */
import type { Span } from '../ast.ts';
import { NO_SPAN } from '../ast.ts';
import type { LabelValues, MetricFacts, MetricTable } from '../metrics.ts';
import type { LabelFact, LabelFacts, Reason, SampleType, ValueRange } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import { makeFact, reason } from './labels.ts';
import { matchesEmptyText, patternValues } from './label-patterns.ts';
import { ANY_VALUE, BOOLEAN, between, constantRange, FINITE, NON_NEGATIVE } from './ranges.ts';

/** The part of a family that a series belongs to: the plain value, or what `_bucket`, `_sum` and `_count` name. */
export type SeriesPart = 'value' | 'bucket' | 'sum' | 'count' | 'quantile' | 'native';

/** A metric's name resolved against the metric table. */
export interface MetricSeries {
  readonly name: string;
  readonly part: SeriesPart;
  /** Absent for a metric nobody declared. */
  readonly metric?: MetricFacts;
  /** True when the declaration says that no such series exists: the bare name of a classic histogram. */
  readonly missing: boolean;
}

const SUFFIXES: readonly (readonly [string, SeriesPart])[] = [
  ['_bucket', 'bucket'],
  ['_sum', 'sum'],
  ['_count', 'count'],
];

/** Finds what a metric name stands for. */
export function resolveMetric(name: string, metrics: MetricTable | undefined): MetricSeries {
  const declared = metrics?.get(name);
  if (declared !== undefined) {
    switch (declared.kind) {
      case 'histogram':
        return { name, part: 'native', metric: declared, missing: declared.native !== true };
      case 'summary':
        return { name, part: 'quantile', metric: declared, missing: declared.quantiles?.length === 0 };
      default:
        return { name, part: 'value', metric: declared, missing: false };
    }
  }
  for (const [suffix, part] of SUFFIXES) {
    if (!name.endsWith(suffix)) continue;
    const family = metrics?.get(name.slice(0, -suffix.length));
    const has = family?.kind === 'histogram' || (family?.kind === 'summary' && part !== 'bucket');
    if (has) return { name, part, metric: family, missing: false };
  }
  return { name, part: 'value', missing: false };
}

/** True for series that count from the start of a process: counters, and the parts of histograms and summaries. */
export const isCumulative = ({ part, metric }: MetricSeries): boolean =>
  metric !== undefined && (part === 'value' ? metric.kind === 'counter' : part !== 'quantile');

/** Float samples or native histograms. Without a declaration a name says nothing about it. */
export function sampleType({ part, metric, name }: MetricSeries): SampleType {
  if (metric === undefined) return name in PROMETHEUS_METRICS ? 'float' : 'either';
  return part === 'native' ? 'histogram' : 'float';
}

/** The values that the samples of a series can have. */
export function valueRange({ part, metric, name }: MetricSeries): ValueRange {
  if (metric === undefined) return PROMETHEUS_METRICS[name]?.value ?? ANY_VALUE;
  if (part === 'bucket' || part === 'count') return NON_NEGATIVE;
  const { min = -Infinity, max = Infinity } = metric.range ?? {};
  const bounded = metric.range?.min !== undefined || metric.range?.max !== undefined;
  if (part === 'sum') return min >= 0 ? NON_NEGATIVE : ANY_VALUE;
  if (part === 'native') return ANY_VALUE;
  // A summary says NaN when it had no observations for a while.
  if (part === 'quantile') return { ...between(min, max), nan: true };
  if (metric.kind === 'counter') return { ...NON_NEGATIVE, ...(max < Infinity && { max, maxOpen: false }) };
  if (metric.unit === 'state' && !bounded) return BOOLEAN;
  return bounded ? between(min, max) : ANY_VALUE;
}

/** The `le` values (and `quantile` values) an exporter can write for a bound: `1` and `1.0`, `1e+06` and `1000000`. */
export function boundTexts(bound: number): readonly string[] {
  if (bound === Infinity) return ['+Inf'];
  if (bound === -Infinity) return ['-Inf'];
  const plain = String(bound);
  const exponent = bound === 0 ? 0 : Math.floor(Math.log10(Math.abs(bound)));
  const texts = [plain];
  if (exponent < -4 || exponent >= 6) {
    // Go writes at least two digits of exponent.
    texts.push(bound.toExponential().replace(/e([+-])(\d)$/u, 'e$10$2'));
  }
  return texts.flatMap((text) => (/[.e]/u.test(text) ? [text] : [text, `${text}.0`]));
}

/** A label as the table declares it: the exporter sets it, so it is there unless its values include the empty one. */
function declaredFact(name: string, values: LabelValues, why: Reason): LabelFact {
  switch (values.kind) {
    case 'any':
      return makeFact(name, 'must', why);
    case 'oneOf':
      return makeFact(name, values.values.includes('') ? 'can' : 'must', why, values.values);
    case 'pattern':
      return makeFact(
        name,
        matchesEmptyText(values.pattern) ? 'can' : 'must',
        why,
        patternValues(values.pattern),
        values.pattern,
      );
  }
}

/** The facts of a declared metric's labels, worked out once for each part of it; the reasons have no place yet. */
const DECLARED_FACTS = new WeakMap<MetricFacts, Map<SeriesPart, readonly LabelFact[]>>();

function declaredFacts(metric: MetricFacts, part: SeriesPart): readonly LabelFact[] {
  const parts = DECLARED_FACTS.get(metric) ?? new Map<SeriesPart, readonly LabelFact[]>();
  DECLARED_FACTS.set(metric, parts);
  const cached = parts.get(part);
  if (cached !== undefined) return cached;
  const declared = reason('declared', metric.name, NO_SPAN);
  const target = reason('target-label', metric.name, NO_SPAN);
  const facts = [
    ...Object.entries(metric.labels).map(([label, values]) => declaredFact(label, values, declared)),
    ...Object.entries(metric.targetLabels ?? {}).map(([label, values]) => declaredFact(label, values, target)),
    ...(part === 'bucket'
      ? [makeFact('le', 'must', declared, metric.buckets && [...metric.buckets, Infinity].flatMap(boundTexts))]
      : []),
    ...(part === 'quantile' ? [makeFact('quantile', 'must', declared, metric.quantiles?.flatMap(boundTexts))] : []),
  ];
  parts.set(part, facts);
  return facts;
}

/** The labels that the series of a metric carry. */
export function seriesLabels(series: MetricSeries, span: Span): LabelFacts {
  const { metric, name, part } = series;
  const known = new Map<string, LabelFact>();
  known.set(NAME_LABEL, {
    name: NAME_LABEL,
    presence: 'must',
    values: [name],
    reason: reason('metric-name', name, span),
  });
  if (metric === undefined) {
    const why = reason('target-label', name, span);
    for (const [label, values] of Object.entries(PROMETHEUS_METRICS[name]?.labels ?? {})) {
      known.set(label, makeFact(label, 'must', why, values));
    }
    return { known, open: true, rest: reason('undeclared-metric', name, span) };
  }
  const declared = reason('declared', name, span);
  const target = reason('target-label', name, span);
  for (const fact of declaredFacts(metric, part)) {
    known.set(fact.name, { ...fact, reason: fact.reason.code === 'declared' ? declared : target });
  }
  const open = metric.targetLabels === undefined;
  return { known, open, rest: open ? target : reason('not-declared', name, span) };
}

interface BuiltInMetric {
  readonly value: ValueRange;
  /** Labels on every series, with their values where they are known. Target labels may add others. */
  readonly labels: Readonly<Record<string, readonly string[] | undefined>>;
}

const scraped = (value: ValueRange): BuiltInMetric => ({ value, labels: { job: undefined, instance: undefined } });
const COUNT: ValueRange = { ...NON_NEGATIVE, integer: true };

/** Series that Prometheus itself writes (https://prometheus.io/docs/concepts/jobs_instances/ and the alerting docs). */
const PROMETHEUS_METRICS: Readonly<Record<string, BuiltInMetric>> = Object.assign(
  Object.create(null) as Record<string, BuiltInMetric>,
  {
    up: scraped(BOOLEAN),
    scrape_duration_seconds: scraped(NON_NEGATIVE),
    scrape_samples_scraped: scraped(COUNT),
    scrape_samples_post_metric_relabeling: scraped(COUNT),
    scrape_series_added: scraped(COUNT),
    scrape_timeout_seconds: scraped(NON_NEGATIVE),
    ALERTS: { value: constantRange(1), labels: { alertname: undefined, alertstate: ['pending', 'firing'] } },
    ALERTS_FOR_STATE: { value: FINITE, labels: { alertname: undefined } },
  } satisfies Record<string, BuiltInMetric>,
);
