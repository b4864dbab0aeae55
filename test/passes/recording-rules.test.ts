import { describe, expect, it } from 'vitest';
import type { MonitorInstance } from '../../generators/index.ts';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  hours,
  minutes,
  monitors,
  ms,
  percent,
  perSecond,
  query,
  ratio,
  score,
  select,
  threshold,
} from '../../generators/index.ts';
import { print } from '../../generators/promql/print.ts';
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

it('names a share by its scale', () => {
  const m = defineMetrics('app', {
    load_percent: gauge({ unit: 'percent', help: 'Load.', range: { min: 0, max: 100 } }),
  });
  const system = systemInput({
    thresholds: {
      load: threshold({
        alert: 'Loaded',
        title: 'Load',
        query: query.maximum(m.load_percent),
        direction: 'above',
        warning: percent(80),
      }),
    },
  });
  expect(recordsOf(system)).toEqual(['shop:load:percent']);
});

describe('a query that looks back at every step of hours', () => {
  const m = defineMetrics('app', { requests_total: plain.events, failures_total: plain.events });
  const requests = query.sum(query.rate(m.requests_total, minutes(5)));
  const ratioOf = query.divide(query.sum(query.rate(m.failures_total, minutes(5))), requests);
  const history = { over: hours(3), every: minutes(1) };
  const of = (title: string, edit: object) =>
    threshold({ alert: title, title, direction: 'above', warning: score(3), ...edit } as never);
  const exprsOf = (thresholds: Record<string, ReturnType<typeof of>>): readonly string[] =>
    compileSystems([systemInput({ thresholds })]).model.ruleGroups.flatMap(({ rules }) =>
      rules.flatMap((rule) => (rule.kind === 'recording' ? [`${rule.record} = ${print(rule.expr)}`] : [])),
    );

  it('reads what an earlier rule records, the largest part of it', () => {
    const [, , deviation] = exprsOf({
      requests: of('Requests', { query: requests, warning: perSecond(1) }),
      ratio: of('Ratio', { query: ratioOf, warning: percent(1) }),
      odd: of('Odd', { query: query.deviations(ratioOf, { ...history, floor: percent(1) }) }),
    });
    expect(deviation).toBe(
      'shop:odd:abs_rate5m = abs(shop:ratio:ratio_rate5m - avg_over_time((shop:ratio:ratio_rate5m > -Inf)[3h:1m])) / clamp_min(stddev_over_time((shop:ratio:ratio_rate5m > -Inf)[3h:1m]), 0.01)',
    );
  });

  it('does not read what is recorded after it', () => {
    const exprs = exprsOf({
      odd: of('Odd', { query: query.deviations(requests, { ...history, floor: perSecond(1) }) }),
      requests: of('Requests', { query: requests, warning: perSecond(1) }),
    });
    expect(exprs.join('\n')).not.toContain('shop:requests:sum_rate5m -');
  });

  it('leaves a query without a subquery as it is', () => {
    const exprs = exprsOf({
      requests: of('Requests', { query: requests, warning: perSecond(1) }),
      ratio: of('Ratio', { query: ratioOf, warning: percent(1) }),
    });
    expect(exprs[1]).toBe(
      'shop:ratio:ratio_rate5m = sum(rate(failures_total{job="app"}[5m])) / sum(rate(requests_total{job="app"}[5m]))',
    );
  });
});
