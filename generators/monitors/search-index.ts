import * as z from 'zod';
import { minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf } from './monitor.ts';

/** A search: how fast it answers, how good its answers are, how large its index is. */
export const searchIndex = defineMonitor({
  id: 'search-index',
  summary: 'A search index: response time, relevance of the results, number of documents.',
  input: z.strictObject({
    ...common,
    metrics: z.strictObject({
      /** How long a search takes. */
      duration: series('histogram', 'time'),
      /** How well the results of a known search fit, 0-1. */
      relevance: series('gauge', 'score').optional(),
      /** Documents in the index. */
      documents: series('gauge', 'count').optional(),
    }),
    levels: z
      .strictObject({
        latencyP95: levels('time').optional(),
        relevance: levels('score').optional(),
        documents: levels('count').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set }, { title, window }) => {
    const signals: Signal[] = [
      signalOf({
        key: 'latencyP95',
        title: `${title}: response time, p95`,
        description: '95 of 100 searches are answered at least this fast.',
        query: query.quantile(0.95, metrics.duration, { over: window }),
        direction: 'above',
        alert: 'SearchResponseTimeHigh',
        summary: `${title} answers in {value} at p95 (level {threshold})`,
        firstSteps: [
          'Compare with the number of documents: an index in memory slows down as it grows.',
          'Look for unusually long or broad search texts.',
        ],
        for: FIVE_MINUTES,
        levels: set.latencyP95,
      }),
    ];
    if (metrics.relevance) {
      signals.push(
        signalOf({
          key: 'relevance',
          title: `${title}: relevance`,
          description: 'How well the results of a known search fit, from 0 to 1.',
          query: query.minimum(metrics.relevance),
          direction: 'below',
          alert: 'SearchRelevanceLow',
          summary: `The relevance of ${title} is {value} (level {threshold})`,
          firstSteps: [
            'See whether the index was rebuilt or its weights changed.',
            'Run the known search by hand and look at the results.',
          ],
          for: minutes(10),
          levels: set.relevance,
        }),
      );
    }
    if (metrics.documents) {
      signals.push(
        signalOf({
          key: 'documents',
          title: `${title}: documents`,
          description: 'Documents in the index of the instance that has the fewest.',
          query: query.minimum(metrics.documents),
          direction: 'below',
          alert: 'SearchIndexSmall',
          summary: `${title} has only {value} documents (level {threshold})`,
          firstSteps: ['See whether the last indexing run ended.', 'Rebuild the index.'],
          for: minutes(10),
          levels: set.documents,
        }),
      );
    }
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        searches: {
          title: `${title}: searches`,
          description: 'Searches a second.',
          queries: { searches: query.sum(query.rate(query.observations(metrics.duration), query.rateInterval)) },
          min: 0,
        },
      },
    };
  },
});
