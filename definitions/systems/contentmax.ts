import {
  cores,
  count,
  counter,
  defineMetrics,
  defineSystem,
  gauge,
  histogram,
  hours,
  matches,
  mebibytes,
  minutes,
  monitors,
  ms,
  pattern,
  percent,
  perSecond,
  query,
  score,
  seconds,
  select,
  sli,
  slo,
  state,
  threshold,
  workload,
} from 'tocsin';

const http = defineMetrics('contentmax', {
  http_requests_total: counter({
    unit: 'count',
    help: 'HTTP requests answered.',
    labels: { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: 'any', status: pattern('[1-5][0-9][0-9]') },
  }),
  // In seconds: the seed measured milliseconds.
  http_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labels: { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: 'any' },
    buckets: [ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5), seconds(5)],
  }),
  active_users: gauge({ unit: 'count', help: 'Users with a request in the last 5 minutes.', range: { min: 0 } }),
  process_resident_memory_bytes: gauge({ unit: 'bytes', help: 'Resident memory of the process.', range: { min: 0 } }),
  process_heap_used_bytes: gauge({ unit: 'bytes', help: 'JavaScript heap in use.', range: { min: 0 } }),
  service_up: gauge({
    unit: 'state',
    help: 'Whether a service that the API needs answers: 1 is up, 0 is down.',
    labels: { service: ['database', 'generator'] },
    range: { min: 0, max: 1 },
  }),
});

const content = defineMetrics('contentmax', {
  content_generated_total: counter({
    unit: 'count',
    help: 'Pieces of content that were generated.',
    labels: { type: ['article', 'description', 'summary'] },
  }),
  content_generation_failures_total: counter({
    unit: 'count',
    help: 'Pieces of content that could not be generated.',
    labels: { type: ['article', 'description', 'summary'] },
  }),
  // Every attempt, whether it succeeded or not.
  content_generation_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time to generate one piece of content, or to fail to.',
    labels: { type: ['article', 'description', 'summary'] },
    buckets: [
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
      seconds(60),
    ],
  }),
});

const errors = defineMetrics('contentmax', {
  // Types that are known beforehand start at 0; others are born with their first error.
  errors_total: counter({
    unit: 'count',
    help: 'Unexpected errors that the error tracker captured; a refused request is none.',
    labels: { type: 'any' },
  }),
  log_messages_total: counter({
    unit: 'count',
    help: 'Log lines written.',
    labels: { level: ['debug', 'info', 'warn', 'error'] },
  }),
});

const generator = defineMetrics('contentmax', {
  external_api_requests_total: counter({
    unit: 'count',
    help: 'Calls of external APIs; a call without an answer in time is a failure.',
    labels: { service: ['generator'], outcome: ['success', 'failure'] },
  }),
  external_api_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one call of an external API.',
    labels: { service: ['generator'] },
    buckets: [
      ms(25),
      ms(50),
      ms(100),
      ms(250),
      ms(500),
      seconds(1),
      seconds(2.5),
      seconds(5),
      seconds(10),
      seconds(30),
    ],
  }),
  external_api_quota_used: gauge({
    unit: 'count',
    help: 'Calls counted against the quota in its current period.',
    labels: { service: ['generator'] },
    range: { min: 0 },
  }),
  external_api_quota_limit: gauge({
    unit: 'count',
    help: 'Calls that the quota allows in a period.',
    labels: { service: ['generator'] },
    range: { min: 0 },
  }),
});

const host = defineMetrics('contentmax', {
  // Cumulative since boot: only its growth says how busy the processor is now.
  host_cpu_seconds_total: counter({
    unit: 'seconds',
    help: 'Time of the processors that the service may use, by what it was spent on.',
    labels: { mode: ['user', 'system', 'idle'] },
  }),
  host_memory_available_bytes: gauge({
    unit: 'bytes',
    help: 'Memory of the host or container that could still be taken.',
    range: { min: 0 },
  }),
  host_memory_total_bytes: gauge({
    unit: 'bytes',
    help: 'Memory of the host or container.',
    range: { min: 0 },
  }),
});

