import { foldPartners, inRanges, isFoldClosed, MAX_RUNE, printableRanges } from './unicode.ts';
import type { RuneRanges } from './unicode.ts';
import { FOLD_CASE, NON_GREEDY, OP, WAS_DOLLAR } from './tree.ts';
import type { Re2Node } from './tree.ts';

/*
 * Writes a parsed pattern as Go does (String of regexp/syntax.Regexp). Prometheus compiles that text rather than the
 * pattern it was given, so a pattern close to the limits can fail the second time, with this text in the message.
 */

/** Which flag groups `(?i:`, `(?m:`, `(?s:`, `(?-m:`, `(?-s:` open before a node, and whether one closes after it. */
const IGNORE_CASE = 1;
const MULTI_LINE = 2;
const DOT_ALL = 4;
const CLOSE = 8;
const GROUP = 16;
const NEGATED_SHIFT = 5;

type Marks = Map<Re2Node, number>;

/** A parsed pattern as text, in the words of Go. */
export function writeRe2(tree: Re2Node): string {
  const marks: Marks = new Map();
  const { must, cannot } = findFlags(tree, marks);
  const flags = must | ((cannot & ~IGNORE_CASE) << NEGATED_SHIFT);
  const out: string[] = [];
  write(out, tree, flags === 0 ? 0 : flags | CLOSE, marks);
  return out.join('');
}

/** The flags that have to hold around a node, and those that must not. */
interface Flags {
  readonly must: number;
  readonly cannot: number;
}

const NO_FLAGS: Flags = { must: 0, cannot: 0 };

const foldClosed = new WeakMap<RuneRanges, boolean>();

function isClosed(ranges: RuneRanges): boolean {
  let closed = foldClosed.get(ranges);
  if (closed === undefined) {
    closed = isFoldClosed(ranges);
    foldClosed.set(ranges, closed);
  }
  return closed;
}

function findFlags(node: Re2Node, marks: Marks): Flags {
  switch (node.op) {
    case OP.literal:
      if (!node.runes.some((rune) => foldPartners(rune).length > 0)) return NO_FLAGS;
      return node.flags & FOLD_CASE ? { must: IGNORE_CASE, cannot: 0 } : { must: 0, cannot: IGNORE_CASE };
    case OP.class:
      return isClosed(node.runes) ? NO_FLAGS : { must: 0, cannot: IGNORE_CASE };
    case OP.anyNotNewline:
      return { must: 0, cannot: DOT_ALL };
    case OP.any:
      return { must: DOT_ALL, cannot: 0 };
    case OP.beginLine:
    case OP.endLine:
      return { must: MULTI_LINE, cannot: 0 };
    case OP.endText:
      return node.flags & WAS_DOLLAR ? { must: 0, cannot: MULTI_LINE } : NO_FLAGS;
    case OP.concat:
    case OP.alternate:
      return findJointFlags(node, marks);
    default: {
      const [inner] = node.sub;
      return inner === undefined ? NO_FLAGS : findFlags(inner, marks);
    }
  }
}

/** Flags of a sequence; where parts contradict each other, the flags are put around the part before the clash. */
function findJointFlags({ sub: parts }: Re2Node, marks: Marks): Flags {
  let must = 0;
  let cannot = 0;
  let neverMay = 0;
  let start = 0;
  let last = 0;
  let clashed = false;
  parts.forEach((part, index) => {
    const flags = findFlags(part, marks);
    if ((must & flags.cannot) !== 0 || (flags.must & cannot) !== 0) {
      if (must !== 0) markSpan(parts, start, last, must, marks);
      must = 0;
      cannot = 0;
      start = index;
      clashed = true;
    }
    must |= flags.must;
    cannot |= flags.cannot;
    neverMay |= flags.cannot;
    if (flags.must !== 0) last = index;
    if (must === 0 && start === index) start += 1;
  });
  if (!clashed) return { must, cannot };
  if (must !== 0) markSpan(parts, start, last, must, marks);
  return { must: 0, cannot: neverMay };
}

function markSpan(parts: readonly Re2Node[], start: number, last: number, flags: number, marks: Marks): void {
  const first = parts[start];
  const end = parts[last];
  if (first === undefined || end === undefined) return;
  marks.set(first, flags);
  marks.set(end, (marks.get(end) ?? 0) | CLOSE);
}

