import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { lintForeign } from '../../generators/lint/foreign.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import { openProject, showFindings } from '../project.ts';
import { lintSpec } from './index.ts';

/** Lints the definitions, or the files that are named. */
export const run: Run = async (args, io) => {
  const { values, positionals } = parseArguments(lintSpec, args);
  if (positionals.length > 0) return lintFiles(positionals, values, io);
  const project = await openProject(values.definitions, io);
  const code = showFindings(project, values, io);
  if (code === 0 && values.format === 'text') io.write(`No findings in ${values.definitions}.\n`);
  return code;
};

const lintFiles = (names: readonly string[], values: Parameters<typeof showFindings>[1], io: Io): number => {
  const report = createReport();
  const texts = new Map<string, string>();
  for (const path of names.flatMap((name) => filesBelow(resolve(io.cwd, name), name))) {
    const file = relative(io.cwd, path).split(sep).join('/');
    const text = readFileSync(path, 'utf8');
    texts.set(file, text);
    const kind = lintForeign(file, text, 'latest', report);
    if (kind === 'unknown') report.add('lint/unknown-file', {}, { file, line: 1, column: 1, endLine: 1, endColumn: 1 });
  }
  const code = showFindings(
    { report, locator: { locate: () => undefined, read: (file) => texts.get(file) } },
    values,
    io,
  );
  if (code === 0 && values.format === 'text')
    io.write(`${texts.size} ${texts.size === 1 ? 'file' : 'files'} linted.\n`);
  return code;
};

const filesBelow = (path: string, name: string): readonly string[] => {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    throw new UsageError(`there is no file or folder ${name}`);
  }
  if (!isFolder) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
};
