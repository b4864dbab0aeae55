import {
  categoryRanges,
  foldPartners,
  foldRanges,
  inRanges,
  leastFold,
  MAX_RUNE,
  negateRanges,
  scriptRanges,
  toRanges,
} from './re2-unicode.ts';
import type { RuneRanges } from './re2-unicode.ts';

/*
 * A parser of RE2 patterns that accepts what Go's regexp/syntax accepts and refuses the rest with the same message.
 *
 * Most of it is grammar. The limits are not: Go bounds the height, the compiled size and the characters of the tree
 * it happens to build, with literals merged, nested sequences hoisted and common prefixes factored out, and counts
 * nodes that it recycles. To agree at the limits the tree is built by the same rules, with the same bookkeeping.
 */

/**
 * Which Go package judges. `prometheus`: the fork that Prometheus matches labels with (github.com/grafana/regexp):
 * `.` matches newlines, Unicode properties go by their exact names. `go`: regexp of the standard library since 1.25,
 * as in Alertmanager: names in any case, aliases such as \p{Letter}.
 */
export type Dialect = 'prometheus' | 'go';

/** The operators of a parsed pattern. The order matters: simple before complex among what matches one character. */
export const OP = {
  noMatch: 1,
  empty: 2,
  literal: 3,
  class: 4,
  anyNotNewline: 5,
  any: 6,
  beginLine: 7,
  endLine: 8,
  beginText: 9,
  endText: 10,
  wordBoundary: 11,
  noWordBoundary: 12,
  capture: 13,
  star: 14,
  plus: 15,
  quest: 16,
  repeat: 17,
  concat: 18,
  alternate: 19,
} as const;

/** The operators of entries of the parse stack that are no expressions. */
const LEFT_PAREN = 129;
const VERTICAL_BAR = 130;
const FIRST_PSEUDO = 128;

/** Flags of a node; the parser's own state has them too. */
export const FOLD_CASE = 1;
export const DOT_NEWLINE = 8;
const ONE_LINE = 16;
export const NON_GREEDY = 32;
/** On endText: written `$`, not `\z`. */
export const WAS_DOLLAR = 256;

/** A node of a parsed pattern. */
export interface Re2Node {
  op: number;
  flags: number;
  sub: Re2Node[];
  /** The characters of a literal, or the ranges of a class. */
  runes: RuneRanges;
  /** The bounds of a repetition; max is -1 for none. */
  min: number;
  max: number;
  /** The number of a capturing group, from 1, and its name. */
  capture: number;
  name: string;
  /** True when `runes` is not shared with anything and may grow. */
  owned: boolean;
  /** What the limits were last checked against. A recycled node keeps its old size, as in Go. */
  size: number | undefined;
  height: number | undefined;
}

/** A parsed pattern, or why it is none, in Go's words. */
export type Re2Parse =
  { readonly tree: Re2Node; readonly isNearLimits: boolean; readonly error?: undefined } | { readonly error: string };

const MAX_HEIGHT = 1000;
const MAX_SIZE = 3_355_443;
const MAX_RUNES = 33_554_432;
const MAX_REPEAT = 1000;
/**
 * Elementary steps of building the tree, beyond which a pattern counts as too large. Go has no such limit, but some
 * patterns with a hundred thousand nested groups cost it time in the square of their length.
 */
const MAX_WORK = 400_000_000;
/** Moving a node costs as much as comparing so many characters. */
const NODE_COST = 8;

/** A message of Go's without the part that is always the same. */
class PatternError extends Error {
  override readonly name = 'PatternError';
}

function fail(what: string, text: string): PatternError {
  return new PatternError(`error parsing regexp: ${what}: \`${text}\``);
}

interface Parser {
  readonly source: string;
  readonly dialect: Dialect;
  flags: number;
  readonly stack: Re2Node[];
  /** Nodes that can be used again; Go counts only those that it had to allocate. */
  readonly free: Re2Node[];
  allocated: number;
  captures: number;
  runeCount: number;
  /** The product of all repetition counts seen, bounded. */
  repeats: number;
  tracksSize: boolean;
  tracksHeight: boolean;
  work: number;
  /** From where on no `:]` follows. */
  noPosixEndFrom: number;
}

/** Parses a pattern with the flags Prometheus or Go's regexp.Compile use. */
export function parseRe2(source: string, dialect: Dialect): Re2Parse {
  return parseWithFlags(source, dialect, dialect === 'prometheus' ? ONE_LINE | DOT_NEWLINE : ONE_LINE);
}

/** Parses a pattern as regexp.Compile does: `.` does not match newlines. */
export function parsePlainRe2(source: string, dialect: Dialect): Re2Parse {
  return parseWithFlags(source, dialect, ONE_LINE);
}

function parseWithFlags(source: string, dialect: Dialect, flags: number): Re2Parse {
  const p: Parser = {
    source,
    dialect,
    flags,
    stack: [],
    free: [],
    allocated: 0,
    captures: 0,
    runeCount: 0,
    repeats: 1,
    tracksSize: false,
    tracksHeight: false,
    work: 0,
    noPosixEndFrom: Infinity,
  };
  try {
    const tree = parsePattern(p);
    const isNearLimits =
      p.allocated > MAX_HEIGHT / 5 || (8 * p.allocated + 50) * p.repeats > MAX_SIZE || p.runeCount > MAX_RUNES / 4;
    return { tree, isNearLimits };
  } catch (error) {
    if (error instanceof PatternError) return { error: error.message };
    throw error;
  }
}

