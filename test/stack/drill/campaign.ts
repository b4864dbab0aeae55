/** One campaign: calm, fault, waiting, firing, told, end, resolved; every step held against what the model promises. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertPromise } from '../../../generators/explain/promise.ts';
import { promiseOf } from '../../../generators/explain/promise.ts';
import type { AlertingRule, Milliseconds } from '../../../generators/model/model.ts';
import { canInhibit, isMuted, labelsOf } from '../../../generators/model/routing.ts';
import type { Delivery } from '../inbox/delivery.ts';
import { alertsIn } from '../local-project.ts';
import type { Campaign, Stage } from './plan.ts';
import { keyOf } from './plan.ts';
import type { AlertResult, CampaignResult, NoticeResult } from './result.ts';
import type { RunningStage } from './stage.ts';
import type { Watcher } from './watcher.ts';
import { isOf, partOf } from './watcher.ts';
import type { World } from './world.ts';

/**
 * What everything may take longer than promised: the watcher looks every 0.2 s, a busy machine evaluates and delivers late.
 * Real time; it is not scaled.
 */
export const TOLERANCE: Milliseconds = 3000;

/** How long calm may take to come; alerts of the campaign before have their own time to end. */
const CALM_WITHIN = 60_000;
const LOOK_EVERY = 100;
/** A spent budget may take its whole period to come back: nobody waits so long. */
const LONGEST_WAIT = 4 * 60_000;
/** Faults end by themselves if nobody ends them: a drill that dies leaves nothing broken for long. */
const FAULT_MARGIN = 60;

