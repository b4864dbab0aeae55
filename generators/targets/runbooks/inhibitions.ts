import type { AlertingRule, Inhibition } from '../../model/model.ts';
import type { AlertLabels } from '../../model/routing.ts';
import { canInhibit, canMatch, labelsOf } from '../../model/routing.ts';

/** Which rules can keep which others quiet, by the rule on one side. */
export interface InhibitionMap {
  /** The rules that a rule keeps quiet. */
  readonly targetsOf: (rule: AlertingRule) => readonly AlertingRule[];
  /** The rules that keep a rule quiet. */
  readonly sourcesOf: (rule: AlertingRule) => readonly AlertingRule[];
}

/** Pairs all alerting rules that an inhibition can connect. Pairs come in the order of the rules. */
export const mapInhibitions = (rules: readonly AlertingRule[], inhibitions: readonly Inhibition[]): InhibitionMap => {
  const labels = new Map<AlertingRule, AlertLabels>(rules.map((rule) => [rule, labelsOf(rule)]));
  const targets = new Map<AlertingRule, Set<AlertingRule>>();
  const sources = new Map<AlertingRule, Set<AlertingRule>>();
  const add = (map: Map<AlertingRule, Set<AlertingRule>>, key: AlertingRule, value: AlertingRule): void => {
    map.set(key, (map.get(key) ?? new Set()).add(value));
  };
  for (const inhibition of inhibitions) {
    const matching = (side: 'source' | 'target') =>
      [...labels].filter(([, known]) => canMatch(inhibition[side], known));
    const quiet = matching('target');
    for (const [source, sourceLabels] of matching('source')) {
      for (const [target, targetLabels] of quiet) {
        if (source === target || !canInhibit(inhibition, sourceLabels, targetLabels)) continue;
        add(targets, source, target);
        add(sources, target, source);
      }
    }
  }
  return {
    targetsOf: (rule) => [...(targets.get(rule) ?? [])],
    sourcesOf: (rule) => [...(sources.get(rule) ?? [])],
  };
};
