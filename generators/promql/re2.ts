import { accepts, compile, implies, intersect, withoutSurrogates } from './re2/automaton.ts';
import type { Budget, Program } from './re2/automaton.ts';
import { parsePlainRe2, parseRe2 } from './re2/parse.ts';
import type { Dialect } from './re2/classes.ts';
import { FOLD_CASE, NON_GREEDY, OP } from './re2/tree.ts';
import type { Re2Node } from './re2/tree.ts';
import { writeRe2 } from './re2/write.ts';
import { remember } from './remember.ts';
import { foldRanges, MAX_RUNE } from './re2/unicode.ts';
import type { RuneRanges } from './re2/unicode.ts';

/*
 * What a pattern of a regex matcher means. Prometheus anchors patterns at both ends and lets `.` match newlines; all
 * functions here do the same. Everything is decided on the parsed pattern, never by trying texts.
 */

/** What is wrong with a pattern: the text of the error that Go's regexp package gives. */
export interface Re2Error {
  readonly message: string;
}

/**
 * Says what is wrong with a pattern, if anything is. By default as Prometheus judges the pattern of a matcher
 * (model/labels.NewMatcher); with `go` as Go's regexp.Compile does, which is what Alertmanager uses.
 */
export function validateRe2(pattern: string, dialect: Dialect = 'prometheus'): Re2Error | undefined {
  // Prometheus does not even parse alternatives of plain text.
  if (dialect === 'prometheus' && isPlain(pattern)) return undefined;
  const parsed = parseRe2(pattern, dialect);
  if (parsed.error !== undefined) return { message: parsed.error };
  if (dialect === 'go' || !parsed.isNearLimits) return undefined;
  const compiled = parsePlainRe2(`^(?s:${writeRe2(factorContains(parsed.tree))})$`, dialect);
  return compiled.error === undefined ? undefined : { message: compiled.error };
}

/** True for literals joined by `|`. */
function isPlain(pattern: string): boolean {
  return !/[\\.+*?()[\]{}^$]/.test(pattern);
}

/** Prometheus rewrites `.*a.*|.*b.*` to `.*(?:a|b).*` before it compiles. */
function factorContains(tree: Re2Node): Re2Node {
  if (tree.op !== OP.alternate) return tree;
  const literals: Re2Node[] = [];
  for (const { op, sub } of tree.sub) {
    const [before, literal, after] = sub;
    if (op !== OP.concat || sub.length !== 3 || !isAnything(before) || !isAnything(after)) return tree;
    if (literal?.op !== OP.literal || (literal.flags & FOLD_CASE) !== 0) return tree;
    literals.push(literal);
  }
  if (literals.length < 2) return tree;
  const any: Re2Node = { ...tree, op: OP.any, flags: 0, sub: [] };
  const anything: Re2Node = { ...any, op: OP.star, sub: [any] };
  return { ...any, op: OP.concat, sub: [anything, { ...any, op: OP.alternate, sub: literals }, { ...anything }] };
}

function isAnything(node: Re2Node | undefined): boolean {
  return node?.op === OP.star && node.sub[0]?.op === OP.any;
}

/** The patterns seen last, parsed: rule files repeat the same few. */
const trees = new Map<string, Re2Node | undefined>();

const MAX_TREES = 500;

/** The tree of a valid pattern; nothing for an invalid one. */
function treeOf(pattern: string): Re2Node | undefined {
  if (trees.has(pattern)) return trees.get(pattern);
  const parsed = parseRe2(pattern, 'prometheus');
  const tree = parsed.error === undefined ? parsed.tree : undefined;
  if (trees.size >= MAX_TREES) trees.clear();
  trees.set(pattern, tree);
  return tree;
}

/** True when the empty string matches: `a="x"` and a series without the label `a` do. An invalid pattern matches nothing. */
export function matchesEmpty(pattern: string): boolean {
  if (isPlain(pattern)) return pattern.split('|').includes('');
  const tree = treeOf(pattern);
  return tree !== undefined && acceptsEmpty(tree);
}

