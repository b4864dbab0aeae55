/** The parts of a project that say who is told, when, and how: receivers, teams, hours, heartbeat, maintenance. */
import * as z from 'zod';
import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import type { LabelsInput, TimeSpanInput } from '../escalation.ts';
import type { SeverityInput } from '../definition.ts';
import type {
  EscalationTier,
  ExtraRoute,
  Heartbeat,
  Inhibition,
  Maintenance,
  Project,
  ResponseTime,
  RouteMatcher,
  SeverityLevel,
  Team,
  TeamNotice,
  Told,
  Version,
} from '../model.ts';
import { hours, toMilliseconds } from '../quantities.ts';
import { escapeRe2 } from '../series.ts';
import type { Receiver } from '../receivers.ts';
import { missingFeatures, RECEIVER_KIND_NAMES, RECEIVER_KINDS, RECEIVER_SCHEMAS } from '../receivers.ts';
import { isRe2 } from '../route-analysis.ts';
import { duration, labelName, responseTime, slug, teamSchema, text } from '../schema.ts';
import type { TimeInterval } from '../time-intervals.ts';
import { isTimeZone, readSpan } from '../time-intervals.ts';
import type { Reader } from './reader.ts';

const names = z.array(z.string()).readonly();
const someNames = z.array(z.string()).min(1, { error: 'expected at least one role or receiver' }).readonly();

const hoursSchema = z.strictObject({ during: z.string(), otherwise: names });

const roleSchema = z.strictObject({
  title: text,
  to: names,
  rotation: z.strictObject({ members: z.array(text), every: duration }).optional(),
});

const noticeSchema = z.strictObject({
  to: someNames,
  then: z
    .array(
      z.strictObject({
        after: z.union([duration, z.strictObject({ workingTime: duration, during: z.string() })], {
          error: 'expected a length of time above zero such as minutes(15)',
        }),
        to: someNames,
        hours: hoursSchema.optional(),
        unless: z.literal('acknowledged').optional(),
      }),
    )
    .readonly()
    .optional(),
  hours: hoursSchema.optional(),
  quiet: names.optional(),
  respondWithin: responseTime.optional(),
  repeatEvery: duration.optional(),
});

const ranges = z.array(z.union([z.string(), z.number()])).readonly();
const timeIntervalSchema = z.strictObject({
  timeZone: z.string().refine(isTimeZone, { error: 'expected a time zone such as "Europe/Berlin" or "UTC"' }),
  spans: z
    .array(
      z.strictObject({
        times: z.array(z.strictObject({ from: z.string(), to: z.string() })).optional(),
        weekdays: ranges.optional(),
        daysOfMonth: ranges.optional(),
        months: ranges.optional(),
        years: ranges.optional(),
      }),
    )
    .min(1, { error: 'expected at least one span' }),
});

const heartbeatSchema = z.strictObject({ to: someNames, every: duration });

const maintenanceSchema = z.strictObject({
  title: text,
  systems: z.array(z.string()).min(1, { error: 'expected at least one system' }),
  during: z.string(),
  mostSevereToo: z.boolean().optional(),
});

const labelsSchema = z
  .record(
    labelName,
    z.union(
      [
        z.string(),
        z.array(z.string()).min(1),
        z.strictObject({ kind: z.literal('label-match'), op: z.enum(['=', '!=', '=~', '!~']), value: z.string() }),
      ],
      { error: "expected a value, a list of values, matches('...'), not('...') or notMatches('...')" },
    ),
  )
  .refine((labels) => Object.keys(labels).length > 0, { error: 'expected at least one label' });

const routeSchema = z.strictObject({
  match: labelsSchema,
  to: names,
  only: z.boolean().optional(),
  groupBy: z.array(labelName).optional(),
  quiet: names.optional(),
});

const inhibitionSchema = z.strictObject({
  source: labelsSchema,
  target: labelsSchema,
  equal: z.array(labelName).readonly(),
  reason: text,
});

/** How soon somebody reacts, in the form of the model. */
export const toResponseTime = (input: SeverityInput['respondWithin']): ResponseTime =>
  typeof input === 'string' ? { kind: input } : { kind: 'within', ms: toMilliseconds(input) };

