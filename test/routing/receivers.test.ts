import { describe, expect, it } from 'vitest';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Model, Version } from '../../generators/model/model.ts';
import type { Receiver, ReceiverKind } from '../../generators/model/receivers.ts';
import {
  describeReceiver,
  isAtLeastVersion,
  missingFeatures,
  RECEIVER_KIND_NAMES,
  RECEIVER_KINDS,
  RECEIVER_SCHEMAS,
} from '../../generators/model/receivers.ts';
import { alertmanager } from '../../generators/targets/alertmanager/target.ts';
import { parseArtefact } from '../../generators/validate/parsed.ts';
import { validateSchemas } from '../../generators/validate/schema.ts';
import { emitWith, writeTexts } from '../support/artefacts.ts';
import { runProcess } from '../support/project.ts';
import { sampleModel } from '../support/sample-model.ts';
import { requireTool } from '../support/tools.ts';

const SETTINGS: Readonly<Record<ReceiverKind, Readonly<Record<string, unknown>>>> = {
  slack: { channel: '#a', apiUrlFile: 'f' },
  email: { to: 'a@example.com', from: 'b@example.com', smarthost: 'mail:25', username: 'u', passwordFile: 'f' },
  pagerduty: { routingKeyFile: 'f', escalationPolicy: 'Platform' },
  opsgenie: { apiKeyFile: 'f', responders: [{ type: 'schedule', name: 'On call' }], priority: 'P1' },
  victorops: { apiKeyFile: 'f', route: 'platform' },
  incidentio: { url: 'https://api.example.com/x', alertSourceTokenFile: 'f' },
  pushover: { userKeyFile: 'f', tokenFile: 'g', device: 'phone' },
  webhook: { url: 'http://127.0.0.1:1/', bearerTokenFile: 'f' },
  teams: { webhookUrlFile: 'f' },
  'teams-connector': { webhookUrlFile: 'f' },
  discord: { webhookUrlFile: 'f' },
  telegram: { botTokenFile: 'f', chatId: -100 },
  mattermost: { webhookUrlFile: 'f', channel: 'town' },
  rocketchat: { channel: '#a', tokenIdFile: 'f', tokenFile: 'g' },
  webex: { roomId: 'r', tokenFile: 'f' },
  wechat: { corpId: 'c', agentId: '1', toParty: '2', apiSecretFile: 'f' },
  sns: { topicArn: 'arn:aws:sns:eu-central-1:1:a', region: 'eu-central-1', roleArn: 'arn:aws:iam::1:role/a' },
  jira: {
    site: 'https://example.atlassian.net/',
    project: 'OPS',
    issueType: 'Incident',
    username: 'u',
    passwordFile: 'f',
  },
};

const receiver = (kind: ReceiverKind): Receiver =>
  ({
    ...SETTINGS[kind],
    kind,
    id: kind,
    sendResolved: true,
    origin: { file: 'definitions/project.ts', path: [] },
  }) as unknown as Receiver;
const ALL = RECEIVER_KIND_NAMES.map(receiver);
const lacksAt25 = (one: Receiver): boolean => missingFeatures(one, '0.25').length > 0;

const tellingAll = (receivers: readonly Receiver[]): Model => ({
  ...sampleModel,
  project: { ...sampleModel.project, receivers, fallback: receivers.map(({ id }) => id) },
  routing: {
    root: { ...sampleModel.routing.root, routes: [] },
    groups: [{ id: 'fallback', receivers: receivers.map(({ id }) => id), origin: sampleModel.project.origin }],
    inhibitions: [],
  },
});

/** The same model with an inbox in every environment. */
const withInbox = (model: Model): Model => ({
  ...model,
  project: {
    ...model.project,
    environments: model.project.environments.map(({ secretsDirectory: _, ...environment }) => ({
      ...environment,
      inbox: { url: 'http://inbox:8025', smtp: 'inbox:8026' },
    })),
  },
});

const checkConfig = async (receivers: readonly Receiver[], change = (model: Model): Model => model) => {
  const amtool = requireTool('amtool');
  const folder = writeTexts((await emitWith([alertmanager], change(tellingAll(receivers)))).texts);
  try {
    return await runProcess(amtool, ['check-config', 'alertmanager/alertmanager.yml'], { cwd: folder.root });
  } finally {
    folder.remove();
  }
};

describe('the table of receivers', () => {
  it('has every kind that Alertmanager has', () => {
    expect(Object.values(RECEIVER_KINDS).map(({ list }) => list.replace('_configs', ''))).toEqual(
      expect.arrayContaining(
        'discord email incidentio jira mattermost msteams msteamsv2 opsgenie pagerduty pushover rocketchat slack sns telegram victorops webex webhook wechat'.split(
          ' ',
        ),
      ),
    );
  });

  it.each(RECEIVER_KIND_NAMES)('%s: reads its settings, and refuses a path or a secret in their place', (kind) => {
    const schema = RECEIVER_SCHEMAS.get(kind);
    expect(schema?.safeParse({ kind, ...SETTINGS[kind] }).error).toBeUndefined();
    for (const [property, { form }] of Object.entries(RECEIVER_KINDS[kind].fields)) {
      if (form !== 'secret') continue;
      expect(schema?.safeParse({ kind, ...SETTINGS[kind], [property]: '/etc/passwd' }).success).toBe(false);
    }
    expect(schema?.safeParse({ kind, ...SETTINGS[kind], token: 'x' }).success).toBe(false);
    expect(describeReceiver(receiver(kind))).toContain(RECEIVER_KINDS[kind].name);
  });

  it.each<[ReceiverKind, Version, readonly string[]]>([
    ['slack', '0.25', []],
    ['discord', '0.25', ['webhook_url_file 0.27']],
    ['discord', '0.24', ['discord_configs 0.25']],
    ['discord', '0.27', []],
    ['pushover', '0.25', ['user_key_file 0.26', 'token_file 0.26', 'device 0.26']],
    ['teams', '0.27', ['msteamsv2_configs 0.28']],
    ['jira', '0.28', []],
    ['incidentio', '0.28', ['incidentio_configs 0.29']],
    ['mattermost', '0.29', ['mattermost_configs 0.30']],
    ['email', '0.24', ['auth_password_file 0.25']],
  ])('%s with Alertmanager %s lacks %j', (kind, version, missing) => {
    expect(missingFeatures(receiver(kind), version).map(({ field, since }) => `${field} ${since}`)).toEqual(missing);
  });

  it('knows that 0.9 is before 0.10', () => {
    expect(isAtLeastVersion('0.10', '0.9')).toBe(true);
    expect(isAtLeastVersion('0.9', '0.10')).toBe(false);
    expect(isAtLeastVersion('1.0', '0.31')).toBe(true);
  });
});

