import { beforeAll, describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../generators/diagnostics/diagnostic.ts';
import { CODES } from '../../generators/diagnostics/codes.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Artefact, Json } from '../../generators/output/artefact.ts';
import { createArtefactSet } from '../../generators/output/artefact-set.ts';
import { alertmanager } from '../../generators/targets/alertmanager/target.ts';
import { grafana } from '../../generators/targets/grafana/target.ts';
import { kubernetes } from '../../generators/targets/kubernetes/target.ts';
import { prometheus } from '../../generators/targets/prometheus/target.ts';
import { parseArtefact } from '../../generators/validate/parsed.ts';
import { validateSchemas } from '../../generators/validate/schema.ts';
import { sampleModel } from '../support/sample-model.ts';
import { dashboard, model, panel, row } from '../targets/grafana/sample.ts';

const LEVELS = [
  { value: 0.5, severity: 'critical', color: 'red' },
  { value: 0.2, severity: 'warning', color: 'orange' },
];

const DASHBOARD = dashboard([
  row(1, [
    panel({
      id: 11,
      key: 'stat',
      kind: 'stat',
      unit: 'ratio',
      levels: LEVELS,
      direction: 'above',
      width: 6,
      height: 4,
    }),
    panel({ id: 12, key: 'chart', unit: 'seconds', levels: LEVELS, direction: 'above', width: 18, height: 4 }),
    panel({ id: 13, key: 'gauge', kind: 'gauge', unit: 'ratio', max: 1 }),
    panel({ id: 14, key: 'table', kind: 'table', levels: LEVELS, direction: 'above' }),
    panel({ id: 15, key: 'state', kind: 'state-timeline', unit: 'state' }),
    panel({ id: 16, key: 'alerts', kind: 'alert-list', queries: [] }),
  ]),
  row(2, [panel({ id: 21, key: 'hidden' })], { collapsed: true }),
]);

const PATHS = {
  dashboard: 'grafana/dashboards/tocsin-shop.json',
  datasource: 'grafana/provisioning/datasources/prometheus.yml',
  provider: 'grafana/provisioning/dashboards/tocsin.yml',
  rules: 'prometheus/rules/shop.yml',
  prometheus: 'prometheus/prometheus.yml',
  alertmanager: 'alertmanager/alertmanager.yml',
  workload: 'kubernetes/shop.yaml',
};

let artefacts: readonly Artefact[] = [];

beforeAll(async () => {
  const report = createReport();
  const sample = { ...sampleModel, dashboards: [] };
  const emitted = await Promise.all([
    grafana.emit(model(DASHBOARD), report),
    prometheus.emit(sample, report),
    alertmanager.emit(sample, report),
    kubernetes.emit(sample, report),
  ]);
  artefacts = emitted.flat();
});

/** The findings about artefacts, with their message. */
const validate = (list: readonly Artefact[]): readonly { finding: Diagnostic; message: string }[] => {
  const report = createReport();
  const set = createArtefactSet(report);
  list.forEach((artefact) => set.add(artefact));
  const texts = new Map(set.render().map(({ path, text }) => [path, text]));
  const parsed = list.flatMap((artefact) => parseArtefact(artefact, texts.get(artefact.path) ?? '', report) ?? []);
  validateSchemas(parsed, report);
  return report.list().map((finding) => {
    const { message } = CODES[finding.code] as { message: (data: unknown) => string };
    return { finding, message: message(finding.data) };
  });
};

type Editable = { [key: string]: Editable } & Editable[];

/** A copy of the artefact at a path with one change. */
const mutated = (path: string, change: (value: Editable) => void): Artefact => {
  const artefact = artefacts.find((one) => one.path === path);
  if (artefact === undefined || artefact.format === 'markdown' || artefact.format === 'go-template')
    throw new Error(`there is no ${path}`);
  const copy = structuredClone(artefact.format === 'yaml-documents' ? artefact.documents : artefact.value);
  change(copy as unknown as Editable);
  return artefact.format === 'yaml-documents'
    ? { ...artefact, documents: copy as readonly Json[] }
    : { ...artefact, value: copy };
};

const at = (value: Editable, ...path: (string | number)[]): Editable =>
  path.reduce<Editable>((part, key) => part[key as keyof Editable] as Editable, value);

const set = (value: Editable, path: readonly (string | number)[], to: unknown): void => {
  (at(value, ...path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1) ?? ''] = to;
};

const rename = (value: Editable, path: readonly (string | number)[], to: string): void => {
  const parent = at(value, ...path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1) ?? '';
  parent[to] = parent[key];
  delete parent[key];
};

test('what the targets make is in order', () => {
  expect(artefacts.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.values(PATHS)));
  expect(validate(artefacts).map(({ message }) => message)).toEqual([]);
});

