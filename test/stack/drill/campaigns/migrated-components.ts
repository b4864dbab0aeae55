import type { SystemPlan } from '../plan.ts';
import { burning, forgotten, missing, silent } from './common.ts';

const SLOS = ['ApiAvailability', 'ApiLatency', 'SearchLatency', 'DatabaseLatency'];

/** The HTTP API with its cache, limiter, search, validation, sockets and database. */
export const migratedComponents: SystemPlan = {
  system: 'migrated-components',
  environment: { MEMORY_LIMIT_BYTES: String(1536 * 1024 * 1024) },
  campaigns: [
    {
      id: 'first-levels',
      faults: [
        { fault: 'cache-miss', parameters: { ratio: 0.4 } },
        { fault: 'search-slow', parameters: { ms: 350 } },
        { fault: 'validation-slow', parameters: { ms: 15 } },
        { fault: 'websocket-errors', parameters: { perSecond: 12 } },
        { fault: 'rate-limit-breach', parameters: { perSecond: 60 } },
        { fault: 'database-slow', parameters: { ms: 170 } },
      ],
      alerts: [
        'CacheHitRateLow warning',
        'CacheHitRateBelowGoal info',
        'SearchResponseTimeHigh warning',
        'ValidationSlow warning',
        'WebSocketConnectionErrors warning',
        'RateLimitExceeded warning',
        'DatabaseQueryTimeHigh warning',
        'DatabaseSlowQueries warning',
      ],
      short: true,
    },
    {
      id: 'second-levels',
      faults: [
        { fault: 'cache-miss', parameters: { ratio: 1 } },
        { fault: 'search-slow', parameters: { ms: 2000 } },
        { fault: 'database-slow', parameters: { ms: 800 } },
        { fault: 'errors', parameters: { ratio: 0.4 } },
      ],
      alerts: [
        'CacheHitRateLow critical',
        'SearchResponseTimeHigh critical',
        'DatabaseQueryTimeHigh critical',
        'HighErrorRate critical',
      ],
      // The first answers of a slow search come after its delay.
      onset: 3,
      escalation: true,
    },
    {
      id: 'slow',
      faults: [{ fault: 'latency', parameters: { ms: 4500 } }],
      alerts: ['PerformanceDegradation warning'],
      onset: 5,
      recovery: 5,
    },
    {
      id: 'refused-and-wrong',
      faults: [
        { fault: 'cache-slow', parameters: { ms: 40 } },
        { fault: 'validation-errors', parameters: { ratio: 0.9 } },
        { fault: 'search-irrelevant' },
        { fault: 'rate-limit-clients', parameters: { clients: 200_000 } },
      ],
      alerts: [
        'CacheOperationSlow warning',
        'ValidationErrorsHigh warning',
        'SearchRelevanceLow warning',
        'RateLimiterMemoryLarge warning',
      ],
      onset: 2,
    },
    {
      id: 'lost-parts',
      faults: [{ fault: 'cache-down' }, { fault: 'search-empty' }, { fault: 'pool-exhausted' }],
      alerts: [
        'CacheUnavailable critical',
        'SearchIndexSmall warning',
        'DatabaseConnectionPoolExhausted critical',
        'HealthCheckFailed warning',
      ],
      // The service checks itself every five seconds, and a check waits for a connection.
      onset: 8,
      recovery: 8,
      short: true,
    },
    {
      id: 'full-and-overdue',
      faults: [
        { fault: 'cache-full', parameters: { share: 0.9 } },
        { fault: 'checks-stall', parameters: { seconds: 600 } },
      ],
      alerts: ['CacheMemoryHigh info', 'HealthChecksOverdue warning'],
      onset: 3,
      recovery: 5,
    },
    {
      id: 'memory',
      faults: [{ fault: 'memory-full', parameters: { share: 0.96 } }],
      alerts: ['MemoryUsageCritical critical'],
      // Memory is filled and given back at a rate.
      onset: 25,
      recovery: 20,
    },
    {
      id: 'silent',
      faults: [{ fault: 'exporter-silent', parameters: { job: 'migrated-api' } }],
      alerts: ['ApiDown critical'],
      short: true,
    },
    forgotten(['migrated-api', 'migrated-websocket']),
    burning(
      SLOS,
      { pages: 'critical', tickets: 'warning' },
      [
        { fault: 'errors', parameters: { ratio: 0.2 } },
        { fault: 'latency', parameters: { ms: 2600 } },
        { fault: 'search-slow', parameters: { ms: 900 } },
        { fault: 'database-slow', parameters: { ms: 700 } },
      ],
      {
        // What is answered with an error at once is not slow, and searches nothing; who waits asks less often.
        badRatios: { ApiAvailability: 0.17, ApiLatency: 0.8, SearchLatency: 0.8, DatabaseLatency: 0.8 },
      },
    ),
    missing(SLOS, 'warning', 'http_request,search_request,database_query'),
    silent(SLOS, 'warning', 'migrated-api'),
  ],
  impossible: {},
};
