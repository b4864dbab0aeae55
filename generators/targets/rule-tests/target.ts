import { PATHS } from '../../conventions.ts';
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { prometheusDuration } from '../../model/format.ts';
import { groupsOfSystem } from '../../model/rule-groups.ts';
import type { Artefact } from '../../output/artefact.ts';
import { defineTarget } from '../target.ts';
import { rulesFrom, sloTests } from './slo-tests.ts';

/** Tests of the generated rules, for `promtool test rules`. */
export const ruleTests = defineTarget({
  id: 'rule-tests',
  summary: 'Tests of the rules of every SLO: healthy, burning at each speed, unmeasured.',
  emit: async (model) =>
    model.systems.flatMap((system): readonly Artefact[] => {
      const tests = sloTests(model, system);
      if (tests.length === 0) return [];
      const origins = new Map<string, Origin>([
        ['', system.origin],
        ...tests.map(({ slo }, index) => [`/tests/${index}`, slo.origin] as const),
      ]);
      const order = groupsOfSystem(model, system.id).filter(({ rules }) => rules.length > 0);
      return [
        {
          path: PATHS.sloTests(system.id),
          target: 'rule-tests',
          format: 'yaml',
          value: {
            rule_files: [rulesFrom(system)],
            evaluation_interval: prometheusDuration(60_000),
            group_eval_order: order.map(({ name }) => name),
            tests: tests.map(({ value }) => value),
          },
          origins,
        },
      ];
    }),
});
