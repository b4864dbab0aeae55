import { describe, expect, it } from 'vitest';
import { promql, rate, select, sum, matches } from '../../generators/model/query.ts';
import { days, hours, minutes, ms, percent, seconds } from '../../generators/model/quantities.ts';
import type { SloInput } from '../../generators/model/slo.ts';
import { once, sli, slo, weekly } from '../../generators/model/slo.ts';
import { print } from '../../generators/promql/print.ts';
import { requireTool } from '../support/tools.ts';
import { m, modelOf } from './project.ts';
import type { Question, RuleFile } from './promtool.ts';
import { evaluateRules } from './promtool.ts';
import { ruleFileOf } from './simulate.ts';
import type { Series } from './streams.ts';

const rulesOf = async (input: Partial<SloInput> & Pick<SloInput, 'indicator'>): Promise<RuleFile> => {
  const { model, findings } = modelOf({ probe: slo({ title: 'Probe', objective: percent(99), ...input }) });
  if (!model || findings.length > 0) throw new Error(JSON.stringify(findings));
  return ruleFileOf(model);
};

const ask = async (file: RuleFile, series: readonly Series[], exprs: readonly string[], minute: number) => {
  const questions = exprs.map((expr): Question => ({ expr, minute }));
  const answers = await evaluateRules(requireTool('promtool'), [file], series, questions);
  return answers.map((samples) => samples.map(({ value }) => value));
};

const ratio = (window: string): string => `slo:sli_error:ratio_rate${window}`;

/** A value for each of some minutes. */
const each = (length: number, value: (minute: number) => number | undefined): string =>
  Array.from({ length: length + 1 }, (_, minute) => value(minute) ?? '_').join(' ');

const failed = select(m.requests_total, { code: matches('5..') });
const availability = sli.availability({ bad: failed, total: m.requests_total });
const requests = (code: string, perMinute: (minute: number) => number, length = 120): Series => {
  let count = 0;
  return {
    series: `requests_total{job="lab", instance="a", code="${code}"}`,
    values: each(length, (minute) => (count += perMinute(minute))),
  };
};

