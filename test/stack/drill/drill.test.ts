import type { TestContext } from 'vitest';
import { describe, expect, it } from 'vitest';
import { requireStackTools } from '../stack.ts';
import { runCampaign } from './campaign.ts';
import type { SystemDrillOptions } from './drill.ts';
import { drillSystem } from './drill.ts';
import { FIXTURE, FIXTURE_PLAN, openFixtureWorld } from './fixture.ts';
import type { Campaign } from './plan.ts';
import { summaryOf, toJson, toJunit, toMarkdown } from './report.ts';
import type { DrillResult, SystemResult } from './result.ts';
import { problemsOf } from './result.ts';
import { openStage } from './stage.ts';
import { startWatcher } from './watcher.ts';
import type { World } from './world.ts';

/** Other tests use the same cores: here it counts what comes, not how soon. */
const PATIENT = 10_000;

const drill = async (
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  campaigns: readonly Campaign[],
  change: (world: World) => World = (same) => same,
  options: Partial<SystemDrillOptions> = {},
): Promise<SystemResult> => {
  const tools = requireStackTools();
  const world = await openFixtureWorld();
  onTestFinished(world.close);
  return drillSystem({
    definitions: FIXTURE,
    plan: { ...FIXTURE_PLAN, campaigns },
    world: change(world),
    tools,
    tolerance: PATIENT,
    say: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
};

const resultOf = (system: SystemResult): DrillResult => ({
  began: '2026-01-01T00:00:00.000Z',
  seconds: 60,
  isShort: false,
  versions: { Prometheus: '2.42.0' },
  factors: { thresholds: 60 },
  tolerance: PATIENT,
  systems: [system],
});

describe.concurrent('a drill of a played system', { timeout: 180_000 }, () => {
  it('sees every alert fire, reach its receivers and end as promised', async (context) => {
    const system = await drill(context, FIXTURE_PLAN.campaigns);
    expect(problemsOf({ systems: [system] })).toEqual([]);
    const alerts = system.campaigns.flatMap((campaign) => campaign.alerts);
    expect(
      alerts.map(({ key, campaign, notices, quietedBy }) => [
        campaign,
        key,
        notices.filter(({ told }) => told !== undefined).map(({ receiver }) => receiver),
        quietedBy,
      ]),
    ).toEqual([
      ['queue', 'QueueLong warning', ['chat'], []],
      // The escalation was waited for, and the milder level kept quiet.
      ['long-queue-and-errors', 'QueueLong warning', [], ['QueueLong critical']],
      ['long-queue-and-errors', 'QueueLong critical', ['pager', 'gateway', 'manager'], []],
      ['long-queue-and-errors', 'ErrorsHigh critical', ['pager', 'gateway', 'manager'], []],
      ['stuck', 'OrdersStuck critical', ['pager', 'gateway'], []],
      ['down', 'ShopDown critical', ['pager', 'gateway'], []],
      ['forgotten', 'TargetMissing critical', ['pager', 'gateway'], []],
    ]);
    expect(system.checks.map(({ id, problems }) => [id, problems])).toEqual([
      ['fallback', []],
      ['heartbeat (thresholds)', []],
    ]);
    for (const { seen, promised, notices } of alerts) {
      expect(seen.pending).toBeLessThanOrEqual(seen.firing ?? -1);
      expect(seen.firing).toBeLessThanOrEqual(promised.firing + PATIENT);
      expect(notices.flatMap(({ told = seen.firing ?? 0 }) => told >= (seen.firing ?? 0) - 250)).not.toContain(false);
    }
    const result = resultOf(system);
    expect(summaryOf(result)).toMatchObject({ passed: 7, failed: 0, receiversTold: 4 });
    expect(toMarkdown(result)).toContain('7 of 7 alerts that were drilled fired');
    expect(toJunit(result)).toContain('failures="0"');
    expect(JSON.parse(toJson(result))).toMatchObject({ passed: 7, problems: [] });
  });

  it('says what did not fire, what did not end, and what there is not', async (context) => {
    const system = await drill(
      context,
      [
        { id: 'too-little', faults: [{ fault: 'queue', parameters: { orders: 50 } }], alerts: ['QueueLong warning'] },
        { id: 'unknown', faults: [{ fault: 'flood' }], alerts: ['QueueLong warning', 'NoSuchAlert critical'] },
        { id: 'for-good', faults: [{ fault: 'silent' }], alerts: ['ShopDown critical'] },
      ],
      (real) => ({ ...real, mend: async () => undefined }),
    );
    expect(problemsOf({ systems: [system] })).toEqual([
      'shop: the app has no fault flood',
      'shop: QueueLong warning (too-little): firing: never (promised within 3.0 s)',
      'shop: unknown: there is no alert NoSuchAlert critical',
      'shop: unknown: it could not begin: Error: there is no fault flood',
      expect.stringContaining('ShopDown critical (for-good): resolved: never'),
    ]);
    const junit = toJunit(resultOf(system));
    expect(junit).toContain('failures="4"');
    expect(toMarkdown(resultOf(system))).toContain('What went wrong:');
  });

  it('says who was not told', async ({ expect, onTestFinished }) => {
    const tools = requireStackTools();
    const world = await openFixtureWorld();
    onTestFinished(world.close);
    const setting = { definitions: FIXTURE, system: 'shop', factor: 60, target: world.target, tools };
    const stage = await openStage(setting);
    const watcher = startWatcher(stage, () => undefined, 'thresholds');
    try {
      // Chat never hears of anything.
      const deliveries = () => stage.inbox.deliveries().filter(({ receiver }) => receiver !== 'chat');
      const result = await runCampaign(
        { id: 'queue', faults: [{ fault: 'queue', parameters: { orders: 500 } }], alerts: ['QueueLong warning'] },
        {
          stage: { ...stage, inbox: { ...stage.inbox, deliveries } },
          part: 'thresholds',
          world,
          watcher,
          system: 'shop',
          tolerance: PATIENT,
          say: () => undefined,
          signal: new AbortController().signal,
        },
      );
      expect(result.alerts.map(({ problems }) => problems)).toEqual([['chat told: never (promised within 3.5 s)']]);
    } finally {
      await watcher.stop();
      await stage.close();
    }
  });

  it('ends everything when it is interrupted', async (context) => {
    const end = new AbortController();
    const interrupted = drill(context, FIXTURE_PLAN.campaigns, (real) => real, {
      signal: end.signal,
      say: (line) => {
        if (line.includes('begins')) end.abort();
      },
    });
    await expect(interrupted).rejects.toThrow('aborted');
  });
});
