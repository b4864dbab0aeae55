import { z } from 'zod';
import { JobError } from '../../parts/queues.ts';

const Point = z.strictObject({ x: z.number().min(-1000).max(1000), y: z.number().min(-1000).max(1000) });

/** A network to optimize: sites to serve from a number of depots. */
export const Network = z.strictObject({
  sites: z.array(Point).min(2).max(60),
  depots: z.number().int().min(1).max(20),
});
export type Network = z.output<typeof Network>;

export interface Solution {
  /** The sum of the distances of all sites to their depots. */
  readonly cost: number;
  /** Numbers of the sites that are depots. */
  readonly depots: readonly number[];
  readonly rounds: number;
}

const MOST_ROUNDS = 50;

/**
 * Chooses which sites are depots so that the distances of all sites to their nearest depot add up to little: a k-median by
 * exchanges, as long as one makes it better.
 * @throws JobError `infeasible` when there are more depots than sites.
 */
export const solve = ({ sites, depots: wanted }: Network): Solution => {
  if (wanted > sites.length) throw new JobError('infeasible', `${wanted} depots for ${sites.length} sites`);
  const distance = sites.map((a) => sites.map((b) => Math.hypot(a.x - b.x, a.y - b.y)));
  const costOf = (depots: readonly number[]): number =>
    distance.reduce((sum, row) => sum + Math.min(...depots.map((depot) => row[depot] ?? Infinity)), 0);
  let depots = Array.from({ length: wanted }, (_, index) => Math.floor((index * sites.length) / wanted));
  let cost = costOf(depots);
  let rounds = 0;
  for (let isBetter = true; isBetter && rounds < MOST_ROUNDS; rounds += 1) {
    isBetter = false;
    for (let place = 0; place < wanted; place += 1)
      for (let site = 0; site < sites.length; site += 1) {
        if (depots.includes(site)) continue;
        const changed = depots.with(place, site);
        const changedCost = costOf(changed);
        if (changedCost >= cost) continue;
        [depots, cost, isBetter] = [changed, changedCost, true];
      }
  }
  return { cost, depots: depots.sort((a, b) => a - b), rounds };
};
