/**
 * Parses PromQL with an explicit stack: no recursion, so nesting is bounded by memory alone, as in Prometheus.
 *
 * Prometheus's parser comes from an LALR grammar with error productions. Here each open construct is a frame, and the
 * same things happen at the same tokens: what is complete is reduced before an error is noticed, an error falls back
 * to the innermost construct that can take one, and after that tokens are dropped until one fits.
 */
import type {
  Aggregate,
  AggregateOp,
  AtModifier,
  Binary,
  BinaryOp,
  Call,
  Duration,
  DurationExpression,
  Expr,
  Grouping,
  LabelMatcher,
  LabelName,
  MatchOp,
  NumberLiteral,
  Span,
  Subquery,
  Unary,
  ValueType,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import type { Checker } from './check.ts';
import {
  binaryType,
  checkAggregated,
  checkArgument,
  checkBinary,
  checkCall,
  checkParameter,
  checkSelector,
  checkSubquery,
  checkUnary,
  createChecker,
} from './check.ts';
import { parseDuration } from './durations.ts';
import type { PromqlError } from './error.ts';
import type { FunctionInfo } from './functions.ts';
import type { Lexer } from './lexer.ts';
import { nextToken } from './lexer.ts';
import { formatFixed, parseNumber } from './numbers.ts';
import { findPatternError } from './patterns.ts';
import { quoteStart, quoteText, quoteUnquoted, unquote, utf8Length } from './strings.ts';
import * as T from './tokens.ts';

/** A tree, or the errors that prevented one. */
export interface Parsed {
  /** Present when there was no syntax error. */
  readonly expr?: Expr;
  /** The type of its value; present when its types fit together. */
  readonly type?: ValueType;
  readonly errors: readonly PromqlError[];
  /**
   * Where Prometheus thinks some nodes end, when that is not where they end (it may have read one token further);
   * its messages are placed by it.
   */
  readonly ends?: ReadonlyMap<Expr, number>;
}

type Mutable<N> = { -readonly [K in keyof N]: N[K] };

const ROOT = 0;
const PAREN = 1;
const CALL = 2;
const AGGREGATE = 3;
const UNARY = 4;
const BINARY = 5;

/** A construct that is still open. */
interface Frame {
  readonly kind: number;
  readonly parent: Frame | undefined;
  /** Where the construct starts; for a call and an operator, where its name ends too. */
  readonly from: number;
  to: number;
  /** The operator or aggregation. */
  readonly op: number;
  /** Left operand of a binary operator. */
  readonly left: Expr | undefined;
  /** Type of the left operand, or of an aggregation's first argument. */
  firstType: ValueType;
  /** The function that is called. */
  info: FunctionInfo | undefined;
  bool: boolean;
  matching: VectorMatching | undefined;
  /** Arguments of a call or an aggregation. */
  args: Expr[];
  grouping: Grouping | undefined;
}

const NO_ARGS: Expr[] = [];
const NO_MATCHERS: readonly LabelMatcher[] = [];

/** A list with one item more. Short ones are made to measure: pushing to an empty array reserves room for 17. */
function append<V>(list: V[], item: V): V[] {
  if (list.length === 0) return [item];
  if (list.length === 1) return [...list, item];
  list.push(item);
  return list;
}

/** The state of a parse; it is its own lexer, so that each token takes one look-up less. */
interface Parser extends Lexer {
  readonly checker: Checker;
  readonly errors: PromqlError[];
  ends: Map<Expr, number> | undefined;
  state: number;
  frame: Frame;
  /** The operand that was just completed, and its type. */
  expr: Expr | undefined;
  type: ValueType;
  /** True when the lexer's token has been taken and the next one not yet been read. */
  taken: boolean;
  /** Where the last taken token ended. */
  takenTo: number;
  /** True from an error until the next token that fits. */
  recovering: boolean;
}

/** What the parser looks for next. */
const OPERAND = 0;
const AFTER_OPERAND = 1;
const FIRST_ARGUMENT = 2;
const AFTER_ARGUMENT = 3;
const AFTER_COMMA = 4;
const AGGREGATE_BODY = 5;
const DONE = 6;

const UNARY_PRECEDENCE = 5;

/** Precedence of binary operators by token kind, 0 for everything else. */
const PRECEDENCE = buildPrecedence();

function buildPrecedence(): Uint8Array {
  const table = new Uint8Array(T.TOKEN_KINDS);
  table[T.T_OR] = 1;
  for (const kind of [T.T_AND, T.T_UNLESS]) table[kind] = 2;
  for (const kind of [T.T_EQLC, T.T_NEQ, T.T_LTE, T.T_LSS, T.T_GTE, T.T_GTR, T.T_TRIM_UPPER, T.T_TRIM_LOWER])
    table[kind] = 3;
  for (const kind of [T.T_ADD, T.T_SUB]) table[kind] = 4;
  for (const kind of [T.T_MUL, T.T_DIV, T.T_MOD, T.T_ATAN2]) table[kind] = UNARY_PRECEDENCE;
  table[T.T_POW] = 6;
  return table;
}

/** Operators as the tree names them, by token kind. */
const BINARY_OPS: readonly (BinaryOp | undefined)[] = listByKind<BinaryOp>([
  [T.T_ADD, '+'],
  [T.T_SUB, '-'],
  [T.T_MUL, '*'],
  [T.T_DIV, '/'],
  [T.T_MOD, '%'],
  [T.T_POW, '^'],
  [T.T_ATAN2, 'atan2'],
  [T.T_EQLC, '=='],
  [T.T_NEQ, '!='],
  [T.T_LTE, '<='],
  [T.T_LSS, '<'],
  [T.T_GTE, '>='],
  [T.T_GTR, '>'],
  [T.T_TRIM_UPPER, '</'],
  [T.T_TRIM_LOWER, '>/'],
  [T.T_AND, 'and'],
  [T.T_OR, 'or'],
  [T.T_UNLESS, 'unless'],
]);

const AGGREGATE_OPS: readonly (AggregateOp | undefined)[] = listByKind<AggregateOp>([
  [T.T_AVG, 'avg'],
  [T.T_BOTTOMK, 'bottomk'],
  [T.T_COUNT, 'count'],
  [T.T_COUNT_VALUES, 'count_values'],
  [T.T_GROUP, 'group'],
  [T.T_MAX, 'max'],
  [T.T_MIN, 'min'],
  [T.T_QUANTILE, 'quantile'],
  [T.T_STDDEV, 'stddev'],
  [T.T_STDVAR, 'stdvar'],
  [T.T_SUM, 'sum'],
  [T.T_TOPK, 'topk'],
  [T.T_LIMITK, 'limitk'],
  [T.T_LIMIT_RATIO, 'limit_ratio'],
]);

function listByKind<V>(entries: readonly (readonly [number, V])[]): readonly (V | undefined)[] {
  const list: (V | undefined)[] = Array.from({ length: T.TOKEN_KINDS }, () => undefined);
  for (const [kind, value] of entries) list[kind] = value;
  return list;
}

/**
 * Parses a text as Prometheus 3 does with every optional feature on. `functions` are those that may be called. Types are
 * looked at, but what is wrong with them is not reported here.
 */
export function parseSyntax(text: string, functions: ReadonlyMap<string, FunctionInfo>): Parsed {
  const parser: Parser = {
    // Spelled out: a spread would make an object that is slow to use.
    text,
    pos: 0,
    kind: T.T_END,
    from: 0,
    to: 0,
    error: '',
    lastClosing: 0,
    mode: 0,
    bracketOpen: false,
    gotColon: false,
    gotDuration: false,
    parenDepth: 0,
    checker: createChecker({ text, functions, ends: undefined }),
    errors: [],
    ends: undefined,
    state: OPERAND,
    frame: createFrame(ROOT, undefined, 0, 0, undefined),
    expr: undefined,
    type: 'scalar',
    taken: true,
    takenTo: 0,
    recovering: false,
  };
  if (look(parser) === T.T_EOF) addError(parser, 0, 0, 'no expression found in input');
  else run(parser);
  const { errors, ends, expr, type } = parser;
  if (errors.length > 0 || expr === undefined) return { errors };
  if (ends !== undefined)
    return parser.checker.errors.length === 0 ? { expr, type, errors, ends } : { expr, errors, ends };
  return parser.checker.errors.length === 0 ? { expr, type, errors } : { expr, errors };
}

function createFrame(kind: number, parent: Frame | undefined, from: number, op: number, left: Expr | undefined): Frame {
  return {
    kind,
    parent,
    from,
    to: 0,
    op,
    left,
    firstType: 'scalar',
    info: undefined,
    bool: false,
    matching: undefined,
    args: NO_ARGS,
    grouping: undefined,
  };
}

function run(parser: Parser): void {
  while (parser.state !== DONE) {
    switch (parser.state) {
      case OPERAND:
        parseOperand(parser);
        break;
      case AFTER_OPERAND:
        parseAfterOperand(parser);
        break;
      case FIRST_ARGUMENT:
        if (look(parser) === T.T_RIGHT_PAREN) closeArguments(parser);
        else parser.state = OPERAND;
        break;
      case AFTER_ARGUMENT: {
        const kind = look(parser);
        if (kind === T.T_RIGHT_PAREN) closeArguments(parser);
        else if (kind === T.T_COMMA) {
          take(parser);
          parser.state = AFTER_COMMA;
        } else fail(parser);
        break;
      }
      case AFTER_COMMA: {
        const { from, to } = parser;
        if (startsOperand(look(parser))) parser.state = OPERAND;
        else {
          addError(parser, from, to, 'trailing commas not allowed in function call args');
          parser.state = AFTER_ARGUMENT;
        }
        break;
      }
      default:
        if (look(parser) === T.T_LEFT_PAREN) {
          take(parser);
          parser.state = FIRST_ARGUMENT;
        } else fail(parser);
    }
  }
}

/** The kind of the current token, read only now: what is complete without it must be reduced before. */
function look(parser: Parser): number {
  if (parser.taken) {
    parser.taken = false;
    nextToken(parser);
    if (parser.kind === T.T_ERROR) addError(parser, parser.from, parser.to, parser.error);
  }
  return parser.kind;
}

/** Takes the current token, which fits. */
function take(parser: Parser): void {
  parser.taken = true;
  parser.takenTo = parser.to;
  parser.recovering = false;
}

function addError(parser: Parser, from: number, to: number, message: string): void {
  parser.errors.push({ message, from, to });
}

/** Reports the current token as misplaced; a token the lexer refused has been reported already. */
function addUnexpected(parser: Parser, context: string, expected: string): void {
  parser.recovering = true;
  if (parser.kind === T.T_ERROR) return;
  let message = `unexpected ${describeToken(parser)}`;
  if (context !== '') message += ` in ${context}`;
  if (expected !== '') message += `, expected ${expected}`;
  addError(parser, parser.from, parser.to, message);
}

function describeToken(lexer: Lexer): string {
  const { kind } = lexer;
  const text = lexer.text.slice(lexer.from, lexer.to);
  if (kind === T.T_EOF) return 'end of input';
  if (kind === T.T_IDENTIFIER) return `identifier ${quoteText(text)}`;
  if (kind === T.T_METRIC_IDENTIFIER) return `metric identifier ${quoteText(text)}`;
  if (T.isKeyword(kind)) return `<${text}>`;
  if (T.isOperator(kind)) return `<op:${text}>`;
  if (T.isAggregator(kind)) return `<aggr:${text}>`;
  const quoted = utf8Length(text) > 10 ? `${quoteStart(text, 10)}...` : quoteText(text);
  if (kind === T.T_STRING) return `string ${quoted}`;
  if (kind === T.T_NUMBER) return `number ${quoted}`;
  if (kind === T.T_DURATION) return `duration ${quoted}`;
  return quoted;
}

/**
 * Called where the current token does not fit. While recovering it drops the token, so that the caller can try the
 * next one in the same state: true. Otherwise there is an error to report: false.
 */
function drop(parser: Parser): boolean {
  if (!parser.recovering) return false;
  const { kind } = parser;
  // Nothing follows the end, so nothing can be recovered.
  if (kind === T.T_EOF || kind === T.T_ERROR) parser.state = DONE;
  else parser.taken = true;
  return true;
}

/** Called where the current token does not fit: falls back to the innermost aggregation, or gives up. */
function fail(parser: Parser): void {
  if (drop(parser)) return;
  let frame = parser.frame;
  while (frame.kind !== AGGREGATE && frame.parent !== undefined) frame = frame.parent;
  if (frame.kind !== AGGREGATE) {
    addUnexpected(parser, '', '');
    drain(parser);
    return;
  }
  addUnexpected(parser, 'aggregation', '');
  const to = parser.lastClosing;
  addError(parser, frame.from, to, NO_AGGREGATE_ARGUMENTS);
  parser.frame = frame.parent ?? frame;
  complete(parser, placeholder({ from: frame.from, to }), 'vector');
}

const NO_AGGREGATE_ARGUMENTS = 'no arguments for aggregate expression provided';

/** Stands for an expression that could not be parsed; never leaves this file. */
function placeholder(span: Span): Expr {
  return { kind: 'aggregate', op: 'sum', expr: { kind: 'number', value: 0, span }, span };
}

function complete(parser: Parser, expr: Expr, type: ValueType): void {
  parser.expr = expr;
  parser.type = type;
  parser.state = AFTER_OPERAND;
}

/** Drops what is left of the input: errors of the lexer are still reported. */
function drain(parser: Parser): void {
  for (let kind = look(parser); kind !== T.T_EOF && kind !== T.T_ERROR; kind = look(parser)) parser.taken = true;
  parser.state = DONE;
}

/** Where Prometheus thinks a node ends. */
function endOf(parser: Parser, expr: Expr): number {
  return parser.ends?.get(expr) ?? expr.span.to;
}

function setEnd(parser: Parser, expr: Expr, to: number, prometheusTo: number): void {
  if (expr.span.to !== to) (expr as Mutable<Expr>).span = { from: expr.span.from, to };
  if (prometheusTo !== to) {
    parser.ends ??= new Map();
    parser.ends.set(expr, prometheusTo);
  } else parser.ends?.delete(expr);
}

function addErrorAt(parser: Parser, expr: Expr, message: string): void {
  addError(parser, expr.span.from, endOf(parser, expr), message);
}

/** True for the tokens an expression can begin with. */
function startsOperand(kind: number): boolean {
  return kind === T.T_LEFT_PAREN || startsOperandWithoutParen(kind);
}

function startsOperandWithoutParen(kind: number): boolean {
  switch (kind) {
    case T.T_IDENTIFIER:
    case T.T_METRIC_IDENTIFIER:
    case T.T_NUMBER:
    case T.T_DURATION:
    case T.T_STRING:
    case T.T_LEFT_BRACE:
    case T.T_ADD:
    case T.T_SUB:
      return true;
    default:
      return isMetricKeyword(kind);
  }
}

/** True for the reserved words that may also name a metric. */
function isMetricKeyword(kind: number): boolean {
  switch (kind) {
    case T.T_AND:
    case T.T_OR:
    case T.T_UNLESS:
    case T.T_BY:
    case T.T_WITHOUT:
    case T.T_OFFSET:
    case T.T_FILL:
    case T.T_FILL_LEFT:
    case T.T_FILL_RIGHT:
    case T.T_ANCHORED:
    case T.T_SMOOTHED:
      return true;
    default:
      return T.isAggregator(kind) || kind >= T.T_START;
  }
}

function parseOperand(parser: Parser): void {
  const kind = look(parser);
  const { from, to } = parser;
  switch (kind) {
    case T.T_IDENTIFIER:
      take(parser);
      if (look(parser) === T.T_LEFT_PAREN) openCall(parser, from, to);
      else parseSelector(parser, from, to);
      return;
    case T.T_METRIC_IDENTIFIER:
      take(parser);
      parseSelector(parser, from, to);
      return;
    case T.T_LEFT_BRACE:
      parseSelector(parser, from, from);
      return;
    case T.T_NUMBER:
    case T.T_DURATION:
      take(parser);
      complete(parser, readNumber(parser, kind, from, to), 'scalar');
      return;
    case T.T_STRING: {
      take(parser);
      const raw = parser.text.slice(from, to);
      complete(parser, { kind: 'string', value: unquote(raw).value, raw, span: { from, to } }, 'string');
      return;
    }
    case T.T_LEFT_PAREN:
      take(parser);
      parser.frame = createFrame(PAREN, parser.frame, from, kind, undefined);
      return;
    case T.T_ADD:
    case T.T_SUB:
      take(parser);
      parser.frame = createFrame(UNARY, parser.frame, from, kind, undefined);
      return;
    default:
  }
  if (!isMetricKeyword(kind)) {
    fail(parser);
    return;
  }
  take(parser);
  const next = look(parser);
  if (T.isAggregator(kind)) {
    if (next === T.T_LEFT_PAREN || next === T.T_BY || next === T.T_WITHOUT) {
      openAggregate(parser, kind, from, next);
      return;
    }
  } else if (kind >= T.T_START && next === T.T_LEFT_PAREN) {
    openCall(parser, from, to);
    return;
  }
  parseSelector(parser, from, to);
}

function readNumber(parser: Parser, kind: number, from: number, to: number): NumberLiteral {
  const raw = parser.text.slice(from, to);
  const span = { from, to };
  if (kind === T.T_NUMBER) {
    const { value, error } = parseNumber(raw);
    if (error !== undefined) addError(parser, from, to, error);
    return { kind: 'number', value, raw, span };
  }
  const { ms, error } = parseDuration(raw);
  if (error !== undefined) addError(parser, from, to, error);
  return { kind: 'number', value: ms / 1000, duration: true, raw, span };
}

function openCall(parser: Parser, from: number, to: number): void {
  take(parser);
  const frame = createFrame(CALL, parser.frame, from, 0, undefined);
  frame.to = to;
  frame.info = parser.checker.context.functions.get(parser.text.slice(from, to));
  parser.frame = frame;
  parser.state = FIRST_ARGUMENT;
}

function openAggregate(parser: Parser, kind: number, from: number, next: number): void {
  const frame = createFrame(AGGREGATE, parser.frame, from, kind, undefined);
  parser.frame = frame;
  if (next === T.T_LEFT_PAREN) {
    take(parser);
    parser.state = FIRST_ARGUMENT;
  } else {
    parser.state = AGGREGATE_BODY;
    frame.grouping = parseGrouping(parser, next);
  }
}

/** `by (...)` or `without (...)`. */
function parseGrouping(parser: Parser, kind: number): Grouping {
  const { from } = parser;
  take(parser);
  const labels = parseLabelList(parser);
  return { mode: kind === T.T_BY ? 'by' : 'without', labels, span: { from, to: parser.takenTo } };
}

/** The closing parenthesis of a call or an aggregation. */
function closeArguments(parser: Parser): void {
  const { frame } = parser;
  take(parser);
  parser.frame = frame.parent ?? frame;
  if (frame.kind === CALL) {
    complete(parser, createCall(parser, frame), frame.info?.returns ?? 'vector');
    return;
  }
  let to = parser.takenTo;
  let prometheusTo = to;
  if (frame.grouping === undefined) {
    const next = look(parser);
    if (next === T.T_BY || next === T.T_WITHOUT) {
      frame.grouping = parseGrouping(parser, next);
      to = parser.takenTo;
      prometheusTo = parser.lastClosing;
      if (parser.state === DONE) return;
    } else prometheusTo = findPreviousParen(parser);
  }
  complete(parser, createAggregate(parser, frame, to, prometheusTo), 'vector');
}

function createCall(parser: Parser, frame: Frame): Call {
  const { from, to, info, args } = frame;
  const func = info?.name ?? parser.text.slice(from, to);
  if (info === undefined) addError(parser, from, to, `unknown function with name ${quoteText(func)}`);
  const node: Call = { kind: 'call', func, args, funcSpan: { from, to }, span: { from, to: parser.takenTo } };
  checkCall(parser.checker, node, info);
  return node;
}

/** Prometheus has read one token past the aggregation here and looks back for its closing parenthesis. */
function findPreviousParen(parser: Parser): number {
  const { text } = parser;
  const fallback = parser.lastClosing;
  if (text.charCodeAt(parser.from) !== 0x29) return fallback;
  for (let i = parser.from - 1; i > 0; i--) {
    const code = text.charCodeAt(i);
    if (code === 0x29) return i + 1;
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) break;
  }
  return fallback;
}

