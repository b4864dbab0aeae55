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
        endsAt: '0001-01-01T00:00:00Z',
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
      '[FIRING:2] 2 alerts in shop',
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

describe('plain text', () => {
  it('says what is wrong, how much, since when, where to look, who else knows, and how to silence it', async () => {
    expect(await render('text', [alert('firing', { instance: 'cache-1:6379' }), alert('resolved', {}, {})])).toBe(
      [
        'The cache answers 42% <!channel> & "more"',
        'Load rises.',
        'Second <b>line</b>.',
        'Value: 42%, level: below 50 %',
        'Severity: critical component=cache instance=cache-1:6379',
        'Since: 2024-02-29 12:34:56 UTC',
        'Runbook: https://runbooks.example.com/shop/CacheHitRateLow.md',
        'Dashboard: https://grafana.example.com/d/tocsin-shop?viewPanel=2&x=1',
        'Definition: definitions/systems/shop.ts',
        '',
        'Resolved: CacheHitRateLow',
        'Severity: critical component=cache',
        'Since: 2024-02-29 12:34:56 UTC',
        '',
        `Told: ${TOLD}`,
        'Silence it while you work, which also ends the escalation:',
        SILENCE,
        '',
      ].join('\n'),
    );
  });

  it('does not say how to silence what is over', async () => {
    const text = await render('text', [alert('resolved')]);
    expect(text).toMatch(/^Resolved: The cache/);
    expect(text).not.toContain('amtool');
  });

  it('says nothing of the labels that an alert of somebody else lacks', async () => {
    const text = await render('text', [{ status: 'resolved', labels: { alertname: 'X' }, annotations: {} }]);
    expect(text).toBe('Resolved: X\nSeverity: \nSince: 2024-02-29 12:34:56 UTC\n\n');
  });

  it('lists ten alerts and counts the others', async () => {
    const text = await render('text.all', many);
    expect(text.match(/Severity:/g)).toHaveLength(10);
    expect(text).toContain('pod=p9');
    expect(text.trimEnd().split('\n').at(-1)).toBe('12 in all, the first 10 are shown.');
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
        'Load rises.',
        'Second &lt;b&gt;line&lt;/b&gt;.',
        'Value: 42%, level: below 50 %',
        'Severity: critical component=cache path=&lt;!here&gt;',
        'Since: 2024-02-29 12:34:56 UTC',
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
