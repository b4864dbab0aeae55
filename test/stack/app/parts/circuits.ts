import type { ServerResponse } from 'node:http';
import CircuitBreaker from 'opossum';
import { z } from 'zod';
import { createEvenShare } from '../faults/even-share.ts';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Part } from '../part.ts';
import { pause, stopwatch } from '../time.ts';
import { openPlayedServer } from './played-server.ts';

/** Where a circuit stands. */
export type CircuitState = 'closed' | 'half-open' | 'open';
/** How a call ended; a call is rejected when the circuit is open. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'rejected';

export interface CircuitsOptions<Service extends string> {
  /** The dependencies; each gets a listener of its own on 127.0.0.1 and a circuit around it. */
  readonly services: readonly [Service, ...Service[]];
  /** A call ended; a rejected one took no time. */
  readonly onCall?: (call: { service: Service; outcome: CallOutcome; seconds: number }) => void;
  readonly onState?: (change: { service: Service; state: CircuitState }) => void;
  /** Milliseconds after which a call is given up. */
  readonly timeout?: number;
  /** Milliseconds after which an open circuit lets one call through. */
  readonly resetAfter?: number;
  /** Milliseconds over which failures are counted. */
  readonly window?: number;
}

/** Counts of a circuit, over its window but for consecutive failures. */
export interface CircuitStatus<Service extends string = string> {
  readonly service: Service;
  readonly state: CircuitState;
  /** When it opened, in seconds since 1970; 0 since it closed. */
  readonly openedAt: number;
  /** 0 to 1; 0 while nothing was called. */
  readonly failureRate: number;
  /** Failures since the last success, rejected calls not counted. */
  readonly consecutiveFailures: number;
  /** Of the calls that succeeded, in seconds. */
  readonly averageLatency: number;
  /** Calls a second. */
  readonly throughput: number;
}

export interface Circuits<Service extends string> extends Part {
  /** Calls a dependency. @throws Error when it fails, is late, or its circuit is open. */
  readonly call: (service: Service) => Promise<void>;
  readonly status: () => readonly CircuitStatus<Service>[];
}

/** A share of failures in the window that opens a circuit, in percent, and the calls below which it stays closed. */
const OPENS_AT = 50;
const FEWEST = 5;
const USUAL_LATENCY = 2;
/** How often a fault calls the dependency itself, a second: a circuit that nobody uses never opens. */
const OFTEN = 40;
const SLOWLY = 10;

/** What a service depends on: a real HTTP listener that usually answers within a few milliseconds. */
const startDependency = async (service: string) => {
  const knobs = { failureRatio: 0, extraLatency: 0 };
  const isFailureDue = createEvenShare();
  const answer = async (response: ServerResponse): Promise<void> => {
    await pause(USUAL_LATENCY + knobs.extraLatency);
    const fails = isFailureDue(knobs.failureRatio);
    response
      .writeHead(fails ? 500 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(fails ? { error: `${service} is out of order` } : { service, ok: true }));
  };
  const { url, stop } = await openPlayedServer((request, response) => {
    request.resume();
    void answer(response);
  });
  return { knobs, url, stop };
};

const isTimeout = (error: Error): boolean => 'code' in error && error.code === 'ETIMEDOUT';