function parsePattern(p: Parser): Re2Node {
  const { source } = p;
  let lastRepeat = -1;
  for (let at = 0; at < source.length;) {
    let repeat = -1;
    switch (source[at]) {
      case '(':
        if (source[at + 1] === '?') {
          at = parseGroupStart(p, at);
        } else {
          p.captures += 1;
          openGroup(p, p.captures, '');
          at += 1;
        }
        break;
      case '|':
        parseVerticalBar(p);
        at += 1;
        break;
      case ')':
        parseRightParen(p);
        at += 1;
        break;
      case '^':
        pushOp(p, p.flags & ONE_LINE ? OP.beginText : OP.beginLine);
        at += 1;
        break;
      case '$':
        if (p.flags & ONE_LINE) pushOp(p, OP.endText, WAS_DOLLAR);
        else pushOp(p, OP.endLine);
        at += 1;
        break;
      case '.':
        pushOp(p, p.flags & DOT_NEWLINE ? OP.any : OP.anyNotNewline);
        at += 1;
        break;
      case '[':
        at = parseClass(p, at);
        break;
      case '*':
        repeat = at;
        at = pushRepeat(p, OP.star, 0, 0, at, at + 1, lastRepeat);
        break;
      case '+':
        repeat = at;
        at = pushRepeat(p, OP.plus, 0, 0, at, at + 1, lastRepeat);
        break;
      case '?':
        repeat = at;
        at = pushRepeat(p, OP.quest, 0, 0, at, at + 1, lastRepeat);
        break;
      case '{': {
        const counts = parseCounts(source, at);
        if (counts === undefined) {
          pushLiteral(p, 0x7b);
          at += 1;
          break;
        }
        const { min, max, after } = counts;
        if (min < 0 || min > MAX_REPEAT || max > MAX_REPEAT || (max >= 0 && min > max)) {
          throw fail('invalid repeat count', source.slice(at, after));
        }
        repeat = at;
        at = pushRepeat(p, OP.repeat, min, max, at, after, lastRepeat);
        break;
      }
      case '\\':
        at = parseBackslash(p, at);
        break;
      default: {
        const rune = runeAt(p, at);
        at += widthOf(rune);
        pushLiteral(p, rune);
      }
    }
    lastRepeat = repeat;
  }
  concatenate(p);
  if (swapVerticalBar(p)) p.stack.pop();
  alternate(p);
  const [tree] = p.stack;
  if (tree === undefined || p.stack.length !== 1) throw fail('missing closing )', source);
  return tree;
}

/** The character at an index; half a surrogate pair is what invalid UTF-8 is to Go. */
function runeAt(p: Parser, at: number, end?: number): number {
  const rune = p.source.codePointAt(at) ?? 0;
  if (rune >= 0xd800 && rune <= 0xdfff) throw fail('invalid UTF-8', p.source.slice(at, end));
  return rune;
}

function widthOf(rune: number): number {
  return rune > 0xffff ? 2 : 1;
}

function demandValid(text: string): void {
  const invalid = text.search(/\p{Surrogate}/u);
  if (invalid >= 0) throw fail('invalid UTF-8', text.slice(invalid));
}

// The tree.

function newNode(p: Parser, op: number): Re2Node {
  const recycled = p.free.pop();
  if (recycled === undefined) {
    p.allocated += 1;
    return {
      op,
      flags: 0,
      sub: [],
      runes: [],
      min: 0,
      max: 0,
      capture: 0,
      name: '',
      owned: false,
      size: undefined,
      height: undefined,
    };
  }
  const blank = { op, flags: 0, sub: [], runes: [], min: 0, max: 0, capture: 0, name: '', owned: false };
  return Object.assign(recycled, blank);
}

function recycle(p: Parser, node: Re2Node): void {
  node.height = undefined;
  p.free.push(node);
}

function spend(p: Parser, steps: number): void {
  p.work += steps;
  if (p.work > MAX_WORK) throw tooLarge(p);
}

function tooLarge(p: Parser): PatternError {
  return fail('expression too large', p.source);
}

function pushOp(p: Parser, op: number, moreFlags = 0): Re2Node {
  const node = newNode(p, op);
  node.flags = p.flags | moreFlags;
  push(p, node);
  return node;
}

function openGroup(p: Parser, capture: number, name: string): void {
  const node = pushOp(p, LEFT_PAREN);
  node.capture = capture;
  node.name = name;
}

function pushLiteral(p: Parser, rune: number): void {
  const node = newNode(p, OP.literal);
  node.flags = p.flags;
  node.runes = [p.flags & FOLD_CASE ? leastFold(rune) : rune];
  node.owned = true;
  push(p, node);
}

function pushClass(p: Parser, node: Re2Node, ranges: RuneRanges): void {
  node.runes = ranges;
  push(p, node);
}

/** Pushes a node; a class of one character, or of two that are one but for case, becomes a literal. */
function push(p: Parser, node: Re2Node): void {
  p.runeCount += node.runes.length;
  const rune = soleRune(node);
  if (rune !== undefined) {
    const flags = isSingle(node) ? p.flags & ~FOLD_CASE : p.flags | FOLD_CASE;
    if (mergeLiterals(p, rune, flags)) return;
    node.op = OP.literal;
    node.runes = [rune];
    node.owned = true;
    node.flags = flags;
  } else {
    mergeLiterals(p, -1, 0);
  }
  p.stack.push(node);
  checkLimits(p, node);
}

function isSingle({ runes }: Re2Node): boolean {
  return runes.length === 2 && runes[0] === runes[1];
}

/** The character a class can be written as, with or without regard to case. */
function soleRune(node: Re2Node): number | undefined {
  const { op, runes } = node;
  if (op !== OP.class || (runes.length !== 2 && runes.length !== 4)) return undefined;
  const [first = 0, second = 0, third, fourth] = runes;
  if (runes.length === 2 && first === second) return first;
  const partner = runes.length === 2 ? second : first === second && third === fourth ? third : undefined;
  if (partner === undefined || (runes.length === 2 && first + 1 !== second)) return undefined;
  const partners = foldPartners(first);
  return partners.length === 1 && partners[0] === partner ? first : undefined;
}

