import { describe, expect, it } from 'vitest';
import { unitOf } from '../../../generators/promql/semantics/index.ts';
import { METRICS, parsed } from './declared.ts';

const analysed = (query: string) => unitOf(parsed(query), METRICS);

/** `seconds`, or the powers where no declared unit fits: `s-1 b2`; `?` when nothing is known. */
function unitText(query: string): string {
  const { unit, quantity } = analysed(query);
  if (unit !== undefined) return unit;
  if (quantity === undefined) return '?';
  const { seconds, bytes, tag, factor } = quantity;
  const parts = [tag === 'none' ? '' : tag, seconds === 0 ? '' : `s${seconds}`, bytes === 0 ? '' : `b${bytes}`];
  return [...parts.filter((part) => part !== ''), factor === undefined ? 'x?' : `x${factor}`].join(' ');
}

describe('the unit of an expression', () => {
  it.each([
    // Metrics
    ['requests_total', 'count'],
    ['latency_seconds_bucket', 'count'],
    ['latency_seconds_count', 'count'],
    ['latency_seconds_sum', 'seconds'],
    ['rpc_seconds', 'seconds'],
    ['heap_bytes', 'bytes'],
    ['started', 'unix_seconds'],
    ['up', 'state'],
    ['scrape_duration_seconds', 'seconds'],
    ['unknown', '?'],
    ['{__name__=~"queue_depth|limit"}', 'count'],
    ['{__name__=~"queue_depth|heap_bytes"}', '?'],
    // Rates
    ['rate(requests_total[5m])', 'per_second'],
    ['rate(sent_bytes_total[5m])', 'bytes_per_second'],
    ['rate(cpu_seconds_total[5m])', 'ratio'],
    ['deriv(heap_bytes[5m])', 'bytes_per_second'],
    ['increase(requests_total[5m])', 'count'],
    ['increase(sent_bytes_total[5m])', 'bytes'],
    ['delta(heap_bytes[5m])', 'bytes'],
    ['delta(started[5m])', 'seconds'],
    ['rate(latency_seconds_bucket[5m])', 'per_second'],
    ['changes(heap_bytes[5m])', 'count'],
    // Over time and over series
    ['avg_over_time(heap_bytes[5m])', 'bytes'],
    ['stddev_over_time(heap_bytes[5m])', 'bytes'],
    ['stdvar_over_time(heap_bytes[5m])', 'b2 x1'],
    ['avg_over_time(up[5m])', 'ratio'],
    ['sum(heap_bytes)', 'bytes'],
    ['max by (job) (heap_bytes)', 'bytes'],
    ['count(heap_bytes)', 'count'],
    ['sum(up)', 'count'],
    ['avg(up)', 'ratio'],
    ['min(up)', 'state'],
    ['topk(3, heap_bytes)', 'bytes'],
    ['group(heap_bytes)', 'state'],
    ['count_values("v", heap_bytes)', 'count'],
    ['sum(started)', '?'],
    ['max(started)', 'unix_seconds'],
    // Histograms
    ['histogram_quantile(0.9, latency_seconds_bucket)', 'seconds'],
    ['histogram_quantile(0.9, sum by (le, job) (rate(latency_seconds_bucket[5m])))', 'seconds'],
    ['histogram_quantile(0.9, rate(native_seconds[5m]))', 'seconds'],
    ['histogram_avg(rate(native_seconds[5m]))', 'seconds'],
    ['histogram_count(rate(native_seconds[5m]))', 'per_second'],
    ['histogram_sum(rate(native_seconds[5m]))', 'ratio'],
    ['histogram_sum(increase(native_seconds[5m]))', 'seconds'],
    ['histogram_fraction(0, 0.1, latency_seconds_bucket)', 'ratio'],
    ['histogram_quantile(0.9, queue_depth)', '?'],
    ['rate(latency_seconds_sum[5m]) / rate(latency_seconds_count[5m])', 'seconds'],
    // Time
    ['time()', 'unix_seconds'],
    ['time() - started', 'seconds'],
    ['started - started', 'seconds'],
    ['started + age_seconds', 'unix_seconds'],
    ['age_seconds + started', 'unix_seconds'],
    ['timestamp(heap_bytes)', 'unix_seconds'],
    ['time() - timestamp(heap_bytes)', 'seconds'],
    ['time() % 3600', 'unix_seconds'],
    // Products and quotients
    ['heap_bytes / heap_bytes', 'ratio'],
    ['requests_total / errors_total', 'ratio'],
    ['sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))', 'ratio'],
    ['sum(rate(requests_total[5m])) / count(up)', 'per_second'],
    ['queue_depth / rate(requests_total[5m])', 'seconds'],
    ['1 / rate(requests_total[5m])', 'seconds'],
    ['heap_bytes / age_seconds', 'bytes_per_second'],
    ['queue_depth / age_seconds', 'per_second'],
    ['heap_bytes * hit_ratio', 'bytes'],
    ['heap_bytes * queue_depth', 'bytes'],
    ['heap_bytes * up', 'bytes'],
    ['up * heap_bytes', 'bytes'],
    ['rate(sent_bytes_total[5m]) * age_seconds', 'bytes'],
    ['age_seconds ^ 2', 's2 x1'],
    ['heap_bytes * started', '?'],
    ['heap_bytes % heap_bytes', 'bytes'],
    ['heap_bytes % age_seconds', '?'],
    // Conversions
    ['age_seconds * 1000', 'milliseconds'],
    ['wait_milliseconds / 1000', 'seconds'],
    ['rate(requests_total[5m]) * 60', 'count s-1 x0.016666666666666666'],
    ['heap_bytes / 1024 / 1024', 'mebibytes'],
    ['heap_bytes / 1048576', 'mebibytes'],
    ['heap_bytes / 1e6', 'b1 x1000000'],
    ['heap_bytes * 8', 'b1 x0.125'],
    ['100 * hit_ratio', 'percent'],
    ['used_percent / 100', 'ratio'],
    ['100 * sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))', 'percent'],
    ['heap_bytes * 1.5', 'b1 x?'],
    ['heap_bytes * 2 / 2', 'b1 x?'],
    // Sums
    ['1 - hit_ratio', 'ratio'],
    ['heap_bytes + heap_bytes', 'bytes'],
    ['heap_bytes - unknown', '?'],
    ['up + up', 'count'],
    // The rest
    ['-heap_bytes', 'bytes'],
    ['abs(heap_bytes)', 'bytes'],
    ['clamp_max(heap_bytes, 5)', 'bytes'],
    ['label_replace(heap_bytes, "a", "b", "c", "d")', 'bytes'],
    ['scalar(heap_bytes)', 'bytes'],
    ['vector(scalar(heap_bytes))', 'bytes'],
    ['absent(heap_bytes)', 'state'],
    ['exp(heap_bytes)', '?'],
    ['hour()', '?'],
    ['5', '?'],
    ['heap_bytes > 5', 'bytes'],
    ['5 < heap_bytes', 'bytes'],
    ['heap_bytes > bool 5', 'state'],
    ['heap_bytes and up', 'bytes'],
    ['heap_bytes unless up', 'bytes'],
    ['sum(heap_bytes) or vector(0)', 'bytes'],
    ['heap_bytes or age_seconds', '?'],
  ])('%s is in %s', (query, expected) => {
    expect(unitText(query)).toBe(expected);
    expect(analysed(query).problems).toEqual([]);
  });
});

