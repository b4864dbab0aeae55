/** Every metric, label, annotation, group, uid and path name of the output, spelled once. */

/** Labels that every alert carries. */
export const LABELS = {
  severity: 'severity',
  team: 'team',
  system: 'system',
  component: 'component',
} as const;

/** What stands for the system in rules that belong to the whole project. */
export const PROJECT_SCOPE = 'project';

/** The jobs by which the stack watches itself, as the dashboards and alerts of others expect them. */
export const STACK_JOBS = { prometheus: 'prometheus', alertmanager: 'alertmanager' } as const;

/** The alert that always fires. */
export const HEARTBEAT_ALERT = 'Watchdog';

/** The key that pages to an inbox carry. No secret: the real ones are in files. */
export const INBOX_ROUTING_KEY = 'inbox';

/** Labels that a scrape adds to every series. */
export const TARGET_LABELS = ['instance', 'job'] as const;

/** The labels of an SLO's series, as Sloth has them, so that what reads its series reads ours; the last three are our own. */
export const SLO_LABELS = {
  id: 'sloth_id',
  service: 'sloth_service',
  slo: 'sloth_slo',
  window: 'sloth_window',
  severity: 'sloth_severity',
  objective: 'sloth_objective',
  mode: 'sloth_mode',
  spec: 'sloth_spec',
  tier: 'burn_tier',
  state: 'sli_state',
  timeZone: 'time_zone',
} as const;

/** The series of an SLO: Sloth's names where the meaning is the same. Windows are written as Prometheus writes durations. */
export const SLO_SERIES = {
  errorRatio: (window: string): string => `slo:sli_error:ratio_rate${window}`,
  objective: 'slo:objective:ratio',
  budget: 'slo:error_budget:ratio',
  periodDays: 'slo:time_period:days',
  currentBurnRate: 'slo:current_burn_rate:ratio',
  periodBurnRate: 'slo:period_burn_rate:ratio',
  remaining: 'slo:period_error_budget_remaining:ratio',
  info: 'sloth_slo_info',
  // Our own.
  badEvents: (window: string): string => `slo:sli_bad_events:increase${window}`,
  totalEvents: (window: string): string => `slo:sli_total_events:increase${window}`,
  coverage: 'slo:period_coverage:ratio',
  localTime: 'slo:local_time:seconds',
  timeCounts: 'slo:time_counts:bool',
  monthId: 'slo:calendar_month:id',
  monthErrorRatio: 'slo:calendar_month_sli_error:ratio',
  monthRemaining: 'slo:calendar_month_error_budget_remaining:ratio',
} as const;

/** Stands for the window in the queries of an indicator; every rule puts its own there. */
export const SLO_WINDOW = '__slo_window';

/** The tiers of burn alerts, fastest first: each one is inhibited by those before it. They are values of the tier label. */
export const BURN_TIERS = ['page-fast', 'page-slow', 'ticket-fast', 'ticket-slow'] as const;

/** What tells an SLO's series from those of all others. */
export const sloId = (system: string, slo: string): string => `${system}-${slo}`;

/** Annotations that every alert carries. */
export const ANNOTATIONS = {
  summary: 'summary',
  description: 'description',
  runbook: 'runbook_url',
  dashboard: 'dashboard_url',
  definition: 'definition',
  value: 'value',
  threshold: 'threshold',
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
  /** The texts of notifications, beside the configuration of every environment. */
  templates: 'alertmanager/templates/tocsin.tmpl',
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
  sloTests: (system: string): string => `tests/${system}-slos.yml`,
  escalation: 'docs/escalation.md',
  routing: 'docs/routing.md',
} as const;

/** The name and uid of Grafana's data source. */
export const DATASOURCE = { name: 'Prometheus', uid: 'prometheus', variable: 'datasource' } as const;

/** The tag that every dashboard has; the dashboards' menu of links lists what carries it. */
export const DASHBOARD_TAG = 'tocsin';

/** The name of a rule group: one for each component, one for what belongs to none. No id has a slash, so no two are alike. */
export const groupName = (system: string, component: string | undefined): string =>
  component === undefined ? system : `${system}/${component}`;

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

/** The name of the rule group of an SLO: everything that belongs to it, in the order in which it is read. */
export const sloGroupName = (system: string, slo: string): string => `${system}/slo/${slo}`;

/** The uid of the dashboard of all SLOs. No system can have it: ids have no underscores. */
export const SLO_OVERVIEW_UID = 'tocsin_slo_overview';

/** The uid of the dashboard of one SLO; the underscore keeps it apart from the system's own dashboards. */
export const sloDashboardUid = (system: string, slo: string): string => toUid(`tocsin-${system}_${slo}`);

/** The uid of one of a system's own dashboards; no id has two dashes together, so no two are alike. */
export const dashboardUid = (system: string, dashboard: string): string => toUid(`tocsin-${system}--${dashboard}`);

/** Grafana takes uids of 40 characters; a longer name is cut and told apart by its hash. */
const toUid = (name: string): string =>
  name.length <= 40 ? name : `${name.slice(0, 31)}-${panelId(name).toString(16).padStart(8, '0')}`;

/** The identifier form of a word in a metric name: `migrated-components` to `migrated_components`. */
export const toMetricWord = (text: string): string => text.replaceAll(/[^a-zA-Z0-9]+/g, '_').toLowerCase();
