/** How Alertmanager routes and inhibits, so far as it follows from labels alone. Pure; no grouping, no clock. */
import { matchesText } from '../promql/re2.ts';
import type { AlertingRule, Inhibition, RouteMatcher, RouteNode } from './model.ts';

/**
 * What is known of an alert's labels before it fires. A label that is in neither is absent, which Alertmanager treats
 * as the empty value.
 */
export interface AlertLabels {
  readonly known: Readonly<Record<string, string>>;
  /** Names of labels whose values come from the series. */
  readonly open: ReadonlySet<string>;
}

/** The labels that an alert of a rule carries. */
export const labelsOf = (rule: AlertingRule): AlertLabels => {
  const known = { ...rule.labels, alertname: rule.alert };
  return { known, open: new Set(rule.resultLabels.filter((name) => !(name in known))) };
};

/** Whether an alert with these labels can match; a label whose value is open can match anything. */
export const canMatch = (matchers: readonly RouteMatcher[], labels: AlertLabels): boolean =>
  matchers.every(({ name, op, value }) => {
    if (labels.open.has(name)) return true;
    const actual = labels.known[name] ?? '';
    const isMatch = op === '=' || op === '!=' ? actual === value : matchesPattern(value, actual);
    return op === '=' || op === '=~' ? isMatch : !isMatch;
  });

/** Alertmanager anchors patterns as Prometheus does, but its `.` matches no line feed. */
const matchesPattern = (pattern: string, text: string): boolean => matchesText(`(?-s:${pattern})`, text) ?? false;

/**
 * The nodes that notify for an alert, in order: depth first, the first child that matches unless it says `continue`,
 * the node itself when no child matches (https://prometheus.io/docs/alerting/latest/configuration/#route).
 */
export const findRoutes = (node: RouteNode, labels: AlertLabels): readonly RouteNode[] => {
  if (!canMatch(node.matchers, labels)) return [];
  const found: RouteNode[] = [];
  for (const child of node.routes) {
    const below = findRoutes(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [node];
};

/**
 * Whether an alert can keep another one quiet. As in Alertmanager, an alert that matches both sides of a rule is not
 * inhibited by another that does too, and a label that both lack counts as equal.
 */
export const canInhibit = (inhibition: Inhibition, source: AlertLabels, target: AlertLabels): boolean => {
  if (!canMatch(inhibition.source, source) || !canMatch(inhibition.target, target)) return false;
  if (canMatch(inhibition.source, target) && canMatch(inhibition.target, source)) return false;
  return inhibition.equal.every(
    (name) =>
      source.open.has(name) || target.open.has(name) || (source.known[name] ?? '') === (target.known[name] ?? ''),
  );
};
