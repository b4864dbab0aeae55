import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  literalAlternatives,
  matchesEmpty,
  matchesText,
  patternImplies,
  patternsIntersect,
  re2ToJs,
  validateRe2,
} from '../../generators/promql/re2.ts';
import {
  categoryRanges,
  foldPartners,
  inRanges,
  propertyNames,
  scriptRanges,
} from '../../generators/promql/re2/unicode.ts';
import { promqlArbitraries } from '../support/promql-arbitrary.ts';

const PREFIX = 'error parsing regexp: ';

/** The messages are those of Go 1.26 and of the fork in Prometheus 3.15, which agree on all of these. */
const REFUSED: readonly (readonly [pattern: string, message: string])[] = [
  ['(', 'missing closing ): `(`'],
  ['a(b', 'missing closing ): `a(b`'],
  [')', 'unexpected ): `)`'],
  ['a)b', 'unexpected ): `a)b`'],
  ['[', 'missing closing ]: `[`'],
  ['x[a-', 'missing closing ]: `[a-`'],
  ['[]', 'missing closing ]: `[]`'],
  ['[^]', 'missing closing ]: `[^]`'],
  ['[z-a]', 'invalid character class range: `z-a`'],
  ['[a-\\d]', 'invalid escape sequence: `\\d`'],
  ['[[:foo:]]', 'invalid character class range: `[:foo:]`'],
  ['\\p{Foo}', 'invalid character class range: `\\p{Foo}`'],
  ['\\pX', 'invalid character class range: `\\pX`'],
  ['\\p', 'invalid character class range: `\\p`'],
  ['\\p{Greek', 'invalid character class range: `\\p{Greek`'],
  ['*', 'missing argument to repetition operator: `*`'],
  ['(*)', 'missing argument to repetition operator: `*`'],
  ['|+?', 'missing argument to repetition operator: `+?`'],
  ['a**', 'invalid nested repetition operator: `**`'],
  ['a*??', 'invalid nested repetition operator: `*??`'],
  ['a{2}{3}', 'invalid nested repetition operator: `{2}{3}`'],
  ['a++', 'invalid nested repetition operator: `++`'],
  ['a{1001}', 'invalid repeat count: `{1001}`'],
  ['a{3,2}', 'invalid repeat count: `{3,2}`'],
  ['a{99999999999}', 'invalid repeat count: `{99999999999}`'],
  ['(?:a{100}){11}', 'invalid repeat count: `{11}`'],
  ['((a{10}){10}){11}', 'invalid repeat count: `{11}`'],
  ['\\', 'trailing backslash at end of expression: ``'],
  ['a\\', 'trailing backslash at end of expression: ``'],
  ['\\1', 'invalid escape sequence: `\\1`'],
  ['\\8', 'invalid escape sequence: `\\8`'],
  ['\\C', 'invalid escape sequence: `\\C`'],
  ['\\Z', 'invalid escape sequence: `\\Z`'],
  ['\\q', 'invalid escape sequence: `\\q`'],
  ['\\é', 'invalid escape sequence: `\\é`'],
  ['[\\b]', 'invalid escape sequence: `\\b`'],
  ['\\x', 'invalid escape sequence: `\\x`'],
  ['\\x4', 'invalid escape sequence: `\\x4`'],
  ['\\xg0', 'invalid escape sequence: `\\xg0`'],
  ['\\x{}', 'invalid escape sequence: `\\x{}`'],
  ['\\x{110000}', 'invalid escape sequence: `\\x{110000`'],
  ['\\x{12', 'invalid escape sequence: `\\x{12`'],
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['(?!a)', 'invalid or unsupported Perl syntax: `(?!`'],
  ['(?<=a)b', 'invalid named capture: `(?<=a)b`'],
  ['(?<=a>b)', 'invalid named capture: `(?<=a>`'],
  ['(?P=n)', 'invalid or unsupported Perl syntax: `(?P`'],
  ['(?i', 'invalid or unsupported Perl syntax: `(?i`'],
  ['(?i-)', 'invalid or unsupported Perl syntax: `(?i-)`'],
  ['(?i--s)', 'invalid or unsupported Perl syntax: `(?i--`'],
  ['(?z)', 'invalid or unsupported Perl syntax: `(?z`'],
  ['(?', 'invalid or unsupported Perl syntax: `(?`'],
  ['(?P<n', 'invalid named capture: `(?P<n`'],
  ['(?P<>a)', 'invalid named capture: `(?P<>`'],
  ['(?P<a b>a)', 'invalid named capture: `(?P<a b>`'],
  ['(?<né>a)', 'invalid named capture: `(?<né>`'],
  ['.\ud800x', 'invalid UTF-8: `\ud800x`'],
  ['\\Q.\udc00\\E', 'invalid UTF-8: `\udc00`'],
  [
    `${'('.repeat(1001)}a${')'.repeat(1001)}`,
    `expression nests too deeply: \`${'('.repeat(1001)}a${')'.repeat(1001)}\``,
  ],
  ['(?:(?:a{1000}b?){1})(?:c{1000}){2}', 'invalid repeat count: `{2}`'],
];

