import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { run as check } from '../../scripts/commands/check.ts';
import { run as generate } from '../../scripts/commands/generate.ts';
import type { SampleProject } from './sample.ts';
import { generatedProject } from './sample.ts';

const RULES = 'out/prometheus/rules/shop.yml';
const SHOP = 'definitions/systems/shop.ts';

/** Without the programs of the project's folder, which a temporary one has not. */
const found = async (project: SampleProject): Promise<readonly Finding[]> =>
  (await project.find(check)).filter(({ code }) => code !== 'validate/tool-missing');

describe('check', () => {
  test('has nothing to say about what was just generated, and writes nothing', async () => {
    const project = await generatedProject();
    const before = project.tree('.');
    const { code, stdout, stderr } = await project.call(check);
    const count = Object.keys(project.tree('out')).length - 1;
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `The definitions are sound and out is up to date: ${count} files.\n`,
    });
    // A project without the programs is told so, which is no failure.
    expect(stderr).toMatch(/info: amtool was not found[^]*info: promtool was not found/);
    expect(project.tree('.')).toEqual(before);
  });

  test('finds a file that is old, missing, left over, edited or foreign', async () => {
    const project = await generatedProject();
    project.edit(SHOP, "alert: 'QueueDeep'", "alert: 'QueueLong'");
    project.edit('out/runbooks/shop/ErrorRateFree.md', 'Errors', 'Mistakes');
    rmSync(join(project.root, 'out/docs/indicators.md'));
    project.write('out/prometheus/rules/mine.yml', 'groups: []\n');
    const before = project.tree('.');
    const places = (await project.find(check)).map(({ code, file }) => `${code} ${file}`);
    for (const finding of [
      `output/stale ${RULES}`,
      'output/missing out/runbooks/shop/QueueLong.md',
      'output/missing out/docs/indicators.md',
      'output/orphaned out/runbooks/shop/QueueDeep.md',
      'output/edited out/runbooks/shop/ErrorRateFree.md',
      'output/foreign out/prometheus/rules/mine.yml',
    ])
      expect(places).toContain(finding);
    expect(project.tree('.')).toEqual(before);
  });

  test('finds what only the type checker sees, in its place', async () => {
    const project = await generatedProject();
    // A directive that excuses nothing: at run time it is a comment.
    project.edit(SHOP, "    'queue-depth': threshold({", "    // @ts-expect-error\n    'queue-depth': threshold({");
    const line =
      project
        .read(SHOP)
        .split('\n')
        .findIndex((text) => text.includes('@ts-expect-error')) + 1;
    expect(await found(project)).toMatchObject([
      {
        code: 'load/type',
        severity: 'error',
        file: SHOP,
        line,
        column: 5,
        message: expect.stringContaining('TS2578') as string,
      },
    ]);
    expect((await project.call(generate)).code).toBe(0);
  });

  test('gives its findings as JSON', async () => {
    const project = await generatedProject();
    project.edit(SHOP, 'warning: count(100)', 'warning: count(1000)');
    const { code, stdout } = await project.call(check, '--format', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ code: 'threshold/levels-order', file: SHOP }]);
  });
});