export interface CampaignContext {
  readonly stage: RunningStage;
  /** Which alerts calm is about. */
  readonly part: Stage;
  readonly world: World;
  readonly watcher: Watcher;
  readonly system: string;
  /** In place of {@link TOLERANCE}: a machine that does other things besides is later. */
  readonly tolerance?: Milliseconds;
  /** One line for whoever looks on. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One receiver of one route that has to be told of an alert. */
interface Expected {
  readonly receiver: string;
  readonly route: string;
  readonly after: Milliseconds;
  readonly groupInterval: Milliseconds;
  readonly wantsEnd: boolean;
}

interface Drilled {
  readonly rule: AlertingRule;
  readonly key: string;
  readonly promise: AlertPromise;
  readonly expected: readonly Expected[];
  /** From the fault to the value being bad. */
  readonly seen: Milliseconds;
}

/** Who has to be told, in the order of the delays: of the first tier, or of all of them. */
const expectedOf = (
  promise: AlertPromise,
  { stage }: CampaignContext,
  withEscalation: boolean,
): readonly Expected[] => {
  const { project } = stage.model;
  const now = new Date();
  const open = promise.notices.filter(({ node }) => !isMuted(node, project.timeIntervals, now));
  const [first] = open;
  return open
    .filter(({ after }) => withEscalation || after === first?.after)
    .flatMap(({ node, receivers, after }) =>
      receivers.map((receiver): Expected => ({
        receiver,
        route: node.receiver,
        after,
        groupInterval: node.groupInterval,
        wantsEnd: project.receivers.find(({ id }) => id === receiver)?.sendResolved ?? false,
      })),
    );
};

/** The alerts of the model that may keep one quiet. */
const mayBeQuietedBy = (rule: AlertingRule, { stage }: CampaignContext): readonly string[] => {
  const environment = stage.model.project.environments[0];
  const target = labelsOf(rule, environment);
  return alertsIn(stage.model)
    .filter((other) => other !== rule)
    .filter((other) =>
      stage.model.routing.inhibitions.some((one) => canInhibit(one, labelsOf(other, environment), target)),
    )
    .map(keyOf);
};

/** Runs a campaign to its end. Does not fail: what goes wrong is in the result. @throws when it is aborted. */
export const runCampaign = async (campaign: Campaign, context: CampaignContext): Promise<CampaignResult> => {
  const { stage, world, watcher, system, tolerance = TOLERANCE, say, signal } = context;
  const began = Date.now();
  const problems: string[] = [];
  const rules = alertsIn(stage.model).filter((rule) => rule.system === system && partOf(rule) === context.part);
  const drilled = campaign.alerts.flatMap((key): readonly Drilled[] => {
    const rule = rules.find((one) => keyOf(one) === key);
    if (rule === undefined) {
      problems.push(`there is no alert ${key}`);
      return [];
    }
    const promise = promiseOf(stage.model, rule, badRatioOf(campaign, key));
    const expected = expectedOf(promise, context, campaign.escalation ?? false);
    return [{ rule, key, promise, expected, seen: promise.seenWithin + 1000 * (campaign.onset ?? 0) }];
  });
  const done = (alerts: readonly AlertResult[], companions: readonly string[]): CampaignResult => ({
    system,
    id: campaign.id,
    began: new Date(began).toISOString(),
    what: whatOf(campaign),
    alerts,
    companions,
    seconds: (Date.now() - began) / 1000,
    problems,
  });
  const wait = async (isDone: () => boolean, until: number): Promise<boolean> => {
    for (;;) {
      if (isDone()) return true;
      if (Date.now() > until) return false;
      await sleep(LOOK_EVERY, undefined, { signal });
    }
  };

  const ours = new Set(rules.map(keyOf));
  // Calm is about what is drilled and about what could keep that quiet: other alerts prove nothing either way.
  const disturbing = new Set(drilled.flatMap(({ key, rule }) => [key, ...mayBeQuietedBy(rule, context)]));
  const activeNow = (): readonly string[] => watcher.active().filter((key) => disturbing.has(key));
  if (!(await wait(() => activeNow().length === 0, Date.now() + CALM_WITHIN))) {
    problems.push(`no calm before it: ${activeNow().join(', ')}`);
    return done([], activeNow());
  }

  const longest = Math.max(0, ...drilled.map((one) => lastPromise(one))) + 2 * tolerance;
  const injected = Date.now();
  try {
    if (campaign.forgets) stage.forget(campaign.forgets);
    if (campaign.rate !== undefined) await world.setRate(campaign.rate);
    for (const order of campaign.faults) await world.inject(order, order.seconds ?? longest / 1000 + FAULT_MARGIN);
  } catch (error) {
    problems.push(`it could not begin: ${String(error)}`);
    await endFaults(context, campaign, problems);
    return done([], []);
  }
  say(`${campaign.id}: begins (${whatOf(campaign)})`);

  // What was before the fault belongs to another campaign.
  const firstOf = (key: string, state: 'pending' | 'firing'): number | undefined =>
    watcher.changes.find((change) => change.key === key && change.state === state && change.at >= injected)?.at;
  const deliveryOf = (one: Drilled, { receiver, route }: Expected, status: 'firing' | 'resolved', since: number) =>
    stage.inbox.deliveries().find((delivery) => tells(delivery, one.rule, receiver, route, status, since));
  const isTold = (one: Drilled): boolean =>
    one.expected.every((expected) => deliveryOf(one, expected, 'firing', injected) !== undefined);
  const isQuiet = (one: Drilled): boolean => watcher.quietedBy(one.key, injected).length > 0;
  const isReached = (one: Drilled): boolean =>
    firstOf(one.key, 'firing') !== undefined && (isTold(one) || isQuiet(one));
  await wait(() => drilled.every(isReached), injected + Math.min(longest, LONGEST_WAIT));
  // The escalation goes on only for as long as the alert fires.
  const quietAtEnd = new Map(drilled.map(({ key }) => [key, watcher.quietedBy(key, injected)]));

  const ended = Date.now();
  await endFaults(context, campaign, problems);
  say(`${campaign.id}: ended after ${seconds(ended - injected)}`);
  const back = (one: Drilled): Milliseconds => one.promise.endsWithin + 1000 * (campaign.recovery ?? 0);
  const resolvedOf = (key: string): number | undefined =>
    watcher.stateOf(key) !== 'inactive'
      ? undefined
      : watcher.changes.findLast((change) => change.key === key && change.state === 'inactive' && change.at >= injected)
          ?.at;
  const isOver = (one: Drilled): boolean => {
    if (firstOf(one.key, 'firing') === undefined) return true;
    const resolved = resolvedOf(one.key);
    if (resolved === undefined) return false;
    return one.expected.every((expected) => {
      const told = deliveryOf(one, expected, 'firing', injected);
      return !expected.wantsEnd || !told || deliveryOf(one, expected, 'resolved', told.at) !== undefined;
    });
  };
  const longestEnd = Math.max(
    0,
    ...drilled.map((one) => back(one) + Math.max(0, ...one.expected.map(({ groupInterval }) => groupInterval))),
  );
  await wait(() => drilled.every(isOver), ended + Math.min(longestEnd, LONGEST_WAIT) + 2 * tolerance);

  const results = drilled.map((one): AlertResult => {
    const { key, rule, promise, expected, seen } = one;
    const wrong: string[] = [];
    const [pending, firing] = [firstOf(key, 'pending'), firstOf(key, 'firing')];
    const resolved = resolvedOf(key);
    const promised = {
      pending: seen + promise.pendingWithin,
      firing: seen + promise.firingWithin,
      resolved: back(one),
    };
    const quietedBy = quietAtEnd.get(key) ?? [];
    const check = (what: string, at: number | undefined, from: number, within: number): void => {
      if (at === undefined) wrong.push(`${what}: never (promised within ${seconds(within)})`);
      else if (at - from > within + tolerance)
        wrong.push(`${what} after ${seconds(at - from)}, promised within ${seconds(within)}`);
    };
    check('firing', firing, injected, promised.firing);
    const quietUntil = quietedBy.length === 0 ? undefined : watcher.quietUntil(key, injected);
    const notices = expected.map((receiver): NoticeResult => {
      const told = deliveryOf(one, receiver, 'firing', injected)?.at;
      const toldOfEnd = told === undefined ? undefined : deliveryOf(one, receiver, 'resolved', told)?.at;
      // A group looks again after its interval whether anything may be told now.
      const within = Math.max(
        promised.firing + receiver.after,
        quietUntil === undefined ? 0 : quietUntil - injected + receiver.groupInterval,
      );
      // What ended as soon as nothing kept it quiet any more is nothing to tell of.
      const endedFirst =
        quietUntil !== undefined && resolved !== undefined && resolved - injected <= within + tolerance;
      if (firing !== undefined && (told !== undefined || !endedFirst)) {
        // The group of an alert that fired a moment ago is still there: its next message comes with the group's interval.
        const isOldGroup = stage.inbox
          .deliveries()
          .some((delivery) => delivery.at < injected && delivery.route === receiver.route && sameGroup(delivery, rule));
        check(`${receiver.receiver} told`, told, injected, within + (isOldGroup ? receiver.groupInterval : 0));
      }
      if (told !== undefined && receiver.wantsEnd && resolved !== undefined)
        check(`${receiver.receiver} told of the end`, toldOfEnd, ended, back(one) + receiver.groupInterval);
      return {
        receiver: receiver.receiver,
        route: receiver.route,
        promised: within,
        wantsEnd: receiver.wantsEnd,
        ...(told === undefined ? {} : { told: told - injected }),
        ...(toldOfEnd === undefined ? {} : { toldOfEnd: toldOfEnd - ended }),
      };
    });
    const allowed = mayBeQuietedBy(rule, context);
    const strangers = quietedBy.filter((by) => !allowed.includes(by));
    if (strangers.length > 0) wrong.push(`kept quiet by ${strangers.join(', ')}, which no inhibition says`);
    if (firing !== undefined) check('resolved', resolved, ended, promised.resolved);
    return {
      key,
      alert: rule.alert,
      severity: rule.severity,
      system,
      team: rule.team,
      campaign: campaign.id,
      factor: stage.factor,
      promised,
      seen: {
        ...(pending === undefined ? {} : { pending: pending - injected }),
        ...(firing === undefined ? {} : { firing: firing - injected }),
        ...(firing === undefined || resolved === undefined ? {} : { resolved: resolved - ended }),
      },
      notices,
      quietedBy,
      ...(quietUntil === undefined ? {} : { quietUntil: quietUntil - injected }),
      injectedAt: injected,
      lasted: ended - injected,
      problems: wrong,
    };
  });
  for (const { key, problems: wrong } of results) say(`${campaign.id}: ${key}: ${wrong.join('; ') || 'as promised'}`);
  const companions = new Set(
    watcher.changes
      .filter(
        ({ at, state, key }) => at >= injected && state === 'firing' && ours.has(key) && !campaign.alerts.includes(key),
      )
      .map(({ key }) => key),
  );
  return done(results, [...companions].toSorted());
};

const badRatioOf = ({ badRatios = {} }: Campaign, key: string): number =>
  Object.entries(badRatios).find(([name]) => key.startsWith(`${name}Budget`))?.[1] ?? 1;

/** What a campaign breaks, in words. */
export const whatOf = ({ faults, forgets = [] }: Pick<Campaign, 'faults' | 'forgets'>): string =>
  [
    ...faults.map(({ fault, parameters }) => `${fault}${parameters ? ` ${JSON.stringify(parameters)}` : ''}`),
    ...forgets.map((job) => `nobody scrapes ${job}`),
  ].join(', ') || 'the load';

const lastPromise = ({ promise, expected, seen }: Drilled): Milliseconds =>
  seen + promise.firingWithin + Math.max(0, ...expected.map(({ after, groupInterval }) => after + groupInterval));

const endFaults = async ({ stage, world }: CampaignContext, campaign: Campaign, problems: string[]): Promise<void> => {
  try {
    if (campaign.forgets) stage.forget([]);
    await world.mend();
    if (campaign.rate !== undefined) await world.setRate(undefined);
  } catch (error) {
    problems.push(`the fault did not end: ${String(error)}`);
  }
};

/** Whether a delivery tells a receiver, by a route, of an alert of a rule. */
const tells = (
  delivery: Delivery,
  rule: AlertingRule,
  receiver: string,
  route: string,
  status: 'firing' | 'resolved',
  since: number,
): boolean =>
  delivery.at >= since &&
  delivery.receiver === receiver &&
  (delivery.route === undefined || delivery.route === route) &&
  delivery.alerts.some((alert) => alert.status === status && isOf(rule, { ...alert.labels, alertname: alert.name }));

const sameGroup = ({ groupLabels = {} }: Delivery, rule: AlertingRule): boolean =>
  groupLabels['alertname'] === rule.alert && (groupLabels['component'] ?? '') === (rule.component ?? '');

const seconds = (ms: Milliseconds): string => `${(ms / 1000).toFixed(1)} s`;
