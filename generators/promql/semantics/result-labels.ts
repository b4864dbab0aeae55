/** The labels of a result in the form that routing, templates and legends ask for. */
import type { Facts } from './facts.ts';
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

/** The labels that the series of a result carry. */
export function resultLabels(facts: Pick<Facts, 'labels'>): ResultLabels {
  const present = [...facts.labels.known.values()]
    .filter(({ name, presence }) => name !== NAME_LABEL && presence !== 'cannot')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    must: present.filter(({ presence }) => presence === 'must').map(({ name }) => name),
    can: present.map(({ name }) => name),
    open: facts.labels.open,
  };
}

/** Whether a label can be on a result: what `{{ $labels.name }}` in an annotation needs. */
export const canCarry = (facts: Pick<Facts, 'labels'>, name: string): boolean =>
  labelFact(facts.labels, name).presence !== 'cannot';
