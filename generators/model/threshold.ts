/** Thresholds: one measured value with the levels at which somebody is told. */
import { withCallSite } from '../diagnostics/call-site.ts';
import type { Dimension } from '../promql/units.ts';
import type { Direction } from './model.ts';
import type { Duration, Quantity } from './quantities.ts';
import type { DimensionIn, Operand } from './query.ts';

/** One level: a quantity, or a quantity with what differs at this level. */
export type LevelInput<D extends Dimension> =
  | Quantity<D>
  | {
      readonly level: Quantity<D>;
      /** How long the value must be bad before anybody is told; otherwise the threshold's `for`. */
      readonly for?: Duration;
      /** How long the alert stays after the value is good again; otherwise the threshold's. */
      readonly keepFiringFor?: Duration;
      /** The alert's name at this level, when it is not the threshold's. */
      readonly alert?: string;
      /** A severity of the project; otherwise the one of the same name (`warning`, `critical`). */
      readonly severity?: string;
    };

/** The levels of a threshold: one of them or both. */
export type LevelsInput<D extends Dimension> =
  | { readonly warning: LevelInput<D>; readonly critical?: LevelInput<D> }
  | { readonly warning?: LevelInput<D>; readonly critical: LevelInput<D> };

/** What a threshold says to people. */
export interface ThresholdText {
  /**
   * One line for the pager. `{value}`, `{threshold}` and `{for}` are filled in with their units, `{labels.<name>}` with
   * a label of the firing series.
   */
  readonly summary?: string;
  /** What it means and whom it hurts; the same placeholders. */
  readonly description?: string;
  /** What to look at and do first, in order; they become the runbook's list. */
  readonly firstSteps?: readonly string[];
}

/** The input of {@link threshold}. */
export type ThresholdInput<T extends Operand = Operand> = LevelsInput<DimensionIn<T>> &
  ThresholdText & {
    /** The alert's name: UpperCamelCase. */
    readonly alert: string;
    /** What is measured: `API response time, p95`. */
    readonly title: string;
    /** What is measured, as a query. */
    readonly query: T;
    /** On which side of its levels the value is bad. `above` and `below` leave the level itself good. */
    readonly direction: Direction;
    /** How long the value must be bad before anybody is told. Without it the first evaluation counts. */
    readonly for?: Duration;
    /** How long the alert stays after the value is good again; guards against flapping. */
    readonly keepFiringFor?: Duration;
    /** What is aimed at, when that is more than staying clear of the levels. */
    readonly goal?: Quantity<DimensionIn<T>>;
    /** The component it belongs to, when it stands in the system's own list. */
    readonly component?: string;
  };

/** A threshold of a system: what {@link threshold} gives. */
export interface ThresholdDefinition {
  readonly kind: 'threshold';
  readonly input: ThresholdInput;
}

/**
 * One measured value with a `warning` level, a `critical` level, or both. It becomes the alerts of each level, the
 * lines on its panel, the inhibition of the warning by the critical alert, a row of the indicator table and a runbook.
 */
export const threshold = <const T extends Operand>(input: ThresholdInput<T>): ThresholdDefinition =>
  withCallSite({ kind: 'threshold' as const, input }, threshold);
