import { DATASOURCE, PATHS } from '../../conventions.ts';
import type { Environment, Model } from '../../model/model.ts';
import type { Artefact } from '../../output/artefact.ts';
import { intervalText } from './interval.ts';

/** Where Grafana's container finds the dashboards. */
const DASHBOARDS_DIRECTORY = '/var/lib/grafana/dashboards';

/** The files from which a Grafana of each environment takes its data source and its dashboards. */
export const provision = (model: Model): readonly Artefact[] =>
  model.project.environments.flatMap((environment, index) => {
    const name = index === 0 ? undefined : environment.id;
    const base = { target: 'grafana', format: 'yaml', origins: new Map([['', environment.origin]]) } as const;
    return [
      { ...base, path: PATHS.datasources(name), value: datasources(model, environment) },
      { ...base, path: PATHS.dashboardProvider(name), value: DASHBOARD_PROVIDER },
    ];
  });

const datasources = ({ project }: Model, environment: Environment) => ({
  apiVersion: 1,
  datasources: [
    {
      name: DATASOURCE.name,
      uid: DATASOURCE.uid,
      type: 'prometheus',
      access: 'proxy',
      url: environment.prometheusUrl,
      isDefault: true,
      editable: false,
      jsonData: {
        httpMethod: 'POST',
        // `$__rate_interval` is four of these at least.
        timeInterval: intervalText(project.scrapeInterval),
        manageAlerts: true,
      },
    },
  ],
});

const DASHBOARD_PROVIDER = {
  apiVersion: 1,
  providers: [
    {
      name: 'tocsin',
      orgId: 1,
      folder: 'Tocsin',
      folderUid: 'tocsin',
      type: 'file',
      disableDeletion: true,
      allowUiUpdates: false,
      updateIntervalSeconds: 30,
      options: { path: DASHBOARDS_DIRECTORY, foldersFromFilesStructure: false },
    },
  ],
} as const;
