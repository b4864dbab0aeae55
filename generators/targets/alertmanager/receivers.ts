import { ANNOTATIONS, INBOX_ROUTING_KEY, LABELS } from '../../conventions.ts';
import { literalTemplate } from '../../model/format.ts';
import type { Environment, Inbox, NotificationGroup, Project } from '../../model/model.ts';
import type { Receiver, ReceiverField, ReceiverKind } from '../../model/receivers.ts';
import { RECEIVER_KIND_NAMES, RECEIVER_KINDS } from '../../model/receivers.ts';
import type { Json } from '../../output/artefact.ts';

/** One integration of an Alertmanager receiver with what it comes from. */
export interface Integration {
  /** `slack_configs` and the like. */
  readonly list: string;
  readonly config: Json;
  readonly receiver: Receiver;
}

/** The integrations of a notification group, in the order in which the receiver lists them. */
export const toIntegrations = (
  group: NotificationGroup,
  project: Project,
  environment: Environment,
): readonly Integration[] => {
  const members = group.receivers.flatMap((id) => project.receivers.filter((receiver) => receiver.id === id));
  return RECEIVER_KIND_NAMES.flatMap((kind) =>
    members
      .filter((receiver) => receiver.kind === kind)
      .map((receiver) =>
        environment.inbox === undefined
          ? { list: RECEIVER_KINDS[kind].list, config: toConfig(receiver, environment), receiver }
          : { ...toInbox(receiver, environment.inbox), receiver },
      ),
  );
};

type Tree = { [key: string]: Json | undefined };

const put = (tree: Tree, path: string, value: Json): void => {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = tree;
  for (const key of keys) at = (at[key] ??= {}) as Tree;
  at[last] = value;
};

/**
 * A receiver that delivers to an inbox, in its own shape where that is one the inbox reads: Slack, PagerDuty, mail and
 * webhooks. Every other kind becomes a webhook: the address of some cannot be set (Pushover), and the oldest Alertmanager
 * of this project does not know all of them.
 */
const toInbox = (receiver: Receiver, { url, smtp }: Inbox): Pick<Integration, 'list' | 'config'> => {
  const { kind, id, sendResolved } = receiver;
  const common = { send_resolved: sendResolved };
  switch (kind) {
    case 'slack': {
      const channel = literalTemplate(receiver.channel);
      const config = { ...common, api_url: `${url}/slack/${id}`, channel, callback_id: INBOX, ...MESSAGES.slack };
      return { list: RECEIVER_KINDS.slack.list, config };
    }
    case 'pagerduty': {
      const { details, ...message } = MESSAGES.pagerduty;
      const address = { url: `${url}/pagerduty/${id}`, routing_key: INBOX_ROUTING_KEY };
      const config = { ...common, ...address, ...message, details: { ...details, inbox: INBOX } };
      return { list: RECEIVER_KINDS.pagerduty.list, config };
    }
    case 'email': {
      const { headers, ...message } = MESSAGES.email;
      const config = {
        ...common,
        to: literalTemplate(receiver.to),
        from: literalTemplate(receiver.from),
        smarthost: smtp,
        require_tls: false,
        ...message,
        headers: { ...headers, 'X-Tocsin-Receiver': id, 'X-Tocsin-Alerts': INBOX },
      };
      return { list: RECEIVER_KINDS.email.list, config };
    }
    default:
      return { list: RECEIVER_KINDS.webhook.list, config: { ...common, url: `${url}/webhook/${id}` } };
  }
};

/** The settings of the table of kinds, then the texts. */
const toConfig = (receiver: Receiver, { secretsDirectory = '' }: Environment): Json => {
  const config: Tree = { send_resolved: receiver.sendResolved };
  for (const [property, { at, form }] of Object.entries(RECEIVER_KINDS[receiver.kind].fields)) {
    const value = (receiver as unknown as Readonly<Record<string, Json | undefined>>)[property];
    if (at === undefined || value === undefined) continue;
    if (at.endsWith('authorization.credentials_file')) put(config, at.replace('credentials_file', 'type'), 'Bearer');
    put(config, at, typeof value === 'string' ? toText(value, property, form, secretsDirectory) : value);
  }
  return { ...config, ...MESSAGES[receiver.kind] };
};

const toText = (value: string, property: string, form: ReceiverField['form'], secrets: string): string => {
  if (form === 'secret') return `${secrets.replace(/\/+$/, '')}/${value}`;
  if (form === 'template') return literalTemplate(value);
  // Newer versions read a webhook's URL as a template.
  return property === 'url' ? value.replaceAll('{{', '%7B%7B') : value;
};

const use = (name: string): string => `{{ template "tocsin.${name}" . }}`;

/** Which alerts a message is about, for an inbox: the shapes of chat, pager and mail carry it only in prose. */
const INBOX = use('inbox');
const annotation = (name: string): string => `{{ .CommonAnnotations.${name} }}`;
const label = (name: string): string => `{{ .CommonLabels.${name} }}`;

/** What each kind is told; a webhook gets all there is as JSON. */
const MESSAGES = {
  pagerduty: {
    description: use('headline'),
    severity: use('pagerduty.severity'),
    class: label('alertname'),
    component: label(LABELS.component),
    group: label(LABELS.system),
    // Alertmanager adds its own lists under the first two names when they are missing.
    details: {
      firing: use('text.firing'),
      resolved: use('text.resolved'),
      common: use('text.common'),
      told: '{{ template "tocsin.told" .CommonLabels }}',
      silence: use('silence'),
    },
    links: [
      { href: annotation(ANNOTATIONS.runbook), text: 'Runbook' },
      { href: annotation(ANNOTATIONS.dashboard), text: 'Dashboard' },
    ],
  },
  opsgenie: { message: use('headline'), description: use('text'), source: label(LABELS.system) },
  victorops: { entity_display_name: use('headline'), state_message: use('text') },
  incidentio: {},
  pushover: { title: use('title'), message: use('text'), url: annotation(ANNOTATIONS.runbook) },
  slack: {
    color: use('slack.color'),
    title: use('title'),
    title_link: annotation(ANNOTATIONS.runbook),
    fallback: use('slack.headline'),
    text: use('slack'),
  },
  teams: { title: use('title'), text: use('markdown') },
  'teams-connector': { title: use('title'), text: use('markdown') },
  discord: { title: use('title'), message: use('markdown') },
  // Without a parse mode Telegram shows the text as it is.
  telegram: { parse_mode: '', message: use('text') },
  mattermost: { text: `**${use('title')}**\n${use('markdown')}` },
  rocketchat: { title: use('title'), text: use('markdown') },
  webex: { message: use('markdown') },
  wechat: { message_type: 'text', message: use('text') },
  email: { headers: { Subject: use('title') }, html: `<h2>${use('title')}</h2>\n${use('html')}`, text: use('text') },
  sns: { subject: use('title'), message: use('text') },
  jira: { summary: use('headline'), description: use('text') },
  webhook: {},
} as const satisfies Readonly<Record<ReceiverKind, Readonly<Record<string, Json>>>>;
