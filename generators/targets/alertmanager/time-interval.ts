import type { NumberRange, TimeInterval } from '../../model/time-intervals.ts';
import { MONTHS, WEEKDAYS } from '../../model/time-intervals.ts';
import type { Json } from '../../output/artefact.ts';

/** A time interval as Alertmanager reads it. */
export const toTimeInterval = ({ id, timeZone, spans }: TimeInterval): Json => ({
  name: id,
  time_intervals: spans.map(({ times, weekdays, daysOfMonth, months, years }) => ({
    times: unlessEmpty(times.map(({ from, to }) => ({ start_time: clock(from), end_time: clock(to) }))),
    weekdays: unlessEmpty(weekdays.map((range) => words(range, (day) => WEEKDAYS[day] ?? ''))),
    days_of_month: unlessEmpty(daysOfMonth.map((range) => words(range, String))),
    months: unlessEmpty(months.map((range) => words(range, (month) => MONTHS[month - 1] ?? ''))),
    years: unlessEmpty(years.map((range) => words(range, String))),
    location: timeZone,
  })),
});

const unlessEmpty = (list: readonly Json[]): readonly Json[] | undefined => (list.length === 0 ? undefined : list);

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const words = ({ from, to }: NumberRange, word: (value: number) => string): string =>
  from === to ? word(from) : `${word(from)}:${word(to)}`;
