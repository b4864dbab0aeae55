import { ANNOTATIONS, groupName, LABELS, overviewUid, panelId, thresholdPanelKey } from '../conventions.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Report } from '../diagnostics/report.ts';
import { alertTextTemplate, formatLevel, parseAlertText, valueTemplate } from '../model/format.ts';
import type {
  AlertingRule,
  Direction,
  Model,
  Project,
  RuleGroup,
  System,
  Threshold,
  ThresholdLevel,
} from '../model/model.ts';
import { fromBase } from '../model/quantities.ts';
import type { ComparisonOp, Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { definePass } from './pass.ts';
import { runbookLink } from './runbook-link.ts';

/** Every level of every threshold becomes an alert, beside the recording rule that it reads. */
export const thresholdAlerts = definePass({
  id: 'threshold-alerts',
  summary: 'the levels of thresholds become alerting rules',
  run: (model, report) => {
    const groups = new Map(model.ruleGroups.map((group) => [group.name, group]));
    for (const system of model.systems) {
      for (const threshold of system.thresholds) {
        checkTexts(threshold, report);
        const alerts = threshold.levels.map((level) => toAlert(level, threshold, system, model.project));
        const name = groupName(system.id, threshold.component);
        const group = groups.get(name) ?? { name, system: system.id, rules: [] };
        groups.set(name, { ...group, rules: [...group.rules, ...alerts] });
      }
      reportTwins(system, report);
    }
    return { ...model, ruleGroups: inOrder(model, [...groups.values()]) };
  },
});

/** Groups in the order of systems and components, whichever pass made them first. */
const inOrder = (model: Model, groups: readonly RuleGroup[]): readonly RuleGroup[] =>
  model.systems.flatMap((system) =>
    [...system.components.map(({ id }) => id), undefined].flatMap((component) =>
      groups.filter((group) => group.system === system.id && group.name === groupName(system.id, component)),
    ),
  );

/** The comparison that is true where a value is bad. */
export const OPERATORS: Readonly<Record<Direction, ComparisonOp>> = {
  above: '>',
  below: '<',
  atLeast: '>=',
  atMost: '<=',
};

/** What the threshold's alerts and panel read: the recorded series, or the query itself. */
export const measuredExpr = (threshold: Threshold): Expr =>
  threshold.recorded === undefined ? threshold.query : build.selector(threshold.recorded);

const toAlert = (level: ThresholdLevel, threshold: Threshold, system: System, project: Project): AlertingRule => {
  const values = { unit: threshold.unit, threshold: level.level, for: level.for };
  const panel = panelId(thresholdPanelKey(threshold.id));
  return {
    kind: 'alerting',
    alert: level.alert,
    expr: build.binary(
      OPERATORS[threshold.direction],
      measuredExpr(threshold),
      build.number(fromBase(level.level.value, threshold.unit)),
    ),
    for: level.for,
    keepFiringFor: level.keepFiringFor,
    severity: level.severity,
    team: system.team,
    system: system.id,
    component: threshold.component,
    source: { kind: 'threshold', id: threshold.id },
    labels: {
      ...(threshold.component === undefined ? {} : { [LABELS.component]: threshold.component }),
      [LABELS.severity]: level.severity,
      [LABELS.system]: system.id,
      [LABELS.team]: system.team,
    },
    annotations: {
      [ANNOTATIONS.summary]: alertTextTemplate(threshold.summary, values),
      [ANNOTATIONS.description]: alertTextTemplate(threshold.description, values),
      [ANNOTATIONS.runbook]: runbookLink(project.links.runbooks, system.id, level.alert),
      [ANNOTATIONS.dashboard]: `${project.links.grafana}/d/${overviewUid(system.id)}?viewPanel=${panel}`,
      [ANNOTATIONS.value]: valueTemplate(threshold.unit),
      [ANNOTATIONS.threshold]: formatLevel(threshold.direction, level.level),
      [ANNOTATIONS.definition]: `${threshold.origin.file}#${threshold.origin.subject ?? threshold.id}`,
    },
    resultLabels: threshold.labels,
    origin: level.origin,
  };
};

const PLACEHOLDERS = ['value', 'threshold', 'for', 'labels.<name>'];

/** Reports placeholders that do not exist, and labels that the query's result does not carry. */
const checkTexts = (threshold: Threshold, report: Report): void => {
  for (const property of ['summary', 'description'] as const) {
    const origin = { ...threshold.origin, path: [...threshold.origin.path, property] };
    for (const part of parseAlertText(threshold[property])) {
      if (part.kind === 'label' && !threshold.labels.includes(part.name)) {
        report.add(
          'text/label',
          { label: part.name, labels: threshold.labels, suggestions: suggest(part.name, threshold.labels) },
          origin,
        );
      }
      if (part.kind !== 'text') continue;
      for (const [, placeholder = ''] of part.text.replaceAll(/\{\{.*?\}\}/gs, '').matchAll(/\{([a-zA-Z][\w.]*)\}/g)) {
        report.add('text/placeholder', { placeholder, suggestions: suggest(placeholder, PLACEHOLDERS) }, origin);
      }
    }
  }
};

/** Two alerts of one name and severity in one system would share their state, their route and their page. */
const reportTwins = (system: System, report: Report): void => {
  const seen = new Map<string, ThresholdLevel>();
  for (const { levels, id } of system.thresholds) {
    for (const level of levels) {
      const other = seen.get(level.alert);
      const isSameThreshold =
        system.thresholds.find((threshold) => other && threshold.levels.includes(other))?.id === id;
      if (other && !isSameThreshold) {
        report.add('alert/duplicate', { alert: level.alert, severity: level.severity }, level.origin, {
          related: [{ note: 'the other alert', at: other.origin }],
        });
      }
      seen.set(level.alert, other ?? level);
    }
  }
};
