/** What priority-event-buckets does of its own: classification, the pipeline, messages, beacons. */
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Part } from '../stack/app/part.ts';
import type { Connection } from '../stack/app/parts/database/database.ts';
import { createBeacons } from '../stack/app/systems/priority-event-buckets/beacons.ts';
import type { Classifier } from '../stack/app/systems/priority-event-buckets/classify.ts';
import { createClassifier } from '../stack/app/systems/priority-event-buckets/classify.ts';
import type { EventInput, Events, StoredEvent } from '../stack/app/systems/priority-event-buckets/events.ts';
import { EventBatch, openEvents } from '../stack/app/systems/priority-event-buckets/events.ts';
import { createMessages, readMessage } from '../stack/app/systems/priority-event-buckets/messages.ts';
import { createClientMetrics } from '../stack/app/systems/priority-event-buckets/metrics.ts';

const start = async (part: Part, id: string, parameters: unknown = {}) => {
  const fault = part.faults.find((one) => one.id === id);
  if (!fault) throw new Error(`no fault '${id}'`);
  return fault.start(parameters);
};
const waitUntil = (what: () => void) => vi.waitFor(what, { timeout: 5000, interval: 5 });
const event = (type: string): EventInput => ({
  source_app: 'agent',
  session_id: 'one',
  hook_event_type: type,
  payload: { path: 'src/a.ts' },
});
const many = (type: string, count: number): EventInput[] => Array.from({ length: count }, () => event(type));

describe('classification', () => {
  let checks: boolean[];
  let seconds: number[];
  let classifier: Classifier;
  beforeEach(() => {
    [checks, seconds] = [[], []];
    classifier = createClassifier({
      onChecked: (isCorrect) => checks.push(isCorrect),
      onClassified: (each) => seconds.push(each),
    });
  });

  it.each([
    ['UserPromptSubmit', 'priority'],
    ['Notification', 'priority'],
    ['PreToolUse', 'regular'],
    ['whatever', 'regular'],
  ])('puts %s into the %s bucket', (type, bucket) => expect(classifier.classify(type)).toBe(bucket));

  it('checks one in ten, in far less than a millisecond each', () => {
    for (let index = 0; index < 100; index += 1) classifier.classify('Stop');
    expect(checks).toEqual(Array<boolean>(10).fill(true));
    expect(seconds.toSorted((a, b) => a - b)[94]).toBeLessThan(0.001);
  });

  it('gets a share wrong, and the checks see it', async () => {
    const stop = await start(classifier, 'classification-wrong', { ratio: 0.25 });
    const buckets = Array.from({ length: 400 }, () => classifier.classify('Stop'));
    expect(buckets.filter((bucket) => bucket === 'regular')).toHaveLength(100);
    expect(checks).toContain(false);
    await stop();
    expect(classifier.classify('Stop')).toBe('priority');
  });

  it('takes longer for a share', async () => {
    const stop = await start(classifier, 'classification-slow', { ms: 2, ratio: 0.1 });
    for (let index = 0; index < 100; index += 1) classifier.classify('Stop');
    expect(seconds.filter((each) => each >= 0.002).length).toBeGreaterThanOrEqual(9);
    await stop();
  });
});