interface Mistake {
  readonly name: string;
  readonly path: string;
  readonly change: (value: Editable) => void;
  readonly says: string;
  readonly suggests?: string;
}

const CUSTOM = ['panels', 2, 'fieldConfig', 'defaults', 'custom'];
const CONTAINER = [0, 'spec', 'template', 'spec', 'containers', 0];
const RULE = ['groups', 1, 'rules', 0];

const MISTAKES: readonly Mistake[] = [
  // Dashboards
  {
    name: 'a property of the dashboard',
    path: PATHS.dashboard,
    change: (value) => rename(value, ['refresh'], 'refersh'),
    says: 'at /refersh: there is no property "refersh" here',
    suggests: 'refresh',
  },
  {
    name: 'a number as text',
    path: PATHS.dashboard,
    change: (value) => set(value, ['schemaVersion'], '42'),
    says: 'at /schemaVersion: must be a whole number, not "42"',
  },
  {
    name: 'a panel that is wider than the grid',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 1, 'gridPos', 'w'], 30),
    says: 'at /panels/1/gridPos/w: must be at most 24, not 30',
  },
  {
    name: 'a property of a panel',
    path: PATHS.dashboard,
    change: (value) => rename(value, ['panels', 1, 'fieldConfig'], 'fieldConfg'),
    says: 'at /panels/1/fieldConfg: there is no property "fieldConfg" here',
    suggests: 'fieldConfig',
  },
  {
    name: 'a required property of a panel',
    path: PATHS.dashboard,
    change: (value) => rename(value, ['panels', 1, 'gridPos'], 'gridpos'),
    says: 'at /panels/1/gridpos: there is no property "gridpos" here',
    suggests: 'gridPos',
  },
  {
    name: 'an option of the panel',
    path: PATHS.dashboard,
    change: (value) => rename(value, ['panels', 1, 'options', 'colorMode'], 'colorMod'),
    says: 'at /panels/1/options/colorMod: there is no property "colorMod" here',
    suggests: 'colorMode',
  },
  {
    name: 'the value of an option',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 1, 'options', 'graphMode'], 'banana'),
    says: 'at /panels/1/options/graphMode: must be one of "none", "line", "area", not "banana"',
  },
  {
    name: 'the style of a chart',
    path: PATHS.dashboard,
    change: (value) => set(value, [...CUSTOM, 'drawStyle'], 'scribble'),
    says: 'drawStyle: must be one of "line", "bars", "points", not "scribble"',
  },
  {
    name: 'a field of another panel type',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 1, 'fieldConfig', 'defaults', 'custom'], { drawStyle: 'line' }),
    says: 'at /panels/1/fieldConfig/defaults/custom/drawStyle: there is no property "drawStyle" here',
  },
  {
    name: 'a threshold as text',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 1, 'fieldConfig', 'defaults', 'thresholds', 'steps', 1, 'value'], '0.25'),
    says: 'steps/1/value: must be a number or null, not "0.25"',
  },
  {
    name: 'a property of a query',
    path: PATHS.dashboard,
    change: (value) => rename(value, ['panels', 2, 'targets', 0, 'expr'], 'exprr'),
    says: 'at /panels/2/targets/0/exprr: there is no property "exprr" here',
    suggests: 'expr',
  },
  {
    name: 'a panel type that nobody knows',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 2, 'type'], 'timeserie'),
    says: 'at /panels/2/type: must be one of',
    suggests: 'timeseries',
  },
  {
    name: 'a panel without a type',
    path: PATHS.dashboard,
    change: (value) => delete (at(value, 'panels', 2) as Record<string, unknown>)['type'],
    says: 'at /panels/2: the property "type" is missing',
  },
  {
    name: 'a value mapping of no kind',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 5, 'fieldConfig', 'defaults', 'mappings', 0, 'type'], 'valu'),
    says: 'mappings/0/type: must be one of "value", "range", "regex", "special", not "valu"',
    suggests: 'value',
  },
  {
    name: 'a panel in a collapsed row',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 7, 'panels', 0, 'options', 'tooltip', 'mode'], 'some'),
    says: 'at /panels/7/panels/0/options/tooltip/mode: must be one of',
  },
  {
    name: 'a uid that Grafana cuts',
    path: PATHS.dashboard,
    change: (value) => set(value, ['uid'], 'x'.repeat(41)),
    says: 'at /uid: must be a text that matches',
  },
  {
    name: 'an option of the alert list',
    path: PATHS.dashboard,
    change: (value) => set(value, ['panels', 6, 'options', 'stateFilter', 'firing'], 'yes'),
    says: 'stateFilter/firing: must be a boolean, not "yes"',
  },
  // Provisioning
  {
    name: 'the url of a data source',
    path: PATHS.datasource,
    change: (value) => set(value, ['datasources', 0, 'url'], 'prometheus:9090'),
    says: 'at /datasources/0/url: must be a URL, not "prometheus:9090"',
  },
  {
    name: 'a setting of a data source',
    path: PATHS.datasource,
    change: (value) => set(value, ['datasources', 0, 'jsonData', 'timeInterval'], '1m30s'),
    says: "must be one of Grafana's intervals such as 15s",
  },
  {
    name: 'a secret of a data source',
    path: PATHS.datasource,
    change: (value) => set(value, ['datasources', 0, 'secureJsonData'], { password: 'x' }),
    says: 'at /datasources/0/secureJsonData: must not stand here',
  },
  {
    name: 'a setting of the provider',
    path: PATHS.provider,
    change: (value) => rename(value, ['providers', 0, 'allowUiUpdates'], 'allowUIUpdates'),
    says: 'there is no property "allowUIUpdates" here',
    suggests: 'allowUiUpdates',
  },
  // Prometheus
  {
    name: 'a property of an alert',
    path: PATHS.rules,
    change: (value) => rename(value, [...RULE, 'for'], 'fro'),
    says: 'at /groups/1/rules/0/fro: there is no property "fro" here',
    suggests: 'for',
  },
  {
    name: 'a duration',
    path: PATHS.rules,
    change: (value) => set(value, [...RULE, 'for'], '5 minutes'),
    says: 'at /groups/1/rules/0/for: must be a duration such as 30s or 1h30m, not "5 minutes"',
  },
  {
    name: 'a misspelt expression',
    path: PATHS.rules,
    change: (value) => rename(value, [...RULE, 'expr'], 'exprr'),
    says: 'there is no property "exprr" here',
    suggests: 'expr',
  },
  {
    name: 'an alert without an expression',
    path: PATHS.rules,
    change: (value) => delete (at(value, ...RULE) as Record<string, unknown>)['expr'],
    says: 'at /groups/1/rules/0: the property "expr" is missing',
  },
  {
    name: 'a recording rule with annotations',
    path: PATHS.rules,
    change: (value) => set(value, ['groups', 0, 'rules', 0, 'annotations'], {}),
    says: 'at /groups/0/rules/0/annotations: there is no property "annotations" here',
  },
  {
    name: 'a label name',
    path: PATHS.rules,
    change: (value) => set(value, [...RULE, 'labels', 'the-team'], 'core'),
    says: 'at /groups/1/rules/0/labels/the-team: "the-team" must be a label name',
  },
  {
    name: 'a label that is a number',
    path: PATHS.rules,
    change: (value) => set(value, [...RULE, 'labels', 'severity'], 1),
    says: 'labels/severity: must be a string, not 1',
  },
  {
    name: 'a property of a group',
    path: PATHS.rules,
    change: (value) => set(value, ['groups', 0, 'intreval'], '1m'),
    says: 'at /groups/0/intreval: there is no property "intreval" here',
    suggests: 'interval',
  },
  {
    name: 'a scrape setting',
    path: PATHS.prometheus,
    change: (value) => set(value, ['scrape_configs', 0, 'scrape_intervall'], '5s'),
    says: 'there is no property "scrape_intervall" here',
    suggests: 'scrape_interval',
  },
  {
    name: 'a scheme',
    path: PATHS.prometheus,
    change: (value) => set(value, ['scrape_configs', 0, 'scheme'], 'htpp'),
    says: 'scheme: must be one of "http", "https", not "htpp"',
  },
  // Alertmanager
  {
    name: 'matchers at the root',
    path: PATHS.alertmanager,
    change: (value) => set(value, ['route', 'matchers'], ['team="core"']),
    says: 'at /route/matchers: there is no property "matchers" here',
  },
  {
    name: 'a route deep down',
    path: PATHS.alertmanager,
    change: (value) => set(value, ['route', 'routes', 0, 'routes', 0, 'groupWait'], '1s'),
    says: 'at /route/routes/0/routes/0/groupWait: there is no property "groupWait" here',
    suggests: 'group_wait',
  },
  {
    name: 'a secret',
    path: PATHS.alertmanager,
    change: (value) => set(value, ['receivers', 1, 'slack_configs', 0, 'api_url'], 'https://hooks.example.com/x'),
    says: 'slack_configs/0/api_url: must be the address of an inbox; every other one is a secret and stands in a file',
  },
  {
    name: 'an inhibition that suppresses everything',
    path: PATHS.alertmanager,
    change: (value) => set(value, ['inhibit_rules', 0, 'target_matchers'], []),
    says: 'at /inhibit_rules/0/target_matchers: must not be empty',
  },
  // Kubernetes
  {
    name: 'a probe',
    path: PATHS.workload,
    change: (value) => rename(value, [...CONTAINER, 'livenessProbe'], 'livenesProbe'),
    says: 'at /0/spec/template/spec/containers/0/livenesProbe: there is no property "livenesProbe" here',
    suggests: 'livenessProbe',
  },
  {
    name: 'a handler',
    path: PATHS.workload,
    change: (value) => rename(value, [...CONTAINER, 'livenessProbe', 'httpGet'], 'httpGett'),
    says: 'livenessProbe/httpGett: there is no property "httpGett" here',
    suggests: 'httpGet',
  },
  {
    name: 'replicas as text',
    path: PATHS.workload,
    change: (value) => set(value, [0, 'spec', 'replicas'], '3'),
    says: 'at /0/spec/replicas: must be a whole number, not "3"',
  },
  {
    name: 'half a second',
    path: PATHS.workload,
    change: (value) => set(value, [...CONTAINER, 'readinessProbe', 'periodSeconds'], 2.5),
    says: 'periodSeconds: must be a whole number, not 2.5',
  },
  {
    name: 'a Service',
    path: PATHS.workload,
    change: (value) => rename(value, [1, 'spec', 'ports'], 'port'),
    says: 'at /1/spec/port: there is no property "port" here',
    suggests: 'ports',
  },
  {
    name: 'an object of another kind',
    path: PATHS.workload,
    change: (value) => set(value, [1, 'kind'], 'DaemonSet'),
    says: 'there is no schema for an object of kind "DaemonSet"',
  },
];

