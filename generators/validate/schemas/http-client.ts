import { closed, flag, listOf, mapOf, oneOf, text, textOf } from './formats.ts';
import type { JsonSchema } from './json-schema.ts';

/** Certificates of a TLS client; keys only as files. */
export const tlsConfig: JsonSchema = closed({
  ca_file: text,
  cert_file: text,
  key_file: text,
  key: false,
  server_name: text,
  insecure_skip_verify: flag,
  min_version: oneOf('TLS10', 'TLS11', 'TLS12', 'TLS13'),
  max_version: oneOf('TLS10', 'TLS11', 'TLS12', 'TLS13'),
});

/**
 * The properties of an HTTP client, which Prometheus and Alertmanager have in common, in every place where one is
 * configured; secrets only as files
 * (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config).
 */
export const httpClient: Readonly<Record<string, JsonSchema | false>> = {
  basic_auth: closed({ username: text, username_file: text, password: false, password_file: text }),
  authorization: closed({ type: text, credentials: false, credentials_file: text }),
  oauth2: closed(
    {
      client_id: text,
      client_secret: false,
      client_secret_file: text,
      scopes: { type: 'array', items: text },
      token_url: text,
      endpoint_params: mapOf(text),
      tls_config: tlsConfig,
    },
    'client_id',
    'token_url',
  ),
  follow_redirects: flag,
  enable_http2: flag,
  tls_config: tlsConfig,
  proxy_url: text,
  no_proxy: text,
  proxy_from_environment: flag,
  proxy_connect_header: mapOf(listOf(text)),
  http_headers: mapOf(closed({ values: listOf(text), files: listOf(text), secrets: false })),
};

/** Durations in the HTTP settings and everywhere else. */
export const duration: JsonSchema = textOf('duration');
