import { createReport } from '../../generators/diagnostics/report.ts';
import type { Diagnostic } from '../../generators/diagnostics/diagnostic.ts';
import { compileModel } from '../../generators/compile.ts';
import type { SystemInput } from '../../generators/model/definition.ts';
import { defineProject, defineSystem } from '../../generators/model/definition.ts';
import { pagerDuty, slack } from '../../generators/model/receivers.ts';
import type { Model } from '../../generators/model/model.ts';
import { counter, defineMetrics, gauge, histogram, pattern } from '../../generators/model/metric.ts';
import { days, minutes, ms, seconds } from '../../generators/model/quantities.ts';

/** A project whose Prometheus scrapes and evaluates once a minute, as the simulation does. */
export const PROJECT = defineProject({
  id: 'lab',
  title: 'Lab',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: minutes(1),
  evaluationInterval: minutes(1),
  retention: days(100),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'https://grafana.example.com' },
  environments: {
    local: {
      externalLabels: {},
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      secretsDirectory: 'secrets',
    },
  },
  severities: {
    critical: { title: 'Down', respondWithin: minutes(5) },
    warning: { title: 'On its way', respondWithin: minutes(30) },
  },
  receivers: {
    pager: pagerDuty({ routingKeyFile: 'key' }),
    chat: slack({ channel: '#alerts', apiUrlFile: 'slack.url' }),
  },
  teams: { lab: { title: 'Lab', notify: { critical: { to: ['pager'] }, warning: { to: ['chat'] } } } },
  fallback: ['chat'],
});

/** What a job of the lab exposes. */
export const labMetrics = (job: string) =>
  defineMetrics(job, {
    requests_total: counter({
      unit: 'count',
      help: 'Requests.',
      labels: { cluster: 'any', code: pattern('[1-5][0-9][0-9]'), version: 'any' },
    }),
    good_total: counter({ unit: 'count', help: 'Good requests.', labels: { cluster: 'any' } }),
    duration_seconds: histogram({
      unit: 'seconds',
      help: 'Times.',
      labels: { cluster: 'any' },
      buckets: [ms(0.05), ms(100), seconds(1), seconds(2.5)],
      native: true,
    }),
    plain_seconds: histogram({ unit: 'seconds', help: 'Times.', buckets: [ms(100), seconds(1)] }),
    last_success_seconds: gauge({ unit: 'unix_seconds', help: 'When it last worked.' }),
    link_up: gauge({ unit: 'state', help: 'Whether the link is up.', labels: { link: 'any' } }),
    queue: gauge({ unit: 'count', help: 'Things that wait.', labels: { name: 'any' } }),
  });

/** What the job `lab` exposes. */
export const m = labMetrics('lab');

/** A system of the lab with these SLOs. */
export const labSystem = (
  slos: NonNullable<SystemInput['slos']>,
  id = 'lab',
  metrics = m,
): ReturnType<typeof defineSystem> =>
  defineSystem({
    id,
    title: 'Lab',
    description: 'Where SLOs are tried.',
    owner: 'lab',
    jobs: { [id]: { targets: { local: ['127.0.0.1:8080'] } } },
    metrics: [metrics],
    components: {},
    slos,
  });

/** The model of a project with these SLOs, and what was found. */
export const modelOf = (
  slos: NonNullable<SystemInput['slos']>,
): { readonly model: Model | undefined; readonly findings: readonly Diagnostic[] } => {
  const report = createReport();
  const model = compileModel(
    [
      { file: 'definitions/project.ts', value: PROJECT },
      { file: 'definitions/systems/lab.ts', value: labSystem(slos) },
    ],
    report,
  );
  return { model, findings: report.list() };
};
