/** The drill of one system: its stages one after the other, and in each its campaigns. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '../../../generators/model/model.ts';
import type { DefinitionFile } from '../../../generators/model/normalise/index.ts';
import { getTargets, queryRange } from '../api.ts';
import { seriesText } from '../simulation.ts';
import type { StackTools } from '../stack.ts';
import { runCampaign, TOLERANCE } from './campaign.ts';
import { checkFallback, checkHeartbeat } from './checks.ts';
import type { Level } from './history.ts';
import {
  END,
  hasBudgets,
  nearlySpent,
  parseScrape,
  reachOf,
  steadyHistory,
  totalSeries,
  windowsOf,
} from './history.ts';
import type { Campaign, Stage, SystemPlan } from './plan.ts';
import { STAGES, stageOf } from './plan.ts';
import type { CampaignResult, CheckResult, SystemResult } from './result.ts';
import type { RunningStage, StageOptions } from './stage.ts';
import { openStage } from './stage.ts';
import { startWatcher } from './watcher.ts';
import type { World } from './world.ts';

/** How many times faster time goes. The windows of objectives are days, so that their stage is faster. */
export const FACTORS: Readonly<Record<Stage, number>> = { thresholds: 60, objectives: 150 };

/**
 * Nothing is scraped or evaluated more often, in milliseconds: a scrape may take as long, and a machine under load needs that.
 * Four of them lie in the shortest window of each stage.
 */
export const SHORTEST_INTERVAL = 500;