/** How often an alert that goes on is repeated: often enough to be noticed, not so often that it is switched off. */
const defaultRepeat = (respondWithin: ResponseTime): number => {
  if (respondWithin.kind !== 'within') return toMilliseconds(hours(24));
  return Math.min(Math.max(respondWithin.ms * 4, toMilliseconds(hours(1))), toMilliseconds(hours(12)));
};

/** What the tiers of an escalation are called. */
const TIER_NAMES = ['primary', 'secondary', 'tertiary'];

type Raw = Readonly<Record<string, unknown>>;
const record = (value: unknown): Raw => (typeof value === 'object' && value !== null ? (value as Raw) : {});

/** The parts of a project that say who is told. */
type RoutingParts = Pick<
  Project,
  'receivers' | 'teams' | 'timeIntervals' | 'heartbeat' | 'maintenance' | 'routes' | 'inhibitions'
>;

/** Everything that a project says of who is told. */
export const normaliseRouting = (
  reader: Reader,
  raw: Raw,
  severities: readonly SeverityLevel[],
  version: Version,
): RoutingParts => {
  const receivers = readReceivers(reader, record(raw['receivers']), version);
  const known = {
    receiverIds: Object.keys(record(raw['receivers'])),
    intervals: Object.keys(record(raw['timeIntervals'])),
  };
  const refer = (path: PropertyPath) => (name: string, index: number) =>
    reader.refer('receiver', name, known.receiverIds, [...path, index]);
  const referInterval = (name: string, path: PropertyPath): boolean =>
    reader.refer('time interval', name, known.intervals, path);
  const context: Context = { reader, receivers, receiverIds: known.receiverIds, referInterval };

  const teams = reader
    .entries(teamSchema, record(raw['teams']), ['teams'], 'team', slug)
    .map(([id, team]) => readTeam(context, id, team, severities, Object.keys(record(raw['severities']))));

  const beat =
    raw['heartbeat'] === undefined ? undefined : reader.read(heartbeatSchema, raw['heartbeat'], ['heartbeat']);
  const heartbeat: Heartbeat | undefined = beat && {
    receivers: beat.to.filter(refer(['heartbeat', 'to'])),
    every: toMilliseconds(beat.every),
    origin: reader.at(['heartbeat']),
  };

  const maintenance = reader
    .entries(maintenanceSchema, record(raw['maintenance']), ['maintenance'], 'maintenance', slug)
    .map(([id, window]): Maintenance => {
      referInterval(window.during, ['maintenance', id, 'during']);
      return {
        id,
        title: window.title,
        systems: window.systems,
        interval: window.during,
        mostSevereToo: window.mostSevereToo ?? false,
        origin: reader.at(['maintenance', id]),
      };
    });

  const routes = reader
    .entries(routeSchema, record(raw['routes']), ['routes'], 'route', slug)
    .map(([id, route]): ExtraRoute => ({
      id,
      matchers: readMatchers(reader, route.match as LabelsInput, ['routes', id, 'match']),
      receivers: route.to.filter(refer(['routes', id, 'to'])),
      only: route.only ?? false,
      groupBy: route.groupBy ?? [],
      quiet: (route.quiet ?? []).filter((name, index) => referInterval(name, ['routes', id, 'quiet', index])),
      origin: reader.at(['routes', id], `route ${id}`),
    }));

  const inhibitions = reader
    .entries(inhibitionSchema, record(raw['inhibitions']), ['inhibitions'], 'inhibition', slug)
    .map(([id, { source, target, equal, reason }]): Inhibition => ({
      source: readMatchers(reader, source as LabelsInput, ['inhibitions', id, 'source']),
      target: readMatchers(reader, target as LabelsInput, ['inhibitions', id, 'target']),
      equal,
      reason,
      origin: reader.at(['inhibitions', id], `inhibition ${id}`),
    }));

  return {
    receivers,
    teams,
    timeIntervals: readTimeIntervals(reader, record(raw['timeIntervals'])),
    heartbeat,
    maintenance,
    routes,
    inhibitions,
  };
};

interface Context {
  readonly reader: Reader;
  readonly receivers: readonly Receiver[];
  readonly receiverIds: readonly string[];
  readonly referInterval: (name: string, path: PropertyPath) => boolean;
}

