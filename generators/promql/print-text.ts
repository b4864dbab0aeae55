import type {
  Aggregate,
  AtModifier,
  Binary,
  BinaryOp,
  Duration,
  DurationExpression,
  DurationLiteral,
  Expr,
  LabelMatcher,
  LabelName,
  NumberLiteral,
  Subquery,
  VectorSelector,
} from './ast.ts';
import { isBareGroupingName, isBareMatcherName, isBareMetricName } from './names.ts';
import { parseNumber } from './numbers.ts';
import { remember } from './remember.ts';
import { unquote } from './strings.ts';

/*
 * The texts of a tree's parts, shared by the one-line and the multi-line printer. Parts that can nest are given as
 * pieces, text and nodes in turn, so that no printer needs the call stack for depth.
 */

/** A piece of text, or a node whose pieces stand in its place. */
export type Piece = string | Expr | Duration;

const POWER = 6;
const MULTIPLICATIVE = 5;

/** How tightly each operator binds (%left and %right of promql/parser/generated_parser.y). */
const PRECEDENCE: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': MULTIPLICATIVE,
  '/': MULTIPLICATIVE,
  '%': MULTIPLICATIVE,
  atan2: MULTIPLICATIVE,
  '^': POWER,
};

/** How tightly the outermost operator of a node binds; a sign binds like `*`, what needs no parentheses infinitely. */
export function precedenceOf(node: Expr | Duration): number {
  switch (node.kind) {
    case 'binary':
      return PRECEDENCE[node.op];
    case 'unary':
      return MULTIPLICATIVE;
    case 'number':
      return isNegative(node.value) ? MULTIPLICATIVE : Infinity;
    case 'duration':
      return isNegative(node.ms) ? MULTIPLICATIVE : Infinity;
    case 'duration-expr':
      return isArithmetic(node) ? PRECEDENCE[node.op] : isSign(node) ? MULTIPLICATIVE : Infinity;
    default:
      return Infinity;
  }
}

/** True when a left operand of `op` needs parentheses. */
export function needsParensLeft(op: BinaryOp, operand: Expr | Duration): boolean {
  const precedence = precedenceOf(operand);
  return op === '^' ? precedence <= POWER : precedence < PRECEDENCE[op];
}

/** True when a right operand of `op` needs parentheses; a sign there never does. */
export function needsParensRight(op: BinaryOp, operand: Expr | Duration): boolean {
  if (operand.kind === 'binary' || (operand.kind === 'duration-expr' && isArithmetic(operand))) {
    const precedence = precedenceOf(operand);
    return op === '^' ? precedence < POWER : precedence <= PRECEDENCE[op];
  }
  return false;
}

/** True when the operand of a sign needs parentheses. A number does, or the sign would become part of it. */
export function needsParensAfterSign(operand: Expr | Duration): boolean {
  if (operand.kind === 'number' || operand.kind === 'duration') return true;
  const isSigned = operand.kind === 'unary' || (operand.kind === 'duration-expr' && isSign(operand));
  return !isSigned && precedenceOf(operand) <= MULTIPLICATIVE;
}

/**
 * True when a left operand of `op` ends in an offset like `offset (5m)`: the grammar would take the operator and what
 * follows for part of the offset.
 */
export function endsInOpenOffset(op: BinaryOp, operand: Expr): boolean {
  if (!ARITHMETIC_IN_DURATIONS.has(op)) return false;
  let edge = operand;
  while (edge.kind === 'binary' || edge.kind === 'unary') edge = edge.kind === 'binary' ? edge.right : edge.expr;
  if (edge.kind === 'matrix') edge = edge.selector;
  if (edge.kind !== 'vector' && edge.kind !== 'subquery') return false;
  const isClosed = edge.at !== undefined || (edge.kind === 'vector' && edge.extended !== undefined);
  return !isClosed && edge.offset !== undefined && isOpen(edge.offset);
}

const ARITHMETIC_IN_DURATIONS: ReadonlySet<BinaryOp> = new Set(['+', '-', '*', '/', '%', '^']);

