import type { Expr } from '../promql/ast.ts';
import * as build from '../promql/build.ts';

/** A time in which events count or do not: hours of some days of every week, or one stretch. */
export type CountedTime =
  | {
      readonly kind: 'weekly';
      /** 0 is Sunday. */
      readonly days: readonly number[];
      /** Minutes from midnight. */
      readonly from: number;
      readonly to: number;
      /** Milliseconds. */
      readonly utcOffset: number;
    }
  | {
      readonly kind: 'once';
      /** Seconds since the epoch. */
      readonly from: number;
      readonly to: number;
    };

const { binary, call, number } = build;

/** The time of the evaluation as a series without labels. */
const now = (offsetMs = 0): Expr =>
  call('vector', offsetMs === 0 ? call('time') : binary('+', call('time'), number(offsetMs / 1000)));

/** `from <= expr < to`; the value stays. */
const within = (expr: Expr, from: number, to: number): Expr =>
  binary('<', binary('>=', expr, number(from)), number(to));

const isTime = (time: CountedTime): Expr => {
  if (time.kind === 'once') return within(now(), time.from, time.to);
  const at = now(time.utcOffset);
  const minute = binary('+', binary('*', call('hour', at), number(60)), call('minute', at));
  const isHour = within(minute, time.from, time.to);
  if (time.days.length === 7) return isHour;
  const day = call('day_of_week', at);
  const isDay = time.days.map((index) => binary('==', day, number(index))).reduce<Expr | undefined>(either, undefined);
  return isDay === undefined ? isHour : binary('and', isHour, isDay);
};

const either = (a: Expr | undefined, b: Expr): Expr => (a === undefined ? b : binary('or', a, b));

/**
 * A condition that has a value, without labels, while events count: in one of the `only` times (always when there are
 * none) and in none of the `except` times. Nothing when they always count.
 */
export const countedCondition = (only: readonly CountedTime[], except: readonly CountedTime[]): Expr | undefined => {
  const inside = only.map(isTime).reduce<Expr | undefined>(either, undefined);
  const outside = except.map(isTime).reduce<Expr | undefined>(either, undefined);
  if (outside === undefined) return inside;
  return binary('unless', inside ?? call('vector', number(1)), outside);
};

const MINUTES_OF_WEEK = 7 * 24 * 60;

/** The share of an ordinary week in which events count, 0-1; single times are no part of one. */
export const countedShare = (only: readonly CountedTime[], except: readonly CountedTime[]): number => {
  if (only.length === 0 && except.length === 0) return 1;
  const minutesOf = (times: readonly CountedTime[]): ReadonlySet<number> =>
    new Set(
      times.flatMap((time) =>
        time.kind === 'once'
          ? []
          : time.days.flatMap((day) => {
              const start = day * 1440 + time.from - time.utcOffset / 60_000;
              return Array.from(
                { length: time.to - time.from },
                (_, minute) => (start + minute + 2 * MINUTES_OF_WEEK) % MINUTES_OF_WEEK,
              );
            }),
      ),
    );
  const inside = minutesOf(only);
  const outside = minutesOf(except);
  const counted = Array.from({ length: MINUTES_OF_WEEK }, (_, minute) => minute).filter(
    (minute) => (inside.size === 0 || inside.has(minute)) && !outside.has(minute),
  );
  return counted.length / MINUTES_OF_WEEK;
};
