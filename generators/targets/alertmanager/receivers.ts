import { ANNOTATIONS, LABELS } from '../../conventions.ts';
import { literalTemplate } from '../../model/format.ts';
import type { Environment, NotificationGroup, Project, Receiver } from '../../model/model.ts';
import type { Json } from '../../output/artefact.ts';
import {
  commonAnnotation,
  commonLabel,
  HEADLINE_TEXT,
  HTML_TEXT,
  PLAIN_TEXT,
  pagerDutySeverity,
  plainTextOf,
  SLACK_FALLBACK,
  SLACK_TEXT,
  slackColor,
  TITLE,
} from './messages.ts';

type ReceiverOf<K extends Receiver['kind']> = Extract<Receiver, { readonly kind: K }>;

/** One integration of an Alertmanager receiver with what it comes from. */
export interface Integration {
  readonly list: 'pagerduty_configs' | 'slack_configs' | 'email_configs' | 'webhook_configs';
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
  const integrations = members.map((receiver) => toIntegration(receiver, project, environment));
  return LISTS.flatMap((list) => integrations.filter((integration) => integration.list === list));
};

const LISTS: readonly Integration['list'][] = [
  'pagerduty_configs',
  'slack_configs',
  'email_configs',
  'webhook_configs',
];

const toIntegration = (receiver: Receiver, project: Project, environment: Environment): Integration => {
  const secret = (file: string): string => `${environment.secretsDirectory.replace(/\/+$/, '')}/${file}`;
  switch (receiver.kind) {
    case 'pagerduty':
      return { list: 'pagerduty_configs', config: toPagerDuty(receiver, project, secret), receiver };
    case 'slack':
      return { list: 'slack_configs', config: toSlack(receiver, project, secret), receiver };
    case 'email':
      return { list: 'email_configs', config: toEmail(receiver, secret), receiver };
    case 'webhook':
      return { list: 'webhook_configs', config: toWebhook(receiver, secret), receiver };
  }
};

type SecretPath = (file: string) => string;

const toPagerDuty = (
  { sendResolved, routingKeyFile }: ReceiverOf<'pagerduty'>,
  { severities }: Project,
  secret: SecretPath,
): Json => ({
  send_resolved: sendResolved,
  routing_key_file: secret(routingKeyFile),
  description: HEADLINE_TEXT,
  severity: pagerDutySeverity(severities),
  class: commonLabel('alertname'),
  component: commonLabel(LABELS.component),
  group: commonLabel(LABELS.system),
  // Alertmanager adds its own lists under these two names when they are missing.
  details: { firing: plainTextOf('Firing'), resolved: plainTextOf('Resolved') },
  links: [
    { href: commonAnnotation(ANNOTATIONS.runbook), text: 'Runbook' },
    { href: commonAnnotation(ANNOTATIONS.dashboard), text: 'Dashboard' },
  ],
});

const toSlack = (
  { sendResolved, channel, apiUrlFile }: ReceiverOf<'slack'>,
  { severities }: Project,
  secret: SecretPath,
): Json => ({
  send_resolved: sendResolved,
  api_url_file: secret(apiUrlFile),
  channel: literalTemplate(channel),
  color: slackColor(severities),
  title: TITLE,
  title_link: commonAnnotation(ANNOTATIONS.runbook),
  fallback: SLACK_FALLBACK,
  text: SLACK_TEXT,
});

const toEmail = (receiver: ReceiverOf<'email'>, secret: SecretPath): Json => ({
  send_resolved: receiver.sendResolved,
  to: literalTemplate(receiver.to),
  from: literalTemplate(receiver.from),
  smarthost: receiver.smarthost,
  auth_username: receiver.username,
  auth_password_file: receiver.passwordFile === undefined ? undefined : secret(receiver.passwordFile),
  require_tls: receiver.requireTls,
  headers: { Subject: TITLE },
  html: HTML_TEXT,
  text: PLAIN_TEXT,
});

const toWebhook = ({ sendResolved, url, bearerTokenFile }: ReceiverOf<'webhook'>, secret: SecretPath): Json => ({
  send_resolved: sendResolved,
  // Newer versions read it as a template.
  url: url.replaceAll('{{', '%7B%7B'),
  http_config:
    bearerTokenFile === undefined
      ? undefined
      : { authorization: { type: 'Bearer', credentials_file: secret(bearerTokenFile) } },
});
