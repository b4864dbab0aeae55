import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BURN_TIERS } from '../../generators/conventions.ts';
import {
  budgetEvents,
  budgetLeft,
  budgetTime,
  burnFactor,
  detectionTime,
  errorBudget,
  errorRatioThreshold,
  failuresToFire,
  resetTime,
  timeToExhaustion,
  toBurnTier,
  unreachableUpTo,
} from '../../generators/slo/budget.ts';
import { countedShare } from '../../generators/slo/counted-time.ts';
import { baseWindow, catalogueFor, shortestWindow } from '../../generators/slo/windows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('burn factors', () => {
  it.each([
    [7, [13.44, 3.5, 1.4, 0.98]],
    [28, [13.44, 5.6, 2.8, 0.933333333333]],
    [30, [14.4, 6, 3, 1]],
    [90, [21.6, 9, 4.5, 1.5]],
  ])('of %i days are %j', (days, factors) => {
    const catalogue = catalogueFor(days * DAY);
    expect(BURN_TIERS.map((id) => burnFactor(catalogue[id], days * DAY))).toEqual(factors);
  });

  it('spend the same share of the budget whatever the period', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 366 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (days, budget) => {
        const window = { budget, short: 5 * MINUTE, long: HOUR };
        const spent = (burnFactor(window, days * DAY) * window.long) / (days * DAY);
        expect(spent).toBeCloseTo(budget, 9);
      }),
    );
  });
});

describe('an error budget', () => {
  it.each([
    [0.999, 0.001],
    [0.95, 0.05],
    [0.993, 0.007],
    [0.9999, 0.0001],
  ])('of %f is %f, without what binary fractions add', (objective, budget) => {
    expect(errorBudget(objective)).toBe(budget);
  });

  it('is time and events', () => {
    expect(budgetTime(0.999, 30 * DAY)).toBe(43.2 * MINUTE);
    expect(budgetEvents(0.999, 10, 30 * DAY)).toBe(25_920);
    expect(timeToExhaustion(14.4, 30 * DAY)).toBe(50 * HOUR);
  });

  it.each([
    [1, 1],
    [0.9995, 0.5],
    [0.999, 0],
    [0.998, -1],
  ])('at an attainment of %f has %f left', (attainment, left) => {
    expect(budgetLeft(attainment, 0.999)).toBeCloseTo(left, 9);
  });
});

describe('a tier', () => {
  const tier = toBurnTier('page-fast', catalogueFor(30 * DAY)['page-fast'], 30 * DAY);

  it('notices a total outage in less than a minute, and forgets it in five', () => {
    expect(detectionTime(tier, 0.999, 1)).toBeCloseTo(51_840, 6);
    expect(resetTime(tier, 0.999, 1)).toBeCloseTo(295_680, 6);
  });

  it('says nothing to what is below its threshold', () => {
    expect(errorRatioThreshold(tier.factor, 0.999)).toBe(0.0144);
    expect(detectionTime(tier, 0.999, 0.0144)).toBeUndefined();
    expect(resetTime(tier, 0.999, 0.0144)).toBeUndefined();
  });

  it('has an objective up to which nothing can reach it', () => {
    const highest = unreachableUpTo(tier.factor);
    expect(highest).toBeCloseTo(0.930555, 5);
    expect(errorRatioThreshold(tier.factor, highest - 1e-6)).toBeGreaterThan(1);
    expect(errorRatioThreshold(tier.factor, highest + 1e-6)).toBeLessThan(1);
  });

  it('needs more failures the more traffic there is, and never fewer than the guard', () => {
    expect(failuresToFire(tier, 0.999, 10, 5)).toBe(519);
    expect(failuresToFire(tier, 0.999, 10 / 3600, 5)).toBe(5);
  });

  it('notices sooner what is worse', () => {
    const ratio = fc.double({ min: 0.0145, max: 1, noNaN: true });
    fc.assert(
      fc.property(ratio, ratio, (a, b) => {
        const [worse, milder] = [Math.max(a, b), Math.min(a, b)];
        expect(detectionTime(tier, 0.999, worse)).toBeLessThanOrEqual(detectionTime(tier, 0.999, milder) ?? 0);
        expect(detectionTime(tier, 0.999, milder)).toBeLessThan(tier.long);
      }),
    );
  });
});

describe('windows follow the scrapes', () => {
  it.each([
    [15_000, 5 * MINUTE, 2 * MINUTE],
    [60_000, 5 * MINUTE, 4 * MINUTE],
    [2 * MINUTE, 8 * MINUTE, 8 * MINUTE],
  ])('of %i ms: base %i, shortest %i', (scrape, base, shortest) => {
    expect(baseWindow(scrape)).toBe(base);
    expect(shortestWindow(scrape)).toBe(shortest);
  });
});

describe('the share of a week that counts', () => {
  const office = {
    kind: 'weekly',
    days: [1, 2, 3, 4, 5],
    from: 9 * 60,
    to: 17 * 60,
    zone: { name: 'UTC', offset: HOUR },
  } as const;
  it.each([
    ['always', [], [], 1],
    ['office hours', [office], [], 40 / 168],
    ['all but office hours', [], [office], 128 / 168],
    ['office hours without themselves', [office], [office], 0],
    ['all but a day of maintenance that comes once', [], [{ kind: 'once', from: 0, to: 86_400 }], 1],
  ] as const)('%s', (_, only, except, share) => {
    expect(countedShare(only, except)).toBeCloseTo(share, 12);
  });
});
