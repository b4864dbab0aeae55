import * as z from 'zod';
import type { LabelInputs } from '../model/metric.ts';
import type { Duration } from '../model/quantities.ts';
import { days, seconds } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import { duration } from '../model/schema.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf } from './monitor.ts';

const NO_TIME = seconds(0);

/** Unexpected errors by type: how many there are, which of them come in a spike, which were never seen before. */
export const errorTracker = defineMonitor({
  id: 'error-tracker',
  summary: 'Unexpected errors by type: their rate, spikes of one type, types that were not seen before.',
  input: z.strictObject({
    ...common,
    /** The label that holds the type of an error; otherwise `type`. */
    typeLabel: z.string().optional(),
    /** In which time a spike is counted; otherwise 5 minutes. */
    spikeWindow: duration.optional(),
    /** For how long a type must have been silent to be new again; otherwise a day. */
    memory: duration.optional(),
    metrics: z.strictObject({
      /** Every error that was captured. */
      errors: series('counter', 'count'),
    }),
    levels: z
      .strictObject({
        errorRate: levels('frequency').optional(),
        spike: levels('count').optional(),
        newType: levels('count').optional(),
      })
      .prefault({}),
  }),
  expand: (
    { metrics: { errors }, levels: set, typeLabel = 'type', spikeWindow = FIVE_MINUTES, memory = days(1) },
    { title, window },
  ) => {
    const by = [typeLabel];
    /**
     * How many errors came in a window that ended some time ago. `increase` knows no value before a series began, so the
     * first errors of a type would never count: of a series that was not there before, the highest value is its growth.
     */
    const growth = (over: Duration, end: Duration): query.Query<'count'> => {
      const back = (expr: query.Query<'count'>, time: Duration): query.Query<'count'> =>
        time.base === 0 ? expr : query.ago(expr, time);
      const grown = back(query.increase<'count', LabelInputs>(errors, over), end);
      const highest = back(query.promql('count')`max_over_time(${errors}[${over}])`, end);
      const before = back(
        query.promql('count')`present_over_time(${errors}[${memory}])`,
        seconds(end.base + over.base),
      );
      return query.sum<query.Query<'count'>, string>(query.or(query.unless(highest, before), grown), { by });
    };
    const recent = growth(spikeWindow, NO_TIME);
    const known = query.promql('count')`${growth(memory, spikeWindow)} > 0`;
    const signals: Signal[] = [
      signalOf({
        key: 'errorRate',
        title: `${title}: errors`,
        description: 'Unexpected errors a second, of all types.',
        query: query.orZero(query.sum(query.rate(errors, window))),
        direction: 'above',
        alert: 'ErrorsHigh',
        summary: `${title} captures errors at {value} (level {threshold})`,
        firstSteps: ['See which type stands out, and open its latest report.', 'See what was deployed last.'],
        for: FIVE_MINUTES,
        levels: set.errorRate,
      }),
      signalOf({
        key: 'spike',
        title: `${title}: errors of one type`,
        description: 'How many errors of each type came within the window.',
        query: recent,
        direction: 'above',
        alert: 'ErrorSpike',
        summary: `${title}: {value} errors of type {labels.${typeLabel}} (level {threshold})`,
        firstSteps: [
          'Open the latest report of this type: its stack, its request, its release.',
          'See what was deployed or configured when it began.',
        ],
        // The window is the time that it takes.
        for: NO_TIME,
        levels: set.spike,
      }),
      signalOf({
        key: 'newType',
        title: `${title}: errors of new types`,
        description:
          'How many errors of each type came within the window, of types that were silent before; 0 for all others.',
        query: query.or(query.unless(recent, known), query.multiply(recent, 0)),
        direction: 'above',
        alert: 'NewErrorType',
        summary: `${title}: errors of the new type {labels.${typeLabel}}, {value} so far`,
        firstSteps: [
          'Open the report of this type, and see which release brought it.',
          'Give it an owner, or mark it as expected.',
        ],
        for: NO_TIME,
        levels: set.newType,
      }),
    ];
    return { metrics: metricsOf(errors), signals, panels: {} };
  },
});
