/** Sentences for people: why a label is or is not on a result. */
import type { DeadPart, LabelFact, Reason } from './facts.ts';

/** Why something is known, as the end of a sentence: "..., because <text>". */
export function explainReason({ code, detail }: Reason): string {
  switch (code) {
    case 'matcher':
      return `of the matcher ${detail}`;
    case 'declared':
      return `${detail} is declared so`;
    case 'target-label':
      return `the scrape adds labels to ${detail}`;
    case 'not-declared':
      return `${detail} is declared without it`;
    case 'undeclared-metric':
      return detail === '' ? 'the metric is not known' : `${detail} is not declared`;
    case 'metric-name':
      return `${detail} is selected`;
    case 'not-in-by':
      return `${detail} keeps only what it lists`;
    case 'aggregated':
      return `${detail} without by or without removes every label`;
    case 'without':
      return `${detail} removes it`;
    case 'not-in-on':
      return `a one-to-one match keeps only the labels of ${detail}`;
    case 'ignoring':
      return `${detail} removes it from a one-to-one match`;
    case 'included':
      return `${detail} copies it from the other side`;
    case 'matched':
      return `${detail} makes it equal on both sides`;
    case 'function-drops-name':
      return `${detail}() drops the metric name`;
    case 'operator-drops-name':
      return `the operator ${detail} drops the metric name`;
    case 'bool-drops-name':
      return `${detail} drops the metric name`;
    case 'aggregation-drops-name':
      return `${detail} drops the metric name`;
    case 'label-function':
      return `${detail}() writes it`;
    case 'value-label':
      return `${detail} writes it`;
    case 'bucket-label':
      return `${detail}() takes the buckets together`;
    case 'absent':
      return `${detail} decides the labels of an absent() result`;
    case 'no-labels':
      return `${detail} has no labels`;
    case 'info':
      return `${detail}() adds labels of info metrics`;
    case 'either-side':
      return `only one side of ${detail} has it`;
    case 'forgotten':
      return 'there are too many labels to follow';
    case 'never-true':
      return `no value satisfies ${detail}`;
    case 'never-matches':
      return `the two sides never have equal labels for ${detail}`;
    case 'empty-operand':
      return `${detail} is applied to something that never returns anything`;
    case 'always-returns':
      return 'it is applied to something that always returns';
    case 'wrong-sample-type':
      return `${detail} does not work on these samples`;
    case 'parameter':
      return `the parameters of ${detail} leave nothing`;
  }
}

const PRESENCE: Readonly<Record<LabelFact['presence'], string>> = {
  must: 'is always there',
  can: 'may be there',
  cannot: 'cannot be there',
};

/** One sentence about a label: `"instance" cannot be there, because sum by (job) keeps only what it lists`. */
export const explainLabel = ({ name, presence, values, reason }: LabelFact): string => {
  const [only, ...others] = values ?? [];
  const fixed = presence === 'must' && only !== undefined && others.length === 0 ? ` as ${JSON.stringify(only)}` : '';
  return `${JSON.stringify(name)} ${PRESENCE[presence]}${fixed}, because ${explainReason(reason)}`;
};

const list = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(', ');

/** What a fact demands or allows of its label: `it is one of "200", "500" (requests_total is declared so)`. */
function explainDemand({ presence, values, reason }: LabelFact): string {
  const because = `(${explainReason(reason)})`;
  if (presence === 'cannot') return `cannot be there ${because}`;
  const which = values === undefined ? '' : values.length === 1 ? ` as ${list(values)}` : ` as one of ${list(values)}`;
  return `${presence === 'must' ? 'has to be there' : 'can only be there'}${which} ${because}`;
}

const DEAD: Readonly<Record<DeadPart['code'], string>> = {
  'no-series': 'no series can be selected',
  'never-true': 'the comparison never holds',
  'never-matches': 'the two sides never match',
  'unless-removes-nothing': 'unless removes nothing',
  'unless-removes-everything': 'unless removes everything',
  'or-never-used': 'the right side of or is never used',
  'never-absent': 'absent() never returns anything',
  'no-samples': 'nothing is returned',
};

/** One sentence about a part that has no effect. */
export function explainDead({ code, because, conflict }: DeadPart): string {
  if (conflict !== undefined) {
    const [left, right] = [explainDemand(conflict.left), explainDemand(conflict.right)];
    return `${DEAD[code]}: the label ${JSON.stringify(conflict.label)} ${left} and ${right}`;
  }
  const reasons = [...new Set(because.map(explainReason))];
  return reasons.length === 0 ? DEAD[code] : `${DEAD[code]}, because ${reasons.join(' and ')}`;
}
