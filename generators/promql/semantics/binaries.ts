/** What each operator does to the facts of its operands (promql/engine.go: VectorBinop, VectorAnd and kin, resultMetric). */
import type { Binary, BinaryOp, SetOp } from '../ast.ts';
import type { Facts, Join, LabelFact, LabelFacts, Reason } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import type { Signature } from './labels.ts';
import {
  alwaysMatches,
  dropLabels,
  dropName,
  eitherFact,
  eitherLabels,
  isUniqueOn,
  keepLabels,
  labelFact,
  makeFact,
  matchLabels,
  reason,
  withFacts,
} from './labels.ts';
import type { Outcome } from './operators.ts';
import { arithmetic, conditionOf, isComparison, isFilter, operate, truth } from './operators.ts';
import { ANY_VALUE, compareRanges, constantRange, unionRanges } from './ranges.ts';
import type { Draft, Scope } from './state.ts';
import { atMostSometimes, emptied, inherit, muted, returning, scalarDraft, withoutValueHistory } from './state.ts';

const isSetOp = (op: BinaryOp): op is SetOp => op === 'and' || op === 'or' || op === 'unless';

/** The facts of an operator. */
export function binaryDraft(node: Binary, left: Facts, right: Facts, scope: Scope): Draft {
  const scalars = [left, right].filter(({ type }) => type === 'scalar').length;
  if (scalars === 2) return scalarPair(node, left, right);
  if (scalars === 1 && !isSetOp(node.op)) return withScalar(node, left, right, scope);
  if (isSetOp(node.op)) return setOperator(node, node.op, left, right, scope);
  return vectorPair(node, left, right, scope);
}

function scalarPair(node: Binary, left: Facts, right: Facts): Draft {
  const why = reason('no-labels', node.op, node.opSpan);
  const { op } = node;
  if (!isComparison(op)) return scalarDraft(arithmetic(op, left.value, right.value), why);
  const draft = scalarDraft(truth(compareRanges(op, left.value, right.value)), why);
  return { ...draft, condition: conditionOf(node, op, left, right, left.expr) };
}

const cumulativeOf = (node: Binary, left: Facts, right: Facts): { readonly cumulative?: Reason } => {
  // The ratio or the difference of two counters is no counter.
  if (node.bool === true || (left.cumulative && right.cumulative && !isComparison(node.op))) return {};
  const cumulative =
    isComparison(node.op) && left.type === 'vector' ? left.cumulative : (left.cumulative ?? right.cumulative);
  return cumulative ? { cumulative } : {};
};

function withScalar(node: Binary, left: Facts, right: Facts, scope: Scope): Draft {
  const vector = left.type === 'scalar' ? right : left;
  const { op } = node;
  const draft: Draft = {
    ...withoutValueHistory(inherit(vector)),
    type: 'vector',
    labels: named(node, vector.labels),
    ...cumulativeOf(node, left, right),
    ...operate(node, left, right, vector, scope),
    conditional: vector.conditional || isFilter(node),
  };
  return vector.returns === 'never' ? emptied(draft, reason('empty-operand', op, vector.expr.span)) : draft;
}

const droppedName = (node: Binary): Reason =>
  node.bool === true
    ? reason('bool-drops-name', `${node.op} bool`, node.opSpan)
    : reason('operator-drops-name', node.op, node.opSpan);

/** The labels that are compared when two vectors are matched. */
function signatureOf(node: Binary): Signature {
  const { on } = node.matching ?? {};
  return on === undefined
    ? { mode: 'ignoring', labels: [] }
    : { mode: on.mode, labels: on.labels.map(({ name }) => name) };
}

const matchText = (node: Binary): string => {
  const { on } = node.matching ?? {};
  return on === undefined ? node.op : `${on.mode} (${on.labels.map(({ name }) => name).join(', ')})`;
};

function joinOf(
  node: Binary,
  left: Facts,
  right: Facts,
  scope: Scope,
): { readonly join: Join; readonly matched: LabelFacts } {
  const signature = signatureOf(node);
  const { labels, conflicts } = matchLabels(left.labels, right.labels, signature);
  const many = node.matching?.group?.side;
  const join: Join = {
    ...signature,
    ...(many && { many }),
    matches:
      conflicts.length > 0 ? 'never' : alwaysMatches(left.labels, right.labels, signature) ? 'always' : 'sometimes',
    conflicts,
    leftUnique: left.single || isUniqueOn(left.labels, signature),
    rightUnique: right.single || isUniqueOn(right.labels, signature),
  };
  const [conflict] = conflicts;
  const alive = left.returns !== 'never' && right.returns !== 'never';
  if (conflict !== undefined && alive && node.op !== 'or') {
    const code = node.op === 'unless' ? 'unless-removes-nothing' : 'never-matches';
    const expr = node.op === 'unless' ? node.right : node;
    scope.dead({ code, expr, span: expr.span, because: [conflict.left.reason, conflict.right.reason], conflict });
  }
  return { join, matched: labels };
}

