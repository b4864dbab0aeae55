import { print } from '../promql/print.ts';
import type { Expr } from '../promql/ast.ts';
import type { Model } from './model.ts';

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

const EXPR_KINDS = new Set([
  'number',
  'string',
  'vector',
  'matrix',
  'subquery',
  'paren',
  'unary',
  'binary',
  'aggregate',
  'call',
]);

const isExpr = (value: object): value is Expr =>
  'span' in value && 'kind' in value && EXPR_KINDS.has(String(value.kind));

/**
 * The model as data that can be compared: queries as canonical PromQL, origins as the file and the property they come
 * from, without lines, so that it changes only when what it says does.
 */
export const serialiseModel = (model: Model): Plain => toPlain(model);

/** Parts of the model that are no statement of their own. */
const OMITTED = new Set(['instance', 'span', 'queryOrigin']);

const toPlain = (value: unknown): Plain => {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object') return null;
  if (isExpr(value)) return print(value);
  const entries = Object.entries(value).filter(([key, inner]) => inner !== undefined && !OMITTED.has(key));
  return Object.fromEntries(
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, key === 'origin' ? originOf(inner as Model['project']['origin']) : toPlain(inner)]),
  );
};

const originOf = ({ file, subject }: Model['project']['origin']): Plain =>
  subject === undefined ? file : `${file}#${subject}`;