function createAggregate(parser: Parser, frame: Frame, to: number, prometheusTo: number): Expr {
  const { args, from, op, grouping } = frame;
  const span = { from, to };
  const wanted = takesParameter(op) ? 2 : 1;
  const expr = args[wanted - 1];
  if (args.length !== wanted || expr === undefined) {
    const message =
      args.length === 0
        ? NO_AGGREGATE_ARGUMENTS
        : `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`;
    addError(parser, from, prometheusTo, message);
    return placeholder(span);
  }
  const node = aggregateNode(AGGREGATE_OPS[op] ?? 'sum', wanted === 2 ? args[0] : undefined, expr, grouping, span);
  if (prometheusTo !== to) setEnd(parser, node, to, prometheusTo);
  if (wanted === 2) checkParameter(parser.checker, node, frame.firstType);
  checkAggregated(parser.checker, node, parser.type);
  return node;
}

/** Spelled out, because spreads are slow. */
function aggregateNode(
  op: AggregateOp,
  param: Expr | undefined,
  expr: Expr,
  grouping: Grouping | undefined,
  span: Span,
): Aggregate {
  if (param === undefined) {
    if (grouping === undefined) return { kind: 'aggregate', op, expr, span };
    return { kind: 'aggregate', op, expr, grouping, span };
  }
  if (grouping === undefined) return { kind: 'aggregate', op, param, expr, span };
  return { kind: 'aggregate', op, param, expr, grouping, span };
}

