import { expect, it } from 'vitest';
import { count, defineMetrics, query, threshold } from '../../generators/index.ts';
import { compileSystems, fullSystem, plain, rulesOf, systemInput } from '../support/monitor.ts';

const m = defineMetrics('app', { depth: plain.number });

it.each([
  ['above', 10, 20, '>'],
  ['below', 20, 10, '<'],
  ['atLeast', 10, 20, '>='],
  ['atMost', 20, 10, '<='],
] as const)('compares a value that is bad %s its level', (direction, warning, critical, operator) => {
  const { model, findings } = compileSystems([
    systemInput({
      thresholds: {
        depth: threshold({
          alert: 'Deep',
          title: 'Depth',
          query: m.depth,
          direction,
          warning: count(warning),
          critical: count(critical),
        }),
      },
    }),
  ]);
  expect(findings).toEqual([]);
  expect(rulesOf(model, 'shop')).toEqual([
    `Deep: depth{job="app"} ${operator} ${critical}`,
    `Deep: depth{job="app"} ${operator} ${warning}`,
  ]);
});

it('puts alerts after what they read, and groups in the order of components', () => {
  const { model } = compileSystems([fullSystem({ slos: {} })]);
  expect(model.ruleGroups.map(({ name }) => name)).toEqual([
    'shop/api',
    'shop',
    'shop/monitoring/targets',
    'project/monitoring',
  ]);
  expect(rulesOf(model, 'shop/api').map((rule) => rule.split(' = ')[0])).toEqual([
    'shop:api_error_ratio:ratio_rate5m',
    'shop:api_latency_p95:p95_rate5m',
    'HighErrorRate: shop:api_error_ratio:ratio_rate5m > 0.05',
    'HighErrorRate: shop:api_error_ratio:ratio_rate5m > 0.01',
    'HighLatency: shop:api_latency_p95:p95_rate5m > 0.3',
  ]);
});

it('labels an alert with whom it belongs to', () => {
  const { model } = compileSystems([fullSystem({ slos: {} })]);
  const alerts = model.ruleGroups.flatMap(({ rules }) => rules).filter((rule) => rule.kind === 'alerting');
  expect(alerts.map(({ alert, labels }) => [alert, labels])).toContainEqual([
    'HighErrorRate',
    { component: 'api', severity: 'critical', system: 'shop', team: 'checkout' },
  ]);
  expect(alerts.map(({ alert, labels }) => [alert, labels])).toContainEqual([
    'QueueFull',
    { severity: 'critical', system: 'shop', team: 'checkout' },
  ]);
});

it.each([
  ['two thresholds of one alert', 'QueueDeep', '{value}', ['alert/duplicate']],
  ['a placeholder that does not exist', 'Other', '{valeu}', ['text/placeholder']],
  ['a label that the query drops', 'Other', '{labels.queue}', ['text/label']],
])('reports %s', (_, alert, summary, codes) => {
  const other = threshold({
    alert,
    title: 'Other',
    query: query.sum(m.depth),
    direction: 'above',
    warning: count(1),
    summary,
  });
  const { findings } = compileSystems([fullSystem({ thresholds: { ...fullSystem().thresholds, other } })]);
  expect(findings.map((finding) => finding.split(':')[0])).toEqual(codes);
});
