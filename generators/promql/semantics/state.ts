/** The facts of one expression while they are worked out, and the result that stands for "nothing comes out". */
import type { Expr } from '../ast.ts';
import type { DeadPart, Facts, Reason, Returns, ValueRange } from './facts.ts';
import { noLabels, varyingLabels } from './labels.ts';

/** What an operator needs to know besides its operands. */
export interface Scope {
  /** Reports a part that can have no effect. */
  readonly dead: (part: DeadPart) => void;
  /** The facts of a sub-expression. */
  readonly of: (node: Expr) => Facts | undefined;
}

/** The scope for something that is tried, not said. */
export const muted = (scope: Scope): Scope => ({ ...scope, dead: () => undefined });

/** Facts without the parts that follow from others. */
export type Draft = Omit<Facts, 'expr' | 'single'> & { readonly single?: boolean };

/** Completes the facts of an expression. */
export function complete(expr: Expr, draft: Draft): Facts {
  const never = draft.returns === 'never';
  const varying = varyingLabels(draft.labels);
  const single = draft.single === true || draft.type === 'scalar' || never || varying?.length === 0;
  return { ...draft, expr, single: draft.type === 'string' || single };
}

/** The facts of a scalar. */
export const scalarDraft = (value: ValueRange, why: Reason): Draft => ({
  type: 'scalar',
  labels: noLabels(why),
  value,
  samples: 'float',
  returns: 'always',
  returnsReason: why,
  conditional: false,
});

/** The facts of a vector with one series without labels, such as `vector(1)`. */
export const unlabelledDraft = (value: ValueRange, why: Reason): Draft => ({
  ...scalarDraft(value, why),
  type: 'vector',
});

/** A result that never returns, and why. */
export const emptied = <D extends Draft>(draft: D, why: Reason): D => ({
  ...draft,
  returns: 'never',
  returnsReason: why,
});

/** `returns` with the reason that belongs to it. */
export const returning = (returns: Returns, why: Reason | undefined): Pick<Draft, 'returns' | 'returnsReason'> =>
  returns === 'sometimes' || why === undefined ? { returns } : { returns, returnsReason: why };

/** An operand's promise after something that may lose series. */
export const atMostSometimes = (
  facts: Pick<Facts, 'returns' | 'returnsReason'>,
): Pick<Draft, 'returns' | 'returnsReason'> =>
  facts.returns === 'always' ? { returns: 'sometimes' } : returning(facts.returns, facts.returnsReason);

/** The facts that an operator hands on from its operand unless it says otherwise. */
export function inherit(facts: Facts): Draft {
  const { expr: _expr, join: _join, ...rest } = facts;
  return rest;
}

/** The draft without the comparison and the raw counter of the operand: the value is another one now. */
export function withoutValueHistory(draft: Draft): Draft {
  const { condition: _condition, cumulative: _cumulative, ...rest } = draft;
  return rest;
}
