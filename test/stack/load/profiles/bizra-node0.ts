import type { Profile } from './profile.ts';
import { capped, inTurn } from './profile.ts';

const job = 'bizra-node0';
const REGIONS = ['eu-west', 'us-east', 'ap-south'] as const;
const NODES = 60;

/** Dashboards and agents of three regions: most ask for what is cached, some report, a few pay. */
export const BIZRA_NODE0: Profile = {
  rate: 40,
  ports: { 'bizra-node0': 5100 },
  requests: (rate) => [
    { name: 'look at a node', job, weight: 50, path: (turn) => `/api/nodes/${1 + ((turn * 7) % NODES)}` },
    { name: 'nodes of a region', job, weight: 20, path: (turn) => `/api/regions/${inTurn(REGIONS, turn)}/nodes` },
    {
      name: 'report a reading',
      job,
      weight: capped(12, 100, rate),
      method: 'POST',
      path: (turn) => `/api/nodes/${1 + ((turn * 11) % NODES)}/readings`,
      body: (turn) => ({ load: (turn % 90) / 100 }),
    },
    {
      name: 'pay',
      job,
      weight: capped(6, 20, rate),
      method: 'POST',
      path: '/api/payments',
      body: (turn) => ({ amount: 5 + (turn % 200), currency: inTurn(['EUR', 'USD', 'INR'], turn) }),
    },
    { name: 'identify', job, weight: capped(6, 20, rate), path: (turn) => `/api/identities/${1 + (turn % 500)}` },
    { name: 'performance', job, weight: capped(2, 5, rate), path: '/health/performance?detailed=true' },
    { name: 'database metrics', job, weight: capped(1, 2, rate), path: '/metrics/database' },
    { name: 'cache metrics', job, weight: capped(1, 2, rate), path: '/metrics/cache' },
    { name: 'circuit metrics', job, weight: capped(1, 2, rate), path: '/metrics/circuit-breaker' },
  ],
};
