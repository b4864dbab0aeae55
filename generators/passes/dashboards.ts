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
import * as build from '../promql/build.ts';
import { definePass } from './pass.ts';
import { measuredExpr } from './threshold-alerts.ts';

/** Rows after this many panels start collapsed: a page that loads fast is a page that is looked at. */
const VISIBLE_PANELS = 24;
const PANEL = { width: 8, height: 8 } as const;

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
      row.panels.map((panel) => specPanel(panel, `${row.title}/${panel.key}`)),
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
  toRow(`component/${component.id}`, component.title, [
    ...system.thresholds
      .filter((threshold) => threshold.component === component.id)
      .map((threshold) => thresholdPanel(threshold, project)),
    ...component.panels.map((panel) => specPanel(panel, `${component.id}/${panel.key}`)),
  ]);

const systemRow = (system: System, project: Project): DashboardRow =>
  toRow(
    'system',
    system.title,
    system.thresholds
      .filter((threshold) => threshold.component === undefined)
      .map((threshold) => thresholdPanel(threshold, project)),
  );

/** What a series is called in a legend: its labels, or the panel's own name when it has none. */
const legendOf = (labels: readonly string[], title: string): string =>
  labels.length > 0 ? labels.map((label) => `{{${label}}}`).join(' ') : title;

const thresholdPanel = (threshold: Threshold, project: Project): Panel => {
  const key = thresholdPanelKey(threshold.id);
  return {
    id: panelId(key),
    key,
    title: threshold.title,
    description: threshold.description,
    kind: threshold.unit === 'state' ? 'state-timeline' : 'timeseries',
    unit: threshold.unit,
    queries: [{ expr: measuredExpr(threshold), legend: legendOf(threshold.labels, threshold.title) }],
    levels: threshold.levels.map(({ level, severity }) => ({
      value: fromBase(level.value, threshold.unit),
      severity,
      color: project.severities.find(({ id }) => id === severity)?.color ?? 'red',
    })),
    direction: threshold.direction,
    min: ['seconds', 'bytes', 'ratio', 'count', 'per_second'].includes(threshold.unit) ? 0 : undefined,
    max: threshold.unit === 'ratio' ? 1 : undefined,
    ...PANEL,
    origin: threshold.origin,
  };
};

const specPanel = (spec: PanelSpec, key: string): Panel => ({
  id: panelId(key),
  key,
  title: spec.title,
  description: spec.description,
  kind: spec.unit === 'state' && spec.kind === 'timeseries' ? 'state-timeline' : spec.kind,
  unit: spec.unit,
  queries: spec.queries,
  levels: [],
  direction: undefined,
  min: spec.min,
  max: spec.max,
  ...PANEL,
  origin: spec.origin,
});

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
