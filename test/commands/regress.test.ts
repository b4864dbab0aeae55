import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { ALLOWANCE, KEPT_RUNS, TOLERANCE, boundOf, handicapOf } from '../../generators/exposition/regress.ts';
import { run as regress } from '../../scripts/commands/regress.ts';
import type { Called, SampleProject } from './sample.ts';
import { sampleProject } from './sample.ts';

interface Observed {
  /** Of 100 requests, those under 10 ms, 100 ms and 1 s. */
  readonly buckets?: readonly [number, number, number];
  readonly hits?: number;
}

/** The end of a run of 100 requests. */
const exposed = ({
  buckets: [a, b, c] = [50, 98, 100],
  hits = 90,
}: Observed = {}): string => `# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{route="/",le="0.01"} ${a}
http_request_duration_seconds_bucket{route="/",le="0.1"} ${b}
http_request_duration_seconds_bucket{route="/",le="1"} ${c}
http_request_duration_seconds_bucket{route="/",le="+Inf"} 100
http_request_duration_seconds_sum{route="/"} 4
http_request_duration_seconds_count{route="/"} 100
# TYPE http_requests_total counter
http_requests_total{method="GET",route="/",status="200"} 100
# TYPE cache_hits_total counter
cache_hits_total ${hits}
# TYPE cache_misses_total counter
cache_misses_total ${100 - hits}
`;

const CHECK = 'shop/api-latency-p95';
/** 45 of the 48 observations between 10 and 100 ms: 10 + 90 * 45/48 ms. */
const P95 = 0.094375;

const projectWith = (...runs: readonly number[]): SampleProject => {
  const project = sampleProject();
  project.write('run.txt', exposed());
  if (runs.length > 0)
    project.write('baseline.json', JSON.stringify({ checks: { [CHECK]: { unit: 'seconds', runs } } }));
  return project;
};

const called = (project: SampleProject, ...more: readonly string[]): Promise<Called> =>
  project.call(regress, '--metrics', 'run.txt', '--job', 'shop', '--seconds', '10', ...more);

const codesOf = async (project: SampleProject): Promise<readonly string[]> => {
  const found = await project.find(regress, '--metrics', 'run.txt', '--job', 'shop', '--seconds', '10');
  return found.map(({ code }) => code);
};

