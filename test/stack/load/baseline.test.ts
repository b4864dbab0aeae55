/** The performance checks of the seeds: each is a threshold with an alert, can be told from a run, and has recorded runs. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileModel } from '../../../generators/compile.ts';
import { createReport } from '../../../generators/diagnostics/report.ts';
import type { Baseline } from '../../../generators/exposition/regress.ts';
import { KEPT_RUNS, checkRun } from '../../../generators/exposition/regress.ts';
import type { Model } from '../../../generators/model/model.ts';
import { loadDefinitions } from '../local-project.ts';

const baseline = JSON.parse(readFileSync(new URL('baseline.json', import.meta.url), 'utf8')) as Baseline;

let model: Model;
beforeAll(async () => {
  const report = createReport();
  const compiled = compileModel(await loadDefinitions(report), report);
  if (!compiled) throw new Error('the definitions give no model');
  model = compiled;
});

describe('the baseline', () => {
  // In base units: seconds, and per second.
  test.each([
    ['migrated-components/cache-latency-p95', 'CacheOperationSlow', 0.01],
    ['migrated-components/validation-latency-p95', 'ValidationSlow', 0.005],
    ['migrated-components/search-latency-p95', 'SearchResponseTimeHigh', 0.2],
    ['migrated-components/database-latency-p95', 'DatabaseQueryTimeHigh', 0.1],
    ['migrated-components/api-latency-p95', 'PerformanceDegradation', 2],
    ['priority-event-buckets/server-classification-p95', 'EventClassificationSlow', 0.001],
    ['priority-event-buckets/client-switch-p95', 'ClientSwitchSlow', 0.01],
    ['priority-event-buckets/database-latency-p95', 'DatabaseQueryTooSlow', 0.1],
    ['priority-event-buckets/database-insert-rate', 'EventStoreInsertsLow', 1000],
    ['priority-event-buckets/websocket-broadcast-p95', 'WebSocketBroadcastSlow', 0.01],
    ['priority-event-buckets/server-end-to-end-p95', 'EventDeliverySlow', 0.1],
    ['bizra-node0/api-latency-p95', 'NodeLatencyHigh', 1],
    ['contentmax/api-latency-p95', 'SlowResponseTime', 0.5],
    ['networx/api-latency-p95', 'HighApiLatency', 30],
  ])('%s: %s at %d', (id, alert, limit) => {
    const systems = new Set(model.systems.map((system) => system.id));
    const nothing = { run: { seconds: 1, targets: [] } };
    const checks = checkRun(model, systems, [nothing], baseline, createReport(), { update: false });
    const check = checks.find((one) => one.id === id);
    expect(check).toMatchObject({ alert, limit: { value: limit } });
    expect(check?.runs).toBeGreaterThanOrEqual(3);
    expect(check?.runs).toBeLessThanOrEqual(KEPT_RUNS);
    // What is normal is nowhere near the alert.
    const median = check?.median ?? NaN;
    expect(check?.direction === 'below' ? median > limit : median < limit).toBe(true);
    const rules = model.ruleGroups.flatMap((group) => group.rules);
    expect(rules.some((rule) => rule.kind === 'alerting' && rule.alert === alert)).toBe(true);
  });

  test('has no runs of what is no threshold', () => {
    const ids = model.systems.flatMap((system) => system.thresholds.map((threshold) => `${system.id}/${threshold.id}`));
    expect(Object.keys(baseline.checks).filter((id) => !ids.includes(id))).toEqual([]);
  });
});
