/** The committed configuration of the local environment, for other ports or for some of the systems. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATHS } from '../../generators/conventions.ts';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import type { Model } from '../../generators/model/model.ts';

/** The environment whose addresses are on this machine. */
export const ENVIRONMENT = 'local';

/** Where everything of the local environment listens. */
export interface Ports {
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly inbox: number;
  readonly smtp: number;
  /** By job. */
  readonly jobs: Readonly<Record<string, number>>;
}

/** One system as the stack plays it. */
export interface PlayedSystem {
  readonly id: string;
  readonly title: string;
  readonly jobs: readonly string[];
}

/** What the definitions say of the local environment. */
export interface LocalProject {
  readonly systems: readonly PlayedSystem[];
  readonly ports: Ports;
  /** Milliseconds. */
  readonly retention: number;
  /** Milliseconds. */
  readonly scrapeInterval: number;
  readonly dashboards: readonly { readonly uid: string; readonly system?: string }[];
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
const portOfUrl = (url: string): number => Number(new URL(url).port);

/** Reads what was generated. @throws UsageError when it is not there, or has no local environment with an inbox. */
export const readProject = (out: string): LocalProject => {
  let model: Model;
  try {
    model = JSON.parse(readFileSync(join(out, PATHS.model), 'utf8')) as Model;
  } catch {
    throw new UsageError(`there is no ${join(out, PATHS.model)}; run tocsin generate first`);
  }
  const environment = model.project.environments.find(({ id }) => id === ENVIRONMENT);
  const [alertmanager] = environment?.alertmanagers ?? [];
  if (environment?.inbox === undefined || alertmanager === undefined) {
    throw new UsageError(`the stack runs the environment "${ENVIRONMENT}", with an inbox; the project has none`);
  }
  const systems = model.systems.map(({ id, title, jobs }) => ({
    id,
    title,
    jobs: jobs.filter(({ targets }) => targets[ENVIRONMENT] !== undefined).map((job) => job.id),
  }));
  const jobs = model.systems.flatMap((system) =>
    system.jobs.flatMap(({ id, targets }) => targets[ENVIRONMENT]?.slice(0, 1).map((one) => [id, portOf(one)]) ?? []),
  );
  return {
    systems,
    ports: {
      prometheus: portOfUrl(environment.prometheusUrl),
      alertmanager: portOf(alertmanager),
      inbox: portOfUrl(environment.inbox.url),
      smtp: portOf(environment.inbox.smtp),
      jobs: Object.fromEntries(jobs) as Readonly<Record<string, number>>,
    },
    retention: model.project.retention,
    scrapeInterval: model.project.scrapeInterval,
    dashboards: model.dashboards.map(({ uid, system }) => ({ uid, ...(system === undefined ? {} : { system }) })),
  };
};

/** Replaces addresses of this machine, all at once: one port may be another one's old one. */
const replacePorts = (text: string, from: Ports, to: Ports): string => {
  const pairs = new Map<number, number>([
    [from.prometheus, to.prometheus],
    [from.alertmanager, to.alertmanager],
    [from.inbox, to.inbox],
    [from.smtp, to.smtp],
    ...Object.entries(from.jobs).map(([job, port]) => [port, to.jobs[job] ?? port] as const),
  ]);
  return text.replaceAll(/\b127\.0\.0\.1:(\d+)\b/g, (whole, port: string) => {
    const other = pairs.get(Number(port));
    return other === undefined ? whole : `127.0.0.1:${other}`;
  });
};

/** The blocks of a list at the top level of our own YAML: what begins with `  - `. */
const filterList = (text: string, key: string, keep: (item: string) => boolean): string => {
  const [before = '', rest] = text.split(new RegExp(`^${key}:\n`, 'm'));
  if (rest === undefined) return text;
  const end = /^\S/m.exec(rest)?.index ?? rest.length;
  const items = rest.slice(0, end).split(/^(?= {2}- )/m);
  return `${before}${key}:\n${items.filter(keep).join('')}${rest.slice(end)}`;
};

/** prometheus.local.yml for some systems and other ports; rule files are named by their whole paths. */
export const derivePrometheus = (
  text: string,
  {
    project,
    chosen,
    ports,
    rules,
  }: {
    readonly project: LocalProject;
    readonly chosen: readonly PlayedSystem[];
    readonly ports: Ports;
    /** The folder of the committed configuration. */
    readonly rules: string;
  },
): string => {
  const others = project.systems.filter(({ id }) => !chosen.some((system) => system.id === id));
  const otherJobs = new Set(others.flatMap(({ jobs }) => jobs));
  const otherRules = new Set(others.map(({ id }) => `rules/${id}.yml`));
  const withRules = filterList(text, 'rule_files', (item) => !otherRules.has(item.slice(4).trim())).replaceAll(
    /^ {2}- (rules\/\S+)$/gm,
    (_, path: string) => `  - ${JSON.stringify(join(rules, path))}`,
  );
  const withJobs = filterList(
    withRules,
    'scrape_configs',
    (item) => !otherJobs.has(/^ {2}- job_name: "?([^"\n]+)"?$/m.exec(item)?.[1] ?? ''),
  );
  return replacePorts(withJobs, project.ports, ports);
};

/** alertmanager.local.yml for other ports; templates are named by their whole paths. */
export const deriveAlertmanager = (
  text: string,
  { project, ports, templates }: { readonly project: LocalProject; readonly ports: Ports; readonly templates: string },
): string =>
  replacePorts(
    text.replaceAll(/^ {2}- (templates\/\S+)$/gm, (_, path: string) => `  - ${JSON.stringify(join(templates, path))}`),
    project.ports,
    ports,
  );
