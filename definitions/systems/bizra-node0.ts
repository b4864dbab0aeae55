import {
  cores,
  count,
  counter,
  days,
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
  not,
  pattern,
  percent,
  perSecond,
  query,
  rateInterval,
  score,
  seconds,
  select,
  sli,
  slo,
  state,
  threshold,
  workload,
} from 'tocsin';

// One metric with labels: the seed named one after each operation, in milliseconds, with quantiles and timestamps of its own.
const http = defineMetrics('bizra-node0', {
  http_requests_total: counter({
    unit: 'count',
    help: 'HTTP requests answered.',
    labels: {
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      route: 'any',
      status: pattern('[1-5][0-9][0-9]'),
      region: 'any',
    },
  }),
  http_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labels: { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: 'any', region: 'any' },
    buckets: [
      ms(5),
      ms(10),
      ms(25),
      ms(50),
      ms(100),
      ms(250),
      ms(500),
      seconds(1),
      seconds(2.5),
      seconds(5),
      seconds(10),
    ],
  }),
});

const database = defineMetrics('bizra-node0', {
  database_query_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one query.',
    labels: { operation: ['select', 'insert', 'update', 'delete'] },
    buckets: [ms(1), ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5)],
  }),
  database_connections_active: gauge({ unit: 'count', help: 'Connections in use.', range: { min: 0 } }),
  database_connections_idle: gauge({ unit: 'count', help: 'Open connections that nobody uses.', range: { min: 0 } }),
  database_connections_max: gauge({ unit: 'count', help: 'The most connections the pool opens.', range: { min: 0 } }),
  database_clients_waiting: gauge({ unit: 'count', help: 'Clients that wait for a connection.', range: { min: 0 } }),
  database_connection_wait_seconds: histogram({
    unit: 'seconds',
    help: 'Time from asking for a connection to having it.',
    buckets: [ms(0.1), ms(1), ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5)],
  }),
  database_connection_errors_total: counter({
    unit: 'count',
    help: 'Connections that could not be opened or broke.',
    labels: { reason: ['refused', 'timeout', 'broken'] },
  }),
});

const cache = defineMetrics('bizra-node0', {
  cache_hits_total: counter({
    unit: 'count',
    help: 'Look-ups that the layer answered.',
    labels: { layer: ['L1', 'L2'] },
  }),
  cache_misses_total: counter({ unit: 'count', help: 'Look-ups that it did not.', labels: { layer: ['L1', 'L2'] } }),
  cache_operations_total: counter({
    unit: 'count',
    help: 'Operations on the layer.',
    labels: { layer: ['L1', 'L2'], operation: ['get', 'set', 'delete'] },
  }),
  cache_operation_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one operation.',
    labels: { layer: ['L1', 'L2'], operation: ['get', 'set', 'delete'] },
    buckets: [ms(0.01), ms(0.1), ms(0.5), ms(1), ms(2.5), ms(5), ms(10), ms(25), ms(50), ms(100)],
  }),
  cache_evictions_total: counter({
    unit: 'count',
    help: 'Entries that were dropped to make room.',
    labels: { layer: ['L1', 'L2'] },
  }),
  cache_memory_used_bytes: gauge({
    unit: 'bytes',
    help: 'Memory that the layer holds.',
    labels: { layer: ['L1', 'L2'] },
    range: { min: 0 },
  }),
  cache_memory_limit_bytes: gauge({
    unit: 'bytes',
    help: 'Memory that the layer may hold.',
    labels: { layer: ['L1', 'L2'] },
    range: { min: 0 },
  }),
  cache_written_bytes_total: counter({
    unit: 'bytes',
    help: 'Size of the values that were set.',
    labels: { layer: ['L1', 'L2'] },
  }),
  cache_stored_bytes_total: counter({
    unit: 'bytes',
    help: 'Size of the same values as they are stored, compressed or not.',
    labels: { layer: ['L1', 'L2'] },
  }),
});

