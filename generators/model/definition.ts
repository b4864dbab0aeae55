/** What users write: projects, systems, receivers, workloads. Inert data; everything is checked later, all files at once. */
import { withCallSite } from '../diagnostics/call-site.ts';
import type {
  EscalationStepInput,
  ExtraInhibitionInput,
  ExtraRouteInput,
  HeartbeatInput,
  HoursInput,
  MaintenanceInput,
  RoleInput,
  TimeIntervalInput,
} from './escalation.ts';
import type { Metric } from './metric.ts';
import type { PanelKind, Version } from './model.ts';
import type { Cpu, Duration, Quantity } from './quantities.ts';
import type { Operand } from './query.ts';
import type { SloDefinition } from './slo.ts';
import type { ReceiverInput } from './receivers.ts';
import type { ThresholdDefinition } from './threshold.ts';

export type { ReceiverInput };

/** How soon somebody has to react: a time, the next business day, or at a regular review (which tells nobody at once). */
export type ResponseTimeInput = Duration | 'next-business-day' | 'review';

/** A severity of the project. */
export interface SeverityInput {
  /** What it means: `System unavailable, data at risk`. */
  readonly title: string;
  readonly respondWithin: ResponseTimeInput;
  /** The colour of its line on panels: a Grafana colour name. */
  readonly color?: 'red' | 'orange' | 'yellow' | 'blue' | 'purple' | 'green';
}

/** Who is told at one severity. */
export interface NoticeInput {
  /** Who is told first: roles of the team, or receivers of the project. */
  readonly to: readonly string[];
  /** Who else is told while the alert goes on, by rising delay: secondary, tertiary. */
  readonly then?: readonly EscalationStepInput[];
  /** When `to` is told, and who is told at all other times. */
  readonly hours?: HoursInput;
  /** Names of time intervals in which nobody of this notice is told. */
  readonly quiet?: readonly string[];
  /** Otherwise the severity's. */
  readonly respondWithin?: ResponseTimeInput;
  /** How often an alert that goes on is repeated; otherwise derived from the response time. */
  readonly repeatEvery?: Duration;
}

/** A team that owns systems. */
export interface TeamInput {
  readonly title: string;
  /** Who is on call in which role: a name for people, and how that person is reached. */
  readonly roles?: Readonly<Record<string, RoleInput>>;
  /** Who is told at each severity. */
  readonly notify: Readonly<Record<string, NoticeInput>>;
}

/** Takes every notification of an environment in place of the real receivers; `test/stack/inbox` is one. */
export interface InboxInput {
  /** Where it takes what goes over HTTP: `http://inbox:8025`. Each receiver has a path of its own below it. */
  readonly url: string;
  /** `host:port` where it takes mail, without TLS and without a login. */
  readonly smtp: string;
}

/** A place where the stack runs. */
export type EnvironmentInput = {
  /** Labels that Prometheus adds to everything it sends out. */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** `host:port` of every Alertmanager. */
  readonly alertmanagers: readonly string[];
  /** Where Grafana finds Prometheus: `http://prometheus:9090`. */
  readonly prometheusUrl: string;
} & (
  | {
      /** The folder of the secret files: absolute, or relative to the folder that Alertmanager is started in. */
      readonly secretsDirectory: string;
      readonly inbox?: never;
    }
  | {
      /** Nobody real is told here: every receiver delivers to the inbox, which needs no secret files. */
      readonly inbox: InboxInput;
      readonly secretsDirectory?: never;
    }
);

/** The input of {@link defineProject}. */
export interface ProjectInput {
  /** A short name: lower-case letters, digits, dashes. */
  readonly id: string;
  readonly title: string;
  /** The oldest versions that the output must work with. */
  readonly versions: { readonly prometheus: Version; readonly alertmanager: Version; readonly grafana: Version };
  /** How often jobs are scraped unless they say otherwise. */
  readonly scrapeInterval: Duration;
  /** Default 10 s, or the scrape interval when that is shorter. */
  readonly scrapeTimeout?: Duration;
  /** How often rules are evaluated. */
  readonly evaluationInterval: Duration;
  /** How long Prometheus keeps samples (`--storage.tsdb.retention.time`); default 15 days, as Prometheus has it. */
  readonly retention?: Duration;
  /** Where the generated pages are published; they stand in every alert. */
  readonly links: { readonly runbooks: string; readonly grafana: string };
  /** Where the stack runs. The first one has the plain file names. */
  readonly environments: Readonly<Record<string, EnvironmentInput>>;
  /** Most severe first. */
  readonly severities: Readonly<Record<string, SeverityInput>>;
  readonly receivers: Readonly<Record<string, ReceiverInput>>;
  readonly teams: Readonly<Record<string, TeamInput>>;
  /** Who is told of an alert that no team's route takes. */
  readonly fallback: readonly string[];
  /** Working hours, nights, week-ends: named for `hours`, `quiet` and `maintenance`. */
  readonly timeIntervals?: Readonly<Record<string, TimeIntervalInput>>;
  /** An alert that always fires, sent to a service that raises the alarm when it stops coming. */
  readonly heartbeat?: HeartbeatInput;
  /** Windows in which systems are worked on. */
  readonly maintenance?: Readonly<Record<string, MaintenanceInput>>;
  /** Routes beside those of the teams: an archive of everything critical, alerts that nobody wants. */
  readonly routes?: Readonly<Record<string, ExtraRouteInput>>;
  /** Inhibitions beside those that follow from thresholds and dependencies. */
  readonly inhibitions?: Readonly<Record<string, ExtraInhibitionInput>>;
}

