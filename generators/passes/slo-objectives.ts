import { BURN_TIERS, sloId } from '../conventions.ts';
import type { Report } from '../diagnostics/report.ts';
import { formatDuration } from '../model/format.ts';
import type { BurnTier, BurnWindow, Metric, Model, Project, Slo, SloAlerting, System } from '../model/model.ts';
import { print } from '../promql/print.ts';
import { resultLabels, semantics } from '../promql/semantics/index.ts';
import { budgetEvents, errorRatioThreshold, expectedEvents, toBurnTier, unreachableUpTo } from '../slo/budget.ts';
import { countedShare } from '../slo/counted-time.ts';
import { atWindow } from '../slo/expressions.ts';
import { baseWindow, catalogueFor, shortestWindow } from '../slo/windows.ts';
import { checkSelectors } from './analyse-queries.ts';
import { definePass } from './pass.ts';

/** Gives every SLO its base window and its tiers, and finds what cannot work. */
export const sloObjectives = definePass({
  id: 'slo-objectives',
  summary: 'objectives get their burn tiers; windows, periods and indicators are checked',
  run: (model, report) => {
    reportTwins(model, report);
    return {
      ...model,
      systems: model.systems.map((system) => {
        const metrics = new Map(system.metrics.map((metric) => [metric.name, metric]));
        return {
          ...system,
          slos: system.slos.flatMap((slo) => resolve(slo, system, model.project, metrics, report) ?? []),
        };
      }),
    };
  },
});

/** Two pairs of names can give one id: a-b and c, a and b-c. */
const reportTwins = ({ systems }: Model, report: Report): void => {
  const seen = new Map<string, Slo>();
  for (const system of systems) {
    for (const slo of system.slos) {
      const id = sloId(system.id, slo.id);
      const other = seen.get(id);
      if (other)
        report.add('slo/duplicate-id', { id }, slo.origin, { related: [{ note: 'the other SLO', at: other.origin }] });
      seen.set(id, slo);
    }
  }
};

