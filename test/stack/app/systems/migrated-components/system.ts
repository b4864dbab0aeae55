import { Registry } from 'prom-client';
import { z } from 'zod';
import { defineFault } from '../../faults/fault.ts';
import type { CacheLayer } from '../../parts/cache/cache.ts';
import { openCache } from '../../parts/cache/cache.ts';
import { openDatabase } from '../../parts/database/database.ts';
import { addHealthRoutes, createHealth } from '../../parts/health.ts';
import { openRateLimiter, rateLimitBreach } from '../../parts/rate-limit.ts';
import { openRuntime } from '../../parts/runtime.ts';
import { openSearch } from '../../parts/search.ts';
import type { SocketClient } from '../../parts/socket-client.ts';
import { openSocketClient } from '../../parts/socket-client.ts';
import { CONNECTION_ERROR_REASONS, openSockets } from '../../parts/sockets.ts';
import { createValidator } from '../../parts/validation.ts';
import type { App, System } from '../../system.ts';
import { documentOf, KNOWN_SEARCHES, SEEDED_USERS, seedTables, TABLES } from './data.ts';
import { CHECKS, createApiMetrics, createWebSocketMetrics, METHODS, storeOf } from './metrics.ts';
import { addRoutes, REQUESTS, warmCache } from './routes.ts';

const API = 'migrated-api';
const WEBSOCKET = 'migrated-websocket';
const SLOW_MS = 100;
const MEMORY_TTL_MS = 60_000;
/** Milliseconds between two rounds of each kind of background work. */
const VIEWS_EVERY = 1000;
const CHECKS_EVERY = 5000;
const SWEEP_EVERY = 10_000;
const TICK_EVERY = 1000;

