import { expect, it } from 'vitest';
import type { MonitorInstance } from '../../generators/index.ts';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  monitors,
  ms,
  percent,
  query,
  ratio,
  select,
  threshold,
} from '../../generators/index.ts';
import { compileSystems, fullSystem, plain, systemInput } from '../support/monitor.ts';

const recordsOf = (...systems: Parameters<typeof compileSystems>[0]): readonly string[] =>
  compileSystems(systems).model.ruleGroups.flatMap(({ rules }) =>
    rules.flatMap((rule) => (rule.kind === 'recording' ? [rule.record] : [])),
  );

it('records what does more than read one series, under level:metric:operations', () => {
  const { model, findings } = compileSystems([fullSystem({ slos: {} })]);
  expect(findings).toEqual([]);
  expect(model.systems[0]?.thresholds.map(({ id, recorded }) => [id, recorded])).toEqual([
    ['api-error-ratio', 'shop:api_error_ratio:ratio_rate5m'],
    ['api-latency-p95', 'shop:api_latency_p95:p95_rate5m'],
    ['queue-depth', undefined],
  ]);
});

it('gives every threshold a name of its own, in all systems', () => {
  const m = defineMetrics('app', {
    requests_total: counter({ unit: 'count', help: 'Requests.' }),
    request_seconds: plain.time,
    depth: plain.number,
  });
  const api = (): MonitorInstance =>
    monitors.httpService({
      metrics: { requests: m.requests_total, failures: select(m.requests_total, {}), duration: m.request_seconds },
      levels: {
        latencyP95: { warning: { level: ms(300), alert: `Slow${(number += 1)}` } },
        errorRatio: { warning: { level: percent(1), alert: `Bad${number}` } },
      },
    });
  let number = 0;
  const depth = (alert: string) =>
    threshold({ alert, title: alert, query: query.sum(m.depth), direction: 'above', warning: count(1) });
  const systems = ['a', 'a-b'].map((id) =>
    systemInput({
      id,
      jobs: { app: { targets: {} } },
      components: { 'b-c': api(), b: api(), c: api() },
      thresholds: { depth: depth('One'), 'c-depth': depth('Two'), 'b-c-depth': depth('Three') },
    }),
  );
  const records = recordsOf(...systems);
  expect(records).toHaveLength(18);
  expect(new Set(records).size).toBe(18);
});

it('keeps out of the names of SLOs in a system that is named slo', () => {
  const m = defineMetrics('app', { load_ratio: gauge({ unit: 'ratio', help: 'Load.', range: { min: 0 } }) });
  const { model, findings } = compileSystems([
    fullSystem({
      id: 'slo',
      thresholds: {
        objective: threshold({
          alert: 'Loaded',
          title: 'Load',
          query: query.maximum(m.load_ratio),
          direction: 'above',
          warning: ratio(2),
        }),
      },
    }),
  ]);
  expect(findings).toEqual([]);
  const found = model.systems[0]?.thresholds.find(({ id }) => id === 'objective');
  expect(found?.recorded).toBe('slo_:objective:ratio');
  expect(
    model.ruleGroups
      .flatMap(({ rules }) => rules)
      .filter((rule) => rule.kind === 'recording' && rule.record === 'slo:objective:ratio'),
  ).toHaveLength(1);
});
