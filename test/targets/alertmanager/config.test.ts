import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Model } from '../../../generators/model/model.ts';
import { matcherText } from '../../../generators/targets/alertmanager/matcher.ts';
import { alertmanager } from '../../../generators/targets/alertmanager/target.ts';
import { emitWith, writeTexts } from '../../support/artefacts.ts';
import { runProcess } from '../../support/project.ts';
import { sampleModel } from '../../support/sample-model.ts';
import { requireTool } from '../../support/tools.ts';

type Tree = Readonly<Record<string, unknown>> & { readonly routes?: readonly Tree[] };
interface Configuration {
  readonly route: Tree;
  readonly receivers: readonly (Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> & {
    readonly name: string;
  })[];
  readonly inhibit_rules?: unknown;
}

const configuration = async (
  path = 'alertmanager/alertmanager.yml',
  model: Model = sampleModel,
): Promise<Configuration> => parseYaml((await emitWith([alertmanager], model)).texts.get(path) ?? '') as Configuration;

describe('alertmanager.yml', () => {
  it('has the routing tree, and says nothing twice that a route inherits', async () => {
    const { route } = await configuration();
    expect(route).toMatchObject({
      receiver: 'fallback',
      group_by: ['alertname', 'system'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '4h',
    });
    expect(Object.keys(route)).toEqual([
      'receiver',
      'group_by',
      'group_wait',
      'group_interval',
      'repeat_interval',
      'routes',
    ]);
    expect(route.routes?.[0]).toEqual({
      matchers: ['team="core"'],
      receiver: 'core-warning',
      routes: [
        {
          matchers: ['severity="critical"'],
          receiver: 'core-critical',
          continue: true,
          group_wait: '10s',
          repeat_interval: '1h',
        },
        { matchers: ['severity=~"critical|error"'], receiver: 'archive', group_by: ['...'] },
        { matchers: ['severity="warning"'], receiver: 'core-warning', repeat_interval: '12h' },
      ],
    });
  });

  it('writes a grouping out again where a child returns to another one', async () => {
    const { root } = sampleModel.routing;
    const [first] = root.routes;
    if (!first) throw new Error('the sample has a route');
    const nested = {
      ...root,
      routes: [
        {
          ...first,
          groupBy: ['a'],
          routes: [
            { ...first, groupBy: [], routes: [] },
            { ...first, groupBy: ['alertname', 'system'], routes: [] },
          ],
        },
      ],
    };
    const { route } = await configuration(undefined, {
      ...sampleModel,
      routing: { ...sampleModel.routing, root: nested },
    });
    const children = route.routes?.[0]?.routes ?? [];
    expect(route.routes?.[0]).toMatchObject({ group_by: ['a'] });
    expect(children[0]).not.toHaveProperty('group_by');
    expect(children[1]).toMatchObject({ group_by: ['alertname', 'system'] });
  });

  it('tells all members of a group through one receiver', async () => {
    const { receivers } = await configuration();
    expect(
      receivers.map(({ name, ...lists }) => [
        name,
        ...Object.entries(lists).map(([list, configs]) => `${list} ${configs.length}`),
      ]),
    ).toEqual([
      ['fallback', 'email_configs 1', 'webhook_configs 2'],
      ['core-critical', 'pagerduty_configs 1', 'slack_configs 1', 'email_configs 1'],
      ['core-warning', 'slack_configs 1'],
      ['archive', 'slack_configs 1', 'webhook_configs 2'],
      ['nobody'],
    ]);
  });

  it('reads every secret from a file in the folder of the environment', async () => {
    const secrets = async (path: string): Promise<readonly string[]> => {
      const found: string[] = [];
      JSON.stringify(await configuration(path), (key, value: unknown) => {
        if (key.endsWith('_file')) found.push(String(value));
        expect(key).not.toMatch(/^(api_url|routing_key|auth_password|credentials|bearer_token|password|service_key)$/);
        return value;
      });
      return [...new Set(found)].toSorted();
    };
    const names = ['inbox-token', 'pagerduty-key', 'slack-url', 'smtp-password'];
    expect(await secrets('alertmanager/alertmanager.yml')).toEqual(
      names.map((name) => `/etc/alertmanager/secrets/${name}`),
    );
    expect(await secrets('alertmanager/alertmanager.local.yml')).toEqual(names.map((name) => `secrets/${name}`));
  });

  it('differs between environments in nothing else', async () => {
    const plain = (await emitWith([alertmanager], sampleModel)).texts;
    const local = plain
      .get('alertmanager/alertmanager.local.yml')
      ?.replaceAll(' secrets/', ' /etc/alertmanager/secrets/');
    expect(local).toBe(plain.get('alertmanager/alertmanager.yml'));
  });

  it('says of each integration what it needs and no more', async () => {
    const { receivers } = await configuration();
    const list = (name: string, kind: string) => receivers.find((receiver) => receiver.name === name)?.[kind];
    expect(list('fallback', 'email_configs')?.[0]).toMatchObject({
      to: 'list@example.com',
      from: 'alerts@example.com',
      smarthost: '127.0.0.1:25',
      require_tls: false,
    });
    expect(list('fallback', 'email_configs')?.[0]).not.toHaveProperty('auth_username');
    expect(list('core-critical', 'email_configs')?.[0]).toMatchObject({
      send_resolved: false,
      auth_username: 'alerts',
      require_tls: true,
    });
    expect(list('fallback', 'webhook_configs')).toEqual([
      {
        send_resolved: true,
        url: 'http://127.0.0.1:18080/alerts?%7B%7Bx}}',
        http_config: { authorization: { type: 'Bearer', credentials_file: '/etc/alertmanager/secrets/inbox-token' } },
      },
      { send_resolved: true, url: 'http://127.0.0.1:18081/' },
    ]);
  });

  it('has the inhibitions', async () => {
    const { inhibit_rules } = await configuration();
    expect(inhibit_rules).toEqual([
      {
        source_matchers: ['severity="critical"'],
        target_matchers: ['severity="warning"'],
        equal: ['alertname', 'system', 'component'],
      },
      {
        source_matchers: ['alertname="DatabaseConnectionPoolExhausted"'],
        target_matchers: ['system="shop"', 'component="api"'],
        equal: ['system'],
      },
    ]);
    const without = await configuration(undefined, {
      ...sampleModel,
      routing: { ...sampleModel.routing, inhibitions: [] },
    });
    expect(without).not.toHaveProperty('inhibit_rules');
  });

  it('knows which receiver an integration comes from', async () => {
    const { artefacts } = await emitWith([alertmanager], sampleModel);
    const origins = artefacts[0]?.origins;
    expect(origins?.get('/receivers/0/webhook_configs/1')).toMatchObject({ path: ['receivers', 'open-inbox'] });
    expect(origins?.get('/receivers/3/webhook_configs/0')).toMatchObject({ path: ['receivers', 'open-inbox'] });
    expect(origins?.get('/route/routes/0/routes/2')).toMatchObject({ subject: 'core-warning' });
    expect(origins?.get('/inhibit_rules/1')).toMatchObject({ file: 'definitions/systems/shop.ts' });
  });

  it('is accepted by amtool', async () => {
    const amtool = requireTool('amtool');
    const folder = writeTexts((await emitWith([alertmanager], sampleModel)).texts);
    try {
      for (const file of ['alertmanager.yml', 'alertmanager.local.yml']) {
        const { code, stdout, stderr } = await runProcess(amtool, ['check-config', join('alertmanager', file)], {
          cwd: folder.root,
        });
        expect(code, `${stdout}${stderr}`).toBe(0);
        expect(stdout).toMatch(/5 receivers/);
      }
    } finally {
      folder.remove();
    }
  });
});

describe('matcherText', () => {
  it.each([
    ['plain', 'severity', '=', 'critical', 'severity="critical"'],
    ['a name that needs quotes', 'http.route', '=', 'x', '"http.route"="x"'],
    ['quotes and backslashes', 'a', '!=', 'x "y" \\ z', 'a!="x \\"y\\" \\\\ z"'],
    ['a line feed', 'a', '=~', 'x\ny', 'a=~"x\\ny"'],
    ['what looks like an escape', 'a', '!~', '\\n\\d+', 'a!~"\\\\n\\\\d+"'],
    ['nothing', 'a', '=', '', 'a=""'],
  ] as const)('%s', (_, name, op, value, text) => {
    expect(matcherText({ name, op, value })).toBe(text);
  });

  it('is read by Alertmanager as it was meant', async () => {
    const amtool = requireTool('amtool');
    const values = [
      'a "quote" \\ back\\n slash',
      'line\nbreak',
      '\\',
      '"',
      '\\"',
      'trailing\\',
      '{a,b}',
      'x=y',
      ' space ',
      'é\t',
      '\\\\n',
      "'",
    ];
    const [first] = sampleModel.routing.root.routes;
    if (!first) throw new Error('the sample has a route');
    for (const value of values) {
      const root = {
        ...sampleModel.routing.root,
        routes: [{ ...first, routes: [], receiver: 'archive', matchers: [{ name: 'odd', op: '=' as const, value }] }],
      };
      const folder = writeTexts(
        (await emitWith([alertmanager], { ...sampleModel, routing: { ...sampleModel.routing, root } })).texts,
      );
      try {
        const show = await runProcess(
          amtool,
          ['config', 'routes', 'show', '--config.file=alertmanager/alertmanager.yml'],
          { cwd: folder.root },
        );
        expect(show.stdout, value).toContain(`{odd=${JSON.stringify(value).replace('\\t', '\t')}}`);
      } finally {
        folder.remove();
      }
    }
  });
});
