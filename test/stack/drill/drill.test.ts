import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { describe, expect, it } from 'vitest';
import { requireStackTools } from '../stack.ts';
import { runCampaign } from './campaign.ts';
import type { SystemDrillOptions } from './drill.ts';
import { drillSystem } from './drill.ts';
import { FIXTURE, FIXTURE_PLAN, openFixtureWorld } from './fixture.ts';
import type { Campaign } from './plan.ts';
import { summaryOf, toJson, toJunit, toMarkdown } from './report.ts';
import type { AlertResult, DrillResult, SystemResult } from './result.ts';
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

  /** A campaign against a stage of its own, whose inbox may have lost something. */
  const runAlone = async (
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    campaign: Campaign,
    change: (world: World) => World,
    isKept: (receiver: string | undefined) => boolean,
  ): Promise<readonly AlertResult[]> => {
    const tools = requireStackTools();
    const world = await openFixtureWorld();
    onTestFinished(world.close);
    const stage = await openStage({ definitions: FIXTURE, system: 'shop', factor: 60, target: world.target, tools });
    const watcher = startWatcher(stage, () => undefined, 'thresholds');
    try {
      const deliveries = () => stage.inbox.deliveries().filter(({ receiver }) => isKept(receiver));
      const { alerts } = await runCampaign(campaign, {
        stage: { ...stage, inbox: { ...stage.inbox, deliveries } },
        part: 'thresholds',
        world: change(world),
        watcher,
        system: 'shop',
        tolerance: PATIENT,
        say: () => undefined,
        signal: new AbortController().signal,
      });
      return alerts;
    } finally {
      await watcher.stop();
      await stage.close();
    }
  };

  it('says who was not told', async (context) => {
    const campaign: Campaign = {
      id: 'queue',
      faults: [{ fault: 'queue', parameters: { orders: 500 } }],
      alerts: ['QueueLong warning'],
    };
    const alerts = await runAlone(
      context,
      campaign,
      (same) => same,
      (receiver) => receiver !== 'chat',
    );
    expect(alerts.map(({ problems }) => problems)).toEqual([['chat told: never (promised within 3.5 s)']]);
  });

  describe.concurrent('when a milder alert outlasts the severer one that kept it quiet', () => {
    const LASTS = 20_000;
    const campaign: Campaign = {
      id: 'shrinking-queue',
      faults: [{ fault: 'queue', parameters: { orders: 5000 } }],
      alerts: ['QueueLong warning', 'QueueLong critical'],
      recovery: LASTS / 1000,
    };
    /** The queue does not vanish at once, it becomes shorter first. */
    const shrinking = (world: World): World => ({
      ...world,
      mend: async () => {
        await world.inject({ fault: 'queue', parameters: { orders: 500 } }, 60);
        await sleep(LASTS);
        await world.mend();
      },
    });
    const warningOf = (alerts: readonly AlertResult[]) => alerts.find(({ key }) => key === 'QueueLong warning');

    it('wants it told of within the interval of the group', async (context) => {
      const warning = warningOf(await runAlone(context, campaign, shrinking, () => true));
      expect(warning).toMatchObject({ quietedBy: ['QueueLong critical'], problems: [] });
      const { quietUntil = 0, lasted, notices = [] } = warning ?? { lasted: Number.NaN };
      expect(notices.map(({ receiver }) => receiver)).toEqual(['chat']);
      expect(quietUntil).toBeGreaterThan(lasted - 1000);
      expect(notices[0]?.told).toBeGreaterThan(quietUntil - 500);
      expect(notices[0]?.promised).toBeGreaterThan(quietUntil);
    });

    it('says who was not', async (context) => {
      const warning = warningOf(await runAlone(context, campaign, shrinking, (receiver) => receiver !== 'chat'));
      expect(warning?.problems).toEqual([expect.stringMatching(/^chat told: never \(promised within [\d.]+ s\)$/)]);
    });
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
