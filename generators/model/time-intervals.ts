/**
 * Time intervals as Alertmanager has them (https://prometheus.io/docs/alerting/latest/configuration/#time_interval):
 * how they are read, and whether a moment is in one. Pure: time zones come from the run time's own database.
 */
import type { Origin } from '../diagnostics/diagnostic.ts';
import type { TimeSpanInput } from './escalation.ts';

/** From the first to the last, both included; of times, up to but without the second. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** A span of time that comes back. An empty list does not matter. */
export interface TimeSpan {
  /** Minutes of the day. */
  readonly times: readonly NumberRange[];
  /** 0 is Sunday. */
  readonly weekdays: readonly NumberRange[];
  /** Negative days count from the end of the month: -1 is its last day. */
  readonly daysOfMonth: readonly NumberRange[];
  /** 1 is January. */
  readonly months: readonly NumberRange[];
  readonly years: readonly NumberRange[];
}

/** Spans of time in one time zone. */
export interface TimeInterval {
  readonly id: string;
  readonly timeZone: string;
  readonly spans: readonly TimeSpan[];
  readonly origin: Origin;
}

export const WEEKDAYS: readonly string[] = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
];
export const MONTHS: readonly string[] = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** The clock of a time zone. The locale is fixed, and only numbers are read. */
const clockOf = (timeZone: string): Intl.DateTimeFormat =>
  // oxlint-disable-next-line no-restricted-properties -- the only way to a time zone; its locale is fixed
  new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });

/** Whether the run time knows a time zone; Alertmanager has the same database. */
export const isTimeZone = (name: string): boolean => {
  try {
    return /^[A-Za-z]/.test(clockOf(name).resolvedOptions().timeZone);
  } catch {
    return false;
  }
};

/** What is wrong with a span, each with the property that is meant. */
export interface SpanProblem {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

type NumberOf = (word: string) => number | undefined;

const inList =
  (words: readonly string[], first: number): NumberOf =>
  (word) => {
    const index = words.indexOf(word);
    return index === -1 ? undefined : index + first;
  };
const whole: NumberOf = (word) => (/^-?\d+$/.test(word) ? Number(word) : undefined);

const minutesOf: NumberOf = (word) => {
  const [, hour, minute] = /^(\d{2}):(\d{2})$/.exec(word) ?? [];
  const minutes = Number(hour) * 60 + Number(minute);
  return hour !== undefined && Number(minute) < 60 && minutes <= 24 * 60 ? minutes : undefined;
};

/** Reads a span; `problems` has what Alertmanager would refuse. */
export const readSpan = (
  input: TimeSpanInput,
): { readonly span: TimeSpan; readonly problems: readonly SpanProblem[] } => {
  const problems: SpanProblem[] = [];
  const ranges = (
    property: keyof TimeSpanInput,
    items: readonly (string | number)[] | undefined,
    numberOf: NumberOf,
    isKnown: (value: number) => boolean,
    what: string,
  ): readonly NumberRange[] =>
    (items ?? []).flatMap((item, index): NumberRange[] => {
      const [first = '', last = first] = String(item).split(':');
      const [from, to] = [numberOf(first), numberOf(last)];
      const path = [property, index];
      if (from === undefined || to === undefined || !isKnown(from) || !isKnown(to)) {
        problems.push({ path, problem: `expected ${what}, not ${JSON.stringify(item)}` });
        return [];
      }
      // From a day counted from the start to one counted from the end is a range in every month; never the other way.
      const isMixed = property === 'daysOfMonth' && from > 0 !== to > 0;
      if (isMixed ? from < 0 : from > to) {
        problems.push({ path, problem: `${String(item)} ends before it begins: write it as two` });
        return [];
      }
      return [{ from, to }];
    });
  const times = (input.times ?? []).flatMap(({ from, to }, index): NumberRange[] => {
    const [start, end] = [minutesOf(from), minutesOf(to)];
    const path = ['times', index];
    if (start === undefined || end === undefined) {
      problems.push({ path, problem: 'expected times of day such as 09:00, the last of them 24:00' });
      return [];
    }
    if (start < end) return [{ from: start, to: end }];
    problems.push({
      path,
      problem: `${from} to ${to} ends before it begins: write a night as two, up to 24:00 and from 00:00`,
    });
    return [];
  });
  const span: TimeSpan = {
    times,
    weekdays: ranges('weekdays', input.weekdays, inList(WEEKDAYS, 0), () => true, 'a weekday or two joined by a colon'),
    daysOfMonth: ranges(
      'daysOfMonth',
      input.daysOfMonth,
      whole,
      (day) => day !== 0 && Math.abs(day) <= 31,
      'a day from 1 to 31 or -31 to -1, or two joined by a colon',
    ),
    months: ranges('months', input.months, inList(MONTHS, 1), () => true, 'a month or two joined by a colon'),
    years: ranges('years', input.years, whole, (year) => year >= 1970, 'a year or two joined by a colon'),
  };
  return { span, problems };
};

interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly minutes: number;
}

const localTime = (at: Date, clock: Intl.DateTimeFormat): LocalTime => {
  const parts = clock.formatToParts(at);
  const value = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  const [year, month, day] = [value('year'), value('month'), value('day')];
  return {
    year,
    month,
    day,
    weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
    minutes: value('hour') * 60 + value('minute'),
  };
};

/** The offset of a time zone from UTC at an instant, both in milliseconds, positive east of Greenwich. */
export const offsetsOf = (timeZone: string): ((at: number) => number) => {
  const clock = clockOf(timeZone);
  return (at) => {
    const { year, month, day, minutes } = localTime(new Date(at), clock);
    return Date.UTC(year, month - 1, day, 0, minutes) - Math.floor(at / 60_000) * 60_000;
  };
};

const isIn = (ranges: readonly NumberRange[], value: number): boolean =>
  ranges.length === 0 || ranges.some(({ from, to }) => from <= value && value <= to);

/** Days that a month does not have are cut off, as in Alertmanager. */
const isDayIn = (ranges: readonly NumberRange[], { year, month, day }: LocalTime): boolean => {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const fromStart = (one: number): number => (one < 0 ? length + one + 1 : one);
  return (
    ranges.length === 0 ||
    ranges.some(({ from, to }) => {
      const [first, last] = [fromStart(from), fromStart(to)];
      return first <= length && Math.max(first, 1) <= day && day <= Math.min(last, length);
    })
  );
};

/** Whether a moment is in an interval. */
export const isInInterval = ({ timeZone, spans }: TimeInterval, at: Date): boolean => {
  const local = localTime(at, clockOf(timeZone));
  return spans.some(
    (span) =>
      (span.times.length === 0 || span.times.some(({ from, to }) => from <= local.minutes && local.minutes < to)) &&
      isIn(span.weekdays, local.weekday) &&
      isDayIn(span.daysOfMonth, local) &&
      isIn(span.months, local.month) &&
      isIn(span.years, local.year),
  );
};
