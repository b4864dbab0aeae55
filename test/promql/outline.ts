import type { Duration, Expr, VectorSelector } from '../../generators/promql/ast.ts';

/*
 * A tree as one line in which everything is in parentheses, operator first, so that a table of tests shows how a text was
 * understood: `1 + 2 * 3` is `(+ 1 (* 2 3))`.
 */

export function outline(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return Object.is(expr.value, -0) ? '-0' : String(expr.value);
    case 'string':
      return JSON.stringify(expr.value);
    case 'vector':
      return selectorOutline(expr);
    case 'matrix':
      return `${selectorOutline(expr.selector)}[${durationOutline(expr.range)}]`;
    case 'subquery': {
      const step = expr.step === undefined ? '' : durationOutline(expr.step);
      return `(subquery ${outline(expr.expr)} ${durationOutline(expr.range)}:${step}${modifiers(expr)})`;
    }
    case 'paren':
      return `(paren ${outline(expr.expr)})`;
    case 'unary':
      return `(${expr.op} ${outline(expr.expr)})`;
    case 'call':
      return `(${[expr.func, ...expr.args.map(outline)].join(' ')})`;
    case 'aggregate': {
      const grouping =
        expr.grouping && `${expr.grouping.mode}:${expr.grouping.labels.map(({ name }) => name).join(',')}`;
      const parts = [expr.op, grouping, expr.param && outline(expr.param), outline(expr.expr)];
      return `(${parts.filter((part) => part !== undefined).join(' ')})`;
    }
    case 'binary': {
      const { on, group, fill } = expr.matching ?? {};
      const parts = [
        expr.op,
        expr.bool === true ? 'bool' : undefined,
        on && `${on.mode}:${on.labels.map(({ name }) => name).join(',')}`,
        group && `group_${group.side}:${group.include.map(({ name }) => name).join(',')}`,
        fill && `fill:${fill.left ?? ''}/${fill.right ?? ''}`,
        outline(expr.left),
        outline(expr.right),
      ];
      return `(${parts.filter((part) => part !== undefined).join(' ')})`;
    }
  }
}

const selectorOutline = (expr: VectorSelector): string => {
  const matchers = expr.matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`);
  const braces = matchers.length === 0 && expr.name !== undefined ? '' : `{${matchers.join(',')}}`;
  return `${expr.name ?? ''}${braces}${modifiers(expr)}${expr.extended === undefined ? '' : ` ${expr.extended}`}`;
};

const modifiers = ({ offset, at }: Pick<VectorSelector, 'offset' | 'at'>): string => {
  const offsetText = offset === undefined ? '' : ` offset:${durationOutline(offset)}`;
  if (at === undefined) return offsetText;
  return `${offsetText} @${at.at === 'timestamp' ? at.ms : at.at}`;
};

/** Milliseconds for a literal. */
const durationOutline = (duration: Duration): string =>
  duration.kind === 'duration'
    ? String(duration.ms)
    : `(${[duration.op, ...duration.operands.map(durationOutline)].join(' ')})`;