const database = defineMetrics('contentmax', {
  database_query_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one query.',
    labels: { operation: ['select', 'insert', 'update', 'delete'] },
    buckets: [ms(1), ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5)],
  }),
  database_connections_active: gauge({ unit: 'count', help: 'Connections in use.', range: { min: 0 } }),
  database_connections_max: gauge({ unit: 'count', help: 'The most connections the pool opens.', range: { min: 0 } }),
});

// What the seed calls a history: long enough that an incident of a quarter of an hour does not become the rule. While
// there is none, nothing is unlike it: the deviation is 0.
const HISTORY = { over: hours(3), every: minutes(1) } as const;

const responseTime = query.quantile(0.95, http.http_request_duration_seconds, { over: minutes(5) });
const requests = query.sum(query.rate(http.http_requests_total, minutes(5)));
const errorRatio = query.divide(
  query.orZero(query.sum(query.rate(select(http.http_requests_total, { status: matches('5..') }), minutes(5)))),
  requests,
);
const generationTime = query.quantile(0.95, content.content_generation_duration_seconds, { over: minutes(5) });

/*
 * The seed's cooldowns: the same problem is not reported again so soon. While an alert fires it is not reported twice
 * anyway; what comes and goes is held by keepFiringFor, so that it does not ring again each time it comes back. `for`
 * would delay the first report, and a repetition would make more reports, not fewer.
 */
const COOLDOWN = {
  errorRate: minutes(5),
  slowResponse: minutes(10),
  memoryLeak: minutes(30),
  pool: minutes(5),
  quota: minutes(15),
} as const;

