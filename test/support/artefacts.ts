import type { Diagnostic } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Model } from '../../generators/model/model.ts';
import type { Artefact, Json } from '../../generators/output/artefact.ts';
import { createArtefactSet } from '../../generators/output/artefact-set.ts';
import type { Target } from '../../generators/targets/target.ts';
import type { TemporaryProject } from './project.ts';
import { temporaryProject } from './project.ts';

/** What a target makes of a model. */
export interface Emitted {
  readonly artefacts: readonly Artefact[];
  readonly findings: readonly Diagnostic[];
  /** The text of each file, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Runs targets one after the other. */
export const emitWith = async (targets: readonly Target[], model: Model): Promise<Emitted> => {
  const report = createReport();
  const set = createArtefactSet(report);
  const artefacts: Artefact[] = [];
  for (const target of targets) artefacts.push(...(await target.emit(model, report)));
  artefacts.forEach((artefact) => set.add(artefact));
  return { artefacts, findings: report.list(), texts: new Map(set.render().map(({ path, text }) => [path, text])) };
};

/** Writes files into a folder of their own. */
export const writeTexts = (texts: ReadonlyMap<string, string>): TemporaryProject => {
  const folder = temporaryProject();
  texts.forEach((text, path) => folder.write(path, text));
  return folder;
};

/** The value that a JSON pointer leads to; undefined when it leads nowhere. */
export const valueAt = (artefact: Artefact, pointer: string): Json | undefined => {
  const root: Json =
    artefact.format === 'markdown' || artefact.format === 'go-template'
      ? artefact.text
      : artefact.format === 'yaml-documents'
        ? artefact.documents
        : artefact.value;
  return pointer
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((value, key) => (value as Readonly<Record<string, Json>> | undefined)?.[key], root);
};
