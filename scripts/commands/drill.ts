import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { appBundle, loadDrill } from '../bundle.mjs';
import { didYouMean, parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import { listenForSignals } from '../signals.ts';
import { findProgram } from '../stack/programs.ts';
import { drillSpec } from './index.ts';

/** Breaks the running systems and watches the pages arrive. */
export const run: Run = async (args, io) => {
  const { values } = parseArguments(drillSpec, args);
  const { system, alert, short } = values;
  if (values.merge && short) throw new UsageError('--short is not merged with a report of everything');
  if ((values.merge || values.junit) && values.report === undefined)
    throw new UsageError('--merge and --junit say how the report is written: give --report DIR');
  if (!existsSync(join(io.cwd, 'test/stack/drill/main.ts')))
    throw new UsageError("tocsin drill runs in Tocsin's own repository, where the sample app is");
  const tools = toolsOf(io);
  const drill = await loadDrill(io.cwd);
  const systems = drill.drillableSystems();
  mustBeOneOf('system', system, systems, `there are ${systems.join(', ')}`);
  // Hundreds of names would bury the message.
  const whose = `docs/reports/drill.md lists those of ${system ?? 'each system'}`;
  mustBeOneOf('alert', alert, drill.drillableAlerts(system), whose);

  const interruption = listenForSignals();
  try {
    const definitions = await drill.loadDefinitions(io.cwd, values.definitions);
    const result = await drill.runDrill({
      definitions,
      tools,
      app: await appBundle(io.cwd),
      short,
      ...(system === undefined ? {} : { system }),
      ...(alert === undefined ? {} : { alert }),
      say: (line) => io.error(`${clock()} ${line}\n`),
      signal: interruption.signal,
    });
    if (values.report !== undefined) {
      const folder = resolve(io.cwd, values.report);
      mkdirSync(folder, { recursive: true });
      const earlier = join(folder, 'drill.json');
      const all =
        values.merge && existsSync(earlier) ? drill.withEarlier(result, readFileSync(earlier, 'utf8')) : result;
      writeFileSync(join(folder, 'drill.md'), drill.toMarkdown(all));
      writeFileSync(earlier, drill.toJson(all));
      if (values.junit) writeFileSync(join(folder, 'drill.xml'), drill.toJunit(all));
    }
    const problems = drill.problemsOf(result);
    const { passed, failed } = drill.summaryOf(result);
    io.write(problems.map((problem) => `${problem}\n`).join(''));
    io.write(`${passed} of ${passed + failed} alerts fired, were told of and ended as promised.\n`);
    return problems.length > 0 || passed + failed === 0 ? 1 : 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    io.error('tocsin drill: interrupted; everything has ended\n');
    return interruption.exitCode();
  } finally {
    interruption.stop();
  }
};

const clock = (): string => new Date().toISOString().slice(11, 19);

const toolsOf = (io: Io): { readonly prometheus: string; readonly alertmanager: string; readonly promtool: string } => {
  const find = (name: string): string => {
    const path = findProgram(io.cwd, name, io.env['PATH']);
    if (path === undefined) throw new UsageError(`${name} is not there; npm run setup says how to get it`);
    return path;
  };
  return { prometheus: find('prometheus'), alertmanager: find('alertmanager'), promtool: find('promtool') };
};

const mustBeOneOf = (what: string, given: string | undefined, known: readonly string[], where: string): void => {
  if (given === undefined || known.includes(given)) return;
  throw new UsageError(`no plan drills the ${what} '${given}'; ${where}${didYouMean(given, known)}`);
};
