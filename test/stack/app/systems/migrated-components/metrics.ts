import type { Registry } from 'prom-client';
import { instrumentsOf } from '../../instruments.ts';
import type { CacheLayer } from '../../parts/cache/cache.ts';
import { LAYERS } from '../../parts/cache/cache.ts';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
export const CHECKS = ['redis', 'postgresql', 'search', 'websocket'] as const;
export const LIMITS = ['api', 'write', 'login'] as const;
const STORES = ['memory', 'redis'] as const;
const CACHE_OPERATIONS = ['get', 'set', 'delete'] as const;
const STATEMENTS = ['select', 'insert', 'update', 'delete'] as const;
const SCHEMAS = ['user', 'item', 'session', 'search'] as const;

/** What the metrics call a layer of the cache. */
export const storeOf = (layer: CacheLayer): (typeof STORES)[number] => (layer === 'memory' ? 'memory' : 'redis');
const layerOf = (store: (typeof STORES)[number]): CacheLayer => LAYERS[STORES.indexOf(store)] ?? 'memory';

const milliseconds = (...values: readonly number[]): readonly number[] => values.map((value) => value / 1000);

/** What the gauges show, asked at every scrape. */
export interface Levels {
  readonly residentBytes: () => number;
  readonly memoryLimitBytes: () => number;
  readonly cache: (layer: CacheLayer) => {
    readonly usedBytes: number;
    readonly limitBytes: number;
    readonly isUp: boolean;
  };
  readonly limiterBytes: () => number;
  readonly relevance: () => number;
  readonly documents: () => number;
  readonly connections: () => { readonly active: number; readonly max: number };
}

/** The instruments of the job migrated-api. */
export const createApiMetrics = (registry: Registry, levels: Levels) => {
  const make = instrumentsOf(registry);
  const ofStores = (name: string, help: string, read: (layer: CacheLayer) => number) =>
    make.levels(name, help, 'store', STORES, (store) => read(layerOf(store)));

  make.level('process_resident_memory_bytes', 'Resident memory of the process.', levels.residentBytes);
  make.level('process_memory_limit_bytes', 'Memory limit of the container.', levels.memoryLimitBytes);
  ofStores('cache_memory_used_bytes', 'Memory that the cache holds.', (layer) => levels.cache(layer).usedBytes);
  ofStores('cache_memory_limit_bytes', 'Memory that the cache may hold.', (layer) => levels.cache(layer).limitBytes);
  ofStores('cache_up', 'Whether the store answers: 1 is up, 0 is down.', (layer) => (levels.cache(layer).isUp ? 1 : 0));
  make.level('rate_limit_memory_bytes', 'Memory of the counters.', levels.limiterBytes);
  make.level('search_relevance_score', 'How well the results of a known search fit.', levels.relevance);
  make.level('search_index_documents', 'Documents in the index.', levels.documents);
  make.level('database_connections_active', 'Connections in use.', () => levels.connections().active);
  make.level('database_connections_max', 'The most connections the pool opens.', () => levels.connections().max);

  const metrics = {
    requests: make.counter('http_requests_total', 'HTTP requests answered.', ['method', 'route', 'status']),
    requestDuration: make.histogram(
      'http_request_duration_seconds',
      'Time from the first byte of a request to the last byte of its answer.',
      milliseconds(5, 10, 25, 50, 100, 250, 500, 1000, 2000, 5000, 10_000),
      ['method', 'route'],
    ),
    cacheHits: make.counter('cache_hits_total', 'Look-ups that the cache answered.', ['store']),
    cacheMisses: make.counter('cache_misses_total', 'Look-ups that it did not.', ['store']),
    cacheOperations: make.counter('cache_operations_total', 'Commands processed.', ['store', 'operation']),
    cacheOperationDuration: make.histogram(
      'cache_operation_duration_seconds',
      'Time of one cache operation.',
      milliseconds(0.1, 0.5, 1, 2.5, 5, 10, 25, 50, 100),
      ['store', 'operation'],
    ),
    limitChecks: make.counter('rate_limit_checks_total', 'Requests that were checked.', ['limit']),
    limitExceeded: make.counter('rate_limit_exceeded_total', 'Requests that were turned away.', ['limit']),
    searchDuration: make.histogram(
      'search_request_duration_seconds',
      'Time of one search.',
      milliseconds(5, 10, 25, 50, 100, 200, 500, 1000, 2000, 5000),
    ),
    validationDuration: make.histogram(
      'validation_duration_seconds',
      'Time of one validation.',
      milliseconds(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25),
      ['schema'],
    ),
    validationErrors: make.counter('validation_errors_total', 'Inputs that were refused.', ['schema']),
    queryDuration: make.histogram(
      'database_query_duration_seconds',
      'Time of one query.',
      milliseconds(1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500),
      ['operation'],
    ),
    slowQueries: make.counter('database_slow_queries_total', 'Queries over the slow query limit.'),
    checkUp: make.gauge('health_check_up', 'Whether the last health check passed: 1 is yes, 0 is no.', ['check']),
    lastCheck: make.gauge('health_check_last_run_timestamp_seconds', 'When all health checks ran last.'),
  };

  // There before the first event, so that the first event is an increase.
  for (const store of STORES) {
    metrics.cacheHits.inc({ store }, 0);
    metrics.cacheMisses.inc({ store }, 0);
    for (const operation of CACHE_OPERATIONS) {
      metrics.cacheOperations.inc({ store, operation }, 0);
      metrics.cacheOperationDuration.zero({ store, operation });
    }
  }
  for (const limit of LIMITS) {
    metrics.limitChecks.inc({ limit }, 0);
    metrics.limitExceeded.inc({ limit }, 0);
  }
  for (const schema of SCHEMAS) {
    metrics.validationDuration.zero({ schema });
    metrics.validationErrors.inc({ schema }, 0);
  }
  for (const operation of STATEMENTS) metrics.queryDuration.zero({ operation });
  return metrics;
};

/** The instruments of the job migrated-websocket. */
export const createWebSocketMetrics = (
  registry: Registry,
  { connections, reasons }: { readonly connections: () => number; readonly reasons: readonly string[] },
) => {
  const make = instrumentsOf(registry);
  make.level('websocket_connections_active', 'Open connections.', connections);
  const messages = make.counter('websocket_messages_total', 'Messages sent and received.', ['direction']);
  const connectionErrors = make.counter('websocket_connection_errors_total', 'Connections that failed or broke off.', [
    'reason',
  ]);
  for (const direction of ['in', 'out']) messages.inc({ direction }, 0);
  for (const reason of reasons) connectionErrors.inc({ reason }, 0);
  return { messages, connectionErrors };
};
