import { expect, it } from 'vitest';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  histogram,
  minutes,
  monitors,
  ms,
  not,
  percent,
  seconds,
  select,
  state,
} from '../../generators/index.ts';
import { complaints, watch } from '../support/monitor.ts';

const SERVICE = { service: ['payment', 'identity'] } as const;
const m = defineMetrics('app', {
  circuit_state: gauge({
    unit: 'state',
    help: 'State.',
    labels: { ...SERVICE, state: ['closed', 'open', 'half-open'] },
    range: { min: 0, max: 1 },
  }),
  circuit_opened_timestamp_seconds: gauge({ unit: 'unix_seconds', help: 'When.', labels: SERVICE }),
  circuit_changes_total: counter({ unit: 'count', help: 'Changes.', labels: SERVICE }),
  circuit_calls_total: counter({
    unit: 'count',
    help: 'Calls.',
    labels: { ...SERVICE, outcome: ['success', 'failure', 'timeout', 'rejected'] },
  }),
  circuit_failures_in_row: gauge({ unit: 'count', help: 'Failures.', labels: SERVICE, range: { min: 0 } }),
  circuit_seconds: histogram({ unit: 'seconds', help: 'Time.', labels: SERVICE, buckets: [ms(100), seconds(1)] }),
});
const metrics = { open: select(m.circuit_state, { state: 'open' }) };
const all = {
  ...metrics,
  halfOpen: select(m.circuit_state, { state: 'half-open' }),
  opened: m.circuit_opened_timestamp_seconds,
  changes: m.circuit_changes_total,
  calls: select(m.circuit_calls_total, { outcome: not('rejected') }),
  failures: select(m.circuit_calls_total, { outcome: ['failure', 'timeout'] }),
  rejected: select(m.circuit_calls_total, { outcome: 'rejected' }),
  consecutiveFailures: m.circuit_failures_in_row,
  duration: m.circuit_seconds,
};

