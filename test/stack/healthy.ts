/** The systems of this repository's definitions on a good day: no value comes near a level. */
import { CONTENTMAX } from './healthy-contentmax.ts';
import type { Behaviour, Play, Signal } from './simulation.ts';
import { BIZRA_NODE0 } from './healthy-bizra-node0.ts';
import { NETWORX } from './healthy-networx.ts';
import { around, counter, gauge, histogram } from './simulation.ts';

const MEBIBYTE = 1024 * 1024;
const HOUR = 3600;

const LOOK_UPS: Readonly<Record<string, { readonly hits: number; readonly misses: number }>> = {
  memory: { hits: 90, misses: 8 },
  redis: { hits: 40, misses: 5 },
};

const OPERATIONS = ['get', 'set', 'delete'] as const;
const STATEMENTS: Readonly<Record<string, number>> = { select: 60, insert: 15, update: 10, delete: 2 };

/** What clients ask for: method, route, how often a second, how long it takes in the middle. */
const ROUTES: readonly (readonly [method: string, route: string, perSecond: number, median: number])[] = [
  ['GET', '/api/items', 40, 0.04],
  ['GET', '/api/search', 12, 0.09],
  ['POST', '/api/items', 8, 0.12],
  ['DELETE', '/api/items/:id', 1, 0.06],
];

const statuses = (perSecond: number): Readonly<Record<string, number>> => ({
  200: perSecond * 0.978,
  404: perSecond * 0.02,
  500: perSecond * 0.002,
});

const requests = ROUTES.flatMap(([method, route, perSecond]): readonly Behaviour[] =>
  Object.entries(statuses(perSecond)).map(([status, rate]) => counter(around(rate, 0.2), { method, route, status })),
);

const eachStore = (behaviour: (store: string) => readonly Behaviour[]): readonly Behaviour[] =>
  Object.keys(LOOK_UPS).flatMap(behaviour);

/** The share of look-ups that the cache answers is a little under 91 %. */
const lookUps = (answered: 'hits' | 'misses'): readonly Behaviour[] =>
  eachStore((store) => [counter(around(LOOK_UPS[store]?.[answered] ?? 0, 0.1), { store })]);

const MIGRATED_API: Play[string] = {
  http_requests_total: requests,
  http_request_duration_seconds: ROUTES.map(([method, route, perSecond, median]) =>
    histogram(around(perSecond, 0.2), around(median, 0.15), { method, route }),
  ),
  process_resident_memory_bytes: [gauge(around(310 * MEBIBYTE, 0.08))],
  process_memory_limit_bytes: [gauge(512 * MEBIBYTE)],
  cache_hits_total: lookUps('hits'),
  cache_misses_total: lookUps('misses'),
  cache_operations_total: eachStore((store) =>
    OPERATIONS.map((operation) => counter(around(operation === 'get' ? 70 : 9, 0.15), { store, operation })),
  ),
  cache_operation_duration_seconds: eachStore((store) =>
    OPERATIONS.map((operation) =>
      histogram(operation === 'get' ? 70 : 9, around(store === 'redis' ? 0.0012 : 0.0002, 0.2), { store, operation }),
    ),
  ),
  cache_memory_used_bytes: [
    gauge(around(48 * MEBIBYTE, 0.1), { store: 'memory' }),
    gauge(around(140 * MEBIBYTE, 0.05), { store: 'redis' }),
  ],
  cache_memory_limit_bytes: [gauge(64 * MEBIBYTE, { store: 'memory' }), gauge(256 * MEBIBYTE, { store: 'redis' })],
  cache_up: eachStore((store) => [gauge(1, { store })]),
  health_check_up: ['redis', 'postgresql', 'search', 'websocket'].map((check) => gauge(1, { check })),
  health_check_last_run_timestamp_seconds: [gauge((seconds) => seconds - 12)],
  rate_limit_checks_total: [
    counter(around(55, 0.2), { limit: 'per-client' }),
    counter(around(6, 0.2), { limit: 'login' }),
  ],
  rate_limit_exceeded_total: [counter(around(0.8, 0.5), { limit: 'per-client' }), counter(0.1, { limit: 'login' })],
  rate_limit_memory_bytes: [gauge(around(9 * MEBIBYTE, 0.15))],
  search_request_duration_seconds: [histogram(around(12, 0.2), around(0.04, 0.15))],
  search_relevance_score: [gauge(around(0.86, 0.02))],
  search_index_documents: [gauge(48_210)],
  validation_duration_seconds: [
    histogram(around(30, 0.2), 0.0006, { schema: 'item' }),
    histogram(around(6, 0.2), 0.0009, { schema: 'user' }),
  ],
  validation_errors_total: [counter(around(0.9, 0.4), { schema: 'item' }), counter(0.15, { schema: 'user' })],
  database_query_duration_seconds: Object.entries(STATEMENTS).map(([operation, perSecond]) =>
    histogram(around(perSecond, 0.2), around(0.012, 0.2), { operation }),
  ),
  database_connections_active: [gauge((seconds) => Math.round(12 + 4 * Math.sin(seconds / 131)))],
  database_connections_max: [gauge(40)],
  database_slow_queries_total: [counter(0.02)],
};