const circuit = defineMetrics('bizra-node0', {
  // One series a state, of which one is 1.
  circuit_breaker_state: gauge({
    unit: 'state',
    help: 'The state of a circuit: 1 for the state it is in, 0 for the others.',
    labels: { service: ['payment-service', 'identity-service'], state: ['closed', 'open', 'half-open'] },
    range: { min: 0, max: 1 },
  }),
  // Not when the state changed last: a circuit that tries single calls (half-open) and fails is open all along.
  circuit_breaker_opened_timestamp_seconds: gauge({
    unit: 'unix_seconds',
    help: 'When the circuit opened; 0 since a call through it succeeded and it closed.',
    labels: { service: ['payment-service', 'identity-service'] },
  }),
  circuit_breaker_state_changes_total: counter({
    unit: 'count',
    help: 'Changes of a circuit, by the state it came into.',
    labels: { service: ['payment-service', 'identity-service'], state: ['closed', 'open', 'half-open'] },
  }),
  circuit_breaker_calls_total: counter({
    unit: 'count',
    help: 'Calls through the circuit.',
    labels: {
      service: ['payment-service', 'identity-service'],
      outcome: ['success', 'failure', 'timeout', 'rejected'],
    },
  }),
  circuit_breaker_consecutive_failures: gauge({
    unit: 'count',
    help: 'Calls that failed since the last one that did not.',
    labels: { service: ['payment-service', 'identity-service'] },
    range: { min: 0 },
  }),
  circuit_breaker_call_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one call that was let through.',
    labels: { service: ['payment-service', 'identity-service'] },
    buckets: [
      ms(5),
      ms(10),
      ms(25),
      ms(50),
      ms(100),
      ms(250),
      ms(500),
      seconds(1),
      seconds(2.5),
      seconds(5),
      seconds(10),
    ],
  }),
});

const stream = defineMetrics('bizra-node0', {
  metrics_stream_connections_active: gauge({ unit: 'count', help: 'Open connections.', range: { min: 0 } }),
  metrics_stream_messages_total: counter({
    unit: 'count',
    help: 'Messages sent.',
    labels: { type: ['snapshot', 'update', 'alert'] },
  }),
  metrics_stream_connection_errors_total: counter({
    unit: 'count',
    help: 'Connections that failed or broke off.',
    labels: { reason: 'any' },
  }),
});

const health = defineMetrics('bizra-node0', {
  system_health_score: gauge({
    unit: 'score',
    help: 'How healthy the whole is, 0-100: the worst of its components.',
    range: { min: 0, max: 100 },
  }),
  component_health_score: gauge({
    unit: 'score',
    help: 'How healthy a part is, 0-100.',
    labels: { part: ['database', 'cache', 'circuit-breaker', 'memory'] },
    range: { min: 0, max: 100 },
  }),
});

const runtime = defineMetrics('bizra-node0', {
  process_resident_memory_bytes: gauge({ unit: 'bytes', help: 'Resident memory of the process.', range: { min: 0 } }),
  process_memory_limit_bytes: gauge({ unit: 'bytes', help: 'Memory limit of the container.', range: { min: 0 } }),
  nodejs_heap_size_used_bytes: gauge({ unit: 'bytes', help: 'Heap in use.', range: { min: 0 } }),
  nodejs_heap_size_limit_bytes: gauge({ unit: 'bytes', help: 'The most heap the process may use.', range: { min: 0 } }),
  nodejs_eventloop_lag_p99_seconds: gauge({
    unit: 'seconds',
    help: 'How late the event loop was, 99 of 100 times at most, since the last scrape.',
    range: { min: 0 },
  }),
  nodejs_gc_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one garbage collection.',
    labels: { kind: ['minor', 'major', 'incremental', 'weakcb'] },
    buckets: [ms(0.1), ms(1), ms(5), ms(10), ms(50), ms(100), ms(500), seconds(1), seconds(2)],
  }),
  process_cpu_seconds_total: counter({ unit: 'seconds', help: 'Processor time that the process used.' }),
});

const failures = select(http.http_requests_total, { status: matches('5..') });
const calls = select(circuit.circuit_breaker_calls_total, { outcome: not('rejected') });
const failedCalls = select(circuit.circuit_breaker_calls_total, { outcome: ['failure', 'timeout'] });
const open = select(circuit.circuit_breaker_state, { state: 'open' });
const halfOpen = select(circuit.circuit_breaker_state, { state: 'half-open' });

const requestRate = query.sum(query.rate(http.http_requests_total, minutes(5)));
const latencyP95 = query.quantile(0.95, http.http_request_duration_seconds, { over: minutes(5) });
const hourlyP95 = query.quantile(0.95, http.http_request_duration_seconds, { over: hours(1) });
/** A value is compared with its own mean and standard deviation of a day. */
const DAY = { over: days(1), every: minutes(5) } as const;

