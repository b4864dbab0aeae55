import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import { print } from '../../promql/print.ts';
import { UNITS } from '../../promql/units.ts';
import type { PanelSpec } from '../model.ts';
import { panelSchema } from '../schema.ts';
import type { Reader } from './reader.ts';
import { readQuery } from './threshold.ts';

/** A panel in the form of the model; nothing when it does not stand. */
export const normalisePanel = (
  reader: Reader,
  key: string,
  value: unknown,
  path: PropertyPath,
  subject: string,
): PanelSpec | undefined => {
  const input = reader.read(panelSchema, value, path, subject);
  if (!input) return undefined;
  const queries = Object.entries(input.queries).flatMap(([legend, operand]) => {
    const query = readQuery(reader, operand, [...path, 'queries', legend], subject);
    return query ? [{ legend, query }] : [];
  });
  const first = queries[0];
  if (!first) {
    if (Object.keys(input.queries).length === 0) {
      reader.report.add('panel/empty', { title: input.title }, reader.at([...path, 'queries'], subject));
    }
    return undefined;
  }
  const other = queries.find(
    ({ query }) => UNITS[query.unit].dimension !== UNITS[first.query.unit].dimension || query.unit !== first.query.unit,
  );
  if (other) {
    reader.report.add(
      'panel/mixed-units',
      { title: input.title, first: first.query.unit, other: other.query.unit, text: print(other.query.expr) },
      reader.at([...path, 'queries', other.legend], subject),
    );
    return undefined;
  }
  return {
    key,
    title: input.title,
    description: input.description,
    kind: input.kind ?? 'timeseries',
    unit: first.query.unit,
    queries: queries.map(({ legend, query }) => ({ legend, expr: query.expr })),
    min: input.min,
    max: input.max,
    origin: reader.at(path, subject),
  };
};