/** True when what stands before `[range:step]` needs parentheses. */
export function needsParensBeforeBracket(operand: Expr): boolean {
  return precedenceOf(operand) !== Infinity;
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

type ArithmeticDuration = DurationExpression & { readonly op: '+' | '-' | '*' | '/' | '%' | '^' };

function isArithmetic(node: DurationExpression): node is ArithmeticDuration {
  return node.operands.length === 2 && node.op !== 'min' && node.op !== 'max';
}

function isSign(node: DurationExpression): boolean {
  return node.operands.length === 1 && node.op !== 'paren';
}

/** The pieces of a node on one line. Operands that need parentheses are expected to have them (`paren` nodes). */
export function piecesOf(node: Expr | Duration): readonly Piece[] {
  switch (node.kind) {
    case 'number':
      return [numberText(node)];
    case 'string':
      return [stringText(node)];
    case 'vector':
      return [selectorText(node), ...modifierPieces(node)];
    case 'matrix':
      return [selectorText(node.selector), '[', node.range, ']', ...modifierPieces(node.selector)];
    case 'subquery':
      return [node.expr, ...subqueryPieces(node)];
    case 'paren':
      return ['(', node.expr, ')'];
    case 'unary':
      return [node.op, node.expr];
    case 'binary':
      return [node.left, ` ${operatorText(node)} `, node.right];
    case 'aggregate': {
      const param = node.param === undefined ? [] : [node.param, ', '];
      return [aggregateText(node), '(', ...param, node.expr, ')'];
    }
    case 'call':
      return [node.func, '(', ...node.args.flatMap((arg, index) => (index === 0 ? [arg] : [', ', arg])), ')'];
    case 'duration':
      return [node.variable === undefined ? durationText(node.ms) : `$${node.variable}`];
    case 'duration-expr':
      return durationPieces(node);
  }
}

/** The text of pieces, nested ones included, without using the call stack. */
export function flatten(pieces: readonly Piece[]): string {
  if (pieces.length === 0) return '';
  let text = '';
  const stack: Piece[] = pieces.toReversed();
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const inner = piecesOf(piece);
    for (let index = inner.length - 1; index >= 0; index -= 1) stack.push(inner[index] as Piece);
  }
  return text;
}

/** `sum by (job) `: what stands before an aggregation's parenthesis. */
export function aggregateText({ op, grouping }: Aggregate): string {
  return grouping === undefined ? op : `${op} ${grouping.mode} (${labelTexts(grouping.labels).join(', ')}) `;
}

/** The names of a grouping or matching list. */
export function labelTexts(labels: readonly LabelName[]): readonly string[] {
  return labels.map(({ name }) => (isBareGroupingName(name) ? name : quote(name)));
}

/** The operator with all that modifies it: `== bool on (job) group_left ()`. */
export function operatorText({ op, bool, matching }: Binary): string {
  const parts: string[] = [op];
  if (bool === true) parts.push('bool');
  const { on, group, fill } = matching ?? {};
  if (bool !== true && matching === undefined) return op;
  // The grammar takes a group clause only after on or ignoring.
  if (on !== undefined || group !== undefined) {
    parts.push(`${on?.mode ?? 'ignoring'} (${labelTexts(on?.labels ?? []).join(', ')})`);
  }
  // The empty list is written out, or a parenthesis after it would be read as the list.
  if (group !== undefined) parts.push(`group_${group.side} (${labelTexts(group.include).join(', ')})`);
  if (fill !== undefined) {
    const { left, right } = fill;
    if (left !== undefined && Object.is(left, right)) {
      parts.push(`fill (${plainNumber(left)})`);
    } else {
      if (left !== undefined) parts.push(`fill_left (${plainNumber(left)})`);
      if (right !== undefined) parts.push(`fill_right (${plainNumber(right)})`);
    }
  }
  return parts.join(' ');
}

/** `metric{a="b", c="d"}`, without what follows. */
export function selectorText({ name, matchers }: VectorSelector): string {
  const isBare = name === undefined || isBareMetricName(name);
  let items = isBare ? '' : quote(name);
  for (const matcher of matchers) items += items === '' ? matcherText(matcher) : `, ${matcherText(matcher)}`;
  if (!isBare || name === undefined) return `{${items}}`;
  return items === '' ? name : `${name}{${items}}`;
}

/** The name before the braces and the items inside. */
export function selectorParts({ name, matchers }: VectorSelector): {
  readonly name: string;
  readonly items: readonly string[];
} {
  const items = matchers.map(matcherText);
  if (name === undefined || isBareMetricName(name)) return { name: name ?? '', items };
  return { name: '', items: [quote(name), ...items] };
}

function matcherText(matcher: LabelMatcher): string {
  const { name, op, quotedName } = matcher;
  const value = stringText(matcher);
  return quotedName === true ? value : `${isBareMatcherName(name) ? name : quote(name)}${op}${value}`;
}

