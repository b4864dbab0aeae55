import { suggest } from '../diagnostics/suggest.ts';
import type { Origin } from '../diagnostics/diagnostic.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Metric, PanelSpec, System, Threshold } from '../model/model.ts';
import { LABELS } from '../conventions.ts';
import { formatLevel } from '../model/format.ts';
import { fromBase } from '../model/quantities.ts';
import type { Expr, LabelMatcher, ValueType, VectorSelector } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import type { LabelValues } from '../promql/metrics.ts';
import { print } from '../promql/print.ts';
import { matchesText, patternsIntersect } from '../promql/re2.ts';
import type { DeadPart, Facts, Semantics } from '../promql/semantics/index.ts';
import { explainDead, labelFact, resultLabels, semantics, unitOf } from '../promql/semantics/index.ts';
import type { UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import type { SelectorUse } from '../promql/walk.ts';
import { selectors, walk } from '../promql/walk.ts';
import { definePass } from './pass.ts';
import { OPERATORS } from './threshold-alerts.ts';

/** Holds every query against the declared metrics, and notes which labels its result carries. */
export const analyseQueries = definePass({
  id: 'analyse-queries',
  summary: 'metrics, labels and units of every query are checked; the labels of each result are noted',
  run: (model, report) => ({
    ...model,
    systems: model.systems.map((system) => {
      const metrics = new Map(system.metrics.map((metric) => [metric.name, metric]));
      const readPanels = (panels: readonly PanelSpec[]): readonly PanelSpec[] =>
        panels.map((panel) => analysePanel(panel, system, metrics, report));
      // A threshold whose query does not stand has had its finding; what follows from it would only repeat it.
      return {
        ...system,
        components: system.components.map((component) => ({ ...component, panels: readPanels(component.panels) })),
        dashboards: system.dashboards.map((dashboard) => ({
          ...dashboard,
          rows: dashboard.rows.map((row) => ({ ...row, panels: readPanels(row.panels) })),
        })),
        thresholds: system.thresholds.flatMap((threshold) => analyse(threshold, system, metrics, report) ?? []),
      };
    }),
  }),
});

type MetricsByName = ReadonlyMap<string, Metric>;

const analyse = (
  threshold: Threshold,
  system: System,
  metrics: MetricsByName,
  report: Report,
): Threshold | undefined => {
  const { query, unit, queryOrigin } = threshold;
  const facts = checkQuery(query, unit, ['vector'], queryOrigin, system, metrics, report);
  if (!facts) return undefined;
  for (const level of threshold.levels) {
    const limit = build.number(fromBase(level.level.value, unit));
    const { condition } = semantics(build.binary(OPERATORS[threshold.direction], query, limit), { metrics });
    if (condition === undefined || condition.outcome === 'sometimes') continue;
    report.add(
      'threshold/constant',
      { condition: formatLevel(threshold.direction, level.level), always: condition.outcome === 'always' },
      level.origin,
    );
  }
  const labels = resultLabels(facts).can;
  const own = [LABELS.severity, LABELS.system, LABELS.team, 'alertname'];
  for (const label of threshold.component === undefined ? own : [...own, LABELS.component]) {
    if (labels.includes(label)) report.add('alert/label-overwritten', { label }, queryOrigin);
  }
  return { ...threshold, labels };
};

const analysePanel = (panel: PanelSpec, system: System, metrics: MetricsByName, report: Report): PanelSpec => ({
  ...panel,
  queries: panel.queries.map((query) => {
    const facts = checkQuery(query.expr, panel.unit, ['vector', 'scalar'], panel.origin, system, metrics, report);
    return facts ? { ...query, legend: legendOf(query.legend, facts) } : query;
  }),
});

/** A legend that names no label gets those that tell its series apart: otherwise all of them would have one name. */
const legendOf = (legend: string, { labels }: Facts): string => {
  if (legend.includes('{{')) return legend;
  const varying = resultLabels({ labels }).can.filter((name) => labelFact(labels, name).values?.length !== 1);
  return [legend, ...varying.map((name) => `{{${name}}}`)].join(' ');
};

/** True when every selector of a query reads what its system declares; each that does not is reported. */
export const checkSelectors = (
  expr: Expr,
  origin: Origin,
  system: System,
  metrics: MetricsByName,
  report: Report,
): boolean =>
  selectors(expr)
    .map(
      (use) =>
        checkSelector(use.selector, origin, system, metrics, report) &&
        checkWindow(use, origin, system, metrics, report),
    )
    .every(Boolean);

/** Functions that give nothing unless two samples lie in their window. */
const NEEDS_TWO_SAMPLES = new Set(['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv', 'predict_linear']);

/** A window that can never hold two samples makes an alert that can never fire. */
const checkWindow = (
  { selector, matrix, call }: SelectorUse,
  origin: Origin,
  system: System,
  metrics: MetricsByName,
  report: Report,
): boolean => {
  if (!matrix || !call || !NEEDS_TWO_SAMPLES.has(call.func) || matrix.range.kind !== 'duration') return true;
  const job = familyOf(selector.name ?? '', metrics)?.job;
  const interval = system.jobs.find(({ id }) => id === job)?.interval;
  const window = matrix.range.ms;
  if (interval === undefined || window >= 2 * interval) return true;
  report.add('query/window', { func: call.func, window, interval }, origin);
  return false;
};

/** The facts of a query that reads what is declared, in a unit and of a type that fit. */
const checkQuery = (
  expr: Expr,
  unit: UnitId,
  types: readonly ValueType[],
  origin: Origin,
  system: System,
  metrics: MetricsByName,
  report: Report,
): Semantics | undefined => {
  if (!checkSelectors(expr, origin, system, metrics, report)) return undefined;
  const text = print(expr);
  const fragments = [{ artefact: 'query', text, from: 0, to: text.length }];
  const { unit: found, problems } = unitOf(expr, metrics);
  const isCertain = ({ code }: (typeof problems)[number]): boolean => code === 'dimension' || code === 'scale';
  for (const problem of problems) {
    report.add(isCertain(problem) ? 'query/unit' : 'query/suspicious-unit', { problem: problem.message }, origin, {
      fragments,
    });
  }
  if (problems.some(isCertain)) return undefined;
  if (found !== undefined && !areAlike(found, unit))
    report.add('query/declared-unit', { declared: unit, found }, origin, { fragments });

  const facts = semantics(expr, { metrics });
  if (!types.includes(facts.type)) {
    report.add('query/type', { type: facts.type, wanted: types[0] ?? 'vector' }, origin, { fragments });
    return undefined;
  }
  const isGrouped = checkGroupings(expr, facts, origin, report);
  for (const part of facts.dead) {
    const isDead = DEADLY.has(part.code) && facts.returns === 'never';
    report.add(isDead ? 'query/dead' : 'query/no-effect', { problem: explainDead(part) }, origin, { fragments });
  }
  return isGrouped ? facts : undefined;
};

/** The parts without effect that can leave a query without a result. */
const DEADLY: ReadonlySet<DeadPart['code']> = new Set([
  'no-series',
  'never-true',
  'never-matches',
  'unless-removes-everything',
  'never-absent',
  'no-samples',
]);

/** Reports labels to group by or to pair on that nothing there has. */
const checkGroupings = (expr: Expr, facts: Semantics, origin: Origin, report: Report): boolean => {
  let isSound = true;
  const check = (use: string, names: readonly string[], sides: readonly (Facts | undefined)[]): void => {
    for (const label of names) {
      if (sides.some((side) => side === undefined || labelFact(side.labels, label).presence !== 'cannot')) continue;
      isSound = false;
      const known = sides.flatMap((side) => (side ? resultLabels(side).can : []));
      report.add(
        'query/unknown-label',
        {
          metric: sides.map((side) => (side ? print(side.expr) : '')).join(' and '),
          label,
          use,
          suggestions: suggest(label, known),
        },
        origin,
      );
    }
  };
  walk(expr, {
    aggregate: {
      enter: ({ grouping, expr: inner }) =>
        check(grouping?.mode === 'without' ? 'drops' : 'groups by', grouping?.labels.map(({ name }) => name) ?? [], [
          facts.of(inner),
        ]),
    },
    binary: {
      enter: ({ matching, left, right }) =>
        check(
          matching?.on?.mode === 'ignoring' ? 'ignores' : 'pairs on',
          matching?.on?.labels.map(({ name }) => name) ?? [],
          [facts.of(left), facts.of(right)],
        ),
    },
  });
  return isSound;
};

const PLAIN: readonly string[] = ['count', 'ratio', 'score', 'state'];

/** Counts, ratios, scores and states are all plain numbers to Prometheus; which of them is meant is the author's to say. */
const areAlike = (a: UnitId, b: UnitId): boolean =>
  (UNITS[a].dimension === UNITS[b].dimension && UNITS[a].factor === UNITS[b].factor) ||
  (PLAIN.includes(UNITS[a].dimension) && PLAIN.includes(UNITS[b].dimension) && UNITS[a].factor === UNITS[b].factor);

/** Series that Prometheus makes itself (https://prometheus.io/docs/concepts/jobs_instances/). */
const SYNTHETIC = new Set([
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
  'ALERTS',
  'ALERTS_FOR_STATE',
]);

const SUFFIXES: Readonly<Record<Metric['kind'], readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum'],
  summary: ['', '_count', '_sum'],
};

