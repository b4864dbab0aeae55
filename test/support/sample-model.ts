/**
 * A model made by hand: two systems, every kind of receiver, every direction, most units, texts that break writers that
 * do not escape. What the passes would derive (rules, routing) is here too.
 */
import { ANNOTATIONS, groupName, LABELS, overviewUid } from '../../generators/conventions.ts';
import type { Origin } from '../../generators/diagnostics/diagnostic.ts';
import { alertTextTemplate } from '../../generators/model/format.ts';
import type {
  AlertingRule,
  Amount,
  Component,
  Dashboard,
  Direction,
  Model,
  Project,
  RecordingRule,
  RouteMatcher,
  RouteNode,
  RuleGroup,
  System,
  Threshold,
  ThresholdLevel,
  Workload,
} from '../../generators/model/model.ts';
import { fromBase, toBase } from '../../generators/model/quantities.ts';
import type { Expr } from '../../generators/promql/ast.ts';
import { aggregate, binary, call, matcher, number, range, selector } from '../../generators/promql/build.ts';
import type { UnitId } from '../../generators/promql/units.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const at = (file: string, subject: string, ...path: (string | number)[]): Origin => ({
  file: `definitions/${file}`,
  path,
  subject,
});
const amount = (value: number, unit: UnitId): Amount => ({ value: toBase(value, unit), unit });

const PROJECT: Project = {
  id: 'sample',
  title: 'Sample',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: 15 * SECOND,
  scrapeTimeout: 10 * SECOND,
  evaluationInterval: 15 * SECOND,
  retention: 15 * 24 * HOUR,
  links: { runbooks: 'https://runbooks.example.com', grafana: 'https://grafana.example.com' },
  environments: [
    {
      id: 'compose',
      externalLabels: { cluster: 'compose', region: 'on' },
      alertmanagers: ['alertmanager:9093'],
      prometheusUrl: 'http://prometheus:9090',
      secretsDirectory: '/etc/alertmanager/secrets',
      origin: at('project.ts', 'environment compose', 'environments', 'compose'),
    },
    {
      id: 'local',
      externalLabels: {},
      alertmanagers: ['127.0.0.1:19093', '127.0.0.1:29093'],
      prometheusUrl: 'https://prometheus.example.com/metrics-store/',
      secretsDirectory: 'secrets/',
      origin: at('project.ts', 'environment local', 'environments', 'local'),
    },
  ],
  severities: [
    {
      id: 'critical',
      rank: 0,
      title: 'System unavailable',
      respondWithin: { kind: 'within', ms: 15 * MINUTE },
      color: 'red',
    },
    { id: 'warning', rank: 1, title: 'Degraded', respondWithin: { kind: 'next-business-day' }, color: 'orange' },
    { id: 'info', rank: 2, title: 'For the record', respondWithin: { kind: 'review' }, color: 'blue' },
  ],
  teams: [
    {
      id: 'core',
      title: 'Core Platform',
      notify: {
        critical: {
          tiers: [
            {
              name: 'primary',
              after: 0,
              to: { people: [], receivers: ['pager', 'core-chat', 'core-mail'] },
              hours: undefined,
              origin: at('project.ts', 'team core', 'teams', 'core'),
            },
          ],
          quiet: [],
          respondWithin: { kind: 'within', ms: 5 * MINUTE },
          repeatEvery: HOUR,
          origin: at('project.ts', 'team core', 'teams', 'core', 'notify', 'critical'),
        },
        warning: {
          tiers: [
            {
              name: 'primary',
              after: 0,
              to: { people: [], receivers: ['core-chat'] },
              hours: undefined,
              origin: at('project.ts', 'team core', 'teams', 'core'),
            },
          ],
          quiet: [],
          respondWithin: { kind: 'within', ms: 30 * MINUTE },
          repeatEvery: 12 * HOUR,
          origin: at('project.ts', 'team core', 'teams', 'core', 'notify', 'warning'),
        },
      },
      origin: at('project.ts', 'team core', 'teams', 'core'),
    },
    { id: 'edge', title: 'Edge "Cases" | <Team>', notify: {}, origin: at('project.ts', 'team edge', 'teams', 'edge') },
  ],
  receivers: [
    {
      id: 'pager',
      kind: 'pagerduty',
      routingKeyFile: 'pagerduty-key',
      sendResolved: true,
      origin: at('project.ts', 'receiver pager', 'receivers', 'pager'),
    },
    {
      id: 'core-chat',
      kind: 'slack',
      channel: '#core_alerts',
      apiUrlFile: 'slack-url',
      sendResolved: true,
      origin: at('project.ts', 'receiver core-chat', 'receivers', 'core-chat'),
    },
    {
      id: 'core-mail',
      kind: 'email',
      to: 'core@example.com',
      from: 'alerts@example.com',
      smarthost: 'mail.example.com:587',
      username: 'alerts',
      passwordFile: 'smtp-password',
      requireTls: true,
      sendResolved: false,
      origin: at('project.ts', 'receiver core-mail', 'receivers', 'core-mail'),
    },
    {
      id: 'plain-mail',
      kind: 'email',
      to: 'list@example.com',
      from: 'alerts@example.com',
      smarthost: '127.0.0.1:25',
      requireTls: false,
      sendResolved: true,
      origin: at('project.ts', 'receiver plain-mail', 'receivers', 'plain-mail'),
    },
    {
      id: 'inbox',
      kind: 'webhook',
      url: 'http://127.0.0.1:18080/alerts?{{x}}',
      bearerTokenFile: 'inbox-token',
      sendResolved: true,
      origin: at('project.ts', 'receiver inbox', 'receivers', 'inbox'),
    },
    {
      id: 'open-inbox',
      kind: 'webhook',
      url: 'http://127.0.0.1:18081/',
      sendResolved: true,
      origin: at('project.ts', 'receiver open-inbox', 'receivers', 'open-inbox'),
    },
  ],
  fallback: ['inbox', 'open-inbox', 'plain-mail'],
  timeIntervals: [],
  heartbeat: undefined,
  maintenance: [],
  routes: [],
  inhibitions: [],
  origin: at('project.ts', 'project'),
};

