/** How healthy the parts are, from 0 to 100, and why. All functions are pure. */

export const PARTS = ['database', 'cache', 'circuit-breaker', 'memory'] as const;
export type PartName = (typeof PARTS)[number];

export interface PartHealth {
  readonly score: number;
  /** What takes points away. */
  readonly issues: readonly string[];
}

/** Above the first a part is healthy; under the second it is not, and in between it is to be watched. */
const HEALTHY = 85;
const UNHEALTHY = 70;

/** In the words of the health endpoints. */
export const verdictOf = (score: number): 'healthy' | 'degraded' | 'unhealthy' =>
  score > HEALTHY ? 'healthy' : score >= UNHEALTHY ? 'degraded' : 'unhealthy';

interface Deduction {
  readonly points: number;
  readonly issue: string;
}

const healthOf = (deductions: readonly (Deduction | false)[]): PartHealth => {
  const made = deductions.filter((deduction) => deduction !== false && deduction.points >= 0.5) as readonly Deduction[];
  const lost = made.reduce((sum, { points }) => sum + points, 0);
  return { score: Math.round(Math.max(0, 100 - lost)), issues: made.map(({ issue }) => issue) };
};

/** Nothing at `from` and below, `most` at `to` and above, and a straight line in between. */
const ramp = (value: number, from: number, to: number, most: number): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from))) * most;

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;

export interface DatabaseState {
  readonly active: number;
  readonly max: number;
  readonly waiting: number;
  /** Seconds that 95 of 100 callers waited for a connection at most. */
  readonly waitP95: number;
  /** The shares of the attempts at a connection, and of the queries, that failed. */
  readonly errorRatio: number;
}

export const databaseHealth = ({ active, max, waiting, waitP95, errorRatio }: DatabaseState): PartHealth => {
  const usage = max === 0 ? 0 : active / max;
  return healthOf([
    { points: ramp(usage, 0.7, 1, 20), issue: `${percent(usage)} of the pool is in use` },
    { points: ramp(waiting, 0, 10, 30), issue: `${waiting} clients wait for a connection` },
    { points: ramp(waitP95, 0.05, 0.5, 25), issue: `clients wait ${Math.round(waitP95 * 1000)} ms for a connection` },
    { points: ramp(errorRatio, 0, 0.1, 60), issue: `${percent(errorRatio)} of what is asked of it fails` },
  ]);
};

export interface CacheState {
  /** By layer, 0 to 1; undefined while nobody asked it. */
  readonly hitRates: readonly { readonly layer: string; readonly hitRate: number | undefined }[];
  readonly isUp: boolean;
}

export const cacheHealth = ({ hitRates, isUp }: CacheState): PartHealth =>
  healthOf([
    !isUp && { points: 40, issue: 'the second layer does not answer' },
    ...hitRates.map(
      ({ layer, hitRate }) =>
        hitRate !== undefined && {
          points: ramp(1 - hitRate, 0.3, 0.8, 35),
          issue: `${layer} answers ${percent(hitRate)} of its look-ups`,
        },
    ),
  ]);

export const circuitHealth = (
  circuits: readonly { readonly service: string; readonly state: string; readonly failureRate: number }[],
): PartHealth =>
  healthOf(
    circuits.flatMap(({ service, state, failureRate }) => [
      state !== 'closed' && { points: 35, issue: `the circuit of ${service} is ${state}` },
      { points: ramp(failureRate, 0.05, 0.5, 30), issue: `${percent(failureRate)} of the calls of ${service} fail` },
    ]),
  );

/** Shares of what the process may hold in all, and on its heap. */
export const memoryHealth = (residentShare: number, heapShare: number): PartHealth =>
  healthOf([
    { points: ramp(residentShare, 0.75, 0.95, 50), issue: `${percent(residentShare)} of the memory limit is taken` },
    { points: ramp(heapShare, 0.75, 0.95, 50), issue: `${percent(heapShare)} of the heap is taken` },
  ]);
