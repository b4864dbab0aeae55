/** What a drill has seen, as data: everything that the reports print. Times are milliseconds. */

/** One receiver that has to be told. */
export interface NoticeResult {
  readonly receiver: string;
  /** The notification group of Alertmanager: team, severity, tier. */
  readonly route: string;
  /** After the fault, at the latest; what was kept quiet has a group's interval from when that ended. */
  readonly promised: number;
  /** After the fault; absent when it never came. */
  readonly told?: number;
  /** After the fault's end; absent when it did not come, or when the receiver wants no end. */
  readonly toldOfEnd?: number;
  readonly wantsEnd: boolean;
}

export interface AlertResult {
  /** As in the plan. */
  readonly key: string;
  readonly alert: string;
  readonly severity: string;
  readonly system: string;
  readonly team: string;
  readonly campaign: string;
  readonly factor: number;
  /** After the fault, at the latest; `resolved` after its end. */
  readonly promised: { readonly pending: number; readonly firing: number; readonly resolved: number };
  /** After the fault; `resolved` after its end. */
  readonly seen: { readonly pending?: number; readonly firing?: number; readonly resolved?: number };
  readonly notices: readonly NoticeResult[];
  /** The alerts that kept it quiet while the fault lasted. */
  readonly quietedBy: readonly string[];
  /** After the fault; absent when nothing kept it quiet. */
  readonly quietUntil?: number;
  /** Unix time of the fault. */
  readonly injectedAt: number;
  /** How long the fault lasted. */
  readonly lasted: number;
  /** Empty when all was as promised. */
  readonly problems: readonly string[];
}

export interface CampaignResult {
  readonly system: string;
  readonly id: string;
  /** ISO 8601. */
  readonly began: string;
  /** What was broken. */
  readonly what: string;
  readonly alerts: readonly AlertResult[];
  /** What fired besides what is drilled. */
  readonly companions: readonly string[];
  readonly seconds: number;
  /** What went wrong with the campaign itself. */
  readonly problems: readonly string[];
}

/** A proof that belongs to no alert of a system: the heartbeat, the fallback. */
export interface CheckResult {
  readonly id: string;
  readonly system: string;
  readonly what: string;
  readonly problems: readonly string[];
}

export interface SystemResult {
  readonly system: string;
  /** ISO 8601. */
  readonly began: string;
  readonly seconds: number;
  readonly campaigns: readonly CampaignResult[];
  readonly checks: readonly CheckResult[];
  /** Alerts that were not drilled, with the reason. */
  readonly impossible: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

export interface DrillResult {
  /** ISO 8601. */
  readonly began: string;
  readonly seconds: number;
  readonly isShort: boolean;
  /** Of the programs, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly factors: Readonly<Record<string, number>>;
  readonly tolerance: number;
  readonly systems: readonly SystemResult[];
}

/** All that went wrong, one line each. */
export const problemsOf = ({ systems }: Pick<DrillResult, 'systems'>): readonly string[] =>
  systems.flatMap(({ system, campaigns, checks, problems }) => [
    ...problems.map((problem) => `${system}: ${problem}`),
    ...checks.flatMap(({ id, problems: some }) => some.map((problem) => `${system}: ${id}: ${problem}`)),
    ...campaigns.flatMap((campaign) => [
      ...campaign.problems.map((problem) => `${system}: ${campaign.id}: ${problem}`),
      ...campaign.alerts.flatMap(({ key, problems: some }) =>
        some.map((problem) => `${system}: ${key} (${campaign.id}): ${problem}`),
      ),
    ]),
  ]);
