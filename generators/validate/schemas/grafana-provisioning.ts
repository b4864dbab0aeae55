/** What Grafana is provisioned with (https://grafana.com/docs/grafana/latest/administration/provisioning/). */
import { closed, flag, listOf, oneOf, text, textOf } from './formats.ts';
import type { JsonSchema } from './json-schema.ts';

/** The settings of a Prometheus data source; headers and passwords would be secrets. */
const prometheusSettings = closed({
  httpMethod: oneOf('POST', 'GET'),
  timeInterval: textOf('interval'),
  queryTimeout: textOf('interval'),
  manageAlerts: flag,
  alertmanagerUid: text,
  allowAsRecordingRulesTarget: flag,
  prometheusType: oneOf('Prometheus', 'Mimir', 'Cortex', 'Thanos'),
  prometheusVersion: text,
  cacheLevel: oneOf('Low', 'Medium', 'High', 'None'),
  incrementalQuerying: flag,
  incrementalQueryOverlapWindow: textOf('interval'),
  disableRecordingRules: flag,
  disableMetricsLookup: flag,
  customQueryParameters: text,
  defaultEditor: oneOf('builder', 'code'),
  seriesLimit: { type: 'integer' },
});

/** Data sources. */
export const datasourceFile: JsonSchema = closed(
  {
    apiVersion: { const: 1 },
    prune: flag,
    datasources: listOf(
      closed(
        {
          name: text,
          uid: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,40}$' },
          type: { const: 'prometheus' },
          access: oneOf('proxy'),
          orgId: { type: 'integer', minimum: 1 },
          url: textOf('url'),
          isDefault: flag,
          editable: flag,
          jsonData: prometheusSettings,
          secureJsonData: false,
        },
        'name',
        'uid',
        'type',
        'access',
        'url',
      ),
    ),
  },
  'apiVersion',
  'datasources',
);

/** Where dashboards are read from. */
export const dashboardProviderFile: JsonSchema = closed(
  {
    apiVersion: { const: 1 },
    providers: listOf(
      closed(
        {
          name: text,
          orgId: { type: 'integer', minimum: 1 },
          folder: text,
          folderUid: text,
          type: { const: 'file' },
          disableDeletion: flag,
          allowUiUpdates: flag,
          updateIntervalSeconds: { type: 'integer', minimum: 1 },
          options: closed({ path: text, foldersFromFilesStructure: flag }, 'path'),
        },
        'name',
        'type',
        'options',
      ),
    ),
  },
  'apiVersion',
  'providers',
);
