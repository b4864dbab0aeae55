/** What goes to the browsers, and what of it is there for the sake of priority alone. */
import { z } from 'zod';
import { defineFault } from '../../faults/fault.ts';
import type { Part } from '../../part.ts';
import type { PageEvent } from '../../parts/pages.ts';
import type { StoredEvent } from './events.ts';

/** Events with one character each that says whether they are urgent. */
export interface EventsMessage {
  /** When the events came in, in milliseconds since 1970; one number for each. */
  readonly at: readonly number[];
  readonly urgent: string;
  readonly events: readonly {
    readonly id: string;
    readonly source: string;
    readonly session: string;
    readonly type: string;
    readonly payload: string;
    readonly priority?: unknown;
  }[];
}

/** What a browser says when it has drawn a message: when its events came in, and when they were on the screen. */
export const Displayed = z.strictObject({ at: z.array(z.number()).max(1000), displayedAt: z.number() });
export type Displayed = z.output<typeof Displayed>;

export interface Messages extends Part {
  /** The message, and the bytes of metadata in it. */
  readonly write: (events: readonly StoredEvent[]) => {
    readonly message: EventsMessage;
    readonly overheadBytes: number;
  };
}

/** `"urgent":"",` around the characters. */
const FRAME = 12;

/** Writes messages, wordy ones while the fault is on. */
export const createMessages = (): Messages => {
  let isWordy = false;
  const metadata = ({ bucket, type }: StoredEvent): unknown => ({
    level: bucket === 'priority' ? 1 : 0,
    bucket,
    rule: `hook_event_type is ${type}`,
    retention: bucket === 'priority' ? '24h' : '4h',
  });
  return {
    write(events) {
      const urgent = events.map(({ bucket }) => (bucket === 'priority' ? '1' : '0')).join('');
      let overheadBytes = urgent.length + FRAME;
      const message: EventsMessage = {
        at: events.map(({ at }) => at),
        urgent,
        events: events.map((event) => {
          const { id, source, session, type, payload } = event;
          if (!isWordy) return { id, source, session, type, payload };
          const priority = metadata(event);
          overheadBytes += JSON.stringify(priority).length + 12;
          return { id, source, session, type, payload, priority };
        }),
      };
      return { message, overheadBytes };
    },
    faults: [
      defineFault({
        id: 'websocket-overhead',
        sentence: 'Every event carries its priority spelt out, with rule and retention, on top of one character.',
        parameters: {},
        start() {
          isWordy = true;
          return () => void (isWordy = false);
        },
      }),
    ],
    stop: () => undefined,
  };
};

/** What a page makes of a message. */
export const readMessage = (event: string, message: unknown): readonly PageEvent[] | undefined => {
  if (event !== 'events') return undefined;
  const { at, urgent, events } = message as EventsMessage;
  return events.map(({ id, payload }, index) => ({
    id,
    at: at[index] ?? 0,
    isUrgent: urgent[index] === '1',
    bytes: payload.length,
  }));
};
