import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Origin } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Artefact, Json } from '../../generators/output/artefact.ts';
import { createArtefactSet } from '../../generators/output/artefact-set.ts';
import type { ToolPaths } from '../../generators/validate/external.ts';
import { checkWithTools, runTool } from '../../generators/validate/external.ts';
import { requireTool } from '../support/tools.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pointersOf = (value: Json | undefined, pointer = ''): readonly string[] =>
  typeof value === 'object' && value !== null
    ? [pointer, ...Object.entries(value).flatMap(([key, item]) => pointersOf(item as Json, `${pointer}/${key}`))]
    : [pointer];

/** An artefact whose every part says where it is: the origin's subject is the JSON pointer. */
const yaml = (path: string, value: Json): Artefact => ({
  path,
  target: 'test',
  format: 'yaml',
  value,
  origins: new Map(
    pointersOf(value).map((pointer): [string, Origin] => [
      pointer,
      { file: 'definitions/a.ts', path: [], subject: pointer },
    ]),
  ),
});

const rules = (...list: readonly Json[]): Json => ({ groups: [{ name: 'g', rules: list }] });
const RULES = 'prometheus/rules/a.yml';
const CONFIG = 'prometheus/prometheus.yml';
const ROUTING = 'alertmanager/alertmanager.yml';

const check = async (
  artefacts: readonly Artefact[],
  tools: ToolPaths,
  options: { readonly announceMissing?: boolean } = {},
) => {
  const report = createReport();
  const set = createArtefactSet(report);
  for (const artefact of artefacts) set.add(artefact);
  await checkWithTools(set, tools, report, options);
  return report.list();
};

const brief = async (artefacts: readonly Artefact[], tools: ToolPaths) =>
  (await check(artefacts, tools)).map(({ code, data, at }) => [
    code,
    'message' in data ? data.message : JSON.stringify(data),
    at && 'subject' in at ? at.subject : undefined,
  ]);

const GOOD = rules({ record: 'a:b', expr: 'sum(rate(c_total[5m]))' }, { alert: 'Down', expr: 'up == 0', for: '5m' });
const SCRAPE = { global: { scrape_interval: '15s' }, rule_files: ['rules/*.yml'] };

/** Makes a program. */
const script = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
};

