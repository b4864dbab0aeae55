import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { MonitorInstance } from '../../generators/index.ts';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  hours,
  kibibytes,
  minutes,
  monitors,
  ms,
  percent,
  perSecond,
  seconds,
  select,
  state,
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
  open: gauge({ unit: 'state', help: 'Open.', range: { min: 0, max: 1 } }),
  errors_total: counter({ unit: 'count', help: 'Errors.', labels: { type: 'any' } }),
  cpu_seconds_total: counter({ unit: 'seconds', help: 'Time.', labels: { mode: ['user', 'idle'] } }),
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

const spikes = monitors.errorTracker({
  metrics: { errors: m.errors_total },
  levels: { spike: { critical: count(10) } },
});
const newTypes = monitors.errorTracker({
  metrics: { errors: m.errors_total },
  levels: { newType: { critical: count(0) } },
});
const busy = monitors.host({
  metrics: { cpuTime: m.cpu_seconds_total, cpuIdle: select(m.cpu_seconds_total, { mode: 'idle' }) },
  levels: { cpuUsage: { critical: percent(90) } },
});
const rising = monitors.host({
  metrics: { memoryAvailable: m.memory_bytes, memoryTotal: m.limit_bytes },
  levels: { memoryRising: { critical: percent(80) } },
});
const quota = monitors.externalApi({
  metrics: { calls: m.requests_total, failures: m.failures_total, quotaUsed: m.active, quotaLimit: m.maximum },
  levels: { quotaUsage: { critical: percent(80), inclusive: true } },
});

const jobs = (levels: object): MonitorInstance =>
  monitors.jobQueue({
    metrics: { waiting: m.active, failures: m.failures_total, oldestWaiting: m.oldest_timestamp_seconds },
    levels,
  });
const failed = jobs({ failures: { critical: count(5) } });
const waits = jobs({ waitingTime: { critical: minutes(5) } });
const deep = jobs({ depth: { critical: count(10) } });
const circuit = monitors.circuitBreaker({ metrics: { open: m.open }, levels: { open: { critical: state(true) } } });
const calls = monitors.circuitBreaker({
  metrics: { open: m.open, calls: m.requests_total, failures: m.failures_total },
  levels: { failureRatio: { critical: percent(50) } },
});

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
  'six failed jobs at once': { monitor: failed, series: { failures_total: { a: '0x20 6x20' } }, bad: [''] },
  'four failed jobs, one of each instance': {
    monitor: failed,
    series: { failures_total: Object.fromEntries([...'abcd'].map((name) => [name, '0x20 1x20'])) },
    bad: [],
  },
  'a job that waits': { monitor: waits, series: { oldest_timestamp_seconds: { a: '1x40' } }, bad: [''] },
  'a queue in which nothing waits': { monitor: waits, series: { oldest_timestamp_seconds: { a: '0x40' } }, bad: [] },
  'a queue that two instances report': { monitor: deep, series: { active: { a: '8x40', b: '8x40' } }, bad: [] },
  'a circuit that tries single calls': { monitor: circuit, series: { open: { a: '1x33 0x1 1x1 0x3' } }, bad: [''] },
  'a circuit that has closed': { monitor: circuit, series: { open: { a: '1x10 0x30' } }, bad: [] },
  'calls that all fail': {
    monitor: calls,
    series: { requests_total: { a: '0+15x40' }, failures_total: { a: '0+15x40' } },
    bad: [''],
  },
  'calls of which none has ever failed': { monitor: calls, series: { requests_total: { a: '0+15x40' } }, bad: [] },
  'no calls, because the circuit is open': {
    monitor: calls,
    series: { requests_total: { a: '9+0x40' }, failures_total: { a: '9+0x40' } },
    bad: [],
  },
  'heavy items': { monitor: perItem, series: { memory_bytes: { a: '4096x40' }, active: { a: '2x40' } }, bad: [''] },
  'a spike of errors of one type': {
    monitor: spikes,
    series: { 'errors_total{type="x"}': { a: '0x20 11x20' }, 'errors_total{type="y"}': { a: '0+0x40' } },
    bad: [''],
  },
  'a spike that begins its series': {
    monitor: spikes,
    series: { 'errors_total{type="x"}': { a: '_x25 11x20' } },
    bad: [''],
  },
  'ten errors of one type are no spike yet': {
    monitor: spikes,
    series: { 'errors_total{type="x"}': { a: '_x25 10x20' } },
    bad: [],
  },
  'many errors of long ago, seen again after an outage': {
    monitor: spikes,
    series: { 'errors_total{type="x"}': { a: '500x10 stale _x20 500x20' } },
    bad: [],
  },
  'an error of a type that begins its series': {
    monitor: newTypes,
    series: { 'errors_total{type="x"}': { a: '_x25 1x20' } },
    bad: [''],
  },
  'an error of a type that stood at 0': {
    monitor: newTypes,
    series: { 'errors_total{type="x"}': { a: '0x25 1x20' } },
    bad: [''],
  },
  'an error of a type that there was an hour ago': {
    monitor: newTypes,
    series: { 'errors_total{type="x"}': { a: '0x40 1x225 2x20' } },
    bad: [],
    at: '70m',
  },
  'an error of a type that there was an hour ago, before a restart': {
    monitor: newTypes,
    series: { 'errors_total{type="x"}': { a: '_x40 3x100 stale _x120 1x20' } },
    bad: [],
    at: '68m',
  },
  'types that are known, and silent': {
    monitor: newTypes,
    series: { 'errors_total{type="x"}': { a: '0x60' } },
    bad: [],
  },
  'a processor that was busy long ago': {
    monitor: busy,
    series: {
      'cpu_seconds_total{mode="user"}': { a: '90000+1x60' },
      'cpu_seconds_total{mode="idle"}': { a: '10+14x60' },
    },
    bad: [],
  },
  'one busy processor of two': {
    monitor: busy,
    series: {
      'cpu_seconds_total{mode="user"}': { a: '0+14.5x60', b: '0+1x60' },
      'cpu_seconds_total{mode="idle"}': { a: '90000+0.5x60', b: '0+14x60' },
    },
    bad: ['a'],
  },
  'memory that rises and is nearly full': {
    monitor: rising,
    series: { memory_bytes: { a: '300-2x100' }, limit_bytes: { a: '1000x100' } },
    bad: ['a'],
    at: '24m',
  },
  'memory that is nearly full and stays so': {
    monitor: rising,
    series: { memory_bytes: { a: '100x100' }, limit_bytes: { a: '1000x100' } },
    bad: [],
    at: '24m',
  },
  'memory that rises and is far from full': {
    monitor: rising,
    series: { memory_bytes: { a: '900-2x100' }, limit_bytes: { a: '1000x100' } },
    bad: [],
    at: '24m',
  },
  'a quota of which exactly the level is used': {
    monitor: quota,
    series: { active: { a: '80x40', b: '80x40' }, maximum: { a: '100x40', b: '100x40' } },
    bad: [''],
  },
  'a quota of which less is used': {
    monitor: quota,
    series: { active: { a: '79x40', b: '79x40' }, maximum: { a: '100x40', b: '100x40' } },
    bad: [],
  },
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
