import { BURN_TIERS, LABELS, SLO_LABELS } from '../conventions.ts';
import type { Inhibition, Project, System } from '../model/model.ts';
import { externalLabelNames } from '../model/routing.ts';
import { definePass } from './pass.ts';

/** Each burn tier keeps the slower ones of the same SLO and group quiet. */
export const sloInhibitions = definePass({
  id: 'slo-inhibitions',
  summary: 'faster burn tiers keep the slower ones of the same SLO quiet',
  run: (model) => ({
    ...model,
    routing: {
      ...model.routing,
      inhibitions: [
        ...model.routing.inhibitions,
        ...model.systems.flatMap((system) => inhibitionsOf(system, model.project)),
      ],
    },
  }),
});

const inhibitionsOf = (system: System, project: Project): readonly Inhibition[] => {
  const [first] = system.slos;
  if (!first) return [];
  const used = new Set(system.slos.flatMap(({ tiers }) => tiers.map(({ id }) => id)));
  const tiers = BURN_TIERS.filter((id) => used.has(id));
  // A label that neither alert has counts as equal, so the groups of all SLOs can stand in one list.
  const equal = [
    ...new Set([SLO_LABELS.id, ...system.slos.flatMap(({ by }) => by), ...externalLabelNames(project)]),
  ].toSorted();
  return tiers.slice(0, -1).map((source, index): Inhibition => {
    const slower = tiers.slice(index + 1);
    return {
      source: [
        { name: LABELS.system, op: '=', value: system.id },
        { name: SLO_LABELS.tier, op: '=', value: source },
      ],
      target: [
        { name: LABELS.system, op: '=', value: system.id },
        { name: SLO_LABELS.tier, op: slower.length === 1 ? '=' : '=~', value: slower.join('|') },
      ],
      equal,
      reason: `${source} keeps ${slower.join(', ')} of the same SLO quiet`,
      origin: first.origin,
    };
  });
};
