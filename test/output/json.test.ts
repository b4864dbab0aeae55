import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../generators/diagnostics/errors.ts';
import type { Json } from '../../generators/output/artefact.ts';
import { canonicalJson, stringifyJson } from '../../generators/output/json.ts';

describe('stringifyJson', () => {
  it.each<[Json, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{\n  "b": 1,\n  "a": [\n    true,\n    null,\n    "x"\n  ]\n}\n'],
    [{ a: undefined, b: {}, c: [] }, '{\n  "b": {},\n  "c": []\n}\n'],
    [-0, '0\n'],
    [1e21, '1e+21\n'],
    ['a"\n\u2028🔔', '"a\\"\\n\u2028🔔"\n'],
  ])('%j', (value, written) => expect(stringifyJson(value)).toBe(written));

  it('writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyJson(value as Json)).toBe(`${JSON.stringify(value, null, 2)}\n`);
      }),
    );
  });

  it.each<[string, Json]>([
    ['NaN', { a: [Number.NaN] }],
    ['infinity', Number.POSITIVE_INFINITY],
    ['half a character', { a: '\ud83d' }],
    ['half a character in a key', { '\udd14': 1 }],
    ['no JSON at all', (() => 1) as unknown as Json],
  ])('refuses %s', (_, value) => expect(() => stringifyJson(value)).toThrow(InvariantError));
});

describe('canonicalJson', () => {
  it('sorts keys by code unit, numbers among them, and leaves lists alone', () => {
    const value = { b: 1, a: 2, 10: 3, 9: 4, Z: 5, é: 6, '\u{1f514}': 7, '\uff00': 8, list: [3, 1, 2] };
    const order = ['10', '9', 'Z', 'a', 'b', 'list', 'é', '\u{1f514}', '\uff00'];
    expect([...canonicalJson(value).matchAll(/^ {2}"(.*?)":/gm)].map(([, key]) => key)).toEqual(order);
    expect(canonicalJson(value)).toContain('"list": [\n    3,\n    1,\n    2\n  ]');
  });

  it('is the same for the same value in any order, and is that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const reverse = (each: unknown): unknown => {
          if (Array.isArray(each)) return each.map(reverse);
          if (typeof each !== 'object' || each === null) return each;
          return Object.fromEntries(
            Object.entries(each)
              .map(([key, item]) => [key, reverse(item)] as const)
              .toReversed(),
          );
        };
        const written = canonicalJson(value);
        expect(canonicalJson(reverse(value) as Json)).toBe(written);
        // Not the value itself: JSON has no minus zero.
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
