import { expect, it } from 'vitest';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  histogram,
  minutes,
  monitors,
  ms,
  percent,
  seconds,
  select,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const QUEUES = { queue: ['mail', 'export'] } as const;
const m = defineMetrics('app', {
  jobs_waiting: gauge({ unit: 'count', help: 'Waiting.', labels: QUEUES, range: { min: 0 } }),
  jobs_active: gauge({ unit: 'count', help: 'Active.', labels: QUEUES, range: { min: 0 } }),
  workers: gauge({ unit: 'count', help: 'Workers.', labels: QUEUES, range: { min: 0 } }),
  oldest_job_timestamp_seconds: gauge({ unit: 'unix_seconds', help: 'Oldest.', labels: QUEUES }),
  jobs_total: counter({ unit: 'count', help: 'Jobs.', labels: { type: ['mail', 'export'] } }),
  failures_total: counter({ unit: 'count', help: 'Failures.', labels: { type: ['mail', 'export'], error: 'any' } }),
  job_seconds: histogram({
    unit: 'seconds',
    help: 'Time.',
    labels: { size: 'any' },
    buckets: [seconds(1), seconds(60)],
  }),
});
const metrics = { waiting: m.jobs_waiting };
const all = {
  waiting: m.jobs_waiting,
  active: m.jobs_active,
  workers: m.workers,
  oldestWaiting: m.oldest_job_timestamp_seconds,
  processed: m.jobs_total,
  failures: m.failures_total,
  duration: m.job_seconds,
};

it('shows the depth when that is all there is', () => {
  expect(watch(monitors.jobQueue({ metrics }))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/depth": [
          "max(jobs_waiting{job="app"})",
        ],
      },
      "signals": {},
    }
  `);
});

it('shows what it can without levels', () => {
  const { panels, findings } = watch(
    monitors.jobQueue({ by: ['queue'], failuresBy: ['type', 'error'], durationBy: ['size'], metrics: all }),
  );
  expect(findings).toEqual([]);
  expect(panels).toMatchInlineSnapshot(`
    {
      "panel/part/durations": [
        "sum by (size) (rate(job_seconds_sum{job="app"}[$__rate_interval])) / sum by (size) (rate(job_seconds_count{job="app"}[$__rate_interval]))",
        "histogram_quantile(0.5, sum by (le, size) (rate(job_seconds_bucket{job="app"}[$__rate_interval])))",
        "histogram_quantile(0.95, sum by (le, size) (rate(job_seconds_bucket{job="app"}[$__rate_interval])))",
      ],
      "panel/part/failure-ratio": [
        "(sum(rate(failures_total{job="app"}[5m])) or vector(0)) / (sum(rate(jobs_total{job="app"}[5m])) > 0)",
      ],
      "panel/part/failures": [
        "sum(increase(failures_total{job="app"}[5m])) or vector(0)",
      ],
      "panel/part/failures-by-kind": [
        "sum by (type, error) (rate(failures_total{job="app"}[$__rate_interval]))",
      ],
      "panel/part/jobs": [
        "max by (queue) (jobs_waiting{job="app"})",
        "max by (queue) (jobs_active{job="app"})",
      ],
      "panel/part/processed": [
        "sum(rate(jobs_total{job="app"}[$__rate_interval]))",
      ],
      "panel/part/waiting-time": [
        "max by (queue) (time() - (oldest_job_timestamp_seconds{job="app"} > 0) or (time() - oldest_job_timestamp_seconds{job="app"}) * 0)",
      ],
      "panel/part/workers": [
        "sum by (queue) (workers{job="app"})",
      ],
    }
  `);
});

it('turns every level into a threshold, told apart by queue', () => {
  const watched = watch(
    monitors.jobQueue({
      by: ['queue'],
      failuresBy: ['type', 'error'],
      durationBy: ['size'],
      metrics: all,
      levels: {
        depth: { warning: count(10), critical: { level: count(20), alert: 'QueueFull', for: minutes(10) } },
        waitingTime: { warning: minutes(5) },
        workers: { critical: count(1) },
        failures: { critical: count(5) },
        failureRatio: { warning: percent(5) },
        durationP95: { warning: seconds(30) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-depth": [
        "QueueFull JobQueueDeep",
        "above",
        "10 minutes 5 minutes",
        "max by (queue) (jobs_waiting{job="app"})",
      ],
      "part-duration-p95": [
        "JobsSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le, size) (rate(job_seconds_bucket{job="app"}[5m])))",
      ],
      "part-failure-ratio": [
        "JobFailureRatioHigh",
        "above",
        "5 minutes",
        "(sum(rate(failures_total{job="app"}[5m])) or vector(0)) / (sum(rate(jobs_total{job="app"}[5m])) > 0)",
      ],
      "part-failures": [
        "JobFailures",
        "above",
        "5 minutes",
        "sum(increase(failures_total{job="app"}[5m])) or vector(0)",
      ],
      "part-waiting-time": [
        "JobWaitsLong",
        "above",
        "1 minute",
        "max by (queue) (time() - (oldest_job_timestamp_seconds{job="app"} > 0) or (time() - oldest_job_timestamp_seconds{job="app"}) * 0)",
      ],
      "part-workers": [
        "JobWorkersMissing",
        "below",
        "2 minutes",
        "sum by (queue) (workers{job="app"})",
      ],
    }
  `);
});

