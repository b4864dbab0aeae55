import type { Report } from '../diagnostics/report.ts';
import type { Version } from '../model/model.ts';
import { originAt } from '../output/artefact-set.ts';
import { parseWithVariables } from '../promql/grafana.ts';
import type { ParseResult } from '../promql/index.ts';
import { parse } from '../promql/index.ts';
import type { ParsedArtefact } from './parsed.ts';
import { fragmentAt, pointerIn } from './parsed.ts';

/** A query in an artefact, and where it stands. */
export interface QueryPlace {
  readonly file: ParsedArtefact;
  readonly index: number;
  readonly pointer: string;
  readonly text: string;
  readonly use: 'rule' | 'panel';
}

/** The values of all keys called `expr`: queries, in rule files and in dashboards. */
const findQueries = (value: unknown, pointer: string): readonly (readonly [string, string])[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): readonly (readonly [string, string])[] => {
    const here = `${pointer}/${key}`;
    return key === 'expr' && typeof inner === 'string' ? [[here, inner]] : findQueries(inner, here);
  });
};

/** Every query of the artefacts, in order. */
export const queriesOf = (files: readonly ParsedArtefact[]): readonly QueryPlace[] =>
  files
    .filter(({ artefact }) => artefact.target === 'prometheus' || artefact.target === 'grafana')
    .flatMap((file) =>
      file.documents.flatMap((document, index) =>
        findQueries(document, '').map(([pointer, text]): QueryPlace => ({
          file,
          index,
          pointer,
          text,
          use: file.artefact.target === 'grafana' ? 'panel' : 'rule',
        })),
      ),
    );

/** The query as its reader takes it: Grafana fills its variables in first. */
export const parseQuery = (text: string, use: QueryPlace['use'], version: Version): ParseResult =>
  (use === 'panel' ? parseWithVariables : parse)(text, { target: { prometheus: version } });

/** Parses every query that will be written, as the oldest Prometheus that the project names would. */
export const validateQueries = (queries: readonly QueryPlace[], version: Version, report: Report): void => {
  for (const { file, index, pointer, text, use } of queries) {
    for (const { message, from, to } of parseQuery(text, use, version).errors) {
      report.add(
        'validate/promql',
        { path: file.artefact.path, pointer, message },
        originAt(file.artefact, pointerIn(file, index, pointer)),
        { fragments: [{ artefact: `out/${file.artefact.path}`, text, from, to }, ...fragmentAt(file, index, pointer)] },
      );
    }
  }
};
