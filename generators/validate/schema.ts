import type { Report } from '../diagnostics/report.ts';
import { originAt } from '../output/artefact-set.ts';
import { checkDashboard } from './dashboard.ts';
import type { DocumentPlace, ParsedArtefact } from './parsed.ts';
import { fragmentAt, pointerIn } from './parsed.ts';
import { checkProbes } from './probes.ts';
import { checkDocuments } from './schema-check.ts';
import type { JsonSchema } from './schemas/json-schema.ts';
import { chooseSchema } from './schemas/index.ts';

/**
 * Checks what will be written against the formats of the programs that read it: JSON Schemas first, and where those
 * find nothing what a schema cannot say. A finding points to the definition that the place comes from.
 */
export const validateSchemas = (files: readonly ParsedArtefact[], report: Report): void => {
  const bySchema = new Map<JsonSchema, DocumentPlace[]>();
  for (const file of files) {
    file.documents.forEach((value, index) => {
      const choice = chooseSchema(file.artefact.path, value);
      if (choice === 'own-format') return;
      if ('unknown' in choice) {
        const pointer = pointerIn(file, index, '');
        report.add(
          'validate/no-schema',
          { path: file.artefact.path, what: choice.unknown },
          originAt(file.artefact, pointer),
        );
        return;
      }
      bySchema.set(choice.schema, [...(bySchema.get(choice.schema) ?? []), { file, index, value }]);
    });
  }
  for (const [schema, places] of bySchema) checkPlaces(schema, places, report);
};

const checkPlaces = (schema: JsonSchema, places: readonly DocumentPlace[], report: Report): void => {
  const found = checkDocuments(
    schema,
    places.map(({ value }) => value),
  );
  places.forEach((place, number) => {
    const problems = found[number] ?? [];
    const { file, index } = place;
    const { artefact } = file;
    for (const { pointer, message, suggestions } of problems) {
      const full = pointerIn(file, index, pointer);
      report.add(
        'validate/schema',
        { path: artefact.path, pointer: full, message, suggestions },
        originAt(artefact, full),
        {
          fragments: fragmentAt(file, index, pointer),
        },
      );
    }
    if (problems.length > 0) return;
    if (artefact.path.startsWith('grafana/dashboards/')) checkDashboard(place, report);
    if (artefact.path.startsWith('kubernetes/')) checkProbes(place, report);
  });
};
