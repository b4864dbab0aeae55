/** The shapes of SLOs, checked at run time. */
import * as z from 'zod';
import { BURN_TIERS } from '../conventions.ts';
import type { MetricKind } from '../promql/metrics.ts';
import type { Dimension } from '../promql/units.ts';
import type { Duration } from './quantities.ts';
import { isTime } from './quantities.ts';
import type { Query, Series } from './query.ts';
import { isQuery } from './query.ts';
import { isSeries } from './series.ts';
import { isTimeZone } from './time-intervals.ts';
import { alertName, anyQuantity, duration, durationOrZero, quantityOf, text } from './schema.ts';

const series = <const K extends MetricKind, const D extends Dimension = Dimension>(
  type: K,
  dimension?: D,
): z.ZodType<Series<K, D>, Series<K, D>> =>
  z.custom<Series<K, D>>(
    (value) => isSeries(value) && value.type === type && (dimension === undefined || value.dimension === dimension),
    { error: `expected a ${type}${dimension === undefined ? '' : ` of ${dimension}`}, or some series of one` },
  );

const anyQuery = z.custom<Query>(isQuery, { error: 'expected a query' });

/** An object with the properties of just one of some alternatives. */
const oneOf = <S extends z.ZodRawShape>(
  shape: S,
  alternatives: readonly (readonly (keyof S & string)[])[],
  message: string,
) =>
  z.strictObject(shape).superRefine((value, context) => {
    const given = Object.keys(shape).filter(
      (name) => alternatives.flat().includes(name) && (value as Readonly<Record<string, unknown>>)[name] !== undefined,
    );
    const isOne = alternatives.some((names) => names.toSorted().join() === given.toSorted().join());
    if (!isOne) context.addIssue({ code: 'custom', message });
  });

const histogramShape = { histogram: series('histogram'), below: anyQuantity };

/** The input of each indicator, by its kind. */
export const indicatorSchemas = {
  availability: oneOf(
    {
      indicator: z.literal('availability'),
      good: series('counter').optional(),
      bad: series('counter').optional(),
      total: series('counter'),
    },
    [['good'], ['bad']],
    'expected the total, and either the good or the bad events among them',
  ),
  latency: z.strictObject({ indicator: z.literal('latency'), ...histogramShape }),
  'native-latency': z.strictObject({ indicator: z.literal('native-latency'), ...histogramShape }),
  upness: oneOf(
    { indicator: z.literal('upness'), job: text.optional(), gauge: series('gauge', 'state').optional() },
    [['job'], ['gauge']],
    'expected a job, or a gauge that is 1 or 0',
  ),
  freshness: z.strictObject({
    indicator: z.literal('freshness'),
    lastSuccess: series('gauge', 'timestamp'),
    within: duration,
  }),
  ratio: oneOf(
    {
      indicator: z.literal('ratio'),
      good: anyQuery.optional(),
      bad: anyQuery.optional(),
      total: anyQuery.optional(),
      errorRatio: anyQuery.optional(),
    },
    [['bad', 'total'], ['good', 'total'], ['errorRatio']],
    'expected good or bad events with their total, or an errorRatio',
  ),
} as const;

/** What an indicator's call gives, before its kind reads its input. */
export const sliSchema = z.object(
  {
    kind: z.literal('sli'),
    indicator: z.enum(Object.keys(indicatorSchemas) as (keyof typeof indicatorSchemas)[]),
    input: z.unknown(),
  },
  { error: 'expected what an indicator gives: sli.availability({ ... })' },
);

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: "expected a time of day such as '09:00'" });
/** `Date.parse` takes 30 February for 2 March. */
const isDate = (text: string): boolean => {
  const [date = '', clock = ''] = text.slice(0, 16).split('T');
  const parsed = new Date(`${date}T${clock}:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
};
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;
const instantProblem = (text: string, isLocal: boolean): string | undefined => {
  if (!(isLocal ? LOCAL : INSTANT).test(text)) {
    return isLocal
      ? "expected a local time such as '2026-03-01T02:00'"
      : "expected an instant such as '2026-03-01T02:00:00Z', or a local time with its timeZone";
  }
  return isDate(text) ? undefined : 'there is no such day or time';
};

const LARGEST_OFFSET = 14 * 3600;
const utcOffset = z
  .custom<Duration>(isTime, { error: 'expected a length of time such as hours(1)' })
  .refine(({ base }) => base % 60 === 0 && Math.abs(base) <= LARGEST_OFFSET, {
    error: 'expected whole minutes, 14 hours at most',
  });
const timeZone = z.string().refine(isTimeZone, { error: 'expected a time zone such as "Europe/Berlin" or "UTC"' });

const weeklyShape = {
  kind: z.literal('weekly'),
  days: z
    .array(z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']))
    .min(1, { error: 'expected at least one day' }),
  from: clock,
  to: clock,
};

const countedTime = z.discriminatedUnion('kind', [
  z
    .strictObject({ ...weeklyShape, timeZone: timeZone.optional(), utcOffset: utcOffset.optional() })
    .refine((time) => time.timeZone === undefined || time.utcOffset === undefined, {
      error: 'expected a time zone or an offset from UTC, not both',
    }),
  z
    .strictObject({ kind: z.literal('once'), from: z.string(), to: z.string(), timeZone: timeZone.optional() })
    .superRefine((time, context) => {
      for (const name of ['from', 'to'] as const) {
        const message = instantProblem(time[name], time.timeZone !== undefined);
        if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
      }
    }),
]);

const tier = z.union([
  z.literal(false),
  z.strictObject({ budget: quantityOf('ratio'), short: duration, long: duration }),
]);

/** The input of slo(), without its indicator. */
export const sloSchema = z.strictObject({
  title: text,
  description: text.optional(),
  component: z.string().optional(),
  objective: quantityOf('ratio'),
  period: duration.optional(),
  indicator: z.unknown(),
  by: z.array(z.string()).readonly().optional(),
  timeslices: z.strictObject({ length: duration, objective: quantityOf('ratio') }).optional(),
  calendarMonth: z
    .union([z.boolean(), z.strictObject({ timeZone })], { error: 'expected true, false, or a time zone' })
    .optional(),
  traffic: quantityOf('frequency').optional(),
  only: z.array(countedTime).readonly().optional(),
  except: z.array(countedTime).readonly().optional(),
  alerting: z
    .union(
      [
        z.literal(false),
        z.strictObject({
          name: alertName.optional(),
          page: z.string().optional(),
          ticket: z.string().optional(),
          tiers: z.strictObject(Object.fromEntries(BURN_TIERS.map((id) => [id, tier.optional()]))).optional(),
          minimumFailures: z.int().min(1).optional(),
          for: durationOrZero.optional(),
          keepFiringFor: duration.optional(),
          missing: z.union([z.literal(false), duration], { error: 'expected a length of time, or false' }).optional(),
          exhausted: z.boolean().optional(),
        }),
      ],
      { error: 'expected the alerting of an SLO, or false' },
    )
    .optional(),
  firstSteps: z.array(text).readonly().optional(),
});