describe('an indicator', () => {
  it.each([
    ['as Prometheus 2 writes it', '1'],
    ['as Prometheus 3 writes it', '1.0'],
  ])('of latency finds the bucket %s', async (_, le) => {
    const file = await rulesOf({ indicator: sli.latency({ histogram: m.duration_seconds, below: seconds(1) }) });
    const series = [
      { series: `duration_seconds_bucket{job="lab", le="${le}"}`, values: '0+90x60' },
      { series: 'duration_seconds_bucket{job="lab", le="10"}', values: '0+100x60' },
      { series: 'duration_seconds_count{job="lab"}', values: '0+100x60' },
    ];
    expect((await ask(file, series, [ratio('1h')], 60))[0]?.[0]).toBeCloseTo(0.1, 9);
  });

  it('of latency finds a bucket that Go writes with an exponent', async () => {
    const file = await rulesOf({ indicator: sli.latency({ histogram: m.duration_seconds, below: ms(0.05) }) });
    const series = [
      { series: 'duration_seconds_bucket{job="lab", le="5e-05"}', values: '0+75x60' },
      { series: 'duration_seconds_count{job="lab"}', values: '0+100x60' },
    ];
    expect((await ask(file, series, [ratio('1h')], 60))[0]?.[0]).toBeCloseTo(0.25, 9);
  });

  it('of latency is unknown, and not bad, while its bucket is missing', async () => {
    const file = await rulesOf({ indicator: sli.latency({ histogram: m.duration_seconds, below: seconds(1) }) });
    const series = [
      { series: 'duration_seconds_count{job="lab"}', values: '0+100x60' },
      { series: 'up{job="lab"}', values: '1x60' },
    ];
    const missing = 'count by (sli_state) (ALERTS{alertname="ProbeSliMissing", alertstate="firing"})';
    expect(await ask(file, series, [ratio('1h'), missing], 60)).toEqual([[], [1]]);
  });

  it('of native histograms is read by promtool', async () => {
    const file = await rulesOf({ indicator: sli.nativeLatency({ histogram: m.duration_seconds, below: ms(120) }) });
    expect(JSON.stringify(file).replaceAll(/\\n\s*/g, ' ')).toContain('histogram_fraction( -Inf, 0.12,');
    expect(await ask(file, [], [ratio('1h')], 5)).toEqual([[]]);
  });

  it('of upness counts the scrapes that nobody answered', async () => {
    const file = await rulesOf({ indicator: sli.upness({ job: 'lab' }), by: ['instance'] });
    const series = [
      { series: 'up{job="lab", instance="a"}', values: each(70, (minute) => (minute > 30 && minute <= 42 ? 0 : 1)) },
      { series: 'up{job="lab", instance="b"}', values: '1x70' },
    ];
    const of = (instance: string): string => `${ratio('1h')}{instance="${instance}"}`;
    const [a, b] = await ask(file, series, [of('a'), of('b')], 65);
    // 2.42 counts the sample at the far end of a range, too.
    expect(a?.[0]).toBeCloseTo(12 / 61, 9);
    expect(b).toEqual([0]);
  });

  it('of upness takes a gauge as well', async () => {
    const file = await rulesOf({ indicator: sli.upness({ gauge: m.link_up }) });
    const series = [{ series: 'link_up{job="lab", link="x"}', values: each(70, (minute) => minute % 2) }];
    expect((await ask(file, series, [ratio('1h')], 65))[0]?.[0]).toBeCloseTo(0.5, 1);
  });

  it('of freshness counts the minutes in which the last success was too long ago', async () => {
    const file = await rulesOf({
      indicator: sli.freshness({ lastSuccess: m.last_success_seconds, within: minutes(10) }),
    });
    // Nothing succeeds from minute 30 to minute 60: from minute 41 on it is too long ago.
    const values = each(90, (minute) => 60 * (minute > 30 && minute <= 60 ? 30 : minute));
    const series = [{ series: 'last_success_seconds{job="lab"}', values }];
    const [hour] = await ask(file, series, [ratio('1h')], 80);
    expect(hour?.[0]).toBeCloseTo(20 / 61, 9);
  });

  it('of free queries works per second, and as an error ratio', async () => {
    const series = [requests('200', () => 95), requests('500', () => 5)];
    const pair = await rulesOf({
      indicator: sli.ratio({ bad: sum(rate(failed, sli.window)), total: sum(rate(m.requests_total, sli.window)) }),
    });
    const events = 'slo:sli_bad_events:increase1h';
    const [both, count] = await ask(pair, series, [ratio('1h'), events], 120);
    expect(both?.[0]).toBeCloseTo(0.05, 9);
    expect(count?.[0]).toBeCloseTo(300, 6);
    const single = await rulesOf({
      indicator: sli.ratio({
        errorRatio: promql(
          'ratio',
        )`sum(rate(${failed}[${sli.window}])) / sum(rate(${m.requests_total}[${sli.window}]))`,
      }),
    });
    const [one, six] = await ask(single, series, [ratio('1h'), ratio('6h')], 120);
    expect(one?.[0]).toBeCloseTo(0.05, 9);
    expect(six?.[0]).toBeCloseTo(0.05, 9);
  });
});