interface ThresholdSketch {
  readonly id: string;
  readonly component?: string;
  readonly title: string;
  readonly query: Expr;
  readonly unit: UnitId;
  readonly labels?: readonly string[];
  readonly direction: Direction;
  /** Severity, alert, level, for, keep firing for. */
  readonly levels: readonly (readonly [string, string, Amount, number?, number?])[];
  readonly summary: string;
  readonly description: string;
  readonly firstSteps?: readonly string[];
  readonly goal?: Amount;
  readonly recorded?: string;
}

const toThreshold = (system: string, sketch: ThresholdSketch): Threshold => {
  const origin = at(`systems/${system}.ts`, `${system} / ${sketch.id}`, 'thresholds', sketch.id);
  return {
    ...sketch,
    component: sketch.component,
    labels: sketch.labels ?? [],
    recorded: sketch.recorded,
    goal: sketch.goal,
    firstSteps: sketch.firstSteps ?? [],
    levels: sketch.levels.map(([severity, alert, level, forMs = 5 * MINUTE, keepFiringFor = 0]): ThresholdLevel => ({
      severity,
      alert,
      level,
      for: forMs,
      keepFiringFor,
      origin: { ...origin, path: [...origin.path, severity] },
    })),
    origin,
    queryOrigin: { ...origin, path: [...origin.path, 'query'] },
  };
};

const rate = (name: string, ...labels: [string, string][]): Expr =>
  call(
    'rate',
    range(
      selector(
        name,
        labels.map(([label, value]) => matcher(label, '=', value)),
      ),
      5 * MINUTE,
    ),
  );
const sum = (expr: Expr, ...by: string[]): Expr => aggregate('sum', expr, by.length === 0 ? {} : { by });

const HITS = sum(rate('cache_hits_total'));
const RECORDED = 'shop:http_request_duration_seconds:p95_5m';

