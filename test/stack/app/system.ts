/**
 * What a system is. `systems/<id>/system.ts` exports one `System`, listed in `systems/index.ts`; beside it stand
 * `metrics.ts` (`createMetrics(registry)`: the prom-client instruments of a job, by hand, named as definitions/systems/<id>.ts
 * declares them) and whatever the system does of its own.
 *
 * `start(app)` is plain code, top to bottom:
 *
 *   const registry = new Registry();
 *   const metrics = createMetrics(registry);
 *   const database = app.use('database', await openDatabase({ ..., onQuery: ({ operation, seconds }) =>
 *     metrics.queryDuration.observe({ operation }, seconds) }));
 *   metrics.poolActive.collect(() => database.pool().active)        // or prom-client's own `collect` option
 *   const api = app.listen({ job: 'bizra-node0', registry, onRequest: ({ method, route, status, seconds }) => ... });
 *   addHealthRoutes(api.server, createHealth([...]), { '/health/live': { checks: [] }, '/health/ready': { checks: 'all' } });
 *   api.server.get('/api/things/:id', ...);
 *   app.every('sweep', 1000, () => sweep());
 *   app.onReady(() => openClients(app.urlOf('bizra-node0'), app.config.clients));
 *
 * Rules: a part goes through `app.use`, which makes its faults known and stops it, last one first; timers go through
 * `app.every`; what needs a port that listens goes into `app.onReady`. Faults `errors`, `latency`, `exporter-silent` and `exit`
 * come with the app. Metrics with labels known in advance start at 0. Errors of background work are logged, never thrown away.
 */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Config, SystemId } from './config.ts';
import type { Fault } from './faults/fault.ts';
import type { LineLevel, Logger } from './logger.ts';
import type { Part } from './part.ts';

/** A job of Prometheus that the app serves. */
export interface JobListener {
  readonly job: string;
  /** The port of the local environment. */
  readonly port: number;
  /** Where the metrics are, `/metrics` by default. */
  readonly metricsPath?: string;
}

/** A request that the system answers: what a load sends, and what a health check asks. */
export interface SampleRequest {
  readonly job: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

export interface System {
  readonly id: SystemId;
  readonly listeners: readonly JobListener[];
  /** At least one request for every route, with a body that is accepted. */
  readonly requests: readonly SampleRequest[];
  /** Opens all parts; the ports open when it has resolved. @throws when the system cannot start. */
  readonly start: (app: App) => Promise<void>;
}

/** One answered request, reported when its last byte is out. */
export interface AnsweredRequest {
  readonly method: string;
  /** The template (`/api/users/:id`), never the path: paths have no end. `unmatched` when no route knew it. */
  readonly route: string;
  /** As text, `200`. */
  readonly status: string;
  readonly seconds: number;
}

export interface ListenOptions {
  readonly job: string;
  readonly registry: Registry;
  readonly onRequest?: (request: AnsweredRequest) => void;
  /** Called when a request comes in, before anything is done with it. */
  readonly onArrival?: () => void;
  /** Called with what was thrown while a request was worked on, when the answer is 500 or more. */
  readonly onError?: (error: unknown, request: { readonly id: string; readonly route: string }) => void;
  /** In bytes; 1 MiB by default, larger bodies are answered with 413. */
  readonly bodyLimit?: number;
}

/** An HTTP server of a job. Its metrics are served already; routes are added to `server`, sockets attach to `server.server`. */
export interface HttpListener {
  readonly job: string;
  readonly server: FastifyInstance;
}

/** The process that a system starts in. */
export interface App {
  readonly config: Config;
  readonly log: Logger;
  /** Takes a part in: its faults are known from now on, and it is stopped with the app, in the reverse order. */
  readonly use: <P extends Part>(name: string, part: P) => P;
  /** Faults that belong to no part. */
  readonly addFaults: (faults: readonly Fault[]) => void;
  /** The server of one of the system's listeners; it starts to listen when `start` has resolved. */
  readonly listen: (options: ListenOptions) => HttpListener;
  /** Does `work` again and again, never twice at once; a failure is logged and it goes on. Ends with the app. */
  readonly every: (name: string, milliseconds: number, work: () => Promise<void> | void) => void;
  /** Once all ports listen, before the line that says so: in order, one after the other. */
  readonly onReady: (work: () => Promise<void> | void) => void;
  /** Called for every line of the log. */
  readonly onLogLine: (observer: (level: LineLevel) => void) => void;
  readonly onStop: (name: string, stop: () => Promise<void> | void) => void;
  /** `http://127.0.0.1:3000`, from `onReady` on. @throws before. */
  readonly urlOf: (job: string) => string;
}