function takesParameter(op: number): boolean {
  switch (op) {
    case T.T_TOPK:
    case T.T_BOTTOMK:
    case T.T_COUNT_VALUES:
    case T.T_QUANTILE:
    case T.T_LIMITK:
    case T.T_LIMIT_RATIO:
      return true;
    default:
      return false;
  }
}

/** `(a, "b.c")` after by, without, on, ignoring, group_left or group_right. */
function parseLabelList(parser: Parser): LabelName[] {
  let labels: LabelName[] = [];
  while (look(parser) !== T.T_LEFT_PAREN) {
    if (drop(parser)) {
      if (parser.state === DONE) return labels;
      continue;
    }
    addUnexpected(parser, 'grouping opts', '"("');
    return labels;
  }
  take(parser);
  // Where the list stands: after its opening parenthesis or a comma a label may come, otherwise a comma.
  let wantsLabel = true;
  for (;;) {
    const kind = look(parser);
    if (kind === T.T_RIGHT_PAREN) {
      take(parser);
      return labels;
    }
    const label = wantsLabel ? readLabel(parser, kind) : undefined;
    if (label !== undefined) {
      labels = append(labels, label);
      wantsLabel = false;
    } else if (!wantsLabel && kind === T.T_COMMA) {
      take(parser);
      wantsLabel = true;
    } else if (drop(parser)) {
      if (parser.state === DONE) return labels;
    } else {
      addUnexpected(parser, 'grouping opts', wantsLabel ? 'label' : '"," or ")"');
      wantsLabel = false;
    }
  }
}

