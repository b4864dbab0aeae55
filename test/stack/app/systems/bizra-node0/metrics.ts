/** The instruments of the job, as definitions/systems/bizra-node0.ts declares them. */
import { Registry } from 'prom-client';
import { instrumentsOf } from '../../instruments.ts';
import type { CircuitStatus } from '../../parts/circuits.ts';
import type { PoolCounts } from '../../parts/database/backend.ts';
import type { Runtime } from '../../parts/runtime.ts';
import { CONNECTION_ERROR_REASONS } from '../../parts/sockets.ts';
import type { PartName } from './scores.ts';
import { PARTS } from './scores.ts';

export const SERVICES = ['payment-service', 'identity-service'] as const;
export type Service = (typeof SERVICES)[number];
export const LAYERS = ['L1', 'L2'] as const;
export type Layer = (typeof LAYERS)[number];
const STATES = ['closed', 'open', 'half-open'] as const;
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is read at each scrape. */
export interface Levels {
  readonly pool: () => PoolCounts;
  readonly layer: (layer: Layer) => { readonly usedBytes: number; readonly limitBytes: number };
  readonly circuits: () => readonly CircuitStatus<Service>[];
  readonly streamConnections: () => number;
  readonly score: (part: PartName) => number;
  readonly runtime: () => Runtime;
}

