import { describe, expect, it } from 'vitest';
import { compileSystems, fullSystem, systemInput } from '../support/monitor.ts';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  histogram,
  minutes,
  monitors,
  ms,
  pattern,
  percent,
  perSecond,
  promql,
  query,
  state,
  threshold,
} from '../../generators/index.ts';
import { depth, modelOf } from '../support/definitions.ts';

it('notes the labels of every result', () => {
  const { model } = compileSystems([fullSystem()]);
  expect(model.systems[0]?.thresholds.map(({ id, labels }) => [id, labels])).toEqual([
    ['api-error-ratio', []],
    ['api-latency-p95', []],
    ['queue-depth', ['instance', 'job', 'queue']],
  ]);
});

const m = defineMetrics('app', {});
const base = { alert: 'Strange', title: 'Strange', direction: 'above' } as const;

it.each([
  ['a metric that nobody declares', promql('count')`queue_dept`, 'query/unknown-metric'],
  ['a label that the metric has not', promql('count')`sum by (queu) (queue_depth)`, 'query/unknown-label'],
  ['a value that the label has not', promql('count')`queue_depth{queue="mial"}`, 'query/unknown-label-value'],
  ['a scalar', promql('count')`scalar(sum(queue_depth))`, 'query/type'],
])('reports %s, once', (_, text, code) => {
  const { findings, model } = compileSystems([
    fullSystem({
      thresholds: { ...fullSystem().thresholds, strange: threshold({ ...base, query: text, warning: count(1) }) },
    }),
  ]);
  expect(findings.map((finding) => finding.split(':')[0])).toEqual([code]);
  expect(model.systems[0]?.thresholds.some(({ id }) => id === 'strange')).toBe(false);
});

it('reads queries over series that Prometheus makes itself', () => {
  const { findings } = compileSystems([
    systemInput({
      metrics: [m],
      thresholds: {
        strange: threshold({
          ...base,
          query: query.up('app'),
          direction: 'below',
          warning: { kind: 'quantity', dimension: 'state', unit: 'state', amount: 1, base: 1 },
        }),
        scrapes: threshold({
          ...base,
          alert: 'Scrapes',
          query: promql('per_second')`sum(rate(scrape_samples_scraped{job="app"}[${minutes(5)}]))`,
          warning: perSecond(1),
        }),
      },
    }),
  ]);
  expect(findings).toMatchInlineSnapshot(`[]`);
});

const own = defineMetrics('api', {
  requests_total: counter({
    unit: 'count',
    help: 'Requests.',
    labels: { method: ['GET', 'POST'], status: pattern('[1-5][0-9][0-9]'), route: 'any' },
  }),
  duration_seconds: histogram({ unit: 'seconds', help: 'Time.', buckets: [ms(10), ms(100)] }),
  load_ratio: gauge({ unit: 'ratio', help: 'Load.', range: { min: 0, max: 1 } }),
  lag_seconds: gauge({ unit: 'seconds', help: 'Lag.', labels: { severity: 'any', component: 'any' } }),
  memory_bytes: gauge({ unit: 'bytes', help: 'Memory.', labels: { area: 'any' } }),
});
const elsewhere = defineMetrics('node', { node_memory_bytes: gauge({ unit: 'bytes', help: 'Memory.' }) });

const JOBS = { api: { targets: { local: ['a:1'] } }, node: { targets: { local: ['b:1'] } } };

/** `code: message` of what is said about a threshold over these metrics. */
const said = (changes: object, components: object = {}): readonly string[] =>
  modelOf({
    jobs: JOBS,
    metrics: [own, elsewhere],
    components: components as never,
    thresholds: { a: depth(changes) },
  }).findings.map((finding) => finding.replace(/ [^:]*:/, ':'));

/** A template of one part, as `promql` gets it. */
const template = (text: string): TemplateStringsArray => Object.assign([text], { raw: [text] });

const free = (text: string): object => ({ query: promql('per_second')(template(text)), warning: perSecond(1) });
const freeRatio = (text: string): object => ({ query: promql('ratio')(template(text)), warning: percent(90) });

describe('a matcher', () => {
  it.each([
    ['requests_total{method="PUT"}', 'the label "method" of requests_total never has the value "PUT"'],
    ['requests_total{method!="PUT"}', 'the label "method" of requests_total never has the value "PUT"'],
    ['requests_total{method=~"PUT|DELETE"}', 'the label "method" of requests_total never has the value "PUT|DELETE"'],
    ['requests_total{method!~"put|delete"}', 'the label "method" of requests_total never has the value "put|delete"'],
    ['requests_total{status="ok"}', 'the label "status" of requests_total never has the value "ok"'],
    ['requests_total{status=~"6.."}', 'the label "status" of requests_total never has the value "6.."'],
    ['requests_total{job="apj"}', 'the label "job" of requests_total never has the value "apj"'],
  ])('that names no value there is, is found: %s', (selector, message) => {
    expect(said(free(`sum(rate(${selector}[5m]))`))).toEqual([`query/unknown-label-value: ${message}`]);
  });

  it.each([
    'requests_total{method="GET"}',
    'requests_total{method=~"G.*|PUT"}',
    'requests_total{method!~"POST"}',
    'requests_total{status=~"5.."}',
    'requests_total{status="404",route!="/"}',
    'requests_total{job="api",instance=~".*"}',
  ])('that names one is not: %s', (selector) => {
    expect(said(free(`sum(rate(${selector}[5m]))`))).toEqual([]);
  });

  it('may name a label that every object has, and is found all the same', () => {
    expect(said(free('sum(rate(requests_total{constructor="x"}[5m]))'))).toEqual([
      'query/unknown-label: the query matches on the label "constructor", which requests_total does not have',
    ]);
  });
});

