/*
 * Where a name can stand without quotes. The lists follow the grammar of Prometheus 3 (metric_identifier, maybe_label
 * in promql/parser/generated_parser.y); keywords are recognised in any case.
 */

/** Words that the grammar does not take for a metric name. */
const NOT_A_METRIC: ReadonlySet<string> = new Set([
  'atan2',
  'bool',
  'group_left',
  'group_right',
  'ignoring',
  'inf',
  'nan',
  'on',
]);

/** Words that the grammar does not take for a label name in `by`, `without`, `on`, `ignoring` and the group clauses. */
const NOT_A_LABEL: ReadonlySet<string> = new Set(['inf', 'nan', 'without']);

/** True when a metric name can stand before the braces. */
export function isBareMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) && !NOT_A_METRIC.has(name.toLowerCase());
}

/** True when a label name can stand unquoted before a match operator. */
export function isBareMatcherName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

/** True when a label name can stand unquoted in a grouping or matching list. */
export function isBareGroupingName(name: string): boolean {
  return isBareMatcherName(name) && !NOT_A_LABEL.has(name.toLowerCase());
}
