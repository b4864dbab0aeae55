import { PATHS } from '../../conventions.ts';
import { compileTemplate } from '../render.ts';
import { defineTarget } from '../target.ts';
import type { EscalationView, RoutingView } from './escalation.ts';
import { toEscalationView, toRoutingView } from './escalation.ts';
import { ESCALATION_TEMPLATE, ROUTING_TEMPLATE } from './routing-templates.ts';
import { INDICATORS_TEMPLATE } from './template.ts';
import type { IndicatorsView } from './view.ts';
import { toIndicatorsView } from './view.ts';

/** Docs: the table of everything that is measured against a level. */
export const docs = defineTarget({
  id: 'docs',
  summary: 'Tables for people: every threshold with its levels, the escalation, the routing tree with a picture.',
  emit: async (model) => {
    const render = await compileTemplate<IndicatorsView>(INDICATORS_TEMPLATE);
    return [
      {
        path: PATHS.indicators,
        target: 'docs',
        format: 'markdown',
        text: render(toIndicatorsView(model)),
        origins: new Map([['', model.project.origin]]),
      },
      {
        path: PATHS.escalation,
        target: 'docs',
        format: 'markdown',
        text: (await compileTemplate<EscalationView>(ESCALATION_TEMPLATE))(toEscalationView(model)),
        origins: new Map([['', model.project.origin]]),
      },
      {
        path: PATHS.routing,
        target: 'docs',
        format: 'markdown',
        text: (await compileTemplate<RoutingView>(ROUTING_TEMPLATE))(toRoutingView(model)),
        origins: new Map([['', model.project.origin]]),
      },
    ];
  },
});
