/** Label, value and unit semantics of PromQL expressions. */
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
export { constantOf } from './ranges.ts';
export type { ResultLabels } from './result-labels.ts';
export { canCarry, resultLabels } from './result-labels.ts';
export type { QuantityTag, QuantityUnit, UnitProblem, UnitResult } from './unit-semantics.ts';
export { unitOf } from './unit-semantics.ts';
