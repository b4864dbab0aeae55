import { PROJECT_SCOPE } from '../conventions.ts';
import { InvariantError } from '../diagnostics/errors.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Duration, Expr, NumberLiteral } from '../promql/ast.ts';
import { NO_SPAN } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { selectors, transform } from '../promql/walk.ts';
import type {
  EscalationTier,
  Job,
  Milliseconds,
  Model,
  PanelQuery,
  Project,
  RouteNode,
  Rule,
  RuleGroup,
  Slo,
  System,
  TeamNotice,
} from './model.ts';

/** Scraping and evaluating more often than this measures the machine, not the service. */
const SHORTEST_INTERVAL: Milliseconds = 250;

/** A shorter timeout of a scrape would call a busy machine an outage. */
const SHORTEST_TIMEOUT = 1000;

/** So many scrapes have to lie in a window, or one lost scrape blanks it. */
const SCRAPES_IN_WINDOW = 4;

/**
 * The model of a world in which everything that Prometheus and Alertmanager count goes `factor` times faster: ranges,
 * subqueries and offsets, trends (`deriv`, `predict_linear`), `for` and `keep_firing_for`, intervals of scrapes and
 * evaluations, waits and repetitions of notifications, windows of SLOs. Names stay. What a service measures by its own clock
 * (latencies, rates of its counters, ages of what it stamped) stays, and so do calendars and what people are given to respond.
 * Reports windows that hold too few scrapes then.
 */
export const scaleTime = (
  model: Model,
  factor: number,
  report: Report,
  shortest: Milliseconds = SHORTEST_INTERVAL,
): Model => {
  if (!(factor >= 1) || !Number.isFinite(factor))
    throw new InvariantError(`time can be scaled by 1 or more, not by ${factor}`, 'model/scale-time');
  if (factor === 1) return model;
  const scale: Scale = { factor, shortest };
  const scaled: Model = {
    ...model,
    project: scaleProject(model.project, scale),
    systems: model.systems.map((system) => scaleSystem(system, scale)),
    ruleGroups: model.ruleGroups.map((group) => scaleGroup(group, scale)),
    routing: { ...model.routing, root: scaleRoute(model.routing.root, factor) },
    dashboards: model.dashboards.map((dashboard) => ({
      ...dashboard,
      rows: dashboard.rows.map((row) => ({
        ...row,
        panels: row.panels.map((panel) => ({ ...panel, queries: scaleQueries(panel.queries, factor) })),
      })),
    })),
  };
  reportShortWindows(model, scaled, scale, report);
  return scaled;
};

interface Scale {
  readonly factor: number;
  /** Nothing is scraped or evaluated more often. */
  readonly shortest: Milliseconds;
}

const shorten = (ms: Milliseconds, factor: number): Milliseconds => Math.round(ms / factor);

const interval = (ms: Milliseconds, { factor, shortest }: Scale): Milliseconds =>
  Math.max(shorten(ms, factor), shortest);

/** A timeout is never longer than its interval (Prometheus refuses that), and otherwise long enough for a busy machine. */
const timeout = (ms: Milliseconds, every: Milliseconds, scale: Scale): Milliseconds =>
  Math.min(interval(every, scale), Math.max(shorten(ms, scale.factor), SHORTEST_TIMEOUT));

const scaleProject = (project: Project, scale: Scale): Project => ({
  ...project,
  scrapeInterval: interval(project.scrapeInterval, scale),
  scrapeTimeout: timeout(project.scrapeTimeout, project.scrapeInterval, scale),
  evaluationInterval: interval(project.evaluationInterval, scale),
  retention: shorten(project.retention, scale.factor),
  teams: project.teams.map((team) => ({
    ...team,
    notify: Object.fromEntries(
      Object.entries(team.notify).map(([id, notice]) => [id, scaleNotice(notice, scale.factor)]),
    ),
  })),
  heartbeat: project.heartbeat && { ...project.heartbeat, every: shorten(project.heartbeat.every, scale.factor) },
});

