/**
 * Splits PromQL into tokens, on demand, one at a time, in one pass. What a character means depends on where it stands
 * (braces, brackets, inside a duration), and an error ends the input, so the parser sees exactly the tokens that
 * Prometheus's parser sees.
 */
import { describeRune, quoteRune, quoteText, runeAt } from './strings.ts';
import * as T from './tokens.ts';

/** The state of a scan, and the token it stands on. */
export interface Lexer {
  readonly text: string;
  /** Where the next token is looked for. */
  pos: number;
  /** The current token: kind, start, end (exclusive). */
  kind: number;
  from: number;
  to: number;
  /** The message of a `T_ERROR` token. */
  error: string;
  /** End of the last token that can close an expression: a bracket of any sort, a number, a duration. */
  lastClosing: number;
  /** What the characters that follow can be: one of the modes below. */
  mode: number;
  bracketOpen: boolean;
  gotColon: boolean;
  gotDuration: boolean;
  parenDepth: number;
}

/** A scan of a text, before its first token. */
export function createLexer(text: string): Lexer {
  return {
    text,
    pos: 0,
    kind: T.T_END,
    from: 0,
    to: 0,
    error: '',
    lastClosing: 0,
    mode: IN_EXPRESSION,
    bracketOpen: false,
    gotColon: false,
    gotDuration: false,
    parenDepth: 0,
  };
}

const IN_EXPRESSION = 0;
const IN_BRACES = 1;
/** Between `[` and the first number after it, where only durations are allowed. */
const IN_DURATION = 2;

const DIGIT = 1;
const ALPHA = 2;
const ALNUM = DIGIT | ALPHA;
const HEX = 4;
const SPACE = 8;
const COLON = 16;
/** A space or the start of a comment. */
const BLANK = 32;

/** What a UTF-16 code unit is, for all of them: most of what is looked up is ASCII, so the table stays in the cache. */
const CLASSES = buildClasses();

function buildClasses(): Uint8Array {
  const classes = new Uint8Array(0x10000);
  const mark = (chars: string, mask: number): void => {
    for (const char of chars) classes[char.charCodeAt(0)] = (classes[char.charCodeAt(0)] ?? 0) | mask;
  };
  mark('0123456789', DIGIT | HEX);
  mark('abcdefABCDEF', HEX);
  mark('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', ALPHA);
  mark(' \t\n\r', SPACE | BLANK);
  mark('#', BLANK);
  mark(':', COLON);
  return classes;
}

function isClass(code: number, mask: number): boolean {
  return ((CLASSES[code] ?? 0) & mask) !== 0;
}

/** The character at an index, 0 behind the end: leaving a string would make the compiled code start over. */
function codeAt(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : 0;
}

/** Where a run of characters of a class ends. */
function skipClass(text: string, from: number, mask: number): number {
  const end = text.length;
  let i = from;
  while (i < end && ((CLASSES[text.charCodeAt(i)] ?? 0) & mask) !== 0) i++;
  return i;
}

/** The kinds of the tokens of one character, by that character, where nothing else depends on it. */
const SINGLE = buildSingle();

function buildSingle(): Uint8Array {
  const table = new Uint8Array(128);
  const kinds: readonly (readonly [string, number])[] = [
    [',', T.T_COMMA],
    ['*', T.T_MUL],
    ['/', T.T_DIV],
    ['%', T.T_MOD],
    ['+', T.T_ADD],
    ['-', T.T_SUB],
    ['^', T.T_POW],
  ];
  for (const [char, kind] of kinds) table[char.charCodeAt(0)] = kind;
  return table;
}

interface Keyword {
  readonly word: string;
  readonly kind: number;
}

const LONGEST_KEYWORD = 12;

/** Reserved words by length and first letter. */
const KEYWORD_TABLE = buildKeywordTable();

function buildKeywordTable(): readonly (readonly Keyword[] | undefined)[] {
  const table: (Keyword[] | undefined)[] = Array.from({ length: (LONGEST_KEYWORD + 1) * 32 }, () => undefined);
  for (const [word, kind] of Object.entries(T.KEYWORDS)) {
    const slot = (word.length << 5) | (word.charCodeAt(0) & 31);
    const list = table[slot] ?? [];
    list.push({ word, kind });
    table[slot] = list;
  }
  return table;
}

