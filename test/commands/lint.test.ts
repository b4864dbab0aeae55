import { describe, expect, test } from 'vitest';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { run as lint } from '../../scripts/commands/lint.ts';
import { emptyProject, sampleProject } from './sample.ts';

const RULES = `groups:
  - name: shop
    rules:
      - alert: Slow
        expr: rate(requests_total[5m]) > 1
      - alert: Broken
        expr: sum(rate(requests_total[5m]) > 1
      - record: a:b
        expr: >-
          rate(requests_total)
`;

const MANIFEST = `apiVersion: v1
kind: ConfigMap
metadata:
  name: other
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: shop
spec:
  groups:
    - name: shop
      rules:
        - alert: Odd
          expr: foo(up)
`;

const DASHBOARD = `{
  "title": "Shop",
  "panels": [
    { "targets": [{ "expr": "rate(requests_total[$__rate_interval])" }] },
    {
      "panels": [
        { "targets": [{ "expr": "rate(requests_total{job=\\"$job\\"})" }] },
        {
          "datasource": { "type": "loki", "uid": "l" },
          "targets": [{ "expr": "{app=\\"shop\\"} |= \\"error\\"" }]
        }
      ]
    }
  ]
}
`;

const ALERTMANAGER = `route:
  receiver: chat
receivers:
  - name: chat
`;

const place = ({ file, line, column, endColumn, code, message }: Finding): string =>
  `${file}:${line}:${column}-${endColumn} ${code} ${message}`;

const lintText = async (path: string, text: string) => {
  const project = emptyProject();
  project.write(path, text);
  const [found, { code }] = [await project.find(lint, path), await project.call(lint, path)];
  return { found: found.map(place), code };
};

/** The text that a place of one line covers. */
const covered = (text: string, finding: string): string => {
  const [, line = '1', from = '1', to = '1'] = /:(\d+):(\d+)-(\d+) /.exec(finding) ?? [];
  return text.split('\n')[Number(line) - 1]?.slice(Number(from) - 1, Number(to) - 1) ?? '';
};

describe('lint of files from elsewhere', () => {
  test('a rule file: every query, in its place', async () => {
    const { found, code } = await lintText('rules.yml', RULES);
    expect(code).toBe(1);
    expect(found).toHaveLength(3);
    expect(found[1]).toMatch(
      /^rules\.yml:7:47-\d+ lint\/promql Prometheus would refuse the query: unclosed left paren/,
    );
    expect(found[2]).toMatch(
      /^rules\.yml:10:\d+-\d+ lint\/promql .*expected type range vector in call to function "rate", got instant vector/,
    );
    expect(covered(RULES, found[2] ?? '')).toBe('requests_total');
  });

  test('a PrometheusRule among other manifests', async () => {
    const { found, code } = await lintText('manifests.yaml', MANIFEST);
    expect(code).toBe(1);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^manifests\.yaml:15:\d+-\d+ lint\/promql .*unknown function with name "foo"/);
    expect(covered(MANIFEST, found[0] ?? '')).toBe('foo');
  });

  test('a dashboard: with variables, in rows, and only what asks Prometheus', async () => {
    const { found, code } = await lintText('shop.json', DASHBOARD);
    expect(code).toBe(1);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^shop\.json:7:\d+-\d+ lint\/promql .*expected type range vector/);
  });

  test('what is sound gives the number of files', async () => {
    const project = emptyProject();
    project.write('rules/good.yml', RULES.split('\n').slice(0, 5).join('\n'));
    project.write('rules/deep/er/alertmanager.yaml', ALERTMANAGER);
    project.write('rules/notes.txt', 'groups: [');
    expect(await project.call(lint, 'rules')).toEqual({ code: 0, stdout: '2 files linted.\n', stderr: '' });
    expect(await project.call(lint, 'rules/good.yml')).toMatchObject({ code: 0, stdout: '1 file linted.\n' });
  });

  test('a file that does not parse is an error at its place', async () => {
    const { found, code } = await lintText('a.yml', 'groups:\n  - name: [a\n');
    expect(code).toBe(1);
    expect(found.map((one) => one.split(' ')[1])).not.toContain('lint/unknown-file');
    expect(found[0]).toMatch(/^a\.yml:[23]:\d+-\d+ lint\/file-syntax the file does not parse: /);
  });

  test('a file of no known kind is named, and fails only when asked', async () => {
    const project = emptyProject();
    project.write('a.yml', 'services: {}\n');
    expect(await project.find(lint, 'a.yml')).toMatchObject([
      { code: 'lint/unknown-file', severity: 'info', file: 'a.yml' },
    ]);
    expect((await project.call(lint, 'a.yml')).code).toBe(0);
    expect((await project.call(lint, 'a.yml', '--fail-on', 'info')).code).toBe(1);
  });

  test('several files are all looked at, and shown with their text', async () => {
    const project = emptyProject();
    project.write('rules.yml', RULES);
    project.write('manifests.yaml', MANIFEST);
    const { code, stdout, stderr } = await project.call(lint, 'rules.yml', 'manifests.yaml');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('rules.yml:7:');
    expect(stderr).toMatch(/manifests\.yaml:15:\d+: error: /);
    expect(stderr).toContain('  15 |           expr: foo(up)\n');
    expect(stderr).toContain('4 errors in 2 files');
  });

  test('a file that is not there is wrong usage', async () => {
    const project = emptyProject();
    await expect(project.call(lint, 'nothing.yml')).rejects.toThrow(
      new UsageError('there is no file or folder nothing.yml'),
    );
  });
});

describe('lint of the definitions', () => {
  test('says that there is nothing to say', async () => {
    expect(await sampleProject().call(lint)).toEqual({ code: 0, stdout: 'No findings in definitions.\n', stderr: '' });
  });

  test('fails as the severities say', async () => {
    const project = sampleProject();
    project.edit('definitions/systems/shop.ts', 'warning: count(100)', 'warning: count(1000)');
    const { code, stderr } = await project.call(lint);
    expect(code).toBe(1);
    expect(stderr).toContain('[threshold/levels-order]');
    expect(project.tree('out')).toEqual({});
  });
});
