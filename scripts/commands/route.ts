import { UsageError } from '../../generators/diagnostics/errors.ts';
import { suggest } from '../../generators/diagnostics/suggest.ts';
import { explainRoute } from '../../generators/explain/explain-route.ts';
import type { AlertingRule, Model } from '../../generators/model/model.ts';
import type { AlertLabels } from '../../generators/model/routing.ts';
import { labelsOf } from '../../generators/model/routing.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import { openProject, showFindings } from '../project.ts';
import { routeSpec } from './index.ts';

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Shows the way of an alert through the tree, and who is told when. */
export const run: Run = async (args, io) => {
  const { values, positionals } = parseArguments(routeSpec, args);
  const given = readLabels(positionals);
  if (values.alert === undefined && positionals.length === 0)
    throw new UsageError('tocsin route needs labels (severity=critical team=platform) or --alert NAME');
  const at = values.at === undefined ? undefined : new Date(values.at);
  if (at && Number.isNaN(at.getTime()))
    throw new UsageError(`--at takes a moment such as 2026-01-31T22:00:00Z, not '${values.at}'`);
  const project = await openProject(values.definitions, io);
  const { model } = project.compilation;
  if (!model || project.report.hasErrors) return Math.max(showFindings(project, values, io), 1);
  const sets =
    values.alert === undefined
      ? [{ known: given, open: new Set<string>() }]
      : labelsOfAlert(model, values.alert, given);
  const found = sets.map((labels) => explainRoute(model, labels, at));
  io.write(
    values.format === 'json'
      ? `${JSON.stringify(
          found.map(({ text: _, ...route }) => route),
          undefined,
          2,
        )}\n`
      : found.map(({ text }) => text).join('\n'),
  );
  return 0;
};

const readLabels = (positionals: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    positionals.map((pair) => {
      const end = pair.indexOf('=');
      const name = pair.slice(0, Math.max(end, 0));
      if (!NAME.test(name)) throw new UsageError(`'${pair}' is no label; write NAME=VALUE`);
      return [name, pair.slice(end + 1)];
    }),
  );

/** The labels of every rule of that name, with the values that were given for what the series bring. */
const labelsOfAlert = (model: Model, name: string, given: Readonly<Record<string, string>>): readonly AlertLabels[] => {
  const rules = model.ruleGroups
    .flatMap((group) => group.rules)
    .filter((rule): rule is AlertingRule => rule.kind === 'alerting');
  const own = rules.filter(({ alert }) => alert === name);
  if (own.length === 0) {
    const near = suggest(name, new Set(rules.map(({ alert }) => alert)));
    throw new UsageError(`there is no alert "${name}"${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`);
  }
  return own.map((rule) => {
    const { known, open } = labelsOf(rule, model.project.environments[0]);
    return { known: { ...known, ...given }, open: new Set([...open].filter((label) => !(label in given))) };
  });
};
