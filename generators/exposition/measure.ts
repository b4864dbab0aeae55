/**
 * Evaluates the query of a threshold over one run instead of in a Prometheus: `rate` is what a counter grew by between two scrapes,
 * divided by the time between them. A gauge has the value of one of the scrapes.
 */
import type { Aggregate, Binary, Call, Expr, LabelMatcher, VectorSelector } from '../promql/ast.ts';
import { matchesText } from '../promql/re2.ts';
import { selectors } from '../promql/walk.ts';
import type { Exposition, FamilyType, Sample } from './exposition.ts';
import { readNumber } from './number.ts';

/** Two scrapes of one target. Without the first one, its counters began at 0 with the run. */
export interface TargetRun {
  readonly job: string;
  readonly instance: string;
  readonly before?: Exposition;
  readonly after: Exposition;
}

/** Everything that was scraped of a run. */
export interface Run {
  readonly targets: readonly TargetRun[];
  /** Between the scrapes. */
  readonly seconds: number;
}

/** The scrape that gauges are read from. */
export type Moment = 'before' | 'after';

type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly labels: Labels;
  readonly value: number;
}

type Value =
  { readonly kind: 'scalar'; readonly value: number } | { readonly kind: 'vector'; readonly series: readonly Series[] };

/** The query asks for something that two scrapes do not tell. */
class Unmeasurable extends Error {}

const labelsOf = (sample: Sample): Labels => Object.fromEntries(sample.labels.map(({ name, value }) => [name, value]));

/** The text that is the same for two sets of labels if they are equal; an empty label is none. */
const keyOf = (labels: Labels): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

const pick = (labels: Labels, keeps: (name: string) => boolean): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => keeps(name)));

const matchesLabel = ({ name, op, value }: LabelMatcher, labels: Labels): boolean => {
  const text = labels[name] ?? '';
  if (op === '=') return text === value;
  if (op === '!=') return text !== value;
  const found = matchesText(value, text);
  if (found === undefined) throw new Unmeasurable(`the pattern ${value}`);
  return (op === '=~') === found;
};

interface Selected {
  readonly type: FamilyType | undefined;
  readonly sample: Sample;
  /** With those that Prometheus adds. */
  readonly labels: Labels;
}

/** The samples of a selector in one scrape of a target. */
const select = (
  { name, matchers }: VectorSelector,
  { job, instance }: TargetRun,
  scraped: Exposition | undefined,
): readonly Selected[] =>
  (scraped?.families ?? []).flatMap(({ type, samples }) =>
    samples.flatMap((sample) => {
      if (name !== undefined && sample.name !== name) return [];
      const labels = { ...labelsOf(sample), job, instance };
      const named = { ...labels, __name__: sample.name };
      return matchers.every((matcher) => matchesLabel(matcher, named)) ? [{ type: type?.value, sample, labels }] : [];
    }),
  );

const requirePresent = ({ offset, at }: VectorSelector): void => {
  if (offset || at) throw new Unmeasurable('another time than that of the run');
};

const seriesKey = (sample: Sample): string => keyOf({ ...labelsOf(sample), __name__: sample.name });

/** What the counters of a selector grew by. */
const growth = (selector: VectorSelector, { targets }: Run): readonly Series[] => {
  requirePresent(selector);
  return targets.flatMap((target) => {
    const earlier = new Map(
      select(selector, target, target.before).map(({ sample }) => [seriesKey(sample), sample.value]),
    );
    return select(selector, target, target.after).map(({ sample, labels }) => {
      const last = earlier.get(seriesKey(sample)) ?? 0;
      // A counter that is less than before began anew.
      return { labels, value: sample.value >= last ? sample.value - last : sample.value };
    });
  });
};

/** What the gauges of a selector were at one moment. */
const levels = (selector: VectorSelector, { targets }: Run, moment: Moment): readonly Series[] => {
  requirePresent(selector);
  return targets.flatMap((target) =>
    select(selector, target, target[moment]).map(({ type, sample, labels }) => {
      // A counter as it stands says what happened before the run.
      if (type !== 'gauge') throw new Unmeasurable('a counter as it stands');
      return { labels, value: sample.value };
    }),
  );
};

/** Whether a query asks how things are at a moment, not only what happened in a time. */
export const readsGauges = (query: Expr): boolean => selectors(query).some(({ matrix }) => matrix === undefined);

const bucketQuantile = (q: number, buckets: readonly { readonly bound: number; readonly count: number }[]): number => {
  const sorted = buckets.toSorted((a, b) => a.bound - b.bound);
  const total = sorted.at(-1);
  if (!total || total.bound !== Infinity || sorted.length < 2 || !(total.count > 0)) return NaN;
  const rank = q * total.count;
  const index = sorted.findIndex(({ count }) => count >= rank);
  // Beyond the last finite bound nothing is known but the bound.
  if (index === sorted.length - 1) return sorted[index - 1]?.bound ?? NaN;
  const { bound = NaN, count = 0 } = sorted[index] ?? {};
  const below = sorted[index - 1];
  if (below === undefined && bound <= 0) return bound;
  const [start, under] = below ? [below.bound, below.count] : [0, 0];
  return start + (bound - start) * ((rank - under) / (count - under));
};

const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  count: (values) => values.length,
};

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

const COMPARISON: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
};

const groupBy = (series: readonly Series[], labelsFor: (labels: Labels) => Labels) => {
  const groups = new Map<string, { readonly labels: Labels; readonly members: Series[] }>();
  for (const one of series) {
    const labels = labelsFor(one.labels);
    const group = groups.get(keyOf(labels)) ?? { labels, members: [] };
    group.members.push(one);
    groups.set(keyOf(labels), group);
  }
  return [...groups.values()];
};

