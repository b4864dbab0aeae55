import * as z from 'zod';
import type { MonitorInstance } from '../definition.ts';
import type { Component, DashboardSpec, Job, Metric, System, Threshold } from '../model.ts';
import type { Metric as MetricInput } from '../metric.ts';
import { toMilliseconds } from '../quantities.ts';
import { toQuery } from '../query.ts';
import {
  dashboardSchema,
  jobSchema,
  monitorInstanceSchema,
  panelSchema,
  slug,
  systemSchema,
  thresholdSchema,
} from '../schema.ts';
import type { ThresholdDefinition } from '../threshold.ts';
import { mergeMetrics, normaliseMetric, normaliseUsedMetrics } from './metric.ts';
import { normalisePanel } from './panel.ts';
import type { ProjectNames } from './project.ts';
import type { Reader } from './reader.ts';
import { normaliseSlo } from './slo.ts';
import { normaliseThreshold } from './threshold.ts';
import { normaliseWorkload } from './workload.ts';

const anyName = z.string().min(1);
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** `cache` to `Cache`, `event-server` to `Event server`. */
export const titleOf = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');

/** The declared metrics of a panel that may not have the right shape yet. */
const panelMetrics = (panel: unknown): readonly MetricInput[] => {
  const read = panelSchema.safeParse(panel);
  return read.success ? Object.values(read.data.queries).flatMap((operand) => toQuery(operand).metrics) : [];
};

/** Rows and their panels are known by the row's title, in links too: a title stands once in a dashboard. */
const withoutTwinRows = <R extends { readonly title: string }>(
  reader: Reader,
  dashboard: string,
  rows: readonly R[],
): readonly (readonly [R, number])[] =>
  rows.flatMap((row, index) => {
    const first = rows.findIndex(({ title }) => title === row.title);
    if (first === index) return [[row, index] as const];
    const at = (number: number) => reader.at(['dashboards', dashboard, 'rows', number, 'title']);
    reader.report.add('definition/duplicate', { what: 'row', name: row.title }, at(index), {
      related: [{ note: 'the other row', at: at(first) }],
    });
    return [];
  });

