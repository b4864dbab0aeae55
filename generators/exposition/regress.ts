/** A run compared with the levels of the definitions and with what earlier runs measured. */
import type { Report } from '../diagnostics/report.ts';
import { formatAmount, formatLevel } from '../model/format.ts';
import type { Amount, Direction, Model, System, Threshold, ThresholdLevel } from '../model/model.ts';
import { UNITS } from '../promql/units.ts';
import type { Moment, Run } from './measure.ts';
import { measure, readsGauges } from './measure.ts';

/** What earlier runs measured. */
export interface Baseline {
  /** By the name of the check. */
  readonly checks: Readonly<Record<string, RecordedCheck>>;
  /** By system: how its runs were made. */
  readonly systems: Readonly<Record<string, Conditions>>;
}

/** The conditions of recorded runs. */
export interface Conditions {
  /** The day of the newest one, its machine in general terms, and how long it was measured. */
  readonly recorded: string;
  readonly machine: string;
  readonly seconds: number;
  /** The floors of the machine, the newest last; empty when what was measured ran elsewhere. */
  readonly work: readonly number[];
  readonly delay: readonly number[];
}

/** What the machine itself took while a run was measured on it, in seconds. */
export interface Floor {
  /** The median time of a piece of work that is always the same: how fast the machine is. */
  readonly work: number;
  /** By how much that work was late, in the worst twentieth: how busy it was with other things. */
  readonly delay: number;
}

/** One measurement of a run, and of the machine when both were the same. */
export interface Attempt {
  readonly run: Run;
  readonly floor?: Floor;
}

export interface RecordedCheck {
  /** The base unit in which the runs are written. */
  readonly unit: string;
  /** The newest last. */
  readonly runs: readonly number[];
}

/** Runs of a check that are kept: enough to know its noise, few enough to follow the code. */
export const KEPT_RUNS = 10;

/**
 * How much worse than the median of the recorded runs a run may be, as a share of it, whatever the noise; and how many standard
 * deviations of the recorded runs (from their median absolute deviation, which one odd run does not move). Chosen from
 * repeated runs of the sample app on a busy machine; docs/regress.md has the figures.
 */
export const TOLERANCE = { share: 0.5, deviations: 6 } as const;

/**
 * What a machine that is slower or busier than the recorded one is granted: times as much for its speed, up to a factor, and so many
 * of its delays, since what is measured waits for a processor several times. It only ever widens bounds and levels.
 */
export const ALLOWANCE = { slowest: 4, delays: 3 } as const;

/** How much further a bound for times lies on this machine than on the recorded one. */
export interface Handicap {
  readonly factor: number;
  /** Seconds. */
  readonly delay: number;
}

/** A machine like the recorded one, or one that nothing is known of. */
const NO_HANDICAP: Handicap = { factor: 1, delay: 0 };

/** What a machine is granted, from the recorded floors and its own. */
export const handicapOf = (
  recorded: Pick<Conditions, 'work' | 'delay'> | undefined,
  now: Floor | undefined,
): Handicap => {
  if (!recorded || recorded.work.length === 0 || !now) return NO_HANDICAP;
  const speed = now.work / medianOf(recorded.work);
  const delay = now.delay - medianOf(recorded.delay);
  return {
    factor: Math.min(ALLOWANCE.slowest, Math.max(1, speed)),
    delay: ALLOWANCE.delays * Math.max(0, delay),
  };
};

/** What is granted, in words; empty when it is next to nothing. */
export const describeHandicap = ({ factor, delay }: Handicap): string => {
  const parts = [
    ...(factor > 1.1 ? [`${factor.toFixed(1)} times as long, since it is slower`] : []),
    ...(delay > 0.001 ? [`${(delay * 1000).toFixed(0)} ms longer, since it is busy with other things`] : []),
  ];
  return parts.length === 0
    ? ''
    : `Beside the recorded machine, times may be ${parts.join(', and ')}: a small regression can hide in that.`;
};

/** For a normal distribution the standard deviation is this many times the median absolute deviation. */
const DEVIATION_OF_MAD = 1.4826;

const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
};

/** What is normal, and where a regression begins. */
export const boundOf = (
  runs: readonly number[],
  isHighBad: boolean,
  { factor, delay }: Handicap = NO_HANDICAP,
): { readonly median: number; readonly bound: number } => {
  const median = medianOf(runs);
  const noise = DEVIATION_OF_MAD * medianOf(runs.map((value) => Math.abs(value - median)));
  const allowance = Math.max(TOLERANCE.share * median, TOLERANCE.deviations * noise);
  // A throughput cannot fall by more than all of it: half of it is a regression whatever the noise.
  return {
    median,
    bound: isHighBad ? (median + allowance) * factor + delay : Math.max(median - allowance, median / 2),
  };
};

/** What came of a check; `no-data` is a time or a throughput that nobody measured. */
export type Verdict = 'fine' | 'faster' | 'slower' | 'beyond-limit' | 'no-data' | 'unrecorded';

