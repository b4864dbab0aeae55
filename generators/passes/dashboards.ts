import { dashboardUid, LABELS, overviewUid, panelId, thresholdPanelKey } from '../conventions.ts';
import type {
  Component,
  Dashboard,
  DashboardRow,
  DashboardSpec,
  Model,
  Panel,
  PanelSpec,
  Project,
  System,
  Threshold,
} from '../model/model.ts';
import { fromBase } from '../model/quantities.ts';
import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { semantics } from '../promql/semantics/index.ts';
import { definePass } from './pass.ts';
import { measuredExpr } from './threshold-alerts.ts';

/** Rows after this many panels start collapsed: a page that loads fast is a page that is looked at. */
const VISIBLE_PANELS = 24;
const PANEL = { width: 8, height: 8 } as const;
/** A strip over the whole width: its colour says everything. */
const STRIP = { width: 24, height: 4 } as const;
/** The lines of a legend that a panel has room for, and those for which it grows; Grafana scrolls what is more. */
const LEGEND_LINES = { usual: 2, most: 4 } as const;

/** Every system gets an overview with a row per component; dashboards of its own follow. */
export const dashboards = definePass({
  id: 'dashboards',
  summary: 'systems become overview dashboards, with a row per component',
  run: (model) => ({
    ...model,
    dashboards: [
      ...model.dashboards,
      ...model.systems.flatMap((system) => [
        overview(system, model),
        ...system.dashboards.map((spec) => extra(spec, system)),
      ]),
    ],
  }),
});

const overview = (system: System, { project }: Model): Dashboard => {
  const rows = [
    statusRow(system),
    ...system.components.map((component) => componentRow(component, system, project)),
    systemRow(system, project),
  ].filter(({ panels }) => panels.length > 0);
  let shown = 0;
  return {
    uid: overviewUid(system.id),
    system: system.id,
    title: system.title,
    description: `${system.description}\n\nOwner: ${system.team}. Defined in ${system.origin.file}.`,
    tags: ['tocsin', system.id, system.team],
    rows: rows.map((row) => {
      const collapsed = shown >= VISIBLE_PANELS;
      shown += row.panels.length;
      return { ...row, collapsed };
    }),
    origin: system.origin,
  };
};

const extra = (spec: DashboardSpec, system: System): Dashboard => ({
  uid: dashboardUid(system.id, spec.id),
  system: system.id,
  title: `${system.title}: ${spec.title}`,
  description: spec.description,
  tags: ['tocsin', system.id, system.team],
  rows: spec.rows.map((row) =>
    toRow(
      `row/${row.title}`,
      row.title,
      row.panels.map((panel) => specPanel(panel, `panel/${row.title}/${panel.key}`, system)),
    ),
  ),
  origin: spec.origin,
});

const toRow = (key: string, title: string, panels: readonly Panel[]): DashboardRow => ({
  id: panelId(key),
  key,
  title,
  collapsed: false,
  panels,
});

const componentRow = (component: Component, system: System, project: Project): DashboardRow =>
  toRow(
    `component/${component.id}`,
    component.title,
    [
      ...system.thresholds
        .filter((threshold) => threshold.component === component.id)
        .map((threshold) => thresholdPanel(threshold, system, project)),
      ...component.panels.map((panel) => specPanel(panel, `panel/${component.id}/${panel.key}`, system)),
    ]
      .map((panel) => withoutPrefix(panel, `${component.title}: `))
      // Whether it is there at all comes first.
      .toSorted((a, b) => Number(isStrip(b)) - Number(isStrip(a))),
  );

const systemRow = (system: System, project: Project): DashboardRow =>
  toRow(
    'system',
    system.title,
    system.thresholds
      .filter((threshold) => threshold.component === undefined)
      .map((threshold) => thresholdPanel(threshold, system, project)),
  );

const isStrip = ({ kind }: Panel): boolean => kind === 'state-timeline';

/** The title without what the row says already. */
const withoutPrefix = (panel: Panel, prefix: string): Panel => {
  const short = (text: string): string =>
    text.startsWith(prefix) ? text.charAt(prefix.length).toUpperCase() + text.slice(prefix.length + 1) : text;
  return {
    ...panel,
    title: short(panel.title),
    queries: panel.queries.map((query) => ({ ...query, legend: short(query.legend) })),
  };
};

/** What a series is called in a legend: its labels, or the panel's own name when it has none. An instance is of one job. */
const legendOf = (labels: readonly string[], title: string): string => {
  const telling = labels.includes('instance') ? labels.filter((label) => label !== 'job') : labels;
  return telling.length > 0 ? telling.map((label) => `{{${label}}}`).join(' ') : title;
};

