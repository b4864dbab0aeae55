import {
  count,
  counter,
  defineMetrics,
  defineSystem,
  gauge,
  histogram,
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
} from 'tocsin';

const http = defineMetrics('migrated-api', {
  http_requests_total: counter({
    unit: 'count',
    help: 'HTTP requests answered.',
    labels: { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: 'any', status: pattern('[1-5][0-9][0-9]') },
  }),
  http_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labels: { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: 'any' },
    buckets: [
      ms(5),
      ms(10),
      ms(25),
      ms(50),
      ms(100),
      ms(250),
      ms(500),
      seconds(1),
      seconds(2),
      seconds(5),
      seconds(10),
    ],
  }),
  process_resident_memory_bytes: gauge({ unit: 'bytes', help: 'Resident memory of the process.', range: { min: 0 } }),
  // Not process_virtual_memory_max_bytes: that is unlimited on Linux, so a share of it is always nothing.
  process_memory_limit_bytes: gauge({ unit: 'bytes', help: 'Memory limit of the container.', range: { min: 0 } }),
});

const cache = defineMetrics('migrated-api', {
  cache_hits_total: counter({
    unit: 'count',
    help: 'Look-ups that the cache answered.',
    labels: { store: ['memory', 'redis'] },
  }),
  cache_misses_total: counter({
    unit: 'count',
    help: 'Look-ups that it did not.',
    labels: { store: ['memory', 'redis'] },
  }),
  cache_operations_total: counter({
    unit: 'count',
    help: 'Commands processed.',
    labels: { store: ['memory', 'redis'], operation: ['get', 'set', 'delete'] },
  }),
  cache_operation_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one cache operation.',
    labels: { store: ['memory', 'redis'], operation: ['get', 'set', 'delete'] },
    buckets: [ms(0.1), ms(0.5), ms(1), ms(2.5), ms(5), ms(10), ms(25), ms(50), ms(100)],
  }),
  cache_memory_used_bytes: gauge({
    unit: 'bytes',
    help: 'Memory that the cache holds.',
    labels: { store: ['memory', 'redis'] },
    range: { min: 0 },
  }),
  cache_memory_limit_bytes: gauge({
    unit: 'bytes',
    help: 'Memory that the cache may hold.',
    labels: { store: ['memory', 'redis'] },
    range: { min: 0 },
  }),
  cache_up: gauge({
    unit: 'state',
    help: 'Whether the store answers: 1 is up, 0 is down.',
    labels: { store: ['memory', 'redis'] },
    range: { min: 0, max: 1 },
  }),
});

const limiter = defineMetrics('migrated-api', {
  rate_limit_checks_total: counter({ unit: 'count', help: 'Requests that were checked.', labels: { limit: 'any' } }),
  rate_limit_exceeded_total: counter({
    unit: 'count',
    help: 'Requests that were turned away.',
    labels: { limit: 'any' },
  }),
  rate_limit_memory_bytes: gauge({ unit: 'bytes', help: 'Memory of the counters.', range: { min: 0 } }),
});

const search = defineMetrics('migrated-api', {
  search_request_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one search.',
    buckets: [ms(5), ms(10), ms(25), ms(50), ms(100), ms(200), ms(500), seconds(1), seconds(2), seconds(5)],
  }),
  search_relevance_score: gauge({
    unit: 'score',
    help: 'How well the results of a known search fit.',
    range: { min: 0, max: 1 },
  }),
  search_index_documents: gauge({ unit: 'count', help: 'Documents in the index.', range: { min: 0 } }),
});

const validation = defineMetrics('migrated-api', {
  validation_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one validation.',
    labels: { schema: 'any' },
    buckets: [ms(0.1), ms(0.25), ms(0.5), ms(1), ms(2.5), ms(5), ms(10), ms(25)],
  }),
  validation_errors_total: counter({ unit: 'count', help: 'Inputs that were refused.', labels: { schema: 'any' } }),
});

const sockets = defineMetrics('migrated-websocket', {
  websocket_connections_active: gauge({ unit: 'count', help: 'Open connections.', range: { min: 0 } }),
  websocket_messages_total: counter({
    unit: 'count',
    help: 'Messages sent and received.',
    labels: { direction: ['in', 'out'] },
  }),
  websocket_connection_errors_total: counter({
    unit: 'count',
    help: 'Connections that failed or broke off.',
    labels: { reason: 'any' },
  }),
});

