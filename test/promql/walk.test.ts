import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expr } from '../../generators/promql/ast.ts';
import { binary, call, number, paren, range, selector } from '../../generators/promql/build.ts';
import { parse } from '../../generators/promql/parse.ts';
import { print } from '../../generators/promql/print.ts';
import { ancestors, childrenOf, equals, selectors, transform, walk } from '../../generators/promql/walk.ts';
import type { Node } from '../../generators/promql/walk.ts';
import { promqlArbitraries } from '../support/promql-arbitrary.ts';

function parsed(text: string): Expr {
  const { expr, errors } = parse(text);
  expect(errors, text).toEqual([]);
  if (expr === undefined) throw new Error(`no tree of ${text}`);
  return expr;
}

/** What identifies a node in these tests. */
function nameOf(node: Node): string {
  switch (node.kind) {
    case 'vector':
      return node.name ?? '{}';
    case 'matcher':
    case 'label':
      return node.name;
    case 'call':
      return node.func;
    case 'aggregate':
    case 'binary':
    case 'unary':
      return node.op;
    case 'number':
      return String(node.value);
    case 'duration':
      return `${node.ms}ms`;
    default:
      return node.kind;
  }
}

describe('walk', () => {
  const text = 'sum by (job) (rate(x{a="b"}[5m] @ end() offset 1m)) / on (job) group_left (team) -(y > 1)';
  const order = '/ sum job rate matrix x a at 60000ms 300000ms job team - paren > y 1'.split(' ');

  it('enters and leaves every node, in the order it is printed', () => {
    const entered: string[] = [];
    const left: string[] = [];
    walk(parsed(text), {
      enter: (node) => void entered.push(nameOf(node)),
      leave: (node) => void left.push(nameOf(node)),
    });
    expect(entered).toEqual(order);
    expect(left.toSorted()).toEqual(order.toSorted());
    expect(left.at(-1)).toBe('/');
    expect(left[0]).toBe('job');
  });

  it('calls the handlers of a kind inside those for all', () => {
    const calls: string[] = [];
    walk(parsed('x'), {
      enter: () => void calls.push('enter'),
      leave: () => void calls.push('leave'),
      vector: { enter: () => void calls.push('enter vector'), leave: () => void calls.push('leave vector') },
      matrix: { enter: () => void calls.push('never') },
    });
    expect(calls).toEqual(['enter', 'enter vector', 'leave vector', 'leave']);
  });

  it('skips what is below a node, but leaves the node', () => {
    const seen: string[] = [];
    walk(parsed(text), {
      enter: (node) => void seen.push(nameOf(node)),
      aggregate: { enter: () => false, leave: () => void seen.push('left sum') },
    });
    expect(seen).toEqual(['/', 'sum', 'left sum', ...order.slice(10)]);
  });

  it('gives the path to the root, which can be kept', () => {
    const paths = new Map<string, readonly string[]>();
    const kept: (readonly [string, Parameters<typeof ancestors>[0]])[] = [];
    walk(parsed(text), { enter: (node, path) => void kept.push([nameOf(node), path]) });
    for (const [name, path] of kept) paths.set(name, [...ancestors(path)].map(nameOf));
    expect(paths.get('/')).toEqual([]);
    expect(paths.get('a')).toEqual(['x', 'matrix', 'rate', 'sum', '/']);
    expect(paths.get('1')).toEqual(['>', 'paren', '-', '/']);
  });

  it('visits every child of every node once', () => {
    fc.assert(
      fc.property(promqlArbitraries().expr, (tree) => {
        let entered = 0;
        let children = 1;
        walk(tree, {
          enter: (node) => {
            entered += 1;
            children += childrenOf(node).length;
          },
        });
        expect(entered).toBe(children);
      }),
    );
  });
});

describe('transform', () => {
  it('returns the same tree when nothing changes', () => {
    fc.assert(
      fc.property(promqlArbitraries().expr, (tree) => {
        expect(transform(tree, (expr) => expr)).toBe(tree);
      }),
    );
  });

  it('rewrites from the leaves up and shares what did not change', () => {
    const tree = parsed('sum(rate(x[5m])) / (1 + y)');
    const result = transform(tree, (expr) => (expr.kind === 'vector' ? { ...expr, name: `new_${expr.name}` } : expr));
    expect(print(result)).toBe('sum(rate(new_x[5m])) / (1 + new_y)');
    expect(print(tree)).toBe('sum(rate(x[5m])) / (1 + y)');
    const partly = transform(tree, (expr) => (expr.kind === 'number' ? number(2) : expr));
    expect(tree.kind === 'binary' && partly.kind === 'binary' && partly.left === tree.left).toBe(true);
  });

  it('gives a function its operands rewritten and its path in the original', () => {
    const seen: string[] = [];
    transform(parsed('abs(ceil(x))'), (expr, path) => {
      seen.push(`${print(expr)} in ${[...ancestors(path)].map(nameOf).join(',')}`);
      return expr.kind === 'call' ? call('floor', ...expr.args) : expr;
    });
    expect(seen).toEqual(['x in ceil,abs', 'ceil(x) in abs', 'abs(floor(x)) in ']);
  });

  it('refuses a range over anything but a selector', () => {
    const tree = range(selector('x'), 1000);
    expect(() => transform(tree, (expr) => (expr.kind === 'vector' ? number(1) : expr))).toThrow(
      'a range needs a vector selector',
    );
  });
});