/** Takes a label name, any word but `without` or a string; nothing when the token is neither. */
function readLabel(parser: Parser, kind: number): LabelName | undefined {
  const { from, to } = parser;
  if (kind === T.T_STRING) {
    take(parser);
    const unquoted = unquote(parser.text.slice(from, to));
    if (unquoted.value === '' || unquoted.bytes !== undefined) {
      addError(parser, from, to, `invalid label name for grouping: ${quoteUnquoted(unquoted)}`);
    }
    return { kind: 'label', name: unquoted.value, span: { from, to } };
  }
  if (!canNameLabel(kind)) return undefined;
  take(parser);
  return { kind: 'label', name: parser.text.slice(from, to), span: { from, to } };
}

/** True for words that a grouping or matching list takes for a label. */
function canNameLabel(kind: number): boolean {
  if (kind >= T.T_AVG) return kind !== T.T_WITHOUT;
  if (kind === T.T_IDENTIFIER || kind === T.T_METRIC_IDENTIFIER || kind === T.T_ATAN2) return true;
  return kind >= T.T_AND && kind <= T.T_UNLESS;
}

/** A metric name, label matchers, or both; `from` to `to` is the name, empty when there is none. */
function parseSelector(parser: Parser, from: number, to: number): void {
  let matchers = NO_MATCHERS;
  let end = to;
  if (look(parser) === T.T_LEFT_BRACE) {
    take(parser);
    matchers = parseMatchers(parser);
    if (parser.state === DONE) return;
    end = parser.takenTo;
  }
  const span = { from, to: end };
  const expr: VectorSelector =
    to > from
      ? { kind: 'vector', name: parser.text.slice(from, to), matchers, span }
      : { kind: 'vector', matchers, span };
  if (matchers.length > 0 || to === from) checkSelector(parser.checker, expr);
  complete(parser, expr, 'vector');
}

