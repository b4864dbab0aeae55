import type { Location, Origin, Related } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../diagnostics/frame.ts';
import type { Report } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { TARGET_LABELS } from '../conventions.ts';
import type { Job, Metric } from '../model/model.ts';
import type { LabelValues } from '../promql/metrics.ts';
import { matchesText } from '../promql/re2.ts';
import type { Exposition, Family, LabelPair, Sample, TextRange } from './exposition.ts';
import { labelOf } from './exposition.ts';
import { readNumber } from './number.ts';
import { agreesWith, isSmallTime, stemOf, unitOfName, unitOfWord } from './units.ts';

/** The answer of one scrape, and what it is called in findings. */
export interface ScrapedText {
  /** A URL or the name of a file. */
  readonly name: string;
  readonly text: string;
  readonly exposition: Exposition;
}

/** Series of one metric above which somebody should look. Buckets are not counted. */
export const MOST_SERIES = 1000;

/** A family under the name and kind that Prometheus stores it with. */
interface Exposed {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';
  readonly family: Family;
}

/** OpenMetrics writes the suffix of counters and infos at the samples only, and has types that are gauges for Prometheus. */
const exposedAs = (family: Family, isOpen: boolean): Exposed => {
  const type = family.type?.value ?? 'untyped';
  if (type === 'counter') return { name: isOpen ? `${family.name}_total` : family.name, kind: 'counter', family };
  if (type === 'info') return { name: `${family.name}_info`, kind: 'gauge', family };
  if (type === 'stateset') return { name: family.name, kind: 'gauge', family };
  return { name: family.name, kind: type === 'gaugehistogram' ? 'histogram' : type, family };
};

/** What tells a series from others of its metric, without what a bucket or a quantile adds. */
const ownLabels = (sample: Sample, { kind }: Exposed): readonly LabelPair[] =>
  sample.labels.filter(
    ({ name }) => !(name === 'le' && kind === 'histogram') && !(name === 'quantile' && kind === 'summary'),
  );

const keyOf = (labels: readonly LabelPair[]): string =>
  labels
    .map(({ name, value }) => `${name}=${JSON.stringify(value)}`)
    .toSorted()
    .join(',');

/** The samples of each series; those of a histogram or a summary with all that belongs to them. */
const groupBySeries = (one: Exposed): ReadonlyMap<string, readonly Sample[]> => {
  const sets = new Map<string, Sample[]>();
  for (const sample of one.family.samples) {
    const key = keyOf(ownLabels(sample, one));
    const set = sets.get(key);
    if (set) set.push(sample);
    else sets.set(key, [sample]);
  }
  return sets;
};

const seriesOf = (sample: Sample): string =>
  sample.labels.length === 0 ? sample.name : `${sample.name}{${keyOf(sample.labels)}}`;

const allows = (values: LabelValues, value: string): boolean => {
  if (values.kind === 'any') return true;
  if (values.kind === 'oneOf') return values.values.includes(value);
  return matchesText(values.pattern, value) ?? true;
};

/** Whether every combination of label values is known in advance. */
const isClosed = ({ labels }: Metric): boolean => Object.values(labels).every(({ kind }) => kind === 'oneOf');

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, index) => Math.abs(value - (b[index] ?? 0)) <= Math.abs(value) * 1e-9);

/**
 * Compares what a job exposes with the metrics it is declared to expose; every difference is a finding at the line of the
 * definition, with the line of the exposition beside it.
 */
