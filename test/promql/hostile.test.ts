import { describe, expect, it } from 'vitest';
import { check, parse } from '../../generators/promql/parse.ts';
import { toJson } from '../../generators/promql/to-json.ts';
import { createExpressionGenerator, createRandom } from './expression-generator.ts';

/** A megabyte of something, by a unit that is repeated. */
const MEGABYTE = 2 ** 20;
const times = (unit: string, length = MEGABYTE): string => unit.repeat(Math.floor(length / unit.length));
const nested = (open: string, inner: string, close: string, count: number): string =>
  open.repeat(count) + inner + close.repeat(count);

const HOSTILE: Readonly<Record<string, string>> = {
  'open parentheses': times('('),
  'closing parentheses': times(')'),
  'open braces': times('{'),
  'open brackets': times('['),
  'nested parentheses': nested('(', '1', ')', MEGABYTE / 2),
  'nested calls': nested('abs(', 'a', ')', MEGABYTE / 5),
  'nested aggregations': nested('sum(', 'a', ')', MEGABYTE / 5),
  'broken nested aggregations': nested('sum(', 'a b', ')', MEGABYTE / 5),
  'open aggregations': times('sum('),
  'nested subqueries': `a${times('[1m:]')}`,
  'nested durations': `a[${nested('(', '5m', ')', MEGABYTE / 2)}]`,
  'nested max_of': `a[${nested('max_of(1,', '1', ')', MEGABYTE / 10)}]`,
  'nested info': nested('info(a,', '{}', ')', MEGABYTE / 8),
  'minus signs': `${times('-')}1`,
  'minus signs before a vector': `${times('-')}a`,
  'minus signs before a duration': `a[${times('-')}5m]`,
  'a long sum': `1${times('+1')}`,
  'a long power': `1${times('^1')}`,
  'a long duration sum': `a[1${times('+1')}]`,
  'many comparisons': `a${times(' == a')}`,
  'many joins': `a${times(' + on(b) group_left(c) a')}`,
  'many shared labels': `a + on(${times('b,')}) group_left(${times('b,')}) c`,
  'many matchers': `{${times('a="b",')}}`,
  'many names': `a{${times('__name__="b",')}}`,
  'many labels': `sum by (${times('a,')})(b)`,
  'many arguments': `label_join(a${times(',"b"')})`,
  'many commas': `{${times(',')}}`,
  'many offsets': `a${times(' offset 0s')}`,
  'many timestamps': `a${times(' @ 1')}`,
  'an unterminated string': `"${times('a')}`,
  'an unterminated raw string': `\`${times('a')}`,
  'a string of escapes': `"${times('\\n')}"`,
  'an unterminated comment': `#${times('a')}`,
  'many comments': `${times('#\n')}1`,
  blanks: times(' '),
  'blanks between parentheses': `(sum(a${times(' ')})${times(' ')})`,
  'a long name': times('a'),
  'a long number': times('1'),
  'a long number with underscores': `${times('1_')}1`,
  'a long hexadecimal number': `0x${times('f')}`,
  'a long duration': times('1s'),
  'a large duration': `a[${times('1')}m]`,
  'a long pattern': `{a=~"${times('b|')}c"}`,
  'a nested pattern': `{a=~"${times('(')}"}`,
  'null bytes': times('\0'),
  'null bytes in a string': `"${times('\0')}"`,
  'lone surrogates': times('\ud800'),
  'lone surrogates in a string': `"${times('\udc00')}"`,
  'halves of pairs': `"${times('😀')}\ud83d"`,
};

// Linear time is a fraction of a second; anything quadratic would take hours.
const LIMIT = 15_000;

describe('a megabyte of', () => {
  it.each(Object.entries(HOSTILE))('%s is judged in linear time', (_, text) => {
    const start = performance.now();
    const { expr, type, errors } = parse(text);
    expect(performance.now() - start).toBeLessThan(LIMIT);
    expect(type === undefined).toBe(expr === undefined);
    if (expr === undefined) expect(errors).not.toEqual([]);
  });

  it.each(Object.entries(HOSTILE).filter(([name]) => /^(?:nested|many|minus)/.test(name)))(
    '%s is judged by an older version in linear time',
    (_, text) => {
      const start = performance.now();
      const result = check(text.slice(0, MEGABYTE / 8), { target: { prometheus: '2.42' } });
      expect(performance.now() - start).toBeLessThan(LIMIT);
      expect(result.valid).toBe(result.errors.length === 0);
    },
  );
});

describe('deep nesting', () => {
  it('is accepted as in Prometheus', () => {
    for (const text of [nested('(', '1', ')', 10_000), nested('abs(', 'a', ')', 10_000), `${'-'.repeat(10_000)}a`]) {
      expect(parse(text).errors).toEqual([]);
    }
  });

  it('is counted correctly', () => {
    expect(parse('('.repeat(10_000)).errors).toEqual([
      { message: 'unclosed left parenthesis', from: 10_000, to: 10_000 },
    ]);
    expect(parse(`${nested('(', '1', ')', 10_000)})`).errors[0]?.message).toBe("unexpected right parenthesis ')'");
  });

  it('can be written as JSON', () => {
    const { expr } = parse(nested('(', '1', ')', 100_000));
    expect(toJson(expr).length).toBeGreaterThan(1_000_000);
  });
});

describe('unterminated everything', () => {
  const whole =
    'sum by (a, "b") (rate(x{c="d\\n", e=~`f`}[5m:1m] offset -1h @ end())) * on (g) group_left (h) fill(1) y # z';
  it.each(Array.from({ length: whole.length }, (_, end) => whole.slice(0, end)))('%s', (text) => {
    const { expr, errors } = parse(text);
    expect(expr === undefined).toBe(errors.length > 0);
    for (const { from, to } of errors) {
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeLessThanOrEqual(text.length);
    }
  });
});

describe('random text', () => {
  const random = createRandom(11);
  const alphabet = [
    ...'(){}[],:=~!<>+-*/%^@"\'`#.\\_ \n0123456789abcdefghijklmnopqrstuvwxyz',
    '\0',
    '\ud800',
    '\udfff',
    'é',
    '😀',
    '\ufffd',
  ];

  it('never crashes the parser, and errors stay in the text', () => {
    const generator = createExpressionGenerator(random);
    for (let i = 0; i < 20_000; i++) {
      const text =
        i % 2 === 0
          ? Array.from({ length: random.below(30) }, () => random.pick(alphabet)).join('')
          : generator.mutate(generator.mutant());
      for (const { from, to, message } of parse(text).errors) {
        expect(message).not.toBe('');
        expect(from >= 0 && to <= text.length, text).toBe(true);
      }
    }
  });
});

describe('toJson', () => {
  it.each([
    [{ a: [1, 'b', null, true], c: {}, d: [] }, '{"a":[1,"b",null,true],"c":{},"d":[]}'],
    [{ a: NaN, b: Infinity, c: -Infinity, d: -0 }, '{"a":"NaN","b":"+Inf","c":"-Inf","d":0}'],
    [{ a: undefined, b: '\u2028"\ud800' }, '{"b":"\u2028\\"\\ud800"}'],
  ])('%j', (value, json) => expect(toJson(value)).toBe(json));

  it('indents like JSON.stringify', () => {
    const value = { a: [1, { b: [] }], c: {} };
    expect(toJson(value, 2)).toBe(JSON.stringify(value, undefined, 2));
  });
});
