import { SLO_WINDOW, TARGET_LABELS } from '../../conventions.ts';
import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import type { DurationLiteral, Expr, LabelMatcher, VectorSelector } from '../../promql/ast.ts';
import { NO_SPAN } from '../../promql/ast.ts';
import * as build from '../../promql/build.ts';
import { print } from '../../promql/print.ts';
import { matchesText, patternImplies } from '../../promql/re2.ts';
import { selectors } from '../../promql/walk.ts';
import type { UnitId } from '../../promql/units.ts';
import { UNITS } from '../../promql/units.ts';
import { formatAmount } from '../format.ts';
import type { Metric as MetricInput } from '../metric.ts';
import type { Indicator } from '../model.ts';
import type { Quantity } from '../quantities.ts';
import { fromBase, toBase } from '../quantities.ts';
import type { Query, Selection, Series } from '../query.ts';
import * as query from '../query.ts';
import type { SliDefinition } from '../slo.ts';
import { sli } from '../slo.ts';
import { indicatorSchemas, sliSchema } from '../slo-schema.ts';
import type { Reader } from './reader.ts';
import { readQuery } from './threshold.ts';

const OPEN: DurationLiteral = { kind: 'duration', ms: 300_000, variable: SLO_WINDOW, span: NO_SPAN };
const EVERY_MINUTE: DurationLiteral = { kind: 'duration', ms: 60_000, span: NO_SPAN };

/** Reads an indicator; nothing when it does not stand. `used` takes the declared metrics. */
export const normaliseIndicator = (
  reader: Reader,
  value: unknown,
  by: readonly string[],
  path: PropertyPath,
  subject: string,
  used: (metrics: readonly MetricInput[]) => void,
): Indicator | undefined => {
  const definition = reader.read(sliSchema, value, path, subject) as SliDefinition | undefined;
  if (!definition) return undefined;
  const context: Context = { reader, by, path, subject, used };
  const base = { origin: reader.at(path, subject) } as const;
  switch (definition.indicator) {
    case 'availability': {
      const input = reader.read(indicatorSchemas.availability, definition.input, path, subject);
      const { good, bad, total } = input ?? {};
      if (!total) return undefined;
      const counted = countEvents(context, { ...(bad ? { bad } : good ? { good } : {}), total });
      return (
        counted && {
          ...base,
          ...counted,
          kind: 'availability',
          properties: { bad: bad ? 'bad' : 'good', total: 'total' },
          good: 'an event that does not count as failed',
          events: 'events',
          perSecond: false,
        }
      );
    }
    case 'latency': {
      const input = reader.read(indicatorSchemas.latency, definition.input, path, subject);
      const bound = input && boundOf(context, input.histogram, input.below);
      if (!input || bound === undefined) return undefined;
      const { histogram, below } = input;
      const bucket = seriesOf(histogram, '_bucket', [leMatcher(bound)]);
      const counted = countEvents(context, { good: bucket, total: query.observations(histogram) }, true);
      const limit = formatAmount({ value: below.base, unit: below.unit });
      return (
        counted && {
          ...base,
          ...counted,
          kind: 'latency',
          properties: { bad: 'histogram', total: 'histogram' },
          good: `an observation of at most ${limit}`,
          events: 'observations',
          perSecond: false,
        }
      );
    }
    case 'native-latency': {
      const input = reader.read(indicatorSchemas['native-latency'], definition.input, path, subject);
      return input && native(context, input.histogram, input.below);
    }
    case 'upness': {
      const input = reader.read(indicatorSchemas.upness, definition.input, path, subject);
      return input && upness(context, input);
    }
    case 'freshness': {
      const input = reader.read(indicatorSchemas.freshness, definition.input, path, subject);
      if (!input) return undefined;
      const { lastSuccess, within } = input;
      if (!register(context, lastSuccess)) return undefined;
      const newest = over('max', by, exprOf(query.value(lastSuccess)));
      const age = build.binary('-', build.call('time'), newest);
      const isOld = build.binary('>', age, build.number(within.base), { bool: true });
      return {
        ...base,
        kind: 'freshness',
        properties: { bad: 'lastSuccess', total: 'lastSuccess' },
        good: `a minute whose last success is at most ${formatAmount({ value: within.base, unit: within.unit })} ago`,
        bad: build.call('sum_over_time', subquery(isOld)),
        total: build.call('count_over_time', subquery(newest)),
        perSecond: false,
        events: 'minutes',
        jobs: jobsOf(lastSuccess),
      };
    }
    case 'ratio': {
      const input = reader.read(indicatorSchemas.ratio, definition.input, path, subject);
      return input && freeRatio(context, input);
    }
  }
};

interface Context {
  readonly reader: Reader;
  readonly by: readonly string[];
  readonly path: PropertyPath;
  readonly subject: string;
  readonly used: (metrics: readonly MetricInput[]) => void;
}

