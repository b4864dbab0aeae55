import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cell,
  code,
  fenced,
  heading,
  inline,
  item,
  link,
  plain,
  quotation,
  sequence,
} from '../../generators/targets/markdown.ts';

describe('plain text', () => {
  it.each([
    ['Cache: hit rate, p95', 'Cache: hit rate, p95'],
    ['a*b* `c` [d](e) f|g ~h~ i\\j', 'a\\*b\\* \\`c\\` \\[d\\](e) f\\|g \\~h\\~ i\\\\j'],
    ['snake_case _emphasis_ __init__', 'snake_case \\_emphasis\\_ \\_\\_init\\_\\_'],
    ['p95 < 100 ms, <b>, </b>, <!here>', 'p95 < 100 ms, \\<b>, \\</b>, \\<!here>'],
    ['a & b &amp; &#35;', 'a & b &amp;amp; &amp;#35;'],
    ['two\n  lines\r\nthree', 'two lines three'],
    ['# heading', '\\# heading'],
    ['> quote', '\\> quote'],
    ['- item', '\\- item'],
    ['-5 ms', '-5 ms'],
    ['1. item', '1\\. item'],
    ['1.5 s', '1.5 s'],
    ['  padded  ', 'padded'],
  ])('%j', (text, markdown) => {
    expect(plain(text)).toBe(markdown);
  });

  it('keeps its spaces inside a line', () => {
    expect(inline(' # a ')).toBe(' # a ');
  });

  it('closes no heading', () => {
    expect(heading('C #')).toBe('C \\#');
  });
});

describe('a cell', () => {
  it.each([
    ['a | b', 'a \\| b'],
    ['a \\| b', 'a \\| b'],
    ['a \\\\| b', 'a \\\\\\| b'],
    ['two\nlines', 'two lines'],
  ])('%j', (text, markdown) => {
    expect(cell(text)).toBe(markdown);
  });

  it('never has a bar of its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('|', '\\', '`', 'a', '\n', ' ')).map((pieces) => pieces.join('')),
        (text) => {
          for (const markdown of [cell(text), cell(plain(text)), cell(code(text))]) {
            expect(markdown.replaceAll(/\\./g, '')).not.toMatch(/[|\n]/);
          }
        },
      ),
    );
  });
});

describe('code', () => {
  it.each([
    ['a', '`a`'],
    ['a `b` c', '``a `b` c``'],
    ['`a`', '`` `a` ``'],
    ['a ``` b', '````a ``` b````'],
  ])('%j', (text, markdown) => {
    expect(code(text)).toBe(markdown);
  });

  it.each([
    ['up', '```promql\nup\n```'],
    ['a\n```\nb', '````promql\na\n```\nb\n````'],
  ])('fenced %j', (text, markdown) => {
    expect(fenced('promql', text)).toBe(markdown);
  });
});

describe('blocks', () => {
  it('keep what belongs to a list item in it', () => {
    expect(item('10.', 'one\ntwo\n')).toBe('10. one\n    two');
  });

  it('quote every line', () => {
    expect(quotation('one\n\n```\ntwo\n')).toBe('> one\n>\n> ```\n> two');
  });

  it.each([
    ['a b', 'https://example.com/a(b) c', '[a b](https://example.com/a%28b%29%20c)'],
    ['[x]', 'A.md', '[\\[x\\]](A.md)'],
  ])('link %j', (text, address, markdown) => {
    expect(link(text, address)).toBe(markdown);
  });

  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('sequence %j', (words, text) => {
    expect(sequence(words)).toBe(text);
  });
});
