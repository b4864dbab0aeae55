/** Files that Tocsin did not make: their kind is read off their content, and their queries are checked in place. */
import type { Document, Node, Scalar } from 'yaml';
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Location } from '../diagnostics/diagnostic.ts';
import type { Report } from '../diagnostics/report.ts';
import type { PromqlError } from '../promql/index.ts';
import { parseWithVariables } from '../promql/grafana.ts';
import { parse } from '../promql/index.ts';
import type { Target } from '../promql/versions.ts';

/** What a file is, by its content; `unreadable` when no part that can be read says so. */
export type ForeignKind = 'rules' | 'prometheus-rule' | 'dashboard' | 'alertmanager' | 'unreadable' | 'unknown';

const KINDS: readonly (readonly [ForeignKind, (document: Document) => boolean])[] = [
  ['prometheus-rule', (document) => document.get('kind') === 'PrometheusRule'],
  ['rules', (document) => isSeq(document.get('groups'))],
  ['alertmanager', (document) => isMap(document.get('route')) || isSeq(document.get('receivers'))],
  ['dashboard', (document) => isSeq(document.get('panels')) || isMap(document.get('dashboard'))],
];

/** Checks the queries of a rule file, a PrometheusRule manifest or a dashboard; a syntax error of the file is a finding too. */
export const lintForeign = (file: string, text: string, target: Target, report: Report): ForeignKind => {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
  if ('empty' in documents) return 'unknown';
  const at = (from: number, to: number): Location => {
    const [start, end] = [lines.linePos(from), lines.linePos(Math.max(to, from))];
    return { file, line: start.line, column: start.col, endLine: end.line, endColumn: end.col };
  };
  let kind: ForeignKind = 'unknown';
  for (const document of documents) {
    for (const error of document.errors)
      report.add('lint/file-syntax', { message: error.message.split('\n')[0] ?? '' }, at(...error.pos));
    if (document.errors.length > 0 && kind === 'unknown') kind = 'unreadable';
    if (document.errors.length > 0 || !isMap(document.contents)) continue;
    const found = KINDS.find(([, matches]) => matches(document))?.[0] ?? 'unknown';
    if (found === 'unknown') continue;
    kind = found;
    for (const scalar of queriesIn(document.contents)) {
      const query = String(scalar.value);
      const read = found === 'dashboard' ? parseWithVariables : parse;
      const { errors } = read(query, { target: { prometheus: target } });
      for (const error of errors) reportQuery(file, scalar, query, error, text, at, report);
    }
  }
  return kind;
};

/** The queries for Prometheus below a node. A panel can ask other sources (`loki`, ...), in languages of their own. */
const queriesIn = (node: Node, around?: string): readonly Scalar[] => {
  if (isSeq(node)) return node.items.flatMap((item) => queriesIn(item as Node, around));
  if (!isMap(node)) return [];
  const type = node.getIn(['datasource', 'type']);
  const source = typeof type === 'string' ? type : around;
  return node.items.flatMap(({ key, value }) => {
    if (isScalar(key) && key.value === 'expr' && isScalar(value) && typeof value.value === 'string') {
      return source === undefined || source === 'prometheus' ? [value] : [];
    }
    return value === null ? [] : queriesIn(value as Node, source === 'datasource' ? undefined : source);
  });
};

/**
 * The finding points at the query in the file. Where the text of the query stands there letter by letter, it points at
 * the very place; a folded or escaped query is pointed at as a whole, and the caret is in the query below.
 */
const reportQuery = (
  file: string,
  scalar: Scalar,
  query: string,
  { message, from, to }: PromqlError,
  text: string,
  at: (from: number, to: number) => Location,
  report: Report,
): void => {
  const [start = 0, end = 0] = scalar.range ?? [];
  const verbatim = text.slice(start, end).indexOf(query);
  const place = verbatim < 0 ? at(start, end) : at(start + verbatim + from, start + verbatim + to);
  report.add('lint/promql', { message }, place, { fragments: [{ artefact: file, text: query, from, to }] });
};
