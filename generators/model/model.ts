/**
 * The intermediate representation: everything the definitions say, normalised, with what the passes derived from it.
 * Plain, immutable data. Durations are milliseconds, values are in the base unit of their dimension, lists are in
 * output order, queries are PromQL trees. Every node that a person wrote or caused carries its `origin`.
 */
import type { BURN_TIERS } from '../conventions.ts';
import type { Origin } from '../diagnostics/diagnostic.ts';
import type { Expr } from '../promql/ast.ts';
import type { MetricFacts } from '../promql/metrics.ts';
import type { UnitId } from '../promql/units.ts';
import type { MonitorInstance } from './definition.ts';
import type { Receiver } from './receivers.ts';
import type { TimeInterval } from './time-intervals.ts';

export type { Receiver };

/** `major.minor` of a program. */
export type Version = `${number}.${number}`;

/** A length of time in milliseconds. */
export type Milliseconds = number;

export interface Model {
  readonly project: Project;
  /** By id. */
  readonly systems: readonly System[];
  /** Made by the passes; in file order, dependants after what they read. */
  readonly ruleGroups: readonly RuleGroup[];
  /** Made by the passes. */
  readonly routing: Routing;
  /** Made by the passes. */
  readonly dashboards: readonly Dashboard[];
}

export interface Project {
  readonly id: string;
  readonly title: string;
  /** The oldest versions the output must work with. */
  readonly versions: { readonly prometheus: Version; readonly alertmanager: Version; readonly grafana: Version };
  readonly scrapeInterval: Milliseconds;
  readonly scrapeTimeout: Milliseconds;
  readonly evaluationInterval: Milliseconds;
  /** How long Prometheus keeps samples. */
  readonly retention: Milliseconds;
  /** Base URLs without a trailing slash. */
  readonly links: { readonly runbooks: string; readonly grafana: string };
  /** The first one is the one the plain file names (`prometheus.yml`) are for. */
  readonly environments: readonly Environment[];
  /** Most severe first. */
  readonly severities: readonly SeverityLevel[];
  readonly teams: readonly Team[];
  readonly receivers: readonly Receiver[];
  /** Who is told when no team's route matches: ids of receivers. */
  readonly fallback: readonly string[];
  readonly timeIntervals: readonly TimeInterval[];
  readonly heartbeat: Heartbeat | undefined;
  readonly maintenance: readonly Maintenance[];
  /** Routes that a person wrote beside those of the teams. */
  readonly routes: readonly ExtraRoute[];
  /** Inhibitions that a person wrote beside the derived ones. */
  readonly inhibitions: readonly Inhibition[];
  readonly origin: Origin;
}

/** A place where the stack runs: the compose network, the local machine, a cluster. */
export interface Environment {
  readonly id: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** `host:port` of every Alertmanager. */
  readonly alertmanagers: readonly string[];
  /** Where Grafana finds Prometheus. */
  readonly prometheusUrl: string;
  /** Absolute, or relative to the folder that Alertmanager is started in; absent where there is an inbox. */
  readonly secretsDirectory?: string;
  /** Takes every notification in place of the real receivers. */
  readonly inbox?: Inbox;
  readonly origin: Origin;
}

/** Where the notifications of an environment go instead of to people. */
export interface Inbox {
  /** Without a trailing slash. */
  readonly url: string;
  /** `host:port`; neither TLS nor a login. */
  readonly smtp: string;
}

export interface SeverityLevel {
  readonly id: string;
  /** 0 is the most severe. */
  readonly rank: number;
  readonly title: string;
  readonly respondWithin: ResponseTime;
  /** The colour of its line on a panel, a Grafana colour name. */
  readonly color: string;
}

/** How soon somebody has to react. */
export type ResponseTime =
  | { readonly kind: 'within'; readonly ms: Milliseconds }
  | { readonly kind: 'next-business-day' }
  | { readonly kind: 'review' };

