import {
  cores,
  count,
  counter,
  defineMetrics,
  defineSystem,
  gauge,
  gibibytes,
  histogram,
  matches,
  mebibytes,
  minutes,
  monitors,
  ms,
  not,
  pattern,
  percent,
  perSecond,
  query,
  rateInterval,
  seconds,
  select,
  sli,
  slo,
  state,
  threshold,
  workload,
} from 'tocsin';

const http = defineMetrics('networx', {
  http_requests_total: counter({
    unit: 'count',
    help: 'HTTP requests answered.',
    labels: { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: 'any', status: pattern('[1-5][0-9][0-9]') },
  }),
  // In seconds and as a histogram: the seed averaged milliseconds.
  http_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labels: { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: 'any' },
    buckets: [
      ms(10),
      ms(50),
      ms(100),
      ms(250),
      ms(500),
      seconds(1),
      seconds(2.5),
      seconds(5),
      seconds(10),
      seconds(20),
      seconds(30),
      seconds(45),
      seconds(60),
    ],
  }),
});

const jobs = defineMetrics('networx', {
  job_queue_waiting: gauge({
    unit: 'count',
    help: 'Jobs that wait in the queue.',
    labels: { queue: ['optimization', 'file-processing'] },
    range: { min: 0 },
  }),
  job_queue_active: gauge({
    unit: 'count',
    help: 'Jobs that a worker is at.',
    labels: { queue: ['optimization', 'file-processing'] },
    range: { min: 0 },
  }),
  job_queue_workers: gauge({
    unit: 'count',
    help: 'Workers that take jobs from the queue.',
    labels: { queue: ['optimization', 'file-processing'] },
    range: { min: 0 },
  }),
  job_queue_oldest_waiting_timestamp_seconds: gauge({
    unit: 'unix_seconds',
    help: 'When the job that waits longest came into the queue; 0 while none waits.',
    labels: { queue: ['optimization', 'file-processing'] },
  }),
  jobs_processed_total: counter({
    unit: 'count',
    help: 'Jobs that came to an end, well or not.',
    labels: { job_type: ['optimization', 'file-processing'] },
  }),
  // A closed list of errors, each counted from 0: increase() of a series that begins with its first event misses that event.
  job_failures_total: counter({
    unit: 'count',
    help: 'Jobs that failed for good, and requests that threw (job_type="api").',
    labels: {
      job_type: ['api', 'optimization', 'file-processing'],
      error: ['timeout', 'infeasible', 'invalid-input', 'dependency', 'unknown'],
    },
  }),
  optimization_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one optimization, from its start to its result.',
    labels: { scenario: ['transport', 'warehouse', 'inventory'] },
    buckets: [
      ms(50),
      ms(100),
      ms(250),
      ms(500),
      seconds(1),
      seconds(2.5),
      seconds(5),
      seconds(10),
      seconds(30),
      seconds(60),
      seconds(120),
      seconds(300),
    ],
  }),
});

const database = defineMetrics('networx', {
  database_query_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one query.',
    labels: { operation: ['select', 'insert', 'update', 'delete'] },
    buckets: [ms(1), ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5), seconds(5)],
  }),
  database_connections_active: gauge({ unit: 'count', help: 'Connections in use.', range: { min: 0 } }),
  database_connections_idle: gauge({ unit: 'count', help: 'Open connections that nobody uses.', range: { min: 0 } }),
  database_connections_max: gauge({ unit: 'count', help: 'The most connections the pool opens.', range: { min: 0 } }),
});

const health = defineMetrics('networx', {
  // One series a status, of which one is 1.
  service_health_status: gauge({
    unit: 'state',
    help: 'What the health check says of a part: 1 for the status it has, 0 for the others.',
    labels: {
      service: ['database', 'redis', 'job-queue', 'memory'],
      status: ['healthy', 'degraded', 'unhealthy'],
    },
    range: { min: 0, max: 1 },
  }),
  service_health_check_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one health check of a part.',
    labels: { service: ['database', 'redis'] },
    buckets: [ms(1), ms(5), ms(10), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5), seconds(5)],
  }),
  // The seed only logs that it could not measure, and its gauges keep their last value.
  monitoring_failures_total: counter({
    unit: 'count',
    help: 'Attempts to measure that failed.',
    labels: { check: ['database', 'database-health', 'queue'] },
  }),
  monitoring_last_success_timestamp_seconds: gauge({
    unit: 'unix_seconds',
    help: 'When a check last measured something.',
    labels: { check: ['database', 'database-health', 'queue'] },
  }),
});

