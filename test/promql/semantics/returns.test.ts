import { describe, expect, it } from 'vitest';
import { explainDead } from '../../../generators/promql/semantics/index.ts';
import { analysed } from './declared.ts';

describe('whether anything is returned', () => {
  it.each([
    // Always
    ['5', 'always'],
    ['vector(5)', 'always'],
    ['time()', 'always'],
    ['hour()', 'always'],
    ['scalar(unknown)', 'always'],
    ['unknown or vector(0)', 'always'],
    ['sum(unknown) or vector(0)', 'always'],
    ['sum by (job) (vector(1))', 'always'],
    ['-vector(1) + 2', 'always'],
    ['vector(1) > 0', 'always'],
    ['vector(1) > bool 2', 'always'],
    ['vector(1) + on () vector(2)', 'always'],
    ['vector(1) and on () vector(2)', 'always'],
    ['absent(unknown{a="1", a="2"})', 'always'],
    ['topk(1, vector(1))', 'always'],
    // Sometimes
    ['unknown', 'sometimes'],
    ['sum(unknown)', 'sometimes'],
    ['absent(unknown)', 'sometimes'],
    ['queue_depth > 5', 'sometimes'],
    ['unknown > 5', 'sometimes'],
    ['queue_depth and up', 'sometimes'],
    ['vector(1) unless unknown', 'sometimes'],
    ['max_over_time(vector(1)[5m:1m])', 'sometimes'],
    ['vector(time()) > 5', 'sometimes'],
    ['limit_ratio(0.5, vector(1))', 'sometimes'],
    ['topk(scalar(limit), vector(1))', 'sometimes'],
    ['vector(0) and (unknown or vector(1))', 'sometimes'],
    ['absent_over_time(vector(1)[5m:1m])', 'sometimes'],
    ['codes{code="404"}', 'sometimes'],
    ['unknown{a=~"x.*", a=~".*y"}', 'sometimes'],
    ['unknown{a=~"x.*|", a=~"y.*|"}', 'sometimes'],
    // Never
    ['queue_depth > 10', 'never'],
    ['queue_depth < 0', 'never'],
    ['queue_depth > 7 < 3', 'never'],
    ['up == 2', 'never'],
    ['up == 0.5', 'never'],
    ['up > 0.5 < 0.7', 'never'],
    ['avg(up) > 1', 'never'],
    ['sum(rate(requests_total[5m])) < 0', 'never'],
    ['vector(1) > 2', 'never'],
    ['vector(NaN) > 0', 'never'],
    ['unknown{a="1", a="2"}', 'never'],
    ['unknown{a="1", a=~"2|3"}', 'never'],
    ['unknown{a="", a=~".+"}', 'never'],
    ['requests_total{status="418"}', 'never'],
    ['requests_total{zone="x"}', 'never'],
    ['requests_total{status=~"3.."}', 'never'],
    ['{__name__="requests_total", __name__!="requests_total"}', 'never'],
    ['latency_seconds', 'never'],
    ['codes{code="600"}', 'never'],
    ['codes{code=~"3.*"}', 'never'],
    ['unknown{a=~"x.*", a=~"y.*"}', 'never'],
    ['unknown{a=~"x.*"} and on (a) other{a=~"y.*"}', 'never'],
    ['unknown{a=~"x.*"} and on (a) other{a="y1"}', 'never'],
    ['sum(requests_total{zone="x"})', 'never'],
    ['absent(vector(1))', 'never'],
    ['topk(0, unknown)', 'never'],
    ['clamp(queue_depth, 5, 1)', 'never'],
    ['histogram_quantile(0.9, sum by (job) (rate(latency_seconds_bucket[5m])))', 'never'],
    ['histogram_count(queue_depth)', 'never'],
    ['max(native_seconds)', 'never'],
    ['native_seconds > 5', 'never'],
    ['queue_depth + requests_total', 'never'],
    ['sum(queue_depth) / queue_depth', 'never'],
    ['sum by (job) (queue_depth) / sum by (queue) (queue_depth)', 'never'],
    ['sum(queue_depth) * on (job) group_right () queue_depth', 'never'],
    ['queue_depth{job="api"} and on (job) queue_depth{job="web"}', 'never'],
    ['unknown{a="x"} / on (a) other{a="y"}', 'never'],
    ['vector(1) unless on () vector(2)', 'never'],
  ])('%s: %s', (query, returns) => {
    expect(analysed(query).returns).toBe(returns);
  });
});

