import { HEARTBEAT_ALERT, LABELS } from '../conventions.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Report } from '../diagnostics/report.ts';
import type {
  AlertingRule,
  EscalationTier,
  Heartbeat,
  Maintenance,
  Milliseconds,
  Model,
  NotificationGroup,
  Project,
  ResponseTime,
  RouteMatcher,
  RouteNode,
  SeverityLevel,
  Team,
  TeamNotice,
  Told,
} from '../model/model.ts';
import { hours, minutes, seconds, toMilliseconds } from '../model/quantities.ts';
import { escapeRe2 } from '../model/series.ts';
import { externalLabelNames, FALLBACK, NOBODY, REVIEW_ROUTE } from '../model/routing.ts';
import { definePass } from './pass.ts';

/** One incident is one alert of one component; its instances arrive together. */
const GROUP_BY = ['alertname', LABELS.system, LABELS.component];

/**
 * The routing tree: the heartbeat, the routes a person wrote, what nobody is told of, then by team, by severity, most
 * severe first, by tier of the escalation, by hours; the fallback takes the rest.
 */
export const routes = definePass({
  id: 'routes',
  summary: 'teams, severities, escalations and hours become the routing tree and its receivers',
  run: (model, report) => {
    const { project } = model;
    checkMaintenance(model, report);
    const build = createBuilder(model, report);
    const root: RouteNode = {
      ...leaf('root', FALLBACK, []),
      groupBy: [...GROUP_BY, ...externalLabelNames(project)],
      origin: project.origin,
    };
    const children = [
      ...(project.heartbeat ? [build.heartbeatRoute(project.heartbeat)] : []),
      ...project.routes.map(build.extraRoute),
      ...build.reviewRoute(),
      ...project.teams.map(build.teamRoute),
    ];
    return {
      ...model,
      routing: { ...model.routing, root: { ...root, routes: children }, groups: build.groups() },
    } satisfies Model;
  },
});

const IN_AN_HOUR: ResponseTime = { kind: 'within', ms: toMilliseconds(hours(1)) };

/**
 * Timing from the promised response: waiting to collect an incident's alerts may cost a tenth of it at the most, and
 * never more than a minute.
 */
const timing = (
  respondWithin: ResponseTime,
  repeatInterval: Milliseconds,
): Pick<RouteNode, 'groupWait' | 'groupInterval' | 'repeatInterval'> => {
  const promised = respondWithin.kind === 'within' ? respondWithin.ms : toMilliseconds(hours(24));
  const groupWait = Math.min(
    Math.max(Math.floor(promised / 10_000) * 1000, toMilliseconds(seconds(10))),
    toMilliseconds(minutes(1)),
  );
  const groupInterval =
    promised <= toMilliseconds(minutes(15)) ? toMilliseconds(minutes(1)) : toMilliseconds(minutes(5));
  // Alertmanager rounds a repetition up to a multiple of the group interval.
  return {
    groupWait,
    groupInterval,
    repeatInterval: Math.max(Math.ceil(repeatInterval / groupInterval) * groupInterval, groupInterval),
  };
};

const leaf = (id: string, receiver: string, matchers: readonly RouteMatcher[]): Omit<RouteNode, 'origin'> => ({
  id,
  receiver,
  matchers,
  groupBy: [],
  ...timing(IN_AN_HOUR, toMilliseconds(hours(4))),
  continue: false,
  routes: [],
});

const is = (name: string, ...values: readonly string[]): RouteMatcher =>
  values.length === 1
    ? { name, op: '=', value: values[0] ?? '' }
    : { name, op: '=~', value: values.map(escapeRe2).join('|') };

const muteTimes = (...intervals: readonly string[]): Pick<RouteNode, 'muteTimes'> =>
  intervals.length === 0 ? {} : { muteTimes: [...new Set(intervals)] };

