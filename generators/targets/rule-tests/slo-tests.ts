import { LABELS, PATHS, SLO_LABELS, SLO_SERIES, sloGroupName, sloId } from '../../conventions.ts';
import { prometheusDuration } from '../../model/format.ts';
import type { AlertingRule, BurnTierId, Model, Slo, SloAlerting, System } from '../../model/model.ts';
import { groupNamed } from '../../model/rule-groups.ts';
import type { Json } from '../../output/artefact.ts';
import * as build from '../../promql/build.ts';
import { durationText } from '../../promql/print-text.ts';
import { print } from '../../promql/print.ts';
import { errorRatioThreshold } from '../../slo/budget.ts';
import { isCounted } from '../../slo/counted-time.ts';
import { selectors } from '../../promql/walk.ts';
import type { TestSeries } from './series.ts';
import { groupOf, later, recordedSeries, sampleSeries, seriesText, trafficSeries } from './series.ts';

const MINUTE = 60_000;

/** One test: a state of the world, and what the rules make of it. */
export interface SloTest {
  readonly slo: Slo;
  readonly value: Json;
}

/** The rules of an SLO tested one state of the world after the other: healthy, burning at each tier's speed, unmeasured. */
export const sloTests = (model: Model, system: System): readonly SloTest[] =>
  system.slos.flatMap((slo) => {
    const rules = (groupNamed(model, sloGroupName(system.id, slo.id))?.rules ?? []).filter(
      (rule): rule is AlertingRule => rule.kind === 'alerting',
    );
    return statesOf(slo, system).map(
      ({ name, series, minutes, tiers, missing, isSpent = false, isRecorded = false, group }) => {
        const end = minutes * MINUTE;
        return {
          slo,
          value: {
            name: `${slo.id}: ${name}`,
            interval: '1m',
            input_series: series.map((one) => ({ series: one.series, values: one.values })),
            promql_expr_test: [
              expectation(
                firing(rules, 'burn', slo, system),
                end,
                tiers.map((tier) => `{${SLO_LABELS.tier}="${tier}"}`),
              ),
              group === undefined
                ? []
                : expectation(
                    firing(rules, 'burn', slo, system, slo.by),
                    end,
                    [seriesText(undefined, group)],
                    tiers.length,
                  ),
              // Where only what was recorded is there, the indicator itself is missing.
              isRecorded
                ? []
                : expectation(
                    firing(rules, 'missing', slo, system),
                    end,
                    missing === undefined ? [] : [`{${SLO_LABELS.state}="${missing}"}`],
                  ),
              // Minutes are a small part of a period: no outage of that length spends the whole budget.
              expectation(
                firing(rules, 'exhausted', slo, system),
                end,
                isSpent ? [`{${SLO_LABELS.slo}="${slo.id}"}`] : [],
              ),
              ...(missing === undefined ? [] : [expectation(ratioNow(slo, system), end, [])]),
            ].flat(),
          },
        };
      },
    );
  });

interface State {
  readonly name: string;
  readonly series: readonly TestSeries[];
  readonly minutes: number;
  /** The tiers that fire in the end. */
  readonly tiers: readonly BurnTierId[];
  /** Why nothing is measured, when nothing is. */
  readonly missing?: 'series-missing' | 'scrape-down';
  /** Whether the budget of the period is spent. */
  readonly isSpent?: boolean;
  /** Whether the series are what the rules record, rather than what they read. */
  readonly isRecorded?: boolean;
  /** The only group whose alerts fire. */
  readonly group?: Readonly<Record<string, string>>;
}

const statesOf = (slo: Slo, system: System): readonly State[] => {
  const { alerting, slices } = slo;
  if (!alerting) return [];
  const settle = Math.max(12 * MINUTE, 3 * slo.baseWindow, slices ? 3 * slices.length : 0);
  const minutes = Math.ceil((settle + alerting.for) / MINUTE);
  const length = minutes + 5;
  const wait = alerting.missingFor === undefined ? 0 : Math.ceil((alerting.missingFor + slo.baseWindow) / MINUTE) + 2;
  const start = firstCounting(slo, Math.max(length, wait));
  const measured =
    start === undefined
      ? []
      : measuredStates(slo, system, alerting, { start, minutes, length, wait }).map((state) => ({
          ...state,
          minutes: state.minutes + start,
          series: later(state.series, start),
        }));
  const outage = start === 0 ? undefined : outageOf(slo, system, alerting, 0, length);
  const isQuiet = !countingIn(slo, 0, length).includes(true);
  const outside: readonly State[] =
    outage && isQuiet
      ? [{ name: 'what fails while nothing counts tells nobody', series: outage, minutes, tiers: [] }]
      : [];
  return [...outside, ...measured, ...recordedStates(slo, system, alerting)];
};

