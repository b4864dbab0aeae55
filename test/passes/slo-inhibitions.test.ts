import { expect, it } from 'vitest';
import { compileSystems, fullSystem } from '../support/monitor.ts';

it('lets every tier keep the slower ones of the same SLO quiet', () => {
  const { model } = compileSystems([fullSystem({ thresholds: {}, components: {} })]);
  const tiers = model.routing.inhibitions.map(({ source, target }) =>
    [source, target].map((side) => side.find(({ name }) => name === 'burn_tier')),
  );
  expect(tiers.map(([source, target]) => [source?.value, target?.op, target?.value])).toEqual([
    ['page-fast', '=~', 'page-slow|ticket-fast|ticket-slow'],
    ['page-slow', '=~', 'ticket-fast|ticket-slow'],
    ['ticket-fast', '=', 'ticket-slow'],
  ]);
  expect(model.routing.inhibitions.map(({ equal }) => equal.includes('sloth_id'))).toEqual([true, true, true]);
});

it('has nothing to say without SLOs', () => {
  const { model } = compileSystems([fullSystem({ slos: {} })]);
  expect(model.routing.inhibitions.flatMap(({ source }) => source).some(({ name }) => name === 'burn_tier')).toBe(
    false,
  );
});
