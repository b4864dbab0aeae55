import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems give to connections: between being found and being listened on, no connection takes one. */
const [FIRST, LAST] = [12_000, 32_000] as const;

const given = new Set<number>();

/** A port of 127.0.0.1 on which nothing listens now; this process gets each only once. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
};

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
};
