import { sloId } from '../conventions.ts';
import type { Slo, System } from '../model/model.ts';
import { countedCondition, countedShare } from '../slo/counted-time.ts';
import type { SliQueries } from '../slo/expressions.ts';

/** What the rules of an SLO are made from. */
export const toSliQueries = (slo: Slo, system: System): SliQueries => {
  const counted = countedCondition(slo.only, slo.except);
  const { bad, total, perSecond } = slo.indicator;
  return {
    id: sloId(system.id, slo.id),
    bad,
    total,
    perSecond,
    by: slo.by,
    base: slo.baseWindow,
    share: countedShare(slo.only, slo.except),
    ...(slo.slices
      ? { slices: { length: slo.slices.length, maximum: Number((1 - slo.slices.objective).toPrecision(12)) } }
      : {}),
    ...(counted ? { counted } : {}),
  };
};