const resolve = (
  slo: Slo,
  system: System,
  project: Project,
  metrics: ReadonlyMap<string, Metric>,
  report: Report,
): Slo | undefined => {
  const { indicator, origin } = slo;
  // The total is part of what counts the bad events, so it comes first.
  const queries = (['total', 'bad'] as const).map((side) => {
    const name = indicator.properties[side];
    return { name, expr: indicator[side], at: { ...indicator.origin, path: [...indicator.origin.path, name] } };
  });
  for (const { expr, at } of queries) {
    if (!checkSelectors(atWindow(expr, 300_000), at, system, metrics, report)) return undefined;
  }
  if (indicator.kind === 'ratio') {
    for (const { name, expr, at } of queries) {
      const { can, open } = resultLabels(semantics(atWindow(expr, 300_000), { metrics }));
      const dropped = open ? undefined : slo.by.find((label) => !can.includes(label));
      if (dropped !== undefined) {
        report.add('slo/group-label', { label: dropped, metric: `the result of ${name}`, suggestions: [] }, at);
        return undefined;
      }
      const stray = can.filter((label) => !slo.by.includes(label));
      if (stray.length === 0) continue;
      report.add('slo/unaggregated', { name, labels: stray }, at, {
        fragments: [{ artefact: 'query', text: print(expr), from: 0, to: print(expr).length }],
      });
      return undefined;
    }
  }
  const { period } = slo;
  const { retention } = project;
  const at = (...path: readonly string[]) => ({ ...origin, path: [...origin.path, ...path] });
  if (period % DAY !== 0 || period > LONGEST_PERIOD) {
    report.add(
      'slo/period',
      { problem: `of ${formatDuration(period)} is not a whole number of days up to 366` },
      at('period'),
    );
    return undefined;
  }
  if (period > retention) {
    const durations = { period: formatDuration(period), retention: formatDuration(retention) };
    report.add('slo/retention', durations, at('period'));
  }
  if (slo.calendarMonth && LONGEST_MONTH > retention) {
    const durations = { period: 'a calendar month', retention: formatDuration(retention) };
    report.add('slo/retention', durations, at('calendarMonth'));
  }
  const scrape = Math.max(
    project.evaluationInterval,
    ...system.jobs.filter(({ id }) => indicator.jobs.includes(id)).map(({ interval }) => interval),
  );
  const base = baseWindow(scrape);
  if (slo.slices) {
    const { length } = slo.slices;
    if (length % MINUTE !== 0 || HOUR % length !== 0 || length < shortestWindow(scrape)) {
      const problem = `a slice of ${formatDuration(length)} has to be a part of an hour in whole minutes, and at least ${formatDuration(shortestWindow(scrape))}`;
      report.add('slo/slice', { problem }, at('timeslices', 'length'));
      return undefined;
    }
  }
  const least = slo.slices?.length ?? base;
  if (countedShare(slo.only, slo.except, least) === 0) {
    report.add('slo/nothing-counts', { window: formatDuration(least) }, at(slo.only.length > 0 ? 'only' : 'except'));
    return undefined;
  }
  if (slo.traffic !== undefined) {
    const failures = budgetEvents(slo.objective, slo.traffic, period);
    const events = Math.round(expectedEvents(slo.traffic, period));
    if (failures < 1 && !slo.slices)
      report.add('slo/few-events', { events, failures: Number(failures.toPrecision(3)) }, at('objective'));
  }
  const tiers = slo.alerting ? resolveTiers(slo, slo.alerting, system, project, scrape, report) : [];
  return { ...slo, baseWindow: base, tiers };
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LONGEST_PERIOD = 366 * DAY;
const LONGEST_MONTH = 31 * DAY;

const resolveTiers = (
  slo: Slo,
  alerting: SloAlerting,
  system: System,
  project: Project,
  scrape: number,
  report: Report,
): readonly BurnTier[] => {
  const catalogue = catalogueFor(slo.period);
  const severities = severitiesOf(alerting, system, project);
  const tiers = BURN_TIERS.flatMap((id): BurnTier[] => {
    const own = alerting.tiers[id];
    if (own === false) return [];
    const tier = toBurnTier(id, own ?? catalogue[id], slo.period);
    const at = { ...slo.origin, path: [...slo.origin.path, ...(own ? ['alerting', 'tiers', id] : ['objective'])] };
    const problem = windowProblem(tier, slo, shortestWindow(scrape));
    if (problem !== undefined) {
      report.add('slo/window', { tier: id, problem }, at);
      return [];
    }
    const ratio = errorRatioThreshold(tier.factor, slo.objective);
    if (ratio >= 1) {
      report.add('slo/unreachable', { tier: id, factor: tier.factor, ratio, upTo: unreachableUpTo(tier.factor) }, at);
      return [];
    }
    return [{ ...tier, severity: severities[tier.kind] }];
  });
  if (BURN_TIERS.every((id) => alerting.tiers[id] === false)) {
    report.add('slo/no-tier', {}, { ...slo.origin, path: [...slo.origin.path, 'alerting', 'tiers'] });
  }
  return tiers;
};

const windowProblem = (
  { budget, short, long }: BurnWindow,
  { period, slices }: Slo,
  shortest: number,
): string | undefined => {
  const least = Math.max(shortest, slices?.length ?? 0);
  if (!(budget > 0 && budget <= 1)) return 'spend a share of the budget that is not above 0 % and at most 100 %';
  if (short % 1000 !== 0 || long % 1000 !== 0) return 'are not in whole seconds';
  if (short >= long)
    return `are the wrong way round: the short one (${formatDuration(short)}) has to be shorter than the long one (${formatDuration(long)})`;
  if (long >= period)
    return `do not fit into the period: the long one (${formatDuration(long)}) has to be shorter than ${formatDuration(period)}`;
  if (short < least)
    return `are too short: with ${slices ? 'these slices' : 'these scrapes'} the short one (${formatDuration(short)}) has to be at least ${formatDuration(least)}`;
  return undefined;
};

/** The severities of pages and tickets: what the definition says, or the two most severe ones that the team is told of. */
const severitiesOf = ({ page, ticket }: SloAlerting, { team }: System, { severities, teams }: Project) => {
  const notify = teams.find(({ id }) => id === team)?.notify ?? {};
  const told = severities.map(({ id }) => id).filter((id) => id in notify);
  const first = page ?? told[0] ?? severities[0]?.id ?? '';
  return { page: first, ticket: ticket ?? told[told.indexOf(first) + 1] ?? first };
};

/** The severity of what is no emergency: a missing indicator, a spent budget. */
export const ticketSeverity = (slo: Slo, alerting: SloAlerting, system: System, project: Project): string =>
  slo.tiers.find(({ kind }) => kind === 'ticket')?.severity ?? severitiesOf(alerting, system, project).ticket;
