/** Three systems as processes: their paths in good and bad health, and the numbers that their faults move. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { appBundle } from '../../scripts/bundle.mjs';
import type { Ready } from '../stack/app/app.ts';
import type { System } from '../stack/app/system.ts';
import { bizraNode0 } from '../stack/app/systems/bizra-node0/system.ts';
import { networx } from '../stack/app/systems/networx/system.ts';
import { priorityEventBuckets } from '../stack/app/systems/priority-event-buckets/system.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOKEN = 'a token';
const STARTS_WITHIN = 90_000;

interface Running {
  readonly get: (path: string, job?: string) => Promise<{ status: number; body: unknown }>;
  readonly send: (request: System['requests'][number]) => Promise<number>;
  /** All samples of a metric, by their labels in the order of the exposition. */
  readonly samples: (metric: string, job?: string) => Promise<ReadonlyMap<string, number>>;
  /** The sum of the samples whose labels contain a text. */
  readonly value: (metric: string, labels?: string, job?: string) => Promise<number>;
  readonly inject: (fault: string, parameters?: unknown) => Promise<void>;
  readonly endFaults: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const started = new Set<ChildProcess>();
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

const run = async (system: System): Promise<Running> => {
  const [first] = system.listeners;
  const child = spawn(process.execPath, [`${await appBundle(ROOT)}/main.js`], {
    env: {
      PATH: process.env['PATH'] ?? '',
      SYSTEM: system.id,
      PORTS: system.listeners.map(({ job }) => `${job}=0`).join(','),
      ADMIN_TOKEN: TOKEN,
      CLIENTS: '3',
      LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.add(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { ports, adminPort } = JSON.parse(line) as Ready;
  const urlOf = (job = first?.job ?? '') => `http://127.0.0.1:${ports[job]}`;
  const admin = async (method: string, body?: unknown): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/faults`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const samples: Running['samples'] = async (metric, job = first?.job ?? '') => {
    const path = system.listeners.find((listener) => listener.job === job)?.metricsPath ?? '/metrics';
    const text = await (await fetch(urlOf(job) + path)).text();
    const lines = text.split('\n').filter((each) => new RegExp(`^${metric}[{ ]`).test(each));
    return new Map(
      lines.map((each) => [each.slice(0, each.lastIndexOf(' ')), Number(each.slice(each.lastIndexOf(' ')))]),
    );
  };
  return {
    async get(path, job) {
      const answer = await fetch(urlOf(job) + path);
      const text = await answer.text();
      return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
    async send({ job, method, path, body }) {
      const answer = await fetch(urlOf(job) + path, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    samples,
    async value(metric, labels = '', job) {
      const matching = [...(await samples(metric, job))].filter(([key]) => key.includes(labels));
      return matching.reduce((sum, [, value]) => sum + value, 0);
    },
    async inject(fault, parameters = {}) {
      expect([fault, await admin('POST', { fault, seconds: 60, parameters })]).toEqual([fault, 201]);
    },
    async endFaults() {
      expect(await admin('DELETE')).toBe(204);
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      started.delete(child);
    },
  };
};

const waitUntil = (what: () => Promise<void>) => vi.waitFor(what, { timeout: 15_000, interval: 100 });

/** Sends a request again and again until the function that it gives is called. */
const sendOften = (app: Running, request: System['requests'][number], every = 50): (() => Promise<void>) => {
  const pending = new Set<Promise<unknown>>();
  const sending = setInterval(() => {
    const sent = app
      .send(request)
      .catch(() => undefined)
      .finally(() => pending.delete(sent));
    pending.add(sent);
  }, every);
  return async () => {
    clearInterval(sending);
    await Promise.all(pending);
  };
};

const requestOf = (system: System, path: string): System['requests'][number] => {
  const request = system.requests.find((each) => each.path === path);
  if (!request) throw new Error(`${system.id} has no sample request for ${path}`);
  return request;
};

/** One after the other: every process has a database of its own. */
const suite = (system: System, tests: (app: () => Running) => void): void => {
  describe(system.id, () => {
    let app: Running | undefined;
    beforeAll(async () => void (app = await run(system)), STARTS_WITHIN);
    afterAll(() => app?.stop());
    const get = (): Running => {
      if (!app) throw new Error('it does not run');
      return app;
    };

    it('answers its own sample requests, and its probes', async () => {
      for (const request of system.requests)
        expect([request.path, (await get().send(request)) < 300]).toEqual([request.path, true]);
      for (const path of ['/health/live', '/health/ready', '/health/startup'])
        expect([path, (await get().get(path)).status]).toEqual([path, 200]);
    });

    tests(get);
  });
};

suite(priorityEventBuckets, (app) => {
  const CLIENTS = 'client-metrics';
  const events = requestOf(priorityEventBuckets, '/api/events');

  it('takes events from the insert to the screens', async () => {
    const before = await app().value('events_processed_total');
    for (let index = 0; index < 10; index += 1) expect(await app().send(events)).toBe(202);
    await waitUntil(async () => {
      expect((await app().value('events_processed_total')) - before).toBe(100);
      expect(await app().value('database_inserts_total')).toBeGreaterThanOrEqual(100);
      expect(await app().value('event_end_to_end_duration_seconds_count')).toBeGreaterThanOrEqual(100);
      expect(await app().value('client_displayed_events', 'browser-1', CLIENTS)).toBeGreaterThanOrEqual(100);
    });
    expect(await app().value('websocket_connections_active')).toBe(3);
    const overhead = await app().value('websocket_overhead_bytes_total');
    expect(overhead / (await app().value('websocket_sent_bytes_total'))).toBeLessThan(0.05);
    expect((await app().get('/api/events?bucket=priority&limit=3')).body).toMatchObject({ bucket: 'priority' });
    expect((await app().get('/api/events?bucket=none')).status).toBe(422);
    const { body } = await app().get('/api/events?bucket=regular&limit=50');
    const times = (body as { events: { received_at: string }[] }).events.map(({ received_at }) =>
      Date.parse(received_at),
    );
    expect(times.length).toBeGreaterThan(10);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  it('is healthy in four ways, and says which is not', async () => {
    const { status, body } = await app().get('/health');
    expect([status, Object.keys((body as { checks: object }).checks)]).toEqual([
      200,
      ['database', 'memory', 'priority_system', 'websocket'],
    ]);
    await app().inject('database-slow', { ms: 150 });
    expect(await app().get('/health')).toMatchObject({ status: 503, body: { status: 'degraded' } });
    // It can still work.
    expect((await app().get('/health/ready')).status).toBe(200);
    await app().endFaults();
    await app().inject('database-down');
    expect(await app().get('/health')).toMatchObject({ status: 503, body: { status: 'unhealthy' } });
    expect((await app().get('/health/ready')).status).toBe(503);
    expect((await app().get('/health/live')).status).toBe(200);
    expect(await app().value('database_query_errors_total', 'health')).toBeGreaterThan(0);
    await app().endFaults();
    expect((await app().get('/health')).status).toBe(200);
  });

  it('stands still, keeps what is old, loses its browsers, as its faults say', async () => {
    await app().inject('event-stall');
    await app().inject('retention-stopped', { hours: 30 });
    await app().inject('websocket-storm', { connections: 60 });
    await app().inject('clients-degraded', { fps: 20 });
    const before = await app().value('events_processed_total');
    await app().send(events);
    await waitUntil(async () => {
      expect(await app().value('websocket_connections_active')).toBe(63);
      expect(await app().value('client_frames_per_second', 'browser-1', CLIENTS)).toBe(20);
    });
    expect(await app().value('events_processed_total')).toBe(before);
    const age = Date.now() / 1000 - (await app().value('oldest_regular_event_timestamp_seconds'));
    expect(age).toBeGreaterThan(29 * 3600);
    await app().endFaults();
    await waitUntil(async () => {
      expect((await app().value('events_processed_total')) - before).toBe(10);
      expect(await app().value('websocket_connections_active')).toBe(3);
      expect(await app().value('client_frames_per_second', 'browser-1', CLIENTS)).toBeGreaterThan(50);
    });
  });
});

suite(bizraNode0, (app) => {
  it('answers by region, and by the paths of the seed', async () => {
    for (const region of ['eu-west', 'us-east', 'ap-south'])
      expect(await app().value('http_requests_total', `region="${region}"`)).toBeGreaterThan(0);
    expect((await app().get('/api/nodes/999')).status).toBe(404);
    expect(await app().get('/health/performance?detailed=true&metrics=true')).toMatchObject({
      body: {
        checks: { database: { status: expect.any(String) as string } },
        parts: { memory: { score: 100 } },
        metrics: { cache: { L1: { metrics: { isUp: true } } } },
      },
    });
    expect(await app().get('/metrics/database')).toMatchObject({
      status: 200,
      body: { metrics: { waitingClients: 0 } },
    });
    const { body } = await app().get('/metrics/cache?layer=L2');
    expect([Object.hasOwn(body as object, 'L1'), Object.hasOwn(body as object, 'L2')]).toEqual([false, true]);
    expect((await app().get('/metrics/cache?layer=L3')).status).toBe(422);
    expect((await app().get('/metrics/circuit-breaker?service=nobody')).status).toBe(404);
  });

  it('streams its own metrics', async () => {
    expect(await app().value('metrics_stream_connections_active')).toBe(3);
    await waitUntil(async () =>
      expect(await app().value('metrics_stream_messages_total', 'update')).toBeGreaterThan(3),
    );
  });

  it('opens the circuit of a dependency that fails, and its score falls', async () => {
    await app().inject('circuit-open', { dependency: 'payment-service' });
    const open = 'service="payment-service",state="open"';
    await waitUntil(async () => {
      expect(await app().value('circuit_breaker_state', open)).toBe(1);
      expect((await app().get('/health/performance')).status).toBe(503);
      expect(await app().value('component_health_score', 'circuit-breaker')).toBeLessThan(70);
    });
    expect(await app().send(requestOf(bizraNode0, '/api/payments'))).toBe(503);
    expect(await app().send(requestOf(bizraNode0, '/api/identities/7'))).toBe(200);
    expect(await app().value('circuit_breaker_opened_timestamp_seconds', 'payment')).toBeGreaterThan(1e9);
    expect((await app().get('/health/ready')).status).toBe(200);
    await app().endFaults();
    await waitUntil(async () => expect(await app().value('circuit_breaker_state', open)).toBe(0));
  });

  it('has no connection left, and a frozen loop', async () => {
    await app().inject('pool-exhausted');
    const stop = sendOften(app(), requestOf(bizraNode0, '/api/nodes/7/readings'));
    await waitUntil(async () => {
      expect(await app().value('database_clients_waiting')).toBeGreaterThan(5);
      expect(await app().value('database_connection_errors_total', 'timeout')).toBeGreaterThan(0);
    });
    await stop();
    await app().endFaults();
    await app().inject('event-loop-freeze', { ms: 200 });
    await waitUntil(async () => expect(await app().value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0.15));
    await app().endFaults();
    await waitUntil(async () => expect(await app().value('database_connections_active')).toBeLessThan(5));
  });
});

suite(networx, (app) => {
  const batch = requestOf(networx, '/api/optimize/run-batch');

  it('optimizes what is put into its queue', async () => {
    expect(await app().send(batch)).toBe(202);
    await waitUntil(async () => {
      expect(await app().value('optimization_duration_seconds_count', 'transport')).toBeGreaterThan(0);
      expect(await app().value('jobs_processed_total', 'file-processing')).toBeGreaterThan(0);
    });
    expect((await app().get('/api/optimize/runs/1')).status).toBe(200);
    expect((await app().get('/api/optimize/runs/99999')).status).toBe(404);
    expect(await app().value('job_failures_total')).toBe(0);
    expect(await app().send({ ...batch, body: { scenario: 'none' } })).toBe(422);
  });

  it('counts what fails for which reason', async () => {
    await app().inject('job-failures', { reason: 'infeasible' });
    await app().send(batch);
    await waitUntil(async () =>
      expect(await app().value('job_failures_total', 'job_type="optimization",error="infeasible"')).toBe(1),
    );
    await app().endFaults();
  });

  it.each([
    ['database-slow', { ms: 1100 }, 'database', 'degraded'],
    ['database-down', {}, 'database', 'unhealthy'],
    ['redis-slow', { ms: 550 }, 'redis', 'degraded'],
    ['redis-down', {}, 'redis', 'unhealthy'],
    ['queue-flood', { queue: 'optimization', jobs: 80 }, 'jobQueue', 'degraded'],
  ])('%s %j: %s is %s, and both answer 503', async (fault, parameters, service, status) => {
    await app().inject(fault, parameters);
    await waitUntil(async () =>
      expect(await app().get('/api/health')).toMatchObject({
        status: 503,
        body: { status, services: { [service]: { status } } },
      }),
    );
    await waitUntil(async () => {
      const name = service === 'jobQueue' ? 'job-queue' : service;
      expect(await app().value('service_health_status', `service="${name}",status="${status}"`)).toBe(1);
    });
    await app().endFaults();
    await waitUntil(async () => expect((await app().get('/api/health')).status).toBe(200));
  });

  it('loses its workers, and measures no more', async () => {
    await app().inject('job-waiting-long', { queue: 'file-processing', seconds: 900 });
    await app().inject('check-hangs', { check: 'database', seconds: 150 });
    await waitUntil(async () => {
      const oldest = await app().value('job_queue_oldest_waiting_timestamp_seconds', 'file-processing');
      expect(oldest).toBeGreaterThan(0);
      expect(Date.now() / 1000 - oldest).toBeGreaterThan(899);
    });
    expect(await app().value('job_queue_workers', 'file-processing')).toBe(0);
    const last = await app().value('monitoring_last_success_timestamp_seconds', '"database"');
    expect(Date.now() / 1000 - last).toBeGreaterThan(149);
    await app().endFaults();
    await waitUntil(async () => {
      expect(await app().value('job_queue_workers', 'file-processing')).toBe(4);
      expect(
        Date.now() / 1000 - (await app().value('monitoring_last_success_timestamp_seconds', '"database"')),
      ).toBeLessThan(5);
    });
  });
});
