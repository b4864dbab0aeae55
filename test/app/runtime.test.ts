/** The process under pressure: each fault moves the number that it is for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Runtime } from '../stack/app/parts/runtime.ts';
import { collectGarbage, openRuntime } from '../stack/app/parts/runtime.ts';

const MEBIBYTE = 1024 * 1024;

let runtime: Runtime;
let collections: { kind: string; seconds: number }[];
beforeEach(() => {
  collections = [];
  runtime = openRuntime({ memoryLimitBytes: 3 * 1024 * MEBIBYTE, onCollection: (one) => collections.push(one) });
});
afterEach(() => runtime.stop());
const start = async (id: string, parameters: unknown = {}) => {
  const fault = runtime.faults.find((one) => one.id === id);
  if (!fault) throw new Error(`no fault '${id}'`);
  return fault.start(parameters);
};

describe('the runtime', () => {
  it('knows its memory and its limits', () => {
    const { residentBytes, limitBytes, heapUsedBytes, heapLimitBytes } = runtime.memory();
    expect(limitBytes).toBe(3 * 1024 * MEBIBYTE);
    expect(residentBytes).toBeGreaterThan(heapUsedBytes);
    expect(heapLimitBytes).toBeGreaterThan(heapUsedBytes);
    expect(runtime.cpuSeconds()).toBeGreaterThan(0);
  });

  it('reports collections by kind', async () => {
    const stop = await start('garbage-held', { perSecond: 400 * MEBIBYTE, seconds: 0.2 });
    await vi.waitFor(() => expect(collections.length).toBeGreaterThan(0), { timeout: 5000 });
    for (const { kind, seconds } of collections) {
      expect(['minor', 'major', 'incremental', 'weakcb']).toContain(kind);
      expect(seconds).toBeGreaterThanOrEqual(0);
    }
    await stop();
  });

  // Of this thread alone: other tests run in the same process, and what is resident changes with them.
  const held = () => process.memoryUsage().arrayBuffers;
  it('holds memory and lets it go', async () => {
    // What tests before this one let go would be collected while it measures.
    collectGarbage();
    const before = held();
    const stop = await start('memory-growth', { bytes: 160 * MEBIBYTE, perSecond: 1024 * MEBIBYTE });
    await vi.waitFor(() => expect(held() - before).toBeGreaterThan(155 * MEBIBYTE), { timeout: 10_000 });
    await stop();
    await vi.waitFor(() => expect(held() - before).toBeLessThan(40 * MEBIBYTE), { timeout: 10_000 });
  });

  it('freezes its event loop', async () => {
    runtime.eventLoopLag();
    const stop = await start('event-loop-freeze', { ms: 250 });
    await sleep(900);
    expect(runtime.eventLoopLag()).toBeGreaterThan(0.2);
    await stop();
    await sleep(100);
    runtime.eventLoopLag();
    await sleep(300);
    expect(runtime.eventLoopLag()).toBeLessThan(0.2);
  });

  it('burns processor time in a thread of its own', async () => {
    const before = runtime.cpuSeconds();
    const stop = await start('cpu-burn', { share: 0.5 });
    await vi.waitFor(() => expect(runtime.cpuSeconds() - before).toBeGreaterThan(0.2), { timeout: 10_000 });
    await stop();
  });
});