/** Whether events count, minute by minute. The tests begin on Thursday, 1 January 1970, 00:00 UTC. */
const countingIn = (slo: Slo, start: number, length: number): readonly boolean[] =>
  Array.from({ length: length + 1 }, (_, index) => isCounted(slo.only, slo.except, (start + index) * 60));

/** How late a test may start: promtool evaluates every minute before, a few milliseconds each. */
const LATEST_START = 12 * 60;

/** The first minute from which on events count for so long. */
const firstCounting = (slo: Slo, length: number): number | undefined => {
  if (slo.only.length === 0 && slo.except.length === 0) return 0;
  const counting = countingIn(slo, 0, LATEST_START + length);
  let since = 0;
  for (const [minute, isCounting] of counting.entries()) {
    if (!isCounting) since = minute + 1;
    else if (minute - since >= length) return since;
  }
  return undefined;
};

const trafficOf = (alerting: SloAlerting): number => 1000 * alerting.minimumFailures;

const outageOf = (
  slo: Slo,
  system: System,
  alerting: SloAlerting,
  start: number,
  length: number,
): readonly TestSeries[] | undefined =>
  trafficSeries(slo, system, { perMinute: trafficOf(alerting), errorRatio: 1 }, length) ??
  sampleSeries(slo, system, false, start, length);

/** States that start from the series of the indicator; their minutes are counted from `start`. */
const measuredStates = (
  slo: Slo,
  system: System,
  alerting: SloAlerting,
  times: { readonly start: number; readonly minutes: number; readonly length: number; readonly wait: number },
): readonly State[] => {
  const { slices } = slo;
  const { start, minutes, length, wait } = times;
  // Those that start late take long, so there are only the two that say most.
  const isLate = start > 0;
  const all = slo.tiers.map(({ id }) => id);
  const states: State[] = [];
  const perMinute = trafficOf(alerting);
  const traffic = (errorRatio: number) => trafficSeries(slo, system, { perMinute, errorRatio }, length);

  const healthy = traffic(0) ?? sampleSeries(slo, system, true, start, length);
  if (healthy && !isLate) states.push({ name: 'nothing fails', series: healthy, minutes, tiers: [] });
  const idle = trafficSeries(slo, system, { perMinute: 0, errorRatio: 0 }, length);
  if (idle && !isLate)
    states.push({ name: 'no traffic is no failure, and not missing', series: idle, minutes, tiers: [] });
  const outage = outageOf(slo, system, alerting, start, length);
  if (outage) states.push({ name: 'everything fails', series: outage, minutes, tiers: all });
  if (outage && idle && !slices && !isLate) {
    const thresholds = slo.tiers.map((tier) => errorRatioThreshold(tier.factor, slo.objective));
    slo.tiers.forEach((tier, index) => {
      const own = thresholds[index] ?? 1;
      const faster = Math.min(1, ...thresholds.filter((threshold) => threshold > own));
      // Between two thresholds, nearer to neither.
      const errorRatio = Number(Math.sqrt(own * faster).toPrecision(6));
      const series = traffic(errorRatio);
      const tiers = slo.tiers.filter((_, other) => (thresholds[other] ?? 1) < errorRatio).map(({ id }) => id);
      if (series) states.push({ name: `burns as fast as ${tier.id} needs`, series, minutes, tiers });
    });
  }
  const group = slo.by.length > 0 && idle && !isLate ? groupOf(slo, system) : undefined;
  const others = group && trafficSeries(slo, system, { perMinute, errorRatio: 0, notOf: group }, length);
  if (group && others && outage)
    states.push({
      name: 'one group fails, another does not',
      series: [...outage, ...others],
      minutes,
      tiers: all,
      group,
    });
  const [job] = slo.indicator.jobs;
  if (wait === 0 || job === undefined) return states;
  if (selectors(slo.indicator.total)[0]?.selector.name === 'up')
    // An answer that does not come is counted; only a job that nobody scrapes is missing.
    return [
      ...states,
      { name: 'nobody scrapes the job', series: [], minutes: wait, tiers: [], missing: 'scrape-down' },
    ];
  const up = (value: number): readonly TestSeries[] => [
    { series: `up{job=${JSON.stringify(job)}, instance="a"}`, values: `${value}x${wait + 5}` },
  ];
  states.push({ name: 'the series are gone', series: up(1), minutes: wait, tiers: [], missing: 'series-missing' });
  if (!isLate)
    states.push({ name: 'no target answers', series: up(0), minutes: wait, tiers: [], missing: 'scrape-down' });
  return states;
};

