/** The queries of generated dashboards, asked of a running Prometheus as Grafana would ask them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATHS } from '../../generators/conventions.ts';
import type { LocalProject } from './config.ts';

/** One query of a panel. */
export interface PanelQuery {
  /** The title of the dashboard and of the panel. */
  readonly panel: string;
  readonly query: string;
}

interface Panel {
  readonly title: string;
  /** How often what it reads is scraped, where that is less often than usual. */
  readonly interval?: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

/** Every query of a dashboard's file. Grafana's `$__rate_interval` is four scrapes, `scrapeSeconds` apart, or more. */
export const panelQueries = (text: string, scrapeSeconds: number): readonly PanelQuery[] => {
  const dashboard = JSON.parse(text) as { readonly title: string; readonly panels: readonly Panel[] };
  const queriesOf = ({ title, interval = '0s', targets = [], panels = [] }: Panel): readonly PanelQuery[] => {
    const range = `${4 * Math.max(scrapeSeconds, Number.parseInt(interval, 10))}s`;
    return [
      ...targets.map(({ expr }) => ({
        panel: `${dashboard.title} / ${title}`,
        query: expr.replaceAll('$__rate_interval', range),
      })),
      ...panels.flatMap(queriesOf),
    ];
  };
  return dashboard.panels.flatMap(queriesOf);
};

/** The queries of all dashboards about these systems; a dashboard about all systems counts when all are among them. */
export const readPanelQueries = (
  out: string,
  { dashboards, systems, scrapeInterval }: LocalProject,
  played: readonly string[],
): readonly PanelQuery[] => {
  const areAll = systems.every(({ id }) => played.includes(id));
  return dashboards
    .filter(({ system }) => (system === undefined ? areAll : played.includes(system)))
    .flatMap(({ uid }) => panelQueries(readFileSync(join(out, PATHS.dashboard(uid)), 'utf8'), scrapeInterval / 1000));
};

interface Answer {
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
}

const ask = async (prometheus: string, query: string, seconds: number): Promise<string | undefined> => {
  const end = Date.now() / 1000;
  try {
    const response = await fetch(`${prometheus}/api/v1/query_range`, {
      method: 'POST',
      body: new URLSearchParams({ query, start: String(end - seconds), end: String(end), step: '5' }),
      signal: AbortSignal.timeout(30_000),
    });
    const { error, data } = (await response.json()) as Answer;
    if (error !== undefined) return error;
    const hasNumber = data?.result.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))));
    return hasNumber === true ? undefined : 'no number';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** A query without a number, and what came instead. */
export interface EmptyPanel extends PanelQuery {
  readonly why: string;
}

/** Those of the queries that gave no number in the last `seconds`, sorted by panel. */
export const withoutData = async (
  prometheus: string,
  queries: readonly PanelQuery[],
  seconds = 60,
): Promise<readonly EmptyPanel[]> => {
  const empty: EmptyPanel[] = [];
  const waiting = [...queries];
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const why = await ask(prometheus, one.query, seconds);
      if (why !== undefined) empty.push({ ...one, why });
    }
  };
  // Prometheus answers twenty at once; more would only wait there.
  await Promise.all(Array.from({ length: 10 }, worker));
  return empty.toSorted((a, b) => (a.panel < b.panel ? -1 : 1));
};
