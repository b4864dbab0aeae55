import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Logger } from '../../logger.ts';
import type { Cache } from '../../parts/cache/cache.ts';
import type { Database } from '../../parts/database/database.ts';
import { HttpError } from '../../parts/http.ts';
import type { RateLimiter } from '../../parts/rate-limit.ts';
import type { Search } from '../../parts/search.ts';
import type { Validator } from '../../parts/validation.ts';
import type { SampleRequest } from '../../system.ts';
import type { LIMITS } from './metrics.ts';

const id = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const User = z.object({ name: z.string().min(1).max(200), email: z.email() });
const Item = z.object({
  title: z.string().min(1).max(200),
  body: z.string().min(1).max(2000),
  price: z.number().min(0).max(1_000_000),
});
const Session = z.object({ email: z.email(), password: z.string().min(8).max(200) });
const Query = z.object({ q: z.string().min(1).max(100) });

const job = 'migrated-api';

/** A request for every route. */
export const REQUESTS: readonly SampleRequest[] = [
  { job, method: 'GET', path: '/api/search?q=lamp' },
  { job, method: 'GET', path: '/api/users?page=1' },
  { job, method: 'GET', path: '/api/users/17' },
  { job, method: 'POST', path: '/api/users', body: { name: 'Ada', email: 'ada@example.com' } },
  { job, method: 'PATCH', path: '/api/users/18', body: { name: 'Grace', email: 'grace@example.com' } },
  { job, method: 'DELETE', path: '/api/users/999999' },
  { job, method: 'GET', path: '/api/items/42' },
  {
    job,
    method: 'PUT',
    path: '/api/items/43',
    body: { title: 'oak table for the kitchen', body: 'A table made of oak.', price: 129 },
  },
  { job, method: 'POST', path: '/api/sessions', body: { email: 'user1@example.com', password: 'correct horse' } },
];

export interface RouteParts {
  readonly cache: Cache;
  readonly database: Database;
  readonly limiter: RateLimiter<(typeof LIMITS)[number]>;
  readonly search: Search;
  readonly validator: Validator;
  readonly log: Logger;
  /** Somebody looked at an item. */
  readonly onView: (item: number) => void;
  /** Something changed that connected clients want to know. */
  readonly onChange: (change: { readonly kind: string; readonly id: number }) => void;
}

/** How long answers are cached, in seconds. */
const CACHED_FOR = 300;
const PAGE = 20;
/** Rows of each table that are cached at the start. */
const WARMED = 300;

/** Puts what is asked for most into the cache, so that a start is no storm on the database. */
export const warmCache = async (cache: Cache, database: Database): Promise<void> => {
  for (const name of ['item', 'user'] as const)
    for (const row of await database.query('select', `SELECT * FROM ${name}s ORDER BY id LIMIT $1`, [WARMED]))
      await cache.set(`${name}:${Number(row['id'])}`, JSON.stringify(row), CACHED_FOR);
};

/** The client behind a request: what it calls itself, or where it comes from. */
const clientOf = ({ headers, ip }: FastifyRequest): string => {
  const name = headers['x-client-id'];
  return typeof name === 'string' && name.length > 0 && name.length <= 64 ? name : ip;
};

