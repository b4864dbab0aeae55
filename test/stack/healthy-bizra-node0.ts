/** The system bizra-node0 on a good day. */
import type { Behaviour, Play } from './simulation.ts';
import { around, counter, gauge, histogram } from './simulation.ts';

const MEBIBYTE = 1024 * 1024;
const REGIONS = { 'eu-central': 30, 'us-east': 20 } as const;
const ROUTES = { '/api/requests': 0.6, '/api/requests/:id': 0.4 } as const;
const LAYERS = {
  L1: { hits: 89, misses: 11, median: 0.0003, memory: 30 },
  L2: { hits: 9, misses: 2, median: 0.0015, memory: 120 },
} as const;
const SERVICES = ['payment-service', 'identity-service'] as const;
const STATES = ['closed', 'open', 'half-open'] as const;

const eachRoute = (behaviour: (labels: Readonly<Record<string, string>>, perSecond: number) => readonly Behaviour[]) =>
  Object.entries(REGIONS).flatMap(([region, perSecond]) =>
    Object.entries(ROUTES).flatMap(([route, share]) => behaviour({ method: 'GET', route, region }, perSecond * share)),
  );

const eachLayer = (behaviour: (layer: keyof typeof LAYERS) => readonly Behaviour[]): readonly Behaviour[] =>
  (Object.keys(LAYERS) as (keyof typeof LAYERS)[]).flatMap(behaviour);

const OPERATIONS = ['get', 'set', 'delete'] as const;

/** What every metric of the job does while all is well. */
export const BIZRA_NODE0: Play[string] = {
  http_requests_total: eachRoute((labels, perSecond) => [
    counter(around(perSecond * 0.999, 0.1), { ...labels, status: '200' }),
    counter(perSecond * 0.001, { ...labels, status: '500' }),
  ]),
  http_request_duration_seconds: eachRoute((labels, perSecond) => [
    histogram(around(perSecond, 0.1), around(0.06, 0.1), labels),
  ]),
  database_query_duration_seconds: ['select', 'insert', 'update', 'delete'].map((operation) =>
    histogram(around(15, 0.2), around(0.008, 0.2), { operation }),
  ),
  database_connections_active: [gauge((seconds) => Math.round(8 + 3 * Math.sin(seconds / 131)))],
  database_connections_idle: [gauge((seconds) => Math.round(7 - 3 * Math.sin(seconds / 131)))],
  database_connections_max: [gauge(20)],
  database_clients_waiting: [gauge((seconds) => Math.round(1 + Math.sin(seconds / 61)))],
  database_connection_wait_seconds: [histogram(around(60, 0.2), 0.002)],
  database_connection_errors_total: ['refused', 'timeout', 'broken'].map((reason) => counter(0, { reason })),
  cache_hits_total: eachLayer((layer) => [counter(around(LAYERS[layer].hits, 0.1), { layer })]),
  cache_misses_total: eachLayer((layer) => [counter(around(LAYERS[layer].misses, 0.1), { layer })]),
  cache_operations_total: eachLayer((layer) =>
    OPERATIONS.map((operation) => counter(operation === 'get' ? 40 : 4, { layer, operation })),
  ),
  cache_operation_duration_seconds: eachLayer((layer) =>
    OPERATIONS.map((operation) =>
      histogram(operation === 'get' ? 40 : 4, around(LAYERS[layer].median, 0.2), { layer, operation }),
    ),
  ),
  cache_evictions_total: eachLayer((layer) => [counter(0.5, { layer })]),
  cache_memory_used_bytes: eachLayer((layer) => [gauge(around(LAYERS[layer].memory * MEBIBYTE, 0.05), { layer })]),
  cache_memory_limit_bytes: eachLayer((layer) => [gauge(2 * LAYERS[layer].memory * MEBIBYTE, { layer })]),
  cache_written_bytes_total: eachLayer((layer) => [counter(0.5 * MEBIBYTE, { layer })]),
  cache_stored_bytes_total: eachLayer((layer) => [counter((layer === 'L1' ? 0.5 : 0.2) * MEBIBYTE, { layer })]),
  circuit_breaker_state: SERVICES.flatMap((service) =>
    STATES.map((state) => gauge(state === 'closed' ? 1 : 0, { service, state })),
  ),
  circuit_breaker_opened_timestamp_seconds: SERVICES.map((service) => gauge(0, { service })),
  circuit_breaker_state_changes_total: SERVICES.flatMap((service) =>
    STATES.map((state) => counter(0, { service, state })),
  ),
  circuit_breaker_calls_total: SERVICES.flatMap((service) => [
    counter(around(20, 0.1), { service, outcome: 'success' }),
    counter(0.1, { service, outcome: 'failure' }),
    counter(0.05, { service, outcome: 'timeout' }),
    counter(0, { service, outcome: 'rejected' }),
  ]),
  circuit_breaker_consecutive_failures: SERVICES.map((service) => gauge(0, { service })),
  circuit_breaker_call_duration_seconds: SERVICES.map((service) => histogram(20, around(0.04, 0.1), { service })),
  metrics_stream_connections_active: [gauge((seconds) => Math.round(6 + 2 * Math.sin(seconds / 571)))],
  metrics_stream_messages_total: [
    counter(0.02, { type: 'snapshot' }),
    counter(6, { type: 'update' }),
    counter(0.01, { type: 'alert' }),
  ],
  metrics_stream_connection_errors_total: [counter(0.01, { reason: 'closed' })],
  system_health_score: [gauge(around(94, 0.02))],
  component_health_score: ['database', 'cache', 'circuit-breaker', 'memory'].map((part, index) =>
    gauge(around(95 + index, 0.01), { part }),
  ),
  process_resident_memory_bytes: [gauge(around(210 * MEBIBYTE, 0.04))],
  process_memory_limit_bytes: [gauge(512 * MEBIBYTE)],
  nodejs_heap_size_used_bytes: [gauge(around(120 * MEBIBYTE, 0.1))],
  nodejs_heap_size_limit_bytes: [gauge(384 * MEBIBYTE)],
  nodejs_eventloop_lag_p99_seconds: [gauge(around(0.012, 0.3))],
  nodejs_gc_duration_seconds: ['minor', 'major', 'incremental', 'weakcb'].map((kind) =>
    histogram(kind === 'minor' ? 0.5 : 0.05, kind === 'minor' ? 0.001 : 0.008, { kind }),
  ),
  process_cpu_seconds_total: [counter(around(0.25, 0.3))],
};
