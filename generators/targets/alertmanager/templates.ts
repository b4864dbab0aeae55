/**
 * The text of every notification: one Handlebars source, filled in once for each way of marking text up, gives the Go
 * templates that Alertmanager reads (https://prometheus.io/docs/alerting/latest/notifications/). Labels and annotations
 * that are missing print nothing.
 */
import { ANNOTATIONS, LABELS, SLO_LABELS } from '../../conventions.ts';
import { formatDuration, literalTemplate } from '../../model/format.ts';
import type { EscalationTier, Project, SeverityLevel, Told } from '../../model/model.ts';
import { describeReceiver } from '../../model/receivers.ts';
import { sequence } from '../markdown.ts';
import { compileTemplate } from '../render.ts';

/** A way of marking text up. Texts are Go templates. */
interface Markup {
  readonly name: string;
  /** Around the headline. */
  readonly strong: readonly [before: string, after: string];
  /** Around a command. */
  readonly code: readonly [before: string, after: string];
  readonly newline: string;
  /** What is done to what comes from labels and annotations: the end of a pipeline. */
  readonly escape: string;
  readonly link: (label: string, address: string) => string;
}

/** Slack's three characters, so that no label can write `<!channel>` (https://api.slack.com/reference/surfaces/formatting#escaping). */
const SLACK_ESCAPE = ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"';
const MARKDOWN_ESCAPE = String.raw` | reReplaceAll "([\\\\*_\\[\\]<>~\x60])" "\\$1"`;

const MARKUPS: readonly Markup[] = [
  {
    name: 'text',
    strong: ['', ''],
    code: ['', ''],
    newline: '\n',
    escape: '',
    link: (label, address) => `${label}: ${address}\n`,
  },
  {
    name: 'slack',
    strong: ['*', '*'],
    code: ['`', '`'],
    newline: '\n',
    escape: SLACK_ESCAPE,
    link: (label, address) => `<${address}|${label}>\n`,
  },
  {
    name: 'markdown',
    strong: ['**', '**'],
    code: ['`', '`'],
    // Two spaces break a line in every dialect.
    newline: '  \n',
    escape: MARKDOWN_ESCAPE,
    link: (label, address) => `[${label}](${address})  \n`,
  },
  {
    name: 'html',
    strong: ['<strong>', '</strong>'],
    code: ['<code>', '</code>'],
    newline: '<br>\n',
    // Alertmanager escapes what is filled into an HTML mail.
    escape: '',
    link: (label, address) => `<a href="${address}">${label}</a><br>\n`,
  },
];

/** More alerts than this are counted, not listed. */
const LISTED = 10;

/** Labels that say again which objective it is, for the tools that read Sloth's series. */
const DOUBLED = [SLO_LABELS.id, SLO_LABELS.service, SLO_LABELS.slo, SLO_LABELS.severity];
/** Labels that the title or a line of their own shows already. */
const SHOWN = ['alertname', LABELS.severity, LABELS.system, LABELS.team, ...DOUBLED];

