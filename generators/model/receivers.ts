/**
 * The ways to reach somebody: one table of every kind of receiver that Alertmanager has, with the version that brought
 * the kind and each of its fields (Alertmanager's CHANGELOG and
 * https://prometheus.io/docs/alerting/latest/configuration/#receiver-integration-settings). The shape of a definition,
 * what an older Alertmanager lacks, and what is written all come from this table.
 */
import * as z from 'zod';
import { withCallSite } from '../diagnostics/call-site.ts';
import type { Origin } from '../diagnostics/diagnostic.ts';
import type { Version } from './model.ts';
import { fileName, hostPort, httpUrl, text } from './schema.ts';

/** Who answers at Opsgenie: rotations and escalations are kept there. */
export interface OpsgenieResponder {
  readonly type: 'team' | 'user' | 'escalation' | 'schedule';
  readonly name: string;
}

/** What each kind of receiver is told. Secrets are only ever names of files in the environment's secrets directory. */
export interface ReceiverSettings {
  readonly slack: {
    /** `#channel` or `@person`. */
    readonly channel: string;
    /** The file that holds the webhook URL. */
    readonly apiUrlFile: string;
  };
  readonly email: {
    readonly to: string;
    readonly from: string;
    /** `host:port` of the mail server. */
    readonly smarthost: string;
    readonly username?: string;
    readonly passwordFile?: string;
    /** Default true. */
    readonly requireTls?: boolean;
  };
  readonly pagerduty: {
    /** The file that holds the Events API v2 routing key. */
    readonly routingKeyFile: string;
    /** The escalation policy of the service behind the key, for people: acknowledgement and rotation happen there. */
    readonly escalationPolicy?: string;
  };
  readonly opsgenie: {
    readonly apiKeyFile: string;
    /** A schedule rotates, an escalation waits for acknowledgement. */
    readonly responders?: readonly OpsgenieResponder[];
    readonly priority?: 'P1' | 'P2' | 'P3' | 'P4' | 'P5';
  };
  readonly victorops: {
    readonly apiKeyFile: string;
    /** The routing key of VictorOps (Splunk On-Call): the name of a team's route, not a secret. */
    readonly route: string;
  };
  readonly incidentio: {
    /** The URL of the alert source. */
    readonly url: string;
    readonly alertSourceTokenFile: string;
  };
  readonly pushover: {
    readonly userKeyFile: string;
    readonly tokenFile: string;
    readonly device?: string;
  };
  readonly webhook: {
    readonly url?: string;
    /** The file that holds the URL, when the URL itself is a secret. */
    readonly urlFile?: string;
    /** The file that holds a bearer token. */
    readonly bearerTokenFile?: string;
  };
  /** Microsoft Teams through a workflow. */
  readonly teams: { readonly webhookUrlFile: string };
  /** Microsoft Teams through an Office 365 connector, which Microsoft is retiring. */
  readonly 'teams-connector': { readonly webhookUrlFile: string };
  readonly discord: { readonly webhookUrlFile: string };
  readonly telegram: {
    readonly botTokenFile: string;
    /** The number of the chat; groups have negative ones. */
    readonly chatId: number;
  };
  readonly mattermost: { readonly webhookUrlFile: string; readonly channel?: string };
  readonly rocketchat: { readonly channel: string; readonly tokenIdFile: string; readonly tokenFile: string };
  readonly webex: { readonly roomId: string; readonly tokenFile: string };
  readonly wechat: {
    readonly corpId: string;
    readonly agentId: string;
    readonly toParty: string;
    readonly apiSecretFile: string;
  };
  /** Amazon SNS; the credentials are those of the machine that runs Alertmanager. */
  readonly sns: { readonly topicArn: string; readonly region: string; readonly roleArn?: string };
  readonly jira: {
    /** The REST API: `https://example.atlassian.net/rest/api/2/`. */
    readonly site: string;
    readonly project: string;
    readonly issueType: string;
    readonly username: string;
    readonly passwordFile: string;
  };
}

/** The kinds of receivers. */
export type ReceiverKind = keyof ReceiverSettings;

/** A way to reach somebody, as a definition writes it. */
export type ReceiverInput = {
  readonly [K in ReceiverKind]: { readonly kind: K; readonly sendResolved?: boolean } & ReceiverSettings[K];
}[ReceiverKind];

