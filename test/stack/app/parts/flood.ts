import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { addressOf } from '../address.ts';

const CONNECTIONS = 4;
const TICK = 10;

/**
 * Sends so many GET requests a second to a server of this process until it is told to stop. They follow one another on few
 * connections without waiting for answers, because a client that waits takes more of the processor than the server it floods.
 */
export const floodRequests = (server: Server, path: string, perSecond: number): (() => void) => {
  const { host, port } = addressOf(server);
  const request = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  const open = (): Socket => {
    const socket = connect({ host, port });
    // A connection that breaks is replaced in its next turn.
    socket.on('error', () => socket.destroy());
    return socket.resume();
  };
  const sockets = Array.from({ length: CONNECTIONS }, open);
  let due = 0;
  let turn = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    // By the clock, not by the tick: timers of a busy process are late.
    const now = performance.now();
    due = Math.min(due + (perSecond * (now - last)) / 1000, perSecond);
    last = now;
    turn = (turn + 1) % CONNECTIONS;
    const socket = sockets[turn];
    if (!socket || socket.destroyed) {
      sockets[turn] = open();
      return;
    }
    if (socket.writableNeedDrain) return;
    socket.write(request.repeat(Math.floor(due)));
    due %= 1;
  }, TICK);
  return () => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
  };
};
