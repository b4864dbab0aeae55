import { expect, it } from 'vitest';
import { defineMetrics, mebibytes, monitors, percent } from '../../generators/index.ts';
import { compileSystems, fullSystem, plain, systemInput } from '../support/monitor.ts';

const m = defineMetrics('app', {
  hits_total: plain.events,
  misses_total: plain.events,
  memory_bytes: plain.memory,
  limit_bytes: plain.memory,
});
const cache = (...dependsOn: readonly string[]) =>
  monitors.cache({ metrics: { hits: m.hits_total, misses: m.misses_total }, dependsOn });
const cycles = (components: Readonly<Record<string, ReturnType<typeof cache>>>): readonly string[] =>
  compileSystems([systemInput({ components })]).findings;

it.each([
  ['itself', { a: cache('a') }, ['a -> a']],
  ['each other', { a: cache('b'), b: cache('a') }, ['a -> b -> a']],
  [
    'each other, seen from outside',
    { start: cache('a'), a: cache('b'), b: cache('c'), c: cache('a') },
    ['a -> b -> c -> a'],
  ],
  ['each other, twice', { a: cache('b'), b: cache('a'), c: cache('d'), d: cache('c') }, ['a -> b -> a', 'c -> d -> c']],
  ['one thing on two ways', { a: cache('b', 'c'), b: cache('d'), c: cache('d'), d: cache() }, []],
])('reports circles of components that depend on %s', (_, components, found) => {
  expect(cycles(components)).toEqual(
    found.map((cycle) => `component/cycle: components depend on each other in a circle: ${cycle}`),
  );
});

it('names thresholds and metrics after their component, within one system only', () => {
  const { model, findings } = compileSystems([
    fullSystem({ id: 'shop', slos: {} }),
    fullSystem({ id: 'bank', slos: {}, jobs: { app: { targets: {} } } }),
  ]);
  expect(findings.filter((finding) => !finding.startsWith('job/duplicate'))).toEqual([]);
  expect(model.systems.map(({ id, thresholds }) => [id, thresholds.map((one) => one.id)])).toEqual([
    ['bank', ['api-error-ratio', 'api-latency-p95', 'queue-depth']],
    ['shop', ['api-error-ratio', 'api-latency-p95', 'queue-depth']],
  ]);
});

it('reports two signals that would be one threshold', () => {
  const metrics = { hits: m.hits_total, misses: m.misses_total };
  const { findings } = compileSystems([
    systemInput({
      components: {
        cache: monitors.cache({
          metrics: { ...metrics, memory: m.memory_bytes, memoryLimit: m.limit_bytes },
          levels: { memoryUsage: { warning: percent(80) } },
        }),
        'cache-memory': monitors.httpService({} as never),
        'cache-memory-usage': monitors.cache({ metrics }),
      },
      thresholds: { 'cache-memory-usage': fullSystem().thresholds?.['queue-depth'] as never },
    }),
  ]);
  expect(findings.filter((finding) => finding.startsWith('definition/duplicate'))).toHaveLength(1);
});

it('reports levels that nothing measures', () => {
  const { findings } = compileSystems([
    systemInput({
      components: {
        cache: monitors.cache({
          metrics: { hits: m.hits_total, misses: m.misses_total },
          levels: { memory: { warning: mebibytes(1) } },
        }),
      },
    }),
  ]);
  expect(findings).toEqual([
    'definition/shape: levels.memory: nothing measures it; give the monitor the metrics or the job that it is about',
  ]);
});

it('counts the level itself as bad where the levels say so', () => {
  const levels = { hitRate: { warning: percent(70), inclusive: true }, memory: { warning: mebibytes(1) } };
  const { model, findings } = compileSystems([
    systemInput({
      components: {
        cache: monitors.cache({
          metrics: { hits: m.hits_total, misses: m.misses_total, memory: m.memory_bytes },
          levels,
        }),
      },
    }),
  ]);
  expect(findings).toEqual([]);
  expect(model.systems[0]?.thresholds.map(({ id, direction }) => [id, direction])).toEqual([
    ['cache-hit-rate', 'atMost'],
    ['cache-memory', 'above'],
  ]);
});
