import { describe, expect, test } from 'vitest';
import { callSiteOf } from '../../generators/diagnostics/call-site.ts';
import {
  counter,
  defineMetrics,
  gauge,
  histogram,
  pattern,
  summary,
  toLabelValues,
} from '../../generators/model/metric.ts';
import { mebibytes, ms, percent, perMinute, seconds } from '../../generators/model/quantities.ts';

const m = defineMetrics('api', {
  requests_total: counter({
    unit: 'count',
    help: 'Requests.',
    labels: { method: ['GET', 'POST'], route: 'any', status: pattern('[1-5]..') },
  }),
  duration_ms: histogram({ unit: 'milliseconds', help: 'Time.', buckets: [ms(5), ms(0.25), seconds(1)], native: true }),
  size_kib: histogram({ unit: 'kibibytes', help: 'Size.', buckets: [mebibytes(1), mebibytes(0.5)] }),
  cpu_percent: gauge({ unit: 'percent', help: 'Processor.', range: { min: 0, max: 100 }, job: 'node' }),
  latency: summary({ unit: 'seconds', help: 'Time.', quantiles: [0.5, 0.99] }),
});

describe('a declared metric', () => {
  test('has its name, the job of its block, and all that was said about it', () => {
    expect(m.requests_total).toEqual({
      kind: 'metric',
      name: 'requests_total',
      type: 'counter',
      dimension: 'count',
      unit: 'count',
      help: 'Requests.',
      labels: { method: ['GET', 'POST'], route: 'any', status: { kind: 'pattern', pattern: '[1-5]..' } },
      job: 'api',
    });
    expect(m.latency).toMatchObject({ type: 'summary', quantiles: [0.5, 0.99], labels: {}, dimension: 'time' });
  });

  test('can be of another job than its block', () => {
    expect(m.cpu_percent).toMatchObject({ job: 'node', dimension: 'ratio', range: { min: 0, max: 100 } });
  });

  test.each([
    ['in its own unit, as they are written', m.duration_ms.buckets, [5, 0.25, 1000]],
    ['in a unit beyond the base unit', m.size_kib.buckets, [1024, 512]],
    ['not at all where there are none', m.requests_total.buckets, undefined],
  ])('has its buckets %s', (_, found, expected) => {
    expect(found).toEqual(expected);
  });

  test('knows the line that declares it, and shows that to nobody', () => {
    expect(callSiteOf(m.requests_total)?.stack).toContain('metric.test.ts');
    expect(callSiteOf(m.requests_total)).not.toBe(callSiteOf(m.latency));
    expect(Object.keys(m.requests_total)).not.toContain('callSite');
  });

  test('of a unit that does not exist is made all the same: the report says what is wrong with it', () => {
    const wrong = defineMetrics('api', {
      time: histogram({ unit: 'second' as never, help: 'Time.', buckets: [perMinute(1) as never] }),
    });
    expect(wrong.time).toMatchObject({ unit: 'second', dimension: undefined });
    expect(() => defineMetrics('api', { share: gauge({ unit: 'percents' as never, help: 'x' }) })).not.toThrow();
    expect(percent(1).unit).toBe('percent');
  });
});

describe('the values of a label', () => {
  test.each([
    ['any' as const, { kind: 'any' }],
    [['a', 'b'], { kind: 'oneOf', values: ['a', 'b'] }],
    [pattern('a+'), { kind: 'pattern', pattern: 'a+' }],
  ])('%j', (input, expected) => {
    expect(toLabelValues(input)).toEqual(expected);
  });
});
