import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compileModel } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import * as tocsin from '../../generators/index.ts';
import { load } from '../../generators/load/load.ts';
import { createArtefactSet } from '../../generators/output/artefact-set.ts';
import { write } from '../../generators/output/write.ts';
import { targets } from '../../generators/targets/index.ts';
import { checkWithTools } from '../../generators/validate/external.ts';
import { validateArtefacts } from '../../generators/validate/index.ts';
import { findTool } from '../support/tools.ts';
import type { Bench, Measurement } from './bench.ts';
import { medianTime } from './bench.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Where the time of `generate` goes: the whole process, then each stage once, in a process that has just started. */
export const bench: Bench = async () => {
  const found: Measurement[] = [];
  const stage = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    found.push({ name, value: performance.now() - started, unit: 'ms' });
    return result;
  };
  const out = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
  try {
    const report = createReport();
    const { definitions } = await stage('load the definitions', () =>
      load({ root, definitions: join(root, 'definitions'), modules: { tocsin } }, report),
    );
    const model = await stage('normalise and passes', () => compileModel(definitions, report));
    if (!model || report.hasErrors) throw new Error('the definitions of the repository do not compile');
    const artefacts = createArtefactSet(report);
    for (const target of targets) {
      await stage(`target ${target.id}`, async () => {
        for (const artefact of await target.emit(model, report)) artefacts.add(artefact);
      });
    }
    const files = await stage('artefacts to text', () => artefacts.render());
    await stage('read back and validate', () => validateArtefacts(model, artefacts, report));
    const [promtool, amtool] = [findTool('promtool'), findTool('amtool')];
    if (promtool !== undefined && amtool !== undefined) {
      await stage('promtool and amtool', () => checkWithTools(artefacts, { promtool, amtool }, report));
    }
    await stage('write', () => write(files, { out }, report));
    const whole = await medianTime(
      () =>
        run(process.execPath, [join(root, 'scripts/tocsin.mjs'), 'generate', '--out', join(out, 'again')], {
          cwd: root,
        }),
      { runs: 3, warmUp: 1 },
    );
    return [...found, { name: 'tocsin generate, the whole process', value: whole, unit: 'ms', limit: 1500 }];
  } finally {
    await rm(out, { recursive: true, force: true });
  }
};
