/** The Socket.IO server, with real clients over loopback. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SocketClient } from '../stack/app/parts/socket-client.ts';
import { openSocketClient } from '../stack/app/parts/socket-client.ts';
import type { Sockets } from '../stack/app/parts/sockets.ts';
import { openSockets } from '../stack/app/parts/sockets.ts';

let server: Server;
let sockets: Sockets;
let clients: SocketClient[];
let errors: string[];
let messages: { direction: 'in' | 'out'; bytes: number }[];
let broadcasts: { seconds: number; clients: number }[];
let received: unknown[][];

beforeEach(async () => {
  [errors, messages, broadcasts, received] = [[], [], [], []];
  server = createServer((_request, response) => response.end('not a socket'));
  sockets = openSockets({
    server,
    onConnection: (socket) => socket.on('say', (text: string) => socket.emit('echo', text)),
    onMessage: (message) => messages.push(message),
    onConnectionError: ({ reason }) => errors.push(reason),
    onBroadcast: (broadcast) => broadcasts.push(broadcast),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  clients = Array.from({ length: 3 }, () => connect({ reconnects: true }));
  await waitUntil(() => expect(sockets.audience()).toBe(3));
});
afterEach(async () => {
  clients.forEach((client) => client.close());
  await sockets.stop();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const connect = (options: { reconnects?: boolean; auth?: Record<string, unknown> } = {}) =>
  openSocketClient({ url: url(), onEvent: (...event) => received.push(event), ...options });
const waitUntil = (what: () => void) => vi.waitFor(what, { timeout: 5000, interval: 10 });
const start = async (id: string, parameters: unknown = {}) => {
  const fault = sockets.faults.find((one) => one.id === id);
  if (!fault) throw new Error(`no fault '${id}'`);
  return fault.start(parameters);
};

describe('the socket server', () => {
  it('leaves the HTTP server to its owner', async () => {
    expect(await (await fetch(url())).text()).toBe('not a socket');
  });

  it('counts what goes in and out, in bytes', async () => {
    messages.length = 0;
    clients[0]?.emit('say', 'grüezi');
    await waitUntil(() => expect(received).toEqual([['echo', 'grüezi']]));
    // 2["say","grüezi"] and 2["echo","grüezi"]; the umlaut takes two bytes.
    expect(messages).toEqual([
      { direction: 'in', bytes: 18 },
      { direction: 'out', bytes: 19 },
    ]);
  });

  it('times a broadcast to every client that wants messages', async () => {
    const idle = connect({ auth: { isIdle: true } });
    clients.push(idle);
    await waitUntil(() => expect(idle.isConnected()).toBe(true));
    expect(sockets.connections()).toBe(4);
    messages.length = 0;
    await sockets.broadcast('news', { number: 1 });
    await waitUntil(() => expect(received).toHaveLength(3));
    expect(received[0]).toEqual(['news', { number: 1 }]);
    expect(broadcasts).toMatchObject([{ event: 'news', clients: 3 }]);
    expect(broadcasts[0]?.seconds).toBeGreaterThan(0);
    expect(messages).toHaveLength(3);
    expect(sockets.queuedBytes()).toBe(0);
  });

  it('tells an orderly end from one that breaks off', async () => {
    clients[0]?.close();
    await waitUntil(() => expect(sockets.connections()).toBe(2));
    expect(errors).toEqual([]);
    clients[1]?.breakOff();
    await waitUntil(() => expect(errors).toEqual(['transport-close']));
  });

  it('counts a handshake that is none', async () => {
    const answer = await fetch(`${url()}/socket.io/?EIO=4&transport=carrier-pigeon`);
    expect(answer.status).toBe(400);
    expect(errors).toEqual(['bad-request']);
  });
});

describe('faults of the socket server', () => {
  it('drops every connection and lets them come back', async () => {
    const stop = await start('websocket-drop');
    await waitUntil(() => expect(sockets.connections()).toBe(0));
    await waitUntil(() => expect(errors).toContain('refused'));
    expect(errors.filter((reason) => reason === 'forced-close')).toHaveLength(3);
    await stop();
    await waitUntil(() => expect(sockets.audience()).toBe(3));
  });

  it('opens a storm of real connections and closes it', async () => {
    const stop = await start('websocket-storm', { connections: 120 });
    await waitUntil(() => expect(sockets.connections()).toBe(123));
    expect(sockets.audience()).toBe(3);
    await stop();
    await waitUntil(() => expect(sockets.connections()).toBe(3));
  });

  it('makes connections fail in both ways', async () => {
    const stop = await start('websocket-errors', { perSecond: 100 });
    await waitUntil(() => {
      expect(errors).toContain('refused');
      expect(errors).toContain('transport-close');
    });
    await stop();
    await waitUntil(() => expect(sockets.audience()).toBe(3));
  });

  it('slows broadcasts', async () => {
    const stop = await start('broadcast-slow', { ms: 90 });
    await sockets.broadcast('news');
    expect(broadcasts[0]?.seconds).toBeGreaterThan(0.085);
    await stop();
    await sockets.broadcast('news');
    expect(broadcasts[1]?.seconds).toBeLessThan(0.08);
  });

  it('fills the send queue with what a client does not read', async () => {
    const stop = await start('websocket-queue', { bytes: 4 * 1024 * 1024 });
    await waitUntil(() => expect(sockets.queuedBytes()).toBeGreaterThan(4 * 1024 * 1024));
    await stop();
    await waitUntil(() => expect(sockets.queuedBytes()).toBe(0));
  });
});
