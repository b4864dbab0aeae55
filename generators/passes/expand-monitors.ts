import type { Report } from '../diagnostics/report.ts';
import type { Component, Metric, PanelSpec, Project, System, Threshold, Workload } from '../model/model.ts';
import { mergeMetrics, normaliseUsedMetrics } from '../model/normalise/metric.ts';
import { normalisePanel } from '../model/normalise/panel.ts';
import type { Reader } from '../model/normalise/reader.ts';
import { createReader } from '../model/normalise/reader.ts';
import { normaliseThreshold } from '../model/normalise/threshold.ts';
import { normaliseWorkload } from '../model/normalise/workload.ts';
import type { Duration } from '../model/quantities.ts';
import { minutes, ms } from '../model/quantities.ts';
import { toMetricWord } from '../conventions.ts';
import { MONITOR_KINDS } from '../monitors/index.ts';
import type { Series } from '../model/query.ts';
import type { Common, MonitorContext, Signal } from '../monitors/monitor.ts';
import { metricsOf } from '../monitors/monitor.ts';
import { definePass } from './pass.ts';

/** Turns every component into its metrics, thresholds, panels, probes and dependencies. */
export const expandMonitors = definePass({
  id: 'expand-monitors',
  summary: 'components become metrics, thresholds, panels, probes and dependencies',
  run: (model, report) => {
    const systems = model.systems.map((system) => expandSystem(system, model.project, report));
    reportSharedWorkloads(systems, report);
    return { ...model, systems };
  },
});

interface Expanded {
  readonly component: Component;
  readonly metrics: readonly Metric[];
  readonly thresholds: readonly Threshold[];
  readonly workloads: readonly Workload[];
}

const expandSystem = (system: System, project: Project, report: Report): System => {
  const expanded = system.components.map((component) => expandComponent(component, system, project, report));
  reportCycles(
    expanded.map(({ component }) => component),
    report,
  );
  // The reader only lends its report here: every metric brings its own origin.
  const reader = createReader(system.origin.file, { input: undefined }, report);
  return {
    ...system,
    components: expanded.map(({ component }) => component),
    metrics: mergeMetrics(
      reader,
      system.metrics,
      expanded.flatMap(({ metrics }) => metrics),
    ),
    thresholds: withoutTwins([...expanded.flatMap(({ thresholds }) => thresholds), ...system.thresholds], report),
    workloads: [...expanded.flatMap(({ workloads }) => workloads), ...system.workloads],
  };
};

/** `cache` with the signal `memoryUsage` and `cache-memory` with the signal `usage` would be one threshold. */
const withoutTwins = (thresholds: readonly Threshold[], report: Report): readonly Threshold[] => {
  const byId = new Map<string, Threshold>();
  for (const threshold of thresholds) {
    const twin = byId.get(threshold.id);
    if (twin === undefined) byId.set(threshold.id, threshold);
    else {
      report.add('definition/duplicate', { what: 'threshold', name: threshold.id }, threshold.origin, {
        related: [{ note: 'the other threshold', at: twin.origin }],
      });
    }
  }
  return [...byId.values()];
};

/** Two Deployments of one name in one namespace would replace each other, whichever systems they belong to. */
const reportSharedWorkloads = (systems: readonly System[], report: Report): void => {
  const byName = new Map<string, Workload>();
  for (const workload of systems.flatMap(({ workloads }) => workloads)) {
    const key = `${workload.namespace ?? ''}/${workload.id}`;
    const twin = byName.get(key);
    if (twin === undefined) byName.set(key, workload);
    else {
      report.add('definition/duplicate', { what: 'workload', name: workload.id }, workload.origin, {
        related: [{ note: 'the other workload', at: twin.origin }],
      });
    }
  }
};

/** Reports every circle of dependencies, at the dependency that closes it. */
const reportCycles = (components: readonly Component[], report: Report): void => {
  const byId = new Map(components.map((component) => [component.id, component]));
  const done = new Set<string>();
  const visit = (component: Component, way: readonly string[]): void => {
    const here = [...way, component.id];
    component.dependsOn.forEach((id, index) => {
      const next = byId.get(id);
      if (!next || done.has(id)) return;
      if (!here.includes(id)) {
        visit(next, here);
        return;
      }
      const reader = createReader(component.origin.file, component.instance, report);
      report.add('component/cycle', { cycle: [...here.slice(here.indexOf(id)), id] }, reader.at(['dependsOn', index]));
    });
    done.add(component.id);
  };
  for (const component of components) if (!done.has(component.id)) visit(component, []);
};

