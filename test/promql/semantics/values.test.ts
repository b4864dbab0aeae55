import { describe, expect, it } from 'vitest';
import type { ValueRange } from '../../../generators/promql/semantics/index.ts';
import { constantOf } from '../../../generators/promql/semantics/index.ts';
import { analysed } from './declared.ts';

/** `[0, 5) NaN int ~`: bounds, whether NaN and only whole numbers are possible, `~` for bounds subject to rounding. */
function interval({ min, max, minOpen, maxOpen, nan, integer, exact }: ValueRange): string {
  const bound = (value: number): string => (Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'oo'));
  const bounds = min > max ? 'none' : `${minOpen ? '(' : '['}${bound(min)}, ${bound(max)}${maxOpen ? ')' : ']'}`;
  return [bounds, nan ? 'NaN' : '', integer ? 'int' : '', exact ? '' : '~'].filter((part) => part !== '').join(' ');
}

describe('the range of the values', () => {
  it.each([
    // Metrics
    ['unknown', '[-oo, oo] NaN'],
    ['queue_depth', '[0, 10]'],
    ['requests_total', '[0, oo)'],
    ['latency_seconds_bucket', '[0, oo)'],
    ['latency_seconds_sum', '[-oo, oo] NaN'],
    ['probe_up', '[0, 1] int'],
    ['up', '[0, 1] int'],
    ['rpc_seconds', '[-oo, oo] NaN'],
    ['build_info', '[1, 1] int'],
    // Functions over time
    ['rate(requests_total[5m])', '[0, oo]'],
    ['rate(unknown[5m])', '[-oo, oo] NaN'],
    ['delta(queue_depth[5m])', '[-oo, oo]'],
    ['idelta(queue_depth[5m])', '[-10, 10]'],
    ['avg_over_time(queue_depth[5m])', '[0, 10] ~'],
    ['avg_over_time(up[5m])', '[0, 1]'],
    ['sum_over_time(queue_depth[5m])', '[0, oo]'],
    ['max_over_time(queue_depth[5m])', '[0, 10]'],
    ['changes(unknown[5m])', '[0, oo) int'],
    ['count_over_time(unknown[5m])', '[1, oo) int'],
    ['present_over_time(unknown[5m])', '[1, 1] int'],
    ['stddev_over_time(queue_depth[5m])', '[0, oo]'],
    ['quantile_over_time(0.5, queue_depth[5m])', '[0, 10] ~'],
    ['quantile_over_time(2, queue_depth[5m])', '[oo, oo]'],
    // Functions of a value
    ['abs(temperature)', '[0, oo] NaN'],
    ['abs(queue_depth - 20)', '[10, 20]'],
    ['ceil(queue_depth)', '[0, 10] int'],
    ['round(queue_depth, 5)', '[0, 10]'],
    ['sgn(queue_depth)', '[0, 1] int'],
    ['sqrt(queue_depth)', '[0, 3.1622776601683795]'],
    ['sqrt(unknown)', '[-0, oo] NaN'],
    ['exp(queue_depth * 0)', '[1, 1] ~'],
    ['ln(queue_depth)', '[-oo, 2.302585092994046] ~'],
    ['sin(unknown)', '[-1, 1] NaN'],
    ['clamp(unknown, 0, 5)', '[0, 5] NaN'],
    ['clamp_min(queue_depth, 3)', '[3, 10]'],
    ['clamp_max(queue_depth, 3)', '[0, 3]'],
    ['hour()', '[0, 23] int'],
    ['timestamp(unknown)', '(-oo, oo)'],
    ['absent(unknown)', '[1, 1] int'],
    ['scalar(queue_depth)', '[0, 10] NaN'],
    ['scalar(vector(3))', '[3, 3] int'],
    ['histogram_quantile(0.9, latency_seconds_bucket)', '[0, 1] NaN'],
    ['histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket{le!="1", le!="1.0"}[5m])))', '[0, 0.5] NaN'],
    ['histogram_quantile(95, latency_seconds_bucket)', '[oo, oo]'],
    ['histogram_quantile(0.9, latency_seconds_bucket{le="+Inf"})', 'none NaN'],
    ['histogram_quantile(0.9, native_seconds)', '[-oo, oo] NaN'],
    ['histogram_quantile(0.9, unknown)', '[-oo, oo] NaN'],
    ['histogram_fraction(0, 1, latency_seconds_bucket)', '[-1, 1] NaN ~'],
    // Aggregations
    ['sum(queue_depth)', '[0, oo]'],
    ['sum(up)', '[0, oo] int'],
    ['avg(up)', '[0, 1]'],
    ['avg(queue_depth)', '[0, 10] ~'],
    ['min(queue_depth)', '[0, 10]'],
    ['count(unknown)', '[1, oo) int'],
    ['count(sum(unknown))', '[1, 1] int'],
    ['group(unknown)', '[1, 1] int'],
    ['stddev(queue_depth)', '[0, oo]'],
    ['quantile(0.5, queue_depth)', '[0, 10] ~'],
    ['quantile(-1, queue_depth)', '[-oo, -oo]'],
    ['count_values("v", unknown)', '[1, oo) int'],
    // Arithmetic
    ['queue_depth * 2 + 1', '[1, 21]'],
    ['-queue_depth', '[-10, -0]'],
    ['1 - hit_ratio', '[0, 1]'],
    ['queue_depth / limit', '[0, 2]'],
    ['1 / hit_ratio', '[1, oo]'],
    ['-1 / hit_ratio', '[-oo, -1]'],
    ['hit_ratio / hit_ratio', '[0, 1] NaN ~'],
    ['rate(errors_total[5m]) / rate(requests_total[5m])', '[0, oo] NaN'],
    ['queue_depth % 3', '[0, 3]'],
    ['queue_depth ^ 2', '[0, 100] ~'],
    ['2 ^ 10', '[1024, 1024] int'],
    ['unknown atan2 unknown', '[-3.141592653589793, 3.141592653589793] NaN'],
    // Shares
    ['sum(rate(requests_total{status="500"}[5m])) / sum(rate(requests_total[5m]))', '[0, 1] NaN ~'],
    ['sum by (job) (rate(requests_total{status="500"}[5m])) / sum by (job) (rate(requests_total[5m]))', '[0, 1] NaN ~'],
    ['sum by (job, status) (requests_total) / on (job) group_left () sum by (job) (requests_total)', '[0, 1] NaN ~'],
    [
      'sum by (job, status) (requests_total) / ignoring (status) group_left () sum by (job) (requests_total)',
      '[0, 1] NaN ~',
    ],
    ['count(queue_depth > 5) / count(queue_depth)', '[0, 1] ~'],
    ['sum(rate(requests_total{status="500"}[5m])) / sum(rate(requests_total[1m]))', '[0, oo] NaN'],
    ['sum(rate(requests_total[5m])) / sum(rate(requests_total{status="500"}[5m]))', '[0, oo] NaN'],
    ['sum by (job) (requests_total) / on (job) sum by (job, status) (requests_total)', '[0, oo] NaN'],
    ['sum(temperature{zone="x"}) / sum(temperature)', '[-oo, oo] NaN'],
    ['(sum(rate(requests_total{status="500"}[5m])) or vector(0)) / sum(rate(requests_total[5m]))', '[0, 1] NaN ~'],
    ['(sum(rate(requests_total{status="500"}[5m])) or vector(1)) / sum(rate(requests_total[5m]))', '[0, oo] NaN'],
    ['heap_bytes / (heap_bytes + age_seconds)', '[0, 1] NaN ~'],
    ['heap_bytes / (age_seconds + heap_bytes)', '[0, 1] NaN ~'],
    ['heap_bytes / (heap_bytes + unknown)', '[-oo, oo] NaN'],
    ['heap_bytes / on (job) (heap_bytes + age_seconds)', '[0, oo] NaN'],
    ['sum(rate(requests_total{status="500"}[5m] offset 1h)) / sum(rate(requests_total[5m]))', '[0, oo] NaN'],
    // Comparisons
    ['queue_depth > 5', '(5, 10]'],
    ['queue_depth >= 5 < 7', '[5, 7)'],
    ['5 < queue_depth', '(5, 10]'],
    ['queue_depth == 5', '[5, 5] int'],
    ['queue_depth != 0', '(0, 10]'],
    ['up != 0', '[1, 1] int'],
    ['up > 0', '[1, 1] int'],
    ['unknown > 5', '(5, oo]'],
    ['unknown != 5', '[-oo, oo] NaN'],
    ['queue_depth > limit', '(5, 10]'],
    ['queue_depth > bool 5', '[0, 1] int'],
    ['queue_depth >= bool 0', '[1, 1] int'],
    ['1 > bool 2', '[0, 0] int'],
    // Set operators
    ['queue_depth and up', '[0, 10]'],
    ['queue_depth or vector(-1)', '[-1, 10]'],
    ['sum(queue_depth) or vector(0)', '[0, oo]'],
    ['queue_depth + on (job, queue) fill (20) sum by (job, queue) (queue_depth)', '[0, oo]'],
  ])('%s is in %s', (query, expected) => {
    expect(interval(analysed(query).value)).toBe(expected);
  });

  it.each([
    ['vector(5)', 5],
    ['2 * 3 + 1', 7],
    ['queue_depth', undefined],
    ['absent(unknown)', 1],
    ['vector(NaN)', NaN],
    ['clamp(unknown > 0, 5, 5)', 5],
  ])('%s is the constant %s', (query, value) => {
    expect(constantOf(analysed(query).value)).toBe(value);
  });
});

describe('samples', () => {
  it.each([
    ['queue_depth', 'float'],
    ['native_seconds', 'histogram'],
    ['unknown', 'either'],
    ['rate(native_seconds[5m])', 'histogram'],
    ['sum(native_seconds)', 'histogram'],
    ['count(native_seconds)', 'float'],
    ['histogram_count(native_seconds)', 'float'],
    ['native_seconds * 2', 'histogram'],
    ['native_seconds == bool native_seconds', 'float'],
    ['native_seconds or queue_depth', 'either'],
  ])('of %s are %s', (query, samples) => {
    expect(analysed(query).samples).toBe(samples);
  });
});
