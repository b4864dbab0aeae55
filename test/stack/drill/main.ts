/** The whole drill: the app of each system in turn, with load, drilled by its plan. What `tocsin drill` runs. */
import { compileModel } from '../../../generators/compile.ts';
import { createReport } from '../../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../../generators/diagnostics/resolve.ts';
import * as tocsin from '../../../generators/index.ts';
import { load } from '../../../generators/load/load.ts';
import * as promql from '../../../generators/promql/index.ts';
import type { DefinitionFile } from '../../../generators/model/normalise/index.ts';
import type { Definition } from '../../../generators/model/definition.ts';
import type { DrillOrder } from '../../../scripts/drill-module.ts';
import { LOADED_SYSTEMS } from '../load/profiles.ts';
import { runProcess } from '../../support/project.ts';
import type { StackTools } from '../stack.ts';
import { openAppWorld } from './app-world.ts';
import { TOLERANCE } from './campaign.ts';
import { PLANS } from './campaigns/index.ts';
import { drillSystem, FACTORS } from './drill.ts';
import type { Campaign, SystemPlan } from './plan.ts';
import type { DrillResult, SystemResult } from './result.ts';

export { summaryOf, toJson, toJunit, toMarkdown } from './report.ts';
export { problemsOf } from './result.ts';

/** The definitions of a project. @throws Error that names what is wrong with them. */
export const loadDefinitions = async (root: string, definitions: string): Promise<readonly DefinitionFile[]> => {
  const report = createReport();
  const loaded = await load({ root, definitions, modules: { tocsin, 'tocsin/promql': promql } }, report);
  compileModel(loaded.definitions, report);
  const findings = resolveFindings(report.list(), loaded.locator).filter(({ severity }) => severity === 'error');
  if (findings.length > 0)
    throw new Error(findings.map(({ file = '', line = 0, message }) => `${file}:${line} ${message}`).join('\n'));
  return loaded.definitions;
};

export interface DrillOptions extends DrillOrder {
  /** What everything may take longer than promised, in milliseconds; for machines that do other things besides. */
  readonly tolerance?: number;
}

/** The systems that there are plans for. */
export const drillableSystems = (): readonly string[] => PLANS.map(({ system }) => system);

/** The names of all alerts that a plan speaks of: that of one system, or any. */
export const drillableAlerts = (system?: string): readonly string[] => [
  ...new Set(
    PLANS.filter((plan) => system === undefined || plan.system === system)
      .flatMap(({ campaigns, impossible }) => [
        ...campaigns.flatMap(({ alerts }) => alerts),
        ...Object.keys(impossible),
      ])
      .map((key) => key.split(' ')[0] ?? key),
  ),
];

/** Drills the systems one after the other. @throws the signal's reason when it is aborted; everything has ended then. */
export const runDrill = async (options: DrillOptions): Promise<DrillResult> => {
  const { definitions, tools, app, alert, short = false, tolerance = TOLERANCE, say, signal } = options;
  const began = Date.now();
  const chosen = (campaign: Campaign): boolean =>
    (!short || campaign.short === true) &&
    (alert === undefined || campaign.alerts.some((key) => key === alert || key.split(' ')[0] === alert));
  const drillOne = async (plan: SystemPlan): Promise<SystemResult> => {
    const starts = Date.now();
    const failed = (error: unknown): SystemResult => ({
      system: plan.system,
      began: new Date(starts).toISOString(),
      seconds: (Date.now() - starts) / 1000,
      campaigns: [],
      checks: [],
      impossible: {},
      problems: [String(error)],
    });
    // A system that does not start or whose drill breaks off is a failure; the others are drilled all the same.
    const orFailed = (error: unknown): SystemResult => {
      if (signal.aborted) throw error;
      return failed(error);
    };
    const system = LOADED_SYSTEMS.find((id) => id === plan.system);
    if (system === undefined) return failed(`there is no load for ${plan.system}`);
    const opened = await openAppWorld({
      system,
      jobs: jobsOf(definitions, system),
      program: `${app}/main.js`,
      ...(plan.environment ? { environment: plan.environment } : {}),
    }).catch(orFailed);
    if (!('target' in opened)) return opened;
    try {
      const result = await drillSystem({
        definitions,
        plan,
        world: opened,
        tools,
        choose: chosen,
        tolerance,
        say,
        signal,
      });
      return short || alert !== undefined ? { ...result, impossible: {} } : result;
    } catch (error) {
      return orFailed(error);
    } finally {
      await opened.close();
    }
  };

  const systems: SystemResult[] = [];
  for (const plan of PLANS) {
    if (options.system !== undefined && plan.system !== options.system) continue;
    if (!plan.campaigns.some(chosen)) continue;
    signal.throwIfAborted();
    say(`${plan.system}: the app and its load start`);
    systems.push(await drillOne(plan));
  }
  return {
    began: new Date(began).toISOString(),
    seconds: (Date.now() - began) / 1000,
    isShort: short,
    versions: await versionsOf(tools),
    factors: FACTORS,
    tolerance,
    systems,
  };
};

const versionsOf = async (tools: StackTools): Promise<Readonly<Record<string, string>>> => {
  const programs = [
    ['Prometheus', tools.prometheus],
    ['Alertmanager', tools.alertmanager],
  ] as const;
  const found = await Promise.all(
    programs.map(async ([name, program]) => {
      const { stdout, stderr } = await runProcess(program, ['--version'], { cwd: process.cwd() });
      return [name, /version (\S+)/.exec(stdout + stderr)?.[1]?.replace(/[,+].*$/, '') ?? 'unknown'] as const;
    }),
  );
  return { ...Object.fromEntries(found), 'Node.js': process.versions.node };
};

/** A result with what an earlier report has of campaigns that did not run now. @throws Error when the report is none, or a short one. */
export const withEarlier = (result: DrillResult, report: string): DrillResult => {
  const earlier = JSON.parse(report) as Partial<DrillResult>;
  if (earlier.systems === undefined || earlier.isShort)
    throw new Error('there is no report of a whole drill to merge with');
  const before = earlier.systems;
  const systems = PLANS.flatMap((plan): readonly SystemResult[] => {
    const old = before.find(({ system }) => system === plan.system);
    const now = result.systems.find(({ system }) => system === plan.system);
    if (now === undefined || old === undefined) return [now ?? old].flatMap((one) => one ?? []);
    const newest = new Map([...old.campaigns, ...now.campaigns].map((one) => [one.id, one]));
    const checks = new Map([...old.checks, ...now.checks].map((one) => [one.id, one]));
    const isWhole = plan.campaigns.every(({ id }) => now.campaigns.some((one) => one.id === id));
    const campaigns = plan.campaigns.flatMap(({ id }) => newest.get(id) ?? []);
    return [
      {
        ...(isWhole ? now : old),
        campaigns,
        checks: [...checks.values()],
        impossible: plan.impossible,
        problems: isWhole ? now.problems : [...new Set([...old.problems, ...now.problems])],
        seconds: campaigns.reduce((sum, { seconds }) => sum + seconds, 0),
      },
    ];
  });
  return { ...result, systems, seconds: systems.reduce((sum, { seconds }) => sum + seconds, 0) };
};

const jobsOf = (definitions: readonly DefinitionFile[], system: string): readonly string[] =>
  definitions.flatMap(({ value }) => {
    const definition = value as Definition;
    return definition.kind === 'system' && definition.input.id === system ? Object.keys(definition.input.jobs) : [];
  });
