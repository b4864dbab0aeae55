import { formatDuration, formatLevel } from '../../model/format.ts';
import type { Model, System, Threshold } from '../../model/model.ts';
import { goalOf, runbookAddress } from '../alerts.ts';
import { cell, code, heading, link, plain } from '../markdown.ts';

/** What the template is filled in with; every text is Markdown. */
export interface IndicatorsView {
  readonly project: string;
  readonly systems: readonly {
    readonly title: string;
    readonly owner: string;
    readonly definition: string;
    /** Those that some level of the system has, most severe first. */
    readonly severities: readonly string[];
    readonly rows: readonly {
      readonly component: string;
      readonly measured: string;
      readonly goal: string;
      /** One for each severity. */
      readonly levels: readonly string[];
      readonly alerts: string;
    }[];
  }[];
}

/** All thresholds of a model, by system and component. */
export const toIndicatorsView = ({ project, systems }: Model): IndicatorsView => ({
  project: plain(project.title),
  systems: systems
    .filter(({ thresholds }) => thresholds.length > 0)
    .map((system) => {
      const used = new Set(system.thresholds.flatMap(({ levels }) => levels.map(({ severity }) => severity)));
      const severities = project.severities.filter(({ id }) => used.has(id)).map(({ id }) => id);
      const team = project.teams.find(({ id }) => id === system.team);
      return {
        title: heading(system.title),
        owner: plain(team?.title ?? system.team),
        definition: code(system.origin.file),
        severities: severities.map((severity) => cell(plain(severity))),
        rows: inComponentOrder(system).map((threshold) => toRow(system, threshold, severities)),
      };
    }),
});

const inComponentOrder = ({ components, thresholds }: System): readonly Threshold[] => {
  const positions = new Map(components.map(({ id }, index) => [id, index]));
  const positionOf = ({ component }: Threshold): number => positions.get(component ?? '') ?? positions.size;
  return thresholds.toSorted((a, b) => positionOf(a) - positionOf(b));
};

const toRow = (
  system: System,
  threshold: Threshold,
  severities: readonly string[],
): IndicatorsView['systems'][number]['rows'][number] => {
  const { component, title, direction, levels } = threshold;
  const alerts = [...new Set(levels.map(({ alert }) => alert))];
  return {
    component: cell(plain(system.components.find(({ id }) => id === component)?.title ?? '–')),
    measured: cell(plain(title)),
    goal: cell(goalOf(threshold) ?? '–'),
    levels: severities.map((severity) => {
      const words = levels
        .filter((level) => level.severity === severity)
        .map(
          (level) =>
            `${formatLevel(direction, level.level)}${level.for === 0 ? '' : ` for ${formatDuration(level.for)}`}`,
        );
      return cell(words.length === 0 ? '–' : words.join('; '));
    }),
    alerts: cell(alerts.map((name) => link(name, `../${runbookAddress({ system, name })}`)).join(', ')),
  };
};
