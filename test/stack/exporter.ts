/** Serves what a simulation exposes, one port a job, so that a real Prometheus can scrape it. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Job } from '../../generators/model/model.ts';
import type { Simulation } from './simulation.ts';

/** The targets of all jobs. */
export interface Exporter {
  /** `host:port` of a job's target. */
  readonly address: (job: string) => string;
  /** Makes a job's target answer scrapes with an error, or answer them again. */
  readonly break: (job: string) => void;
  /** Makes it take the connection and never answer, until it is mended. */
  readonly hang: (job: string) => void;
  readonly mend: (job: string) => void;
  readonly stop: () => Promise<void>;
}

/** Serves every job on 127.0.0.1; the simulation follows the clock from one scrape to the next. */
export const startExporter = async (
  jobs: readonly Pick<Job, 'id' | 'path'>[],
  simulation: Simulation,
  /** The port of a job; 0, which any free one is, when it is absent. */
  portOf: (job: string) => number = () => 0,
): Promise<Exporter> => {
  const broken = new Set<string>();
  const hanging = new Set<string>();
  const servers = new Map<string, Server>();
  for (const { id, path } of jobs) {
    const server = createServer((request, response) => {
      if (broken.has(id)) return void response.writeHead(503).end();
      if (hanging.has(id)) return;
      if (request.url !== path) return void response.writeHead(404).end();
      simulation.advanceTo(Date.now() / 1000);
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(simulation.expose(id));
    });
    server.listen(portOf(id), '127.0.0.1');
    await once(server, 'listening');
    servers.set(id, server);
  }
  return {
    address(job) {
      const address = servers.get(job)?.address() as AddressInfo | null | undefined;
      if (!address) throw new Error(`nothing serves job ${job}`);
      return `127.0.0.1:${address.port}`;
    },
    break: (job) => void broken.add(job),
    hang: (job) => void hanging.add(job),
    mend: (job) => {
      broken.delete(job);
      hanging.delete(job);
    },
    stop: async () => {
      await Promise.all([...servers.values()].map(closeServer));
    },
  };
};

/** Ends an HTTP server with the connections that are kept open to it. */
export const closeServer = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};
