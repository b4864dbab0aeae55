/** The project of this repository, moved to the ports of a test and to another scale of time. */
import { fileURLToPath } from 'node:url';
import type { Report } from '../../generators/diagnostics/report.ts';
import * as tocsin from '../../generators/index.ts';
import { load } from '../../generators/load/load.ts';
import type { Definition, ProjectInput, ReceiverInput, SystemInput } from '../../generators/model/definition.ts';
import type { AlertingRule, Model, Receiver } from '../../generators/model/model.ts';
import type { DefinitionFile } from '../../generators/model/normalise/index.ts';
import type { Duration } from '../../generators/model/quantities.ts';
import * as promql from '../../generators/promql/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The definitions of this repository without the heartbeat, which always fires: the tests wait for silence. */
export const loadDefinitions = async (report: Report): Promise<readonly DefinitionFile[]> => {
  const loaded = await load(
    { root: ROOT, definitions: 'definitions', modules: { tocsin, 'tocsin/promql': promql } },
    report,
  );
  return loaded.definitions.map(({ file, value }) => {
    const definition = value as Definition;
    if (definition.kind !== 'project') return { file, value };
    const { heartbeat: _, ...input } = definition.input;
    return { file, value: { ...definition, input } };
  });
};

/** The same definitions without service level objectives, whose windows of days outlast any test. */
export const withoutSlos = (definitions: readonly DefinitionFile[]): readonly DefinitionFile[] =>
  definitions.map(({ file, value }) => {
    const definition = value as Definition;
    return {
      file,
      value: definition.kind === 'system' ? { ...definition, input: { ...definition.input, slos: {} } } : definition,
    };
  });

/** Where everything is that the definitions name. */
export interface Places {
  /** `host:port` */
  readonly prometheus: string;
  readonly alertmanager: string;
  /** The base URL of whoever takes the notifications. */
  readonly sink: string;
  /** `host:port` of a job's target. */
  readonly target: (job: string) => string;
}

/** The one environment of a project that was moved. */
export const ENVIRONMENT = 'local';

/**
 * Definitions that differ from the given ones only in addresses and in how often jobs are scraped and rules evaluated.
 * Services that have no address setting of their own (pagers, mail) are replaced by webhooks.
 */
export const relocate = (
  definitions: readonly DefinitionFile[],
  places: Places,
  interval: Duration,
): readonly DefinitionFile[] =>
  definitions.map(({ file, value }) => {
    const definition = value as Definition;
    return {
      file,
      value:
        definition.kind === 'project'
          ? { ...definition, input: relocateProject(definition.input, places, interval) }
          : { ...definition, input: relocateSystem(definition.input, places, interval) },
    };
  });

const relocateProject = (
  input: ProjectInput,
  { prometheus, alertmanager, sink }: Places,
  interval: Duration,
): ProjectInput => ({
  ...input,
  scrapeInterval: interval,
  evaluationInterval: interval,
  environments: {
    [ENVIRONMENT]: {
      externalLabels: { environment: ENVIRONMENT },
      alertmanagers: [alertmanager],
      prometheusUrl: `http://${prometheus}`,
      secretsDirectory: 'secrets',
    },
  },
  receivers: Object.fromEntries(
    Object.entries(input.receivers).map(([id, receiver]) => [id, relocateReceiver(receiver, `${sink}/${id}`)]),
  ),
});

const relocateReceiver = (receiver: ReceiverInput, url: string): ReceiverInput => {
  if (receiver.kind === 'slack') return receiver;
  if (receiver.kind === 'webhook') return { ...receiver, url };
  return { kind: 'webhook', url };
};

const relocateSystem = (input: SystemInput, { target }: Places, interval: Duration): SystemInput => ({
  ...input,
  jobs: Object.fromEntries(
    Object.entries(input.jobs).map(([id, job]) => [id, { ...job, interval, targets: { [ENVIRONMENT]: [target(id)] } }]),
  ),
});

/** The secret files of receivers and what is in them: the sink's address for Slack, a token for everybody else. */
export const secretFiles = (receivers: readonly Receiver[], sink: string): ReadonlyMap<string, string> =>
  new Map(
    receivers.flatMap((receiver): readonly (readonly [string, string])[] => {
      if (receiver.kind === 'slack') return [[receiver.apiUrlFile, `${sink}/slack`]];
      if (receiver.kind === 'webhook' && receiver.bearerTokenFile !== undefined) {
        return [[receiver.bearerTokenFile, tokenOf(receiver.bearerTokenFile)]];
      }
      return [];
    }),
  );

/** The token that a secret file holds. */
export const tokenOf = (file: string): string => `token of ${file}`.replaceAll(' ', '-');

/** All alerts of a model. */
export const alertsIn = (model: Model): readonly AlertingRule[] =>
  model.ruleGroups.flatMap(({ rules }) => rules).filter((rule) => rule.kind === 'alerting');
