import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { appBundle } from '../../../scripts/bundle.mjs';
import type { DrillModule } from '../../../scripts/drill-module.ts';
import { createReport } from '../../../generators/diagnostics/report.ts';
import { loadDefinitions } from '../local-project.ts';
import { requireStackTools } from '../stack.ts';
import * as drill from './main.ts';
import type { DrillResult } from './result.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('the short drill', { timeout: 300_000 }, () => {
  it('has the interface that the command expects', () => {
    const module: DrillModule<DrillResult> = drill;
    expect(Object.keys(module)).toContain('runDrill');
  });

  it('sees a dozen alerts of the running sample app fire, reach their receivers and end', async () => {
    const result = await drill.runDrill({
      definitions: await loadDefinitions(createReport()),
      tools: requireStackTools(),
      app: await appBundle(ROOT),
      short: true,
      // Other tests use the same cores: here it counts what comes, not how soon.
      tolerance: 15_000,
      say: () => undefined,
      signal: new AbortController().signal,
    });
    expect(drill.problemsOf(result)).toEqual([]);
    expect(drill.summaryOf(result).passed).toBeGreaterThanOrEqual(12);
    // Chat, a pager and e-mail, by the shapes of each.
    expect(drill.summaryOf(result).receiversTold).toBeGreaterThanOrEqual(3);
  });
});
