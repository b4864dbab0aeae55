import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, test } from 'vitest';
import type { ExpositionFormat } from '../../generators/exposition/exposition.ts';
import { readNumber, writeNumber } from '../../generators/exposition/number.ts';
import { parseExposition } from '../../generators/exposition/parse.ts';
import type { PrintedFamily } from '../../generators/exposition/print.ts';
import { printExposition } from '../../generators/exposition/print.ts';
import { requireTool } from '../support/tools.ts';

/** What each problem says and the text it points at. */
const problemsOf = (text: string, format: ExpositionFormat = 'text'): readonly string[] =>
  parseExposition(text, format).problems.map(({ message, from, to }) => `${message} @ ${text.slice(from, to)}`);

const GOOD: readonly (readonly [name: string, text: string])[] = [
  ['nothing', ''],
  ['a sample', 'a 1\n'],
  ['labels, an empty one, a comma at the end', 'a{b="1",c="",} 2\n'],
  ['blanks and tabs everywhere', ' \ta { b = "1" , c="2" }\t2  5\n'],
  ['escapes', 'a{b="x\\\\y\\"z\\n"} 1\n'],
  ['a timestamp', 'a 1 1700000000000\n'],
  ['a negative timestamp', 'a 1 -5\n'],
  ['all numbers', 'a 1\nb -1.5e-3\nc +Inf\nd -Inf\ne NaN\nf Inf\ng .5\nh 5.\ni infinity\nj nan\n'],
  ['comments', '# hello\n#\n#HELP\n# HELP\n# HELP a\n# TYPE a\n#HELP a text\na 1\n'],
  ['help with escapes', '# HELP a x\\\\y\\nz\na 1\n'],
  ['types in capitals', '# TYPE a COUNTER\na 1\n'],
  ['a type after its help', '# HELP a A.\n# TYPE a gauge\n\na 1\n'],
  ['a histogram', '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n'],
  ['a summary', '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 3\ns_count 2\n'],
  ['umlauts', 'a{b="grün"} 1\n'],
  ['colons', 'a:b:c 1\n'],
  ['a blank line', '\n\na 1\n \n'],
];

const BAD: readonly (readonly [text: string, problem: string])[] = [
  ['a 1', 'the last line does not end in a line feed @ '],
  ['a\n', 'expected a value @ '],
  ['a x\n', "expected a number as value, not 'x' @ x"],
  ['a 1_000\n', "expected a number as value, not '1_000' @ 1_000"],
  ['a 0x10\n', "expected a number as value, not '0x10' @ 0x10"],
  ['a 1e999\n', "expected a number as value, not '1e999' @ 1e999"],
  ['a -nan\n', "expected a number as value, not '-nan' @ -nan"],
  ['a 1 x\n', "expected a timestamp, not 'x' @ x"],
  ['a 1 1.5\n', "expected a timestamp, not '1.5' @ 1.5"],
  ['a 1 99999999999999999999\n', "expected a timestamp, not '99999999999999999999' @ 99999999999999999999"],
  ['a 1 2 \n', 'the line goes on behind its end @  '],
  ['a 1 2 3\n', 'the line goes on behind its end @  3'],
  ['1a 1\n', 'expected the name of a metric @ 1'],
  ['a{b} 1\n', 'expected = after the label "b" @ }'],
  ['a{b=1} 1\n', 'expected the value of the label "b" in double quotes @ 1'],
  ['a{b="1" 1\n', 'expected a comma or } after the label value @ 1'],
  ['a{b="1"\n', 'expected a comma or } after the label value @ '],
  ['a{b="1",,c="2"} 1\n', 'expected a label name @ ,'],
  ['a{,} 1\n', 'expected a label name @ ,'],
  ['a{b:c="1"} 1\n', 'expected = after the label "b" @ :'],
  ['a{\n', 'the labels do not end in this line @ '],
  ['a{b="1\n', 'the label value does not end in this line @ "1'],
  ['a{b="\\t"} 1\n', "invalid escape sequence '\\t' @ \\t"],
  ['a{b="1",b="2"} 1\n', 'the label "b" is there twice @ b'],
  ['a{__name__="b"} 1\n', 'the label "__name__" is reserved for the name of the metric @ __name__'],
  ['# HELP a \\t\na 1\n', "invalid escape sequence '\\t' @ \\t"],
  ['# HELP a x\n# HELP a y\na 1\n', 'second HELP line for a @ # HELP a y'],
  [
    '# TYPE a gauge\n# TYPE a gauge\na 1\n',
    'second TYPE line for a, or TYPE stands behind its samples @ # TYPE a gauge',
  ],
  ['a 1\n# TYPE a gauge\n', 'second TYPE line for a, or TYPE stands behind its samples @ # TYPE a gauge'],
  ['# TYPE a number\na 1\n', "unknown metric type 'number' @ number"],
  ['# TYPE 1a gauge\na 1\n', 'invalid metric name in comment @ 1'],
  ['# TYPE h histogram\nh_bucket{le="x"} 1\n', 'expected a number as value of the label "le", not \'x\' @ le="x"'],
  [
    '# TYPE s summary\ns{quantile="x"} 1\n',
    'expected a number as value of the label "quantile", not \'x\' @ quantile="x"',
  ],
  ['a 1\r\n', "expected a number as value, not '1\r' @ 1\r"],
];

