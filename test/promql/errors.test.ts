import { describe, expect, it } from 'vitest';
import { parse } from '../../generators/promql/parse.ts';

/** An error as Prometheus 3.15 reports it: from, to (UTF-16), message. */
type Reported = readonly [from: number, to: number, message: string];
type Row = readonly [text: string, ...errors: readonly Reported[]];

const cases = (rows: readonly Row[]) => rows.map(([text, ...errors]) => ({ text, errors }));

const SYNTAX: readonly Row[] = [
  ['', [0, 0, 'no expression found in input']],
  ['   ', [0, 0, 'no expression found in input']],
  ['# only a comment', [0, 0, 'no expression found in input']],
  ['(', [1, 1, 'unclosed left parenthesis']],
  [')', [1, 1, "unexpected right parenthesis ')'"]],
  ['()', [1, 2, 'unexpected ")"']],
  ['1 +', [3, 3, 'unexpected end of input']],
  ['1 + )', [5, 5, "unexpected right parenthesis ')'"]],
  ['* 1', [0, 1, 'unexpected <op:*>']],
  ['foo bar', [4, 7, 'unexpected identifier "bar"']],
  ['foo bar "unterminated', [4, 7, 'unexpected identifier "bar"'], [8, 21, 'unterminated quoted string']],
  ['foo }', [4, 5, "unexpected character: '}'"]],
  ['{', [1, 1, 'unexpected end of input inside braces']],
  ['{a', [2, 2, 'unexpected end of input inside braces']],
  ['{a=', [3, 3, 'unexpected end of input inside braces']],
  ['{a="b"', [6, 6, 'unexpected end of input inside braces']],
  ['{a="b" c="d"}', [7, 8, 'unexpected identifier "c" in label matching, expected "," or "}"']],
  ['{a=b}', [3, 4, 'unexpected identifier "b" in label matching, expected string']],
  ['{,}', [1, 2, 'unexpected "," in label matching, expected identifier or "}"']],
  ['{a="b",,}', [7, 8, 'unexpected "," in label matching, expected identifier or "}"']],
  ['{1="a"}', [1, 7, "unexpected character inside braces: '1'"]],
  ['{a=~"["}', [1, 7, 'error parsing regexp: missing closing ]: `[`']],
  ['{a=~"(?=x)"}', [1, 11, 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`']],
  ['{=~"x"}', [1, 3, 'unexpected <op:=~> in label matching, expected identifier or "}"']],
  ['foo{a{b}', [5, 8, "unexpected left brace '{'"]],
  ['foo{a!b}', [5, 8, "unexpected character after '!' inside braces: 'b'"]],
  ['foo{a:b="c"}', [5, 12, "unexpected character inside braces: ':'"]],
  ['foo[', [4, 4, 'unexpected end of input in duration expression']],
  ['foo[]', [4, 5, 'unexpected "]" in subquery or range selector, expected number, duration, step(), or range()']],
  ['foo[5]m]', [6, 7, 'unexpected identifier "m"'], [7, 8, "unexpected right bracket ']'"]],
  ['foo[5m', [6, 6, 'unclosed left bracket']],
  ['foo[5m:', [7, 7, 'unclosed left bracket']],
  ['foo[5m:1m', [9, 9, 'unclosed left bracket']],
  ['foo[5m 1m]', [7, 9, 'unexpected duration "1m" in subquery or range, expected ":" or "]"']],
  ['foo[5m:1m 2]', [10, 11, 'unexpected number "2" in subquery selector, expected "]"']],
  ['foo[:1m]', [5, 8, 'unexpected colon before duration in duration expression']],
  ['foo[bar]', [4, 8, "unexpected character in duration expression: 'b'"]],
  ['foo[0s]', [4, 6, 'duration must be greater than 0']],
  ['foo[-5m]', [4, 7, 'duration must be greater than 0']],
  ['foo[5m/0]', [6, 7, 'division by zero'], [0, 0, 'duration must be greater than 0']],
  ['foo[5m%0s]', [6, 7, 'modulo by zero'], [0, 0, 'duration must be greater than 0']],
  ['foo[1e12]', [4, 8, 'duration out of range'], [0, 0, 'duration must be greater than 0']],
  ['foo[5m][5m]', [7, 11, 'ranges only allowed for vector selectors']],
  ['(foo)[5m]', [5, 9, 'ranges only allowed for vector selectors']],
  ['sum(foo)[5m]', [8, 12, 'ranges only allowed for vector selectors']],
  ['1[5m]', [1, 5, 'ranges only allowed for vector selectors']],
  ['foo offset 5m[5m]', [13, 17, 'no offset modifiers allowed before range']],
  ['foo @ 5 [5m]', [8, 12, 'no @ modifiers allowed before range']],
  ['foo @ start()[5m]', [13, 17, 'no @ modifiers allowed before range']],
  ['foo offset', [10, 10, 'unexpected end of input in offset, expected number, duration, step(), or range()']],
  ['foo offset bar', [11, 14, 'unexpected identifier "bar" in offset, expected number, duration, step(), or range()']],
  ['foo offset 5m offset 5m', [0, 13, 'offset may not be set multiple times']],
  [
    '1 offset 5m',
    [0, 1, 'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery'],
  ],
  [
    'sum(foo) offset 5m',
    [0, 8, 'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery'],
  ],
  ['foo @', [5, 5, 'unexpected end of input in @, expected timestamp']],
  ['foo @ bar', [6, 9, 'unexpected identifier "bar" in @, expected timestamp']],
  ['foo @ 1e19', [0, 3, 'timestamp out of bounds for @ modifier: 10000000000000000000.000000']],
  ['foo @ NaN', [0, 3, 'timestamp out of bounds for @ modifier: NaN']],
  ['foo @ Inf', [0, 3, 'timestamp out of bounds for @ modifier: +Inf']],
  ['foo @ 1 @ 2', [0, 7, '@ <timestamp> may not be set multiple times']],
  ['foo @ start', [11, 11, 'unexpected end of input in @, expected timestamp']],
  ['foo @ start(', [12, 12, 'unclosed left parenthesis']],
  ['foo @ middle()', [6, 12, 'unexpected identifier "middle" in @, expected timestamp']],
  [
    'rate(foo[5m]) @ 1',
    [0, 13, '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery'],
  ],
  ['foo anchored smoothed', [0, 3, 'anchored and smoothed modifiers cannot be used together']],
  ['foo[5m:] smoothed', [0, 8, 'smoothed modifier is not supported for subqueries']],
  ['1 anchored', [0, 1, 'anchored modifier not implemented']],
  ['sum(', [4, 4, 'unclosed left parenthesis'], [0, 0, 'no arguments for aggregate expression provided']],
  ['sum()', [0, 5, 'no arguments for aggregate expression provided']],
  ['sum() by (a)', [0, 12, 'no arguments for aggregate expression provided']],
  ['sum(foo, bar)', [0, 13, 'wrong number of arguments for aggregate expression provided, expected 1, got 2']],
  [
    'sum(foo bar)',
    [8, 11, 'unexpected identifier "bar" in aggregation'],
    [0, 0, 'no arguments for aggregate expression provided'],
  ],
  [
    '(sum(foo bar))',
    [9, 12, 'unexpected identifier "bar" in aggregation'],
    [1, 0, 'no arguments for aggregate expression provided'],
    [13, 14, 'unexpected ")"'],
  ],
  ['sum(foo) by a', [12, 13, 'unexpected identifier "a" in grouping opts, expected "("']],
  ['sum by a (foo)', [7, 8, 'unexpected identifier "a" in grouping opts, expected "("']],
  [
    'sum by (foo)',
    [12, 12, 'unexpected end of input in aggregation'],
    [0, 12, 'no arguments for aggregate expression provided'],
  ],
  ['sum by (a b) (foo)', [10, 11, 'unexpected identifier "b" in grouping opts, expected "," or ")"']],
  ['sum by ("") (foo)', [8, 10, 'invalid label name for grouping: ""']],
  [
    'sum by (a) foo',
    [11, 14, 'unexpected identifier "foo" in aggregation'],
    [0, 10, 'no arguments for aggregate expression provided'],
  ],
  ['sum by (a) (foo) by (b)', [17, 19, 'unexpected <by>']],
  ['topk(foo)', [0, 9, 'wrong number of arguments for aggregate expression provided, expected 2, got 1']],
  ['topk(1, 2, foo)', [0, 15, 'wrong number of arguments for aggregate expression provided, expected 2, got 3']],
  ['foo + on b', [9, 10, 'unexpected identifier "b" in grouping opts, expected "("']],
  ['foo + on (a', [11, 11, 'unclosed left parenthesis']],
  ['foo + on (a) group_left (', [25, 25, 'unclosed left parenthesis']],
  ['foo + on (a) group_left )', [25, 25, "unexpected right parenthesis ')'"]],
  ['foo + group_left b', [6, 16, 'unexpected <group_left>']],
  ['foo + fill(x) bar', [11, 12, 'unexpected identifier "x"']],
  ['foo + fill() bar', [11, 12, 'unexpected ")"']],
  ['foo + fill(1 bar', [13, 16, 'unexpected identifier "bar"'], [16, 16, 'unclosed left parenthesis']],
  ['unknown(foo)', [0, 7, 'unknown function with name "unknown"']],
  ['Rate(foo[5m])', [0, 4, 'unknown function with name "Rate"']],
  ['foo:bar(baz)', [7, 8, 'unexpected "("']],
  ['rate(foo[5m],)', [12, 13, 'trailing commas not allowed in function call args']],
  ['rate(,)', [5, 6, 'unexpected ","']],
  ['rate(foo[5m]', [12, 12, 'unclosed left parenthesis']],
  ['holt_winters(foo[5m], 1, 2)', [0, 12, 'unknown function with name "holt_winters"']],
  ['"unterminated', [0, 13, 'unterminated quoted string']],
  ["'unterminated", [0, 13, 'unterminated quoted string']],
  ['`unterminated', [0, 13, 'unterminated raw string']],
  ['"a\nb"', [0, 5, 'unterminated quoted string']],
  ['"\\d"', [0, 4, "unknown escape sequence U+0064 'd'"]],
  ['"\\x4"', [0, 5, "illegal character U+0022 '\"' in escape sequence"]],
  ['"\\xg1"', [0, 6, "illegal character U+0067 'g' in escape sequence"]],
  ['"\\400"', [0, 6, 'escape sequence is an invalid Unicode code point']],
  ['"\\ud800"', [0, 8, 'escape sequence is an invalid Unicode code point']],
  ['"\\U00110000"', [0, 12, 'escape sequence is an invalid Unicode code point']],
  ['"\\', [0, 2, 'escape sequence not terminated']],
  ['1..2', [0, 4, 'bad number or duration syntax: "1.."']],
  ['1e', [0, 2, 'bad number or duration syntax: "1e"']],
  ['1e400', [0, 5, 'error parsing number: strconv.ParseFloat: parsing "1e400": value out of range']],
  ['0x', [0, 2, 'error parsing number: strconv.ParseFloat: parsing "0x": invalid syntax']],
  ['0xg', [0, 3, 'bad number or duration syntax: "0x"']],
  ['1_', [0, 2, 'bad number or duration syntax: "1_"']],
  ['1__0', [0, 4, 'bad number or duration syntax: "1__"']],
  ['08x', [0, 3, 'bad number or duration syntax: "08"']],
  ['5mm', [0, 3, 'bad number or duration syntax: "5mm"']],
  ['5m3', [0, 3, 'bad number or duration syntax: "5m3"']],
  ['1y1y', [0, 4, 'bad number or duration syntax: "1y1"']],
  ['1hs', [0, 3, 'unknown unit "hs" in duration "1hs"']],
  ['1h1y', [0, 4, 'bad number or duration syntax: "1h1"']],
  ['300y', [0, 4, 'duration out of range']],
  ['foo = bar', [4, 5, 'unexpected "="']],
  ['foo =~ bar', [4, 10, "unexpected character after '=': '~'"]],
  ['foo ! bar', [4, 9, "unexpected character after '!': ' '"]],
  ['foo !~ bar', [4, 10, "unexpected character after '!': '~'"]],
  ['foo ; bar', [4, 9, "unexpected character: ';'"]],
  ['foo $ bar', [4, 9, "unexpected character: '$'"]],
  ['foo . bar', [4, 9, "unexpected character: '.'"]],
  ['& foo', [0, 5, "unexpected character: '&'"]],
  ['fooé', [3, 4, "unexpected character: 'é'"]],
  ['日本', [0, 2, "unexpected character: '日'"]],
  ['ignoring', [0, 8, 'unexpected <ignoring>']],
  ['bool', [0, 4, 'unexpected <bool>']],
  ['on(foo)', [0, 2, 'unexpected <on>']],
  ['group_left', [0, 10, 'unexpected <group_left>']],
  ['atan2', [0, 5, 'unexpected <op:atan2>']],
  ['foo or', [6, 6, 'unexpected end of input']],
  ['or or', [5, 5, 'unexpected end of input']],
  ['{a "b"}', [3, 6, 'unexpected string "\\"b\\"" in label matching, expected label matching operator']],
  ['sum by (a,,b) (foo)', [10, 11, 'unexpected "," in grouping opts, expected label']],
  ['sum by (without) (foo)', [8, 15, 'unexpected <without> in grouping opts, expected label']],
  ['sum by (1) (foo)', [8, 9, 'unexpected number "1" in grouping opts, expected label']],
];

const TYPES: readonly Row[] = [
  ['{}', [0, 2, 'vector selector must contain at least one non-empty matcher']],
  ['{a=~".*"}', [0, 9, 'vector selector must contain at least one non-empty matcher']],
  ['{a!="x"}', [0, 8, 'vector selector must contain at least one non-empty matcher']],
  ['foo{__name__="bar"}', [0, 19, 'metric name must not be set twice: "foo" or "bar"']],
  ['foo{"bar"}', [0, 10, 'metric name must not be set twice: "foo" or "bar"']],
  ['foo + bool bar', [4, 9, 'bool modifier can only be used on comparison operators']],
  ['1 + bool 2', [2, 7, 'bool modifier can only be used on comparison operators']],
  ['1 == 2', [2, 3, 'comparisons between scalars must use BOOL modifier']],
  ['1 == bool foo[5m]', [10, 17, 'binary expression must contain only scalar and instant vector types']],
  ['foo and 1', [0, 9, 'set operator "and" not allowed in binary scalar expression']],
  ['1 or 2', [0, 6, 'set operator "or" not allowed in binary scalar expression']],
  [
    'foo and on(a) group_left(b) bar',
    [0, 31, 'no grouping allowed for "and" operation'],
    [0, 31, 'set operations must always be many-to-many'],
  ],
  ['foo and fill(0) bar', [0, 19, 'filling in missing series not allowed for set operators']],
  ['foo + on(a) group_left(a) bar', [4, 24, 'label "a" must not occur in ON and GROUP clause at once']],
  ['foo + on(a) 1', [0, 13, 'vector matching only allowed between instant vectors']],
  ['1 + fill(0) 2', [0, 13, 'filling in missing series only allowed between instant vectors']],
  ['"a" + 1', [0, 3, 'binary expression must contain only scalar and instant vector types']],
  ['foo + "a"', [6, 9, 'binary expression must contain only scalar and instant vector types']],
  ['foo[5m] + 1', [0, 7, 'binary expression must contain only scalar and instant vector types']],
  ['-"a"', [0, 4, 'unary expression only allowed on expressions of type scalar or instant vector, got "string"']],
  [
    '-foo[5m]',
    [0, 8, 'unary expression only allowed on expressions of type scalar or instant vector, got "range vector"'],
  ],
  ['rate(foo)', [5, 8, 'expected type range vector in call to function "rate", got instant vector']],
  ['rate()', [0, 6, 'expected 1 argument(s) in call to "rate", got 0']],
  ['rate(foo[5m], 1)', [0, 16, 'expected 1 argument(s) in call to "rate", got 2']],
  ['label_join(foo)', [0, 15, 'expected at least 3 argument(s) in call to "label_join", got 1']],
  ['label_join(foo, "a", ",", 1)', [26, 27, 'expected type string in call to function "label_join", got scalar']],
  [
    'histogram_quantile(foo, 0.9)',
    [19, 22, 'expected type scalar in call to function "histogram_quantile", got instant vector'],
    [24, 27, 'expected type instant vector in call to function "histogram_quantile", got scalar'],
  ],
  ['round(foo, 1, 2)', [0, 16, 'expected at most 2 argument(s) in call to "round", got 3']],
  ['time(1)', [0, 7, 'expected 0 argument(s) in call to "time", got 1']],
  ['scalar(1)', [7, 8, 'expected type instant vector in call to function "scalar", got scalar']],
  ['vector(foo)', [7, 10, 'expected type scalar in call to function "vector", got instant vector']],
  ['info(foo, bar)', [10, 13, 'expected label selectors only, got vector selector instead']],
  [
    'info(foo, 1)',
    [0, 12, 'expected type instant vector in call to function "info", got scalar'],
    [10, 11, 'expected label selectors only'],
    [10, 11, 'expected type instant vector in call to function "info", got scalar'],
  ],
  ['info(foo, sum({a="b"}))', [10, 22, 'expected label selectors only']],
  ['sum(1)', [4, 5, 'expected type instant vector in aggregation expression, got scalar']],
  ['topk("a", foo)', [5, 8, 'expected type scalar in aggregation parameter, got string']],
  ['count_values(1, foo)', [13, 14, 'expected type string in aggregation parameter, got scalar']],
  ['foo[5m:1m][5m:]', [0, 15, 'subquery is only allowed on instant vector, got matrix instead']],
  ['time()[5m:]', [0, 11, 'subquery is only allowed on instant vector, got scalar instead']],
];

const errorsOf = (text: string) => parse(text).errors.map(({ from, to, message }) => [from, to, message]);

describe('syntax errors have the words and places of Prometheus', () => {
  it.each(cases(SYNTAX))('$text', ({ text, errors }) => {
    expect(errorsOf(text)).toEqual(errors);
    expect(parse(text).expr).toBeUndefined();
  });
});

describe('type errors have the words and places of Prometheus', () => {
  it.each(cases(TYPES))('$text', ({ text, errors }) => {
    expect(errorsOf(text)).toEqual(errors);
    expect(parse(text).expr).toBeDefined();
  });
});

describe('several errors', () => {
  it('come in the order of the checks, not of the text', () => {
    expect(errorsOf('topk("a", 1) + rate(foo) == bool {}')).toMatchObject([
      [10, 11, 'expected type instant vector in aggregation expression, got scalar'],
      [5, 8, 'expected type scalar in aggregation parameter, got string'],
      [20, 23, 'expected type range vector in call to function "rate", got instant vector'],
      [33, 35, 'vector selector must contain at least one non-empty matcher'],
    ]);
  });

  it('count UTF-16 code units, not bytes', () => {
    expect(errorsOf('{a="日本😀"} bar')).toEqual([[11, 14, 'unexpected identifier "bar"']]);
  });

  it('do not hide a lexical error behind them', () => {
    expect(errorsOf('sum(a b) + ~')).toMatchObject([
      [6, 7, 'unexpected identifier "b" in aggregation'],
      [0, 0, 'no arguments for aggregate expression provided'],
      [11, 12, "unexpected character: '~'"],
    ]);
  });
});