export interface Team {
  readonly id: string;
  readonly title: string;
  /** Who is told at each severity; ids of receivers. Severities that are absent go to nobody of this team. */
  readonly notify: Readonly<Record<string, TeamNotice>>;
  readonly origin: Origin;
}

export interface TeamNotice {
  /** By rising delay; not empty. */
  readonly tiers: readonly EscalationTier[];
  readonly respondWithin: ResponseTime;
  readonly repeatEvery: Milliseconds;
  /** Ids of time intervals in which nobody is told. */
  readonly quiet: readonly string[];
  readonly origin: Origin;
}

/** Those who are told together, some time after an alert began to fire. */
export interface EscalationTier {
  /** primary, secondary, tertiary, and so on. */
  readonly name: string;
  /** After the alert began to fire; 0 for the first. */
  readonly after: Milliseconds;
  readonly to: Told;
  /** Who is told outside a time interval in the place of `to`; nobody when it is empty. */
  readonly hours: { readonly interval: string; readonly otherwise: Told } | undefined;
  readonly origin: Origin;
}

/** Some receivers, and the people behind them. */
export interface Told {
  /** Titles of roles, where the definition names roles. */
  readonly people: readonly string[];
  /** Ids of receivers, each once. */
  readonly receivers: readonly string[];
}

/** An alert that always fires, and who raises the alarm when it does not come. */
export interface Heartbeat {
  readonly receivers: readonly string[];
  /** How often the receiver wants to hear of it. */
  readonly every: Milliseconds;
  readonly origin: Origin;
}

/** A time interval in which systems are worked on. */
export interface Maintenance {
  readonly id: string;
  readonly title: string;
  /** Ids of systems. */
  readonly systems: readonly string[];
  readonly interval: string;
  /** Whether alerts of the first severity are kept quiet, too. */
  readonly mostSevereToo: boolean;
  readonly origin: Origin;
}

/** A route beside those of the teams. */
export interface ExtraRoute {
  readonly id: string;
  readonly matchers: readonly RouteMatcher[];
  /** Ids of receivers; empty to tell nobody. */
  readonly receivers: readonly string[];
  /** Whether the alert goes no further. */
  readonly only: boolean;
  /** Empty for what the teams' routes have. */
  readonly groupBy: readonly string[];
  readonly quiet: readonly string[];
  readonly origin: Origin;
}

export interface System {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Id of the owning team. */
  readonly team: string;
  readonly jobs: readonly Job[];
  /** Every metric that is declared, by the components too. */
  readonly metrics: readonly Metric[];
  readonly components: readonly Component[];
  readonly thresholds: readonly Threshold[];
  readonly slos: readonly Slo[];
  readonly workloads: readonly Workload[];
  /** Dashboards besides the overview. */
  readonly dashboards: readonly DashboardSpec[];
  readonly origin: Origin;
}

/** A dashboard as a person asks for it. */
export interface DashboardSpec {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[];
  readonly origin: Origin;
}

