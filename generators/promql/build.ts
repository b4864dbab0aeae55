import { InvariantError } from '../diagnostics/errors.ts';
import { NO_SPAN } from './ast.ts';
import type {
  Aggregate,
  AggregateOp,
  Binary,
  BinaryOp,
  Call,
  DurationLiteral,
  Expr,
  Grouping,
  LabelMatcher,
  LabelName,
  MatchOp,
  MatrixSelector,
  NumberLiteral,
  Paren,
  StringLiteral,
  Subquery,
  Unary,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import { isBareMetricName } from './names.ts';
import { matchesEmpty, validateRe2 } from './re2.ts';
import { remember } from './remember.ts';

/*
 * Constructors of tree nodes, for code that writes queries. They give trees that print as valid PromQL, without
 * parentheses (the printer adds those that precedence needs), and throw an InvariantError for a tree that Prometheus
 * would reject: whoever calls them with a user's input has to check that input first.
 */

/** How the two sides of a binary operator are paired: at most one of each pair. */
export interface MatchingOptions {
  readonly on?: readonly string[];
  readonly ignoring?: readonly string[];
  readonly groupLeft?: readonly string[];
  readonly groupRight?: readonly string[];
  readonly bool?: boolean;
}

/** The labels an aggregation keeps (`by`) or drops (`without`): at most one of them. */
export interface GroupingOptions {
  readonly by?: readonly string[];
  readonly without?: readonly string[];
}

const COMPARISONS: ReadonlySet<BinaryOp> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const SET_OPERATORS: ReadonlySet<BinaryOp> = new Set(['and', 'or', 'unless']);
const PARAMETERISED: ReadonlySet<AggregateOp> = new Set([
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
]);

/** The largest duration Prometheus can hold: 2^63 - 1 nanoseconds, in whole milliseconds. */
const MAX_DURATION_MS = 9_223_372_036_854;

function malformed(message: string): InvariantError {
  return new InvariantError(message, 'promql/build');
}

/** A number. */
export function number(value: number): NumberLiteral {
  return { kind: 'number', value, span: NO_SPAN };
}

/** A string literal. */
export function string(value: string): StringLiteral {
  return { kind: 'string', value, span: NO_SPAN };
}

/** A label matcher; the pattern of `=~` and `!~` has to be valid. */
export function matcher(name: string, op: MatchOp, value: string): LabelMatcher {
  if (name === '') throw malformed('a matcher needs a label name');
  if (op === '=~' || op === '!~') {
    const invalid = validateRe2(value);
    if (invalid !== undefined) throw malformed(`matcher on ${name}: ${invalid.message}`);
  }
  return { kind: 'matcher', name, op, value, span: NO_SPAN };
}

/**
 * A vector selector. Without a name at least one matcher has to refuse the empty string, as Prometheus demands. A name
 * that cannot stand before the braces (`http.requests`, `bool`) becomes the quoted form `{"http.requests"}`.
 */
export function selector(name: string | undefined, matchers: readonly LabelMatcher[] = []): VectorSelector {
  if (name === undefined) {
    if (matchers.every(acceptsEmpty)) {
      throw malformed('a selector without a name needs a matcher that refuses the empty string');
    }
    return { kind: 'vector', matchers, span: NO_SPAN };
  }
  if (name === '') throw malformed('a metric name cannot be empty');
  if (matchers.some((one) => one.name === '__name__')) throw malformed(`metric name ${name} is set twice`);
  if (isBareMetricName(name)) return { kind: 'vector', name, matchers, span: NO_SPAN };
  const quoted: LabelMatcher = {
    kind: 'matcher',
    name: '__name__',
    op: '=',
    value: name,
    quotedName: true,
    span: NO_SPAN,
  };
  return { kind: 'vector', matchers: [quoted, ...matchers], span: NO_SPAN };
}

function acceptsEmpty({ op, value }: LabelMatcher): boolean {
  switch (op) {
    case '=':
      return value === '';
    case '!=':
      return value !== '';
    case '=~':
      return matchesEmpty(value);
    case '!~':
      return !matchesEmpty(value);
  }
}

/** `selector[range]`; the range in milliseconds. */
export function range(vector: VectorSelector, ms: number): MatrixSelector {
  return { kind: 'matrix', selector: vector, range: positive(ms), span: NO_SPAN };
}

const isFunctionName = remember((func: string): boolean => /^[a-z_][a-z0-9_]*$/.test(func));

/** A function call. Arity and argument types are the type checker's business. */
export function call(func: string, ...args: readonly Expr[]): Call {
  if (!isFunctionName(func)) throw malformed(`not a function name: ${func}`);
  return { kind: 'call', func, args, funcSpan: NO_SPAN, span: NO_SPAN };
}

/** An aggregation; `param` is the first argument of `topk`, `bottomk`, `quantile`, `count_values`, `limitk`, `limit_ratio`. */
export function aggregate(op: AggregateOp, expr: Expr, options: GroupingOptions = {}, param?: Expr): Aggregate {
  if (PARAMETERISED.has(op) !== (param !== undefined)) {
    throw malformed(param === undefined ? `${op} needs a parameter` : `${op} takes no parameter`);
  }
  const grouping = groupingOf(options);
  return { kind: 'aggregate', op, expr, ...(param && { param }), ...(grouping && { grouping }), span: NO_SPAN };
}

function groupingOf({ by, without }: GroupingOptions): Grouping | undefined {
  if (by !== undefined && without !== undefined) throw malformed('by and without exclude each other');
  if (by !== undefined) return { mode: 'by', labels: by.map(label), span: NO_SPAN };
  if (without !== undefined) return { mode: 'without', labels: without.map(label), span: NO_SPAN };
  return undefined;
}

function label(name: string): LabelName {
  if (name === '') throw malformed('a label name cannot be empty');
  return { kind: 'label', name, span: NO_SPAN };
}

/** `left op right`. */
export function binary(op: BinaryOp, left: Expr, right: Expr, options: MatchingOptions = {}): Binary {
  if (options.bool === true && !COMPARISONS.has(op)) throw malformed(`bool cannot modify ${op}`);
  const matching = matchingOf(op, options);
  if (options.bool !== true && matching === undefined) {
    return { kind: 'binary', op, left, right, opSpan: NO_SPAN, span: NO_SPAN };
  }
  return {
    kind: 'binary',
    op,
    left,
    right,
    ...(options.bool === true && { bool: true }),
    ...(matching && { matching }),
    opSpan: NO_SPAN,
    span: NO_SPAN,
  };
}

function matchingOf(op: BinaryOp, options: MatchingOptions): VectorMatching | undefined {
  const { on, ignoring, groupLeft, groupRight } = options;
  if (on !== undefined && ignoring !== undefined) throw malformed('on and ignoring exclude each other');
  if (groupLeft !== undefined && groupRight !== undefined) {
    throw malformed('groupLeft and groupRight exclude each other');
  }
  const labels = on ?? ignoring;
  const include = groupLeft ?? groupRight;
  if (labels === undefined) {
    if (include !== undefined) throw malformed('grouping needs on or ignoring');
    return undefined;
  }
  const mode = on === undefined ? 'ignoring' : 'on';
  const clause = { mode, labels: labels.map(label), span: NO_SPAN } as const;
  if (include === undefined) return { on: clause };
  if (SET_OPERATORS.has(op)) throw malformed(`${op} allows no grouping`);
  const twice = include.find((name) => mode === 'on' && labels.includes(name));
  if (twice !== undefined) throw malformed(`label ${twice} stands in on and in the group clause`);
  const side = groupLeft === undefined ? 'right' : 'left';
  return { on: clause, group: { side, include: include.map(label), span: NO_SPAN } };
}

/** `a or b or c`; nothing for none. */
export function anyOf(parts: readonly Expr[]): Expr | undefined {
  return parts.reduce<Expr | undefined>((all, part) => (all === undefined ? part : binary('or', all, part)), undefined);
}

/** `-expr` or `+expr`; a sign before a number becomes part of the number, as in Prometheus. */
export function unary(op: '+' | '-', expr: Expr): Unary | NumberLiteral {
  if (expr.kind === 'number') return { ...number(op === '-' ? -expr.value : expr.value), ...durationFlag(expr) };
  return { kind: 'unary', op, expr, span: NO_SPAN };
}

function durationFlag({ duration }: NumberLiteral): { readonly duration?: true } {
  return duration === true ? { duration } : {};
}

/** `expr[range:step]`, both in milliseconds; without a step Prometheus takes the evaluation interval. */
export function subquery(expr: Expr, rangeMs: number, stepMs?: number): Subquery {
  const step = stepMs === undefined ? undefined : positive(stepMs);
  return { kind: 'subquery', expr, range: positive(rangeMs), ...(step && { step }), span: NO_SPAN };
}

/** `expr offset ms`, in milliseconds, negative to look ahead. */
export function offset<E extends VectorSelector | MatrixSelector | Subquery>(expr: E, ms: number): E {
  if (expr.kind === 'matrix') return { ...expr, selector: offset(expr.selector, ms) };
  if (expr.offset !== undefined) throw malformed('the offset is set twice');
  return { ...expr, offset: duration(ms) };
}

/** `(expr)`. */
export function paren(expr: Expr): Paren {
  return { kind: 'paren', expr, span: NO_SPAN };
}

function positive(ms: number): DurationLiteral {
  if (!(ms > 0)) throw malformed(`a range or a step is longer than nothing, got ${ms} ms`);
  return duration(ms);
}

function duration(ms: number): DurationLiteral {
  if (!Number.isInteger(ms) || Math.abs(ms) > MAX_DURATION_MS) {
    throw malformed(`not a duration in whole milliseconds: ${ms}`);
  }
  return { kind: 'duration', ms, span: NO_SPAN };
}
