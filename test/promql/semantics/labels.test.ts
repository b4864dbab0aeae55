import { describe, expect, it } from 'vitest';
import { canCarry, explainLabel, labelFact, resultLabels } from '../../../generators/promql/semantics/index.ts';
import { analysed } from './declared.ts';

/**
 * The labels of a result in short: `job instance? +` is a result that always has `job`, may have `instance`, and may
 * have others that nobody knows of. The metric name stands first, as `=` when it is there.
 */
function summary(query: string): string {
  const facts = analysed(query);
  const { must, can, open } = resultLabels(facts);
  const name = { must: '= ', can: '=? ', cannot: '' }[labelFact(facts.labels, '__name__').presence];
  const labels = can.map((label) => (must.includes(label) ? label : `${label}?`));
  return `${name}${[...labels, ...(open ? ['+'] : [])].join(' ')}`;
}

describe('the labels of a result', () => {
  it.each([
    // Selectors
    ['requests_total', '= instance job route status'],
    ['latency_seconds_bucket', '= instance job le route'],
    ['latency_seconds_count', '= instance job route'],
    ['native_seconds', '= instance job'],
    ['rpc_seconds', '= instance job quantile'],
    ['rpc_seconds_sum', '= instance job'],
    ['temperature', '= instance job zone?'],
    ['temperature{zone!=""}', '= instance job zone'],
    ['temperature{zone=""}', '= instance job'],
    ['temperature{zone=~"x|"}', '= instance job zone?'],
    ['temperature{zone=~".+"}', '= instance job zone'],
    ['temperature{zone!~"x|y"}', '= instance job'],
    ['loose', '= queue +'],
    ['unknown', '= +'],
    ['unknown{job="api", zone!="", env=~"prod|dev", x=""}', '= env job zone +'],
    ['unknown{a=~".*", b!="x", c!~"y|", d!~"y"}', '= a? b? c d? +'],
    ['{job="api"}', '=? job +'],
    ['{__name__=~"queue_depth|limit"}', '= instance? job? queue?'],
    ['up', '= instance job +'],
    ['ALERTS', '= alertname alertstate +'],
    // Functions
    ['rate(requests_total[5m])', 'instance job route status'],
    ['last_over_time(queue_depth[5m])', '= instance job queue'],
    ['max_over_time(queue_depth[5m:1m])', 'instance job queue'],
    ['abs(queue_depth)', 'instance job queue'],
    ['sort(queue_depth)', '= instance job queue'],
    ['timestamp(queue_depth)', 'instance job queue'],
    ['-queue_depth', 'instance job queue'],
    ['+queue_depth', '= instance job queue'],
    ['vector(1)', ''],
    ['hour()', ''],
    ['time()', ''],
    ['histogram_quantile(0.9, latency_seconds_bucket)', 'instance job route'],
    ['histogram_quantile(0.9, native_seconds)', 'instance job'],
    ['histogram_quantiles(latency_seconds_bucket, "q", 0.5, 0.9)', 'instance job q route'],
    ['info(queue_depth)', '= instance job queue +'],
    ['info(queue_depth, {version=~".+"})', '= instance job queue version?'],
    // absent
    ['absent(requests_total{job="api", status=~"5..", route="/"})', 'job route'],
    ['absent(requests_total{job="api", job="web", route="/"})', 'route'],
    ['absent((requests_total{job="api"}))', 'job'],
    ['absent_over_time(requests_total{job="api"}[5m])', 'job'],
    ['absent(rate(requests_total{job="api"}[5m]))', ''],
    ['absent(requests_total{job=""})', ''],
    // label_replace and label_join
    ['label_replace(queue_depth, "host", "$1", "instance", "([^:]+):.*")', '= host? instance job queue'],
    ['label_replace(queue_depth, "host", "$1", "instance", "(.*)")', '= host instance job queue'],
    ['label_replace(queue_depth, "host", "x", "queue", "a|b")', '= host instance job queue'],
    ['label_replace(queue_depth, "host", "x", "queue", "c")', '= instance job queue'],
    ['label_replace(queue_depth, "queue", "", "queue", ".*")', '= instance job'],
    ['label_replace(queue_depth, "host", "$1x", "queue", "(.*)")', '= instance job queue'],
    ['label_replace(queue_depth, "__name__", "depth", "", "")', '= instance job queue'],
    ['label_replace(rate(requests_total[5m]), "__name__", "r", "job", ".*")', '= instance job route status'],
    ['label_join(queue_depth, "key", "-", "job", "queue")', '= instance job key queue'],
    ['label_join(temperature, "key", "", "zone", "nothing")', '= instance job key? zone?'],
    ['label_join(temperature, "key", "-", "zone", "nothing")', '= instance job key zone?'],
    ['label_join(queue_depth, "queue", "-")', '= instance job'],
    // Aggregations
    ['sum(requests_total)', ''],
    ['sum by (job) (requests_total)', 'job'],
    ['sum by (job, nothing) (requests_total)', 'job'],
    ['sum by (zone) (temperature)', 'zone?'],
    ['sum by (job) (unknown)', 'job?'],
    ['sum by (__name__) (requests_total)', '= '],
    ['sum without (route) (requests_total)', 'instance job status'],
    ['sum without (route) (unknown)', '+'],
    ['topk by (job) (3, queue_depth)', '= instance job queue'],
    ['limitk(3, queue_depth)', '= instance job queue'],
    ['count_values("value", queue_depth)', 'value'],
    ['count_values by (job) ("value", queue_depth)', 'job value'],
    ['count_values without (job) ("value", queue_depth)', 'instance queue value'],
    ['count_values without (value) ("value", queue_depth)', 'instance job queue'],
    ['quantile by (job) (0.9, queue_depth)', 'job'],
    // Operators with a number
    ['queue_depth > 1', '= instance job queue'],
    ['1 < queue_depth', '= instance job queue'],
    ['queue_depth > bool 1', 'instance job queue'],
    ['queue_depth * 2', 'instance job queue'],
    // One to one
    ['queue_depth / queue_depth', 'instance job queue'],
    ['queue_depth > queue_depth', '= instance job queue'],
    ['queue_depth > bool queue_depth', 'instance job queue'],
    ['sum by (job) (queue_depth) / on (job) sum by (job, queue) (queue_depth)', 'job'],
    ['unknown > on (job) sum by (job) (queue_depth)', 'job'],
    ['unknown / on (job) other', 'job?'],
    ['unknown / ignoring (x) sum by (job) (queue_depth)', 'job'],
    ['unknown > ignoring (x) sum by (job) (queue_depth)', '= job'],
    ['temperature / ignoring (zone) queue_depth{queue="a"}', 'instance job'],
    ['unknown + unknown{x=""}', '+'],
    // Many to one
    ['queue_depth * on (job) group_left () sum by (job) (limit)', 'instance job queue'],
    ['queue_depth * on (instance) group_left (version) build_info', 'instance job queue version'],
    ['queue_depth * on (instance) group_left (nothing) build_info', 'instance job queue'],
    ['unknown * on (job) group_left (queue) sum by (job, queue) (queue_depth)', 'job queue +'],
    ['build_info * on (instance) group_right (version) queue_depth', 'instance job queue version'],
    ['build_info > on (instance) group_right () queue_depth', '= instance job queue'],
    ['queue_depth * on (instance) group_left (zone) temperature', 'instance job queue zone?'],
    ['queue_depth * ignoring (queue) group_left (queue) build_info', 'instance job'],
    // Set operators
    ['queue_depth and on (job) up', '= instance job queue'],
    ['unknown and sum by (job) (queue_depth)', '= job'],
    ['unknown{zone="x"} and on (job) queue_depth', '= job zone +'],
    ['queue_depth unless on (job) up', '= instance job queue'],
    ['queue_depth or limit', '= instance? job? queue?'],
    ['sum by (job) (queue_depth) or sum by (job, route) (requests_total)', 'job route?'],
    ['queue_depth or unknown', '= instance? job? queue? +'],
    // fill
    ['queue_depth + on (job, queue) fill (0) loose', 'job? queue'],
    ['queue_depth * on (instance) group_left (version) fill_right (1) build_info', 'instance job queue version?'],
    ['queue_depth + ignoring (queue) fill_left (1) build_info', 'instance job version?'],
    // Subqueries and parentheses
    ['max_over_time((sum by (job) (queue_depth))[5m:1m])', 'job'],
    ['((queue_depth))', '= instance job queue'],
  ])('%s -> %s', (query, expected) => {
    expect(summary(query)).toBe(expected);
  });
});

