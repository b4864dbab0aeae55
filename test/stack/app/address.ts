import type { Server } from 'node:http';

/** Where a process reaches what it listens on itself: an address that stands for all of them is none to connect to. */
export const reachedAt = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);

/** `http://127.0.0.1:3000`, with brackets around an address of version 6. */
export const originOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The address that a server listens on. @throws Error when it does not listen. */
export const addressOf = (server: Server): { readonly host: string; readonly port: number } => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return { host: reachedAt(address.address), port: address.port };
};
