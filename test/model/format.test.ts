import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alertTextProse,
  alertTextTemplate,
  formatAmount,
  formatDuration,
  formatGoal,
  formatLevel,
  formatNumber,
  formatResponseTime,
  parseAlertText,
  prometheusDuration,
  valueTemplate,
} from '../../generators/model/format.ts';
import type { Amount } from '../../generators/model/model.ts';
import { toBase } from '../../generators/model/quantities.ts';
import { parseDuration } from '../../generators/promql/durations.ts';
import type { UnitId } from '../../generators/promql/units.ts';
import { UNITS } from '../../generators/promql/units.ts';
import { runProcess, temporaryProject } from '../support/project.ts';
import { requireTool } from '../support/tools.ts';

const amount = (value: number, unit: UnitId): Amount => ({ value: toBase(value, unit), unit });

describe('formatAmount', () => {
  it.each<[number, UnitId, string]>([
    [100, 'milliseconds', '100 ms'],
    [1500, 'milliseconds', '1,500 ms'],
    [47.5, 'milliseconds', '47.5 ms'],
    [50, 'microseconds', '50 µs'],
    [0.1 + 0.2, 'seconds', '0.3 s'],
    [2, 'seconds', '2 s'],
    [59.5, 'seconds', '59.5 s'],
    [60, 'seconds', '1 min'],
    [90, 'seconds', '1 min 30 s'],
    [300, 'seconds', '5 min'],
    [3661.5, 'seconds', '1 h 1 min 1.5 s'],
    [604_800, 'seconds', '7 d'],
    [-90, 'seconds', '-1 min 30 s'],
    [50, 'mebibytes', '50 MiB'],
    [1.5, 'mebibytes', '1.5 MiB'],
    [1024, 'mebibytes', '1 GiB'],
    [1536, 'mebibytes', '1,536 MiB'],
    [52_428_800, 'bytes', '50 MiB'],
    [52_428_801, 'bytes', '52,428,801 B'],
    [0, 'bytes', '0 B'],
    [25, 'kibibytes', '25 KiB'],
    [95, 'percent', '95 %'],
    [0.5, 'percent', '0.5 %'],
    [7, 'percent', '7 %'],
    [0.95, 'ratio', '95 %'],
    [0.07, 'ratio', '7 %'],
    [0.0005, 'ratio', '0.05 %'],
    [1000, 'count', '1,000'],
    [1_234_567.25, 'count', '1,234,567.25'],
    [-1000, 'count', '-1,000'],
    [1000, 'per_second', '1,000 per second'],
    [0.5, 'per_second', '0.5 per second'],
    [2000 / 60, 'per_second', '2,000 per minute'],
    [5 / 3600, 'per_second', '5 per hour'],
    [60, 'per_minute', '60 per minute'],
    [1024, 'bytes_per_second', '1 KiB per second'],
    [(100 * 1024 ** 2) / 3600, 'bytes_per_second', '100 MiB per hour'],
    [70, 'score', '70'],
    [1, 'state', '1'],
    [1_700_000_000, 'unix_seconds', '2023-11-14 22:13:20 UTC'],
    [1_700_000_000.5, 'unix_seconds', '2023-11-14 22:13:20.500 UTC'],
    [1e15, 'unix_seconds', '1,000,000,000,000,000'],
  ])('%s in %s is %s', (value, unit, text) => {
    expect(formatAmount(amount(value, unit))).toBe(text);
  });

  const SIZES: Readonly<Record<string, number>> = {
    ...Object.fromEntries(Object.values(UNITS).map(({ symbol, factor }) => [symbol, factor])),
    '': 1,
    min: 60,
    h: 3600,
    d: 86_400,
    GiB: 1024 ** 3,
    TiB: 1024 ** 4,
    '%': 0.01,
    ' per second': 1,
    ' per minute': 1 / 60,
    ' per hour': 1 / 3600,
    ' per day': 1 / 86_400,
  };

  /** Reads what formatAmount writes: a sum of numbers with units, and at most one period. */
  const read = (text: string): number => {
    const [, sign = '', body = '', period = ''] = /^(-?)(.*?)( per \w+)?$/.exec(text) ?? [];
    const parts = [...body.matchAll(/([\d,.e+-]+)(?: ([^\d\s]+))?/g)];
    const sum = parts.reduce(
      (total, [, digits = '', symbol = '']) =>
        total + Number(digits.replaceAll(',', '')) * (SIZES[symbol] ?? Number.NaN),
      0,
    );
    return (sign === '' ? sum : -sum) * (SIZES[period] ?? 1);
  };

  const plainUnits = (Object.keys(UNITS) as UnitId[]).filter((unit) => unit !== 'unix_seconds');

  it('can be read back as the same value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...plainUnits), fc.double({ min: -1e9, max: 1e9, noNaN: true }), (unit, value) => {
        const original = toBase(value, unit);
        expect(Math.abs(read(formatAmount({ value: original, unit })) - original)).toBeLessThanOrEqual(
          Math.abs(original) * 1e-13,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('never shows binary noise of what a person wrote', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...plainUnits),
        fc.integer({ min: 0, max: 99_999 }),
        fc.constantFrom(1, 10, 100),
        (unit, digits, by) => {
          expect(formatAmount(amount(digits / by, unit))).not.toMatch(/\d\.\d{5}/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [-123_456, '-123,456'],
    [9_007_199_254_740_991, '9,007,199,254,740,991'],
    [1e-7, '1e-7'],
    [1e21, '1e+21'],
    [Number.POSITIVE_INFINITY, 'Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('%s is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [0, '0 seconds', '0s'],
    [1, '1 millisecond', '1ms'],
    [1500, '1 second 500 milliseconds', '1s500ms'],
    [60_000, '1 minute', '1m'],
    [300_000, '5 minutes', '5m'],
    [5_400_000, '1 hour 30 minutes', '1h30m'],
    [86_400_000, '1 day', '1d'],
    [604_800_000, '7 days', '1w'],
    [2_592_000_000, '30 days', '30d'],
  ])('%d ms is %s, to Prometheus %s', (ms, prose, short) => {
    expect(formatDuration(ms)).toBe(prose);
    expect(prometheusDuration(ms)).toBe(short);
  });

  it('reads back what Prometheus is given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * 365 * 86_400_000 }), (ms) => {
        expect(parseDuration(prometheusDuration(ms))).toEqual({ ms });
      }),
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s', (ms) => {
    expect(() => formatDuration(ms)).toThrow('not a duration');
    expect(() => prometheusDuration(ms)).toThrow('not a duration');
  });

  it('refuses fractions of a millisecond for Prometheus', () => {
    expect(() => prometheusDuration(0.5)).toThrow('not a duration that Prometheus can read: 0.5 ms');
  });

  it.each([
    [{ kind: 'within', ms: 900_000 }, '15 minutes'],
    [{ kind: 'next-business-day' }, 'the next business day'],
    [{ kind: 'review' }, 'the next review'],
  ] as const)('says %j', (time, text) => {
    expect(formatResponseTime(time)).toBe(text);
  });
});

