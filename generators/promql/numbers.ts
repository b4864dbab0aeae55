import { quoteText } from './strings.ts';

/** A number, or why it is none. */
export type ParsedNumber =
  { readonly value: number; readonly error?: undefined } | { readonly value: number; readonly error: string };

const INT64_LIMIT = 9223372036854775808n;
/** No int64 has more digits, not even in octal. */
const MAX_DIGITS = 22;
const DECIMAL_INTEGER = /^(?:0|[1-9][0-9_]*)$/;
const OCTAL_INTEGER = /^0[0-7_]+$/;
const HEX_INTEGER = /^0[xX][0-9a-fA-F_]+$/;
const DECIMAL_FLOAT = /^(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9][0-9_]*)?$/;

/**
 * The value of a number as PromQL writes it: an integer in Go's syntax (0x for hexadecimal, a leading 0 for octal,
 * underscores between digits) or else a decimal fraction, `Inf` or `NaN`. The error is the one Prometheus reports.
 */
export function parseNumber(text: string): ParsedNumber {
  const fast = parseShortDecimal(text);
  if (fast >= 0) return { value: fast };
  return parseInteger(text) ?? parseFloat64(text);
}

/** The value of digits with at most one point between them, 15 characters at most, no leading zero; -1 for all else. */
function parseShortDecimal(text: string): number {
  const length = text.length;
  if (length > 15 || length === 0) return -1;
  if (text.charCodeAt(0) === 0x30 && length > 1 && text.charCodeAt(1) !== 0x2e) return -1;
  let value = 0;
  let hasPoint = false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e && i > 0 && i < length - 1 && !hasPoint) hasPoint = true;
    else if (code >= 0x30 && code <= 0x39) value = value * 10 + (code - 0x30);
    else return -1;
  }
  return hasPoint ? Number(text) : value;
}

function parseInteger(text: string): ParsedNumber | undefined {
  let prefix: string;
  if (DECIMAL_INTEGER.test(text)) prefix = '';
  else if (HEX_INTEGER.test(text)) prefix = '0x';
  else if (OCTAL_INTEGER.test(text)) prefix = '0o';
  else return undefined;
  if (text.includes('_') && !underscoresAllowed(text)) return undefined;
  const digits = text
    .replace(/^0[xX]?/, '')
    .replaceAll('_', '')
    .replace(/^0+/, '');
  if (digits.length > MAX_DIGITS) return undefined;
  const value = BigInt(digits === '' ? 0 : prefix + digits);
  return value < INT64_LIMIT ? { value: Number(value) } : undefined;
}

function parseFloat64(text: string): ParsedNumber {
  const lower = text.toLowerCase();
  if (lower === 'inf') return { value: Infinity };
  if (lower === 'nan') return { value: NaN };
  const wellFormed =
    DECIMAL_FLOAT.test(text) && /[0-9]/.test(text) && (!text.includes('_') || underscoresAllowed(text));
  if (!wellFormed) return failure(text, 'invalid syntax');
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? { value } : { ...failure(text, 'value out of range'), value };
}

function failure(text: string, why: string): ParsedNumber {
  return { value: 0, error: `error parsing number: strconv.ParseFloat: parsing ${quoteText(text)}: ${why}` };
}

/** Go's rule: an underscore stands between digits, or between a base prefix and a digit. */
function underscoresAllowed(text: string): boolean {
  const hex = /^0[xX]/.test(text);
  let afterDigit = hex;
  let afterUnderscore = false;
  for (let i = hex ? 2 : 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (hex ? /[0-9a-fA-F]/.test(char) : /[0-9]/.test(char)) {
      afterDigit = true;
      afterUnderscore = false;
    } else if (char === '_') {
      if (!afterDigit) return false;
      afterDigit = false;
      afterUnderscore = true;
    } else {
      if (afterUnderscore) return false;
      afterDigit = false;
    }
  }
  return !afterUnderscore;
}

/** A number as Go's `%f` prints it: six decimals, never an exponent. */
export function formatFixed(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Math.abs(value) >= 1e21 ? `${BigInt(value)}.000000` : value.toFixed(6);
}
