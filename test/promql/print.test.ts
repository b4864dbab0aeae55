import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SPAN } from '../../generators/promql/ast.ts';
import type {
  BinaryOp,
  Duration,
  DurationExpression,
  Expr,
  NumberLiteral,
  VectorSelector,
} from '../../generators/promql/ast.ts';
import { binary, number, paren, selector, subquery, unary } from '../../generators/promql/build.ts';
import { parse } from '../../generators/promql/parse.ts';
import { print, printPretty } from '../../generators/promql/print.ts';
import { equals } from '../../generators/promql/walk.ts';
import { promqlArbitraries, stripParens } from '../support/promql-arbitrary.ts';

const span = NO_SPAN;

/** The tree of a valid expression. */
function parsed(text: string): Expr {
  const { expr, errors } = parse(text);
  expect(errors, text).toEqual([]);
  if (expr === undefined) throw new Error(`no tree of ${text}`);
  return expr;
}

/** Canonical texts, printed as they are. */
const CANONICAL: readonly string[] = [
  'up',
  'up{job="api", instance!="a", code=~"5..", path!~"/x/.*"}',
  '{__name__=~"node_.+", __name__!="node_load1"}',
  '{"http.requests", "label.with.dots"="x"}',
  'job:http_requests:rate5m',
  'sum{sum="sum"}',
  'by and without or unless unless on (on, ignoring) offset',
  'start + end - step * range / fill',
  'rate(http_requests_total{code="500"}[5m])',
  'rate(x[5m] offset -1h30m)',
  'rate(x[5m] anchored @ end() offset 1w)',
  'x @ 1603774568.123',
  'x @ -1.5',
  'x @ start() offset 90d',
  'max_over_time(rate(x[5m])[1h:])',
  'max_over_time(rate(x[5m])[1h:1m] @ 0 offset 1y)',
  'rate(x[5m * 2 + step()])',
  'rate(x[min_of(5m, range())] offset -(1h))',
  'x offset (5m * 2)',
  'x offset -step()',
  'x offset --step() + 1',
  '(x offset (5m)) * 2',
  'x offset (5m) @ end() * 2',
  'a + b - c',
  'a - (b + c)',
  'a ^ b ^ c',
  '(a ^ b) ^ c',
  '-a ^ 2',
  '(-1) ^ 2',
  '2 ^ -1',
  '-(-1)',
  '--a',
  '-(1)',
  '-(a * b)',
  '1 == bool 2',
  'a == bool on (job) b',
  'a * on (pod) group_left () b',
  'a * ignoring (x) group_right (team, "the.team") (b + c)',
  'a + fill (0) b',
  'a + on (x) fill_left (-1) fill_right (Inf) b',
  'a </ 5 >/ 3',
  'sum by (job) (x)',
  'sum by () (x)',
  'sum without (a, "b.c", "without") (x)',
  'count_values("value", x)',
  'topk by (job) (5, x)',
  'limit_ratio(-0.5, x)',
  'label_replace(x, "dst", "$1", "src", "(.*)")',
  'info(x, {a="b"})',
  'time()',
  '(((x)))',
  '0x1F + 1_000',
  '1e21 + 1e-7 + NaN - Inf',
  '5m * 1h30m',
  '"a\\"b\\\\c\\n\\t\\x00\\u00a0\\u200b\\ufffd\\u202eé😀"',
  '"\\xff"',
];

/** What is written otherwise, and its canonical form. */
const NORMALISED: readonly (readonly [text: string, canonical: string])[] = [
  ['up{}', 'up'],
  ["{'a.b',}", '{"a.b"}'],
  ['{"up"}', '{"up"}'],
  ['up{"job"=`a"b`}', 'up{job="a\\"b"}'],
  ["'\\u00e9\\x41\\101'", '"éAA"'],
  ['sum(x) by (job,)', 'sum by (job) (x)'],
  ['SUM BY(BY) (x)', 'sum by (BY) (x)'],
  ['sum by ("job", "inf") (x)', 'sum by (job, "inf") (x)'],
  ['a*on(x)group_left b', 'a * on (x) group_left () b'],
  ['a + fill_right(1) fill_left(1) b', 'a + fill (1) b'],
  ['x[300]', 'x[5m]'],
  ['x[90m]', 'x[1h30m]'],
  ['x[7d] offset 365d', 'x[1w] offset 1y'],
  ['x[0.5]', 'x[500ms]'],
  ['x[0.0001]', 'x[0.0001]'],
  ['x[0x10]', 'x[16s]'],
  ['x[5m*2]', 'x[5m * 2]'],
  ['x[5m*120s]', 'x[5m * 2m]'],
  ['x[5m + 0x10]', 'x[5m + 16]'],
  ['x[29m + 3788363655.339]', 'x[29m + 3788363655.339]'],
  ['x offset --5m - 4', 'x offset --5m - 4'],
  ['x offset 1h @ 5', 'x @ 5 offset 1h'],
  ['x offset 1h [5m:]', 'x offset 1h[5m:]'],
  ['010', '8'],
  ['+1', '1'],
  ['.5', '0.5'],
  ['1E3', '1000'],
  ['inf - iNf', 'Inf - Inf'],
  ['-0x1f', '-0x1f'],
  ['90m', '1h30m'],
  ['- 5m', '-5m'],
  ['a# comment\n+b', 'a + b'],
  ['(-1)^2', '(-1) ^ 2'],
];