describe('parts without effect', () => {
  it.each<[string, readonly (readonly [string, string])[]]>([
    ['queue_depth unless sum(up)', [['unless-removes-nothing', 'sum(up)']]],
    [
      'queue_depth unless on (job) sum by (queue) (queue_depth)',
      [['unless-removes-nothing', 'sum by (queue) (queue_depth)']],
    ],
    ['queue_depth unless on () vector(1)', [['unless-removes-everything', 'queue_depth unless on () vector(1)']]],
    ['queue_depth unless on (job) up', []],
    ['vector(0) or sum(up)', [['or-never-used', 'sum(up)']]],
    ['vector(0) or on () up', [['or-never-used', 'up']]],
    ['vector(0) or up', []],
    ['sum(up) or vector(0)', []],
    ['absent(vector(1))', [['never-absent', 'absent(vector(1))']]],
    ['absent(up or vector(1))', [['never-absent', 'absent(up or vector(1))']]],
    ['up == 2', [['never-true', 'up == 2']]],
    ['up == bool 2', []],
    ['sum(requests_total{zone="x"} > 5) or up', [['no-series', 'requests_total{zone="x"}']]],
    ['queue_depth + requests_total', [['never-matches', 'queue_depth + requests_total']]],
    ['max(native_seconds)', [['no-samples', 'max(native_seconds)']]],
    ['latency_seconds > 1', [['no-series', 'latency_seconds']]],
    ['queue_depth / queue_depth', []],
  ])('%s: %j', (query, expected) => {
    const { dead } = analysed(query);
    expect(dead.map(({ code, span }) => [code, query.slice(span.from, span.to)])).toEqual(expected);
  });

  it.each([
    [
      'requests_total{status="418"}',
      'no series can be selected: the label "status" has to be there as one of "200", "404", "500" (requests_total is declared so) and has to be there as "418" (of the matcher status="418")',
    ],
    [
      'sum(queue_depth) / queue_depth',
      'the two sides never match: the label "queue" cannot be there (sum without by or without removes every label) and has to be there as one of "a", "b" (queue_depth is declared so)',
    ],
    ['up == 2', 'the comparison never holds, because no value satisfies =='],
  ])('%s is explained', (query, sentence) => {
    expect(analysed(query).dead.map(explainDead)).toContain(sentence);
  });
});

describe('how many series there are', () => {
  it.each([
    ['sum(unknown)', true],
    ['absent(unknown)', true],
    ['topk(1, unknown)', true],
    ['topk by (job) (1, unknown)', false],
    ['topk(2, unknown)', false],
    ['vector(1) * 2', true],
    ['limit', true],
    ['up', false],
    ['queue_depth{job="api", instance="a", queue="b"}', true],
    ['queue_depth{job="api"}', false],
    ['sum by (job) (queue_depth{job="api"})', true],
    ['sum(up) + sum(up)', true],
    ['queue_depth * on () group_left () sum(up)', false],
    ['sum(up) or vector(0)', true],
    ['sum(up) or limit', true],
    ['sum(up) or up', false],
    ['sum(up) and unknown', true],
    ['max_over_time(topk(1, unknown)[5m:1m])', false],
    ['max_over_time(sum(unknown)[5m:1m])', true],
  ])('%s: at most one? %s', (query, single) => {
    expect(analysed(query).single).toBe(single);
  });
});

