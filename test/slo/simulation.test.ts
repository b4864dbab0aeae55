import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../support/tools.ts';
import type { Outcome } from './simulate.ts';
import { outcomeTable, simulate } from './simulate.ts';
import { SHAPES } from './shapes.ts';

/** Rounding of floating-point numbers. */
const NOISE = 1e-6;

/** What windows of a day and more may lose where two parts of them meet between two scrapes. */
const JOINTS = 0.001;
const JOINED = ['1d', '3d'];

/** A rule is looked at once a minute, and a tier fires when it is beyond its threshold, not when it reaches it. */
const LATE = 2;

const paged = ({ firing }: Outcome): boolean =>
  firing.some(({ tier, ours }) => tier.startsWith('page') && ours !== undefined);

const expectAsNearAsSloth = ({ deviations }: Outcome, joints: number): void => {
  for (const { window, ours, sloth } of deviations) {
    // NaN is as far from the truth as can be.
    const sloths = Number.isNaN(sloth) ? Infinity : sloth;
    expect(ours, window).toBeLessThanOrEqual(sloths + NOISE + (JOINED.includes(window) ? joints : 0));
  }
};

const expectTimely = ({ firing, others }: Outcome): void => {
  for (const { tier, expected, ours } of firing) {
    expect(ours === undefined, `${tier} fires`).toBe(expected === undefined);
    if (ours === undefined || expected === undefined) continue;
    expect(ours, tier).toBeGreaterThanOrEqual(expected);
    expect(ours, tier).toBeLessThanOrEqual(expected + LATE);
  }
  expect(others).toEqual([]);
};

/** The numbers of a shape in a Markdown table; the tiers that fired are told in words. */
const numbersOf = (table: string, shape: string): readonly string[] => {
  const row = table.split('\n').find((line) => line.startsWith(`| ${shape} `)) ?? '';
  const cells = row.split('|').map((cell) => cell.trim());
  return [...cells.slice(1, 6), cells[7] ?? ''];
};

const DOCS = readFileSync(new URL('../../docs/slo-mathematics.md', import.meta.url), 'utf8');

/** Where the numbers change fast. */
const EVENTFUL = ['peak-hour incident', 'night incident', 'two clusters', 'total outage'];

describe('the rules of an SLO against the stream of events', () => {
  it('have at least ten shapes of traffic to prove themselves on', () => {
    expect(new Set(SHAPES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(11);
  });

  it.concurrent.each(SHAPES.map((shape) => [shape.name, shape] as const))(
    '%s',
    async (name, shape) => {
      const outcome = await simulate(requireTool('promtool'), shape);
      for (const { window, ours } of outcome.deviations) expect(ours, window).toBeLessThanOrEqual(0.01);
      expectAsNearAsSloth(outcome, 0);
      expectTimely(outcome);
      expect(numbersOf(DOCS, name), 'the table of the docs').toEqual(numbersOf(outcomeTable([outcome]), name));
      if (name === 'low volume') expect([outcome.slothPaged, paged(outcome)]).toEqual([true, false]);
    },
    300_000,
  );

  it.concurrent.each(SHAPES.filter(({ name }) => EVENTFUL.includes(name)).map((shape) => [shape.name, shape] as const))(
    '%s, scraped between the evaluations',
    async (_, shape) => {
      const outcome = await simulate(requireTool('promtool'), shape, 'between the rules');
      expectAsNearAsSloth(outcome, JOINTS);
      expectTimely(outcome);
    },
    300_000,
  );
});
