import { describe, expect, it } from 'vitest';
import type { Code } from '../../generators/diagnostics/codes.ts';
import { CODES } from '../../generators/diagnostics/codes.ts';
import { matches, promql, rate, select, sum } from '../../generators/model/query.ts';
import { days, hours, mebibytes, minutes, ms, percent, perSecond } from '../../generators/model/quantities.ts';
import type { SloInput } from '../../generators/model/slo.ts';
import { once, sli, slo, weekly } from '../../generators/model/slo.ts';
import { m, modelOf } from './project.ts';

const failed = select(m.requests_total, { code: matches('5..') });
const availability = sli.availability({ bad: failed, total: m.requests_total });

const sound: SloInput = { title: 'Requests are answered', objective: percent(99.9), indicator: availability };

/** What is wrong, the SLO, the finding, and a part of its sentence. */
const CASES: readonly (readonly [string, SloInput, Code, string | RegExp])[] = [
  ['no budget at all', { ...sound, objective: percent(100) }, 'slo/objective', '100 % leaves no error budget'],
  ['no objective', { ...sound, objective: percent(0) }, 'slo/objective', '0 %'],
  ['more than everything', { ...sound, objective: percent(110) }, 'slo/objective', '110 %'],
  ['an objective in another unit', { ...sound, objective: ms(99) as never }, 'definition/shape', 'quantity of ratio'],
  ['no indicator', { ...sound, indicator: undefined as never }, 'definition/shape', 'indicator'],
  ['a period of hours', { ...sound, period: hours(36) }, 'slo/period', 'whole number of days'],
  ['a period beyond what is kept', { ...sound, period: days(120) }, 'slo/retention', '120 days is longer'],
  ['a tier out of reach', { ...sound, objective: percent(93) }, 'slo/unreachable', 'page-fast can never fire'],
  [
    'a limit that is no bucket',
    { ...sound, indicator: sli.latency({ histogram: m.plain_seconds, below: ms(250) }) },
    'slo/bucket',
    'no bucket with the bound 250 ms',
  ],
  [
    'a limit in another unit',
    { ...sound, indicator: sli.latency({ histogram: m.plain_seconds, below: mebibytes(1) as never }) },
    'slo/limit-unit',
    'quantity of data',
  ],
  [
    'a histogram that is not native',
    { ...sound, indicator: sli.nativeLatency({ histogram: m.plain_seconds, below: ms(250) }) },
    'slo/not-native',
    'not declared as a native histogram',
  ],
  [
    'bad events that are no part of all',
    { ...sound, indicator: sli.availability({ bad: failed, total: select(m.requests_total, { cluster: 'east' }) }) },
    'slo/not-a-part',
    'all events have cluster="east"',
  ],
  [
    'bad events that contradict all',
    {
      ...sound,
      indicator: sli.availability({
        bad: select(m.requests_total, { code: '500' }),
        total: select(m.requests_total, { code: matches('2..') }),
      }),
    },
    'slo/not-a-part',
    'all events have code=~"2.."',
  ],
  [
    'bad events that are all events',
    { ...sound, indicator: sli.availability({ bad: m.requests_total, total: m.requests_total }) },
    'slo/same-events',
    'are the same',
  ],
  [
    'a gauge as a total',
    { ...sound, indicator: sli.availability({ bad: failed, total: m.queue as never }) },
    'definition/shape',
    '',
  ],
  [
    'good and bad at once',
    { ...sound, indicator: sli.availability({ good: m.good_total, bad: failed, total: m.requests_total }) },
    'definition/shape',
    'either the good or the bad events',
  ],
  ['a group that the metric does not have', { ...sound, by: ['clusterr'] }, 'slo/group-label', 'grouped by "clusterr"'],
  [
    'a free query without a window',
    {
      ...sound,
      indicator: sli.ratio({ bad: sum(rate(failed, minutes(5))), total: sum(rate(m.requests_total, sli.window)) }),
    },
    'slo/window-missing',
    'query of bad has no open window',
  ],
  [
    'a free query that does not parse',
    { ...sound, indicator: sli.ratio({ errorRatio: promql('ratio')`sum(` }) },
    'query/syntax',
    'does not parse',
  ],
  [
    'an indicator that is not aggregated',
    { ...sound, indicator: sli.ratio({ bad: rate(failed, sli.window), total: rate(m.requests_total, sli.window) }) },
    'slo/unaggregated',
    'carries the labels',
  ],
  [
    'events of two units',
    {
      ...sound,
      indicator: sli.ratio({
        bad: promql('count')`sum(increase(${failed}[${sli.window}]))`,
        total: sum(rate(m.requests_total, sli.window)),
      }),
    },
    'slo/event-unit',
    'bad is in count and total in per_second',
  ],
  [
    'a metric that nobody declares',
    { ...sound, indicator: sli.ratio({ errorRatio: promql('ratio')`sum(rate(nobody_total[${sli.window}]))` }) },
    'query/unknown-metric',
    'nobody_total',
  ],
  [
    'windows the wrong way round',
    { ...sound, alerting: { tiers: { 'page-fast': { budget: percent(2), short: hours(1), long: minutes(5) } } } },
    'slo/window',
    'wrong way round',
  ],
  [
    'a window shorter than the scrapes allow',
    { ...sound, alerting: { tiers: { 'page-fast': { budget: percent(2), short: minutes(1), long: hours(1) } } } },
    'slo/window',
    'too short',
  ],
  [
    'a window longer than the period',
    {
      ...sound,
      period: days(2),
      alerting: { tiers: { 'page-fast': { budget: percent(50), short: minutes(5), long: hours(2) } } },
    },
    'slo/window',
    'ticket-slow do not fit into the period',
  ],
  [
    'no tier at all',
    {
      ...sound,
      alerting: { tiers: { 'page-fast': false, 'page-slow': false, 'ticket-fast': false, 'ticket-slow': false } },
    },
    'slo/no-tier',
    'every tier is left out',
  ],
  [
    'a severity that is not there',
    { ...sound, alerting: { page: 'urgent' } },
    'definition/unknown-reference',
    'severity "urgent"',
  ],
  ['a component that is not there', { ...sound, component: 'api' }, 'definition/unknown-reference', 'component "api"'],
  [
    'a job that is not there',
    { ...sound, indicator: sli.upness({ job: 'nobody' }) },
    'definition/unknown-reference',
    'job "nobody"',
  ],
  ['a property that is not there', { ...sound, target: percent(99) } as never, 'definition/unknown-property', 'target'],
  ['a name that is no alert name', { ...sound, alerting: { name: 'api-down' } }, 'definition/shape', 'UpperCamelCase'],
  ['a budget under one event', { ...sound, traffic: perSecond(0.0001) }, 'slo/few-events', 'less than one event'],
  [
    'slices that do not fill an hour',
    { ...sound, timeslices: { length: minutes(7), objective: percent(99) } },
    'slo/slice',
    'part of an hour',
  ],
  [
    'a slice with no objective',
    { ...sound, timeslices: { length: minutes(5), objective: percent(0) } },
    'slo/slice',
    'above 0 %',
  ],
  [
    'hours over midnight',
    { ...sound, only: [weekly({ days: ['monday'], from: '22:00', to: '06:00' })] },
    'slo/times',
    'from 22:00 to 06:00 is empty',
  ],
  [
    'an hour that is not there',
    { ...sound, only: [weekly({ days: ['monday'], from: '9', to: '25:00' })] },
    'definition/shape',
    'time of day',
  ],
  [
    'a day that is not there',
    { ...sound, except: [once({ from: '2026-02-30', to: '2026-03-01T00:00:00Z' })] },
    'definition/shape',
    'expected an instant such as',
  ],
  [
    'a day that the month does not have',
    { ...sound, except: [once({ from: '2026-02-30T00:00:00Z', to: '2026-03-01T00:00:00Z' })] },
    'definition/shape',
    'there is no such day',
  ],
  [
    'a local time that is jumped over',
    {
      ...sound,
      except: [once({ from: '2026-03-29T02:30', to: '2026-03-29T05:00', timeZone: 'Europe/Berlin' })],
    },
    'slo/local-time',
    '2026-03-29T02:30 never comes in Europe/Berlin',
  ],
  [
    'a local time that comes twice',
    {
      ...sound,
      except: [once({ from: '2026-10-25T01:00', to: '2026-10-25T02:30', timeZone: 'Europe/Berlin' })],
    },
    'slo/local-time',
    '2026-10-25T02:30 comes twice in Europe/Berlin',
  ],
  [
    'a time zone that is not there',
    { ...sound, only: [weekly({ days: ['monday'], from: '09:00', to: '17:00', timeZone: 'Europe/Berlinn' })] },
    'definition/shape',
    'expected a time zone such as',
  ],
  [
    'a time zone without a rule',
    { ...sound, only: [weekly({ days: ['monday'], from: '09:00', to: '17:00', timeZone: 'Africa/Casablanca' })] },
    'slo/time-zone',
    'Africa/Casablanca change by no rule',
  ],
  [
    'a time zone and an offset',
    {
      ...sound,
      only: [weekly({ days: ['monday'], from: '09:00', to: '17:00', timeZone: 'Europe/Berlin', utcOffset: hours(1) })],
    },
    'definition/shape',
    'a time zone or an offset from UTC, not both',
  ],
  [
    'an offset of a day',
    { ...sound, only: [weekly({ days: ['monday'], from: '09:00', to: '17:00', utcOffset: hours(24) })] },
    'definition/shape',
    '14 hours at most',
  ],
  [
    'hours of which none count',
    {
      ...sound,
      only: [weekly({ days: ['monday'], from: '09:00', to: '17:00' })],
      except: [weekly({ days: ['monday'], from: '08:00', to: '18:00' })],
    },
    'slo/nothing-counts',
    'no 5 minutes in a row',
  ],
  [
    'hours too short for a window',
    { ...sound, only: [weekly({ days: ['monday'], from: '09:00', to: '09:05' })] },
    'slo/nothing-counts',
    'no 5 minutes in a row',
  ],
  ['a month of another world', { ...sound, calendarMonth: 'UTC' as never }, 'definition/shape', 'expected true, false'],
];

