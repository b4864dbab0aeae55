import type { Report } from '../diagnostics/report.ts';
import type { Version } from '../model/model.ts';
import { originAt } from '../output/artefact-set.ts';
import { parse } from '../promql/index.ts';
import type { ParsedArtefact } from './parsed.ts';
import { fragmentAt, pointerIn } from './parsed.ts';

/** A query in an artefact, and where it stands. */
export interface QueryPlace {
  readonly file: ParsedArtefact;
  readonly index: number;
  readonly pointer: string;
  /** As Prometheus will get it: Grafana's variables are filled in. */
  readonly text: string;
  readonly use: 'rule' | 'panel';
}

/** Grafana replaces these before it asks; a check needs some value. */
const GRAFANA_VARIABLES: readonly (readonly [string, string])[] = [
  ['$__rate_interval', '5m'],
  ['$__interval', '1m'],
  ['$__range', '1h'],
];

const fillVariables = (text: string): string =>
  GRAFANA_VARIABLES.reduce((filled, [name, value]) => filled.replaceAll(name, value), text);

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
          text: file.artefact.target === 'grafana' ? fillVariables(text) : text,
          use: file.artefact.target === 'grafana' ? 'panel' : 'rule',
        })),
      ),
    );

/** Parses every query that will be written, as the oldest Prometheus that the project names would. */
export const validateQueries = (queries: readonly QueryPlace[], version: Version, report: Report): void => {
  for (const { file, index, pointer, text } of queries) {
    for (const { message, from, to } of parse(text, { target: { prometheus: version } }).errors) {
      report.add(
        'validate/promql',
        { path: file.artefact.path, pointer, message },
        originAt(file.artefact, pointerIn(file, index, pointer)),
        { fragments: [{ artefact: `out/${file.artefact.path}`, text, from, to }, ...fragmentAt(file, index, pointer)] },
      );
    }
  }
};
