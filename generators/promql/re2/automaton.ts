import { FOLD_CASE, OP } from './tree.ts';
import type { Re2Node } from './tree.ts';
import { foldRanges, inRanges, MAX_RUNE } from './unicode.ts';
import type { RuneRanges } from './unicode.ts';

/*
 * Decides questions about the languages of patterns on nondeterministic automata, with bounded work. A pattern is
 * anchored at both ends, as Prometheus anchors it. Text is valid UTF-8, so surrogates occur in none.
 */

/** What stands beside a position: the edge of the text, a word character, a newline, or anything else. */
const EDGE = 0;
const WORD = 1;
const NEWLINE = 2;
const OTHER = 3;
const SIDES = 4;

const WORD_RANGES: RuneRanges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const NEWLINE_RANGES: RuneRanges = [0x0a, 0x0a];
const NOT_NEWLINE: RuneRanges = [0, 0x09, 0x0b, MAX_RUNE];
const EVERYTHING: RuneRanges = [0, MAX_RUNE];
const SURROGATES: RuneRanges = [0xd800, 0xdfff];

/** The instruction of a program: consume a character, go two ways, go on if an assertion holds, or accept. */
type Instruction =
  | { readonly kind: 'consume'; readonly ranges: RuneRanges; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'assert'; readonly op: number; next: number }
  | { readonly kind: 'accept' }
  | { readonly kind: 'fail' };

/** A pattern as a nondeterministic automaton. */
export interface Program {
  readonly code: readonly Instruction[];
  readonly start: number;
  readonly hasAssertions: boolean;
}

const MAX_CODE = 100_000;

/** Compiles a parsed pattern; nothing when its repetitions make it too large. */
export function compile(tree: Re2Node): Program | undefined {
  const code: Instruction[] = [{ kind: 'accept' }];
  const start = emit(code, tree, 0);
  if (start < 0) return undefined;
  return { code, start, hasAssertions: code.some(({ kind }) => kind === 'assert') };
}

/** Emits a node that goes on at `next`; returns where it starts, -1 when the code grows too large. */
function emit(code: Instruction[], node: Re2Node, next: number): number {
  if (next < 0 || code.length > MAX_CODE) return -1;
  const [inner] = node.sub;
  switch (node.op) {
    case OP.noMatch:
      return add(code, { kind: 'fail' });
    case OP.empty:
      return next;
    case OP.literal:
      return node.runes.reduceRight((after, rune) => {
        const ranges = node.flags & FOLD_CASE ? foldRanges([rune, rune]) : [rune, rune];
        return code.length > MAX_CODE ? -1 : add(code, { kind: 'consume', ranges, next: after });
      }, next);
    case OP.class:
      return add(code, { kind: 'consume', ranges: node.runes, next });
    case OP.any:
      return add(code, { kind: 'consume', ranges: EVERYTHING, next });
    case OP.anyNotNewline:
      return add(code, { kind: 'consume', ranges: NOT_NEWLINE, next });
    case OP.concat:
      return node.sub.reduceRight((after, part) => emit(code, part, after), next);
    case OP.alternate:
      return node.sub.reduceRight((rest, choice) => emitChoice(code, choice, next, rest), add(code, { kind: 'fail' }));
    case OP.capture:
      return inner === undefined ? next : emit(code, inner, next);
    case OP.star:
      return emitRepeat(code, inner, 0, -1, next);
    case OP.plus:
      return emitRepeat(code, inner, 1, -1, next);
    case OP.quest:
      return emitRepeat(code, inner, 0, 1, next);
    case OP.repeat:
      return emitRepeat(code, inner, node.min, node.max, next);
    default:
      return add(code, { kind: 'assert', op: node.op, next });
  }
}

function add(code: Instruction[], instruction: Instruction): number {
  code.push(instruction);
  return code.length - 1;
}

function emitChoice(code: Instruction[], choice: Re2Node, next: number, rest: number): number {
  if (rest < 0) return -1;
  const start = emit(code, choice, next);
  return start < 0 ? -1 : add(code, { kind: 'split', next: start, other: rest });
}

