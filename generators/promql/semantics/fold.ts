/** Evaluation of a tree from the leaves up, without recursion. */
import type { Expr } from '../ast.ts';

/** The expressions directly below an expression: the operand of an aggregation stands before its parameter. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
      return [];
    case 'matrix':
      return [expr.selector];
    case 'subquery':
    case 'paren':
    case 'unary':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.expr, expr.param];
    case 'call':
      return expr.args;
  }
}

/**
 * Calls `fn` for every expression with the results of its operands, leaves first, and gives every result; they are
 * collected in `results` as they come. A node that occurs twice is evaluated once. The stack is on the heap: depth is
 * bounded by memory only.
 */
export function foldExpr<T>(
  root: Expr,
  fn: (expr: Expr, operands: readonly T[]) => T,
  results: Map<Expr, T> = new Map(),
): ReadonlyMap<Expr, T> {
  const stack: { readonly expr: Expr; readonly operands: readonly Expr[]; next: number }[] = [];
  const open = (expr: Expr): void => void stack.push({ expr, operands: operandsOf(expr), next: 0 });
  open(root);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const operand = frame.operands[frame.next];
    if (operand !== undefined) {
      frame.next += 1;
      if (!results.has(operand)) open(operand);
      continue;
    }
    results.set(
      frame.expr,
      fn(
        frame.expr,
        frame.operands.map((node) => results.get(node) as T),
      ),
    );
    stack.pop();
  }
  return results;
}