const component = (
  system: string,
  id: string,
  title: string,
  kind: string,
  dependsOn: readonly string[] = [],
): Component => ({
  id,
  title,
  kind,
  instance: { kind: 'monitor', monitor: kind, input: {} },
  description: `${title} of the ${system}.`,
  dependsOn,
  panels: [],
  origin: at(`systems/${system}.ts`, `${system} / ${id}`, 'components', id),
});

const WORKLOAD: Workload = {
  id: 'shop-api',
  namespace: 'shop',
  image: 'registry.example.com/shop-api:1.4.2',
  replicas: 3,
  ports: [
    { name: 'http', number: 4000 },
    { name: 'metrics', number: 9100 },
  ],
  endpoints: [],
  startup: {
    path: '/startup',
    port: 'http',
    initialDelay: 0,
    period: 5 * SECOND,
    timeout: 3 * SECOND,
    failureThreshold: 30,
    origin: at('systems/shop.ts', 'shop-api', 'startup'),
  },
  readiness: {
    path: '/ready',
    port: 'http',
    initialDelay: 10 * SECOND,
    period: 5 * SECOND,
    timeout: 3 * SECOND,
    failureThreshold: 3,
    origin: at('systems/shop.ts', 'shop-api', 'readiness'),
  },
  liveness: {
    path: '/live',
    port: 'http',
    initialDelay: 0,
    period: 10 * SECOND,
    timeout: 5 * SECOND,
    failureThreshold: 3,
    origin: at('systems/shop.ts', 'shop-api', 'liveness'),
  },
  resources: {
    requests: { cpuMillicores: 250, memoryBytes: 512 * 1024 ** 2 },
    limits: { cpuMillicores: 1000, memoryBytes: 1024 ** 3 },
  },
  origin: at('systems/shop.ts', 'shop-api', 'workloads', 'shop-api'),
};

const SHOP: System = {
  id: 'shop',
  title: 'Shop',
  description: 'Sells things.\n\nIt has **two** paragraphs.',
  team: 'core',
  jobs: [
    {
      id: 'shop-api',
      scheme: 'http',
      path: '/metrics',
      interval: 5 * SECOND,
      timeout: 4 * SECOND,
      targets: { compose: ['shop-api:4000'], local: ['127.0.0.1:4000', '127.0.0.1:4001'] },
      origin: at('systems/shop.ts', 'shop / job shop-api', 'jobs', 'shop-api'),
    },
    {
      id: 'browser',
      scheme: 'https',
      path: '/api/metrics',
      interval: 30 * SECOND,
      timeout: 10 * SECOND,
      targets: { compose: ['shop-web:3000'] },
      origin: at('systems/shop.ts', 'shop / job browser', 'jobs', 'browser'),
    },
  ],
  metrics: [],
  components: [
    component('shop', 'api', 'API', 'http-service', ['cache', 'database']),
    component('shop', 'cache', 'Cache', 'cache'),
    component('shop', 'database', 'Database', 'database'),
  ],
  thresholds: [
    toThreshold('shop', {
      id: 'api-latency-p95',
      component: 'api',
      title: 'API response time, p95',
      query: call(
        'histogram_quantile',
        number(0.95),
        sum(rate('http_request_duration_seconds_bucket', ['job', 'shop-api']), 'le', 'route'),
      ),
      recorded: RECORDED,
      unit: 'seconds',
      labels: ['route'],
      direction: 'above',
      levels: [
        ['critical', 'PerformanceDegradation', amount(2, 'seconds'), 5 * MINUTE, 10 * MINUTE],
        ['warning', 'PerformanceDegradation', amount(500, 'milliseconds'), 10 * MINUTE],
      ],
      summary: 'Route {labels.route} answers in {value} at p95, above {threshold} for {for}',
      description: 'One request in twenty takes longer than {threshold}.\nCustomers **leave** when pages are slow.',
      firstSteps: ['Look at the slowest route:\n`topk(5, ...)`.', 'Compare with the last deployment.'],
    }),
    toThreshold('shop', {
      id: 'cache-hit-rate',
      component: 'cache',
      title: 'Cache: hit rate',
      query: binary('/', HITS, binary('+', HITS, sum(rate('cache_misses_total')))),
      unit: 'ratio',
      direction: 'below',
      levels: [
        ['critical', 'CacheHitRateLow', amount(50, 'percent')],
        ['warning', 'CacheHitRateLow', amount(70, 'percent')],
      ],
      summary: 'The cache answers only {value} of its look-ups (level {threshold})',
      description: 'When it falls, the load behind the cache rises.',
      firstSteps: ['See whether the cache was flushed.'],
      goal: amount(0.9, 'ratio'),
    }),
    toThreshold('shop', {
      id: 'database-pool',
      component: 'database',
      title: 'Connections in use',
      query: binary('/', selector('database_connections_active'), selector('database_connections_max')),
      unit: 'ratio',
      labels: ['instance', 'job'],
      direction: 'atLeast',
      levels: [['critical', 'DatabaseConnectionPoolExhausted', amount(95, 'percent'), 2 * MINUTE]],
      summary: 'Pool of {labels.instance}: {value} in use',
      description: 'New queries wait for a connection.',
    }),
    toThreshold('shop', {
      id: 'events',
      title: 'Events processed',
      query: sum(rate('events_processed_total')),
      unit: 'per_second',
      direction: 'atMost',
      levels: [
        ['critical', 'EventProcessingStalled', amount(0, 'per_second'), 0],
        ['warning', 'EventThroughputLow', amount(1000, 'per_second')],
      ],
      summary: '{value}, at most {threshold}',
      description: 'Events pile up.',
    }),
  ],
  slos: [],
  workloads: [
    WORKLOAD,
    { ...WORKLOAD, id: 'shop-worker', namespace: undefined, replicas: 1, ports: [{ name: 'http', number: 8080 }] },
  ],
  dashboards: [],
  origin: at('systems/shop.ts', 'shop'),
};

