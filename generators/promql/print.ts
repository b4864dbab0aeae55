import type { Aggregate, Binary, BinaryOp, Call, Expr, MatrixSelector, VectorSelector } from './ast.ts';
import {
  aggregateText,
  durationText,
  endsInOpenOffset,
  flatten,
  labelTexts,
  modifierPieces,
  needsParensAfterSign,
  needsParensBeforeBracket,
  needsParensLeft,
  needsParensRight,
  numberText,
  operatorText,
  precedenceOf,
  selectorParts,
  selectorText,
  subqueryPieces,
} from './print-text.ts';
import { paren } from './build.ts';
import { transform } from './walk.ts';

/*
 * What is canonical:
 * - strings stand in double quotes, with the escapes of Go, invisible characters escaped; a literal whose bytes are
 *   not UTF-8 stays as it was written;
 * - numbers are as short as they can be and still exact; hexadecimal numbers and those with underscores stay as they
 *   were written; a duration used as a number stays a duration;
 * - ranges, steps and offsets are durations as Prometheus writes them (`[300]` becomes `[5m]`, `7d` becomes `1w`),
 *   but a bare number inside duration arithmetic stays a number;
 * - names are quoted where they have to be and nowhere else; matchers and labels keep their order;
 * - `by` and `without` stand before the argument, modifiers in the order range, anchored or smoothed, @, offset (an
 *   offset in parentheses comes first, so that no operator can be taken for part of it);
 * - parentheses of the tree stay, and those that a tree built by hand lacks are added.
 * Comments are no part of the tree, so they are gone.
 */

/** Prints an expression on one line, in its canonical form. Printing what was parsed from it gives the same text. */
export function print(expr: Expr): string {
  return flatten([withParens(expr)]);
}

/** Whether an operand of the expression needs parentheses that the tree does not have. */
function lacksParens(expr: Expr): boolean {
  switch (expr.kind) {
    case 'binary':
      return (
        needsParensLeft(expr.op, expr.left) ||
        needsParensRight(expr.op, expr.right) ||
        endsInOpenOffset(expr.op, expr.left)
      );
    case 'unary':
      return needsParensAfterSign(expr.expr);
    case 'subquery':
      return needsParensBeforeBracket(expr.expr);
    default:
      return false;
  }
}

/** Whether an expression or anything in it lacks parentheses; too deep a tree is taken for one that does. */
function lacksParensWithin(expr: Expr, depth = 0): boolean {
  if (depth > DEEPEST || lacksParens(expr)) return true;
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
    case 'matrix':
      return false;
    case 'binary':
      return lacksParensWithin(expr.left, depth + 1) || lacksParensWithin(expr.right, depth + 1);
    case 'aggregate':
      return (
        (expr.param !== undefined && lacksParensWithin(expr.param, depth + 1)) ||
        lacksParensWithin(expr.expr, depth + 1)
      );
    case 'call':
      return expr.args.some((arg) => lacksParensWithin(arg, depth + 1));
    default:
      return lacksParensWithin(expr.expr, depth + 1);
  }
}

/** How deep the quick ways go, which use the call stack. */
const DEEPEST = 200;

/** Adds the parentheses that precedence demands and the tree does not have. */
function withParens(root: Expr): Expr {
  if (!lacksParensWithin(root)) return root;
  const wrapIf = (needed: boolean, expr: Expr): Expr => (needed ? paren(expr) : expr);
  return transform(root, (expr) => {
    switch (expr.kind) {
      case 'binary': {
        const isOpen = needsParensLeft(expr.op, expr.left) || endsInOpenOffset(expr.op, expr.left);
        const left = wrapIf(isOpen, expr.left);
        const right = wrapIf(needsParensRight(expr.op, expr.right), expr.right);
        return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
      }
      case 'unary':
        return needsParensAfterSign(expr.expr) ? { ...expr, expr: paren(expr.expr) } : expr;
      case 'subquery':
        return needsParensBeforeBracket(expr.expr) ? { ...expr, expr: paren(expr.expr) } : expr;
      default:
        return expr;
    }
  });
}

