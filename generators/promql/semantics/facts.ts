/**
 * What can be known of the result of a PromQL expression before there is any data: the vocabulary of the label-promise
 * engine. Everything here is a promise about every instant at which the expression is evaluated without an error.
 *
 * A promise stands on two things only: what Prometheus does (promql/engine.go and promql/functions.go of
 * prometheus/prometheus, default feature flags), and what the metric table declares. Where neither decides, a fact says
 * so (`can`, `open`, `sometimes`, an infinite range); it never guesses.
 */
import type { Binary, ComparisonOp, Expr, Span, ValueType } from '../ast.ts';

/** The label that holds a metric's name. */
export const NAME_LABEL = '__name__';

/**
 * Whether the series of a result carry a label. An empty label value is no label, as in Prometheus, so `must` means
 * present and not empty.
 */
export type Presence = 'must' | 'can' | 'cannot';

/** The kinds of causes a fact can have. */
export type ReasonCode =
  /** A matcher of a selector. */
  | 'matcher'
  /** The metric table declares the label. */
  | 'declared'
  /** The scrape sets the label on every series of the target. */
  | 'target-label'
  /** The metric is declared, and this label is not among its labels. */
  | 'not-declared'
  /** Nothing is declared about the metric, so it may carry anything. */
  | 'undeclared-metric'
  /** The name of the selected metric. */
  | 'metric-name'
  /** `by (...)` does not list the label. */
  | 'not-in-by'
  /** An aggregation without a grouping removes every label. */
  | 'aggregated'
  /** `without (...)` removes the label. */
  | 'without'
  /** `on (...)` does not list the label, and a one-to-one match keeps only those it lists. */
  | 'not-in-on'
  /** `ignoring (...)` removes the label from a one-to-one match. */
  | 'ignoring'
  /** `group_left (...)` or `group_right (...)` copies the label from the other side. */
  | 'included'
  /** The other side of a match decides: matched labels are equal on both sides. */
  | 'matched'
  /** A function drops the metric name. */
  | 'function-drops-name'
  /** An arithmetic operator drops the metric name. */
  | 'operator-drops-name'
  /** `bool` drops the metric name. */
  | 'bool-drops-name'
  /** An aggregation drops the metric name. */
  | 'aggregation-drops-name'
  /** `label_replace` or `label_join` writes the label. */
  | 'label-function'
  /** `count_values` or `histogram_quantiles` writes the label. */
  | 'value-label'
  /** A histogram function consumes `le`. */
  | 'bucket-label'
  /** `absent` keeps a label that exactly one `=` matcher fixes. */
  | 'absent'
  /** The value has no labels at all: a number, a scalar, `vector()`. */
  | 'no-labels'
  /** `info` may add labels of info metrics. */
  | 'info'
  /** The two sides of `or` differ in it. */
  | 'either-side'
  /** More is known than is worth keeping; what was left out is unknown. */
  | 'forgotten'
  /** The values of both sides, or of a side and a number, can never satisfy the comparison. */
  | 'never-true'
  /** Two sides of a match that can never have equal labels. */
  | 'never-matches'
  /** The operand never returns anything. */
  | 'empty-operand'
  /** The operand always returns something. */
  | 'always-returns'
  /** No sample of the kind the function or operator works on. */
  | 'wrong-sample-type'
  /** A parameter (`topk(0, x)`, `clamp(x, 5, 1)`) that leaves nothing. */
  | 'parameter';

/** Why a fact holds, and the part of the query that decides it. */
export interface Reason {
  readonly code: ReasonCode;
  /** What the sentence is about: `job="api"`, `sum by (job)`, `rate`, `on (job)`, a metric's name. */
  readonly detail: string;
  readonly span: Span;
}

/** What is known of one label. */
export interface LabelFact {
  readonly name: string;
  readonly presence: Presence;
  /**
   * Every value the label can have where it is present, without the empty string; absent when that is not known. With
   * `must` and one value, every series carries exactly that value.
   */
  readonly values?: readonly string[];
  /** An RE2 pattern that every value matches, where there is no list of values. */
  readonly pattern?: string;
  readonly reason: Reason;
}

/** A label that two parts of a query can never agree on: one needs it and the other cannot have it, or not with that value. */
export interface LabelConflict {
  readonly label: string;
  readonly left: LabelFact;
  readonly right: LabelFact;
}