/**
 * Merges the two topmost literals of the stack when they fold alike; the upper one takes no more operators. When one
 * merged and a rune is given, the rune is pushed in its place.
 */
function mergeLiterals(p: Parser, rune: number, flags: number): boolean {
  const { stack } = p;
  const upper = stack.at(-1);
  const lower = stack.at(-2);
  if (upper?.op !== OP.literal || lower?.op !== OP.literal) return false;
  if ((upper.flags & FOLD_CASE) !== (lower.flags & FOLD_CASE)) return false;
  appendRunes(p, lower, upper.runes);
  if (rune >= 0) {
    upper.runes = [rune];
    upper.owned = true;
    upper.flags = flags;
    return true;
  }
  stack.pop();
  recycle(p, upper);
  return false;
}

function appendRunes(p: Parser, node: Re2Node, runes: RuneRanges): void {
  spend(p, runes.length);
  if (!node.owned) {
    spend(p, node.runes.length);
    node.runes = [...node.runes];
    node.owned = true;
  }
  const own = node.runes as number[];
  for (const rune of runes) own.push(rune);
}

// The limits.

function checkLimits(p: Parser, node: Re2Node): void {
  if (p.runeCount > MAX_RUNES) throw tooLarge(p);
  checkSize(p, node);
  checkHeight(p, node);
}

function checkSize(p: Parser, node: Re2Node): void {
  if (!p.tracksSize) {
    if (node.op === OP.repeat) {
      const count = Math.max(node.max === -1 ? node.min : node.max, 1);
      p.repeats = count > Math.floor(MAX_SIZE / p.repeats) ? MAX_SIZE : p.repeats * count;
    }
    if (p.allocated < Math.floor(MAX_SIZE / p.repeats)) return;
    p.tracksSize = true;
    for (const one of p.stack) checkSize(p, one);
  }
  if (measureSize(node, true) > MAX_SIZE) throw tooLarge(p);
}

/** How many instructions a node compiles to, as Go estimates. */
function measureSize(node: Re2Node, again: boolean): number {
  if (!again && node.size !== undefined) return node.size;
  const [first] = node.sub;
  const inner = first === undefined || node.op >= OP.concat ? 0 : measureSize(first, false);
  let size = 0;
  switch (node.op) {
    case OP.literal:
      size = node.runes.length;
      break;
    case OP.capture:
    case OP.star:
      size = 2 + inner;
      break;
    case OP.plus:
    case OP.quest:
      size = 1 + inner;
      break;
    case OP.concat:
    case OP.alternate:
      for (const sub of node.sub) size += measureSize(sub, false);
      if (node.op === OP.alternate && node.sub.length > 1) size += node.sub.length - 1;
      break;
    case OP.repeat:
      if (node.max === -1) size = node.min === 0 ? 2 + inner : 1 + node.min * inner;
      else size = node.max * inner + (node.max - node.min);
  }
  node.size = Math.max(1, size);
  return node.size;
}

function checkHeight(p: Parser, node: Re2Node): void {
  // A tree of fewer nodes cannot be too high.
  if (p.allocated < MAX_HEIGHT) return;
  if (!p.tracksHeight) {
    p.tracksHeight = true;
    for (const one of p.stack) checkHeight(p, one);
  }
  if (measureHeight(node, true) > MAX_HEIGHT) throw fail('expression nests too deeply', p.source);
}

function measureHeight(node: Re2Node, again: boolean): number {
  if (!again && node.height !== undefined) return node.height;
  let height = 1;
  for (const sub of node.sub) height = Math.max(height, 1 + measureHeight(sub, false));
  node.height = height;
  return height;
}

// Repetition.

function pushRepeat(
  p: Parser,
  op: number,
  min: number,
  max: number,
  before: number,
  operatorEnd: number,
  lastRepeat: number,
): number {
  let flags = p.flags;
  let after = operatorEnd;
  if (p.source[after] === '?') {
    after += 1;
    flags ^= NON_GREEDY;
  }
  if (lastRepeat >= 0) throw fail('invalid nested repetition operator', p.source.slice(lastRepeat, after));
  const operand = p.stack.at(-1);
  if (operand === undefined || operand.op >= FIRST_PSEUDO) {
    throw fail('missing argument to repetition operator', p.source.slice(before, after));
  }
  const node = newNode(p, op);
  node.min = min;
  node.max = max;
  node.flags = flags;
  node.sub = [operand];
  p.stack[p.stack.length - 1] = node;
  checkLimits(p, node);
  if (op === OP.repeat && (min >= 2 || max >= 2) && !isRepeatValid(node, MAX_REPEAT)) {
    throw fail('invalid repeat count', p.source.slice(before, after));
  }
  return after;
}

/** True when nested repetitions make at most `limit` copies of what is innermost. */
function isRepeatValid(node: Re2Node, limit: number): boolean {
  let rest = limit;
  if (node.op === OP.repeat) {
    if (node.max === 0) return true;
    const count = node.max < 0 ? node.min : node.max;
    if (count > limit) return false;
    if (count > 0) rest = Math.floor(limit / count);
  }
  return node.sub.every((sub) => isRepeatValid(sub, rest));
}

interface Counts {
  readonly min: number;
  readonly max: number;
  readonly after: number;
}

/** `{n}`, `{n,}` or `{n,m}`; nothing when it is none of them, a minimum of -1 when a number is absurd. */
function parseCounts(source: string, at: number): Counts | undefined {
  const first = parseCount(source, at + 1);
  if (first === undefined) return undefined;
  let { after } = first;
  let min = first.value;
  let max = min;
  if (source[after] === ',') {
    after += 1;
    max = -1;
    if (source[after] !== '}') {
      const second = parseCount(source, after);
      if (second === undefined) return undefined;
      after = second.after;
      max = second.value;
      if (max < 0) min = -1;
    }
  }
  return source[after] === '}' ? { min, max, after: after + 1 } : undefined;
}

