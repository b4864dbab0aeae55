import { expect, it } from 'vitest';
import {
  count,
  defineMetrics,
  gauge,
  histogram,
  monitors,
  ms,
  percent,
  score,
  select,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  search_seconds: plain.time,
  search_relevance: plain.score,
  search_documents: plain.number,
});
const metrics = { duration: m.search_seconds };

it('shows response times and searches when that is all there is', () => {
  const watched = watch(monitors.searchIndex({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/latency-p95": [
          "histogram_quantile(0.95, sum by (le) (rate(search_seconds_bucket{job="app"}[5m])))",
        ],
        "panel/part/searches": [
          "sum(rate(search_seconds_count{job="app"}[$__rate_interval]))",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.searchIndex({
      metrics: { ...metrics, relevance: m.search_relevance, documents: m.search_documents },
      levels: {
        latencyP95: { warning: ms(100), critical: ms(500) },
        relevance: { warning: score(0.8), critical: score(0.5) },
        documents: { critical: count(1000) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-documents": [
        "SearchIndexSmall",
        "below",
        "10 minutes",
        "min(search_documents{job="app"})",
      ],
      "part-latency-p95": [
        "SearchResponseTimeHigh",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(search_seconds_bucket{job="app"}[5m])))",
      ],
      "part-relevance": [
        "SearchRelevanceLow",
        "below",
        "10 minutes",
        "min(search_relevance{job="app"})",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-latency-p95",
      "threshold/part-relevance",
      "threshold/part-documents",
      "panel/part/searches",
    ]
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    lookup_milliseconds: histogram({
      unit: 'milliseconds',
      help: 'Time.',
      buckets: [ms(1), ms(10)],
      labels: { shard: 'any' },
    }),
    entries: gauge({ unit: 'count', help: 'Entries.', labels: { index: ['books', 'people'] }, range: { min: 0 } }),
  });
  const watched = watch(
    monitors.searchIndex({
      metrics: { duration: other.lookup_milliseconds, documents: select(other.entries, { index: 'books' }) },
      levels: { latencyP95: { warning: ms(5) }, documents: { warning: count(10) } },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-documents": [
        "SearchIndexSmall",
        "below",
        "10 minutes",
        "min(entries{job="legacy", index="books"})",
      ],
      "part-latency-p95": [
        "SearchResponseTimeHigh",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(lookup_milliseconds_bucket{job="legacy"}[5m])))",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: { documents: m.search_documents } },
    ['definition/shape: metrics.duration: is missing; expected a histogram of time'],
  ],
  [
    'a count instead of a score',
    { metrics: { ...metrics, relevance: m.search_documents } },
    ['definition/shape: metrics.relevance: expected a gauge of score'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { latencyP95: { warning: percent(1) } } },
    ['definition/shape: levels.latencyP95.warning: expected a quantity of time, not of ratio'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { relevence: { warning: score(1) } } },
    ['definition/unknown-property: levels.relevence: there is no such property'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.searchIndex(input as never))).toEqual(findings);
});
