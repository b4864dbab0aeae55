/** Rule groups found by their system or their name. */
import type { Model, RuleGroup } from './model.ts';

interface Index {
  readonly bySystem: ReadonlyMap<string, readonly RuleGroup[]>;
  readonly byName: ReadonlyMap<string, RuleGroup>;
}

// A model is never changed, so an index holds as long as its list: whoever asks for every SLO does not walk through all.
const indexes = new WeakMap<readonly RuleGroup[], Index>();

const indexOf = ({ ruleGroups }: Pick<Model, 'ruleGroups'>): Index => {
  const known = indexes.get(ruleGroups);
  if (known) return known;
  const bySystem = new Map<string, RuleGroup[]>();
  for (const group of ruleGroups) {
    const own = bySystem.get(group.system);
    if (own) own.push(group);
    else bySystem.set(group.system, [group]);
  }
  const index = { bySystem, byName: new Map(ruleGroups.map((group) => [group.name, group])) };
  indexes.set(ruleGroups, index);
  return index;
};

/** The groups of a system, in the order of the model. */
export const groupsOfSystem = (model: Pick<Model, 'ruleGroups'>, system: string): readonly RuleGroup[] =>
  indexOf(model).bySystem.get(system) ?? [];

/** The group of a name. */
export const groupNamed = (model: Pick<Model, 'ruleGroups'>, name: string): RuleGroup | undefined =>
  indexOf(model).byName.get(name);
