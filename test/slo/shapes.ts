import type { Minute, Stream } from './streams.ts';

/** A kind of traffic with what is wrong with it. */
export interface Shape {
  readonly name: string;
  /** By cluster; one cluster with an empty name where there is only one. */
  readonly clusters: Readonly<Record<string, readonly Stream[]>>;
}

/** How long every shape lasts, in minutes. */
export const LENGTH = 26 * 60;

type At = (minute: number) => number;

const HOUR = 60;

/** Events that are spread evenly, in whole numbers: what is left of one minute goes to the next. */
const stream = (traffic: At, errorRatio: At, more: Partial<Omit<Stream, 'minutes'>> = {}): Stream => {
  let [total, bad] = [0, 0];
  let [totalBefore, badBefore] = [0, 0];
  const minutes = Array.from({ length: LENGTH + 1 }, (_, minute): Minute => {
    const events = traffic(minute);
    total += events;
    bad += events * errorRatio(minute);
    const counted = { total: Math.floor(total + 1e-9) - totalBefore, bad: Math.floor(bad + 1e-9) - badBefore };
    totalBefore += counted.total;
    badBefore += counted.bad;
    return { total: Math.max(counted.total, counted.bad), bad: counted.bad };
  });
  return { labels: {}, initialised: true, ...more, minutes };
};

const between = (minute: number, from: number, to: number): boolean => minute >= from && minute < to;
const during =
  (from: number, to: number, inside: number, outside = 0): At =>
  (minute) =>
    between(minute, from, to) ? inside : outside;
const always =
  (value: number): At =>
  () =>
    value;

/** Day and night: 600 events a minute at noon of the first day, 6 at night. */
const dayAndNight: At = (minute) => 303 + 297 * Math.sin(((minute / HOUR - 2) / 24) * 2 * Math.PI);
/** With 0.05 % errors one event of a minute is bad: whole numbers, so that rounding does not blur what is compared. */
const BUSY = 2000;
const NOON = 8 * HOUR;
const NIGHT = 20 * HOUR;

const single = (name: string, ...streams: readonly Stream[]): Shape => ({ name, clusters: { '': streams } });

/** Twelve shapes; each starts quiet and lasts 26 hours. */
export const SHAPES: readonly Shape[] = [
  single('steady', stream(always(BUSY), always(0.0005))),
  single('quiet gap', stream(during(10 * HOUR, 10 * HOUR + 40, 0, BUSY), always(0.0005))),
  single('late first error', stream(always(BUSY), during(20 * HOUR, 20 * HOUR + 30, 0.02), { initialised: false })),
  single('peak-hour incident', stream(dayAndNight, during(NOON, NOON + HOUR, 0.1))),
  single('night incident', stream(dayAndNight, during(NIGHT, NIGHT + HOUR, 1))),
  single('low volume', stream(always(10 / 60), during(12 * HOUR, 12 * HOUR + 6, 1))),
  single('counter reset', stream(always(BUSY), always(0.0005), { restarts: [5 * HOUR + 7, 12 * HOUR + 3, 20 * HOUR] })),
  single(
    'label change',
    stream(always(BUSY), always(0.0005), { labels: { version: '1' }, until: 13 * HOUR }),
    stream(always(BUSY), always(0.0005), { labels: { version: '2' }, from: 13 * HOUR }),
  ),
  {
    name: 'two clusters',
    clusters: {
      east: [stream(always(BUSY), always(0), { labels: { cluster: 'east' } })],
      west: [stream(always(500), during(15 * HOUR, 16 * HOUR, 0.5), { labels: { cluster: 'west' } })],
    },
  },
  single('total outage', stream(always(BUSY), during(14 * HOUR, 14 * HOUR + 30, 1))),
  single('slow burn', stream(always(BUSY), during(7 * HOUR, LENGTH, 0.0045))),
  single(
    'lost scrapes',
    stream(always(BUSY), during(9 * HOUR, 10 * HOUR, 0.05), {
      lost: (minute) => between(minute, 9 * HOUR + 20, 9 * HOUR + 32),
    }),
  ),
];