function acceptsEmpty(node: Re2Node): boolean {
  const [inner] = node.sub;
  switch (node.op) {
    case OP.noMatch:
    case OP.class:
    case OP.any:
    case OP.anyNotNewline:
    // No word character stands beside the empty text.
    case OP.wordBoundary:
      return false;
    case OP.literal:
      return node.runes.length === 0;
    case OP.concat:
      return node.sub.every(acceptsEmpty);
    case OP.alternate:
      return node.sub.some(acceptsEmpty);
    case OP.star:
    case OP.quest:
      return true;
    case OP.repeat:
      return node.min === 0 || (inner !== undefined && acceptsEmpty(inner));
    case OP.plus:
    case OP.capture:
      return inner !== undefined && acceptsEmpty(inner);
    default:
      return true;
  }
}

/** Texts that a pattern can match, and how long they are together, beyond which it counts as open-ended. */
const MAX_ALTERNATIVES = 256;
const MAX_CHARACTERS = 20_000;

/**
 * The texts a pattern matches, when they are few: `a|b`, `prefix(a|b)`, `[45]xx`, `(?i)ok`, in the order of the
 * pattern and without duplicates. Nothing when there are more than 256 or infinitely many, or the pattern is invalid.
 */
export function literalAlternatives(pattern: string): readonly string[] | undefined {
  if (isPlain(pattern)) {
    const texts = new Set(pattern.split('|'));
    return texts.size > MAX_ALTERNATIVES ? undefined : [...texts];
  }
  const tree = treeOf(pattern);
  const texts = tree && textsOf(tree);
  if (texts === undefined) return undefined;
  const resolved = texts.map(resolveAssertions).filter((text) => text !== undefined);
  return [...new Set(resolved)];
}

/** Marks that stand for assertions inside a text until it is complete: surrogates, which no text contains. */
const FIRST_MARK = 0xd800;

function textsOf(node: Re2Node): readonly string[] | undefined {
  const [inner] = node.sub;
  switch (node.op) {
    case OP.noMatch:
      return [];
    case OP.empty:
      return [''];
    case OP.literal: {
      let texts: readonly string[] | undefined = [''];
      if (node.runes.length > MAX_CHARACTERS) return undefined;
      for (const rune of node.runes) {
        const variants: RuneRanges = node.flags & FOLD_CASE ? foldRanges([rune, rune]) : [rune, rune];
        texts = combine(texts, charactersOf(variants));
      }
      return texts;
    }
    case OP.class:
      return charactersOf(node.runes);
    case OP.any:
    case OP.anyNotNewline:
      return undefined;
    case OP.concat: {
      let texts: readonly string[] | undefined = [''];
      for (const part of node.sub) texts = combine(texts, textsOf(part));
      return texts;
    }
    case OP.alternate: {
      const all: string[] = [];
      for (const choice of node.sub) {
        const texts = textsOf(choice);
        if (texts === undefined || all.length + texts.length > MAX_ALTERNATIVES) return undefined;
        all.push(...texts);
      }
      return all;
    }
    case OP.capture:
      return inner && textsOf(inner);
    case OP.star:
      return repeatTexts(inner, 0, -1);
    case OP.plus:
      return repeatTexts(inner, 1, -1);
    case OP.quest:
      return repeatTexts(inner, 0, 1);
    case OP.repeat:
      return repeatTexts(inner, node.min, node.max);
    default:
      return [String.fromCharCode(FIRST_MARK + node.op)];
  }
}

function charactersOf(ranges: RuneRanges): readonly string[] | undefined {
  const valid = withoutSurrogates(ranges);
  const characters: string[] = [];
  for (let index = 0; index < valid.length; index += 2) {
    for (let rune = valid[index] as number; rune <= (valid[index + 1] as number); rune += 1) {
      if (characters.length >= MAX_ALTERNATIVES) return undefined;
      characters.push(String.fromCodePoint(rune));
    }
  }
  return characters;
}

function combine(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): readonly string[] | undefined {
  if (left?.length === 0 || right?.length === 0) return [];
  if (left === undefined || right === undefined || left.length * right.length > MAX_ALTERNATIVES) return undefined;
  const texts = left.flatMap((start) => right.map((end) => start + end));
  return texts.reduce((sum, text) => sum + text.length, 0) > MAX_CHARACTERS ? undefined : texts;
}

