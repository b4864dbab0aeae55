import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { InvariantError } from '../../generators/diagnostics/errors.ts';
import type { Json } from '../../generators/output/artefact.ts';
import { stringifyYaml, stringifyYamlDocuments } from '../../generators/output/yaml.ts';
import { runTool } from '../../generators/validate/external.ts';
import { requireTool } from '../support/tools.ts';

const VERSIONS = ['1.1', '1.2'] as const;

const valueOf = (text: string): string => /^key: ([^]*)\n$/.exec(stringifyYaml({ key: text }))?.[1] ?? '';

const WORDS = ['on', 'Off', 'yes', 'NO', 'y', 'n', 'true', 'False', 'null', 'NULL', '~', '=', '<<', ''];
const NUMBERS = '0 -1 +1 1_000 0x1F 0o17 017 0b11 1e3 1.5e-3 .5 5. 1. . e3 _1 .inf -.INF .NaN'.split(' ');
const TIMES = ['09:00', '1:30:00', '-3:25.5', '2026-01-01', '2026-1-1 10:00:00', '2026-01-01T00:00:00Z'];

describe('text that looks like another type is quoted', () => {
  it.each([...WORDS, ...NUMBERS, ...TIMES])('%j', (text) => {
    expect(valueOf(text)).toBe(`"${text}"`);
    for (const version of VERSIONS) {
      expect(parse(stringifyYaml({ [text]: [text] }), { version })).toEqual({ [text]: [text] });
    }
  });

  it('a merge key stays a key', () => {
    for (const version of VERSIONS) {
      expect(parse(stringifyYaml({ '<<': { a: 1 }, b: 2 }), { version, merge: true })).toEqual({
        '<<': { a: 1 },
        b: 2,
      });
    }
  });
});

describe('text that is safe is not', () => {
  it.each([
    '5m',
    '1d',
    '30s',
    'sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) > 0.5',
    "it's late",
    '-x',
    'a#b',
    'https://example.org/a?b=c#d',
    'only',
    'nothing',
  ])('%s', (text) => expect(valueOf(text)).toBe(text));
});

describe('text that YAML reads as structure is quoted', () => {
  it.each([
    ['a: b', '"a: b"'],
    ['a:', '"a:"'],
    ['a # b', '"a # b"'],
    ['{{ $labels.job }}', '"{{ $labels.job }}"'],
    ['{a="b"} > 1', `'{a="b"} > 1'`],
    [`{a="it's"}`, `"{a=\\"it's\\"}"`],
    ['[1]', '"[1]"'],
    ['- a', '"- a"'],
    ['&a', '"&a"'],
    ['*a', '"*a"'],
    ['!a', '"!a"'],
    ['%a', '"%a"'],
    ['@a', '"@a"'],
    ['`a`', '"`a`"'],
    [' a ', '" a "'],
    ['"a"', `'"a"'`],
  ])('%s', (text, written) => expect(valueOf(text)).toBe(written));
});

describe('text of several lines', () => {
  it.each([
    ['sum by (job) (\n  rate(a[5m])\n)\n> 0.5', '|-\n  sum by (job) (\n    rate(a[5m])\n  )\n  > 0.5'],
    ['First.\n\nSecond.\n', '|\n  First.\n\n  Second.'],
    ['# a\n--- b: c\n', '|\n  # a\n  --- b: c'],
  ])('is a literal block: %j', (text, written) => expect(valueOf(text)).toBe(written));

  it.each([
    ['a \nb', '"a \\nb"'],
    ['a\n', '|\n  a'],
    ['a\n\n', '"a\\n\\n"'],
    [' a\nb', '" a\\nb"'],
    ['\na', '"\\na"'],
    ['\n', '"\\n"'],
    ['a\n\tb', '"a\\n\\tb"'],
    ['a\r\nb', '"a\\r\\nb"'],
  ])('is on one line where a block would not show it: %j', (text, written) => expect(valueOf(text)).toBe(written));

  it('as a key, and as a whole document, is on one line', () => {
    expect(stringifyYaml({ 'a\nb': 1 })).toBe('"a\\nb": 1\n');
    expect(stringifyYaml('a\nb')).toBe('"a\\nb"\n');
  });

  it('is not folded, however long', () => {
    const line = `sum(${'rate(a_rather_long_metric_name_total[5m]) + '.repeat(20)}1)`;
    expect(valueOf(line)).toBe(line);
    expect(valueOf(`# ${line}`)).toBe(`"# ${line}"`);
    expect(valueOf(`${line}\n${line}`)).toBe(`|-\n  ${line}\n  ${line}`);
  });
});

describe('characters that nobody sees are escapes', () => {
  it.each([
    ['\0', '\\u0000'],
    ['\t', '\\t'],
    ['\r', '\\r'],
    ['\u001b', '\\u001b'],
    ['\u007f', '\\u007f'],
    ['\u0085', '\\u0085'],
    ['\u2028', '\\u2028'],
    ['\u2029', '\\u2029'],
    ['\u202e', '\\u202e'],
    ['\ufeff', '\\ufeff'],
    ['\uffff', '\\uffff'],
  ])('%j', (character, written) => {
    expect(valueOf(`a${character}b`)).toBe(`"a${written}b"`);
    expect(valueOf(`a\n${character}\nb`)).toBe(`"a\\n${written}\\nb"`);
    expect(stringifyYaml({ [character]: character })).toBe(`"${written}": "${written}"\n`);
  });

  it('others stay as they are', () => expect(valueOf('naïve 東京 🔔')).toBe('naïve 東京 🔔'));
});

