import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Fault } from '../../faults/fault.ts';
import { defineFault, parameter } from '../../faults/fault.ts';
import type { Part } from '../../part.ts';
import type { Connection } from '../../parts/database/database.ts';
import { pause } from '../../time.ts';
import type { Bucket, Classifier } from './classify.ts';
import { URGENT_TYPES } from './classify.ts';

/** An event as it is sent in. */
export const EventInput = z.strictObject({
  source_app: z.string().min(1).max(64),
  session_id: z.string().min(1).max(64),
  hook_event_type: z.string().min(1).max(64),
  payload: z.record(z.string(), z.unknown()),
});
export type EventInput = z.output<typeof EventInput>;
export const EventBatch = z.strictObject({ events: z.array(EventInput).min(1).max(1000) });

/** An event on its way. */
export interface StoredEvent {
  readonly id: string;
  /** When it came in, in milliseconds since 1970. */
  readonly at: number;
  readonly source: string;
  readonly session: string;
  readonly type: string;
  readonly payload: string;
  readonly bucket: Bucket;
}

export interface EventsOptions {
  readonly database: Connection;
  readonly classifier: Classifier;
  /** Hands stored events on; resolves once every client has them. */
  readonly deliver: (events: readonly StoredEvent[]) => Promise<void>;
  readonly onReceived?: (event: { source: string }) => void;
  readonly onClassified?: (event: { bucket: Bucket; type: string }) => void;
  readonly onDropped?: (drop: { bucket: Bucket; events: number }) => void;
  readonly onStored?: (events: number) => void;
  readonly onProcessed?: (event: { bucket: Bucket; events: number }) => void;
  readonly onTrouble?: (error: unknown, what: string) => void;
}

/** Takes events in, keeps them in two buckets, stores them and hands them on. */
export interface Events extends Part {
  /** How many of them found room. */
  readonly take: (inputs: readonly EventInput[]) => number;
  readonly recent: (bucket: Bucket, limit: number) => Promise<readonly unknown[]>;
  /** When the oldest stored event of a bucket came in, in seconds since 1970; 0 while there is none. */
  readonly oldest: (bucket: Bucket) => number;
  /** Looks up the oldest events and removes those that are kept no longer. */
  readonly keepHouse: () => Promise<void>;
  /** Events that wait to be stored. */
  readonly waiting: () => number;
}

export const TABLES = `
  CREATE TABLE IF NOT EXISTS events (
    id bigserial PRIMARY KEY,
    event_id text NOT NULL,
    bucket text NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    session text NOT NULL,
    payload text NOT NULL,
    received_at timestamptz NOT NULL
  );
  CREATE INDEX IF NOT EXISTS events_by_bucket ON events (bucket, id);`;

/** What may wait at once, of both buckets together; when it is full, regular events make room for urgent ones. */
const ROOM = 5000;
/** What is stored and handed on at once. */
const BATCH = 500;
const KEPT_FOR = { priority: '24 hours', regular: '4 hours' } as const;
/** The rows a bucket may have besides: a test machine cannot keep 24 hours of a thousand events a second. */
const KEPT_ROWS = 20_000;
const RETRY_AFTER = 250;

const INSERT = `
  INSERT INTO events (event_id, bucket, type, source, session, payload, received_at)
  SELECT *, to_timestamp($7::double precision / 1000)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])`;