function parseCount(source: string, at: number): { readonly value: number; readonly after: number } | undefined {
  let after = at;
  while (isDigit(source[after])) after += 1;
  if (after === at || (source[at] === '0' && after > at + 1)) return undefined;
  return { value: after - at > 9 ? -1 : Number(source.slice(at, after)), after };
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

// Sequences and alternatives.

/** Takes what stands above the topmost pseudo operator off the stack. */
function takeOperands(p: Parser): Re2Node[] {
  let from = p.stack.length;
  while (from > 0 && (p.stack[from - 1] as Re2Node).op < FIRST_PSEUDO) from -= 1;
  return p.stack.splice(from);
}

function concatenate(p: Parser): void {
  mergeLiterals(p, -1, 0);
  const parts = takeOperands(p);
  push(p, parts.length === 0 ? newNode(p, OP.empty) : collapse(p, parts, OP.concat));
}

function alternate(p: Parser): void {
  const choices = takeOperands(p);
  const last = choices.at(-1);
  if (last === undefined) {
    push(p, newNode(p, OP.noMatch));
    return;
  }
  cleanClass(last);
  push(p, collapse(p, choices, OP.alternate));
}

/** Brings a class that grew by merging back into order, and finds out when it has become a dot. */
function cleanClass(node: Re2Node): void {
  if (node.op !== OP.class) return;
  const ranges = toRanges(node.runes);
  node.runes = ranges;
  const [a, b, c, d] = ranges;
  if (ranges.length === 2 && a === 0 && b === MAX_RUNE) become(node, OP.any);
  else if (ranges.length === 4 && a === 0 && b === 9 && c === 11 && d === MAX_RUNE) become(node, OP.anyNotNewline);
}

function become(node: Re2Node, op: number): void {
  node.op = op;
  node.runes = [];
  node.owned = false;
}

/** Joins nodes under one operator, taking in the operands of nodes that have the same one. */
function collapse(p: Parser, nodes: readonly Re2Node[], op: number): Re2Node {
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) return only;
  const node = newNode(p, op);
  const subs: Re2Node[] = [];
  for (const one of nodes) {
    if (one.op === op) {
      spend(p, NODE_COST * one.sub.length);
      for (const sub of one.sub) subs.push(sub);
      recycle(p, one);
    } else {
      subs.push(one);
    }
  }
  node.sub = op === OP.alternate ? factor(p, subs) : subs;
  const [single] = node.sub;
  if (op === OP.alternate && single !== undefined && node.sub.length === 1) {
    recycle(p, node);
    return single;
  }
  return node;
}

/** Factors common beginnings out of alternatives and merges single characters: `abc|abd|x|y` is `ab[cd]|[xy]`. */
function factor(p: Parser, choices: Re2Node[]): Re2Node[] {
  if (choices.length < 2) return choices;
  return mergeEmpty(mergeCharacters(p, factorNodes(p, factorLiterals(p, choices))));
}

function factorLiterals(p: Parser, choices: Re2Node[]): Re2Node[] {
  const out: Re2Node[] = [];
  let start = 0;
  let common: RuneRanges = [];
  let commonLength = 0;
  let commonFold = 0;
  for (let index = 0; index <= choices.length; index += 1) {
    const choice = choices[index];
    const literal = choice === undefined ? undefined : leadingLiteral(choice);
    const runes = literal?.runes ?? [];
    const fold = (literal?.flags ?? 0) & FOLD_CASE;
    if (choice !== undefined && fold === commonFold) {
      let same = 0;
      while (same < commonLength && same < runes.length && common[same] === runes[same]) same += 1;
      spend(p, same + 1);
      if (same > 0) {
        commonLength = same;
        continue;
      }
    }
    if (index > start + 1) {
      const prefix = newNode(p, OP.literal);
      prefix.flags = commonFold;
      prefix.runes = common.slice(0, commonLength);
      prefix.owned = true;
      const rests: Re2Node[] = [];
      for (let other = start; other < index; other += 1) {
        const rest = dropLeadingRunes(p, choices[other] as Re2Node, commonLength);
        checkLimits(p, rest);
        rests.push(rest);
      }
      out.push(sequence(p, prefix, collapse(p, rests, OP.alternate)));
    } else if (index === start + 1) {
      out.push(choices[start] as Re2Node);
    }
    start = index;
    common = runes;
    commonLength = runes.length;
    commonFold = fold;
  }
  return out;
}

function factorNodes(p: Parser, choices: Re2Node[]): Re2Node[] {
  const out: Re2Node[] = [];
  let start = 0;
  let common: Re2Node | undefined;
  for (let index = 0; index <= choices.length; index += 1) {
    const choice = choices[index];
    const first = choice === undefined ? undefined : leadingNode(choice);
    if (common !== undefined && first !== undefined && isFactorable(common) && isEqual(p, common, first)) continue;
    if (common !== undefined && index > start + 1) {
      const prefix = common;
      const rests: Re2Node[] = [];
      for (let other = start; other < index; other += 1) {
        const rest = dropLeadingNode(p, choices[other] as Re2Node, other !== start);
        checkLimits(p, rest);
        rests.push(rest);
      }
      out.push(sequence(p, prefix, collapse(p, rests, OP.alternate)));
    } else if (index === start + 1) {
      out.push(choices[start] as Re2Node);
    }
    start = index;
    common = first;
  }
  return out;
}

