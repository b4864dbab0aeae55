import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import type * as z from 'zod';
import type { Metric as MetricInput } from '../metric.ts';
import type { BurnTierId, BurnWindow, CountedTime, Slo, SloAlerting, TimeZone } from '../model.ts';
import { days, minutes, toMilliseconds } from '../quantities.ts';
import { slug } from '../schema.ts';
import type { SloDefinition } from '../slo.ts';
import { sloSchema } from '../slo-schema.ts';
import { offsetsOf } from '../time-intervals.ts';
import { findTimeZone } from '../time-zones.ts';
import { normaliseIndicator } from './indicator.ts';
import type { Reader } from './reader.ts';

type SloOutput = z.output<typeof sloSchema>;

/** What an SLO is read against. */
export interface SloSurroundings {
  readonly components: readonly string[];
  readonly jobs: readonly string[];
  /** Ids, most severe first; absent when the project does not say. */
  readonly severities: readonly string[] | undefined;
  /** Takes the declared metrics that it uses. */
  readonly used: (metrics: readonly MetricInput[]) => void;
}

/** An SLO in the form of the model; nothing when it does not stand. Windows and tiers are a pass's business. */
export const normaliseSlo = (
  reader: Reader,
  id: string,
  value: unknown,
  path: PropertyPath,
  { components, jobs, severities, used }: SloSurroundings,
): Slo | undefined => {
  const { report } = reader;
  const subject = `slo ${id}`;
  const named = slug.safeParse(id);
  if (!named.success) {
    report.add(
      'definition/name',
      { what: 'SLO', name: id, rule: named.error.issues[0]?.message ?? '' },
      reader.at(path),
    );
  }
  const definition = value as Partial<SloDefinition> | null;
  if (definition?.kind !== 'slo') {
    report.add(
      'definition/shape',
      { property: `slos.${id}`, problem: 'expected what slo({ ... }) gives' },
      reader.at(path),
    );
    return undefined;
  }
  const input = reader.read(sloSchema, definition.input, path, subject);
  if (!input) return undefined;
  const by = [...new Set(input.by ?? [])].toSorted();
  const indicator = normaliseIndicator(reader, input.indicator, by, [...path, 'indicator'], subject, used);
  if (input.component !== undefined) reader.refer('component', input.component, components, [...path, 'component']);
  const jobPath = [...path, 'indicator', ...(indicator?.properties.total === 'job' ? ['job'] : [])];
  const hasJobs = (indicator?.jobs ?? []).map((job) => reader.refer('job', job, jobs, jobPath)).every(Boolean);

  const objective = input.objective.base;
  if (!(objective > 0 && objective < 1)) {
    report.add('slo/objective', { objective: input.objective.base * 100 }, reader.at([...path, 'objective'], subject));
    return undefined;
  }
  const slices = input.timeslices && {
    length: toMilliseconds(input.timeslices.length),
    objective: input.timeslices.objective.base,
  };
  if (slices && !(slices.objective > 0 && slices.objective <= 1)) {
    report.add(
      'slo/slice',
      { problem: 'its objective has to be above 0 % and at most 100 %' },
      reader.at([...path, 'timeslices'], subject),
    );
    return undefined;
  }
  const alerting = normaliseAlerting(reader, id, input, indicator?.kind, path, severities);
  const times = (name: 'only' | 'except'): readonly CountedTime[] =>
    (input[name] ?? []).flatMap((time, index) => toCountedTime(reader, time, [...path, name, index], subject) ?? []);
  const [only, except] = [times('only'), times('except')];
  const { calendarMonth } = input;
  const month =
    typeof calendarMonth === 'object'
      ? toTimeZone(reader, calendarMonth.timeZone, [...path, 'calendarMonth'], subject)
      : calendarMonth === true
        ? { name: 'UTC', offset: 0 }
        : undefined;
  if (!named.success || !indicator || !hasJobs) return undefined;
  return {
    id,
    component: input.component,
    title: input.title,
    description: input.description ?? '',
    objective,
    period: toMilliseconds(input.period ?? days(30)),
    indicator,
    by,
    slices,
    calendarMonth: month,
    traffic: input.traffic?.base,
    only,
    except,
    alerting,
    baseWindow: 0,
    tiers: [],
    firstSteps: input.firstSteps ?? [],
    origin: reader.at(path, subject),
  };
};

/** `checkout-latency` to `CheckoutLatency`. */
const toAlertName = (id: string): string =>
  id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const SEVERAL_FAILURES = 5;