const scaleNotice = (notice: TeamNotice, factor: number): TeamNotice => ({
  ...notice,
  tiers: notice.tiers.map((tier): EscalationTier => ({ ...tier, after: shorten(tier.after, factor) })),
  repeatEvery: shorten(notice.repeatEvery, factor),
});

const scaleSystem = (system: System, scale: Scale): System => ({
  ...system,
  jobs: system.jobs.map((job): Job => ({
    ...job,
    interval: interval(job.interval, scale),
    timeout: timeout(job.timeout, job.interval, scale),
  })),
  components: system.components.map((component) => ({
    ...component,
    panels: component.panels.map((panel) => ({ ...panel, queries: scaleQueries(panel.queries, scale.factor) })),
  })),
  thresholds: system.thresholds.map((threshold) => ({
    ...threshold,
    query: scaleExpr(threshold.query, scale.factor),
    levels: threshold.levels.map((level) => ({
      ...level,
      for: shorten(level.for, scale.factor),
      keepFiringFor: shorten(level.keepFiringFor, scale.factor),
    })),
  })),
  slos: system.slos.map((slo) => scaleSlo(slo, scale.factor)),
});

const scaleSlo = (slo: Slo, factor: number): Slo => ({
  ...slo,
  period: shorten(slo.period, factor),
  baseWindow: shorten(slo.baseWindow, factor),
  slices: slo.slices && { ...slo.slices, length: shorten(slo.slices.length, factor) },
  tiers: slo.tiers.map((tier) => ({ ...tier, short: shorten(tier.short, factor), long: shorten(tier.long, factor) })),
  alerting: slo.alerting && {
    ...slo.alerting,
    for: shorten(slo.alerting.for, factor),
    keepFiringFor: shorten(slo.alerting.keepFiringFor, factor),
    missingFor: slo.alerting.missingFor === undefined ? undefined : shorten(slo.alerting.missingFor, factor),
  },
});

const scaleGroup = (group: RuleGroup, scale: Scale): RuleGroup => ({
  ...group,
  ...(group.interval === undefined ? {} : { interval: interval(group.interval, scale) }),
  rules: group.rules.map((rule): Rule => {
    // What watches the scrapes themselves has to see some, however seldom they are.
    const least = group.system === PROJECT_SCOPE ? SCRAPES_IN_WINDOW * scale.shortest : 0;
    const expr = scaleExpr(rule.expr, scale.factor, least);
    if (rule.kind === 'recording') return { ...rule, expr };
    return {
      ...rule,
      expr,
      for: shorten(rule.for, scale.factor),
      keepFiringFor: shorten(rule.keepFiringFor, scale.factor),
    };
  }),
});

const scaleRoute = (node: RouteNode, factor: number): RouteNode => ({
  ...node,
  groupWait: shorten(node.groupWait, factor),
  // Alertmanager accepts no group_interval and no repeat_interval of zero.
  groupInterval: Math.max(shorten(node.groupInterval, factor), 1),
  repeatInterval: Math.max(shorten(node.repeatInterval, factor), 1),
  routes: node.routes.map((child) => scaleRoute(child, factor)),
});

const scaleQueries = (queries: readonly PanelQuery[], factor: number): readonly PanelQuery[] =>
  queries.map((query) => ({ ...query, expr: scaleExpr(query.expr, factor) }));

const literal = (ms: Milliseconds): Duration => ({ kind: 'duration', ms, span: NO_SPAN });

const scaleDuration = (duration: Duration, factor: number, least: Milliseconds = 0): Duration => {
  // A variable of Grafana follows the resolution of the panel, which follows the scrapes.
  if (duration.kind === 'duration') {
    if (duration.variable !== undefined) return duration;
    return literal(Math.max(round(duration.ms, factor), Math.min(least, duration.ms)));
  }
  return { kind: 'duration-expr', op: '/', operands: [inParens(duration), literal(factor * 1000)], span: NO_SPAN };
};

