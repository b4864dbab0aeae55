/** What bizra-node0 does of its own: scores, windows, the stream of metrics. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  cacheHealth,
  circuitHealth,
  databaseHealth,
  memoryHealth,
  verdictOf,
} from '../stack/app/systems/bizra-node0/scores.ts';
import type { MetricsStream } from '../stack/app/systems/bizra-node0/stream.ts';
import { createMetricsStream } from '../stack/app/systems/bizra-node0/stream.ts';
import { createRatioWindow, createWindow } from '../stack/app/systems/bizra-node0/window.ts';

afterEach(() => void vi.useRealTimers());

describe('health scores', () => {
  it.each([
    [100, 'healthy'],
    [86, 'healthy'],
    [85, 'degraded'],
    [70, 'degraded'],
    [69, 'unhealthy'],
    [0, 'unhealthy'],
  ])('%d is %s', (score, verdict) => expect(verdictOf(score)).toBe(verdict));

  const idle = { active: 0, max: 20, waiting: 0, waitP95: 0, errorRatio: 0 };
  it.each([
    ['an idle pool', databaseHealth(idle), 100],
    ['a pool in good use', databaseHealth({ ...idle, active: 14 }), 100],
    ['a full pool', databaseHealth({ ...idle, active: 20 }), 80],
    ['a queue', databaseHealth({ ...idle, active: 20, waiting: 10 }), 50],
    ['errors', databaseHealth({ ...idle, errorRatio: 0.1 }), 40],
    ['everything at once', databaseHealth({ active: 20, max: 20, waiting: 99, waitP95: 2, errorRatio: 1 }), 0],
    ['a cache nobody asked', cacheHealth({ isUp: true, hitRates: [{ layer: 'L1', hitRate: undefined }] }), 100],
    ['a cache that hits', cacheHealth({ isUp: true, hitRates: [{ layer: 'L1', hitRate: 0.7 }] }), 100],
    ['a cold layer', cacheHealth({ isUp: true, hitRates: [{ layer: 'L2', hitRate: 0.2 }] }), 65],
    ['a layer that is gone', cacheHealth({ isUp: false, hitRates: [] }), 60],
    ['closed circuits', circuitHealth([{ service: 'a', state: 'closed', failureRate: 0 }]), 100],
    ['an open circuit', circuitHealth([{ service: 'a', state: 'open', failureRate: 1 }]), 35],
    ['memory to spare', memoryHealth(0.5, 0.5), 100],
    ['no memory left', memoryHealth(0.95, 0.2), 50],
  ])('%s', (_, health, score) => {
    expect(health.score).toBe(score);
    expect(health.issues.length > 0).toBe(score < 100);
  });
});

describe('windows', () => {
  it('give the quantiles of the newest samples', () => {
    const window = createWindow(100);
    expect(window.distribution()).toEqual({ min: 0, max: 0, average: 0, p50: 0, p95: 0, p99: 0 });
    for (let value = 1; value <= 200; value += 1) window.add(value);
    expect(window.distribution()).toEqual({ min: 101, max: 200, average: 150.5, p50: 150, p95: 195, p99: 199 });
  });

  it('give a rate, full or not', () => {
    vi.useFakeTimers();
    const window = createWindow(10);
    for (let count = 0; count < 5; count += 1) window.add(1);
    vi.advanceTimersByTime(1000);
    expect(window.rate()).toBe(0.5);
    for (let count = 0; count < 20; count += 1) {
      window.add(1);
      vi.advanceTimersByTime(100);
    }
    expect(window.rate()).toBe(10);
    vi.advanceTimersByTime(20_000);
    expect(window.rate()).toBe(0);
  });

  it('give the share of the last seconds', () => {
    vi.useFakeTimers();
    const window = createRatioWindow(10);
    expect(window.ratio()).toBeUndefined();
    for (const isTrue of [true, true, true, false]) window.add(isTrue);
    expect(window.ratio()).toBe(0.75);
    vi.advanceTimersByTime(5000);
    window.add(false);
    expect(window.ratio()).toBe(0.6);
    vi.advanceTimersByTime(6000);
    expect(window.ratio()).toBe(0);
    vi.advanceTimersByTime(6000);
    expect(window.ratio()).toBeUndefined();
  });
});

describe('the stream of metrics', () => {
  let stream: MetricsStream;
  let counted: string[];
  let sent: { event: string; data: unknown }[];
  let client: EventEmitter & { handshake: { query: Record<string, string> } };
  beforeEach(() => {
    vi.useFakeTimers();
    [counted, sent] = [[], []];
    stream = createMetricsStream({
      read: (section) => `values of ${section}`,
      onMessage: (type) => counted.push(type),
    });
    const emitter = new EventEmitter();
    const receive = emitter.emit.bind(emitter);
    // What the server sends is kept; what the client says goes to the server's listeners.
    client = Object.assign(emitter, {
      handshake: { query: {} },
      receive,
      emit(event: string, data: unknown) {
        sent.push({ event, data });
        return true;
      },
    });
  });
  afterEach(() => stream.stop());
  const welcome = (query: Record<string, string>) => {
    client.handshake.query = query;
    stream.welcome(client as unknown as Socket);
  };
  const says = (event: string, ...data: unknown[]) =>
    (client as unknown as { receive: (event: string, ...data: unknown[]) => void }).receive(event, ...data);

  it('sends a snapshot of what was asked for, then updates at that pace', () => {
    welcome({ metrics: 'cache,nonsense', interval: '500', EIO: '4', transport: 'websocket' });
    expect(sent).toMatchObject([{ event: 'snapshot', data: { data: { cache: 'values of cache' } } }]);
    vi.advanceTimersByTime(1600);
    expect(counted).toEqual(['snapshot', 'update', 'update', 'update']);
    says('subscribe', { metrics: ['database'], interval: 100 });
    sent.length = 0;
    vi.advanceTimersByTime(250);
    expect(sent).toMatchObject([{ data: { data: { database: 'values of database' } } }, {}]);
  });

  it('refuses what is no subscription, sends alerts to all, and forgets who left', () => {
    welcome({});
    says('subscribe', { interval: 1 });
    expect(sent.at(-1)?.event).toBe('refused');
    stream.alert({ kind: 'circuit-open' });
    expect(counted.at(-1)).toBe('alert');
    says('disconnect');
    sent.length = 0;
    vi.advanceTimersByTime(5000);
    stream.alert({ kind: 'circuit-open' });
    expect(sent).toEqual([]);
  });
});