/** What is known of the labels of a result. `labelFact` answers for a name, listed or not. */
export interface LabelFacts {
  readonly known: ReadonlyMap<string, LabelFact>;
  /** True when series may carry labels that `known` does not list. */
  readonly open: boolean;
  /** Why the labels that are not listed can (open) or cannot (closed) occur. */
  readonly rest: Reason;
}

/** Which float samples a result can hold. `min > max` means none at all but NaN. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
  /** True when `min` (`max`) itself is never reached. */
  readonly minOpen: boolean;
  readonly maxOpen: boolean;
  /** Whether NaN can occur. */
  readonly nan: boolean;
  /** Whether every value is a whole number (or infinite). */
  readonly integer: boolean;
  /** False when rounding in floating point may carry a value past a bound, by no more than a billionth of it. */
  readonly exact: boolean;
}

/** Whether an expression returns anything. A scalar always does. */
export type Returns = 'always' | 'sometimes' | 'never';

/** What the samples are: plain numbers or native histograms. */
export type SampleType = 'float' | 'histogram' | 'either';

/** A comparison that decides what is returned (a filter), or the 0 and 1 that are returned (`bool`). */
export interface Condition {
  readonly node: Binary;
  /** The side that is tested: the vector, when the other side is a number. */
  readonly subject: Expr;
  /** As if the subject stood on the left: `5 < x` is `>` 5. */
  readonly op: ComparisonOp;
  /** The number on the other side, when it is known. */
  readonly value?: number;
  readonly bool: boolean;
  /** How the comparison goes for the samples there are: for all of them, for none, or it depends. */
  readonly outcome: 'always' | 'never' | 'sometimes';
}

/** How two vectors are matched. */
export interface Join {
  readonly mode: 'on' | 'ignoring';
  readonly labels: readonly string[];
  /** The side that may have several series for each of the other: absent for one-to-one and for set operators. */
  readonly many?: 'left' | 'right';
  /** Whether series of the two sides can have equal match labels at all. */
  readonly matches: 'always' | 'sometimes' | 'never';
  /** The labels that stand in the way, when nothing can match. */
  readonly conflicts: readonly LabelConflict[];
  /** Whether each side has at most one series for each combination of the match labels, as far as can be proved. */
  readonly leftUnique: boolean;
  readonly rightUnique: boolean;
}

/** What is known of the result of one expression. */
export interface Facts {
  readonly expr: Expr;
  readonly type: ValueType;
  readonly labels: LabelFacts;
  readonly value: ValueRange;
  readonly samples: SampleType;
  readonly returns: Returns;
  /** Why it always or never returns anything; absent for `sometimes`. */
  readonly returnsReason?: Reason;
  /** True when there is at most one series at any instant. */
  readonly single: boolean;
  /**
   * True when data alone is not enough for a result: a comparison must hold (without `bool`), or something must be
   * absent. An alert whose expression is not conditional fires whenever its metrics exist.
   */
  readonly conditional: boolean;
  /** The comparison that every sample of the result has passed, or that made it 0 or 1. */
  readonly condition?: Condition;
  /** Where a raw counter enters, when the value still is the count since the process started (no rate, no increase). */
  readonly cumulative?: Reason;
  /** For operators between two vectors. */
  readonly join?: Join;
}

/** A part of an expression that can have no effect, or an expression that can return nothing. */
export interface DeadPart {
  readonly code:
    /** A selector that no series can satisfy. */
    | 'no-series'
    /** A comparison that holds for no sample. */
    | 'never-true'
    /** A match of two sides that never have equal labels. */
    | 'never-matches'
    /** `unless` whose right side removes nothing. */
    | 'unless-removes-nothing'
    /** `unless` whose right side removes everything. */
    | 'unless-removes-everything'
    /** `or` whose right side is never used. */
    | 'or-never-used'
    /** `absent` of something that is always there. */
    | 'never-absent'
    /** A function or operator that has nothing to work on. */
    | 'no-samples';
  /** The part that is dead. */
  readonly expr: Expr;
  readonly span: Span;
  /** One or two reasons; two when it is their combination. */
  readonly because: readonly Reason[];
  /** The label that the two reasons are about, with what each of them says. */
  readonly conflict?: LabelConflict;
}
