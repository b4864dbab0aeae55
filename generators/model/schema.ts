/** The shapes of what users write, checked at run time: a definition may come from JavaScript, or past a type error. */
import * as z from 'zod';
import type { Dimension } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import type { MonitorInstance } from './definition.ts';
import type { Version } from './model.ts';
import type { Cpu, Duration, Quantity } from './quantities.ts';
import { isQuantity, isTime, isWholeDuration } from './quantities.ts';
import type { Operand } from './query.ts';
import { isQuery } from './query.ts';
import { isSeries } from './series.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Lower-case letters, digits and dashes, at most 40: fit for file names, labels, Kubernetes names and uids. */
export const SLUG = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** A short name that ends up in paths, labels and uids. */
export const slug = z
  .string()
  .regex(SLUG, {
    error: 'expected lower-case letters and digits, in words joined by single dashes: `migrated-components`',
  })
  .max(40, { error: 'expected at most 40 characters' })
  // Every object has a property of this name, whether or not somebody put it there.
  .refine((name) => name !== 'constructor', { error: 'expected another name than `constructor`' });

/** Text for people. */
export const text = z.string().trim().min(1, { error: 'expected a text, not an empty one' });

/** A length of time above zero, in whole milliseconds: Prometheus knows nothing shorter. */
export const duration = z.custom<Duration>((value) => isTime(value) && isWholeDuration(value), {
  error: ({ input }) =>
    isTime(input)
      ? `expected a length of time of 1 ms to 292 years, in whole milliseconds, not ${input.amount} ${input.unit}`
      : 'expected a length of time such as minutes(5)',
});

/** A length of time, or none. */
export const durationOrZero = z.custom<Duration>(
  (value) => isTime(value) && (value.base === 0 || isWholeDuration(value)),
  {
    error: ({ input }) =>
      isTime(input)
        ? `expected no time or up to 292 years, in whole milliseconds, not ${input.amount} ${input.unit}`
        : 'expected a length of time such as minutes(5)',
  },
);

/** A finite quantity of any dimension. */
export const anyQuantity: z.ZodType<Quantity, Quantity> = z.custom<Quantity>(
  (value) => isQuantity(value) && Number.isFinite(value.base),
  {
    error: 'expected a quantity such as ms(100), percent(95) or count(10)',
  },
);

/** A finite quantity of one dimension. */
export const quantityOf = <const D extends Dimension>(dimension: D): z.ZodType<Quantity<D>, Quantity<D>> =>
  z.custom<Quantity<D>>((value) => isQuantity(value) && value.dimension === dimension && Number.isFinite(value.base), {
    error: ({ input }) =>
      `expected a quantity of ${dimension}${isQuantity(input) ? `, not of ${input.dimension}` : ''}`,
  });

/** Cores of a processor. */
export const cpu = z.custom<Cpu>(
  (value) => isObject(value) && value['kind'] === 'cpu' && Number(value['millicores']) > 0,
  {
    error: 'expected cores of a processor such as cores(0.25)',
  },
);

/** A query or a gauge. */
export const operand = z.custom<Operand>((value) => isQuery(value) || (isSeries(value) && value.type === 'gauge'), {
  error: ({ input }) =>
    isSeries(input)
      ? `a ${input.type} has no value of its own here: wrap it in query.rate(...), query.quantile(...) or another function`
      : 'expected a query, or a gauge',
});

/** How soon somebody reacts. */
export const responseTime = z.union([duration, z.literal('next-business-day'), z.literal('review')], {
  error: 'expected a length of time, "next-business-day" or "review"',
});

/** The name of a file in the secrets directory. */
export const fileName = z
  .string()
  .regex(/^[^/\\]+$/, { error: 'expected the name of a file in the secrets directory, without a path' });

/** `host:port`. */
export const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s/:]+):\d{1,5}$/, { error: 'expected host:port' });
/** An address of the web. */
export const httpUrl = z.string().regex(/^https?:\/\/[^\s/]+\S*$/, { error: 'expected an http or https URL' });
const version = z.custom<Version>((value) => typeof value === 'string' && /^\d+\.\d+$/.test(value), {
  error: 'expected a version such as "2.42"',
});
/** The name of a label. */
export const labelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'expected a label name: letters, digits and underscores' });

