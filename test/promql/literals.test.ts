import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../generators/promql/durations.ts';
import { formatFixed, parseNumber } from '../../generators/promql/numbers.ts';
import {
  describeRune,
  quoteRune,
  quoteStart,
  quoteText,
  quoteUnquoted,
  unquote,
  utf8Length,
} from '../../generators/promql/strings.ts';

describe('parseNumber', () => {
  it.each([
    ['0', 0],
    ['42', 42],
    ['3.14', 3.14],
    ['1.', 1],
    ['.5', 0.5],
    ['007', 7],
    ['017', 15],
    ['08', 8],
    ['0.5', 0.5],
    ['0x1F', 31],
    ['0X_1f', 31],
    ['1_000_000', 1e6],
    ['1_0.5_0', 10.5],
    ['1e3', 1000],
    ['1E-2', 0.01],
    ['9223372036854775807', 2 ** 63],
    ['9223372036854775808', 2 ** 63],
    ['0000000000000000000000000000000010', 8],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['Inf', Infinity],
    ['NaN', NaN],
    ['1e-400', 0],
  ])('%s is %d', (text, value) => expect(parseNumber(text)).toEqual({ value }));

  it.each([
    ['1e400', 'value out of range'],
    ['0x', 'invalid syntax'],
    ['0xFFFFFFFFFFFFFFFFF', 'invalid syntax'],
    ['1__0', 'invalid syntax'],
    ['0_x1', 'invalid syntax'],
    ['.5.5', 'invalid syntax'],
    ['1e', 'invalid syntax'],
  ])('%s is none: %s', (text, why) => {
    expect(parseNumber(text).error).toBe(`error parsing number: strconv.ParseFloat: parsing "${text}": ${why}`);
  });
});

describe('formatFixed', () => {
  it.each([
    [1.5, '1.500000'],
    [9223372036854775808, '9223372036854775808.000000'],
    [-1e300, `-${BigInt(1e300)}.000000`],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [NaN, 'NaN'],
  ])('%d is %s', (value, text) => expect(formatFixed(value)).toBe(text));
});

describe('parseDuration', () => {
  it.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1y2w3d4h5m6s7ms', 33_019_506_007],
    ['100ms', 100],
    ['0s', 0],
    ['106751d', 106_751 * 86_400_000],
    ['0000000000000000000000000001s', 1000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toEqual({ ms }));

  it.each([
    ['106752d', 'duration out of range'],
    ['300y', 'duration out of range'],
    ['292y200d', 'duration out of range'],
    ['9999999999999h', 'duration out of range'],
    ['1m1h', 'not a valid duration string: "1m1h"'],
    ['1m1m', 'not a valid duration string: "1m1m"'],
    ['99999999999999999999s', 'not a valid duration string: "99999999999999999999s"'],
    ['1hs', 'unknown unit "hs" in duration "1hs"'],
    ['1.5h', 'unknown unit "." in duration "1.5h"'],
  ])('%s is none: %s', (text, error) => expect(parseDuration(text).error).toBe(error));
});

describe('unquote', () => {
  it.each([
    ['"plain"', 'plain'],
    ["'it\\'s'", "it's"],
    ['`raw \\n`', 'raw \\n'],
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\"', '\u0007\b\f\n\r\t\v\\'],
    ['"\\101\\x41\\u0041\\U00000041"', 'AAAA'],
    ['"\\xc3\\xa9\\303\\251"', 'éé'],
    ['"é\\xc3\\xa9\\n"', 'éé\n'],
    ['"\\ufeff"', '\ufeff'],
    ['"\\xef\\xbb\\xbf"', '\ufeff'],
    ['"😀\\U0001F600"', '😀😀'],
    ['""', ''],
  ])('%s', (literal, value) => expect(unquote(literal)).toEqual({ value }));

  it('keeps bytes that are no UTF-8', () => {
    expect(unquote('"a\\xff\\n"')).toEqual({ value: 'a\ufffd\n', bytes: Uint8Array.of(97, 255, 10) });
    expect(quoteUnquoted(unquote('"a\\xff\\xc3\\xa9\\n"'))).toBe('"a\\xffé\\n"');
    expect(quoteUnquoted(unquote('"b"'))).toBe('"b"');
  });
});

describe('text in messages', () => {
  it.each([
    ['plain', '"plain"'],
    ['"\\', '"\\"\\\\"'],
    ['\n\u0007\u0000\u007f', '"\\n\\a\\x00\\x7f"'],
    ['é日😀', '"é日😀"'],
    ['\u00a0\u200b\u{e0001}', '"\\u00a0\\u200b\\U000e0001"'],
    ['\ud800', '"\ufffd"'],
  ])('%j is quoted as Go does', (text, quoted) => expect(quoteText(text)).toBe(quoted));

  it('is cut by characters and measured in bytes', () => {
    expect(quoteStart('日本語😀abcdefghij', 6)).toBe('"日本語😀ab"');
    expect(utf8Length('aé日😀\ud800')).toBe(1 + 2 + 3 + 4 + 3);
  });

  it('names single characters', () => {
    expect([0x61, 0x27, 0x22, 0x0a, 0, -1].map(quoteRune)).toEqual([
      "'a'",
      "'\\''",
      "'\"'",
      "'\\n'",
      "'\\x00'",
      "'\ufffd'",
    ]);
    expect([0x64, 0x0a, 0x1f600].map(describeRune)).toEqual(["U+0064 'd'", 'U+000A', "U+1F600 '😀'"]);
  });
});