describe('numbers, and the rest', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [-1, '-1'],
    [0.5, '0.5'],
    [1e-7, '1.0e-7'],
    [-1.5e-9, '-1.5e-9'],
    [1e21, '1.0e+21'],
    [2 ** 53, '9007199254740992'],
    [true, 'true'],
    [null, 'null'],
    [[], '[]'],
    [{}, '{}'],
  ])('%j is %s', (value, written) => expect(stringifyYaml({ key: value })).toBe(`key: ${written}\n`));

  it('keeps the order of keys and leaves undefined values out', () => {
    expect(stringifyYaml({ b: 1, a: undefined, c: [{ z: 1, y: undefined }] })).toBe('b: 1\nc:\n  - z: 1\n');
  });

  it('writes a value that is there twice twice', () => {
    const labels = { team: 'a' };
    expect(stringifyYaml([labels, labels])).toBe('- team: a\n- team: a\n');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', (value) => {
    expect(() => stringifyYaml({ a: [value] })).toThrow(InvariantError);
  });

  it.each(['\ud83d', 'a\udd14b', '\udd14\ud83d'])('refuses half a character: %j', (text) => {
    expect(() => stringifyYaml({ a: text })).toThrow(InvariantError);
    expect(() => stringifyYaml({ [text]: 1 })).toThrow(InvariantError);
  });
});

describe('headers and documents', () => {
  it('writes the header as comments above everything', () => {
    expect(stringifyYaml({ a: 1 }, { header: 'One.\n\nTwo.' })).toBe('# One.\n#\n# Two.\na: 1\n');
    expect(stringifyYamlDocuments([{ a: 1 }, { b: 2 }], { header: 'One.' })).toBe('# One.\n---\na: 1\n---\nb: 2\n');
  });

  it('keeps documents apart whatever is in them', () => {
    const documents = ['---', 'a\n---\nb', { a: '...\n---\n' }, '%YAML 1.1', [], null];
    for (const version of VERSIONS) {
      expect(
        parseAllDocuments(stringifyYamlDocuments(documents), { version }).map((each) => each.toJS() as Json),
      ).toEqual(documents);
    }
  });
});

const MARKS = '# ? " \' \\ { } [ ] , % & * ! | > @ ` : - + . _ 0x 0o7 T00:00:00Z --- ... a __proto__'.split(' ');
const STRANGE = [
  ' ',
  '\n',
  '\t',
  '\r',
  '\0',
  'é',
  '🔔',
  '\u0085',
  '\u00a0',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\ufffe',
  '\u007f',
];
const PIECES = [...WORDS, ...NUMBERS, ...TIMES, ...MARKS, ...STRANGE];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 8 }).filter((each) => !/\p{Surrogate}/u.test(each)),
);
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('whatever is written is read back', () => {
  it.each(VERSIONS)('by a reader of YAML %s', (version) => {
    fc.assert(
      fc.property(value, (written) => {
        expect(parse(stringifyYaml(written), { version, maxAliasCount: 0 })).toEqual(written);
      }),
      { numRuns: 2000 },
    );
  });

  it('on lines that end without a space, with one newline at the end', () => {
    fc.assert(
      fc.property(value, (written) => {
        expect(stringifyYaml({ a: written })).toMatch(/^(?:.*[^ \n]\n|\n)*.*[^ \n]\n$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("Go's YAML reads the same texts", () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // The expectation must not come from the writer under test: JSON with every character escaped that is not plain ASCII.
  const asciiJson = (expected: Json): string =>
    JSON.stringify(expected).replaceAll(/[^\u0020-\u007e]/gu, (character) => {
      return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
    });

  it('as label values and annotations of alerts', async () => {
    const promtool = requireTool('promtool');
    // Prometheus expands templates in both, drops empty labels, and text/template has its own view of `{{`.
    const samples = fc.sample(
      text.filter((each) => !each.includes('{{')),
      { numRuns: 300, seed: 1 },
    );
    const rules = samples.map((sample, index) => ({
      alert: `A${index}`,
      expr: 'vector(1)',
      labels: { text: `|${sample}` },
      annotations: { text: sample },
    }));
    writeFileSync(join(folder, 'rules.yml'), stringifyYaml({ groups: [{ name: 'on', rules }] }));
    const alerts = samples.map((sample, index) => ({
      eval_time: '1m',
      alertname: `A${index}`,
      exp_alerts: [{ exp_labels: { text: `|${sample}` }, exp_annotations: { text: sample } }],
    }));
    const tests = {
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', alert_rule_test: alerts }],
    };
    writeFileSync(join(folder, 'tests.yml'), asciiJson(tests));
    const checked = await runTool(promtool, ['check', 'rules', 'rules.yml'], { cwd: folder });
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('300 rules found') as string });
    const run = await runTool(promtool, ['test', 'rules', 'tests.yml'], { cwd: folder });
    expect(`${run.stdout}${run.stderr}`).toContain('SUCCESS');
    expect(run.code).toBe(0);
  });
});
