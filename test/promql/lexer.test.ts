import { describe, expect, it } from 'vitest';
import { createLexer, nextToken } from '../../generators/promql/lexer.ts';
import * as T from '../../generators/promql/tokens.ts';

const NAMES = new Map(
  Object.entries(T).flatMap(([name, value]) => (typeof value === 'number' ? [[value, name.slice(2)]] : [])),
);

/** The tokens of a text, kind and text, up to the end or the first error. */
const tokensOf = (text: string): string[] => {
  const lexer = createLexer(text);
  const out: string[] = [];
  for (;;) {
    nextToken(lexer);
    if (lexer.kind === T.T_EOF) return out;
    if (lexer.kind === T.T_ERROR) return [...out, `ERROR ${lexer.from} ${lexer.error}`];
    out.push(`${NAMES.get(lexer.kind)} ${text.slice(lexer.from, lexer.to)}`);
  }
};

describe('tokens', () => {
  it.each([
    ['', []],
    ['foo # bar\n baz#', ['IDENTIFIER foo', 'IDENTIFIER baz']],
    ['a:b :c d', ['METRIC_IDENTIFIER a:b', 'METRIC_IDENTIFIER :c', 'IDENTIFIER d']],
    ['sum Sum SUM summ', ['SUM sum', 'SUM Sum', 'SUM SUM', 'IDENTIFIER summ']],
    ['inf Inf NaN info', ['NUMBER inf', 'NUMBER Inf', 'NUMBER NaN', 'IDENTIFIER info']],
    ['fill fill (', ['IDENTIFIER fill', 'FILL fill', 'LEFT_PAREN (', 'ERROR 11 unclosed left parenthesis']],
    ['+-*/%^', ['ADD +', 'SUB -', 'MUL *', 'DIV /', 'MOD %', 'POW ^']],
    [
      '== != <= < >= > </ >/ =',
      ['EQLC ==', 'NEQ !=', 'LTE <=', 'LSS <', 'GTE >=', 'GTR >', 'TRIM_UPPER </', 'TRIM_LOWER >/', 'EQL ='],
    ],
    [
      '1 1.5 .5 1. 1e3 0x1F 1_0 5m 1h30m 5ms',
      [
        'NUMBER 1',
        'NUMBER 1.5',
        'NUMBER .5',
        'NUMBER 1.',
        'NUMBER 1e3',
        'NUMBER 0x1F',
        'NUMBER 1_0',
        'DURATION 5m',
        'DURATION 1h30m',
        'DURATION 5ms',
      ],
    ],
    ['"a" \'b\' `c\\`', ['STRING "a"', "STRING 'b'", 'STRING `c\\`']],
    [
      '{sum=~"a",b!~`c`}',
      [
        'LEFT_BRACE {',
        'IDENTIFIER sum',
        'EQL_REGEX =~',
        'STRING "a"',
        'COMMA ,',
        'IDENTIFIER b',
        'NEQ_REGEX !~',
        'STRING `c`',
        'RIGHT_BRACE }',
      ],
    ],
    ['a[5m:1m]', ['IDENTIFIER a', 'LEFT_BRACKET [', 'DURATION 5m', 'COLON :', 'DURATION 1m', 'RIGHT_BRACKET ]']],
    ['a[STEP()]', ['IDENTIFIER a', 'LEFT_BRACKET [', 'STEP STEP', 'LEFT_PAREN (', 'RIGHT_PAREN )', 'RIGHT_BRACKET ]']],
    ['a @ end()', ['IDENTIFIER a', 'AT @', 'END_FUNC end', 'LEFT_PAREN (', 'RIGHT_PAREN )']],
  ])('of %j', (text, expected) => expect(tokensOf(text)).toEqual(expected));
});

describe('the same character in another place', () => {
  it.each([
    ['a[5m # note\n]', ['IDENTIFIER a', 'LEFT_BRACKET [', 'DURATION 5m', 'RIGHT_BRACKET ]']],
    ['a[# note\n5m]', ['IDENTIFIER a', 'LEFT_BRACKET [', "ERROR 2 unexpected character in duration expression: '#'"]],
    ['=~', ["ERROR 0 unexpected character after '=': '~'"]],
    ['!~', ["ERROR 0 unexpected character after '!': '~'"]],
    ['{!}', ['LEFT_BRACE {', "ERROR 1 unexpected character after '!' inside braces: '}'"]],
    ['{1}', ['LEFT_BRACE {', "ERROR 1 unexpected character inside braces: '1'"]],
    ['{a:b}', ['LEFT_BRACE {', 'IDENTIFIER a', "ERROR 2 unexpected character inside braces: ':'"]],
    ['a[5m)', ['IDENTIFIER a', 'LEFT_BRACKET [', 'DURATION 5m', "ERROR 5 unexpected right parenthesis ')'"]],
    [
      'a[5m:1m:',
      ['IDENTIFIER a', 'LEFT_BRACKET [', 'DURATION 5m', 'COLON :', 'DURATION 1m', "ERROR 7 unexpected colon ':'"],
    ],
    ['a[5m', ['IDENTIFIER a', 'LEFT_BRACKET [', 'DURATION 5m', 'ERROR 4 unclosed left bracket']],
    ['(', ['LEFT_PAREN (', 'ERROR 1 unclosed left parenthesis']],
    ['!', ["ERROR 0 unexpected character after '!': '\ufffd'"]],
    ['\u0000', ["ERROR 0 unexpected character: '\\x00'"]],
    ['\u00a0', ["ERROR 0 unexpected character: '\\u00a0'"]],
    ['😀', ["ERROR 0 unexpected character: '😀'"]],
    ['\ud800', ["ERROR 0 unexpected character: '\ufffd'"]],
    ['"\ufffd"', ['ERROR 0 invalid UTF-8 rune']],
    ['"\ud800"', ['ERROR 0 invalid UTF-8 rune']],
    ['`\udc00`', ['ERROR 0 invalid UTF-8 rune']],
  ])('%j', (text, expected) => expect(tokensOf(text)).toEqual(expected));
});
