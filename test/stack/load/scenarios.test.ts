import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMix, startLoad } from './load.ts';
import { LOADED_SYSTEMS, PROFILES } from './profiles.ts';
import type { LoadReport } from './report.ts';
import { createRecorder, renderReport } from './report.ts';
import { SCENARIO_NAMES, SCENARIOS, arrivals, planOf, toK6Scenario } from './scenarios.ts';

const within = (times: readonly number[], from: number, to: number): number =>
  times.filter((time) => time >= from && time < to).length;

describe('the plan of a scenario', () => {
  test.each(SCENARIO_NAMES)('%s takes the whole time', (name) => {
    const share = SCENARIOS[name].legs.reduce((sum, leg) => sum + leg.share, 0);
    expect(share).toBeCloseTo(1, 9);
  });

  test('steady: evenly spaced, as many as were asked for', () => {
    const times = [...arrivals(planOf('steady', 50, 10))];
    expect(times).toHaveLength(500);
    expect(times.slice(0, 3).map((time) => Math.round(time))).toEqual([0, 20, 40]);
  });

  test('ramp: the last quarter has four times the steady rate', () => {
    const times = [...arrivals(planOf('ramp', 10, 100))];
    expect(within(times, 75_000, 100_000)).toBeCloseTo(1000, -1);
    expect(within(times, 0, 1000)).toBeLessThan(3);
  });

  test('spike: ten times as much in the middle', () => {
    const times = [...arrivals(planOf('spike', 10, 100))];
    expect(within(times, 0, 38_000)).toBeCloseTo(380, -1);
    expect(within(times, 40_000, 60_000)).toBeCloseTo(2000, -1);
    expect(within(times, 62_000, 100_000)).toBeCloseTo(380, -1);
  });

  test('quiet night: a twentieth', () => {
    const times = [...arrivals(planOf('quiet-night', 20, 100))];
    expect(within(times, 20_000, 80_000)).toBeCloseTo(60, -1);
  });

  test('requests are due in order, inside the time, and as many as the area under the rate', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SCENARIO_NAMES),
        fc.double({ min: 0.2, max: 500, noNaN: true }),
        fc.integer({ min: 1, max: 120 }),
        (name, rate, seconds) => {
          const plan = planOf(name, rate, seconds);
          const times = [...arrivals(plan)];
          let area = 0;
          let last = plan.startRate;
          for (const stage of plan.stages) {
            area += ((last + stage.target) / 2) * stage.seconds;
            last = stage.target;
          }
          expect(Math.abs(times.length - area)).toBeLessThanOrEqual(1);
          const wrong = times.filter(
            (time, index) => time < (times[index - 1] ?? 0) || time < 0 || time > seconds * 1000 + 1e-3,
          );
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is what k6 takes', () => {
    expect(toK6Scenario(planOf('spike', 6, 100))).toMatchObject({
      executor: 'ramping-arrival-rate',
      startRate: 360,
      timeUnit: '1m',
      stages: [
        { target: 360, duration: '38000ms' },
        { target: 3600, duration: '2000ms' },
        { target: 3600, duration: '20000ms' },
        { target: 360, duration: '2000ms' },
        { target: 360, duration: '38000ms' },
      ],
    });
  });
});

describe('the mix of requests', () => {
  test('follows the weights, each kind evenly', () => {
    const next = createMix([
      { name: 'a', weight: 3 },
      { name: 'b', weight: 1 },
    ]);
    expect(Array.from({ length: 8 }, () => next().name).join('')).toBe('aabaaaba');
  });

  test.each(LOADED_SYSTEMS)('%s has requests whose job has a port', (system) => {
    const { rate, ports, requests: requestsAt } = PROFILES[system];
    const requests = requestsAt(rate);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter(({ job }) => ports[job] === undefined)).toEqual([]);
    expect(new Set(requests.map(({ name }) => name)).size).toBe(requests.length);
  });
});

describe('a load', () => {
  const base = { system: 'networx', scenario: 'steady', ports: { networx: 1 }, seconds: 1 } as const;

  test.each([
    [{ ...base, host: '10.0.0.1' }, 'is not this machine'],
    [{ ...base, seconds: 0 }, 'a load runs'],
    [{ ...base, seconds: 1e9 }, 'a load runs'],
    [{ ...base, rate: 0 }, 'a rate is above 0'],
    [{ ...base, ports: {} }, 'no port is given for the job networx'],
  ])('refuses %j', async (options, message) => {
    await expect(startLoad(options)).rejects.toThrow(message);
  });

  test('ends by itself, and when it is stopped', async () => {
    const load = await startLoad({ ...base, seconds: 0.2, rate: 20 });
    expect(await load.done).toMatchObject({ system: 'networx', scenario: 'steady', requests: 4, errors: 4 });
    const long = await startLoad({ ...base, seconds: 3600, rate: 20 });
    const report = await long.stop();
    expect(report.requests).toBeLessThan(3);
  });
});

test('the report as text', () => {
  const recorder = createRecorder();
  for (let ms = 1; ms <= 100; ms += 1) recorder.answered(ms === 100 ? 503 : 200, ms !== 100, ms);
  recorder.failed('timeout', 1000);
  const tally = recorder.tally();
  expect(tally).toMatchObject({ requests: 101, ok: 99, errors: 2 });
  expect(tally.latency.p50).toBeCloseTo(51, 0);
  expect(tally.latency.p95).toBeCloseTo(96, 0);
  expect(tally.latency.max).toBeCloseTo(1000, -1);
  const report: LoadReport = {
    system: 'networx',
    scenario: 'steady',
    seconds: 10,
    requestsPerSecond: 10,
    intendedPerSecond: 10.1,
    maxDelay: 2,
    ...tally,
    byRequest: { live: tally },
  };
  expect(renderReport(report)).toContain('101 requests in 10.0 s, 10.0 answered a second (10.1 were due), 2 errors');
  expect(renderReport(report)).toContain('statuses: 200: 99, 503: 1; without an answer: timeout: 1');
  expect(renderReport(report)).toMatch(/^ {2}live +101 +2 +51\.\d +91\.\d +96\.\d +100 +1000$/m);
});
