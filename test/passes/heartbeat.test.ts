import { describe, expect, it } from 'vitest';
import { createReport } from '../../generators/diagnostics/report.ts';
import { heartbeat } from '../../generators/passes/heartbeat.ts';
import { print } from '../../generators/promql/print.ts';
import { prometheus } from '../../generators/targets/prometheus/target.ts';
import { emitWith } from '../support/artefacts.ts';
import { sampleModel } from '../support/sample-model.ts';

const beat = { receivers: ['inbox'], every: 300_000, origin: { file: 'definitions/project.ts', path: ['heartbeat'] } };

describe('the heartbeat', () => {
  it('is an alert that fires while samples are stored, in a rule file of the project', async () => {
    const model = heartbeat.run(
      { ...sampleModel, project: { ...sampleModel.project, heartbeat: beat } },
      createReport(),
    );
    const rule = model.ruleGroups.at(-1)?.rules[0];
    if (rule?.kind !== 'alerting') throw new Error('there is no alert');
    expect(rule).toMatchObject({ alert: 'Watchdog', for: 0, labels: { severity: 'none' }, origin: beat.origin });
    expect(print(rule.expr)).toBe('group(last_over_time(up[2m]))');
    const { texts } = await emitWith([prometheus], model);
    expect(texts.get('prometheus/rules/project.yml')).toContain('alert: Watchdog');
    expect(texts.get('prometheus/prometheus.yml')).toContain('rules/project.yml');
  });

  it('is not there when nobody wants it', () => {
    expect(heartbeat.run(sampleModel, createReport())).toBe(sampleModel);
  });
});
