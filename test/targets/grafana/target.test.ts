import { describe, expect, test } from 'vitest';
import { createReport } from '../../../generators/diagnostics/report.ts';
import type { Dashboard } from '../../../generators/model/model.ts';
import type { Artefact } from '../../../generators/output/artefact.ts';
import { call, range, selector } from '../../../generators/promql/build.ts';
import { grafana } from '../../../generators/targets/grafana/target.ts';
import { dashboard, model, panel, requests, row } from './sample.ts';

interface Drawn {
  readonly [key: string]: unknown;
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly interval?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly options: Record<string, unknown>;
  readonly fieldConfig: {
    readonly defaults: Record<string, unknown> & { readonly custom: Record<string, unknown> };
    readonly overrides: readonly unknown[];
  };
  readonly targets: readonly Record<string, unknown>[];
  readonly transformations: readonly { readonly id: string; readonly options: unknown }[];
  readonly panels: readonly Drawn[];
}

interface DrawnDashboard {
  readonly [key: string]: unknown;
  readonly panels: readonly Drawn[];
  readonly templating: { readonly list: readonly Record<string, unknown>[] };
  readonly annotations: { readonly list: readonly Record<string, unknown>[] };
  readonly links: readonly Record<string, unknown>[];
}

const emit = async (...dashboards: readonly Dashboard[]): Promise<readonly Artefact[]> =>
  grafana.emit(model(...dashboards), createReport());

const valueOf = (artefact: Artefact | undefined): unknown =>
  artefact && 'value' in artefact ? artefact.value : undefined;

const draw = async (source: Dashboard): Promise<DrawnDashboard> => valueOf((await emit(source))[0]) as DrawnDashboard;

const drawPanel = async (changes: Parameters<typeof panel>[0]): Promise<Drawn> => {
  const { panels } = await draw(dashboard([row(1, [panel(changes)])]));
  const drawn = panels[1];
  if (drawn === undefined) throw new Error('the panel was not drawn');
  return drawn;
};

const LEVELS = [
  { value: 0.5, severity: 'critical', color: 'red' },
  { value: 0.2, severity: 'warning', color: 'orange' },
];
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

describe('a dashboard', () => {
  test('is read-only, in UTC, of the last hour, refreshed every 30 s', async () => {
    const drawn = await draw(dashboard([]));
    expect(drawn).toMatchObject({
      uid: 'tocsin-shop',
      title: 'Shop',
      description: 'Everything the shop has to say.',
      tags: ['tocsin', 'shop', 'team-shop'],
      editable: false,
      timezone: 'utc',
      time: { from: 'now-1h', to: 'now' },
      refresh: '30s',
      graphTooltip: 1,
      schemaVersion: 42,
    });
    expect(Object.keys(drawn)).not.toEqual(expect.arrayContaining(['id']));
    expect(drawn).not.toHaveProperty('version');
    expect(drawn).not.toHaveProperty('iteration');
  });

  test('has one variable, its data source, without fields of other variables', async () => {
    const { templating } = await draw(dashboard([]));
    expect(templating.list).toHaveLength(1);
    expect(templating.list[0]).toMatchObject({
      type: 'datasource',
      name: 'datasource',
      label: 'Data source',
      query: 'prometheus',
      current: { text: 'Prometheus', value: 'prometheus' },
    });
    expect(Object.keys(templating.list[0] ?? {}).filter((key) => key.startsWith('auto'))).toEqual([]);
  });

  test('links to its sisters and to the runbooks of its system, in sight', async () => {
    const { links } = await draw(dashboard([]));
    expect(links).toMatchObject([
      { type: 'dashboards', tags: ['tocsin'], asDropdown: true, keepTime: true, includeVars: true },
      { type: 'link', url: 'https://runbooks.example.com/README.md#the-shop', targetBlank: true },
    ]);
    links.forEach((link) => expect(link).not.toHaveProperty('placement'));
  });

  test('marks firing alerts and restarts, in sight', async () => {
    const { annotations } = await draw(dashboard([]));
    expect(annotations.list.map(({ name, expr, datasource }) => ({ name, expr, datasource }))).toEqual([
      { name: 'Firing alerts', expr: 'ALERTS{alertstate="firing", system="shop"}', datasource: SOURCE },
      { name: 'Restarts', expr: 'changes(process_start_time_seconds{job="shop"}[2m]) > 0', datasource: SOURCE },
    ]);
    annotations.list.forEach((annotation) => expect(annotation).not.toHaveProperty('placement'));
  });

  test('has the ids of the model, rows too, and its own places', async () => {
    const { panels } = await draw(
      dashboard([
        row(7, [panel({ id: 71, width: 6, height: 4 }), panel({ id: 72, width: 6, height: 4 })]),
        row(8, []),
        row(9, [panel({ id: 91 }), panel({ id: 92 })], { collapsed: true }),
        row(10, [panel({ id: 101 })]),
      ]),
    );
    const shown = panels.map(({ id, type, gridPos: { x, y, w, h } }) => `${id} ${type} ${x},${y} ${w}x${h}`);
    expect(shown).toEqual([
      '7 row 0,0 24x1',
      '71 timeseries 0,1 12x4',
      '72 timeseries 12,1 12x4',
      '9 row 0,5 24x1',
      '10 row 0,6 24x1',
      '101 timeseries 0,7 24x8',
    ]);
    expect(panels[3]?.panels.map(({ id, gridPos: { x, y } }) => `${id} ${x},${y}`)).toEqual(['91 0,6', '92 12,6']);
    expect(panels[0]?.panels).toEqual([]);
  });

  test('knows which definition each panel comes from, those of collapsed rows too', async () => {
    const rows = [
      row(1, [panel({ key: 'a' }), panel({ key: 'b' })]),
      row(2, []),
      row(3, [panel({ key: 'c' })], { collapsed: true }),
      row(4, [panel({ key: 'd' })]),
    ];
    const [artefact] = await emit(dashboard(rows));
    expect([...(artefact?.origins ?? [])].map(([pointer, { subject }]) => `${pointer} ${subject}`)).toEqual([
      ' dashboard',
      '/panels/1 a',
      '/panels/2 b',
      '/panels/3/panels/0 c',
      '/panels/5 d',
    ]);
    const { panels } = valueOf(artefact) as DrawnDashboard;
    expect(panels[5]?.type).toBe('timeseries');
  });

  test('is written with keys in alphabetical order, and without what is not set', async () => {
    const [artefact] = await emit(
      dashboard([row(1, [panel(), panel({ kind: 'table' }), panel({ kind: 'alert-list' })])]),
    );
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Array.isArray(value)) {
        expect(Object.keys(value)).toEqual(Object.keys(value).sort());
        expect(Object.values(value)).not.toContain(undefined);
      }
      Object.values(value).forEach(visit);
    };
    visit(valueOf(artefact));
  });
});

