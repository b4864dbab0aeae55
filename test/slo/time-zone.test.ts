import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offsetsOf } from '../../generators/model/time-intervals.ts';
import { findTimeZone } from '../../generators/model/time-zones.ts';
import { print } from '../../generators/promql/print.ts';
import type { TimeZone } from '../../generators/slo/time-zone.ts';
import { localTime, offsetAt } from '../../generators/slo/time-zone.ts';
import { requireTool } from '../support/tools.ts';
import type { Question } from './promtool.ts';
import { evaluateRules } from './promtool.ts';

const HOUR = 3_600_000;
const find = (name: string): TimeZone | undefined => findTimeZone(name, offsetsOf(name));

/** Zones with every kind of rule: whole and half hours, both hemispheres, days before the month ends, changes at 24:00. */
const CHANGING = [
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/London',
  'America/New_York',
  'America/Santiago',
  'America/Nuuk',
  'America/Havana',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Asia/Beirut',
  'Asia/Jerusalem',
  'Africa/Cairo',
] as const;

describe('the clocks of a time zone', () => {
  it('follow a rule that is found in the offsets of 28 years', () => {
    expect(find('Europe/Berlin')).toEqual({
      name: 'Europe/Berlin',
      offset: HOUR,
      season: {
        offset: 2 * HOUR,
        // 01:00 UTC of the last Sundays of March and October, months of 31 days.
        from: { month: 3, weekday: 0, notBefore: 25, shift: -HOUR },
        to: { month: 10, weekday: 0, notBefore: 25, shift: -HOUR },
      },
    });
  });

  it.each([
    ['UTC', 0],
    ['Asia/Kolkata', 5.5 * HOUR],
    ['America/Phoenix', -7 * HOUR],
  ])('of %s never change', (name, offset) => {
    expect(find(name)).toEqual({ name, offset });
  });

  it.each(['Africa/Casablanca', 'Africa/El_Aaiun', 'Asia/Gaza'])('of %s follow the moon, and no rule', (name) => {
    expect(find(name)).toBeUndefined();
  });

  it.each(CHANGING)('of %s are right at any minute of those years', (name) => {
    const zone = find(name);
    const truth = offsetsOf(name);
    if (!zone?.season) throw new Error('no rule was found');
    const minute = fc.integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2054, 0, 1) / 60_000 });
    fc.assert(
      fc.property(minute, (at) => {
        expect(offsetAt(zone, at * 60)).toBe(truth(at * 60_000));
      }),
      { numRuns: 300 },
    );
  });

  it('are read by Prometheus as they are, to the minute of each change and over the turn of the year', async () => {
    const cases = CHANGING.flatMap((name) => {
      const zone = find(name);
      if (!zone) throw new Error(`${name} has no rule`);
      const truth = offsetsOf(name);
      const expr = print(localTime(zone));
      const hours = Array.from({ length: 365 * 24 }, (_, hour) => Date.UTC(2027, 0, 1) + hour * HOUR);
      const offsets = hours.map(truth);
      const changes = hours.filter((_, index) => index > 0 && offsets[index] !== offsets[index - 1]);
      const times = [...changes, Date.UTC(2028, 0, 1)].flatMap((hour) =>
        [-24 * 60, -90, -60, -31, -30, -1, 0, 1, 6 * 60 + 30, 24 * 60].map((minutes) => hour + minutes * 60_000),
      );
      expect(changes).toHaveLength(2);
      return times.map((at) => ({ question: { expr, minute: at / 60_000 } satisfies Question, want: at + truth(at) }));
    });
    const every = { samples: '40000d', evaluation: '40000d' };
    const answers = await evaluateRules(
      requireTool('promtool'),
      [],
      [],
      cases.map(({ question }) => question),
      every,
    );
    expect(answers.map(([sample]) => (sample?.value ?? Number.NaN) * 1000)).toEqual(cases.map(({ want }) => want));
  });
});
