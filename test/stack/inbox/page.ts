/** The pages of the inbox. Everything that arrived is escaped by Handlebars; no script runs. */
import { createHash } from 'node:crypto';
import Handlebars from 'handlebars';
import type { Delivery, Mail } from './delivery.ts';
import { treeOf } from './delivery.ts';
import type { Escalation } from './escalations.ts';
import { groupEscalations, selectDeliveries } from './escalations.ts';
import { STYLE } from './style.ts';

/** A page, and the Content-Security-Policy it is to be sent with: its own style and nothing else. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

export interface View {
  readonly receiver?: string;
  readonly system?: string;
  readonly status?: string;
  /** Unix time in milliseconds. */
  readonly now: number;
  readonly forgotten: number;
}

/** More than this is not shown at once. */
const SHOWN = 100;
/** A group that repeats for days would fill the page by itself. */
const STEPS_SHOWN = 40;
const REFRESH_SECONDS = 5;

const SHAPE_NAMES: Readonly<Record<Delivery['shape'], string>> = {
  slack: 'Slack',
  pagerduty: 'PagerDuty',
  email: 'mail',
  webhook: 'webhook',
};

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A whole page. `{{{style}}}` is ours; everything else is escaped. */
const frame = (head: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${head}<title>{{title}}</title>
<style>{{{style}}}</style>
</head>
<body>
${body}
</body>
</html>
`;

const LIST = Handlebars.compile(
  frame(
    `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">\n`,
    `<header>
<h1>Inbox</h1>
<p class="sub">What Alertmanager would have sent. {{count}}{{#if forgotten}} ({{forgotten}} older ones let go){{/if}}. As of {{now}} UTC; refreshes itself.</p>
<form method="get" action="/">
{{#each filters}}<label>{{label}} <select name="{{name}}"><option value="">all</option>{{#each options}}<option value="{{value}}"{{#if chosen}} selected{{/if}}>{{value}}</option>{{/each}}</select></label>
{{/each}}<button>Show</button>{{#if isFiltered}} <a href="/">everything</a>{{/if}}
</form>
<form method="post" action="/clear"><button>Empty the inbox</button></form>
</header>
<main>
{{#each escalations}}<section class="{{look}}">
<div class="head"><span class="badge">{{badge}}</span> <h2>{{name}}</h2>{{#if severity}} <span class="tag sev-{{severityClass}}">{{severity}}</span>{{/if}}{{#if system}} <span class="tag">{{system}}</span>{{/if}}{{#if team}} <span class="tag">team {{team}}</span>{{/if}}<time>began {{began}} UTC</time></div>
<p class="summary">{{summary}}{{#if others}} <span class="sub">· {{others}}</span>{{/if}}</p>
<table class="steps">
<thead><tr><th>When</th><th>After</th><th>Tier</th><th class="wide">Told</th><th>By</th><th>What</th><th></th></tr></thead>
<tbody>
{{#each steps}}<tr class="{{status}}{{#if isRepeat}} repeat{{/if}}"><td class="num">{{when}}</td><td class="num">{{after}}</td><td>{{tier}}</td><td class="who">{{receiver}}</td><td>{{shape}}</td><td><span class="dot"></span>{{word}}</td><td><a href="/deliveries/{{id}}">message</a></td></tr>
{{/each}}</tbody>
</table>
{{#if hidden}}<p class="sub">{{hidden}} more notifications are not shown.</p>{{/if}}
{{#if labels}}<p class="labels">group: {{labels}}</p>{{/if}}
</section>
{{else}}<p class="empty">{{nothing}}</p>
{{/each}}</main>`,
  ),
  { strict: true },
);

const ONE = Handlebars.compile(
  frame(
    '',
    `<header><h1><span class="badge {{status}}">{{status}}</span> {{title}}</h1><p class="sub"><a href="/">Inbox</a> · {{receiver}} by {{shape}} · {{at}} UTC{{#if route}} · route {{route}}{{/if}}</p></header>
<main>
{{#if alerts}}<section><h2>Alerts</h2><table><thead><tr><th>Alert</th><th>State</th><th>Summary</th><th>Labels</th></tr></thead><tbody>
{{#each alerts}}<tr class="{{status}}"><td class="who">{{name}}</td><td class="num"><span class="dot"></span>{{status}}</td><td>{{summary}}</td><td class="labels">{{labels}}</td></tr>
{{/each}}</tbody></table></section>
{{/if}}{{#if text}}<section><h2>Text</h2><pre>{{text}}</pre></section>
{{/if}}<section><h2>As it arrived</h2><pre>{{raw}}</pre></section>
</main>`,
  ),
  { strict: true },
);

