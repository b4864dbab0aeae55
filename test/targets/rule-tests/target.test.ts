import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { matches, promql, rate, select, sum } from '../../../generators/model/query.ts';
import { hours, minutes, percent, seconds } from '../../../generators/model/quantities.ts';
import { once, sli, slo, weekly } from '../../../generators/model/slo.ts';
import { prometheus } from '../../../generators/targets/prometheus/target.ts';
import { ruleTests } from '../../../generators/targets/rule-tests/target.ts';
import { m, modelOf } from '../../slo/project.ts';
import { emitWith, writeTexts } from '../../support/artefacts.ts';
import { runProcess } from '../../support/project.ts';
import { patientPromtool, requireTool } from '../../support/tools.ts';

const availability = sli.availability({
  bad: select(m.requests_total, { code: matches('5..') }),
  total: m.requests_total,
});

const slos = {
  answers: slo({ title: 'Requests are answered', objective: percent(99.9), indicator: availability }),
  'by-cluster': slo({
    title: 'Requests of each cluster are answered',
    objective: percent(99.5),
    by: ['cluster'],
    indicator: availability,
    alerting: { for: minutes(3), minimumFailures: 50 },
  }),
  good: slo({
    title: 'Most is good',
    objective: percent(95),
    indicator: sli.availability({ good: m.good_total, total: m.requests_total }),
  }),
  fast: slo({
    title: 'Fast enough',
    objective: percent(99),
    indicator: sli.latency({ histogram: m.duration_seconds, below: seconds(1) }),
    timeslices: { length: minutes(5), objective: percent(90) },
  }),
  up: slo({ title: 'Up', objective: percent(99), indicator: sli.upness({ job: 'lab' }) }),
  link: slo({ title: 'Linked', objective: percent(99), indicator: sli.upness({ gauge: m.link_up }), by: ['link'] }),
  ratio: slo({
    title: 'A free error ratio',
    objective: percent(99),
    indicator: sli.ratio({
      errorRatio: promql(
        'ratio',
      )`sum(rate(${select(m.requests_total, { code: matches('5..') })}[${sli.window}])) / sum(rate(${m.requests_total}[${sli.window}]))`,
    }),
  }),
  fresh: slo({
    title: 'Fresh',
    objective: percent(99),
    indicator: sli.freshness({ lastSuccess: m.last_success_seconds, within: hours(1) }),
  }),
  free: slo({
    title: 'Free queries',
    objective: percent(99),
    indicator: sli.ratio({
      bad: sum(rate(select(m.requests_total, { code: matches('5..') }), sli.window)),
      total: sum(rate(m.requests_total, sli.window)),
    }),
  }),
  native: slo({
    title: 'Fast by a native histogram',
    objective: percent(99),
    indicator: sli.nativeLatency({ histogram: m.duration_seconds, below: seconds(1) }),
  }),
  office: slo({
    title: 'Office hours',
    objective: percent(99),
    indicator: availability,
    only: [
      weekly({
        days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
        from: '09:00',
        to: '17:00',
        timeZone: 'Europe/Berlin',
      }),
    ],
  }),
  maintained: slo({
    title: 'Not during the maintenance',
    objective: percent(99),
    indicator: availability,
    except: [once({ from: '2026-03-01T02:00:00Z', to: '2026-03-01T04:00:00Z' })],
  }),
  silent: slo({ title: 'Reported only', objective: percent(99), indicator: availability, alerting: false }),
};

const IDS = Object.keys(slos) as (keyof typeof slos)[];

const emitted = async (...ids: readonly (keyof typeof slos)[]) => {
  const { model, findings } = modelOf(Object.fromEntries(ids.map((id) => [id, slos[id]])));
  expect(findings).toEqual([]);
  if (!model) throw new Error('no model');
  return emitWith([prometheus, ruleTests], model);
};

