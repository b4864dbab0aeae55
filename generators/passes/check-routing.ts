import { HEARTBEAT_ALERT } from '../conventions.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Report } from '../diagnostics/report.ts';
import type { AlertingRule, Inhibition, Model, Project, RouteMatcher, RouteNode, Routing } from '../model/model.ts';
import { RECEIVER_KINDS } from '../model/receivers.ts';
import { concreteLabels, findTreeFaults } from '../model/route-analysis.ts';
import type { AlertLabels } from '../model/routing.ts';
import { canMatch, FALLBACK, findRoutes, labelsOf, REVIEW_ROUTE } from '../model/routing.ts';
import { definePass } from './pass.ts';

/** Follows every alert through the tree: whom it reaches, whom it does not, and what nothing reaches. */
export const checkRouting = definePass({
  id: 'check-routing',
  summary: 'every alert is followed to somebody, every route and inhibition to some alert',
  run: (model, report) => {
    // What an earlier error left out would look like alerts, routes and receivers that nobody uses.
    const journeys = followAll(model);
    const isWhole = !report.hasErrors && journeys.length > 0;
    if (isWhole) checkReceivers(model.project, model.routing, report);
    const faulty = checkTree(model.routing.root, report);
    if (isWhole) checkReached(model.routing.root, journeys, faulty, report);
    checkAlerts(model, journeys, report);
    checkGroupBy(model.routing.root, journeys, report);
    checkPromises(model, report);
    const find = createFinder(journeys);
    if (isWhole) for (const inhibition of model.routing.inhibitions) checkInhibition(inhibition, find, report);
    return model;
  },
});

/** One way of an alert through the tree. */
interface Journey {
  readonly rule: AlertingRule;
  readonly labels: AlertLabels;
  /** Open labels whose value this way depends on. */
  readonly chosen: readonly string[];
  readonly nodes: readonly RouteNode[];
}

const followAll = ({ project, ruleGroups, routing }: Model): readonly Journey[] =>
  ruleGroups
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertingRule => rule.kind === 'alerting')
    .flatMap((rule) =>
      (project.environments.length === 0 ? [undefined] : project.environments).flatMap((environment) =>
        concreteLabels(routing.root, labelsOf(rule, environment)).map((labels) => ({
          rule,
          labels,
          chosen: labels.chosen,
          nodes: findRoutes(routing.root, labels),
        })),
      ),
    );

const checkReceivers = ({ receivers }: Project, { groups }: Routing, report: Report): void => {
  const used = new Set(groups.flatMap((group) => group.receivers));
  for (const { id, origin } of receivers) {
    if (!used.has(id)) report.add('routing/receiver-unused', { receiver: id }, origin);
  }
};

const checkTree = (root: RouteNode, report: Report): ReadonlySet<RouteNode> => {
  const faults = findTreeFaults(root);
  for (const fault of faults) {
    const { node } = fault;
    if (fault.kind === 'contradictory') {
      report.add('routing/route-contradictory', { route: node.id, label: fault.label }, node.origin);
    } else {
      report.add('routing/route-shadowed', { route: node.id, by: fault.by.id }, node.origin, {
        related: [{ note: 'the route before it', at: fault.by.origin }],
      });
    }
  }
  return new Set(faults.map(({ node }) => node));
};

/** A rung of a team's ladder may wait for its first alert. */
const isRung = ({ matchers }: RouteNode): boolean =>
  matchers.length === 0 || (matchers.length === 1 && matchers[0]?.name === 'severity');

const checkReached = (
  root: RouteNode,
  journeys: readonly Journey[],
  faulty: ReadonlySet<RouteNode>,
  report: Report,
): void => {
  const reached = new Set(journeys.flatMap(({ nodes }) => nodes));
  const isReached = (node: RouteNode): boolean => reached.has(node) || node.routes.some(isReached);
  const visit = (node: RouteNode): void => {
    for (const child of node.routes) {
      if (faulty.has(child)) continue;
      if (isReached(child)) visit(child);
      else if (node === root ? child.id !== REVIEW_ROUTE : !isRung(child))
        report.add('routing/route-unreached', { route: child.id }, child.origin);
    }
  };
  visit(root);
};

