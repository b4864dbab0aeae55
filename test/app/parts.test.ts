/** The small parts: validation, rate limits, health, the processor's clock, the error tracker, the external API. */
import { fastify } from 'fastify';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Fault } from '../stack/app/faults/fault.ts';
import { createErrorTracker } from '../stack/app/parts/error-tracker.ts';
import { openExternalApi } from '../stack/app/parts/external-api.ts';
import type { HealthCheck } from '../stack/app/parts/health.ts';
import { addHealthRoutes, createHealth } from '../stack/app/parts/health.ts';
import { createCpuClock } from '../stack/app/parts/host.ts';
import { openRateLimiter, rateLimitBreach } from '../stack/app/parts/rate-limit.ts';
import { createValidator } from '../stack/app/parts/validation.ts';
import { createServers } from './servers.ts';

const log = pino({ level: 'silent' });
const servers = createServers();
const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});
afterAll(() => servers.stop());

const start = (part: { readonly faults: readonly Fault[] }, id: string, parameters: unknown = {}) => {
  const fault = part.faults.find((one) => one.id === id);
  if (!fault) throw new Error(`no fault '${id}'`);
  return fault.start(parameters);
};

describe('validation', () => {
  const User = z.object({ name: z.string().min(1), email: z.email() });
  const create = () => {
    const seen: { schema: string; seconds: number; isValid: boolean }[] = [];
    const validator = createValidator({
      onValidated: (schema, seconds, isValid) => seen.push({ schema, seconds, isValid }),
    });
    return { validator, seen };
  };

  it('gives what the schema gives, and counts it', async () => {
    const { validator, seen } = create();
    const user = { name: 'Ada', email: 'ada@example.com' };
    expect(await validator.validate('user', User, { ...user, admin: true })).toEqual(user);
    expect(seen).toMatchObject([{ schema: 'user', isValid: true }]);
  });

  it.each([
    [{ name: '', email: 'ada@example.com' }, 'name'],
    [{ name: 'Ada', email: 'secret-word' }, 'email'],
    [{ name: 'Ada' }, 'email'],
    ['nonsense', ''],
    [undefined, ''],
  ])('refuses %j with 422 and says where, not what', async (input, path) => {
    const { validator, seen } = create();
    const refused = validator.validate('user', User, input);
    await expect(refused).rejects.toMatchObject({ statusCode: 422, issues: [{ path }] });
    await expect(refused).rejects.not.toThrow('secret-word');
    expect(seen).toMatchObject([{ isValid: false }]);
  });

  it('is slow, and refuses good input, on demand', async () => {
    const { validator, seen } = create();
    const user = { name: 'Ada', email: 'ada@example.com' };
    const stopSlow = await start(validator, 'validation-slow', { ms: 30 });
    await validator.validate('user', User, user);
    await stopSlow();
    expect(seen[0]?.seconds).toBeGreaterThan(0.025);
    const stopErrors = await start(validator, 'validation-errors', { ratio: 1 });
    await expect(validator.validate('user', User, user)).rejects.toMatchObject({ statusCode: 422 });
    await stopErrors();
    await validator.validate('user', User, user);
    expect(seen.map(({ isValid }) => isValid)).toEqual([true, false, true]);
  });
});

