/**
 * Time zones as PromQL can follow them. PromQL knows UTC only, but the clocks of nearly all zones change by a rule that
 * names a month, a weekday and the earliest day for it ("the first Sunday on or after 8 March"), and that is arithmetic.
 */
import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';

/** A change of the clocks that comes back every year. */
export interface YearlyChange {
  /** 1 is January. */
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** The first such weekday on or after this day of the month. */
  readonly notBefore: number;
  /** What has to be added to UTC for this day to begin when the clocks change, in milliseconds. */
  readonly shift: number;
}

/** A time zone. Offsets are milliseconds, positive east of Greenwich. */
export interface TimeZone {
  readonly name: string;
  /** The offset at the turn of the year. */
  readonly offset: number;
  /** The part of the year that has another one. */
  readonly season?: { readonly offset: number; readonly from: YearlyChange; readonly to: YearlyChange };
}

const { binary, call, number } = build;

/** The month and the day of the last such weekday as one number, which only grows from January to December. */
const keyOf = (month: number, day: number): number => 100 * month + day;

const DECEMBER = keyOf(12, 0);

/** The offset of a zone at an instant, in seconds since the epoch: what {@link localTime} says there. */
export const offsetAt = ({ offset, season }: TimeZone, unixSeconds: number): number => {
  if (!season) return offset;
  const key = ({ weekday, shift }: YearlyChange): number => {
    const at = new Date(unixSeconds * 1000 + shift);
    return keyOf(at.getUTCMonth() + 1, at.getUTCDate() - ((at.getUTCDay() + 7 - weekday) % 7));
  };
  const since = key(season.from);
  const isIn =
    since >= keyOf(season.from.month, season.from.notBefore) &&
    since < DECEMBER &&
    key(season.to) < keyOf(season.to.month, season.to.notBefore);
  return isIn ? season.offset : offset;
};

/** The time of the evaluation as a series without labels, shifted by milliseconds. */
export const nowShifted = (ms: number): Expr =>
  call('vector', ms === 0 ? call('time') : binary('+', call('time'), number(ms / 1000)));

/** What the clocks of a zone show, as if it were UTC: seconds of which `hour()` and its like give the local ones. */
export const localTime = ({ offset, season }: TimeZone): Expr => {
  if (!season) return nowShifted(offset);
  const key = ({ weekday, shift }: YearlyChange): Expr => {
    const at = nowShifted(shift);
    const sinceWeekday = binary('%', binary('+', call('day_of_week', at), number(7 - weekday)), number(7));
    const day = binary('-', call('day_of_month', at), sinceWeekday);
    return binary('+', binary('*', call('month', at), number(100)), day);
  };
  const is = (op: '>=' | '<', change: YearlyChange, value: number): Expr =>
    binary(op, key(change), number(value), { bool: true });
  const { from, to } = season;
  const isIn = [
    is('>=', from, keyOf(from.month, from.notBefore)),
    is('<', from, DECEMBER),
    is('<', to, keyOf(to.month, to.notBefore)),
  ].reduce((a, b) => binary('*', a, b));
  return binary('+', nowShifted(offset), binary('*', isIn, number((season.offset - offset) / 1000)));
};