const checkAlerts = ({ project, routing }: Model, journeys: readonly Journey[], report: Report): void => {
  const once = createOnce();
  const receiversOf = (node: RouteNode): readonly string[] =>
    routing.groups.find(({ id }) => id === node.receiver)?.receivers ?? [];
  const excused = new Set(
    project.maintenance.flatMap(({ interval, mostSevereToo }) => (mostSevereToo ? interval : [])),
  );
  for (const { rule, chosen, nodes } of journeys) {
    if (rule.alert === HEARTBEAT_ALERT) continue;
    const { alert, severity, origin } = rule;
    const level = project.severities.find(({ id }) => id === severity);
    const telling = nodes.filter((node) => receiversOf(node).length > 0);
    const [silent] = nodes;
    if (telling.length === 0 && silent && level?.respondWithin.kind !== 'review') {
      if (once('unrouted', alert, severity))
        report.add('routing/alert-unrouted', { alert, severity, route: silent.id }, origin, related(silent));
      continue;
    }
    // A severity that the team does not know has had its own finding.
    const team = project.teams.find(({ id }) => id === rule.team);
    if (telling.length > 0 && telling.every(({ receiver }) => receiver === FALLBACK) && team?.notify[severity]) {
      if (once('default', alert, severity))
        report.add('routing/alert-default', { alert, severity, label: chosen[0] }, origin);
    }
    checkTwice(rule, telling, receiversOf, project, once, report);
    if (level?.rank === 0) checkMuted(severity, telling, excused, once, report);
  }
};

type Once = (...key: readonly string[]) => boolean;

/** True the first time that a key is asked for. */
const createOnce = (): Once => {
  const seen = new Set<string>();
  return (...key) => {
    const text = JSON.stringify(key);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  };
};

const related = (node: RouteNode) => ({ related: [{ note: `the route ${node.id}`, at: node.origin }] });

const checkTwice = (
  { alert, severity, origin }: AlertingRule,
  nodes: readonly RouteNode[],
  receiversOf: (node: RouteNode) => readonly string[],
  { receivers }: Project,
  once: Once,
  report: Report,
): void => {
  const pagersOf = (node: RouteNode): readonly string[] =>
    receiversOf(node).filter((id) => {
      const kind = receivers.find((receiver) => receiver.id === id)?.kind;
      return kind !== undefined && RECEIVER_KINDS[kind].pages === true;
    });
  nodes.forEach((node, index) => {
    for (const other of nodes.slice(0, index)) {
      if (areSiblings(node, other)) continue;
      const shared = receiversOf(node).find((id) => receiversOf(other).includes(id));
      const pages = pagersOf(node).length > 0 && pagersOf(other).length > 0;
      if (shared === undefined && !pages) continue;
      if (!once('twice', node.id, other.id)) continue;
      const what = shared === undefined ? 'whoever carries a pager' : `the receiver "${shared}"`;
      report.add(
        'routing/alert-told-twice',
        { alert, severity, what, routes: [other.id, node.id] },
        origin,
        related(node),
      );
    }
  });
};

/** Tiers of one escalation, which follow each other, and the halves of one day, of which one is always mute. */
const areSiblings = (a: RouteNode, b: RouteNode): boolean =>
  a.matchers.length === 0 &&
  b.matchers.length === 0 &&
  (a.groupWait !== b.groupWait ||
    (a.activeTimes ?? []).some((id) => b.muteTimes?.includes(id)) ||
    (b.activeTimes ?? []).some((id) => a.muteTimes?.includes(id)));

const checkMuted = (
  severity: string,
  nodes: readonly RouteNode[],
  excused: ReadonlySet<string>,
  once: Once,
  report: Report,
): void => {
  const muteOf = ({ muteTimes = [] }: RouteNode): readonly string[] => muteTimes.filter((id) => !excused.has(id));
  const isAlways = (node: RouteNode): boolean => (node.activeTimes ?? []).length === 0 && muteOf(node).length === 0;
  const isOtherHalf = (node: RouteNode): boolean =>
    (node.activeTimes ?? []).some((id) =>
      nodes.some((other) => muteOf(other).length === 1 && muteOf(other)[0] === id),
    ) && muteOf(node).length === 0;
  if (nodes.some(isAlways) || nodes.some(isOtherHalf)) return;
  const [node] = nodes;
  const interval = node && (muteOf(node)[0] ?? node.activeTimes?.[0]);
  if (!node || interval === undefined || !once('muted', node.id)) return;
  const outside = muteOf(node).length === 0;
  report.add('routing/critical-muted', { route: node.id, severity, interval, outside }, node.origin);
};

const carries = ({ known, open }: AlertLabels, label: string): boolean => label in known || open.has(label);