describe('promtool', () => {
  const run = (...artefacts: readonly Artefact[]) => brief(artefacts, { promtool: requireTool('promtool') });

  it('accepts what is right, with secrets that are only where Prometheus runs', async () => {
    const config = {
      ...SCRAPE,
      scrape_configs: [
        { job_name: 'a', authorization: { credentials_file: '/etc/prometheus/secrets/token' } },
        { job_name: 'b', tls_config: { ca_file: 'ca.pem', cert_file: '/x/cert.pem', key_file: '/x/key.pem' } },
        { job_name: 'c', basic_auth: { username: 'u', password_file: 'secrets/password' } },
      ],
      alerting: { alertmanagers: [{ bearer_token_file: '/x/token' }] },
    };
    expect(await run(yaml(RULES, GOOD), yaml(CONFIG, config), yaml('x.yml', { a: 1 }))).toEqual([]);
  });

  it.each<[string, Json, string, string]>([
    [
      'a query that does not parse',
      rules({ record: 'a:b', expr: 'up' }, { alert: 'Bad', expr: 'sum by (job) (\n  rate(a)\n)' }),
      'group "g", rule 2, "Bad": could not parse expression: 2:8: parse error: expected type range vector in call to function "rate", got instant vector',
      '/groups/0/rules/1/expr',
    ],
    [
      'an annotation that is no template',
      rules({ alert: 'Bad', expr: 'up', annotations: { ok: 'x', summary: '{{ $nothing }}' } }),
      'group "g", rule 1, "Bad": annotation "summary": template: __alert_Bad:1: undefined variable "$nothing"',
      '/groups/0/rules/0/annotations/summary',
    ],
    [
      'a label that is no template',
      rules({ alert: 'Bad: "x"', expr: 'up', labels: { team: '{{ nothing }}' } }),
      'group "g", rule 1, "Bad: \\"x\\"": label "team": template: __alert_Bad: "x":1: function "nothing" not defined',
      '/groups/0/rules/0/labels/team',
    ],
    [
      'a name that is no label',
      rules({ alert: 'Bad', expr: 'up', labels: { 'a-b': 'x' } }),
      'group "g", rule 1, "Bad": invalid label name: a-b',
      '/groups/0/rules/0',
    ],
    [
      'a name that is no metric',
      rules({ record: 'a b', expr: 'up' }),
      'group "g", rule 1, "a b": invalid recording rule name: a b',
      '/groups/0/rules/0',
    ],
    [
      'a duration that is none',
      rules({ alert: 'A', expr: 'up', for: '1m' }, { alert: 'B', expr: 'up', for: '5x' }),
      'not a valid duration string: "5x"',
      '/groups/0/rules/1/for',
    ],
    [
      'an unknown field',
      { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up' }], rulez: [] }] },
      'yaml: unmarshal errors: line 7: field rulez not found in type rulefmt.RuleGroup',
      '/groups/0/rulez',
    ],
    [
      'two groups of one name',
      { groups: [{ name: 'x/y' }, { name: 'x/y' }] },
      'groupname: "x/y" is repeated in the same file',
      '/groups/0/name',
    ],
  ])('refuses %s, and the finding says where', async (_, value, message, pointer) => {
    expect(await run(yaml('prometheus/rules/good.yml', GOOD), yaml(RULES, value))).toEqual([
      ['validate/promtool', message, pointer],
    ]);
  });

  it('names the file, and points at the character in the query', async () => {
    const query = 'sum by (job) (\n  rate(a)\n)';
    const findings = await check([yaml(RULES, rules({ record: 'a:b', expr: query }))], {
      promtool: requireTool('promtool'),
    });
    expect(findings).toMatchObject([
      {
        data: { file: RULES },
        fragments: [{ artefact: RULES, text: query, from: query.indexOf('a)'), to: query.indexOf('a)') + 1 }],
      },
    ]);
  });

  it('says everything about several files at once, each once, although the configuration reads them again', async () => {
    const bad = rules({ alert: 'A', expr: 'rate(a)' }, { alert: 'B', expr: 'b b' });
    const findings = await run(
      yaml('prometheus/rules/b.yml', bad),
      yaml(RULES, bad),
      yaml(CONFIG, { ...SCRAPE, scrape_configs: [{ job_name: 'a' }] }),
      yaml('prometheus/prometheus.local.yml', { ...SCRAPE, scrape_configs: [{ job_name: 'a' }, { job_name: 'a' }] }),
    );
    expect(findings.map(([code, message, pointer]) => [code, message?.split(':')[0], pointer])).toEqual([
      ['validate/promtool', 'group "g", rule 1, "A"', '/groups/0/rules/0/expr'],
      ['validate/promtool', 'group "g", rule 2, "B"', '/groups/0/rules/1/expr'],
      ['validate/promtool', 'group "g", rule 1, "A"', '/groups/0/rules/0/expr'],
      ['validate/promtool', 'group "g", rule 2, "B"', '/groups/0/rules/1/expr'],
      ['validate/promtool', 'found multiple scrape configs with job name "a"', '/scrape_configs/0/job_name'],
    ]);
  });

  it.each<[string, Json, string, string]>([
    [
      'an unknown field',
      { global: {}, scrape_configs: [{ job_name: 'a', metric_path: '/x' }] },
      'yaml: unmarshal errors: line 5: field metric_path not found in type config.ScrapeConfig',
      '/scrape_configs/0/metric_path',
    ],
    [
      'a rule file that is not there',
      { rule_files: ['rules/nothing.yml'], scrape_configs: [{ job_name: 'a' }] },
      '"rules/nothing.yml" does not point to an existing file',
      '/rule_files/0',
    ],
    [
      'a timeout longer than the interval',
      { scrape_configs: [{ job_name: 'a', scrape_interval: '5s', scrape_timeout: '10s' }] },
      'scrape timeout greater than scrape interval for scrape config with job name "a"',
      '/scrape_configs/0/job_name',
    ],
  ])('refuses a configuration with %s', async (_, value, message, pointer) => {
    const [[code, said, subject] = []] = await run(yaml(CONFIG, value));
    expect([code, subject]).toEqual(['validate/promtool', pointer]);
    expect(said?.replace('prometheus/', '')).toBe(message);
  });

  it('warns of rules that are the same', async () => {
    const labels = { team: 'a', severity: 'b c' };
    const same = rules(
      { alert: 'Other', expr: 'up' },
      { alert: 'Dup', expr: 'up', labels },
      { alert: 'Dup', expr: 'up', labels },
    );
    const findings = await check([yaml(RULES, same)], { promtool: requireTool('promtool') });
    expect(findings).toMatchObject([
      {
        code: 'validate/promtool-lint',
        severity: 'warning',
        data: { message: 'several rules are called Dup and have the same labels (severity: b c, team: a)' },
        at: { subject: '/groups/0/rules/1/alert' },
      },
    ]);
  });

  it('leaves nothing behind', async () => {
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    vi.stubEnv('TMPDIR', scratch);
    const seen = join(folder, 'seen');
    const spy = script('spy', `ls '${scratch}' >> '${seen}'; exit 1`);
    expect(await check([yaml(RULES, GOOD)], { promtool: spy })).toHaveLength(1);
    vi.unstubAllEnvs();
    expect(readFileSync(seen, 'utf8')).toMatch(/^tocsin-.+\n$/);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('amtool', () => {
  const run = (...artefacts: readonly Artefact[]) => brief(artefacts, { amtool: requireTool('amtool') });
  const receivers = [{ name: 'a', slack_configs: [{ api_url_file: '/etc/secrets/slack', channel: '#a' }] }];

  it('accepts what is right', async () => {
    expect(await run(yaml(ROUTING, { route: { receiver: 'a' }, receivers }))).toEqual([]);
  });

  it.each<[string, Json, string, string]>([
    [
      'a receiver that is not there',
      { route: { receiver: 'a', routes: [{ receiver: 'nobody' }] }, receivers },
      'undefined receiver "nobody" used in route',
      '/route/routes/0/receiver',
    ],
    [
      'an unknown field',
      { route: { receiver: 'a', group_wait: '1s', group: [] }, receivers },
      'yaml: unmarshal errors: line 5: field group not found in type config.plain',
      '/route/group',
    ],
    [
      'a matcher that is none',
      { route: { receiver: 'a' }, receivers, inhibit_rules: [{ source_matchers: ['a=b'], target_matchers: ['x~=1'] }] },
      'bad matcher format: x~=1',
      '/inhibit_rules/0/target_matchers/0',
    ],
  ])('refuses %s, and the finding says where', async (_, value, message, pointer) => {
    const [finding, ...more] = await check([yaml(ROUTING, value)], { amtool: requireTool('amtool') });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      code: 'validate/amtool',
      data: { file: ROUTING, message },
      at: { subject: pointer },
    });
  });
});

describe('tools that are missing or do not work', () => {
  const all = [yaml(RULES, GOOD), yaml(ROUTING, { route: { receiver: 'a' }, receivers: [{ name: 'a' }] })];
  it('is nothing to say, unless asked for, and then only if there is work for them', async () => {
    expect(await check(all, {})).toEqual([]);
    expect(await check(all, {}, { announceMissing: true })).toMatchObject([
      { code: 'validate/tool-missing', severity: 'info', data: { tool: 'promtool' } },
      { code: 'validate/tool-missing', severity: 'info', data: { tool: 'amtool' } },
    ]);
    expect(await check([yaml('x.yml', {})], {}, { announceMissing: true })).toEqual([]);
  });

  it('is an error when one was named but cannot be run', async () => {
    expect(await check(all, { promtool: join(folder, 'nothing') })).toMatchObject([
      {
        code: 'validate/tool-failed',
        severity: 'error',
        data: { tool: 'promtool', problem: expect.stringContaining('ENOENT') as string },
      },
    ]);
  });

  it('never loses what a program says that nobody understands', async () => {
    const odd = script('odd', 'echo out; echo "  something new" >&2; exit 1');
    expect(await check(all, { promtool: odd, amtool: odd })).toMatchObject([
      { code: 'validate/tool-failed', data: { tool: 'promtool', problem: 'exit code 1: out something new' } },
      { code: 'validate/tool-failed', data: { tool: 'amtool', problem: 'exit code 1: out something new' } },
    ]);
  });

  it('gives a program its input and its folder', async () => {
    expect(await runTool('cat', [], { stdin: 'täxt' })).toEqual({ code: 0, stdout: 'täxt', stderr: '' });
    expect((await runTool('pwd', [], { cwd: folder })).stdout.trim()).toBe(folder);
    expect(await runTool('true', [], { stdin: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 });
  });

  it('stops a program that does not end', async () => {
    const slow = script('slow', 'exec sleep 5');
    expect(await runTool(slow, [], { timeoutMs: 100 })).toEqual({
      stdout: '',
      stderr: '',
      problem: 'no answer within 0.1 s',
    });
  });

  it('runs a program given by a relative path from here, not from its folder', async () => {
    const path = script('here', 'echo here');
    const relative = join('.', ...Array.from({ length: process.cwd().split('/').length - 1 }, () => '..'), path);
    expect(await runTool(relative, [], { cwd: '/' })).toMatchObject({ code: 0, stdout: 'here\n' });
  });
});
