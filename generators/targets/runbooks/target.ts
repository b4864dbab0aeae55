import { PATHS } from '../../conventions.ts';
import type { AlertingRule } from '../../model/model.ts';
import type { Artefact } from '../../output/artefact.ts';
import { listAlerts, thresholdsOf } from '../alerts.ts';
import { compileTemplate } from '../render.ts';
import { defineTarget } from '../target.ts';
import { mapInhibitions } from './inhibitions.ts';
import { RUNBOOK_INDEX_TEMPLATE, RUNBOOK_TEMPLATE } from './template.ts';
import type { RunbookIndexView, RunbookView } from './view.ts';
import { toRunbookIndexView, toRunbookView } from './view.ts';

/** Runbooks: a page for every alert, and the list of them. */
export const runbooks = defineTarget({
  id: 'runbooks',
  summary: 'A page for every alert: meaning, levels, first steps, query, who is told; and an index.',
  emit: async (model): Promise<readonly Artefact[]> => {
    const renderPage = await compileTemplate<RunbookView>(RUNBOOK_TEMPLATE);
    const renderIndex = await compileTemplate<RunbookIndexView>(RUNBOOK_INDEX_TEMPLATE);
    const alerts = model.systems.flatMap((system) => listAlerts(model, system));
    const rules = alerts.flatMap((alert) => alert.rules.map(({ rule }): AlertingRule => rule));
    const inhibitions = mapInhibitions(rules, model.routing.inhibitions);
    const pages = alerts.map((alert): Artefact => ({
      path: PATHS.runbook(alert.system.id, alert.name),
      target: 'runbooks',
      format: 'markdown',
      text: renderPage(toRunbookView(model, alert, inhibitions)),
      origins: new Map([['', (thresholdsOf(alert)[0] ?? alert.rules[0]?.rule ?? alert.system).origin]]),
    }));
    const index: Artefact = {
      path: PATHS.runbookIndex,
      target: 'runbooks',
      format: 'markdown',
      text: renderIndex(toRunbookIndexView(model, alerts)),
      origins: new Map([['', model.project.origin]]),
    };
    return [...pages, index];
  },
});
