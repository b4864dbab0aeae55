import { describe, expect, it } from 'vitest';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import type { RenderOptions } from '../../generators/diagnostics/render-options.ts';
import { summarise } from '../../generators/diagnostics/render-options.ts';
import { FORMATS, render } from '../../generators/diagnostics/render.ts';

const TEXT = `export default defineSystem({
  team: 'chekout',
  thresholds: {},
});
`;

const TEAM: Finding = {
  code: 'load/missing-export',
  severity: 'error',
  message: 'there is no team "chekout"',
  file: 'definitions/systems/a.ts',
  line: 2,
  column: 9,
  endLine: 2,
  endColumn: 18,
  property: 'team',
  subject: 'a',
  hint: 'Did you mean "checkout"?',
  related: [{ note: 'teams are declared here', file: 'definitions/project.ts', line: 3, column: 5 }],
};

const QUERY: Finding = {
  code: 'load/suspicious',
  severity: 'warning',
  message: 'the query is always empty',
  file: 'definitions/systems/b.ts',
  line: 4,
  column: 1,
  endLine: 6,
  endColumn: 2,
  fragments: [{ artefact: 'query', text: 'sum(rate(up[5m]))\n  or vector(0)', from: 4, to: 15, note: 'up is a gauge' }],
};

const GLOBAL: Finding = { code: 'load/typecheck', severity: 'info', message: 'first line\n  second line' };

/** Everything that has broken an output format somewhere. */
const HOSTILE = `"quotes" 'single' <b>&amp;</b> ]]> --> %0A%25 : , ; \`\`\` \\ \${x} {{y}} 😀 漢 é\u0301 \u0000\u0007\u001b[31m\u202e\ud800 \ufffe\r\nnext ::error::line\ttab`;

const hostile: Finding = {
  code: 'load/threw',
  severity: 'error',
  message: HOSTILE,
  file: `definitions/${HOSTILE}.ts`,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 2,
  property: HOSTILE,
  subject: HOSTILE,
  hint: HOSTILE,
  fragments: [{ artefact: HOSTILE, text: HOSTILE, from: 3, to: 8, note: HOSTILE }],
  related: [{ note: HOSTILE, file: HOSTILE, line: 1, column: 1 }],
};

const read: RenderOptions = { read: (file) => (file === 'definitions/systems/a.ts' ? TEXT : undefined) };
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\ud800-\udfff\ufffe]/u;

describe('summarise', () => {
  const of = (severity: Finding['severity'], file?: string): Finding => ({
    code: 'load/threw',
    severity,
    message: '',
    ...(file ? { file } : {}),
  });
  it.each<[readonly Finding[], string]>([
    [[], 'no findings'],
    [[of('error', 'a')], '1 error in 1 file'],
    [[of('error', 'a'), of('error', 'b'), of('error', 'a'), of('warning', 'a')], '3 errors, 1 warning in 2 files'],
    [[of('info'), of('info')], '2 notes'],
  ])('%#', (findings, expected) => {
    expect(summarise(findings)).toBe(expected);
  });
});