/** The reason of a match that never happens: the label on the left that the right cannot have, or the other way round. */
const noMatch = (node: Binary): Reason =>
  reason('never-matches', matchText(node), node.matching?.on?.span ?? node.opSpan);

function setOperator(node: Binary, op: SetOp, left: Facts, right: Facts, scope: Scope): Draft {
  const { join, matched } = joinOf(node, left, right, scope);
  const sure = join.matches === 'always';
  switch (op) {
    case 'and': {
      const draft: Draft = {
        ...inherit(left),
        type: 'vector',
        labels: join.matches === 'never' ? left.labels : matched,
        join,
        conditional: left.conditional || right.conditional,
        ...(sure && right.returns === 'always' ? returning(left.returns, left.returnsReason) : atMostSometimes(left)),
      };
      if (left.returns === 'never') return emptied(draft, reason('empty-operand', op, left.expr.span));
      if (right.returns === 'never') return emptied(draft, reason('empty-operand', op, right.expr.span));
      return join.matches === 'never' ? emptied(draft, noMatch(node)) : draft;
    }
    case 'unless': {
      const nothingRemoved = join.matches === 'never' || right.returns === 'never';
      const draft: Draft = {
        ...inherit(left),
        type: 'vector',
        join,
        conditional: left.conditional || !nothingRemoved,
        ...(nothingRemoved ? returning(left.returns, left.returnsReason) : atMostSometimes(left)),
      };
      if (left.returns === 'never') return emptied(draft, reason('empty-operand', op, left.expr.span));
      if (!sure || right.returns !== 'always') return draft;
      const why = right.returnsReason ?? reason('always-returns', op, right.expr.span);
      scope.dead({ code: 'unless-removes-everything', expr: node, span: node.span, because: [why] });
      return emptied(draft, reason('always-returns', op, right.expr.span));
    }
    case 'or':
      return union(node, left, right, join, scope);
  }
}

function union(node: Binary, left: Facts, right: Facts, join: Join, scope: Scope): Draft {
  if (left.returns === 'always' && join.matches === 'always' && right.returns !== 'never') {
    const why = left.returnsReason ?? reason('always-returns', node.op, left.expr.span);
    scope.dead({ code: 'or-never-used', expr: node.right, span: node.right.span, because: [why] });
    return { ...inherit(left), join };
  }
  if (left.returns === 'never') return { ...inherit(right), join, returns: right.returns };
  if (right.returns === 'never') return { ...inherit(left), join };
  const always = [left, right].find(({ returns }) => returns === 'always');
  const cumulative = left.cumulative ?? right.cumulative;
  return {
    type: 'vector',
    labels: eitherLabels(left.labels, right.labels, reason('either-side', node.op, node.opSpan)),
    value: unionRanges(left.value, right.value),
    samples: left.samples === right.samples ? left.samples : 'either',
    ...(always === undefined ? { returns: 'sometimes' as const } : returning('always', always.returnsReason)),
    // With equal match labels on every series, one side leaves no room for the other.
    single: left.single && right.single && join.matches === 'always',
    conditional: left.conditional && right.conditional,
    ...(cumulative && { cumulative }),
    join,
  };
}

function vectorPair(node: Binary, left: Facts, right: Facts, scope: Scope): Draft {
  const fills = fillsOf(node);
  const { join } = joinOf(node, left, right, fills.any ? muted(scope) : scope);
  const many = join.many === 'right' ? right : left;
  const draft: Draft = {
    type: 'vector',
    ...cumulativeOf(node, left, right),
    labels: pairLabels(node, left, right, join, fills),
    conditional: left.conditional || right.conditional || isFilter(node),
    join,
    // In a one-to-one match no side has more series than the other.
    single: (join.many === undefined ? left.single || right.single : many.single) && !fills.any,
    ...(fills.any
      ? filledOutcome(node, left, right, join, fills, scope)
      : operate(node, left, right, left, join.matches === 'never' ? muted(scope) : scope)),
  };
  if (fills.any) return draft;
  if (left.returns === 'never') return emptied(draft, reason('empty-operand', node.op, left.expr.span));
  if (right.returns === 'never') return emptied(draft, reason('empty-operand', node.op, right.expr.span));
  if (join.matches === 'never') return emptied(draft, noMatch(node));
  return join.matches === 'always' ? draft : { ...draft, ...atMostSometimes(draft) };
}

/** The values that stand in for a missing partner on the left and on the right. */
interface Fills {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly any: boolean;
}

