/** Questions about RE2 patterns on label values, which Prometheus anchors at both ends. */
import { literalAlternatives, matchesEmpty, matchesText, patternsIntersect, re2ToJs } from '../re2.ts';

export { matchesText };

/** Whether a pattern matches the empty text: a missing label. */
export const matchesEmptyText = matchesEmpty;

/** Every text a pattern matches, when they can be listed. */
export const patternValues = literalAlternatives;

/** Longer patterns, and those with counted repetitions, are not compared: the question can take long. */
const MAX_COMPARED_LENGTH = 100;

/** Whether no label value at all matches both patterns. False where that cannot be told. */
export function excludeEachOther(a: string, b: string): boolean {
  if (a === b || [a, b].some((pattern) => pattern.length > MAX_COMPARED_LENGTH || pattern.includes('{'))) return false;
  // A missing label is no value.
  return !(matchesEmpty(a) && matchesEmpty(b)) && patternsIntersect(a, b) === false;
}

/** A group that repeats and holds something that repeats can take exponential time in JavaScript. */
const NESTED_REPEAT = /[*+?}]\??\)+[*+{]/u;
const MAX_VALUE_LENGTH = 200;

/**
 * What a pattern and its groups match in a label value: `null` where it does not match, `undefined` where that cannot
 * be told. Prometheus 2 does not let `.` match a line break, so values with one are not told either.
 */
export function matchGroups(pattern: string, value: string): RegExpExecArray | null | undefined {
  if (value.includes('\n') || value.length > MAX_VALUE_LENGTH) return undefined;
  const matches = matchesText(pattern, value);
  if (matches !== true) return matches === false ? null : undefined;
  if (NESTED_REPEAT.test(pattern)) return undefined;
  return re2ToJs(pattern)?.exec(value) ?? undefined;
}
