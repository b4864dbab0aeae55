import type { Report } from '../../diagnostics/report.ts';
import type { Definition } from '../definition.ts';
import type { Model, Project, System } from '../model.ts';
import { normaliseProject, readProjectNames } from './project.ts';
import type { Reader } from './reader.ts';
import { createReader } from './reader.ts';
import { reportSecrets } from './secrets.ts';
import { normaliseSystem } from './system.ts';

/** A definition file that was loaded: its path from the project's root, and what it exports as its default. */
export interface DefinitionFile {
  readonly file: string;
  readonly value: unknown;
}

const isDefinition = (value: unknown): value is Definition =>
  typeof value === 'object' &&
  value !== null &&
  ['project', 'system'].includes(String((value as { kind?: unknown }).kind)) &&
  'input' in value;

/** What the passes fill in. */
const NOTHING_DERIVED = { ruleGroups: [], dashboards: [] } as const;

/**
 * Reads all definitions into the model. Every mistake of every file is reported; what stands is kept, so that later
 * stages could go on, but the pipeline stops here when there was an error. Nothing comes back without a project.
 */
export const normalise = (files: readonly DefinitionFile[], report: Report): Model | undefined => {
  const sorted = files.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const readers = sorted.flatMap(({ file, value }): { reader: Reader; definition: Definition; file: string }[] => {
    if (!isDefinition(value)) {
      report.add('load/no-default-export', { exports: [] }, { file, path: [] });
      return [];
    }
    const reader = createReader(file, value, report);
    reportSecrets(reader, value.input);
    return [{ reader, definition: value, file }];
  });

  const projects = readers.filter(({ definition }) => definition.kind === 'project');
  const [first, ...others] = projects;
  if (!first) {
    report.add('definition/missing-project', { files: sorted.map(({ file }) => file) });
  }
  for (const { reader } of others) {
    report.add('definition/several-projects', { other: first?.file ?? '' }, reader.at([]));
  }
  const project = first && normaliseProject(first.reader, first.definition.input);
  const names = readProjectNames(first?.definition.input, project);

  const systems = readers
    .filter(({ definition }) => definition.kind === 'system')
    .map(({ reader, definition, file }) => normaliseSystem(reader, definition.input, names, `unnamed (${file})`))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  reportDuplicates(systems, report);
  if (!project) return undefined;
  return { project, systems, ...NOTHING_DERIVED, routing: emptyRouting(project) };
};

const emptyRouting = ({ origin }: Project): Model['routing'] => ({
  root: {
    id: 'root',
    receiver: 'fallback',
    matchers: [],
    groupBy: [],
    groupWait: 30_000,
    groupInterval: 300_000,
    repeatInterval: 14_400_000,
    continue: false,
    routes: [],
    origin,
  },
  groups: [],
  inhibitions: [],
});

const reportDuplicates = (systems: readonly System[], report: Report): void => {
  systems.forEach((system, index) => {
    const twin = systems.slice(0, index).find(({ id }) => id === system.id);
    if (twin) {
      report.add(
        'definition/duplicate',
        { what: 'system', name: system.id },
        { ...system.origin, path: ['id'] },
        {
          related: [{ note: 'the other definition', at: { ...twin.origin, path: ['id'] } }],
        },
      );
    }
    for (const job of system.jobs) {
      const other = systems.slice(0, index).find(({ jobs }) => jobs.some(({ id }) => id === job.id));
      const same = other?.jobs.find(({ id }) => id === job.id);
      if (other && same) {
        report.add('job/duplicate', { job: job.id, system: other.id }, job.origin, {
          related: [{ note: 'the other job', at: same.origin }],
        });
      }
    }
  });
};
