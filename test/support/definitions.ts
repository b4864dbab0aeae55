/** Small sound definitions as values, and what compiling them says: for tests of the middle of the compiler. */
import type { Compilation } from '../../generators/compile.ts';
import { compile, compileModel } from '../../generators/compile.ts';
import type { Code } from '../../generators/diagnostics/codes.ts';
import type { Report } from '../../generators/diagnostics/report.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import * as tocsin from '../../generators/index.ts';
import type { Model, System } from '../../generators/model/model.ts';
import type { DefinitionFile } from '../../generators/model/normalise/index.ts';

const {
  count,
  counter,
  defineMetrics,
  defineProject,
  defineSystem,
  gauge,
  histogram,
  minutes,
  ms,
  seconds,
  threshold,
} = tocsin;

/** The input of a project that stands; `changes` replace whole properties. */
export const projectInput = (changes: Partial<tocsin.ProjectInput> = {}): tocsin.ProjectInput => ({
  id: 'shop',
  title: 'Shop',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(15),
  evaluationInterval: seconds(15),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'http://localhost:3000' },
  environments: {
    local: {
      externalLabels: { environment: 'local' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      secretsDirectory: 'secrets',
    },
  },
  severities: {
    critical: { title: 'Down', respondWithin: minutes(5) },
    warning: { title: 'On its way', respondWithin: minutes(30) },
    info: { title: 'For the review', respondWithin: 'review' },
  },
  receivers: {
    pager: tocsin.pagerDuty({ routingKeyFile: 'pagerduty.key' }),
    chat: tocsin.slack({ channel: '#alerts', apiUrlFile: 'slack.url' }),
  },
  teams: {
    checkout: { title: 'Checkout', notify: { critical: { to: ['pager', 'chat'] }, warning: { to: ['chat'] } } },
  },
  fallback: ['chat'],
  ...changes,
});

/** Metrics of the job `api`. */
export const metrics = defineMetrics('api', {
  requests_total: counter({ unit: 'count', help: 'Requests.', labels: { route: 'any', status: 'any' } }),
  errors_total: counter({ unit: 'count', help: 'Errors.', labels: { route: 'any' } }),
  duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time.',
    labels: { route: 'any' },
    buckets: [ms(10), ms(100), seconds(1)],
  }),
  queue_depth: gauge({ unit: 'count', help: 'Depth.', labels: { queue: ['mail', 'export'] }, range: { min: 0 } }),
  memory_bytes: gauge({ unit: 'bytes', help: 'Memory.', range: { min: 0 } }),
  memory_limit_bytes: gauge({ unit: 'bytes', help: 'Limit.', range: { min: 0 } }),
});

/** A threshold that stands. */
export const depth = (changes: object = {}): tocsin.ThresholdDefinition =>
  threshold({
    alert: 'QueueDeep',
    title: 'Queue depth',
    query: metrics.queue_depth,
    direction: 'above',
    warning: count(100),
    ...changes,
  } as never);

/** The input of a system that stands. */
export const systemInput = (changes: Partial<tocsin.SystemInput> = {}): tocsin.SystemInput => ({
  id: 'shop',
  title: 'Shop',
  description: 'Sells things.',
  owner: 'checkout',
  jobs: { api: { targets: { local: ['127.0.0.1:8080'] } } },
  components: {},
  thresholds: { 'queue-depth': depth() },
  ...changes,
});

/** What a compilation gave and said. */
export interface Compiled extends Compilation {
  readonly report: Report;
  /** `code property: message` of every finding. */
  readonly findings: readonly string[];
  readonly codes: readonly Code[];
}

const ended = (compilation: Compilation, report: Report): Compiled => {
  const found = resolveFindings(report.list(), { locate: () => undefined, read: () => undefined });
  return {
    ...compilation,
    report,
    findings: found.map(({ code, property = '', message }) => `${code} ${property}: ${message}`),
    codes: found.map(({ code }) => code),
  };
};

/** The files of definitions: the project, and a file for every system. */
export const filesOf = (project: unknown, systems: readonly unknown[]): readonly DefinitionFile[] => [
  { file: 'definitions/project.ts', value: project },
  ...systems.map((value, index) => ({ file: `definitions/systems/s${index}.ts`, value })),
];

/** Compiles definitions to artefacts. */
export const compileDefinitions = async (
  project: unknown = defineProject(projectInput()),
  systems: readonly unknown[] = [defineSystem(systemInput())],
): Promise<Compiled> => {
  const report = createReport();
  return ended(await compile(filesOf(project, systems), report), report);
};

/** Compiles inputs to the model: what the passes made of it, without targets. */
export const modelOf = (
  system: Partial<tocsin.SystemInput> | readonly tocsin.SystemInput[] = {},
  project: Partial<tocsin.ProjectInput> = {},
): Compiled => {
  const report = createReport();
  const inputs = Array.isArray(system) ? (system as readonly tocsin.SystemInput[]) : [systemInput(system as object)];
  const definitions = filesOf(defineProject(projectInput(project)), inputs.map(defineSystem));
  const model = compileModel(definitions, report);
  return ended(model ? { model } : {}, report);
};

/** The model of definitions that have to stand. */
export const soundModel = (
  system: Partial<tocsin.SystemInput> | readonly tocsin.SystemInput[] = {},
  project: Partial<tocsin.ProjectInput> = {},
): Model => {
  const { model, findings } = modelOf(system, project);
  if (!model || findings.length > 0) throw new Error(`the definitions do not stand:\n${findings.join('\n')}`);
  return model;
};

/** The only system of a model. */
export const onlySystem = ({ systems }: Model): System => {
  const [system, ...others] = systems;
  if (!system || others.length > 0) throw new Error('there is not exactly one system');
  return system;
};
