import {
  aggregate,
  binary,
  call,
  matcher,
  number,
  range,
  selector,
  string,
  subquery,
  unary,
} from '../../generators/promql/build.ts';
import { NO_SPAN } from '../../generators/promql/ast.ts';
import type {
  AggregateOp,
  Binary,
  BinaryOp,
  Expr,
  LabelMatcher,
  MatchOp,
  VectorSelector,
} from '../../generators/promql/ast.ts';
import type { MetricFacts, MetricTable } from '../../generators/promql/metrics.ts';

/*
 * Declared metrics, random series that keep their declarations, and random well-typed expressions over them whose joins
 * are likely to match: what a differential test of the label semantics needs.
 */

/** A source of random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  readonly below: (limit: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** True in `share` of all calls. */
  readonly chance: (share: number) => boolean;
}

/** A generator of pseudo-random choices (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    chance: (share) => next() < share,
  };
}

const any = { kind: 'any' } as const;
const oneOf = (...values: string[]) => ({ kind: 'oneOf', values }) as const;
const TARGET = { job: oneOf('api', 'web'), instance: any } as const;

const DECLARED: readonly MetricFacts[] = [
  {
    name: 'requests_total',
    kind: 'counter',
    unit: 'count',
    labels: { status: oneOf('200', '404', '500'), route: any },
    targetLabels: TARGET,
  },
  {
    name: 'cpu_seconds_total',
    kind: 'counter',
    unit: 'seconds',
    labels: { mode: oneOf('idle', 'user') },
    targetLabels: TARGET,
  },
  {
    name: 'latency_seconds',
    kind: 'histogram',
    unit: 'seconds',
    labels: { route: any },
    targetLabels: TARGET,
    buckets: [0.1, 0.5, 1],
  },
  {
    name: 'queue_depth',
    kind: 'gauge',
    unit: 'count',
    labels: { queue: oneOf('a', 'b') },
    targetLabels: TARGET,
    range: { min: 0, max: 10 },
  },
  { name: 'temperature', kind: 'gauge', unit: 'score', labels: { zone: oneOf('', 'x', 'y') }, targetLabels: TARGET },
  { name: 'probe_up', kind: 'gauge', unit: 'state', labels: {}, targetLabels: TARGET },
  {
    name: 'hit_ratio',
    kind: 'gauge',
    unit: 'ratio',
    labels: { code: { kind: 'pattern', pattern: '[1-5][0-9][0-9]' } },
    targetLabels: TARGET,
    range: { min: 0, max: 1 },
  },
  {
    name: 'rpc_seconds',
    kind: 'summary',
    unit: 'seconds',
    labels: { route: any },
    targetLabels: TARGET,
    quantiles: [0.5, 0.9],
  },
  {
    name: 'build_info',
    kind: 'gauge',
    unit: 'count',
    labels: { version: any },
    targetLabels: TARGET,
    range: { min: 1, max: 1 },
  },
  {
    name: 'job:requests:rate5m',
    kind: 'gauge',
    unit: 'per_second',
    labels: { job: oneOf('api', 'web') },
    targetLabels: {},
    range: { min: 0 },
  },
  { name: 'limit', kind: 'gauge', unit: 'count', labels: {}, targetLabels: {}, range: { min: 5, max: 5 } },
  // Labels the scrape adds are not declared, so there may be others.
  { name: 'open_gauge', kind: 'gauge', unit: 'bytes', labels: { queue: oneOf('a', 'b') } },
  {
    name: 'native_seconds',
    kind: 'histogram',
    unit: 'seconds',
    labels: { route: any },
    targetLabels: TARGET,
    native: true,
    buckets: [0.1, 1],
  },
];

/** The metrics that the generated expressions use; `mystery` and `up` are used too, and are not declared. */
export const SEMANTIC_METRICS: MetricTable = new Map(DECLARED.map((metric) => [metric.name, metric]));

/** A sample that is a native histogram. */
export interface NativeSample {
  readonly observations: number;
}

