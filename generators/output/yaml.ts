import type { Json } from './artefact.ts';
import { requireFinite, requireText } from './text.ts';

/** Text above the first document. */
export interface YamlOptions {
  /** Written as comment lines. */
  readonly header?: string;
}

/**
 * Characters that are written as an escape: those YAML does not allow, those a YAML 1.1 reader takes for a line break,
 * the byte order mark, tabs, and the marks that turn the direction of text and so hide what a reviewer reads.
 */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const ESCAPED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/;

/** A text that a literal block shows as it is: no line ends in a space, the first one starts without, at most one newline at the end. */
const isBlock = (text: string): boolean => !/^[ \n]| $| \n|\n\n$/.test(text);

/**
 * Plain texts that some reader takes for another type (YAML 1.1 and 1.2, PyYAML, go-yaml): numbers of every base, times
 * in base 60, dates, special floats, and words.
 */
const AMBIGUOUS = [
  /^[-+]?[\d_.,:]*(?:e[-+]?[\d_]*)?$/i,
  /^[-+]?0[box][\da-f_]*$/i,
  /^[-+]?\.(?:inf|nan)$/i,
  /^\d{4}-\d\d?-\d/,
  /^(?:y|n|yes|no|on|off|true|false|null|~|=|<<)$/i,
];

const escapeText = (text: string): string =>
  JSON.stringify(text).replaceAll(new RegExp(ESCAPED, 'g'), (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

/** Quotes of the kind that needs fewer escapes; both kinds are on one line. */
const quoteText = (text: string): string =>
  text.includes('"') && !text.includes("'") ? `'${text}'` : escapeText(text);

/**
 * Texts that YAML reads as something else than plain text (YAML 1.2, 7.3.3): an indicator at the start, `: ` or ` #`
 * anywhere, space or a colon at the ends, the marks of a document.
 */
const STRUCTURE = /^[\s,[\]{}#&*!|>'"%@`]|^[-?](?:\s|$)|:(?:\s|$)|\s#|\s$|^(?:---|\.\.\.)(?:\s|$)/;

const isPlain = (text: string): boolean => !STRUCTURE.test(text) && !AMBIGUOUS.some((pattern) => pattern.test(text));

/** A text on one line. */
const lineOf = (text: string): string =>
  ESCAPED.test(requireText(text)) || text.includes('\n') ? escapeText(text) : isPlain(text) ? text : quoteText(text);

// YAML 1.1 wants a dot in a number with an exponent: it reads 1e-7 as text.
const numberText = (value: number): string => String(requireFinite(value)).replace(/^(-?\d+)e/, '$1.0e');

/** The longest key that may stand before its colon (YAML 1.2, 7.4.2). */
const LONGEST_KEY = 1024;

type JsonObject = Readonly<Record<string, Json | undefined>>;

const LONGEST_KNOWN = 40;

/** Lays out maps and lists as blocks, each level two spaces deeper. */
const print = (root: Json): string => {
  let out = '';
  // The same keys, names and labels come again and again.
  const known = new Map<string, string>();
  const line = (text: string): string => {
    if (text.length > LONGEST_KNOWN) return lineOf(text);
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    const made = lineOf(text);
    known.set(text, made);
    return made;
  };
  /** A text where lines below it may be indented so far. */
  const textAt = (text: string, indent: string): string => {
    // A document that is nothing but a block has no indentation, which PyYAML does not read.
    if (indent === '' || !text.includes('\n') || ESCAPED.test(text) || !isBlock(text)) return line(text);
    const body = requireText(text).replaceAll(/\n+(?=[^\n])/g, `$&${indent}`);
    return body.endsWith('\n') ? `|\n${indent}${body.slice(0, -1)}` : `|-\n${indent}${body}`;
  };
  /** Writes what stands behind a key or a dash; `indent` is that of the lines below. */
  const write = (value: Json, indent: string, isInLine: boolean): void => {
    if (typeof value === 'string') out += textAt(value, indent);
    else if (typeof value === 'number') out += numberText(value);
    else if (typeof value !== 'object' || value === null) out += String(value);
    else if (Array.isArray(value)) writeList(value, indent, isInLine);
    else writeMap(value as JsonObject, indent, isInLine);
  };
  const writeList = (items: readonly Json[], indent: string, isInLine: boolean): void => {
    if (items.length === 0) out += '[]';
    const below = `${indent}  `;
    items.forEach((item, index) => {
      out += !isInLine || index > 0 ? `\n${indent}- ` : '- ';
      write(item, below, true);
    });
  };
  const writeMap = (map: JsonObject, indent: string, isInLine: boolean): void => {
    let isFirst = true;
    const below = `${indent}  `;
    for (const key of Object.keys(map)) {
      const value = map[key];
      if (value === undefined) continue;
      if (!isInLine || !isFirst) out += `\n${indent}`;
      isFirst = false;
      const name = line(key);
      out += name.length > LONGEST_KEY ? `? ${name}\n${indent}:` : `${name}:`;
      if (!isNested(value)) out += ' ';
      write(value, below, false);
    }
    if (isFirst) out += '{}';
  };
  write(root, '', true);
  return `${out}\n`;
};

/** Whether a value stands on the lines below its key. */
const isNested = (value: Json): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) ? value.length > 0 : Object.values(value).some((item) => item !== undefined);
};

const comment = (header: string | undefined): string =>
  header === undefined
    ? ''
    : header
        .split('\n')
        .map((line) => `${`# ${line}`.trimEnd()}\n`)
        .join('');

/**
 * YAML text of `value`, the same for readers of YAML 1.1 and 1.2: no anchors, no folded lines, several lines as a
 * literal block, text that looks like another type in quotes. Undefined values are left out.
 * @throws InvariantError for a number that is not finite and for text that UTF-8 cannot hold.
 */
export const stringifyYaml = (value: Json, options: YamlOptions = {}): string => comment(options.header) + print(value);

/** YAML text of several documents, each after a `---`; as `stringifyYaml` otherwise. */
export const stringifyYamlDocuments = (documents: readonly Json[], options: YamlOptions = {}): string =>
  comment(options.header) + documents.map((document) => `---\n${print(document)}`).join('');
