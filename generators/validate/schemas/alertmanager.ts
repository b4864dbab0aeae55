/**
 * What Alertmanager reads, as its documentation has it, with the receivers that definitions can have
 * (https://prometheus.io/docs/alerting/latest/configuration/). Secrets are only given as files.
 */
import { INBOX_ROUTING_KEY } from '../../conventions.ts';
import { closed, count, flag, labels, listOf, mapOf, oneOf, text, textOf, texts } from './formats.ts';
import { duration, httpClient, tlsConfig } from './http-client.ts';
import type { JsonSchema, JsonSchemas } from './json-schema.ts';

/** How alerts that reach a route are put together and sent; a child inherits what it does not set. */
const routing: JsonSchemas = {
  receiver: text,
  group_by: texts,
  group_wait: duration,
  group_interval: duration,
  repeat_interval: duration,
  labels,
  routes: { type: 'array', items: { $ref: '#/definitions/route' } },
};

const childRoute = closed({
  ...routing,
  matchers: texts,
  continue: flag,
  mute_time_intervals: texts,
  active_time_intervals: texts,
});

const timeInterval = closed({
  times: listOf(closed({ start_time: textOf('time'), end_time: textOf('time') }, 'start_time', 'end_time')),
  weekdays: texts,
  days_of_month: texts,
  months: texts,
  years: texts,
  location: text,
});

const httpConfig = closed(httpClient);

/** What every integration has. */
const integration: JsonSchemas = { send_resolved: flag };

const slack = closed({
  ...integration,
  http_config: httpConfig,
  timeout: duration,
  // The one address that is no secret: that of an inbox.
  api_url: textOf('inboxUrl'),
  api_url_file: text,
  app_token: false,
  app_token_file: text,
  app_url: text,
  channel: text,
  icon_emoji: text,
  icon_url: text,
  link_names: flag,
  username: text,
  actions: {
    type: 'array',
    items: closed(
      {
        type: text,
        text,
        url: text,
        style: text,
        name: text,
        value: text,
        confirm: closed({ text, title: text, ok_text: text, dismiss_text: text }, 'text'),
      },
      'type',
      'text',
    ),
  },
  callback_id: text,
  color: text,
  fallback: text,
  fields: { type: 'array', items: closed({ title: text, value: text, short: flag }, 'title', 'value') },
  footer: text,
  mrkdwn_in: texts,
  pretext: text,
  short_fields: flag,
  text,
  title: text,
  title_link: text,
  image_url: text,
  thumb_url: text,
  update_message: flag,
});

const email = closed(
  {
    ...integration,
    to: text,
    from: text,
    smarthost: text,
    hello: text,
    auth_username: text,
    auth_password: false,
    auth_password_file: text,
    auth_secret: false,
    auth_secret_file: text,
    auth_identity: text,
    require_tls: flag,
    force_implicit_tls: flag,
    tls_config: tlsConfig,
    html: text,
    text,
    headers: mapOf(text),
    threading: closed({ enabled: flag, thread_by_date: text }),
  },
  'to',
);

const pagerDuty = closed({
  ...integration,
  http_config: httpConfig,
  timeout: duration,
  routing_key: oneOf(INBOX_ROUTING_KEY),
  routing_key_file: text,
  service_key: false,
  service_key_file: text,
  url: textOf('url'),
  client: text,
  client_url: text,
  description: text,
  severity: text,
  source: text,
  details: mapOf(text),
  images: { type: 'array', items: closed({ href: text, src: text, alt: text }) },
  links: { type: 'array', items: closed({ href: text, text }) },
  component: text,
  group: text,
  class: text,
});

const webhook = closed({
  ...integration,
  http_config: httpConfig,
  url: textOf('url'),
  url_file: text,
  max_alerts: count,
  timeout: duration,
  payload: { type: 'object' },
});

const address = { webhook_url: false, webhook_url_file: text } as const;

/** A list of integrations of one kind. */
const integrations = (properties: JsonSchemas, ...required: readonly string[]): JsonSchema => ({
  type: 'array',
  items: closed({ ...integration, http_config: httpConfig, ...properties }, ...required),
});