describe('levels', () => {
  it.each([
    ['above', 'above 95 %', 'at most 95 %'],
    ['below', 'below 95 %', 'at least 95 %'],
    ['atLeast', 'at least 95 %', 'below 95 %'],
    ['atMost', 'at most 95 %', 'above 95 %'],
  ] as const)('%s', (direction, bad, good) => {
    expect(formatLevel(direction, amount(95, 'percent'))).toBe(bad);
    expect(formatGoal(direction, amount(95, 'percent'))).toBe(good);
  });

  it.each([
    ['below', 1, 'down', 'up'],
    ['atMost', 0, 'down', 'up'],
    ['atLeast', 1, 'on', 'off'],
    ['above', 0, 'on', 'off'],
  ] as const)('says of a state %s %d that it is %s, and better %s', (direction, level, bad, good) => {
    expect(formatLevel(direction, amount(level, 'state'))).toBe(bad);
    expect(formatGoal(direction, amount(level, 'state'))).toBe(good);
  });
});

describe('the text of alerts', () => {
  it('knows its placeholders and leaves the rest alone', () => {
    expect(parseAlertText('a {value} of {threshold} for {for} on {labels.pod}: {other} {labels.} {Value}')).toEqual([
      { kind: 'text', text: 'a ' },
      { kind: 'value' },
      { kind: 'text', text: ' of ' },
      { kind: 'threshold' },
      { kind: 'text', text: ' for ' },
      { kind: 'for' },
      { kind: 'text', text: ' on ' },
      { kind: 'label', name: 'pod' },
      { kind: 'text', text: ': {other} {labels.} {Value}' },
    ]);
  });

  it('takes what stands in double braces for text', () => {
    expect(parseAlertText('{{value}} {{ $labels.pod }} {{\n{value} }}')).toEqual([
      { kind: 'text', text: '{{value}} {{ $labels.pod }} {{\n{value} }}' },
    ]);
    expect(parseAlertText('{"v":{value}}')).toEqual([
      { kind: 'text', text: '{"v":' },
      { kind: 'value' },
      { kind: 'text', text: '}' },
    ]);
  });

  it('becomes words', () => {
    const values = { value: 'V', threshold: 'T', for: 'F', label: (name: string) => `<${name}>` };
    expect(
      alertTextProse('{value} {{value}} {threshold} {for} {labels.pod} x', values, (text) => text.toUpperCase()),
    ).toBe('V {{VALUE}} T F <pod> X');
  });
});

