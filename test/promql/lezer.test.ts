import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from '../../generators/promql/parse.ts';
import { readCorpus } from './corpus.ts';

/** A second opinion, on syntax only: lezer-promql knows no types. */
const lezerAccepts = (text: string): boolean => {
  const cursor = parser.parse(text).cursor();
  do if (cursor.type.isError) return false;
  while (cursor.next());
  return true;
};

/** Where lezer-promql 0.315 is wrong: what Prometheus accepts and it refuses, and the other way round. */
const REFUSED: readonly (readonly [text: string, why: string])[] = [
  ['1./6.', 'a point without decimals'],
  ['min_of(1, 2)', 'min_of and max_of as functions'],
  ['foo[STEP()]', 'duration functions in capitals'],
  ['offset', 'a metric called offset'],
];

const ACCEPTED: readonly (readonly [text: string, why: string])[] = [
  ['rate(sum(foo)[5m])', 'a range after anything but a selector'],
  ['foo offset 1s offset 2s', 'two offsets'],
  ['rate(foo[5m]) @ 1', '@ after anything but a selector'],
  ['foo @ 1 [5m]', '@ before the range'],
  ['foo @ 1e20', 'a timestamp out of bounds'],
  ['foo[0m]', 'a range of zero'],
  ['foo[5m / 0]', 'a division by zero'],
  ['foo[300y]', 'a duration that overflows'],
  ['{a=~"["}', 'a pattern that is none'],
  ['{a=~".*"}', 'a selector of everything'],
  ['"\\d"', 'an escape that does not exist'],
  ['foo > 1e400', 'a number that overflows'],
  ['rate(foo)', 'types'],
];

describe('lezer-promql agrees', () => {
  it.each(readCorpus())('on %s', (text) => {
    expect(parse(text).errors).toEqual([]);
    expect(lezerAccepts(text)).toBe(true);
  });

  it.each([
    'sum(',
    'foo bar',
    'foo{a="b"',
    'rate(foo[5m]',
    'sum by (a',
    '1 +',
    'foo offset',
    'foo{a}',
    '{a="b"}}',
    ')',
  ])('that %s is none', (text) => {
    expect(parse(text).errors).not.toEqual([]);
    expect(lezerAccepts(text)).toBe(false);
  });
});

describe('the faults of lezer-promql', () => {
  it.each(REFUSED)('it refuses %s: %s', (text) => {
    expect(parse(text).errors).toEqual([]);
    expect(lezerAccepts(text)).toBe(false);
  });

  it.each(ACCEPTED)('it accepts %s: %s', (text) => {
    expect(parse(text).errors).not.toEqual([]);
    expect(lezerAccepts(text)).toBe(true);
  });
});
