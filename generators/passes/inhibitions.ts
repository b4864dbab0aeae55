import { LABELS } from '../conventions.ts';
import type { Inhibition, Project, RouteMatcher, System, Threshold, ThresholdLevel } from '../model/model.ts';
import { externalLabelNames } from '../model/routing.ts';
import { downInhibitions } from './down-inhibitions.ts';
import { definePass } from './pass.ts';

/** What keeps what quiet, so that one incident is one message: each rule names labels that its alerts carry. */
export const inhibitions = definePass({
  id: 'inhibitions',
  summary: 'critical alerts keep warnings quiet, causes keep symptoms quiet, a down job keeps its own alerts quiet',
  run: (model) => ({
    ...model,
    routing: {
      ...model.routing,
      inhibitions: [
        ...model.routing.inhibitions,
        ...model.systems.flatMap((system) => [
          ...inhibitionsOf(system, model.project),
          ...downInhibitions(system, model.project),
        ]),
        ...model.project.inhibitions,
      ],
    },
  }),
});

interface Pair {
  readonly threshold: Threshold;
  readonly source: ThresholdLevel;
  readonly target: ThresholdLevel;
}

/** What the two alerts differ in, or the matchers fix. */
const FIXED: ReadonlySet<string> = new Set([...Object.values(LABELS), 'alertname']);

const inhibitionsOf = (system: System, project: Project): readonly Inhibition[] => {
  // One Alertmanager may hear of several environments; an alert of one says nothing about another.
  const external = externalLabelNames(project);
  const pairs = system.thresholds.flatMap((threshold): Pair[] => {
    const [source, target] = threshold.levels;
    return source && target ? [{ threshold, source, target }] : [];
  });
  // One rule serves all thresholds whose levels, names and labels behave alike.
  const alike = new Map<string, Pair[]>();
  for (const pair of pairs) alike.set(keyOf(pair), [...(alike.get(keyOf(pair)) ?? []), pair]);
  return [...alike.values()].flatMap((group): Inhibition[] => {
    const [first] = group;
    if (!first) return [];
    const { source, target, threshold } = first;
    const sameName = source.alert === target.alert;
    return [
      {
        source: matchers(
          system,
          source,
          group.map((pair) => pair.source.alert),
        ),
        target: matchers(
          system,
          target,
          group.map((pair) => pair.target.alert),
        ),
        equal: [
          ...new Set([
            ...(sameName ? ['alertname'] : []),
            ...threshold.labels.filter((label) => !FIXED.has(label)),
            ...external,
          ]),
        ].toSorted(),
        reason: `${source.severity} keeps ${target.severity} of the same threshold quiet`,
        origin: threshold.origin,
      },
    ];
  });
};

const keyOf = ({ threshold, source, target }: Pair): string =>
  JSON.stringify([
    source.severity,
    target.severity,
    source.alert === target.alert ? '' : [source.alert, target.alert],
    threshold.labels,
  ]);

const matchers = (system: System, level: ThresholdLevel, alerts: readonly string[]): readonly RouteMatcher[] => {
  const names = [...new Set(alerts)].toSorted();
  return [
    { name: LABELS.system, op: '=', value: system.id },
    { name: LABELS.severity, op: '=', value: level.severity },
    names.length === 1
      ? { name: 'alertname', op: '=', value: names[0] ?? '' }
      : { name: 'alertname', op: '=~', value: names.join('|') },
  ];
};
