import { z } from 'zod';
import { defineFault } from '../../faults/fault.ts';
import { AcquireError } from '../../parts/database/backend.ts';
import { openDatabase } from '../../parts/database/database.ts';
import type { HealthReport } from '../../parts/health.ts';
import { addHealthRoutes, createHealth } from '../../parts/health.ts';
import { HttpError } from '../../parts/http.ts';
import type { Job } from '../../parts/queue.ts';
import { JobError, openQueues } from '../../parts/queues.ts';
import { openRuntime } from '../../parts/runtime.ts';
import { createValidator } from '../../parts/validation.ts';
import type { System } from '../../system.ts';
import { pause } from '../../time.ts';
import type { CheckName, ErrorCode, QueueName, QueueState, ServiceName } from './metrics.ts';
import { CHECKS, createMetrics, ERRORS, QUEUES, SCENARIOS } from './metrics.ts';
import { Network, solve } from './solve.ts';

const JOB = 'networx';
const POOL = 20;
const DATABASE_DEGRADED_MS = 1000;
const REDIS_DEGRADED_MS = 500;
const QUEUE_DEGRADED = 50;
const HEAP_DEGRADED = 0.75;
const HEAP_UNHEALTHY = 0.9;
/** A health check that takes longer is given up. */
const CHECK_WITHIN = 5000;
/** More often than the seed's 15 and 30 seconds: the drill shortens all times by a factor, and the gauges must follow. */
const CHECK_EVERY = 500;
const RUNS_KEPT = 2000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS runs (
    id bigserial PRIMARY KEY, scenario text NOT NULL, status text NOT NULL DEFAULT 'queued', cost double precision,
    created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz
  );
  CREATE TABLE IF NOT EXISTS files (
    id bigserial PRIMARY KEY, name text NOT NULL, line_count integer, created_at timestamptz NOT NULL DEFAULT now()
  );`;

const Batch = z.strictObject({ scenario: z.enum(SCENARIOS), model: Network });
const Id = z.strictObject({ id: z.coerce.number().int().min(1) });
const Upload = z.strictObject({ name: z.string().min(1).max(100), content: z.string().max(200_000) });
const OptimizationJob = z.object({ runId: z.number(), ...Batch.shape });
const FileJob = z.object({ fileId: z.number(), ...Upload.shape });

/** What a solver takes besides its computation: reading the model, writing the report. */
const SOLVER_OVERHEAD_MS: Readonly<Record<(typeof SCENARIOS)[number], number>> = {
  transport: 60,
  warehouse: 40,
  inventory: 25,
};

const sampleModel: Network = {
  sites: Array.from({ length: 24 }, (_, index) => ({ x: (index * 37) % 101, y: (index * 53) % 97 })),
  depots: 3,
};
const sampleFile = {
  name: 'demand.csv',
  content: Array.from({ length: 50 }, (_, index) => `site-${index},${index * 3}`).join('\n'),
};

const errorOf = (reason: string): ErrorCode =>
  reason === 'AcquireError' ? 'dependency' : (ERRORS.find((known) => known === reason) ?? 'unknown');

/** Optimizes the networks of clients: an HTTP API, queues of jobs with workers, PostgreSQL and Redis. */
export const networx: System = {
  id: 'networx',
  listeners: [{ job: JOB, port: 5300 }],
  requests: [
    ...SCENARIOS.map((scenario) => ({
      job: JOB,
      method: 'POST' as const,
      path: '/api/optimize/run-batch',
      body: { scenario, model: sampleModel },
    })),
    { job: JOB, method: 'GET', path: '/api/optimize/runs/1' },
    { job: JOB, method: 'GET', path: '/api/optimize/runs' },
    { job: JOB, method: 'POST', path: '/api/files', body: sampleFile },
    { job: JOB, method: 'GET', path: '/api/health' },
  ],
  async start(app) {
    const { config, log } = app;
    const database = app.use(
      'database',
      await openDatabase({
        url: config.databaseUrl,
        schema: 'networx',
        tables: TABLES,
        async seed(query) {
          await query(`INSERT INTO runs (id, scenario, status) VALUES (1, 'transport', 'done') ON CONFLICT DO NOTHING`);
          await query(`SELECT setval('runs_id_seq', (SELECT max(id) FROM runs))`);
        },
        log,
        max: POOL,
        onQuery: ({ operation, seconds }) => metrics.query.observe({ operation }, seconds),
      }),
    );
    const runtime = app.use('runtime', openRuntime({ memoryLimitBytes: config.memoryLimitBytes }));

    const optimize = async (job: Job): Promise<void> => {
      const { runId, scenario, model } = OptimizationJob.parse(job.data);
      const context = log.child({ jobId: job.id, scenario, runId });
      await pause(SOLVER_OVERHEAD_MS[scenario]);
      const { cost, rounds } = solve(model);
      if (runId > 0)
        await database.query(
          'update',
          `UPDATE runs SET status = 'done', cost = $2, finished_at = now() WHERE id = $1`,
          [runId, cost],
        );
      context.info({ cost, rounds }, 'optimization done');
    };
    const readFile = async (job: Job): Promise<void> => {
      const { fileId, content } = FileJob.parse(job.data);
      const lines = content.split('\n').filter((line) => line !== '');
      const sum = lines.reduce((total, line) => total + Number(line.split(',')[1] ?? Number.NaN), 0);
      if (Number.isNaN(sum)) throw new JobError('invalid-input', 'a line has no number');
      await pause(15);
      if (fileId > 0)
        await database.query('update', 'UPDATE files SET line_count = $2 WHERE id = $1', [fileId, lines.length]);
    };
    const queues = app.use(
      'queues',
      await openQueues<QueueName>({
        ...(config.redisUrl === undefined ? {} : { redisUrl: config.redisUrl }),
        queues: {
          optimization: {
            concurrency: 6,
            work: optimize,
            sample: () => ({ runId: 0, scenario: 'transport', model: sampleModel }),
          },
          'file-processing': { concurrency: 4, work: readFile, sample: () => ({ fileId: 0, ...sampleFile }) },
        },
        onDone({ queue, job, seconds, reason }) {
          metrics.processed.inc({ job_type: queue });
          const scenario = SCENARIOS.find((each) => each === job.data['scenario']);
          if (reason !== undefined) {
            metrics.failures.inc({ job_type: queue, error: errorOf(reason) });
            log.warn({ jobId: job.id, queue, reason, duration: seconds }, 'job failed');
          } else if (scenario) metrics.optimization.observe({ scenario }, seconds);
        },
        onTrouble: ({ queue, error }) => log.warn({ err: error, queue }, 'trouble with a queue'),
      }),
    );

    const states = new Map<QueueName, QueueState>();
    let lastReport: HealthReport | undefined;
    const nameOf = (service: ServiceName) => (service === 'job-queue' ? 'jobQueue' : service);
    const metrics = createMetrics({
      queue: (queue) => states.get(queue) ?? { waiting: 0, active: 0, oldestWaiting: 0 },
      workers: (queue) => queues.workers(queue),
      pool: () => database.pool(),
      status: (service) => lastReport?.checks[nameOf(service)]?.status ?? 'healthy',
      runtime: () => runtime,
    });

    const health = createHealth([
      { name: 'database', degradedOverMs: DATABASE_DEGRADED_MS, timeoutMs: CHECK_WITHIN, run: () => database.ping() },
      { name: 'redis', degradedOverMs: REDIS_DEGRADED_MS, timeoutMs: CHECK_WITHIN, run: () => queues.ping() },
      {
        name: 'jobQueue',
        timeoutMs: CHECK_WITHIN,
        async run() {
          const counts = await Promise.all(QUEUES.map((queue) => queues.counts(queue)));
          const queuedJobs = counts.reduce((sum, { waiting }) => sum + waiting, 0);
          const runningJobs = counts.reduce((sum, { active }) => sum + active, 0);
          return {
            status: queuedJobs > QUEUE_DEGRADED ? 'degraded' : 'healthy',
            detail: { totalJobs: queuedJobs + runningJobs, queuedJobs, runningJobs },
          };
        },
      },
      {
        name: 'memory',
        run() {
          const { heapUsedBytes, heapLimitBytes, residentBytes } = runtime.memory();
          const share = heapUsedBytes / heapLimitBytes;
          return {
            status: share > HEAP_UNHEALTHY ? 'unhealthy' : share > HEAP_DEGRADED ? 'degraded' : 'healthy',
            detail: { heapUsedBytes, heapLimitBytes, residentBytes },
          };
        },
      },
    ]);
    const ask = async (): Promise<HealthReport> => {
      const report = await health.report();
      for (const service of ['database', 'redis'] as const) {
        const milliseconds = report.checks[service]?.latencyMs;
        if (milliseconds !== undefined) metrics.healthCheck.observe({ service }, milliseconds / 1000);
      }
      lastReport = report;
      return report;
    };

    const { server } = app.listen({
      job: JOB,
      registry: metrics.registry,
      onRequest({ method, route, status, seconds }) {
        if (route === '/api/health' || route.startsWith('/health/')) return;
        metrics.requests.inc({ method, route, status });
        metrics.requestDuration.observe({ method, route }, seconds);
      },
    });
    server.addHook('onError', (_request, _reply, error, done) => {
      if (
        (error as { statusCode?: number }).statusCode === undefined ||
        error.statusCode === 500 ||
        error.statusCode === 503
      ) {
        const reason =
          error instanceof AcquireError ? (error.reason === 'timeout' ? 'timeout' : 'dependency') : (error.code ?? '');
        metrics.failures.inc({ job_type: 'api', error: errorOf(reason) });
      }
      done();
    });
    const validator = app.use('validation', createValidator());

    server.post('/api/optimize/run-batch', async (request, reply) => {
      const { scenario, model } = await validator.validate('batch', Batch, request.body);
      const [row] = await database.query('insert', 'INSERT INTO runs (scenario) VALUES ($1) RETURNING id', [scenario]);
      const runId = Number(row?.['id']);
      const jobId = await queues.add('optimization', { runId, scenario, model });
      // Who asked for what is written down; the headers are, too, without what nobody may read.
      log.info(
        { correlationId: request.id, audit: true, jobId, runId, scenario, req: { headers: request.headers } },
        'optimization queued',
      );
      return reply.code(202).send({ runId, jobId, status: 'queued' });
    });
    server.get('/api/optimize/runs', async () => ({
      runs: await database.query('select', 'SELECT id, scenario, status, cost FROM runs ORDER BY id DESC LIMIT 20'),
    }));
    server.get('/api/optimize/runs/:id', async (request) => {
      const { id } = await validator.validate('run id', Id, request.params);
      const [run] = await database.query('select', 'SELECT id, scenario, status, cost FROM runs WHERE id = $1', [id]);
      if (!run) throw new HttpError(404, `there is no run ${id}`);
      return run;
    });
    server.post('/api/files', async (request, reply) => {
      const { name, content } = await validator.validate('file', Upload, request.body);
      const [row] = await database.query('insert', 'INSERT INTO files (name) VALUES ($1) RETURNING id', [name]);
      const fileId = Number(row?.['id']);
      const jobId = await queues.add('file-processing', { fileId, name, content });
      return reply.code(202).send({ fileId, jobId, status: 'queued' });
    });

    server.get('/api/health', async (_request, reply) => {
      const { status, timestamp, uptimeSeconds, checks } = await ask();
      // Degraded answers 503 as unhealthy does: whoever asks for a status code reads no body.
      return reply
        .code(status === 'healthy' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status, timestamp, uptimeSeconds, services: checks });
    });
    addHealthRoutes(server, health, {
      '/health/startup': { checks: [] },
      '/health/live': { checks: [] },
      '/health/ready': { checks: ['database', 'redis'] },
    });

    /** The check that hangs, and the seconds that its last success is put back by. */
    let hanging: { readonly check: CheckName; readonly seconds: number } | undefined;
    app.addFaults([
      defineFault({
        id: 'check-hangs',
        sentence: 'A check measures nothing any more and reports no failure; its last success is put back in time.',
        isPlayed: true,
        parameters: {
          check: z.enum(CHECKS).default('queue').describe('Which check.'),
          seconds: z.number().min(0).max(86_400).default(150).describe('How long it seems to hang already.'),
        },
        start(given) {
          hanging = given;
          metrics.lastSuccess.set({ check: given.check }, Date.now() / 1000 - given.seconds);
          return () => void (hanging = undefined);
        },
      }),
    ]);
    /** Measures again and again, and says when it could not. */
    const check = (name: CheckName, measure: () => Promise<void>): void => {
      const once = async (): Promise<void> => {
        if (hanging?.check === name) return;
        try {
          await measure();
          metrics.lastSuccess.set({ check: name }, Date.now() / 1000);
        } catch (error) {
          metrics.monitoringFailures.inc({ check: name });
          log.warn({ err: error, check: name }, 'could not measure');
        }
      };
      metrics.lastSuccess.set({ check: name }, Date.now() / 1000);
      app.every(`check of ${name}`, CHECK_EVERY, once);
    };
    check('database', async () => {
      await database.query('select', 'SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()');
    });
    check('database-health', async () => {
      const { checks } = await ask();
      if (checks[nameOf('database')]?.status === 'unhealthy') throw new Error(checks['database']?.error ?? 'unhealthy');
    });
    check('queue', async () => {
      for (const queue of QUEUES) {
        const [{ waiting, active }, oldest = 0] = await Promise.all([
          queues.counts(queue),
          queues.oldestWaiting(queue),
        ]);
        states.set(queue, { waiting, active, oldestWaiting: oldest / 1000 });
      }
    });
    app.every('old runs', 5000, async () => {
      await database.query('delete', 'DELETE FROM runs WHERE id > 1 AND id <= (SELECT max(id) - $1 FROM runs)', [
        RUNS_KEPT,
      ]);
      await database.query('delete', 'DELETE FROM files WHERE id <= (SELECT max(id) - $1 FROM files)', [RUNS_KEPT]);
    });
  },
};