type Parts = Pick<Indicator, 'bad' | 'total' | 'jobs'>;

const metricOf = (series: Series): MetricInput => (series.kind === 'selection' ? series.metric : series);
const jobsOf = (...series: readonly Series[]): readonly string[] =>
  [...new Set(series.map((one) => metricOf(one).job))].toSorted();

/** An expression that our own builder made of a series has a tree. */
const exprOf = ({ expr }: Query): Expr => expr ?? build.number(Number.NaN);

const over = (op: 'sum' | 'max', by: readonly string[], expr: Expr): Expr =>
  build.aggregate(op, expr, by.length > 0 ? { by } : {});

const subquery = (expr: Expr): Expr => ({ kind: 'subquery', expr, range: OPEN, step: EVERY_MINUTE, span: NO_SPAN });

const rangeOf = (expr: Expr): Expr =>
  expr.kind === 'vector' ? { kind: 'matrix', selector: expr, range: OPEN, span: NO_SPAN } : expr;

/** Notes the metric of a series, and checks that it has the labels the SLO is grouped by. */
const register = ({ reader, by, path, subject, used }: Context, ...series: readonly Series[]): boolean => {
  const metrics = [...new Set(series.map(metricOf))];
  used(metrics);
  let isFine = true;
  for (const metric of metrics) {
    const known = [...Object.keys(metric.labels), ...TARGET_LABELS];
    for (const label of by) {
      if (known.includes(label)) continue;
      isFine = false;
      reader.report.add(
        'slo/group-label',
        { label, metric: metric.name, suggestions: suggest(label, known) },
        reader.at([...path.slice(0, -1), 'by'], subject),
      );
    }
  }
  return isFine;
};

/** Some series of a histogram as a counter of events. */
const seriesOf = (
  histogram: Series<'histogram'>,
  suffix: Selection['suffix'],
  matchers: readonly LabelMatcher[] = [],
): Selection<'counter', 'count'> => {
  const observed = query.observations(histogram);
  return { ...observed, suffix, matchers: [...observed.matchers, ...matchers] };
};

/** Events, or 0 where there are any: the series of a kind of event may come late, or never. */
const orNone = (events: Expr, all: Expr): Expr => build.binary('or', events, build.binary('*', all, build.number(0)));

const clampedRest = (total: Expr, good: Expr): Expr =>
  // Extrapolation at the ends of a window can make the good events more than all events.
  build.call('clamp_min', build.binary('-', total, good), build.number(0));

const countEvents = (
  context: Context,
  {
    good,
    bad,
    total,
  }: { readonly good?: Series<'counter'>; readonly bad?: Series<'counter'>; readonly total: Series<'counter'> },
  isBucket = false,
): Parts | undefined => {
  const { by } = context;
  const part = good ?? bad;
  if (!part || !register(context, part, total)) return undefined;
  const name = good ? 'good' : 'bad';
  const [partSelector, totalSelector] = [part, total].map(
    (one) => selectors(exprOf(query.increase(one, sli.window)))[0]?.selector,
  );
  const labels = Object.keys(metricOf(part).labels);
  if (!isBucket && partSelector && totalSelector && !isPart(context, name, partSelector, totalSelector, labels))
    return undefined;
  const sum = (series: Series<'counter'>): Expr => over('sum', by, exprOf(query.increase(series, sli.window)));
  const all = sum(total);
  const jobs = jobsOf(part, total);
  if (bad) return { bad: orNone(sum(bad), all), total: all, jobs };
  const goodEvents = sum(part);
  // A bucket is there as soon as its histogram is: one that is missing is a mistake, and no sign of slowness.
  return { bad: clampedRest(all, isBucket ? goodEvents : orNone(goodEvents, all)), total: all, jobs };
};

/**
 * Whether a selector takes nothing that the one of all events does not take, by their matchers; reports when it does.
 * Matchers of labels that the metric of the part does not have say nothing.
 */
const isPart = (
  { reader, path, subject }: Context,
  name: string,
  part: VectorSelector,
  total: VectorSelector,
  labels: readonly string[],
): boolean => {
  const at = reader.at([...path, name], subject);
  if (print(part) === print(total)) {
    reader.report.add('slo/same-events', { name, text: print(total) }, at);
    return false;
  }
  const stray = total.matchers.find(
    (matcher) =>
      (part.name === total.name || labels.includes(matcher.name)) &&
      !part.matchers.some((other) => other.name === matcher.name && impliesMatcher(other, matcher)),
  );
  if (!stray) return true;
  const matcher = print({ kind: 'vector', matchers: [stray], span: NO_SPAN }).slice(1, -1);
  reader.report.add('slo/not-a-part', { name, matcher, part: print(part), total: print(total) }, at);
  return false;
};

