import { describe, expect, it } from 'vitest';
import type { Expr, Span } from '../../generators/promql/ast.ts';
import { parse } from '../../generators/promql/parse.ts';
import { childrenOf } from '../../generators/promql/walk.ts';
import type { Node } from '../../generators/promql/walk.ts';
import { readCorpus } from './corpus.ts';
import { createExpressionGenerator, createRandom } from './expression-generator.ts';
import { outline } from './outline.ts';

const parseValid = (text: string): Expr => {
  const { expr, errors } = parse(text);
  expect(errors, text).toEqual([]);
  if (expr === undefined) throw new Error(`no tree for ${text}`);
  return expr;
};

describe('precedence and grouping', () => {
  it.each([
    ['1 + 2 * 3', '(+ 1 (* 2 3))'],
    ['1 * 2 + 3', '(+ (* 1 2) 3)'],
    ['1 - 2 - 3', '(- (- 1 2) 3)'],
    ['2 ^ 3 ^ 2', '(^ 2 (^ 3 2))'],
    ['2 * 3 % 4 / 5', '(/ (% (* 2 3) 4) 5)'],
    ['1 atan2 2 * 3', '(* (atan2 1 2) 3)'],
    ['a or b and c unless d', '(or a (unless (and b c) d))'],
    ['a and b or c', '(or (and a b) c)'],
    ['a > b + c', '(> a (+ b c))'],
    ['a == b > c', '(> (== a b) c)'],
    ['a </ 1 >/ 2', '(>/ (</ a 1) 2)'],
    ['a > 1 and b < 2', '(and (> a 1) (< b 2))'],
    ['-1 ^ 2', '(- (^ 1 2))'],
    ['-a ^ 2', '(- (^ a 2))'],
    ['-a * b', '(* (- a) b)'],
    ['2 ^ -1', '(^ 2 -1)'],
    ['1 - -1', '(- 1 -1)'],
    ['--1', '1'],
    ['-+-a', '(- (+ (- a)))'],
    ['(1 + 2) * 3', '(* (paren (+ 1 2)) 3)'],
    ['-(1)', '(- (paren 1))'],
    ['a + b offset 5m', '(+ a b offset:300000)'],
    ['a ^ b @ 1', '(^ a b @1000)'],
    ['-a offset 1m', '(- a offset:60000)'],
  ])('%s', (text, expected) => expect(outline(parseValid(text))).toBe(expected));
});

describe('binary operators and their modifiers', () => {
  it.each([
    ['a == bool 1', '(== bool a 1)'],
    ['a + on (x, y) b', '(+ on:x,y a b)'],
    ['a + ignoring () b', '(+ ignoring: a b)'],
    ['a * on (x) group_left b', '(* on:x group_left: a b)'],
    ['a * on (x) group_left (y,) b', '(* on:x group_left:y a b)'],
    ['a * ignoring (x) group_right (y, z) b', '(* ignoring:x group_right:y,z a b)'],
    ['a > bool ON (x) GROUP_LEFT () b', '(> bool on:x group_left: a b)'],
    ['a + on (x) group_left (b)', undefined],
    ['a + on (x) group_left ((b))', undefined],
    ['a + on (x) group_left -b', '(+ on:x group_left: a (- b))'],
    ['a + fill (0) b', '(+ fill:0/0 a b)'],
    ['a + fill_left (1) b', '(+ fill:1/ a b)'],
    ['a + fill_right(-1) b', '(+ fill:/-1 a b)'],
    ['a + fill_right (2) fill_left (5m) b', '(+ fill:300/2 a b)'],
    ['a + on (x) group_left (y) fill (NaN) b', '(+ on:x group_left:y fill:NaN/NaN a b)'],
    ['a + on ("x.y", "z") b', '(+ on:x.y,z a b)'],
    ['a + on (on, by, group_left, and, atan2, bool, start) b', '(+ on:on,by,group_left,and,atan2,bool,start a b)'],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(parse(text).errors).not.toEqual([]);
    else expect(outline(parseValid(text))).toBe(expected);
  });
});

describe('selectors', () => {
  it.each([
    ['up', 'up'],
    ['job:rate:5m', 'job:rate:5m'],
    [':a', ':a'],
    ['up{}', 'up'],
    ['up{a="b",c!=\'d\',e=~`f.*`,g!~"h",}', 'up{a="b",c!="d",e=~"f.*",g!~"h"}'],
    ['{a="b"}', '{a="b"}'],
    ['{__name__=~"a.*", __name__!="ab"}', '{__name__=~"a.*",__name__!="ab"}'],
    ['{"metric.name", "label.name"="x"}', '{__name__="metric.name",label.name="x"}'],
    ['{by="a", sum="b", on=~"c+"}', '{by="a",sum="b",on=~"c+"}'],
    ['up { # why\n a = "b" }', 'up{a="b"}'],
    ['sum{a="b"}', 'sum{a="b"}'],
    ['offset', 'offset'],
    ['offset offset 5m', 'offset offset:300000'],
    ['and and or', '(and and or)'],
    ['start + end', '(+ start end)'],
    ['by', 'by'],
    ['anchored anchored', 'anchored anchored'],
    ['fill + fill', '(+ fill fill)'],
    ['step - range', '(- step range)'],
    ['Inf_total', 'Inf_total'],
    ['{a="\\u00e9\\x41\\101\\n\\U0001F600"}', '{a="éAA\\n😀"}'],
    ['{a="\\xc3\\xa9"}', '{a="é"}'],
  ])('%s', (text, expected) => expect(outline(parseValid(text))).toBe(expected));
});

