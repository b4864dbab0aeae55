import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { CompileOptions } from '../../generators/compile.ts';
import { compile, compileModel } from '../../generators/compile.ts';
import { InvariantError } from '../../generators/diagnostics/errors.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import * as tocsin from '../../generators/index.ts';
import { load } from '../../generators/load/load.ts';
import type { AlertingRule, Model, RouteNode } from '../../generators/model/model.ts';
import { scaleExpr } from '../../generators/model/scale-time.ts';
import * as promql from '../../generators/promql/index.ts';
import { print } from '../../generators/promql/print.ts';
import { checkWithTools } from '../../generators/validate/external.ts';
import { requireTool } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const parsed = (text: string): promql.Expr => {
  const { expr } = promql.parse(text);
  if (expr === undefined) throw new Error(`${text} does not parse`);
  return expr;
};

describe('an expression in a world where an hour takes a minute', () => {
  test.each([
    ['a range', 'rate(x_total[5m])', 'rate(x_total[5s])'],
    ['a range of less than a second', 'rate(x_total[15s])', 'rate(x_total[250ms])'],
    ['an offset', 'x offset 24h', 'x offset 24m'],
    ['an offset into the future', 'x offset -1h', 'x offset -1m'],
    ['an offset of nothing', 'x offset 0s', 'x offset 0s'],
    ['a range with an offset', 'rate(x_total[1h] offset 1d)', 'rate(x_total[1m] offset 24m)'],
    ['a subquery with its step', 'sum_over_time(x[1d:1m])', 'sum_over_time(x[24m:1s])'],
    ['a subquery without one', 'max_over_time(x[1h:])', 'max_over_time(x[1m:])'],
    ['a subquery with an offset', 'max_over_time(x[1h:1m] offset 1h)', 'max_over_time(x[1m:1s] offset 1m)'],
    ['never to nothing', 'last_over_time(x[10ms])', 'last_over_time(x[1ms])'],
    // An hour's growth has to happen in the minute that stands for the hour.
    ['a trend', 'deriv(x[1h]) > 10', 'deriv(x[1m]) / 60 > 10'],
    ['a prediction', 'predict_linear(x[6h], 14400) < 0', 'predict_linear(x[6m], 240) < 0'],
    ['a prediction by a duration', 'predict_linear(x[6h], 4h) < 0', 'predict_linear(x[6m], 240) < 0'],
    ['a computed prediction', 'predict_linear(x[6h], scalar(y))', 'predict_linear(x[6m], scalar(y) / 60)'],
    // What the service says by its own clock.
    ['a latency', 'x > 0.1', 'x > 0.1'],
    ['an age', 'time() - x > 90000', 'time() - x > 90000'],
    ['an age written as a duration', 'time() - x > 25h', 'time() - x > 25h'],
    ['a moment', 'x @ 1603774568', 'x @ 1603774568'],
    ['an hour of the day', 'hour() > 8', 'hour() > 8'],
    ['a count in a window', 'increase(x_total[1h]) > 5', 'increase(x_total[1m]) > 5'],
  ])('%s: %s', (_, text, expected) => {
    expect(print(scaleExpr(parsed(text), 60))).toBe(print(parsed(expected)));
  });

  test('leaves a variable of Grafana alone', () => {
    const range = { kind: 'duration', ms: 60_000, variable: '__rate_interval', span: { from: -1, to: -1 } } as const;
    const text = parsed('rate(x_total[1m])');
    if (text.kind !== 'call' || text.args[0]?.kind !== 'matrix') throw new Error('no rate');
    const expr = { ...text, args: [{ ...text.args[0], range }] };
    expect(print(scaleExpr(expr, 60))).toBe('rate(x_total[$__rate_interval])');
  });
});

