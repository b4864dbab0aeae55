import type { Profile } from './profile.ts';
import { capped, inTurn } from './profile.ts';

const job = 'networx';
const SCENARIOS = ['transport', 'warehouse', 'inventory'] as const;

const modelOf = (turn: number) => ({
  sites: Array.from({ length: 24 }, (_, index) => ({ x: (index * 37 + turn) % 101, y: (index * 53 + 3 * turn) % 97 })),
  depots: 2 + (turn % 3),
});

const fileOf = (turn: number) => ({
  name: `demand-${turn % 50}.csv`,
  content: Array.from({ length: 50 }, (_, index) => `site-${index},${(index * 3 + turn) % 200}`).join('\n'),
});

/** Planners who watch their runs, and start a few; the workers keep up with these, whatever the rate of the others. */
export const NETWORX: Profile = {
  rate: 25,
  ports: { networx: 5300 },
  requests: (rate) => [
    { name: 'look at a run', job, weight: 55, path: '/api/optimize/runs/1' },
    { name: 'list runs', job, weight: 20, path: '/api/optimize/runs' },
    {
      name: 'start a run',
      job,
      weight: capped(15, 4, rate),
      method: 'POST',
      path: '/api/optimize/run-batch',
      body: (turn) => ({ scenario: inTurn(SCENARIOS, turn), model: modelOf(turn) }),
    },
    { name: 'upload a file', job, weight: capped(8, 2, rate), method: 'POST', path: '/api/files', body: fileOf },
    { name: 'health', job, weight: capped(2, 2, rate), path: '/api/health' },
  ],
};