describe('ranges, offsets and @', () => {
  it.each([
    ['a[5m]', 'a[300000]'],
    ['a[ 1h30m ]', 'a[5400000]'],
    ['a[300]', 'a[300000]'],
    ['a[0x1F]', 'a[31000]'],
    ['a[1.5]', 'a[1500]'],
    ['a[1y2w3d4h5m6s7ms]', 'a[33019506007]'],
    ['a[5m] offset 1h', 'a offset:3600000[300000]'],
    ['a[5m] offset -1h', 'a offset:-3600000[300000]'],
    ['a offset -2^2', '(^ a offset:-2000 2)'],
    ['a offset 0s offset 5m', 'a offset:300000'],
    ['a[5m] @ 1.5 offset 2m', 'a offset:120000 @1500[300000]'],
    ['a @ start() offset 2m', 'a offset:120000 @start'],
    ['a @ end()', 'a @end'],
    ['a @ -5', 'a @-5000'],
    ['a @ 1603774568.123', 'a @1603774568123'],
    ['a @ 5m', 'a @300000'],
    ['a[1h:5m]', '(subquery a 3600000:300000)'],
    ['a[1h:]', '(subquery a 3600000:)'],
    ['a[1h:5m] offset 1m @ 2', '(subquery a 3600000:300000 offset:60000 @2000)'],
    ['rate(a[5m])[1h:1m]', '(subquery (rate a[300000]) 3600000:60000)'],
    ['a[5m] smoothed', 'a smoothed[300000]'],
    ['a anchored', 'a anchored'],
    ['a[5m + 1m * 2]', 'a[(+ 300000 (* 60000 2000))]'],
    ['a[(5m + 1m) * 2]', 'a[(* (paren (+ 300000 60000)) 2000)]'],
    ['a[2 ^ 3 ^ 2]', 'a[(^ 2000 (^ 3000 2000))]'],
    ['a[step()]', 'a[(step)]'],
    ['a[max_of(1m, range() / 2):min_of(STEP(), 5)]', undefined],
    ['a[-(5m)]', 'a[(- (paren 300000))]'],
    ['a offset (5m) + 3', 'a offset:(+ (paren 300000) 3000)'],
    ['a offset -(5m) + 3', '(+ a offset:(- (paren 300000)) 3)'],
    ['a offset step() + 3', '(+ a offset:(step) 3)'],
    ['a offset --5m + 3', 'a offset:(+ 300000 3000)'],
    ['(a offset (5m)) + 1', '(+ (paren a offset:(paren 300000)) 1)'],
  ])('%s', (text, expected) => {
    if (expected !== undefined) expect(outline(parseValid(text))).toBe(expected);
    else expect(outline(parseValid(text))).toBe('(subquery a (max 60000 (/ (range) 2000)):(min (step) 5000))');
  });
});

describe('calls and aggregations', () => {
  it.each([
    ['time()', '(time)'],
    ['rate(a[5m])', '(rate a[300000])'],
    ['label_join(a, "x", ",", "y", "z")', '(label_join a "x" "," "y" "z")'],
    ['round(a, 0.1)', '(round a 0.1)'],
    ['sum(a)', '(sum a)'],
    ['sum by (x) (a)', '(sum by:x a)'],
    ['sum(a) by (x)', '(sum by:x a)'],
    ['SUM WITHOUT (x, y,) (a)', '(sum without:x,y a)'],
    ['sum by () (a)', '(sum by: a)'],
    ['topk(5, a)', '(topk 5 a)'],
    ['quantile by (x) (0.9, a)', '(quantile by:x 0.9 a)'],
    ['count_values("v", a)', '(count_values "v" a)'],
    ['limit_ratio(-0.5, a)', '(limit_ratio -0.5 a)'],
    ['sum by ("a.b") (a)', '(sum by:a.b a)'],
    ['info(a, {x="y"})', '(info a {x="y"})'],
    ['info(a, {})', '(info a {})'],
    ['start() + end()', '(+ (start) (end))'],
    ['max_of(1, 2)', '(max_of 1 2)'],
    ['vector(1h)', '(vector 3600)'],
  ])('%s', (text, expected) => expect(outline(parseValid(text))).toBe(expected));

  it('know the type of every kind of expression', () => {
    const types = Object.fromEntries(
      ['1', '"a"', 'a', 'a[5m]', 'a[5m:]', '1 + 1', 'a + 1', '-a', '(("x"))', 'time()', 'sum(a)'].map((text) => [
        text,
        parse(text).type,
      ]),
    );
    expect(types).toEqual({
      '1': 'scalar',
      '"a"': 'string',
      a: 'vector',
      'a[5m]': 'matrix',
      'a[5m:]': 'matrix',
      '1 + 1': 'scalar',
      'a + 1': 'vector',
      '-a': 'vector',
      '(("x"))': 'string',
      'time()': 'scalar',
      'sum(a)': 'vector',
    });
  });
});

