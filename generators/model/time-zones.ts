/** Which rule the clocks of a time zone follow, found in the offsets that the run time knows. */
import type { TimeZone, YearlyChange } from './model.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Every date has fallen on every weekday after so many years, and leap years on each of them. */
const FIRST_YEAR = 2026;
const YEARS = 28;

/**
 * A zone from its offsets; nothing when its clocks follow no rule that comes back every year (in Morocco they follow the
 * moon). `offsetAt` gives the offset at an instant, both in milliseconds.
 */
export const findTimeZone = (name: string, offsetAt: (at: number) => number): TimeZone | undefined => {
  const offset = offsetAt(Date.UTC(FIRST_YEAR, 0, 1));
  const years = Array.from({ length: YEARS }, (_, index) => changesOf(FIRST_YEAR + index, offsetAt));
  if (years.every((changes) => changes.length === 0)) return { name, offset };
  if (years.some((changes) => changes.length !== 2)) return undefined;
  const from = commonRule(years.flatMap(([first]) => first ?? []));
  const to = commonRule(years.flatMap(([, second]) => second ?? []));
  return from && to && { name, offset, season: { offset: offset + from.by, from: from.rule, to: to.rule } };
};

/** A change of the clocks: when, what they showed before in milliseconds, by how much they were put on. */
interface Change {
  readonly at: number;
  readonly before: number;
  readonly by: number;
}

const changesOf = (year: number, offsetAt: (at: number) => number): readonly Change[] => {
  const found: Change[] = [];
  const end = Date.UTC(year + 1, 0, 1);
  for (let start = Date.UTC(year, 0, 1); start < end; start += 7 * DAY) {
    let [low, high] = [start, Math.min(start + 7 * DAY, end)];
    const before = offsetAt(low);
    const by = offsetAt(high) - before;
    if (by === 0) continue;
    while (high - low > MINUTE) {
      const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    found.push({ at: high, before, by });
  }
  return found;
};

interface CommonRule {
  readonly rule: YearlyChange;
  readonly by: number;
}

/** The rule that changes of several years have in common. A change at 24:00 is one of the day that ends, too. */
const commonRule = (changes: readonly Change[]): CommonRule | undefined =>
  commonRuleOf(changes, 0) ?? commonRuleOf(changes, DAY);

/** The rule for the days that are so much earlier than the changes, in milliseconds. */
const commonRuleOf = (changes: readonly Change[], earlier: number): CommonRule | undefined => {
  const read = changes.map(({ at, before, by }) => {
    const local = new Date(at + before - earlier);
    const clock = ((at + before) % DAY) + earlier;
    const day = local.getUTCDate();
    return { day, same: [local.getUTCMonth() + 1, local.getUTCDay(), before - clock, by] as const };
  });
  const [first] = read;
  if (!first || read.some(({ same }) => same.join() !== first.same.join())) return undefined;
  const [month, weekday, shift, by] = first.same;
  const notBefore = Math.min(...read.map(({ day }) => day));
  const isWeek = Math.max(...read.map(({ day }) => day)) - notBefore === 6;
  // Near the turn of the year the two changes would be of two years.
  if (!isWeek || month < 2 || month > 11) return undefined;
  return { rule: { month, weekday, notBefore, shift }, by };
};
