/** The instruments of the job, as definitions/systems/networx.ts declares them. */
import { Registry } from 'prom-client';
import { instrumentsOf } from '../../instruments.ts';
import type { PoolCounts } from '../../parts/database/backend.ts';
import type { HealthStatus } from '../../parts/health.ts';
import type { Runtime } from '../../parts/runtime.ts';

export const QUEUES = ['optimization', 'file-processing'] as const;
export type QueueName = (typeof QUEUES)[number];
export const SCENARIOS = ['transport', 'warehouse', 'inventory'] as const;
export const ERRORS = ['timeout', 'infeasible', 'invalid-input', 'dependency', 'unknown'] as const;
export type ErrorCode = (typeof ERRORS)[number];
export const SERVICES = ['database', 'redis', 'job-queue', 'memory'] as const;
export type ServiceName = (typeof SERVICES)[number];
export const CHECKS = ['database', 'database-health', 'queue'] as const;
export type CheckName = (typeof CHECKS)[number];
const STATUSES: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy'];

/** What the queue check found last. */
export interface QueueState {
  readonly waiting: number;
  readonly active: number;
  /** Seconds since 1970; 0 while no job waits. */
  readonly oldestWaiting: number;
}

/** What is read at each scrape. */
export interface Levels {
  readonly queue: (queue: QueueName) => QueueState;
  readonly workers: (queue: QueueName) => number;
  readonly pool: () => PoolCounts;
  readonly status: (service: ServiceName) => HealthStatus;
  readonly runtime: () => Runtime;
}

export const createMetrics = (levels: Levels) => {
  const registry = new Registry();
  const { counter, gauge, histogram, level, levels: levelBy, total } = instrumentsOf(registry);
  const metrics = {
    registry,
    requests: counter('http_requests_total', 'HTTP requests answered.', ['method', 'route', 'status']),
    requestDuration: histogram(
      'http_request_duration_seconds',
      'Time from the first byte of a request to the last byte of its answer.',
      [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60],
      ['method', 'route'],
    ),
    processed: counter('jobs_processed_total', 'Jobs that came to an end, well or not.', ['job_type']),
    failures: counter('job_failures_total', 'Jobs that failed for good, and requests that threw (job_type="api").', [
      'job_type',
      'error',
    ]),
    optimization: histogram(
      'optimization_duration_seconds',
      'Time of one optimization, from its start to its result.',
      [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
      ['scenario'],
    ),
    query: histogram(
      'database_query_duration_seconds',
      'Time of one query.',
      [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      ['operation'],
    ),
    healthCheck: histogram(
      'service_health_check_duration_seconds',
      'Time of one health check of a part.',
      [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      ['service'],
    ),
    monitoringFailures: counter('monitoring_failures_total', 'Attempts to measure that failed.', ['check']),
    lastSuccess: gauge('monitoring_last_success_timestamp_seconds', 'When a check last measured something.', ['check']),
  };

  const queueLevel = (name: string, help: string, read: (queue: QueueName) => number): void =>
    levelBy(name, help, 'queue', QUEUES, read);
  queueLevel('job_queue_waiting', 'Jobs that wait in the queue.', (queue) => levels.queue(queue).waiting);
  queueLevel('job_queue_active', 'Jobs that a worker is at.', (queue) => levels.queue(queue).active);
  queueLevel('job_queue_workers', 'Workers that take jobs from the queue.', levels.workers);
  queueLevel(
    'job_queue_oldest_waiting_timestamp_seconds',
    'When the job that waits longest came into the queue; 0 while none waits.',
    (queue) => levels.queue(queue).oldestWaiting,
  );
  level('database_connections_active', 'Connections in use.', () => levels.pool().active);
  level('database_connections_idle', 'Open connections that nobody uses.', () => levels.pool().idle);
  level('database_connections_max', 'The most connections the pool opens.', () => levels.pool().max);
  const status = gauge(
    'service_health_status',
    'What the health check says of a part: 1 for the status it has, 0 for the others.',
    ['service', 'status'],
    () => {
      for (const service of SERVICES)
        for (const each of STATUSES) status.set({ service, status: each }, levels.status(service) === each ? 1 : 0);
    },
  );
  const memory = (): ReturnType<Runtime['memory']> => levels.runtime().memory();
  level('process_resident_memory_bytes', 'Resident memory of the process.', () => memory().residentBytes);
  level('nodejs_heap_size_used_bytes', 'Heap in use.', () => memory().heapUsedBytes);
  level('nodejs_heap_size_limit_bytes', 'The most heap the process may use.', () => memory().heapLimitBytes);
  level(
    'nodejs_eventloop_lag_p99_seconds',
    'How late the event loop was, 99 of 100 times at most, since the last scrape.',
    () => levels.runtime().eventLoopLag(),
  );
  total('process_cpu_seconds_total', 'Processor time that the process used.', () => levels.runtime().cpuSeconds());

  for (const job_type of QUEUES) metrics.processed.inc({ job_type }, 0);
  for (const job_type of ['api', ...QUEUES]) for (const error of ERRORS) metrics.failures.inc({ job_type, error }, 0);
  for (const scenario of SCENARIOS) metrics.optimization.zero({ scenario });
  for (const operation of ['select', 'insert', 'update', 'delete']) metrics.query.zero({ operation });
  for (const service of ['database', 'redis']) metrics.healthCheck.zero({ service });
  for (const check of CHECKS) metrics.monitoringFailures.inc({ check }, 0);
  return metrics;
};
