/** The browsers that the app plays: real sockets and beacons. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Beacon, Pages } from '../stack/app/parts/pages.ts';
import { openPages } from '../stack/app/parts/pages.ts';
import type { Sockets } from '../stack/app/parts/sockets.ts';
import { openSockets } from '../stack/app/parts/sockets.ts';

let pages: Pages;
let sockets: Sockets;
let close: () => Promise<void>;
let beacons: Beacon[];
let said: unknown[];

beforeEach(async () => {
  [beacons, said] = [[], []];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      beacons.push(JSON.parse(body) as Beacon);
      response.writeHead(204).end();
    });
  });
  sockets = openSockets({
    server,
    onConnection: (socket) => socket.on('displayed', (what: unknown) => said.push(what)),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pages = openPages({
    count: 2,
    socketUrl: url,
    beaconUrl: `${url}/beacons`,
    every: 80,
    read: (event, count) =>
      event === 'events'
        ? Array.from({ length: count as number }, (_, index) => ({
            id: `${index}`,
            at: index,
            isUrgent: index % 2 === 0,
            bytes: 100,
          }))
        : undefined,
    onDisplayed: (reply, count) => reply('displayed', count),
  });
  close = async () => {
    await pages.stop();
    await sockets.stop();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  await vi.waitFor(() => expect(sockets.audience()).toBe(2));
});
afterEach(() => close());

const newest = async (wanted: (beacon: Beacon) => boolean): Promise<Beacon> =>
  vi.waitFor(
    () => {
      const beacon = beacons.at(-1);
      if (!beacon || !wanted(beacon)) throw new Error('not yet');
      return beacon;
    },
    { timeout: 5000, interval: 20 },
  );

it('shows what comes, within its buckets, and says so', async () => {
  await sockets.broadcast('events', 1000);
  const { clientId, eventCounts, rendering, memoryUsage } = await newest(
    ({ eventCounts }) => eventCounts.displayed === 250,
  );
  expect(clientId).toMatch(/^browser-[12]$/);
  expect(eventCounts).toEqual({ priority: 200, regular: 100, displayed: 250 });
  expect(rendering.fps).toBeGreaterThan(58);
  expect(memoryUsage).toBeLessThan(40 * 1024 * 1024);
  expect(memoryUsage / eventCounts.displayed).toBeLessThan(200 * 1024);
  await vi.waitFor(() => expect(said).toEqual([1000, 1000]));
});

it('reports what the fault makes it report, everything bad by default', async () => {
  const fault = pages.faults.find(({ id }) => id === 'clients-degraded');
  const part = await fault?.start({ fps: 20 });
  expect((await newest(({ rendering }) => rendering.fps === 20)).memoryUsage).toBeLessThan(40 * 1024 * 1024);
  await part?.();
  const all = await fault?.start({});
  await sockets.broadcast('events', 1000);
  const bad = await newest(({ eventCounts, rendering }) => eventCounts.displayed === 400 && rendering.fps < 50);
  expect(bad.memoryUsage).toBeGreaterThan(50 * 1024 * 1024);
  expect(bad.eventCounts).toEqual({ priority: 400, regular: 400, displayed: 400 });
  await all?.();
  await newest(({ rendering }) => rendering.fps > 55);
});
