/**
 * The queries behind an SLO. An indicator is two queries that count the bad events and all events in a window; what the
 * window is, is left open in them. Everything a recording rule or an alert reads is put together here.
 */
import { SLO_LABELS, SLO_SERIES, SLO_WINDOW } from '../conventions.ts';
import type { Duration, Expr } from '../promql/ast.ts';
import { NO_SPAN } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { durationText } from '../promql/print-text.ts';
import { remember } from '../promql/remember.ts';
import { transform } from '../promql/walk.ts';
import type { TimeZone } from './time-zone.ts';
import { localTime } from './time-zone.ts';
import { CHAIN_STEP } from './windows.ts';

/** What the rules of an SLO are made from. Times are milliseconds. */
export interface SliQueries {
  /** The value of the label that tells this SLO's series from all others. */
  readonly id: string;
  /** Bad events in the open window, summed by `by`; has a value wherever `total` has one. */
  readonly bad: Expr;
  /** All events in the open window, summed by `by`. */
  readonly total: Expr;
  /** Whether the two queries give events per second rather than events. */
  readonly perSecond: boolean;
  readonly by: readonly string[];
  /** The window of the base series. */
  readonly base: number;
  /** With it an event is a slice of time: bad when its error ratio is above `maximum`. */
  readonly slices?: { readonly length: number; readonly maximum: number };
  /** 1 while events count, 0 otherwise, without labels; nothing when they always count. */
  readonly timeCounts?: Expr;
  /** The share of time in which the base series are recorded, 0-1. */
  readonly share: number;
}

/** A query with its open window closed. */
export const atWindow = (expr: Expr, window: number): Expr => {
  const close = (duration: Duration): Duration =>
    duration.kind === 'duration' && duration.variable === SLO_WINDOW
      ? { kind: 'duration', ms: window, span: NO_SPAN }
      : duration;
  return transform(expr, (node) =>
    node.kind === 'matrix' || node.kind === 'subquery' ? { ...node, range: close(node.range) } : node,
  );
};

/** `op by (...) (expr)`, or without a clause when nothing is grouped. */
export const over = (op: 'sum' | 'max' | 'group', by: readonly string[], expr: Expr): Expr =>
  build.aggregate(op, expr, by.length > 0 ? { by } : {});

/** One recorded series of an SLO. */
export const recorded = (record: string, id: string) => build.selector(record, [idMatcher(id)]);

const idMatcher = remember((id: string) => build.matcher(SLO_LABELS.id, '=', id), 100);

/** One recorded series, with the labels of its groups only. */
const read = (op: 'sum' | 'max', record: string, { id, by }: Pick<SliQueries, 'id' | 'by'>): Expr =>
  over(op, by, recorded(record, id));

const isAbove0 = (expr: Expr): Expr => build.binary('>', expr, build.number(0));

const scaled = (expr: Expr, factor: number): Expr =>
  factor === 1 ? expr : build.binary('*', expr, build.number(factor));

/** Bad and total events of a window, from the raw counters. */
const raw = ({ bad, total, perSecond }: SliQueries, window: number): { readonly bad: Expr; readonly total: Expr } => {
  const factor = perSecond ? window / 1000 : 1;
  return { bad: scaled(atWindow(bad, window), factor), total: scaled(atWindow(total, window), factor) };
};

/** A window of the base series, when all of it counts: nothing from outside gets in, not even at the edges. */
const onlyCounted = (expr: Expr, sli: Pick<SliQueries, 'id' | 'base' | 'slices' | 'timeCounts'>): Expr => {
  if (sli.timeCounts === undefined) return expr;
  const window = build.range(recorded(SLO_SERIES.timeCounts, sli.id), baseLength(sli));
  const counts = build.binary('==', build.call('min_over_time', window), build.number(1));
  return build.binary('and', expr, counts, { on: [] });
};

/**
 * The two base series. For slices of time the bad one is 1 or 0 for the slice that ends now, and the total one is 1;
 * a slice without traffic is no slice.
 */
export const baseQueries = (sli: SliQueries): { readonly bad: Expr; readonly total: Expr } => {
  const { slices } = sli;
  if (slices === undefined) {
    const { bad, total } = raw(sli, sli.base);
    return { bad: onlyCounted(bad, sli), total: onlyCounted(total, sli) };
  }
  const { bad, total } = raw(sli, slices.length);
  const ratio = build.binary('/', bad, isAbove0(total));
  const verdict = build.binary('>', ratio, build.number(slices.maximum), { bool: true });
  const one = build.binary('+', build.binary('*', isAbove0(total), build.number(0)), build.number(1));
  return { bad: onlyCounted(verdict, sli), total: onlyCounted(one, sli) };
};

/** The length in the names of the base series. */
export const baseLength = ({ base, slices }: Pick<SliQueries, 'base' | 'slices'>): number => slices?.length ?? base;

/** The names of the base series. */
export const baseRecords = (
  sli: Pick<SliQueries, 'base' | 'slices'>,
): { readonly bad: string; readonly total: string } => {
  const window = durationText(baseLength(sli));
  return { bad: SLO_SERIES.badEvents(window), total: SLO_SERIES.totalEvents(window) };
};

