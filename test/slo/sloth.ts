import type { RuleFile } from './promtool.ts';

/**
 * The rules that Sloth 0.16 documents for an SLO of 30 days with its default windows, written from the description of
 * its formulas: an error ratio for each window from the raw queries, the period as the mean of the five-minute ratios,
 * and pages and tickets of two pairs of windows each.
 */
export const slothRules = (by: readonly string[], objective: number, id: string): RuleFile => {
  const ids = { sloth_id: id, sloth_service: 'lab', sloth_slo: 'sloth' };
  const selector = `{sloth_id="${id}", sloth_service="lab", sloth_slo="sloth"}`;
  const sum = by.length > 0 ? `sum by (${by.join(', ')})` : 'sum';
  const budget = 1 - objective;
  const ratio = (window: string) => ({
    record: `slo:sli_error:ratio_rate${window}`,
    expr: `(${sum} (rate(requests_total{job="lab", code=~"5.."}[${window}]))) / (${sum} (rate(requests_total{job="lab"}[${window}])))`,
    labels: { ...ids, sloth_window: window },
  });
  const burning = (short: string, long: string, factor: number): string =>
    `(max(slo:sli_error:ratio_rate${short}${selector} > (${factor} * ${budget})) without (sloth_window) and max(slo:sli_error:ratio_rate${long}${selector} > (${factor} * ${budget})) without (sloth_window))`;
  return {
    groups: [
      {
        name: 'sloth-sli',
        rules: [
          ...['5m', '30m', '1h', '2h', '6h', '1d', '3d'].map(ratio),
          {
            record: 'slo:sli_error:ratio_rate30d',
            expr: `sum_over_time(slo:sli_error:ratio_rate5m${selector}[30d]) / ignoring (sloth_window) count_over_time(slo:sli_error:ratio_rate5m${selector}[30d])`,
            labels: { ...ids, sloth_window: '30d' },
          },
        ],
      },
      {
        name: 'sloth-alerts',
        rules: [
          {
            alert: 'SlothPage',
            expr: `${burning('5m', '1h', 14.4)} or ${burning('30m', '6h', 6)}`,
            labels: { sloth_severity: 'page' },
          },
          {
            alert: 'SlothTicket',
            expr: `${burning('2h', '1d', 3)} or ${burning('6h', '3d', 1)}`,
            labels: { sloth_severity: 'ticket' },
          },
        ],
      },
    ],
  };
};
