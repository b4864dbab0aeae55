import type { Profile } from './profile.ts';
import { inTurn } from './profile.ts';

const job = 'priority-event-system';
const URGENT = ['UserPromptSubmit', 'Notification', 'Stop', 'SubagentStop'] as const;
const REGULAR = ['PreToolUse', 'PostToolUse', 'PreCompact', 'SessionStart', 'SessionEnd'] as const;

/** Above the thousand inserts a second below which an alert begins. */
const EVENTS_PER_SECOND = 1500;
const POSTS = 0.85;
const LARGEST_BATCH = 100;

const eventOf = (number: number) => ({
  source_app: `agent-${1 + (number % 12)}`,
  session_id: `session-${1 + (Math.floor(number / 50) % 200)}`,
  // One in four is urgent; the alert begins at one in two.
  hook_event_type: number % 4 === 0 ? inTurn(URGENT, number / 4) : inTurn(REGULAR, number),
  payload: { tool: 'Read', path: `src/module-${number % 500}.ts`, milliseconds: number % 90 },
});

/** Agents that report what they do, in batches: few large ones or many small ones. */
export const PRIORITY_EVENT_BUCKETS: Profile = {
  rate: 20,
  ports: { 'priority-event-system': 4000, 'client-metrics': 3100 },
  requests: (rate) => {
    const size = Math.min(LARGEST_BATCH, Math.max(1, Math.round(EVENTS_PER_SECOND / (rate * POSTS))));
    return [
      {
        name: 'report events',
        job,
        weight: 100 * POSTS,
        method: 'POST',
        path: '/api/events',
        body: (turn) => ({ events: Array.from({ length: size }, (_, index) => eventOf(turn * size + index)) }),
      },
      { name: 'urgent events', job, weight: 7, path: '/api/events?bucket=priority&limit=50' },
      { name: 'regular events', job, weight: 5, path: '/api/events?bucket=regular&limit=50' },
      { name: 'health', job, weight: 3, path: '/health' },
    ];
  },
};
