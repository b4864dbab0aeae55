import { panelId, SLO_LABELS, SLO_OVERVIEW_UID, SLO_SERIES, sloDashboardUid, sloId } from '../conventions.ts';
import { formatAmount, formatDuration } from '../model/format.ts';
import type { Dashboard, DashboardRow, Panel, PanelQuery, Project, Slo, System } from '../model/model.ts';
import type { Expr, LabelMatcher } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { durationText } from '../promql/print-text.ts';
import { remember } from '../promql/remember.ts';
import { budgetTime, errorBudget } from '../slo/budget.ts';
import { baseRecords } from '../slo/expressions.ts';
import { graphHeight } from './dashboards.ts';
import { definePass } from './pass.ts';
import { SLO_PANELS } from './slo-alerts.ts';
import { toSliQueries } from './slo-queries.ts';

/**
 * One dashboard for the SLOs of all systems, and one for each SLO. What is unknown stays empty: nothing stands in for it. A zero
 * that is known is shown: alerts that do not fire, and no data yet, where the rules of the SLO are evaluated.
 */
export const sloDashboards = definePass({
  id: 'slo-dashboards',
  summary: 'SLOs become an overview over all systems and a page each',
  run: (model) => {
    const systems = model.systems.filter(({ slos }) => slos.length > 0);
    if (systems.length === 0) return model;
    return {
      ...model,
      dashboards: [
        ...model.dashboards,
        overview(systems, model.project),
        ...systems.flatMap((system) => system.slos.map((slo) => page(slo, system, model.project))),
      ],
    };
  },
});

const TAG = 'slo';

const DAY = 86_400_000;

type Sketch = Pick<Panel, 'key' | 'title' | 'description' | 'kind' | 'unit' | 'queries'> &
  Partial<Pick<Panel, 'levels' | 'direction' | 'min' | 'max' | 'width' | 'height'>> &
  Pick<Panel, 'origin'>;

const idOf = remember(panelId);

// Written out, and without spreads below: thousands of panels are made here.
const panel = (sketch: Sketch): Panel => ({
  id: idOf(sketch.key),
  key: sketch.key,
  title: sketch.title,
  description: sketch.description,
  kind: sketch.kind,
  unit: sketch.unit,
  queries: sketch.queries,
  levels: sketch.levels ?? [],
  direction: sketch.direction,
  min: sketch.min,
  max: sketch.max,
  width: sketch.width ?? 8,
  height: sketch.height ?? graphHeight(sketch.queries),
  origin: sketch.origin,
});

const row = (key: string, title: string, panels: readonly Panel[]): DashboardRow => ({
  id: idOf(`row/${key}`),
  key,
  title,
  collapsed: false,
  panels,
});

const rest = (expr: Expr): Expr => build.binary('-', build.number(1), expr);

const BUDGET_LEVELS = [
  { value: 0, severity: 'spent', color: 'red' },
  { value: 0.25, severity: 'low', color: 'orange' },
] as const;

/** A number for every SLO and group that there is: not a number where nothing is known, so that its name is shown. */
const orUnknown = (expr: Expr, known: Expr): Expr =>
  build.binary('or', expr, build.binary('*', known, build.number(Number.NaN)), { ignoring: [SLO_LABELS.window] });

