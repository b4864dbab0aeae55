import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../generators/promql/ast.ts';
import { print } from '../../../generators/promql/print.ts';
import { semantics, unitOf } from '../../../generators/promql/semantics/index.ts';
import { queryWithPromtool } from '../../support/promtool-query.ts';
import { createRandom, randomExpr, randomSeries, SEMANTIC_METRICS } from '../../support/semantic-arbitrary.ts';
import type { Random } from '../../support/semantic-arbitrary.ts';
import type { ResultSample } from '../../support/semantic-check.ts';
import { brokenPromises } from '../../support/semantic-check.ts';
import { requireTool } from '../../support/tools.ts';
import { NO_SCALE, randomUnitExpr, scaleFactor, UNIT_METRICS, unitSeries } from '../../support/unit-arbitrary.ts';

/** Another seed each day; a failure names it, and SEMANTICS_SEED repeats it. */
const SEED = Number(process.env['SEMANTICS_SEED'] ?? Math.floor(Date.now() / 86_400_000));

const GROUPS = 20;
const QUERIES = 250;
const MINUTES = 12;

/** Different expressions, by their text. */
function randomQueries(count: number, next: () => Expr): ReadonlyMap<string, Expr> {
  return new Map(
    Array.from({ length: count }, () => {
      const expr = next();
      return [print(expr), expr] as const;
    }),
  );
}

describe(`promises held against Prometheus (SEMANTICS_SEED=${SEED})`, () => {
  it(`keeps every promise on ${GROUPS * QUERIES} random queries and random series`, async () => {
    const random = createRandom(SEED);
    const groups = Array.from({ length: GROUPS }, () => ({
      queries: randomQueries(QUERIES, () => randomExpr(random, 1 + random.below(4))),
      series: randomSeries(random, MINUTES),
      at: 6 + random.below(MINUTES - 6),
    }));
    const results = await queryWithPromtool(
      requireTool('promtool'),
      groups.map((group) => ({ ...group, queries: [...group.queries.keys()] })),
    );
    const broken: string[] = [];
    const seen = { answered: 0, empty: 0, failed: 0 };
    for (const [index, { queries }] of groups.entries()) {
      for (const [position, [text, expr]] of [...queries].entries()) {
        const result = results[index]?.[position] ?? { samples: [] };
        if ('error' in result) seen.failed += 1;
        else if (result.samples.length === 0) seen.empty += 1;
        else seen.answered += 1;
        const promises = brokenPromises(semantics(expr, { metrics: SEMANTIC_METRICS }), result);
        if (promises.length > 0) broken.push(`${text}: ${[...new Set(promises)].join('; ')}`);
      }
    }
    expect(broken).toEqual([]);
    // A test that sees next to no results proves nothing.
    expect(seen.answered).toBeGreaterThan((GROUPS * QUERIES) / 4);
    expect(seen.failed).toBeLessThan((GROUPS * QUERIES) / 8);
  });
});

const SCALES = { time: 2, data: 4, score: 8 };
const UNIT_GROUPS = 8;

describe(`units held against Prometheus (SEMANTICS_SEED=${SEED})`, () => {
  it('predict how a result grows when every time, amount of data and score does', async () => {
    // The same choices twice: the second time in larger quantities.
    const [small, large] = [NO_SCALE, SCALES].map((scales) => {
      const random: Random = createRandom(SEED);
      return Array.from({ length: UNIT_GROUPS }, () => ({
        exprs: Array.from({ length: QUERIES }, () => randomUnitExpr(random, 1 + random.below(4), scales)),
        at: (7 + random.below(MINUTES - 7)) * scales.time,
        series: unitSeries(random, MINUTES, scales),
        interval: scales.time,
      }));
    });
    if (small === undefined || large === undefined) throw new Error('two sets of groups were made');
    const results = await queryWithPromtool(
      requireTool('promtool'),
      [...small, ...large].map((group) => ({ ...group, queries: group.exprs.map(print) })),
    );
    const broken: string[] = [];
    let compared = 0;
    for (const [index, { exprs }] of small.entries()) {
      for (const [position, expr] of exprs.entries()) {
        const { quantity, problems } = unitOf(expr, UNIT_METRICS);
        const [before, after] = [results[index]?.[position], results[index + UNIT_GROUPS]?.[position]];
        const sound = problems.every(({ code }) => code !== 'dimension' && code !== 'scale');
        if (!sound || quantity === undefined || before === undefined || after === undefined) continue;
        if ('error' in before || 'error' in after) continue;
        const factor = scaleFactor(quantity, SCALES);
        const pairs = pairSamples(before.samples, after.samples);
        compared += pairs.length;
        const wrong = pairs.filter(([value, larger]) => !isNear(value * factor, larger));
        if (wrong.length > 0) broken.push(`${print(expr)}: ${JSON.stringify(quantity)}, but ${JSON.stringify(wrong)}`);
      }
    }
    expect(broken).toEqual([]);
    expect(compared).toBeGreaterThan(UNIT_GROUPS * QUERIES);
  });
});

/** The values of equal series; `le` holds a quantity and differs. */
function pairSamples(before: readonly ResultSample[], after: readonly ResultSample[]): (readonly [number, number])[] {
  const keyOf = ({ labels }: ResultSample): string =>
    JSON.stringify(
      Object.entries(labels)
        .filter(([name]) => name !== 'le')
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  const values = new Map(after.map((sample) => [keyOf(sample), sample.value]));
  return before.flatMap((sample) => {
    const larger = values.get(keyOf(sample));
    return sample.value === undefined || larger === undefined ? [] : [[sample.value, larger] as const];
  });
}

const isNear = (expected: number, actual: number): boolean =>
  Object.is(expected, actual) ||
  expected === actual ||
  Math.abs(expected - actual) <= 1e-9 * Math.max(Math.abs(expected), Math.abs(actual));
