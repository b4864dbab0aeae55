import { describe, expect, it } from 'vitest';
import { explainSlo } from '../../generators/explain/explain-slo.ts';
import type { AlertingRule, Rule } from '../../generators/model/model.ts';
import { matches, select } from '../../generators/model/query.ts';
import { minutes, percent, perSecond } from '../../generators/model/quantities.ts';
import { canInhibit, labelsOf } from '../../generators/model/routing.ts';
import { sli, slo } from '../../generators/model/slo.ts';
import { print } from '../../generators/promql/print.ts';
import { selectors } from '../../generators/promql/walk.ts';
import { m, modelOf } from './project.ts';

const availability = sli.availability({
  bad: select(m.requests_total, { code: matches('5..') }),
  total: m.requests_total,
});

const { model, findings } = modelOf({
  answers: slo({ title: 'Answers', objective: percent(99.9), indicator: availability, traffic: perSecond(10) }),
  clusters: slo({
    title: 'Answers by cluster',
    objective: percent(99),
    indicator: availability,
    by: ['cluster'],
    calendarMonth: true,
    timeslices: { length: minutes(5), objective: percent(90) },
  }),
});
const groups = (model?.ruleGroups ?? []).filter(({ name }) => name.includes('/slo/'));
const isAlert = (rule: Rule): rule is AlertingRule => rule.kind === 'alerting';
const alerts = groups.flatMap(({ rules }) => rules.filter(isAlert));
const burning = (slo: string, part: string): AlertingRule => {
  const found = alerts.find(({ source }) => source.kind === 'slo' && source.id === slo && source.part === part);
  if (!found) throw new Error(`${slo} has no ${part}`);
  return found;
};

describe('the rules of an SLO', () => {
  it('stand after what they read, in one group', () => {
    expect(findings).toEqual([]);
    expect(groups).toHaveLength(2);
    for (const { rules } of groups) {
      const seen = new Set<string>();
      for (const rule of rules) {
        const read = selectors(rule.expr).flatMap(({ selector: { name } }) => (name?.includes(':') ? name : []));
        expect(read.filter((name) => !seen.has(name))).toEqual([]);
        if (rule.kind === 'recording') seen.add(rule.record);
      }
    }
  });

  it('are alike only in name: no two record the same series', () => {
    const keys = groups.flatMap(({ rules }) =>
      rules.flatMap((rule) => (rule.kind === 'recording' ? JSON.stringify([rule.record, rule.labels]) : [])),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the alerts of an SLO', () => {
  it.each([
    ['page-fast', 'critical', 'page'],
    ['page-slow', 'critical', 'page'],
    ['ticket-fast', 'warning', 'ticket'],
    ['ticket-slow', 'warning', 'ticket'],
  ])('say their tier: %s', (tier, severity, kind) => {
    expect(burning('answers', tier).labels).toEqual({
      burn_tier: tier,
      severity,
      sloth_id: 'lab-answers',
      sloth_service: 'lab',
      sloth_severity: kind,
      sloth_slo: 'answers',
      system: 'lab',
      team: 'lab',
    });
  });

  it('keep the slower tiers of the same SLO quiet, and no others', () => {
    const quiet = (source: AlertingRule, target: AlertingRule): boolean =>
      (model?.routing.inhibitions ?? []).some((one) => canInhibit(one, labelsOf(source), labelsOf(target)));
    const tiers = ['page-fast', 'page-slow', 'ticket-fast', 'ticket-slow'];
    for (const [first, source] of tiers.entries()) {
      for (const [second, target] of tiers.entries()) {
        expect(quiet(burning('answers', source), burning('answers', target))).toBe(first < second);
        expect(quiet(burning('clusters', source), burning('clusters', target))).toBe(first < second);
        expect(quiet(burning('answers', source), burning('clusters', target))).toBe(false);
      }
      expect(quiet(burning('answers', source), burning('answers', 'missing'))).toBe(false);
    }
    expect(model?.routing.inhibitions.every(({ equal }) => equal.includes('cluster'))).toBe(true);
  });
});

describe('the dashboards of SLOs', () => {
  it('are one for all, and one each; what is unknown is not made up', () => {
    const dashboards = model?.dashboards.filter(({ tags }) => tags.includes('slo')) ?? [];
    expect(dashboards.map(({ title }) => title)).toEqual([
      'Service level objectives',
      'SLO: Answers',
      'SLO: Answers by cluster',
    ]);
    const queries = dashboards.flatMap(({ rows }) =>
      rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(({ expr }) => print(expr)))),
    );
    expect(queries.length).toBeGreaterThan(20);
    expect(queries.filter((query) => query.includes('vector('))).toEqual([]);
  });

  it('draw a line for each tier', () => {
    const page = model?.dashboards.find(({ title }) => title === 'SLO: Answers');
    const burn = page?.rows.flatMap(({ panels }) => panels).find(({ key }) => key === 'slo/burn');
    expect(burn?.levels.map(({ value }) => value)).toEqual([14.4, 6, 3, 1]);
  });
});

describe('explain', () => {
  it('shows the mathematics', () => {
    const [explained, ...others] = model ? explainSlo(model, 'answers', () => undefined) : [];
    expect(others).toEqual([]);
    const text = explained?.text ?? '';
    expect(text).toContain('Error budget: 0.1 % of events, as much as 43 minutes 12 seconds of total outage.');
    expect(text).toContain('At 10 per second: 25,920 of 25,920,000 events may be bad.');
    expect(text).toMatch(/page-fast +critical +1 hour and 5 minutes +over 14.4 +over 1.44 % +2 % +2 days 2 hours +519/);
    expect(text).toMatch(/100 % +1,000 +page-fast +52 seconds +4 minutes 56 seconds/);
    expect(text).toContain('Alerts     AnswersBudgetBurn, AnswersBudgetExhausted, AnswersSliMissing');
  });
});
