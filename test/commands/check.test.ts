import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run as check } from '../../scripts/commands/check.ts';
import { run as generate } from '../../scripts/commands/generate.ts';
import { sampleProject } from './sample.ts';

const RULES = 'out/prometheus/rules/shop.yml';
const SHOP = 'definitions/systems/shop.ts';

const generated = async () => {
  const project = sampleProject();
  expect((await project.call(generate)).code).toBe(0);
  return project;
};

describe('check', () => {
  test('has nothing to say about what was just generated, and writes nothing', async () => {
    const project = await generated();
    const before = project.tree('.');
    const { code, stdout } = await project.call(check);
    const count = Object.keys(project.tree('out')).length - 1;
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `The definitions are sound and out is up to date: ${count} files.\n`,
    });
    expect(project.tree('.')).toEqual(before);
  });

  test('finds a file that is old, missing, left over, edited or foreign', async () => {
    const project = await generated();
    project.edit(SHOP, "alert: 'QueueDeep'", "alert: 'QueueLong'");
    project.edit('out/runbooks/shop/ErrorRateFree.md', 'Errors', 'Mistakes');
    rmSync(join(project.root, 'out/docs/indicators.md'));
    project.write('out/prometheus/rules/mine.yml', 'groups: []\n');
    const before = project.tree('.');
    const found = (await project.find(check)).map(({ code, file }) => `${code} ${file}`);
    for (const finding of [
      `output/stale ${RULES}`,
      'output/missing out/runbooks/shop/QueueLong.md',
      'output/missing out/docs/indicators.md',
      'output/orphaned out/runbooks/shop/QueueDeep.md',
      'output/edited out/runbooks/shop/ErrorRateFree.md',
      'output/foreign out/prometheus/rules/mine.yml',
    ])
      expect(found).toContain(finding);
    expect(project.tree('.')).toEqual(before);
    expect((await project.call(check)).code).toBe(1);
  });

  test('finds what only the type checker sees, in its place', async () => {
    const project = await generated();
    // Both are gauges: at run time there is nothing wrong.
    project.edit(SHOP, "    'queue-depth': threshold({", "    // @ts-expect-error\n    'queue-depth': threshold({");
    const [finding, ...others] = await project.find(check);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'load/type', severity: 'error', file: SHOP, line: 50 });
    expect((await project.call(generate)).code).toBe(0);
  });

  test('gives no news as an empty array, and the place of an error', async () => {
    const project = await generated();
    expect(await project.find(check)).toEqual([]);
    project.edit(SHOP, 'warning: count(100)', 'warning: count(1000)');
    expect(await project.find(check)).toMatchObject([{ code: 'threshold/levels-order', file: SHOP }]);
  });
});
