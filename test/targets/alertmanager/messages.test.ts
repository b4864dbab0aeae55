import { describe, expect, it } from 'vitest';
import type { SeverityLevel } from '../../../generators/model/model.ts';
import {
  HEADLINE_TEXT,
  HTML_TEXT,
  PLAIN_TEXT,
  pagerDutySeverity,
  plainTextOf,
  SLACK_TEXT,
  slackColor,
  TITLE,
} from '../../../generators/targets/alertmanager/messages.ts';
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

/** What Alertmanager makes of a template for these alerts. */
const render = async (
  template: string,
  alerts: readonly AlertData[],
  type: 'text' | 'html' = 'text',
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
      groupLabels: { alertname: LABELS.alertname },
      commonLabels: common(alerts.map(({ labels }) => labels)),
      commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
      externalURL: 'http://alertmanager.example.com',
    };
    folder.write('data.json', JSON.stringify(data));
    const args = [
      'template',
      'render',
      '--template.glob=*.tmpl',
      `--template.text=${template}`,
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
    expect(await render(TITLE, alerts)).toBe(title);
  });
});

describe('the headline for a pager', () => {
  it('is the summary when all alerts share it, otherwise the title', async () => {
    expect(await render(HEADLINE_TEXT, [alert()])).toBe(ANNOTATIONS.summary);
    expect(await render(HEADLINE_TEXT, [alert(), alert('firing', {}, { summary: 'other' })])).toBe(
      '[FIRING:2] CacheHitRateLow in shop (critical)',
    );
  });
});

describe('plain text', () => {
  it('says what is wrong, since when, and where to look', async () => {
    expect(await render(PLAIN_TEXT, [alert('firing', { instance: 'cache-1:6379' }), alert('resolved', {}, {})])).toBe(
      [
        'The cache answers 42% <!channel> & "more"',
        'Load rises.',
        'Second <b>line</b>.',
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
        '',
      ].join('\n'),
    );
  });

  it('lists ten alerts and counts the others', async () => {
    const text = await render(PLAIN_TEXT, many);
    expect(text.match(/Severity:/g)).toHaveLength(10);
    expect(text).toContain('pod=p9');
    expect(text.trimEnd().split('\n').at(-1)).toBe('12 in all, the first 10 are shown.');
  });

  it('of one state has only the alerts in that state', async () => {
    const alerts = [alert('firing', { pod: 'a' }), alert('resolved', { pod: 'b' })];
    expect(await render(plainTextOf('Firing'), alerts)).toMatch(/^The cache [^]*pod=a\n(?![^]*pod=b)/);
    expect(await render(plainTextOf('Resolved'), alerts)).toMatch(/^Resolved: The cache [^]*pod=b\n(?![^]*pod=a)/);
  });
});

describe('Slack', () => {
  it('has links, and nothing that a label or annotation could smuggle in', async () => {
    const text = await render(SLACK_TEXT, [alert('firing', { path: '<!here>' })]);
    expect(text).toBe(
      [
        '*The cache answers 42% &lt;!channel&gt; &amp; "more"*',
        'Load rises.',
        'Second &lt;b&gt;line&lt;/b&gt;.',
        'Severity: critical component=cache path=&lt;!here&gt;',
        '<https://runbooks.example.com/shop/CacheHitRateLow.md|Runbook> <https://grafana.example.com/d/tocsin-shop?viewPanel=2&x=1|Dashboard> Definition: `definitions/systems/shop.ts`',
        '',
        '',
      ].join('\n'),
    );
  });

  it('has the colour of the severity', async () => {
    const color = slackColor(sampleModel.project.severities);
    expect(await render(color, [alert()])).toBe('danger');
    expect(await render(color, [alert('firing', { severity: 'warning' })])).toBe('warning');
    expect(await render(color, [alert('resolved')])).toBe('good');
    expect(await render(slackColor([]), [alert()])).toBe('warning');
  });
});

describe('HTML mail', () => {
  it('is escaped', async () => {
    const html = await render(HTML_TEXT, [alert('firing', { path: '<script>' })], 'html');
    expect(html).toContain('<h2>[FIRING:1] CacheHitRateLow in shop (critical)</h2>');
    expect(html).toContain('42% &lt;!channel&gt; &amp; &#34;more&#34;</strong>');
    expect(html).toContain('path=&lt;script&gt;');
    expect(html).toContain('<a href="https://grafana.example.com/d/tocsin-shop?viewPanel=2&amp;x=1">Dashboard</a>');
    expect(html).not.toContain('<script>');
  });

  it('does not link what is no web address', async () => {
    const html = await render(
      HTML_TEXT,
      [alert('firing', {}, { ...ANNOTATIONS, runbook_url: 'javascript:alert(1)' })],
      'html',
    );
    expect(html).not.toContain('javascript:');
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
  const ladder = [
    severity('critical', 0),
    severity('high', 1),
    severity('medium', 2),
    severity('low "x"', 3),
    severity('info', 4),
  ];

  it.each([
    ['critical', 'critical'],
    ['high', 'error'],
    ['medium', 'warning'],
    ['low "x"', 'info'],
    ['info', 'info'],
    ['unheard of', 'error'],
  ])('takes %s for %s', async (id, expected) => {
    expect(await render(pagerDutySeverity(ladder), [alert('firing', { severity: id })])).toBe(expected);
  });

  it('takes alerts of a project without severities for errors', () => {
    expect(pagerDutySeverity([])).toBe('error');
  });
});
