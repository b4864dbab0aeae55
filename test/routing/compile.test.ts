import { describe, expect, it } from 'vitest';
import type { Inhibition, Model, RouteNode } from '../../generators/model/model.ts';
import { findRoutes } from '../../generators/model/routing.ts';
import { run as route } from '../../scripts/commands/route.ts';
import { openProject } from '../../scripts/project.ts';
import { METRICS, PROJECT, SYSTEM } from '../broken/base.ts';
import { memoryIo } from '../support/memory-io.ts';
import { runProcess, temporaryProject } from '../support/project.ts';
import { requireTool } from '../support/tools.ts';

type Edit = readonly [replace: string, by: string];
const edited = (text: string, edits: readonly Edit[]): string =>
  edits.reduce((before, [replace, by]) => {
    expect(before).toContain(replace);
    return before.replace(replace, () => by);
  }, text);

interface Opened {
  readonly model: Model;
  readonly findings: readonly string[];
  readonly root: string;
}

/** The sound project of test/broken with edits, compiled and written. */
const withProject = async (
  edits: { readonly project?: readonly Edit[]; readonly system?: readonly Edit[] },
  use: (opened: Opened) => Promise<void> | void,
): Promise<void> => {
  const project = temporaryProject();
  try {
    project.write('definitions/project.ts', edited(PROJECT, edits.project ?? []));
    project.write('definitions/metrics.ts', METRICS);
    project.write('definitions/systems/shop.ts', edited(SYSTEM, edits.system ?? []));
    const { compilation, report } = await openProject('definitions', memoryIo({ cwd: project.root }));
    const findings = report.list().map(({ code, data }) => `${code} ${JSON.stringify(data)}`);
    if (!compilation.model || report.hasErrors) throw new Error(findings.join('\n'));
    for (const { path, text } of compilation.files ?? []) project.write(`out/${path}`, text);
    await use({ model: compilation.model, findings, root: project.root });
  } finally {
    project.remove();
  }
};

const critical = (by: string): Edit => ["critical: { to: ['pager', 'chat'] }", `critical: { ${by} }`];
const HOURS: Edit = [
  "fallback: ['chat'],",
  `timeIntervals: {
    days: { timeZone: 'Europe/Berlin', spans: [{ weekdays: ['monday:friday'], times: [{ from: '08:00', to: '18:00' }] }] },
    upgrades: { timeZone: 'UTC', spans: [{ weekdays: ['sunday'], times: [{ from: '02:00', to: '04:00' }] }] },
  },
  fallback: ['chat'],`,
];

const find = (root: RouteNode, id: string): RouteNode | undefined =>
  root.id === id ? root : root.routes.map((child) => find(child, id)).find((node) => node !== undefined);

const told = ({ model }: Opened, labels: Readonly<Record<string, string>>): readonly string[] =>
  findRoutes(model.routing.root, { known: labels, open: new Set() }).map(({ receiver }) => receiver);

/** amtool reads what was written, and agrees. */
const agrees = async (opened: Opened, labels: Readonly<Record<string, string>>): Promise<void> => {
  const amtool = requireTool('amtool');
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const args = ['config', 'routes', 'test', '--config.file=out/alertmanager/alertmanager.yml', ...pairs];
  const { code, stdout, stderr } = await runProcess(amtool, args, { cwd: opened.root });
  expect(code, stderr).toBe(0);
  expect(stdout.trim().split(',')).toEqual(told(opened, labels));
};

const CRITICAL = { team: 'checkout', severity: 'critical', system: 'shop', alertname: 'QueueDeep' };