describe('the values of a label', () => {
  it.each<[string, string, readonly string[] | undefined]>([
    ['requests_total', '__name__', ['requests_total']],
    ['requests_total', 'status', ['200', '404', '500']],
    ['requests_total', 'route', undefined],
    ['requests_total{status="500"}', 'status', ['500']],
    ['requests_total{status!="500"}', 'status', ['200', '404']],
    ['requests_total{status=~"4..|5.."}', 'status', ['404', '500']],
    ['requests_total{status!~"4..|5.."}', 'status', ['200']],
    ['unknown{env=~"prod|dev"}', 'env', ['dev', 'prod']],
    ['unknown{env=~"prod.*"}', 'env', undefined],
    ['temperature', 'zone', ['x', 'y']],
    ['latency_seconds_bucket', 'le', ['+Inf', '0.1', '0.5', '1', '1.0']],
    ['rpc_seconds', 'quantile', ['0.5', '0.9']],
    ['sum by (status) (requests_total{status=~"5.."})', 'status', ['500']],
    ['absent(requests_total{status="500"})', 'status', ['500']],
    ['label_replace(queue_depth, "host", "h-$1", "queue", "(.*)")', 'host', ['h-a', 'h-b']],
    ['label_replace(queue_depth, "queue", "z", "queue", "b")', 'queue', ['a', 'z']],
    ['label_join(queue_depth{job="api"}, "key", "/", "job", "queue")', 'key', ['api/a', 'api/b']],
    ['count_values("value", build_info)', 'value', ['1']],
    ['histogram_quantiles(latency_seconds_bucket, "q", 0.5, 1)', 'q', ['0.5', '1.0']],
    ['queue_depth{queue="a"} or queue_depth{queue="b"}', 'queue', ['a', 'b']],
    ['queue_depth * on (queue) group_left () sum by (queue) (loose{queue="a"})', 'queue', ['a']],
    ['up and on (job) up{job=~"api|web"}', 'job', ['api', 'web']],
  ])('%s has %s in %j', (query, label, values) => {
    expect(labelFact(analysed(query).labels, label).values).toEqual(values);
  });
});

