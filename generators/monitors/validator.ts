import * as z from 'zod';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf } from './monitor.ts';

/** A validation layer: how long it takes, and how much it refuses. */
export const validator = defineMonitor({
  id: 'validator',
  summary: 'A validation layer: time per validation, share of inputs refused.',
  input: z.strictObject({
    ...common,
    metrics: z.strictObject({
      /** How long a validation takes. */
      duration: series('histogram', 'time'),
      /** Inputs that were refused. */
      errors: series('counter', 'count'),
    }),
    levels: z
      .strictObject({
        latencyP95: levels('time').optional(),
        errorRatio: levels('ratio').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set }, { title, window }) => {
    const signals: Signal[] = [
      signalOf({
        key: 'latencyP95',
        title: `${title}: time, p95`,
        description: '95 of 100 validations take at most this long. It is added to every request.',
        query: query.quantile(0.95, metrics.duration, { over: window }),
        direction: 'above',
        alert: 'ValidationSlow',
        summary: `${title} takes {value} at p95 (level {threshold})`,
        firstSteps: ['Look for unusually large inputs.', 'See which schema changed last.'],
        for: FIVE_MINUTES,
        levels: set.latencyP95,
      }),
      signalOf({
        key: 'errorRatio',
        title: `${title}: share of inputs refused`,
        description: 'The share of inputs that do not pass. A jump means that a client or a schema has changed.',
        query: query.divide(
          query.orZero(query.sum(query.rate(metrics.errors, window))),
          query.sum(query.rate(query.observations(metrics.duration), window)),
        ),
        direction: 'above',
        alert: 'ValidationErrorsHigh',
        summary: `${title} refuses {value} of its inputs (level {threshold})`,
        firstSteps: [
          'See which field fails most, and which client sends it.',
          'Compare with the last release of either side.',
        ],
        for: FIVE_MINUTES,
        levels: set.errorRatio,
      }),
    ];
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        errors: {
          title: `${title}: inputs refused`,
          description: 'Inputs a second that do not pass.',
          queries: { refused: query.orZero(query.sum(query.rate(metrics.errors, query.rateInterval))) },
          min: 0,
        },
      },
    };
  },
});
