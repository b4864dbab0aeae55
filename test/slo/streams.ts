/** Streams of events, minute by minute, and what is true of them: the ground that rules are compared with. */

/** Events of one minute. */
export interface Minute {
  readonly total: number;
  readonly bad: number;
}

/** One process that counts events: from `start` on its counters go up, at a restart they begin anew. */
export interface Stream {
  readonly labels: Readonly<Record<string, string>>;
  readonly minutes: readonly Minute[];
  /** Minutes at which the process starts anew. */
  readonly restarts?: readonly number[];
  /** The series exist from this minute until that one. */
  readonly from?: number;
  readonly until?: number;
  /** Whether a kind of event that has not happened yet has a series already, at 0. */
  readonly initialised: boolean;
  /** Minutes whose scrape is lost. */
  readonly lost?: (minute: number) => boolean;
}

/** A series as promtool reads it. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

const name = (labels: Readonly<Record<string, string>>): string =>
  `requests_total{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;

/** The counters of a stream, one sample a minute: those of good and of bad events. */
export const toSeries = (stream: Stream): readonly Series[] =>
  (['200', '500'] as const).flatMap((code): Series[] => {
    let count = 0;
    let exists = stream.initialised;
    const values = stream.minutes.map(({ total, bad }, minute) => {
      if (stream.restarts?.includes(minute)) {
        count = 0;
        exists = stream.initialised;
      }
      const events = code === '500' ? bad : total - bad;
      const isThere = minute >= (stream.from ?? 0) && minute < (stream.until ?? Infinity);
      if (isThere) count += events;
      exists ||= isThere && count > 0;
      if (!isThere || !exists || stream.lost?.(minute)) return '_';
      return String(count);
    });
    return values.every((value) => value === '_')
      ? []
      : [{ series: name({ job: 'lab', instance: 'a', code, ...stream.labels }), values: values.join(' ') }];
  });

/** Events of some streams in the window that ends with a minute; the sample of minute m has seen the events of m. */
export const countIn = (streams: readonly Stream[], end: number, window: number): Minute => {
  let [total, bad] = [0, 0];
  for (const { minutes, from = 0, until = Infinity } of streams) {
    for (let at = Math.max(end - window + 1, 1, from); at <= Math.min(end, until - 1); at += 1) {
      total += minutes[at]?.total ?? 0;
      bad += minutes[at]?.bad ?? 0;
    }
  }
  return { total, bad };
};