/** The declared metric that a series name belongs to. */
const familyOf = (series: string, metrics: MetricsByName): Metric | undefined => {
  const exact = metrics.get(series);
  if (exact && (SUFFIXES[exact.kind].includes('') || exact.native)) return exact;
  const suffix = /_(?:bucket|count|sum)$/.exec(series)?.[0];
  const family = suffix === undefined ? undefined : metrics.get(series.slice(0, -suffix.length));
  return family && suffix !== undefined && SUFFIXES[family.kind].includes(suffix) ? family : undefined;
};

const seriesNames = (metrics: MetricsByName): readonly string[] =>
  [...metrics.values()].flatMap(({ name, kind }) => SUFFIXES[kind].map((suffix) => `${name}${suffix}`));

const checkSelector = (
  selector: VectorSelector,
  origin: Origin,
  system: System,
  metrics: MetricsByName,
  report: Report,
): boolean => {
  const name =
    selector.name ?? selector.matchers.find((matcher) => matcher.name === '__name__' && matcher.op === '=')?.value;
  const jobs = system.jobs.map(({ id }) => id);
  let isSound = true;
  const mismatch = (label: string, value: string, known: readonly string[]): void => {
    isSound = false;
    report.add(
      'query/unknown-label-value',
      { metric: name ?? 'the selector', label, value, suggestions: suggest(value, known) },
      origin,
    );
  };
  for (const { name: label, op, value } of selector.matchers) {
    if (label === 'job' && op === '=' && value !== '' && !jobs.includes(value)) mismatch(label, value, jobs);
  }
  if (name === undefined || SYNTHETIC.has(name)) return isSound;
  const family = familyOf(name, metrics);
  if (!family) {
    report.add('query/unknown-metric', { name, suggestions: suggest(name, seriesNames(metrics)) }, origin);
    return false;
  }
  const labels: Record<string, Metric['labels'][string]> = {
    ...family.targetLabels,
    ...family.labels,
    ...(family.kind === 'histogram' && name.endsWith('_bucket') ? { le: { kind: 'any' } } : {}),
    ...(family.kind === 'summary' && name === family.name ? { quantile: { kind: 'any' } } : {}),
  };
  for (const { name: label, op, value } of selector.matchers) {
    if (label === '__name__' || label === 'job') continue;
    const values = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (!values) {
      isSound = false;
      report.add(
        'query/unknown-label',
        { metric: name, label, use: 'matches on', suggestions: suggest(label, Object.keys(labels)) },
        origin,
      );
    } else if (!canMatter(op, value, values)) {
      mismatch(label, value, values.kind === 'oneOf' ? values.values : []);
    }
  }
  return isSound;
};

/**
 * Whether a matcher speaks of a value that the label can have: one that names none selects nothing, or, negated,
 * everything. The empty value stands for series without the label.
 */
const canMatter = (op: LabelMatcher['op'], value: string, values: LabelValues): boolean => {
  const isPattern = op === '=~' || op === '!~';
  if (values.kind === 'any' || (value === '' && !isPattern)) return true;
  if (values.kind === 'oneOf') {
    return isPattern
      ? values.values.some((one) => matchesText(value, one) ?? true) || (matchesText(value, '') ?? true)
      : values.values.includes(value);
  }
  return (isPattern ? patternsIntersect(value, values.pattern) : matchesText(values.pattern, value)) ?? true;
};