describe('what is counted', () => {
  it('are slices of time when the definition says so', async () => {
    const file = await rulesOf({
      indicator: availability,
      timeslices: { length: minutes(5), objective: percent(99) },
    });
    // One event in ten fails in two slices, one in a thousand always: only the two slices are bad.
    const isBad = (minute: number): boolean => minute > 30 && minute <= 40;
    const series = [
      requests('200', (minute) => (isBad(minute) ? 900 : 999)),
      requests('500', (minute) => (isBad(minute) ? 100 : 1)),
    ];
    const [hour, period] = await ask(file, series, [ratio('1h'), ratio('30d')], 60);
    expect(hour?.[0]).toBeCloseTo(2 / 12, 9);
    expect(period?.[0]).toBeCloseTo(2 / 12, 9);
  });

  it('are office hours only, when the definition says so', async () => {
    // The clock of the test starts on Thursday, 1 January 1970, 00:00 UTC.
    const file = await rulesOf({
      indicator: availability,
      only: [weekly({ days: ['thursday'], from: '01:00', to: '02:00', utcOffset: hours(1) })],
      except: [once({ from: '1970-01-01T00:20:00Z', to: '1970-01-01T00:40:00Z' })],
    });
    const isBad = (minute: number): boolean => minute > 20 && minute <= 35;
    const series = [
      requests('200', (minute) => (isBad(minute) ? 0 : 100)),
      requests('500', (minute) => (minute > 61 || isBad(minute) ? 100 : 0)),
    ];
    const missing = 'ALERTS{alertname="ProbeSliMissing"}';
    const [period, alerts] = await ask(file, series, [ratio('30d'), missing], 115);
    expect(period).toEqual([0]);
    expect(alerts).toEqual([]);
  });

  it('are office hours of a time zone, by its clocks', async () => {
    const file = await rulesOf({
      indicator: availability,
      // In the winter of Berlin that is from 01:30 to 02:00 UTC.
      only: [weekly({ days: ['thursday'], from: '02:30', to: '03:00', timeZone: 'Europe/Berlin' })],
    });
    const series = [
      requests('200', () => 90),
      requests('500', (minute) => (minute > 90 && minute <= 120 ? 10 : 90)),
      { series: 'up{job="lab"}', values: '1x180' },
    ];
    const clock = 'slo:local_time:seconds{time_zone="Europe/Berlin"}';
    const [local, before, within, after, alerts] = await evaluateRules(requireTool('promtool'), [file], series, [
      { expr: clock, minute: 89 },
      { expr: ratio('5m'), minute: 94 },
      { expr: ratio('30d'), minute: 112 },
      { expr: ratio('30d'), minute: 115 },
      { expr: 'ALERTS{alertname="ProbeSliMissing"}', minute: 80 },
    ]);
    expect(local?.[0]?.value).toBe(89 * 60 + 3600);
    expect(before).toEqual([]);
    // Nothing of what happens outside gets in, neither before nor after.
    expect(within?.[0]?.value).toBeCloseTo(0.1, 9);
    expect(after?.[0]?.value).toBeCloseTo(0.1, 9);
    expect(alerts).toEqual([]);
  });

  it.each([
    ['UTC', true, 1970 * 12 + 1],
    ['Pacific/Auckland', { timeZone: 'Pacific/Auckland' }, 1970 * 12 + 1],
    ['America/New_York', { timeZone: 'America/New_York' }, 1969 * 12 + 12],
  ] as const)('is counted by the months of %s', async (_, calendarMonth, month) => {
    const file = await rulesOf({ indicator: availability, calendarMonth });
    expect(await ask(file, [], ['slo:calendar_month:id'], 2)).toEqual([[month]]);
  });

  it('is the calendar month, besides the period', async () => {
    const file = await rulesOf({ indicator: availability, calendarMonth: true, period: days(28) });
    const rules = file.groups
      .flatMap((group) => group.rules)
      .filter((rule) => JSON.stringify(rule).includes('slo:calendar_month'));
    const ids = 'sloth_id="lab-probe", sloth_service="lab", sloth_slo="probe"';
    // One sample every six hours: 124 in January, all bad; then one in ten.
    const series = [
      { series: `slo:sli_total_events:increase5m{${ids}}`, values: '100x136' },
      { series: `slo:sli_bad_events:increase5m{${ids}}`, values: each(136, (step) => (step < 124 ? 100 : 10)) },
    ];
    const question = (step: number): Question[] =>
      ['slo:calendar_month_sli_error:ratio', 'slo:calendar_month_error_budget_remaining:ratio'].map((expr) => ({
        expr,
        minute: step * 360,
      }));
    const [january, , february, left] = await evaluateRules(
      requireTool('promtool'),
      [{ groups: [{ name: 'month', rules }] }],
      series,
      [...question(120), ...question(132)],
      { samples: '6h', evaluation: '6h' },
    );
    expect(january?.[0]?.value).toBe(1);
    expect(february?.[0]?.value).toBeCloseTo(0.1, 9);
    expect(left?.[0]?.value).toBeCloseTo(-9, 9);
  });
});

