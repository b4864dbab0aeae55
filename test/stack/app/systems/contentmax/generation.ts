import type { Logger } from '../../logger.ts';
import type { Database } from '../../parts/database/database.ts';
import type { ErrorTracker } from '../../parts/error-tracker.ts';
import type { ExternalApi } from '../../parts/external-api.ts';
import { HttpError } from '../../parts/http.ts';
import { pause, stopwatch } from '../../time.ts';
import type { ContentType } from './metrics.ts';

export interface GenerationOptions {
  readonly api: ExternalApi;
  readonly database: Database;
  readonly tracker: ErrorTracker;
  readonly log: Logger;
  readonly onAttempt: (type: ContentType, seconds: number, hasFailed: boolean) => void;
  readonly onReady: (id: number) => void;
}

/** Pieces of content that are asked for and written in the background. */
export interface Generation {
  /** The id of the piece. Rejects with 503 when too many wait already. */
  readonly submit: (type: ContentType, topic: string, correlationId: string) => Promise<number>;
  /** Waits until nothing is written any more. */
  readonly drain: () => Promise<void>;
}

interface Order {
  readonly id: number;
  readonly type: ContentType;
  readonly topic: string;
  readonly correlationId: string;
}

const AT_ONCE = 100;
const MOST_WAITING = 500;

export const createGeneration = ({
  api,
  database,
  tracker,
  log,
  onAttempt,
  onReady,
}: GenerationOptions): Generation => {
  const waiting: Order[] = [];
  const running = new Set<Promise<void>>();
  let isDraining = false;

  const write = async ({ id, type, topic, correlationId }: Order): Promise<void> => {
    const seconds = stopwatch();
    try {
      const { text } = (await api.call({ type, topic })) as { text: string };
      await database.query('update', `UPDATE content SET status = 'ready', body = $2 WHERE id = $1`, [id, text]);
      onAttempt(type, seconds(), false);
      log.info({ correlationId, content: id, type, seconds: seconds() }, 'content generated');
      onReady(id);
    } catch (error) {
      onAttempt(type, seconds(), true);
      if (isDraining) return;
      tracker.capture(error, { correlationId, content: id, type });
      await database
        .query('update', `UPDATE content SET status = 'failed' WHERE id = $1`, [id])
        .catch((second: unknown) => tracker.capture(second, { correlationId, content: id }));
    }
  };
  const next = () => {
    while (running.size < AT_ONCE) {
      const order = waiting.shift();
      if (!order) return;
      const work = write(order).finally(() => {
        running.delete(work);
        next();
      });
      running.add(work);
    }
  };

  return {
    submit: async (type, topic, correlationId) => {
      if (waiting.length >= MOST_WAITING)
        throw new HttpError(503, 'too much content is being written; try again later');
      const [row] = await database.query(
        'insert',
        `INSERT INTO content (type, topic, status) VALUES ($1, $2, 'pending') RETURNING id`,
        [type, topic],
      );
      const id = Number(row?.['id']);
      waiting.push({ id, type, topic, correlationId });
      next();
      return id;
    },
    drain: async () => {
      isDraining = true;
      waiting.length = 0;
      await Promise.race([Promise.all(running), pause(500)]);
    },
  };
};