describe('text', () => {
  it('shows the line, what is meant, what helps, and how many there are', () => {
    expect(render([GLOBAL, TEAM, QUERY], 'text', read)).toBe(`info: first line [load/typecheck]
    second line

definitions/systems/a.ts:2:9: error: there is no team "chekout" [load/missing-export]
  1 | export default defineSystem({
  2 |   team: 'chekout',
    |         ^^^^^^^^^
  3 |   thresholds: {},
  4 | });
  at team (a)
  see definitions/project.ts:3:5: teams are declared here
  hint: Did you mean "checkout"?

definitions/systems/b.ts:4:1: warning: the query is always empty [load/suspicious]
  in query: up is a gauge
  1 | sum(rate(up[5m]))
    |     ^^^^^^^^^^^
  2 |   or vector(0)

1 error, 1 warning, 1 note in 2 files
`);
  });

  it('is empty without findings', () => {
    expect(render([], 'text')).toBe('');
  });

  it('has colours only when asked', () => {
    expect(render([TEAM], 'text', read)).not.toContain('\u001b');
    const colored = render([TEAM], 'text', { ...read, color: true });
    expect(colored).toContain('\u001b[1;31merror\u001b[0m: there is no team');
    expect(colored).toContain('\u001b[1;31m^^^^^^^^^\u001b[0m');
    expect(colored.replace(/\u001b\[[\d;]*m/g, '')).toBe(render([TEAM], 'text', read));
  });

  it('shows at most the limit and counts them all', () => {
    const many = Array.from({ length: 5 }, (_, index) => ({
      ...GLOBAL,
      severity: 'error' as const,
      message: `m${index}`,
    }));
    const text = render(many, 'text', { limit: 2 });
    expect(text).toContain('m1');
    expect(text).not.toContain('m2');
    expect(text).toMatch(/\n5 errors \(3 more findings not shown\)\n$/);
  });

  it('lets no control character through', () => {
    const text = render([hostile], 'text', { read: () => HOSTILE });
    expect(text).not.toMatch(UNSAFE);
    expect(text.split('\n')[0]).toContain('␀␇␛[31m');
  });
});

describe('json', () => {
  it('has the fields of the contract, in order', () => {
    expect(JSON.parse(render([TEAM], 'json'))).toEqual([TEAM]);
    const [first] = JSON.parse(render([TEAM], 'json')) as object[];
    expect(Object.keys(first ?? {}).slice(0, 8)).toEqual([
      'code',
      'severity',
      'message',
      'file',
      'line',
      'column',
      'endLine',
      'endColumn',
    ]);
    expect(JSON.parse(render([], 'json'))).toEqual([]);
  });

  it('has all findings whatever the limit', () => {
    const many = Array.from({ length: 500 }, () => TEAM);
    expect(JSON.parse(render(many, 'json', { limit: 2 }))).toHaveLength(500);
  });

  it('keeps hostile text as it is', () => {
    expect(JSON.parse(render([hostile], 'json'))).toEqual([hostile]);
  });
});

describe('github', () => {
  it.each<[name: string, finding: Finding, expected: string]>([
    [
      'a range in one line',
      TEAM,
      '::error file=definitions/systems/a.ts,line=2,endLine=2,col=9,endColumn=18,title=load/missing-export::there is no team "chekout"%0Aat team, a%0Asee definitions/project.ts:3:5: teams are declared here%0ADid you mean "checkout"?',
    ],
    [
      'a range of lines',
      QUERY,
      '::warning file=definitions/systems/b.ts,line=4,endLine=6,title=load/suspicious::the query is always empty%0Ain query: rate(up[5m]',
    ],
    ['no place', GLOBAL, '::notice title=load/typecheck::first line%0A  second line'],
    [
      'what means something to the runner',
      { ...GLOBAL, severity: 'error', file: 'a:b,c%0A.ts', message: '100% :: a,b\r\n%0Ax\u2028y' },
      '::error file=a%3Ab%2Cc%250A.ts,title=load/typecheck::100%25 :: a,b%0A%250Ax%0Ay',
    ],
  ])('%s', (_, finding, expected) => {
    const [command, summary, end] = render([finding], 'github').split('\n');
    expect(command).toBe(expected);
    expect(summary).toMatch(/^1 (?:error|warning|note)/);
    expect(end).toBe('');
  });

  it('is one line a finding, and gives every character back', () => {
    const lines = render([hostile, hostile], 'github').split('\n');
    expect(lines).toHaveLength(4);
    const body = /::error [^\n]*?::(.*)$/.exec(lines[0] ?? '')?.[1] ?? '';
    expect(body).not.toMatch(UNSAFE);
    const back = body.replaceAll('%0A', '\n').replaceAll('%25', '%');
    expect(back).toContain('%0A%25 : , ;');
    expect(render([], 'github')).toBe('');
  });
});

describe('sarif', () => {
  interface Log {
    readonly $schema: string;
    readonly version: string;
    readonly runs: readonly {
      readonly tool: {
        readonly driver: {
          readonly name: string;
          readonly rules: readonly { readonly id: string; readonly help: { readonly text: string } }[];
        };
      };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations?: readonly {
          readonly physicalLocation?: {
            readonly artifactLocation: { readonly uri: string };
            readonly region?: Readonly<Record<string, number>>;
          };
          readonly logicalLocations?: readonly { readonly fullyQualifiedName: string }[];
        }[];
        readonly relatedLocations?: readonly { readonly id: number; readonly message: { readonly text: string } }[];
      }[];
    }[];
  }
  const logOf = (findings: readonly Finding[], options: RenderOptions = {}): Log =>
    JSON.parse(render(findings, 'sarif', options)) as Log;

  it('is a whole log', () => {
    const fragments = QUERY.fragments;
    expect(
      logOf([GLOBAL, TEAM, QUERY], { help: (code) => (code === 'load/typecheck' ? 'About type checks.' : undefined) }),
    ).toEqual({
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'tocsin',
              rules: [
                {
                  id: 'load/missing-export',
                  shortDescription: { text: 'missing export' },
                  help: { text: 'Did you mean "checkout"?' },
                  defaultConfiguration: { level: 'error' },
                },
                {
                  id: 'load/suspicious',
                  shortDescription: { text: 'suspicious' },
                  help: { text: 'the query is always empty' },
                  defaultConfiguration: { level: 'warning' },
                },
                {
                  id: 'load/typecheck',
                  shortDescription: { text: 'typecheck' },
                  help: { text: 'About type checks.' },
                  defaultConfiguration: { level: 'note' },
                },
              ],
            },
          },
          columnKind: 'utf16CodeUnits',
          results: [
            { ruleId: 'load/typecheck', ruleIndex: 2, level: 'note', message: { text: GLOBAL.message } },
            {
              ruleId: 'load/missing-export',
              ruleIndex: 0,
              level: 'error',
              message: { text: `${TEAM.message}\n${TEAM.hint}` },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'definitions/systems/a.ts', uriBaseId: '%SRCROOT%' },
                    region: { startLine: 2, startColumn: 9, endLine: 2, endColumn: 18 },
                  },
                  logicalLocations: [{ fullyQualifiedName: 'team' }, { fullyQualifiedName: 'a' }],
                },
              ],
              relatedLocations: [
                {
                  id: 0,
                  message: { text: 'teams are declared here' },
                  physicalLocation: {
                    artifactLocation: { uri: 'definitions/project.ts', uriBaseId: '%SRCROOT%' },
                    region: { startLine: 3, startColumn: 5 },
                  },
                },
              ],
            },
            {
              ruleId: 'load/suspicious',
              ruleIndex: 1,
              level: 'warning',
              message: { text: QUERY.message },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'definitions/systems/b.ts', uriBaseId: '%SRCROOT%' },
                    region: { startLine: 4, startColumn: 1, endLine: 6, endColumn: 2 },
                  },
                },
              ],
              properties: { fragments },
            },
          ],
        },
      ],
    });
  });

  it('obeys the rules of the standard with hostile text', () => {
    const { runs } = logOf([hostile, GLOBAL, { ...GLOBAL, subject: 'only a subject' }]);
    const [run] = runs;
    const rules = run?.tool.driver.rules ?? [];
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { help } of rules) expect(help.text).not.toBe('');
    for (const result of run?.results ?? []) {
      expect(rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(['error', 'warning', 'note']).toContain(result.level);
      expect(result.message.text).not.toBe('');
      for (const { physicalLocation } of result.locations ?? []) {
        const uri = physicalLocation?.artifactLocation.uri ?? 'definitions';
        expect(new URL(uri, 'file:///root/').pathname).toContain('/root/definitions');
        expect(uri).toMatch(/^[\w\-.~!*'()%/]+$/);
      }
    }
    expect(logOf([]).runs[0]?.results).toEqual([]);
  });
});

