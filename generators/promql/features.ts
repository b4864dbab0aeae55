/**
 * Which parts of PromQL appeared when, and which need a feature flag. Sources: the grammars, lexers and function tables
 * of the Prometheus releases 2.35 to 3.15, compared one with the next, and the changelog.
 */
import type { Duration, Expr, Span } from './ast.ts';
import type { FunctionInfo } from './functions.ts';
import { ALL_FUNCTIONS, EXPERIMENTAL_FUNCTIONS_FLAG } from './functions.ts';
import { isBareMatcherName } from './names.ts';
import type { Version } from './versions.ts';
import { isAtLeast } from './versions.ts';
import { walk } from './walk.ts';

/** A part of the language that not every Prometheus has. */
export interface Feature {
  /** What it is, to be put before "needs Prometheus ...". */
  readonly name: string;
  /** The first version that has it. */
  readonly since: string;
  /** The flag of `--enable-feature` that it needs. */
  readonly flag?: string;
  /** The version from which the flag is no longer needed. */
  readonly stableSince?: string;
}

/** One use of a feature in an expression. */
export interface FeatureUse {
  readonly feature: Feature;
  readonly span: Span;
}

const DURATION_FLAG = { flag: 'promql-duration-expr', stableSince: '3.14' } as const;

/** The parts of the syntax with a history; functions have theirs in the function table. */
export const SYNTAX_FEATURES = {
  quotedName: { name: 'a quoted name in braces', since: '2.51' },
  durationAsNumber: { name: 'a duration used as a number', since: '2.54' },
  numberAsDuration: { name: 'a number used as a duration', since: '2.54' },
  digitSeparators: { name: 'an underscore in a number', since: '2.54' },
  limitAggregations: { name: 'a limitk or limit_ratio aggregation', since: '2.54', flag: EXPERIMENTAL_FUNCTIONS_FLAG },
  quotedLabel: { name: 'a quoted label name', since: '2.55' },
  utf8Label: { name: 'a label name with other characters than letters, digits and underscores', since: '3.0' },
  zeroDuration: { name: 'a duration of zero', since: '3.4' },
  signedDuration: { name: 'a sign other than the minus of an offset', since: '3.4' },
  durationArithmetic: { name: 'arithmetic on durations', since: '3.4', ...DURATION_FLAG },
  durationStep: { name: 'step() as a duration', since: '3.6', ...DURATION_FLAG },
  extendedRange: { name: 'anchored or smoothed', since: '3.7', flag: 'promql-extended-range-selectors' },
  durationRange: { name: 'range() as a duration', since: '3.10', ...DURATION_FLAG },
  fill: { name: 'a fill modifier', since: '3.10', flag: 'promql-binop-fill-modifiers' },
  trim: { name: 'a trim operator', since: '3.11' },
  durationMinMax: { name: 'min_of() or max_of() of durations', since: '3.13', ...DURATION_FLAG },
} as const satisfies Record<string, Feature>;

type SyntaxFeature = keyof typeof SYNTAX_FEATURES;