describe('the overview of SLOs', () => {
  const known = slo({ title: 'Known', objective: percent(99), indicator: availability });
  const unknown = slo({
    title: 'Unknown',
    objective: percent(99),
    indicator: sli.latency({ histogram: m.plain_seconds, below: seconds(1) }),
  });

  it('names what is unknown, without a number', async () => {
    const { model, findings } = modelOf({ known, unknown });
    expect(findings).toEqual([]);
    if (!model) throw new Error('no model');
    const overview = model.dashboards.find(({ title }) => title === 'Service level objectives');
    const panels = overview?.rows.flatMap((row) => row.panels) ?? [];
    const queries = ['lab/budget', 'lab/attainment'].map((key) => {
      const [query, ...others] = panels.find((panel) => panel.key === key)?.queries ?? [];
      expect(others).toEqual([]);
      return query ? print(query.expr) : '';
    });
    const series = [requests('200', () => 90), requests('500', () => 10)];
    const answers = await evaluateRules(
      requireTool('promtool'),
      [await ruleFileOf(model)],
      series,
      queries.map((expr) => ({ expr, minute: 60 })),
    );
    const shown = answers.map((samples) =>
      Object.fromEntries(
        samples.map(({ labels, value }) => [labels['sloth_slo'] ?? '', Number(value?.toFixed(9))] as const),
      ),
    );
    expect(shown).toEqual([
      { known: -9, unknown: Number.NaN },
      { known: 0.9, unknown: Number.NaN },
    ]);
  });
});

describe("Sloth's public dashboard", () => {
  const at = '{sloth_service="lab", sloth_slo="probe"}';
  it.each([
    ['the objective', `slo:objective:ratio${at}`, 0.99],
    ['the list of services', 'count by (sloth_service) (slo:objective:ratio)', 1],
    ['the burn rate', `slo:current_burn_rate:ratio${at} or on() vector(0)`, 5],
    ['the error ratio of a window', `1 - (max(slo:sli_error:ratio_rate5m${at}) OR on() vector(0))`, 0.95],
    ['the error ratio of another window', `1 - (max(slo:sli_error:ratio_rate3d${at}) OR on() vector(0))`, 0.95],
    ['the error ratio of the period', `1 - (max(slo:sli_error:ratio_rate30d${at}) OR on() vector(0))`, 0.95],
    ['the budget', `slo:period_error_budget_remaining:ratio${at} or on() vector(1)`, -4],
    ['the pages', 'count(ALERTS{sloth_service="lab", sloth_slo="probe", sloth_severity="page"}) or vector(0)', 0],
    ['the tickets', 'count(ALERTS{sloth_service="lab", sloth_slo="probe", sloth_severity="ticket"}) or vector(0)', 2],
    ['what it knows of an SLO', `sloth_slo_info{sloth_objective="99", sloth_id="lab-probe"}`, 1],
    [
      'the budget of the month',
      `1 - (sum_over_time((slo:sli_error:ratio_rate1h${at} * on() group_left() (month() == bool vector(1)))[32d:1h]) / on(sloth_id) (slo:error_budget:ratio${at} * on() group_left() (24 * days_in_month())))`,
      1 - (2 * 0.05) / (0.01 * 24 * 31),
    ],
  ])('finds %s', async (_, expr, value) => {
    const file = await rulesOf({ indicator: availability });
    const series = [requests('200', () => 95), requests('500', () => 5)];
    const [samples] = await ask(file, series, [expr], 120);
    expect(samples).toHaveLength(1);
    expect(samples?.[0]).toBeCloseTo(value, 6);
  });
});

describe('what is known', () => {
  it('says how much of the period has data, and cries over the whole budget only when it is gone for certain', async () => {
    const file = await rulesOf({ indicator: availability });
    const series = [requests('200', () => 0), requests('500', () => 100)];
    const spent = 'ALERTS{alertname="ProbeBudgetExhausted"}';
    const [coverage, left, alerts] = await ask(
      file,
      series,
      ['slo:period_coverage:ratio', 'slo:period_error_budget_remaining:ratio', spent],
      120,
    );
    expect(coverage?.[0]).toBeCloseTo(24 / 8640, 9);
    expect(left?.[0]).toBeCloseTo(-99, 6);
    expect(alerts).toEqual([]);
  });

  it('is nothing without traffic: neither a ratio, nor a budget, nor an alert', async () => {
    const file = await rulesOf({ indicator: availability });
    const series = [requests('200', () => 0), { series: 'up{job="lab"}', values: '1x120' }];
    const answers = await ask(
      file,
      series,
      [ratio('5m'), ratio('30d'), 'slo:period_error_budget_remaining:ratio', 'ALERTS', 'slo:objective:ratio'],
      100,
    );
    expect(answers).toEqual([[], [], [], [], [0.99]]);
  });
});
