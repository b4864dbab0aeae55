import type { Server as HttpServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Socket as ServerSocket } from 'socket.io';
import { Server } from 'socket.io';
import { z } from 'zod';
import { addressOf, originOf } from '../address.ts';
import type { Fault } from '../faults/fault.ts';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Part } from '../part.ts';
import { pause, stopwatch } from '../time.ts';
import type { SocketClient } from './socket-client.ts';
import { openSocketClient } from './socket-client.ts';

/** Why a connection was not made, or broke off. */
export const CONNECTION_ERROR_REASONS = [
  'refused',
  'bad-request',
  'ping-timeout',
  'transport-close',
  'transport-error',
  'parse-error',
  'forced-close',
] as const;
export type ConnectionErrorReason = (typeof CONNECTION_ERROR_REASONS)[number];

export interface SocketsOptions {
  /** The server of a listener; connections come in on its port. */
  readonly server: HttpServer;
  /** `/socket.io` by default. */
  readonly path?: string;
  /** A client that wants messages came: say hello, listen to what it says. */
  readonly onConnection?: (socket: ServerSocket) => void;
  /** A message went in or out; one for each client of a broadcast. */
  readonly onMessage?: (message: { direction: 'in' | 'out'; bytes: number }) => void;
  readonly onConnectionError?: (error: { reason: ConnectionErrorReason }) => void;
  /** A broadcast was taken by the connection of every client. */
  readonly onBroadcast?: (broadcast: { event: string; seconds: number; clients: number }) => void;
}

/** A Socket.IO server with faults that open and break real connections. */
export interface Sockets extends Part {
  readonly path: string;
  /** Sends to every client that wants messages; resolved once no connection holds any of it back. */
  readonly broadcast: (event: string, ...data: readonly unknown[]) => Promise<void>;
  /** Open connections, with those that want no messages. */
  readonly connections: () => number;
  /** Those of them that want messages. */
  readonly audience: () => number;
  /** Bytes that wait to be sent. */
  readonly queuedBytes: () => number;
}

/** Clients that want messages are in it; a storm's are not. */
const AUDIENCE = 'audience';
/** Milliseconds after which a broadcast is not waited for any longer. */
const BROADCAST_WITHIN = 10_000;
/** Connections that are opened or closed at once, and the milliseconds in between. */
const STORM_SLICE = 20;
const STORM_EVERY = 25;
const MEBIBYTE = 1024 * 1024;

/** What Engine.IO and ws know of a connection and keep to themselves. */
interface Connection {
  readonly writeBuffer?: readonly { readonly data?: unknown }[];
  readonly transport: { readonly writable: boolean; readonly socket?: { readonly bufferedAmount?: number } };
}
interface Packet {
  readonly type: string;
  readonly data?: unknown;
}

const sizeOf = (data: unknown): number =>
  typeof data === 'string' ? Buffer.byteLength(data) : ArrayBuffer.isView(data) ? data.byteLength : 0;

/** What waits to be sent on a connection. */
const connectionBytes = ({ writeBuffer = [], transport }: Connection): number =>
  (transport.socket?.bufferedAmount ?? 0) + writeBuffer.reduce((sum, { data }) => sum + sizeOf(data), 0);

/** The reasons of Socket.IO that are nobody's wish. */
const BROKEN: Readonly<Record<string, ConnectionErrorReason>> = {
  'ping timeout': 'ping-timeout',
  'transport close': 'transport-close',
  'transport error': 'transport-error',
  'parse error': 'parse-error',
  'forced close': 'forced-close',
};
/** Engine.IO's code for a connection that `allowRequest` refused. */
const FORBIDDEN = 4;