/** Only what matches a fixed number of characters can be factored out without changing which way a match goes. */
function isFactorable(node: Re2Node): boolean {
  const [first] = node.sub;
  return (
    isCharacter(node) || (node.op === OP.repeat && node.min === node.max && first !== undefined && isCharacter(first))
  );
}

function mergeCharacters(p: Parser, choices: Re2Node[]): Re2Node[] {
  const out: Re2Node[] = [];
  let start = 0;
  for (let index = 0; index <= choices.length; index += 1) {
    const choice = choices[index];
    if (choice !== undefined && isCharacter(choice)) continue;
    if (index === start + 1) {
      out.push(choices[start] as Re2Node);
    } else if (index > start + 1) {
      out.push(mergeRun(p, choices, start, index));
    }
    if (choice !== undefined) out.push(choice);
    start = index + 1;
  }
  return out;
}

function mergeRun(p: Parser, choices: Re2Node[], start: number, end: number): Re2Node {
  let most = start;
  for (let index = start + 1; index < end; index += 1) {
    const best = choices[most] as Re2Node;
    const node = choices[index] as Re2Node;
    if (best.op < node.op || (best.op === node.op && best.runes.length < node.runes.length)) most = index;
  }
  const target = choices[most] as Re2Node;
  choices[most] = choices[start] as Re2Node;
  choices[start] = target;
  for (let index = start + 1; index < end; index += 1) {
    const node = choices[index] as Re2Node;
    mergeInto(p, target, node);
    recycle(p, node);
  }
  cleanClass(target);
  return target;
}

function mergeEmpty(choices: Re2Node[]): Re2Node[] {
  return choices.filter((node, index) => !(node.op === OP.empty && choices[index + 1]?.op === OP.empty));
}

function sequence(p: Parser, first: Re2Node, second: Re2Node): Re2Node {
  const node = newNode(p, OP.concat);
  node.sub = [first, second];
  return node;
}

function leadingLiteral(node: Re2Node): Re2Node | undefined {
  const first = node.op === OP.concat ? (node.sub[0] ?? node) : node;
  return first.op === OP.literal ? first : undefined;
}

function dropLeadingRunes(p: Parser, node: Re2Node, count: number): Re2Node {
  const [first, second] = node.sub;
  if (node.op === OP.concat && first !== undefined) {
    dropLeadingRunes(p, first, count);
    if (first.op !== OP.empty) return node;
    recycle(p, first);
    if (node.sub.length === 2 && second !== undefined) {
      recycle(p, node);
      return second;
    }
    spend(p, node.sub.length);
    node.sub.shift();
    return node;
  }
  if (node.op === OP.literal) {
    spend(p, node.runes.length / 16);
    node.runes = node.runes.slice(count);
    node.owned = true;
    if (node.runes.length === 0) node.op = OP.empty;
  }
  return node;
}

function leadingNode(node: Re2Node): Re2Node | undefined {
  if (node.op === OP.empty) return undefined;
  const [first] = node.sub;
  if (node.op !== OP.concat || first === undefined) return node;
  return first.op === OP.empty ? undefined : first;
}

function dropLeadingNode(p: Parser, node: Re2Node, isSpare: boolean): Re2Node {
  const [first, second] = node.sub;
  if (node.op === OP.concat && first !== undefined) {
    if (isSpare) recycle(p, first);
    spend(p, node.sub.length);
    node.sub.shift();
    if (node.sub.length === 1 && second !== undefined) {
      recycle(p, node);
      return second;
    }
    return node;
  }
  if (isSpare) recycle(p, node);
  return newNode(p, OP.empty);
}

function isEqual(p: Parser, a: Re2Node, b: Re2Node): boolean {
  spend(p, 1);
  if (a.op !== b.op) return false;
  switch (a.op) {
    case OP.endText:
      return ((a.flags ^ b.flags) & WAS_DOLLAR) === 0;
    case OP.literal:
    case OP.class:
      if (((a.flags ^ b.flags) & FOLD_CASE) !== 0 || a.runes.length !== b.runes.length) return false;
      if (a.runes === b.runes) return true;
      spend(p, a.runes.length);
      return a.runes.every((rune, index) => rune === b.runes[index]);
    case OP.star:
    case OP.plus:
    case OP.quest:
    case OP.repeat:
      if (((a.flags ^ b.flags) & NON_GREEDY) !== 0 || a.min !== b.min || a.max !== b.max) return false;
      break;
    case OP.capture:
      if (a.capture !== b.capture || a.name !== b.name) return false;
  }
  return a.sub.length === b.sub.length && a.sub.every((sub, index) => isEqual(p, sub, b.sub[index] as Re2Node));
}

/** True for what matches exactly one character. */
function isCharacter(node: Re2Node): boolean {
  return (node.op === OP.literal && node.runes.length === 1) || (node.op >= OP.class && node.op <= OP.any);
}

function matchesNewline(node: Re2Node): boolean {
  if (node.op === OP.literal) return node.runes.length === 1 && node.runes[0] === 10;
  return node.op === OP.any || (node.op === OP.class && inRanges(10, toRanges(node.runes)));
}

/** Makes the target match what another character node matches; the target is the more complex of the two. */
function mergeInto(p: Parser, target: Re2Node, node: Re2Node): void {
  switch (target.op) {
    case OP.anyNotNewline:
      if (matchesNewline(node)) target.op = OP.any;
      break;
    case OP.class:
      appendRunes(p, target, node.op === OP.literal ? literalRanges(node) : node.runes);
      break;
    case OP.literal: {
      if (node.runes[0] === target.runes[0] && node.flags === target.flags) break;
      const ranges = [...literalRanges(target), ...literalRanges(node)];
      target.op = OP.class;
      target.runes = ranges;
      target.owned = true;
    }
  }
}

