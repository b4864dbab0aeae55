/** Watches what Prometheus and Alertmanager say of every alert, and keeps when it changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_SCOPE } from '../../../generators/conventions.ts';
import type { AlertingRule } from '../../../generators/model/model.ts';
import { getAlerts, getRules } from '../api.ts';
import { alertsIn } from '../local-project.ts';
import type { RunningStage } from './stage.ts';
import type { Stage } from './plan.ts';
import { keyOf } from './plan.ts';

type Labels = Readonly<Record<string, string>>;

export type AlertState = 'inactive' | 'pending' | 'firing';

/** One change of one alert. Times are milliseconds since 1970. */
export interface Change {
  readonly at: number;
  readonly key: string;
  readonly state: AlertState;
}

export interface Watcher {
  /** Oldest first. */
  readonly changes: readonly Change[];
  readonly stateOf: (key: string) => AlertState;
  /** The keys of alerts that are pending or fire. */
  readonly active: () => readonly string[];
  /** By which alerts one was kept quiet since a time, by what Alertmanager says. */
  readonly quietedBy: (key: string, since: number) => readonly string[];
  /** When Alertmanager last said so of an alert, by Unix time in milliseconds. */
  readonly quietUntil: (key: string, since: number) => number | undefined;
  /** Rules that Prometheus could not evaluate, with what it said. */
  readonly errors: () => readonly string[];
  readonly stop: () => Promise<void>;
}

const EVERY = 200;
/** What Prometheus says when a busy machine evaluates twice for the same moment: it is no fault of the rule. */
const OF_THE_MACHINE = /(?:duplicate sample for|but same) timestamp/;

/** The stage that an alert is drilled in; none for those of the project itself, which robustness.test.ts is about. */
export const partOf = ({ source, system }: AlertingRule): Stage | undefined => {
  if (source.kind === 'slo') return 'objectives';
  return system === PROJECT_SCOPE ? undefined : 'thresholds';
};

/** Whether a set of labels is that of an alert of this rule. */
export const isOf = (rule: Pick<AlertingRule, 'alert' | 'labels'>, labels: Labels): boolean =>
  labels['alertname'] === rule.alert && Object.entries(rule.labels).every(([name, value]) => labels[name] === value);

/** Watches one part of the alerts until it is stopped; a server that does not answer is asked again. */
export const startWatcher = (stage: RunningStage, onChange: (change: Change) => void, part: Stage): Watcher => {
  const rules = alertsIn(stage.model).filter((rule) => partOf(rule) === part);
  const changes: Change[] = [];
  const states = new Map<string, AlertState>();
  const quieted: { readonly at: number; readonly key: string; readonly by: string }[] = [];
  const errors = new Set<string>();
  const end = new AbortController();

  const see = (key: string, state: AlertState, at: number): void => {
    if ((states.get(key) ?? 'inactive') === state) return;
    states.set(key, state);
    const change = { at, key, state };
    changes.push(change);
    onChange(change);
  };

  const askPrometheus = async (): Promise<void> => {
    const found = await getRules(stage.prometheus().url);
    const at = Date.now();
    for (const { type, name, labels = {}, health, lastError, state = 'inactive', alerts = [] } of found) {
      if (health === 'err' && !OF_THE_MACHINE.test(lastError ?? '')) errors.add(`${name}: ${lastError ?? 'no reason'}`);
      if (type !== 'alerting') continue;
      const rule = rules.find((one) => isOf(one, { ...labels, alertname: name }));
      if (rule === undefined) continue;
      const key = keyOf(rule);
      const before = states.get(key) ?? 'inactive';
      const began = Math.min(...alerts.map(({ activeAt }) => Date.parse(activeAt)), at);
      // What was never seen waiting did wait, or had no time to.
      if (state !== 'inactive' && before === 'inactive') see(key, 'pending', began);
      see(key, state, at);
    }
  };

  const askAlertmanager = async (): Promise<void> => {
    const alerts = await getAlerts(stage.alertmanager().url);
    const at = Date.now();
    const keyFor = (labels: Labels): string | undefined => {
      const rule = rules.find((one) => isOf(one, labels));
      return rule && keyOf(rule);
    };
    for (const { labels, status } of alerts) {
      const key = keyFor(labels);
      if (key === undefined) continue;
      for (const fingerprint of status.inhibitedBy) {
        const source = alerts.find((one) => one.fingerprint === fingerprint);
        quieted.push({ at, key, by: (source && keyFor(source.labels)) ?? 'an alert that is gone' });
      }
    }
  };

  const loop = async (): Promise<void> => {
    while (!end.signal.aborted) {
      await Promise.allSettled([askPrometheus(), askAlertmanager()]);
      await sleep(EVERY);
    }
  };
  const done = loop();

  return {
    changes,
    stateOf: (key) => states.get(key) ?? 'inactive',
    active: () => [...states].filter(([, state]) => state !== 'inactive').map(([key]) => key),
    quietedBy: (key, since) => [
      ...new Set(quieted.filter((one) => one.key === key && one.at >= since).map(({ by }) => by)),
    ],
    quietUntil: (key, since) => quieted.findLast((one) => one.key === key && one.at >= since)?.at,
    errors: () => [...errors],
    stop: async () => {
      end.abort();
      await done;
    },
  };
};
