import { z } from 'zod';
import type { Connection } from '../../parts/database/database.ts';
import { openDatabase } from '../../parts/database/database.ts';
import { addHealthRoutes, createHealth } from '../../parts/health.ts';
import { HttpError } from '../../parts/http.ts';
import { openPages } from '../../parts/pages.ts';
import { openRuntime } from '../../parts/runtime.ts';
import { openSockets } from '../../parts/sockets.ts';
import { createValidator } from '../../parts/validation.ts';
import type { System } from '../../system.ts';
import { stopwatch } from '../../time.ts';
import { BeaconInput, createBeacons } from './beacons.ts';
import { bucketOf, BUCKETS, createClassifier, REGULAR_TYPES, URGENT_TYPES } from './classify.ts';
import type { Events } from './events.ts';
import { EventBatch, openEvents, TABLES } from './events.ts';
import { createMessages, Displayed, readMessage } from './messages.ts';
import { createClientMetrics, createServerMetrics } from './metrics.ts';

const SERVER = 'priority-event-system';
const CLIENTS = 'client-metrics';
const MEBIBYTE = 1024 * 1024;
/** The limits of the health checks. */
const DATABASE_SLOW_MS = 100;
const HEAP_MOST = 1000 * MEBIBYTE;
const CONNECTIONS_MOST = 1000;
const CLASSIFICATION_MOST_MS = 10;
/** Sources that have a series of their own; all others share one. */
const SOURCES_MOST = 50;
const HOUSEKEEPING_EVERY = 10_000;

/** Ten events of which two are urgent, as sources usually send them. */
const sampleEvents = Array.from({ length: 10 }, (_, index) => ({
  source_app: `agent-${(index % 3) + 1}`,
  session_id: `session-${(index % 5) + 1}`,
  hook_event_type: index % 5 === 0 ? URGENT_TYPES[index / 5] : REGULAR_TYPES[index % REGULAR_TYPES.length],
  payload: { tool: 'Read', path: `src/module-${index}.ts`, durationMs: 12 + index },
}));

const RecentQuery = z.strictObject({
  bucket: z.enum(BUCKETS).default('priority'),
  limit: z.coerce.number().int().min(1).max(250).default(50),
});