const compileScenario = async (name: string, options: CompileOptions) => {
  const report = createReport();
  const { definitions } = await load(
    {
      root: join(ROOT, 'test/scenarios', name),
      definitions: 'definitions',
      modules: { tocsin, 'tocsin/promql': promql },
    },
    report,
  );
  return { compilation: await compile(definitions, report, options), report, definitions };
};

const alertsOf = ({ ruleGroups }: Model): readonly AlertingRule[] =>
  ruleGroups.flatMap(({ rules }) => rules).filter((rule) => rule.kind === 'alerting');

const routesOf = (node: RouteNode): readonly RouteNode[] => [node, ...node.routes.flatMap(routesOf)];

describe.each(['request-path', 'several-teams', 'plain-thresholds'])('the scenario %s', (name) => {
  it('is the same at a scale of 1', async () => {
    const [plain, same] = [await compileScenario(name, {}), await compileScenario(name, { timeScale: 1 })];
    expect(same.compilation.files).toEqual(plain.compilation.files);
  });

  it('has every time shortened at a scale of 60, and everything else as it was', async () => {
    const [{ model }, scaled] = [
      (await compileScenario(name, {})).compilation,
      await compileScenario(name, { timeScale: 60 }),
    ];
    const after = scaled.compilation.model;
    if (!model || !after) throw new Error('no model');
    expect(scaled.report.list().filter(({ severity }) => severity === 'error')).toEqual([]);
    const times = ({ for: wait, keepFiringFor }: AlertingRule) => ({ wait, keepFiringFor });
    expect(alertsOf(after).map(times)).toEqual(
      alertsOf(model).map((rule) => ({ wait: rule.for / 60, keepFiringFor: rule.keepFiringFor / 60 })),
    );
    const waits = ({ groupWait, groupInterval, repeatInterval }: RouteNode) => [
      groupWait,
      groupInterval,
      repeatInterval,
    ];
    expect(routesOf(after.routing.root).map(waits)).toEqual(
      routesOf(model.routing.root).map((node) => waits(node).map((ms) => Math.max(1, Math.round(ms / 60)))),
    );
    const jobs = after.systems.flatMap((system) => system.jobs);
    expect(jobs.every(({ interval, timeout }) => interval >= 250 && timeout <= interval)).toBe(true);
    const names = ({ ruleGroups }: Model) =>
      ruleGroups.flatMap(({ rules }) => rules.map((rule) => (rule.kind === 'alerting' ? rule.alert : rule.record)));
    expect(names(after)).toEqual(names(model));
    expect(alertsOf(after).map(({ annotations, labels }) => ({ annotations, labels }))).toEqual(
      alertsOf(model).map(({ annotations, labels }) => ({ annotations, labels })),
    );
    expect(after.project.timeIntervals).toEqual(model.project.timeIntervals);
    expect(after.project.severities).toEqual(model.project.severities);
  });

  it('gives files that promtool and amtool accept', async () => {
    const tools = { promtool: requireTool('promtool'), amtool: requireTool('amtool') };
    const { compilation, report } = await compileScenario(name, { timeScale: 60 });
    const { files = [], artefacts } = compilation;
    expect(report.hasErrors).toBe(false);
    expect(artefacts).toBeDefined();
    expect(files.some(({ path }) => path.startsWith('tests/'))).toBe(false);
    if (artefacts) await checkWithTools(artefacts, tools, report);
    expect(report.list().filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

test('a window that holds too few samples is an error that says how far one can go', async () => {
  const { report } = await compileScenario('request-path', { timeScale: 1000 });
  const found = report.list().find(({ code }) => code === 'time-scale/window');
  expect(found).toMatchObject({
    severity: 'error',
    data: { factor: 1000, window: 300_000, scaled: 300, largest: 300 },
  });
});

test.each([0, 0.5, -1, NaN, Infinity])('a scale of %s is a mistake of the caller', async (timeScale) => {
  const { definitions } = await compileScenario('plain-thresholds', {});
  expect(() => compileModel(definitions, createReport(), { timeScale })).toThrow(InvariantError);
});
