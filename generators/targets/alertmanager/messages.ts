/**
 * The text of notifications, as Go templates over Alertmanager's notification data
 * (https://prometheus.io/docs/alerting/latest/notifications/). Each is written once and used by every receiver of its
 * kind. Labels and annotations that are missing print nothing.
 */
import { ANNOTATIONS, LABELS } from '../../conventions.ts';
import type { SeverityLevel } from '../../model/model.ts';

/** More alerts than this are counted, not listed. */
const LISTED = 10;

/** Labels that the title or a line of their own shows already. */
const SHOWN = ['alertname', LABELS.severity, LABELS.system, LABELS.team].map((name) => `"${name}"`).join(' ');

const annotation = (name: string): string => `.Annotations.${name}`;

/** `[FIRING:2] CacheHitRateLow in migrated-components (critical)`. */
export const TITLE = [
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] ',
  '{{ with .CommonLabels.alertname }}{{ . }}{{ else }}{{ .Alerts | len }} alerts{{ end }}',
  `{{ with .CommonLabels.${LABELS.system} }} in {{ . }}{{ end }}`,
  `{{ with .CommonLabels.${LABELS.severity} }} ({{ . }}){{ end }}`,
].join('');

/** The labels that tell the alerts of a group apart: `component=cache instance=cache-1:6379`. */
const detailLabels = (print: (field: string) => string): string =>
  `{{ range (.Labels.Remove (stringSlice ${SHOWN})).SortedPairs }} {{ .Name }}=${print('.Value')}{{ end }}`;

const listAlerts = (alerts: string, one: string): string =>
  [
    `{{ range $index, $alert := ${alerts} }}{{ if lt $index ${LISTED} }}${one}{{ end }}{{ end }}`,
    `{{ if gt (len ${alerts}) ${LISTED} }}{{ len ${alerts} }} in all, the first ${LISTED} are shown.\n{{ end }}`,
  ].join('');

const HEADLINE = `or ${annotation(ANNOTATIONS.summary)} .Labels.alertname`;
const STARTED = '{{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}';

const PLAIN_ALERT = [
  `{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ ${HEADLINE} }}\n`,
  `{{ with ${annotation(ANNOTATIONS.description)} }}{{ . }}\n{{ end }}`,
  `Severity: {{ .Labels.${LABELS.severity} }}${detailLabels((field) => `{{ ${field} }}`)}\n`,
  `Since: ${STARTED}\n`,
  `{{ with ${annotation(ANNOTATIONS.runbook)} }}Runbook: {{ . }}\n{{ end }}`,
  `{{ with ${annotation(ANNOTATIONS.dashboard)} }}Dashboard: {{ . }}\n{{ end }}`,
  `{{ with ${annotation(ANNOTATIONS.definition)} }}Definition: {{ . }}\n{{ end }}`,
  '\n',
].join('');

/** All alerts of a notification, as plain text. */
export const PLAIN_TEXT = listAlerts('.Alerts', PLAIN_ALERT);

const slackEscape = (field: string): string =>
  `{{ ${field} | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}`;

/**
 * All alerts of a notification, in Slack's markup. What comes from labels and annotations is escaped, so that none can
 * write `<!channel>` (https://api.slack.com/reference/surfaces/formatting#escaping).
 */
export const SLACK_TEXT = listAlerts(
  '.Alerts',
  [
    `{{ if eq .Status "resolved" }}Resolved: {{ end }}*${slackEscape(`(${HEADLINE})`)}*\n`,
    `{{ with ${annotation(ANNOTATIONS.description)} }}${slackEscape('.')}\n{{ end }}`,
    `Severity: {{ .Labels.${LABELS.severity} }}${detailLabels(slackEscape)}\n`,
    `{{ with ${annotation(ANNOTATIONS.runbook)} }}<{{ . }}|Runbook> {{ end }}`,
    `{{ with ${annotation(ANNOTATIONS.dashboard)} }}<{{ . }}|Dashboard> {{ end }}`,
    `{{ with ${annotation(ANNOTATIONS.definition)} }}Definition: \`{{ . }}\`{{ end }}\n\n`,
  ].join(''),
);

/** One line for the preview of a message in Slack. */
export const SLACK_FALLBACK = `{{ with .CommonAnnotations.${ANNOTATIONS.summary} }}${slackEscape('.')}{{ else }}${TITLE}{{ end }}`;

/** All alerts of a notification, as an HTML mail. Alertmanager escapes what is filled in. */
export const HTML_TEXT = [
  `<h2>${TITLE}</h2>\n`,
  listAlerts(
    '.Alerts',
    [
      '<hr>\n',
      `<p><strong>{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ ${HEADLINE} }}</strong></p>\n`,
      `{{ with ${annotation(ANNOTATIONS.description)} }}<p style="white-space: pre-line">{{ . }}</p>\n{{ end }}`,
      `<p>Severity: {{ .Labels.${LABELS.severity} }}${detailLabels((field) => `{{ ${field} }}`)}<br>Since: ${STARTED}</p>\n`,
      `<p>{{ with ${annotation(ANNOTATIONS.runbook)} }}<a href="{{ . }}">Runbook</a> {{ end }}`,
      `{{ with ${annotation(ANNOTATIONS.dashboard)} }}<a href="{{ . }}">Dashboard</a> {{ end }}`,
      `{{ with ${annotation(ANNOTATIONS.definition)} }}Definition: <code>{{ . }}</code>{{ end }}</p>\n`,
    ].join(''),
  ),
].join('');

/** One line for a pager: the summary when there is one alert, otherwise the title. */
export const HEADLINE_TEXT = `{{ with .CommonAnnotations.${ANNOTATIONS.summary} }}{{ . }}{{ else }}${TITLE}{{ end }}`;

/** A list of the alerts in one state, for PagerDuty's details. */
export const plainTextOf = (state: 'Firing' | 'Resolved'): string => listAlerts(`.Alerts.${state}`, PLAIN_ALERT);

/** An annotation that all alerts of a notification share. */
export const commonAnnotation = (name: string): string => `{{ .CommonAnnotations.${name} }}`;

/** A label that all alerts of a notification share. */
export const commonLabel = (name: string): string => `{{ .CommonLabels.${name} }}`;

const severityIs = (id: string): string => `eq .CommonLabels.${LABELS.severity} ${goString(id)}`;

/** A string literal of Go, without line breaks. */
const goString = (text: string): string => JSON.stringify(text);

const PAGERDUTY_SEVERITIES: readonly string[] = ['critical', 'error', 'warning', 'info'];

/** PagerDuty takes four severities (Events API v2): ours by name where it is one of them, otherwise by rank. */
export const pagerDutySeverity = (severities: readonly SeverityLevel[]): string => {
  const branches = severities.map(({ id, rank }) => {
    const word = PAGERDUTY_SEVERITIES.includes(id) ? id : (PAGERDUTY_SEVERITIES[rank] ?? 'info');
    return `if ${severityIs(id)} }}${word}{{ else `;
  });
  return branches.length === 0 ? 'error' : `{{ ${branches.join('')}}}error{{ end }}`;
};

/** Slack's colour of the bar: green when resolved, red for the most severe alerts. */
export const slackColor = (severities: readonly SeverityLevel[]): string => {
  const worst = severities.filter(({ rank }) => rank === 0).map(({ id }) => `{{ else if ${severityIs(id)} }}danger`);
  return `{{ if eq .Status "resolved" }}good${worst.join('')}{{ else }}warning{{ end }}`;
};
