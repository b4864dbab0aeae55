import { remember } from './remember.ts';

/*
 * Where a name can stand without quotes. The lists follow the grammar of Prometheus 3 (metric_identifier, maybe_label
 * in promql/parser/generated_parser.y); keywords are recognised in any case.
 */

/** What the grammar takes for a metric name: any identifier but these words. */
const METRIC_NAME = /^(?!(?:atan2|bool|group_left|group_right|ignoring|inf|nan|on)$)[a-z_:][a-z0-9_:]*$/i;

/** Words that the grammar does not take for a label name in `by`, `without`, `on`, `ignoring` and the group clauses. */
const NOT_A_LABEL: ReadonlySet<string> = new Set(['inf', 'nan', 'without']);

/** True when a metric name can stand before the braces. */
export const isBareMetricName = remember((name: string): boolean => METRIC_NAME.test(name));

/** True when a label name can stand unquoted before a match operator. */
export const isBareMatcherName = remember((name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));

/** True when a label name can stand unquoted in a grouping or matching list. */
export function isBareGroupingName(name: string): boolean {
  return isBareMatcherName(name) && !NOT_A_LABEL.has(name.toLowerCase());
}