it('works with the metrics of another team, one queue at a time', () => {
  const other = defineMetrics('legacy', {
    bull_jobs: gauge({ unit: 'count', help: 'Jobs.', labels: { queue: 'any', state: ['wait', 'run'] } }),
    bull_failed: counter({ unit: 'count', help: 'Failed.', labels: { queue: 'any' } }),
    bull_milliseconds: histogram({ unit: 'milliseconds', help: 'Time.', buckets: [ms(10), ms(100)] }),
  });
  const watched = watch(
    monitors.jobQueue({
      window: minutes(10),
      metrics: {
        waiting: select(other.bull_jobs, { queue: 'mail', state: 'wait' }),
        failures: select(other.bull_failed, { queue: 'mail' }),
        duration: other.bull_milliseconds,
      },
      levels: { depth: { warning: count(3) }, failures: { warning: count(0) }, durationP95: { warning: ms(50) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-depth": [
        "JobQueueDeep",
        "above",
        "5 minutes",
        "max(bull_jobs{job="legacy", queue="mail", state="wait"})",
      ],
      "part-duration-p95": [
        "JobsSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(bull_milliseconds_bucket{job="legacy"}[10m])))",
      ],
      "part-failures": [
        "JobFailures",
        "above",
        "5 minutes",
        "sum(increase(bull_failed{job="legacy", queue="mail"}[10m])) or vector(0)",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: {} },
    ['definition/shape: metrics.waiting: is missing; expected a gauge of count'],
  ],
  [
    'a metric of another kind',
    { metrics: { ...metrics, workers: m.jobs_total } },
    ['definition/shape: metrics.workers: expected a gauge of count'],
  ],
  [
    'a level that nothing measures',
    { metrics, levels: { workers: { critical: count(1) } } },
    ['definition/shape: levels.workers: nothing measures it; give the monitor the metrics or the job that it is about'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { depth: { warning: percent(1) } } },
    ['definition/shape: levels.depth.warning: expected a quantity of count, not of ratio'],
  ],
  [
    'levels in the wrong order',
    { metrics, levels: { depth: { warning: count(20), critical: count(10) } } },
    ['threshold/levels-order: the warning level is not before the critical one, so the warning can never come first'],
  ],
  [
    'a label that the metric has not',
    {
      metrics: { waiting: defineMetrics('app', { depth: plain.number }).depth },
      by: ['queue'],
      levels: { depth: { warning: count(1) } },
    },
    ['query/unknown-label: the query groups by the label "queue", which depth{job="app"} does not have'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.jobQueue(input as never))).toEqual(findings);
});