const start = async (app: App): Promise<void> => {
  const { config, log } = app;
  const registry = new Registry();

  const runtime = app.use('runtime', openRuntime({ memoryLimitBytes: config.memoryLimitBytes }));
  const metrics = createApiMetrics(registry, {
    residentBytes: () => runtime.memory().residentBytes,
    memoryLimitBytes: () => runtime.memory().limitBytes,
    cache: (layer) => cache.layer(layer),
    limiterBytes: () => limiter.memoryBytes(),
    relevance: () => search.relevance(),
    documents: () => search.size(),
    connections: () => database.pool(),
  });

  const database = app.use(
    'database',
    await openDatabase({
      url: config.databaseUrl,
      schema: 'migrated_components',
      tables: TABLES,
      seed: seedTables,
      log,
      slowMs: SLOW_MS,
      onQuery: ({ operation, seconds, isSlow }) => {
        metrics.queryDuration.observe({ operation }, seconds);
        if (isSlow) metrics.slowQueries.inc();
      },
    }),
  );
  const store = (layer: CacheLayer) => ({ store: storeOf(layer) });
  const cache = app.use(
    'cache',
    await openCache({
      url: config.redisUrl,
      namespace: 'migrated-components',
      log,
      memoryTtlMs: MEMORY_TTL_MS,
      onLookup: (layer, isHit) => (isHit ? metrics.cacheHits : metrics.cacheMisses).inc(store(layer)),
      onOperation: (layer, operation, seconds) => {
        metrics.cacheOperations.inc({ ...store(layer), operation });
        metrics.cacheOperationDuration.observe({ ...store(layer), operation }, seconds);
      },
    }),
  );
  const limiter = app.use(
    'rate limiter',
    await openRateLimiter({
      limits: {
        api: { points: 20_000, seconds: 1 },
        write: { points: 500, seconds: 1 },
        login: { points: 5, seconds: 1 },
      },
      url: config.redisUrl,
      namespace: 'migrated-components',
      log,
      onCheck: (limit, isAllowed) => {
        metrics.limitChecks.inc({ limit });
        if (!isAllowed) metrics.limitExceeded.inc({ limit });
      },
    }),
  );
  const validator = app.use(
    'validation',
    createValidator({
      onValidated: (schema, seconds, isValid) => {
        metrics.validationDuration.observe({ schema }, seconds);
        if (!isValid) metrics.validationErrors.inc({ schema });
      },
    }),
  );
  const items = await database.query('select', 'SELECT id, title, body FROM items ORDER BY id');
  const search = app.use(
    'search',
    openSearch({
      documents: items.map(documentOf),
      known: KNOWN_SEARCHES,
      onSearch: ({ seconds }) => metrics.searchDuration.observe(seconds),
    }),
  );

  const webSocketRegistry = new Registry();
  const webSocketMetrics = createWebSocketMetrics(webSocketRegistry, {
    connections: () => sockets.connections(),
    reasons: CONNECTION_ERROR_REASONS,
  });
  const webSocketListener = app.listen({ job: WEBSOCKET, registry: webSocketRegistry });
  const sockets = app.use(
    'websocket',
    openSockets({
      server: webSocketListener.server.server,
      onMessage: ({ direction }) => webSocketMetrics.messages.inc({ direction }),
      onConnectionError: ({ reason }) => webSocketMetrics.connectionErrors.inc({ reason }),
    }),
  );

  const health = createHealth([
    { name: 'redis', run: () => cache.ping(), degradedOverMs: 500, isOptional: true },
    { name: 'postgresql', run: () => database.ping(), degradedOverMs: 1000 },
    {
      name: 'search',
      run: async () => {
        if (search.size() === 0) throw new Error('the index is empty');
        const results = await search.find('lamp', 1);
        return { detail: { documents: search.size(), results: results.length } };
      },
      degradedOverMs: 1000,
    },
    {
      name: 'websocket',
      run: () => {
        if (!webSocketListener.server.server.listening) throw new Error('the port is closed');
        return { detail: { connections: sockets.connections() } };
      },
    },
  ]);
  const api = app.listen({
    job: API,
    registry,
    onRequest: ({ method, route, status, seconds }) => {
      if (!METHODS.includes(method)) return;
      metrics.requests.inc({ method, route, status });
      metrics.requestDuration.observe({ method, route }, seconds);
    },
  });
  const endpoints = {
    '/health/live': { checks: [] },
    '/health/ready': { checks: ['postgresql', 'search'] },
    '/health': { checks: 'all' },
  } as const;
  addHealthRoutes(api.server, health, endpoints);
  addHealthRoutes(webSocketListener.server, health, { '/health/live': { checks: [] } });

  const views = new Map<number, number>();
  addRoutes(api.server, {
    cache,
    database,
    limiter,
    search,
    validator,
    log,
    onView: (item) => views.set(item, (views.get(item) ?? 0) + 1),
    onChange: (change) => void sockets.broadcast('change', change),
  });
  app.addFaults([
    rateLimitBreach(() =>
      fetch(`${app.urlOf(API)}/api/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'victim@example.com', password: 'guess after guess' }),
      }).then((answer) => answer.arrayBuffer()),
    ),
  ]);

  // Views are counted here and written together: a write for every page view would be most of the database's work.
  app.every('views', VIEWS_EVERY, async () => {
    const counted = [...views];
    views.clear();
    await database.query(
      'update',
      `UPDATE items SET views = views + seen.number
       FROM unnest($1::integer[], $2::integer[]) AS seen(id, number) WHERE items.id = seen.id`,
      [counted.map(([item]) => item), counted.map(([, number]) => number)],
    );
  });
  let stalledSince: number | undefined;
  const runChecks = async () => {
    if (stalledSince !== undefined) return;
    const { checks, status } = await health.report(CHECKS);
    for (const [check, result] of Object.entries(checks))
      metrics.checkUp.set({ check }, result.status === 'unhealthy' ? 0 : 1);
    metrics.lastCheck.set(Date.now() / 1000);
    await database.query('insert', 'INSERT INTO check_runs (status) VALUES ($1)', [status]);
  };
  app.every('health checks', CHECKS_EVERY, runChecks);
  app.addFaults([
    defineFault({
      id: 'checks-stall',
      sentence: 'The health checks do not run, and the time of the last run is set back.',
      isPlayed: true,
      parameters: { seconds: z.number().min(0).max(86_400).default(600).describe('How long ago the last run was.') },
      start: ({ seconds }) => {
        stalledSince = Date.now() / 1000 - seconds;
        metrics.lastCheck.set(stalledSince);
        return () => {
          stalledSince = undefined;
          return runChecks();
        };
      },
    }),
  ]);
  app.every('sweep', SWEEP_EVERY, async () => {
    await database.query('delete', `DELETE FROM check_runs WHERE ran_at < now() - interval '1 day'`);
    await database.query('delete', `DELETE FROM users WHERE id > $1 AND created_at < now() - interval '10 minutes'`, [
      SEEDED_USERS,
    ]);
  });
  let ticks = 0;
  app.every('tick', TICK_EVERY, () => {
    ticks += 1;
    return sockets.broadcast('tick', { number: ticks, at: Date.now() });
  });

  app.onReady(async () => {
    await runChecks();
    await warmCache(cache, database);
    const clients: SocketClient[] = Array.from({ length: config.clients }, (_, index) =>
      openSocketClient({
        url: app.urlOf(WEBSOCKET),
        path: sockets.path,
        query: { client: `desk-${index}` },
        reconnects: true,
      }),
    );
    app.onStop('clients', () => clients.forEach((client) => client.close()));
    app.every('client messages', TICK_EVERY, () =>
      clients.forEach((client, index) => {
        if (client.isConnected()) client.emit('seen', { client: index, at: Date.now() });
      }),
    );
  });
};

/** The HTTP API with its cache, rate limiter, search, validation, WebSocket server and database. */
export const migratedComponents: System = {
  id: 'migrated-components',
  listeners: [
    { job: API, port: 3000 },
    { job: WEBSOCKET, port: 3001 },
  ],
  requests: REQUESTS,
  start,
};