/** Label matchers up to and with the closing brace. */
function parseMatchers(parser: Parser): LabelMatcher[] {
  let matchers: LabelMatcher[] = [];
  let wantsMatcher = true;
  for (;;) {
    const kind = look(parser);
    if (kind === T.T_RIGHT_BRACE) {
      take(parser);
      return matchers;
    }
    if (wantsMatcher && (kind === T.T_IDENTIFIER || kind === T.T_STRING)) {
      const matcher = parseMatcher(parser, kind);
      if (matcher !== undefined) matchers = append(matchers, matcher);
      wantsMatcher = false;
    } else if (!wantsMatcher && kind === T.T_COMMA) {
      take(parser);
      wantsMatcher = true;
    } else if (drop(parser)) {
      if (parser.state === DONE) return matchers;
    } else {
      addUnexpected(parser, 'label matching', wantsMatcher ? 'identifier or "}"' : '"," or "}"');
      wantsMatcher = false;
    }
  }
}

/** A matcher, or a quoted metric name; nothing after an error. */
function parseMatcher(parser: Parser, nameKind: number): LabelMatcher | undefined {
  const { text, from, to } = parser;
  take(parser);
  const op = matchOp(look(parser));
  if (op === undefined) {
    if (nameKind === T.T_STRING) {
      const raw = text.slice(from, to);
      const span = { from, to };
      return { kind: 'matcher', name: '__name__', op: '=', value: unquote(raw).value, quotedName: true, raw, span };
    }
    addUnexpected(parser, 'label matching', 'label matching operator');
    return undefined;
  }
  take(parser);
  if (look(parser) !== T.T_STRING) {
    addUnexpected(parser, 'label matching', 'string');
    return undefined;
  }
  const raw = text.slice(parser.from, parser.to);
  const span = { from, to: parser.to };
  take(parser);
  const name = nameKind === T.T_STRING ? unquote(text.slice(from, to)).value : text.slice(from, to);
  const unquoted = unquote(raw);
  if (op === '=~' || op === '!~') {
    const problem = findPatternError(unquoted);
    if (problem !== undefined) addError(parser, span.from, span.to, problem);
  }
  return { kind: 'matcher', name, op, value: unquoted.value, raw, span };
}

function matchOp(kind: number): MatchOp | undefined {
  switch (kind) {
    case T.T_EQL:
      return '=';
    case T.T_NEQ:
      return '!=';
    case T.T_EQL_REGEX:
      return '=~';
    case T.T_NEQ_REGEX:
      return '!~';
    default:
      return undefined;
  }
}

function parseAfterOperand(parser: Parser): void {
  const kind = look(parser);
  const { expr } = parser;
  if (expr === undefined) return;
  const precedence = PRECEDENCE[kind] ?? 0;
  if (precedence > 0) {
    openBinary(parser, reduceOperators(parser, expr, precedence), kind);
    return;
  }
  switch (kind) {
    case T.T_LEFT_BRACKET:
      parseRange(parser, expr);
      return;
    case T.T_OFFSET:
      parseOffset(parser, expr);
      return;
    case T.T_AT:
      parseAt(parser, expr);
      return;
    case T.T_ANCHORED:
    case T.T_SMOOTHED:
      take(parser);
      setExtended(parser, expr, kind === T.T_ANCHORED ? 'anchored' : 'smoothed');
      return;
    default:
  }
  const reduced = reduceOperators(parser, expr, 0);
  parser.expr = reduced;
  const { frame } = parser;
  if (frame.kind === ROOT) {
    if (kind !== T.T_EOF && !parser.recovering) addUnexpected(parser, '', '');
    drain(parser);
  } else if (frame.kind !== PAREN) {
    const index = frame.args.length;
    frame.args = append(frame.args, reduced);
    if (frame.info !== undefined) checkArgument(parser.checker, frame.info, reduced, index, parser.type);
    else if (index === 0) frame.firstType = parser.type;
    parser.state = AFTER_ARGUMENT;
  } else if (kind === T.T_RIGHT_PAREN) {
    take(parser);
    parser.frame = frame.parent ?? frame;
    complete(parser, { kind: 'paren', expr: reduced, span: { from: frame.from, to: parser.takenTo } }, parser.type);
  } else fail(parser);
}

/** Closes the operators that bind at least as tightly as one of `precedence`; 0 closes all. */
function reduceOperators(parser: Parser, operand: Expr, precedence: number): Expr {
  let expr = operand;
  for (;;) {
    const { frame } = parser;
    if (frame.kind === BINARY) {
      const own = PRECEDENCE[frame.op] ?? 0;
      // Only ^ groups from the right.
      if (own < precedence || (own === precedence && frame.op === T.T_POW)) return expr;
      expr = createBinary(parser, frame, expr);
    } else if (frame.kind === UNARY) {
      if (UNARY_PRECEDENCE < precedence) return expr;
      expr = createUnary(parser, frame, expr);
    } else return expr;
    parser.frame = frame.parent ?? frame;
  }
}

function createUnary(parser: Parser, frame: Frame, expr: Expr): Expr {
  const span = { from: frame.from, to: expr.span.to };
  if (expr.kind === 'number') {
    const value = frame.op === T.T_SUB ? -expr.value : expr.value;
    const raw = `${frame.op === T.T_SUB ? '-' : '+'}${expr.raw ?? ''}`;
    return expr.duration === true
      ? { kind: 'number', value, duration: true, raw, span }
      : { kind: 'number', value, raw, span };
  }
  const node: Unary = { kind: 'unary', op: frame.op === T.T_SUB ? '-' : '+', expr, span };
  const end = endOf(parser, expr);
  if (end !== span.to) setEnd(parser, node, span.to, end);
  checkUnary(parser.checker, node, parser.type);
  return node;
}