/** The features a tree uses, in the order of the text. `text` is what it was parsed from; without it quotes go unnoticed. */
export function findFeatures(root: Expr, text: string): readonly FeatureUse[] {
  const uses: FeatureUse[] = [];
  const add = (id: SyntaxFeature, span: Span): void => {
    uses.push({ feature: SYNTAX_FEATURES[id], span });
  };
  const addNumber = (raw: string | undefined, span: Span): void => {
    if (raw?.includes('_') === true) add('digitSeparators', span);
  };
  const addDuration = (duration: Duration | undefined, canBeNegative: boolean): void => {
    if (duration === undefined) return;
    if (duration.kind === 'duration-expr') {
      addDurationParts(duration, add);
      return;
    }
    const { raw = '', span } = duration;
    const signs = /^[+-]*/.exec(raw)?.[0] ?? '';
    if (signs !== '' && !(canBeNegative && signs === '-')) add('signedDuration', span);
    if (isDurationText(raw.slice(signs.length))) {
      if (duration.ms === 0) add('zeroDuration', span);
    } else if (raw !== '') {
      add('numberAsDuration', span);
      addNumber(raw, span);
    }
  };
  walk(root, {
    number: {
      enter(node) {
        if (node.duration === true) add(node.value === 0 ? 'zeroDuration' : 'durationAsNumber', node.span);
        addNumber(node.raw, node.span);
      },
    },
    matcher: {
      enter(node) {
        if (node.quotedName === true || !isBareMatcherName(node.name) || isQuoteAt(text, node.span.from))
          add('quotedName', node.span);
      },
    },
    label: {
      enter(node) {
        if (!isBareMatcherName(node.name)) add('utf8Label', node.span);
        else if (isQuoteAt(text, node.span.from)) add('quotedLabel', node.span);
      },
    },
    at: {
      enter(node) {
        if (node.at !== 'timestamp' || node.raw === undefined) return;
        if (isDurationText(node.raw.replace(/^[+-]/, ''))) add('durationAsNumber', node.span);
        addNumber(node.raw, node.span);
      },
    },
    vector: {
      enter(node) {
        if (node.extended !== undefined) add('extendedRange', node.span);
        addDuration(node.offset, true);
      },
    },
    matrix: { enter: (node) => addDuration(node.range, false) },
    subquery: {
      enter(node) {
        addDuration(node.range, false);
        addDuration(node.step, false);
        addDuration(node.offset, true);
      },
    },
    binary: {
      enter(node) {
        if (node.op === '</' || node.op === '>/') add('trim', node.opSpan);
        const fill = node.matching?.fill;
        if (fill !== undefined) add('fill', fill.span);
      },
    },
    aggregate: {
      enter(node) {
        if (node.op === 'limitk' || node.op === 'limit_ratio') add('limitAggregations', node.span);
      },
    },
    call: {
      enter(node) {
        const info = ALL_FUNCTIONS.get(node.func);
        if (info !== undefined) uses.push({ feature: functionFeature(info), span: node.funcSpan });
      },
    },
  });
  return uses.toSorted((a, b) => a.span.from - b.span.from);
}

function functionFeature({ name, since, experimental, stableSince }: FunctionInfo): Feature {
  const feature = { name: `the function ${name}`, since };
  if (stableSince !== undefined) return { ...feature, flag: EXPERIMENTAL_FUNCTIONS_FLAG, stableSince };
  return experimental ? { ...feature, flag: EXPERIMENTAL_FUNCTIONS_FLAG } : feature;
}

function addDurationParts(root: Duration, add: (id: SyntaxFeature, span: Span) => void): void {
  let arithmetic = false;
  const pending: Duration[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === 'duration') continue;
    pending.push(...node.operands);
    if (node.op === 'step') add('durationStep', node.span);
    else if (node.op === 'range') add('durationRange', node.span);
    else if (node.op === 'min' || node.op === 'max') add('durationMinMax', node.span);
    else arithmetic = true;
  }
  if (arithmetic) add('durationArithmetic', root.span);
}

function isDurationText(raw: string): boolean {
  return /^(?:[0-9]+(?:ms|[smhdwy]))+$/.test(raw);
}

function isQuoteAt(text: string, index: number): boolean {
  const char = text.charAt(index);
  return char === '"' || char === "'" || char === '`';
}

/** True when a Prometheus of the given version has the feature at all. */
export function hasFeature(version: Version, feature: Feature): boolean {
  return isAtLeast(version, feature.since);
}

/** True when a Prometheus of the given version has the feature behind a flag. */
export function needsFlag(version: Version, feature: Feature): boolean {
  return feature.flag !== undefined && !(feature.stableSince !== undefined && isAtLeast(version, feature.stableSince));
}
