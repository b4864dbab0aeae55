import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../generators/diagnostics/frame.ts';
import { renderFrame, spanAt } from '../../generators/diagnostics/frame.ts';
import { cellsOf } from '../../generators/diagnostics/printable.ts';

const span = (line: number, column: number, endLine: number, endColumn: number): Span => ({
  line,
  column,
  endLine,
  endColumn,
});
const frame = (text: string, at: Span, options = {}): string => renderFrame(text, at, options).join('\n');
const widthOf = (line: string): number => cellsOf(line).reduce((sum, cell) => sum + cell.width, 0);

const TEXT = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', ''].join('\n');

describe('renderFrame', () => {
  it.each<[name: string, text: string, at: Span, expected: readonly string[]]>([
    [
      'a word with two lines around it',
      TEXT,
      span(5, 1, 5, 5),
      ['3 | three', '4 | four', '5 | five', '  | ^^^^', '6 | six', '7 | seven'],
    ],
    [
      'line numbers of two widths',
      TEXT,
      span(9, 2, 9, 4),
      [' 7 | seven', ' 8 | eight', ' 9 | nine', '   |  ^^', '10 | ten', '11 | eleven'],
    ],
    ['the first line', TEXT, span(1, 1, 1, 1), ['1 | one', '  | ^', '2 | two', '3 | three']],
    ['the empty line behind the last', TEXT, span(12, 1, 12, 1), ['10 | ten', '11 | eleven', '12 |', '   | ^']],
    ['behind the end of a line', 'ab', span(1, 3, 1, 3), ['1 | ab', '  |   ^']],
    ['an empty text', '', span(1, 1, 1, 1), ['1 |', '  | ^']],
    ['a place outside the text', 'ab', span(7, 9, 9, 1), ['1 | ab', '  |   ^']],
    ['an end before the start', 'abcd', span(1, 3, 1, 2), ['1 | abcd', '  |   ^']],
    ['not a number', 'abcd', span(Number.NaN, Number.NaN, 1, 2), ['1 | abcd', '  | ^']],
    [
      'two lines',
      'aa {\n  bb\n}\ncc',
      span(1, 4, 3, 2),
      ['1 | aa {', '  |    ^', '2 |   bb', '3 | }', '  | ^', '4 | cc'],
    ],
    [
      'an indented last line',
      'f({\n    b: 1,\n  })',
      span(1, 3, 3, 4),
      ['1 | f({', '  |   ^', '2 |     b: 1,', '3 |   })', '  |   ^'],
    ],
    ['a range that ends with a line break', 'ab\ncd', span(1, 1, 2, 1), ['1 | ab', '  | ^^', '2 | cd']],
    [
      'a long range',
      Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n'),
      span(1, 1, 12, 5),
      [
        ' 1 | line 1',
        '   | ^^^^^^',
        ' 2 | line 2',
        ' 3 | line 3',
        ' 4 | line 4',
        '   :',
        '11 | line 11',
        '12 | line 12',
        '   | ^^^^',
      ],
    ],
    ['tabs', '\ta\tb', span(1, 4, 1, 5), ['1 |     a   b', '  |         ^']],
    ['a caret on a tab', '\ta', span(1, 1, 1, 2), ['1 |     a', '  | ^^^^']],
    ['wide characters', '漢字: x', span(1, 5, 1, 6), ['1 | 漢字: x', '  |       ^']],
    ['a caret under wide characters', '漢字', span(1, 1, 1, 3), ['1 | 漢字', '  | ^^^^']],
    ['emoji of several code points', "'👩‍👩‍👧' + x", span(1, 14, 1, 15), ["1 | '👩‍👩‍👧' + x", '  |        ^']],
    ['a combining accent', 'e\u0301a', span(1, 3, 1, 4), ['1 | e\u0301a', '  |  ^']],
    ['Windows line breaks', 'a\r\nbc\r\nd', span(2, 2, 2, 3), ['1 | a', '2 | bc', '  |  ^', '3 | d']],
    ['escape sequences', 'a\u001b[31mb\u0000\u0007', span(1, 8, 1, 9), ['1 | a␛[31mb␀␇', '  |        ^']],
    ['text that changes direction', 'a\u202eb', span(1, 3, 1, 4), ['1 | a\ufffdb', '  |   ^']],
    ['a lone surrogate', 'a\ud800b', span(1, 3, 1, 4), ['1 | a\ufffdb', '  |   ^']],
  ])('%s', (_, text, at, expected) => {
    expect(renderFrame(text, at)).toEqual(expected);
  });

  it('leaves out what is far from the caret in a long line', () => {
    const line = `${'a'.repeat(300)}X${'b'.repeat(300)}`;
    expect(frame(line, span(1, 301, 1, 302), { width: 40 })).toBe(
      [`1 | …aaaaaaaaaaaaX${'b'.repeat(21)}…`, '  |              ^'].join('\n'),
    );
  });

  it('keeps the end of a long line that ends near the caret', () => {
    const line = `${'a'.repeat(300)}X`;
    expect(frame(line, span(1, 301, 1, 302), { width: 30 })).toBe(
      [`1 | …${'a'.repeat(23)}X`, `  | ${' '.repeat(24)}^`].join('\n'),
    );
  });

  it('shows the start of long lines around', () => {
    const rows = renderFrame(`${'é'.repeat(200)}\nx`, span(2, 1, 2, 2), { width: 20 });
    expect(rows[0]).toBe(`1 | ${'é'.repeat(18)}…`);
  });

  it('costs nothing more for a line of a megabyte', () => {
    const line = '漢'.repeat(1_000_000);
    const start = performance.now();
    const rows = renderFrame(line, span(1, 500_000, 1, 999_999));
    expect(performance.now() - start).toBeLessThan(500);
    for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(120);
  });

  it('paints carets and the rest apart', () => {
    const painted = frame('ab', span(1, 2, 1, 3), { mark: (t: string) => `<${t}>`, dim: (t: string) => `(${t})` });
    expect(painted).toBe('(1 |) ab\n(  |)  <^>');
  });

  it('takes any text and any place, and is never wider than told', () => {
    const unit = fc.constantFrom('a', ' ', '\t', '漢', '😀', '\n', '\r', '\u001b', '\u0301', '"', '\ud800', '👩‍👩‍👧');
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 200 }).map((units) => units.join('')),
        fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer()),
        fc.integer({ min: 30, max: 130 }),
        (text, [line, column, endLine, endColumn], width) => {
          const rows = renderFrame(text, span(line % 9, column % 99, endLine % 9, endColumn % 99), { width });
          expect(rows.some((row) => row.includes('^'))).toBe(true);
          for (const row of rows) {
            expect(row).not.toMatch(/[\u0000-\u001f\ud800-\udbff](?![\udc00-\udfff])/);
            expect(widthOf(row)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });
});

describe('spanAt', () => {
  it.each<[text: string, from: number, to: number, expected: Span]>([
    ['abc', 1, 2, span(1, 2, 1, 3)],
    ['a\nbc', 2, 4, span(2, 1, 2, 3)],
    ['a\r\nbc', 3, 4, span(2, 1, 2, 2)],
    ['a\nb', 0, 3, span(1, 1, 2, 2)],
    ['ab', -4, 99, span(1, 1, 1, 3)],
    ['ab', 2, 1, span(1, 3, 1, 3)],
  ])('%j %i..%i', (text, from, to, expected) => {
    expect(spanAt(text, from, to)).toEqual(expected);
  });
});