describe('print', () => {
  it.each(CANONICAL)('keeps %s', (text) => {
    expect(print(parsed(text))).toBe(text);
  });

  it.each(NORMALISED)('writes %j as %j', (text, canonical) => {
    const tree = parsed(text);
    expect(print(tree)).toBe(canonical);
    expect(equals(parsed(canonical), tree)).toBe(true);
  });

  it('ignores the text of a number or a string that does not fit the value any more', () => {
    const changed: NumberLiteral = { kind: 'number', value: 16, raw: '0x1F', span };
    expect(print(changed)).toBe('16');
    expect(print({ kind: 'string', value: '\ufffd', raw: '"\\xffx"', span })).toBe('"\\ufffd"');
  });

  it.each([
    [0, '0s'],
    [1, '1ms'],
    [-1500, '-1s500ms'],
    [86_400_000 * 90, '90d'],
    [86_400_000 * 7, '1w'],
    [86_400_000 * 8, '8d'],
    [86_400_000 * 365 * 2, '2y'],
    [86_400_000 * 365 + 1, '365d1ms'],
    [9_223_372_036_854, '106751d23h47m16s854ms'],
    [0.1, '0.0001'],
  ])('writes an offset of %d ms as %s', (ms, text) => {
    const tree: VectorSelector = {
      kind: 'vector',
      name: 'x',
      matchers: [],
      offset: { kind: 'duration', ms, span },
      span,
    };
    expect(print(tree)).toBe(`x offset ${text}`);
    expect(equals(parsed(print(tree)), tree)).toBe(true);
  });

  it('quotes the name of a tree built by hand where it has to', () => {
    for (const name of ['a.b', 'bool', 'NaN', '1x', 'é', 'a b', '']) {
      expect(print({ kind: 'vector', name, matchers: [], span })).toBe(`{"${name}"}`);
    }
    expect(
      print({
        kind: 'vector',
        name: 'a.b',
        matchers: [{ kind: 'matcher', name: 'c', op: '=', value: 'd', span }],
        span,
      }),
    ).toBe('{"a.b", c="d"}');
  });

  it('adds the parentheses that a tree built by hand needs, and no others', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => selector(name)) as [Expr, Expr, Expr];
    const cases: readonly (readonly [Expr, string])[] = [
      [binary('*', binary('+', a, b), c), '(a + b) * c'],
      [binary('+', a, binary('*', b, c)), 'a + b * c'],
      [binary('-', a, binary('-', b, c)), 'a - (b - c)'],
      [binary('-', binary('-', a, b), c), 'a - b - c'],
      [binary('^', a, binary('^', b, c)), 'a ^ b ^ c'],
      [binary('^', binary('^', a, b), c), '(a ^ b) ^ c'],
      [binary('^', unary('-', a), b), '(-a) ^ b'],
      [unary('-', binary('^', a, b)), '-a ^ b'],
      [unary('-', binary('*', a, b)), '-(a * b)'],
      [binary('*', unary('-', a), b), '-a * b'],
      [binary('*', a, unary('-', b)), 'a * -b'],
      [binary('*', binary('^', a, unary('-', b)), c), 'a ^ -b * c'],
      [binary('^', number(-1), number(2)), '(-1) ^ 2'],
      [binary('^', number(2), number(-1)), '2 ^ -1'],
      [binary('or', binary('and', a, b), c), 'a and b or c'],
      [binary('and', binary('or', a, b), c), '(a or b) and c'],
      [binary('unless', a, binary('and', b, c)), 'a unless (b and c)'],
      [binary('>', binary('==', a, b), c), 'a == b > c'],
      [binary('==', a, binary('>', b, c)), 'a == (b > c)'],
      [binary('atan2', a, binary('%', b, c)), 'a atan2 (b % c)'],
      [subquery(binary('+', a, b), 300_000), '(a + b)[5m:]'],
      [subquery(unary('-', a), 300_000), '(-a)[5m:]'],
      [binary('*', paren(binary('+', a, b)), c), '(a + b) * c'],
      [binary('*', a, binary('+', b, c), { on: ['x'], groupLeft: [] }), 'a * on (x) group_left () (b + c)'],
    ];
    for (const [tree, text] of cases) {
      expect(print(tree)).toBe(text);
      expect(equals(stripParens(parsed(text)), stripParens(tree)), text).toBe(true);
    }
  });

  it('keeps an operator from becoming part of an offset', () => {
    const open: VectorSelector = {
      kind: 'vector',
      name: 'x',
      matchers: [],
      offset: duration('*', literal(300_000), literal(2000)),
      span,
    };
    const cases: readonly (readonly [BinaryOp, string])[] = [
      ['+', '(x offset (5m * 2s)) + y'],
      ['^', '(x offset (5m * 2s)) ^ y'],
      ['==', 'x offset (5m * 2s) == y'],
      ['atan2', 'x offset (5m * 2s) atan2 y'],
    ];
    for (const [op, text] of cases) expect(print(binary(op, open, selector('y')))).toBe(text);
    expect(print(binary('+', binary('*', selector('y'), open), selector('z')))).toBe('(y * x offset (5m * 2s)) + z');
    expect(print(binary('+', { ...open, at: { kind: 'at', at: 'end', span } }, selector('y')))).toBe(
      'x offset (5m * 2s) @ end() + y',
    );
  });

  it('prints what parses to the same tree, and the same text again', () => {
    fc.assert(
      fc.property(promqlArbitraries().expr, (tree) => {
        const text = print(tree);
        const back = parsed(text);
        expect(equals(stripParens(back), stripParens(tree)), text).toBe(true);
        expect(print(back)).toBe(text);
      }),
      { numRuns: 1500 },
    );
  });
});