/** Whether every value that one matcher accepts is accepted by the other. Undecided counts as yes. */
const impliesMatcher = (a: LabelMatcher, b: LabelMatcher): boolean => {
  if (a.op === b.op && a.value === b.value) return true;
  switch (a.op) {
    case '=':
      if (b.op === '=') return false;
      if (b.op === '!=') return a.value !== b.value;
      return (matchesText(b.value, a.value) ?? true) === (b.op === '=~');
    case '=~':
      if (b.op === '=') return patternImplies(a.value, escapeRe2(b.value)) ?? true;
      if (b.op === '=~') return patternImplies(a.value, b.value) ?? true;
      if (b.op === '!=') return !(matchesText(a.value, b.value) ?? false);
      return true;
    default:
      return false;
  }
};

const escapeRe2 = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);

/** The limit in the unit of the histogram, when it is the bound of a bucket. */
const boundOf = (
  { reader, path, subject }: Context,
  histogram: Series<'histogram'>,
  below: Quantity,
): number | undefined => {
  const metric = metricOf(histogram);
  const at = reader.at([...path, 'below'], subject);
  if (UNITS[metric.unit].dimension !== below.dimension) {
    reader.report.add(
      'slo/limit-unit',
      { given: below.dimension, wanted: UNITS[metric.unit].dimension, metric: metric.name },
      at,
    );
    return undefined;
  }
  const limit = fromBase(below.base, metric.unit);
  const bounds = metric.buckets ?? [];
  const found = bounds.find((bound) => Math.abs(bound - limit) <= 1e-9 * Math.abs(limit));
  if (found === undefined) {
    const words = (bound: number | undefined): string[] =>
      bound === undefined ? [] : [boundText(toBase(bound, metric.unit), metric.unit)];
    reader.report.add(
      'slo/bucket',
      {
        metric: metric.name,
        limit: formatAmount({ value: below.base, unit: below.unit }),
        nearest: [
          ...words(bounds.filter((bound) => bound < limit).at(-1)),
          ...words(bounds.find((bound) => bound > limit)),
        ],
      },
      at,
    );
  }
  return found;
};

/** Parts of a second are read more easily in milliseconds. */
const boundText = (value: number, unit: UnitId): string =>
  formatAmount({ value, unit: unit === 'seconds' && value < 1 ? 'milliseconds' : unit });

/**
 * The bucket of a bound as every client and version writes it: Prometheus 3 writes whole numbers with `.0`, Prometheus 2
 * keeps what the client wrote, and Go writes very large and very small numbers with an exponent.
 */
const leMatcher = (bound: number): LabelMatcher => {
  const plain = Number.isInteger(bound) && Math.abs(bound) < 1e21 ? BigInt(bound).toString() : decimalText(bound);
  const words = [...new Set([plain, ...(Number.isInteger(bound) ? [`${plain}.0`] : []), exponentText(bound)])];
  return words.length === 1
    ? build.matcher('le', '=', plain)
    : build.matcher('le', '=~', words.map(escapeRe2).join('|'));
};

const decimalText = (value: number): string => {
  const text = String(value);
  const [, digits = '', , fraction = '', exponent] = /^(\d+)(\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  return exponent === undefined ? text : `0.${'0'.repeat(Number(exponent) - 1)}${digits}${fraction}`;
};

/** As Go formats a float with the fewest digits: with an exponent below 1e-4 and from 1e21 (1e6 in some clients). */
const exponentText = (value: number): string => {
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 6) return Number.isInteger(value) ? String(value) : decimalText(value);
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  return `${mantissa}e${power.startsWith('-') ? '-' : '+'}${power.slice(1).padStart(2, '0')}`;
};

const native = (context: Context, histogram: Series<'histogram'>, below: Quantity): Indicator | undefined => {
  const { reader, by, path, subject } = context;
  const metric = metricOf(histogram);
  if (metric.native !== true) {
    reader.report.add('slo/not-native', { metric: metric.name }, reader.at([...path, 'histogram'], subject));
    return undefined;
  }
  if (UNITS[metric.unit].dimension !== below.dimension) {
    reader.report.add(
      'slo/limit-unit',
      { given: below.dimension, wanted: UNITS[metric.unit].dimension, metric: metric.name },
      reader.at([...path, 'below'], subject),
    );
    return undefined;
  }
  if (!register(context, histogram)) return undefined;
  const observed = over('sum', by, exprOf(query.increase(seriesOf(histogram, ''), sli.window)));
  const total = build.call('histogram_count', observed);
  const limit = build.number(fromBase(below.base, metric.unit));
  const within = build.call('histogram_fraction', build.number(-Infinity), limit, observed);
  const share = build.binary('-', build.number(1), within);
  // Without observations the fraction is NaN, which would poison whatever is summed over it.
  const bad = build.binary('*', share, build.binary('>', total, build.number(0)));
  return {
    kind: 'native-latency',
    properties: { bad: 'histogram', total: 'histogram' },
    good: `an observation of at most ${formatAmount({ value: below.base, unit: below.unit })}`,
    bad: orNone(build.call('clamp_min', bad, build.number(0)), total),
    total,
    perSecond: false,
    events: 'observations',
    jobs: [metric.job],
    origin: reader.at(path, subject),
  };
};