const readReceivers = (reader: Reader, raw: Raw, version: Version): readonly Receiver[] =>
  reader.entries(z.unknown(), raw, ['receivers'], 'receiver', slug).flatMap(([id, value]): Receiver[] => {
    const path = ['receivers', id];
    const kind = String(record(value)['kind']);
    const schema = RECEIVER_SCHEMAS.get(kind);
    if (!schema) {
      const problem = `expected what a receiver gives: slack({ ... }), email({ ... }); the kinds are ${RECEIVER_KIND_NAMES.join(', ')}`;
      reader.report.add('definition/shape', { property: `receivers.${id}`, problem }, reader.at(path));
      return [];
    }
    const settings = reader.read(schema, value, path);
    if (!settings) return [];
    // The schema of the kind has checked every property.
    const given = Object.fromEntries(Object.entries(settings).filter(([, one]) => one !== undefined));
    const receiver = {
      ...(kind === 'email' ? { requireTls: true } : {}),
      ...given,
      id,
      sendResolved: settings['sendResolved'] ?? true,
      origin: reader.at(path),
    } as Receiver;
    if (receiver.kind === 'webhook' && (receiver.url === undefined) === (receiver.urlFile === undefined)) {
      const problem = 'expected either url or urlFile';
      reader.report.add('definition/shape', { property: `receivers.${id}`, problem }, reader.at(path));
    }
    for (const { property, field, since } of missingFeatures(receiver, version)) {
      reader.report.add(
        'routing/receiver-version',
        {
          receiver: id,
          kind: RECEIVER_KINDS[receiver.kind].name,
          field,
          since,
          version,
          isKind: property === undefined,
        },
        reader.at(property === undefined ? path : [...path, property]),
      );
    }
    return [receiver];
  });

const readTimeIntervals = (reader: Reader, raw: Raw): readonly TimeInterval[] =>
  reader
    .entries(timeIntervalSchema, raw, ['timeIntervals'], 'time interval', slug)
    .map(([id, { timeZone, spans }]) => ({
      id,
      timeZone,
      spans: spans.map((input, index) => {
        const path = ['timeIntervals', id, 'spans', index];
        const { span, problems } = readSpan(input as TimeSpanInput);
        for (const { path: inner, problem } of problems) {
          const property = `timeIntervals.${id}.spans[${index}].${inner.join('.')}`;
          reader.report.add('definition/shape', { property, problem }, reader.at([...path, ...inner]));
        }
        return span;
      }),
      origin: reader.at(['timeIntervals', id]),
    }));

const readMatchers = (reader: Reader, labels: LabelsInput, path: PropertyPath): readonly RouteMatcher[] =>
  Object.entries(labels).map(([name, value]) => {
    const { op, value: wanted }: Pick<RouteMatcher, 'op' | 'value'> =
      typeof value === 'string'
        ? { op: '=', value }
        : 'op' in value
          ? value
          : { op: '=~', value: value.map(escapeRe2).join('|') };
    if ((op === '=~' || op === '!~') && !isRe2(wanted)) {
      const problem = `${JSON.stringify(wanted)} is no pattern of RE2`;
      reader.report.add('definition/shape', { property: name, problem }, reader.at([...path, name]));
    }
    return { name, op, value: wanted };
  });

interface Role {
  readonly title: string;
  readonly receivers: readonly string[];
}

