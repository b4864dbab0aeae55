import { analyseQueries } from './analyse-queries.ts';
import { checkRouting } from './check-routing.ts';
import { dashboards } from './dashboards.ts';
import { expandMonitors } from './expand-monitors.ts';
import { heartbeat } from './heartbeat.ts';
import { inhibitions } from './inhibitions.ts';
import type { Pass } from './pass.ts';
import { recordingRules } from './recording-rules.ts';
import { routes } from './routes.ts';
import { selfMonitoring } from './self-monitoring.ts';
import { sloAlerts } from './slo-alerts.ts';
import { sloDashboards } from './slo-dashboards.ts';
import { sloInhibitions } from './slo-inhibitions.ts';
import { sloObjectives } from './slo-objectives.ts';
import { sloRules } from './slo-rules.ts';
import { thresholdAlerts } from './threshold-alerts.ts';

/** All passes, in the order they run: each one reads what those before it made. */
export const PASSES: readonly Pass[] = [
  expandMonitors,
  analyseQueries,
  recordingRules,
  thresholdAlerts,
  sloObjectives,
  sloRules,
  sloAlerts,
  heartbeat,
  selfMonitoring,
  routes,
  inhibitions,
  sloInhibitions,
  checkRouting,
  dashboards,
  sloDashboards,
];
