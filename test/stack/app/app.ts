/** The life of the process: opens a system's parts, its ports and the admin endpoint, and ends them in the reverse order. */
import { z } from 'zod';
import { originOf, reachedAt } from './address.ts';
import type { Config } from './config.ts';
import { openAdmin } from './faults/admin.ts';
import { defineFault } from './faults/fault.ts';
import { createFaultRegistry } from './faults/registry.ts';
import type { LogOutput } from './logger.ts';
import type { HttpPart } from './parts/http.ts';
import { createHttp, httpFaults } from './parts/http.ts';
import type { App, System } from './system.ts';
import { stopwatch } from './time.ts';

/** What the ready line says. */
export interface Ready {
  readonly ready: true;
  readonly ports: Readonly<Record<string, number>>;
  /** Absent without a token. */
  readonly adminPort?: number;
}

export interface RunningApp {
  readonly ready: Ready;
  /** Ends everything; at most `seconds` long, whatever hangs. */
  readonly stop: (seconds?: number) => Promise<void>;
}

interface Ending {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

const exit = defineFault({
  id: 'exit',
  sentence: 'The process dies at once, as when the kernel runs out of memory; whoever started it may start it again.',
  parameters: { afterMs: z.number().min(0).max(60_000).default(100).describe('Milliseconds until it dies.') },
  start: ({ afterMs }) => {
    const timer = setTimeout(() => process.kill(process.pid, 'SIGKILL'), afterMs);
    return () => clearTimeout(timer);
  },
});

/** Runs `work` every so many milliseconds, never twice at once; gives the function that ends it. */
const repeat = (work: () => Promise<void> | void, milliseconds: number, failed: (error: unknown) => void) => {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let running: Promise<void> | undefined;
  const round = async () => {
    const seconds = stopwatch();
    try {
      await work();
    } catch (error) {
      failed(error);
    }
    if (!isOver) plan(Math.max(0, milliseconds - seconds() * 1000));
  };
  const plan = (wait: number) => {
    timer = setTimeout(() => {
      running = round();
    }, wait);
  };
  plan(milliseconds);
  return async () => {
    isOver = true;
    clearTimeout(timer);
    await running;
  };
};

/** @throws what the system throws while it starts; whatever had been opened is closed by then. */
export const startApp = async (system: System, config: Config, { log, onLine }: LogOutput): Promise<RunningApp> => {
  const faults = createFaultRegistry(log);
  const endings: Ending[] = [];
  const servers: HttpPart[] = [];
  const readyWork: (() => Promise<void> | void)[] = [];
  const ports: Record<string, number> = {};

  const stop = async (seconds = 4.5): Promise<void> => {
    const inOrder = async () => {
      for (const { name, stop: end } of endings.splice(0).toReversed()) {
        try {
          await end();
        } catch (error) {
          log.error({ part: name, err: error }, 'did not stop cleanly');
        }
      }
    };
    let late: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      late = setTimeout(() => {
        log.error({ seconds }, 'some parts are still not stopped');
        resolve();
      }, seconds * 1000);
    });
    await Promise.race([inOrder(), limit]);
    clearTimeout(late);
  };

  const app: App = {
    config,
    log,
    use: (name, part) => {
      endings.push({ name, stop: () => part.stop() });
      faults.add(part.faults);
      return part;
    },
    addFaults: (added) => faults.add(added),
    listen: (options) => {
      const listener = system.listeners.find(({ job }) => job === options.job);
      if (!listener) throw new Error(`${system.id} has no listener for the job '${options.job}'`);
      const part = createHttp(options, {
        metricsPath: listener.metricsPath ?? '/metrics',
        log: log.child({ job: options.job }),
      });
      servers.push(part);
      return part;
    },
    every: (name, milliseconds, work) => {
      const failed = (error: unknown) => log.error({ work: name, err: error }, 'background work failed');
      endings.push({ name, stop: repeat(work, milliseconds, failed) });
    },
    onReady: (work) => readyWork.push(work),
    onLogLine: onLine,
    onStop: (name, end) => endings.push({ name, stop: end }),
    urlOf: (job) => {
      const port = ports[job];
      if (port === undefined) throw new Error(`'${job}' does not listen yet`);
      return originOf(reachedAt(config.host), port);
    },
  };

  try {
    await system.start(app);
    const opened = system.listeners.map((listener) => {
      const server = servers.find(({ job }) => job === listener.job);
      if (!server) throw new Error(`${system.id} opened no server for the job '${listener.job}'`);
      return { ...listener, server };
    });
    faults.add([...httpFaults(opened.map(({ server }) => server)), exit]);
    for (const { job, port, server } of opened) {
      ports[job] = await server.open(config.host, config.ports[job] ?? port);
      endings.push({ name: `port of ${job}`, stop: server.stop });
    }
    for (const work of readyWork) await work();
    endings.push({ name: 'faults', stop: faults.endAll });
    if (config.adminToken === undefined) return { ready: { ready: true, ports }, stop };
    const admin = await openAdmin({ registry: faults, token: config.adminToken, port: config.adminPort, log });
    endings.push({ name: 'admin endpoint', stop: admin.stop });
    return { ready: { ready: true, ports, adminPort: admin.port }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
