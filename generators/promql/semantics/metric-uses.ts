/** Which metrics an expression reads, and what it does with them. */
import type { Aggregate, Call, Expr, VectorSelector } from '../ast.ts';
import type { MetricFacts, MetricTable } from '../metrics.ts';
import type { SeriesPart } from './metric-series.ts';
import { resolveMetric } from './metric-series.ts';
import { metricNames } from './selectors.ts';

/** What a selected series holds; `unknown` without a declaration. */
export type SeriesKind = 'counter' | 'gauge' | Exclude<SeriesPart, 'value'> | 'unknown';

/** One selector of an expression, and how its samples are used. */
export interface MetricUse {
  readonly selector: VectorSelector;
  /** The metric's name as selected (`x_bucket`); absent when the selector does not say one name. */
  readonly name?: string;
  /** The declared family. */
  readonly metric?: MetricFacts;
  readonly kind: SeriesKind;
  /** The function that reads the samples of a window, directly (`rate(x[5m])`) or through a subquery. */
  readonly overTime?: Call;
  /** The aggregation between the selector and that function, as in `rate(sum(x)[5m:])`. */
  readonly aggregatedBefore?: Aggregate;
  /**
   * `filter`: the values only decide which series are returned: the right side of `and`, `unless` and of comparisons
   * without `bool`, and what `absent` looks at.
   */
  readonly role: 'value' | 'filter';
}

interface Context {
  readonly overTime?: Call;
  readonly aggregatedBefore?: Aggregate;
  readonly role: MetricUse['role'];
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);

const isOverTime = (call: Call): boolean => call.args.some(({ kind }) => kind === 'matrix' || kind === 'subquery');

/** The operands of an expression, each with what is known of its use. */
function descend(expr: Expr, context: Context): readonly (readonly [Expr, Context])[] {
  const filter: Context = { ...context, role: 'filter' };
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
      return [];
    case 'matrix':
      return [[expr.selector, context]];
    case 'subquery':
    case 'paren':
    case 'unary':
      return [[expr.expr, context]];
    case 'aggregate': {
      const inner: Context = context.overTime === undefined ? context : { ...context, aggregatedBefore: expr };
      return [[expr.expr, inner], ...(expr.param === undefined ? [] : [[expr.param, context] as const])];
    }
    case 'binary': {
      const filters = expr.op === 'and' || expr.op === 'unless' || (COMPARISONS.has(expr.op) && expr.bool !== true);
      return [
        [expr.left, context],
        [expr.right, filters ? filter : context],
      ];
    }
    case 'call': {
      const absent = expr.func === 'absent' || expr.func === 'absent_over_time';
      const base = absent ? filter : context;
      if (!isOverTime(expr)) return expr.args.map((arg) => [arg, base] as const);
      const { aggregatedBefore: _, ...outer } = base;
      return expr.args.map((arg) => [arg, { ...outer, overTime: expr }] as const);
    }
  }
}

/** Every selector of an expression, in the order they are written, with its use. Linear in the number of nodes. */
export function metricUses(root: Expr, metrics?: MetricTable): readonly MetricUse[] {
  const uses: MetricUse[] = [];
  const stack: (readonly [Expr, Context])[] = [[root, { role: 'value' }]];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const [expr, context] = entry;
    if (expr.kind === 'vector') uses.push(useOf(expr, context, metrics));
    else stack.push(...descend(expr, context).toReversed());
  }
  return uses;
}

function useOf(
  selector: VectorSelector,
  { overTime, aggregatedBefore, role }: Context,
  metrics: MetricTable | undefined,
): MetricUse {
  const [name, ...others] = metricNames(selector) ?? [];
  const series = name === undefined || others.length > 0 ? undefined : resolveMetric(name, metrics);
  return {
    selector,
    ...(series && { name: series.name }),
    ...(series?.metric && { metric: series.metric }),
    kind: kindOf(series?.part, series?.metric),
    ...(overTime && { overTime }),
    ...(aggregatedBefore && { aggregatedBefore }),
    role,
  };
}

function kindOf(part: SeriesPart | undefined, metric: MetricFacts | undefined): SeriesKind {
  if (part === undefined || metric === undefined) return 'unknown';
  if (part !== 'value') return part;
  return metric.kind === 'counter' ? 'counter' : 'gauge';
}
