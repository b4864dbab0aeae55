import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { MonitorInstance } from '../../generators/index.ts';
import {
  defineMetrics,
  hours,
  kibibytes,
  minutes,
  monitors,
  ms,
  percent,
  perSecond,
  seconds,
} from '../../generators/index.ts';
import { fromBase } from '../../generators/model/quantities.ts';
import { OPERATORS } from '../../generators/passes/threshold-alerts.ts';
import * as build from '../../generators/promql/build.ts';
import { print } from '../../generators/promql/print.ts';
import { modelOf } from '../support/definitions.ts';
import { plain } from '../support/monitor.ts';
import { temporaryProject } from '../support/project.ts';
import { requireTool } from '../support/tools.ts';

const m = defineMetrics('api', {
  requests_total: plain.events,
  failures_total: plain.events,
  hits_total: plain.events,
  misses_total: plain.events,
  duration_seconds: plain.time,
  memory_bytes: plain.memory,
  limit_bytes: plain.memory,
  active: plain.number,
  maximum: plain.number,
  oldest_timestamp_seconds: plain.moment,
});

const http = (levels: object): MonitorInstance =>
  monitors.httpService({
    metrics: {
      requests: m.requests_total,
      failures: m.failures_total,
      duration: m.duration_seconds,
      memory: m.memory_bytes,
      memoryLimit: m.limit_bytes,
    },
    levels,
  });
const cache = (levels: object): MonitorInstance =>
  monitors.cache({ metrics: { hits: m.hits_total, misses: m.misses_total }, levels });
const database = (levels: object): MonitorInstance =>
  monitors.database({
    metrics: { queryDuration: m.duration_seconds, poolActive: m.active, poolMaximum: m.maximum, inserts: m.hits_total },
    levels,
  });
const pipeline = (levels: object): MonitorInstance =>
  monitors.eventPipeline({
    metrics: { processed: m.requests_total, memory: m.memory_bytes, oldestPriority: m.oldest_timestamp_seconds },
    levels,
  });
const client = (levels: object): MonitorInstance =>
  monitors.browserClient({ metrics: { memory: m.memory_bytes, displayed: m.active }, levels });

/** Series by instance, as promtool writes them; the time between two values is 15 seconds. */
type Series = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Case {
  readonly monitor: MonitorInstance;
  readonly series: Series;
  /** For which instances it is bad: '' for a value over all of them. */
  readonly bad: readonly string[];
  readonly at?: string;
}

const errors = http({ errorRatio: { critical: percent(10) } });
const slow = http({ latencyP95: { critical: ms(500) } });
const memory = http({ memoryUsage: { critical: percent(90) } });
const hitRate = cache({ hitRate: { critical: percent(50) } });
const pool = database({ poolUsage: { critical: percent(95) } });
const inserts = database({ insertRate: { critical: perSecond(1) } });
const stalled = pipeline({ stalled: { critical: perSecond(0) } });
const low = pipeline({ throughput: { critical: perSecond(1) } });
const leak = pipeline({ memoryPerEvent: { critical: kibibytes(1) } });
const retention = pipeline({ priorityRetention: { critical: hours(24) } });
const perItem = client({ memoryPerItem: { critical: kibibytes(1) } });