describe('junit', () => {
  it('has a suite per file and a case per finding', () => {
    expect(render([GLOBAL, TEAM], 'junit')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tocsin" tests="2" failures="1" errors="0">
  <testsuite name="tocsin" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="tocsin" name="load/typecheck">
      <system-out>info: first line
  second line</system-out>
    </testcase>
  </testsuite>
  <testsuite name="definitions/systems/a.ts" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="definitions/systems/a.ts" name="load/missing-export 2:9" file="definitions/systems/a.ts" line="2">
      <failure type="error" message="there is no team &quot;chekout&quot;">error: there is no team &quot;chekout&quot;
definitions/systems/a.ts:2:9
at team, a
see definitions/project.ts:3:5: teams are declared here
Did you mean &quot;checkout&quot;?</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  it('is one case that passes without findings', () => {
    const xml = render([], 'junit');
    expect(xml).toContain('tests="1" failures="0"');
    expect(xml).toContain('<testcase classname="tocsin" name="no findings"/>');
  });

  it.each([
    ['error', 1],
    ['warning', 2],
    ['info', 3],
  ] as const)('counts what --fail-on %s counts', (failOn, failures) => {
    expect(render([GLOBAL, TEAM, QUERY], 'junit', { failOn })).toContain(
      `<testsuites name="tocsin" tests="3" failures="${failures}"`,
    );
  });

  it('is well-formed whatever it is told', () => {
    const xml = render([hostile, { ...hostile, severity: 'warning' }], 'junit');
    expect(xml).not.toMatch(UNSAFE);
    const open: string[] = [];
    // Every `<` starts a tag of ours, and every `&` one of the five entities or a line break.
    for (const [, close, name = '', attributes = '', isEmpty] of xml
      .replace(/^<\?xml[^>]*\?>\n/, '')
      .matchAll(/<(\/?)([^\s>/]*)((?: [a-z]+="[^"<]*")*)(\/?)>/g)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!isEmpty) open.push(name);
      expect(attributes).not.toMatch(/&(?!amp;|lt;|gt;|quot;|apos;|#10;|#9;)|\n|\t/);
    }
    expect(open).toEqual([]);
    const outside = xml.replace(/^<\?xml[^>]*\?>\n/, '').replace(/<\/?[a-z-]+(?: [a-z]+="[^"<]*")*\/?>/g, '');
    expect(outside).not.toMatch(/<|>|&(?!amp;|lt;|gt;|quot;|apos;)/);
  });
});

describe('every format', () => {
  it.each(FORMATS)('%s ends with a line feed and is the same each time', (format) => {
    const once = render([GLOBAL, TEAM, QUERY, hostile], format, read);
    expect(once).toMatch(/[^\n]\n$/);
    expect(render([GLOBAL, TEAM, QUERY, hostile], format, read)).toBe(once);
  });
});
