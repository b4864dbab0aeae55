import { defineTarget } from '../target.ts';
import { emitRuleFile, systemsWithRules } from './rules.ts';
import { emitServer } from './server.ts';

/** Prometheus: a rule file per system, and the server's configuration per environment. */
export const prometheus = defineTarget({
  id: 'prometheus',
  summary: 'Recording and alerting rules per system, and prometheus.yml per environment.',
  emit: async (model, report) => [
    ...model.project.environments.map((environment) => emitServer(model, environment)),
    ...systemsWithRules(model).map((system) => emitRuleFile(model, system, report)),
  ],
});
