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
  ['30d', PERIOD],
] as const;

/** A ratio is compared where so many events stand behind it that one more or less is not a percent. */
const ENOUGH_EVENTS = 100;

/** How far a recorded error ratio was from the truth at worst; NaN when it was not a number where there was a truth. */
interface Deviation {
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
  /** The error ratio of the period, which the budget is made of. */
  readonly period: Deviation;
  /** The worst of all windows shorter than the period. */
  readonly windows: Deviation;
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

/** Runs the rules of one shape and of Sloth's formulas over its counters, and compares both with its events. */
export const simulate = async (promtool: string, shape: Shape): Promise<Outcome> => {
  const clusters = Object.entries(shape.clusters);
  const by = clusters.length > 1 ? (['cluster'] as const) : [];
  const model = modelFor(by);
  const [system] = model.systems;
  const tiers = system?.slos[0]?.tiers ?? [];
  const files = [await ruleFileOf(model), slothRules(by, OBJECTIVE, SLOTHS)];
  const series = clusters.flatMap(([, streams]) => streams.flatMap((stream) => toSeries(stream)));

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
  const found = await evaluateRules(promtool, files, series, [...asked.map(({ question }) => question), ...alerts]);

  const worst = new Map<string, number>();
  asked.forEach(({ id, window, minute }, index) => {
    for (const [cluster, streams] of clusters) {
      const { total, bad } = countIn(streams, minute, window);
      if (total < ENOUGH_EVENTS) continue;
      const sample = found[index]?.find(({ labels }) => (labels['cluster'] ?? '') === cluster);
      const key = `${id}/${window === PERIOD ? 'period' : 'windows'}`;
      const deviation = Math.abs((sample?.value ?? Number.NaN) - bad / total);
      worst.set(key, Math.max(worst.get(key) ?? 0, deviation));
    }
  });
  const deviation = (kind: string): Deviation => ({
    ours: worst.get(`${OURS}/${kind}`) ?? 0,
    sloth: worst.get(`${SLOTHS}/${kind}`) ?? 0,
  });

  const [burning = [], paged = [], others = []] = found.slice(asked.length);
  const firing = tiers.flatMap((tier) =>
    clusters.map(([cluster, streams]): Firing => {
      const threshold = errorRatioThreshold(tier.factor, OBJECTIVE);
      const ratio = (minute: number, window: number): number => {
        const { total, bad } = countIn(streams, minute, window / 60_000);
        return bad / total;
      };
      const expected = Array.from({ length: LENGTH }, (_, minute) => minute).find(
        (minute) =>
          ratio(minute, tier.long) > threshold &&
          ratio(minute, tier.short) > threshold &&
          countIn(streams, minute, tier.long / 60_000).bad >= MINIMUM_FAILURES,
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
    period: deviation('period'),
    windows: deviation('windows'),
    firing,
    slothPaged: paged.length > 0,
    others: others.map(({ labels }) => labels['alertname'] ?? ''),
  };
};

const MINIMUM_FAILURES = 5;

const percentText = (value: number): string => (Number.isNaN(value) ? 'NaN' : `${(value * 100).toFixed(4)} %`);

/** A Markdown table of outcomes. */
export const outcomeTable = (outcomes: readonly Outcome[]): string => {
  const rows = outcomes.map(({ shape, period, windows, firing, slothPaged }) => {
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
