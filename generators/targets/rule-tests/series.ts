import type { Slo, System } from '../../model/model.ts';
import type { LabelValues } from '../../promql/metrics.ts';
import type { LabelMatcher, VectorSelector } from '../../promql/ast.ts';
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
 * Labels of a series that a selector takes and that has the labels of the SLO's groups; with `except`, one that another
 * selector of the same metric does not take. Nothing when none can be thought of.
 */
const labelsFor = (
  selector: VectorSelector,
  slo: Slo,
  system: System,
  except?: VectorSelector,
): Readonly<Record<string, string>> | undefined => {
  const family = selector.name?.replace(/_(bucket|count|sum)$/, '');
  const metric =
    system.metrics.find(({ name }) => name === selector.name) ?? system.metrics.find(({ name }) => name === family);
  const valuesOf = (label: string): LabelValues | undefined => (label === 'le' ? undefined : metric?.labels[label]);
  const names = new Set(['instance', ...slo.by, ...selector.matchers.map(({ name }) => name)]);
  const labels: Record<string, string> = {};
  for (const name of names) {
    const value = chooseValue(
      valuesOf(name),
      selector.matchers.filter((matcher) => matcher.name === name),
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

const seriesText = (name: string | undefined, labels: Readonly<Record<string, string>>): string =>
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

/** The counters behind an indicator of events while such traffic comes in. Nothing for an indicator that has none. */
export const trafficSeries = (
  slo: Slo,
  system: System,
  { perMinute, errorRatio }: TestTraffic,
  minutes: number,
): readonly TestSeries[] | undefined => {
  const { kind, bad, total } = slo.indicator;
  if (kind !== 'availability' && kind !== 'latency') return undefined;
  const all = selectors(total)[0]?.selector;
  const part = selectors(bad)
    .map(({ selector }) => selector)
    .find((selector) => all && print(selector) !== print(all));
  if (!all || !part) return undefined;
  const isGood = bad.kind === 'call';
  const share = isGood ? 1 - errorRatio : errorRatio;
  const partLabels = labelsFor(part, slo, system);
  if (!partLabels) return undefined;
  const partSeries = counter(part.name, partLabels, share * perMinute, minutes);
  if (part.name !== all.name) {
    const labels = labelsFor(all, slo, system);
    return labels && [partSeries, counter(all.name, labels, perMinute, minutes)];
  }
  const rest = labelsFor(all, slo, system, part);
  return rest && [partSeries, counter(all.name, rest, (1 - share) * perMinute, minutes)];
};

/** The gauges behind an indicator of samples, all good or all bad. Nothing for an indicator that has none. */
export const sampleSeries = (
  slo: Slo,
  system: System,
  isGood: boolean,
  minutes: number,
): readonly TestSeries[] | undefined => {
  const { kind, total } = slo.indicator;
  const [use] = selectors(total);
  if ((kind !== 'upness' && kind !== 'freshness') || !use) return undefined;
  const labels = labelsFor(use.selector, slo, system);
  if (!labels) return undefined;
  const values = kind === 'upness' ? `${isGood ? 1 : 0}x${minutes}` : isGood ? `0+60x${minutes}` : `0x${minutes}`;
  return [{ series: seriesText(use.selector.name, labels), values }];
};
