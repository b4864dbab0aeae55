import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../generators/compile.ts';
import { PATHS } from '../../generators/conventions.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Model } from '../../generators/model/model.ts';
import type { DefinitionFile } from '../../generators/model/normalise/index.ts';
import { seconds } from '../../generators/model/quantities.ts';
import type { OutputFile } from '../../generators/output/artefact.ts';
import { panelQueries, withoutData } from '../../scripts/stack/panels.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { temporaryProject } from '../support/project.ts';
import { requireTool } from '../support/tools.ts';
import { getAlerts, getRules, getTargets, poll } from './api.ts';
import { alertsIn, loadDefinitions, relocate } from './local-project.ts';
import type { RunningServer } from './server.ts';
import { complaintsOf, isRunning, startAlertmanager, startPrometheus } from './server.ts';
import type { Site } from './stack.ts';
import { openSite, requireStackTools, startStack } from './stack.ts';

let definitions: readonly DefinitionFile[] = [];
let files: readonly OutputFile[] = [];

beforeAll(async () => {
  const report = createReport();
  definitions = await loadDefinitions(report);
  files = (await compile(definitions, report)).files ?? [];
  expect(report.hasErrors).toBe(false);
});

describe('the configuration in out/', () => {
  const OUT = fileURLToPath(new URL('../../out', import.meta.url));
  const named = (folder: string): readonly string[] =>
    readdirSync(join(OUT, folder)).filter((name) => name.endsWith('.yml'));

  const withServer = async (
    start: (options: Parameters<typeof startPrometheus>[1]) => Promise<RunningServer>,
    config: string,
    look: (server: RunningServer) => Promise<void>,
  ): Promise<void> => {
    const { root, remove } = temporaryProject();
    try {
      const server = await start({ folder: root, config, data: join(root, 'data'), port: await freePort() });
      try {
        await look(server);
        expect(complaintsOf(server)).toEqual([]);
      } finally {
        await server.stop();
      }
    } finally {
      remove();
    }
  };

  it.each(named('prometheus'))('prometheus/%s is loaded by Prometheus, with every rule', async (name) => {
    const program = requireTool('prometheus');
    const { ruleGroups } = JSON.parse(readFileSync(join(OUT, PATHS.model), 'utf8')) as Model;
    const rules = ruleGroups.flatMap((group) => group.rules);
    await withServer(
      (options) => startPrometheus(program, options),
      join(OUT, 'prometheus', name),
      async ({ url }) => {
        const loaded = await getRules(url);
        expect(loaded.map((rule) => rule.name).toSorted()).toEqual(
          rules.map((rule) => (rule.kind === 'alerting' ? rule.alert : rule.record)).toSorted(),
        );
      },
    );
  });

  it.each(named('alertmanager'))('alertmanager/%s is loaded by Alertmanager', async (name) => {
    const program = requireTool('alertmanager');
    await withServer(
      (options) => startAlertmanager(program, options),
      join(OUT, 'alertmanager', name),
      async ({ url }) => {
        expect(await getAlerts(url)).toEqual([]);
      },
    );
  });
});

describe('a stack with the generated rules, all services healthy', () => {
  const HISTORY = 900;
  let site: Site | undefined;
  let prometheus: RunningServer | undefined;
  let alertmanager: RunningServer | undefined;
  afterAll(() => site?.close());

  it('starts, with the very rules of out/', async () => {
    const tools = requireStackTools();
    const now = Math.floor(Date.now() / 1000);
    const yesterday = now - 86_400;
    site = await openSite(definitions, yesterday - 60);
    const report = createReport();
    const moved = (await compile(relocate(definitions, site.places, seconds(1)), report)).files ?? [];
    expect(report.hasErrors).toBe(false);
    const rules = (all: readonly OutputFile[]) => all.filter(({ path }) => path.startsWith('prometheus/rules/'));
    expect(rules(moved)).toEqual(rules(files));
    // Rates need some minutes to have their values, and one threshold compares with the day before.
    const times = [yesterday, ...Array.from({ length: HISTORY / 15 }, (_, index) => now - HISTORY + 15 * index)];
    const texts = new Map(moved.map(({ path, text }) => [path, text]));
    ({ prometheus, alertmanager } = await startStack(site, { files: texts, tools, history: times }));
  });

  it('scrapes every target', async ({ skip }) => {
    if (!prometheus || !site) return skip();
    const { url } = prometheus;
    const jobs = site.model.systems.flatMap((system) => system.jobs.map(({ id }) => id));
    const expected = [...jobs, 'alertmanager', 'prometheus'].toSorted();
    const targets = await poll(
      () => getTargets(url),
      (list) => list.length >= expected.length && list.every(({ health }) => health !== 'unknown'),
    );
    expect(targets.map(({ scrapePool }) => scrapePool).toSorted()).toEqual(expected);
    expect(targets.filter(({ health, lastError }) => health !== 'up' || lastError !== '')).toEqual([]);
  });

  it('evaluates every rule without an error', async ({ skip }) => {
    if (!prometheus || !site) return skip();
    const { url } = prometheus;
    // Not before what was scraped just now has been seen.
    const since = Date.now();
    const rules = await poll(
      () => getRules(url),
      (list) => list.every(({ lastEvaluation }) => Date.parse(lastEvaluation) > since),
    );
    expect(rules.length).toBe(site.model.ruleGroups.flatMap((group) => group.rules).length);
    expect(rules.filter(({ health, lastError = '' }) => health !== 'ok' || lastError !== '')).toEqual([]);
  });

  it('has data for every query of every panel', async ({ skip }) => {
    if (!prometheus) return skip();
    const { url } = prometheus;
    const queries = files
      .filter(({ path }) => path.startsWith('grafana/dashboards/'))
      .flatMap(({ text }) => panelQueries(text, 15));
    expect(queries.length).toBeGreaterThan(50);
    expect(
      await poll(
        () => withoutData(url, queries),
        (list) => list.length === 0,
        10_000,
      ),
    ).toEqual([]);
  });

  it('is quiet: no alert is pending or fires, nobody is told anything, no program complains', async ({ skip }) => {
    if (!prometheus || !alertmanager || !site) return skip();
    const alerts = (await getRules(prometheus.url)).filter(({ type }) => type === 'alerting');
    expect(alerts.length).toBe(alertsIn(site.model).length);
    expect(alerts.filter(({ state }) => state !== 'inactive').map(({ name, state }) => `${name} ${state}`)).toEqual([]);
    expect(await getAlerts(alertmanager.url)).toEqual([]);
    expect(site.sink.deliveries).toEqual([]);
    expect([...complaintsOf(prometheus), ...complaintsOf(alertmanager)]).toEqual([]);
  });

  it('leaves no process behind', async ({ skip }) => {
    if (!prometheus || !alertmanager || !site) return skip();
    const pids = [prometheus.pid, alertmanager.pid];
    expect(pids.filter(isRunning)).toEqual(pids);
    await site.close();
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
