import { describe, expect, test } from 'vitest';
import type { Code } from '../../generators/diagnostics/codes.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import {
  count,
  counter,
  days,
  defineMetrics,
  defineProject,
  defineSystem,
  email,
  gauge,
  histogram,
  hours,
  matches,
  minutes,
  monitors,
  ms,
  pagerDuty,
  promql,
  query,
  rateInterval,
  seconds,
  select,
  slack,
  threshold,
  webhook,
} from '../../generators/index.ts';
import type { ProjectInput, ReceiverInput, SystemInput } from '../../generators/index.ts';
import * as tocsin from '../../generators/index.ts';
import { load } from '../../generators/load/load.ts';
import { normalise } from '../../generators/model/normalise/index.ts';
import { print } from '../../generators/promql/print.ts';
import { METRICS, PROJECT, SYSTEM } from '../broken/base.ts';
import { writeProject } from '../load/fixture.ts';
import {
  compileDefinitions,
  depth,
  filesOf,
  metrics as m,
  modelOf,
  onlySystem,
  projectInput,
  soundModel,
  systemInput,
} from '../support/definitions.ts';

/** `code property: message` of what a change of the sound project or system says. */
const projectFindings = (changes: Record<string, unknown>): readonly string[] => modelOf({}, changes).findings;
const systemFindings = (changes: Record<string, unknown>): readonly string[] => modelOf(changes).findings;

const INBOX = { url: 'http://inbox:8025', smtp: 'inbox:8026' };
const INBOX_URL = 'url: expected an http or https URL without a path, such as http://inbox:8025';
const INBOXES: readonly (readonly [string, object, string])[] = [
  ['with a path', { ...INBOX, url: 'http://inbox:8025/here' }, INBOX_URL],
  ['with a password in its address', { ...INBOX, url: 'http://me@inbox:8025' }, INBOX_URL],
  ['with a port that there is not', { ...INBOX, url: 'http://inbox:80250' }, INBOX_URL],
  ['without http', { ...INBOX, url: 'inbox:8025' }, INBOX_URL],
  ['without a port for mail', { ...INBOX, smtp: 'inbox' }, 'smtp: expected host:port'],
  ['with mail over HTTP', { ...INBOX, smtp: 'http://inbox:25' }, 'smtp: expected host:port'],
  ['with a port for mail that there is not', { ...INBOX, smtp: 'inbox:70000' }, 'smtp: expected host:port with a port'],
  ['without mail', { url: INBOX.url }, 'smtp: is missing'],
];

