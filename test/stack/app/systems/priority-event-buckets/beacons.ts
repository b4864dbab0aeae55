import { z } from 'zod';
import type { ClientMetrics } from './metrics.ts';

/** What a browser posts about itself. */
export const BeaconInput = z.strictObject({
  clientId: z.string().regex(/^[\w-]{1,64}$/),
  timestamp: z.number(),
  memoryUsage: z.number().min(0),
  eventCounts: z.strictObject({
    priority: z.number().int().min(0),
    regular: z.number().int().min(0),
    displayed: z.number().int().min(0),
  }),
  rendering: z.strictObject({
    fps: z.number().min(0),
    frames: z.number().int().min(0),
    framesDropped: z.number().int().min(0),
  }),
  bucketSwitches: z.array(z.number().min(0)).max(1000),
});
export type BeaconInput = z.output<typeof BeaconInput>;

/** Milliseconds after which a page that says nothing counts as closed. */
const SILENT_FOR = 30_000;
/** More pages than this are not told apart: every one costs seven series. */
const MOST = 500;

/** Puts what pages say into the metrics, and forgets those that say nothing any more. */
export const createBeacons = (metrics: ClientMetrics) => {
  const heard = new Map<string, number>();
  return {
    /** False when there are too many pages already. */
    take(beacon: BeaconInput): boolean {
      const { clientId, eventCounts, rendering } = beacon;
      if (!heard.has(clientId) && heard.size >= MOST) return false;
      heard.set(clientId, Date.now());
      const labels = { client_id: clientId };
      metrics.memory.set(labels, beacon.memoryUsage);
      metrics.priority.set(labels, eventCounts.priority);
      metrics.regular.set(labels, eventCounts.regular);
      metrics.displayed.set(labels, eventCounts.displayed);
      metrics.framesPerSecond.set(labels, rendering.fps);
      metrics.frames.inc(labels, rendering.frames);
      metrics.framesDropped.inc(labels, rendering.framesDropped);
      beacon.bucketSwitches.forEach((seconds) => metrics.bucketSwitch.observe(seconds));
      return true;
    },
    sweep(now = Date.now()): void {
      for (const [clientId, at] of heard) {
        if (now - at < SILENT_FOR) continue;
        heard.delete(clientId);
        metrics.forget(clientId);
      }
    },
  };
};
