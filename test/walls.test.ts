import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Who may import whom in generators/, as design.md section 4 has it. Everything that is not listed is forbidden. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  conventions: [],
  diagnostics: [],
  promql: ['conventions', 'diagnostics'],
  slo: ['conventions', 'diagnostics', 'promql'],
  model: ['conventions', 'diagnostics', 'promql'],
  monitors: ['conventions', 'diagnostics', 'promql', 'slo', 'model'],
  passes: ['conventions', 'diagnostics', 'promql', 'slo', 'model', 'monitors'],
  targets: ['conventions', 'diagnostics', 'promql', 'slo', 'model', 'monitors', 'passes', 'output'],
  lint: ['conventions', 'diagnostics', 'promql', 'model'],
  validate: ['conventions', 'diagnostics', 'promql', 'model', 'lint', 'output'],
  diff: ['conventions', 'diagnostics', 'model'],
  explain: ['conventions', 'diagnostics', 'promql', 'slo', 'model', 'targets'],
  exposition: ['conventions', 'diagnostics', 'promql', 'model'],
  load: ['conventions', 'diagnostics', 'promql', 'slo', 'model'],
  output: ['conventions', 'diagnostics'],
};
const SINGLE_FILES = new Set(['conventions', 'compile', 'index']);
const UNITS = [...Object.keys(LAYERS), 'compile'];

/** The packages and Node modules that have a home: the beginnings of the paths that may import them. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  yaml: ['generators/output/', 'generators/validate/', 'generators/lint/', 'test/'],
  zod: ['generators/model/', 'generators/monitors/', 'generators/lint/', 'test/'],
  '@grafana/grafana-foundation-sdk/dashboard': ['generators/targets/grafana/', 'test/'],
  '@lezer/javascript': ['generators/load/syntax.ts', 'test/'],
  '@prometheus-io/lezer-promql': ['test/promql/', 'test/bench/promql.bench.ts'],
  'node:fs': ['generators/load/', 'generators/output/', 'generators/validate/external', 'scripts/', 'test/'],
};
const EVERYWHERE = [
  ...UNITS.map((unit) => (SINGLE_FILES.has(unit) ? `generators/${unit}.ts` : `generators/${unit}/a.ts`)),
  'generators/index.ts',
  'generators/load/syntax.ts',
  'generators/targets/grafana/a.ts',
  'generators/targets/prometheus/a.ts',
  'generators/lint/rules/group/a.ts',
  'generators/validate/external.ts',
  'generators/validate/external/a.ts',
  'scripts/a.ts',
  'scripts/commands/a.ts',
  'definitions/systems/a.ts',
  'test/a.ts',
  'test/promql/a.ts',
  'test/bench/promql.bench.ts',
];

interface Probe {
  readonly file: string;
  readonly line: string;
  readonly rule: string;
  readonly isForbidden: boolean;
}

const importOf = (specifier: string): string => `import '${specifier}';`;
const wall = (file: string, specifier: string, isForbidden: boolean): Probe => ({
  file,
  line: importOf(specifier),
  rule: 'no-restricted-imports',
  isForbidden,
});

const layerProbes: readonly Probe[] = [...Object.entries(LAYERS), ['compile', Object.keys(LAYERS)] as const].flatMap(
  ([from, allowed]) =>
    UNITS.filter((to) => to !== from).flatMap((to) => {
      const target = SINGLE_FILES.has(to) ? `${to}.ts` : `${to}/b.ts`;
      const isForbidden = !allowed.includes(to);
      return SINGLE_FILES.has(from)
        ? [wall(`generators/${from}.ts`, `./${target}`, isForbidden)]
        : [
            wall(`generators/${from}/a.ts`, `../${target}`, isForbidden),
            wall(`generators/${from}/deep/er/a.ts`, `../../../${target}`, isForbidden),
          ];
    }),
);

const homeProbes: readonly Probe[] = Object.entries(HOMES).flatMap(([specifier, homes]) =>
  EVERYWHERE.map((file) => wall(file, specifier, !homes.some((home) => file.startsWith(home)))),
);

const outsideProbes: readonly Probe[] = EVERYWHERE.filter((file) => file.startsWith('generators/')).flatMap((file) => {
  const up = '../'.repeat(file.split('/').length - 1);
  return [
    wall(file, `${up}definitions/project.ts`, true),
    wall(file, `${up}scripts/io.ts`, true),
    wall(file, `${up}test/support/b.ts`, true),
    wall(file, 'tocsin', true),
  ];
});

const otherProbes: readonly Probe[] = [
  wall('definitions/systems/a.ts', 'tocsin', false),
  wall('definitions/systems/a.ts', './b.ts', false),
  wall('definitions/systems/a.ts', '../project.ts', false),
  wall('definitions/systems/a.ts', '../../generators/index.ts', true),
  wall('definitions/project.ts', '../scripts/io.ts', true),
  wall('definitions/project.ts', 'left-pad', true),
  wall('test/scenarios/x/definitions/project.ts', 'tocsin', false),
  wall('test/scenarios/x/definitions/project.ts', 'zod', true),
  wall('scripts/a.ts', '../generators/compile.ts', false),
  wall('scripts/a.ts', '../definitions/project.ts', true),
  wall('scripts/a.ts', '../test/support/b.ts', true),
  wall('generators/targets/prometheus/a.ts', '../index.ts', true),
  wall('generators/model/a.ts', '../promql/index.ts', false),
  // The other ways to import.
  { ...wall('generators/promql/dynamic.ts', '', true), line: "export const a = () => import('../model/b.ts');" },
  { ...wall('generators/promql/re-export.ts', '', true), line: "export { a } from '../model/b.ts';" },
  { ...wall('generators/promql/type-import.ts', '', true), line: "import type { A } from '../model/b.ts';" },
  {
    file: 'generators/promql/type-query.ts',
    line: "export type A = import('../model/b.ts').A;",
    rule: 'consistent-type-imports',
    isForbidden: true,
  },
  { file: 'generators/model/bare.ts', line: "import 'fs';", rule: 'prefer-node-protocol', isForbidden: true },
];

const globalProbes: readonly Probe[] = [
  ['process.cwd();', 'no-restricted-globals'],
  ["console.log('');", 'no-console'],
  ['performance.now();', 'no-restricted-globals'],
  ["void fetch('');", 'no-restricted-globals'],
  ['Date.now();', 'no-restricted-properties'],
  ['Math.random();', 'no-restricted-properties'],
  ["'a'.localeCompare('b');", 'no-restricted-properties'],
  ['(1).toLocaleString();', 'no-restricted-properties'],
  ['new Intl.NumberFormat();', 'no-restricted-properties'],
].flatMap(([line = '', rule = '']) => [
  { file: 'generators/passes/globals.ts', line, rule, isForbidden: true },
  { file: 'scripts/globals.ts', line, rule, isForbidden: false },
]);

const PROBES = [...layerProbes, ...homeProbes, ...outsideProbes, ...otherProbes, ...globalProbes];

let folder = '';
/** `file:line rule` of everything that oxlint found. */
let found: ReadonlySet<string> = new Set();
const lineOf = new Map<Probe, number>();

