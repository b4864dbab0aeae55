import type { Registry } from 'prom-client';
import { instrumentsOf } from '../../instruments.ts';
import type { CpuTimes } from '../../parts/host.ts';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
export const CONTENT_TYPES = ['article', 'description', 'summary'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];
/** Types of errors that are known beforehand. */
export const ERROR_TYPES = [
  'DatabaseError',
  'ExternalApiError',
  'InternalError',
  'QuotaExceededError',
  'TimeoutError',
] as const;
const SERVICES = ['database', 'generator'] as const;
const GENERATOR = ['generator'] as const;
const MODES = ['user', 'system', 'idle'] as const;
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const STATEMENTS = ['select', 'insert', 'update', 'delete'] as const;

const milliseconds = (...values: readonly number[]): readonly number[] => values.map((value) => value / 1000);

/** What the gauges show, asked at every scrape. */
export interface Levels {
  readonly activeUsers: () => number;
  readonly residentBytes: () => number;
  readonly heapUsedBytes: () => number;
  readonly quota: () => { readonly used: number; readonly limit: number };
  readonly cpu: () => CpuTimes;
  readonly memoryAvailableBytes: () => number;
  readonly memoryTotalBytes: () => number;
  readonly connections: () => { readonly active: number; readonly max: number };
}

/** The instruments of the job contentmax. */
export const createMetrics = (registry: Registry, levels: Levels) => {
  const make = instrumentsOf(registry);
  make.level('active_users', 'Users with a request in the last 5 minutes.', levels.activeUsers);
  make.level('process_resident_memory_bytes', 'Resident memory of the process.', levels.residentBytes);
  make.level('process_heap_used_bytes', 'JavaScript heap in use.', levels.heapUsedBytes);
  make.levels(
    'external_api_quota_used',
    'Calls counted against the quota in its current period.',
    'service',
    GENERATOR,
    () => levels.quota().used,
  );
  make.levels(
    'external_api_quota_limit',
    'Calls that the quota allows in a period.',
    'service',
    GENERATOR,
    () => levels.quota().limit,
  );
  make.level(
    'host_memory_available_bytes',
    'Memory of the host or container that could still be taken.',
    levels.memoryAvailableBytes,
  );
  make.level('host_memory_total_bytes', 'Memory of the host or container.', levels.memoryTotalBytes);
  make.level('database_connections_active', 'Connections in use.', () => levels.connections().active);
  make.level('database_connections_max', 'The most connections the pool opens.', () => levels.connections().max);
  make.totals(
    'host_cpu_seconds_total',
    'Time of the processors that the service may use, by what it was spent on.',
    'mode',
    MODES,
    levels.cpu,
  );

  const metrics = {
    requests: make.counter('http_requests_total', 'HTTP requests answered.', ['method', 'route', 'status']),
    requestDuration: make.histogram(
      'http_request_duration_seconds',
      'Time from the first byte of a request to the last byte of its answer.',
      milliseconds(5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000),
      ['method', 'route'],
    ),
    serviceUp: make.gauge('service_up', 'Whether a service that the API needs answers: 1 is up, 0 is down.', [
      'service',
    ]),
    generated: make.counter('content_generated_total', 'Pieces of content that were generated.', ['type']),
    generationFailures: make.counter(
      'content_generation_failures_total',
      'Pieces of content that could not be generated.',
      ['type'],
    ),
    generationDuration: make.histogram(
      'content_generation_duration_seconds',
      'Time to generate one piece of content, or to fail to.',
      milliseconds(50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000, 30_000, 60_000),
      ['type'],
    ),
    errors: make.counter(
      'errors_total',
      'Unexpected errors that the error tracker captured; a refused request is none.',
      ['type'],
    ),
    logMessages: make.counter('log_messages_total', 'Log lines written.', ['level']),
    calls: make.counter(
      'external_api_requests_total',
      'Calls of external APIs; a call without an answer in time is a failure.',
      ['service', 'outcome'],
    ),
    callDuration: make.histogram(
      'external_api_request_duration_seconds',
      'Time of one call of an external API.',
      milliseconds(25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000),
      ['service'],
    ),
    queryDuration: make.histogram(
      'database_query_duration_seconds',
      'Time of one query.',
      milliseconds(1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500),
      ['operation'],
    ),
  };

  // There before the first event, so that the first event is an increase.
  for (const service of SERVICES) metrics.serviceUp.set({ service }, 1);
  for (const type of CONTENT_TYPES) {
    metrics.generated.inc({ type }, 0);
    metrics.generationFailures.inc({ type }, 0);
    metrics.generationDuration.zero({ type });
  }
  for (const type of ERROR_TYPES) metrics.errors.inc({ type }, 0);
  for (const level of LEVELS) metrics.logMessages.inc({ level }, 0);
  for (const service of GENERATOR) {
    for (const outcome of ['success', 'failure']) metrics.calls.inc({ service, outcome }, 0);
    metrics.callDuration.zero({ service });
  }
  for (const operation of STATEMENTS) metrics.queryDuration.zero({ operation });
  return metrics;
};