describe('a label', () => {
  it.each([
    ['sum by (rout) (rate(requests_total[5m]))', 'groups by the label "rout", which rate(requests_total[5m])'],
    ['sum without (rout) (rate(requests_total[5m]))', 'drops the label "rout", which rate(requests_total[5m])'],
    [
      'max by (method) (sum by (route) (rate(requests_total[5m])))',
      'groups by the label "method", which sum by (route) (rate(requests_total[5m]))',
    ],
    ['sum by (le) (rate(requests_total[5m]))', 'groups by the label "le", which rate(requests_total[5m])'],
    ['memory_bytes / on (pod) node_memory_bytes', 'pairs on the label "pod", which memory_bytes and node_memory_bytes'],
    [
      'memory_bytes / ignoring (job, area, pod) node_memory_bytes',
      'ignores the label "pod", which memory_bytes and node_memory_bytes',
    ],
  ])('that nothing there has, is found: %s', (text, message) => {
    const threshold = text.includes('rate') ? free(text) : freeRatio(text);
    expect(said(threshold)).toEqual([`query/unknown-label: the query ${message} does not have`]);
  });

  it.each([
    ['sum by (version) (label_replace(rate(requests_total[5m]), "version", "$1", "route", "(.*)"))', free],
    ['sum by (le) (rate(duration_seconds_bucket[5m]))', free],
    ['memory_bytes / ignoring (job, area) group_left () node_memory_bytes', freeRatio],
    ['memory_bytes / on (instance) group_left () node_memory_bytes', freeRatio],
  ])('that is there is not: %s', (text, make) => {
    expect(said(make(text))).toEqual([]);
  });

  it.each([
    ['severity', { query: own.lag_seconds, warning: ms(1), component: 'cache' }, ['component', 'severity']],
    ['severity, of no component', { query: own.lag_seconds, warning: ms(1) }, ['severity']],
    ['nothing of it', { query: query.sum(own.lag_seconds), warning: ms(1), component: 'cache' }, []],
  ] as const)('of the alert itself cannot come from the series: %s', (_, changes, labels) => {
    const cache = monitors.cache({ metrics: { hits: own.requests_total, misses: own.requests_total } });
    expect(said(changes, { cache }).toSorted()).toEqual(
      labels.map(
        (label) =>
          `alert/label-overwritten: the result carries the label "${label}", which the alert sets itself: series that differ only in it would be one alert, and Prometheus gives up on the rule`,
      ),
    );
  });
});

describe('a query', () => {
  it.each([
    [
      'whose sides never match',
      query.divide(query.sum(own.memory_bytes, { by: ['instance', 'job'] }), elsewhere.node_memory_bytes),
      percent(90),
      'query/dead: the query never gives a result: the two sides never match: the label "job" has to be there as "api"',
    ],
    [
      'whose filter lets nothing through',
      query.only(own.load_ratio, '>', percent(150)),
      percent(90),
      'query/dead: the query never gives a result: the comparison never holds',
    ],
    [
      'a part of which does nothing',
      promql('ratio')`sum(${own.load_ratio}) or absent(vector(1))`,
      percent(90),
      'query/no-effect: a part of the query has no effect: absent() never returns anything',
    ],
    [
      'that is a range',
      promql('ratio')`${own.load_ratio}[5m]`,
      percent(90),
      'query/type: the query gives a matrix; what is needed here is an instant vector',
    ],
  ] as const)('%s is found', (_, text, warning, message) => {
    expect(said({ query: text, warning }).join('\n')).toContain(message);
  });

  it.each([
    ['above what there can be', { query: own.load_ratio, warning: percent(110) }, 'the value can never be above 110 %'],
    [
      'below what there can be',
      { query: own.load_ratio, direction: 'below', warning: percent(0) },
      'the value can never be below 0 %',
    ],
    [
      'at what there always is',
      { query: own.load_ratio, direction: 'atLeast', warning: percent(0) },
      'the value is always at least 0 %',
    ],
    [
      'above the last bucket',
      { query: query.quantile(0.9, own.duration_seconds, { over: minutes(5) }), warning: ms(200) },
      'the value can never be above 200 ms',
    ],
    [
      'below zero events',
      { query: query.sum(query.rate(own.requests_total, minutes(5))), direction: 'below', warning: perSecond(0) },
      'the value can never be below 0 per second',
    ],
    [
      'below down',
      { query: query.up('api'), direction: 'below', critical: state(false), warning: undefined },
      'the value can never be below 0',
    ],
  ])('with a level %s is found', (_, changes, message) => {
    expect(said(changes)).toEqual([
      expect.stringMatching(new RegExp(`^threshold/constant: ${message}: the alert would never (?:come|end)$`)),
    ]);
  });

  it('of a panel may be a number, and its lines are told apart by the labels they have', () => {
    const { findings, model } = modelOf({
      jobs: JOBS,
      metrics: [own],
      dashboards: {
        d: {
          title: 'D',
          description: 'D.',
          rows: [
            {
              title: 'Row',
              panels: {
                p: {
                  title: 'P',
                  description: 'P.',
                  queries: {
                    number: promql('ratio')`scalar(${own.load_ratio})`,
                    plain: own.load_ratio,
                    'of {{instance}}': own.load_ratio,
                    total: query.average(own.load_ratio),
                  },
                },
              },
            },
          ],
        },
      },
    });
    expect(findings).toEqual([]);
    expect(model?.systems[0]?.dashboards[0]?.rows[0]?.panels[0]?.queries.map(({ legend }) => legend)).toEqual([
      'number',
      'plain {{instance}}',
      'of {{instance}}',
      'total',
    ]);
  });
});
