import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Network, solve } from '../stack/app/systems/networx/solve.ts';

const line = [0, 1, 2, 10, 11, 12].map((x) => ({ x, y: 0 }));

describe('the optimizer', () => {
  it('puts a depot into the middle of each cluster', () => {
    expect(solve({ sites: line, depots: 2 })).toMatchObject({ cost: 4, depots: [1, 4] });
  });

  it('says that there cannot be more depots than sites', () => {
    expect(() => solve({ sites: line, depots: 7 })).toThrow(expect.objectContaining({ code: 'infeasible' }) as Error);
  });

  it('never gets worse with a depot more, and chooses as many as it was told', () => {
    const coordinate = fc.integer({ min: -50, max: 50 });
    const sites = fc.array(fc.record({ x: coordinate, y: coordinate }), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(sites, fc.integer({ min: 1, max: 4 }), (network, depots) => {
        const solution = solve({ sites: network, depots });
        expect(new Set(solution.depots).size).toBe(depots);
        expect(solution.cost).toBeGreaterThanOrEqual(0);
        // No exchange of one depot for one other site is better.
        const costOf = (chosen: readonly number[]) =>
          network.reduce(
            (sum, a) =>
              sum +
              Math.min(
                ...chosen.map((site) => Math.hypot(a.x - (network[site]?.x ?? 0), a.y - (network[site]?.y ?? 0))),
              ),
            0,
          );
        for (let place = 0; place < depots; place += 1)
          for (let site = 0; site < network.length; site += 1)
            if (!solution.depots.includes(site))
              expect(costOf(solution.depots.with(place, site))).toBeGreaterThanOrEqual(solution.cost - 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    { sites: [{ x: 0, y: 0 }], depots: 1 },
    { sites: line, depots: 0 },
    { sites: line, depots: 1.5 },
    { sites: line.map(({ x }) => ({ x })), depots: 1 },
  ])('takes only networks: not %j', (network) => expect(Network.safeParse(network).success).toBe(false));
});
