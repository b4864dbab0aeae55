/** What happens to pages when a part of the monitoring itself fails; docs/robustness.md says what follows from it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { describe, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { PATHS } from '../../../generators/conventions.ts';
import { temporaryProject } from '../../support/project.ts';
import { getRules, poll } from '../api.ts';
import { closeServer } from '../exporter.ts';
import { requireStackTools } from '../stack.ts';
import { FIXTURE, openFixtureWorld } from './fixture.ts';
import type { RunningStage, StageOptions } from './stage.ts';
import { openStage } from './stage.ts';
import type { World } from './world.ts';

/** Each waits for what it needs, most of the time for nothing but the clock: side by side they use little. */
const TIMEOUT = 240_000;
const PATIENCE = 100_000;

type Context = Pick<TestContext, 'onTestFinished'>;

const open = async (
  { onTestFinished }: Context,
  options: Partial<StageOptions> & Pick<StageOptions, 'factor'>,
): Promise<{ stage: RunningStage; world: World }> => {
  const tools = requireStackTools();
  const ends: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const end of ends.toReversed()) await end();
  });
  const world = await openFixtureWorld();
  ends.push(world.close);
  const stage = await openStage({ definitions: FIXTURE, system: 'shop', target: world.target, tools, ...options });
  ends.push(stage.close);
  // Targets are found some seconds after the start.
  await until(
    () => query(stage, 'sum(up)'),
    (value) => value === 3,
  );
  return { stage, world };
};

const until = <T>(ask: () => T | Promise<T>, isDone: (answer: T) => boolean): Promise<T> => poll(ask, isDone, PATIENCE);