export const createMetrics = (levels: Levels) => {
  const registry = new Registry();
  const { counter, gauge, histogram, level, levels: levelBy, total } = instrumentsOf(registry);
  const metrics = {
    registry,
    requests: counter('http_requests_total', 'HTTP requests answered.', ['method', 'route', 'status', 'region']),
    requestDuration: histogram(
      'http_request_duration_seconds',
      'Time from the first byte of a request to the last byte of its answer.',
      HTTP_BUCKETS,
      ['method', 'route', 'region'],
    ),
    query: histogram(
      'database_query_duration_seconds',
      'Time of one query.',
      [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      ['operation'],
    ),
    connectionWait: histogram(
      'database_connection_wait_seconds',
      'Time from asking for a connection to having it.',
      [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    ),
    connectionErrors: counter('database_connection_errors_total', 'Connections that could not be opened or broke.', [
      'reason',
    ]),
    hits: counter('cache_hits_total', 'Look-ups that the layer answered.', ['layer']),
    misses: counter('cache_misses_total', 'Look-ups that it did not.', ['layer']),
    cacheOperations: counter('cache_operations_total', 'Operations on the layer.', ['layer', 'operation']),
    cacheDuration: histogram(
      'cache_operation_duration_seconds',
      'Time of one operation.',
      [0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
      ['layer', 'operation'],
    ),
    evictions: counter('cache_evictions_total', 'Entries that were dropped to make room.', ['layer']),
    written: counter('cache_written_bytes_total', 'Size of the values that were set.', ['layer']),
    stored: counter('cache_stored_bytes_total', 'Size of the same values as they are stored, compressed or not.', [
      'layer',
    ]),
    stateChanges: counter('circuit_breaker_state_changes_total', 'Changes of a circuit, by the state it came into.', [
      'service',
      'state',
    ]),
    calls: counter('circuit_breaker_calls_total', 'Calls through the circuit.', ['service', 'outcome']),
    callDuration: histogram(
      'circuit_breaker_call_duration_seconds',
      'Time of one call that was let through.',
      HTTP_BUCKETS,
      ['service'],
    ),
    streamMessages: counter('metrics_stream_messages_total', 'Messages sent.', ['type']),
    streamErrors: counter('metrics_stream_connection_errors_total', 'Connections that failed or broke off.', [
      'reason',
    ]),
    garbage: histogram(
      'nodejs_gc_duration_seconds',
      'Time of one garbage collection.',
      [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2],
      ['kind'],
    ),
  };

  level('database_connections_active', 'Connections in use.', () => levels.pool().active);
  level('database_connections_idle', 'Open connections that nobody uses.', () => levels.pool().idle);
  level('database_connections_max', 'The most connections the pool opens.', () => levels.pool().max);
  level('database_clients_waiting', 'Clients that wait for a connection.', () => levels.pool().waiting);
  levelBy(
    'cache_memory_used_bytes',
    'Memory that the layer holds.',
    'layer',
    LAYERS,
    (layer) => levels.layer(layer).usedBytes,
  );
  levelBy(
    'cache_memory_limit_bytes',
    'Memory that the layer may hold.',
    'layer',
    LAYERS,
    (layer) => levels.layer(layer).limitBytes,
  );
  const circuit = (service: Service): CircuitStatus<Service> | undefined =>
    levels.circuits().find((status) => status.service === service);
  levelBy(
    'circuit_breaker_opened_timestamp_seconds',
    'When the circuit opened; 0 since a call through it succeeded and it closed.',
    'service',
    SERVICES,
    (service) => circuit(service)?.openedAt ?? 0,
  );
  levelBy(
    'circuit_breaker_consecutive_failures',
    'Calls that failed since the last one that did not.',
    'service',
    SERVICES,
    (service) => circuit(service)?.consecutiveFailures ?? 0,
  );
  const state = gauge(
    'circuit_breaker_state',
    'The state of a circuit: 1 for the state it is in, 0 for the others.',
    ['service', 'state'],
    () => {
      for (const { service, state: now } of levels.circuits())
        for (const each of STATES) state.set({ service, state: each }, each === now ? 1 : 0);
    },
  );
  level('metrics_stream_connections_active', 'Open connections.', levels.streamConnections);
  level('system_health_score', 'How healthy the whole is, 0-100: the worst of its components.', () =>
    Math.min(...PARTS.map(levels.score)),
  );
  levelBy('component_health_score', 'How healthy a part is, 0-100.', 'part', PARTS, levels.score);
  const memory = (): ReturnType<Runtime['memory']> => levels.runtime().memory();
  level('process_resident_memory_bytes', 'Resident memory of the process.', () => memory().residentBytes);
  level('process_memory_limit_bytes', 'Memory limit of the container.', () => memory().limitBytes);
  level('nodejs_heap_size_used_bytes', 'Heap in use.', () => memory().heapUsedBytes);
  level('nodejs_heap_size_limit_bytes', 'The most heap the process may use.', () => memory().heapLimitBytes);
  level(
    'nodejs_eventloop_lag_p99_seconds',
    'How late the event loop was, 99 of 100 times at most, since the last scrape.',
    () => levels.runtime().eventLoopLag(),
  );
  total('process_cpu_seconds_total', 'Processor time that the process used.', () => levels.runtime().cpuSeconds());

  for (const operation of ['select', 'insert', 'update', 'delete']) metrics.query.zero({ operation });
  for (const reason of ['refused', 'timeout', 'broken']) metrics.connectionErrors.inc({ reason }, 0);
  for (const layer of LAYERS) {
    for (const each of [metrics.hits, metrics.misses, metrics.evictions, metrics.written, metrics.stored])
      each.inc({ layer }, 0);
    for (const operation of ['get', 'set', 'delete']) {
      metrics.cacheOperations.inc({ layer, operation }, 0);
      metrics.cacheDuration.zero({ layer, operation });
    }
  }
  for (const service of SERVICES) {
    for (const each of STATES) metrics.stateChanges.inc({ service, state: each }, 0);
    for (const outcome of ['success', 'failure', 'timeout', 'rejected']) metrics.calls.inc({ service, outcome }, 0);
    metrics.callDuration.zero({ service });
  }
  for (const type of ['snapshot', 'update', 'alert']) metrics.streamMessages.inc({ type }, 0);
  for (const reason of CONNECTION_ERROR_REASONS) metrics.streamErrors.inc({ reason }, 0);
  for (const kind of ['minor', 'major', 'incremental', 'weakcb']) metrics.garbage.zero({ kind });
  return metrics;
};