describe('a project', () => {
  test('gets what it does not say', () => {
    const { project } = soundModel();
    expect(project).toMatchObject({
      scrapeInterval: 15_000,
      scrapeTimeout: 10_000,
      evaluationInterval: 15_000,
      links: { runbooks: 'https://runbooks.example.com', grafana: 'http://localhost:3000' },
    });
    expect(project.severities.map(({ id, rank, color }) => [id, rank, color])).toEqual([
      ['critical', 0, 'red'],
      ['warning', 1, 'orange'],
      ['info', 2, 'yellow'],
    ]);
    expect(project.receivers.map(({ id, sendResolved }) => [id, sendResolved])).toEqual([
      ['pager', true],
      ['chat', true],
    ]);
  });

  test.each<readonly [string, Partial<ProjectInput>, object]>([
    ['a scrape time-out of ten seconds', { scrapeInterval: minutes(1) }, { scrapeTimeout: 10_000 }],
    ['a scrape time-out that a short interval leaves', { scrapeInterval: seconds(5) }, { scrapeTimeout: 5000 }],
    ['the scrape time-out it says', { scrapeTimeout: seconds(3) }, { scrapeTimeout: 3000 }],
    [
      'links without their last slashes',
      { links: { runbooks: 'https://a.example.com/b//', grafana: 'http://g/' } },
      { links: { runbooks: 'https://a.example.com/b', grafana: 'http://g' } },
    ],
    ['every receiver once', { fallback: ['chat', 'pager', 'chat'] }, { fallback: ['chat', 'pager'] }],
  ])('has %s', (_, changes, expected) => {
    expect(soundModel({}, changes).project).toMatchObject(expected);
  });

  test('tells every receiver of a notice once', () => {
    const teams = {
      checkout: { title: 'x', notify: { critical: { to: ['chat', 'chat'] }, warning: { to: ['pager'] } } },
    };
    expect(soundModel({}, { teams }).project.teams[0]?.notify['critical']?.tiers[0]?.to.receivers).toEqual(['chat']);
  });

  test.each<readonly [string, object, object, number]>([
    ['four times the response time', { respondWithin: minutes(30) }, { kind: 'within', ms: 1_800_000 }, 7_200_000],
    ['at least an hour', { respondWithin: minutes(5) }, { kind: 'within', ms: 300_000 }, 3_600_000],
    ['at most twelve hours', { respondWithin: hours(8) }, { kind: 'within', ms: 28_800_000 }, 43_200_000],
    [
      'a day where nobody has to react before',
      { respondWithin: 'next-business-day' },
      { kind: 'next-business-day' },
      86_400_000,
    ],
    ['a day where it is only reviewed', { respondWithin: 'review' }, { kind: 'review' }, 86_400_000],
    ['what it says', { respondWithin: minutes(5), repeatEvery: days(2) }, { kind: 'within', ms: 300_000 }, 172_800_000],
    ['four times the response time of the severity', {}, { kind: 'within', ms: 1_800_000 }, 7_200_000],
  ])('repeats an alert after %s', (_, notice, respondWithin, repeatEvery) => {
    const teams = {
      checkout: { title: 'x', notify: { critical: { to: ['pager'] }, warning: { to: ['chat'], ...notice } } },
    };
    const { project } = soundModel({}, { teams });
    expect(project.teams[0]?.notify['warning']).toMatchObject({ respondWithin, repeatEvery });
  });

  test.each<readonly [ReceiverInput, object]>([
    [
      slack({ channel: '@anna', apiUrlFile: 'slack.url', sendResolved: false }),
      { kind: 'slack', channel: '@anna', apiUrlFile: 'slack.url', sendResolved: false },
    ],
    [
      email({ to: 'a@b.c', from: 'd@e.f', smarthost: 'mail:25' }),
      { kind: 'email', to: 'a@b.c', requireTls: true, sendResolved: true },
    ],
    [
      email({
        to: 'a@b.c',
        from: 'd@e.f',
        smarthost: '[::1]:587',
        username: 'u',
        passwordFile: 'p',
        requireTls: false,
      }),
      { kind: 'email', smarthost: '[::1]:587', username: 'u', passwordFile: 'p', requireTls: false },
    ],
    [pagerDuty({ routingKeyFile: 'k' }), { kind: 'pagerduty', routingKeyFile: 'k' }],
    [
      webhook({ url: 'http://x:1/y?z=1', bearerTokenFile: 't' }),
      { kind: 'webhook', url: 'http://x:1/y?z=1', bearerTokenFile: 't' },
    ],
  ])('has the receiver %j', (receiver, expected) => {
    const { project } = soundModel({}, { receivers: { chat: receiver, pager: receiver } });
    expect(project.receivers[0]).toMatchObject({ id: 'chat', ...expected });
    for (const secret of ['username', 'passwordFile', 'bearerTokenFile']) {
      if (!(secret in receiver)) expect(project.receivers[0]).not.toHaveProperty(secret);
    }
  });

  test('has environments with secrets and environments with an inbox', () => {
    const environments = {
      local: {
        externalLabels: {},
        alertmanagers: ['127.0.0.1:9093'],
        prometheusUrl: 'http://127.0.0.1:9090',
        inbox: { ...INBOX, url: 'http://inbox:8025/' },
      },
    };
    const [local] = soundModel({}, { environments }).project.environments;
    expect(local).toMatchObject({ inbox: INBOX });
    expect(local).not.toHaveProperty('secretsDirectory');
    const [real] = soundModel().project.environments;
    expect(real).toMatchObject({ secretsDirectory: 'secrets' });
    expect(real).not.toHaveProperty('inbox');
  });

  test.each<readonly [string, Record<string, unknown>, string]>([
    ['no teams', { teams: null }, 'definition/shape teams: teams: expected record, received null'],
    [
      'a list for a record',
      { receivers: ['chat'] },
      'definition/shape receivers: receivers: expected record, received array',
    ],
    [
      'a version that is none',
      { versions: { prometheus: '2', alertmanager: '0.25', grafana: '10.0' } },
      'definition/shape versions.prometheus: versions.prometheus: expected a version such as "2.42"',
    ],
    [
      'no environments',
      { environments: {} },
      'definition/shape environments: environments: expected at least one environment',
    ],
    [
      'a name that is none',
      { receivers: { Chat: slack({ channel: '#a', apiUrlFile: 'x' }) } },
      'definition/name : "Chat" is no receiver name: expected lower-case letters and digits, in words joined by single dashes: `migrated-components`',
    ],
    [
      'a name that every object has',
      { severities: { constructor: { title: 'x', respondWithin: hours(1) } } },
      'definition/name severities.constructor: "constructor" is no severity name: expected another name than `constructor`',
    ],
    [
      'a path for a secret file',
      { receivers: { chat: slack({ channel: '#a', apiUrlFile: '../slack.url' }) } },
      'definition/shape apiUrlFile: receivers.chat.apiUrlFile: expected the name of a file in the secrets directory, without a path',
    ],
    [
      'an interval in parts of milliseconds',
      { scrapeInterval: ms(0.5) },
      'definition/shape scrapeInterval: scrapeInterval: expected a length of time of 1 ms to 292 years, in whole milliseconds, not 0.5 milliseconds',
    ],
    [
      'an interval without end',
      { evaluationInterval: seconds(Number.POSITIVE_INFINITY) },
      'definition/shape evaluationInterval: evaluationInterval: expected a length of time of 1 ms to 292 years, in whole milliseconds, not Infinity seconds',
    ],
    [
      'an evaluation that leaves gaps',
      { evaluationInterval: minutes(6) },
      'definition/shape evaluationInterval: evaluationInterval: expected at most 5 minutes: beyond the look-back of Prometheus, recorded series have gaps',
    ],
    [
      'a time-out beyond the interval',
      { scrapeTimeout: seconds(20) },
      'definition/shape scrapeTimeout: scrapeTimeout: expected a time that is not above the scrape interval; Prometheus refuses it',
    ],
    [
      'a severity that there is not',
      { teams: { checkout: { title: 'x', notify: { critcal: { to: ['chat'] } } } } },
      'definition/unknown-reference teams.checkout.notify.critcal: there is no severity "critcal"',
    ],
    [
      'a receiver that there is not',
      { fallback: ['chta'] },
      'definition/unknown-reference fallback[0]: there is no receiver "chta"',
    ],
    ['nobody', { fallback: [] }, 'definition/shape fallback: fallback: expected at least one receiver'],
    [
      'an environment of the wrong form',
      {
        environments: {
          local: {
            externalLabels: { 'a-b': 'x' },
            alertmanagers: ['nohost'],
            prometheusUrl: 'ftp://x',
            secretsDirectory: '',
          },
        },
      },
      'definition/shape environments.local.alertmanagers[0]: environments.local.alertmanagers[0]: expected host:port',
    ],
    ...INBOXES.map(([what, inbox, expected]): readonly [string, Record<string, unknown>, string] => [
      `an inbox ${what}`,
      { environments: { local: { ...projectInput().environments['local'], secretsDirectory: undefined, inbox } } },
      `: environments.local.inbox.${expected}`,
    ]),
    [
      'neither secrets nor an inbox',
      { environments: { local: { ...projectInput().environments['local'], secretsDirectory: undefined } } },
      'environments.local.secretsDirectory: is missing; expected the folder of the secret files, or an inbox, which needs none',
    ],
    [
      'secrets and an inbox',
      { environments: { local: { ...projectInput().environments['local'], inbox: INBOX } } },
      'environments.local.secretsDirectory: take it out: an environment with an inbox reads no secret files',
    ],
    [
      'a colour that there is not',
      { severities: { warning: { title: 'x', respondWithin: hours(1), color: 'pink' } } },
      'definition/shape severities.warning.color',
    ],
  ])('with %s is reported', (_, changes, expected) => {
    expect(projectFindings(changes).join('\n')).toContain(expected);
  });

  test('is needed once', async () => {
    const { codes } = await compileDefinitions(undefined, []);
    expect(codes).toEqual([]);
    const report = createReport();
    normalise(filesOf(defineSystem(systemInput()), []), report);
    expect(report.list().map(({ code }) => code)).toEqual(['definition/missing-project']);
    const twice = createReport();
    normalise(filesOf(defineProject(projectInput()), [defineProject(projectInput())]), twice);
    expect(twice.list().map(({ code, data }) => [code, data])).toEqual([
      ['definition/several-projects', { other: 'definitions/project.ts' }],
    ]);
  });
});

