/** Projects that are wrong in one way of routing each, and what is said about them. */
import type { Code } from '../../generators/diagnostics/codes.ts';

/** An edit of the sound project of test/broken. */
export interface RoutingCase {
  readonly code: Code;
  readonly name: string;
  /** What is replaced in project.ts. */
  readonly edits: readonly (readonly [replace: string, by: string])[];
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

const INTERVALS = `timeIntervals: {
    night: { timeZone: 'Europe/Berlin', spans: [{ times: [{ from: '00:00', to: '06:00' }] }] },
    days: { timeZone: 'UTC', spans: [{ weekdays: ['monday:friday'], times: [{ from: '09:00', to: '17:00' }] }] },
  },
  `;
const FALLBACK = "fallback: ['chat'],";
/** Adds properties to the project. */
const add = (text: string): readonly [string, string] => [FALLBACK, `${INTERVALS}${text}${FALLBACK}`];
const critical = (by: string): readonly [string, string] => [
  "critical: { to: ['pager', 'chat'] }",
  `critical: { ${by} }`,
];

export const ROUTING_CASES: readonly RoutingCase[] = [
  {
    code: 'routing/severity-unrouted',
    name: 'a severity that a team has nobody for',
    edits: [["        warning: { to: ['chat'] },\n", '']],
    severity: 'error',
    message: 'nobody is told: the team "checkout" has no receivers for severity "warning"',
  },
  {
    code: 'routing/receiver-version',
    name: 'a kind of receiver that the Alertmanager of the project lacks',
    edits: [
      ['pagerDuty, seconds', 'pagerDuty, teams, seconds'],
      ["chat: slack({ channel: '#alerts', apiUrlFile: 'slack.url' })", "chat: teams({ webhookUrlFile: 'teams.url' })"],
    ],
    severity: 'error',
    message: 'the receiver "chat" is for Microsoft Teams, which Alertmanager has since 0.28; the project is for 0.25',
  },
  {
    code: 'routing/receiver-version',
    name: 'a field of a receiver that the Alertmanager of the project lacks',
    edits: [
      ['pagerDuty, seconds', 'pagerDuty, telegram, seconds'],
      [
        "chat: slack({ channel: '#alerts', apiUrlFile: 'slack.url' })",
        "chat: telegram({ botTokenFile: 'telegram.token', chatId: -100 })",
      ],
    ],
    severity: 'error',
    message:
      'the receiver "chat" needs bot_token_file of Telegram, which Alertmanager has since 0.26; the project is for 0.25',
  },
  {
    code: 'routing/receiver-empty',
    name: 'a role that nothing reaches',
    edits: [["title: 'Checkout',", "title: 'Checkout', roles: { lead: { title: 'Lead', to: [] } },"]],
    severity: 'error',
    message: 'nothing reaches Lead: there is no receiver in `to`',
  },
  {
    code: 'routing/receiver-unused',
    name: 'a receiver that nobody names',
    edits: [['receivers: {', "receivers: {\n    old: slack({ channel: '#old', apiUrlFile: 'slack.url' }),"]],
    severity: 'warning',
    message: 'the receiver "old" is never told of anything',
  },
  {
    code: 'routing/acknowledgement',
    name: 'an escalation that waits for an acknowledgement',
    edits: [critical("to: ['chat'], then: [{ after: minutes(5), to: ['pager'], unless: 'acknowledged' }]")],
    severity: 'error',
    message: 'Alertmanager knows no acknowledgement, so an escalation cannot wait for one',
  },
  {
    code: 'routing/rotation',
    name: 'a rotation that no tool keeps',
    edits: [
      [
        "title: 'Checkout',",
        "title: 'Checkout', roles: { lead: { title: 'Lead', to: ['chat'], rotation: { members: ['a', 'b'], every: minutes(10080) } } },",
      ],
    ],
    severity: 'error',
    message: 'Alertmanager knows no rotation, and nothing that reaches Lead does',
  },
  {
    code: 'routing/working-time',
    name: 'a delay in working minutes',
    edits: [
      critical("to: ['chat'], then: [{ after: { workingTime: minutes(15), during: 'days' }, to: ['pager'] }]"),
      add(''),
    ],
    severity: 'error',
    message: 'Alertmanager counts every minute: a delay cannot count only the time in "days"',
  },
  {
    code: 'routing/escalation-order',
    name: 'steps whose delays do not rise',
    edits: [
      critical("to: ['chat'], then: [{ after: minutes(15), to: ['pager'] }, { after: minutes(5), to: ['pager'] }]"),
    ],
    severity: 'error',
    message: 'this step comes 5 min after the alert, which is not later than the one before it (15 min)',
  },
  {
    code: 'routing/alert-unrouted',
    name: 'a route that takes alerts and tells nobody',
    edits: [
      add("routes: { muted: { match: { alertname: 'QueueDeep', severity: 'critical' }, to: [], only: true } },\n  "),
    ],
    severity: 'error',
    message: 'nobody is told of QueueDeep (critical): the route "route/muted" tells nobody',
  },
  {
    code: 'routing/alert-told-twice',
    name: 'a route beside the team that tells the same receiver',
    edits: [add("routes: { archive: { match: { severity: 'critical' }, to: ['chat'] } },\n  ")],
    severity: 'warning',
    message:
      'HighErrorRate (critical) tells the receiver "chat" twice: by the routes "route/archive", "checkout/critical"',
  },
  {
    code: 'routing/alert-told-twice',
    name: 'a route beside the team that wakes a second person',
    edits: [
      ['receivers: {', "receivers: {\n    boss: pagerDuty({ routingKeyFile: 'boss.key' }),"],
      add("routes: { boss: { match: { severity: 'critical' }, to: ['boss'] } },\n  "),
    ],
    severity: 'warning',
    message:
      'HighErrorRate (critical) tells whoever carries a pager twice: by the routes "route/boss", "checkout/critical"',
  },
  {
    code: 'routing/route-unreached',
    name: 'a route with a typing error',
    edits: [add("routes: { archive: { match: { severity: 'critcal' }, to: ['chat'] } },\n  ")],
    severity: 'warning',
    message: 'no alert can reach the route "route/archive"',
  },
  {
    code: 'routing/route-unreached',
    name: 'a team that owns nothing',
    edits: [['teams: {', "teams: {\n    idle: { title: 'Idle', notify: { critical: { to: ['chat'] } } },"]],
    severity: 'warning',
    message: 'no alert can reach the route "idle"',
  },
  {
    code: 'routing/route-shadowed',
    name: 'a route behind a wider one that keeps its alerts',
    edits: [
      ['pagerDuty, seconds', 'matches, pagerDuty, seconds'],
      add(
        "routes: { wide: { match: { severity: matches('critical|warning') }, to: ['chat'], only: true }, narrow: { match: { severity: 'critical', component: 'api' }, to: ['pager'] } },\n  ",
      ),
    ],
    severity: 'error',
    message:
      'the route "route/narrow" gets nothing: "route/wide" stands before it, takes all of its alerts and keeps them',
  },
  {
    code: 'routing/group-by-label',
    name: 'a grouping by a label that nobody carries',
    edits: [
      ['receivers: {', "receivers: {\n    archive: slack({ channel: '#archive', apiUrlFile: 'slack.url' }),"],
      add("routes: { archive: { match: { severity: 'critical' }, to: ['archive'], groupBy: ['componnent'] } },\n  "),
    ],
    severity: 'warning',
    message: 'the route "route/archive" groups by "componnent", which none of its alerts carries',
  },
  {
    code: 'routing/timing-order',
    name: 'a repetition that Alertmanager cannot keep',
    edits: [critical("to: ['pager', 'chat'], repeatEvery: seconds(20)")],
    severity: 'warning',
    message: '"checkout/critical" is to be repeated every 20 s, but Alertmanager looks after it only every 1 min',
  },
  {
    code: 'routing/response-late',
    name: 'a promise that the grouping alone breaks',
    edits: [critical("to: ['pager', 'chat'], respondWithin: seconds(5)")],
    severity: 'warning',
    message: '"checkout/critical" tells the first person 10 s after the alert, and promises somebody within 5 s',
  },
  {
    code: 'routing/critical-muted',
    name: 'critical alerts under a mute window',
    edits: [critical("to: ['pager', 'chat'], quiet: ['night']"), add('')],
    severity: 'error',
    message: 'nobody is told of critical alerts during "night": the route "checkout/critical" is mute then',
  },
  {
    code: 'routing/critical-muted',
    name: 'critical alerts in working hours only',
    edits: [critical("to: ['pager', 'chat'], hours: { during: 'days', otherwise: [] }"), add('')],
    severity: 'error',
    message: 'nobody is told of critical alerts outside "days": the route "checkout/critical" is mute then',
  },
  {
    code: 'routing/inhibition-never',
    name: 'an inhibition without a source',
    edits: [
      add(
        "inhibitions: { typo: { source: { alertname: 'QueueDepth' }, target: { severity: 'warning' }, equal: ['system'], reason: 'a deep queue explains it' } },\n  ",
      ),
    ],
    severity: 'warning',
    message: 'the inhibition "a deep queue explains it" never works: no alert matches its source',
  },
  {
    code: 'routing/inhibition-never',
    name: 'an inhibition whose equal label only one side carries',
    edits: [
      add(
        "inhibitions: { queue: { source: { alertname: 'QueueDeep', severity: 'critical' }, target: { alertname: 'HighLatency' }, equal: ['queue'], reason: 'a deep queue explains it' } },\n  ",
      ),
    ],
    severity: 'warning',
    message:
      'the inhibition "a deep queue explains it" never works: its target never carries "queue", which has to be equal',
  },
  {
    code: 'routing/inhibition-self',
    name: 'an inhibition that one alert is on both sides of',
    edits: [
      add(
        "inhibitions: { self: { source: { severity: 'critical' }, target: { system: 'shop' }, equal: ['system'], reason: 'one is enough' } },\n  ",
      ),
    ],
    severity: 'error',
    message:
      'the inhibition "one is enough" has HighErrorRate on both sides: alerts of that name do not keep each other quiet',
  },
  {
    code: 'routing/inhibition-too-much',
    name: 'an inhibition over a label that neither side carries',
    edits: [
      add(
        "inhibitions: { wide: { source: { severity: 'critical' }, target: { severity: 'warning' }, equal: ['cluster'], reason: 'critical is enough' } },\n  ",
      ),
    ],
    severity: 'error',
    message:
      'the inhibition "critical is enough" keeps too much quiet: neither side carries "cluster", and what both lack counts as equal',
  },
  {
    code: 'routing/maintenance-system',
    name: 'maintenance of a system that is not there',
    edits: [add("maintenance: { upgrade: { title: 'Upgrade', systems: ['shoop'], during: 'night' } },\n  ")],
    severity: 'warning',
    message: 'the maintenance is of the system "shoop", which is not there',
  },
  {
    code: 'definition/secret',
    name: 'a secret in the definition of a receiver',
    edits: [["pagerDuty({ routingKeyFile: 'pagerduty.key' })", "pagerDuty({ routingKey: 'R0123456789' } as never)"]],
    severity: 'error',
    message: 'receivers.pager.routingKey: a secret in plain text (the property is called routingKey)',
  },
  {
    code: 'definition/shape',
    name: 'a time zone that is not there',
    edits: [add(''), ["timeZone: 'UTC'", "timeZone: 'Europe/Berln'"]],
    severity: 'error',
    message: 'timeIntervals.days.timeZone: expected a time zone such as "Europe/Berlin" or "UTC"',
  },
  {
    code: 'definition/shape',
    name: 'a night in one piece',
    edits: [add(''), ["{ from: '00:00', to: '06:00' }", "{ from: '22:00', to: '06:00' }"]],
    severity: 'error',
    message:
      'timeIntervals.night.spans[0].times.0: 22:00 to 06:00 ends before it begins: write a night as two, up to 24:00 and from 00:00',
  },
];
