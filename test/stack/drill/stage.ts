/** Prometheus, Alertmanager and an inbox around a world, with the rules of one system at a scale of time. */
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { compile } from '../../../generators/compile.ts';
import { PATHS } from '../../../generators/conventions.ts';
import type { Report } from '../../../generators/diagnostics/report.ts';
import { createReport } from '../../../generators/diagnostics/report.ts';
import type { Definition, NoticeInput, ProjectInput, SystemInput } from '../../../generators/model/definition.ts';
import { prometheusDuration } from '../../../generators/model/format.ts';
import type { Model } from '../../../generators/model/model.ts';
import type { DefinitionFile } from '../../../generators/model/normalise/index.ts';
import type { TimeIntervalInput } from '../../../generators/model/escalation.ts';
import { freePort } from '../../../scripts/stack/ports.ts';
import type { TemporaryProject } from '../../support/project.ts';
import { temporaryProject } from '../../support/project.ts';
import type { Inbox } from '../inbox/inbox.ts';
import { startInbox } from '../inbox/inbox.ts';
import type { RunningServer } from '../server.ts';
import { fillDatabase, startAlertmanager, startPrometheus } from '../server.ts';
import type { StackTools } from '../stack.ts';
import type { Stage } from './plan.ts';

/** The one environment of a drill. */
export const ENVIRONMENT = 'drill';

/** Where a stage's servers are. */
export interface StagePlaces {
  /** `host:port` */
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly inbox: Pick<Inbox, 'url' | 'smtp'>;
  /** `host:port` of a job's target. */
  readonly target: (job: string) => string;
}

/**
 * The definitions of one system and its project, on the ports of a stage. Nothing else is changed, but that hours in which
 * somebody is told are open, since a calendar cannot be scaled; windows of maintenance and quiet hours stay. The stage of
 * thresholds has no objectives: their slow tiers would outlast every campaign. That of objectives has nothing else: their
 * windows would be too short in it.
 */
export const setStage = (
  definitions: readonly DefinitionFile[],
  system: string,
  places: StagePlaces,
  part?: Stage,
): readonly DefinitionFile[] =>
  definitions.flatMap(({ file, value }): readonly DefinitionFile[] => {
    const definition = value as Definition;
    if (definition.kind === 'project') {
      return [{ file, value: { ...definition, input: stageProject(definition.input, system, places) } }];
    }
    if (definition.input.id !== system) return [];
    return [{ file, value: { ...definition, input: stageSystem(definition.input, places, part) } }];
  });

const stageProject = (input: ProjectInput, system: string, places: StagePlaces): ProjectInput => {
  const open = openedIntervals(input);
  return {
    ...input,
    environments: {
      [ENVIRONMENT]: {
        externalLabels: { environment: ENVIRONMENT },
        alertmanagers: [places.alertmanager],
        prometheusUrl: `http://${places.prometheus}`,
        inbox: { url: places.inbox.url, smtp: places.inbox.smtp },
      },
    },
    ...(input.timeIntervals === undefined
      ? {}
      : {
          timeIntervals: Object.fromEntries(
            Object.entries(input.timeIntervals).map(([id, interval]): [string, TimeIntervalInput] => [
              id,
              open.includes(id) ? { ...interval, spans: [{ times: [{ from: '00:00', to: '24:00' }] }] } : interval,
            ]),
          ),
        }),
    ...(input.maintenance === undefined
      ? {}
      : {
          maintenance: Object.fromEntries(
            Object.entries(input.maintenance)
              .filter(([, { systems }]) => systems.includes(system))
              .map(([id, window]) => [id, { ...window, systems: [system] }]),
          ),
        }),
  };
};

/** The intervals in which somebody is told. */
export const openedIntervals = ({ teams, maintenance = {} }: ProjectInput): readonly string[] => {
  const notices: readonly NoticeInput[] = Object.values(teams).flatMap(({ notify }) => Object.values(notify));
  const hours = notices.flatMap(({ hours: own, then = [] }) => [own, ...then.map((step) => step.hours)]);
  const closed = [
    ...Object.values(maintenance).map(({ during }) => during),
    ...notices.flatMap(({ quiet = [] }) => quiet),
  ];
  return [...new Set(hours.flatMap((one) => (one === undefined ? [] : one.during)))].filter(
    (id) => !closed.includes(id),
  );
};

const stageSystem = (input: SystemInput, { target }: StagePlaces, part: Stage | undefined): SystemInput => ({
  ...input,
  ...(part === 'thresholds' ? { slos: {} } : {}),
  ...(part === 'objectives' ? { components: withoutLevels(input.components), thresholds: {} } : {}),
  jobs: Object.fromEntries(
    Object.entries(input.jobs).map(([id, job]) => [id, { ...job, targets: { [ENVIRONMENT]: [target(id)] } }]),
  ),
});

const withoutLevels = (components: SystemInput['components']): SystemInput['components'] =>
  Object.fromEntries(
    Object.entries(components).map(([id, monitor]) => [
      id,
      { ...monitor, input: { ...(monitor.input as object), levels: {} } },
    ]),
  );

/** A stage that runs. */
export interface RunningStage {
  readonly model: Model;
  readonly factor: number;
  readonly inbox: Inbox;
  readonly places: StagePlaces;
  readonly folder: TemporaryProject;
  /** The servers as they are now: a drill of robustness starts them again. */
  readonly prometheus: () => RunningServer;
  readonly alertmanager: () => RunningServer;
  /** Has Prometheus scrape these jobs no longer, as one does that runs another configuration; none brings all of them back. */
  readonly forget: (jobs: readonly string[]) => void;
  readonly restartPrometheus: () => Promise<void>;
  readonly restartAlertmanager: () => Promise<void>;
  /** Ends a server at once, as a crash does. */
  readonly kill: (server: RunningServer) => Promise<void>;
  /** Ends what was started here; the world stays. */
  readonly close: () => Promise<void>;
}