function literalRanges({ runes, flags }: Re2Node): RuneRanges {
  const [rune = 0] = runes;
  return flags & FOLD_CASE ? foldRanges([rune, rune]) : [rune, rune];
}

function parseVerticalBar(p: Parser): void {
  concatenate(p);
  if (!swapVerticalBar(p)) pushOp(p, VERTICAL_BAR);
}

/**
 * When an operand lies above a vertical bar, swaps the two, so that the alternatives collect below the bar. Two
 * single characters around the bar become one class instead.
 */
function swapVerticalBar(p: Parser): boolean {
  const { stack } = p;
  const upper = stack.at(-1);
  const bar = stack.at(-2);
  const lower = stack.at(-3);
  if (upper === undefined || bar?.op !== VERTICAL_BAR) return false;
  if (lower !== undefined && isCharacter(upper) && isCharacter(lower)) {
    const target = upper.op > lower.op ? upper : lower;
    const other = target === upper ? lower : upper;
    stack[stack.length - 3] = target;
    mergeInto(p, target, other);
    recycle(p, other);
    stack.pop();
    return true;
  }
  if (lower !== undefined) cleanClass(lower);
  stack[stack.length - 2] = upper;
  stack[stack.length - 1] = bar;
  return true;
}

function parseRightParen(p: Parser): void {
  concatenate(p);
  if (swapVerticalBar(p)) p.stack.pop();
  alternate(p);
  const inner = p.stack.at(-1);
  const group = p.stack.at(-2);
  if (inner === undefined || group?.op !== LEFT_PAREN) throw fail('unexpected )', p.source);
  p.stack.length -= 2;
  p.flags = group.flags;
  if (group.capture === 0) {
    push(p, inner);
  } else {
    group.op = OP.capture;
    group.sub = [inner];
    push(p, group);
  }
}

// Groups and flags.

/** `(?P<name>`, `(?<name>`, `(?i)`, `(?i-s:`; returns where it ends. */
function parseGroupStart(p: Parser, at: number): number {
  const { source } = p;
  const isPython = source.startsWith('P<', at + 2) && source.length > at + 4;
  if (isPython || (source[at + 2] === '<' && source.length > at + 3)) return parseNamedGroup(p, at, isPython ? 4 : 3);
  let { flags } = p;
  let isNegated = false;
  let sawFlag = false;
  let next = at + 2;
  while (next < source.length) {
    const rune = runeAt(p, next);
    next += widthOf(rune);
    switch (String.fromCodePoint(rune)) {
      case 'i':
        flags |= FOLD_CASE;
        sawFlag = true;
        continue;
      case 'm':
        flags &= ~ONE_LINE;
        sawFlag = true;
        continue;
      case 's':
        flags |= DOT_NEWLINE;
        sawFlag = true;
        continue;
      case 'U':
        flags |= NON_GREEDY;
        sawFlag = true;
        continue;
      case '-':
        if (isNegated) break;
        isNegated = true;
        // Flags are set and cleared upside down until the group opens.
        flags = ~flags;
        sawFlag = false;
        continue;
      case ':':
      case ')':
        if (isNegated && !sawFlag) break;
        if (source[next - 1] === ':') openGroup(p, 0, '');
        p.flags = isNegated ? ~flags : flags;
        return next;
    }
    break;
  }
  throw fail('invalid or unsupported Perl syntax', source.slice(at, next));
}

function parseNamedGroup(p: Parser, at: number, nameOffset: number): number {
  const { source } = p;
  const end = source.indexOf('>', at);
  if (end < 0) {
    const rest = source.slice(at);
    demandValid(rest);
    throw fail('invalid named capture', rest);
  }
  const name = source.slice(at + nameOffset, end);
  demandValid(name);
  if (!/^[A-Za-z0-9_]+$/.test(name)) throw fail('invalid named capture', source.slice(at, end + 1));
  p.captures += 1;
  openGroup(p, p.captures, name);
  return end + 1;
}

// Escapes and classes.

function parseBackslash(p: Parser, at: number): number {
  const { source } = p;
  switch (source[at + 1]) {
    case 'A':
      pushOp(p, OP.beginText);
      return at + 2;
    case 'b':
      pushOp(p, OP.wordBoundary);
      return at + 2;
    case 'B':
      pushOp(p, OP.noWordBoundary);
      return at + 2;
    case 'z':
      pushOp(p, OP.endText);
      return at + 2;
    case 'C':
      throw fail('invalid escape sequence', '\\C');
    case 'Q':
      return parseQuoted(p, at + 2);
  }
  const node = newNode(p, OP.class);
  node.flags = p.flags;
  const group = parseUnicodeGroup(p, at) ?? parsePerlGroup(p, at);
  if (group !== undefined) {
    pushClass(p, node, group.ranges);
    return group.after;
  }
  recycle(p, node);
  const escape = parseEscape(p, at);
  pushLiteral(p, escape.rune);
  return escape.after;
}

/** Literal text up to `\E`; returns what follows it. */
function parseQuoted(p: Parser, at: number): number {
  const end = p.source.indexOf('\\E', at);
  const stop = end < 0 ? p.source.length : end;
  for (let next = at; next < stop;) {
    const rune = runeAt(p, next, stop);
    pushLiteral(p, rune);
    next += widthOf(rune);
  }
  return end < 0 ? stop : end + 2;
}

interface Escape {
  readonly rune: number;
  readonly after: number;
}

const CONTROL_ESCAPES: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