const oxlint = (cwd: string): ReadonlySet<string> => {
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['-f', 'json'], { cwd, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { filename: string; code: string; labels: { span: { line: number } }[] }[];
  };
  return new Set(
    diagnostics.map(({ filename, code, labels }) => {
      const rule = /\((.*)\)/.exec(code)?.[1] ?? code;
      return `${filename}:${labels[0]?.span.line} ${rule}`;
    }),
  );
};

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-walls-'));
  cpSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  const files = new Map<string, string[]>();
  for (const probe of PROBES) {
    const lines = files.get(probe.file) ?? [];
    lines.push(probe.line);
    files.set(probe.file, lines);
    lineOf.set(probe, lines.length);
  }
  for (const [file, lines] of files) write(file, `${lines.join('\n')}\n`);
  write('generators/slo/first.ts', "import { b } from './second.ts';\nexport const a = (): unknown => b;\n");
  write('generators/slo/second.ts', "import { a } from './first.ts';\nexport const b = (): unknown => a;\n");
  write('generators/slo/default.ts', 'export default 1;\n');
  write('definitions/systems/default.ts', 'export default 1;\n');
  found = oxlint(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const verdict = (probe: Probe): boolean => found.has(`${probe.file}:${lineOf.get(probe)} ${probe.rule}`);

const wrong = (probes: readonly Probe[]): readonly string[] =>
  probes
    .filter((probe) => verdict(probe) !== probe.isForbidden)
    .map((probe) => `${probe.file}: ${probe.line} should be ${probe.isForbidden ? 'forbidden' : 'allowed'}`);

describe('the walls between the layers', () => {
  it.each([
    ['imports go only in the direction of the design', layerProbes],
    ['packages and Node stay in their homes', homeProbes],
    ['the compiler does not know its users', outsideProbes],
    ['definitions, command line and the other ways to import', otherProbes],
    ['the compiler has no process, clock, chance or locale', globalProbes],
  ])('%s', (_, probes) => {
    expect(probes.length).toBeGreaterThan(0);
    expect(wrong(probes)).toEqual([]);
  });

  it('finds import cycles', () => {
    expect([...found].filter((line) => line.endsWith('no-cycle'))).toEqual(
      expect.arrayContaining(['generators/slo/first.ts:1 no-cycle', 'generators/slo/second.ts:1 no-cycle']),
    );
  });

  it('allows a default export only to definitions', () => {
    expect([...found].filter((line) => line.endsWith('no-default-export'))).toEqual([
      'generators/slo/default.ts:1 no-default-export',
    ]);
  });

  it('covers every folder and file of generators/', () => {
    const units = readdirSync(join(ROOT, 'generators'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'))
      .map((entry) => entry.name.replace(/\.ts$/, ''));
    expect(units.filter((unit) => ![...UNITS, 'index'].includes(unit))).toEqual([]);
  });

  it('has no clock in the compiler: `new Date()` is the one reading of it that the linter cannot tell apart', () => {
    const readers = readdirSync(join(ROOT, 'generators'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /\bDate\(\s*\)/.test(readFileSync(join(ROOT, 'generators', file), 'utf8')));
    expect(readers).toEqual([]);
  });
});
