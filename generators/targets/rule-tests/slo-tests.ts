import { LABELS, PATHS, SLO_LABELS, SLO_SERIES, sloId } from '../../conventions.ts';
import { prometheusDuration } from '../../model/format.ts';
import type { AlertingRule, BurnTierId, Model, Slo, System } from '../../model/model.ts';
import type { Json } from '../../output/artefact.ts';
import * as build from '../../promql/build.ts';
import { durationText } from '../../promql/print-text.ts';
import { print } from '../../promql/print.ts';
import { errorRatioThreshold } from '../../slo/budget.ts';
import type { TestSeries } from './series.ts';
import { sampleSeries, trafficSeries } from './series.ts';

const MINUTE = 60_000;

/** One test: a state of the world, and what the rules make of it. */
export interface SloTest {
  readonly slo: Slo;
  readonly value: Json;
}

/** The rules of an SLO tested one state of the world after the other: healthy, burning at each tier's speed, unmeasured. */
export const sloTests = (model: Model, system: System): readonly SloTest[] =>
  system.slos.flatMap((slo) => {
    const rules = model.ruleGroups
      .filter((group) => group.system === system.id)
      .flatMap((group) => group.rules)
      .filter(
        (rule): rule is AlertingRule =>
          rule.kind === 'alerting' && rule.source.kind === 'slo' && rule.source.id === slo.id,
      );
    return statesOf(slo, system).map(({ name, series, minutes, tiers, missing }) => {
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
            expectation(
              firing(rules, 'missing', slo, system),
              end,
              missing === undefined ? [] : [`{${SLO_LABELS.state}="${missing}"}`],
            ),
            // Minutes are a small part of a period: no outage of that length spends the whole budget.
            expectation(firing(rules, 'exhausted', slo, system), end, []),
            ...(missing === undefined ? [] : [expectation(ratioNow(slo, system), end, [])]),
          ].flat(),
        },
      };
    });
  });

interface State {
  readonly name: string;
  readonly series: readonly TestSeries[];
  readonly minutes: number;
  /** The tiers that fire in the end. */
  readonly tiers: readonly BurnTierId[];
  /** Why nothing is measured, when nothing is. */
  readonly missing?: 'series-missing' | 'scrape-down';
}

const statesOf = (slo: Slo, system: System): readonly State[] => {
  const { alerting, slices } = slo;
  // The tests begin on 1 January 1970: what counts then follows from no rule of today.
  if (!alerting || slo.only.length > 0 || slo.except.length > 0) return [];
  const settle = Math.max(12 * MINUTE, 3 * slo.baseWindow, slices ? 3 * slices.length : 0);
  const minutes = Math.ceil((settle + alerting.for) / MINUTE);
  const length = minutes + 5;
  const all = slo.tiers.map(({ id }) => id);
  const states: State[] = [];
  const perMinute = 1000 * alerting.minimumFailures;
  const traffic = (errorRatio: number) => trafficSeries(slo, system, { perMinute, errorRatio }, length);

  const healthy = traffic(0) ?? sampleSeries(slo, system, true, length);
  if (healthy) states.push({ name: 'nothing fails', series: healthy, minutes, tiers: [] });
  const idle = trafficSeries(slo, system, { perMinute: 0, errorRatio: 0 }, length);
  if (idle) states.push({ name: 'no traffic is no failure, and not missing', series: idle, minutes, tiers: [] });
  const outage = traffic(1) ?? (slo.indicator.kind === 'upness' ? sampleSeries(slo, system, false, length) : undefined);
  if (outage) states.push({ name: 'everything fails', series: outage, minutes, tiers: all });
  if (outage && idle && !slices) {
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
  const { missingFor } = alerting;
  const [job] = slo.indicator.jobs;
  if (missingFor !== undefined && job !== undefined && slo.indicator.kind !== 'upness') {
    const wait = Math.ceil(missingFor / MINUTE) + 2;
    const up = (value: number): readonly TestSeries[] => [
      { series: `up{job=${JSON.stringify(job)}, instance="a"}`, values: `${value}x${wait + 5}` },
    ];
    states.push(
      { name: 'the series are gone', series: up(1), minutes: wait, tiers: [], missing: 'series-missing' },
      { name: 'no target answers', series: up(0), minutes: wait, tiers: [], missing: 'scrape-down' },
    );
  }
  return states;
};

/** The alerts of one kind that fire, counted by what tells them apart; nothing when the SLO has no such alert. */
const firing = (
  rules: readonly AlertingRule[],
  kind: 'burn' | 'missing' | 'exhausted',
  slo: Slo,
  system: System,
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
  const by = kind === 'burn' ? SLO_LABELS.tier : kind === 'missing' ? SLO_LABELS.state : SLO_LABELS.slo;
  return print(build.aggregate('count', alerts, { by: [by] }));
};

/** The error ratio of the moment, which is unknown when nothing is measured. */
const ratioNow = (slo: Slo, system: System): string =>
  print(
    build.selector(SLO_SERIES.errorRatio(durationText(slo.baseWindow)), [
      build.matcher(SLO_LABELS.id, '=', sloId(system.id, slo.id)),
    ]),
  );

const expectation = (expr: string | undefined, at: number, labels: readonly string[]): readonly Json[] =>
  expr === undefined
    ? []
    : [
        {
          expr,
          eval_time: prometheusDuration(at),
          exp_samples: labels.map((one) => ({ labels: one, value: 1 })),
        },
      ];

/** The file of the rules, seen from the folder of the tests. */
export const rulesFrom = (system: System): string => `../${PATHS.rules(system.id)}`;
