import { expect, it } from 'vitest';
import { count, promql, threshold } from '../../generators/index.ts';
import { compileSystems, fullSystem } from '../support/monitor.ts';

it('alerts for each tier, a spent budget and a missing indicator, after the recording rules', () => {
  const { model } = compileSystems([fullSystem()]);
  const rules = model.ruleGroups.find(({ name }) => name === 'shop/slo/answers')?.rules ?? [];
  const first = rules.findIndex(({ kind }) => kind === 'alerting');
  expect(rules.slice(first).every(({ kind }) => kind === 'alerting')).toBe(true);
  expect(
    rules.flatMap((rule) =>
      rule.kind === 'alerting' ? [[rule.alert, rule.source.kind === 'slo' && rule.source.part, rule.severity]] : [],
    ),
  ).toEqual([
    ['AnswersBudgetBurn', 'page-fast', 'critical'],
    ['AnswersBudgetBurn', 'page-slow', 'critical'],
    ['AnswersBudgetBurn', 'ticket-fast', 'warning'],
    ['AnswersBudgetBurn', 'ticket-slow', 'warning'],
    ['AnswersBudgetExhausted', 'exhausted', 'warning'],
    ['AnswersSliMissing', 'missing', 'warning'],
    ['AnswersSliMissing', 'missing', 'warning'],
  ]);
});

it('says the value and what it is held against, as the alerts of thresholds do', () => {
  const { model } = compileSystems([fullSystem()]);
  const rules = model.ruleGroups.find(({ name }) => name === 'shop/slo/answers')?.rules ?? [];
  const levels = rules.flatMap((rule) =>
    rule.kind === 'alerting' ? [[rule.annotations['value'], rule.annotations['threshold']]] : [],
  );
  const value = '{{ $value | humanizePercentage }}';
  expect(levels).toEqual([
    [value, expect.stringMatching(/^above [\d.]+ %$/)],
    [value, expect.stringMatching(/^above [\d.]+ %$/)],
    [value, expect.stringMatching(/^above [\d.]+ %$/)],
    [value, expect.stringMatching(/^above [\d.]+ %$/)],
    [value, 'at least 100 %'],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

it('says how long a full budget lasts, which is true of whatever is left of it', () => {
  const { model } = compileSystems([fullSystem()]);
  const rules = model.ruleGroups.find(({ name }) => name === 'shop/slo/answers')?.rules ?? [];
  const sentences = rules.flatMap((rule) =>
    rule.kind === 'alerting' && rule.alert === 'AnswersBudgetBurn'
      ? [/ (A full budget .*)$/.exec(rule.annotations['description'] ?? '')?.[1]]
      : [],
  );
  expect(sentences).toEqual(
    ['12 hours 30 minutes', '2 days', '5 days', '7 days 4 hours'].map(
      (time) =>
        `A full budget of 14 days (3 hours 21 minutes 36 seconds of total outage) lasts less than ${time} at that rate and with even traffic.`,
    ),
  );
});

it('reports a threshold of the same name', () => {
  const twin = threshold({
    alert: 'AnswersBudgetBurn',
    title: 'Twin',
    query: promql('count')`sum(queue_depth)`,
    direction: 'above',
    warning: count(1),
  });
  const { findings } = compileSystems([fullSystem({ thresholds: { ...fullSystem().thresholds, twin } })]);
  expect(new Set(findings.map((finding) => finding.split(':')[0]))).toEqual(new Set(['alert/duplicate']));
});