function repeatTexts(inner: Re2Node | undefined, min: number, max: number): readonly string[] | undefined {
  if (inner === undefined || max === 0) return [''];
  const texts = textsOf(inner);
  if (texts === undefined) return undefined;
  if (texts.length === 0) return min === 0 ? [''] : [];
  if (texts.every((text) => text === '')) return [''];
  if (max < 0) return undefined;
  let all: readonly string[] | undefined = [''];
  for (let count = 0; count < max; count += 1) {
    const once: readonly string[] | undefined = count < min ? texts : [...texts, ''];
    const more: readonly string[] | undefined = combine(all, once);
    if (more === undefined) return undefined;
    all = [...new Set(more)];
  }
  return all;
}

/** Removes the marks of assertions that hold; nothing when one does not. */
function resolveAssertions(marked: string): string | undefined {
  const runes = [...marked].map((char) => char.codePointAt(0) ?? 0);
  const text: number[] = [];
  for (const [index, rune] of runes.entries()) {
    if (!isMark(rune)) {
      text.push(rune);
      continue;
    }
    const next = runes.slice(index + 1).find((other) => !isMark(other)) ?? -1;
    if (!holdsBetween(rune - FIRST_MARK, text.at(-1) ?? -1, next)) return undefined;
  }
  return text.length === runes.length ? marked : String.fromCodePoint(...text);
}

function isMark(rune: number): boolean {
  return rune >= FIRST_MARK && rune <= FIRST_MARK + OP.alternate;
}

function holdsBetween(op: number, previous: number, next: number): boolean {
  switch (op) {
    case OP.beginText:
      return previous < 0;
    case OP.endText:
      return next < 0;
    case OP.beginLine:
      return previous < 0 || previous === 10;
    case OP.endLine:
      return next < 0 || next === 10;
    default:
      return (isWord(previous) !== isWord(next)) === (op === OP.wordBoundary);
  }
}

function isWord(rune: number): boolean {
  return rune >= 0 && rune < 0x80 && /\w/.test(String.fromCharCode(rune));
}

const programs = new WeakMap<Re2Node, Program | { readonly none: true }>();

function programOf(pattern: string): Program | undefined {
  const tree = treeOf(pattern);
  if (tree === undefined) return undefined;
  let program = programs.get(tree);
  if (program === undefined) {
    program = compile(tree) ?? { none: true };
    programs.set(tree, program);
  }
  return 'none' in program ? undefined : program;
}

/**
 * True when a whole text matches, in time proportional to the length of the text. Nothing when the pattern is
 * invalid or its repetitions make it too large to decide.
 */
export function matchesText(pattern: string, text: string): boolean | undefined {
  if (isPlain(pattern)) return pattern.split('|').includes(text);
  const program = programOf(pattern);
  return program && accepts(program, text);
}

/** Steps after which a question about two patterns stays open; some milliseconds. */
const BUDGET = 1_000_000;

/**
 * True when some text matches both patterns, false when none can. Nothing when a pattern is invalid or the answer
 * would take too long.
 */
export function patternsIntersect(a: string, b: string): boolean | undefined {
  return intersects(JSON.stringify([a, b]));
}

const intersects = remember((pair: string): boolean | undefined => {
  const [a = '', b = ''] = JSON.parse(pair) as readonly string[];
  const listed = decideByListing(a, b, 'some') ?? decideByListing(b, a, 'some');
  if (listed !== undefined) return listed;
  const left = programOf(a);
  const right = programOf(b);
  const budget: Budget = { left: BUDGET };
  return left && right && intersect(left, right, budget);
}, 1000);

/**
 * True when every text that matches `a` matches `b` too, false when some text matches only `a`. Nothing when a pattern
 * is invalid or the answer would take too long.
 */
export function patternImplies(a: string, b: string): boolean | undefined {
  const listed = decideByListing(a, b, 'every');
  if (listed !== undefined) return listed;
  const left = programOf(a);
  const right = programOf(b);
  const budget: Budget = { left: BUDGET };
  return left && right && implies(left, right, budget);
}

/** Tries the texts of the first pattern against the second, when they are few and the second is valid. */
function decideByListing(a: string, b: string, quantifier: 'some' | 'every'): boolean | undefined {
  const texts = literalAlternatives(a);
  if (texts === undefined || matchesText(b, '') === undefined) return undefined;
  return texts[quantifier]((text) => matchesText(b, text) === true);
}

