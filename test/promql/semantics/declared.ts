import { parse } from '../../../generators/promql/parse.ts';
import type { Expr } from '../../../generators/promql/ast.ts';
import type { MetricFacts, MetricTable } from '../../../generators/promql/metrics.ts';
import type { Semantics } from '../../../generators/promql/semantics/index.ts';
import { semantics } from '../../../generators/promql/semantics/index.ts';

const any = { kind: 'any' } as const;
const oneOf = (...values: string[]) => ({ kind: 'oneOf', values }) as const;
const TARGET = { job: oneOf('api', 'web'), instance: any };

const metric = (
  name: string,
  kind: MetricFacts['kind'],
  unit: MetricFacts['unit'],
  rest: Partial<MetricFacts> = {},
): MetricFacts => ({
  name,
  kind,
  unit,
  labels: {},
  targetLabels: TARGET,
  ...rest,
});

/** The metrics of the tests: closed label sets, except `loose`, whose target labels are not declared. */
export const METRICS: MetricTable = new Map(
  [
    metric('requests_total', 'counter', 'count', { labels: { status: oneOf('200', '404', '500'), route: any } }),
    metric('errors_total', 'counter', 'count', { labels: { route: any } }),
    metric('cpu_seconds_total', 'counter', 'seconds'),
    metric('sent_bytes_total', 'counter', 'bytes'),
    metric('latency_seconds', 'histogram', 'seconds', { labels: { route: any }, buckets: [0.1, 0.5, 1] }),
    metric('native_seconds', 'histogram', 'seconds', { native: true }),
    metric('rpc_seconds', 'summary', 'seconds', { quantiles: [0.5, 0.9] }),
    metric('wait_milliseconds', 'gauge', 'milliseconds'),
    metric('age_seconds', 'gauge', 'seconds', { range: { min: 0 } }),
    metric('started', 'gauge', 'unix_seconds'),
    metric('heap_bytes', 'gauge', 'bytes', { range: { min: 0 } }),
    metric('heap_mebibytes', 'gauge', 'mebibytes'),
    metric('queue_depth', 'gauge', 'count', { labels: { queue: oneOf('a', 'b') }, range: { min: 0, max: 10 } }),
    metric('temperature', 'gauge', 'score', { labels: { zone: oneOf('', 'x', 'y') } }),
    metric('hit_ratio', 'gauge', 'ratio', { range: { min: 0, max: 1 } }),
    metric('used_percent', 'gauge', 'percent', { range: { min: 0, max: 100 } }),
    metric('probe_up', 'gauge', 'state'),
    metric('codes', 'gauge', 'count', { labels: { code: { kind: 'pattern', pattern: '[45]..' } } }),
    metric('build_info', 'gauge', 'count', { labels: { version: any }, range: { min: 1, max: 1 } }),
    metric('job:requests:rate5m', 'gauge', 'per_second', { labels: { job: oneOf('api', 'web') }, targetLabels: {} }),
    metric('limit', 'gauge', 'count', { targetLabels: {}, range: { min: 5, max: 5 } }),
    { name: 'loose', kind: 'gauge', unit: 'count', labels: { queue: oneOf('a', 'b') } } satisfies MetricFacts,
  ].map((facts) => [facts.name, facts]),
);

/** The tree of a query that has to be valid. */
export function parsed(query: string): Expr {
  const { expr, errors } = parse(query);
  if (expr === undefined || errors.length > 0)
    throw new Error(`${query}: ${errors.map(({ message }) => message).join('; ')}`);
  return expr;
}

/** The facts of a query over the declared metrics. */
export const analysed = (query: string): Semantics => semantics(parsed(query), { metrics: METRICS });
