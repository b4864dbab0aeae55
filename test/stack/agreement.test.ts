/** Every system of the sample app, as a process under load, exposes what its definition declares, and nothing else. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { compileModel } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import { compareExposition } from '../../generators/exposition/compare.ts';
import { parseExposition } from '../../generators/exposition/parse.ts';
import type { Model } from '../../generators/model/model.ts';
import { appBundle } from '../../scripts/bundle.mjs';
import { startLoad } from './load/load.ts';
import { LOADED_SYSTEMS } from './load/profiles.ts';
import { startSystem } from './load/start-system.ts';
import { loadDefinitions } from './local-project.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_WITHIN = 60_000;

let model: Model;
let program: string;
beforeAll(async () => {
  const report = createReport();
  const compiled = compileModel(await loadDefinitions(report), report);
  if (!compiled) throw new Error('the definitions give no model');
  model = compiled;
  program = join(await appBundle(ROOT), 'main.js');
}, READY_WITHIN);

test.each(LOADED_SYSTEMS)(
  '%s',
  async (id) => {
    const system = model.systems.find((one) => one.id === id);
    if (!system) throw new Error(`nobody defines ${id}`);
    const { ports, stop } = await startSystem(
      program,
      id,
      system.jobs.map((job) => job.id),
    );
    onTestFinished(stop);
    const { statuses, failures } = await (
      await startLoad({ system: id, scenario: 'steady', ports, seconds: 1, rate: 60 })
    ).done;
    // A load that asks for what is not there would measure nothing.
    expect(Object.keys(statuses).filter((status) => ['400', '404', '405', '500'].includes(status))).toEqual([]);
    expect(failures).toEqual({});

    const report = createReport();
    const texts = new Map<string, string>();
    for (const job of system.jobs) {
      const name = `http://127.0.0.1:${ports[job.id]}${job.path}`;
      const text = await (await fetch(name)).text();
      texts.set(name, text);
      const metrics = system.metrics.filter((metric) => metric.job === job.id);
      expect(metrics.length).toBeGreaterThan(0);
      compareExposition(job, metrics, { name, text, exposition: parseExposition(text, 'text') }, report);
    }
    const findings = resolveFindings(report.list(), { locate: () => undefined, read: (file) => texts.get(file) });
    expect(findings.map(({ message }) => message)).toEqual([]);
  },
  READY_WITHIN,
);
