import type { SystemPlan } from '../plan.ts';
import { burning, forgotten, missing, silent } from './common.ts';

const SLOS = ['ApiLatency', 'JobSuccess', 'MonitoringFreshness'];
const MEBIBYTE = 1024 * 1024;

/** The optimizer with its queues of jobs. */
export const networx: SystemPlan = {
  system: 'networx',
  // A heap that a service is given in earnest, and that fills within seconds.
  environment: { NODE_OPTIONS: '--max-old-space-size=3072', MEMORY_LIMIT_BYTES: String(8192 * MEBIBYTE) },
  campaigns: [
    {
      id: 'queue-first-level',
      faults: [
        { fault: 'queue-flood', parameters: { queue: 'optimization', jobs: 16 } },
        { fault: 'job-slow', parameters: { ms: 4000 } },
        { fault: 'pool-exhausted', parameters: { share: 0.8 } },
      ],
      alerts: ['HighOptimizationQueueDepth warning', 'DatabaseConnectionExhaustion warning'],
      onset: 3,
      recovery: 5,
    },
    {
      id: 'queue-second-level',
      faults: [
        { fault: 'queue-flood', parameters: { queue: 'optimization', jobs: 80 } },
        { fault: 'job-slow', parameters: { ms: 1000 } },
      ],
      alerts: ['HighOptimizationQueueDepth critical', 'JobBacklogLarge warning'],
      onset: 3,
      recovery: 5,
      escalation: true,
    },
    {
      id: 'files',
      faults: [
        { fault: 'queue-flood', parameters: { queue: 'file-processing', jobs: 80 } },
        { fault: 'job-slow', parameters: { ms: 1000 } },
        { fault: 'job-failures', parameters: { ratio: 1 } },
        { fault: 'errors', parameters: { ratio: 0.5 } },
      ],
      alerts: [
        'HighFileProcessingQueueDepth critical',
        'HighJobFailureRate critical',
        'HighRequestFailureRate critical',
      ],
      onset: 3,
      recovery: 10,
    },
    {
      id: 'workers',
      faults: [{ fault: 'job-waiting-long', parameters: { queue: 'optimization', seconds: 900 } }],
      alerts: ['JobWaitsLong warning', 'JobWorkersMissing critical'],
      onset: 3,
      recovery: 5,
    },
    {
      id: 'connections',
      faults: [{ fault: 'pool-exhausted' }],
      alerts: ['DatabaseConnectionExhaustion critical'],
      onset: 2,
      recovery: 8,
    },
    {
      id: 'slow-stores',
      faults: [
        { fault: 'redis-slow', parameters: { ms: 900 } },
        { fault: 'database-slow', parameters: { ms: 1800 } },
      ],
      alerts: ['RedisDegraded warning', 'DatabaseDegraded warning'],
      onset: 6,
      recovery: 10,
    },
    {
      id: 'database-down',
      faults: [{ fault: 'database-down' }],
      alerts: ['ServiceUnhealthy critical', 'MonitoringFails warning', 'MonitoringFails critical'],
      onset: 6,
      recovery: 8,
    },
    {
      id: 'monitoring',
      faults: [{ fault: 'check-hangs', parameters: { check: 'queue', seconds: 150 } }],
      alerts: ['MonitoringStopped critical'],
      recovery: 3,
    },
    // What one of these leaves on the heap has to be gone before the other: they are not next to each other.
    {
      id: 'heap-second-level',
      faults: [{ fault: 'heap-full', parameters: { share: 0.79 } }],
      alerts: ['HeapNearlyFull critical'],
      onset: 30,
      recovery: 25,
    },
    {
      id: 'memory',
      faults: [{ fault: 'memory-growth', parameters: { bytes: 3400 * MEBIBYTE, perSecond: 256 * MEBIBYTE } }],
      alerts: ['MemoryExhaustion critical'],
      onset: 35,
      recovery: 20,
    },
    {
      id: 'slow',
      faults: [{ fault: 'latency', parameters: { ms: 36_000 } }],
      alerts: ['HighApiLatency critical'],
      onset: 40,
      recovery: 42,
    },
    {
      id: 'heap-first-level',
      faults: [{ fault: 'heap-full', parameters: { share: 0.72 } }],
      alerts: ['HeapNearlyFull warning'],
      onset: 25,
      recovery: 20,
    },
    {
      id: 'silent',
      faults: [{ fault: 'exporter-silent', parameters: { job: 'networx' } }],
      alerts: ['NetworxDown critical'],
    },
    forgotten(['networx']),
    burning(
      SLOS,
      { pages: 'critical', tickets: 'warning' },
      [
        { fault: 'latency', parameters: { ms: 33_000 } },
        // Nobody starts runs while the API is slow. Those that fail here soon are more than a budget.
        { fault: 'queue-flood', parameters: { queue: 'optimization', jobs: 20 }, seconds: 6 },
        { fault: 'job-failures', parameters: { ratio: 1 } },
        // A stricter objective: as long as the others need, and its budget would not come back for hours.
        { fault: 'check-hangs', parameters: { check: 'queue', seconds: 150 }, seconds: 30 },
      ],
      { onset: 40 },
    ),
    missing(SLOS, 'warning', 'http_request,job_failures,jobs_processed,monitoring_last'),
    silent(SLOS, 'warning', 'networx'),
  ],
  impossible: {},
};