/** One series with one sample a minute; `undefined` where there is none. */
export interface TestSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | NativeSample | undefined)[];
}

/** What tells series apart. */
const keyOf = (name: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([
    name,
    ...Object.keys(labels)
      .toSorted()
      .map((label) => [label, labels[label]]),
  ]);

const ROUTES = ['/', '/pay', 'x:y'];
const INSTANCES = ['h1:9090', 'h2:9090'];
const ODD = [NaN, Infinity, -Infinity, 0, -0, 1e300, -1e300, 1e-300];

/** Random series of every metric, over `minutes` minutes, as their declarations promise. `modern`: native histograms too. */
export function randomSeries(random: Random, minutes: number, { modern = false }: ExprOptions = {}): TestSeries[] {
  const found = new Map<string, TestSeries>();
  const times = Array.from({ length: minutes + 1 });
  const add = (name: string, labels: Record<string, string>, value: (previous: number) => number, start = 0): void => {
    const key = keyOf(name, labels);
    if (found.has(key)) return;
    let previous = start;
    const from = random.chance(0.15) ? random.below(minutes) : 0;
    const values = times.map((_, at) => {
      previous = value(previous);
      return at < from || random.chance(0.05) ? undefined : previous;
    });
    found.set(key, { name, labels, values });
  };
  const share = (): number => random.pick([0, 1, 0.5, 0.25, random.below(1000) / 1000]);
  const grow = (step: () => number) => (previous: number) => (random.chance(0.08) ? 0 : previous + step());
  const target = (): Record<string, string> => ({ job: random.pick(['api', 'web']), instance: random.pick(INSTANCES) });
  const repeat = (least: number, most: number, make: () => void): void => {
    for (let left = least + random.below(most - least + 1); left > 0; left -= 1) make();
  };

  repeat(2, 8, () =>
    add(
      'requests_total',
      { ...target(), status: random.pick(['200', '404', '500']), route: random.pick(ROUTES) },
      grow(() => random.below(20)),
      random.below(50),
    ),
  );
  repeat(1, 3, () =>
    add(
      'cpu_seconds_total',
      { ...target(), mode: random.pick(['idle', 'user']) },
      grow(() => random.below(60) + 0.25),
    ),
  );
  repeat(1, 5, () =>
    add('queue_depth', { ...target(), queue: random.pick(['a', 'b']) }, () =>
      random.pick([0, 10, random.below(11), random.below(100) / 10]),
    ),
  );
  repeat(1, 5, () => {
    const zone = random.pick(['', 'x', 'y']);
    add('temperature', { ...target(), ...(zone !== '' && { zone }) }, () =>
      random.chance(0.15) ? random.pick(ODD) : random.below(400) / 4 - 50,
    );
  });
  repeat(0, 4, () => add('probe_up', target(), () => random.below(2)));
  repeat(0, 4, () => add('up', { ...target(), ...(random.chance(0.5) && { region: 'eu' }) }, () => random.below(2)));
  repeat(0, 4, () => add('hit_ratio', { ...target(), code: random.pick(['200', '503', '111']) }, share));
  repeat(0, 3, () => add('build_info', { ...target(), version: random.pick(['1', '2']) }, () => 1));
  repeat(0, 3, () => add('job:requests:rate5m', { job: random.pick(['api', 'web']) }, () => random.below(1000) / 8));
  repeat(0, 1, () => add('limit', {}, () => 5));
  repeat(0, 4, () =>
    add(
      'open_gauge',
      { queue: random.pick(['a', 'b']), ...(random.chance(0.5) && { extra: random.pick(['p', 'q']) }) },
      () => random.below(4096) - 1000,
    ),
  );
  repeat(1, 7, () =>
    add(
      random.pick(['mystery', 'mystery', 'mystery_bucket']),
      {
        ...(random.chance(0.5) && target()),
        ...(random.chance(0.5) && { queue: random.pick(['a', 'b', 'c']) }),
        ...(random.chance(0.3) && { le: random.pick(['0.1', '+Inf', 'oops']) }),
        ...(random.chance(0.3) && { zone: random.pick(['x', 'w']) }),
      },
      () => (random.chance(0.2) ? random.pick(ODD) : random.below(100) - 50),
    ),
  );
  repeat(0, 2, () => {
    const labels = { ...target(), route: random.pick(ROUTES) };
    for (const quantile of ['0.5', '0.9'])
      add('rpc_seconds', { ...labels, quantile }, () => (random.chance(0.1) ? NaN : share() * 3));
    add(
      'rpc_seconds_count',
      labels,
      grow(() => random.below(5)),
    );
    add(
      'rpc_seconds_sum',
      labels,
      grow(() => share() * 5),
    );
  });
  repeat(1, 3, () => addHistogram('latency_seconds', ['0.1', '0.5', random.pick(['1', '1.0']), '+Inf']));
  repeat(0, 1, () => addHistogram('native_seconds', ['0.1', '1', '+Inf']));
  if (modern) {
    repeat(1, 3, () => addNative('native_seconds', { ...target(), route: random.pick(ROUTES) }));
    repeat(0, 2, () => addNative('mystery', { job: random.pick(['api', 'web']), queue: random.pick(['a', 'b', 'c']) }));
    repeat(0, 3, () => add('target_info', { ...target(), version: random.pick(['1', '2']), region: 'eu' }, () => 1));
  }
  return [...found.values()];

  function addNative(name: string, labels: Record<string, string>): void {
    let observations = random.below(50);
    const values = times.map(() => {
      observations = random.chance(0.08) ? 0 : observations + random.below(20);
      return random.chance(0.05) ? undefined : { observations };
    });
    found.set(keyOf(name, labels), { name, labels, values });
  }

  function addHistogram(name: string, bounds: readonly string[]): void {
    const labels = { ...target(), route: random.pick(ROUTES) };
    if (found.has(keyOf(`${name}_count`, labels))) return;
    // One history for all parts: buckets are cumulative, and a restart takes all of them to zero at once.
    const counts = bounds.map(() => 0);
    const history = times.map(() => {
      if (random.chance(0.08)) counts.fill(0);
      counts.forEach((count, index) => (counts[index] = count + random.below(4)));
      return [...counts];
    });
    const missing = times.map(() => random.chance(0.05));
    const put = (suffix: string, extra: Record<string, string>, value: (at: readonly number[]) => number): void => {
      const series = { ...labels, ...extra };
      const values = history.map((at, index) => (missing[index] === true ? undefined : value(at)));
      found.set(keyOf(name + suffix, series), {
        name: name + suffix,
        labels: series,
        values,
      });
    };
    const upTo = (at: readonly number[], last: number): number =>
      at.slice(0, last + 1).reduce((sum, count) => sum + count, 0);
    bounds.forEach((le, index) => put('_bucket', { le }, (at) => upTo(at, index)));
    put('_count', {}, (at) => upTo(at, bounds.length - 1));
    put('_sum', {}, (at) => upTo(at, bounds.length - 1) * 0.3);
  }
}

/** What generated series and expressions may use. */
export interface ExprOptions {
  /** Functions and syntax of Prometheus 3 behind feature flags, and native histograms. */
  readonly modern?: boolean;
}

const NAMES = [
  'requests_total',
  'requests_total',
  'cpu_seconds_total',
  'latency_seconds_bucket',
  'latency_seconds_bucket',
  'latency_seconds_count',
  'latency_seconds_sum',
  'queue_depth',
  'queue_depth',
  'temperature',
  'probe_up',
  'up',
  'hit_ratio',
  'rpc_seconds',
  'rpc_seconds_count',
  'build_info',
  'job:requests:rate5m',
  'limit',
  'open_gauge',
  'mystery',
  'mystery_bucket',
  'native_seconds_bucket',
  'latency_seconds',
] as const;
const LABELS = [
  'job',
  'instance',
  'status',
  'route',
  'queue',
  'zone',
  'code',
  'le',
  'quantile',
  'version',
  'mode',
  'extra',
  'region',
  'nothing',
  '__name__',
] as const;
const VALUES: Readonly<Record<string, readonly string[]>> = {
  job: ['api', 'web', 'none'],
  instance: INSTANCES,
  status: ['200', '404', '500', '301'],
  route: ROUTES,
  queue: ['a', 'b', 'c'],
  zone: ['x', 'y', 'w'],
  code: ['200', '503', 'x'],
  le: ['0.1', '0.5', '+Inf', '1'],
  quantile: ['0.5', '0.9'],
  __name__: ['requests_total', 'up', 'mystery'],
};
const PATTERNS = ['.*', '.+', '', 'a|b', '5..', '2..|4..', 'api|web', 'x|', '[^a]+', '(a|b)?', 'x.*'];
const CONSTANTS = [0, 1, -1, 2, 5, 10, 0.5, 0.25, 100, 3, -3, 0.1, NaN, Infinity, -Infinity, -0];
const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const;
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'] as const;
const EACH = [
  'abs',
  'ceil',
  'floor',
  'sgn',
  'exp',
  'sqrt',
  'ln',
  'log2',
  'log10',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'rad',
  'deg',
  'timestamp',
  'sort',
  'sort_desc',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'year',
  'round',
] as const;
const MODERN_EACH = [
  'histogram_count',
  'histogram_sum',
  'histogram_avg',
  'histogram_stddev',
  'histogram_stdvar',
] as const;
const OVER = [
  'rate',
  'rate',
  'rate',
  'irate',
  'increase',
  'delta',
  'idelta',
  'deriv',
  'changes',
  'resets',
  'count_over_time',
  'present_over_time',
  'avg_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
  'last_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'absent_over_time',
] as const;
const MODERN_OVER = [
  'mad_over_time',
  'first_over_time',
  'ts_of_last_over_time',
  'ts_of_max_over_time',
  'ts_of_min_over_time',
  'ts_of_first_over_time',
] as const;
const DATES = ['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'month', 'year', 'hour'] as const;
const GROUPINGS: readonly AggregateOp[] = [
  'sum',
  'sum',
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
];

/** A random expression of type vector or scalar, at most `depth` operators deep. */
export function randomExpr(random: Random, depth: number, options: ExprOptions = {}): Expr {
  const modern = options.modern === true;
  return random.chance(0.05) ? scalar(depth) : vector(depth);

  function someLabels(least = 0): string[] {
    const common = ['job', 'instance', 'queue', 'route', 'le'];
    return [
      ...new Set(
        Array.from({ length: least + random.below(3) }, () =>
          random.chance(0.7) ? random.pick(common) : random.pick(LABELS),
        ),
      ),
    ];
  }

  function someMatcher(name: string): LabelMatcher {
    const op: MatchOp = random.pick(['=', '=', '=', '!=', '=~', '!~']);
    if (op === '=~' || op === '!~') return matcher(name, op, random.pick(PATTERNS));
    return matcher(name, op, random.chance(0.1) ? '' : random.pick(VALUES[name] ?? ['a']));
  }

  function someSelector(): VectorSelector {
    const names = Array.from({ length: random.pick([0, 0, 0, 0, 1, 1, 2]) }, () => random.pick(LABELS)).filter(
      (name) => name !== '__name__',
    );
    if (random.chance(0.04)) {
      const pattern = random.pick([
        'requests_total|up',
        'native_seconds|queue_depth',
        'queue_depth|temperature',
        '(queue_depth|limit)',
        '.+_total',
        'up',
      ]);
      return selector(undefined, [matcher('__name__', '=~', pattern), ...names.map(someMatcher)]);
    }
    return selector(
      random.pick(modern ? [...NAMES, 'native_seconds', 'native_seconds'] : NAMES),
      names.map(someMatcher),
    );
  }

  function constant(): Expr {
    return number(random.pick(CONSTANTS));
  }

  function scalar(left: number): Expr {
    if (left <= 0 || random.chance(0.5)) return random.chance(0.9) ? constant() : call('time');
    switch (random.below(modern ? 5 : 4)) {
      case 0:
        return call('scalar', vector(left - 1));
      case 1:
        return binary(random.pick(ARITHMETIC), scalar(left - 1), scalar(left - 1));
      case 2:
        return binary(random.pick(COMPARISONS), scalar(left - 1), scalar(left - 1), { bool: true });
      case 3:
        return call('pi');
      default:
        return call(random.pick(['min_of', 'max_of']), scalar(left - 1), scalar(left - 1));
    }
  }

  function matrix(left: number): Expr {
    const minutes = random.pick([2, 3, 5]);
    if (left <= 0 || random.chance(0.75)) return range(someSelector(), minutes * 60_000);
    const inner = vector(left - 1);
    return subquery(random.chance(0.2) ? aggregate('topk', inner, {}, number(1)) : inner, minutes * 60_000, 60_000);
  }

  function vector(left: number): Expr {
    if (left <= 0) return random.chance(0.9) ? someSelector() : call('vector', constant());
    switch (random.below(20)) {
      case 0:
        return someSelector();
      case 1:
      case 2:
      case 3:
        return overTime(left);
      case 4:
      case 5:
      case 6:
      case 7:
        return grouped(left);
      case 8:
        return call(random.pick(modern ? [...EACH, ...MODERN_EACH] : EACH), vector(left - 1));
      case 9:
        return special(left);
      case 10:
        return labelled(left);
      case 11:
        return unary(random.pick(['-', '-', '+']), vector(left - 1));
      case 12:
      case 13:
        return withScalar(left);
      case 14:
        return twin(left);
      default:
        return pair(left);
    }
  }

  function overTime(left: number): Expr {
    if (random.chance(0.06)) return call('quantile_over_time', scalar(1), matrix(left - 1));
    if (random.chance(0.04)) return call('predict_linear', matrix(left - 1), constant());
    return call(random.pick(modern ? [...OVER, ...MODERN_OVER] : OVER), matrix(left - 1));
  }

  function grouped(left: number): Expr {
    const op = random.pick(modern ? ([...GROUPINGS, 'limitk', 'limit_ratio'] as const) : GROUPINGS);
    const grouping = random.pick([
      {},
      { by: someLabels() },
      { by: someLabels(1) },
      { by: someLabels(1) },
      { without: someLabels() },
    ]);
    const operand = vector(left - 1);
    switch (op) {
      case 'topk':
      case 'bottomk':
      case 'limitk':
        return aggregate(
          op,
          operand,
          grouping,
          random.chance(0.9) ? number(random.pick([1, 1, 2, 3, 0, 1.5])) : call('scalar', vector(0)),
        );
      case 'limit_ratio':
        return aggregate(op, operand, grouping, number(random.pick([0, 0.5, 1, -0.5])));
      case 'quantile':
        return aggregate(
          op,
          operand,
          grouping,
          random.chance(0.8) ? number(random.pick([0, 0.5, 0.9, 1, 2, -1, NaN])) : scalar(1),
        );
      case 'count_values':
        return aggregate(op, operand, grouping, string(random.pick(['value', 'job', 'queue', 'le'])));
      default:
        return aggregate(op, operand, grouping);
    }
  }

  function buckets(left: number): Expr {
    const bucket = selector(
      random.pick(['latency_seconds_bucket', 'latency_seconds_bucket', 'native_seconds_bucket', 'mystery_bucket']),
      random.chance(0.3) ? [someMatcher('le')] : [],
    );
    const rated = random.chance(0.7) ? call(random.pick(['rate', 'increase']), range(bucket, 300_000)) : bucket;
    const summed = random.chance(0.5) ? aggregate('sum', rated, { by: ['le', ...someLabels()] }) : rated;
    return random.chance(0.8) ? summed : vector(left - 1);
  }

  function special(left: number): Expr {
    switch (random.below(modern ? 14 : 11)) {
      case 0:
      case 1:
        return call(
          'histogram_quantile',
          random.chance(0.9) ? number(random.pick([0, 0.5, 0.9, 0.99, 1, 95])) : scalar(1),
          buckets(left),
        );
      case 2:
        return call('histogram_fraction', constant(), constant(), buckets(left));
      case 3:
        return call('absent', random.chance(0.7) ? absentSelector() : vector(left - 1));
      case 4:
        return call('vector', scalar(left - 1));
      case 5:
        return call('clamp', vector(left - 1), scalar(1), scalar(1));
      case 6:
        return call(random.pick(['clamp_min', 'clamp_max']), vector(left - 1), scalar(1));
      case 7:
        return call('round', vector(left - 1), number(random.pick([1, 5, 0.1, 10, 0])));
      case 8:
        return call(random.pick(['hour', 'minute', 'day_of_week', 'month']));
      case 9:
        return call(random.pick(DATES), binary('*', vector(left - 1), number(86_400 * random.below(900))));
      case 10:
        return binary('or', vector(left - 1), call('vector', constant()));
      case 11:
        return call(
          'histogram_quantiles',
          buckets(left),
          string('q'),
          number(0.5),
          number(random.pick([0.9, 1, 0.25])),
        );
      default:
        return random.chance(0.5)
          ? call('info', vector(left - 1))
          : call('info', vector(left - 1), {
              kind: 'vector',
              matchers: [matcher(random.pick(['version', 'zone', '__name__']), '=~', '.+')],
              span: NO_SPAN,
            });
    }
  }

  /** A selector with a label or a name that is matched more than once. */
  function absentSelector(): VectorSelector {
    const names = Array.from({ length: random.below(4) }, () => random.pick(['job', 'queue', 'status']));
    const matchers = names.map((name) =>
      random.chance(0.6) ? matcher(name, '=', random.pick(VALUES[name] ?? [''])) : someMatcher(name),
    );
    return random.chance(0.7)
      ? selector('mystery', matchers)
      : selector(undefined, [matcher('__name__', '=', 'mystery'), ...matchers]);
  }

  function labelled(left: number): Expr {
    const target = random.pick(['job', 'host', 'queue', 'instance', 'le', '__name__']);
    if (random.chance(0.35)) {
      return call(
        'label_join',
        vector(left - 1),
        string(target),
        string(random.pick(['', '-', ':'])),
        ...someLabels().map(string),
      );
    }
    const pattern = random.pick([
      '(.*)',
      '(.+)',
      '([^:]+):.*',
      'a',
      'api|web',
      '(a)|(b)',
      '(.*):(.*)',
      '.*',
      '2(.)(.)',
      '',
    ]);
    const replacement = random.pick(['$1', '$2', '${1}', 'x', '', 'p-$1', '$1x', '$$', '$2$1', '$0']);
    return call(
      'label_replace',
      vector(left - 1),
      string(target),
      string(replacement),
      string(random.chance(0.7) ? random.pick(['job', 'queue', 'queue', 'instance', 'zone']) : random.pick(LABELS)),
      string(pattern),
    );
  }

  function withScalar(left: number): Expr {
    const [a, b] = random.chance(0.75) ? [vector(left - 1), scalar(left - 1)] : [scalar(left - 1), vector(left - 1)];
    if (random.chance(0.4)) return binary(random.pick(ARITHMETIC), a, b);
    return binary(random.pick(COMPARISONS), a, b, random.chance(0.25) ? { bool: true } : {});
  }

  function operator(): { readonly op: BinaryOp; readonly bool?: boolean } {
    switch (random.below(4)) {
      case 0:
        return { op: random.pick(['and', 'or', 'unless'] as const) };
      case 1:
        return { op: random.pick(COMPARISONS), bool: random.chance(0.3) };
      default:
        return { op: random.pick(ARITHMETIC) };
    }
  }

  /** Two sides that stem from one expression, so that they match. */
  function twin(left: number): Expr {
    const inner = vector(left - 1);
    const { op, bool } = operator();
    const by = someLabels(1);
    const set = op === 'and' || op === 'or' || op === 'unless';
    const options = { ...(bool === true && { bool }) };
    switch (random.below(5)) {
      case 4:
        return binary(op, inner, inner, { ...options, ignoring: by });
      case 3:
        return share(by);
      case 0:
        return binary(op, inner, random.chance(0.5) ? inner : vector(left - 1), options);
      case 1:
        return binary(
          op,
          aggregate('sum', inner, { by }),
          aggregate(random.pick(['count', 'max']), inner, { by }),
          options,
        );
      default:
        return binary(op, inner, aggregate('sum', inner, { by }), {
          ...options,
          on: by,
          ...(!set && { groupLeft: [] }),
        });
    }
  }

  /** A part of something divided by the whole of it. */
  function share(by: readonly string[]): Expr {
    const name = random.pick(['requests_total', 'latency_seconds_count', 'queue_depth', 'open_gauge']);
    const matchers = random.chance(0.4) ? [someMatcher(random.pick(['job', 'route']))] : [];
    const extra = someMatcher(random.pick(['status', 'queue', 'instance']));
    const of = (selected: VectorSelector): Expr =>
      name.endsWith('_total') || name.endsWith('_count') ? call('rate', range(selected, 300_000)) : selected;
    const op = random.pick(['sum', 'sum', 'count'] as const);
    const part = of(selector(name, [...matchers, extra]));
    const filtered = random.chance(0.2) ? binary('>', part, number(1)) : part;
    const more = random.chance(0.3) ? random.pick(['status', 'queue']) : undefined;
    if (random.chance(0.2)) return binary('/', part, binary('+', part, vector(1)));
    // Now and then it is no part at all.
    const other = random.chance(0.15) ? [someMatcher('job')] : [];
    const window = random.chance(0.15) ? 120_000 : 300_000;
    const selected = selector(name, [...matchers, ...other]);
    const counted = name.endsWith('_total') || name.endsWith('_count');
    const summed = counted ? call('rate', range(selected, window)) : selected;
    const whole = aggregate(op, summed, { by: random.chance(0.15) ? someLabels() : [...by] });
    const fine = more === undefined || by.includes(more) ? [...by] : [...by, more];
    const summedPart = aggregate(op, filtered, { by: fine });
    return binary(
      '/',
      random.chance(0.2) ? binary('or', summedPart, call('vector', number(random.pick([0, 0, 1])))) : summedPart,
      whole,
      fine.length === by.length
        ? {}
        : random.pick([
            { on: [...by], groupLeft: [] },
            { ignoring: fine.filter((name) => !by.includes(name)), groupLeft: [] },
          ]),
    );
  }

  function pair(left: number): Expr {
    const { op, bool } = operator();
    const set = op === 'and' || op === 'or' || op === 'unless';
    const labels = someLabels();
    const [a, b] = [sided(left - 1, labels), sided(left - 1, labels)];
    const how = random.pick([{}, { on: labels }, { on: labels }, { on: labels }, { ignoring: labels }]);
    const include = someLabels().filter((name) => !labels.includes(name));
    const grouped = !set && 'on' in how && random.chance(0.4);
    const side = grouped ? (random.chance(0.6) ? { groupLeft: include } : { groupRight: include }) : {};
    const node = binary(op, a, b, { ...how, ...side, ...(bool === true && { bool }) });
    if (!modern || set || node.kind !== 'binary' || !random.chance(0.2)) return node;
    return filled(node);
  }

  function filled(node: Binary): Binary {
    const values = random.pick([{ left: 0 }, { right: 0 }, { left: 1, right: 2 }]);
    return {
      ...node,
      matching: {
        on: node.matching?.on ?? { mode: 'ignoring', labels: [], span: NO_SPAN },
        ...node.matching,
        fill: { ...values, span: NO_SPAN },
      },
    };
  }

  /** A side of a match: often reduced to the labels that are compared. */
  function sided(left: number, labels: readonly string[]): Expr {
    const side = vector(left);
    return random.chance(0.5)
      ? aggregate(random.pick(['sum', 'max', 'avg', 'count']), side, { by: [...labels] })
      : side;
  }
}