describe('every panel that asks Prometheus', () => {
  test.each([
    { kind: 'timeseries', type: 'timeseries', form: { instant: false, range: true } },
    { kind: 'state-timeline', type: 'state-timeline', form: { instant: false, range: true } },
    { kind: 'stat', type: 'stat', form: { instant: true, range: false } },
    { kind: 'gauge', type: 'gauge', form: { instant: true, range: false } },
    { kind: 'table', type: 'table', form: { instant: true, range: false, format: 'table' } },
  ] as const)('$kind', async ({ kind, type, form }) => {
    const drawn = await drawPanel({ kind, unit: 'seconds', levels: LEVELS, direction: 'above' });
    expect(drawn).toMatchObject({
      type,
      title: 'Requests',
      description: 'How many requests the shop answers.',
      datasource: SOURCE,
      fieldConfig: { defaults: { unit: 's', min: 0, noValue: 'no data' } },
      targets: [
        {
          ...form,
          refId: 'A',
          datasource: SOURCE,
          editorMode: 'code',
          expr: 'sum(rate(http_requests_total{job="shop"}[5m]))',
        },
      ],
    });
    expect(drawn).not.toHaveProperty('repeatDirection');
  });
});

describe('a chart', () => {
  test('has a line for each level inside its axis', async () => {
    const { fieldConfig } = await drawPanel({ unit: 'seconds', levels: LEVELS, direction: 'above' });
    expect(fieldConfig.defaults).toMatchObject({
      color: { mode: 'fixed', fixedColor: 'light-blue' },
      custom: { thresholdsStyle: { mode: 'dashed' }, axisSoftMax: 0.55 },
      thresholds: {
        mode: 'absolute',
        steps: [
          { value: null, color: 'transparent' },
          { value: 0.2, color: 'orange' },
          { value: 0.5, color: 'red' },
        ],
      },
    });
  });

  test.each([
    { legends: ['all'], fill: 8 },
    { legends: ['p50', 'p95'], fill: 8 },
    { legends: ['{{client}}'], fill: 0 },
    { legends: ['limit', '{{client}} used'], fill: 0 },
  ])('is filled below $legends with $fill %', async ({ legends, fill }) => {
    const queries = legends.map((legend) => ({ expr: requests, legend }));
    const { fieldConfig } = await drawPanel({ queries });
    expect(fieldConfig.defaults.custom).toMatchObject({ fillOpacity: fill });
  });

  test('has none without levels', async () => {
    const { fieldConfig } = await drawPanel({});
    expect(fieldConfig.defaults).toMatchObject({
      custom: { thresholdsStyle: { mode: 'off' } },
      thresholds: { steps: [{ value: null, color: 'transparent' }] },
    });
  });

  test('has a table of its series when there are several', async () => {
    const several = await drawPanel({ queries: [{ expr: requests, legend: '{{route}}' }] });
    expect(several.options['legend']).toEqual({
      displayMode: 'table',
      placement: 'bottom',
      showLegend: true,
      calcs: ['lastNotNull', 'mean', 'max'],
    });
    expect(several.fieldConfig.defaults).toMatchObject({ color: { mode: 'palette-classic' } });
    const single = await drawPanel({ queries: [{ expr: requests, legend: 'all' }] });
    expect(single.options['legend']).toMatchObject({ showLegend: false });
  });

  test('knows that what it reads is scraped less often than usual', async () => {
    const buckets = selector('http_request_duration_seconds_bucket');
    const slow = await drawPanel({ queries: [{ expr: call('rate', range(buckets, 300_000)), legend: '' }] });
    expect(slow.interval).toBe('30s');
    const unknown = await drawPanel({ queries: [{ expr: selector('other'), legend: '' }] });
    expect(unknown.interval).toBeUndefined();
  });
});

