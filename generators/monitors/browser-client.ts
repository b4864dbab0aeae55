import * as z from 'zod';
import { count, minutes } from '../model/quantities.ts';
import type { LabelInputs } from '../model/metric.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf } from './monitor.ts';

/** A page in the browser that reports about itself: memory, what it holds, how smoothly it draws. */
export const browserClient = defineMonitor({
  id: 'browser-client',
  summary:
    'A browser client that reports its own memory, the number of items it holds, its frame rate and its response times.',
  input: z.strictObject({
    ...common,
    /** The label that tells clients apart, when there is one: alerts then name the client. */
    clientLabel: z.string().optional(),
    metrics: z.strictObject({
      /** Memory of the page. */
      memory: series('gauge', 'data'),
      /** Items that it shows. */
      displayed: series('gauge', 'count').optional(),
      /** Items that it holds as urgent. */
      priorityItems: series('gauge', 'count').optional(),
      /** Other items that it holds. */
      regularItems: series('gauge', 'count').optional(),
      /** Frames drawn a second. */
      frameRate: series('gauge', 'frequency').optional(),
      /** Frames that should have been drawn, and those that were not. */
      frames: series('counter', 'count').optional(),
      droppedFrames: series('counter', 'count').optional(),
      /** How long switching the view takes. */
      switchDuration: series('histogram', 'time').optional(),
    }),
    levels: z
      .strictObject({
        memory: levels('data').optional(),
        memoryPerItem: levels('data').optional(),
        displayed: levels('count').optional(),
        priorityItems: levels('count').optional(),
        regularItems: levels('count').optional(),
        frameRate: levels('frequency').optional(),
        droppedFrames: levels('ratio').optional(),
        switchP95: levels('time').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set, clientLabel }, { title, window }) => {
    const by = clientLabel === undefined ? [] : [clientLabel];
    const who = clientLabel === undefined ? title : `${title} {labels.${clientLabel}}`;
    const worst = (
      gauge: query.Series<'gauge', 'data'> | query.Series<'gauge', 'count'>,
    ): query.Query<'data' | 'count'> =>
      query.maximum<query.Query<'data' | 'count'>, string>(query.value<'data' | 'count', LabelInputs>(gauge), { by });
    const signals: Signal[] = [
      signalOf({
        key: 'memory',
        title: `${title}: memory`,
        description: 'Memory of the page. A page that grows slows the whole browser down, and is closed in the end.',
        query: worst(metrics.memory),
        direction: 'above',
        alert: 'ClientMemoryLimitExceeded',
        summary: `${who} holds {value} (level {threshold})`,
        firstSteps: [
          'Look at the number of items it holds, and how often old ones are dropped.',
          'Shorten the retention, or drop more often.',
        ],
        for: minutes(1),
        levels: set.memory,
      }),
    ];
    const items = (key: 'displayed' | 'priorityItems' | 'regularItems', name: string, alert: string): void => {
      const gauge = metrics[key];
      if (!gauge) return;
      signals.push(
        signalOf({
          key,
          title: `${title}: ${name}`,
          description: `How many ${name} the client with the most of them holds.`,
          query: worst(gauge),
          direction: 'above',
          alert,
          summary: `${who} holds {value} ${name} (level {threshold})`,
          firstSteps: ['See whether old items are dropped when new ones come.'],
          for: FIVE_MINUTES,
          levels: set[key],
        }),
      );
    };
    items('displayed', 'displayed events', 'ClientDisplayOverfull');
    items('priorityItems', 'priority events', 'ClientPriorityBucketOverfull');
    items('regularItems', 'regular events', 'ClientRegularBucketOverfull');
    if (metrics.displayed) {
      signals.push(
        signalOf({
          key: 'memoryPerItem',
          title: `${title}: memory per event`,
          description: 'Memory of all pages divided by the events they show.',
          query: query.divide(query.sum(metrics.memory), query.only(query.sum(metrics.displayed), '>', count(0))),
          direction: 'above',
          alert: 'ClientMemoryPerEventHigh',
          summary: `${title} takes {value} for each event (level {threshold})`,
          firstSteps: [
            'See whether the payload of events has grown.',
            'See whether dropped events are really released.',
          ],
          for: FIVE_MINUTES,
          levels: set.memoryPerItem,
        }),
      );
    }
    if (metrics.frameRate) {
      signals.push(
        signalOf({
          key: 'frameRate',
          title: `${title}: frame rate`,
          description: 'Frames drawn a second, averaged over all clients.',
          query: query.average(metrics.frameRate),
          direction: 'below',
          alert: 'ClientFrameRateLow',
          summary: `${title} draws only {value} (level {threshold})`,
          firstSteps: [
            'See whether more events are drawn at once than before.',
            'Record a performance profile in a browser.',
          ],
          for: FIVE_MINUTES,
          levels: set.frameRate,
        }),
      );
    }
    if (metrics.frames && metrics.droppedFrames) {
      signals.push(
        signalOf({
          key: 'droppedFrames',
          title: `${title}: frames dropped`,
          description: 'The share of frames that were not drawn in time.',
          query: query.divide(
            query.orZero(query.sum(query.rate(metrics.droppedFrames, window))),
            query.sum(query.rate(metrics.frames, window)),
          ),
          direction: 'above',
          alert: 'ClientFramesDropped',
          summary: `${title} drops {value} of its frames (level {threshold})`,
          firstSteps: ['Look for long tasks in a performance profile.', 'Draw less at once: batch updates.'],
          for: FIVE_MINUTES,
          levels: set.droppedFrames,
        }),
      );
    }
    if (metrics.switchDuration) {
      signals.push(
        signalOf({
          key: 'switchP95',
          title: `${title}: switching the view, p95`,
          description: '95 of 100 switches of the view take at most this long.',
          query: query.quantile(0.95, metrics.switchDuration, { over: window }),
          direction: 'above',
          alert: 'ClientSwitchSlow',
          summary: `${title} takes {value} to switch the view at p95 (level {threshold})`,
          firstSteps: ['Look at the number of items in the view that is switched to.'],
          for: FIVE_MINUTES,
          levels: set.switchP95,
        }),
      );
    }
    return { metrics: metricsOf(...Object.values(metrics)), signals, panels: {} };
  },
});
