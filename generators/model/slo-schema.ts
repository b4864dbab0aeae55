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

const good = z.strictObject({
  indicator: z.literal('availability'),
  good: series('counter'),
  total: series('counter'),
});
const bad = z.strictObject({ indicator: z.literal('availability'), bad: series('counter'), total: series('counter') });

const histogramShape = { histogram: series('histogram'), below: anyQuantity };

/** The input of each indicator, by its kind. */
export const indicatorSchemas = {
  availability: z.union([good, bad], {
    error: 'expected the total, and either the good or the bad events among them',
  }),
  latency: z.strictObject({ indicator: z.literal('latency'), ...histogramShape }),
  'native-latency': z.strictObject({ indicator: z.literal('native-latency'), ...histogramShape }),
  upness: z.union(
    [
      z.strictObject({ indicator: z.literal('upness'), job: text }),
      z.strictObject({ indicator: z.literal('upness'), gauge: series('gauge', 'state') }),
    ],
    { error: 'expected a job, or a gauge that is 1 or 0' },
  ),
  freshness: z.strictObject({
    indicator: z.literal('freshness'),
    lastSuccess: series('gauge', 'timestamp'),
    within: duration,
  }),
  ratio: z.union(
    [
      z.strictObject({ indicator: z.literal('ratio'), bad: anyQuery, total: anyQuery }),
      z.strictObject({ indicator: z.literal('ratio'), good: anyQuery, total: anyQuery }),
      z.strictObject({ indicator: z.literal('ratio'), errorRatio: anyQuery }),
    ],
    { error: 'expected good or bad events with their total, or an errorRatio' },
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
const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/, {
    error: "expected an instant in UTC such as '2026-03-01T02:00:00Z'",
  })
  .refine((value) => !Number.isNaN(Date.parse(value)), { error: 'there is no such day' });
const anyTime = z.custom<Duration>(isTime, { error: 'expected a length of time such as hours(1)' });

const countedTime = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('weekly'),
    days: z
      .array(z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']))
      .min(1, { error: 'expected at least one day' }),
    from: clock,
    to: clock,
    utcOffset: anyTime.optional(),
  }),
  z.strictObject({ kind: z.literal('once'), from: instant, to: instant }),
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
  calendarMonth: z.boolean().optional(),
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
