/** Takes what Alertmanager sends, in place of chat, pager, mail and webhooks. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from './exporter.ts';

/** One notification as it arrived. */
export interface Delivery {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface Sink {
  readonly url: string;
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  readonly stop: () => Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and answers every request with 200. */
export const startSink = async (): Promise<Sink> => {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      deliveries.push({
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: JSON.parse(text),
      });
      // Slack's answer; nobody else reads it.
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deliveries,
    stop: () => closeServer(server),
  };
};
