import type { Direction, Milliseconds, Panel } from '../../model/model.ts';
import { print } from '../../promql/print.ts';
import type { UnitId } from '../../promql/units.ts';
import { UNITS } from '../../promql/units.ts';
import type { GridPosition } from './layout.ts';

/** A value at which the colour changes; null stands for everything below the first one. */
export interface Step {
  readonly value: number | null;
  readonly color: string;
}

/** What is shown instead of a number. */
export interface ValueName {
  readonly value: number;
  readonly text: string;
  readonly color: string;
}

/** One query of a panel. */
export interface QueryView {
  readonly refId: string;
  readonly expr: string;
  readonly legend: string;
}

/** A panel as it will be drawn, in Grafana's units, decided without Grafana's library. */
export interface PanelView {
  readonly id: number;
  readonly kind: Panel['kind'];
  readonly title: string;
  readonly description: string;
  readonly position: GridPosition;
  /** How often its slowest source is scraped, when that is less often than usual. */
  readonly interval: Milliseconds | undefined;
  /** Grafana's unit id. */
  readonly unit: string;
  readonly queries: readonly QueryView[];
  /** Ascending; the first one has no value. */
  readonly steps: readonly Step[];
  readonly hasLevels: boolean;
  readonly names: readonly ValueName[];
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly softMin: number | undefined;
  readonly softMax: number | undefined;
  readonly hasLegend: boolean;
  /** Any number of lines, told apart by labels: filled areas on top of each other would hide them and the levels. */
  readonly isSplit: boolean;
}

/** The colour of what is as it should be. */
const GOOD = 'green';

/** The colour of a value that nobody judges. */
const NEUTRAL = 'text';

/** Decides how a panel is drawn at its place. */
export const viewPanel = (panel: Panel, position: GridPosition, interval: Milliseconds | undefined): PanelView => {
  const { levels, min, max } = panel;
  const queries = panel.queries.map(({ expr, legend }, index) => ({ refId: refId(index), expr: print(expr), legend }));
  const isSplit = queries.some(({ legend }) => legend.includes('{{'));
  const isChart = panel.kind === 'timeseries';
  return {
    id: panel.id,
    kind: panel.kind,
    title: panel.title,
    description: panel.description,
    position,
    interval,
    unit: UNITS[panel.unit].grafana,
    queries,
    steps: isChart ? lineSteps(levels, panel.direction) : colorSteps(levels, panel.direction, panel.unit),
    hasLevels: levels.length > 0,
    names: UNITS[panel.unit].dimension === 'state' ? stateNames(panel) : [],
    min,
    // A chart that always reached to the largest possible value would press what matters to the ground.
    max: isChart ? undefined : max,
    ...(isChart ? softLimits(panel) : { softMin: undefined, softMax: undefined }),
    hasLegend: queries.length > 1 || isSplit,
    isSplit,
  };
};

type Level = Panel['levels'][number];

/** Whether small values are the bad ones. */
const isBadBelow = (direction: Direction | undefined): boolean => direction === 'below' || direction === 'atMost';

/** Ascending, one for each value: where two levels have the same value the more severe one counts. */
const ascending = (levels: readonly Level[]): readonly Level[] => {
  const byValue = new Map<number, Level>();
  for (const level of levels) if (!byValue.has(level.value)) byValue.set(level.value, level);
  return [...byValue.values()].sort((a, b) => a.value - b.value);
};

/** Colours of the ranges between the levels: each level's colour lies on its bad side. */
const ranges = (sorted: readonly Level[], direction: Direction | undefined, good: string): readonly Step[] => {
  const colors = sorted.map(({ color }) => color);
  const steps = isBadBelow(direction) ? [...colors, good] : [good, ...colors];
  return steps.map((color, index) => ({ value: sorted[index - 1]?.value ?? null, color }));
};

/**
 * Thresholds of a chart. Grafana gives a line the colour of the range above it, or, below a transparent range, the one
 * below it; so a transparent good range gives every line the colour of its own level whichever side is bad.
 */
const lineSteps = (levels: readonly Level[], direction: Direction | undefined): readonly Step[] =>
  ranges(ascending(levels), direction, 'transparent');

/** Thresholds of a panel that colours the value itself. */
const colorSteps = (levels: readonly Level[], direction: Direction | undefined, unit: UnitId): readonly Step[] => {
  if (levels.length === 0) return [{ value: null, color: NEUTRAL }];
  const isStrict = direction === 'above' || direction === 'atMost';
  const shifted =
    isStrict && isCounted(unit) ? levels.map((level) => ({ ...level, value: justAbove(level.value) })) : levels;
  return ranges(ascending(shifted), direction, GOOD);
};

/** Units in which a value is often exactly at its level. */
const isCounted = (unit: UnitId): boolean => ['count', 'state', 'score'].includes(UNITS[unit].dimension);

/** Grafana's thresholds include their value, "above 0" does not: without this a healthy zero would be red. */
const justAbove = (value: number): number => value + 1e-9 * Math.max(1, Math.abs(value));

/** Axis limits that keep every line inside the picture; data beyond them widens the axis. */
const softLimits = ({ levels, min, max, direction }: Panel): Pick<PanelView, 'softMin' | 'softMax'> => {
  if (levels.length === 0) return { softMin: undefined, softMax: undefined };
  const values = levels.map(({ value }) => value);
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  const floor = min ?? Math.min(0, lowest);
  const margin = (highest - floor || Math.abs(highest) || 1) / 10;
  const above = roundUp(highest + margin);
  return {
    softMin: min === undefined ? (lowest < 0 ? -roundUp(-lowest + margin) : 0) : undefined,
    softMax: max === undefined || max < highest ? above : isBadBelow(direction) ? max : Math.min(above, max),
  };
};

/** The next number of two significant digits. */
const roundUp = (value: number): number => {
  if (value === 0) return 0;
  const unit = Math.floor(Math.log10(Math.abs(value))) - 1;
  // Twelve digits first, or 0.11000000000000001 would become 0.12.
  const scaled = Number((value / 10 ** unit).toPrecision(12));
  return Number(`${Math.ceil(scaled)}e${unit}`);
};

/** Names of a state's two values; which of them is the bad one follows from the levels. */
const stateNames = ({ direction, levels }: Panel): readonly ValueName[] => {
  const bad = levels[0]?.color ?? 'red';
  return direction === 'above' || direction === 'atLeast'
    ? [
        { value: 0, text: 'no', color: GOOD },
        { value: 1, text: 'yes', color: bad },
      ]
    : [
        { value: 0, text: 'down', color: bad },
        { value: 1, text: 'up', color: GOOD },
      ];
};

/** A to Z, then AA, AB, ... */
const refId = (index: number): string =>
  (index >= 26 ? refId(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26));