/** Lets Prometheus fill annotations in for an alert with this value and label, and returns what it printed. */
const renderAnnotations = async (
  templates: readonly string[],
  value: string,
  label: string,
): Promise<readonly string[]> => {
  const promtool = requireTool('promtool');
  const folder = temporaryProject();
  try {
    const annotations = Object.fromEntries(
      templates.map((template, index) => [`a${String(index).padStart(4, '0')}`, template]),
    );
    const rule = { alert: 'A', expr: 'x == x or x != x', annotations };
    const test = {
      interval: '1m',
      input_series: [{ series: `x{pod=${JSON.stringify(label)}}`, values: value }],
      alert_rule_test: [{ eval_time: '0m', alertname: 'A', exp_alerts: [] }],
    };
    // JSON is YAML, and needs no writer of the project.
    folder.write('rules.yml', JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] }));
    folder.write('test.yml', JSON.stringify({ rule_files: ['rules.yml'], tests: [test] }));
    const { stdout, stderr } = await runProcess(promtool, ['test', 'rules', 'test.yml'], { cwd: folder.root });
    const printed = [...`${stdout}${stderr}`.matchAll(/a\d{4}=("(?:[^"\\]|\\.)*")/g)].map(
      ([, text = '""']) => JSON.parse(text) as string,
    );
    expect(printed, `${stdout}${stderr}`).toHaveLength(templates.length);
    return printed;
  } finally {
    folder.remove();
  }
};

