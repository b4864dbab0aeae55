import {
  bytes,
  cores,
  count,
  counter,
  defineMetrics,
  defineSystem,
  gauge,
  gibibytes,
  hours,
  mebibytes,
  minutes,
  perMinute,
  query,
  seconds,
  threshold,
  workload,
} from 'tocsin';

const m = defineMetrics('batch', {
  batch_items_total: counter({ unit: 'count', help: 'Items done.', labels: { kind: ['invoice', 'report'] } }),
  batch_waiting: gauge({
    unit: 'count',
    help: 'Items that wait.',
    labels: { kind: ['invoice', 'report'] },
    range: { min: 0 },
  }),
  batch_workers: gauge({ unit: 'count', help: 'Workers at work.', range: { min: 0 } }),
  batch_last_run_timestamp_seconds: gauge({ unit: 'unix_seconds', help: 'When the last run ended.' }),
  batch_scratch_bytes: gauge({ unit: 'bytes', help: 'Scratch space in use.', range: { min: 0 } }),
});

export default defineSystem({
  id: 'nightly-batch',
  title: 'Nightly batch',
  description: 'Makes invoices and reports.',
  owner: 'batch',
  jobs: { batch: { targets: { local: ['127.0.0.1:7000'] }, interval: seconds(30), timeout: seconds(20) } },
  metrics: [m],
  components: {},
  thresholds: {
    waiting: threshold({
      alert: 'BatchBehind',
      title: 'Items that wait',
      query: query.sum(m.batch_waiting, { by: ['kind'] }),
      direction: 'above',
      warning: count(1000),
      critical: { level: count(5000), for: minutes(30), keepFiringFor: minutes(10) },
      for: minutes(10),
    }),
    throughput: threshold({
      alert: 'BatchSlow',
      title: 'Items done',
      query: query.sum(query.rate(m.batch_items_total, minutes(5))),
      direction: 'below',
      warning: perMinute(30),
      critical: perMinute(6),
      goal: perMinute(60),
      for: minutes(15),
    }),
    scratch: threshold({
      alert: 'BatchScratchFull',
      title: 'Scratch space',
      query: query.maximum(m.batch_scratch_bytes, { by: ['instance'] }),
      direction: 'atLeast',
      warning: gibibytes(8),
      description: 'The disk has 10 GiB; at {threshold} on {labels.instance} the next run does not fit.',
    }),
    workers: threshold({
      alert: 'BatchWithoutWorkers',
      title: 'Workers at work',
      query: query.sum(m.batch_workers),
      direction: 'atMost',
      critical: count(0),
      for: minutes(1),
      firstSteps: ['Start the workers.', 'Read their log.'],
    }),
    age: threshold({
      alert: 'BatchNotRun',
      title: 'Time since the last run',
      query: query.maximum(query.timeSince(m.batch_last_run_timestamp_seconds)),
      direction: 'above',
      warning: hours(26),
    }),
  },
  workloads: {
    worker: workload({
      name: 'batch-worker',
      namespace: 'batch',
      image: 'batch-worker:2',
      replicas: 1,
      ports: { health: 7000, metrics: 7001 },
      endpoints: { '/started': { checks: [] }, '/live': { checks: [] }, '/ready': { checks: [] } },
      startup: { path: '/started', every: seconds(10), timeout: seconds(1), failures: 30 },
      readiness: { path: '/ready', every: seconds(10), timeout: seconds(1), failures: 2 },
      liveness: { path: '/live', every: seconds(20), timeout: seconds(2), failures: 3 },
      resources: {
        requests: { cpu: cores(1), memory: mebibytes(512) },
        limits: { cpu: cores(2), memory: gibibytes(2) },
      },
    }),
  },
  dashboards: {
    nights: {
      title: 'Nights',
      description: 'What happened last night.',
      rows: [
        {
          title: 'Work',
          panels: {
            done: {
              title: 'Done',
              description: 'Items done a second, by kind.',
              queries: { '{{kind}}': query.sum(query.rate(m.batch_items_total, minutes(5)), { by: ['kind'] }) },
              min: 0,
            },
            workers: {
              title: 'Workers',
              description: 'Workers now and at the most.',
              kind: 'stat',
              queries: { now: query.sum(m.batch_workers), most: query.maximumOver(m.batch_workers, hours(12)) },
            },
          },
        },
        {
          title: 'Space',
          panels: {
            scratch: {
              title: 'Scratch space',
              description: 'By instance.',
              kind: 'table',
              queries: { '{{instance}}': query.only(m.batch_scratch_bytes, '>', bytes(0)) },
            },
          },
        },
      ],
    },
  },
});