describe('what is wrong with an SLO', () => {
  it.each(CASES)('%s', (_, input, code, text) => {
    const { findings } = modelOf({ answers: slo(input) });
    expect(findings.map((finding) => finding.code)).toContain(code);
    const found = findings.find((finding) => finding.code === code);
    const message = found && (CODES[found.code].message as (data: unknown) => string)(found.data);
    expect(message).toMatch(typeof text === 'string' ? new RegExp(text.replaceAll(/[.*+?()[\]\\^$|]/g, '\\$&')) : text);
    expect(found?.at).toBeDefined();
  });

  it('is nothing when it is sound', () => {
    expect(modelOf({ answers: slo({ ...sound, traffic: perSecond(10) }) }).findings).toEqual([]);
  });

  it('names the nearest buckets', () => {
    const input: SloInput = { ...sound, indicator: sli.latency({ histogram: m.plain_seconds, below: ms(250) }) };
    const [finding] = modelOf({ answers: slo(input) }).findings;
    expect(finding?.data).toMatchObject({ nearest: ['100 ms', '1 s'] });
  });

  it('is found between two SLOs too', () => {
    const twin = slo({ ...sound, alerting: { name: 'Api' } });
    const codes = modelOf({ one: twin, two: twin }).findings.map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['alert/duplicate']));
  });
});
