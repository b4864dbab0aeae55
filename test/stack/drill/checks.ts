/** What belongs to no alert of a system: the heartbeat goes on, and an alert of nobody reaches the fallback. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HEARTBEAT_ALERT } from '../../../generators/conventions.ts';
import type { AlertLabels } from '../../../generators/model/routing.ts';
import { listNotifications } from '../../../generators/model/routing.ts';
import type { Milliseconds } from '../../../generators/model/model.ts';
import type { CheckResult } from './result.ts';
import type { RunningStage } from './stage.ts';
import { ENVIRONMENT } from './stage.ts';

const STRAY = 'DrillStray';

/** Sends an alert that no team's route takes, and waits for the fallback to be told. */
export const checkFallback = async (
  stage: RunningStage,
  system: string,
  tolerance: Milliseconds,
  signal: AbortSignal,
): Promise<CheckResult> => {
  const known = { alertname: STRAY, severity: 'unheard-of', team: 'nobody', environment: ENVIRONMENT };
  const labels: AlertLabels = { known, open: new Set() };
  const [notice] = listNotifications(stage.model.routing, labels);
  const wanted = notice?.receivers ?? [];
  const within = (notice?.after ?? 0) + tolerance;
  const began = Date.now();
  const post = async (endsAt?: string): Promise<void> => {
    const alert = {
      labels: known,
      startsAt: new Date(began).toISOString(),
      ...(endsAt === undefined ? {} : { endsAt }),
    };
    const response = await fetch(`${stage.alertmanager().url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
    });
    if (!response.ok) throw new Error(`Alertmanager took no alert: ${response.status} ${await response.text()}`);
  };
  const problems: string[] = [];
  const told = (): readonly string[] =>
    stage.inbox
      .deliveries()
      .filter(({ at, alerts }) => at >= began && alerts.some(({ name }) => name === STRAY))
      .map(({ receiver }) => receiver);
  try {
    await post();
    while (Date.now() < began + within && wanted.some((id) => !told().includes(id)))
      await sleep(100, undefined, { signal });
    const missing = wanted.filter((id) => !told().includes(id));
    if (wanted.length === 0) problems.push('the fallback tells nobody');
    if (missing.length > 0) problems.push(`${missing.join(', ')} not told within ${within / 1000} s`);
    await post(new Date().toISOString());
  } catch (error) {
    problems.push(String(error));
  }
  return {
    id: 'fallback',
    system,
    what: `an alert of no team reaches ${wanted.join(', ')} within ${((Date.now() - began) / 1000).toFixed(1)} s`,
    problems,
  };
};

/** Looks at how far apart the heartbeats of a stage came, from when the first one came. */
export const checkHeartbeat = (
  stage: RunningStage,
  system: string,
  { since, until, tolerance }: { readonly since: number; readonly until: number; readonly tolerance: Milliseconds },
): CheckResult | undefined => {
  const { heartbeat } = stage.model.project;
  if (!heartbeat) return undefined;
  const problems: string[] = [];
  const longest = heartbeat.receivers.map((receiver) => {
    const times = stage.inbox
      .deliveries()
      .filter((delivery) => delivery.receiver === receiver && delivery.at >= since && delivery.at <= until)
      .filter(({ alerts }) => alerts.some(({ name }) => name === HEARTBEAT_ALERT))
      .map(({ at }) => at);
    const gaps = [...times, until].map((at, index) => at - (times[index - 1] ?? since));
    const gap = Math.max(...gaps);
    if (times.length === 0) problems.push(`${receiver} never heard it`);
    else if (gap > heartbeat.every + tolerance)
      problems.push(`${receiver} heard nothing for ${gap / 1000} s, promised every ${heartbeat.every / 1000} s`);
    return gap;
  });
  return {
    id: 'heartbeat',
    system,
    what: `${heartbeat.receivers.join(', ')} hears the heartbeat at least every ${heartbeat.every / 1000} s; the longest gap was ${(Math.max(0, ...longest) / 1000).toFixed(1)} s`,
    problems,
  };
};
