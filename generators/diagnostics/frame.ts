import type { Cell } from './printable.ts';
import { cellsOf, splitLines } from './printable.ts';

/** A range of a text; lines and columns count from 1, columns in UTF-16 code units, the end is exclusive. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** How a frame is drawn. */
export interface FrameOptions {
  /** The most columns a line may take; 120 when absent. */
  readonly width?: number;
  /** Lines shown before and after; 2 when absent. */
  readonly context?: number;
  /** Paints the carets. */
  readonly mark?: (text: string) => string;
  /** Paints line numbers and bars. */
  readonly dim?: (text: string) => string;
}

/** Lines of a range that are shown before the rest is left out. */
const HEAD = 4;
/** Characters on either side of the caret that are looked at in a long line. */
const REACH = 400;

const widthOf = (cells: readonly Cell[]): number => cells.reduce((sum, { width }) => sum + width, 0);

const isTail = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

/** The part of a very long line around `focus`, so that a minified line of a megabyte costs no more than a short one. */
const nearby = (line: string, focus: number): { readonly text: string; readonly from: number } => {
  let from = Math.max(0, focus - REACH);
  if (isTail(line.charCodeAt(from))) from -= 1;
  let to = Math.min(line.length, focus + REACH);
  if (isTail(line.charCodeAt(to))) to += 1;
  return { text: line.slice(from, to), from };
};

/** A line cut to `room` columns so that the cell at UTF-16 offset `focus` is in it, with an ellipsis where something is left out. */
const fit = (line: string, focus: number, room: number): readonly Cell[] => {
  const { text, from } = nearby(line, focus);
  const cells = cellsOf(text).map((cell) => ({ ...cell, from: cell.from + from, to: cell.to + from }));
  const isCutBefore = from > 0;
  const isCutAfter = from + text.length < line.length;
  if (!isCutBefore && !isCutAfter && widthOf(cells) <= room) return cells;
  const at = cells.findIndex((cell, index) => cell.from <= focus && (cells[index + 1]?.from ?? Infinity) > focus);
  const focused = at === -1 ? cells.length : at;
  let start = focused;
  // A third of the room goes to what stands before the caret, unless the line is not that long.
  let before = 0;
  while (start > 0 && before + (cells[start - 1]?.width ?? 0) <= room / 3) {
    start -= 1;
    before += cells[start]?.width ?? 0;
  }
  const tail = widthOf(cells.slice(focused));
  if (tail + before < room - 2 && !isCutAfter) {
    while (start > 0 && tail + before + (cells[start - 1]?.width ?? 0) <= room - 2) {
      start -= 1;
      before += cells[start]?.width ?? 0;
    }
  }
  let end = start;
  let used = 2;
  while (end < cells.length && used + (cells[end]?.width ?? 0) <= room) {
    used += cells[end]?.width ?? 0;
    end += 1;
  }
  const dots = (offset: number): Cell => ({ text: '\u2026', from: offset, to: offset, width: 1 });
  return [
    ...(start > 0 || isCutBefore ? [dots(-1)] : []),
    ...cells.slice(start, end),
    ...(end < cells.length || isCutAfter ? [dots(Infinity)] : []),
  ];
};

/** The carets under [from, to) of a drawn line: at least one, behind the last cell when the range is behind it. */
const underline = (
  cells: readonly Cell[],
  from: number,
  to: number,
): { readonly indent: number; readonly length: number } => {
  const before = cells.filter((cell) => cell.to <= from);
  const inside = cells.filter((cell) => cell.to > from && cell.from < to);
  return { indent: widthOf(before), length: Math.max(1, widthOf(inside)) };
};

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, Math.trunc(value) || low));

/** `span` moved inside the text, ends in order; a range that ends with a line break ends before it. */
const settle = (lines: readonly string[], span: Span): Span => {
  const line = clamp(span.line, 1, lines.length);
  const lengthOf = (number: number): number => (lines[number - 1] ?? '').length;
  const column = clamp(span.column, 1, lengthOf(line) + 1);
  const endLine = clamp(span.endLine, line, lines.length);
  if (endLine > line && span.endColumn <= 1)
    return settle(lines, { line, column, endLine: endLine - 1, endColumn: lengthOf(endLine - 1) + 1 });
  const endColumn = clamp(span.endColumn, endLine === line ? column : 1, lengthOf(endLine) + 1);
  return { line, column, endLine, endColumn };
};

/** The range of UTF-16 offsets [from, to) of a text, as lines and columns. */
export const spanAt = (text: string, from: number, to: number): Span => {
  const place = (offset: number): readonly [line: number, column: number] => {
    const before = splitLines(text.slice(0, Math.max(0, Math.min(text.length, offset))));
    return [before.length, (before.at(-1) ?? '').length + 1];
  };
  const [line, column] = place(from);
  const [endLine, endColumn] = place(Math.max(from, to));
  return { line, column, endLine, endColumn };
};

/**
 * The lines of `text` around `span` with line numbers, and carets under the range: under the whole of it when it is in
 * one line, under its first and last line when it is longer. No line is wider than `width`.
 */
export const renderFrame = (text: string, span: Span, options: FrameOptions = {}): readonly string[] => {
  const { width = 120, context = 2, mark = (t: string) => t, dim = (t: string) => t } = options;
  const lines = splitLines(text);
  const { line, column, endLine, endColumn } = settle(lines, span);
  const isLastEmpty = lines.at(-1) === '' && lines.length > 1;
  const last = Math.max(endLine, Math.min(lines.length - (isLastEmpty ? 1 : 0), endLine + context));
  const first = Math.max(1, line - context);
  const gutter = String(last).length;
  const room = Math.max(20, width - gutter - 3);
  const out: string[] = [];
  const row = (number: number, focus: number): readonly Cell[] => {
    const cells = fit(lines[number - 1] ?? '', focus, room);
    const shown = cells.map((cell) => cell.text).join('');
    out.push(`${dim(`${String(number).padStart(gutter)} |`)} ${shown}`.trimEnd());
    return cells;
  };
  const carets = (cells: readonly Cell[], from: number, to: number): void => {
    const { indent, length } = underline(cells, from, to);
    out.push(`${dim(`${' '.repeat(gutter)} |`)} ${' '.repeat(indent)}${mark('^'.repeat(length))}`);
  };
  const indentOf = (number: number): number => /^\s*/.exec(lines[number - 1] ?? '')?.[0].length ?? 0;

  for (let number = first; number < line; number += 1) row(number, 0);
  if (line === endLine) {
    carets(row(line, column - 1), column - 1, Math.max(endColumn - 1, column));
  } else {
    carets(row(line, column - 1), column - 1, (lines[line - 1] ?? '').length);
    const isLong = endLine - line >= HEAD * 2;
    for (let number = line + 1; number < endLine; number += 1) {
      if (isLong && number === line + HEAD) out.push(dim(`${' '.repeat(gutter)} : `.trimEnd()));
      if (!isLong || number < line + HEAD || number === endLine - 1) row(number, 0);
    }
    const start = Math.min(indentOf(endLine), Math.max(0, endColumn - 2));
    carets(row(endLine, start), start, endColumn - 1);
  }
  for (let number = endLine + 1; number <= last; number += 1) row(number, 0);
  return out;
};
