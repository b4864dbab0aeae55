/** Text as GitHub-flavoured Markdown (https://github.github.com/gfm/), escaped where it would change the page. */

/** Plain text inside a line: what would be markup is escaped, spaces at its ends stay. */
export const inline = (text: string): string =>
  joinLines(text)
    .replaceAll(/[\\`*[\]|~]/g, '\\$&')
    .replaceAll(/(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])/g, '\\_')
    .replaceAll(/<(?=[a-zA-Z/!?])/g, '\\<')
    .replaceAll(/&(?=#?\w+;)/g, '&amp;');

/** Plain text that can begin a line: it starts no heading, quotation or list either. */
export const plain = (text: string): string =>
  inline(text.trim())
    .replace(/^(?=[#>]|[-+]\s)/, '\\')
    .replace(/^\d{1,9}(?=[.)]\s)/, '$&\\');

/** Text in a heading, plain. */
export const heading = (text: string): string => plain(text).replace(/#+$/, '\\$&');

/** Markdown in a cell of a table: on one line, with its bars escaped. */
export const cell = (markdown: string): string =>
  joinLines(markdown.trim()).replaceAll(/(?<!\\)((?:\\\\)*)\|/g, '$1\\|');

/** Text in a code span, whatever backticks it has. */
export const code = (text: string): string => {
  const line = joinLines(text);
  const ticks = longestRun(line) === 0 ? '`' : '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
};

/** A fenced block that no line of the text can close. */
export const fenced = (language: string, text: string): string => {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
};

/** Markdown of somebody else: whatever it opens ends with the quotation. */
export const quotation = (markdown: string): string =>
  markdown
    .trim()
    .split(/\r?\n/)
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');

/** A link with plain text; the address is percent-encoded where Markdown would stop reading it. */
export const link = (text: string, address: string): string =>
  `[${inline(text)}](${address.replaceAll(/[\s()<>\\]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)})`;

/** An item of a list whose further lines belong to it. */
export const item = (marker: string, markdown: string): string =>
  `${marker} ${markdown.trim().replaceAll(/\r?\n/g, `\n${' '.repeat(marker.length + 1)}`)}`;

/** A sequence of words: `a`, `a and b`, `a, b and c`. */
export const sequence = (words: readonly string[], joiner = 'and'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${joiner} ${words.at(-1)}`;

const joinLines = (text: string): string => text.replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, ' ');

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