function createBinary(parser: Parser, frame: Frame, right: Expr): Expr {
  const op = BINARY_OPS[frame.op] ?? '+';
  const left = frame.left ?? right;
  const { bool, matching } = frame;
  const opSpan = { from: frame.from, to: frame.to };
  const span = { from: left.span.from, to: right.span.to };
  const node = binaryNode(op, left, right, bool, matching, opSpan, span);
  const end = endOf(parser, right);
  if (end !== span.to) setEnd(parser, node, span.to, end);
  checkBinary(parser.checker, node, frame.firstType, parser.type);
  parser.type = binaryType(frame.firstType, parser.type);
  return node;
}

/** Spelled out, because spreads are slow. */
function binaryNode(
  op: BinaryOp,
  left: Expr,
  right: Expr,
  bool: boolean,
  matching: VectorMatching | undefined,
  opSpan: Span,
  span: Span,
): Binary {
  if (matching === undefined) {
    if (!bool) return { kind: 'binary', op, left, right, opSpan, span };
    return { kind: 'binary', op, left, right, bool, opSpan, span };
  }
  if (!bool) return { kind: 'binary', op, left, right, matching, opSpan, span };
  return { kind: 'binary', op, left, right, bool, matching, opSpan, span };
}

/** An operator and its modifiers; the right operand comes next. */
function openBinary(parser: Parser, left: Expr, kind: number): void {
  const frame = createFrame(BINARY, parser.frame, parser.from, kind, left);
  frame.to = parser.to;
  frame.firstType = parser.type;
  take(parser);
  parser.frame = frame;
  parser.state = OPERAND;
  if (look(parser) === T.T_BOOL) {
    take(parser);
    frame.bool = true;
  }
  const next = look(parser);
  if (next === T.T_ON || next === T.T_IGNORING) {
    frame.matching = parseMatching(parser, next);
    if (parser.state === DONE) return;
  }
  if (isFill(look(parser))) parseFill(parser, frame);
}

/** `on (...)` or `ignoring (...)`, with or without group_left or group_right. */
function parseMatching(parser: Parser, kind: number): VectorMatching {
  const { from } = parser;
  take(parser);
  const labels = parseLabelList(parser);
  const on = { mode: kind === T.T_ON ? 'on' : 'ignoring', labels, span: { from, to: parser.takenTo } } as const;
  if (parser.state === DONE) return { on };
  const next = look(parser);
  if (next !== T.T_GROUP_LEFT && next !== T.T_GROUP_RIGHT) return { on };
  const groupFrom = parser.from;
  take(parser);
  const include = startsOperandWithoutParen(look(parser)) ? [] : parseLabelList(parser);
  const side = next === T.T_GROUP_LEFT ? 'left' : 'right';
  return { on, group: { side, include, span: { from: groupFrom, to: parser.takenTo } } };
}

function isFill(kind: number): boolean {
  return kind === T.T_FILL || kind === T.T_FILL_LEFT || kind === T.T_FILL_RIGHT;
}

/** `fill(x)`, `fill_left(x)`, `fill_right(x)`, the last two in any order. */
function parseFill(parser: Parser, frame: Frame): void {
  const { from } = parser;
  const first = look(parser);
  const value = parseFillValue(parser);
  if (value === undefined) return;
  let left = first === T.T_FILL_RIGHT ? undefined : value;
  let right = first === T.T_FILL_LEFT ? undefined : value;
  const second = look(parser);
  if (first === T.T_FILL_LEFT && second === T.T_FILL_RIGHT) {
    right = parseFillValue(parser);
    if (right === undefined) return;
  } else if (first === T.T_FILL_RIGHT && second === T.T_FILL_LEFT) {
    left = parseFillValue(parser);
    if (left === undefined) return;
  }
  const span = { from, to: parser.takenTo };
  const fill = { ...(left !== undefined && { left }), ...(right !== undefined && { right }), span };
  frame.matching = { ...frame.matching, fill };
}

/** The number after a fill modifier; undefined after an error, which has been dealt with. */
function parseFillValue(parser: Parser): number | undefined {
  take(parser);
  if (look(parser) === T.T_LEFT_PAREN) {
    take(parser);
    const sign = look(parser);
    if (sign === T.T_ADD || sign === T.T_SUB) take(parser);
    const kind = look(parser);
    if (kind === T.T_NUMBER || kind === T.T_DURATION) {
      take(parser);
      const { value } = readNumber(parser, kind, parser.from, parser.to);
      if (look(parser) === T.T_RIGHT_PAREN) {
        take(parser);
        return sign === T.T_SUB ? -value : value;
      }
    }
  }
  fail(parser);
  return undefined;
}

/** The selector that carries the modifiers of an expression. */
function selectorOf(expr: Expr): VectorSelector | undefined {
  if (expr.kind === 'vector') return expr;
  return expr.kind === 'matrix' && expr.selector.kind === 'vector' ? expr.selector : undefined;
}

/** What offset and @ can be attached to; undefined, with an error, for everything else. */
function modifierTarget(parser: Parser, expr: Expr, modifier: string): Mutable<Modified> | undefined {
  if (expr.kind === 'subquery') return expr;
  const selector = selectorOf(expr);
  if (selector === undefined) {
    const message =
      expr.kind === 'matrix'
        ? RANGE_NEEDS_SELECTOR
        : `${modifier} must be preceded by an instant vector selector or range vector selector or a subquery`;
    addErrorAt(parser, expr, message);
  }
  return selector;
}

interface Modified {
  readonly offset?: Duration;
  readonly at?: AtModifier;
}

const RANGE_NEEDS_SELECTOR = 'ranges only allowed for vector selectors';

function setExtended(parser: Parser, expr: Expr, mode: 'anchored' | 'smoothed'): void {
  if (expr.kind === 'subquery') addErrorAt(parser, expr, `${mode} modifier is not supported for subqueries`);
  else if (expr.kind === 'vector' || expr.kind === 'matrix') {
    const selector: Mutable<VectorSelector> | undefined = selectorOf(expr);
    if (selector !== undefined) {
      if (selector.extended !== undefined && selector.extended !== mode) {
        addErrorAt(parser, expr, 'anchored and smoothed modifiers cannot be used together');
      }
      selector.extended = mode;
      setEnd(parser, expr, parser.takenTo, endOf(parser, expr));
    }
  } else addErrorAt(parser, expr, `${mode} modifier not implemented`);
}