/** One severity. */
export const severitySchema = z.strictObject({
  title: text,
  respondWithin: responseTime,
  color: z.enum(['red', 'orange', 'yellow', 'blue', 'purple', 'green']).optional(),
});

/** Whether what follows the last colon is a port that something can listen on. */
const hasPort = (address: string): boolean => {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return port >= 1 && port <= 65_535;
};

const inboxSchema = z.strictObject({
  url: z.string().refine((url) => /^https?:\/\/[^\s/?#@]+\/?$/.test(url) && URL.canParse(url), {
    error: 'expected an http or https URL without a path, such as http://inbox:8025',
  }),
  smtp: hostPort.refine(hasPort, { error: 'expected host:port with a port of 1 to 65535' }),
});

/** One environment. */
export const environmentSchema = z
  .strictObject({
    externalLabels: z.record(labelName, z.string()),
    alertmanagers: z.array(hostPort).min(1, { error: 'expected at least one Alertmanager' }),
    prometheusUrl: httpUrl,
    secretsDirectory: text.optional(),
    inbox: inboxSchema.optional(),
  })
  .refine(({ secretsDirectory, inbox }) => secretsDirectory !== undefined || inbox !== undefined, {
    path: ['secretsDirectory'],
    error: 'expected the folder of the secret files, or an inbox, which needs none',
  })
  .refine(({ secretsDirectory, inbox }) => secretsDirectory === undefined || inbox === undefined, {
    path: ['secretsDirectory'],
    error: 'take it out: an environment with an inbox reads no secret files',
  });

/** The parts of a project that stand alone; its records are read entry by entry. */
export const projectSchema = z.strictObject({
  id: slug,
  title: text,
  versions: z.strictObject({ prometheus: version, alertmanager: version, grafana: version }),
  scrapeInterval: duration,
  scrapeTimeout: duration.optional(),
  evaluationInterval: duration,
  retention: duration.optional(),
  links: z.strictObject({ runbooks: httpUrl, grafana: httpUrl }),
  environments: z.record(z.string(), z.unknown()),
  severities: z.record(z.string(), z.unknown()),
  receivers: z.record(z.string(), z.unknown()),
  teams: z.record(z.string(), z.unknown()),
  fallback: z.array(z.string()).min(1, { error: 'expected at least one receiver' }),
  timeIntervals: z.record(z.string(), z.unknown()).optional(),
  heartbeat: z.unknown().optional(),
  maintenance: z.record(z.string(), z.unknown()).optional(),
  routes: z.record(z.string(), z.unknown()).optional(),
  inhibitions: z.record(z.string(), z.unknown()).optional(),
});

/** One team. */
export const teamSchema = z.strictObject({
  title: text,
  roles: z.record(z.string(), z.unknown()).optional(),
  notify: z.record(z.string(), z.unknown()),
});

/** One scrape job. */
export const jobSchema = z.strictObject({
  targets: z.record(z.string(), z.array(hostPort).min(1, { error: 'expected at least one target' })),
  path: z
    .string()
    .regex(/^\/\S*$/, { error: 'expected a path that starts with /' })
    .optional(),
  scheme: z.enum(['http', 'https']).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
});

/** A declared metric. Its label values are read by their own rules. */
export const metricSchema = z.strictObject({
  kind: z.literal('metric', { error: 'expected what defineMetrics({ ... }) gives' }),
  name: z
    .string()
    .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, { error: 'expected a metric name: letters, digits, underscores and colons' }),
  type: z.enum(['counter', 'gauge', 'histogram', 'summary']),
  dimension: z.string(),
  unit: z.enum(Object.keys(UNITS) as [keyof typeof UNITS]),
  help: text,
  labels: z.record(
    labelName,
    z.union(
      [
        z.literal('any'),
        z.array(z.string()).min(1, { error: 'expected at least one value' }),
        z.strictObject({ kind: z.literal('pattern'), pattern: z.string() }),
      ],
      { error: "expected 'any', a list of values, or pattern('...')" },
    ),
  ),
  job: text,
  range: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
  buckets: z.array(z.number()).min(1, { error: 'expected at least one bucket' }).optional(),
  native: z.boolean().optional(),
  quantiles: z.array(z.number().min(0).max(1)).optional(),
});