const upness = (
  context: Context,
  { job, gauge }: { readonly job?: string | undefined; readonly gauge?: Series<'gauge', 'state'> | undefined },
): Indicator | undefined => {
  const { reader, by, path, subject } = context;
  if (gauge && !register(context, gauge)) return undefined;
  if (!gauge) {
    const stray = by.find((label) => !(TARGET_LABELS as readonly string[]).includes(label));
    if (stray !== undefined) {
      reader.report.add(
        'slo/group-label',
        { label: stray, metric: 'up', suggestions: suggest(stray, TARGET_LABELS) },
        reader.at([...path.slice(0, -1), 'by'], subject),
      );
      return undefined;
    }
  }
  const name = gauge ? 'gauge' : 'job';
  const samples = rangeOf(exprOf(gauge ? query.value(gauge) : query.up(job ?? '')));
  const total = over('sum', by, build.call('count_over_time', samples));
  const up = over('sum', by, build.call('sum_over_time', samples));
  return {
    kind: 'upness',
    properties: { bad: name, total: name },
    good: gauge ? 'a sample at which it is up' : 'a scrape that a target answers',
    bad: clampedRest(total, up),
    total,
    perSecond: false,
    events: 'samples',
    jobs: gauge ? jobsOf(gauge) : [job ?? ''],
    origin: reader.at(path, subject),
  };
};

type RatioInput = Readonly<Partial<Record<'good' | 'bad' | 'total' | 'errorRatio', Query | undefined>>>;

const freeRatio = (context: Context, input: RatioInput): Indicator | undefined => {
  const { reader, path, subject, used } = context;
  const base = { kind: 'ratio', origin: reader.at(path, subject) } as const;
  const take = (name: keyof RatioInput): (Query & { readonly expr: Expr }) | undefined => {
    const given = input[name];
    const found = given && readQuery(reader, given, [...path, name], subject);
    if (!found) return undefined;
    used(found.metrics);
    if (!isOpen(found.expr)) {
      reader.report.add('slo/window-missing', { name }, reader.at([...path, name], subject));
      return undefined;
    }
    return found;
  };
  const jobs = (...queries: readonly Query[]): readonly string[] =>
    [...new Set(queries.flatMap(({ metrics }) => metrics.map(({ job }) => job)))].toSorted();
  if (input.errorRatio) {
    const found = take('errorRatio');
    if (!found) return undefined;
    const one = build.binary('+', build.binary('*', found.expr, build.number(0)), build.number(1));
    return {
      ...base,
      properties: { bad: 'errorRatio', total: 'errorRatio' },
      good: 'a moment without errors',
      bad: found.expr,
      total: one,
      perSecond: true,
      events: 'seconds',
      jobs: jobs(found),
    };
  }
  const name = input.good ? 'good' : 'bad';
  const [part, total] = [take(name), take('total')];
  if (!part || !total) return undefined;
  const isRate = total.unit === 'per_second';
  if (part.unit !== total.unit || !(isRate || total.dimension === 'count')) {
    reader.report.add(
      'slo/event-unit',
      { name, part: part.unit, total: total.unit },
      reader.at([...path, name], subject),
    );
    return undefined;
  }
  const [partSelector, totalSelector] = [part.expr, total.expr].map(onlySelector);
  // Of two metrics nobody knows which labels they share in a free query.
  if (partSelector && totalSelector && partSelector.name === totalSelector.name) {
    if (!isPart(context, name, partSelector, totalSelector, [])) return undefined;
  }
  return {
    ...base,
    properties: { bad: name, total: 'total' },
    good: 'an event that does not count as failed',
    bad: name === 'bad' ? orNone(part.expr, total.expr) : clampedRest(total.expr, orNone(part.expr, total.expr)),
    total: total.expr,
    perSecond: isRate,
    events: 'events',
    jobs: jobs(part, total),
  };
};

/** The selector of a sum over one counter: then it is known which events are counted. */
const onlySelector = (expr: Expr): VectorSelector | undefined => {
  if (expr.kind !== 'aggregate' || expr.op !== 'sum' || expr.expr.kind !== 'call') return undefined;
  const [argument, ...others] = expr.expr.args;
  return argument?.kind === 'matrix' && others.length === 0 ? argument.selector : undefined;
};

const isOpen = (expr: Expr): boolean => print(expr).includes(`$${SLO_WINDOW}`);