/** Whether promtool can read the text; it says 3 when it can, but has advice. */
const promtoolReads = (promtool: string, text: string): boolean => {
  const { status, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (status === null) throw new Error('promtool did not run');
  return !stderr.includes('error while linting');
};

describe('the format of Prometheus', () => {
  test.each(GOOD)('takes %s', (_, text) => expect(problemsOf(text)).toEqual([]));

  test.each(BAD)('%j: %s', (text, problem) => expect(problemsOf(text)).toEqual([problem]));

  test('promtool takes and refuses the same texts', () => {
    const promtool = requireTool('promtool');
    expect(GOOD.filter(([, text]) => !promtoolReads(promtool, text))).toEqual([]);
    expect(BAD.filter(([text]) => promtoolReads(promtool, text))).toEqual([]);
  });

  test('gives families with metadata and samples, and knows whose a suffix is', () => {
    const text = [
      '# HELP h Time.\n# TYPE h histogram\n',
      'h_bucket{route="/",le="1"} 1\nh_bucket{route="/",le="+Inf"} 2\nh_sum{route="/"} 3\nh_count{route="/"} 2\n',
      'g_sum 1\n',
    ].join('');
    const { families } = parseExposition(text, 'text');
    expect(families.map(({ name, type, samples }) => [name, type?.value, samples.length])).toEqual([
      ['h', 'histogram', 4],
      ['g_sum', undefined, 1],
    ]);
    const [h] = families;
    expect(h?.help?.value).toBe('Time.');
    const bucket = h?.samples[0];
    expect(bucket).toMatchObject({ name: 'h_bucket', value: 1 });
    expect(text.slice(bucket?.from, bucket?.to)).toBe('h_bucket{route="/",le="1"} 1');
    expect(bucket?.labels.map(({ name, value, from, to }) => [name, value, text.slice(from, to)])).toEqual([
      ['route', '/', 'route="/"'],
      ['le', '1', 'le="1"'],
    ]);
  });

  test('goes on after a line that it cannot read', () => {
    const { families, problems } = parseExposition('a x\nb 1\nc{ 1\nd 2\n', 'text');
    expect(families.filter(({ samples }) => samples.length > 0).map(({ name }) => name)).toEqual(['b', 'd']);
    expect(problems).toHaveLength(2);
  });
});

const OPEN_GOOD: readonly (readonly [name: string, text: string])[] = [
  ['nothing', '# EOF\n'],
  ['no line feed at the end', 'a 1\n# EOF'],
  ['a counter', '# TYPE a counter\n# HELP a A.\na_total 1\na_created 1.5\n# EOF\n'],
  ['a unit', '# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n'],
  ['help with quotes', '# HELP a say \\"hi\\"\na 1\n# EOF\n'],
  ['a timestamp in seconds', 'a 1 1700000000.5\n# EOF\n'],
  ['an exemplar', '# TYPE a counter\na_total 1 # {trace="x"} 1 1.5\n# EOF\n'],
  ['an exemplar after a timestamp', '# TYPE h histogram\nh_bucket{le="+Inf"} 1 5 # {} 0.5\n# EOF\n'],
  [
    'every type',
    ['gauge', 'stateset', 'unknown', 'summary']
      .map((type) => `# TYPE ${type} ${type}\n`)
      .join('')
      .concat('# EOF\n'),
  ],
  ['an info', '# TYPE b info\nb_info{v="1"} 1\n# EOF\n'],
  ['a gauge histogram', '# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 1\ng_gcount 1\ng_gsum 2\n# EOF\n'],
];

const OPEN_BAD: readonly (readonly [text: string, problem: string])[] = [
  ['a 1\n', '# EOF is missing at the end @ '],
  ['# EOF\na 1\n', 'nothing may stand behind # EOF @ a 1'],
  ['\n# EOF\n', 'OpenMetrics has no empty lines @ '],
  ['# hello\n# EOF\n', "expected HELP, TYPE, UNIT or EOF after #, not 'hello' @ hello"],
  ['#EOF\n# EOF\n', 'expected a blank after # @ E'],
  ['a  1\n# EOF\n', 'expected a value @  '],
  ['a{b="1",} 1\n# EOF\n', 'expected a label name @ }'],
  ['# TYPE a untyped\na 1\n# EOF\n', "unknown metric type 'untyped' @ untyped"],
  ['# TYPE a counter\na 1\n# EOF\n', 'a counter has no sample of its plain name: a_total, a_created @ a'],
  ['# UNIT a seconds\na 1\n# EOF\n', 'the name a does not end in its unit, _seconds @ seconds'],
  ['a 1\n# HELP a A.\n# EOF\n', 'HELP of a stands behind its samples @ # HELP a A.'],
  ['a 1\nb 1\na 2\n# EOF\n', 'the lines of a do not stand together @ a'],
  ['a 1 # {} 1\n# EOF\n', 'only counters and buckets have exemplars @ #'],
  ['# TYPE a counter\na_total 1 # x\n# EOF\n', 'expected the labels of the exemplar @ x'],
  [
    `# TYPE a counter\na_total 1 # {t="${'x'.repeat(128)}"} 1\n# EOF\n`,
    `the labels of the exemplar have 129 characters, more than 128 @ # {t="${'x'.repeat(128)}"}`,
  ],
  ['a 1 x\n# EOF\n', "expected a timestamp, not 'x' @ x"],
];

describe('OpenMetrics', () => {
  test.each(OPEN_GOOD)('takes %s', (_, text) => expect(problemsOf(text, 'openmetrics')).toEqual([]));

  test.each(OPEN_BAD)('%j: %s', (text, problem) => expect(problemsOf(text, 'openmetrics')).toEqual([problem]));

  test('gives exemplars, timestamps in milliseconds, and counters without _total', () => {
    const { families } = parseExposition(
      '# TYPE a counter\na_total{b="c"} 3 2.5 # {trace="x"} 1 2\n# EOF\n',
      'openmetrics',
    );
    expect(families).toMatchObject([
      {
        name: 'a',
        type: { value: 'counter' },
        samples: [
          {
            name: 'a_total',
            value: 3,
            timestamp: 2500,
            exemplar: { labels: [{ name: 'trace', value: 'x' }], value: 1, timestamp: 2 },
          },
        ],
      },
    ]);
  });
});

describe('numbers', () => {
  test('are read as they are written', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(readNumber(writeNumber(value))).toBe(value);
      }),
    );
  });
});

