import { expect, it } from 'vitest';
import {
  count,
  counter,
  defineMetrics,
  gauge,
  mebibytes,
  monitors,
  ms,
  percent,
  perMinute,
  perSecond,
  select,
} from '../../generators/index.ts';
import { complaints, plain, watch } from '../support/monitor.ts';

const m = defineMetrics('app', {
  ws_connections: plain.number,
  ws_messages_total: plain.events,
  ws_errors_total: plain.events,
  ws_broadcast_seconds: plain.time,
  ws_sent_bytes_total: plain.sent,
  ws_overhead_bytes_total: plain.sent,
  ws_queue_bytes: plain.memory,
});
const metrics = { connections: m.ws_connections };

it('shows connections when that is all there is', () => {
  const watched = watch(monitors.webSocket({ metrics }));
  expect(watched).toMatchInlineSnapshot(`
    {
      "findings": [],
      "panels": {
        "panel/part/connections": [
          "sum(ws_connections{job="app"})",
        ],
      },
      "signals": {},
    }
  `);
});

it('turns every level into a threshold', () => {
  const watched = watch(
    monitors.webSocket({
      metrics: {
        ...metrics,
        messages: m.ws_messages_total,
        connectionErrors: m.ws_errors_total,
        broadcastDuration: m.ws_broadcast_seconds,
        sentBytes: m.ws_sent_bytes_total,
        overheadBytes: m.ws_overhead_bytes_total,
        queue: m.ws_queue_bytes,
      },
      levels: {
        connections: { warning: count(800), critical: count(1000) },
        messageRate: { warning: perSecond(1) },
        connectionErrors: { warning: perMinute(6) },
        broadcastP95: { warning: ms(50) },
        overhead: { warning: percent(20) },
        queue: { critical: mebibytes(10) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-broadcast-p95": [
        "WebSocketBroadcastSlow",
        "above",
        "5 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(ws_broadcast_seconds_bucket{job="app"}[5m])))",
      ],
      "part-connection-errors": [
        "WebSocketConnectionErrors",
        "above",
        "5 minutes",
        "sum(rate(ws_errors_total{job="app"}[5m])) or vector(0)",
      ],
      "part-connections": [
        "HighConnectionCount",
        "above",
        "5 minutes",
        "sum(ws_connections{job="app"})",
      ],
      "part-message-rate": [
        "WebSocketMessageRateLow",
        "below",
        "5 minutes",
        "sum(rate(ws_messages_total{job="app"}[5m])) or vector(0)",
      ],
      "part-overhead": [
        "WebSocketOverheadHigh",
        "above",
        "5 minutes",
        "(sum(rate(ws_overhead_bytes_total{job="app"}[5m])) or vector(0)) / sum(rate(ws_sent_bytes_total{job="app"}[5m]))",
      ],
      "part-queue": [
        "WebSocketQueueLarge",
        "above",
        "2 minutes",
        "sum(ws_queue_bytes{job="app"})",
      ],
    }
  `);
  expect(Object.keys(watched.panels)).toMatchInlineSnapshot(`
    [
      "threshold/part-connections",
      "threshold/part-message-rate",
      "threshold/part-connection-errors",
      "threshold/part-broadcast-p95",
      "threshold/part-overhead",
      "threshold/part-queue",
    ]
  `);
});

it('works with the metrics of another team', () => {
  const other = defineMetrics('legacy', {
    sockets: gauge({ unit: 'count', help: 'Sockets.', labels: { state: ['open', 'closing'] }, range: { min: 0 } }),
    closes: counter({ unit: 'count', help: 'Closes.', labels: { code: ['1000', '1006', '1011'] } }),
    traffic_kibibytes: counter({ unit: 'kibibytes', help: 'Traffic.', labels: { part: ['payload', 'frame'] } }),
  });
  const watched = watch(
    monitors.webSocket({
      metrics: {
        connections: select(other.sockets, { state: 'open' }),
        connectionErrors: select(other.closes, { code: ['1006', '1011'] }),
        sentBytes: other.traffic_kibibytes,
        overheadBytes: select(other.traffic_kibibytes, { part: 'frame' }),
      },
      levels: {
        connections: { warning: count(10) },
        connectionErrors: { warning: perSecond(1) },
        overhead: { warning: percent(20) },
      },
    }),
  );
  expect(watched.findings).toEqual([]);
  expect(watched.signals).toMatchInlineSnapshot(`
    {
      "part-connection-errors": [
        "WebSocketConnectionErrors",
        "above",
        "5 minutes",
        "sum(rate(closes{job="legacy", code=~"1006|1011"}[5m])) or vector(0)",
      ],
      "part-connections": [
        "HighConnectionCount",
        "above",
        "5 minutes",
        "sum(sockets{job="legacy", state="open"})",
      ],
      "part-overhead": [
        "WebSocketOverheadHigh",
        "above",
        "5 minutes",
        "(sum(rate(traffic_kibibytes{job="legacy", part="frame"}[5m]) * 1024) or vector(0)) / sum(rate(traffic_kibibytes{job="legacy"}[5m]) * 1024)",
      ],
    }
  `);
});

it.each([
  [
    'a metric that is missing',
    { metrics: {} },
    ['definition/shape: metrics.connections: is missing; expected a gauge of count'],
  ],
  [
    'a counter instead of a gauge',
    { metrics: { connections: m.ws_messages_total } },
    ['definition/shape: metrics.connections: expected a gauge of count'],
  ],
  [
    'a level of another dimension',
    { metrics, levels: { connections: { warning: percent(1) } } },
    ['definition/shape: levels.connections.warning: expected a quantity of count, not of ratio'],
  ],
  [
    'a level that does not exist',
    { metrics, levels: { connection: { warning: count(1) } } },
    ['definition/unknown-property: levels.connection: there is no such property'],
  ],
  [
    'a level of a metric that is not there',
    { metrics, levels: { queue: { warning: mebibytes(1) } } },
    ['definition/shape: levels.queue: nothing measures it; give the monitor the metrics or the job that it is about'],
  ],
])('reports %s', (_, input, findings) => {
  expect(complaints(monitors.webSocket(input as never))).toEqual(findings);
});
