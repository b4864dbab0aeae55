import { groupName, toMetricWord } from '../conventions.ts';
import type { Model, RecordingRule, RuleGroup, System, Threshold } from '../model/model.ts';
import { fromBase } from '../model/quantities.ts';
import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import { print } from '../promql/print.ts';
import { durationText } from '../promql/print-text.ts';
import { UNITS } from '../promql/units.ts';
import { transform, walk } from '../promql/walk.ts';
import { definePass } from './pass.ts';

/**
 * Every threshold whose query does more than read one series is recorded: its alerts and its panel then read one
 * cheap series, and show the same number.
 */
export const recordingRules = definePass({
  id: 'recording-rules',
  summary: 'queries that alerts and panels share become recording rules',
  run: (model) => {
    const systems = model.systems.map((system) => ({
      ...system,
      thresholds: system.thresholds.map((threshold) =>
        isExpensive(threshold.query) ? { ...threshold, recorded: recordName(system, threshold) } : threshold,
      ),
    }));
    return {
      ...model,
      systems,
      ruleGroups: [...model.ruleGroups, ...systems.flatMap((system) => toGroups(system))],
    } satisfies Model;
  },
});

/**
 * The query of a threshold as its rule evaluates it. A subquery evaluates what is in it at every step of hours: what
 * an earlier rule of the same group records already is read from there.
 */
const recordedExpr = ({ query, component, id }: Threshold, thresholds: readonly Threshold[]): Expr => {
  let hasSubquery = false;
  const enter = (): void => {
    hasSubquery = true;
  };
  walk(query, { subquery: { enter } });
  if (!hasSubquery) return query;
  const before = thresholds.slice(
    0,
    thresholds.findIndex((one) => one.id === id),
  );
  const recorded = before
    .flatMap((one): { readonly text: string; readonly name: string }[] =>
      one.recorded === undefined || one.component !== component ? [] : [{ text: print(one.query), name: one.recorded }],
    )
    // The largest part first: what is in it would not be found any more after that of a smaller one is replaced.
    .toSorted((a, b) => b.text.length - a.text.length);
  return recorded.reduce(
    (expr, { text, name }) => transform(expr, (node) => (print(node) === text ? build.selector(name) : node)),
    query,
  );
};

const isExpensive = (query: Expr): boolean => {
  let found = false;
  const enter = (): void => {
    found = true;
  };
  walk(query, { call: { enter }, aggregate: { enter }, binary: { enter } });
  return found;
};

/** `level:metric:operations` (https://prometheus.io/docs/practices/rules/): the system, what is measured, how. */
const recordName = (system: System, threshold: Threshold): string =>
  `${levelOf(system)}:${toMetricWord(threshold.id)}:${operationsOf(threshold)}`;

/** `slo` is the level of the series of SLOs; no id ends in a dash, so no other system has the name that stands in for it. */
const levelOf = ({ id }: System): string => (id === 'slo' ? 'slo_' : toMetricWord(id));

/** The operations of a query in short, outermost first: `p95_rate5m`, `ratio_rate5m`, `max`. */
const operationsOf = ({ query, unit }: Threshold): string => {
  const operations: string[] = [];
  walk(query, {
    call: {
      enter: ({ func, args: [first] }) => {
        if (func === 'histogram_quantile' && first?.kind === 'number') operations.push(`p${quantileName(first.value)}`);
        else if (first?.kind === 'matrix' && first.range.kind === 'duration')
          operations.push(`${func}${durationText(first.range.ms)}`);
        else operations.push(func);
      },
    },
    aggregate: {
      enter: ({ op }) => {
        operations.push(op);
      },
    },
  });
  const range = operations.find((operation) => /\d[a-z]*$/.test(operation) && !/^p\d/.test(operation));
  const outer = operations.find((operation) => operation !== range);
  const kind = UNITS[unit].dimension === 'ratio' ? unit : outer;
  return [...new Set([kind, range])].filter((part) => part !== undefined).join('_') || 'value';
};

/** `0.999` to `99_9`. */
const quantileName = (share: number): string => String(fromBase(share, 'percent')).replaceAll(/[^0-9]/g, '_');

const toGroups = (system: System): readonly RuleGroup[] => {
  const components = [...system.components.map(({ id }) => id), undefined];
  return components.flatMap((component) => {
    const rules = system.thresholds
      .filter((threshold) => threshold.component === component)
      .flatMap((threshold): RecordingRule[] =>
        threshold.recorded === undefined
          ? []
          : [
              {
                kind: 'recording',
                record: threshold.recorded,
                expr: recordedExpr(threshold, system.thresholds),
                labels: {},
                unit: threshold.unit,
                resultLabels: threshold.labels,
                origin: threshold.origin,
              },
            ],
      );
    return rules.length > 0 ? [{ name: groupName(system.id, component), system: system.id, rules }] : [];
  });
};
