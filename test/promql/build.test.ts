import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../generators/diagnostics/errors.ts';
import type { Expr } from '../../generators/promql/ast.ts';
import {
  aggregate,
  anyOf,
  binary,
  call,
  matcher,
  number,
  offset,
  paren,
  range,
  selector,
  string,
  subquery,
  unary,
} from '../../generators/promql/build.ts';
import { parse } from '../../generators/promql/parse.ts';
import { print } from '../../generators/promql/print.ts';
import { equals } from '../../generators/promql/walk.ts';
import { promqlArbitraries } from '../support/promql-arbitrary.ts';

const x = selector('x');
const y = selector('y');

/** Trees without a need for parentheses: they parse back to exactly the same. */
const BUILT: readonly (readonly [text: string, tree: Expr])[] = [
  ['5', number(5)],
  ['-Inf', number(-Infinity)],
  ['"a\\"b"', string('a"b')],
  ['x', x],
  [
    'x{a="b", c=~"d|e", "f.g"!="h"}',
    selector('x', [matcher('a', '=', 'b'), matcher('c', '=~', 'd|e'), matcher('f.g', '!=', 'h')]),
  ],
  ['{a="b"}', selector(undefined, [matcher('a', '=', 'b')])],
  ['{__name__=~"a.+"}', selector(undefined, [matcher('__name__', '=~', 'a.+')])],
  ['{"http.requests", a="b"}', selector('http.requests', [matcher('a', '=', 'b')])],
  ['{"bool"}', selector('bool')],
  ['x[5m]', range(x, 300_000)],
  ['rate(x[5m])', call('rate', range(x, 300_000))],
  ['time()', call('time')],
  ['sum(x)', aggregate('sum', x)],
  ['sum by (job, "a.b") (x)', aggregate('sum', x, { by: ['job', 'a.b'] })],
  ['sum by () (x)', aggregate('sum', x, { by: [] })],
  ['avg without ("without") (x)', aggregate('avg', x, { without: ['without'] })],
  ['topk by (job) (5, x)', aggregate('topk', x, { by: ['job'] }, number(5))],
  ['count_values("v", x)', aggregate('count_values', x, {}, string('v'))],
  ['x + y', binary('+', x, y)],
  ['x > bool 5', binary('>', x, number(5), { bool: true })],
  ['x and on (job) y', binary('and', x, y, { on: ['job'] })],
  ['x / ignoring (code) group_left () y', binary('/', x, y, { ignoring: ['code'], groupLeft: [] })],
  ['x * on (pod) group_right (team) y', binary('*', x, y, { on: ['pod'], groupRight: ['team'] })],
  ['-x', unary('-', x)],
  ['-5', unary('-', number(5))],
  ['x[1h:1m]', subquery(x, 3_600_000, 60_000)],
  ['x[1h:]', subquery(x, 3_600_000)],
  ['x offset 5m', offset(x, 300_000)],
  ['x[5m] offset -1h', offset(range(x, 300_000), -3_600_000)],
  ['x[1h:] offset 1w', offset(subquery(x, 3_600_000), 604_800_000)],
  ['(x)', paren(x)],
];

describe('any of several', () => {
  it.each<readonly [parts: readonly Expr[], text: string | undefined]>([
    [[], undefined],
    [[x], 'x'],
    [[x, y, x], 'x or y or x'],
  ])('%#', (parts, text) => {
    const tree = anyOf(parts);
    expect(tree && print(tree)).toBe(text);
  });
});

/** What Prometheus would refuse. */
const REFUSED: readonly (readonly [what: string, build: () => unknown])[] = [
  ['an empty selector', () => selector(undefined, [])],
  ['a selector that matches everything', () => selector(undefined, [matcher('a', '=~', '.*'), matcher('b', '=', '')])],
  [
    'a selector that matches what has no label',
    () => selector(undefined, [matcher('a', '!=', 'b'), matcher('c', '!~', 'd+')]),
  ],
  ['an empty metric name', () => selector('')],
  ['a name set twice', () => selector('x', [matcher('__name__', '=', 'y')])],
  ['an empty label name', () => matcher('', '=', 'x')],
  ['an invalid pattern', () => matcher('a', '=~', '(')],
  ['an invalid negative pattern', () => matcher('a', '!~', 'a**')],
  ['a range of nothing', () => range(x, 0)],
  ['a negative range', () => range(x, -1)],
  ['a range that is no number', () => range(x, Number.NaN)],
  ['a fraction of a millisecond', () => range(x, 0.5)],
  ['a range beyond 292 years', () => range(x, 1e13)],
  ['a step of nothing', () => subquery(x, 1000, 0)],
  ['a second offset', () => offset(offset(x, 1000), 1000)],
  ['a second offset of a range', () => offset(range(offset(x, 1000), 1000), 1000)],
  ['an offset beyond 292 years', () => offset(x, -1e13)],
  ['a name that no function has', () => call('rate(')],
  ['by and without', () => aggregate('sum', x, { by: [], without: [] })],
  ['an empty label in by', () => aggregate('sum', x, { by: [''] })],
  ['topk without a parameter', () => aggregate('topk', x)],
  ['sum with a parameter', () => aggregate('sum', x, {}, number(1))],
  ['bool on arithmetic', () => binary('+', x, y, { bool: true })],
  ['on and ignoring', () => binary('+', x, y, { on: [], ignoring: [] })],
  ['groupLeft and groupRight', () => binary('+', x, y, { on: [], groupLeft: [], groupRight: [] })],
  ['grouping without matching', () => binary('+', x, y, { groupLeft: [] })],
  ['grouping of a set operator', () => binary('and', x, y, { on: [], groupLeft: [] })],
  ['a label in on and in the group', () => binary('+', x, y, { on: ['a'], groupLeft: ['a'] })],
];

describe('build', () => {
  it.each(BUILT)('builds %s', (text, tree) => {
    expect(print(tree)).toBe(text);
    const { expr, errors } = parse(text);
    expect(errors).toEqual([]);
    expect(expr !== undefined && equals(expr, tree)).toBe(true);
  });

  it.each(REFUSED)('refuses %s', (_, build) => {
    expect(build).toThrow(InvariantError);
  });

  it('folds signs into numbers, as the parser does', () => {
    expect(equals(unary('-', number(-3)), number(3))).toBe(true);
    expect(equals(unary('+', number(3)), number(3))).toBe(true);
  });

  it('takes any metric name, label name and value', () => {
    const { metricName, labelName, text } = promqlArbitraries();
    const label = labelName.filter((name) => name !== '__name__');
    fc.assert(
      fc.property(metricName, label, text, fc.array(labelName), (metric, name, value, labels) => {
        const tree = aggregate('sum', selector(metric, [matcher(name, '=', value)]), { by: labels });
        const { expr, errors } = parse(print(tree));
        expect(errors).toEqual([]);
        expect(expr !== undefined && equals(expr, tree)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