/** Text that breaks writers that do not escape. */
export const HOSTILE =
  'a "quote" \'q\' \\ `tick` | pipe <b>html</b> {{ $labels.secret }} {{ end }} {brace} 100 % #x *y* _z_ & é';

const HOSTILE_SYSTEM: System = {
  id: 'hostile',
  title: `Hostile ${HOSTILE}`,
  description: `First line with ${HOSTILE}\nsecond line.`,
  team: 'edge',
  jobs: [
    {
      id: 'prometheus',
      scheme: 'http',
      path: '/metrics',
      interval: MINUTE,
      timeout: 10 * SECOND,
      targets: { compose: ['other-prometheus:9090'] },
      origin: at('systems/hostile.ts', 'hostile / job prometheus', 'jobs', 'prometheus'),
    },
  ],
  metrics: [],
  components: [component('hostile', 'odd', `Odd ${HOSTILE}`, 'validator')],
  thresholds: [
    toThreshold('hostile', {
      id: 'odd-latency',
      component: 'odd',
      title: `Latency ${HOSTILE}\non two lines`,
      query: aggregate(
        'max',
        selector('odd_latency_milliseconds', [matcher('path', '=', 'a "quote" \\ `tick` ```fence``` \n {{x}}')]),
        { by: ['instance'] },
      ),
      unit: 'milliseconds',
      labels: ['instance'],
      direction: 'above',
      levels: [['warning', 'OddLatency', amount(47.5, 'milliseconds'), 90 * SECOND]],
      summary: `${HOSTILE} {value} {labels.instance} {{value}} {{{value} {unknown} { {threshold}`,
      description: `${HOSTILE}\n\`\`\`\nunclosed`,
      firstSteps: [HOSTILE, 'two\nlines', '{value}'],
    }),
    toThreshold('hostile', {
      id: 'odd-memory',
      component: 'odd',
      title: 'Memory',
      query: selector('process_resident_memory_bytes'),
      unit: 'bytes',
      labels: ['instance', 'job'],
      direction: 'above',
      levels: [['info', 'OddMemory', amount(50, 'mebibytes')]],
      summary: '{value} of {threshold}',
      description: 'Memory.',
      goal: amount(40, 'mebibytes'),
    }),
    toThreshold('hostile', {
      id: 'odd-leak',
      component: 'odd',
      title: 'Memory growth',
      query: call('deriv', range(selector('process_resident_memory_bytes'), HOUR)),
      unit: 'bytes_per_second',
      labels: ['instance', 'job'],
      direction: 'above',
      levels: [['critical', 'MemoryLeak', amount((100 * 1024 ** 2) / 3600, 'bytes_per_second'), HOUR]],
      summary: 'grows by {value}, more than {threshold}',
      description: 'A leak.',
    }),
    toThreshold('hostile', {
      id: 'odd-queue',
      title: 'Queue',
      query: selector('queue_length'),
      unit: 'count',
      labels: ['instance', 'job'],
      direction: 'above',
      levels: [['warning', 'QueueLong', amount(1000, 'count')]],
      summary: '{value} waiting, more than {threshold}',
      description: 'A queue.',
    }),
    toThreshold('hostile', {
      id: 'odd-share',
      title: 'Share',
      query: selector('odd_share_percent'),
      unit: 'percent',
      labels: ['instance', 'job'],
      direction: 'below',
      levels: [['warning', 'ShareLow', amount(99.5, 'percent')]],
      summary: '{value} is below {threshold}',
      description: 'A share.',
    }),
  ],
  slos: [],
  workloads: [],
  dashboards: [],
  origin: at('systems/hostile.ts', 'hostile'),
};

