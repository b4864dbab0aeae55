import {
  cores,
  count,
  counter,
  defineMetrics,
  defineSystem,
  gauge,
  gibibytes,
  histogram,
  hours,
  kibibytes,
  mebibytes,
  minutes,
  monitors,
  ms,
  per,
  percent,
  perSecond,
  query,
  seconds,
  select,
  sli,
  slo,
  threshold,
  workload,
} from 'tocsin';

const server = defineMetrics('priority-event-system', {
  events_received_total: counter({ unit: 'count', help: 'Events that came in.', labels: { source: 'any' } }),
  events_processed_total: counter({
    unit: 'count',
    help: 'Events that went through.',
    labels: { bucket: ['priority', 'regular'] },
  }),
  priority_events_total: counter({ unit: 'count', help: 'Events classified as urgent.', labels: { type: 'any' } }),
  events_dropped_total: counter({
    unit: 'count',
    help: 'Events dropped because their bucket was full.',
    labels: { bucket: ['priority', 'regular'] },
  }),
  event_classification_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time to classify one event.',
    buckets: [ms(0.05), ms(0.1), ms(0.25), ms(0.5), ms(1), ms(2.5), ms(5), ms(10)],
  }),
  event_classifications_checked_total: counter({ unit: 'count', help: 'Classifications that were checked.' }),
  event_classifications_correct_total: counter({ unit: 'count', help: 'Checked classifications that were right.' }),
  event_end_to_end_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time from the insert of an event to its display.',
    buckets: [ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5)],
  }),
  oldest_priority_event_timestamp_seconds: gauge({
    unit: 'unix_seconds',
    help: 'When the oldest priority event arrived.',
  }),
  oldest_regular_event_timestamp_seconds: gauge({
    unit: 'unix_seconds',
    help: 'When the oldest regular event arrived.',
  }),
  process_resident_memory_bytes: gauge({ unit: 'bytes', help: 'Resident memory of the process.', range: { min: 0 } }),
  gc_examined_bytes_total: counter({ unit: 'bytes', help: 'Memory that garbage collections looked at.' }),
  gc_recovered_bytes_total: counter({ unit: 'bytes', help: 'Memory that they gave back.' }),
});

const store = defineMetrics('priority-event-system', {
  database_query_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one query.',
    labels: { query: 'any' },
    buckets: [ms(1), ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500), seconds(1), seconds(2.5)],
  }),
  database_inserts_total: counter({ unit: 'count', help: 'Events written.' }),
  database_query_errors_total: counter({ unit: 'count', help: 'Queries that failed.', labels: { query: 'any' } }),
  database_connections_active: gauge({ unit: 'count', help: 'Connections in use.', range: { min: 0 } }),
  database_connections_max: gauge({ unit: 'count', help: 'The most connections the pool opens.', range: { min: 0 } }),
});

const sockets = defineMetrics('priority-event-system', {
  websocket_connections_active: gauge({ unit: 'count', help: 'Open connections.', range: { min: 0 } }),
  websocket_messages_total: counter({ unit: 'count', help: 'Messages sent.' }),
  websocket_sent_bytes_total: counter({ unit: 'bytes', help: 'Bytes sent.' }),
  websocket_overhead_bytes_total: counter({ unit: 'bytes', help: 'Bytes of priority metadata among them.' }),
  // In seconds: the seed had milliseconds in a gauge, which hides every slow broadcast between two scrapes.
  websocket_broadcast_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one broadcast to all clients.',
    buckets: [ms(0.5), ms(1), ms(2.5), ms(5), ms(10), ms(25), ms(50), ms(100)],
  }),
  websocket_queue_bytes: gauge({ unit: 'bytes', help: 'Bytes that wait to be sent.', range: { min: 0 } }),
});