it('shows whether a circuit is open when that is all there is', () => {
  expect(watch(monitors.circuitBreaker({ metrics }))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/open": [
          "max(max_over_time(circuit_state{job="app", state="open"}[2m]))",
        ],
      },
      "signals": {},
    }
  `);
});

it('shows what it can without levels', () => {
  const { panels, findings } = watch(monitors.circuitBreaker({ by: ['service'], metrics: all }));
  expect(findings).toEqual([]);
  expect(panels).toMatchInlineSnapshot(`
    {
      "panel/part/calls": [
        "sum by (service) (rate(circuit_calls_total{job="app", outcome!="rejected"}[$__rate_interval]))",
        "sum by (service) (rate(circuit_calls_total{job="app", outcome=~"failure|timeout"}[$__rate_interval]))",
        "sum by (service) (rate(circuit_calls_total{job="app", outcome="rejected"}[$__rate_interval]))",
      ],
      "panel/part/changes": [
        "sum by (service) (increase(circuit_changes_total{job="app"}[1h]))",
      ],
      "panel/part/consecutive-failures": [
        "max by (service) (circuit_failures_in_row{job="app"})",
      ],
      "panel/part/failure-ratio": [
        "(sum by (service) (rate(circuit_calls_total{job="app", outcome=~"failure|timeout"}[5m])) or sum by (service) (rate(circuit_calls_total{job="app", outcome!="rejected"}[5m])) * 0) / (sum by (service) (rate(circuit_calls_total{job="app", outcome!="rejected"}[5m])) > 0)",
      ],
      "panel/part/half-open": [
        "max by (service) (circuit_state{job="app", state="half-open"})",
      ],
      "panel/part/latency-p95": [
        "histogram_quantile(0.95, sum by (le, service) (rate(circuit_seconds_bucket{job="app"}[5m])))",
      ],
      "panel/part/open": [
        "max by (service) (max_over_time(circuit_state{job="app", state="open"}[2m]))",
      ],
      "panel/part/open-for": [
        "max by (service) (time() - (circuit_opened_timestamp_seconds{job="app"} > 0) or (time() - circuit_opened_timestamp_seconds{job="app"}) * 0)",
      ],
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.circuitBreaker({
      by: ['service'],
      metrics: all,
      levels: {
        open: { critical: state(true) },
        openFor: { critical: minutes(10) },
        failureRatio: { warning: percent(50) },
        consecutiveFailures: { warning: count(5) },
        latencyP95: { warning: ms(500), alert: 'PaymentSlow' },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-consecutive-failures": [
        "CircuitBreakerFailuresInRow",
        "atLeast",
        "1 minute",
        "max by (service) (circuit_failures_in_row{job="app"})",
      ],
      "part-failure-ratio": [
        "CircuitBreakerFailureRateHigh",
        "above",
        "2 minutes",
        "(sum by (service) (rate(circuit_calls_total{job="app", outcome=~"failure|timeout"}[5m])) or sum by (service) (rate(circuit_calls_total{job="app", outcome!="rejected"}[5m])) * 0) / (sum by (service) (rate(circuit_calls_total{job="app", outcome!="rejected"}[5m])) > 0)",
      ],
      "part-latency-p95": [
        "PaymentSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le, service) (rate(circuit_seconds_bucket{job="app"}[5m])))",
      ],
      "part-open": [
        "CircuitBreakerOpen",
        "atLeast",
        "1 minute",
        "max by (service) (max_over_time(circuit_state{job="app", state="open"}[2m]))",
      ],
      "part-open-for": [
        "CircuitBreakerStaysOpen",
        "above",
        "1 minute",
        "max by (service) (time() - (circuit_opened_timestamp_seconds{job="app"} > 0) or (time() - circuit_opened_timestamp_seconds{job="app"}) * 0)",
      ],
    }
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    breaker_is_open: gauge({ unit: 'state', help: 'Open.', labels: { circuit: 'any' } }),
    breaker_ok: counter({ unit: 'count', help: 'Calls.', labels: { circuit: 'any' } }),
    breaker_ko: counter({ unit: 'count', help: 'Failures.', labels: { circuit: 'any' } }),
  });
  const watched = watch(
    monitors.circuitBreaker({
      by: ['circuit'],
      metrics: { open: other.breaker_is_open, calls: other.breaker_ok, failures: other.breaker_ko },
      levels: { open: { warning: state(true) }, failureRatio: { critical: percent(80) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-failure-ratio": [
        "CircuitBreakerFailureRateHigh",
        "above",
        "2 minutes",
        "(sum by (circuit) (rate(breaker_ko{job="legacy"}[5m])) or sum by (circuit) (rate(breaker_ok{job="legacy"}[5m])) * 0) / (sum by (circuit) (rate(breaker_ok{job="legacy"}[5m])) > 0)",
      ],
      "part-open": [
        "CircuitBreakerOpen",
        "atLeast",
        "1 minute",
        "max by (circuit) (max_over_time(breaker_is_open{job="legacy"}[2m]))",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: {} },
    ['definition/shape: metrics.open: is missing; expected a gauge of state'],
  ],
  [
    'a metric of another dimension',
    { metrics: { open: m.circuit_failures_in_row } },
    ['definition/shape: metrics.open: expected a gauge of state'],
  ],
  [
    'a level that nothing measures',
    { metrics, levels: { openFor: { critical: minutes(1) } } },
    ['definition/shape: levels.openFor: nothing measures it; give the monitor the metrics or the job that it is about'],
  ],
  [
    'a level of another dimension',
    { metrics: all, levels: { failureRatio: { warning: count(1) } } },
    ['definition/shape: levels.failureRatio.warning: expected a quantity of ratio, not of count'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { opened: { warning: state(true) } } },
    ['definition/unknown-property: levels.opened: there is no such property'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.circuitBreaker(input as never))).toEqual(findings);
});
