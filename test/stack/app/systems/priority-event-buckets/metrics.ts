/** The instruments of both jobs, as definitions/systems/priority-event-buckets.ts declares them. */
import { Registry } from 'prom-client';
import { instrumentsOf } from '../../instruments.ts';
import type { Bucket } from './classify.ts';
import { BUCKETS, URGENT_TYPES } from './classify.ts';

/** What is read at each scrape. */
export interface ServerLevels {
  readonly residentBytes: () => number;
  readonly connectionsInUse: () => number;
  readonly connectionsMost: () => number;
  readonly socketConnections: () => number;
  readonly socketQueuedBytes: () => number;
  /** Seconds since 1970; 0 while there is none. */
  readonly oldest: (bucket: Bucket) => number;
}

/** What the event store is asked. */
const QUERIES = ['insert-events', 'recent-events', 'oldest-events', 'retention', 'health'];

/** Of the job `priority-event-system`. */
export const createServerMetrics = (levels: ServerLevels) => {
  const registry = new Registry();
  const { counter, histogram, level } = instrumentsOf(registry);
  const metrics = {
    registry,
    received: counter('events_received_total', 'Events that came in.', ['source']),
    processed: counter('events_processed_total', 'Events that went through.', ['bucket']),
    urgent: counter('priority_events_total', 'Events classified as urgent.', ['type']),
    dropped: counter('events_dropped_total', 'Events dropped because their bucket was full.', ['bucket']),
    classification: histogram(
      'event_classification_duration_seconds',
      'Time to classify one event.',
      [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01],
    ),
    checked: counter('event_classifications_checked_total', 'Classifications that were checked.'),
    correct: counter('event_classifications_correct_total', 'Checked classifications that were right.'),
    endToEnd: histogram(
      'event_end_to_end_duration_seconds',
      'Time from the insert of an event to its display.',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    ),
    garbageExamined: counter('gc_examined_bytes_total', 'Memory that garbage collections looked at.'),
    garbageRecovered: counter('gc_recovered_bytes_total', 'Memory that they gave back.'),
    query: histogram(
      'database_query_duration_seconds',
      'Time of one query.',
      [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      ['query'],
    ),
    queryErrors: counter('database_query_errors_total', 'Queries that failed.', ['query']),
    inserts: counter('database_inserts_total', 'Events written.'),
    messages: counter('websocket_messages_total', 'Messages sent.'),
    sentBytes: counter('websocket_sent_bytes_total', 'Bytes sent.'),
    overheadBytes: counter('websocket_overhead_bytes_total', 'Bytes of priority metadata among them.'),
    broadcast: histogram(
      'websocket_broadcast_duration_seconds',
      'Time of one broadcast to all clients.',
      [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
    ),
  };
  level('process_resident_memory_bytes', 'Resident memory of the process.', levels.residentBytes);
  level('database_connections_active', 'Connections in use.', levels.connectionsInUse);
  level('database_connections_max', 'The most connections the pool opens.', levels.connectionsMost);
  level('websocket_connections_active', 'Open connections.', levels.socketConnections);
  level('websocket_queue_bytes', 'Bytes that wait to be sent.', levels.socketQueuedBytes);
  level('oldest_priority_event_timestamp_seconds', 'When the oldest priority event arrived.', () =>
    levels.oldest('priority'),
  );
  level('oldest_regular_event_timestamp_seconds', 'When the oldest regular event arrived.', () =>
    levels.oldest('regular'),
  );

  for (const bucket of BUCKETS) {
    metrics.processed.inc({ bucket }, 0);
    metrics.dropped.inc({ bucket }, 0);
  }
  for (const type of URGENT_TYPES) metrics.urgent.inc({ type }, 0);
  for (const query of QUERIES) {
    metrics.query.zero({ query });
    metrics.queryErrors.inc({ query }, 0);
  }
  return metrics;
};

/** Of the job `client-metrics`. */
export const createClientMetrics = () => {
  const registry = new Registry();
  const { counter, gauge, histogram } = instrumentsOf(registry);
  const labels = ['client_id'] as const;
  const byClient = {
    memory: gauge('client_memory_usage_bytes', 'JavaScript heap of the page.', labels),
    priority: gauge('client_priority_bucket_events', 'Events in the priority bucket.', labels),
    regular: gauge('client_regular_bucket_events', 'Events in the regular bucket.', labels),
    displayed: gauge('client_displayed_events', 'Events on the screen.', labels),
    framesPerSecond: gauge('client_frames_per_second', 'Frames drawn a second.', labels),
    frames: counter('client_frames_total', 'Frames that should have been drawn.', labels),
    framesDropped: counter('client_frames_dropped_total', 'Frames that were not.', labels),
  };
  return {
    registry,
    ...byClient,
    bucketSwitch: histogram(
      'client_bucket_switch_duration_seconds',
      'Time to switch between the buckets.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
    ),
    /** A page that is gone has no values any more. */
    forget(clientId: string): void {
      for (const metric of Object.values(byClient)) metric.remove({ client_id: clientId });
    },
  };
};
export type ClientMetrics = ReturnType<typeof createClientMetrics>;
