import { isMap, isPair, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import type { Fragment } from '../diagnostics/diagnostic.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Artefact } from '../output/artefact.ts';
import { originAt } from '../output/artefact-set.ts';

/** An artefact as it will be written, read back from its text. */
export interface ParsedArtefact {
  readonly artefact: Artefact;
  readonly text: string;
  /** One, or those of a file of several YAML documents. */
  readonly documents: readonly unknown[];
}

/** One document of an artefact that was read back. */
export interface DocumentPlace {
  readonly file: ParsedArtefact;
  readonly index: number;
  readonly value: unknown;
}

/** Reads the text of an artefact back; what is neither JSON nor YAML has no documents. Undefined when it cannot be read. */
export const parseArtefact = (artefact: Artefact, text: string, report: Report): ParsedArtefact | undefined => {
  try {
    return { artefact, text, documents: documentsOf(artefact, text) };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    report.add('validate/syntax', { path: artefact.path, message }, originAt(artefact, ''));
    return undefined;
  }
};

const documentsOf = ({ format }: Artefact, text: string): readonly unknown[] => {
  if (format === 'markdown' || format === 'go-template') return [];
  if (format === 'json') return [JSON.parse(text)];
  // As the strictest reader has it: what YAML 1.1 takes for something else than text has to be in quotes.
  return yamlDocuments(text, '1.1').map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as unknown;
  });
};

const yamlDocuments = (text: string, version: '1.1' | '1.2', lineCounter?: LineCounter): readonly Document.Parsed[] => {
  const documents = parseAllDocuments(text, { version, prettyErrors: false, ...(lineCounter && { lineCounter }) });
  return 'empty' in documents ? [] : documents;
};

/** The pointer of a part of one document, as `Artefact.origins` has it: with the document's number where there are several. */
export const pointerIn = ({ artefact }: ParsedArtefact, index: number, pointer: string): string =>
  artefact.format === 'yaml-documents' ? `/${index}${pointer}` : pointer;

/** The line of the text that a pointer into one document leads to, with carets under the name or the value. */
export const fragmentAt = ({ artefact, text }: ParsedArtefact, index: number, pointer: string): readonly Fragment[] => {
  const lines = new LineCounter();
  const document = yamlDocuments(text, '1.2', lines)[index];
  const range = document && rangeOf(document.contents, pointer.split('/').slice(1).map(unescapePointer));
  if (range === undefined) return [];
  const { line } = lines.linePos(range.from);
  const start = lines.lineStarts[line - 1] ?? 0;
  const end = text.indexOf('\n', range.from);
  const lineEnd = end === -1 ? text.length : end;
  const to = Math.min(range.to, lineEnd);
  return [
    {
      artefact: `${artefact.path}:${line}`,
      text: text.slice(start, lineEnd),
      from: range.from - start,
      to: to - start,
    },
  ];
};

const unescapePointer = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');

/** Where the deepest part that exists begins; a property's name is its place. */
const rangeOf = (root: Node | null, path: readonly string[]): { from: number; to: number } | undefined => {
  let node: unknown = root;
  let place: unknown = root;
  for (const key of path) {
    const next: unknown = stepInto(node, key);
    if (next === undefined) break;
    place = isPair(next) ? next.key : next;
    node = isPair(next) ? next.value : next;
  }
  const range = (place as Partial<Node> | null)?.range;
  return range ? { from: range[0], to: range[1] } : undefined;
};

const stepInto = (node: unknown, key: string): Pair | Node | undefined => {
  if (isMap(node)) return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  const { items } = node as { readonly items?: readonly Node[] };
  return items?.[Number(key)];
};