const readTeam = (
  context: Context,
  id: string,
  team: z.output<typeof teamSchema>,
  severities: readonly SeverityLevel[],
  severityIds: readonly string[],
): Team => {
  const { reader } = context;
  const roles = readRoles(context, id, team.roles ?? {});
  const roleIds = Object.keys(team.roles ?? {});
  const what = roleIds.length === 0 ? 'receiver' : 'role or receiver';
  const told = (list: readonly string[], path: PropertyPath): Told => {
    const found = list.filter((name, index) =>
      reader.refer(what, name, [...roleIds, ...context.receiverIds], [...path, index]),
    );
    return {
      people: found.flatMap((name) => roles.get(name)?.title ?? []),
      receivers: [
        ...new Set(found.flatMap((name) => roles.get(name)?.receivers ?? (roleIds.includes(name) ? [] : [name]))),
      ],
    };
  };
  const notify = reader
    .entries(noticeSchema, team.notify, ['teams', id, 'notify'], 'severity', slug)
    .filter(([severity]) => reader.refer('severity', severity, severityIds, ['teams', id, 'notify', severity]))
    .map(([severity, notice]): readonly [string, TeamNotice] => {
      const path = ['teams', id, 'notify', severity];
      const respondWithin = notice.respondWithin
        ? toResponseTime(notice.respondWithin)
        : (severities.find((one) => one.id === severity)?.respondWithin ?? { kind: 'review' });
      return [
        severity,
        {
          tiers: readTiers(context, notice, path, told),
          respondWithin,
          repeatEvery: notice.repeatEvery ? toMilliseconds(notice.repeatEvery) : defaultRepeat(respondWithin),
          quiet: (notice.quiet ?? []).filter((name, index) => context.referInterval(name, [...path, 'quiet', index])),
          origin: reader.at(path),
        },
      ];
    });
  return { id, title: team.title, notify: Object.fromEntries(notify), origin: reader.at(['teams', id]) };
};

const readRoles = (
  { reader, receivers, receiverIds }: Context,
  team: string,
  raw: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, Role> =>
  new Map(
    reader.entries(roleSchema, raw, ['teams', team, 'roles'], 'role', slug).map(([id, role]) => {
      const path = ['teams', team, 'roles', id];
      if (role.to.length === 0) reader.report.add('routing/receiver-empty', { name: role.title }, reader.at(path));
      const members = receivers.filter((receiver) => role.to.includes(receiver.id));
      if (role.rotation !== undefined && !members.some(({ kind }) => RECEIVER_KINDS[kind].escalates)) {
        reader.report.add('routing/rotation', { role: role.title, tools: TOOLS }, reader.at([...path, 'rotation']));
      }
      const to = role.to.filter((name, index) => reader.refer('receiver', name, receiverIds, [...path, 'to', index]));
      return [id, { title: role.title, receivers: to }] as const;
    }),
  );

/** The tools that keep rotations and acknowledgements. */
const TOOLS: readonly string[] = Object.values(RECEIVER_KINDS)
  .filter(({ escalates }) => escalates)
  .map(({ name }) => name);

type Notice = z.output<typeof noticeSchema>;

const readTiers = (
  { reader, referInterval }: Context,
  notice: Notice,
  path: PropertyPath,
  told: (list: readonly string[], path: PropertyPath) => Told,
): readonly EscalationTier[] => {
  const readHours = (input: Notice['hours'], at: PropertyPath): EscalationTier['hours'] => {
    if (input === undefined || !referInterval(input.during, [...at, 'hours', 'during'])) return undefined;
    return { interval: input.during, otherwise: told(input.otherwise, [...at, 'hours', 'otherwise']) };
  };
  const tiers: EscalationTier[] = [
    {
      name: TIER_NAMES[0] ?? '',
      after: 0,
      to: told(notice.to, [...path, 'to']),
      hours: readHours(notice.hours, path),
      origin: reader.at([...path, 'to']),
    },
  ];
  (notice.then ?? []).forEach((step, index) => {
    const at = [...path, 'then', index];
    if (step.unless !== undefined)
      reader.report.add('routing/acknowledgement', { tools: TOOLS }, reader.at([...at, 'unless']));
    if ('workingTime' in step.after) {
      referInterval(step.after.during, [...at, 'after', 'during']);
      reader.report.add(
        'routing/working-time',
        { during: step.after.during, tools: TOOLS },
        reader.at([...at, 'after']),
      );
      return;
    }
    const after = toMilliseconds(step.after);
    const before = tiers.at(-1)?.after ?? 0;
    if (after <= before) {
      reader.report.add('routing/escalation-order', { after, before }, reader.at([...at, 'after']));
    }
    tiers.push({
      name: TIER_NAMES[index + 1] ?? `step ${index + 2}`,
      after,
      to: told(step.to, [...at, 'to']),
      hours: readHours(step.hours, at),
      origin: reader.at(at),
    });
  });
  return tiers;
};