describe.each(['memory', 'redis'] as const)('rate limits with counters in %s', (kind) => {
  let last = 0;
  const open = async () => {
    const url = kind === 'redis' ? await servers.redis() : undefined;
    last += 1;
    const seen: string[] = [];
    const limiter = await openRateLimiter({
      limits: { few: { points: 3, seconds: 60 }, many: { points: 1000, seconds: 60 } },
      url,
      namespace: `test${last}`,
      log,
      onCheck: (limit, isAllowed) => seen.push(`${limit} ${isAllowed}`),
    });
    endings.push(limiter.stop);
    return { limiter, seen };
  };

  it('turns a client away when it has used up its share, and nobody else', async () => {
    const { limiter, seen } = await open();
    const verdicts = [];
    for (let time = 0; time < 4; time += 1) verdicts.push(await limiter.check('few', 'ada'));
    expect(verdicts.map(({ isAllowed, remaining }) => [isAllowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
    expect(verdicts[3]?.retryAfter).toBeGreaterThan(50);
    expect((await limiter.check('few', 'grace')).isAllowed).toBe(true);
    expect((await limiter.check('many', 'ada')).isAllowed).toBe(true);
    expect(seen.slice(3)).toEqual(['few false', 'few true', 'many true']);
    expect(limiter.memoryBytes()).toBe(3 * 420);
  });

  it('grows on demand', async () => {
    const { limiter } = await open();
    const stop = await start(limiter, 'rate-limit-clients', { clients: 1000 });
    expect(limiter.memoryBytes()).toBe(420_000);
    await stop();
    expect(limiter.memoryBytes()).toBe(0);
  });
});

describe('the client that asks too often', () => {
  it('asks as often as it is told, even when nobody answers', async () => {
    const ask = vi.fn<() => Promise<unknown>>(() => Promise.reject(new Error('down')));
    const stop = await rateLimitBreach(ask).start({ perSecond: 200 });
    await vi.waitFor(() => expect(ask.mock.calls.length).toBeGreaterThan(15));
    await stop();
    const asked = ask.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(ask).toHaveBeenCalledTimes(asked);
  });
});

describe('health', () => {
  const fine: HealthCheck = { name: 'fine', run: () => undefined };
  const bad: HealthCheck = { name: 'bad', run: () => Promise.reject(new Error('it is gone')) };
  const hanging: HealthCheck = { name: 'hanging', run: () => new Promise(() => undefined), timeoutMs: 30 };
  const slow: HealthCheck = {
    name: 'slow',
    run: () => new Promise((resolve) => setTimeout(resolve, 30)),
    degradedOverMs: 10,
  };
  const worn: HealthCheck = { name: 'worn', run: () => ({ status: 'degraded', detail: { level: 3 } }) };

  it.each<[HealthCheck[], string, number, number]>([
    [[], 'healthy', 200, 200],
    [[fine], 'healthy', 200, 200],
    [[fine, slow], 'degraded', 200, 503],
    [[fine, worn], 'degraded', 200, 503],
    [[fine, bad], 'unhealthy', 503, 503],
    [[hanging, fine], 'unhealthy', 503, 503],
    [[{ ...bad, isOptional: true }, fine], 'degraded', 200, 503],
  ])('of %j is %s: %i for probes, %i for monitors', async (checks, status, forProbes, forMonitors) => {
    const server = fastify();
    addHealthRoutes(server, createHealth(checks), {
      '/probe': { checks: 'all' },
      '/monitor': { checks: 'all', degradedIs: 503 },
      '/live': { checks: [] },
    });
    const answers = await Promise.all(['/probe', '/monitor', '/live'].map((url) => server.inject({ url })));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([forProbes, forMonitors, 200]);
    expect(answers[0]?.json()).toMatchObject({ status });
    expect(answers[0]?.headers['cache-control']).toBe('no-store');
    await server.close();
  });

  it('tells what each check found and how long it took', async () => {
    const { checks } = await createHealth([fine, worn, bad, hanging]).report();
    expect(checks).toMatchObject({
      fine: { status: 'healthy' },
      worn: { status: 'degraded', detail: { level: 3 } },
      bad: { status: 'unhealthy', error: 'it is gone' },
      hanging: { status: 'unhealthy', error: 'no answer within 30 ms' },
    });
    expect(checks['hanging']?.latencyMs).toBeGreaterThanOrEqual(25);
  });

  it('runs only the checks that are asked for', async () => {
    const run = vi.fn<() => void>();
    const { report } = createHealth([fine, { name: 'other', run }]);
    expect(Object.keys((await report(['fine'])).checks)).toEqual(['fine']);
    expect(run).not.toHaveBeenCalled();
    expect(() => createHealth([fine, fine])).toThrow('the same name');
  });
});

describe("the processor's clock", () => {
  it('counts what this process spends, and the rest of its share as idle', () => {
    const clock = createCpuClock(2);
    const before = clock();
    const started = process.cpuUsage();
    const spent = () => process.cpuUsage(started).user + process.cpuUsage(started).system;
    while (spent() < 40_000);
    const after = clock();
    expect(after.user + after.system - before.user - before.system).toBeGreaterThan(0.03);
    expect(after.idle).toBeGreaterThanOrEqual(before.idle);
    expect(Math.abs(after.user + after.system + after.idle - 2 * process.uptime())).toBeLessThan(1);
  });
});

describe('the error tracker', () => {
  const named = (name: string, extra: object = {}) => Object.assign(new Error('it went wrong'), { name, ...extra });

  it.each([
    [named('TypeError'), 'TypeError'],
    [named('error', { code: '57014' }), 'DatabaseError'],
    [named('AcquireError', { code: '57P01' }), 'DatabaseError'],
    [new Error('plain'), 'InternalError'],
    ['a text', 'UnknownError'],
    [named('FetchError', { code: 'ECONNREFUSED' }), 'FetchError'],
  ])('groups %s', (error, type) => {
    const tracker = createErrorTracker({ log, knownTypes: [] });
    tracker.capture(error, { route: '/api' });
    expect(tracker.recent(1)).toMatchObject([{ type, context: { route: '/api' } }]);
  });

  it('has an end to its types, and to what it keeps', () => {
    const types = new Set<string>();
    const tracker = createErrorTracker({ log, knownTypes: [], onError: (type) => types.add(type) });
    for (let index = 0; index < 600; index += 1) tracker.capture(named(`Error${index}`));
    expect(types.size).toBe(41);
    expect(types).toContain('OtherError');
    expect(tracker.recent(1000)).toHaveLength(500);
    expect(tracker.countByType(60_000)['OtherError']).toBe(500);
  });

  it('spikes on demand', async () => {
    const counts: Record<string, number> = {};
    const tracker = createErrorTracker({
      log,
      knownTypes: [],
      onError: (type) => (counts[type] = (counts[type] ?? 0) + 1),
    });
    const stop = await start(tracker, 'error-spike', { type: 'BrandNewError', count: 12 });
    await stop();
    expect(counts).toEqual({ BrandNewError: 12 });
  });
});

describe('the external API', () => {
  const open = async (quota = 1000) => {
    const calls: boolean[] = [];
    const api = await openExternalApi({
      name: 'the generator',
      quota,
      periodMs: 3_600_000,
      usualMs: 2,
      timeoutMs: 1500,
      onCall: ({ hasFailed }) => calls.push(hasFailed),
    });
    endings.push(api.stop);
    return { api, calls };
  };
  const call = (api: Awaited<ReturnType<typeof openExternalApi>>) => api.call({ topic: 'bells' });

  it('answers, and says what is used of the quota', async () => {
    const { api, calls } = await open();
    expect(api.quota()).toEqual({ used: 0, limit: 1000 });
    expect(await call(api)).toEqual({ text: expect.any(String) as string });
    await call(api);
    await api.ping();
    expect(api.quota()).toEqual({ used: 2, limit: 1000 });
    expect(calls).toEqual([false, false]);
  });

  it('refuses over the quota', async () => {
    const { api, calls } = await open(2);
    await call(api);
    await call(api);
    await expect(call(api)).rejects.toMatchObject({ name: 'QuotaExceededError' });
    expect(calls).toEqual([false, false, true]);
  });

  it.each([
    ['quota-exhaustion', { share: 1 }, 'QuotaExceededError'],
    ['dependency-failing', { ratio: 1 }, 'ExternalApiError'],
    ['dependency-slow', { ms: 5000 }, 'TimeoutError'],
    ['dependency-down', {}, 'ExternalApiError'],
  ])('breaks by %s %j with a %s, and recovers', async (fault, parameters, name) => {
    const { api } = await open();
    await call(api);
    const stop = await start(api, fault, parameters);
    await expect(call(api)).rejects.toMatchObject({ name });
    await stop();
    await call(api);
  });

  it('shows the use of others before it refuses', async () => {
    const { api } = await open();
    const stop = await start(api, 'quota-exhaustion', { share: 0.9 });
    await call(api);
    expect(api.quota().used).toBe(901);
    await stop();
  });
});
