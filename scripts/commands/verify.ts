import { UsageError } from '../../generators/diagnostics/errors.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import { compareExposition } from '../../generators/exposition/compare.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import { openProject, showFindings } from '../project.ts';
import { findTargets, scrape } from '../scrape.ts';
import { verifySpec } from './index.ts';

/** Compares what services expose with what the definitions declare. */
export const run: Run = async (args, io) => {
  const { values } = parseArguments(verifySpec, args);
  if (values.metrics.length === 0 && values.environment === undefined)
    throw new UsageError(
      'name what is to be scraped: --metrics URL (or FILE, or -), or --environment NAME\nSee tocsin verify --help.',
    );
  const project = await openProject(values.definitions, io);
  const { compilation, report, locator } = project;
  const { model } = compilation;
  if (!model || report.hasErrors) return Math.max(showFindings(project, values, io), 1);
  const targets = findTargets(model, values);
  if (targets.length === 0) throw new UsageError('no job has a target there');

  const texts = new Map<string, string>();
  const compared: {
    readonly place: string;
    readonly job: string;
    readonly metrics: number;
    readonly families: number;
  }[] = [];
  for (const target of targets) {
    const { place, job, system } = target;
    const metrics = system.metrics.filter((metric) => metric.job === job.id);
    const answer = await scrape(target, io);
    if ('problem' in answer) {
      report.add('exposition/unreachable', { source: place, problem: answer.problem }, job.origin);
      continue;
    }
    const { scraped } = answer;
    texts.set(scraped.name, scraped.text);
    compareExposition(job, metrics, scraped, report);
    compared.push({
      place: scraped.name,
      job: job.id,
      metrics: metrics.length,
      families: scraped.exposition.families.length,
    });
  }
  const own = { ...locator, read: (file: string) => texts.get(file) ?? locator.read(file) };
  const code = showFindings({ report, locator: own }, values, io);
  if (values.format === 'text') {
    const differences = resolveFindings(report.list(), own).length;
    for (const { place, job, metrics, families } of compared)
      io.write(`${place}: ${families} metrics exposed, ${metrics} declared for ${job}.\n`);
    if (differences === 0) io.write('No differences.\n');
  }
  return code;
};
