import { SLO_LABELS, sloId } from '../../conventions.ts';
import type { Slo, System } from '../../model/model.ts';
import type { LabelValues } from '../../promql/metrics.ts';
import type { Expr, LabelMatcher, VectorSelector } from '../../promql/ast.ts';
import { matcher } from '../../promql/build.ts';
import { print } from '../../promql/print.ts';
import { literalAlternatives, matchesText } from '../../promql/re2.ts';
import { selectors } from '../../promql/walk.ts';

/** A series of a test: its labels, and how much it grows in a minute (a counter), or its value (a gauge). */
export interface TestSeries {
  readonly series: string;
  readonly values: string;
}

/** Events of a test: so many a minute, of which this share is bad. */
export interface TestTraffic {
  readonly perMinute: number;
  readonly errorRatio: number;
  /** The values of the SLO's groups that these events do not have: they are of another group. */
  readonly notOf?: Readonly<Record<string, string>>;
}

/** Values that labels usually have. */
const USUAL = [
  'a',
  '200',
  '500',
  '404',
  '503',
  'ok',
  'error',
  'success',
  'failure',
  'true',
  'false',
  'GET',
  '2xx',
  '5xx',
  'b',
];

const accepts = ({ op, value }: LabelMatcher, text: string): boolean => {
  const isMatch = op === '=' || op === '!=' ? text === value : (matchesText(value, text) ?? false);
  return op === '=' || op === '=~' ? isMatch : !isMatch;
};

const canBe = (values: LabelValues | undefined, text: string): boolean => {
  if (values === undefined || values.kind === 'any') return true;
  return values.kind === 'oneOf' ? values.values.includes(text) : (matchesText(values.pattern, text) ?? false);
};

/** A value of a label that some matchers accept and, when asked for, others do not. */
const chooseValue = (
  values: LabelValues | undefined,
  wanted: readonly LabelMatcher[],
  unwanted: readonly LabelMatcher[] = [],
): string | undefined => {
  const named = [...wanted, ...unwanted].flatMap(({ op, value }) =>
    op === '=' || op === '!=' ? [value] : (literalAlternatives(value) ?? []),
  );
  const listed = values?.kind === 'oneOf' ? values.values : [];
  const listable = values?.kind === 'pattern' ? (literalAlternatives(values.pattern) ?? []) : [];
  return [...named, ...listed, ...listable, ...USUAL].find(
    (text) =>
      text !== '' &&
      canBe(values, text) &&
      wanted.every((matcher) => accepts(matcher, text)) &&
      !unwanted.some((matcher) => accepts(matcher, text)),
  );
};

/**
 * Labels of a series that a selector takes and that has the labels of the SLO's groups, other values than `notOf` has;
 * with `except`, one that another selector of the same metric does not take. Nothing when none can be thought of.
 */
const labelsFor = (
  selector: VectorSelector,
  slo: Slo,
  system: System,
  { except, notOf = {} }: { readonly except?: VectorSelector; readonly notOf?: Readonly<Record<string, string>> } = {},
): Readonly<Record<string, string>> | undefined => {
  const family = selector.name?.replace(/_(bucket|count|sum)$/, '');
  const metric =
    system.metrics.find(({ name }) => name === selector.name) ?? system.metrics.find(({ name }) => name === family);
  const valuesOf = (label: string): LabelValues | undefined => (label === 'le' ? undefined : metric?.labels[label]);
  const names = new Set(['instance', ...slo.by, ...selector.matchers.map(({ name }) => name)]);
  const labels: Record<string, string> = {};
  for (const name of names) {
    const other = notOf[name];
    const value = chooseValue(
      valuesOf(name),
      selector.matchers.filter((matcher) => matcher.name === name),
      other === undefined ? [] : [matcher(name, '=', other)],
    );
    if (value === undefined) return undefined;
    labels[name] = value;
  }
  if (!except) return labels;
  for (const matcher of except.matchers) {
    const own = selector.matchers.filter(({ name }) => name === matcher.name);
    if (own.some((one) => one.op === matcher.op && one.value === matcher.value) || slo.by.includes(matcher.name))
      continue;
    const value = chooseValue(valuesOf(matcher.name), own, [matcher]);
    if (value !== undefined) return { ...labels, [matcher.name]: value };
  }
  return undefined;
};

