/** What a project says of who is told when: roles, escalation, hours, heartbeat, maintenance. Inert data. */
import type { Duration } from './quantities.ts';
import type { LabelMatch } from './series.ts';

/** Who is on call in turn. Alertmanager knows no rotation: it has to be that of the tool which the role is reached by. */
export interface RotationInput {
  readonly members: readonly string[];
  readonly every: Duration;
}

/** One person or function of a team. */
export interface RoleInput {
  /** For people: `DevOps lead`. */
  readonly title: string;
  /** Names of receivers of the project. */
  readonly to: readonly string[];
  readonly rotation?: RotationInput;
}

/** A delay that counts only the time in an interval. Alertmanager cannot: it is refused with what to do instead. */
export interface WorkingTime {
  readonly workingTime: Duration;
  /** The name of a time interval. */
  readonly during: string;
}

/** When somebody is told, and who is told at all other times. */
export interface HoursInput {
  /** The name of a time interval of the project. */
  readonly during: string;
  /** Roles of the team or receivers that are told outside of it; empty for nobody. */
  readonly otherwise: readonly string[];
}

/** One step of an escalation after the first. */
export interface EscalationStepInput {
  /** After the alert began to fire. */
  readonly after: Duration | WorkingTime;
  /** Roles of the team, or receivers of the project. */
  readonly to: readonly string[];
  readonly hours?: HoursInput;
  /** Alertmanager knows no acknowledgement: a silence stops an escalation. Refused with what to do instead. */
  readonly unless?: 'acknowledged';
}

type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
type Month =
  | 'january'
  | 'february'
  | 'march'
  | 'april'
  | 'may'
  | 'june'
  | 'july'
  | 'august'
  | 'september'
  | 'october'
  | 'november'
  | 'december';
type Range<T extends string | number> = T | `${T}:${T}`;

/** A span of time that comes back; what it does not name does not matter. */
export interface TimeSpanInput {
  /** `HH:MM`, from the first up to the second, which may be `24:00`. A night needs two: up to 24:00, and from 00:00. */
  readonly times?: readonly { readonly from: `${number}:${number}`; readonly to: `${number}:${number}` }[];
  /** Weeks begin on Sunday: `monday:friday`, `saturday`. */
  readonly weekdays?: readonly Range<Weekday>[];
  /** 1 to 31; negative ones count from the end of the month. */
  readonly daysOfMonth?: readonly Range<number>[];
  readonly months?: readonly Range<Month>[];
  readonly years?: readonly Range<number>[];
}

/** Spans of time in one time zone; it is now when it is in one of them. */
export interface TimeIntervalInput {
  /** A name of the time zone database: `Europe/Berlin`. */
  readonly timeZone: string;
  readonly spans: readonly TimeSpanInput[];
}

/** An alert that always fires, sent to a service that raises the alarm when it stops coming. */
export interface HeartbeatInput {
  readonly to: readonly string[];
  /** How often the service wants to hear of it. */
  readonly every: Duration;
}

/** A window in which systems are worked on; their alerts wait until it ends. */
export interface MaintenanceInput {
  readonly title: string;
  readonly systems: readonly string[];
  /** The name of a time interval. */
  readonly during: string;
  /** Alerts of the first severity are told all the same, unless this is set. */
  readonly mostSevereToo?: boolean;
}

/** What labels have to be: a value, one of several, or a match. */
export type LabelsInput = Readonly<Record<string, string | readonly string[] | LabelMatch>>;

/** A route beside those of the teams. */
export interface ExtraRouteInput {
  readonly match: LabelsInput;
  /** Names of receivers; empty to tell nobody. */
  readonly to: readonly string[];
  /** The alert goes no further; otherwise its team is told, too. */
  readonly only?: boolean;
  readonly groupBy?: readonly string[];
  /** Names of time intervals in which nobody is told. */
  readonly quiet?: readonly string[];
}

/** Alerts that keep others quiet while they fire. */
export interface ExtraInhibitionInput {
  readonly source: LabelsInput;
  readonly target: LabelsInput;
  /** Labels in which both have to agree. */
  readonly equal: readonly string[];
  /** One sentence for people. */
  readonly reason: string;
}