/** A path of the same kind: mistakes are made in copies that are checked together, which is much quicker. */
const pathOf = (path: string, copy: number): string =>
  path
    .replace(/^(grafana\/dashboards\/|prometheus\/rules\/|kubernetes\/)[^.]+/, `$1${copy}`)
    .replace(/^(prometheus\/prometheus|alertmanager\/alertmanager|grafana\/provisioning)(?=[./])/, `$1.${copy}`);

describe('one finding for one mistake in', () => {
  let findings: ReturnType<typeof validate> = [];
  beforeAll(() => {
    findings = validate(
      MISTAKES.map(({ path, change }, copy) => ({ ...mutated(path, change), path: pathOf(path, copy) })),
    );
  });

  test.each(MISTAKES.map((mistake, copy) => ({ ...mistake, copy })))('$name', ({ path, copy, says, suggests }) => {
    const mine = findings.filter(
      ({ finding }) => (finding.data as { readonly path: string }).path === pathOf(path, copy),
    );
    expect(mine.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
    const data = mine[0]?.finding.data as { readonly suggestions?: readonly string[] };
    if (suggests !== undefined) expect(data.suggestions?.[0]).toBe(suggests);
  });

  test('and none besides', () => expect(findings).toHaveLength(MISTAKES.length));
});

test('two mistakes are two findings, and other files are still in order', () => {
  const twice = mutated(PATHS.dashboard, (value) => {
    set(value, ['panels', 1, 'gridPos', 'w'], 30);
    set(value, ['panels', 2, 'targets', 0, 'instant'], 'no');
  });
  const others = artefacts.filter(({ path }) => path !== twice.path);
  expect(validate([twice, ...others]).map(({ finding }) => finding.code)).toEqual([
    'validate/schema',
    'validate/schema',
  ]);
});

test('a finding points to the definition of the place and shows the line', () => {
  const [found] = validate([
    mutated(PATHS.dashboard, (value) => set(value, ['panels', 2, 'targets', 0, 'instant'], 'no')),
  ]);
  expect(found?.finding.at).toMatchObject({ subject: 'chart' });
  const fragment = found?.finding.fragments?.[0];
  expect(fragment?.artefact).toMatch(/^grafana\/dashboards\/tocsin-shop\.json:\d+$/);
  expect(fragment?.text.trim()).toBe('"instant": "no",');
  expect(fragment?.text.slice(fragment.from, fragment.to)).toBe('"instant"');
});

test('in a file of several documents, too', () => {
  const [found] = validate([mutated(PATHS.workload, (value) => set(value, [2, 'spec', 'replicas'], '3'))]);
  expect(found?.finding.at).toMatchObject({ path: ['workloads', 'shop-api'] });
  expect(found?.finding.fragments?.[0]?.text).toContain('replicas: "3"');
});

test('YAML is read as its strictest reader does: what is text has to be in quotes', () => {
  const artefact = artefacts.find(({ path }) => path === PATHS.prometheus);
  if (artefact === undefined) throw new Error('there is no prometheus.yml');
  const report = createReport();
  const parsed = parseArtefact(artefact, 'global:\n  external_labels:\n    region: on\n', report);
  validateSchemas(parsed ? [parsed] : [], report);
  expect(report.list().map(({ data }) => data)).toMatchObject([
    { pointer: '/global/external_labels/region', message: 'must be a string, not true' },
  ]);
});

test.each([
  { name: 'YAML', path: PATHS.rules, text: 'groups:\n  - name: a\n - name: b\n' },
  { name: 'JSON', path: PATHS.dashboard, text: '{"uid": }' },
])('$name that cannot be read back is one finding', ({ path, text }) => {
  const artefact = artefacts.find((one) => one.path === path);
  if (artefact === undefined) throw new Error(`there is no ${path}`);
  const report = createReport();
  expect(parseArtefact(artefact, text, report)).toBeUndefined();
  expect(report.list().map(({ code }) => code)).toEqual(['validate/syntax']);
});

test('a file of a kind that nobody checks is a finding', () => {
  const artefact: Artefact = {
    path: 'mimir/rules.yml',
    target: 'mimir',
    format: 'yaml',
    value: {},
    origins: new Map(),
  };
  expect(validate([artefact]).map(({ finding }) => finding.code)).toEqual(['validate/no-schema']);
});

describe('what a schema cannot say of a dashboard', () => {
  test.each([
    {
      name: 'two panels with one id',
      change: (value: Editable) => set(value, ['panels', 7, 'panels', 0, 'id'], 12),
      code: 'validate/panel-id',
    },
    {
      name: 'a panel that reaches out of the grid',
      change: (value: Editable) => set(value, ['panels', 2, 'gridPos'], { x: 20, y: 40, w: 6, h: 4 }),
      code: 'validate/panel-outside',
    },
    {
      name: 'panels over each other',
      change: (value: Editable) => set(value, ['panels', 2, 'gridPos', 'x'], 5),
      code: 'validate/panel-overlap',
      also: 'validate/panel-outside',
    },
    {
      name: 'a data source variable that is not there',
      change: (value: Editable) => set(value, ['panels', 1, 'targets', 0, 'datasource', 'uid'], '${datasorce}'),
      code: 'validate/datasource-variable',
    },
    {
      name: 'a data source variable of an annotation',
      change: (value: Editable) => set(value, ['annotations', 'list', 0, 'datasource', 'uid'], '$prometheus'),
      code: 'validate/datasource-variable',
    },
  ])('$name', ({ change, code }) => {
    const codes = validate([mutated(PATHS.dashboard, change)]).map(({ finding }) => finding.code);
    expect(codes).toContain(code);
    expect(new Set(codes).size).toBeLessThanOrEqual(2);
  });
});

describe('what a schema cannot say of probes', () => {
  test.each([
    {
      name: 'two handlers',
      change: (value: Editable) => set(value, [...CONTAINER, 'livenessProbe', 'tcpSocket'], { port: 'http' }),
      says: 'livenessProbe has more than one handler: "httpGet", "tcpSocket"',
    },
    {
      name: 'no handler',
      change: (value: Editable) =>
        delete (at(value, ...CONTAINER, 'readinessProbe') as Record<string, unknown>)['httpGet'],
      says: 'readinessProbe asks nothing',
    },
    {
      name: 'a port by a name that is not there',
      change: (value: Editable) => set(value, [...CONTAINER, 'startupProbe', 'httpGet', 'port'], 'htpp'),
      says: 'startupProbe asks port "htpp", which the container does not open',
    },
    {
      name: 'a port by a number that is not there',
      change: (value: Editable) => set(value, [...CONTAINER, 'startupProbe', 'httpGet', 'port'], 8081),
      says: 'startupProbe asks port 8081, which the container does not open',
    },
    {
      name: 'a time-out as long as the period',
      change: (value: Editable) => set(value, [...CONTAINER, 'readinessProbe', 'timeoutSeconds'], 5),
      says: 'readinessProbe waits 5 s for an answer and asks every 5 s',
    },
    {
      name: 'liveness and readiness that ask the same, the port once by name and once by number',
      change: (value: Editable) =>
        set(value, [...CONTAINER, 'livenessProbe', 'httpGet'], { path: '/ready', port: 4000 }),
      says: 'liveness and readiness of "shop-api" both ask /ready on port 4000',
    },
  ])('$name', ({ change, says }) =>
    expect(validate([mutated(PATHS.workload, change)]).map(({ message }) => message)).toEqual([
      expect.stringContaining(says),
    ]),
  );
});
