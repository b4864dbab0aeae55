import type { Profile } from './profile.ts';
import { capped, inTurn, pick } from './profile.ts';

const job = 'contentmax';
const TYPES = ['article', 'description', 'summary'] as const;
const TOPICS = ['bells', 'harbours', 'sourdough', 'night trains', 'tea'] as const;
const PIECES = 200;
const USERS = 120;

const headers = (turn: number) => ({ 'x-user-id': `user-${pick(turn, USERS, 40)}` });

/** Readers and writers; what is written comes from an API with a quota, so there is never much of it. */
export const CONTENTMAX: Profile = {
  rate: 30,
  ports: { contentmax: 5200 },
  requests: (rate) => [
    { name: 'read', job, weight: 50, headers, path: (turn) => `/api/content/${1 + pick(turn, PIECES, 25)}` },
    {
      name: 'list',
      job,
      weight: 30,
      headers,
      path: (turn) => `/api/content?type=${inTurn(TYPES, turn)}&page=${1 + pick(turn, 5, 2)}`,
    },
    {
      name: 'order content',
      job,
      weight: capped(5, 2, rate),
      headers,
      method: 'POST',
      path: '/api/content',
      body: (turn) => ({ type: inTurn(TYPES, turn), topic: inTurn(TOPICS, turn) }),
    },
    {
      name: 'change',
      job,
      weight: capped(5, 20, rate),
      headers,
      method: 'PUT',
      path: (turn) => `/api/content/${1 + (turn % PIECES)}`,
      body: (turn) => ({
        topic: inTurn(TOPICS, turn),
        body: `Version ${turn} of a text about ${inTurn(TOPICS, turn)}.`,
      }),
    },
    { name: 'delete', job, weight: 1, headers, method: 'DELETE', path: (turn) => `/api/content/${900_000 + turn}` },
    { name: 'monitoring summary', job, weight: capped(4, 5, rate), path: '/api/monitoring/summary' },
    { name: 'monitoring errors', job, weight: capped(3, 5, rate), path: '/api/monitoring/errors' },
    { name: 'health', job, weight: capped(2, 5, rate), path: '/api/monitoring/health' },
  ],
};