/** Opens a Socket.IO server on the port of a listener. */
export const openSockets = ({
  server,
  path = '/socket.io',
  onConnection,
  onMessage,
  onConnectionError,
  onBroadcast,
}: SocketsOptions): Sockets => {
  const knobs = { isDropping: false, broadcastDelay: 0 };
  const io = new Server(server, {
    path,
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: MEBIBYTE,
    allowRequest: (_request, answer) =>
      knobs.isDropping ? answer('connections are refused', false) : answer(null, true),
  });

  // A broadcast hands the same text to every connection: it is measured once.
  let measured: unknown;
  let measuredBytes = 0;
  const bytesOf = (data: unknown): number => {
    if (data !== measured) [measured, measuredBytes] = [data, sizeOf(data)];
    return measuredBytes;
  };
  const count = (direction: 'in' | 'out') => (packet: Packet) => {
    if (packet.type === 'message') onMessage?.({ direction, bytes: bytesOf(packet.data) });
  };
  io.engine.on('connection', (connection: NodeJS.EventEmitter) => {
    connection.on('packet', count('in'));
    connection.on('packetCreate', count('out'));
  });
  io.engine.on('connection_error', ({ code }: { code: number }) =>
    onConnectionError?.({ reason: code === FORBIDDEN ? 'refused' : 'bad-request' }),
  );
  io.use((socket, next) => {
    if (socket.handshake.auth['isUnwelcome'] !== true) return next();
    onConnectionError?.({ reason: 'refused' });
    next(new Error('not allowed in'));
  });
  io.on('connection', (socket) => {
    socket.on('disconnect', (why: string) => {
      const reason = BROKEN[why];
      if (reason) onConnectionError?.({ reason });
    });
    if (socket.handshake.auth['isIdle'] === true) return;
    void socket.join(AUDIENCE);
    onConnection?.(socket);
  });

  const connections = (): readonly Connection[] =>
    Object.values((io.engine as unknown as { clients: Record<string, Connection> }).clients);
  const queuedBytes = (): number => connections().reduce((sum, connection) => sum + connectionBytes(connection), 0);
  const audience = (): readonly ServerSocket[] =>
    [...(io.sockets.adapter.rooms.get(AUDIENCE) ?? [])].flatMap((id) => io.sockets.sockets.get(id) ?? []);

  const broadcast: Sockets['broadcast'] = async (event, ...data) => {
    const elapsed = stopwatch();
    const clients = audience();
    if (knobs.broadcastDelay > 0) {
      for (const client of clients) {
        client.emit(event, ...data);
        await pause(knobs.broadcastDelay / clients.length);
      }
    } else io.to(AUDIENCE).emit(event, ...data);
    const isPending = ({ conn, connected }: ServerSocket): boolean => connected && !conn.transport.writable;
    const until = Date.now() + BROADCAST_WITHIN;
    while (clients.some(isPending) && Date.now() < until) await nextTurn();
    onBroadcast?.({ event, seconds: elapsed(), clients: clients.length });
  };

  const url = (): string => {
    const { host, port } = addressOf(server);
    return originOf(host, port);
  };
  const idle = (): SocketClient => openSocketClient({ url: url(), path, auth: { isIdle: true } });
  const closeAll = async (clients: SocketClient[]): Promise<void> => {
    while (clients.length > 0) {
      clients.splice(0, STORM_SLICE * 2).forEach((client) => client.close());
      await pause(STORM_EVERY);
    }
  };

  const faults: readonly Fault[] = [
    defineFault({
      id: 'websocket-drop',
      sentence: 'Every connection is cut, and new ones are refused until the end.',
      parameters: {},
      start() {
        knobs.isDropping = true;
        for (const { conn } of io.sockets.sockets.values()) conn.close(true);
        return () => void (knobs.isDropping = false);
      },
    }),
    defineFault({
      id: 'websocket-storm',
      sentence: 'Real connections that want no messages are opened over loopback and held.',
      parameters: {
        connections: z
          .number()
          .int()
          .positive()
          .max(5000)
          .default(900)
          .describe('Connections on top of the usual ones.'),
      },
      start({ connections: wanted }) {
        const clients: SocketClient[] = [];
        let stopped = false;
        const open = async (): Promise<void> => {
          while (!stopped) {
            const missing = Math.min(wanted - clients.length, STORM_SLICE);
            for (let index = 0; index < missing; index += 1) clients.push(idle());
            await pause(STORM_EVERY);
          }
        };
        const opening = open();
        return async () => {
          stopped = true;
          await opening;
          await closeAll(clients);
        };
      },
    }),
    defineFault({
      id: 'websocket-errors',
      sentence: 'Real connections are opened of which one half is turned away and the other breaks off at once.',
      parameters: { perSecond: parameter.perSecond(10) },
      start({ perSecond }) {
        const clients = new Set<SocketClient>();
        let turn = 0;
        const opening = setInterval(() => {
          turn += 1;
          const client: SocketClient =
            turn % 2 === 0
              ? openSocketClient({ url: url(), path, auth: { isUnwelcome: true } })
              : openSocketClient({ url: url(), path, auth: { isIdle: true }, onConnect: () => client.breakOff() });
          clients.add(client);
          setTimeout(() => {
            clients.delete(client);
            client.close();
          }, 2000).unref();
        }, 1000 / perSecond);
        return () => {
          clearInterval(opening);
          clients.forEach((client) => client.close());
        };
      },
    }),
    defineFault({
      id: 'broadcast-slow',
      sentence: 'A broadcast goes to one client after the other, with pauses that add up to some milliseconds.',
      parameters: { ms: parameter.ms(100) },
      start({ ms }) {
        knobs.broadcastDelay = ms;
        return () => void (knobs.broadcastDelay = 0);
      },
    }),
    defineFault({
      id: 'websocket-queue',
      sentence: 'Clients that do not read are sent messages, until that much waits in the send queue.',
      parameters: {
        bytes: z
          .number()
          .int()
          .positive()
          .max(512 * MEBIBYTE)
          .default(32 * MEBIBYTE)
          .describe('Bytes that wait.'),
      },
      start({ bytes }) {
        const readers: { readonly client: SocketClient; readonly since: number }[] = [];
        const filler = 'x'.repeat(MEBIBYTE / 2);
        const open = (): void => {
          const client: SocketClient = openSocketClient({
            url: url(),
            path,
            auth: { isIdle: true },
            onConnect(id) {
              client.stopReading();
              const socket = io.sockets.sockets.get(id);
              const isFull = (): boolean =>
                !socket?.connected || connectionBytes(socket.conn as unknown as Connection) >= bytes;
              const filling = setInterval(() => {
                if (isFull()) clearInterval(filling);
                else for (let sent = 0; sent < 4; sent += 1) socket?.emit('filler', filler);
              }, 20);
            },
          });
          readers.push({ client, since: Date.now() });
        };
        open();
        // The server drops a client that answers no ping: the next one is full before that.
        const renewing = setInterval(() => {
          open();
          while (readers[0] && readers[0].since < Date.now() - 35_000) readers.shift()?.client.close();
        }, 20_000);
        return () => {
          clearInterval(renewing);
          readers.forEach(({ client }) => client.close());
        };
      },
    }),
  ];

  return {
    faults,
    path,
    broadcast,
    connections: () => io.engine.clientsCount,
    audience: () => io.sockets.adapter.rooms.get(AUDIENCE)?.size ?? 0,
    queuedBytes,
    stop() {
      // Not `io.close()`: the HTTP server belongs to the listener.
      io.disconnectSockets(true);
      io.engine.close();
    },
  };
};
