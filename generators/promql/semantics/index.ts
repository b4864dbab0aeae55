/**
 * What is known of a PromQL expression's result before there is data: its labels, values and unit.
 *
 * ```ts
 * const facts = semantics(expr, { metrics });
 * resultLabels(facts); // { must: ['job'], can: ['job', 'zone'], open: false }
 * explainLabel(labelFact(facts.labels, 'instance')); // why a label is (not) there
 * facts.dead.map(explainDead); // parts without effect
 * unitOf(expr, metrics); // { unit: 'seconds', problems: [] }
 * ```
 */
export type { Semantics, SemanticsOptions } from './engine.ts';
export { semantics } from './engine.ts';
export { explainDead, explainLabel, explainReason } from './explain.ts';
export type {
  Condition,
  DeadPart,
  Facts,
  Join,
  LabelConflict,
  LabelFact,
  LabelFacts,
  Presence,
  Reason,
  ReasonCode,
  Returns,
  SampleType,
  ValueRange,
} from './facts.ts';
export { NAME_LABEL } from './facts.ts';
export { labelFact } from './labels.ts';
export type { MetricUse, SeriesKind } from './metric-uses.ts';
export { metricUses } from './metric-uses.ts';
export { constantOf } from './ranges.ts';
export type { ResultLabels } from './result-labels.ts';
export { canCarry, resultLabels } from './result-labels.ts';
export type { QuantityTag, QuantityUnit } from './quantity-units.ts';
export type { UnitProblem, UnitResult } from './unit-semantics.ts';
export { unitOf } from './unit-semantics.ts';