const ACCEPTED: readonly string[] = [
  '',
  'a|b|',
  '|',
  '()',
  'a{0}',
  'a{1000}',
  'a{,2}',
  'a{01}',
  '{',
  'a{2',
  '(?:a{100}){10}',
  '(?:a*)*',
  '[]a]',
  '[^]a]',
  '[a-]',
  '[-a]',
  '[a-b-c]',
  '[[:^alpha:][:word:]]',
  '[[:alpha]',
  '\\pL\\p{Greek}\\P{^Lu}\\p{Any}\\p{Kawi}\\p{Cn}\\p{LC}',
  '\\Qa.b\\Ec\\Q[',
  '\\Q',
  '\\A\\z\\b\\B^$',
  '\\_\\-\\"\\ ',
  '\\a\\f\\n\\r\\t\\v\\07\\123\\x41\\x{1F600}',
  '(?i)a(?-i)b(?s-m:.)(?U)a+',
  '(?P<n>a)(?<n>b)(?P<1>c)',
  '\ufffd.',
  `${'('.repeat(990)}a${')'.repeat(990)}`,
  `${'(?:'.repeat(20_000)}a${')'.repeat(20_000)}`,
];

describe('validateRe2', () => {
  it.each(REFUSED.map(([pattern, message]) => ({ pattern, message, title: pattern.slice(0, 40) })))(
    'refuses $title',
    ({ pattern, message }) => {
      expect(validateRe2(pattern)?.message).toBe(PREFIX + message);
      expect(validateRe2(pattern, 'go')?.message).toBe(PREFIX + message);
    },
  );

  it.each(ACCEPTED.map((pattern) => ({ pattern, title: pattern.slice(0, 40) })))('accepts $title', ({ pattern }) => {
    expect(validateRe2(pattern)).toBeUndefined();
    expect(validateRe2(pattern, 'go')).toBeUndefined();
  });

  it('knows properties by their exact names for Prometheus, by any spelling for Go', () => {
    for (const name of ['Letter', 'lu', 'GREEK', 'Cased-Letter', 'ASCII', 'Assigned']) {
      expect(validateRe2(`\\p{${name}}`, 'go'), name).toBeUndefined();
      expect(validateRe2(`\\p{${name}}`)?.message).toBe(`${PREFIX}invalid character class range: \`\\p{${name}}\``);
    }
    // Go drops the underscore before it looks the name up.
    expect(validateRe2('\\p{Old_Italic}')).toBeUndefined();
    expect(validateRe2('\\p{Old_Italic}', 'go')?.message).toContain('invalid character class range');
  });

  it('leaves plain alternatives unparsed, as Prometheus does', () => {
    const deep = Array.from({ length: 1200 }, (_, length) => 'a'.repeat(length)).join('|');
    expect(validateRe2(deep)).toBeUndefined();
    expect(validateRe2(deep, 'go')?.message).toContain('expression nests too deeply');
    expect(validateRe2('\ud800')).toBeUndefined();
    expect(validateRe2('\ud800', 'go')?.message).toBe(`${PREFIX}invalid UTF-8: \`\ud800\``);
  });

  it('bounds the size of what a pattern compiles to', () => {
    const pattern = `(?:${'ab?'.repeat(2000)}){1000}`;
    expect(validateRe2(pattern)?.message).toBe(`${PREFIX}expression too large: \`${pattern}\``);
  });

  it('compiles what Prometheus compiles: a second time, with anchors around', () => {
    // 999 groups around a letter are as high as a tree may be; the anchors make it one higher.
    const pattern = `${'('.repeat(999)}a${')'.repeat(999)}`;
    expect(validateRe2(pattern, 'go')).toBeUndefined();
    expect(validateRe2(pattern)?.message).toBe(`${PREFIX}expression nests too deeply: \`^(?s:${pattern})$\``);
  });

  it('never throws and answers in bounded time on hostile patterns', () => {
    const started = performance.now();
    for (const part of [
      '(',
      ')',
      '[',
      '[[:',
      '[a-',
      '{',
      '{1,',
      '\\',
      '\\Q',
      '\\x{',
      '\\p{',
      '(?',
      '(?i)',
      '(?P<',
      'a|',
      'a*',
      '(?:a|',
      '(?:a*(',
      '\ud800',
      '\0',
    ]) {
      const pattern = part.repeat(100_000 / part.length);
      expect(() => validateRe2(`${pattern}.`)).not.toThrow();
      expect(() => matchesEmpty(`${pattern}.`)).not.toThrow();
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('answers on any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(fc.constantFrom(...'()[]{}*+?|\\^$.-aPpQE<>:0,'), fc.string({ unit: 'binary', maxLength: 1 })),
        }),
        (pattern) => {
          const error = validateRe2(pattern, 'go');
          expect(error === undefined || error.message.startsWith(PREFIX)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the Unicode tables', () => {
  it('agree with the engine on what was assigned in Unicode 15 and has not changed since', () => {
    const sample = [...'aZé0_ -$+€ßſKǅʰªΣςКאع中あ한\u0301\u0903\u20dd\u2028\u2029\u00a0\u00ad😀Ⅷ½«»‿'];
    for (const name of propertyNames('category')) {
      const pattern = new RegExp(`\\p{${name}}`, 'u');
      const ranges = categoryRanges(name) ?? [];
      for (const char of sample)
        expect(inRanges(char.codePointAt(0) ?? 0, ranges), `${name} ${char}`).toBe(pattern.test(char));
    }
  });

  it('hold every script of Unicode 15 with its blocks in place', () => {
    expect(propertyNames('script')).toHaveLength(163);
    for (const name of propertyNames('script')) {
      const ranges = scriptRanges(name) ?? [];
      const pattern = new RegExp(`\\p{Script=${name}}`, 'u');
      expect(ranges.length, name).toBeGreaterThan(0);
      // Unassigned then is still in no other script now.
      for (const bound of ranges) expect(pattern.test(String.fromCodePoint(bound)), `${name} ${bound}`).toBe(true);
    }
  });

  it('fold as the engine folds', () => {
    for (let rune = 0x41; rune < 0x1e950; rune += 1) {
      for (const partner of foldPartners(rune)) {
        const pattern = new RegExp(`^\\u{${partner.toString(16)}}$`, 'iu');
        expect(pattern.test(String.fromCodePoint(rune))).toBe(true);
        expect(foldPartners(partner)).toContain(rune);
      }
    }
  });
});

describe('matchesEmpty', () => {
  it.each([
    ['', true],
    ['a', false],
    ['a|', true],
    ['|a', true],
    ['.*', true],
    ['.+', false],
    ['a?', true],
    ['a{0}', true],
    ['a{0,3}b*', true],
    ['(a|b*)', true],
    ['^$', true],
    ['(?m)^$', true],
    ['\\A\\z', true],
    ['\\b', false],
    ['\\B', true],
    ['(?:)', true],
    ['[^\\x00-\\x{10FFFF}]', false],
    ['(?:[^\\x00-\\x{10FFFF}])*', true],
    ['(?i)', true],
    ['(', false],
  ])('%j: %j', (pattern, expected) => {
    expect(matchesEmpty(pattern)).toBe(expected);
  });
});

describe('matchesText', () => {
  it.each([
    ['5..', '503', true],
    ['5..', '5xx1', false],
    ['.*', 'a\nb', true],
    ['(?-s:.*)', 'a\nb', false],
    ['(?i)straße', 'STRAßE', true],
    ['(?i)k', '\u212a', true],
    ['a$b', 'a$b', false],
    ['a\\b.*', 'a b', true],
    ['a\\b.*', 'ab', false],
    ['(?m)a$\\n^b', 'a\nb', true],
    ['(a|ab)(c|bcd)', 'abcd', true],
    ['x{2,3}', 'xxxx', false],
    ['😀+', '😀😀', true],
    ['[^a]', '😀', true],
    ['(a*)*b', `${'a'.repeat(500)}c`, false],
    ['a|b', 'b', true],
  ])('%j on %j: %j', (pattern, text, expected) => {
    expect(matchesText(pattern, text)).toBe(expected);
  });

  it('leaves invalid patterns open', () => {
    expect(matchesText('(', 'a')).toBeUndefined();
  });
});

describe('literalAlternatives', () => {
  it.each([
    ['a', ['a']],
    ['', ['']],
    ['a|b|c', ['a', 'b', 'c']],
    ['b|a|b', ['b', 'a']],
    ['prefix(a|b)', ['prefixa', 'prefixb']],
    ['[45]xx', ['4xx', '5xx']],
    ['(?i)ok', ['OK', 'Ok', 'O\u212a', 'oK', 'ok', 'o\u212a']],
    ['a{2}', ['aa']],
    ['a?b', ['ab', 'b']],
    ['^foo$', ['foo']],
    ['(?:^|x)a', ['a', 'xa']],
    ['x^a', []],
    ['a\\b-', ['a-']],
    ['a\\bb', []],
    ['\\.\\*', ['.*']],
    ['(?:a|b){0}', ['']],
    ['\\x{d800}', []],
  ])('%j', (pattern, expected) => {
    expect(literalAlternatives(pattern)?.toSorted()).toEqual(expected.toSorted());
  });

  it.each(['.', '.*', 'a*', 'a+', 'x{0,}', '\\d{3}', '[^a]', '\\pL', '(', 'a{300}|[a-z]{2}'])(
    'gives none for %j',
    (pattern) => {
      expect(literalAlternatives(pattern)).toBeUndefined();
    },
  );
});

describe('patternsIntersect and patternImplies', () => {
  it.each([
    // a, b, some text matches both, every text of a matches b, every text of b matches a
    ['a', 'b', false, false, false],
    ['5..', '5.*', true, true, false],
    ['4..', '5..', false, false, false],
    ['[45]..', '5..', true, false, true],
    ['critical|warning', 'critical|warning|info', true, true, false],
    ['/api/v1/.*', '/api/.*', true, true, false],
    ['a.*', '.*b', true, false, false],
    ['.*a.{20}', '.*b.{20}', false, false, false],
    ['.+', '.*', true, true, false],
    ['(a|b)*', '[ab]*', true, true, true],
    ['(?i)abc', '[aA][bB][cC]', true, true, true],
    ['\\pL+', '[\\pL\\pN]+', true, true, false],
    ['\\p{Greek}+', '\\p{Latin}+', false, false, false],
    ['a\\b.*', 'a\\w.*', false, false, false],
    ['\\bfoo\\b', 'foo', true, true, true],
    ['(?m)^a$', 'a', true, true, true],
    ['[^\\x00-\\x{10ffff}]', 'a', false, true, false],
  ] as const)('%j and %j', (a, b, meet, forth, back) => {
    expect([patternsIntersect(a, b), patternsIntersect(b, a)]).toEqual([meet, meet]);
    expect([patternImplies(a, b), patternImplies(b, a)]).toEqual([forth, back]);
  });

  it('leaves open what is invalid or takes too long', () => {
    expect(patternsIntersect('(', 'a.')).toBeUndefined();
    expect(patternImplies('a.', '(')).toBeUndefined();
    expect(patternImplies('(a|b)*', '(a|b)*a(a|b){18}|(a|b)*b(a|b){18}|(a|b){0,18}')).toBeUndefined();
  });

  it('agree with what the patterns match', () => {
    const pattern = fc
      .array(
        fc.constantFrom(
          'a',
          'b',
          'ab',
          '.',
          '[ab]',
          '[^a]',
          'a*',
          'b?',
          '(?:ab)+',
          '(?:a|b)',
          '\\b',
          '^',
          '$',
          '\\w',
          '(?i:A)',
        ),
        { maxLength: 4 },
      )
      .map((parts) => parts.join(''));
    const texts = [''];
    for (let at = 0; texts.length < 800; at += 1) for (const char of 'ab \n') texts.push(`${texts[at]}${char}`);
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const inA = texts.filter((text) => matchesText(a, text) === true);
        const inB = new Set(texts.filter((text) => matchesText(b, text) === true));
        if (patternsIntersect(a, b) === false) expect(inA.filter((text) => inB.has(text))).toEqual([]);
        if (patternImplies(a, b) === true) expect(inA.filter((text) => !inB.has(text))).toEqual([]);
        expect(matchesEmpty(a)).toBe(inA.includes(''));
        const literals = literalAlternatives(a);
        if (literals !== undefined) expect(texts.filter((text) => literals.includes(text))).toEqual(inA);
      }),
      { numRuns: 300 },
    );
  });
});

describe('re2ToJs', () => {
  it.each([
    ['foo|bar', ['foo', 'bar'], ['foobar', 'xfoo']],
    ['(?i)k', ['k', 'K', '\u212a'], ['x']],
    ['.+', ['a\nb'], ['']],
    ['(?-s).+', ['ab'], ['a\nb']],
    ['(?m)a$\\n^b', ['a\nb'], ['ab']],
    ['[[:alpha:]\\d]{2}', ['a1', '11'], ['é1']],
    ['\\p{Greek}', ['λ'], ['l']],
    ['\\Qa.b\\E', ['a.b'], ['axb']],
    ['\\Aa\\z', ['a'], ['ab']],
    ['a*|b', ['', 'aa', 'b'], ['ab']],
    ['[^\\x00-\\x{10FFFF}]|x', ['x'], ['']],
    ['(?P<x>a)(?P<x>b)(?P<1>c)', ['abc'], ['ab']],
    ['{', ['{'], ['']],
    ['a-b/c', ['a-b/c'], ['']],
  ])('%j', (pattern, matching, other) => {
    const js = re2ToJs(pattern);
    for (const text of matching) expect(js?.test(text), text).toBe(true);
    for (const text of other) expect(js?.test(text), text).toBe(false);
  });

  it('keeps groups and their names', () => {
    expect(re2ToJs('(?P<host>[^:]+):(\\d+)')?.exec('db:5432')?.slice(1)).toEqual(['db', '5432']);
    expect(re2ToJs('(?P<host>[^:]+):(\\d+)')?.exec('db:5432')?.groups).toEqual({ host: 'db' });
  });

  it('gives none for an invalid pattern', () => {
    expect(re2ToJs('(?=a)')).toBeUndefined();
  });

  it('matches what matchesText matches', () => {
    const { pattern, text } = promqlArbitraries();
    fc.assert(
      fc.property(pattern, text, (one, value) => {
        expect(re2ToJs(one)?.test(value)).toBe(matchesText(one, value));
      }),
      { numRuns: 500 },
    );
  });
});
