import { describe, expect, test } from 'vitest';
import type { Location } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import type { ForeignKind } from '../../generators/lint/foreign.ts';
import { lintForeign } from '../../generators/lint/foreign.ts';
import type { Target } from '../../generators/promql/versions.ts';

interface Linted {
  readonly kind: ForeignKind;
  /** `code message`. */
  readonly findings: readonly string[];
  /** What stands in the file at the place of each finding. */
  readonly places: readonly string[];
}

const between = (text: string, { line, column, endLine, endColumn }: Location): string => {
  const lines = text.split('\n');
  const offset = (row: number, at: number): number =>
    lines.slice(0, row - 1).reduce((sum, one) => sum + one.length + 1, 0) + at - 1;
  return text.slice(offset(line, column), offset(endLine, endColumn));
};

const lint = (text: string, target: Target = 'latest'): Linted => {
  const report = createReport();
  const kind = lintForeign('a.yml', text, target, report);
  const found = resolveFindings(report.list(), { locate: () => undefined, read: () => text });
  return {
    kind,
    findings: found.map(({ code, message }) => `${code} ${message}`),
    places: found.map((finding) => between(text, finding as Location)),
  };
};

const rules = (expr: string): string => `groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: ${expr}\n`;

/** Rules in the manner of the five documents that Tocsin grew from: what they mean may be wrong, what they say is PromQL. */
const SEED_RULES = `groups:
  - name: cache
    rules:
      - alert: CacheHitRateLow
        expr: rate(cache_hits_total[5m]) / (rate(cache_hits_total[5m]) + rate(cache_misses_total[5m])) < 0.8
        for: 5m
        annotations:
          summary: 'Hit rate is {{ $value }}%'
      - alert: DatabaseSlow
        expr: database_query_duration_seconds{quantile="0.95"} > 0.1
      - alert: PrioritySlow
        expr: histogram_quantile(0.95, database_query_duration_seconds_bucket{query="priority"}) > 0.1
      - alert: MemoryLeak
        expr: increase(process_resident_memory_bytes[1h]) > 100 * 1024 * 1024
      - alert: Stalled
        expr: rate(events_processed_total[5m]) == 0
`;

describe('a file from elsewhere', () => {
  test.each<readonly [string, string, ForeignKind]>([
    ['a rule file', rules('up'), 'rules'],
    ['rules of no groups', 'groups: []\n', 'rules'],
    ['a PrometheusRule', 'kind: PrometheusRule\nspec:\n  groups: []\n', 'prometheus-rule'],
    ['an Alertmanager configuration', 'route:\n  receiver: a\n', 'alertmanager'],
    ['receivers alone', 'receivers:\n  - name: a\n', 'alertmanager'],
    ['a dashboard', '{"panels": []}', 'dashboard'],
    ['a dashboard as the API gives it', '{"meta": {}, "dashboard": {"panels": []}}', 'dashboard'],
    ['a dashboard with tabs and a byte order mark', '\ufeff{\n\t"panels": []\n}\n', 'dashboard'],
    ['something else', 'services: {}\n', 'unknown'],
    ['a list', '- a\n', 'unknown'],
    ['a word', 'groups\n', 'unknown'],
    ['nothing', '', 'unknown'],
    ['a comment', '# groups: []\n', 'unknown'],
    ['rules behind something else', `services: {}\n---\n${rules('up')}`, 'rules'],
  ])('is known by what is in it: %s', (_, text, kind) => {
    expect(lint(text)).toEqual({ kind, findings: [], places: [] });
  });

  test.each([
    ['plain', 'sum(rate(a[5m])'],
    ['quoted', `'sum(rate(a[5m])'`],
    ['quoted twice', `"sum(rate(a{b=\\"c\\"}[5m])"`],
    ['a block', '|-\n          sum(\n            rate(a[5m])\n'],
    ['folded', '>-\n          sum(\n          rate(a[5m])\n'],
  ])('has its queries read however they are written: %s', (_, expr) => {
    expect(lint(rules(expr)).findings).toContain(
      'lint/promql Prometheus would refuse the query: unclosed left parenthesis',
    );
  });

  test.each<readonly [string, string, string]>([
    ['plain', 'rate(requests_total)', 'requests_total'],
    ['quoted', `'rate(requests_total)'`, 'requests_total'],
    ['a block', '|-\n          rate(requests_total)\n', 'requests_total'],
    ['escaped: as a whole', `"rate(a{b=\\"c\\"})"`, `"rate(a{b=\\"c\\"})"`],
    [
      'folded over lines: as a whole',
      '>-\n          rate(\n          requests_total)\n',
      '>-\n          rate(\n          requests_total)\n',
    ],
  ])('is pointed at where the query is wrong: %s', (_, expr, place) => {
    expect(lint(rules(expr))).toMatchObject({
      findings: [
        'lint/promql Prometheus would refuse the query: expected type range vector in call to function "rate", got instant vector',
      ],
      places: [place],
    });
  });

  test('has all of its mistakes found, in every document', () => {
    const { findings } = lint(`${rules('sum(')}---\n${rules('foo(a)')}---\n${rules('a[5m')}`);
    expect(findings.length).toBeGreaterThanOrEqual(3);
  });

  test.each<readonly [string, string]>([
    ['a list that does not end', 'groups: [a\n'],
    ['a key that is there twice', `${rules('up')}groups: []\n`],
    ['a tab for indentation', 'groups:\n\t- name: a\n'],
  ])('that does not parse is a finding: %s', (_, text) => {
    expect(lint(text).findings[0]).toMatch(/^lint\/file-syntax the file does not parse: /);
  });

  test('is held against the Prometheus that is meant', () => {
    const text = rules('sum(limitk(1, a))');
    expect(lint(text).findings).toEqual([]);
    expect(lint(text, '2.42').findings).toEqual([
      'lint/promql Prometheus would refuse the query: a limitk or limit_ratio aggregation needs Prometheus 2.54 or later, the target is 2.42',
    ]);
  });

  test('has nothing to find but PromQL, yet: rules that mean the wrong thing are left alone', () => {
    expect(lint(SEED_RULES)).toEqual({ kind: 'rules', findings: [], places: [] });
    expect(lint(SEED_RULES.replace('< 0.8', '< 80%')).findings).toEqual([
      expect.stringContaining('lint/promql Prometheus would refuse the query: '),
    ]);
  });
});