/** One way to reach somebody. Secrets are names of files in the environment's secrets directory. */
export type Receiver = { readonly id: string; readonly sendResolved: boolean; readonly origin: Origin } & {
  readonly [K in ReceiverKind]: { readonly kind: K } & ReceiverSettings[K];
}[ReceiverKind];

/** One property of a kind: its shape, and where Alertmanager wants it. */
export interface ReceiverField {
  readonly schema: z.ZodType;
  /** The way to it in the integration, keys joined by dots; absent for what only people read. */
  readonly at?: string;
  /** When it came after its kind. */
  readonly since?: Version;
  /** A name of a file in the secrets directory, or text that Alertmanager would read as a template. */
  readonly form?: 'secret' | 'template';
}

/** One kind of receiver. */
export interface ReceiverSpec {
  /** For people. */
  readonly name: string;
  /** The list of a receiver in Alertmanager's configuration. */
  readonly list: string;
  readonly since: Version;
  /** Whether it is made to wake somebody, so that two of them for one alert are one too many. */
  readonly pages?: true;
  /** The tool keeps rotations and acknowledgements, which Alertmanager does not. */
  readonly escalates?: true;
  readonly fields: Readonly<Record<string, ReceiverField>>;
}

const secret = (at: string, since?: Version): ReceiverField => ({
  schema: fileName,
  at,
  form: 'secret',
  ...(since === undefined ? {} : { since }),
});
const templated = (at: string, schema: z.ZodType = text): ReceiverField => ({ schema, at, form: 'template' });
const plainly = (at: string, schema: z.ZodType = text): ReceiverField => ({ schema, at });
const optional = (field: ReceiverField): ReceiverField => ({ ...field, schema: field.schema.optional() });

const mailbox = z.string().regex(/^[^@\s]+@[^@\s]+$/, { error: 'expected a mail address' });