describe('a system', () => {
  test('gets what its jobs do not say', () => {
    const { jobs } = onlySystem(soundModel());
    expect(jobs).toMatchObject([{ id: 'api', scheme: 'http', path: '/metrics', interval: 15_000, timeout: 10_000 }]);
  });

  test.each<readonly [string, object, object]>([
    ['a time-out no longer than its interval', { interval: seconds(4) }, { interval: 4000, timeout: 4000 }],
    [
      'what it says',
      { interval: minutes(1), timeout: seconds(30), path: '/m', scheme: 'https' },
      { interval: 60_000, timeout: 30_000, path: '/m', scheme: 'https' },
    ],
  ])('has jobs with %s', (_, changes, expected) => {
    const jobs = { api: { targets: { local: ['127.0.0.1:8080'] }, ...changes } };
    expect(onlySystem(soundModel({ jobs })).jobs[0]).toMatchObject(expected);
  });

  test.each(['a b', 'a"b\\c', 'a\nb', 'größe/😀', '{{job}}', '$job'])(
    'can have a job that is called %j',
    async (job) => {
      const own = defineMetrics(job, { depth: gauge({ unit: 'count', help: 'x' }) });
      const thresholds = { depth: depth({ query: query.sum(own.depth) }) };
      const system = systemInput({ jobs: { [job]: { targets: { local: ['a:1'] } } }, thresholds });
      const { findings, model, files } = await compileDefinitions(undefined, [defineSystem(system)]);
      expect(findings).toEqual([]);
      expect(model?.systems[0]?.jobs[0]?.id).toBe(job);
      expect(files?.find(({ path }) => path.endsWith('rules/shop.yml'))?.text).toContain(
        `depth{job=${JSON.stringify(job)}}`.replaceAll('\\n', String.raw`\n`),
      );
    },
  );

  test('takes over the metrics that its queries use, in the order of their names', () => {
    const unused = defineMetrics('api', {
      zulu_total: counter({ unit: 'count', help: 'x' }),
      alpha: gauge({ unit: 'count', help: 'x' }),
    });
    const system = onlySystem(
      soundModel({ metrics: [unused], thresholds: { a: depth({ query: query.sum(m.queue_depth) }) } }),
    );
    expect(system.metrics.map(({ name }) => name)).toEqual(['alpha', 'queue_depth', 'zulu_total']);
    expect(system.metrics[1]).toMatchObject({
      kind: 'gauge',
      labels: { queue: { kind: 'oneOf', values: ['mail', 'export'] } },
      targetLabels: { instance: { kind: 'any' }, job: { kind: 'oneOf', values: ['api'] } },
      range: { min: 0 },
    });
  });

  test.each<readonly [string, Record<string, unknown>, string]>([
    ['an unknown owner', { owner: 'chekout' }, 'definition/unknown-reference owner: there is no team "chekout"'],
    [
      'a target in an unknown environment',
      { jobs: { api: { targets: { locl: ['a:1'] } } } },
      'definition/unknown-reference jobs.api.targets.locl: there is no environment "locl"',
    ],
    [
      'a time-out beyond the interval',
      { jobs: { api: { targets: { local: ['a:1'] }, timeout: minutes(1) } } },
      'job/timeout jobs.api.timeout: the scrape timeout of job "api" is longer than its interval; Prometheus refuses that',
    ],
    ['nothing in it', { thresholds: {} }, 'system/empty'],
    [
      'a threshold that is none',
      { thresholds: { a: { alert: 'A' } } },
      'definition/shape thresholds.a: thresholds.a: expected what threshold({ ... }) gives',
    ],
    [
      'a threshold with a name that is none',
      { thresholds: { 'Queue Depth': depth() } },
      '"Queue Depth" is no threshold name',
    ],
    [
      'a component that is none',
      { components: { a: { title: 'x' } } },
      'definition/shape components.a: components.a: expected what a monitor gives: monitors.cache({ ... })',
    ],
    [
      'metrics in the place of a list',
      { metrics: m },
      'definition/shape metrics: metrics: expected array, received object',
    ],
    ['something else than metrics', { metrics: [{ a: 5 }] }, 'definition/shape metrics[0].a'],
    [
      'two rows of one title',
      {
        dashboards: {
          own: {
            title: 'x',
            description: 'x',
            rows: [1, 2].map((n) => ({
              title: 'Same',
              panels: { p: { title: `${n}`, description: 'x', queries: { a: m.queue_depth } } },
            })),
          },
        },
      },
      'definition/duplicate dashboards.own.rows[1].title: the row "Same" is defined twice',
    ],
    [
      'a panel of nothing',
      {
        dashboards: {
          own: {
            title: 'x',
            description: 'x',
            rows: [{ title: 'x', panels: { p: { title: 'P', description: 'x', queries: {} } } }],
          },
        },
      },
      'panel/empty dashboards.own.rows[0].panels.p.queries: the panel "P" has no query',
    ],
    [
      'a panel of two units',
      {
        dashboards: {
          own: {
            title: 'x',
            description: 'x',
            rows: [
              {
                title: 'x',
                panels: { p: { title: 'P', description: 'x', queries: { a: m.queue_depth, b: m.memory_bytes } } },
              },
            ],
          },
        },
      },
      'panel/mixed-units dashboards.own.rows[0].panels.p.queries.b: the panel "P" mixes count and bytes on one axis',
    ],
  ])('with %s is reported', (_, changes, expected) => {
    expect(systemFindings(changes).join('\n')).toContain(expected);
  });

  test.each<readonly [string, readonly Partial<SystemInput>[], string]>([
    [
      'one id',
      [{}, { jobs: { other: { targets: { local: ['a:1'] } } }, thresholds: {}, components: {} }],
      'definition/duplicate id: the system "shop" is defined twice',
    ],
    [
      'one job',
      [{}, { id: 'stock' }],
      'job/duplicate jobs.api: the job "api" is defined by the system "shop" too; Prometheus refuses two jobs of one name',
    ],
  ])('cannot share %s with another', (_, changes, expected) => {
    expect(modelOf(changes.map((change) => systemInput(change))).findings).toContain(expected);
  });
});