const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);
const moment = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** `at once`, `+30 s`, `+5 min`, `+2 h 5 min`. */
export const formatAfter = (ms: number): string => {
  if (ms < 1000) return 'at once';
  if (ms < 60_000) return `+${Math.round(ms / 1000)} s`;
  if (ms < 3_600_000) return `+${Number((ms / 60_000).toFixed(1))} min`;
  const minutes = Math.round(ms / 60_000);
  return `+${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const textOfLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(' ');

const unique = (values: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(values.flatMap((value) => (value === undefined || value === '' ? [] : [value])))].toSorted();

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const alertCount = ({ alerts }: Delivery): string => (alerts.length > 1 ? ` (${alerts.length} alerts)` : '');

const toCard = (escalation: Escalation) => {
  const { status, isHeartbeat, names, system, severity, team, summary, others, groupLabels, began, steps } = escalation;
  // The beginning tells who was reached, the end how it stands.
  const surplus = Math.max(0, steps.length - STEPS_SHOWN);
  const shown = surplus === 0 ? steps : [...steps.slice(0, STEPS_SHOWN / 2), ...steps.slice(-STEPS_SHOWN / 2)];
  return {
    look: isHeartbeat ? 'heartbeat' : status,
    badge: isHeartbeat ? 'heartbeat' : status,
    name: names.join(', ') || 'a notification',
    system: system ?? '',
    // Prometheus's own alerts, the heartbeat among them, have a severity that says nothing.
    severity: severity === 'none' ? '' : (severity ?? ''),
    severityClass: (severity ?? '').replaceAll(/[^a-z]/g, ''),
    team: team ?? '',
    summary,
    others: others === 0 ? '' : countOf(others, 'more alert'),
    began: moment(began),
    labels: textOfLabels(groupLabels),
    hidden: surplus,
    steps: shown.map(({ delivery, after, tier, isRepeat, hasChanged }) => ({
      id: delivery.id,
      status: delivery.status,
      when: clock(delivery.at),
      after: formatAfter(after),
      tier,
      receiver: delivery.receiver,
      shape: SHAPE_NAMES[delivery.shape],
      word: `${delivery.status}${alertCount(delivery)}${hasChanged ? ', changed' : isRepeat ? ', again' : ''}`,
      isRepeat,
    })),
  };
};

/** What there is, in a sentence. The heartbeat is nothing that anybody must look at. */
const sumUp = (escalations: readonly Escalation[], firing: number): string => {
  const real = escalations.filter(({ isHeartbeat }) => !isHeartbeat);
  const notifications = real.reduce((sum, { steps }) => sum + steps.length, 0);
  const text =
    real.length === 0
      ? 'No escalations'
      : `${countOf(notifications, 'notification')} in ${countOf(real.length, 'escalation')}, ${firing} firing`;
  if (real.length === escalations.length) return text;
  return `${text}${real.length === 0 ? '' : ','} besides the heartbeat`;
};

/** Who was told what and when, grouped by escalation, the newest first. */
export const renderPage = (deliveries: readonly Delivery[], view: View): Page => {
  const chosen = selectDeliveries(deliveries, view);
  const escalations = groupEscalations(chosen);
  const choices = {
    receiver: unique(deliveries.map(({ receiver }) => receiver)),
    system: unique(deliveries.flatMap(({ alerts }) => alerts.map(({ labels }) => labels['system']))),
    status: ['firing', 'resolved'],
  };
  const firing = escalations.filter(({ status, isHeartbeat }) => status === 'firing' && !isHeartbeat).length;
  const isFiltered = [view.receiver, view.system, view.status].some((value) => value !== undefined);
  const html = LIST({
    style: STYLE,
    title: firing === 0 ? 'Inbox' : `(${firing}) Inbox`,
    count: sumUp(escalations, firing),
    forgotten: view.forgotten,
    now: clock(view.now),
    isFiltered,
    nothing: isFiltered ? 'Nothing arrived that fits.' : 'Nothing has arrived. Quiet is what you want.',
    filters: (['receiver', 'system', 'status'] as const).map((name) => ({
      name,
      label: { receiver: 'Receiver', system: 'System', status: 'State' }[name],
      options: unique([...choices[name], view[name]]).map((value) => ({ value, chosen: value === view[name] })),
    })),
    escalations: escalations.slice(0, SHOWN).map(toCard),
  });
  return { html, policy: POLICY };
};

/** What a mail or a message says, as text. */
const textOf = ({ shape, raw }: Delivery): string => {
  if (shape === 'email') return (raw as Mail).text;
  if (shape === 'pagerduty') {
    const { firing, resolved, common } = treeOf(treeOf(treeOf(raw)['payload'])['custom_details']);
    return [firing, resolved, common]
      .flatMap((text) => (typeof text === 'string' && text.trim() !== '' ? [text.trim()] : []))
      .join('\n\n');
  }
  const [attachment] = (raw as { readonly attachments?: readonly { readonly text?: unknown }[] }).attachments ?? [];
  return shape === 'slack' && typeof attachment?.text === 'string' ? attachment.text : '';
};

/** One notification with all there is. */
export const renderDelivery = (delivery: Delivery): Page => {
  const { title, status, receiver, shape, at, route = '', alerts, raw } = delivery;
  const html = ONE({
    style: STYLE,
    title,
    status,
    receiver,
    shape: SHAPE_NAMES[shape],
    at: moment(at),
    route,
    alerts: alerts.map((alert) => ({ ...alert, summary: alert.summary ?? '', labels: textOfLabels(alert.labels) })),
    text: textOf(delivery),
    raw: JSON.stringify(raw, undefined, 2),
  });
  return { html, policy: POLICY };
};
