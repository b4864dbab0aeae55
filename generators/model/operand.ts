/** Queries as values: a syntax tree with its unit, or what is wrong with it, and how new ones are made of others. */
import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import type { MetricKind } from '../promql/metrics.ts';
import type { Dimension, UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import type { Metric } from './metric.ts';
import type { LabelsOf, QueryProblem, Series } from './series.ts';
import { describe, isObject, isSeries, NO_METRIC, problem, selectorNode } from './series.ts';

/** A PromQL expression that returns an instant vector, with its unit and the labels of its result. */
export interface Query<D extends Dimension = Dimension, L extends string = string> {
  readonly kind: 'query';
  readonly dimension: D;
  readonly unit: UnitId;
  /** Absent when there are problems. */
  readonly expr?: Expr;
  readonly problems: readonly QueryProblem[];
  /** The declared metrics that flow in; using one declares it for the system. */
  readonly metrics: readonly Metric[];
  /** Carries the label names on the level of types only. */
  readonly labels?: L | undefined;
}

/** What functions on instant vectors take: a query, or the current value of a gauge. */
export type Operand<D extends Dimension = Dimension> = Query<D> | Series<'gauge', D>;

/** The label names of an operand's result. */
export type LabelsIn<T> =
  T extends Query<Dimension, infer L> ? L : T extends Series<MetricKind, Dimension, infer I> ? LabelsOf<I> : never;

/** The dimension of an operand's result. */
export type DimensionIn<T> = T extends { readonly dimension: infer D extends Dimension } ? D : never;

/** How series are put together. */
export type By<L extends string> = { readonly by: readonly L[] };

/** A declaration that does not stand is reported where the metric is read; until then any unit will do. */
export const unitIn = ({ unit }: Operand | Series): UnitId => (unit in UNITS ? unit : 'count');

/** The tree of an operand; absent for a query with problems. */
export const toExpr = (operand: Operand | Series): Expr | undefined =>
  operand.kind === 'query' ? operand.expr : selectorNode(operand);

/** What is wrong with an operand. */
export const problemsIn = (operand: Operand | Series): readonly QueryProblem[] =>
  operand.kind === 'metric' ? [] : operand.problems;

/** The declared metrics of an operand. */
export const metricsIn = (operand: Operand | Series): readonly Metric[] => {
  if (operand.kind === 'query') return operand.metrics;
  const metric = operand.kind === 'selection' ? operand.metric : operand;
  return metric === NO_METRIC ? [] : [metric];
};

/** A query over operands. With a problem of theirs or of its own there is nothing to build. */
export const combine = <D extends Dimension, L extends string>(
  unit: UnitId,
  operands: readonly (Operand | Series)[],
  problems: readonly QueryProblem[],
  make: (...exprs: Expr[]) => Expr,
): Query<D, L> => {
  const all = [...operands.flatMap(problemsIn), ...problems];
  const exprs = all.length === 0 ? operands.map(toExpr).filter((expr) => expr !== undefined) : [];
  return {
    kind: 'query',
    // The function that was called says which dimension its unit has.
    dimension: UNITS[unit].dimension as D,
    unit,
    ...(all.length === 0 && exprs.length === operands.length ? { expr: make(...exprs) } : {}),
    problems: all,
    metrics: [...new Set(operands.flatMap(metricsIn))],
  };
};

/** What a function answers to something that it cannot work on, which the compiler would have refused. */
export const refuse = <D extends Dimension, L extends string>(unit: UnitId, message: string): Query<D, L> =>
  combine(unit, [], [problem(message)], () => build.number(0));

/** Whether the compiler would have let these operands through: a query, or a gauge. */
export const wrongOperand = (name: string, operands: readonly unknown[]): string | undefined => {
  const wrong = operands.findIndex((operand) => !isQuery(operand) && !(isSeries(operand) && operand.type === 'gauge'));
  if (wrong < 0) return undefined;
  const given = operands[wrong];
  const hint = isSeries(given) ? '; wrap it in query.rate(...), query.quantile(...) or another function' : '';
  return `query.${name} works on queries and gauges, not on ${describe(given)}${hint}`;
};

/** A function of queries and gauges. */
export const combineOperands = <D extends Dimension, L extends string>(
  name: string,
  unit: UnitId,
  operands: readonly Operand[],
  problems: readonly QueryProblem[],
  make: (...exprs: Expr[]) => Expr,
): Query<D, L> => {
  const wrong = wrongOperand(name, operands);
  return wrong === undefined ? combine(unit, operands, problems, make) : refuse(unit, wrong);
};

/** An operand as a query. */
export const toQuery = (operand: Operand): Query =>
  operand.kind === 'query' ? operand : combine(unitIn(operand), [operand], [], (expr) => expr);

/** True for a query, wherever it was made. */
export const isQuery = (value: unknown): value is Query =>
  isObject(value) &&
  value['kind'] === 'query' &&
  String(value['unit']) in UNITS &&
  Array.isArray(value['metrics']) &&
  Array.isArray(value['problems']);
