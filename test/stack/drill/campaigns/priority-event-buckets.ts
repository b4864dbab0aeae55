import type { SystemPlan } from '../plan.ts';
import { burning, forgotten, missing, silent } from './common.ts';

const SLOS = ['QueryLatency', 'EventDelivery', 'ClassificationAccuracy'];
const MEBIBYTE = 1024 * 1024;

/** The event server with its store, its sockets and the browsers that show the events. */
export const priorityEventBuckets: SystemPlan = {
  system: 'priority-event-buckets',
  warmUp: 90,
  environment: { MEMORY_LIMIT_BYTES: String(3072 * MEBIBYTE) },
  campaigns: [
    {
      // First of all: what it is compared with is the calm before, and what garbage has once filled stays with the process.
      id: 'memory',
      faults: [{ fault: 'memory-growth', parameters: { bytes: 1024 * MEBIBYTE, perSecond: 7 * MEBIBYTE } }],
      // Memory for each event can only grow that fast when there are few events.
      rate: 0.5,
      alerts: ['MemoryLeakDetected critical', 'MemoryDriftHigh medium', 'MemoryPerEventHigh medium'],
      onset: 30,
      recovery: 30,
    },
    {
      id: 'browsers-first-level',
      faults: [{ fault: 'clients-degraded', parameters: { memoryBytes: 45 * MEBIBYTE, switchMs: 30, keeps: 150 } }],
      alerts: ['ClientMemoryLimitExceeded medium', 'ClientMemoryPerEventHigh medium', 'ClientSwitchSlow low'],
      onset: 3,
      recovery: 3,
    },
    {
      id: 'browsers-second-level',
      faults: [
        { fault: 'clients-degraded', parameters: { memoryBytes: 60 * MEBIBYTE, fps: 30, dropped: 0.1, keeps: 600 } },
      ],
      alerts: [
        'ClientMemoryLimitExceeded critical',
        'ClientDisplayOverfull medium',
        'ClientPriorityBucketOverfull medium',
        'ClientRegularBucketOverfull medium',
        'ClientFrameRateLow medium',
        'ClientFramesDropped medium',
      ],
      onset: 5,
      recovery: 5,
      escalation: true,
    },
    {
      id: 'events-first-level',
      faults: [
        { fault: 'classification-slow' },
        { fault: 'delivery-slow', parameters: { ms: 300 } },
        { fault: 'priority-flood', parameters: { ratio: 0.8 } },
        { fault: 'websocket-overhead' },
        { fault: 'broadcast-slow', parameters: { ms: 100 } },
        { fault: 'websocket-storm', parameters: { connections: 880 } },
      ],
      alerts: [
        'EventClassificationSlow medium',
        'EventDeliverySlow high',
        'HighPriorityEventRatio high',
        'WebSocketOverheadHigh high',
        'WebSocketBroadcastSlow medium',
        'HighConnectionCount high',
      ],
      // So many connections are opened one after the other.
      onset: 6,
      recovery: 6,
    },
    {
      id: 'crowd',
      faults: [
        { fault: 'websocket-storm', parameters: { connections: 1150 } },
        { fault: 'database-slow', parameters: { ms: 250 } },
      ],
      alerts: ['HighConnectionCount critical', 'DatabaseQueryTooSlow critical'],
      onset: 8,
      recovery: 8,
    },
    {
      id: 'send-queue',
      faults: [{ fault: 'websocket-queue', parameters: { bytes: 48 * MEBIBYTE } }],
      alerts: ['WebSocketQueueLarge high'],
      onset: 5,
      recovery: 5,
    },
    {
      id: 'stall',
      faults: [{ fault: 'event-stall' }],
      alerts: ['EventProcessingStalled critical', 'LowEventThroughput high', 'PriorityEventsDropped high'],
      // Events are dropped once the buckets are full.
      onset: 15,
      recovery: 5,
    },
    {
      id: 'store',
      faults: [{ fault: 'pool-exhausted', parameters: { share: 0.9 } }],
      alerts: ['EventStorePoolNearlyFull high'],
      recovery: 5,
    },
    {
      id: 'store-down',
      faults: [{ fault: 'database-down' }],
      alerts: ['EventStoreQueriesFail high'],
      recovery: 5,
    },
    {
      id: 'long-windows',
      faults: [
        { fault: 'garbage-held' },
        { fault: 'classification-wrong', parameters: { ratio: 0.11 } },
        { fault: 'retention-stopped', parameters: { hours: 30 } },
      ],
      rate: 0.5,
      alerts: [
        'GarbageRecoveryLow low',
        'EventClassificationInaccurate medium',
        'PriorityRetentionExceeded low',
        'RegularRetentionExceeded low',
        'EventStoreInsertsLow low',
      ],
      onset: 15,
      recovery: 30,
    },
    forgotten(['priority-event-system', 'client-metrics']),
    burning(
      SLOS,
      { pages: 'critical', tickets: 'high' },
      [
        { fault: 'database-slow', parameters: { ms: 130 } },
        { fault: 'delivery-slow', parameters: { ms: 400 } },
        // A stricter objective: as long as the others need, and its budget would not come back for hours.
        { fault: 'classification-wrong', parameters: { ratio: 1 }, seconds: 40 },
      ],
      {
        // A store that is slow answers fewer queries, and has a backlog afterwards.
        badRatios: { QueryLatency: 0.45 },
        recovery: 20,
      },
    ),
    missing(SLOS, 'high', 'database_query,event_end_to_end,event_classifications'),
    silent(SLOS, 'high', 'priority-event-system'),
  ],
  impossible: {},
};
