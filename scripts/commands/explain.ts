import { suggest } from '../../generators/diagnostics/suggest.ts';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { explainAlert } from '../../generators/explain/explain-alert.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import { openProject, showFindings } from '../project.ts';
import { explainSpec } from './index.ts';

/** Says what an alert watches, when it fires, who is told and when. */
export const run: Run = async (args, io) => {
  const { values, positionals } = parseArguments(explainSpec, args);
  const project = await openProject(values.definitions, io);
  const { model } = project.compilation;
  if (!model || project.report.hasErrors) return Math.max(showFindings(project, values, io), 1);
  const [name = ''] = positionals;
  const found = explainAlert(model, name, (origin) => project.locator.locate(origin));
  if (found.length === 0) {
    const known = model.systems.flatMap(({ thresholds }) =>
      thresholds.flatMap(({ levels }) => levels.map(({ alert }) => alert)),
    );
    const near = suggest(name, known);
    throw new UsageError(`there is no alert "${name}"${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`);
  }
  io.write(
    values.format === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : found.map(({ text }) => text).join('\n'),
  );
  return 0;
};
