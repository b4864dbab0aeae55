/**
 * The one place that knows Grafana's Foundation SDK. It says what a DashboardView means in the SDK's objects and
 * corrects what version 0.0.21 gets wrong: panels and rows without ids, a layout that does not wrap, links and
 * annotations that are hidden in a menu (`placement`), variables with fields of other kinds of variables (`auto*`), and
 * thresholds that Grafana would invent where none are set (red from 80).
 */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type * as dashboards from '@grafana/grafana-foundation-sdk/dashboard';
import { DASHBOARD_TAG, DATASOURCE } from '../../conventions.ts';
import type { Json } from '../../output/artefact.ts';
import { byCodeUnit } from '../../output/text.ts';
import type { AnnotationView, DashboardView, RowView } from './dashboard.ts';
import { alertsOf } from './dashboard.ts';
import { intervalText } from './interval.ts';
import type { PanelView, QueryView } from './panel.ts';

/** The libraries' modules, loaded when a dashboard is to be built. */
const loadModules = async () => {
  const [dashboard, common, prometheus, timeseries, stat, gauge, table, statetimeline] = await Promise.all([
    import('@grafana/grafana-foundation-sdk/dashboard'),
    import('@grafana/grafana-foundation-sdk/common'),
    import('@grafana/grafana-foundation-sdk/prometheus'),
    import('@grafana/grafana-foundation-sdk/timeseries'),
    import('@grafana/grafana-foundation-sdk/stat'),
    import('@grafana/grafana-foundation-sdk/gauge'),
    import('@grafana/grafana-foundation-sdk/table'),
    import('@grafana/grafana-foundation-sdk/statetimeline'),
  ]);
  return { dashboard, common, prometheus, timeseries, stat, gauge, table, statetimeline };
};

type Modules = Awaited<ReturnType<typeof loadModules>>;

/** Builds the classic (version 1) JSON of dashboards; keys in alphabetical order, so that equal dashboards are equal bytes. */
export const buildDashboards = async (views: readonly DashboardView[]): Promise<readonly Json[]> => {
  if (views.length === 0) return [];
  const modules = await loadModules();
  return views.map((view) => canonical(buildDashboard(modules, view)));
};

/** The data source every query goes to: whatever the dashboard's variable says. */
const SOURCE: DataSourceRef = { type: 'prometheus', uid: `\${${DATASOURCE.variable}}` };

const NO_DATA = 'no data';

/** The colour of a line on its own: none that a severity has, for green would look good and red would look bad. */
const PLAIN = 'light-blue';

const buildDashboard = (sdk: Modules, view: DashboardView) => {
  const { dashboard } = sdk;
  // eslint-disable-next-line typescript/no-deprecated -- its successor is for Grafana 13 and later
  const built = new dashboard.DashboardBuilder(view.title)
    .uid(view.uid)
    .description(view.description)
    .tags([...view.tags])
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .timezone('utc')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .variables([
      new dashboard.DatasourceVariableBuilder(DATASOURCE.variable)
        .label('Data source')
        .type('prometheus')
        .current({ text: DATASOURCE.name, value: DATASOURCE.uid }),
    ])
    .annotations(view.annotations.map((annotation) => buildAnnotation(sdk, annotation)))
    .links(buildLinks(sdk, view))
    .build();
  const visible = {
    ...built,
    templating: { list: built.templating.list?.map(without('auto', 'auto_min', 'auto_count')) ?? [] },
    annotations: { list: built.annotations.list?.map(without('placement')) ?? [] },
    links: built.links?.map(without('placement')) ?? [],
  };
  return { ...visible, panels: view.rows.flatMap((row) => buildRow(sdk, view, row)) };
};

/** A copy of an object without some of its properties. */
const without =
  <K extends string>(...keys: readonly K[]) =>
  <T extends { [key in K]?: unknown }>(value: T): Omit<T, K> => {
    const copy: Partial<T> = { ...value };
    for (const key of keys) delete copy[key];
    return copy as Omit<T, K>;
  };

const buildAnnotation = ({ dashboard }: Modules, view: AnnotationView): dashboards.AnnotationQueryBuilder =>
  new dashboard.AnnotationQueryBuilder()
    .name(view.name)
    .datasource(SOURCE)
    .enable(true)
    .iconColor(view.color)
    .expr(view.expr)
    .titleFormat(view.title)
    .textFormat(view.text)
    .tagKeys(view.tags.join(','));

const buildLinks = ({ dashboard }: Modules, view: DashboardView): dashboards.DashboardLinkBuilder[] => [
  new dashboard.DashboardLinkBuilder('Dashboards')
    .type(dashboard.DashboardLinkType.Dashboards)
    .icon('external link')
    .tags([DASHBOARD_TAG])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(true),
  new dashboard.DashboardLinkBuilder('Runbooks')
    .type(dashboard.DashboardLinkType.Link)
    .icon('doc')
    .tooltip('What to do when an alert of this system fires')
    .url(view.runbooks)
    .targetBlank(true),
];

