import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, GCProfiler, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Fault } from '../faults/fault.ts';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Part } from '../part.ts';

/** What a collection was, in the words of V8. */
export type CollectionKind = 'minor' | 'major' | 'incremental' | 'weakcb';

export interface RuntimeOptions {
  /** The most memory the process may take, in bytes. */
  readonly memoryLimitBytes: number;
  /** One collection ended. */
  readonly onCollection?: (collection: { kind: CollectionKind; seconds: number }) => void;
  /**
   * What collections did since the report before: the bytes in the spaces that they looked at (the young generation for a
   * scavenge, the whole heap otherwise) and those that they gave back. Every few seconds.
   */
  readonly onRecovery?: (report: { examinedBytes: number; recoveredBytes: number }) => void;
}

/** The process itself: its memory, its processor time, how late its event loop runs. */
export interface Runtime extends Part {
  readonly memory: () => {
    readonly residentBytes: number;
    readonly limitBytes: number;
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
  };
  /** Processor seconds of all threads since the process started. */
  readonly cpuSeconds: () => number;
  /** How late timers ran, 99 of 100 times at most, in seconds; since the call before, or the last 15 seconds if that was longer ago. */
  readonly eventLoopLag: () => number;
}

/** Milliseconds. The histogram counts the timer's own period too, so it is taken off. */
const RESOLUTION = 10;
const REPORT_EVERY = 5000;
const LAG_KEPT = 15_000;
const MEBIBYTE = 1024 * 1024;
/** How much is filled at once, and how often: a few milliseconds of the event loop. */
const SLICE = 16 * MEBIBYTE;
const SLICE_EVERY = 50;
/** An array of 24 small numbers with its header. */
const OBJECT_NUMBERS = 24;
const OBJECT_BYTES = 208;

interface CollectionEntry {
  readonly duration: number;
  readonly detail?: { readonly kind?: number };
}

const KINDS: Readonly<Record<number, CollectionKind>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** What gives memory back, in the words of the profiler. */
const COLLECTORS = new Set<string>(['Scavenge', 'MinorMarkCompact', 'MarkSweepCompact']);

/** A full collection, so that memory which was let go is gone at once. */
export const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc === 'function') (gc as () => void)();
};

/** Fills memory in slices until `wanted()` bytes are held. */
const fillMemory = (wanted: number, perSecond: number): (() => void) => {
  const held: Buffer[] = [];
  let bytes = 0;
  let due = 0;
  const filling = setInterval(() => {
    due = Math.min(due + (perSecond * SLICE_EVERY) / 1000, SLICE);
    const size = Math.floor(Math.min(due, wanted - bytes));
    if (size < 4096) return;
    // Filled, because pages that nobody wrote to are not resident.
    held.push(Buffer.allocUnsafeSlow(size).fill(1));
    bytes += size;
    due -= size;
  }, SLICE_EVERY);
  return () => {
    clearInterval(filling);
    held.length = 0;
    setImmediate(collectGarbage);
  };
};

/** Holds small objects on the heap: `bytesPerSecond` of them, each for `seconds`, at most `most` bytes at a time. */
const holdObjects = (bytesPerSecond: number, seconds: number, most: number): (() => void) => {
  const generations: { readonly until: number; readonly bytes: number; readonly objects: number[][] }[] = [];
  let bytes = 0;
  const making = setInterval(() => {
    const now = performance.now();
    while (generations[0] && generations[0].until <= now) bytes -= generations.shift()?.bytes ?? 0;
    const size = Math.min((bytesPerSecond * SLICE_EVERY) / 1000, most - bytes);
    if (size < OBJECT_BYTES) return;
    const objects = Array.from({ length: size / OBJECT_BYTES }, (_, index) =>
      // With fractions: the collector does not look into them, so that it is the heap that is full, not the processor.
      Array<number>(OBJECT_NUMBERS).fill(index + 0.5),
    );
    generations.push({ until: now + seconds * 1000, bytes: size, objects });
    bytes += size;
  }, SLICE_EVERY);
  return () => {
    clearInterval(making);
    generations.length = 0;
    setImmediate(collectGarbage);
  };
};

/** Between two freezes: so short that they are more than one in a hundred of the turns of the loop. */
const THAW = 300;

/** Blocks the event loop for some milliseconds again and again, asleep: nothing is burnt. */
const freezeEventLoop = (milliseconds: number): (() => void) => {
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  let next: NodeJS.Timeout;
  // One after the other: with an interval, a freeze longer than its period would never let anything else run.
  const freeze = (): void => {
    Atomics.wait(asleep, 0, 0, milliseconds);
    next = setTimeout(freeze, THAW);
  };
  next = setTimeout(freeze, 0);
  return () => clearTimeout(next);
};

const BURNER = `
  const { workerData: share } = require('node:worker_threads');
  const idle = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const until = performance.now() + 50 * share;
    while (performance.now() < until);
    if (share < 1) Atomics.wait(idle, 0, 0, 50 * (1 - share));
  }`;

/** Burns `processors` processors, each in a thread of its own. */
const burnProcessors = (processors: number): (() => Promise<void>) => {
  const whole = Math.floor(processors);
  const shares = [...Array<number>(whole).fill(1), ...(processors > whole ? [processors - whole] : [])];
  const threads = shares.map((share) => new Worker(BURNER, { eval: true, workerData: share }));
  return async () => void (await Promise.all(threads.map((thread) => thread.terminate())));
};

