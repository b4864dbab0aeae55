/** Starts what is missing of a stack, in the order in which its parts need each other, and waits until each does its work. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATHS } from '../../generators/conventions.ts';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { prometheusDuration } from '../../generators/model/format.ts';
import { appBundle, serviceBundle } from '../bundle.mjs';
import type { LocalProject, PlayedSystem, Ports } from './config.ts';
import { deriveAlertmanager, derivePrometheus, ENVIRONMENT, readProject } from './config.ts';
import {
  createDatabases,
  databaseUrl,
  findPostgres,
  findRedis,
  isReachable,
  preparePostgres,
  prepareRedis,
  redisUrl,
} from './databases.ts';
import { answers, isHealthy } from './health.ts';
import { describeHolder, freePort, isTaken } from './ports.ts';
import type { ProcessSpec } from './processes.ts';
import { endProcesses, findStrays, isRunning, MARK, startProcess } from './processes.ts';
import { findProgram } from './programs.ts';
import type { Health, RunningProcess, StackFolder, State } from './state.ts';

/** What a person asks for. */
export interface UpOptions {
  /** The repository. */
  readonly root: string;
  readonly out: string;
  readonly folder: StackFolder;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ids; all when empty. */
  readonly systems: readonly string[];
  /** Other ports than those of the definitions, by job or by `prometheus`, `alertmanager`, `inbox`, `smtp`; 0 is any free one. */
  readonly ports: Readonly<Record<string, number>>;
  readonly withLoad: boolean;
  /** Not the real PostgreSQL and Redis, even where they are installed. */
  readonly embedded: boolean;
  /** Progress, a line each. */
  readonly say: (line: string) => void;
  /** Ends the start. */
  readonly signal?: AbortSignal;
}

/** A stack that is up. */
export interface Up {
  readonly ports: Ports;
  readonly systems: readonly PlayedSystem[];
  readonly project: LocalProject;
  readonly processes: readonly RunningProcess[];
  /** What plays the databases. */
  readonly databases: string;
}

/** Something that did not come up, with the end of what it said. */
export class StartError extends Error {
  readonly log: string;
  constructor(message: string, log = '') {
    super(message);
    this.name = 'StartError';
    this.log = log;
  }
}

/** A process that is to run. */
interface Plan {
  readonly name: string;
  readonly role: string;
  readonly health: Health;
  readonly url?: string;
  readonly ports: readonly number[];
  readonly spec: Pick<ProcessSpec, 'command' | 'args' | 'cwd' | 'user'> & {
    readonly env?: Readonly<Record<string, string>>;
  };
  /** Of what it reads: other contents are another process. */
  readonly reads?: string;
  /** It says on standard output, as a line of JSON, that it is ready. */
  readonly announces?: true;
}

const READY_WITHIN = 90_000;
const TAIL_LINES = 20;

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

/** The systems that were asked for. @throws UsageError for one that there is not. */
const choose = ({ systems }: LocalProject, wanted: readonly string[]): readonly PlayedSystem[] => {
  const unknown = wanted.find((id) => !systems.some((system) => system.id === id));
  if (unknown !== undefined) {
    throw new UsageError(`there is no system '${unknown}'; there are ${systems.map(({ id }) => id).join(', ')}`);
  }
  return wanted.length === 0 ? systems : systems.filter(({ id }) => wanted.includes(id));
};

/** The ports to use. Those of what runs already are kept, so that a second `up` changes nothing. */
const resolvePorts = async (
  { ports: own }: LocalProject,
  wanted: UpOptions['ports'],
  { processes, ports: before = {} }: State,
): Promise<Ports> => {
  const names = [...Object.keys(own.jobs), 'prometheus', 'alertmanager', 'inbox', 'smtp'];
  const unknown = Object.keys(wanted).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`no port is called '${unknown}'; there are ${names.join(', ')}`);
  const held = new Set(processes.flatMap(({ bound }) => bound));
  const resolve = async (name: string, usual: number): Promise<number> => {
    const [port, last] = [wanted[name], before[name]];
    if (port !== 0) return port ?? last ?? usual;
    return last !== undefined && (held.has(last) || !(await isTaken(last))) ? last : freePort();
  };
  const jobs: Record<string, number> = {};
  for (const [job, port] of Object.entries(own.jobs)) jobs[job] = await resolve(job, port);
  return {
    prometheus: await resolve('prometheus', own.prometheus),
    alertmanager: await resolve('alertmanager', own.alertmanager),
    inbox: await resolve('inbox', own.inbox),
    smtp: await resolve('smtp', own.smtp),
    jobs,
  };
};