/** `@ 1603774568`, `@ start()`, `@ end()`. */
function parseAt(parser: Parser, expr: Expr): void {
  const { from } = parser;
  take(parser);
  parser.state = AFTER_OPERAND;
  const first = look(parser);
  if (first === T.T_START || first === T.T_END_FUNC) {
    take(parser);
    if (look(parser) === T.T_LEFT_PAREN) {
      take(parser);
      if (look(parser) === T.T_RIGHT_PAREN) {
        take(parser);
        const span = { from, to: parser.takenTo };
        setAt(parser, expr, { kind: 'at', at: first === T.T_START ? 'start' : 'end', span });
        return;
      }
    }
  } else {
    if (first === T.T_ADD || first === T.T_SUB) take(parser);
    const kind = look(parser);
    if (kind === T.T_NUMBER || kind === T.T_DURATION) {
      take(parser);
      const number = readNumber(parser, kind, parser.from, parser.to);
      const seconds = first === T.T_SUB ? -number.value : number.value;
      if (!(Math.abs(seconds) < INT64_LIMIT)) {
        addErrorAt(parser, expr, `timestamp out of bounds for @ modifier: ${formatFixed(seconds)}`);
      }
      const raw = `${first === T.T_SUB ? '-' : first === T.T_ADD ? '+' : ''}${number.raw ?? ''}`;
      const span = { from, to: parser.takenTo };
      setAt(parser, expr, { kind: 'at', at: 'timestamp', ms: roundHalfAway(seconds * 1000), raw, span });
      return;
    }
  }
  addUnexpected(parser, '@', 'timestamp');
}

const INT64_LIMIT = 2 ** 63;

/** Rounds halves away from zero, as Go does. */
function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

function setAt(parser: Parser, expr: Expr, at: AtModifier): void {
  const target = modifierTarget(parser, expr, '@ modifier');
  if (target === undefined) return;
  if (target.at !== undefined) {
    addErrorAt(parser, expr, '@ <timestamp> may not be set multiple times');
    return;
  }
  target.at = at;
  setEnd(parser, expr, parser.takenTo, parser.lastClosing);
}

/** `[5m]`, `[1h:5m]`, `[1h:]`. */
function parseRange(parser: Parser, expr: Expr): void {
  const { from } = parser;
  take(parser);
  parser.state = AFTER_OPERAND;
  const range = parseDurationExpression(parser, false);
  if (range === undefined) {
    addUnexpected(parser, 'subquery or range selector', 'number, duration, step(), or range()');
    return;
  }
  checkPositive(parser, range);
  const kind = look(parser);
  if (kind === T.T_RIGHT_BRACKET) {
    take(parser);
    const to = parser.takenTo;
    const problem = findRangeProblem(expr);
    if (problem !== undefined) addError(parser, from, to, problem);
    complete(
      parser,
      { kind: 'matrix', selector: expr as VectorSelector, range, span: { from: expr.span.from, to } },
      'matrix',
    );
    return;
  }
  if (kind !== T.T_COLON) {
    addUnexpected(parser, 'subquery or range', '":" or "]"');
    return;
  }
  take(parser);
  if (look(parser) === T.T_RIGHT_BRACKET) {
    take(parser);
    completeSubquery(parser, { kind: 'subquery', expr, range, span: { from: expr.span.from, to: parser.takenTo } });
    return;
  }
  const step = parseDurationExpression(parser, false);
  if (step === undefined) {
    addUnexpected(parser, 'subquery selector', 'number, duration, step(), range(), or "]"');
    return;
  }
  checkPositive(parser, step);
  if (look(parser) !== T.T_RIGHT_BRACKET) {
    addUnexpected(parser, 'subquery selector', '"]"');
    return;
  }
  take(parser);
  completeSubquery(parser, { kind: 'subquery', expr, range, step, span: { from: expr.span.from, to: parser.takenTo } });
}

function completeSubquery(parser: Parser, node: Subquery): void {
  checkSubquery(parser.checker, node, parser.type);
  complete(parser, node, 'matrix');
}

function findRangeProblem(expr: Expr): string | undefined {
  if (expr.kind !== 'vector') return RANGE_NEEDS_SELECTOR;
  if (expr.offset !== undefined && !isZero(expr.offset)) return 'no offset modifiers allowed before range';
  return expr.at === undefined ? undefined : 'no @ modifiers allowed before range';
}

/** True for an offset of zero nanoseconds, which Prometheus cannot tell from none. */
function isZero(duration: Duration): boolean {
  return duration.kind === 'duration' && Math.round(duration.ms * NANOSECONDS_PER_MS) === 0;
}

const NANOSECONDS_PER_MS = 1e6;

function checkPositive(parser: Parser, duration: Duration): void {
  if (duration.kind === 'duration' && duration.ms <= 0) {
    addError(parser, duration.span.from, duration.span.to, 'duration must be greater than 0');
  }
}

/** `offset 5m`, `offset -5m`, `offset (step() * 2)`. */
function parseOffset(parser: Parser, expr: Expr): void {
  take(parser);
  parser.state = AFTER_OPERAND;
  const offset = parseDurationExpression(parser, true);
  if (offset === undefined) {
    addUnexpected(parser, 'offset', 'number, duration, step(), or range()');
    return;
  }
  const target = modifierTarget(parser, expr, 'offset modifier');
  if (target === undefined) return;
  if (target.offset !== undefined && !isZero(target.offset))
    addErrorAt(parser, expr, 'offset may not be set multiple times');
  target.offset = offset;
  setEnd(parser, expr, parser.takenTo, parser.lastClosing);
}

/** An open construct inside a duration. */
interface DurationFrame {
  readonly kind: number;
  readonly parent: DurationFrame | undefined;
  readonly from: number;
  readonly op: number;
  readonly left: Duration | undefined;
}

/** Kinds of a duration frame besides PAREN, UNARY and BINARY: the first and the second argument of min_of and max_of. */
const FIRST_OF = 6;
const SECOND_OF = 7;

/**
 * A duration: a literal, `step()`, `range()`, `min_of(a, b)`, `max_of(a, b)` and arithmetic on them. Undefined when the
 * current token is out of place.
 *
 * After `offset` it ends as early as it can, so `foo offset -2^2` is `(foo offset -2)^2`; only a parenthesis at its very
 * beginning lets arithmetic go on.
 */
