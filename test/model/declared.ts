/** Metrics of every kind and scale, for tests of queries over them. */
import type { Metric } from '../../generators/model/metric.ts';
import {
  counter,
  defineMetrics,
  gauge,
  histogram,
  pattern,
  summary,
  toLabelValues,
} from '../../generators/model/metric.ts';
import { mebibytes, ms, seconds } from '../../generators/model/quantities.ts';
import type { MetricFacts } from '../../generators/promql/metrics.ts';

export const m = defineMetrics('api', {
  requests_total: counter({
    unit: 'count',
    help: 'Requests.',
    labels: { method: ['GET', 'POST'], route: 'any', status: pattern('[1-5][0-9][0-9]') },
  }),
  errors_total: counter({ unit: 'count', help: 'Errors.', labels: { route: 'any' } }),
  sent_bytes_total: counter({ unit: 'bytes', help: 'Bytes.', labels: { route: 'any' } }),
  sent_kibibytes_total: counter({ unit: 'kibibytes', help: 'KiB.' }),
  busy_seconds_total: counter({ unit: 'seconds', help: 'Busy.', labels: { mode: ['user', 'system'] } }),
  busy_milliseconds_total: counter({ unit: 'milliseconds', help: 'Busy.' }),
  duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time.',
    labels: { route: 'any' },
    buckets: [ms(10), ms(100), seconds(1)],
  }),
  duration_milliseconds: histogram({ unit: 'milliseconds', help: 'Time.', buckets: [ms(10), ms(100)] }),
  size_bytes: histogram({ unit: 'bytes', help: 'Size.', buckets: [mebibytes(1)] }),
  wait_seconds: summary({ unit: 'seconds', help: 'Wait.', quantiles: [0.5, 0.9] }),
  memory_bytes: gauge({ unit: 'bytes', help: 'Memory.', labels: { area: ['heap', 'stack'] }, range: { min: 0 } }),
  memory_kibibytes: gauge({ unit: 'kibibytes', help: 'Memory.', labels: { area: ['heap', 'stack'] } }),
  memory_limit_bytes: gauge({ unit: 'bytes', help: 'Limit.' }),
  lag_seconds: gauge({ unit: 'seconds', help: 'Lag.' }),
  lag_milliseconds: gauge({ unit: 'milliseconds', help: 'Lag.' }),
  load_ratio: gauge({ unit: 'ratio', help: 'Load.', range: { min: 0, max: 1 } }),
  load_percent: gauge({ unit: 'percent', help: 'Load.', range: { min: 0, max: 100 } }),
  queue_depth: gauge({ unit: 'count', help: 'Depth.', labels: { queue: ['mail', 'export'] }, range: { min: 0 } }),
  frames_per_second: gauge({ unit: 'per_second', help: 'Frames.' }),
  turns_per_minute: gauge({ unit: 'per_minute', help: 'Turns.' }),
  traffic_bytes_per_second: gauge({ unit: 'bytes_per_second', help: 'Traffic.' }),
  health_score: gauge({ unit: 'score', help: 'Health.', range: { min: 0, max: 100 } }),
  circuit_open: gauge({ unit: 'state', help: 'Open.', labels: { circuit: 'any' } }),
  last_success_timestamp_seconds: gauge({ unit: 'unix_seconds', help: 'When.' }),
});

/** A metric of another job. */
export const other = defineMetrics('node', {
  node_memory_bytes: gauge({ unit: 'bytes', help: 'Memory of the machine.' }),
});

const factsOf = (metric: Metric): MetricFacts => ({
  name: metric.name,
  kind: metric.type,
  unit: metric.unit,
  labels: Object.fromEntries(Object.entries(metric.labels).map(([label, values]) => [label, toLabelValues(values)])),
  targetLabels: { instance: { kind: 'any' }, job: { kind: 'oneOf', values: [metric.job] } },
  ...(metric.range ? { range: metric.range } : {}),
  ...(metric.buckets ? { buckets: metric.buckets } : {}),
  ...(metric.quantiles ? { quantiles: metric.quantiles } : {}),
});

/** The metrics as the semantics of PromQL know them. */
export const METRICS: ReadonlyMap<string, MetricFacts> = new Map(
  [...Object.values<Metric>(m), ...Object.values<Metric>(other)].map((metric) => [metric.name, factsOf(metric)]),
);