/** `metric{a="b", c="d"}`, or the labels alone. */
export const seriesText = (name: string | undefined, labels: Readonly<Record<string, string>>): string =>
  `${name ?? ''}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;

/** Twelve digits, so that tests are the same numbers everywhere. */
const tidy = (value: number): number => Number(value.toPrecision(12));

const counter = (
  name: string | undefined,
  labels: Readonly<Record<string, string>>,
  perMinute: number,
  minutes: number,
) => ({
  series: seriesText(name, labels),
  values: `0+${tidy(perMinute)}x${minutes}`,
});

/** Whether a free query is a sum over one counter and nothing else, so that it is known what makes it grow. */
const isCountOfOne = (expr: Expr): boolean =>
  expr.kind === 'aggregate' &&
  expr.op === 'sum' &&
  expr.expr.kind === 'call' &&
  ['rate', 'increase'].includes(expr.expr.func) &&
  expr.expr.args[0]?.kind === 'matrix';

/** Both queries of a free ratio are such sums: the part, or nothing where there is none, or what is left of the total. */
const isPlainRatio = ({ bad, total }: Slo['indicator']): boolean => {
  if (!isCountOfOne(total)) return false;
  const [rest] = bad.kind === 'call' ? bad.args : [bad];
  const part = rest?.kind === 'binary' ? (rest.op === '-' ? rest.right : rest) : undefined;
  return part?.kind === 'binary' && part.op === 'or' && isCountOfOne(part.left);
};

/** The counters behind an indicator of events while such traffic comes in. Nothing for an indicator that has none. */
export const trafficSeries = (
  slo: Slo,
  system: System,
  { perMinute, errorRatio, notOf = {} }: TestTraffic,
  minutes: number,
): readonly TestSeries[] | undefined => {
  const { kind, bad, total } = slo.indicator;
  if (kind === 'ratio' ? !isPlainRatio(slo.indicator) : kind !== 'availability' && kind !== 'latency') return undefined;
  const all = selectors(total)[0]?.selector;
  const part = selectors(bad)
    .map(({ selector }) => selector)
    .find((selector) => all && print(selector) !== print(all));
  if (!all || !part) return undefined;
  const isGood = bad.kind === 'call';
  const share = isGood ? 1 - errorRatio : errorRatio;
  const partLabels = labelsFor(part, slo, system, { notOf });
  if (!partLabels) return undefined;
  const partSeries = counter(part.name, partLabels, share * perMinute, minutes);
  if (part.name !== all.name) {
    const labels = labelsFor(all, slo, system, { notOf });
    return labels && [partSeries, counter(all.name, labels, perMinute, minutes)];
  }
  const rest = labelsFor(all, slo, system, { except: part, notOf });
  return rest && [partSeries, counter(all.name, rest, (1 - share) * perMinute, minutes)];
};

/** The group that the events of a test belong to: the values of the labels the SLO is grouped by. */
export const groupOf = (slo: Slo, system: System): Readonly<Record<string, string>> | undefined => {
  const [use] = selectors(slo.indicator.total);
  const labels = use && labelsFor(use.selector, slo, system);
  return labels && Object.fromEntries(slo.by.map((label) => [label, labels[label] ?? '']));
};

/** Series that begin so many minutes later. */
export const later = (series: readonly TestSeries[], minutes: number): readonly TestSeries[] =>
  minutes === 0 ? series : series.map((one) => ({ ...one, values: `_x${minutes} ${one.values}` }));

/** What the rules of an SLO have recorded, at a constant value. */
export const recordedSeries = (
  slo: Slo,
  system: System,
  record: string,
  value: number,
  minutes: number,
): TestSeries => {
  const groups = Object.fromEntries(slo.by.map((label) => [label, 'a']));
  const labels = { ...groups, [SLO_LABELS.id]: sloId(system.id, slo.id) };
  return { series: seriesText(record, labels), values: `${tidy(value)}x${minutes}` };
};

/** The gauges behind an indicator of samples from a minute on, all good or all bad. Nothing for an indicator that has none. */
export const sampleSeries = (
  slo: Slo,
  system: System,
  isGood: boolean,
  start: number,
  minutes: number,
): readonly TestSeries[] | undefined => {
  const { kind, total } = slo.indicator;
  const [use] = selectors(total);
  if ((kind !== 'upness' && kind !== 'freshness') || !use) return undefined;
  const labels = labelsFor(use.selector, slo, system);
  if (!labels) return undefined;
  // The last success is now, or so long ago that no limit allows it.
  const times = isGood ? `${60 * start}+60x${minutes}` : `-1000000000+0x${minutes}`;
  const values = kind === 'upness' ? `${isGood ? 1 : 0}x${minutes}` : times;
  return [{ series: seriesText(use.selector.name, labels), values }];
};
