/** Every metric, label, annotation, group, uid and path name of the output, spelled once. */

/** Labels that every alert carries. */
export const LABELS = {
  severity: 'severity',
  team: 'team',
  system: 'system',
  component: 'component',
} as const;

/** Labels that a scrape adds to every series. */
export const TARGET_LABELS = ['instance', 'job'] as const;

/** Annotations that every alert carries. */
export const ANNOTATIONS = {
  summary: 'summary',
  description: 'description',
  runbook: 'runbook_url',
  dashboard: 'dashboard_url',
  definition: 'definition',
  dashboardUid: '__dashboardUid__',
  panelId: '__panelId__',
} as const;

/** Paths below out/, with forward slashes. */
export const PATHS = {
  model: 'model.json',
  rules: (system: string): string => `prometheus/rules/${system}.yml`,
  /** The first environment has the plain name. */
  prometheus: (environment: string | undefined): string =>
    environment === undefined ? 'prometheus/prometheus.yml' : `prometheus/prometheus.${environment}.yml`,
  alertmanager: (environment: string | undefined): string =>
    environment === undefined ? 'alertmanager/alertmanager.yml' : `alertmanager/alertmanager.${environment}.yml`,
  dashboard: (uid: string): string => `grafana/dashboards/${uid}.json`,
  datasources: (environment: string | undefined): string =>
    environment === undefined
      ? 'grafana/provisioning/datasources/prometheus.yml'
      : `grafana/provisioning.${environment}/datasources/prometheus.yml`,
  dashboardProvider: (environment: string | undefined): string =>
    environment === undefined
      ? 'grafana/provisioning/dashboards/tocsin.yml'
      : `grafana/provisioning.${environment}/dashboards/tocsin.yml`,
  workload: (system: string): string => `kubernetes/${system}.yaml`,
  runbook: (system: string, alert: string): string => `runbooks/${system}/${alert}.md`,
  runbookIndex: 'runbooks/README.md',
  indicators: 'docs/indicators.md',
} as const;

/** The name and uid of Grafana's data source. */
export const DATASOURCE = { name: 'Prometheus', uid: 'prometheus', variable: 'datasource' } as const;

/** The tag that every dashboard has; the dashboards' menu of links lists what carries it. */
export const DASHBOARD_TAG = 'tocsin';

/** The name of a rule group: one for each component, one for what belongs to none. */
export const groupName = (system: string, component: string | undefined): string =>
  `${system}-${component ?? 'system'}`;

/** The id of a panel or row: stable while its key is, whatever else comes and goes (FNV-1a, 31 bits, never 0). */
export const panelId = (key: string): number => {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01_00_01_93);
  return hash >>> 1 || 1;
};

/** The key of a threshold's panel on its system's overview. */
export const thresholdPanelKey = (threshold: string): string => `threshold/${threshold}`;

/** The uid of a system's overview dashboard. */
export const overviewUid = (system: string): string => toUid(`tocsin-${system}`);

/** The uid of one of a system's own dashboards. */
export const dashboardUid = (system: string, dashboard: string): string => toUid(`tocsin-${system}-${dashboard}`);

/** Grafana takes uids of 40 characters; a longer name is cut and told apart by its hash. */
const toUid = (name: string): string =>
  name.length <= 40 ? name : `${name.slice(0, 31)}-${panelId(name).toString(16).padStart(8, '0')}`;

/** The identifier form of a word in a metric name: `migrated-components` to `migrated_components`. */
export const toMetricWord = (text: string): string => text.replaceAll(/[^a-zA-Z0-9]+/g, '_').toLowerCase();
