import { suggest } from '../diagnostics/suggest.ts';
import type { Origin } from '../diagnostics/diagnostic.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Metric, PanelSpec, System, Threshold } from '../model/model.ts';
import type { Expr, VectorSelector } from '../promql/ast.ts';
import { print } from '../promql/print.ts';
import { resultLabels, semantics, unitOf } from '../promql/semantics/index.ts';
import type { UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import { selectors } from '../promql/walk.ts';
import { definePass } from './pass.ts';

/** Holds every query against the declared metrics, and notes which labels its result carries. */
export const analyseQueries = definePass({
  id: 'analyse-queries',
  summary: 'metrics, labels and units of every query are checked; the labels of each result are noted',
  run: (model, report) => ({
    ...model,
    systems: model.systems.map((system) => {
      const metrics = new Map(system.metrics.map((metric) => [metric.name, metric]));
      const panels = [
        ...system.components.flatMap((component) => component.panels),
        ...system.dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels)),
      ];
      for (const panel of panels) checkPanel(panel, system, metrics, report);
      // A threshold whose query does not stand has had its finding; what follows from it would only repeat it.
      return {
        ...system,
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
  const isSound = checkQuery(threshold.query, threshold.unit, threshold.queryOrigin, system, metrics, report);
  if (!isSound) return undefined;
  const { must, can } = resultLabels(semantics(threshold.query, { metrics }));
  return { ...threshold, labels: [...new Set([...must, ...can])].toSorted() };
};

const checkPanel = (panel: PanelSpec, system: System, metrics: MetricsByName, report: Report): void => {
  for (const { expr } of panel.queries) checkQuery(expr, panel.unit, panel.origin, system, metrics, report);
};

/** True when every selector reads what is declared. */
const checkQuery = (
  expr: Expr,
  unit: UnitId,
  origin: Origin,
  system: System,
  metrics: MetricsByName,
  report: Report,
): boolean => {
  const isSound = selectors(expr)
    .map(({ selector }) => checkSelector(selector, origin, system, metrics, report))
    .every(Boolean);
  if (!isSound) return false;
  const text = print(expr);
  const fragments = [{ artefact: 'query', text, from: 0, to: text.length }];
  const { unit: found, problems } = unitOf(expr, metrics);
  const isCertain = ({ code }: (typeof problems)[number]): boolean => code === 'dimension' || code === 'scale';
  for (const problem of problems) {
    report.add(isCertain(problem) ? 'query/unit' : 'query/suspicious-unit', { problem: problem.message }, origin, {
      fragments,
    });
  }
  if (problems.some(isCertain)) return false;
  if (found !== undefined && !areAlike(found, unit))
    report.add('query/declared-unit', { declared: unit, found }, origin, { fragments });
  return true;
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
    const values = labels[label];
    if (!values) {
      isSound = false;
      report.add(
        'query/unknown-label',
        { metric: name, label, suggestions: suggest(label, Object.keys(labels)) },
        origin,
      );
    } else if (values.kind === 'oneOf' && op === '=' && !values.values.includes(value)) {
      mismatch(label, value, values.values);
    }
  }
  return isSound;
};
