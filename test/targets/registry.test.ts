import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { targets } from '../../generators/targets/index.ts';
import { emitWith, valueAt } from '../support/artefacts.ts';
import { sampleModel } from '../support/sample-model.ts';

const foldersIn = (path: string): readonly string[] =>
  readdirSync(new URL(path, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
};

describe('the registry of targets', () => {
  it('has every folder once, under its own name, with tests', () => {
    const ids = targets.map(({ id }) => id).toSorted();
    expect(ids).toEqual(foldersIn('../../generators/targets'));
    expect(foldersIn('.')).toEqual(expect.arrayContaining(ids));
  });

  it.each(targets.map((target) => [target.id, target] as const))(
    '%s leaves the model alone and emits the same every time',
    async (id, target) => {
      const first = await emitWith([target], deepFreeze(sampleModel));
      const second = await emitWith([target], structuredClone(sampleModel));
      expect(first.texts).toEqual(second.texts);
      expect(first.findings).toEqual([]);
      expect(first.artefacts.map((artefact) => artefact.target)).toEqual(first.artefacts.map(() => id));
    },
  );

  it.each(targets.map((target) => [target.id, target] as const))(
    '%s knows where every file and part comes from',
    async (_, target) => {
      const { artefacts } = await emitWith([target], sampleModel);
      for (const artefact of artefacts) {
        expect(artefact.origins.get(''), artefact.path).toBeDefined();
        for (const pointer of artefact.origins.keys())
          expect(valueAt(artefact, pointer), `${artefact.path}${pointer}`).toBeDefined();
      }
    },
  );
});
