/** A small system that is played, with faults that change what it plays: the drill's own tests break it. */
import * as tocsin from '../../../generators/index.ts';
import { compileModel } from '../../../generators/compile.ts';
import { createReport } from '../../../generators/diagnostics/report.ts';
import type { DefinitionFile } from '../../../generators/model/normalise/index.ts';
import { startExporter } from '../exporter.ts';
import type { Behaviour, Play } from '../simulation.ts';
import { counter, createSimulation, gauge, histogram } from '../simulation.ts';
import type { SystemPlan } from './plan.ts';
import type { World } from './world.ts';

const { count, defineMetrics, defineProject, defineSystem, minutes, monitors, percent, query, seconds, select, state } =
  tocsin;

const metrics = defineMetrics('shop-api', {
  requests_total: tocsin.counter({ unit: 'count', help: 'Requests.', labels: { status: ['ok', 'failed'] } }),
  request_duration_seconds: tocsin.histogram({
    unit: 'seconds',
    help: 'Time of a request.',
    buckets: [tocsin.ms(50), tocsin.ms(100), tocsin.ms(500), seconds(1)],
  }),
  queue_length: tocsin.gauge({ unit: 'count', help: 'Orders that wait.' }),
  stuck_orders: tocsin.gauge({ unit: 'count', help: 'Orders that nobody can pack.' }),
});

const receivers = {
  pager: tocsin.pagerDuty({ routingKeyFile: 'pager.key', sendResolved: true }),
  manager: tocsin.email({ to: 'manager@example.com', from: 'alerts@example.com', smarthost: 'mail.example.com:25' }),
  chat: tocsin.slack({ channel: '#shop', apiUrlFile: 'slack.url', sendResolved: true }),
  gateway: tocsin.webhook({ url: 'http://gateway.example.com/alerts', sendResolved: true }),
  strangers: tocsin.slack({ channel: '#strangers', apiUrlFile: 'slack.url' }),
};

const project = defineProject({
  id: 'shop',
  title: 'Shop',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(15),
  evaluationInterval: seconds(15),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'http://localhost:3030' },
  environments: {
    local: {
      externalLabels: { environment: 'local' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      secretsDirectory: 'secrets',
    },
  },
  severities: {
    critical: { title: 'Down', respondWithin: minutes(5) },
    warning: { title: 'On its way', respondWithin: minutes(30) },
  },
  receivers,
  timeIntervals: { never: { timeZone: 'UTC', spans: [{ years: [1999] }] } },
  teams: {
    shop: {
      title: 'Shop',
      notify: {
        critical: {
          to: ['pager', 'gateway'],
          then: [{ after: minutes(5), to: ['manager'] }],
          repeatEvery: tocsin.hours(1),
        },
        // Nobody works at that time: the drill has to open it.
        warning: { to: ['chat'], hours: { during: 'never', otherwise: [] } },
      },
    },
  },
  heartbeat: { to: ['gateway'], every: minutes(5) },
  fallback: ['strangers'],
});

const system = defineSystem({
  id: 'shop',
  title: 'Shop',
  description: 'Takes orders.',
  owner: 'shop',
  jobs: { 'shop-api': { targets: { local: ['127.0.0.1:8080'] } } },
  components: {
    api: monitors.httpService({
      title: 'API',
      description: 'The API.',
      job: 'shop-api',
      metrics: {
        requests: metrics.requests_total,
        failures: select(metrics.requests_total, { status: 'failed' }),
        duration: metrics.request_duration_seconds,
      },
      levels: {
        errorRatio: { alert: 'ErrorsHigh', critical: percent(20), for: minutes(2) },
        availability: { alert: 'ShopDown', critical: state(true), for: minutes(1) },
      },
    }),
  },
  thresholds: {
    'queue-length': tocsin.threshold({
      alert: 'QueueLong',
      title: 'Orders that wait',
      query: query.sum(metrics.queue_length),
      direction: 'above',
      warning: count(100),
      critical: count(1000),
      for: minutes(2),
      summary: '{value} orders wait (level {threshold})',
      description: 'Orders come in faster than they are packed.',
      firstSteps: ['Look at the packers.'],
    }),
    'stuck-orders': tocsin.threshold({
      alert: 'OrdersStuck',
      title: 'Orders that nobody can pack',
      query: query.sum(metrics.stuck_orders),
      direction: 'above',
      critical: count(0),
      for: minutes(6),
      summary: '{value} orders are stuck',
      description: 'Something that was ordered is not there.',
      firstSteps: ['Look at the shelves.'],
    }),
  },
});

/** The definitions of the fixture. */
export const FIXTURE: readonly DefinitionFile[] = [
  { file: 'definitions/project.ts', value: project },
  { file: 'definitions/systems/shop.ts', value: system },
];

const requests = (failed: number): readonly Behaviour[] => [
  counter(50 - failed, { status: 'ok' }),
  counter(failed, { status: 'failed' }),
];

const WELL: Play = {
  'shop-api': {
    requests_total: requests(0),
    request_duration_seconds: [histogram(50, 0.02)],
    queue_length: [gauge(3)],
    stuck_orders: [gauge(0)],
  },
};

/** How it is drilled. */
export const FIXTURE_PLAN: SystemPlan = {
  system: 'shop',
  campaigns: [
    { id: 'queue', faults: [{ fault: 'queue', parameters: { orders: 500 } }], alerts: ['QueueLong warning'] },
    {
      id: 'long-queue-and-errors',
      faults: [{ fault: 'queue', parameters: { orders: 5000 } }, { fault: 'errors' }],
      alerts: ['QueueLong warning', 'QueueLong critical', 'ErrorsHigh critical'],
      escalation: true,
    },
    { id: 'stuck', faults: [{ fault: 'stuck' }], alerts: ['OrdersStuck critical'] },
    { id: 'down', faults: [{ fault: 'silent' }], alerts: ['ShopDown critical'] },
    { id: 'forgotten', faults: [], forgets: ['shop-api'], alerts: ['TargetMissing critical'], recovery: 8 },
  ],
  impossible: {},
};

/** Plays the fixture in good health. */
export const openFixtureWorld = async (): Promise<World> => {
  const model = compileModel(FIXTURE, createReport());
  if (model === undefined) throw new Error('the fixture gives no model');
  const simulation = createSimulation(model, WELL, Date.now() / 1000);
  const jobs = model.systems.flatMap((one) => one.jobs);
  const exporter = await startExporter(jobs, simulation);
  const heal = (): void => {
    for (const [job, play] of Object.entries(WELL))
      for (const [metric, behaviours] of Object.entries(play)) simulation.change(job, metric, behaviours);
    jobs.forEach(({ id }) => exporter.mend(id));
  };
  return {
    target: exporter.address,
    faults: ['queue', 'stuck', 'errors', 'silent', 'hanging'],
    inject: async ({ fault, parameters = {} }) => {
      if (fault === 'queue') simulation.change('shop-api', 'queue_length', [gauge(Number(parameters['orders']))]);
      else if (fault === 'stuck') simulation.change('shop-api', 'stuck_orders', [gauge(2)]);
      else if (fault === 'errors') simulation.change('shop-api', 'requests_total', requests(40));
      else if (fault === 'silent') exporter.break('shop-api');
      else if (fault === 'hanging') exporter.hang('shop-api');
      else throw new Error(`there is no fault ${fault}`);
    },
    mend: async () => heal(),
    setRate: async () => undefined,
    close: exporter.stop,
  };
};
