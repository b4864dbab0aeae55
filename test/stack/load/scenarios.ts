/** How the rate of requests changes while a load runs, as multiples of the steady rate of a system. */

export const SCENARIO_NAMES = ['steady', 'ramp', 'spike', 'quiet-night'] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** A stretch of a load: the rate goes in a straight line from where it is to `target`, in `share` of the whole time. */
interface Leg {
  readonly share: number;
  readonly target: number;
}

interface Scenario {
  /** One sentence: what it is like. */
  readonly summary: string;
  /** Where the rate begins. */
  readonly start: number;
  readonly legs: readonly Leg[];
}

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  steady: { summary: 'The same rate all the time.', start: 1, legs: [{ share: 1, target: 1 }] },
  ramp: {
    summary: 'From almost nothing to four times the steady rate, held for a quarter of the time.',
    start: 0.1,
    legs: [
      { share: 0.75, target: 4 },
      { share: 0.25, target: 4 },
    ],
  },
  spike: {
    summary: 'The steady rate, ten times as much for a fifth of the time, and the steady rate again.',
    start: 1,
    legs: [
      { share: 0.38, target: 1 },
      { share: 0.02, target: 10 },
      { share: 0.2, target: 10 },
      { share: 0.02, target: 1 },
      { share: 0.38, target: 1 },
    ],
  },
  'quiet-night': {
    summary: 'Falls to a twentieth of the steady rate, stays there, and comes back in the morning.',
    start: 1,
    legs: [
      { share: 0.2, target: 0.05 },
      { share: 0.6, target: 0.05 },
      { share: 0.2, target: 1 },
    ],
  },
};

/** A stretch in absolute terms: seconds, and requests a second at its end. */
export interface Stage {
  readonly seconds: number;
  readonly target: number;
}

/** A scenario with a rate and a length: what a run is made of. */
export interface Plan {
  /** Requests a second at the beginning. */
  readonly startRate: number;
  readonly stages: readonly Stage[];
}

/** The plan of a scenario around a steady rate (requests a second), in so many seconds. */
export const planOf = (name: ScenarioName, rate: number, seconds: number): Plan => ({
  startRate: SCENARIOS[name].start * rate,
  stages: SCENARIOS[name].legs.map(({ share, target }) => ({ seconds: share * seconds, target: target * rate })),
});

/**
 * The moments at which requests are due, in milliseconds from the beginning: request n is due when the area under the rate has
 * reached n. Even spacing, no chance: two runs of one plan send at the same moments.
 */
export function* arrivals({ startRate, stages }: Plan): Generator<number> {
  let rate = startRate;
  let begun = 0;
  let due = 0;
  // Requests that the stages before have made due; what is left of one is carried into the next stage.
  let area = 0;
  for (const { seconds, target } of stages) {
    const slope = seconds === 0 ? 0 : (target - rate) / seconds;
    const end = area + ((rate + target) / 2) * seconds;
    for (; due < end - 1e-9; due += 1) {
      const needed = due - area;
      const offset =
        Math.abs(slope) < 1e-12 ? needed / rate : (Math.sqrt(rate * rate + 2 * slope * needed) - rate) / slope;
      yield (begun + offset) * 1000;
    }
    area = end;
    begun += seconds;
    rate = target;
  }
}

/** The options of k6 (https://k6.io, arrival-rate executors) for the same plan, for those who want to run it there. */
export const toK6Scenario = ({ startRate, stages }: Plan): Readonly<Record<string, unknown>> => {
  // k6 counts whole iterations: a minute is the unit, so that slow rates keep their size.
  const perMinute = (rate: number): number => Math.round(rate * 60);
  return {
    executor: 'ramping-arrival-rate',
    timeUnit: '1m',
    startRate: perMinute(startRate),
    preAllocatedVUs: 50,
    maxVUs: 500,
    stages: stages.map(({ seconds, target }) => ({
      target: perMinute(target),
      duration: `${Math.round(seconds * 1000)}ms`,
    })),
  };
};
