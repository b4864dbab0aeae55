import { formatDuration, formatResponseTime } from '../../model/format.ts';
import type { AlertingRule, EscalationTier, Model, Project, RouteMatcher, RouteNode, Told } from '../../model/model.ts';
import { describeReceiver } from '../../model/receivers.ts';
import { labelsOf, listNotifications } from '../../model/routing.ts';
import { matcherText } from '../alertmanager/matcher.ts';
import { listAlerts, runbookAddress } from '../alerts.ts';
import { cell, heading, inline, link, plain } from '../markdown.ts';
import { delayOf, hoursOf, waysOf } from '../notices.ts';

/** What the page of the escalation is filled in with; every text is Markdown. */
export interface EscalationView {
  readonly project: string;
  readonly steps: readonly string[];
  readonly teams: readonly {
    readonly title: string;
    readonly rows: readonly {
      readonly severity: string;
      readonly respond: string;
      readonly repeated: string;
      /** One for each of `steps`. */
      readonly told: readonly string[];
    }[];
  }[];
}

/** Who is told at each severity of each team, step by step. */
export const toEscalationView = ({ project }: Model): EscalationView => {
  const notices = project.teams.flatMap(({ notify }) => Object.values(notify));
  const longest = notices.map(({ tiers }) => tiers).toSorted((a, b) => b.length - a.length)[0] ?? [];
  return {
    project: plain(project.title),
    steps: longest.map(({ name }) => name.charAt(0).toUpperCase() + name.slice(1)),
    teams: project.teams.map((team) => ({
      title: heading(team.title),
      rows: project.severities.flatMap(({ id }) => {
        const notice = team.notify[id];
        if (!notice) return [];
        return [
          {
            severity: cell(plain(id)),
            respond: formatResponseTime(notice.respondWithin),
            repeated: `every ${formatDuration(notice.repeatEvery)}`,
            told: longest.map((_, index) => cell(tierText(notice.tiers[index], project))),
          },
        ];
      }),
    })),
  };
};

const tierText = (tier: EscalationTier | undefined, project: Project): string => {
  if (!tier) return '–';
  const { after, hours } = tier;
  const when = after === 0 ? 'at once' : `after ${formatDuration(after)}`;
  const main = `${toldWords(tier.to, project)}, ${when}`;
  if (!hours) return main;
  return `${main}, in ${inline(hours.interval)}; otherwise ${toldWords(hours.otherwise, project) || 'nobody'}`;
};

const toldWords = ({ people, receivers }: Told, project: Project): string => {
  const ways = receivers
    .flatMap((id) => project.receivers.filter((receiver) => receiver.id === id))
    .map((receiver) => inline(describeReceiver(receiver)));
  return people.length === 0 ? ways.join(', ') : `**${people.map(inline).join(', ')}**: ${ways.join(', ')}`;
};

/** What the page of the routing is filled in with; every text is Markdown. */
export interface RoutingView {
  readonly project: string;
  readonly picture: string;
  readonly systems: readonly {
    readonly title: string;
    readonly rows: readonly {
      readonly alert: string;
      readonly severity: string;
      readonly receivers: string;
      readonly told: string;
    }[];
  }[];
}

/** The tree as a picture, and every alert with whom it reaches. */
export const toRoutingView = (model: Model): RoutingView => {
  const { project, systems, routing } = model;
  return {
    project: plain(project.title),
    picture: toMermaid(routing.root),
    systems: systems
      .map((system) => ({
        title: heading(system.title),
        rows: listAlerts(model, system).flatMap((alert) =>
          alert.rules.map(({ rule }) => ({
            alert: cell(link(alert.name, `../${runbookAddress(alert)}`)),
            severity: cell(plain(rule.severity)),
            receivers: cell(receiverNames(model, rule).map(plain).join(', ')),
            told: cell(toldOf(model, rule)),
          })),
        ),
      }))
      .filter(({ rows }) => rows.length > 0),
  };
};

/** The names of Alertmanager's receivers for an alert, in the order of the tree, as amtool gives them. */
export const receiverNames = ({ routing }: Model, rule: AlertingRule): readonly string[] =>
  listNotifications(routing, labelsOf(rule)).map(({ node }) => node.receiver);

const toldOf = ({ project, routing }: Model, rule: AlertingRule): string =>
  listNotifications(routing, labelsOf(rule))
    .map((notification) => {
      const ways = waysOf(notification, project).map(inline);
      if (ways.length === 0) return 'nobody';
      const people = notification.people.map(inline).join(', ');
      const hours = hoursOf(notification);
      return `${people === '' ? ways.join(', ') : people} ${delayOf(notification)}${hours === undefined ? '' : ` (${inline(hours)})`}`;
    })
    .join('; ');

/** Characters that would end a label of Mermaid, or be read as markup in it. */
const mermaidText = (text: string): string =>
  text.replaceAll(/[&"<>#;`{}[\]|\\]/g, (character) => `#${character.charCodeAt(0)};`).replaceAll(/\s+/g, ' ');

/** The tree as a flow chart: conditions on the way, receivers and their times at the ends. */
const toMermaid = (root: RouteNode): string => {
  const lines = ['flowchart LR'];
  let count = 0;
  const draw = (node: RouteNode): string => {
    const name = `n${count}`;
    count += 1;
    const times =
      node.routes.length === 0
        ? `<br>${delayOf({ after: node.groupWait })}, then every ${formatDuration(node.repeatInterval)}`
        : '';
    const hours = [
      ...(node.activeTimes ?? []).map((id) => `<br>only in ${mermaidText(id)}`),
      ...(node.muteTimes ?? []).map((id) => `<br>not in ${mermaidText(id)}`),
    ].join('');
    const [open, close] = node.routes.length === 0 ? ['(["', '"])'] : ['["', '"]'];
    const label = node.routes.length === 0 ? node.receiver : node.id;
    lines.push(`  ${name}${open}${mermaidText(label)}${times}${hours}${close}`);
    for (const child of node.routes) {
      const to = draw(child);
      const condition = child.matchers.map((matcher: RouteMatcher) => mermaidText(matcherText(matcher))).join('<br>');
      const arrow = child.continue ? '-.->' : '-->';
      lines.push(`  ${name} ${arrow}${condition === '' ? '' : `|"${condition}"|`} ${to}`);
    }
    return name;
  };
  draw(root);
  return lines.join('\n');
};
