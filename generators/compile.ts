import { PATHS } from './conventions.ts';
import { InvariantError } from './diagnostics/errors.ts';
import type { Report } from './diagnostics/report.ts';
import type { Model } from './model/model.ts';
import type { DefinitionFile } from './model/normalise/index.ts';
import { normalise } from './model/normalise/index.ts';
import { serialiseModel } from './model/serialise.ts';
import type { OutputFile } from './output/artefact.ts';
import type { ArtefactSet } from './output/artefact-set.ts';
import { createArtefactSet } from './output/artefact-set.ts';
import { PASSES } from './passes/index.ts';
import { targets } from './targets/index.ts';

/** What a compilation gives. Each part is there when the stages before it found no error. */
export interface Compilation {
  readonly model?: Model;
  readonly artefacts?: ArtefactSet;
  /** What is to be written; only there when everything is in order. */
  readonly files?: readonly OutputFile[];
}

/**
 * Definitions to artefacts: reads the definitions into the model, runs the passes, lets every target emit, reads what
 * they emitted back and checks it. Pure: no clock, no disk, no process. Stops after a stage that reported an error.
 */
export const compile = async (definitions: readonly DefinitionFile[], report: Report): Promise<Compilation> => {
  const model = compileModel(definitions, report);
  if (!model || report.hasErrors) return model ? { model } : {};

  const artefacts = createArtefactSet(report);
  artefacts.add({
    path: PATHS.model,
    target: 'model',
    format: 'json',
    value: serialiseModel(model),
    origins: new Map([['', model.project.origin]]),
  });
  for (const target of targets) {
    for (const artefact of await inStage(`target ${target.id}`, () => target.emit(model, report)))
      artefacts.add(artefact);
  }
  if (report.hasErrors) return { model, artefacts };

  const files = artefacts.render();
  await inStage('validate', () => validate(model, artefacts, report));
  return report.hasErrors ? { model, artefacts } : { model, artefacts, files };
};

/** Definitions to the model, with everything the passes derive. */
export const compileModel = (definitions: readonly DefinitionFile[], report: Report): Model | undefined => {
  const initial = normalise(definitions, report);
  // The passes run even after errors, so that one run shows the mistakes of all stages; they skip what did not stand.
  return initial && PASSES.reduce((model, pass) => named(`pass ${pass.id}`, () => pass.run(model, report)), initial);
};

/** The validators bring schemas and their compiler along, which other commands should not pay for. */
const validate = async (model: Model, artefacts: ArtefactSet, report: Report): Promise<void> => {
  const { validateArtefacts } = await import('./validate/index.ts');
  validateArtefacts(model, artefacts, report);
};

const wrap = (stage: string, error: unknown): InvariantError =>
  error instanceof InvariantError
    ? error
    : new InvariantError(error instanceof Error ? error.message : String(error), stage, { cause: error });

const named = <T>(stage: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    throw wrap(stage, error);
  }
};

const inStage = async <T>(stage: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw wrap(stage, error);
  }
};
