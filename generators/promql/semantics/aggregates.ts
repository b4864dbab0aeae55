/** What each aggregation does to the facts of its operand (promql/engine.go: aggregation, aggregationK, aggregationCountValues). */
import type { Aggregate, AggregateOp } from '../ast.ts';
import type { Facts, LabelFacts, Reason, ValueRange } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import { dropLabels, keepLabels, makeFact, noLabels, reason, withFacts } from './labels.ts';
import {
  ANY_VALUE,
  averageOfMany,
  constantOf,
  constantRange,
  NON_NEGATIVE,
  orPositiveZero,
  quantileOfMany,
  spreadOfMany,
  sumOfMany,
} from './ranges.ts';
import type { Draft, Scope } from './state.ts';
import { atMostSometimes, emptied, inherit, returning, withoutValueHistory } from './state.ts';

interface AggregateRule {
  readonly value: (value: ValueRange, parameter: ValueRange) => ValueRange;
  /** Which samples it works on, and whether native histograms come out again. */
  readonly samples: 'same' | 'any-to-float' | 'float';
  /** The aggregate of raw counters still is one. */
  readonly keepsCounter?: boolean;
}

const COUNT: ValueRange = { ...NON_NEGATIVE, min: 1, integer: true };
const identity = (value: ValueRange): ValueRange => value;

const RULES: Readonly<Record<AggregateOp, AggregateRule>> = {
  sum: { value: sumOfMany, samples: 'same', keepsCounter: true },
  avg: { value: averageOfMany, samples: 'same', keepsCounter: true },
  min: { value: identity, samples: 'float', keepsCounter: true },
  max: { value: identity, samples: 'float', keepsCounter: true },
  count: { value: () => COUNT, samples: 'any-to-float' },
  group: { value: () => constantRange(1), samples: 'any-to-float' },
  stddev: { value: spreadOfMany, samples: 'float' },
  stdvar: { value: spreadOfMany, samples: 'float' },
  quantile: { value: quantileOfMany, samples: 'float', keepsCounter: true },
  count_values: { value: () => COUNT, samples: 'any-to-float' },
  topk: { value: identity, samples: 'float', keepsCounter: true },
  bottomk: { value: identity, samples: 'float', keepsCounter: true },
  limitk: { value: identity, samples: 'same', keepsCounter: true },
  limit_ratio: { value: identity, samples: 'same', keepsCounter: true },
};

const PICKS = new Set<AggregateOp>(['topk', 'bottomk', 'limitk', 'limit_ratio']);

/** How the aggregation is written, without its operand: `sum by (job)`. */
export const aggregateText = ({ op, grouping }: Pick<Aggregate, 'op' | 'grouping'>): string =>
  grouping === undefined ? op : `${op} ${grouping.mode} (${grouping.labels.map(({ name }) => name).join(', ')})`;

/** The labels of the groups. */
function groupLabels(node: Aggregate, labels: LabelFacts): LabelFacts {
  const text = aggregateText(node);
  const { grouping } = node;
  const names = grouping?.labels.map(({ name }) => name) ?? [];
  if (grouping?.mode === 'without') {
    const dropped = dropLabels(labels, names, reason('without', text, grouping.span));
    return dropLabels(dropped, [NAME_LABEL], reason('aggregation-drops-name', text, grouping.span));
  }
  if (grouping === undefined) return noLabels(reason('aggregated', text, node.span));
  return keepLabels(labels, names, reason('not-in-by', text, grouping.span));
}

/** `count_values` writes the value of the samples into a label, before it groups. */
function countedLabels(node: Aggregate, facts: Facts): LabelFacts {
  const label = node.param?.kind === 'string' ? node.param.value : undefined;
  if (label === undefined) return groupLabels(node, facts.labels);
  const why = reason('value-label', aggregateText(node), node.param?.span ?? node.span);
  const value = facts.samples === 'float' ? constantOf(facts.value) : undefined;
  const plain =
    value !== undefined && Number.isInteger(value) && Math.abs(value) < 1e15 && !Object.is(facts.value.min, -0);
  const counted = makeFact(label, 'must', why, plain ? [String(value)] : undefined);
  const written = withFacts(facts.labels, [counted]);
  if (node.grouping?.mode === 'without') return groupLabels(node, written);
  return withFacts(groupLabels(node, written), [counted]);
}

/** How many series `topk` and its kin leave of each group at most; `undefined` when the parameter is not a number. */
function picked(
  node: Aggregate,
  parameter: Facts | undefined,
): { readonly none: boolean; readonly some: boolean; readonly one: boolean } {
  const { value = ANY_VALUE } = parameter ?? {};
  if (node.op === 'limit_ratio') return { none: constantOf(value) === 0, some: false, one: false };
  // The parameter is cut down to a whole number.
  return { none: value.max < 1, some: value.min >= 1 && !value.nan, one: value.max < 2 && node.grouping === undefined };
}

/** The facts of an aggregation. */
export function aggregateDraft(node: Aggregate, facts: Facts, parameter: Facts | undefined, scope: Scope): Draft {
  const rule = RULES[node.op];
  const samples = rule.samples === 'same' ? facts.samples : 'float';
  const draft = PICKS.has(node.op)
    ? { ...inherit(facts), ...pickOutcome(node, facts, parameter) }
    : groupDraft(node, facts, parameter, rule);
  const result: Draft = { ...draft, type: 'vector', samples };
  if (facts.returns === 'never') return emptied(result, reason('empty-operand', node.op, facts.expr.span));
  if (rule.samples === 'float' && facts.samples === 'histogram') {
    return dead(node, result, reason('wrong-sample-type', node.op, node.span), scope);
  }
  if (result.returns === 'never' && result.returnsReason) return dead(node, result, result.returnsReason, scope);
  // A group that mixes plain numbers and native histograms has no sum.
  const lossy = facts.samples === 'either' && rule.samples !== 'any-to-float';
  return lossy ? { ...result, ...atMostSometimes(result) } : result;
}

function dead(node: Aggregate, draft: Draft, why: Reason, scope: Scope): Draft {
  scope.dead({ code: 'no-samples', expr: node, span: node.span, because: [why] });
  return emptied(draft, why);
}

function pickOutcome(
  node: Aggregate,
  facts: Facts,
  parameter: Facts | undefined,
): Pick<Draft, 'returns' | 'returnsReason' | 'single'> {
  const { none, some, one } = picked(node, parameter);
  const single = facts.single || one;
  if (none)
    return { single, returns: 'never', returnsReason: reason('parameter', node.op, node.param?.span ?? node.span) };
  return { single, ...(some ? returning(facts.returns, facts.returnsReason) : atMostSometimes(facts)) };
}

function groupDraft(node: Aggregate, facts: Facts, parameter: Facts | undefined, rule: AggregateRule): Draft {
  const { cumulative } = facts;
  const alone = facts.single && (node.op === 'sum' || node.op === 'avg');
  const value = alone ? orPositiveZero(facts.value) : rule.value(facts.value, parameter?.value ?? ANY_VALUE);
  return {
    ...withoutValueHistory(inherit(facts)),
    ...(rule.keepsCounter === true && cumulative && { cumulative }),
    labels: node.op === 'count_values' ? countedLabels(node, facts) : groupLabels(node, facts.labels),
    value: facts.single && node.op === 'count' ? constantRange(1) : value,
    single: facts.single,
  };
}
