/** The label-promise engine: an abstract interpretation of PromQL, which evaluates every node to facts instead of samples. */
import type { Expr, Unary } from '../ast.ts';
import type { MetricTable } from '../metrics.ts';
import { aggregateDraft } from './aggregates.ts';
import { binaryDraft } from './binaries.ts';
import { callDraft } from './calls.ts';
import type { DeadPart, Facts } from './facts.ts';
import { foldExpr } from './fold.ts';
import { dropName, noLabels, reason } from './labels.ts';
import { constantRange, negate, NO_VALUE } from './ranges.ts';
import { select } from './selectors.ts';
import type { Draft, Scope } from './state.ts';
import { atMostSometimes, complete, emptied, inherit, scalarDraft, withoutValueHistory } from './state.ts';

/** What is known besides the query. */
export interface SemanticsOptions {
  /** The declared metrics. Without them every label of every metric is possible. */
  readonly metrics?: MetricTable;
}

/** The facts of an expression and of everything below it. */
export interface Semantics extends Facts {
  /** The facts of a sub-expression, found by identity. `undefined` for a node that is not part of the expression. */
  readonly of: (node: Expr) => Facts | undefined;
  /** The parts that can have no effect, in the order of evaluation. */
  readonly dead: readonly DeadPart[];
}

/**
 * What is known of an expression's result. Takes time and memory in proportion to the number of nodes; a node that
 * occurs twice in the tree is evaluated once.
 */
export function semantics(root: Expr, options: SemanticsOptions = {}): Semantics {
  const dead: DeadPart[] = [];
  const facts = new Map<Expr, Facts>();
  const scope: Scope = { dead: (part) => void dead.push(part), of: (node) => facts.get(node) };
  foldExpr<Facts>(root, (expr, operands) => complete(expr, draftOf(expr, operands, options, scope)), facts);
  const result = facts.get(root) ?? complete(root, unknownDraft(root));
  return { ...result, of: (node) => facts.get(node), dead };
}

const unknownDraft = (expr: Expr): Draft => scalarDraft(NO_VALUE, reason('no-labels', '', expr.span));

function draftOf(expr: Expr, operands: readonly Facts[], options: SemanticsOptions, scope: Scope): Draft {
  const [first, second] = operands;
  switch (expr.kind) {
    case 'number':
      return scalarDraft(constantRange(expr.value), reason('no-labels', expr.raw ?? String(expr.value), expr.span));
    case 'string':
      return { ...unknownDraft(expr), type: 'string', labels: noLabels(reason('no-labels', 'a string', expr.span)) };
    case 'vector': {
      const { never, conflict, ...selection } = select(expr, options.metrics);
      const draft: Draft = { ...selection, type: 'vector', returns: 'sometimes', conditional: false };
      if (never === undefined) return draft;
      scope.dead({ code: 'no-series', expr, span: expr.span, because: never, ...(conflict && { conflict }) });
      return emptied(draft, never[0] ?? reason('matcher', '', expr.span));
    }
    case 'matrix':
      return first === undefined ? unknownDraft(expr) : { ...inherit(first), type: 'matrix' };
    case 'subquery': {
      if (first === undefined) return unknownDraft(expr);
      // Different series can be the single one at different times.
      const { single: _, ...rest } = inherit(first);
      return { ...rest, type: 'matrix', ...atMostSometimes(first) };
    }
    case 'paren':
      return first === undefined ? unknownDraft(expr) : { ...inherit(first), ...(first.join && { join: first.join }) };
    case 'unary':
      return first === undefined ? unknownDraft(expr) : unaryDraft(expr, first);
    case 'binary':
      return first === undefined || second === undefined ? unknownDraft(expr) : binaryDraft(expr, first, second, scope);
    case 'aggregate':
      return first === undefined ? unknownDraft(expr) : aggregateDraft(expr, first, second, scope);
    case 'call':
      return callDraft(expr, operands, scope);
  }
}

function unaryDraft(expr: Unary, facts: Facts): Draft {
  if (expr.op === '+') return inherit(facts);
  const draft = withoutValueHistory(inherit(facts));
  return {
    ...draft,
    labels: dropName(facts.labels, reason('operator-drops-name', '-', expr.span)),
    value: negate(facts.value),
    ...(facts.cumulative && { cumulative: facts.cumulative }),
  };
}
