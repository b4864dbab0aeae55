import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import type { ParsedArguments, Run } from '../command.ts';
import { parseArguments } from '../command.ts';
import type { Io } from '../io.ts';
import type { Interruption } from '../signals.ts';
import { listenForSignals } from '../signals.ts';
import { takeDown } from '../stack/down.ts';
import { readProject } from '../stack/config.ts';
import type { Condition } from '../stack/health.ts';
import { conditionOf } from '../stack/health.ts';
import { readPanelQueries, withoutData } from '../stack/panels.ts';
import { commandOf, findStrays, isRunning } from '../stack/processes.ts';
import type { RunningProcess, StackFolder } from '../stack/state.ts';
import { openFolder, removeFolder } from '../stack/state.ts';
import type { Up } from '../stack/up.ts';
import { bringUp, StartError } from '../stack/up.ts';
import { stackSpec } from './index.ts';

type Values = ParsedArguments<typeof stackSpec>['values'];

/** Runs the whole stack from local programs: up, down, status. */
export const run: Run = async (args, io) => {
  const { values, positionals } = parseArguments(stackSpec, args);
  const [action = ''] = positionals;
  if (!['up', 'down', 'status'].includes(action)) {
    throw new UsageError(`tocsin stack takes up, down or status, not '${action}'`);
  }
  const idle = Object.entries(ONLY_WITH).find(
    ([name, only]) => only !== action && isGiven(values[name as keyof Values]),
  );
  if (idle) throw new UsageError(`--${idle[0]} is an option of tocsin stack ${idle[1]}, not of ${action}`);
  if (!existsSync(join(io.cwd, 'test/stack/inbox/main.ts'))) {
    throw new UsageError("tocsin stack runs in Tocsin's own repository, where the sample app is");
  }
  const path = resolve(io.cwd, values.state);
  if (action !== 'up' && !existsSync(path)) {
    io.write(`No stack has been started here (there is no ${values.state}).\n`);
    return action === 'status' ? 1 : 0;
  }
  const folder = openFolder(path);
  if (action === 'status') return showStatus(folder, values, io);
  const release = folder.lock();
  try {
    if (action === 'down') return await bringDown(folder, values, io);
    const interruption = listenForSignals();
    try {
      return await (values.foreground ? stay : start)(folder, values, io, interruption);
    } finally {
      interruption.stop();
    }
  } finally {
    release();
  }
};

/** What only one of the actions takes. */
const ONLY_WITH = {
  system: 'up',
  'no-load': 'up',
  embedded: 'up',
  port: 'up',
  detach: 'up',
  foreground: 'up',
  panels: 'status',
  clean: 'down',
} as const satisfies Partial<Record<keyof Values, string>>;

const isGiven = (value: Values[keyof Values] | undefined): boolean =>
  Array.isArray(value) ? value.length > 0 : value === true;

const readPorts = (pairs: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [, name, port] = /^([a-z][a-z0-9-]*)=(-?\d+)$/.exec(pair) ?? [];
      if (name === undefined) throw new UsageError(`--port takes NAME=PORT, not '${pair}'`);
      if (Number(port) < 0 || Number(port) > 65_535)
        throw new UsageError(`--port ${pair}: a port is a number from 1 to 65535, or 0 for any free one`);
      return [name, Number(port)];
    }),
  );

/** Starts what is missing; a signal ends what was started. */
const start = async (folder: StackFolder, values: Values, io: Io, interruption: Interruption): Promise<number> => {
  try {
    const up = await bringUp({
      root: io.cwd,
      out: resolve(io.cwd, values.out),
      folder,
      env: io.env,
      systems: values.system,
      ports: readPorts(values.port),
      withLoad: !values['no-load'],
      embedded: values.embedded,
      say: (line) => io.error(`${line}\n`),
      signal: interruption.signal,
    });
    io.write(describe(up, folder, io));
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) {
      io.error('tocsin stack: interrupted; what was started here has ended\n');
      return interruption.exitCode();
    }
    if (!(error instanceof StartError)) throw error;
    io.error(`tocsin stack: ${error.message}\n${error.log === '' ? '' : `${error.log.replaceAll(/^/gm, '  ')}\n`}`);
    return 1;
  }
};

/** Starts the stack, stays, tells what ends by itself, and takes everything down at the end. */
const stay = async (folder: StackFolder, values: Values, io: Io, interruption: Interruption): Promise<number> => {
  const { signal } = interruption;
  const code = await start(folder, values, io, interruption);
  if (code !== 0) return code;
  io.error('Everything runs in the foreground: Ctrl-C ends it.\n');
  const told = new Set<string>();
  while (!signal.aborted) {
    for (const one of folder.read().processes) {
      if (told.has(one.name) || isRunning(one)) continue;
      told.add(one.name);
      io.error(`${one.role} has ended; its log is ${join(folder.path, one.log)}\n`);
    }
    await sleep(1000, undefined, { signal }).catch(() => undefined);
  }
  return bringDown(folder, values, io);
};

const count = (number: number, one: string, several: string): string => `${number} ${number === 1 ? one : several}`;

const bringDown = async (folder: StackFolder, values: Values, io: Io): Promise<number> => {
  const { ended, killed, strays, left } = await takeDown(folder);
  const words = [
    ended.length === 0 ? 'Nothing of the stack ran' : `Ended ${count(ended.length, 'process', 'processes')}`,
    ...(killed > 0 ? [`${killed} of them had to be killed`] : []),
    ...(strays.length > 0
      ? [`${count(strays.length, 'process', 'processes')} besides that nothing was written about`]
      : []),
  ];
  if (left.length > 0) {
    io.error(`tocsin stack: these could not be ended: ${left.join(', ')}\n`);
    return 1;
  }
  io.write(`${words.join('; ')}. None is left.\n`);
  if (values.clean) {
    removeFolder(folder.path);
    io.write(`Removed ${values.state} with its data, logs and secrets.\n`);
  }
  return 0;
};

