/**
 * The type checker: the same checks in the same order as Prometheus's, and so the same messages. It keeps its own stack,
 * so the depth of a tree does not matter.
 *
 * The parser makes the same checks node by node as it goes, which costs little; only when one of them finds something is
 * the tree gone through again, because Prometheus's order of the errors is not that of the text.
 */
import type {
  Aggregate,
  Binary,
  Call,
  Expr,
  LabelMatcher,
  Subquery,
  Unary,
  ValueType,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import type { PromqlError } from './error.ts';
import type { FunctionInfo } from './functions.ts';
import { matchesEmpty } from './re2.ts';
import { quoteText, unquote, quoteUnquoted } from './strings.ts';

/** What a check needs besides the tree. */
export interface CheckContext {
  /** The text the tree was parsed from; for placing errors on operators. */
  readonly text: string;
  readonly functions: ReadonlyMap<string, FunctionInfo>;
  /** Ends that differ from those in the spans (see `Parsed.ends`). */
  readonly ends: ReadonlyMap<Expr, number> | undefined;
}

/** The type of an expression and what is wrong with it. */
export interface Checked {
  readonly type: ValueType;
  readonly errors: readonly PromqlError[];
}

const DOCUMENTED_TYPES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  vector: 'instant vector',
  matrix: 'range vector',
};

/** The state of a check: what it found so far. */
export interface Checker {
  readonly context: CheckContext;
  readonly errors: PromqlError[];
  /** Second arguments of info(): selectors that need no matcher. */
  bare: Set<Expr> | undefined;
}

/** A node whose children are being checked. */
interface Task {
  readonly expr: Expr;
  readonly parent: Task | undefined;
  /** How many children are done. */
  done: number;
  /** The type of the first child. */
  first: ValueType;
}

/** A check that has found nothing yet. */
export function createChecker(context: CheckContext): Checker {
  return { context, errors: [], bare: undefined };
}

/** Checks a tree. */
export function checkTypes(root: Expr, context: CheckContext): Checked {
  const checker = createChecker(context);
  let task: Task | undefined;
  let expr: Expr | undefined = root;
  let type: ValueType = 'scalar';
  while (expr !== undefined) {
    const child = enter(checker, expr);
    if (child !== undefined) {
      task = { expr, parent: task, done: 0, first: 'scalar' };
      expr = child;
      continue;
    }
    type = checkLeaf(checker, expr);
    // Up through the nodes this was the last child of, to the next one that has another child.
    expr = undefined;
    while (task !== undefined && expr === undefined) {
      expr = afterChild(checker, task, type);
      if (expr === undefined) {
        type = resultType(checker, task, type);
        task = task.parent;
      }
    }
  }
  return { type, errors: checker.errors };
}

/** What is checked of a node before its children; gives the first of them. */
function enter(checker: Checker, expr: Expr): Expr | undefined {
  switch (expr.kind) {
    case 'call':
      checkCall(checker, expr, checker.context.functions.get(expr.func));
      // What is too much for a function without optional arguments is not looked at.
      return checker.context.functions.get(expr.func)?.args.length === 0 ? undefined : expr.args[0];
    case 'binary':
      return expr.left;
    case 'aggregate':
    case 'paren':
    case 'unary':
    case 'subquery':
      return expr.expr;
    default:
      return undefined;
  }
}

/** Checks a node without children to check; gives its type. */
function checkLeaf(checker: Checker, expr: Expr): ValueType {
  if (expr.kind === 'vector') checkSelector(checker, expr);
  else if (expr.kind === 'matrix') checkSelector(checker, expr.selector);
  return leafType(checker, expr);
}

/** Checks the child of a node that was just done; gives the child to do next. */
function afterChild(checker: Checker, task: Task, type: ValueType): Expr | undefined {
  const { expr } = task;
  const index = task.done++;
  switch (expr.kind) {
    case 'aggregate':
      if (index === 0) {
        checkAggregated(checker, expr, type);
        return expr.param;
      }
      checkParameter(checker, expr, type);
      return undefined;
    case 'binary':
      if (index === 0) {
        task.first = type;
        return expr.right;
      }
      checkBinary(checker, expr, task.first, type);
      return undefined;
    case 'call': {
      const info = checker.context.functions.get(expr.func);
      const arg = expr.args[index];
      if (info !== undefined && arg !== undefined) checkArgument(checker, info, arg, index, type);
      if (info?.variadic === 0 && index + 1 >= info.args.length) return undefined;
      return expr.args[index + 1];
    }
    case 'unary':
      checkUnary(checker, expr, type);
      return undefined;
    case 'subquery':
      checkSubquery(checker, expr, type);
      return undefined;
    default:
      return undefined;
  }
}

/** The type of a node whose last child has the given type. */
function resultType(checker: Checker, task: Task, last: ValueType): ValueType {
  const { expr } = task;
  switch (expr.kind) {
    case 'aggregate':
      return 'vector';
    case 'binary':
      return binaryType(task.first, last);
    case 'call':
      return returnTypeOf(checker, expr);
    case 'subquery':
      return 'matrix';
    default:
      return last;
  }
}

