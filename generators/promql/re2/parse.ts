import { perlClass, posixClass, unicodeClass } from './classes.ts';
import type { Dialect } from './classes.ts';
import {
  closeGroup,
  DOT_NEWLINE,
  fail,
  finishTree,
  FOLD_CASE,
  isNearLimits,
  isRepeatCountValid,
  MAX_REPEAT,
  newNode,
  NON_GREEDY,
  ONE_LINE,
  OP,
  openGroup,
  PatternError,
  pushClass,
  pushLiteral,
  pushOp,
  pushVerticalBar,
  recycle,
  repeatLast,
  spend,
  startTree,
  WAS_DOLLAR,
} from './tree.ts';
import type { Builder, Re2Node } from './tree.ts';
import { foldRanges, MAX_RUNE, negateRanges, toRanges } from './unicode.ts';
import type { RuneRanges } from './unicode.ts';

/*
 * A parser of RE2 patterns that accepts what Go's regexp/syntax accepts and refuses the rest with the same message.
 */

/** A parsed pattern, or why it is none, in Go's words. */
export type Re2Parse =
  { readonly tree: Re2Node; readonly isNearLimits: boolean; readonly error?: undefined } | { readonly error: string };

interface Parser extends Builder {
  readonly dialect: Dialect;
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
  const p: Parser = { ...startTree(source, flags), dialect, noPosixEndFrom: Infinity };
  try {
    const tree = parsePattern(p);
    return { tree, isNearLimits: isNearLimits(p) };
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
        pushVerticalBar(p);
        at += 1;
        break;
      case ')':
        closeGroup(p);
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
        at = parseOperator(p, OP.star, UNCOUNTED, at, at + 1, lastRepeat);
        break;
      case '+':
        repeat = at;
        at = parseOperator(p, OP.plus, UNCOUNTED, at, at + 1, lastRepeat);
        break;
      case '?':
        repeat = at;
        at = parseOperator(p, OP.quest, UNCOUNTED, at, at + 1, lastRepeat);
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
        at = parseOperator(p, OP.repeat, counts, at, after, lastRepeat);
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
  return finishTree(p);
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

// Repetition.

const UNCOUNTED = { min: 0, max: 0 };

/** `*`, `+`, `?` or counts, from `before` to `operatorEnd`, and a `?` for few; returns what follows. */
function parseOperator(
  p: Parser,
  op: number,
  { min, max }: { readonly min: number; readonly max: number },
  before: number,
  operatorEnd: number,
  lastRepeat: number,
): number {
  const isLazy = p.source[operatorEnd] === '?';
  const after = isLazy ? operatorEnd + 1 : operatorEnd;
  if (lastRepeat >= 0) throw fail('invalid nested repetition operator', p.source.slice(lastRepeat, after));
  if (!repeatLast(p, op, min, max, isLazy ? p.flags ^ NON_GREEDY : p.flags)) {
    throw fail('missing argument to repetition operator', p.source.slice(before, after));
  }
  if (op === OP.repeat && (min >= 2 || max >= 2) && !isRepeatCountValid(p)) {
    throw fail('invalid repeat count', p.source.slice(before, after));
  }
  return after;
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
    default:
      return parseClassOrLetter(p, at);
  }
}

function parseClassOrLetter(p: Parser, at: number): number {
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

/** `\d`, `\D`, `\s`, `\S`, `\w`, `\W`. */
function parsePerlGroup(p: Parser, at: number): Group | undefined {
  if (p.source[at] !== '\\') return undefined;
  const ranges = perlClass(p.source[at + 1] ?? '', (p.flags & FOLD_CASE) !== 0);
  return ranges && { ranges, after: at + 2 };
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
  const ranges = posixClass(name, { isNegated, isFolded: (p.flags & FOLD_CASE) !== 0 });
  if (ranges === undefined) throw fail('invalid character class range', source.slice(at, end + 2));
  return { ranges, after: end + 2 };
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
  const ranges = unicodeClass(isInverse ? name.slice(1) : name, p.dialect, {
    isNegated: (letter === 'P') !== isInverse,
    isFolded: (p.flags & FOLD_CASE) !== 0,
  });
  if (ranges === undefined) throw fail('invalid character class range', source.slice(at, after));
  return { ranges, after };
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
