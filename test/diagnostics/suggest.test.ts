import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggest } from '../../generators/diagnostics/suggest.ts';

const KEYS = ['warning', 'critical', 'direction', 'for', 'summary', 'description', 'runbook', 'hitRate', 'missRate'];

describe('suggest', () => {
  it.each<[word: string, candidates: readonly string[], expected: readonly string[]]>([
    ['critcal', KEYS, ['critical']],
    ['wraning', KEYS, ['warning']],
    ['hit_rate', KEYS, ['hitRate']],
    ['HITRATE', KEYS, ['hitRate']],
    ['desc', KEYS, ['description']],
    ['runbookUrl', KEYS, ['runbook']],
    ['hitRat', ['hitRate', 'hit-rates', 'other'], ['hitRate', 'hit-rates']],
    ['fro', KEYS, ['for']],
    ['zzz', KEYS, []],
    ['', KEYS, []],
    ['x', ['a', 'b'], []],
    ['ab', ['ac', 'cb'], ['ac']],
    ['warning', ['warning', 'warnings'], ['warnings']],
    ['http_requests', ['http_requests_total', 'http_request_duration_seconds', 'up'], ['http_requests_total']],
    ['lebel', ['level', 'label', 'lapel', 'libel'], ['level', 'label', 'libel']],
    ['teamA', ['team-b', 'team-a', 'team-a'], ['team-a']],
    ['défi', ['defi', 'défis'], ['défis', 'defi']],
    ['constructor', [], []],
  ])('%s', (word, candidates, expected) => {
    expect(suggest(word, candidates)).toEqual(expected);
  });

  it('takes any iterable', () => {
    expect(suggest('gage', new Set(['gauge', 'counter']))).toEqual(['gauge']);
  });

  it('depends on the names alone, not on their order, and gives at most three', () => {
    const name = fc.stringMatching(/^[a-d_-]{1,6}$/);
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 12 }), (word, candidates) => {
        const found = suggest(word, candidates);
        expect(found.length).toBeLessThanOrEqual(3);
        expect(found).not.toContain(word);
        expect(new Set(found).size).toBe(found.length);
        expect(suggest(word, [...candidates].reverse())).toEqual(found);
      }),
    );
  });

  it('finds a name with one letter dropped, added, changed or swapped', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{5,12}$/), fc.nat(), fc.nat(3), (name, seed, kind) => {
        const at = seed % (name.length - 1);
        const edits = [
          name.slice(0, at) + name.slice(at + 1),
          `${name.slice(0, at)}q${name.slice(at)}`,
          `${name.slice(0, at)}q${name.slice(at + 1)}`,
          `${name.slice(0, at)}${name[at + 1]}${name[at]}${name.slice(at + 2)}`,
        ];
        const word = edits[kind] ?? '';
        fc.pre(word !== name);
        expect(suggest(word, ['0000000000', name])).toEqual([name]);
      }),
    );
  });

  it('is quick with thousands of long names', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `http_server_request_duration_seconds_bucket_${index}`);
    const start = performance.now();
    suggest('http_server_request_duration_seconds_bukcet_17', names);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
