import type * as z from 'zod';
import type { SeverityInput } from '../definition.ts';
import type { Environment, Project, SeverityLevel } from '../model.ts';
import { days, minutes, seconds, toMilliseconds } from '../quantities.ts';
import { environmentSchema, projectSchema, severitySchema, slug } from '../schema.ts';
import type { Reader } from './reader.ts';
import { normaliseRouting, toResponseTime } from './routing.ts';

const COLORS: readonly NonNullable<SeverityInput['color']>[] = ['red', 'orange', 'yellow', 'blue'];

/** A record, or nothing of what a person wrote in its place; the frame's shape reports that. */
const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** Alertmanager would tell a receiver twice that is named twice. */
const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** What a system needs to know of the project, as far as the project says it; absent lists are not checked against. */
export interface ProjectNames {
  readonly teams?: readonly string[];
  /** Most severe first. */
  readonly severities?: readonly string[];
  readonly environments?: readonly string[];
  readonly scrapeInterval: number;
  readonly scrapeTimeout: number;
}

/** The names that a project gives, even when other parts of it do not stand. */
export const readProjectNames = (value: unknown, project: Project | undefined): ProjectNames => {
  const raw = recordOf(value);
  const keys = (property: string): readonly string[] | undefined => {
    const record = raw[property];
    return typeof record === 'object' && record !== null ? Object.keys(record) : undefined;
  };
  const [teams, severities, environments] = [keys('teams'), keys('severities'), keys('environments')];
  return {
    ...(teams ? { teams } : {}),
    ...(severities ? { severities } : {}),
    ...(environments ? { environments } : {}),
    scrapeInterval: project?.scrapeInterval ?? toMilliseconds(seconds(15)),
    scrapeTimeout: project?.scrapeTimeout ?? toMilliseconds(seconds(10)),
  };
};

/** Stands in for a frame that does not stand, so that the rest of the project and its systems are read for their own mistakes. */
const PLACEHOLDER: z.output<typeof projectSchema> = {
  id: 'unnamed',
  title: '',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(15),
  evaluationInterval: seconds(15),
  links: { runbooks: '', grafana: '' },
  environments: {},
  severities: {},
  receivers: {},
  teams: {},
  fallback: [],
};

/** The project in the form of the model. */
export const normaliseProject = (reader: Reader, value: unknown): Project => {
  const frame = reader.read(projectSchema, value, []);
  const input = frame ?? PLACEHOLDER;
  const raw = recordOf(value);
  const entriesOf = (property: string): Readonly<Record<string, unknown>> => recordOf(raw[property]);

  const severities: SeverityLevel[] = reader
    .entries(severitySchema, entriesOf('severities'), ['severities'], 'severity', slug)
    .map(([id, severity], rank) => ({
      id,
      rank,
      title: severity.title,
      respondWithin: toResponseTime(severity.respondWithin),
      color: severity.color ?? COLORS[Math.min(rank, COLORS.length - 1)] ?? 'blue',
    }));

  const environments: Environment[] = reader
    .entries(environmentSchema, entriesOf('environments'), ['environments'], 'environment', slug)
    .map(([id, { secretsDirectory, inbox, ...environment }]) => ({
      id,
      ...environment,
      ...(secretsDirectory === undefined ? {} : { secretsDirectory }),
      ...(inbox === undefined ? {} : { inbox: { ...inbox, url: inbox.url.replace(/\/+$/, '') } }),
      origin: reader.at(['environments', id]),
    }));

  const routing = normaliseRouting(reader, raw, severities, input.versions.alertmanager);

  input.fallback.forEach((name, index) =>
    reader.refer('receiver', name, Object.keys(entriesOf('receivers')), ['fallback', index]),
  );
  if (frame && Object.keys(frame.environments).length === 0) {
    reader.report.add(
      'definition/shape',
      { property: 'environments', problem: 'expected at least one environment' },
      reader.at(['environments']),
    );
  }
  const scrapeTimeout = input.scrapeTimeout ?? (input.scrapeInterval.base < 10 ? input.scrapeInterval : seconds(10));
  if (scrapeTimeout.base > input.scrapeInterval.base) {
    reader.report.add(
      'definition/shape',
      {
        property: 'scrapeTimeout',
        problem: 'expected a time that is not above the scrape interval; Prometheus refuses it',
      },
      reader.at(['scrapeTimeout']),
    );
  }
  if (input.evaluationInterval.base > minutes(5).base) {
    reader.report.add(
      'definition/shape',
      {
        property: 'evaluationInterval',
        problem: 'expected at most 5 minutes: beyond the look-back of Prometheus, recorded series have gaps',
      },
      reader.at(['evaluationInterval']),
    );
  }
  return {
    id: input.id,
    title: input.title,
    versions: input.versions,
    scrapeInterval: toMilliseconds(input.scrapeInterval),
    scrapeTimeout: toMilliseconds(scrapeTimeout),
    evaluationInterval: toMilliseconds(input.evaluationInterval),
    retention: toMilliseconds(input.retention ?? days(15)),
    links: { runbooks: input.links.runbooks.replace(/\/+$/, ''), grafana: input.links.grafana.replace(/\/+$/, '') },
    environments,
    severities,
    ...routing,
    fallback: unique(input.fallback),
    origin: reader.at([]),
  };
};
