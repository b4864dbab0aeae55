import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { compile } from '../generators/compile.ts';
import type { Compilation } from '../generators/compile.ts';
import type { Finding, Severity } from '../generators/diagnostics/diagnostic.ts';
import { UsageError } from '../generators/diagnostics/errors.ts';
import { isAtLeast } from '../generators/diagnostics/render-options.ts';
import type { Format } from '../generators/diagnostics/render.ts';
import { render } from '../generators/diagnostics/render.ts';
import { createReport } from '../generators/diagnostics/report.ts';
import type { Report } from '../generators/diagnostics/report.ts';
import type { Locator } from '../generators/diagnostics/resolve.ts';
import { resolveFindings } from '../generators/diagnostics/resolve.ts';
import * as tocsin from '../generators/index.ts';
import { load } from '../generators/load/load.ts';
import type { Model } from '../generators/model/model.ts';
import * as promql from '../generators/promql/index.ts';
import type { ToolPaths } from '../generators/validate/external.ts';
import { didYouMean } from './command.ts';
import type { Io } from './io.ts';

/** A project that was loaded and compiled, with everything that was found on the way. */
export interface OpenedProject {
  readonly compilation: Compilation;
  readonly report: Report;
  readonly locator: Locator;
}

/** Loads the definitions and compiles them in memory. @throws UsageError when the folder is not there. */
export const openProject = async (definitions: string, io: Io): Promise<OpenedProject> => {
  const folder = resolve(io.cwd, definitions);
  if (!existsSync(folder))
    throw new UsageError(`there is no folder ${definitions}; name the folder of definitions with --definitions DIR`);
  const report = createReport();
  const { definitions: files, locator } = await load(
    { root: io.cwd, definitions: folder, modules: { tocsin, 'tocsin/promql': promql } },
    report,
  );
  // A file that did not load would make every reference to it look wrong.
  const compilation = report.hasErrors && files.length === 0 ? {} : await compile(files, report);
  return { compilation, report, locator };
};

/** Where promtool and amtool are: the set-up's own folder first, then PATH. */
export const findTools = (io: Io): ToolPaths => {
  const find = (name: string): string | undefined =>
    [join(io.cwd, '.tools', 'bin'), ...(io.env['PATH'] ?? '').split(delimiter)]
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name))
      .find((path) => existsSync(path));
  const [promtool, amtool] = [find('promtool'), find('amtool')];
  return { ...(promtool ? { promtool } : {}), ...(amtool ? { amtool } : {}) };
};

/** @throws UsageError for a system that the model does not have. */
export const mustHaveSystem = (model: Model, system: string | undefined): void => {
  const systems = model.systems.map(({ id }) => id);
  if (system === undefined || systems.includes(system)) return;
  throw new UsageError(`there is no system "${system}"${didYouMean(system, systems)}; there are ${systems.join(', ')}`);
};

/** How findings are shown. */
export interface ShowOptions {
  readonly format: Format;
  /** Any error fails when it is absent. */
  readonly 'fail-on'?: Severity;
}

/**
 * Shows the findings of a run: as text they are messages, beside the result; every other format is the result itself.
 * Gives the exit code: 1 when one of them is as bad as the options say.
 */
export const showFindings = (
  { report, locator }: Pick<OpenedProject, 'report' | 'locator'>,
  options: ShowOptions,
  io: Io,
): number => {
  const findings: readonly Finding[] = resolveFindings(report.list(), locator);
  const isText = options.format === 'text';
  const failOn = options['fail-on'] ?? 'error';
  if (findings.length > 0 || !isText) {
    const text = render(findings, options.format, {
      read: (file) => locator.read(file),
      color: isText && io.colour,
      failOn,
    });
    (isText ? io.error : io.write)(text.endsWith('\n') ? text : `${text}\n`);
  }
  return findings.some(({ severity }) => isAtLeast(severity, failOn)) ? 1 : 0;
};