const COMPARISON = { above: '>', below: '<', atLeast: '>=', atMost: '<=' } as const;

const toRule = (system: System, threshold: Threshold, level: ThresholdLevel): AlertingRule => {
  const values = { unit: threshold.unit, threshold: level.level, for: level.for };
  const panel = system.thresholds.indexOf(threshold) + 1;
  return {
    kind: 'alerting',
    alert: level.alert,
    expr: binary(
      COMPARISON[threshold.direction],
      threshold.recorded === undefined ? threshold.query : selector(threshold.recorded),
      number(fromBase(level.level.value, threshold.unit)),
    ),
    for: level.for,
    keepFiringFor: level.keepFiringFor,
    severity: level.severity,
    team: system.team,
    system: system.id,
    component: threshold.component,
    source: { kind: 'threshold', id: threshold.id },
    labels: {
      [LABELS.severity]: level.severity,
      [LABELS.team]: system.team,
      [LABELS.system]: system.id,
      ...(threshold.component === undefined ? {} : { [LABELS.component]: threshold.component }),
    },
    annotations: {
      [ANNOTATIONS.summary]: alertTextTemplate(threshold.summary, values),
      [ANNOTATIONS.description]: alertTextTemplate(threshold.description, values),
      [ANNOTATIONS.runbook]: `${PROJECT.links.runbooks}/${system.id}/${level.alert}.md`,
      [ANNOTATIONS.dashboard]: `${PROJECT.links.grafana}/d/${overviewUid(system.id)}?viewPanel=${panel}`,
      [ANNOTATIONS.definition]: `${threshold.origin.file} (${threshold.origin.path.join('.')})`,
    },
    resultLabels: threshold.labels,
    origin: level.origin,
  };
};

const RECORDING: RecordingRule = {
  kind: 'recording',
  record: RECORDED,
  expr: SHOP.thresholds[0]?.query ?? number(0),
  labels: {},
  unit: 'seconds',
  resultLabels: ['route'],
  origin: at('systems/shop.ts', 'shop / api-latency-p95', 'thresholds', 'api-latency-p95'),
};

