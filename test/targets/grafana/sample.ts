import type { Dashboard, DashboardRow, Model, Panel, System } from '../../../generators/model/model.ts';
import { aggregate, call, matcher, range, selector } from '../../../generators/promql/build.ts';
import type { Origin } from '../../../generators/diagnostics/diagnostic.ts';
import type { Expr } from '../../../generators/promql/ast.ts';
import { sampleModel } from '../../support/sample-model.ts';

/** An origin that says whose it is. */
export const originOf = (subject: string): Origin => ({ file: 'definitions/systems/shop.ts', path: [], subject });

/** `sum(rate(http_requests_total{job="shop"}[5m]))`. */
export const requests: Expr = aggregate(
  'sum',
  call('rate', range(selector('http_requests_total', [matcher('job', '=', 'shop')]), 300_000)),
);

let lastId = 100;

/** A chart of requests, changed as the test wants. */
export const panel = (changes: Partial<Panel> = {}): Panel => {
  lastId += 1;
  const key = changes.key ?? `panel-${lastId}`;
  return {
    id: lastId,
    key,
    title: 'Requests',
    description: 'How many requests the shop answers.',
    kind: 'timeseries',
    unit: 'per_second',
    queries: [{ expr: requests, legend: '' }],
    levels: [],
    direction: undefined,
    min: 0,
    max: undefined,
    width: 8,
    height: 8,
    origin: originOf(key),
    ...changes,
  };
};

/** A row of a dashboard. */
export const row = (id: number, panels: readonly Panel[], changes: Partial<DashboardRow> = {}): DashboardRow => ({
  id,
  key: `row-${id}`,
  title: `Row ${id}`,
  collapsed: false,
  panels,
  ...changes,
});

/** The shop's overview. */
export const dashboard = (rows: readonly DashboardRow[], changes: Partial<Dashboard> = {}): Dashboard => ({
  uid: 'tocsin-shop',
  system: 'shop',
  title: 'Shop',
  description: 'Everything the shop has to say.',
  tags: ['shop', 'team-shop'],
  rows,
  origin: originOf('dashboard'),
  ...changes,
});

const SHOP: System = {
  id: 'shop',
  title: 'The Shop',
  description: 'Sells things.',
  team: 'core',
  jobs: [
    {
      id: 'shop',
      scheme: 'http',
      path: '/metrics',
      interval: 30_000,
      timeout: 10_000,
      targets: { compose: ['shop:4000'], local: ['127.0.0.1:4000'] },
      origin: originOf('job'),
    },
  ],
  slos: [],
  metrics: [
    {
      name: 'process_start_time_seconds',
      kind: 'gauge',
      unit: 'unix_seconds',
      labels: {},
      help: 'When the process started.',
      job: 'shop',
      origin: originOf('start'),
    },
    {
      name: 'http_request_duration_seconds',
      kind: 'histogram',
      unit: 'seconds',
      labels: {},
      help: 'How long requests take.',
      job: 'shop',
      origin: originOf('duration'),
    },
  ],
  components: [],
  thresholds: [],
  workloads: [],
  dashboards: [],
  origin: originOf('system'),
};

/** A project with one system and the dashboards of the test. */
export const model = (...dashboards: readonly Dashboard[]): Model => ({ ...sampleModel, systems: [SHOP], dashboards });
