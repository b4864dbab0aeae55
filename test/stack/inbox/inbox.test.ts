import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Model } from '../../../generators/model/model.ts';
import { alertmanager } from '../../../generators/targets/alertmanager/target.ts';
import { emitWith, writeTexts } from '../../support/artefacts.ts';
import { freePort } from '../../../scripts/stack/ports.ts';
import { sampleModel } from '../../support/sample-model.ts';
import { requireTool } from '../../support/tools.ts';
import { poll } from '../api.ts';
import { startAlertmanager } from '../server.ts';
import type { Delivery } from './delivery.ts';
import { readNote, readPagerDuty, readSlack, readWebhook } from './delivery.ts';
import { groupEscalations } from './escalations.ts';
import type { Inbox } from './inbox.ts';
import { startInbox } from './inbox.ts';
import { formatAfter, renderDelivery, renderPage } from './page.ts';
import { createStore } from './store.ts';

const LABELS = { alertname: 'HighLatency', severity: 'critical', system: 'shop', team: 'core' };
const STARTED = Date.UTC(2026, 0, 31, 22);
const group = (
  status = 'firing',
  route = 'core/critical/primary',
  labels: Readonly<Record<string, string>> = LABELS,
) => ({
  status,
  receiver: route,
  groupLabels: { alertname: labels['alertname'] ?? '', system: labels['system'] ?? '' },
  alerts: [
    { status, labels, annotations: { summary: 'slow' }, startsAt: new Date(STARTED).toISOString(), endsAt: 'never' },
  ],
});

let running: Inbox | undefined;
const open = async (options: Parameters<typeof startInbox>[0] = {}): Promise<Inbox> =>
  (running = await startInbox(options));
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

describe('the shapes', () => {
  const read = {
    status: 'firing',
    route: 'core/critical/primary',
    alerts: [{ name: 'HighLatency', labels: LABELS, summary: 'slow', startsAt: STARTED }],
  };

  it('of a webhook', () => {
    const body = { ...group(), groupKey: '{}:{alertname="x"}', commonAnnotations: { summary: 'all slow' } };
    expect(readWebhook(body)).toMatchObject({ ...read, title: 'all slow', groupKey: '{}:{alertname="x"}', raw: body });
  });

  it('of Slack, with the note and without', () => {
    const title = '[RESOLVED] HighLatency in shop (critical)';
    expect(readSlack({ attachments: [{ title, callback_id: JSON.stringify(group()) }] })).toMatchObject({
      ...read,
      title,
    });
    expect(readSlack({ attachments: [{ title }] })).toMatchObject({
      title,
      status: 'resolved',
      alerts: [{ name: 'HighLatency' }],
    });
  });

  it('of PagerDuty, whose action says whether it is over', () => {
    const payload = { summary: 'slow', class: 'HighLatency', custom_details: { inbox: JSON.stringify(group()) } };
    expect(readPagerDuty({ event_action: 'trigger', dedup_key: 'k', payload })).toMatchObject({
      ...read,
      groupKey: 'k',
    });
    expect(readPagerDuty({ event_action: 'resolve', dedup_key: 'k', payload: { class: 'HighLatency' } })).toMatchObject(
      {
        status: 'resolved',
        alerts: [{ name: 'HighLatency', status: 'resolved' }],
      },
    );
  });

  it.each([null, 1, 'text', [], {}, { alerts: 'x', attachments: [null], payload: 3 }])(
    'of nothing known: %j',
    (body) => {
      for (const reader of [readWebhook, readSlack, readPagerDuty]) {
        expect(reader(body)).toMatchObject({ status: 'firing', alerts: [], raw: body });
      }
    },
  );

  it('carry notes quoted as Go quotes them', () => {
    expect(readNote(String.raw`{"a":"\a\v\x07\u00e9\U0001f514\\x41\"\n"}`)).toEqual({
      a: '\u0007\u000b\u0007é🔔\\x41"\n',
    });
    expect(readNote(String.raw`{"a":"\xff\Uffffffff"}`)).toEqual({ a: '\ufffd\ufffd' });
    expect(readNote('{')).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readNote(JSON.stringify({ text }))).toEqual({ text });
      }),
    );
  });
});