const MIGRATED_WEBSOCKET: Play[string] = {
  websocket_connections_active: [gauge((seconds) => Math.round(240 + 30 * Math.sin(seconds / 571)))],
  websocket_messages_total: [
    counter(around(35, 0.3), { direction: 'in' }),
    counter(around(120, 0.3), { direction: 'out' }),
  ],
  websocket_connection_errors_total: [counter(0.05, { reason: 'timeout' }), counter(0.02, { reason: 'closed' })],
};

const EVENT_SYSTEM: Play[string] = {
  events_received_total: [
    counter(around(900, 0.05), { source: 'stream' }),
    counter(around(400, 0.05), { source: 'import' }),
  ],
  events_processed_total: [
    counter(around(160, 0.1), { bucket: 'priority' }),
    counter(around(1140, 0.04), { bucket: 'regular' }),
  ],
  priority_events_total: [counter(around(110, 0.1), { type: 'alert' }), counter(around(50, 0.1), { type: 'mention' })],
  events_dropped_total: [counter(0, { bucket: 'priority' }), counter(around(2, 0.3), { bucket: 'regular' })],
  event_classification_duration_seconds: [histogram(around(1300, 0.05), 0.0002)],
  event_classifications_checked_total: [counter(5)],
  event_classifications_correct_total: [counter(4.985)],
  event_end_to_end_duration_seconds: [histogram(around(1300, 0.05), around(0.028, 0.15))],
  oldest_priority_event_timestamp_seconds: [gauge((seconds) => seconds - 23 * HOUR)],
  oldest_regular_event_timestamp_seconds: [gauge((seconds) => seconds - 3.5 * HOUR)],
  process_resident_memory_bytes: [gauge(around(420 * MEBIBYTE, 0.002))],
  gc_examined_bytes_total: [counter(40 * MEBIBYTE)],
  gc_recovered_bytes_total: [counter(36 * MEBIBYTE)],
  database_query_duration_seconds: [
    histogram(around(300, 0.1), around(0.009, 0.2), { query: 'insert_events' }),
    histogram(around(40, 0.1), around(0.02, 0.2), { query: 'load_bucket' }),
  ],
  database_inserts_total: [counter(around(1300, 0.05))],
  database_query_errors_total: [counter(0, { query: 'insert_events' }), counter(0, { query: 'load_bucket' })],
  database_connections_active: [gauge((seconds) => Math.round(9 + 3 * Math.sin(seconds / 131)))],
  database_connections_max: [gauge(20)],
  websocket_connections_active: [gauge((seconds) => Math.round(420 + 40 * Math.sin(seconds / 571)))],
  websocket_messages_total: [counter(around(5200, 0.1))],
  websocket_sent_bytes_total: [counter(around(1.8 * MEBIBYTE, 0.1))],
  websocket_overhead_bytes_total: [counter(around(0.04 * MEBIBYTE, 0.1))],
  websocket_broadcast_duration_seconds: [histogram(around(13, 0.1), around(0.0024, 0.2))],
  websocket_queue_bytes: [gauge(around(0.4 * MEBIBYTE, 0.5))],
};

const CLIENTS = ['desk-1', 'desk-2', 'wall'] as const;

const eachClient = (value: (index: number) => Signal): readonly Behaviour[] =>
  CLIENTS.map((id, index) => gauge(value(index), { client_id: id }));

const CLIENT_METRICS: Play[string] = {
  client_memory_usage_bytes: eachClient((index) => around((18 + 2 * index) * MEBIBYTE, 0.06)),
  client_priority_bucket_events: eachClient(
    (index) => (seconds) => Math.round(70 + 10 * index + 8 * Math.sin(seconds / 97)),
  ),
  client_regular_bucket_events: eachClient(
    (index) => (seconds) => Math.round(60 + 5 * index + 6 * Math.sin(seconds / 83)),
  ),
  client_displayed_events: eachClient(
    (index) => (seconds) => Math.round(150 + 10 * index + 10 * Math.sin(seconds / 89)),
  ),
  client_frames_per_second: eachClient((index) => around(59.5 - index, 0.004)),
  client_frames_total: CLIENTS.map((id) => counter(60, { client_id: id })),
  client_frames_dropped_total: CLIENTS.map((id, index) => counter(0.2 + 0.1 * index, { client_id: id })),
  client_bucket_switch_duration_seconds: [histogram(0.5, around(0.003, 0.2))],
};

/** What every declared metric does while all is well. */
export const HEALTHY: Play = {
  'migrated-api': MIGRATED_API,
  'migrated-websocket': MIGRATED_WEBSOCKET,
  'priority-event-system': EVENT_SYSTEM,
  'client-metrics': CLIENT_METRICS,
  'bizra-node0': BIZRA_NODE0,
  networx: NETWORX,
  contentmax: CONTENTMAX,
};