const client = defineMetrics('client-metrics', {
  client_memory_usage_bytes: gauge({
    unit: 'bytes',
    help: 'JavaScript heap of the page.',
    labels: { client_id: 'any' },
    range: { min: 0 },
  }),
  client_priority_bucket_events: gauge({
    unit: 'count',
    help: 'Events in the priority bucket.',
    labels: { client_id: 'any' },
    range: { min: 0 },
  }),
  client_regular_bucket_events: gauge({
    unit: 'count',
    help: 'Events in the regular bucket.',
    labels: { client_id: 'any' },
    range: { min: 0 },
  }),
  client_displayed_events: gauge({
    unit: 'count',
    help: 'Events on the screen.',
    labels: { client_id: 'any' },
    range: { min: 0 },
  }),
  client_frames_per_second: gauge({
    unit: 'per_second',
    help: 'Frames drawn a second.',
    labels: { client_id: 'any' },
    range: { min: 0 },
  }),
  client_frames_total: counter({
    unit: 'count',
    help: 'Frames that should have been drawn.',
    labels: { client_id: 'any' },
  }),
  client_frames_dropped_total: counter({ unit: 'count', help: 'Frames that were not.', labels: { client_id: 'any' } }),
  client_bucket_switch_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time to switch between the buckets.',
    buckets: [ms(1), ms(2.5), ms(5), ms(10), ms(25), ms(50), ms(100)],
  }),
});

