import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const HOST = '127.0.0.1';

/** Below those that systems give to connections: between being found and being listened on, no connection takes one. */
const [FIRST, LAST] = [12_000, 32_000] as const;

const given = new Set<number>();

/** A port of this machine on which nothing listens now; this process gets each only once. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || (await isTaken(port))) continue;
    given.add(port);
    return port;
  }
};

/** Whether something listens on a port, so that nothing else can. */
export const isTaken = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
  } catch {
    return true;
  }
  server.close();
  await once(server, 'close');
  return false;
};

/** Whether something takes connections on a port. */
export const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, HOST);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });

const LISTENING = '0A';

/** Who listens on a port, as far as this user may know: `process 4711 (node)` (proc_pid_net(5), proc_pid_fd(5)). */
export const describeHolder = (port: number): string => {
  try {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const inodes = ['tcp', 'tcp6'].flatMap((name) =>
      readFileSync(`/proc/net/${name}`, 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, address = '', , state]) => state === LISTENING && address.endsWith(`:${hex}`))
        .map((fields) => `socket:[${fields[9]}]`),
    );
    const pid = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .find((name) => linksOf(`/proc/${name}/fd`).some((link) => inodes.includes(link)));
    if (pid === undefined) return 'another process';
    return `process ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
  } catch {
    return 'another process';
  }
};

const linksOf = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).flatMap((name) => linkOf(`${folder}/${name}`));
  } catch {
    return [];
  }
};

/** What a descriptor is; nothing when it was closed meanwhile, as the one that lists them is. */
const linkOf = (path: string): readonly string[] => {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
};