/** The kind of a reserved word, or 0. */
function findKeyword(text: string, from: number, to: number): number {
  const length = to - from;
  if (length > LONGEST_KEYWORD || length < 2) return 0;
  const candidates = KEYWORD_TABLE[(length << 5) | (text.charCodeAt(from) & 31)];
  if (candidates === undefined) return 0;
  for (let n = 0; n < candidates.length; n++) {
    const candidate = candidates[n];
    if (candidate !== undefined && equalsFolded(text, from, candidate.word)) return candidate.kind;
  }
  return 0;
}

/** True when a word stands at `from`, in letters of any case. */
function equalsFolded(text: string, from: number, word: string): boolean {
  const length = word.length;
  // Bit 0x20 folds the case of letters; among the other characters of a word it makes no two alike.
  for (let i = 0; i < length; i++) {
    if ((text.charCodeAt(from + i) | 0x20) !== (word.charCodeAt(i) | 0x20)) return false;
  }
  return true;
}

/** Moves to the next token; comments are skipped. After `T_ERROR` or `T_EOF` there is nothing to come. */
export function nextToken(lexer: Lexer): void {
  const { text, mode } = lexer;
  if (mode === IN_DURATION) {
    scanInDuration(lexer);
    return;
  }
  let { pos } = lexer;
  let code = codeAt(text, pos);
  if (code === 0x20) code = codeAt(text, ++pos);
  let kind = CLASSES[code] ?? 0;
  if ((kind & BLANK) !== 0) {
    pos = skipBlanks(lexer, pos);
    code = codeAt(text, pos);
    kind = CLASSES[code] ?? 0;
  }
  lexer.pos = pos;
  if (mode === IN_BRACES) {
    if ((kind & ALPHA) !== 0) emit(lexer, T.T_IDENTIFIER, pos, skipClass(text, pos, ALNUM));
    else scanInBraces(lexer, pos, code);
  } else if ((kind & ALPHA) === 0) scan(lexer, pos, code, kind);
  else if (lexer.bracketOpen) scanWordInBrackets(lexer, code);
  else scanWord(lexer, pos);
}

/** Where blanks and comments end. */
function skipBlanks(lexer: Lexer, from: number): number {
  const { text } = lexer;
  let pos = from;
  for (;;) {
    pos = skipClass(text, pos, SPACE);
    if (codeAt(text, pos) !== 0x23) return pos;
    for (let code = 0x23; pos < text.length && code !== 0x0a && code !== 0x0d; code = codeAt(text, pos)) pos++;
  }
}

function emit(lexer: Lexer, kind: number, from: number, to: number): void {
  lexer.kind = kind;
  lexer.from = from;
  lexer.to = to;
  lexer.pos = to;
}

function emitClosing(lexer: Lexer, kind: number, from: number, to: number): void {
  lexer.kind = kind;
  lexer.from = from;
  lexer.to = to;
  lexer.pos = to;
  lexer.lastClosing = to;
}

/** An error at `from`; Prometheus lets it reach to the end of the input. */
function fail(lexer: Lexer, from: number, message: string): void {
  lexer.kind = T.T_ERROR;
  lexer.from = from;
  lexer.to = lexer.text.length;
  lexer.error = message;
}

