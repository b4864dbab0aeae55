import { browserClient } from './browser-client.ts';
import { cache } from './cache.ts';
import { database } from './database.ts';
import { eventPipeline } from './event-pipeline.ts';
import { httpService } from './http-service.ts';
import type { MonitorKind } from './monitor.ts';
import { toMonitorFunction } from './monitor.ts';
import { rateLimiter } from './rate-limiter.ts';
import { searchIndex } from './search-index.ts';
import { validator } from './validator.ts';
import { webSocket } from './web-socket.ts';

const KINDS = {
  browserClient,
  cache,
  database,
  eventPipeline,
  httpService,
  rateLimiter,
  searchIndex,
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
  /** {@link database} */
  database: toMonitorFunction(database),
  /** {@link eventPipeline} */
  eventPipeline: toMonitorFunction(eventPipeline),
  /** {@link httpService} */
  httpService: toMonitorFunction(httpService),
  /** {@link rateLimiter} */
  rateLimiter: toMonitorFunction(rateLimiter),
  /** {@link searchIndex} */
  searchIndex: toMonitorFunction(searchIndex),
  /** {@link validator} */
  validator: toMonitorFunction(validator),
  /** {@link webSocket} */
  webSocket: toMonitorFunction(webSocket),
} as const;
