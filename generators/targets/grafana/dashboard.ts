import type { Dashboard, DashboardRow, Milliseconds, Model, Panel, System } from '../../model/model.ts';
import { DASHBOARD_TAG, LABELS } from '../../conventions.ts';
import type { LabelMatcher } from '../../promql/ast.ts';
import { binary, call, matcher, number, range, selector } from '../../promql/build.ts';
import { print } from '../../promql/print.ts';
import { selectors } from '../../promql/walk.ts';
import type { GridPosition, RowPosition } from './layout.ts';
import { layoutRows } from './layout.ts';
import type { PanelView } from './panel.ts';
import { viewPanel } from './panel.ts';

/** A row of a dashboard as it will be drawn. */
export interface RowView {
  readonly id: number;
  readonly title: string;
  readonly collapsed: boolean;
  readonly position: GridPosition;
  readonly panels: readonly PanelView[];
}

/** Events that are marked on every chart. */
export interface AnnotationView {
  readonly name: string;
  readonly expr: string;
  readonly color: string;
  /** With {{label}} placeholders. */
  readonly title: string;
  /** With {{label}} placeholders. */
  readonly text: string;
  /** Labels whose values become tags. */
  readonly tags: readonly string[];
}

/** A dashboard as it will be drawn, decided without Grafana's library. */
export interface DashboardView {
  readonly uid: string;
  /** Absent for what is about all systems. */
  readonly system: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly rows: readonly RowView[];
  readonly annotations: readonly AnnotationView[];
  /** The page that lists the system's runbooks. */
  readonly runbooks: string;
}

/** Decides how a dashboard is drawn. A row without panels is left out. */
export const viewDashboard = (model: Model, dashboard: Dashboard): DashboardView => {
  const rows = drawnRows(dashboard);
  const positions = layoutRows(rows);
  const system = model.systems.find(({ id }) => id === dashboard.system);
  return {
    uid: dashboard.uid,
    system: dashboard.system,
    title: dashboard.title,
    description: dashboard.description,
    tags: [...new Set([DASHBOARD_TAG, ...dashboard.tags])],
    rows: rows.flatMap((row, index) => {
      const placed = positions[index];
      return placed === undefined ? [] : [viewRow(row, placed, (panel) => slowScrape(model, system, panel))];
    }),
    annotations: [firingAlerts(dashboard.system), ...(system === undefined ? [] : restarts(model, system))],
    runbooks: runbooksUrl(model, system?.title),
  };
};

/** The rows that have something to show. */
export const drawnRows = (dashboard: Dashboard): readonly DashboardRow[] =>
  dashboard.rows.filter(({ panels }) => panels.length > 0);

const viewRow = (
  row: DashboardRow,
  { title, panels }: RowPosition,
  intervalOf: (panel: Panel) => Milliseconds | undefined,
): RowView => ({
  id: row.id,
  title: row.title,
  collapsed: row.collapsed,
  position: title,
  panels: row.panels.flatMap((panel, index) => {
    const place = panels[index];
    return place === undefined ? [] : [viewPanel(panel, place, intervalOf(panel))];
  }),
});

/**
 * How often the slowest job that a panel reads is scraped, when that is less often than the data source says:
 * `$__rate_interval` and the panel's resolution have to know.
 */
const slowScrape = ({ project }: Model, system: System | undefined, panel: Panel): Milliseconds | undefined => {
  if (system === undefined) return undefined;
  const names = panel.queries.flatMap(({ expr }) => selectors(expr).map(({ selector: { name } }) => name));
  const jobs = new Set(names.map((name) => jobOf(system, name)));
  const slowest = Math.max(0, ...system.jobs.filter(({ id }) => jobs.has(id)).map(({ interval }) => interval));
  return slowest > project.scrapeInterval ? slowest : undefined;
};

/** The job that exposes a series; the series of a histogram and of a summary have names of their own. */
const jobOf = ({ metrics }: System, series: string | undefined): string | undefined =>
  metrics.find(({ name }) => name === series || name === series?.replace(/_(bucket|count|sum)$/, ''))?.job;

/** The selector of a system's alerts, as Prometheus and as Alertmanager write it. */
export const alertsOf = (system: string | undefined): string => print(selector(undefined, [systemMatcher(system)]));

/** The alerts of one system, or those of any. */
const systemMatcher = (system: string | undefined): LabelMatcher =>
  system === undefined ? matcher(LABELS.system, '!=', '') : matcher(LABELS.system, '=', system);

const firingAlerts = (system: string | undefined): AnnotationView => ({
  name: 'Firing alerts',
  expr: print(selector('ALERTS', [matcher('alertstate', '=', 'firing'), systemMatcher(system)])),
  color: 'red',
  title: '{{alertname}}',
  // Only labels that every alert has: for one that is missing Grafana would write its name.
  text: `{{${LABELS.severity}}}, team {{${LABELS.team}}}`,
  tags: [LABELS.component, 'instance'],
});

/** One for each job whose start time is declared. */
const restarts = (model: Model, system: System): readonly AnnotationView[] => {
  const metrics = system.metrics.filter(({ name }) => /(^|_)process_start_time_seconds$/.test(name));
  return metrics.map(({ name, job }) => {
    const interval = system.jobs.find(({ id }) => id === job)?.interval ?? model.project.scrapeInterval;
    const series = selector(name, [matcher('job', '=', job)]);
    const changed = call('changes', range(series, Math.max(SHORTEST_WINDOW, 4 * interval)));
    return {
      name: metrics.length === 1 ? 'Restarts' : `Restarts of ${job}`,
      expr: print(binary('>', changed, number(0))),
      color: 'blue',
      title: 'Restart',
      text: '{{job}} {{instance}}',
      tags: ['job'],
    };
  });
};

/** Grafana asks for annotations once a minute of the time range: a shorter window could fall between two questions. */
const SHORTEST_WINDOW = 60_000;

/** The part of the index of runbooks that is about a system: the anchor that Markdown renderers make of its heading. */
const runbooksUrl = ({ project }: Model, title: string | undefined): string => {
  if (title === undefined) return `${project.links.runbooks}/README.md`;
  const anchor = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
  return `${project.links.runbooks}/README.md#${encodeURIComponent(anchor)}`;
};