function emitRepeat(code: Instruction[], inner: Re2Node | undefined, min: number, max: number, next: number): number {
  if (inner === undefined) return next;
  let after = next;
  if (max < 0) {
    const loop: Instruction = { kind: 'split', next: -1, other: next };
    const at = add(code, loop);
    const body = emit(code, inner, at);
    if (body < 0) return -1;
    loop.next = body;
    after = at;
  } else {
    for (let count = min; count < max; count += 1) {
      const body = emit(code, inner, after);
      if (body < 0) return -1;
      after = add(code, { kind: 'split', next: body, other: next });
    }
  }
  for (let count = 0; count < min && after >= 0; count += 1) after = emit(code, inner, after);
  return after;
}

/** A count of steps that runs out. */
export interface Budget {
  left: number;
}

function spend(budget: Budget, steps: number): boolean {
  budget.left -= steps;
  return budget.left >= 0;
}

/** True when an assertion holds between two sides. */
function holds(op: number, before: number, after: number): boolean {
  switch (op) {
    case OP.beginText:
      return before === EDGE;
    case OP.endText:
      return after === EDGE;
    case OP.beginLine:
      return before === EDGE || before === NEWLINE;
    case OP.endLine:
      return after === EDGE || after === NEWLINE;
    case OP.wordBoundary:
      return (before === WORD) !== (after === WORD);
    default:
      return (before === WORD) === (after === WORD);
  }
}

/** The instructions that consume, reached without consuming; and whether the end of the pattern is among them. */
interface Closure {
  readonly consuming: readonly number[];
  readonly accepts: boolean;
}

/** Follows everything that consumes nothing, from some instructions, between two sides. */
function close(program: Program, from: readonly number[], before: number, after: number, budget: Budget): Closure {
  const seen = new Set<number>();
  const consuming: number[] = [];
  let accepts = false;
  const stack = [...from];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    budget.left -= 1;
    const instruction = program.code[at] as Instruction;
    switch (instruction.kind) {
      case 'consume':
        consuming.push(at);
        break;
      case 'split':
        stack.push(instruction.other, instruction.next);
        break;
      case 'assert':
        if (holds(instruction.op, before, after)) stack.push(instruction.next);
        break;
      case 'accept':
        accepts = true;
        break;
      case 'fail':
        break;
    }
  }
  return { consuming, accepts };
}

function sideOf(rune: number): number {
  if (rune === 0x0a) return NEWLINE;
  const letter = rune | 0x20;
  const isWord = (rune >= 0x30 && rune <= 0x39) || rune === 0x5f || (rune < 0x80 && letter >= 0x61 && letter <= 0x7a);
  return isWord ? WORD : OTHER;
}

/** True when the whole text matches. The time is bounded by the size of the program times the length of the text. */
export function accepts(program: Program, text: string): boolean {
  const budget: Budget = { left: Infinity };
  let states: readonly number[] = [program.start];
  let before = EDGE;
  for (const char of text) {
    const rune = char.codePointAt(0) ?? 0;
    const after = sideOf(rune);
    const next = new Set<number>();
    for (const at of close(program, states, before, after, budget).consuming) {
      const instruction = program.code[at] as Instruction;
      if (instruction.kind === 'consume' && inRanges(rune, instruction.ranges)) next.add(instruction.next);
    }
    if (next.size === 0) return false;
    states = [...next];
    before = after;
  }
  return close(program, states, before, EDGE, budget).accepts;
}

/**
 * The characters sorted into symbols: characters that no class and no assertion of some programs tells apart are one.
 */
interface Alphabet {
  /** The side that each symbol is; OTHER for all when no program asserts anything. */
  readonly sides: readonly number[];
  /** The symbols of a class, ascending. */
  readonly symbolsOf: (ranges: RuneRanges) => readonly number[];
}

