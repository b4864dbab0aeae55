import * as z from 'zod';
import { minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import {
  common,
  defineMonitor,
  FIVE_MINUTES,
  labelNames,
  levels,
  metricsOf,
  series,
  signalOf,
  telling,
} from './monitor.ts';

/** What a service says of its own health: as a whole and part by part, as a score or as a state. */
export const healthCheck = defineMonitor({
  id: 'health-check',
  summary: 'What a service says of its own health: scores, parts that are degraded or unhealthy, duration of checks.',
  input: z.strictObject({
    ...common,
    /** The labels that tell parts apart: `['component']`. Alerts then name the part. */
    by: labelNames.optional(),
    metrics: z.strictObject({
      /** A score of the whole; more is better. */
      score: series('gauge', 'score').optional(),
      /** A score of each part. */
      partScore: series('gauge', 'score').optional(),
      /** 1 while a part works with less than it should: usually `select(status, { status: 'degraded' })`. */
      degraded: series('gauge', 'state').optional(),
      /** 1 while a part does not work. */
      unhealthy: series('gauge', 'state').optional(),
      /** How long the check of a part takes. */
      duration: series('histogram', 'time').optional(),
    }),
    levels: z
      .strictObject({
        score: levels('score').optional(),
        partScore: levels('score').optional(),
        degraded: levels('state').optional(),
        unhealthy: levels('state').optional(),
        duration: levels('time').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, by = [] }, { title, window }) => {
    const who = telling(title, by);
    const { score, partScore, degraded, unhealthy, duration } = metrics;
    const signals: Signal[] = [];
    if (score) {
      signals.push(
        signalOf({
          key: 'score',
          title: `${title}: score`,
          description: 'How healthy the whole is, on the instance that is worst off; more is better.',
          query: query.minimum(score),
          direction: 'below',
          alert: 'HealthScoreLow',
          summary: `The health score of ${title} is down to {value} (level {threshold})`,
          firstSteps: [
            'See which part has the lowest score: the panel beside this one.',
            'Go on with the alerts of that part.',
          ],
          for: FIVE_MINUTES,
          levels: set.score,
        }),
      );
    }
    if (partScore) {
      signals.push(
        signalOf({
          key: 'partScore',
          title: `${title}: scores of the parts`,
          description: 'How healthy each part is, on the instance that is worst off; more is better.',
          query: query.minimum(partScore, { by }),
          direction: 'below',
          alert: 'ComponentHealthScoreLow',
          summary: `The health score of ${who} is down to {value} (level {threshold})`,
          firstSteps: ['Ask the health endpoint of the part: it lists what is wrong and what it recommends.'],
          for: FIVE_MINUTES,
          levels: set.partScore,
        }),
      );
    }
    if (unhealthy) {
      signals.push(
        signalOf({
          key: 'unhealthy',
          title: `${title}: unhealthy`,
          description: 'Whether a part does not work, on any instance: 1 is unhealthy, 0 is not.',
          query: query.maximum(unhealthy, { by }),
          direction: 'atLeast',
          alert: 'HealthCheckFails',
          summary: `${who} is unhealthy for {for}`,
          firstSteps: ['Ask the health endpoint: it has the error of the part.'],
          for: minutes(1),
          levels: set.unhealthy,
        }),
      );
    }
    if (degraded) {
      signals.push(
        signalOf({
          key: 'degraded',
          title: `${title}: degraded`,
          description: 'Whether a part works with less than it should, on any instance: 1 is degraded, 0 is not.',
          query: query.maximum(degraded, { by }),
          direction: 'atLeast',
          alert: 'HealthCheckDegraded',
          summary: `${who} is degraded for {for}`,
          firstSteps: ['Ask the health endpoint: it has the reason.'],
          for: FIVE_MINUTES,
          levels: set.degraded,
        }),
      );
    }
    if (duration) {
      signals.push(
        signalOf({
          key: 'duration',
          title: `${title}: duration of checks, median`,
          // The median: a few checks in a window, of which a single slow one says little.
          description: 'Half of the checks take at most this long.',
          query: query.quantile(0.5, duration, { over: window, by }),
          direction: 'above',
          alert: 'HealthCheckSlow',
          summary: `${who} takes {value} to answer a check (level {threshold})`,
          firstSteps: ['See whether others who use the part wait as long: compare with its own panels.'],
          for: FIVE_MINUTES,
          levels: set.duration,
        }),
      );
    }
    return { metrics: metricsOf(...Object.values(metrics)), signals, panels: {} };
  },
});
