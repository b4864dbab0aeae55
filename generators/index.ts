/**
 * What definitions import: `import { defineSystem, monitors, threshold, ms, percent, query } from 'tocsin'`.
 *
 * Everything here makes inert data. Nothing validates and nothing throws: all files are checked together, later.
 */
export { monitors } from './monitors/index.ts';
export type {
  DashboardInput,
  Definition,
  EnvironmentInput,
  InboxInput,
  JobInput,
  MonitorInstance,
  NoticeInput,
  PanelInput,
  ProbeInput,
  ProjectInput,
  ResponseTimeInput,
  SeverityInput,
  SystemInput,
  TeamInput,
  WorkloadInput,
} from './model/definition.ts';
export { defineProject, defineSystem, workload } from './model/definition.ts';
export type {
  EscalationStepInput,
  ExtraInhibitionInput,
  ExtraRouteInput,
  HeartbeatInput,
  HoursInput,
  LabelsInput,
  MaintenanceInput,
  RoleInput,
  RotationInput,
  TimeIntervalInput,
  TimeSpanInput,
  WorkingTime,
} from './model/escalation.ts';
export type { OpsgenieResponder, ReceiverInput } from './model/receivers.ts';
export {
  discord,
  email,
  incidentIo,
  jira,
  mattermost,
  opsgenie,
  pagerDuty,
  pushover,
  rocketChat,
  slack,
  sns,
  teams,
  teamsConnector,
  telegram,
  victorOps,
  webex,
  webhook,
  weChat,
} from './model/receivers.ts';
export type { LabelInput, LabelInputs, Metric, Metrics, MetricSpec, ValueRange } from './model/metric.ts';
export { counter, defineMetrics, gauge, histogram, pattern, summary } from './model/metric.ts';
export type { Direction } from './model/model.ts';
export type { Cpu, Duration, Quantity } from './model/quantities.ts';
export {
  bytes,
  bytesPerSecond,
  cores,
  count,
  days,
  gibibytes,
  hours,
  kibibytes,
  mebibytes,
  minutes,
  ms,
  per,
  percent,
  perMinute,
  perSecond,
  ratio,
  score,
  seconds,
  state,
  weeks,
} from './model/quantities.ts';
export type {
  LabelMatch,
  Matching,
  Operand,
  Query,
  RateInterval,
  Selection,
  Series,
  SloWindow,
  Window,
} from './model/query.ts';
export { matches, not, notMatches, promql, rateInterval, select } from './model/query.ts';
/** Functions over declared metrics: `query.rate(...)`, `query.sum(...)`, `query.quantile(...)`. */
export * as query from './model/query.ts';
export type {
  BurnWindowInput,
  CountedTimeInput,
  SliDefinition,
  SloAlertingInput,
  SloDefinition,
  SloInput,
  Weekday,
} from './model/slo.ts';
export { once, quarter, sli, slo, weekly } from './model/slo.ts';
export type { LevelInput, LevelsInput, ThresholdDefinition, ThresholdInput, ThresholdText } from './model/threshold.ts';
export { threshold } from './model/threshold.ts';
export type { Dimension, UnitId } from './promql/units.ts';
