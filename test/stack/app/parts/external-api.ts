import { z } from 'zod';
import { createEvenShare } from '../faults/even-share.ts';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Part } from '../part.ts';
import { stopwatch } from '../time.ts';
import type { PlayedServer } from './played-server.ts';
import { openPlayedServer } from './played-server.ts';

export interface ExternalApiOptions {
  readonly name: string;
  /** Calls that the quota allows in a period. */
  readonly quota: number;
  readonly periodMs: number;
  /** How long it usually takes over an answer, in milliseconds. */
  readonly usualMs: number;
  /** How long the client waits, in milliseconds. */
  readonly timeoutMs: number;
  readonly onCall?: (call: { readonly hasFailed: boolean; readonly seconds: number }) => void;
}

/** Somebody else's HTTP API with a quota, as its client sees it. The other side is played, behind a real port of 127.0.0.1. */
export interface ExternalApi extends Part {
  readonly url: string;
  /** Rejects with an `ExternalApiError`: refused, too late, over the quota. */
  readonly call: (body: unknown) => Promise<unknown>;
  /** What the last answer said of the quota; that of an ended period counts no more. */
  readonly quota: () => { readonly used: number; readonly limit: number };
  /** Whether it answers at all; uses up no quota. */
  readonly ping: () => Promise<void>;
}

export class ExternalApiError extends Error {
  constructor(
    name: 'QuotaExceededError' | 'TimeoutError' | 'ExternalApiError',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = name;
  }
}

interface Mood {
  failureRatio: number;
  extraMs: number;
  isDown: boolean;
  usedByOthers: number;
}

const QUOTA_USED = 'x-quota-used';
const QUOTA_ENDS = 'x-quota-ends';

/** The other side: counts calls against the quota of the period and writes words. */
const startServer = ({ quota, periodMs, usualMs }: ExternalApiOptions, mood: Mood): Promise<PlayedServer> => {
  let period = 0;
  let calls = 0;
  const isFailureDue = createEvenShare();
  return openPlayedServer((request, response) => {
    if (mood.isDown) return void request.socket.destroy();
    request.resume();
    const answer = (status: number, body: unknown) =>
      response
        .writeHead(status, {
          'content-type': 'application/json',
          [QUOTA_USED]: Math.min(quota, calls + mood.usedByOthers),
          [QUOTA_ENDS]: (period + 1) * periodMs,
        })
        .end(JSON.stringify(body));
    if (request.url === '/status') return void answer(200, { ok: true });
    const now = Math.floor(Date.now() / periodMs);
    if (now !== period) [period, calls] = [now, 0];
    if (calls + mood.usedByOthers >= quota) return void answer(429, { error: 'the quota is used up' });
    calls += 1;
    const fails = isFailureDue(mood.failureRatio);
    // Between a half and one and a half times as long as usual.
    const takes = usualMs * (0.5 + Math.random()) + mood.extraMs;
    setTimeout(() => answer(fails ? 500 : 200, fails ? { error: 'out of order' } : { text: WORDS }), takes).unref();
  });
};

const WORDS = 'A text that somebody paid for, a few hundred characters of it, as a generator writes them. '.repeat(5);

export const openExternalApi = async (options: ExternalApiOptions): Promise<ExternalApi> => {
  const { name, quota: limit, periodMs, timeoutMs, onCall } = options;
  const mood: Mood = { failureRatio: 0, extraMs: 0, isDown: false, usedByOthers: 0 };
  const server = await startServer(options, mood);
  let lastSaid = { used: 0, ends: 0 };

  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(`${server.url}${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      throw new ExternalApiError(
        isLate ? 'TimeoutError' : 'ExternalApiError',
        isLate ? `${name} gave no answer within ${timeoutMs} ms` : `${name} cannot be reached`,
        { cause: error },
      );
    }
  };
  const change = <Key extends keyof Mood>(key: Key, value: Mood[Key], usual: Mood[Key]) => {
    mood[key] = value;
    return () => {
      mood[key] = usual;
    };
  };

  return {
    url: server.url,
    call: async (body) => {
      const seconds = stopwatch();
      let hasFailed = true;
      try {
        const answer = await ask('/generate', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const text = await answer.text();
        lastSaid = { used: Number(answer.headers.get(QUOTA_USED)), ends: Number(answer.headers.get(QUOTA_ENDS)) };
        if (answer.status === 429) throw new ExternalApiError('QuotaExceededError', `the quota of ${name} is used up`);
        if (!answer.ok) throw new ExternalApiError('ExternalApiError', `${name} answered ${answer.status}`);
        hasFailed = false;
        return JSON.parse(text) as unknown;
      } finally {
        onCall?.({ hasFailed, seconds: seconds() });
      }
    },
    quota: () => ({ used: Date.now() < lastSaid.ends + periodMs ? lastSaid.used : 0, limit }),
    ping: async () => {
      const answer = await ask('/status', { method: 'GET' });
      await answer.arrayBuffer();
      if (!answer.ok) throw new ExternalApiError('ExternalApiError', `${name} answered ${answer.status}`);
    },
    stop: server.stop,
    faults: [
      defineFault({
        id: 'quota-exhaustion',
        sentence:
          'Somebody else with the same account uses up a share of the quota; over it, calls are answered with 429.',
        parameters: { share: parameter.share(0.9) },
        start: ({ share }) => change('usedByOthers', Math.round(share * limit), 0),
      }),
      defineFault({
        id: 'dependency-failing',
        sentence: 'The external API answers a share of the calls with 500.',
        parameters: { ratio: parameter.ratio(0.4) },
        start: ({ ratio }) => change('failureRatio', ratio, 0),
      }),
      defineFault({
        id: 'dependency-slow',
        sentence: 'The external API takes longer over every answer.',
        parameters: { ms: z.number().min(0).max(120_000).default(12_000).describe('Milliseconds added.') },
        start: ({ ms }) => change('extraMs', ms, 0),
      }),
      defineFault({
        id: 'dependency-down',
        sentence: 'The external API cuts every connection without an answer.',
        parameters: {},
        start: () => {
          server.cut();
          return change('isDown', true, false);
        },
      }),
    ],
  };
};
