import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Admin } from '../stack/app/faults/admin.ts';
import { openAdmin } from '../stack/app/faults/admin.ts';
import { defineFault } from '../stack/app/faults/fault.ts';
import type { FaultRegistry } from '../stack/app/faults/registry.ts';
import { createFaultRegistry } from '../stack/app/faults/registry.ts';

const log = pino({ level: 'silent' });

const started = vi.fn<(ms: number) => void>();
const stopped = vi.fn<() => void>();
const slow = defineFault({
  id: 'slow',
  sentence: 'Everything takes longer.',
  parameters: { ms: z.number().min(0).default(100).describe('Milliseconds.') },
  start: ({ ms }) => {
    started(ms);
    return stopped;
  },
});
const broken = defineFault({
  id: 'broken',
  sentence: 'It cannot be ended cleanly.',
  parameters: {},
  start: () => () => Promise.reject(new Error('stuck')),
});

let registry: FaultRegistry;
beforeEach(() => {
  started.mockReset();
  stopped.mockReset();
  registry = createFaultRegistry(log);
  registry.add([slow, broken]);
});
afterEach(() => registry.endAll());

describe('the registry of faults', () => {
  it('turns a fault on with its defaults, and off again by itself', async () => {
    const before = Date.now();
    const result = await registry.inject('slow', 0.05, {});
    expect(result).toMatchObject({ active: { fault: 'slow', parameters: { ms: 100 } } });
    expect(started).toHaveBeenCalledExactlyOnceWith(100);
    const [active] = registry.active();
    expect(active?.until).toBeGreaterThanOrEqual(before + 50);
    await vi.waitFor(() => expect(stopped).toHaveBeenCalledOnce());
    expect(registry.active()).toEqual([]);
  });

  it('ends one early, and only once', async () => {
    const result = await registry.inject('slow', 30, { ms: 5 });
    const id = 'active' in result ? result.active.id : '';
    expect(await registry.end(id)).toBe(true);
    expect(await registry.end(id)).toBe(false);
    await sleep(5);
    expect(stopped).toHaveBeenCalledOnce();
  });

  it.each([
    ['unheard-of', {}, { kind: 'unknown', known: ['broken', 'slow'] }],
    ['slow', { ms: -1 }, { kind: 'parameters' }],
    ['slow', { milliseconds: 1 }, { kind: 'parameters', message: expect.stringContaining('milliseconds') as string }],
  ])('refuses %s with %j', async (fault, parameters, failure) => {
    expect(await registry.inject(fault, 1, parameters)).toMatchObject({ failure });
    expect(started).not.toHaveBeenCalled();
  });

  it('has one of a kind at a time', async () => {
    const [first, second] = await Promise.all([registry.inject('slow', 5, {}), registry.inject('slow', 5, {})]);
    expect([first, second].filter((result) => 'active' in result)).toHaveLength(1);
    expect(await registry.inject('slow', 5, {})).toMatchObject({ failure: { kind: 'running' } });
    expect(started).toHaveBeenCalledOnce();
  });

  it('forgets one that does not end cleanly', async () => {
    await registry.inject('broken', 5, {});
    await registry.endAll();
    expect(registry.active()).toEqual([]);
  });

  it('knows no two of one name', () => {
    expect(() => registry.add([slow])).toThrow("two parts have a fault 'slow'");
  });
});

describe('the admin endpoint', () => {
  let admin: Admin;
  beforeEach(async () => {
    admin = await openAdmin({ registry, token: 'let me in', port: 0, log });
  });
  afterEach(() => admin.stop());

  const ask = async (
    method: string,
    path: string,
    { body, token = 'let me in' }: { body?: unknown; token?: string } = {},
  ) => {
    const answer = await fetch(`http://127.0.0.1:${admin.port}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>) };
  };

  it.each(['', 'let me i', 'LET ME IN', 'x'.repeat(500)])('does not let in %j', async (token) => {
    for (const [method, path] of [
      ['GET', '/faults'],
      ['POST', '/faults'],
      ['DELETE', '/faults'],
      ['GET', '/catalogue'],
      ['GET', '/elsewhere'],
    ] as const)
      expect((await ask(method, path, { token })).status).toBe(401);
    expect(started).not.toHaveBeenCalled();
  });

  it('turns faults on, shows them and turns them off', async () => {
    const made = await ask('POST', '/faults', { body: { fault: 'slow', seconds: 60, parameters: { ms: 7 } } });
    expect(made).toMatchObject({ status: 201, body: { fault: 'slow', parameters: { ms: 7 } } });
    const id = String(made.body?.['id']);
    expect((await ask('GET', '/faults')).body).toEqual({ faults: [made.body] });
    expect((await ask('POST', '/faults', { body: { fault: 'slow', seconds: 60 } })).status).toBe(409);
    expect((await ask('DELETE', `/faults/${id}`)).status).toBe(204);
    expect((await ask('DELETE', `/faults/${id}`)).status).toBe(404);
    expect(stopped).toHaveBeenCalledOnce();
  });

  it('ends all of them', async () => {
    await ask('POST', '/faults', { body: { fault: 'slow', seconds: 60 } });
    await ask('POST', '/faults', { body: { fault: 'broken', seconds: 60 } });
    expect((await ask('DELETE', '/faults')).status).toBe(204);
    expect((await ask('GET', '/faults')).body).toEqual({ faults: [] });
  });

  it.each([
    [{ fault: 'unheard-of', seconds: 5 }, { known: ['broken', 'slow'] }],
    [{ fault: 'slow', seconds: 0 }, { error: expect.stringContaining('seconds') as string }],
    [{ fault: 'slow', seconds: 3601 }, { error: expect.stringContaining('seconds') as string }],
    [{ fault: 'slow' }, { error: expect.stringContaining('seconds') as string }],
    [
      { fault: 'slow', seconds: 5, parameters: { ms: 'long' } },
      { parameters: { properties: { ms: { default: 100 } } } },
    ],
    [{ fault: 'slow', seconds: 5, extra: true }, { error: expect.stringContaining('extra') as string }],
    ['nonsense', { error: expect.any(String) as string }],
  ])('answers %j with 400 and what there is', async (body, expected) => {
    expect(await ask('POST', '/faults', { body })).toMatchObject({ status: 400, body: expected });
    expect(started).not.toHaveBeenCalled();
  });

  it('has a catalogue with a sentence and the parameters of every fault', async () => {
    const { body } = await ask('GET', '/catalogue');
    expect(body).toEqual({
      faults: [
        {
          fault: 'broken',
          sentence: broken.sentence,
          isPlayed: false,
          parameters: { type: 'object', properties: {}, additionalProperties: false },
        },
        {
          fault: 'slow',
          sentence: slow.sentence,
          isPlayed: false,
          parameters: {
            type: 'object',
            properties: { ms: { type: 'number', minimum: 0, default: 100, description: 'Milliseconds.' } },
            additionalProperties: false,
          },
        },
      ],
    });
  });
});
