import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Report } from '../../generators/diagnostics/report.ts';
import type { TargetRun } from '../../generators/exposition/measure.ts';
import type { Attempt, Baseline, Check } from '../../generators/exposition/regress.ts';
import { checkRun, describeHandicap, handicapOf, hasFailed, recordRun } from '../../generators/exposition/regress.ts';
import {
  renderCheckJson,
  renderCheckJunit,
  renderCheckMarkdown,
  renderCheckText,
} from '../../generators/exposition/regress-report.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import { describeMachine, watchMachine } from '../machine.ts';
import { openProject, showFindings } from '../project.ts';
import type { ScrapeTarget } from '../scrape.ts';
import { findTargets, isUrl, scrape } from '../scrape.ts';
import { regressSpec } from './index.ts';

const REPORTS: Readonly<Record<string, (checks: readonly Check[], seconds: number, granted: string) => string>> = {
  '.md': renderCheckMarkdown,
  '.json': renderCheckJson,
  '.xml': (checks) => renderCheckJunit(checks),
};

/** Measures a run and compares it with the levels and the baseline. */
export const run: Run = async (args, io) => {
  const { values } = parseArguments(regressSpec, args);
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 86_400))
    throw new UsageError(`--seconds is a number of seconds, not '${values.seconds}'`);
  const most = Number(values.attempts);
  if (!(Number.isInteger(most) && most >= 1 && most <= 10))
    throw new UsageError(`--attempts is a whole number from 1 to 10, not '${values.attempts}'`);
  if (values.metrics.length === 0 && values.environment === undefined)
    throw new UsageError(
      'name what is to be measured: --metrics URL (or FILE), or --environment NAME\nSee tocsin regress --help.',
    );
  for (const file of values.report)
    if (!(extname(file) in REPORTS))
      throw new UsageError(`--report takes a file that ends in .md, .json or .xml, not '${file}'`);
  const baseline = readBaseline(values.baseline, io);
  const project = await openProject(values.definitions, io);
  const { compilation, report, locator } = project;
  const { model } = compilation;
  if (!model || report.hasErrors) return Math.max(showFindings(project, values, io), 1);
  const targets = findTargets(model, values);
  if (targets.length === 0) throw new UsageError('no job has a target there');

  const systems = new Set(targets.map(({ system }) => system.id));
  const check = (into: Report) => checkRun(model, systems, attempts, baseline, into, { update: values.update });
  const attempts: Attempt[] = [];
  // What is only a bad moment is better the next time; a file stays as it is.
  do {
    const measured = await measureTargets(targets, seconds, report, io);
    if (!measured) return Math.max(showFindings(project, values, io), 1);
    attempts.push(measured);
  } while (
    attempts.length < most &&
    targets.some(({ place }) => isUrl(place)) &&
    failsIn(check(createReport()), values.update)
  );
  const checks = check(report);
  const last = attempts.at(-1);
  const granted = [...systems]
    .map((system) => describeHandicap(handicapOf(baseline.systems[system], last?.floor)))
    .find((text) => text !== '');
  if (values.format === 'text') io.write(renderCheckText(checks) + (granted === undefined ? '' : `${granted}\n`));
  for (const file of values.report) {
    const path = resolve(io.cwd, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, REPORTS[extname(file)]?.(checks, last?.run.seconds ?? seconds, granted ?? '') ?? '');
  }
  const code = showFindings({ report, locator }, values, io);
  if (!values.update) return code;
  if (report.hasErrors) {
    io.error(`${values.baseline} was not changed: this run is no baseline.\n`);
    return Math.max(code, 1);
  }
  const recorded = recordRun(baseline, checks, model, systems, {
    recorded: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    seconds,
    floor: last?.floor,
  });
  writeFileSync(resolve(io.cwd, values.baseline), renderBaseline(recorded));
  if (values.format === 'text') io.write(`Recorded in ${values.baseline}.\n`);
  return code;
};

/** Whether another attempt is worth its time. What became slower is no failure of a run that is recorded. */
const failsIn = (checks: readonly Check[], update: boolean): boolean =>
  checks.some((check) => hasFailed(check) && !(update && check.verdict === 'slower'));

/** Numbers of a list on one line: a run more is one line of a diff. */
const renderBaseline = (baseline: Baseline): string =>
  `${JSON.stringify(baseline, undefined, 2).replaceAll(/\[[\d\s.,e-]+\]/g, (list) =>
    list.replaceAll(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'),
  )}\n`;

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Two scrapes of every address, one of every file; nothing when one of them failed. */
const measureTargets = async (
  targets: readonly ScrapeTarget[],
  seconds: number,
  report: Report,
  io: Io,
): Promise<Attempt | undefined> => {
  const scrapeAll = (wanted: readonly ScrapeTarget[]) =>
    Promise.all(
      wanted.map(async (target) => {
        const answer = await scrape(target, io);
        const { place, job } = target;
        if ('problem' in answer) {
          report.add('exposition/unreachable', { source: place, problem: answer.problem }, job.origin);
          return [];
        }
        const [problem] = answer.scraped.exposition.problems;
        if (problem) report.add('exposition/syntax', { message: problem.message }, job.origin);
        return [{ job: job.id, instance: place, exposition: answer.scraped.exposition }];
      }),
    ).then((found) => found.flat());
  const live = targets.filter(({ place }) => isUrl(place));
  const before = await scrapeAll(live);
  if (report.hasErrors) return undefined;
  const begun = performance.now();
  if (live.length > 0) io.error(`Measuring for ${seconds} s ...\n`);
  const watched = live.length > 0 ? await watchMachine(seconds) : undefined;
  const after = await scrapeAll(targets);
  if (report.hasErrors) return undefined;
  const time = live.length > 0 ? (performance.now() - begun) / 1000 : seconds;
  const isHere = live.every(({ place }) => LOOPBACK.has(new URL(place).hostname));
  return {
    run: {
      seconds: Number(time.toFixed(3)),
      targets: after.map(({ job, instance, exposition }): TargetRun => {
        const first = before.find((one) => one.job === job && one.instance === instance);
        return { job, instance, after: exposition, ...(first ? { before: first.exposition } : {}) };
      }),
    },
    ...(isHere && watched ? { floor: watched } : {}),
  };
};

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEach = (value: unknown, isSound: (entry: Json) => boolean): boolean =>
  isRecord(value) && Object.values(value).every((entry) => isRecord(entry) && isSound(entry));

const areNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');

const isBaseline = (value: unknown): value is Partial<Baseline> & Pick<Baseline, 'checks'> =>
  isRecord(value) &&
  isEach(value['checks'], ({ unit, runs }) => typeof unit === 'string' && areNumbers(runs) && runs.length > 0) &&
  isEach(
    value['systems'] ?? {},
    ({ recorded, machine, seconds, work, delay }) =>
      [recorded, machine].every((text) => typeof text === 'string') &&
      areNumbers([seconds]) &&
      areNumbers(work) &&
      areNumbers(delay),
  );

/** @throws UsageError for a file that is no baseline; one that is not there is an empty one. */
const readBaseline = (file: string, io: Io): Baseline => {
  const path = resolve(io.cwd, file);
  if (!existsSync(path)) return { checks: {}, systems: {} };
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} is no baseline: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (!isBaseline(read))
    throw new UsageError(
      `${file} is no baseline: expected { "systems": { ... }, "checks": { "<system>/<threshold>": { "unit", "runs" } } }`,
    );
  return { systems: {}, ...read };
};