export interface SystemDrillOptions {
  readonly definitions: readonly DefinitionFile[];
  readonly plan: SystemPlan;
  readonly world: World;
  readonly tools: StackTools;
  readonly factors?: Readonly<Record<Stage, number>>;
  /** Which campaigns; all by default. */
  readonly choose?: (campaign: Campaign) => boolean;
  /** What everything may take longer than promised, in milliseconds. */
  readonly tolerance?: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Everything has to be evaluated and scraped before calm means anything. */
const SETTLES_WITHIN = 60_000;

/** Drills one system; the world is left as it is. A stage that breaks off is one of its problems. @throws the signal's reason when it is aborted. */
export const drillSystem = async (options: SystemDrillOptions): Promise<SystemResult> => {
  const { plan, choose = () => true, tolerance = TOLERANCE, say, signal } = options;
  const began = Date.now();
  const campaigns: CampaignResult[] = [];
  const checks: CheckResult[] = [];
  const named = plan.campaigns.filter(choose).flatMap(({ faults }) => faults.map(({ fault }) => fault));
  const problems = [...new Set(named)]
    .filter((fault) => !options.world.faults.includes(fault))
    .map((fault) => `the app has no fault ${fault}`);
  const drillStage = async (stage: Stage, chosen: readonly Campaign[]): Promise<void> => {
    if (stage === 'thresholds' && plan.warmUp !== undefined) {
      say(`${plan.system}: warms up for ${plan.warmUp} s`);
      await sleep(1000 * plan.warmUp, undefined, { signal });
    }
    const factor = (options.factors ?? FACTORS)[stage];
    say(`${plan.system}: ${stage}, time goes ${factor} times faster`);
    const { definitions, tools, world } = options;
    const setting: Setting = {
      definitions,
      system: plan.system,
      factor,
      shortestInterval: SHORTEST_INTERVAL,
      part: stage,
      target: world.target,
      tools,
    };
    const history = stage === 'objectives' ? await objectiveHistory(setting, signal) : yesterday(setting, signal);
    const running = await openStage({ ...setting, ...(history === undefined ? {} : { history }) });
    const watcher = startWatcher(running, ({ key, state }) => say(`  ${key}: ${state}`), stage);
    try {
      const settled = await settle(running, signal);
      if (stage === 'thresholds') checks.push(await checkFallback(running, plan.system, tolerance, signal));
      const context = { stage: running, part: stage, world, watcher, system: plan.system, tolerance, say, signal };
      for (const campaign of chosen) campaigns.push(await runCampaign(campaign, context));
      const heartbeat = checkHeartbeat(running, plan.system, { since: settled, until: Date.now(), tolerance });
      if (heartbeat) checks.push({ ...heartbeat, id: `heartbeat (${stage})` });
      problems.push(...watcher.errors().map((error) => `a rule could not be evaluated: ${error}`));
    } finally {
      await watcher.stop();
      await running.close();
    }
  };

  for (const stage of STAGES) {
    const chosen = plan.campaigns.filter((campaign) => stageOf(campaign) === stage && choose(campaign));
    if (chosen.length === 0) continue;
    signal.throwIfAborted();
    try {
      await drillStage(stage, chosen);
    } catch (error) {
      signal.throwIfAborted();
      // What the other stage has shown stands.
      problems.push(`${stage}: ${String(error)}`);
    }
  }
  return {
    system: plan.system,
    began: new Date(began).toISOString(),
    seconds: (Date.now() - began) / 1000,
    campaigns,
    checks,
    impossible: plan.impossible,
    problems,
  };
};

/** Waits until every target answers; gives when that was. */
const settle = async (stage: RunningStage, signal: AbortSignal): Promise<number> => {
  const until = Date.now() + SETTLES_WITHIN;
  for (;;) {
    const targets = await getTargets(stage.prometheus().url);
    const waiting = targets.filter(({ health }) => health !== 'up');
    if (targets.length > 0 && waiting.length === 0) return Date.now();
    if (Date.now() > until)
      throw new Error(`no answer from ${waiting.map(({ scrapePool }) => scrapePool).join(', ') || 'any target'}`);
    await sleep(200, undefined, { signal });
  }
};

type Setting = Omit<StageOptions, 'history'>;
type History = NonNullable<StageOptions['history']>;

/** How long services are looked at for the history that is made up for them. */
const SURVEY = 5000;
/** What an objective has left of its budget: more than a busy machine spends by itself, and less than the drill does. */
const SPARE = { share: 0.02, seconds: 3 };
/** What was spent of it leaves the period so long after the stage starts: the fault has been then. */
const LEAVES_AFTER = 100;

/** What the targets expose now, with how fast it grows: the series of some names. */
const levelsNow = async (
  model: Model,
  { target }: Setting,
  names: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<{ readonly at: number; readonly levels: readonly Level[] }> => {
  const scrape = async () => {
    const jobs = model.systems.flatMap(({ jobs: some }) => some);
    const found = await Promise.all(
      jobs.map(async ({ id, path }) => {
        const response = await fetch(`http://${target(id)}${path}`, { signal });
        return parseScrape(await response.text(), { job: id, instance: target(id) });
      }),
    );
    return { at: Date.now() / 1000, samples: found.flat().filter(({ name }) => names.has(name)) };
  };
  const before = await scrape();
  await sleep(SURVEY, undefined, { signal });
  const after = await scrape();
  const textOf = ({ name, labels }: (typeof after.samples)[number]): string => seriesText(name, labels);
  const first = new Map(before.samples.map((sample) => [textOf(sample), sample.value]));
  const counters = new Set(
    model.systems.flatMap(({ metrics }) => metrics.filter(({ kind }) => kind !== 'gauge').map(({ name }) => name)),
  );
  const isCounter = (name: string): boolean =>
    counters.has(name) || counters.has(name.replace(/_(?:bucket|count|sum)$/, ''));
  const levels = after.samples.map((sample) => ({
    ...sample,
    perSecond: isCounter(sample.name)
      ? (sample.value - (first.get(textOf(sample)) ?? sample.value)) / (after.at - before.at)
      : 0,
  }));
  return { at: after.at, levels };
};

/** The series that are compared with earlier ones, going on as they do now. */
const yesterday =
  (setting: Setting, signal: AbortSignal): History =>
  async (model) => {
    const reach = reachOf(model);
    if (reach.size === 0) return '';
    const names = [...reach.keys()].filter((name) => name.includes(':'));
    const recorded = names.length === 0 ? [] : await surveyOf(setting, () => names, signal);
    const { at, levels } = await levelsNow(model, setting, reach, signal);
    const others = recorded.map(({ metric: { __name__: name = '', ...labels }, value }) => ({
      name,
      labels,
      value,
      perSecond: 0,
    }));
    return steadyHistory([...levels, ...others], reach, at) + END;
  };

/** A period whose budget is nearly spent; how many events there are is asked of a Prometheus that runs for some seconds. */
const objectiveHistory = async (setting: Setting, signal: AbortSignal): Promise<History | undefined> => {
  const { factor } = setting;
  const found = await surveyOf(setting, (model) => (hasBudgets(model) ? totalSeries(model, factor) : []), signal);
  if (found.length === 0) return undefined;
  const traffic = found.map(({ metric, value }) => ({ labels: metric, value }));
  return async (model) => {
    const reach = windowsOf(model);
    const { at, levels } = await levelsNow(model, setting, reach, signal);
    const spending = { factor, now: at, leavesAt: at + LEAVES_AFTER, spare: SPARE };
    return steadyHistory(levels, reach, at) + nearlySpent(model, traffic, spending) + END;
  };
};

interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What recorded series are now, asked of a Prometheus that runs for some seconds. */
const surveyOf = async (
  setting: Setting,
  namesOf: (model: Model) => readonly string[],
  signal: AbortSignal,
): Promise<readonly Found[]> => {
  const survey = await openStage(setting);
  try {
    const names = namesOf(survey.model);
    if (names.length === 0) return [];
    await settle(survey, signal);
    await sleep(SURVEY, undefined, { signal });
    const now = Date.now() / 1000;
    const found = await Promise.all(
      names.map((name) => queryRange(survey.prometheus().url, name, { start: now - 1, end: now, step: 1 })),
    );
    return found.flat().map(({ metric, values }) => ({ metric, value: Number(values.at(-1)?.[1] ?? 0) }));
  } finally {
    await survey.close();
  }
};
