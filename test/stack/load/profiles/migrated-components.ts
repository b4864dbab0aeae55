import type { Profile } from './profile.ts';
import { capped, inTurn, pick } from './profile.ts';

const job = 'migrated-api';
const WORDS = [
  'lamp',
  'oak table',
  'kettle',
  'garden chair',
  'steel',
  'mirror',
  'lamb',
  'wool blanket',
  'clok',
] as const;
const NAMES = ['Ada', 'Grace', 'Alan', 'Barbara', 'Edsger'] as const;
const USERS = 1000;
const ITEMS = 300;

const personOf = (turn: number) => ({
  name: inTurn(NAMES, turn),
  email: `${inTurn(NAMES, turn).toLowerCase()}${turn}@example.com`,
});

/** People who browse, search and now and then change something; some of what they send is not valid. */
export const MIGRATED_COMPONENTS: Profile = {
  rate: 40,
  ports: { 'migrated-api': 3000, 'migrated-websocket': 3001 },
  requests: (rate) => [
    { name: 'look at an item', job, weight: 40, path: (turn) => `/api/items/${1 + pick(turn, ITEMS, 6)}` },
    { name: 'look at a user', job, weight: 20, path: (turn) => `/api/users/${1 + pick(turn, USERS, 4)}` },
    { name: 'list users', job, weight: 10, path: (turn) => `/api/users?page=${1 + pick(turn, 50, 2)}` },
    {
      name: 'search',
      job,
      // Each takes the processor for two milliseconds.
      weight: capped(15, 100, rate),
      path: (turn) => `/api/search?q=${encodeURIComponent(inTurn(WORDS, turn))}`,
    },
    {
      name: 'sign in',
      job,
      weight: capped(4, 100, rate),
      method: 'POST',
      path: '/api/sessions',
      body: (turn) => ({ email: `user${turn % 997}@example.com`, password: 'correct horse' }),
    },
    {
      name: 'change an item',
      job,
      weight: capped(3, 40, rate),
      method: 'PUT',
      path: (turn) => `/api/items/${200 + (turn % 100)}`,
      body: (turn) => ({ title: 'oak table for the kitchen', body: 'A table made of oak.', price: 100 + (turn % 50) }),
    },
    {
      name: 'change a user',
      job,
      weight: capped(3, 40, rate),
      method: 'PATCH',
      path: (turn) => `/api/users/${500 + (turn % 500)}`,
      body: personOf,
    },
    { name: 'add a user', job, weight: capped(2, 20, rate), method: 'POST', path: '/api/users', body: personOf },
    { name: 'delete a user', job, weight: 1, method: 'DELETE', path: (turn) => `/api/users/${900_000 + turn}` },
    {
      name: 'send nonsense',
      job,
      weight: 1,
      method: 'POST',
      path: '/api/users',
      body: () => ({ name: '', email: 'nobody' }),
      statuses: [400, 422],
    },
    { name: 'health', job, weight: 1, path: '/health' },
  ],
};
