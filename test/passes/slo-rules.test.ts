import { expect, it } from 'vitest';
import { selectors } from '../../generators/promql/walk.ts';
import { compileSystems, fullSystem } from '../support/monitor.ts';

it('records each series once, before the rules that read it', () => {
  const { model } = compileSystems([fullSystem()]);
  const group = model.ruleGroups.find(({ name }) => name === 'shop/slo/answers');
  const order = group?.rules.flatMap((rule) => (rule.kind === 'recording' ? [rule.record] : [])) ?? [];
  expect(new Set(order).size).toBe(order.length);
  expect(order).toEqual(
    expect.arrayContaining(['slo:objective:ratio', 'slo:period_error_budget_remaining:ratio', 'sloth_slo_info']),
  );
  group?.rules.forEach((rule, index) => {
    for (const { selector } of selectors(rule.expr)) {
      const at = order.indexOf(selector.name ?? '');
      if (selector.name?.startsWith('slo:')) expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThan(index);
    }
  });
});

it('tells the SLOs of two systems apart by their labels', () => {
  const { model } = compileSystems([fullSystem(), fullSystem({ id: 'bank', jobs: { app: { targets: {} } } })]);
  const seen = model.ruleGroups.flatMap(({ rules }) =>
    rules.flatMap((rule) => (rule.kind === 'recording' ? [JSON.stringify([rule.record, rule.labels])] : [])),
  );
  expect(new Set(seen).size).toBe(seen.length);
  expect(model.ruleGroups.map(({ name }) => name)).toEqual([
    'bank/api',
    'bank',
    'shop/api',
    'shop',
    'bank/slo/answers',
    'shop/slo/answers',
    'shop/monitoring/targets',
    'project/monitoring',
  ]);
});
