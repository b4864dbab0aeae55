import { InvariantError } from '../diagnostics/errors.ts';
import type {
  AtModifier,
  Call,
  Duration,
  Expr,
  LabelMatcher,
  LabelName,
  MatrixSelector,
  Subquery,
  VectorSelector,
} from './ast.ts';

/** Every node of a tree: the expressions and what hangs on them. */
export type Node = Expr | LabelMatcher | LabelName | Duration | AtModifier;

/** The kind of a node. */
export type NodeKind = Node['kind'];

/** The node type of a kind. */
export type NodeOf<K extends NodeKind> = Extract<Node, { readonly kind: K }>;

/** The way from a node's parent to the root. Linked, so it costs nothing to keep and is safe to keep. */
export interface Path {
  readonly node: Node;
  /** Absent at the root. */
  readonly parent?: Path | undefined;
}

/** What is called for one kind of node. `enter` returns `false` to skip everything below; `leave` is called all the same. */
export interface NodeHandler<N extends Node> {
  readonly enter?: (node: N, path: Path | undefined) => void | false;
  readonly leave?: (node: N, path: Path | undefined) => void;
}

/**
 * The handlers of a walk, by kind. The handlers without a kind are called for every node: `enter` before the one of
 * the kind, `leave` after it.
 */
export type Visitor = NodeHandler<Node> & { readonly [K in NodeKind]?: NodeHandler<NodeOf<K>> };

const NO_NODES: readonly Node[] = [];

/** The children of a node, in the order they are printed. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'matcher':
    case 'label':
    case 'duration':
    case 'at':
      return NO_NODES;
    case 'duration-expr':
      return node.operands;
    case 'paren':
    case 'unary':
      return [node.expr];
    case 'vector': {
      if (node.offset === undefined && node.at === undefined) return node.matchers;
      return [...node.matchers, ...present(node.at), ...present(node.offset)];
    }
    case 'matrix':
      return [node.selector, node.range];
    case 'subquery':
      return [node.expr, node.range, ...present(node.step), ...present(node.at), ...present(node.offset)];
    case 'binary': {
      const { on, group } = node.matching ?? {};
      return [node.left, ...(on?.labels ?? []), ...(group?.include ?? []), node.right];
    }
    case 'aggregate':
      return [...(node.grouping?.labels ?? []), ...present(node.param), node.expr];
    case 'call':
      return node.args;
  }
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/**
 * Visits a tree depth first, in the order it is printed. The stack is on the heap, so depth is bounded by memory only.
 * A matrix selector's inner selector carries its offset and @, so they are visited before the range.
 */
export function walk(root: Node, visitor: Visitor): void {
  interface Frame {
    readonly node: Node;
    readonly path: Path | undefined;
    children: readonly Node[] | undefined;
    next: number;
  }
  const stack: Frame[] = [{ node: root, path: undefined, children: undefined, next: 0 }];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const handler = visitor[frame.node.kind] as NodeHandler<Node> | undefined;
    if (frame.children === undefined) {
      const skip = visitor.enter?.(frame.node, frame.path) === false;
      const skipKind = handler?.enter?.(frame.node, frame.path) === false;
      frame.children = skip || skipKind ? NO_NODES : childrenOf(frame.node);
    }
    const child = frame.children[frame.next];
    if (child !== undefined) {
      frame.next += 1;
      stack.push({ node: child, path: { node: frame.node, parent: frame.path }, children: undefined, next: 0 });
      continue;
    }
    handler?.leave?.(frame.node, frame.path);
    visitor.leave?.(frame.node, frame.path);
    stack.pop();
  }
}

/** The nodes of a path, the nearest first. */
export function* ancestors(path: Path | undefined): Generator<Node, void, undefined> {
  for (let step = path; step !== undefined; step = step.parent) yield step.node;
}

const NO_OPERANDS: readonly Expr[] = [];

/** The expressions directly below an expression, in the order `withOperands` takes them. */
function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
      return NO_OPERANDS;
    case 'matrix':
      return [expr.selector];
    case 'paren':
    case 'unary':
    case 'subquery':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    case 'call':
      return expr.args;
  }
}

function withOperands(expr: Expr, operands: readonly Expr[]): Expr {
  const [first, second] = operands;
  switch (expr.kind) {
    case 'matrix': {
      if (first?.kind !== 'vector') {
        throw new InvariantError(`a range needs a vector selector, got ${first?.kind ?? 'nothing'}`, 'promql/walk');
      }
      return { ...expr, selector: first };
    }
    case 'paren':
    case 'unary':
    case 'subquery':
      return first === undefined ? expr : { ...expr, expr: first };
    case 'binary':
      return first === undefined || second === undefined ? expr : { ...expr, left: first, right: second };
    case 'aggregate': {
      if (first === undefined) return expr;
      return second === undefined ? { ...expr, expr: first } : { ...expr, param: first, expr: second };
    }
    case 'call':
      return { ...expr, args: operands };
    default:
      return expr;
  }
}

