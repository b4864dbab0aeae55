import { LABELS, TARGET_LABELS } from '../conventions.ts';
import type { Inhibition, Project, RouteMatcher, System, Threshold, ThresholdLevel } from '../model/model.ts';
import { externalLabelNames } from '../model/routing.ts';
import { escapeRe2 } from '../model/series.ts';
import { selectors } from '../promql/walk.ts';

/** An alert that says that a job does not answer. */
interface Down {
  readonly threshold: Threshold;
  readonly level: ThresholdLevel;
  readonly job: string;
  /** The job has one target everywhere: when it is down, all of the component is. */
  readonly isWhole: boolean;
}

interface Quiet {
  readonly threshold: Threshold;
  readonly level: ThresholdLevel;
}

/**
 * What a job that is down keeps quiet: the alerts about its own series, and the milder alerts of the components that
 * depend on it. Where a job has several targets, only alerts of the very target that is down, told by its labels.
 * Nothing that is more severe than the alert of the cause is ever kept quiet.
 */
export const downInhibitions = (system: System, project: Project): readonly Inhibition[] => {
  const { severities } = project;
  const external = externalLabelNames(project);
  const ranks = new Map(severities.map(({ id, rank }) => [id, rank]));
  const rankOf = ({ severity }: ThresholdLevel): number => ranks.get(severity) ?? severities.length;
  const downs = system.thresholds.flatMap((threshold) => toDown(threshold, system) ?? []);
  const isDown = (threshold: Threshold): boolean => downs.some((down) => down.threshold === threshold);
  const others = system.thresholds
    .filter((threshold) => !isDown(threshold))
    .flatMap((threshold) => threshold.levels.map((level): Quiet => ({ threshold, level })));

  return downs.flatMap((down): Inhibition[] => {
    const own = others.filter(
      ({ threshold, level }) =>
        jobsOf(threshold, system).every((job) => job === down.job) &&
        jobsOf(threshold, system).length > 0 &&
        rankOf(level) >= rankOf(down.level) &&
        (down.isWhole || TARGET_LABELS.every((label) => threshold.labels.includes(label))),
    );
    const dependants = down.isWhole ? dependantsOf(system, down.threshold.component) : [];
    const symptoms = others.filter(
      (quiet) =>
        !own.includes(quiet) &&
        dependants.includes(quiet.threshold.component ?? '') &&
        rankOf(quiet.level) > rankOf(down.level),
    );
    const name = down.level.alert;
    return [
      ...toInhibitions(
        system,
        down,
        own,
        [...(down.isWhole ? [] : TARGET_LABELS), ...external],
        `${name} keeps the other alerts of its job quiet`,
      ),
      ...toInhibitions(system, down, symptoms, external, `${name} keeps the milder alerts of what depends on it quiet`),
    ];
  });
};

/** The most severe level of a threshold that watches nothing but `up` of one job. */
const toDown = (threshold: Threshold, system: System): Down | undefined => {
  const { query } = threshold;
  const [level] = threshold.levels;
  if (query.kind !== 'vector' || query.name !== 'up' || !level) return undefined;
  const job = query.matchers.find(({ name, op }) => name === 'job' && op === '=')?.value;
  const found = system.jobs.find(({ id }) => id === job);
  if (!found) return undefined;
  return {
    threshold,
    level,
    job: found.id,
    isWhole: Object.values(found.targets).every((targets) => targets.length === 1),
  };
};

/** The jobs whose series a threshold reads, each once. */
const jobsOf = ({ query }: Threshold, { metrics }: System): readonly string[] => [
  ...new Set(
    selectors(query).flatMap(({ selector: { name = '', matchers } }) => {
      if (name === 'up') return matchers.find((one) => one.name === 'job')?.value ?? [];
      const family = name.replace(/_(?:bucket|count|sum)$/, '');
      return (
        (metrics.find((metric) => metric.name === name) ?? metrics.find((metric) => metric.name === family))?.job ?? []
      );
    }),
  ),
];

/** The components that need a component, directly or through others. */
const dependantsOf = (system: System, component: string | undefined): readonly string[] => {
  const found = new Set<string>();
  const visit = (id: string): void => {
    for (const { id: other, dependsOn } of system.components) {
      if (!dependsOn.includes(id) || found.has(other)) continue;
      found.add(other);
      visit(other);
    }
  };
  if (component !== undefined) visit(component);
  found.delete(component ?? '');
  return [...found];
};

/** One rule for each set of severities, since a rule matches names and severities apart. */
const toInhibitions = (
  system: System,
  down: Down,
  quiet: readonly Quiet[],
  equal: readonly string[],
  reason: string,
): readonly Inhibition[] => {
  const bySeverities = new Map<string, string[]>();
  for (const name of new Set(quiet.map(({ level }) => level.alert))) {
    const severities = [
      ...new Set(quiet.filter(({ level }) => level.alert === name).map(({ level }) => level.severity)),
    ];
    const key = severities.toSorted().map(escapeRe2).join('|');
    bySeverities.set(key, [...(bySeverities.get(key) ?? []), name]);
  }
  return [...bySeverities]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([severities, names]) => ({
      source: [
        is(LABELS.system, [system.id]),
        is(LABELS.severity, [down.level.severity]),
        is('alertname', [down.level.alert]),
      ],
      target: [
        is(LABELS.system, [system.id]),
        { name: LABELS.severity, op: severities.includes('|') ? '=~' : '=', value: severities },
        is('alertname', names.toSorted()),
      ],
      equal: [...new Set([LABELS.system, ...equal])].toSorted(),
      reason,
      origin: down.threshold.origin,
    }));
};

const is = (name: string, values: readonly string[]): RouteMatcher =>
  values.length === 1
    ? { name, op: '=', value: values[0] ?? '' }
    : { name, op: '=~', value: values.map(escapeRe2).join('|') };
