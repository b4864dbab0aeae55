import { expect, it } from 'vitest';
import { compileSystems, fullSystem, systemInput } from '../support/monitor.ts';
import { count, defineMetrics, minutes, perSecond, promql, query, threshold } from '../../generators/index.ts';

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
