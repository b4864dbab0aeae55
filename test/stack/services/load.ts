/**
 * The steady load of some systems as a process that goes on until it is told to end, for the stack and for compose.
 * `SYSTEMS` are their ids, `PORTS` (`job=port,...`) where their jobs listen, `HOST` where (`{system}` stands for the id).
 */
import * as z from 'zod';
import type { Load } from '../load/load.ts';
import { startLoad } from '../load/load.ts';
import type { LoadedSystem } from '../load/profiles.ts';
import { LOADED_SYSTEMS, PROFILES } from '../load/profiles.ts';

const list = z.string().transform((text) => text.split(',').filter((part) => part !== ''));
const Environment = z.object({
  SYSTEMS: list.pipe(z.array(z.enum(LOADED_SYSTEMS)).min(1)),
  HOST: z.string().default('127.0.0.1'),
  PORTS: list.default([]).pipe(z.array(z.string().regex(/^[^=]+=\d{1,5}$/, { error: 'expected job=port' }))),
});

const { SYSTEMS, HOST, PORTS } = Environment.parse(process.env);
const given = Object.fromEntries(PORTS.map((pair) => pair.split('=') as [string, string]));
/** No load runs longer than a day; the next one follows. */
const ROUND_SECONDS = 24 * 3600;

const end = new AbortController();
const running = new Map<LoadedSystem, Load>();

const keepGoing = async (system: LoadedSystem): Promise<void> => {
  const ports = Object.fromEntries(
    Object.entries(PROFILES[system].ports).map(([job, port]) => [job, Number(given[job] ?? port)]),
  );
  while (!end.signal.aborted) {
    const host = HOST.replaceAll('{system}', system);
    const load = await startLoad({ system, scenario: 'steady', seconds: ROUND_SECONDS, ports, host, allowHost: true });
    running.set(system, load);
    const { requestsPerSecond, errors } = await load.done;
    process.stderr.write(`${system}: ${requestsPerSecond.toFixed(1)} requests a second, ${errors} errors\n`);
  }
};

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    end.abort();
    for (const load of running.values()) void load.stop();
    // Answers that do not come are not waited for.
    setTimeout(() => process.exit(0), 3000).unref();
  });
const rounds = Promise.all(SYSTEMS.map(keepGoing));
process.stdout.write(`${JSON.stringify({ ready: true, systems: SYSTEMS })}\n`);
await rounds;