/** The source. `[[ ]]` are Go's delimiters, `{{ }}` those of Handlebars. */
const SOURCE = `[[ define "tocsin.title" ]][[[ .Status | toUpper ]][[ if eq .Status "firing" ]]:[[ .Alerts.Firing | len ]][[ end ]]] [[ with .CommonLabels.alertname ]][[ . ]][[ else ]]several alerts[[ end ]][[ with .CommonLabels.{{labels.system}} ]] in [[ . ]][[ end ]][[ with .CommonLabels.{{labels.severity}} ]] ([[ . ]])[[ end ]][[ end ]]

[[ define "tocsin.headline" ]][[ with .CommonAnnotations.{{annotations.summary}} ]][[ . ]][[ else ]][[ template "tocsin.title" . ]][[ end ]][[ end ]]

[[ define "tocsin.slack.headline" ]][[ with .CommonAnnotations.{{annotations.summary}} ]][[ .{{slackEscape}} ]][[ else ]][[ template "tocsin.title" . ]][[ end ]][[ end ]]

[[ define "tocsin.slack.color" ]][[ if eq .Status "resolved" ]]good{{#each dangers}}[[ else if eq .CommonLabels.{{@root.labels.severity}} {{this}} ]]danger{{/each}}[[ else ]]warning[[ end ]][[ end ]]

[[ define "tocsin.pagerduty.severity" ]][[ if eq .Status "" ]]{{#each severities}}[[ else if eq .CommonLabels.{{@root.labels.severity}} {{name}} ]]{{word}}{{/each}}[[ else ]]error[[ end ]][[ end ]]

[[ define "tocsin.told" ]][[ if eq .{{labels.team}} "" ]]{{#each told}}[[ else if and (eq .{{@root.labels.team}} {{team}}) (eq .{{@root.labels.severity}} {{severity}}) ]]{{who}}{{/each}}[[ end ]][[ end ]]

{{#if hasInbox}}
[[ define "tocsin.inbox" ]]{"status":[[ printf "%q" .Status ]],"receiver":[[ printf "%q" .Receiver ]],"groupLabels":{ [[ range $index, $pair := .GroupLabels.SortedPairs ]][[ if $index ]],[[ end ]][[ printf "%q" .Name ]]:[[ printf "%q" .Value ]][[ end ]]},"alerts":[[[ range $index, $alert := .Alerts ]][[ if $index ]],[[ end ]]{"status":[[ printf "%q" .Status ]],"startsAt":[[ .StartsAt.UTC.Format "2006-01-02T15:04:05.000Z" | printf "%q" ]],"labels":{ [[ range $position, $pair := .Labels.SortedPairs ]][[ if $position ]],[[ end ]][[ printf "%q" .Name ]]:[[ printf "%q" .Value ]][[ end ]]},"annotations":{ [[ with .Annotations.{{annotations.summary}} ]]"{{annotations.summary}}":[[ printf "%q" . ]][[ end ]]}}[[ end ]]]}[[ end ]]

{{/if}}
[[ define "tocsin.silence" ]]amtool silence add --alertmanager.url='[[ .ExternalURL ]]' --duration=2h --comment='what you are doing'[[ range .GroupLabels.SortedPairs ]] '[[ .Name ]]=[[ printf "%q" .Value | reReplaceAll "'" "'\\"'\\"'" ]]'[[ end ]][[ end ]]
{{#each markups}}

[[ define "tocsin.{{name}}.details" ]][[ with .{{@root.annotations.description}} ]][[ .{{escape}} ]]{{newline}}[[ end ]][[ with .{{@root.annotations.runbook}} ]]{{runbook}}[[ end ]][[ with .{{@root.annotations.dashboard}} ]]{{dashboard}}[[ end ]][[ with .{{@root.annotations.definition}} ]]Definition: {{codeBefore}}[[ .{{codeEscape}} ]]{{codeAfter}}{{newline}}[[ end ]][[ end ]]

[[ define "tocsin.{{name}}.labels" ]][[ with .SortedPairs ]]Labels:[[ range . ]] [[ .Name{{escape}} ]]=[[ .Value{{escape}} ]][[ end ]]{{newline}}[[ end ]][[ end ]]

[[ define "tocsin.{{name}}.firing" ]][[ range $index, $alert := .Alerts.Firing ]][[ if lt $index {{@root.listed}} ]]{{strongBefore}}[[ or .Annotations.{{@root.annotations.summary}} .Labels.alertname{{escape}} ]]{{strongAfter}}{{newline}}[[ with .Annotations.{{@root.annotations.value}} ]]Value: [[ .{{escape}} ]][[ with $alert.Annotations.{{@root.annotations.threshold}} ]], level: [[ .{{escape}} ]][[ end ]]{{newline}}[[ end ]][[ template "tocsin.{{name}}.labels" ((.Labels.Remove $.CommonLabels.Names).Remove (stringSlice {{@root.doubled}})) ]]Since: [[ .StartsAt.UTC.Format "{{@root.instant}}" ]]{{newline}}[[ template "tocsin.{{name}}.details" (.Annotations.Remove $.CommonAnnotations.Names) ]]{{newline}}[[ end ]][[ end ]][[ if gt (len .Alerts.Firing) {{@root.listed}} ]][[ len .Alerts.Firing ]] are firing, the first {{@root.listed}} are shown.{{newline}}{{newline}}[[ end ]][[ end ]]

[[ define "tocsin.{{name}}.resolved" ]][[ range $index, $alert := .Alerts.Resolved ]][[ if lt $index {{@root.listed}} ]]Resolved: {{strongBefore}}[[ or .Annotations.{{@root.annotations.summary}} .Labels.alertname{{escape}} ]]{{strongAfter}}{{newline}}[[ template "tocsin.{{name}}.labels" ((.Labels.Remove $.CommonLabels.Names).Remove (stringSlice {{@root.doubled}})) ]]From [[ .StartsAt.UTC.Format "{{@root.instant}}" ]] to [[ .EndsAt.UTC.Format "{{@root.instant}}" ]]{{newline}}{{newline}}[[ end ]][[ end ]][[ if gt (len .Alerts.Resolved) {{@root.listed}} ]][[ len .Alerts.Resolved ]] are resolved, the first {{@root.listed}} are shown.{{newline}}{{newline}}[[ end ]][[ end ]]

[[ define "tocsin.{{name}}.common" ]][[ with .CommonLabels.{{@root.labels.severity}} ]]Severity: [[ .{{escape}} ]]{{newline}}[[ end ]][[ template "tocsin.{{name}}.labels" (.CommonLabels.Remove (stringSlice {{@root.shown}})) ]][[ if eq .Status "firing" ]][[ template "tocsin.{{name}}.details" .CommonAnnotations ]][[ else ]][[ template "tocsin.{{name}}.details" (.CommonAnnotations.Remove (stringSlice {{@root.onlyFiring}})) ]][[ end ]][[ end ]]

[[ define "tocsin.{{name}}.foot" ]][[ if eq .Status "firing" ]]{{newline}}[[ if or (eq .CommonLabels.{{@root.labels.team}} "") (eq .CommonLabels.{{@root.labels.severity}} "") ]][[ else ]]Told: [[ template "tocsin.told" .CommonLabels ]]{{newline}}[[ end ]]Silence it while you work, which also ends the escalation:{{newline}}{{codeBefore}}[[ template "tocsin.silence" . ]]{{codeAfter}}{{newline}}[[ end ]][[ end ]]

[[ define "tocsin.{{name}}" ]][[ template "tocsin.{{name}}.firing" . ]][[ template "tocsin.{{name}}.resolved" . ]][[ template "tocsin.{{name}}.common" . ]][[ template "tocsin.{{name}}.foot" . ]][[ end ]]
{{/each}}
`;

