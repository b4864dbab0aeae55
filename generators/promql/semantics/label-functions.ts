/** The functions that write labels: `label_replace`, `label_join`, and the labels `absent` gives its result. */
import type { Call, Expr, LabelMatcher } from '../ast.ts';
import type { LabelFact, LabelFacts, Reason } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import { matchGroups } from './label-patterns.ts';
import { eitherFact, labelFact, makeFact, noLabels, reason, withFacts } from './labels.ts';

/** Combinations of values beyond this are not worked out. */
const MAX_COMBINATIONS = 64;

/** The text of a string argument. Anything else is not valid PromQL. */
const textOf = (expr: Expr | undefined): string | undefined => {
  let inner = expr;
  while (inner?.kind === 'paren') inner = inner.expr;
  return inner?.kind === 'string' ? inner.value : undefined;
};

/** One piece of a replacement: literal text, or the name of a group. */
type Piece = { readonly literal: string } | { readonly group: string };

/**
 * A replacement as Go's Regexp.Expand reads it: `$name` takes the longest run of letters, digits and underscores, so
 * `$1x` is the group "1x", which does not exist and expands to nothing.
 */
export function replacementPieces(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const pattern = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))|[^$]+|\$/gu;
  for (const [text, dollar, braced, bare] of template.matchAll(pattern)) {
    const group = braced ?? bare;
    pieces.push(group === undefined ? { literal: dollar ?? text } : { group });
  }
  return pieces;
}

const expand = (pieces: readonly Piece[], match: RegExpExecArray): string =>
  pieces
    .map((piece) => {
      if ('literal' in piece) return piece.literal;
      return (/^\d+$/u.test(piece.group) ? match[Number(piece.group)] : match.groups?.[piece.group]) ?? '';
    })
    .join('');

/** Every value a label can have, the empty one included when it can be missing. */
const allValues = (fact: LabelFact): readonly string[] | undefined => {
  if (fact.presence === 'cannot') return [''];
  return fact.values && (fact.presence === 'must' ? fact.values : ['', ...fact.values]);
};

/** A label that takes one of these values; the empty one means that it is missing. */
function factOfValues(name: string, values: readonly string[], why: Reason): LabelFact {
  const filled = values.filter((value) => value !== '');
  if (filled.length === 0) return makeFact(name, 'cannot', why);
  return makeFact(name, filled.length === values.length ? 'must' : 'can', why, filled);
}

/** The labels after `label_replace(v, dst, replacement, src, regex)`. */
export function replaceLabel(call: Call, labels: LabelFacts): LabelFacts {
  const [target, template, source, pattern] = call.args.slice(1).map(textOf);
  if (target === undefined || template === undefined || source === undefined || pattern === undefined) return labels;
  const why = reason('label-function', 'label_replace', call.span);
  const before = labelFact(labels, target);
  const from = labelFact(labels, source);
  const written = replacedFact({ target, template, pattern, from, before, why });
  return withFacts(labels, [written]);
}

interface Replacement {
  readonly target: string;
  readonly template: string;
  readonly pattern: string;
  readonly from: LabelFact;
  readonly before: LabelFact;
  readonly why: Reason;
}

function replacedFact({ target, template, pattern, from, before, why }: Replacement): LabelFact {
  const pieces = replacementPieces(template);
  const sources = allValues(from);
  const matches = sources?.map((value) => matchGroups(pattern, value));
  if (sources !== undefined && matches !== undefined && !matches.includes(undefined)) {
    if (target === from.name && matches.some((match) => match !== null)) {
      // The label is its own source, so what does not match is known to stay.
      const values = sources.map((value, index) => {
        const match = matches[index];
        return match ? expand(pieces, match) : value;
      });
      return factOfValues(target, values, why);
    }
    const results = matches.flatMap((match) => (match ? [expand(pieces, match)] : []));
    if (results.length === 0) return before;
    const replaced = factOfValues(target, results, why);
    return matches.includes(null) ? eitherFact(replaced, before, why) : replaced;
  }
  const replaced = symbolicFact(pieces, { target, pattern, from, why });
  const everything =
    pattern === '(.*)' || pattern === '.*' || (from.presence === 'must' && (pattern === '(.+)' || pattern === '.+'));
  return everything ? replaced : eitherFact(replaced, before, why);
}

/** The label written where the pattern matches, when the values of the source are not known. */
function symbolicFact(
  pieces: readonly Piece[],
  { target, pattern, from, why }: Pick<Replacement, 'target' | 'pattern' | 'from' | 'why'>,
): LabelFact {
  const literal = pieces.every((piece) => 'literal' in piece);
  if (literal)
    return factOfValues(target, [pieces.map((piece) => ('literal' in piece ? piece.literal : '')).join('')], why);
  if (pieces.some((piece) => 'literal' in piece)) return makeFact(target, 'must', why);
  const [only, ...others] = pieces;
  const whole =
    others.length === 0 && only !== undefined && 'group' in only && (only.group === '0' || only.group === '1');
  if (whole && pattern === '(.*)') return makeFact(target, from.presence, why, from.values);
  if (whole && pattern === '(.+)') return makeFact(target, 'must', why, from.values);
  return makeFact(target, 'can', why);
}

/** The labels after `label_join(v, dst, separator, src...)`. */
export function joinLabels(call: Call, labels: LabelFacts): LabelFacts {
  const [target, separator, ...sources] = call.args.slice(1).map(textOf);
  if (target === undefined || separator === undefined) return labels;
  const why = reason('label-function', 'label_join', call.span);
  const facts = sources.map((name) => labelFact(labels, name ?? ''));
  const combined = combinations(facts, separator);
  if (combined !== undefined) return withFacts(labels, [factOfValues(target, combined, why)]);
  const filled = facts.some(({ presence }) => presence === 'must') || (separator !== '' && facts.length > 1);
  return withFacts(labels, [makeFact(target, filled ? 'must' : 'can', why)]);
}

function combinations(facts: readonly LabelFact[], separator: string): readonly string[] | undefined {
  let texts: readonly string[] | undefined;
  for (const fact of facts) {
    const values = allValues(fact);
    if (values === undefined || values.length * (texts?.length ?? 1) > MAX_COMBINATIONS) return undefined;
    texts = texts === undefined ? values : texts.flatMap((text) => values.map((value) => text + separator + value));
  }
  return texts ?? [''];
}

/** The matchers of the selector that `absent` or `absent_over_time` is applied to; other arguments give no labels. */
export function absentMatchers(argument: Expr | undefined): readonly LabelMatcher[] {
  let inner = argument;
  while (inner?.kind === 'paren') inner = inner.expr;
  if (inner?.kind === 'matrix') inner = inner.selector;
  return inner?.kind === 'vector' ? inner.matchers : [];
}

/**
 * The labels `absent` gives its result: those with an `=` matcher, but a label that stands in a second matcher of any
 * kind is left out (createLabelsForAbsentFunction in promql/functions.go).
 */
export function absentLabels(call: Call): LabelFacts {
  const labels = new Map<string, LabelFact>();
  const fixed = new Set<string>();
  for (const { name, op, value, span } of absentMatchers(call.args[0])) {
    if (name === NAME_LABEL) continue;
    if (op === '=' && !fixed.has(name)) {
      fixed.add(name);
      labels.set(name, factOfValues(name, [value], reason('absent', `${name}=${JSON.stringify(value)}`, span)));
    } else {
      labels.set(name, makeFact(name, 'cannot', reason('absent', `${name}${op}${JSON.stringify(value)}`, span)));
    }
  }
  return { ...noLabels(reason('absent', call.func, call.funcSpan)), known: labels };
}