/**
 * Rewrites a tree from the leaves up: `fn` gets every expression with its operands already rewritten, and returns it
 * or another. Unchanged subtrees are the same objects as before. `path` leads through the original tree.
 *
 * @throws InvariantError when the selector of a range becomes something else than a vector selector.
 */
export function transform(root: Expr, fn: (expr: Expr, path: Path | undefined) => Expr): Expr {
  /** An expression whose operands are rewritten; it is the path of all of them. */
  interface Frame extends Path {
    readonly node: Expr;
    readonly operands: readonly Expr[];
    readonly done: Expr[];
  }
  const open = (node: Expr, parent: Path | undefined, operands: readonly Expr[]): Frame => ({
    node,
    parent,
    operands,
    done: [],
  });
  const stack: Frame[] = [open(root, undefined, operandsOf(root))];
  for (;;) {
    const frame = stack.at(-1);
    if (frame === undefined) throw new InvariantError('transform lost its stack', 'promql/walk');
    const operand = frame.operands[frame.done.length];
    if (operand !== undefined) {
      const inner = operandsOf(operand);
      if (inner.length === 0) frame.done.push(fn(operand, frame));
      else stack.push(open(operand, frame, inner));
      continue;
    }
    const changed = frame.done.some((expr, index) => expr !== frame.operands[index]);
    const result = fn(changed ? withOperands(frame.node, frame.done) : frame.node, frame.parent);
    stack.pop();
    const parent = stack.at(-1);
    if (parent === undefined) return result;
    parent.done.push(result);
  }
}

/** Structural equality: everything that has a meaning counts, spans and the text as written (`raw`) do not. */
export function equals(a: Node, b: Node): boolean {
  const stack: [Node, Node][] = [[a, b]];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (!sameHead(left, right)) return false;
    const leftChildren = childrenOf(left);
    const rightChildren = childrenOf(right);
    if (leftChildren.length !== rightChildren.length) return false;
    leftChildren.forEach((child, index) => stack.push([child, rightChildren[index] as Node]));
  }
  return true;
}

/** The parts of a node that are no nodes, in a form `Object.is` can compare. */
function headOf(node: Node): readonly unknown[] {
  switch (node.kind) {
    case 'number':
      return [node.value, node.duration === true];
    case 'string':
      return [node.value];
    case 'matcher':
      return [node.name, node.op, node.value, node.quotedName === true];
    case 'label':
      return [node.name];
    case 'duration':
      // An offset of -0s is one of 0s.
      return [node.ms + 0, node.variable];
    case 'duration-expr':
      return [node.op];
    case 'at':
      return [node.at, node.at === 'timestamp' ? node.ms : undefined];
    case 'vector':
      return [node.name, node.extended, node.at === undefined, node.offset === undefined];
    case 'matrix':
    case 'paren':
      return [];
    case 'unary':
      return [node.op];
    case 'subquery':
      return [node.step === undefined, node.at === undefined, node.offset === undefined];
    case 'binary': {
      const { on, group, fill } = node.matching ?? {};
      return [node.op, node.bool === true, on?.mode, on?.labels.length, group?.side, fill?.left, fill?.right];
    }
    case 'aggregate':
      return [node.op, node.param === undefined, node.grouping?.mode];
    case 'call':
      return [node.func];
  }
}

function sameHead(a: Node, b: Node): boolean {
  if (a.kind !== b.kind) return false;
  const right = headOf(b);
  return headOf(a).every((value, index) => Object.is(value, right[index]));
}

/** A vector selector and what stands around it. */
export interface SelectorUse {
  readonly selector: VectorSelector;
  /** The range around it: `selector[5m]`. */
  readonly matrix?: MatrixSelector;
  /** The innermost subquery around it. */
  readonly subquery?: Subquery;
  /** The innermost function call around it. */
  readonly call?: Call;
  readonly path: Path | undefined;
}

/** Every vector selector of an expression, in the order they are printed. */
export function selectors(root: Expr): readonly SelectorUse[] {
  const found: SelectorUse[] = [];
  const calls: Call[] = [];
  const subqueries: Subquery[] = [];
  walk(root, {
    call: { enter: (node) => void calls.push(node), leave: () => void calls.pop() },
    subquery: { enter: (node) => void subqueries.push(node), leave: () => void subqueries.pop() },
    vector: {
      enter: (selector, path) => {
        const matrix = path?.node.kind === 'matrix' ? path.node : undefined;
        const call = calls.at(-1);
        const subquery = subqueries.at(-1);
        found.push({
          selector,
          ...(matrix && { matrix }),
          ...(subquery && { subquery }),
          ...(call && { call }),
          path,
        });
      },
    },
  });
  return found;
}