/** The values of a query over a run, with the gauges of a moment; undefined when two scrapes do not tell it. */
export const measure = (query: Expr, run: Run, moment: Moment = 'after'): readonly Series[] | undefined => {
  const vectorOf = (expr: Expr): readonly Series[] => {
    const value = evaluate(expr);
    return value.kind === 'vector' ? value.series : [{ labels: {}, value: value.value }];
  };

  const scalarOf = (expr: Expr | undefined): number => {
    const value = expr && evaluate(expr);
    if (value?.kind !== 'scalar') throw new Unmeasurable('a number that is computed');
    return value.value;
  };

  const aggregate = ({ op, expr, grouping }: Aggregate): Value => {
    const combine = AGGREGATES[op];
    if (!combine) throw new Unmeasurable(op);
    const names = new Set(grouping?.labels.map(({ name }) => name));
    const isKept = (name: string): boolean => (grouping?.mode === 'without' ? !names.has(name) : names.has(name));
    return {
      kind: 'vector',
      series: groupBy(vectorOf(expr), (labels) => pick(labels, isKept)).map(({ labels, members }) => ({
        labels,
        value: combine(members.map(({ value }) => value)),
      })),
    };
  };

  const call = ({ func, args }: Call): Value => {
    const [first, second] = args;
    if (func === 'vector') return { kind: 'vector', series: [{ labels: {}, value: scalarOf(first) }] };
    if ((func === 'rate' || func === 'increase') && first?.kind === 'matrix') {
      const divisor = func === 'rate' ? run.seconds : 1;
      const series = growth(first.selector, run).map(({ labels, value }) => ({ labels, value: value / divisor }));
      return { kind: 'vector', series };
    }
    if (func === 'histogram_quantile' && second) {
      const q = scalarOf(first);
      const groups = groupBy(vectorOf(second), (labels) => pick(labels, (name) => name !== 'le'));
      return {
        kind: 'vector',
        series: groups.map(({ labels, members }) => ({
          labels,
          value: bucketQuantile(
            q,
            members.flatMap(({ labels: { le = '' }, value }) => {
              const bound = readNumber(le);
              return bound === undefined ? [] : [{ bound, count: value }];
            }),
          ),
        })),
      };
    }
    throw new Unmeasurable(func);
  };

  const binary = ({ op, left, right, bool, matching }: Binary): Value => {
    if (matching?.group ?? matching?.fill) throw new Unmeasurable('a join of many to one');
    const [a, b] = [evaluate(left), evaluate(right)];
    const compute = ARITHMETIC[op];
    const compare = COMPARISON[op];
    const join = (x: number, y: number): number | undefined => {
      if (compute) return compute(x, y);
      if (!compare) throw new Unmeasurable(op);
      if (bool === true) return compare(x, y) ? 1 : 0;
      return compare(x, y) ? x : undefined;
    };
    if (a.kind === 'scalar' && b.kind === 'scalar') {
      const value = join(a.value, b.value);
      if (value === undefined) throw new Unmeasurable('a comparison of numbers');
      return { kind: 'scalar', value };
    }
    const over = (series: readonly Series[], pair: (value: number) => number | undefined): Value => ({
      kind: 'vector',
      series: series.flatMap(({ labels, value }) => {
        const result = pair(value);
        return result === undefined ? [] : [{ labels, value: result }];
      }),
    });
    if (b.kind === 'scalar') return over(a.kind === 'vector' ? a.series : [], (value) => join(value, b.value));
    if (a.kind === 'scalar') {
      if (compare) throw new Unmeasurable('a number compared with a vector');
      return over(b.series, (value) => join(a.value, value));
    }
    const names = new Set(matching?.on?.labels.map(({ name }) => name));
    const isMatched = (name: string): boolean => (matching?.on?.mode === 'on' ? names.has(name) : !names.has(name));
    const keyed = (labels: Labels): string => keyOf(pick(labels, isMatched));
    const rights = new Map(b.series.map((one) => [keyed(one.labels), one]));
    if (op === 'or') {
      const lefts = new Set(a.series.map(({ labels }) => keyed(labels)));
      return { kind: 'vector', series: [...a.series, ...b.series.filter(({ labels }) => !lefts.has(keyed(labels)))] };
    }
    if (op === 'and' || op === 'unless')
      return { kind: 'vector', series: a.series.filter(({ labels }) => rights.has(keyed(labels)) === (op === 'and')) };
    return {
      kind: 'vector',
      series: a.series.flatMap(({ labels, value }) => {
        const partner = rights.get(keyed(labels));
        const result = partner && join(value, partner.value);
        return result === undefined ? [] : [{ labels: pick(labels, isMatched), value: result }];
      }),
    };
  };

  const evaluate = (expr: Expr): Value => {
    switch (expr.kind) {
      case 'number':
        return { kind: 'scalar', value: expr.value };
      case 'vector':
        return { kind: 'vector', series: levels(expr, run, moment) };
      case 'paren':
        return evaluate(expr.expr);
      case 'aggregate':
        return aggregate(expr);
      case 'call':
        return call(expr);
      case 'binary':
        return binary(expr);
      default:
        throw new Unmeasurable(expr.kind);
    }
  };

  try {
    return vectorOf(query);
  } catch (error) {
    if (error instanceof Unmeasurable) return undefined;
    throw error;
  }
};
