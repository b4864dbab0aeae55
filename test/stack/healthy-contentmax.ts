/** ContentMax on a good day. */
import type { Behaviour, Play } from './simulation.ts';
import { around, counter, gauge, histogram } from './simulation.ts';

const MEBIBYTE = 1024 * 1024;

/** What clients ask for: method, route, how often a second, how long it takes in the middle. */
const ROUTES: readonly (readonly [method: string, route: string, perSecond: number, median: number])[] = [
  ['GET', '/api/content', 80, 0.03],
  ['POST', '/api/content/generate', 4, 0.35],
  ['PUT', '/api/content/:id', 9, 0.05],
];

const requests = ROUTES.flatMap(([method, route, perSecond]): readonly Behaviour[] =>
  Object.entries({ 200: 0.985, 404: 0.0135, 500: 0.0015 }).map(([status, share]) =>
    counter(around(perSecond * share, 0.15), { method, route, status }),
  ),
);

const TYPES: Readonly<Record<string, number>> = { article: 0.8, description: 2, summary: 1.2 };
const MODES: Readonly<Record<string, number>> = { user: 0.22, system: 0.06, idle: 0.72 };
const LINES: Readonly<Record<string, number>> = { debug: 0, info: 95, warn: 0.8, error: 0.15 };
const STATEMENTS: Readonly<Record<string, number>> = { select: 110, insert: 6, update: 9, delete: 1 };

const each = (
  rates: Readonly<Record<string, number>>,
  behaviour: (key: string, perSecond: number) => Behaviour,
): readonly Behaviour[] => Object.entries(rates).map(([key, perSecond]) => behaviour(key, perSecond));

/** What every declared metric does while all is well. */
export const CONTENTMAX: Play[string] = {
  http_requests_total: requests,
  http_request_duration_seconds: ROUTES.map(([method, route, perSecond, median]) =>
    histogram(around(perSecond, 0.15), around(median, 0.1), { method, route }),
  ),
  active_users: [gauge((seconds) => Math.round(140 + 12 * Math.sin(seconds / 571)))],
  process_resident_memory_bytes: [gauge(around(190 * MEBIBYTE, 0.02))],
  process_heap_used_bytes: [gauge(around(85 * MEBIBYTE, 0.1))],
  service_up: [gauge(1, { service: 'database' }), gauge(1, { service: 'generator' })],
  content_generated_total: each(TYPES, (type, perSecond) => counter(around(perSecond, 0.15), { type })),
  content_generation_failures_total: each(TYPES, (type, perSecond) => counter(perSecond * 0.002, { type })),
  content_generation_duration_seconds: each(TYPES, (type, perSecond) =>
    histogram(around(perSecond, 0.15), around(0.3, 0.1), { type }),
  ),
  // Types that are known beforehand start at 0, and stay there: an unexpected error is not expected.
  errors_total: ['DatabaseError', 'GenerationError', 'TimeoutError'].map((type) => counter(0, { type })),
  log_messages_total: each(LINES, (level, perSecond) => counter(around(perSecond, 0.1), { level })),
  external_api_requests_total: [
    counter(around(4, 0.15), { service: 'generator', outcome: 'success' }),
    counter(0.01, { service: 'generator', outcome: 'failure' }),
  ],
  external_api_request_duration_seconds: [histogram(around(4, 0.15), around(0.25, 0.1), { service: 'generator' })],
  external_api_quota_used: [gauge((seconds) => 2000 + (seconds % 3600), { service: 'generator' })],
  external_api_quota_limit: [gauge(20_000, { service: 'generator' })],
  host_cpu_seconds_total: each(MODES, (mode, share) => counter(share, { mode })),
  host_memory_available_bytes: [gauge(around(310 * MEBIBYTE, 0.01))],
  host_memory_total_bytes: [gauge(512 * MEBIBYTE)],
  database_query_duration_seconds: each(STATEMENTS, (operation, perSecond) =>
    histogram(around(perSecond, 0.15), around(0.006, 0.2), { operation }),
  ),
  database_connections_active: [gauge((seconds) => Math.round(7 + 3 * Math.sin(seconds / 131)))],
  database_connections_max: [gauge(20)],
};
