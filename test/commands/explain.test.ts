import { describe, expect, test } from 'vitest';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import type { ExplainedAlert } from '../../generators/explain/explain-alert.ts';
import { run as explain } from '../../scripts/commands/explain.ts';
import type { SampleProject } from './sample.ts';
import { emptyProject, sampleProject } from './sample.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const scenario = (name: string): SampleProject => {
  const project = emptyProject();
  project.copy(`test/scenarios/${name}/definitions`);
  return project;
};

const explained = async (project: SampleProject, alert: string, folder = 'definitions'): Promise<ExplainedAlert> => {
  const { code, stdout, stderr } = await project.call(explain, alert, '--definitions', folder, '--format', 'json');
  expect(code, stderr).toBe(0);
  const [first, ...others] = JSON.parse(stdout) as readonly ExplainedAlert[];
  expect(others).toEqual([]);
  if (!first) throw new Error(`nothing about ${alert}`);
  return first;
};

const REQUESTS = 'test/scenarios/request-path/definitions';
const BATCH = 'test/scenarios/plain-thresholds/definitions';

describe('explain', () => {
  test('shows the mathematics of an SLO', async () => {
    const { code, stdout } = await scenario('request-path').call(explain, 'availability', '--definitions', REQUESTS);
    expect(code).toBe(0);
    for (const part of [
      '(SLO availability, checkout',
      /^Objective: [\d.]+ % of events good over \d+ days/m,
      /^Error budget: [\d.]+ % of events, as much as .+ of total outage/m,
      /^Cost: 27 recorded series.*, and 7 alerts\.$/m,
      /^ {2}page-fast +\w+ +1 hour and 5 minutes +over [\d.]+ +over [\d.]+ % /m,
      /^ {2}100 % +[\d,.]+ +page-fast +\d+ /m,
      /^Alerts {5}AvailabilityBudgetBurn, AvailabilityBudgetExhausted, AvailabilitySliMissing$/m,
      new RegExp(`^Defined    ${REQUESTS}/.+:\\d+$`, 'm'),
    ]) {
      if (typeof part === 'string') expect(stdout).toContain(part);
      else expect(stdout).toMatch(part);
    }
  });

  test('says everything that is known about an alert', async () => {
    const { stdout } = await scenario('request-path').call(explain, 'PaymentSlow', '--definitions', REQUESTS);
    for (const part of [
      'PaymentSlow (checkout / api)\n',
      'Watches  Payment latency (goal: at most 800 ms)\n',
      '           max by (provider) (payment_latency_ms{job="checkout"})\n',
      '         recorded as checkout:payment_latency:max\n',
      'critical\n  fires      when it is above 2 s for 5 minutes\n',
      '  told       pager (PagerDuty), chat (Slack #requests), within 6 minutes 15 seconds of the value going bad\n',
      '  respond    5 minutes; repeated every 1 hour\n',
      'warning\n  fires      when it is above 800 ms for 5 minutes\n',
      'Panel    https://grafana.example.com/d/tocsin-checkout?viewPanel=',
      'Runbook  https://runbooks.example.com/checkout/PaymentSlow.md\n',
    ])
      expect(stdout).toContain(part);
    expect(stdout).toMatch(/\nDefined {2}test\/scenarios\/request-path\/definitions\/systems\/checkout\.ts:\d+\n$/);
  });

  // One scrape, one evaluation, `for` in whole evaluations, the wait for the group.
  test.each([
    ['request-path', REQUESTS, 'PaymentSlow', [15 + 30 + 300 + 30, 15 + 30 + 300 + 60]],
    // Without `for`.
    ['request-path', REQUESTS, 'DiskNearlyFull', [15 + 30 + 0 + 60]],
    // The job is scraped every 30 s, not as the project has it.
    ['plain-thresholds', BATCH, 'BatchBehind', [30 + 10 + 1800 + 60, 30 + 10 + 600 + 60]],
  ] as const)('in %s (%s) %s is told of within so many seconds', async (name, folder, alert, seconds) => {
    const { levels } = await explained(scenario(name), alert, folder);
    expect(levels.map(({ toldWithin }) => toldWithin)).toEqual(seconds.map((one) => one * SECOND));
  });

  test('counts a `for` that ends between two evaluations up to the next', async () => {
    const project = scenario('request-path');
    const alert = 'PaymentSlow';
    const path = `${REQUESTS}/systems/checkout.ts`;
    const text = project.read(path);
    const at = text.indexOf(`alert: '${alert}'`);
    project.write(path, text.slice(0, at) + text.slice(at).replace('for: minutes(5)', 'for: seconds(100)'));
    const { levels } = await explained(project, alert, REQUESTS);
    expect(levels.map((level) => level.for)).toEqual([100 * SECOND, 100 * SECOND]);
    expect(levels.map(({ toldWithin }) => toldWithin)).toEqual([
      (15 + 30 + 120 + 30) * SECOND,
      (15 + 30 + 120 + 60) * SECOND,
    ]);
  });

  test('gives the same as JSON', async () => {
    const project = sampleProject();
    const { text, ...data } = await explained(project, 'QueueDeep');
    expect(data).toMatchObject({
      alert: 'QueueDeep',
      system: 'shop',
      component: null,
      measures: [
        { title: 'Queue depth', query: 'sum by (queue) (queue_depth{job="shop"})', recorded: 'shop:queue_depth:sum' },
      ],
      levels: [
        {
          severity: 'critical',
          condition: 'above 500',
          for: 5 * MINUTE,
          receivers: ['pager (PagerDuty)', 'chat (Slack #alerts)'],
        },
        { severity: 'warning', condition: 'above 100', for: 5 * MINUTE, receivers: ['chat (Slack #alerts)'] },
      ],
      runbook: 'https://runbooks.example.com/shop/QueueDeep.md',
    });
    expect(text).toContain('QueueDeep (shop)');
    const [file = '', line] = data.definition.split(':');
    expect(file).toBe('definitions/systems/shop.ts');
    expect(project.read(file).split('\n')[Number(line) - 1]).toContain("'queue-depth': threshold(");
  });

  test('says when nobody is told', async () => {
    const project = scenario('several-teams');
    const folder = 'test/scenarios/several-teams/definitions';
    const { levels, text } = await explained(project, 'ManyDocuments', folder);
    expect(levels).toMatchObject([{ severity: 'note', receivers: [] }]);
    expect(text).toContain('  told       nobody\n');
  });

  test('takes one system of several that have a name', async () => {
    const project = sampleProject();
    const metrics = project.read('definitions/metrics.ts').replaceAll("'shop'", "'kiosk'");
    project.write('definitions/kiosk-metrics.ts', metrics);
    const system = project.read('definitions/systems/shop.ts').replaceAll('metrics.ts', 'kiosk-metrics.ts');
    const kiosk = system
      .replace("id: 'shop'", "id: 'kiosk'")
      .replace("shop: { targets: { local: ['127.0.0.1:8080'", "kiosk: { targets: { local: ['127.0.0.1:8081'");
    project.write(
      'definitions/systems/kiosk.ts',
      kiosk.replace('api: monitors', 'till: monitors').replace("alert: 'ErrorRateFree'", "alert: 'KioskFails'"),
    );
    const systemsOf = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { stdout, stderr } = await project.call(explain, 'QueueDeep', '--format', 'json', ...args);
      expect(stderr).toBe('');
      return (JSON.parse(stdout) as readonly ExplainedAlert[]).map(({ system }) => system);
    };
    expect(await systemsOf()).toEqual(['kiosk', 'shop']);
    expect(await systemsOf('--system', 'shop')).toEqual(['shop']);
    expect(await project.call(explain, 'QueueDeep')).toMatchObject({
      code: 0,
      stderr: '2 systems have QueueDeep: kiosk, shop; --system SYSTEM shows one of them\n',
    });
    expect(await project.call(explain, 'QueueDeep', '--system', 'shop')).toMatchObject({ code: 0, stderr: '' });
    await expect(project.call(explain, 'QueueDeep', '--system', 'shops')).rejects.toThrow(
      'there is no system "shops"; did you mean shop?; there are kiosk, shop',
    );
    await expect(project.call(explain, 'KioskFails', '--system', 'shop')).rejects.toThrow(
      'there is no alert and no SLO "KioskFails" in shop, but there is in kiosk',
    );
  });

  test.each([
    ['--format', 'sarif'],
    ['--format', 'github'],
    ['--format', 'junit'],
    ['--fail-on', 'warning'],
  ])('has no %s %s', async (option, value) => {
    const refused = sampleProject().call(explain, 'QueueDeep', option, value);
    await expect(refused).rejects.toThrow(
      option === '--format' ? `--format is one of text, json, not '${value}'` : 'unknown option --fail-on',
    );
  });

  test('knows what was probably meant', async () => {
    const project = sampleProject();
    const wrong: unknown = await project.call(explain, 'QueueDep').catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(UsageError);
    expect(String(wrong)).toMatch(/"QueueDep"; did you mean .*QueueDeep/);
    await expect(project.call(explain, 'Zzz')).rejects.toThrow(/"Zzz"$/);
    await expect(project.call(explain)).rejects.toThrow(UsageError);
    await expect(project.call(explain, 'A', 'B')).rejects.toThrow(UsageError);
  });

  test('shows what is wrong with the definitions instead, and fails', async () => {
    const project = sampleProject();
    project.edit('definitions/systems/shop.ts', "owner: 'checkout'", "owner: 'nobody'");
    const { code, stdout, stderr } = await project.call(explain, 'QueueDeep');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('[definition/unknown-reference]');
  });
});