export const addRoutes = (server: FastifyInstance, parts: RouteParts): void => {
  const { cache, database, limiter, search, validator, log, onView, onChange } = parts;

  const enforce = async (limit: (typeof LIMITS)[number], client: string): Promise<void> => {
    const { isAllowed, retryAfter } = await limiter.check(limit, client);
    if (!isAllowed) throw new HttpError(429, `too many requests; try again in ${retryAfter} s`);
  };
  const known = (params: unknown, name: string): number => {
    const parsed = id.safeParse((params as { id?: string }).id);
    if (!parsed.success) throw new HttpError(404, `no such ${name}`);
    return parsed.data;
  };
  /** The text of a row, from the cache or the database; `null` is cached too, so that what is not there is not asked for again. */
  const rowText = (name: 'user' | 'item', number: number): Promise<string> =>
    cache.remember(`${name}:${number}`, CACHED_FOR, async () => {
      const rows = await database.query('select', `SELECT * FROM ${name}s WHERE id = $1`, [number]);
      return JSON.stringify(rows[0] ?? null);
    });
  const found = (text: string, name: string): string => {
    if (text === 'null') throw new HttpError(404, `no such ${name}`);
    return text;
  };

  server.addHook('preHandler', async (request, reply) => {
    if (!request.routeOptions.url?.startsWith('/api/')) return;
    const { isAllowed, remaining, retryAfter } = await limiter.check('api', clientOf(request));
    reply.header('x-ratelimit-remaining', remaining);
    if (isAllowed) return;
    reply.header('retry-after', retryAfter);
    throw new HttpError(429, `too many requests; try again in ${retryAfter} s`);
  });

  server.get('/api/search', async (request, reply) => {
    const { q } = await validator.validate('search', Query, request.query);
    const results = await search.find(q);
    return reply.send({ success: true, count: results.length, results });
  });

  server.get('/api/users', async (request, reply) => {
    const page = z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .catch(1)
      .parse((request.query as { page?: string }).page);
    const text = await cache.remember(`users:page:${page}`, 30, async () => {
      const rows = await database.query('select', 'SELECT id, name FROM users ORDER BY id LIMIT $1 OFFSET $2', [
        PAGE,
        (page - 1) * PAGE,
      ]);
      return JSON.stringify({ page, users: rows });
    });
    return reply.type('application/json').send(text);
  });
  server.get('/api/users/:id', async (request, reply) => {
    const text = await rowText('user', known(request.params, 'user'));
    return reply.type('application/json').send(found(text, 'user'));
  });
  server.post('/api/users', async (request, reply) => {
    await enforce('write', clientOf(request));
    const { name, email } = await validator.validate('user', User, request.body);
    const [row] = await database.query('insert', 'INSERT INTO users (name, email) VALUES ($1, $2) RETURNING id', [
      name,
      email,
    ]);
    const created = Number(row?.['id']);
    log.debug({ correlationId: request.id, user: created, email }, 'user created');
    onChange({ kind: 'user-created', id: created });
    return reply.code(201).send({ id: created, name });
  });
  server.patch('/api/users/:id', async (request, reply) => {
    await enforce('write', clientOf(request));
    const number = known(request.params, 'user');
    const { name, email } = await validator.validate('user', User, request.body);
    const rows = await database.query('update', 'UPDATE users SET name = $2, email = $3 WHERE id = $1 RETURNING id', [
      number,
      name,
      email,
    ]);
    if (rows.length === 0) throw new HttpError(404, 'no such user');
    await cache.delete(`user:${number}`);
    onChange({ kind: 'user-changed', id: number });
    return reply.send({ id: number, name });
  });
  server.delete('/api/users/:id', async (request, reply) => {
    await enforce('write', clientOf(request));
    const number = known(request.params, 'user');
    await database.query('delete', 'DELETE FROM users WHERE id = $1', [number]);
    await cache.delete(`user:${number}`);
    return reply.code(204).send();
  });

  server.get('/api/items/:id', async (request, reply) => {
    const number = known(request.params, 'item');
    const text = found(await rowText('item', number), 'item');
    onView(number);
    return reply.type('application/json').send(text);
  });
  server.put('/api/items/:id', async (request, reply) => {
    await enforce('write', clientOf(request));
    const number = known(request.params, 'item');
    const { title, body, price } = await validator.validate('item', Item, request.body);
    const rows = await database.query(
      'update',
      'UPDATE items SET title = $2, body = $3, price = $4, updated_at = now() WHERE id = $1 RETURNING id',
      [number, title, body, price],
    );
    if (rows.length === 0) throw new HttpError(404, 'no such item');
    await cache.delete(`item:${number}`);
    onChange({ kind: 'item-changed', id: number });
    return reply.send({ id: number, title });
  });

  // Nobody can sign in here: what matters is that one account cannot be tried as often as somebody likes.
  server.post('/api/sessions', async (request, reply) => {
    const { email, password } = await validator.validate('session', Session, request.body);
    log.debug({ correlationId: request.id, email, password }, 'sign-in');
    const { isAllowed, retryAfter } = await limiter.check('login', email);
    if (!isAllowed)
      return reply.code(429).header('retry-after', retryAfter).send({ error: 'too many attempts for this account' });
    return reply.code(201).send({ session: request.id });
  });
};