/** Anything but a word, outside braces. */
function scan(lexer: Lexer, pos: number, code: number, kind: number): void {
  if ((kind & DIGIT) !== 0) {
    scanNumberOrDuration(lexer, pos);
    return;
  }
  const single = SINGLE[code] ?? 0;
  if (single !== 0) {
    emit(lexer, single, pos, pos + 1);
    return;
  }
  const { text } = lexer;
  switch (code) {
    case 0x28: // (
      lexer.parenDepth++;
      emit(lexer, T.T_LEFT_PAREN, pos, pos + 1);
      return;
    case 0x29: // )
      closeParen(lexer, pos);
      return;
    case 0x7b: // {
      lexer.mode = IN_BRACES;
      emit(lexer, T.T_LEFT_BRACE, pos, pos + 1);
      return;
    case 0x5b: // [
      if (lexer.bracketOpen) {
        fail(lexer, pos, "unexpected left bracket '['");
        return;
      }
      lexer.gotColon = false;
      lexer.bracketOpen = true;
      lexer.mode = IN_DURATION;
      emit(lexer, T.T_LEFT_BRACKET, pos, pos + 1);
      return;
    case 0x5d: // ]
      if (!lexer.bracketOpen) {
        fail(lexer, pos, "unexpected right bracket ']'");
        return;
      }
      lexer.bracketOpen = false;
      emitClosing(lexer, T.T_RIGHT_BRACKET, pos, pos + 1);
      return;
    case 0x40: // @
      emit(lexer, T.T_AT, pos, pos + 1);
      return;
    case 0x3d: {
      const next = codeAt(text, pos + 1);
      if (next === 0x3d) emit(lexer, T.T_EQLC, pos, pos + 2);
      else if (next === 0x7e) fail(lexer, pos, "unexpected character after '=': '~'");
      else emit(lexer, T.T_EQL, pos, pos + 1);
      return;
    }
    case 0x21: // !
      if (codeAt(text, pos + 1) === 0x3d) emit(lexer, T.T_NEQ, pos, pos + 2);
      else fail(lexer, pos, `unexpected character after '!': ${quoteRune(runeAt(text, pos + 1))}`);
      return;
    case 0x3c: {
      const next = codeAt(text, pos + 1);
      if (next === 0x3d) emit(lexer, T.T_LTE, pos, pos + 2);
      else if (next === 0x2f) emit(lexer, T.T_TRIM_UPPER, pos, pos + 2);
      else emit(lexer, T.T_LSS, pos, pos + 1);
      return;
    }
    case 0x3e: {
      const next = codeAt(text, pos + 1);
      if (next === 0x3d) emit(lexer, T.T_GTE, pos, pos + 2);
      else if (next === 0x2f) emit(lexer, T.T_TRIM_LOWER, pos, pos + 2);
      else emit(lexer, T.T_GTR, pos, pos + 1);
      return;
    }
    case 0x22: // "
    case 0x27: // '
      scanString(lexer, pos, code);
      return;
    case 0x60: // `
      scanRawString(lexer, pos);
      return;
    case 0x2e: // .
      if (isClass(codeAt(text, pos + 1), DIGIT)) scanNumberOrDuration(lexer, pos);
      else fail(lexer, pos, "unexpected character: '.'");
      return;
    case 0x3a: // :
      if (lexer.bracketOpen) {
        if (lexer.gotColon) {
          fail(lexer, pos, "unexpected colon ':'");
          return;
        }
        lexer.gotColon = true;
        emit(lexer, T.T_COLON, pos, pos + 1);
      } else scanWord(lexer, pos);
      return;
    default:
      if (pos < text.length) fail(lexer, pos, `unexpected character: ${quoteRune(runeAt(text, pos))}`);
      else if (lexer.parenDepth !== 0) fail(lexer, pos, 'unclosed left parenthesis');
      else if (lexer.bracketOpen) fail(lexer, pos, 'unclosed left bracket');
      else emit(lexer, T.T_EOF, pos, pos);
  }
}

/** A closing parenthesis; one too many is an error placed behind it. */
function closeParen(lexer: Lexer, pos: number): void {
  lexer.parenDepth--;
  if (lexer.parenDepth < 0) fail(lexer, pos + 1, "unexpected right parenthesis ')'");
  else emitClosing(lexer, T.T_RIGHT_PAREN, pos, pos + 1);
}