/** One scrape job. */
export interface Job {
  readonly id: string;
  readonly scheme: 'http' | 'https';
  readonly path: string;
  readonly interval: Milliseconds;
  readonly timeout: Milliseconds;
  /** `host:port` by environment. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly origin: Origin;
}

/** A declared metric. `name` is the family's name (`http_request_duration_seconds`, not its `_bucket`). */
export interface Metric extends MetricFacts {
  readonly help: string;
  /** The job that exposes it. */
  readonly job: string;
  readonly origin: Origin;
}

export interface Component {
  readonly id: string;
  readonly title: string;
  /** The monitor kind it is an instance of. */
  readonly kind: string;
  /** The call as it was written; the first pass expands it. Not part of the output. */
  readonly instance: MonitorInstance;
  readonly description: string;
  /** Ids of components of the same system that it needs to work. */
  readonly dependsOn: readonly string[];
  /** What its row shows besides the panels of its thresholds. */
  readonly panels: readonly PanelSpec[];
  readonly origin: Origin;
}

/** One measured value with the levels at which somebody is told. */
export interface Threshold {
  /** Unique in its system: `<component>-<signal>`. */
  readonly id: string;
  readonly component: string | undefined;
  readonly title: string;
  readonly query: Expr;
  /** The unit of the query's result. */
  readonly unit: UnitId;
  /** The labels the result can carry, sorted. */
  readonly labels: readonly string[];
  /** The recording rule that holds the query's result, when there is one. */
  readonly recorded: string | undefined;
  readonly direction: Direction;
  /** Most severe first; not empty. */
  readonly levels: readonly ThresholdLevel[];
  /** With the placeholders {value}, {threshold}, {for}, {labels.<name>}. */
  readonly summary: string;
  readonly description: string;
  /** What to look at and do first, in order. */
  readonly firstSteps: readonly string[];
  /** What is normal, when the definition states a goal besides the levels (60 frames a second where 50 alarms). */
  readonly goal: Amount | undefined;
  readonly origin: Origin;
  /** Where what it measures is written. */
  readonly queryOrigin: Origin;
}

/** On which side of its level a value is bad. */
export type Direction = 'above' | 'below' | 'atLeast' | 'atMost';

/** A value with the unit a person wrote it in. */
export interface Amount {
  /** In the base unit of the dimension. */
  readonly value: number;
  readonly unit: UnitId;
}

export interface ThresholdLevel {
  readonly severity: string;
  readonly alert: string;
  readonly level: Amount;
  readonly for: Milliseconds;
  readonly keepFiringFor: Milliseconds;
  readonly origin: Origin;
}

/** The id of a tier of burn alerts. */
export type BurnTierId = (typeof BURN_TIERS)[number];

/** A service level objective: which share of the events of a period is to be good. */
export interface Slo {
  /** Unique in its system. */
  readonly id: string;
  readonly component: string | undefined;
  readonly title: string;
  readonly description: string;
  /** 0-1, both excluded. */
  readonly objective: number;
  readonly period: Milliseconds;
  readonly indicator: Indicator;
  /** One SLO for each combination of values of these labels, sorted. */
  readonly by: readonly string[];
  /** Present: the budget is counted in slices of time, good when at least this share of their events is (0-1). */
  readonly slices: { readonly length: Milliseconds; readonly objective: number } | undefined;
  /** The zone of its calendar month, when it is reported by month too. */
  readonly calendarMonth: TimeZone | undefined;
  /** Expected events a second, when the definition says. */
  readonly traffic: number | undefined;
  /** When events count; always when both are empty. */
  readonly only: readonly CountedTime[];
  readonly except: readonly CountedTime[];
  readonly alerting: SloAlerting | undefined;
  /** The window of its base series; filled in by a pass. */
  readonly baseWindow: Milliseconds;
  /** Fastest first; filled in by a pass. */
  readonly tiers: readonly BurnTier[];
  /** What to look at and do first, in order. */
  readonly firstSteps: readonly string[];
  readonly origin: Origin;
}

/** What an SLO counts: two queries whose window is open (`SLO_WINDOW`), aggregated by the labels of the SLO. */
export interface Indicator {
  readonly kind: 'availability' | 'latency' | 'native-latency' | 'upness' | 'freshness' | 'ratio';
  /** The properties of the definition that its two queries come from. */
  readonly properties: { readonly bad: string; readonly total: string };
  /** One sentence: what a good event is. */
  readonly good: string;
  /** Bad events in the window; has a value wherever there are events. */
  readonly bad: Expr;
  /** All events in the window. */
  readonly total: Expr;
  /** Whether the queries give events per second rather than events. */
  readonly perSecond: boolean;
  /** What an event is, in plural: `requests`, `scrapes`, `seconds`. */
  readonly events: string;
  /** The jobs that it reads. */
  readonly jobs: readonly string[];
  readonly origin: Origin;
}

/** A time that events count in, or do not. */
export type CountedTime =
  | {
      readonly kind: 'weekly';
      /** 0 is Sunday. */
      readonly days: readonly number[];
      /** Minutes from midnight; `to` is not included. */
      readonly from: number;
      readonly to: number;
      readonly zone: TimeZone;
    }
  | {
      readonly kind: 'once';
      /** Seconds since the epoch; `to` is not included. */
      readonly from: number;
      readonly to: number;
    };

/** A change of the clocks that comes back every year. */
export interface YearlyChange {
  /** 1 is January. */
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** The first such weekday on or after this day of the month. */
  readonly notBefore: number;
  /** What has to be added to UTC for this day to begin when the clocks change. */
  readonly shift: Milliseconds;
}

/** A time zone whose clocks change by a rule, or never. Offsets are positive east of Greenwich. */
export interface TimeZone {
  readonly name: string;
  /** The offset at the turn of the year. */
  readonly offset: Milliseconds;
  /** The part of the year that has another one. */
  readonly season?: { readonly offset: Milliseconds; readonly from: YearlyChange; readonly to: YearlyChange };
}

/** Who is told how of a budget that burns. */
export interface SloAlerting {
  /** What its alerts' names begin with. */
  readonly name: string;
  /** Severities of the project; otherwise the two most severe ones that the team is told of. */
  readonly page: string | undefined;
  readonly ticket: string | undefined;
  /** What differs from the catalogue of the period: other windows, or no such tier. */
  readonly tiers: Readonly<Partial<Record<BurnTierId, BurnWindow | false>>>;
  /** Failures in the long window below which nobody is told. */
  readonly minimumFailures: number;
  readonly for: Milliseconds;
  readonly keepFiringFor: Milliseconds;
  /** How long the indicator must be missing; undefined for no alert. */
  readonly missingFor: Milliseconds | undefined;
  readonly exhausted: boolean;
}

/** The windows of a tier. */
export interface BurnWindow {
  /** The share of the period's budget that is spent in the long window when the tier fires, 0-1. */
  readonly budget: number;
  readonly short: Milliseconds;
  readonly long: Milliseconds;
}

/** A tier with what follows from its windows. */
export interface BurnTier extends BurnWindow {
  readonly id: BurnTierId;
  readonly kind: 'page' | 'ticket';
  /** How many times faster than evenly the budget burns when it fires. */
  readonly factor: number;
  readonly severity: string;
}

export type PanelKind = 'timeseries' | 'stat' | 'gauge' | 'table' | 'state-timeline';

/** A panel as a monitor or a person asks for it. */
export interface PanelSpec {
  /** Unique in its component. */
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly kind: PanelKind;
  readonly unit: UnitId;
  readonly queries: readonly PanelQuery[];
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly origin: Origin;
}

export interface PanelQuery {
  readonly expr: Expr;
  /** With {{label}} placeholders, as Grafana reads them. */
  readonly legend: string;
}

/** A Kubernetes Deployment with its probes. */
export interface Workload {
  readonly id: string;
  readonly namespace: string | undefined;
  readonly image: string;
  readonly replicas: number;
  /** The first one is the one probes use. */
  readonly ports: readonly { readonly name: string; readonly number: number }[];
  /** The health endpoints it serves, and which dependencies each looks at. */
  readonly endpoints: readonly { readonly path: string; readonly checks: readonly string[]; readonly origin: Origin }[];
  readonly startup: HttpProbe;
  readonly readiness: HttpProbe;
  readonly liveness: HttpProbe;
  readonly resources: { readonly requests: Resources; readonly limits: Resources };
  readonly origin: Origin;
}

export interface HttpProbe {
  readonly path: string;
  readonly port: string;
  readonly initialDelay: Milliseconds;
  readonly period: Milliseconds;
  readonly timeout: Milliseconds;
  readonly failureThreshold: number;
  readonly origin: Origin;
}

export interface Resources {
  /** Thousandths of a core. */
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
}

export interface RuleGroup {
  readonly name: string;
  readonly system: string;
  /** Absent: the project's evaluation interval. */
  readonly interval?: Milliseconds;
  readonly rules: readonly Rule[];
}

export type Rule = RecordingRule | AlertingRule;

export interface RecordingRule {
  readonly kind: 'recording';
  readonly record: string;
  readonly expr: Expr;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: UnitId;
  /** The labels the recorded series carry, sorted. */
  readonly resultLabels: readonly string[];
  readonly origin: Origin;
}

/** What an alert belongs to: the project itself, a threshold of its system, or a part of one of its SLOs. */
export type AlertSource =
  | { readonly kind: 'heartbeat'; readonly id?: undefined }
  | { readonly kind: 'monitoring'; readonly id?: undefined; readonly firstSteps: readonly string[] }
  | { readonly kind: 'threshold'; readonly id: string }
  | { readonly kind: 'slo'; readonly id: string; readonly part: BurnTierId | 'missing' | 'exhausted' };

export interface AlertingRule {
  readonly kind: 'alerting';
  readonly alert: string;
  readonly expr: Expr;
  readonly for: Milliseconds;
  readonly keepFiringFor: Milliseconds;
  readonly severity: string;
  readonly team: string;
  readonly system: string;
  readonly component: string | undefined;
  readonly source: AlertSource;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The labels the firing alert carries besides `labels`, sorted. */
  readonly resultLabels: readonly string[];
  readonly origin: Origin;
}

/** A label matcher of Alertmanager. */
export interface RouteMatcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface RouteNode {
  readonly id: string;
  /** Id of a notification group. */
  readonly receiver: string;
  readonly matchers: readonly RouteMatcher[];
  readonly groupBy: readonly string[];
  readonly groupWait: Milliseconds;
  readonly groupInterval: Milliseconds;
  readonly repeatInterval: Milliseconds;
  readonly continue: boolean;
  /** Ids of time intervals in which it tells nobody; a child does not inherit them. */
  readonly muteTimes?: readonly string[];
  /** Ids of time intervals outside of which it tells nobody; a child does not inherit them. */
  readonly activeTimes?: readonly string[];
  readonly routes: readonly RouteNode[];
  readonly origin: Origin;
}

/** What Alertmanager calls a receiver: the receivers of the project that are told together. */
export interface NotificationGroup {
  readonly id: string;
  /** Ids of receivers; empty for the group that tells nobody. */
  readonly receivers: readonly string[];
  /** The people behind them, where roles are named. */
  readonly people?: readonly string[];
  readonly origin: Origin;
}

export interface Inhibition {
  readonly source: readonly RouteMatcher[];
  readonly target: readonly RouteMatcher[];
  readonly equal: readonly string[];
  /** One sentence for people. */
  readonly reason: string;
  readonly origin: Origin;
}

export interface Routing {
  readonly root: RouteNode;
  readonly groups: readonly NotificationGroup[];
  readonly inhibitions: readonly Inhibition[];
}

export interface Dashboard {
  /** Stable, at most 40 characters. */
  readonly uid: string;
  /** Absent for what is about all systems. */
  readonly system: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly rows: readonly DashboardRow[];
  readonly origin: Origin;
}

export interface DashboardRow {
  /** Unique in the dashboard and stable. */
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly collapsed: boolean;
  readonly panels: readonly Panel[];
}

export interface Panel {
  /** Unique in the dashboard, stable when other panels come and go. */
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly kind: PanelKind | 'alert-list';
  readonly unit: UnitId;
  readonly queries: readonly PanelQuery[];
  /** Where lines are drawn, most severe first; empty for a panel without levels. */
  readonly levels: readonly { readonly value: number; readonly severity: string; readonly color: string }[];
  readonly direction: Direction | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Columns of 24, and rows, that it wants. */
  readonly width: number;
  readonly height: number;
  readonly origin: Origin;
}