describe('the store', () => {
  const delivery = (title: string): Omit<Delivery, 'id' | 'at'> => ({
    title,
    receiver: 'r',
    shape: 'webhook',
    status: 'firing',
    alerts: [],
    raw: {},
  });

  it('lets the oldest go when there are too many, or when they are too large', () => {
    const store = createStore({ deliveries: 3, bytes: 100 }, () => 7);
    for (const title of ['a', 'b', 'c', 'd']) store.add(delivery(title), 10);
    expect(store.list().map(({ id, at, title }) => [id, at, title])).toEqual([
      [2, 7, 'b'],
      [3, 7, 'c'],
      [4, 7, 'd'],
    ]);
    store.add(delivery('large'), 90);
    expect(store.list().map(({ title }) => title)).toEqual(['d', 'large']);
    store.add(delivery('too large'), 1000);
    expect(store.list().map(({ title }) => title)).toEqual(['too large']);
    expect(store.forgotten()).toBe(5);
    store.clear();
    expect(store.list()).toEqual([]);
    expect(store.add(delivery('next'), 1).id).toBe(7);
  });
});

let ids = 0;
const told = (
  at: number,
  receiver: string,
  tier: string,
  status = 'firing',
  labels: Readonly<Record<string, string>> = LABELS,
): Delivery => ({
  id: (ids += 1),
  at,
  receiver,
  shape: 'webhook',
  ...readWebhook(group(status, `core/critical/${tier}`, labels)),
});

describe('escalations', () => {
  const MINUTE = 60_000;

  it('are what one group of alerts told tier after tier, with the time since the first', () => {
    const [escalation, ...others] = groupEscalations([
      told(0, 'pager', 'primary'),
      told(10, 'chat', 'primary'),
      told(5 * MINUTE, 'manager', 'secondary'),
      told(6 * MINUTE, 'pager', 'primary'),
      told(15 * MINUTE, 'cto', 'tertiary'),
      told(16 * MINUTE, 'pager', 'primary', 'resolved'),
      told(17 * MINUTE, 'manager', 'secondary', 'resolved'),
    ]);
    expect(others).toEqual([]);
    expect(escalation).toMatchObject({
      status: 'resolved',
      names: ['HighLatency'],
      system: 'shop',
      severity: 'critical',
      summary: 'slow',
    });
    expect(
      escalation?.steps.map(({ delivery, tier, after, isRepeat }) => [
        delivery.receiver,
        tier,
        after / MINUTE,
        isRepeat,
      ]),
    ).toEqual([
      ['pager', 'primary', 0, false],
      ['chat', 'primary', 10 / MINUTE, false],
      ['manager', 'secondary', 5, false],
      ['pager', 'primary', 6, true],
      ['cto', 'tertiary', 15, false],
      ['pager', 'primary', 16, false],
      ['manager', 'secondary', 17, false],
    ]);
  });

  it('have a tier only where the policy has several, and severities of one team are apart', () => {
    const routed = (at: number, receiver: string, route: string): Delivery => ({ ...told(at, receiver, ''), route });
    const found = groupEscalations([
      routed(0, 'pager', 'core/critical'),
      routed(1, 'chat', 'core/low/in-working-hours'),
    ]);
    expect(found.map(({ steps }) => steps.map(({ delivery, tier }) => [delivery.receiver, tier]))).toEqual([
      [['chat', 'in-working-hours']],
      [['pager', '']],
    ]);
  });

  it('tell a repetition from a group that has changed', () => {
    const first = told(0, 'pager', 'primary');
    const more = told(1, 'pager', 'primary');
    const joined = { ...more, alerts: [...more.alerts, ...more.alerts] };
    const [escalation] = groupEscalations([first, joined, { ...joined, at: 2 }]);
    expect(escalation?.steps.map(({ isRepeat, hasChanged }) => [isRepeat, hasChanged])).toEqual([
      [false, false],
      [true, true],
      [true, false],
    ]);
  });

  it('end with the heartbeat, which is nothing that is wrong', () => {
    const beat: Delivery = {
      ...told(9, 'dead-man', '', 'firing', { ...LABELS, alertname: 'Watchdog' }),
      route: 'heartbeat',
    };
    const deliveries = [told(0, 'pager', 'primary'), beat];
    expect(groupEscalations(deliveries).map(({ isHeartbeat }) => isHeartbeat)).toEqual([false, true]);
    const { html } = renderPage(deliveries, { now: 9, forgotten: 0 });
    expect(html).toContain('<title>(1) Inbox</title>');
    expect(html).toContain('<section class="heartbeat">');
  });

  it('begin anew when the group fires after its end was told, and are apart from other groups', () => {
    const other = { ...LABELS, system: 'search' };
    const found = groupEscalations([
      told(0, 'pager', 'primary'),
      told(1, 'pager', 'primary', 'firing', other),
      told(2, 'pager', 'primary', 'resolved'),
      told(3, 'pager', 'primary'),
    ]);
    expect(found.map(({ system, status, began }) => [system, status, began])).toEqual([
      ['shop', 'firing', 3],
      ['shop', 'resolved', 0],
      ['search', 'firing', 1],
    ]);
  });

  it.each([
    [0, 'at once'],
    [300, 'at once'],
    [30_400, '+30 s'],
    [300_000, '+5 min'],
    [312_000, '+5.2 min'],
    [7_500_000, '+2 h 5 min'],
  ])('after %d ms is said as %s', (ms, text) => expect(formatAfter(ms)).toBe(text));
});

