import type { SystemPlan } from '../plan.ts';
import { burning, forgotten, missing, silent } from './common.ts';

const SLOS = ['ApiAvailability', 'ApiLatency', 'Generation'];
const MEBIBYTE = 1024 * 1024;

/** Content that is generated through an external API. */
export const contentmax: SystemPlan = {
  system: 'contentmax',
  environment: { MEMORY_LIMIT_BYTES: String(1536 * MEBIBYTE), PROCESSORS: '0.25' },
  campaigns: [
    {
      // First of all: what it is compared with is the calm before.
      id: 'unlike-before',
      faults: [
        { fault: 'latency', parameters: { ms: 750 } },
        { fault: 'errors', parameters: { ratio: 0.03 } },
        { fault: 'dependency-slow', parameters: { ms: 1500 } },
      ],
      rate: 160,
      alerts: [
        'RequestRateAnomalous warning',
        'ResponseTimeAnomalous warning',
        'ErrorRateAnomalous warning',
        'GenerationTimeAnomalous warning',
        'HighErrorRate warning',
        'SlowResponseTime info',
      ],
      onset: 3,
      recovery: 8,
    },
    {
      id: 'errors-and-slow',
      faults: [
        { fault: 'errors', parameters: { ratio: 0.3 } },
        { fault: 'latency', parameters: { ms: 1700 } },
        { fault: 'quota-exhaustion', parameters: { share: 0.9 } },
      ],
      alerts: ['HighErrorRate critical', 'SlowResponseTime warning', 'ApiRateLimitApproaching warning'],
      onset: 3,
      recovery: 5,
      escalation: true,
    },
    {
      id: 'generator-fails',
      faults: [{ fault: 'dependency-failing', parameters: { ratio: 0.6 } }],
      alerts: ['ExternalApiErrors warning', 'ContentGenerationFailures warning'],
      onset: 3,
      recovery: 5,
    },
    {
      id: 'generator-slow',
      faults: [{ fault: 'dependency-slow', parameters: { ms: 33_000 } }],
      alerts: ['ExternalApiSlow warning', 'ContentGenerationSlow warning'],
      // The first slow answer comes after its delay, the last one as long after the end.
      onset: 36,
      recovery: 40,
    },
    {
      id: 'errors-of-new-types',
      faults: [{ fault: 'error-spike', parameters: { type: 'NeverSeenError', count: 20, everyMs: 500 } }],
      alerts: ['ErrorSpike warning', 'NewErrorType warning'],
      recovery: 5,
    },
    {
      id: 'memory-first-level',
      faults: [{ fault: 'memory-full', parameters: { share: 0.86 } }],
      alerts: ['HostMemoryHigh info'],
      onset: 25,
      recovery: 20,
    },
    {
      id: 'memory-second-level',
      faults: [{ fault: 'memory-full', parameters: { share: 0.98 } }],
      alerts: ['HostMemoryHigh critical'],
      onset: 25,
      recovery: 20,
    },
    {
      id: 'leak',
      faults: [{ fault: 'memory-growth', parameters: { bytes: 1024 * MEBIBYTE, perSecond: 12 * MEBIBYTE } }],
      alerts: ['PotentialMemoryLeak warning'],
      // It has to grow to four fifths first.
      onset: 75,
      recovery: 20,
    },
    {
      // Both levels: on a machine that others use too, nobody gets exactly as much of a processor as lies between them.
      id: 'processors',
      faults: [{ fault: 'cpu-burn', parameters: { share: 1 } }],
      alerts: ['CpuUsageHigh info', 'CpuUsageHigh warning'],
      onset: 3,
      recovery: 5,
    },
    {
      id: 'flood-first-level',
      faults: [{ fault: 'request-flood', parameters: { perSecond: 1400 } }],
      alerts: ['RequestRateHigh info'],
      onset: 3,
      recovery: 5,
    },
    {
      id: 'flood-second-level',
      faults: [{ fault: 'request-flood', parameters: { perSecond: 2600 } }],
      alerts: ['RequestRateHigh warning'],
      onset: 3,
      recovery: 5,
    },
    {
      id: 'database',
      faults: [{ fault: 'pool-exhausted' }, { fault: 'dependency-down' }],
      alerts: ['DatabaseConnectionPoolExhausted critical', 'ServiceUnavailable critical'],
      onset: 5,
      recovery: 8,
    },
    {
      id: 'silent',
      faults: [{ fault: 'exporter-silent', parameters: { job: 'contentmax' } }],
      alerts: ['ContentMaxDown critical'],
    },
    forgotten(['contentmax']),
    burning(
      SLOS,
      { pages: 'critical', tickets: 'warning' },
      [
        { fault: 'errors', parameters: { ratio: 0.12 } },
        { fault: 'latency', parameters: { ms: 1700 } },
        { fault: 'dependency-failing', parameters: { ratio: 1 } },
      ],
      {
        // What is answered with an error at once is not slow, and generates nothing; who waits asks less often.
        badRatios: { ApiAvailability: 0.1, ApiLatency: 0.8, Generation: 0.7 },
      },
    ),
    missing(SLOS, 'warning', 'http_request,content_gener'),
    silent(SLOS, 'warning', 'contentmax'),
  ],
  impossible: {},
};