describe('a metric', () => {
  const declared = (changes: object): readonly string[] => {
    const own = defineMetrics('api', { own_total: counter({ unit: 'count', help: 'x', ...changes } as never) });
    return systemFindings({ metrics: [own] });
  };

  test.each<readonly [string, object, string]>([
    ['in an unknown unit', { unit: 'counts' }, 'definition/shape unit: metrics[0].own_total.unit: '],
    ['of an unknown job', { job: 'apj' }, 'definition/unknown-reference job: there is no job "apj"'],
    [
      'without a help text',
      { help: '' },
      'definition/shape help: metrics[0].own_total.help: expected a text, not an empty one',
    ],
    [
      'with a label that the scrape sets',
      { labels: { instance: 'any' } },
      'metric/reserved-label labels.instance: own_total declares the label "instance", which Prometheus sets itself',
    ],
    ['with a label of Prometheus', { labels: { __meta: 'any' } }, 'metric/reserved-label labels.__meta'],
    [
      'with a label that is no name',
      { labels: { 'a-b': 'any' } },
      'expected a label name: letters, digits and underscores',
    ],
    ['with a list of no values', { labels: { a: [] } }, 'definition/shape labels.a'],
    ['with a label that takes a number', { labels: { a: 5 } }, "expected 'any', a list of values, or pattern('...')"],
  ])('%s is reported', (_, changes, expected) => {
    expect(declared(changes).join('\n')).toContain(expected);
  });

  test('that is a histogram needs buckets that rise, and leaves `le` to Prometheus', () => {
    const own = defineMetrics('api', {
      own_seconds: histogram({ unit: 'seconds', help: 'x', labels: { le: 'any' }, buckets: [ms(1), ms(1)] }),
    });
    expect(systemFindings({ metrics: [own] })).toEqual([
      'metric/buckets buckets: the buckets of own_seconds do not rise: 0.001, 0.001',
      'metric/reserved-label labels.le: own_seconds declares the label "le", which Prometheus sets itself',
    ]);
  });

  const declare = (spec: object): Record<string, tocsin.Metric> => defineMetrics('api', { same: spec as never });

  test.each<readonly [string, object, object, string | undefined]>([
    [
      'a copy',
      gauge({ unit: 'count', help: 'x', labels: { a: ['b'] } }),
      gauge({ unit: 'count', help: 'y', labels: { a: ['b'] } }),
      undefined,
    ],
    [
      'another kind',
      gauge({ unit: 'count', help: 'x' }),
      counter({ unit: 'count', help: 'x' }),
      'one is a gauge, the other a counter',
    ],
    [
      'another unit',
      gauge({ unit: 'seconds', help: 'x' }),
      gauge({ unit: 'milliseconds', help: 'x' }),
      'one is in seconds, the other in milliseconds',
    ],
    [
      'another label',
      gauge({ unit: 'count', help: 'x', labels: { a: 'any' } }),
      gauge({ unit: 'count', help: 'x' }),
      'one has the labels (a), the other ()',
    ],
    [
      'other values of a label',
      gauge({ unit: 'count', help: 'x', labels: { a: 'any' } }),
      gauge({ unit: 'count', help: 'x', labels: { a: ['b'] } }),
      'their label "a" takes other values',
    ],
    [
      'other buckets',
      histogram({ unit: 'seconds', help: 'x', buckets: [ms(1)] }),
      histogram({ unit: 'seconds', help: 'x', buckets: [ms(2)] }),
      'their buckets differ',
    ],
    [
      'another range',
      gauge({ unit: 'count', help: 'x' }),
      gauge({ unit: 'count', help: 'x', range: { min: 0 } }),
      'their ranges differ',
    ],
  ])('can be declared twice as %s', (_, first, second, difference) => {
    expect(systemFindings({ metrics: [declare(first), declare(second)] })).toEqual(
      difference === undefined
        ? []
        : [`metric/declared-twice : the metric same is declared twice, and the two disagree: ${difference}`],
    );
  });
});

