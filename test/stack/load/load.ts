/** The load of a system as a library: what the drill, the stack and the load command start. */
import type { Capacity } from './capacity.ts';
import type { RequestPlan } from './driver.ts';
import { drive } from './driver.ts';
import type { LoadedSystem } from './profiles.ts';
import type { ProfileRequest } from './profiles/profile.ts';
import { PROFILES } from './profiles.ts';
import type { LoadReport } from './report.ts';
import type { Plan, ScenarioName } from './scenarios.ts';
import { arrivals, planOf } from './scenarios.ts';

/** Where a load goes and how long it takes. */
interface Place {
  readonly system: LoadedSystem;
  /** The port of each of the system's jobs. */
  readonly ports: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Default 127.0.0.1. Another one has to be allowed in so many words. */
  readonly host?: string;
  readonly allowHost?: boolean;
}

export interface LoadOptions extends Place {
  readonly scenario: ScenarioName;
  /** Requests a second in the steady state; the system's own when absent. */
  readonly rate?: number;
  /** Milliseconds after which an answer is waited for no longer; 10 seconds by default. */
  readonly timeout?: number;
  /** At most; requests beyond wait for one. */
  readonly connections?: number;
}

/** A load that runs. It ends by itself after its seconds. */
export interface Load {
  /** What was counted, when it has ended. */
  readonly done: Promise<LoadReport>;
  /** Sends nothing more, waits for the answers of what was sent, and gives what was counted. */
  readonly stop: () => Promise<LoadReport>;
}

/** No load runs longer, whatever is asked for. */
const LONGEST_SECONDS = 24 * 3600;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

const isFine = (status: number): boolean => status >= 200 && status < 400;

/** A kind of request with its place; each call gives the next one of its kind. */
const makerOf = (request: ProfileRequest, host: string, ports: Place['ports']): (() => RequestPlan) => {
  const port = ports[request.job];
  if (port === undefined) throw new RangeError(`no port is given for the job ${request.job}`);
  const { name, method = 'GET', path, body, headers, statuses } = request;
  const base = `http://${host}:${port}`;
  const expects = (status: number): boolean => isFine(status) || (statuses?.includes(status) ?? false);
  let turn = 0;
  return () => {
    const number = turn;
    turn += 1;
    return {
      name,
      method,
      url: new URL(typeof path === 'string' ? path : path(number), base),
      expects,
      ...(body ? { body: body(number) } : {}),
      ...(headers ? { headers: headers(number) } : {}),
    };
  };
};

/** Spreads the requests over the turns as their weights say, each kind evenly: the kind that is furthest behind is next. */
export const createMix = <T extends { readonly weight: number }>(kinds: readonly T[]): (() => T) => {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const credit = kinds.map(() => 0);
  return () => {
    let best = 0;
    kinds.forEach(({ weight }, index) => {
      credit[index] = (credit[index] ?? 0) + weight;
      if ((credit[index] ?? 0) > (credit[best] ?? 0)) best = index;
    });
    credit[best] = (credit[best] ?? 0) - total;
    const chosen = kinds[best];
    if (chosen === undefined) throw new RangeError('there is no request to send');
    return chosen;
  };
};

/** What a load would do: for those who run it elsewhere. */
export const describeLoad = ({ system, scenario, seconds, rate }: Omit<LoadOptions, 'ports'>): Plan =>
  planOf(scenario, rate ?? PROFILES[system].rate, seconds);

/** The requests of a system, ready to be sent. */
const requestsOf = ({ system, ports, seconds, host = '127.0.0.1', allowHost = false }: Place, rate: number) => {
  if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) throw new RangeError(`a load runs 1 to ${LONGEST_SECONDS} seconds`);
  if (!(rate > 0 && rate <= 100_000)) throw new RangeError('a rate is above 0 and at most 100,000 requests a second');
  if (!LOOPBACK.has(host) && !allowHost)
    throw new RangeError(`${host} is not this machine: allow it with --allow-host`);
  return PROFILES[system]
    .requests(rate)
    .map((request) => ({ weight: request.weight, job: request.job, make: makerOf(request, host, ports) }));
};

/** The rate at which a closed loop is expected to end up; it decides only how large batches are. */
const CAPACITY_RATE = 2000;

/** As many requests as the system answers; see capacity.ts. */
export const measureSystem = async (place: Place): Promise<Capacity> => {
  // A closed loop has one address: that of the job with most of the requests.
  const kinds = requestsOf(place, CAPACITY_RATE);
  const [first] = kinds.toSorted((a, b) => b.weight - a.weight);
  const mix = createMix(kinds.filter(({ job }) => job === first?.job));
  const { measureCapacity } = await import('./capacity.ts');
  return measureCapacity(
    Array.from({ length: 500 }, () => mix().make()),
    { seconds: Math.ceil(place.seconds), connections: 20 },
  );
};

/** @throws RangeError for seconds, a rate, a host or ports that cannot be. */
export const startLoad = async (options: LoadOptions): Promise<Load> => {
  const { system, scenario, seconds } = options;
  const rate = options.rate ?? PROFILES[system].rate;
  const mix = createMix(requestsOf(options, rate));
  const end = new AbortController();
  const done = drive({
    arrivals: arrivals(planOf(scenario, rate, seconds)),
    next: () => mix().make(),
    timeout: options.timeout ?? 10_000,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    limit: 10_000,
    signal: end.signal,
  }).then(({ total, byRequest, planned, elapsed, maxDelay }): LoadReport => {
    // The last request ends its own interval: without it a short load would look faster than it was.
    const time = Math.max(planned / 1000 + (end.signal.aborted ? 0 : 1 / rate), 0.001);
    const answered = Object.values(total.statuses).reduce((sum, count) => sum + count, 0);
    return {
      system,
      scenario,
      seconds: elapsed / 1000,
      requestsPerSecond: answered / Math.max(time, elapsed / 1000),
      intendedPerSecond: total.requests / time,
      maxDelay,
      ...total,
      byRequest,
    };
  });
  return {
    done,
    stop: () => {
      end.abort();
      return done;
    },
  };
};
