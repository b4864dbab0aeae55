/**
 * How Alertmanager routes and inhibits, so far as it follows from labels, delays and the hours of a given moment. Pure;
 * no grouping, no clock.
 */
import { matchesText } from '../promql/re2.ts';
import type {
  AlertingRule,
  Environment,
  Inhibition,
  Milliseconds,
  Project,
  RouteMatcher,
  RouteNode,
  Routing,
} from './model.ts';
import type { TimeInterval } from './time-intervals.ts';
import { isInInterval } from './time-intervals.ts';

/** The group that is told when no team's route takes an alert. */
export const FALLBACK = 'fallback';
/** The group that tells nobody: for what is looked at in a review. */
export const NOBODY = 'nobody';

/** The id of the route that takes what is only looked at in a review. */
export const REVIEW_ROUTE = 'review';

/** The names of the labels that Prometheus adds to every alert, in any environment. */
export const externalLabelNames = ({ environments }: Pick<Project, 'environments'>): readonly string[] =>
  [...new Set(environments.flatMap(({ externalLabels }) => Object.keys(externalLabels)))].toSorted();

/**
 * What is known of an alert's labels before it fires. A label that is in neither is absent, which Alertmanager treats
 * as the empty value.
 */
export interface AlertLabels {
  readonly known: Readonly<Record<string, string>>;
  /** Names of labels whose values come from the series. */
  readonly open: ReadonlySet<string>;
}

/** The labels that an alert of a rule carries, with those of the environment that it comes from when one is given. */
export const labelsOf = (rule: AlertingRule, environment?: Pick<Environment, 'externalLabels'>): AlertLabels => {
  const own = { ...rule.labels, alertname: rule.alert };
  const open = new Set(rule.resultLabels.filter((name) => !(name in own)));
  // Prometheus leaves a label alone that is there already.
  const external = Object.entries(environment?.externalLabels ?? {}).filter(([name]) => !open.has(name));
  return { known: { ...Object.fromEntries(external), ...own }, open };
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
const matchesPattern = (pattern: string, text: string): boolean =>
  matchesText(pattern.includes('.') ? `(?-s:${pattern})` : pattern, text) ?? false;

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

/** Whether a route tells nobody at a moment because of its hours. */
export const isMuted = (
  { muteTimes = [], activeTimes = [] }: Pick<RouteNode, 'muteTimes' | 'activeTimes'>,
  intervals: readonly TimeInterval[],
  at: Date,
): boolean => {
  const isIn = (id: string): boolean => intervals.some((interval) => interval.id === id && isInInterval(interval, at));
  return (activeTimes.length > 0 && !activeTimes.some(isIn)) || muteTimes.some(isIn);
};

/** One message that an alert leads to. */
export interface Notification {
  readonly node: RouteNode;
  /** Ids of receivers. */
  readonly receivers: readonly string[];
  /** Titles of roles, where the definition names them. */
  readonly people: readonly string[];
  /** From the moment the alert fires, when no other alert of its group does yet. */
  readonly after: Milliseconds;
  readonly repeatEvery: Milliseconds;
  /** Whether the hours of the route forbid it at the given moment; undefined without a moment, or without hours. */
  readonly isMuted: boolean | undefined;
}

/** Who is told of an alert: in the order of the delays, and of the tree where those are equal. */
export const listNotifications = (
  { root, groups }: Routing,
  labels: AlertLabels,
  when?: { readonly intervals: readonly TimeInterval[]; readonly at: Date },
): readonly Notification[] =>
  findRoutes(root, labels)
    .map((node): Notification => {
      const group = groups.find(({ id }) => id === node.receiver);
      const hasHours = (node.muteTimes?.length ?? 0) + (node.activeTimes?.length ?? 0) > 0;
      return {
        node,
        receivers: group?.receivers ?? [],
        people: group?.people ?? [],
        after: node.groupWait,
        repeatEvery: node.repeatInterval,
        isMuted: when && hasHours ? isMuted(node, when.intervals, when.at) : undefined,
      };
    })
    .toSorted((a, b) => a.after - b.after);