function makeAlphabet(programs: readonly Program[], budget: Budget): Alphabet | undefined {
  const hasAssertions = programs.some((program) => program.hasAssertions);
  const classes = new Map<string, RuneRanges>();
  const keys = new Map<RuneRanges, string>();
  const keyOf = (ranges: RuneRanges): string => {
    let key = keys.get(ranges);
    if (key === undefined) {
      key = ranges.join(',');
      keys.set(ranges, key);
    }
    return key;
  };
  for (const { code } of programs) {
    for (const instruction of code) {
      if (instruction.kind === 'consume') classes.set(keyOf(instruction.ranges), instruction.ranges);
    }
  }
  const dividers = [SURROGATES, ...(hasAssertions ? [WORD_RANGES, NEWLINE_RANGES] : []), ...classes.values()];
  const points = new Set<number>([0]);
  for (const ranges of dividers) {
    if (!spend(budget, ranges.length)) return undefined;
    ranges.forEach((bound, index) => points.add(index % 2 === 0 ? bound : bound + 1));
  }
  points.delete(MAX_RUNE + 1);
  const starts = [...points].toSorted((a, b) => a - b);
  const indexOf = new Map(starts.map((start, index) => [start, index]));
  const symbols = starts.map(() => 0);
  let count = 1;
  /** The intervals of a class. */
  const intervalsOf = function* (ranges: RuneRanges): Generator<number, void, undefined> {
    for (let index = 0; index < ranges.length; index += 2) {
      const high = ranges[index + 1] as number;
      for (let at = indexOf.get(ranges[index] as number) ?? 0; (starts[at] ?? Infinity) <= high; at += 1) yield at;
    }
  };
  for (const ranges of dividers) {
    const renamed = new Map<number, number>();
    for (const at of intervalsOf(ranges)) {
      if (!spend(budget, 1)) return undefined;
      const old = symbols[at] as number;
      let fresh = renamed.get(old);
      if (fresh === undefined) {
        fresh = count;
        count += 1;
        renamed.set(old, fresh);
      }
      symbols[at] = fresh;
    }
  }
  const sides: number[] = [];
  const isSurrogate = new Set([...intervalsOf(SURROGATES)].map((at) => symbols[at] as number));
  // Numbered anew without the gaps that splitting leaves.
  const dense = new Map<number, number>();
  starts.forEach((start, at) => {
    const symbol = symbols[at] as number;
    if (dense.has(symbol) || isSurrogate.has(symbol)) return;
    dense.set(symbol, dense.size);
    sides.push(hasAssertions ? sideOf(start) : OTHER);
  });
  const cache = new Map<string, readonly number[]>();
  const symbolsOf = (ranges: RuneRanges): readonly number[] => {
    const key = keyOf(ranges);
    let known = cache.get(key);
    if (known === undefined) {
      const found = new Set<number>();
      for (const at of intervalsOf(ranges)) {
        const symbol = dense.get(symbols[at] as number);
        if (symbol !== undefined) found.add(symbol);
      }
      known = [...found].toSorted((a, b) => a - b);
      cache.set(key, known);
    }
    return known;
  };
  return { sides, symbolsOf };
}

/** An automaton over symbols: where each state goes, with what is beside it taken into account. */
interface Machine {
  readonly start: number;
  readonly size: number;
  /** Whether a state accepts at the end of the text. */
  readonly accepts: (state: number, before: number) => boolean;
  /** The moves of a state: by symbol, the states it leads to. */
  readonly moves: (state: number, before: number) => ReadonlyMap<number, readonly number[]>;
}

function makeMachine(program: Program, alphabet: Alphabet, budget: Budget): Machine {
  const moves = new Map<number, ReadonlyMap<number, readonly number[]>>();
  const accepting = new Map<number, boolean>();
  const afters = program.hasAssertions ? [WORD, NEWLINE, OTHER] : [undefined];
  const compute = (state: number, before: number): ReadonlyMap<number, readonly number[]> => {
    const found = new Map<number, number[]>();
    for (const after of afters) {
      for (const at of close(program, [state], before, after ?? OTHER, budget).consuming) {
        const instruction = program.code[at] as Instruction;
        if (instruction.kind !== 'consume') continue;
        for (const symbol of alphabet.symbolsOf(instruction.ranges)) {
          budget.left -= 1;
          if (after !== undefined && alphabet.sides[symbol] !== after) continue;
          const known = found.get(symbol);
          if (known === undefined) found.set(symbol, [instruction.next]);
          else if (!known.includes(instruction.next)) known.push(instruction.next);
        }
      }
    }
    return found;
  };
  const remember = <T>(cache: Map<number, T>, state: number, before: number, make: () => T): T => {
    const key = state * SIDES + before;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const value = make();
    cache.set(key, value);
    return value;
  };
  return {
    start: program.start,
    size: program.code.length,
    accepts: (state, before) =>
      remember(accepting, state, before, () => close(program, [state], before, EDGE, budget).accepts),
    moves: (state, before) => remember(moves, state, before, () => compute(state, before)),
  };
}

