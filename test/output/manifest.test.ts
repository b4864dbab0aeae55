import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, encode, manifestOf, parseManifest } from '../../generators/output/manifest.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

describe('the manifest', () => {
  it('is one line a file, sorted, with the hash of its bytes', () => {
    expect(
      manifestOf([
        { path: 'b/ü.yml', text: 'é\n' },
        { path: 'B.yml', text: '' },
      ]),
    ).toBe(
      [
        '{',
        '  "files": {',
        '    "B.yml": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",',
        `    "b/ü.yml": "${hashOf(encode('é\n'))}"`,
        '  },',
        '  "version": 1',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('is read back', () => {
    const paths = fc.uniqueArray(
      fc.stringMatching(/^[a-z]{1,3}(?:\/[a-z0-9]{1,3}){0,2}$/).filter((path) => !/^(?:aux|con|nul|prn)/.test(path)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(paths, (names) => {
        const { owned, problem } = parseManifest(manifestOf(names.map((path) => ({ path, text: path }))));
        const safe = names.filter((path) => owned.has(path));
        expect(safe.length === names.length).toBe(problem === undefined);
        for (const path of safe) expect(owned.get(path)).toEqual([hashOf(encode(path))]);
      }),
    );
  });
});

describe('what is no manifest is a problem, never a crash', () => {
  it.each([
    ['', 'it is no JSON object'],
    ['{', 'it is no JSON object'],
    ['[]', 'it is no JSON object'],
    ['null', 'it is no JSON object'],
    ['{}', 'it has the format undefined, and this version of Tocsin knows 1'],
    ['{"version":2,"files":{}}', 'it has the format 2, and this version of Tocsin knows 1'],
    ['{"version":1}', 'it lists no files'],
    ['{"version":1,"files":[]}', 'it lists no files'],
    ['{"version":1,"files":{"../a":"x"}}', 'it names "../a", which is never generated'],
    [`{"version":1,"files":{"/etc/passwd":"${A}"}}`, 'it names "/etc/passwd", which is never generated'],
    ['{"version":1,"files":{"a":1}}', 'the hash of a is not one'],
    [`{"version":1,"files":{"a":"${A}0"}}`, 'the hash of a is not one'],
  ])('%s', (text, problem) => expect(parseManifest(text)).toEqual({ owned: new Map(), problem }));

  it('keeps the entries that make sense', () => {
    const text = JSON.stringify({ version: 1, files: { '../a': A, b: B } });
    expect(parseManifest(text)).toMatchObject({ owned: new Map([['b', [B]]]), problem: expect.any(String) as string });
  });

  it('survives anything', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseManifest(text)));
  });
});

it('owns what both sides of a merge conflict own', () => {
  const text = `{\n  "files": {\n    "a": "${A}",\n<<<<<<< HEAD\n    "b": "${A}",\n=======\n    "b": "${B}",\n    "../c": "${B}",\n>>>>>>> other\n    "d": "${B}"\n  },\n  "version": 1\n}\n`;
  expect(parseManifest(text)).toEqual({
    owned: new Map([
      ['a', [A]],
      ['b', [A, B]],
      ['d', [B]],
    ]),
  });
});
