import type { SystemPlan } from '../plan.ts';
import { burning, forgotten, missing, silent } from './common.ts';

const SLOS = ['ApiLatency', 'ApiAvailability', 'DependencyCalls'];

const BURN = burning(
  SLOS,
  { pages: 'critical', tickets: 'warning' },
  [
    { fault: 'errors', parameters: { ratio: 0.2 } },
    { fault: 'latency', parameters: { ms: 1600 } },
    { fault: 'circuit-open', parameters: { dependency: 'payment-service' } },
  ],
  // What is answered with an error at once is not slow, and calls nobody.
  { badRatios: { ApiAvailability: 0.2, ApiLatency: 0.8, DependencyCalls: 0.8 } },
);
/** An open circuit calls so seldom that long windows see little of it: a service that fails less often keeps its circuit closed. */
const UNSEEN = ['critical page-slow', 'warning ticket-fast', 'warning ticket-slow'].map(
  (tier) => `DependencyCallsBudgetBurn ${tier}`,
);

/** The node with its layers of cache, its circuits and its stream of metrics. */
export const bizraNode0: SystemPlan = {
  system: 'bizra-node0',
  environment: { MEMORY_LIMIT_BYTES: String(1536 * 1024 * 1024) },
  campaigns: [
    {
      // First of all: what it is compared with is the calm before.
      id: 'slower-than-yesterday',
      faults: [{ fault: 'latency', parameters: { ms: 1600 } }],
      alerts: ['NodeLatencyHigh warning', 'LatencyAnomaly low', 'LatencyRegression low'],
      onset: 2,
      recovery: 5,
    },
    {
      id: 'more-traffic-than-usual',
      faults: [],
      rate: 160,
      alerts: ['TrafficAnomaly low'],
      onset: 2,
      recovery: 5,
    },
    {
      id: 'cache-and-errors',
      faults: [
        { fault: 'cache-miss', parameters: { ratio: 0.7 } },
        { fault: 'errors', parameters: { ratio: 0.3 } },
        { fault: 'event-loop-freeze', parameters: { ms: 250 } },
      ],
      alerts: [
        'CacheLayerHitRateLow warning',
        'RegionErrorRateHigh warning',
        'HealthScoreLow warning',
        'EventLoopBlocked warning',
      ],
      // Scores look at the last look-ups, not at the last minutes.
      onset: 10,
      recovery: 20,
    },
    {
      id: 'circuit',
      faults: [{ fault: 'circuit-open', parameters: { dependency: 'payment-service' } }],
      alerts: [
        'CircuitBreakerOpen critical',
        'CircuitBreakerFailureRateHigh warning',
        'CircuitBreakerFailuresInRow warning',
        'HealthScoreLow critical',
      ],
      onset: 3,
      recovery: 15,
      escalation: true,
      short: true,
    },
    {
      id: 'slow-dependency',
      faults: [{ fault: 'dependency-slow', parameters: { dependency: 'payment-service', ms: 7000 } }],
      alerts: ['CircuitBreakerCallsSlow warning'],
      onset: 8,
      recovery: 15,
    },
    {
      id: 'connections',
      faults: [{ fault: 'pool-exhausted' }],
      rate: 60,
      alerts: ['DatabaseWaitQueueLong warning', 'DatabaseConnectionsFail warning'],
      onset: 4,
      recovery: 5,
    },
    {
      id: 'memory-first-level',
      faults: [{ fault: 'memory-full', parameters: { share: 0.86 } }],
      alerts: ['NodeMemoryHigh warning'],
      onset: 25,
      recovery: 20,
    },
    {
      id: 'memory-second-level',
      faults: [{ fault: 'memory-full', parameters: { share: 0.96 } }],
      alerts: ['NodeMemoryHigh critical'],
      onset: 25,
      recovery: 20,
    },
    {
      id: 'silent',
      faults: [{ fault: 'exporter-silent', parameters: { job: 'bizra-node0' } }],
      alerts: ['NodeDown critical'],
      short: true,
    },
    forgotten(['bizra-node0']),
    { ...BURN, alerts: BURN.alerts.filter((key) => !UNSEEN.includes(key)) },
    {
      id: 'dependency-burns',
      stage: 'objectives',
      faults: [{ fault: 'dependency-failing', parameters: { dependency: 'payment-service', ratio: 0.45 } }],
      alerts: UNSEEN,
      badRatios: { DependencyCalls: 0.45 },
      onset: 4,
      recovery: 4,
    },
    missing(SLOS, 'warning', 'http_request,circuit_breaker_calls'),
    silent(SLOS, 'warning', 'bizra-node0'),
  ],
  impossible: {
    'EventLoopBlocked critical':
      'a loop that stands still for a second answers no scrape, which gives up after half a second at this scale (after ten in earnest)',
  },
};
