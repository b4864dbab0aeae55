import * as z from 'zod';
import { minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, labelsOf, levels, metricsOf, series, signalOf } from './monitor.ts';

/** The log of a service: how much it writes, at which level, and whether it writes at all. */
export const log = defineMonitor({
  id: 'log',
  summary: 'The log of a service: lines by level, errors and warnings among them, silence.',
  input: z.strictObject({
    ...common,
    /** The label that holds the level of a line; otherwise `level`. */
    levelLabel: z.string().optional(),
    metrics: z.strictObject({
      /** Every line. */
      lines: series('counter', 'count'),
      /** The lines that report an error: `select(lines, { level: 'error' })`. */
      errors: series('counter', 'count').optional(),
      /** The lines that warn. */
      warnings: series('counter', 'count').optional(),
    }),
    levels: z
      .strictObject({
        volume: levels('frequency').optional(),
        silence: levels('frequency').optional(),
        errorRate: levels('frequency').optional(),
        warningRate: levels('frequency').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, levelLabel = 'level' }, { title, window }) => {
    const volume = query.orZero(query.sum(query.rate(metrics.lines, window)));
    const signals: Signal[] = [
      signalOf({
        key: 'volume',
        title: `${title}: lines`,
        description: 'Lines a second, of all levels. A flood of them costs money and hides what matters.',
        query: volume,
        direction: 'above',
        alert: 'LogVolumeHigh',
        summary: `${title} writes {value} (level {threshold})`,
        firstSteps: ['See which message repeats, and whether a level was set to debug.'],
        for: minutes(15),
        levels: set.volume,
        shownIn: 'levels',
      }),
    ];
    if (set.silence) {
      signals.push(
        signalOf({
          key: 'silence',
          title: `${title}: silence`,
          description: 'Whether any line is written at all.',
          query: volume,
          direction: 'atMost',
          alert: 'LogSilent',
          summary: `${title} has written nothing for {for}`,
          firstSteps: ['See whether the process still runs, and whether its log still has a place to go.'],
          for: minutes(15),
          levels: set.silence,
        }),
      );
    }
    const rateOf = (key: 'errorRate' | 'warningRate', what: string, alert: string): void => {
      const lines = key === 'errorRate' ? metrics.errors : metrics.warnings;
      if (!lines) return;
      signals.push(
        signalOf({
          key,
          title: `${title}: ${what}`,
          description: `Lines a second that report ${what}.`,
          query: query.orZero(query.sum(query.rate(lines, window))),
          direction: 'above',
          alert,
          summary: `${title} reports ${what} at {value} (level {threshold})`,
          firstSteps: [`Search the log for the ${what} of these minutes, and group them by message.`],
          for: FIVE_MINUTES,
          levels: set[key],
          shownIn: 'levels',
        }),
      );
    };
    rateOf('errorRate', 'errors', 'LogErrorsHigh');
    rateOf('warningRate', 'warnings', 'LogWarningsHigh');
    const lines = query.rate(metrics.lines, query.rateInterval);
    return {
      metrics: metricsOf(...Object.values(metrics)),
      signals,
      panels: {
        levels: {
          title: `${title}: lines by level`,
          description: 'Lines a second by level.',
          queries: labelsOf(metrics.lines).includes(levelLabel)
            ? { [`{{${levelLabel}}}`]: query.sum<query.Query<'frequency'>, string>(lines, { by: [levelLabel] }) }
            : { lines: query.sum(lines) },
          min: 0,
        },
      },
    };
  },
});