/** One threshold, as a run measured it. Values are in the base unit of the dimension. */
export interface Check {
  /** `system/threshold`. */
  readonly id: string;
  readonly title: string;
  readonly alert: string;
  readonly measured: number | undefined;
  /** The level at which somebody is told first. */
  readonly limit: Amount;
  readonly direction: Direction;
  /** Median of the recorded runs, and where a regression begins; absent without recorded runs, and for what is only held to its limit. */
  readonly median: number | undefined;
  readonly bound: number | undefined;
  readonly runs: number;
  readonly verdict: Verdict;
}

const isHighBad = (direction: Direction): boolean => direction === 'above' || direction === 'atLeast';

const isBeyond = (value: number, level: number, direction: Direction): boolean => {
  if (direction === 'above') return value > level;
  if (direction === 'below') return value < level;
  return direction === 'atLeast' ? value >= level : value <= level;
};

/** Times and throughputs are compared with earlier runs; shares, errors and gauges are held to their levels only. */
const isCompared = ({ unit, direction, query }: Threshold): boolean => {
  const { dimension } = UNITS[unit];
  const isPace = (dimension === 'time' && isHighBad(direction)) || (dimension === 'frequency' && !isHighBad(direction));
  // A gauge of one moment has no noise that could be known.
  return isPace && !readsGauges(query);
};

const baseUnitOf = ({ unit }: Threshold): string => (UNITS[unit].dimension === 'time' ? 'seconds' : 'per_second');

/** The level that is reached first. */
const firstLevel = ({ levels, direction }: Threshold): ThresholdLevel | undefined =>
  levels.toSorted((a, b) => (isHighBad(direction) ? a.level.value - b.level.value : b.level.value - a.level.value))[0];

/** What a run measured of a threshold: its worst series; of gauges the better end, since an alert waits until its `for` is over. */
const measuredOf = ({ query, unit, direction }: Threshold, run: Run): number | undefined | 'not-measurable' => {
  const moments: readonly Moment[] = readsGauges(query) ? ['before', 'after'] : ['after'];
  const found = moments.map((moment) => measure(query, run, moment));
  if (found.includes(undefined)) return 'not-measurable';
  const worst = found.flatMap((series = []) => {
    // NaN is a quantile of nothing.
    const values = series.map(({ value }) => value).filter((value) => !Number.isNaN(value));
    return values.length === 0 ? [] : [isHighBad(direction) ? Math.max(...values) : Math.min(...values)];
  });
  if (worst.length === 0) return undefined;
  return (isHighBad(direction) ? Math.min(...worst) : Math.max(...worst)) * UNITS[unit].factor;
};

const FAILED: ReadonlySet<Verdict> = new Set(['slower', 'beyond-limit', 'no-data']);

/** Whether a check makes the run fail. */
export const hasFailed = ({ verdict }: Check): boolean => FAILED.has(verdict);

const verdictOf = (
  measured: number,
  level: number,
  direction: Direction,
  recorded: { readonly median: number; readonly bound: number } | undefined,
  compared: boolean,
): Verdict => {
  if (isBeyond(measured, level, direction)) return 'beyond-limit';
  if (!compared) return 'fine';
  if (!recorded) return 'unrecorded';
  const { median, bound } = recorded;
  if (isHighBad(direction)) {
    if (measured > bound) return 'slower';
    return measured < median / 2 ? 'faster' : 'fine';
  }
  if (measured < bound) return 'slower';
  return measured > median * 2 ? 'faster' : 'fine';
};

/** One threshold in one attempt; nothing when a run does not tell it. */
const judge = (system: System, threshold: Threshold, attempt: Attempt, baseline: Baseline): Check | undefined => {
  const measured = measuredOf(threshold, attempt.run);
  const level = firstLevel(threshold);
  if (measured === 'not-measurable' || level === undefined) return undefined;
  const compared = isCompared(threshold);
  // Shares of nothing, and a gauge that nobody exposes, are no fault of the run; a time that nobody took is.
  if (measured === undefined && !compared) return undefined;
  const { direction } = threshold;
  const id = `${system.id}/${threshold.id}`;
  const runs = compared ? (baseline.checks[id]?.runs ?? []) : [];
  // Only times wait for a processor.
  const handicap =
    compared && isHighBad(direction) ? handicapOf(baseline.systems[system.id], attempt.floor) : NO_HANDICAP;
  const recorded = runs.length > 0 ? boundOf(runs, isHighBad(direction), handicap) : undefined;
  return {
    id,
    title: threshold.title,
    alert: level.alert,
    measured,
    limit: level.level,
    direction,
    median: recorded?.median,
    bound: recorded?.bound,
    runs: runs.length,
    verdict: measured === undefined ? 'no-data' : verdictOf(measured, level.level.value, direction, recorded, compared),
  };
};