function parseEscape(p: Parser, at: number): Escape {
  const { source } = p;
  if (at + 1 >= source.length) throw fail('trailing backslash at end of expression', '');
  const rune = runeAt(p, at + 1);
  const char = String.fromCodePoint(rune);
  const after = at + 1 + widthOf(rune);
  if (char === '0' || (/[1-7]/.test(char) && isOctal(source[after]))) {
    let value = rune - 0x30;
    let end = after;
    while (end < after + 2 && isOctal(source[end])) {
      value = value * 8 + source.charCodeAt(end) - 0x30;
      end += 1;
    }
    return { rune: value, after: end };
  }
  if (char === 'x') return parseHexEscape(p, at);
  const control = CONTROL_ESCAPES[char];
  if (control !== undefined) return { rune: control, after };
  if (rune < 0x80 && !/[0-9A-Za-z]/.test(char)) return { rune, after };
  throw fail('invalid escape sequence', source.slice(at, after));
}

function parseHexEscape(p: Parser, at: number): Escape {
  const { source } = p;
  let next = at + 2;
  const refuse = (): PatternError => fail('invalid escape sequence', source.slice(at, next));
  const take = (): number => {
    if (next >= source.length) return -1;
    const rune = runeAt(p, next);
    next += widthOf(rune);
    return rune;
  };
  if (next >= source.length) throw refuse();
  const first = take();
  if (first !== 0x7b) {
    const high = hexValue(first);
    const low = hexValue(take());
    if (high < 0 || low < 0) throw refuse();
    return { rune: high * 16 + low, after: next };
  }
  let value = 0;
  for (let digits = 0; ; digits += 1) {
    const rune = take();
    if (rune === 0x7d && digits > 0) return { rune: value, after: next };
    const digit = hexValue(rune);
    value = value * 16 + digit;
    if (digit < 0 || value > MAX_RUNE) throw refuse();
  }
}

function isOctal(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '7';
}

function hexValue(rune: number): number {
  if (rune >= 0x30 && rune <= 0x39) return rune - 0x30;
  const letter = rune | 0x20;
  return rune >= 0x41 && rune <= 0x66 && letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

interface Group {
  readonly ranges: RuneRanges;
  readonly after: number;
}

const DIGITS: RuneRanges = [0x30, 0x39];
const SPACES: RuneRanges = [0x9, 0xa, 0xc, 0xd, 0x20, 0x20];
const WORD: RuneRanges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];

const PERL_GROUPS: Readonly<Record<string, RuneRanges>> = { d: DIGITS, s: SPACES, w: WORD };

