import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  defineProject,
  defineSystem,
  minutes,
  monitors,
  ms,
  percent,
  query,
  select,
  state,
  threshold,
  workload,
} from '../../generators/index.ts';
import * as tocsin from '../../generators/index.ts';
import { compile } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import { filesOf, metrics as m, projectInput, systemInput } from '../support/definitions.ts';

const probe = (path: '/live' | '/ready' | '/started', failures: number) =>
  ({ path, every: tocsin.seconds(5), timeout: tocsin.seconds(1), failures }) as const;

/** A system that uses everything. */
const SYSTEM = (): tocsin.SystemInput =>
  systemInput({
    components: {
      api: monitors.httpService({
        job: 'api',
        metrics: {
          requests: m.requests_total,
          failures: select(m.requests_total, { status: tocsin.matches('5..') }),
          duration: m.duration_seconds,
          memory: m.memory_bytes,
          memoryLimit: m.memory_limit_bytes,
        },
        levels: {
          errorRatio: { warning: percent(1), critical: { level: percent(5), for: minutes(1), alert: 'ErrorsMany' } },
          latencyP95: { warning: ms(300), summary: '{value}' },
          availability: { critical: state(true) },
        },
        dependsOn: ['cache'],
        workload: workload({
          image: 'shop:1',
          replicas: 2,
          ports: { http: 8080 },
          endpoints: { '/started': { checks: [] }, '/live': { checks: [] }, '/ready': { checks: ['cache'] } },
          startup: probe('/started', 10),
          readiness: probe('/ready', 2),
          liveness: probe('/live', 3),
          resources: {
            requests: { cpu: tocsin.cores(0.1), memory: tocsin.mebibytes(64) },
            limits: { cpu: tocsin.cores(0.5), memory: tocsin.mebibytes(128) },
          },
        }),
      }),
      cache: monitors.cache({ metrics: { hits: m.requests_total, misses: m.errors_total } }),
    },
    metrics: [m],
    thresholds: {
      'queue-depth': threshold({
        alert: 'QueueDeep',
        title: 'Queue',
        query: query.sum(m.queue_depth, { by: ['queue'] }),
        direction: 'above',
        warning: tocsin.count(1),
        critical: tocsin.count(2),
        component: 'cache',
      }),
    },
    dashboards: {
      own: {
        title: 'Own',
        description: 'Own.',
        rows: [
          {
            title: 'Row',
            panels: { depth: { title: 'Depth', description: 'Depth.', queries: { depth: m.queue_depth } } },
          },
        ],
      },
    },
  });

type Path = readonly (string | number)[];

/** What the library makes is not put together by hand: it is replaced as a whole. */
const MADE: ReadonlySet<unknown> = new Set(['query', 'metric', 'selection', 'quantity', 'cpu', 'label-match']);

/** Every property that people write below a value. */
const pathsIn = (value: unknown, depth: number, path: Path = []): readonly Path[] => {
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  if ('kind' in value && MADE.has(value.kind)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [here, ...pathsIn(inner, depth - 1, here)];
  });
};

/** A copy with another value at a path; what is not on the path stays the same object. */
const changed = (value: unknown, [key, ...rest]: Path, change: unknown): unknown => {
  if (key === undefined) return change;
  const copy: Record<string | number, unknown> = (
    Array.isArray(value) ? [...(value as readonly unknown[])] : { ...(value as object) }
  ) as never;
  if (rest.length === 0 && change instanceof Renamed && !Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(copy).map(([name, inner]) => [name === String(key) ? change.name : name, inner]),
    );
  }
  if (rest.length === 0 && change === DELETED) delete copy[key];
  else copy[key] = changed(copy[key], rest, change);
  return copy;
};

const DELETED = Symbol('deleted');

/** Another name for a property, which keeps its place. */
class Renamed {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const NAMES = [
  '',
  ' ',
  'a b',
  '__proto__',
  'constructor',
  'to-string',
  'valueOf',
  'x"y\n',
  'Upper',
  'a--b',
  '../x',
  'é',
  '😀',
  '\ud800',
  '{{ $x }}',
  '0',
  'x'.repeat(60),
];

const junk = fc.oneof(
  fc.constant(DELETED),
  fc.constantFrom(...NAMES).map((name) => new Renamed(name)),
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    ' ',
    'x',
    '__proto__',
    'a/../b',
    '{labels.x} {{ $value',
    '"\n\\',
    '\ud800',
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    [],
    [null],
    ['x', 'x'],
    {},
    { kind: 'query' },
    { kind: 'metric' },
    { kind: 'selection' },
    { kind: 'quantity' },
    { kind: 'threshold' },
    { kind: 'monitor' },
    { kind: 'sli' },
    ms(0.1),
    minutes(-1),
    tocsin.seconds(Number.NaN),
    tocsin.seconds(Number.POSITIVE_INFINITY),
    percent(Number.NaN),
    tocsin.count(-5),
    m.queue_depth,
    query.sum(m.queue_depth),
    query.rate(m.queue_depth as never, minutes(5)),
    tocsin.promql('count')`sum(`,
    () => 1,
  ),
);

const PROJECT_PATHS = pathsIn(projectInput(), 5);
const SYSTEM_PATHS = pathsIn(SYSTEM(), 9);

const compileChanged = async (project: unknown, system: unknown): Promise<readonly string[]> => {
  const report = createReport();
  await compile(filesOf(defineProject(project as never), [defineSystem(system as never)]), report);
  const found = resolveFindings(report.list(), { locate: () => undefined, read: () => undefined });
  return found.map(({ code, property = '', message, hint = '' }) => `${code} ${property} ${message} ${hint}`);
};

test('the definitions that are broken below stand as they are', async () => {
  expect(await compileChanged(projectInput(), SYSTEM())).toEqual([]);
});

test.each([
  ['the project', PROJECT_PATHS, 60],
  ['the system', SYSTEM_PATHS, 150],
] as const)('whatever stands in %s is a finding at the most, never an exception', async (what, paths, numRuns) => {
  const path = fc.constantFrom(...paths);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(path, junk), { minLength: 1, maxLength: 3 }), async (edits) => {
      const original: unknown = what === 'the project' ? projectInput() : SYSTEM();
      const edited = edits.reduce((value, [at, change]) => changed(value, at, change), original);
      const findings = await (what === 'the project'
        ? compileChanged(edited, SYSTEM())
        : compileChanged(projectInput(), edited));
      for (const finding of findings) {
        // What cannot be shown is no message, and what the readers of the output would refuse was to be refused before.
        expect(finding).not.toMatch(/\[object|undefined undefined|=> 1|^validate\//);
      }
    }),
    { numRuns: Number(process.env['TOCSIN_RUNS'] ?? numRuns) },
  );
});