export const compareExposition = (job: Job, metrics: readonly Metric[], source: ScrapedText, report: Report): void => {
  const { exposition, text } = source;
  const isOpen = exposition.format === 'openmetrics';
  const placeOf = ({ from, to }: TextRange): Location => ({ file: source.name, ...spanAt(text, from, to) });
  const see = (range: TextRange, note: string): { readonly related: readonly Related[] } => ({
    related: [{ note, at: placeOf(range) }],
  });

  for (const { message, from, to } of exposition.problems)
    report.add('exposition/syntax', { message }, placeOf({ from, to }));

  const exposed = exposition.families.map((family) => exposedAs(family, isOpen));
  const byName = new Map(exposed.map((one) => [one.name, one]));
  const declared = new Map(metrics.map((metric) => [metric.name, metric]));
  const unclaimed = exposed.filter(({ name }) => !declared.has(name)).map(({ name }) => name);
  const unanswered = [...declared.keys()].filter((name) => !byName.has(name));
  const nearest = (name: string, candidates: readonly string[]): readonly string[] => {
    const otherUnit = candidates.filter((one) => stemOf(one) === stemOf(name));
    return otherUnit.length > 0 ? otherUnit : suggest(name, candidates);
  };

  for (const name of unanswered) {
    const metric = declared.get(name);
    const suggestions = nearest(name, unclaimed);
    const found = byName.get(suggestions[0] ?? '');
    report.add(
      'exposition/metric-missing',
      { name, job: job.id, suggestions },
      metric?.origin,
      found && see(found.family.first, `${found.name} is exposed`),
    );
  }

  for (const one of exposed) {
    checkFormat(one, declared.get(one.name)?.origin ?? job.origin);
    const metric = declared.get(one.name);
    if (metric) compareFamily(metric, one);
    else {
      report.add(
        'exposition/metric-undeclared',
        { name: one.name, job: job.id, suggestions: nearest(one.name, unanswered) },
        job.origin,
        see(one.family.first, 'exposed here'),
      );
      const said = unitOfName(one.name);
      if (isSmallTime(said))
        report.add(
          'exposition/milliseconds',
          { name: one.name, reason: `its name says ${said}` },
          job.origin,
          see(one.family.first, 'exposed here'),
        );
    }
  }

  /** What is wrong with a family whatever it was declared as. */
  function checkFormat(one: Exposed, at: Origin): void {
    const { name, family } = one;
    const { samples } = family;
    const stamped = samples.filter(({ timestamp }) => timestamp !== undefined);
    const [firstStamped] = stamped;
    if (firstStamped)
      report.add('exposition/timestamp', { name, samples: stamped.length }, at, see(firstStamped, 'the first of them'));

    const seen = new Map<string, Sample>();
    for (const sample of samples) {
      const series = seriesOf(sample);
      const before = seen.get(series);
      if (before)
        report.add('exposition/duplicate', { series }, at, {
          related: [
            { note: 'the first time', at: placeOf(before) },
            { note: 'the second time', at: placeOf(sample) },
          ],
        });
      else seen.set(series, sample);
    }

    const sets = groupBySeries(one);
    if (sets.size > MOST_SERIES) {
      const values = new Map<string, Set<string>>();
      for (const [sample] of sets.values())
        for (const label of sample ? ownLabels(sample, one) : [])
          values.set(label.name, (values.get(label.name) ?? new Set()).add(label.value));
      const [label, of] = [...values].toSorted(([, a], [, b]) => b.size - a.size)[0] ?? ['', new Set()];
      report.add(
        'exposition/cardinality',
        { name, series: sets.size, limit: MOST_SERIES, label, values: of.size },
        at,
        see(family.first, 'exposed here'),
      );
    }
    if (family.type?.value === 'histogram') for (const set of sets.values()) checkHistogram(one, set, at);
  }

  function checkHistogram({ name, family }: Exposed, own: readonly Sample[], at: Origin): void {
    const buckets = own
      .filter((sample) => sample.name === `${name}_bucket`)
      .map((sample) => ({ sample, bound: readNumber(labelOf(sample, 'le')) ?? NaN }))
      .toSorted((a, b) => a.bound - b.bound);
    const count = own.find((sample) => sample.name === `${name}_count`);
    const last = buckets.at(-1);
    const [first] = own;
    const fail = (problem: string, range: TextRange = first ?? family.first): void =>
      report.add('exposition/histogram', { name, problem }, at, see(range, 'here'));
    if (last?.bound !== Infinity) return fail('the bucket le="+Inf" is missing');
    if (!count || !own.some((sample) => sample.name === `${name}_sum`))
      return fail(`${name}_sum or ${name}_count is missing`);
    if (count.value !== last.sample.value)
      return fail(`its count is ${count.value}, and its last bucket ${last.sample.value}`, count);
    const falling = buckets.find(({ sample }, index) => sample.value < (buckets[index - 1]?.sample.value ?? 0));
    if (falling)
      return fail(
        'a bucket holds less than the one below it; buckets count all observations up to their bound',
        falling.sample,
      );
    return undefined;
  }

  function compareFamily(metric: Metric, one: Exposed): void {
    const { name, origin } = metric;
    const { family } = one;
    const at = family.type ?? family.samples[0] ?? family.first;

    if (one.kind !== metric.kind) {
      if (metric.kind === 'histogram' && one.kind === 'summary')
        report.add('exposition/summary', { name }, origin, see(at, 'exposed here'));
      else
        report.add(
          'exposition/kind',
          { name, declared: metric.kind, exposed: one.kind },
          origin,
          see(at, 'exposed here'),
        );
    }
    compareUnit(metric, one);
    if (family.help && family.help.value.trim() !== metric.help.trim())
      report.add(
        'exposition/help',
        { name, declared: metric.help, exposed: family.help.value },
        origin,
        see(family.help, 'exposed here'),
      );
    if (family.samples.length === 0) {
      if (isClosed(metric)) report.add('exposition/no-series', { name }, origin, see(family.first, 'announced here'));
      return;
    }
    compareLabels(metric, one);
    compareValues(metric, one);
    if (metric.kind === one.kind && metric.buckets && !metric.native) compareBounds(metric, one, metric.buckets, 'le');
    if (metric.kind === one.kind && metric.quantiles) compareBounds(metric, one, metric.quantiles, 'quantile');
  }

  function compareUnit({ name, unit, origin }: Metric, { family }: Exposed): void {
    const said = unitOfName(name);
    if (said !== undefined && !agreesWith(said, unit)) {
      report.add(
        'exposition/unit',
        { name, declared: unit, exposed: said, where: 'name' },
        origin,
        see(family.first, 'exposed here'),
      );
    }
    const line = family.unit;
    if (line === undefined || line.value === '') return;
    const meant = unitOfWord(line.value);
    if (meant === undefined || !agreesWith(meant, unit))
      report.add(
        'exposition/unit',
        { name, declared: unit, exposed: line.value, where: 'unit-line' },
        origin,
        see(line, 'said here'),
      );
  }

  function compareLabels(metric: Metric, one: Exposed): void {
    const { name, origin } = metric;
    const wanted = Object.keys(metric.labels);
    const missing = new Set<string>();
    const extra = new Set<string>();
    const wrongValues = new Set<string>();
    let witness: Sample | undefined;
    for (const sample of one.family.samples) {
      const labels = ownLabels(sample, one);
      const has = new Set(labels.map((label) => label.name));
      const before = missing.size + extra.size;
      for (const label of wanted) if (!has.has(label)) missing.add(label);
      for (const label of labels) {
        const values = metric.labels[label.name];
        if (values === undefined) {
          if (!(TARGET_LABELS as readonly string[]).includes(label.name)) extra.add(label.name);
          else if (!wrongValues.has(label.name)) {
            wrongValues.add(label.name);
            report.add('exposition/target-label', { name, label: label.name }, origin, see(label, 'set here'));
          }
          continue;
        }
        const key = `${label.name}=${label.value}`;
        if (allows(values, label.value) || wrongValues.has(key)) continue;
        wrongValues.add(key);
        const known = values.kind === 'oneOf' ? values.values : [];
        report.add(
          'exposition/label-value',
          { name, label: label.name, value: label.value, suggestions: suggest(label.value, known) },
          origin,
          see(label, 'exposed here'),
        );
      }
      if (missing.size + extra.size > before) witness ??= sample;
    }
    if (witness)
      report.add(
        'exposition/labels',
        { name, missing: [...missing].toSorted(), extra: [...extra].toSorted() },
        origin,
        see(witness, 'for example here'),
      );
  }

  function compareValues(metric: Metric, one: Exposed): void {
    const { name, origin, range, kind } = metric;
    const least = kind === 'counter' ? 0 : range?.min;
    const wrong = one.family.samples.find(
      (sample) =>
        sample.name === name &&
        ((kind === 'counter' && Number.isNaN(sample.value)) ||
          (least !== undefined && sample.value < least) ||
          (range?.max !== undefined && sample.value > range.max)),
    );
    if (wrong) {
      const problem = Number.isNaN(wrong.value)
        ? 'a counter always has a value'
        : least !== undefined && wrong.value < least
          ? `it is never below ${least}`
          : `it is never above ${range?.max}`;
      report.add('exposition/value', { name, value: wrong.value, problem }, origin, see(wrong, 'exposed here'));
    }
    if (metric.unit !== 'seconds' || kind !== 'histogram' || one.kind !== 'histogram') return;
    const most = Math.max(...(metric.buckets ?? []));
    const sumOf = (suffix: string): number =>
      one.family.samples.reduce((sum, sample) => (sample.name === `${name}${suffix}` ? sum + sample.value : sum), 0);
    const mean = sumOf('_sum') / sumOf('_count');
    // Fine services stay inside their buckets, and milliseconds are a thousand times as much.
    if (Number.isFinite(most) && mean > 10 * most)
      report.add(
        'exposition/milliseconds',
        { name, reason: `its mean is ${Number(mean.toPrecision(3))}, and its largest bucket ${most} s` },
        origin,
        see(one.family.first, 'exposed here'),
      );
  }

  function compareBounds(metric: Metric, one: Exposed, wanted: readonly number[], label: 'le' | 'quantile'): void {
    const { name, origin } = metric;
    const sorted = wanted.toSorted((a, b) => a - b);
    for (const samples of groupBySeries(one).values()) {
      const bounded = samples.flatMap((sample) => {
        const bound = readNumber(labelOf(sample, label));
        return bound === undefined ? [] : [{ sample, bound }];
      });
      const [first] = bounded;
      const found = bounded
        .map(({ bound }) => bound)
        .filter(Number.isFinite)
        .toSorted((a, b) => a - b);
      if (first === undefined || isSame(sorted, found)) continue;
      report.add(
        label === 'le' ? 'exposition/buckets' : 'exposition/quantiles',
        { name, declared: wanted, exposed: found },
        origin,
        see(first.sample, 'exposed here'),
      );
      return;
    }
  }
};
