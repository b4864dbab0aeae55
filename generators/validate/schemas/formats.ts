import type { JsonSchema } from './json-schema.ts';

/** A text of a certain form, and how a person calls it. */
interface Format {
  readonly pattern: string;
  readonly name: string;
}

const FORMATS = {
  /** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#configuration-file */
  duration: {
    pattern: '^(0|(?=\\d)(\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?)$',
    name: 'a duration such as 30s or 1h30m',
  },
  size: { pattern: '^(0|\\d+(B|KB|MB|GB|TB|PB|EB))$', name: 'a size such as 10MB' },
  labelName: { pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$', name: 'a label name (letters, digits and _)' },
  metricName: { pattern: '^[a-zA-Z_:][a-zA-Z0-9_:]*$', name: 'a metric name (letters, digits, _ and :)' },
  interval: { pattern: '^\\d+(ms|[smhdwMy])$', name: "one of Grafana's intervals such as 15s" },
  time: { pattern: '^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$', name: 'a time of day such as 09:00' },
  inboxUrl: {
    pattern: '^https?://[^/?#@]+/slack/[a-z0-9-]+$',
    name: 'the address of an inbox; every other one is a secret and stands in a file',
  },
  url: { pattern: '^https?://.+', name: 'a URL' },
} as const satisfies Record<string, Format>;

/** A schema for texts of a certain form. */
export const textOf = (format: keyof typeof FORMATS): JsonSchema => ({
  type: 'string',
  pattern: FORMATS[format].pattern,
});

/** What a pattern of these schemas asks for, in words. */
export const nameOfPattern = (pattern: string): string | undefined =>
  Object.values(FORMATS).find((format) => format.pattern === pattern)?.name;

export const text: JsonSchema = { type: 'string' };
export const flag: JsonSchema = { type: 'boolean' };
export const count: JsonSchema = { type: 'integer', minimum: 0 };
export const texts: JsonSchema = { type: 'array', items: text };

/** A list of at least one. */
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items, minItems: 1 });

export const oneOf = (...values: readonly string[]): JsonSchema => ({ type: 'string', enum: values });

/** An object with these properties and no others. */
export const closed = (
  properties: Readonly<Record<string, JsonSchema | false>>,
  ...required: readonly string[]
): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

/** An object with any names and values of one kind. */
export const mapOf = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });

/** Label names, or names that follow the same rule, with texts. */
export const labels: JsonSchema = { type: 'object', propertyNames: textOf('labelName'), additionalProperties: text };