/** How `printPretty` lays lines out. */
export interface PrettyOptions {
  /** The length a line should not exceed, 100 unless told. A selector or a string longer than that is not broken. */
  readonly width?: number;
  /** One level of indentation, two spaces unless told. */
  readonly indent?: string;
}

/**
 * Prints an expression on as many lines as it takes to keep them short; what fits on one line stands on one, in the
 * form `print` gives it.
 *
 * Operators that do not fit stand on their own lines with their modifiers, their operands one level deeper, so that
 * the indentation shows what binds tighter. A short right operand stays with its operator (`> 0.05`), and brackets
 * hug what is short beside them (`1 - (`, `) > 0.05`). Past a depth where nothing fits any more, nothing is broken.
 */
export function printPretty(expr: Expr, options: PrettyOptions = {}): string {
  const { width = 100, indent = '  ' } = options;
  const whole = withParens(expr);
  const lines: Lines = { width, known: new Map() };
  return lengthOf(whole, lines) <= width ? lineOf(whole, lines) : layOut(whole, lines, indent);
}

/** The one-line form of expressions: its text where it is not longer than `width`, otherwise how long it is. */
interface Lines {
  readonly width: number;
  readonly known: Map<Expr, string | number>;
}

function lengthOf(expr: Expr, lines: Lines): number {
  const line = measure(expr, lines, 0);
  return typeof line === 'string' ? line.length : line;
}

function lineOf(expr: Expr, lines: Lines): string {
  const line = measure(expr, lines, 0);
  return typeof line === 'string' ? line : flatten([expr]);
}

/** Texts in a row, or how long they are together when one of them is only known by its length, or all are too long. */
function inARow(width: number, ...parts: readonly (string | number)[]): string | number {
  let length = 0;
  let isText = true;
  for (const part of parts) {
    if (typeof part === 'string') length += part.length;
    else {
      length += part;
      isText = false;
    }
  }
  return isText && length <= width ? parts.join('') : length;
}

/** Each expression is measured once, from its operands. */
function measure(expr: Expr, lines: Lines, depth: number): string | number {
  const known = lines.known.get(expr);
  if (known !== undefined) return known;
  if (depth > DEEPEST) return flatten([expr]);
  const { width } = lines;
  const below = depth + 1;
  let line: string | number;
  switch (expr.kind) {
    case 'vector':
      line = selectorText(expr) + (isUnmodified(expr) ? '' : flatten(modifierPieces(expr)));
      break;
    case 'matrix':
      line = selectorText(expr.selector) + rangeText(expr);
      break;
    case 'paren':
      line = inARow(width, '(', measure(expr.expr, lines, below), ')');
      break;
    case 'binary':
      line = inARow(
        width,
        measure(expr.left, lines, below),
        ` ${operatorText(expr)} `,
        measure(expr.right, lines, below),
      );
      break;
    case 'aggregate': {
      const { param, expr: inner } = expr;
      const head = `${aggregateText(expr)}(`;
      const before = param === undefined ? head : inARow(width, head, measure(param, lines, below), ', ');
      line = inARow(width, before, measure(inner, lines, below), ')');
      break;
    }
    case 'call': {
      line = `${expr.func}(`;
      for (const [index, arg] of expr.args.entries()) {
        line = inARow(width, line, index === 0 ? '' : ', ', measure(arg, lines, below));
      }
      line = inARow(width, line, ')');
      break;
    }
    case 'number':
      return numberText(expr);
    default:
      return flatten([expr]);
  }
  lines.known.set(expr, line);
  return line;
}

/** Operands up to this part of the width stay on the operator's line. */
const SHORT = 0.25;

/** What is left to print: text, the start of a line, or an expression. */
type Item =
  | string
  | { readonly line: number }
  | {
      readonly expr: Expr;
      /** The level the lines of the expression hang on. */
      readonly level: number;
      /** How many characters follow on its last line. */
      readonly tail: number;
    };