function write(out: string[], node: Re2Node, given: number, marks: Marks): void {
  let flags = given | (marks.get(node) ?? 0);
  const opened = flags & ~(CLOSE | GROUP);
  if ((flags & GROUP) !== 0 && opened !== 0 && (flags & CLOSE) !== 0) flags &= ~GROUP;
  if (opened !== 0) out.push(openingOf(flags));
  if (flags & GROUP) out.push('(?:');
  writeBody(out, node, marks);
  if (flags & GROUP) out.push(')');
  if (flags & CLOSE) out.push(')');
}

function openingOf(flags: number): string {
  const negated = flags >> NEGATED_SHIFT;
  const off = (negated & MULTI_LINE ? 'm' : '') + (negated & DOT_ALL ? 's' : '');
  const on = (flags & IGNORE_CASE ? 'i' : '') + (flags & MULTI_LINE ? 'm' : '') + (flags & DOT_ALL ? 's' : '');
  return `(?${on}${off === '' ? '' : `-${off}`}:`;
}

const FIXED: ReadonlyMap<number, string> = new Map([
  [OP.noMatch, '[^\\x00-\\x{10FFFF}]'],
  [OP.empty, '(?:)'],
  [OP.anyNotNewline, '.'],
  [OP.any, '.'],
  [OP.beginLine, '^'],
  [OP.endLine, '$'],
  [OP.beginText, '\\A'],
  [OP.wordBoundary, '\\b'],
  [OP.noWordBoundary, '\\B'],
]);

function writeBody(out: string[], node: Re2Node, marks: Marks): void {
  const fixed = FIXED.get(node.op);
  if (fixed !== undefined) {
    out.push(fixed);
    return;
  }
  const [first] = node.sub;
  switch (node.op) {
    case OP.literal:
      for (const rune of node.runes) out.push(runeText(rune, false));
      break;
    case OP.class:
      out.push(classText(node.runes));
      break;
    case OP.endText:
      out.push(node.flags & WAS_DOLLAR ? '$' : '\\z');
      break;
    case OP.capture:
      out.push(node.name === '' ? '(' : `(?P<${node.name}>`);
      if (first !== undefined && first.op !== OP.empty) write(out, first, marks.get(first) ?? 0, marks);
      out.push(')');
      break;
    case OP.concat:
      for (const part of node.sub) write(out, part, part.op === OP.alternate ? GROUP : 0, marks);
      break;
    case OP.alternate:
      node.sub.forEach((part, index) => {
        if (index > 0) out.push('|');
        write(out, part, 0, marks);
      });
      break;
    default: {
      if (first === undefined) break;
      const needsGroup = first.op > OP.capture || (first.op === OP.literal && first.runes.length > 1);
      write(out, first, needsGroup ? GROUP : 0, marks);
      out.push(operatorText(node), node.flags & NON_GREEDY ? '?' : '');
    }
  }
}

function operatorText({ op, min, max }: Re2Node): string {
  if (op === OP.star) return '*';
  if (op === OP.plus) return '+';
  if (op === OP.quest) return '?';
  if (max === min) return `{${min}}`;
  return max < 0 ? `{${min},}` : `{${min},${max}}`;
}

function classText(ranges: RuneRanges): string {
  if (ranges.length === 0) return '[^\\x00-\\x{10FFFF}]';
  const isNegated = ranges.length > 2 && ranges[0] === 0 && ranges.at(-1) === MAX_RUNE;
  const shown = isNegated ? gapsOf(ranges) : ranges;
  const parts: string[] = [];
  for (let index = 0; index < shown.length; index += 2) {
    const low = shown[index] as number;
    const high = shown[index + 1] as number;
    parts.push(runeText(low, low === 0x2d));
    if (low === high) continue;
    if (high !== low + 1) parts.push('-');
    parts.push(runeText(high, high === 0x2d));
  }
  return `[${isNegated ? '^' : ''}${parts.join('')}]`;
}

function gapsOf(ranges: RuneRanges): RuneRanges {
  const gaps: number[] = [];
  for (let index = 1; index < ranges.length - 1; index += 2) {
    gaps.push((ranges[index] as number) + 1, (ranges[index + 1] as number) - 1);
  }
  return gaps;
}

const NAMED: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
]);

function runeText(rune: number, isForced: boolean): string {
  if (inRanges(rune, printableRanges())) {
    const char = String.fromCodePoint(rune);
    return isForced || '\\.+*?()|[]{}^$'.includes(char) ? `\\${char}` : char;
  }
  const named = NAMED.get(rune);
  if (named !== undefined) return named;
  const hex = rune.toString(16);
  return rune < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\x{${hex}}`;
}
