import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baseUnit, QUOTIENTS } from '../../generators/model/dimensions.ts';
import type { Metric } from '../../generators/model/metric.ts';
import type { Quantity } from '../../generators/model/quantities.ts';
import { hours, minutes } from '../../generators/model/quantities.ts';
import type { Matching, Query } from '../../generators/model/query.ts';
import * as query from '../../generators/model/query.ts';
import { parse } from '../../generators/promql/parse.ts';
import { print } from '../../generators/promql/print.ts';
import { resultLabels, semantics, unitOf } from '../../generators/promql/semantics/index.ts';
import type { Dimension } from '../../generators/promql/units.ts';
import { UNITS } from '../../generators/promql/units.ts';
import { m, METRICS } from './declared.ts';

/** A query with what the types of the builder promise of it. */
interface Promised {
  readonly query: Query;
  readonly dimension: Dimension;
  readonly labels: readonly string[];
}

/** The builder without its types: the test keeps their rules itself. */
type Call = (...args: readonly unknown[]) => Query;
const call = query as unknown as Readonly<Record<keyof typeof query, Call>>;

const RATES: Partial<Record<Dimension, Dimension>> = { count: 'frequency', data: 'throughput', time: 'ratio' };
const sumOf = (dimension: Dimension): Dimension => (dimension === 'state' ? 'count' : dimension);
const averageOf = (dimension: Dimension): Dimension => (dimension === 'state' ? 'ratio' : dimension);
const differenceOf = (dimension: Dimension): Dimension => (dimension === 'timestamp' ? 'time' : sumOf(dimension));

const DECLARED: readonly Metric[] = Object.values(m);
const labelsOf = ({ labels }: Metric): readonly string[] => [...Object.keys(labels), 'instance', 'job'];

const leaf = fc.constantFrom(...DECLARED).chain((metric): fc.Arbitrary<Promised> => {
  const labels = labelsOf(metric);
  const { dimension } = metric;
  const rate = RATES[dimension];
  switch (metric.type) {
    case 'counter':
      return fc.constantFrom(
        { query: call.increase(metric, minutes(5)), dimension, labels },
        ...(rate ? [{ query: call.rate(metric, minutes(5)), dimension: rate, labels }] : []),
      );
    case 'gauge':
      return fc.constantFrom(
        { query: call.value(metric), dimension, labels },
        { query: call.averageOver(metric, hours(1)), dimension: averageOf(dimension), labels },
        { query: call.maximumOver(metric, hours(1)), dimension, labels },
        ...(dimension === 'state'
          ? []
          : [{ query: call.delta(metric, hours(1)), dimension: differenceOf(dimension), labels }]),
        ...(rate ? [{ query: call.derivative(metric, hours(1)), dimension: rate, labels }] : []),
        ...(dimension === 'timestamp' ? [{ query: call.timeSince(metric), dimension: 'time' as const, labels }] : []),
      );
    case 'histogram':
      return fc.subarray([...labels]).map((by) => ({
        query: call.quantile(0.9, metric, { over: minutes(5), by }),
        dimension,
        labels: by,
      }));
    case 'summary':
      return fc.subarray([...labels]).map((by) => ({
        query: call.mean(metric, { over: minutes(5), by }),
        dimension,
        labels: by,
      }));
  }
});

const above0 = (dimension: Dimension): Quantity => ({
  kind: 'quantity',
  dimension,
  unit: baseUnit(dimension),
  amount: 0,
  base: 0,
});

const AGGREGATES: readonly (readonly [keyof typeof query, (dimension: Dimension) => Dimension | undefined])[] = [
  ['sum', (dimension) => (dimension === 'timestamp' ? undefined : sumOf(dimension))],
  ['average', averageOf],
  ['minimum', (dimension) => dimension],
  ['maximum', (dimension) => dimension],
  ['countSeries', () => 'count'],
];

const unary = (operand: Promised): fc.Arbitrary<Promised> => {
  const { dimension, labels } = operand;
  const same = (built: Query): fc.Arbitrary<Promised> => fc.constant({ ...operand, query: built });
  return fc.oneof(
    fc.tuple(fc.constantFrom(...AGGREGATES), fc.subarray([...labels])).map(([[name, dimensionOf], by]) => {
      const result = dimensionOf(dimension);
      return result === undefined
        ? operand
        : { query: call[name](operand.query, { by }), dimension: result, labels: by };
    }),
    same(call.only(operand.query, '>', above0(dimension))),
    same(call.ago(operand.query, hours(1))),
    ...(dimension === 'timestamp'
      ? []
      : [fc.constant({ query: call.multiply(operand.query, 3), dimension: sumOf(dimension), labels })]),
    ...(labels.length === 0 ? [same(call.orZero(operand.query))] : []),
  );
};

