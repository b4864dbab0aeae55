import { z } from 'zod';
import { openCache } from '../../parts/cache/cache.ts';
import { openCircuits } from '../../parts/circuits.ts';
import { openDatabase } from '../../parts/database/database.ts';
import { addHealthRoutes, createHealth } from '../../parts/health.ts';
import { HttpError, isOfMonitoring, routeOf } from '../../parts/http.ts';
import { openRuntime } from '../../parts/runtime.ts';
import { openSocketClient } from '../../parts/socket-client.ts';
import { openSockets } from '../../parts/sockets.ts';
import { createValidator } from '../../parts/validation.ts';
import type { System } from '../../system.ts';
import type { Layer, Service } from './metrics.ts';
import { createMetrics, LAYERS, SERVICES } from './metrics.ts';
import type { PartHealth, PartName } from './scores.ts';
import { cacheHealth, circuitHealth, databaseHealth, memoryHealth, PARTS, verdictOf } from './scores.ts';
import type { Section } from './stream.ts';
import { createMetricsStream, SECTIONS, STREAM_PATH } from './stream.ts';
import { createRatioWindow, createWindow } from './window.ts';

const JOB = 'bizra-node0';
const REGIONS = ['eu-west', 'us-east', 'ap-south'] as const;
/** Where this instance stands: requests that name no region are for it. */
const HOME = REGIONS[0];
const NODES = 60;
const READINGS_KEPT = 5000;
/** Seconds; entries are renewed long before they expire, so that they never all expire at once. */
const TTL = 300;
const RENEW_EVERY = 60_000;
/** Nodes hardly ever change. */
const MEMORY_TTL = 20_000;
/** Values larger than this are compressed on their way to Redis. */
const COMPRESS_OVER = 512;
const MEBIBYTE = 1024 * 1024;
/** Milliseconds. A call over 5 seconds is slow (the seed's level), one over this is given up. */
const CALL_WITHIN = 10_000;
const DATABASE_SLOW_MS = 1000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS nodes (
    id integer PRIMARY KEY, region text NOT NULL, name text NOT NULL, specification text NOT NULL, seen_at timestamptz
  );
  CREATE TABLE IF NOT EXISTS readings (
    id bigserial PRIMARY KEY, node_id integer NOT NULL REFERENCES nodes, load double precision NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
  );`;

const Region = z.strictObject({ region: z.enum(REGIONS) });
const NodeId = z.strictObject({ id: z.coerce.number().int().min(1).max(1_000_000) });
const Reading = z.strictObject({ load: z.number().min(0).max(1) });
const Payment = z.strictObject({
  amount: z.number().positive().max(1_000_000),
  currency: z.enum(['EUR', 'USD', 'INR']),
});
const LayerQuery = z.strictObject({ layer: z.enum(LAYERS).optional() });
const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const HealthQuery = z.strictObject({ detailed: Flag.default(false), metrics: Flag.default(false) });

const layerOf = { memory: 'L1', remote: 'L2' } as const;
const nameOf = { L1: 'memory', L2: 'remote' } as const;

/** An HTTP API on PostgreSQL with two layers of cache, circuit breakers and a live stream of its metrics. */
export const bizraNode0: System = {
  id: 'bizra-node0',
  listeners: [{ job: JOB, port: 5100 }],
  requests: [
    { job: JOB, method: 'GET', path: '/api/nodes/7' },
    ...REGIONS.map((region) => ({ job: JOB, method: 'GET' as const, path: `/api/regions/${region}/nodes` })),
    { job: JOB, method: 'POST', path: '/api/nodes/7/readings', body: { load: 0.42 } },
    { job: JOB, method: 'POST', path: '/api/payments', body: { amount: 12.5, currency: 'EUR' } },
    { job: JOB, method: 'GET', path: '/api/identities/7' },
  ],
  async start(app) {
    const { config, log } = app;
    const latency = createWindow();
    const requests = createWindow();
    const layers = new Map(
      LAYERS.map((layer) => [
        layer,
        { hits: createRatioWindow(), get: createWindow(), written: 0, stored: 0, hit: 0, miss: 0 },
      ]),
    );
    const of = (layer: Layer) => {
      const found = layers.get(layer);
      if (!found) throw new Error(`there is no layer ${layer}`);
      return found;
    };
    const connectionWait = createWindow(200);
    const acquisitions = createRatioWindow();
    const failures = createRatioWindow();
    let connectionErrors = 0;

    const database = app.use(
      'database',
      await openDatabase({
        url: config.databaseUrl,
        schema: 'bizra_node0',
        tables: TABLES,
        async seed(query) {
          await query(
            `INSERT INTO nodes SELECT id, (ARRAY['eu-west', 'us-east', 'ap-south'])[id % 3 + 1], 'node-' || id,
               repeat('rack ' || id || ', 8 cores, 32 GiB; ', 40) FROM generate_series(1, $1::integer) AS id
             ON CONFLICT DO NOTHING`,
            [NODES],
          );
        },
        log,
        onQuery({ operation, seconds, hasFailed }) {
          metrics.query.observe({ operation }, seconds);
          failures.add(hasFailed);
        },
        onAcquire(seconds) {
          metrics.connectionWait.observe(seconds);
          connectionWait.add(seconds);
          acquisitions.add(true);
          failures.add(false);
        },
        onAcquireError(reason) {
          metrics.connectionErrors.inc({ reason: reason === 'closed' ? 'broken' : reason });
          connectionErrors += 1;
          acquisitions.add(false);
          failures.add(true);
        },
      }),
    );
    const cache = app.use(
      'cache',
      await openCache({
        url: config.redisUrl,
        namespace: 'bizra-node0',
        log,
        memoryLimitBytes: 8 * MEBIBYTE,
        remoteLimitBytes: 32 * MEBIBYTE,
        memoryTtlMs: MEMORY_TTL,
        compressOver: COMPRESS_OVER,
        onLookup(store, isHit) {
          const layer = layerOf[store];
          (isHit ? metrics.hits : metrics.misses).inc({ layer });
          of(layer).hits.add(isHit);
          of(layer)[isHit ? 'hit' : 'miss'] += 1;
        },
        onOperation(store, operation, seconds) {
          const labels = { layer: layerOf[store], operation };
          metrics.cacheOperations.inc(labels);
          metrics.cacheDuration.observe(labels, seconds);
          if (operation === 'get') of(labels.layer).get.add(seconds);
        },
        onEviction(store, reason) {
          if (reason === 'space') metrics.evictions.inc({ layer: layerOf[store] });
        },
        onWritten(store, bytes, storedBytes) {
          const layer = layerOf[store];
          metrics.written.inc({ layer }, bytes);
          metrics.stored.inc({ layer }, storedBytes);
          of(layer).written += bytes;
          of(layer).stored += storedBytes;
        },
      }),
    );
    const circuits = app.use(
      'circuits',
      await openCircuits<Service>({
        services: SERVICES,
        timeout: CALL_WITHIN,
        onCall({ service, outcome, seconds }) {
          metrics.calls.inc({ service, outcome });
          if (outcome !== 'rejected') metrics.callDuration.observe({ service }, seconds);
        },
        onState({ service, state }) {
          metrics.stateChanges.inc({ service, state });
          log.warn({ service, state }, 'circuit changed');
          if (state === 'open') stream.alert({ kind: 'circuit-open', service });
        },
      }),
    );
    const runtime = app.use(
      'runtime',
      openRuntime({
        memoryLimitBytes: config.memoryLimitBytes,
        onCollection: ({ kind, seconds }) => metrics.garbage.observe({ kind }, seconds),
      }),
    );

    const healthOf: Readonly<Record<PartName, () => PartHealth>> = {
      database: () =>
        databaseHealth({
          ...database.pool(),
          waitP95: connectionWait.distribution().p95,
          errorRatio: failures.ratio() ?? 0,
        }),
      cache: () =>
        cacheHealth({
          isUp: cache.layer('remote').isUp,
          hitRates: LAYERS.map((layer) => ({ layer, hitRate: of(layer).hits.ratio() })),
        }),
      'circuit-breaker': () => circuitHealth(circuits.status()),
      memory() {
        const { residentBytes, limitBytes, heapUsedBytes, heapLimitBytes } = runtime.memory();
        return memoryHealth(residentBytes / limitBytes, heapUsedBytes / heapLimitBytes);
      },
    };
    /** With the words that the endpoints use. */
    const report = (part: PartName) => {
      const { score, issues } = healthOf[part]();
      return { status: verdictOf(score), score, issues };
    };
    const read: Readonly<Record<Section, () => Readonly<Record<string, unknown>>>> = {
      performance: () => ({ latencySeconds: latency.distribution(), requestsPerSecond: requests.rate() }),
      database() {
        const { active, idle, waiting, max } = database.pool();
        const waited = connectionWait.distribution();
        return {
          totalConnections: active + idle,
          activeConnections: active,
          idleConnections: idle,
          maxConnections: max,
          waitingClients: waiting,
          averageWaitSeconds: waited.average,
          connectionErrors,
        };
      },
      cache: () => Object.fromEntries(LAYERS.map((layer) => [layer, layerReport(layer)])),
      'circuit-breaker': () => Object.fromEntries(circuits.status().map((status) => [status.service, status])),
    };
    const layerReport = (layer: Layer) => {
      const { hit, miss, get, written, stored } = of(layer);
      const { isUp, usedBytes, limitBytes } = cache.layer(nameOf[layer]);
      return {
        metrics: {
          hits: hit,
          misses: miss,
          hitRate: hit + miss === 0 ? 0 : hit / (hit + miss),
          averageGetSeconds: get.distribution().average,
          compressionRatio: stored === 0 ? 1 : written / stored,
          isUp,
          usedBytes,
          limitBytes,
        },
        latencyDistribution: get.distribution(),
      };
    };

    const stream = app.use(
      'stream',
      createMetricsStream({
        read: (section) => read[section](),
        onMessage: (type) => metrics.streamMessages.inc({ type }),
      }),
    );
    const metrics = createMetrics({
      pool: () => database.pool(),
      layer: (layer) => cache.layer(nameOf[layer]),
      circuits: () => circuits.status(),
      streamConnections: () => sockets.connections(),
      score: (part) => healthOf[part]().score,
      runtime: () => runtime,
    });

    const { server } = app.listen({ job: JOB, registry: metrics.registry });
    const sockets = app.use(
      'sockets',
      openSockets({
        server: server.server,
        path: STREAM_PATH,
        onConnection: stream.welcome,
        onConnectionError: ({ reason }) => metrics.streamErrors.inc({ reason }),
      }),
    );

    // Not through the listener's own report: it does not know the region, which stands in the path.
    server.addHook('onResponse', (request, reply, done) => {
      const route = routeOf(request);
      if (!isOfMonitoring(route)) {
        const { region = HOME } = request.params as { region?: string };
        const labels = {
          method: request.method,
          route,
          region: REGIONS.find((known) => known === region) ?? 'unknown',
        };
        const seconds = reply.elapsedTime / 1000;
        metrics.requests.inc({ ...labels, status: String(reply.statusCode) });
        metrics.requestDuration.observe(labels, seconds);
        latency.add(seconds);
        requests.add(1);
      }
      done();
    });

    const validator = app.use('validation', createValidator());
    const nodeById = async (id: number): Promise<string> => {
      const [node] = await database.query('select', 'SELECT id, region, name, specification FROM nodes WHERE id = $1', [
        id,
      ]);
      if (!node) throw new HttpError(404, `there is no node ${id}`);
      return JSON.stringify(node);
    };
    const nodesOf = async (region: string): Promise<string> =>
      JSON.stringify(
        await database.query('select', 'SELECT id, name FROM nodes WHERE region = $1 ORDER BY id', [region]),
      );
    server.get('/api/nodes/:id', async (request, reply) => {
      const { id } = await validator.validate('node id', NodeId, request.params);
      return reply.type('application/json').send(await cache.remember(`node:${id}`, TTL, () => nodeById(id)));
    });
    server.get('/api/regions/:region/nodes', async (request, reply) => {
      const { region } = await validator.validate('region', Region, request.params);
      return reply.type('application/json').send(await cache.remember(`region:${region}`, TTL, () => nodesOf(region)));
    });
    const renew = async (): Promise<void> => {
      const nodes = await database.query('select', 'SELECT id, region, name, specification FROM nodes');
      for (const node of nodes) await cache.set(`node:${String(node['id'])}`, JSON.stringify(node), TTL);
      for (const region of REGIONS) await cache.set(`region:${region}`, await nodesOf(region), TTL);
    };
    await renew();
    app.every('renewal of the cache', RENEW_EVERY, renew);
    server.post('/api/nodes/:id/readings', async (request, reply) => {
      const { id } = await validator.validate('node id', NodeId, request.params);
      const { load } = await validator.validate('reading', Reading, request.body);
      await database.lease(async (connection) => {
        const known = await connection.query('update', 'UPDATE nodes SET seen_at = now() WHERE id = $1 RETURNING id', [
          id,
        ]);
        if (known.length === 0) throw new HttpError(404, `there is no node ${id}`);
        await connection.query('insert', 'INSERT INTO readings (node_id, load) VALUES ($1, $2)', [id, load]);
      });
      return reply.code(201).send({ node: id, load });
    });
    /** A service that cannot be had is not our failure, but the caller gets no answer all the same. */
    const throughCircuit = async (service: Service): Promise<void> => {
      try {
        await circuits.call(service);
      } catch (error) {
        log.debug({ err: error, service }, 'a call failed');
        throw new HttpError(503, `${service} is not available`);
      }
    };
    server.post('/api/payments', async (request, reply) => {
      const payment = await validator.validate('payment', Payment, request.body);
      await throughCircuit('payment-service');
      return reply.code(201).send({ ...payment, status: 'accepted' });
    });
    server.get('/api/identities/:id', async (request) => {
      const { id } = await validator.validate('identity id', NodeId, request.params);
      await throughCircuit('identity-service');
      return { id, isVerified: true };
    });

    server.get('/health/performance', async (request, reply) => {
      const { detailed, metrics: withMetrics } = await validator.validate('query', HealthQuery, request.query);
      const reports = Object.fromEntries(PARTS.map((part) => [part, report(part)])) as Record<
        PartName,
        ReturnType<typeof report>
      >;
      const score = Math.min(...PARTS.map((part) => reports[part].score));
      const status = verdictOf(score);
      const result = { healthy: 'pass', degraded: 'warn', unhealthy: 'fail' } as const;
      const checks = Object.fromEntries(
        PARTS.map((part) => {
          const { status: verdict, score, issues } = reports[part];
          return [part, { status: result[verdict], score, message: issues.join('; ') || 'all is well' }];
        }),
      );
      return reply
        .code(status === 'unhealthy' ? 503 : 200)
        .header('cache-control', 'no-store')
        .send({
          status,
          score,
          timestamp: new Date().toISOString(),
          uptimeSeconds: Math.round(process.uptime()),
          checks,
          ...(detailed ? { parts: reports, memory: runtime.memory() } : {}),
          ...(withMetrics
            ? { metrics: Object.fromEntries(SECTIONS.map((section) => [section, read[section]()])) }
            : {}),
        });
    });
    server.get('/metrics/database', () => ({
      timestamp: new Date().toISOString(),
      metrics: read.database(),
      health: report('database'),
      rates: { errorRatio: failures.ratio() ?? 0, acquisitionSuccessRatio: acquisitions.ratio() ?? 1 },
    }));
    server.get('/metrics/cache', async (request) => {
      const { layer } = await validator.validate('query', LayerQuery, request.query);
      const wanted = layer === undefined ? LAYERS : [layer];
      return {
        timestamp: new Date().toISOString(),
        health: report('cache'),
        ...Object.fromEntries(wanted.map((each) => [each, layerReport(each)])),
      };
    });
    server.get('/metrics/circuit-breaker', (request) => {
      const { service } = request.query as { service?: string };
      const wanted = circuits.status().filter((status) => service === undefined || status.service === service);
      if (wanted.length === 0) throw new HttpError(404, 'there is no circuit for this service');
      return { timestamp: new Date().toISOString(), health: report('circuit-breaker'), circuits: wanted };
    });
    addHealthRoutes(
      server,
      createHealth([
        { name: 'database', degradedOverMs: DATABASE_SLOW_MS, run: () => database.ping() },
        // Without it everything is slower, and still right.
        { name: 'cache', isOptional: true, run: () => cache.ping() },
      ]),
      { '/health/startup': { checks: [] }, '/health/live': { checks: [] }, '/health/ready': { checks: 'all' } },
    );

    app.every('old readings', 5000, async () => {
      await database.query('delete', 'DELETE FROM readings WHERE id <= (SELECT max(id) - $1 FROM readings)', [
        READINGS_KEPT,
      ]);
    });
    let lastStatus = 'healthy';
    app.every('health', 1000, () => {
      const score = Math.min(...PARTS.map((part) => healthOf[part]().score));
      const status = verdictOf(score);
      if (status !== lastStatus && status === 'unhealthy') stream.alert({ kind: 'unhealthy', score });
      lastStatus = status;
    });
    app.onReady(() => {
      const clients = Array.from({ length: config.clients }, (_, index) =>
        openSocketClient({
          url: app.urlOf(JOB),
          path: STREAM_PATH,
          reconnects: true,
          query: { metrics: SECTIONS.slice(0, 1 + (index % SECTIONS.length)).join(','), interval: '1000' },
        }),
      );
      app.onStop('stream clients', () => clients.forEach((client) => client.close()));
    });
  },
};
