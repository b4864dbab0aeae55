import * as z from 'zod';
import { minutes } from '../model/quantities.ts';
import * as query from '../model/query.ts';
import type { Signal } from './monitor.ts';
import { common, defineMonitor, FIVE_MINUTES, levels, metricsOf, series, signalOf } from './monitor.ts';

/** A server that holds WebSocket connections: how many, how many messages, how fast and how costly they are. */
export const webSocket = defineMonitor({
  id: 'web-socket',
  summary: 'A WebSocket server: connections, messages, connection errors, broadcast latency, overhead, send queue.',
  input: z.strictObject({
    ...common,
    metrics: z.strictObject({
      /** Connections that are open. */
      connections: series('gauge', 'count'),
      /** Messages sent. */
      messages: series('counter', 'count').optional(),
      /** Connections that failed or broke off. */
      connectionErrors: series('counter', 'count').optional(),
      /** How long a broadcast takes to reach every client. */
      broadcastDuration: series('histogram', 'time').optional(),
      /** Bytes sent. */
      sentBytes: series('counter', 'data').optional(),
      /** The bytes of them that are no payload. */
      overheadBytes: series('counter', 'data').optional(),
      /** Bytes that wait to be sent. */
      queue: series('gauge', 'data').optional(),
    }),
    levels: z
      .strictObject({
        connections: levels('count').optional(),
        messageRate: levels('frequency').optional(),
        connectionErrors: levels('frequency').optional(),
        broadcastP95: levels('time').optional(),
        overhead: levels('ratio').optional(),
        queue: levels('data').optional(),
      })
      .prefault({}),
  }),
  expand: ({ metrics, levels: set }, { title, window }) => {
    const signals: Signal[] = [
      signalOf({
        key: 'connections',
        title: `${title}: open connections`,
        description: 'Clients that are connected, over all instances.',
        query: query.sum(metrics.connections),
        direction: 'above',
        alert: 'HighConnectionCount',
        summary: `${title} holds {value} connections (level {threshold})`,
        firstSteps: [
          'See whether clients reconnect in a loop: compare with connection errors.',
          'Add an instance before the limit is reached.',
        ],
        for: FIVE_MINUTES,
        levels: set.connections,
      }),
    ];
    if (metrics.messages) {
      signals.push(
        signalOf({
          key: 'messageRate',
          title: `${title}: messages`,
          description: 'Messages sent a second.',
          query: query.orZero(query.sum(query.rate(metrics.messages, window))),
          direction: 'below',
          alert: 'WebSocketMessageRateLow',
          summary: `Messages of ${title} are down to {value} (level {threshold})`,
          firstSteps: ['See whether there is less to send, or whether sending is blocked.'],
          for: FIVE_MINUTES,
          levels: set.messageRate,
        }),
      );
    }
    if (metrics.connectionErrors) {
      signals.push(
        signalOf({
          key: 'connectionErrors',
          title: `${title}: connection errors`,
          description: 'Connections a second that failed or broke off.',
          query: query.orZero(query.sum(query.rate(metrics.connectionErrors, window))),
          direction: 'above',
          alert: 'WebSocketConnectionErrors',
          summary: `Connection errors of ${title} come at {value} (level {threshold})`,
          firstSteps: [
            'Look at the proxy in front: time-outs and lost upgrades show there first.',
            'Compare with deployments: a restart drops every connection once.',
          ],
          for: FIVE_MINUTES,
          levels: set.connectionErrors,
        }),
      );
    }
    if (metrics.broadcastDuration) {
      signals.push(
        signalOf({
          key: 'broadcastP95',
          title: `${title}: broadcast time, p95`,
          description: '95 of 100 broadcasts reach every client at least this fast.',
          query: query.quantile(0.95, metrics.broadcastDuration, { over: window }),
          direction: 'above',
          alert: 'WebSocketBroadcastSlow',
          summary: `${title} takes {value} for a broadcast at p95 (level {threshold})`,
          firstSteps: [
            'Look at the number of clients and the size of messages.',
            'Look for slow clients that fill the send queue.',
          ],
          for: FIVE_MINUTES,
          levels: set.broadcastP95,
        }),
      );
    }
    if (metrics.sentBytes && metrics.overheadBytes) {
      signals.push(
        signalOf({
          key: 'overhead',
          title: `${title}: message overhead`,
          description: 'The share of the bytes sent that is no payload.',
          query: query.divide(
            query.orZero(query.sum(query.rate(metrics.overheadBytes, window))),
            query.sum(query.rate(metrics.sentBytes, window)),
          ),
          direction: 'above',
          alert: 'WebSocketOverheadHigh',
          summary: `{value} of what ${title} sends is overhead (level {threshold})`,
          firstSteps: ['Review the size of the metadata and how often messages are sent.', 'Batch small messages.'],
          for: FIVE_MINUTES,
          levels: set.overhead,
        }),
      );
    }
    if (metrics.queue) {
      signals.push(
        signalOf({
          key: 'queue',
          title: `${title}: send queue`,
          description: 'Bytes that wait to be sent, over all instances.',
          query: query.sum(metrics.queue),
          direction: 'above',
          alert: 'WebSocketQueueLarge',
          summary: `{value} wait in the send queue of ${title} (level {threshold})`,
          firstSteps: [
            'Find the clients that do not read, and drop them.',
            'Look at the memory of the process: the queue lives there.',
          ],
          for: minutes(2),
          levels: set.queue,
        }),
      );
    }
    return { metrics: metricsOf(...Object.values(metrics)), signals, panels: {} };
  },
});