describe('a threshold', () => {
  test('gets what it does not say', () => {
    const [found] = onlySystem(soundModel()).thresholds;
    expect(found).toMatchObject({
      id: 'queue-depth',
      component: undefined,
      unit: 'count',
      direction: 'above',
      summary: 'Queue depth is {value} (level {threshold})',
      description: 'Queue depth',
      firstSteps: [],
      goal: undefined,
      levels: [
        { severity: 'warning', alert: 'QueueDeep', level: { value: 100, unit: 'count' }, for: 0, keepFiringFor: 0 },
      ],
    });
  });

  test('has its levels most severe first, with what each of them says of its own', () => {
    const levels = {
      for: minutes(5),
      keepFiringFor: minutes(1),
      warning: count(1),
      critical: {
        level: count(2),
        for: seconds(0),
        keepFiringFor: seconds(0),
        alert: 'QueueFull',
        severity: 'critical',
      },
      goal: count(0),
    };
    const [found] = onlySystem(soundModel({ thresholds: { a: depth(levels) } })).thresholds;
    expect(found?.levels).toMatchObject([
      { severity: 'critical', alert: 'QueueFull', for: 0, keepFiringFor: 0 },
      { severity: 'warning', alert: 'QueueDeep', for: 300_000, keepFiringFor: 60_000 },
    ]);
    expect(found?.goal).toEqual({ value: 0, unit: 'count' });
  });

  test.each<readonly [string, object, string]>([
    [
      'the warning beyond the critical level',
      { warning: count(3), critical: count(2) },
      'threshold/levels-order warning',
    ],
    ['equal levels', { warning: count(2), critical: count(2) }, 'threshold/levels-order warning'],
    [
      'the warning below the critical level where low is bad',
      { direction: 'below', warning: count(1), critical: count(2) },
      'threshold/levels-order warning',
    ],
    [
      'severities the wrong way round',
      { warning: { level: count(1), severity: 'critical' }, critical: { level: count(2), severity: 'warning' } },
      'threshold/severity-order warning: the warning level has the severity "critical", which is not below "warning", the critical level\'s',
    ],
    [
      'one severity for both',
      { warning: count(1), critical: { level: count(2), severity: 'warning' } },
      'threshold/severity-order warning',
    ],
    [
      'an unknown severity',
      { warning: { level: count(1), severity: 'warn' } },
      'definition/unknown-reference warning.severity: there is no severity "warn"',
    ],
    [
      'an alert that is no name',
      { alert: 'queue_deep' },
      'definition/shape alert: thresholds.a.alert: expected UpperCamelCase: `DatabaseQueryTooSlow`',
    ],
    [
      'an alert of a level that is no name',
      { warning: { level: count(1), alert: 'queue deep' } },
      'definition/name warning.alert: "queue deep" is no alert name',
    ],
    [
      'a goal in another unit',
      { goal: ms(5) },
      'threshold/unit goal: the goal level is a quantity of time, but the query measures count',
    ],
    [
      'an unknown component',
      { component: 'api' },
      'definition/unknown-reference component: there is no component "api"',
    ],
    [
      'a level that is no quantity',
      { warning: 5 },
      'definition/shape warning: thresholds.a.warning: expected a quantity such as ms(100), or { level: ms(100), for: minutes(5) }',
    ],
    ['a level without end', { warning: count(Number.POSITIVE_INFINITY) }, 'definition/shape warning'],
    [
      'a time that is negative',
      { for: minutes(-1) },
      'definition/shape for: thresholds.a.for: expected no time or up to 292 years, in whole milliseconds, not -60 seconds',
    ],
    [
      'a counter for a query',
      { query: m.requests_total },
      'a counter has no value of its own here: wrap it in query.rate(...), query.quantile(...) or another function',
    ],
    [
      'no query',
      { query: undefined },
      'definition/shape query: thresholds.a.query: is missing; expected a query, or a gauge',
    ],
    [
      'the rate interval of panels',
      { query: query.increase(m.errors_total, rateInterval) },
      "query/argument query: the query cannot be built: the rate interval is Grafana's",
    ],
    [
      'a query that is built wrong',
      { query: query.increase(select(m.errors_total, { route: matches('(') }), minutes(5)) },
      'query/argument query: the query cannot be built: the pattern "(" for the label "route" does not compile',
    ],
    [
      'a query that does not parse',
      { query: promql('count')`sum(` },
      'query/syntax query: the query does not parse: unclosed left parenthesis',
    ],
    [
      'a query of nothing',
      { query: promql('count')`vector(1)` },
      'query/constant query: the query reads no metric: vector(1)',
    ],
    [
      'an unknown property',
      { warnign: count(1) },
      'definition/unknown-property warnign: thresholds.a.warnign: there is no such property',
    ],
    [
      'an unknown property of a level',
      { warning: { level: count(1), form: minutes(1) } },
      'definition/unknown-property warning.form: thresholds.a.warning.form: there is no such property',
    ],
  ])('with %s is reported', (_, changes, expected) => {
    expect(systemFindings({ thresholds: { a: depth(changes) } }).join('\n')).toContain(expected);
  });

  test('reports what is said twice once', () => {
    const { findings } = modelOf({ thresholds: { a: depth({ warning: count(1), critical: count(2), alert: 'no' }) } });
    expect(findings).toHaveLength(1);
  });
});