describe('the tree', () => {
  it('gives every step of an escalation a later sibling with its own delay', async () => {
    const then = "then: [{ after: minutes(5), to: ['pager'] }, { after: minutes(15), to: ['chat', 'pager'] }]";
    await withProject({ project: [critical(`to: ['chat'], ${then}`)] }, async (opened) => {
      const node = find(opened.model.routing.root, 'checkout/critical');
      expect(node?.routes.map(({ id, groupWait, continue: on, matchers }) => [id, groupWait, on, matchers])).toEqual([
        ['checkout/critical/primary', 30_000, true, []],
        ['checkout/critical/secondary', 300_000, true, []],
        ['checkout/critical/tertiary', 900_000, false, []],
      ]);
      expect(opened.findings).toEqual([]);
      await agrees(opened, CRITICAL);
    });
  });

  it('splits hours by one interval, active here and mute there', async () => {
    const notice = critical("to: ['chat'], hours: { during: 'days', otherwise: ['pager'] }");
    await withProject({ project: [notice, HOURS] }, async (opened) => {
      const node = find(opened.model.routing.root, 'checkout/critical');
      expect(
        node?.routes.map(({ receiver, activeTimes, muteTimes, continue: on }) => [
          receiver,
          activeTimes,
          muteTimes,
          on,
        ]),
      ).toEqual([
        ['checkout/critical/in-days', ['days'], undefined, true],
        ['checkout/critical/outside-days', undefined, ['days'], false],
      ]);
      expect(opened.findings).toEqual([]);
      await agrees(opened, CRITICAL);
      const at = async (moment: string): Promise<string> => {
        const io = memoryIo({ cwd: opened.root });
        expect(await route(['team=checkout', 'severity=critical', '--at', moment], io)).toBe(0);
        return io.stdout();
      };
      expect(await at('2026-11-20T12:00:00Z')).toMatch(/Slack #alerts.*\(now\)\n {2}PagerDuty.*\(not now\)/);
      expect(await at('2026-11-21T12:00:00Z')).toMatch(/Slack #alerts.*\(not now\)\n {2}PagerDuty.*\(now\)/);
    });
  });

  it('sends the heartbeat before everything else, often enough', async () => {
    const beat: Edit = [
      "fallback: ['chat'],",
      "heartbeat: { to: ['pager'], every: minutes(5) },\n  fallback: ['chat'],",
    ];
    await withProject({ project: [beat] }, async (opened) => {
      const [first] = opened.model.routing.root.routes;
      expect(first).toMatchObject({ id: 'heartbeat', groupWait: 0, groupInterval: 60_000, repeatInterval: 240_000 });
      expect(opened.findings).toEqual([]);
      await agrees(opened, { alertname: 'Watchdog', severity: 'none' });
      expect(told(opened, { alertname: 'Watchdog', severity: 'none' })).toEqual(['heartbeat']);
    });
  });

  it('keeps a system quiet in its maintenance, but not its most severe alerts', async () => {
    const window: Edit = [
      "fallback: ['chat'],",
      "maintenance: { upgrade: { title: 'Upgrade', systems: ['shop'], during: 'upgrades' } },\n  fallback: ['chat'],",
    ];
    await withProject({ project: [HOURS, window] }, async (opened) => {
      const routes = find(opened.model.routing.root, 'checkout/shop')?.routes ?? [];
      expect(routes.map(({ id, muteTimes }) => [id, muteTimes])).toEqual([
        ['checkout/shop/critical', undefined],
        ['checkout/shop/warning', ['upgrades']],
      ]);
      await agrees(opened, CRITICAL);
      await agrees(opened, { ...CRITICAL, system: 'other', severity: 'warning' });
    });
  });

  it('takes out what is only reviewed, before any team', async () => {
    await withProject({}, async (opened) => {
      expect(opened.model.routing.root.routes[0]).toMatchObject({ id: 'review', receiver: 'nobody' });
      await agrees(opened, { ...CRITICAL, severity: 'info' });
    });
  });

  it('groups by what one incident is, in one environment', async () => {
    await withProject({}, ({ model }) => {
      expect(model.routing.root.groupBy).toEqual(['alertname', 'system', 'component', 'environment']);
    });
  });

  it('leaves rotation to a tool that keeps it', async () => {
    const role: Edit = [
      "title: 'Checkout',",
      "title: 'Checkout', roles: { lead: { title: 'Lead', to: ['pager'], rotation: { members: ['a', 'b'], every: minutes(10080) } } },",
    ];
    await withProject({ project: [role, critical("to: ['lead', 'chat']")] }, ({ model, findings }) => {
      expect(findings).toEqual([]);
      expect(model.routing.groups.find(({ id }) => id === 'checkout/critical')).toMatchObject({
        people: ['Lead'],
        receivers: ['pager', 'chat'],
      });
    });
  });
});

describe('inhibitions', () => {
  const JOB: Edit = ["title: 'API',", "title: 'API', job: 'shop',"];
  const DOWN: Edit = [
    'latencyP95: { warning: ms(300) },',
    'latencyP95: { warning: ms(300) }, availability: { critical: state(true) },',
  ];
  const STATE: Edit = ['seconds, select,', 'seconds, select, state,'];
  const by = (inhibitions: readonly Inhibition[], alert: string): readonly Inhibition[] =>
    inhibitions.filter(({ source }) => source.some(({ name, value }) => name === 'alertname' && value === alert));
  const quiet = (rules: readonly Inhibition[]): readonly string[] =>
    rules
      .flatMap(({ target }) => target.flatMap(({ name, value }) => (name === 'alertname' ? value.split('|') : [])))
      .toSorted();

  it('name only labels that both sides carry, and the environment', async () => {
    await withProject({}, ({ model }) => {
      const [first] = by(model.routing.inhibitions, 'QueueDeep');
      expect(first?.equal).toEqual(['alertname', 'environment', 'queue']);
    });
  });

  it('keep the alerts of a job quiet that is down, where it has one target', async () => {
    await withProject({ system: [JOB, DOWN, STATE] }, ({ model, findings }) => {
      const rules = by(model.routing.inhibitions, 'ServiceDown');
      expect(quiet(rules)).toEqual(['CacheHitRateLow', 'ErrorRateFree', 'HighErrorRate', 'HighLatency', 'QueueDeep']);
      expect(rules.every(({ equal }) => equal.includes('system') && equal.includes('environment'))).toBe(true);
      expect(findings).toEqual([]);
    });
  });

  it('keep nothing quiet that is not of the same target, where a job has several', async () => {
    const several: Edit = ["['127.0.0.1:8080']", "['127.0.0.1:8080', '127.0.0.1:8081']"];
    await withProject({ system: [JOB, DOWN, STATE, several] }, ({ model }) => {
      expect(by(model.routing.inhibitions, 'ServiceDown')).toEqual([]);
    });
  });

  it('keep the milder alerts quiet of what depends on a cause', async () => {
    const edits: readonly Edit[] = [
      [
        "shop: { targets: { local: ['127.0.0.1:8080'] } },",
        "shop: { targets: { local: ['127.0.0.1:8080'] } }, redis: { targets: { local: ['127.0.0.1:9121'] } },",
      ],
      ['cache: monitors.cache({', "cache: monitors.cache({ job: 'redis',"],
      [
        'hitRate: { warning: percent(70) }',
        'hitRate: { warning: percent(70) }, availability: { critical: state(true) }',
      ],
      STATE,
    ];
    await withProject({ system: edits }, ({ model, findings }) => {
      const rules = by(model.routing.inhibitions, 'CacheUnavailable');
      // The critical error ratio of the API is told all the same.
      const severities = rules.flatMap(({ target }) => target.filter(({ name }) => name === 'severity'));
      expect(severities.map(({ value }) => value)).toEqual(['warning']);
      expect(quiet(rules)).toEqual(['HighErrorRate', 'HighLatency']);
      expect(findings).toEqual([]);
    });
  });
});

describe('tocsin route', () => {
  it('takes labels, or those of an alert', async () => {
    await withProject({}, async ({ root }) => {
      const io = memoryIo({ cwd: root });
      expect(await route(['--alert', 'QueueDeep', '--format', 'json'], io)).toBe(0);
      const found = JSON.parse(io.stdout()) as readonly {
        readonly labels: Readonly<Record<string, string>>;
        readonly open: readonly string[];
        readonly notices: readonly Readonly<Record<string, unknown>>[];
      }[];
      expect(found).toHaveLength(2);
      const first = found.find(({ labels }) => labels['severity'] === 'critical');
      expect(first?.labels).toMatchObject({ alertname: 'QueueDeep', environment: 'local' });
      expect(first?.open).toEqual(['queue']);
      expect(first?.notices).toEqual([
        {
          path: ['root', 'checkout', 'checkout/critical'],
          receiver: 'checkout/critical',
          people: [],
          told: ['PagerDuty (pager)', 'Slack #alerts'],
          after: 30_000,
          repeatEvery: 3_600_000,
          hours: null,
          muted: null,
        },
      ]);
    });
  });

  it('says who is told of labels that nobody knows', async () => {
    await withProject({}, async ({ root }) => {
      const io = memoryIo({ cwd: root });
      expect(await route(['alertname=X'], io)).toBe(0);
      expect(io.stdout()).toBe(
        'Labels  alertname="X"\nPath\n  every alert -> fallback\nTold\n  Slack #alerts, after 1 minute, then every 4 hours\n',
      );
    });
  });

  it.each([
    [[], 'needs labels'],
    [['severity'], "'severity' is no label"],
    [['a-b=c'], "'a-b=c' is no label"],
    [['a=b', '--at', 'noon'], '--at takes a moment'],
    [['--alert', 'QueueDep'], 'did you mean QueueDeep'],
  ])('refuses %j', async (args, message) => {
    await withProject({}, async ({ root }) => {
      await expect(route(args, memoryIo({ cwd: root }))).rejects.toThrow(message);
    });
  });
});
