/** What `promtool test rules` reads (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/). */
import { closed, labels, text, texts } from './formats.ts';
import { duration } from './http-client.ts';
import type { JsonSchema } from './json-schema.ts';

/** A file of rule tests. */
export const ruleTestFile: JsonSchema = closed(
  {
    rule_files: texts,
    evaluation_interval: duration,
    group_eval_order: texts,
    tests: {
      type: 'array',
      items: closed(
        {
          name: text,
          interval: duration,
          input_series: { type: 'array', items: closed({ series: text, values: text }, 'series', 'values') },
          external_labels: labels,
          alert_rule_test: {
            type: 'array',
            items: closed(
              {
                alertname: text,
                eval_time: duration,
                exp_alerts: { type: 'array', items: closed({ exp_labels: labels, exp_annotations: labels }) },
              },
              'alertname',
              'eval_time',
            ),
          },
          promql_expr_test: {
            type: 'array',
            items: closed(
              {
                expr: text,
                eval_time: duration,
                exp_samples: {
                  type: 'array',
                  items: closed({ labels: text, value: { type: 'number' } }, 'labels', 'value'),
                },
              },
              'expr',
              'eval_time',
            ),
          },
        },
        'input_series',
      ),
    },
  },
  'rule_files',
  'tests',
);
