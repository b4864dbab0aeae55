import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import { checkWithTools, runTool } from '../../generators/validate/external.ts';
import { openProject } from '../../scripts/project.ts';
import { memoryIo } from '../support/memory-io.ts';
import type { Tree } from '../support/output-tree.ts';
import { requireTool } from '../support/tools.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

const scenarios = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

const readTree = (folder: string): Tree =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== '.manifest.json')
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path): [string, string] => [path.slice(folder.length + 1), readFileSync(path, 'utf8')])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

const rewrite = (folder: string, tree: Tree): void => {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};

const brief = ({ file, line, code, message }: Finding): string => `${file}:${line} ${code} ${message}`;

const open = async (cwd: string) => {
  const project = await openProject('definitions', memoryIo({ cwd }));
  const { compilation, report, locator } = project;
  const findings = (): readonly string[] => resolveFindings(report.list(), locator).map(brief);
  const tree: Tree = Object.fromEntries((compilation.files ?? []).map(({ path, text }) => [path, text]));
  return { compilation, report, findings, tree };
};

describe.each(scenarios)('scenario %s', (name) => {
  const folder = join(HERE, name);
  const expected = join(folder, 'expected');

  test('gives exactly the expected files', async () => {
    const { findings, tree } = await open(folder);
    expect(findings()).toEqual([]);
    if (isUpdate) rewrite(expected, tree);
    const golden = readTree(expected);
    // The names first: a missing or surplus file is easier to read without everything that is in it.
    expect(Object.keys(tree).toSorted()).toEqual(Object.keys(golden));
    for (const [path, text] of Object.entries(golden)) expect(tree[path], path).toBe(text);
  });

  test('is accepted by promtool and amtool', async () => {
    const tools = { promtool: requireTool('promtool'), amtool: requireTool('amtool') };
    const { compilation, report, findings } = await open(folder);
    if (compilation.artefacts) await checkWithTools(compilation.artefacts, tools, report, { announceMissing: true });
    expect(compilation.files).toBeDefined();
    expect(findings()).toEqual([]);
    const tests = Object.keys(readTree(expected)).filter((path) => path.startsWith('tests/'));
    if (tests.length === 0) return;
    const run = await runTool(tools.promtool, ['test', 'rules', ...tests], { cwd: expected });
    expect(run.code, `${run.stdout}${run.stderr}`).toBe(0);
  });
});

test('the scenarios use every feature of the language', () => {
  const text = scenarios.map((name) => Object.values(readTree(join(HERE, name, 'definitions'))).join('\n')).join('\n');
  const features = `
    slack(, email(, pagerDuty(, webhook(, sendResolved, requireTls, bearerTokenFile, inbox: {, repeatEvery, scrapeTimeout
    direction: 'above', direction: 'below', direction: 'atLeast', direction: 'atMost', keepFiringFor, goal:, severity:
    promql(, unit: 'milliseconds', unit: 'percent', dashboards: {, workloads: {, workload: workload(, dependsOn, slo(
    respondWithin: 'review', respondWithin: 'next-business-day', scheme: 'https', {labels., {value}, {threshold}, {for}
  `
    .split(/[,\n]/)
    .map((feature) => feature.trim())
    .filter((feature) => feature !== '');
  expect(features.filter((feature) => !text.includes(feature))).toEqual([]);
});

test('out/ is what definitions/ give', async () => {
  const { findings, tree } = await open(ROOT);
  expect(findings()).toEqual([]);
  const committed = readTree(join(ROOT, 'out'));
  const differing = [...new Set([...Object.keys(tree), ...Object.keys(committed)])]
    .filter((path) => tree[path] !== committed[path])
    .toSorted();
  expect(differing, 'run `npm run generate`').toEqual([]);
});