const normaliseAlerting = (
  reader: Reader,
  id: string,
  { alerting, timeslices }: SloOutput,
  kind: string | undefined,
  path: PropertyPath,
  severities: readonly string[] | undefined,
): SloAlerting | undefined => {
  if (alerting === false) return undefined;
  const at = [...path, 'alerting'];
  for (const name of ['page', 'ticket'] as const) {
    const severity = alerting?.[name];
    if (severity !== undefined) reader.refer('severity', severity, severities, [...at, name]);
  }
  const isEvent = timeslices === undefined && kind !== 'upness' && kind !== 'freshness';
  const missing = alerting?.missing ?? minutes(10);
  const tiers: Partial<Record<BurnTierId, BurnWindow | false>> = {};
  for (const [tier, window] of Object.entries(alerting?.tiers ?? {})) {
    if (window === undefined) continue;
    tiers[tier as BurnTierId] = window && {
      budget: window.budget.base,
      short: toMilliseconds(window.short),
      long: toMilliseconds(window.long),
    };
  }
  return {
    name: alerting?.name ?? toAlertName(id),
    page: alerting?.page,
    ticket: alerting?.ticket,
    tiers,
    minimumFailures: alerting?.minimumFailures ?? (isEvent ? SEVERAL_FAILURES : 1),
    for: alerting?.for ? toMilliseconds(alerting.for) : 0,
    keepFiringFor: alerting?.keepFiringFor ? toMilliseconds(alerting.keepFiringFor) : 0,
    missingFor: missing === false ? undefined : toMilliseconds(missing),
    exhausted: alerting?.exhausted ?? true,
  };
};

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const minuteOf = (clock: string): number => {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return hour * 60 + minute;
};

type TimeInput = NonNullable<SloOutput['only']>[number];

const toCountedTime = (
  reader: Reader,
  time: TimeInput,
  path: PropertyPath,
  subject: string,
): CountedTime | undefined => {
  const reportEmpty = (): undefined => {
    reader.report.add('slo/times', { kind: time.kind, from: time.from, to: time.to }, reader.at(path, subject));
  };
  if (time.kind === 'once') {
    const [from, to] = (['from', 'to'] as const).map((name) => toInstant(reader, time, name, path, subject));
    if (from === undefined || to === undefined) return undefined;
    return from < to ? { kind: 'once', from, to } : reportEmpty();
  }
  const [from, to] = [minuteOf(time.from), minuteOf(time.to)];
  if (from >= to) return reportEmpty();
  const zone = time.timeZone === undefined ? undefined : toTimeZone(reader, time.timeZone, path, subject);
  if (time.timeZone !== undefined && !zone) return undefined;
  const days = DAYS.flatMap((day, index) => (time.days.includes(day) ? [index] : []));
  const offset = time.utcOffset ? toMilliseconds(time.utcOffset) : 0;
  return { kind: 'weekly', days, from, to, zone: zone ?? { name: 'UTC', offset } };
};

/** Seconds since the epoch; nothing for a local time that does not exist or comes twice. */
const toInstant = (
  reader: Reader,
  time: Extract<TimeInput, { readonly kind: 'once' }>,
  name: 'from' | 'to',
  path: PropertyPath,
  subject: string,
): number | undefined => {
  const { [name]: text, timeZone } = time;
  if (timeZone === undefined) return Date.parse(text) / 1000;
  const asUtc = Date.parse(`${text}:00Z`);
  const offsetAt = offsetsOf(timeZone);
  const offsets = new Set([asUtc - DAY, asUtc + DAY].map((at) => offsetAt(at)));
  const [instant, ...others] = [...offsets].filter((offset) => offsetAt(asUtc - offset) === offset);
  if (instant !== undefined && others.length === 0) return (asUtc - instant) / 1000;
  const place = reader.at([...path, name], subject);
  reader.report.add('slo/local-time', { time: text, zone: timeZone, isTwice: instant !== undefined }, place);
  return undefined;
};

const DAY = 86_400_000;

const zones = new Map<string, TimeZone | undefined>();

/** A time zone whose clocks a query can follow. */
const toTimeZone = (reader: Reader, name: string, path: PropertyPath, subject: string): TimeZone | undefined => {
  if (!zones.has(name)) zones.set(name, findTimeZone(name, offsetsOf(name)));
  const zone = zones.get(name);
  if (!zone) reader.report.add('slo/time-zone', { zone: name }, reader.at([...path, 'timeZone'], subject));
  return zone;
};