const flatten = ({ jobs, ...ports }: Ports): Readonly<Record<string, number>> => ({ ...ports, ...jobs });

/** The last lines of a file. */
const tailOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  } catch {
    return '';
  }
};

/** The line in which a process says that it is ready. */
const announcementIn = (path: string): Readonly<Record<string, unknown>> | undefined => {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (value['ready'] === true) return value;
    } catch {
      // Something else that it printed.
    }
  }
  return undefined;
};

/** Brings a stack up. @throws UsageError for wishes that cannot be, StartError when a part does not start; then all it started is ended. */
export const bringUp = async (options: UpOptions): Promise<Up> => {
  const { folder, root, say, env, signal } = options;
  const project = readProject(options.out);
  const systems = choose(project, options.systems);
  const programs = {
    prometheus: requireProgram(root, 'prometheus', env['PATH']),
    alertmanager: requireProgram(root, 'alertmanager', env['PATH']),
  };
  const last = folder.read();
  const kept = last.processes.filter(isRunning);
  const before: State = kept.length > 0 ? { ...last, processes: kept } : { processes: [] };
  const ports = await resolvePorts(project, options.ports, before);
  const starter = createStarter({ folder, before, ports: flatten(ports), say, ...(signal ? { signal } : {}) });
  try {
    const databases = await planDatabases(options, starter);
    const secrets = folder.secrets();
    // What anybody may not read is given to the processes by their environment.
    const configs = planConfigs(options, { project, systems, ports });
    const [app, services] = await Promise.all([appBundle(root), serviceBundle(root)]);
    const node = (script: string, cwd = root): Pick<Plan['spec'], 'command' | 'args' | 'cwd'> => ({
      command: process.execPath,
      args: ['--enable-source-maps', script],
      cwd,
    });

    const inbox: Plan = {
      name: 'inbox',
      role: 'the inbox',
      health: { kind: 'http', url: `http://127.0.0.1:${ports.inbox}/health` },
      url: `http://127.0.0.1:${ports.inbox}`,
      ports: [ports.inbox, ports.smtp],
      spec: { ...node(join(services, 'inbox.js')), env: { HTTP_PORT: `${ports.inbox}`, SMTP_PORT: `${ports.smtp}` } },
      announces: true,
    };
    const alertmanager: Plan = {
      name: 'alertmanager',
      role: 'Alertmanager',
      health: { kind: 'http', url: `http://127.0.0.1:${ports.alertmanager}/-/ready` },
      url: `http://127.0.0.1:${ports.alertmanager}`,
      ports: [ports.alertmanager],
      reads: configs.alertmanager.stamp,
      spec: {
        command: programs.alertmanager,
        args: [
          `--config.file=${configs.alertmanager.path}`,
          `--storage.path=${join(folder.path, 'data', 'alertmanager')}`,
          `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
          // What messages link to; by default it is the name of the machine, where nothing listens.
          `--web.external-url=http://127.0.0.1:${ports.alertmanager}`,
          '--cluster.listen-address=',
        ],
        cwd: dirname(configs.alertmanager.path),
      },
    };
    const prometheus: Plan = {
      name: 'prometheus',
      role: 'Prometheus',
      health: { kind: 'http', url: `http://127.0.0.1:${ports.prometheus}/-/ready` },
      url: `http://127.0.0.1:${ports.prometheus}`,
      ports: [ports.prometheus],
      reads: configs.prometheus.stamp,
      spec: {
        command: programs.prometheus,
        args: [
          `--config.file=${configs.prometheus.path}`,
          `--storage.tsdb.path=${join(folder.path, 'data', 'prometheus')}`,
          `--storage.tsdb.retention.time=${prometheusDuration(project.retention)}`,
          `--web.listen-address=127.0.0.1:${ports.prometheus}`,
          `--web.external-url=http://127.0.0.1:${ports.prometheus}`,
          '--rules.alert.for-grace-period=1m',
        ],
        cwd: folder.path,
      },
    };
    const portsOf = ({ jobs }: PlayedSystem): string => jobs.map((job) => `${job}=${ports.jobs[job]}`).join(',');
    const played = systems.filter(({ id }) => hasSampleApp(root, id));
    for (const { id, jobs } of systems.filter((system) => !played.includes(system))) {
      const places = jobs.map((job) => `${job} at 127.0.0.1:${ports.jobs[job]}`).join(', ');
      say(`${id}: no sample app plays it; what you run yourself is scraped: ${places || 'no job in this environment'}`);
    }
    const apps = played.map((system): Plan => {
      const [first = ''] = system.jobs;
      return {
        name: `app-${system.id}`,
        role: `the sample app of ${system.id}`,
        health: { kind: 'http', url: `http://127.0.0.1:${ports.jobs[first]}/health/ready` },
        url: `http://127.0.0.1:${ports.jobs[first]}`,
        ports: system.jobs.map((job) => ports.jobs[job] ?? 0),
        spec: {
          ...node(join(app, 'main.js')),
          env: {
            SYSTEM: system.id,
            PORTS: portsOf(system),
            ADMIN_PORT: '0',
            ADMIN_TOKEN: secrets.admin,
            LOG_LEVEL: 'warn',
            ...databases.environmentOf(
              system.id,
              project.systems.findIndex(({ id }) => id === system.id),
            ),
          },
        },
        announces: true,
      };
    });
    const loads = (options.withLoad ? played : []).map((system): Plan => ({
      name: `load-${system.id}`,
      role: `the load of ${system.id}`,
      health: { kind: 'running' },
      ports: [],
      spec: { ...node(join(services, 'load.js')), env: { SYSTEMS: system.id, PORTS: portsOf(system) } },
      announces: true,
    }));

    // All that is taken is told at once, before anything is started or ended.
    await starter.checkPorts([...databases.plans, inbox, alertmanager, prometheus, ...apps]);
    configs.write();
    starter.throwIfInterrupted();
    await starter.retire([...databases.plans, inbox, alertmanager, prometheus, ...apps, ...loads]);
    await starter.startAll([...databases.plans, inbox, alertmanager], 4);
    await databases.prepare(played.map(({ id }) => id));
    // An embedded database takes a whole core for some seconds.
    await starter.startAll(apps, 2);
    await starter.startAll([...loads, prometheus], 3);
    starter.throwIfInterrupted();
    return { ports, systems, project, processes: starter.processes(), databases: databases.words };
  } catch (error) {
    await starter.undo();
    throw error;
  }
};

