/** The system networx on a good day. */
import type { Behaviour, Play } from './simulation.ts';
import { around, counter, gauge, histogram } from './simulation.ts';

const MEBIBYTE = 1024 * 1024;

/** What clients ask for: method, route, how often a second, how long it takes in the middle. */
const ROUTES: readonly (readonly [method: string, route: string, perSecond: number, median: number])[] = [
  ['POST', '/api/optimize/run-batch', 3, 0.4],
  ['POST', '/api/files', 2, 0.15],
  ['GET', '/api/jobs/:id', 14, 0.02],
  ['GET', '/api/health', 0.5, 0.01],
];

const QUEUES = {
  optimization: { waiting: 3, active: 4, workers: 4, jobs: 1.4 },
  'file-processing': { waiting: 5, active: 2, workers: 2, jobs: 0.8 },
} as const;

const eachQueue = (behaviour: (queue: keyof typeof QUEUES) => Behaviour): readonly Behaviour[] =>
  (Object.keys(QUEUES) as (keyof typeof QUEUES)[]).map(behaviour);

const CHECKS = ['database', 'database-health', 'queue'] as const;

/** What every metric of the job does while all is well. */
export const NETWORX: Play[string] = {
  http_requests_total: ROUTES.flatMap(([method, route, perSecond]) => [
    counter(around(perSecond * 0.998, 0.2), { method, route, status: '200' }),
    counter(perSecond * 0.002, { method, route, status: '500' }),
  ]),
  http_request_duration_seconds: ROUTES.map(([method, route, perSecond, median]) =>
    histogram(around(perSecond, 0.2), around(median, 0.15), { method, route }),
  ),
  job_queue_waiting: eachQueue((queue) =>
    gauge((seconds) => Math.round(QUEUES[queue].waiting + 2 * Math.sin(seconds / 97)), { queue }),
  ),
  job_queue_active: eachQueue((queue) => gauge(QUEUES[queue].active, { queue })),
  job_queue_workers: eachQueue((queue) => gauge(QUEUES[queue].workers, { queue })),
  job_queue_oldest_waiting_timestamp_seconds: eachQueue((queue) => gauge((seconds) => seconds - 4, { queue })),
  jobs_processed_total: eachQueue((queue) => counter(around(QUEUES[queue].jobs, 0.2), { job_type: queue })),
  job_failures_total: ['api', 'optimization', 'file-processing'].flatMap((job_type) =>
    ['timeout', 'infeasible', 'invalid-input', 'dependency', 'unknown'].map((error) =>
      counter(error === 'timeout' ? 0.001 : 0, { job_type, error }),
    ),
  ),
  optimization_duration_seconds: ['transport', 'warehouse', 'inventory'].map((scenario) =>
    histogram(around(0.5, 0.2), around(3, 0.2), { scenario }),
  ),
  database_query_duration_seconds: ['select', 'insert', 'update', 'delete'].map((operation) =>
    histogram(around(10, 0.2), around(0.008, 0.2), { operation }),
  ),
  database_connections_active: [gauge((seconds) => Math.round(7 + 3 * Math.sin(seconds / 131)))],
  database_connections_idle: [gauge(5)],
  database_connections_max: [gauge(20)],
  service_health_status: ['database', 'redis', 'job-queue', 'memory'].flatMap((service) =>
    ['healthy', 'degraded', 'unhealthy'].map((status) => gauge(status === 'healthy' ? 1 : 0, { service, status })),
  ),
  service_health_check_duration_seconds: ['database', 'redis'].map((service) => histogram(0.1, 0.003, { service })),
  monitoring_failures_total: CHECKS.map((check) => counter(0, { check })),
  monitoring_last_success_timestamp_seconds: CHECKS.map((check) => gauge((seconds) => seconds - 7, { check })),
  process_resident_memory_bytes: [gauge(around(1200 * MEBIBYTE, 0.03))],
  nodejs_heap_size_used_bytes: [gauge(around(600 * MEBIBYTE, 0.1))],
  nodejs_heap_size_limit_bytes: [gauge(2096 * MEBIBYTE)],
  nodejs_eventloop_lag_p99_seconds: [gauge(around(0.012, 0.3))],
  process_cpu_seconds_total: [counter(around(0.35, 0.3))],
};
