/** The alerts of a model as people know them: one name, with all the rules that carry it. */
import { PATHS } from '../conventions.ts';
import { formatAmount, formatGoal } from '../model/format.ts';
import type { AlertingRule, Amount, Component, Model, Slo, System, Threshold, ThresholdLevel } from '../model/model.ts';
import { groupsOfSystem } from '../model/rule-groups.ts';

/** One rule of an alert with the threshold and the level it comes from, when it comes from one. */
export interface AlertRule {
  readonly rule: AlertingRule;
  readonly threshold: Threshold | undefined;
  readonly level: ThresholdLevel | undefined;
  /** The SLO it belongs to, when it belongs to one. */
  readonly slo: Slo | undefined;
}

/** An alert: everything that fires under one name in one system. */
export interface Alert {
  readonly name: string;
  readonly system: System;
  readonly component: Component | undefined;
  /** Most severe first; not empty. */
  readonly rules: readonly AlertRule[];
}

/** The alerts of a system: those of its components in order, then those of no component; otherwise as the rules stand. */
export const listAlerts = (model: Model, system: System): readonly Alert[] => {
  const { project } = model;
  const ranks = new Map(project.severities.map(({ id, rank }) => [id, rank]));
  const rankOf = ({ rule }: AlertRule): number => ranks.get(rule.severity) ?? project.severities.length;
  const byName = new Map<string, AlertRule[]>();
  for (const rule of groupsOfSystem(model, system.id).flatMap(({ rules }) => rules)) {
    if (rule.kind === 'recording') continue;
    const { kind, id } = rule.source;
    const threshold = kind === 'threshold' ? system.thresholds.find((one) => one.id === id) : undefined;
    const level = threshold?.levels.find(({ alert, severity }) => alert === rule.alert && severity === rule.severity);
    const slo = kind === 'slo' ? system.slos.find((one) => one.id === id) : undefined;
    byName.set(rule.alert, [...(byName.get(rule.alert) ?? []), { rule, threshold, level, slo }]);
  }
  const positions = new Map(system.components.map(({ id }, index) => [id, index]));
  const positionOf = ({ component }: Alert): number =>
    component ? (positions.get(component.id) ?? 0) : positions.size;
  return [...byName]
    .map(([name, rules]): Alert => {
      const component = system.components.find(({ id }) => id === rules[0]?.rule.component);
      return { name, system, component, rules: rules.toSorted((a, b) => rankOf(a) - rankOf(b)) };
    })
    .toSorted((a, b) => positionOf(a) - positionOf(b));
};

/** The thresholds of an alert, each once. */
export const thresholdsOf = ({ rules }: Alert): readonly Threshold[] => [
  ...new Set(rules.map(({ threshold }) => threshold).filter((threshold) => threshold !== undefined)),
];

/** The SLOs of an alert, each once. */
export const slosOf = ({ rules }: Alert): readonly Slo[] => [
  ...new Set(rules.map(({ slo }) => slo).filter((slo) => slo !== undefined)),
];

/** The levels of one threshold in an alert, each amount once. */
export const amountsOf = ({ rules }: Alert, threshold: Threshold): readonly Amount[] =>
  rules.flatMap(({ threshold: other, level }) => (other === threshold && level ? [level.level] : []));

/** What is aimed at: the definition's goal, or the good side of the mildest level. */
export const goalOf = ({ goal, direction, levels }: Threshold): string | null => {
  const mildest = levels.at(-1);
  if (goal) return formatAmount(goal);
  return mildest ? formatGoal(direction, mildest.level) : null;
};

/** Where the page of an alert is, below out/, percent-encoded. */
export const runbookAddress = ({ system, name }: Pick<Alert, 'system' | 'name'>): string =>
  PATHS.runbook(system.id, name).split('/').map(encodeURIComponent).join('/');