const overview = (systems: readonly System[], project: Project): Dashboard => ({
  uid: SLO_OVERVIEW_UID,
  system: undefined,
  title: 'Service level objectives',
  description: `The error budgets of all systems of ${project.title}. An objective without data or without traffic is unknown: it shows no number, and none stands in for it.`,
  tags: ['tocsin', TAG],
  rows: systems.map((system) => {
    const of = (record: string): Expr => build.selector(record, [build.matcher(SLO_LABELS.service, '=', system.id)]);
    const labels = [...new Set(system.slos.flatMap(({ by }) => by))].toSorted();
    const legend = [SLO_LABELS.slo, ...labels].map((label) => `{{${label}}}`).join(' ');
    const { origin } = system;
    const periods = [...new Set(system.slos.map(({ period }) => period))];
    return row(`system/${system.id}`, system.title, [
      panel({
        unit: 'ratio',
        origin,
        key: `${system.id}/budget`,
        title: 'Budget left',
        description: 'What is left of the error budget of each objective: (attainment - objective) / (1 - objective).',
        kind: 'stat',
        queries: [{ expr: orUnknown(of(SLO_SERIES.remaining), of(SLO_SERIES.objective)), legend }],
        levels: BUDGET_LEVELS,
        direction: 'atMost',
        max: 1,
        width: 9,
        height: 7,
      }),
      panel({
        unit: 'ratio',
        origin,
        key: `${system.id}/attainment`,
        title: 'Attainment',
        description: 'The share of good events in the period of each objective.',
        kind: 'stat',
        queries: periods.map((period) => ({
          expr: orUnknown(
            rest(of(SLO_SERIES.errorRatio(durationText(period)))),
            build.binary('==', of(SLO_SERIES.periodDays), build.number(period / DAY)),
          ),
          legend: `${legend} ${durationText(period)}`,
        })),
        max: 1,
        width: 9,
        height: 7,
      }),
      panel({
        origin,
        key: `${system.id}/alerts`,
        title: 'Alerts',
        description: 'Budgets of this system that burn now.',
        kind: 'timeseries',
        unit: 'count',
        queries: [
          {
            expr: orZero(
              build.aggregate(
                'count',
                build.selector('ALERTS', firing([build.matcher(SLO_LABELS.service, '=', system.id)])),
                {
                  by: [SLO_LABELS.slo, SLO_LABELS.severity],
                },
              ),
              of(SLO_SERIES.info),
              [SLO_LABELS.slo],
            ),
            legend: `{{${SLO_LABELS.slo}}} {{${SLO_LABELS.severity}}}`,
          },
        ],
        min: 0,
        width: 6,
        height: 7,
      }),
      panel({
        unit: 'ratio',
        origin,
        key: `${system.id}/budget-history`,
        title: 'Budget left over time',
        description: 'Below 0 % more has failed than the objective allows.',
        kind: 'timeseries',
        queries: [{ expr: of(SLO_SERIES.remaining), legend }],
        levels: BUDGET_LEVELS,
        direction: 'atMost',
        max: 1,
        width: 12,
      }),
      panel({
        origin,
        key: `${system.id}/burn`,
        title: 'Burn rate now',
        description: 'How many times faster than evenly each budget burns: at 1 it lasts exactly its period.',
        kind: 'timeseries',
        unit: 'count',
        queries: [{ expr: of(SLO_SERIES.currentBurnRate), legend }],
        min: 0,
        width: 12,
      }),
    ]);
  }),
  origin: project.origin,
});

const firing = (matchers: readonly LabelMatcher[]): readonly LabelMatcher[] => [
  build.matcher('alertstate', '=', 'firing'),
  ...matchers,
];

/** What there is, and 0 for each SLO (or each `by`) that has none of it but whose rules are evaluated. */
const orZero = (expr: Expr, info: Expr, by: readonly string[] = []): Expr =>
  build.binary(
    'or',
    expr,
    build.binary('*', build.number(0), build.aggregate('max', info, by.length > 0 ? { by } : {})),
    { on: by },
  );