describe('the part of the query that decides', () => {
  it.each([
    ['requests_total{status!=""}', 'status', 'declared', 'requests_total{status!=""}'],
    ['unknown{status!=""}', 'status', 'matcher', 'status!=""'],
    ['unknown{status=""}', 'status', 'matcher', 'status=""'],
    ['requests_total', 'zone', 'not-declared', 'requests_total'],
    ['unknown', 'zone', 'undeclared-metric', 'unknown'],
    ['sum by (job) (requests_total)', 'instance', 'not-in-by', 'by (job)'],
    ['sum by (job, zone) (requests_total)', 'zone', 'not-declared', 'requests_total'],
    ['sum without (job) (requests_total)', 'job', 'without', 'without (job)'],
    ['sum(requests_total)', 'job', 'aggregated', 'sum(requests_total)'],
    ['rate(requests_total[5m])', '__name__', 'function-drops-name', 'rate'],
    ['queue_depth * 2', '__name__', 'operator-drops-name', '*'],
    ['queue_depth > bool 2', '__name__', 'bool-drops-name', '>'],
    ['queue_depth / on (job) limit', 'queue', 'not-in-on', 'on (job)'],
    ['unknown / ignoring (zone) other', 'zone', 'ignoring', 'ignoring (zone)'],
    ['queue_depth * on (job) group_left (version) build_info', 'version', 'included', 'version'],
    [
      'label_replace(unknown, "a", "x", "b", ".*")',
      'a',
      'label-function',
      'label_replace(unknown, "a", "x", "b", ".*")',
    ],
    ['count_values("value", unknown)', 'value', 'value-label', '"value"'],
    ['histogram_quantile(0.9, unknown)', 'le', 'bucket-label', 'histogram_quantile'],
    ['absent(unknown{job="api"})', 'job', 'absent', 'job="api"'],
    ['vector(1)', 'job', 'no-labels', 'vector(1)'],
    ['sum(queue_depth) or queue_depth', 'job', 'either-side', 'or'],
  ])('%s: %s by %s', (query, label, code, text) => {
    const { reason } = labelFact(analysed(query).labels, label);
    expect([reason.code, query.slice(reason.span.from, reason.span.to)]).toEqual([code, text]);
  });

  it('is said in a sentence', () => {
    const facts = analysed('sum by (job) (requests_total{job="api"})');
    expect(explainLabel(labelFact(facts.labels, 'instance'))).toBe(
      '"instance" cannot be there, because sum by (job) keeps only what it lists',
    );
    expect(explainLabel(labelFact(facts.labels, 'job'))).toBe(
      '"job" is always there as "api", because of the matcher job="api"',
    );
  });
});

describe('resultLabels', () => {
  it('adds the labels that Prometheus puts on an alert when it sends it', () => {
    expect(resultLabels(analysed('sum by (job) (requests_total)'), ['region', 'job'])).toEqual({
      must: ['job', 'region'],
      can: ['job', 'region'],
      open: false,
    });
  });

  it('says which labels a template may print', () => {
    const facts = analysed('sum by (job) (temperature)');
    expect(['job', 'zone'].map((label) => canCarry(facts, label))).toEqual([true, false]);
    expect(canCarry(analysed('unknown'), 'anything')).toBe(true);
  });
});

describe('sub-expressions', () => {
  it('are found by identity', () => {
    const facts = analysed('sum by (job) (rate(requests_total[5m]))');
    const { expr } = facts;
    if (expr.kind !== 'aggregate') throw new Error('expected an aggregation');
    const inner = facts.of(expr.expr);
    expect(inner && resultLabels(inner).must).toEqual(['instance', 'job', 'route', 'status']);
    expect(facts.of({ ...expr })).toBeUndefined();
  });
});
