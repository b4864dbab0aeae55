import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile, compileModel } from '../../../generators/compile.ts';
import { createReport } from '../../../generators/diagnostics/report.ts';
import { drillSpec } from '../../../scripts/commands/index.ts';
import { alertsIn, loadDefinitions } from '../local-project.ts';
import { PLANS } from './campaigns/index.ts';
import { FACTORS, SHORTEST_INTERVAL } from './drill.ts';
import { keyOf, STAGES } from './plan.ts';
import { setStage } from './stage.ts';
import { partOf } from './watcher.ts';

const APP = fileURLToPath(new URL('../app', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../docs/drill.md', import.meta.url));
const report = createReport();
const definitions = await loadDefinitions(report);
const model = compileModel(definitions, report);
if (!model || report.hasErrors) throw new Error('the definitions do not compile');
const rules = alertsIn(model).filter((rule) => partOf(rule) !== undefined);

describe('the plans of the drill', () => {
  it('are there for every system', () => {
    expect(PLANS.map(({ system }) => system).toSorted()).toEqual(model.systems.map(({ id }) => id).toSorted());
  });

  it.each(PLANS)('$system: every alert is drilled once, or stands on the list of those that cannot be', (plan) => {
    const planned = [...plan.campaigns.flatMap(({ alerts }) => alerts), ...Object.keys(plan.impossible)];
    const defined = rules.filter(({ system }) => system === plan.system).map(keyOf);
    expect(new Set(defined).size).toBe(defined.length);
    expect(planned.toSorted()).toEqual(defined.toSorted());
  });

  it.each(PLANS.flatMap(({ system }) => STAGES.map((stage) => ({ system, stage }))))(
    '$system: the stage of $stage compiles at its scale',
    async ({ system, stage }) => {
      const found = createReport();
      const places = {
        prometheus: '127.0.0.1:9090',
        alertmanager: '127.0.0.1:9093',
        inbox: { url: 'http://127.0.0.1:8025', smtp: '127.0.0.1:8026' },
        target: () => '127.0.0.1:8080',
      };
      const options = { timeScale: FACTORS[stage], shortestInterval: SHORTEST_INTERVAL };
      await compile(setStage(definitions, system, places, stage), found, options);
      expect(found.list().filter(({ severity }) => severity === 'error')).toEqual([]);
    },
  );

  it('leave out at most one alert in ten, each with a reason', () => {
    const reasons = PLANS.flatMap(({ impossible }) => Object.values(impossible));
    expect(reasons.length).toBeLessThanOrEqual(rules.length / 10);
    expect(reasons.filter((reason) => reason.length < 40)).toEqual([]);
  });

  it('drill the escalation of at least one critical alert of each team', () => {
    const teams = new Set(
      PLANS.flatMap((plan) =>
        plan.campaigns
          .filter(({ escalation }) => escalation)
          .flatMap(({ alerts }) => rules.filter((rule) => rule.system === plan.system && alerts.includes(keyOf(rule))))
          .filter(({ severity }) => severity === 'critical')
          .map(({ team }) => team),
      ),
    );
    expect([...teams].toSorted()).toEqual([...new Set(model.systems.map(({ team }) => team))].toSorted());
  });

  it('have a dozen alerts or more in the short drill, as many as help and docs say', () => {
    const short = PLANS.flatMap(({ campaigns }) =>
      campaigns.filter((one) => one.short).flatMap(({ alerts }) => alerts),
    );
    expect(short.length).toBeGreaterThanOrEqual(12);
    const said = `${short.length} alerts of two systems`;
    expect(drillSpec.options.find(({ name }) => name === 'short')?.summary).toContain(said);
    expect(readFileSync(DOCS, 'utf8')).toContain(said);
  });

  // Which of them a system has is asked of the running app by the drill itself.
  it('name only faults that the app has', () => {
    const sources = readdirSync(APP, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const known = sources.flatMap((path) =>
      [...readFileSync(join(APP, path), 'utf8').matchAll(/defineFault\(\{\s+id: '([a-z-]+)'/g)].map(([, id]) => id),
    );
    const named = PLANS.flatMap(({ campaigns }) => campaigns.flatMap(({ faults }) => faults.map(({ fault }) => fault)));
    expect(known.length).toBeGreaterThan(20);
    expect([...new Set(named)].filter((fault) => !known.includes(fault))).toEqual([]);
  });
});
