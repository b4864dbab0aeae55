const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/;
// Control characters, lone surrogates, byte order marks and what turns the direction of text: none may reach a terminal as is.
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Cs}\p{Bidi_Control}\ufeff\ufffe\uffff]/gu;

/** The lines of a text; every line break of TypeScript counts. */
export const splitLines = (text: string): readonly string[] => text.split(LINE_BREAK);

const visible = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
};

/**
 * `text` with every character that a terminal or an XML parser could take for a command replaced by a visible
 * sign. Tabs and line feeds stay, other line breaks become line feeds.
 */
export const printable = (text: string): string =>
  text.replace(/\r\n|[\u2028\u2029]/g, '\n').replace(UNPRINTABLE, visible);

/** `text` on one line. */
export const oneLine = (text: string): string => printable(text).replace(/\s*\n\s*/g, ' ');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u;
const INVISIBLE = /^[\p{Mark}\p{Format}]+$/u;

/** One character as a person sees it. */
export interface Cell {
  readonly text: string;
  /** The UTF-16 offsets in the line it was read from. */
  readonly from: number;
  readonly to: number;
  /** How many columns of a terminal it takes. */
  readonly width: number;
}

const TAB = 4;

/** A line as cells: tabs are spaces up to the next multiple of four, unprintable characters are visible signs. */
export const cellsOf = (line: string): readonly Cell[] => {
  const cells: Cell[] = [];
  let column = 0;
  for (const { segment, index } of graphemes.segment(line)) {
    const isTab = segment === '\t';
    const text = isTab ? ' '.repeat(TAB - (column % TAB)) : printable(segment).replace(/\n/g, '\u240a');
    const width = isTab ? text.length : INVISIBLE.test(text) ? 0 : WIDE.test(text) ? 2 : 1;
    cells.push({ text, from: index, to: index + segment.length, width });
    column += width;
  }
  return cells;
};