export default defineSystem({
  id: 'contentmax',
  title: 'ContentMax',
  description: 'Generates content for its users through an external API, and keeps it in PostgreSQL.',
  owner: 'content',
  // The seed's exporter listens on 9090, which is the port of Prometheus itself.
  jobs: {
    contentmax: {
      targets: {
        compose: ['app-contentmax:5200'],
        local: ['127.0.0.1:5200'],
        production: ['contentmax.content.internal:5200'],
      },
    },
  },
  metrics: [http],
  components: {
    api: monitors.httpService({
      title: 'HTTP API',
      description: 'What the users of ContentMax and their browsers talk to.',
      job: 'contentmax',
      metrics: {
        requests: http.http_requests_total,
        failures: select(http.http_requests_total, { status: matches('5..') }),
        duration: http.http_request_duration_seconds,
      },
      levels: {
        errorRatio: {
          alert: 'HighErrorRate',
          warning: percent(1),
          critical: { level: percent(5), keepFiringFor: COOLDOWN.errorRate },
          for: minutes(1),
        },
        // p95: an average under the level hides the one user in twenty who waits for ten seconds. The seed's rule is a
        // warning at what its card shows in red, so the card's yellow is for the daily review.
        latencyP95: {
          alert: 'SlowResponseTime',
          warning: { level: ms(500), severity: 'info' },
          critical: { level: seconds(1), severity: 'warning', keepFiringFor: COOLDOWN.slowResponse },
          for: minutes(2),
        },
        // The seed has a card of the load, and no rule: nobody is woken for it.
        requestRate: {
          warning: { level: perSecond(1000), severity: 'info' },
          critical: { level: perSecond(2000), severity: 'warning' },
          for: minutes(5),
        },
        availability: { alert: 'ContentMaxDown', critical: state(true), for: minutes(1) },
      },
      dependsOn: ['database', 'generation', 'host'],
      workload: workload({
        name: 'contentmax',
        image: 'contentmax:latest',
        replicas: 2,
        ports: { http: 5200 },
        endpoints: {
          '/health/startup': { checks: [] },
          '/health/live': { checks: [] },
          '/health/ready': { checks: ['database'] },
          // The seed's own page, for people: everything at once.
          '/api/monitoring/health': { checks: ['database', 'generator', 'host'] },
        },
        startup: { path: '/health/startup', every: seconds(5), timeout: seconds(3), failures: 12 },
        readiness: { path: '/health/ready', every: seconds(5), timeout: seconds(3), failures: 3 },
        liveness: { path: '/health/live', every: seconds(10), timeout: seconds(5), failures: 3 },
        resources: {
          requests: { cpu: cores(0.25), memory: mebibytes(256) },
          limits: { cpu: cores(1), memory: mebibytes(512) },
        },
      }),
    }),
    generation: monitors.task({
      title: 'Content generation',
      description: 'Writes articles, descriptions and summaries while a user waits.',
      metrics: {
        done: content.content_generated_total,
        failures: content.content_generation_failures_total,
        duration: content.content_generation_duration_seconds,
      },
      levels: {
        failureRatio: { alert: 'ContentGenerationFailures', warning: percent(5), for: minutes(5) },
        durationP95: { alert: 'ContentGenerationSlow', warning: seconds(30), for: minutes(5) },
      },
      dependsOn: ['generator'],
    }),
    generator: monitors.externalApi({
      title: 'Generator API',
      description: 'The external API that writes the texts; it allows so many calls in a period.',
      apiLabel: 'service',
      metrics: {
        calls: generator.external_api_requests_total,
        failures: select(generator.external_api_requests_total, { outcome: 'failure' }),
        duration: generator.external_api_request_duration_seconds,
        quotaUsed: generator.external_api_quota_used,
        quotaLimit: generator.external_api_quota_limit,
      },
      levels: {
        quotaUsage: {
          alert: 'ApiRateLimitApproaching',
          warning: { level: percent(80), keepFiringFor: COOLDOWN.quota },
          inclusive: true,
          for: minutes(1),
        },
        errorRatio: { warning: percent(10), for: minutes(5) },
        latencyP95: { warning: seconds(10), for: minutes(5) },
      },
    }),
    errors: monitors.errorTracker({
      title: 'Error tracker',
      description: 'Unexpected errors by type, as the error tracker groups them.',
      spikeWindow: minutes(5),
      metrics: { errors: errors.errors_total },
      levels: { spike: { warning: count(10) }, newType: { warning: count(0) } },
    }),
    logs: monitors.log({
      title: 'Log',
      description: 'What the service writes about itself; the lines themselves are in the log store.',
      metrics: {
        lines: errors.log_messages_total,
        errors: select(errors.log_messages_total, { level: 'error' }),
        warnings: select(errors.log_messages_total, { level: 'warn' }),
      },
    }),
    host: monitors.host({
      title: 'Host',
      description: 'The processor and the memory that the service has.',
      // A trend of 0.1 between two readings, which the seed takes every 30 seconds: 12 percentage points an hour.
      rise: { by: percent(12), within: hours(1) },
      metrics: {
        cpuTime: host.host_cpu_seconds_total,
        cpuIdle: select(host.host_cpu_seconds_total, { mode: 'idle' }),
        memoryAvailable: host.host_memory_available_bytes,
        memoryTotal: host.host_memory_total_bytes,
      },
      levels: {
        // Only cards again; the processor is no reason to wake somebody while users are served.
        cpuUsage: {
          warning: { level: percent(70), severity: 'info' },
          critical: { level: percent(90), severity: 'warning' },
          for: minutes(5),
        },
        memoryUsage: { warning: { level: percent(80), severity: 'info' }, critical: percent(95), for: minutes(2) },
        memoryRising: {
          alert: 'PotentialMemoryLeak',
          warning: { level: percent(80), keepFiringFor: COOLDOWN.memoryLeak },
          for: minutes(5),
        },
      },
    }),
    database: monitors.database({
      title: 'Database',
      description: 'PostgreSQL, through a pool of connections.',
      metrics: {
        queryDuration: database.database_query_duration_seconds,
        poolActive: database.database_connections_active,
        poolMaximum: database.database_connections_max,
      },
      levels: {
        poolUsage: {
          critical: { level: percent(90), keepFiringFor: COOLDOWN.pool },
          inclusive: true,
          for: minutes(1),
        },
      },
    }),
  },
  thresholds: {
    services: threshold({
      alert: 'ServiceUnavailable',
      title: 'HTTP API: services',
      component: 'api',
      query: query.value(http.service_up),
      direction: 'below',
      critical: state(true),
      for: minutes(1),
      summary: '{labels.service} has not answered {labels.instance} for {for}',
      description: 'Whether each service that the API needs answers it: 1 is up, 0 is down.',
      firstSteps: [
        'See whether the service runs: its own panels and its status page.',
        'See whether all instances say so; one alone has a network or a credential of its own.',
      ],
    }),
    'request-anomaly': threshold({
      alert: 'RequestRateAnomalous',
      title: 'HTTP API: requests, deviation',
      component: 'api',
      query: query.orZero(query.deviations(requests, { ...HISTORY, floor: perSecond(10) })),
      direction: 'above',
      warning: score(3),
      for: minutes(5),
      summary:
        'The requests to the API are {value} standard deviations from the mean of three hours (level {threshold})',
      description: 'How far the rate of requests is from what is usual, on either side: a crowd, an attack, or nobody.',
      firstSteps: [
        'See on the panel of requests whether there are more or fewer.',
        'Fewer: see whether users reach the service at all. More: see where they come from.',
      ],
    }),
    'response-anomaly': threshold({
      alert: 'ResponseTimeAnomalous',
      title: 'HTTP API: response time, deviation',
      component: 'api',
      query: query.orZero(query.deviations(responseTime, { ...HISTORY, floor: ms(20) })),
      direction: 'above',
      warning: score(3),
      for: minutes(5),
      summary:
        'The response time at p95 is {value} standard deviations from the mean of three hours (level {threshold})',
      description: 'How far the response time is from what is usual, though it may still be within its level.',
      firstSteps: [
        'See what was deployed or configured when it changed.',
        'Compare with the database and the generator.',
      ],
    }),
    'error-anomaly': threshold({
      alert: 'ErrorRateAnomalous',
      title: 'HTTP API: error ratio, deviation',
      component: 'api',
      query: query.orZero(query.deviations(errorRatio, { ...HISTORY, floor: percent(0.2) })),
      direction: 'above',
      warning: score(3),
      for: minutes(5),
      summary: 'The error ratio is {value} standard deviations from the mean of three hours (level {threshold})',
      description:
        'How far the share of failed requests is from what is usual, though it may still be within its level.',
      firstSteps: ['See which route and which error type has grown.'],
    }),
    'generation-anomaly': threshold({
      alert: 'GenerationTimeAnomalous',
      title: 'Content generation: time, deviation',
      component: 'generation',
      query: query.orZero(query.deviations(generationTime, { ...HISTORY, floor: ms(100) })),
      direction: 'above',
      warning: score(3),
      for: minutes(5),
      summary:
        'Generating content takes a time {value} standard deviations from the mean of three hours (level {threshold})',
      description: 'How far the time to generate a piece of content is from what is usual.',
      firstSteps: ['Compare with the response time of the generator API.', 'See whether longer texts are asked for.'],
    }),
  },
  slos: {
    // The critical level, 5 % errors, is where the fast page comes: 14.4 times the budget.
    'api-availability': slo({
      title: 'The API answers without an error',
      description: 'Every failed request is somebody who did not get an answer.',
      component: 'api',
      objective: percent(99.65),
      indicator: sli.availability({
        bad: select(http.http_requests_total, { status: matches('5..') }),
        total: http.http_requests_total,
      }),
      traffic: perSecond(200),
      firstSteps: ['Look at the errors by type and at the log of the same minutes.'],
    }),
    // The seed's average of 1000 ms, as what it was meant to promise.
    'api-latency': slo({
      title: 'The API answers within a second',
      component: 'api',
      objective: percent(95),
      indicator: sli.latency({ histogram: http.http_request_duration_seconds, below: seconds(1) }),
      traffic: perSecond(200),
      firstSteps: ['See which route is slow, and compare with the database and the generator.'],
    }),
    generation: slo({
      title: 'Content is generated when it is asked for',
      description: 'A user who asked for a text got none.',
      component: 'generation',
      objective: percent(99),
      indicator: sli.availability({
        bad: content.content_generation_failures_total,
        total: query.observations(content.content_generation_duration_seconds),
      }),
      traffic: perSecond(5),
      firstSteps: ['Compare with the failures and the quota of the generator API.'],
    }),
  },
  dashboards: {
    live: {
      title: 'Live',
      description: 'What the cards of the overview leave out: users, averages, memory of the process, where time goes.',
      rows: [
        {
          title: 'Users',
          panels: {
            'active-users': {
              title: 'Active users',
              description: 'Users with a request in the last 5 minutes, on all instances.',
              kind: 'stat',
              queries: { users: query.sum(http.active_users) },
              min: 0,
            },
            'average-response': {
              title: 'Average response time',
              description: 'The mean of all requests, as the seed had it; the levels are on p95.',
              kind: 'stat',
              queries: { mean: query.mean(http.http_request_duration_seconds, { over: query.rateInterval }) },
              min: 0,
            },
            content: {
              title: 'Content generated by type',
              description: 'Pieces of content a second.',
              queries: {
                '{{type}}': query.sum(query.rate(content.content_generated_total, query.rateInterval), {
                  by: ['type'],
                }),
              },
              min: 0,
            },
          },
        },
        {
          title: 'Process',
          panels: {
            memory: {
              title: 'Memory of the process',
              description: 'Heap in use and resident memory.',
              queries: {
                heap: query.sum(http.process_heap_used_bytes),
                resident: query.sum(http.process_resident_memory_bytes),
              },
              min: 0,
            },
            processor: {
              title: 'Processor time by mode',
              description: 'What the processor time of each second is spent on.',
              queries: {
                '{{mode}}': query.sum(query.rate(host.host_cpu_seconds_total, query.rateInterval), { by: ['mode'] }),
              },
              min: 0,
            },
            errors: {
              title: 'Errors by type',
              description: 'Unexpected errors a second.',
              queries: { '{{type}}': query.sum(query.rate(errors.errors_total, query.rateInterval), { by: ['type'] }) },
              min: 0,
            },
          },
        },
        {
          // In the place of the seed's list of traces: where the time of a request goes, operation by operation.
          title: 'Where time goes',
          panels: {
            routes: {
              title: 'Response time by route, p95',
              description: '95 of 100 requests of each route are answered at least this fast.',
              queries: {
                '{{method}} {{route}}': query.quantile(0.95, http.http_request_duration_seconds, {
                  over: query.rateInterval,
                  by: ['method', 'route'],
                }),
              },
              min: 0,
            },
            queries: {
              title: 'Query time by operation, p95',
              description: '95 of 100 queries of each kind are answered at least this fast.',
              queries: {
                '{{operation}}': query.quantile(0.95, database.database_query_duration_seconds, {
                  over: query.rateInterval,
                  by: ['operation'],
                }),
              },
              min: 0,
            },
            calls: {
              title: 'Response time of external APIs, p95',
              description: '95 of 100 calls of each API are answered at least this fast.',
              queries: {
                '{{service}}': query.quantile(0.95, generator.external_api_request_duration_seconds, {
                  over: query.rateInterval,
                  by: ['service'],
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