describe('a configuration with every kind', () => {
  it('has the form that Alertmanager reads, with secrets only as files', async () => {
    const { artefacts, texts } = await emitWith([alertmanager], tellingAll(ALL));
    const report = createReport();
    const files = artefacts.flatMap(
      (artefact) => parseArtefact(artefact, texts.get(artefact.path) ?? '', report) ?? [],
    );
    validateSchemas(files, report);
    expect(report.list()).toEqual([]);
    expect(texts.get('alertmanager/alertmanager.yml')?.match(/\/etc\/alertmanager\/secrets\/[fg]\b/g)).toHaveLength(19);
  });

  it('is accepted by amtool 0.25 where the table says so', async () => {
    const known = ALL.filter((one) => !lacksAt25(one));
    expect(known.map(({ kind }) => kind).toSorted()).toEqual(
      ['email', 'opsgenie', 'pagerduty', 'slack', 'sns', 'victorops', 'webex', 'webhook'].toSorted(),
    );
    const { code, stdout, stderr } = await checkConfig(known);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toMatch(/1 templates/);
  });

  it('is refused by amtool 0.25 where the table says so', async () => {
    const { code: version } = await runProcess(requireTool('amtool'), ['--version'], { cwd: '.' });
    expect(version).toBe(0);
    for (const one of ALL.filter(lacksAt25)) {
      const { code, stdout } = await checkConfig([one]);
      expect(code, `${one.kind}: ${stdout}`).toBe(1);
    }
  });
});

describe('an inbox', () => {
  const configOf = async (): Promise<Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>> => {
    const { artefacts } = await emitWith([alertmanager], withInbox(tellingAll(ALL)));
    const value = artefacts[0]?.format === 'yaml' ? artefacts[0].value : undefined;
    const [fallback] = (value as unknown as { receivers: readonly never[] }).receivers;
    return fallback ?? {};
  };

  it('takes every kind in its own shape where it has one, and as a webhook otherwise', async () => {
    const { name: _, ...lists } = await configOf();
    expect(Object.keys(lists).toSorted()).toEqual([
      'email_configs',
      'pagerduty_configs',
      'slack_configs',
      'webhook_configs',
    ]);
    expect(lists['slack_configs']).toMatchObject([{ api_url: 'http://inbox:8025/slack/slack', channel: '#a' }]);
    expect(lists['pagerduty_configs']).toMatchObject([
      { url: 'http://inbox:8025/pagerduty/pagerduty', routing_key: 'inbox' },
    ]);
    expect(lists['email_configs']).toMatchObject([
      {
        to: 'a@example.com',
        smarthost: 'inbox:8026',
        require_tls: false,
        headers: { Subject: '{{ template "tocsin.title" . }}', 'X-Tocsin-Receiver': 'email' },
      },
    ]);
    const others = RECEIVER_KIND_NAMES.filter((kind) => !['slack', 'pagerduty', 'email'].includes(kind));
    expect(lists['webhook_configs']).toEqual(
      others.map((kind) => ({ send_resolved: true, url: `http://inbox:8025/webhook/${kind}` })),
    );
  });

  it('needs no secret file, no login, and says nothing of the real addresses', async () => {
    const text = (await emitWith([alertmanager], withInbox(tellingAll(ALL)))).texts.get(
      'alertmanager/alertmanager.yml',
    );
    expect(text).not.toMatch(/_file|auth_|http_config|mail:25|127\.0\.0\.1/);
  });

  it('passes the schemas and amtool of any version, with every kind', async () => {
    const { artefacts, texts } = await emitWith([alertmanager], withInbox(tellingAll(ALL)));
    const report = createReport();
    validateSchemas(
      artefacts.flatMap((artefact) => parseArtefact(artefact, texts.get(artefact.path) ?? '', report) ?? []),
      report,
    );
    expect(report.list()).toEqual([]);
    const { code, stdout, stderr } = await checkConfig(ALL, withInbox);
    expect(code, `${stdout}${stderr}`).toBe(0);
  });

  it('is the only literal address that the schemas let through', async () => {
    const { artefacts, texts } = await emitWith([alertmanager], withInbox(tellingAll(ALL)));
    for (const [from, to] of [
      ['http://inbox:8025/slack/slack', 'https://hooks.example.com/services/T000/B000/x'],
      ['routing_key: inbox', 'routing_key: 0123456789abcdef0123456789abcdef'],
    ] as const) {
      const report = createReport();
      validateSchemas(
        artefacts.flatMap(
          (artefact) => parseArtefact(artefact, (texts.get(artefact.path) ?? '').replaceAll(from, to), report) ?? [],
        ),
        report,
      );
      expect(report.list().map(({ code }) => code)).not.toEqual([]);
    }
  });
});