const groupsOf = (system: System): readonly RuleGroup[] => {
  const components = [...system.components.map(({ id }) => id), undefined];
  return components
    .map((id) => ({
      name: groupName(system.id, id),
      system: system.id,
      rules: system.thresholds
        .filter((threshold) => threshold.component === id)
        .flatMap((threshold) => threshold.levels.map((level) => toRule(system, threshold, level))),
    }))
    .filter(({ rules }) => rules.length > 0);
};

const is = (name: string, value: string): RouteMatcher => ({ name, op: '=', value });

const TIMING = {
  groupBy: ['alertname', 'system'],
  groupWait: 30 * SECOND,
  groupInterval: 5 * MINUTE,
  repeatInterval: 4 * HOUR,
  continue: false,
  routes: [],
} as const;

const route = (
  id: string,
  receiver: string,
  matchers: readonly RouteMatcher[],
  more: Partial<RouteNode> = {},
): RouteNode => ({
  ...TIMING,
  id,
  receiver,
  matchers,
  origin: at('project.ts', id, 'teams'),
  ...more,
});

const dashboard = (system: System): Dashboard => ({
  uid: overviewUid(system.id),
  system: system.id,
  title: system.title,
  description: system.description,
  tags: ['tocsin'],
  rows: [],
  origin: system.origin,
});

/** The sample. */
export const sampleModel: Model = {
  project: PROJECT,
  systems: [SHOP, HOSTILE_SYSTEM],
  ruleGroups: [
    { name: 'shop-recording', system: 'shop', interval: 30 * SECOND, rules: [RECORDING] },
    ...groupsOf(SHOP),
    ...groupsOf(HOSTILE_SYSTEM),
  ],
  routing: {
    root: route('root', 'fallback', [], {
      groupBy: ['alertname', 'system'],
      routes: [
        route('core', 'core-warning', [is('team', 'core')], {
          routes: [
            route('core-critical', 'core-critical', [is('severity', 'critical')], {
              groupWait: 10 * SECOND,
              repeatInterval: HOUR,
              continue: true,
            }),
            route('core-archive', 'archive', [{ name: 'severity', op: '=~', value: 'critical|error' }], {
              groupBy: ['...'],
            }),
            route('core-warning', 'core-warning', [is('severity', 'warning')], { repeatInterval: 12 * HOUR }),
          ],
        }),
        route('edge-info', 'nobody', [is('team', 'edge'), is('severity', 'info')]),
        route('odd', 'archive', [
          is('odd', 'a "quote" \\ back\\n slash\nline {brace}, comma é'),
          { name: 'path', op: '!~', value: '/(api|"x")/\\d+' },
          { name: 'gone', op: '!=', value: '' },
        ]),
      ],
    }),
    groups: [
      { id: 'fallback', receivers: PROJECT.fallback, origin: at('project.ts', 'fallback', 'fallback') },
      {
        id: 'core-critical',
        receivers: ['pager', 'core-chat', 'core-mail'],
        origin: at('project.ts', 'core-critical', 'teams', 'core', 'notify', 'critical'),
      },
      {
        id: 'core-warning',
        receivers: ['core-chat'],
        origin: at('project.ts', 'core-warning', 'teams', 'core', 'notify', 'warning'),
      },
      { id: 'archive', receivers: ['open-inbox', 'core-chat', 'inbox'], origin: at('project.ts', 'archive', 'teams') },
      { id: 'nobody', receivers: [], origin: at('project.ts', 'nobody', 'teams') },
    ],
    inhibitions: [
      {
        source: [is('severity', 'critical')],
        target: [is('severity', 'warning')],
        equal: ['alertname', 'system', 'component'],
        reason: 'The critical level says it all.',
        origin: at('project.ts', 'inhibition', 'severities'),
      },
      {
        source: [is('alertname', 'DatabaseConnectionPoolExhausted')],
        target: [is('system', 'shop'), is('component', 'api')],
        equal: ['system'],
        reason: 'The API waits for the database.',
        origin: at('systems/shop.ts', 'dependency', 'components', 'api', 'dependsOn'),
      },
    ],
  },
  dashboards: [dashboard(SHOP), dashboard(HOSTILE_SYSTEM)],
};