/** `hitRate` to `hit-rate`. */
const toSlug = (key: string): string =>
  toMetricWord(key.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')).replaceAll('_', '-');

/** Levels of a signal that its monitor was not given the metrics for would never alert anybody. */
const reportUnmeasured = (reader: Reader, input: Common, signals: readonly Signal[], subject: string): void => {
  const { levels = {} } = input as { readonly levels?: Readonly<Record<string, unknown>> };
  for (const [key, level] of Object.entries(levels)) {
    if (level === undefined || signals.some((signal) => signal.key === key)) continue;
    reader.report.add(
      'definition/shape',
      {
        property: `levels.${key}`,
        problem: 'nothing measures it; give the monitor the metrics or the job that it is about',
      },
      reader.at(['levels', key], subject),
    );
  }
};

/** The direction in which the level itself is bad too. */
const INCLUSIVE = { above: 'atLeast', below: 'atMost', atLeast: 'atLeast', atMost: 'atMost' } as const;

const SLOWEST_COVERED = 4;

/** Four scrapes of the slowest job that it reads fit into the window, so that one lost scrape does not blank the rate. */
const defaultWindow = (system: System, input: Common): Duration => {
  const { metrics = {} } = input as { readonly metrics?: Readonly<Record<string, Series | undefined>> };
  const read = new Set(metricsOf(...Object.values(metrics)).map(({ job }) => job));
  const slowest = Math.max(...system.jobs.filter(({ id }) => read.has(id)).map(({ interval }) => interval), 0);
  return slowest * SLOWEST_COVERED > minutes(5).base * 1000 ? ms(slowest * SLOWEST_COVERED) : minutes(5);
};

const expandComponent = (component: Component, system: System, project: Project, report: Report): Expanded => {
  const nothing: Expanded = { component, metrics: [], thresholds: [], workloads: [] };
  const kind = MONITOR_KINDS.get(component.kind);
  const reader = createReader(component.origin.file, component.instance, report);
  if (!kind) {
    reader.refer('monitor', component.kind, MONITOR_KINDS.keys(), []);
    return nothing;
  }
  const subject = `components.${component.id}`;
  const input = reader.read(kind.input, component.instance.input, [], subject) as Common | undefined;
  if (!input) return nothing;
  const context: MonitorContext = {
    component: component.id,
    title: input.title ?? component.title,
    window: input.window ?? defaultWindow(system, input),
  };
  const { metrics, signals, panels } = kind.expand(input, context);
  const severities = project.severities.map(({ id }) => id);
  const others = system.components.map(({ id }) => id);
  const jobs = system.jobs.map(({ id }) => id);
  (input.dependsOn ?? []).forEach((name, index) => reader.refer('component', name, others, ['dependsOn', index]));
  if ('job' in input && typeof input.job === 'string') reader.refer('job', input.job, jobs, ['job']);
  reportUnmeasured(reader, input, signals, subject);

  const toThreshold = (signal: Signal): Threshold | undefined =>
    signal.levels &&
    normaliseThreshold(reader, {
      id: `${component.id}-${toSlug(signal.key)}`,
      component: component.id,
      title: signal.title,
      query: signal.query,
      direction: signal.levels.inclusive === true ? INCLUSIVE[signal.direction] : signal.direction,
      alert: signal.levels.alert ?? signal.alert,
      levels: signal.levels,
      defaults: {
        for: signal.for.base * 1000,
        summary: signal.summary,
        description: signal.description,
        firstSteps: signal.firstSteps,
      },
      path: ['levels', signal.key],
      queryPath: ['metrics'],
      severities,
      subject: `${subject}.levels.${signal.key}`,
    });

  const signalPanel = (signal: Signal): PanelSpec | undefined =>
    signal.levels || signal.shownIn !== undefined
      ? undefined
      : normalisePanel(
          reader,
          toSlug(signal.key),
          { title: signal.title, description: signal.description, queries: { [signal.title]: signal.query } },
          ['metrics'],
          subject,
        );

  const isPresent = <T>(value: T | undefined): value is T => value !== undefined;
  return {
    component: {
      ...component,
      title: context.title,
      description: input.description ?? kind.summary,
      dependsOn: input.dependsOn ?? [],
      panels: [
        ...signals.map(signalPanel).filter(isPresent),
        ...Object.entries(panels)
          .map(([key, panel]) => normalisePanel(reader, toSlug(key), panel, ['metrics'], subject))
          .filter(isPresent),
      ],
    },
    metrics: normaliseUsedMetrics(reader, metrics, jobs),
    thresholds: signals.map(toThreshold).filter(isPresent),
    workloads: input.workload
      ? [normaliseWorkload(reader, component.id, input.workload, ['workload'], others)].filter(isPresent)
      : [],
  };
};