describe('the pages', () => {
  const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{{html}}}&`;
  const hostile: Delivery = {
    ...told(0, HOSTILE, HOSTILE),
    title: HOSTILE,
    route: HOSTILE,
    alerts: [
      {
        name: HOSTILE,
        status: 'firing',
        summary: HOSTILE,
        labels: { [HOSTILE]: HOSTILE, system: HOSTILE, severity: HOSTILE },
      },
    ],
    raw: { text: HOSTILE, attachments: [{ text: HOSTILE }] },
    shape: 'slack',
  };

  it('escape everything that arrived or was asked for', () => {
    const view = { receiver: HOSTILE, system: HOSTILE, status: HOSTILE, now: 0, forgotten: 0 };
    const pages = [
      renderPage([hostile], { now: 0, forgotten: 1 }),
      renderPage([hostile], view),
      renderDelivery(hostile),
    ];
    for (const { html, policy } of pages) {
      expect(html).toContain('&lt;script&gt;');
      expect(html).not.toMatch(/<script|<img|="[^"]*['<>][^"]*"/);
      expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/);
    }
  });

  const HEARTBEAT: Delivery = { ...told(0, 'dead-man', 'primary'), route: 'heartbeat' };

  it('count what fires without the heartbeat', () => {
    const open = told(1, 'pager', 'primary');
    const ended = [told(1, 'pager', 'primary', 'firing', { ...LABELS, system: 'search' }), open].map((one) => ({
      ...one,
      status: 'resolved' as const,
    }));
    const countOf = (deliveries: readonly Delivery[]): string | undefined =>
      /have sent\. (.*?)\. As of/.exec(renderPage(deliveries, { now: 0, forgotten: 0 }).html)?.[1];
    expect(countOf([])).toBe('No escalations');
    expect(countOf([HEARTBEAT])).toBe('No escalations besides the heartbeat');
    expect(countOf([HEARTBEAT, open])).toBe('1 notification in 1 escalation, 1 firing, besides the heartbeat');
    expect(countOf(ended)).toBe('2 notifications in 2 escalations, 0 firing');
  });

  it('say how many alerts there are beside the one whose summary is shown', () => {
    const all = ['checkout', 'basket', 'login'].map((route) =>
      told(0, 'pager', 'primary', 'firing', { ...LABELS, route }),
    );
    const cardOf = (deliveries: readonly Delivery[]): string => renderPage(deliveries, { now: 0, forgotten: 0 }).html;
    expect(cardOf(all.slice(0, 1))).toContain('<p class="summary">slow</p>');
    expect(cardOf(all.slice(0, 2))).toContain('<p class="summary">slow <span class="sub">· 1 more alert</span></p>');
    expect(cardOf([...all, ...all])).toContain('slow <span class="sub">· 2 more alerts</span>');
  });

  it('show the text that a pager gets', () => {
    const pagerOf = (status: string, details: unknown): Delivery => ({
      ...told(0, 'pager', 'primary'),
      shape: 'pagerduty',
      raw: { event_action: status, payload: { custom_details: details } },
    });
    const textIn = (delivery: Delivery): string | undefined =>
      /<h2>Text<\/h2><pre>([^<]*)</.exec(renderDelivery(delivery).html)?.[1];
    expect(textIn(pagerOf('trigger', { firing: 'It is slow.\n', resolved: '' }))).toBe('It is slow.');
    expect(textIn(pagerOf('resolve', { firing: '', resolved: 'It is over.' }))).toBe('It is over.');
    expect(textIn(pagerOf('trigger', { firing: 'It is slow.\n', resolved: '', common: 'Severity: critical\n' }))).toBe(
      'It is slow.\n\nSeverity: critical',
    );
    for (const nothing of [undefined, null, 'text', { firing: 3 }])
      expect(textIn(pagerOf('trigger', nothing))).toBeUndefined();
  });

  it('say so when there is nothing', () => {
    expect(renderPage([], { now: 0, forgotten: 0 }).html).toContain('Nothing has arrived');
    expect(renderPage([hostile], { receiver: 'x', now: 0, forgotten: 0 }).html).toContain('Nothing arrived that fits');
  });
});

describe('over HTTP', () => {
  const post = (inbox: Inbox, path: string, body: unknown, headers = {}) =>
    fetch(`${inbox.url}${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers,
    });

  it('takes every shape with the answer of its service, and gives them back by time, receiver and system', async () => {
    const inbox = await open();
    expect((await post(inbox, '/webhook/pager', group())).status).toBe(200);
    expect(await (await post(inbox, '/slack/chat', { text: 'hello' })).text()).toBe('ok');
    expect((await post(inbox, '/pagerduty/pager', { event_action: 'trigger' })).status).toBe(202);
    const ask = async (query: string): Promise<readonly Delivery[]> =>
      (await (await fetch(`${inbox.url}/api/deliveries${query}`)).json()) as readonly Delivery[];
    expect((await ask('')).map(({ id, shape, receiver }) => [id, shape, receiver])).toEqual([
      [1, 'webhook', 'pager'],
      [2, 'slack', 'chat'],
      [3, 'pagerduty', 'pager'],
    ]);
    expect(await ask('?receiver=chat')).toHaveLength(1);
    expect(await ask('?system=shop')).toHaveLength(1);
    expect(await ask(`?since=${Date.now() + 1000}`)).toEqual([]);
    expect(inbox.deliveries()).toHaveLength(3);
    expect(await (await fetch(`${inbox.url}/health`)).json()).toEqual({ deliveries: 3, forgotten: 0 });
    const page = await fetch(inbox.url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('HighLatency');
    expect(await (await fetch(`${inbox.url}/deliveries/1`)).text()).toContain('As it arrived');
    expect((await fetch(`${inbox.url}/api/deliveries`, { method: 'DELETE' })).status).toBe(204);
    expect(await ask('')).toEqual([]);
  });

  it.each<readonly [string, string, RequestInit, number]>([
    ['an unknown path', '/x', {}, 404],
    ['a receiver that is no name', '/slack/A_B', { method: 'POST', body: '{}' }, 404],
    ['a message that is no JSON', '/webhook/a', { method: 'POST', body: '{' }, 400],
    ['a message that is too large', '/webhook/a', { method: 'POST', body: 'x'.repeat(3_000_000) }, 413],
    ['a message that is read', '/webhook/a', {}, 405],
    ['a page that is posted to', '/', { method: 'POST', body: '' }, 405],
    ['a time that is none', '/api/deliveries?since=yesterday', {}, 400],
    ['a delivery that there is not', '/deliveries/9', {}, 404],
    ['another site', '/webhook/a', { method: 'POST', body: '{}', headers: { origin: 'https://evil.example' } }, 403],
    ['another site', '/clear', { method: 'POST', headers: { origin: 'http://127.0.0.1' } }, 403],
  ])('refuses %s', async (_, path, init, status) => {
    const inbox = await open();
    const answer = await fetch(`${inbox.url}${path}`, init).then(
      (response) => response.status,
      () => 'cut off',
    );
    // What is too large may be cut off before the answer is read.
    expect(status === 413 ? [413, 'cut off'] : [status]).toContain(answer);
    expect(inbox.deliveries()).toEqual([]);
    expect((await fetch(`${inbox.url}/health`)).status).toBe(200);
  });

  it('says which port is taken', async () => {
    const inbox = await open();
    await expect(startInbox({ httpPort: inbox.httpPort })).rejects.toThrow('EADDRINUSE');
    await expect(startInbox({ smtpPort: inbox.smtpPort })).rejects.toThrow('EADDRINUSE');
  });
});

