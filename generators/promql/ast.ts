/**
 * The PromQL syntax tree. Plain data: no methods, no back links, safe to share and to serialise.
 *
 * Offsets (`Span`) count UTF-16 code units of the parsed text, like every string index in JavaScript. A node that was
 * built rather than parsed carries `NO_SPAN`.
 */

/** Half-open range `[from, to)` in the parsed text. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The span of a node that no text stands behind. */
export const NO_SPAN: Span = { from: -1, to: -1 };

/** The type of a value in PromQL (https://prometheus.io/docs/prometheus/latest/querying/basics/#expression-language-data-types). */
export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix';

/** The operator of a label matcher. */
export type MatchOp = '=' | '!=' | '=~' | '!~';

/** One label matcher inside braces. A quoted metric name in braces is a matcher on `__name__` with `quotedName`. */
export interface LabelMatcher {
  readonly kind: 'matcher';
  /** The label name, unquoted. */
  readonly name: string;
  readonly op: MatchOp;
  /** The value after unescaping. */
  readonly value: string;
  /** True for `{"metric.name"}`: the metric name written as a bare string inside the braces. */
  readonly quotedName?: boolean;
  /** The text of the value as it was written, quotes included; kept for faithful printing. */
  readonly raw?: string;
  readonly span: Span;
}

/** A label name in a grouping or matching list. */
export interface LabelName {
  readonly kind: 'label';
  readonly name: string;
  readonly span: Span;
}

/** `5m`, or `300`, or a bare number of seconds where a duration is wanted. */
export interface DurationLiteral {
  readonly kind: 'duration';
  /** Length in milliseconds; negative for a negative offset. For a `variable`, the length to assume in checks. */
  readonly ms: number;
  /** A variable of Grafana that stands for the duration (`__rate_interval`); printed as `$name`, never parsed. */
  readonly variable?: string;
  /** The text as it was written; kept for faithful printing. */
  readonly raw?: string;
  readonly span: Span;
}

/**
 * Arithmetic on durations (`5m * 2`, `-(1h)`, `step()`, `min_of(5m, range())`): Prometheus 3.4 and later, behind a feature
 * flag until 3.14. `min` and `max` are written `min_of` and `max_of`.
 */
export interface DurationExpression {
  readonly kind: 'duration-expr';
  readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'step' | 'range' | 'min' | 'max' | 'paren';
  /** The operands: two for arithmetic, min and max; one for a unary sign and for `paren`; none for step and range. */
  readonly operands: readonly Duration[];
  readonly span: Span;
}

/** What stands in a range, a step or an offset. */
export type Duration = DurationLiteral | DurationExpression;

/** `@ 1603774568`, `@ start()`, `@ end()`. */
export type AtModifier =
  | {
      readonly kind: 'at';
      readonly at: 'timestamp';
      /** Milliseconds since the epoch. */ readonly ms: number;
      readonly raw?: string;
      readonly span: Span;
    }
  | { readonly kind: 'at'; readonly at: 'start' | 'end'; readonly span: Span };

/** `42`, `0x1F`, `1e3`, `Inf`, `5m` used as a number of seconds. */
export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  /** True when it was written as a duration (`5m` for 300). */
  readonly duration?: boolean;
  /** The text as it was written; kept for faithful printing. */
  readonly raw?: string;
  readonly span: Span;
}

/** A string literal; `value` is unescaped. */
export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  /** The text as it was written, quotes included; kept for faithful printing. */
  readonly raw?: string;
  readonly span: Span;
}

/** `metric{label="value"} offset 5m @ end()`. */
export interface VectorSelector {
  readonly kind: 'vector';
  /** The metric name before the braces, when there is one. */
  readonly name?: string;
  readonly matchers: readonly LabelMatcher[];
  readonly offset?: Duration;
  readonly at?: AtModifier;
  /** `anchored` or `smoothed` (extended range selectors, Prometheus 3.7 and later, a feature flag). */
  readonly extended?: 'anchored' | 'smoothed';
  readonly span: Span;
}

/** `metric[5m]`. Offset and @ belong to the inner selector, as in Prometheus. */
export interface MatrixSelector {
  readonly kind: 'matrix';
  readonly selector: VectorSelector;
  readonly range: Duration;
  readonly span: Span;
}

/** `expr[1h:5m]`. */
export interface Subquery {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly range: Duration;
  readonly step?: Duration;
  readonly offset?: Duration;
  readonly at?: AtModifier;
  readonly span: Span;
}

/** `(expr)`. */
export interface Paren {
  readonly kind: 'paren';
  readonly expr: Expr;
  readonly span: Span;
}

/** `-expr`, `+expr`. */
export interface Unary {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
  readonly span: Span;
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOp = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOp = 'and' | 'or' | 'unless';
/** `</` and `>/` trim native histograms (Prometheus 3.11 and later). */
export type TrimOp = '</' | '>/';
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp | TrimOp;

/** How the two sides of a binary operator are paired. Absent when nothing was written. */
export interface VectorMatching {
  readonly on?: { readonly mode: 'on' | 'ignoring'; readonly labels: readonly LabelName[]; readonly span: Span };
  readonly group?: { readonly side: 'left' | 'right'; readonly include: readonly LabelName[]; readonly span: Span };
  /** Values for series without a partner (Prometheus 3.10 and later, experimental). `fill(x)` sets both. */
  readonly fill?: { readonly left?: number; readonly right?: number; readonly span: Span };
}

/** `left op right`. */
export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  /** True when `bool` was written. */
  readonly bool?: boolean;
  readonly matching?: VectorMatching;
  /** Where the operator stands. */
  readonly opSpan: Span;
  readonly span: Span;
}

/** The `by` or `without` clause. */
export interface Grouping {
  readonly mode: 'by' | 'without';
  readonly labels: readonly LabelName[];
  readonly span: Span;
}

export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'quantile'
  | 'count_values'
  | 'limitk'
  | 'limit_ratio';

/** `sum by (job) (expr)`. */
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly op: AggregateOp;
  readonly param?: Expr;
  readonly expr: Expr;
  readonly grouping?: Grouping;
  readonly span: Span;
}

/** `rate(expr)`. */
export interface Call {
  readonly kind: 'call';
  readonly func: string;
  readonly args: readonly Expr[];
  /** Where the function's name stands. */
  readonly funcSpan: Span;
  readonly span: Span;
}

/** Every PromQL expression. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Paren
  | Unary
  | Binary
  | Aggregate
  | Call;
