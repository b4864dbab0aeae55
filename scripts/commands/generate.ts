import { relative, resolve } from 'node:path';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { write } from '../../generators/output/write.ts';
import { checkWithTools } from '../../generators/validate/external.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import { findTools, openProject, showFindings } from '../project.ts';
import { generateSpec } from './index.ts';

/** Compiles the definitions and writes the artefacts. */
export const run: Run = async (args, io) => {
  const { values } = parseArguments(generateSpec, args);
  refuseOverlap(resolve(io.cwd, values.out), resolve(io.cwd, values.definitions), io.cwd, values.out);
  const project = await openProject(values.definitions, io);
  const { compilation, report } = project;
  if (compilation.files && compilation.artefacts) await checkWithTools(compilation.artefacts, findTools(io), report);
  if (!compilation.files || report.hasErrors) {
    const code = showFindings(project, values, io);
    io.error('Nothing was written.\n');
    return Math.max(code, 1);
  }
  const result = await write(compilation.files, { out: resolve(io.cwd, values.out), label: values.out }, report);
  const code = showFindings(project, values, io);
  if (values.format === 'text' && result.complete) {
    for (const path of result.created) io.write(`+ ${values.out}/${path}\n`);
    for (const path of result.updated) io.write(`~ ${values.out}/${path}\n`);
    for (const path of result.deleted) io.write(`- ${values.out}/${path}\n`);
    const { created, updated, deleted, unchanged } = result;
    io.write(
      created.length + updated.length + deleted.length === 0
        ? `${values.out} is up to date: ${unchanged.length} files.\n`
        : `${created.length} created, ${updated.length} updated, ${deleted.length} deleted, ${unchanged.length} unchanged in ${values.out}.\n`,
    );
  }
  return result.complete ? code : Math.max(code, 1);
};

/** Generated files among sources would be read as sources, and sources would be in the way of generated files. */
const refuseOverlap = (out: string, definitions: string, root: string, name: string): void => {
  const isInside = (inner: string, outer: string): boolean => !relative(outer, inner).startsWith('..');
  if (isInside(out, definitions) || isInside(definitions, out) || out === root) {
    throw new UsageError(`--out ${name || '""'} would mix generated files with sources; name a folder of its own`);
  }
};