const nameOf = fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,8}$/);
const labelsOf = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/),
      value: fc.string({ unit: 'grapheme', maxLength: 8 }),
    }),
    {
      selector: ({ name }) => name,
      maxLength: 4,
    },
  )
  .map((labels) => labels.filter(({ name, value }) => !['le', 'quantile'].includes(name) && !value.includes('\r')));

const familiesOf = (format: ExpositionFormat): fc.Arbitrary<readonly PrintedFamily[]> =>
  fc
    .uniqueArray(
      fc.record(
        {
          name: nameOf.map((name) => `${name}x`),
          type: fc.record({ value: fc.constantFrom('gauge' as const, 'untyped' as const, 'counter' as const) }),
          // Blanks before a text belong to the format; an empty text is none.
          help: fc.record({ value: fc.string({ minLength: 1 }).filter((text) => /^[^\s]/.test(text)) }),
          samples: fc.array(
            fc.record(
              {
                labels: labelsOf,
                value: fc.double(),
                timestamp: fc.integer({ min: -1e12, max: 1e12 }),
              },
              { requiredKeys: ['labels', 'value'] },
            ),
            { minLength: 1, maxLength: 4 },
          ),
        },
        { requiredKeys: ['name', 'samples'] },
      ),
      { selector: ({ name }) => name, maxLength: 5 },
    )
    .map((families) =>
      families.map((family) => ({
        ...family,
        samples: family.samples.map((sample) => ({
          ...sample,
          name: format === 'openmetrics' && family.type?.value === 'counter' ? `${family.name}_total` : family.name,
        })),
      })),
    );