/** What is said of a problem that lasts, besides where to look. */
const ONLY_FIRING = [ANNOTATIONS.description, ANNOTATIONS.definition];

/** `[[` becomes Go's delimiter, which Handlebars is told to leave alone; `[[[` and `]]]` are a bracket and a delimiter. */
const toHandlebars = (source: string): string =>
  source
    .replaceAll(/\[\[\[/g, String.raw`[\{{`)
    .replaceAll(/\[\[/g, String.raw`\{{`)
    .replaceAll(/\]\]/g, '}}');

/** The file that defines every template, for the receivers of a project. */
export const renderTemplates = async (project: Project): Promise<string> => {
  const render = await compileTemplate<ReturnType<typeof toView>>(toHandlebars(SOURCE));
  return render(toView(project));
};

const toView = (project: Project) => ({
  labels: LABELS,
  annotations: ANNOTATIONS,
  shown: goStrings(SHOWN),
  doubled: goStrings(DOUBLED),
  onlyFiring: goStrings(ONLY_FIRING),
  instant: '2006-01-02 15:04:05 UTC',
  listed: LISTED,
  slackEscape: SLACK_ESCAPE,
  dangers: project.severities.filter(({ rank }) => rank === 0).map(({ id }) => goString(id)),
  severities: project.severities.map((severity) => ({ name: goString(severity.id), word: pagerDutyWord(severity) })),
  told: project.teams.flatMap((team) =>
    Object.entries(team.notify).map(([severity, { tiers }]) => ({
      team: goString(team.id),
      severity: goString(severity),
      who: literalTemplate(toldText(tiers, project)),
    })),
  ),
  hasInbox: project.environments.some(({ inbox }) => inbox !== undefined),
  markups: MARKUPS.map(({ name, strong, code, newline, escape, link }) => ({
    name,
    strongBefore: strong[0],
    strongAfter: strong[1],
    codeBefore: code[0],
    codeAfter: code[1],
    // Inside a code span nothing is markup but its end.
    codeEscape: name === 'markdown' ? '' : escape,
    newline,
    escape,
    runbook: link('Runbook', '{{ . }}'),
    dashboard: link('Dashboard', '{{ . }}'),
  })),
});

/** A string literal of Go, without line breaks. */
const goString = (text: string): string => JSON.stringify(text);

const goStrings = (texts: readonly string[]): string => texts.map(goString).join(' ');

const PAGERDUTY_SEVERITIES: readonly string[] = ['critical', 'error', 'warning', 'info'];

/** PagerDuty takes four severities (Events API v2): ours by name where it is one of them, otherwise by rank. */
const pagerDutyWord = ({ id, rank }: SeverityLevel): string =>
  PAGERDUTY_SEVERITIES.includes(id) ? id : (PAGERDUTY_SEVERITIES[rank] ?? 'info');

/** Who is told of an alert and when: `DevOps lead at once, Engineering manager after 5 minutes, CTO after 15 minutes`. */
export const toldText = (tiers: readonly EscalationTier[], { receivers }: Pick<Project, 'receivers'>): string => {
  const words = ({ people, receivers: ids }: Told): string => {
    const ways = ids.flatMap((id) => receivers.filter((receiver) => receiver.id === id)).map(describeReceiver);
    return sequence(people.length > 0 ? people : ways) || 'nobody';
  };
  return tiers
    .map(({ after, to, hours }) => {
      const when = after === 0 ? 'at once' : `after ${formatDuration(after)}`;
      const instead = hours ? ` (outside "${hours.interval}" ${words(hours.otherwise)})` : '';
      return `${words(to)} ${when}${instead}`;
    })
    .join(', ');
};
