/** Circuit breakers around dependencies that listen for real. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Circuits } from '../stack/app/parts/circuits.ts';
import { openCircuits } from '../stack/app/parts/circuits.ts';

let circuits: Circuits<'payments' | 'stock'>;
let calls: string[];
let states: string[];
let seconds: number[];

beforeEach(async () => {
  [calls, states, seconds] = [[], [], []];
  circuits = await openCircuits({
    services: ['payments', 'stock'],
    timeout: 400,
    resetAfter: 100,
    window: 500,
    onCall(call) {
      calls.push(`${call.service} ${call.outcome}`);
      seconds.push(call.seconds);
    },
    onState: ({ service, state }) => states.push(`${service} ${state}`),
  });
});
afterEach(() => circuits.stop());

const statusOf = (service: string) => circuits.status().find((status) => status.service === service);
const waitUntil = (what: () => void) => vi.waitFor(what, { timeout: 5000, interval: 5 });
const start = async (id: string, parameters: unknown = {}) => {
  const fault = circuits.faults.find((one) => one.id === id);
  if (!fault) throw new Error(`no fault '${id}'`);
  return fault.start(parameters);
};

describe('circuits', () => {
  it('let calls through while all is well', async () => {
    await circuits.call('payments');
    await circuits.call('payments');
    expect(calls).toEqual(['payments success', 'payments success']);
    for (const each of seconds) expect(each).toBeGreaterThan(0.001);
    expect(statusOf('payments')).toMatchObject({
      state: 'closed',
      openedAt: 0,
      failureRate: 0,
      consecutiveFailures: 0,
    });
    expect(statusOf('payments')?.averageLatency).toBeGreaterThan(0);
    expect(statusOf('stock')).toMatchObject({ state: 'closed', throughput: 0 });
  });

  it('open when the dependency fails, reject, and close again when it is back', async () => {
    const before = Date.now() / 1000;
    const stop = await start('circuit-open', { dependency: 'stock' });
    await waitUntil(() => expect(calls).toContain('stock rejected'));
    const status = statusOf('stock');
    expect(status?.failureRate).toBe(1);
    expect(status?.consecutiveFailures).toBeGreaterThanOrEqual(5);
    expect(status?.openedAt).toBeGreaterThanOrEqual(before);
    expect(states[0]).toBe('stock open');
    await waitUntil(() => expect(states).toContain('stock half-open'));
    // It tried once and failed: open all along.
    await waitUntil(() => expect(states.filter((state) => state === 'stock open').length).toBeGreaterThan(1));
    expect(statusOf('stock')?.openedAt).toBe(status?.openedAt);
    expect(statusOf('payments')?.state).toBe('closed');
    await stop();
    await waitUntil(() =>
      expect(statusOf('stock')).toMatchObject({ state: 'closed', openedAt: 0, consecutiveFailures: 0 }),
    );
    expect(states.at(-1)).toBe('stock closed');
  });

  it('count failures without opening below the share', async () => {
    const stop = await start('dependency-failing', { ratio: 0.25 });
    await waitUntil(() => expect(calls.filter((call) => call === 'payments failure').length).toBeGreaterThan(3));
    expect(states).toEqual([]);
    expect(statusOf('payments')?.failureRate).toBeGreaterThan(0.1);
    expect(statusOf('payments')?.failureRate).toBeLessThan(0.4);
    await stop();
  });

  it('give up what is late', async () => {
    const stop = await start('dependency-slow', { ms: 900 });
    await expect(circuits.call('payments')).rejects.toThrow('Timed out');
    expect(calls).toContain('payments timeout');
    expect(seconds[0]).toBeGreaterThan(0.39);
    await stop();
  });
});