/** A name outside braces: metric, function, label or reserved word. */
function scanWord(lexer: Lexer, pos: number): void {
  const { text } = lexer;
  const end = skipClass(text, pos, ALNUM);
  if (codeAt(text, end) === 0x3a) {
    emit(lexer, T.T_METRIC_IDENTIFIER, pos, skipClass(text, end, ALNUM | COLON));
    return;
  }
  const kind = findKeyword(text, pos, end);
  if (kind === 0) emit(lexer, T.T_IDENTIFIER, pos, end);
  else if (kind === T.T_NUMBER) emitClosing(lexer, T.T_NUMBER, pos, end);
  // The fill modifiers are reserved only before a parenthesis, so that metrics of that name keep working.
  else if (kind >= T.T_FILL && kind <= T.T_FILL_RIGHT && codeAt(text, skipClass(text, end, SPACE)) !== 0x28) {
    emit(lexer, T.T_IDENTIFIER, pos, end);
  } else emit(lexer, kind, pos, end);
}

/** True for the first letters of step, range, max_of and min_of. */
function startsDurationKeyword(code: number): boolean {
  const letter = code | 0x20;
  return letter === 0x73 || letter === 0x72 || letter === 0x6d;
}

/** Reads step, range, max_of or min_of; false, without a token, when it is another word. */
function scanDurationKeyword(lexer: Lexer): boolean {
  const { text, pos } = lexer;
  const end = skipClass(text, pos, ALPHA);
  const kind = findKeyword(text, pos, end);
  if (kind < T.T_STEP || kind > T.T_MIN_OF) return false;
  emit(lexer, kind, pos, end);
  return true;
}

function scanWordInBrackets(lexer: Lexer, code: number): void {
  if (startsDurationKeyword(code) && scanDurationKeyword(lexer)) return;
  fail(lexer, lexer.pos, `unexpected character: ${quoteRune(code)}, expected ':'`);
}

/** The stretch of a range before its first number. */
function scanInDuration(lexer: Lexer): void {
  const { text } = lexer;
  const pos = skipClass(text, lexer.pos, SPACE);
  lexer.pos = pos;
  const code = codeAt(text, pos);
  if (isClass(code, DIGIT) || (code === 0x2e && isClass(codeAt(text, pos + 1), DIGIT))) {
    lexer.gotDuration = true;
    lexer.mode = IN_EXPRESSION;
    scanNumberOrDuration(lexer, pos);
    return;
  }
  const single = SINGLE[code] ?? 0;
  if (single !== 0) {
    emit(lexer, single, pos, pos + 1);
    return;
  }
  switch (code) {
    case 0x5d: // ]
      lexer.bracketOpen = false;
      lexer.gotColon = false;
      lexer.mode = IN_EXPRESSION;
      emitClosing(lexer, T.T_RIGHT_BRACKET, pos, pos + 1);
      return;
    case 0x3a: // :
      if (!lexer.gotDuration) fail(lexer, pos + 1, 'unexpected colon before duration in duration expression');
      else if (lexer.gotColon) fail(lexer, pos + 1, 'unexpected repeated colon in duration expression');
      else {
        lexer.gotColon = true;
        emit(lexer, T.T_COLON, pos, pos + 1);
      }
      return;
    case 0x28: // (
      lexer.parenDepth++;
      emit(lexer, T.T_LEFT_PAREN, pos, pos + 1);
      return;
    case 0x29: // )
      closeParen(lexer, pos);
      return;
    default:
  }
  if (pos >= text.length) fail(lexer, pos, 'unexpected end of input in duration expression');
  else if (!(startsDurationKeyword(code) && scanDurationKeyword(lexer))) {
    fail(lexer, pos, `unexpected character in duration expression: ${quoteRune(runeAt(text, pos))}`);
  }
}

