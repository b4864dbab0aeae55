/** The algebra of label facts: what the operators of PromQL do to what is known of the labels. */
import type { Span } from '../ast.ts';
import type { LabelConflict, LabelFact, LabelFacts, Presence, Reason, ReasonCode } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import { excludeEachOther, matchesText } from './label-patterns.ts';

/** More label names than this are not followed; a forgotten label is unknown, so every promise stays true. */
const MAX_LABELS = 128;
/** Longer lists of possible values are forgotten. */
const MAX_VALUES = 256;

/** Reserved labels that Prometheus 3 drops together with the metric name, and Prometheus 2 keeps. */
const METADATA_LABELS = ['__type__', '__unit__'];

export const reason = (code: ReasonCode, detail: string, span: Span): Reason => ({ code, detail, span });

/** What is known of one label of a result, listed or not. */
export function labelFact(labels: LabelFacts, name: string): LabelFact {
  return labels.known.get(name) ?? { name, presence: labels.open ? 'can' : 'cannot', reason: labels.rest };
}

/** A result without labels. */
export const noLabels = (why: Reason): LabelFacts => ({ known: new Map(), open: false, rest: why });

/** A result of which nothing is known. */
export const anyLabels = (why: Reason): LabelFacts => ({ known: new Map(), open: true, rest: why });

/** A label fact with its values in order, without repetitions, and dropped when there are too many. */
export function makeFact(
  name: string,
  presence: Presence,
  why: Reason,
  values?: Iterable<string>,
  pattern?: string,
): LabelFact {
  const fact: LabelFact = { name, presence, reason: why };
  if (presence === 'cannot') return fact;
  const distinct = values && [...new Set(values)].filter((value) => value !== '').sort();
  if (distinct === undefined || distinct.length > MAX_VALUES)
    return pattern === undefined ? fact : { ...fact, pattern };
  return { ...fact, values: distinct };
}

/** The facts with some of them replaced. Facts that say what is true of every unlisted label anyway are kept for their reason. */
export function withFacts(labels: LabelFacts, facts: Iterable<LabelFact>): LabelFacts {
  const known = new Map(labels.known);
  for (const fact of facts) known.set(fact.name, fact);
  return bounded({ ...labels, known });
}

function bounded(labels: LabelFacts): LabelFacts {
  if (labels.known.size <= MAX_LABELS) return labels;
  const known = new Map([...labels.known].slice(0, MAX_LABELS / 2));
  return { known, open: true, rest: { ...labels.rest, code: 'forgotten' } };
}

/** The labels after some were removed. */
export function dropLabels(labels: LabelFacts, names: Iterable<string>, why: Reason): LabelFacts {
  const dropped: LabelFact[] = [];
  for (const name of names) {
    if (labelFact(labels, name).presence !== 'cannot') dropped.push(makeFact(name, 'cannot', why));
  }
  return dropped.length === 0 ? labels : withFacts(labels, dropped);
}

/** The labels after all but some were removed; `restWhy` says why the others are gone. */
export function keepLabels(labels: LabelFacts, names: Iterable<string>, restWhy: Reason): LabelFacts {
  const known = new Map<string, LabelFact>();
  for (const name of names) {
    if (!known.has(name)) known.set(name, labelFact(labels, name));
  }
  return bounded({ known, open: false, rest: restWhy });
}

/** The labels after the metric name was dropped. */
export function dropName(labels: LabelFacts, why: Reason): LabelFacts {
  const facts: LabelFact[] = [];
  if (labelFact(labels, NAME_LABEL).presence !== 'cannot') facts.push(makeFact(NAME_LABEL, 'cannot', why));
  for (const name of METADATA_LABELS) {
    const fact = labels.known.get(name);
    if (fact !== undefined && fact.presence !== 'cannot') facts.push(makeFact(name, 'can', why));
  }
  return facts.length === 0 ? labels : withFacts(labels, facts);
}

/** The usual case, which costs nothing: two facts about one declaration. */
const sameKnowledge = (a: LabelFact, b: LabelFact): boolean =>
  a === b || (a.presence === b.presence && a.values === b.values && a.pattern === b.pattern);

/** The fact about a label of a series that is from one of two results; `why` says so where they differ. */
export function eitherFact(a: LabelFact, b: LabelFact, why: Reason): LabelFact {
  if (sameKnowledge(a, b)) return a;
  const presence = a.presence === b.presence ? a.presence : 'can';
  const left = a.presence === 'cannot' ? [] : a.values;
  const right = b.presence === 'cannot' ? [] : b.values;
  const reason = a.presence === b.presence ? a.reason : why;
  const pattern = a.pattern === b.pattern ? a.pattern : undefined;
  return makeFact(a.name, presence, reason, left && right && [...left, ...right], pattern);
}

const namesOf = (a: LabelFacts, b: LabelFacts): ReadonlySet<string> => new Set([...a.known.keys(), ...b.known.keys()]);

/** The labels of a result that holds series of both. */
export function eitherLabels(a: LabelFacts, b: LabelFacts, why: Reason): LabelFacts {
  if (a === b) return a;
  const known = new Map<string, LabelFact>();
  for (const name of namesOf(a, b)) known.set(name, eitherFact(labelFact(a, name), labelFact(b, name), why));
  return bounded({ known, open: a.open || b.open, rest: a.open ? a.rest : b.rest });
}

