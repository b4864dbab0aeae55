import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Model, Receiver } from '../../../generators/model/model.ts';
import { alertmanager } from '../../../generators/targets/alertmanager/target.ts';
import { runbooks } from '../../../generators/targets/runbooks/target.ts';
import { emitWith, writeTexts } from '../../support/artefacts.ts';
import { freePort } from '../../../scripts/stack/ports.ts';
import { runProcess } from '../../support/project.ts';
import { sampleModel } from '../../support/sample-model.ts';
import { missingNote } from '../../support/summary-reporter.ts';
import { requireTool } from '../../support/tools.ts';

interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Keeps what is posted to it. */
const startInbox = async () => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Received['body'];
      received.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      response.end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

/** The sample with receivers that can be reached here, and without waiting times. */
const reachable = (inbox: string): Model => {
  const { project, routing } = sampleModel;
  const receivers = project.receivers.flatMap((receiver): Receiver[] => {
    if (receiver.kind === 'webhook') return [{ ...receiver, url: `${inbox}/${receiver.id}` }];
    return receiver.kind === 'slack' ? [receiver] : [];
  });
  const hurry = (node: Model['routing']['root']): Model['routing']['root'] => ({
    ...node,
    groupWait: 0,
    groupInterval: 1000,
    routes: node.routes.map(hurry),
  });
  return { ...sampleModel, project: { ...project, receivers }, routing: { ...routing, root: hurry(routing.root) } };
};

const waitFor = async <T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`no ${what} in 10 seconds`);
};

describe('a real Alertmanager', () => {
  it('starts with the configuration, finds the secrets beside it, delivers, and takes the silence of the runbook', async (context) => {
    const program = requireTool('alertmanager');
    const amtool = requireTool('amtool');
    const inbox = await startInbox();
    const { texts } = await emitWith([alertmanager, runbooks], reachable(inbox.url));
    const folder = writeTexts(texts);
    folder.write('alertmanager/secrets/slack-url', `${inbox.url}/slack\n`);
    folder.write('alertmanager/secrets/inbox-token', 'not-a-real-token');
    const address = `127.0.0.1:${await freePort()}`;
    const api = `http://${address}/api/v2`;
    const args = [
      '--config.file=alertmanager.local.yml',
      `--storage.path=${join(folder.root, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ];
    // Relative secret files count from the folder that the server is started in.
    const server = spawn(program, args, {
      cwd: join(folder.root, 'alertmanager'),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(server, 'exit');
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    try {
      const isUp = await waitFor('Alertmanager', () =>
        fetch(`${api}/status`).then(
          ({ ok }) => ok || undefined,
          () => (server.exitCode === null ? undefined : false),
        ),
      );
      // Debian's build reads its own templates from /usr/share, where an unpacked package does not put them.
      if (!isUp && said.includes('default.tmpl')) context.skip(missingNote('the templates of alertmanager'));
      expect(isUp, said).toBe(true);
      const post = (labels: Readonly<Record<string, string>>) =>
        fetch(`${api}/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify([
            { labels, annotations: { summary: 'slow <now>', runbook_url: 'https://runbooks.example.com/a' } },
          ]),
        });
      const warning = {
        alertname: 'PerformanceDegradation',
        severity: 'warning',
        team: 'core',
        system: 'shop',
        component: 'api',
        route: '/',
      };
      await post(warning);
      await post({ alertname: 'Unrouted', severity: 'warning', team: 'unknown' });

      const slack = await waitFor('message to Slack', () => inbox.received.find(({ path }) => path === '/slack'));
      expect(slack.body).toMatchObject({
        channel: '#core_alerts',
        attachments: [
          {
            title: '[FIRING:1] PerformanceDegradation in shop (warning)',
            title_link: 'https://runbooks.example.com/a',
            color: 'warning',
            fallback: 'slow &lt;now&gt;',
            text: expect.stringMatching(
              /^\*slow &lt;now&gt;\*\nSince: .* UTC\n\nSeverity: warning\nLabels: component=api route=\/\n<https:\/\/runbooks\.example\.com\/a\|Runbook>\n\nTold: Slack #core_alerts at once\n/,
            ) as string,
          },
        ],
      });
      const closed = await waitFor('message to the inbox', () => inbox.received.find(({ path }) => path === '/inbox'));
      expect(closed).toMatchObject({
        authorization: 'Bearer not-a-real-token',
        body: { status: 'firing', commonLabels: { alertname: 'Unrouted' } },
      });
      const open = await waitFor('message to the open inbox', () =>
        inbox.received.find(({ path }) => path === '/open-inbox'),
      );
      expect(open.authorization).toBeUndefined();

      const command = /```sh\n([^]*?)\n```/.exec(texts.get('runbooks/shop/PerformanceDegradation.md') ?? '')?.[1] ?? '';
      const env = {
        PATH: `${join(amtool, '..')}:${process.env['PATH']}`,
        ALERTMANAGER_URL: `http://${address}`,
        USER: 'test',
        HOME: folder.root,
      };
      const silenced = await runProcess('sh', ['-c', command], { cwd: folder.root, env });
      expect(silenced.code, silenced.stderr).toBe(0);
      const status = await waitFor('silenced alert', async () => {
        const alerts = (await (await fetch(`${api}/alerts`)).json()) as readonly {
          readonly labels: typeof warning;
          readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
        }[];
        return alerts.find((one) => one.labels.alertname === warning.alertname && one.status.silencedBy.length > 0)
          ?.status;
      });
      expect(status).toMatchObject({ state: 'suppressed', silencedBy: [silenced.stdout.trim()] });
    } finally {
      server.kill('SIGKILL');
      await ended;
      inbox.close();
      folder.remove();
    }
  });
});
