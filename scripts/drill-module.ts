/** What the command `drill` needs of the bundled drill; the drill's own tests hold it against what the drill exports. */
import type { DefinitionFile } from '../generators/model/normalise/index.ts';

/** What a drill is told. */
export interface DrillOrder {
  readonly definitions: readonly DefinitionFile[];
  readonly tools: { readonly prometheus: string; readonly alertmanager: string; readonly promtool: string };
  /** The folder of the bundled app. */
  readonly app: string;
  /** Only this system. */
  readonly system?: string;
  /** Only campaigns that drill this alert. */
  readonly alert?: string;
  readonly short?: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The module; `Result` is what only the drill itself looks into. */
export interface DrillModule<Result> {
  readonly loadDefinitions: (root: string, definitions: string) => Promise<readonly DefinitionFile[]>;
  readonly drillableSystems: () => readonly string[];
  /** Of one system, or of all. */
  readonly drillableAlerts: (system?: string) => readonly string[];
  readonly runDrill: (order: DrillOrder) => Promise<Result>;
  /** The result with what an earlier report has of campaigns that did not run now. @throws Error when it is no report. */
  readonly withEarlier: (result: Result, report: string) => Result;
  readonly problemsOf: (result: Result) => readonly string[];
  readonly summaryOf: (result: Result) => { readonly passed: number; readonly failed: number };
  readonly toMarkdown: (result: Result) => string;
  readonly toJson: (result: Result) => string;
  readonly toJunit: (result: Result) => string;
}