/** The two sides brought to labels that they can be paired on. */
const aligned = (
  left: Promised,
  right: Promised,
): fc.Arbitrary<{ matching: Matching | undefined; labels: readonly string[] }> => {
  const common = left.labels.filter((label) => right.labels.includes(label));
  const differing = [...left.labels, ...right.labels].filter((label) => !common.includes(label));
  return fc.oneof(
    fc.subarray(common).map((on) => ({ matching: { on }, labels: on })),
    fc.subarray(common).map((on) => ({ matching: { on, groupLeft: [] }, labels: left.labels })),
    fc.constant({ matching: { ignoring: differing }, labels: common }),
  );
};

const binary = (left: Promised, right: Promised): fc.Arbitrary<Promised> =>
  aligned(left, right).chain(({ matching, labels }) => {
    const options: Promised[] = [];
    const quotients: Partial<Record<Dimension, Partial<Record<Dimension, Dimension>>>> = QUOTIENTS;
    const quotient = quotients[left.dimension]?.[right.dimension];
    const offer = (
      name: 'add' | 'and' | 'divide' | 'or' | 'subtract' | 'unless',
      dimension: Dimension,
      own: readonly string[],
    ): void => {
      const pairing = ['and', 'or', 'unless'].includes(name)
        ? { on: matching?.on, ignoring: matching?.ignoring }
        : matching;
      const given = Object.fromEntries(Object.entries(pairing ?? {}).filter(([, value]) => value !== undefined));
      options.push({ query: call[name](left.query, right.query, given), dimension, labels: own });
    };
    if (quotient) offer('divide', quotient, labels);
    if (left.dimension === right.dimension) {
      if (left.dimension !== 'timestamp') offer('add', sumOf(left.dimension), labels);
      offer('subtract', differenceOf(left.dimension), labels);
      offer('or', left.dimension, [...new Set([...left.labels, ...right.labels])]);
    }
    offer('and', left.dimension, left.labels);
    offer('unless', left.dimension, left.labels);
    return fc.constantFrom(...options);
  });

const composed: fc.Arbitrary<Promised> = fc.letrec<{ any: Promised }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { arbitrary: leaf, weight: 2 },
    { arbitrary: tie('any').chain(unary), weight: 3 },
    { arbitrary: fc.tuple(tie('any'), tie('any')).chain(([left, right]) => binary(left, right)), weight: 2 },
  ),
})).any;

const treeOf = ({ expr, problems }: Query): NonNullable<Query['expr']> => {
  if (!expr) throw new Error(problems.map(({ message }) => message).join('; '));
  return expr;
};

/** States, counts and ratios are plain numbers; which of them a sum of sums is, the types say more exactly. */
const PLAIN: readonly Dimension[] = ['count', 'ratio', 'state', 'score'];

test('a query of any depth has the unit and the labels that its types promise, and Prometheus reads it', () => {
  let withUnit = 0;
  fc.assert(
    fc.property(composed, ({ query: built, dimension, labels }) => {
      const expr = treeOf(built);
      const text = print(expr);
      expect(built.dimension, text).toBe(dimension);
      expect(UNITS[built.unit].dimension, text).toBe(dimension);
      const { unit, problems } = unitOf(expr, METRICS);
      expect(
        problems.filter(({ code }) => code === 'dimension' || code === 'scale'),
        text,
      ).toEqual([]);
      if (unit !== undefined) {
        withUnit += 1;
        if (PLAIN.includes(dimension)) {
          expect(PLAIN, text).toContain(UNITS[unit].dimension);
          expect(UNITS[unit].factor, text).toBe(UNITS[built.unit].factor);
        } else {
          expect(unit, text).toBe(built.unit);
        }
      }
      const facts = semantics(expr, { metrics: METRICS });
      expect(facts.type, text).toBe('vector');
      // What can never return anything may have fewer labels than the types say, never more.
      const { can, open } = resultLabels(facts);
      expect(
        can.filter((label) => !labels.includes(label)),
        text,
      ).toEqual([]);
      expect(open, text).toBe(false);
      if (facts.dead.length === 0) expect(can, text).toEqual([...labels].toSorted());
      expect(parse(text, { target: { prometheus: '2.42' } }).errors, text).toEqual([]);
    }),
    { numRuns: 3000 },
  );
  expect(withUnit).toBeGreaterThan(1500);
});
