/**
 * An open-loop driver: requests leave when they are due, whether or not earlier ones were answered, and their time counts from the
 * moment they were due. A server that stalls therefore shows in every request that fell into the stall, not in one for each
 * connection.
 */
import { Agent, request as httpRequest } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailureKind, Recorder, Tally } from './report.ts';
import { createRecorder } from './report.ts';

/** One request. */
export interface RequestPlan {
  /** What its kind is called in the report. */
  readonly name: string;
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expects: (status: number) => boolean;
}

export interface DriveOptions {
  /** When requests are due: milliseconds from the beginning, rising. */
  readonly arrivals: Iterable<number>;
  /** The request that is due at a turn. */
  readonly next: (index: number) => RequestPlan;
  /** How long an answer may take, in milliseconds. */
  readonly timeout: number;
  /** At most; requests beyond wait for one. 64 by default. */
  readonly connections?: number;
  /** Requests that may wait for an answer at once; what is due beyond them is counted as `not-sent`. */
  readonly limit: number;
  /** Ends the load early: no request is sent any more. */
  readonly signal: AbortSignal;
}

export interface Driven {
  readonly total: Tally;
  readonly byRequest: Readonly<Record<string, Tally>>;
  /** Milliseconds from the beginning to the last moment at which a request was due (or would have been, until it was stopped). */
  readonly planned: number;
  /** Milliseconds from the beginning to the end of the last answer. */
  readonly elapsed: number;
  readonly maxDelay: number;
}

const failureOf = (error: NodeJS.ErrnoException): FailureKind => {
  if (error.code === 'ECONNREFUSED') return 'refused';
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return 'reset';
  return error.code === 'ETIMEDOUT' ? 'timeout' : 'other';
};

/** Sends the requests, waits for their answers, and gives what was counted. Always ends: `timeout` after the last request. */
export const drive = async ({
  arrivals,
  next,
  timeout,
  limit,
  connections = 64,
  signal,
}: DriveOptions): Promise<Driven> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' });
  const all = createRecorder();
  const byName = new Map<string, Recorder>();
  const waiting = new Set<Promise<void>>();
  const begun = performance.now();
  let maxDelay = 0;

  const recorderOf = (name: string): Recorder => {
    const known = byName.get(name) ?? createRecorder();
    byName.set(name, known);
    return known;
  };

  const send = (plan: RequestPlan, due: number): Promise<void> =>
    new Promise((done) => {
      let isOver = false;
      // What leaves a little early takes no less time for that.
      const since = Math.min(due, performance.now());
      const finish = (note: (recorder: Recorder, latency: number) => void): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(clock);
        const latency = performance.now() - since;
        note(all, latency);
        note(recorderOf(plan.name), latency);
        done();
      };
      const fail = (error: NodeJS.ErrnoException): void =>
        finish((recorder, latency) => recorder.failed(failureOf(error), latency));
      const body = plan.body === undefined ? undefined : JSON.stringify(plan.body);
      const sent = httpRequest(plan.url, {
        agent,
        method: plan.method,
        headers: {
          ...plan.headers,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      });
      const clock = setTimeout(() => {
        sent.destroy();
        fail(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
      }, timeout);
      sent.on('error', fail);
      sent.on('response', (response) => {
        const { statusCode = 0 } = response;
        response.on('error', fail);
        response.on('aborted', () => fail(Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' })));
        response.on('end', () =>
          finish((recorder, latency) => recorder.answered(statusCode, plan.expects(statusCode), latency)),
        );
        response.resume();
      });
      sent.end(body);
    });

  let planned = 0;
  let index = 0;
  for (const offset of arrivals) {
    const due = begun + offset;
    const early = due - performance.now();
    // Timers are no finer than a millisecond: what is due within one leaves now.
    if (early > 1) await sleep(early, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    planned = offset;
    maxDelay = Math.max(maxDelay, performance.now() - due);
    const plan = next(index);
    if (waiting.size >= limit) {
      for (const recorder of [all, recorderOf(plan.name)]) recorder.failed('not-sent', 0);
    } else {
      const one = send(plan, due).finally(() => waiting.delete(one));
      waiting.add(one);
    }
    index += 1;
    // A long row of overdue requests would keep the answers from being read.
    if (index % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(waiting);
  const elapsed = performance.now() - begun;
  agent.destroy();
  return {
    total: all.tally(),
    byRequest: Object.fromEntries(
      [...byName.keys()].toSorted().map((name) => [name, recorderOf(name).tally()] as const),
    ),
    planned: signal.aborted ? Math.min(planned, elapsed) : planned,
    elapsed,
    maxDelay,
  };
};