const bytes = (byDefault: number) =>
  z
    .number()
    .int()
    .positive()
    .max(8 * 1024 * MEBIBYTE)
    .default(byDefault)
    .describe('Bytes in all.');

/** Watches the process, and can put it under pressure. */
export const openRuntime = ({ memoryLimitBytes, onCollection, onRecovery }: RuntimeOptions): Runtime => {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  let countedSince = performance.now();
  const restart = (): void => {
    delay.reset();
    countedSince = performance.now();
  };
  // Nobody may ask for a long time; what was slow then is no news.
  const forget = setInterval(() => {
    if (performance.now() - countedSince > LAG_KEPT) restart();
  }, LAG_KEPT / 3);
  forget.unref();

  const collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as readonly CollectionEntry[]) {
      const kind = KINDS[entry.detail?.kind ?? 0];
      if (kind) onCollection?.({ kind, seconds: entry.duration / 1000 });
    }
  });
  if (onCollection) collections.observe({ entryTypes: ['gc'] });

  // The entries of the observer say nothing of bytes.
  let profiler: GCProfiler | undefined;
  const report = (): void => {
    const statistics = profiler?.stop()?.statistics ?? [];
    profiler = new GCProfiler();
    profiler.start();
    let [examinedBytes, recoveredBytes] = [0, 0];
    for (const { gcType, beforeGC, afterGC } of statistics) {
      // Steps of marking and callbacks give nothing back by themselves.
      if (!COLLECTORS.has(gcType)) continue;
      const young = gcType !== 'MarkSweepCompact';
      const examined = young
        ? beforeGC.heapSpaceStatistics
            .filter(({ spaceName }) => spaceName.startsWith('new_'))
            .reduce((sum, { spaceUsedSize }) => sum + spaceUsedSize, 0)
        : beforeGC.heapStatistics.usedHeapSize;
      // Of the whole heap, because what a scavenge promotes leaves the young generation without being recovered.
      const recovered = beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
      examinedBytes += examined;
      recoveredBytes += Math.min(examined, Math.max(0, recovered));
    }
    if (examinedBytes > 0) onRecovery?.({ examinedBytes, recoveredBytes });
  };
  const reporting = onRecovery ? setInterval(report, REPORT_EVERY) : undefined;
  reporting?.unref();
  if (onRecovery) report();

  const missing = (share: number): number => Math.max(0, share * memoryLimitBytes - process.memoryUsage.rss());
  const faults: readonly Fault[] = [
    defineFault({
      id: 'memory-growth',
      sentence: 'The process fills buffers at a rate, holds them, and lets them go at the end.',
      parameters: {
        bytes: bytes(256 * MEBIBYTE),
        perSecond: z
          .number()
          .positive()
          .max(1024 * MEBIBYTE)
          .default(8 * MEBIBYTE)
          .describe('Bytes a second.'),
      },
      start: ({ bytes, perSecond }) => fillMemory(bytes, perSecond),
    }),
    defineFault({
      id: 'memory-full',
      sentence: 'The process fills buffers until it takes a share of its limit, and lets them go at the end.',
      parameters: { share: parameter.share(0.95) },
      start: ({ share }) => fillMemory(missing(share), (SLICE * 1000) / SLICE_EVERY),
    }),
    defineFault({
      id: 'heap-full',
      sentence:
        'The process holds small objects until its heap is full to a share of its limit, and lets them go at the end.',
      parameters: { share: parameter.share(0.8) },
      start({ share }) {
        // What is there but dropped counts as used until somebody collects it.
        collectGarbage();
        const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
        return holdObjects(256 * MEBIBYTE, 3600, Math.max(0, share * limit - used));
      },
    }),
    defineFault({
      id: 'garbage-held',
      sentence:
        'Objects are made that live a while before they are dropped, so that collections recover little of what they look at.',
      parameters: {
        perSecond: z
          .number()
          .positive()
          .max(512 * MEBIBYTE)
          .default(64 * MEBIBYTE)
          .describe('Bytes a second.'),
        seconds: z.number().positive().max(60).default(4).describe('How long each lives.'),
      },
      start: ({ perSecond, seconds }) => holdObjects(perSecond, seconds, 1024 * MEBIBYTE),
    }),
    defineFault({
      id: 'event-loop-freeze',
      sentence: `The event loop stands still for some milliseconds, again and again, with ${THAW} ms in between.`,
      parameters: { ms: z.number().positive().max(10_000).default(500).describe('Milliseconds of each freeze.') },
      start: ({ ms }) => freezeEventLoop(ms),
    }),
    defineFault({
      id: 'cpu-burn',
      sentence: 'Threads of the process burn a number of processors.',
      parameters: { share: z.number().positive().max(8).default(0.9).describe('Processors; 0.5 is half of one.') },
      start: ({ share }) => burnProcessors(share),
    }),
  ];

  return {
    faults,
    memory() {
      const heap = getHeapStatistics();
      return {
        residentBytes: process.memoryUsage.rss(),
        limitBytes: memoryLimitBytes,
        heapUsedBytes: heap.used_heap_size,
        heapLimitBytes: heap.heap_size_limit,
      };
    },
    cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    eventLoopLag() {
      const late = delay.count === 0 ? 0 : delay.percentile(99) / 1e9 - RESOLUTION / 1000;
      restart();
      return Math.max(0, late);
    },
    stop() {
      clearInterval(forget);
      clearInterval(reporting);
      delay.disable();
      collections.disconnect();
      profiler?.stop();
    },
  };
};