describe('the tests of rules', () => {
  it('cover every SLO that tells somebody', async () => {
    const { texts } = await emitted(...IDS);
    const names = [...(texts.get('tests/lab-slos.yml') ?? '').matchAll(/- name: "?([\w-]+): ([^"\n]+)/g)];
    const states = (id: string): readonly (string | undefined)[] =>
      names.filter(([, name]) => name === id).map(([, , state]) => state);
    expect(new Set(names.map(([, id]) => id))).toEqual(new Set(IDS.filter((id) => id !== 'silent')));
    const burning = ['page-fast', 'page-slow', 'ticket-fast', 'ticket-slow'];
    expect(states('answers')).toEqual([
      'nothing fails',
      'no traffic is no failure, and not missing',
      'everything fails',
      ...burning.map((tier) => `burns as fast as ${tier} needs`),
      'the series are gone',
      'no target answers',
      ...burning.flatMap((tier) => [
        `both windows of ${tier} are beyond it`,
        `${tier} is over when its short window is`,
        `too few failures for ${tier}`,
      ]),
      'the budget is spent',
      'a new SLO has not spent its whole budget',
    ]);
    for (const id of ['free', 'fresh', 'up', 'maintained'] as const) expect(states(id)).toContain('everything fails');
    expect(states('office').slice(0, 3)).toEqual([
      'what fails while nothing counts tells nobody',
      'everything fails',
      'the series are gone',
    ]);
    expect(states('by-cluster')).toContain('one group fails, another does not');
    expect(states('up')).toContain('nobody scrapes the job');
    expect(states('link')).toEqual(
      expect.arrayContaining(['everything fails', 'the series are gone', 'no target answers']),
    );
    // Series of native histograms are beyond promtool 2.42: its states start from what is recorded.
    expect(states('native')).toContain('both windows of page-fast are beyond it');
  });

  it.each(IDS.filter((id) => id !== 'silent'))('are passed by the rules of %s', async (id) => {
    const { texts } = await emitted(id);
    const folder = writeTexts(texts);
    try {
      const path = join(folder.root, 'tests/lab-slos.yml');
      const { code, stdout, stderr } = await runProcess(requireTool('promtool'), ['test', 'rules', path], {
        cwd: folder.root,
        env: patientPromtool(),
      });
      expect(`${stdout}${stderr}`).toContain('SUCCESS');
      expect(code).toBe(0);
    } finally {
      folder.remove();
    }
  });

  it.each<readonly [keyof typeof slos, string, string, string]>([
    ['answers', 'another burn rate', '14.4', '144'],
    ['answers', 'another minimum of failures', '>= 5', '>= 4'],
    ['answers', 'a label that nothing has', 'code=~"5.."', 'code=~"6.."'],
    ['answers', 'a missing indicator that is always missing', 'absent(', 'abs('],
    ['answers', 'a budget that is spent at the half', '>= 1\n', '>= 0.5\n'],
    ['by-cluster', 'groups that are added up', 'sum by (cluster)', 'sum'],
    ['by-cluster', 'an alert that does not wait', 'for: 3m', 'for: 30m'],
    ['good', 'good events of another name', 'good_total', 'bad_total'],
    ['fast', 'a bucket that is not there', 'le=~"1|1', 'le=~"2|3'],
    ['fast', 'a slice that is good', '> bool 0.1', '> bool 1.1'],
    ['up', 'another job', 'up{job="lab"', 'up{job="lib"'],
    ['link', 'what is up taken for down', 'count_over_time(link_up', 'sum_over_time(link_up'],
    ['fresh', 'another limit', '> bool 3600', '> bool 3600000000000'],
    ['free', 'another counter', 'requests_total', 'answers_total'],
    ['native', 'another burn rate', '14.4', '144'],
    ['ratio', 'another burn rate', '14.4', '144'],
    ['office', 'other hours', '>= 540', '>= 900'],
    ['office', 'another zone', 'vector(time() + 3600)', 'vector(time() + 36000)'],
    ['maintained', 'time that never counts', '== 1', '== 2'],
  ])('of %s fail because of %s', async (id, _, right, wrong) => {
    const { texts } = await emitted(id);
    const path = 'prometheus/rules/lab.yml';
    const folder = writeTexts(texts);
    try {
      const rules = readFileSync(join(folder.root, path), 'utf8');
      expect(rules).toContain(right);
      folder.write(path, rules.replaceAll(right, wrong));
      const test = join(folder.root, 'tests/lab-slos.yml');
      const { code, stdout, stderr } = await runProcess(requireTool('promtool'), ['test', 'rules', test], {
        cwd: folder.root,
        env: patientPromtool(),
      });
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain('got:');
    } finally {
      folder.remove();
    }
  });
});