const database = defineMetrics('migrated-api', {
  // A histogram: the quantiles of a summary could not be put together over instances.
  database_query_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one query.',
    labels: { operation: ['select', 'insert', 'update', 'delete'] },
    buckets: [ms(1), ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5)],
  }),
  database_connections_active: gauge({ unit: 'count', help: 'Connections in use.', range: { min: 0 } }),
  database_connections_max: gauge({ unit: 'count', help: 'The most connections the pool opens.', range: { min: 0 } }),
  database_slow_queries_total: counter({ unit: 'count', help: 'Queries over the slow query limit.' }),
});

const checks = defineMetrics('migrated-api', {
  health_check_up: gauge({
    unit: 'state',
    help: 'Whether the last health check passed: 1 is yes, 0 is no.',
    labels: { check: ['redis', 'postgresql', 'search', 'websocket'] },
    range: { min: 0, max: 1 },
  }),
  health_check_last_run_timestamp_seconds: gauge({
    unit: 'unix_seconds',
    help: 'When all health checks ran last.',
  }),
});

const cacheHits = query.orZero(query.sum(query.rate(cache.cache_hits_total, minutes(5))));
const cacheMisses = query.orZero(query.sum(query.rate(cache.cache_misses_total, minutes(5))));

export default defineSystem({
  id: 'migrated-components',
  title: 'Migrated components',
  description: 'The HTTP API with its cache, rate limiter, search, validation, WebSocket server and database.',
  owner: 'platform',
  jobs: {
    // The fastest reading that the seed asks for is every 10 seconds: cache operations, WebSocket messages.
    'migrated-api': {
      targets: {
        compose: ['app-migrated-components:3000'],
        local: ['127.0.0.1:3000'],
        production: ['api.platform.internal:3000'],
      },
      interval: seconds(10),
    },
    // The WebSocket server has port 3001; Grafana is published elsewhere.
    'migrated-websocket': {
      targets: {
        compose: ['app-migrated-components:3001'],
        local: ['127.0.0.1:3001'],
        production: ['api.platform.internal:3001'],
      },
      interval: seconds(10),
    },
  },
  components: {
    api: monitors.httpService({
      title: 'HTTP API',
      description: 'The API of the migrated components.',
      job: 'migrated-api',
      metrics: {
        requests: http.http_requests_total,
        failures: select(http.http_requests_total, { status: matches('5..') }),
        duration: http.http_request_duration_seconds,
        memory: http.process_resident_memory_bytes,
        memoryLimit: http.process_memory_limit_bytes,
      },
      levels: {
        // A share of the requests: the seed compared an absolute rate and called it percent.
        errorRatio: { critical: percent(10), for: minutes(2) },
        latencyP95: { alert: 'PerformanceDegradation', warning: seconds(2), for: minutes(5) },
        memoryUsage: { alert: 'MemoryUsageCritical', critical: percent(90), for: minutes(1) },
        availability: { alert: 'ApiDown', critical: state(true), for: minutes(1) },
      },
      dependsOn: ['cache', 'database', 'rate-limiter', 'search', 'validation'],
    }),
    cache: monitors.cache({
      title: 'Cache',
      description: 'The cache in memory with Redis behind it.',
      metrics: {
        hits: cache.cache_hits_total,
        misses: cache.cache_misses_total,
        operations: cache.cache_operations_total,
        duration: cache.cache_operation_duration_seconds,
        memory: cache.cache_memory_used_bytes,
        memoryLimit: cache.cache_memory_limit_bytes,
        // What the API sees of its stores: an exporter beside Redis is up while Redis is out of reach.
        up: cache.cache_up,
      },
      levels: {
        // The seed gives 80 % in its alert and 70/50 % in its two-level thresholds; the two levels are what is kept.
        hitRate: {
          alert: 'CacheHitRateLow',
          warning: percent(70),
          critical: percent(50),
          goal: percent(80),
          for: minutes(5),
        },
        latencyP95: { alert: 'CacheOperationSlow', warning: ms(10), for: minutes(5) },
        memoryUsage: { warning: { level: percent(80), severity: 'info' }, for: minutes(5) },
        availability: { alert: 'CacheUnavailable', critical: state(true), for: seconds(30) },
      },
    }),
    'rate-limiter': monitors.rateLimiter({
      title: 'Rate limiter',
      description: 'Turns away clients that ask too often; keeps its counters in Redis.',
      metrics: {
        checks: limiter.rate_limit_checks_total,
        blocked: limiter.rate_limit_exceeded_total,
        memory: limiter.rate_limit_memory_bytes,
      },
      levels: {
        blockedRate: { alert: 'RateLimitExceeded', warning: perSecond(10), for: minutes(2) },
        memory: {
          alert: 'RateLimiterMemoryLarge',
          warning: mebibytes(64),
          for: minutes(10),
          summary: 'The counters of the rate limiter take {value} (level {threshold})',
          description: 'Counters that never expire fill Redis until it evicts what is needed.',
          firstSteps: ['See whether every counter has an expiry: `redis-cli --scan` and `TTL` on some of them.'],
        },
      },
      dependsOn: ['cache'],
    }),
    search: monitors.searchIndex({
      title: 'Search',
      description: 'Full-text search over an index in memory.',
      metrics: {
        duration: search.search_request_duration_seconds,
        relevance: search.search_relevance_score,
        documents: search.search_index_documents,
      },
      levels: {
        latencyP95: { alert: 'SearchResponseTimeHigh', warning: ms(200), critical: seconds(1), for: minutes(5) },
        relevance: { warning: score(0.6) },
        documents: { warning: count(1) },
      },
    }),
    validation: monitors.validator({
      title: 'Validation',
      description: 'Checks every input against its schema.',
      metrics: { duration: validation.validation_duration_seconds, errors: validation.validation_errors_total },
      levels: {
        latencyP95: { alert: 'ValidationSlow', warning: ms(5), for: minutes(5) },
        errorRatio: { warning: percent(20) },
      },
    }),
    websocket: monitors.webSocket({
      title: 'WebSocket server',
      description: 'Pushes changes to connected clients.',
      metrics: {
        connections: sockets.websocket_connections_active,
        messages: sockets.websocket_messages_total,
        connectionErrors: sockets.websocket_connection_errors_total,
      },
      levels: { connectionErrors: { alert: 'WebSocketConnectionErrors', warning: perSecond(1), for: minutes(5) } },
      dependsOn: ['api'],
    }),
    database: monitors.database({
      title: 'Database',
      description: 'PostgreSQL, through a pool of connections.',
      metrics: {
        queryDuration: database.database_query_duration_seconds,
        poolActive: database.database_connections_active,
        poolMaximum: database.database_connections_max,
        slowQueries: database.database_slow_queries_total,
      },
      levels: {
        latencyP95: { alert: 'DatabaseQueryTimeHigh', warning: ms(100), critical: ms(500), for: minutes(5) },
        poolUsage: { alert: 'DatabaseConnectionPoolExhausted', critical: percent(95), for: minutes(2) },
        slowQueries: { warning: perSecond(1) },
      },
    }),
  },
  thresholds: {
    // The seed's alert says 80 %, its two-level threshold 70 and 50 %: below 80 % is for the daily review.
    'cache-hit-rate-goal': threshold({
      alert: 'CacheHitRateBelowGoal',
      title: 'Cache: hit rate, against its goal',
      component: 'cache',
      query: query.divide(cacheHits, query.add(cacheHits, cacheMisses)),
      direction: 'below',
      warning: { level: percent(80), severity: 'info' },
      for: minutes(5),
      summary: 'The cache answers {value} of its look-ups, and is meant to answer {threshold}',
      description: 'No user notices it yet; a cache that is planned or filled wrongly shows here first.',
      firstSteps: ['See which keys are missed, and whether they expire too early.'],
    }),
    // The seed's daily script, run by the API itself every 30 seconds: what broke in the night is known in the night.
    'health-check': threshold({
      alert: 'HealthCheckFailed',
      title: 'HTTP API: health checks',
      component: 'api',
      query: query.value(checks.health_check_up),
      direction: 'below',
      warning: state(true),
      for: minutes(2),
      summary: 'The health check of {labels.check} has failed on {labels.instance} for {for}',
      description:
        'Redis, PostgreSQL, the search and the WebSocket port are asked as a user would: 1 passed, 0 did not.',
      firstSteps: [
        'Do by hand what the check does: `redis-cli ping`, `SELECT 1`, a search for "test", a connection to port 3001.',
        'See whether every instance says so: one alone has a network or a configuration of its own.',
      ],
    }),
    'health-check-age': threshold({
      alert: 'HealthChecksOverdue',
      title: 'HTTP API: time since the health checks ran',
      component: 'api',
      query: query.maximum(query.timeSince(checks.health_check_last_run_timestamp_seconds)),
      direction: 'above',
      warning: minutes(5),
      summary: 'The health checks ran {value} ago (level {threshold})',
      description: 'Checks that do not run find nothing, and look as if all were well.',
      firstSteps: ['See in the log of the API what the checks wait for; one that hangs holds back all others.'],
    }),
  },
  slos: {
    // The seed's critical level, 10 % errors, is where the fast page comes: 14.4 times the budget.
    'api-availability': slo({
      title: 'The API answers without an error',
      description: 'Every failed request is somebody who did not get an answer.',
      component: 'api',
      objective: percent(99.3),
      indicator: sli.availability({
        bad: select(http.http_requests_total, { status: matches('5..') }),
        total: http.http_requests_total,
      }),
      traffic: perSecond(20),
      firstSteps: [
        'Look at the error panel by route and status: one route points at its code, all routes at what they share.',
        'See what was deployed or configured last, and roll it back if the times match.',
      ],
    }),
    // p95 under a limit is 95 % of the requests under it.
    'api-latency': slo({
      title: 'The API answers within 2 seconds',
      component: 'api',
      objective: percent(95),
      indicator: sli.latency({ histogram: http.http_request_duration_seconds, below: seconds(2) }),
      traffic: perSecond(20),
      firstSteps: ['Compare with the database and cache panels of the same minutes.'],
    }),
    'search-latency': slo({
      title: 'A search is answered within 200 ms',
      component: 'search',
      objective: percent(95),
      indicator: sli.latency({ histogram: search.search_request_duration_seconds, below: ms(200) }),
      traffic: perSecond(2),
    }),
    'database-latency': slo({
      title: 'A query is answered within 100 ms',
      component: 'database',
      objective: percent(95),
      indicator: sli.latency({ histogram: database.database_query_duration_seconds, below: ms(100) }),
      by: ['operation'],
      traffic: perSecond(40),
      firstSteps: ['Find the slowest statements and their plans.', 'Look for locks, a running migration or a backup.'],
    }),
  },
  dashboards: {
    performance: {
      title: 'Migration performance',
      description: 'The dashboard of the seed; what it had on one scale though it has two units is on two panels.',
      rows: [
        {
          title: 'Migration performance',
          panels: {
            'api-response-times': {
              title: 'API response times',
              description: '95 of 100 requests are answered at least this fast.',
              queries: { p95: query.quantile(0.95, http.http_request_duration_seconds, { over: query.rateInterval }) },
              min: 0,
            },
            'cache-performance': {
              title: 'Cache performance: hit rate',
              description:
                'The share of look-ups that each store answers, in percent: the seed had 0-1 here and percent there.',
              queries: {
                '{{store}}': query.divide(
                  query.sum(query.rate(cache.cache_hits_total, query.rateInterval), { by: ['store'] }),
                  query.add(
                    query.sum(query.rate(cache.cache_hits_total, query.rateInterval), { by: ['store'] }),
                    query.sum(query.rate(cache.cache_misses_total, query.rateInterval), { by: ['store'] }),
                  ),
                ),
              },
              min: 0,
              max: 1,
            },
            'cache-operations': {
              title: 'Cache performance: operations',
              description: 'Operations a second: the seed plotted the counter itself.',
              queries: {
                '{{operation}}': query.sum(query.rate(cache.cache_operations_total, query.rateInterval), {
                  by: ['operation'],
                }),
              },
              min: 0,
            },
            'database-performance': {
              title: 'Database performance: query time, p95',
              description: '95 of 100 queries of each kind are answered at least this fast.',
              queries: {
                '{{operation}}': query.quantile(0.95, database.database_query_duration_seconds, {
                  over: query.rateInterval,
                  by: ['operation'],
                }),
              },
              min: 0,
            },
            'database-connections': {
              title: 'Database performance: active connections',
              description: 'Connections in use.',
              queries: { active: query.sum(database.database_connections_active) },
              min: 0,
            },
            'error-rates': {
              title: 'Error rates',
              description: 'Requests that failed and inputs that were refused, a second.',
              queries: {
                '5xx errors': query.orZero(
                  query.sum(
                    query.rate(select(http.http_requests_total, { status: matches('5..') }), query.rateInterval),
                  ),
                ),
                'validation errors': query.orZero(
                  query.sum(query.rate(validation.validation_errors_total, query.rateInterval)),
                ),
              },
              min: 0,
            },
          },
        },
      ],
    },
  },
});