/** Where the axis starts: at zero when no value can be below it. */
const floorOf = (queries: readonly Expr[], { metrics }: System): number | undefined => {
  const table = new Map(metrics.map((metric) => [metric.name, metric]));
  return queries.every((query) => semantics(query, { metrics: table }).value.min >= 0) ? 0 : undefined;
};

/** How high a graph is, so that the lines of its legend can be read without scrolling. */
export const graphHeight = ({ length }: readonly unknown[]): number =>
  PANEL.height + Math.max(0, Math.min(length, LEGEND_LINES.most) - LEGEND_LINES.usual);

const sizeOf = (kind: Panel['kind'], queries: readonly unknown[]): Pick<Panel, 'width' | 'height'> =>
  kind === 'state-timeline' ? STRIP : { ...PANEL, height: graphHeight(queries) };

const thresholdPanel = (threshold: Threshold, system: System, project: Project): Panel => {
  const key = thresholdPanelKey(threshold.id);
  const kind = threshold.unit === 'state' ? 'state-timeline' : 'timeseries';
  const queries = [{ expr: measuredExpr(threshold), legend: legendOf(threshold.labels, threshold.title) }];
  return {
    id: panelId(key),
    key,
    title: threshold.title,
    description: threshold.description,
    kind,
    unit: threshold.unit,
    queries,
    levels: threshold.levels.map(({ level, severity }) => ({
      value: fromBase(level.value, threshold.unit),
      severity,
      color: project.severities.find(({ id }) => id === severity)?.color ?? 'red',
    })),
    direction: threshold.direction,
    min: floorOf([threshold.query], system),
    max: undefined,
    ...sizeOf(kind, queries),
    origin: threshold.origin,
  };
};

/** A legend that tells series apart by labels need not say the title before them. */
const withoutTitle = (legend: string, title: string): string =>
  legend.startsWith(`${title} {{`) ? legend.slice(title.length + 1) : legend;

const specPanel = (spec: PanelSpec, key: string, system: System): Panel => {
  const kind = spec.unit === 'state' && spec.kind === 'timeseries' ? 'state-timeline' : spec.kind;
  return {
    id: panelId(key),
    key,
    title: spec.title,
    description: spec.description,
    kind,
    unit: spec.unit,
    // A signal's own panel names its only query as itself.
    queries: spec.queries.map((query) => ({ ...query, legend: withoutTitle(query.legend, spec.title) })),
    levels: [],
    direction: undefined,
    min:
      spec.min ??
      floorOf(
        spec.queries.map(({ expr }) => expr),
        system,
      ),
    max: spec.max,
    ...sizeOf(kind, spec.queries),
    origin: spec.origin,
  };
};

const statusRow = (system: System): DashboardRow => {
  const base = { levels: [], direction: undefined, min: undefined, max: undefined, origin: system.origin } as const;
  const firing = build.selector('ALERTS', [
    build.matcher('alertstate', '=', 'firing'),
    build.matcher(LABELS.system, '=', system.id),
  ]);
  const counted = build.binary('or', build.aggregate('count', firing), build.call('vector', build.number(0)));
  return toRow('status', 'Status', [
    {
      ...base,
      id: panelId('status/firing'),
      key: 'status/firing',
      title: 'Firing alerts',
      description: 'How many alerts of this system fire now.',
      kind: 'stat',
      unit: 'count',
      queries: [{ expr: counted, legend: 'firing' }],
      levels: [{ value: 1, severity: 'firing', color: 'red' }],
      direction: 'atLeast',
      min: 0,
      width: 4,
      height: 6,
    },
    {
      ...base,
      id: panelId('status/targets'),
      key: 'status/targets',
      title: 'Scrape targets',
      description: 'Whether every target answers its scrape: 1 is up, 0 is down.',
      kind: 'state-timeline',
      unit: 'state',
      queries: system.jobs.map(({ id }) => ({
        expr: build.selector('up', [build.matcher('job', '=', id)]),
        legend: '{{job}} {{instance}}',
      })),
      width: 12,
      height: 6,
    },
    {
      ...base,
      id: panelId('status/alerts'),
      key: 'status/alerts',
      title: 'Alerts',
      description: 'The alerts of this system, with their state.',
      kind: 'alert-list',
      unit: 'count',
      queries: [],
      width: 8,
      height: 6,
    },
  ]);
};
