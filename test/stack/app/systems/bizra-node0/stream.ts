/** The live stream of the node's own metrics: a snapshot on arrival, updates at the pace that the client asks for, alerts. */
import type { Socket } from 'socket.io';
import { z } from 'zod';
import type { Part } from '../../part.ts';

export const STREAM_PATH = '/metrics/stream';
export const SECTIONS = ['performance', 'database', 'cache', 'circuit-breaker'] as const;
export type Section = (typeof SECTIONS)[number];
export type StreamMessage = 'snapshot' | 'update' | 'alert';

const FASTEST = 100;
const Subscription = z.object({
  metrics: z
    .union([z.array(z.enum(SECTIONS)), z.string().transform((text) => text.split(',').filter(isSection))])
    .default([...SECTIONS]),
  interval: z.coerce.number().min(FASTEST).max(60_000).default(1000),
});

const isSection = (text: string): text is Section => (SECTIONS as readonly string[]).includes(text);

export interface StreamOptions {
  readonly read: (section: Section) => unknown;
  readonly onMessage: (type: StreamMessage) => void;
}

export interface MetricsStream extends Part {
  /** What to do with a client that connected. */
  readonly welcome: (socket: Socket) => void;
  /** Tells all clients. */
  readonly alert: (what: Readonly<Record<string, unknown>>) => void;
}

export const createMetricsStream = ({ read, onMessage }: StreamOptions): MetricsStream => {
  const clients = new Map<Socket, NodeJS.Timeout>();
  const send = (socket: Socket, type: StreamMessage, data: unknown): void => {
    socket.emit(type, { type, timestamp: Date.now(), data });
    onMessage(type);
  };
  const sections = (wanted: readonly Section[]): Readonly<Record<string, unknown>> =>
    Object.fromEntries(wanted.map((section) => [section, read(section)]));

  return {
    faults: [],
    welcome(socket) {
      const follow = (given: unknown): void => {
        const { success, data } = Subscription.safeParse(given);
        if (!success) return void socket.emit('refused', { message: 'not a subscription' });
        clearInterval(clients.get(socket));
        clients.set(
          socket,
          setInterval(() => send(socket, 'update', sections(data.metrics)), data.interval),
        );
        send(socket, 'snapshot', sections(data.metrics));
      };
      socket.on('subscribe', follow);
      socket.on('disconnect', () => {
        clearInterval(clients.get(socket));
        clients.delete(socket);
      });
      follow(socket.handshake.query);
    },
    alert: (what) => [...clients.keys()].forEach((socket) => send(socket, 'alert', what)),
    stop() {
      clients.forEach((timer) => clearInterval(timer));
      clients.clear();
    },
  };
};