/** Whether events are counted at any time and one by one: then raw counters can say how many there were in a window. */
export const isPlain = ({ slices, timeCounts }: SliQueries): boolean =>
  slices === undefined && timeCounts === undefined;

/**
 * A window put together from a base series that has gaps where nothing counts. It is read once a minute, so that each
 * event is read as many times as base windows overlap. (A subquery weighs the same however often the rules are
 * evaluated.) The events of the last minutes were read by fewer windows than the others, so the newest one counts more
 * than once; for the same reason the far end is drawn in by half of what the oldest windows reach beyond it.
 */
const sampled = (record: string, sli: SliQueries, window: number, step: number): Expr => {
  const series = recorded(record, sli.id);
  const lacking = (baseLength(sli) / step - 1) / 2;
  const isPeriod = window > LONGEST_TIER;
  const range = isPeriod ? window : window - lacking * step;
  const sum = build.call('sum_over_time', build.subquery(series, range, step));
  if (lacking === 0) return over('sum', sli.by, sum);
  // With a label of its own the newest window is one more series to add up, and no condition for the others.
  const added = labelled(build.binary('*', series, build.number(lacking)), 'now');
  return over('sum', sli.by, build.binary('or', sum, added));
};

const labelled = (expr: Expr, part: string): Expr =>
  build.call('label_replace', expr, build.string('__part__'), build.string(part), build.string(''), build.string(''));

/** How far back a part is looked for that was not recorded at its end, because Prometheus was down. */
const LONGEST_GAP = 6 * 3_600_000;

/** A window put together from shorter ones that follow each other; one that is not there counts nothing. */
const joined = (recordOf: (window: string) => string, sli: SliQueries, parts: readonly number[]): Expr => {
  let begin = 0;
  const terms = parts.map((part, index) => {
    const end = begin;
    begin += part;
    const series = recorded(recordOf(durationText(part)), sli.id);
    if (end === 0) return series;
    const range = build.range(build.offset(series, end), Math.min(part, LONGEST_GAP));
    return labelled(build.call('last_over_time', range), String(index + 1));
  });
  return over('sum', sli.by, build.anyOf(terms) ?? build.number(Number.NaN));
};

const stepOf = (sli: SliQueries, window: number): number => {
  if (sli.slices) return sli.slices.length;
  return window > LONGEST_CHAIN_OF_MINUTES ? sli.base : CHAIN_STEP;
};

/** No tier looks back further; what does is the period, whose far end is not looked at so closely. */
const LONGEST_TIER = 3 * 86_400_000;

/** Beyond this the step is the base window: a quarter has 25,920 of them. */
const LONGEST_CHAIN_OF_MINUTES = 31 * 86_400_000;

/**
 * Bad and total events of a window: from raw counters, from the `parts` that it is put together from, or from the base
 * series where not everything counts. Both are `overlap` times too many: as often as the base windows that were added
 * up overlap, which a ratio does not mind.
 */
export const windowQueries = (
  sli: SliQueries,
  window: number,
  parts?: readonly number[],
): { readonly bad: Expr; readonly total: Expr; readonly overlap: number } => {
  if (parts)
    return {
      bad: joined(SLO_SERIES.badEvents, sli, parts),
      total: joined(SLO_SERIES.totalEvents, sli, parts),
      overlap: 1,
    };
  if (isPlain(sli)) return { ...raw(sli, window), overlap: 1 };
  const records = baseRecords(sli);
  const step = stepOf(sli, window);
  return {
    bad: sampled(records.bad, sli, window, step),
    total: sampled(records.total, sli, window, step),
    overlap: baseLength(sli) / step,
  };
};

/** A number of events without what was counted more than once. */
export const withoutOverlap = (events: Expr, overlap: number): Expr =>
  overlap === 1 ? events : build.binary('/', events, build.number(overlap));

/** `bad / (total > 0)`: without events there is no ratio. */
export const ratioOf = (bad: Expr, total: Expr): Expr => build.binary('/', bad, isAbove0(total));

/** The error ratio of a window from the two recorded counts of events in it. */
export const recordedRatio = (sli: SliQueries, window: number): Expr =>
  ratioOf(
    read('sum', SLO_SERIES.badEvents(durationText(window)), sli),
    read('sum', SLO_SERIES.totalEvents(durationText(window)), sli),
  );

/** A recorded error ratio divided by the budget. */
export const burnRate = (sli: Pick<SliQueries, 'id' | 'by'>, window: number, budget: number): Expr =>
  build.binary('/', read('max', SLO_SERIES.errorRatio(durationText(window)), sli), build.number(budget));

/** The share of what counts of the period of which there is data, at most 1. */
export const coverage = (sli: SliQueries, period: number): Expr => {
  const step = baseLength(sli);
  const counted = build.call('count_over_time', build.subquery(recorded(baseRecords(sli).total, sli.id), period, step));
  const points = Math.max(Math.round((period / step) * sli.share), 1);
  const share = build.binary('/', over('max', sli.by, counted), build.number(points));
  // A subquery whose ends both fall on a step has one step more.
  return build.call('clamp_max', share, build.number(1));
};

