/** Definitions of a small shop through the real pipeline, for tests of monitors and passes. */
import { CODES } from '../../generators/diagnostics/codes.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { compileModel } from '../../generators/compile.ts';
import type { MonitorInstance, ProjectInput, SystemInput } from '../../generators/index.ts';
import {
  count,
  counter,
  days,
  defineMetrics,
  defineProject,
  defineSystem,
  gauge,
  histogram,
  minutes,
  monitors,
  ms,
  pagerDuty,
  percent,
  seconds,
  select,
  slack,
  sli,
  slo,
  threshold,
} from '../../generators/index.ts';
import { formatDuration } from '../../generators/model/format.ts';
import type { Model, Rule } from '../../generators/model/model.ts';
import { print } from '../../generators/promql/print.ts';

/** Metrics without labels of their own, of every kind and dimension that monitors read. */
export const plain = {
  events: counter({ unit: 'count', help: 'Events.' }),
  sent: counter({ unit: 'bytes', help: 'Bytes.' }),
  time: histogram({ unit: 'seconds', help: 'Time.', buckets: [ms(10), ms(100), seconds(1)] }),
  number: gauge({ unit: 'count', help: 'Number.', range: { min: 0 } }),
  memory: gauge({ unit: 'bytes', help: 'Memory.', range: { min: 0 } }),
  moment: gauge({ unit: 'unix_seconds', help: 'When.' }),
  score: gauge({ unit: 'score', help: 'Score.', range: { min: 0, max: 1 } }),
  frequency: gauge({ unit: 'per_second', help: 'Frequency.', range: { min: 0 } }),
} as const;

/** A sound project; `edit` replaces parts of it. */
export const projectInput = (edit: Partial<ProjectInput> = {}): ProjectInput => ({
  id: 'shop',
  title: 'Shop',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(15),
  evaluationInterval: seconds(15),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'https://grafana.example.com' },
  environments: {
    local: {
      externalLabels: { environment: 'local' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      secretsDirectory: 'secrets',
    },
  },
  severities: {
    critical: { title: 'Down', respondWithin: minutes(5), color: 'red' },
    warning: { title: 'On its way', respondWithin: minutes(30), color: 'orange' },
    info: { title: 'For the review', respondWithin: 'review', color: 'blue' },
  },
  receivers: {
    pager: pagerDuty({ routingKeyFile: 'pagerduty.key' }),
    chat: slack({ channel: '#alerts', apiUrlFile: 'slack.url' }),
  },
  teams: {
    checkout: { title: 'Checkout', notify: { critical: { to: ['pager', 'chat'] }, warning: { to: ['chat'] } } },
  },
  fallback: ['chat'],
  ...edit,
});

/** A system named shop with the jobs app and legacy; `edit` replaces parts of it. */
export const systemInput = (edit: Partial<SystemInput> = {}): SystemInput => ({
  id: 'shop',
  title: 'Shop',
  description: 'Sells things.',
  owner: 'checkout',
  jobs: { app: { targets: { local: ['127.0.0.1:8080'] } }, legacy: { targets: { local: ['127.0.0.1:8081'] } } },
  components: {},
  ...edit,
});

/** What a compilation gives: the model, and its findings as `code: message`. */
export interface Compiled {
  readonly model: Model;
  readonly findings: readonly string[];
}

/** Compiles systems within a project. */
export const compileSystems = (systems: readonly SystemInput[], project: ProjectInput = projectInput()): Compiled => {
  const report = createReport();
  const model = compileModel(
    [
      { file: 'definitions/project.ts', value: defineProject(project) },
      ...systems.map((system, index) => ({
        file: `definitions/systems/${index}-${system.id}.ts`,
        value: defineSystem(system),
      })),
    ],
    report,
  );
  if (!model) throw new Error('the project does not stand');
  return {
    model,
    findings: report
      .list()
      .map(({ code, data }) => `${code}: ${(CODES[code].message as (data: unknown) => string)(data)}`),
  };
};

/** What the monitor of a component named part watches. */
export interface Watched {
  /** By threshold: the names of its alerts, the side on which it is bad, how long it may be, what it measures. */
  readonly signals: Readonly<Record<string, readonly [alert: string, direction: string, time: string, query: string]>>;
  /** The panels of its row, by key: their queries. */
  readonly panels: Readonly<Record<string, readonly string[]>>;
  readonly findings: readonly string[];
}

/** Compiles a system that has one component, named part. */
export const watch = (instance: MonitorInstance): Watched => {
  const { model, findings } = compileSystems([systemInput({ components: { part: instance } })]);
  const row = model.dashboards[0]?.rows.find(({ key }) => key === 'component/part');
  return {
    findings,
    signals: Object.fromEntries(
      model.systems.flatMap(({ thresholds }) =>
        thresholds.map(({ id, levels, direction, query }) => [
          id,
          [
            [...new Set(levels.map(({ alert }) => alert))].join(' '),
            direction,
            [...new Set(levels.map((level) => formatDuration(level.for)))].join(' '),
            print(query),
          ],
        ]),
      ),
    ),
    panels: Object.fromEntries(
      row?.panels.map(({ key, queries }) => [key, queries.map(({ expr }) => print(expr))]) ?? [],
    ),
  };
};

/** What is said about an input that does not stand. */
export const complaints = (instance: MonitorInstance): readonly string[] => watch(instance).findings;

/** The rules of a group as text: `record = expr`, or `alert: expr`. */
export const rulesOf = ({ ruleGroups }: Model, name: string): readonly string[] =>
  ruleGroups.find((group) => group.name === name)?.rules.map(ruleText) ?? [];

const ruleText = (rule: Rule): string =>
  rule.kind === 'recording' ? `${rule.record} = ${print(rule.expr)}` : `${rule.alert}: ${print(rule.expr)}`;

/** A system with a component, a threshold of two levels, one of its own, and an SLO. */
export const fullSystem = (edit: Partial<SystemInput> = {}): SystemInput => {
  const m = defineMetrics('app', {
    requests_total: counter({ unit: 'count', help: 'Requests.', labels: { code: ['200', '500'] } }),
    request_seconds: plain.time,
    queue_depth: gauge({ unit: 'count', help: 'Depth.', labels: { queue: ['mail', 'export'] }, range: { min: 0 } }),
  });
  return systemInput({
    components: {
      api: monitors.httpService({
        metrics: {
          requests: m.requests_total,
          failures: select(m.requests_total, { code: '500' }),
          duration: m.request_seconds,
        },
        levels: { errorRatio: { warning: percent(1), critical: percent(5) }, latencyP95: { warning: ms(300) } },
      }),
    },
    thresholds: {
      'queue-depth': threshold({
        alert: 'QueueDeep',
        title: 'Queue depth',
        query: m.queue_depth,
        direction: 'atLeast',
        warning: count(100),
        critical: { level: count(500), alert: 'QueueFull' },
      }),
    },
    slos: {
      answers: slo({
        title: 'API answers',
        component: 'api',
        objective: percent(99),
        period: days(14),
        indicator: sli.availability({ bad: select(m.requests_total, { code: '500' }), total: m.requests_total }),
      }),
    },
    ...edit,
  });
};