export default defineSystem({
  id: 'priority-event-buckets',
  title: 'Priority event buckets',
  description: 'Takes in events, keeps urgent and regular ones in two buckets, and shows them to connected browsers.',
  owner: 'events',
  jobs: {
    'priority-event-system': {
      targets: {
        compose: ['app-priority-event-buckets:4000'],
        local: ['127.0.0.1:4000'],
        production: ['events.internal:4000'],
      },
      interval: seconds(5),
    },
    'client-metrics': {
      targets: {
        compose: ['app-priority-event-buckets:3000'],
        local: ['127.0.0.1:3100'],
        production: ['events.internal:3000'],
      },
      path: '/api/metrics',
      interval: seconds(30),
    },
  },
  components: {
    client: monitors.browserClient({
      title: 'Browser client',
      description: 'The page that shows the events; every open page reports about itself.',
      clientLabel: 'client_id',
      metrics: {
        memory: client.client_memory_usage_bytes,
        displayed: client.client_displayed_events,
        priorityItems: client.client_priority_bucket_events,
        regularItems: client.client_regular_bucket_events,
        frameRate: client.client_frames_per_second,
        frames: client.client_frames_total,
        droppedFrames: client.client_frames_dropped_total,
        switchDuration: client.client_bucket_switch_duration_seconds,
      },
      levels: {
        memory: {
          alert: 'ClientMemoryLimitExceeded',
          warning: { level: mebibytes(40), severity: 'medium' },
          critical: mebibytes(50),
          goal: mebibytes(50),
          for: minutes(1),
        },
        memoryPerItem: { warning: { level: kibibytes(200), severity: 'medium' } },
        displayed: { warning: { level: count(250), severity: 'medium' } },
        priorityItems: { warning: { level: count(200), severity: 'medium' } },
        regularItems: { warning: { level: count(100), severity: 'medium' } },
        frameRate: { warning: { level: perSecond(50), severity: 'medium' }, goal: perSecond(60) },
        droppedFrames: { warning: { level: percent(2), severity: 'medium' } },
        switchP95: { warning: { level: ms(10), severity: 'low' } },
      },
      dependsOn: ['websocket'],
    }),
    server: monitors.eventPipeline({
      title: 'Event server',
      description: 'Takes in events, classifies them, keeps priority events for 24 hours and others for 4.',
      metrics: {
        processed: server.events_processed_total,
        received: server.events_received_total,
        priority: server.priority_events_total,
        classificationDuration: server.event_classification_duration_seconds,
        classificationsChecked: server.event_classifications_checked_total,
        classificationsCorrect: server.event_classifications_correct_total,
        endToEndDuration: server.event_end_to_end_duration_seconds,
        oldestPriority: server.oldest_priority_event_timestamp_seconds,
        oldestRegular: server.oldest_regular_event_timestamp_seconds,
        memory: server.process_resident_memory_bytes,
        garbageExamined: server.gc_examined_bytes_total,
        garbageRecovered: server.gc_recovered_bytes_total,
      },
      levels: {
        // The seed's text says 1,000 and its rule 500: 1,000 is the goal, 500 the level.
        throughput: {
          alert: 'LowEventThroughput',
          warning: { level: perSecond(500), severity: 'high' },
          goal: perSecond(1000),
          for: minutes(10),
        },
        stalled: { alert: 'EventProcessingStalled', critical: perSecond(0), for: minutes(5) },
        // Two sums: the seed divided series whose labels can never be equal.
        priorityRatio: {
          alert: 'HighPriorityEventRatio',
          warning: { level: percent(50), severity: 'high' },
          for: minutes(5),
        },
        classificationP95: { warning: { level: ms(1), severity: 'medium' } },
        classificationAccuracy: { warning: { level: percent(99), severity: 'medium' } },
        endToEndP95: { warning: { level: ms(100), severity: 'high' } },
        priorityRetention: { warning: { level: hours(25), severity: 'low' }, goal: hours(24) },
        regularRetention: { warning: { level: hours(5), severity: 'low' }, goal: hours(4) },
        // A trend of the gauge: increase() treats every dip of a gauge as a restart.
        memoryGrowth: { alert: 'MemoryLeakDetected', critical: per(mebibytes(100), hours(1)), for: hours(1) },
        // 50 MiB for 1,000 events.
        memoryPerEvent: { warning: { level: kibibytes(51.2), severity: 'medium' } },
        memoryDrift: { warning: { level: percent(10), severity: 'medium' } },
        garbageRecovery: { warning: { level: percent(80), severity: 'low' } },
      },
      dependsOn: ['database'],
      workload: workload({
        name: 'priority-event-system',
        image: 'priority-event-system:latest',
        replicas: 3,
        ports: { http: 4000 },
        endpoints: {
          '/health/startup': { checks: [] },
          // The process only: the seed asked one path for both, and one slow query restarted every instance.
          '/health/live': { checks: [] },
          '/health/ready': { checks: ['database', 'websocket'] },
          // The seed's four checks: the database, the memory and the classification of the server, the WebSocket.
          '/health': { checks: ['database', 'server', 'websocket'] },
        },
        startup: { path: '/health/startup', every: seconds(5), timeout: seconds(3), failures: 12 },
        readiness: {
          path: '/health/ready',
          every: seconds(5),
          timeout: seconds(3),
          failures: 3,
          initialDelay: seconds(10),
        },
        liveness: {
          path: '/health/live',
          every: seconds(10),
          timeout: seconds(5),
          failures: 3,
          initialDelay: seconds(30),
        },
        resources: {
          requests: { cpu: cores(0.25), memory: mebibytes(512) },
          limits: { cpu: cores(0.5), memory: gibibytes(1) },
        },
      }),
    }),
    database: monitors.database({
      title: 'Event store',
      description: 'The SQL database that keeps the events.',
      metrics: {
        queryDuration: store.database_query_duration_seconds,
        inserts: store.database_inserts_total,
        poolActive: store.database_connections_active,
        poolMaximum: store.database_connections_max,
      },
      levels: {
        latencyP95: { alert: 'DatabaseQueryTooSlow', critical: ms(100), for: minutes(2) },
        poolUsage: {
          alert: 'EventStorePoolNearlyFull',
          warning: { level: percent(80), severity: 'high' },
          for: minutes(2),
        },
        insertRate: {
          alert: 'EventStoreInsertsLow',
          warning: { level: perSecond(1000), severity: 'low' },
          for: minutes(30),
        },
      },
    }),
    websocket: monitors.webSocket({
      title: 'WebSocket server',
      description: 'Pushes every event to the connected browsers.',
      metrics: {
        connections: sockets.websocket_connections_active,
        messages: sockets.websocket_messages_total,
        broadcastDuration: sockets.websocket_broadcast_duration_seconds,
        sentBytes: sockets.websocket_sent_bytes_total,
        overheadBytes: sockets.websocket_overhead_bytes_total,
        queue: sockets.websocket_queue_bytes,
      },
      levels: {
        connections: {
          alert: 'HighConnectionCount',
          warning: { level: count(800), severity: 'high' },
          critical: count(1000),
          for: minutes(5),
        },
        broadcastP95: { warning: { level: ms(10), severity: 'medium' } },
        overhead: { alert: 'WebSocketOverheadHigh', warning: { level: percent(5), severity: 'high' }, for: minutes(5) },
        queue: { warning: { level: mebibytes(25), severity: 'high' } },
      },
      dependsOn: ['server'],
    }),
  },
  thresholds: {
    'priority-dropped': threshold({
      alert: 'PriorityEventsDropped',
      title: 'Event server: priority events dropped',
      component: 'server',
      query: query.orZero(
        query.sum(query.rate(select(server.events_dropped_total, { bucket: 'priority' }), minutes(5))),
      ),
      direction: 'above',
      warning: { level: perSecond(0), severity: 'high' },
      for: minutes(1),
      summary: 'Priority events are dropped at {value}',
      description:
        'When a bucket is full, regular events make room. A priority event that is dropped is one that was missed.',
      firstSteps: [
        'See on the panel of urgent events whether there are more of them than the bucket holds.',
        'See whether the clean-up of old events runs.',
      ],
    }),
    'query-errors': threshold({
      alert: 'EventStoreQueriesFail',
      title: 'Event store: share of queries that fail',
      component: 'database',
      query: query.divide(
        query.orZero(query.sum(query.rate(store.database_query_errors_total, minutes(5)))),
        query.sum(query.rate(query.observations(store.database_query_duration_seconds), minutes(5))),
      ),
      direction: 'above',
      warning: { level: percent(1), severity: 'high' },
      for: minutes(2),
      summary: '{value} of the queries of the event store fail (level {threshold})',
      description: 'An insert that fails is an event that is lost; the seed told somebody of each of them.',
      firstSteps: [
        'Read the error of the latest failed query in the log.',
        'See whether the disk is full or the file locked.',
      ],
    }),
  },
  slos: {
    // p95 under 100 ms is 95 % of the queries under 100 ms.
    'query-latency': slo({
      title: 'A query of the event store is answered within 100 ms',
      component: 'database',
      objective: percent(95),
      indicator: sli.latency({ histogram: store.database_query_duration_seconds, below: ms(100) }),
      traffic: perSecond(200),
      firstSteps: ['Find the slowest statements and their plans.', 'Look for locks, a running migration or a backup.'],
    }),
    'event-delivery': slo({
      title: 'An event is on the screen within 100 ms',
      description: 'An urgent event that comes late is an event that was missed.',
      component: 'server',
      objective: percent(95),
      indicator: sli.latency({ histogram: server.event_end_to_end_duration_seconds, below: ms(100) }),
      traffic: perSecond(1000),
    }),
    'classification-accuracy': slo({
      title: 'An event goes into the right bucket',
      component: 'server',
      objective: percent(99),
      indicator: sli.availability({
        good: server.event_classifications_correct_total,
        total: server.event_classifications_checked_total,
      }),
    }),
  },
  dashboards: {
    production: {
      title: 'Production',
      description: 'The four panels of the seed; what it had on one scale though it has two units is on two.',
      rows: [
        {
          title: 'Production monitoring',
          panels: {
            'client-memory': {
              title: 'Client memory usage',
              description: 'The mean over all clients; the alert looks at each of them.',
              kind: 'stat',
              queries: { average: query.average(client.client_memory_usage_bytes) },
              min: 0,
            },
            'query-performance': {
              title: 'Database query performance',
              description: 'How long 95 and 50 of 100 queries take at most.',
              queries: {
                p95: query.quantile(0.95, store.database_query_duration_seconds, { over: query.rateInterval }),
                p50: query.quantile(0.5, store.database_query_duration_seconds, { over: query.rateInterval }),
              },
              min: 0,
              max: 0.2,
            },
            'processing-rate': {
              title: 'Event processing rate',
              description: 'Priority and regular events a second.',
              queries: {
                '{{bucket}}': query.sum(query.rate(server.events_processed_total, query.rateInterval), {
                  by: ['bucket'],
                }),
              },
              min: 0,
            },
            dropped: {
              title: 'Events dropped',
              description: 'Events a second that made room in a full bucket; none of them should be a priority event.',
              queries: {
                '{{bucket}}': query.sum(query.rate(server.events_dropped_total, query.rateInterval), {
                  by: ['bucket'],
                }),
              },
              min: 0,
            },
            'websocket-overhead': {
              title: 'WebSocket performance: overhead',
              description: 'The share of the bytes sent that is priority metadata.',
              queries: {
                overhead: query.divide(
                  query.orZero(query.sum(query.rate(sockets.websocket_overhead_bytes_total, query.rateInterval))),
                  query.sum(query.rate(sockets.websocket_sent_bytes_total, query.rateInterval)),
                ),
              },
              min: 0,
            },
            'websocket-broadcast': {
              title: 'WebSocket performance: broadcast time',
              description: 'How long 95 and 50 of 100 broadcasts take at most.',
              queries: {
                p95: query.quantile(0.95, sockets.websocket_broadcast_duration_seconds, { over: query.rateInterval }),
                p50: query.quantile(0.5, sockets.websocket_broadcast_duration_seconds, { over: query.rateInterval }),
              },
              min: 0,
            },
          },
        },
      ],
    },
  },
});
