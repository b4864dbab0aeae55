import { expect, it } from 'vitest';
import type { Dashboard } from '../../generators/model/model.ts';
import { count, defineMetrics, query, threshold } from '../../generators/index.ts';
import { compileSystems, fullSystem, plain } from '../support/monitor.ts';

const m = defineMetrics('app', { depth: plain.number });
const dashboard = {
  title: 'More',
  description: 'More.',
  rows: [{ title: 'Row', panels: { depth: { title: 'Depth', description: 'Depth.', queries: { depth: m.depth } } } }],
};
const idsOf = ({ rows }: Dashboard): readonly number[] =>
  rows.flatMap(({ id, panels }) => [id, ...panels.map((panel) => panel.id)]);
const idsByKey = (dashboards: readonly Dashboard[]): ReadonlyMap<string, number> =>
  new Map(
    dashboards.flatMap(({ uid, rows }) =>
      rows.flatMap(({ panels }) => panels.map(({ key, id }) => [`${uid} ${key}`, id] as const)),
    ),
  );

it('has a row for each component, with lines at the levels', () => {
  const { model } = compileSystems([fullSystem({ slos: {} })]);
  const [overview] = model.dashboards;
  expect(overview?.rows.map(({ key }) => key)).toEqual(['status', 'component/api', 'system']);
  expect(overview?.rows[1]?.panels[0]).toMatchObject({
    key: 'threshold/api-error-ratio',
    direction: 'above',
    levels: [
      { value: 0.05, severity: 'critical', color: 'red' },
      { value: 0.01, severity: 'warning', color: 'orange' },
    ],
  });
});

it.each([
  { lines: 1, height: 8 },
  { lines: 2, height: 8 },
  { lines: 3, height: 9 },
  { lines: 4, height: 10 },
  { lines: 5, height: 10 },
])('gives a panel with $lines lines in its legend a height of $height', ({ lines, height }) => {
  const queries = Object.fromEntries(Array.from({ length: lines }, (_, index) => [`line ${index}`, m.depth]));
  const rows = [{ title: 'Row', panels: { depth: { title: 'Depth', description: 'Depth.', queries } } }];
  const { model } = compileSystems([fullSystem({ slos: {}, dashboards: { more: { ...dashboard, rows } } })]);
  expect(model.dashboards[1]?.rows[0]?.panels.map((panel) => panel.height)).toEqual([height]);
});

it('has uids and ids that are unique', () => {
  const { model } = compileSystems([
    fullSystem({ dashboards: { more: dashboard } }),
    fullSystem({ id: 'bank', jobs: { app: { targets: {} } }, dashboards: { more: dashboard } }),
  ]);
  const uids = model.dashboards.map(({ uid }) => uid);
  expect(new Set(uids).size).toBe(7);
  expect(uids).toHaveLength(7);
  for (const one of model.dashboards) expect(new Set(idsOf(one)).size).toBe(idsOf(one).length);
});

it('keeps the ids of panels when one is inserted before them', () => {
  const before = idsByKey(compileSystems([fullSystem()]).model.dashboards);
  const inserted = threshold({
    alert: 'Added',
    title: 'Added',
    component: 'api',
    query: query.sum(m.depth),
    direction: 'above',
    warning: count(1),
  });
  const after = idsByKey(
    compileSystems([fullSystem({ thresholds: { added: inserted, ...fullSystem().thresholds } })]).model.dashboards,
  );
  expect(after.size).toBe(before.size + 1);
  for (const [key, id] of before) expect(after.get(key)).toBe(id);
});

it('points every alert at a panel that is there', () => {
  const { dashboards, ruleGroups } = compileSystems([fullSystem()]).model;
  const alerts = ruleGroups
    .flatMap(({ rules }) => rules)
    .filter((rule) => rule.kind === 'alerting')
    .filter(({ source }) => source.kind !== 'monitoring');
  expect(alerts.length).toBeGreaterThan(5);
  for (const { annotations } of alerts) {
    const [, uid, panel] = /\/d\/([^?]+)\?viewPanel=(\d+)$/.exec(annotations['dashboard_url'] ?? '') ?? [];
    const target = dashboards.find((one) => one.uid === uid);
    expect(target && idsOf(target)).toContain(Number(panel));
  }
});
