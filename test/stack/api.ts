/** The parts of the HTTP APIs of Prometheus and Alertmanager that tests read. */
import { setTimeout as sleep } from 'node:timers/promises';

type Labels = Readonly<Record<string, string>>;

/** One rule as Prometheus sees it (https://prometheus.io/docs/prometheus/latest/querying/api/#rules). */
export interface RuleState {
  readonly type: 'alerting' | 'recording';
  readonly name: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  /** As ISO 8601; the year 1 when it has not been evaluated. */
  readonly lastEvaluation: string;
  readonly labels?: Labels;
  readonly state?: 'inactive' | 'pending' | 'firing';
  /** The series that an alerting rule is true of; `activeAt` as ISO 8601. */
  readonly alerts?: readonly { readonly activeAt: string }[];
}

/** One target as Prometheus sees it. */
export interface TargetState {
  readonly scrapePool: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

/** One series of a range query's answer; values are pairs of a time in seconds and a number as text. */
export interface SeriesValues {
  readonly metric: Labels;
  readonly values: readonly (readonly [time: number, value: string])[];
}

/** An alert as Alertmanager sees it (its API, version 2). */
export interface AlertState {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly fingerprint: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

/** A server that takes longer than so many milliseconds does not answer. */
const ANSWERS_WITHIN = 20_000;

/** @throws Error with the answer when it is none. */
const getJson = async (url: string): Promise<unknown> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWERS_WITHIN) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
};

const getData = async <T>(url: string): Promise<T> => ((await getJson(url)) as { readonly data: T }).data;

/** All rules that a Prometheus has loaded, in the order of their groups. */
export const getRules = async (prometheus: string): Promise<readonly RuleState[]> => {
  const data = await getData<{ groups: { rules: RuleState[] }[] }>(`${prometheus}/api/v1/rules`);
  return data.groups.flatMap(({ rules }) => rules);
};

/** All targets that a Prometheus scrapes. */
export const getTargets = async (prometheus: string): Promise<readonly TargetState[]> =>
  (await getData<{ activeTargets: TargetState[] }>(`${prometheus}/api/v1/targets`)).activeTargets;

/** What a range query gives; times in seconds. */
export const queryRange = async (
  prometheus: string,
  query: string,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
): Promise<readonly SeriesValues[]> => {
  const parameters = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
  return (await getData<{ result: SeriesValues[] }>(`${prometheus}/api/v1/query_range?${parameters.toString()}`))
    .result;
};

/** The alerts that an Alertmanager holds: those that fire, inhibited ones too. */
export const getAlerts = async (alertmanager: string): Promise<readonly AlertState[]> =>
  (await getJson(`${alertmanager}/api/v2/alerts`)) as AlertState[];

/**
 * Asks until the answer satisfies `isDone`, and gives it. After `within` milliseconds it gives the last answer, so that the
 * assertion that follows shows what was wrong.
 */
export const poll = async <T>(
  ask: () => T | Promise<T>,
  isDone: (answer: T) => boolean,
  within = 20_000,
): Promise<T> => {
  const deadline = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (isDone(answer) || Date.now() > deadline) return answer;
    await sleep(100);
  }
};