/** Anything but a name inside braces, where names are never reserved. */
function scanInBraces(lexer: Lexer, pos: number, code: number): void {
  const { text } = lexer;
  switch (code) {
    case 0x2c: // ,
      emit(lexer, T.T_COMMA, pos, pos + 1);
      return;
    case 0x22: // "
    case 0x27: // '
      scanString(lexer, pos, code);
      return;
    case 0x60: // `
      scanRawString(lexer, pos);
      return;
    case 0x3d: // =
      if (codeAt(text, pos + 1) === 0x7e) emit(lexer, T.T_EQL_REGEX, pos, pos + 2);
      else emit(lexer, T.T_EQL, pos, pos + 1);
      return;
    case 0x21: {
      const next = codeAt(text, pos + 1);
      if (next === 0x7e) emit(lexer, T.T_NEQ_REGEX, pos, pos + 2);
      else if (next === 0x3d) emit(lexer, T.T_NEQ, pos, pos + 2);
      else fail(lexer, pos, `unexpected character after '!' inside braces: ${quoteRune(runeAt(text, pos + 1))}`);
      return;
    }
    case 0x7b: // {
      fail(lexer, pos, "unexpected left brace '{'");
      return;
    case 0x7d: // }
      lexer.mode = IN_EXPRESSION;
      emitClosing(lexer, T.T_RIGHT_BRACE, pos, pos + 1);
      return;
    default:
      if (pos >= text.length) fail(lexer, pos, 'unexpected end of input inside braces');
      else fail(lexer, pos, `unexpected character inside braces: ${quoteRune(runeAt(text, pos))}`);
  }
}

/** True where a surrogate stands alone or U+FFFD is written out: no text that UTF-8 could carry unchanged. */
function isBadRune(text: string, index: number, code: number): boolean {
  if (code === 0xfffd) return true;
  return code >= 0xd800 && code < 0xe000 && runeAt(text, index) === 0xfffd;
}

function scanString(lexer: Lexer, pos: number, quote: number): void {
  const { text } = lexer;
  let i = pos + 1;
  for (;;) {
    const code = codeAt(text, i);
    if (code === quote) break;
    if (code > 0x5c) {
      if (code < 0xd800) i++;
      else if (isBadRune(text, i, code)) {
        fail(lexer, pos, 'invalid UTF-8 rune');
        return;
      } else i += code < 0xe000 ? 2 : 1;
    } else if (code === 0x5c) {
      i = scanEscape(lexer, pos, i + 1, quote);
      if (i < 0) return;
    } else if (code === 0x0a || i >= text.length) {
      fail(lexer, pos, 'unterminated quoted string');
      return;
    } else i++;
  }
  emit(lexer, T.T_STRING, pos, i + 1);
}

function scanRawString(lexer: Lexer, pos: number): void {
  const { text } = lexer;
  let i = pos + 1;
  for (;;) {
    const code = codeAt(text, i);
    if (code === 0x60) break;
    if (i >= text.length) {
      fail(lexer, pos, 'unterminated raw string');
      return;
    }
    if (code >= 0xd800) {
      if (isBadRune(text, i, code)) {
        fail(lexer, pos, 'invalid UTF-8 rune');
        return;
      }
      i += code < 0xe000 ? 2 : 1;
    } else i++;
  }
  emit(lexer, T.T_STRING, pos, i + 1);
}

/** Checks the escape whose letter stands at `i`; gives where it ends, or -1 after an error. */
function scanEscape(lexer: Lexer, pos: number, i: number, quote: number): number {
  const { text } = lexer;
  if (i >= text.length) {
    fail(lexer, pos, 'escape sequence not terminated');
    return -1;
  }
  const code = text.charCodeAt(i);
  if (code === quote) return i + 1;
  let digits: number;
  let base: number;
  let max: number;
  let at: number;
  switch (code) {
    case 0x61: // a
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
    case 0x76: // v
    case 0x5c:
      return i + 1;
    case 0x78: // x
      [digits, base, max, at] = [2, 16, 255, i + 1];
      break;
    case 0x75: // u
      [digits, base, max, at] = [4, 16, 0x10ffff, i + 1];
      break;
    case 0x55: // U
      [digits, base, max, at] = [8, 16, 0x10ffff, i + 1];
      break;
    default:
      if (code < 0x30 || code > 0x37) {
        fail(lexer, pos, `unknown escape sequence ${describeRune(runeAt(text, i))}`);
        return -1;
      }
      [digits, base, max, at] = [3, 8, 255, i];
  }
  let value = 0;
  for (let n = 0; n < digits; n++, at++) {
    const digit = digitValue(text.charCodeAt(at));
    if (digit >= base) {
      if (at >= text.length) fail(lexer, pos, 'escape sequence not terminated');
      else fail(lexer, pos, `illegal character ${describeRune(runeAt(text, at))} in escape sequence`);
      return -1;
    }
    value = value * base + digit;
  }
  if (value > max || (value >= 0xd800 && value < 0xe000)) {
    fail(lexer, pos, 'escape sequence is an invalid Unicode code point');
    return -1;
  }
  return at;
}

function digitValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 16;
}

function scanNumberOrDuration(lexer: Lexer, pos: number): void {
  const { text } = lexer;
  // Most numbers are a few digits, most durations a few digits and a letter.
  const i = skipClass(text, pos, DIGIT);
  const code = codeAt(text, i);
  if (code === 0x73 || code === 0x6d || code === 0x68 || code === 0x64) {
    if (i > pos && !isClass(codeAt(text, i + 1), ALNUM)) {
      emitClosing(lexer, T.T_DURATION, pos, i + 1);
      return;
    }
  } else if (i > pos && code !== 0x2e && !isClass(code, ALPHA)) {
    emitClosing(lexer, T.T_NUMBER, pos, i);
    return;
  }
  const number = scanNumber(text, pos);
  if (number >= 0) {
    emitClosing(lexer, T.T_NUMBER, pos, number);
    return;
  }
  const duration = scanDuration(text, ~number);
  if (duration >= 0) emitClosing(lexer, T.T_DURATION, pos, duration);
  else fail(lexer, pos, `bad number or duration syntax: ${quoteText(text.slice(pos, ~duration))}`);
}

/** Where a number ends, or the complement of where it stopped being one. */
function scanNumber(text: string, from: number): number {
  let i = from;
  let digits = DIGIT;
  if (codeAt(text, i) === 0x30) {
    i++;
    if ((codeAt(text, i) | 0x20) === 0x78) {
      i++;
      if (codeAt(text, i) === 0x5f) i++;
      digits = HEX;
    }
  }
  if (codeAt(text, i) === 0x2e) i++;
  if (isClass(codeAt(text, i), digits)) i++;
  let dot = false;
  let exponent = false;
  for (;;) {
    const code = codeAt(text, i);
    if (code === 0x2e) {
      i++;
      if (dot) return ~i;
      dot = true;
      const next = codeAt(text, i);
      if (next === 0x5f || next === 0x2e) return ~(i + 1);
      if (digits === HEX) return ~i;
    } else if (code === 0x65 || code === 0x45) {
      i++;
      if (exponent) return ~i;
      exponent = true;
      const sign = codeAt(text, i);
      if (sign === 0x2b || sign === 0x2d) i++;
      if (isSeparator(codeAt(text, i))) return ~(i + 1);
      if (i >= text.length) return ~i;
    } else if (code === 0x5f) {
      i++;
      if (isSeparator(codeAt(text, i))) return ~(i + 1);
      if (i >= text.length) return ~i;
    } else if (isClass(code, digits)) i = skipClass(text, i, digits);
    else break;
  }
  return i === from || isClass(codeAt(text, i), ALNUM) ? ~i : i;
}

/** Dot, underscore and e: none may follow another. */
function isSeparator(code: number): boolean {
  return code === 0x2e || code === 0x5f || code === 0x65 || code === 0x45;
}

/** Where the rest of a duration ends, after its first digits, or the complement of where it stopped being one. */
function scanDuration(text: string, from: number): number {
  let i = from;
  const first = codeAt(text, i);
  if (first !== 0x79 && !isDurationUnit(first)) return ~i;
  i++;
  if (codeAt(text, i) === 0x73) i++;
  while (isClass(codeAt(text, i), DIGIT)) {
    i = skipClass(text, i, DIGIT);
    if (!isDurationUnit(codeAt(text, i))) return ~i;
    i++;
    if (codeAt(text, i) === 0x73) i++;
  }
  return isClass(codeAt(text, i), ALNUM) ? ~(i + 1) : i;
}

/** s, m, h, d or w. */
function isDurationUnit(code: number): boolean {
  return code === 0x73 || code === 0x6d || code === 0x68 || code === 0x64 || code === 0x77;
}
