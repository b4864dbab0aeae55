import { Document } from 'yaml';
import type { ScalarTag, Tags } from 'yaml';
import { stringifyString } from 'yaml/util';
import { InvariantError } from '../diagnostics/errors.ts';
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

const textTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  identify: (value) => typeof value === 'string',
  resolve: (text) => text,
  stringify: (item, context, onComment, onChompKeep) => {
    const text = requireText(String(item.value));
    const print = (type: 'BLOCK_LITERAL' | 'PLAIN'): string =>
      stringifyString({ value: text, type }, context, onComment, onChompKeep);
    if (ESCAPED.test(text)) return escapeText(text);
    if (text.includes('\n')) {
      // A document that is nothing but a block has no indentation, which PyYAML does not read.
      const hasRoom = !context.implicitKey && !context.inFlow && context.indent !== '';
      return hasRoom && isBlock(text) ? print('BLOCK_LITERAL') : escapeText(text);
    }
    return AMBIGUOUS.some((pattern) => pattern.test(text)) ? quoteText(text) : print('PLAIN');
  },
};

// YAML 1.1 wants a dot in a number with an exponent: it reads 1e-7 as text.
const numberTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number',
  resolve: (text) => text,
  stringify: (item) => String(requireFinite(Number(item.value))).replace(/^(-?\d+)e/, '$1.0e'),
};

const REPLACED = new Set(['str', 'int', 'float'].map((name) => `tag:yaml.org,2002:${name}`));
const useOwnScalars = (tags: Tags): Tags => [
  textTag,
  numberTag,
  ...tags.filter((tag) => typeof tag === 'object' && !REPLACED.has(tag.tag)),
];

const print = (value: Json): string => {
  const document = new Document(value, {
    version: '1.2',
    schema: 'core',
    customTags: useOwnScalars,
    aliasDuplicateObjects: false,
    keepUndefined: false,
  });
  const [problem] = document.errors;
  if (problem) throw new InvariantError('a value could not be made into YAML', undefined, { cause: problem });
  return document.toString({ lineWidth: 0, indentSeq: true });
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
