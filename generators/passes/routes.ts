import { LABELS } from '../conventions.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Report } from '../diagnostics/report.ts';
import type {
  AlertingRule,
  Milliseconds,
  Model,
  NotificationGroup,
  ResponseTime,
  RouteNode,
  Team,
} from '../model/model.ts';
import { hours, minutes, seconds, toMilliseconds } from '../model/quantities.ts';
import { definePass } from './pass.ts';

/** The group that is told when no team's route takes an alert. */
const FALLBACK = 'fallback';
/** The group that tells nobody: for what is looked at in a review. */
const NOBODY = 'nobody';

/** No id has a slash, so no two groups are alike. */
const groupId = (team: string, severity: string): string => `${team}/${severity}`;

/** One incident is one alert of one component; its instances arrive together. */
const GROUP_BY = ['alertname', LABELS.system, LABELS.component];

/** The routing tree: by team, then by severity, most severe first. */
export const routes = definePass({
  id: 'routes',
  summary: 'teams and severities become the routing tree and its receivers',
  run: (model, report) => {
    const { project } = model;
    const alerts = model.ruleGroups
      .flatMap(({ rules }) => rules)
      .filter((rule): rule is AlertingRule => rule.kind === 'alerting');
    const groups: NotificationGroup[] = [{ id: FALLBACK, receivers: project.fallback, origin: project.origin }];
    const needsNobody = project.severities.some(({ respondWithin }) => respondWithin.kind === 'review');
    if (needsNobody) groups.push({ id: NOBODY, receivers: [], origin: project.origin });

    const teamRoutes = project.teams.map((team): RouteNode => {
      const children = project.severities.flatMap((severity): RouteNode[] => {
        const notice = team.notify[severity.id];
        const used = alerts.filter((alert) => alert.team === team.id && alert.severity === severity.id);
        const matchers = [{ name: LABELS.severity, op: '=', value: severity.id } as const];
        if (notice) {
          const id = groupId(team.id, severity.id);
          groups.push({ id, receivers: notice.to, origin: notice.origin });
          return [
            {
              id,
              receiver: id,
              matchers,
              groupBy: [],
              ...timing(notice.respondWithin, notice.repeatEvery),
              continue: false,
              routes: [],
              origin: notice.origin,
            },
          ];
        }
        if (severity.respondWithin.kind === 'review') {
          return [
            {
              id: groupId(team.id, severity.id),
              receiver: NOBODY,
              matchers,
              groupBy: [],
              ...timing(severity.respondWithin, toMilliseconds(hours(24))),
              continue: false,
              routes: [],
              origin: team.origin,
            },
          ];
        }
        reportUnrouted(team, severity.id, used, report);
        return [];
      });
      return {
        id: team.id,
        receiver: FALLBACK,
        matchers: [{ name: LABELS.team, op: '=', value: team.id }],
        groupBy: [],
        ...timing(IN_AN_HOUR, toMilliseconds(hours(4))),
        continue: false,
        routes: children,
        origin: team.origin,
      };
    });
    const root: RouteNode = {
      id: 'root',
      receiver: FALLBACK,
      matchers: [],
      groupBy: GROUP_BY,
      ...timing(IN_AN_HOUR, toMilliseconds(hours(4))),
      continue: false,
      routes: teamRoutes,
      origin: project.origin,
    };
    return { ...model, routing: { ...model.routing, root, groups } } satisfies Model;
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
