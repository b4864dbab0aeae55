/**
 * The performance regression check of the sample app, as CI runs it: each system is started with nothing but itself, put under
 * its steady load, and measured with `tocsin regress`.
 *
 *   npm run regress -- [--system S ...] [--seconds N] [--update] [--report FILE ...] [--fault ID[:NAME=VALUE,...]]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { appBundle } from '../../../scripts/bundle.mjs';
import { startLoad } from './load.ts';
import type { LoadedSystem } from './profiles.ts';
import { LOADED_SYSTEMS, PROFILES } from './profiles.ts';
import { renderReport } from './report.ts';
import { startSystem } from './start-system.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BASELINE = 'test/stack/load/baseline.json';
/** Until the code is compiled, the caches are warm and the connections are open. */
const WARM_UP_SECONDS = 6;
/** Longer than any measurement; the load is ended with it. */
const LOAD_SECONDS = 3600;

const { values } = parseArgs({
  options: {
    system: { type: 'string', multiple: true, default: [...LOADED_SYSTEMS] },
    seconds: { type: 'string', default: '20' },
    attempts: { type: 'string' },
    baseline: { type: 'string', default: BASELINE },
    update: { type: 'boolean', default: false },
    report: { type: 'string', multiple: true, default: [] },
    fault: { type: 'string', multiple: true, default: [] },
  },
});

const isLoaded = (name: string): name is LoadedSystem => LOADED_SYSTEMS.some((system) => system === name);

/** The report of one system: the file that was asked for, with the system in its name when there are several. */
const reportFile = (file: string, system: LoadedSystem): string =>
  values.system.length === 1 ? file : file.replace(/(\.\w+)$/, `-${system}$1`);

/** `cache-slow:ms=20` */
const faultOf = (text: string): readonly [id: string, parameters: Readonly<Record<string, number>>] => {
  const [id = '', rest = ''] = text.split(':');
  const pairs = rest.split(',').filter((pair) => pair !== '');
  return [id, Object.fromEntries(pairs.map((pair) => [pair.split('=')[0] ?? '', Number(pair.split('=')[1])] as const))];
};

/** Runs the command line in a process of its own, so that it takes no time from the load; gives its exit code. */
const tocsin = async (...args: readonly string[]): Promise<number> => {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/tocsin.mjs'), ...args], { cwd: ROOT, stdio: 'inherit' });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('exit', kill);
  return code ?? 3;
};

const measure = async (program: string, system: LoadedSystem): Promise<number> => {
  const { ports, breakIt, stop } = await startSystem(program, system, Object.keys(PROFILES[system].ports));
  try {
    const load = await startLoad({ system, scenario: 'steady', ports, seconds: LOAD_SECONDS });
    await sleep(WARM_UP_SECONDS * 1000);
    for (const [fault, parameters] of values.fault.map(faultOf)) await breakIt(fault, parameters, LOAD_SECONDS);
    const places = Object.entries(ports).flatMap(([job, port]) => {
      const path = job === 'client-metrics' ? '/api/metrics' : '/metrics';
      return ['--metrics', `${job}=http://127.0.0.1:${port}${path}`];
    });
    const reports = values.report.flatMap((file) => ['--report', reportFile(file, system)]);
    const code = await tocsin(
      'regress',
      ...places,
      '--seconds',
      values.seconds,
      '--baseline',
      values.baseline,
      '--attempts',
      values.attempts ?? (values.update ? '1' : '3'),
      ...reports,
      ...(values.update ? ['--update'] : []),
    );
    process.stderr.write(`${renderReport(await load.stop())}\n`);
    return code;
  } finally {
    await stop();
  }
};

// Ends what was started too, which hears of the end of this process only when it exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const unknown = values.system.filter((name) => !isLoaded(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no system ${unknown.join(', ')}; there are ${LOADED_SYSTEMS.join(', ')}\n`);
  process.exitCode = 2;
} else {
  const program = join(await appBundle(ROOT), 'main.js');
  for (const system of values.system.filter(isLoaded))
    process.exitCode = Math.max(Number(process.exitCode ?? 0), await measure(program, system));
}
