/**
 * Go's string literals, as PromQL uses them, and Go's way of quoting text inside messages.
 *
 * A Go string is a row of bytes, a JavaScript string a row of UTF-16 code units. `"\xc3\xa9"` is two bytes and one
 * letter, so escapes that name bytes are collected as bytes and decoded as UTF-8 at the end.
 */

const BACKSLASH = 0x5c;
const REPLACEMENT = 0xfffd;

/** A literal without its quotes and escapes. */
export interface Unquoted {
  readonly value: string;
  /** The bytes, only when they are not valid UTF-8; `value` then has U+FFFD in their place. */
  readonly bytes?: Uint8Array;
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': BACKSLASH,
  "'": 0x27,
  '"': 0x22,
};

/**
 * The value of a string literal that the lexer accepted, quotes included: double, single or back quotes. Escapes mean
 * what they mean in Go: \a \b \f \n \r \t \v \\, the quote itself, \ooo, \xhh, \uhhhh and \Uhhhhhhhh.
 */
export function unquote(literal: string): Unquoted {
  const quote = literal.charCodeAt(0);
  if (quote === 0x60 || !literal.includes('\\')) return { value: literal.slice(1, -1) };
  let value = '';
  let bytes: number[] | undefined;
  let plainFrom = 1;
  const end = literal.length - 1;
  for (let i = 1; i < end;) {
    if (literal.charCodeAt(i) !== BACKSLASH) {
      i++;
      continue;
    }
    const plain = literal.slice(plainFrom, i);
    if (bytes === undefined) value += plain;
    else pushUtf8(bytes, plain);
    const letter = literal.charAt(i + 1);
    const simple = SIMPLE_ESCAPES[letter];
    let code: number;
    let isByte = false;
    if (simple !== undefined) {
      code = simple;
      i += 2;
    } else if (letter === 'x') {
      code = Number.parseInt(literal.slice(i + 2, i + 4), 16);
      isByte = true;
      i += 4;
    } else if (letter === 'u') {
      code = Number.parseInt(literal.slice(i + 2, i + 6), 16);
      i += 6;
    } else if (letter === 'U') {
      code = Number.parseInt(literal.slice(i + 2, i + 10), 16);
      i += 10;
    } else {
      code = Number.parseInt(literal.slice(i + 1, i + 4), 8);
      isByte = true;
      i += 4;
    }
    if (isByte && code >= 0x80 && bytes === undefined) {
      bytes = [];
      pushUtf8(bytes, value);
    }
    if (bytes === undefined) value += String.fromCodePoint(code);
    else if (isByte) bytes.push(code);
    else pushUtf8(bytes, String.fromCodePoint(code));
    plainFrom = i;
  }
  const rest = literal.slice(plainFrom, end);
  if (bytes === undefined) return { value: value + rest };
  pushUtf8(bytes, rest);
  const all = Uint8Array.from(bytes);
  try {
    return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(all) };
  } catch {
    return { value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(all), bytes: all };
  }
}

function pushUtf8(bytes: number[], text: string): void {
  for (const byte of new TextEncoder().encode(text)) bytes.push(byte);
}

/** The length of a text in UTF-8; a lone surrogate counts as U+FFFD, three bytes. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) length += 1;
    else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      length += 2;
      i++;
    } else length += 2;
  }
  return length;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}

/** The code point at an index; a lone surrogate is U+FFFD, as it is once the text is encoded as UTF-8. */
export function runeAt(text: string, index: number): number {
  const code = text.codePointAt(index) ?? REPLACEMENT;
  return code >= 0xd800 && code < 0xe000 ? REPLACEMENT : code;
}

const NAMED: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [BACKSLASH, '\\\\'],
]);

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

function isPrintable(rune: number): boolean {
  if (rune < 0x7f) return rune >= 0x20;
  return PRINTABLE.test(String.fromCodePoint(rune));
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}

function escapeRune(rune: number, quote: number): string {
  if (rune === quote) return `\\${String.fromCodePoint(rune)}`;
  const named = NAMED.get(rune);
  if (named !== undefined) return named;
  if (isPrintable(rune)) return String.fromCodePoint(rune);
  if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`;
  return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`;
}

/** A text as Go's `%q` prints it: double quotes, unprintable characters escaped. */
export function quoteText(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length;) {
    const rune = runeAt(text, i);
    out += escapeRune(rune, 0x22);
    i += rune >= 0x10000 ? 2 : 1;
  }
  return `${out}"`;
}

/** The first `count` characters of a text as Go's `%.{count}q` prints them. */
export function quoteStart(text: string, count: number): string {
  let end = 0;
  for (let n = 0; n < count && end < text.length; n++) end += runeAt(text, end) >= 0x10000 ? 2 : 1;
  return quoteText(text.slice(0, end));
}

/** A literal's value as Go's `%q` prints it; bytes that are not UTF-8 come out as `\xhh`. */
export function quoteUnquoted(unquoted: Unquoted): string {
  const { bytes } = unquoted;
  if (bytes === undefined) return quoteText(unquoted.value);
  let out = '"';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      out += `\\x${hex(bytes[i] ?? 0, 2)}`;
      i++;
      continue;
    }
    const rune = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(i, i + length)).codePointAt(0);
    out += escapeRune(rune ?? REPLACEMENT, 0x22);
    i += length;
  }
  return `${out}"`;
}

/** How many bytes the UTF-8 sequence at an index has; 0 when it is not one. */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(index, index + length));
    return length;
  } catch {
    return 0;
  }
}

/** A character as Go's `%q` prints it: single quotes. The end of the input prints as U+FFFD. */
export function quoteRune(rune: number): string {
  return `'${escapeRune(rune < 0 ? REPLACEMENT : rune, 0x27)}'`;
}

/** A character as Go's `%#U` prints it: `U+0064 'd'`. */
export function describeRune(rune: number): string {
  const code = `U+${hex(rune, 4).toUpperCase()}`;
  return isPrintable(rune) ? `${code} '${String.fromCodePoint(rune)}'` : code;
}
