import { ANNOTATIONS, LABELS, panelId, SLO_LABELS, sloDashboardUid, sloGroupName } from '../conventions.ts';
import type { Report } from '../diagnostics/report.ts';
import {
  alertTextTemplate,
  formatAmount,
  formatDuration,
  formatLevel,
  formatNumber,
  valueTemplate,
} from '../model/format.ts';
import type { AlertingRule, BurnTier, Model, Slo, SloAlerting, System } from '../model/model.ts';
import { groupsOfSystem } from '../model/rule-groups.ts';
import type { Expr } from '../promql/ast.ts';
import { budgetTime, errorBudget, errorRatioThreshold, timeToExhaustion } from '../slo/budget.ts';
import { burnCondition, exhaustedCondition, missingCondition } from '../slo/expressions.ts';
import { definePass } from './pass.ts';
import { runbookLink } from './runbook-link.ts';
import { ticketSeverity } from './slo-objectives.ts';
import { toSliQueries } from './slo-queries.ts';

/** The tiers of every SLO become alerts in its group, besides those for a missing indicator and a spent budget. */
export const sloAlerts = definePass({
  id: 'slo-alerts',
  summary: 'burn tiers, missing indicators and spent budgets become alerting rules',
  run: (model, report) => {
    const added = new Map(
      model.systems.flatMap((system) =>
        system.slos.map((slo) => [sloGroupName(system.id, slo.id), alertsOf(slo, system, model)] as const),
      ),
    );
    const ruleGroups = model.ruleGroups.map((group) => {
      const alerts = added.get(group.name);
      return alerts ? { ...group, rules: [...group.rules, ...alerts] } : group;
    });
    reportTwins(model, added, report);
    return { ...model, ruleGroups };
  },
});

/** The names of an SLO's alerts. */
export const sloAlertNames = ({ name }: Pick<SloAlerting, 'name'>) =>
  ({ burn: `${name}BudgetBurn`, missing: `${name}SliMissing`, exhausted: `${name}BudgetExhausted` }) as const;

/** The key of the panel of an SLO's page that an alert points at. */
export const SLO_PANELS = { burn: 'slo/burn', events: 'slo/events', budget: 'slo/budget' } as const;

const EXHAUSTED_FOR = 5 * 60_000;

