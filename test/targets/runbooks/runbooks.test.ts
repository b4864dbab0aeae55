import { describe, expect, it } from 'vitest';
import type { AlertingRule, Model } from '../../../generators/model/model.ts';
import { runbooks } from '../../../generators/targets/runbooks/target.ts';
import { emitWith } from '../../support/artefacts.ts';
import { HOSTILE, sampleModel } from '../../support/sample-model.ts';

const page = async (path: string, model: Model = sampleModel): Promise<string> => {
  const { artefacts } = await emitWith([runbooks], model);
  const artefact = artefacts.find((one) => one.path === `runbooks/${path}`);
  return artefact?.format === 'markdown' ? artefact.text : '';
};

/** The text of a section, without its heading. */
const section = (text: string, title: string): string =>
  new RegExp(`^## ${title}\\n\\n([^]*?)(?=\\n## |$(?![^]))`, 'm').exec(text)?.[1]?.trim() ?? '';

const withRule = (change: (rule: AlertingRule) => AlertingRule): Model => ({
  ...sampleModel,
  ruleGroups: sampleModel.ruleGroups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => (rule.kind === 'alerting' ? change(rule) : rule)),
  })),
});

describe('runbooks', () => {
  it('are one for each name of an alert, and an index', async () => {
    const { artefacts } = await emitWith([runbooks], sampleModel);
    expect(artefacts.map(({ path }) => path)).toEqual([
      'runbooks/shop/PerformanceDegradation.md',
      'runbooks/shop/CacheHitRateLow.md',
      'runbooks/shop/DatabaseConnectionPoolExhausted.md',
      'runbooks/shop/EventProcessingStalled.md',
      'runbooks/shop/EventThroughputLow.md',
      'runbooks/hostile/OddLatency.md',
      'runbooks/hostile/OddMemory.md',
      'runbooks/hostile/MemoryLeak.md',
      'runbooks/hostile/QueueLong.md',
      'runbooks/hostile/ShareLow.md',
      'runbooks/README.md',
    ]);
  });

  it('say everything that somebody needs who was just woken', async () => {
    expect(await page('shop/PerformanceDegradation.md')).toBe(`# PerformanceDegradation

*API response time, p95* is above 2 s (critical) or 500 ms (warning).

- System: Shop (\`shop\`)
- Component: API (\`api\`)
- Owner: Core Platform (\`core\`)
- Dashboard: [the panel of this alert](https://grafana.example.com/d/tocsin-shop?viewPanel=1)
- Definition: \`definitions/systems/shop.ts (thresholds.api-latency-p95)\`

## Levels

| Severity | Level | For | Respond within |
|---|---|---|---|
| critical: System unavailable | above 2 s | 5 minutes | 5 minutes |
| warning: Degraded | above 500 ms | 10 minutes | 30 minutes |

## First steps

1. Look at the slowest route:
   \`topk(5, ...)\`.
2. Compare with the last deployment.

## What it means

> One request in twenty takes longer than 2 s or 500 ms.
> Customers **leave** when pages are slow.

The notification says: Route \`route\` answers in \`value\` at p95, above 2 s or 500 ms for 5 minutes or 10 minutes

## What is measured

API response time, p95 (goal: at most 500 ms):

\`\`\`promql
histogram_quantile(
  0.95,
  sum by (le, route) (
    rate(http_request_duration_seconds_bucket{job="shop-api"}[5m])
  )
)
\`\`\`

## Who is told

| Severity | Told | First message | Repeated |
|---|---|---|---|
| critical | PagerDuty (pager), Slack #core_alerts, mail to core@example.com | after 10 seconds | every 1 hour |
| critical | webhook (open-inbox), Slack #core_alerts, webhook (inbox) | after 30 seconds | every 4 hours |
| warning | Slack #core_alerts | after 30 seconds | every 12 hours |

## Related

- API needs Cache and Database.
- While its critical level fires, its warning level is kept quiet.
- It is kept quiet by [DatabaseConnectionPoolExhausted](DatabaseConnectionPoolExhausted.md) (critical).

## Silence it while you work

\`\`\`sh
amtool silence add --alertmanager.url="$ALERTMANAGER_URL" --duration=2h \\
  --comment='what you are doing' \\
  'alertname="PerformanceDegradation"' \\
  'system="shop"'
\`\`\`

ALERTMANAGER_URL is the address of Alertmanager. The silence ends by itself after two hours; \`amtool silence expire\` with the id that the command prints ends it earlier.
`);
  });

  it('show the other side of dependencies and inhibitions', async () => {
    expect(section(await page('shop/DatabaseConnectionPoolExhausted.md'), 'Related')).toBe(
      [
        '- It is needed by API.',
        '- While it fires, it keeps quiet [PerformanceDegradation](PerformanceDegradation.md) (critical, warning).',
      ].join('\n'),
    );
  });

  it('link alerts of other systems', async () => {
    const [first] = sampleModel.routing.inhibitions;
    if (!first) throw new Error('the sample has inhibitions');
    const inhibition = {
      ...first,
      source: [{ name: 'alertname', op: '=', value: 'QueueLong' }],
      target: [{ name: 'alertname', op: '=~', value: 'Cache.*' }],
      equal: [],
    } as const;
    const text = await page('shop/CacheHitRateLow.md', {
      ...sampleModel,
      routing: { ...sampleModel.routing, inhibitions: [inhibition] },
    });
    expect(section(text, 'Related')).toContain('- It is kept quiet by [QueueLong](../hostile/QueueLong.md) (warning).');
  });

  it('say so when nothing is declared', async () => {
    const text = await page('shop/EventThroughputLow.md');
    expect(section(text, 'First steps')).toBe('The definition names none.');
    expect(section(text, 'Related')).toBe('No dependencies are declared, and no other alert keeps it quiet.');
    expect(text).not.toContain('- Component:');
  });

  it('say who is told of an alert at once, of one without a route, and of one that nobody gets', async () => {
    expect(section(await page('shop/EventProcessingStalled.md'), 'Levels')).toContain(
      '| critical: System unavailable | at most 0 per second | at once | 5 minutes |',
    );
    expect(section(await page('hostile/QueueLong.md'), 'Who is told')).toContain(
      '| warning | webhook (inbox), webhook (open-inbox), mail to list@example.com | after 30 seconds | every 4 hours |',
    );
    expect(section(await page('hostile/OddMemory.md'), 'Who is told')).toContain(
      '| info | nobody: it shows on the dashboard | – | – |',
    );
    expect(section(await page('hostile/OddLatency.md'), 'Levels')).toContain('the next business day');
  });

  it('work for an alert that comes from no threshold', async () => {
    const model = withRule((rule) =>
      rule.alert === 'EventProcessingStalled'
        ? { ...rule, source: { kind: 'threshold', id: 'none' }, annotations: {} }
        : rule,
    );
    const text = await page('shop/EventProcessingStalled.md', model);
    expect(text).toContain('It fires as long as its query has a result.');
    expect(text).not.toContain('- Dashboard:');
    expect(section(text, 'Levels')).toContain(
      '| critical: System unavailable | its query has a result | at once | 5 minutes |',
    );
    expect(section(text, 'What is measured')).toBe(
      'critical:\n\n```promql\nsum(rate(events_processed_total[5m])) <= 0\n```',
    );
  });

  it('keep every brace, quote and backtick of a definition, and let none of them out of its place', async () => {
    const text = await page('hostile/OddLatency.md');
    expect(section(text, 'What it means')).toContain(`> ${HOSTILE}\n> \`\`\`\n> unclosed`);
    expect(section(text, 'First steps')).toBe(`1. ${HOSTILE}\n2. two\n   lines\n3. {value}`);
    expect(section(text, 'What it means')).toContain(
      '{{ $labels.secret }} {{ end }} {brace} 100 % #x \\*y\\* \\_z\\_ & é `value` `instance` {{value}} {{`value` {unknown} { 47.5 ms',
    );
    expect(section(text, 'What is measured')).toContain(
      '````promql\nmax by (instance) (\n  odd_latency_milliseconds{path="a \\"quote\\" \\\\ `tick` ```fence``` \\n {{x}}"}\n)\n````',
    );
  });

  it('have tables whose rows have as many cells as their heads', async () => {
    const { artefacts } = await emitWith([runbooks], sampleModel);
    for (const artefact of artefacts) {
      const text = artefact.format === 'markdown' ? artefact.text : '';
      const tables = text.split('\n\n').filter((block) => block.startsWith('|'));
      expect(tables.length, artefact.path).toBeGreaterThan(0);
      for (const table of tables) {
        const bars = table
          .trim()
          .split('\n')
          .map((row) => row.replaceAll(/\\./g, '').split('|').length);
        expect(new Set(bars).size, table).toBe(1);
      }
    }
  });
});