describe('a secret', () => {
  const found = (value: unknown): readonly Code[] => modelOf({}, { title: value as string }).codes;
  // Put together from parts, so that no scanner takes this file for a leak.
  const A = (length: number, alphabet = 'a1B2'): string => alphabet.repeat(length).slice(0, length);

  test.each<readonly [string, string]>([
    ['a Slack webhook URL', `https://hooks.slack.com/services/T${A(8)}/B${A(8)}/${A(24)}`],
    ['a Slack workflow URL in a sentence', `post to https://hooks.slack.com/workflows/T${A(8)}/A${A(8)} when it fires`],
    ['a Slack token', `xoxb-${A(12, '12')}-${A(12)}`],
    ['a GitHub token', `ghp_${A(36)}`],
    ['a fine-grained GitHub token', `github_pat_${A(40)}`],
    ['a GitLab token', `glpat-${A(20)}`],
    ['an AWS access key', `AKIA${A(16, 'A1B2')}`],
    ['a private key', ['-----BEGIN RSA', 'PRIVATE KEY-----\nx'].join(' ')],
    ['a key of PGP', ['-----BEGIN PGP', 'PRIVATE KEY BLOCK-----'].join(' ')],
    ['a JSON web token', `eyJ${A(12)}.eyJ${A(12)}.${A(12)}`],
    ['a Telegram bot token', `${A(9, '123')}:${A(35)}`],
    ['a Grafana token', `glsa_${A(32)}_${A(8)}`],
    ['a Google API key', `AIza${A(35)}`],
    ['a SendGrid key', `SG.${A(22)}.${A(43)}`],
    ['a Stripe key', `sk_live_${A(24)}`],
    ['a PagerDuty routing key', A(32, 'a1b2')],
    ['an authorization header', `Authorization: Bearer ${A(30)}`],
    ['a URL with a password', `postgres://user:${A(8)}@db:5432/x`],
    ['a URL with a token', `https://example.com/hook?room=1&token=${A(20)}`],
    ['a Discord webhook URL', `https://discord.com/api/webhooks/${A(18, '12')}/${A(60)}`],
    ['a Teams webhook URL', `https://contoso.webhook.office.com/webhookb2/${A(30)}`],
  ])('that is %s is found by its form', (_, value) => {
    expect(found(value)).toEqual(['definition/secret']);
  });

  test.each<readonly [string, string]>([
    ['a name of a file', 'slack.url'],
    ['a URL', 'https://example.com:8443/hooks/services?room=a&key=b'],
    ['a URL with a user', 'https://user@example.com/'],
    ['a mail address', 'on-call@example.com'],
    ['a URL with a port and an at sign in its path', 'http://example.com:8080/@user'],
    ['a sentence about keys', 'The key of xoxb tokens and AKIA keys is kept in a file.'],
    ['a digest of an image', `registry.example.com/shop@sha256:${A(64, 'a1b2')}`],
    ['a commit', A(40, 'a1b2')],
    ['a UUID', '123e4567-e89b-12d3-a456-426614174000'],
    ['a time', '12:30:45'],
    ['a ratio in a sentence', 'at 1234567890:1 nothing happens'],
    ['a bearer', 'Bearer of good news'],
    ['a public key', '-----BEGIN PUBLIC KEY-----'],
  ])('is not seen in %s', (_, value) => {
    expect(found(value)).toEqual([]);
  });

  test.each(
    ['password', 'apiUrl', 'API_KEY', 'routingKey', 'bearerToken', 'clientSecret', 'credentials'].map((name) => [name]),
  )('is found by the name of its property: %s', (name) => {
    const isKnown = name !== 'API_KEY';
    const { codes } = modelOf({}, {
      environments: { local: { ...projectInput().environments['local'], [name]: 'x' } },
    } as never);
    expect(codes.includes('definition/secret')).toBe(isKnown);
  });

  test('is found in a receiver, a component, a text, a help text and a label value', () => {
    const secret = `ghp_${A(36)}`;
    const own = defineMetrics('api', { own: gauge({ unit: 'count', help: `x ${secret}`, labels: { token: 'any' } }) });
    const { findings } = modelOf(
      {
        description: secret,
        metrics: [own],
        thresholds: {
          a: depth({ firstSteps: ['x', secret], query: select(m.queue_depth, { queue: secret as 'mail' }) }),
        },
        components: {
          c: monitors.cache({ title: secret, metrics: { hits: m.requests_total, misses: m.errors_total } }),
        },
      },
      {
        receivers: {
          chat: webhook({ url: `https://x.example.com/${secret}` }),
          pager: pagerDuty({ routingKeyFile: A(32, 'a1b2') }),
        },
      },
    );
    expect(
      findings.filter((finding) => finding.startsWith('definition/secret')).map((finding) => finding.split(': ')[1]),
    ).toEqual([
      'receivers.chat.url',
      'receivers.pager.routingKeyFile',
      'components.c.title',
      'description',
      'metrics[0].own',
      'thresholds.a.firstSteps[1]',
      'thresholds.a.query',
    ]);
  });

  test('says nothing of what it is', () => {
    const { findings } = modelOf({}, { title: `ghp_${A(36)}` });
    expect(findings.join('\n')).not.toContain('ghp_');
  });
});

