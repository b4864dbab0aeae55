import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Cache } from '../../parts/cache/cache.ts';
import type { Database } from '../../parts/database/database.ts';
import type { ErrorTracker } from '../../parts/error-tracker.ts';
import { HttpError } from '../../parts/http.ts';
import type { Validator } from '../../parts/validation.ts';
import type { SampleRequest } from '../../system.ts';
import type { Generation } from './generation.ts';
import { CONTENT_TYPES } from './metrics.ts';

const job = 'contentmax';

/** A request for every route. */
export const REQUESTS: readonly SampleRequest[] = [
  { job, method: 'GET', path: '/api/content?type=article&page=1' },
  { job, method: 'GET', path: '/api/content/17' },
  { job, method: 'POST', path: '/api/content', body: { type: 'summary', topic: 'bells' } },
  { job, method: 'PUT', path: '/api/content/18', body: { topic: 'alarm bells', body: 'A text about bells.' } },
  { job, method: 'DELETE', path: '/api/content/999999' },
  { job, method: 'GET', path: '/api/monitoring/summary' },
  { job, method: 'GET', path: '/api/monitoring/errors' },
];

const id = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const Order = z.object({ type: z.enum(CONTENT_TYPES), topic: z.string().min(1).max(200) });
const Change = z.object({ topic: z.string().min(1).max(200), body: z.string().min(1).max(20_000) });
const List = z.object({
  type: z.enum(CONTENT_TYPES).optional(),
  page: z.coerce.number().int().min(1).max(1000).default(1),
});

export interface RouteParts {
  readonly cache: Cache;
  readonly database: Database;
  readonly generation: Generation;
  readonly tracker: ErrorTracker;
  readonly validator: Validator;
  readonly onUser: (user: string) => void;
  readonly summary: () => Readonly<Record<string, unknown>>;
}

const PAGE = 20;
const LISTS_CACHED_FOR = 5;
const CACHED_FOR = 120;
const FIVE_MINUTES = 300_000;

export const addRoutes = (server: FastifyInstance, parts: RouteParts): void => {
  const { cache, database, generation, tracker, validator, onUser, summary } = parts;
  const known = (params: unknown): number => {
    const parsed = id.safeParse((params as { id?: string }).id);
    if (!parsed.success) throw new HttpError(404, 'no such content');
    return parsed.data;
  };

  server.addHook('preHandler', (request, _reply, done) => {
    const user = request.headers['x-user-id'];
    if (request.routeOptions.url?.startsWith('/api/content'))
      onUser(typeof user === 'string' && user.length <= 64 ? user : request.ip);
    done();
  });

  server.get('/api/content', async (request, reply) => {
    const { type, page } = await validator.validate('list', List, request.query);
    const text = await cache.remember(`list:${type ?? 'all'}:${page}`, LISTS_CACHED_FOR, async () => {
      const rows = await database.query(
        'select',
        `SELECT id, type, topic, status FROM content WHERE $1::text IS NULL OR type = $1 ORDER BY id LIMIT $2 OFFSET $3`,
        [type ?? null, PAGE, (page - 1) * PAGE],
      );
      return JSON.stringify({ page, content: rows });
    });
    return reply.type('application/json').send(text);
  });
  server.get('/api/content/:id', async (request, reply) => {
    const number = known(request.params);
    const cached = await cache.get(`content:${number}`);
    if (cached !== undefined) return reply.type('application/json').send(cached);
    const [row] = await database.query('select', 'SELECT * FROM content WHERE id = $1', [number]);
    if (!row) throw new HttpError(404, 'no such content');
    const text = JSON.stringify(row);
    // What is still being written changes soon.
    if (row['status'] !== 'pending') await cache.set(`content:${number}`, text, CACHED_FOR);
    return reply.type('application/json').send(text);
  });
  server.post('/api/content', async (request, reply) => {
    const { type, topic } = await validator.validate('order', Order, request.body);
    const number = await generation.submit(type, topic, request.id);
    return reply.code(202).header('location', `/api/content/${number}`).send({ id: number, status: 'pending' });
  });
  server.put('/api/content/:id', async (request, reply) => {
    const number = known(request.params);
    const { topic, body } = await validator.validate('change', Change, request.body);
    const rows = await database.query('update', 'UPDATE content SET topic = $2, body = $3 WHERE id = $1 RETURNING id', [
      number,
      topic,
      body,
    ]);
    if (rows.length === 0) throw new HttpError(404, 'no such content');
    await cache.delete(`content:${number}`);
    return reply.send({ id: number });
  });
  server.delete('/api/content/:id', async (request, reply) => {
    const number = known(request.params);
    await database.query('delete', 'DELETE FROM content WHERE id = $1', [number]);
    await cache.delete(`content:${number}`);
    return reply.code(204).send();
  });

  server.get('/api/monitoring/summary', (_request, reply) => reply.send(summary()));
  server.get('/api/monitoring/errors', (_request, reply) =>
    reply.send({ lastFiveMinutes: tracker.countByType(FIVE_MINUTES), recent: tracker.recent(50) }),
  );
};
