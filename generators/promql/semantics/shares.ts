/** Quotients of a part by its whole: `sum(rate(x{status="500"}[5m])) / sum(rate(x[5m]))`, `hits / (hits + misses)`. */
import type { Aggregate, Binary, Expr, LabelMatcher, VectorSelector } from '../ast.ts';
import { equals } from '../walk.ts';
import type { ValueRange } from './facts.ts';
import { isNegative } from './ranges.ts';

/** Parts nested deeper than this are not recognised. */
const MAX_DEPTH = 12;

function unwrap(expr: Expr): Expr {
  let inner = expr;
  while (inner.kind === 'paren' || (inner.kind === 'unary' && inner.op === '+')) inner = inner.expr;
  return inner;
}

/**
 * Whether the left side of a division adds up (or counts) some of what the right side adds up, group by group. Then the
 * quotient is at most 1, as long as nothing that is added is negative; `valueOf` tells that of the right side's parts.
 */
export function isShare(node: Binary, valueOf: (expr: Expr) => ValueRange | undefined): boolean {
  const [part, whole] = [withoutDefault(unwrap(node.left)), unwrap(node.right)];
  if (node.matching?.fill !== undefined) return false;
  if (whole.kind === 'binary' && whole.op === '+') return node.matching === undefined && isAddend(part, whole, valueOf);
  if (part.kind === 'aggregate' && whole.kind === 'aggregate') {
    const additive = part.op === whole.op && (part.op === 'sum' || part.op === 'count');
    return additive && sameGroups(node, part, whole) && isPart(part.expr, whole.expr, MAX_DEPTH);
  }
  // Without aggregation a series is divided by itself.
  return node.matching === undefined && part.kind === whole.kind && isPart(part, whole, MAX_DEPTH);
}

/** `x or vector(0)` without what stands in for a missing `x`: nothing is a part of anything. */
function withoutDefault(expr: Expr): Expr {
  if (expr.kind !== 'binary' || expr.op !== 'or') return expr;
  const right = unwrap(expr.right);
  const zero = right.kind === 'call' && right.func === 'vector' ? right.args[0] : undefined;
  return zero?.kind === 'number' && zero.value === 0 ? unwrap(expr.left) : expr;
}

/** Whether a sum is the part itself plus something that is not negative, matched by all labels. */
function isAddend(part: Expr, whole: Binary, valueOf: (expr: Expr) => ValueRange | undefined): boolean {
  const sides = [whole.left, whole.right];
  const addends = sides.every((side) => {
    const value = valueOf(side);
    return value !== undefined && !isNegative(value.min);
  });
  return whole.matching === undefined && addends && sides.some((side) => equals(unwrap(side), part));
}

const namesOf = (labels: readonly { readonly name: string }[] | undefined): ReadonlySet<string> =>
  new Set(labels?.map(({ name }) => name));

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((name) => b.has(name));

/** Whether every group of the part meets the group of the whole that contains it. */
function sameGroups({ matching }: Binary, part: Aggregate, whole: Aggregate): boolean {
  if (part.grouping?.mode === 'without' || whole.grouping?.mode === 'without') {
    return (
      matching === undefined &&
      part.grouping?.mode === whole.grouping?.mode &&
      sameSet(namesOf(part.grouping?.labels), namesOf(whole.grouping?.labels))
    );
  }
  const [fine, coarse] = [namesOf(part.grouping?.labels), namesOf(whole.grouping?.labels)];
  if (matching?.on === undefined) return sameSet(fine, coarse);
  const compared = namesOf(matching.on.labels);
  if (matching.on.mode === 'on') return sameSet(compared, coarse) && [...coarse].every((name) => fine.has(name));
  const left = (names: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...names].filter((name) => !compared.has(name)));
  return sameSet(left(fine), coarse) && sameSet(left(coarse), coarse);
}

/** Whether every sample of `part` is a sample of `whole` too, with the same labels (a metric name aside). */
function isPart(partExpr: Expr, wholeExpr: Expr, depth: number): boolean {
  const [part, whole] = [unwrap(partExpr), unwrap(wholeExpr)];
  if (depth === 0) return false;
  if (
    part.kind === 'binary' &&
    part.bool !== true &&
    part.matching?.fill === undefined &&
    part.matching?.group === undefined
  ) {
    if (part.op === 'and' || part.op === 'unless') return isPart(part.left, wholeExpr, depth - 1);
    const filtered = COMPARISONS.has(part.op) && unwrap(part.right).kind === 'number';
    if (filtered) return isPart(part.left, wholeExpr, depth - 1);
  }
  if (part.kind === 'vector') return whole.kind === 'vector' && selectsPart(part, whole);
  if (part.kind === 'matrix') {
    return whole.kind === 'matrix' && equals(part.range, whole.range) && selectsPart(part.selector, whole.selector);
  }
  if (part.kind !== 'call' || whole.kind !== 'call' || part.func !== whole.func || !SERIES_BY_SERIES.has(part.func))
    return false;
  const [partArg, wholeArg] = [part.args[0], whole.args[0]];
  return partArg !== undefined && wholeArg !== undefined && isPart(partArg, wholeArg, depth - 1);
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
/** Functions of one argument that treat each series on its own. */
const SERIES_BY_SERIES: ReadonlySet<string> = new Set([
  'rate',
  'increase',
  'irate',
  'sum_over_time',
  'avg_over_time',
  'count_over_time',
  'max_over_time',
  'min_over_time',
  'last_over_time',
  'changes',
  'resets',
]);

/** Whether a selector has every matcher of another, and reads the same instant. */
function selectsPart(part: VectorSelector, whole: VectorSelector): boolean {
  const bare = (selector: VectorSelector): VectorSelector => ({ ...selector, matchers: [] });
  if (part.name === undefined || !equals(bare(part), bare(whole))) return false;
  const same = (a: LabelMatcher, b: LabelMatcher): boolean => a.name === b.name && a.op === b.op && a.value === b.value;
  return whole.matchers.every((matcher) => part.matchers.some((other) => same(matcher, other)));
}