function parseDurationExpression(parser: Parser, afterOffset: boolean): Duration | undefined {
  let frame: DurationFrame | undefined;
  for (;;) {
    const kind = look(parser);
    const { from, to } = parser;
    let value: Duration;
    switch (kind) {
      case T.T_NUMBER:
      case T.T_DURATION:
        take(parser);
        if (afterOffset && frame?.kind === UNARY && frame.parent === undefined) {
          // Here Prometheus applies the sign first and blames the sign.
          return readDuration(parser, kind, from, to, frame.from, frame.from + 1, frame);
        }
        value = readDuration(parser, kind, from, to, from, to, undefined);
        break;
      case T.T_STEP:
      case T.T_RANGE:
        take(parser);
        if (!expect(parser, T.T_LEFT_PAREN) || !expect(parser, T.T_RIGHT_PAREN)) return undefined;
        value = {
          kind: 'duration-expr',
          op: kind === T.T_STEP ? 'step' : 'range',
          operands: [],
          span: { from, to: parser.takenTo },
        };
        break;
      case T.T_MAX_OF:
      case T.T_MIN_OF:
        take(parser);
        if (!expect(parser, T.T_LEFT_PAREN)) return undefined;
        frame = { kind: FIRST_OF, parent: frame, from, op: kind, left: undefined };
        continue;
      case T.T_LEFT_PAREN:
        take(parser);
        frame = { kind: PAREN, parent: frame, from, op: kind, left: undefined };
        continue;
      case T.T_ADD:
      case T.T_SUB:
        take(parser);
        frame = { kind: UNARY, parent: frame, from, op: kind, left: undefined };
        continue;
      default:
        return undefined;
    }
    let closedParen = false;
    for (;;) {
      if (afterOffset) {
        if (frame === undefined && !closedParen) return value;
        if (frame?.kind === UNARY && frame.parent === undefined) return applySign(frame, value);
      }
      const next = look(parser);
      const precedence = next >= T.T_ADD && next <= T.T_POW ? (PRECEDENCE[next] ?? 0) : 0;
      while (frame !== undefined && (frame.kind === UNARY || frame.kind === BINARY)) {
        const own: number = frame.kind === UNARY ? UNARY_PRECEDENCE : (PRECEDENCE[frame.op] ?? 0);
        if (own < precedence || (own === precedence && frame.op === T.T_POW)) break;
        value = frame.kind === UNARY ? applySign(frame, value) : combine(parser, frame, value);
        frame = frame.parent;
      }
      if (precedence > 0) {
        frame = { kind: BINARY, parent: frame, from: parser.from, op: next, left: value };
        take(parser);
        break;
      }
      if (frame === undefined) return value;
      if (frame.kind === FIRST_OF) {
        if (!expect(parser, T.T_COMMA)) return undefined;
        frame = { kind: SECOND_OF, parent: frame.parent, from: frame.from, op: frame.op, left: value };
        break;
      }
      if (!expect(parser, T.T_RIGHT_PAREN)) return undefined;
      closedParen = frame.kind === PAREN;
      const operands: Duration[] = frame.left === undefined ? [value] : [frame.left, value];
      const op = closedParen ? 'paren' : frame.op === T.T_MAX_OF ? 'max' : 'min';
      value = { kind: 'duration-expr', op, operands, span: { from: frame.from, to: parser.takenTo } };
      frame = frame.parent;
    }
  }
}

/** Takes the current token when it is of a kind. */
function expect(parser: Parser, kind: number): boolean {
  if (look(parser) !== kind) return false;
  take(parser);
  return true;
}

/** Longest duration in milliseconds: an int64 of nanoseconds. */
const MAX_DURATION_MS = INT64_LIMIT / NANOSECONDS_PER_MS;

/** A literal in a duration, with its sign; an overflow is reported at `errorFrom`. */
function readDuration(
  parser: Parser,
  kind: number,
  from: number,
  to: number,
  errorFrom: number,
  errorTo: number,
  sign: DurationFrame | undefined,
): Duration {
  const number = readNumber(parser, kind, from, to);
  const exact = number.value * 1000;
  if (Math.abs(exact) > MAX_DURATION_MS) {
    addError(parser, errorFrom, errorTo, 'duration out of range');
    return NO_DURATION;
  }
  // Nanoseconds are the finest Prometheus knows; what is even less stays positive, as it does there.
  const rounded =
    kind === T.T_DURATION ? Math.round(exact) : Math.round(exact * NANOSECONDS_PER_MS) / NANOSECONDS_PER_MS;
  const literal: Duration = {
    kind: 'duration',
    ms: rounded === 0 ? exact : rounded,
    raw: number.raw ?? '',
    span: number.span,
  };
  return sign === undefined ? literal : applySign(sign, literal);
}

/** Stands where a duration was wrong: zero, and nowhere, as in Prometheus. */
const NO_DURATION: Duration = { kind: 'duration', ms: 0, span: { from: 0, to: 0 } };

function applySign(frame: DurationFrame, operand: Duration): Duration {
  const negative = frame.op === T.T_SUB;
  const span = { from: frame.from, to: operand.span.to };
  if (operand.kind === 'duration') {
    return {
      kind: 'duration',
      ms: negative ? -operand.ms : operand.ms,
      raw: `${negative ? '-' : '+'}${operand.raw ?? ''}`,
      span,
    };
  }
  return { kind: 'duration-expr', op: negative ? '-' : '+', operands: [operand], span };
}

function combine(parser: Parser, frame: DurationFrame, right: Duration): Duration {
  const left = frame.left ?? right;
  if ((frame.op === T.T_DIV || frame.op === T.T_MOD) && right.kind === 'duration' && right.ms === 0) {
    addError(parser, frame.from, frame.from + 1, frame.op === T.T_DIV ? 'division by zero' : 'modulo by zero');
    return NO_DURATION;
  }
  const op = DURATION_OPS[frame.op - T.T_ADD] ?? '+';
  return { kind: 'duration-expr', op, operands: [left, right], span: { from: left.span.from, to: right.span.to } };
}

/** In the order of the tokens from T_ADD on. */
const DURATION_OPS: readonly DurationExpression['op'][] = ['+', '-', '*', '/', '%', '^'];
