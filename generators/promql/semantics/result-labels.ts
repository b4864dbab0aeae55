/** The labels of a result in the form that routing, templates and legends ask for. */
import type { Facts, LabelFact } from './facts.ts';
import { NAME_LABEL } from './facts.ts';
import { labelFact } from './labels.ts';

/** The labels of a result, sorted, without the metric name (an alert has none). */
export interface ResultLabels {
  /** On every series. */
  readonly must: readonly string[];
  /** On every series or on some; includes `must`. */
  readonly can: readonly string[];
  /** True when there may be labels beyond `can`, because a metric is not declared completely. */
  readonly open: boolean;
}

/**
 * The labels that the series of a result carry. `externalLabels` are those that Prometheus adds to an alert on its way
 * to Alertmanager; a query and a template do not see them.
 */
export function resultLabels(facts: Pick<Facts, 'labels'>, externalLabels: Iterable<string> = []): ResultLabels {
  const known = [...facts.labels.known.values()].filter(({ name }) => name !== NAME_LABEL);
  const names = (wanted: (fact: LabelFact) => boolean): readonly string[] =>
    [...new Set([...known.filter(wanted).map(({ name }) => name), ...externalLabels])].sort();
  return {
    must: names(({ presence }) => presence === 'must'),
    can: names(({ presence }) => presence !== 'cannot'),
    open: facts.labels.open,
  };
}

/** Whether a label can be on a result: what `{{ $labels.name }}` in an annotation needs. */
export const canCarry = (facts: Pick<Facts, 'labels'>, name: string): boolean =>
  labelFact(facts.labels, name).presence !== 'cannot';