/** Makes the parts of the tree, and keeps the notification groups that they use. */
const createBuilder = ({ project, systems, ruleGroups }: Model, report: Report) => {
  const alerts = ruleGroups
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertingRule => rule.kind === 'alerting');
  const groups = new Map<string, NotificationGroup>([
    [FALLBACK, { id: FALLBACK, receivers: project.fallback, origin: project.origin }],
  ]);
  const nobody = (): string => {
    groups.set(NOBODY, { id: NOBODY, receivers: [], origin: project.origin });
    return NOBODY;
  };
  const groupOf = (id: string, { receivers, people }: Told, origin: Team['origin']): string => {
    groups.set(id, { id, receivers, ...(people.length === 0 ? {} : { people }), origin });
    return id;
  };

  /** The watcher must hear of it before its period ends: the repetition is four fifths of it. */
  const heartbeatRoute = ({ receivers, every, origin }: Heartbeat): RouteNode => {
    const groupInterval = Math.max(Math.floor(every / 5_000) * 1000, 1000);
    return {
      ...leaf('heartbeat', groupOf('heartbeat', { receivers, people: [] }, origin), [is('alertname', HEARTBEAT_ALERT)]),
      groupWait: 0,
      groupInterval,
      repeatInterval: Math.max(groupInterval * 4, 1000),
      origin,
    };
  };

  const extraRoute = ({
    id,
    matchers,
    receivers,
    only,
    groupBy,
    quiet,
    origin,
  }: Project['routes'][number]): RouteNode => ({
    ...leaf(
      `route/${id}`,
      receivers.length === 0 ? nobody() : groupOf(`route/${id}`, { receivers, people: [] }, origin),
      matchers,
    ),
    groupBy,
    continue: !only,
    ...muteTimes(...quiet),
    origin,
  });

  const isReviewed = ({ respondWithin }: SeverityLevel): boolean => respondWithin.kind === 'review';
  const isNotified = ({ id }: SeverityLevel): boolean => project.teams.some(({ notify }) => notify[id] !== undefined);

  /** What no team wants to be told of at once is taken out before the teams. */
  const reviewRoute = (): readonly RouteNode[] => {
    const ids = project.severities.filter((one) => isReviewed(one) && !isNotified(one)).map(({ id }) => id);
    if (ids.length === 0) return [];
    const { origin } = project;
    const repeat = timing({ kind: 'review' }, toMilliseconds(hours(24)));
    return [{ ...leaf(REVIEW_ROUTE, nobody(), [is(LABELS.severity, ...ids)]), ...repeat, origin }];
  };

  const teamRoute = (team: Team): RouteNode => {
    const windows = systems
      .filter(({ team: owner }) => owner === team.id)
      .map(({ id }) => ({ id, windows: project.maintenance.filter(({ systems: names }) => names.includes(id)) }))
      .filter(({ windows: some }) => some.length > 0);
    return {
      ...leaf(team.id, FALLBACK, [is(LABELS.team, team.id)]),
      routes: [
        ...windows.map(({ id, windows: some }): RouteNode => ({
          ...leaf(`${team.id}/${id}`, FALLBACK, [is(LABELS.system, id)]),
          routes: severityRoutes(team, `${team.id}/${id}`, some),
          origin: some[0]?.origin ?? team.origin,
        })),
        ...severityRoutes(team, team.id, []),
      ],
      origin: team.origin,
    };
  };

  const severityRoutes = (team: Team, prefix: string, windows: readonly Maintenance[]): readonly RouteNode[] =>
    project.severities.flatMap((severity): RouteNode[] => {
      const notice = team.notify[severity.id];
      const used = alerts.filter((alert) => alert.team === team.id && alert.severity === severity.id);
      const id = `${prefix}/${severity.id}`;
      const matchers = [is(LABELS.severity, severity.id)];
      if (notice) {
        if (prefix === team.id) checkRepeat(id, notice, report);
        const muted = windows.filter(({ mostSevereToo }) => mostSevereToo || severity.rank > 0);
        return [noticeRoute(`${team.id}/${severity.id}`, id, matchers, notice, muted)];
      }
      if (isReviewed(severity)) {
        if (!isNotified(severity)) return [];
        const repeat = timing(severity.respondWithin, toMilliseconds(hours(24)));
        return [{ ...leaf(id, nobody(), matchers), ...repeat, origin: team.origin }];
      }
      if (prefix === team.id) reportUnrouted(team, severity.id, used, report);
      return [];
    });

  /** A severity of a team: one route, or a child for each tier and each half of its hours. */
  const noticeRoute = (
    group: string,
    id: string,
    matchers: readonly RouteMatcher[],
    notice: TeamNotice,
    windows: readonly Maintenance[],
  ): RouteNode => {
    const times = timing(notice.respondWithin, notice.repeatEvery);
    const quiet = [...notice.quiet, ...windows.map(({ interval }) => interval)];
    const parts = notice.tiers.flatMap((tier, index) =>
      tierRoutes(group, id, tier, index === 0 && notice.tiers.length === 1, quiet).map((node) => ({
        ...node,
        ...times,
        groupWait: tier.after === 0 ? times.groupWait : tier.after,
      })),
    );
    const [only, ...more] = parts;
    if (only && more.length === 0) return { ...only, id, matchers };
    return {
      ...leaf(id, only?.receiver ?? FALLBACK, matchers),
      ...times,
      routes: parts.map((node, index) => ({ ...node, continue: index < parts.length - 1 })),
      origin: notice.origin,
    };
  };

  const tierRoutes = (
    group: string,
    id: string,
    tier: EscalationTier,
    isOnly: boolean,
    quiet: readonly string[],
  ): readonly RouteNode[] => {
    const suffix = isOnly ? '' : `/${tier.name.replaceAll(' ', '-')}`;
    const { hours: split, origin } = tier;
    const node = (name: string, told: Told, more: Partial<RouteNode>): RouteNode => ({
      ...leaf(`${id}${name}`, groupOf(`${group}${name}`, told, origin), []),
      ...muteTimes(...quiet),
      ...more,
      origin,
    });
    if (!split) return [node(suffix, tier.to, {})];
    // One interval, active here and mute there: there is no gap between them.
    const inside = node(`${suffix}/in-${split.interval}`, tier.to, { activeTimes: [split.interval] });
    if (split.otherwise.receivers.length === 0) return [inside];
    return [inside, node(`${suffix}/outside-${split.interval}`, split.otherwise, muteTimes(split.interval, ...quiet))];
  };

  return { heartbeatRoute, extraRoute, reviewRoute, teamRoute, groups: () => [...groups.values()] };
};