/** Every kind of receiver, in the order in which a receiver lists its integrations: those that wake somebody first. */
export const RECEIVER_KINDS: Readonly<Record<ReceiverKind, ReceiverSpec>> = {
  pagerduty: {
    name: 'PagerDuty',
    list: 'pagerduty_configs',
    since: '0.25',
    pages: true,
    escalates: true,
    fields: { routingKeyFile: secret('routing_key_file', '0.25'), escalationPolicy: { schema: text.optional() } },
  },
  opsgenie: {
    name: 'Opsgenie',
    list: 'opsgenie_configs',
    since: '0.18',
    pages: true,
    escalates: true,
    fields: {
      apiKeyFile: secret('api_key_file', '0.24'),
      responders: {
        schema: z
          .array(z.strictObject({ type: z.enum(['team', 'user', 'escalation', 'schedule']), name: text }))
          .min(1, { error: 'expected at least one responder' })
          .optional(),
        at: 'responders',
      },
      priority: optional(plainly('priority', z.enum(['P1', 'P2', 'P3', 'P4', 'P5']))),
    },
  },
  victorops: {
    name: 'VictorOps',
    list: 'victorops_configs',
    since: '0.20',
    pages: true,
    escalates: true,
    fields: { apiKeyFile: secret('api_key_file', '0.25'), route: templated('routing_key') },
  },
  incidentio: {
    name: 'incident.io',
    list: 'incidentio_configs',
    since: '0.29',
    pages: true,
    escalates: true,
    fields: { url: plainly('url', httpUrl), alertSourceTokenFile: secret('alert_source_token_file') },
  },
  pushover: {
    name: 'Pushover',
    list: 'pushover_configs',
    since: '0.20',
    fields: {
      userKeyFile: secret('user_key_file', '0.26'),
      tokenFile: secret('token_file', '0.26'),
      device: optional({ ...templated('device'), since: '0.26' }),
    },
  },
  slack: {
    name: 'Slack',
    list: 'slack_configs',
    since: '0.20',
    fields: {
      apiUrlFile: secret('api_url_file', '0.22'),
      channel: templated('channel', z.string().regex(/^[#@]\S+$/, { error: 'expected #channel or @person' })),
    },
  },
  teams: {
    name: 'Microsoft Teams',
    list: 'msteamsv2_configs',
    since: '0.28',
    fields: { webhookUrlFile: secret('webhook_url_file') },
  },
  'teams-connector': {
    name: 'Microsoft Teams connector',
    list: 'msteams_configs',
    since: '0.26',
    fields: { webhookUrlFile: secret('webhook_url_file', '0.27') },
  },
  discord: {
    name: 'Discord',
    list: 'discord_configs',
    since: '0.25',
    fields: { webhookUrlFile: secret('webhook_url_file', '0.27') },
  },
  telegram: {
    name: 'Telegram',
    list: 'telegram_configs',
    since: '0.24',
    fields: {
      botTokenFile: secret('bot_token_file', '0.26'),
      chatId: plainly('chat_id', z.int({ error: 'expected the number of a chat' })),
    },
  },
  mattermost: {
    name: 'Mattermost',
    list: 'mattermost_configs',
    since: '0.30',
    fields: { webhookUrlFile: secret('webhook_url_file'), channel: optional(templated('channel')) },
  },
  rocketchat: {
    name: 'Rocket.Chat',
    list: 'rocketchat_configs',
    since: '0.28',
    fields: {
      channel: templated('channel'),
      tokenIdFile: secret('token_id_file'),
      tokenFile: secret('token_file'),
    },
  },
  webex: {
    name: 'Webex',
    list: 'webex_configs',
    since: '0.25',
    fields: {
      roomId: templated('room_id'),
      tokenFile: secret('http_config.authorization.credentials_file'),
    },
  },
  wechat: {
    name: 'WeChat',
    list: 'wechat_configs',
    since: '0.20',
    fields: {
      corpId: plainly('corp_id'),
      agentId: templated('agent_id'),
      toParty: templated('to_party'),
      apiSecretFile: secret('api_secret_file', '0.31'),
    },
  },
  email: {
    name: 'mail',
    list: 'email_configs',
    since: '0.20',
    fields: {
      to: templated('to', mailbox),
      from: templated('from', mailbox),
      smarthost: plainly('smarthost', hostPort),
      username: optional(plainly('auth_username')),
      passwordFile: optional(secret('auth_password_file', '0.25')),
      requireTls: optional(plainly('require_tls', z.boolean())),
    },
  },
  sns: {
    name: 'Amazon SNS',
    list: 'sns_configs',
    since: '0.23',
    fields: {
      topicArn: templated('topic_arn', z.string().regex(/^arn:\S+$/, { error: 'expected the ARN of a topic' })),
      region: plainly('sigv4.region'),
      roleArn: optional(
        plainly('sigv4.role_arn', z.string().regex(/^arn:\S+$/, { error: 'expected the ARN of a role' })),
      ),
    },
  },
  jira: {
    name: 'Jira',
    list: 'jira_configs',
    since: '0.28',
    fields: {
      site: plainly('api_url', httpUrl),
      project: templated('project'),
      issueType: templated('issue_type'),
      username: plainly('http_config.basic_auth.username'),
      passwordFile: secret('http_config.basic_auth.password_file'),
    },
  },
  webhook: {
    name: 'webhook',
    list: 'webhook_configs',
    since: '0.20',
    fields: {
      url: optional(plainly('url', httpUrl)),
      urlFile: optional(secret('url_file', '0.26')),
      bearerTokenFile: optional(secret('http_config.authorization.credentials_file')),
    },
  },
};

const kinds = Object.entries(RECEIVER_KINDS) as readonly (readonly [ReceiverKind, ReceiverSpec])[];

/** The shape of each kind in a definition. */
export const RECEIVER_SCHEMAS: ReadonlyMap<string, z.ZodObject> = new Map(
  kinds.map(([kind, { fields }]) => [
    kind,
    z.strictObject({
      kind: z.literal(kind),
      ...Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
      sendResolved: z.boolean().optional(),
    }),
  ]),
);

/** The kinds by name, in the order of the table. */
export const RECEIVER_KIND_NAMES: readonly ReceiverKind[] = kinds.map(([kind]) => kind);

/** Something that a version of Alertmanager lacks. */
export interface MissingFeature {
  /** The property, or nothing when it is the kind itself. */
  readonly property: string | undefined;
  /** As Alertmanager calls it. */
  readonly field: string;
  readonly since: Version;
}

/** Whether `version` is at least `since`. */
export const isAtLeastVersion = (version: Version, since: Version): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
};

/** What a receiver needs and a version of Alertmanager lacks: its kind, or else each field that it sets. */
export const missingFeatures = (receiver: Receiver, version: Version): readonly MissingFeature[] => {
  const { list, since, fields } = RECEIVER_KINDS[receiver.kind];
  if (!isAtLeastVersion(version, since)) return [{ property: undefined, field: list, since }];
  return Object.entries(fields).flatMap(([property, field]): MissingFeature[] =>
    field.at !== undefined &&
    field.since !== undefined &&
    property in receiver &&
    !isAtLeastVersion(version, field.since)
      ? [{ property, field: field.at, since: field.since }]
      : [],
  );
};

/** What tells two receivers of one kind apart, for people: a channel, an address; nothing where only the secret does. */
const addressOf = (receiver: Receiver): string | undefined => {
  switch (receiver.kind) {
    case 'slack':
    case 'rocketchat':
    case 'mattermost':
      return receiver.channel;
    case 'email':
      return `to ${receiver.to}`;
    case 'pagerduty':
      return receiver.escalationPolicy === undefined ? undefined : `escalation policy "${receiver.escalationPolicy}"`;
    case 'opsgenie':
      return receiver.responders?.map(({ type, name }) => `${type} "${name}"`).join(', ');
    case 'victorops':
      return receiver.route;
    case 'jira':
      return `${receiver.issueType} in ${receiver.project}`;
    case 'sns':
      return receiver.topicArn;
    default:
      return undefined;
  }
};

/** A receiver in words: `Slack #alerts`, `mail to on-call@example.com`, `PagerDuty (platform-pager)`. */
export const describeReceiver = (receiver: Receiver): string => {
  const { name } = RECEIVER_KINDS[receiver.kind];
  const address = addressOf(receiver);
  return receiver.kind === 'slack' || receiver.kind === 'email'
    ? `${name} ${address ?? ''}`
    : `${name} (${address ?? receiver.id})`;
};

/** A receiver by its id, with what it is: `chat (Slack #alerts)`, `pager (PagerDuty)`. */
export const nameReceiver = (receiver: Receiver): string => {
  const { id, kind } = receiver;
  const { name } = RECEIVER_KINDS[kind];
  const address = kind === 'webhook' ? receiver.url : addressOf(receiver);
  return `${id} (${address === undefined ? name : `${name} ${address}`})`;
};

type InputOf<K extends ReceiverKind> = ReceiverSettings[K] & { readonly sendResolved?: boolean };

const maker = <K extends ReceiverKind>(kind: K): ((input: InputOf<K>) => ReceiverInput) => {
  const make = (input: InputOf<K>): ReceiverInput =>
    withCallSite({ kind, ...input } as unknown as ReceiverInput & object, make);
  return make;
};

/** A Slack channel, through an incoming webhook. */
export const slack = maker('slack');
/** A mailbox. */
export const email = maker('email');
/** A PagerDuty service (Events API v2). */
export const pagerDuty = maker('pagerduty');
/** Opsgenie; its responders may be a schedule or an escalation. */
export const opsgenie = maker('opsgenie');
/** VictorOps, now Splunk On-Call. */
export const victorOps = maker('victorops');
/** An alert source of incident.io. */
export const incidentIo = maker('incidentio');
/** Pushover. */
export const pushover = maker('pushover');
/** Any HTTP endpoint that takes Alertmanager's webhook: text messages, tickets, an inbox. */
export const webhook = maker('webhook');
/** A channel of Microsoft Teams, through a workflow. */
export const teams = maker('teams');
/** A channel of Microsoft Teams, through an Office 365 connector. */
export const teamsConnector = maker('teams-connector');
/** A Discord channel, through its webhook. */
export const discord = maker('discord');
/** A Telegram chat. */
export const telegram = maker('telegram');
/** A Mattermost channel, through an incoming webhook. */
export const mattermost = maker('mattermost');
/** A Rocket.Chat channel. */
export const rocketChat = maker('rocketchat');
/** A Webex room. */
export const webex = maker('webex');
/** A WeChat (WeCom) department. */
export const weChat = maker('wechat');
/** A topic of Amazon SNS. */
export const sns = maker('sns');
/** Issues of a Jira project. */
export const jira = maker('jira');