/** A system in the form of the model, its monitors not expanded yet. `placeholder` stands for an id that does not stand. */
export const normaliseSystem = (reader: Reader, value: unknown, names: ProjectNames, placeholder: string): System => {
  const frame = reader.read(systemSchema, value, []);
  const raw = record(value);
  const { report } = reader;

  const jobs: Job[] = reader.entries(jobSchema, record(raw['jobs']), ['jobs'], 'job', anyName).map(([id, job]) => {
    for (const environment of Object.keys(job.targets)) {
      reader.refer('environment', environment, names.environments, ['jobs', id, 'targets', environment]);
    }
    const interval = job.interval ? toMilliseconds(job.interval) : names.scrapeInterval;
    const timeout = job.timeout ? toMilliseconds(job.timeout) : Math.min(names.scrapeTimeout, interval);
    if (timeout > interval) report.add('job/timeout', { job: id }, reader.at(['jobs', id, 'timeout']));
    return {
      id,
      scheme: job.scheme ?? 'http',
      path: job.path ?? '/metrics',
      interval,
      timeout,
      targets: job.targets,
      origin: reader.at(['jobs', id]),
    };
  });
  const jobIds = Object.keys(record(raw['jobs']));

  const blocks = Array.isArray(raw['metrics']) ? raw['metrics'] : [];
  const metrics = blocks.flatMap((block: unknown, index): Metric[] =>
    Object.entries(record(block)).flatMap(
      ([name, metric]) => normaliseMetric(reader, metric, ['metrics', index, name], jobIds) ?? [],
    ),
  );

  const components: Component[] = reader
    .entries(monitorInstanceSchema, record(raw['components']), ['components'], 'component', slug)
    .map(([id, instance]) => ({
      id,
      title: titleOf(id),
      kind: instance.monitor,
      // The parsed copy has lost the call site; the written value has it.
      instance: record(raw['components'])[id] as MonitorInstance,
      description: '',
      dependsOn: [],
      panels: [],
      origin: reader.at(['components', id], `component ${id}`),
    }));
  const componentIds = Object.keys(record(raw['components']));

  const used: MetricInput[] = [];
  const thresholds = Object.entries(record(raw['thresholds'])).flatMap(([id, definition]): Threshold[] => {
    const path = ['thresholds', id];
    const subject = `threshold ${id}`;
    const named = slug.safeParse(id);
    if (!named.success) {
      report.add(
        'definition/name',
        { what: 'threshold', name: id, rule: named.error.issues[0]?.message ?? '' },
        reader.at(path),
      );
    }
    if ((definition as Partial<ThresholdDefinition> | null)?.kind !== 'threshold') {
      report.add(
        'definition/shape',
        { property: `thresholds.${id}`, problem: 'expected what threshold({ ... }) gives' },
        reader.at(path),
      );
      return [];
    }
    const input = reader.read(thresholdSchema, (definition as ThresholdDefinition).input, path, subject);
    if (!input) return [];
    used.push(...toQuery(input.query).metrics);
    if (input.component !== undefined) reader.refer('component', input.component, componentIds, [...path, 'component']);
    const threshold = normaliseThreshold(reader, {
      id,
      component: input.component,
      title: input.title,
      query: input.query,
      direction: input.direction,
      alert: input.alert,
      levels: input,
      defaults: { summary: `${input.title} is {value} (level {threshold})`, description: input.title, firstSteps: [] },
      path,
      queryPath: [...path, 'query'],
      severities: names.severities,
      subject,
    });
    return threshold ? [threshold] : [];
  });

  const slos = Object.entries(record(raw['slos'])).flatMap(
    ([id, definition]) =>
      normaliseSlo(reader, id, definition, ['slos', id], {
        components: componentIds,
        jobs: jobIds,
        severities: names.severities,
        used: (found) => used.push(...found),
      }) ?? [],
  );

  const workloads = Object.entries(record(raw['workloads'])).flatMap(([id, input]) => {
    const named = slug.safeParse(id);
    if (!named.success) {
      report.add(
        'definition/name',
        { what: 'workload', name: id, rule: named.error.issues[0]?.message ?? '' },
        reader.at(['workloads', id]),
      );
    }
    return normaliseWorkload(reader, id, input, ['workloads', id], componentIds) ?? [];
  });

  const dashboards = reader
    .entries(dashboardSchema, record(raw['dashboards']), ['dashboards'], 'dashboard', slug)
    .map(([id, dashboard]): DashboardSpec => ({
      id,
      title: dashboard.title,
      description: dashboard.description,
      rows: withoutTwinRows(reader, id, dashboard.rows).map(([row, index]) => ({
        title: row.title,
        panels: Object.entries(row.panels).flatMap(([key, panel]) => {
          used.push(...panelMetrics(panel));
          return (
            normalisePanel(reader, key, panel, ['dashboards', id, 'rows', index, 'panels', key], `dashboard ${id}`) ??
            []
          );
        }),
      })),
      origin: reader.at(['dashboards', id], `dashboard ${id}`),
    }));

  const text = (property: string): string => (typeof raw[property] === 'string' ? raw[property] : '');
  // A frame that does not stand has had its findings; the rest of the system is read all the same, for its own.
  const { id, title, description, owner } = frame ?? {
    id: slug.safeParse(raw['id']).data ?? placeholder,
    title: text('title'),
    description: text('description'),
    owner: text('owner'),
  };
  if (['components', 'thresholds', 'slos'].every((name) => Object.keys(record(raw[name])).length === 0)) {
    report.add('system/empty', { id }, reader.at([]));
  }
  if (owner !== '') reader.refer('team', owner, names.teams, ['owner']);
  return {
    id,
    title,
    description,
    team: owner,
    jobs,
    metrics: mergeMetrics(reader, [], [...metrics, ...normaliseUsedMetrics(reader, [...new Set(used)], jobIds)]),
    components,
    thresholds,
    slos,
    workloads,
    dashboards,
    origin: reader.at([]),
  };
};
