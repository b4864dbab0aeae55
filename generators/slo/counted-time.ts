import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';
import type { TimeZone } from './time-zone.ts';
import { nowShifted, offsetAt } from './time-zone.ts';

/** A time in which events count or do not: hours of some days of every week, or one stretch. */
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

const { anyOf, binary, call, number } = build;

/** `from <= expr < to`; the value stays. */
const within = (expr: Expr, from: number, to: number): Expr =>
  binary('<', binary('>=', expr, number(from)), number(to));

type LocalTimeOf = (zone: TimeZone) => Expr;

const isTime = (time: CountedTime, localTimeOf: LocalTimeOf): Expr => {
  if (time.kind === 'once') return within(nowShifted(0), time.from, time.to);
  const at = localTimeOf(time.zone);
  const minute = binary('+', binary('*', call('hour', at), number(60)), call('minute', at));
  const isHour = within(minute, time.from, time.to);
  if (time.days.length === 7) return isHour;
  const day = call('day_of_week', at);
  const isDay = anyOf(time.days.map((index) => binary('==', day, number(index))));
  return isDay === undefined ? isHour : binary('and', isHour, isDay);
};

/**
 * 1 while events count, in one of the `only` times (always when there are none) and in none of the `except` times, and 0
 * otherwise; without labels. Nothing when they always count. `localTimeOf` gives what the clocks of a zone show, as a
 * series without labels.
 */
export const timeCounts = (
  only: readonly CountedTime[],
  except: readonly CountedTime[],
  localTimeOf: LocalTimeOf,
): Expr | undefined => {
  const toCondition = (time: CountedTime): Expr => isTime(time, localTimeOf);
  const inside = anyOf(only.map(toCondition));
  const outside = anyOf(except.map(toCondition));
  const counts = outside === undefined ? inside : binary('unless', inside ?? call('vector', number(1)), outside);
  return counts && binary('or', build.aggregate('group', counts), call('vector', number(0)));
};

/** Whether events count at an instant, given in seconds since the epoch: what {@link timeCounts} says there. */
export const isCounted = (
  only: readonly CountedTime[],
  except: readonly CountedTime[],
  unixSeconds: number,
): boolean => {
  const isIn = (time: CountedTime): boolean => {
    if (time.kind === 'once') return time.from <= unixSeconds && unixSeconds < time.to;
    const at = new Date(unixSeconds * 1000 + offsetAt(time.zone, unixSeconds));
    const minute = at.getUTCHours() * 60 + at.getUTCMinutes();
    return time.days.includes(at.getUTCDay()) && time.from <= minute && minute < time.to;
  };
  return (only.length === 0 || only.some(isIn)) && !except.some(isIn);
};

const MINUTES_OF_WEEK = 7 * 24 * 60;

/**
 * The share of an ordinary week in which events count, 0-1; single times are no part of one. Of times in several zones,
 * where the clocks change at different moments, it is the share in January. With a window, in milliseconds, it is the
 * share of the moments at which all of the window before them counts.
 */
export const countedShare = (only: readonly CountedTime[], except: readonly CountedTime[], window = 0): number => {
  if (only.length === 0 && except.length === 0) return 1;
  const minutesOf = (times: readonly CountedTime[]): ReadonlySet<number> =>
    new Set(
      times.flatMap((time) =>
        time.kind === 'once'
          ? []
          : time.days.flatMap((day) => {
              const start = day * 1440 + time.from - time.zone.offset / 60_000;
              return Array.from(
                { length: time.to - time.from },
                (_, minute) => (start + minute + 2 * MINUTES_OF_WEEK) % MINUTES_OF_WEEK,
              );
            }),
      ),
    );
  const inside = minutesOf(only);
  const outside = minutesOf(except);
  const counts = (minute: number): boolean =>
    (inside.size === 0 || inside.has(minute % MINUTES_OF_WEEK)) && !outside.has(minute % MINUTES_OF_WEEK);
  const before = Math.round(window / 60_000);
  let [counted, inARow] = [0, 0];
  for (let minute = MINUTES_OF_WEEK - before; minute < 2 * MINUTES_OF_WEEK; minute += 1) {
    inARow = counts(minute) ? inARow + 1 : 0;
    if (minute >= MINUTES_OF_WEEK && inARow > before) counted += 1;
  }
  return counted / MINUTES_OF_WEEK;
};
