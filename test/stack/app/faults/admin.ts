import { createHash, timingSafeEqual } from 'node:crypto';
import { fastify } from 'fastify';
import { z } from 'zod';
import { addressOf } from '../address.ts';
import { issueLines } from '../issues.ts';
import type { Logger } from '../logger.ts';
import type { FaultRegistry } from './registry.ts';

export interface AdminOptions {
  readonly registry: FaultRegistry;
  readonly token: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Logger;
}

export interface Admin {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const Order = z.strictObject({
  fault: z.string().min(1),
  seconds: z.number().min(1).max(3600),
  parameters: z.record(z.string(), z.unknown()).default({}),
});

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * The admin endpoint: `POST /faults`, `GET /faults`, `DELETE /faults[/:id]`, `GET /catalogue`, all with
 * `Authorization: Bearer <token>`. It listens on 127.0.0.1 whatever the jobs listen on, and answers no page in a browser: without
 * the header, which no page of another origin can send, the answer is 401.
 */
export const openAdmin = async ({ registry, token, port, log }: AdminOptions): Promise<Admin> => {
  const server = fastify({ logger: false, bodyLimit: 64 * 1024, forceCloseConnections: true });
  const expected = digest(`Bearer ${token}`);

  server.addHook('onRequest', async (request, reply) => {
    // Digests have one length, so that the comparison takes the same time for every guess.
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return;
    log.warn({ path: request.url }, 'admin request without the right token');
    await reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'the token is missing or wrong' });
  });
  server.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'admin request failed');
    return reply.code(status).send({ error: (error as Error).message });
  });

  server.get('/catalogue', () => ({ faults: registry.catalogue() }));
  server.get('/faults', () => ({ faults: registry.active() }));
  server.post('/faults', async (request, reply) => {
    const order = Order.safeParse(request.body);
    if (!order.success)
      return reply.code(400).send({
        error: issueLines(order.error, 'body').join('; '),
        expected: '{"fault":"...","seconds":1..3600,"parameters":{}}',
      });
    const { fault, seconds, parameters } = order.data;
    const result = await registry.inject(fault, seconds, parameters);
    if ('active' in result) return reply.code(201).send(result.active);
    const { kind, message, ...rest } = result.failure;
    return reply.code(kind === 'running' ? 409 : 400).send({ error: message, ...rest });
  });
  server.delete('/faults', async (_request, reply) => {
    await registry.endAll();
    return reply.code(204).send();
  });
  server.delete<{ Params: { id: string } }>('/faults/:id', async (request, reply) =>
    (await registry.end(request.params.id))
      ? reply.code(204).send()
      : reply.code(404).send({ error: `no fault '${request.params.id}' is on` }),
  );

  await server.listen({ host: '127.0.0.1', port });
  return { port: addressOf(server.server).port, stop: () => server.close() };
};
