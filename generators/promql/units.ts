/**
 * The units a metric can be declared in, and what follows from each: its dimension (what it may be compared with),
 * its factor to the base unit, its name in Grafana, its format in a Prometheus template.
 *
 * A dimension is a product of powers: seconds^a x bytes^b, plus the tag of a plain number. `rate` lowers the power of
 * seconds by one, a division subtracts powers, so the unit of any query follows from the units of its metrics.
 */

/** What kind of quantity it is; quantities of different dimensions can be neither compared nor added. */
export type Dimension =
  'time' | 'data' | 'ratio' | 'count' | 'frequency' | 'throughput' | 'score' | 'state' | 'timestamp';

/** One unit. `factor` converts a value in this unit to the base unit of its dimension. */
export interface Unit {
  readonly id: string;
  readonly dimension: Dimension;
  readonly factor: number;
  /** Grafana's unit id (https://github.com/grafana/grafana, packages/grafana-data, valueFormats/categories). */
  readonly grafana: string;
  /** How the unit is written after a number in prose. */
  readonly symbol: string;
}

const unit = <const I extends string, const D extends Dimension>(
  id: I,
  dimension: D,
  factor: number,
  grafana: string,
  symbol: string,
) => ({
  id,
  dimension,
  factor,
  grafana,
  symbol,
});

/** Every unit, by id. The base unit of a dimension is the one with factor 1 that stands first. */
export const UNITS = {
  seconds: unit('seconds', 'time', 1, 's', 's'),
  milliseconds: unit('milliseconds', 'time', 1e-3, 'ms', 'ms'),
  microseconds: unit('microseconds', 'time', 1e-6, 'µs', 'µs'),
  nanoseconds: unit('nanoseconds', 'time', 1e-9, 'ns', 'ns'),
  bytes: unit('bytes', 'data', 1, 'bytes', 'B'),
  kibibytes: unit('kibibytes', 'data', 1024, 'kbytes', 'KiB'),
  mebibytes: unit('mebibytes', 'data', 1_048_576, 'mbytes', 'MiB'),
  ratio: unit('ratio', 'ratio', 1, 'percentunit', ''),
  percent: unit('percent', 'ratio', 0.01, 'percent', '%'),
  count: unit('count', 'count', 1, 'short', ''),
  per_second: unit('per_second', 'frequency', 1, 'cps', '/s'),
  per_minute: unit('per_minute', 'frequency', 1 / 60, 'cpm', '/min'),
  bytes_per_second: unit('bytes_per_second', 'throughput', 1, 'binBps', 'B/s'),
  score: unit('score', 'score', 1, 'none', ''),
  state: unit('state', 'state', 1, 'bool_on_off', ''),
  unix_seconds: unit('unix_seconds', 'timestamp', 1, 'dateTimeFromNow', ''),
} as const satisfies Record<string, Unit>;

/** The id of a unit. */
export type UnitId = keyof typeof UNITS;

/** The dimension of a unit, on the level of types. */
export type DimensionOf<U extends UnitId> = (typeof UNITS)[U]['dimension'];