export default defineSystem({
  id: 'bizra-node0',
  title: 'BIZRA node 0',
  description: 'An HTTP API on PostgreSQL with two layers of cache, circuit breakers and a live stream of its metrics.',
  owner: 'node',
  jobs: {
    'bizra-node0': {
      targets: {
        compose: ['app-bizra-node0:5100'],
        local: ['127.0.0.1:5100'],
        production: ['node0.internal:5100'],
      },
    },
  },
  components: {
    api: monitors.httpService({
      title: 'API',
      description: 'The HTTP API of the node.',
      job: 'bizra-node0',
      by: ['route'],
      metrics: { requests: http.http_requests_total, failures, duration: http.http_request_duration_seconds },
      levels: {
        latencyP95: { alert: 'NodeLatencyHigh', warning: seconds(1), for: minutes(5) },
        availability: { alert: 'NodeDown', critical: state(true), for: minutes(1) },
      },
      dependsOn: ['database', 'cache', 'circuits'],
      workload: workload({
        name: 'bizra-node0',
        image: 'bizra-node0:latest',
        replicas: 2,
        ports: { http: 5100 },
        endpoints: {
          '/health/startup': { checks: [] },
          '/health/live': { checks: [] },
          '/health/ready': { checks: ['database', 'cache'] },
          '/health/performance': { checks: ['database', 'cache', 'circuits', 'process'] },
          '/metrics/database': { checks: ['database'] },
          '/metrics/cache': { checks: ['cache'] },
          '/metrics/circuit-breaker': { checks: ['circuits'] },
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
    cache: monitors.cache({
      title: 'Cache',
      description: 'A layer in memory (L1) before one in Redis (L2).',
      by: ['layer'],
      metrics: {
        hits: cache.cache_hits_total,
        misses: cache.cache_misses_total,
        operations: cache.cache_operations_total,
        duration: cache.cache_operation_duration_seconds,
        memory: cache.cache_memory_used_bytes,
        memoryLimit: cache.cache_memory_limit_bytes,
        evictions: cache.cache_evictions_total,
        writtenBytes: cache.cache_written_bytes_total,
        storedBytes: cache.cache_stored_bytes_total,
      },
      levels: { hitRate: { alert: 'CacheLayerHitRateLow', warning: percent(70), for: minutes(5) } },
    }),
    database: monitors.database({
      title: 'Database',
      description: 'PostgreSQL, through a pool of connections.',
      metrics: {
        queryDuration: database.database_query_duration_seconds,
        poolActive: database.database_connections_active,
        poolIdle: database.database_connections_idle,
        poolMaximum: database.database_connections_max,
        poolWaiting: database.database_clients_waiting,
        poolWait: database.database_connection_wait_seconds,
        connectionErrors: database.database_connection_errors_total,
      },
      levels: {
        poolWaiting: { alert: 'DatabaseWaitQueueLong', warning: count(5), for: minutes(2) },
        connectionErrors: { alert: 'DatabaseConnectionsFail', warning: count(5), for: minutes(1) },
      },
    }),
    circuits: monitors.circuitBreaker({
      title: 'Circuit breakers',
      description: 'One before each service that the node calls.',
      by: ['service'],
      metrics: {
        open,
        halfOpen,
        opened: circuit.circuit_breaker_opened_timestamp_seconds,
        changes: circuit.circuit_breaker_state_changes_total,
        calls,
        failures: failedCalls,
        rejected: select(circuit.circuit_breaker_calls_total, { outcome: 'rejected' }),
        consecutiveFailures: circuit.circuit_breaker_consecutive_failures,
        duration: circuit.circuit_breaker_call_duration_seconds,
      },
      levels: {
        open: { critical: state(true), for: minutes(1) },
        failureRatio: { warning: percent(50), for: minutes(2) },
        // The thresholds that the seed registers with each circuit.
        consecutiveFailures: { warning: count(5), for: minutes(1) },
        latencyP95: { warning: seconds(5), for: minutes(5) },
      },
    }),
    stream: monitors.webSocket({
      title: 'Metrics stream',
      description: 'Pushes snapshots, updates and alerts to dashboards, at /metrics/stream.',
      metrics: {
        connections: stream.metrics_stream_connections_active,
        messages: stream.metrics_stream_messages_total,
        connectionErrors: stream.metrics_stream_connection_errors_total,
      },
      dependsOn: ['api'],
    }),
    process: monitors.runtime({
      title: 'Process',
      description: 'The Node.js process of the node.',
      metrics: {
        memory: runtime.process_resident_memory_bytes,
        memoryLimit: runtime.process_memory_limit_bytes,
        heapUsed: runtime.nodejs_heap_size_used_bytes,
        heapLimit: runtime.nodejs_heap_size_limit_bytes,
        eventLoopLag: runtime.nodejs_eventloop_lag_p99_seconds,
        cpuTime: runtime.process_cpu_seconds_total,
        garbageCollection: runtime.nodejs_gc_duration_seconds,
      },
      // The seed names these alerts and gives them no numbers.
      levels: {
        memoryUsage: { alert: 'NodeMemoryHigh', warning: percent(80), critical: percent(90), for: minutes(5) },
        eventLoopLag: { alert: 'EventLoopBlocked', warning: ms(100), critical: seconds(1), for: minutes(2) },
      },
    }),
    health: monitors.healthCheck({
      title: 'Health',
      description: 'What /health/performance says, as scores of 0-100.',
      by: ['part'],
      metrics: { score: health.system_health_score, partScore: health.component_health_score },
      levels: {
        // 70 to 85 is to be watched, below 70 to be looked at now.
        score: { warning: score(85), critical: score(70), for: minutes(5) },
      },
    }),
  },
  thresholds: {
    'latency-anomaly': threshold({
      alert: 'LatencyAnomaly',
      title: 'Response time, p95: distance from its usual value',
      component: 'api',
      query: query.orZero(query.deviations(latencyP95, { ...DAY, floor: ms(20) })),
      direction: 'above',
      warning: { level: score(3), severity: 'low' },
      for: minutes(5),
      summary: 'The response time is {value} standard deviations away from that of the last day (level {threshold})',
      description: 'No limit is passed, but the value has not been like this for a day. 0 while there is no history.',
      firstSteps: ['Compare with the rate of requests and with the last deployments.'],
    }),
    'traffic-anomaly': threshold({
      alert: 'TrafficAnomaly',
      title: 'Requests: distance from their usual rate',
      component: 'api',
      // Far too little is as odd as far too much.
      query: query.orZero(query.deviations(requestRate, { ...DAY, floor: perSecond(5) })),
      direction: 'above',
      warning: { level: score(3), severity: 'low' },
      for: minutes(5),
      summary: 'The rate of requests is {value} standard deviations away from that of the last day (level {threshold})',
      description: 'Clients send far more or far fewer requests than in the last day. 0 while there is no history.',
      firstSteps: [
        'See which clients and regions it is.',
        'See whether something before this service turns them away.',
      ],
    }),
    'latency-regression': threshold({
      alert: 'LatencyRegression',
      title: 'Response time, p95: against the day before',
      component: 'api',
      query: query.orZero(query.changeSince(hourlyP95, days(1))),
      direction: 'above',
      warning: { level: percent(50), severity: 'low' },
      for: hours(1),
      summary: 'The response time of an hour is {value} above that of the same hour the day before (level {threshold})',
      description:
        'Slower for an hour than at the same time a day ago: usually a deployment. 0 while there is no history.',
      firstSteps: ['List what was deployed since the same hour the day before.'],
    }),
    'region-errors': threshold({
      alert: 'RegionErrorRateHigh',
      title: 'Error ratio by region',
      component: 'api',
      query: query.divide(
        query.or(
          query.sum(query.rate(failures, minutes(5)), { by: ['region'] }),
          query.multiply(query.sum(query.rate(http.http_requests_total, minutes(5)), { by: ['region'] }), 0),
        ),
        query.sum(query.rate(http.http_requests_total, minutes(5)), { by: ['region'] }),
      ),
      direction: 'above',
      warning: percent(5),
      for: minutes(5),
      summary: '{value} of the requests in {labels.region} fail (level {threshold})',
      description: 'One region that fails is hidden by the others in what is measured over all of them.',
      firstSteps: ['Take the region out of the balancing, then look for what differs there.'],
    }),
  },
  slos: {
    // p95 under 1 second is 95 % of the requests within it; each region has a budget of its own.
    'api-latency': slo({
      title: 'The API answers within 1 second',
      component: 'api',
      objective: percent(95),
      indicator: sli.latency({ histogram: http.http_request_duration_seconds, below: seconds(1) }),
      by: ['region'],
      traffic: perSecond(50),
      firstSteps: ['Compare with the database, cache and circuit panels of the same minutes.'],
    }),
    'api-availability': slo({
      title: 'The API answers without an error',
      component: 'api',
      objective: percent(99.5),
      indicator: sli.availability({ bad: failures, total: http.http_requests_total }),
      traffic: perSecond(50),
      firstSteps: ['Look at the failures by route: one route points at its code, all routes at what they share.'],
    }),
    'dependency-calls': slo({
      title: 'A call of a service succeeds',
      component: 'circuits',
      objective: percent(95),
      indicator: sli.availability({ bad: failedCalls, total: calls }),
      by: ['service'],
      traffic: perSecond(20),
      firstSteps: ['See what the service answers, and tell its owner.'],
    }),
  },
  dashboards: {
    performance: {
      title: 'Performance',
      description: 'The nine panels of the seed.',
      rows: [
        {
          title: 'Requests',
          panels: {
            latency: {
              title: 'Request latency distribution',
              description: 'How long 50, 95 and 99 of 100 requests take at most.',
              queries: {
                p50: query.quantile(0.5, http.http_request_duration_seconds, { over: rateInterval }),
                p95: query.quantile(0.95, http.http_request_duration_seconds, { over: rateInterval }),
                p99: query.quantile(0.99, http.http_request_duration_seconds, { over: rateInterval }),
              },
              min: 0,
            },
            throughput: {
              title: 'Throughput',
              description: 'Requests a second.',
              queries: { requests: query.sum(query.rate(http.http_requests_total, rateInterval)) },
              min: 0,
            },
            'hit-rates': {
              title: 'Cache hit rates',
              description: 'The share of the look-ups that each layer answers itself.',
              queries: {
                'hit rate': query.divide(
                  query.sum(query.rate(cache.cache_hits_total, rateInterval), { by: ['layer'] }),
                  query.add(
                    query.sum(query.rate(cache.cache_hits_total, rateInterval), { by: ['layer'] }),
                    query.sum(query.rate(cache.cache_misses_total, rateInterval), { by: ['layer'] }),
                  ),
                ),
              },
              min: 0,
              max: 1,
            },
          },
        },
        {
          title: 'What it depends on',
          panels: {
            pool: {
              title: 'Database pool',
              description: 'Connections in use and idle, and clients that wait for one.',
              queries: {
                active: query.sum(database.database_connections_active),
                idle: query.sum(database.database_connections_idle),
                waiting: query.sum(database.database_clients_waiting),
              },
              min: 0,
            },
            circuits: {
              title: 'Circuit breaker status',
              description: 'Whether a circuit is open or half-open: 1 is yes, 0 is no.',
              queries: {
                open: query.maximum(open, { by: ['service'] }),
                'half-open': query.maximum(halfOpen, { by: ['service'] }),
              },
            },
            'circuit-failures': {
              title: 'Circuit breaker failure rate',
              description: 'The share of the calls that were let through which fail or take too long.',
              queries: {
                failures: query.divide(
                  query.sum(query.rate(failedCalls, rateInterval), { by: ['service'] }),
                  query.sum(query.rate(calls, rateInterval), { by: ['service'] }),
                ),
              },
              min: 0,
              max: 1,
            },
          },
        },
        {
          title: 'The node itself',
          panels: {
            memory: {
              title: 'Memory usage',
              description: 'Memory of all processes, and their heap.',
              queries: {
                process: query.sum(runtime.process_resident_memory_bytes),
                heap: query.sum(runtime.nodejs_heap_size_used_bytes),
              },
              min: 0,
            },
            health: {
              title: 'System health score',
              description:
                'How healthy the whole is, 0-100: the worst of its parts, on the instance that is worst off.',
              kind: 'gauge',
              queries: { score: query.minimum(health.system_health_score) },
              min: 0,
              max: 100,
            },
            'part-health': {
              title: 'Component health scores',
              description: 'How healthy each part is, 0-100, on the instance that is worst off.',
              queries: { score: query.minimum(health.component_health_score, { by: ['part'] }) },
              min: 0,
              max: 100,
            },
          },
        },
      ],
    },
    regions: {
      title: 'Regions',
      description: 'The same values in each region, side by side.',
      rows: [
        {
          title: 'Regions',
          panels: {
            requests: {
              title: 'Requests',
              description: 'Requests a second in each region.',
              queries: { requests: query.sum(query.rate(http.http_requests_total, rateInterval), { by: ['region'] }) },
              min: 0,
            },
            latency: {
              title: 'Response time, p95',
              description: '95 of 100 requests in the region take at most this long.',
              queries: {
                p95: query.quantile(0.95, http.http_request_duration_seconds, { over: rateInterval, by: ['region'] }),
              },
              min: 0,
            },
          },
        },
      ],
    },
  },
});