describe('the index', () => {
  it('lists the alerts of each system in the order of its components', async () => {
    const text = await page('README.md');
    expect(text).toContain('# Runbooks\n\nOne page for each alert of Sample:');
    expect(section(text, 'Shop')).toBe(
      [
        '> Sells things.',
        '>',
        '> It has **two** paragraphs.',
        '',
        '| Component | Alert | Severity | Meaning |',
        '|---|---|---|---|',
        '| API | [PerformanceDegradation](shop/PerformanceDegradation.md) | critical, warning | *API response time, p95* is above 2 s (critical) or 500 ms (warning). |',
        '| Cache | [CacheHitRateLow](shop/CacheHitRateLow.md) | critical, warning | *Cache: hit rate* is below 50 % (critical) or 70 % (warning). |',
        '| Database | [DatabaseConnectionPoolExhausted](shop/DatabaseConnectionPoolExhausted.md) | critical | *Connections in use* is at least 95 %. |',
        '| – | [EventProcessingStalled](shop/EventProcessingStalled.md) | critical | *Events processed* is at most 0 per second. |',
        '| – | [EventThroughputLow](shop/EventThroughputLow.md) | warning | *Events processed* is at most 1,000 per second. |',
      ].join('\n'),
    );
  });

  it('links only pages that exist', async () => {
    const { artefacts } = await emitWith([runbooks], sampleModel);
    const links = [...(await page('README.md')).matchAll(/\]\(([^)]+)\)/g)].map(
      ([, address = '']) => `runbooks/${decodeURIComponent(address)}`,
    );
    const paths = artefacts.map(({ path }) => path).filter((path) => path !== 'runbooks/README.md');
    expect(links.toSorted()).toEqual(paths.toSorted());
  });

  it('encodes names that a link cannot hold', async () => {
    const text = await page(
      'README.md',
      withRule((rule) => (rule.alert === 'QueueLong' ? { ...rule, alert: 'Queue #1? 100%' } : rule)),
    );
    expect(text).toContain('[Queue #1? 100%](hostile/Queue%20%231%3F%20100%25.md)');
  });

  it('is there even when there are no alerts', async () => {
    const { artefacts } = await emitWith([runbooks], { ...sampleModel, ruleGroups: [] });
    expect(artefacts.map(({ path }) => path)).toEqual(['runbooks/README.md']);
  });
});
