import { PATHS } from '../../conventions.ts';
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { prometheusDuration } from '../../model/format.ts';
import type { Environment, Model, NotificationGroup } from '../../model/model.ts';
import type { Artefact, Json } from '../../output/artefact.ts';
import { defineTarget } from '../target.ts';
import type { Integration } from './receivers.ts';
import { toIntegrations } from './receivers.ts';
import { renderTemplates } from './templates.ts';
import { toTimeInterval } from './time-interval.ts';
import { routeOrigins, toInhibitRule, toRoute } from './route.ts';

/**
 * Alertmanager: the routing tree, the receivers and the inhibitions, per environment. Environments differ only in
 * where the secret files are, or in that every receiver is an inbox, which has no secrets.
 *
 * Alertmanager resolves `credentials_file` against the folder of its configuration, but the other secret files
 * against its working directory. A relative secrets folder therefore works for a server that is started in the folder
 * of its configuration.
 */
export const alertmanager = defineTarget({
  id: 'alertmanager',
  summary: 'Routing tree, receivers and inhibitions: alertmanager.yml per environment, and the texts of notifications.',
  emit: async (model) => [
    ...model.project.environments.map((environment) => emitConfiguration(model, environment)),
    {
      path: PATHS.templates,
      target: 'alertmanager',
      format: 'go-template',
      text: await renderTemplates(model.project),
      origins: new Map([['', model.project.origin]]),
    },
  ],
});

/** How long an alert lives that is not sent again; Prometheus sends an end with every alert, so this is for others. */
const RESOLVE_TIMEOUT = 300_000;

const emitConfiguration = (model: Model, environment: Environment): Artefact => {
  const { project, routing } = model;
  const receivers = routing.groups.map((group) => ({
    group,
    integrations: toIntegrations(group, project, environment),
  }));
  const origins = new Map<string, Origin>([['', project.origin], ...routeOrigins(routing.root, '/route')]);
  receivers.forEach(({ group, integrations }, index) => {
    origins.set(`/receivers/${index}`, group.origin);
    for (const { list, receiver } of integrations) {
      const position = integrations
        .filter((other) => other.list === list)
        .findIndex((other) => other.receiver === receiver);
      origins.set(`/receivers/${index}/${list}/${position}`, receiver.origin);
    }
  });
  routing.inhibitions.forEach(({ origin }, index) => origins.set(`/inhibit_rules/${index}`, origin));
  return {
    path: PATHS.alertmanager(environment === project.environments[0] ? undefined : environment.id),
    target: 'alertmanager',
    format: 'yaml',
    value: {
      global: { resolve_timeout: prometheusDuration(RESOLVE_TIMEOUT) },
      // Relative to the configuration.
      templates: [`${PATHS.templates.split('/').slice(1, -1).join('/')}/*.tmpl`],
      route: toRoute(routing.root),
      receivers: receivers.map(({ group, integrations }) => toReceiver(group, integrations)),
      time_intervals: project.timeIntervals.length === 0 ? undefined : project.timeIntervals.map(toTimeInterval),
      inhibit_rules: routing.inhibitions.length === 0 ? undefined : routing.inhibitions.map(toInhibitRule),
    },
    origins,
  };
};

const toReceiver = ({ id }: NotificationGroup, integrations: readonly Integration[]): Json => {
  const lists = new Map<string, Json[]>();
  for (const { list, config } of integrations) lists.set(list, [...(lists.get(list) ?? []), config]);
  return { name: id, ...Object.fromEntries(lists) };
};
