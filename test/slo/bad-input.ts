/**
 * What Sloth, Pyrra and OpenSLO check of an SLO, and what they do not though they should: each mistake in a definition of
 * ours, with its finding. Read it as the manual of the findings of SLOs.
 */
import type { Code } from '../../generators/diagnostics/codes.ts';
import { METRICS, PROJECT } from '../broken/base.ts';

const EDITS = [
  ['import { defineProject, minutes,', 'import { days, defineProject, minutes,'],
  ['  scrapeInterval: seconds(15),\n', '  scrapeInterval: seconds(15),\n  retention: days(35),\n'],
] as const;

/** A sound project with one SLO, `answers`. */
export const SOUND: Readonly<Record<string, string>> = {
  'project.ts': EDITS.reduce((text, [from, to]) => text.replace(from, to), PROJECT),
  'metrics.ts': METRICS.replace(
    '  cache_hits_total:',
    `  good_total: counter({ unit: 'count', help: 'Good answers.' }),
  last_import_seconds: gauge({ unit: 'unix_seconds', help: 'When the last import succeeded.' }),
  cache_hits_total:`,
  ),
  'systems/shop.ts': `import {
  count, days, defineSystem, hours, matches, mebibytes, minutes, ms, once, percent, perSecond, promql, query, seconds, select, sli, slo, weekly,
} from 'tocsin';
import { m } from '../metrics.ts';

const failures = select(m.http_requests_total, { status: matches('5..') });

export default defineSystem({
  id: 'shop',
  title: 'Shop',
  description: 'Sells things.',
  owner: 'checkout',
  jobs: {
    shop: { targets: { local: ['127.0.0.1:8080'] } },
  },
  metrics: [m],
  components: {},
  slos: {
    answers: slo({
      title: 'Requests are answered',
      objective: percent(99.9),
      indicator: sli.availability({ bad: failures, total: m.http_requests_total }),
    }),
  },
});
`,
};

/** Who checks it besides us; nobody of them for the last kind. */
export type Validator = 'Sloth' | 'Pyrra' | 'OpenSLO' | 'none of them';

/** A mistake: what of the sound system is replaced by what, and what is said. */
export interface BadInput {
  readonly by: readonly Validator[];
  readonly name: string;
  readonly replace: string;
  readonly with: string;
  readonly finding: {
    readonly code: Code;
    /** An error unless it says otherwise. */
    readonly severity?: 'warning';
    /** What stands in the file from the place of the finding on. */
    readonly at: string;
    readonly property?: string;
    readonly message: string;
    readonly hint?: string;
  };
}

/** What the cases replace, or put something behind. */
const OBJECTIVE = 'objective: percent(99.9),';
const INDICATOR = 'indicator: sli.availability({ bad: failures, total: m.http_requests_total }),';
const more = (text: string): string => `${INDICATOR}\n      ${text}`;

