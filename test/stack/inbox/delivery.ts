/** What an inbox keeps of a notification, and how it is read from the shape that it came in. */

/** The shapes in which notifications arrive. */
export const SHAPES = ['slack', 'pagerduty', 'email', 'webhook'] as const;

/** One of {@link SHAPES}. */
export type Shape = (typeof SHAPES)[number];

/** Whether a notification says that something begins, goes on, or is over. */
export type Status = 'firing' | 'resolved';

/** One alert of a notification, as far as its shape carries it. */
export interface DeliveredAlert {
  readonly name: string;
  readonly status: Status;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary?: string;
  /** Unix time in milliseconds. */
  readonly startsAt?: number;
}

/** One notification. */
export interface Delivery {
  /** Counts up from 1. */
  readonly id: number;
  /** When it arrived: Unix time in milliseconds. */
  readonly at: number;
  /** The id of the receiver in the definitions. */
  readonly receiver: string;
  readonly shape: Shape;
  readonly status: Status;
  /** One line for people. */
  readonly title: string;
  readonly alerts: readonly DeliveredAlert[];
  /** The receiver of Alertmanager's route: team, severity and tier in one (`platform/critical/secondary`). */
  readonly route?: string;
  readonly groupLabels?: Readonly<Record<string, string>>;
  /** As the shape has it: Alertmanager's group key, or its hash at PagerDuty. */
  readonly groupKey?: string;
  /** The message itself. */
  readonly raw: unknown;
}

/** What a shape says; the rest is known from when and where it arrived. */
export type Message = Omit<Delivery, 'id' | 'at' | 'receiver' | 'shape'>;

type Tree = Readonly<Record<string, unknown>>;

/** The fields of an object; none of anything else. */
export const treeOf = (value: unknown): Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const labelsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(treeOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

const statusOf = (value: unknown): Status => (value === 'resolved' ? 'resolved' : 'firing');

/** What is set, and nothing else. */
const given = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const readAlert = (value: unknown): DeliveredAlert => {
  const { status, labels: rawLabels, annotations, startsAt } = treeOf(value);
  const labels = labelsOf(rawLabels);
  const began = Date.parse(textOf(startsAt) ?? '');
  return {
    name: labels['alertname'] ?? 'unnamed',
    status: statusOf(status),
    labels,
    ...given<Pick<DeliveredAlert, 'summary' | 'startsAt'>>({
      summary: textOf(treeOf(annotations)['summary']),
      startsAt: Number.isFinite(began) ? began : undefined,
    }),
  };
};

/** What Alertmanager says of a group of alerts: in a webhook, or in the note that the other shapes carry here. */
const readGroup = (value: Tree): Pick<Message, 'status' | 'alerts' | 'route' | 'groupLabels'> => ({
  status: statusOf(value['status']),
  alerts: listOf(value['alerts']).map(readAlert),
  ...given<Pick<Message, 'route' | 'groupLabels'>>({
    route: textOf(value['receiver']),
    groupLabels: labelsOf(value['groupLabels']),
  }),
});

const GO_ESCAPES: Readonly<Record<string, string>> = { a: '\\u0007', v: '\\u000b' };

/**
 * Reads the note that `tocsin.inbox` writes: JSON in which texts are quoted as Go quotes them, with escapes that JSON lacks.
 * Nothing when it is none.
 */
export const readNote = (text: unknown): Tree | undefined => {
  if (typeof text !== 'string') return undefined;
  const json = text.replaceAll(
    /\\(?:([av])|x([\da-f]{2})|U([\da-f]{8})|.)/gi,
    (whole: string, letter?: string, byte?: string, rune?: string) => {
      if (letter !== undefined) return GO_ESCAPES[letter.toLowerCase()] ?? whole;
      const code = byte ?? rune;
      // Bytes that are no UTF-8 and code points beyond Unicode have no other form in JSON.
      if (code === undefined) return whole;
      const point = Number.parseInt(code, 16);
      return JSON.stringify(
        point > 0x10_ff_ff || (byte !== undefined && point > 0x7f) ? '\ufffd' : String.fromCodePoint(point),
      ).slice(1, -1);
    },
  );
  try {
    return treeOf(JSON.parse(json));
  } catch {
    return undefined;
  }
};

/** The alerts that a title names, when there is no note: `[FIRING:2] HighLatency in shop (warning)`. */
const fromTitle = (title: string): Pick<Message, 'status' | 'alerts'> => {
  const [, word = '', name] = /^\[(FIRING|RESOLVED)[^\]]*\]\s+(\S+)/.exec(title) ?? [];
  const status = statusOf(word.toLowerCase());
  return { status, alerts: name === undefined ? [] : [{ name, status, labels: { alertname: name } }] };
};

/** A webhook of Alertmanager (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
export const readWebhook = (body: unknown): Message => {
  const value = treeOf(body);
  const group = readGroup(value);
  const common = labelsOf(value['commonLabels']);
  const summary = textOf(treeOf(value['commonAnnotations'])['summary']);
  const title = summary ?? common['alertname'] ?? `${group.alerts.length} alerts`;
  return { ...group, title, ...given<Pick<Message, 'groupKey'>>({ groupKey: textOf(value['groupKey']) }), raw: body };
};

/** A message to Slack (https://api.slack.com/reference/messaging/attachments). */
export const readSlack = (body: unknown): Message => {
  const [first] = listOf(treeOf(body)['attachments']);
  const attachment = treeOf(first);
  const title = textOf(attachment['title']) ?? textOf(treeOf(body)['text']) ?? 'a message without a title';
  const note = readNote(attachment['callback_id']);
  return { ...(note ? readGroup(note) : fromTitle(title)), title, raw: body };
};

/** An event of PagerDuty (https://developer.pagerduty.com/docs/events-api-v2-overview). */
export const readPagerDuty = (body: unknown): Message => {
  const value = treeOf(body);
  const payload = treeOf(value['payload']);
  const note = readNote(treeOf(payload['custom_details'])['inbox']);
  // An event that resolves carries no summary of its own worth showing.
  const title = textOf(payload['summary']) ?? textOf(payload['class']) ?? 'an event without a summary';
  const name = textOf(payload['class']);
  const status: Status = value['event_action'] === 'resolve' ? 'resolved' : 'firing';
  const told = note
    ? readGroup(note)
    : { alerts: name === undefined ? [] : [{ name, status, labels: { alertname: name } }] };
  return {
    ...told,
    status,
    title,
    ...given<Pick<Message, 'groupKey'>>({ groupKey: textOf(value['dedup_key']) }),
    raw: body,
  };
};

/** A mail, taken apart. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Decoded, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A mail of Alertmanager. */
export const readMail = (mail: Mail): Message => {
  const note = readNote(mail.headers['x-tocsin-alerts']);
  return { ...(note ? readGroup(note) : fromTitle(mail.subject)), title: mail.subject, raw: mail };
};

/** Whose mail it is: the receiver that its header names, or else the mailbox. */
export const receiverOf = ({ headers, to }: Mail): string => textOf(headers['x-tocsin-receiver']) ?? to[0] ?? 'nobody';