describe('the place of a finding', () => {
  const SHARED = `import { count, minutes, monitors, threshold } from 'tocsin';
import { m } from './metrics.ts';

export const base = { alert: 'FromHelper', title: 'x', direction: 'above' } as const;
export const slow = { warning: count(9), critical: count(5) };
export const deep = threshold({ alert: 'Deep', title: 'x', query: m.queue_depth, direction: 'above', warning: count(9), critical: count(5) });
export const many = Object.fromEntries(
  ['a', 'b'].map((name) => [
    name,
    threshold({ alert: \`Computed\${name}\`, title: 'x', query: m.queue_depth, direction: 'above', warning: count(9), for: minutes(-1) }),
  ]),
);
export const cached = monitors.cache({
  metrics: { hits: m.cache_hits_total, misses: m.cache_misses_total },
  dependsOn: ['nobody'],
});
`;

  /** Loads the shop with other thresholds; gives `file:line:column code property` and what stands there. */
  const placesOf = async (thresholds: string, components = ''): Promise<readonly string[]> => {
    const system = SYSTEM.replace(
      / {2}thresholds: \{[\s\S]*\n {2}\},\n/,
      () => `  thresholds: {\n${thresholds}\n  },\n`,
    )
      .replace('  components: {\n', () => `  components: {\n${components}`)
      .replace(
        "import { m } from '../metrics.ts';",
        "import { m } from '../metrics.ts';\nimport { base, cached, deep, many, slow } from '../shared.ts';",
      );
    const files: Record<string, string> = {
      'definitions/project.ts': PROJECT,
      'definitions/metrics.ts': METRICS,
      'definitions/shared.ts': SHARED,
      'definitions/systems/shop.ts': system,
    };
    const report = createReport();
    const { definitions, locator } = await load(
      { root: writeProject(files), definitions: 'definitions', modules: { tocsin } },
      report,
    );
    expect(report.list()).toEqual([]);
    const { compileModel } = await import('../../generators/compile.ts');
    compileModel(definitions, report);
    return resolveFindings(report.list(), locator).map(({ code, file = '', line = 0, column = 0, property = '' }) => {
      const text = (files[file] ?? '').split('\n')[line - 1]?.slice(column - 1) ?? '';
      return `${file.replace('definitions/', '')} ${code} ${property} ${text.slice(0, 16)}`;
    });
  };

  test.each<readonly [string, string, string, readonly string[]]>([
    [
      'written in place',
      "    a: threshold({ alert: 'A', title: 'x', query: m.queue_depth, direction: 'above', warning: count(9), critical: count(5) }),",
      '',
      ['systems/shop.ts threshold/levels-order warning count(9), critic'],
    ],
    [
      'spread from a helper',
      '    a: threshold({ ...base, query: m.queue_depth, ...slow }),',
      '',
      ['shared.ts threshold/levels-order warning count(9), critic'],
    ],
    ['made by a helper', '    a: deep,', '', ['shared.ts threshold/levels-order warning count(9), critic']],
    [
      'computed, twice',
      '    ...many,',
      '',
      ['shared.ts definition/shape for minutes(-1) }),', 'shared.ts definition/shape for minutes(-1) }),'],
    ],
    [
      'nested in a monitor',
      '    a: deep,',
      "    'c-two': monitors.cache({ metrics: { hits: m.cache_hits_total, misses: m.cache_misses_total }, levels: { hitRate: { warning: { level: percent(50), severity: 'wrning' } } } }),\n",
      [
        'shared.ts threshold/levels-order warning count(9), critic',
        "systems/shop.ts definition/unknown-reference levels.hitRate.warning.severity 'wrning' } } } }",
      ],
    ],
    [
      'in a monitor that a helper made',
      '',
      "    'c-two': cached,\n",
      ["shared.ts definition/unknown-reference dependsOn[0] 'nobody'],"],
    ],
  ])('is where it is %s', async (_, thresholds, components, expected) => {
    expect(await placesOf(thresholds, components)).toEqual(expected);
  });
});

describe('what is read', () => {
  test('does not depend on the order of the files', () => {
    const inputs = ['b', 'a', 'c'].map((id) =>
      systemInput({
        id,
        jobs: { [id]: { targets: { local: ['a:1'] } } },
        thresholds: {
          a: threshold({
            alert: 'Up',
            title: 'x',
            query: query.up(id),
            direction: 'below',
            warning: count(1) as never,
          }),
        },
      }),
    );
    const files = filesOf(defineProject(projectInput()), inputs.map(defineSystem));
    const read = (order: typeof files): readonly string[] =>
      normalise(order, createReport())?.systems.map(({ id }) => id) ?? [];
    expect(read(files)).toEqual(['a', 'b', 'c']);
    expect(read(files.toReversed())).toEqual(['a', 'b', 'c']);
  });

  test('keeps the trees of queries', () => {
    const [found] = onlySystem(
      soundModel({
        thresholds: {
          a: depth({ query: query.sum(m.queue_depth, { by: ['queue'] }) }),
        },
      }),
    ).thresholds;
    expect(found && print(found.query)).toBe('sum by (queue) (queue_depth{job="api"})');
  });
});
