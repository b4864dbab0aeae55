import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Model, Version } from '../../../generators/model/model.ts';
import { prometheus } from '../../../generators/targets/prometheus/target.ts';
import { emitWith, valueAt, writeTexts } from '../../support/artefacts.ts';
import { runProcess } from '../../support/project.ts';
import { HOSTILE, sampleModel } from '../../support/sample-model.ts';
import { requireTool } from '../../support/tools.ts';

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Readonly<Record<string, unknown>>[] }[];
}

const ruleFile = async (path: string, model: Model = sampleModel): Promise<RuleFile> =>
  parseYaml((await emitWith([prometheus], model)).texts.get(path) ?? '') as RuleFile;

describe('rule files', () => {
  it('are there for every system that has rules, and only for those', async () => {
    const [shop, hostile] = sampleModel.systems;
    const paths = async (ruleGroups: Model['ruleGroups']) =>
      [...(await emitWith([prometheus], { ...sampleModel, ruleGroups })).texts.keys()].filter((path) =>
        path.includes('rules/'),
      );
    expect(await paths(sampleModel.ruleGroups)).toEqual([
      `prometheus/rules/${hostile?.id}.yml`,
      `prometheus/rules/${shop?.id}.yml`,
    ]);
    expect(await paths(sampleModel.ruleGroups.filter(({ system }) => system === 'shop'))).toEqual([
      'prometheus/rules/shop.yml',
    ]);
    expect(await paths(sampleModel.ruleGroups.map((group) => ({ ...group, rules: [] })))).toEqual([]);
  });

  it('have the groups in the order of the model, and the fields in the order people write them', async () => {
    const { groups } = await ruleFile('prometheus/rules/shop.yml');
    expect(groups.map(({ name }) => name)).toEqual([
      'shop-recording',
      'shop/api',
      'shop/cache',
      'shop/database',
      'shop',
    ]);
    expect(groups[0]).toEqual({
      name: 'shop-recording',
      interval: '30s',
      rules: [
        {
          record: 'shop:http_request_duration_seconds:p95_5m',
          expr: [
            'histogram_quantile(',
            '  0.95,',
            '  sum by (le, route) (',
            '    rate(http_request_duration_seconds_bucket{job="shop-api"}[5m])',
            '  )',
            ')',
          ].join('\n'),
        },
      ],
    });
    const [critical, warning] = groups[1]?.rules ?? [];
    expect(Object.keys(critical ?? {})).toEqual(['alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations']);
    expect(critical).toMatchObject({
      alert: 'PerformanceDegradation',
      expr: 'shop:http_request_duration_seconds:p95_5m > 2',
      for: '5m',
      keep_firing_for: '10m',
      labels: { severity: 'critical', team: 'core', system: 'shop', component: 'api' },
    });
    expect(warning).toMatchObject({ for: '10m', expr: 'shop:http_request_duration_seconds:p95_5m > 0.5' });
    expect(warning).not.toHaveProperty('keep_firing_for');
  });

  it('leave out a waiting time of zero', async () => {
    const { groups } = await ruleFile('prometheus/rules/shop.yml');
    const stalled = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'EventProcessingStalled');
    expect(stalled).not.toHaveProperty('for');
  });

  it('show long expressions on several lines, as a block', async () => {
    const { texts } = await emitWith([prometheus], sampleModel);
    expect(texts.get('prometheus/rules/shop.yml')).toContain(
      [
        '        expr: |-',
        '          sum(rate(cache_hits_total[5m]))',
        '            /',
        '              (sum(rate(cache_hits_total[5m])) + sum(rate(cache_misses_total[5m])))',
        '          < 0.5',
        '',
      ].join('\n'),
    );
  });

  it('know which level of which threshold a rule comes from', async () => {
    const { artefacts } = await emitWith([prometheus], sampleModel);
    const shop = artefacts.find(({ path }) => path === 'prometheus/rules/shop.yml');
    expect(shop?.origins.get('/groups/1/rules/1')).toMatchObject({
      file: 'definitions/systems/shop.ts',
      path: ['thresholds', 'api-latency-p95', 'warning'],
    });
    expect(shop && valueAt(shop, '/groups/1/rules/1/alert')).toBe('PerformanceDegradation');
  });

  it('are accepted by promtool, whatever the texts say', async () => {
    const promtool = requireTool('promtool');
    const folder = writeTexts((await emitWith([prometheus], sampleModel)).texts);
    try {
      const files = ['prometheus/rules/shop.yml', 'prometheus/rules/hostile.yml'];
      const { code, stdout, stderr } = await runProcess(
        promtool,
        ['check', 'rules', '--lint=all', '--lint-fatal', ...files],
        { cwd: folder.root },
      );
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect(stdout).toContain('SUCCESS: 8 rules found');
      expect(stdout).toContain('SUCCESS: 5 rules found');
    } finally {
      folder.remove();
    }
  });

  it('print the text of a definition as it was written', async () => {
    const promtool = requireTool('promtool');
    const folder = writeTexts((await emitWith([prometheus], sampleModel)).texts);
    try {
      folder.write(
        'test.yml',
        JSON.stringify({
          rule_files: ['prometheus/rules/hostile.yml'],
          tests: [
            {
              interval: '1m',
              input_series: [
                {
                  series:
                    'odd_latency_milliseconds{instance="a<b>|\\"c\\"",path="a \\"quote\\" \\\\ `tick` ```fence``` \\n {{x}}"}',
                  values: '50+0x10',
                },
              ],
              alert_rule_test: [{ eval_time: '5m', alertname: 'OddLatency', exp_alerts: [] }],
            },
          ],
        }),
      );
      const { stdout, stderr } = await runProcess(promtool, ['test', 'rules', 'test.yml'], { cwd: folder.root });
      const annotation = (name: string): unknown =>
        JSON.parse(new RegExp(`[ {]${name}=("(?:[^"\\\\]|\\\\.)*")`).exec(`${stdout}${stderr}`)?.[1] ?? '""');
      expect(annotation('summary')).toBe(`${HOSTILE} 50 ms a<b>|"c" {{value}} {{50 ms {unknown} { 47.5 ms`);
      expect(annotation('description')).toBe(`${HOSTILE}\n\`\`\`\nunclosed`);
    } finally {
      folder.remove();
    }
  });

  it.each<[Version, boolean]>([
    ['2.41', true],
    ['1.100', true],
    ['2.42', false],
    ['3.0', false],
  ])('keep_firing_for and Prometheus %s', async (version, isError) => {
    const project = { ...sampleModel.project, versions: { ...sampleModel.project.versions, prometheus: version } };
    const { findings } = await emitWith([prometheus], { ...sampleModel, project });
    expect(findings).toEqual(
      isError
        ? [
            {
              code: 'prometheus/keep-firing-for',
              severity: 'error',
              data: { alert: 'PerformanceDegradation', version },
              at: sampleModel.systems[0]?.thresholds[0]?.levels[0]?.origin,
            },
          ]
        : [],
    );
  });
});