const checkGroupBy = (root: RouteNode, journeys: readonly Journey[], report: Report): void => {
  const visit = (node: RouteNode): void => {
    const below = nodesBelow(node);
    const passing = journeys.filter(({ nodes }) => nodes.some((one) => below.has(one)));
    const known = [...new Set(passing.flatMap(({ labels }) => [...Object.keys(labels.known), ...labels.open]))];
    for (const label of passing.length === 0 ? [] : node.groupBy) {
      if (label === '...' || passing.some(({ labels }) => carries(labels, label))) continue;
      report.add('routing/group-by-label', { route: node.id, label, suggestions: suggest(label, known) }, node.origin);
    }
    node.routes.forEach(visit);
  };
  // The root groups by what the generator chose.
  root.routes.forEach(visit);
};

const nodesBelow = (node: RouteNode): ReadonlySet<RouteNode> =>
  new Set([node, ...node.routes.flatMap((child) => [...nodesBelow(child)])]);

/** A promise is measured from the alert to the first message; how long it takes to fire is the threshold's `for`. */
const checkPromises = ({ project, routing }: Model, report: Report): void => {
  const all = [...nodesBelow(routing.root)];
  for (const team of project.teams) {
    for (const [severity, { respondWithin, origin }] of Object.entries(team.notify)) {
      const node = all.find(({ id }) => id === `${team.id}/${severity}`);
      const leaves = node ? (node.routes.length > 0 ? node.routes : [node]) : [];
      const first = Math.min(...leaves.map(({ groupWait }) => groupWait));
      if (respondWithin.kind !== 'within' || leaves.length === 0 || first <= respondWithin.ms) continue;
      report.add(
        'routing/response-late',
        { route: `${team.id}/${severity}`, first, promised: respondWithin.ms },
        { ...origin, path: [...origin.path, 'respondWithin'] },
      );
    }
  }
};

/** Gives the journeys that some matchers can match. */
type Finder = (matchers: readonly RouteMatcher[]) => readonly Journey[];

/** Journeys by the values of the labels that are asked for: there are as many inhibitions as there are systems. */
const createFinder = (journeys: readonly Journey[]): Finder => {
  const byLabel = new Map<string, { readonly open: Journey[]; readonly byValue: Map<string, Journey[]> }>();
  const indexOf = (name: string) => {
    const known = byLabel.get(name);
    if (known) return known;
    const index = { open: [] as Journey[], byValue: new Map<string, Journey[]>() };
    for (const journey of journeys) {
      const value = journey.labels.known[name] ?? '';
      if (journey.labels.open.has(name)) index.open.push(journey);
      else if (!index.byValue.get(value)?.push(journey)) index.byValue.set(value, [journey]);
    }
    byLabel.set(name, index);
    return index;
  };
  return (matchers) => {
    let candidates = journeys;
    for (const { name, op, value } of matchers) {
      if (op !== '=') continue;
      const { open, byValue } = indexOf(name);
      const own = byValue.get(value) ?? [];
      if (open.length + own.length < candidates.length) candidates = [...open, ...own];
    }
    return candidates.filter(({ labels }) => canMatch(matchers, labels));
  };
};

const checkInhibition = (inhibition: Inhibition, find: Finder, report: Report): void => {
  const { reason, origin, equal } = inhibition;
  const [sources, targets] = [find(inhibition.source), find(inhibition.target)];
  const never = (problem: string): void => report.add('routing/inhibition-never', { reason, problem }, origin);
  if (sources.length === 0) return never('no alert matches its source');
  if (targets.length === 0) return never('no alert matches its target');
  const both = new Set(targets);
  const self = sources.find((source) => both.has(source) && isCertain(inhibition, source.labels));
  if (self) return report.add('routing/inhibition-self', { reason, alert: self.rule.alert }, origin);
  for (const label of equal) {
    const [inSource, inTarget] = [sources, targets].map((side) => side.some(({ labels }) => carries(labels, label)));
    if (!inSource && !inTarget) report.add('routing/inhibition-too-much', { reason, label }, origin);
    else if (!inSource || !inTarget) {
      never(`its ${inSource ? 'target' : 'source'} never carries "${label}", which has to be equal`);
    }
  }
};

/** Whether both sides match whatever values the open labels have. */
const isCertain = ({ source, target }: Inhibition, { known }: AlertLabels): boolean =>
  [...source, ...target].every(({ name }) => name in known);
