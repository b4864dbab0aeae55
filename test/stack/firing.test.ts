import { afterAll, describe, expect, it } from 'vitest';
import { compileModel } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { AlertingRule, Model } from '../../generators/model/model.ts';
import { ms } from '../../generators/model/quantities.ts';
import { findRoutes, labelsOf } from '../../generators/model/routing.ts';
import { alertmanager } from '../../generators/targets/alertmanager/target.ts';
import { prometheus } from '../../generators/targets/prometheus/target.ts';
import { runbooks } from '../../generators/targets/runbooks/target.ts';
import { emitWith } from '../support/artefacts.ts';
import type { AlertState } from './api.ts';
import { getAlerts, getRules, getTargets, poll, queryRange } from './api.ts';
import { HEALTHY } from './healthy.ts';
import { alertsIn, ENVIRONMENT, loadDefinitions, relocate, tokenOf, withoutSlos } from './local-project.ts';
import { complaintsOf } from './server.ts';
import type { Behaviour } from './simulation.ts';
import { counter, gauge, histogram } from './simulation.ts';
import type { Delivery } from './sink.ts';
import type { Site, Stack } from './stack.ts';
import { openSite, requireStackTools, startStack } from './stack.ts';

describe('a stack in which time runs 100 times faster, and services fail', () => {
  const FACTOR = 100;
  const INTERVAL = 250;
  const STEP = INTERVAL / 2;
  let site: Site | undefined;
  let stack: Stack | undefined;
  let model: Model | undefined;
  let files: ReadonlyMap<string, string> = new Map();
  let began = 0;
  afterAll(() => site?.close());

  const ruleOf = (alert: string, severity: string): AlertingRule => {
    const rule = model && alertsIn(model).find((one) => one.alert === alert && one.severity === severity);
    if (!rule) throw new Error(`there is no alert ${alert} of severity ${severity}`);
    return rule;
  };

  /** Who the routing tree tells of an alert. */
  const routeOf = (alert: string, severity: string): readonly string[] => {
    if (!model) throw new Error('there is no model yet');
    return findRoutes(model.routing.root, labelsOf(ruleOf(alert, severity))).map(({ receiver }) => receiver);
  };

  /** What stands in an alert's summary where the definition has placeholders. */
  const filledIn = ({ labels, annotations }: AlertState): readonly string[] => {
    const template = ruleOf(labels['alertname'] ?? '', labels['severity'] ?? '').annotations['summary'] ?? '';
    const literals = template
      .split(/\{\{ if .*?\{\{ end \}\}|\{\{.*?\}\}/)
      .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const found = new RegExp(`^${literals.join('(.*)')}$`, 's').exec(annotations['summary'] ?? '');
    return found?.slice(1) ?? [`not "${template}": ${annotations['summary']}`];
  };

  /** Waits until exactly these alerts fire. Names are `alert severity`. */
  const waitFor = async (expected: readonly string[]): Promise<readonly AlertState[]> => {
    const { url } = stack?.alertmanager ?? { url: '' };
    const names = (list: readonly AlertState[]) => list.map(nameOf).toSorted();
    const alerts = await poll(
      () => getAlerts(url),
      (list) => JSON.stringify(names(list)) === JSON.stringify(expected.toSorted()),
    );
    expect(names(alerts)).toEqual(expected.toSorted());
    return alerts;
  };

  /** The deliveries to one receiver that are about an alert. */
  const deliveriesTo = (receiver: string, alert: string, status: 'firing' | 'resolved'): readonly Delivery[] =>
    (site?.sink.deliveries ?? []).filter(({ path, body }) => {
      if (path !== `/${receiver}`) return false;
      const { alerts } = body as {
        readonly alerts: readonly { readonly status: string; readonly labels: Record<string, string> }[];
      };
      return alerts.some((one) => one.status === status && one.labels['alertname'] === alert);
    });

  const FIRST = [
    'CacheHitRateBelowGoal info',
    'CacheHitRateLow warning',
    'DatabaseQueryTimeHigh warning',
    'HighConnectionCount high',
  ];
  const SECOND = [
    ...FIRST,
    'CacheHitRateLow critical',
    'DatabaseQueryTimeHigh critical',
    'CacheUnavailable critical',
    'ContentMaxDown critical',
    'EventProcessingStalled critical',
    'LowEventThroughput high',
  ];

  /** The jobs of alerts that are about a single target. */
  const TARGETS: Readonly<Record<string, string>> = { CacheUnavailable: 'migrated-api', ContentMaxDown: 'contentmax' };

  it('starts', async () => {
    const tools = requireStackTools();
    const report = createReport();
    const definitions = withoutSlos(await loadDefinitions(report));
    site = await openSite(definitions, Math.floor(Date.now() / 1000));
    const moved = relocate(definitions, site.places, ms(INTERVAL * FACTOR));
    model = compileModel(moved, report, { timeScale: FACTOR });
    expect(report.hasErrors).toBe(false);
    if (!model) throw new Error('the definitions give no model');
    ({ texts: files } = await emitWith([prometheus, alertmanager, runbooks], model));
    stack = await startStack(site, { files, tools });
    const { url } = stack.prometheus;
    const targets = await poll(
      () => getTargets(url),
      (list) => list.length > 0 && list.every(({ health }) => health === 'up'),
    );
    expect(targets.filter(({ health }) => health !== 'up')).toEqual([]);
    // Prometheus takes five seconds to find its targets; until then nothing seems to be processed.
    const states = await poll(
      async () => (await getRules(url)).flatMap(({ state = 'inactive' }) => state),
      (list) => list.every((state) => state === 'inactive'),
    );
    expect(states.filter((state) => state !== 'inactive')).toEqual([]);
    await waitFor([]);
    began = Date.now() / 1000;
  });

  it('alerts when values pass the first level, on either side', async ({ skip }) => {
    if (!stack || !site) return skip();
    const { simulation } = site;
    simulation.change('migrated-api', 'cache_hits_total', [counter(60, { store: 'memory' })]);
    simulation.change('migrated-api', 'cache_misses_total', [counter(40, { store: 'memory' })]);
    simulation.change('migrated-api', 'database_query_duration_seconds', queries(0.15));
    simulation.change('priority-event-system', 'websocket_connections_active', [gauge(900)]);
    const alerts = await waitFor(FIRST);
    expect(alerts.map(({ status }) => status.state)).toEqual(alerts.map(() => 'active'));
    await poll(
      () => deliveriesTo('on-call-mail', 'CacheHitRateLow', 'firing'),
      (list) => list.length > 0,
    );
    expect(deliveriesTo('on-call-mail', 'CacheHitRateLow', 'firing')).not.toEqual([]);
    expect(deliveriesTo('on-call-sms', 'CacheHitRateLow', 'firing')).toEqual([]);
  });

  it('alerts when they pass the second one, when nothing moves any more, and when a target is gone', async ({
    skip,
  }) => {
    if (!stack || !site || !model) return skip();
    const { simulation, exporter } = site;
    simulation.change('migrated-api', 'cache_hits_total', [counter(40, { store: 'memory' })]);
    simulation.change('migrated-api', 'cache_misses_total', [counter(60, { store: 'memory' })]);
    simulation.change('migrated-api', 'database_query_duration_seconds', queries(0.6));
    simulation.change('priority-event-system', 'events_processed_total', [counter(0, { bucket: 'regular' })]);
    simulation.change('priority-event-system', 'priority_events_total', [counter(0, { type: 'alert' })]);
    simulation.change('migrated-api', 'cache_up', [gauge(1, { store: 'memory' }), gauge(0, { store: 'redis' })]);
    exporter.break('contentmax');
    const alerts = await waitFor(SECOND);

    for (const { labels, receivers } of alerts) {
      const rule = ruleOf(labels['alertname'] ?? '', labels['severity'] ?? '');
      const { job, instance, store, ...others } = labels;
      const from = TARGETS[rule.alert];
      const target = from === undefined ? [undefined, undefined] : [from, site.places.target(from)];
      expect([job, instance]).toEqual(target);
      expect(store).toBe(rule.alert === 'CacheUnavailable' ? 'redis' : undefined);
      expect(others).toEqual({ ...rule.labels, alertname: rule.alert, environment: ENVIRONMENT });
      expect(receivers.map(({ name }) => name)).toEqual(routeOf(rule.alert, rule.severity));
    }
  });

  it('fills in what an alert says', async ({ skip }) => {
    if (!stack || !site) return skip();
    const alerts = await getAlerts(stack.alertmanager.url);
    const said = alerts.map((alert): readonly [string, readonly string[]] => [nameOf(alert), filledIn(alert)]);
    expect(Object.fromEntries(said)).toEqual({
      'CacheHitRateBelowGoal info': [expect.stringMatching(/^(59|60)(\.\d+)?%$/)],
      'CacheHitRateLow warning': [expect.stringMatching(/^(59|60)(\.\d+)?%$/)],
      'CacheHitRateLow critical': [expect.stringMatching(/^(39|40)(\.\d+)?%$/)],
      'CacheUnavailable critical': ['redis', site.places.target('migrated-api')],
      'ContentMaxDown critical': [site.places.target('contentmax')],
      'DatabaseQueryTimeHigh warning': [expect.stringMatching(/^[34]\d\d(\.\d+)?ms$/)],
      'DatabaseQueryTimeHigh critical': [expect.stringMatching(/^[12](\.\d+)?s$/)],
      'EventProcessingStalled critical': [],
      'HighConnectionCount high': ['900'],
      'LowEventThroughput high': [expect.stringMatching(/^\d{1,3}(\.\d+)?$/)],
    });
    const texts = alerts.flatMap(({ annotations }) => Object.values(annotations));
    expect(texts.filter((text) => text.trim() === '' || /\{\{|<no value>|%!|NaN/.test(text))).toEqual([]);
    const paths = [...files.keys()];
    for (const { annotations } of alerts) {
      expect(paths).toContain(`runbooks/${annotations['runbook_url']?.split('/').slice(-2).join('/')}`);
    }
  });

  it('keeps the warning quiet while the critical alert of the same threshold fires', async ({ skip }) => {
    if (!stack) return skip();
    const alerts = await getAlerts(stack.alertmanager.url);
    const named = (name: string) => alerts.find((alert) => nameOf(alert) === name);
    const inhibitors = (name: string) => named(name)?.status.inhibitedBy;
    expect(inhibitors('CacheHitRateLow warning')).toEqual([named('CacheHitRateLow critical')?.fingerprint]);
    expect(inhibitors('DatabaseQueryTimeHigh warning')).toEqual([named('DatabaseQueryTimeHigh critical')?.fingerprint]);
    const active = alerts.filter(({ status }) => status.state === 'active').map(nameOf);
    expect(active.toSorted()).toEqual(
      SECOND.filter((name) => !/^(CacheHitRateLow|DatabaseQueryTimeHigh) warning$/.test(name)).toSorted(),
    );
  });

  it('waits as long as the definition says before an alert fires', async ({ skip }) => {
    if (!stack) return skip();
    const { url } = stack.prometheus;
    /** When each alert was first in a state, by `alert severity state`. */
    const ask = async (): Promise<ReadonlyMap<string, number>> => {
      const series = await queryRange(url, 'ALERTS', { start: began, end: Date.now() / 1000, step: STEP / 1000 });
      return new Map(
        series.map(({ metric, values }) => [
          `${metric['alertname']} ${metric['severity']} ${metric['alertstate']}`,
          1000 * (values[0]?.[0] ?? 0),
        ]),
      );
    };
    const isComplete = (first: ReadonlyMap<string, number>) => SECOND.every((name) => first.has(`${name} firing`));
    const first = await poll(ask, isComplete);
    const waits = SECOND.map((name) => {
      const [alert = '', severity = ''] = name.split(' ');
      const waited = (first.get(`${name} firing`) ?? NaN) - (first.get(`${name} pending`) ?? NaN);
      return { name, waited, expected: ruleOf(alert, severity).for };
    });
    // Rules are evaluated once an interval, and the query looks once a step; a busy machine may be late.
    const isRight = ({ waited, expected }: (typeof waits)[number]) =>
      waited >= expected - STEP && waited <= expected + 5000;
    expect(waits.filter((one) => !isRight(one))).toEqual([]);
  });

  it('tells every receiver of the route, with the secret of each', async ({ skip }) => {
    if (!stack || !site || !model) return skip();
    const arrived = () =>
      ['on-call-sms', 'incident-tickets', 'platform-pager'].map((id) => deliveriesTo(id, 'CacheHitRateLow', 'firing'));
    await poll(arrived, (lists) => lists.every((list) => list.length > 0));
    expect(arrived().map((list) => list[0]?.authorization)).toEqual([
      `Bearer ${tokenOf('sms.token')}`,
      `Bearer ${tokenOf('tickets.token')}`,
      undefined,
    ]);
    expect(arrived()[0]?.[0]?.body).toMatchObject({
      receiver: routeOf('CacheHitRateLow', 'critical')[0],
      status: 'firing',
      groupLabels: { alertname: 'CacheHitRateLow', component: 'cache', system: 'migrated-components' },
      alerts: [{ labels: { severity: 'critical' } }],
    });
    interface Message {
      readonly channel: string;
      readonly attachments: readonly { readonly title: string; readonly text: string; readonly color: string }[];
    }
    const messages = site.sink.deliveries.filter(({ path }) => path === '/slack').map(({ body }) => body as Message);
    const critical = messages.find(
      ({ channel, attachments }) => channel === '#critical-alerts' && attachments[0]?.text.includes('CacheHitRateLow'),
    );
    expect(critical?.attachments).toMatchObject([{ color: 'danger' }]);
    expect(critical?.attachments[0]?.text).toContain('/migrated-components/CacheHitRateLow.md|Runbook>');
    const texts = messages.flatMap(({ attachments }) => attachments.flatMap(({ title, text }) => [title, text]));
    expect(texts.filter((text) => text.trim() === '' || /\{\{|<no value>|%!/.test(text))).toEqual([]);
  });

  it('says so when all is well again', async ({ skip }) => {
    if (!stack || !site) return skip();
    const { simulation, exporter } = site;
    for (const [job, metrics] of Object.entries(HEALTHY)) {
      for (const [metric, behaviours] of Object.entries(metrics)) simulation.change(job, metric, behaviours);
    }
    exporter.mend('contentmax');
    await waitFor([]);
    await poll(
      () => deliveriesTo('on-call-sms', 'CacheUnavailable', 'resolved'),
      (list) => list.length > 0,
    );
    expect(deliveriesTo('on-call-sms', 'CacheUnavailable', 'resolved')).not.toEqual([]);
    expect([...complaintsOf(stack.prometheus), ...complaintsOf(stack.alertmanager)]).toEqual([]);
  });
});

const nameOf = ({ labels }: AlertState): string => `${labels['alertname']} ${labels['severity']}`;

/** Queries that take this long in the middle, and little more than twice as long at p95. */
const queries = (median: number): readonly Behaviour[] =>
  ['select', 'insert', 'update', 'delete'].map((operation) => histogram(20, median, { operation }));
