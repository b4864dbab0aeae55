import { InvariantError } from '../diagnostics/errors.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Model } from '../model/model.ts';
import type { ArtefactSet } from '../output/artefact-set.ts';
import type { ParsedArtefact } from './parsed.ts';
import { parseArtefact } from './parsed.ts';
import { queriesOf, validateQueries } from './promql.ts';
import { validateReferences } from './references.ts';
import { validateSchemas } from './schema.ts';
import { validateTemplates } from './templates.ts';

/** Reads every artefact back as its reader will, and checks its form, its queries, and what it refers to. */
export const validateArtefacts = (model: Model, artefacts: ArtefactSet, report: Report): void => {
  const files = artefacts.render().flatMap(({ path, text }): ParsedArtefact[] => {
    const artefact = artefacts.get(path);
    if (!artefact) throw new InvariantError('a rendered file that is not in the set', path);
    const parsed = parseArtefact(artefact, text, report);
    return parsed ? [parsed] : [];
  });
  validateSchemas(files, report);
  validateTemplates(artefacts.list(), model, report);
  const queries = queriesOf(files);
  validateQueries(queries, model.project.versions.prometheus, report);
  if (!report.hasErrors) validateReferences(files, queries, model, report);
};
