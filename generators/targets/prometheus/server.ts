import { PATHS, STACK_JOBS } from '../../conventions.ts';
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { prometheusDuration } from '../../model/format.ts';
import type { Environment, Job, Model } from '../../model/model.ts';
import type { Artefact, Json } from '../../output/artefact.ts';
import { systemsWithRules } from './rules.ts';

/** One entry of `scrape_configs` with what it comes from. */
interface Scrape {
  readonly name: string;
  readonly config: Json;
  readonly origin: Origin;
}

/** The configuration of the Prometheus of one environment. */
export const emitServer = (model: Model, environment: Environment): Artefact => {
  const { project } = model;
  const hasLabels = Object.keys(environment.externalLabels).length > 0;
  const hasAlertmanagers = environment.alertmanagers.length > 0;
  const path = PATHS.prometheus(environment === project.environments[0] ? undefined : environment.id);
  const jobs = model.systems.flatMap((system) => system.jobs);
  const scrapes = [
    ...jobs.flatMap((job) => scrapeJob(job, environment)),
    ...scrapeOwnStack(model, environment).filter(({ name }) => !jobs.some(({ id }) => id === name)),
  ];
  return {
    path,
    target: 'prometheus',
    format: 'yaml',
    value: {
      global: {
        scrape_interval: prometheusDuration(project.scrapeInterval),
        scrape_timeout: prometheusDuration(project.scrapeTimeout),
        evaluation_interval: prometheusDuration(project.evaluationInterval),
        external_labels: hasLabels ? environment.externalLabels : undefined,
      },
      // One by one: a pattern that matches no file is no error to Prometheus.
      rule_files: systemsWithRules(model).map(({ id }) => relativeTo(path, PATHS.rules(id))),
      alerting: hasAlertmanagers
        ? { alertmanagers: [{ static_configs: [{ targets: environment.alertmanagers }] }] }
        : undefined,
      scrape_configs: scrapes.map(({ config }) => config),
    },
    origins: new Map<string, Origin>([
      ['', project.origin],
      ...(hasLabels ? [['/global/external_labels', environment.origin] as const] : []),
      ...(hasAlertmanagers ? [['/alerting', environment.origin] as const] : []),
      ...scrapes.map(({ origin }, index) => [`/scrape_configs/${index}`, origin] as const),
    ]),
  };
};

const scrapeJob = (job: Job, environment: Environment): readonly Scrape[] => {
  const targets = job.targets[environment.id] ?? [];
  if (targets.length === 0) return [];
  return [
    {
      name: job.id,
      config: {
        job_name: job.id,
        scrape_interval: prometheusDuration(job.interval),
        scrape_timeout: prometheusDuration(job.timeout),
        metrics_path: job.path,
        scheme: job.scheme,
        static_configs: [{ targets }],
      },
      origin: job.origin,
    },
  ];
};

/** Prometheus and Alertmanager watch themselves, under the job names that their own dashboards and alerts expect. */
const scrapeOwnStack = ({ project }: Model, environment: Environment): readonly Scrape[] => {
  const scrape = (name: string, targets: readonly string[], path: string, scheme: string): Scrape => ({
    name,
    config: {
      job_name: name,
      scrape_interval: prometheusDuration(project.scrapeInterval),
      scrape_timeout: prometheusDuration(project.scrapeTimeout),
      metrics_path: path,
      scheme,
      static_configs: [{ targets }],
    },
    origin: environment.origin,
  });
  const url = new URL(environment.prometheusUrl);
  const scheme = url.protocol.slice(0, -1);
  const target = url.port === '' ? `${url.hostname}:${scheme === 'https' ? 443 : 80}` : url.host;
  return [
    scrape(STACK_JOBS.prometheus, [target], `${url.pathname.replace(/\/+$/, '')}/metrics`, scheme),
    ...(environment.alertmanagers.length === 0
      ? []
      : [scrape(STACK_JOBS.alertmanager, environment.alertmanagers, '/metrics', 'http')]),
  ];
};

/** How one artefact names another that lies in its folder or below it. */
const relativeTo = (from: string, to: string): string => to.slice(from.lastIndexOf('/') + 1);