/** True when some text matches both, false when none does; nothing when the budget runs out. */
export function intersect(a: Program, b: Program, budget: Budget): boolean | undefined {
  const alphabet = makeAlphabet([a, b], budget);
  if (alphabet === undefined) return undefined;
  const left = makeMachine(a, alphabet, budget);
  const right = makeMachine(b, alphabet, budget);
  const tracksSides = a.hasAssertions || b.hasAssertions;
  const seen = new Set<number>();
  const stack: [number, number, number][] = [[left.start, right.start, EDGE]];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const [p, q, before] = pair;
    const key = (p * right.size + q) * SIDES + before;
    if (seen.has(key)) continue;
    seen.add(key);
    if (left.accepts(p, before) && right.accepts(q, before)) return true;
    const others = right.moves(q, before);
    for (const [symbol, targets] of left.moves(p, before)) {
      const otherTargets = others.get(symbol);
      if (!spend(budget, 1)) return undefined;
      if (otherTargets === undefined) continue;
      const after = tracksSides ? (alphabet.sides[symbol] as number) : EDGE;
      for (const target of targets) {
        for (const other of otherTargets) {
          if (!spend(budget, 1)) return undefined;
          stack.push([target, other, after]);
        }
      }
    }
    if (budget.left < 0) return undefined;
  }
  return false;
}

/** True when every text that matches `a` matches `b` too; nothing when the budget runs out. */
export function implies(a: Program, b: Program, budget: Budget): boolean | undefined {
  const alphabet = makeAlphabet([a, b], budget);
  if (alphabet === undefined) return undefined;
  const left = makeMachine(a, alphabet, budget);
  const right = makeMachine(b, alphabet, budget);
  const tracksSides = a.hasAssertions || b.hasAssertions;
  // A state of `a` with the states `b` can be in. Fewer states of `b` are the harder case: larger sets follow from them.
  const seen = new Map<number, (readonly number[])[]>();
  const stack: [number, readonly number[], number][] = [[left.start, [right.start], EDGE]];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const [p, states, before] = item;
    const key = p * SIDES + before;
    const known = seen.get(key) ?? [];
    if (!spend(budget, 1 + known.length * 4)) return undefined;
    if (known.some((smaller) => isSubset(smaller, states))) continue;
    known.push(states);
    seen.set(key, known);
    if (left.accepts(p, before) && !states.some((state) => right.accepts(state, before))) return false;
    const nextStates = new Map<number, readonly number[]>();
    for (const [symbol, targets] of left.moves(p, before)) {
      const after = tracksSides ? (alphabet.sides[symbol] as number) : EDGE;
      let next = nextStates.get(symbol);
      if (next === undefined) {
        const union = new Set<number>();
        for (const state of states) {
          for (const target of right.moves(state, before).get(symbol) ?? []) union.add(target);
        }
        if (!spend(budget, 1 + states.length + union.size)) return undefined;
        next = [...union].toSorted((x, y) => x - y);
        nextStates.set(symbol, next);
      }
      for (const target of targets) stack.push([target, next, after]);
      if (!spend(budget, targets.length)) return undefined;
    }
  }
  return budget.left < 0 ? undefined : true;
}

/** True when every element of one ascending list is in another. */
function isSubset(smaller: readonly number[], larger: readonly number[]): boolean {
  if (smaller.length > larger.length) return false;
  let at = 0;
  for (const value of smaller) {
    while (at < larger.length && (larger[at] as number) < value) at += 1;
    if (larger[at] !== value) return false;
    at += 1;
  }
  return true;
}

/** The characters a class matches in valid text, without surrogates. */
export function withoutSurrogates(ranges: RuneRanges): RuneRanges {
  const kept: number[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    const low = ranges[index] as number;
    const high = ranges[index + 1] as number;
    if (low < 0xd800) kept.push(low, Math.min(high, 0xd7ff));
    if (high > 0xdfff) kept.push(Math.max(low, 0xe000), high);
  }
  return kept;
}