/** A service that answers every scrape anew; gives its place. */
const serve = async (answer: () => string): Promise<string> => {
  const server = createServer((_, response) => response.end(answer())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `shop=http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
};

describe('regress', () => {
  test('a run like the recorded ones passes, and says what was measured', async () => {
    const { code, stdout, stderr } = await called(projectWith(0.09, 0.095, 0.1));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^shop\/api-latency-p95 +94\.4 ms +95 ms +beyond 143 ms +above 300 ms +fine$/m);
    expect(stdout).toMatch(/^shop\/cache-hit-rate +90 % +below 70 % +fine$/m);
    expect(stdout).toContain('no regression');
  });

  test.each([
    { name: 'nothing recorded', runs: [], observed: {}, codes: ['regress/unrecorded'], code: 0 },
    { name: 'slower than recorded', runs: [0.01, 0.011, 0.012], observed: {}, codes: ['regress/slower'], code: 1 },
    { name: 'slower, but inside the noise', runs: [0.02, 0.08, 0.03, 0.09], observed: {}, codes: [], code: 0 },
    { name: 'much faster', runs: [0.25, 0.25], observed: {}, codes: ['regress/faster'], code: 0 },
    {
      name: 'beyond the level',
      runs: [0.4, 0.4],
      observed: { buckets: [10, 40, 100] },
      codes: ['regress/limit'],
      code: 1,
    },
    { name: 'a share beyond its level', runs: [0.09], observed: { hits: 60 }, codes: ['regress/limit'], code: 1 },
  ] as const)('$name', async ({ runs, observed, codes, code }) => {
    const project = projectWith(...runs);
    project.write('run.txt', exposed(observed));
    expect(await codesOf(project)).toEqual(codes);
    expect((await called(project)).code).toBe(code);
  });

  test('a time that nobody took cannot be compared', async () => {
    const project = projectWith(0.1);
    project.write('run.txt', exposed().replaceAll(/^http_request_duration.*\n/gm, ''));
    expect(await codesOf(project)).toEqual(['regress/no-data']);
  });

  test('findings are at the line of the level', async () => {
    const project = projectWith(0.01);
    const [found] = await project.find(regress, '--metrics', 'run.txt', '--job', 'shop', '--seconds', '10');
    expect(found).toMatchObject({ file: 'definitions/systems/shop.ts', line: 24, code: 'regress/slower' });
    expect(found?.message).toBe(
      'shop / API: response time, p95 was 94.4 ms in this run, and 10 ms in the recorded one; a regression begins at 15 ms',
    );
  });

  test('what is recorded of a threshold that is gone is stale, until the next update', async () => {
    const project = projectWith(0.1);
    project.write(
      'baseline.json',
      JSON.stringify({
        checks: {
          [CHECK]: { unit: 'seconds', runs: [0.1] },
          'shop/gone': { unit: 'seconds', runs: [1] },
          'other/x': { unit: 'seconds', runs: [1] },
        },
      }),
    );
    expect(await codesOf(project)).toEqual(['regress/stale']);
    expect(await called(project, '--update')).toMatchObject({ code: 0 });
    expect(JSON.parse(project.read('baseline.json'))).toEqual({
      systems: {
        shop: {
          recorded: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
          machine: expect.stringMatching(/\d processors, Node \d+$/) as string,
          seconds: 10,
          // A file says nothing of the machine that it was measured on.
          work: [],
          delay: [],
        },
      },
      checks: {
        'other/x': { unit: 'seconds', runs: [1] },
        [CHECK]: { unit: 'seconds', runs: [0.1, Number(P95.toPrecision(4))] },
      },
    });
  });

  test('--update records, even what became slower, and keeps the newest runs', async () => {
    const project = projectWith(...Array.from({ length: KEPT_RUNS }, () => 0.01));
    expect(await called(project, '--update')).toMatchObject({ code: 0, stderr: '' });
    const { checks } = JSON.parse(project.read('baseline.json')) as { checks: Record<string, { runs: number[] }> };
    expect(checks[CHECK]?.runs).toHaveLength(KEPT_RUNS);
    expect(checks[CHECK]?.runs.at(-1)).toBeCloseTo(P95, 4);
  });

  test('--update does not record a run beyond a level', async () => {
    const project = projectWith(0.1);
    project.write('run.txt', exposed({ buckets: [10, 40, 100] }));
    const before = project.read('baseline.json');
    expect(await called(project, '--update')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was not changed') as string,
    });
    expect(project.read('baseline.json')).toBe(before);
  });

  test('reports for people, programs and CI servers', async () => {
    const project = projectWith(0.01);
    await called(project, '--report', 'r/report.md', '--report', 'r/report.json', '--report', 'r/report.xml');
    expect(project.read('r/report.md')).toContain(
      '| `shop/api-latency-p95` (HighLatency) | 94.4 ms | 10 ms | beyond 15 ms | above 300 ms | SLOWER |',
    );
    expect(JSON.parse(project.read('r/report.json'))).toMatchObject({
      seconds: 10,
      failed: 1,
      checks: expect.arrayContaining([
        expect.objectContaining({
          id: CHECK,
          measured: P95,
          median: 0.01,
          bound: 0.015,
          limit: 0.3,
          verdict: 'slower',
        }),
      ]) as unknown,
    });
    expect(project.read('r/report.xml')).toMatch(
      /<testsuites name="tocsin regress" tests="\d" failures="1" errors="0">/,
    );
    expect(project.read('r/report.xml')).toContain('<failure message="SLOWER">measured 94.4 ms, baseline 10 ms,');
  });

  test('a service that runs is scraped twice: only what happened in between counts', async () => {
    let scrapes = 0;
    const server = createServer((_, response) => {
      scrapes += 1;
      // Before the run everything took almost a second.
      const slow = exposed({ buckets: [0, 0, 100] });
      const both = slow.replaceAll(/^(\S+) (\d+)$/gm, (_line, series: string, value: string) => {
        const more = new RegExp(`^${series.replaceAll(/[{}"+.]/g, '\\$&')} (\\d+)$`, 'm').exec(exposed())?.[1];
        return `${series} ${Number(value) + Number(more ?? 0)}`;
      });
      response.end(scrapes === 1 ? slow : both);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const project = projectWith(0.1);
    project.edit('definitions/systems/shop.ts', '127.0.0.1:8080', `127.0.0.1:${port}`);
    project.edit('definitions/systems/shop.ts', 'warning: perSecond(100)', 'warning: perSecond(1000)');
    const { code, stdout, stderr } = await project.call(regress, '--environment', 'local', '--seconds', '0.2');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^shop\/api-latency-p95 +94\.4 ms/m);
    expect(stderr).toBe('Measuring for 0.2 s ...\n');
    expect(scrapes).toBe(2);
  });

  test.each([
    { attempts: '1', slowScrapes: 1, code: 1, measured: 1 },
    { attempts: '3', slowScrapes: 1, code: 0, measured: 2 },
    { attempts: '2', slowScrapes: 9, code: 1, measured: 2 },
  ])(
    '--attempts $attempts, slow $slowScrapes times: measured $measured times',
    async ({ attempts, slowScrapes, ...is }) => {
      let scrapes = 0;
      const total = { fast: 0, slow: 0 };
      const place = await serve(() => {
        scrapes += 1;
        // Every second scrape ends an attempt.
        if (scrapes % 2 === 0) total[scrapes / 2 <= slowScrapes ? 'slow' : 'fast'] += 100;
        const buckets = [total.fast, total.fast, total.fast + total.slow] as const;
        return exposed({ buckets }).replaceAll(/(le="\+Inf"\}|_count\{route="\/"\}) 100/g, `$1 ${buckets[2]}`);
      });
      const project = projectWith(0.01);
      const args = ['--metrics', place, '--seconds', '0.1', '--attempts', attempts];
      const { code, stdout, stderr } = await project.call(regress, ...args);
      expect({ code, measured: scrapes / 2 }, stdout + stderr).toEqual(is);
    },
  );

  test.each([
    { depths: [200, 50], shown: '50', verdict: 'fine' },
    { depths: [50, 200], shown: '50', verdict: 'fine' },
    { depths: [300, 200], shown: '200', verdict: 'BEYOND ITS LEVEL' },
  ])('a gauge that was $depths at the two ends: $verdict', async ({ depths, shown, verdict }) => {
    const answers = depths.map((depth) => `# TYPE queue_depth gauge\nqueue_depth{queue="mail"} ${depth}\n${exposed()}`);
    const project = projectWith(0.1);
    const place = await serve(() => answers.shift() ?? '');
    const { stdout } = await project.call(regress, '--metrics', place, '--seconds', '0.1');
    expect(stdout).toMatch(new RegExp(`^shop/queue-depth +${shown} +above 100 +${verdict}$`, 'm'));
  });

  test.each([
    [[], 'name what is to be measured'],
    [['--metrics', 'run.txt', '--seconds', 'x'], "--seconds is a number of seconds, not 'x'"],
    [['--metrics', 'run.txt', '--report', 'x.txt'], '--report takes a file that ends in .md, .json or .xml'],
    [['--metrics', 'run.txt', '--baseline', 'definitions/project.ts'], 'definitions/project.ts is no baseline'],
    [['--metrics', 'run.txt', '--baseline', 'bad.json'], 'bad.json is no baseline: expected'],
    [['--metrics', 'run.txt', '--attempts', '0'], "--attempts is a whole number from 1 to 10, not '0'"],
  ])('%j is wrong usage', async (args, message) => {
    const project = projectWith();
    project.write('bad.json', '{"checks":{"a":{"runs":["x"]}}}');
    const call = project.call(regress, ...args);
    await expect(call).rejects.toThrow(UsageError);
    await expect(call).rejects.toThrow(message);
  });
});