const runtime = defineMetrics('networx', {
  process_resident_memory_bytes: gauge({ unit: 'bytes', help: 'Resident memory of the process.', range: { min: 0 } }),
  nodejs_heap_size_used_bytes: gauge({ unit: 'bytes', help: 'Heap in use.', range: { min: 0 } }),
  // Not the heap's size so far, which grows with its use: the seed's share was always near 90 %.
  nodejs_heap_size_limit_bytes: gauge({ unit: 'bytes', help: 'The most heap the process may use.', range: { min: 0 } }),
  nodejs_eventloop_lag_p99_seconds: gauge({
    unit: 'seconds',
    help: 'How late the event loop was, 99 of 100 times at most, since the last scrape.',
    range: { min: 0 },
  }),
  process_cpu_seconds_total: counter({ unit: 'seconds', help: 'Processor time that the process used.' }),
});

// The seed counts requests that threw as failed jobs; they are no jobs, and have the same limit on their own.
const failedJobs = select(jobs.job_failures_total, { job_type: not('api') });
const thrown = select(jobs.job_failures_total, { job_type: 'api' });
const batch = select(http.http_request_duration_seconds, { route: '/api/optimize/run-batch' });
const transport = select(jobs.optimization_duration_seconds, { scenario: 'transport' });

export default defineSystem({
  id: 'networx',
  title: 'NetWORX',
  description: 'Optimizes the networks of clients: an HTTP API, queues of jobs with workers, PostgreSQL and Redis.',
  owner: 'optimization',
  jobs: {
    // The faster of the seed's readings, 15 and 30 seconds.
    networx: {
      targets: {
        compose: ['app-networx:5300'],
        local: ['127.0.0.1:5300'],
        production: ['networx.internal:5300'],
      },
      interval: seconds(15),
    },
  },
  components: {
    api: monitors.httpService({
      title: 'API',
      description: 'Takes in networks and optimization runs, and gives back their results.',
      job: 'networx',
      by: ['route'],
      metrics: {
        requests: http.http_requests_total,
        failures: select(http.http_requests_total, { status: matches('5..') }),
        duration: http.http_request_duration_seconds,
      },
      levels: {
        // The alarms of the seed name no dimension, while the values have some: CloudWatch never finds the two together.
        // Two periods of 300 seconds: the query looks back on one, `for` waits for the other.
        latencyP95: { alert: 'HighApiLatency', critical: seconds(30), for: minutes(5) },
        // Missing data breaches nothing in the seed, so a process that is gone was silence.
        availability: { alert: 'NetworxDown', critical: state(true), for: minutes(1) },
      },
      dependsOn: ['jobs', 'database', 'redis'],
      workload: workload({
        name: 'networx',
        image: 'networx:latest',
        replicas: 2,
        ports: { http: 5300 },
        endpoints: {
          '/health/startup': { checks: [] },
          '/health/live': { checks: [] },
          '/health/ready': { checks: ['database', 'redis'] },
          // Degraded answers 503 as unhealthy does: whoever asks for a status code reads no body.
          '/api/health': { checks: ['database', 'redis', 'jobs', 'process'] },
        },
        startup: { path: '/health/startup', every: seconds(5), timeout: seconds(3), failures: 12 },
        readiness: { path: '/health/ready', every: seconds(5), timeout: seconds(3), failures: 3 },
        liveness: { path: '/health/live', every: seconds(10), timeout: seconds(5), failures: 3 },
        resources: {
          requests: { cpu: cores(0.5), memory: gibibytes(1) },
          limits: { cpu: cores(2), memory: gibibytes(4) },
        },
      }),
    }),
    jobs: monitors.jobQueue({
      title: 'Jobs',
      description: 'The queues of optimizations and of files, with their workers.',
      by: ['queue'],
      failuresBy: ['job_type', 'error'],
      durationBy: ['scenario'],
      metrics: {
        waiting: jobs.job_queue_waiting,
        active: jobs.job_queue_active,
        workers: jobs.job_queue_workers,
        oldestWaiting: jobs.job_queue_oldest_waiting_timestamp_seconds,
        processed: jobs.jobs_processed_total,
        failures: failedJobs,
        duration: jobs.optimization_duration_seconds,
      },
      levels: {
        // A sum over five minutes: the seed alarms on the mean of values that are each 1, which is never above 5.
        failures: { alert: 'HighJobFailureRate', critical: count(5), for: minutes(5) },
        workers: { critical: count(1), for: minutes(2) },
        waitingTime: { warning: minutes(10), for: minutes(1) },
      },
      dependsOn: ['redis', 'database'],
    }),
    database: monitors.database({
      title: 'Database',
      description: 'PostgreSQL, through a pool of 20 connections.',
      metrics: {
        queryDuration: database.database_query_duration_seconds,
        poolActive: database.database_connections_active,
        poolIdle: database.database_connections_idle,
        poolMaximum: database.database_connections_max,
      },
      levels: {
        // 15 and 18 of 20, as shares: so they hold when the pool is made larger.
        poolUsage: {
          alert: 'DatabaseConnectionExhaustion',
          warning: { level: percent(75), for: minutes(2) },
          critical: { level: percent(90), for: minutes(10) },
        },
      },
    }),
    redis: monitors.healthCheck({
      title: 'Redis',
      description: 'Keeps the queues of jobs.',
      metrics: { duration: select(health.service_health_check_duration_seconds, { service: 'redis' }) },
      levels: { duration: { alert: 'RedisDegraded', warning: ms(500), for: minutes(5) } },
    }),
    process: monitors.runtime({
      title: 'Process',
      description: 'The Node.js process that serves the API and works on jobs.',
      metrics: {
        memory: runtime.process_resident_memory_bytes,
        heapUsed: runtime.nodejs_heap_size_used_bytes,
        heapLimit: runtime.nodejs_heap_size_limit_bytes,
        eventLoopLag: runtime.nodejs_eventloop_lag_p99_seconds,
        cpuTime: runtime.process_cpu_seconds_total,
      },
      levels: {
        memory: { alert: 'MemoryExhaustion', critical: mebibytes(3584), for: minutes(10) },
        heapUsage: { alert: 'HeapNearlyFull', warning: percent(75), critical: percent(90), for: minutes(5) },
      },
    }),
    health: monitors.healthCheck({
      title: 'Health',
      description: 'What /api/health says of each part.',
      by: ['service'],
      metrics: {
        unhealthy: select(health.service_health_status, { status: 'unhealthy' }),
        degraded: select(health.service_health_status, { status: 'degraded' }),
      },
      levels: {
        // What makes a part degraded has alerts of its own, with the seed's numbers.
        unhealthy: { alert: 'ServiceUnhealthy', critical: state(true), for: minutes(1) },
      },
    }),
  },
  thresholds: {
    'thrown-requests': threshold({
      alert: 'HighRequestFailureRate',
      title: 'API: requests that threw',
      component: 'api',
      query: query.sum(query.increase(thrown, minutes(5))),
      direction: 'above',
      critical: count(5),
      for: minutes(5),
      summary: '{value} requests threw within 5 minutes (level {threshold})',
      description: 'An error that nobody foresaw: the client got a status of 500 and no result.',
      firstSteps: ['See which error it is on the dashboard of operations.', 'Read the log of one such request.'],
    }),
    'optimization-queue': threshold({
      alert: 'HighOptimizationQueueDepth',
      title: 'Optimization queue: jobs waiting',
      component: 'jobs',
      query: query.maximum(select(jobs.job_queue_waiting, { queue: 'optimization' })),
      direction: 'above',
      warning: { level: count(10), for: minutes(2) },
      critical: { level: count(20), for: minutes(10) },
      summary: '{value} optimizations wait for a worker (level {threshold})',
      description: 'A client waits for each of them.',
      firstSteps: [
        'See whether workers take jobs, and how long each takes: the panels of the jobs.',
        'Start more workers when the jobs are as usual and only more of them.',
      ],
    }),
    'file-processing-queue': threshold({
      alert: 'HighFileProcessingQueueDepth',
      title: 'File-processing queue: jobs waiting',
      component: 'jobs',
      query: query.maximum(select(jobs.job_queue_waiting, { queue: 'file-processing' })),
      direction: 'above',
      // The seed's log line and its alarm have the same number for this queue.
      critical: { level: count(20), for: minutes(10) },
      summary: '{value} files wait for a worker (level {threshold})',
      description: 'Uploads of clients that cannot be optimized before they are read.',
      firstSteps: [
        'See whether one large file holds the workers.',
        'Start more workers when the files are as usual and only more of them.',
      ],
    }),
    'job-backlog': threshold({
      alert: 'JobBacklogLarge',
      title: 'All queues: jobs waiting',
      component: 'jobs',
      query: query.sum(query.maximum(jobs.job_queue_waiting, { by: ['queue'] })),
      direction: 'above',
      warning: count(50),
      for: minutes(5),
      summary: '{value} jobs wait in all queues together (level {threshold})',
      description: 'From here on /api/health calls the queues degraded.',
      firstSteps: ['See which queue it is, and go on with its own alert.'],
    }),
    'database-check': threshold({
      alert: 'DatabaseDegraded',
      title: 'Database: duration of the health check, median',
      component: 'database',
      query: query.quantile(0.5, select(health.service_health_check_duration_seconds, { service: 'database' }), {
        over: minutes(5),
      }),
      direction: 'above',
      warning: ms(1000),
      for: minutes(5),
      summary: 'The database takes {value} to answer SELECT 1 (level {threshold})',
      description:
        'A query that does nothing measures what every query waits for: a connection and a server that answers.',
      firstSteps: ['Look at the pool first, then for locks and at the load of the server.'],
    }),
    // The seed writes these to its log and nobody is told: the values then stay what they were.
    'monitoring-failures': threshold({
      alert: 'MonitoringFails',
      title: 'Monitoring: attempts to measure that failed',
      component: 'health',
      query: query.sum(query.increase(health.monitoring_failures_total, minutes(5)), { by: ['check'] }),
      direction: 'above',
      warning: { level: count(0), for: minutes(1) },
      critical: { level: count(5), for: minutes(5) },
      summary: 'The check {labels.check} failed {value} times within 5 minutes (level {threshold})',
      description: 'What cannot be measured cannot raise an alarm: the values of this check are old.',
      firstSteps: [
        'Read the log for the error of the check.',
        'Until it works again, look at the database and the queues by hand.',
      ],
    }),
    'monitoring-age': threshold({
      alert: 'MonitoringStopped',
      title: 'Monitoring: time since the last measurement',
      component: 'health',
      query: query.maximum(query.timeSince(health.monitoring_last_success_timestamp_seconds), { by: ['check'] }),
      direction: 'above',
      // Four readings of the slower check, which runs every 30 seconds.
      critical: minutes(2),
      for: minutes(1),
      summary: 'The check {labels.check} has measured nothing for {value} (level {threshold})',
      description: 'A check that hangs reports no failure, and its values stay what they were.',
      firstSteps: ['See whether the check hangs on a connection or on a lock.', 'Restart the instance.'],
    }),
  },
  slos: {
    'api-latency': slo({
      title: 'The API answers within 30 seconds',
      description: 'Nobody waits for an answer longer than that; the request is sent again, and costs twice.',
      component: 'api',
      objective: percent(99),
      indicator: sli.latency({ histogram: http.http_request_duration_seconds, below: seconds(30) }),
      traffic: perSecond(20),
      firstSteps: ['See which endpoint it is, and what it waits for: the database, or a job.'],
    }),
    'job-success': slo({
      title: 'A job comes to a result',
      description: 'Every failed job is an optimization that a client asked for and did not get.',
      component: 'jobs',
      objective: percent(99),
      indicator: sli.availability({
        bad: failedJobs,
        total: jobs.jobs_processed_total,
      }),
      traffic: perSecond(2),
      firstSteps: ['See on the panel of failures which type of job and which error they are.'],
    }),
    // It must not fail silently: that something is measured at all is promised too.
    'monitoring-freshness': slo({
      title: 'The database and the queues are measured',
      component: 'health',
      objective: percent(99.5),
      indicator: sli.freshness({
        lastSuccess: health.monitoring_last_success_timestamp_seconds,
        within: minutes(2),
      }),
      by: ['check'],
    }),
  },
  dashboards: {
    // Each of the seed's two widgets drew several units in one chart; here they are the rows, with a chart for each unit.
    operations: {
      title: 'Operations',
      description: 'What the two widgets of the first dashboard showed.',
      rows: [
        {
          title: 'Performance metrics',
          panels: {
            'batch-latency': {
              title: 'Batch optimization: response times',
              description: 'How long requests for a batch of optimizations take: 95 of 100 at most, and the mean.',
              queries: {
                p95: query.quantile(0.95, batch, { over: rateInterval }),
                mean: query.mean(batch, { over: rateInterval }),
              },
              min: 0,
            },
            'transport-duration': {
              title: 'Transport scenarios: duration',
              description: 'How long the optimization of a transport network takes: 95 of 100 at most, and the mean.',
              queries: {
                p95: query.quantile(0.95, transport, { over: rateInterval }),
                mean: query.mean(transport, { over: rateInterval }),
              },
              min: 0,
            },
            'optimization-depth': {
              title: 'Optimization queue',
              description: 'Jobs that wait, and jobs that a worker is at.',
              queries: {
                waiting: query.maximum(select(jobs.job_queue_waiting, { queue: 'optimization' })),
                active: query.maximum(select(jobs.job_queue_active, { queue: 'optimization' })),
              },
              min: 0,
            },
          },
        },
        {
          title: 'Resource usage',
          panels: {
            // Gauges as they are: the seed added up their samples over five minutes.
            connections: {
              title: 'Database connections',
              description: 'Connections in use, and the most the pool opens.',
              queries: {
                active: query.sum(database.database_connections_active),
                maximum: query.sum(database.database_connections_max),
              },
              min: 0,
            },
            memory: {
              title: 'Memory',
              description: 'Memory of all processes.',
              queries: { process: query.sum(runtime.process_resident_memory_bytes) },
              min: 0,
            },
            'api-failures': {
              title: 'Requests that threw',
              description: 'How many requests threw within five minutes, by error.',
              queries: {
                failures: query.sum(query.increase(thrown, minutes(5)), {
                  by: ['error'],
                }),
              },
              min: 0,
            },
          },
        },
      ],
    },
  },
});
