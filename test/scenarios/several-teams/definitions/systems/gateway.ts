import {
  counter,
  defineMetrics,
  defineSystem,
  gauge,
  mebibytes,
  minutes,
  monitors,
  percent,
  perSecond,
  query,
  state,
  threshold,
} from 'tocsin';

const m = defineMetrics('gateway', {
  limit_checks_total: counter({ unit: 'count', help: 'Requests checked.', labels: { limit: 'any' } }),
  limit_exceeded_total: counter({ unit: 'count', help: 'Requests turned away.', labels: { limit: 'any' } }),
  limit_memory_bytes: gauge({ unit: 'bytes', help: 'Memory of the counters.', range: { min: 0 } }),
});

export default defineSystem({
  id: 'gateway',
  title: 'Gateway',
  description: 'Takes requests from outside.',
  owner: 'edge',
  jobs: {
    gateway: {
      targets: { staging: ['gateway.staging:443'], production: ['gateway-0:443', 'gateway-1:443'] },
      scheme: 'https',
    },
  },
  components: {
    limiter: monitors.rateLimiter({
      title: 'Rate limiter',
      metrics: { checks: m.limit_checks_total, blocked: m.limit_exceeded_total, memory: m.limit_memory_bytes },
      levels: {
        blockedRate: { warning: perSecond(10), critical: perSecond(100), for: minutes(2) },
        blockedRatio: { warning: { level: percent(5), severity: 'low' } },
        memory: { warning: { level: mebibytes(64), severity: 'note' } },
      },
    }),
  },
  thresholds: {
    up: threshold({
      alert: 'GatewayDown',
      title: 'Gateway instances that answer',
      query: query.minimum(query.up('gateway'), { by: ['instance'] }),
      direction: 'below',
      critical: state(true),
      for: minutes(1),
      summary: '{labels.instance} is {value}',
    }),
  },
});