const POSIX_GROUPS: ReadonlyMap<string, RuneRanges> = new Map([
  ['alnum', [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ['alpha', [0x41, 0x5a, 0x61, 0x7a]],
  ['ascii', [0x0, 0x7f]],
  ['blank', [0x9, 0x9, 0x20, 0x20]],
  ['cntrl', [0x0, 0x1f, 0x7f, 0x7f]],
  ['digit', DIGITS],
  ['graph', [0x21, 0x7e]],
  ['lower', [0x61, 0x7a]],
  ['print', [0x20, 0x7e]],
  ['punct', [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ['space', [0x9, 0xd, 0x20, 0x20]],
  ['upper', [0x41, 0x5a]],
  ['word', WORD],
  ['xdigit', [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
]);

/** Groups by name, folding and sign; shared, because a pattern can name one a hundred thousand times. */
const groupCache = new Map<string, RuneRanges>();

function groupRanges(key: string, ranges: RuneRanges, isFolded: boolean, isNegated: boolean): RuneRanges {
  const cacheKey = `${key} ${isFolded ? 'i' : ''}${isNegated ? '^' : ''}`;
  const known = groupCache.get(cacheKey);
  if (known !== undefined) return known;
  const folded = isFolded ? foldRanges(ranges) : ranges;
  const result = isNegated ? negateRanges(folded) : folded;
  groupCache.set(cacheKey, result);
  return result;
}

/** `\d`, `\D`, `\s`, `\S`, `\w`, `\W`. */
function parsePerlGroup(p: Parser, at: number): Group | undefined {
  const letter = p.source[at + 1];
  if (p.source[at] !== '\\' || letter === undefined) return undefined;
  const lower = letter.toLowerCase();
  const ranges = Object.hasOwn(PERL_GROUPS, lower) ? PERL_GROUPS[lower] : undefined;
  if (ranges === undefined) return undefined;
  const isFolded = (p.flags & FOLD_CASE) !== 0;
  return { ranges: groupRanges(`\\${lower}`, ranges, isFolded, letter !== lower), after: at + 2 };
}

/** `[:alpha:]` and its like, inside a class. */
function parsePosixGroup(p: Parser, at: number): Group | undefined {
  const { source } = p;
  if (!source.startsWith('[:', at) || at + 2 >= source.length || at >= p.noPosixEndFrom) return undefined;
  const end = source.indexOf(':]', at + 2);
  if (end < 0) {
    p.noPosixEndFrom = at;
    return undefined;
  }
  const isNegated = source[at + 2] === '^';
  const name = source.slice(at + (isNegated ? 3 : 2), end);
  const ranges = POSIX_GROUPS.get(name);
  if (ranges === undefined) throw fail('invalid character class range', source.slice(at, end + 2));
  const isFolded = (p.flags & FOLD_CASE) !== 0;
  return { ranges: groupRanges(`:${name}`, ranges, isFolded, isNegated), after: end + 2 };
}

/** `\pN`, `\p{Greek}`, `\P{^Lu}`. */
function parseUnicodeGroup(p: Parser, at: number): Group | undefined {
  const { source } = p;
  const letter = source[at + 1];
  if (source[at] !== '\\' || (letter !== 'p' && letter !== 'P')) return undefined;
  let after = at + 2;
  let name = '';
  if (after < source.length) {
    const rune = runeAt(p, after);
    if (rune === 0x7b) {
      const end = source.indexOf('}', at);
      if (end < 0) {
        const rest = source.slice(at);
        demandValid(rest);
        throw fail('invalid character class range', rest);
      }
      name = source.slice(at + 3, end);
      demandValid(name);
      after = end + 1;
    } else {
      after += widthOf(rune);
      name = source.slice(at + 2, after);
    }
  }
  const isInverse = name.startsWith('^');
  const property = findProperty(isInverse ? name.slice(1) : name, p.dialect);
  if (property === undefined) throw fail('invalid character class range', source.slice(at, after));
  const isNegated = (letter === 'P') !== isInverse;
  // Go has no folding table for LC, though three characters outside it fold into it.
  const isFolded = (p.flags & FOLD_CASE) !== 0 && property.key !== 'LC';
  const ranges = groupRanges(property.key, property.ranges, isFolded, isNegated !== property.isInverse);
  return { ranges, after };
}

interface Property {
  readonly key: string;
  readonly ranges: RuneRanges;
  readonly isInverse: boolean;
}

/** Long names of the categories (PropertyValueAliases.txt), as Go's standard library knows them since 1.25. */
const CATEGORY_ALIASES: Readonly<Record<string, string>> = {
  Casedletter: 'LC',
  Closepunctuation: 'Pe',
  Combiningmark: 'M',
  Connectorpunctuation: 'Pc',
  Control: 'Cc',
  Currencysymbol: 'Sc',
  Dashpunctuation: 'Pd',
  Decimalnumber: 'Nd',
  Enclosingmark: 'Me',
  Finalpunctuation: 'Pf',
  Format: 'Cf',
  Initialpunctuation: 'Pi',
  Letter: 'L',
  Letternumber: 'Nl',
  Lineseparator: 'Zl',
  Lowercaseletter: 'Ll',
  Mark: 'M',
  Mathsymbol: 'Sm',
  Modifierletter: 'Lm',
  Modifiersymbol: 'Sk',
  Nonspacingmark: 'Mn',
  Number: 'N',
  Openpunctuation: 'Ps',
  Other: 'C',
  Otherletter: 'Lo',
  Othernumber: 'No',
  Otherpunctuation: 'Po',
  Othersymbol: 'So',
  Paragraphseparator: 'Zp',
  Privateuse: 'Co',
  Punctuation: 'P',
  Separator: 'Z',
  Spaceseparator: 'Zs',
  Spacingmark: 'Mc',
  Surrogate: 'Cs',
  Symbol: 'S',
  Titlecaseletter: 'Lt',
  Unassigned: 'Cn',
  Uppercaseletter: 'Lu',
  Cntrl: 'Cc',
  Digit: 'Nd',
  Punct: 'P',
};

function findProperty(name: string, dialect: Dialect): Property | undefined {
  if (dialect === 'prometheus') return name === 'Any' ? ANY : byExactName(name);
  const plain = canonicalName(name);
  if (plain === 'Any') return ANY;
  if (plain === 'Assigned') return { key: 'Cn', ranges: categoryRanges('Cn') ?? [], isInverse: true };
  if (plain === 'Ascii') return { key: 'Ascii', ranges: [0, 0x7f], isInverse: false };
  if (plain === 'Lc') return byExactName('LC');
  const alias = Object.hasOwn(CATEGORY_ALIASES, plain) ? CATEGORY_ALIASES[plain] : undefined;
  // Go asks for the name in this form, so it finds neither LC nor a script with an underscore by it.
  return byExactName(plain) ?? (alias === undefined ? undefined : byExactName(alias));
}

const ANY: Property = { key: 'Any', ranges: [0, MAX_RUNE], isInverse: false };

function byExactName(name: string): Property | undefined {
  const ranges = categoryRanges(name) ?? scriptRanges(name);
  return ranges && { key: name, ranges, isInverse: false };
}

/** A first letter in upper case, the others in lower case, without underscores, spaces and hyphens; ASCII only. */
function canonicalName(name: string): string {
  const plain = name.replace(/[_\- ]/g, '');
  const lower = plain.slice(1).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return plain.slice(0, 1).replace(/[a-z]/, (letter) => letter.toUpperCase()) + lower;
}

/** `[...]`; returns where it ends. */
function parseClass(p: Parser, at: number): number {
  const { source } = p;
  const node = newNode(p, OP.class);
  node.flags = p.flags;
  const isFolded = (p.flags & FOLD_CASE) !== 0;
  const isNegated = source[at + 1] === '^';
  let next = isNegated ? at + 2 : at + 1;
  const pairs: number[] = [];
  const groups = new Set<RuneRanges>();
  for (let isFirst = true; isFirst || source[next] !== ']'; isFirst = false) {
    const group = parsePosixGroup(p, next) ?? parseUnicodeGroup(p, next) ?? parsePerlGroup(p, next);
    if (group !== undefined) {
      groups.add(group.ranges);
      next = group.after;
      continue;
    }
    const from = next;
    const low = parseClassRune(p, next, at);
    let high = low;
    next = low.after;
    if (source[next] === '-' && next + 1 < source.length && source[next + 1] !== ']') {
      high = parseClassRune(p, next + 1, at);
      next = high.after;
      if (high.rune < low.rune) throw fail('invalid character class range', source.slice(from, next));
    }
    pairs.push(low.rune, high.rune);
  }
  const own = toRanges(pairs);
  let ranges = isFolded ? foldRanges(own) : own;
  if (groups.size > 0) {
    const all = [ranges, ...groups].flat();
    spend(p, all.length);
    ranges = toRanges(all);
  }
  pushClass(p, node, isNegated ? negateRanges(ranges) : ranges);
  return next + 1;
}

function parseClassRune(p: Parser, at: number, classStart: number): Escape {
  const { source } = p;
  if (at >= source.length) throw fail('missing closing ]', source.slice(classStart));
  if (source[at] === '\\') return parseEscape(p, at);
  const rune = runeAt(p, at);
  return { rune, after: at + widthOf(rune) };
}
