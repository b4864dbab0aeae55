/**
 * What Prometheus would hold if it had run before the drill: some alerts compare with yesterday, and a budget is spent over
 * weeks. The text is OpenMetrics, which promtool writes into the database; no rule is changed.
 */
import { LABELS, SLO_LABELS, SLO_SERIES } from '../../../generators/conventions.ts';
import { parseExposition } from '../../../generators/exposition/parse.ts';
import { parseDuration } from '../../../generators/promql/durations.ts';
import { selectors } from '../../../generators/promql/walk.ts';
import type { Model } from '../../../generators/model/model.ts';
import { alertsIn } from '../local-project.ts';
import { seriesText } from '../simulation.ts';

type Labels = Readonly<Record<string, string>>;

/** One series with its value now, and how much it grows in a second. */
export interface Level {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  readonly perSecond: number;
}

/** One number of a base series of an objective: events in its window. */
export interface Traffic {
  readonly labels: Labels;
  readonly value: number;
}

/** Below every look-back. */
const SPACING = 1.5;

/** The end of an OpenMetrics text. */
export const END = '# EOF\n';

/** How far back the alerts of a model look for what the present is compared with: seconds by series name. */
export const reachOf = (model: Model): ReadonlyMap<string, number> => {
  const reach = new Map<string, number>();
  for (const { expr } of model.ruleGroups.flatMap(({ rules }) => rules)) {
    for (const { selector, matrix, subquery } of selectors(expr)) {
      const { name = '', offset } = selector;
      if (subquery === undefined && offset === undefined) continue;
      const lengths = [offset, matrix?.range, subquery?.range].map((one) => (one?.kind === 'duration' ? one.ms : 0));
      const seconds = lengths.reduce((sum, length) => sum + length, 0) / 1000;
      if (seconds > 0) reach.set(name, Math.max(reach.get(name) ?? 0, seconds));
    }
  }
  return reach;
};

/** The series that rules compare with earlier ones, as if nothing had changed since then. */
export const steadyHistory = (levels: readonly Level[], reach: ReadonlyMap<string, number>, now: number): string => {
  const lines: string[] = [];
  for (const { name, labels, value, perSecond } of levels) {
    const seconds = reach.get(name);
    if (seconds === undefined) continue;
    for (let time = now - seconds - 10; time < now; time += SPACING) {
      lines.push(`${seriesText(name, labels)} ${value - perSecond * (now - time)} ${time.toFixed(3)}\n`);
    }
  }
  return lines.join('');
};

/** How far back counters are looked at without an offset: seconds by series name. */
export const windowsOf = (model: Model): ReadonlyMap<string, number> => {
  const reach = new Map<string, number>();
  for (const { expr } of model.ruleGroups.flatMap(({ rules }) => rules)) {
    for (const { selector, matrix } of selectors(expr)) {
      const { name = '' } = selector;
      if (matrix?.range.kind !== 'duration' || name.includes(':')) continue;
      reach.set(name, Math.max(reach.get(name) ?? 0, matrix.range.ms / 1000));
    }
  }
  return reach;
};

/** The windows whose events are recorded, in the words of the names, with their seconds at the scale of a model. */
const recordedWindows = (
  model: Model,
  factor: number,
): readonly { readonly name: string; readonly seconds: number; readonly isBad: boolean }[] => {
  const names = new Set(
    model.ruleGroups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.kind === 'recording' ? rule.record : []))),
  );
  const [bad, total] = [SLO_SERIES.badEvents(''), SLO_SERIES.totalEvents('')];
  return [...names].flatMap((name) => {
    const isBad = name.startsWith(bad);
    if (!isBad && !name.startsWith(total)) return [];
    const { ms } = parseDuration(name.slice((isBad ? bad : total).length));
    return [{ name, seconds: ms / 1000 / factor, isBad }];
  });
};

/** When nothing but a budget was spent long ago. Unix times and seconds. */
export interface Spending {
  readonly factor: number;
  readonly now: number;
  /** What was spent leaves the period from then on. */
  readonly leavesAt: number;
  /** The share of each budget that is left, and at least so many seconds of total failure. */
  readonly spare: { readonly share: number; readonly seconds: number };
}

/**
 * A period in which the budget of every objective was nearly spent at its beginning, and nothing failed since. What was spent
 * leaves the period from `leavesAt` on, so that a budget that is spent by a drill comes back soon after it. Every recorded
 * window is filled as far back as others look at it.
 */
export const nearlySpent = (
  model: Model,
  traffic: readonly Traffic[],
  { factor, now, leavesAt, spare }: Spending,
): string => {
  const lines: string[] = [];
  const windows = recordedWindows(model, factor);
  const reach = reachOf(model);
  for (const { labels, value } of traffic) {
    const { __name__: measured = '', ...rest } = labels;
    const system = model.systems.find(({ id }) => id === rest[LABELS.system] || id === rest[SLO_LABELS.service]);
    const slo = system?.slos.find(({ id }) => id === rest[SLO_LABELS.slo]);
    const perSecond = value / (windows.find(({ name }) => name === measured)?.seconds ?? Number.POSITIVE_INFINITY);
    if (!slo || perSecond <= 0) continue;
    const period = slo.period / 1000;
    const begin = leavesAt - period;
    const budget = (1 - slo.objective) * period;
    const end = begin + Math.max(budget - Math.max(spare.share * budget, spare.seconds), 0);
    for (const { name, seconds, isBad } of windows) {
      const back = reach.get(name);
      if (back === undefined) continue;
      const series = seriesText(name, rest);
      for (let time = now - back - 10; time < now; time += SPACING) {
        const failed = Math.max(0, Math.min(time, end) - Math.max(time - seconds, begin));
        lines.push(`${series} ${perSecond * (isBad ? failed : seconds)} ${time.toFixed(3)}\n`);
      }
    }
  }
  return lines.join('');
};

/** The names of the shortest windows that count all events, by the rules of a model. */
export const totalSeries = (model: Model, factor: number): readonly string[] => {
  const totals = recordedWindows(model, factor).filter(({ isBad }) => !isBad);
  const shortest = Math.min(...totals.map(({ seconds }) => seconds));
  return totals.filter(({ seconds }) => seconds === shortest).map(({ name }) => name);
};

/** Whether a model has alerts for spent budgets. */
export const hasBudgets = (model: Model): boolean =>
  alertsIn(model).some(({ source }) => source.kind === 'slo' && source.part === 'exhausted');

/** The samples of a scrape, with the labels that Prometheus adds. */
export const parseScrape = (
  text: string,
  target: Labels,
): readonly { readonly name: string; readonly labels: Labels; readonly value: number }[] =>
  parseExposition(text, 'text')
    .families.flatMap(({ samples }) => samples)
    .map(({ name, labels, value }) => ({
      name,
      labels: { ...Object.fromEntries(labels.map((label) => [label.name, label.value])), ...target },
      value,
    }));