function returnTypeOf(checker: Checker, call: Call): ValueType {
  return checker.context.functions.get(call.func)?.returns ?? 'vector';
}

/** The type of an expression that has not been checked; of a binary operator's operands only the leaves count. */
function typeOf(checker: Checker, expr: Expr): ValueType {
  let node = expr;
  while (node.kind === 'paren' || node.kind === 'unary') node = node.expr;
  if (node.kind !== 'binary') return leafType(checker, node);
  const pending: Expr[] = [node];
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    if (top.kind === 'binary') pending.push(top.left, top.right);
    else if (top.kind === 'paren' || top.kind === 'unary') pending.push(top.expr);
    else if (leafType(checker, top) !== 'scalar') return 'vector';
  }
  return 'scalar';
}

function leafType(checker: Checker, expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'call':
      return returnTypeOf(checker, expr);
    default:
      return 'vector';
  }
}

function endOf(checker: Checker, expr: Expr): number {
  return checker.context.ends?.get(expr) ?? expr.span.to;
}

function addErrorAt(checker: Checker, expr: Expr, message: string): void {
  checker.errors.push({ message, from: expr.span.from, to: endOf(checker, expr) });
}

/** An error on the operator and its modifiers; like Prometheus, `to` is the last character, not the one behind it. */
function addErrorAtOperator(checker: Checker, expr: Binary, message: string): void {
  const { text } = checker.context;
  let from = endOf(checker, expr.left);
  while (isBlank(text.charCodeAt(from))) from++;
  let to = expr.right.span.from - 1;
  while (isBlank(text.charCodeAt(to))) to--;
  checker.errors.push({ message, from, to });
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** The type of a binary operator's result. */
export function binaryType(left: ValueType, right: ValueType): ValueType {
  return left === 'scalar' && right === 'scalar' ? 'scalar' : 'vector';
}

/** Checks what is aggregated, given its type. */
export function checkAggregated(checker: Checker, expr: Aggregate, type: ValueType): void {
  if (type === 'vector') return;
  addErrorAt(
    checker,
    expr.expr,
    `expected type instant vector in aggregation expression, got ${DOCUMENTED_TYPES[type]}`,
  );
}

/** Checks the parameter of an aggregation, given its type. */
export function checkParameter(checker: Checker, expr: Aggregate, type: ValueType): void {
  const wanted = expr.op === 'count_values' ? 'string' : 'scalar';
  if (type === wanted || expr.param === undefined) return;
  addErrorAt(checker, expr.param, `expected type ${wanted} in aggregation parameter, got ${DOCUMENTED_TYPES[type]}`);
}

/** Checks the operand of a sign, given its type. */
export function checkUnary(checker: Checker, expr: Unary, type: ValueType): void {
  if (type === 'scalar' || type === 'vector') return;
  const got = quoteText(DOCUMENTED_TYPES[type]);
  addErrorAt(
    checker,
    expr,
    `unary expression only allowed on expressions of type scalar or instant vector, got ${got}`,
  );
}

/** Checks what a subquery repeats, given its type. */
export function checkSubquery(checker: Checker, expr: Subquery, type: ValueType): void {
  if (type !== 'vector') addErrorAt(checker, expr, `subquery is only allowed on instant vector, got ${type} instead`);
}

/** Checks one argument of a call, given its type; the last type of a function repeats. */
export function checkArgument(checker: Checker, info: FunctionInfo, arg: Expr, index: number, type: ValueType): void {
  const wanted = info.args[index < info.args.length ? index : info.args.length - 1];
  if (type === wanted || wanted === undefined) return;
  const name = quoteText(info.name);
  addErrorAt(
    checker,
    arg,
    `expected type ${DOCUMENTED_TYPES[wanted]} in call to function ${name}, got ${DOCUMENTED_TYPES[type]}`,
  );
}

/** Checks a call as a whole: how many arguments it has, and those of info(). */
export function checkCall(checker: Checker, call: Call, info: FunctionInfo | undefined): void {
  if (info === undefined) return;
  const wanted = info.args.length;
  const got = call.args.length;
  if (info.variadic === 0) {
    if (got !== wanted) addArity(checker, call, '', wanted);
  } else if (got < wanted - 1) addArity(checker, call, 'at least ', wanted - 1);
  else if (info.variadic > 0 && got > wanted - 1 + info.variadic) {
    addArity(checker, call, 'at most ', wanted - 1 + info.variadic);
  }
  const second = call.args[1];
  if (second !== undefined && info.name === 'info') checkInfoSelector(checker, call, second);
}

function addArity(checker: Checker, call: Call, bound: string, wanted: number): void {
  const name = quoteText(call.func);
  addErrorAt(checker, call, `expected ${bound}${wanted} argument(s) in call to ${name}, got ${call.args.length}`);
}

/** The second argument of info(): a selector with matchers only, which may be empty. */
function checkInfoSelector(checker: Checker, call: Call, selector: Expr): void {
  const type = typeOf(checker, selector);
  if (type !== 'vector') {
    addErrorAt(checker, call, `expected type instant vector in call to function "info", got ${DOCUMENTED_TYPES[type]}`);
  }
  if (selector.kind !== 'vector') addErrorAt(checker, selector, 'expected label selectors only');
  else if (selector.name !== undefined) {
    addErrorAt(checker, selector, 'expected label selectors only, got vector selector instead');
  } else {
    checker.bare ??= new Set();
    checker.bare.add(selector);
  }
}

/** Checks the matchers of a selector. */
export function checkSelector(checker: Checker, selector: VectorSelector): void {
  const { matchers, name } = selector;
  if (name !== undefined) {
    for (let i = 0; i < matchers.length; i++) {
      const matcher = matchers[i];
      if (matcher?.name === '__name__') addNameTwice(checker, selector, name, matcher);
    }
  } else if (matchers.every(acceptsEmpty) && checker.bare?.has(selector) !== true) {
    addErrorAt(checker, selector, 'vector selector must contain at least one non-empty matcher');
  }
}

function addNameTwice(checker: Checker, selector: VectorSelector, name: string, matcher: LabelMatcher): void {
  const value = matcher.raw === undefined ? quoteText(matcher.value) : quoteUnquoted(unquote(matcher.raw));
  addErrorAt(checker, selector, `metric name must not be set twice: ${quoteText(name)} or ${value}`);
}

/** True when a matcher is content with a label that is missing. */
function acceptsEmpty(matcher: LabelMatcher): boolean {
  switch (matcher.op) {
    case '=':
      return matcher.value === '';
    case '!=':
      return matcher.value !== '';
    case '=~':
      return matchesEmpty(matcher.value);
    case '!~':
      return !matchesEmpty(matcher.value);
  }
}

const SET_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

function isComparison(op: string): boolean {
  return op === '==' || op === '!=' || op === '<' || op === '<=' || op === '>' || op === '>=';
}

/** Checks a binary operator, given the types of its operands. */
export function checkBinary(checker: Checker, expr: Binary, left: ValueType, right: ValueType): void {
  const { op, matching } = expr;
  const comparison = isComparison(op);
  if (expr.bool === true && !comparison) {
    addErrorAtOperator(checker, expr, 'bool modifier can only be used on comparison operators');
  }
  if (comparison && expr.bool !== true && left === 'scalar' && right === 'scalar') {
    addErrorAtOperator(checker, expr, 'comparisons between scalars must use BOOL modifier');
  }
  if (matching !== undefined) checkSharedLabels(checker, expr, matching);
  const message = 'binary expression must contain only scalar and instant vector types';
  if (left !== 'scalar' && left !== 'vector') addErrorAt(checker, expr.left, message);
  if (right !== 'scalar' && right !== 'vector') addErrorAt(checker, expr.right, message);
  if (matching !== undefined) checkMatching(checker, expr, matching, left === 'vector' && right === 'vector');
  if (SET_OPERATORS.has(op) && (left === 'scalar' || right === 'scalar')) {
    addErrorAt(checker, expr, `set operator ${quoteText(op)} not allowed in binary scalar expression`);
  }
}

/** Prometheus reports every pair of equal labels; more than this many are left out, or hostile input could fill the memory. */
const MAX_SHARED_LABELS = 1000;

/** A label must not be matched on and copied at once. */
function checkSharedLabels(checker: Checker, expr: Binary, matching: VectorMatching): void {
  const { on, group } = matching;
  if (on?.mode !== 'on' || group === undefined) return;
  const copies = new Map<string, number>();
  for (const { name } of group.include) copies.set(name, (copies.get(name) ?? 0) + 1);
  let left = MAX_SHARED_LABELS;
  for (const { name } of on.labels) {
    for (let count = copies.get(name) ?? 0; count > 0 && left > 0; count--, left--) {
      addErrorAtOperator(checker, expr, `label ${quoteText(name)} must not occur in ON and GROUP clause at once`);
    }
  }
}

function checkMatching(checker: Checker, expr: Binary, matching: VectorMatching, areVectors: boolean): void {
  const { on, group, fill } = matching;
  if (!areVectors) {
    if (on !== undefined && on.labels.length > 0) {
      addErrorAt(checker, expr, 'vector matching only allowed between instant vectors');
    }
    if (fill !== undefined) addErrorAt(checker, expr, 'filling in missing series only allowed between instant vectors');
  } else if (SET_OPERATORS.has(expr.op)) {
    if (group !== undefined) {
      addErrorAt(checker, expr, `no grouping allowed for ${quoteText(expr.op)} operation`);
      addErrorAt(checker, expr, 'set operations must always be many-to-many');
    }
    if (fill !== undefined) addErrorAt(checker, expr, 'filling in missing series not allowed for set operators');
  }
}
