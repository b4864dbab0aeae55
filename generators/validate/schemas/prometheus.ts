/**
 * What Prometheus reads, as its documentation has it
 * (https://prometheus.io/docs/prometheus/latest/configuration/configuration/).
 */
import { closed, count, flag, labels, listOf, mapOf, oneOf, text, textOf, texts } from './formats.ts';
import { duration, httpClient, tlsConfig } from './http-client.ts';
import type { JsonSchema, JsonSchemas } from './json-schema.ts';

/** A rule file. A rule that has `record` is a recording rule, every other one an alert. */
export const ruleFile: JsonSchema = closed(
  {
    groups: {
      type: 'array',
      items: closed(
        {
          name: text,
          interval: duration,
          limit: count,
          query_offset: duration,
          labels,
          rules: {
            type: 'array',
            items: {
              type: 'object',
              if: { required: ['record'] },
              then: closed({ record: textOf('metricName'), expr: text, labels }, 'expr'),
              else: closed(
                { alert: text, expr: text, for: duration, keep_firing_for: duration, labels, annotations: labels },
                'alert',
                'expr',
              ),
            },
          },
        },
        'name',
        'rules',
      ),
    },
  },
  'groups',
);

const scheme = oneOf('http', 'https');

const relabelConfigs: JsonSchema = {
  type: 'array',
  items: closed({
    source_labels: texts,
    separator: text,
    target_label: text,
    regex: text,
    modulus: count,
    replacement: text,
    action: oneOf(
      'replace',
      'lowercase',
      'uppercase',
      'keep',
      'drop',
      'keepequal',
      'dropequal',
      'hashmod',
      'labelmap',
      'labeldrop',
      'labelkeep',
    ),
  }),
};

/** Ways to discover targets. Each has settings of its own, which are left to Prometheus. */
const DISCOVERIES =
  'azure consul digitalocean dns docker dockerswarm ec2 eureka file gce hetzner http ionos kubernetes kuma lightsail ' +
  'linode marathon nerve nomad openstack ovhcloud puppetdb scaleway serverset stackit triton uyuni vultr';

const targets: JsonSchemas = {
  static_configs: { type: 'array', items: closed({ targets: texts, labels }, 'targets') },
  ...Object.fromEntries(
    DISCOVERIES.split(' ').map((name) => [`${name}_sd_configs`, { type: 'array', items: { type: 'object' } } as const]),
  ),
};

/** Settings that stand in `global` and in each scrape configuration. */
const scraping: JsonSchemas = {
  scrape_interval: duration,
  scrape_timeout: duration,
  scrape_protocols: listOf(
    oneOf(
      'PrometheusProto',
      'OpenMetricsText0.0.1',
      'OpenMetricsText1.0.0',
      'PrometheusText0.0.4',
      'PrometheusText1.0.0',
    ),
  ),
  scrape_native_histograms: flag,
  always_scrape_classic_histograms: flag,
  convert_classic_histograms_to_nhcb: flag,
  scrape_failure_log_file: text,
  body_size_limit: textOf('size'),
  sample_limit: count,
  label_limit: count,
  label_name_length_limit: count,
  label_value_length_limit: count,
  target_limit: count,
  keep_dropped_targets: count,
  metric_name_validation_scheme: oneOf('legacy', 'utf8'),
  metric_name_escaping_scheme: oneOf('allow-utf-8', 'underscores', 'dots', 'values'),
};

const scrapeConfig = closed(
  {
    job_name: text,
    ...scraping,
    ...targets,
    ...httpClient,
    metrics_path: text,
    scheme,
    params: mapOf(texts),
    honor_labels: flag,
    honor_timestamps: flag,
    track_timestamps_staleness: flag,
    enable_compression: flag,
    fallback_scrape_protocol: text,
    native_histogram_bucket_limit: count,
    native_histogram_min_bucket_factor: { type: 'number' },
    relabel_configs: relabelConfigs,
    metric_relabel_configs: relabelConfigs,
  },
  'job_name',
);

const remote: JsonSchemas = {
  url: textOf('url'),
  name: text,
  headers: mapOf(text),
  remote_timeout: duration,
  ...httpClient,
};

/** prometheus.yml. */
export const prometheusConfig: JsonSchema = closed({
  global: closed({
    ...scraping,
    evaluation_interval: duration,
    rule_query_offset: duration,
    external_labels: labels,
    query_log_file: text,
  }),
  runtime: closed({ gogc: count }),
  rule_files: texts,
  scrape_config_files: texts,
  scrape_configs: { type: 'array', items: scrapeConfig },
  alerting: closed({
    alert_relabel_configs: relabelConfigs,
    alertmanagers: {
      type: 'array',
      items: closed({
        ...targets,
        ...httpClient,
        timeout: duration,
        path_prefix: text,
        scheme,
        api_version: oneOf('v2'),
        relabel_configs: relabelConfigs,
        alert_relabel_configs: relabelConfigs,
      }),
    },
  }),
  remote_write: {
    type: 'array',
    items: closed(
      {
        ...remote,
        protobuf_message: text,
        send_exemplars: flag,
        send_native_histograms: flag,
        round_robin_dns: flag,
        write_relabel_configs: relabelConfigs,
        queue_config: { type: 'object' },
        metadata_config: { type: 'object' },
      },
      'url',
    ),
  },
  remote_read: {
    type: 'array',
    items: closed(
      { ...remote, required_matchers: mapOf(text), read_recent: flag, filter_external_labels: flag },
      'url',
    ),
  },
  storage: closed({
    tsdb: closed({ out_of_order_time_window: duration, retention: closed({ time: duration, size: textOf('size') }) }),
    exemplars: closed({ max_exemplars: { type: 'integer' } }),
  }),
  otlp: { type: 'object' },
  tracing: closed({
    endpoint: text,
    client_type: oneOf('grpc', 'http'),
    sampling_fraction: { type: 'number', minimum: 0, maximum: 1 },
    insecure: flag,
    tls_config: tlsConfig,
    headers: mapOf(text),
    compression: oneOf('gzip'),
    timeout: duration,
  }),
});
