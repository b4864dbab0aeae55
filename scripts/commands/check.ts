import { resolve } from 'node:path';
import { typecheck } from '../../generators/load/typecheck.ts';
import { verify } from '../../generators/output/verify.ts';
import { checkWithTools } from '../../generators/validate/external.ts';
import { parseArguments } from '../command.ts';
import type { Run } from '../command.ts';
import { findTools, openProject, showFindings } from '../project.ts';
import { checkSpec } from './index.ts';

/** What CI runs: type check, compile, out/ up to date, schemas, promtool and amtool. Writes nothing. */
export const run: Run = async (args, io) => {
  const { values } = parseArguments(checkSpec, args);
  const project = await openProject(values.definitions, io);
  const { compilation, report } = project;
  await typecheck({ root: io.cwd, definitions: values.definitions }, report);
  if (compilation.files && compilation.artefacts) {
    verify(compilation.files, { out: resolve(io.cwd, values.out), label: values.out }, report);
    await checkWithTools(compilation.artefacts, findTools(io), report, { announceMissing: true });
  }
  const code = showFindings(project, values, io);
  if (code === 0 && values.format === 'text') {
    io.write(`The definitions are sound and ${values.out} is up to date: ${compilation.files?.length ?? 0} files.\n`);
  }
  return code;
};
