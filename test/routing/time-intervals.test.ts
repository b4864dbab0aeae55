import { describe, expect, it } from 'vitest';
import type { TimeSpanInput } from '../../generators/model/escalation.ts';
import { isMuted } from '../../generators/model/routing.ts';
import type { TimeInterval } from '../../generators/model/time-intervals.ts';
import { isInInterval, isTimeZone, readSpan } from '../../generators/model/time-intervals.ts';

const interval = (timeZone: string, ...spans: readonly TimeSpanInput[]): TimeInterval => ({
  id: 'it',
  timeZone,
  spans: spans.map((span) => {
    const read = readSpan(span);
    expect(read.problems).toEqual([]);
    return read.span;
  }),
  origin: { file: 'definitions/project.ts', path: [] },
});

describe('isInInterval', () => {
  const office: TimeSpanInput = { weekdays: ['monday:friday'], times: [{ from: '09:00', to: '17:00' }] };

  it.each<[string, string, TimeSpanInput, string, boolean]>([
    ['the first minute', 'UTC', office, '2026-11-20T09:00:00Z', true],
    ['before the first minute', 'UTC', office, '2026-11-20T08:59:59Z', false],
    ['the end is not in it', 'UTC', office, '2026-11-20T17:00:00Z', false],
    ['a Saturday', 'UTC', office, '2026-11-21T12:00:00Z', false],
    ['summer time in Berlin', 'Europe/Berlin', office, '2026-07-01T07:00:00Z', true],
    ['winter time in Berlin', 'Europe/Berlin', office, '2026-12-01T07:30:00Z', false],
    ['another day over there', 'Pacific/Auckland', { weekdays: ['monday'] }, '2026-11-22T12:00:00Z', true],
    ['up to midnight', 'UTC', { times: [{ from: '22:00', to: '24:00' }] }, '2026-11-22T23:59:59Z', true],
    ['the last day of February', 'UTC', { daysOfMonth: [-1] }, '2028-02-29T12:00:00Z', true],
    ['not the last day of February', 'UTC', { daysOfMonth: [-1] }, '2028-02-28T12:00:00Z', false],
    ['the last three days', 'UTC', { daysOfMonth: ['-3:-1'] }, '2026-11-28T12:00:00Z', true],
    ['days that the month does not have', 'UTC', { daysOfMonth: ['30:31'] }, '2026-02-28T12:00:00Z', false],
    ['from the middle to the end', 'UTC', { daysOfMonth: ['15:-1'] }, '2026-02-28T12:00:00Z', true],
    ['the first Sunday', 'UTC', { weekdays: ['sunday'], daysOfMonth: ['1:7'] }, '2026-11-01T12:00:00Z', true],
    ['the second Sunday', 'UTC', { weekdays: ['sunday'], daysOfMonth: ['1:7'] }, '2026-11-08T12:00:00Z', false],
    ['months', 'UTC', { months: ['november:december'] }, '2026-11-08T12:00:00Z', true],
    ['another year', 'UTC', { years: ['2027:2028'] }, '2026-11-08T12:00:00Z', false],
    ['one day only', 'UTC', { years: [2026], months: ['november'], daysOfMonth: [8] }, '2026-11-08T23:00:00Z', true],
    ['anything', 'UTC', {}, '2026-11-08T23:00:00Z', true],
  ])('%s', (_, timeZone, span, at, expected) => {
    expect(isInInterval(interval(timeZone, span), new Date(at))).toBe(expected);
  });

  it('is in an interval when it is in one of its spans', () => {
    const nights = interval(
      'UTC',
      { times: [{ from: '22:00', to: '24:00' }] },
      { times: [{ from: '00:00', to: '06:00' }] },
    );
    expect(isInInterval(nights, new Date('2026-11-08T05:00:00Z'))).toBe(true);
    expect(isInInterval(nights, new Date('2026-11-08T12:00:00Z'))).toBe(false);
  });
});

describe('readSpan', () => {
  it.each<[TimeSpanInput, string]>([
    [{ times: [{ from: '22:00', to: '06:00' }] }, '22:00 to 06:00 ends before it begins'],
    [{ times: [{ from: '9:00', to: '17:00' }] }, 'expected times of day'],
    [{ times: [{ from: '09:00', to: '24:01' }] }, 'expected times of day'],
    [{ weekdays: ['friday:sunday'] }, 'ends before it begins'],
    [{ weekdays: ['Monday' as 'monday'] }, 'expected a weekday'],
    [{ daysOfMonth: [0] }, 'expected a day from 1 to 31'],
    [{ daysOfMonth: ['-1:5'] }, 'ends before it begins'],
    [{ daysOfMonth: ['20:10'] }, 'ends before it begins'],
    [{ months: ['11' as 'may'] }, 'expected a month'],
    [{ years: ['2027:2026'] }, 'ends before it begins'],
  ])('refuses %j', (span, problem) => {
    expect(
      readSpan(span)
        .problems.map((one) => one.problem)
        .join(),
    ).toContain(problem);
  });
});

describe('isTimeZone', () => {
  it.each([
    ['UTC', true],
    ['Europe/Berlin', true],
    ['America/Argentina/Buenos_Aires', true],
    ['Europe/Berln', false],
    ['', false],
  ])('%s: %s', (name, expected) => {
    expect(isTimeZone(name)).toBe(expected);
  });
});

describe('two routes that share one interval', () => {
  it('never both tell and never both keep quiet, summer time included', () => {
    const days = interval('Europe/Berlin', office());
    const start = Date.parse('2026-03-27T00:00:00Z');
    for (let minute = 0; minute < 4 * 24 * 60; minute += 7) {
      const at = new Date(start + minute * 60_000);
      expect(isMuted({ activeTimes: ['it'] }, [days], at)).toBe(!isMuted({ muteTimes: ['it'] }, [days], at));
    }
  });
});

const office = (): TimeSpanInput => ({ weekdays: ['monday:friday'], times: [{ from: '08:00', to: '18:00' }] });
