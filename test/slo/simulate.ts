import { matches, select } from '../../generators/model/query.ts';
import { percent } from '../../generators/model/quantities.ts';
import { sli, slo } from '../../generators/model/slo.ts';
import type { Model } from '../../generators/model/model.ts';
import { prometheus } from '../../generators/targets/prometheus/target.ts';
import { errorRatioThreshold } from '../../generators/slo/budget.ts';
import { emitWith, valueAt } from '../support/artefacts.ts';
import { m, modelOf } from './project.ts';
import type { Question, RuleFile } from './promtool.ts';
import { evaluateRules } from './promtool.ts';
import type { Shape } from './shapes.ts';
import { LENGTH } from './shapes.ts';
import { slothRules } from './sloth.ts';
import type { Minute, Series, Stream } from './streams.ts';
import { countIn, toSeries } from './streams.ts';

const OBJECTIVE = 0.999;
const OURS = 'lab-ours';
const SLOTHS = 'lab-sloth';
const PERIOD = 30 * 24 * 60;

/** The windows whose error ratios are compared, in minutes; the last one is the period. */
const WINDOWS = [
  ['5m', 5],
  ['30m', 30],
  ['1h', 60],
  ['2h', 120],
  ['6h', 360],
  ['1d', 1440],
  ['3d', 4320],
  ['30d', PERIOD],
] as const;

/** A ratio is compared where so many events stand behind it that one more or less is not a percent. */
const ENOUGH_EVENTS = 100;

/** How far a recorded error ratio was from the truth at worst; NaN when it was not a number where there was a truth. */
interface Deviation {
  readonly window: string;
  readonly ours: number;
  readonly sloth: number;
}

/** When something fired, in minutes from the beginning. */
export interface Firing {
  readonly tier: string;
  /** When the true ratios were beyond both windows, with enough failures. */
  readonly expected: number | undefined;
  readonly ours: number | undefined;
}

/** What came out for one shape. */
export interface Outcome {
  readonly shape: string;
  /** Every window in which there were events, the period last. */
  readonly deviations: readonly Deviation[];
  readonly firing: readonly Firing[];
  /** Whether Sloth's page fired, and whether it should have. */
  readonly slothPaged: boolean;
  /** The firing series over the whole time, for the alerts that are no tiers. */
  readonly others: readonly string[];
}

/** The rule file of a model's only system. */
export const ruleFileOf = async (model: Model): Promise<RuleFile> => {
  const { artefacts } = await emitWith([prometheus], model);
  const file = artefacts.find(({ path }) => path === 'prometheus/rules/lab.yml');
  if (!file) throw new Error('no rule file');
  return valueAt(file, '') as unknown as RuleFile;
};

const modelFor = (by: readonly 'cluster'[]): Model => {
  const { model, findings } = modelOf({
    ours: slo({
      title: 'Requests are answered',
      objective: percent(OBJECTIVE * 100),
      indicator: sli.availability({ bad: select(m.requests_total, { code: matches('5..') }), total: m.requests_total }),
      by,
    }),
  });
  if (!model || findings.length > 0) throw new Error(JSON.stringify(findings));
  return model;
};

/**
 * Where the scrapes are: in the moments in which rules are evaluated, or twenty seconds after them. Then no sample is at
 * either end of a window, and what is there has to be extrapolated.
 */
export type Scrapes = 'with the rules' | 'between the rules';

/** Samples a minute, and which of them is there, for scrapes between evaluations. */
const SLOTS = 3;
const betweenRules = ({ series, values }: Series): Series => ({
  series,
  values: values
    .split(' ')
    .map((value) => `_ ${value} _`)
    .join(' '),
});