/** The value of a query with one result; undefined when it has none or nobody answers. */
const query = async ({ places }: RunningStage, expression: string): Promise<number | undefined> => {
  try {
    const response = await fetch(`http://${places.prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result[0] && Number(data.result[0].value[1]);
  } catch {
    return undefined;
  }
};

/** Whether Prometheus says that an alert fires. */
const fires = async ({ places }: RunningStage, alert: string): Promise<boolean> => {
  const rules = await getRules(`http://${places.prometheus}`).catch(() => []);
  return rules.some(({ name, state }) => name === alert && state === 'firing');
};

/** Who was told what of an alert, in order: `pager firing`. */
const told = ({ inbox }: RunningStage, alert: string): readonly string[] =>
  inbox
    .deliveries()
    .filter(({ alerts }) => alerts.some(({ name }) => name === alert))
    .map(({ receiver, status }) => `${receiver} ${status}`);

const toldTo = (stage: RunningStage, alert: string, receiver: string): readonly string[] =>
  told(stage, alert).filter((text) => text.startsWith(`${receiver} `));

/** When one of several receivers was told first. */
const toldAt = ({ inbox }: RunningStage, alert: string, receiver: string): number =>
  inbox.deliveries().find((one) => one.receiver === receiver && one.alerts.some(({ name }) => name === alert))?.at ??
  Number.NaN;

const untilTold = (stage: RunningStage, alert: string, text: string): Promise<readonly string[]> =>
  until(
    () => told(stage, alert),
    (list) => list.includes(text),
  );

const LONG_QUEUE = { fault: 'queue', parameters: { orders: 5000 } };

describe.concurrent('killing Prometheus in the middle of an escalation', { timeout: TIMEOUT }, () => {
  // Starting takes as long as in earnest: time goes little faster here, so that it is as short beside the four minutes for
  // which Alertmanager holds an alert that it hears nothing more of.
  it('loses no page and repeats none', async (context) => {
    const { stage, world } = await open(context, { factor: 8 });
    await world.inject(LONG_QUEUE, 60);
    await untilTold(stage, 'QueueLong', 'gateway firing');
    await untilTold(stage, 'QueueLong', 'pager firing');
    await stage.kill(stage.prometheus());
    await stage.restartPrometheus();
    // The second tier is told five minutes after the alert fired, whoever was restarted in between.
    await untilTold(stage, 'QueueLong', 'manager firing');
    await until(() => fires(stage, 'QueueLong'), Boolean);
    context.expect(told(stage, 'QueueLong').toSorted()).toEqual(['gateway firing', 'manager firing', 'pager firing']);
    await world.mend();
    await untilTold(stage, 'QueueLong', 'pager resolved');
    context.expect(toldTo(stage, 'QueueLong', 'pager')).toEqual(['pager firing', 'pager resolved']);
  });

  it('repeats what has to wait for longer than Alertmanager remembers', async (context) => {
    const { stage, world } = await open(context, { factor: 15 });
    await world.inject({ fault: 'stuck' }, 60);
    await untilTold(stage, 'OrdersStuck', 'pager firing');
    await stage.kill(stage.prometheus());
    await stage.restartPrometheus();
    const pages = await until(
      () => toldTo(stage, 'OrdersStuck', 'pager'),
      (list) => list.length === 3,
    );
    context.expect(pages).toEqual(['pager firing', 'pager resolved', 'pager firing']);
  });

  it('repeats not even that when Prometheus restores what waits', async (context) => {
    const { stage, world } = await open(context, {
      factor: 15,
      prometheusFlags: { 'rules.alert.for-grace-period': '1s' },
    });
    await world.inject({ fault: 'stuck' }, 60);
    await untilTold(stage, 'OrdersStuck', 'pager firing');
    await stage.kill(stage.prometheus());
    await stage.restartPrometheus();
    await until(() => fires(stage, 'OrdersStuck'), Boolean);
    // Longer than Alertmanager remembers.
    await sleep(20_000);
    context.expect(toldTo(stage, 'OrdersStuck', 'pager')).toEqual(['pager firing']);
  });
});

describe.concurrent('killing Alertmanager in the middle of an escalation', { timeout: TIMEOUT }, () => {
  it('loses no page, and repeats those of the last quarter of an hour once, since its log is written so often', async (context) => {
    const { stage, world } = await open(context, { factor: 20 });
    await world.inject(LONG_QUEUE, 60);
    await untilTold(stage, 'QueueLong', 'gateway firing');
    await untilTold(stage, 'QueueLong', 'pager firing');
    await sleep(6000);
    await stage.kill(stage.alertmanager());
    await stage.restartAlertmanager();
    const pages = (): readonly string[] => told(stage, 'QueueLong').filter((text) => !text.startsWith('chat '));
    await until(pages, (list) => list.length >= 5 && list.includes('manager firing'));
    // Chat may hear of the milder level: what it is told of first is not yet kept quiet by what comes a moment later.
    context
      .expect(pages().toSorted())
      .toEqual(['gateway firing', 'gateway firing', 'manager firing', 'pager firing', 'pager firing']);
    // Alertmanager counts the fifteen seconds to the second tier from when the alert began: had it begun anew, they would be 22.
    const between = toldAt(stage, 'QueueLong', 'manager') - toldAt(stage, 'QueueLong', 'pager');
    context.expect(between).toBeLessThan(21_000);
  });

  it('repeats nothing when it is ended properly', async (context) => {
    const { stage, world } = await open(context, { factor: 20 });
    await world.inject(LONG_QUEUE, 60);
    await untilTold(stage, 'QueueLong', 'gateway firing');
    await untilTold(stage, 'QueueLong', 'pager firing');
    // Until the answer of the receiver is in its log, a notification counts as not sent.
    await sleep(1000);
    await stage.alertmanager().stop();
    await stage.restartAlertmanager();
    await untilTold(stage, 'QueueLong', 'manager firing');
    context.expect(told(stage, 'QueueLong').toSorted()).toEqual(['gateway firing', 'manager firing', 'pager firing']);
  });
});

/** Passes everything on to an address but what goes to one path, which is accepted and never answered. */
const startFront = async (address: string, hanging: string): Promise<Server> => {
  const server = createServer((incoming, response) => {
    if (incoming.url === hanging) return;
    const onward = request(
      `${address}${incoming.url ?? ''}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

describe.concurrent('a receiver that takes the connection and never answers', { timeout: TIMEOUT }, () => {
  it('keeps no other receiver waiting, is tried again, and NotificationsFail says so', async (context) => {
    const { stage, world } = await open(context, {
      factor: 10,
      front: async (inbox) => {
        const server = await startFront(inbox, '/pagerduty/pager');
        context.onTestFinished(() => closeServer(server));
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      },
    });
    await world.inject(LONG_QUEUE, 60);
    await untilTold(stage, 'QueueLong', 'manager firing');
    context.expect(told(stage, 'QueueLong')).toEqual(['gateway firing', 'manager firing']);
    // Alertmanager gives up after ten seconds or the group's interval, whichever is longer, and tries again then.
    context.expect(await untilTold(stage, 'NotificationsFail', 'strangers firing')).toContain('strangers firing');
    // Only the end of the same group waits behind it.
    await world.mend();
    context.expect(await untilTold(stage, 'QueueLong', 'gateway resolved')).toContain('gateway resolved');
    context.expect(toldTo(stage, 'QueueLong', 'pager')).toEqual([]);
  });
});

describe.concurrent('a target that takes the connection and never answers', { timeout: TIMEOUT }, () => {
  it('is down after the timeout of a scrape, and well again when it answers', async (context) => {
    const { stage, world } = await open(context, { factor: 60 });
    await world.inject({ fault: 'hanging' }, 60);
    await untilTold(stage, 'ShopDown', 'pager firing');
    context.expect(await query(stage, 'up{job="shop-api"}')).toBe(0);
    await world.mend();
    await untilTold(stage, 'ShopDown', 'pager resolved');
    context.expect(toldTo(stage, 'ShopDown', 'pager')).toEqual(['pager firing', 'pager resolved']);
  });
});

describe.concurrent('what the monitoring says of itself', { timeout: TIMEOUT }, () => {
  it('AlertsDropped: Alertmanager is away, and the first thing it says when it is back is that', async (context) => {
    const { stage } = await open(context, { factor: 30 });
    await stage.kill(stage.alertmanager());
    await until(() => fires(stage, 'AlertsDropped'), Boolean);
    await stage.restartAlertmanager();
    context.expect(await untilTold(stage, 'AlertsDropped', 'strangers firing')).toContain('strangers firing');
  });

  it('RulesFail: a rule that somebody added cannot be evaluated', async (context) => {
    const { stage } = await open(context, { factor: 60 });
    const rule = { record: 'sum_of_all', expr: 'up + ignoring(job, instance) up' };
    stage.folder.write(
      PATHS.rules('project'),
      stringify({ groups: [{ name: 'by-hand', rules: [rule] }, ...projectGroups(stage)] }),
    );
    process.kill(stage.prometheus().pid, 'SIGHUP');
    context.expect(await untilTold(stage, 'RulesFail', 'strangers firing')).toContain('strangers firing');
  });
});

/** The groups of rules of the project itself. */
const projectGroups = ({ folder }: RunningStage): readonly unknown[] =>
  (parse(readFileSync(join(folder.root, PATHS.rules('project')), 'utf8')) as { groups: unknown[] }).groups;

/** A file system of its own, when this user may mount one. */
const smallDisk = ({
  onTestFinished,
}: Context): { readonly path: string; readonly fill: () => void; readonly free: () => void } | undefined => {
  const { root, remove } = temporaryProject();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', root], { stdio: 'ignore' });
  } catch {
    remove();
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', [root]);
    remove();
  });
  const filler = join(root, 'filler');
  return {
    path: root,
    fill: () => {
      for (let size = 24 * 1024 * 1024; size >= 4096; size /= 2) {
        try {
          for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
        } catch {
          // Smaller pieces fill the rest.
        }
      }
    },
    free: () => rmSync(filler),
  };
};

describe.concurrent('a disk of Prometheus that is full', { timeout: TIMEOUT }, () => {
  it('makes every alert end, takes the heartbeat along, and MonitoringBlind says so', async (context) => {
    const disk = smallDisk(context);
    if (disk === undefined) return context.skip('only root can mount a file system of its own');
    const { stage, world } = await open(context, { factor: 60, data: disk.path });
    const beats = () =>
      stage.inbox
        .deliveries()
        .filter(({ status, alerts }) => status === 'firing' && alerts.some(({ name }) => name === 'Watchdog'));
    await world.inject({ fault: 'stuck' }, 100);
    await untilTold(stage, 'OrdersStuck', 'pager firing');
    disk.fill();
    // Nothing is stored any more, so that after five minutes there is nothing that an alert could be about.
    context.expect(await untilTold(stage, 'OrdersStuck', 'pager resolved')).toContain('pager resolved');
    context.expect(await untilTold(stage, 'MonitoringBlind', 'strangers firing')).toContain('strangers firing');
    // Two of its intervals.
    await until(
      () => Date.now() - (beats().at(-1)?.at ?? 0),
      (silence) => silence > 10_000,
    );
    context.expect(Date.now() - (beats().at(-1)?.at ?? 0)).toBeGreaterThan(10_000);
    disk.free();
    const pages = await until(
      () => toldTo(stage, 'OrdersStuck', 'pager'),
      (list) => list.length === 3,
    );
    context.expect(pages).toEqual(['pager firing', 'pager resolved', 'pager firing']);
  });
});