export interface StageOptions {
  readonly definitions: readonly DefinitionFile[];
  readonly system: string;
  readonly factor: number;
  /** See `CompileOptions`. */
  readonly shortestInterval?: number;
  /** Which part of the system's alerts is watched; all of them by default. */
  readonly part?: Stage;
  readonly target: (job: string) => string;
  readonly tools: StackTools;
  /** OpenMetrics text of what Prometheus would have if it had run before; it gets the scaled model and Unix time; '' for nothing. */
  readonly history?: (model: Model, now: number) => string | Promise<string>;
  /** Where Prometheus and Alertmanager keep their data; in the stage's own folder by default. */
  readonly data?: string;
  /** Flags of Prometheus in place of those of the scale. */
  readonly prometheusFlags?: Readonly<Record<string, string>>;
  /** Starts something that stands before the inbox, whose URL it gets; gives the URL that receivers have then. */
  readonly front?: (inbox: string) => Promise<string>;
}

const MINUTE = 60_000;

/** What Prometheus counts in by its command line, at a scale of time: its defaults, divided. */
export const prometheusFlags = (factor: number): Readonly<Record<string, string>> => {
  const scaled = (ms: number): string => prometheusDuration(Math.max(Math.round(ms / factor), 250));
  return {
    'query.lookback-delta': scaled(5 * MINUTE),
    'rules.alert.resend-delay': scaled(MINUTE),
    'rules.alert.for-outage-tolerance': scaled(60 * MINUTE),
    'rules.alert.for-grace-period': scaled(10 * MINUTE),
  };
};

/** Compiles, writes and starts. @throws Error when the definitions do not compile or a server does not start. */
export const openStage = async (options: StageOptions): Promise<RunningStage> => {
  const { definitions, system, factor, tools } = options;
  const ends: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const inbox = await startInbox();
    ends.push(inbox.stop);
    const folder = temporaryProject();
    ends.push(folder.remove);
    const ports = { prometheus: await freePort(), alertmanager: await freePort() };
    const places: StagePlaces = {
      prometheus: `127.0.0.1:${ports.prometheus}`,
      alertmanager: `127.0.0.1:${ports.alertmanager}`,
      inbox: { url: (await options.front?.(inbox.url)) ?? inbox.url, smtp: inbox.smtp },
      target: options.target,
    };
    const report = createReport();
    const { model, files } = await compile(setStage(definitions, system, places, options.part), report, {
      timeScale: factor,
      ...(options.shortestInterval === undefined ? {} : { shortestInterval: options.shortestInterval }),
    });
    if (!model || !files)
      throw new Error(`the definitions do not compile at a scale of ${factor}: ${errorsOf(report)}`);
    for (const { path, text } of files) {
      if (/^(?:prometheus|alertmanager)\//.test(path)) folder.write(path, text);
    }
    const written = files.find(({ path }) => path === PATHS.prometheus(undefined))?.text ?? '';
    const config = parse(written) as { readonly scrape_configs: readonly { readonly job_name: string }[] };
    const data = options.data ?? folder.root;
    const history = (await options.history?.(model, Date.now() / 1000)) ?? '';
    if (history !== '') await fillDatabase(tools.promtool, folder, join(data, 'data'), history);

    const inFolder = (path: string): string => join(folder.root, path);
    const startAlerts = (): Promise<RunningServer> =>
      startAlertmanager(tools.alertmanager, {
        folder: inFolder(dirname(PATHS.alertmanager(undefined))),
        config: inFolder(PATHS.alertmanager(undefined)),
        data: join(data, 'notices'),
        port: ports.alertmanager,
      });
    const startRules = (): Promise<RunningServer> =>
      startPrometheus(
        tools.prometheus,
        {
          folder: folder.root,
          config: inFolder(PATHS.prometheus(undefined)),
          data: join(data, 'data'),
          port: ports.prometheus,
        },
        { ...prometheusFlags(factor), ...options.prometheusFlags },
      );
    let alertmanager = await startAlerts();
    ends.push(() => alertmanager.stop());
    let prometheus = await startRules();
    ends.push(() => prometheus.stop());
    return {
      model,
      factor,
      inbox,
      places,
      folder,
      prometheus: () => prometheus,
      alertmanager: () => alertmanager,
      kill: killServer,
      forget: (jobs) => {
        const kept = config.scrape_configs.filter(({ job_name: job }) => !jobs.includes(job));
        folder.write(PATHS.prometheus(undefined), stringify({ ...config, scrape_configs: kept }));
        process.kill(prometheus.pid, 'SIGHUP');
      },
      restartPrometheus: async () => void (prometheus = await startRules()),
      restartAlertmanager: async () => void (alertmanager = await startAlerts()),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** `kill -9`, and waits until nobody answers any more. */
const killServer = async ({ pid, url }: RunningServer): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  while (
    await fetch(url).then(
      () => true,
      () => false,
    )
  )
    await sleep(20);
};

const errorsOf = (report: Report): string =>
  report
    .list()
    .filter(({ severity }) => severity === 'error')
    .map(({ code, data }) => `${code} ${JSON.stringify(data)}`)
    .join('; ');
