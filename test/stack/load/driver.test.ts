import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../../scripts/stack/ports.ts';
import type { Driven, RequestPlan } from './driver.ts';
import { drive } from './driver.ts';

const withServer = async <T>(answer: RequestListener, use: (origin: string) => Promise<T>): Promise<T> => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

const get = (origin: string, path = '/'): RequestPlan => ({
  name: path,
  url: new URL(path, origin),
  method: 'GET',
  expects: (status) => status === 200,
});

const every = (ms: number, count: number): readonly number[] => Array.from({ length: count }, (_, index) => index * ms);

const run = (
  plan: RequestPlan,
  times: readonly number[],
  more: Partial<Parameters<typeof drive>[0]> = {},
): Promise<Driven> =>
  drive({
    arrivals: times,
    next: () => plan,
    timeout: 5000,
    limit: 1000,
    signal: new AbortController().signal,
    ...more,
  });

describe('the open-loop driver', () => {
  test('counts the time of a request from when it was due, not from when the run began', async () => {
    const { total } = await withServer(
      (_, response) => void response.end('ok'),
      (origin) => run(get(origin), every(10, 60)),
    );
    expect(total).toMatchObject({ requests: 60, ok: 60, errors: 0, statuses: { 200: 60 } });
    // From the beginning of the run the median would be 300 ms; an answer takes one or two.
    expect(total.latency.p50).toBeLessThan(60);
  });

  test('counts the time of a request that leaves before it is due from when it leaves', async () => {
    const { byRequest } = await withServer(
      (_, response) => void response.end('ok'),
      (origin) => {
        const plans = [get(origin, '/on-time'), get(origin, '/early')] as const;
        // Timers are no finer than a millisecond, so that the second of each pair leaves with the first.
        return run(
          plans[0],
          every(10, 60).flatMap((time) => [time, time + 0.95]),
          { next: (index) => plans[index % 2 === 0 ? 0 : 1] },
        );
      },
    );
    const [onTime, early] = [byRequest['/on-time'], byRequest['/early']].map(
      (tally) => tally?.latency.p50 ?? Number.NaN,
    );
    // The first of a pair also counts what the timer was late.
    expect(early).toBeGreaterThan((onTime ?? Number.NaN) / 3);
  });

  test('a stall counts against every request that was due in it', async () => {
    let free = 0;
    const { total } = await withServer(
      (_, response) => {
        const now = performance.now();
        free ||= now + 500;
        setTimeout(() => response.end('ok'), Math.max(0, free - now));
      },
      (origin) => run(get(origin), every(10, 60)),
    );
    // Due every 10 ms into a stall of 500 ms: they wait 500, 490, 480 ... A closed loop would have seen one slow request.
    expect(total.ok).toBe(60);
    expect(total.latency.max).toBeGreaterThan(450);
    expect(total.latency.p50).toBeGreaterThan(150);
    expect(total.latency.p50).toBeLessThan(350);
    expect(total.latency.p90).toBeGreaterThan(350);
  });

  test('a process that is too busy to send on time shows in the times', async () => {
    const { total, maxDelay } = await withServer(
      (_, response) => void response.end('ok'),
      (origin) => {
        setTimeout(() => {
          const until = performance.now() + 200;
          while (performance.now() < until);
        }, 50);
        return run(get(origin), every(10, 30));
      },
    );
    expect(maxDelay).toBeGreaterThan(100);
    expect(total.latency.max).toBeGreaterThan(100);
  });

  test.each([
    { name: 'an unexpected status', listener: 503, errors: 4, statuses: { 503: 4 }, failures: {} },
    { name: 'a connection that is cut', listener: 'cut', errors: 4, statuses: {}, failures: { reset: 4 } },
    { name: 'no answer', listener: 'silent', errors: 4, statuses: {}, failures: { timeout: 4 } },
  ] as const)('$name is counted by its kind', async ({ listener, errors, statuses, failures }) => {
    const { total } = await withServer(
      (request, response) => {
        if (listener === 'cut') request.socket.destroy();
        else if (listener !== 'silent') response.writeHead(listener).end();
      },
      (origin) => run(get(origin), every(5, 4), { timeout: 200 }),
    );
    expect(total).toMatchObject({ requests: 4, ok: 0, errors, statuses, failures });
    // A request without an answer counts as long as it was waited for.
    if (listener === 'silent') expect(total.latency.p50).toBeGreaterThan(190);
  });

  test('a port on which nobody listens', async () => {
    const { total } = await run(get(`http://127.0.0.1:${await freePort()}`), every(5, 3));
    expect(total).toMatchObject({ errors: 3, failures: { refused: 3 } });
  });

  test('what is due beyond the limit is not sent, and counted', async () => {
    const { total } = await withServer(
      (_, response) => void setTimeout(() => response.end(), 300),
      (origin) => run(get(origin), every(1, 20), { limit: 5 }),
    );
    expect(total.statuses).toEqual({ 200: 5 });
    expect(total.failures).toEqual({ 'not-sent': 15 });
  });

  test('a stopped load sends nothing more and waits for what was sent', async () => {
    const end = new AbortController();
    setTimeout(() => end.abort(), 100);
    const before = performance.now();
    const { total } = await withServer(
      (_, response) => void setTimeout(() => response.end(), 50),
      (origin) => run(get(origin), every(10, 10_000), { signal: end.signal }),
    );
    expect(performance.now() - before).toBeLessThan(2000);
    expect(total.requests).toBeLessThan(40);
    expect(total.ok).toBe(total.requests);
  });

  test('sends a body, and tells requests apart', async () => {
    const bodies: string[] = [];
    const { byRequest } = await withServer(
      (request, response) => {
        request.setEncoding('utf8').on('data', (part: string) => bodies.push(part));
        request.on('end', () => response.writeHead(request.url === '/b' ? 404 : 200).end());
      },
      (origin) => {
        const next = (index: number): RequestPlan =>
          index % 2 === 0 ? { ...get(origin, '/a'), method: 'POST', body: { index } } : get(origin, '/b');
        return run(get(origin), every(5, 4), { next });
      },
    );
    expect(bodies.toSorted()).toEqual(['{"index":0}', '{"index":2}']);
    expect(byRequest['/a']).toMatchObject({ requests: 2, errors: 0 });
    expect(byRequest['/b']).toMatchObject({ requests: 2, errors: 2, statuses: { 404: 2 } });
  });
});