function fillsOf(node: Binary): Fills {
  const { fill, group } = node.matching ?? {};
  const left = fill?.left === undefined ? [] : [fill.left];
  const right = fill?.right === undefined ? [] : [fill.right];
  const any = left.length + right.length > 0;
  // Prometheus 3.15 exchanges the two for group_right, against its documentation; promise what holds either way.
  return group?.side === 'right'
    ? { left: [...left, ...right], right: [...left, ...right], any }
    : { left, right, any };
}

/** With `fill`, pairs meet, and series without a partner meet the value that stands in for it. */
function filledOutcome(node: Binary, left: Facts, right: Facts, join: Join, fills: Fills, scope: Scope): Outcome {
  const standIn = (side: Facts, values: readonly number[]): readonly Facts[] =>
    values.map((value) => ({ ...side, value: constantRange(value), samples: 'float', returns: 'sometimes' }));
  const alive = (facts: Facts): boolean => facts.returns !== 'never';
  const meetings: (readonly [Facts, Facts])[] = [
    ...(join.matches !== 'never' && alive(left) && alive(right) ? [[left, right] as const] : []),
    ...(alive(left) ? standIn(right, fills.right).map((filled) => [left, filled] as const) : []),
    ...(alive(right) ? standIn(left, fills.left).map((filled) => [filled, right] as const) : []),
  ];
  const outcomes = meetings
    .map(([a, b]) => operate(node, a, b, a, muted(scope)))
    .filter(({ returns }) => returns !== 'never');
  const [first, ...others] = outcomes;
  if (first === undefined) {
    const why = alive(left) || alive(right) ? noMatch(node) : reason('empty-operand', node.op, node.span);
    return { value: ANY_VALUE, samples: 'float', returns: 'never', returnsReason: why };
  }
  return {
    value: others.reduce((value, other) => unionRanges(value, other.value), first.value),
    samples: others.every(({ samples }) => samples === first.samples) ? first.samples : 'either',
    returns: 'sometimes',
  };
}

/** The labels of the result of a match that is not a set operator. */
function pairLabels(node: Binary, left: Facts, right: Facts, join: Join, fills: Fills): LabelFacts {
  const signature = signatureOf(node);
  const [many, one] = join.many === 'right' ? [right, left] : [left, right];
  const [manyFills, oneFills] = join.many === 'right' ? [fills.right, fills.left] : [fills.left, fills.right];
  // A series of the many side that found no partner keeps its labels as they are.
  let labels = oneFills.length === 0 ? matchLabels(many.labels, one.labels, signature).labels : many.labels;
  labels = named(node, labels);
  if (join.many === undefined) labels = oneToOne(node, labels, signature);
  if (manyFills.length > 0)
    labels = eitherLabels(
      labels,
      fillLabels(one.labels, signature, node),
      reason('either-side', 'fill', node.matching?.fill?.span ?? node.opSpan),
    );
  const include = node.matching?.group?.include ?? [];
  if (include.length === 0) return labels;
  const text = `group_${join.many ?? 'left'} (${include.map(({ name }) => name).join(', ')})`;
  return withFacts(
    labels,
    include.map(({ name, span }): LabelFact => {
      const why = reason('included', text, span);
      const fact = labelFact(one.labels, name);
      const copied = makeFact(name, fact.presence, fact.presence === 'cannot' ? fact.reason : why, fact.values);
      return oneFills.length === 0 ? copied : eitherFact(copied, makeFact(name, 'can', why), why);
    }),
  );
}

/** The labels after the operator did what it does to the metric name. */
function named(node: Binary, labels: LabelFacts): LabelFacts {
  if (isFilter(node) || node.op === '</' || node.op === '>/') return labels;
  const dropped = dropName(labels, droppedName(node));
  // Older versions of Prometheus keep the name through atan2.
  const fact = labelFact(labels, NAME_LABEL);
  return node.op === 'atan2' && fact.presence !== 'cannot'
    ? withFacts(dropped, [{ ...fact, presence: 'can' }])
    : dropped;
}

function oneToOne(node: Binary, labels: LabelFacts, signature: Signature): LabelFacts {
  const span = node.matching?.on?.span ?? node.opSpan;
  if (signature.mode === 'on') return keepLabels(labels, signature.labels, reason('not-in-on', matchText(node), span));
  return signature.labels.length === 0
    ? labels
    : dropLabels(labels, signature.labels, reason('ignoring', matchText(node), span));
}

/** The labels of a series that stands in for a missing partner: the match labels of the other side, without a name. */
function fillLabels(labels: LabelFacts, signature: Signature, node: Binary): LabelFacts {
  const why = reason('matched', matchText(node), node.matching?.on?.span ?? node.opSpan);
  if (signature.mode === 'on') return named(node, keepLabels(labels, signature.labels, why));
  return dropLabels(labels, [...signature.labels, NAME_LABEL], why);
}