const alertsOf = (slo: Slo, system: System, { project }: Model): readonly AlertingRule[] => {
  const { alerting } = slo;
  if (!alerting) return [];
  const sli = toSliQueries(slo, system);
  const budget = errorBudget(slo.objective);
  const names = sloAlertNames(alerting);
  const ticket = ticketSeverity(slo, alerting, system, project);
  const groups = slo.by.map((label) => `${label} {labels.${label}}`).join(', ');
  const title = groups === '' ? slo.title : `${slo.title} (${groups})`;
  const isGrouped = slo.by.length > 0;

  const toRule = (rule: {
    readonly part: 'missing' | 'exhausted' | BurnTier['id'];
    readonly alert: string;
    readonly expr: Expr;
    readonly severity: string;
    readonly kind: 'page' | 'ticket';
    readonly for: number;
    readonly keepFiringFor: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly summary: string;
    readonly description: string;
    readonly panel: string;
    readonly by: readonly string[];
    /** What the value is held against; nothing for an alert whose value says nothing. */
    readonly level?: string;
  }): AlertingRule => {
    const values = { unit: 'ratio', threshold: { value: budget, unit: 'ratio' }, for: rule.for } as const;
    return {
      kind: 'alerting',
      alert: rule.alert,
      expr: rule.expr,
      for: rule.for,
      keepFiringFor: rule.keepFiringFor,
      severity: rule.severity,
      team: system.team,
      system: system.id,
      component: slo.component,
      source: { kind: 'slo', id: slo.id, part: rule.part },
      labels: {
        ...rule.labels,
        ...(slo.component === undefined ? {} : { [LABELS.component]: slo.component }),
        [LABELS.severity]: rule.severity,
        [SLO_LABELS.id]: sli.id,
        [SLO_LABELS.service]: system.id,
        [SLO_LABELS.severity]: rule.kind,
        [SLO_LABELS.slo]: slo.id,
        [LABELS.system]: system.id,
        [LABELS.team]: system.team,
      },
      annotations: {
        [ANNOTATIONS.summary]: alertTextTemplate(rule.summary, values),
        [ANNOTATIONS.description]: alertTextTemplate(rule.description, values),
        [ANNOTATIONS.runbook]: runbookLink(project.links.runbooks, system.id, rule.alert),
        [ANNOTATIONS.dashboard]: `${project.links.grafana}/d/${sloDashboardUid(system.id, slo.id)}?viewPanel=${panelId(rule.panel)}`,
        ...(rule.level === undefined
          ? {}
          : { [ANNOTATIONS.value]: valueTemplate('ratio'), [ANNOTATIONS.threshold]: rule.level }),
        [ANNOTATIONS.definition]: `${slo.origin.file}#${slo.origin.subject ?? slo.id}`,
      },
      resultLabels: rule.by,
      origin: slo.origin,
    };
  };

  const what = slo.description === '' ? '' : `${slo.description} `;
  const burning = slo.tiers.map((tier) =>
    toRule({
      part: tier.id,
      alert: names.burn,
      expr: burnCondition(sli, tier, budget, alerting.minimumFailures),
      severity: tier.severity,
      kind: tier.kind,
      for: alerting.for,
      keepFiringFor: alerting.keepFiringFor,
      labels: { [SLO_LABELS.tier]: tier.id },
      summary: `${title}: {value} bad in ${formatDuration(tier.long)}, over ${times(tier.factor)}what the objective of ${percentText(slo.objective)} allows`,
      description: `${what}The error budget burns ${tier.factor === 1 ? 'faster than' : `more than ${times(tier.factor)}as fast as`} it is granted, over ${formatDuration(tier.long)} and still over ${formatDuration(tier.short)}. A full budget of ${formatDuration(slo.period)} (${formatDuration(Math.round(budgetTime(slo.objective, slo.period)))} of total outage) lasts less than ${roughly(timeToExhaustion(tier.factor, slo.period))} at that rate and with even traffic.`,
      panel: SLO_PANELS.burn,
      by: slo.by,
      level: formatLevel('above', {
        value: Number(errorRatioThreshold(tier.factor, slo.objective).toPrecision(4)),
        unit: 'percent',
      }),
    }),
  );

  const exhausted = alerting.exhausted
    ? [
        toRule({
          part: 'exhausted',
          alert: names.exhausted,
          expr: exhaustedCondition(sli),
          severity: ticket,
          kind: 'ticket',
          for: EXHAUSTED_FOR,
          keepFiringFor: 0,
          labels: {},
          summary: `${title}: the error budget of ${formatDuration(slo.period)} is spent`,
          description: `${what}More of the events of the last ${formatDuration(slo.period)} were bad than the objective of ${percentText(slo.objective)} allows, whatever happens in the rest of the period. What is spent: {value} of the budget.`,
          panel: SLO_PANELS.budget,
          by: slo.by,
          level: formatLevel('atLeast', { value: 1, unit: 'percent' }),
        }),
      ]
    : [];

  const { missingFor } = alerting;
  const missing =
    missingFor === undefined
      ? []
      : (['up', 'down'] as const).flatMap((scrape) =>
          slo.indicator.jobs.length === 0 && scrape === 'down'
            ? []
            : [
                toRule({
                  part: 'missing',
                  alert: names.missing,
                  expr: missingCondition(sli, slo.indicator.jobs, scrape),
                  severity: ticket,
                  kind: 'ticket',
                  for: missingFor,
                  keepFiringFor: 0,
                  labels: { [SLO_LABELS.state]: scrape === 'up' ? 'series-missing' : 'scrape-down' },
                  summary: `${slo.title}: nothing is measured, ${scrape === 'up' ? 'though the targets answer' : 'because no target answers its scrape'}`,
                  description:
                    scrape === 'up'
                      ? `No series of the indicator is there${isGrouped ? ' for any group' : ''}, so the objective is unknown. That is not for want of traffic: idle counters stay. Look for a renamed metric or label.`
                      : 'No target of the indicator answers its scrape, so the objective is unknown. The alert for targets that are down comes first.',
                  panel: SLO_PANELS.events,
                  by: [],
                }),
              ],
        );
  return [...burning, ...exhausted, ...missing];
};

const times = (factor: number): string => (factor === 1 ? '' : `${formatNumber(factor)} times `);

const percentText = (value: number): string => formatAmount({ value, unit: 'percent' });

/** A duration as people say it: two units at most, rounded up, so that "less than" stays true. */
const roughly = (ms: number): string => {
  const unit = ms >= 86_400_000 ? 3_600_000 : 60_000;
  return formatDuration(Math.max(Math.ceil(Math.round(ms) / unit), 1) * unit);
};

/** An alert of an SLO must not have the name of anything else in its system: they would share their page and their route. */
const reportTwins = (model: Model, added: ReadonlyMap<string, readonly AlertingRule[]>, report: Report): void => {
  for (const { id } of model.systems) {
    const owners = new Map<string, AlertingRule>();
    const alerts = groupsOfSystem(model, id).flatMap(({ name, rules }) => [
      ...rules.filter((rule) => rule.kind === 'alerting'),
      ...(added.get(name) ?? []),
    ]);
    for (const rule of alerts) {
      const owner = owners.get(rule.alert);
      const kinds = [owner?.source.kind, rule.source.kind];
      if (!owner) owners.set(rule.alert, rule);
      else if (kinds.includes('slo') && (kinds[0] !== kinds[1] || owner.source.id !== rule.source.id)) {
        report.add('alert/duplicate', { alert: rule.alert, severity: rule.severity }, rule.origin, {
          related: [{ note: 'the other alert', at: owner.origin }],
        });
      }
    }
  }
};
