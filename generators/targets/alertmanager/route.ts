import type { Origin } from '../../diagnostics/diagnostic.ts';
import { prometheusDuration } from '../../model/format.ts';
import type { Inhibition, RouteNode } from '../../model/model.ts';
import type { Json } from '../../output/artefact.ts';
import { matcherText } from './matcher.ts';

/**
 * A node of the routing tree. What it shares with its parent is left out: Alertmanager inherits it. An empty `groupBy`
 * is inherited too; written out, it would put all alerts of the route into one group.
 */
export const toRoute = (node: RouteNode, parent?: RouteNode): Json => {
  const groupBy = node.groupBy.length === 0 ? (parent?.groupBy ?? []) : node.groupBy;
  const inherits = parent !== undefined && sameList(groupBy, parent.groupBy);
  return {
    matchers: node.matchers.length === 0 ? undefined : node.matchers.map(matcherText),
    receiver: node.receiver,
    continue: node.continue && parent !== undefined ? true : undefined,
    group_by: inherits || groupBy.length === 0 ? undefined : groupBy,
    group_wait: changed(node, parent, 'groupWait'),
    group_interval: changed(node, parent, 'groupInterval'),
    repeat_interval: changed(node, parent, 'repeatInterval'),
    active_time_intervals: node.activeTimes,
    mute_time_intervals: node.muteTimes,
    routes: node.routes.length === 0 ? undefined : node.routes.map((child) => toRoute(child, { ...node, groupBy })),
  };
};

const changed = (
  node: RouteNode,
  parent: RouteNode | undefined,
  field: 'groupWait' | 'groupInterval' | 'repeatInterval',
): string | undefined =>
  parent !== undefined && node[field] === parent[field] ? undefined : prometheusDuration(node[field]);

const sameList = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((item, index) => item === right[index]);

/** Where each node of the tree comes from, by JSON pointer. */
export const routeOrigins = (node: RouteNode, pointer: string): readonly (readonly [string, Origin])[] => [
  [pointer, node.origin],
  ...node.routes.flatMap((child, index) => routeOrigins(child, `${pointer}/routes/${index}`)),
];

/** A rule that keeps some alerts quiet while others fire. */
export const toInhibitRule = ({ source, target, equal }: Inhibition): Json => ({
  source_matchers: source.map(matcherText),
  target_matchers: target.map(matcherText),
  equal: equal.length === 0 ? undefined : equal,
});