describe('conditions', () => {
  it.each([
    ['up', false],
    ['up == 0', true],
    ['up == bool 0', false],
    ['sum(up == 0)', true],
    ['count(up == 0) or vector(0)', false],
    ['absent(up)', true],
    ['up and queue_depth > 5', true],
    ['up and queue_depth', false],
    ['up unless queue_depth', true],
    ['up or queue_depth > 5', false],
    ['up == 0 or absent(up)', true],
    ['queue_depth / (up > 0)', true],
    ['scalar(up == 0)', false],
    ['vector(1)', false],
  ])('%s: conditional? %s', (query, conditional) => {
    expect(analysed(query).conditional).toBe(conditional);
  });

  it.each([
    ['queue_depth > 5', '>', 5, 'queue_depth', 'sometimes'],
    ['5 < queue_depth', '>', 5, 'queue_depth', 'sometimes'],
    ['queue_depth > 2 + 3', '>', 5, 'queue_depth', 'sometimes'],
    ['queue_depth > on () group_left () vector(5)', '>', 5, 'queue_depth', 'sometimes'],
    ['queue_depth >= 0', '>=', 0, 'queue_depth', 'always'],
    ['queue_depth > 10', '>', 10, 'queue_depth', 'never'],
    ['queue_depth > heap_bytes', '>', undefined, 'queue_depth', 'sometimes'],
    ['(queue_depth > 5) and on (job) up', '>', 5, 'queue_depth', 'sometimes'],
    ['sort(queue_depth > 5)', '>', 5, 'queue_depth', 'sometimes'],
    ['queue_depth > bool 5', '>', 5, 'queue_depth', 'sometimes'],
  ])('%s: %s %s', (query, op, value, subject, outcome) => {
    const { condition } = analysed(query);
    const text = condition && query.slice(condition.subject.span.from, condition.subject.span.to);
    expect([condition?.op, condition?.value, text, condition?.outcome]).toEqual([op, value, subject, outcome]);
  });

  it.each(['sum(queue_depth > 5)', 'abs(queue_depth > 5)', '(queue_depth > 5) * 2', 'queue_depth'])(
    '%s has none of its own',
    (query) => {
      expect(analysed(query).condition).toBeUndefined();
    },
  );
});

describe('raw counters', () => {
  it.each([
    ['requests_total', true],
    ['sum by (job) (requests_total)', true],
    ['requests_total > 100', true],
    ['requests_total * 2', true],
    ['max_over_time(requests_total[5m])', true],
    ['latency_seconds_bucket', true],
    ['label_replace(requests_total, "a", "b", "c", "d")', true],
    ['rate(requests_total[5m])', false],
    ['increase(requests_total[5m])', false],
    ['delta(requests_total[5m])', false],
    ['count(requests_total)', false],
    ['changes(requests_total[5m])', false],
    ['requests_total > bool 100', false],
    ['latency_seconds_sum / latency_seconds_count', false],
    ['queue_depth', false],
    ['queue_depth and on (job) requests_total', false],
    ['queue_depth > on (job) group_left () sum by (job) (requests_total)', false],
    ['unknown_total', false],
  ])('%s: %s', (query, cumulative) => {
    expect(analysed(query).cumulative !== undefined).toBe(cumulative);
  });
});

describe('the match of two sides', () => {
  it.each([
    ['queue_depth / queue_depth', 'sometimes', true, true],
    ['queue_depth / on (job) queue_depth', 'sometimes', false, false],
    ['queue_depth * on (job) group_left () sum by (job) (up)', 'sometimes', false, true],
    ['queue_depth * on (job, instance) group_left () build_info', 'sometimes', false, false],
    ['queue_depth * on (job, instance) group_left () build_info{version="1"}', 'sometimes', false, true],
    ['queue_depth * on (job) group_left () up', 'sometimes', false, false],
    ['queue_depth * on (job, instance) group_left () unknown', 'sometimes', false, false],
    ['unknown / ignoring () unknown', 'sometimes', true, true],
    ['unknown / ignoring (a) unknown', 'sometimes', false, false],
    ['unknown{a="1"} / ignoring (a) unknown{a="2"}', 'sometimes', true, true],
    ['unknown / on () group_left () sum(up)', 'always', false, true],
    ['sum(up) / sum(queue_depth)', 'always', true, true],
    ['sum(up) / queue_depth', 'never', true, true],
    ['{job="api"} / {job="api"}', 'sometimes', false, false],
  ])('%s: %s, left unique %s, right unique %s', (query, matches, leftUnique, rightUnique) => {
    const { join } = analysed(query);
    expect([join?.matches, join?.leftUnique, join?.rightUnique]).toEqual([matches, leftUnique, rightUnique]);
  });
});
