import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXPOSITION_CODES } from '../../generators/diagnostics/exposition-codes.ts';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import { MOST_SERIES, compareExposition } from '../../generators/exposition/compare.ts';
import type { ExpositionFormat } from '../../generators/exposition/exposition.ts';
import { parseExposition } from '../../generators/exposition/parse.ts';
import type { Job, Metric } from '../../generators/model/model.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const origin = (name: string) => ({ file: 'definitions/systems/shop.ts', path: [name] });

const JOB: Job = {
  id: 'shop',
  scheme: 'http',
  path: '/metrics',
  interval: 15_000,
  timeout: 10_000,
  targets: {},
  origin: origin('job'),
};

const metric = (name: string, more: Partial<Metric> & Pick<Metric, 'kind' | 'unit'>): Metric => ({
  name,
  help: 'Help.',
  labels: {},
  job: 'shop',
  origin: origin(name),
  ...more,
});

const METRICS: readonly Metric[] = [
  metric('requests_total', {
    kind: 'counter',
    unit: 'count',
    labels: {
      route: { kind: 'any' },
      method: { kind: 'oneOf', values: ['GET', 'POST'] },
      status: { kind: 'pattern', pattern: '[1-5][0-9][0-9]' },
    },
  }),
  metric('duration_seconds', { kind: 'histogram', unit: 'seconds', buckets: [0.1, 0.5, 1] }),
  metric('memory_ratio', { kind: 'gauge', unit: 'ratio', range: { min: 0, max: 1 } }),
];

const SOUND = `# HELP requests_total Help.
# TYPE requests_total counter
requests_total{route="/",method="GET",status="200"} 5
requests_total{route="/",method="POST",status="503"} 1
# HELP duration_seconds Help.
# TYPE duration_seconds histogram
duration_seconds_bucket{le="0.1"} 1
duration_seconds_bucket{le="0.5"} 1
duration_seconds_bucket{le="1"} 2
duration_seconds_bucket{le="+Inf"} 3
duration_seconds_sum 2
duration_seconds_count 3
# HELP memory_ratio Help.
# TYPE memory_ratio gauge
memory_ratio 0.5
`;

const OPEN = `# TYPE requests counter
# HELP requests Help.
requests_total{route="/",method="GET",status="200"} 5
requests_created{route="/",method="GET",status="200"} 1.5
# TYPE duration_seconds histogram
# UNIT duration_seconds seconds
duration_seconds_bucket{le="0.1"} 1
duration_seconds_bucket{le="0.5"} 1
duration_seconds_bucket{le="1.0"} 2
duration_seconds_bucket{le="+Inf"} 3 # {trace="x"} 2
duration_seconds_sum 2
duration_seconds_count 3
# TYPE memory_ratio gauge
memory_ratio 0.5
# EOF
`;

const compared = (
  text: string,
  { metrics = METRICS, format = 'text' }: { metrics?: readonly Metric[]; format?: ExpositionFormat } = {},
): readonly Finding[] => {
  const report = createReport();
  compareExposition(
    JOB,
    metrics,
    { name: 'http://shop/metrics', text, exposition: parseExposition(text, format) },
    report,
  );
  return resolveFindings(report.list(), { locate: () => undefined, read: () => text });
};

interface Case {
  readonly code: keyof typeof EXPOSITION_CODES;
  readonly name: string;
  readonly from: string | RegExp;
  readonly to: string;
  readonly says: string;
  /** The line of the exposition that is named; the line of the definition otherwise. */
  readonly line?: number;
  /** Findings that come along. */
  readonly besides?: readonly string[];
  readonly metrics?: readonly Metric[];
}

const replaced = (name: string, changes: Partial<Metric>): readonly Metric[] =>
  METRICS.map((one) => (one.name === name ? { ...one, ...changes } : one));

