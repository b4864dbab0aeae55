import { sloId } from '../conventions.ts';
import type { Slo, System } from '../model/model.ts';
import { countedShare, timeCounts } from '../slo/counted-time.ts';
import type { SliQueries } from '../slo/expressions.ts';
import { localTimeOf } from '../slo/expressions.ts';

/** What the rules of an SLO are made from. */
export const toSliQueries = (slo: Slo, system: System): SliQueries => {
  const id = sloId(system.id, slo.id);
  const counts = timeCounts(slo.only, slo.except, (zone) => localTimeOf(id, zone));
  const { bad, total, perSecond } = slo.indicator;
  return {
    id,
    bad,
    total,
    perSecond,
    by: slo.by,
    base: slo.baseWindow,
    share: countedShare(slo.only, slo.except, slo.slices?.length ?? slo.baseWindow),
    ...(slo.slices
      ? { slices: { length: slo.slices.length, maximum: Number((1 - slo.slices.objective).toPrecision(12)) } }
      : {}),
    ...(counts ? { timeCounts: counts } : {}),
  };
};
