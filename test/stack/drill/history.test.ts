import { describe, expect, it } from 'vitest';
import { compileModel } from '../../../generators/compile.ts';
import { createReport } from '../../../generators/diagnostics/report.ts';
import { scaleTime } from '../../../generators/model/scale-time.ts';
import { loadDefinitions } from '../local-project.ts';
import { nearlySpent, parseScrape, reachOf, steadyHistory, totalSeries, windowsOf } from './history.ts';

const FACTOR = 150;
const NOW = 1_700_000_000;

const compiled = compileModel(await loadDefinitions(createReport()), createReport());
if (!compiled) throw new Error('the definitions do not compile');
const model = scaleTime(compiled, FACTOR, createReport(), 500);
const slo = model.systems.find(({ id }) => id === 'networx')?.slos.find(({ id }) => id === 'api-latency');
if (!slo) throw new Error('networx has no such objective');

describe('the history of a budget', () => {
  it('is asked of the shortest window', () => {
    expect(totalSeries(model, FACTOR)).toEqual(['slo:sli_total_events:increase5m']);
  });

  it('has a period that is nearly spent and comes back when its beginning leaves it', () => {
    const labels = {
      __name__: 'slo:sli_total_events:increase5m',
      slo: slo.id,
      sloth_slo: slo.id,
      sloth_service: 'networx',
    };
    const window = 300 / FACTOR;
    const text = nearlySpent(model, [{ labels: { ...labels, system: 'networx' }, value: 10 * window }], {
      factor: FACTOR,
      now: NOW,
      leavesAt: NOW + 100,
      spare: { share: 0.02, seconds: 6 },
    });
    const valueAt = (name: string, time: number): number => {
      const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
      const found = lines.map((line) => line.split(' ').slice(-2).map(Number)).findLast(([, at = 0]) => at <= time);
      return found?.[0] ?? Number.NaN;
    };
    const sum = (kind: string, at: number): number => {
      const step = slo.period / 1000 / 10;
      return Array.from({ length: 9 }, (_, index) =>
        valueAt(`slo:sli_${kind}_events:increase3d`, at - step * (index + 1)),
      ).reduce((all, one) => all + one, 0);
    };
    const period = slo.period / 1000;
    const budget = (1 - slo.objective) * period * 10;
    expect(sum('total', NOW)).toBeCloseTo(10 * 0.9 * period, 0);
    // All but what is spare, to the distance of the samples.
    expect(sum('bad', NOW)).toBeGreaterThan(budget - 10 * (6 + 2));
    expect(sum('bad', NOW)).toBeLessThan(budget);
  });
});

describe('the history of what is exposed', () => {
  it('reaches as far back as the rules compare', () => {
    expect(reachOf(model).get('process_resident_memory_bytes')).toBeCloseTo(86_400 / FACTOR, 0);
    expect(windowsOf(model).get('jobs_processed_total') ?? windowsOf(model).size).toBeGreaterThan(0);
  });

  it('goes on as it does now', () => {
    const text = steadyHistory(
      [{ name: 'a_total', labels: { job: 'x' }, value: 100, perSecond: 2 }],
      new Map([['a_total', 20]]),
      NOW,
    );
    const lines = text.trim().split('\n');
    expect(lines).toHaveLength(20);
    expect(lines[0]).toBe(`a_total{job="x"} 40 ${(NOW - 30).toFixed(3)}`);
  });

  it('is read from a scrape with the labels of its target', () => {
    expect(parseScrape('# HELP a b\na{b="c \\"d\\""} 1\ne +Inf\n', { job: 'x' })).toEqual([
      { name: 'a', labels: { b: 'c "d"', job: 'x' }, value: 1 },
      { name: 'e', labels: { job: 'x' }, value: Infinity },
    ]);
  });
});
