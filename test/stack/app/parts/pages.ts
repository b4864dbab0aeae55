import { z } from 'zod';
import type { Fault } from '../faults/fault.ts';
import { defineFault } from '../faults/fault.ts';
import type { Part } from '../part.ts';
import type { SocketClient } from './socket-client.ts';
import { openSocketClient } from './socket-client.ts';

/** An event as a page gets it. */
export interface PageEvent {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isUrgent: boolean;
  readonly bytes: number;
}

/** What a page says about itself. */
export interface Beacon {
  readonly clientId: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly memoryUsage: number;
  readonly eventCounts: { readonly priority: number; readonly regular: number; readonly displayed: number };
  /** Since the beacon before, but for `fps`. */
  readonly rendering: { readonly fps: number; readonly frames: number; readonly framesDropped: number };
  /** Seconds each. */
  readonly bucketSwitches: readonly number[];
}

export interface PagesOptions {
  readonly count: number;
  /** Of the Socket.IO server, without a path. */
  readonly socketUrl: string;
  /** Where beacons are posted. */
  readonly beaconUrl: string;
  /** Milliseconds between beacons, 1000 by default. */
  readonly every?: number;
  /** What a page makes of a message; undefined for one that holds no events. */
  readonly read: (event: string, ...data: readonly unknown[]) => readonly PageEvent[] | undefined;
  /** The events of a message are on the screen: `reply` says so to the server. */
  readonly onDisplayed?: (reply: SocketClient['emit'], ...data: readonly unknown[]) => void;
  readonly onTrouble?: (error: unknown) => void;
}

/** Browsers that show events. Connections, messages, buckets and beacons are real; memory and frames are played. */
export interface Pages extends Part {
  readonly connected: () => number;
}

const PRIORITY_KEPT = 200;
const REGULAR_KEPT = 100;
const DISPLAYED = 250;
const FRAMES_PER_SECOND = 60;
const MEBIBYTE = 1024 * 1024;
/** The heap of a page without events, and what an event takes on top of its own bytes: its elements on the screen. */
const EMPTY_PAGE = 14 * MEBIBYTE;
const ELEMENTS = 24 * 1024;
const SWITCH_EVERY = 1000;

interface Degradation {
  readonly memoryBytes?: number | undefined;
  readonly fps?: number | undefined;
  readonly dropped?: number | undefined;
  readonly switchMs?: number | undefined;
  readonly keeps?: number | undefined;
}
const ALL_BAD: Degradation = { memoryBytes: 60 * MEBIBYTE, fps: 35, dropped: 0.08, switchMs: 30, keeps: 400 };

/** Opens pages that connect, show what comes, and report about themselves. */
export const openPages = ({
  count,
  socketUrl,
  beaconUrl,
  every = 1000,
  read,
  onDisplayed,
  onTrouble,
}: PagesOptions): Pages => {
  let degraded: Degradation = {};

  const openPage = (number: number) => {
    const clientId = `browser-${number}`;
    const priority: PageEvent[] = [];
    const regular: PageEvent[] = [];
    let displayed: readonly PageEvent[] = [];
    let switches: number[] = [];
    let view = '';
    let reportedAt = performance.now();

    const show = (): void => {
      const most = degraded.keeps ?? DISPLAYED;
      const urgent = priority.slice(-most);
      // Urgent events stay on the screen; the others get what room is left.
      const room = Math.max(0, most - urgent.length);
      displayed = [...urgent, ...(room > 0 ? regular.slice(-room) : [])].sort((a, b) => b.at - a.at);
    };
    const keep = (bucket: PageEvent[], most: number): void => {
      const limit = degraded.keeps ?? most;
      if (bucket.length > limit) bucket.splice(0, bucket.length - limit);
    };
    const client = openSocketClient({
      url: socketUrl,
      reconnects: true,
      onEvent(event, ...data) {
        const events = read(event, ...data);
        if (!events) return;
        for (const each of events) (each.isUrgent ? priority : regular).push(each);
        keep(priority, PRIORITY_KEPT);
        keep(regular, REGULAR_KEPT);
        show();
        onDisplayed?.(client.emit, ...data);
      },
    });
    const switching = setInterval(() => {
      const started = performance.now();
      show();
      const rows = displayed.map(
        ({ id, at, isUrgent }) => `${new Date(at).toISOString()} ${isUrgent ? '!' : ' '} ${id}`,
      );
      view = rows.join('\n');
      switches.push((performance.now() - started + (degraded.switchMs ?? 0)) / 1000);
    }, SWITCH_EVERY);
    const beacon = (): Beacon => {
      const now = performance.now();
      const seconds = (now - reportedAt) / 1000;
      reportedAt = now;
      const held = [...priority, ...regular].reduce((sum, { bytes }) => sum + 2 * bytes + ELEMENTS, 0);
      // A little unrest, so that a line on a panel looks like one; no two pages are alike.
      const unrest = Math.sin(now / 7000 + number);
      const frames = Math.round(seconds * FRAMES_PER_SECOND);
      const droppedShare = degraded.dropped ?? 0.004 + 0.003 * unrest;
      const framesDropped = Math.min(frames, Math.round(frames * droppedShare));
      const fps = degraded.fps ?? Math.min(FRAMES_PER_SECOND, FRAMES_PER_SECOND * (1 - droppedShare) + 0.2 * unrest);
      const bucketSwitches = switches;
      switches = [];
      return {
        clientId,
        timestamp: Date.now(),
        memoryUsage: Math.round(degraded.memoryBytes ?? EMPTY_PAGE + held + view.length + (1 + unrest) * MEBIBYTE),
        eventCounts: { priority: priority.length, regular: regular.length, displayed: displayed.length },
        rendering: { fps, frames, framesDropped },
        bucketSwitches,
      };
    };
    const report = async (): Promise<void> => {
      try {
        const answer = await fetch(beaconUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(beacon()),
          signal: AbortSignal.timeout(every),
        });
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`a beacon was answered with ${answer.status}`);
      } catch (error) {
        onTrouble?.(error);
      }
    };
    const reporting = setInterval(() => void report(), every);
    // The first comes soon, so that nobody waits for data.
    const first = setTimeout(() => void report(), 500 + 50 * number);
    return {
      client,
      close() {
        clearInterval(switching);
        clearInterval(reporting);
        clearTimeout(first);
        client.close();
      },
    };
  };

  const pages = Array.from({ length: count }, (_, index) => openPage(index + 1));
  const optional = (number: z.ZodNumber, what: string) => number.optional().describe(`${what}; as usual when absent.`);
  const faults: readonly Fault[] = [
    defineFault({
      id: 'clients-degraded',
      sentence:
        'The browsers report what is given here (everything bad when nothing is): memory, frames and switch time are played, kept events are real.',
      isPlayed: true,
      parameters: {
        memoryBytes: optional(z.number().min(0), 'Heap of each page'),
        fps: optional(z.number().min(0).max(240), 'Frames a second'),
        dropped: optional(z.number().min(0).max(1), 'Share of frames dropped'),
        switchMs: optional(z.number().min(0).max(60_000), 'Milliseconds on top of each switch'),
        keeps: optional(z.number().int().min(0).max(10_000), 'Events that each bucket and the screen hold'),
      },
      start(given) {
        degraded = Object.values(given).every((value) => value === undefined) ? ALL_BAD : given;
        return () => void (degraded = {});
      },
    }),
  ];
  return {
    faults,
    connected: () => pages.filter(({ client }) => client.isConnected()).length,
    stop: () => pages.forEach((page) => page.close()),
  };
};
