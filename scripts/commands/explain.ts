import { suggest } from '../../generators/diagnostics/suggest.ts';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import type { Location, Origin } from '../../generators/diagnostics/diagnostic.ts';
import { explainSlo } from '../../generators/explain/explain-slo.ts';
import { explainAlert } from '../../generators/explain/explain-alert.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import { mustHaveSystem, openProject, showFindings } from '../project.ts';
import { explainSpec } from './index.ts';

/** Says what an alert watches, when it fires, who is told and when. */
export const run: Run = async (args, io) => {
  const { values, positionals } = parseArguments(explainSpec, args);
  const project = await openProject(values.definitions, io);
  const { model } = project.compilation;
  if (!model || project.report.hasErrors) return Math.max(showFindings(project, values, io), 1);
  const [name = ''] = positionals;
  const locate = (origin: Origin): Location | undefined => project.locator.locate(origin);
  const { system: wanted } = values;
  mustHaveSystem(model, wanted);
  const everywhere = [...explainAlert(model, name, locate), ...explainSlo(model, name, locate)];
  const systems = [...new Set(everywhere.map(({ system }) => system))];
  const found = everywhere.filter(({ system }) => wanted === undefined || system === wanted);
  if (everywhere.length === 0) {
    const known = [
      ...model.ruleGroups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.kind === 'alerting' ? rule.alert : []))),
      ...model.systems.flatMap(({ slos }) => slos.map(({ id }) => id)),
    ];
    const near = suggest(name, [...new Set(known)]);
    throw new UsageError(
      `there is no alert and no SLO "${name}"${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`,
    );
  }
  const names = systems.join(', ');
  if (found.length === 0)
    throw new UsageError(`there is no alert and no SLO "${name}" in ${wanted}, but there is in ${names}`);
  if (values.format === 'text' && wanted === undefined && systems.length > 1)
    io.error(`${systems.length} systems have ${name}: ${names}; --system SYSTEM shows one of them\n`);
  io.write(
    values.format === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : found.map(({ text }) => text).join('\n'),
  );
  return 0;
};