/** The other kinds, with what the generator sets of them; secrets only as files. */
const otherIntegrations: JsonSchemas = {
  opsgenie_configs: integrations({
    api_key: false,
    api_key_file: text,
    api_url: textOf('url'),
    message: text,
    description: text,
    source: text,
    details: mapOf(text),
    entity: text,
    actions: text,
    note: text,
    tags: text,
    update_alerts: flag,
    priority: text,
    responders: listOf(
      closed(
        { type: oneOf('team', 'user', 'escalation', 'schedule', 'teams'), name: text, id: text, username: text },
        'type',
      ),
    ),
  }),
  victorops_configs: integrations(
    {
      api_key: false,
      api_key_file: text,
      api_url: textOf('url'),
      routing_key: text,
      message_type: text,
      entity_display_name: text,
      state_message: text,
      monitoring_tool: text,
      custom_fields: mapOf(text),
    },
    'routing_key',
  ),
  incidentio_configs: integrations({
    url: textOf('url'),
    url_file: text,
    alert_source_token: false,
    alert_source_token_file: text,
    max_alerts: count,
    timeout: duration,
  }),
  pushover_configs: integrations({
    user_key: false,
    user_key_file: text,
    token: false,
    token_file: text,
    device: text,
    title: text,
    message: text,
    url: text,
    url_title: text,
    priority: text,
    sound: text,
    html: flag,
    monospace: flag,
    retry: duration,
    expire: duration,
    ttl: duration,
  }),
  msteams_configs: integrations({ ...address, title: text, summary: text, text }),
  msteamsv2_configs: integrations({ ...address, title: text, text }),
  discord_configs: integrations({
    ...address,
    title: text,
    message: text,
    content: text,
    username: text,
    avatar_url: text,
  }),
  telegram_configs: integrations({
    bot_token: false,
    bot_token_file: text,
    api_url: textOf('url'),
    chat_id: { type: 'integer' },
    chat_id_file: text,
    message_thread_id: { type: 'integer' },
    message: text,
    disable_notifications: flag,
    parse_mode: oneOf('', 'Markdown', 'MarkdownV2', 'HTML'),
  }),
  mattermost_configs: integrations({
    ...address,
    channel: text,
    username: text,
    text,
    icon_url: text,
    icon_emoji: text,
  }),
  rocketchat_configs: integrations({
    api_url: textOf('url'),
    channel: text,
    token: false,
    token_file: text,
    token_id: false,
    token_id_file: text,
    title: text,
    title_link: text,
    text,
    color: text,
    emoji: text,
    icon_url: text,
  }),
  webex_configs: integrations({ api_url: textOf('url'), room_id: text, message: text }, 'room_id', 'http_config'),
  wechat_configs: integrations({
    api_secret: false,
    api_secret_file: text,
    api_url: textOf('url'),
    corp_id: text,
    agent_id: text,
    to_user: text,
    to_party: text,
    to_tag: text,
    message: text,
    message_type: oneOf('text', 'markdown'),
  }),
  sns_configs: integrations({
    api_url: text,
    sigv4: closed({ region: text, profile: text, role_arn: text, access_key: false, secret_key: false }),
    topic_arn: text,
    phone_number: text,
    target_arn: text,
    subject: text,
    message: text,
    attributes: mapOf(text),
  }),
  jira_configs: integrations(
    {
      api_url: textOf('url'),
      project: text,
      issue_type: text,
      summary: text,
      description: text,
      labels: texts,
      priority: text,
      reopen_transition: text,
      resolve_transition: text,
      wont_fix_resolution: text,
      reopen_duration: duration,
    },
    'project',
    'issue_type',
  ),
};

/** alertmanager.yml. */
export const alertmanagerConfig: JsonSchema = {
  ...closed(
    {
      global: closed({
        resolve_timeout: duration,
        http_config: httpConfig,
        smtp_from: text,
        smtp_hello: text,
        smtp_smarthost: text,
        smtp_auth_username: text,
        smtp_auth_password: false,
        smtp_auth_password_file: text,
        smtp_auth_secret: false,
        smtp_auth_secret_file: text,
        smtp_auth_identity: text,
        smtp_require_tls: flag,
        smtp_force_implicit_tls: flag,
        smtp_tls_config: tlsConfig,
        slack_api_url: false,
        slack_api_url_file: text,
        slack_app_token: false,
        slack_app_token_file: text,
        slack_app_url: text,
        pagerduty_url: textOf('url'),
      }),
      templates: texts,
      // The root takes every alert at every time, so it has neither matchers nor times.
      route: closed(routing, 'receiver'),
      receivers: listOf(
        closed(
          {
            name: text,
            slack_configs: { type: 'array', items: slack },
            email_configs: { type: 'array', items: email },
            pagerduty_configs: { type: 'array', items: pagerDuty },
            webhook_configs: { type: 'array', items: webhook },
            ...otherIntegrations,
          },
          'name',
        ),
      ),
      inhibit_rules: {
        type: 'array',
        items: closed(
          { name: text, source_matchers: listOf(text), target_matchers: listOf(text), equal: texts },
          'source_matchers',
          'target_matchers',
        ),
      },
      time_intervals: {
        type: 'array',
        items: closed({ name: text, time_intervals: listOf(timeInterval) }, 'name', 'time_intervals'),
      },
      tracing: { type: 'object' },
    },
    'route',
    'receivers',
  ),
  definitions: { route: childRoute },
};
