import { describe, expect, it } from 'vitest';
import type { Project, SeverityLevel } from '../../../generators/model/model.ts';
import { renderTemplates } from '../../../generators/targets/alertmanager/templates.ts';
import { runProcess, temporaryProject } from '../../support/project.ts';
import { sampleModel } from '../../support/sample-model.ts';
import { requireTool } from '../../support/tools.ts';

interface AlertData {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const LABELS = { alertname: 'CacheHitRateLow', severity: 'critical', system: 'shop', team: 'core', component: 'cache' };
const ANNOTATIONS = {
  summary: 'The cache answers 42% <!channel> & "more"',
  description: 'Load rises.\nSecond <b>line</b>.',
  value: '42%',
  threshold: 'below 50 %',
  runbook_url: 'https://runbooks.example.com/shop/CacheHitRateLow.md',
  dashboard_url: 'https://grafana.example.com/d/tocsin-shop?viewPanel=2&x=1',
  definition: 'definitions/systems/shop.ts',
};

const common = (records: readonly Readonly<Record<string, string>>[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(records[0] ?? {}).filter(([key, value]) => records.every((record) => record[key] === value)),
  );

const alert = (
  status: AlertData['status'] = 'firing',
  labels = {},
  annotations: Readonly<Record<string, string>> = ANNOTATIONS,
): AlertData => ({
  status,
  labels: { ...LABELS, ...labels },
  annotations,
});

/** What Alertmanager makes of one of the templates for these alerts. */
const render = async (
  name: string,
  alerts: readonly AlertData[],
  { type = 'text', project = sampleModel.project }: { type?: 'text' | 'html'; project?: Project } = {},
): Promise<string> => {
  const amtool = requireTool('amtool');
  const folder = temporaryProject();
  try {
    const data = {
      receiver: 'core',
      status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
      alerts: alerts.map((one) => ({
        ...one,
        startsAt: '2024-02-29T12:34:56Z',
        endsAt: one.status === 'resolved' ? '2024-02-29T13:04:56Z' : '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: '',
      })),
      groupLabels: { alertname: LABELS.alertname, system: "it's" },
      commonLabels: common(alerts.map(({ labels }) => labels)),
      commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
      externalURL: 'http://alertmanager.example.com',
    };
    folder.write('data.json', JSON.stringify(data));
    folder.write('tocsin.tmpl', await renderTemplates(project));
    const args = [
      'template',
      'render',
      '--template.glob=*.tmpl',
      `--template.text={{ template "tocsin.${name}" . }}`,
      `--template.type=${type}`,
      '--template.data=data.json',
    ];
    const { code, stdout, stderr } = await runProcess(amtool, args, { cwd: folder.root });
    expect(code, stderr).toBe(0);
    return stdout;
  } finally {
    folder.remove();
  }
};

const many = Array.from({ length: 12 }, (_, index) => alert('firing', { pod: `p${index}` }));

const SILENCE = `amtool silence add --alertmanager.url='http://alertmanager.example.com' --duration=2h --comment='what you are doing' 'alertname="CacheHitRateLow"' 'system="it'"'"'s"'`;
const TOLD = 'PagerDuty (pager), Slack #core_alerts and mail to core@example.com at once';

describe('the title', () => {
  it.each([
    ['one alert', [alert()], '[FIRING:1] CacheHitRateLow in shop (critical)'],
    ['two alerts', [alert(), alert('firing', { pod: 'b' })], '[FIRING:2] CacheHitRateLow in shop (critical)'],
    [
      'one of two resolved',
      [alert(), alert('resolved', { pod: 'b' })],
      '[FIRING:1] CacheHitRateLow in shop (critical)',
    ],
    ['all resolved', [alert('resolved')], '[RESOLVED] CacheHitRateLow in shop (critical)'],
    [
      'different alerts',
      [alert(), alert('firing', { alertname: 'Other', severity: 'warning' })],
      '[FIRING:2] several alerts in shop',
    ],
    [
      'different alerts, resolved',
      [alert('resolved'), alert('resolved', { alertname: 'Other' })],
      '[RESOLVED] several alerts in shop (critical)',
    ],
    ['an alert of somebody else', [{ status: 'firing', labels: { alertname: 'X' }, annotations: {} }], '[FIRING:1] X'],
  ] as const)('%s', async (_, alerts, title) => {
    expect(await render('title', alerts)).toBe(title);
  });
});

describe('the headline for a pager', () => {
  it('is the summary when all alerts share it, otherwise the title', async () => {
    expect(await render('headline', [alert()])).toBe(ANNOTATIONS.summary);
    expect(await render('headline', [alert(), alert('firing', {}, { summary: 'other' })])).toBe(
      '[FIRING:2] CacheHitRateLow in shop (critical)',
    );
  });
});

const TEXT_OF_ONE = [
  'The cache answers 42% <!channel> & "more"',
  'Value: 42%, level: below 50 %',
  'Since: 2024-02-29 12:34:56 UTC',
  '',
  'Severity: critical',
  'Labels: component=cache instance=cache-1:6379',
  'Load rises.',
  'Second <b>line</b>.',
  'Runbook: https://runbooks.example.com/shop/CacheHitRateLow.md',
  'Dashboard: https://grafana.example.com/d/tocsin-shop?viewPanel=2&x=1',
  'Definition: definitions/systems/shop.ts',
  '',
  `Told: ${TOLD}`,
  'Silence it while you work, which also ends the escalation:',
  SILENCE,
  '',
];

describe('plain text', () => {
  it('says what is wrong, how much, since when, where to look, who else knows, and how to silence it', async () => {
    expect(await render('text', [alert('firing', { instance: 'cache-1:6379' })])).toBe(TEXT_OF_ONE.join('\n'));
  });

  it('of a resolved alert says when it was, without its last value and without what to do about it', async () => {
    expect(await render('text', [alert('resolved', { instance: 'cache-1:6379' })])).toBe(
      [
        'Resolved: The cache answers 42% <!channel> & "more"',
        'From 2024-02-29 12:34:56 UTC to 2024-02-29 13:04:56 UTC',
        '',
        'Severity: critical',
        'Labels: component=cache instance=cache-1:6379',
        'Runbook: https://runbooks.example.com/shop/CacheHitRateLow.md',
        'Dashboard: https://grafana.example.com/d/tocsin-shop?viewPanel=2&x=1',
        '',
      ].join('\n'),
    );
  });

  it('says nothing of the labels that an alert of somebody else lacks', async () => {
    const stranger = { labels: { alertname: 'X' }, annotations: {} };
    expect(await render('text', [{ status: 'resolved', ...stranger }])).toBe(
      'Resolved: X\nFrom 2024-02-29 12:34:56 UTC to 2024-02-29 13:04:56 UTC\n\n',
    );
    expect(await render('text', [{ status: 'firing', ...stranger }])).toBe(
      `X\nSince: 2024-02-29 12:34:56 UTC\n\n\nSilence it while you work, which also ends the escalation:\n${SILENCE}\n`,
    );
  });

  it('says once what many alerts share, lists ten of them with what tells them apart, and counts the others', async () => {
    const text = await render('text', many);
    expect(
      text.match(/^The cache.*\nValue: 42%, level: below 50 %\nLabels: pod=p\d\nSince: .* UTC\n\n/gm),
    ).toHaveLength(10);
    expect(text).toContain(
      '\n\n12 are firing, the first 10 are shown.\n\nSeverity: critical\nLabels: component=cache\nLoad rises.',
    );
    for (const once of ['Load rises.', 'Runbook:', 'Dashboard:', 'Definition:', 'Severity:', 'component=cache'])
      expect(text.split(once), once).toHaveLength(2);
  });

  it('says of each alert what the others do not share', async () => {
    const other = { ...ANNOTATIONS, description: 'Other.', runbook_url: 'https://runbooks.example.com/other.md' };
    const text = await render('text', [alert(), alert('firing', { alertname: 'Other', severity: 'warning' }, other)]);
    expect(text).toContain(
      'Labels: alertname=CacheHitRateLow severity=critical\nSince: 2024-02-29 12:34:56 UTC\nLoad rises.\nSecond <b>line</b>.\nRunbook: https://runbooks.example.com/shop/CacheHitRateLow.md\n\n',
    );
    expect(text).toContain(
      'Labels: alertname=Other severity=warning\nSince: 2024-02-29 12:34:56 UTC\nOther.\nRunbook: https://runbooks.example.com/other.md\n\n',
    );
    expect(text).toContain('\n\nLabels: component=cache\nDashboard: ');
  });

  it('shows what fires before what is over, however much is over', async () => {
    const over = Array.from({ length: 12 }, (_, index) => alert('resolved', { pod: `r${index}` }));
    const text = await render('text', [...over, alert('firing', { pod: 'still' })]);
    expect(text).toMatch(
      /^The cache [^]*pod=still\n[^]*Resolved: The cache[^]*\n12 are resolved, the first 10 are shown\.\n/,
    );
    expect(text.match(/^Value:/gm)).toHaveLength(1);
  });

  it('leaves out the labels that repeat which objective it is', async () => {
    const sloth = { sloth_id: 'shop-answers', sloth_service: 'shop', sloth_slo: 'answers', burn_tier: 'page-fast' };
    const labels = { ...sloth, sloth_severity: 'page' };
    expect(await render('text', [alert('firing', labels)])).toContain(
      '\nLabels: burn_tier=page-fast component=cache\n',
    );
    const two = [alert('firing', labels), alert('firing', { burn_tier: 'ticket-slow', sloth_severity: 'ticket' })];
    expect(await render('text', two)).toContain('\nLabels: burn_tier=ticket-slow\n');
  });

  it('of one state has only the alerts in that state', async () => {
    const alerts = [alert('firing', { pod: 'a' }), alert('resolved', { pod: 'b' })];
    expect(await render('text.firing', alerts)).toMatch(/^The cache [^]*pod=a\n(?![^]*pod=b)/);
    expect(await render('text.resolved', alerts)).toMatch(/^Resolved: The cache [^]*pod=b\n(?![^]*pod=a)/);
  });
});

describe('Slack', () => {
  it('has links, and nothing that a label or annotation could smuggle in', async () => {
    expect(await render('slack', [alert('firing', { path: '<!here>' })])).toBe(
      [
        '*The cache answers 42% &lt;!channel&gt; &amp; "more"*',
        'Value: 42%, level: below 50 %',
        'Since: 2024-02-29 12:34:56 UTC',
        '',
        'Severity: critical',
        'Labels: component=cache path=&lt;!here&gt;',
        'Load rises.',
        'Second &lt;b&gt;line&lt;/b&gt;.',
        '<https://runbooks.example.com/shop/CacheHitRateLow.md|Runbook>',
        '<https://grafana.example.com/d/tocsin-shop?viewPanel=2&x=1|Dashboard>',
        'Definition: `definitions/systems/shop.ts`',
        '',
        `Told: ${TOLD}`,
        'Silence it while you work, which also ends the escalation:',
        `\`${SILENCE}\``,
        '',
      ].join('\n'),
    );
    expect(await render('slack.headline', [alert()])).toBe('The cache answers 42% &lt;!channel&gt; &amp; "more"');
  });

  it('has the colour of the severity', async () => {
    expect(await render('slack.color', [alert()])).toBe('danger');
    expect(await render('slack.color', [alert('firing', { severity: 'warning' })])).toBe('warning');
    expect(await render('slack.color', [alert('resolved')])).toBe('good');
    expect(await render('slack.color', [alert()], { project: { ...sampleModel.project, severities: [] } })).toBe(
      'warning',
    );
  });
});

describe('Markdown, for Teams and the other chats', () => {
  it('has links, and what would be markup is escaped', async () => {
    const text = await render('markdown', [alert('firing', { path: '[x](y)*_`\\' })]);
    expect(text).toContain('**The cache answers 42% \\<!channel\\> & "more"**  \n');
    expect(text).toContain('Value: 42%, level: below 50 %  \n');
    expect(text).toContain('path=\\[x\\](y)\\*\\_\\`\\\\  \n');
    expect(text).toContain('[Runbook](https://runbooks.example.com/shop/CacheHitRateLow.md)  \n');
    expect(text).toContain(`\`${SILENCE}\``);
  });
});

describe('HTML mail', () => {
  it('is escaped', async () => {
    const html = await render('html', [alert('firing', { path: '<script>' })], { type: 'html' });
    expect(html).toContain('<strong>The cache answers 42% &lt;!channel&gt; &amp; &#34;more&#34;</strong><br>');
    expect(html).toContain('path=&lt;script&gt;');
    expect(html).toContain('<a href="https://grafana.example.com/d/tocsin-shop?viewPanel=2&amp;x=1">Dashboard</a>');
    expect(html).toContain('Value: 42%, level: below 50 %<br>');
    expect(html).not.toContain('<script>');
  });

  it('does not link what is no web address', async () => {
    const annotations = { ...ANNOTATIONS, runbook_url: 'javascript:alert(1)' };
    expect(await render('html', [alert('firing', {}, annotations)], { type: 'html' })).not.toContain('javascript:');
  });
});

describe('who is told', () => {
  it('names the people of every step, whatever their titles are', async () => {
    const [team] = sampleModel.project.teams;
    const notice = team?.notify['critical'];
    const [first] = notice?.tiers ?? [];
    if (!team || !notice || !first) throw new Error('the sample has a team that is told');
    const tiers = [
      { ...first, to: { people: ['Lead {{ .x }} [[ y ]]', 'Second "x"'], receivers: ['pager'] } },
      {
        ...first,
        name: 'secondary',
        after: 900_000,
        to: { people: ['CTO'], receivers: ['pager'] },
        hours: { interval: 'days', otherwise: { people: [], receivers: [] } },
      },
    ];
    const teams = [{ ...team, notify: { critical: { ...notice, tiers } } }];
    const text = await render('text', [alert()], { project: { ...sampleModel.project, teams } });
    expect(text).toContain(
      'Told: Lead {{ .x }} [[ y ]] and Second "x" at once, CTO after 15 minutes (outside "days" nobody)\n',
    );
  });
});

describe('PagerDuty', () => {
  const severity = (id: string, rank: number): SeverityLevel => ({
    id,
    rank,
    title: id,
    respondWithin: { kind: 'review' },
    color: 'red',
  });
  const project = {
    ...sampleModel.project,
    severities: [
      severity('critical', 0),
      severity('high', 1),
      severity('medium', 2),
      severity('low "x"', 3),
      severity('info', 4),
    ],
  };

  it.each([
    ['critical', 'critical'],
    ['high', 'error'],
    ['medium', 'warning'],
    ['low "x"', 'info'],
    ['info', 'info'],
    ['unheard of', 'error'],
  ])('takes %s for %s', async (id, expected) => {
    expect(await render('pagerduty.severity', [alert('firing', { severity: id })], { project })).toBe(expected);
  });
});