test('a stat is coloured by what it is judged by, and by nothing when it is not', async () => {
  const judged = await drawPanel({ kind: 'stat', unit: 'seconds', levels: LEVELS, direction: 'above' });
  expect(judged.options).toMatchObject({ colorMode: 'background', reduceOptions: { calcs: ['lastNotNull'] } });
  expect(judged.fieldConfig.defaults).toMatchObject({ color: { mode: 'thresholds' } });
  const plain = await drawPanel({ kind: 'stat', levels: [] });
  expect(plain.options).toMatchObject({ colorMode: 'none' });
  expect(plain.fieldConfig.defaults['thresholds']).toEqual({
    mode: 'absolute',
    steps: [{ value: null, color: 'text' }],
  });
});

test('a gauge has both ends and the marks of its levels', async () => {
  const gauge = await drawPanel({ kind: 'gauge', unit: 'ratio', min: 0, max: 1, levels: LEVELS, direction: 'above' });
  expect(gauge.fieldConfig.defaults).toMatchObject({ min: 0, max: 1, unit: 'percentunit' });
  expect(gauge.options).toMatchObject({ showThresholdMarkers: true });
});

test('a state has names and colours instead of numbers', async () => {
  const { fieldConfig, type, options } = await drawPanel({ kind: 'state-timeline', unit: 'state' });
  expect(type).toBe('state-timeline');
  expect(options['legend']).toMatchObject({ showLegend: false });
  expect(fieldConfig.defaults['mappings']).toEqual([
    {
      type: 'value',
      options: { 0: { text: 'down', color: 'red', index: 0 }, 1: { text: 'up', color: 'green', index: 1 } },
    },
  ]);
});

describe('a table', () => {
  test('of one query names its values and drops the time', async () => {
    const { transformations } = await drawPanel({ kind: 'table' });
    expect(transformations).toEqual([
      {
        id: 'organize',
        options: { excludeByName: { Time: true, __name__: true }, renameByName: { Value: 'Requests' } },
      },
    ]);
  });

  test('of several queries is one table', async () => {
    const queries = [
      { expr: requests, legend: 'now' },
      { expr: requests, legend: 'before' },
    ];
    const { transformations } = await drawPanel({ kind: 'table', queries });
    expect(transformations.map(({ id }) => id)).toEqual(['merge', 'organize']);
    expect(transformations[1]?.options).toMatchObject({ renameByName: { 'Value #A': 'now', 'Value #B': 'before' } });
  });

  test('colours only the numbers', async () => {
    const { fieldConfig } = await drawPanel({ kind: 'table', levels: LEVELS, direction: 'above' });
    expect(fieldConfig.overrides).toMatchObject([{ matcher: { id: 'byType', options: 'number' } }]);
  });
});

test("an alert list shows the alerts that Prometheus has of this system, by the data source's name", async () => {
  const drawn = await drawPanel({ kind: 'alert-list', queries: [] });
  expect(drawn.type).toBe('alertlist');
  expect(drawn.options).toMatchObject({
    alertInstanceLabelFilter: '{system="shop"}',
    datasource: 'Prometheus',
    viewMode: 'list',
  });
  expect(drawn).not.toHaveProperty('targets');
});

describe('provisioning', () => {
  test('is made for each environment, the first one under the plain name', async () => {
    const artefacts = await emit();
    expect(artefacts.map(({ path, origins }) => `${path} ${origins.get('')?.subject}`)).toEqual([
      'grafana/provisioning/datasources/prometheus.yml environment compose',
      'grafana/provisioning/dashboards/tocsin.yml environment compose',
      'grafana/provisioning.local/datasources/prometheus.yml environment local',
      'grafana/provisioning.local/dashboards/tocsin.yml environment local',
    ]);
  });

  test('reaches Prometheus where the environment has it', async () => {
    const artefacts = await emit();
    expect(valueOf(artefacts[0])).toEqual({
      apiVersion: 1,
      datasources: [
        {
          name: 'Prometheus',
          uid: 'prometheus',
          type: 'prometheus',
          access: 'proxy',
          url: 'http://prometheus:9090',
          isDefault: true,
          editable: false,
          jsonData: { httpMethod: 'POST', timeInterval: '15s', manageAlerts: true },
        },
      ],
    });
    expect(valueOf(artefacts[2])).toMatchObject({
      datasources: [{ url: 'https://prometheus.example.com/metrics-store/' }],
    });
  });

  test('keeps the dashboards as they are in the repository', async () => {
    const artefacts = await emit();
    expect(valueOf(artefacts[1])).toMatchObject({
      providers: [
        {
          folder: 'Tocsin',
          allowUiUpdates: false,
          disableDeletion: true,
          options: { path: '/var/lib/grafana/dashboards' },
        },
      ],
    });
  });
});
