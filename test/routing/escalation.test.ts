import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { compileModel } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Model, RouteNode } from '../../generators/model/model.ts';
import type { Receiver } from '../../generators/model/receivers.ts';
import { alertmanager } from '../../generators/targets/alertmanager/target.ts';
import { emitWith, writeTexts } from '../support/artefacts.ts';
import { loadDefinitions } from '../stack/local-project.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { runProcess } from '../support/project.ts';
import { missingNote } from '../support/summary-reporter.ts';
import { requireTool } from '../support/tools.ts';

/** A minute of the definitions is 600 ms here: 5 minutes are 3 s, 15 minutes are 9 s. */
const SCALE = 100;
const TOLERANCE = 1.2;

interface Message {
  /** Seconds since the alerts began. */
  readonly at: number;
  readonly receiver: string;
  readonly alert: string;
  readonly status: string;
}

/** The model with webhooks in the place of all receivers, and nothing repeated while the test runs. */
const withWebhooks = (model: Model, inbox: string): Model => {
  const told = (node: RouteNode): RouteNode => ({
    ...node,
    groupInterval: 1000,
    repeatInterval: 3_600_000,
    routes: node.routes.map(told),
  });
  const receivers = model.project.receivers.map(({ id, origin }): Receiver => ({
    id,
    origin,
    kind: 'webhook',
    url: `${inbox}/${id}`,
    sendResolved: true,
  }));
  return {
    ...model,
    // An environment's own inbox would get everything.
    project: {
      ...model.project,
      receivers,
      environments: model.project.environments.map(({ inbox: _, ...environment }) => environment),
    },
    routing: { ...model.routing, root: told(model.routing.root) },
  };
};

describe('the escalation of migrated-components, by a real Alertmanager', () => {
  it('tells the next person in time, ends with the alert or a silence, and repeats nothing after a restart', async (context) => {
    const program = requireTool('alertmanager');
    const amtool = requireTool('amtool');
    const report = createReport();
    const model = compileModel(await loadDefinitions(report), report, { timeScale: SCALE });
    if (!model || report.hasErrors) throw new Error('the definitions do not compile');

    let began = Date.now();
    const messages: Message[] = [];
    const inbox = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as {
          readonly status: string;
          readonly commonLabels: Readonly<Record<string, string>>;
        };
        messages.push({
          at: (Date.now() - began) / 1000,
          receiver: (request.url ?? '').slice(1),
          alert: body.commonLabels['alertname'] ?? '',
          status: body.status,
        });
        response.end('ok');
      });
    }).listen(0, '127.0.0.1');
    await once(inbox, 'listening');

    const { texts } = await emitWith(
      [alertmanager],
      withWebhooks(model, `http://127.0.0.1:${(inbox.address() as AddressInfo).port}`),
    );
    const folder = writeTexts(texts);
    const address = `127.0.0.1:${await freePort()}`;
    const api = `http://${address}/api/v2`;
    let said = '';
    const start = async (): Promise<ChildProcess> => {
      const server = spawn(
        program,
        [
          '--config.file=alertmanager.yml',
          `--storage.path=${join(folder.root, 'data')}`,
          `--web.listen-address=${address}`,
          '--cluster.listen-address=',
        ],
        { cwd: join(folder.root, 'alertmanager'), stdio: ['ignore', 'ignore', 'pipe'] },
      );
      server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      for (let attempt = 0; attempt < 100 && server.exitCode === null; attempt += 1) {
        if (
          await fetch(`${api}/status`).then(
            ({ ok }) => ok,
            () => false,
          )
        )
          return server;
        await sleep(50);
      }
      // Debian's build reads its own templates from /usr/share, where an unpacked package does not put them.
      if (said.includes('default.tmpl')) context.skip(missingNote('the templates of alertmanager'));
      throw new Error(`Alertmanager did not start: ${said}`);
    };
    const stop = async (server: ChildProcess): Promise<void> => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    };

    let server = await start();
    // As Prometheus does: what fires is sent again and again, with the time at which it began.
    const firing = new Map<string, Readonly<Record<string, string>>>();
    began = Date.now();
    const startsAt = new Date(began).toISOString();
    const labelsOf = (alertname: string) => ({
      alertname,
      severity: 'critical',
      team: 'platform',
      system: 'migrated-components',
      component: 'api',
      environment: 'compose',
    });
    const post = (names: readonly string[], endsAt?: string): Promise<unknown> =>
      fetch(`${api}/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          names.map((name) => ({ labels: labelsOf(name), startsAt, ...(endsAt === undefined ? {} : { endsAt }) })),
        ),
      }).catch(() => undefined);
    const until = async (second: number): Promise<void> => {
      while (Date.now() - began < second * 1000) {
        await post([...firing.keys()]);
        await sleep(Math.min(250, Math.max(10, began + second * 1000 - Date.now())));
      }
    };

    try {
      for (const name of ['GoesOn', 'IsResolved', 'IsSilenced']) firing.set(name, labelsOf(name));
      await until(1.5);
      firing.delete('IsResolved');
      await post(['IsResolved'], new Date().toISOString());
      const args = [
        'silence',
        'add',
        `--alertmanager.url=http://${address}`,
        '--duration=1h',
        '--comment=x',
        '--author=x',
      ];
      const silence = await runProcess(amtool, [...args, 'alertname="IsSilenced"'], { cwd: folder.root });
      expect(silence.code, silence.stderr).toBe(0);
      await until(5);
      const beforeRestart = messages.length;
      await stop(server);
      server = await start();
      await until(7);
      expect(messages.slice(beforeRestart), 'nothing is told again after a restart').toEqual([]);
      await until(10.5);

      const told = (alert: string, receiver: string) =>
        messages.filter((one) => one.alert === alert && one.receiver === receiver && one.status === 'firing');
      const expectAt = (alert: string, receiver: string, second: number): void => {
        const found = told(alert, receiver);
        expect(found, `${alert} to ${receiver}`).toHaveLength(1);
        expect(found[0]?.at).toBeGreaterThanOrEqual(second - 0.05);
        expect(found[0]?.at).toBeLessThan(second + TOLERANCE);
      };
      const primary = ['devops-lead-pager', 'critical-alerts', 'on-call-sms', 'incident-tickets'];
      for (const alert of ['GoesOn', 'IsResolved', 'IsSilenced'])
        for (const receiver of primary) expectAt(alert, receiver, 0.3);
      expectAt('GoesOn', 'engineering-manager-pager', 3);
      expectAt('GoesOn', 'cto-pager', 9);

      // What is over, and what somebody works on, goes no further.
      for (const alert of ['IsResolved', 'IsSilenced'])
        for (const receiver of ['engineering-manager-pager', 'cto-pager'])
          expect(messages.filter((one) => one.alert === alert && one.receiver === receiver)).toEqual([]);
      expect(
        messages
          .filter(({ alert, status }) => alert === 'IsResolved' && status === 'resolved')
          .map(({ receiver }) => receiver)
          .toSorted(),
      ).toEqual(primary.toSorted());
    } finally {
      await stop(server);
      inbox.close();
      folder.remove();
    }
  });
});