const CASES: Readonly<Record<string, Case>> = {
  'errors of one instance among two': {
    monitor: errors,
    series: { requests_total: { a: '0+15x40', b: '0+15x40' }, failures_total: { a: '0+6x40', b: '0+0x40' } },
    bad: [''],
  },
  'no errors, and no series of errors yet': { monitor: errors, series: { requests_total: { a: '0+15x40' } }, bad: [] },
  'no traffic at all': {
    monitor: errors,
    series: { requests_total: { a: '7+0x40' }, failures_total: { a: '3+0x40' } },
    bad: [],
  },
  'nothing scraped': { monitor: errors, series: {}, bad: [] },
  'errors across a restart': {
    monitor: errors,
    series: { requests_total: { a: '900+15x20 0+15x20' }, failures_total: { a: '90+6x20 0+6x20' } },
    bad: [''],
  },
  'a restart without errors': {
    monitor: errors,
    series: { requests_total: { a: '900+15x20 0+15x20' }, failures_total: { a: '90+0x20 0+0x20' } },
    bad: [],
  },
  'slow requests': {
    monitor: slow,
    series: {
      'duration_seconds_bucket{le="0.1"}': { a: '0+1x40' },
      'duration_seconds_bucket{le="1"}': { a: '0+15x40' },
      'duration_seconds_bucket{le="+Inf"}': { a: '0+15x40' },
    },
    bad: [''],
  },
  'slow requests of the past': {
    monitor: slow,
    series: {
      'duration_seconds_bucket{le="0.1"}': { a: '1+0x40' },
      'duration_seconds_bucket{le="1"}': { a: '15+0x40' },
      'duration_seconds_bucket{le="+Inf"}': { a: '15+0x40' },
    },
    bad: [],
  },
  'memory of one instance at its limit': {
    monitor: memory,
    series: { memory_bytes: { a: '95x40', b: '5x40' }, limit_bytes: { a: '100x40', b: '100x40' } },
    bad: ['a'],
  },
  'memory without a limit': {
    monitor: memory,
    series: { memory_bytes: { a: '95x40' }, limit_bytes: { a: '0x40' } },
    bad: [],
  },
  'a cache that answers half': {
    monitor: hitRate,
    series: { hits_total: { a: '0+4x40' }, misses_total: { a: '0+6x40' } },
    bad: [''],
  },
  'a cache that has never answered': { monitor: hitRate, series: { misses_total: { a: '0+6x40' } }, bad: [''] },
  'a cache that has always answered': { monitor: hitRate, series: { hits_total: { a: '0+6x40' } }, bad: [] },
  'a cache that nobody asks': {
    monitor: hitRate,
    series: { hits_total: { a: '5+0x40' }, misses_total: { a: '5+0x40' } },
    bad: [],
  },
  'one full pool of ten': {
    monitor: pool,
    series: {
      active: Object.fromEntries([['a', '20x40'], ...[...'bcdefghij'].map((name) => [name, '1x40'])]) as Record<
        string,
        string
      >,
      maximum: Object.fromEntries([...'abcdefghij'].map((name) => [name, '20x40'])),
    },
    bad: ['a'],
  },
  'a pool without a maximum': { monitor: pool, series: { active: { a: '20x40' }, maximum: { a: '0x40' } }, bad: [] },
  'no inserts': { monitor: inserts, series: { hits_total: { a: '5+0x40' } }, bad: [''] },
  'no inserts ever': { monitor: inserts, series: {}, bad: [''] },
  'events that go through': { monitor: stalled, series: { requests_total: { a: '0+1x40' } }, bad: [] },
  'events of one of two instances': {
    monitor: stalled,
    series: { requests_total: { a: '0+1x40', b: '0+0x40' } },
    bad: [],
  },
  'no event for a while': { monitor: stalled, series: { requests_total: { a: '99+0x40' } }, bad: [''] },
  'no event since the start': { monitor: stalled, series: {}, bad: [''] },
  'a process that is gone': {
    monitor: stalled,
    series: { requests_total: { a: '0+1x4 stale' } },
    bad: [''],
    at: '15m',
  },
  'too few events': { monitor: low, series: { requests_total: { a: '0+1x40' } }, bad: [''] },
  'too few events, none in fact': { monitor: low, series: {}, bad: [''] },
  'memory that grows with every event': {
    monitor: leak,
    series: { requests_total: { a: '0+1x280' }, memory_bytes: { a: '0+2048x280' } },
    bad: [''],
    at: '1h',
  },
  'memory that grows without events': {
    monitor: leak,
    series: { requests_total: { a: '5+0x280' }, memory_bytes: { a: '0+2048x280' } },
    bad: [],
    at: '1h',
  },
  'an old event': { monitor: retention, series: { oldest_timestamp_seconds: { a: '1x7000' } }, bad: [''], at: '25h' },
  'no event that is kept': {
    monitor: retention,
    series: { oldest_timestamp_seconds: { a: '0x7000' } },
    bad: [],
    at: '25h',
  },
  'heavy items': { monitor: perItem, series: { memory_bytes: { a: '4096x40' }, active: { a: '2x40' } }, bad: [''] },
  'no items at all': { monitor: perItem, series: { memory_bytes: { a: '4096x40' }, active: { a: '0x40' } }, bad: [] },
};

