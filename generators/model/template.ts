/** Free PromQL expressions, into which metrics, queries, durations and numbers are put as syntax. */
import type { Duration as DurationNode, DurationLiteral, Expr } from '../promql/ast.ts';
import { NO_SPAN } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { parse } from '../promql/index.ts';
import { print } from '../promql/print.ts';
import type { DimensionOf, UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import { transform } from '../promql/walk.ts';
import type { Query } from './operand.ts';
import { combine, isQuery } from './operand.ts';
import { isTime, toMilliseconds } from './quantities.ts';
import type { QueryProblem, Series, Window } from './series.ts';
import {
  describe,
  durationNode,
  isObject,
  isSeries,
  problem,
  selectorNode,
  VARIABLES,
  windowProblems,
} from './series.ts';

/** What a `promql` template may interpolate. */
export type Interpolation = Series | Query | Window | number;

/**
 * A free PromQL expression: promql('ratio')`sum(rate(${m.errors_total}[${minutes(5)}])) / ...`. Metrics, selections,
 * queries, durations and numbers are put in as syntax, never as text; the whole is parsed at once. What stands between
 * them is PromQL as it is: a backslash is one of PromQL's, only \` and \$ stand for the character itself.
 */
export const promql =
  <const U extends UnitId>(unit: U) =>
  (strings: TemplateStringsArray, ...values: readonly Interpolation[]): Query<DimensionOf<U>, string> => {
    const literal = strings.raw.map((part) =>
      part.replaceAll(/\\([\\`$])/g, (pair, char: string) => (char === '\\' ? pair : char)),
    );
    const text = literal.reduce((before, part, index) => before + interpolate(values[index - 1]) + part);
    const operands = values.filter((one): one is Series | Query => isSeries(one) || isQuery(one));
    const wrong = values
      .map(interpolationProblem)
      .filter((message) => message !== undefined)
      .map(problem);
    const { expr, errors } = parse(text);
    const restored = expr && errors.length === 0 ? restoreVariables(expr) : undefined;
    const shown = showVariables(text);
    const problems = [
      ...wrong,
      ...(wrong.length === 0
        ? errors.map(({ message, from, to }) => ({ message, at: { text: shown, from, to } }))
        : []),
      ...(restored?.problems ?? []),
    ];
    const known: UnitId = unit in UNITS ? unit : 'count';
    return combine(
      known,
      operands,
      known === unit ? problems : [...problems, problem(`there is no unit ${describe(unit)}`)],
      () => restored?.expr ?? build.number(0),
    );
  };

const interpolationProblem = (value: unknown): string | undefined => {
  if (typeof value === 'number' || isSeries(value) || isQuery(value)) return undefined;
  if (isObject(value) && String(value['kind']) in VARIABLES) return undefined;
  if (isTime(value)) return windowProblems(value)[0]?.message;
  return `a promql template takes metrics, selections, queries, durations and numbers, not ${describe(value)}`;
};

/** Durations that stand for variables while the text of a template is parsed; nobody writes these. */
const MARKS = [
  { kind: 'rate-interval', ms: 299_793_458 },
  { kind: 'slo-window', ms: 299_793_459 },
] as const;

type Mark = (typeof MARKS)[number];

/** As long as the variable itself, so that the places of errors are right. */
const markText = ({ kind, ms }: Mark): string => `${String(ms).padStart(VARIABLES[kind].length - 1, '0')}ms`;

const showVariables = (text: string): string =>
  MARKS.reduce((shown, mark) => shown.replaceAll(markText(mark), `$${VARIABLES[mark.kind]}`), text);

/** The expression with other durations. */
const mapDurations = (expr: Expr, map: (duration: DurationLiteral) => DurationLiteral): Expr => {
  const visit = (duration: DurationNode): DurationNode =>
    duration.kind === 'duration'
      ? map(duration)
      : {
          ...duration,
          operands: duration.operands.map(visit),
        };
  return transform(expr, (node) => {
    switch (node.kind) {
      case 'vector':
        return node.offset === undefined ? node : { ...node, offset: visit(node.offset) };
      case 'matrix':
        return { ...node, range: visit(node.range) };
      case 'subquery':
        return {
          ...node,
          range: visit(node.range),
          ...(node.step && { step: visit(node.step) }),
          ...(node.offset && { offset: visit(node.offset) }),
        };
      default:
        return node;
    }
  });
};

const hideVariables = (expr: Expr): Expr =>
  mapDurations(expr, (duration) => {
    const mark = MARKS.find(({ kind }) => VARIABLES[kind] === duration.variable);
    return mark ? { kind: 'duration', ms: mark.ms, raw: markText(mark), span: NO_SPAN } : duration;
  });

/** Puts the variables back, and takes off the parentheses that an argument of its own does not need. */
const restoreVariables = (expr: Expr): { readonly expr: Expr; readonly problems: readonly QueryProblem[] } => {
  const problems: QueryProblem[] = [];
  const restored = mapDurations(expr, (duration) => {
    const mark = MARKS.find(({ ms }) => ms === duration.ms);
    return mark ? durationNode({ kind: mark.kind }) : duration;
  });
  const bare = (node: Expr): Expr => (node.kind === 'paren' ? node.expr : node);
  const plain = transform(restored, (node) => {
    if (node.kind === 'number' && node.duration && MARKS.some(({ ms }) => ms === node.value * 1000)) {
      problems.push(problem('a window that is a variable stands only for a range: [${rateInterval}]'));
    }
    if (node.kind === 'call') return { ...node, args: node.args.map(bare) };
    return node.kind === 'aggregate' ? { ...node, expr: bare(node.expr) } : node;
  });
  return { expr: plain, problems };
};

const interpolate = (value: unknown): string => {
  if (typeof value === 'number')
    return value < 0 || Object.is(value, -0) ? `(${print(build.number(value))})` : print(build.number(value));
  if (isQuery(value)) return value.expr ? `(${print(hideVariables(value.expr))})` : '(0)';
  if (isSeries(value))
    return value.kind === 'selection' && value.problems.length > 0 ? '(0)' : print(selectorNode(value));
  if (interpolationProblem(value) !== undefined || !isObject(value)) return '(0)';
  const mark = MARKS.find(({ kind }) => kind === value['kind']);
  return mark ? markText(mark) : isTime(value) ? `${toMilliseconds(value)}ms` : '(0)';
};
