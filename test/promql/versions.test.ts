import { describe, expect, it } from 'vitest';
import { SYNTAX_FEATURES } from '../../generators/promql/features.ts';
import { ALL_FUNCTIONS, FUNCTIONS } from '../../generators/promql/functions.ts';
import { check, parse } from '../../generators/promql/parse.ts';
import type { Target } from '../../generators/promql/versions.ts';
import { compareVersions, isAtLeast, isTarget, LATEST, parseVersion } from '../../generators/promql/versions.ts';

const errorsFor = (text: string, prometheus: Target) =>
  parse(text, { target: { prometheus } }).errors.map(({ from, to, message }) => `${text.slice(from, to)}: ${message}`);

describe('versions', () => {
  it.each([
    ['2.42', { major: 2, minor: 42 }],
    ['v3.5.1', { major: 3, minor: 5 }],
    ['3', { major: 3, minor: 0 }],
    ['latest', LATEST],
  ])('%s is read', (text, version) => expect(parseVersion(text)).toEqual(version));

  it.each(['', 'new', '2.', '2.x', '-1', '2.42-rc.1', ' 2.42'])('%j is none', (text) =>
    expect(isTarget(text)).toBe(false),
  );

  it('are ordered by number, not by text', () => {
    expect(compareVersions({ major: 2, minor: 9 }, { major: 2, minor: 42 })).toBeLessThan(0);
    expect(isAtLeast({ major: 3, minor: 0 }, '2.55')).toBe(true);
    expect(isAtLeast({ major: 2, minor: 55 }, '3.0')).toBe(false);
  });

  it('have to be versions', () => {
    expect(() => parse('up', { target: { prometheus: 'new' as Target } })).toThrow(RangeError);
  });
});

/** What is newer than 2.35: the first version that takes it, and the last one that does not. */
const NEWER: readonly (readonly [text: string, since: Target, before: Target])[] = [
  ['day_of_year()', '2.36', '2.35'],
  ['histogram_count(a)', '2.40', '2.39'],
  ['histogram_stddev(a)', '2.47', '2.46'],
  ['mad_over_time(a[5m])', '2.49', '2.48'],
  ['sort_by_label(a, "b")', '2.49', '2.48'],
  ['{"a.b"}', '2.51', '2.50'],
  ['{"a.b"="c"}', '2.51', '2.50'],
  ['{"a"="c"}', '2.51', '2.50'],
  ['histogram_avg(a)', '2.51', '2.50'],
  ['a[300]', '2.54', '2.53'],
  ['a[1h:60]', '2.54', '2.53'],
  ['a offset 60', '2.54', '2.53'],
  ['a > 5m', '2.54', '2.53'],
  ['a @ 5m', '2.54', '2.53'],
  ['a > 1_000', '2.54', '2.53'],
  ['a @ 1_000', '2.54', '2.53'],
  ['limitk(1, a)', '2.54', '2.53'],
  ['limit_ratio(0.1, a)', '2.54', '2.53'],
  ['sum by ("a") (b)', '2.55', '2.54'],
  ['info(a)', '2.55', '2.54'],
  ['sum by ("a.b") (c)', '3.0', '2.55'],
  ['sum by (a:b) (c)', '3.0', '2.55'],
  ['a * on ("a.b") group_left ("c.d") b', '3.0', '2.55'],
  ['double_exponential_smoothing(a[5m], 1, 2)', '3.0', '2.55'],
  ['a offset +5m', '3.4', '3.3'],
  ['a offset 0s', '3.4', '3.3'],
  ['a > 0s', '3.4', '3.3'],
  ['a[+5m]', '3.4', '3.3'],
  ['a[5m + 1m]', '3.4', '3.3'],
  ['a[(5m)]', '3.4', '3.3'],
  ['a offset -(5m)', '3.4', '3.3'],
  ['ts_of_max_over_time(a[5m])', '3.5', '3.4'],
  ['a[step()]', '3.6', '3.5'],
  ['a anchored', '3.7', '3.6'],
  ['rate(a[5m] smoothed)', '3.7', '3.6'],
  ['first_over_time(a[5m])', '3.7', '3.6'],
  ['a offset range()', '3.10', '3.9'],
  ['a + fill(0) b', '3.10', '3.9'],
  ['a </ 1', '3.11', '3.10'],
  ['histogram_quantiles(a, "q", 0.5)', '3.11', '3.10'],
  ['vector(step())', '3.12', '3.11'],
  ['a[min_of(5m, 1h)]', '3.13', '3.12'],
  ['vector(max_of(1, 2))', '3.13', '3.12'],
  ['start_timestamp(a)', '3.14', '3.13'],
];