describe('a dashboard from elsewhere', () => {
  const panel = (target: object, datasource?: unknown): string =>
    JSON.stringify({ panels: [{ targets: [target], ...(datasource === undefined ? {} : { datasource }) }] }, null, 2);

  test.each([
    'rate(a[$__rate_interval])',
    'rate(a[${__rate_interval}])',
    'sum by ($by) (rate(a{job="$job"}[$interval]))',
    'rate(a[$__interval:])',
    'max_over_time(a[$__range:1m])',
    'topk($n, a)',
    'a > $limit',
    'histogram_quantile($quantile, sum by (le) (rate(a_bucket[5m])))',
    'a{instance=~"${instance:regex}"}',
    '[[metric]]{a="b"}',
  ])('may have variables: %s', (expr) => {
    expect(lint(panel({ expr })).findings).toEqual([]);
  });

  test('has its mistakes found beside them', () => {
    const { findings, places } = lint(panel({ expr: 'rate(a[$__rate_interval]) + rate(b)' }));
    expect(findings).toEqual([expect.stringContaining('expected type range vector in call to function "rate"')]);
    expect(places).toEqual(['b']);
  });

  test.each<readonly [string, string, number]>([
    ['of Loki', panel({ expr: '{a="b"} |= "c"' }, { type: 'loki', uid: 'l' }), 0],
    [
      'of Loki, said by the query',
      panel({ expr: '{a="b"} |= "c"', datasource: { type: 'loki' } }, { type: 'prometheus' }),
      0,
    ],
    ['of Prometheus among others', panel({ expr: 'rate(a)', datasource: { type: 'prometheus' } }, { type: 'loki' }), 1],
    ['of a mixed panel', panel({ expr: 'rate(a)' }, { type: 'datasource', uid: '-- Mixed --' }), 1],
    ['of a variable', panel({ expr: 'rate(a)' }, { uid: '$source' }), 1],
    ['of a name', panel({ expr: 'rate(a)' }, 'Prometheus'), 1],
    ['of nothing', panel({ expr: 'rate(a)' }, null), 1],
  ])('has only the queries of Prometheus read: one %s', (_, text, count) => {
    expect(lint(text).findings).toHaveLength(count);
  });
});