interface Row {
  readonly process: RunningProcess;
  readonly condition: Condition;
}

const showStatus = async (folder: StackFolder, values: Values, io: Io): Promise<number> => {
  const { processes } = folder.read();
  const strays = findStrays(folder.mark, processes).map((one) => ({ pid: one.pid, command: commandOf(one) }));
  const rows: readonly Row[] = await Promise.all(
    processes.map(async (process) => ({ process, condition: await conditionOf(process) })),
  );
  const down = rows.filter(({ condition }) => condition !== 'ready');
  if (values.format === 'json') {
    const list = rows.map(({ process: { name, role, pid, url, log }, condition }) => ({
      name,
      role,
      pid,
      ...(url === undefined ? {} : { url }),
      log: join(folder.path, log),
      condition,
    }));
    const unknown = strays.map((stray) => ({ name: null, ...stray, condition: 'not recorded' }));
    io.write(`${JSON.stringify([...list, ...unknown], undefined, 2)}\n`);
  } else if (rows.length + strays.length === 0) {
    io.write('Nothing of the stack runs.\n');
  } else {
    const table = [
      ...rows.map(({ process: { name, pid, url }, condition }) => [
        name,
        condition === 'ended' ? '-' : String(pid),
        condition,
        url ?? '',
      ]),
      ...strays.map(({ pid, command }) => ['?', String(pid), 'not recorded', command]),
    ];
    const widths = [Math.max(...table.map(([name = '']) => name.length)), 8, 13];
    for (const cells of table) {
      const padded = cells.map((cell, index) => cell.padEnd(widths[index] ?? 0));
      io.write(`${padded.join('  ').trimEnd()}\n`);
    }
  }
  if (values.format === 'text') {
    for (const { process, condition } of down) {
      const log = relative(io.cwd, join(folder.path, process.log));
      io.error(`${process.role} ${condition === 'ended' ? 'has ended' : 'does not answer'}; its log is ${log}\n`);
    }
  }
  if (strays.length > 0) {
    io.error(
      `${count(strays.length, 'process runs', 'processes run')} that nothing was written about; tocsin stack down ends everything\n`,
    );
  }
  const isUp = rows.length > 0 && down.length === 0 && strays.length === 0;
  if (!isUp) return 1;
  return !values.panels || (await showPanels(processes, values, io)) ? 0 : 1;
};

/** As long as a fresh start may take until every panel has something to show. */
const PANELS_WITHIN = 120_000;

/** Lists the queries of dashboards that have no data; says whether there are none. */
const showPanels = async (processes: readonly RunningProcess[], values: Values, io: Io): Promise<boolean> => {
  const prometheus = processes.find(({ name }) => name === 'prometheus')?.url;
  if (prometheus === undefined) {
    io.error('Without Prometheus there are no panels.\n');
    return false;
  }
  const out = resolve(io.cwd, values.out);
  const systems = processes.flatMap(({ name }) => /^app-(.+)$/.exec(name)?.slice(1) ?? []);
  const queries = readPanelQueries(out, readProject(out), systems);
  const began = Date.now();
  for (;;) {
    const empty = await withoutData(prometheus, queries);
    const seconds = Math.round((Date.now() - began) / 1000);
    if (empty.length === 0) {
      io.error(
        `All ${queries.length} queries of the dashboards have data${seconds > 5 ? ` (after ${seconds} s)` : ''}.\n`,
      );
      return true;
    }
    if (Date.now() - began > PANELS_WITHIN) {
      io.error(`${empty.length} of ${queries.length} queries of the dashboards have no data:\n`);
      for (const { panel, query, why } of empty) io.error(`  ${panel}: ${why}: ${query}\n`);
      return false;
    }
    io.error(`${empty.length} of ${queries.length} queries have no data yet\n`);
    await sleep(5000);
  }
};

/** What there is to see. */
const describe = ({ ports, systems, processes, databases }: Up, folder: StackFolder, io: Io): string => {
  const local = (port: number, path = ''): string => `http://127.0.0.1:${port}${path}`;
  const rows: (readonly [string, string, string])[] = [
    ['Inbox', local(ports.inbox), 'who was told what and when'],
    ['Prometheus', local(ports.prometheus, '/alerts'), 'every alert and its state; /targets for what is scraped'],
    ['Alertmanager', local(ports.alertmanager), 'what fires, silences'],
    ...systems.map(({ id, title, jobs }): readonly [string, string, string] => {
      const [first = ''] = jobs;
      return [id, local(ports.jobs[first] ?? 0), title];
    }),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const table = rows.map(
    ([name, url, what]) => `  ${name.padEnd(widths[0] ?? 0)}  ${url.padEnd(widths[1] ?? 0)}  ${what}`,
  );
  const app = processes.find(({ name }) => name === `app-${systems[0]?.id}`);
  const admin = Number(app?.ready?.['adminPort'] ?? 0);
  const inside = relative(io.cwd, folder.path);
  const state = inside.startsWith('..') ? folder.path : inside;
  return [
    `The stack is up: ${count(processes.length, 'process', 'processes')}, with ${databases}.`,
    '',
    ...table,
    '',
    'Panels have data after a minute. To see an alert on its way to somebody, break something:',
    `  curl -H "Authorization: Bearer $(cat ${state}/admin.token)" ${local(admin, '/catalogue')}`,
    `Logs are in ${state}/logs. tocsin stack status shows how it stands, tocsin stack down ends it.`,
    '',
  ].join('\n');
};
