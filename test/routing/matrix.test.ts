import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PROJECT_SCOPE } from '../../generators/conventions.ts';
import type { AlertingRule } from '../../generators/model/model.ts';
import { labelsOf } from '../../generators/model/routing.ts';
import { alertmanager } from '../../generators/targets/alertmanager/target.ts';
import { docs } from '../../generators/targets/docs/target.ts';
import { openProject } from '../../scripts/project.ts';
import { emitWith, writeTexts } from '../support/artefacts.ts';
import { memoryIo } from '../support/memory-io.ts';
import { runProcess } from '../support/project.ts';
import { requireTool } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AT_ONCE = 8;

describe('the matrix of all alerts', () => {
  it('has a row for every alert of every system, and amtool agrees with each', async () => {
    const amtool = requireTool('amtool');
    const { compilation, report } = await openProject('definitions', memoryIo({ cwd: ROOT }));
    const { model } = compilation;
    if (!model || report.hasErrors) throw new Error('the definitions do not compile');
    const { texts } = await emitWith([alertmanager, docs], model);
    const page = texts.get('docs/routing.md') ?? '';
    const rows = new Map(
      [...page.matchAll(/^\| \[(\w+)\]\(\.\.\/runbooks\/([\w-]+)\/[^)]*\) \| (\S+) \| (.*?) \| (.*) \|$/gm)].map(
        ([, alert = '', system = '', severity = '', receivers = '', told = '']) =>
          [`${system} ${alert} ${severity}`, { receivers: receivers.split(', '), told }] as const,
      ),
    );
    const rules = model.ruleGroups
      .flatMap((group) => group.rules)
      .filter((rule): rule is AlertingRule => rule.kind === 'alerting' && rule.system !== PROJECT_SCOPE);
    expect(rules.length).toBeGreaterThan(40);
    const folder = writeTexts(texts);
    const verify = async (rule: AlertingRule): Promise<void> => {
      const row = rows.get(`${rule.system} ${rule.alert} ${rule.severity}`);
      expect(row, `${rule.system} ${rule.alert} ${rule.severity}`).toBeDefined();
      const { known } = labelsOf(rule, model.project.environments[0]);
      const pairs = Object.entries(known).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      const verifying = `--verify.receivers=${row?.receivers.join(',') ?? ''}`;
      const args = ['config', 'routes', 'test', '--config.file=alertmanager/alertmanager.yml', verifying, ...pairs];
      const { code, stdout, stderr } = await runProcess(amtool, args, { cwd: folder.root });
      expect(code, `${rule.alert} ${pairs.join(' ')}: ${stdout}${stderr}`).toBe(0);
      if (rule.severity !== 'info') expect(row?.told).not.toContain('nobody');
    };
    try {
      for (let start = 0; start < rules.length; start += AT_ONCE)
        await Promise.all(rules.slice(start, start + AT_ONCE).map(verify));
      expect(rows.size).toBe(new Set(rules.map((rule) => `${rule.system} ${rule.alert} ${rule.severity}`)).size);
    } finally {
      folder.remove();
    }
  });

  it('draws the whole tree', async () => {
    const { compilation } = await openProject('definitions', memoryIo({ cwd: ROOT }));
    const { model } = compilation;
    if (!model) throw new Error('the definitions do not compile');
    const page = (await emitWith([docs], model)).texts.get('docs/routing.md') ?? '';
    const count = (node: typeof model.routing.root): number =>
      1 + node.routes.reduce((sum, child) => sum + count(child), 0);
    const [, picture = ''] = /```mermaid\n([^]*?)\n```/.exec(page) ?? [];
    expect(picture.match(/^ {2}n\d+[[(]/gm)).toHaveLength(count(model.routing.root));
    expect(picture.match(/-->|-\.->/g)).toHaveLength(count(model.routing.root) - 1);
  });
});