describe('over SMTP', () => {
  const speak = async ({ smtpPort }: Inbox, lines: readonly string[]): Promise<string> => {
    const socket = connect(smtpPort, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    for (const [index, line] of lines.entries()) {
      await poll(
        () => said.match(/^\d{3} /gm)?.length ?? 0,
        (answers) => answers > index,
        5000,
      );
      socket.write(`${line}\r\n`);
    }
    await once(socket, 'close');
    return said;
  };

  it('takes mail without TLS or a login, and reads its headers', async () => {
    const inbox = await open();
    const message = [
      'From: alerts@example.com',
      'To: on-call@example.com',
      'Subject: =?utf-8?q?=F0=9F=94=94_slow?=',
      'X-Tocsin-Receiver: on-call-mail',
      `X-Tocsin-Alerts: ${JSON.stringify(group())}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      '..It is slow.',
      '.',
    ];
    const said = await speak(inbox, [
      'EHLO me',
      'MAIL FROM:<alerts@example.com>',
      'RCPT TO:<on-call@example.com>',
      'DATA',
      message.join('\r\n'),
      'QUIT',
    ]);
    expect(said).not.toMatch(/STARTTLS|AUTH/);
    expect(inbox.deliveries()).toMatchObject([
      {
        receiver: 'on-call-mail',
        shape: 'email',
        title: '🔔 slow',
        route: 'core/critical/primary',
        alerts: [{ name: 'HighLatency' }],
        raw: { to: ['on-call@example.com'], text: '.It is slow.\n' },
      },
    ]);
  });

  it('names the mailbox when nothing else says whose mail it is', async () => {
    const inbox = await open();
    await speak(inbox, [
      'HELO me',
      'MAIL FROM:<a@b.c>',
      'RCPT TO:<list@example.com>',
      'DATA',
      'Subject: [FIRING:1] Slow in x\r\n\r\nhi\r\n.',
      'QUIT',
    ]);
    expect(inbox.deliveries()).toMatchObject([
      { receiver: 'list@example.com', status: 'firing', alerts: [{ name: 'Slow' }] },
    ]);
  });
});

describe('a real Alertmanager', () => {
  it('delivers every shape to it: firing with its labels, and resolved', async () => {
    const program = requireTool('alertmanager');
    const inbox = await open();
    const { project, routing } = sampleModel;
    const hurry = (node: Model['routing']['root']): Model['routing']['root'] => ({
      ...node,
      groupWait: 0,
      groupInterval: 500,
      routes: node.routes.map(hurry),
    });
    const receivers = project.receivers.map((receiver) => ({ ...receiver, sendResolved: true }));
    const model: Model = {
      ...sampleModel,
      project: {
        ...project,
        receivers,
        environments: project.environments.map(({ secretsDirectory: _, ...environment }) => ({
          ...environment,
          inbox: { url: inbox.url, smtp: inbox.smtp },
        })),
      },
      routing: { ...routing, root: hurry(routing.root) },
    };
    const folder = writeTexts((await emitWith([alertmanager], model)).texts);
    const server = await startAlertmanager(program, {
      folder: join(folder.root, 'alertmanager'),
      config: join(folder.root, 'alertmanager/alertmanager.yml'),
      data: join(folder.root, 'data'),
      port: await freePort(),
    });
    const odd = 'a "b" \\ <c> \u0007 é 🔔\u2028 {{x}}';
    const labels = { alertname: 'HighLatency', severity: 'critical', team: 'core', system: 'shop', odd };
    const post = (end?: Date) =>
      fetch(`${server.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([
          { labels, annotations: { summary: odd }, ...(end ? { endsAt: end.toISOString() } : {}) },
        ]),
      });
    const toldOf = (status: string): readonly string[] =>
      inbox
        .deliveries()
        .filter((delivery) => delivery.status === status)
        .map(({ receiver, shape }) => `${receiver} ${shape}`)
        .toSorted();
    try {
      await post();
      const group = routing.groups.find(({ id }) => id === 'core-critical');
      const shapes = { pagerduty: 'pagerduty', slack: 'slack', email: 'email' } as Readonly<Record<string, string>>;
      const all = receivers
        .filter(({ id }) =>
          routing.groups.some(
            ({ id: name, receivers: members }) => ['core-critical', 'archive'].includes(name) && members.includes(id),
          ),
        )
        .map(({ id, kind }) => `${id} ${shapes[kind] ?? 'webhook'}`)
        .toSorted();
      expect(group?.receivers.length).toBe(3);
      expect([
        ...new Set(
          await poll(
            () => toldOf('firing'),
            (list) => new Set(list).size >= all.length,
          ),
        ),
      ]).toEqual(all);
      for (const { alerts, route, shape } of inbox.deliveries()) {
        expect(alerts, shape).toMatchObject([{ name: 'HighLatency', status: 'firing', labels, summary: odd }]);
        expect(['core-critical', 'archive']).toContain(route);
      }
      await post(new Date(Date.now() - 1));
      expect([
        ...new Set(
          await poll(
            () => toldOf('resolved'),
            (list) => new Set(list).size >= all.length,
          ),
        ),
      ]).toEqual(all);
    } finally {
      await server.stop();
      folder.remove();
    }
  });
});