/** Takes in events, keeps urgent and regular ones in two buckets, and shows them to connected browsers. */
export const priorityEventBuckets: System = {
  id: 'priority-event-buckets',
  listeners: [
    { job: SERVER, port: 4000 },
    { job: CLIENTS, port: 3100, metricsPath: '/api/metrics' },
  ],
  requests: [
    { job: SERVER, method: 'POST', path: '/api/events', body: { events: sampleEvents } },
    { job: SERVER, method: 'GET', path: '/api/events?bucket=priority&limit=50' },
    {
      job: CLIENTS,
      method: 'POST',
      path: '/api/metrics/client',
      body: {
        clientId: 'sample',
        timestamp: 1_750_000_000_000,
        memoryUsage: 20 * MEBIBYTE,
        eventCounts: { priority: 120, regular: 80, displayed: 200 },
        rendering: { fps: 60, frames: 300, framesDropped: 1 },
        bucketSwitches: [0.002],
      },
    },
  ],
  async start(app) {
    const { config, log } = app;
    const database = app.use(
      'database',
      await openDatabase({
        url: config.databaseUrl,
        schema: 'priority_event_buckets',
        tables: TABLES,
        log,
      }),
    );
    /** Measured as the service feels it, with the wait for a connection: a query that gets none has failed too. */
    const store: Connection = {
      async query(operation, sql, values) {
        const elapsed = stopwatch();
        try {
          return await database.query(operation, sql, values);
        } catch (error) {
          metrics.queryErrors.inc({ query: operation });
          throw error;
        } finally {
          metrics.query.observe({ query: operation }, elapsed());
        }
      },
    };
    const runtime = app.use(
      'runtime',
      openRuntime({
        memoryLimitBytes: config.memoryLimitBytes,
        onRecovery({ examinedBytes, recoveredBytes }) {
          metrics.garbageExamined.inc(examinedBytes);
          metrics.garbageRecovered.inc(recoveredBytes);
        },
      }),
    );
    // Read only once the listener is there.
    const oldest: Events['oldest'] = (bucket) => events.oldest(bucket);
    const metrics = createServerMetrics({
      residentBytes: () => runtime.memory().residentBytes,
      connectionsInUse: () => database.pool().active,
      connectionsMost: () => database.pool().max,
      socketConnections: () => sockets.connections(),
      socketQueuedBytes: () => sockets.queuedBytes(),
      oldest,
    });

    const server = app.listen({ job: SERVER, registry: metrics.registry }).server;
    const sockets = app.use(
      'sockets',
      openSockets({
        server: server.server,
        onConnection(socket) {
          socket.on('displayed', (said: unknown) => {
            const displayed = Displayed.safeParse(said);
            if (!displayed.success) return;
            for (const at of displayed.data.at)
              metrics.endToEnd.observe(Math.max(0, displayed.data.displayedAt - at) / 1000);
          });
        },
        onMessage({ direction, bytes }) {
          if (direction === 'in') return;
          metrics.messages.inc();
          metrics.sentBytes.inc(bytes);
        },
        onBroadcast: ({ seconds }) => metrics.broadcast.observe(seconds),
      }),
    );
    const classifier = app.use(
      'classifier',
      createClassifier({
        onClassified: (seconds) => metrics.classification.observe(seconds),
        onChecked(isCorrect) {
          metrics.checked.inc();
          if (isCorrect) metrics.correct.inc();
        },
      }),
    );
    const messages = app.use('messages', createMessages());
    const sources = new Set<string>();
    const events = app.use(
      'events',
      openEvents({
        database: store,
        classifier,
        async deliver(stored) {
          const { message, overheadBytes } = messages.write(stored);
          metrics.overheadBytes.inc(overheadBytes * sockets.audience());
          await sockets.broadcast('events', message);
        },
        onReceived({ source }) {
          if (sources.size < SOURCES_MOST) sources.add(source);
          metrics.received.inc({ source: sources.has(source) ? source : 'other' });
        },
        onClassified({ bucket, type }) {
          // Anything else is a mistake of the classification, and as such no type of urgent events.
          if (bucket === 'priority') metrics.urgent.inc({ type: bucketOf(type) === 'priority' ? type : 'other' });
        },
        onDropped: ({ bucket, events: dropped }) => metrics.dropped.inc({ bucket }, dropped),
        onStored: (stored) => metrics.inserts.inc(stored),
        onProcessed: ({ bucket, events: processed }) => metrics.processed.inc({ bucket }, processed),
        onTrouble: (error, what) => log.warn({ err: error }, what),
      }),
    );
    app.every('housekeeping', HOUSEKEEPING_EVERY, () => events.keepHouse());

    const validator = app.use('validation', createValidator());
    server.post('/api/events', async (request, reply) => {
      const batch = await validator.validate('event batch', EventBatch, request.body);
      const accepted = events.take(batch.events);
      if (accepted === 0) throw new HttpError(503, 'no room for more events');
      return reply.code(202).send({ accepted, dropped: batch.events.length - accepted });
    });
    server.get('/api/events', async (request) => {
      const { bucket, limit } = await validator.validate('query', RecentQuery, request.query);
      return { bucket, events: await events.recent(bucket, limit) };
    });

    const health = createHealth([
      {
        name: 'database',
        degradedOverMs: DATABASE_SLOW_MS,
        run: async () => void (await store.query('health', 'SELECT 1')),
      },
      {
        name: 'memory',
        run() {
          const { heapUsedBytes } = runtime.memory();
          return {
            status: heapUsedBytes < HEAP_MOST ? 'healthy' : 'unhealthy',
            detail: { heapUsedBytes, threshold: HEAP_MOST },
          };
        },
      },
      {
        name: 'priority_system',
        run() {
          const elapsed = stopwatch();
          const bucket = classifier.classify('UserPromptSubmit');
          const classificationMs = elapsed() * 1000;
          return {
            status: bucket === 'priority' && classificationMs < CLASSIFICATION_MOST_MS ? 'healthy' : 'unhealthy',
            detail: { expected: 'priority', actual: bucket, classificationMs, waitingEvents: events.waiting() },
          };
        },
      },
      {
        name: 'websocket',
        run: () => ({
          status: sockets.connections() < CONNECTIONS_MOST ? 'healthy' : 'degraded',
          detail: { activeConnections: sockets.connections(), threshold: CONNECTIONS_MOST },
        }),
      },
    ]);
    addHealthRoutes(server, health, {
      '/health': { checks: 'all', degradedIs: 503 },
      '/health/live': { checks: [] },
      '/health/startup': { checks: [] },
      // Degraded is still able to work: all instances would be taken away at once.
      '/health/ready': { checks: ['database', 'websocket'] },
    });

    const clientMetrics = createClientMetrics();
    const beacons = createBeacons(clientMetrics);
    const clientServer = app.listen({ job: CLIENTS, registry: clientMetrics.registry }).server;
    clientServer.post('/api/metrics/client', async (request, reply) => {
      const beacon = await validator.validate('beacon', BeaconInput, request.body);
      if (!beacons.take(beacon)) throw new HttpError(429, 'too many clients report already');
      return reply.code(204).send();
    });
    app.every('silent clients', 5000, () => beacons.sweep());

    app.onReady(() => {
      let turn = 0;
      app.use(
        'pages',
        openPages({
          count: config.clients,
          socketUrl: app.urlOf(SERVER),
          beaconUrl: `${app.urlOf(CLIENTS)}/api/metrics/client`,
          read: readMessage,
          onDisplayed(reply, message) {
            // Every event counts once: the pages take turns in telling when they had drawn it.
            turn += 1;
            if (turn % Math.max(1, config.clients) !== 0) return;
            reply('displayed', { at: (message as { at: number[] }).at, displayedAt: Date.now() } satisfies Displayed);
          },
          onTrouble: (error) => log.warn({ err: error }, 'a beacon was lost'),
        }),
      );
    });
  },
};