/** Puts a circuit breaker around each of some dependencies, which it plays itself. */
export const openCircuits = async <const Service extends string>({
  services,
  onCall,
  onState,
  timeout = 1000,
  resetAfter = 2000,
  window = 5000,
}: CircuitsOptions<Service>): Promise<Circuits<Service>> => {
  const open = async (service: Service) => {
    const dependency = await startDependency(service);
    let consecutiveFailures = 0;
    let openedAt = 0;
    const ask = async (): Promise<number> => {
      const elapsed = stopwatch();
      const answer = await fetch(dependency.url, { signal: AbortSignal.timeout(timeout + 1000) });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${service} answered ${answer.status}`);
      return elapsed();
    };
    const breaker = new CircuitBreaker<[], number>(ask, {
      timeout,
      resetTimeout: resetAfter,
      errorThresholdPercentage: OPENS_AT,
      rollingCountTimeout: window,
      rollingCountBuckets: 10,
      volumeThreshold: FEWEST,
    });
    breaker.on('success', (seconds) => {
      consecutiveFailures = 0;
      onCall?.({ service, outcome: 'success', seconds });
    });
    // The breaker reports a time-out as a failure too.
    breaker.on('failure', (error, milliseconds) => {
      consecutiveFailures += 1;
      onCall?.({ service, outcome: isTimeout(error) ? 'timeout' : 'failure', seconds: milliseconds / 1000 });
    });
    breaker.on('reject', () => onCall?.({ service, outcome: 'rejected', seconds: 0 }));
    // It asks by itself as soon as it may: without traffic a circuit would stay half-open for ever.
    breaker.on('halfOpen', () => void breaker.fire().catch(() => undefined));
    const entered = (state: CircuitState): void => {
      // One that tries a call and fails has been open all along.
      openedAt = state === 'closed' ? 0 : openedAt || Date.now() / 1000;
      onState?.({ service, state });
    };
    breaker.on('open', () => entered('open'));
    breaker.on('halfOpen', () => entered('half-open'));
    breaker.on('close', () => entered('closed'));
    const status = (): CircuitStatus<Service> => {
      const { fires, failures, rejects, latencyMean } = breaker.stats;
      const answered = fires - rejects;
      return {
        service,
        state: breaker.opened ? 'open' : breaker.halfOpen ? 'half-open' : 'closed',
        openedAt,
        failureRate: answered > 0 ? Math.min(1, failures / answered) : 0,
        consecutiveFailures,
        averageLatency: latencyMean / 1000,
        throughput: fires / (window / 1000),
      };
    };
    return { dependency, breaker, status };
  };

  const circuits = new Map<Service, Awaited<ReturnType<typeof open>>>();
  for (const service of services) circuits.set(service, await open(service));
  const of = (service: Service): Awaited<ReturnType<typeof open>> => {
    const circuit = circuits.get(service);
    if (!circuit) throw new Error(`there is no circuit for ${service}`);
    return circuit;
  };

  /** Sets a dependency's knobs and calls it until the fault ends. */
  const disturb = (
    service: Service,
    change: { failureRatio?: number; extraLatency?: number },
    perSecond: number,
  ): (() => void) => {
    const { dependency, breaker } = of(service);
    Object.assign(dependency.knobs, change);
    const exercise = setInterval(() => void breaker.fire().catch(() => undefined), 1000 / perSecond);
    exercise.unref();
    return () => {
      clearInterval(exercise);
      for (const knob of Object.keys(change)) dependency.knobs[knob as keyof typeof change] = 0;
    };
  };
  const dependency = z.enum(services).default(services[0]).describe('The dependency.');

  return {
    faults: [
      defineFault({
        id: 'circuit-open',
        sentence: `The dependency answers every call with 500 and is called ${OFTEN} times a second: its circuit opens.`,
        parameters: { dependency },
        start: (given) => disturb(given.dependency, { failureRatio: 1 }, OFTEN),
      }),
      defineFault({
        id: 'dependency-failing',
        sentence: `The dependency answers a share of its calls with 500 and is called ${OFTEN} times a second.`,
        parameters: { dependency, ratio: parameter.ratio(0.4) },
        start: (given) => disturb(given.dependency, { failureRatio: given.ratio }, OFTEN),
      }),
      defineFault({
        id: 'dependency-slow',
        sentence: `The dependency answers late and is called ${SLOWLY} times a second; calls over ${timeout} ms are given up.`,
        parameters: { dependency, ms: parameter.ms(500) },
        start: (given) => disturb(given.dependency, { extraLatency: given.ms }, SLOWLY),
      }),
    ],
    call: async (service) => void (await of(service).breaker.fire()),
    status: () => [...circuits.values()].map(({ status }) => status()),
    async stop() {
      for (const { breaker } of circuits.values()) breaker.shutdown();
      await Promise.all([...circuits.values()].map((circuit) => circuit.dependency.stop()));
    },
  };
};