describe('the pipeline', () => {
  let queries: { operation: string; rows: number }[];
  let delivered: StoredEvent[];
  let processed: Record<string, number>;
  let dropped: Record<string, number>;
  let isBroken: boolean;
  let events: Events;
  beforeEach(() => {
    [queries, delivered, processed, dropped, isBroken] = [[], [], {}, {}, false];
    const database: Connection = {
      query(operation, _sql, values = []) {
        if (isBroken) return Promise.reject(new Error('no connection'));
        queries.push({ operation, rows: Array.isArray(values[0]) ? values[0].length : 0 });
        return Promise.resolve(operation === 'oldest-events' ? [{ bucket: 'regular', at: 1000 }] : []);
      },
    };
    events = openEvents({
      database,
      classifier: createClassifier({}),
      deliver: (batch) => Promise.resolve(void delivered.push(...batch)),
      onProcessed: ({ bucket, events: count }) => (processed[bucket] = (processed[bucket] ?? 0) + count),
      onDropped: ({ bucket, events: count }) => (dropped[bucket] = (dropped[bucket] ?? 0) + count),
      onTrouble: () => undefined,
    });
  });

  it('stores a batch with one statement and hands it on, urgent events first', async () => {
    expect(events.take([...many('PreToolUse', 30), ...many('Stop', 10)])).toBe(40);
    await waitUntil(() => expect(delivered).toHaveLength(40));
    expect(queries).toEqual([{ operation: 'insert-events', rows: 40 }]);
    expect(delivered.slice(0, 10).every(({ bucket }) => bucket === 'priority')).toBe(true);
    expect(processed).toEqual({ priority: 10, regular: 30 });
    expect(events.waiting()).toBe(0);
  });

  it('stands still, drops regular events before urgent ones, and goes on', async () => {
    const stop = await start(events, 'event-stall');
    expect(events.take(many('PreToolUse', 4900))).toBe(4900);
    expect(events.take(many('Stop', 300))).toBe(300);
    expect(dropped).toEqual({ regular: 200 });
    expect(events.take(many('PreToolUse', 10))).toBe(0);
    expect(events.take(many('Stop', 5000))).toBe(4700);
    expect(dropped).toEqual({ regular: 200 + 10 + 4700, priority: 300 });
    expect(processed).toEqual({});
    await stop();
    await waitUntil(() => expect(processed).toEqual({ priority: 5000 }));
  });

  it('keeps events while the database is away', async () => {
    isBroken = true;
    events.take(many('Stop', 5));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(delivered).toEqual([]);
    isBroken = false;
    await waitUntil(() => expect(delivered).toHaveLength(5));
  });

  it('holds events back, and floods itself with urgent ones', async () => {
    const stop = await start(events, 'delivery-slow', { ms: 80 });
    const before = performance.now();
    events.take([event('Stop')]);
    await waitUntil(() => expect(delivered).toHaveLength(1));
    expect(performance.now() - before).toBeGreaterThan(75);
    await stop();
    const calm = await start(events, 'priority-flood', { ratio: 0.5 });
    events.take(many('PreToolUse', 100));
    await waitUntil(() => expect(processed).toEqual({ priority: 51, regular: 50 }));
    await calm();
  });

  it('keeps house unless it is stopped, and knows the oldest events', async () => {
    await events.keepHouse();
    expect(queries.map(({ operation }) => operation)).toEqual(['retention', 'retention', 'oldest-events']);
    expect([events.oldest('priority'), events.oldest('regular')]).toEqual([0, 1000]);
    const stop = await start(events, 'retention-stopped', { hours: 30 });
    queries.length = 0;
    await events.keepHouse();
    expect(queries.map(({ operation }) => operation)).toEqual(['oldest-events']);
    await stop();
    expect(queries.map(({ operation }) => operation)).toEqual(['oldest-events', 'retention', 'oldest-events']);
  });

  it.each([
    ['nothing', { events: [] }],
    ['too many', { events: many('Stop', 1001) }],
    ['no type', { events: [{ source_app: 'a', session_id: 'b', payload: {} }] }],
    ['a field too many', { events: [{ ...event('Stop'), secret: 1 }] }],
  ])('refuses %s', (_, batch) => expect(EventBatch.safeParse(batch).success).toBe(false));
});

describe('messages', () => {
  const stored = (bucket: 'priority' | 'regular', index: number): StoredEvent => ({
    id: `${index}`,
    at: 1_750_000_000_000 + index,
    source: 'agent',
    session: 'one',
    type: 'Stop',
    payload: '{"path":"src/a/rather/long/path/of/a/file.ts","durationMs":12}',
    bucket,
  });
  const batch = Array.from({ length: 50 }, (_, index) => stored(index % 5 === 0 ? 'priority' : 'regular', index));

  it('spend one character an event on priority, and are read back', async () => {
    const messages = createMessages();
    const { message, overheadBytes } = messages.write(batch);
    expect(overheadBytes / JSON.stringify(message).length).toBeLessThan(0.02);
    expect(readMessage('events', message)?.filter(({ isUrgent }) => isUrgent)).toHaveLength(10);
    expect(readMessage('events', message)?.[3]).toMatchObject({ id: '3', at: 1_750_000_000_003, isUrgent: false });
    expect(readMessage('filler', 'x')).toBeUndefined();

    const stop = await start(messages, 'websocket-overhead');
    const wordy = messages.write(batch);
    expect(wordy.overheadBytes / JSON.stringify(wordy.message).length).toBeGreaterThan(0.2);
    await stop();
    expect(messages.write(batch).overheadBytes).toBe(overheadBytes);
  });
});

describe('beacons', () => {
  const beacon = (clientId: string) => ({
    clientId,
    timestamp: 1,
    memoryUsage: 20e6,
    eventCounts: { priority: 3, regular: 4, displayed: 7 },
    rendering: { fps: 60, frames: 300, framesDropped: 2 },
    bucketSwitches: [0.001, 0.02],
  });

  it('become values of their page, until it is silent', async () => {
    const metrics = createClientMetrics();
    expect(metrics.registry).toBeInstanceOf(Registry);
    const beacons = createBeacons(metrics);
    beacons.take(beacon('a'));
    beacons.take(beacon('a'));
    const text = await metrics.registry.metrics();
    expect(text).toContain('client_memory_usage_bytes{client_id="a"} 20000000');
    expect(text).toContain('client_frames_total{client_id="a"} 600');
    expect(text).toContain('client_bucket_switch_duration_seconds_count 4');
    beacons.sweep(Date.now() + 31_000);
    expect(await metrics.registry.metrics()).not.toContain('client_id="a"');
  });

  it('are taken from so many pages and no more', () => {
    const beacons = createBeacons(createClientMetrics());
    const taken = Array.from({ length: 501 }, (_, index) => beacons.take(beacon(`page-${index}`)));
    expect(taken.filter(Boolean)).toHaveLength(500);
    expect(beacons.take(beacon('page-1'))).toBe(true);
  });
});
