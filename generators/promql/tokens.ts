/**
 * The tokens of PromQL. Plain numbers, so that the lexer and the parser compare integers; the order carries meaning:
 * operators, aggregations, keywords and preprocessors are contiguous, so a class is one range check.
 */

export const T_END = 0;
export const T_EOF = 1;
export const T_ERROR = 2;
export const T_IDENTIFIER = 3;
/** A name with a colon in it: a recording rule's. */
export const T_METRIC_IDENTIFIER = 4;
export const T_NUMBER = 5;
export const T_DURATION = 6;
export const T_STRING = 7;
export const T_LEFT_PAREN = 8;
export const T_RIGHT_PAREN = 9;
export const T_LEFT_BRACE = 10;
export const T_RIGHT_BRACE = 11;
export const T_LEFT_BRACKET = 12;
export const T_RIGHT_BRACKET = 13;
export const T_COMMA = 14;
export const T_EQL = 15;
export const T_COLON = 16;

export const T_ADD = 20;
export const T_SUB = 21;
export const T_MUL = 22;
export const T_DIV = 23;
export const T_MOD = 24;
export const T_POW = 25;
export const T_ATAN2 = 26;
export const T_EQLC = 27;
export const T_NEQ = 28;
export const T_LTE = 29;
export const T_LSS = 30;
export const T_GTE = 31;
export const T_GTR = 32;
export const T_TRIM_UPPER = 33;
export const T_TRIM_LOWER = 34;
export const T_AND = 35;
export const T_OR = 36;
export const T_UNLESS = 37;
export const T_EQL_REGEX = 38;
export const T_NEQ_REGEX = 39;
export const T_AT = 40;

export const T_AVG = 50;
export const T_BOTTOMK = 51;
export const T_COUNT = 52;
export const T_COUNT_VALUES = 53;
export const T_GROUP = 54;
export const T_MAX = 55;
export const T_MIN = 56;
export const T_QUANTILE = 57;
export const T_STDDEV = 58;
export const T_STDVAR = 59;
export const T_SUM = 60;
export const T_TOPK = 61;
export const T_LIMITK = 62;
export const T_LIMIT_RATIO = 63;

export const T_BOOL = 70;
export const T_BY = 71;
export const T_GROUP_LEFT = 72;
export const T_GROUP_RIGHT = 73;
export const T_FILL = 74;
export const T_FILL_LEFT = 75;
export const T_FILL_RIGHT = 76;
export const T_IGNORING = 77;
export const T_OFFSET = 78;
export const T_SMOOTHED = 79;
export const T_ANCHORED = 80;
export const T_ON = 81;
export const T_WITHOUT = 82;

export const T_START = 90;
export const T_END_FUNC = 91;
export const T_STEP = 92;
export const T_RANGE = 93;
export const T_MAX_OF = 94;
export const T_MIN_OF = 95;

/** How many kinds of token there are, for tables indexed by kind. */
export const TOKEN_KINDS = 96;

/** True for arithmetic, comparison, set and matching operators, and `@`. */
export function isOperator(kind: number): boolean {
  return kind >= T_ADD && kind <= T_AT;
}

/** True for the names of aggregations. */
export function isAggregator(kind: number): boolean {
  return kind >= T_AVG && kind <= T_LIMIT_RATIO;
}

/** True for `by`, `on`, `offset` and their like, which messages print in angle brackets. */
export function isKeyword(kind: number): boolean {
  return kind >= T_BOOL && kind <= T_WITHOUT;
}

/** Every reserved word, in lower case: PromQL compares them without regard to case. */
export const KEYWORDS: Readonly<Record<string, number>> = {
  and: T_AND,
  or: T_OR,
  unless: T_UNLESS,
  atan2: T_ATAN2,
  sum: T_SUM,
  avg: T_AVG,
  count: T_COUNT,
  min: T_MIN,
  max: T_MAX,
  group: T_GROUP,
  stddev: T_STDDEV,
  stdvar: T_STDVAR,
  topk: T_TOPK,
  bottomk: T_BOTTOMK,
  count_values: T_COUNT_VALUES,
  quantile: T_QUANTILE,
  limitk: T_LIMITK,
  limit_ratio: T_LIMIT_RATIO,
  offset: T_OFFSET,
  smoothed: T_SMOOTHED,
  anchored: T_ANCHORED,
  by: T_BY,
  without: T_WITHOUT,
  on: T_ON,
  ignoring: T_IGNORING,
  group_left: T_GROUP_LEFT,
  group_right: T_GROUP_RIGHT,
  fill: T_FILL,
  fill_left: T_FILL_LEFT,
  fill_right: T_FILL_RIGHT,
  bool: T_BOOL,
  start: T_START,
  end: T_END_FUNC,
  step: T_STEP,
  range: T_RANGE,
  max_of: T_MAX_OF,
  min_of: T_MIN_OF,
  inf: T_NUMBER,
  nan: T_NUMBER,
};