/** ` anchored @ end() offset 5m`: what follows a selector or its range. */
export function modifierPieces({ extended, at, offset }: VectorSelector): readonly Piece[] {
  return modifiers(extended, at, offset);
}

/** `[1h:5m] @ end() offset 5m`. */
export function subqueryPieces({ range, step, at, offset }: Subquery): readonly Piece[] {
  return ['[', range, ':', ...(step === undefined ? [] : [step]), ']', ...modifiers(undefined, at, offset)];
}

const NO_PIECES: readonly Piece[] = [];

function modifiers(
  extended: string | undefined,
  at: AtModifier | undefined,
  offset: Duration | undefined,
): readonly Piece[] {
  if (offset === undefined && at === undefined && extended === undefined) return NO_PIECES;
  const others: Piece[] = [];
  if (extended !== undefined) others.push(` ${extended}`);
  if (at !== undefined) others.push(` @ ${at.at === 'timestamp' ? timestampText(at.ms) : `${at.at}()`}`);
  if (offset === undefined) return others;
  const shift = needsParensInOffset(offset) ? [' offset (', offset, ')'] : [` offset ${spareSigns(offset)}`, offset];
  // Nothing can be taken for part of an offset that another modifier closes.
  return isOpen(offset) ? [...shift, ...others] : [...others, ...shift];
}

function isOpen(offset: Duration): boolean {
  return startsAsArithmetic(offset) || needsParensInOffset(offset);
}

/**
 * After `offset` the grammar tries a literal, a function or a group, each with one sign at most, and leaves an operator
 * behind it to the expression around. Only what starts with a parenthesis or two signs is read on as arithmetic.
 */
function needsParensInOffset(offset: Duration): boolean {
  if (offset.kind === 'duration' || startsAsArithmetic(offset)) return false;
  if (isArithmetic(offset)) return true;
  const [operand] = offset.operands;
  return (
    isSign(offset) &&
    operand !== undefined &&
    operand.kind !== 'duration' &&
    isArithmetic(operand) &&
    !needsParensAfterSign(operand)
  );
}

function startsAsArithmetic(offset: Duration): boolean {
  const first = leftEdge(offset);
  if (first === 'parenthesis') return true;
  if (first.kind === 'duration') return first !== offset && isSignedTwice(first);
  const [operand] = first.operands;
  return first.op === 'paren' || (isSign(first) && operand?.kind === 'duration-expr' && isSign(operand));
}

/** What the text of a duration starts with: its leftmost operand, unless that gets a parenthesis. */
function leftEdge(duration: Duration): Duration | 'parenthesis' {
  let edge = duration;
  while (edge.kind === 'duration-expr' && isArithmetic(edge)) {
    const [left] = edge.operands;
    if (left === undefined) break;
    if (needsParensLeft(edge.op, left)) return 'parenthesis';
    edge = left;
  }
  return edge;
}

/** True for a literal that was written with two signs, which became part of it. */
function isSignedTwice({ raw = '' }: DurationLiteral): boolean {
  return /^[-+]\s*[-+]/.test(raw);
}

/** The signs that make an offset start as arithmetic where they were written but became part of a literal. */
function spareSigns(offset: Duration): string {
  const first = leftEdge(offset);
  if (first === offset || first === 'parenthesis' || first.kind !== 'duration' || !isSignedTwice(first)) return '';
  return isNegative(first.ms) ? '+' : '--';
}

function durationPieces(node: DurationExpression): readonly Piece[] {
  const [left, right] = node.operands;
  if (left === undefined) return [`${node.op}()`];
  if (right === undefined) {
    if (node.op === 'paren') return ['(', operandPiece(left), ')'];
    return [node.op, ...inParens(left, needsParensAfterSign(left))];
  }
  if (isArithmetic(node)) {
    return [
      ...inParens(left, needsParensLeft(node.op, left)),
      ` ${node.op} `,
      ...inParens(right, needsParensRight(node.op, right)),
    ];
  }
  return [`${node.op}_of(`, operandPiece(left), ', ', operandPiece(right), ')'];
}

function inParens(operand: Duration, needed: boolean): readonly Piece[] {
  return needed ? ['(', operandPiece(operand), ')'] : [operandPiece(operand)];
}

/** A bare number stays one inside arithmetic: `5m * 2` is not `5m * 2s` to a reader. */
function operandPiece(operand: Duration): Piece {
  if (operand.kind !== 'duration' || operand.raw === undefined) return operand;
  const unsigned = operand.raw.replace(/^[-+\s]+/, '');
  return /^0[xX]|[\d._]$/.test(unsigned) ? secondsText(operand.ms) : operand;
}

