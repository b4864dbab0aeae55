import { expect, it } from 'vitest';
import { print } from '../../generators/promql/print.ts';
import { compileSystems, fullSystem } from '../support/monitor.ts';

it('has one page for all SLOs and one for each', () => {
  const { model } = compileSystems([fullSystem(), fullSystem({ id: 'bank', jobs: { app: { targets: {} } } })]);
  expect(model.dashboards.map(({ uid }) => uid)).toEqual([
    'tocsin-bank',
    'tocsin-shop',
    'tocsin_slo_overview',
    'tocsin-bank_answers',
    'tocsin-shop_answers',
  ]);
  expect(model.dashboards[2]?.rows.map(({ key }) => key)).toEqual(['system/bank', 'system/shop']);
});

it('has none without SLOs', () => {
  const { model } = compileSystems([fullSystem({ slos: {} })]);
  expect(model.dashboards.map(({ uid }) => uid)).toEqual(['tocsin-shop']);
});

it('shows a zero that is known, and nothing where the rules of an SLO are not evaluated', () => {
  const { model } = compileSystems([fullSystem()]);
  const queryOf = (title: string): string | undefined => {
    const panels = model.dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
    const expr = panels.find((panel) => panel.title === title && panel.key !== 'status/alerts')?.queries[0]?.expr;
    return expr && print(expr);
  };
  expect(queryOf('Data')).toBe(
    'slo:period_coverage:ratio{sloth_id="shop-answers"} or on () 0 * max(sloth_slo_info{sloth_id="shop-answers"})',
  );
  expect(queryOf('Alerts firing')).toBe(
    'count by (alertname, burn_tier) (ALERTS{alertstate="firing", sloth_id="shop-answers"}) or on () 0 * max(sloth_slo_info{sloth_id="shop-answers"})',
  );
  expect(queryOf('Alerts')).toBe(
    'count by (sloth_slo, sloth_severity) (ALERTS{alertstate="firing", sloth_service="shop"}) or on (sloth_slo) 0 * max by (sloth_slo) (sloth_slo_info{sloth_service="shop"})',
  );
});

it('gives the burn rates room for a legend with every window', () => {
  const { model } = compileSystems([fullSystem()]);
  const panels = model.dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
  const burn = panels.find(({ title }) => title === 'Burn rates');
  expect(burn).toMatchObject({ height: 10 });
  expect(burn?.queries).toHaveLength(4);
});

it('says what the events are where they have a name of their own', () => {
  const titles = compileSystems([fullSystem()])
    .model.dashboards.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels))
    .map(({ title }) => title);
  expect(titles).toContain('Events');
  expect(titles.filter((title) => title.startsWith('Events:'))).toEqual([]);
});
