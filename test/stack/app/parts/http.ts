import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fastify } from 'fastify';
import { z } from 'zod';
import { addressOf } from '../address.ts';
import type { Fault } from '../faults/fault.ts';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Logger } from '../logger.ts';
import type { ListenOptions } from '../system.ts';
import { createThrottle, pause } from '../time.ts';
import { floodRequests } from './flood.ts';

interface Trouble {
  errors: { readonly ratio: number; readonly route: string | undefined } | undefined;
  latency: { readonly ms: number; readonly route: string | undefined } | undefined;
  isSilent: boolean;
  /** What the names begin with of metrics that are left out. */
  missing: readonly string[];
}

export interface HttpPart {
  readonly job: string;
  readonly server: FastifyInstance;
  readonly trouble: Trouble;
  /** Opens the port and gives the one it got. */
  readonly open: (host: string, port: number) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** A failed request that means its answer: the message is for the caller. */
export class HttpError extends Error {
  readonly statusCode: number;
  constructor(statusCode: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.statusCode = statusCode;
  }
}

/** What watches the system is neither counted as its traffic nor disturbed by faults. */
export const isOfMonitoring = (route: string): boolean => /^\/(metrics|health)(\/|$)/.test(route);

/** Of all servers together. */
const mayLogError = createThrottle(20);

/** Milliseconds that requests which are under way get at the end. */
const DRAIN_WITHIN = 1500;

/** The template of a request's route, `unmatched` when there is none. */
export const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unmatched';

/** The caller's request id, if it is one, or a new one; answers carry it as `x-request-id`. */
const requestId = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();

/**
 * The HTTP server of a job: request ids, a limit on bodies, answers to errors that tell nothing of the inside, one report per
 * answered request with the template of its route, and the metrics of the job on their path.
 */
export const createHttp = (
  { job, registry, onRequest, onArrival, onError, bodyLimit = 1024 * 1024 }: ListenOptions,
  { metricsPath, log }: { readonly metricsPath: string; readonly log: Logger },
): HttpPart => {
  const server = fastify({
    logger: false,
    bodyLimit,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    // Longer than the keep-alive of a load balancer, as a service behind one has it.
    keepAliveTimeout: 65_000,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
  });
  const trouble: Trouble = { errors: undefined, latency: undefined, isSilent: false, missing: [] };
  const concerns = (wanted: string | undefined, route: string) =>
    (wanted === undefined || wanted === route) && !isOfMonitoring(route) && route !== metricsPath;

  const underWay = new Set<ServerResponse>();
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    underWay.add(reply.raw);
    // Not `onResponse`, which is not called for a caller who went away.
    reply.raw.once('close', () => underWay.delete(reply.raw));
    onArrival?.();
    done();
  });
  server.addHook('onRequest', async (request) => {
    const { latency, errors } = trouble;
    if (!latency && !errors) return;
    const route = routeOf(request);
    if (latency && concerns(latency.route, route)) await pause(latency.ms);
    if (errors && concerns(errors.route, route) && Math.random() < errors.ratio)
      throw new HttpError(500, 'the fault `errors` struck');
  });

  server.addHook('onResponse', (request, reply, done) => {
    const route = routeOf(request);
    const seconds = reply.elapsedTime / 1000;
    if (route !== metricsPath) {
      const status = String(reply.statusCode);
      onRequest?.({ method: request.method, route, status, seconds });
      if (log.isLevelEnabled('debug'))
        log.debug({ correlationId: request.id, method: request.method, route, status, seconds }, 'answered');
    }
    done();
  });
  server.setErrorHandler((error, request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    const isOurs = status >= 500;
    if (isOurs) {
      if (mayLogError())
        log.error({ correlationId: request.id, route: routeOf(request), err: error }, 'request failed');
      onError?.(error, { id: request.id, route: routeOf(request) });
    }
    const message = isOurs && !(error instanceof HttpError) ? 'internal error' : (error as Error).message;
    return reply.code(status).send({ error: message, requestId: request.id });
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: 'there is nothing here', requestId: request.id }),
  );

  server.get(metricsPath, (request, reply) => {
    if (trouble.isSilent) {
      // The connection hangs, as when the exporter is stuck; Prometheus gives up at its scrape timeout.
      reply.hijack();
      underWay.delete(reply.raw);
      request.raw.once('close', () => reply.raw.destroy());
      return;
    }
    void registry.metrics().then(
      (text) => reply.header('content-type', registry.contentType).send(without(text, trouble.missing)),
      (error: unknown) => reply.send(error),
    );
  });

  return {
    job,
    server,
    trouble,
    open: async (host, port) => {
      await server.listen({ host, port });
      return addressOf(server.server).port;
    },
    stop: async () => {
      // WebSockets keep the server from closing; their own part ends them.
      void server.close();
      const until = performance.now() + DRAIN_WITHIN;
      while (underWay.size > 0 && performance.now() < until) await pause(20);
      server.server.closeAllConnections();
    },
  };
};

