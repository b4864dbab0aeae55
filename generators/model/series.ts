/** Some series of a declared metric: what selects them, and what can be wrong about that. */
import { SLO_WINDOW } from '../conventions.ts';
import type { DurationLiteral, Expr, LabelMatcher, VectorSelector } from '../promql/ast.ts';
import { NO_SPAN } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import type { MetricKind } from '../promql/metrics.ts';
import { validateRe2 } from '../promql/re2.ts';
import type { Dimension, UnitId } from '../promql/units.ts';
import type { LabelInput, LabelInputs, LabelPattern, Metric } from './metric.ts';
import type { Duration } from './quantities.ts';
import { isTime, isWholeDuration, toMilliseconds } from './quantities.ts';

/** The length of a range: a duration, or Grafana's `$__rate_interval` for panels (never for alerts). */
export type Window = Duration | RateInterval | SloWindow;

/** The open window of an indicator: each rule of an SLO puts its own there. */
export interface SloWindow {
  readonly kind: 'slo-window';
}

/** Grafana's `$__rate_interval`: a window that follows the panel's resolution and the scrape interval. */
export interface RateInterval {
  readonly kind: 'rate-interval';
}

/** See {@link RateInterval}. */
export const rateInterval: RateInterval = { kind: 'rate-interval' };

/** Another value than this one: what `not` gives. */
export interface ValueMatch<V extends string = string> {
  readonly kind: 'label-match';
  readonly op: '!=';
  readonly value: V;
}

/** An RE2 pattern for the whole value: what `matches` and `notMatches` give. */
export interface PatternMatch {
  readonly kind: 'label-match';
  readonly op: '=~' | '!~';
  readonly value: string;
}

/** A matcher other than equality: what `matches`, `not` and `notMatches` give. */
export type LabelMatch<V extends string = string> = ValueMatch<V> | PatternMatch;

/** The label matches an RE2 pattern as a whole: `=~`. */
export const matches = (pattern: string): PatternMatch => ({ kind: 'label-match', op: '=~', value: pattern });
/** The label does not match an RE2 pattern: `!~`. */
export const notMatches = (pattern: string): PatternMatch => ({ kind: 'label-match', op: '!~', value: pattern });
/** The label has another value: `!=`. */
export const not = <const V extends string>(value: V): ValueMatch<V> => ({ kind: 'label-match', op: '!=', value });

type ValueOf<I extends LabelInput> = I extends readonly (infer V extends string)[]
  ? V
  : I extends LabelPattern | 'any'
    ? string
    : never;

/** What a selection may say of the labels of a metric; the values of a closed list are checked. */
export type MatchersOf<L extends LabelInputs> = {
  readonly [K in keyof L]?: ValueOf<L[K]> | readonly ValueOf<L[K]>[] | LabelMatch<ValueOf<L[K]>>;
} & { readonly [K in TargetLabel]?: string | readonly string[] | LabelMatch };

/** The labels a scrape adds. */
export type TargetLabel = 'instance' | 'job';

/** Some series of a metric: the metric with label matchers, or one of the series of a histogram or summary. */
export interface Selection<
  K extends MetricKind = MetricKind,
  D extends Dimension = Dimension,
  L extends LabelInputs = LabelInputs,
> {
  readonly kind: 'selection';
  readonly metric: Metric;
  readonly type: K;
  readonly dimension: D;
  readonly unit: UnitId;
  readonly labels: L;
  readonly suffix: '' | '_bucket' | '_count' | '_sum';
  readonly matchers: readonly LabelMatcher[];
  /** What is wrong with the matchers. */
  readonly problems: readonly QueryProblem[];
}

/** A metric or some of its series. */
export type Series<
  K extends MetricKind = MetricKind,
  D extends Dimension = Dimension,
  L extends LabelInputs = LabelInputs,
> = Metric<string, K, D, L> | Selection<K, D, L>;

/** A mistake in a query, kept for the report of whatever uses the query: building one never throws. */
export interface QueryProblem {
  readonly message: string;
  /** The free text that the message is about, and the place in it. */
  readonly at?: { readonly text: string; readonly from: number; readonly to: number };
}

/** The label names of a metric's series. */
export type LabelsOf<L extends LabelInputs> = (keyof L & string) | TargetLabel;

/** A problem of a call: there is no text that it could point at. */
export const problem = (message: string): QueryProblem => ({ message });
/** A problem when something is wrong. */
export const problemIf = (isWrong: boolean, message: () => string): readonly QueryProblem[] =>
  isWrong ? [problem(message())] : [];

/** True for what has properties. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isMetric = (value: unknown): value is Metric =>
  isObject(value) && value['kind'] === 'metric' && typeof value['name'] === 'string' && isObject(value['labels']);

/** True for a declared metric and for a selection. */
export const isSeries = (value: unknown): value is Series =>
  isMetric(value) ||
  (isObject(value) &&
    value['kind'] === 'selection' &&
    isMetric(value['metric']) &&
    Array.isArray(value['matchers']) &&
    Array.isArray(value['problems']));

/** What a value is, for someone who wrote the wrong one. */
export const describe = (value: unknown): string => {
  if (isSeries(value)) return `the ${value.type} ${value.kind === 'selection' ? value.metric.name : value.name}`;
  if (isObject(value) && value['kind'] === 'query') return 'a query';
  if (isObject(value) && value['kind'] === 'quantity') return `a quantity of ${String(value['dimension'])}`;
  if (typeof value === 'string') return JSON.stringify(value);
  return isObject(value) ? 'an object' : String(value);
};

/** The variables that stand for windows, by the kind of the window. */
export const VARIABLES = { 'rate-interval': '__rate_interval', 'slo-window': SLO_WINDOW } as const;

