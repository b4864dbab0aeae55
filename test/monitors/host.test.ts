import { expect, it } from 'vitest';
import { counter, defineMetrics, hours, monitors, ms, percent, select } from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  cpu_seconds_total: counter({ unit: 'seconds', help: 'Time.', labels: { mode: ['user', 'idle'] } }),
  available_bytes: plain.memory,
  total_bytes: plain.memory,
});
const cpu = { cpuTime: m.cpu_seconds_total, cpuIdle: select(m.cpu_seconds_total, { mode: 'idle' }) };
const memory = { memoryAvailable: m.available_bytes, memoryTotal: m.total_bytes };

it('shows what it is given', () => {
  expect(watch(monitors.host({ metrics: cpu }))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/cpu-usage": [
          "(sum by (instance, job) (rate(cpu_seconds_total{job="app"}[5m])) - sum by (instance, job) (rate(cpu_seconds_total{job="app", mode="idle"}[5m]))) / sum by (instance, job) (rate(cpu_seconds_total{job="app"}[5m]))",
        ],
      },
      "signals": {},
    }
  `);
  expect(Object.keys(watch(monitors.host({ metrics: memory })).panels)).toEqual(['panel/part/memory-usage']);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.host({
      rise: { by: percent(10), within: hours(2) },
      metrics: { ...cpu, ...memory },
      levels: {
        cpuUsage: { warning: percent(70), critical: percent(90) },
        memoryUsage: { warning: percent(80), critical: percent(95) },
        memoryRising: { warning: percent(80) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-cpu-usage": [
        "CpuUsageHigh",
        "above",
        "5 minutes",
        "(sum by (instance, job) (rate(cpu_seconds_total{job="app"}[5m])) - sum by (instance, job) (rate(cpu_seconds_total{job="app", mode="idle"}[5m]))) / sum by (instance, job) (rate(cpu_seconds_total{job="app"}[5m]))",
      ],
      "part-memory-rising": [
        "HostMemoryRising",
        "above",
        "5 minutes",
        "(((sum by (instance, job) (total_bytes{job="app"}) > 0) - sum by (instance, job) (available_bytes{job="app"})) / (sum by (instance, job) (total_bytes{job="app"}) > 0)) * ((sum by (instance, job) (deriv(available_bytes{job="app"}[30m])) * -7200) / (sum by (instance, job) (total_bytes{job="app"}) > 0) > bool 0.1)",
      ],
      "part-memory-usage": [
        "HostMemoryHigh",
        "above",
        "5 minutes",
        "((sum by (instance, job) (total_bytes{job="app"}) > 0) - sum by (instance, job) (available_bytes{job="app"})) / (sum by (instance, job) (total_bytes{job="app"}) > 0)",
      ],
    }
  `);
});

it.each([
  [
    'time that is not in seconds',
    { metrics: { ...cpu, cpuIdle: m.available_bytes } },
    ['definition/shape: metrics.cpuIdle: expected a counter of time'],
  ],
  [
    'a level of another dimension',
    { metrics: cpu, levels: { cpuUsage: { warning: ms(1) } } },
    ['definition/shape: levels.cpuUsage.warning: expected a quantity of ratio, not of time'],
  ],
  [
    'a level of what it is not given',
    { metrics: cpu, levels: { memoryUsage: { warning: percent(80) } } },
    [
      'definition/shape: levels.memoryUsage: nothing measures it; give the monitor the metrics or the job that it is about',
    ],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.host(input as never))).toEqual(findings);
});
