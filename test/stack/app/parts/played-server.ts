import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { addressOf, originOf } from '../address.ts';

/** Somebody else's HTTP server, played by this process behind a real port of 127.0.0.1. */
export interface PlayedServer {
  /** Without a trailing slash. */
  readonly url: string;
  /** Cuts the connections that are open. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

export const openPlayedServer = async (answer: RequestListener): Promise<PlayedServer> => {
  const server = createServer(answer);
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { host, port } = addressOf(server);
  return {
    url: originOf(host, port),
    cut: () => server.closeAllConnections(),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
