import { TARGET_LABELS } from '../../conventions.ts';
import { callSiteOf, copyCallSite } from '../../diagnostics/call-site.ts';
import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import type { Metric as MetricInput } from '../metric.ts';
import { toLabelValues } from '../metric.ts';
import type { Metric } from '../model.ts';
import { metricSchema } from '../schema.ts';
import type { Reader } from './reader.ts';

const ANY = { kind: 'any' } as const;
const TARGET = Object.fromEntries(TARGET_LABELS.map((name) => [name, ANY]));

/** A declared metric in the form of the model; nothing when it does not stand. */
export const normaliseMetric = (
  reader: Reader,
  value: unknown,
  path: PropertyPath,
  jobs: readonly string[],
): Metric | undefined => {
  const input = reader.read(metricSchema, value, path) as MetricInput | undefined;
  if (!input) return undefined;
  const origin = { ...reader.at(path, `metric ${input.name}`) };
  reader.refer('job', input.job, jobs, callSiteOf(value) ? [...path, 'job'] : path);
  if (input.buckets?.some((bound, index) => index > 0 && bound <= (input.buckets?.[index - 1] ?? -Infinity))) {
    reader.report.add(
      'metric/buckets',
      { name: input.name, buckets: input.buckets },
      reader.at([...path, 'buckets'], `metric ${input.name}`),
    );
  }
  const reserved = Object.keys(input.labels).filter(
    (label) =>
      label.startsWith('__') ||
      (TARGET_LABELS as readonly string[]).includes(label) ||
      (label === 'le' && input.type === 'histogram') ||
      (label === 'quantile' && input.type === 'summary'),
  );
  for (const label of reserved) {
    reader.report.add(
      'metric/reserved-label',
      { name: input.name, label },
      reader.at([...path, 'labels', label], `metric ${input.name}`),
    );
  }
  return {
    name: input.name,
    kind: input.type,
    unit: input.unit,
    help: input.help,
    job: input.job,
    labels: Object.fromEntries(Object.entries(input.labels).map(([label, values]) => [label, toLabelValues(values)])),
    targetLabels: { ...TARGET, job: { kind: 'oneOf', values: [input.job] } },
    ...(input.range ? { range: input.range } : {}),
    ...(input.buckets ? { buckets: input.buckets } : {}),
    ...(input.native === undefined ? {} : { native: input.native }),
    ...(input.quantiles ? { quantiles: input.quantiles } : {}),
    origin,
  };
};

/** The declarations behind a query; each knows its own place. */
export const normaliseUsedMetrics = (
  reader: Reader,
  used: readonly MetricInput[],
  jobs: readonly string[],
): readonly Metric[] =>
  used.flatMap((metric) => normaliseMetric(reader.of(copyCallSite({ input: metric }, metric)), metric, [], jobs) ?? []);

/** Adds metrics to those that are there: each declaration once, two that disagree are an error. */
export const mergeMetrics = (
  reader: Reader,
  before: readonly Metric[],
  added: readonly Metric[],
): readonly Metric[] => {
  const byName = new Map(before.map((metric) => [metric.name, metric]));
  for (const metric of added) {
    const other = byName.get(metric.name);
    if (!other) {
      byName.set(metric.name, metric);
      continue;
    }
    const difference = describeDifference(other, metric);
    if (difference !== undefined) {
      reader.report.add('metric/declared-twice', { name: metric.name, difference }, metric.origin, {
        related: [{ note: 'the other declaration', at: other.origin }],
      });
    }
  }
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What two declarations of one name disagree about, in words; nothing when they agree. */
export const describeDifference = (a: Metric, b: Metric): string | undefined => {
  if (a.origin.site !== undefined && a.origin.site === b.origin.site) return undefined;
  if (a.kind !== b.kind) return `one is a ${a.kind}, the other a ${b.kind}`;
  if (a.unit !== b.unit) return `one is in ${a.unit}, the other in ${b.unit}`;
  if (a.job !== b.job) return `one is exposed by job "${a.job}", the other by "${b.job}"`;
  const [left, right] = [a, b].map((metric) => Object.keys(metric.labels).toSorted().join(', '));
  if (left !== right) return `one has the labels (${left}), the other (${right})`;
  const label = Object.keys(a.labels).find((name) => !isSame(a.labels[name], b.labels[name]));
  if (label !== undefined) return `their label "${label}" takes other values`;
  if (!isSame(a.buckets, b.buckets)) return 'their buckets differ';
  if (!isSame(a.quantiles, b.quantiles)) return 'their quantiles differ';
  if (!isSame(a.range, b.range)) return 'their ranges differ';
  return undefined;
};
