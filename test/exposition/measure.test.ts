import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Run } from '../../generators/exposition/measure.ts';
import { measure } from '../../generators/exposition/measure.ts';
import { parseExposition } from '../../generators/exposition/parse.ts';
import { parse } from '../../generators/promql/parse.ts';
import { queryWithPromtool } from '../support/promtool-query.ts';
import { requireTool } from '../support/tools.ts';

const runOf = (after: string, before = '', seconds = 10): Run => ({
  seconds,
  targets: [
    { job: 'shop', instance: 'a', before: parseExposition(before, 'text'), after: parseExposition(after, 'text') },
  ],
});

const valuesOf = (text: string, run: Run): unknown => {
  const { expr } = parse(text);
  if (!expr) throw new Error(`${text} does not parse`);
  return measure(expr, run)?.map(({ labels, value }) => [labels, value]);
};

const BEFORE = 'requests_total{status="200"} 10\nrequests_total{status="500"} 5\n';
const AFTER = 'requests_total{status="200"} 110\nrequests_total{status="500"} 5\nrequests_total{status="404"} 20\n';

describe('a query over one run', () => {
  test.each([
    ['sum(rate(requests_total[5m]))', [[{}, 12]]],
    ['sum(increase(requests_total{job="shop"}[5m]))', [[{}, 120]]],
    ['sum(rate(requests_total{job="other"}[5m])) or vector(0)', [[{}, 0]]],
    ['sum(rate(requests_total{status=~"5.."}[5m])) / sum(rate(requests_total[5m]))', [[{}, 0]]],
    [
      'sum by (status) (rate(requests_total{status!~"5.."}[5m]))',
      [
        [{ status: '200' }, 10],
        [{ status: '404' }, 2],
      ],
    ],
    ['max without (instance, job) (rate(requests_total{status="200"}[5m]) > 1)', [[{ status: '200' }, 10]]],
    ['sum(rate(requests_total[5m])) > 100', []],
    ['rate(requests_total{status="200"}[5m]) * 60', [[{ status: '200', job: 'shop', instance: 'a' }, 600]]],
    ['1 - sum(rate(requests_total{status="200"}[5m])) / 100', [[{}, 0.9]]],
    [
      'sum by (status) (rate(requests_total[5m])) unless on (status) sum by (status) (rate(requests_total{status="404"}[5m]))',
      [
        [{ status: '200' }, 10],
        [{ status: '500' }, 0],
      ],
    ],
    ['count(rate(requests_total[5m]))', [[{}, 3]]],
  ])('%s', (query, expected) => {
    expect(valuesOf(query, runOf(AFTER, BEFORE))).toEqual(expected);
  });

  test.each([
    'requests_total',
    'sum(rate(requests_total[5m] offset 1h))',
    'deriv(requests_total[5m])',
    'max_over_time(requests_total[5m])',
    'time() - requests_total',
    'topk(3, rate(requests_total[5m]))',
  ])('%s cannot be told from two scrapes', (query) => {
    expect(valuesOf(query, runOf(AFTER, BEFORE))).toBeUndefined();
  });

  test.each([
    ['sum(busy)', 'after', [[{}, 9]]],
    ['sum(busy)', 'before', [[{}, 4]]],
    ['sum by (pool) (busy{pool="a"}) / (sum by (pool) (busy{pool=~"a|b"}) > 0)', 'after', [[{ pool: 'a' }, 1]]],
    ['busy{job="other"}', 'after', []],
    ['up{job="shop"}', 'after', []],
  ] as const)('%s is a gauge, %s the run', (query, moment, expected) => {
    const type = '# TYPE busy gauge\n';
    const { expr } = parse(query);
    const found =
      expr && measure(expr, runOf(`${type}busy{pool="a"} 7\nbusy{pool="b"} 2\n`, `${type}busy{pool="a"} 4\n`), moment);
    expect(found?.map(({ labels, value }) => [labels, value])).toEqual(expected);
  });

  test('a counter that began anew counts from zero', () => {
    expect(valuesOf('sum(increase(requests_total[5m]))', runOf('requests_total 3\n', 'requests_total 100\n'))).toEqual([
      [{}, 3],
    ]);
  });

  test('a quantile of nothing is no number', () => {
    const text = 'd_bucket{le="1"} 0\nd_bucket{le="+Inf"} 0\n';
    expect(valuesOf('histogram_quantile(0.95, sum by (le) (rate(d_bucket[5m])))', runOf(text))).toEqual([[{}, NaN]]);
  });

  test('Prometheus gives the same for counters that grow evenly', async () => {
    const promtool = requireTool('promtool');
    const bounds = ['0.005', '0.01', '0.1', '1', '+Inf'];
    const growths = fc.sample(fc.array(fc.nat(40), { minLength: 5, maxLength: 5 }), { numRuns: 25, seed: 3 });
    const queries = [
      'histogram_quantile(0.95, sum by (le) (rate(d_bucket{job="shop"}[5m])))',
      'histogram_quantile(0.5, sum by (le) (rate(d_bucket[5m])))',
      'sum(rate(d_bucket{le="0.01"}[5m])) / sum(rate(d_bucket{le="+Inf"}[5m]))',
      'sum(increase(d_bucket{le=~"0.*"}[5m]))',
    ];
    const groups = growths.map((steps) => {
      let total = 0;
      const perMinute = steps.map((step) => (total += step));
      return {
        perMinute,
        series: bounds.map((le, index) => ({
          name: 'd_bucket',
          labels: { job: 'shop', instance: 'a', le },
          values: Array.from({ length: 6 }, (_, minute) => minute * (perMinute[index] ?? 0)),
        })),
      };
    });
    const answers = await queryWithPromtool(
      promtool,
      groups.map(({ series }) => ({ series, at: 5, queries })),
    );
    groups.forEach(({ perMinute }, index) => {
      const after = bounds.map((le, bucket) => `d_bucket{le="${le}"} ${5 * (perMinute[bucket] ?? 0)}\n`).join('');
      queries.forEach((query, number) => {
        const answer = answers[index]?.[number];
        if (!answer || 'error' in answer) throw new Error(`promtool could not answer ${query}`);
        const ours = measure(
          parse(query).expr ?? { kind: 'number', value: 0, span: { from: 0, to: 0 } },
          runOf(after, '', 300),
        );
        const theirs = answer.samples[0]?.value ?? NaN;
        const own = ours?.[0]?.value ?? NaN;
        if (Number.isNaN(theirs)) expect(own).toBeNaN();
        else expect(own).toBeCloseTo(theirs, 9);
      });
    });
  });
});