/** One component, before its kind reads its input. */
export const monitorInstanceSchema = z.custom<MonitorInstance>(
  (value) => isObject(value) && value['kind'] === 'monitor' && typeof value['monitor'] === 'string',
  { error: 'expected what a monitor gives: monitors.cache({ ... })' },
);

/** One level of a threshold: a quantity, or a quantity with what differs at this level. */
const levelOf = <Q extends Quantity>(quantity: z.ZodType<Q, Q>) =>
  z.union(
    [
      quantity,
      z.strictObject({
        level: quantity,
        for: durationOrZero.optional(),
        keepFiringFor: durationOrZero.optional(),
        alert: z.string().optional(),
        severity: z.string().optional(),
      }),
    ],
    { error: 'expected a quantity such as ms(100), or { level: ms(100), for: minutes(5) }' },
  );

/** The levels and texts that a threshold and a monitor's signal share, for levels of some kind of quantity. */
export const levelShapeOf = <Q extends Quantity>(quantity: z.ZodType<Q, Q>) => {
  const level = levelOf(quantity);
  return {
    warning: level.optional(),
    critical: level.optional(),
    for: durationOrZero.optional(),
    keepFiringFor: durationOrZero.optional(),
    goal: quantity.optional(),
    summary: text.optional(),
    description: text.optional(),
    firstSteps: z.array(text).readonly().optional(),
  } as const;
};

/** The levels and texts of a threshold; that they are in the unit of the query is checked with the query. */
export const levelShape = levelShapeOf(anyQuantity);

/** The name of an alert. */
export const alertName = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]*$/, { error: 'expected UpperCamelCase: `DatabaseQueryTooSlow`' });

/** The input of threshold(). */
export const thresholdSchema = z.strictObject({
  ...levelShape,
  alert: alertName,
  title: text,
  query: operand,
  direction: z.enum(['above', 'below', 'atLeast', 'atMost']),
  component: z.string().optional(),
});

/** A panel. */
export const panelSchema = z.strictObject({
  title: text,
  description: text,
  kind: z.enum(['timeseries', 'stat', 'gauge', 'table', 'state-timeline']).optional(),
  queries: z.record(z.string(), operand),
  min: z.number().optional(),
  max: z.number().optional(),
});

/** A dashboard. */
export const dashboardSchema = z.strictObject({
  title: text,
  description: text,
  rows: z
    .array(z.strictObject({ title: text, panels: z.record(slug, z.unknown()) }))
    .min(1, { error: 'expected at least one row' }),
});

const urlPath = z
  .string()
  .regex(/^\/[^\s?#]*$/, { error: 'expected a path that starts with /, without a query' })
  .refine((path) => !path.split('/').includes('..'), { error: 'expected a path without ".." segments' });

const probe = z.strictObject({
  path: urlPath,
  every: duration,
  timeout: duration,
  failures: z.int().min(1),
  initialDelay: durationOrZero.optional(),
});

const resources = z.strictObject({ cpu, memory: quantityOf('data') });

/** A workload. */
export const workloadSchema = z.strictObject({
  name: slug.optional(),
  image: text,
  replicas: z.int().min(0),
  ports: z.record(
    // As Kubernetes has it (IANA_SVC_NAME).
    slug.max(15, { error: 'expected at most 15 characters: the name of a port is one of a service' }),
    z.int().min(1).max(65_535),
  ),
  namespace: slug.optional(),
  endpoints: z.record(urlPath, z.strictObject({ checks: z.array(z.string()) })),
  startup: probe,
  readiness: probe,
  liveness: probe,
  resources: z.strictObject({ requests: resources, limits: resources }),
});

/** The parts of a system that stand alone; its records are read entry by entry. */
export const systemSchema = z.strictObject({
  id: slug,
  title: text,
  description: text,
  owner: z.string(),
  jobs: z.record(z.string(), z.unknown()),
  metrics: z.array(z.record(z.string(), z.unknown())).optional(),
  components: z.record(z.string(), z.unknown()),
  thresholds: z.record(z.string(), z.unknown()).optional(),
  slos: z.record(z.string(), z.unknown()).optional(),
  workloads: z.record(z.string(), z.unknown()).optional(),
  dashboards: z.record(z.string(), z.unknown()).optional(),
});