/** A row's title bar and, after it or inside it, its panels. */
const buildRow = (sdk: Modules, view: DashboardView, row: RowView): (dashboards.Panel | dashboards.RowPanel)[] => {
  const title = new sdk.dashboard.RowBuilder(row.title)
    .id(row.id)
    .collapsed(row.collapsed)
    .gridPos(row.position)
    .build();
  const panels = row.panels.map((panel) => buildPanel(sdk, view.system, panel));
  return row.collapsed ? [{ ...title, panels }] : [title, ...panels];
};

const buildPanel = (sdk: Modules, system: string | undefined, view: PanelView): dashboards.Panel =>
  without('repeatDirection', 'transparent')(PANELS[view.kind](sdk, view, system));

/** What the builders of all kinds of panel have in common. */
interface PanelBuilder {
  id(id: number): unknown;
  title(title: string): unknown;
  description(description: string): unknown;
  gridPos(position: dashboards.GridPos): unknown;
  datasource(source: DataSourceRef): unknown;
  interval(interval: string): unknown;
  targets(targets: Builder<Dataquery>[]): unknown;
  unit(unit: string): unknown;
  min(min: number): unknown;
  max(max: number): unknown;
  noValue(text: string): unknown;
  mappings(mappings: dashboards.ValueMapping[]): unknown;
  thresholds(thresholds: Builder<dashboards.ThresholdsConfig>): unknown;
  colorScheme(color: Builder<dashboards.FieldColor>): unknown;
}

const PANELS: Record<
  PanelView['kind'],
  (sdk: Modules, view: PanelView, system: string | undefined) => dashboards.Panel
> = {
  timeseries(sdk, view) {
    const { common, timeseries } = sdk;
    const { GraphThresholdsStyleMode } = common;
    const { FieldColorModeId } = sdk.dashboard;
    const builder = new timeseries.PanelBuilder()
      .lineWidth(2)
      .fillOpacity(view.isSplit ? 0 : 8)
      .showPoints(common.VisibilityMode.Auto)
      .thresholdsStyle(built({ mode: view.hasLevels ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off }))
      .tooltip(built({ mode: common.TooltipDisplayMode.Multi, sort: common.SortOrder.Descending }))
      .legend(
        built({
          displayMode: common.LegendDisplayMode.Table,
          placement: common.LegendPlacement.Bottom,
          showLegend: view.hasLegend,
          calcs: ['lastNotNull', 'mean', 'max'],
        }),
      );
    if (view.softMin !== undefined) builder.axisSoftMin(view.softMin);
    if (view.softMax !== undefined) builder.axisSoftMax(view.softMax);
    describe(sdk, builder, view, view.hasLegend ? FieldColorModeId.PaletteClassic : FieldColorModeId.Fixed);
    builder.targets(queries(sdk, view, 'range'));
    return builder.build();
  },

  stat(sdk, view) {
    const { common, stat } = sdk;
    const isJudged = view.hasLevels || view.names.length > 0;
    const builder = new stat.PanelBuilder()
      .colorMode(isJudged ? common.BigValueColorMode.Background : common.BigValueColorMode.None)
      // A line would need a range query, and that keeps showing the last value of a series that is gone.
      .graphMode(common.BigValueGraphMode.None)
      .reduceOptions(LAST);
    // What is not known is neither good nor bad.
    const unknown: dashboards.ValueMapping = {
      type: sdk.dashboard.MappingType.SpecialValue,
      options: {
        match: sdk.dashboard.SpecialValueMatch.NullAndNan,
        result: { text: NO_DATA, color: PLAIN, index: view.names.length },
      },
    };
    describe(sdk, builder, view, sdk.dashboard.FieldColorModeId.Thresholds, isJudged ? [unknown] : []);
    builder.targets(queries(sdk, view, 'instant'));
    return builder.build();
  },

  gauge(sdk, view) {
    const builder = new sdk.gauge.PanelBuilder().showThresholdMarkers(view.hasLevels).reduceOptions(LAST);
    describe(sdk, builder, view, sdk.dashboard.FieldColorModeId.Thresholds);
    builder.targets(queries(sdk, view, 'instant'));
    return builder.build();
  },

  table(sdk, view) {
    const { common, table } = sdk;
    const builder = new table.PanelBuilder();
    describe(sdk, builder, view, sdk.dashboard.FieldColorModeId.Thresholds);
    builder.targets(queries(sdk, view, 'table')).transformations(columns(view));
    if (view.hasLevels || view.names.length > 0) {
      const cell = {
        type: common.TableCellDisplayMode.ColorBackground,
        mode: common.TableCellBackgroundDisplayMode.Basic,
      };
      builder.overrideByFieldType('number', [{ id: 'custom.cellOptions', value: cell }]);
    }
    return builder.build();
  },

  'state-timeline'(sdk, view) {
    const { common, statetimeline } = sdk;
    const builder = new statetimeline.PanelBuilder()
      .mergeValues(true)
      .fillOpacity(80)
      .showValue(common.VisibilityMode.Auto)
      .legend(
        built({
          displayMode: common.LegendDisplayMode.List,
          placement: common.LegendPlacement.Bottom,
          // The names of states stand in the bars.
          showLegend: view.names.length === 0,
          calcs: [],
        }),
      );
    describe(sdk, builder, view, sdk.dashboard.FieldColorModeId.Thresholds);
    builder.targets(queries(sdk, view, 'range'));
    return builder.build();
  },

  /** The SDK has no module for this panel. Its data source is a name, for it takes no variable. */
  'alert-list'({ dashboard }, view, system) {
    const states = { firing: true, pending: true, recovering: true, error: true, noData: false, normal: false };
    const builder = new dashboard.PanelBuilder().type('alertlist').options({
      alertInstanceLabelFilter: alertsOf(system),
      alertName: '',
      dashboardAlerts: false,
      datasource: DATASOURCE.name,
      groupBy: [],
      groupMode: 'default',
      maxItems: 20,
      showInactiveAlerts: false,
      sortOrder: BY_IMPORTANCE,
      stateFilter: states,
      viewMode: 'list',
    });
    place(builder, view);
    return builder.build();
  },
};