describe('what is printed is read back', () => {
  test.each(['text', 'openmetrics'] as const)('%s', (format) => {
    fc.assert(
      fc.property(familiesOf(format), (families) => {
        const text = printExposition(families, format);
        const read = parseExposition(text, format);
        expect(read.problems).toEqual([]);
        expect(printExposition(read.families, format)).toBe(text);
        expect(read.families.map(({ name, help }) => [name, help?.value])).toEqual(
          families.map(({ name, help }) => [name, help?.value]),
        );
        read.families.forEach((family, index) => {
          family.samples.forEach((sample, number) => {
            const wanted = families[index]?.samples[number];
            expect(sample.value).toBe(wanted?.value);
            expect(sample.labels.map(({ name, value }) => ({ name, value }))).toEqual(wanted?.labels);
          });
        });
      }),
      { numRuns: 150 },
    );
  });

  test('any text is read without a crash, and every problem is inside it', () => {
    const piece = fc.constantFrom(
      'a',
      '{',
      '}',
      '"',
      '=',
      ',',
      ' ',
      '\n',
      '#',
      'HELP',
      'TYPE',
      'EOF',
      '1',
      '\\',
      'le',
      'é',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.constantFrom('text' as const, 'openmetrics' as const),
        (parts, format) => {
          const text = parts.join('');
          const outside = parseExposition(text, format).problems.filter(
            ({ from, to }) => from < 0 || to < from || to > text.length,
          );
          expect(outside).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('promtool takes and refuses the same mutations', () => {
    const promtool = requireTool('promtool');
    const bases = GOOD.map(([, text]) => text).filter((text) => text !== '');
    const mutations = fc.sample(
      fc.tuple(
        fc.constantFrom(...bases),
        fc.nat(60),
        fc.constantFrom('', '"', '{', '}', ' ', '\\', ',', '1', '\n', '#', 'e'),
      ),
      { numRuns: 60, seed: 7 },
    );
    const texts = mutations.map(
      ([base, at, put]) => base.slice(0, at % base.length) + put + base.slice((at % base.length) + 1),
    );
    const differing = texts.filter(
      (text) => promtoolReads(promtool, text) !== (parseExposition(text, 'text').problems.length === 0),
    );
    expect(differing).toEqual([]);
  });
});

describe("prom-client's own answers", () => {
  const fill = (registry: Registry, isOpen: boolean): void => {
    const registers = [registry];
    const counter = new Counter({
      name: 'jobs_total',
      help: 'Jobs "done"\\ and\nmore.',
      labelNames: ['queue'],
      registers,
    });
    counter.inc({ queue: 'a"b\\c\nd' }, 3);
    new Gauge({ name: 'temperature', help: 'T.', registers }).set(-3.5);
    const histogram = new Histogram({
      name: 'h_seconds',
      help: 'H.',
      buckets: [0.1, 1],
      enableExemplars: isOpen,
      registers,
    });
    if (isOpen) histogram.observe({ value: 0.5, exemplarLabels: { trace: 'x' } } as never);
    else histogram.observe(0.5);
    new Summary({ name: 's_seconds', help: 'S.', percentiles: [0.5], registers }).observe(2);
  };

  test.each([
    { format: 'text' as const, type: Registry.PROMETHEUS_CONTENT_TYPE },
    { format: 'openmetrics' as const, type: Registry.OPENMETRICS_CONTENT_TYPE },
  ])('$format', async ({ format, type }) => {
    const registry = new Registry();
    registry.setContentType(type as never);
    fill(registry, format === 'openmetrics');
    const text = await registry.metrics();
    expect(problemsOf(text, format)).toEqual([]);
    const { families } = parseExposition(text, format);
    expect(families.map(({ name, type: said, samples }) => [name, said?.value, samples.length])).toEqual([
      [format === 'openmetrics' ? 'jobs' : 'jobs_total', 'counter', 1],
      ['temperature', 'gauge', 1],
      ['h_seconds', 'histogram', 5],
      ['s_seconds', 'summary', 3],
    ]);
    expect(families[0]?.samples[0]?.labels[0]?.value).toBe('a"b\\c\nd');
  });
});