/**
 * A JavaScript expression that matches what the pattern matches, anchored, with the same groups and the same choice
 * among several ways to match. It knows no flags but `u`: letter case and character classes are spelled out, so it does
 * not depend on the Unicode version of the engine. Nothing when the pattern is invalid or too large for the engine.
 * It can take exponential time where Go does not; to test a text, use `matchesText`.
 */
export function re2ToJs(pattern: string): RegExp | undefined {
  const tree = treeOf(pattern);
  if (tree === undefined) return undefined;
  const out: string[] = [];
  writeJs(out, tree, new Set());
  try {
    return new RegExp(`^(?:${out.join('')})$`, 'u');
  } catch {
    return undefined;
  }
}

const FIXED_JS: ReadonlyMap<number, string> = new Map([
  [OP.noMatch, '[]'],
  [OP.empty, '(?:)'],
  [OP.any, '[^]'],
  [OP.anyNotNewline, '[^\\n]'],
  [OP.beginLine, '(?:^|(?<=\\n))'],
  [OP.endLine, '(?:$|(?=\\n))'],
  [OP.beginText, '(?:^)'],
  [OP.endText, '(?:$)'],
  [OP.wordBoundary, '(?:\\b)'],
  [OP.noWordBoundary, '(?:\\B)'],
]);

function writeJs(out: string[], node: Re2Node, names: Set<string>): void {
  const fixed = FIXED_JS.get(node.op);
  if (fixed !== undefined) {
    out.push(fixed);
    return;
  }
  const [inner] = node.sub;
  switch (node.op) {
    case OP.literal:
      for (const rune of node.runes) {
        out.push(classJs(node.flags & FOLD_CASE ? foldRanges([rune, rune]) : [rune, rune]));
      }
      break;
    case OP.class:
      out.push(classJs(node.runes));
      break;
    case OP.concat:
      for (const part of node.sub) writeGrouped(out, part, names, part.op === OP.alternate);
      break;
    case OP.alternate:
      node.sub.forEach((choice, index) => {
        if (index > 0) out.push('|');
        writeJs(out, choice, names);
      });
      break;
    case OP.capture:
      out.push(captureJs(node.name, names));
      if (inner !== undefined) writeJs(out, inner, names);
      out.push(')');
      break;
    default:
      if (inner === undefined) break;
      writeGrouped(out, inner, names, inner.op !== OP.capture && inner.op !== OP.class);
      out.push(repeatJs(node));
  }
}

function writeGrouped(out: string[], node: Re2Node, names: Set<string>, needsGroup: boolean): void {
  if (needsGroup) out.push('(?:');
  writeJs(out, node, names);
  if (needsGroup) out.push(')');
}

/** The start of a group; JavaScript takes a name only once and no name that starts with a digit. */
function captureJs(name: string, names: Set<string>): string {
  if (name === '' || names.has(name) || /^[0-9]/.test(name)) return '(';
  names.add(name);
  return `(?<${name}>`;
}

function repeatJs({ op, min, max, flags }: Re2Node): string {
  const lazy = flags & NON_GREEDY ? '?' : '';
  if (op === OP.star) return `*${lazy}`;
  if (op === OP.plus) return `+${lazy}`;
  if (op === OP.quest) return `?${lazy}`;
  return `{${min}${max === min ? '' : max < 0 ? ',' : `,${max}`}}${lazy}`;
}

function classJs(ranges: RuneRanges): string {
  const [only] = ranges;
  if (only === undefined) return '[]';
  if (ranges.length === 2 && only === ranges[1]) return runeJs(only);
  const parts: string[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    const low = ranges[index] as number;
    const high = ranges[index + 1] as number;
    parts.push(low === high ? runeJs(low) : `${runeJs(low)}-${runeJs(high)}`);
  }
  return `[${parts.join('')}]`;
}

function runeJs(rune: number): string {
  const isPlainLetter = rune < 0x80 && /[0-9A-Za-z_]/.test(String.fromCharCode(rune));
  return isPlainLetter ? String.fromCharCode(rune) : `\\u{${Math.min(rune, MAX_RUNE).toString(16)}}`;
}