describe('units that do not go together', () => {
  it.each([
    ['age_seconds > heap_bytes', 'dimension', 'seconds compared with bytes', 'age_seconds', 'heap_bytes'],
    ['age_seconds + queue_depth', 'dimension', 'seconds added to a count', 'age_seconds', 'queue_depth'],
    ['age_seconds - heap_bytes', 'dimension', 'seconds less bytes', 'age_seconds', 'heap_bytes'],
    [
      'age_seconds > wait_milliseconds',
      'scale',
      'seconds compared with milliseconds',
      'age_seconds',
      'wait_milliseconds',
    ],
    ['heap_bytes > heap_mebibytes', 'scale', 'bytes compared with mebibytes', 'heap_bytes', 'heap_mebibytes'],
    ['hit_ratio > used_percent', 'scale', 'a ratio compared with a percentage', 'hit_ratio', 'used_percent'],
    ['age_seconds / 60 > age_seconds', 'scale', 'minutes compared with seconds', 'age_seconds / 60', 'age_seconds'],
    ['heap_bytes * 8 > heap_bytes', 'scale', 'bits compared with bytes', 'heap_bytes * 8', 'heap_bytes'],
    [
      'requests_total > rate(requests_total[5m])',
      'dimension',
      'a count compared with a rate per second',
      'requests_total',
      'rate(requests_total[5m])',
    ],
    ['started > age_seconds', 'dimension', 'a timestamp compared with seconds', 'started', 'age_seconds'],
    [
      'time() - started > bool heap_bytes',
      'dimension',
      'seconds compared with bytes',
      'time() - started',
      'heap_bytes',
    ],
    [
      'sum(hit_ratio) > sum(requests_total)',
      'dimension',
      'a ratio compared with a count',
      'sum(hit_ratio)',
      'sum(requests_total)',
    ],
    ['temperature > queue_depth', 'dimension', 'a score compared with a count', 'temperature', 'queue_depth'],
    ['started + wait_milliseconds', 'scale', 'seconds added to milliseconds', 'started', 'wait_milliseconds'],
    [
      'histogram_quantile(0.9, latency_seconds_bucket) > 5 > heap_bytes',
      'dimension',
      'seconds compared with bytes',
      'histogram_quantile(0.9, latency_seconds_bucket) > 5',
      'heap_bytes',
    ],
    ['hit_ratio > 5', 'ratio-as-percent', 'a ratio between 0 and 1 compared with 5', 'hit_ratio', '5'],
    ['95 < hit_ratio', 'ratio-as-percent', 'a ratio between 0 and 1 compared with 95', '95', 'hit_ratio'],
    ['avg(up) < 50', 'ratio-as-percent', 'a ratio between 0 and 1 compared with 50', 'avg(up)', '50'],
    [
      'sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) > 5',
      'ratio-as-percent',
      'a ratio between 0 and 1 compared with 5',
      'sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))',
      '5',
    ],
    [
      'used_percent > 0.9',
      'percent-as-ratio',
      'a percentage between 0 and 100 compared with 0.9',
      'used_percent',
      '0.9',
    ],
    [
      '100 * (1 - avg(up)) > 0.05',
      'percent-as-ratio',
      'a percentage between 0 and 100 compared with 0.05',
      '100 * (1 - avg(up))',
      '0.05',
    ],
  ])('%s: %s', (query, code, message, left, right) => {
    const problems = analysed(query).problems.map((problem) => [
      problem.code,
      problem.message,
      query.slice(problem.left.from, problem.left.to),
      query.slice(problem.right.from, problem.right.to),
    ]);
    expect(problems).toEqual([[code, message, left, right]]);
  });

  it.each([
    // Nothing is known of one side.
    'heap_bytes > unknown',
    'unknown + unknown * heap_bytes > age_seconds',
    // A number takes the unit of what it meets.
    'age_seconds > 500',
    'time() - 3600 > started',
    // A number that is no conversion changes the scale, nobody knows how.
    'age_seconds * 1.5 > wait_milliseconds',
    'rate(requests_total[5m]) * 300 > queue_depth',
    'rate(requests_total[1h]) * 3600 > increase(requests_total[1h])',
    // A part of the other side, not a unit of its own.
    '100 * rate(errors_total[5m]) > rate(requests_total[5m])',
    // States are counts and shares too.
    'sum(up) < count(up)',
    'up == on () group_left () max(up)',
    'sum(up) / count(up) < avg(up)',
    // Ratios that may well exceed 1.
    'sum(rate(cpu_seconds_total[5m])) > 2',
    'sum(hit_ratio) > 5',
    'queue_depth / limit > 5',
    'heap_bytes / heap_bytes > 5',
    'sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) / 0.001 > 14.4',
    'sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) > 14.4 * 0.001',
    'hit_ratio > 1',
    'hit_ratio != 5',
    'used_percent > 0',
    'used_percent > 1',
    'used_percent > 95',
  ])('%s is fine', (query) => {
    expect(analysed(query).problems).toEqual([]);
  });
});
