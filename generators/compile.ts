import { PATHS } from './conventions.ts';
import { InvariantError } from './diagnostics/errors.ts';
import type { Report } from './diagnostics/report.ts';
import type { Milliseconds, Model } from './model/model.ts';
import type { DefinitionFile } from './model/normalise/index.ts';
import { normalise } from './model/normalise/index.ts';
import { scaleTime } from './model/scale-time.ts';
import { serialiseModel } from './model/serialise.ts';
import type { OutputFile } from './output/artefact.ts';
import type { ArtefactSet } from './output/artefact-set.ts';
import { createArtefactSet } from './output/artefact-set.ts';
import { PASSES } from './passes/index.ts';
import { targets } from './targets/index.ts';

/** How definitions are compiled. */
export interface CompileOptions {
  /**
   * How many times faster everything goes that Prometheus and Alertmanager count: 1, or more for a drill. The rules' unit
   * tests, which are about the times as they are written, are left out then.
   */
  readonly timeScale?: number;
  /** At such a scale nothing is scraped or evaluated more often than this: 250 ms by default, more for a busy machine. */
  readonly shortestInterval?: Milliseconds;
}

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
export const compile = async (
  definitions: readonly DefinitionFile[],
  report: Report,
  options: CompileOptions = {},
): Promise<Compilation> => {
  const model = compileModel(definitions, report, options);
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
    if (options.timeScale !== undefined && options.timeScale !== 1 && target.id === 'rule-tests') continue;
    for (const artefact of await inStage(`target ${target.id}`, () => target.emit(model, report)))
      artefacts.add(artefact);
  }
  if (report.hasErrors) return { model, artefacts };

  const files = artefacts.render();
  await inStage('validate', () => validate(model, artefacts, report));
  return report.hasErrors ? { model, artefacts } : { model, artefacts, files };
};

/** Definitions to the model, with everything the passes derive. */
export const compileModel = (
  definitions: readonly DefinitionFile[],
  report: Report,
  { timeScale = 1, shortestInterval }: CompileOptions = {},
): Model | undefined => {
  const initial = normalise(definitions, report);
  if (initial === undefined) return undefined;
  // The passes run even after errors, so that one run shows the mistakes of all stages; they skip what did not stand.
  const model = PASSES.reduce((last, pass) => named(`pass ${pass.id}`, () => pass.run(last, report)), initial);
  return scaleTime(model, timeScale, report, shortestInterval);
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
