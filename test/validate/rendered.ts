import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Model } from '../../generators/model/model.ts';
import type { Artefact, Json } from '../../generators/output/artefact.ts';
import { createArtefactSet } from '../../generators/output/artefact-set.ts';
import { childPointer } from '../../generators/output/text.ts';
import { validateArtefacts } from '../../generators/validate/index.ts';
import { openProject } from '../../scripts/project.ts';
import { memoryIo } from '../support/memory-io.ts';

/** What a sound project gives: the material to break. */
export interface Rendered {
  readonly model: Model;
  readonly artefacts: readonly Artefact[];
}

/** Compiles one of the scenarios. */
export const renderScenario = async (name: string): Promise<Rendered> => {
  const cwd = fileURLToPath(new URL(`../scenarios/${name}`, import.meta.url));
  const { model, artefacts } = (await openProject('definitions', memoryIo({ cwd }))).compilation;
  if (!model || !artefacts) throw new Error(`${name} does not compile`);
  return { model, artefacts: artefacts.list() };
};

/** One text of one artefact that is made wrong. */
export interface Edit {
  /** Of the first artefact whose path fits ... */
  readonly path: RegExp;
  /** ... the first text whose pointer fits and that holds `from`. */
  readonly pointer: RegExp;
  readonly from: string;
  readonly to: string;
}

/** Artefacts with one text changed, and where that is. */
export interface Edited extends Rendered {
  readonly path: string;
  readonly pointer: string;
  readonly text: string;
}

const textsIn = (value: Json, pointer = ''): readonly (readonly [string, string])[] => {
  if (typeof value === 'string') return [[pointer, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner as Json, childPointer(pointer, key)));
};

const withText = (value: Json, pointer: string, text: string, at = ''): Json => {
  if (at === pointer) return text;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): readonly [string, Json] => [
    key,
    withText(inner as Json, pointer, text, childPointer(at, key)),
  ]);
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
};

/** Makes one text wrong. */
export const edit = ({ model, artefacts }: Rendered, { path, pointer, from, to }: Edit): Edited => {
  for (const artefact of artefacts) {
    if (!path.test(artefact.path) || (artefact.format !== 'yaml' && artefact.format !== 'json')) continue;
    const found = textsIn(artefact.value).find(([at, text]) => pointer.test(at) && text.includes(from));
    if (!found) continue;
    const text = found[1].replace(from, () => to);
    const edited: Artefact = { ...artefact, value: withText(artefact.value, found[0], text) };
    const others = artefacts.map((one) => (one === artefact ? edited : one));
    return { model, artefacts: others, path: artefact.path, pointer: found[0], text };
  }
  throw new Error(`no text with ${from} at ${pointer.source} of ${path.source}`);
};

/** The findings of every validator. */
export const validate = ({ model, artefacts }: Rendered): readonly Diagnostic[] => {
  const report = createReport();
  const set = createArtefactSet(report);
  for (const artefact of artefacts) set.add(artefact);
  validateArtefacts(model, set, report);
  return report.list();
};