function layOut(root: Expr, lines: Lines, indent: string): string {
  const { width } = lines;
  const out: string[] = [];
  const stack: Item[] = [{ expr: root, level: 0, tail: 0 }];
  let column = 0;
  const context: Layout = {
    fits: (expr, level, tail) => level * indent.length + lengthOf(expr, lines) + tail <= width,
    lines,
    width,
    indent,
  };
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (typeof item === 'string') {
      out.push(item);
      column += item.length;
    } else if ('line' in item) {
      out.push('\n', indent.repeat(item.line));
      column = item.line * indent.length;
    } else if (column + lengthOf(item.expr, lines) + item.tail <= width || item.level * indent.length > width * 0.75) {
      const text = lineOf(item.expr, lines);
      out.push(text);
      column += text.length;
    } else {
      const items = breakUp(item.expr, item.level, item.tail, context);
      for (let index = items.length - 1; index >= 0; index -= 1) stack.push(items[index] as Item);
    }
  }
  return out.join('');
}

/** What breaking an expression up needs to know. */
interface Layout {
  /** True when the expression fits on a line of that level with so many characters behind it. */
  readonly fits: (expr: Expr, level: number, tail: number) => boolean;
  readonly lines: Lines;
  readonly width: number;
  readonly indent: string;
}

function breakUp(expr: Expr, level: number, tail: number, layout: Layout): readonly Item[] {
  switch (expr.kind) {
    case 'paren':
      return ['(', ...block([[{ expr: expr.expr, level: level + 1, tail: 0 }]], level), ')'];
    case 'unary':
      return [expr.op, { expr: expr.expr, level, tail }];
    case 'call': {
      const [only] = expr.args;
      if (only !== undefined && expr.args.length === 1 && isWideSelector(only, level, layout)) {
        return [`${expr.func}(`, ...breakUp(only, level, tail + 1, layout), ')'];
      }
      return [`${expr.func}(`, ...block(argumentLines(expr, level, layout), level), ')'];
    }
    case 'aggregate':
      return breakAggregate(expr, level, layout);
    case 'binary':
      return breakBinary(expr, level, tail, layout);
    case 'subquery': {
      const suffix = flatten(subqueryPieces(expr));
      return [{ expr: expr.expr, level, tail: tail + suffix.length }, suffix];
    }
    case 'vector':
      return [...breakSelector(expr, level), flatten(modifierPieces(expr))];
    case 'matrix':
      return [...breakSelector(expr.selector, level), rangeText(expr)];
    default:
      return [lineOf(expr, layout.lines)];
  }
}

/** Whether nothing follows a selector: no offset, no moment, no way to look beyond the range. */
function isUnmodified({ at, extended, offset }: VectorSelector): boolean {
  return at === undefined && extended === undefined && offset === undefined;
}

function rangeText({ selector, range }: MatrixSelector): string {
  if (isUnmodified(selector) && range.kind === 'duration' && range.variable === undefined)
    return `[${durationText(range.ms)}]`;
  return flatten(['[', range, ']', ...modifierPieces(selector)]);
}

/** Lines one level deeper, and the start of the line that closes them. */
function block(lines: readonly (readonly Item[])[], level: number): readonly Item[] {
  const items: Item[] = [];
  for (const line of lines) items.push({ line: level + 1 }, ...line);
  items.push({ line: level });
  return items;
}

/** The arguments of a call, one a line; string literals that follow each other share one if they fit. */
function argumentLines({ args }: Call, level: number, { width, indent }: Layout): readonly (readonly Item[])[] {
  const lines: Item[][] = [];
  let shared = 0;
  args.forEach((arg, index) => {
    const comma = index === args.length - 1 ? '' : ',';
    if (arg.kind !== 'string') {
      lines.push([{ expr: arg, level: level + 1, tail: comma.length }, comma]);
      shared = 0;
      return;
    }
    const text = flatten([arg]) + comma;
    const line = lines.at(-1);
    if (shared > 0 && line !== undefined && shared + 1 + text.length <= width) {
      line.push(` ${text}`);
      shared += 1 + text.length;
    } else {
      lines.push([text]);
      shared = (level + 1) * indent.length + text.length;
    }
  });
  return lines;
}

/** True for a selector that has to be broken even on a line of its own; the call around it need not be, then. */
function isWideSelector(expr: Expr, level: number, layout: Layout): boolean {
  const selector = expr.kind === 'matrix' ? expr.selector : expr;
  return selector.kind === 'vector' && selectorParts(selector).items.length > 1 && !layout.fits(expr, level + 1, 0);
}