/** The condition of the only level of a monitor. */
const conditionOf = (monitor: MonitorInstance): string => {
  const { model, findings } = modelOf({ components: { part: monitor }, thresholds: {} });
  expect(findings).toEqual([]);
  const [threshold, ...others] = model?.systems[0]?.thresholds ?? [];
  const level = threshold?.levels[0];
  if (!threshold || !level || others.length > 0) throw new Error('the monitor has not exactly one threshold');
  const limit = build.number(fromBase(level.level.value, threshold.unit));
  return print(build.binary(OPERATORS[threshold.direction], threshold.query, limit));
};

const seriesName = (metric: string, instance: string): string => {
  const [name = '', labels = '}'] = metric.split('{');
  return `${name}{job="api", instance="${instance}", ${labels}`.replace(', }', '}');
};

/** Conditions are counted by instance: how a value is rounded is not what is tested. */
const toTest = ({ monitor, series, bad, at = '9m' }: Case): object => {
  const condition = conditionOf(monitor);
  return {
    interval: '15s',
    input_series: Object.entries(series).flatMap(([metric, instances]) =>
      Object.entries(instances).map(([instance, values]) => ({ series: seriesName(metric, instance), values })),
    ),
    promql_expr_test: [
      {
        expr: `count by (instance) (${condition})`,
        eval_time: at,
        exp_samples: bad.map((instance) => ({ labels: instance === '' ? '{}' : `{instance="${instance}"}`, value: 1 })),
      },
    ],
  };
};

describe('what Prometheus says of a monitor', () => {
  test.each(Object.entries(CASES))('%s', (_, one) => {
    const promtool = requireTool('promtool');
    const project = temporaryProject();
    project.write('test.yml', stringify({ evaluation_interval: '15s', tests: [toTest(one)] }));
    const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', 'test.yml'], {
      cwd: project.root,
      encoding: 'utf8',
    });
    project.remove();
    expect({ status, said: status === 0 ? '' : `${conditionOf(one.monitor)}\n${stdout}${stderr}` }).toEqual({
      status: 0,
      said: '',
    });
  });
});

describe('the window of a rate', () => {
  const windowOf = (jobs: Record<string, object>, changes: object = {}): string => {
    const monitor = monitors.cache({
      metrics: { hits: m.hits_total, misses: m.misses_total },
      levels: { hitRate: { warning: percent(5) } },
      ...changes,
    });
    const { model } = modelOf({ jobs: jobs as never, components: { part: monitor }, thresholds: {} });
    const query = model?.systems[0]?.thresholds[0]?.query;
    return /\[(.*?)\]/.exec(query ? print(query) : '')?.[1] ?? '';
  };
  const job = (interval: ReturnType<typeof seconds>): object => ({ targets: { local: ['a:1'] }, interval });

  test.each<readonly [string, Record<string, object>, object, string]>([
    ['five minutes', { api: job(seconds(15)) }, {}, '5m'],
    ['four scrapes of a slow job', { api: job(minutes(2)) }, {}, '8m'],
    ['not longer for another slow job', { api: job(seconds(15)), other: job(minutes(30)) }, {}, '5m'],
    ['what it says', { api: job(seconds(15)) }, { window: minutes(2) }, '2m'],
  ])('is %s', (_, jobs, changes, expected) => {
    expect(windowOf(jobs, changes)).toBe(expected);
  });
});
