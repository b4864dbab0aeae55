import { beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import { createLocator } from '../../generators/load/locate.ts';
import { typecheck } from '../../generators/load/typecheck.ts';
import * as tocsin from '../../generators/index.ts';
import { temporaryProject } from '../support/project.ts';

/** What every snippet can use. */
const METRICS = `import { counter, defineMetrics, gauge, histogram, ms, pattern, summary } from 'tocsin';
export const m = defineMetrics('api', {
  requests_total: counter({ unit: 'count', help: 'x', labels: { method: ['GET', 'POST'], route: 'any', status: pattern('[1-5]..') } }),
  errors_total: counter({ unit: 'count', help: 'x', labels: { route: 'any' } }),
  sent_bytes_total: counter({ unit: 'bytes', help: 'x' }),
  duration_seconds: histogram({ unit: 'seconds', help: 'x', labels: { route: 'any' }, buckets: [ms(10)] }),
  wait_seconds: summary({ unit: 'seconds', help: 'x', quantiles: [0.5] }),
  memory_bytes: gauge({ unit: 'bytes', help: 'x', labels: { area: ['heap', 'stack'] } }),
  memory_limit_bytes: gauge({ unit: 'bytes', help: 'x' }),
  lag_seconds: gauge({ unit: 'seconds', help: 'x' }),
  lag_milliseconds: gauge({ unit: 'milliseconds', help: 'x' }),
  queue_depth: gauge({ unit: 'count', help: 'x', labels: { queue: ['mail', 'export'] } }),
  load_ratio: gauge({ unit: 'ratio', help: 'x' }),
  last_success_timestamp_seconds: gauge({ unit: 'unix_seconds', help: 'x' }),
});
`;

const HEAD = `import { ${Object.keys(tocsin).toSorted().join(', ')} } from 'tocsin';\nimport { m } from './metrics.ts';\n`;
const FIVE = 'minutes(5)';
const HTTP = 'requests: m.requests_total, failures: m.errors_total, duration: m.duration_seconds';
const TEXTS = "alert: 'A', title: 'x', direction: 'above'";
const SYSTEM = "id: 'a', title: 'x', description: 'x', owner: 'x', components: {}";
const resources = 'requests: { cpu: cores(1), memory: mebibytes(1) }, limits: { cpu: cores(1), memory: mebibytes(1) }';
const probe = (path: string): string => `{ path: '${path}', every: seconds(5), timeout: seconds(1), failures: 3 }`;

/** Snippets that must not compile, with the compiler's code and a part of what it says. */
const REFUSED: Readonly<Record<string, readonly [snippet: string, tsCode: string, message: string]>> = {
  'a latency threshold in bytes': [
    `threshold({ ${TEXTS}, query: query.quantile(0.95, m.duration_seconds, { over: ${FIVE} }), warning: mebibytes(1) })`,
    'TS2322',
    `Type '"data"' is not assignable to type '"time"'`,
  ],
  'a critical level in another unit than the warning': [
    `threshold({ ${TEXTS}, query: m.lag_seconds, warning: ms(1), critical: { level: percent(1) } })`,
    'TS2322',
    `Type '"ratio"' is not assignable to type '"time"'`,
  ],
  'a goal in another unit': [
    `threshold({ ${TEXTS}, query: m.lag_seconds, warning: ms(1), goal: count(1) })`,
    'TS2322',
    `Type '"count"' is not assignable to type '"time"'`,
  ],
  'a level that is a bare number': [
    `threshold({ ${TEXTS}, query: m.lag_seconds, warning: 5 })`,
    'TS2322',
    "Type 'number'",
  ],
  'a threshold without a level': [`threshold({ ${TEXTS}, query: m.lag_seconds })`, 'TS2345', 'critical'],
  'a duration that is a bare number': [
    `threshold({ ${TEXTS}, query: m.lag_seconds, warning: ms(1), for: 300 })`,
    'TS2322',
    "Type 'number'",
  ],
  'an unknown direction': [
    `threshold({ alert: 'A', title: 'x', query: m.lag_seconds, warning: ms(1), direction: 'over' })`,
    'TS2322',
    '"over"',
  ],
  'an unknown metric': [`query.rate(m.request_total, ${FIVE})`, 'TS2551', "Did you mean 'requests_total'?"],
  'an unknown label in a selection': [
    `select(m.requests_total, { statuss: '500' })`,
    'TS2561',
    "'statuss' does not exist",
  ],
  'an unknown label in a selection of a metric without labels': [
    `select(m.lag_seconds, { route: '/' })`,
    'TS2353',
    "'route' does not exist",
  ],
  'a label of another metric': [`select(m.errors_total, { method: 'GET' })`, 'TS2353', "'method' does not exist"],
  'a value outside a closed list': [
    `select(m.requests_total, { method: 'PUT' })`,
    'TS2322',
    `Type '"PUT"' is not assignable`,
  ],
  'a list with a value outside a closed list': [
    `select(m.requests_total, { method: ['GET', 'PUT'] })`,
    'TS2322',
    `Type '"PUT"' is not assignable`,
  ],
  'another value than one outside a closed list': [
    `select(m.requests_total, { method: not('PUT') })`,
    'TS2322',
    `'"PUT"' is not assignable`,
  ],
  'an unknown label in by': [
    `query.sum(query.rate(m.requests_total, ${FIVE}), { by: ['rout'] })`,
    'TS2820',
    `Did you mean '"route"'?`,
  ],
  'an unknown label in by, of a gauge without labels': [
    `query.maximum(m.lag_seconds, { by: ['route'] })`,
    'TS2322',
    `'"route"' is not assignable`,
  ],
  'a label in by that an aggregation dropped': [
    `query.sum(query.sum(m.queue_depth, { by: ['job'] }), { by: ['queue'] })`,
    'TS2322',
    `'"queue"' is not assignable`,
  ],
  'an unknown label in by of a quantile': [
    `query.quantile(0.9, m.duration_seconds, { over: ${FIVE}, by: ['method'] })`,
    'TS2322',
    `'"method"' is not assignable`,
  ],
  'an unknown label in without': [`query.sumWithout(m.queue_depth, ['queues'])`, 'TS2820', `Did you mean '"queue"'?`],
  'a label in by that without dropped': [
    `query.sum(query.sumWithout(m.queue_depth, ['queue']), { by: ['queue'] })`,
    'TS2322',
    `'"queue"' is not assignable`,
  ],
  'a label in by that pairing dropped': [
    `query.sum(query.add(m.lag_seconds, m.lag_seconds, { on: ['job'] }), { by: ['instance'] })`,
    'TS2322',
    `'"instance"' is not assignable`,
  ],
  'pairing on a label of one side': [
    `query.divide(m.memory_bytes, m.memory_limit_bytes, { on: ['area'] })`,
    'TS2322',
    `'"area"' is not assignable`,
  ],
  'ignoring a label of neither side': [
    `query.divide(m.memory_bytes, m.memory_limit_bytes, { ignoring: ['queue'] })`,
    'TS2322',
    `'"queue"' is not assignable`,
  ],
  'a label that comes over and is not there': [
    `query.divide(m.memory_bytes, m.memory_limit_bytes, { on: ['job'], groupLeft: ['area'] })`,
    'TS2322',
    `'"area"' is not assignable`,
  ],
  'two ways of pairing': [
    `query.add(m.lag_seconds, m.lag_seconds, { on: ['job'], ignoring: ['instance'] })`,
    'TS2322',
    'not assignable',
  ],
  'labels that come over without pairing': [
    `query.add(m.lag_seconds, m.lag_seconds, { groupLeft: ['job'] })`,
    'TS2345',
    'not assignable',
  ],
  'labels that come over in a set operation': [
    `query.and(m.lag_seconds, m.lag_seconds, { on: ['job'], groupLeft: [] })`,
    'TS2322',
    'not assignable',
  ],
  'a counter without a rate': [
    `query.sum(m.errors_total)`,
    'TS2345',
    `Type '"counter"' is not assignable to type '"gauge"'`,
  ],
  'a histogram without a function': [
    `threshold({ ${TEXTS}, query: m.duration_seconds, warning: ms(1) })`,
    'TS2322',
    'duration_seconds',
  ],
  'the rate of a gauge': [
    `query.rate(m.queue_depth, ${FIVE})`,
    'TS2345',
    `Type '"gauge"' is not assignable to type '"counter"'`,
  ],
  'the change of a counter': [
    `query.delta(m.errors_total, ${FIVE})`,
    'TS2345',
    `Type '"counter"' is not assignable to type '"gauge"'`,
  ],
  'a quantile of a summary': [
    `query.quantile(0.9, m.wait_seconds, { over: ${FIVE} })`,
    'TS2345',
    `Type '"summary"' is not assignable to type '"histogram"'`,
  ],
  'a window that is a number': [`query.rate(m.errors_total, 300)`, 'TS2345', "type 'number'"],
  'a window that is no time': [
    `query.rate(m.errors_total, bytes(5))`,
    'TS2345',
    `Type '"data"' is not assignable to type '"time"'`,
  ],
  'seconds and bytes added': [
    `query.add(m.lag_seconds, m.memory_limit_bytes)`,
    'TS2345',
    `'"data"' is not assignable to type '"time"'`,
  ],
  'seconds and bytes in one set': [
    `query.or(m.lag_seconds, m.memory_limit_bytes)`,
    'TS2345',
    `'"data"' is not assignable to type '"time"'`,
  ],
  'moments added up': [`query.sum(m.last_success_timestamp_seconds)`, 'TS2345', 'timestamp'],
  'a quotient that has no unit': [
    `query.divide(m.memory_bytes, query.rate(m.errors_total, ${FIVE}))`,
    'TS2345',
    `'"frequency"' is not assignable`,
  ],
  'a limit in another unit': [
    `query.only(m.lag_seconds, '>', bytes(1))`,
    'TS2345',
    `'"data"' is not assignable to type '"time"'`,
  ],
  'an age of what is no moment': [
    `query.timeSince(m.lag_seconds)`,
    'TS2345',
    `'"time"' is not assignable to type '"timestamp"'`,
  ],
  'zero for one of many series': [
    `query.orZero(query.sum(m.queue_depth, { by: ['queue'] }))`,
    'TS2379',
    `'"queue"' is not assignable`,
  ],
  'text in a template': ["promql('count')`sum(${'x'})`", 'TS2345', "type 'string'"],
  'an amount of data in a template': ["promql('count')`sum(${bytes(1)})`", 'TS2345', `'"data"' is not assignable`],
  'an unknown unit of a template': ["promql('second')`time()`", 'TS2345', '"second"'],
  'an unknown unit of a metric': [`gauge({ unit: 'second', help: 'x' })`, 'TS2820', `Did you mean '"seconds"'?`],
  'buckets in another unit': [
    `histogram({ unit: 'seconds', help: 'x', buckets: [bytes(1)] })`,
    'TS2322',
    `'"data"' is not assignable to type '"time"'`,
  ],
  'a histogram without buckets': [`histogram({ unit: 'seconds', help: 'x' })`, 'TS2345', 'buckets'],
  'a range of a counter': [
    `counter({ unit: 'count', help: 'x', range: { min: 0 } })`,
    'TS2353',
    "'range' does not exist",
  ],
  'a level of a monitor in another unit': [
    `monitors.httpService({ metrics: { ${HTTP} }, levels: { latencyP95: { warning: mebibytes(1) } } })`,
    'TS2322',
    `'"data"' is not assignable to type '"time"'`,
  ],
  'an unknown signal of a monitor': [
    `monitors.httpService({ metrics: { ${HTTP} }, levels: { latency: { warning: ms(1) } } })`,
    'TS2353',
    "'latency' does not exist",
  ],
  'an unknown property of a level': [
    `monitors.httpService({ metrics: { ${HTTP} }, levels: { latencyP95: { warning: ms(1), form: minutes(1) } } })`,
    'TS2561',
    "'form' does not exist",
  ],
  'an unknown role of a metric': [
    `monitors.httpService({ metrics: { ${HTTP}, heap: m.memory_bytes } })`,
    'TS2353',
    "'heap' does not exist",
  ],
  'an unknown property of a component': [
    `monitors.cache({ metrics: { hits: m.errors_total, misses: m.errors_total }, dependson: [] })`,
    'TS2561',
    "'dependson' does not exist",
  ],
  'a metric that is missing': [
    `monitors.cache({ metrics: { hits: m.errors_total } })`,
    'TS2741',
    "'misses' is missing",
  ],
  'a gauge in the role of a counter': [
    `monitors.cache({ metrics: { hits: m.queue_depth, misses: m.errors_total } })`,
    'TS2322',
    `Type '"gauge"' is not assignable to type '"counter"'`,
  ],
  'a counter of bytes in the role of one of events': [
    `monitors.cache({ metrics: { hits: m.sent_bytes_total, misses: m.errors_total } })`,
    'TS2322',
    `'"data"' is not assignable to type '"count"'`,
  ],
  'a summary in the role of a histogram': [
    `monitors.searchIndex({ metrics: { duration: m.wait_seconds } })`,
    'TS2322',
    `Type '"summary"' is not assignable to type '"histogram"'`,
  ],
  'a probe of a path that is no endpoint': [
    `workload({ image: 'x', replicas: 1, ports: { http: 1 }, endpoints: { '/live': { checks: [] }, '/ready': { checks: [] } }, startup: ${probe('/live')}, readiness: ${probe('/ready')}, liveness: ${probe('/alive')}, resources: { ${resources} } })`,
    'TS2820',
    `Did you mean '"/live"'?`,
  ],
  'memory in seconds': [
    `workload({ image: 'x', replicas: 1, ports: { http: 1 }, endpoints: { '/a': { checks: [] } }, startup: ${probe('/a')}, readiness: ${probe('/a')}, liveness: ${probe('/a')}, resources: { requests: { cpu: cores(1), memory: seconds(1) }, limits: { cpu: cores(1), memory: mebibytes(1) } } })`,
    'TS2322',
    `'"time"' is not assignable to type '"data"'`,
  ],
  'a rate of bytes that is one of time': [`per(seconds(1), hours(1))`, 'TS2769', 'No overload matches'],
  'an unknown property of a system': [
    `defineSystem({ ${SYSTEM}, jobs: {}, component: {} })`,
    'TS2561',
    "'component' does not exist",
  ],
  'a secret where a file is named': [`slack({ channel: '#a', apiUrl: 'x' })`, 'TS2353', "'apiUrl' does not exist"],
};

/** Snippets that must compile. */
const ACCEPTED: Readonly<Record<string, string>> = {
  'a level in another scale of the unit': `threshold({ ${TEXTS}, query: m.lag_milliseconds, warning: seconds(1), critical: { level: minutes(1), for: hours(1), severity: 'x', alert: 'B' }, goal: ms(1) })`,
  'one level only': `threshold({ ${TEXTS}, query: m.lag_seconds, critical: ms(1) })`,
  'a level in the unit of a free expression':
    "threshold({ alert: 'A', title: 'x', direction: 'below', query: promql('ratio')`1 - ${m.load_ratio}`, warning: percent(5) })",
  'labels of a selection': `select(m.requests_total, { method: ['GET', 'POST'], route: matches('/a.*'), status: notMatches('5..'), instance: not('a'), job: 'b' })`,
  'another value of a closed list': `select(m.requests_total, { method: not('GET') })`,
  'a pattern over a closed list': `select(m.requests_total, { method: matches('G.*') })`,
  'a selection of a selection': `select(select(m.requests_total, { method: 'GET' }), { route: '/' })`,
  'grouping by labels of the scrape': `query.sum(m.lag_seconds, { by: ['instance', 'job'] })`,
  'grouping by what pairing brought over': `query.sum(query.multiply(query.divide(m.memory_limit_bytes, m.memory_bytes, { on: ['job', 'instance'], groupLeft: ['area'] }), 2), { by: ['area'] })`,
  'grouping what a free expression gives by anything':
    "query.sum(promql('count')`count_values(\"version\", ${m.queue_depth})`, { by: ['version'] })",
  'grouping buckets': `query.sum(query.rate(query.buckets(m.duration_seconds), ${FIVE}), { by: ['le', 'route'] })`,
  'different scales of one unit': `query.subtract(m.lag_seconds, m.lag_milliseconds)`,
  'bytes per event as bytes': `threshold({ ${TEXTS}, query: query.divide(query.sum(query.rate(m.sent_bytes_total, ${FIVE})), query.sum(query.rate(m.errors_total, ${FIVE}))), warning: kibibytes(1) })`,
  'a count of states': `threshold({ ${TEXTS}, query: query.sum(query.up('api')), warning: count(2) })`,
  'a share of states': `threshold({ ${TEXTS}, query: query.average(query.up('api')), warning: percent(50) })`,
  'an age': `threshold({ ${TEXTS}, query: query.timeSince(query.minimum(m.last_success_timestamp_seconds)), warning: days(1) })`,
  'a growth': `threshold({ ${TEXTS}, query: query.derivative(m.memory_bytes, hours(1)), warning: per(mebibytes(1), hours(1)) })`,
  'zero for what has no labels': `query.orZero(query.sum(query.rate(m.errors_total, ${FIVE})))`,
  'everything in a template':
    "promql('count')`${m.queue_depth} + ${select(m.queue_depth, { queue: 'mail' })} + ${query.sum(m.queue_depth)} * ${2} + max_over_time(${m.queue_depth}[${minutes(5)}:${rateInterval}])`",
  'a monitor with metrics of other labels and names': `monitors.httpService({ metrics: { requests: m.errors_total, failures: select(m.errors_total, { route: '/' }), duration: m.duration_seconds, memory: m.memory_bytes, memoryLimit: m.memory_limit_bytes }, levels: { errorRatio: { warning: ratio(0.1), critical: { level: percent(20), for: minutes(1) }, goal: percent(0), summary: 'x' } }, dependsOn: ['a'] })`,
  'a system of everything': `defineSystem({ ${SYSTEM}, jobs: { api: { targets: { local: ['a:1'] } } }, metrics: [m], thresholds: { a: threshold({ ${TEXTS}, query: m.queue_depth, warning: count(1) }) }, dashboards: { d: { title: 'x', description: 'x', rows: [{ title: 'x', panels: { p: { title: 'x', description: 'x', queries: { a: m.queue_depth, b: query.sum(m.queue_depth) } } } }] } } })`,
  'metrics declared with labels from a variable': `const labels = { route: 'any' } as const; const own = defineMetrics('a', { x_total: counter({ unit: 'count', help: 'x', labels }) }); query.sum(query.rate(own.x_total, ${FIVE}), { by: ['route'] })`,
};

const fileOf = (kind: string, index: number): string => `definitions/${kind}${index}.ts`;
const found = new Map<string, Finding[]>();

beforeAll(async () => {
  const project = temporaryProject();
  project.write('definitions/metrics.ts', METRICS);
  const write = (kind: string, snippets: readonly string[]): void =>
    snippets.forEach((snippet, index) => project.write(fileOf(kind, index), `${HEAD}${snippet};\n`));
  write(
    'refused',
    Object.values(REFUSED).map(([snippet]) => snippet),
  );
  write('accepted', Object.values(ACCEPTED));
  const report = createReport();
  await typecheck({ root: project.root, definitions: 'definitions' }, report);
  for (const finding of resolveFindings(report.list(), createLocator({ root: project.root }))) {
    const file = finding.file ?? '';
    found.set(file, [...(found.get(file) ?? []), finding]);
  }
  project.remove();
});

describe('the compiler refuses', () => {
  test.each(Object.entries(REFUSED).map(([name, row], index) => [name, index, ...row] as const))(
    '%s',
    (_, index, __, tsCode, message) => {
      const messages = (found.get(fileOf('refused', index)) ?? []).map((finding) => finding.message);
      expect(messages.filter((one) => one.endsWith(`(${tsCode})`)).join('\n'), messages.join('\n')).toContain(message);
    },
  );
});

describe('the compiler accepts', () => {
  test.each(Object.keys(ACCEPTED).map((name, index) => [name, index] as const))('%s', (_, index) => {
    expect((found.get(fileOf('accepted', index)) ?? []).map(({ message }) => message)).toEqual([]);
  });

  test('the metrics, and found nothing else', () => {
    expect([...found.keys()].filter((file) => !/^definitions\/(?:refused|accepted)\d+\.ts$/.test(file))).toEqual([]);
  });
});