describe('an older target', () => {
  it.each(NEWER)('%s needs %s', (text, since, before) => {
    expect(errorsFor(text, since)).toEqual([]);
    expect(errorsFor(text, 'latest')).toEqual([]);
    const errors = errorsFor(text, before);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toContain(`needs Prometheus ${since} or later, the target is ${before}`);
  });

  it('names each use and its place', () => {
    expect(errorsFor('mad_over_time(a[300]) + fill(0) limitk(1, b offset 60)', '2.42')).toEqual([
      'mad_over_time: the function mad_over_time needs Prometheus 2.49 or later, the target is 2.42',
      '300: a number used as a duration needs Prometheus 2.54 or later, the target is 2.42',
      'fill(0): a fill modifier needs Prometheus 3.10 or later, the target is 2.42',
      'limitk(1, b offset 60): a limitk or limit_ratio aggregation needs Prometheus 2.54 or later, the target is 2.42',
      '60: a number used as a duration needs Prometheus 2.54 or later, the target is 2.42',
    ]);
  });

  it('keeps the errors of the types', () => {
    expect(errorsFor('rate(a) > 1_0', '2.42')).toEqual([
      'a: expected type range vector in call to function "rate", got instant vector',
      '1_0: an underscore in a number needs Prometheus 2.54 or later, the target is 2.42',
    ]);
  });

  it.each([
    'sum by (job) (rate(a{b=~"c.*"}[5m] offset -1h)) > on (d) group_left (e) b',
    'sum_over_time(a[1h:5m] @ end())',
    'topk(5, holt_winters(a[5m], 0.5, 0.5)) atan2 1',
    'limitk + step + fill + anchored{range="1"}',
    'sum by (limitk, step, fill_left, smoothed, max_of) (a)',
    'a @ +5',
  ])('takes %s as ever', (text) => expect(errorsFor(text, '2.42')).toEqual([]));

  it('has the functions that were removed since', () => {
    expect(errorsFor('holt_winters(a[5m], 0.5, 0.5)', '2.55')).toEqual([]);
    for (const target of ['3.0', 'latest'] as const) {
      expect(errorsFor('holt_winters(a[5m], 0.5, 0.5)', target)).toEqual([
        'holt_winters: unknown function with name "holt_winters"',
      ]);
    }
  });
});

describe('experimental uses', () => {
  it.each([
    ['mad_over_time(a[5m])', 'latest', 'promql-experimental-functions'],
    ['limitk(1, a)', '2.54', 'promql-experimental-functions'],
    ['a + fill(0) b', 'latest', 'promql-binop-fill-modifiers'],
    ['a anchored', 'latest', 'promql-extended-range-selectors'],
    ['a[5m * 2]', '3.13', 'promql-duration-expr'],
    ['a[step()]', '3.6', 'promql-duration-expr'],
    ['first_over_time(a[5m])', '3.13', 'promql-experimental-functions'],
  ] as const)('%s on %s needs %s', (text, prometheus, flag) => {
    const result = check(text, { target: { prometheus } });
    expect(result.valid).toBe(true);
    expect(result.experimental.map((use) => use.flag)).toEqual([flag]);
  });

  it.each([
    ['a[5m * 2]', '3.14'],
    ['first_over_time(a[5m])', '3.14'],
    ['a </ 1', 'latest'],
    ['rate(a[5m])', 'latest'],
  ] as const)('%s on %s needs no flag', (text, prometheus) => {
    expect(check(text, { target: { prometheus } }).experimental).toEqual([]);
  });

  it('are not listed for what the target does not have', () => {
    const { valid, type, experimental } = check('mad_over_time(a[5m])', { target: { prometheus: '2.42' } });
    expect({ valid, type, experimental }).toEqual({ valid: false, type: 'vector', experimental: [] });
    expect(check('(')).toMatchObject({ valid: false, experimental: [] });
  });
});

describe('the tables', () => {
  it.each([...ALL_FUNCTIONS.values()].map((info) => [info.name, info] as const))('describe %s', (name, info) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(isTarget(info.since)).toBe(true);
    expect(info.variadic).toBeGreaterThanOrEqual(-1);
    if (info.variadic !== 0) expect(info.args.length).toBeGreaterThan(0);
    if (info.until !== undefined) expect(FUNCTIONS.has(name)).toBe(false);
    if (info.renamedTo !== undefined) expect(FUNCTIONS.has(info.renamedTo)).toBe(true);
  });

  it('count the functions of Prometheus 3.15', () => {
    expect(FUNCTIONS.size).toBe(90);
    expect(ALL_FUNCTIONS.size - FUNCTIONS.size).toBe(1);
  });

  it.each(Object.entries(SYNTAX_FEATURES))('date %s', (_, { since, name }) => {
    expect(isTarget(since)).toBe(true);
    expect(name).not.toBe('');
  });
});
