import { ANNOTATIONS, groupName, LABELS, PROJECT_SCOPE, STACK_JOBS } from '../conventions.ts';
import type { AlertingRule, Milliseconds, Model, Project, RuleGroup, System } from '../model/model.ts';
import { minutes, toMilliseconds } from '../model/quantities.ts';
import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { definePass } from './pass.ts';
import { runbookLink } from './runbook-link.ts';

/**
 * The monitoring watches itself: alerts of the project about Prometheus and Alertmanager, which have no team, so that the
 * fallback is told, and of each system about jobs that nobody scrapes. What keeps Prometheus from telling anybody stops the
 * heartbeat, too.
 */
export const selfMonitoring = definePass({
  id: 'self-monitoring',
  summary: 'Prometheus, Alertmanager and jobs that nobody scrapes get alerts',
  run: (model) => {
    const severity = model.project.severities[0]?.id;
    if (severity === undefined || !hasAlerts(model)) return model;
    const ofSystems = model.systems.flatMap((system) => targetMissing(system, model.project, severity));
    const rules = ofProject(model.project, severity);
    const group = { name: groupName(PROJECT_SCOPE, 'monitoring'), system: PROJECT_SCOPE, rules };
    return { ...model, ruleGroups: [...model.ruleGroups, ...ofSystems, group] };
  },
});

/** Without an alert there is nothing that could fail to be told. */
const hasAlerts = ({ ruleGroups }: Model): boolean =>
  ruleGroups.some(({ system, rules }) => system !== PROJECT_SCOPE && rules.some(({ kind }) => kind === 'alerting'));

/** Two evaluations and two scrapes of a minute at the most; a restart is over by then. */
const GONE = toMilliseconds(minutes(2));
const WINDOW = toMilliseconds(minutes(5));
const SOON = toMilliseconds(minutes(1));
const LATER = toMilliseconds(minutes(5));

const of = (job: string) => [build.matcher('job', '=', job)];
const isAbove0 = (expr: Expr): Expr => build.binary('>', expr, build.number(0));
const absent = (matchers: ReturnType<typeof of>, window: Milliseconds): Expr =>
  build.call('absent_over_time', build.range(build.selector('up', matchers), window));

interface Described {
  readonly alert: string;
  readonly expr: Expr;
  readonly for: Milliseconds;
  /** The labels of the result. */
  readonly by: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly firstSteps?: readonly string[];
}

/** An alert of a system, or of the project, which has no runbooks. */
const toRule = (
  { by, summary, description, firstSteps = [], ...rule }: Described,
  severity: string,
  project: Project,
  system?: System,
): AlertingRule => ({
  ...rule,
  kind: 'alerting',
  keepFiringFor: 0,
  severity,
  team: system?.team ?? '',
  system: system?.id ?? PROJECT_SCOPE,
  component: undefined,
  source: { kind: 'monitoring', firstSteps },
  labels: {
    [LABELS.severity]: severity,
    ...(system ? { [LABELS.system]: system.id, [LABELS.team]: system.team } : {}),
  },
  annotations: {
    [ANNOTATIONS.summary]: summary,
    [ANNOTATIONS.description]: description,
    ...(system ? { [ANNOTATIONS.runbook]: runbookLink(project.links.runbooks, system.id, rule.alert) } : {}),
  },
  resultLabels: by,
  origin: (system ?? project).origin,
});

/** Only of jobs that every environment has: rules are the same in all of them, and where a job is not meant to be, it is not missing. */
const targetMissing = (system: System, project: Project, severity: string): readonly RuleGroup[] => {
  const { environments } = project;
  const missing = build.anyOf(
    system.jobs
      .filter(
        ({ targets }) => environments.length > 0 && environments.every(({ id }) => (targets[id] ?? []).length > 0),
      )
      .map(({ id }) => absent(of(id), WINDOW)),
  );
  if (missing === undefined) return [];
  const rule = toRule(
    {
      alert: 'TargetMissing',
      expr: missing,
      for: LATER,
      by: ['job'],
      summary: 'Nobody scrapes the job {{ $labels.job }}',
      description: 'The definitions name the job, but Prometheus has no target for it: its alerts can never fire.',
      firstSteps: [
        'Look for the job on the page of targets of Prometheus. If it is there, its scrapes have only just begun.',
        'If it is not, compare the configuration that Prometheus runs with the generated one, and reload it: a refused configuration leaves the old one running, and the log of Prometheus says why.',
      ],
    },
    severity,
    project,
    system,
  );
  return [{ name: `${system.id}/monitoring/targets`, system: system.id, rules: [rule] }];
};

const ofProject = (project: Project, severity: string): readonly AlertingRule[] =>
  PROJECT_ALERTS.map((rule) => toRule(rule, severity, project));

const PROJECT_ALERTS: readonly Described[] = [
  {
    alert: 'MonitoringBlind',
    expr: absent([], GONE),
    for: SOON,
    by: [],
    summary: 'Prometheus stores nothing any more',
    description:
      'No scrape has left a sample, so that every other alert ends, whatever is the case. Look for a full disk first, then at the log of Prometheus.',
  },
  {
    alert: 'NotificationsFail',
    expr: isAbove0(
      build.aggregate(
        'sum',
        build.call(
          'rate',
          build.range(build.selector('alertmanager_notifications_failed_total', of(STACK_JOBS.alertmanager)), WINDOW),
        ),
        { by: ['integration'] },
      ),
    ),
    for: LATER,
    by: ['integration'],
    summary: 'Alertmanager cannot tell by {{ $labels.integration }}',
    description:
      'Some notifications are not delivered. The log of Alertmanager says which receiver refuses them, and why.',
  },
  {
    alert: 'AlertsDropped',
    expr: isAbove0(
      build.aggregate(
        'sum',
        build.call(
          'rate',
          build.range(build.selector('prometheus_notifications_dropped_total', of(STACK_JOBS.prometheus)), WINDOW),
        ),
      ),
    ),
    for: LATER,
    by: [],
    summary: 'Prometheus cannot reach an Alertmanager',
    description:
      'Alerts that fire are thrown away before they arrive. See whether Alertmanager runs, and where Prometheus looks for it.',
  },
  {
    alert: 'RulesFail',
    expr: isAbove0(
      build.aggregate(
        'sum',
        build.call(
          'increase',
          build.range(build.selector('prometheus_rule_evaluation_failures_total', of(STACK_JOBS.prometheus)), WINDOW),
        ),
        { by: ['rule_group'] },
      ),
    ),
    for: LATER,
    by: ['rule_group'],
    summary: 'Rules of {{ $labels.rule_group }} cannot be evaluated',
    description: 'Their alerts are not looked at. The page of rules of Prometheus shows the error of each.',
  },
];
