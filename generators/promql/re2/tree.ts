import { foldPartners, foldRanges, inRanges, leastFold, MAX_RUNE, toRanges } from './unicode.ts';
import type { RuneRanges } from './unicode.ts';

/*
 * The tree of a pattern, built the way Go builds it: literals merged, nested sequences hoisted, common prefixes of
 * alternatives factored out, and nodes recycled and counted. Go bounds the height, the compiled size and the characters
 * of the tree that comes out, so whether a pattern is accepted depends on all of this.
 */

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

/** Flag of the parser and its nodes, as are those below: letters match in upper and lower case, `(?i)`. */
export const FOLD_CASE = 1;
/** A dot matches newlines, `(?s)`. */
export const DOT_NEWLINE = 8;
/** `^` and `$` match at the ends of the text only, `(?-m)`. */
export const ONE_LINE = 16;
/** Repetitions take as little as they can: `*?`, or `(?U)` before `*`. */
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

const MAX_HEIGHT = 1000;
const MAX_SIZE = 3_355_443;
const MAX_RUNES = 33_554_432;
/** The largest repetition count, and the most copies that nested ones may make. */
export const MAX_REPEAT = 1000;
/**
 * Elementary steps of building the tree, beyond which a pattern counts as too large. Go has no such limit, but some
 * patterns with a hundred thousand nested groups cost it time in the square of their length.
 */
const MAX_WORK = 400_000_000;
/** Moving a node costs as much as comparing so many characters. */
const NODE_COST = 8;

/** What is wrong with a pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** The error for a pattern, in the words of Go: what is wrong, and the part of the pattern it is in. */
export function fail(what: string, text: string): PatternError {
  return new PatternError(`error parsing regexp: ${what}: \`${text}\``);
}

/** A tree under construction. */
export interface Builder {
  readonly source: string;
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
}

/** A builder that has seen nothing yet. */
export function startTree(source: string, flags: number): Builder {
  return {
    source,
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
  };
}

/** True when the tree with anchors around it may exceed a limit. */
export function isNearLimits({ allocated, repeats, runeCount }: Builder): boolean {
  return allocated > MAX_HEIGHT / 5 || (8 * allocated + 50) * repeats > MAX_SIZE || runeCount > MAX_RUNES / 4;
}

/** The finished tree. */
export function finishTree(p: Builder): Re2Node {
  closeAlternatives(p);
  const [tree] = p.stack;
  if (tree === undefined || p.stack.length !== 1) throw fail('missing closing )', p.source);
  return tree;
}

function closeAlternatives(p: Builder): void {
  concatenate(p);
  if (swapVerticalBar(p)) p.stack.pop();
  alternate(p);
}

// The tree.

