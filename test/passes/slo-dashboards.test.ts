import { expect, it } from 'vitest';
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