/** The attempt that counts: the first that is fine; when none is, the one with the best value. */
const bestOf = (checks: readonly Check[]): Check | undefined =>
  checks.find((check) => !hasFailed(check)) ??
  checks.toSorted((a, b) =>
    isHighBad(a.direction)
      ? (a.measured ?? Infinity) - (b.measured ?? Infinity)
      : (b.measured ?? -Infinity) - (a.measured ?? -Infinity),
  )[0];

const addFinding = (check: Check, system: System, threshold: Threshold, report: Report): void => {
  const { measured, median, bound, limit, alert, runs, direction } = check;
  const show = (value: number | undefined): string => formatMeasured(value ?? NaN, limit);
  const name = `${system.id} / ${threshold.title}`;
  const { origin } = threshold;
  const values = { name, measured: show(measured), median: show(median) };
  switch (check.verdict) {
    case 'no-data':
      return report.add('regress/no-data', { name }, origin);
    case 'beyond-limit':
      return report.add(
        'regress/limit',
        { name, measured: show(measured), limit: formatLevel(direction, limit), alert },
        firstLevel(threshold)?.origin ?? origin,
      );
    case 'unrecorded':
      return report.add('regress/unrecorded', { name }, origin);
    case 'slower':
      return report.add('regress/slower', { ...values, bound: show(bound), runs }, origin);
    case 'faster':
      return report.add('regress/faster', values, origin);
    case 'fine':
      return undefined;
  }
};

/** What a new run of a baseline says as a matter of course. */
const SILENT_IN_UPDATE: ReadonlySet<Verdict> = new Set(['slower', 'faster', 'unrecorded']);

/** The thresholds of the systems that can be told from a run, each with its verdict; what is wrong is in the report. */
export const checkRun = (
  model: Model,
  systems: ReadonlySet<string>,
  attempts: readonly Attempt[],
  baseline: Baseline,
  report: Report,
  options: { readonly update: boolean },
): readonly Check[] => {
  const checks = model.systems
    .filter(({ id }) => systems.has(id))
    .flatMap((system) =>
      system.thresholds.flatMap((threshold): readonly Check[] => {
        const tried = attempts.map((attempt) => judge(system, threshold, attempt, baseline));
        const check = bestOf(tried.filter((one) => one !== undefined));
        if (!check) return [];
        if (!options.update || !SILENT_IN_UPDATE.has(check.verdict)) addFinding(check, system, threshold, report);
        return [check];
      }),
    );
  const known = new Set<string>(checks.map(({ id }) => id));
  for (const id of Object.keys(baseline.checks))
    if (systems.has(systemOf(id)) && !known.has(id) && !options.update) report.add('regress/stale', { id });
  return checks;
};

const systemOf = (id: string): string => id.split('/')[0] ?? '';

const sorted = <T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));

const newest = <T>(runs: readonly T[], run: T | undefined): readonly T[] =>
  (run === undefined ? runs : [...runs, run]).slice(-KEPT_RUNS);

/** The baseline with a run added: its newest runs, and nothing of the measured systems that is no threshold any more. */
export const recordRun = (
  baseline: Baseline,
  checks: readonly Check[],
  model: Model,
  systems: ReadonlySet<string>,
  made: Omit<Conditions, 'work' | 'delay'> & { readonly floor: Floor | undefined },
): Baseline => {
  const isOther = ([id]: readonly [string, unknown]): boolean => !systems.has(systemOf(id));
  const compared = new Map<string, Threshold>(
    model.systems.flatMap((system) =>
      system.thresholds.filter(isCompared).map((threshold) => [`${system.id}/${threshold.id}`, threshold] as const),
    ),
  );
  const own = checks.flatMap(({ id, measured }): readonly (readonly [string, RecordedCheck])[] => {
    const threshold = compared.get(id);
    if (!threshold || measured === undefined) return [];
    const runs = newest(baseline.checks[id]?.runs ?? [], Number(measured.toPrecision(4)));
    return [[id, { unit: baseUnitOf(threshold), runs }]];
  });
  const { floor, ...conditions } = made;
  const addTo = (known: readonly number[] = [], value: number | undefined): readonly number[] =>
    newest(known, value === undefined ? undefined : Number(value.toPrecision(3)));
  const conditionsOf = (id: string): readonly [string, Conditions] => {
    const known = baseline.systems[id];
    return [id, { ...conditions, work: addTo(known?.work, floor?.work), delay: addTo(known?.delay, floor?.delay) }];
  };
  return {
    systems: sorted([...Object.entries(baseline.systems).filter(isOther), ...[...systems].map(conditionsOf)]),
    checks: sorted([...Object.entries(baseline.checks).filter(isOther), ...own]),
  };
};

/** A measured value with three digits: in the unit its level is written in, a time of less than a second in milliseconds. */
export const formatMeasured = (value: number, like: Amount): string => {
  const isShort = UNITS[like.unit].dimension === 'time' && value < 1;
  const unit = isShort ? 'milliseconds' : like.unit;
  const { factor } = UNITS[unit];
  return formatAmount({ value: Number((value / factor).toPrecision(3)) * factor, unit });
};