describe('valueTemplate, as Prometheus prints it', () => {
  const COLUMNS = ['count', 'per_second', 'per_minute', 'percent', 'milliseconds', 'mebibytes', 'score'] as const;
  const SUFFIXES: Partial<Record<UnitId, string>> = {
    per_second: ' per second',
    per_minute: ' per minute',
    percent: ' %',
    milliseconds: ' ms',
    microseconds: ' µs',
    nanoseconds: ' ns',
    kibibytes: ' KiB',
    mebibytes: ' MiB',
  };

  it.each<[value: string, count: string, measure: string]>([
    ['0', '0', '0'],
    ['0.000278', '0.000278', '0.000278'],
    ['0.04', '0.04', '0.04'],
    ['0.04754', '0.0475', '0.04754'],
    ['0.4', '0.4', '0.4'],
    ['1', '1', '1'],
    ['1.5', '1.5', '1.5'],
    ['5.2632', '5.26', '5.263'],
    ['9.99', '9.99', '9.99'],
    ['10', '10', '10'],
    ['12.6316', '12.6', '12.63'],
    ['99.6', '99.6', '99.6'],
    ['99.97', '100', '99.97'],
    ['100', '100', '100'],
    ['372.7368', '373', '372.7'],
    ['999.94', '1000', '999.9'],
    ['999.97', '1000', '1000'],
    ['1001', '1001', '1001'],
    ['3727.368', '3727', '3727'],
    ['-3727.368', '-3727', '-3727'],
    ['-1.5', '-1.5', '-1.5'],
    ['12345678', '12345678', '12345678'],
    ['1e6', '1000000', '1000000'],
    ['1.2e9', '1200000000', '1200000000'],
    ['123456789012', '123456789012', '123456789012'],
    ['NaN', 'NaN', 'NaN'],
    ['Inf', '+Inf', '+Inf'],
    ['-Inf', '-Inf', '-Inf'],
  ])('%s, where Prometheus has no function for the unit', async (value, count, measure) => {
    const units = [...COLUMNS, 'microseconds', 'nanoseconds', 'kibibytes'] as const;
    const printed = await renderAnnotations(units.map(valueTemplate), value, 'p');
    expect(printed).toEqual(units.map((unit) => `${unit === 'count' ? count : measure}${SUFFIXES[unit] ?? ''}`));
  });

  it.each<[string, Partial<Record<UnitId, string>>]>([
    ['0', { seconds: '0s', bytes: '0B', ratio: '0%', state: 'off', bytes_per_second: '0B per second' }],
    ['0.0475', { seconds: '47.5ms', ratio: '4.75%' }],
    ['0.5', { seconds: '500ms', ratio: '50%', state: '0.5' }],
    ['1', { seconds: '1s', ratio: '100%', state: 'on' }],
    ['-1', { seconds: '-1s', bytes: '-1B', ratio: '-100%', state: '-1' }],
    ['99.6', { seconds: '1m 39s', bytes: '99.6B', ratio: '9960%' }],
    ['3727.368', { seconds: '1h 2m 7s', bytes: '3.64kiB' }],
    ['1234567', { bytes: '1.177MiB', bytes_per_second: '1.177MiB per second' }],
    ['1700000000', { unix_seconds: '2023-11-14 22:13:20 UTC' }],
    ['1700000000.5', { unix_seconds: '2023-11-14 22:13:20.5 UTC' }],
    ['NaN', { seconds: 'NaN', bytes: 'NaNB', ratio: 'NaN%', state: 'NaN', unix_seconds: 'NaN' }],
    ['Inf', { seconds: '+Inf', bytes: '+InfB', ratio: '+Inf%', state: '+Inf', unix_seconds: '+Inf' }],
  ])('%s, where it has one, and states', async (value, expected) => {
    const units = Object.keys(expected) as UnitId[];
    const printed = await renderAnnotations(units.map(valueTemplate), value, 'p');
    expect(Object.fromEntries(units.map((unit, index) => [unit, printed[index]]))).toEqual(expected);
  });
});

describe('alertTextTemplate, as Prometheus prints it', () => {
  const values = { unit: 'seconds', threshold: amount(100, 'milliseconds'), for: 300_000 } as const;

  it.each([
    ['{value} above {threshold} for {for} on {labels.pod}', '1.5s above 100 ms for 5 minutes on <pod>'],
    ['{{ $labels.secret }} {{ end }} {{value}}', '{{ $labels.secret }} {{ end }} {{value}}'],
    ['{ {value}} {{ {value}', '{ 1.5s} {{ 1.5s'],
    ['{{value} {{{labels.pod}', '{1.5s {{<pod>'],
    ['{{{{ {{{ }} }}}', '{{{{ {{{ }} }}}'],
    ['{{"{{"}} {{- /* x */ -}} {{`}}`}}', '{{"{{"}} {{- /* x */ -}} {{`}}`}}'],
    ['quote " \' ` \\ \\n \n | $value $labels é', 'quote " \' ` \\ \\n \n | $value $labels é'],
    ['{unknown} {labels.9} {Value} {', '{unknown} {labels.9} {Value} {'],
  ])('%j', async (text, expected) => {
    expect(await renderAnnotations([alertTextTemplate(text, values)], '1.5', '<pod>')).toEqual([expected]);
  });

  it('prints any text as it is', async () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '{{',
      '}}',
      '{{-',
      '"',
      '`',
      '\\',
      '$',
      '.',
      ' ',
      '\n',
      'a',
      '{value}',
      '{labels.pod}',
      '{threshold}',
      '{for}',
      '/*',
      '*/',
      '|',
    );
    const texts = fc.sample(
      fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join('')),
      { numRuns: 600, seed: 20_240_229 },
    );
    const printed = await renderAnnotations(
      texts.map((text) => alertTextTemplate(text, values)),
      '1.5',
      'pod-1',
    );
    const prose = { value: '1.5s', threshold: '100 ms', for: '5 minutes', label: () => 'pod-1' };
    expect(printed).toEqual(texts.map((text) => alertTextProse(text, prose)));
  });
});