export const BAD_INPUT: readonly BadInput[] = [
  {
    by: ['Sloth'],
    name: 'a name that is no name',
    replace: 'answers: slo({',
    with: "'answers_5xx': slo({",
    finding: {
      code: 'definition/name',
      at: 'slo({',
      message:
        '"answers_5xx" is no SLO name: expected lower-case letters and digits, in words joined by single dashes: `migrated-components`',
    },
  },
  {
    by: ['Sloth'],
    name: 'an empty title',
    replace: "title: 'Requests are answered',",
    with: "title: '',",
    finding: {
      code: 'definition/shape',
      at: "''",
      property: 'title',
      message: 'slos.answers.title: expected a text, not an empty one',
    },
  },
  {
    by: ['Sloth', 'Pyrra', 'OpenSLO'],
    name: 'an objective of nothing',
    replace: OBJECTIVE,
    with: 'objective: percent(0),',
    finding: {
      code: 'slo/objective',
      at: 'percent(0)',
      property: 'objective',
      message: 'an objective of 0 % leaves no error budget to count, or is none',
      hint: 'An objective is above 0 % and below 100 %. If no failure at all is allowed, use a threshold.',
    },
  },
  {
    by: ['Sloth', 'Pyrra', 'OpenSLO'],
    name: 'an objective beyond everything',
    replace: OBJECTIVE,
    with: 'objective: percent(100.1),',
    finding: {
      code: 'slo/objective',
      at: 'percent(100.1)',
      property: 'objective',
      message: 'an objective of 100.1 % leaves no error budget to count, or is none',
      hint: 'An objective is above 0 % and below 100 %. If no failure at all is allowed, use a threshold.',
    },
  },
  {
    by: ['Pyrra', 'OpenSLO'],
    name: 'an objective of 100 %, which leaves no budget',
    replace: OBJECTIVE,
    with: 'objective: percent(100),',
    finding: {
      code: 'slo/objective',
      at: 'percent(100)',
      property: 'objective',
      message: 'an objective of 100 % leaves no error budget to count, or is none',
      hint: 'An objective is above 0 % and below 100 %. If no failure at all is allowed, use a threshold.',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'no objective',
    replace: OBJECTIVE,
    with: 'objective: undefined as never,',
    finding: {
      code: 'definition/shape',
      at: 'undefined as never',
      property: 'objective',
      message: 'slos.answers.objective: is missing; expected a quantity of ratio',
    },
  },
  {
    by: ['Pyrra', 'OpenSLO'],
    name: 'an objective that is no share',
    replace: OBJECTIVE,
    with: 'objective: count(99.9) as never,',
    finding: {
      code: 'definition/shape',
      at: 'count(99.9) as never',
      property: 'objective',
      message: 'slos.answers.objective: expected a quantity of ratio, not of count',
    },
  },
  {
    by: ['Sloth', 'OpenSLO'],
    name: 'no indicator',
    replace: INDICATOR,
    with: 'indicator: undefined as never,',
    finding: {
      code: 'definition/shape',
      at: 'undefined as never',
      property: 'indicator',
      message: 'slos.answers.indicator: is missing; expected what an indicator gives: sli.availability({ ... })',
    },
  },
  {
    by: ['Sloth', 'OpenSLO'],
    name: 'two indicators at once',
    replace: INDICATOR,
    with: 'indicator: sli.availability({ bad: failures, good: m.good_total, total: m.http_requests_total } as never),',
    finding: {
      code: 'definition/shape',
      at: 'sli.availability({ bad: failures, good: ',
      message: 'slos.answers.indicator: expected the total, and either the good or the bad events among them',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'neither the good events nor the bad ones',
    replace: INDICATOR,
    with: 'indicator: sli.availability({ total: m.http_requests_total } as never),',
    finding: {
      code: 'definition/shape',
      at: 'sli.availability({ total: m.http_request',
      message: 'slos.answers.indicator: expected the total, and either the good or the bad events among them',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'events without their total',
    replace: INDICATOR,
    with: 'indicator: sli.availability({ bad: failures } as never),',
    finding: {
      code: 'definition/shape',
      at: 'sli.availability({ bad: failures } as ne',
      property: 'total',
      message: 'slos.answers.indicator.total: is missing; expected a counter, or some series of one',
    },
  },
  {
    by: ['Sloth', 'Pyrra'],
    name: 'bad events that are all events',
    replace: INDICATOR,
    with: 'indicator: sli.availability({ bad: m.http_requests_total, total: m.http_requests_total }),',
    finding: {
      code: 'slo/same-events',
      at: 'm.http_requests_total, total: m.http_req',
      property: 'bad',
      message: 'the bad events and all events are the same: http_requests_total{job="shop"}',
    },
  },
  {
    by: ['Sloth'],
    name: 'a query without the open window',
    replace: INDICATOR,
    with: 'indicator: sli.ratio({ bad: query.sum(query.rate(failures, minutes(5))), total: query.sum(query.rate(m.http_requests_total, sli.window)) }),',
    finding: {
      code: 'slo/window-missing',
      at: 'query.sum(query.rate(failures, minutes(5',
      property: 'bad',
      message: 'the query of bad has no open window',
      hint: 'Use sli.window for its range: every rule of the SLO puts its own window there.',
    },
  },
  {
    by: ['Sloth', 'Pyrra'],
    name: 'a query that does not parse',
    replace: INDICATOR,
    with: "indicator: sli.ratio({ errorRatio: promql('ratio')`sum(rate(http_requests_total[` }),",
    finding: {
      code: 'query/syntax',
      at: "promql('ratio')`sum(rate(http_requests_t",
      property: 'errorRatio',
      message: 'the query does not parse: unexpected end of input in duration expression',
    },
  },
  {
    by: ['Sloth'],
    name: 'a severity that is not there',
    replace: INDICATOR,
    with: more("alerting: { page: 'urgent' },"),
    finding: {
      code: 'definition/unknown-reference',
      at: "'urgent' }",
      property: 'alerting.page',
      message: 'there is no severity "urgent"',
      hint: 'Known: critical, warning, info.',
    },
  },
  {
    by: ['Sloth'],
    name: 'a name that no alert can have',
    replace: INDICATOR,
    with: more("alerting: { name: 'answers are bad' },"),
    finding: {
      code: 'definition/shape',
      at: "'answers are bad' }",
      property: 'alerting.name',
      message: 'slos.answers.alerting.name: expected UpperCamelCase: `DatabaseQueryTooSlow`',
    },
  },
  {
    by: ['Sloth'],
    name: 'windows the wrong way round',
    replace: INDICATOR,
    with: more("alerting: { tiers: { 'page-fast': { budget: percent(2), short: hours(1), long: minutes(5) } } },"),
    finding: {
      code: 'slo/window',
      at: '{ budget: percent(2), short: hours(1), l',
      property: 'alerting.tiers["page-fast"]',
      message:
        'the windows of page-fast are the wrong way round: the short one (1 hour) has to be shorter than the long one (5 minutes)',
    },
  },
  {
    by: ['Sloth'],
    name: 'a window that spends nothing',
    replace: INDICATOR,
    with: more("alerting: { tiers: { 'page-fast': { budget: percent(0), short: minutes(5), long: hours(1) } } },"),
    finding: {
      code: 'slo/window',
      at: '{ budget: percent(0), short: minutes(5),',
      property: 'alerting.tiers["page-fast"]',
      message: 'the windows of page-fast spend a share of the budget that is not above 0 % and at most 100 %',
    },
  },
  {
    by: ['Sloth'],
    name: 'a window beyond the period',
    replace: INDICATOR,
    with: more('period: days(2),'),
    finding: {
      code: 'slo/window',
      at: 'percent(99.9)',
      property: 'objective',
      message:
        'the windows of ticket-slow do not fit into the period: the long one (3 days) has to be shorter than 2 days',
    },
  },
  {
    by: ['Sloth'],
    name: 'two SLOs whose alerts have one name',
    replace: '    answers: slo({',
    with: `    other: slo({ title: 'Twin', objective: percent(99), indicator: sli.availability({ bad: failures, total: m.http_requests_total }), alerting: { name: 'Answers' } }),
    answers: slo({`,
    finding: {
      code: 'alert/duplicate',
      at: 'slo({',
      message:
        'two alerts are called AnswersBudgetBurn at severity "critical"; they would be one to Alertmanager and share a runbook',
      hint: 'Give one of them another name (`alert: ...`).',
    },
  },
  {
    by: ['Pyrra', 'OpenSLO'],
    name: 'a property that is not there',
    replace: OBJECTIVE,
    with: `objective: percent(99.9),
      target: 99.9,`,
    finding: {
      code: 'definition/unknown-property',
      at: 'target: 99.9',
      property: 'target',
      message: 'slos.answers.target: there is no such property',
      hint: 'Known here: title, description, component, objective, period, indicator, by, timeslices, calendarMonth, traffic, only, except, alerting, firstSteps.',
    },
  },
  {
    by: ['Pyrra', 'OpenSLO'],
    name: 'a property of the alerting that is not there',
    replace: INDICATOR,
    with: more('alerting: { burnrates: true } as never,'),
    finding: {
      code: 'definition/unknown-property',
      at: 'burnrates: true } as never',
      property: 'alerting.burnrates',
      message: 'slos.answers.alerting.burnrates: there is no such property',
      hint: 'Known here: name, page, ticket, tiers, minimumFailures, for, keepFiringFor, missing, exhausted.',
    },
  },
  {
    by: ['Pyrra'],
    name: 'a counter where a histogram is needed',
    replace: INDICATOR,
    with: 'indicator: sli.latency({ histogram: m.http_requests_total as never, below: ms(100) }),',
    finding: {
      code: 'definition/shape',
      at: 'm.http_requests_total as never, below: m',
      property: 'histogram',
      message: 'slos.answers.indicator.histogram: expected a histogram, or some series of one',
    },
  },
  {
    by: ['Pyrra', 'OpenSLO'],
    name: 'a gauge where a counter is needed',
    replace: INDICATOR,
    with: 'indicator: sli.availability({ bad: m.queue_depth as never, total: m.http_requests_total }),',
    finding: {
      code: 'definition/shape',
      at: 'm.queue_depth as never, total: m.http_re',
      property: 'bad',
      message: 'slos.answers.indicator.bad: expected a counter, or some series of one',
    },
  },
  {
    by: ['Pyrra'],
    name: 'a gauge that is not 1 or 0',
    replace: INDICATOR,
    with: 'indicator: sli.upness({ gauge: m.queue_depth as never }),',
    finding: {
      code: 'definition/shape',
      at: 'm.queue_depth as never })',
      property: 'gauge',
      message: 'slos.answers.indicator.gauge: expected a gauge of state, or some series of one',
    },
  },
  {
    by: ['Pyrra'],
    name: 'a limit that is no number of the histogram',
    replace: INDICATOR,
    with: 'indicator: sli.latency({ histogram: m.http_request_duration_seconds, below: mebibytes(1) as never }),',
    finding: {
      code: 'slo/limit-unit',
      at: 'mebibytes(1) as never })',
      property: 'below',
      message: 'the limit is a quantity of data, but http_request_duration_seconds measures time',
    },
  },
  {
    by: ['Pyrra'],
    name: 'a native limit on a classic histogram',
    replace: INDICATOR,
    with: 'indicator: sli.nativeLatency({ histogram: m.http_request_duration_seconds, below: ms(120) }),',
    finding: {
      code: 'slo/not-native',
      at: 'm.http_request_duration_seconds, below: ',
      property: 'histogram',
      message: 'http_request_duration_seconds is not declared as a native histogram',
      hint: 'Declare it with `native: true` if it is one; otherwise use sli.latency with the bound of a bucket.',
    },
  },
  {
    by: ['Pyrra'],
    name: 'a group that the events do not have',
    replace: INDICATOR,
    with: more("by: ['routes' as never],"),
    finding: {
      code: 'slo/group-label',
      at: "['routes' as never]",
      property: 'by',
      message: 'the SLO is grouped by "routes", which http_requests_total does not have',
      hint: 'Did you mean "route"?',
    },
  },
  {
    by: ['Pyrra'],
    name: 'a window shorter than four scrapes',
    replace: INDICATOR,
    with: more("alerting: { tiers: { 'page-fast': { budget: percent(2), short: minutes(1), long: hours(1) } } },"),
    finding: {
      code: 'slo/window',
      at: '{ budget: percent(2), short: minutes(1),',
      property: 'alerting.tiers["page-fast"]',
      message:
        'the windows of page-fast are too short: with these scrapes the short one (1 minute) has to be at least 2 minutes',
    },
  },
  {
    by: ['Pyrra', 'OpenSLO'],
    name: 'a period that is no length of time',
    replace: INDICATOR,
    with: more('period: count(30) as never,'),
    finding: {
      code: 'definition/shape',
      at: 'count(30) as never',
      property: 'period',
      message: 'slos.answers.period: expected a length of time such as minutes(5)',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a period of hours',
    replace: INDICATOR,
    with: more('period: hours(36),'),
    finding: {
      code: 'slo/period',
      at: 'hours(36)',
      property: 'period',
      message: 'the period of 1 day 12 hours is not a whole number of days up to 366',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a period of more than a year',
    replace: INDICATOR,
    with: more('period: days(400),'),
    finding: {
      code: 'slo/period',
      at: 'days(400)',
      property: 'period',
      message: 'the period of 400 days is not a whole number of days up to 366',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a slice without an objective',
    replace: INDICATOR,
    with: more('timeslices: { length: minutes(5) } as never,'),
    finding: {
      code: 'definition/shape',
      at: 'timeslices: { length: minutes(5) } as ne',
      property: 'timeslices.objective',
      message: 'slos.answers.timeslices.objective: is missing; expected a quantity of ratio',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a slice that is never good',
    replace: INDICATOR,
    with: more('timeslices: { length: minutes(5), objective: percent(0) },'),
    finding: {
      code: 'slo/slice',
      at: '{ length: minutes(5), objective: percent',
      property: 'timeslices',
      message: 'the slices of time do not fit: its objective has to be above 0 % and at most 100 %',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a slice without a length',
    replace: INDICATOR,
    with: more('timeslices: { objective: percent(99) } as never,'),
    finding: {
      code: 'definition/shape',
      at: 'timeslices: { objective: percent(99) } a',
      property: 'timeslices.length',
      message: 'slos.answers.timeslices.length: is missing; expected a length of time such as minutes(5)',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'slices that do not fill an hour',
    replace: INDICATOR,
    with: more('timeslices: { length: minutes(7), objective: percent(99) },'),
    finding: {
      code: 'slo/slice',
      at: 'minutes(7), objective: percent(99) }',
      property: 'timeslices.length',
      message:
        'the slices of time do not fit: a slice of 7 minutes has to be a part of an hour in whole minutes, and at least 2 minutes',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a limit on events that have none',
    replace: INDICATOR,
    with: 'indicator: sli.availability({ bad: failures, total: m.http_requests_total, below: ms(100) } as never),',
    finding: {
      code: 'definition/unknown-property',
      at: 'below: ms(100) } as never)',
      property: 'below',
      message: 'slos.answers.indicator.below: there is no such property',
      hint: 'Known here: indicator, good, bad, total.',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'an indicator that is no indicator',
    replace: INDICATOR,
    with: "indicator: 'availability' as never,",
    finding: {
      code: 'definition/shape',
      at: "'availability' as never",
      property: 'indicator',
      message: 'slos.answers.indicator: expected what an indicator gives: sli.availability({ ... })',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a time zone that is not there',
    replace: INDICATOR,
    with: more("only: [weekly({ days: ['monday'], from: '09:00', to: '17:00', timeZone: 'America/New_Yorck' })],"),
    finding: {
      code: 'definition/shape',
      at: "'America/New_Yorck' })]",
      property: 'only[0].timeZone',
      message: 'slos.answers.only[0].timeZone: expected a time zone such as "Europe/Berlin" or "UTC"',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a calendar that is no calendar',
    replace: INDICATOR,
    with: more("calendarMonth: 'UTC' as never,"),
    finding: {
      code: 'definition/shape',
      at: "'UTC' as never",
      property: 'calendarMonth',
      message: 'slos.answers.calendarMonth: expected true, false, or a time zone',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a component that is not there',
    replace: INDICATOR,
    with: more("component: 'api',"),
    finding: {
      code: 'definition/unknown-reference',
      at: "'api'",
      property: 'component',
      message: 'there is no component "api"',
      hint: 'No component is defined at all.',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'an alert that waits for less than nothing',
    replace: INDICATOR,
    with: more('alerting: { for: minutes(-5) },'),
    finding: {
      code: 'definition/shape',
      at: 'minutes(-5) }',
      property: 'alerting.for',
      message:
        'slos.answers.alerting.for: expected no time or up to 292 years, in whole milliseconds, not -300 seconds',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'alerting without a single condition',
    replace: INDICATOR,
    with: more(
      "alerting: { tiers: { 'page-fast': false, 'page-slow': false, 'ticket-fast': false, 'ticket-slow': false } },",
    ),
    finding: {
      code: 'slo/no-tier',
      at: "{ 'page-fast': false, 'page-slow': false",
      property: 'alerting.tiers',
      message: 'every tier is left out, so nobody is ever told of a burning budget',
      hint: 'Leave one tier in, or write `alerting: false`.',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'events counted in two units',
    replace: INDICATOR,
    with: "indicator: sli.ratio({ bad: promql('count')`sum(increase(${failures}[${sli.window}]))`, total: query.sum(query.rate(m.http_requests_total, sli.window)) }),",
    finding: {
      code: 'slo/event-unit',
      at: "promql('count')`sum(increase(${failures}",
      property: 'bad',
      message: 'bad is in count and total in per_second; both have to be counts, or both per second',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a guard of no failures',
    replace: INDICATOR,
    with: more('alerting: { minimumFailures: 0 },'),
    finding: {
      code: 'definition/shape',
      at: '0 }',
      property: 'alerting.minimumFailures',
      message: 'slos.answers.alerting.minimumFailures: too small: expected number to be >=1',
    },
  },
  {
    by: ['Sloth', 'Pyrra'],
    name: 'queries of which both count all events',
    replace: INDICATOR,
    with: 'indicator: sli.ratio({ bad: query.sum(query.rate(m.http_requests_total, sli.window)), total: query.sum(query.rate(m.http_requests_total, sli.window)) }),',
    finding: {
      code: 'slo/same-events',
      at: 'query.sum(query.rate(m.http_requests_tot',
      property: 'bad',
      message: 'the bad events and all events are the same: http_requests_total{job="shop"}',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'a free query without its total',
    replace: INDICATOR,
    with: 'indicator: sli.ratio({ bad: query.sum(query.rate(failures, sli.window)) } as never),',
    finding: {
      code: 'definition/shape',
      at: 'sli.ratio({ bad: query.sum(query.rate(fa',
      message: 'slos.answers.indicator: expected good or bad events with their total, or an errorRatio',
    },
  },
  {
    by: ['OpenSLO'],
    name: 'an error ratio and a total',
    replace: INDICATOR,
    with: "indicator: sli.ratio({ errorRatio: promql('ratio')`sum(rate(${failures}[${sli.window}])) / sum(rate(${m.http_requests_total}[${sli.window}]))`, total: query.sum(query.rate(m.http_requests_total, sli.window)) } as never),",
    finding: {
      code: 'definition/shape',
      at: "sli.ratio({ errorRatio: promql('ratio')`",
      message: 'slos.answers.indicator: expected good or bad events with their total, or an errorRatio',
    },
  },
  {
    by: ['none of them'],
    name: 'a free query of bad events outside of all events',
    replace: INDICATOR,
    with: "indicator: sli.ratio({ bad: query.sum(query.rate(failures, sli.window)), total: query.sum(query.rate(select(m.http_requests_total, { method: 'GET' }), sli.window)) }),",
    finding: {
      code: 'slo/not-a-part',
      at: 'query.sum(query.rate(failures, sli.windo',
      property: 'bad',
      message: 'the bad events are no part of all events: all events have method="GET", the bad ones need not',
      hint: 'Both have to select the same events: bad is http_requests_total{job="shop", status=~"5.."}, the total is http_requests_total{job="shop", method="GET"}.',
    },
  },
  {
    by: ['none of them'],
    name: 'groups that a free query adds up',
    replace: INDICATOR,
    with: `indicator: sli.ratio({ bad: query.sum(query.rate(failures, sli.window)), total: query.sum(query.rate(m.http_requests_total, sli.window)) }),
      by: ['route' as never],`,
    finding: {
      code: 'slo/group-label',
      at: 'query.sum(query.rate(m.http_requests_tot',
      property: 'total',
      message: 'the SLO is grouped by "route", which the result of total does not have',
    },
  },
  {
    by: ['none of them'],
    name: 'a tier that can never fire',
    replace: OBJECTIVE,
    with: 'objective: percent(93),',
    finding: {
      code: 'slo/unreachable',
      at: 'percent(93)',
      property: 'objective',
      message: 'page-fast can never fire: it waits for a burn rate of 14.4, which is an error ratio of 100.8 %',
      hint: "With these windows the objective has to be above 93.0556 %. Give the tier a smaller budget or a longer window, or leave it out (`'page-fast': false`).",
    },
  },
  {
    by: ['none of them'],
    name: 'a limit between two buckets',
    replace: INDICATOR,
    with: 'indicator: sli.latency({ histogram: m.http_request_duration_seconds, below: ms(300) }),',
    finding: {
      code: 'slo/bucket',
      at: 'ms(300) })',
      property: 'below',
      message:
        'http_request_duration_seconds has no bucket with the bound 300 ms, so nobody can say how many observations are below it',
      hint: 'The nearest bounds are 100 ms and 1 s. Choose one of them, or add the bucket.',
    },
  },
  {
    by: ['none of them'],
    name: 'a limit beyond the last bucket',
    replace: INDICATOR,
    with: 'indicator: sli.latency({ histogram: m.http_request_duration_seconds, below: seconds(5) }),',
    finding: {
      code: 'slo/bucket',
      at: 'seconds(5) })',
      property: 'below',
      message:
        'http_request_duration_seconds has no bucket with the bound 5 s, so nobody can say how many observations are below it',
      hint: 'The nearest bound is 1 s. Choose it, or add the bucket.',
    },
  },
  {
    by: ['none of them'],
    name: 'bad events outside of all events',
    replace: INDICATOR,
    with: "indicator: sli.availability({ bad: failures, total: select(m.http_requests_total, { method: 'GET' }) }),",
    finding: {
      code: 'slo/not-a-part',
      at: 'failures, total: select(m.http_requests_',
      property: 'bad',
      message: 'the bad events are no part of all events: all events have method="GET", the bad ones need not',
      hint: 'Both have to select the same events: bad is http_requests_total{job="shop", status=~"5.."}, the total is http_requests_total{job="shop", method="GET"}.',
    },
  },
  {
    by: ['none of them'],
    name: 'good events that no event can be',
    replace: INDICATOR,
    with: "indicator: sli.availability({ good: select(m.http_requests_total, { status: '200' }), total: select(m.http_requests_total, { status: matches('5..') }) }),",
    finding: {
      code: 'slo/not-a-part',
      at: 'select(m.http_requests_total, { status: ',
      property: 'good',
      message: 'the good events are no part of all events: all events have status=~"5..", the good ones need not',
      hint: 'Both have to select the same events: good is http_requests_total{job="shop", status="200"}, the total is http_requests_total{job="shop", status=~"5.."}.',
    },
  },
  {
    by: ['none of them'],
    name: 'bad events of more routes than all events',
    replace: INDICATOR,
    with: "indicator: sli.availability({ bad: select(m.http_requests_total, { route: matches('/a|/b|/c') }), total: select(m.http_requests_total, { route: matches('/a|/b') }) }),",
    finding: {
      code: 'slo/not-a-part',
      at: 'select(m.http_requests_total, { route: m',
      property: 'bad',
      message: 'the bad events are no part of all events: all events have route=~"/a|/b", the bad ones need not',
      hint: 'Both have to select the same events: bad is http_requests_total{job="shop", route=~"/a|/b|/c"}, the total is http_requests_total{job="shop", route=~"/a|/b"}.',
    },
  },
  {
    by: ['none of them'],
    name: 'an indicator that is not aggregated',
    replace: INDICATOR,
    with: 'indicator: sli.ratio({ bad: query.rate(failures, sli.window), total: query.rate(m.http_requests_total, sli.window) }),',
    finding: {
      code: 'slo/unaggregated',
      at: 'query.rate(m.http_requests_total, sli.wi',
      property: 'total',
      message:
        'the result of total carries the labels "instance", "job", "method", "route", "status", so every one of their values would be an SLO of its own',
      hint: 'Add the series up (`query.sum(...)`), or list the labels in `by`.',
    },
  },
  {
    by: ['none of them'],
    name: 'an indicator aggregated by more than the groups',
    replace: INDICATOR,
    with: `indicator: sli.ratio({ bad: query.sum(query.rate(failures, sli.window), { by: ['route', 'method'] }), total: query.sum(query.rate(m.http_requests_total, sli.window), { by: ['route', 'method'] }) }),
      by: ['route'],`,
    finding: {
      code: 'slo/unaggregated',
      at: 'query.sum(query.rate(m.http_requests_tot',
      property: 'total',
      message:
        'the result of total carries the labels "method", so every one of their values would be an SLO of its own',
      hint: 'Add the series up (`query.sum(...)`), or list the labels in `by`.',
    },
  },
  {
    by: ['none of them'],
    name: 'a period longer than what Prometheus keeps',
    replace: INDICATOR,
    with: more('period: days(90),'),
    finding: {
      code: 'slo/retention',
      at: 'days(90)',
      property: 'period',
      message: 'the period of 90 days is longer than Prometheus keeps samples (35 days): its budget would be wrong',
      hint: 'Keep samples longer (--storage.tsdb.retention.time) and say so in the project (`retention: days(35)`), or choose a shorter period.',
    },
  },
  {
    by: ['none of them'],
    name: 'a metric that nobody declares',
    replace: INDICATOR,
    with: "indicator: sli.ratio({ errorRatio: promql('ratio')`sum(rate(requests_total[${sli.window}]))` }),",
    finding: {
      code: 'query/unknown-metric',
      at: "promql('ratio')`sum(rate(requests_total[",
      property: 'errorRatio',
      message: 'the query reads requests_total, which no job of the system declares',
      hint: 'Declare it with defineMetrics and interpolate the declaration.',
    },
  },
  {
    by: ['none of them'],
    name: 'a label value that never occurs',
    replace: INDICATOR,
    with: "indicator: sli.availability({ bad: select(m.http_requests_total, { method: 'PATCH' as never }), total: m.http_requests_total }),",
    finding: {
      code: 'query/unknown-label-value',
      at: 'select(m.http_requests_total, { method: ',
      property: 'bad',
      message: 'the label "method" of http_requests_total never has the value "PATCH"',
    },
  },
  {
    by: ['none of them'],
    name: 'hours over midnight',
    replace: INDICATOR,
    with: more("only: [weekly({ days: ['monday'], from: '22:00', to: '06:00' })],"),
    finding: {
      code: 'slo/times',
      at: "weekly({ days: ['monday'], from: '22:00'",
      property: 'only[0]',
      message: 'the time from 22:00 to 06:00 is empty',
      hint: 'What goes over midnight are two times.',
    },
  },
  {
    by: ['none of them'],
    name: 'hours of a zone whose clocks follow the moon',
    replace: INDICATOR,
    with: more("only: [weekly({ days: ['monday'], from: '09:00', to: '17:00', timeZone: 'Africa/Casablanca' })],"),
    finding: {
      code: 'slo/time-zone',
      at: "'Africa/Casablanca' })]",
      property: 'only[0].timeZone',
      message:
        'the clocks of Africa/Casablanca change by no rule that comes back every year, so no query can follow them',
      hint: 'Write the offset from UTC (`utcOffset: hours(1)`), and change it when the clocks change.',
    },
  },
  {
    by: ['none of them'],
    name: 'a maintenance in the hour that the clocks skip',
    replace: INDICATOR,
    with: more("except: [once({ from: '2026-03-29T02:30', to: '2026-03-29T04:00', timeZone: 'Europe/Berlin' })],"),
    finding: {
      code: 'slo/local-time',
      at: "'2026-03-29T02:30', to: '2026-03-29T04:0",
      property: 'except[0].from',
      message: '2026-03-29T02:30 never comes in Europe/Berlin: the clocks are put on over it',
      hint: "Write it with its offset from UTC and without a timeZone: '2026-10-25T02:30+01:00'.",
    },
  },
  {
    by: ['none of them'],
    name: 'a maintenance in the hour that comes twice',
    replace: INDICATOR,
    with: more("except: [once({ from: '2026-10-25T02:30', to: '2026-10-25T04:00', timeZone: 'Europe/Berlin' })],"),
    finding: {
      code: 'slo/local-time',
      at: "'2026-10-25T02:30', to: '2026-10-25T04:0",
      property: 'except[0].from',
      message: '2026-10-25T02:30 comes twice in Europe/Berlin: the clocks are put back over it',
      hint: "Write it with its offset from UTC and without a timeZone: '2026-10-25T02:30+01:00'.",
    },
  },
  {
    by: ['none of them'],
    name: 'a maintenance on a day that is not there',
    replace: INDICATOR,
    with: more("except: [once({ from: '2026-02-30T02:00:00Z', to: '2026-03-01T04:00:00Z' })],"),
    finding: {
      code: 'definition/shape',
      at: "'2026-02-30T02:00:00Z', to: '2026-03-01T",
      property: 'except[0].from',
      message: 'slos.answers.except[0].from: there is no such day or time',
    },
  },
  {
    by: ['none of them'],
    name: 'a maintenance that ends before it begins',
    replace: INDICATOR,
    with: more("except: [once({ from: '2026-03-02T02:00:00Z', to: '2026-03-01T04:00:00Z' })],"),
    finding: {
      code: 'slo/times',
      at: "once({ from: '2026-03-02T02:00:00Z', to:",
      property: 'except[0]',
      message: 'the time from 2026-03-02T02:00:00Z to 2026-03-01T04:00:00Z is empty',
    },
  },
  {
    by: ['none of them'],
    name: 'hours of which none count',
    replace: INDICATOR,
    with: more(`only: [weekly({ days: ['monday'], from: '09:00', to: '17:00' })],
      except: [weekly({ days: ['monday'], from: '08:00', to: '18:00' })],`),
    finding: {
      code: 'slo/nothing-counts',
      at: "[weekly({ days: ['monday'], from: '09:00",
      property: 'only',
      message: 'nothing ever counts: no 5 minutes in a row are within `only` and outside of `except`',
    },
  },
  {
    by: ['none of them'],
    name: 'a job that is not there',
    replace: INDICATOR,
    with: "indicator: sli.upness({ job: 'shopp' }),",
    finding: {
      code: 'definition/unknown-reference',
      at: "'shopp' })",
      property: 'job',
      message: 'there is no job "shopp"',
      hint: 'Did you mean "shop"?',
    },
  },
  {
    by: ['none of them'],
    name: 'a budget of less than one event',
    replace: INDICATOR,
    with: more('traffic: perSecond(0.0001),'),
    finding: {
      code: 'slo/few-events',
      severity: 'warning',
      at: 'percent(99.9)',
      property: 'objective',
      message:
        'the budget is less than one event: of 259 expected events 0.259 may fail, so the first failure spends all of it',
      hint: 'Choose a longer period or a lower objective, or count slices of time (`timeslices`).',
    },
  },
];
