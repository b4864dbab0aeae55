import { describe, expect, it } from 'vitest';
import { docs } from '../../../generators/targets/docs/target.ts';
import { runbooks } from '../../../generators/targets/runbooks/target.ts';
import type { Model } from '../../../generators/model/model.ts';
import { emitWith } from '../../support/artefacts.ts';
import { sampleModel } from '../../support/sample-model.ts';

const indicators = async (model: Model = sampleModel): Promise<string> => {
  const [artefact] = (await emitWith([docs], model)).artefacts;
  return artefact?.path === 'docs/indicators.md' && artefact.format === 'markdown' ? artefact.text : '';
};

describe('docs/indicators.md', () => {
  it('has a row for every threshold, with its goal and levels', async () => {
    expect(await indicators()).toContain(
      [
        '# Indicators',
        '',
        'Everything Sample measures against a level: what is aimed at, and when somebody is told.',
        '',
        '## Shop',
        '',
        'Owner: Core Platform. Definition: `definitions/systems/shop.ts`.',
        '',
        '| Component | Measured | Goal | critical | warning | Alert |',
        '|---|---|---|---|---|---|',
        '| API | API response time, p95 | at most 500 ms | above 2 s for 5 minutes | above 500 ms for 10 minutes | [PerformanceDegradation](../runbooks/shop/PerformanceDegradation.md) |',
        '| Cache | Cache: hit rate | 90 % | below 50 % for 5 minutes | below 70 % for 5 minutes | [CacheHitRateLow](../runbooks/shop/CacheHitRateLow.md) |',
        '| Database | Connections in use | below 95 % | at least 95 % for 2 minutes | – | [DatabaseConnectionPoolExhausted](../runbooks/shop/DatabaseConnectionPoolExhausted.md) |',
        '| – | Events processed | above 1,000 per second | at most 0 per second | at most 1,000 per second for 5 minutes | [EventProcessingStalled](../runbooks/shop/EventProcessingStalled.md), [EventThroughputLow](../runbooks/shop/EventThroughputLow.md) |',
        '',
        '## Hostile ',
      ].join('\n'),
    );
  });

  it('has a column for each severity that the system uses, and as many cells in every row', async () => {
    const tables = (await indicators()).split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.map((table) => table.split('\n')[0])).toEqual([
      '| Component | Measured | Goal | critical | warning | Alert |',
      '| Component | Measured | Goal | critical | warning | info | Alert |',
    ]);
    for (const table of tables) {
      const bars = table
        .trim()
        .split('\n')
        .map((row) => row.replaceAll(/\\./g, '').split('|').length);
      expect(new Set(bars).size, table).toBe(1);
    }
  });

  it('links only runbooks that exist', async () => {
    const paths = (await emitWith([runbooks], sampleModel)).artefacts.map(({ path }) => path);
    const links = [...(await indicators()).matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, address = '']) =>
      decodeURIComponent(address),
    );
    expect(links).toHaveLength(10);
    expect(paths).toEqual(expect.arrayContaining(links));
  });

  it('leaves out systems without thresholds', async () => {
    const systems = sampleModel.systems.map((system) => ({ ...system, thresholds: [] }));
    expect(await indicators({ ...sampleModel, systems })).toBe(
      '# Indicators\n\nEverything Sample measures against a level: what is aimed at, and when somebody is told.\n',
    );
  });
});