/** The text of an exposition without some metrics. */
const without = (text: string, missing: readonly string[]): string => {
  if (missing.length === 0) return text;
  const nameOf = (line: string): string => /^(?:# (?:HELP|TYPE) )?([\w:]*)/.exec(line)?.[1] ?? '';
  return text
    .split('\n')
    .filter((line) => !missing.some((begin) => nameOf(line).startsWith(begin)))
    .join('\n');
};

/** What can be done to the servers of a system. */
export const httpFaults = (parts: readonly HttpPart[]): readonly Fault[] => {
  const jobs = parts.map(({ job }) => job);
  const routes = z.string().optional().describe('A route template; all but health and metrics when absent.');
  return [
    defineFault({
      id: 'errors',
      sentence: 'A share of the requests is answered with 500 before anything is done.',
      parameters: { ratio: parameter.ratio(0.3), route: routes },
      start: ({ ratio, route }) => {
        for (const { trouble } of parts) trouble.errors = { ratio, route };
        return () => parts.forEach(({ trouble }) => (trouble.errors = undefined));
      },
    }),
    defineFault({
      id: 'latency',
      sentence: 'Every request waits before it is worked on.',
      parameters: { ms: parameter.ms(2500), route: routes },
      start: ({ ms, route }) => {
        for (const { trouble } of parts) trouble.latency = { ms, route };
        return () => parts.forEach(({ trouble }) => (trouble.latency = undefined));
      },
    }),
    defineFault({
      id: 'request-flood',
      sentence: 'The service is sent many more requests than usual, for one path, over few connections.',
      parameters: {
        perSecond: parameter.perSecond(1500),
        path: z
          .string()
          .regex(/^\/[\w\-./?=&%]*$/)
          .default('/health/live')
          .describe('What is asked for.'),
      },
      start: ({ perSecond, path }) => {
        const [first] = parts;
        return first ? floodRequests(first.server.server, path, perSecond) : () => undefined;
      },
    }),
    defineFault({
      id: 'exporter-silent',
      sentence: 'The metrics of a job are asked for in vain: the connection stays open without an answer.',
      parameters: {
        job: z
          .enum(jobs)
          .default(jobs[0] ?? '')
          .describe('The job that falls silent.'),
      },
      start: ({ job }) => {
        const silent = parts.filter((part) => part.job === job);
        for (const { trouble } of silent) trouble.isSilent = true;
        return () => silent.forEach(({ trouble }) => (trouble.isSilent = false));
      },
    }),
    defineFault({
      id: 'metrics-missing',
      sentence: 'Some metrics are exposed no more, as after they were renamed.',
      parameters: { names: z.string().min(1).describe('What their names begin with, separated by commas.') },
      start: ({ names }) => {
        const missing = names.split(',').map((name) => name.trim());
        for (const { trouble } of parts) trouble.missing = missing;
        return () => parts.forEach(({ trouble }) => (trouble.missing = []));
      },
    }),
  ];
};