const CASES: readonly Case[] = [
  {
    code: 'exposition/syntax',
    name: 'a line that cannot be read',
    from: 'memory_ratio 0.5\n',
    to: 'memory_ratio half\n',
    says: "expected a number as value, not 'half'",
    besides: ['exposition/no-series'],
  },
  {
    code: 'exposition/duplicate',
    name: 'a series that is there twice',
    from: /$/,
    to: 'memory_ratio 0.6\n',
    says: 'the series memory_ratio is there twice',
    line: 15,
  },
  {
    code: 'exposition/histogram',
    name: 'no last bucket',
    from: 'duration_seconds_bucket{le="+Inf"} 3\n',
    to: '',
    says: 'the bucket le="+Inf" is missing',
    line: 7,
  },
  {
    code: 'exposition/histogram',
    name: 'a count that is not the last bucket',
    from: 'duration_seconds_count 3',
    to: 'duration_seconds_count 4',
    says: 'its count is 4, and its last bucket 3',
    line: 12,
  },
  {
    code: 'exposition/histogram',
    name: 'buckets that do not add up',
    from: 'le="0.5"} 1',
    to: 'le="0.5"} 0',
    says: 'a bucket holds less than the one below it',
    line: 8,
  },
  {
    code: 'exposition/histogram',
    name: 'no sum',
    from: 'duration_seconds_sum 2\n',
    to: '',
    says: 'duration_seconds_sum or duration_seconds_count is missing',
    line: 7,
  },
  {
    code: 'exposition/timestamp',
    name: 'a timestamp',
    from: 'memory_ratio 0.5',
    to: 'memory_ratio 0.5 1700000000000',
    says: 'a sample of memory_ratio carries a timestamp',
    line: 15,
  },
  {
    code: 'exposition/milliseconds',
    name: 'observations that are milliseconds',
    from: 'duration_seconds_sum 2',
    to: 'duration_seconds_sum 900',
    says: 'its mean is 300, and its largest bucket 1 s',
    line: 5,
  },
  {
    code: 'exposition/milliseconds',
    name: 'a name that says so',
    from: /$/,
    to: '# TYPE wait_ms gauge\nwait_ms 3\n',
    says: 'its name says milliseconds',
    line: 16,
    besides: ['exposition/metric-undeclared'],
  },
  {
    code: 'exposition/cardinality',
    name: 'too many series',
    from: 'requests_total{route="/",method="GET",status="200"} 5\n',
    to: Array.from(
      { length: MOST_SERIES },
      (_, index) => `requests_total{route="/${index}",method="GET",status="200"} 5\n`,
    ).join(''),
    says: `1001 series, more than 1000: the label "route" alone has 1001 values`,
    line: 1,
  },
  {
    code: 'exposition/metric-missing',
    name: 'a metric that is not there',
    from: /# HELP memory_ratio[^]*$/,
    to: '',
    says: 'the job shop does not expose memory_ratio',
  },
  {
    code: 'exposition/metric-missing',
    name: 'a metric under another name',
    from: /memory_ratio/g,
    to: 'memory_percent',
    says: 'the job shop does not expose memory_ratio',
    line: 13,
    besides: ['exposition/metric-undeclared'],
  },
  {
    code: 'exposition/metric-undeclared',
    name: 'a metric that nobody declares',
    from: /$/,
    to: '# TYPE surprise gauge\nsurprise 1\n',
    says: 'the job shop exposes surprise',
    line: 16,
  },
  {
    code: 'exposition/kind',
    name: 'a counter that is exposed as a gauge',
    from: '# TYPE requests_total counter',
    to: '# TYPE requests_total gauge',
    says: 'requests_total is declared as a counter, and exposed as a gauge',
    line: 2,
  },
  {
    code: 'exposition/kind',
    name: 'no TYPE line',
    from: '# TYPE memory_ratio gauge\n',
    to: '',
    says: 'memory_ratio is declared as a gauge, and exposed as untyped',
    line: 14,
  },
  {
    code: 'exposition/summary',
    name: 'a summary in the place of a histogram',
    from: /# TYPE duration[^]*_count 3\n/,
    to: '# TYPE duration_seconds summary\nduration_seconds{quantile="0.5"} 1\nduration_seconds_sum 2\nduration_seconds_count 3\n',
    says: 'duration_seconds is declared as a histogram, and exposed as a summary',
    line: 6,
  },
  {
    code: 'exposition/labels',
    name: 'a label that is missing and one too many',
    from: /route=/g,
    to: 'path=',
    says: 'requests_total has not the declared labels: "route" is missing, "path" is not declared',
    line: 3,
  },
  {
    code: 'exposition/target-label',
    name: 'a label that Prometheus sets',
    from: 'memory_ratio 0.5',
    to: 'memory_ratio{instance="a"} 0.5',
    says: 'memory_ratio sets the label "instance", which Prometheus sets itself',
    line: 15,
  },
  {
    code: 'exposition/label-value',
    name: 'a value outside of the list',
    from: 'method="POST"',
    to: 'method="POSTS"',
    says: 'requests_total has the value "POSTS" in its label "method"',
    line: 4,
  },
  {
    code: 'exposition/label-value',
    name: 'a value that the pattern does not match',
    from: 'status="503"',
    to: 'status="5xx"',
    says: 'requests_total has the value "5xx" in its label "status"',
    line: 4,
  },
  {
    code: 'exposition/buckets',
    name: 'other buckets',
    from: 'le="0.5"',
    to: 'le="0.25"',
    says: 'declared are 0.1, 0.5, 1, exposed are 0.1, 0.25, 1',
    line: 7,
  },
  {
    code: 'exposition/quantiles',
    name: 'other quantiles',
    from: /# TYPE duration[^]*_count 3\n/,
    to: '# TYPE duration_seconds summary\nduration_seconds{quantile="0.5"} 1\nduration_seconds_sum 2\nduration_seconds_count 3\n',
    metrics: replaced('duration_seconds', { kind: 'summary', buckets: undefined as never, quantiles: [0.5, 0.99] }),
    says: 'declared are 0.5, 0.99, exposed are 0.5',
    line: 7,
  },
  {
    code: 'exposition/unit',
    name: 'a declaration whose name says another unit',
    from: /$/,
    to: '',
    metrics: replaced('memory_ratio', { unit: 'percent' }),
    says: 'memory_ratio is declared in percent, and its name says ratio',
    line: 13,
  },
  {
    code: 'exposition/value',
    name: 'percent in the place of a ratio',
    from: 'memory_ratio 0.5',
    to: 'memory_ratio 50',
    says: 'memory_ratio has the value 50, and it is never above 1',
    line: 15,
  },
  {
    code: 'exposition/value',
    name: 'a counter below zero',
    from: '"503"} 1',
    to: '"503"} -1',
    says: 'it is never below 0',
    line: 4,
  },
  {
    code: 'exposition/help',
    name: 'another help text',
    from: '# HELP memory_ratio Help.',
    to: '# HELP memory_ratio Memory.',
    says: 'another one than the declared one: "Memory."',
    line: 13,
  },
  {
    code: 'exposition/no-series',
    name: 'a metric without series',
    from: 'memory_ratio 0.5\n',
    to: '',
    says: 'memory_ratio has no series yet',
    line: 13,
  },
];