/** A window as a part of a query; for a variable, with a length that checks can assume. */
export const durationNode = (window: Window): DurationLiteral =>
  window.kind === 'quantity'
    ? { kind: 'duration', ms: toMilliseconds(window), span: NO_SPAN }
    : { kind: 'duration', ms: 300_000, variable: VARIABLES[window.kind], span: NO_SPAN };

/** What is wrong with a window. */
export const windowProblems = (window: Window): readonly QueryProblem[] =>
  problemIf(
    !(isObject(window) && window.kind in VARIABLES) && !(isTime(window) && isWholeDuration(window)),
    () => `a window is a whole number of milliseconds above zero: minutes(5), not ${describeTime(window)}`,
  );

const describeTime = (value: unknown): string =>
  isObject(value) && value['kind'] === 'quantity'
    ? `${String(value['amount'])} ${String(value['unit'])}`
    : describe(value);

interface Matchers {
  readonly matchers: readonly LabelMatcher[];
  readonly problems: readonly QueryProblem[];
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const isLabelMatch = (value: unknown): value is LabelMatch =>
  isObject(value) && value['kind'] === 'label-match' && typeof value['value'] === 'string';

const toMatchers = (where: unknown): Matchers => {
  const read = Object.entries(isObject(where) ? where : {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): LabelMatcher | QueryProblem => {
      if (name === '') return problem('a label has no name');
      if (name === '__name__') return problem('"__name__" is the name of the metric, and that is set already');
      if (typeof value === 'string') return build.matcher(name, '=', value);
      if (isTextList(value)) {
        const [first, ...others] = value;
        if (first === undefined)
          return problem(`the list of values for the label "${name}" is empty: nothing could match`);
        return others.length === 0
          ? build.matcher(name, '=', first)
          : build.matcher(name, '=~', value.map(escapeRe2).join('|'));
      }
      if (!isLabelMatch(value)) {
        return problem(
          `the label "${name}" is matched with text, a list, matches(), not() or notMatches(), not with ${describe(value)}`,
        );
      }
      const invalid = value.op === '!=' ? undefined : validateRe2(value.value);
      return invalid
        ? problem(
            `the pattern ${JSON.stringify(value.value)} for the label "${name}" does not compile: ${invalid.message}`,
          )
        : build.matcher(name, value.op, value.value);
    });
  return {
    matchers: read.filter((one) => 'kind' in one),
    problems: read.filter((one) => 'message' in one),
  };
};

/** Escapes what RE2 treats as syntax. */
export const escapeRe2 = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);

/** A metric as the selection of all its series. */
export const asSelection = <K extends MetricKind, D extends Dimension, L extends LabelInputs>(
  series: Series<K, D, L>,
): Selection<K, D, L> =>
  series.kind === 'selection'
    ? series
    : {
        kind: 'selection',
        metric: series,
        type: series.type,
        dimension: series.dimension,
        unit: series.unit,
        labels: series.labels,
        suffix: '',
        matchers: [],
        problems: [],
      };

/** Two systems may expose metrics of one name, so a selector names the job that this one is declared for. */
export const selectorNode = (series: Series): VectorSelector => {
  const { metric, matchers, suffix } = asSelection(series);
  const isScoped = matchers.some(({ name }) => name === 'job');
  return build.selector(
    `${metric.name}${suffix}`,
    isScoped ? matchers : [build.matcher('job', '=', metric.job), ...matchers],
  );
};

/** `selector[window]`. */
export const matrixNode = (selector: VectorSelector, window: Window): Expr => ({
  kind: 'matrix',
  selector,
  range: durationNode(window),
  span: NO_SPAN,
});

/** Some series of a metric: `select(m.http_requests_total, { status: matches('5..') })`. */
export const select = <K extends MetricKind, D extends Dimension, L extends LabelInputs>(
  series: Series<K, D, L>,
  where: MatchersOf<L>,
): Selection<K, D, L> => {
  if (!isSeries(series)) {
    return {
      ...asSelection(NO_METRIC),
      problems: [problem(`select works on a metric, not on ${describe(series)}`)],
    } as never;
  }
  const base = asSelection(series);
  const { matchers, problems } = toMatchers(where);
  return { ...base, matchers: [...base.matchers, ...matchers], problems: [...base.problems, ...problems] };
};

/** Stands where a metric should, with a problem that says so; never printed. */
export const NO_METRIC: Metric = {
  kind: 'metric',
  name: 'nothing',
  type: 'gauge',
  dimension: 'count',
  unit: 'count',
  help: '',
  labels: {},
  job: '',
};

/** The number of observations of a histogram or summary: its `_count` series, a counter. */
export const observations = <D extends Dimension, L extends LabelInputs>(
  series: Series<'histogram' | 'summary', D, L>,
): Selection<'counter', 'count', L> => ({
  ...asSelection(series),
  type: 'counter',
  dimension: 'count',
  unit: 'count',
  suffix: '_count',
});

/** The sum of the observations of a histogram or summary: its `_sum` series, a counter. */
export const total = <D extends Dimension, L extends LabelInputs>(
  series: Series<'histogram' | 'summary', D, L>,
): Selection<'counter', D, L> => ({
  ...asSelection(series),
  type: 'counter',
  suffix: '_sum',
});

/** How many observations of a histogram were at most `le`: its `_bucket` series, counters. */
export const buckets = <D extends Dimension, L extends LabelInputs>(
  series: Series<'histogram', D, L>,
): Selection<'counter', 'count', L & { readonly le: 'any' }> => {
  const base = asSelection(series);
  return {
    ...base,
    type: 'counter',
    dimension: 'count',
    unit: 'count',
    labels: { ...base.labels, le: 'any' },
    suffix: '_bucket',
  };
};