/** Runs the rules of one shape and of Sloth's formulas over its counters, and compares both with its events. */
export const simulate = async (
  promtool: string,
  shape: Shape,
  scrapes: Scrapes = 'with the rules',
): Promise<Outcome> => {
  const clusters = Object.entries(shape.clusters);
  const by = clusters.length > 1 ? (['cluster'] as const) : [];
  const model = modelFor(by);
  const [system] = model.systems;
  const tiers = system?.slos[0]?.tiers ?? [];
  const files = [await ruleFileOf(model), slothRules(by, OBJECTIVE, SLOTHS)];
  const isLate = scrapes === 'between the rules';
  const counters = clusters.flatMap(([, streams]) => streams.flatMap((stream) => toSeries(stream)));
  const series = isLate ? counters.map(betweenRules) : counters;
  // The newest sample that a rule sees is that of the minute before.
  const eventsIn = (streams: readonly Stream[], minute: number, window: number): Minute =>
    countIn(streams, isLate ? minute - 1 : minute, window);

  const minutes = Array.from({ length: Math.floor(LENGTH / 30) - 1 }, (_, index) => (index + 2) * 30 + (index % 3) * 4);
  const asked: {
    readonly id: string;
    readonly window: number;
    readonly minute: number;
    readonly question: Question;
  }[] = [];
  for (const minute of minutes.filter((one) => one <= LENGTH)) {
    for (const [name, window] of WINDOWS) {
      for (const id of [OURS, SLOTHS]) {
        const expr = `slo:sli_error:ratio_rate${name}{sloth_id="${id}"}`;
        asked.push({ id, window, minute, question: { expr, minute } });
      }
    }
  }
  const first = (alert: string): Question => ({
    expr: `min by (cluster, burn_tier, alertname) (min_over_time(timestamp(ALERTS{alertstate="firing", alertname=~"${alert}"})[${LENGTH}m:1m]))`,
    minute: LENGTH,
  });
  const alerts = ['.*BudgetBurn', 'SlothPage', '.*(SliMissing|BudgetExhausted)'].map(first);
  const questions = [...asked.map(({ question }) => question), ...alerts];
  const found = await evaluateRules(promtool, files, series, questions, {
    evaluation: '1m',
    samples: isLate ? `${60 / SLOTS}s` : '1m',
  });

  const worst = new Map<string, number>();
  asked.forEach(({ id, window, minute }, index) => {
    for (const [cluster, streams] of clusters) {
      const { total, bad } = eventsIn(streams, minute, window);
      if (total < ENOUGH_EVENTS) continue;
      const sample = found[index]?.find(({ labels }) => (labels['cluster'] ?? '') === cluster);
      const key = `${id}/${window}`;
      const deviation = Math.abs((sample?.value ?? Number.NaN) - bad / total);
      worst.set(key, Math.max(worst.get(key) ?? 0, deviation));
    }
  });
  const deviations = WINDOWS.flatMap(([window, length]): Deviation[] => {
    const [ours, sloth] = [OURS, SLOTHS].map((id) => worst.get(`${id}/${length}`));
    return ours === undefined || sloth === undefined ? [] : [{ window, ours, sloth }];
  });

  const [burning = [], paged = [], others = []] = found.slice(asked.length);
  const firing = tiers.flatMap((tier) =>
    clusters.map(([cluster, streams]): Firing => {
      const threshold = errorRatioThreshold(tier.factor, OBJECTIVE);
      const ratio = (minute: number, window: number): number => {
        const { total, bad } = eventsIn(streams, minute, window / 60_000);
        return bad / total;
      };
      const expected = Array.from({ length: LENGTH }, (_, minute) => minute).find(
        (minute) =>
          ratio(minute, tier.long) > threshold &&
          ratio(minute, tier.short) > threshold &&
          eventsIn(streams, minute, tier.long / 60_000).bad >= MINIMUM_FAILURES,
      );
      const sample = burning.find(
        ({ labels }) => labels['burn_tier'] === tier.id && (labels['cluster'] ?? '') === cluster,
      );
      return {
        tier: cluster === '' ? tier.id : `${tier.id}/${cluster}`,
        expected,
        ours: sample?.value === undefined ? undefined : sample.value / 60,
      };
    }),
  );
  return {
    shape: shape.name,
    deviations,
    firing,
    slothPaged: paged.length > 0,
    others: others.map(({ labels }) => labels['alertname'] ?? ''),
  };
};

const MINIMUM_FAILURES = 5;

const percentText = (value: number): string => (Number.isNaN(value) ? 'NaN' : `${(value * 100).toFixed(4)} %`);

/** What is no number is as far from the truth as can be. */
const distance = (value: number): number => (Number.isNaN(value) ? Infinity : value);

/** The windows of an outcome in which the rules are farthest from the truth: the period, and the worst of all others. */
const worstOf = ({ deviations }: Outcome): { readonly period: Deviation; readonly windows: Deviation } => {
  const [period, ...windows] = deviations.toReversed();
  if (!period) throw new Error('there were no events');
  const worst = (side: 'ours' | 'sloth'): number =>
    windows.map((one) => one[side]).reduce((a, b) => (distance(b) > distance(a) ? b : a), 0);
  return { period, windows: { window: 'all', ours: worst('ours'), sloth: worst('sloth') } };
};

/** A Markdown table of outcomes. */
export const outcomeTable = (outcomes: readonly Outcome[]): string => {
  const rows = outcomes.map((outcome) => {
    const { shape, firing, slothPaged } = outcome;
    const { period, windows } = worstOf(outcome);
    const fired = firing.filter(({ ours }) => ours !== undefined);
    const words = fired.map(
      ({ tier, expected, ours }) => `${tier} after ${Math.round((ours ?? 0) - (expected ?? 0))} min`,
    );
    return [
      shape,
      percentText(period.ours),
      percentText(period.sloth),
      percentText(windows.ours),
      percentText(windows.sloth),
      words.join(', ') || 'none',
      slothPaged ? 'yes' : 'no',
    ];
  });
  const head = [
    'shape',
    'period',
    "period, Sloth's",
    'windows',
    "windows, Sloth's",
    'tiers that fired',
    "Sloth's page",
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};