/** A number for every group there is; a plain number where nothing is grouped. */
export const constant = (sli: Pick<SliQueries, 'id' | 'by' | 'base' | 'slices'>, value: number): Expr =>
  sli.by.length === 0
    ? build.call('vector', build.number(value))
    : build.binary(
        '+',
        build.binary('*', over('group', sli.by, recorded(baseRecords(sli).total, sli.id)), build.number(0)),
        build.number(value),
      );

/** `1 - burn rate over the period`. */
export const budgetRemaining = (sli: Pick<SliQueries, 'id' | 'by'>): Expr =>
  build.binary('-', build.number(1), read('max', SLO_SERIES.periodBurnRate, sli));

/** What the clocks of a zone show, as a series without labels; where they change it is recorded once for all readers. */
export const localTimeOf = (id: string, zone: TimeZone): Expr =>
  zone.season === undefined
    ? localTime(zone)
    : build.aggregate(
        'max',
        build.selector(SLO_SERIES.localTime, [
          build.matcher(SLO_LABELS.id, '=', id),
          build.matcher(SLO_LABELS.timeZone, '=', zone.name),
        ]),
      );

/** Year and month of a zone as one number. */
export const monthId = (id: string, zone: TimeZone): Expr => {
  const now = zone.offset === 0 && zone.season === undefined ? [] : [localTimeOf(id, zone)];
  return build.binary(
    '+',
    build.binary('*', build.call('year', ...now), build.number(12)),
    build.call('month', ...now),
  );
};

/** Never shorter than a month. */
const LONGEST_MONTH = 32 * 86_400_000;

/** The error ratio since the calendar month began: only what was recorded in the month of now is summed. */
export const monthErrorRatio = (sli: SliQueries): Expr => {
  const month = recorded(SLO_SERIES.monthId, sli.id);
  const now = { ...month, at: { kind: 'at', at: 'end', span: NO_SPAN } as const };
  const isNow = build.binary('==', month, now, { on: [] });
  const step = stepOf(sli, LONGEST_MONTH);
  const records = baseRecords(sli);
  const sum = (record: string): Expr => {
    const inMonth = build.binary('and', recorded(record, sli.id), isNow, { on: [] });
    return over('sum', sli.by, build.call('sum_over_time', build.subquery(inMonth, LONGEST_MONTH, step)));
  };
  return ratioOf(sum(records.bad), sum(records.total));
};

/** When a tier fires: too fast over the long window, still over the short one, and enough failures to mean something. */
export const burnCondition = (
  sli: Pick<SliQueries, 'id' | 'by'>,
  tier: { readonly short: number; readonly long: number; readonly factor: number },
  budget: number,
  minimumFailures: number,
): Expr => {
  const isBurning = (window: number): Expr =>
    build.binary(
      '>',
      read('max', SLO_SERIES.errorRatio(durationText(window)), sli),
      build.binary('*', build.number(tier.factor), build.number(budget)),
    );
  const burning = build.binary('and', isBurning(tier.long), isBurning(tier.short));
  if (minimumFailures <= 1) return burning;
  const failures = read('sum', SLO_SERIES.badEvents(durationText(tier.long)), sli);
  return build.binary('and', burning, build.binary('>=', failures, build.number(minimumFailures)));
};

/**
 * When the budget of the whole period is gone for certain, even if nothing fails in the part of it that has no data yet:
 * a new SLO does not cry over its first hour.
 */
export const exhaustedCondition = (sli: Pick<SliQueries, 'id' | 'by'>): Expr =>
  build.binary(
    '>=',
    build.binary('*', read('max', SLO_SERIES.periodBurnRate, sli), read('max', SLO_SERIES.coverage, sli)),
    build.number(1),
  );

/**
 * Whether nothing is counted, though idle counters would be: the bad events have a value wherever there are any. Either
 * because nobody answers the scrape (`down`), or though somebody does (`up`).
 */
export const missingCondition = (
  sli: Pick<SliQueries, 'id' | 'base' | 'slices' | 'timeCounts' | 'bad'>,
  jobs: readonly string[],
  scrape: 'up' | 'down',
): Expr => {
  // A slice without events is no slice, so there the events themselves are looked at.
  const events = sli.slices ? atWindow(sli.bad, sli.slices.length) : recorded(baseRecords(sli).bad, sli.id);
  const nothing = onlyCounted(build.call('absent', events), sli);
  if (jobs.length === 0) return nothing;
  const targets = build.selector('up', [
    jobs.length === 1
      ? build.matcher('job', '=', jobs[0] ?? '')
      : build.matcher('job', '=~', jobs.map((job) => job.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)).join('|')),
  ]);
  const anyUp = build.binary('==', build.aggregate('max', targets), build.number(1));
  return build.binary(scrape === 'up' ? 'and' : 'unless', nothing, anyUp, { on: [] });
};