function literal(ms: number): Duration {
  return { kind: 'duration', ms, span };
}

function duration(op: DurationExpression['op'], ...operands: readonly Duration[]): DurationExpression {
  return { kind: 'duration-expr', op, operands, span };
}

const ERRORS = 'sum by (job, route) (rate(http_requests_total{job="shop", code=~"5..", env="prod"}[5m]))';
const REQUESTS = 'sum by (job, route) (rate(http_requests_total{job="shop", env="prod"}[5m]))';

/** Expressions too wide for a line, and how they are laid out. */
const LAYOUTS: readonly (readonly [title: string, text: string, lines: readonly string[]])[] = [
  ['what fits', 'sum(rate(x[5m])) > 1', ['sum(rate(x[5m])) > 1']],
  [
    'a ratio and its threshold',
    `${ERRORS} / ${REQUESTS} > 0.05`,
    [`    ${ERRORS}`, '  /', `    ${REQUESTS}`, '> 0.05'],
  ],
  [
    'looser operators further left',
    `${ERRORS} / ${REQUESTS} > 0.05 and ${REQUESTS} > 1`,
    [`      ${ERRORS}`, '    /', `      ${REQUESTS}`, '  > 0.05', 'and', `  ${REQUESTS} > 1`],
  ],
  [
    'a chain of equal operators',
    `${ERRORS} + ${REQUESTS} + ${REQUESTS} * 2 or vector(0)`,
    [`    ${ERRORS}`, '  +', `    ${REQUESTS}`, '  +', `    ${REQUESTS} * 2`, 'or vector(0)'],
  ],
  [
    'a matching with the operator',
    `${ERRORS} * on (namespace, pod) group_left (team) kube_pod_labels{label_app="shop", label_tier="web"}`,
    [`  ${ERRORS}`, '* on (namespace, pod) group_left (team)', '  kube_pod_labels{label_app="shop", label_tier="web"}'],
  ],
  ['a short left operand', `1 - ${ERRORS} / ${REQUESTS}`, ['1 -', `    ${ERRORS}`, '  /', `    ${REQUESTS}`]],
  ['brackets that hug', `100 * (${ERRORS} / ${REQUESTS})`, ['100 * (', `    ${ERRORS}`, '  /', `    ${REQUESTS}`, ')']],
  [
    'nested calls',
    'histogram_quantile(0.95, sum by (le, job, route) (rate(http_request_duration_seconds_bucket{job="shop"}[5m])))',
    [
      'histogram_quantile(',
      '  0.95,',
      '  sum by (le, job, route) (rate(http_request_duration_seconds_bucket{job="shop"}[5m]))',
      ')',
    ],
  ],
  [
    'a selector that is too wide',
    'sum(rate(http_request_duration_seconds_bucket{job="shop", route=~"/api/v1/orders/.*", env="prod", region="eu"}[5m])) > 0.5',
    [
      'sum(',
      '  rate(http_request_duration_seconds_bucket{',
      '    job="shop",',
      '    route=~"/api/v1/orders/.*",',
      '    env="prod",',
      '    region="eu",',
      '  }[5m])',
      ') > 0.5',
    ],
  ],
  [
    'string arguments on one line',
    `label_replace(${ERRORS}, "service", "$1", "job", "(.*)-components")`,
    ['label_replace(', `  ${ERRORS},`, '  "service", "$1", "job", "(.*)-components"', ')'],
  ],
  [
    'a subquery',
    `max_over_time((${ERRORS} / ${REQUESTS})[1h:1m] offset 1w)`,
    ['max_over_time(', '  (', `      ${ERRORS}`, '    /', `      ${REQUESTS}`, '  )[1h:1m] offset 1w', ')'],
  ],
  [
    'an aggregation with a parameter',
    `topk by (job) (5, ${ERRORS} / 100)`,
    ['topk by (job) (', '  5,', `  ${ERRORS} / 100`, ')'],
  ],
];

