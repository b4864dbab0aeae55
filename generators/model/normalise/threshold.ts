import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import type * as z from 'zod';
import type { Expr } from '../../promql/ast.ts';
import { print } from '../../promql/print.ts';
import { selectors, walk } from '../../promql/walk.ts';
import { UNITS } from '../../promql/units.ts';
import type { Amount, Direction, Threshold, ThresholdLevel } from '../model.ts';
import type { Operand, Query } from '../query.ts';
import { toQuery } from '../query.ts';
import type { Quantity } from '../quantities.ts';
import { toMilliseconds } from '../quantities.ts';
import type { levelShape } from '../schema.ts';
import { alertName } from '../schema.ts';
import type { Reader } from './reader.ts';

type LevelsOutput = { readonly [K in keyof typeof levelShape]?: z.output<(typeof levelShape)[K]> | undefined };

/** What a threshold is made of, whether a person or a monitor asks for it. */
export interface ThresholdParts {
  readonly id: string;
  readonly component: string | undefined;
  readonly title: string;
  readonly query: Operand;
  readonly direction: Direction;
  readonly alert: string;
  readonly levels: LevelsOutput;
  readonly defaults: {
    readonly for?: number;
    readonly summary: string;
    readonly description: string;
    readonly firstSteps: readonly string[];
  };
  /** Where it is written, and where its levels and its query are. */
  readonly path: PropertyPath;
  readonly queryPath: PropertyPath;
  /** Ids, most severe first; absent when the project does not say. */
  readonly severities: readonly string[] | undefined;
  readonly subject: string;
}

/** The PromQL of an operand; every mistake of a free expression is reported. */
export const readQuery = (
  reader: Reader,
  operand: Operand,
  path: PropertyPath,
  subject: string,
): (Query & { readonly expr: Expr }) | undefined => {
  const query = toQuery(operand);
  for (const { message, at } of query.problems) {
    if (at) {
      reader.report.add('query/syntax', { message }, reader.at(path, subject), {
        fragments: [{ artefact: 'query', ...at }],
      });
    } else {
      reader.report.add('query/argument', { problem: message }, reader.at(path, subject));
    }
  }
  if (query.problems.length > 0 || !query.expr) return undefined;
  if (selectors(query.expr).length === 0) {
    reader.report.add('query/constant', { text: print(query.expr) }, reader.at(path, subject));
    return undefined;
  }
  return { ...query, expr: query.expr };
};

const toAmount = (quantity: Quantity): Amount => ({ value: quantity.base, unit: quantity.unit });

const isWorse = (direction: Direction, a: number, b: number): boolean =>
  direction === 'above' || direction === 'atLeast' ? a > b : a < b;

const hasVariable = (expr: Expr): boolean => {
  let found = false;
  walk(expr, {
    duration: {
      enter: ({ variable }) => {
        found ||= variable !== undefined;
      },
    },
  });
  return found;
};

/** A threshold in the form of the model; nothing when its query or its levels do not stand. */
export const normaliseThreshold = (reader: Reader, parts: ThresholdParts): Threshold | undefined => {
  const { path, levels, direction, subject, defaults } = parts;
  const query = readQuery(reader, parts.query, parts.queryPath, subject);
  if (query && hasVariable(query.expr)) {
    reader.report.add(
      'query/argument',
      {
        problem:
          "the rate interval is Grafana's, and it is not there where alerts are evaluated; give a length of time: minutes(5)",
      },
      reader.at(parts.queryPath, subject),
    );
    return undefined;
  }
  const checkName = (alert: string, at: PropertyPath): void => {
    const named = alertName.safeParse(alert);
    if (!named.success) {
      reader.report.add(
        'definition/name',
        { what: 'alert', name: alert, rule: named.error.issues[0]?.message ?? '' },
        reader.at(at, subject),
      );
    }
  };
  checkName(parts.alert, [...path, 'alert']);

  const toLevel = (name: 'critical' | 'warning'): ThresholdLevel | undefined => {
    const input = levels[name];
    if (!input) return undefined;
    const details = 'level' in input ? input : { level: input };
    const severity = details.severity ?? name;
    const severityPath =
      'severity' in details && details.severity !== undefined ? [...path, name, 'severity'] : [...path, name];
    const known = reader.refer('severity', severity, parts.severities, severityPath);
    const { dimension } = UNITS[details.level.unit];
    if (query && dimension !== query.dimension) {
      reader.report.add(
        'threshold/unit',
        { level: name, given: dimension, wanted: query.dimension },
        reader.at([...path, name], subject),
      );
      return undefined;
    }
    const alert = details.alert ?? parts.alert;
    if (details.alert !== undefined) checkName(details.alert, [...path, name, 'alert']);
    if (!known) return undefined;
    return {
      severity,
      alert,
      level: toAmount(details.level),
      for: details.for ? toMilliseconds(details.for) : levels.for ? toMilliseconds(levels.for) : (defaults.for ?? 0),
      keepFiringFor: toMilliseconds(details.keepFiringFor ?? levels.keepFiringFor ?? NO_TIME),
      origin: reader.at([...path, name], subject),
    };
  };

  const given = (['critical', 'warning'] as const).filter((name) => levels[name] !== undefined);
  if (given.length === 0) {
    reader.report.add('threshold/no-level', {}, reader.at(path, subject));
    return undefined;
  }
  const [critical, warning] = [toLevel('critical'), toLevel('warning')];
  if (critical && warning) {
    if (!isWorse(direction, critical.level.value, warning.level.value)) {
      reader.report.add(
        'threshold/levels-order',
        { direction, warning: warning.level, critical: critical.level },
        warning.origin,
        { related: [{ note: 'the critical level', at: critical.origin }] },
      );
    }
    const rank = (severity: string): number => parts.severities?.indexOf(severity) ?? -1;
    if (parts.severities && rank(critical.severity) >= rank(warning.severity)) {
      reader.report.add(
        'threshold/severity-order',
        { warning: warning.severity, critical: critical.severity },
        warning.origin,
      );
    }
  }
  if (levels.goal && query && UNITS[levels.goal.unit].dimension !== query.dimension) {
    reader.report.add(
      'threshold/unit',
      { level: 'goal', given: UNITS[levels.goal.unit].dimension, wanted: query.dimension },
      reader.at([...path, 'goal'], subject),
    );
  }
  const found = [critical, warning].filter((level) => level !== undefined);
  if (!query || found.length !== given.length) return undefined;
  return {
    id: parts.id,
    component: parts.component,
    title: parts.title,
    query: query.expr,
    unit: query.unit,
    labels: [],
    recorded: undefined,
    direction,
    levels: found,
    summary: levels.summary ?? defaults.summary,
    description: levels.description ?? defaults.description,
    firstSteps: levels.firstSteps ?? defaults.firstSteps,
    goal: levels.goal ? toAmount(levels.goal) : undefined,
    origin: reader.at(path, subject),
    queryOrigin: reader.at(parts.queryPath, subject),
  };
};

const NO_TIME = { kind: 'quantity', dimension: 'time', unit: 'seconds', amount: 0, base: 0 } as const;
