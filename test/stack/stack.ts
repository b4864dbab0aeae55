/** The whole chain on 127.0.0.1: played services, a real Prometheus, a real Alertmanager, and whoever it notifies. */
import { dirname, join } from 'node:path';
import { compileModel } from '../../generators/compile.ts';
import { PATHS } from '../../generators/conventions.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Model } from '../../generators/model/model.ts';
import type { DefinitionFile } from '../../generators/model/normalise/index.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import type { TemporaryProject } from '../support/project.ts';
import { temporaryProject } from '../support/project.ts';
import { requireTool } from '../support/tools.ts';
import type { Exporter } from './exporter.ts';
import { startExporter } from './exporter.ts';
import { HEALTHY } from './healthy.ts';
import type { Places } from './local-project.ts';
import { secretFiles } from './local-project.ts';
import type { RunningServer } from './server.ts';
import { fillDatabase, startAlertmanager, startPrometheus } from './server.ts';
import type { Simulation } from './simulation.ts';
import { createSimulation, historyText } from './simulation.ts';
import type { Sink } from './sink.ts';
import { startSink } from './sink.ts';

/** What is there before the servers start: the services answer, and every address is known. */
export interface Site {
  readonly model: Model;
  readonly simulation: Simulation;
  readonly exporter: Exporter;
  readonly sink: Sink;
  readonly places: Places;
  readonly folder: TemporaryProject;
  /** Has something ended when the site is closed. */
  readonly onClose: (end: () => Promise<void> | void) => void;
  /** Ends what was started here, the newest first, and removes the folder. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the services of all definitions, in good health since `start` (Unix time in seconds), and the sink. Jobs are served on
 * free ports unless `portOf` names theirs.
 */
export const openSite = async (
  definitions: readonly DefinitionFile[],
  start: number,
  portOf?: (job: string) => number,
): Promise<Site> => {
  const model = compileModel(definitions, createReport());
  if (model === undefined) throw new Error('the definitions give no model');
  const simulation = createSimulation(model, HEALTHY, start);
  const ends: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const folder = temporaryProject();
    ends.push(folder.remove);
    const jobs = model.systems.flatMap((system) => system.jobs);
    const exporter = await startExporter(jobs, simulation, portOf);
    ends.push(exporter.stop);
    const sink = await startSink();
    ends.push(sink.stop);
    const places: Places = {
      prometheus: `127.0.0.1:${await freePort()}`,
      alertmanager: `127.0.0.1:${await freePort()}`,
      sink: sink.url,
      target: exporter.address,
    };
    return { model, simulation, exporter, sink, places, folder, onClose: (end) => void ends.push(end), close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** The programs that a stack runs. */
export interface StackTools {
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly promtool: string;
}

/** To be called in a test: it is skipped where a program is missing. */
export const requireStackTools = (): StackTools => ({
  prometheus: requireTool('prometheus'),
  alertmanager: requireTool('alertmanager'),
  promtool: requireTool('promtool'),
});

export interface StackInput {
  /** Everything that was generated for the places of the site, by path. */
  readonly files: ReadonlyMap<string, string>;
  readonly tools: StackTools;
  /** When the services were scraped before the servers started (Unix times in seconds); never, when it is absent. */
  readonly history?: readonly number[];
}

export interface Stack {
  readonly prometheus: RunningServer;
  readonly alertmanager: RunningServer;
}

/** Starts Prometheus and Alertmanager with what was generated; the site ends them. */
export const startStack = async (site: Site, { files, tools, history }: StackInput): Promise<Stack> => {
  const { folder, places, sink, model } = site;
  const [config, routing] = [PATHS.prometheus(undefined), PATHS.alertmanager(undefined)];
  files.forEach((text, path) => folder.write(path, text));
  const secrets = secretFiles(model.project.receivers, sink.url);
  secrets.forEach((text, name) => folder.write(join(dirname(routing), 'secrets', name), text));
  const [data, notices] = [join(folder.root, 'data'), join(folder.root, 'notices')];
  if (history !== undefined) await fillDatabase(tools.promtool, folder, data, historyOf(site, history));
  const alertmanager = await startAlertmanager(tools.alertmanager, {
    folder: join(folder.root, dirname(routing)),
    config: join(folder.root, routing),
    data: notices,
    port: portOf(places.alertmanager),
  });
  site.onClose(alertmanager.stop);
  const prometheus = await startPrometheus(tools.prometheus, {
    folder: folder.root,
    config: join(folder.root, config),
    data,
    port: portOf(places.prometheus),
  });
  site.onClose(prometheus.stop);
  return { prometheus, alertmanager };
};

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

/** What Prometheus would have if it had scraped the services at the given times. */
const historyOf = ({ simulation, model, places }: Site, times: readonly number[]): string => {
  const jobs = model.systems.flatMap((system) => system.jobs);
  const targets = jobs.map(({ id }) => ({ job: id, instance: places.target(id) }));
  return historyText(simulation, targets, times);
};
