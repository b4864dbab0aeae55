import { formatDuration } from '../model/format.ts';
import type { Model, RouteNode } from '../model/model.ts';
import type { AlertLabels } from '../model/routing.ts';
import { canMatch, findRoutes, listNotifications } from '../model/routing.ts';
import { matcherText } from '../targets/alertmanager/matcher.ts';
import { delayOf, hoursOf, waysOf } from '../targets/notices.ts';

/** One message that an alert leads to. Times are milliseconds. */
export interface RoutedNotice {
  /** The routes from the root to the one that tells. */
  readonly path: readonly string[];
  /** The name of Alertmanager's receiver. */
  readonly receiver: string;
  readonly people: readonly string[];
  readonly told: readonly string[];
  readonly after: number;
  readonly repeatEvery: number;
  /** When it may be sent; null for always. */
  readonly hours: string | null;
  /** Whether its hours forbid it at the moment that was asked for; null without such a moment or without hours. */
  readonly muted: boolean | null;
}

/** The way of an alert through the tree. */
export interface ExplainedRoute {
  readonly labels: Readonly<Record<string, string>>;
  /** Labels whose values come from the series. */
  readonly open: readonly string[];
  readonly notices: readonly RoutedNotice[];
  readonly text: string;
}

/** Where an alert with these labels goes, and who is told when. */
export const explainRoute = (model: Model, labels: AlertLabels, at?: Date): ExplainedRoute => {
  const { project, routing } = model;
  const when = at && { when: { intervals: project.timeIntervals, at } };
  const notices = listNotifications(routing, labels, when?.when).map((one): RoutedNotice => ({
    path: pathTo(routing.root, one.node).map(({ id }) => id),
    receiver: one.node.receiver,
    people: one.people,
    told: waysOf(one, project),
    after: one.after,
    repeatEvery: one.repeatEvery,
    hours: hoursOf(one) ?? null,
    muted: one.isMuted ?? null,
  }));
  const route = { labels: labels.known, open: [...labels.open].toSorted(), notices };
  return { ...route, text: toText(route, drawPath(routing.root, labels)) };
};

const pathTo = (root: RouteNode, node: RouteNode): readonly RouteNode[] => {
  if (root === node) return [root];
  for (const child of root.routes) {
    const path = pathTo(child, node);
    if (path.length > 0) return [root, ...path];
  }
  return [];
};

/** The part of the tree that an alert passes, indented. */
const drawPath = (root: RouteNode, labels: AlertLabels): readonly string[] => {
  const telling = new Set(findRoutes(root, labels));
  const draw = (node: RouteNode, depth: number): readonly string[] => {
    const below = node.routes.filter((child) => canMatch(child.matchers, labels) && passes(child, telling));
    const condition = node.matchers.map(matcherText).join(' ') || (depth === 0 ? 'every alert' : 'all of these');
    const end = telling.has(node) ? ` -> ${node.receiver}` : '';
    return [`${'  '.repeat(depth + 1)}${condition}${end}`, ...below.flatMap((child) => draw(child, depth + 1))];
  };
  return draw(root, 0);
};

const passes = (node: RouteNode, telling: ReadonlySet<RouteNode>): boolean =>
  telling.has(node) || node.routes.some((child) => passes(child, telling));

const toText = ({ labels, open, notices }: Omit<ExplainedRoute, 'text'>, path: readonly string[]): string => {
  const pairs = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const lines = [`Labels  ${[...pairs, ...open.map((name) => `${name}=?`)].join(' ')}`, 'Path', ...path, 'Told'];
  for (const { people, told, after, repeatEvery, hours, muted } of notices) {
    const who =
      told.length === 0 ? 'nobody' : people.length === 0 ? told.join(', ') : `${people.join(', ')}: ${told.join(', ')}`;
    const times = told.length === 0 ? '' : `, ${delayOf({ after })}, then every ${formatDuration(repeatEvery)}`;
    const words = hours === null ? '' : `, ${hours}${muted === null ? '' : muted ? ' (not now)' : ' (now)'}`;
    lines.push(`  ${who}${times}${words}`);
  }
  return `${lines.join('\n')}\n`;
};
