/**
 * What Alertmanager reads, as its documentation has it, with the receivers that definitions can have
 * (https://prometheus.io/docs/alerting/latest/configuration/). Secrets are only given as files.
 */
import { closed, count, flag, labels, listOf, mapOf, text, textOf, texts } from './formats.ts';
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
  api_url: false,
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
  routing_key: false,
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