/** States that start from what is recorded: whatever the indicator, the alerts read nothing else. */
const recordedStates = (slo: Slo, system: System, alerting: SloAlerting): readonly State[] => {
  const states: State[] = [];
  const isRecorded = true;
  const wait = (ms: number): number => Math.ceil(ms / MINUTE) + 2;
  const series = (record: string, value: number, minutes: number): TestSeries =>
    recordedSeries(slo, system, record, value, minutes + 5);
  for (const tier of slo.tiers) {
    const minutes = wait(alerting.for);
    const threshold = errorRatioThreshold(tier.factor, slo.objective);
    const windows = [tier.short, tier.long].map((window) => SLO_SERIES.errorRatio(durationText(window)));
    const failures = (count: number): TestSeries =>
      series(SLO_SERIES.badEvents(durationText(tier.long)), count, minutes);
    const [short = '', long = ''] = windows;
    const beyond = (1 + threshold) / 2;
    const burning = (value: number): TestSeries => series(short, value, minutes);
    const all = [series(long, beyond, minutes), failures(alerting.minimumFailures)];
    states.push(
      {
        name: `both windows of ${tier.id} are beyond it`,
        series: [burning(beyond), ...all],
        minutes,
        tiers: [tier.id],
      },
      {
        name: `${tier.id} is over when its short window is`,
        series: [burning(0), ...all],
        minutes,
        tiers: [],
        isRecorded,
      },
    );
    if (alerting.minimumFailures > 1) {
      const few = [burning(beyond), series(long, beyond, minutes), failures(alerting.minimumFailures - 1)];
      states.push({ name: `too few failures for ${tier.id}`, series: few, minutes, tiers: [], isRecorded });
    }
  }
  if (!alerting.exhausted) return states;
  const minutes = 10;
  const spent = (coverage: number): readonly TestSeries[] => [
    series(SLO_SERIES.periodBurnRate, 2, minutes),
    series(SLO_SERIES.coverage, coverage, minutes),
  ];
  states.push(
    { name: 'the budget is spent', series: spent(1), minutes, tiers: [], isSpent: true, isRecorded },
    { name: 'a new SLO has not spent its whole budget', series: spent(0.4), minutes, tiers: [], isRecorded },
  );
  return states;
};

/** The alerts of one kind that fire, counted by what tells them apart; nothing when the SLO has no such alert. */
const firing = (
  rules: readonly AlertingRule[],
  kind: 'burn' | 'missing' | 'exhausted',
  slo: Slo,
  system: System,
  by: readonly string[] = [{ burn: SLO_LABELS.tier, missing: SLO_LABELS.state, exhausted: SLO_LABELS.slo }[kind]],
): string | undefined => {
  const rule = rules.find(({ source }) => {
    if (source.kind !== 'slo') return false;
    return kind === 'burn' ? source.part !== 'missing' && source.part !== 'exhausted' : source.part === kind;
  });
  if (!rule) return undefined;
  const alerts = build.selector('ALERTS', [
    build.matcher('alertname', '=', rule.alert),
    build.matcher('alertstate', '=', 'firing'),
    build.matcher(SLO_LABELS.id, '=', sloId(system.id, slo.id)),
    build.matcher(LABELS.system, '=', system.id),
  ]);
  return print(build.aggregate('count', alerts, { by }));
};

/** The error ratio of the moment, which is unknown when nothing is measured. */
const ratioNow = (slo: Slo, system: System): string =>
  print(
    build.selector(SLO_SERIES.errorRatio(durationText(slo.baseWindow)), [
      build.matcher(SLO_LABELS.id, '=', sloId(system.id, slo.id)),
    ]),
  );

const expectation = (expr: string | undefined, at: number, labels: readonly string[], value = 1): readonly Json[] =>
  expr === undefined
    ? []
    : [
        {
          expr,
          eval_time: prometheusDuration(at),
          exp_samples: labels.map((one) => ({ labels: one, value })),
        },
      ];

/** The file of the rules, seen from the folder of the tests. */
export const rulesFrom = (system: System): string => `../${PATHS.rules(system.id)}`;
