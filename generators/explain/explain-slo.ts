import { ANNOTATIONS, sloGroupName, sloId } from '../conventions.ts';
import type { Location, Origin } from '../diagnostics/diagnostic.ts';
import { groupNamed } from '../model/rule-groups.ts';
import type { AlertingRule, Model, Slo, System } from '../model/model.ts';
import { printPretty } from '../promql/print.ts';
import type { SloNumbers, SloTable } from '../targets/slo-tables.ts';
import { sloNumbers } from '../targets/slo-tables.ts';

/** Everything that is known about an SLO, as data and as text for a terminal. */
export interface ExplainedSlo extends SloNumbers {
  readonly slo: string;
  readonly system: string;
  readonly component: string | null;
  readonly title: string;
  /** Bad and all events of a window, which `$__slo_window` stands for. */
  readonly queries: { readonly bad: string; readonly total: string };
  readonly alerts: readonly string[];
  readonly dashboard: string | null;
  readonly runbooks: readonly string[];
  /** `file:line` of the definition. */
  readonly definition: string;
  readonly text: string;
}

/** Explains the SLOs of a name: its id, or its id with that of its system before it. */
export const explainSlo = (
  model: Model,
  name: string,
  locate: (origin: Origin) => Location | undefined,
): readonly ExplainedSlo[] =>
  model.systems.flatMap((system) =>
    system.slos
      .filter((slo) => slo.id === name || sloId(system.id, slo.id) === name)
      .map((slo) => {
        const explained = toExplained(slo, system, model, locate);
        return { ...explained, text: toText(explained) };
      }),
  );

const toExplained = (
  slo: Slo,
  system: System,
  model: Model,
  locate: (origin: Origin) => Location | undefined,
): Omit<ExplainedSlo, 'text'> => {
  const group = groupNamed(model, sloGroupName(system.id, slo.id));
  const alerts = (group?.rules ?? []).filter((rule): rule is AlertingRule => rule.kind === 'alerting');
  const annotation = (key: string): readonly string[] => [
    ...new Set(alerts.flatMap(({ annotations }) => annotations[key] ?? [])),
  ];
  const place = locate(slo.origin);
  return {
    slo: slo.id,
    system: system.id,
    component: slo.component ?? null,
    title: slo.title,
    queries: { bad: printPretty(slo.indicator.bad), total: printPretty(slo.indicator.total) },
    ...sloNumbers(slo, system, model),
    alerts: [...new Set(alerts.map(({ alert }) => alert))],
    dashboard: annotation(ANNOTATIONS.dashboard)[0]?.replace(/\?.*$/, '') ?? null,
    runbooks: annotation(ANNOTATIONS.runbook),
    definition: place ? `${place.file}:${place.line}` : slo.origin.file,
  };
};

const indented = (text: string): readonly string[] => text.split('\n').map((line) => `    ${line}`);

const toText = (slo: Omit<ExplainedSlo, 'text'>): string => {
  const where = slo.component === null ? slo.system : `${slo.system} / ${slo.component}`;
  return [
    `${slo.title} (SLO ${slo.slo}, ${where})`,
    '',
    ...slo.facts,
    '',
    'Bad events in a window',
    ...indented(slo.queries.bad),
    'All events in a window',
    ...indented(slo.queries.total),
    ...slo.tables.flatMap((table) => ['', table.title, ...aligned(table)]),
    '',
    `Alerts     ${slo.alerts.join(', ') || 'none'}`,
    `Dashboard  ${slo.dashboard ?? 'none'}`,
    `Runbooks   ${slo.runbooks.join(', ') || 'none'}`,
    `Defined    ${slo.definition}`,
    '',
  ].join('\n');
};

/** A table in columns. */
const aligned = ({ head, rows }: SloTable): readonly string[] => {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
};
