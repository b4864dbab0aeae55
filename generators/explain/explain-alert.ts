import { ANNOTATIONS } from '../conventions.ts';
import type { Location, Origin } from '../diagnostics/diagnostic.ts';
import { formatDuration, formatLevel, formatResponseTime } from '../model/format.ts';
import type { Milliseconds, Model } from '../model/model.ts';
import { printPretty } from '../promql/print.ts';
import type { Alert, AlertRule } from '../targets/alerts.ts';
import { goalOf, listAlerts, slosOf, thresholdsOf } from '../targets/alerts.ts';
import { delayOf, hoursOf, namesOf } from '../targets/notices.ts';
import { objectiveText, sloCondition } from '../targets/slo-tables.ts';
import { promiseOf } from './promise.ts';

/** One level of an alert: when it fires, who is told, and how soon. Times are milliseconds. */
export interface ExplainedLevel {
  readonly severity: string;
  readonly condition: string;
  /** How long the condition has to hold. */
  readonly for: Milliseconds;
  /**
   * From the moment the measured value goes bad to the first notification, at the latest: one scrape, one evaluation
   * (a recorded value is evaluated before the alert of its group), the `for` time up to the next evaluation, and
   * Alertmanager's wait for its group.
   */
  readonly toldWithin: Milliseconds;
  readonly respondWithin: string;
  readonly receivers: readonly string[];
  readonly repeatEvery: Milliseconds | null;
  /** Who is told, in the order of the delays. */
  readonly escalation: readonly ExplainedNotice[];
}

/** One message of an escalation. */
export interface ExplainedNotice {
  /** The titles of roles, where the definition names them. */
  readonly people: readonly string[];
  readonly receivers: readonly string[];
  /** From the moment the alert fires. */
  readonly after: Milliseconds;
  readonly repeatEvery: Milliseconds;
  readonly hours: string | null;
}

/** Everything that is known about an alert, as data and as text for a terminal. */
export interface ExplainedAlert {
  readonly alert: string;
  readonly system: string;
  readonly component: string | null;
  readonly measures: readonly {
    readonly title: string;
    readonly goal: string | null;
    readonly query: string;
    readonly recorded: string | null;
  }[];
  /** The SLOs it is about, in words. */
  readonly objectives: readonly string[];
  readonly levels: readonly ExplainedLevel[];
  readonly dashboard: string | null;
  readonly runbook: string | null;
  /** `file:line` of the definition. */
  readonly definition: string;
  readonly text: string;
}

/** Explains every alert of that name, one of each system that has it. `locate` finds the line of a definition. */
export const explainAlert = (
  model: Model,
  name: string,
  locate: (origin: Origin) => Location | undefined,
): readonly ExplainedAlert[] =>
  model.systems
    .flatMap((system) => listAlerts(model, system))
    .filter((alert) => alert.name === name)
    .map((alert) => {
      const explained = toExplained(model, alert, locate);
      return { ...explained, text: toText(explained) };
    });

const toExplained = (
  model: Model,
  alert: Alert,
  locate: (origin: Origin) => Location | undefined,
): Omit<ExplainedAlert, 'text'> => {
  const [first] = alert.rules;
  const annotations = first?.rule.annotations ?? {};
  const origin = first?.threshold?.origin ?? first?.slo?.origin ?? alert.system.origin;
  const place = locate(origin);
  return {
    alert: alert.name,
    system: alert.system.id,
    component: alert.component?.id ?? null,
    measures: thresholdsOf(alert).map((threshold) => ({
      title: threshold.title,
      goal: goalOf(threshold),
      query: printPretty(threshold.query),
      recorded: threshold.recorded ?? null,
    })),
    objectives: slosOf(alert).map((slo) => `${slo.title} (SLO ${slo.id}, objective: ${objectiveText(slo)})`),
    levels: alert.rules.map((rule) => toLevel(model, alert, rule)),
    dashboard: annotations[ANNOTATIONS.dashboard] ?? null,
    runbook: annotations[ANNOTATIONS.runbook] ?? null,
    definition: place ? `${place.file}:${place.line}` : origin.file,
  };
};

const toLevel = (model: Model, { system }: Alert, one: AlertRule): ExplainedLevel => {
  const { project } = model;
  const { rule, threshold, level } = one;
  const { firingWithin, notices } = promiseOf(model, rule);
  const [first] = notices;
  const severity = project.severities.find(({ id }) => id === rule.severity);
  const notice = project.teams.find(({ id }) => id === system.team)?.notify[rule.severity];
  const respond = notice?.respondWithin ?? severity?.respondWithin;
  return {
    severity: rule.severity,
    condition:
      threshold && level
        ? formatLevel(threshold.direction, level.level)
        : (sloCondition(one) ?? 'the query has a result'),
    for: rule.for,
    toldWithin: first?.within ?? firingWithin,
    respondWithin: respond ? formatResponseTime(respond) : 'no promise',
    receivers: notices.flatMap((one) => namesOf(one, project)),
    repeatEvery: first?.repeatEvery ?? null,
    escalation: notices.map((one) => ({
      people: one.people,
      receivers: namesOf(one, project),
      after: one.after,
      repeatEvery: one.repeatEvery,
      hours: hoursOf(one) ?? null,
    })),
  };
};

const toldLines = ({ escalation, toldWithin }: ExplainedLevel, beginning: string): readonly string[] => {
  if (escalation.length === 0) return ['  told       nobody'];
  const within = `within ${formatDuration(toldWithin)} of ${beginning}`;
  return escalation.map(({ people, receivers, after, hours }, index) => {
    const who = people.length === 0 ? receivers.join(', ') : `${people.join(', ')}: ${receivers.join(', ')}`;
    const when = index === 0 ? within : `${delayOf({ after })} of firing`;
    return `  ${index === 0 ? 'told' : 'then'}       ${who}, ${when}${hours === null ? '' : `, ${hours}`}`;
  });
};

const toText = (alert: Omit<ExplainedAlert, 'text'>): string => {
  const where = alert.component === null ? alert.system : `${alert.system} / ${alert.component}`;
  const lines = [`${alert.alert} (${where})`, ''];
  for (const { title, goal, query, recorded } of alert.measures) {
    lines.push(`Watches  ${title}${goal === null ? '' : ` (goal: ${goal})`}`);
    lines.push(...query.split('\n').map((line) => `           ${line}`));
    if (recorded !== null) lines.push(`         recorded as ${recorded}`);
  }
  lines.push(...alert.objectives.map((objective) => `Watches  ${objective}`));
  for (const level of alert.levels) {
    lines.push(
      '',
      level.severity,
      `  fires      when ${alert.measures.length > 0 ? 'it is ' : ''}${level.condition}${level.for === 0 ? '' : ` for ${formatDuration(level.for)}`}`,
      ...toldLines(level, alert.measures.length > 0 ? 'the value going bad' : 'that being so'),
      `  respond    ${level.respondWithin}${level.repeatEvery === null || level.receivers.length === 0 ? '' : `; repeated every ${formatDuration(level.repeatEvery)}`}`,
    );
  }
  lines.push(
    '',
    `Panel    ${alert.dashboard ?? 'none'}`,
    `Runbook  ${alert.runbook ?? 'none'}`,
    `Defined  ${alert.definition}`,
    '',
  );
  return lines.join('\n');
};
