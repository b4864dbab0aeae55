import { browserClient } from './browser-client.ts';
import { cache } from './cache.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { database } from './database.ts';
import { errorTracker } from './error-tracker.ts';
import { eventPipeline } from './event-pipeline.ts';
import { externalApi } from './external-api.ts';
import { healthCheck } from './health-check.ts';
import { host } from './host.ts';
import { httpService } from './http-service.ts';
import { jobQueue } from './job-queue.ts';
import { log } from './log.ts';
import type { MonitorKind } from './monitor.ts';
import { toMonitorFunction } from './monitor.ts';
import { rateLimiter } from './rate-limiter.ts';
import { runtime } from './runtime.ts';
import { searchIndex } from './search-index.ts';
import { task } from './task.ts';
import { validator } from './validator.ts';
import { webSocket } from './web-socket.ts';

const KINDS = {
  browserClient,
  cache,
  circuitBreaker,
  database,
  errorTracker,
  eventPipeline,
  externalApi,
  healthCheck,
  host,
  httpService,
  jobQueue,
  log,
  rateLimiter,
  runtime,
  searchIndex,
  task,
  validator,
  webSocket,
} as const;

/** Every monitor kind, by id. */
export const MONITOR_KINDS: ReadonlyMap<string, MonitorKind> = new Map(
  Object.values(KINDS).map((kind) => [kind.id, kind as unknown as MonitorKind]),
);

/** The monitors that users call, one function a kind of component. */
export const monitors = {
  /** {@link browserClient} */
  browserClient: toMonitorFunction(browserClient),
  /** {@link cache} */
  cache: toMonitorFunction(cache),
  /** {@link circuitBreaker} */
  circuitBreaker: toMonitorFunction(circuitBreaker),
  /** {@link database} */
  database: toMonitorFunction(database),
  /** {@link errorTracker} */
  errorTracker: toMonitorFunction(errorTracker),
  /** {@link eventPipeline} */
  eventPipeline: toMonitorFunction(eventPipeline),
  /** {@link externalApi} */
  externalApi: toMonitorFunction(externalApi),
  /** {@link healthCheck} */
  healthCheck: toMonitorFunction(healthCheck),
  /** {@link host} */
  host: toMonitorFunction(host),
  /** {@link httpService} */
  httpService: toMonitorFunction(httpService),
  /** {@link jobQueue} */
  jobQueue: toMonitorFunction(jobQueue),
  /** {@link log} */
  log: toMonitorFunction(log),
  /** {@link rateLimiter} */
  rateLimiter: toMonitorFunction(rateLimiter),
  /** {@link runtime} */
  runtime: toMonitorFunction(runtime),
  /** {@link searchIndex} */
  searchIndex: toMonitorFunction(searchIndex),
  /** {@link task} */
  task: toMonitorFunction(task),
  /** {@link validator} */
  validator: toMonitorFunction(validator),
  /** {@link webSocket} */
  webSocket: toMonitorFunction(webSocket),
} as const;
