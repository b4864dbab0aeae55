import { expect, it } from 'vitest';
import { days, hours, percent, slo } from '../../generators/index.ts';
import { compileSystems, fullSystem } from '../support/monitor.ts';

const answers = fullSystem().slos?.['answers'];
const edited = (edit: Partial<Parameters<typeof slo>[0]>) =>
  slo({ ...answers?.input, ...edit } as Parameters<typeof slo>[0]);

it('gives an SLO its tiers, with the severities that the team is told of', () => {
  const { model, findings } = compileSystems([fullSystem()]);
  expect(findings).toEqual([]);
  expect(model.systems[0]?.slos[0]?.tiers.map(({ id, kind, severity }) => [id, kind, severity])).toEqual([
    ['page-fast', 'page', 'critical'],
    ['page-slow', 'page', 'critical'],
    ['ticket-fast', 'ticket', 'warning'],
    ['ticket-slow', 'ticket', 'warning'],
  ]);
});

it.each([
  ['a period of half a day', { period: hours(12) }, 'slo/period'],
  ['a period that Prometheus does not keep', { period: days(90) }, 'slo/retention'],
  [
    'windows that do not fit',
    { alerting: { tiers: { 'page-fast': { budget: percent(2), short: hours(2), long: hours(1) } } } },
    'slo/window',
  ],
])('reports %s', (_, edit, code) => {
  const { findings } = compileSystems([fullSystem({ slos: { answers: edited(edit) } })]);
  expect(findings.map((finding) => finding.split(':')[0])).toContain(code);
});

it('reports two SLOs of one id in two systems', () => {
  const { findings } = compileSystems([
    fullSystem({ id: 'a', slos: { 'b-c': edited({}) } }),
    fullSystem({ id: 'a-b', jobs: { app: { targets: {} } }, slos: { c: edited({}) } }),
  ]);
  expect(findings.filter((finding) => finding.startsWith('slo/'))).toHaveLength(1);
  expect(findings.find((finding) => finding.startsWith('slo/'))).toContain('a-b-c');
});