/** Never rounded to nothing: a range of 0 is no range. */
const round = (ms: Milliseconds, factor: number): Milliseconds =>
  ms === 0 ? 0 : Math.sign(ms) * Math.max(shorten(Math.abs(ms), factor), 1);

const inParens = (duration: Duration): Duration => ({
  kind: 'duration-expr',
  op: 'paren',
  operands: [duration],
  span: NO_SPAN,
});

const offsetOf = (node: { readonly offset?: Duration }, factor: number): { readonly offset?: Duration } =>
  node.offset === undefined ? {} : { offset: scaleDuration(node.offset, factor) };

/** An expression in which every length of time that Prometheus counts is `factor` times shorter; ranges are never below `least`. */
export const scaleExpr = (expr: Expr, factor: number, least: Milliseconds = 0): Expr =>
  transform(expr, (node) => {
    switch (node.kind) {
      case 'vector':
        return node.offset === undefined ? node : { ...node, ...offsetOf(node, factor) };
      case 'matrix':
        return { ...node, range: scaleDuration(node.range, factor, least) };
      case 'subquery':
        return {
          ...node,
          ...offsetOf(node, factor),
          range: scaleDuration(node.range, factor),
          ...(node.step === undefined ? {} : { step: scaleDuration(node.step, factor) }),
        };
      case 'call': {
        // A trend is a change over the window: 100 MB in an hour are 100 MB in the minute that stands for it.
        if (node.func === 'deriv') return build.binary('/', node, build.number(factor));
        const [series, ahead] = node.args;
        if (node.func !== 'predict_linear' || series === undefined || ahead === undefined) return node;
        return { ...node, args: [series, sooner(ahead, factor)] };
      }
      default:
        return node;
    }
  });

/** How far a prediction looks ahead, in seconds. */
const sooner = (ahead: Expr, factor: number): Expr => {
  if (ahead.kind !== 'number') return build.binary('/', ahead, build.number(factor));
  const { raw: _, duration: __, ...number }: NumberLiteral = ahead;
  return { ...number, value: ahead.value / factor };
};

/** The ranges of an expression with how often their series get a sample, in the order they are printed. */
const windowsOf = (
  expr: Expr,
  { project, systems }: Model,
): readonly { readonly range: Milliseconds; readonly every: Milliseconds }[] =>
  selectors(expr).flatMap(({ selector, matrix }) => {
    if (matrix?.range.kind !== 'duration' || matrix.range.variable !== undefined) return [];
    const job = selector.matchers.find(({ name, op }) => name === 'job' && op === '=')?.value;
    const scraped = systems.flatMap(({ jobs }) => jobs).find(({ id }) => id === job)?.interval;
    const every = selector.name?.includes(':') ? project.evaluationInterval : (scraped ?? project.scrapeInterval);
    return [{ range: matrix.range.ms, every }];
  });

/** A window that was long enough and no longer is would make an alert blink that does not blink in earnest. */
const reportShortWindows = (model: Model, scaled: Model, { factor, shortest }: Scale, report: Report): void => {
  model.ruleGroups.forEach((group, groupIndex) => {
    group.rules.forEach((rule, ruleIndex) => {
      const after = scaled.ruleGroups[groupIndex]?.rules[ruleIndex];
      const windows = after === undefined ? [] : windowsOf(after.expr, scaled);
      const before = windowsOf(rule.expr, model);
      const short = windows.findIndex(({ range, every }, index) => {
        const wanted = Math.min(
          SCRAPES_IN_WINDOW,
          Math.floor((before[index]?.range ?? 0) / (before[index]?.every ?? 1)),
        );
        return range < wanted * every;
      });
      const [found, was] = [windows[short], before[short]];
      if (found === undefined || was === undefined) return;
      report.add(
        'time-scale/window',
        {
          rule: rule.kind === 'alerting' ? rule.alert : rule.record,
          factor,
          window: was.range,
          scaled: found.range,
          interval: found.every,
          largest: Math.floor(was.range / (SCRAPES_IN_WINDOW * shortest)),
        },
        rule.origin,
      );
    });
  });
};