/** A scrape job. */
export interface JobInput {
  /** `host:port` of the targets, by environment. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** Default `/metrics`. */
  readonly path?: string;
  /** Default `http`. */
  readonly scheme?: 'http' | 'https';
  /** Default: the project's. */
  readonly interval?: Duration;
  readonly timeout?: Duration;
}

/** One probe of a workload. */
export interface ProbeInput<P extends string = string> {
  /** One of the workload's endpoints. */
  readonly path: P;
  readonly every: Duration;
  readonly timeout: Duration;
  /** How many times in a row it must fail. */
  readonly failures: number;
  readonly initialDelay?: Duration;
}

/** A Kubernetes Deployment and the health endpoints it serves. */
export interface WorkloadInput<E extends string = string> {
  /** Its name in Kubernetes; otherwise the id of the component, or its key in the system. */
  readonly name?: string;
  readonly image: string;
  readonly replicas: number;
  /** Name and number; the probes use the first. */
  readonly ports: Readonly<Record<string, number>>;
  readonly namespace?: string;
  /** The health endpoints, and which components each looks at. */
  readonly endpoints: Readonly<Record<E, { readonly checks: readonly string[] }>>;
  /** Whether the process has started; holds back the other two. */
  readonly startup: ProbeInput<NoInfer<E>>;
  /** Whether this instance can serve now. */
  readonly readiness: ProbeInput<NoInfer<E>>;
  /** Whether the process must be restarted; its endpoint looks at nothing but the process. */
  readonly liveness: ProbeInput<NoInfer<E>>;
  readonly resources: {
    readonly requests: { readonly cpu: Cpu; readonly memory: Quantity<'data'> };
    readonly limits: { readonly cpu: Cpu; readonly memory: Quantity<'data'> };
  };
}

/** A Kubernetes Deployment with its probes. Startup, readiness and liveness have different paths. */
export const workload = <const E extends string>(input: WorkloadInput<E>): WorkloadInput =>
  withCallSite({ ...input }, workload) as never;

/** A panel besides those that thresholds and monitors bring. */
export interface PanelInput {
  readonly title: string;
  readonly description: string;
  /** Default `timeseries`. */
  readonly kind?: PanelKind;
  /** One line each: the legend (with `{{label}}` placeholders) and the query. All have one unit. */
  readonly queries: Readonly<Record<string, Operand>>;
  readonly min?: number;
  readonly max?: number;
}

/** A dashboard besides the overview that every system gets. */
export interface DashboardInput {
  readonly title: string;
  readonly description: string;
  /** Rows in order, each with its panels by id. */
  readonly rows: readonly { readonly title: string; readonly panels: Readonly<Record<string, PanelInput>> }[];
}

/** One component: what a monitor call gives. */
export interface MonitorInstance {
  readonly kind: 'monitor';
  /** Id of the monitor kind. */
  readonly monitor: string;
  readonly input: unknown;
}

/** The input of {@link defineSystem}. */
export interface SystemInput {
  /** A short name: lower-case letters, digits, dashes. It is in every file, group and label of the system. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** The owning team: a name from the project. */
  readonly owner: string;
  readonly jobs: Readonly<Record<string, JobInput>>;
  /** Metrics besides those that the components name: blocks that `defineMetrics` gives. */
  readonly metrics?: readonly Readonly<Record<string, Metric>>[];
  readonly components: Readonly<Record<string, MonitorInstance>>;
  /** Thresholds that belong to no monitor, by id. */
  readonly thresholds?: Readonly<Record<string, ThresholdDefinition>>;
  /** Service level objectives, by id. */
  readonly slos?: Readonly<Record<string, SloDefinition>>;
  /** Kubernetes Deployments with their probes, by name, besides those of the components. */
  readonly workloads?: Readonly<Record<string, WorkloadInput>>;
  /** Dashboards besides the overview, by id. */
  readonly dashboards?: Readonly<Record<string, DashboardInput>>;
}

/** What a definition file exports as its default. */
export type Definition =
  { readonly kind: 'project'; readonly input: ProjectInput } | { readonly kind: 'system'; readonly input: SystemInput };

/** The project: teams, receivers, severities, environments, defaults. `definitions/project.ts` exports it as its default. */
export const defineProject = (input: ProjectInput): Definition =>
  withCallSite({ kind: 'project', input }, defineProject);

/** A system: what is scraped, measured, alerted on and probed. Each file in `definitions/systems/` exports one as its default. */
export const defineSystem = (input: SystemInput): Definition => withCallSite({ kind: 'system', input }, defineSystem);
