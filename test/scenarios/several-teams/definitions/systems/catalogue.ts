import {
  count,
  defineMetrics,
  defineSystem,
  gauge,
  histogram,
  minutes,
  monitors,
  ms,
  percent,
  query,
  score,
  seconds,
  sli,
  slo,
  threshold,
} from 'tocsin';

const m = defineMetrics('search', {
  search_duration_seconds: histogram({
    unit: 'seconds',
    help: 'Time of one search.',
    buckets: [ms(50), ms(100), ms(200), seconds(1), seconds(5)],
  }),
  search_relevance_score: gauge({ unit: 'score', help: 'Fit of a known search.', range: { min: 0, max: 1 } }),
  search_documents: gauge({ unit: 'count', help: 'Documents.', range: { min: 0 } }),
});

export default defineSystem({
  id: 'catalogue',
  title: 'Catalogue search',
  description: 'Finds articles.',
  owner: 'search',
  jobs: {
    search: { targets: { staging: ['search.staging:9200'], production: ['search-0:9200', 'search-1:9200'] } },
  },
  components: {
    index: monitors.searchIndex({
      title: 'Index',
      metrics: {
        duration: m.search_duration_seconds,
        relevance: m.search_relevance_score,
        documents: m.search_documents,
      },
      levels: {
        latencyP95: { warning: ms(200), critical: seconds(1), for: minutes(5) },
        relevance: { warning: { level: score(0.6), severity: 'low' } },
        documents: { warning: { level: count(1), severity: 'critical' } },
      },
    }),
  },
  thresholds: {
    'documents-many': threshold({
      alert: 'ManyDocuments',
      title: 'Documents',
      query: query.maximum(m.search_documents),
      direction: 'atLeast',
      warning: { level: count(1_000_000), severity: 'note' },
    }),
  },
  slos: {
    latency: slo({
      title: 'A search takes at most 200 ms',
      component: 'index',
      objective: percent(99),
      indicator: sli.latency({ histogram: m.search_duration_seconds, below: ms(200) }),
    }),
  },
});
