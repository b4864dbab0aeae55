import { PATHS } from '../../conventions.ts';
import { compileTemplate } from '../render.ts';
import { defineTarget } from '../target.ts';
import { INDICATORS_TEMPLATE } from './template.ts';
import type { IndicatorsView } from './view.ts';
import { toIndicatorsView } from './view.ts';

/** Docs: the table of everything that is measured against a level. */
export const docs = defineTarget({
  id: 'docs',
  summary: 'The table of indicators: every threshold with its goal and levels.',
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
    ];
  },
});
