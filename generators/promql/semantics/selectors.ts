/** What a vector selector can return: its matchers against what is declared of its metric. */
import type { LabelMatcher, VectorSelector } from '../ast.ts';
import type { MetricTable } from '../metrics.ts';
import type { LabelConflict, LabelFact, LabelFacts, Presence, Reason, SampleType, ValueRange } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import { anyLabels, commonValues, eitherLabels, isConflict, labelFact, makeFact, reason, withFacts } from './labels.ts';
import type { MetricSeries } from './metric-series.ts';
import { isCumulative, resolveMetric, sampleType, seriesLabels, valueRange } from './metric-series.ts';
import { matchesEmptyText, matchesText, patternValues } from './label-patterns.ts';
import { ANY_VALUE, unionRanges } from './ranges.ts';

/** What is known of the series a selector selects. */
export interface Selection {
  readonly labels: LabelFacts;
  readonly value: ValueRange;
  readonly samples: SampleType;
  readonly cumulative?: Reason;
  /** Why nothing can be selected: one or two reasons. */
  readonly never?: readonly Reason[];
  /** The label that rules everything out. */
  readonly conflict?: LabelConflict;
}

/** More metric names than this in one selector are treated as any metric. */
const MAX_NAMES = 16;

const isNameMatcher = ({ name }: LabelMatcher): boolean => name === NAME_LABEL;

/** A matcher as it is written, for sentences. */
export const matcherText = ({ name, op, value }: LabelMatcher): string => `${name}${op}${JSON.stringify(value)}`;

/** Whether a label value (the empty string for a missing label) satisfies a matcher; `undefined` when that is unknown. */
function satisfies(matcher: LabelMatcher, value: string): boolean | undefined {
  switch (matcher.op) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return matchesText(matcher.value, value);
    case '!~': {
      const matches = matchesText(matcher.value, value);
      return matches === undefined ? undefined : !matches;
    }
  }
}

/** What a matcher says of its label, on its own. */
function matcherFact(matcher: LabelMatcher): LabelFact {
  const why = reason('matcher', matcherText(matcher), matcher.span);
  const { name, op, value } = matcher;
  const acceptsEmpty = satisfies(matcher, '') ?? matchesEmptyText(value);
  const present: Presence = acceptsEmpty ? 'can' : 'must';
  switch (op) {
    case '=':
      return makeFact(name, value === '' ? 'cannot' : 'must', why, [value]);
    case '=~': {
      const values = patternValues(value);
      const onlyEmpty = values?.every((text) => text === '') === true;
      return makeFact(name, onlyEmpty ? 'cannot' : present, why, values, value);
    }
    default:
      return makeFact(name, present, why);
  }
}

/** The fact about a label that a matcher leaves, or the conflict when it leaves none. */
function applyMatcher(fact: LabelFact, matcher: LabelMatcher): LabelFact | LabelConflict {
  const own = matcherFact(matcher);
  const conflict: LabelConflict = { label: fact.name, left: fact, right: own };
  if (fact.presence === 'cannot') return own.presence === 'must' ? conflict : fact;
  if (own.presence === 'cannot') return fact.presence === 'must' ? conflict : own;
  const must = fact.presence === 'must' || own.presence === 'must';
  const values = commonValues(fact, own)?.filter((value) => satisfies(matcher, value) !== false);
  if (values?.length === 0) return must ? conflict : makeFact(fact.name, 'cannot', own.reason);
  const narrower =
    fact.presence !== (must ? 'must' : 'can') ||
    values?.length !== fact.values?.length ||
    (own.pattern !== undefined && values === undefined);
  return narrower ? makeFact(fact.name, must ? 'must' : 'can', own.reason, values, own.pattern ?? fact.pattern) : fact;
}

/** The metric names a selector allows, when they can be listed. */
export function metricNames(selector: VectorSelector): readonly string[] | undefined {
  const matchers = selector.matchers.filter(isNameMatcher);
  let names: readonly string[] | undefined = selector.name === undefined ? undefined : [selector.name];
  for (const matcher of matchers) {
    if (names === undefined) names = matcherFact(matcher).values;
    else names = names.filter((name) => satisfies(matcher, name) !== false);
  }
  // What a later matcher listed, an earlier one may rule out.
  return names?.filter((name) => matchers.every((matcher) => satisfies(matcher, name) !== false));
}

function fromSeries(series: MetricSeries, selector: VectorSelector): Selection {
  const selection: Selection = {
    labels: seriesLabels(series, selector.span),
    value: valueRange(series),
    samples: sampleType(series),
    ...(isCumulative(series) && { cumulative: reason('metric-name', series.name, selector.span) }),
    ...(series.missing && { never: [reason('declared', series.name, selector.span)] }),
  };
  return restrict(selection, selector);
}

function restrict(selection: Selection, selector: VectorSelector): Selection {
  const changed = new Map<string, LabelFact>();
  for (const matcher of selector.matchers) {
    if (selection.never !== undefined) break;
    const before = changed.get(matcher.name) ?? labelFact(selection.labels, matcher.name);
    const after = applyMatcher(before, matcher);
    if (isConflict(after)) return { ...selection, never: [after.left.reason, after.right.reason], conflict: after };
    if (after !== before || !selection.labels.known.has(matcher.name)) changed.set(matcher.name, after);
  }
  return changed.size === 0 ? selection : { ...selection, labels: withFacts(selection.labels, changed.values()) };
}

function eitherSelection(a: Selection, b: Selection, selector: VectorSelector): Selection {
  if (a.never !== undefined) return b;
  if (b.never !== undefined) return a;
  const cumulative = a.cumulative ?? b.cumulative;
  return {
    labels: eitherLabels(a.labels, b.labels, reason('either-side', 'the metrics of the selector', selector.span)),
    value: unionRanges(a.value, b.value),
    samples: a.samples === b.samples ? a.samples : 'either',
    ...(cumulative && { cumulative }),
  };
}

/** What a selector can return. */
export function select(selector: VectorSelector, metrics: MetricTable | undefined): Selection {
  const names = metricNames(selector);
  const unknown: Selection = {
    labels: anyLabels(reason('undeclared-metric', '', selector.span)),
    value: ANY_VALUE,
    samples: 'either',
  };
  if (names === undefined || names.length > MAX_NAMES) return restrict(unknown, selector);
  const [first, ...others] = names.map((name) => fromSeries(resolveMetric(name, metrics), selector));
  if (first === undefined) {
    const matchers = selector.matchers.filter(isNameMatcher);
    const reasons = matchers.slice(0, 2).map((matcher) => reason('matcher', matcherText(matcher), matcher.span));
    return { ...unknown, never: reasons };
  }
  return others.reduce((a, b) => eitherSelection(a, b, selector), first);
}
