import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { matches, select } from '../../../generators/model/query.ts';
import { hours, minutes, percent, seconds } from '../../../generators/model/quantities.ts';
import { sli, slo } from '../../../generators/model/slo.ts';
import { prometheus } from '../../../generators/targets/prometheus/target.ts';
import { ruleTests } from '../../../generators/targets/rule-tests/target.ts';
import { m, modelOf } from '../../slo/project.ts';
import { emitWith, writeTexts } from '../../support/artefacts.ts';
import { runProcess } from '../../support/project.ts';
import { requireTool } from '../../support/tools.ts';

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
  fresh: slo({
    title: 'Fresh',
    objective: percent(99),
    indicator: sli.freshness({ lastSuccess: m.last_success_seconds, within: hours(1) }),
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
    expect(states('answers')).toEqual([
      'nothing fails',
      'no traffic is no failure, and not missing',
      'everything fails',
      'burns as fast as page-fast needs',
      'burns as fast as page-slow needs',
      'burns as fast as ticket-fast needs',
      'burns as fast as ticket-slow needs',
      'the series are gone',
      'no target answers',
    ]);
  });

  it.each(IDS.filter((id) => id !== 'silent'))('are passed by the rules of %s', async (id) => {
    const { texts } = await emitted(id);
    const folder = writeTexts(texts);
    try {
      const path = join(folder.root, 'tests/lab-slos.yml');
      const { code, stdout, stderr } = await runProcess(requireTool('promtool'), ['test', 'rules', path], {
        cwd: folder.root,
      });
      expect(`${stdout}${stderr}`).toContain('SUCCESS');
      expect(code).toBe(0);
    } finally {
      folder.remove();
    }
  });

  it('fail when a rule is wrong', async () => {
    const { texts } = await emitted('answers');
    const path = 'prometheus/rules/lab.yml';
    const folder = writeTexts(texts);
    try {
      folder.write(path, readFileSync(join(folder.root, path), 'utf8').replaceAll('14.4', '144'));
      const test = join(folder.root, 'tests/lab-slos.yml');
      const { code } = await runProcess(requireTool('promtool'), ['test', 'rules', test], { cwd: folder.root });
      expect(code).not.toBe(0);
    } finally {
      folder.remove();
    }
  });
});