describe('equals', () => {
  it.each([
    ['x', 'x', true],
    ['x', 'y', false],
    ['x{a="b"}', "x{a='b',}", true],
    ['x{a="b"}', 'x{a=~"b"}', false],
    ['x{a="b", c="d"}', 'x{c="d", a="b"}', false],
    ['{"x"}', '{__name__="x"}', false],
    ['x[5m]', 'x[300]', true],
    ['x[5m]', 'x[6m]', false],
    ['x offset 5m', 'x', false],
    ['x offset 5m', 'x @ 300', false],
    ['x offset -0s', 'x offset 0s', true],
    ['x[1h:5m]', 'x[1h:]', false],
    ['x[1h:5m]', 'x[1h:] offset 5m', false],
    ['1', '1.0', true],
    ['300', '5m', false],
    ['0', '-0', false],
    ['NaN', 'nan', true],
    ['(x)', 'x', false],
    ['a + b', 'a - b', false],
    ['a == b', 'a == bool b', false],
    ['a + on () b', 'a + b', false],
    ['a + on (x) b', 'a + ignoring (x) b', false],
    ['a + on (x, y) group_left () b', 'a + on (x) group_left (y) b', false],
    ['a + on () group_left () b', 'a + on () group_right () b', false],
    ['a + fill (1) b', 'a + fill_left (1) b', false],
    ['sum by (a) (x)', 'sum(x) by (a)', true],
    ['sum by () (x)', 'sum(x)', false],
    ['sum by (a) (x)', 'sum without (a) (x)', false],
    ['topk(1, x)', 'bottomk(1, x)', false],
    ['x anchored', 'x', false],
    ['rate(x[5m])', 'irate(x[5m])', false],
    ['day_of_week(x)', 'day_of_week()', false],
    ['"a"', "'a'", true],
    ['x[5m * 2]', 'x[5m / 2]', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(equals(parsed(a), parsed(b))).toBe(expected);
    expect(equals(parsed(b), parsed(a))).toBe(expected);
  });

  it('tells trees apart exactly when their texts differ', () => {
    const { expr } = promqlArbitraries({ maxDepth: 2 });
    fc.assert(
      fc.property(expr, expr, (a, b) => {
        const [left, right] = [parsed(print(a)), parsed(print(b))];
        expect(equals(left, right)).toBe(print(left) === print(right));
        expect(equals(left, parsed(print(left)))).toBe(true);
      }),
    );
  });
});

describe('selectors', () => {
  it('finds every selector with what is around it', () => {
    const uses = selectors(parsed('max_over_time(rate(a[5m])[1h:]) + sum(b) / abs(c)'));
    const described = uses.map(({ selector: { name }, matrix, subquery, call: around, path }) => [
      name,
      matrix?.range.kind === 'duration' ? matrix.range.ms : undefined,
      subquery?.range.kind === 'duration' ? subquery.range.ms : undefined,
      around?.func,
      [...ancestors(path)].map(nameOf).join(' '),
    ]);
    expect(described).toEqual([
      ['a', 300_000, 3_600_000, 'rate', 'matrix rate subquery max_over_time +'],
      ['b', undefined, undefined, undefined, 'sum / +'],
      ['c', undefined, undefined, 'abs', 'abs / +'],
    ]);
  });
});

describe('deep trees', () => {
  const deep = (): Expr => {
    let tree: Expr = selector('x');
    for (let depth = 0; depth < 20_000; depth += 1)
      tree = depth % 2 === 0 ? paren(tree) : binary('+', tree, number(depth));
    return tree;
  };

  it('are walked, rewritten, compared and searched without the call stack', () => {
    const tree = deep();
    let nodes = 0;
    walk(tree, { enter: () => void (nodes += 1) });
    expect(nodes).toBe(30_001);
    expect(equals(tree, deep())).toBe(true);
    expect(
      equals(
        tree,
        transform(deep(), (expr) => (expr.kind === 'vector' ? selector('y') : expr)),
      ),
    ).toBe(false);
    expect(selectors(tree)).toHaveLength(1);
  });
});
