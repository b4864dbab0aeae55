import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { run as generate } from '../../scripts/commands/generate.ts';
import { generatedProject, sampleProject } from './sample.ts';

const RULES = 'out/prometheus/rules/shop.yml';

describe('generate', () => {
  test('lists what it made, then what it changed, and nothing when there is nothing to do', async () => {
    const project = sampleProject();
    const first = await project.call(generate);
    expect(first.code, first.stderr).toBe(0);
    const files = Object.keys(project.tree('out')).filter((path) => path !== '.manifest.json');
    const lines = first.stdout.trimEnd().split('\n');
    expect(lines.slice(0, -1).toSorted()).toEqual(files.map((path) => `+ out/${path}`).toSorted());
    expect(lines.at(-1)).toBe(`${files.length} created, 0 updated, 0 deleted, 0 unchanged in out.`);
    expect(first.stderr).toBe('');

    const before = project.tree('out');
    expect(await project.call(generate)).toEqual({
      code: 0,
      stdout: `out is up to date: ${files.length} files.\n`,
      stderr: '',
    });
    expect(project.tree('out')).toEqual(before);

    project.edit('definitions/systems/shop.ts', 'warning: percent(70)', 'warning: percent(75)');
    const { code, stdout } = await project.call(generate);
    expect(code).toBe(0);
    expect(stdout).toContain(`~ ${RULES}\n`);
    expect(stdout).not.toMatch(/^[+-] /m);
    expect(project.read(RULES)).toContain('< 0.75');
  });

  test('deletes what no definition asks for any more', async () => {
    const project = await generatedProject();
    expect(Object.keys(project.tree('out'))).toContain('runbooks/shop/QueueDeep.md');
    project.edit('definitions/systems/shop.ts', "alert: 'QueueDeep'", "alert: 'QueueLong'");
    const { code, stdout } = await project.call(generate);
    expect(code).toBe(0);
    expect(stdout).toContain('+ out/runbooks/shop/QueueLong.md\n');
    expect(stdout).toContain('- out/runbooks/shop/QueueDeep.md\n');
    expect(stdout).toMatch(/\n1 created, \d+ updated, 1 deleted, \d+ unchanged in out\.\n$/);
    expect(Object.keys(project.tree('out'))).not.toContain('runbooks/shop/QueueDeep.md');
  });

  test('refuses a file that was edited by hand, and says where', async () => {
    const project = await generatedProject();
    project.edit(RULES, 'for: 5m', 'for: 6m');
    project.edit('definitions/systems/shop.ts', 'warning: count(100)', 'warning: count(90)');
    const before = project.tree('out');
    const { code, stderr } = await project.call(generate);
    expect(code).toBe(1);
    expect(stderr).toContain(`${RULES} was changed by hand after it was generated [output/edited]`);
    expect(project.tree('out')[RULES.slice(4)]).toBe(before[RULES.slice(4)]);
  });

  test('refuses a file of the same name that it did not make', async () => {
    const project = sampleProject();
    project.write(RULES, 'groups: []\n');
    const { code, stderr } = await project.call(generate);
    expect(code).toBe(1);
    expect(stderr).toContain(`${RULES} is in the way: it was not generated [output/not-owned]`);
    expect(project.read(RULES)).toBe('groups: []\n');
  });

  test.each([
    ['a type that is wrong at run time too', "owner: 'checkout'", 'owner: 7', 'definition/shape'],
    ['a name that is not there', "dependsOn: ['cache']", "dependsOn: ['cash']", 'definition/unknown-reference'],
    ['a syntax error', 'export default defineSystem({', 'export default defineSystem({{', 'load/syntax'],
  ])('leaves out/ as it is after %s', async (_, from, to, code) => {
    const project = await generatedProject();
    const before = project.tree('out');
    project.edit('definitions/systems/shop.ts', from, to);
    const ended = await project.call(generate);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(`[${code}]`);
    expect(ended.stderr).toMatch(/definitions\/systems\/shop\.ts:\d+:\d+: error: /);
    expect(ended.stderr.endsWith('Nothing was written.\n')).toBe(true);
    expect(project.tree('out')).toEqual(before);
  });

  test('makes no folder when nothing can be written', async () => {
    const project = sampleProject();
    project.edit('definitions/systems/shop.ts', "owner: 'checkout'", "owner: 'nobody'");
    expect((await project.call(generate)).code).toBe(1);
    expect(project.tree('out')).toEqual({});
  });

  test('reads and writes the folders that it is told', async () => {
    const project = sampleProject();
    project.copy('LICENSE');
    expect((await project.call(generate, '--out', 'made/here')).code).toBe(0);
    expect(Object.keys(project.tree('made/here'))).toContain('model.json');
    await expect(project.call(generate, '--definitions', 'elsewhere')).rejects.toThrow(
      new UsageError('there is no folder elsewhere; name the folder of definitions with --definitions DIR'),
    );
    await expect(project.call(generate, '--format', 'xml')).rejects.toThrow(UsageError);
    await expect(project.call(generate, 'definitions')).rejects.toThrow(UsageError);
  });

  test('--fail-on decides what is a failure', async () => {
    const project = await generatedProject();
    appendFileSync(join(project.root, 'definitions/systems/shop.ts'), "console.log('hello');\n");
    expect((await project.call(generate, '--fail-on', 'warning')).code).toBe(0);
    const { code, stderr } = await project.call(generate, '--fail-on', 'info');
    expect(code).toBe(1);
    expect(stderr).toContain('the definition prints: hello [load/printed]');
  });
});

describe('the formats of findings', () => {
  const broken = async (format: string): Promise<string> => {
    const project = sampleProject();
    project.edit('definitions/systems/shop.ts', "owner: 'checkout'", "owner: 'chekout'");
    const { code, stdout, stderr } = await project.call(generate, '--format', format);
    expect(code).toBe(1);
    expect(stderr).toBe('Nothing was written.\n');
    return stdout;
  };

  test('json is the findings by the contract', async () => {
    expect(JSON.parse(await broken('json'))).toMatchObject([
      {
        code: 'definition/unknown-reference',
        severity: 'error',
        file: 'definitions/systems/shop.ts',
        line: 10,
        column: 10,
        endLine: 10,
        endColumn: 19,
        hint: 'Did you mean "checkout"?',
      },
    ]);
  });

  test('sarif, github and junit say the same in their own form', async () => {
    const sarif = JSON.parse(await broken('sarif')) as { readonly version: string; readonly runs: readonly unknown[] };
    expect(sarif).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'definition/unknown-reference', level: 'error' }] }],
    });
    expect(await broken('github')).toMatch(/^::error file=definitions\/systems\/shop\.ts,line=10,/);
    expect(await broken('junit')).toMatch(
      /^<\?xml[^]*<testsuites[^]*definition\/unknown-reference[^]*<\/testsuites>\n$/,
    );
  });
});