/** A system's name in a maintenance window is known only when all systems are. */
const checkMaintenance = ({ project, systems }: Model, report: Report): void => {
  const known = systems.map(({ id }) => id);
  for (const { systems: names, origin } of project.maintenance) {
    names.forEach((name, index) => {
      if (known.includes(name)) return;
      const at = { ...origin, path: [...origin.path, 'systems', index] };
      report.add('routing/maintenance-system', { system: name, suggestions: suggest(name, known) }, at);
    });
  }
};

const checkRepeat = (route: string, notice: TeamNotice, report: Report): void => {
  const { groupInterval: interval } = timing(notice.respondWithin, notice.repeatEvery);
  if (notice.repeatEvery >= interval) return;
  report.add(
    'routing/timing-order',
    { route, repeat: notice.repeatEvery, interval },
    { ...notice.origin, path: [...notice.origin.path, 'repeatEvery'] },
  );
};

const reportUnrouted = (team: Team, severity: string, used: readonly AlertingRule[], report: Report): void => {
  const first = used[0];
  if (!first) return;
  report.add(
    'routing/severity-unrouted',
    { team: team.id, severity, suggestions: suggest(severity, Object.keys(team.notify)) },
    first.origin,
    {
      related: [{ note: "the team's receivers", at: { ...team.origin, path: [...team.origin.path, 'notify'] } }],
    },
  );
};
