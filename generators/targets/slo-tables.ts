/** The numbers of an SLO in words: the same on its runbook pages and in `explain`. */
import { sloGroupName } from '../conventions.ts';
import { formatAmount, formatDuration, formatNumber } from '../model/format.ts';
import type { Milliseconds, Model, Slo, System } from '../model/model.ts';
import { groupNamed } from '../model/rule-groups.ts';
import { errorRatioThreshold } from '../slo/budget.ts';
import { countedShare } from '../slo/counted-time.ts';
import { sloFacts } from '../slo/facts.ts';
import type { AlertRule } from './alerts.ts';

/** A table in plain text. */
export interface SloTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Sentences and tables about an SLO. */
export interface SloNumbers {
  readonly facts: readonly string[];
  readonly tables: readonly SloTable[];
}

const percentOf = (ratio: number): string => formatAmount({ value: Number(ratio.toPrecision(4)), unit: 'percent' });

/** The objective as it was written: `99.9 %`. */
export const objectiveText = ({ objective }: Pick<Slo, 'objective'>): string =>
  formatAmount({ value: objective, unit: 'percent' });

/** A duration with two units at most, as people say it. */
const roughly = (ms: Milliseconds): string => {
  const unit = ms >= 86_400_000 ? 3_600_000 : ms >= 3_600_000 ? 60_000 : 1000;
  return formatDuration(Math.max(Math.round(ms / unit), 1) * unit);
};

const count = (value: number): string => formatNumber(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** Everything that follows from the objective, the period, the windows and the declared traffic. */
export const sloNumbers = (slo: Slo, system: System, model: Model): SloNumbers => {
  const { objective, period, tiers, traffic, alerting, by, slices, indicator } = slo;
  const share = countedShare(slo.only, slo.except);
  const minimumFailures = alerting?.minimumFailures ?? 1;
  const numbers = sloFacts({ objective, period, tiers, traffic, minimumFailures, share });
  const events = slices ? `slices of ${formatDuration(slices.length)}` : indicator.events;
  const each = by.length > 0 ? ` for each ${by.join(', ')}` : '';
  const group = groupNamed(model, sloGroupName(system.id, slo.id));
  const recordings = group?.rules.filter(({ kind }) => kind === 'recording').length ?? 0;
  return {
    facts: [
      `Objective: ${objectiveText(slo)} of ${events} good over ${formatDuration(period)}${each}. Good is ${indicator.good}.`,
      `Error budget: ${percentOf(1 - objective)} of ${events}, as much as ${roughly(numbers.budgetTime)} of total outage${share < 1 ? ` of the time that counts (${percentOf(share)} of a week)` : ''}.`,
      ...(numbers.budgetEvents === undefined || numbers.expectedEvents === undefined || slices
        ? []
        : [
            `At ${formatAmount({ value: traffic ?? 0, unit: 'per_second' })}: ${count(numbers.budgetEvents)} of ${count(numbers.expectedEvents)} ${events} may be bad.`,
          ]),
      ...(minimumFailures > 1
        ? [`Fewer than ${minimumFailures} failures in the long window of a tier tell nobody.`]
        : []),
      `Cost: ${recordings} recorded series${each}, and ${group ? group.rules.length - recordings : 0} alerts.`,
    ],
    tables: [
      {
        title: 'Burn tiers',
        head: [
          'Tier',
          'Severity',
          'Windows',
          'Burn rate',
          'Bad share',
          'Budget spent by then',
          'Budget gone after',
          'Failures',
        ],
        rows: numbers.tiers.map(({ tier, threshold, exhaustedAfter, failures }) => [
          tier.id,
          tiers.find(({ id }) => id === tier.id)?.severity ?? '',
          `${formatDuration(tier.long)} and ${formatDuration(tier.short)}`,
          `over ${formatNumber(tier.factor)}`,
          `over ${percentOf(threshold)}`,
          percentOf(tier.budget),
          roughly(exhaustedAfter),
          failures === undefined ? 'traffic is not declared' : count(failures),
        ]),
      },
      {
        title: 'How soon it is noticed, and how long it stays',
        head: ['Bad share', 'Burn rate', 'First tier', 'Noticed after', 'Over after', 'Budget gone after'],
        rows: numbers.ratios.map(({ errorRatio, burnRate, exhaustedAfter, tiers: firing }) => {
          const first = firing.toSorted((a, b) => a.detection - b.detection)[0];
          return [
            percentOf(errorRatio),
            formatNumber(Number(burnRate.toPrecision(4))),
            first?.tier.id ?? 'none',
            first ? roughly(first.detection) : 'never',
            first ? roughly(first.reset) : '–',
            roughly(exhaustedAfter),
          ];
        }),
      },
    ],
  };
};

/** When an alert of an SLO fires, after "when"; nothing for an alert of something else. */
export const sloCondition = ({ rule: { source, labels }, slo }: AlertRule): string | undefined => {
  if (!slo || source.kind !== 'slo') return undefined;
  if (source.part === 'exhausted') return `the error budget of ${formatDuration(slo.period)} is spent`;
  if (source.part === 'missing') {
    return Object.values(labels).includes('scrape-down')
      ? 'nothing is measured because no target answers its scrape'
      : 'nothing is measured though the targets answer';
  }
  const tier = slo.tiers.find(({ id }) => id === source.part);
  if (!tier) return undefined;
  const bad = percentOf(errorRatioThreshold(tier.factor, slo.objective));
  const failures = slo.alerting?.minimumFailures ?? 1;
  const enough = failures > 1 ? `, and they are at least ${failures}` : '';
  return `more than ${bad} are bad over ${formatDuration(tier.long)} and over ${formatDuration(tier.short)}${enough} (${tier.id}, burn rate ${formatNumber(tier.factor)})`;
};