/** A node with nothing in it, recycled when there is one to recycle. */
export function newNode(p: Builder, op: number): Re2Node {
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

/** Gives back a node that is no longer part of the tree. */
export function recycle(p: Builder, node: Re2Node): void {
  node.height = undefined;
  p.free.push(node);
}

/** Counts work; a pattern that takes too much of it is refused as too large. */
export function spend(p: Builder, steps: number): void {
  p.work += steps;
  if (p.work > MAX_WORK) throw tooLarge(p);
}

function tooLarge(p: Builder): PatternError {
  return fail('expression too large', p.source);
}

/** Pushes an operator without operands. */
export function pushOp(p: Builder, op: number, moreFlags = 0): Re2Node {
  const node = newNode(p, op);
  node.flags = p.flags | moreFlags;
  push(p, node);
  return node;
}

/** Opens a group; number 0 is one that captures nothing. */
export function openGroup(p: Builder, capture: number, name: string): void {
  const node = pushOp(p, LEFT_PAREN);
  node.capture = capture;
  node.name = name;
}

/** Pushes one character. */
export function pushLiteral(p: Builder, rune: number): void {
  const node = newNode(p, OP.literal);
  node.flags = p.flags;
  node.runes = [p.flags & FOLD_CASE ? leastFold(rune) : rune];
  node.owned = true;
  push(p, node);
}

/** Pushes a class: a node made for it before, and its ranges. */
export function pushClass(p: Builder, node: Re2Node, ranges: RuneRanges): void {
  node.runes = ranges;
  push(p, node);
}

/** Pushes a node; a class of one character, or of two that are one but for case, becomes a literal. */
function push(p: Builder, node: Re2Node): void {
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
function mergeLiterals(p: Builder, rune: number, flags: number): boolean {
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

function appendRunes(p: Builder, node: Re2Node, runes: RuneRanges): void {
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

function checkLimits(p: Builder, node: Re2Node): void {
  if (p.runeCount > MAX_RUNES) throw tooLarge(p);
  checkSize(p, node);
  checkHeight(p, node);
}

function checkSize(p: Builder, node: Re2Node): void {
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

function checkHeight(p: Builder, node: Re2Node): void {
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

/** Repeats what was pushed last. Returns false when there is nothing to repeat. */
export function repeatLast(p: Builder, op: number, min: number, max: number, flags: number): boolean {
  const operand = p.stack.at(-1);
  if (operand === undefined || operand.op >= FIRST_PSEUDO) return false;
  const node = newNode(p, op);
  node.min = min;
  node.max = max;
  node.flags = flags;
  node.sub = [operand];
  p.stack[p.stack.length - 1] = node;
  checkLimits(p, node);
  return true;
}

/** True when the repetitions nested in what was pushed last make at most 1000 copies of what is innermost. */
export function isRepeatCountValid(p: Builder): boolean {
  const node = p.stack.at(-1);
  return node === undefined || isRepeatValid(node, MAX_REPEAT);
}

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

// Sequences and alternatives.

/** Takes what stands above the topmost pseudo operator off the stack. */
function takeOperands(p: Builder): Re2Node[] {
  let from = p.stack.length;
  while (from > 0 && (p.stack[from - 1] as Re2Node).op < FIRST_PSEUDO) from -= 1;
  return p.stack.splice(from);
}

function concatenate(p: Builder): void {
  mergeLiterals(p, -1, 0);
  const parts = takeOperands(p);
  push(p, parts.length === 0 ? newNode(p, OP.empty) : collapse(p, parts, OP.concat));
}

function alternate(p: Builder): void {
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
function collapse(p: Builder, nodes: readonly Re2Node[], op: number): Re2Node {
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
function factor(p: Builder, choices: Re2Node[]): Re2Node[] {
  if (choices.length < 2) return choices;
  return mergeEmpty(mergeCharacters(p, factorNodes(p, factorLiterals(p, choices))));
}

function factorLiterals(p: Builder, choices: Re2Node[]): Re2Node[] {
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

function factorNodes(p: Builder, choices: Re2Node[]): Re2Node[] {
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

function mergeCharacters(p: Builder, choices: Re2Node[]): Re2Node[] {
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

function mergeRun(p: Builder, choices: Re2Node[], start: number, end: number): Re2Node {
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

function sequence(p: Builder, first: Re2Node, second: Re2Node): Re2Node {
  const node = newNode(p, OP.concat);
  node.sub = [first, second];
  return node;
}

function leadingLiteral(node: Re2Node): Re2Node | undefined {
  const first = node.op === OP.concat ? (node.sub[0] ?? node) : node;
  return first.op === OP.literal ? first : undefined;
}

function dropLeadingRunes(p: Builder, node: Re2Node, count: number): Re2Node {
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

function dropLeadingNode(p: Builder, node: Re2Node, isSpare: boolean): Re2Node {
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

function isEqual(p: Builder, a: Re2Node, b: Re2Node): boolean {
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
function mergeInto(p: Builder, target: Re2Node, node: Re2Node): void {
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

/** Ends an alternative. */
export function pushVerticalBar(p: Builder): void {
  concatenate(p);
  if (!swapVerticalBar(p)) pushOp(p, VERTICAL_BAR);
}

/**
 * When an operand lies above a vertical bar, swaps the two, so that the alternatives collect below the bar. Two
 * single characters around the bar become one class instead.
 */
function swapVerticalBar(p: Builder): boolean {
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

/** Ends the innermost group, and with it the flags set inside. */
export function closeGroup(p: Builder): void {
  closeAlternatives(p);
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