describe('printPretty', () => {
  it.each(LAYOUTS)('lays out %s', (_, text, lines) => {
    expect(printPretty(parsed(text)).split('\n')).toEqual(lines);
  });

  it('takes width and indentation', () => {
    expect(printPretty(parsed('sum(rate(x{a="b"}[5m])) / 2'), { width: 20, indent: '\t' })).toBe(
      'sum(\n\trate(x{a="b"}[5m])\n) / 2',
    );
  });

  it('parses to the same tree at any width, and prints the same again', () => {
    fc.assert(
      fc.property(promqlArbitraries().expr, fc.constantFrom(1, 20, 40, 100), (tree, width) => {
        const text = printPretty(tree, { width });
        const back = parsed(text);
        expect(equals(back, parsed(print(tree))), text).toBe(true);
        expect(printPretty(back, { width })).toBe(text);
      }),
      { numRuns: 800 },
    );
  });

  it('keeps lines that can be broken within the width', () => {
    const long = Array.from({ length: 30 }, (_, index) => `rate(errors_total{service="s${index}"}[5m])`).join(' + ');
    for (const line of printPretty(parsed(`sum by (a) (${long}) > 5`)).split('\n'))
      expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('deep trees', () => {
  const depth = 10_000;
  const trees: readonly (readonly [string, Expr])[] = [
    ['parentheses', Array.from({ length: depth }).reduce<Expr>((tree) => paren(tree), selector('x'))],
    ['signs', Array.from({ length: depth }).reduce<Expr>((tree) => unary('-', tree), selector('x'))],
    [
      'left operands',
      Array.from({ length: depth }).reduce<Expr>((tree) => binary('+', tree, number(1)), selector('x')),
    ],
    [
      'right operands',
      Array.from({ length: depth }).reduce<Expr>((tree) => binary('^', number(1), tree), selector('x')),
    ],
    [
      'durations',
      {
        ...selector('x'),
        offset: Array.from({ length: depth }).reduce<Duration>((tree) => duration('-', tree, literal(1)), literal(1)),
      },
    ],
    [
      'calls',
      Array.from({ length: depth }).reduce<Expr>(
        (tree) => ({ kind: 'call', func: 'abs', args: [tree], funcSpan: span, span }),
        selector('x'),
      ),
    ],
  ];

  it.each(trees)('are printed: %s', (_, tree) => {
    const text = print(tree);
    expect(text.length).toBeGreaterThan(depth);
    expect(printPretty(tree).length).toBeLessThan(text.length * 3);
    expect(equals(stripParens(parsed(text)), stripParens(tree))).toBe(true);
  });
});