/** Grafana's number for "by importance" in an alert list. */
const BY_IMPORTANCE = 3;

const built = <T>(value: T): Builder<T> => ({ build: () => value });

/** The newest value; an instant query has no other. */
const LAST = built({ calcs: ['lastNotNull'], fields: '', values: false });

const place = (builder: Pick<PanelBuilder, 'id' | 'title' | 'description' | 'gridPos'>, view: PanelView): void => {
  builder.id(view.id);
  builder.title(view.title);
  builder.description(view.description);
  builder.gridPos(view.position);
};

const describe = (
  { dashboard }: Modules,
  builder: PanelBuilder,
  view: PanelView,
  color: dashboards.FieldColorModeId,
  moreMappings: readonly dashboards.ValueMapping[] = [],
): void => {
  place(builder, view);
  builder.datasource(SOURCE);
  if (view.interval !== undefined) builder.interval(intervalText(view.interval));
  builder.unit(view.unit);
  builder.noValue(NO_DATA);
  const isFixed = color === dashboard.FieldColorModeId.Fixed;
  builder.colorScheme(built({ mode: color, ...(isFixed ? { fixedColor: PLAIN } : {}) }));
  builder.thresholds(
    built({ mode: dashboard.ThresholdsMode.Absolute, steps: view.steps.map((step) => ({ ...step })) }),
  );
  if (view.min !== undefined) builder.min(view.min);
  if (view.max !== undefined) builder.max(view.max);
  const names = view.names.map(({ value, text, color }, index) => [String(value), { text, color, index }] as const);
  const named: readonly dashboards.ValueMapping[] =
    names.length > 0 ? [{ type: dashboard.MappingType.ValueToText, options: Object.fromEntries(names) }] : [];
  if (named.length + moreMappings.length > 0) builder.mappings([...named, ...moreMappings]);
};

/** The queries of a panel: over its time range, or one value now, or one value now with every label in a column. */
const queries = ({ prometheus }: Modules, view: PanelView, form: 'range' | 'instant' | 'table'): Builder<Dataquery>[] =>
  view.queries.map(({ refId, expr, legend }) => {
    const query = new prometheus.DataqueryBuilder()
      .refId(refId)
      .datasource(SOURCE)
      .editorMode(prometheus.QueryEditorMode.Code)
      .expr(expr)
      .legendFormat(legend === '' ? '__auto' : legend);
    if (form === 'range') return query.range();
    return form === 'table' ? query.instant().format(prometheus.PromQueryFormat.Table) : query.instant();
  });

/** One table of all queries, without the time, the values under the queries' names. */
const columns = (view: PanelView): dashboards.DataTransformerConfig[] => {
  const isSingle = view.queries.length === 1;
  const named = ({ legend }: QueryView): string => (legend === '' || legend.includes('{{') ? view.title : legend);
  const renamed = view.queries.map((query) => [isSingle ? 'Value' : `Value #${query.refId}`, named(query)] as const);
  return [
    ...(isSingle ? [] : [{ id: 'merge', options: {} }]),
    {
      id: 'organize',
      options: { excludeByName: { Time: true, __name__: true }, renameByName: Object.fromEntries(renamed) },
    },
  ];
};

/** Plain data with keys in alphabetical order, without functions and without properties that are not set. */
const canonical = (value: unknown): Json => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== 'function');
    entries.sort(([a], [b]) => byCodeUnit(a, b));
    return Object.fromEntries(entries.map(([key, item]) => [key, canonical(item)]));
  }
  return value as null | boolean | number | string;
};
