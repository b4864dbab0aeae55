import { describe, expect, it } from 'vitest';
import { requireTool } from '../support/tools.ts';
import type { Outcome } from './simulate.ts';
import { simulate } from './simulate.ts';
import { SHAPES } from './shapes.ts';

/** Rounding of extrapolated counters, a hundredth of what is allowed. */
const NOISE = 0.0001;

/** Minutes: the base series lag behind by half their length at the most, and a rule is looked at once a minute. */
const LATE = 3;

/** What has no data for a while is noticed when it has data again. */
const LOST = 12;

const paged = ({ firing }: Outcome): boolean =>
  firing.some(({ tier, ours }) => tier.startsWith('page') && ours !== undefined);

describe('the rules of an SLO against the stream of events', () => {
  it('have at least ten shapes of traffic to prove themselves on', () => {
    expect(new Set(SHAPES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(11);
  });

  it.concurrent.each(SHAPES.map((shape) => [shape.name, shape] as const))(
    '%s',
    async (name, shape) => {
      const outcome = await simulate(requireTool('promtool'), shape);
      expect(outcome.period.ours).toBeLessThanOrEqual(0.01);
      expect(outcome.windows.ours).toBeLessThanOrEqual(0.01);
      // NaN is as far from the truth as can be.
      const sloths = Number.isNaN(outcome.period.sloth) ? Infinity : outcome.period.sloth;
      expect(outcome.period.ours).toBeLessThanOrEqual(sloths + NOISE);
      for (const { tier, expected, ours } of outcome.firing) {
        expect(ours === undefined, `${tier} fires`).toBe(expected === undefined);
        if (ours === undefined || expected === undefined) continue;
        expect(ours, tier).toBeGreaterThanOrEqual(expected - 1);
        expect(ours, tier).toBeLessThanOrEqual(expected + LATE + (name === 'lost scrapes' ? LOST : 0));
      }
      expect(outcome.others).toEqual([]);
      if (name === 'low volume') expect([outcome.slothPaged, paged(outcome)]).toEqual([true, false]);
    },
    300_000,
  );
});