describe('literal text', () => {
  it.each([
    ['0x1F', { value: 31, raw: '0x1F' }],
    ['1_000', { value: 1000, raw: '1_000' }],
    ['017', { value: 15, raw: '017' }],
    ['- 5', { value: -5, raw: '-5' }],
    ['1h', { value: 3600, raw: '1h', duration: true }],
    ['"\\x41"', { value: 'A', raw: '"\\x41"' }],
  ])('of %s is kept', (text, expected) => expect(parseValid(text)).toMatchObject(expected));

  it('of matchers is kept', () => {
    expect(parseValid('{a=\'x\', "b"}')).toMatchObject({
      matchers: [
        { name: 'a', raw: "'x'", span: { from: 1, to: 6 } },
        { name: '__name__', raw: '"b"', quotedName: true, span: { from: 8, to: 11 } },
      ],
    });
  });
});

const ATTACHED: ReadonlySet<string> = new Set(['matcher', 'label', 'duration', 'duration-expr', 'at']);

/**
 * Checks that a node lies in its parent, and that operands read back from their own text. The modifiers of a range
 * selector hang on its inner selector but stand behind the brackets, so they lie in the range selector.
 */
const checkSpans = (text: string, node: Node, outer: Span): void => {
  const { from, to } = node.span;
  const where = `${node.kind} in ${text}`;
  expect(from, where).toBeGreaterThanOrEqual(outer.from);
  expect(to, where).toBeLessThanOrEqual(outer.to);
  expect(to, where).toBeGreaterThan(from);
  for (const child of childrenOf(node)) {
    if (node.kind !== 'matrix' && !isAttached(child)) {
      const again = parse(text.slice(child.span.from, child.span.to)).expr;
      expect(again && outline(again), where).toBe(outline(child));
    }
    const isModifier = child.kind === 'at' || child.kind === 'duration' || child.kind === 'duration-expr';
    checkSpans(text, child, isModifier && node.kind === 'vector' ? outer : node.span);
  }
};

const isAttached = (node: Node): node is Exclude<Node, Expr> => ATTACHED.has(node.kind);

describe('spans', () => {
  it.each(readCorpus())('of %s', (text) => {
    const expr = parseValid(text);
    expect(expr.span.from).toBe(0);
    checkSpans(text, expr, { from: 0, to: text.length });
  });

  it('of generated expressions', () => {
    const generator = createExpressionGenerator(createRandom(7));
    for (let i = 0; i < 2000; i++) {
      const text = generator.expression();
      const { expr, errors } = parse(text);
      if (expr !== undefined && errors.length === 0) checkSpans(text, expr, { from: 0, to: text.length });
    }
  });

  it('mark operators, functions and clauses', () => {
    const text = 'sum by (x) (a) / on (x) group_left rate(b[5m])';
    const expr = parseValid(text);
    if (expr.kind !== 'binary' || expr.right.kind !== 'call' || expr.left.kind !== 'aggregate')
      throw new Error('misread');
    const at = ({ from, to }: { readonly from: number; readonly to: number }) => text.slice(from, to);
    expect(at(expr.opSpan)).toBe('/');
    expect(at(expr.right.funcSpan)).toBe('rate');
    expect(expr.left.grouping && at(expr.left.grouping.span)).toBe('by (x)');
    expect(expr.matching?.on && at(expr.matching.on.span)).toBe('on (x)');
    expect(expr.matching?.group && at(expr.matching.group.span)).toBe('group_left');
  });

  it('end where the expression ends, even where Prometheus has read on', () => {
    const inner = parseValid('(sum(a) # note\n)');
    expect(inner).toMatchObject({ kind: 'paren', expr: { kind: 'aggregate', span: { from: 1, to: 7 } } });
    expect(parseValid('(a offset (5m))')).toMatchObject({ expr: { span: { from: 1, to: 14 } } });
    expect(parseValid('a[5m] anchored')).toMatchObject({ span: { from: 0, to: 14 } });
  });
});