const UNITS = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/**
 * A duration as Prometheus writes it (String of common/model.Duration): years and weeks only when they are exact,
 * since 90d is easier to read than 12w6d. What is no whole number of milliseconds is written as seconds.
 */
export const durationText = remember((ms: number): string => {
  if (!Number.isSafeInteger(ms)) return secondsText(ms);
  if (ms === 0) return '0s';
  let rest = Math.abs(ms);
  let text = ms < 0 ? '-' : '';
  for (const [unit, length] of UNITS) {
    const isExactOnly = unit === 'y' || unit === 'w';
    if (rest < length || (isExactOnly && rest % length !== 0)) continue;
    text += `${Math.floor(rest / length)}${unit}`;
    rest %= length;
  }
  return text;
});

/** Milliseconds as the number of seconds that is rounded to them, to the nanosecond, when it is read. */
function secondsText(ms: number): string {
  const read = (seconds: number): number => {
    const rounded = Math.round(seconds * 1000 * 1e6) / 1e6;
    return rounded === 0 ? seconds * 1000 : rounded;
  };
  const short = [3, 6, 9].map((digits) => Number((ms / 1000).toFixed(digits)));
  return plainNumber(findInput(ms, [...short, ...around(ms / 1000)], read));
}

/** A timestamp as the number of seconds that is rounded to it, to the millisecond, when it is read. */
function timestampText(ms: number): string {
  const read = (seconds: number): number => Math.sign(seconds) * Math.round(Math.abs(seconds) * 1000);
  return plainNumber(findInput(ms, around(ms / 1000), read));
}

/** The candidate that reads as wanted, the last one when none does. */
function findInput(wanted: number, candidates: readonly number[], read: (candidate: number) => number): number {
  return candidates.find((candidate) => read(candidate) === wanted) ?? candidates.at(-1) ?? wanted;
}

/** A number and those next to it, itself first and last. */
function around(value: number): readonly number[] {
  const step = Math.abs(value) * Number.EPSILON;
  return [value, value + step, value - step, value + step / 2, value - step / 2, value];
}

/** A number: as written when it is hexadecimal or has underscores, as a duration when it was one, else the shortest. */
export function numberText({ value, raw, duration }: NumberLiteral): string {
  if (duration === true) {
    const ms = Math.round(value * 1000);
    if (ms / 1000 === value) return durationText(ms);
  }
  return keptNumber(value, raw) ?? plainNumber(value);
}

function keptNumber(value: number, raw: string | undefined): string | undefined {
  const digits = raw?.replace(/^[-+]\s*/, '');
  if (digits === undefined || !/^(?:0[xX][\da-fA-F_]+|[1-9][\d_]*_[\d_]*)$/.test(digits)) return undefined;
  if (parseNumber(digits).value !== Math.abs(value)) return undefined;
  return isNegative(value) ? `-${digits}` : digits;
}

/** The shortest text that reads back as the same number. */
export function plainNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return 'Inf';
  if (value === -Infinity) return '-Inf';
  if (Object.is(value, -0)) return '-0';
  return String(value).replace('e+', 'e');
}

/** A literal in double quotes, but as it was written when it holds bytes that no JavaScript string can. */
function stringText({ value, raw }: { readonly value: string; readonly raw?: string }): string {
  if (raw !== undefined && value.includes('\ufffd')) {
    const written = unquote(raw);
    if (written.bytes !== undefined && written.value === value) return raw;
  }
  return quote(value);
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * What is written as an escape: controls, what the eye cannot see or cannot tell from a space, direction marks, halves
 * of surrogate pairs, and U+FFFD, which Prometheus's lexer takes for broken UTF-8.
 */
const ESCAPED =
  /["\\\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Text without anything to escape, which nearly all of it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A string in double quotes, with the escapes Go and Prometheus know. */
export function quote(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  return `"${value.replace(ESCAPED, escape)}"`;
}

function escape(char: string): string {
  const short = SHORT_ESCAPES[char];
  if (short !== undefined) return short;
  // Half a pair has no escape; every encoder makes it U+FFFD.
  const code = isSurrogate(char) ? 0xfffd : (char.codePointAt(0) ?? 0);
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

function isSurrogate(char: string): boolean {
  return char.length === 1 && char >= '\ud800' && char <= '\udfff';
}
