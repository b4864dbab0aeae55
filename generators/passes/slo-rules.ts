import { SLO_LABELS, SLO_SERIES, sloGroupName, sloId } from '../conventions.ts';
import type { Model, RecordingRule, RuleGroup, Slo, System } from '../model/model.ts';
import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { durationText } from '../promql/print-text.ts';
import { remember } from '../promql/remember.ts';
import type { UnitId } from '../promql/units.ts';
import { errorBudget } from '../slo/budget.ts';
import {
  baseLength,
  baseQueries,
  budgetRemaining,
  burnRate,
  constant,
  coverage,
  isPlain,
  monthErrorRatio,
  monthId,
  ratioOf,
  recorded,
  recordedRatio,
  over,
  windowQueries,
  withoutOverlap,
} from '../slo/expressions.ts';
import type { TimeZone } from '../slo/time-zone.ts';
import { localTime } from '../slo/time-zone.ts';
import { endToEnd } from '../slo/windows.ts';
import { definePass } from './pass.ts';
import { toSliQueries } from './slo-queries.ts';

/** Every SLO becomes one group of recording rules, in the order in which they read each other. */
export const sloRules = definePass({
  id: 'slo-rules',
  summary: 'SLOs become recording rules: two base series, error ratios by window, the budget',
  run: (model) =>
    ({
      ...model,
      ruleGroups: [
        ...model.ruleGroups,
        ...model.systems.flatMap((system) => system.slos.map((slo) => toGroup(slo, system))),
      ],
    }) satisfies Model,
});

const DAY = 86_400_000;

/** What is the same for all groups of an SLO. */
const ALIKE: ReadonlySet<string> = new Set([
  SLO_SERIES.info,
  SLO_SERIES.localTime,
  SLO_SERIES.monthId,
  SLO_SERIES.timeCounts,
]);

/** The zones of an SLO whose clocks change, each once. */
const changingZones = ({ only, except, calendarMonth }: Slo): readonly TimeZone[] => {
  const zones = [...only, ...except].flatMap((time) => (time.kind === 'weekly' ? time.zone : []));
  const all = calendarMonth ? [...zones, calendarMonth] : zones;
  return [...new Map(all.map((zone) => [zone.name, zone])).values()].filter(({ season }) => season !== undefined);
};

const toGroup = (slo: Slo, system: System): RuleGroup => {
  const sli = toSliQueries(slo, system);
  const { by, objective, period } = slo;
  const ids = { [SLO_LABELS.id]: sloId(system.id, slo.id), [SLO_LABELS.service]: system.id, [SLO_LABELS.slo]: slo.id };
  const rules: RecordingRule[] = [];
  const labelNames = remember((more: string) =>
    [...Object.keys(ids), ...more.split(',').filter((name) => name !== '')].toSorted(),
  );
  const add = (record: string, expr: Expr, unit: UnitId, labels: Readonly<Record<string, string>> = {}): void => {
    const all = { ...ids, ...labels };
    const groups = ALIKE.has(record) ? [] : by;
    rules.push({
      kind: 'recording',
      record,
      expr,
      labels: all,
      unit,
      resultLabels: labelNames([...Object.keys(labels), ...groups].join()),
      origin: slo.origin,
    });
  };
  const has = (record: string): boolean => rules.some((rule) => rule.record === record);
  const addRatio = (window: number, expr: Expr): void =>
    add(SLO_SERIES.errorRatio(durationText(window)), expr, 'ratio', { [SLO_LABELS.window]: durationText(window) });

  for (const zone of changingZones(slo))
    add(SLO_SERIES.localTime, localTime(zone), 'unix_seconds', { [SLO_LABELS.timeZone]: zone.name });
  if (sli.timeCounts) add(SLO_SERIES.timeCounts, sli.timeCounts, 'state');

  const base = baseQueries(sli);
  const length = durationText(baseLength(sli));
  add(SLO_SERIES.badEvents(length), base.bad, 'count');
  add(SLO_SERIES.totalEvents(length), base.total, 'count');

  const shortest = slo.slices ? Math.max(sli.base, slo.slices.length) : sli.base;
  const longs = new Set(slo.tiers.map(({ long }) => long));
  const windows = [...new Set([shortest, ...slo.tiers.flatMap(({ short, long }) => [short, long])])].toSorted(
    (a, b) => a - b,
  );
  const chain = isPlain(sli) ? endToEnd([...windows, period], sli.base) : new Map<number, readonly number[]>();
  const parts = new Set([...chain.values()].flat());
  const all = new Set([...windows, ...parts].filter((window) => window !== sli.base || windows.includes(window)));
  for (const window of [...all].toSorted((a, b) => a - b)) {
    if (window === baseLength(sli)) {
      addRatio(window, recordedRatio(sli, window));
      continue;
    }
    const { bad, total, overlap } = windowQueries(sli, window, chain.get(window));
    const record = SLO_SERIES.badEvents(durationText(window));
    if (parts.has(window)) {
      add(record, bad, 'count');
      add(SLO_SERIES.totalEvents(durationText(window)), total, 'count');
      if (windows.includes(window)) addRatio(window, recordedRatio(sli, window));
      continue;
    }
    if (!longs.has(window) || has(record)) {
      addRatio(window, ratioOf(bad, total));
      continue;
    }
    add(record, withoutOverlap(bad, overlap), 'count');
    addRatio(window, ratioOf(over('sum', by, recorded(record, sli.id)), withoutOverlap(total, overlap)));
  }
  const whole = windowQueries(sli, period, chain.get(period));
  add(SLO_SERIES.badEvents(durationText(period)), withoutOverlap(whole.bad, whole.overlap), 'count');
  add(SLO_SERIES.totalEvents(durationText(period)), withoutOverlap(whole.total, whole.overlap), 'count');
  addRatio(period, recordedRatio(sli, period));

  const budget = errorBudget(objective);
  add(SLO_SERIES.objective, constant(sli, objective), 'ratio');
  add(SLO_SERIES.budget, constant(sli, budget), 'ratio');
  add(SLO_SERIES.periodDays, constant(sli, period / DAY), 'count');
  add(SLO_SERIES.currentBurnRate, burnRate(sli, shortest, budget), 'ratio');
  add(SLO_SERIES.periodBurnRate, burnRate(sli, period, budget), 'ratio');
  add(SLO_SERIES.remaining, budgetRemaining(sli), 'ratio');
  add(SLO_SERIES.coverage, coverage(sli, period), 'ratio');
  if (slo.calendarMonth) {
    add(SLO_SERIES.monthId, monthId(sli.id, slo.calendarMonth), 'count');
    add(SLO_SERIES.monthErrorRatio, monthErrorRatio(sli), 'ratio');
    const spent = build.binary(
      '/',
      over('max', by, recorded(SLO_SERIES.monthErrorRatio, sli.id)),
      build.number(budget),
    );
    add(SLO_SERIES.monthRemaining, build.binary('-', build.number(1), spent), 'ratio');
  }
  // What may change without the budget's history being lost stands on this series only.
  add(SLO_SERIES.info, build.call('vector', build.number(1)), 'count', {
    [SLO_LABELS.mode]: 'tocsin',
    [SLO_LABELS.objective]: String(Number((objective * 100).toPrecision(12))),
    [SLO_LABELS.spec]: 'tocsin',
    team: system.team,
    title: slo.title,
  });
  return { name: sloGroupName(system.id, slo.id), system: system.id, rules };
};