describe('what is exposed against what is declared', () => {
  test('a sound exposition has no differences', () => {
    expect(compared(SOUND)).toEqual([]);
    expect(compared(OPEN, { format: 'openmetrics' })).toEqual([]);
  });

  test.each(CASES)('$code: $name', ({ code, from, to, says, line, besides = [], metrics = METRICS }) => {
    const text = SOUND.replace(from, () => to);
    const findings = compared(text, { metrics });
    expect(findings.map((finding) => finding.code).toSorted()).toEqual([code, ...besides].toSorted());
    const finding = findings.find((one) => one.code === code);
    expect(finding?.message).toContain(says);
    if (code === 'exposition/syntax') {
      expect(finding).toMatchObject({ file: 'http://shop/metrics', line: 15, column: 14, endColumn: 18 });
      return;
    }
    expect(finding).toMatchObject({ file: 'definitions/systems/shop.ts' });
    expect(finding?.related?.[0]).toEqual(
      line === undefined ? undefined : expect.objectContaining({ file: 'http://shop/metrics', line }),
    );
  });

  test('a UNIT line that says another unit', () => {
    const findings = compared(OPEN, {
      format: 'openmetrics',
      metrics: replaced('duration_seconds', { unit: 'milliseconds' }),
    });
    expect(findings.map(({ message }) => message)).toEqual([
      'duration_seconds is declared in milliseconds, and its UNIT line says seconds',
      'duration_seconds is declared in milliseconds, and its name says seconds',
    ]);
  });

  test('hints name what was probably meant', () => {
    const hints = (from: string | RegExp, to: string): readonly (string | undefined)[] =>
      compared(SOUND.replace(from, to)).map(({ hint }) => hint);
    expect(hints(/memory_ratio/g, 'memory_percent')).toEqual([
      'Did you mean "memory_percent"?',
      'Did you mean "memory_ratio"?',
    ]);
    expect(hints('method="POST"', 'method="POSTS"')).toEqual(['Did you mean "POST"?']);
    const milliseconds = SOUND.replace('"0.1"', '"100"').replace('"0.5"', '"500"').replace('"1"', '"1000"');
    expect(compared(milliseconds).map(({ hint }) => hint)).toEqual([
      'They are the declared ones in milliseconds: expose seconds.',
    ]);
  });

  test('a metric with open labels may have no series yet', () => {
    expect(compared(SOUND.replace(/^requests_total.*\n/gm, ''))).toEqual([]);
  });

  test('ten thousand series are compared in well under a second', () => {
    const lines = Array.from(
      { length: 10_000 },
      (_, index) =>
        `duration_seconds_bucket{a="${index}",le="+Inf"} 1\nduration_seconds_sum{a="${index}"} 1\nduration_seconds_count{a="${index}"} 1\n`,
    );
    const begun = performance.now();
    const findings = compared(`# TYPE duration_seconds histogram\n${lines.join('')}`);
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(findings.map(({ code }) => code)).toContain('exposition/cardinality');
  });
});

describe('every finding about an exposition', () => {
  // Shown by the tests of the commands.
  const isElsewhere = (code: string): boolean => code === 'exposition/unreachable' || code.startsWith('regress/');

  test.each(Object.keys(EXPOSITION_CODES))('%s has a failing example and a page', (code) => {
    if (!isElsewhere(code)) expect(CASES.map((one) => one.code)).toContain(code);
    const path = join(ROOT, 'docs/findings', `${code}.md`);
    expect(existsSync(path), path).toBe(true);
    const page = readFileSync(path, 'utf8');
    expect(page).toContain(`# ${code}\n`);
    expect(page).toContain(`Severity: ${EXPOSITION_CODES[code as keyof typeof EXPOSITION_CODES].severity}.`);
    for (const part of ['## Why', '## What to do', '```']) expect(page).toContain(part);
  });
});