/** Opens the pipeline; the tables are there already. */
export const openEvents = (options: EventsOptions): Events => {
  const { database, classifier, deliver, onTrouble } = options;
  const knobs = { isStalled: false, deliveryDelay: 0, urgentRatio: 0, keepsHouse: true };
  const buckets: Record<Bucket, StoredEvent[]> = { priority: [], regular: [] };
  const oldest: Record<Bucket, number> = { priority: 0, regular: 0 };
  const deliveries = new Set<Promise<void>>();
  let isOver = false;
  let urgentDue = 0;
  const waiting = (): number => buckets.priority.length + buckets.regular.length;

  const store = async (events: readonly StoredEvent[]): Promise<void> => {
    const column = (read: (event: StoredEvent) => string): string[] => events.map(read);
    await database.query('insert-events', INSERT, [
      column(({ id }) => id),
      column(({ bucket }) => bucket),
      column(({ type }) => type),
      column(({ source }) => source),
      column(({ session }) => session),
      column(({ payload }) => payload),
      Date.now(),
    ]);
    options.onStored?.(events.length);
  };
  const handOn = async (events: readonly StoredEvent[]): Promise<void> => {
    await pause(knobs.deliveryDelay);
    await deliver(events);
  };
  const process = async (): Promise<void> => {
    // Urgent events first.
    const events = buckets.priority.splice(0, BATCH);
    events.push(...buckets.regular.splice(0, BATCH - events.length));
    try {
      await store(events);
    } catch (error) {
      onTrouble?.(error, 'events could not be stored');
      for (const event of events.reverse()) buckets[event.bucket].unshift(event);
      await pause(RETRY_AFTER);
      return;
    }
    for (const bucket of ['priority', 'regular'] as const) {
      const count = events.filter((event) => event.bucket === bucket).length;
      if (count > 0) options.onProcessed?.({ bucket, events: count });
    }
    // The next batch does not wait for slow clients.
    const delivery = handOn(events)
      .catch((error: unknown) => onTrouble?.(error, 'events could not be handed on'))
      .finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
  };

  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!isOver && !knobs.isStalled && waiting() > 0) await process();
    running = undefined;
  };
  const wake = (): void => {
    if (!knobs.isStalled && !isOver) running ??= run();
  };

  const makeRoom = (bucket: Bucket): boolean => {
    if (waiting() < ROOM) return true;
    const loser: Bucket = bucket === 'priority' && buckets.regular.length > 0 ? 'regular' : bucket;
    options.onDropped?.({ bucket: loser, events: 1 });
    if (loser === bucket) return false;
    buckets[loser].shift();
    return true;
  };

  const faults: readonly Fault[] = [
    defineFault({
      id: 'event-stall',
      sentence: 'Nothing is taken out of the buckets: events wait, and are dropped once the buckets are full.',
      parameters: {},
      start() {
        knobs.isStalled = true;
        return () => {
          knobs.isStalled = false;
          wake();
        };
      },
    }),
    defineFault({
      id: 'delivery-slow',
      sentence: 'Stored events are held back before they go to the clients.',
      parameters: { ms: parameter.ms(300) },
      start({ ms }) {
        knobs.deliveryDelay = ms;
        return () => void (knobs.deliveryDelay = 0);
      },
    }),
    defineFault({
      id: 'priority-flood',
      sentence: 'A share of the events that come in turns into urgent ones, as when a source goes wild.',
      parameters: { ratio: parameter.ratio(0.8) },
      start({ ratio }) {
        knobs.urgentRatio = ratio;
        return () => void ([knobs.urgentRatio, urgentDue] = [0, 0]);
      },
    }),
    defineFault({
      id: 'retention-stopped',
      sentence: 'Old events are not removed any more, and one that is too old lies in each bucket until the end.',
      parameters: {
        hours: z.number().positive().max(1000).default(30).describe('How old these events are.'),
      },
      async start({ hours }) {
        knobs.keepsHouse = false;
        const session = `old-${randomUUID()}`;
        for (const bucket of ['priority', 'regular'])
          await database.query(
            'insert-events',
            `INSERT INTO events (event_id, bucket, type, source, session, payload, received_at)
             VALUES ($1, $2, 'Old', 'retention-stopped', $3, '{}', now() - make_interval(secs => $4::double precision))`,
            [randomUUID(), bucket, session, hours * 3600],
          );
        await lookUpOldest();
        return async () => {
          knobs.keepsHouse = true;
          await database.query('retention', 'DELETE FROM events WHERE session = $1', [session]);
          await lookUpOldest();
        };
      },
    }),
  ];

  const lookUpOldest = async (): Promise<void> => {
    const rows = await database.query(
      'oldest-events',
      `SELECT bucket, extract(epoch FROM min(received_at))::double precision AS at FROM events GROUP BY bucket`,
    );
    for (const bucket of ['priority', 'regular'] as const) {
      const row = rows.find((each) => each['bucket'] === bucket);
      oldest[bucket] = row ? Number(row['at']) : 0;
    }
  };

  return {
    faults,
    waiting,
    take(inputs) {
      const at = Date.now();
      let taken = 0;
      for (const input of inputs) {
        options.onReceived?.({ source: input.source_app });
        urgentDue += knobs.urgentRatio;
        const turns = urgentDue >= 1;
        if (turns) urgentDue -= 1;
        const type = turns ? URGENT_TYPES[0] : input.hook_event_type;
        const bucket = classifier.classify(type);
        options.onClassified?.({ bucket, type });
        if (!makeRoom(bucket)) continue;
        buckets[bucket].push({
          id: randomUUID(),
          at,
          source: input.source_app,
          session: input.session_id,
          type,
          payload: JSON.stringify(input.payload),
          bucket,
        });
        taken += 1;
      }
      wake();
      return taken;
    },
    recent: (bucket, limit) =>
      database.query(
        'recent-events',
        `SELECT event_id AS id, type, source, session, payload, received_at FROM events
         WHERE bucket = $1 ORDER BY events.id DESC LIMIT $2`,
        [bucket, limit],
      ),
    oldest: (bucket) => oldest[bucket],
    async keepHouse() {
      if (knobs.keepsHouse) {
        for (const bucket of ['priority', 'regular'] as const)
          await database.query(
            'retention',
            `DELETE FROM events WHERE bucket = $1 AND (received_at < now() - $2::interval OR id <=
               (SELECT id FROM events WHERE bucket = $1 ORDER BY id DESC OFFSET $3 LIMIT 1))`,
            [bucket, KEPT_FOR[bucket], KEPT_ROWS],
          );
      }
      await lookUpOldest();
    },
    async stop() {
      isOver = true;
      await running;
      await Promise.all(deliveries);
    },
  };
};