/** Whether the sample app plays a system; others are the user's own. */
const hasSampleApp = (root: string, system: string): boolean =>
  existsSync(join(root, 'test/stack/app/systems', system));

const requireProgram = (root: string, name: string, path: string | undefined): string => {
  const found = findProgram(root, name, path);
  if (found === undefined) throw new UsageError(`${name} is not installed; npm run setup gets it or says how`);
  return found;
};

/** Starts plans and remembers them before anything else can happen. */
const createStarter = ({
  folder,
  before,
  ports,
  say,
  signal,
}: {
  readonly folder: StackFolder;
  /** What runs already. */
  readonly before: State;
  readonly ports: Readonly<Record<string, number>>;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}) => {
  let { processes } = before;
  const startedHere: RunningProcess[] = [];
  const retired: RunningProcess[] = [];
  let hasFailed = false;
  const isOver = (): boolean => hasFailed || signal?.aborted === true;
  const throwIfInterrupted = (): void => {
    if (signal?.aborted === true) throw new StartError('interrupted');
  };
  const remember = (): void => folder.write({ processes, ports });
  const settingsOf = ({ spec, reads }: Plan): string => digest([spec, reads]);
  const isCurrent = (plan: Plan): boolean =>
    processes.some((one) => one.name === plan.name && one.settings === settingsOf(plan));
  const update = (process: RunningProcess): void => {
    processes = [...processes.filter(({ name }) => name !== process.name), process];
    remember();
  };

  const checkPorts = async (plans: readonly Plan[]): Promise<void> => {
    const ownPorts = new Set(processes.flatMap(({ bound }) => bound));
    const problems: string[] = [];
    const wantedBy = new Map<number, string>();
    for (const { role, ports: wanted } of plans) {
      for (const port of wanted) {
        const other = wantedBy.get(port);
        wantedBy.set(port, role);
        if (other !== undefined) problems.push(`port ${port}, which ${role} wants, is wanted by ${other} too`);
        else if (!ownPorts.has(port) && (await isTaken(port)))
          problems.push(`port ${port}, which ${role} wants, is taken by ${describeHolder(port)}`);
      }
    }
    if (problems.length === 0) return;
    const strays = findStrays(folder.mark, processes).length;
    if (strays > 0) {
      problems.push(
        `A start that broke off left ${strays === 1 ? 'a process' : `${strays} processes`} of this stack behind; tocsin stack down ends what is left.`,
      );
    }
    throw new StartError(
      `${problems.join('\n')}\nEnd what listens there, or choose other ports: --port NAME=PORT (0 takes any free one).`,
    );
  };

  const waitUntilReady = async (plan: Plan, started: RunningProcess, out: string): Promise<RunningProcess> => {
    const deadline = Date.now() + READY_WITHIN;
    const fail = (what: string): never => {
      const said = tailOf(join(folder.path, started.log)) || tailOf(out);
      throw new StartError(`${plan.role} ${what}; the end of ${join(folder.path, started.log)}:`, said);
    };
    for (;;) {
      throwIfInterrupted();
      if (hasFailed) throw new StartError('another process did not start');
      if (!isRunning(started)) return fail('ended');
      const ready = plan.announces === true ? announcementIn(out) : {};
      if (ready !== undefined && (await isHealthy(plan.health))) {
        const done = plan.announces === true ? { ...started, ready } : started;
        update(done);
        return done;
      }
      if (Date.now() > deadline) return fail(`was not ready within ${READY_WITHIN / 1000} s`);
      await sleep(50);
    }
  };

  const whyRetired = async (process: RunningProcess, plans: readonly Plan[]): Promise<string | undefined> => {
    const plan = plans.find(({ name }) => name === process.name);
    if (plan === undefined) return /^(?:app|load)-/.test(process.name) ? 'which was not asked for' : undefined;
    if (!isCurrent(plan)) return 'to start with other settings';
    return (await answers(plan.health)) ? undefined : 'since it does not answer, to start anew';
  };

  const start = async (plan: Plan): Promise<void> => {
    const { name, role, health, url, spec } = plan;
    throwIfInterrupted();
    if (isCurrent(plan)) {
      say(`${role}: runs already`);
      return;
    }
    const began = Date.now();
    const [out, log] = [join('logs', `${name}.out`), join('logs', `${name}.log`)];
    for (const path of [out, log]) rmSync(join(folder.path, path), { force: true });
    const id = await startProcess({
      ...spec,
      env: { ...inherited(), ...spec.env, [MARK]: folder.mark },
      stdout: join(folder.path, out),
      stderr: join(folder.path, log),
    }).catch((error: unknown) => {
      throw new StartError(`${role} cannot be started: ${error instanceof Error ? error.message : String(error)}`);
    });
    const process: RunningProcess = {
      ...id,
      name,
      role,
      health,
      ...(url === undefined ? {} : { url }),
      log,
      settings: settingsOf(plan),
      bound: plan.ports,
    };
    startedHere.push(process);
    update(process);
    await waitUntilReady(plan, process, join(folder.path, out));
    say(`${role}: ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  };

  return {
    checkPorts,
    isOver,
    throwIfInterrupted,
    /** The port of a process that runs already. */
    portOf: (name: string): number | undefined => processes.find((one) => one.name === name)?.bound[0],
    processes: () => processes,
    /**
     * Ends what runs with other settings than are wanted now, what does not answer, and apps and loads that Prometheus would
     * no longer know. Databases go on.
     */
    retire: async (plans: readonly Plan[]): Promise<void> => {
      const judged = await Promise.all(
        processes.map(async (process) => ({ process, why: await whyRetired(process, plans) })),
      );
      const stale = judged.flatMap(({ process, why }) => (why === undefined ? [] : [process]));
      if (stale.length === 0) return;
      for (const { process, why } of judged) if (why !== undefined) say(`${process.role}: ends, ${why}`);
      await endProcesses(stale);
      retired.push(...stale);
      processes = processes.filter((one) => !stale.includes(one));
      remember();
    },
    /** Starts plans, so many at a time. Gives up with the first that fails. */
    startAll: async (plans: readonly Plan[], atOnce: number): Promise<void> => {
      const waiting = [...plans];
      const worker = async (): Promise<void> => {
        for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
          try {
            await start(plan);
          } catch (error) {
            waiting.length = 0;
            const isFirst = !hasFailed;
            hasFailed = true;
            if (isFirst) throw error;
          }
        }
      };
      const results = await Promise.allSettled(Array.from({ length: atOnce }, worker));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
    /** Ends what was started here, the newest first, and forgets its ports: the next `up` goes on from what ran before. */
    undo: async (): Promise<void> => {
      hasFailed = true;
      const mine = startedHere.toReversed();
      if (mine.length > 0) say(`ending the ${mine.length} that were started`);
      await endProcesses(mine);
      processes = processes.filter((one) => !mine.some(({ name }) => name === one.name));
      folder.write({ ...before, processes });
      if (retired.length === 0) return;
      const others = processes.length === 0 ? 'nothing else runs' : 'the others still run; tocsin stack down ends them';
      say(
        `no longer running: ${retired.map(({ role }) => role).join(', ')}; tocsin stack up with the earlier options starts what is missing; ${others}`,
      );
    },
  };
};

type Starter = ReturnType<typeof createStarter>;

/** What programs need of the surroundings; nothing else is handed on. */
const inherited = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** What plays the databases: real servers where they are installed, and what is embedded in the app otherwise. */
const planDatabases = async (
  { root, env, folder, embedded }: UpOptions,
  starter: Starter,
): Promise<{
  readonly plans: readonly Plan[];
  readonly prepare: (names: readonly string[]) => Promise<void>;
  readonly environmentOf: (system: string, index: number) => Readonly<Record<string, string>>;
  readonly words: string;
}> => {
  const place = { root, path: env['PATH'], folder: folder.path };
  const secrets = folder.secrets();
  const isRoot = process.getuid?.() === 0;
  const canReach = !isRoot || isReachable(folder.path, (path) => statSync(path).mode);
  const hasPostgres = !embedded && canReach && findPostgres(place) !== undefined;
  const hasRedis = !embedded && findRedis(place) !== undefined;
  const plans: Plan[] = [];
  let postgresPort = 0;
  let redisPort = 0;
  if (hasPostgres) {
    postgresPort = starter.portOf('postgres') ?? (await freePort());
    const spec = await preparePostgres(place, postgresPort, secrets.postgres).catch((error: unknown) => {
      throw new StartError('PostgreSQL could not make its folder', error instanceof Error ? error.message : '');
    });
    const health = { kind: 'tcp', port: postgresPort } as const;
    plans.push({ name: 'postgres', role: 'PostgreSQL', health, ports: [postgresPort], spec });
  }
  if (hasRedis) {
    redisPort = starter.portOf('redis') ?? (await freePort());
    const spec = prepareRedis(place, redisPort, secrets.redis);
    plans.push({ name: 'redis', role: 'Redis', health: { kind: 'tcp', port: redisPort }, ports: [redisPort], spec });
  }
  return {
    plans,
    prepare: async (names) => {
      if (hasPostgres) {
        await createDatabases({ port: postgresPort, password: secrets.postgres, names }, starter.isOver);
      }
    },
    environmentOf: (system, index) => ({
      ...(hasPostgres ? { DATABASE_URL: databaseUrl(postgresPort, secrets.postgres, system) } : {}),
      ...(hasRedis ? { REDIS_URL: redisUrl(redisPort, secrets.redis, index) } : {}),
    }),
    words: `${hasPostgres ? 'PostgreSQL' : 'PGlite (embedded)'} and ${hasRedis ? 'Redis' : 'a store in memory (embedded)'}`,
  };
};

interface Config {
  readonly path: string;
  /** Of its contents. */
  readonly stamp: string;
}

/** The committed configuration where it fits as it is, or else a copy of it, not yet written, for these systems and ports. */
const planConfigs = (
  { out, folder }: UpOptions,
  {
    project,
    systems,
    ports,
  }: { readonly project: LocalProject; readonly systems: readonly PlayedSystem[]; readonly ports: Ports },
): { readonly prometheus: Config; readonly alertmanager: Config; readonly write: () => void } => {
  const copies = new Map<string, string>();
  const isOwn = (text: string, committed: string, derive: (text: string) => string, copy: string): Config => {
    const derived = derive(text);
    const asIs = samePorts(project.ports, ports) && systems.length === project.systems.length;
    if (asIs) return { path: committed, stamp: digest(text) };
    copies.set(copy, derived);
    return { path: copy, stamp: digest(derived) };
  };
  const [prometheus, alertmanager] = [
    join(out, PATHS.prometheus(ENVIRONMENT)),
    join(out, PATHS.alertmanager(ENVIRONMENT)),
  ];
  const config = join(folder.path, 'config');
  return {
    prometheus: isOwn(
      readFileSync(prometheus, 'utf8'),
      prometheus,
      (text) => derivePrometheus(text, { project, chosen: systems, ports, rules: dirname(prometheus) }),
      join(config, 'prometheus.yml'),
    ),
    alertmanager: isOwn(
      readFileSync(alertmanager, 'utf8'),
      alertmanager,
      (text) => deriveAlertmanager(text, { project, ports, templates: dirname(alertmanager) }),
      join(config, 'alertmanager.yml'),
    ),
    write: () => {
      mkdirSync(config, { recursive: true });
      for (const [path, text] of copies) writeFileSync(path, text);
    },
  };
};

const samePorts = (left: Ports, right: Ports): boolean => digest(flatten(left)) === digest(flatten(right));