/** The fact about a label that is equal on two sides; a conflict when it cannot be. */
export function bothFact(a: LabelFact, b: LabelFact): LabelFact | LabelConflict {
  if (sameKnowledge(a, b)) return a;
  const conflict: LabelConflict = { label: a.name, left: a, right: b };
  if (a.presence === 'cannot') return b.presence === 'must' ? conflict : a;
  if (b.presence === 'cannot') return a.presence === 'must' ? conflict : b;
  const must = a.presence === 'must' || b.presence === 'must';
  const values = commonValues(a, b);
  const decisive = a.presence === 'must' || b.presence !== 'must' ? a : b;
  if (values?.length === 0) return must ? conflict : makeFact(a.name, 'cannot', decisive.reason);
  return makeFact(a.name, must ? 'must' : 'can', decisive.reason, values, a.pattern ?? b.pattern);
}

/** The values two facts about one label allow; an empty list when they exclude each other. */
export function commonValues(a: LabelFact, b: LabelFact): readonly string[] | undefined {
  if (a.values && b.values) return a.values.filter((value) => b.values?.includes(value));
  if (a.values) return valuesMatching(a.values, b.pattern);
  if (b.values) return valuesMatching(b.values, a.pattern);
  const apart = a.pattern !== undefined && b.pattern !== undefined && excludeEachOther(a.pattern, b.pattern);
  return apart ? [] : undefined;
}

const valuesMatching = (values: readonly string[], pattern: string | undefined): readonly string[] =>
  pattern === undefined ? values : values.filter((value) => matchesText(pattern, value) !== false);

/** The labels that two sides of a match agree on. */
export type Signature =
  | { readonly mode: 'on'; readonly labels: readonly string[] }
  /** Everything but these and the metric name. */
  | { readonly mode: 'ignoring'; readonly labels: readonly string[] };

/** Whether two facts turned out to contradict each other. */
export const isConflict = (fact: LabelFact | LabelConflict): fact is LabelConflict => 'label' in fact;

/** The labels of the left side's series that have a partner on the right, and what makes partners impossible. */
export function matchLabels(
  left: LabelFacts,
  right: LabelFacts,
  signature: Signature,
): { readonly labels: LabelFacts; readonly conflicts: readonly LabelConflict[] } {
  const conflicts: LabelConflict[] = [];
  const ignored = new Set([...signature.labels, NAME_LABEL]);
  const names = signature.mode === 'on' ? new Set(signature.labels) : namesOf(left, right);
  const changed: LabelFact[] = [];
  for (const name of names) {
    const own = labelFact(left, name);
    if (signature.mode === 'ignoring' && ignored.has(name)) {
      if (left.open && !right.open) changed.push(own);
      continue;
    }
    const fact = bothFact(own, labelFact(right, name));
    if (isConflict(fact)) conflicts.push(fact);
    else if (fact !== left.known.get(name)) changed.push(fact);
  }
  if (signature.mode === 'ignoring' && left.open && !right.open) {
    // Only what the closed side can have is left; what the match leaves out stays as it was.
    for (const name of ignored) if (!names.has(name)) changed.push(labelFact(left, name));
    return { labels: { ...withFacts(left, changed), open: false, rest: right.rest }, conflicts };
  }
  return { labels: changed.length === 0 ? left : withFacts(left, changed), conflicts };
}

/** Whether a label has one and the same value (or is missing) on every series. */
const isFixed = (fact: LabelFact): boolean =>
  fact.presence === 'cannot' || (fact.presence === 'must' && fact.values?.length === 1);

/** Labels that can tell two series of the result apart; `undefined` when there may be any. */
export function varyingLabels(labels: LabelFacts): readonly string[] | undefined {
  if (labels.open) return undefined;
  return [...labels.known.values()].filter((fact) => !isFixed(fact)).map(({ name }) => name);
}

/** Whether the match labels tell every two series of a side apart. */
export function isUniqueOn(labels: LabelFacts, signature: Signature): boolean {
  if (signature.mode === 'on') {
    const varying = varyingLabels(labels);
    return varying?.every((name) => signature.labels.includes(name)) === true;
  }
  // Whatever other labels there are, the match compares them.
  return [...signature.labels, NAME_LABEL].every((name) => isFixed(labelFact(labels, name)));
}

/** Whether every series of both sides has the same match labels, so that all of them match. */
export function alwaysMatches(left: LabelFacts, right: LabelFacts, signature: Signature): boolean {
  const same = (name: string): boolean => {
    const [a, b] = [labelFact(left, name), labelFact(right, name)];
    if (!isFixed(a) || !isFixed(b) || a.presence !== b.presence) return false;
    return a.presence === 'cannot' || a.values?.[0] === b.values?.[0];
  };
  if (signature.mode === 'on') return signature.labels.every(same);
  if (left.open || right.open) return false;
  return [...namesOf(left, right)].every(
    (name) => name === NAME_LABEL || signature.labels.includes(name) || same(name),
  );
}
