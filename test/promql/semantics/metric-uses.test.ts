import { describe, expect, it } from 'vitest';
import { metricUses } from '../../../generators/promql/semantics/index.ts';
import { METRICS, parsed } from './declared.ts';

/** `requests_total counter rate` and the like, for each selector. */
const summary = (query: string): readonly string[] =>
  metricUses(parsed(query), METRICS).map(({ name, kind, overTime, aggregatedBefore, role }) =>
    [
      name ?? '*',
      kind,
      ...(overTime ? [overTime.func] : []),
      ...(aggregatedBefore ? [`after ${aggregatedBefore.op}`] : []),
      ...(role === 'filter' ? ['as a filter'] : []),
    ].join(' '),
  );

describe('the metrics of an expression', () => {
  it.each<[string, readonly string[]]>([
    ['requests_total', ['requests_total counter']],
    ['queue_depth', ['queue_depth gauge']],
    ['unknown', ['unknown unknown']],
    ['{job="api"}', ['* unknown']],
    ['{__name__=~"queue_depth|limit"}', ['* unknown']],
    ['native_seconds', ['native_seconds native']],
    ['rpc_seconds', ['rpc_seconds quantile']],
    ['latency_seconds_count + latency_seconds_sum', ['latency_seconds_count count', 'latency_seconds_sum sum']],
    ['sum(rate(requests_total[5m])) / sum(queue_depth)', ['requests_total counter rate', 'queue_depth gauge']],
    ['histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))', ['latency_seconds_bucket bucket rate']],
    ['rate(sum(requests_total)[5m:])', ['requests_total counter rate after sum']],
    ['max_over_time(rate(requests_total[5m])[1h:])', ['requests_total counter rate']],
    ['max_over_time(sum(rate(requests_total[5m]))[1h:])', ['requests_total counter rate']],
    ['queue_depth and up', ['queue_depth gauge', 'up unknown as a filter']],
    ['queue_depth > limit', ['queue_depth gauge', 'limit gauge as a filter']],
    ['queue_depth > bool limit', ['queue_depth gauge', 'limit gauge']],
    ['queue_depth or limit', ['queue_depth gauge', 'limit gauge']],
    [
      'queue_depth unless rate(requests_total[5m]) > 1',
      ['queue_depth gauge', 'requests_total counter rate as a filter'],
    ],
    ['absent(queue_depth)', ['queue_depth gauge as a filter']],
    ['topk(scalar(limit), queue_depth)', ['queue_depth gauge', 'limit gauge']],
    ['clamp_max(queue_depth, scalar(limit))', ['queue_depth gauge', 'limit gauge']],
    ['5', []],
  ])('%s reads %j', (query, expected) => {
    expect(summary(query)).toEqual(expected);
  });

  it('come with their declarations', () => {
    expect(metricUses(parsed('latency_seconds_bucket'), METRICS)[0]?.metric).toBe(METRICS.get('latency_seconds'));
    expect(metricUses(parsed('latency_seconds_bucket'))[0]?.metric).toBeUndefined();
  });
});