const page = (slo: Slo, system: System, project: Project): Dashboard => {
  const id = sloId(system.id, slo.id);
  const of = (record: string): Expr => build.selector(record, [build.matcher(SLO_LABELS.id, '=', id)]);
  const period = durationText(slo.period);
  const budget = errorBudget(slo.objective);
  const records = baseRecords(toSliQueries(slo, system));
  const groups = slo.by.map((label) => `{{${label}}}`).join(' ');
  const query = (expr: Expr, name: string): PanelQuery => ({
    expr,
    legend: groups === '' ? name : `${groups} ${name}`.trim(),
  });
  const { origin } = slo;
  const objective = formatAmount({ value: slo.objective, unit: 'percent' });
  const outage = formatDuration(Math.round(budgetTime(slo.objective, slo.period)));
  const colorOf = (severity: string): string => project.severities.find((one) => one.id === severity)?.color ?? 'red';
  const windows = [...new Set(slo.tiers.map(({ long }) => long))].toSorted((a, b) => a - b);

  const now = [
    panel({
      unit: 'ratio',
      origin,
      width: 5,
      height: 6,
      key: 'slo/attainment',
      title: `Attainment, ${period}`,
      description: `The share of good events of the last ${formatDuration(slo.period)}. A good event is ${slo.indicator.good}. The objective is ${objective}.`,
      kind: 'stat',
      queries: [query(rest(of(SLO_SERIES.errorRatio(period))), 'attainment')],
      levels: [{ value: slo.objective, severity: 'missed', color: 'red' }],
      direction: 'below',
      max: 1,
    }),
    panel({
      unit: 'ratio',
      origin,
      width: 5,
      height: 6,
      key: 'slo/budget-now',
      title: 'Budget left',
      description: `(attainment - objective) / (1 - objective). All of it is ${outage} of total outage.`,
      kind: 'stat',
      queries: [query(of(SLO_SERIES.remaining), 'left')],
      levels: BUDGET_LEVELS,
      direction: 'atMost',
      max: 1,
    }),
    panel({
      origin,
      width: 5,
      height: 6,
      key: 'slo/burn-now',
      title: 'Burn rate now',
      description: 'How many times faster than evenly the budget burns: at 1 it lasts exactly the period.',
      kind: 'stat',
      unit: 'count',
      queries: [query(of(SLO_SERIES.currentBurnRate), 'burn rate')],
      levels: [{ value: 1, severity: 'burning', color: 'orange' }],
      direction: 'above',
      min: 0,
    }),
    panel({
      unit: 'ratio',
      origin,
      key: 'slo/coverage',
      title: 'Data',
      description: 'The share of the period of which there is data. Attainment and budget are about this part only.',
      kind: 'stat',
      queries: [query(orZero(of(SLO_SERIES.coverage), of(SLO_SERIES.info)), 'data')],
      min: 0,
      max: 1,
      width: 4,
      height: 6,
    }),
    panel({
      origin,
      width: 5,
      height: 6,
      key: 'slo/alerts',
      title: 'Alerts firing',
      description: 'The alerts of this objective that fire now, by tier.',
      kind: 'stat',
      unit: 'count',
      queries: [
        {
          expr: orZero(
            build.aggregate('count', build.selector('ALERTS', firing([build.matcher(SLO_LABELS.id, '=', id)])), {
              by: ['alertname', SLO_LABELS.tier],
            }),
            of(SLO_SERIES.info),
          ),
          legend: `{{alertname}} {{${SLO_LABELS.tier}}}`,
        },
      ],
      levels: [{ value: 1, severity: 'firing', color: 'red' }],
      direction: 'atLeast',
      min: 0,
    }),
  ];
  const history = [
    panel({
      unit: 'ratio',
      origin,
      key: SLO_PANELS.budget,
      title: 'Budget left over time',
      description: 'Below 0 % more has failed in the period than the objective allows.',
      kind: 'timeseries',
      queries: [query(of(SLO_SERIES.remaining), 'left')],
      levels: BUDGET_LEVELS,
      direction: 'atMost',
      max: 1,
      width: 12,
    }),
    panel({
      origin,
      key: SLO_PANELS.burn,
      title: 'Burn rates',
      description: `How many times faster than evenly the budget burns, over the long windows of the tiers. The lines are the tiers: ${slo.tiers.map(({ id: tier, factor }) => `${tier} ${factor}`).join(', ') || 'none'}.`,
      kind: 'timeseries',
      unit: 'count',
      queries: (windows.length > 0 ? windows : [slo.period]).map((window) =>
        query(
          build.binary('/', of(SLO_SERIES.errorRatio(durationText(window))), build.number(budget)),
          durationText(window),
        ),
      ),
      levels: slo.tiers.map(({ factor, severity }) => ({ value: factor, severity, color: colorOf(severity) })),
      direction: 'above',
      min: 0,
      width: 12,
    }),
    panel({
      origin,
      key: SLO_PANELS.events,
      title: slo.indicator.events === 'events' ? 'Events' : `Events: ${slo.indicator.events}`,
      description: slo.slices
        ? `Slices of ${formatDuration(slo.slices.length)} that had events (1), and those that were bad.`
        : `All and bad ${slo.indicator.events} of the last ${formatDuration(slo.baseWindow)}.`,
      kind: 'timeseries',
      unit: 'count',
      queries: [query(of(records.total), 'all'), query(of(records.bad), 'bad')],
      min: 0,
      width: 12,
    }),
    panel({
      unit: 'ratio',
      origin,
      key: 'slo/objective',
      title: 'Attainment and objective over time',
      description:
        'A step of the objective is a change of the definition: the budget is always counted with the objective of now.',
      kind: 'timeseries',
      queries: [
        query(rest(of(SLO_SERIES.errorRatio(period))), 'attainment'),
        query(of(SLO_SERIES.objective), 'objective'),
      ],
      width: 12,
    }),
  ];
  const month = slo.calendarMonth
    ? [
        panel({
          unit: 'ratio',
          origin,
          key: 'slo/month-attainment',
          title: 'Attainment this month',
          description: `The share of good events since the first of the month, ${slo.calendarMonth.name}.`,
          kind: 'stat',
          queries: [query(rest(of(SLO_SERIES.monthErrorRatio)), 'attainment')],
          levels: [{ value: slo.objective, severity: 'missed', color: 'red' }],
          direction: 'below',
          max: 1,
          width: 6,
        }),
        panel({
          unit: 'ratio',
          origin,
          key: 'slo/month-budget',
          title: 'Budget left this month',
          description: `Counted over the events of this month so far, ${slo.calendarMonth.name}.`,
          kind: 'timeseries',
          queries: [query(of(SLO_SERIES.monthRemaining), 'left')],
          levels: BUDGET_LEVELS,
          direction: 'atMost',
          max: 1,
          width: 18,
        }),
      ]
    : [];
  return {
    uid: sloDashboardUid(system.id, slo.id),
    system: system.id,
    title: `SLO: ${slo.title}`,
    description: `${slo.description === '' ? '' : `${slo.description}\n\n`}${objective} of ${slo.indicator.events} good over ${formatDuration(slo.period)}. Defined in ${slo.origin.file}.`,
    tags: ['tocsin', TAG, system.id, system.team],
    rows: [row('now', 'Now', now), row('history', 'History', history), row('month', 'This month', month)],
    origin: slo.origin,
  };
};
