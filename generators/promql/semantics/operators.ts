/** What an operator makes of two values (promql/engine.go: vectorElemBinop, scalarBinop). */
import type { ArithmeticOp, Binary, BinaryOp, ComparisonOp } from '../ast.ts';
import type { Condition, Facts, SampleType, ValueRange } from './facts.ts';
import { reason } from './labels.ts';
import {
  add,
  ANY_VALUE,
  arcTangent,
  BOOLEAN,
  compareRanges,
  constantOf,
  constantRange,
  divide,
  isNegative,
  MIRRORED,
  modulo,
  multiply,
  narrow,
  raise,
  subtract,
} from './ranges.ts';
import { isShare } from './shares.ts';
import type { Draft, Scope } from './state.ts';
import { muted, returning } from './state.ts';

const ARITHMETIC: Readonly<Record<ArithmeticOp, (a: ValueRange, b: ValueRange) => ValueRange>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': modulo,
  '^': raise,
  atan2: arcTangent,
};

/** True for `==` and its kin, with `bool` or without. */
export const isComparison = (op: BinaryOp): op is ComparisonOp => op in MIRRORED;

/** True for a comparison that returns what satisfies it. */
export const isFilter = (node: Binary): boolean => isComparison(node.op) && node.bool !== true;

/** The values of an arithmetic operator. */
export const arithmetic = (op: BinaryOp, a: ValueRange, b: ValueRange): ValueRange =>
  op in ARITHMETIC ? ARITHMETIC[op as ArithmeticOp](a, b) : ANY_VALUE;

/** The 0 and 1 of a comparison with `bool`. */
export const truth = (outcome: Condition['outcome']): ValueRange =>
  outcome === 'sometimes' ? BOOLEAN : constantRange(outcome === 'always' ? 1 : 0);

/** The comparison of an operator, with the tested side on the left. */
export function conditionOf(
  node: Binary,
  op: ComparisonOp,
  left: Facts,
  right: Facts,
  subject: Binary['left'],
): Condition {
  const flipped = subject === right.expr && subject !== left.expr;
  const value = constantOf(flipped ? left.value : right.value);
  return {
    node,
    subject,
    op: flipped ? MIRRORED[op] : op,
    ...(value !== undefined && { value }),
    bool: node.bool === true,
    outcome: compareRanges(op, left.value, right.value),
  };
}

/** What comes of plain numbers and native histograms on the two sides (vectorElemBinop). */
function resultSamples(
  op: BinaryOp,
  left: SampleType,
  right: SampleType,
): { readonly samples: SampleType; readonly lossy: boolean; readonly none: boolean } {
  const possible = (side: SampleType): readonly SampleType[] => (side === 'either' ? ['float', 'histogram'] : [side]);
  const results = new Set<SampleType>();
  let lossy = false;
  for (const a of possible(left)) {
    for (const b of possible(right)) {
      const result = pairSamples(op, a, b);
      if (result === undefined) lossy = true;
      else results.add(result);
    }
  }
  const [only, second] = [...results];
  return { samples: second === undefined ? (only ?? 'float') : 'either', lossy, none: results.size === 0 };
}

function pairSamples(op: BinaryOp, left: SampleType, right: SampleType): SampleType | undefined {
  if (op === '</' || op === '>/') return left === 'histogram' && right === 'float' ? 'histogram' : undefined;
  if (left === 'float' && right === 'float') return 'float';
  if (left === 'histogram' && right === 'histogram') {
    return op === '+' || op === '-' || op === '==' || op === '!=' ? 'histogram' : undefined;
  }
  if (op === '*') return 'histogram';
  return op === '/' && left === 'histogram' ? 'histogram' : undefined;
}

/** The values of an arithmetic operator. The share of a part in its whole is at most 1. */
function valueOf(node: Binary, left: Facts, right: Facts, scope: Scope): ValueRange {
  const value = arithmetic(node.op, left.value, right.value);
  const negative = isNegative(left.value.min) || isNegative(right.value.min);
  if (node.op !== '/' || negative || left.type === 'scalar' || !isShare(node, (expr) => scope.of(expr)?.value))
    return value;
  return { ...value, max: 1, exact: false };
}

/** What an operator makes of the values that meet. */
export type Outcome = Omit<Draft, 'labels' | 'type' | 'conditional'>;

/** The value, the samples and the promise of an operator, once it is known which values meet. `subject` is kept by a filter. */
export function operate(node: Binary, left: Facts, right: Facts, subject: Facts, outer: Scope): Outcome {
  const { op } = node;
  // What follows from a dead operand was reported there.
  const scope = left.returns === 'never' || right.returns === 'never' ? muted(outer) : outer;
  const { samples, lossy, none } = resultSamples(op, left.samples, right.samples);
  const both = left.returns === 'always' && right.returns === 'always';
  const sure = both && !lossy ? returning('always', subject.returnsReason) : { returns: 'sometimes' as const };
  if (none) {
    const why = reason('wrong-sample-type', op, node.opSpan);
    scope.dead({ code: 'no-samples', expr: node, span: node.span, because: [why] });
    return { value: ANY_VALUE, samples, returns: 'never', returnsReason: why };
  }
  if (!isComparison(op)) return { value: valueOf(node, left, right, scope), samples, ...sure };
  const condition = conditionOf(node, op, left, right, subject.expr);
  if (node.bool === true) {
    const floats = left.samples === 'float' && right.samples === 'float';
    return { value: floats ? truth(condition.outcome) : BOOLEAN, samples: 'float', condition, ...sure };
  }
  const other = subject === left ? right : left;
  const value = narrow(subject.value, condition.op, other.value);
  const floats = samples === 'float';
  if (condition.outcome === 'never' && floats && left.samples === 'float' && right.samples === 'float') {
    const why = reason('never-true', op, node.opSpan);
    scope.dead({ code: 'never-true', expr: node, span: node.span, because: [why] });
    return { value, samples, condition, returns: 'never', returnsReason: why };
  }
  return { value, samples, condition, ...(condition.outcome === 'always' ? sure : { returns: 'sometimes' }) };
}
