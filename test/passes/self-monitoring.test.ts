import { describe, expect, it } from 'vitest';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { AlertingRule, Model } from '../../generators/model/model.ts';
import { selfMonitoring } from '../../generators/passes/self-monitoring.ts';
import { print } from '../../generators/promql/print.ts';
import { sampleModel } from '../support/sample-model.ts';

const run = (model: Model): Model => selfMonitoring.run(model, createReport());

const alertsOf = (model: Model): readonly AlertingRule[] =>
  run(model)
    .ruleGroups.slice(model.ruleGroups.length)
    .flatMap(({ rules }) => rules.filter((rule): rule is AlertingRule => rule.kind === 'alerting'));

const [first] = sampleModel.systems;
if (!first) throw new Error('the sample has no system');
const [environment] = sampleModel.project.environments;
if (!environment) throw new Error('the sample has no environment');

/** The first system alone, in two environments, with jobs that are in both, in one and in none. */
const inTwo: Model = {
  ...sampleModel,
  project: {
    ...sampleModel.project,
    environments: [
      { ...environment, id: 'one' },
      { ...environment, id: 'two' },
    ],
  },
  systems: [
    {
      ...first,
      jobs: [
        ['both', { one: ['a:1'], two: ['b:1'] }],
        ['more', { one: ['a:2'], two: ['b:2'] }],
        ['half', { one: ['a:3'], two: [] }],
        ['none', {}],
      ].map(([id, targets]) => ({ ...first.jobs[0], id, targets }) as (typeof first.jobs)[number]),
    },
  ],
};

describe('self-monitoring', () => {
  it('gives the project alerts about what carries all others, for the most urgent severity and no team', () => {
    const alerts = alertsOf(sampleModel).filter(({ system }) => system === 'project');
    expect(alerts.map(({ alert }) => alert)).toEqual([
      'MonitoringBlind',
      'NotificationsFail',
      'AlertsDropped',
      'RulesFail',
    ]);
    const [severity] = sampleModel.project.severities;
    for (const alert of alerts) {
      expect(alert).toMatchObject({ severity: severity?.id, team: '', labels: { severity: severity?.id } });
      expect(Object.keys(alert.annotations)).toEqual(['summary', 'description']);
    }
  });

  it('tells the team of a system about jobs without a target, where every environment should have one', () => {
    const missing = alertsOf(inTwo).filter(({ alert }) => alert === 'TargetMissing');
    expect(missing.map(({ expr, system, team }) => [print(expr), system, team])).toEqual([
      ['absent_over_time(up{job="both"}[5m]) or absent_over_time(up{job="more"}[5m])', first.id, first.team],
    ]);
    expect(missing[0]?.labels).toMatchObject({ system: first.id, team: first.team });
  });

  it('is not there without alerts, or without a severity to give it', () => {
    const silent = { ...sampleModel, ruleGroups: [] };
    expect(run(silent)).toBe(silent);
    const without = { ...sampleModel, project: { ...sampleModel.project, severities: [] } };
    expect(run(without)).toBe(without);
  });
});
