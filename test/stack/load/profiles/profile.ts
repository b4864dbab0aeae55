/** One kind of request of a system. Functions get the number of the request among those of its kind. */
export interface ProfileRequest {
  readonly name: string;
  /** Whose port it goes to. */
  readonly job: string;
  readonly path: string | ((turn: number) => string);
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Its share of all requests. */
  readonly weight: number;
  /** Sent as JSON. */
  readonly body?: (turn: number) => unknown;
  readonly headers?: (turn: number) => Readonly<Record<string, string>>;
  /** Statuses that are no errors, besides those below 400. */
  readonly statuses?: readonly number[];
}

export interface Profile {
  /** Requests a second in the steady state: enough for every panel, too little for any alert. */
  readonly rate: number;
  /** The local port of each job that requests go to. */
  readonly ports: Readonly<Record<string, number>>;
  /** The requests at a steady rate; what is sent in batches comes in larger ones when there are few. */
  readonly requests: (rate: number) => readonly ProfileRequest[];
}

/**
 * A number below `count` that looks like chance and is the same in every run: all but one in thirty are among the first
 * `popular`, as with everything that people look at.
 */
export const pick = (turn: number, count: number, popular: number): number => {
  // Knuth's multiplicative hash spreads neighbouring turns.
  const spread = Math.imul(turn + 1, 2_654_435_761) >>> 0;
  return spread % 30 === 0 ? spread % count : (spread >>> 8) % popular;
};

/** One of a list, in turn. */
export const inTurn = <T>(list: readonly [T, ...T[]], turn: number): T => list[turn % list.length] ?? list[0];

/** A share in percent, but no more than so many requests a second: what a system does only so often, however many ask for more. */
export const capped = (percent: number, perSecond: number, rate: number): number =>
  Math.min(percent, (100 * perSecond) / rate);