function breakAggregate(expr: Aggregate, level: number, layout: Layout): readonly Item[] {
  const { op, grouping, param } = expr;
  const { width, indent } = layout;
  const lines: Item[][] = [];
  if (param !== undefined) lines.push([{ expr: param, level: level + 1, tail: 1 }, ',']);
  lines.push([{ expr: expr.expr, level: level + 1, tail: 0 }]);
  const head = aggregateText(expr);
  if (grouping === undefined || level * indent.length + head.length < width) {
    if (param === undefined && isWideSelector(expr.expr, level, layout)) {
      return [`${head}(`, ...breakUp(expr.expr, level, 1, layout), ')'];
    }
    return [`${head}(`, ...block(lines, level), ')'];
  }
  const labels = labelTexts(grouping.labels);
  const labelLines = labels.map((name, index) => [index === labels.length - 1 ? name : `${name},`]);
  return [`${op} ${grouping.mode} (`, ...block(labelLines, level), ') (', ...block(lines, level), ')'];
}

function breakSelector(selector: VectorSelector, level: number): readonly Item[] {
  const { name, items } = selectorParts(selector);
  if (items.length < 2) return [items.length === 0 && name !== '' ? name : `${name}{${items.join('')}}`];
  return [
    `${name}{`,
    ...block(
      items.map((item) => [`${item},`]),
      level,
    ),
    '}',
  ];
}

/** One operator of a chain and what stands right of it. */
interface Link {
  readonly operator: string;
  readonly right: Expr;
}

/** The operands and operators of a chain such as `a + b - c`, which the tree holds nested to the left. */
function chainOf(expr: Binary): { readonly first: Expr; readonly links: readonly Link[] } {
  const links: Link[] = [];
  let first: Expr = expr;
  while (first.kind === 'binary' && isSameLevel(first.op, expr.op)) {
    links.push({ operator: operatorText(first), right: first.right });
    first = first.left;
    if (expr.op === '^') break;
  }
  return { first, links: links.reverse() };
}

function isSameLevel(a: BinaryOp, b: BinaryOp): boolean {
  return levelOf(a) === levelOf(b);
}

function levelOf(op: BinaryOp): number {
  return precedenceOf({ op, kind: 'binary' } as Binary);
}

function breakBinary(expr: Binary, level: number, tail: number, layout: Layout): readonly Item[] {
  const { first, links } = chainOf(expr);
  const [link] = links;
  if (link !== undefined && links.length === 1) {
    const { operator, right } = link;
    const end = ` ${operator} `;
    if (isShort(first, layout)) {
      const start: Item = { expr: first, level, tail: 0 };
      // 1 - ( ... )
      if (isBracketed(right)) return [start, end, { expr: right, level, tail }];
      return [start, ` ${operator}`, { line: level + 1 }, { expr: right, level: level + 1, tail }];
    }
    // sum( ... ) > 0.05
    if (isShort(right, layout) && isBracketed(first) && !layout.fits(first, level + 1, 0)) {
      const rightText = `${end}${lineOf(right, layout.lines)}`;
      return [{ expr: first, level, tail: rightText.length + tail }, rightText];
    }
  }
  const items: Item[] = [layout.indent, { expr: first, level: level + 1, tail: 0 }];
  links.forEach(({ operator, right }, index) => {
    const after = index === links.length - 1 ? tail : 0;
    items.push({ line: level }, operator);
    if (isShort(right, layout)) items.push(' ', { expr: right, level, tail: after });
    else items.push({ line: level + 1 }, { expr: right, level: level + 1, tail: after });
  });
  return items;
}

/** True for what stays on the line of the operator beside it. */
function isShort(expr: Expr, layout: Layout): boolean {
  return expr.kind !== 'binary' && lengthOf(expr, layout.lines) <= layout.width * SHORT;
}

/** True for what opens a bracket at its start and closes it at its end, so that a line can be broken inside it. */
function isBracketed(expr: Expr): boolean {
  return expr.kind === 'paren' || expr.kind === 'aggregate' || (expr.kind === 'call' && expr.args.length > 0);
}
