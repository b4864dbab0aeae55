import type { Binary, Expr } from '../../generators/promql/ast.ts';
import type { Facts, Semantics } from '../../generators/promql/semantics/index.ts';
import { labelFact } from '../../generators/promql/semantics/index.ts';
import { matchesText } from '../../generators/promql/re2.ts';
import { childrenOf } from '../../generators/promql/walk.ts';

/** One sample of a query's result. A native histogram has no value. */
export interface ResultSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | undefined;
}

/** What a real Prometheus answered. */
export type QueryResult = { readonly samples: readonly ResultSample[] } | { readonly error: string };

/** Bounds hold up to this much rounding, relative to the bound. */
const TOLERANCE = 1e-9;

const beyond = (value: number, bound: number, exact: boolean): boolean =>
  value > bound + (exact || !Number.isFinite(bound) ? 0 : Math.abs(bound) * TOLERANCE);

/** The promises of `facts` that a result breaks, one sentence each. */
export function brokenPromises(facts: Semantics, result: QueryResult): string[] {
  if ('error' in result) return brokenByError(facts, result.error);
  const broken = result.samples.flatMap((sample) => [...brokenLabels(facts, sample), ...brokenValue(facts, sample)]);
  if (facts.returns === 'always' && result.samples.length === 0) broken.push('always returns, but did not');
  if (facts.returns === 'never' && result.samples.length > 0) broken.push('never returns, but did');
  if (facts.single && result.samples.length > 1) broken.push(`at most one series, but got ${result.samples.length}`);
  return broken;
}

function brokenLabels(facts: Facts, { labels }: ResultSample): string[] {
  const broken: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    const { presence, values, pattern } = labelFact(facts.labels, name);
    if (presence === 'cannot') broken.push(`label ${name} cannot be there, but is`);
    else if (values !== undefined && !values.includes(value))
      broken.push(`label ${name} is one of ${values.join(' ')}, but is ${value}`);
    else if (pattern !== undefined && matchesText(pattern, value) === false)
      broken.push(`label ${name} matches ${pattern}, but is ${value}`);
  }
  for (const { name, presence } of facts.labels.known.values()) {
    if (presence === 'must' && !(name in labels)) broken.push(`label ${name} is always there, but is not`);
  }
  return broken;
}

function brokenValue({ value: range, samples }: Facts, { value }: ResultSample): string[] {
  if (value === undefined) return samples === 'float' ? ['only numbers, but got a native histogram'] : [];
  if (samples === 'histogram') return ['only native histograms, but got a number'];
  if (Number.isNaN(value)) return range.nan ? [] : ['never NaN, but is'];
  const broken: string[] = [];
  if (beyond(value, range.max, range.exact)) broken.push(`at most ${range.max}, but is ${value}`);
  if (beyond(-value, -range.min, range.exact)) broken.push(`at least ${range.min}, but is ${value}`);
  if (range.maxOpen && range.exact && value === range.max) broken.push(`below ${range.max}, but is it`);
  if (range.minOpen && range.exact && value === range.min) broken.push(`above ${range.min}, but is it`);
  if (range.min === 0 && !Object.is(range.min, -0) && Object.is(value, -0)) broken.push('never negative zero, but is');
  if (range.integer && Number.isFinite(value) && !Number.isInteger(value))
    broken.push(`a whole number, but is ${value}`);
  return broken;
}

const NOT_UNIQUE = /found duplicate series for the match group|many-to-one matching must be explicit/;

/** An error says nothing about a result, but two sides that are proved unique cannot collide. */
function brokenByError(facts: Semantics, error: string): string[] {
  if (!NOT_UNIQUE.test(error)) return [];
  const proved = vectorMatches(facts.expr).every((node) => {
    const join = facts.of(node)?.join;
    if (join === undefined) return true;
    if (join.many === undefined) return join.leftUnique && join.rightUnique;
    return join.many === 'left' ? join.rightUnique : join.leftUnique;
  });
  return proved ? [`the match labels are unique, but: ${error}`] : [];
}

function vectorMatches(root: Expr): Binary[] {
  const found: Binary[] = [];
  const stack: unknown[] = [root];
  for (let node = stack.pop() as Expr | undefined; node !== undefined; node = stack.pop() as Expr | undefined) {
    if (node.kind === 'binary' && node.op !== 'and' && node.op !== 'or' && node.op !== 'unless') found.push(node);
    stack.push(...childrenOf(node));
  }
  return found;
}