describe('where a regression begins', () => {
  test.each([
    { name: 'quiet runs: a share of the median', runs: [1, 1, 1], isHighBad: true, bound: 1 + TOLERANCE.share },
    { name: 'one odd run does not move it', runs: [1, 1, 1, 1, 9], isHighBad: true, bound: 1 + TOLERANCE.share },
    {
      name: 'noisy runs: their noise',
      runs: [1, 2, 3, 4, 5],
      isHighBad: true,
      bound: 3 + TOLERANCE.deviations * 1.4826,
    },
    { name: 'a throughput: half of it at most', runs: [100, 200, 300], isHighBad: false, bound: 100 },
  ])('$name', ({ runs, isHighBad, bound }) => {
    expect(boundOf(runs, isHighBad).bound).toBeCloseTo(bound, 6);
  });

  const recorded = { work: [0.001, 0.001, 0.005], delay: [0.002, 0.001, 0.002] };
  test.each([
    { name: 'the same machine', now: { work: 0.001, delay: 0.002 }, factor: 1, delay: 0 },
    { name: 'a faster one grants nothing less', now: { work: 0.0001, delay: 0 }, factor: 1, delay: 0 },
    { name: 'half as fast', now: { work: 0.002, delay: 0.002 }, factor: 2, delay: 0 },
    { name: 'far too slow', now: { work: 1, delay: 0.002 }, factor: ALLOWANCE.slowest, delay: 0 },
    { name: 'busy', now: { work: 0.001, delay: 0.012 }, factor: 1, delay: ALLOWANCE.delays * 0.01 },
    { name: 'elsewhere', now: undefined, factor: 1, delay: 0 },
  ])('on a machine that is: $name', ({ now, factor, delay }) => {
    const handicap = handicapOf(recorded, now);
    expect(handicap.factor).toBeCloseTo(factor, 9);
    expect(handicap.delay).toBeCloseTo(delay, 9);
    expect(boundOf([1], true, handicap).bound).toBeCloseTo((1 + TOLERANCE.share) * factor + delay, 6);
    expect(boundOf([1], false, handicap).bound).toBe(0.5);
  });
});
